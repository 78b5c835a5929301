import numpy as np
import pandas as pd
import pytest
from known import Known, table
from scipy.stats import spearmanr
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skxai import Explanation, ShapleyExplainer, TextMasker
from skxai.metrics import (
    cluster_explanations,
    completeness_gap,
    context_reliance,
    continuity,
    faithfulness_correlation,
    infidelity,
    layer_randomisation,
    max_sensitivity,
    rank_agreement,
    road,
    selectivity,
    sparsity,
)

BACKGROUND = table(30, seed=1)


def explanation_of(values, **fields):
    values = np.asarray(values, dtype=float)
    outputs = np.zeros((len(values), *values.shape[2:]))
    return Explanation(values, outputs, fields.pop("predictions", outputs), **fields)


def test_completeness_gap():
    explanation = Explanation(
        [[1.0, 2.0], [0.0, 0.0]], base_values=[1.0, 2.0], predictions=[3.0, 2.0]
    )
    assert completeness_gap(explanation).tolist() == [1.0, 0.0]
    np.testing.assert_array_equal(completeness_gap(explanation, relative=True), [0.5, np.nan])
    with pytest.raises(ValueError, match="no parts of a sum"):
        completeness_gap(explanation_of([[1.0]], quantity="derivative"))


def test_sparsity_is_the_gini_index():
    values = np.random.default_rng(0).normal(size=(3, 5, 2))
    found = sparsity(explanation_of(values))
    sizes = np.abs(values)
    pairs = np.abs(sizes[:, :, None] - sizes[:, None]).mean(axis=(1, 2))
    np.testing.assert_allclose(found, pairs / (2 * sizes.mean(axis=1)))
    assert sparsity(explanation_of([[0.0, 0, 0, -2]])).tolist() == [0.75]
    assert np.isnan(sparsity(explanation_of([[0.0, 0.0]]))).all()


@pytest.mark.parametrize("signed", [True, False])
def test_rank_agreement_is_spearmans(signed):
    one, two = np.random.default_rng(0).normal(size=(2, 4, 6)).round(1)
    found = rank_agreement(explanation_of(one), explanation_of(two), signed=signed)
    if not signed:
        one, two = abs(one), abs(two)
    expected = [spearmanr(a, b).statistic for a, b in zip(one, two)]
    np.testing.assert_allclose(found, expected)


def test_rank_agreement_needs_the_same_features():
    one = explanation_of([[1.0, 2.0]], feature_names=["a", "b"])
    with pytest.raises(ValueError, match="other has the features"):
        rank_agreement(one, explanation_of([[1.0, 2.0]], feature_names=["b", "a"]))
    with pytest.raises(ValueError, match="other has values of shape"):
        rank_agreement(one, explanation_of([[1.0, 2.0, 3.0]]))
    assert np.isnan(rank_agreement(one, explanation_of([[5.0, 5.0]], feature_names=["a", "b"])))


def test_context_reliance():
    explanation = explanation_of([[3.0, -1.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0, 0, 0]])
    np.testing.assert_allclose(context_reliance(explanation, [0]), [0.25, 1.0, 0.0, np.nan])
    with pytest.raises(TypeError, match="expected an Explanation"):
        context_reliance(np.ones((1, 3)), [0])


# -- continuity ----------------------------------------------------------------------------------


def test_continuity_along_a_given_path():
    X = np.array([[0.0], [4.0], [1.0], [9.0]])
    explanation = explanation_of([[0.0], [6.0], [3.0], [50.0]], data=X)
    background = np.array([[-1.0], [1.0]])
    assert continuity(explanation, background, path=[0, 2, 1])[:3].tolist() == [3.0, 1.0, 3.0]
    assert np.isnan(continuity(explanation, background, path=[0, 2, 1])[3])
    # From the first on to the nearest is the same path, with the last row at its end.
    np.testing.assert_allclose(continuity(explanation, background), [3.0, 8.8, 3.0, 8.8])
    half = continuity(explanation, 2 * background)
    np.testing.assert_allclose(half, 2 * continuity(explanation, background))


def test_continuity_of_words_and_gaps():
    X = pd.DataFrame({"town": ["Ulm", "Bonn", "Bonn"], "age": [1.0, 1.0, np.nan]})
    explanation = explanation_of([[0.0, 0.0], [2.0, 0.0], [2.0, 3.0]], data=X)
    background = pd.DataFrame({"town": ["Ulm", "Ulm"], "age": [0.0, 2.0]})
    np.testing.assert_allclose(continuity(explanation, background), [2.0, 3.0, 3.0])


def test_equal_rows():
    X = np.ones((3, 1))
    explanation = explanation_of([[1.0], [1.0], [2.0]], data=X)
    assert continuity(explanation, np.array([[0.0], [1.0]])).tolist() == [0.0, np.inf, np.inf]


def test_rows_of_different_classes_are_not_compared():
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    values = [[0.0], [1.0], [9.0], [5.0]]
    explanation = explanation_of(values, data=X, targets=["a", "a", "b", "c"])
    found = continuity(explanation, np.array([[-1.0], [1.0]]))
    np.testing.assert_array_equal(found, [1.0, 1.0, np.nan, np.nan])


@pytest.mark.parametrize("path", [[0, 0], [0, 7], [0.5, 1], [[0, 1]]])
def test_wrong_paths(path):
    explanation = explanation_of([[1.0], [1.0], [2.0]], data=np.ones((3, 1)))
    with pytest.raises(ValueError, match="path is"):
        continuity(explanation, np.ones((2, 1)), path=path)
    with pytest.raises(ValueError, match="at least two"):
        continuity(explanation, np.ones((2, 1)), path=[1])


# -- max-sensitivity -----------------------------------------------------------------------------


def test_max_sensitivity_by_definition():
    explainer, X = Known("true", BACKGROUND), table(4)
    explanation = explainer.explain(X)
    found = max_sensitivity(
        explainer, explanation, BACKGROUND, radius=0.2, n_samples=3, random_state=0
    )
    rng = np.random.default_rng(np.random.RandomState(0).randint(np.iinfo(np.int32).max, size=1))
    expected = np.zeros(4)
    for _ in range(3):
        moved = explainer.explain(X + rng.uniform(-0.2, 0.2, 8) * BACKGROUND.std(axis=0))
        change = np.linalg.norm(moved.values - explanation.values, axis=1)
        expected = np.maximum(expected, change / np.linalg.norm(explanation.values, axis=1))
    np.testing.assert_allclose(found, expected)


def test_moves_to_another_class_do_not_count():
    class OfTheSide:
        """Each side has a class and values of its own."""

        def explain(self, X):
            right = X[:, 0] > 0
            values = np.where(right, 10.0 + X[:, 0], 1.0 + X[:, 0])[:, None]
            return explanation_of(values, data=X, targets=np.where(right, "right", "left"))

    explainer, X = OfTheSide(), np.array([[0.01], [-0.01], [5.0]])
    explanation = explainer.explain(X)
    found = max_sensitivity(
        explainer, explanation, np.array([[-1.0], [1.0]]), n_samples=30, random_state=0
    )
    # By at most 0.1, of about ten, one and fifteen.
    assert (found < [0.011, 0.11, 0.007]).all()
    assert (found > 0).all()
    once = {"n_samples": 1, "radius": 50, "random_state": 0}
    away = max_sensitivity(explainer, explanation, np.array([[-1.0], [1.0]]), **once)
    assert np.isnan(away).any()


class Seen:
    """Keeps what it explains."""

    def explain(self, X):
        self.rows = X
        return explanation_of(np.ones((len(X), 3)), data=X)


def test_only_numbers_move_and_dtypes_stay():
    X = pd.DataFrame({"town": ["Ulm", "Bonn"], "age": [3, 90], "dose": np.float32([0.5, 1.5])})
    seen = Seen()
    found = max_sensitivity(seen, seen.explain(X), X, radius=0.5, random_state=0)
    assert found.tolist() == [0.0, 0.0]
    assert seen.rows.dtypes.tolist() == X.dtypes.tolist()
    assert seen.rows["town"].tolist() == ["Ulm", "Bonn"]
    assert (seen.rows["age"] - X["age"]).abs().between(1, 22).all()
    assert (seen.rows["dose"] != X["dose"]).all()


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32", "Int64", object])
def test_columns_of_any_type_move(dtype):
    numbers = np.array([[0, 200], [100, 255]])
    table = numbers.astype(float).astype(object) if dtype is object else None
    table = pd.DataFrame(numbers, columns=["a", "b"], dtype=dtype) if table is None else table
    for X in [table] if dtype in ("Int64", object) else [table, table.to_numpy()]:
        seen = Seen()
        max_sensitivity(seen, seen.explain(X), X, radius=1, n_samples=1, random_state=0)
        dtypes = [
            t.dtypes.tolist() if isinstance(t, pd.DataFrame) else t.dtype for t in (X, seen.rows)
        ]
        assert dtypes[0] == dtypes[1]
        moved = np.asarray(seen.rows, dtype=float) - numbers
        assert 1 <= np.abs(moved).max() <= 50
    if dtype == "uint8":
        assert np.asarray(seen.rows).min() == 0 or np.asarray(seen.rows).max() == 255


def test_what_can_not_explain():
    explanation = Known("true", BACKGROUND).explain(table(4))
    with pytest.raises(TypeError, match="expected a fitted explainer"):
        max_sensitivity(np.sum, explanation, BACKGROUND)
    for radius in (0, "wide"):
        with pytest.raises(ValueError, match="radius is"):
            max_sensitivity(Known("true", BACKGROUND), explanation, BACKGROUND, radius=radius)
    with pytest.raises(ValueError, match=r"explanation\.data has 8 columns; expected 3"):
        continuity(explanation, BACKGROUND[:, :3])


def test_players_that_differ_by_row_are_refused():
    texts = ["good film", "bad", "a good plot"]
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts, [1, 0, 1])
    explainer = ShapleyExplainer(masker=TextMasker()).fit(model, texts)
    explanation = explainer.explain(texts)
    measures = {
        completeness_gap: [explanation],
        sparsity: [explanation],
        rank_agreement: [explanation, explanation],
        cluster_explanations: [explanation],
        continuity: [explanation, texts],
        max_sensitivity: [explainer, explanation, texts],
        layer_randomisation: [explainer, explanation, texts],
        selectivity: [explainer, explanation, texts],
        road: [explainer, explanation, texts],
        faithfulness_correlation: [explainer, explanation, texts],
        infidelity: [explainer, explanation, texts],
    }
    for measure, arguments in measures.items():
        with pytest.raises(ValueError, match="players of their own"):
            measure(*arguments)
