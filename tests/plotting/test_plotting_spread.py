import numpy as np
import pytest
from scipy import stats

from skxai.plotting._spread import explained_share, levels, most_telling


def share_of(y, x, bins, level):
    return explained_share(*map(np.asarray, (y, x, bins, level)))


def test_one_bin_is_an_analysis_of_variance():
    rng = np.random.default_rng(0)
    level = rng.integers(0, 3, 60)
    y = rng.normal(size=60) + level
    share, p_value = share_of(y, np.zeros(60), np.zeros(60), level)
    anova = stats.f_oneway(*(y[level == k] for k in range(3)))
    assert p_value == pytest.approx(anova.pvalue)
    within = sum(((y[level == k] - y[level == k].mean()) ** 2).sum() for k in range(3))
    assert share == pytest.approx(1 - (within / 57) / y.var(ddof=1))


def test_against_least_squares_with_dummies():
    statsmodels = pytest.importorskip("statsmodels.formula.api")
    import pandas as pd

    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(120, 2)), columns=["x", "y"])
    frame["bin"] = (frame["x"] > 0).astype(int)
    frame["level"] = rng.integers(0, 3, 120)
    frame["y"] += frame["x"] * frame["level"] / 2
    small = statsmodels.ols("y ~ C(bin) * x", frame).fit()
    large = statsmodels.ols("y ~ C(bin) * x + C(bin) * C(level)", frame).fit()
    share, p_value = share_of(frame["y"], frame["x"], frame["bin"], frame["level"])
    assert share == pytest.approx(1 - large.mse_resid / small.mse_resid)
    assert p_value == pytest.approx(large.compare_f_test(small)[1])


def test_the_partner_in_a_product_is_found():
    rng = np.random.default_rng(0)
    x, z, other = rng.normal(size=(3, 400))
    others = {4: levels(other, False), 6: levels(z, False)}
    chosen, share = most_telling(x * z, x, others)
    assert chosen == 6
    assert 0.4 < share < 0.9
    chosen, share = most_telling((x > 0) * z**2, x, others)  # not monotone
    assert chosen == 6


def test_categories_as_the_partner_and_as_the_feature():
    rng = np.random.default_rng(0)
    job = rng.integers(0, 4, 300).astype(float)
    z, other = rng.normal(size=(2, 300))
    y = np.array([1.0, -1.0, 0.0, 2.0])[job.astype(int)] * z
    assert most_telling(y, z, {1: levels(job, True), 2: levels(other, False)})[0] == 1
    others = {1: levels(z, False), 2: levels(other, False)}
    assert most_telling(y, job, others, is_categorical=True)[0] == 1


def test_what_goes_along_with_the_feature_is_not_chosen():
    rng = np.random.default_rng(0)
    x = rng.normal(size=500)
    twin = x + 0.01 * rng.normal(size=500)
    assert most_telling(3 * x + 0.1 * rng.normal(size=500), x, {1: levels(twin, False)})[0] is None


def test_chance_chooses_nothing():
    chosen = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x, y, *others = rng.normal(size=(22, 100))
        chosen.append(most_telling(y, x, {j: levels(z, False) for j, z in enumerate(others)})[0])
    assert chosen.count(None) >= 38


def test_no_spread_few_rows_no_candidates():
    x = np.linspace(0, 1, 40)
    z = np.random.default_rng(0).normal(size=40)
    assert most_telling(2 * x, x, {1: levels(z, False)}) == (None, 0.0)
    assert most_telling(np.zeros(40), x, {1: levels(z, False)}) == (None, 0.0)
    assert most_telling(z, x, {}) == (None, 0.0)
    assert most_telling(z[:29], x[:29], {1: levels(z[:29], False)}) == (None, 0.0)
    assert most_telling(z, x, {1: levels(z, False)})[0] == 1


def test_missing_values_are_a_bin_and_a_level():
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 300))
    x[:60] = np.nan
    z[::3] = np.nan
    y = np.where(np.isnan(z), 1.0, 0.0) + 0.1 * rng.normal(size=300)
    chosen, share = most_telling(y, x, {5: levels(z, False)})
    assert chosen == 5
    assert share > 0.9


def test_levels():
    np.testing.assert_array_equal(
        levels(np.array([5.0, 1.0, np.nan, 3.0, 2.0, 9.0, 7.0]), False), [1, 0, -1, 1, 0, 2, 2]
    )
    np.testing.assert_array_equal(levels(np.array([1.0, 1.0, 1.0]), False), [1, 1, 1])
    codes = np.repeat(np.arange(12.0), np.arange(12, 0, -1))
    folded = levels(np.r_[codes, np.nan], True)
    assert folded[-1] == -1
    np.testing.assert_array_equal(folded[:-1], np.minimum(codes, 7))
