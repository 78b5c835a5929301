"""Which algorithm is chosen for which model, and that all of them agree."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from recording import Recording, mixed_frame, tables, uneven
from sklearn import ensemble
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

from skxai import ShapleyExplainer, TabularMasker
from skxai.shapley import _closed_forms

X, CODES = load_iris(return_X_y=True)
LABELS = np.array(["setosa", "versicolor", "virginica"])[CODES]
BINARY = np.where(CODES == 1, "yes", "no")
AMOUNT = X[:, 3] * X[:, 0] + X[:, 1]
SEVERAL = np.column_stack([AMOUNT, X[:, 1] * X[:, 2]])
TWO_LABELS = np.column_stack([LABELS, BINARY])
BACKGROUND, ROWS = X[::13], X[4::30]

FOREST = {"n_estimators": 6, "random_state": 0}
BOOSTING = {"max_iter": 5, "min_samples_leaf": 5}
SCORE = {"response_method": "decision_function"}


def grow(y, estimator=ensemble.RandomForestClassifier, **parameters):
    return estimator(**{**FOREST, **parameters}).fit(X, y)


def boost(y):
    return ensemble.HistGradientBoostingClassifier(**BOOSTING).fit(X, y)


def logistic(y):
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)


CASES = {
    "forest": (lambda: grow(LABELS), {}, "tree"),
    "forest, one class": (lambda: grow(LABELS), {"target": "versicolor"}, "tree"),
    "forest, two classes": (lambda: grow(LABELS), {"target": ["virginica", "setosa"]}, "tree"),
    "forest, own class": (lambda: grow(LABELS), {"target": "predicted"}, "tree"),
    "binary forest": (lambda: grow(BINARY), {}, "tree"),
    "binary forest, negative": (lambda: grow(BINARY), {"target": "no"}, "tree"),
    "forest of two labels": (lambda: grow(TWO_LABELS), {}, "tree"),
    "regression forest": (lambda: grow(AMOUNT, ensemble.RandomForestRegressor), {}, "tree"),
    "extra trees, two targets": (lambda: grow(SEVERAL, ensemble.ExtraTreesRegressor), {}, "tree"),
    "tree": (lambda: DecisionTreeRegressor(max_depth=4).fit(X, AMOUNT), {}, "tree"),
    "boosting": (lambda: grow(AMOUNT, ensemble.GradientBoostingRegressor), {}, "tree"),
    "boosted scores": (lambda: boost(LABELS), SCORE, "tree"),
    "boosted scores, own": (lambda: boost(LABELS), {**SCORE, "target": "predicted"}, "tree"),
    "boosted score": (lambda: boost(BINARY), SCORE, "tree"),
    "boosted score, negative": (lambda: boost(BINARY), {**SCORE, "target": "no"}, "tree"),
    "boosted score, both": (lambda: boost(BINARY), {**SCORE, "target": ["no", "yes"]}, "tree"),
    "boosted score, own": (lambda: boost(BINARY), {**SCORE, "target": "predicted"}, "tree"),
    "linear": (lambda: LinearRegression().fit(X, AMOUNT), {}, "linear"),
    "linear, two targets": (lambda: Ridge().fit(X, SEVERAL), {}, "linear"),
    "logistic scores": (lambda: logistic(LABELS), SCORE, "linear"),
    "logistic score, negative": (lambda: logistic(BINARY), {**SCORE, "target": "no"}, "linear"),
    "logistic scores, own": (lambda: logistic(LABELS), {**SCORE, "target": "predicted"}, "linear"),
    "SVR": (lambda: make_pipeline(StandardScaler(), SVR()).fit(X, AMOUNT), {}, "kernel-machine"),
    "process": (
        lambda: GaussianProcessRegressor(alpha=0.1).fit(X, SEVERAL),
        {},
        "kernel-machine",
    ),
}


def assert_same_explanation(one, exact, rtol=1e-8):
    scale = np.abs(exact.values).max()
    assert scale > 1e-3  # else there is nothing to compare
    assert_allclose(one.values, exact.values, rtol=0, atol=rtol * scale)
    assert_array_equal(one.predictions, exact.predictions)
    assert_array_equal(one.base_values, exact.base_values)
    assert one.output_names == exact.output_names
    assert one.std_errors is None
    assert_array_equal(one.n_evals, np.ones(len(one.values)))  # the prediction itself
    assert_allclose(one.completeness_gap, 0, atol=rtol * scale)


@pytest.mark.parametrize("case", list(CASES))
def test_closed_forms_equal_enumeration(case):
    build, options, algorithm = CASES[case]
    model = build()
    explainer = ShapleyExplainer(**options).fit(model, BACKGROUND)
    assert (explainer.algorithm_, explainer.exact_) == (algorithm, True)
    exact = ShapleyExplainer(algorithm="exact", **options).fit(model, BACKGROUND).explain(ROWS)
    explanation = explainer.explain(ROWS)
    assert_same_explanation(explanation, exact)
    if options.get("target") == "predicted":
        assert_array_equal(explanation.targets, exact.targets)
        assert len(set(exact.targets)) > 1


@pytest.mark.parametrize("case", list(CASES))
def test_a_fitted_explainer_pickles(case):
    build, options, _ = CASES[case]
    explainer = ShapleyExplainer(**options).fit(build(), BACKGROUND)
    again = pickle.loads(pickle.dumps(explainer))
    assert_array_equal(again.explain(ROWS).values, explainer.explain(ROWS).values)


@pytest.mark.parametrize(
    "masker",
    [
        TabularMasker(weights=np.arange(len(BACKGROUND))),
        TabularMasker(baseline=[5.0, 3.0, 2.0, 1.0]),
        TabularMasker(n_samples=4, summary="kmeans", random_state=0),
        TabularMasker(groups=[[3, 0], [2]]),
    ],
    ids=["weights", "baseline", "summary", "groups"],
)
@pytest.mark.parametrize("case", ["forest", "boosted score, negative", "logistic scores", "SVR"])
def test_every_kind_of_absence(case, masker):
    build, options, algorithm = CASES[case]
    model = build()
    explainer = ShapleyExplainer(masker=masker, **options).fit(model, BACKGROUND)
    assert explainer.algorithm_ == algorithm
    exact = ShapleyExplainer(algorithm="exact", masker=masker, **options).fit(model, BACKGROUND)
    assert_same_explanation(explainer.explain(ROWS), exact.explain(ROWS))


# -- preprocessing -------------------------------------------------------------------------------

FINALS = {
    "tree": ensemble.RandomForestRegressor(**FOREST),
    "linear": Ridge(),
    "kernel-machine": SVR(),
}


@pytest.mark.parametrize("groups", [None, {"home": ["town", "income"], "size": ["size"]}])
@pytest.mark.parametrize("algorithm", list(FINALS))
def test_pipelines_on_a_mixed_frame_have_source_columns_as_players(algorithm, groups):
    frame = mixed_frame(80).drop(columns="since")
    y = frame["income"].fillna(20) * frame["member"] + frame["age"] * (frame["town"] == "Ulm")
    columns = make_column_transformer(
        (OneHotEncoder(), ["town", "size", "member"]),
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["income", "age"]),
    )
    model = make_pipeline(columns, FINALS[algorithm]).fit(frame, y)
    explainer = ShapleyExplainer(groups=groups).fit(model, frame[:12])
    assert explainer.algorithm_ == algorithm
    explanation = explainer.explain(frame[40:44])
    names = tuple(frame.columns) if groups is None else ("home", "size", "age", "member")
    assert explanation.feature_names == names
    exact = ShapleyExplainer(algorithm="exact", groups=groups).fit(model, frame[:12])
    assert_same_explanation(explanation, exact.explain(frame[40:44]))


# -- models without a closed form, and those that insist -----------------------------------------


def wide(n_columns=8, n_rows=120):
    """Against thirty background rows, eight columns are too many to enumerate by default."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(n_rows, n_columns))
    return rows, rows[:, 0] * rows[:, 1] + np.maximum(rows[:, 2], rows[:, 3]) + rows[:, 4]


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (ensemble.HistGradientBoostingClassifier(**BOOSTING), {}),
        (LogisticRegression(), {}),
        (GaussianNB(), {}),
        (ensemble.RandomForestClassifier(**FOREST), {"response_method": "predict"}),
    ],
    ids=lambda part: str(part)[:30],
)
def test_responses_without_a_closed_form_are_sampled(model, options):
    rows, y = wide()
    model.fit(rows, y > 0)
    parameters = {"random_state": 0, "max_evals": 20 * 14 * 30, **options}
    background, asked = rows[:60:2], rows[60:64]
    with_walks = ShapleyExplainer(**{**parameters, "algorithm": "permutation"})
    automatic = ShapleyExplainer(**{**parameters, "max_evals": None}).fit(model, background)
    assert (automatic.algorithm_, automatic.exact_) == ("kernel", False)
    exact = ShapleyExplainer(algorithm="exact", **options).fit(model, background).explain(asked)
    walked = with_walks.fit(model, background).explain(asked)
    assert (np.abs(walked.values - exact.values) <= 4.5 * walked.std_errors + 1e-12).all()
    assert walked.std_errors.max() < 0.25 * np.abs(exact.values).max()
    for algorithm in ("tree", "linear", "kernel-machine"):
        explainer = ShapleyExplainer(algorithm=algorithm, **options)
        with pytest.raises(
            ValueError, match=f"algorithm is '{algorithm}'.*no closed form is known"
        ):
            explainer.fit(model, background)


def test_thirty_columns_of_a_forest_against_walks():
    rows, y = load_breast_cancer(return_X_y=True)
    model = ensemble.RandomForestClassifier(20, random_state=0).fit(rows, y)
    background, asked = rows[::12], rows[1::100]
    trees = ShapleyExplainer(random_state=0).fit(model, background)
    assert trees.algorithm_ == "tree"
    walks = ShapleyExplainer(algorithm="permutation", random_state=0).fit(model, background)
    exact, walked = trees.explain(asked), walks.explain(asked)
    deviations = np.abs(walked.values - exact.values)
    assert np.mean(deviations <= 2 * walked.std_errors + 1e-12) > 0.85  # errors from two walks
    assert deviations.max() < 0.1 * np.abs(exact.values).max()


@pytest.mark.parametrize(
    ("algorithm", "model", "known"),
    [
        ("tree", LinearRegression(), "linear"),
        ("linear", DecisionTreeRegressor(max_depth=2), "tree"),
        ("tree", SVR(), "kernel-machine"),
        ("kernel-machine", Ridge(), "linear"),
    ],
)
def test_the_wrong_closed_form_is_refused(algorithm, model, known):
    model.fit(X, AMOUNT)
    with pytest.raises(ValueError, match=f"algorithm is '{algorithm}', .* '{known}' is known;"):
        ShapleyExplainer(algorithm=algorithm).fit(model, BACKGROUND)


def test_a_function_has_no_closed_form():
    with pytest.raises(
        ValueError, match=r"algorithm is 'tree', .* no closed form is known; use 'auto'"
    ):
        ShapleyExplainer(algorithm="tree").fit(uneven, tables(1, 3)[1])


@pytest.mark.parametrize("limit", ["_MAX_LEAVES", "_MAX_ENTRIES", "_MAX_DEEP_LEAVES"])
def test_auto_leaves_out_forests_that_take_long_and_tree_insists(limit, monkeypatch):
    rows, y = wide(n_columns=30, n_rows=400)
    model = ensemble.ExtraTreesRegressor(2, max_features=1, random_state=0).fit(rows, y)
    background, asked = rows[:30], rows[30:32]
    before = ShapleyExplainer().fit(model, background)
    assert before.algorithm_ == "tree"
    if limit == "_MAX_DEEP_LEAVES":
        assert before._form.game.n_deep > 0
    monkeypatch.setattr(_closed_forms, limit, 0)
    assert ShapleyExplainer().fit(model, background).algorithm_ == "kernel"
    insisting = ShapleyExplainer(algorithm="tree").fit(model, background)
    assert insisting.algorithm_ == "tree"
    assert_array_equal(insisting.explain(asked).values, before.explain(asked).values)
    linear = ShapleyExplainer().fit(Ridge().fit(rows, y), background)
    assert linear.algorithm_ == "linear"


# -- regression on coalitions --------------------------------------------------------------------


def test_kernel_is_exact_with_all_coalitions():
    asked, background = tables(3, 7)
    all_of_them = (2**5 - 2) * 7
    parameters = {"algorithm": "kernel", "max_evals": all_of_them, "random_state": 0}
    explanation = ShapleyExplainer(**parameters).fit(uneven, background).explain(asked)
    exact = ShapleyExplainer(algorithm="exact").fit(uneven, background).explain(asked)
    assert_allclose(explanation.values, exact.values, atol=1e-12)
    assert_array_equal(explanation.std_errors, np.zeros((3, 5)))
    assert_array_equal(explanation.n_evals, [all_of_them + 1] * 3)


@pytest.mark.parametrize("masker", [None, TabularMasker(weights=[5, 0, 1, 2, 9, 1])])
def test_kernel_with_some_coalitions_is_within_its_errors_and_budget(masker):
    rows, y = wide()
    forest = ensemble.RandomForestRegressor(8, random_state=0).fit(rows, y)
    model = Recording(lambda table: np.column_stack([forest.predict(table), uneven(table[:, :5])]))
    background, asked = rows[:6], rows[6:10]
    explainer = ShapleyExplainer(
        algorithm="kernel", max_evals=2 * 6 * 60 + 5, random_state=0, masker=masker
    ).fit(model, background)
    assert (explainer.algorithm_, explainer.exact_) == ("kernel", False)
    model.forget()
    explanation = explainer.explain(asked)
    assert explanation.n_evals.sum() == model.n_rows
    assert (explanation.n_evals <= 2 * 6 * 60 + 1).all()
    assert_allclose(explanation.completeness_gap, 0, atol=1e-12)
    exact = ShapleyExplainer(algorithm="exact", masker=masker).fit(model, background)
    exact = exact.explain(asked).values
    assert (np.abs(explanation.values - exact) <= 4.5 * explanation.std_errors + 1e-12).all()
    assert 0 < explanation.std_errors.max() < 0.25 * np.abs(exact).max()


def test_kernel_is_drawn_once_from_random_state():
    asked, background = tables(2, 7)

    def explain(seed):
        parameters = {"algorithm": "kernel", "max_evals": 2 * 7 * 12, "random_state": seed}
        explainer = ShapleyExplainer(**parameters).fit(uneven, background)
        assert_array_equal(explainer.explain(asked).values, explainer.explain(asked).values)
        return explainer.explain(asked).values

    assert_array_equal(explain(0), explain(0))
    assert np.abs(explain(0) - explain(1)).max() > 1e-6


def test_kernel_lets_only_those_play_that_differ():
    # Two players differ from the first background row, one from the second, none from the third.
    asked = np.arange(9.0)[None]
    background = np.repeat(asked, 3, axis=0)
    background[0, [2, 7]] = -1.0
    background[1, 4] = -2.0
    model = Recording(lambda X: X[:, 2] * X[:, 7] + X[:, 4] ** 2)
    explainer = ShapleyExplainer(algorithm="kernel", random_state=0).fit(model, background)
    model.forget()
    explanation = explainer.explain(asked)
    expected = np.zeros(9)
    expected[[2, 7]] = [3 * (7 - 1) / 2, 8 * (2 - 1) / 2]
    expected[4] = 16 - 4
    assert_allclose(explanation.values[0], expected / 3, atol=1e-12)
    assert_array_equal(explanation.std_errors, np.zeros((1, 9)))
    assert (explanation.n_evals.sum(), model.n_rows) == (3, 3)  # the row, and two states


def test_kernel_is_unbiased_over_a_large_background():
    # A bias is the same for each background row, so it would not average out over many.
    rng = np.random.default_rng(0)
    background, asked = rng.normal(size=(3000, 6)), np.full((1, 6), 1.5)

    def game(X):
        return np.maximum(X[:, :3].prod(axis=1), X[:, 3]) * X[:, 4] + (X > 0).all(axis=1)

    parameters = {"max_evals": 3000 * 2 * 18, "random_state": 0}
    kernel = ShapleyExplainer(algorithm="kernel", **parameters).fit(game, background)
    exact = ShapleyExplainer(algorithm="exact").fit(game, background).explain(asked).values
    found = kernel.explain(asked)
    assert (np.abs(found.values - exact) <= 3.5 * found.std_errors).all()
    assert (found.std_errors > 0).all()


def test_kernel_errs_less_than_walks_at_equal_cost():
    rows, y = wide(n_columns=9)
    forest = ensemble.RandomForestRegressor(10, random_state=0).fit(rows, y)
    background, asked = rows[:20], rows[60:63]
    exact = ShapleyExplainer(algorithm="exact").fit(forest, background).explain(asked).values

    def error(algorithm):
        parameters = {"algorithm": algorithm, "max_evals": 5 * 16 * 20}
        fits = [
            ShapleyExplainer(random_state=seed, **parameters).fit(forest.predict, background)
            for seed in range(10)
        ]
        return np.mean([(fit.explain(asked).values - exact) ** 2 for fit in fits])

    assert error("kernel") < 0.7 * error("permutation")


def test_kernel_refuses_too_small_a_budget():
    explainer = ShapleyExplainer(algorithm="kernel", max_evals=139)
    with pytest.raises(ValueError, match=r"max_evals is 139, .* 5 players .* 140 model rows"):
        explainer.fit(uneven, tables(1, 7)[1])


def test_a_tolerance_needs_walks():
    background = tables(1, 20, 12)[1]
    parameters = {"max_evals": 20 * 22 * 10}

    def chosen(**more):
        explainer = ShapleyExplainer(**parameters, **more).fit(lambda X: X[:, 0], background)
        return explainer.algorithm_

    assert chosen() == "kernel"
    assert chosen(tol=0.1) == "permutation"


# -- in parallel ---------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["forest", "logistic scores", "SVR"])
def test_closed_forms_in_parallel_give_the_same_bits(case, monkeypatch):
    build, options, _ = CASES[case]
    model, sizes = build(), []
    work = ShapleyExplainer._explain_rows

    def note_size(self, rows, predictions):
        sizes.append(len(rows))
        return work(self, rows, predictions)

    rows = np.repeat(X, 20, axis=0) + np.random.default_rng(0).normal(scale=0.1, size=(3000, 4))
    serial = ShapleyExplainer(**options).fit(model, BACKGROUND).explain(rows)
    parallel = ShapleyExplainer(n_jobs=2, **options).fit(model, BACKGROUND).explain(rows)
    assert_array_equal(parallel.values, serial.values)
    monkeypatch.setattr(ShapleyExplainer, "_explain_rows", note_size)
    ShapleyExplainer(**options).fit(model, BACKGROUND).explain(rows)
    assert len(sizes) > 1  # else nothing ran in parallel


def test_kernel_in_parallel_gives_the_same_bits():
    rows, y = wide()
    model = ensemble.RandomForestRegressor(5, random_state=0).fit(rows, y)
    parameters = {"algorithm": "kernel", "random_state": 0}
    serial = ShapleyExplainer(**parameters).fit(model, rows[:50]).explain(rows)
    parallel = ShapleyExplainer(n_jobs=2, **parameters).fit(model, rows[:50]).explain(rows)
    assert_array_equal(parallel.values, serial.values)
    assert_array_equal(parallel.std_errors, serial.std_errors)
