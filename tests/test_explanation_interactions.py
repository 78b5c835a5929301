"""The result of pairwise attribution."""

import pickle

import numpy as np
import pandas as pd
import pytest

from skxai import Explanation, InteractionExplanation


def symmetric(rng, *shape):
    values = rng.normal(size=shape)
    return values + values.swapaxes(1, 2)


def make(n_rows=3, n_players=4, outputs=(), **fields):
    rng = np.random.default_rng(0)
    values = symmetric(rng, n_rows, n_players, n_players, *outputs)
    base = rng.normal(size=(n_rows, *outputs))
    return InteractionExplanation(
        values, base, base + values.sum(axis=(1, 2)), std_errors=np.abs(values), **fields
    )


@pytest.mark.parametrize("outputs", [(), (2,)])
def test_sums_are_the_attributions(outputs):
    interactions = make(outputs=outputs)
    whole = interactions.attributions()
    assert isinstance(whole, Explanation)
    np.testing.assert_allclose(whole.values, interactions.values.sum(axis=2))
    np.testing.assert_allclose(whole.completeness_gap, 0, atol=1e-12)
    np.testing.assert_allclose(interactions.completeness_gap, 0, atol=1e-12)
    assert whole.n_outputs == interactions.n_outputs == (outputs or (1,))[0]


@pytest.mark.parametrize("outputs", [(), (2,)])
def test_main_effects_and_twice_the_upper_triangle_make_the_prediction(outputs):
    interactions = make(outputs=outputs)
    first, second = np.triu_indices(4, k=1)
    pairs = 2 * interactions.values[:, first, second].sum(axis=1)
    main = interactions.main_effects()
    np.testing.assert_allclose(main.values[2, 1], interactions.values[2, 1, 1])
    np.testing.assert_allclose(-main.completeness_gap, pairs)
    np.testing.assert_allclose(main.std_errors[0, 3], interactions.std_errors[0, 3, 3])


def test_strengths():
    values = np.zeros((2, 3, 3))
    values[0, 0, 2] = values[0, 2, 0] = 1.0
    values[1, 0, 2] = values[1, 2, 0] = -2.0
    values[0, 0, 1] = values[0, 1, 0] = 0.5
    table = InteractionExplanation(values, np.zeros(2), values.sum(axis=(1, 2))).strengths()
    assert table["feature"].tolist() == ["x0", "x0", "x1"]
    assert table["other"].tolist() == ["x2", "x1", "x2"]
    assert table["strength"].tolist() == [3.0, 0.5, 0.0]  # whole interactions: both halves
    assert table["std_error"].tolist() == [1.0, 0.5, 0.0]  # |2 Φ| is 2 and 4: sd √2 over √2


def test_strengths_of_several_outputs():
    interactions = make(outputs=(2,), output_names=["no", "yes"])
    table = interactions.strengths()
    assert len(table) == 12
    assert table["strength"].is_monotonic_decreasing
    one = table[table["output"] == "yes"].drop(columns="output").reset_index(drop=True)
    pd.testing.assert_frame_equal(one, interactions.output("yes").strengths())


def test_parts():
    interactions = make(5, feature_names=["a", "b", "c", "d"], data=np.arange(20).reshape(5, 4))
    part = interactions[[3, 1], ["d", "a"]]
    assert part.values.shape == (2, 2, 2)
    np.testing.assert_array_equal(part.values[0, 0, 1], interactions.values[3, 3, 0])
    np.testing.assert_array_equal(part.std_errors[1, 1, 1], interactions.std_errors[1, 0, 0])
    np.testing.assert_array_equal(part.data, interactions.data[[3, 1]])
    assert part.feature_names == ("d", "a")
    assert len(interactions[0]) == 1


def test_to_frame():
    data = pd.DataFrame(np.zeros((3, 2)), index=["u", "v", "w"], columns=["a", "b"])
    interactions = make(3, 2, data=data, feature_names=["a", "b"])
    frame = interactions.to_frame()
    assert frame.index.names == ["row", "feature"]
    np.testing.assert_array_equal(frame.loc["v"], interactions.values[1])
    assert interactions.to_frame("std_errors").loc[("w", "a"), "b"] > 0


def test_to_frame_of_several_outputs():
    index = pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["town", "street"])
    interactions = make(2, 3, (2,), output_names=["no", "yes"], index=index)
    frame = interactions.to_frame()
    assert frame.index.names == ["town", "street", "feature"]
    np.testing.assert_array_equal(frame.loc[("y", 2)]["yes"], interactions.values[1, :, :, 1])


@pytest.mark.parametrize("outputs", [(), (3,)])
def test_no_rows(outputs):
    interactions = make(2, 4, outputs)[:0]
    assert interactions.to_frame().shape == (0, 4 * (outputs or (1,))[0])
    assert "0 rows" in interactions._repr_html_()
    assert len(interactions.strengths()) == 6 * (outputs or (1,))[0]


def test_file_and_pickle(tmp_path):
    interactions = make(data=pd.DataFrame({"a": ["u", "v", "w"]}), groups=[[0]] * 4)
    interactions.save(tmp_path / "pairs.npz")
    for copy in (
        InteractionExplanation.load(tmp_path / "pairs.npz"),
        pickle.loads(pickle.dumps(interactions)),
    ):
        np.testing.assert_array_equal(copy.values, interactions.values)
        pd.testing.assert_frame_equal(copy.data, interactions.data)
        assert copy.groups == interactions.groups
        with pytest.raises(ValueError, match="read-only"):
            copy.values[0] = 0


def test_a_file_says_what_it_holds(tmp_path):
    make().save(tmp_path / "pairs.npz")
    with pytest.raises(ValueError, match=r"holds InteractionExplanation.*use Interaction"):
        Explanation.load(tmp_path / "pairs.npz")
    make().attributions().save(tmp_path / "why.npz")
    with pytest.raises(ValueError, match="holds Explanation"):
        InteractionExplanation.load(tmp_path / "why.npz")


@pytest.mark.parametrize("shape", [(3, 2), (3, 2, 4), (3, 2, 4, 1)])
def test_values_are_matrices(shape):
    with pytest.raises(ValueError, match=r"\(n_rows, n_players, n_players\)"):
        InteractionExplanation(np.zeros(shape), np.zeros(3), np.zeros(3))


def test_it_does_not_sample():
    values = np.zeros((1, 2, 2))
    interactions = InteractionExplanation(values, [0.0], [0.0])
    assert interactions.attributions().std_errors is None
    with pytest.raises(ValueError, match="does not sample"):
        interactions.to_frame("std_errors")


def test_html_is_escaped():
    html = make(1, 2, feature_names=["<b>", "c"])._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
