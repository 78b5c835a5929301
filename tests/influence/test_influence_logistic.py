"""InfluenceExplainer on logistic regression, against refits to the last digit."""

import warnings

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.preprocessing import StandardScaler

from skxai.influence import InfluenceExplainer, _newton, _parameters

X, Y = load_breast_cancer(return_X_y=True)
X, Y = StandardScaler().fit_transform(X)[:, ::4][::5], Y[::5]
EXACT = {"solver": "newton-cholesky", "tol": 1e-12, "max_iter": 1000}


def by_refits(model, X_train, y_train, X_test, method):
    full, shifts = getattr(model, method)(X_test), []
    for i in range(len(y_train)):
        others = np.arange(len(y_train)) != i
        without = clone(model).fit(X_train[others], y_train[others])
        shifts.append(full - getattr(without, method)(X_test))
    return np.stack(shifts, axis=1)


@pytest.mark.parametrize("weight", [None, {0: 3.0, 1: 0.5}])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_newton_equals_refits(weight, fit_intercept):
    model = LogisticRegression(class_weight=weight, fit_intercept=fit_intercept, **EXACT).fit(X, Y)
    explanation = InfluenceExplainer(algorithm="newton").fit(model, X, Y).explain(X[:20])
    expected = by_refits(model, X, Y, X[:20], "predict_proba")[..., 1]
    np.testing.assert_allclose(explanation.values, expected, atol=1e-8)


def test_closed_form_is_near_refits():
    model = LogisticRegression(**EXACT).fit(X, Y)
    expected = by_refits(model, X, Y, X, "decision_function")
    explainer = InfluenceExplainer(response_method="decision_function").fit(model, X, Y)
    got = explainer.explain(X).values
    assert np.corrcoef(got.ravel(), expected.ravel())[0, 1] > 0.999
    # Without the leverage it is farther off.
    plain = explainer.parameter_shifts_ * (1 - explainer.leverage_)[:, None]
    plain = plain[:, 0] + X @ plain[:, 1:].T
    assert abs(got - expected).mean() < 0.8 * abs(plain - expected).mean()


def test_leverage_by_its_formula(monkeypatch):
    monkeypatch.setattr(_parameters, "_MAX_LONG", 0)  # one step for all
    model = LogisticRegression(C=0.3, **EXACT).fit(X, Y)
    explainer = InfluenceExplainer().fit(model, X, Y)
    design = np.column_stack([np.ones(len(X)), X])
    p = model.predict_proba(X)[:, 1]
    weight = p * (1 - p)
    hessian = (design.T * weight) @ design + np.diag([0.0, *[1 / 0.3] * X.shape[1]])
    leverage = weight * np.einsum("ij,jk,ik->i", design, np.linalg.inv(hessian), design)
    np.testing.assert_allclose(explainer.leverage_, leverage, rtol=1e-8)
    step = np.linalg.solve(hessian, design.T * (p - Y)) / (1 - leverage)
    np.testing.assert_allclose(-explainer.parameter_shifts_, step.T, rtol=1e-6, atol=1e-10)


def multinomial_without(X_train, codes, n_classes, alpha, left_out):
    """An independent fit of a multinomial regression, by a general optimiser."""
    others = np.arange(len(codes)) != left_out
    design = np.column_stack([np.ones(len(X_train)), X_train])
    indicators = np.eye(n_classes)[codes]

    def objective(theta):
        theta = theta.reshape(n_classes, -1)
        scores = design[others] @ theta.T
        top = scores.max(axis=1, keepdims=True)
        log_sum = top[:, 0] + np.log(np.exp(scores - top).sum(axis=1))
        p = np.exp(scores - log_sum[:, None])
        loss = (log_sum - (scores * indicators[others]).sum(axis=1)).sum()
        slope = (p - indicators[others]).T @ design[others]
        slope[:, 1:] += alpha * theta[:, 1:]
        return loss + alpha * (theta[:, 1:] ** 2).sum() / 2, slope.ravel()

    start = np.zeros(n_classes * design.shape[1])
    options = {"gtol": 1e-10, "ftol": 1e-16, "maxiter": 5000, "maxfun": 10000}
    theta = minimize(objective, start, jac=True, method="L-BFGS-B", options=options).x
    return theta.reshape(n_classes, -1)


def test_multinomial_newton_and_closed_form():
    rows, codes = load_iris(return_X_y=True)
    rows, codes = StandardScaler().fit_transform(rows)[::3], codes[::3]
    model = LogisticRegression(tol=1e-12, max_iter=10000).fit(rows, codes)
    options = {"response_method": "decision_function", "convention": "removal"}
    exact = InfluenceExplainer(algorithm="newton", **options).fit(model, rows, codes)
    exact = exact.explain(rows).values
    for i in (0, 20, 45):
        theta = multinomial_without(rows, codes, 3, 1.0, i)
        scores = theta[:, 0] + rows @ theta[:, 1:].T
        shift = scores - model.decision_function(rows)
        np.testing.assert_allclose(exact[:, i], shift, atol=1e-4)
    close = InfluenceExplainer(**options).fit(model, rows, codes).explain(rows).values
    assert np.corrcoef(close.ravel(), exact.ravel())[0, 1] > 0.995


@pytest.mark.parametrize(
    ("response", "method"),
    [
        ("predict_proba", "predict_proba"),
        ("predict_log_proba", "predict_log_proba"),
        ("decision_function", "decision_function"),
    ],
)
def test_every_response_of_three_classes(response, method):
    rows, codes = load_iris(return_X_y=True)
    rows, codes = rows[::5], codes[::5]
    model = LogisticRegression(tol=1e-12, max_iter=100000, solver="newton-cg").fit(rows, codes)
    explainer = InfluenceExplainer(algorithm="newton", response_method=response)
    got = explainer.fit(model, rows, codes).explain(rows[:6]).values
    without = clone(model).fit(rows[1:], codes[1:])
    expected = getattr(model, method)(rows[:6]) - getattr(without, method)(rows[:6])
    np.testing.assert_allclose(got[:, 0], expected, atol=1e-6)


def test_loss_is_the_log_loss():
    model = LogisticRegression(**EXACT).fit(X, Y)
    explainer = InfluenceExplainer(algorithm="newton", quantity="loss").fit(model, X, Y)
    explanation = explainer.explain(X[:9], Y[:9])
    without = clone(model).fit(X[1:], Y[1:])
    losses = [-m.predict_log_proba(X[:9])[np.arange(9), Y[:9]] for m in (model, without)]
    np.testing.assert_allclose(explanation.predictions, losses[0], atol=1e-12)
    np.testing.assert_allclose(explanation.values[:, 0], losses[0] - losses[1], atol=1e-8)


def test_predicted_target():
    model = LogisticRegression(**EXACT).fit(X, Y)
    every = InfluenceExplainer(target=[0, 1]).fit(model, X, Y).explain(X[:8])
    own = InfluenceExplainer(target="predicted").fit(model, X, Y).explain(X[:8])
    assert own.targets.tolist() == [str(label) for label in model.predict(X[:8])]
    rows = np.arange(8)
    np.testing.assert_array_equal(own.values, every.values[rows, :, model.predict(X[:8])])


def test_an_unfinished_fit_is_told():
    model = LogisticRegression(max_iter=1000).fit(X, Y)
    model.coef_ = model.coef_ * 0.5
    with pytest.warns(ConvergenceWarning, match="not at the minimum"):
        explainer = InfluenceExplainer().fit(model, X, Y)
    assert explainer.remaining_step_ > 1


@pytest.mark.parametrize(
    "model",
    [
        LogisticRegression(class_weight="balanced"),
        LogisticRegression(solver="liblinear"),
    ],
)
def test_what_is_not_smooth_or_not_the_same_is_fitted_again(model):
    explainer = InfluenceExplainer().fit(model.fit(X[:20], Y[:20]), X[:20], Y[:20])
    assert explainer.algorithm_ == "refit"
    with pytest.raises(ValueError, match="algorithm is 'newton'"):
        InfluenceExplainer(algorithm="newton").fit(model, X[:20], Y[:20])


@pytest.mark.filterwarnings("ignore:'multi_class' was deprecated:FutureWarning")
def test_a_softmax_of_two_classes_is_fitted_again():
    """Of scikit-learn before 1.8: its coefficients are half as large as those of the logit."""
    model = LogisticRegression()
    if "multi_class" in model.get_params():
        model.set_params(multi_class="multinomial")
    model.fit(X[:20], Y[:20]).multi_class = "multinomial"
    assert InfluenceExplainer().fit(model, X[:20], Y[:20]).algorithm_ == "refit"


def test_parameters_that_are_not_determined():
    rows = np.column_stack([X[:, 0], np.zeros(len(X))])
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(rows, Y)
    close = InfluenceExplainer().fit(model, rows, Y).explain(rows).values
    alone = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(rows[:, :1], Y)
    expected = InfluenceExplainer(algorithm="newton").fit(alone, rows[:, :1], Y)
    gap = close - expected.explain(rows[:, :1]).values
    assert abs(gap).max() < 0.01
    # Newton's method leaves the column without an effect alone, too.
    newton = InfluenceExplainer(algorithm="newton").fit(model, rows, Y)
    shifts = newton.explain(rows).values - expected.explain(rows[:, :1]).values
    np.testing.assert_allclose(shifts, 0, atol=1e-8)
    np.testing.assert_allclose(newton.parameter_shifts_[:, 2], 0, atol=1e-12)


@pytest.fixture(scope="module")
def cancer():
    rows, codes = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(rows), codes


def test_closed_form_of_scores_on_all_tumours(cancer):
    """Scores of rows that move the model far: one step alone gives a correlation of 0.986."""
    model = LogisticRegression(**EXACT).fit(*cancer)
    close, exact = (
        InfluenceExplainer(algorithm=name, response_method="decision_function")
        .fit(model, *cancer)
        .explain(cancer[0])
        .values
        for name in ("closed-form", "newton")
    )
    assert np.corrcoef(close.ravel(), exact.ravel())[0, 1] > 0.9995
    assert (close != exact).any(axis=0).sum() > 500  # few are solved for


@pytest.mark.parametrize("C", [1e2, 1e4])
@pytest.mark.parametrize("algorithm", ["newton", "closed-form"])
def test_weak_penalties(cancer, C, algorithm):
    """Classes that can be told apart: Newton's full steps would lead nowhere."""
    rows, codes = cancer
    model = LogisticRegression(C=C, **EXACT).fit(rows, codes)
    explainer = InfluenceExplainer(algorithm=algorithm, response_method="decision_function")
    got = explainer.fit(model, rows, codes).explain(rows).values
    full = model.decision_function(rows)
    for i in [*abs(got).max(axis=0).argsort()[-3:], 0]:
        others = np.arange(len(rows)) != i
        without = clone(model).fit(rows[others], codes[others])
        expected = full - without.decision_function(rows)
        np.testing.assert_allclose(got[:, i], expected, atol=1e-6 * abs(full).max())


def test_weak_penalty_of_three_classes():
    rows, codes = load_iris(return_X_y=True)
    rows, codes = StandardScaler().fit_transform(rows)[::3], codes[::3]
    options = {"solver": "newton-cg", "tol": 1e-10, "max_iter": 10000}
    model = LogisticRegression(C=300.0, **options).fit(rows, codes)
    explainer = InfluenceExplainer(algorithm="newton", response_method="centred_logit")
    got = explainer.fit(model, rows, codes).explain(rows).values
    far = abs(got).max(axis=(0, 2)).argmax()
    theta = multinomial_without(rows, codes, 3, 1 / 300, far)
    scores = theta[:, 0] + rows @ theta[:, 1:].T
    full = model.decision_function(rows)
    expected = full - full.mean(axis=1, keepdims=True) - scores
    expected = expected + scores.mean(axis=1, keepdims=True)
    assert abs(expected).max() > 3  # far indeed
    np.testing.assert_allclose(got[:, far], expected, atol=1e-3)


@pytest.mark.parametrize(
    ("algorithm", "words"), [("newton", "where they had come to"), ("closed-form", "one step")]
)
def test_parameters_without_end_are_told(algorithm, words):
    """Without a penalty, and without the row that keeps two classes from being told apart."""
    rows = np.r_[np.linspace(-2, -1, 10), np.linspace(1, 2, 10), 1.5][:, None]
    codes = np.r_[np.zeros(10), np.ones(10), 0].astype(int)
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(rows, codes)
    with pytest.warns(ConvergenceWarning, match=f"without 1 of 21 rows.*number 20.*{words}"):
        explainer = InfluenceExplainer(algorithm=algorithm).fit(model, rows, codes)
    values = explainer.explain(rows).values
    assert np.isfinite(values).all()
    others = np.arange(21) != 3
    without = clone(model).fit(rows[others], codes[others])
    shift = (model.predict_proba(rows) - without.predict_proba(rows))[:, 1]
    np.testing.assert_allclose(values[:, 3], shift, atol=1e-4)


def test_many_columns_are_multiplied_row_by_row(monkeypatch):
    model = LogisticRegression(**EXACT).fit(X, Y)
    explainer = InfluenceExplainer(algorithm="newton")
    once = explainer.fit(model, X, Y).explain(X[:9]).values
    monkeypatch.setattr(_newton, "_MAX_PRODUCTS", 0)
    again = explainer.fit(model, X, Y).explain(X[:9]).values
    np.testing.assert_allclose(again, once, atol=1e-10)


def test_a_search_for_the_penalty_is_fitted_again():
    """Whose penalty may be another one without a row."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        model = LogisticRegressionCV(Cs=[0.01, 1.0], cv=2, max_iter=1000).fit(X[:30], Y[:30])
        explainer = InfluenceExplainer().fit(model, X[:30], Y[:30])
        without = clone(model).fit(X[1:30], Y[1:30])
    assert explainer.algorithm_ == "refit"
    shift = model.predict_proba(X[:9]) - without.predict_proba(X[:9])
    np.testing.assert_array_equal(explainer.explain(X[:9]).values[:, 0], shift[:, 1])
