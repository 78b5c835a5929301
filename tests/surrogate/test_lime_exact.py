"""Coefficients in closed form, against integrals and against very many samples."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import trapezoid
from scipy.stats import norm
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeRegressor

from skxai.surrogate import LimeExplainer, _exact_coins
from skxai.surrogate._laws import ShiftedNumber, normal_below, normal_means
from skxai.surrogate._numbers import line_through


def mixed(n_rows=150, seed=0):
    rng = np.random.RandomState(seed)
    missing = rng.rand(n_rows) < 0.2
    frame = pd.DataFrame(
        {
            "real": rng.randn(n_rows),
            "whole": rng.randint(0, 6, n_rows),
            "kind": pd.Series(rng.choice(["x", "y", "z"], n_rows), dtype=object),
            "gaps": np.where(missing, np.nan, rng.randn(n_rows)),
            "flag": rng.rand(n_rows) < 0.4,
        }
    )
    y = frame["real"] * (frame["kind"] == "x") + frame["whole"] * frame["flag"]
    return frame, y + np.where(missing, 1, frame["gaps"] > 0) * frame["whole"]


def by_integration(function, own, sizes, low, high, scales):
    """Cov(f, u_j) / Var(u_j) over a grid of normal quantiles for two numbers."""
    points = norm.ppf((np.arange(600) + 0.5) / 600)
    moved = [np.clip(own[j] + sizes[j] * points, low[j], high[j]) for j in range(2)]
    first, second = np.meshgrid(*moved, indexing="ij")
    f = function(np.column_stack([first.ravel(), second.ravel()])).reshape(first.shape)
    coef = []
    for j, mean in enumerate([f.mean(axis=1), f.mean(axis=0)]):
        u = (moved[j] - own[j]) / scales[j]
        coef.append(np.cov(mean, u, bias=True)[0, 1] / u.var())
    return coef


def test_tree_against_integration():
    rng = np.random.RandomState(0)
    X = rng.randn(60, 2)
    tree = DecisionTreeRegressor(max_depth=4, random_state=0).fit(X, X[:, 0] * X[:, 1])
    explainer = LimeExplainer(kernel_width=0.5, random_state=0).fit(tree, X)
    assert explainer.algorithm_ == "tree"
    for row in (0, X[:, 0].argmax()):  # the second can only move to one side
        got = explainer.explain(X[[row]]).values[0]
        expected = by_integration(
            tree.predict, X[row], 0.5 * X.std(axis=0), X.min(axis=0), X.max(axis=0), X.std(axis=0)
        )
        np.testing.assert_allclose(got, expected, atol=0.02)


MODELS = {
    "boosting": lambda: HistGradientBoostingRegressor(max_iter=15, random_state=0),
    "forest": lambda: RandomForestClassifier(8, max_depth=6, random_state=0),
}
SETTINGS = [
    {"kernel_width": 0.4},
    {"kernel_width": 0.4, "groups": {"both": ["real", "kind"]}},
    {"neighbourhood": "quartiles", "kernel": None},
    {"neighbourhood": "quartiles", "kernel_width": 0.4},
    {"neighbourhood": "background", "kernel": None},
    {"neighbourhood": "background", "groups": {"both": ["real", "kind"]}},
]


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_trees_against_many_samples(kind, setting):
    frame, y = mixed()
    encode = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["kind"]), remainder="passthrough"
    )
    y = y if kind == "boosting" else np.digitize(y, np.quantile(y, [0.3, 0.6]))
    model = make_pipeline(encode, MODELS[kind]()).fit(frame, y)
    function = model.predict if kind == "boosting" else model.predict_proba
    check_against_samples(model, function, frame, setting, "tree")


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_linear_against_many_samples(setting):
    frame, y = mixed()
    encode = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["kind"]), (StandardScaler(), ["real", "whole"])
    )
    model = make_pipeline(encode, Ridge()).fit(frame, y)
    check_against_samples(model, model.predict, frame, setting, "linear")


def by_all_coalitions(function, row, background, kernel_width):
    """Weighted least squares on every coalition with every background row."""
    n_players = len(row)
    kept = np.array(list(product([False, True], repeat=n_players)))
    neighbours = np.where(kept[:, None], row, background)
    f = function(neighbours.reshape(-1, n_players)).reshape(len(kept), -1).mean(axis=1)
    weights = np.ones(len(kept))
    if kernel_width is not None:
        weights = np.exp(-(~kept).sum(axis=1) / (2 * kernel_width**2 * n_players))
    design = np.column_stack([np.ones(len(kept)), kept]) * np.sqrt(weights)[:, None]
    return np.linalg.lstsq(design, f * np.sqrt(weights), rcond=None)[0]


@pytest.mark.parametrize("setting", [{"kernel": None}, {"kernel_width": 0.4}], ids=str)
@pytest.mark.parametrize("kind", ["trees", "linear", "additive", "constant"])
def test_coins_against_all_coalitions(kind, setting):
    rng = np.random.RandomState(0)
    X = rng.randn(25, 4)
    X[rng.rand(*X.shape) < 0.1] = np.nan
    y = np.nan_to_num(X[:, 0] * X[:, 1] + (X[:, 2] > 0) * X[:, 3])
    model = {
        "trees": HistGradientBoostingRegressor(min_samples_leaf=2, max_iter=8, random_state=0),
        "linear": make_pipeline(SimpleImputer(), Ridge()),
        "additive": make_pipeline(SimpleImputer(), PowerTransformer(), Ridge()),  # curves
        "constant": DecisionTreeRegressor(max_depth=1, min_samples_leaf=25),
    }[kind].fit(X, y)
    explainer = LimeExplainer(neighbourhood="background", **setting).fit(model, X)
    assert explainer.exact_
    assert explainer.algorithm_ == ("linear" if kind in ("linear", "additive") else "tree")
    explanation = explainer.explain(X[:6])
    for i in range(6):
        intercept, *coef = by_all_coalitions(model.predict, X[i], X, setting.get("kernel_width"))
        np.testing.assert_allclose(explanation.values[i], coef, atol=1e-10)
        np.testing.assert_allclose(explanation.intercepts[i], intercept, atol=1e-10)


def test_forests_of_too_large_tables_are_sampled(monkeypatch):
    monkeypatch.setattr(_exact_coins, "_MAX_CELLS", 10)
    X = np.random.RandomState(0).randn(40, 3)
    tree = DecisionTreeRegressor(random_state=0).fit(X, X[:, 0] * X[:, 1])
    assert not LimeExplainer(neighbourhood="background").fit(tree, X).exact_


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler(), RobustScaler()], ids=str)
@pytest.mark.parametrize("setting", [{"kernel_width": 0.6}, {"neighbourhood": "quartiles"}])
def test_scaled_numbers_are_as_exact_as_plain_ones(scaler, setting):
    frame, y = mixed()
    numbers, others = ["real", "whole", "gaps"], ["flag"]
    scaled = make_column_transformer((scaler, numbers), ("passthrough", others))
    plain = make_column_transformer(("passthrough", numbers), ("passthrough", others))
    frame = frame[[*numbers, *others]] * [1000.0, 1, 0.01, 1]
    frame = frame.astype({"whole": int, "flag": bool})
    values = []
    for encode in (scaled, plain):
        model = make_pipeline(encode, DecisionTreeRegressor(max_depth=6, random_state=0))
        explainer = LimeExplainer(random_state=0, **setting).fit(model.fit(frame, y), frame)
        assert (explainer.algorithm_, explainer.exact_) == ("tree", True)
        values.append(explainer.explain(frame[:20]).values)
    np.testing.assert_allclose(*values, atol=1e-5 * np.abs(values[1]).max())


def test_numbers_far_from_zero():
    rng = np.random.RandomState(0)
    X = 1.6e9 + rng.randn(100, 2) * 1e4
    y = (X[:, 0] > 1.6e9) * (X[:, 1] - 1.6e9)
    model = make_pipeline(StandardScaler(), DecisionTreeRegressor(max_depth=5, random_state=0))
    model.fit(X, y)
    explainer = LimeExplainer(kernel_width=0.5).fit(model, X)
    assert explainer.exact_
    expected = by_integration(
        model.predict, X[0], 0.5 * X.std(axis=0), X.min(axis=0), X.max(axis=0), X.std(axis=0)
    )
    got = explainer.explain(X[:1]).values[0]
    np.testing.assert_allclose(got, expected, atol=0.02 * np.abs(expected).max())


def test_a_row_outside_the_background_has_moved_cuts_too():
    X = np.random.RandomState(0).randn(200, 2) * [1, 50]
    model = make_pipeline(StandardScaler(), DecisionTreeRegressor(max_depth=5, random_state=0))
    model.fit(X, X[:, 0] * X[:, 1])
    near, row = X[np.abs(X[:, 1]) < 40], np.array([[0.4, 90.0]])
    sizes, low, high = 0.5 * near.std(axis=0), near.min(axis=0), near.max(axis=0)
    explainer = LimeExplainer(kernel_width=0.5).fit(model, near)
    assert explainer.exact_
    expected = by_integration(
        model.predict, row[0], sizes, low, np.maximum(high, row[0]), near.std(axis=0)
    )
    np.testing.assert_allclose(explainer.explain(row).values[0], expected, rtol=0.02, atol=0.05)


def test_imputed_numbers():
    frame, y = mixed()
    encode = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["real", "gaps", "whole"])
    )
    model = make_pipeline(encode, HistGradientBoostingRegressor(max_iter=15)).fit(frame, y)
    for setting in SETTINGS[:3]:
        if "groups" not in setting:
            check_against_samples(model, model.predict, frame, setting, "tree")


def test_steps_between_background_values_are_seen():
    rng = np.random.RandomState(0)
    X = rng.randint(0, 6, (60, 2)).astype(float)
    # Rounding leaves the values of the background alone, and not those between.
    encode = FunctionTransformer(np.rint)
    tree = make_pipeline(encode, DecisionTreeRegressor(random_state=0)).fit(X, X[:, 0] * X[:, 1])
    line = make_pipeline(encode, LinearRegression()).fit(X, X[:, 0])
    for model in (tree, line):
        assert not LimeExplainer().fit(model, X).exact_
        assert LimeExplainer(neighbourhood="background").fit(model, X).exact_


def check_against_samples(model, function, frame, setting, algorithm):
    rows = frame[:4]
    explainer = LimeExplainer(random_state=0, **setting).fit(model, frame)
    assert (explainer.algorithm_, explainer.exact_) == (algorithm, True)
    exact = explainer.explain(rows)
    assert exact.std_errors is None
    sampler = LimeExplainer(n_samples=2**14, random_state=1, **setting).fit(function, frame)
    assert (sampler.algorithm_, sampler.exact_) == ("sampled", False)
    sampled = sampler.explain(rows)
    gaps = np.abs(exact.values - sampled.values)
    # A fifth of a hundredth besides: where the errors themselves vanish.
    assert np.all(gaps <= 3 * sampled.std_errors + 0.002 * np.abs(exact.values).max())
    scale = np.abs(exact.predictions).max()
    np.testing.assert_allclose(exact.intercepts, sampled.intercepts, atol=0.03 * scale)


def test_linear_coefficients_are_those_of_the_model():
    rng = np.random.RandomState(0)
    X = rng.randn(50, 3) * [1, 10, 100]
    model = LinearRegression().fit(X, X @ [3.0, 0.2, -0.01])
    explanation = LimeExplainer(random_state=0).fit(model, X).explain(X[:5])
    np.testing.assert_allclose(
        explanation.values, np.tile(model.coef_ * X.std(axis=0), (5, 1)), rtol=1e-9
    )
    np.testing.assert_allclose(explanation.intercepts, model.predict(X[:5]), rtol=1e-9)
    np.testing.assert_allclose(explanation.fresh_r2, 1.0)
    assert explanation.completeness_gap.shape == (5,)


def test_log_odds_of_a_logistic_model():
    rng = np.random.RandomState(0)
    X = rng.randn(80, 2)
    model = LogisticRegression().fit(X, X[:, 0] > X[:, 1])
    fitted = LimeExplainer(response_method="decision_function").fit(model, X)
    assert fitted.algorithm_ == "linear"
    np.testing.assert_allclose(fitted.explain(X[:1]).values, model.coef_ * X.std(axis=0), rtol=1e-9)
    assert not LimeExplainer().fit(model, X).exact_  # a probability is no line


def test_what_has_no_closed_form_is_sampled():
    rng = np.random.RandomState(0)
    X = rng.randn(40, 2)
    y = X[:, 0] > X[:, 1]
    tree = DecisionTreeRegressor(random_state=0).fit(X, y)
    assert not LimeExplainer(kernel="exponential").fit(tree, X).exact_
    assert not LimeExplainer(neighbourhood="background", kernel="hamming").fit(tree, X).exact_
    assert not LimeExplainer(surrogate="tree").fit(tree, X).exact_
    assert not LimeExplainer(n_features=1).fit(tree, X).exact_
    bent = make_pipeline(PowerTransformer(), DecisionTreeRegressor(random_state=0)).fit(X, y)
    assert not LimeExplainer().fit(bent, X).exact_
    upside_down = make_pipeline(FunctionTransformer(np.negative), DecisionTreeRegressor())
    assert not LimeExplainer().fit(upside_down.fit(X, y), X).exact_
    curved = LimeExplainer(response_method="raw_score").fit(GaussianNB().fit(X, y), X)
    assert not curved.exact_


@pytest.mark.parametrize("is_integer", [False, True])
def test_law_of_a_shifted_number(is_integer):
    own, size, low, high = np.array([1.0, -2.0, 5.0]), 0.9, -2.0, 4.0
    law = ShiftedNumber(own, size, low, high, 2.0, is_integer)
    rng = np.random.default_rng(0)
    shift = size * rng.normal(size=400_000)
    shift = np.rint(shift) if is_integer else shift
    cuts = np.array([-2.5, -2.0, 0.5, 1.0, 3.9, 4.0, 5.0, 6.0])
    below, effect = law.below(cuts)
    for i, number in enumerate(own):
        moved = np.clip(number + shift, min(low, number), max(high, number))
        u = (moved - number) / 2.0
        np.testing.assert_allclose(law.mean[i], u.mean(), atol=4e-3)
        for k, cut in enumerate(cuts):
            inside = moved <= cut
            np.testing.assert_allclose(below[i, k], inside.mean(), atol=4e-3)
            expected = np.cov(inside, u, bias=True)[0, 1] / u.var()
            np.testing.assert_allclose(effect[i, k], expected, atol=8e-3)


def test_cut_normals():
    normals = np.array([[1.0, 2.0, 0.0, 3.0], [4.0, 0.0, 4.0, 4.0], [np.nan] * 4])
    law = norm(1, 2)
    expected = (law.cdf(2.5) - law.cdf(0)) / (law.cdf(3) - law.cdf(0))
    below = normal_below(normals, np.array([-1.0, 2.5, 4.0]))
    np.testing.assert_allclose(below, [[0, expected, 1], [0, 0, 1], [0, 0, 0]])
    grid = np.linspace(0, 3, 20_001)
    expected = trapezoid(grid * law.pdf(grid), grid) / (law.cdf(3) - law.cdf(0))
    np.testing.assert_allclose(normal_means(normals), [expected, 4, 0], rtol=1e-6)


def test_lines_through_numbers_far_from_zero():
    x = 1.6e9 + np.random.RandomState(0).randn(50) * 1e4
    z = (x - x.mean()) / x.std()
    slope, offset = line_through(x, np.column_stack([z, 0 * z]), 1e-9)
    np.testing.assert_allclose(slope, [1 / x.std(), 0], rtol=1e-9)
    np.testing.assert_allclose(offset, [-x.mean() / x.std(), 0], rtol=1e-9)
    assert line_through(x, z + 1e-3 * z**2, 1e-6) is None
