"""LIME on inputs whose players are found in each row: texts, and images in a grid."""

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from scipy.stats import spearmanr
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skxai import LimeExplainer, ShapleyExplainer
from skxai.maskers import ImageMasker, TextMasker
from skxai.surrogate._coalition_design import draw_coalitions

WORDS = {
    "good": ["good", "great", "fine", "lovely", "nice", "super"],
    "bad": ["bad", "awful", "poor", "sad", "ugly", "boring"],
    "plain": ["the", "a", "movie", "film", "plot", "and", "was", "it", "very", "actor"],
}


def reviews(n_texts, seed=0, most_words=30):
    rng = np.random.default_rng(seed)
    labels = rng.random(n_texts) < 0.5
    texts = []
    for label in labels:
        words = 2 * WORDS["plain"] + WORDS["good" if label else "bad"]
        texts.append(" ".join(rng.choice(words, rng.integers(3, most_words))))
    return texts, labels


def classifier(norm="l2"):
    return make_pipeline(TfidfVectorizer(norm=norm), LogisticRegression()).fit(*reviews(300))


MODEL = classifier()
TEXTS = reviews(12, seed=1)[0]
# Texts of equal length are fitted at once, and sums over them round differently.
NEARLY = {"rtol": 1e-9}


def explainer(**parameters):
    parameters = {"n_samples": 256, "random_state": 0, **parameters}
    return LimeExplainer(masker=TextMasker(), **parameters).fit(MODEL)


def assert_same_rows(explanation, rows, other, rtol=0.0):
    """The very same bits in the rows of one explanation as in the other, or nearly so."""
    for i, row in enumerate(rows):
        n_players = other.layout.counts[i]
        assert explanation.layout.names(row) == other.layout.names(i)
        for name in ("values", "std_errors"):
            ours, theirs = getattr(explanation, name)[row], getattr(other, name)[i]
            np.testing.assert_allclose(ours[:n_players], theirs[:n_players], rtol, 1e-3 * rtol)
            assert not ours[n_players:].any()
        for name in ("base_values", "predictions", "r2", "fresh_r2", "effective_sample_size"):
            ours, theirs = getattr(explanation, name)[row], getattr(other, name)[i]
            np.testing.assert_allclose(ours, theirs, rtol)


# -- each row by itself ------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", ["auto", "shapley", None])
def test_is_the_same_for_a_seed(kernel):
    first = explainer(kernel=kernel).explain(TEXTS)
    assert_same_rows(first, range(len(TEXTS)), explainer(kernel=kernel).explain(TEXTS))
    other = explainer(kernel=kernel, random_state=1).explain(TEXTS)
    assert not np.array_equal(first.values, other.values)


@pytest.mark.parametrize(
    "parameters",
    [{}, {"kernel": "shapley"}, {"surrogate": "lars", "n_features": 3}, {"tol": 0.02}],
    ids=str,
)
def test_a_row_is_explained_by_itself(parameters):
    fitted = explainer(**parameters)
    everyone = fitted.explain(TEXTS)
    order = np.random.default_rng(2).permutation(len(TEXTS))
    assert_same_rows(everyone, order, fitted.explain([TEXTS[i] for i in order]), **NEARLY)
    for row in (0, 5):
        assert_same_rows(everyone, [row], fitted.explain([TEXTS[row]]), **NEARLY)
    # Among others of the same length, with which it shares its samples:
    alike = [TEXTS[0], *(" ".join(np.roll(TEXTS[0].split(), k)) for k in (1, 2, 3))]
    assert_same_rows(everyone, [0], fitted.explain(alike)[:1], **NEARLY)


def test_jobs_change_nothing():
    with parallel_config(backend="threading"):
        found = explainer(n_jobs=2).explain(TEXTS)
    assert_same_rows(explainer().explain(TEXTS), range(12), found)


# -- what coefficients are ---------------------------------------------------------------------


@pytest.mark.parametrize("kernel", ["hamming", "gaussian", "exponential", "shapley", None])
def test_tokens_of_a_linear_model_have_their_weights(kernel):
    vectorizer, regression = model = classifier(norm=None)
    weights = regression.coef_[0] * vectorizer.idf_
    weights = dict(zip(vectorizer.get_feature_names_out(), weights))
    explanation = (
        LimeExplainer(
            masker=TextMasker(),
            kernel=kernel,
            response_method="decision_function",
            random_state=0,
        )
        .fit(model)
        .explain(TEXTS)
    )
    for i in range(len(TEXTS)):
        expected = [weights.get(word, 0.0) for word in TEXTS[i].split()]  # "a" is no token
        np.testing.assert_allclose(explanation[i].values[0], expected, atol=1e-6)
    np.testing.assert_allclose(
        explanation.surrogate_predictions, explanation.predictions, rtol=1e-6
    )
    np.testing.assert_allclose(explanation.base_values, regression.intercept_[0], atol=1e-5)
    np.testing.assert_allclose(explanation.fresh_r2, 1)


def by_least_squares(text, kernel, width=0.75, n_samples=256):
    """The weighted fit, with an intercept, to texts that are put together here."""
    words = np.array(text.split())
    seed = explainer()._seeds[0]
    present = draw_coalitions(n_samples, len(words), 1, False, int(seed)).present
    outputs = MODEL.predict_proba([" ".join(words[own]) for own in present])[:, 1]
    share = 1 - present.mean(axis=1)  # that differs
    weights = {
        "hamming": 1 - share,
        "gaussian": np.exp(-share / (2 * width**2)),
        "exponential": np.exp(-np.sqrt(share) / width),
        None: np.ones(len(share)),
    }[kernel]
    roots = np.sqrt(weights)[:, None]
    regressors = np.column_stack([present, np.ones(len(present))])
    solved = np.linalg.lstsq(roots * regressors, roots[:, 0] * outputs, rcond=None)[0]
    return solved[:-1], solved[-1]


@pytest.mark.parametrize("kernel", ["hamming", "gaussian", "exponential", None])
def test_coefficients_are_those_of_weighted_least_squares(kernel):
    texts = [text for text in TEXTS if len(text.split()) > 8]  # whose coalitions are sampled
    explanation = explainer(kernel=kernel).explain(texts)
    for i, text in enumerate(texts):
        coef, intercept = by_least_squares(text, kernel)
        np.testing.assert_allclose(explanation[i].values[0], coef, atol=1e-6)
        np.testing.assert_allclose(explanation.base_values[i], intercept, atol=1e-6)


@pytest.mark.parametrize("n_background", [1, 50])
@pytest.mark.parametrize("n_players", [7, 32, 33, 64, 65, 200])
def test_no_two_players_are_always_together(n_players, n_background):
    present = draw_coalitions(256, n_players, n_background, False, 0).present
    correlations = np.corrcoef(present.T) - np.eye(n_players)
    assert np.abs(correlations).max() < 0.5
    np.testing.assert_allclose(present.mean(axis=0), 0.5)
    assert np.abs(present.mean(axis=1) - 0.5).mean() < 1 / np.sqrt(n_players)


def test_words_of_a_long_text_have_their_own_coefficients():
    numbers = np.random.default_rng(3).integers(1, 1000, 300)

    def total(texts):
        return [sum(map(int, text.split())) for text in texts]

    text = " ".join(map(str, numbers))
    explanation = LimeExplainer(masker=TextMasker(), random_state=0).fit(total).explain([text])
    np.testing.assert_allclose(explanation.values[0], numbers, rtol=1e-3)


def test_hamming_is_the_kernel_of_texts():
    assert explainer().kernel_ == "hamming"
    assert_same_rows(
        explainer().explain(TEXTS), range(12), explainer(kernel="hamming").explain(TEXTS)
    )


def test_shapley_kernel_is_complete():
    explanation = explainer(kernel="shapley").explain(TEXTS)
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-12)
    np.testing.assert_allclose(explanation.base_values, MODEL.predict_proba([""])[0, 1])


def test_shapley_kernel_with_all_coalitions_gives_shapley_values():
    short = [text for text in TEXTS if len(text.split()) <= 8]
    assert len(short) > 1
    exact = ShapleyExplainer(masker=TextMasker(), algorithm="exact").fit(MODEL).explain(short)
    found = explainer(kernel="shapley").explain(short)
    np.testing.assert_allclose(found.values, exact.values, atol=1e-10)


# -- edges -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", ["auto", "shapley"])
def test_texts_of_one_word_or_none(kernel):
    with_one, with_none, blank = MODEL.predict_proba(["good", "", " . "])[:, 1]
    explanation = explainer(kernel=kernel).explain(["good", "", " . "])
    assert explanation.values.shape == (3, 1)
    np.testing.assert_allclose(explanation.values[:, 0], [with_one - with_none, 0, 0], atol=1e-6)
    np.testing.assert_allclose(explanation.base_values, [with_none, with_none, blank], atol=1e-6)
    assert len(explanation[1].feature_names) == 0
    assert explanation.is_additive
    np.testing.assert_allclose(explanation.surrogate_predictions, [with_one, with_none, blank])
    np.testing.assert_array_equal(np.isnan(explanation.r2), [False, True, True])
    alone = explainer(kernel=kernel).explain([""])
    assert alone.values.shape == (1, 0)
    assert alone.is_additive
    assert len(alone.fit_report()) == 1


def test_no_texts_at_all():
    explanation = explainer().explain([])
    assert explanation.values.shape == (0, 0)


def test_repeated_words_together():
    masker = TextMasker(repeated="together")
    explanation = LimeExplainer(masker=masker, random_state=0).fit(MODEL).explain(["good bad Good"])
    assert list(explanation[0].feature_names) == ["good", "bad"]
    texts = ["", "good good", "bad", "good bad good"]
    f = MODEL.predict_proba(texts)[:, 1]
    data = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    weights = np.sqrt([0, 0.5, 0.5, 1])[:, None]
    fit = np.linalg.lstsq(
        weights * np.column_stack([data, np.ones(4)]), weights[:, 0] * f, rcond=None
    )[0]
    np.testing.assert_allclose(explanation[0].values[0], fit[:2], atol=1e-5)


def test_series_keep_their_labels():
    series = pd.Series(TEXTS[:3], index=["x", "y", "z"])
    explanation = (
        LimeExplainer(masker=TextMasker(), random_state=0).fit(MODEL, series).explain(series)
    )
    assert list(explanation.to_frame().index.get_level_values(0).unique()) == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"neighbourhood": "gaussian"}, "neighbourhood is 'gaussian', which is for tables"),
        ({"neighbourhood": "quartiles"}, "neighbourhood is 'quartiles', which is for tables"),
        ({"groups": {"a": ["b"]}}, "finds the players in each row"),
    ],
    ids=str,
)
def test_what_is_for_tables_is_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        explainer(**parameters)


def test_rules_of_a_tree_name_words():
    explanation = explainer(surrogate="tree").explain(["a lovely plot", "boring"])
    assert "lovely" in str(explanation.rules(0))
    assert "boring" in str(explanation.rules(1))


# -- images ------------------------------------------------------------------------------------


def digits():
    X, y = load_digits(return_X_y=True)
    return X[:200] / 16, y[:200] == 0


def test_regions_of_a_linear_model_have_the_sums_of_their_pixels():
    X, y = digits()
    model = LogisticRegression().fit(X, y)
    masker = ImageMasker(shape=(8, 8), n_regions=(4, 4), absent=0)
    parameters = {"masker": masker, "response_method": "decision_function", "random_state": 0}
    explanation = LimeExplainer(**parameters).fit(model, X).explain(X[:5])
    pixels = (X[:5] * model.coef_[0]).reshape(5, 4, 2, 4, 2)
    np.testing.assert_allclose(
        explanation.values, pixels.sum(axis=(2, 4)).reshape(5, 16), atol=1e-6
    )
    np.testing.assert_allclose(explanation.base_values, model.intercept_[0], atol=1e-5)
    assert_same_rows(
        explanation, [3], LimeExplainer(**parameters).fit(model, X).explain(X[3:4]), **NEARLY
    )


# -- lime --------------------------------------------------------------------------------------


def fit_by_lime(data, outputs, weights):
    """The coefficients of lime's own fit, with its penalty."""
    base = pytest.importorskip("lime.lime_base").LimeBase(lambda weights: weights)
    _, found, _, _ = base.explain_instance_with_data(
        data.astype(float), outputs[:, None], weights, 0, data.shape[1], feature_selection="none"
    )
    return np.array([value for _, value in sorted(found)])


def test_agrees_with_lime_on_texts():
    text = " ".join(dict.fromkeys(" ".join(TEXTS).split()))  # each word once
    words = np.array(text.split())
    found = explainer()
    present = draw_coalitions(256, len(words), 1, False, int(found._seeds[0])).present
    outputs = MODEL.predict_proba([" ".join(words[own]) for own in present])[:, 1]
    theirs = fit_by_lime(present, outputs, present.mean(axis=1))
    ours = found.explain([text]).values[0]
    assert spearmanr(ours, theirs).statistic > 0.98
    np.testing.assert_allclose(ours, theirs, atol=0.1 * ours.std())


def test_agrees_with_lime_on_images():
    X, y = digits()
    model = LogisticRegression().fit(X, y)
    masker = ImageMasker(shape=(8, 8), n_regions=(4, 4), absent=0)
    found = LimeExplainer(masker=masker, n_samples=256, random_state=0).fit(model, X)
    present = draw_coalitions(256, 16, 1, False, int(found._seeds[0])).present
    for row in X[:3]:
        pixels = present.reshape(-1, 4, 1, 4, 1) * row.reshape(1, 4, 2, 4, 2)
        outputs = model.predict_proba(pixels.reshape(-1, 64))[:, 1]
        theirs = fit_by_lime(present, outputs, present.mean(axis=1))
        ours = found.explain(row[None]).values[0]
        assert spearmanr(ours, theirs).statistic > 0.95


def test_few_neighbours_are_told_of_rows_that_have_some():
    explainer = LimeExplainer(masker=TextMasker(), kernel="gaussian", kernel_width=0.01).fit(MODEL)
    with pytest.warns(UserWarning, match=r"the least: \d"):
        explainer.explain(["", "a good film and a sad plot"])


def test_fits_leave_nothing_to_the_next():
    table = np.eye(3)
    again = LimeExplainer(masker=TextMasker()).fit(MODEL)
    again.set_params(masker=None).fit(lambda X: X[:, 0] * X[:, 1], table)
    assert not hasattr(again, "masker_")
    again.set_params(masker=TextMasker()).fit(MODEL)
    assert not hasattr(again, "scales_")
    assert not hasattr(again, "n_features_in_")


def test_more_words_than_samples_tell_are_warned_of():
    words = " ".join(f"word{j}" for j in range(40))
    explainer = LimeExplainer(masker=TextMasker(), n_samples=64, random_state=0)
    explainer.fit(lambda texts: [float(len(text)) for text in texts])
    with pytest.warns(UserWarning, match="1 of 2 rows less than 82 .* use more n_samples$"):
        explainer.explain(["two words", words])
