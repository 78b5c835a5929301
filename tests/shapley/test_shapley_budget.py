"""How many evaluations are made, how many may be made, and what is refused."""

import warnings

import pytest

from skxai.shapley._budget import (
    check_exact,
    fits_enumeration,
    fits_regression,
    pairs_within,
    repeats_within,
)


def test_exact_within_its_cost():
    cost = (2**5 - 2) * 7  # all coalitions but the two known ends, for each background row
    check_exact(5, 7, None)
    check_exact(5, 7, cost)
    with pytest.raises(ValueError, match=rf"max_evals is {cost - 1}, .* evaluates {cost} model"):
        check_exact(5, 7, cost - 1)


def test_exact_of_too_many_players():
    check_exact(20, 1, None)
    with pytest.raises(ValueError, match=r"21 players have 2\*\*21 coalitions.*at most 20"):
        check_exact(21, 1, None)


@pytest.mark.parametrize(
    ("n_players", "n_background", "max_evals", "expected"),
    [
        (1, 1, None, True),
        (6, 100, None, True),  # 62 against 4 · 2 · 10 for each background row
        (7, 100, None, False),  # 126 against 4 · 2 · 12
        (7, 10, None, True),  # fewer rows get more walks: 10 pairs of walks for each
        (10, 10, None, False),  # 1022 against 4 · 10 · 18
        (9, 10, None, True),  # 510 against 4 · 10 · 16
        (7, 100, 12_600, True),
        (7, 100, 12_599, False),
        (2, 5, 9, False),
        (2, 5, 10, True),
        (20, 1, 2**20, True),
        (21, 1, 2**40, False),
    ],
)
def test_enumeration_where_it_costs_little_more(n_players, n_background, max_evals, expected):
    assert fits_enumeration(n_players, n_background, max_evals) is expected


@pytest.mark.parametrize(
    ("n_background", "expected"), [(1, 100), (3, 34), (10, 10), (49, 3), (50, 2), (1000, 2)]
)
def test_walks_by_default(n_background, expected):
    # At least a hundred pairs of walks, and two from each background row.
    assert repeats_within(None, 4, n_background, patient=False) == expected
    assert repeats_within(None, 4, n_background, patient=True) == 25 * expected


@pytest.mark.parametrize("patient", [False, True])
def test_walks_within_max_evals(patient):
    cost = 2 * 3 * 10  # forth and back, three inner states of four players
    assert repeats_within(cost, 4, 10, patient) == 1
    assert repeats_within(3 * cost - 1, 4, 10, patient) == 2
    assert repeats_within(3 * cost, 4, 10, patient) == 3
    with pytest.raises(ValueError, match=r"max_evals is 59, .* takes 60 model rows; .*masker="):
        repeats_within(59, 4, 10, patient)


def test_a_costly_default_warns_and_says_what_to_do():
    with pytest.warns(UserWarning, match=r"1,000,296 model rows.* 2,526 rows .*n_samples.*max_ev"):
        assert repeats_within(None, 100, 2526, patient=False) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        repeats_within(None, 100, 2525, patient=False)
        repeats_within(2_000_000, 100, 5000, patient=False)  # the user has accepted the cost


def test_pairs_by_default_and_within_max_evals():
    assert pairs_within(None, 12, 1000) == 4 * 11
    assert pairs_within(None, 12, 10) == 10 * 11  # as many as walks would take
    assert pairs_within(2 * 10 * 14, 7, 10) == 14
    assert pairs_within(2 * 10 * 16 - 1, 7, 10) == 15
    assert pairs_within(10**6, 7, 10) == 50_000
    with pytest.raises(ValueError, match=r"max_evals is 279, .* 7 players .* 14 pairs.*280 model"):
        pairs_within(279, 7, 10)
    assert pairs_within(2 * 10 * 7, 4, 10) == 7  # there are no more
    with pytest.raises(ValueError, match=r"max_evals is 139, .* 4 players .* 7 pairs.*140 model"):
        pairs_within(139, 4, 10)


@pytest.mark.parametrize(
    ("n_players", "n_background", "max_evals", "expected"),
    [
        (12, 100, 4 * 22 * 100, True),  # four pairs of walks from each background row
        (12, 100, 4 * 22 * 100 - 1, False),
        (12, 25, None, True),  # four by default, so that there are a hundred pairs
        (12, 50, None, False),  # two
        (30, 3, 10**9, False),  # a design of a hundred million coalitions
    ],
)
def test_regression_where_it_beats_walks(n_players, n_background, max_evals, expected):
    assert fits_regression(max_evals, n_players, n_background) is expected
