"""Neighbours: where they come from, what their coordinates say, and that dtypes are kept."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from skxai.predictors import as_predictor
from skxai.surrogate._background import BackgroundNeighbourhood
from skxai.surrogate._gaussian import GaussianNeighbourhood, switch_probability
from skxai.surrogate._players import Players, numbers_of
from skxai.surrogate._quartiles import UNSEEN, QuartileNeighbourhood, _normals_of
from skxai.utils._designs import antithetic_uniforms, uniforms


def frame(n_rows=60):
    rng = np.random.RandomState(0)
    counts = pd.array(rng.randint(0, 9, n_rows), dtype="Int64")
    counts[3] = pd.NA
    return pd.DataFrame(
        {
            "real": rng.randn(n_rows).astype(np.float32),
            "whole": rng.randint(0, 200, n_rows).astype(np.uint8),
            "counts": counts,
            "kind": pd.Series(rng.choice(["x", "y", "z"], n_rows), dtype=object),
            "flag": rng.rand(n_rows) < 0.5,
            "two": rng.choice([0.0, 7.0], n_rows),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.randint(0, 9, n_rows), "D"),
            "size": pd.Categorical(rng.choice(["s", "m"], n_rows), ordered=True),
            "lots": pd.arrays.SparseArray(rng.randint(0, 4, n_rows).astype(float)),
        }
    )


class Recorder:
    """A model that keeps the table it is asked about."""

    n_outputs = 1

    def __call__(self, X):
        self.table = X
        return np.zeros((X.shape[0], 1))


def one_each(table):
    return [np.array([j]) for j in range(table.shape[1])]


def gaussian(table, width=0.5, columns=None):
    players = Players.of(table, one_each(table) if columns is None else columns)
    return GaussianNeighbourhood(players, table, width)


def neighbours(neighbourhood, X, n_samples=512):
    recorder = Recorder()
    design = neighbourhood.draw(n_samples, 0)
    coordinates, _ = neighbourhood.evaluate(recorder, X, design)
    return np.stack(coordinates), recorder.table


def test_what_is_a_number():
    players = Players.of(frame(), one_each(frame()))
    expected = [True, True, True, False, False, False, False, False, True]
    assert players.is_number.tolist() == expected
    assert players.is_integer.tolist() == [False, True, True, *[False] * 6]
    np.testing.assert_allclose(players.scale[1], frame()["whole"].std(ddof=0))
    assert players.low[1] == frame()["whole"].min()


def test_dtypes_are_kept():
    table = frame()
    _, made = neighbours(gaussian(table), table[:3])
    assert made.dtypes.equals(table.dtypes)
    assert made["whole"].between(table["whole"].min(), table["whole"].max()).all()
    assert set(made["two"]) == {0.0, 7.0}
    assert set(made["kind"]) == {"x", "y", "z"}


def test_shifts_are_coordinates_in_standard_deviations():
    table = frame()
    coordinates, made = neighbours(gaussian(table), table[:2])
    for player, name in enumerate(["real", "whole", "counts"]):
        own = table[name].astype(float).to_numpy()
        scale = np.nanstd(own)
        shift = made[name].astype(float).to_numpy().reshape(2, -1) - own[:2, None]
        np.testing.assert_allclose(coordinates[:, :, player], shift / scale, atol=1e-5)
    assert 0.4 < coordinates[0, :, 0].std() < 0.55
    assert np.unique(coordinates[0, :, 1]).size > 50


def test_a_narrow_neighbourhood_still_moves_whole_numbers():
    X = np.random.RandomState(0).randint(0, 4, size=(50, 1))
    coordinates, made = neighbours(gaussian(X, width=0.01), X[:1])
    assert made.dtype == X.dtype
    assert 0.15 < (coordinates != 0).mean() < 0.6


def test_the_rest_is_seldom_redrawn_and_then_differs():
    table = frame()
    coordinates, made = neighbours(gaussian(table), table[:2])
    assert switch_probability(0.5) == pytest.approx(0.2)
    for player, name in [(3, "kind"), (4, "flag"), (5, "two"), (6, "day"), (7, "size")]:
        own = table[name].iloc[np.repeat([0, 1], 512)].reset_index(drop=True)
        differs = (made[name] != own).to_numpy().reshape(2, -1)
        np.testing.assert_array_equal(coordinates[:, :, player], np.where(differs, -1.0, 0.0))
        np.testing.assert_allclose(differs.mean(axis=1), 0.2, atol=0.01)
    # The others by their frequency.
    moved = made["day"][512:][made["day"][512:] != table["day"][1]]
    assert moved.nunique() == table["day"].nunique() - 1


def test_a_missing_number_is_redrawn():
    table = frame()
    coordinates, made = neighbours(gaussian(table), table.iloc[[3]])
    assert set(coordinates[0, :, 2]) == {-1.0, 0.0}
    np.testing.assert_array_equal(made["counts"].isna(), coordinates[0, :, 2] == 0)


def test_columns_of_a_group_move_together():
    table = frame()
    columns = [np.array([0, 3]), *[np.array([j]) for j in (1, 2, 4, 5, 6, 7, 8)]]
    coordinates, made = neighbours(gaussian(table, columns=columns), table[:1])
    moved = made[coordinates[0, :, 0] == -1][["real", "kind"]]
    known = set(map(tuple, table[["real", "kind"]].to_numpy()))
    assert len(moved) > 50
    assert set(map(tuple, moved.to_numpy())) <= known
    assert (made[coordinates[0, :, 0] == 0]["real"] == table["real"][0]).all()


def test_pairs_are_opposites():
    table = frame()
    coordinates, _ = neighbours(gaussian(table, width=0.1), table[:1])
    inner = np.abs(coordinates[0, :256, 0]) < 0.1
    np.testing.assert_allclose(
        coordinates[0, :256, 0][inner], -coordinates[0, 256:, 0][inner], atol=1e-6
    )
    points = antithetic_uniforms(64, 3, 0)
    np.testing.assert_array_equal(points[:32] + points[32:], 1.0)
    assert not np.array_equal(points, antithetic_uniforms(64, 3, 1))


def test_each_part_of_the_range_has_its_share_of_points():
    """As evenly as can be: one point in each 64th, 4 in each cell of 4 by 4, in any order."""
    points = uniforms(64, 3, 0)
    for column in points.T:
        np.testing.assert_array_equal(np.bincount((column * 64).astype(int)), 1)
    cells = (points[:, :2] * 4).astype(int) @ [4, 1]
    np.testing.assert_array_equal(np.bincount(cells, minlength=16), 4)
    assert 0 < uniforms(50, 2, 0).min() < uniforms(50, 2, 0).max() < 1


def test_rows_share_coordinates_unless_something_holds_them_apart():
    X = np.random.RandomState(0).randn(60, 2)
    rows = np.array([[0.0, 0.1], [0.2, 0.3], [X[:, 0].max(), 0.0], [0.1, 0.2]])
    neighbourhood = gaussian(X, width=0.1)
    recorder = Recorder()
    coordinates, _ = neighbourhood.evaluate(recorder, rows, neighbourhood.draw(64, 0))
    assert coordinates[0] is coordinates[1] is coordinates[3]
    assert coordinates[2][:, 0].max() == 0.0  # held back at the edge
    np.testing.assert_array_equal(coordinates[2][:, 1], coordinates[0][:, 1])
    for own, row, made in zip(coordinates, rows, recorder.table.reshape(4, 64, 2)):
        np.testing.assert_allclose(own, (made - row) / X.std(axis=0), atol=1e-12)
    table = frame()
    mixed = gaussian(table)
    coordinates, _ = mixed.evaluate(Recorder(), table[:4], mixed.draw(64, 0))
    assert np.any(coordinates[3][:, 2] == -1.0)  # missing, and redrawn
    assert not np.any(coordinates[0][:, 2] == -1.0)


def test_sparse_stays_sparse():
    X = sp.random(30, 4, density=0.5, format="csr", random_state=0)
    _, made = neighbours(gaussian(X), X[:2])
    assert sp.issparse(made)
    assert made.shape == (1024, 4)


def test_background_enumerates_what_it_can():
    X = np.arange(12.0).reshape(4, 3)
    neighbourhood = BackgroundNeighbourhood(Players.of(X, one_each(X)), X)
    design = neighbourhood.draw(32, 0)
    states = {(*present, other) for present, other in zip(design.present.tolist(), design.others)}
    assert len(design) == len(states) == 32
    np.testing.assert_array_equal(design.present[:16], ~design.present[16:])
    assert len(neighbourhood.draw(31 // 2 * 2, 0)) == 30
    recorder = Recorder()
    coordinates, _ = neighbourhood.evaluate(recorder, X[:1] + 100, design)
    expected = np.where(coordinates[0] == 1, X[:1] + 100, X[design.others])
    np.testing.assert_array_equal(recorder.table, expected)


def test_shapley_sizes():
    X = np.arange(1800.0).reshape(300, 6)  # too many to enumerate
    neighbourhood = BackgroundNeighbourhood(Players.of(X, one_each(X)), X, by_shapley=True)
    sizes = neighbourhood.draw(2**13, 0).present.sum(axis=1)
    mass = 1 / (np.arange(1, 6) * np.arange(5, 0, -1))
    shares = np.bincount(sizes, minlength=7) / len(sizes)
    np.testing.assert_allclose(shares[1:6], mass / mass.sum(), atol=0.01)
    assert shares[0] == shares[6] == 0


def test_quartiles_are_drawn_by_their_share():
    table = frame()
    players = Players.of(table, one_each(table))
    neighbourhood = QuartileNeighbourhood(players, table, Recorder())
    design = neighbourhood.draw(2**12, 0)
    made = neighbourhood.predictor.table
    assert made.dtypes.equals(table.dtypes)
    for player, name in [(0, "real"), (1, "whole"), (8, "lots")]:
        cuts = np.unique(np.percentile(table[name], [25, 50, 75]))
        np.testing.assert_allclose(neighbourhood.bins[player].cuts, cuts)
        for b in range(len(cuts) + 1):
            share = (np.searchsorted(cuts, table[name]) == b).mean()
            np.testing.assert_allclose((design.bins[:, player] == b).mean(), share, atol=0.01)
        values = numbers_of(made, [player])[:, 0]
        np.testing.assert_array_equal(np.searchsorted(cuts, values), design.bins[:, player])
    shares = table["kind"].value_counts(normalize=True)
    np.testing.assert_allclose(
        made["kind"].value_counts(normalize=True)[shares.index], shares, atol=0.01
    )


def test_normals_are_those_of_each_bin():
    values = np.array([3.0, 0.1, 0.1, 0.1, np.nan, 2.0, 7.0, 5.0])
    cuts, bins = np.array([0.5, 1.0, 4.0]), np.array([2, 0, 0, 0, 4, 2, 3, 3])
    normals = _normals_of(values, cuts, bins)
    np.testing.assert_array_equal(normals[0], [0.1, 0.0, 0.1, 0.5])  # alike: without rounding
    np.testing.assert_allclose(normals[2], [2.5, 0.5, 1.0, 4.0])
    np.testing.assert_allclose(normals[3], [6.0, 1.0, 4.0, 7.0])
    assert np.isnan(normals[[1, 4]]).all()


def test_bins_of_rows():
    table = frame()
    players = Players.of(table, one_each(table))
    neighbourhood = QuartileNeighbourhood(players, table, Recorder())
    rows = table[:5].copy()
    rows.loc[0, "kind"] = "unheard of"
    rows["real"] = rows["real"].astype(float)
    rows.loc[1, "real"] = np.nan
    bins = neighbourhood.bins_of_rows(rows)
    for player in range(table.shape[1]):
        expected = neighbourhood.bins[player].of_background[:5].copy()
        if player in (0, 3):
            expected[{0: 1, 3: 0}[player]] = UNSEEN
        np.testing.assert_array_equal(bins[:, player], expected)


def test_a_constant_number_keeps_its_value_in_its_bin():
    X = np.column_stack([np.repeat([0.1, 0.3, 5.0], 20), np.arange(60.0)])
    neighbourhood = QuartileNeighbourhood(Players.of(X, one_each(X)), X, Recorder())
    neighbourhood.draw(256, 0)
    assert set(neighbourhood.predictor.table[:, 0]) == {0.1, 0.3, 5.0}


def test_predictions_of_quartile_neighbours_are_made_once():
    calls = []

    def model(X):
        calls.append(len(X))
        return X[:, 0]

    X = np.random.RandomState(0).randn(30, 2)
    predictor = as_predictor(model, X)
    neighbourhood = QuartileNeighbourhood(Players.of(X, one_each(X)), X, predictor)
    design = neighbourhood.draw(64, 0)
    n_calls = len(calls)
    _, outputs = neighbourhood.evaluate(predictor, X[:7], design)
    assert outputs.shape == (7, 64, 1)
    assert len(calls) == n_calls
