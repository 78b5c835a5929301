"""Models that take texts or arrays of many dimensions, wrapped: the oracle is the model itself."""

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skxai.predictors import as_predictor
from skxai.utils._inputs import as_object_array

TEXTS = ["good film", "bad film", "good good plot", "awful, bad", "a plot", "", "bad, not good"] * 3
LABELS = np.array(["+", "-", "+", "-", "+", "+", "-"] * 3)
MODEL = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, LABELS)
KINDS = {"list": list, "series": pd.Series, "array": np.array, "objects": as_object_array}


@pytest.mark.parametrize("kind", KINDS)
def test_texts(kind):
    texts = KINDS[kind](TEXTS)
    predictor = as_predictor(MODEL, texts, target="+")
    assert predictor.output_names == ["+"]
    np.testing.assert_array_equal(predictor(texts)[:, 0], MODEL.predict_proba(TEXTS)[:, 0])
    assert predictor(texts[:0]).shape == (0, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_is_given_the_kind_that_came(kind):
    seen = []

    def length(texts):
        seen.append(type(texts))
        return np.array([len(text) for text in texts])

    texts = KINDS[kind](TEXTS)
    np.testing.assert_array_equal(
        as_predictor(length, texts)(texts)[:, 0], [len(text) for text in TEXTS]
    )
    assert set(seen) == {type(texts)}


def test_batches_of_long_texts_fit_the_memory():
    import sklearn

    sizes = []

    def length(texts):
        sizes.append(len(texts))
        return np.array([len(text) for text in texts])

    texts = ["a" * 5000] * 40
    predictor = as_predictor(length, texts)
    sizes.clear()
    with sklearn.config_context(working_memory=8):
        assert (predictor(texts) == 5000).all()
    # Eight copies of 16 · 5,000 bytes each: 640 kB.
    assert max(sizes) == 8 * 2**20 // (8 * (16 * 5000 + 8))
    assert sum(sizes) == 40


def test_regression_and_several_outputs():
    targets = np.column_stack([np.arange(21.0), np.arange(21.0) ** 2])
    model = make_pipeline(CountVectorizer(), LinearRegression()).fit(TEXTS, targets)
    predictor = as_predictor(model, TEXTS, target=[1])
    np.testing.assert_allclose(predictor(TEXTS), model.predict(TEXTS)[:, [1]])


def test_images():
    rng = np.random.default_rng(0)
    images = rng.random((30, 4, 5, 3))
    classes = (images.mean(axis=(1, 2, 3)) > 0.5).astype(int)
    model = make_pipeline(
        FunctionTransformer(lambda X: X.reshape(len(X), -1)), LogisticRegression()
    ).fit(images, classes)
    predictor = as_predictor(model, images, response_method="decision_function")
    np.testing.assert_array_equal(predictor(images)[:, 0], model.decision_function(images))
    single = as_predictor(lambda X: X.max(axis=(1, 2, 3)), images.astype(np.float32))
    np.testing.assert_allclose(single(images)[:, 0], images.max(axis=(1, 2, 3)))


@pytest.mark.parametrize(
    ("inputs", "error", "message"),
    [
        (["good", None], TypeError, "X_background holds None at row 1"),
        (np.ones((0, 2, 2)), ValueError, "X_background has no rows"),
        (np.full((2, 2, 2), "a"), TypeError, "X_background has dtype <U1; expected numbers"),
        ("good film", TypeError, "X_background is str"),
    ],
)
def test_inputs_that_no_model_takes(inputs, error, message):
    with pytest.raises(error, match=message):
        as_predictor(MODEL, inputs)


def test_a_model_that_fails_on_texts_says_so():
    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    with pytest.raises(ValueError, match="model fails on the rows it was given, in predict_proba"):
        as_predictor(model, TEXTS)
