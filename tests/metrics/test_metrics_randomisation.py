import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai import Explanation, SaliencyExplainer, ShapleyExplainer
from skxai.metrics import layer_randomisation, rank_agreement
from skxai.metrics._randomisation import forget

X, y = load_iris(return_X_y=True)
NETWORK = MLPClassifier((10, 5), solver="lbfgs", alpha=1.0, max_iter=1000, random_state=0)
MODEL = make_pipeline(StandardScaler(), NETWORK).fit(X, y)


class OfTheInput(SaliencyExplainer):
    """Shows the input, whatever the model says."""

    def explain(self, X):
        return Explanation(np.abs(X), np.zeros(len(X)), np.zeros(len(X)), data=X)


def test_only_what_asks_the_model_changes():
    rows = X[::10]
    right, wrong = SaliencyExplainer().fit(MODEL, X), OfTheInput().fit(MODEL, X)
    assert layer_randomisation(right, right.explain(rows), X, random_state=0).mean() < 0.5
    alike = layer_randomisation(wrong, wrong.explain(rows), X, random_state=0)
    np.testing.assert_allclose(alike, 1)


def test_by_definition_and_the_model_stays():
    explainer = ShapleyExplainer(response_method="raw_score").fit(MODEL, X[::15])
    explanation = explainer.explain(X[::30])
    before = MODEL.predict_proba(X)
    found = layer_randomisation(explainer, explanation, X[::15], n_layers=2, random_state=0)
    np.testing.assert_array_equal(MODEL.predict_proba(X), before)
    seed = np.random.RandomState(0).randint(np.iinfo(np.int32).max, size=1)
    other = forget(MODEL, 2, np.random.default_rng(seed))
    again = ShapleyExplainer(response_method="raw_score").fit(other, X[::15]).explain(X[::30])
    np.testing.assert_array_equal(found, rank_agreement(explanation, again, signed=False))


@pytest.mark.parametrize("labels", [[0, 1, 2], ["setosa", "versicolor", "virginica"]])
def test_of_the_class_that_was_predicted_before(labels):
    model = make_pipeline(StandardScaler(), NETWORK).fit(X, np.array(labels)[y])
    rows = X[::10]
    settings = {"response_method": "raw_score", "random_state": 0}
    explainer = ShapleyExplainer(target="predicted", **settings).fit(model, X[::15])
    explanation = explainer.explain(rows)
    found = layer_randomisation(explainer, explanation, X[::15], random_state=1)
    seed = np.random.RandomState(1).randint(np.iinfo(np.int32).max, size=1)
    other = forget(model, None, np.random.default_rng(seed))
    assert (other.predict(rows) != model.predict(rows)).any()
    for label in labels:
        own = model.predict(rows) == label
        of_class = ShapleyExplainer(target=label, **settings)
        before = of_class.fit(model, X[::15]).explain(rows[own])
        after = of_class.fit(other, X[::15]).explain(rows[own])
        np.testing.assert_allclose(found[own], rank_agreement(before, after, signed=False))


@pytest.mark.parametrize("n_layers", [1, 2, None])
def test_layers_forget_from_the_last_on(n_layers):
    shuffled = forget(MODEL, n_layers, np.random.default_rng(0))[-1]
    kept = 3 - (n_layers or 3)
    for k in range(3):
        same = np.array_equal(shuffled.coefs_[k], MODEL[-1].coefs_[k])
        assert same == (k < kept)
        np.testing.assert_allclose(
            np.sort(shuffled.coefs_[k], axis=None), np.sort(MODEL[-1].coefs_[k], axis=None)
        )


def test_a_search_forgets_as_its_best_network():
    search = GridSearchCV(MODEL, {"mlpclassifier__alpha": [3.0]}, cv=2).fit(X, y)
    by_search, by_best = (
        forget(model, None, np.random.default_rng(0)).predict_proba(X)
        for model in (search, search.best_estimator_)
    )
    np.testing.assert_array_equal(by_search, by_best)


def test_what_has_no_layers():
    linear = LogisticRegression(max_iter=1000).fit(X, y)
    explainer = SaliencyExplainer().fit(linear, X)
    with pytest.raises(TypeError, match="expected a multilayer perceptron"):
        layer_randomisation(explainer, explainer.explain(X[:3]), X)
    with pytest.raises(ValueError, match="n_layers is 4; the model has 3"):
        forget(MODEL, 4, np.random.default_rng(0))


def test_torch_modules():
    torch = pytest.importorskip("torch")
    generator = torch.random.get_rng_state()
    module = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
    state = {name: value.clone() for name, value in module.state_dict().items()}
    torch.random.set_rng_state(generator)
    explainer = SaliencyExplainer().fit(module, X.astype(np.float32))
    explanation = explainer.explain(X[:10].astype(np.float32))
    found = layer_randomisation(explainer, explanation, X.astype(np.float32), random_state=0)
    assert found.shape == (10, 3)
    assert (found < 1).all()
    assert torch.equal(torch.random.get_rng_state(), generator)
    for name, value in module.state_dict().items():
        assert torch.equal(value, state[name])
    last = forget(module, 1, np.random.default_rng(0))
    assert torch.equal(last[0].weight, module[0].weight)
    assert not torch.equal(last[2].weight, module[2].weight)
