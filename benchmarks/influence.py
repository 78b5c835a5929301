"""Influence of training rows against fitting the model again without each of them.

What is printed: the largest difference of predictions for least squares; correlation of shifts,
and time, for logistic regression; correlation for multilayer perceptrons, whose refits start either
from the fitted parameters or afresh (and may then end in another minimum).
"""

import copy
import time
import warnings

import numpy as np
from _common import parse_arguments, print_ratios, print_table, print_versions
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler

from skxai import InfluenceExplainer


def standardised(load):
    X, y = load(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def without_each(model, X, y, rows, X_test, method="predict", warm=False):
    """With minus without each of these rows, (n_test, n_rows[, n_outputs])."""
    shifts = []
    for row in rows:
        others = np.arange(len(y)) != row
        again = copy.deepcopy(model).set_params(warm_start=True) if warm else clone(model)
        again.fit(X[others], y[others])
        shifts.append(getattr(model, method)(X_test) - getattr(again, method)(X_test))
    return np.stack(shifts, axis=1)


def correlation(a, b):
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def least_squares(n_rows):
    X, y = standardised(load_diabetes)
    table = []
    for model in (LinearRegression(), Ridge(1.0), Ridge(100.0)):
        model.fit(X[:n_rows], y[:n_rows])
        explainer = InfluenceExplainer().fit(model, X[:n_rows], y[:n_rows])
        gap = explainer.explain(X).values - without_each(
            model, X[:n_rows], y[:n_rows], range(n_rows), X
        )
        table.append([str(model), n_rows, float(abs(gap).max() / y.std())])
    print_table(
        "Least squares, diabetes: largest difference in standard deviations of y",
        ["model", "rows", "difference"],
        table,
    )


def logistic(n_rows):
    table = []
    for load, name, C in (
        (load_breast_cancer, "breast cancer", 1.0),
        (load_breast_cancer, "breast cancer", 1e2),
        (load_breast_cancer, "breast cancer", 1e4),
        (load_iris, "iris", 1.0),
    ):
        X, y = standardised(load)
        order = np.random.default_rng(0).permutation(len(y))[:n_rows]
        X, y = X[order], y[order]
        solver = "newton-cholesky" if name == "breast cancer" else "newton-cg"
        model = LogisticRegression(C=C, solver=solver, tol=1e-12, max_iter=10000).fit(X, y)
        began = time.perf_counter()
        expected = without_each(model, X, y, range(len(y)), X, "decision_function")
        refits = time.perf_counter() - began
        shares = without_each(model, X, y, range(len(y)), X, "predict_proba")
        for algorithm in ("closed-form", "newton"):
            explainer = InfluenceExplainer(algorithm=algorithm, response_method="decision_function")
            began = time.perf_counter()
            explainer.fit(model, X, y)
            seconds = time.perf_counter() - began
            got = explainer.explain(X).values
            gap = float(abs(got - expected).max())
            explainer.set_params(response_method="predict_proba", target=list(model.classes_))
            probable = correlation(explainer.fit(model, X, y).explain(X).values, shares)
            line = [name, len(y), C, algorithm, probable, correlation(got, expected), gap]
            table.append([*line, seconds, refits / seconds])
    columns = ["correlation of probabilities", "of scores", "largest difference", "s"]
    print_table(
        "Logistic regression",
        ["data", "rows", "C", "algorithm", *columns, "times faster than refits"],
        table,
    )
    print_ratios("time of refits over ours, logistic regression", [row[-1] for row in table])


def networks(n_refits):
    X, y = standardised(load_diabetes)
    y = (y - y.mean()) / y.std()
    X_train, y_train, X_test = X[:342], y[:342], X[342:]
    rows = np.random.default_rng(0).choice(342, n_refits, replace=False)
    table = []
    for units, alpha in (((8,), 1.0), ((8,), 10.0), ((60, 20), 1.0), ((60, 20), 10.0)):
        model = MLPRegressor(
            hidden_layer_sizes=units,
            activation="tanh",
            solver="lbfgs",
            alpha=alpha,
            tol=1e-10,
            max_iter=20000,
            max_fun=10**6,
            random_state=0,
        ).fit(X_train, y_train)
        explainer = InfluenceExplainer().fit(model, X_train, y_train)
        got = explainer.explain(X_test).values[:, rows]
        leverage = float(explainer.leverage_.sum())
        for warm in (True, False) if len(units) == 1 else (True,):
            expected = without_each(model, X_train, y_train, rows, X_test, warm=warm)
            each = [correlation(got[:, k], expected[:, k]) for k in range(n_refits)]
            start = "fitted parameters" if warm else "afresh"
            line = [str(units), alpha, leverage, start, correlation(got, expected)]
            table.append([*line, float(np.median(each))])
    columns = ["refits start from", "correlation", "median over training rows"]
    print_table(
        f"Networks of tanh units, diabetes (342 rows), {n_refits} refits",
        ["units", "alpha", "sum of leverages", *columns],
        table,
    )


def main():
    options = parse_arguments(__doc__.splitlines()[0], refits=60)
    print_versions("scipy")
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.filterwarnings("ignore", "the model's loss bends down")
    least_squares(30 if options.smoke else 342)
    logistic(60 if options.smoke else 1000)
    networks(4 if options.smoke else options.refits)


if __name__ == "__main__":
    main()
