"""TracIn: sums of products of gradients, written out."""

import copy

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.neural_network import MLPClassifier
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


def test_refused():
    model = SGDClassifier(loss="log_loss").fit(X, Y)
    with pytest.raises(ValueError, match="checkpoints is empty"):
        InfluenceExplainer(algorithm="tracin").fit(model, X, Y)
    tree = DecisionTreeClassifier().fit(X, Y)
    with pytest.raises(ValueError, match="checkpoints holds DecisionTree"):
        InfluenceExplainer(checkpoints=[tree]).fit(tree, X, Y)
