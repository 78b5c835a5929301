"""InfluenceExplainer on multilayer perceptrons: derivatives by differences, and refits."""

import copy
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from skxai.influence import InfluenceExplainer, _explainer, _methods
from skxai.influence._conjugate import conjugate_gradients
from skxai.influence._network import NetworkProblem
from skxai.influence._problems import problem_of
from skxai.predictors._networks import Network

X, Y = load_diabetes(return_X_y=True)
X, Y = StandardScaler().fit_transform(X), (Y - Y.mean()) / Y.std()
TIGHT = {"solver": "lbfgs", "tol": 1e-10, "max_iter": 10000, "max_fun": 10**6, "random_state": 0}


def problem_for(kind, activation):
    """A network fitted for a few steps, and its problem."""
    options = {"activation": activation, "solver": "lbfgs", "max_iter": 5, "random_state": 0}
    options |= {"hidden_layer_sizes": (4, 3), "alpha": 0.7}
    targets = {
        "regression": Y[:12],
        "several": np.column_stack([Y, X[:, 0]])[:12],
        "binary": (Y[:12] > 0).astype(int),
        "classes": np.digitize(Y[:12], [-0.5, 0.5]),
        "labels": np.column_stack([Y > 0, X[:, 0] > 0])[:12].astype(int),
    }[kind]
    network = MLPRegressor if kind in ("regression", "several") else MLPClassifier
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = network(**options).fit(X[:12, :3], targets)
    return problem_of(model, X[:12, :3], targets)


def moved(problem, direction):
    """The problem with parameters moved along a direction."""
    weights, biases = problem._layers_of((problem.parameters + direction)[None])
    network = Network(
        [w[0] for w in weights], [b[0, 0] for b in biases], problem.network.activation
    )
    return NetworkProblem(network, problem.Z, problem.targets, problem.alpha, problem.loss)


def objective(problem):
    losses = problem.loss.values(problem.scores(problem.Z), problem.targets).sum()
    return losses + problem.alpha * sum((w**2).sum() for w in problem.network.weights) / 2


@pytest.mark.parametrize("kind", ["regression", "several", "binary", "classes", "labels"])
@pytest.mark.parametrize("activation", ["tanh", "logistic", "relu", "identity"])
def test_derivatives_by_differences(kind, activation):
    problem = problem_for(kind, activation)
    rng = np.random.default_rng(0)
    directions, h = rng.normal(size=(3, problem.parameters.size)), 1e-5
    products = problem.hessian_products(directions) + directions * problem.ridge()
    tangents, changes = problem.tangents(problem.Z), problem.moved_training_scores(directions)
    for direction, product, change in zip(directions, products, changes):
        up, down = moved(problem, h * direction), moved(problem, -h * direction)
        slope = (objective(up) - objective(down)) / (2 * h)
        np.testing.assert_allclose(problem.gradient() @ direction, slope, rtol=1e-6, atol=1e-7)
        bend = (up.gradient() - down.gradient()) / (2 * h)
        np.testing.assert_allclose(product, bend, rtol=1e-5, atol=1e-6)
        scores = (up.scores(problem.Z) - down.scores(problem.Z)) / (2 * h)
        np.testing.assert_allclose(tangents @ direction, scores, rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(change, scores, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("solver", "n_targets"), [("lbfgs", 1), ("adam", 1), ("adam", 3)])
def test_the_objective_is_that_of_scikit_learn(solver, n_targets):
    """At the end of a fit the gradient is zero, with the penalty of that solver."""
    options = {**TIGHT, "solver": solver, "learning_rate_init": 0.01, "n_iter_no_change": 500}
    model = MLPRegressor(hidden_layer_sizes=(3,), activation="tanh", alpha=2.0, batch_size=30)
    targets = np.column_stack([Y, X[:, 0], -Y * X[:, 1]])[:60, :n_targets]
    model.set_params(**options).fit(X[:60], targets.squeeze())
    problem = problem_of(model, X[:60], targets.squeeze())
    pull = problem.ridge() * problem.parameters
    assert abs(problem.gradient()).max() < 0.15 * abs(pull).max()


def test_conjugate_gradients_solve():
    rng = np.random.default_rng(0)
    root = rng.normal(size=(9, 9))
    matrix, right = root @ root.T + np.eye(9), rng.normal(size=(4, 9))
    got = conjugate_gradients(lambda vectors: vectors @ matrix, right)
    np.testing.assert_allclose(got, np.linalg.solve(matrix, right.T).T, atol=1e-7)
    with pytest.warns(UserWarning, match="bends down"):
        conjugate_gradients(lambda vectors: -vectors, right)
    with pytest.warns(UserWarning, match="4 of 4 systems were not solved"):
        conjugate_gradients(lambda vectors: vectors @ matrix, right, max_iter=1)


@pytest.fixture(scope="module")
def network():
    model = MLPRegressor(hidden_layer_sizes=(4,), activation="tanh", alpha=10.0, **TIGHT)
    return model.fit(X[:100], Y[:100])


def test_products_give_what_the_hessian_gives(network, monkeypatch):
    written = InfluenceExplainer(convention="removal").fit(network, X[:100], Y[:100])
    problem = problem_of(network, X[:100], Y[:100])
    damping = np.eye(problem.parameters.size)  # a tenth of alpha
    hessian = problem.hessian() + problem.penalty() + damping
    residuals, _ = problem.derivatives()
    gradients = (residuals[:, None] @ problem.tangents(problem.Z))[:, 0]
    shifts = np.linalg.solve(hessian, gradients.T)
    plain = (problem.tangents(X[100:110]) @ shifts)[:, 0]
    monkeypatch.setattr(_explainer, "MAX_HESSIAN", 1)
    products = InfluenceExplainer(convention="removal").fit(network, X[:100], Y[:100])
    got = products.explain(X[100:110]).values
    np.testing.assert_allclose(got, plain, atol=1e-6)
    close = written.explain(X[100:110]).values
    assert np.corrcoef(got.ravel(), close.ravel())[0, 1] > 0.98
    assert not hasattr(products, "parameter_shifts_")


def test_many_rows_are_not_solved_for_at_once(network, monkeypatch):
    """What conjugate gradients hold grows with the parameters, not with the training rows."""
    sizes = []

    def recorded(product, right):
        sizes.append(right.size)
        return conjugate_gradients(product, right)

    monkeypatch.setattr(_explainer, "MAX_HESSIAN", 1)
    monkeypatch.setattr(_methods, "conjugate_gradients", recorded)
    explainer = InfluenceExplainer().fit(network, X[:100], Y[:100])
    whole = explainer.explain(X[100:140]).values
    monkeypatch.setattr(_explainer, "_MAX_CELLS", 1000)
    np.testing.assert_allclose(explainer.explain(X[100:140]).values, whole, rtol=1e-6, atol=1e-9)
    assert sizes[0] == 40 * problem_of(network, X[:100], Y[:100]).parameters.size
    assert max(sizes[1:]) <= 1000 // 4


def test_close_to_refits(network):
    explanation = InfluenceExplainer().fit(network, X[:100], Y[:100]).explain(X[100:])
    shifts = []
    for i in range(0, 100, 5):
        others = np.arange(100) != i
        without = (
            copy.deepcopy(network).set_params(warm_start=True).fit(X[:100][others], Y[:100][others])
        )
        shifts.append(network.predict(X[100:]) - without.predict(X[100:]))
    expected = np.stack(shifts, axis=1)
    assert np.corrcoef(explanation.values[:, ::5].ravel(), expected.ravel())[0, 1] > 0.97


def test_a_classifier_and_its_raw_scores():
    rows, codes = load_iris(return_X_y=True)
    rows = StandardScaler().fit_transform(rows)[::3]
    codes = codes[::3]
    model = MLPClassifier(hidden_layer_sizes=(4,), activation="tanh", alpha=1.0, **TIGHT)
    model.fit(rows, codes)
    for response in ("auto", "raw_score", "predict_log_proba", "centred_logit"):
        explainer = InfluenceExplainer(response_method=response).fit(model, rows, codes)
        got = explainer.explain(rows).values[:, 20]
        others = np.arange(len(rows)) != 20
        without = copy.deepcopy(model).set_params(warm_start=True).fit(rows[others], codes[others])
        measure = explainer.predictor_
        expected = measure(rows) - measure.with_model(without)(rows)
        assert np.corrcoef(got.ravel(), expected.ravel())[0, 1] > 0.97


def test_damping_shrinks(network):
    sizes = []
    for damping in (0.0, 10.0, 1000.0):
        explainer = InfluenceExplainer(damping=damping).fit(network, X[:100], Y[:100])
        sizes.append(abs(explainer.explain(X[100:110]).values).sum())
    assert sizes[0] > sizes[1] > sizes[2]


def test_a_network_at_no_minimum_is_told():
    model = MLPRegressor(hidden_layer_sizes=(6,), max_iter=3, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X[:50], Y[:50])
    with pytest.warns(ConvergenceWarning), pytest.warns(UserWarning, match="bends down along"):
        InfluenceExplainer().fit(model, X[:50], Y[:50])


@pytest.mark.parametrize("limit", [1, 10000])
def test_a_large_network_at_no_minimum_is_told(network, monkeypatch, limit):
    """Whether or not its Hessian is written down; and nothing is said of a finished one."""
    monkeypatch.setattr(_explainer, "MAX_HESSIAN", limit)
    InfluenceExplainer().fit(network, X[:100], Y[:100])  # warnings are errors
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        early = copy.deepcopy(network).set_params(max_iter=20).fit(X[:100], Y[:100])
    with pytest.warns(ConvergenceWarning, match="not at the minimum of its loss"):
        InfluenceExplainer().fit(early, X[:100], Y[:100])


def test_how_far_a_large_network_is_from_its_minimum(network, monkeypatch):
    monkeypatch.setattr(_explainer, "MAX_HESSIAN", 1)
    other = copy.deepcopy(network)
    other.intercepts_[-1] = other.intercepts_[-1] + 1.0
    problem = problem_of(other, X[:100], Y[:100])
    residuals, _ = problem.derivatives()
    each = (residuals[:, None] @ problem.tangents(problem.Z))[:, 0]
    whole = each.sum(axis=0) + problem.ridge() * problem.parameters
    ratio = np.linalg.norm(whole) / np.linalg.norm(each, axis=1).mean()
    with pytest.warns(ConvergenceWarning, match=f"gradient is {ratio:.2g} times as long"):
        InfluenceExplainer().fit(other, X[:100], Y[:100])
