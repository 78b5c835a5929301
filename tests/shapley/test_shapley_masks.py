"""Shapley values of inputs whose players are found in each row: texts, and images in a grid."""

import pickle
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skxai import ShapleyExplainer
from skxai.maskers import ImageMasker, TextMasker

TOPICS = {
    "sea": ["boat", "wave", "fish", "salt", "sail", "harbour"],
    "land": ["field", "cow", "barn", "plough", "hill", "grass"],
    "sky": ["cloud", "bird", "wing", "wind", "star", "moon"],
}
PLAIN = ["the", "of", "and", "in", "on", "with", "by", "at", "from", "to"]


def stories(n_texts, seed=0, most_words=25):
    rng = np.random.default_rng(seed)
    labels = rng.choice(list(TOPICS), n_texts)
    texts = [
        " ".join(rng.choice(PLAIN + 2 * TOPICS[topic] + TOPICS["sky"], rng.integers(3, most_words)))
        for topic in labels
    ]
    return texts, labels


def classifier(norm="l2", binary=True):
    texts, labels = stories(300)
    if binary:
        labels = labels == "sea"
    return make_pipeline(TfidfVectorizer(norm=norm), LogisticRegression()).fit(texts, labels)


MODEL = classifier()
TEXTS = stories(5, seed=1, most_words=18)[0]
SHORT = stories(5, seed=2, most_words=8)[0]


def explainer(model=MODEL, background=None, masker=None, **parameters):
    parameters = {"random_state": 0, **parameters}
    return ShapleyExplainer(masker=masker or TextMasker(), **parameters).fit(model, background)


def by_definition(text, f):
    """The sum over all subsets of the other words, each put together by hand."""
    words = text.split()
    n, values = len(words), []
    worth = {
        members: f([" ".join(words[j] for j in members)])[0]
        for size in range(n + 1)
        for members in combinations(range(n), size)
    }
    for j in range(n):
        values.append(
            sum(
                (worth[tuple(sorted((*members, j)))] - worth[members]) / comb(n - 1, size) / n
                for size in range(n)
                for members in combinations([k for k in range(n) if k != j], size)
            )
        )
    return np.array(values)


def probability(texts):
    return MODEL.predict_proba(texts)[:, 1]


def assert_same_rows(explanation, rows, other):
    """The very same bits in the rows of one explanation as in the other."""
    for i, row in enumerate(rows):
        n_players = other.layout.counts[i]
        assert explanation.layout.names(row) == other.layout.names(i)
        for name in ("values", "std_errors"):
            ours, theirs = getattr(explanation, name)[row], getattr(other, name)[i]
            np.testing.assert_array_equal(ours[:n_players], theirs[:n_players])
            assert not ours[n_players:].any()
        for name in ("base_values", "predictions", "n_evals"):
            np.testing.assert_array_equal(getattr(explanation, name)[row], getattr(other, name)[i])


# -- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["exact", "auto"])
def test_short_texts_have_exact_values(algorithm):
    explanation = explainer(algorithm=algorithm).explain(SHORT)
    for i, text in enumerate(SHORT):
        np.testing.assert_allclose(
            explanation[i].values[0], by_definition(text, probability), atol=1e-12
        )
    np.testing.assert_allclose(explanation.base_values, probability([""])[0])
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-12)
    counts = explanation.layout.counts
    # The row itself, nobody, and all coalitions between; those of one player are no others.
    np.testing.assert_array_equal(explanation.n_evals, np.where(counts == 1, 2, 2.0**counts))


def test_a_mask_token_instead_of_removal():
    masker = TextMasker(absent="moon")

    def with_moons(words):
        return [sum(word == "moon" for word in text.split()) for text in words]

    values = explainer(with_moons, masker=masker).explain(["the moon is cold"]).values
    np.testing.assert_allclose(values, [[-1, 0, -1, -1]], atol=1e-12)


@pytest.mark.parametrize(("algorithm", "max_evals"), [("permutation", 1000), ("kernel", 200)])
def test_sampled_values_are_near_exact_ones(algorithm, max_evals):
    texts = [text for text in stories(40, seed=3, most_words=12)[0] if len(text.split()) == 10]
    texts = texts[:2]
    assert len(texts) == 2
    exact = explainer(algorithm="exact").explain(texts).values
    scores = []
    for seed in range(6):
        found = explainer(algorithm=algorithm, max_evals=max_evals, random_state=seed)
        found = found.explain(texts)
        np.testing.assert_allclose(found.completeness_gap, 0, atol=1e-12)
        scores.append((found.values - exact) / np.maximum(found.std_errors, 1e-12))
    assert np.abs(scores).max() < 6
    assert 0.88 < (np.abs(scores) < 1.96).mean() <= 1


@pytest.mark.parametrize(
    "parameters", [{}, {"algorithm": "permutation", "max_evals": 100}, {"max_evals": 200}], ids=str
)
def test_tokens_of_a_linear_model_have_their_weights(parameters):
    vectorizer, regression = model = classifier(norm=None)
    weights = regression.coef_[0] * vectorizer.idf_
    weights = dict(zip(vectorizer.get_feature_names_out(), weights))
    explanation = explainer(model, response_method="decision_function", **parameters).explain(TEXTS)
    for i in range(len(TEXTS)):
        expected = [weights[word] for word in TEXTS[i].split()]
        np.testing.assert_allclose(explanation[i].values[0], expected, atol=1e-10)
    np.testing.assert_allclose(explanation.base_values, regression.intercept_[0])


def test_regions_of_a_linear_model_have_the_sums_of_their_pixels():
    X, y = load_digits(return_X_y=True)
    X, y = X[:200] / 16, y[:200] == 0
    model = LogisticRegression().fit(X, y)
    masker = ImageMasker(shape=(8, 8), n_regions=(4, 4), absent="background")
    fitted = explainer(model, X[:20], masker, response_method="decision_function", max_evals=2000)
    explanation = fitted.explain(X[:5])
    pixels = ((X[:5] - X[:20].mean(axis=0)) * model.coef_[0]).reshape(5, 4, 2, 4, 2)
    expected = pixels.sum(axis=(2, 4)).reshape(5, 16)
    np.testing.assert_allclose(explanation.values, expected, atol=1e-10)
    np.testing.assert_allclose(explanation.base_values, model.decision_function(X[:20]).mean())
    # The last bits of the model's own sums depend on how many rows it is given.
    np.testing.assert_allclose(fitted.explain(X[3:4]).values, explanation.values[[3]], atol=1e-12)


# -- each row by itself ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parameters",
    [{}, {"max_evals": 200}, {"algorithm": "permutation", "max_evals": 200}, {"tol": 0.02}],
    ids=str,
)
def test_a_row_is_explained_by_itself(parameters):
    fitted = explainer(**parameters)
    everyone = fitted.explain(TEXTS)
    order = np.random.default_rng(2).permutation(len(TEXTS))
    assert_same_rows(everyone, order, fitted.explain([TEXTS[i] for i in order]))
    assert_same_rows(everyone, [4], fitted.explain([TEXTS[4]]))
    # Among others of the same length, with which it shares its design:
    alike = [TEXTS[0], *(" ".join(np.roll(TEXTS[0].split(), k)) for k in (1, 2, 3))]
    assert_same_rows(everyone, [0], fitted.explain(alike)[:1])
    assert_same_rows(everyone, range(5), explainer(**parameters).explain(TEXTS))


def test_jobs_and_pickles_change_nothing():
    everyone = explainer(max_evals=200).explain(TEXTS)
    with parallel_config(backend="threading"):
        assert_same_rows(everyone, range(5), explainer(max_evals=200, n_jobs=2).explain(TEXTS))
    copy = pickle.loads(pickle.dumps(explainer(max_evals=200)))
    assert_same_rows(everyone, range(5), copy.explain(TEXTS))
    other = explainer(max_evals=200, random_state=1).explain(TEXTS)
    assert not np.array_equal(everyone.values, other.values)


# -- budgets -----------------------------------------------------------------------------------


def test_tolerance():
    texts = stories(2, seed=9, most_words=25)[0]
    explanation = explainer(tol=0.0035).explain(texts)
    assert explanation.std_errors.max() <= 0.0035
    rough = explainer(tol=0.02).explain(texts)
    assert rough.std_errors.max() > 0.0035
    assert (rough.n_evals < explanation.n_evals).all()


def test_budget_is_kept():
    for max_evals in (100, 500):
        explanation = explainer(max_evals=max_evals).explain(TEXTS)
        assert (explanation.n_evals <= max_evals + 2).all()  # the row itself, and nobody


def test_too_small_budgets_and_too_many_players_are_refused():
    words = " ".join(f"word{i}" for i in range(25))
    with pytest.raises(ValueError, match=r"max_evals is 20, but one walk forth and back"):
        explainer(max_evals=20).explain([words])
    with pytest.raises(ValueError, match=r"max_evals is 20, but a regression on 25 players"):
        explainer(max_evals=20, algorithm="kernel").explain([words])
    with pytest.raises(ValueError, match=r"algorithm is 'exact', but 25 players"):
        explainer(algorithm="exact").explain([words])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"algorithm": "linear"}, "algorithm is 'linear', which reads columns of a table"),
        ({"algorithm": "tree"}, "algorithm is 'tree', which reads columns of a table"),
        ({"groups": {"a": ["b"]}}, "finds the players in each row"),
    ],
    ids=str,
)
def test_what_is_for_tables_is_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        explainer(**parameters)


def test_interactions():
    exact = explainer().interactions(SHORT)
    np.testing.assert_allclose(exact.values, exact.values.swapaxes(1, 2), atol=1e-14)
    np.testing.assert_allclose(
        exact.values.sum(axis=2), explainer().explain(SHORT).values, atol=1e-12
    )
    product = explainer(lambda texts: [("boat" in text) * ("sea" in text) for text in texts])
    found = product.interactions(["boat at sea"])
    np.testing.assert_allclose(found.values, [[[0, 0, 0.5], [0, 0, 0], [0.5, 0, 0]]], atol=1e-12)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ("one text", TypeError, "X is one text"),
        (["a", 3], TypeError, "X holds 3 at row 1, which is int"),
        (["a", None], TypeError, "X holds None at row 1"),
        ([["a", "b"]], TypeError, "X holds"),
        (np.array([["a"]]), ValueError, "expected one dimension"),
        (None, TypeError, "expected a list, Series or array of texts"),
    ],
    ids=str,
)
def test_what_is_no_text_is_refused(X, error, message):
    with pytest.raises(error, match=message):
        explainer().explain(X)


# -- kinds of models and collections -----------------------------------------------------------


@pytest.mark.parametrize(
    "of",
    [
        list,
        lambda texts: pd.Series(texts, index=range(5, 5 + len(texts))),
        np.array,
        lambda texts: np.array(texts, dtype=object),
    ],
    ids=["list", "series", "array", "objects"],
)
def test_the_model_is_given_what_it_takes(of):
    given = []

    def model(texts):
        given.append(type(texts))
        assert all(isinstance(text, str) for text in texts)
        return MODEL.predict_proba(list(texts))[:, 1]

    explanation = explainer(model, of(TEXTS[:3])).explain(TEXTS[:3])
    assert set(given) == {type(of(TEXTS[:3]))}
    np.testing.assert_array_equal(explanation.values, explainer().explain(TEXTS[:3]).values)


def test_a_function_of_texts():
    def n_letters(texts):
        return [len(text.replace(" ", "")) for text in texts]

    explanation = explainer(n_letters).explain(["one three five", "seven"])
    np.testing.assert_allclose(explanation[0].values, [[3, 5, 4]], atol=1e-12)
    np.testing.assert_allclose(explanation[1].values, [[5]])
    assert explanation.base_values.tolist() == [0, 0]


def test_labels_of_rows():
    series = pd.Series(TEXTS[:3], index=["x", "y", "z"])
    frame = explainer(background=series).explain(series).to_frame()
    assert list(frame.index.get_level_values(0).unique()) == ["x", "y", "z"]
    frame = explainer().explain(TEXTS[:3]).to_frame()
    assert list(frame.index.get_level_values(0).unique()) == [0, 1, 2]


def test_many_outputs_and_the_predicted_one():
    model = classifier(binary=False)
    f = model.predict_proba
    every = explainer(model).explain(SHORT)
    assert every.values.shape[2] == 3
    np.testing.assert_allclose(every.completeness_gap, 0, atol=1e-12)
    np.testing.assert_allclose(
        every[1].values[0, :, 2],
        by_definition(SHORT[1], lambda texts: f(texts)[:, 2]),
        atol=1e-12,
    )
    best = explainer(model, target="predicted").explain(SHORT)
    assert list(best.targets) == list(model.predict(SHORT))
    for i, label in enumerate(model.predict(SHORT)):
        np.testing.assert_array_equal(best.values[i], every.output(label).values[i])


def test_texts_of_one_word_or_none():
    with_one, with_none = probability(["boat", ""])
    explanation = explainer().explain(["boat", "", " . "])
    assert explanation.values.shape == (3, 1)
    np.testing.assert_allclose(explanation.values[:, 0], [with_one - with_none, 0, 0], atol=1e-12)
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-12)
    assert explainer().explain([""]).values.shape == (1, 0)
    assert explainer().explain([]).values.shape == (0, 0)


def test_repeated_words_as_one_player():
    words = "boat cow boat Boat hill"
    masker = TextMasker(repeated="together")
    explanation = explainer(masker=masker).explain([words])
    assert list(explanation[0].feature_names) == ["boat", "cow", "hill"]

    def of_names(texts):
        """With all boats where there is one."""
        return probability([text.replace("boat", "boat boat Boat") for text in texts])

    # (The order of words does not matter to the model.)
    np.testing.assert_allclose(
        explanation.values[0], by_definition("boat cow hill", of_names), atol=1e-12
    )


def test_fits_leave_nothing_to_the_next():
    model, table = classifier(), np.eye(3)
    of_texts = ShapleyExplainer(masker=TextMasker()).fit(model)
    of_table = ShapleyExplainer().fit(lambda X: X[:, 0] * X[:, 1], table)

    def learnt(explainer):
        return {name for name in vars(explainer) if name.endswith("_")}

    again = ShapleyExplainer().fit(lambda X: X[:, 0] * X[:, 1], table)
    again.set_params(masker=TextMasker()).fit(model)
    assert learnt(again) == learnt(of_texts)
    assert not hasattr(again, "base_values_")
    again.set_params(masker=None).fit(lambda X: X[:, 0] * X[:, 1], table)
    assert learnt(again) == learnt(of_table)
    np.testing.assert_array_equal(again.explain(table).values, of_table.explain(table).values)


def test_exact_values_have_no_errors_even_of_no_words():
    explainer = ShapleyExplainer(masker=TextMasker(), algorithm="exact").fit(classifier())
    assert explainer.explain(["", "..."]).std_errors is None
    assert explainer.explain(["", "cow"]).std_errors is None


@pytest.mark.parametrize("binary", [True, False])
def test_interactions_in_notebooks_are_a_table(binary):
    explainer = ShapleyExplainer(masker=TextMasker()).fit(classifier(binary=binary))
    interactions = explainer.interactions(["cow on a hill", ""])
    for part in (interactions, interactions[0], interactions[1]):
        assert "<table" in part._repr_html_()  # no colours of single words
    assert "<table" not in interactions.attributions()._repr_html_()


def test_a_row_with_too_many_players_is_named_before_any_is_explained():
    asked = []

    def model(texts):
        asked.extend(texts)
        return [float(len(text)) for text in texts]

    explainer = ShapleyExplainer(masker=TextMasker(), max_evals=10).fit(model)
    del asked[:]
    with pytest.raises(ValueError, match="row 1 of X has 13 players: max_evals is 10"):
        explainer.explain(["a b", " ".join("abcdefghijklm")])
    assert asked == []
