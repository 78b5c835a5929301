"""CounterfactualExplanation.save and load: what goes in comes out, without pickle."""

import dataclasses
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest

from skxai import CounterfactualExplainer, CounterfactualExplanation, Explanation

N = 12
MIXED = pd.DataFrame(
    {
        "whole": pd.array([None, *range(N - 1)], dtype="Int64"),
        "single": np.linspace(0, 1, N, dtype=np.float32),
        "grade": pd.Categorical(["b", "a"] * (N // 2), categories=["b", "a", "c"], ordered=True),
        "job": ["clerk", None, "boss"] * (N // 3),
        "flag": [True, False] * (N // 2),
        "day": pd.date_range("2024-01-01", periods=N, tz="Europe/Berlin"),
    },
    index=pd.MultiIndex.from_product([["x", "y"], range(N // 2)], names=["who", None]),
)


def boss(X):
    """Classes: a boss of grade b, or of many days."""
    late = (X["day"] > pd.Timestamp("2024-01-08", tz="Europe/Berlin")).to_numpy()
    likely = 0.2 + 0.3 * (X["job"] == "boss").to_numpy() + 0.4 * late
    return np.c_[1 - likely, likely]


def results():
    mixed = CounterfactualExplainer(n_counterfactuals=2, random_state=0).fit(boss, MIXED)
    yield mixed.explain(MIXED[:4])
    array = np.linspace(0, 1, 20, dtype=np.float32).reshape(10, 2)
    numbers = CounterfactualExplainer(target=0.5, random_state=0).fit(lambda X: X[:, 0], array)
    yield numbers.explain(array[::3])


@pytest.mark.parametrize("result", list(results()), ids=["mixed table", "array"])
def test_every_field_comes_back(tmp_path, result):
    path = tmp_path / "what if"  # exactly this name
    result.save(path)
    got = CounterfactualExplanation.load(path)
    for field in dataclasses.fields(result):
        one, other = getattr(got, field.name), getattr(result, field.name)
        if isinstance(other, pd.DataFrame):
            pd.testing.assert_frame_equal(one, other, check_freq=False)
        elif isinstance(other, pd.Index):
            pd.testing.assert_index_equal(one, other, exact="equiv")
        elif isinstance(other, np.ndarray):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
        else:
            assert one == other, field.name
    assert got.sentences() == result.sentences()
    pd.testing.assert_frame_equal(got[1].to_frame(), result[1].to_frame())
    with pytest.raises(ValueError, match="read-only"):
        got.distances[0] = 1


def test_nothing_is_pickled(tmp_path):
    result = next(results())
    result.save(tmp_path / "why.npz")
    with zipfile.ZipFile(tmp_path / "why.npz") as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                np.lib.format.read_array(file, allow_pickle=False)
    again = pickle.loads(pickle.dumps(result))
    assert again.sentences() == result.sentences()


def test_other_explanations_are_not_mistaken_for_counterfactuals(tmp_path):
    next(results()).save(tmp_path / "a.npz")
    with pytest.raises(ValueError, match=r"holds CounterfactualExplanation, not Explanation; use"):
        Explanation.load(tmp_path / "a.npz")
    Explanation(np.ones((1, 1)), np.ones(1), np.ones(1)).save(tmp_path / "b.npz")
    with pytest.raises(ValueError, match=r"holds Explanation, not CounterfactualExplanation; use"):
        CounterfactualExplanation.load(tmp_path / "b.npz")
