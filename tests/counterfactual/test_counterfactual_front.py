"""From the nearest counterfactual to the most plausible."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai import CounterfactualExplainer
from skxai.counterfactual._front import choose_front

SHARES = (1.0, 0.9, 0.5)


@pytest.fixture(scope="module")
def diagonal():
    """Rows along the diagonal; the goal is reached by the first number alone."""
    along = np.linspace(0, 10, 200)
    X = np.c_[along, along + np.random.default_rng(0).normal(scale=0.3, size=200)]
    explainer = CounterfactualExplainer(target=(8.0, None), max_evals=300, random_state=0)
    return explainer.fit(lambda X: X[:, 0], X), X[20:100:20]


def test_farther_and_more_plausible(diagonal):
    explainer, rows = diagonal
    result = explainer.front(rows, SHARES)
    assert result.n_counterfactuals == 3
    assert result.found.all()
    factors = result.outlier_factors.reshape(-1, 3)
    own = explainer._plausibility.outlier_factors(explainer._space.codes)
    for level, share in enumerate(SHARES[1:], start=1):
        # Of the background with itself left out, about this share has smaller factors.
        assert (factors[:, level] <= explainer._plausibility.threshold(share)).all()
        assert abs((own <= explainer._plausibility.threshold(share)).mean() - share) < 0.05
    distances = result.distances.reshape(-1, 3)
    assert (np.diff(distances) >= 0).all()
    # To the goal along the first number is the nearest way, and leads away from all rows.
    np.testing.assert_allclose(distances[:, 0], (8 - rows[:, 0]) / 10 / 2, rtol=1e-2)
    assert (distances[:, 2] > 1.5 * distances[:, 0]).all()
    assert (result.predictions >= 8).all()


def test_the_first_of_a_front_is_the_nearest(diagonal):
    explainer, rows = diagonal
    np.testing.assert_array_equal(
        explainer.front(rows, [1.0]).counterfactuals, explainer.explain(rows).counterfactuals
    )


def test_outliers_become_rare_and_bounds_stay_true():
    X, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X[100:], y[100:])
    explainer = CounterfactualExplainer(max_evals=200, random_state=0).fit(model, X[100:])
    result = explainer.front(X[:12], (1.0, 0.75))
    nearest, likely = result.distances.reshape(-1, 2).T
    assert explainer.algorithm_ == "exact"
    assert (result.status[::2] == "optimal").all()
    bounds = result.lower_bounds.reshape(-1, 2)
    np.testing.assert_array_equal(bounds[:, 1], bounds[:, 0])  # the proof holds for both
    assert (likely >= nearest).all()
    assert likely.mean() > 1.2 * nearest.mean()
    rare = explainer._plausibility.threshold(0.75)
    assert (result.outlier_factors[::2] > rare).mean() > 0.3
    assert (result.outlier_factors[1::2] <= rare).all()
    assert (model.predict(result.counterfactuals) != np.repeat(model.predict(X[:12]), 2)).all()


def test_a_share_can_be_a_constraint(diagonal):
    front, rows = diagonal
    explainer = CounterfactualExplainer(
        target=(8.0, None), max_evals=300, random_state=0, constraints=[("plausible", 0.5)]
    ).fit(front.predictor_.model, front._space.codes)
    result = explainer.explain(rows)
    assert result.found.all()
    assert (result.outlier_factors <= explainer._plausibility.threshold(0.5)).all()


def test_rows_that_are_as_wanted_and_goals_out_of_reach(diagonal):
    explainer, rows = diagonal
    result = explainer.front(np.array([[9.0, 9.0]]), SHARES)
    assert result.status.tolist() == ["already_target"] * 3
    far = CounterfactualExplainer(target=(80.0, None), max_evals=50, random_state=0)
    far.fit(explainer.predictor_.model, explainer._space.codes)
    result = far.front(rows, SHARES)
    assert not result.found.any()
    np.testing.assert_array_equal(result.counterfactuals, np.repeat(rows, 3, axis=0))


def test_no_rows(diagonal):
    explainer, rows = diagonal
    assert len(explainer.front(rows[:0], SHARES)) == 0


@pytest.mark.parametrize("shares", [[], [0.5, 0.9], [0.9, 0.9], [1.5], [0.0], ["a"], "half", 0.5])
def test_shares_that_are_none(diagonal, shares):
    explainer, rows = diagonal
    with pytest.raises(ValueError, match="shares "):
        explainer.front(rows, shares)


def test_share_of_a_constraint_that_is_none():
    explainer = CounterfactualExplainer(constraints=[("plausible", 2)])
    with pytest.raises(ValueError, match=r"constraints has the share 2; expected a number"):
        explainer.fit(lambda X: X[:, 0], np.eye(3))


def test_several_and_a_front_do_not_go_together(diagonal):
    explainer, rows = diagonal
    several = CounterfactualExplainer(n_counterfactuals=2)
    several.fit(explainer.predictor_.model, explainer._space.codes)
    with pytest.raises(ValueError, match="n_counterfactuals is 2; a front needs 1"):
        several.front(rows)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_choose_front_against_a_loop(data):
    n_levels = data.draw(st.integers(1, 4))
    distances = np.array(
        [data.draw(st.lists(st.sampled_from([1.0, 2.0, 3.0, np.inf]), min_size=n_levels,
                            max_size=n_levels))]
    )  # fmt: skip
    # What is plausible enough for a level is so for all looser ones; each for its own.
    strict = [max(level, data.draw(st.integers(0, n_levels - 1))) for level in range(n_levels)]
    is_plausible = np.array([[[level <= most for level in range(n_levels)] for most in strict]])
    chosen = choose_front(distances, is_plausible)[0]
    for level, found in enumerate(chosen):
        pool = [k for k in range(n_levels) if is_plausible[0, k, level]]
        assert found in pool
        assert distances[0, found] == min(distances[0, k] for k in pool)
    assert (distances[0, chosen[1:]] >= distances[0, chosen[:-1]]).all()
