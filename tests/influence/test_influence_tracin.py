"""TracIn: sums of products of gradients, written out."""

import copy
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skxai.influence import InfluenceExplainer

X, Y = load_breast_cancer(return_X_y=True)
X, Y = StandardScaler().fit_transform(X)[::8, :5], Y[::8]


def trained(model, n_times, **options):
    """Copies of a model after each pass over the data."""
    copies = []
    for _ in range(n_times):
        model.partial_fit(X, Y, **options)
        copies.append(copy.deepcopy(model))
    return copies


def test_logistic_by_definition():
    copies = trained(SGDClassifier(loss="log_loss", random_state=0), 3, classes=[0, 1])
    rates = [0.5, 0.2, 0.1]
    explainer = InfluenceExplainer(quantity="loss", checkpoints=list(zip(copies, rates)))
    got = explainer.fit(copies[-1], X, Y).explain(X[:7], Y[:7]).values
    design = np.column_stack([np.ones(len(X)), X])
    expected = 0
    for model, rate in zip(copies, rates):
        gradients = (model.predict_proba(X)[:, 1] - Y)[:, None] * design
        expected = expected - rate * gradients[:7] @ gradients.T
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-9)
    assert explainer.algorithm_ == "tracin"
    own = np.diag(explainer.explain(X, Y).values)
    assert (own <= 0).all()  # a row lowers its own loss


def test_regression_is_the_step_itself():
    model = SGDRegressor(random_state=0, penalty=None).fit(X, X[:, 0] + Y)
    targets = X[:, 0] + Y
    explainer = InfluenceExplainer(checkpoints=[(model, 0.01)]).fit(model, X, targets)
    got = explainer.explain(X[:7]).values
    design = np.column_stack([np.ones(len(X)), X])
    gradients = (model.predict(X) - targets)[:, None] * design
    np.testing.assert_allclose(got, -0.01 * design[:7] @ gradients.T, rtol=1e-6, atol=1e-12)


def test_network_by_one_step():
    """To first order, what a small descent step on one row does to the others."""
    model = MLPClassifier(hidden_layer_sizes=(3,), activation="tanh", random_state=0)
    (model,) = trained(make_pipeline(model).named_steps["mlpclassifier"], 1, classes=[0, 1])
    explainer = InfluenceExplainer(algorithm="tracin", checkpoints=[model]).fit(model, X, Y)
    got = explainer.explain(X[:6]).values
    problem = explainer._method.checkpoints[0][1]
    residuals, _ = problem.derivatives()
    gradient, rate, start = residuals[4] @ problem.tangents(X[4:5])[0], 1e-5, 0
    stepped = copy.deepcopy(model)
    for k, (weight, bias) in enumerate(zip(model.coefs_, model.intercepts_)):
        stop = start + weight.size
        stepped.coefs_[k] = weight - rate * gradient[start:stop].reshape(weight.shape)
        stepped.intercepts_[k] = bias - rate * gradient[stop : stop + bias.size]
        start = stop + bias.size
    change = stepped.predict_proba(X[:6])[:, 1] - model.predict_proba(X[:6])[:, 1]
    np.testing.assert_allclose(got[:, 4], change / rate, rtol=1e-3)


def test_the_intercept_is_the_models_own():
    """Steps on columns far from zero: the intercept's gradient is that of the model."""
    far = X + 5
    model = SGDRegressor(random_state=0, learning_rate="constant", eta0=1e-3).fit(far, Y)
    explainer = InfluenceExplainer(checkpoints=[(model, 1e-3)]).fit(model, far, Y)
    stepped = copy.deepcopy(model)
    stepped.set_params(penalty=None).partial_fit(far[4:5], Y[4:5])
    change = stepped.predict(far[:6]) - model.predict(far[:6])
    np.testing.assert_allclose(explainer.explain(far[:6]).values[:, 4], change, rtol=1e-6)


def test_copies_of_another_model():
    model = SGDClassifier(loss="log_loss", random_state=0).fit(X, Y)
    options = {"hidden_layer_sizes": (2,), "max_iter": 2}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        three = MLPClassifier(**options).fit(X, np.arange(len(X)) % 3)
        narrow = MLPClassifier(**options).fit(X[:, :3], Y)
        two = MLPRegressor(**options).fit(X, X[:, :2])
    for other, words in ((three, r"classes \[0 1 2\]"), (narrow, "columns 3")):
        with pytest.raises(ValueError, match=f"checkpoints holds MLPClassifier.* with {words}"):
            InfluenceExplainer(checkpoints=[model, other]).fit(model, X, Y)
    regressor = SGDRegressor().fit(X, X[:, 0])
    with pytest.raises(ValueError, match="with scores 2; expected those of the model, 1"):
        InfluenceExplainer(checkpoints=[two]).fit(regressor, X, X[:, 0])
    for pair in ((model, "fast"), (model,)):
        with pytest.raises(TypeError, match="a pair of a model and its learning rate"):
            InfluenceExplainer(checkpoints=[pair]).fit(model, X, Y)


def test_refused():
    model = SGDClassifier(loss="log_loss").fit(X, Y)
    with pytest.raises(ValueError, match="checkpoints is empty"):
        InfluenceExplainer(algorithm="tracin").fit(model, X, Y)
    tree = DecisionTreeClassifier().fit(X, Y)
    with pytest.raises(ValueError, match="checkpoints holds DecisionTree"):
        InfluenceExplainer(checkpoints=[tree]).fit(tree, X, Y)
