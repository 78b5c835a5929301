"""Cells of different types in one row or column reach the model as they are."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skxai import ShapleyExplainer, TabularMasker

HOMES = pd.DataFrame(
    {"child": [True, False] * 20, "town": ["a", "b", "b", "a"] * 10, "size": range(40)}
)


@pytest.fixture(scope="module")
def model():
    """Size of the home, and ten for a child."""
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["child", "town"]), remainder="passthrough"
    )
    return make_pipeline(encode, LinearRegression()).fit(HOMES, HOMES.child * 10.0 + HOMES["size"])


def test_a_list_of_mixed_cells_as_baseline(model):
    masker = TabularMasker(baseline=[True, "a", 3])
    explainer = ShapleyExplainer(masker=masker).fit(model, HOMES)
    np.testing.assert_allclose(explainer.base_values_, [13])
    assert list(explainer.masker_.background_.dtypes) == list(HOMES.dtypes)


def test_a_list_of_mixed_cells_to_explain(model):
    explanation = ShapleyExplainer().fit(model, HOMES).explain([[True, "a", 3]])
    np.testing.assert_allclose(explanation.predictions, [13])


def test_a_baseline_that_does_not_fit_its_columns(model):
    with pytest.raises(ValueError, match=r"baseline: column 'child' can't become bool"):
        ShapleyExplainer(masker=TabularMasker(baseline=["False", "a", 2])).fit(model, HOMES)
    with pytest.raises(ValueError, match=r"baseline is 0, but the columns \['town'\] hold no num"):
        ShapleyExplainer(masker=TabularMasker(baseline=0)).fit(model, HOMES)


def test_equal_cells_of_different_types_differ():
    def is_true(Z):
        return np.array([10.0 if cell is True else 0.0 for cell in Z.a]) + Z.b.to_numpy()

    background = pd.DataFrame({"a": pd.Series([True, True], dtype=object), "b": [0.0, 0.0]})
    row = pd.DataFrame({"a": pd.Series([1], dtype=object), "b": [1.0]})
    explanation = ShapleyExplainer(algorithm="exact").fit(is_true, background).explain(row)
    np.testing.assert_allclose(explanation.values, [[-10, 1]])


def test_cells_that_cannot_be_compared():
    frame = pd.DataFrame({"o": [[1, 2], [1], "x"], "f": [0.0, 1.0, 2.0]})
    with pytest.raises(TypeError, match="column 'o' holds objects that can't be told apart"):
        ShapleyExplainer().fit(lambda Z: Z.f * 2, frame).explain(frame)


def test_groups_are_given_once(model):
    explainer = ShapleyExplainer(groups={"a": ["size"]}, masker=TabularMasker(groups=[[0, 1]]))
    with pytest.raises(ValueError, match="groups is given twice"):
        explainer.fit(model, HOMES)
