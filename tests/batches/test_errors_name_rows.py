"""A model that fails on a row: each explainer names the row, in the same words."""

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from logging_models import Fragile
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skxai
from skxai import (
    AttributionTransformer,
    ConceptExplainer,
    CounterfactualExplainer,
    DataShapleyExplainer,
    InfluenceExplainer,
    InfluenceNetwork,
    IntegratedGradientsExplainer,
    KNNShapleyExplainer,
    LimeExplainer,
    LinearImportanceExplainer,
    LRPExplainer,
    PrototypeExplainer,
    SaliencyExplainer,
    SequenceMasker,
    ShapleyExplainer,
    SmoothGradExplainer,
    TaylorExplainer,
    TextMasker,
)
from skxai.base import BaseExplainer

LIMIT = 50.0
BACKGROUND = np.random.default_rng(0).standard_normal((30, 4))
TARGETS = BACKGROUND[:, 0] * BACKGROUND[:, 1] + BACKGROUND[:, 2]
ROWS = np.random.default_rng(1).standard_normal((9, 4))
BAD = 6


class Gauge(StandardScaler):
    """A scaler that raises where a cell is above a limit."""

    returns_nan = False

    def transform(self, X):
        too_large = np.asarray(X) > LIMIT
        if too_large.any() and not self.returns_nan:
            raise RuntimeError("the gauge is off the scale")
        return np.where(too_large, np.nan, super().transform(X))


class DoubtfulGauge(Gauge):
    """It returns NaN there."""

    returns_nan = True


GAUGES = {False: Gauge(), True: DoubtfulGauge()}
NETWORK = MLPRegressor(
    hidden_layer_sizes=(3,), solver="lbfgs", max_iter=2000, tol=0.1, random_state=0
)


def fitted(explainer, estimator, returns_nan, fit=True):
    """An explainer of a function, or of an estimator after a `Gauge`."""
    if estimator is None:
        return explainer.fit(Fragile(LIMIT, returns_nan), BACKGROUND, TARGETS)
    model = make_pipeline(clone(GAUGES[returns_nan]), clone(estimator))
    if fit:
        model.fit(BACKGROUND, TARGETS)
    return explainer.fit(model, BACKGROUND, TARGETS)


def of_any_model(explainer, estimator=None, verb="explain"):
    return lambda returns_nan: getattr(fitted(clone(explainer), estimator, returns_nan), verb)


def of_a_network(verb):
    """Of a network that starts to fail after `fit`: relevance goes through no `Gauge`."""

    def make(returns_nan):
        model = clone(NETWORK).fit(BACKGROUND, TARGETS)
        explainer = LRPExplainer(rule="epsilon").fit(model, BACKGROUND)
        model.predict = Fragile(LIMIT, returns_nan).predict
        return getattr(explainer, verb)

    return make


def refitted(returns_nan):
    explainer = DataShapleyExplainer(n_permutations=2, random_state=0)
    explainer = fitted(explainer, Ridge(), returns_nan, fit=False)
    return lambda X: explainer.explain(X, np.arange(len(X)))


def network(returns_nan):
    estimator = make_pipeline(clone(GAUGES[returns_nan]), LinearRegression())
    explainer = ShapleyExplainer(random_state=0)
    found = InfluenceNetwork(estimator=estimator, explainer=explainer, cv=2, random_state=0)
    return found.fit(BACKGROUND).explain


def transformer(returns_nan):
    model = make_pipeline(clone(GAUGES[returns_nan]), Ridge())
    transformer = AttributionTransformer(ShapleyExplainer(random_state=0), model)
    return transformer.fit(BACKGROUND, TARGETS).transform


CONCEPTS = {"large": BACKGROUND[BACKGROUND[:, 0] > 0.5]}
COUNTERFACTUAL = CounterfactualExplainer(target=1.0, max_evals=40, random_state=0)

# From "returns NaN, or raises" to what explains rows.
ASKING = {
    "ShapleyExplainer": of_any_model(ShapleyExplainer(random_state=0)),
    "ShapleyExplainer, kernel": of_any_model(ShapleyExplainer(algorithm="kernel", random_state=0)),
    "ShapleyExplainer, linear": of_any_model(ShapleyExplainer(), Ridge()),
    "ShapleyExplainer.interactions": of_any_model(ShapleyExplainer(), verb="interactions"),
    "LimeExplainer": of_any_model(LimeExplainer(n_samples=64, random_state=0)),
    "LinearImportanceExplainer": of_any_model(LinearImportanceExplainer()),
    "CounterfactualExplainer": of_any_model(COUNTERFACTUAL),
    "CounterfactualExplainer.front": of_any_model(COUNTERFACTUAL, verb="front"),
    "PrototypeExplainer": of_any_model(PrototypeExplainer(n_prototypes=2)),
    "SaliencyExplainer": of_any_model(SaliencyExplainer()),
    "IntegratedGradientsExplainer": of_any_model(IntegratedGradientsExplainer()),
    "SmoothGradExplainer": of_any_model(SmoothGradExplainer(n_samples=8, random_state=0)),
    "TaylorExplainer": of_any_model(TaylorExplainer()),
    "TaylorExplainer.roots": of_any_model(TaylorExplainer(), verb="roots"),
    "LRPExplainer": of_a_network("explain"),
    "LRPExplainer.layer_relevances": of_a_network("layer_relevances"),
    "ConceptExplainer": of_any_model(
        ConceptExplainer(concepts=CONCEPTS, n_repeats=2, random_state=0), NETWORK
    ),
    "InfluenceExplainer": of_any_model(InfluenceExplainer(), Ridge()),
    "KNNShapleyExplainer": of_any_model(KNNShapleyExplainer(), KNeighborsRegressor(3)),
    "KNNShapleyExplainer.average": of_any_model(
        KNNShapleyExplainer(), KNeighborsRegressor(3), verb="average"
    ),
    "DataShapleyExplainer": refitted,
    "InfluenceNetwork": network,
    "AttributionTransformer": transformer,
}


def test_every_explainer_is_asked():
    public = {
        name
        for name in skxai.__all__
        if isinstance(getattr(skxai, name), type)
        and hasattr(getattr(skxai, name), "fit")
        and (hasattr(getattr(skxai, name), "explain") or hasattr(getattr(skxai, name), "transform"))
    }
    maskers = {name for name in public if name.endswith("Masker")}
    silent = {"ActivationMaximizer"}  # it explains no rows
    assert public - maskers - silent == {name.split(",")[0].split(".")[0] for name in ASKING}


@pytest.fixture(params=["serial", "threading"])
def engine(request):
    if request.param == "serial":
        yield
    else:
        with parallel_config("threading", n_jobs=2):
            yield


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("returns_nan", [False, True], ids=["raises", "NaN"])
@pytest.mark.parametrize("name", ASKING)
def test_the_row_is_named(name, returns_nan):
    explain = ASKING[name](returns_nan)
    X = ROWS.copy()
    explain(X)
    X[[BAD, BAD + 1], -1] = 100.0
    kind, words = (ValueError, "NaN|not finite") if returns_nan else (RuntimeError, "off the scale")
    with pytest.raises(kind, match=rf"({words}).*\(first at row {BAD}, of X\)$"):
        explain(X)


@pytest.mark.parametrize("name", ["ShapleyExplainer", "CounterfactualExplainer"])
def test_its_label_is_named(name):
    explainer = {"S": ShapleyExplainer(random_state=0), "C": clone(COUNTERFACTUAL)}[name[0]]
    explainer.fit(Fragile(LIMIT), pd.DataFrame(BACKGROUND))
    X = pd.DataFrame(ROWS.copy(), index=list("abcdefghi"))
    X.loc["g", 3] = 100.0
    with pytest.raises(RuntimeError, match=r"first at row 6, labelled 'g', of X\)$"):
        explainer.explain(X)


def test_a_late_chunk_of_a_concept_counts_from_the_first():
    explain = ASKING["ConceptExplainer"](False)
    X = np.resize(ROWS, (300, 4)).copy()
    X[290, -1] = 100.0
    with pytest.raises(RuntimeError, match=r"first at row 290, of X\)$"):
        explain(X)


@pytest.mark.parametrize(
    ("explainer", "verb"),
    [
        (ShapleyExplainer(masker=TextMasker(), random_state=0), "explain"),
        (LimeExplainer(masker=TextMasker(), n_samples=64, random_state=0), "explain"),
        (CounterfactualExplainer(masker=SequenceMasker(), target=(2, None)), "explain"),
        (CounterfactualExplainer(masker=SequenceMasker(), target=(2, None)), "substitutions"),
    ],
    ids=["Shapley", "LIME", "Counterfactual", "substitutions"],
)
def test_rows_with_players_of_their_own(explainer, verb):
    explainer.fit(count_of_a, ["CAT"])
    with pytest.raises(RuntimeError, match=r"no such word \(first at row 2, of X\)$"):
        getattr(explainer, verb)(["CAT", "TAC", "XAT", "ACT"])


def count_of_a(texts):
    if any("X" in text for text in texts):
        raise RuntimeError("no such word")
    return [text.count("A") for text in texts]


# -- rows that the explainer made up -----------------------------------------------------------


def fragile_between(X):
    """A function that fails where no row of the data is, but mixtures of them are."""
    X = np.asarray(X, dtype=float)
    if ((X[:, 0] > 5) & (X[:, 1] < 3)).any():
        raise RuntimeError("no such patient")
    return X[:, 0] * X[:, 1] + X[:, 2]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    "explainer",
    [
        ShapleyExplainer(algorithm="exact"),
        ShapleyExplainer(algorithm="permutation", random_state=0),
        ShapleyExplainer(algorithm="kernel", random_state=0),
        LimeExplainer(neighbourhood="background", n_samples=64, random_state=0),
        CounterfactualExplainer(target=(None, 0.0), max_evals=90, random_state=0),
        IntegratedGradientsExplainer(),
    ],
    ids=["exact", "permutation", "kernel", "LIME", "counterfactual", "gradients"],
)
def test_rows_are_named_whose_mixtures_fail(explainer, monkeypatch):
    monkeypatch.setattr(BaseExplainer, "_rows_per_chunk", lambda self: 3)
    for kind in {type(explainer), *type(explainer).__mro__}:
        if "_rows_per_chunk" in vars(kind):
            monkeypatch.setattr(kind, "_rows_per_chunk", lambda self: 3)
    explainer = clone(explainer).fit(fragile_between, BACKGROUND)
    X = ROWS.copy()
    explainer.explain(X)
    X[BAD, :2] = 6.0, 3.3
    fragile_between(X)  # of the rows themselves it has an answer
    words = r"no such patient \(while explaining rows [06] to 8, of X\)$"
    with pytest.raises(RuntimeError, match=words):
        explainer.explain(X)


# -- nothing is lost ---------------------------------------------------------------------------

IN_BATCHES = [
    name for name in ASKING if issubclass(getattr(skxai, name.split(",")[0], int), BaseExplainer)
]


@pytest.mark.parametrize("name", IN_BATCHES)
def test_batches_before_it_are_there(name):
    explain = ASKING[name](False)
    X = ROWS.copy()
    X[BAD, -1] = 100.0
    batches = explain.__self__.explain_batches(X, batch_size=3)
    assert [len(next(batches).predictions) for _ in range(2)] == [3, 3]
    with pytest.raises(RuntimeError, match=r"first at row 0, of X\) \(in batch 2, rows 6 to 8\)$"):
        next(batches)
