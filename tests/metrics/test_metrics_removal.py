import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from known import COEF, Known, model, table
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from skxai import Explanation, ShapleyExplainer, TabularMasker, as_predictor
from skxai.metrics import (
    faithfulness_correlation,
    infidelity,
    road,
    selectivity,
    selectivity_curve,
)
from skxai.metrics._imputation import LinearImputer

BACKGROUND = table(30, seed=1)
X = table(5)


def product(X):
    X = np.asarray(X)
    return X[:, 0] * X[:, 1] + X[:, 2]


def explained(values, function=product, rows=X, **fields):
    values = np.asarray(values, dtype=float)
    return Explanation(values, np.zeros(len(values)), function(rows), data=rows, **fields)


@pytest.mark.parametrize("order", ["descending", "ascending"])
def test_curve_by_definition(order):
    values = np.random.default_rng(0).normal(size=X.shape)
    curve = selectivity_curve(product, explained(values), BACKGROUND, order=order, n_background=99)
    for i, row in enumerate(X):
        places = np.argsort(-values[i] if order == "descending" else values[i])
        inputs = np.repeat(row[None], len(BACKGROUND), axis=0)
        expected = [product(inputs).mean()]
        for j in places:
            inputs[:, j] = BACKGROUND[:, j]
            expected.append(product(inputs).mean())
        np.testing.assert_allclose(curve.outputs[i], expected)
        assert curve.area[i] == pytest.approx(np.mean((np.array(expected)[1:] + expected[:-1]) / 2))
    np.testing.assert_array_equal(curve.outputs[:, 0], product(X))
    np.testing.assert_allclose(curve.drop, curve.outputs[:, 0] - curve.area)


def test_fewer_steps_are_some_of_all():
    explanation = explained(np.random.default_rng(0).normal(size=X.shape))
    whole = selectivity_curve(product, explanation, BACKGROUND, random_state=0)
    some = selectivity_curve(product, explanation, BACKGROUND, n_steps=4, random_state=0)
    assert some.n_removed.tolist() == [0, 2, 4, 6, 8]
    np.testing.assert_allclose(some.outputs, whole.outputs[:, ::2])


def test_several_outputs_each_in_its_own_order():
    rows, y = load_iris(return_X_y=True)
    forest = LogisticRegression(max_iter=1000).fit(rows, y)
    explainer = ShapleyExplainer().fit(forest, rows[::10])
    explanation = explainer.explain(rows[::30])
    curve = selectivity_curve(forest, explanation, rows[::10])
    assert curve.outputs.shape == (5, 5, 3)
    assert curve.to_frame().shape == (5, 15)
    for name in explanation.output_names:
        one = selectivity_curve(forest, explanation.output(name), rows[::10])
        np.testing.assert_allclose(
            one.outputs, curve.outputs[:, :, explanation.output_names.index(name)]
        )
    for measure in (selectivity, road, faithfulness_correlation, infidelity):
        assert measure(explainer, explanation, rows[::10], random_state=0).shape == (5, 3)


def test_each_row_its_own_class():
    rows, y = load_iris(return_X_y=True)
    forest = LogisticRegression(max_iter=1000).fit(rows, y)
    explainer = ShapleyExplainer(target="predicted").fit(forest, rows[::10])
    explanation = explainer.explain(rows[::30])
    every = ShapleyExplainer().fit(forest, rows[::10]).explain(rows[::30])
    best = explanation.predictions.copy()
    curve = selectivity_curve(explainer, explanation, rows[::10])
    np.testing.assert_allclose(curve.outputs[:, 0], best)
    chosen = forest.predict_proba(rows[::30]).argmax(axis=1)
    whole = selectivity_curve(forest, every, rows[::10]).outputs
    np.testing.assert_allclose(curve.outputs, whole[np.arange(5), :, chosen])


def test_groups_are_removed_together():
    explanation = explained(
        [[2.0, 1.0]] * 5, feature_names=["a", "b"], groups=[[0, 1, 3], [2, 4, 5, 6, 7]]
    )
    curve = selectivity_curve(product, explanation, BACKGROUND[:1])
    mixed = X.copy()
    mixed[:, [0, 1, 3]] = BACKGROUND[0, [0, 1, 3]]
    np.testing.assert_allclose(curve.outputs[:, 1], product(mixed))
    np.testing.assert_allclose(curve.outputs[:, 2], product(BACKGROUND[:1])[0])


def test_a_part_of_the_features_leaves_the_others_as_they_are():
    part = explained(np.ones(X.shape))[:, [0, 2]]
    curve = selectivity_curve(product, part, BACKGROUND[:1])
    mixed = X.copy()
    mixed[:, [0, 2]] = BACKGROUND[0, [0, 2]]
    np.testing.assert_allclose(curve.outputs[:, -1], product(mixed))


def test_a_masker_brings_rows_and_weights():
    weights = np.arange(30.0)
    masker = TabularMasker(weights=weights).fit(BACKGROUND)
    curve = selectivity_curve(product, explained(np.ones(X.shape)), masker)
    expected = np.average(product(BACKGROUND), weights=weights)
    np.testing.assert_allclose(curve.outputs[:, -1], expected)


def test_faithfulness_and_infidelity_by_definition():
    values = np.random.default_rng(0).normal(size=X.shape)
    explanation = explained(values)
    seeds = np.random.RandomState(0).randint(np.iinfo(np.int32).max, size=2)
    halves = np.random.default_rng(seeds[1]).random((20, 8)).argsort(axis=1) < 4
    any_size = np.random.default_rng(seeds[1]).random((20, 8)) < 0.5
    settings = {"n_samples": 20, "n_background": 30, "random_state": 0}
    correlations = faithfulness_correlation(product, explanation, BACKGROUND, **settings)
    errors = infidelity(product, explanation, BACKGROUND, **settings)
    for i, row in enumerate(X):
        drops = [
            [product(row[None])[0] - product(np.where(s, BACKGROUND, row)).mean() for s in subsets]
            for subsets in (halves, any_size)
        ]
        assert correlations[i] == pytest.approx(np.corrcoef(halves @ values[i], drops[0])[0, 1])
        assert errors[i] == pytest.approx(np.mean((any_size @ values[i] - drops[1]) ** 2))


def test_derivatives_count_times_the_distance():
    values = np.broadcast_to(COEF, X.shape)
    explanation = explained(values, model, quantity="derivative")
    everything = {"n_background": 30, "random_state": 0}
    np.testing.assert_allclose(
        infidelity(model, explanation, BACKGROUND, **everything), 0, atol=1e-18
    )
    np.testing.assert_allclose(
        faithfulness_correlation(model, explanation, BACKGROUND, **everything), 1
    )
    squared = explained(values**2, model, quantity="squared derivative")
    with pytest.raises(ValueError, match="each a squared derivative"):
        infidelity(model, squared, BACKGROUND)


def test_nothing_varies():
    nothing = explained(np.zeros(X.shape))
    assert np.isnan(faithfulness_correlation(product, nothing, BACKGROUND)).all()
    ratio = infidelity(product, nothing, BACKGROUND, normalize=True, random_state=0)
    np.testing.assert_allclose(ratio, 1)


# -- filling in from the others ------------------------------------------------------------------


def test_imputed_mean_is_the_regression():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(4000, 4)) @ rng.normal(size=(4, 4)) + 3
    imputer = LinearImputer(Z)
    present = np.array([[True, False, True, False]])
    filled = imputer.impute(Z[:1], present, np.zeros((1, 4)))[0]
    design = np.column_stack([np.ones(len(Z)), Z[:, [0, 2]]])
    coef = np.linalg.lstsq(design, Z[:, [1, 3]], rcond=None)[0]
    np.testing.assert_allclose(filled[[1, 3]], [1, *Z[0, [0, 2]]] @ coef, atol=0.15)
    np.testing.assert_array_equal(filled[[0, 2]], Z[0, [0, 2]])


def test_chance_correlations_of_few_rows_fill_in_nothing():
    rng = np.random.default_rng(0)
    few = rng.normal(size=(30, 8))
    present = np.ones((200, 8), dtype=bool)
    present[:, 0] = False
    rows = rng.normal(size=(200, 8))
    filled = LinearImputer(few).impute(rows, present, np.zeros((1, 8)))
    # The column's law does not depend on the others: its conditional mean is its mean.
    assert (filled[:, 0] - few[:, 0].mean()).std() < 0.1 * few[:, 0].std()


def test_one_row_says_nothing_of_correlations():
    filled = LinearImputer(np.array([[3.0, 4.0]])).impute(
        np.array([[7.0, 0.0]]), np.array([[True, False]]), np.zeros((1, 2))
    )
    assert filled.tolist() == [[7.0, 4.0]]


def test_imputed_noise_is_that_of_the_regression():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(4000, 3))
    Z[:, 2] = Z[:, 0] + 0.5 * Z[:, 2]
    present = np.array([[True, True, False]])
    filled = LinearImputer(Z).impute(Z[:1], present, rng.standard_normal((4000, 3)))
    assert filled[:, 2].std() == pytest.approx(0.5, rel=0.08)
    assert filled[:, 2].mean() == pytest.approx(Z[0, 0], abs=0.05)


def test_each_row_is_filled_in_by_each_draw():
    present = np.random.default_rng(0).random(X.shape) < 0.5
    noise = np.random.default_rng(1).standard_normal((3, 8))
    imputer = LinearImputer(BACKGROUND)
    whole = imputer.impute(X, present, noise).reshape(5, 3, 8)
    for i in range(5):
        for k in range(3):
            one = imputer.impute(X[i : i + 1], present[i : i + 1], noise[k : k + 1])
            np.testing.assert_allclose(whole[i, k], one[0])
        np.testing.assert_array_equal(whole[i][:, present[i]], [X[i, present[i]]] * 3)


def test_columns_filled_in_together_go_together():
    rng = np.random.default_rng(0)
    Z = rng.normal(size=(4000, 3)) @ [[1.0, 0.5, 0.0], [0.0, 1.0, 2.0], [0.0, 0.0, 1.0]]
    present = np.array([[True, False, False]])
    filled = LinearImputer(Z).impute(Z[:1], present, rng.standard_normal((4000, 3)))
    # Of the second and third column, given the first.
    np.testing.assert_allclose(np.cov(filled[:, 1:].T), [[1, 2], [2, 5]], atol=0.25)


def test_what_is_missing_says_nothing():
    Z = BACKGROUND.copy()
    Z[::3, 1] = np.nan
    row = np.array([[np.nan, np.nan, 1.0, 1, 1, 1, 1, 1]])
    present = np.array([[True, False, True, True, True, True, True, True]])
    imputer = LinearImputer(Z)
    filled = imputer.impute(row, present, np.zeros((1, 8)))[0]
    assert np.isnan(filled[0])
    row[0, 0] = np.nanmean(Z[:, 0])
    assert filled[1] == pytest.approx(imputer.impute(row, present, np.zeros((1, 8)))[0, 1])


def mixed(n_rows=60, seed=0):
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 80, n_rows)
    return pd.DataFrame(
        {
            "age": age,
            "dose": rng.normal(size=n_rows).astype("float32"),
            "stage": pd.Categorical(np.where(age > 50, "late", "early"), ["early", "late"]),
            "town": rng.choice(["Ulm", "Bonn", "Jena"], n_rows),
            "smokes": rng.random(n_rows) < 0.5,
        }
    )


def of_mixed(frame):
    assert list(frame.dtypes) == list(mixed().dtypes)
    late = (frame["stage"] == "late").to_numpy(dtype=float)
    return 0.1 * frame["age"].to_numpy() * late + frame["dose"] + 2.0 * frame["smokes"]


def test_categories_are_filled_in_from_numbers():
    frame = mixed(200)
    row = frame.iloc[[0]].assign(age=[75])
    present = np.array([[True, True, False, True, True]])
    imputer = LinearImputer(frame)
    assert imputer.n_leaves == 2 + 2 + 3 + 2
    filled = imputer.impute(row, present, np.zeros((1, imputer.n_leaves)))
    assert filled["stage"].tolist() == ["late"]
    assert filled.dtypes.tolist() == frame.dtypes.tolist()


def test_mixed_columns_in_all_measures():
    frame = mixed()
    rows = frame.iloc[:6].set_index(pd.Index(list("abcdef")))
    explainer = ShapleyExplainer().fit(of_mixed, frame)
    explanation = explainer.explain(rows)
    assert selectivity_curve(of_mixed, explanation, frame).to_frame().index.tolist() == list(
        "abcdef"
    )
    negative = Explanation(
        -explanation.values, explanation.base_values, explanation.predictions, data=rows
    )
    for measure in (selectivity, road, faithfulness_correlation):
        right = measure(of_mixed, explanation, frame, random_state=0)
        assert right.mean() > measure(of_mixed, negative, frame, random_state=0).mean()
    assert infidelity(of_mixed, explanation, frame, random_state=0).mean() < 1


def test_missing_and_sparse_cells():
    holes = BACKGROUND.copy()
    holes[::3, 1] = np.nan

    def function(X):
        return np.nan_to_num(X) @ COEF

    explanation = explained(COEF * X, function)
    assert np.isfinite(road(function, explanation, holes, random_state=0)).all()
    sparse = sp.csr_matrix(X)
    linear = Explanation(COEF * X, np.zeros(5), model(X), data=sparse)
    predictor = as_predictor(lambda X: X @ COEF, sparse)
    for measure in (selectivity, road, infidelity):
        np.testing.assert_allclose(
            measure(predictor, linear, sp.csr_matrix(BACKGROUND), random_state=0),
            measure(model, explained(COEF * X, model), BACKGROUND, random_state=0),
        )


# -- what is refused -----------------------------------------------------------------------------


def test_another_model_is_refused():
    explanation = Known("true", BACKGROUND).explain(X)
    with pytest.raises(ValueError, match="differ from explanation"):
        selectivity(product, explanation, BACKGROUND)
    rows, y = load_iris(return_X_y=True)
    forest = LogisticRegression(max_iter=1000).fit(rows, y)
    explanation = ShapleyExplainer().fit(forest, rows[::10]).explain(rows[:2])
    with pytest.raises(ValueError, match="differ from explanation"):
        infidelity(forest, explanation, rows, response_method="decision_function")
    with pytest.raises(ValueError, match="explains the outputs"):
        infidelity(lambda X: X[:, 0], explanation, rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"order": "up"}, "order is 'up'"),
        ({"removal": "zeros"}, "removal is 'zeros'"),
        ({"n_steps": 0}, "n_steps is 0"),
        ({"n_background": 0}, "n_background is 0"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        selectivity_curve(product, explained(np.ones(X.shape)), BACKGROUND, **arguments)


def test_rows_and_background_are_needed():
    bare = Explanation(np.ones(X.shape), np.zeros(5), product(X))
    with pytest.raises(ValueError, match="no data"):
        selectivity(product, bare, BACKGROUND)
    with pytest.raises(ValueError, match="no rows"):
        selectivity(product, explained(np.ones(X.shape)), BACKGROUND[:0])
    with pytest.raises(TypeError, match="expected an Explanation"):
        selectivity(product, np.ones(X.shape), BACKGROUND)
    with pytest.raises(ValueError, match="subset_size is 8"):
        faithfulness_correlation(product, explained(np.ones(X.shape)), BACKGROUND, subset_size=8)
