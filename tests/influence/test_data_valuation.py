"""DataValuation: immutable numbers with names, parts, files and a picture."""

import pickle

import numpy as np
import pandas as pd
import pytest

from skxai.influence import DataValuation


def make(targets=("cat", "dog", "dog"), index=None):
    return DataValuation(
        values=np.array([[0.5, -0.25, 0.25], [0.25, 0.25, 0.0]]),
        base_values=np.array([0.0, 0.5]),
        train_targets=np.array(targets, dtype=object),
        train_index=None if index is None else pd.Index(index),
        targets=np.array(["dog", "cat"]),
        data=pd.DataFrame({"age": [1.0, 2.0], "town": ["Ulm", None]}, index=["p", "q"]),
        predictions=np.array([[1.0, 0.0], [0.0, 1.0]]),
        feature_names=["age", "town"],
        output_names=["cat", "dog"],
        method="by hand",
        index=pd.Index(["p", "q"]),
    )


def test_totals_and_importance():
    valuation = make(index=["a", "b", "c"])
    np.testing.assert_array_equal(valuation.totals, [0.5, 1.0])
    expected = pd.DataFrame(
        {
            "target": ["cat", "dog", "dog"],
            "value": [0.375, 0.0, 0.125],
            "std_error": [0.125, 0.25, 0.125],
        },
        index=["a", "b", "c"],
    )
    pd.testing.assert_frame_equal(valuation.importance(), expected)
    assert valuation[0].importance()["std_error"].isna().all()
    assert valuation[[]].importance()["value"].isna().all()
    assert valuation.to_frame().loc["q", "b"] == 0.25


def test_parts():
    part = make()[[1]]
    assert len(part) == 1
    assert part.data.index.tolist() == part.index.tolist() == ["q"]
    assert part.targets.tolist() == ["cat"]
    assert part.train_index.equals(pd.RangeIndex(3))
    with pytest.raises(IndexError, match="row 2 is out of range"):
        make()[2]


def test_immutable_also_after_pickle():
    for valuation in (make(), pickle.loads(pickle.dumps(make()))):
        with pytest.raises(ValueError, match="read-only"):
            valuation.values[0, 0] = 1
        with pytest.raises(AttributeError):
            valuation.values = None


@pytest.mark.parametrize("targets", [("cat", "dog", "dog"), (1.5, 2.0, 0.0), (1, 2, 2)])
def test_files(tmp_path, targets):
    path = tmp_path / "worth.npz"
    for valuation in (make(targets, ["a", "b", "c"]), make(targets)[0]):
        valuation.save(path)
        loaded = DataValuation.load(path)
        pd.testing.assert_frame_equal(loaded.importance(), valuation.importance())
        pd.testing.assert_frame_equal(loaded.data, valuation.data)
        np.testing.assert_array_equal(loaded.totals, valuation.totals)
        np.testing.assert_array_equal(loaded.targets, valuation.targets)
        assert loaded.index.equals(valuation.index)
        assert loaded.std_errors is None
        assert repr(loaded) == repr(valuation)
        assert (loaded.method, loaded.feature_names) == ("by hand", ("age", "town"))


@pytest.mark.parametrize(
    "dtype", ["float16", "float32", "float64", "int8", "int64", "bool", "<U3", "object", "M8[ns]"]
)
def test_files_keep_the_kind_of_targets(tmp_path, dtype):
    targets = np.array([0, 1, 1]).astype(dtype)
    valuation = DataValuation(np.eye(3), np.zeros(3), targets, targets=targets)
    valuation.save(tmp_path / "worth.npz")
    loaded = DataValuation.load(tmp_path / "worth.npz")
    for name in ("train_targets", "targets"):
        assert getattr(loaded, name).dtype == targets.dtype
        np.testing.assert_array_equal(getattr(loaded, name), targets)


def test_shapes_are_checked():
    with pytest.raises(ValueError, match=r"base_values has shape \(3,\); expected \(2,\)"):
        DataValuation(np.zeros((2, 2)), np.zeros(3), np.zeros(2))


def test_errors_of_exact_values_are_refused():
    with pytest.raises(ValueError, match="no std_errors"):
        make().to_frame("std_errors")
    with pytest.raises(ValueError, match="field must be"):
        make().to_frame("value")


def test_picture_shows_the_least_first():
    pytest.importorskip("matplotlib").use("Agg")
    display = make(index=["a", "b", "c"]).plot(max_rows=2)
    assert [bar.get_width() for bar in display.bars_[0]] == [0.0, 0.125]
    assert display.labels == ["b: dog", "c: dog"]
    assert make().plot(highest=True, max_rows=1).labels == ["0: cat"]
    assert "1 line" in make()[0]._repr_html_()
