"""Groups of columns, in all the forms in which they may be given."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skxai.maskers import TabularMasker

FRAME = pd.DataFrame(
    {
        "lat": [1.0, 2.0, 3.0],
        "lon": [4.0, 5.0, 6.0],
        "town": ["a", "b", "a"],
        "age": [30, 40, 50],
        "sex": ["f", "m", "f"],
    }
)
PLACE = {"place": [0, 1]}


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (None, {"lat": [0], "lon": [1], "town": [2], "age": [3], "sex": [4]}),
        ({}, {"lat": [0], "lon": [1], "town": [2], "age": [3], "sex": [4]}),
        ({"place": ["lat", "lon"]}, {**PLACE, "town": [2], "age": [3], "sex": [4]}),
        ({"place": [0, 1]}, {**PLACE, "town": [2], "age": [3], "sex": [4]}),
        ({"place": ("lat", 1)}, {**PLACE, "town": [2], "age": [3], "sex": [4]}),
        ({"place": np.array([0, 1])}, {**PLACE, "town": [2], "age": [3], "sex": [4]}),
        ({"place": pd.Index(["lat", "lon"])}, {**PLACE, "town": [2], "age": [3], "sex": [4]}),
        ({"place": slice(0, 2)}, {**PLACE, "town": [2], "age": [3], "sex": [4]}),
        ({"place": slice("lat", "lon")}, {**PLACE, "town": [2], "age": [3], "sex": [4]}),
        (
            {"place": [True, True, False, False, False]},
            {**PLACE, "town": [2], "age": [3], "sex": [4]},
        ),
        ({"years": "age"}, {"years": [3], "lat": [0], "lon": [1], "town": [2], "sex": [4]}),
        (
            {"who": ["sex", "age"], "where": ["lat", "lon", "town"]},
            {"who": [4, 3], "where": [0, 1, 2]},
        ),
        (
            [["lat", "lon"], ["age"]],
            {"lat + lon": [0, 1], "age": [3], "town": [2], "sex": [4]},
        ),
        ((["sex", "town"],), {"sex + town": [4, 2], "lat": [0], "lon": [1], "age": [3]}),
        ({7: ["lat", "lon"]}, {"7": [0, 1], "town": [2], "age": [3], "sex": [4]}),
    ],
)
def test_forms(groups, expected):
    masker = TabularMasker(groups=groups).fit(FRAME)
    assert dict(zip(masker.player_names_, map(list, masker.columns_))) == expected
    assert masker.player_names_ == list(expected)


def test_blocks_of_a_column_transformer():
    encode = ColumnTransformer(
        [
            ("numbers", StandardScaler(), ["lat", "lon"]),
            ("kinds", OneHotEncoder(), make_column_selector(dtype_exclude="number")),
            ("nothing", "drop", []),
            ("years", "passthrough", slice(3, 4)),
        ]
    ).fit(FRAME)
    masker = TabularMasker(groups=encode).fit(FRAME)
    assert masker.player_names_ == ["numbers", "kinds", "years"]
    assert [list(columns) for columns in masker.columns_] == [[0, 1], [2, 4], [3]]


def test_arrays_have_positions_and_made_up_names():
    masker = TabularMasker(groups={"first two": [0, 1]}).fit(np.ones((2, 4)))
    assert masker.player_names_ == ["first two", "x2", "x3"]
    named = TabularMasker(groups=[["x3", "x0"]]).fit(np.ones((2, 4)))
    assert named.player_names_ == ["x3 + x0", "x1", "x2"]


def test_columns_that_are_labelled_by_numbers():
    frame = pd.DataFrame(np.ones((2, 3)), columns=[2, 0, 1])
    masker = TabularMasker(groups={"a": [2, 0]}).fit(frame)  # labels come before positions
    assert masker.player_names_ == ["a", "1"]
    assert [list(columns) for columns in masker.columns_] == [[0, 1], [2]]


def test_columns_of_the_same_label_are_players_of_their_own():
    frame = pd.DataFrame(np.ones((2, 3)), columns=["a", "a", "b"])
    masker = TabularMasker().fit(frame)
    assert masker.player_names_ == ["a", "a", "b"]
    assert [list(columns) for columns in masker.columns_] == [[0], [1], [2]]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"place": ["lat", "longitude"]}, "groups names the column 'longitude'; the columns are"),
        ({"place": [0, 5]}, "groups names the column 5"),
        ({"place": [-1]}, "groups names the column -1"),
        ({"place": [0.5]}, "groups names the column 0.5"),
        ({"place": []}, "groups: 'place' has no columns"),
        ({"place": slice(5, 9)}, "groups: 'place' has no columns"),
        ({"place": [True, False]}, "groups has a mask of length 2; expected 5"),
        ({"a": ["lat"], "b": ["lat", "lon"]}, r"groups has columns \['lat'\] more than once"),
        ([["lat", "lat"]], r"groups has columns \['lat'\] more than once"),
        ({"age": ["lat"]}, "groups gives two players the same name"),
        (ColumnTransformer([("n", "drop", [0])]), "groups is a ColumnTransformer that is not fit"),
    ],
)
def test_errors(groups, message):
    with pytest.raises(ValueError, match=message):
        TabularMasker(groups=groups).fit(FRAME)


def test_groups_of_the_wrong_kind():
    with pytest.raises(ValueError, match="'groups' parameter of TabularMasker must be"):
        TabularMasker(groups="lat").fit(FRAME)
