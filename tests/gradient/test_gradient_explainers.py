"""What the explainers by derivatives return, against cases worked by hand and closed forms."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skxai import (
    IntegratedGradientsExplainer,
    SaliencyExplainer,
    ShapleyExplainer,
    SmoothGradExplainer,
    TaylorExplainer,
)

RNG = np.random.default_rng(0)
X4 = RNG.normal(size=(60, 4)) * [1.0, 2.0, 3.0, 4.0] + 1


def product(X):
    X = np.asarray(X, dtype=float)
    return X[:, 0] * X[:, 1]


def squares(X):
    return (np.asarray(X, dtype=float) ** 2).sum(axis=1)


@pytest.fixture(scope="module")
def wine():
    X, y = load_wine(return_X_y=True, as_frame=True)
    network = MLPClassifier(12, activation="tanh", solver="lbfgs", max_iter=500, random_state=0)
    return make_pipeline(StandardScaler(), network).fit(X, y), X, y


@pytest.fixture(scope="module")
def towns():
    """A frame of a number and a text, and a network on it."""
    frame = pd.DataFrame({"age": X4[:, 0], "town": np.tile(["Ulm", "Bonn", "Jena"], 20)})
    encode = make_column_transformer((StandardScaler(), ["age"]), (OneHotEncoder(), ["town"]))
    network = MLPRegressor(
        hidden_layer_sizes=6, activation="tanh", solver="lbfgs", max_iter=1000, random_state=0
    )
    return make_pipeline(encode, network).fit(frame, frame["age"] * (frame["town"] == "Ulm")), frame


# -- sensitivity --------------------------------------------------------------------------------


def test_the_gradient_of_a_linear_model_is_its_coefficients():
    y = X4 @ [1.0, -2.0, 0.5, 0.0]
    plain = LinearRegression().fit(X4, y)
    scaled = make_pipeline(StandardScaler(), LinearRegression()).fit(X4, y)
    for model in (plain, scaled):
        explainer = SaliencyExplainer(kind="gradient").fit(model, X4)
        assert explainer.derivative_ == "analytic"
        values = explainer.explain(X4[:3]).values
        np.testing.assert_allclose(values, np.tile([1.0, -2.0, 0.5, 0.0], (3, 1)), atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("gradient", [3.0, 2.0]),
        ("squared", [9.0, 4.0]),
        ("absolute", [3.0, 2.0]),
        ("times_input", [6.0, 6.0]),
    ],
)
def test_kinds_on_a_product(kind, expected):
    explainer = SaliencyExplainer(kind=kind).fit(product, X4[:, :2])
    assert explainer.derivative_ == "numeric"
    np.testing.assert_allclose(explainer.explain([[2.0, 3.0]]).values, [expected], rtol=1e-8)


def test_absolute_of_a_negative_slope():
    explainer = SaliencyExplainer(kind="absolute").fit(product, X4[:, :2])
    np.testing.assert_allclose(explainer.explain([[-2.0, -3.0]]).values, [[3.0, 2.0]], rtol=1e-8)


def test_standardised_slopes_of_a_linear_model_are_correlations():
    """With a single column, w · sd(x) / sd(f) is 1."""
    model = LinearRegression().fit(X4[:, :1], 5 * X4[:, 0])
    explainer = SaliencyExplainer(kind="gradient", standardize=True).fit(model, X4[:, :1])
    np.testing.assert_allclose(explainer.explain(X4[:2, :1]).values, 1.0)


def test_encoded_columns_and_groups_are_summed(towns):
    model, frame = towns
    network, encode = model[-1], model[0]
    slopes = SaliencyExplainer(kind="gradient").fit(model, frame).explain(frame[:5]).values
    Z = np.asarray(encode.transform(frame[:5]))
    hidden = np.tanh(Z @ network.coefs_[0] + network.intercepts_[0])
    back = ((1 - hidden**2) * network.coefs_[1][:, 0]) @ network.coefs_[0].T
    scale = encode.named_transformers_["standardscaler"].scale_[0]
    expected = np.stack([back[:, 0] / scale, back[:, 1:].sum(axis=1)], axis=1)
    np.testing.assert_allclose(slopes, expected, atol=1e-12)
    grouped = SaliencyExplainer(kind="gradient", groups={"all": ["age", "town"]})
    np.testing.assert_allclose(
        grouped.fit(model, frame).explain(frame[:5]).values[:, 0], expected.sum(axis=1), atol=1e-12
    )


def test_the_raw_score_is_the_default(wine):
    model, X, _ = wine
    explanation = SaliencyExplainer().fit(model, X).explain(X[:4])
    logs = model.predict_log_proba(X[:4])
    raw = explanation.predictions
    np.testing.assert_allclose(raw - raw.mean(1, keepdims=True), logs - logs.mean(1, keepdims=True))


def test_margins_and_centred_logits(wine):
    model, X, _ = wine
    logs = model.predict_log_proba(X[:20])
    margin = SaliencyExplainer(response_method="margin").fit(model, X).explain(X[:20])
    rivals = np.stack([np.delete(logs, k, axis=1).max(axis=1) for k in range(3)], axis=1)
    np.testing.assert_allclose(margin.predictions, logs - rivals, atol=1e-9)
    centred = SaliencyExplainer(kind="gradient", response_method="centred_logit").fit(model, X)
    np.testing.assert_allclose(centred.explain(X[:5]).values.sum(axis=2), 0, atol=1e-12)


def test_trees_are_refused():
    from sklearn.ensemble import RandomForestRegressor

    model = RandomForestRegressor(5, random_state=0).fit(X4, X4[:, 0])
    with pytest.raises(ValueError, match="RandomForestRegressor, is constant near most rows"):
        SaliencyExplainer().fit(model, X4)


# -- SmoothGrad ---------------------------------------------------------------------------------


def test_smoothgrad_of_squares():
    """Of x², under noise s: the mean of 2(x+e) is 2x, of its square 4x² + 4s², its variance 4s²."""
    sizes = 0.5 * X4.std(axis=0)
    row = np.array([[1.0, -2.0, 0.5, 3.0]])
    expected = {
        "gradient": 2 * row[0],
        "squared": 4 * row[0] ** 2 + 4 * sizes**2,
        "variance": 4 * sizes**2,
        "times_input": 2 * row[0] ** 2,
    }
    for kind, values in expected.items():
        explainer = SmoothGradExplainer(kind=kind, n_samples=4096, noise=0.5, random_state=0)
        explanation = explainer.fit(squares, X4).explain(row)
        np.testing.assert_allclose(explanation.values[0], values, rtol=0.01)
        assert (np.abs(explanation.values[0] - values) < 4 * explanation.std_errors[0] + 1e-6).all()


@pytest.mark.parametrize("kind", ["gradient", "squared", "variance"])
def test_smoothgrad_errors_are_those_of_repetition(wine, kind):
    """The spread over seeds is at most what the errors say (noise is spread evenly), and near."""
    model, X, _ = wine
    found = [
        SmoothGradExplainer(kind=kind, n_samples=32, noise=1.0, random_state=seed)
        .fit(model, X)
        .explain(X[:3])
        for seed in range(40)
    ]
    spread = np.std([explanation.values for explanation in found], axis=0)
    told = np.mean([explanation.std_errors for explanation in found], axis=0)
    assert 0.3 < np.median(spread / told) < 1.15


def test_smoothgrad_is_the_mean_over_its_noise(wine):
    model, X, _ = wine
    explainer = SmoothGradExplainer(n_samples=10, random_state=0).fit(model, X)
    plain = SaliencyExplainer(kind="gradient").fit(model, X)
    noisy = X.iloc[[0]].to_numpy() + explainer.noise_
    expected = plain.explain(pd.DataFrame(noisy, columns=X.columns)).values.mean(axis=0)
    np.testing.assert_allclose(explainer.explain(X[:1]).values[0], expected, atol=1e-12)
    assert len(explainer.noise_) == 10
    np.testing.assert_allclose(explainer.noise_.sum(axis=0), 0, atol=1e-10)


def test_noise_by_column(wine):
    model, X, _ = wine
    explainer = SmoothGradExplainer(noise={"alcohol": 0.5}, random_state=0).fit(model, X)
    sizes = explainer.noise_.std(axis=0)
    assert sizes[0] == pytest.approx(0.5 * X["alcohol"].std(ddof=0), rel=0.1)
    assert not sizes[1:].any()
    with pytest.raises(ValueError, match=r"noise names \['beer'\]"):
        SmoothGradExplainer(noise={"beer": 1}).fit(model, X)
    with pytest.raises(ValueError, match="noise of 'alcohol' is -1"):
        SmoothGradExplainer(noise={"alcohol": -1}).fit(model, X)


def test_projected_noise_stays_in_the_domain(towns):
    model, frame = towns
    explainer = SmoothGradExplainer(noise=5.0, project=True, random_state=0).fit(model, frame)
    U = explainer._smooth.lift(frame[:5])
    points = explainer._domain.project((U[:, None] + explainer.noise_).reshape(-1, U.shape[1]))
    ages, shares = points[:, 0], points[:, 1:]
    assert ages.min() == frame["age"].min()
    assert ages.max() == frame["age"].max()
    assert (shares >= 0).all()
    np.testing.assert_allclose(shares.sum(axis=1), 1)


# -- integrated gradients -------------------------------------------------------------------------


def test_integrated_gradients_of_a_product():
    """On the way from 0 each factor of x·y earns half of it."""
    explainer = IntegratedGradientsExplainer(baseline=0.0).fit(product, X4[:, :2])
    explanation = explainer.explain([[2.0, 3.0]])
    np.testing.assert_allclose(explanation.values, [[3.0, 3.0]], rtol=1e-8)
    np.testing.assert_allclose(explanation.base_values, 0)


def test_integrated_gradients_from_the_background_are_the_mean_over_its_rows(wine):
    model, X, _ = wine
    background = X.iloc[::20]
    expected = IntegratedGradientsExplainer(baseline="background").fit(model, background)
    each = [
        IntegratedGradientsExplainer(baseline=background.iloc[[k]]).fit(model, X).explain(X[:3])
        for k in range(len(background))
    ]
    explanation = expected.explain(X[:3])
    np.testing.assert_allclose(
        explanation.values, np.mean([one.values for one in each], axis=0), atol=1e-5
    )
    np.testing.assert_allclose(
        explanation.base_values[0], expected.predictor_(background).mean(axis=0)
    )
    table = IntegratedGradientsExplainer(baseline=background).fit(model, X).explain(X[:3])
    np.testing.assert_allclose(table.values, explanation.values, atol=1e-5)


@pytest.mark.parametrize("baseline", ["mean", "median", "background", "root", 0.0])
def test_integrated_gradients_sum_to_the_difference(wine, baseline):
    model, X, _ = wine
    explainer = IntegratedGradientsExplainer(baseline=baseline).fit(model, X)
    explanation = explainer.explain(X[:5])
    assert not explainer.exact_
    scale = explainer.predictor_(X).std(axis=0)
    # Margins have kinks where the runner-up changes: there the nodes may not be enough.
    allowed = 1e-3 if baseline == "root" else 1e-6
    assert (np.abs(explanation.completeness_gap) <= allowed * scale).all()


@pytest.mark.parametrize("hidden", [(20,), (20, 10), (12, 10, 8)])
def test_rectifier_networks_are_exact(hidden):
    X, y = load_diabetes(return_X_y=True)
    network = MLPRegressor(hidden_layer_sizes=hidden, solver="lbfgs", max_iter=200, random_state=0)
    model = make_pipeline(StandardScaler(), network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
    explainer = IntegratedGradientsExplainer().fit(model, X)
    assert explainer.exact_
    explanation = explainer.explain(X)
    assert (
        np.abs(explanation.completeness_gap).max() < 1e-10 * np.abs(explanation.predictions).max()
    )
    fine = IntegratedGradientsExplainer(tol=1e-5).fit(model.predict, X)
    np.testing.assert_allclose(fine.explain(X[:3]).values, explanation[:3].values, atol=0.3)


def test_linear_models_have_their_shapley_values():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X4, X4[:, 0] > 1)
    explainer = IntegratedGradientsExplainer().fit(model, X4)
    assert explainer.exact_
    shapley = ShapleyExplainer(response_method="decision_function").fit(model, X4)
    np.testing.assert_allclose(
        explainer.explain(X4[:5]).values, shapley.explain(X4[:5]).values, atol=1e-12
    )


def test_bad_baselines(wine):
    model, X, _ = wine
    with pytest.raises(ValueError, match="baseline has 3 columns"):
        IntegratedGradientsExplainer(baseline=np.zeros((2, 3))).fit(model, X)
    with pytest.raises(ValueError, match="baseline has no rows"):
        IntegratedGradientsExplainer(baseline=X[:0]).fit(model, X)


# -- Taylor -------------------------------------------------------------------------------------


def test_taylor_at_the_foot_on_a_plane():
    """f = w·x + b: the root is the foot of the row, in standard deviations, and nothing remains."""
    w = np.array([1.0, -2.0, 0.5, 3.0])
    model = LinearRegression().fit(X4, X4 @ w + 1)
    explainer = TaylorExplainer(level=0).fit(model, X4)
    rows = X4[:6]
    explanation = explainer.explain(rows)
    scales = X4.std(axis=0)
    step = model.predict(rows)[:, None] * w * scales**2 / ((w * scales) ** 2).sum()
    np.testing.assert_allclose(explainer.roots(rows)[:, 0], rows - step, atol=1e-5)
    np.testing.assert_allclose(explanation.values, w * step, atol=1e-5)
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-10)


def test_taylor_of_classes_starts_from_their_border(wine):
    model, X, _ = wine
    explainer = TaylorExplainer().fit(model, X)
    rows = X[::30]
    roots = explainer.roots(rows)
    assert roots.shape == (len(rows), 3, X.shape[1])
    for k in range(3):
        p = model.predict_proba(pd.DataFrame(roots[:, k], columns=X.columns))
        np.testing.assert_allclose(p[:, k], np.delete(p, k, axis=1).max(axis=1), rtol=1e-6)
    np.testing.assert_allclose(explainer.explain(rows).base_values, 0, atol=1e-8)


def test_the_remainder_is_reported():
    """At its root x = 1, x² - 1 has the slope 2: at x = 3 it tells 4 of 8."""

    def parabola(X):
        return np.asarray(X)[:, 0] ** 2 - 1

    background = np.array([[0.0], [0.5], [3.0], [4.0]])
    explanation = TaylorExplainer(level=0).fit(parabola, background).explain([[3.0]])
    np.testing.assert_allclose(explanation.values, [[4.0]], rtol=1e-6)
    np.testing.assert_allclose(explanation.completeness_gap, [-4.0], rtol=1e-6)


def test_no_root_is_told():
    explainer = TaylorExplainer(level=-1).fit(squares, X4)
    with pytest.warns(UserWarning, match="no root was found for 3 of 3 outputs"):
        explanation = explainer.explain(X4[:3])
    assert not explanation.values.any()
    np.testing.assert_allclose(explanation.base_values, explanation.predictions)


def test_levels():
    X = X4
    model = LogisticRegression().fit(X, X[:, 0] > 1)
    assert TaylorExplainer().fit(model, X).levels_.tolist() == [0.0]
    assert TaylorExplainer(response_method="predict_proba").fit(model, X).levels_.tolist() == [0.5]
    regressor = LinearRegression().fit(X, X[:, 0])
    np.testing.assert_allclose(TaylorExplainer().fit(regressor, X).levels_, [X[:, 0].mean()])


def test_derivatives_are_no_attributions(wine, tmp_path):
    model, X, _ = wine
    explanation = SaliencyExplainer(standardize=True).fit(model, X).explain(X[:3])
    assert explanation.quantity == "standardised squared derivative"
    assert not explanation.is_additive
    explanation.save(tmp_path / "why.npz")
    assert type(explanation).load(tmp_path / "why.npz").quantity == explanation.quantity
    assert explanation[0].quantity == explanation.output(0).quantity == explanation.quantity
    integrated = IntegratedGradientsExplainer().fit(model, X).explain(X[:3])
    assert integrated.is_additive


def test_no_waterfall_of_derivatives(wine):
    pytest.importorskip("matplotlib")
    model, X, _ = wine
    explanation = (
        SmoothGradExplainer(random_state=0, target="predicted").fit(model, X).explain(X[:1])
    )
    with pytest.raises(ValueError, match="derivative"):
        explanation.plot("waterfall")
