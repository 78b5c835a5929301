"""ActivationMaximizer: closed forms, models with and without a derivative, refusals."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KernelDensity
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from skxai.activation import ActivationMaximizer, _search

X, Y = load_iris(return_X_y=True, as_frame=True)
MEAN, SPREAD = X.to_numpy().mean(axis=0), X.to_numpy().std(axis=0)
LINEAR = LinearRegression().fit(X, Y)
LOGISTIC = LogisticRegression(max_iter=1000).fit(X, Y)
NETWORK = make_pipeline(
    StandardScaler(),
    MLPClassifier((8,), solver="lbfgs", alpha=0.1, max_iter=2000, random_state=0),
).fit(X, Y)
FOREST = RandomForestClassifier(10, max_depth=4, random_state=0).fit(X, Y)


def fitted(model=NETWORK, background=X, **params):
    return ActivationMaximizer(**{"random_state": 0, **params}).fit(model, background)


@pytest.mark.parametrize("scaled", [False, True])
def test_linear_model_in_closed_form(scaled):
    model = make_pipeline(StandardScaler(), LinearRegression()).fit(X, Y) if scaled else LINEAR
    found = fitted(model, strength=0.7, bounds=None)
    expected = MEAN + SPREAD * (LINEAR.coef_ * SPREAD) / (2 * 0.7)
    np.testing.assert_allclose(found.prototypes_.to_numpy()[0], expected, atol=1e-6)
    np.testing.assert_allclose(found.activations_, LINEAR.predict(found.prototypes_))
    np.testing.assert_allclose(found.penalties_, (((expected - MEAN) / SPREAD) ** 2).sum())
    assert found.derivative_ == "analytic"


def test_linear_model_under_one_gaussian():
    """The maximum of w z - s (z - m) P (z - m) / 2 is m + C w / s."""
    found = fitted(
        LINEAR, penalty=GaussianMixture(1, reg_covar=0.0), strength=2.0, bounds=None
    ).prototypes_.to_numpy()[0]
    covariance = np.cov(X.to_numpy().T, bias=True)
    np.testing.assert_allclose(found, MEAN + covariance @ LINEAR.coef_ / 2, atol=1e-5)


def test_automatic_strength_goes_as_far_as_an_average_row():
    rng = np.random.RandomState(0)
    Z = rng.standard_normal((500, 6))
    Z = (Z - Z.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(Z.T, bias=True)).T)
    w = np.arange(1.0, 7.0)
    for penalty in ("l2", GaussianMixture(1, reg_covar=0.0)):
        found = fitted(lambda X: 100 * X @ w, Z, bounds=None, penalty=penalty)
        np.testing.assert_allclose(np.linalg.norm(found.prototypes_), np.sqrt(6), rtol=1e-4)


def test_bayes_rule_with_log_probabilities():
    """Of Gaussian classes alike, log p(c|x) + log p(x) is largest at the mean of the class."""
    rng = np.random.RandomState(0)
    half = rng.standard_normal((200, 2))
    half = (half - half.mean(axis=0)) / half.std(axis=0)
    apart = np.array([3.0, 0.0])
    Z = np.vstack([half - apart, half + apart])
    y = np.repeat(["left", "right"], 200)
    model = GaussianNB(var_smoothing=0.0).fit(Z, y)
    density = GaussianMixture(
        2,
        covariance_type="diag",
        means_init=np.array([[-1.0, 0.0], [1.0, 0.0]]),
        reg_covar=0.0,
        tol=1e-9,
        max_iter=500,
    )
    found = fitted(
        model,
        Z,
        penalty=density,
        strength=1.0,
        response_method="predict_log_proba",
        target=["left", "right"],
    )
    np.testing.assert_allclose(found.prototypes_, [[-3, 0], [3, 0]], atol=0.05)


@pytest.mark.parametrize("penalty", ["l2", "density", "mixture"])
def test_network_is_at_a_maximum(penalty):
    """No small step within the bounds is better."""
    found = fitted(penalty=penalty)
    assert found.derivative_ == "analytic"
    assert list(found.prototypes_.index) == ["0", "1", "2"]
    assert list(found.prototypes_.columns) == list(X.columns)
    rng = np.random.RandomState(0)
    low, high = found.bounds_.T
    for k in range(3):
        z = (found.prototypes_.to_numpy()[k] - MEAN) / SPREAD
        near = z + 0.02 * rng.standard_normal((200, 4))
        near = (np.clip(near * SPREAD + MEAN, low, high) - MEAN) / SPREAD
        rows = pd.DataFrame(near * SPREAD + MEAN, columns=X.columns)
        values = found.predictor_(rows)[:, k]
        omega = (near**2).sum(axis=1) if penalty == "l2" else -found.density_.score_samples(near)
        best = found.activations_[k] - found.strength_[k] * found.penalties_[k]
        assert best >= (values - found.strength_[k] * omega).max() - 1e-6


def test_default_is_the_raw_score():
    found = fitted()
    inner = NETWORK[-1]
    hidden = np.maximum(
        NETWORK[0].transform(found.prototypes_) @ inner.coefs_[0] + inner.intercepts_[0], 0
    )
    scores = hidden @ inner.coefs_[1] + inner.intercepts_[1]
    np.testing.assert_allclose(found.activations_, np.diagonal(scores))


def test_density_finds_more_typical_inputs_than_l2():
    density = KernelDensity(bandwidth="scott").fit((X - MEAN) / SPREAD)
    logs = {
        penalty: density.score_samples((fitted(penalty=penalty).prototypes_ - MEAN) / SPREAD)
        for penalty in ("l2", "density")
    }
    assert (logs["density"] > logs["l2"]).all()


def test_stronger_penalty_is_smaller_and_activates_less():
    weak, strong = fitted(strength=0.1), fitted(strength=1.0)
    assert (strong.penalties_ < weak.penalties_).all()
    assert (strong.activations_ < weak.activations_).all()


def test_bounds_are_kept():
    free = fitted(strength=0.0).prototypes_
    low, high = X.min(), X.max()
    assert ((free >= low) & (free <= high)).all(axis=None)
    name = X.columns[2]
    found = fitted(strength=0.0, bounds={name: (2.0, 3.0)}).prototypes_
    assert found[name].between(2.0, 3.0).all()
    assert (free[name] > 3.0).any()


def test_forest_by_search_without_derivative():
    """Nothing on a dense grid of two columns is better."""
    X2 = X.iloc[:, 2:].to_numpy()
    forest = RandomForestClassifier(10, max_depth=4, random_state=0).fit(X2, Y)
    found = fitted(forest, X2)
    assert found.derivative_ is None
    assert (forest.predict(found.prototypes_) == [0, 1, 2]).all()
    axes = [np.linspace(*ends, 120) for ends in found.bounds_]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    omega = (((grid - found.mean_) / found.scale_) ** 2).sum(axis=1)
    for k in range(3):
        there = (forest.predict_proba(grid)[:, k] - found.strength_[k] * omega).max()
        best = found.activations_[k] - found.strength_[k] * found.penalties_[k]
        assert best >= there - 1e-4


def test_models_without_known_derivative():
    """Behind an imputer, or in a function, the derivative is by differences."""
    known = fitted(LOGISTIC, strength=0.5).prototypes_
    model = make_pipeline(SimpleImputer(), LogisticRegression(max_iter=1000)).fit(X, Y)
    imputed = fitted(model, strength=0.5)
    assert imputed.derivative_ == "numeric"
    np.testing.assert_allclose(imputed.prototypes_, known, atol=1e-3)
    plain = fitted(lambda X: LOGISTIC.decision_function(X), strength=0.5)
    assert plain.derivative_ == "numeric"
    np.testing.assert_allclose(plain.prototypes_, known, atol=1e-3)


def test_columns_that_the_model_drops_stay_at_the_centre():
    names = list(X.columns)
    select = make_column_transformer((StandardScaler(), names[2:]))
    found = fitted(make_pipeline(select, LinearRegression()).fit(X, Y), strength=0.3)
    np.testing.assert_allclose(found.prototypes_[names[:2]].to_numpy()[0], MEAN[:2], atol=1e-6)
    assert found.prototypes_[names[2]].iloc[0] != pytest.approx(MEAN[2])


def test_columns_that_the_model_takes_by_name():
    names = list(X.columns)
    by_name = make_column_transformer(
        (StandardScaler(), [names[3]]), (StandardScaler(), [names[1]])
    )
    model = make_pipeline(by_name, LinearRegression()).fit(X[names[::-1]], Y)
    found = fitted(model, strength=0.7, bounds=None)
    slopes = model[-1].coef_ / 1.4
    expected = MEAN + SPREAD * [0.0, slopes[1], 0.0, slopes[0]]
    assert found.derivative_ == "analytic"
    np.testing.assert_allclose(found.prototypes_.to_numpy()[0], expected, atol=1e-6)


def test_constant_column():
    wide = X.assign(constant=0.1)
    model = LinearRegression().fit(wide, Y)
    for penalty in ("l2", "density", "mixture"):
        found = fitted(model, wide, penalty=penalty)
        assert found.prototypes_["constant"].tolist() == [0.1]
        assert found.scale_[-1] == 1.0


def test_kinds_of_tables():
    frame = fitted()
    values = X.to_numpy()
    bare = make_pipeline(StandardScaler(), MLPClassifier((8,), random_state=0))
    bare.steps[1] = ("net", NETWORK[-1])
    bare.steps[0] = ("scale", StandardScaler().fit(values))
    array = fitted(bare, values)
    assert type(array.prototypes_) is np.ndarray
    np.testing.assert_allclose(array.prototypes_, frame.prototypes_, atol=1e-5)
    single = fitted(bare, values.astype(np.float32))
    assert single.prototypes_.dtype == np.float32
    whole = fitted(LINEAR, (X * 10).round().astype(int), bounds=None)
    assert set(whole.prototypes_.dtypes) == {np.dtype(float)}


def test_targets():
    every = fitted()
    one = fitted(target=2)
    assert one.output_names_ == ["2"]
    # Both are optima, found on other batches: as near as the search goes.
    np.testing.assert_allclose(one.prototypes_, every.prototypes_.iloc[[2]], rtol=1e-5)
    with pytest.raises(ValueError, match="target is 'predicted'"):
        fitted(target="predicted")


@pytest.mark.parametrize("model", [NETWORK, FOREST], ids=["network", "forest"])
def test_same_result_again_and_in_parallel(model):
    params = {"penalty": "mixture", "max_evals": 1000}
    first = fitted(model, **params)
    again = fitted(model, n_jobs=2, **params)
    pd.testing.assert_frame_equal(first.prototypes_, again.prototypes_)


def test_nothing_of_the_callers_changes():
    background, before = X.copy(), pickle.dumps(FOREST)
    mixture = GaussianMixture(2)
    fitted(FOREST, background, penalty=mixture, max_evals=200)
    pd.testing.assert_frame_equal(background, X)
    assert pickle.dumps(FOREST) == before
    assert not hasattr(mixture, "means_")


def test_like_an_estimator():
    maximizer = ActivationMaximizer(penalty=KernelDensity(), n_starts=2)
    assert clone(maximizer).get_params()["n_starts"] == 2
    assert repr(clone(maximizer)) == repr(maximizer)
    with pytest.raises(NotFittedError):
        check_is_fitted(maximizer)
    maximizer.fit(NETWORK, X)
    check_is_fitted(maximizer)
    assert maximizer.n_features_in_ == 4
    assert list(maximizer.feature_names_in_) == list(X.columns)
    maximizer.fit(LINEAR_ON_ARRAYS, X.to_numpy())
    assert not hasattr(maximizer, "feature_names_in_")
    again = pickle.loads(pickle.dumps(maximizer))
    np.testing.assert_array_equal(again.prototypes_, maximizer.prototypes_)


LINEAR_ON_ARRAYS = LinearRegression().fit(X.to_numpy(), Y)


@pytest.mark.parametrize(
    "model", [LINEAR, lambda X: (X.to_numpy() ** 2).sum(axis=1)], ids=["linear", "quadratic"]
)
def test_open_ends_without_a_maximum(model):
    with pytest.raises(ValueError, match="grows without end"):
        fitted(model, bounds=None, strength=0.0)


def test_search_that_is_cut_short_warns(monkeypatch):
    monkeypatch.setattr(_search, "_MAX_ITER", 1)
    with pytest.warns(ConvergenceWarning, match="largest number of steps"):
        fitted(penalty="density")


def test_steps_are_seen_in_a_sorted_table():
    """The first rows of iris are all of one class, and get the same probabilities."""
    petals = X.iloc[:, 2:].to_numpy()
    forest = RandomForestClassifier(10, max_depth=4, random_state=0).fit(petals, Y)
    found = fitted(lambda X: forest.predict_proba(X), petals, max_evals=1000)
    assert found.derivative_ is None
    assert forest.predict(found.prototypes_).tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("background", "kind", "message"),
    [
        (None, TypeError, "X_background is NoneType"),
        (X.iloc[:0], ValueError, "X_background has no rows"),
        (sp.csr_matrix(X), TypeError, "X_background is sparse"),
        (X.assign(town="Ulm"), ValueError, "cells that are no numbers"),
        (X.mask(X > 6), ValueError, "missing or infinite values, first in column 'sepal length"),
    ],
)
def test_bad_background(background, kind, message):
    with pytest.raises(kind, match=message):
        fitted(NETWORK, background)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"penalty": "l1"}, "The 'penalty' parameter"),
        ({"strength": -1.0}, "The 'strength' parameter"),
        ({"n_starts": 0}, "The 'n_starts' parameter"),
        ({"max_evals": 9}, "The 'max_evals' parameter"),
        ({"bounds": "all"}, "bounds is 'all'"),
        ({"response_method": "odds"}, "The 'response_method' parameter"),
    ],
)
def test_bad_parameters(params, message):
    with pytest.raises(ValueError, match=message):
        fitted(**params)


def test_forest_needs_bounds():
    with pytest.raises(ValueError, match="needs finite bounds"):
        fitted(FOREST, bounds=None)


def test_unfitted_model():
    with pytest.raises(NotFittedError, match="model is not fitted"):
        fitted(LogisticRegression())
