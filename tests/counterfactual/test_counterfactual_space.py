"""Tables become codes and come back as they were; rules hold for whatever is asked."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxai.counterfactual._space import Rules, Space, differs
from skxai.utils._checks._cases import mixed_frame


def same(a, b):
    """The same table, down to dtypes and labels."""
    pd.testing.assert_frame_equal(a, b, check_exact=True)


def decoded(space, X, codes, rows=None):
    rows = np.arange(len(X)) if rows is None else np.asarray(rows, dtype=int)
    return space.decode(codes, X, rows, space.encode(X)[rows])


# -- there and back ------------------------------------------------------------------------------


def further_columns(frame):
    """More dtypes that tables come with."""
    n_rows = len(frame)
    return frame.assign(
        small=np.arange(n_rows, dtype=np.int8),
        single=np.linspace(0, 1, n_rows, dtype=np.float32),
        huge=np.arange(n_rows) + 2**60,
        answer=pd.array([True, False, pd.NA] * n_rows, dtype="boolean")[:n_rows],
        there=pd.Series(["a", "b"] * n_rows, dtype="string").to_numpy()[:n_rows],
        took=pd.to_timedelta(np.arange(n_rows), unit="h"),
        zone=pd.date_range("2024-03-30", periods=n_rows, freq="D", tz="Europe/Berlin"),
        mixed=pd.Series([1, 2.5, None, 4] * n_rows, dtype=object).to_numpy()[:n_rows],
    )


def test_unchanged_rows_come_back_as_they_were():
    frame = further_columns(mixed_frame(12))
    space = Space(frame)
    for rows in ([0, 1, 2, 3], [5, 5, 0], []):
        table = decoded(space, frame, space.encode(frame)[rows], rows)
        same(table, frame.iloc[rows])


def test_cells_that_the_background_does_not_have_come_back_too():
    frame = mixed_frame(30)
    space = Space(frame)
    strange = frame[:2].copy()
    strange["town"] = ["Atlantis", None]
    strange["income"] = [1e300, np.nan]
    same(decoded(space, strange, space.encode(strange)), strange)


def test_every_row_can_become_every_other_row():
    frame = further_columns(mixed_frame(9))
    space = Space(frame)
    for j in range(len(frame)):
        codes = np.repeat(space.codes[[j]], len(frame), axis=0)
        table = decoded(space, frame, codes)
        expected = frame.iloc[[j] * len(frame)].set_axis(frame.index)
        # Numbers beyond 2^53 are rounded where they are changed.
        same(table.drop(columns="huge"), expected.drop(columns="huge"))
        assert table["huge"].dtype == np.int64


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.uint8, bool])
def test_arrays_keep_their_dtype(dtype):
    X = np.array([[0, 1], [1, 1], [1, 0]], dtype=dtype)
    space = Space(X)
    codes = space.codes[[2, 0, 1]]
    table = space.decode(codes, X, np.arange(3), space.codes)
    assert table.dtype == dtype
    np.testing.assert_array_equal(table, X[[2, 0, 1]])


def test_arrays_of_objects_keep_their_cells():
    X = np.array([["a", 1, True], ["bb", 2, False]], dtype=object)
    space = Space(X)
    assert space.is_category.tolist() == [True, False, True]
    table = space.decode(space.codes[[1, 0]], X, np.arange(2), space.codes)
    assert table.tolist() == [["bb", 2, False], ["a", 1, True]]
    assert [type(cell) for cell in table[0]] == [str, int, bool]
    texts = np.array([["a", "x"], ["long", "y"]])
    table = Space(texts).decode(Space(texts).codes[[1, 0]], texts, np.arange(2), Space(texts).codes)
    assert table.tolist() == [["long", "y"], ["a", "x"]]


def test_nothing_of_the_table_is_changed():
    frame = mixed_frame(6)
    before = frame.copy(deep=True)
    space = Space(frame)
    decoded(space, frame, space.codes[[1, 0, 3, 2, 5, 4]])
    same(frame, before)


def test_whole_numbers_stay_whole():
    X = pd.DataFrame({"rooms": [1.0, 2.0, 5.0], "area": [10.5, 20.0, 30.0]})
    space = Space(X)
    assert space.step.tolist() == [1.0, 0.0]
    clipped = space.clip(np.array([[2.4, 11.1]]), space.codes[:1])
    assert clipped.tolist() == [[2.0, 11.1]]


# -- rules ---------------------------------------------------------------------------------------

FRAME = pd.DataFrame(
    {
        "age": [20, 30, 40, 50, 60],
        "low": [1.0, 2.0, 2.0, 3.0, 1.5],
        "high": [2.0, 2.5, 4.0, 3.0, 9.0],
        "city": ["Ulm", "Bonn", "Ulm", "Jena", "Bonn"],
        "zip": [89073, 53111, 89075, 7743, 53113],
        "score": [0.5, np.nan, 0.25, 1.0, 0.0],
        "sex": ["f", "m", "f", "m", "f"],
        "size": [0.0, 0.5, 1.0, 1.5, 2.0],
    }
)
RULES = Rules(
    frozen=frozenset([6]),
    bounds={5: (0.1, 0.9), 3: ["Ulm", "Bonn"], 1: (None, 2.5)},
    directions={0: 1},
    steps={7: 0.25},
    orders=((1, 2),),
    links=([3, 4],),
)


@settings(max_examples=200, deadline=None)
@given(
    row=st.integers(0, 4),
    wish=st.lists(
        st.one_of(st.floats(-100, 1e5, width=32), st.just(np.nan)), min_size=8, max_size=8
    ),
    donor=st.integers(0, 4),
    mask=st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_what_clip_returns_keeps_every_rule(row, wish, donor, mask):
    space = Space(FRAME, RULES, list(FRAME))
    origin = space.codes[[row]]
    wish = np.where(mask, space.codes[donor], wish)[None]
    wish[:, space.is_category] = np.where(np.isnan(wish), 0, wish)[:, space.is_category] // 1 % 3
    codes = space.clip(wish, origin)
    assert space.allowed(codes, origin).all()
    # By hand, on the table itself.
    before = FRAME.iloc[row]
    after = decoded(space, FRAME, codes, [row]).iloc[0]
    assert after["sex"] == before["sex"]
    assert after["age"] >= before["age"]
    assert after["age"] <= 60
    if not (after["low"] == before["low"] and after["high"] == before["high"]):
        assert after["low"] <= after["high"]
    if after["low"] != before["low"]:
        assert 1 <= after["low"] <= 2.5
    if (after["city"], after["zip"]) != (before["city"], before["zip"]):
        assert after["city"] in ("Ulm", "Bonn")
        assert ((FRAME["city"] == after["city"]) & (FRAME["zip"] == after["zip"])).any()
    if after["size"] != before["size"]:
        assert after["size"] % 0.25 == 0
        assert 0 <= after["size"] <= 2
    if differs(codes, origin)[0, 5] and not np.isnan(after["score"]):
        assert 0.1 <= after["score"] <= 0.9
    np.testing.assert_array_equal(space.clip(codes, origin), codes)


def test_allowed_sees_each_broken_rule():
    space = Space(FRAME, RULES, list(FRAME))
    origin = space.codes[[2]]
    broken = {
        "age": 39,  # down
        "low": 2.6,  # out of bounds
        "high": 1.0,  # below low
        "city": "Bonn",  # without its zip
        "score": 0.95,
        "sex": "m",
        "size": 1.1,
    }
    assert space.allowed(origin, origin).all()
    for column, value in broken.items():
        table = FRAME.iloc[[2]].copy()
        table[column] = value
        assert not space.allowed(space.encode(table), origin).any(), column
    table = FRAME.iloc[[2]].assign(city="Bonn", zip=53111, age=41, size=1.25, score=np.nan)
    assert space.allowed(space.encode(table), origin).all()


def test_missing_only_where_the_background_has_missing_values():
    space = Space(FRAME)
    origin = space.codes[[0]]
    gone = origin.copy()
    gone[0, [1, 5]] = np.nan
    assert np.isnan(space.clip(gone, origin)[0]).tolist() == [j == 5 for j in range(8)]
    missing = FRAME[:1].assign(low=np.nan)
    codes = space.encode(missing)
    assert space.allowed(codes, codes).all()  # the row's own may stay


def test_a_row_outside_the_bounds_may_stay_there():
    space = Space(FRAME)
    outside = space.encode(FRAME[:1].assign(age=99))
    np.testing.assert_array_equal(space.clip(outside, outside), outside)
    moved = outside.copy()
    moved[0, 0] = 98
    assert space.clip(moved, outside)[0, 0] == 60


def test_single_precision_stays_within_bounds():
    X = np.linspace(0, 1, 5, dtype=np.float32)[:, None]
    space = Space(X, Rules(bounds={0: (0.1, 0.7)}))
    ends = space.clip(np.array([[0.0], [1.0]]), np.array([[0.5], [0.5]]))
    table = space.decode(ends, X, np.array([2, 2]), np.array([[0.5], [0.5]]))
    assert 0.1 <= float(table[0, 0]) <= 0.1 + 1e-6
    assert 0.7 - 1e-6 <= float(table[1, 0]) <= 0.7
    np.testing.assert_array_equal(space.encode(table), ends)
