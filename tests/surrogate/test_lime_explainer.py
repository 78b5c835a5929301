"""LimeExplainer: known answers, refusals, warnings, and what its results tell."""

import warnings
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.tree import DecisionTreeRegressor

from skxai.explanation import Explanation
from skxai.surrogate import LimeExplainer, LimeExplanation, submodular_pick


def interacting(X):
    X = np.asarray(X, dtype=float)
    return X[:, 0] * X[:, 1] + np.maximum(X[:, 2], 0.3) * np.sin(X[:, 0])


def straight(X):
    return np.asarray(X) @ np.array([2.0, -1.0, 0.5]) + 4


@pytest.fixture
def X():
    return np.random.RandomState(0).randn(80, 3) * [1, 2, 3]


# -- known answers -----------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [None, "gaussian", "exponential", "cosine", "epanechnikov"])
def test_a_linear_function_is_recovered(X, kernel):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the kernel leaves")
        explanation = LimeExplainer(kernel=kernel, random_state=0).fit(straight, X).explain(X[:4])
    expected = np.tile([2.0, -1.0, 0.5] * X.std(axis=0), (4, 1))
    np.testing.assert_allclose(explanation.values, expected, rtol=1e-5)
    np.testing.assert_allclose(explanation.intercepts, straight(X[:4]), atol=1e-5)
    np.testing.assert_allclose(explanation.surrogate_predictions, straight(X[:4]), atol=1e-5)
    np.testing.assert_allclose(explanation.fresh_r2, 1, atol=1e-9)
    assert explanation.std_errors.max() < 1e-4


@pytest.mark.parametrize("neighbourhood", ["background", "quartiles"])
def test_binary_coefficients_of_a_linear_function(X, neighbourhood):
    """Having the row's value against the background's mean; the intercept is nobody's value."""
    explainer = LimeExplainer(neighbourhood=neighbourhood, n_samples=2**14, random_state=0)
    explanation = explainer.fit(lambda X: straight(X), X).explain(X[:3])
    if neighbourhood == "background":
        expected = (X[:3] - X.mean(axis=0)) * [2.0, -1.0, 0.5]
        np.testing.assert_allclose(explanation.values, expected, atol=0.1)
    at_row = explanation.intercepts + explanation.values.sum(axis=1)
    np.testing.assert_allclose(explanation.surrogate_predictions, at_row)


def test_slopes_of_a_smooth_function(X):
    explanation = LimeExplainer(kernel_width=0.05, random_state=0).fit(interacting, X).explain(X)
    rest = np.where(X[:, 2] > 0.3, np.sin(X[:, 0]), 0)
    gradient = [X[:, 1] + np.maximum(X[:, 2], 0.3) * np.cos(X[:, 0]), X[:, 0], rest]
    at_ends = np.equal(X, X.min(axis=0)) | np.equal(X, X.max(axis=0))
    inside = (np.abs(X[:, 2] - 0.3) > 1) & ~at_ends.any(axis=1)
    got = explanation.values / X.std(axis=0)
    np.testing.assert_allclose(got[inside], np.stack(gradient, axis=1)[inside], atol=0.02)


@pytest.mark.parametrize("width", [0.1, 0.5, 1.0])
def test_coefficients_are_mean_slopes_over_normal_shifts(width):
    """Stein's lemma: of x³ and x·y², 3 (x² + w²) and y² + w², and 2 x y, for sd 1 each."""
    X = np.concatenate([np.eye(2), -np.eye(2)]) * 10  # the range is out of reach
    explainer = LimeExplainer(kernel_width=width / X.std(), n_samples=4096, random_state=0)
    explainer.fit(lambda X: X[:, 0] ** 3 + X[:, 0] * X[:, 1] ** 2, X)
    explanation = explainer.explain([[0.7, -1.1]])
    mean = [3 * (0.7**2 + width**2) + 1.1**2 + width**2, 2 * 0.7 * -1.1]
    np.testing.assert_allclose(explanation.values[0] / X.std(axis=0), mean, rtol=0.02)


def exact_shapley(function, row, background):
    d = len(row)

    def worth(members):
        present = np.isin(np.arange(d), members)
        return function(np.where(present, row, background)).mean()

    values = np.zeros(d)
    for j in range(d):
        others = [k for k in range(d) if k != j]
        for size in range(d):
            share = factorial(size) * factorial(d - size - 1) / factorial(d)
            for members in combinations(others, size):
                values[j] += share * (worth([*members, j]) - worth(list(members)))
    return values


def entangled(X):
    return interacting(X) + X[:, 3] * X[:, 4] * X[:, 0] + np.abs(X[:, 3] - X[:, 1])


def test_all_coalitions_with_the_shapley_kernel_give_shapley_values():
    X = np.random.RandomState(0).randn(13, 5)  # sizes 1 and 2 weigh differently
    explainer = LimeExplainer(neighbourhood="background", kernel="shapley", n_samples=320)
    explanation = explainer.fit(entangled, X[:10]).explain(X[10:])
    for i in range(3):
        expected = exact_shapley(entangled, X[10 + i], X[:10])
        np.testing.assert_allclose(explanation.values[i], expected, atol=1e-9)
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-9)


def test_sampled_coalitions_come_near_shapley_values(X):
    explainer = LimeExplainer(
        neighbourhood="background", kernel="shapley", n_samples=2**13, random_state=0
    )
    explanation = explainer.fit(interacting, np.tile(X, (20, 1))).explain(X[:3])
    for i in range(3):
        expected = exact_shapley(interacting, X[i], X)
        assert np.all(np.abs(explanation.values[i] - expected) < 4 * explanation.std_errors[i])
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-9)


def test_groups_share_one_coefficient():
    """Of a function of the sum of a group's columns, the effect of having the row's."""
    rng = np.random.RandomState(0)
    X = rng.randn(50, 3)
    explainer = LimeExplainer(groups={"both": [0, 1]}, kernel_width=0.5, random_state=0)
    explanation = explainer.fit(lambda X: X[:, 0] + X[:, 1] + 3 * X[:, 2], X).explain(X[:2])
    others = np.array([np.delete(X[:, :2].sum(axis=1), i).mean() for i in range(2)])
    both = explanation[:, "both"]
    gaps = both.values[:, 0] - (X[:2, :2].sum(axis=1) - others)
    assert np.all(np.abs(gaps) < 3 * both.std_errors[:, 0])
    assert both.std_errors.max() < 0.2
    np.testing.assert_allclose(explanation[:, "x2"].values[:, 0], 3 * X[:, 2].std(), atol=0.1)


@pytest.mark.parametrize("neighbourhood", ["gaussian", "background", "quartiles"])
@pytest.mark.parametrize("n_background", [1, 2, 3])
def test_one_player_and_few_background_rows(neighbourhood, n_background):
    background = np.arange(float(n_background)).reshape(-1, 1)
    kernels = ["auto", "shapley"] if neighbourhood == "background" else ["auto"]
    for kernel in kernels:
        explainer = LimeExplainer(neighbourhood=neighbourhood, kernel=kernel, random_state=0)
        explanation = explainer.fit(lambda X: 2 * X[:, 0], background).explain([[5.0], [0.0]])
        assert np.isfinite(explanation.values).all()
        if kernel == "shapley":
            expected = 2 * (np.array([5.0, 0.0]) - background.mean())
            np.testing.assert_allclose(explanation.values[:, 0], expected)
        elif neighbourhood == "gaussian" and n_background == 3:
            np.testing.assert_allclose(explanation.values, 2 * background.std(), rtol=1e-6)


# -- invariance --------------------------------------------------------------------------------


def test_units_make_no_difference(X):
    scaled = LimeExplainer(random_state=0).fit(
        lambda Z: interacting(Z / [1, 1000, 1e-3]), X * [1, 1000, 1e-3]
    )
    plain = LimeExplainer(random_state=0).fit(interacting, X)
    np.testing.assert_allclose(
        scaled.explain(X[:5] * [1, 1000, 1e-3]).values, plain.explain(X[:5]).values, atol=1e-8
    )


def test_more_samples_mean_smaller_errors(X):
    few, many = (
        LimeExplainer(n_samples=n, kernel_width=1.0, random_state=0)
        .fit(interacting, X)
        .explain(X[:5])
        for n in (64, 4096)
    )
    assert np.all(many.std_errors.max(axis=1) < 0.3 * few.std_errors.max(axis=1))
    assert np.all(np.abs(few.values - many.values) < 5 * few.std_errors + 0.01)


@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"kernel": "gaussian"},
        {"n_features": 2},
        {"surrogate": "tree"},
        {"tol": 0.05},
        {"neighbourhood": "background"},
        {"neighbourhood": "background", "kernel": "shapley"},
    ],
)
def test_rows_explained_together_are_explained_as_alone(X, setting):
    """Those that share coordinates are fitted at once; others, at an edge, are not."""
    explainer = LimeExplainer(n_samples=64, random_state=0, **setting)
    explainer.fit(lambda X: np.stack([interacting(X), X[:, 1] ** 3 - X[:, 2]], axis=1), X)
    together = explainer.explain(X[:9])
    for i in range(9):
        alone = explainer.explain(X[i : i + 1])
        for name in ("values", "std_errors", "base_values", "r2", "fresh_r2"):
            if getattr(alone, name) is not None:
                np.testing.assert_allclose(
                    getattr(together, name)[i], getattr(alone, name)[0], atol=1e-9
                )


def test_standard_errors_of_few_neighbours_are_large_enough():
    """32 pairs for 12 slopes: without what each pair does to its own fit they are too small."""
    X = np.random.RandomState(0).randn(200, 12)

    def model(X):
        products = 3 * X[:, 0] * X[:, 1] * X[:, 2] + X[:, 4] * X[:, 5]
        return products + X[:, 3] ** 3 + np.sin(3 * X[:, 6])

    def explained(n_samples, seed):
        explainer = LimeExplainer(n_samples=n_samples, kernel_width=0.5, random_state=seed)
        return explainer.fit(model, X).explain(X[:4])

    truth = explained(2**14, 99).values
    found = [explained(64, seed) for seed in range(20)]
    squares = [np.square(own.values - truth).sum() for own in found]
    ratio = np.sum(squares) / np.sum([np.square(own.std_errors).sum() for own in found])
    assert 0.4 < ratio < 0.9


def test_tol_draws_more_where_it_must(X):
    once = LimeExplainer(n_samples=64, kernel_width=0.6, random_state=0)
    errors = once.fit(interacting, X).explain(X).std_errors.max(axis=1)
    tol = np.median(errors)
    explanation = once.set_params(tol=tol).fit(interacting, X).explain(X)
    n_fitted = explanation.n_evals - 1 - 16
    assert set(n_fitted) <= {64, 128, 256, 512, 1024}
    assert len(set(n_fitted)) > 2
    np.testing.assert_array_equal(n_fitted == 64, errors <= tol)
    assert np.all((explanation.std_errors.max(axis=1) <= tol) | (n_fitted == 1024))
    np.testing.assert_array_equal(explanation.effective_sample_size.round(6), n_fitted)


# -- surrogates --------------------------------------------------------------------------------


@pytest.mark.parametrize("surrogate", ["ridge", "forward", "lars", "highest"])
def test_sparse_surrogates(X, surrogate):
    wide = np.hstack([X, np.random.RandomState(1).randn(80, 3)])
    explainer = LimeExplainer(surrogate=surrogate, n_features=2, kernel_width=0.1, random_state=0)
    explanation = explainer.fit(lambda X: 3 * X[:, 4] + 2 * X[:, 1] + 0.1 * X[:, 0], wide).explain(
        wide[:3]
    )
    assert np.all((explanation.values != 0) == [False, True, False, False, True, False])
    assert np.all((explanation.std_errors != 0) == (explanation.values != 0))
    np.testing.assert_allclose(explanation.values[:, 1], 2 * wide[:, 1].std(), rtol=0.02)


def test_tree_surrogate_tells_rules():
    X = pd.DataFrame(np.random.RandomState(0).randn(80, 2), columns=["age", "dose"])
    X["kind"] = np.tile(["x", "y", "z", "x"], 20)

    def model(frame):
        return np.where(frame["age"] > 0.5, 10.0, 0.0) + 5.0 * (frame["kind"] == "x")

    explainer = LimeExplainer(surrogate="tree", kernel_width=0.8, random_state=0).fit(model, X)
    row = X[(X["age"].abs() < 0.3) & (X["kind"] == "x")][:1]
    explanation = explainer.explain(row)
    rules = explanation.rules().splitlines()
    assert len(rules) == 4
    thresholds = [float(line.split("age ")[1].split()[1].rstrip(":")) for line in rules]
    np.testing.assert_allclose(thresholds, 0.5, atol=0.02)
    assert any("kind as in the row" in line and line.endswith(": 15") for line in rules)
    assert any("kind other than in the row" in line and line.endswith(": 0") for line in rules)
    assert explanation.fresh_r2[0] > 0.97
    np.testing.assert_allclose(explanation.values.sum(), 1)
    assert explanation.values[0, 1] == 0


def test_rules_of_several_outputs():
    X, y = load_diabetes(return_X_y=True)
    model = RandomForestClassifier(5, random_state=0).fit(X, np.digitize(y, [100, 200]))
    explanation = LimeExplainer(surrogate="tree", random_state=0).fit(model, X).explain(X[:2])
    with pytest.raises(ValueError, match="several outputs"):
        explanation.rules()
    assert ": " in explanation.output("1").rules(1)


def test_any_estimator_with_weights(X):
    explainer = LimeExplainer(surrogate=Ridge(alpha=1e-8), random_state=0).fit(interacting, X)
    own = LimeExplainer(random_state=0).fit(interacting, X).explain(X[:3])
    np.testing.assert_allclose(explainer.explain(X[:3]).values, own.values, rtol=1e-3, atol=1e-4)
    assert explainer.explain(X[:3]).std_errors is None
    trees = LimeExplainer(surrogate=DecisionTreeRegressor(max_depth=2), random_state=0)
    np.testing.assert_allclose(trees.fit(interacting, X).explain(X[:3]).values.sum(axis=1), 1)


def test_an_estimator_that_tells_nothing_is_refused(X):
    class Weighted(KNeighborsRegressor):
        def fit(self, X, y, sample_weight=None):
            return super().fit(X, y)

    explainer = LimeExplainer(surrogate=Weighted()).fit(interacting, X)
    with pytest.raises(ValueError, match=r"surrogate.*no coef_ or feature_importances_"):
        explainer.explain(X[:1])


# -- tables ------------------------------------------------------------------------------------


def test_mixed_frames_with_what_the_background_does_not_have():
    rng = np.random.RandomState(0)
    frame = pd.DataFrame(
        {
            "age": rng.randint(18, 80, 100),
            "income": np.where(rng.rand(100) < 0.2, np.nan, rng.rand(100)),
            "town": rng.choice(["Ulm", "Bonn"], 100),
            "vip": rng.rand(100) < 0.5,
        }
    )
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["town", "vip"]), remainder="passthrough"
    )
    y = frame["age"] / 10 * (frame["town"] == "Ulm") + frame["income"].isna()
    model = make_pipeline(encode, RandomForestRegressor(10, random_state=0)).fit(frame, y)
    rows = frame[:3].copy()
    rows.loc[0, "town"] = "Atlantis"
    rows.loc[1, "income"] = np.nan
    for setting in (
        {"neighbourhood": "gaussian"},
        {"neighbourhood": "gaussian", "kernel": "exponential"},
        {"neighbourhood": "background"},
        {"neighbourhood": "quartiles"},
        {"neighbourhood": "quartiles", "kernel": "hamming"},
    ):
        explanation = LimeExplainer(random_state=0, **setting).fit(model, frame).explain(rows)
        assert np.isfinite(explanation.values).all()
        if setting["neighbourhood"] == "quartiles":
            assert explanation.values[0, 2] == 0  # no neighbour is in Atlantis
        else:
            assert explanation.values[0, 2] != 0
        assert explanation.values[1, 1] != 0


def test_outputs_are_fitted_one_by_one():
    X, y = load_diabetes(return_X_y=True)
    model = RandomForestClassifier(5, random_state=0).fit(X, np.digitize(y, [100, 200]))
    every = LimeExplainer(kernel="exponential", random_state=0).fit(model, X).explain(X[:4])
    assert every.values.shape == (4, 10, 3)
    assert every.r2.shape == every.fresh_r2.shape == (4, 3)
    one = LimeExplainer(kernel="exponential", target=1, random_state=0).fit(model, X).explain(X[:4])
    np.testing.assert_allclose(one.values, every.output("1").values, atol=1e-10)
    np.testing.assert_allclose(one.fresh_r2, every.output("1").fresh_r2, atol=1e-10)
    best = LimeExplainer(kernel="exponential", target="predicted", random_state=0).fit(model, X)
    picked = best.explain(X[:4])
    k = every.predictions.argmax(axis=1)
    np.testing.assert_allclose(picked.fresh_r2, every.fresh_r2[np.arange(4), k], atol=1e-10)


# -- refusals and warnings ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kernel": "hamming"}, "kernel is 'hamming'"),
        ({"kernel": "shapley"}, "need 'background'"),
        ({"kernel": "shapley", "neighbourhood": "background", "surrogate": "tree"}, "'shapley'"),
        ({"kernel": "shapley", "neighbourhood": "background", "n_features": 2}, "n_features"),
        ({"surrogate": "tree", "tol": 0.1}, "tol is 0.1"),
        ({"surrogate": Ridge(), "n_features": 3}, "n_features is 3"),
        ({"n_samples": 2}, "n_samples"),
        ({"kernel_width": 0}, "kernel_width"),
    ],
)
def test_what_does_not_go_together_is_refused(X, parameters, message):
    with pytest.raises(ValueError, match=message):
        LimeExplainer(**parameters).fit(interacting, X)


def test_a_kernel_that_leaves_few_neighbours_warns_once():
    X = np.random.RandomState(0).randn(60, 30)
    explainer = LimeExplainer(neighbourhood="quartiles", kernel_width=0.05, random_state=0)
    explainer.fit(lambda X: X[:, 0], X)
    with pytest.warns(UserWarning, match="kernel_width") as caught:
        explanation = explainer.explain(X[:5])
    assert len(caught) == 1
    assert explanation.effective_sample_size.max() < 62
    wide = LimeExplainer(neighbourhood="quartiles", random_state=0).fit(lambda X: X[:, 0], X)
    assert wide.explain(X[:5]).effective_sample_size.min() > 62


# -- results -----------------------------------------------------------------------------------


def test_the_result_tells_how_well_it_fits(X):
    explanation = LimeExplainer(kernel_width=1.0, random_state=0).fit(interacting, X).explain(X[:6])
    assert isinstance(explanation, LimeExplanation)
    assert np.all(explanation.r2 <= 1)
    np.testing.assert_allclose(explanation.effective_sample_size, 1024)
    np.testing.assert_array_equal(explanation.n_evals, 1 + 1024 + 256)
    # On fresh points of the same law.
    rng = np.random.default_rng(0)
    low, high, scale = X.min(axis=0), X.max(axis=0), X.std(axis=0)
    for i in range(6):
        moved = np.clip(X[i] + scale * rng.normal(size=(20_000, 3)), low, high)
        f = interacting(moved)
        g = explanation.intercepts[i] + (moved - X[i]) / scale @ explanation.values[i]
        np.testing.assert_allclose(
            explanation.fresh_r2[i], 1 - np.mean((f - g) ** 2) / f.var(), atol=0.1
        )
    report = explanation.fit_report()
    np.testing.assert_allclose(report["gap"], abs(report["prediction"] - report["surrogate"]))


def test_a_constant_model_is_explained_by_nothing(X):
    explanation = (
        LimeExplainer(random_state=0).fit(lambda X: np.full(len(X), 0.3), X).explain(X[:2])
    )
    np.testing.assert_allclose(explanation.values, 0, atol=1e-12)
    np.testing.assert_array_equal(explanation.fresh_r2, 1.0)


def test_fields_follow_rows_outputs_and_files(tmp_path):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = LogisticRegression(max_iter=500).fit(X, np.digitize(y, [100, 200]))
    for surrogate in ("ridge", "tree"):
        explainer = LimeExplainer(surrogate=surrogate, n_samples=128, random_state=0).fit(model, X)
        explanation = explainer.explain(X[:5])
        part = explanation[[3, 1]].output("2")
        np.testing.assert_array_equal(part.fresh_r2, explanation.fresh_r2[[3, 1], 2])
        np.testing.assert_array_equal(part.r2, explanation.r2[[3, 1], 2])
        assert part.effective_sample_size.shape == (2,)
        explanation.save(tmp_path / "why.npz")
        again = LimeExplanation.load(tmp_path / "why.npz")
        for name in ("values", "r2", "fresh_r2", "surrogate_predictions", "effective_sample_size"):
            np.testing.assert_array_equal(getattr(again, name), getattr(explanation, name))
            assert not getattr(again, name).flags.writeable
        if surrogate == "tree":
            assert again.output("1").rules(4) == explanation.output("1").rules(4)
        else:
            assert again.trees is None
            with pytest.raises(ValueError, match="no rules"):
                again.rules()
        report = explanation.fit_report()
        assert list(report.columns.get_level_values(0).unique()) == ["0", "1", "2"]
        assert report.index.equals(X.index[:5])
    with pytest.raises(ValueError, match="LimeExplanation"):
        Explanation.load(tmp_path / "why.npz")


def test_fields_of_a_wrong_shape_are_refused():
    with pytest.raises(ValueError, match="fresh_r2 has shape"):
        LimeExplanation([[1.0, 2.0]], [0.0], [1.0], fresh_r2=[0.1, 0.2])


# -- picking rows ------------------------------------------------------------------------------


def test_pick_covers_what_matters():
    values = np.array([[5.0, 0, 0], [5, 0, 0], [0, 4, 0], [0, 4, 3], [0.1, 0, 0]])
    explanation = Explanation(values, np.zeros(5), np.zeros(5))
    # Row 3 covers sqrt(8) + 3/4 sqrt(3) = 4.13, rows 0, 1 and 4 sqrt(10.1) = 3.18.
    assert submodular_pick(explanation, 2).tolist() == [3, 0]
    assert sorted(submodular_pick(explanation, 99)) == [0, 1, 2, 3, 4]


def test_pick_is_greedy_by_definition():
    values = np.random.RandomState(0).randn(12, 5, 2)
    explanation = Explanation(values, np.zeros((12, 2)), np.zeros((12, 2)))
    sizes = np.abs(values).reshape(12, 10)
    shares, importance = sizes / sizes.max(axis=1, keepdims=True), np.sqrt(sizes.sum(axis=0))

    def coverage(rows):
        return shares[rows].max(axis=0) @ importance

    picked = submodular_pick(explanation, 4).tolist()
    for k in range(4):
        best = max(coverage([*picked[:k], row]) for row in range(12))
        np.testing.assert_allclose(coverage(picked[: k + 1]), best)


@pytest.mark.parametrize("n_rows", [0, 1.5, True])
def test_pick_refuses(n_rows):
    with pytest.raises(ValueError, match="n_rows"):
        submodular_pick(Explanation([[1.0]], [0.0], [1.0]), n_rows)
    with pytest.raises(TypeError, match="explanation"):
        submodular_pick([[1.0]], 1)
