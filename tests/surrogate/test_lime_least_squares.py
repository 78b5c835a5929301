"""The algebra of LIME's linear surrogates, without any model."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, Ridge, lars_path

from skxai.surrogate._fitting import _joined
from skxai.surrogate._kernels import effective_size, kernel_weights, shapley_kernel
from skxai.surrogate._least_squares import Moments, constrained, jackknife_errors, ridge
from skxai.surrogate._selection import forward, highest, lars


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    u = rng.normal(size=(40, 4)) @ rng.normal(size=(4, 4)) + 3
    f = np.column_stack([u[:, 0] * u[:, 1], u[:, 2] ** 2 + u[:, 3]])
    weights = rng.uniform(size=40)
    return u, f, weights / weights.sum()


def test_ridge_by_hand():
    """Samples 0, 1, 3 with weights 1/2, 1/4, 1/4: mean 1, variance 3/2, covariance with f 3."""
    u, f = np.array([[0.0], [1.0], [3.0]]), np.array([[1.0], [2.0], [7.0]])
    moments = Moments.of(u, f, np.array([0.5, 0.25, 0.25]))
    # cov = 1/2·0·1 + 1/4·1·2 + 1/4·3·7 - 1·(1/2 + 2/4 + 7/4) = 23/4 - 11/4 = 3
    np.testing.assert_allclose(ridge(moments, penalty=0.0), [[2.0]], rtol=1e-10)
    # The penalty counts standard deviations: 3 / (3/2 · (1 + 1/2)).
    np.testing.assert_allclose(ridge(moments, penalty=0.5), [[4 / 3]], rtol=1e-10)


def test_ridge_solves_the_weighted_problem(samples):
    u, f, weights = samples
    penalty = 0.3
    moments = Moments.of(u, f, weights)
    scales = np.sqrt(weights @ (u - weights @ u) ** 2)
    model = Ridge(alpha=penalty).fit(u / scales, f, sample_weight=weights)
    np.testing.assert_allclose(ridge(moments, penalty).T, model.coef_ / scales, rtol=1e-10)


def test_more_samples_of_the_same_leave_ridge_as_it_is(samples):
    u, f, weights = samples
    once = ridge(Moments.of(u, f, weights), 0.3)
    twice = ridge(Moments.of(np.tile(u, (2, 1)), np.tile(f, (2, 1)), np.tile(weights, 2) / 2), 0.3)
    np.testing.assert_allclose(twice, once, rtol=1e-12)


def test_constant_coordinates_get_nothing(samples):
    u, f, weights = samples
    u = np.column_stack([u, np.full(len(u), 0.1)])
    coef = ridge(Moments.of(u, f, weights))
    assert np.all(coef[4] == 0)
    np.testing.assert_allclose(coef[:4], ridge(Moments.of(u[:, :4], f, weights)), rtol=1e-12)


def fitted_without(u, f, weights, pair):
    """Coefficients of ordinary weighted least squares on all pairs, or on all but one."""
    kept = np.ones(len(u), dtype=bool)
    if pair is not None:
        kept[[pair, pair + len(u) // 2]] = False
    return LinearRegression().fit(u[kept], f[kept], sample_weight=weights[kept]).coef_.T


@pytest.mark.parametrize("selected", [None, [0, 2]])
def test_standard_errors_leave_out_pair_by_pair(samples, selected):
    """Fitted anew without each pair, for both outputs."""
    u, f, weights = samples
    used = [0, 1, 2, 3] if selected is None else selected
    moments = Moments.of(u, f, weights)
    coef = ridge(moments, 0.0, selected)
    residuals = f - moments.output_means - (u - moments.means) @ coef
    got = jackknife_errors(u, residuals, weights, moments, selected)
    whole = fitted_without(u[:, used], f, weights, None)
    moved = [fitted_without(u[:, used], f, weights, pair) - whole for pair in range(20)]
    expected = np.zeros((4, 2))
    expected[used] = np.sqrt(19 / 20 * np.square(moved).sum(axis=0))
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_opposites_do_not_cancel_in_standard_errors():
    """A large even part of the outputs adds nothing; what it hides is far below its rounding."""
    rng = np.random.default_rng(0)
    half, odd = rng.normal(size=(50, 2)), rng.normal(size=(50, 1))
    u, weights = np.concatenate([half, -half]), np.full(100, 0.01)
    errors = []
    for even in (0.0, 1e6):
        f = even + 1e-3 * np.concatenate([odd, -odd])
        moments = Moments.of(u, f, weights)
        residuals = f - moments.output_means - u @ ridge(moments)
        errors.append(jackknife_errors(u, residuals, weights, moments))
    np.testing.assert_allclose(errors[1], errors[0], rtol=1e-4)


def test_standard_errors_are_finite_when_pairs_cannot_be_spared():
    rng = np.random.default_rng(0)
    u, f, weights = rng.normal(size=(8, 6)), rng.normal(size=(8, 1)), np.full(8, 1 / 8)
    moments = Moments.of(u, f, weights)
    residuals = f - moments.output_means - (u - moments.means) @ ridge(moments)
    assert np.isfinite(jackknife_errors(u, residuals, weights, moments)).all()


def test_designs_are_joined_pair_by_pair():
    blocks = [
        (np.arange(4.0)[:, None], np.arange(4.0)[:, None], np.full(4, 0.25) * 4),
        (np.arange(10.0, 12)[:, None], np.arange(10.0, 12)[:, None], np.full(2, 0.5) * 2),
    ]
    coordinates, outputs, weights = _joined(blocks)
    assert coordinates.ravel().tolist() == [0, 1, 10, 2, 3, 11]
    np.testing.assert_array_equal(outputs, coordinates)
    np.testing.assert_allclose(weights, 1 / 6)


def test_constrained_solves_the_equations_of_lagrange(samples):
    u, f, weights = samples
    present = (u > 3).astype(float)
    totals = np.array([2.0, -1.0])
    coef, errors = constrained(present, f, weights, totals)
    gram = present.T @ (weights[:, None] * present)
    system = np.block([[gram, np.ones((4, 1))], [np.ones((1, 4)), np.zeros((1, 1))]])
    right = np.vstack([present.T @ (weights[:, None] * f), totals])
    np.testing.assert_allclose(coef, np.linalg.solve(system, right)[:4], rtol=1e-8)
    np.testing.assert_allclose(coef.sum(axis=0), totals, rtol=1e-12)
    assert errors.shape == coef.shape
    assert (errors > 0).all()


def explained(u, f, weights, chosen):
    model = LinearRegression().fit(u[:, chosen], f, sample_weight=weights)
    return model.score(u[:, chosen], f, sample_weight=weights)


def test_forward_takes_what_explains_most(samples):
    u, f, weights = samples
    moments = Moments.of(u, f, weights)
    for output in range(2):
        chosen = []
        for n_features in range(1, 5):
            rest = [j for j in range(4) if j not in chosen]
            chosen.append(
                max(rest, key=lambda j: explained(u, f[:, output], weights, [*chosen, j]))
            )
            assert forward(moments, output, n_features).tolist() == sorted(chosen)


def test_forward_takes_a_twin_once(samples):
    u, _, weights = samples
    twins = np.column_stack([u[:, 0], u[:, 0]])
    assert len(forward(Moments.of(twins, u[:, :1], weights), 0, 2)) == 1


def test_lars_follows_the_lasso_path(samples):
    u, f, weights = samples
    moments = Moments.of(u, f, weights)
    standard = (u - moments.means) / moments.scales * np.sqrt(weights)[:, None]
    centred = (f[:, 1] - moments.output_means[1]) * np.sqrt(weights)
    _, _, coefs = lars_path(standard, centred, method="lasso")
    for n_features in range(1, 5):
        step = np.flatnonzero(np.count_nonzero(coefs, axis=0) <= n_features)[-1]
        expected = np.flatnonzero(coefs[:, step])
        assert lars(moments, 1, n_features).tolist() == expected.tolist()


def test_highest_knows_no_units(samples):
    u, f, weights = samples
    moments = Moments.of(u, f, weights)
    sizes = np.abs(ridge(moments)[:, 0]) * moments.scales
    for n_features in (1, 2, 3):
        expected = sorted(np.argsort(-sizes)[:n_features])
        assert highest(moments, 0, n_features).tolist() == expected
        scaled = Moments.of(u * [1, 100, 0.01, 7], f, weights)
        assert highest(scaled, 0, n_features).tolist() == expected


@pytest.mark.parametrize(
    ("kernel", "profile"),
    [
        ("gaussian", lambda t: np.exp(-t * t / 2)),
        ("exponential", lambda t: np.exp(-t)),
        ("cosine", lambda t: np.cos(np.pi * t / 2) if t < 1 else 0),
        ("epanechnikov", lambda t: 1 - t * t if t < 1 else 0),
        (None, lambda t: 1),
    ],
)
def test_kernels(kernel, profile):
    distances = np.array([0.0, 0.5, 1.0, 1.9, 2.5])
    expected = np.array([profile(distance / 2) for distance in distances])
    got = kernel_weights(kernel, distances, 2.0)
    np.testing.assert_allclose(got, expected / expected.sum(), atol=1e-15)


def test_hamming_is_the_share_of_equal_coordinates():
    shares = np.array([0.0, 0.25, 1.0])  # that differ
    got = kernel_weights("hamming", np.sqrt(shares), 9.0)
    np.testing.assert_allclose(got, np.array([1, 0.75, 0]) / 1.75)


def test_lime_gives_much_weight_to_what_is_nowhere_near():
    """Its Gaussian kernel leaves 0.41 to a sample that differs in every feature, whatever d."""
    for d in (3, 30):
        near, far = kernel_weights("gaussian", np.array([0, np.sqrt(d)]), 0.75 * np.sqrt(d))
        np.testing.assert_allclose(far / near, 0.411, atol=1e-3)


def test_the_nearest_count_if_all_are_out_of_reach():
    got = kernel_weights("cosine", np.array([5.0, 6.0, 5.0]), 1.0)
    np.testing.assert_array_equal(got, [0.5, 0.0, 0.5])


def test_shapley_kernel_of_three():
    np.testing.assert_allclose(shapley_kernel(3), [0, 1 / 3, 1 / 3, 0])


def test_effective_size():
    np.testing.assert_allclose(effective_size(np.full(7, 1 / 7)), 7)
    np.testing.assert_allclose(effective_size(np.array([3.0, 1.0])), 1.6)
