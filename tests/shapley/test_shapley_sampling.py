"""ShapleyExplainer: how much it evaluates, when it stops, and what its errors are worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from recording import Recording, tables, uneven
from sklearn.exceptions import NotFittedError
from sklearn.tree import DecisionTreeRegressor

from skxai import ShapleyExplainer, TabularMasker


def fit(background, function=uneven, **parameters):
    model = Recording(function)
    explainer = ShapleyExplainer(**{"random_state": 0, **parameters}).fit(model, background)
    model.forget()
    return explainer, model


# -- model rows ----------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(n_background=st.integers(1, 12), budget=st.integers(100, 2000), rows=st.integers(1, 4))
def test_rows_are_counted_as_they_are_and_within_max_evals(n_background, budget, rows):
    X, background = tables(rows, n_background)
    explainer, model = fit(background, algorithm="permutation", max_evals=budget)
    explanation = explainer.explain(X)
    assert explanation.n_evals.sum() == model.n_rows
    assert (explanation.n_evals <= budget + 1).all()  # and the row itself
    pair = 2 * 4 * n_background
    assert (explanation.n_evals >= budget - pair).all()  # the budget is used


def test_exact_counts_its_rows():
    X, background = tables(3, 7)
    explainer, model = fit(background, algorithm="exact", max_evals=30 * 7)
    explanation = explainer.explain(X)
    assert_array_equal(explanation.n_evals, [30 * 7 + 1] * 3)
    assert model.n_rows == 3 * (30 * 7 + 1)


def test_fit_evaluates_the_background_once():
    _, background = tables(1, 50)
    model = Recording(uneven)
    ShapleyExplainer().fit(model, background)
    assert model.n_rows <= 50 + 3  # two rows are tried first, together and alone


@pytest.mark.parametrize("algorithm", ["exact", "permutation"])
def test_several_outputs_cost_no_more_model_rows(algorithm):
    X, background = tables(3, 7)
    one, model_of_one = fit(background, algorithm=algorithm)
    four, model_of_four = fit(
        background,
        lambda X: np.column_stack([X[:, 0], uneven(X), X[:, 0] * X[:, 1], -uneven(X)]),
        algorithm=algorithm,
    )
    values, values_of_four = one.explain(X).values, four.explain(X).values
    assert model_of_one.n_rows == model_of_four.n_rows > 0
    assert_allclose(values_of_four[:, :, 1], values, rtol=1e-12, atol=1e-14)
    assert_allclose(values_of_four[:, :, 3], -values, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("algorithm", ["exact", "permutation"])
def test_players_that_do_not_differ_are_not_evaluated(algorithm):
    X, background = tables(1, 6)
    background[:, [1, 4]] = X[0, [1, 4]]  # three of five players differ
    explainer, model = fit(background, algorithm=algorithm)
    explanation = explainer.explain(X)
    rows = 6 * (2**3 - 2 if algorithm == "exact" else 2 * 2 * explainer.n_repeats_)
    assert_array_equal(explanation.n_evals, [rows + 1])
    assert model.n_rows == rows + 1
    assert_array_equal(explanation.values[:, [1, 4]], [[0, 0]])
    ends = np.vstack([X, background])
    inner = np.vstack(model.seen[1:])
    assert not (inner[:, None] == ends[None]).all(axis=2).any()


def test_inputs_of_the_model_take_each_player_from_one_of_the_two_rows():
    X, background = tables(1, 6)
    explainer, model = fit(background, algorithm="permutation")
    explainer.explain(X)
    inner = np.vstack(model.seen[1:])
    from_row = inner == X
    absent = np.array([(background == row).sum(axis=1).max() for row in inner])
    assert_array_equal(from_row.sum(axis=1) + absent, 5)
    assert set(from_row.sum(axis=1)) == {1, 2, 3, 4}


# -- the choice of the algorithm -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_players", "n_background", "max_evals", "expected"),
    [
        (5, 100, None, "exact"),
        (6, 100, None, "exact"),
        (10, 100, None, "permutation"),
        (10, 100, 2**10 * 100, "exact"),
        (10, 100, 7_199, "permutation"),
        (10, 100, 7_200, "kernel"),  # four pairs of walks from each background row
        (30, 3, None, "kernel"),
        (30, 3, 10**9, "permutation"),  # too many coalitions at any price
    ],
)
def test_auto_takes_the_exact_one_where_it_is_cheap(n_players, n_background, max_evals, expected):
    _, background = tables(1, n_background, n_players)
    explainer = ShapleyExplainer(max_evals=max_evals).fit(lambda X: X.sum(axis=1), background)
    assert explainer.algorithm_ == expected
    assert (explainer.n_repeats_ > 0) == (expected == "permutation")


def test_few_background_rows_get_more_walks():
    explainer, _ = fit(tables(1, 2)[1], algorithm="permutation")
    assert explainer.n_repeats_ * 2 >= 50
    explainer, _ = fit(tables(1, 200)[1], algorithm="permutation")
    assert explainer.n_repeats_ == 2


# -- tol -----------------------------------------------------------------------------------------


def test_tol_stops_each_row_on_its_own_and_holds():
    X, background = tables(8, 10)
    X[3] = background.mean(axis=0) * 0.1  # an easy row
    explainer, model = fit(background, algorithm="permutation", tol=0.02)
    explanation = explainer.explain(X)
    limit = 8 * 10 * explainer.n_repeats_ + 1
    assert explanation.std_errors.max() <= 0.02
    assert (explanation.n_evals < limit).all()
    assert len(set(explanation.n_evals)) > 1
    assert model.n_rows == explanation.n_evals.sum()
    exact = fit(background, algorithm="exact")[0].explain(X)
    assert np.abs(explanation.values - exact.values).max() < 4.5 * 0.02
    assert_allclose(explanation.completeness_gap, 0, atol=1e-12)


def test_a_row_that_stopped_early_is_as_if_that_had_been_its_budget():
    X, background = tables(6, 10)
    early = fit(background, algorithm="permutation", tol=0.01)[0].explain(X)
    assert len(set(early.n_evals)) > 1
    for row, n_evals in enumerate(early.n_evals):
        same = fit(background, algorithm="permutation", max_evals=int(n_evals) - 1)[0].explain(X)
        assert_allclose(early.values[row], same.values[row], rtol=1e-12)
        assert_allclose(early.std_errors[row], same.std_errors[row], rtol=1e-12)


def test_a_smaller_tol_takes_more_rows():
    X, background = tables(3, 10)
    counts = [
        fit(background, algorithm="permutation", tol=tol)[0].explain(X).n_evals
        for tol in (0.02, 0.01, 0.005)
    ]
    assert (np.diff(counts, axis=0) >= 0).all()
    assert (np.diff(np.sum(counts, axis=1)) > 0).all()


@pytest.mark.parametrize("n_background", [1, 2, 10])
def test_a_rough_estimate_of_the_error_stops_nothing(n_background):
    # Two walks may agree by chance; then the error looks like zero.
    X, background = tables(10, n_background)
    exact = fit(background, algorithm="exact")[0].explain(X).values
    for seed in range(10):
        explainer, _ = fit(background, algorithm="permutation", tol=0.03, random_state=seed)
        assert np.abs(explainer.explain(X).values - exact).max() < 4.5 * 0.03


def test_an_unreachable_tol_stops_at_max_evals():
    X, background = tables(2, 10)
    explainer, _ = fit(background, algorithm="permutation", tol=1e-9, max_evals=1000)
    without, _ = fit(background, algorithm="permutation", max_evals=1000)
    explanation, expected = explainer.explain(X), without.explain(X)
    assert_array_equal(explanation.n_evals, expected.n_evals)
    assert_array_equal(explanation.values, expected.values)


# -- standard errors -----------------------------------------------------------------------------


def test_errors_are_those_of_repeated_fits():
    # The mean of the squared standard errors is the variance of the estimates.
    X, background = tables(2, 8)
    runs = [
        fit(background, algorithm="permutation", max_evals=4 * 64, random_state=seed)[0].explain(X)
        for seed in range(300)
    ]
    variance = np.var([run.values for run in runs], axis=0, ddof=1)
    claimed = np.mean([run.std_errors**2 for run in runs], axis=0)
    assert variance.min() > 1e-6
    assert_allclose(claimed, variance, rtol=0.3)


def test_weighted_errors_are_those_of_repeated_fits():
    X, background = tables(1, 8)
    masker = TabularMasker(weights=[5, 1, 1, 0, 2, 1, 9, 1])
    runs = [
        fit(background, max_evals=4 * 64, random_state=seed, algorithm="permutation", masker=masker)
        for seed in range(300)
    ]
    runs = [explainer.explain(X) for explainer, _ in runs]
    variance = np.var([run.values for run in runs], axis=0, ddof=1)
    assert_allclose(np.mean([run.std_errors**2 for run in runs], axis=0), variance, rtol=0.3)


@pytest.mark.parametrize(("n_background", "budget"), [(1, 24), (10, 8), (50, 3)])
def test_nominal_95_percent_intervals_cover(n_background, budget):
    # A smoke test of benchmarks/shapley_coverage.py. `budget`: pairs of walks per background row.
    X, background = tables(3, n_background)
    exact = fit(background, algorithm="exact")[0].explain(X).values
    inside = []
    for seed in range(60):
        explainer, _ = fit(
            background,
            algorithm="permutation",
            max_evals=budget * 8 * n_background,
            random_state=seed,
        )
        explanation = explainer.explain(X)
        inside.append(np.abs(explanation.values - exact) <= 1.96 * explanation.std_errors)
    assert 0.90 <= np.mean(inside) <= 0.98


def test_spread_between_background_rows_is_no_error():
    # Additive, so each background row gives another answer, but no walk differs from the next.
    X, background = tables(2, 20)
    explainer, _ = fit(background, lambda X: (X**2).sum(axis=1), algorithm="permutation")
    assert_allclose(explainer.explain(X).std_errors, 0, atol=1e-14)


def test_a_single_repetition_has_no_errors():
    X, background = tables(2, 20)
    explainer, _ = fit(background, algorithm="permutation", max_evals=8 * 20)
    assert explainer.n_repeats_ == 1
    explanation = explainer.explain(X)
    assert explanation.std_errors is None
    assert_allclose(explanation.completeness_gap, 0, atol=1e-12)


def test_error_falls_as_the_budget_grows():
    X, background = tables(4, 10)
    exact = fit(background, algorithm="exact")[0].explain(X).values

    def mean_squared_error(n_pairs):
        runs = [
            fit(
                background,
                algorithm="permutation",
                max_evals=n_pairs * 80,
                random_state=seed,
            )[0].explain(X)
            for seed in range(10)
        ]
        return np.mean([(run.values - exact) ** 2 for run in runs])

    few, many = mean_squared_error(2), mean_squared_error(32)
    assert many < few / 8  # a sixteenth, but for chance


# -- randomness ----------------------------------------------------------------------------------


def test_random_state_decides_everything():
    X, background = tables(2, 10)
    one, same, other, fresh, fresh_too = (
        fit(background, algorithm="permutation", random_state=state)[0].explain(X).values
        for state in (0, 0, 1, None, None)
    )
    assert_array_equal(one, same)
    assert (one != other).any()
    assert (fresh != fresh_too).any()


def test_the_global_generator_is_left_alone():
    X, background = tables(2, 10)
    before = np.random.get_state()  # noqa: NPY002
    for state in (None, 0, np.random.RandomState(0)):
        fit(background, algorithm="permutation", random_state=state)[0].explain(X)
    after = np.random.get_state()  # noqa: NPY002
    assert_array_equal(before[1], after[1])
    assert before[2] == after[2]


# -- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "n_columns", "message"),
    [
        ({"algorithm": "exact"}, 21, "algorithm is 'exact', but 21 players"),
        ({"algorithm": "exact", "max_evals": 299}, 5, "max_evals is 299.*evaluates 300 model"),
        ({"algorithm": "permutation", "max_evals": 79}, 5, "max_evals is 79.*takes 80 model"),
        ({"algorithm": "auto", "max_evals": 79}, 5, "max_evals is 79.*n_samples"),
        ({"algorithm": "kernels"}, 5, "'algorithm' parameter .* 'kernels'"),
        ({"max_evals": 0}, 5, "'max_evals' parameter .* Got 0"),
        ({"max_evals": 100.0}, 5, "'max_evals' parameter"),
        ({"tol": 0}, 5, "'tol' parameter .* Got 0"),
        ({"masker": "median"}, 5, "'masker' parameter"),
        ({"random_state": "dice"}, 5, "'random_state' parameter"),
        ({"groups": [[0, 9]]}, 5, "groups names the column 9"),
    ],
)
def test_bad_parameters_are_named_before_any_work(parameters, n_columns, message):
    _, background = tables(1, 10, n_columns)
    explainer = ShapleyExplainer(**parameters)
    with pytest.raises(ValueError, match=message):
        explainer.fit(lambda X: X.sum(axis=1), background)


def test_just_enough_evaluations_are_enough():
    X, background = tables(1, 10)
    for algorithm, budget in (("exact", 300), ("permutation", 80)):
        explainer, _ = fit(background, algorithm=algorithm, max_evals=budget)
        assert explainer.explain(X).n_evals[0] == budget + 1


def test_unfitted():
    X, background = tables(2, 10)
    with pytest.raises(NotFittedError, match="ShapleyExplainer"):
        ShapleyExplainer().explain(X)
    with pytest.raises(NotFittedError, match="model is not fitted"):
        ShapleyExplainer().fit(DecisionTreeRegressor(), background)


def test_nan_from_the_model_in_the_middle_of_the_work():
    X, background = tables(1, 4)

    def undefined_between(X_asked):
        known = [
            (X_asked[:, None] == table[None]).all(axis=2).any(axis=1) for table in (X, background)
        ]
        return np.where(known[0] | known[1], 1.0, np.nan)

    explainer = ShapleyExplainer().fit(undefined_between, background)
    with pytest.raises(ValueError, match="model returned NaN"):
        explainer.explain(X)
