"""p-values, corrections, joint tests, estimability."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from skxai.linear._design import decompose
from skxai.linear._inference import (
    CORRECTIONS,
    adjust_p,
    half_width,
    is_estimable,
    joint_p,
    two_sided_p,
    wald_test,
)
from skxai.linear._least_squares import COV_TYPES, fit_least_squares


def test_p_values_from_printed_tables():
    # Classical table values: t(10) at 2.228 and the normal at 1.960 leave 5 % outside.
    assert two_sided_p(np.array([-2.228139]), 10)[0] == pytest.approx(0.05, abs=1e-7)
    assert two_sided_p(np.array([1.959964]))[0] == pytest.approx(0.05, abs=1e-7)
    assert half_width(2.0, 0.95, 10) == pytest.approx(2 * 2.228139, abs=1e-5)
    assert half_width(2.0, 0.95) == pytest.approx(2 * 1.959964, abs=1e-5)
    assert two_sided_p(np.array([35.0]))[0] > 0  # far tails do not round to zero


def test_corrections_by_hand():
    p = np.array([0.04, np.nan, 0.01, 0.03])
    np.testing.assert_allclose(adjust_p(p, "bonferroni"), [0.12, np.nan, 0.03, 0.09])
    np.testing.assert_allclose(adjust_p(p, "holm"), [0.06, np.nan, 0.03, 0.06])
    np.testing.assert_allclose(adjust_p(p, "fdr_bh"), [0.04, np.nan, 0.03, 0.04])
    np.testing.assert_array_equal(adjust_p(p, None), p)


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_corrections_against_statsmodels(correction):
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p = np.random.default_rng(0).random(40) ** 3
    expected = multitest.multipletests(p, method=correction)[1]
    np.testing.assert_allclose(adjust_p(p, correction), expected, rtol=1e-12)


@given(hnp.arrays(float, st.integers(0, 12), elements=st.floats(0, 1)))
def test_corrections_keep_order_and_bounds(p):
    bonferroni, holm, fdr = (adjust_p(p, correction) for correction in CORRECTIONS)
    for adjusted in (bonferroni, holm, fdr):
        assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()
        assert (adjusted <= 1).all()
    assert (p <= fdr + 1e-15).all()
    assert (fdr <= holm + 1e-15).all()
    assert (holm <= bonferroni + 1e-15).all()


def make_data(seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(80, 5)) @ rng.normal(size=(5, 5))
    return X, X @ [1.0, 0.2, 0, -0.1, 0] + rng.normal(size=80) * (1 + np.abs(X[:, 0]))


@pytest.mark.parametrize("cov_type", COV_TYPES)
def test_joint_test_against_statsmodels(cov_type):
    sm = pytest.importorskip("statsmodels.api")
    X, y = make_data()
    theirs = sm.OLS(y, sm.add_constant(X)).fit(cov_type=cov_type, use_t=True)
    fit = fit_least_squares(X, y, cov_type=cov_type)
    group = np.array([1, 2, 4])
    chi2, dof = wald_test(
        fit.coef[group], fit.covariance[1:, 1:][np.ix_(group, group)], np.empty((3, 0))
    )
    expected = theirs.f_test(np.eye(6)[1 + group])
    assert dof == 3
    np.testing.assert_allclose(chi2 / dof, expected.fvalue, rtol=1e-9)
    np.testing.assert_allclose(joint_p(chi2, dof, fit.dof), expected.pvalue, rtol=1e-9)
    np.testing.assert_allclose(joint_p(chi2, dof), stats.chi2.sf(chi2, 3))


@pytest.mark.parametrize(
    ("group", "lost"), [([0, 1, 2], 2), ([0, 1], 1), ([3], 1), ([0], 0), ([0, 3], 1)]
)
def test_joint_test_of_a_redundant_group_is_the_change_of_rss(group, lost):
    """Three dummies of one factor and an intercept: two of the three are estimable."""
    rng = np.random.default_rng(0)
    factor = rng.integers(3, size=60)
    X = np.column_stack([np.eye(3)[factor] * [1, 10, 100], rng.normal(size=60)])
    y = factor + X[:, 3] + rng.normal(size=60)
    fit, design = fit_least_squares(X, y), decompose(X)
    size = design.scale[group]
    chi2, dof = wald_test(
        fit.coef[group] * size,
        fit.covariance[1:, 1:][np.ix_(group, group)] * np.outer(size, size),
        design.null_space[group],
    )
    without = fit_least_squares(np.delete(X, group, axis=1), y)
    gain = without.scale * without.dof - fit.scale * fit.dof
    assert dof == lost
    if lost:
        np.testing.assert_allclose(chi2, gain / fit.scale, rtol=1e-8)
    else:
        assert np.isnan(chi2)
        assert np.isnan(joint_p(chi2, dof))


def test_coefficients_without_variance_are_no_part_of_the_test():
    covariance = np.diag([4.0, 0.0])
    chi2, dof = wald_test(np.array([2.0, 0.0]), covariance, np.empty((2, 0)))
    assert (chi2, dof) == (1.0, 1)


def test_what_is_estimable_with_all_dummies():
    factor = np.repeat([0, 1, 2], 5)
    X = np.column_stack([np.eye(3)[factor] * 1e-3, np.arange(15.0) ** 2])
    design = decompose(X)
    contrasts = np.array(
        [[1, -1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 5], [2, -1, -1, 3], [1, 1, 1, 0], [0, 0, 0, 0.0]]
    )
    estimable = is_estimable(contrasts, design.null_space, design.scale)
    assert estimable.tolist() == [True, False, True, True, False, True]
