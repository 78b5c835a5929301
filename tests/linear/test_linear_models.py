"""Reading fitted scikit-learn models: loss, penalty, coefficients."""

import numpy as np
import pytest
import sklearn.linear_model as lm
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestRegressor
from sklearn.naive_bayes import GaussianNB

from skxai.linear._estimate import estimate
from skxai.linear._models import LinearModel, read_as, read_linear_model
from skxai.linear._targets import check_response, with_class_weight

EXACT = {"tol": 1e-10, "max_iter": 100_000}


def logistic(penalty, C=1.0, **options):
    """LogisticRegression, in the spelling of the installed version."""
    ratio = {"l1": 1.0, "l2": 0.0, "elasticnet": 0.5}.get(penalty)
    if lm.LogisticRegression().l1_ratio is None:  # before scikit-learn 1.8
        options["penalty"] = penalty
        ratio = ratio if penalty == "elasticnet" else None
        C = 1.0 if penalty is None else C
    else:
        ratio = ratio or 0.0
        C = np.inf if penalty is None else C
    return lm.LogisticRegression(C=C, l1_ratio=ratio, **EXACT, **options)


def several_outputs(y):
    return np.column_stack([y, y[::-1]])


REGRESSORS = [
    lm.LinearRegression(),
    lm.LinearRegression(fit_intercept=False),
    lm.LinearRegression(positive=True),
    lm.Ridge(alpha=0.3),
    lm.Ridge(alpha=0.3, fit_intercept=False),
    lm.RidgeCV(alphas=[0.01, 0.1, 1.0]),
    lm.Lasso(alpha=0.3, **EXACT),
    lm.ElasticNet(alpha=0.05, l1_ratio=0.7, **EXACT),
    lm.LassoCV(cv=3, **EXACT),
    lm.ElasticNetCV(cv=3, l1_ratio=[0.9], **EXACT),
    lm.PoissonRegressor(alpha=0.0, **EXACT),
    lm.PoissonRegressor(alpha=0.01, fit_intercept=False, **EXACT),
    lm.GammaRegressor(alpha=0.01, **EXACT),
    lm.TweedieRegressor(power=0, alpha=0.01, **EXACT),
    lm.TweedieRegressor(power=1, alpha=0.01, **EXACT),
    lm.TweedieRegressor(power=2, alpha=0.01, link="log", **EXACT),
]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("model", REGRESSORS, ids=repr)
def test_the_loss_that_is_read_is_the_loss_that_was_minimised(model, weighted):
    """Minimising it anew gives the model's own coefficients."""
    X, y = load_diabetes(return_X_y=True)
    if not getattr(model, "fit_intercept", True) and "Poisson" in repr(model):
        y = y / 100
    weight = np.random.default_rng(0).uniform(0.2, 2, len(y)) if weighted else np.ones(len(y))
    model.fit(X, y, sample_weight=weight if weighted else None)
    linear = read_linear_model(model)
    fits, joint = estimate(linear, X, y[:, None], weight, "nonrobust")
    assert joint is None
    np.testing.assert_allclose(fits[0].coef, model.coef_, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(fits[0].intercept, model.intercept_, rtol=1e-5)
    assert ((fits[0].coef == 0) == (model.coef_ == 0)).all()


@pytest.mark.parametrize(
    "model", [lm.LinearRegression(), lm.Ridge(alpha=np.array([0.1, 5.0])), lm.Lasso()]
)
def test_several_outputs_have_their_own_penalties_and_zeros(model):
    X, y = load_diabetes(return_X_y=True)
    y = several_outputs(y)
    model.fit(X, y)
    fits, _ = estimate(read_linear_model(model), X, y, np.ones(len(y)), "nonrobust")
    got = np.array([fit.coef for fit in fits])
    np.testing.assert_allclose(got, model.coef_, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize(
    "model",
    [
        logistic(None, solver="newton-cg"),
        logistic("l2", C=0.1),
        logistic("l2", fit_intercept=False),
        logistic("l1", C=0.1, solver="saga"),
        logistic("elasticnet", C=0.1, solver="saga"),
        logistic("l2", class_weight="balanced"),
        logistic("l2", class_weight={0: 1.0, 1: 3.0}),
        lm.LogisticRegressionCV(Cs=[0.1], cv=3, **EXACT),
    ],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_logistic_losses(model):
    X, y = load_diabetes(return_X_y=True)
    X, y = X / X.std(axis=0), (y > 200).astype(int)
    model.fit(X, y)
    linear = read_linear_model(model)
    assert linear.family == "binomial"
    weight = with_class_weight(np.ones(len(y)), linear.class_weight, model.classes_, y)
    fits, _ = estimate(linear, X, y, weight, "nonrobust")
    np.testing.assert_allclose(fits[0].coef, model.coef_[0], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("penalty", ["l2", None])
def test_multinomial_loss(penalty):
    X, y = load_iris(return_X_y=True)
    X = X[:, :2]
    model = logistic(penalty, C=0.5, solver="newton-cg").fit(X, y)
    linear = read_linear_model(model)
    assert linear.family == "multinomial"
    if penalty is None:  # setosa is separated by these columns
        y = np.random.default_rng(0).integers(3, size=len(y))
        model.fit(X, y)
        linear = read_linear_model(model)
    fits, joint = estimate(linear, X, y, np.ones(len(y)), "nonrobust")
    assert joint.shape == (3, 3, 3, 3)
    np.testing.assert_allclose(
        [fit.coef for fit in fits], model.coef_, rtol=1e-3, atol=1e-4 * np.abs(model.coef_).max()
    )


@pytest.mark.parametrize(
    "model",
    [
        RandomForestRegressor(n_estimators=2),
        GaussianNB(),
        lm.HuberRegressor(max_iter=1000),
        lm.TweedieRegressor(power=1.5),
        lm.TweedieRegressor(power=1, link="identity"),
        lm.MultiTaskLasso(),
        lm.SGDRegressor(max_iter=10_000),
        lambda X: X,
    ],
    ids=lambda model: type(model).__name__,
)
def test_other_models_are_not_read(model):
    X, y = load_diabetes(return_X_y=True)
    if isinstance(model, lm.MultiTaskLasso):
        model.fit(X, several_outputs(y))
    elif hasattr(model, "fit"):
        model.fit(X, (y > 100).astype(int) if isinstance(model, GaussianNB) else y)
    assert read_linear_model(model) is None


@pytest.mark.skipif(
    "multi_class" not in lm.LogisticRegression().get_params(), reason="scikit-learn < 1.8 only"
)
@pytest.mark.filterwarnings("ignore:'multi_class' was deprecated")
def test_old_schemes_of_classes_are_not_read():
    X, y = load_iris(return_X_y=True)
    softmax = lm.LogisticRegression(multi_class="multinomial", max_iter=1000)
    assert read_linear_model(softmax.fit(X, y)).family == "multinomial"
    assert read_linear_model(softmax.fit(X[:100], y[:100])) is None  # half the log-odds
    apart = lm.LogisticRegression(multi_class="ovr", max_iter=1000)
    assert read_linear_model(apart.fit(X, y)) is None


def test_what_is_penalised():
    X, y = load_diabetes(return_X_y=True)
    assert not read_linear_model(lm.LinearRegression().fit(X, y)).is_penalised
    assert not read_linear_model(lm.Ridge(alpha=0).fit(X, y)).is_penalised
    for model in (lm.LinearRegression(positive=True), lm.Ridge(), lm.Lasso(), lm.ElasticNet()):
        assert read_linear_model(model.fit(X, y)).is_penalised


def test_classes_of_ones_own_can_be_registered():
    class Median(lm.QuantileRegressor):
        pass

    X, y = load_diabetes(return_X_y=True)
    model = Median(alpha=0, solver="highs").fit(X, y)
    assert read_linear_model(model) is None
    read_linear_model.register(
        Median, lambda model: LinearModel("gaussian", model.coef_, model.intercept_, True)
    )
    assert read_linear_model(model).coef.shape == (1, 10)


def test_reading_by_a_named_family():
    X, y = load_diabetes(return_X_y=True)
    huber = lm.HuberRegressor(max_iter=1000).fit(X, y)
    linear = read_as(huber, "gaussian")
    np.testing.assert_array_equal(linear.coef, huber.coef_[None])
    assert not linear.is_penalised
    assert read_as(lm.Ridge(alpha=2.0).fit(X, y), "gaussian").alpha == 2
    with pytest.raises(ValueError, match="family is 'poisson', but Ridge is 'gaussian'"):
        read_as(lm.Ridge().fit(X, y), "poisson")
    with pytest.raises(ValueError, match="needs a model with coef_ and intercept_"):
        read_as(RandomForestRegressor(n_estimators=2).fit(X, y), "gaussian")


@pytest.mark.parametrize(
    ("family", "y", "message"),
    [
        ("gaussian", [1.0, 2.0], r"y has shape \(2,\); expected \(3,\)"),
        ("gaussian", 1.0, r"y has shape \(\); expected \(3,\)"),
        ("gaussian", ["a", "b", "c"], "y is not numeric"),
        ("gaussian", [1.0, np.nan, 2.0], "y has missing or infinite values"),
        ("gaussian", [[1, 2]] * 3, "y has 2 columns; the model has 1 outputs"),
        ("poisson", [1, -1, 2], "y has negative values"),
        ("poisson", [0, 0, 0], "only zeros"),
        ("gamma", [1, 0, 2], "not positive"),
        ("binomial", ["no", "yes", "maybe"], r"y has labels \['maybe'\]; the model's classes are"),
        ("binomial", ["no", "no", "no"], r"y has no row of class \['yes'\]"),
        ("binomial", [["no", "yes"]] * 3, "expected one class label for each row"),
    ],
)
def test_responses_that_do_not_fit(family, y, message):
    linear = LinearModel(family, np.ones((1, 2)), [0.0], True)
    with pytest.raises(ValueError, match=message):
        check_response(y, linear, np.array(["no", "yes"]), 3)


def test_responses_become_codes_and_columns():
    linear = LinearModel("binomial", np.ones((1, 2)), [0.0], True)
    codes = check_response([["yes"], ["no"], ["yes"]], linear, np.array(["no", "yes"]), 3)
    assert codes.tolist() == [1, 0, 1]
    linear = LinearModel("gaussian", np.ones((1, 2)), [0.0], True)
    assert check_response([1, 2, 3], linear, None, 3).shape == (3, 1)
