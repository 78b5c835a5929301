"""ConceptExplainer: derivatives by differences, planted concepts, errors, any number of jobs."""

import pickle

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai.concept import ConceptExplainer
from skxai.concept._layers import layer_of
from skxai.predictors._networks import network_of

RNG = np.random.default_rng(0)
COLUMNS = list("abcd")
X = pd.DataFrame(RNG.normal(size=(200, 4)), columns=COLUMNS)
# Rises with a and not with d; b has to do with the second output only.
Y = np.column_stack([2 * X["a"] + np.sin(X["c"]), -2 * X["b"] + np.sin(X["c"])])
CONCEPTS = {"large a": X[X["a"] > 0.8], "large b": X[X["b"] > 0.8], "large d": X[X["d"] > 0.8]}


def regressor(activation="tanh"):
    return MLPRegressor(
        hidden_layer_sizes=(8, 6),
        activation=activation,
        solver="lbfgs",
        alpha=0.1,
        max_iter=3000,
        random_state=0,
    ).fit(X.to_numpy(), Y)


MODEL = regressor()
EXPLAINER = ConceptExplainer(concepts=CONCEPTS, n_repeats=12, random_state=0)
FRAME_MODEL = make_pipeline(FrozenEstimator(StandardScaler().fit(X)), FrozenEstimator(MODEL))


def fitted(model=None, **parameters):
    return clone(EXPLAINER).set_params(**parameters).fit(model or FRAME_MODEL, X)


def outputs_after(network, units, level):
    """What follows a layer, written out."""
    for k in range(level, len(network.weights)):
        units = units @ network.weights[k] + network.biases[k]
        if k < len(network.weights) - 1:
            units = np.tanh(units)
    return units


@pytest.mark.parametrize("layer", [0, 1, -1])
def test_derivatives_are_those_of_small_steps_in_the_layer(layer):
    network, level = network_of(MODEL), layer % 2 + 1
    units = X.to_numpy()[:5]
    for k in range(level):
        units = np.tanh(units @ network.weights[k] + network.biases[k])
    hidden = layer_of(MODEL, layer)
    np.testing.assert_allclose(hidden.activations(X.to_numpy()[:5]), units, atol=1e-12)
    directions = np.random.default_rng(1).normal(size=(units.shape[1], 3))
    slopes = hidden.slopes(X.to_numpy()[:5], directions)
    for m in range(3):
        step = 1e-5 * directions[:, m]
        ahead, behind = (outputs_after(network, units + s, level) for s in (step, -step))
        np.testing.assert_allclose(slopes[:, :, m], (ahead - behind) / 2e-5, atol=1e-7)


def test_values_are_derivatives_along_the_vectors():
    explainer = fitted()
    explanation = explainer.explain(X[:4])
    rows = StandardScaler().fit(X).transform(X[:4])
    layer = layer_of(MODEL, 0)
    for c in range(3):
        by_hand = layer.slopes(rows, explainer.vectors_[c].T)
        np.testing.assert_allclose(explanation.values[:, c], by_hand, atol=1e-12)
        by_hand = layer.slopes(rows, explainer.random_vectors_[c].T)
        np.testing.assert_allclose(explanation.random_values[:, c], by_hand, atol=1e-12)
        by_hand = layer.slopes(rows, explainer.whole_vectors_[c][:, None])[:, :, 0]
        np.testing.assert_allclose(explanation.whole_values[:, c], by_hand, atol=1e-12)
    for vectors in (explainer.vectors_, explainer.random_vectors_, explainer.whole_vectors_):
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=-1), 1)


def test_planted_concepts_are_found():
    explanation = fitted(n_repeats=20).explain(X)
    table = explanation.to_frame().set_index(["concept", "output"])
    assert table.loc[("large a", "y0"), "score"] > 0.95
    assert table.loc[("large b", "y1"), "score"] < 0.05
    assert table.loc["large a"].loc["y0", "p_corrected"] < 0.05
    assert table.loc["large d", "p_value"].min() > 0.05  # known to the layer, and of no use
    assert table.loc["large a", "accuracy"].min() > 0.8
    assert (table["p_corrected"] >= table["p_value"]).all()


def test_random_rows_are_no_concept():
    rng = np.random.default_rng(0)
    background = rng.normal(size=(200, 4))
    p_values, accuracies = [], []
    for seed in range(30):
        noise = {"noise": background[rng.permutation(200)[:15]]}
        explainer = ConceptExplainer(concepts=noise, n_repeats=8, random_state=seed)
        p_values.append(explainer.fit(MODEL, background).explain(background[:30]).p_values)
        accuracies.append(explainer.accuracies_.mean())
    assert abs(np.mean(accuracies) - 0.5) < 0.05
    assert np.mean(np.array(p_values) < 0.05) <= 0.12  # t-tests between the repeats: a third
    assert np.mean(np.array(p_values) < 0.5) == pytest.approx(0.5, abs=0.2)


def test_relative_concepts_are_told_from_each_other():
    opposite = {"large a": X[X["a"] > 0.5], "small a": X[X["a"] < -0.5]}
    explainer = fitted(concepts=opposite, relative=True)
    large, small = explainer.vectors_.mean(axis=1)
    assert large @ small < -0.9 * np.linalg.norm(large) * np.linalg.norm(small)
    assert explainer.accuracies_.min() > 0.9


def test_same_bits_for_any_number_of_jobs_and_rows():
    with parallel_config("threading"):
        one, two = fitted(), fitted(n_jobs=2)
    np.testing.assert_array_equal(one.vectors_, two.vectors_)
    np.testing.assert_array_equal(one.accuracies_, two.accuracies_)
    np.testing.assert_array_equal(one.random_vectors_, two.random_vectors_)
    np.testing.assert_array_equal(one.whole_vectors_, two.whole_vectors_)
    assert not np.array_equal(fitted(random_state=1).vectors_, one.vectors_)
    together = one.explain(X[:20])
    np.testing.assert_allclose(together[7].values, one.explain(X[7:8]).values, atol=1e-12)
    copy = pickle.loads(pickle.dumps(one))
    np.testing.assert_array_equal(copy.explain(X[:20]).values, together.values)


def test_two_classes_have_one_output():
    y = np.where(X["a"] > 0, "yes", "no")
    model = MLPClassifier((6, 5), alpha=1.0, max_iter=2000, random_state=0).fit(X, y)
    explainer = clone(EXPLAINER).fit(model, X)
    assert explainer.output_names_ == ["yes"]
    assert explainer.explain(X).to_frame()["score"].iloc[0] > 0.95


def test_a_search_is_explained_by_its_best_network():
    search = GridSearchCV(make_pipeline(StandardScaler(), MODEL), {"mlpregressor__alpha": [3.0]})
    search.set_params(cv=2).fit(X, Y[:, 0])
    by_search, by_best = (
        clone(EXPLAINER).fit(model, X).explain(X).values
        for model in (search, search.best_estimator_)
    )
    np.testing.assert_array_equal(by_search, by_best)


def test_arrays_and_labels():
    explanation = fitted().explain(X.set_axis(range(1000, 1200))[:3])
    assert list(explanation.index) == [1000, 1001, 1002]
    arrays = {name: rows.to_numpy() for name, rows in CONCEPTS.items()}
    by_array = clone(EXPLAINER).set_params(concepts=arrays).fit(MODEL, X.to_numpy())
    assert by_array.explain(X.to_numpy()[:3]).index is None
    assert by_array.n_features_in_ == 4


@pytest.mark.parametrize(
    ("parameters", "model", "message"),
    [
        ({"concepts": {}}, None, "0 entries; expected at least one"),
        ({"concepts": {"a": X[:9]}, "relative": True}, None, "1 entries; expected at least two"),
        ({"concepts": {"a": X[:1]}}, None, r"concepts\['a'\] has fewer than two rows"),
        ({"concepts": {"a": X[["a"]]}}, None, r"concepts\['a'\] has other columns"),
        ({"concepts": [X]}, None, "'concepts' parameter"),
        ({"concepts": {1: X[:9], "1": X[:9]}}, None, "names .*; expected different texts"),
        ({"concepts": {"a": X[:9].assign(a=np.nan)}}, None, r"some rows of concepts\['a'\]"),
        ({"layer": True}, None, "layer is True; expected the position"),
        ({"layer": 2}, None, "layer is 2; expected the position of one of 2 hidden layers"),
        ({"layer": "relu"}, None, "layer is 'relu'"),
        ({"n_repeats": 1}, None, "'n_repeats' parameter"),
        ({}, LinearRegression().fit(X, Y), "LinearRegression; expected an MLPClassifier"),
        ({}, MLPRegressor(), "not fitted"),
    ],
)
def test_errors_name_the_argument(parameters, model, message):
    with pytest.raises((TypeError, ValueError, NotFittedError), match=message):
        fitted(model, **parameters)


def test_explain_needs_fit_and_the_same_columns():
    with pytest.raises(NotFittedError):
        EXPLAINER.explain(X)
    with pytest.raises(ValueError, match="another order"):
        fitted().explain(X[["b", "a", "c", "d"]])


def test_missing_numbers_are_not_hidden_by_a_rectifier():
    explainer = fitted(make_pipeline(FrozenEstimator(StandardScaler().fit(X)), regressor("relu")))
    with pytest.raises(ValueError, match="layer 0 is not finite for some rows of X"):
        explainer.explain(X.assign(a=np.nan))


@pytest.mark.filterwarnings("error")
def test_no_rows_and_small_concepts():
    pipeline = make_pipeline(FrozenEstimator(SimpleImputer().fit(X)), FrozenEstimator(MODEL))
    explainer = fitted(pipeline, concepts={"two": X[:2]}, n_repeats=20)
    assert np.isfinite(explainer.accuracies_).all()
    assert explainer.explain(X[:0]).values.shape == (0, 1, 2, 20)
    few = clone(EXPLAINER).fit(FRAME_MODEL, X[:4])  # fewer rows than the concepts have
    assert np.isfinite(few.explain(X).p_values).all()


def test_a_failed_fit_leaves_nothing_to_explain_with():
    explainer = fitted()
    before = explainer.explain(X[:3]).values
    with pytest.raises(ValueError, match="'n_repeats' parameter"):
        explainer.set_params(n_repeats=0).fit(FRAME_MODEL, X)
    np.testing.assert_array_equal(explainer.explain(X[:3]).values, before)  # nothing had begun
    with pytest.raises(ValueError, match="layer is 7"):
        explainer.set_params(n_repeats=3, layer=7).fit(FRAME_MODEL, X)
    with pytest.raises(NotFittedError):
        explainer.explain(X[:3])
    assert not [name for name in vars(explainer) if name.endswith("_")]
    arrays = {name: rows.to_numpy() for name, rows in CONCEPTS.items()}
    explainer.set_params(layer=0, concepts=arrays).fit(MODEL, X.to_numpy())
    assert not hasattr(explainer, "feature_names_in_")


def test_torch_modules_agree_with_networks():
    torch = pytest.importorskip("torch")
    network = network_of(MODEL)
    module = torch.nn.Sequential(
        torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 6), torch.nn.Tanh(),
        torch.nn.Linear(6, 2),
    ).double()  # fmt: skip
    with torch.no_grad():
        for k, part in enumerate([module[0], module[2], module[4]]):
            part.weight.copy_(torch.as_tensor(network.weights[k].T.copy()))
            part.bias.copy_(torch.as_tensor(network.biases[k]))
    rows = X.to_numpy()
    arrays = {name: part.to_numpy() for name, part in CONCEPTS.items()}
    for layer, name in [(0, "1"), (1, "3")]:
        ours = ConceptExplainer(concepts=arrays, layer=layer, n_repeats=3, random_state=0)
        theirs = clone(ours).set_params(layer=name)
        one, two = (e.fit(m, rows).explain(rows[:9]) for e, m in [(ours, MODEL), (theirs, module)])
        np.testing.assert_allclose(one.values, two.values, atol=1e-6)
    assert not module[1]._forward_hooks
    assert module[0].weight.grad is None
    with pytest.raises(ValueError, match="layer is 'conv'; expected the name of a part"):
        theirs.set_params(layer="conv").fit(module, rows)


def test_two_logits_of_torch_are_one_score():
    torch = pytest.importorskip("torch")
    from skxai.predictors import TorchPredictor

    torch.manual_seed(0)
    module = torch.nn.Sequential(
        torch.nn.Linear(4, 5), torch.nn.ReLU(inplace=True), torch.nn.Linear(5, 2)
    )
    model = TorchPredictor(module, classes=["no", "yes"])
    arrays = {name: part.to_numpy() for name, part in CONCEPTS.items()}
    explainer = ConceptExplainer(concepts=arrays, layer="0", n_repeats=3, random_state=0)
    explanation = explainer.fit(model, X.to_numpy()).explain(X.to_numpy()[:6])
    assert explanation.output_names == ("yes",)
    units = X.to_numpy()[:6] @ module[0].weight.detach().numpy().T + module[0].bias.detach().numpy()
    last = module[2].weight.detach().numpy()
    by_hand = ((units > 0) * (last[1] - last[0])) @ explainer.vectors_[0].T
    np.testing.assert_allclose(explanation.values[:, 0, 0], by_hand, atol=1e-5)


@pytest.mark.parametrize("n_rows", [0, 3])
def test_layers_that_return_several_things(n_rows):
    torch = pytest.importorskip("torch")

    class Recurrent(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.cells = torch.nn.GRU(4, 5, batch_first=True)
            self.last = torch.nn.Linear(5, 2)

        def forward(self, x):
            return self.last(self.cells(x[:, None])[0][:, 0])

    arrays = {name: part.to_numpy() for name, part in CONCEPTS.items()}
    explainer = ConceptExplainer(concepts=arrays, layer="last", n_repeats=3, random_state=0)
    rows = X.to_numpy()
    values = explainer.fit(Recurrent(), rows).explain(rows[:n_rows]).values
    assert values.shape == (n_rows, 3, 2, 3)
    with pytest.raises(TypeError, match="layer 'cells' returns tuple; expected one tensor"):
        explainer.set_params(layer="cells").fit(Recurrent(), rows)
