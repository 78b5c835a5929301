"""LinearImportanceExplainer on linear models whose training data are given."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.linear_model import (
    ElasticNet,
    GammaRegressor,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
)

from skxai.linear import LinearImportanceExplainer

COLUMNS = [
    *("feature", "source", "coef", "coef_scaled", "std_error", "statistic", "p_value"),
    *("p_adjusted", "ci_lower", "ci_upper", "vif", "identified", "p_valid"),
]


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return X * [10, 1, 5, 8, 1, 2, 3, 4, 5, 6] + 3, y


@pytest.fixture(scope="module")
def tumours():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    X = X[["mean texture", "mean smoothness", "mean symmetry"]]
    return (X - X.mean()) / X.std(), y.map({0: "malignant", 1: "benign"})


def logistic():
    return LogisticRegression(C=np.inf, tol=1e-8, max_iter=10_000)


def fit(model, X, y, **params):
    return LinearImportanceExplainer(**params).fit(model, X, y)


def test_a_line_by_hand():
    # Slope 0.9 ± sqrt(0.07), see the least-squares tests; x has mean 1.5 and variance 1.25.
    X, y = pd.DataFrame({"dose": [0.0, 1, 2, 3]}), [1.0, 2, 2, 4]
    explainer = fit(LinearRegression().fit(X, y), X, y)
    (row,) = explainer.table_.itertuples()
    assert row.coef == pytest.approx(0.9)
    assert row.std_error == pytest.approx(0.07**0.5)
    assert row.statistic == pytest.approx(0.9 / 0.07**0.5)
    assert row.coef_scaled == pytest.approx(0.9 * 1.25**0.5)
    # A t with 2 degrees of freedom has P(|T| > t) = 1 - t / sqrt(t² + 2).
    t = row.statistic
    assert row.p_value == pytest.approx(1 - t / (t**2 + 2) ** 0.5)
    assert row.ci_upper == pytest.approx(0.9 + 4.302653 * 0.07**0.5, rel=1e-6)
    assert (row.vif, row.identified, row.p_valid) == (pytest.approx(1), True, True)
    explanation = explainer.explain(pd.DataFrame({"dose": [3.5]}))
    np.testing.assert_allclose(explanation.values, [[1.8]])
    np.testing.assert_allclose(explanation.std_errors, [[2 * 0.07**0.5]])
    np.testing.assert_allclose(explanation.base_values, np.mean(y))


@pytest.mark.parametrize("cov_type", ["nonrobust", "HC0", "HC1", "HC2", "HC3"])
@pytest.mark.parametrize("weighted", [False, True])
def test_table_against_statsmodels(diabetes, cov_type, weighted):
    sm = pytest.importorskip("statsmodels.api")
    X, y = diabetes
    weight = np.random.default_rng(0).uniform(0.5, 2, len(y)) if weighted else None
    model = LinearRegression().fit(X, y, sample_weight=weight)
    explainer = fit(
        model, X, y, cov_type=cov_type, sample_weight=weight, confidence_level=0.9, correction=None
    )
    theirs = sm.WLS(y, sm.add_constant(X), weights=1 if weight is None else weight)
    theirs = theirs.fit(cov_type=cov_type, use_t=True)
    table = explainer.table_
    assert list(table.columns) == COLUMNS
    assert list(table["feature"]) == list(table["source"]) == list(X.columns)
    expected = {
        "coef": theirs.params,
        "std_error": theirs.bse,
        "statistic": theirs.tvalues,
        "p_value": theirs.pvalues,
        "p_adjusted": theirs.pvalues,
        "ci_lower": theirs.conf_int(0.1)[0],
        "ci_upper": theirs.conf_int(0.1)[1],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(table[name], values.iloc[1:], rtol=1e-9, err_msg=name)
    mean = np.average(X, axis=0, weights=weight)
    sd = np.sqrt(np.average((X - mean) ** 2, axis=0, weights=weight))
    np.testing.assert_allclose(table["coef_scaled"], model.coef_ * sd, rtol=1e-9)
    assert explainer.dof_ == pytest.approx([theirs.df_resid])
    assert explainer.scale_ == pytest.approx([theirs.scale])
    assert explainer.r2_ == pytest.approx([theirs.rsquared])
    np.testing.assert_allclose(explainer.coef_, [model.coef_])
    np.testing.assert_allclose(explainer.intercept_, [model.intercept_])
    assert not explainer.surrogate_
    assert explainer.family_ == "gaussian"


@pytest.mark.parametrize("family", ["binomial", "poisson", "gamma"])
def test_generalised_linear_models_against_statsmodels(diabetes, family):
    sm = pytest.importorskip("statsmodels.api")
    X, y = diabetes
    X = (X - X.mean()) / X.std()
    exact = {"alpha": 0, "tol": 1e-10, "max_iter": 10_000}
    model, theirs = {
        "binomial": (logistic(), sm.families.Binomial()),
        "poisson": (PoissonRegressor(**exact), sm.families.Poisson()),
        "gamma": (GammaRegressor(**exact), sm.families.Gamma(sm.families.links.Log())),
    }[family]
    y = (y > 150).astype(int) if family == "binomial" else np.ceil(y / 20)
    explainer = fit(model.fit(X, y), X, y)
    theirs = sm.GLM(y, sm.add_constant(X), family=theirs)
    theirs = theirs.fit(tol=1e-12, tol_criterion="params", maxiter=200)
    for name, values in {
        "coef": theirs.params,
        "std_error": theirs.bse,
        "statistic": theirs.tvalues,
        "p_value": theirs.pvalues,
        "ci_lower": theirs.conf_int()[0],
    }.items():
        np.testing.assert_allclose(explainer.table_[name], values.iloc[1:], rtol=1e-9, err_msg=name)
    assert explainer.family_ == family
    assert explainer.scale_ == pytest.approx([theirs.scale])
    test = theirs.wald_test(np.eye(11)[[3, 4]], scalar=True)
    both = fit(model, X, y, groups={"both": ["bmi", "bp"]}).group_table_.iloc[0]
    assert (both["feature"], both["test"], both["dof"]) == ("both", "chi2", 2)
    assert both["statistic"] == pytest.approx(float(test.statistic), rel=1e-9)
    assert both["p_value"] == pytest.approx(float(test.pvalue), rel=1e-9)


def test_group_f_test_is_the_change_of_rss(diabetes):
    X, y = diabetes
    groups = {"lipids": ["s1", "s2", "s3"], "body": ["bmi", "bp"]}
    table = fit(LinearRegression().fit(X, y), X, y, groups=groups).group_table_

    def rss(columns):
        model = LinearRegression().fit(X[columns], y)
        return ((y - model.predict(X[columns])) ** 2).sum()

    full = rss(list(X.columns))
    assert list(table["feature"]) == ["lipids", "body", "age", "sex", "s4", "s5", "s6"]
    for name, statistic, dof in zip(table["feature"], table["statistic"], table["dof"]):
        left_out = groups.get(name, [name])
        rest = rss([column for column in X if column not in left_out])
        assert dof == len(left_out)
        assert statistic == pytest.approx((rest - full) / dof / (full / (len(y) - 11)))


@pytest.mark.parametrize("groups", [None, {"lipids": ["s1", "s2", "s3"]}, [[0, 9], [1, 2]]])
def test_contributions_and_their_errors_by_the_definition(diabetes, groups):
    X, y = diabetes
    model = LinearRegression().fit(X, y)
    explainer = fit(model, X, y, groups=groups)
    explanation = explainer.explain(X[:7])
    A = np.column_stack([np.ones(len(X)), X])
    covariance = explainer.scale_[0] * np.linalg.inv(A.T @ A)[1:, 1:]
    centred = (X[:7] - X.mean()).to_numpy()
    for k, columns in enumerate(explanation.groups):
        part = centred[:, columns]
        np.testing.assert_allclose(explanation.values[:, k], part @ model.coef_[list(columns)])
        variance = np.einsum("ij,jk,ik->i", part, covariance[np.ix_(columns, columns)], part)
        np.testing.assert_allclose(explanation.std_errors[:, k], np.sqrt(variance), rtol=1e-6)
    np.testing.assert_allclose(explanation.base_values, model.predict(X).mean())
    np.testing.assert_allclose(explanation.predictions, model.predict(X[:7]))
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-9)


def test_intervals_of_contributions_cover_the_truth():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3)) @ rng.normal(size=(3, 3))
    coef = np.array([1.0, -2.0, 0.5])
    true = ((X[0] - X.mean(axis=0)) * coef)[[0, 1]].sum()
    covered = 0
    for _ in range(250):
        y = X @ coef + rng.normal(size=40)
        explainer = fit(LinearRegression().fit(X, y), X, y, groups=[[0, 1]])
        one = explainer.explain(X[:1])
        covered += abs(one.values[0, 0] - true) < 2.028 * one.std_errors[0, 0]  # t(36) at 97.5 %
    assert 0.92 < covered / 250 < 0.98


def test_binary_classifier_and_its_negative_class(tumours):
    X, y = tumours
    model = logistic().fit(X, y)
    assert list(model.classes_) == ["benign", "malignant"]
    positive = fit(model, X, y)
    negative = fit(model, X, y, target="benign")
    both = fit(model, X, y, target=["malignant", "benign"])
    assert positive.output_names_ == ["malignant"]
    for name, sign in [("coef", -1), ("statistic", -1), ("std_error", 1), ("p_value", 1)]:
        np.testing.assert_allclose(negative.table_[name], sign * positive.table_[name])
    np.testing.assert_allclose(negative.table_["ci_lower"], -positive.table_["ci_upper"])
    assert list(both.table_.columns) == ["output", *COLUMNS]
    expected = pd.concat([positive.table_, negative.table_], ignore_index=True)
    expected.insert(0, "output", ["malignant"] * 3 + ["benign"] * 3)
    pd.testing.assert_frame_equal(both.table_, expected)
    score = model.decision_function(X[:5])
    np.testing.assert_allclose(positive.explain(X[:5]).predictions, score)
    np.testing.assert_allclose(negative.explain(X[:5]).predictions, -score)
    for explainer in (positive, negative, both):
        np.testing.assert_allclose(explainer.explain(X).completeness_gap, 0, atol=1e-9)
    chosen = fit(model, X, y, target="predicted").explain(X[:5])
    np.testing.assert_allclose(chosen.predictions, np.abs(score))


def test_multinomial(diabetes):
    sm = pytest.importorskip("statsmodels.api")
    X, _ = diabetes
    X, rng = (X - X.mean()) / X.std(), np.random.default_rng(0)
    X, y = X[["bmi", "bp", "s5"]], rng.integers(3, size=len(X))
    y = np.where(X["bmi"] + rng.normal(size=len(X)) > 1, 2, y)
    model = logistic().fit(X, y)
    explainer = fit(model, X, y)
    np.testing.assert_allclose(explainer.explain(X).completeness_gap, 0, atol=1e-9)
    np.testing.assert_allclose(explainer.explain(X[:4]).predictions, model.decision_function(X[:4]))
    assert list(explainer.table_["output"]) == ["0"] * 3 + ["1"] * 3 + ["2"] * 3
    # No column has an effect on any class: Wald's test does not depend on the parametrisation.
    theirs = sm.MNLogit(y, sm.add_constant(X)).fit(method="newton", disp=0)
    for j, name in enumerate(X.columns, start=1):
        contrast = np.zeros((2, 8))
        contrast[0, j], contrast[1, 4 + j] = 1, 1
        expected = theirs.wald_test(contrast, scalar=True)
        row = explainer.group_table_.set_index("feature").loc[name]
        assert row["statistic"] == pytest.approx(float(expected.statistic), rel=1e-8)
        assert row["dof"] == 2
        assert row["p_value"] == pytest.approx(float(expected.pvalue), rel=1e-7)
    some = fit(model, X, y, target=[2, 0])
    rows = explainer.table_.set_index("output").loc[["2", "0"]].reset_index()
    pd.testing.assert_frame_equal(some.table_, rows)
    assert fit(model, X, y, cov_type="HC0").table_["std_error"].notna().all()
    with pytest.raises(ValueError, match="cov_type is 'HC3'; a multinomial model has"):
        fit(model, X, y, cov_type="HC3")


@pytest.mark.parametrize("model", [PoissonRegressor(alpha=0), GammaRegressor(alpha=0)], ids=repr)
def test_means_are_explained_on_the_log_scale(diabetes, model):
    X, y = diabetes
    X = (X - X.mean()) / X.std()
    model.set_params(tol=1e-8, max_iter=1000).fit(X, y)
    explanation = fit(model, X, y).explain(X[:5])
    np.testing.assert_allclose(explanation.predictions, np.log(model.predict(X[:5])))
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-12)


def test_several_outputs_are_corrected_apart(diabetes):
    X, y = diabetes
    both = np.column_stack([y, y[::-1]])
    explainer = fit(LinearRegression().fit(X, both), X, both, correction="bonferroni")
    alone = fit(LinearRegression().fit(X, y), X, y, correction="bonferroni")
    first = explainer.table_[explainer.table_["output"] == "y0"].drop(columns="output")
    pd.testing.assert_frame_equal(first, alone.table_)
    first = explainer.group_table_[explainer.group_table_["output"] == "y0"]
    pd.testing.assert_frame_equal(first.drop(columns="output"), alone.group_table_)
    expected = np.minimum(10 * alone.table_["p_value"], 1)
    np.testing.assert_allclose(alone.table_["p_adjusted"], expected)
    assert explainer.r2_.shape == (2,)
    assert explainer.explain(X[:3]).values.shape == (3, 10, 2)


def test_arrays_and_sparse_matrices(diabetes):
    X, y = diabetes
    frame = fit(LinearRegression().fit(X, y), X, y)
    for table in (X.to_numpy(), sp.csr_matrix(X.to_numpy())):
        explainer = fit(LinearRegression().fit(table, y), table, y)
        assert list(explainer.table_["feature"]) == [f"x{j}" for j in range(10)]
        np.testing.assert_allclose(explainer.table_["statistic"], frame.table_["statistic"])
        np.testing.assert_allclose(
            explainer.explain(table[:3]).values, frame.explain(X[:3]).values, rtol=1e-3
        )


def test_rows_of_weight_zero_are_absent(diabetes):
    X, y = diabetes
    weight = (np.arange(len(y)) % 3 > 0).astype(float)
    model = LinearRegression().fit(X[weight > 0], y[weight > 0])
    some = fit(model, X, y, sample_weight=weight)
    few = fit(model, X[weight > 0], y[weight > 0])
    pd.testing.assert_frame_equal(some.table_, few.table_)
    np.testing.assert_array_equal(some.explain(X[:5]).values, few.explain(X[:5]).values)


def test_no_warning_if_all_is_well(diabetes, tumours):
    """Default solvers come near enough; pytest turns any warning into an error."""
    X, y = diabetes
    X = (X - X.mean()) / X.std()
    for model in (
        LinearRegression(),
        LinearRegression(fit_intercept=False),
        PoissonRegressor(alpha=0, max_iter=1000),
        GammaRegressor(alpha=0, max_iter=1000),
    ):
        explainer = fit(model.fit(X, y), X, y)
        assert explainer.table_["p_valid"].all()
        assert explainer.unidentified_ == []
    X, y = tumours
    fit(LogisticRegression(C=np.inf).fit(X, y), X, y)


def test_other_data_than_the_models_are_noticed(diabetes, tumours):
    X, y = diabetes
    weight = np.random.default_rng(0).uniform(0.2, 3, len(y))
    for model in (
        LinearRegression().fit(X[::2], y[::2]),
        LinearRegression().fit(X, y, sample_weight=weight),
        LinearRegression().fit(X, y + 20),
    ):
        with pytest.warns(UserWarning, match="the model's coefficients are not those that its own"):
            explainer = fit(model, X, y)
        # Still the model's own predictions are explained.
        np.testing.assert_allclose(explainer.explain(X).completeness_gap, 0, atol=1e-9)
        np.testing.assert_allclose(explainer.coef_, [model.coef_])
        assert not np.allclose(explainer.table_["coef"], model.coef_) or model.intercept_ > 0
    X, y = tumours
    with pytest.warns(UserWarning, match="are not those that its own loss gives"):
        fit(logistic().fit(X[::2], y[::2]), X, y)


@pytest.mark.parametrize(
    "model",
    [Ridge(alpha=5), Lasso(alpha=0.5), ElasticNet(), PoissonRegressor(max_iter=9999)],
    ids=repr,
)
def test_penalised_fits_say_that_p_values_are_not_valid(diabetes, model):
    X, y = diabetes
    model.fit(X, y)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        explainer = fit(model, X, y)
    assert len(caught) == 1
    assert "p-values and intervals describe their variance only" in str(caught[0].message)
    assert caught[0].filename == __file__
    assert not explainer.table_["p_valid"].any()
    assert not explainer.group_table_["p_valid"].any()
    np.testing.assert_allclose(explainer.table_["coef"], model.coef_, rtol=1e-2, atol=1e-3)
    dropped = explainer.table_[explainer.table_["coef"] == 0]
    assert (dropped["std_error"] == 0).all()
    assert dropped["p_value"].isna().all()
    np.testing.assert_allclose(explainer.explain(X).completeness_gap, 0, atol=1e-9)


def test_class_weights_need_a_robust_covariance(tumours):
    X, y = tumours
    model = logistic().set_params(class_weight="balanced").fit(X, y)
    with pytest.warns(UserWarning, match="class_weight changes the likelihood"):
        explainer = fit(model, X, y)
    assert not explainer.table_["p_valid"].any()
    robust = fit(model, X, y, cov_type="HC0")
    assert robust.table_["p_valid"].all()
    sm = pytest.importorskip("statsmodels.api")
    weight = len(y) / 2 / y.map(y.value_counts()).to_numpy()
    theirs = sm.GLM(
        (y == "malignant").astype(float),
        sm.add_constant(X),
        family=sm.families.Binomial(),
        var_weights=weight,
    ).fit(tol=1e-13, cov_type="HC0")
    np.testing.assert_allclose(robust.table_["std_error"], theirs.bse[1:], rtol=1e-8)


def test_redundant_columns_are_named_and_not_tested(diabetes):
    X, y = diabetes
    doubled = X.assign(bmi_again=X["bmi"] * 2 + 1, one=1.0)
    with pytest.warns(UserWarning, match=r"coefficients of \['bmi', 'bmi_again', 'one'\]"):
        explainer = fit(LinearRegression().fit(doubled, y), doubled, y)
    table = explainer.table_.set_index("feature")
    unknown = ["bmi", "bmi_again", "one"]
    assert explainer.unidentified_ == unknown
    assert list(table.index[~table["identified"]]) == unknown
    nothing = ["std_error", "statistic", "p_value", "p_adjusted", "ci_lower", "ci_upper"]
    assert table.loc[unknown, nothing].isna().all(axis=None)
    assert np.isinf(table.loc[unknown, "vif"]).all()
    plain = fit(LinearRegression().fit(X, y), X, y)
    expected = plain.table_.set_index("feature").drop(index="bmi")
    rest = table.drop(index=unknown)
    np.testing.assert_allclose(rest["statistic"], expected["statistic"], rtol=1e-9)
    # The two copies together are as certain as the one was.
    both = {"both": ["bmi", "bmi_again"]}
    with pytest.warns(UserWarning, match="do not determine"):
        grouped = fit(LinearRegression().fit(doubled, y), doubled, y, groups=both)
    first = grouped.group_table_.iloc[0]
    assert (first["feature"], first["dof"]) == ("both", 1)
    bmi = plain.table_.set_index("feature").loc["bmi"]
    assert first["statistic"] == pytest.approx(bmi["statistic"] ** 2, rel=1e-8)
    together, alone = grouped.explain(doubled[:4]), plain.explain(X[:4])
    np.testing.assert_allclose(together[:, "both"].values, alone[:, "bmi"].values)
    np.testing.assert_allclose(together[:, "both"].std_errors, alone[:, "bmi"].std_errors)
    apart = explainer.explain(doubled[:4])
    assert np.isnan(apart[:, ["bmi", "bmi_again"]].std_errors).all()
    np.testing.assert_allclose(apart[:, "one"].std_errors, 0)  # it never differs from its mean
    np.testing.assert_allclose(apart[:, "age"].std_errors, alone[:, "age"].std_errors)


def test_under_a_penalty_redundant_columns_have_errors_but_no_test(diabetes):
    X, y = diabetes
    doubled = X.assign(bmi_again=X["bmi"])
    with pytest.warns(UserWarning, match="penalised"):
        explainer = fit(Ridge().fit(doubled, y), doubled, y)
    table = explainer.table_.set_index("feature")
    assert explainer.unidentified_ == ["bmi", "bmi_again"]
    assert table.loc["bmi", "std_error"] > 0
    assert table.loc[["bmi", "bmi_again"], ["statistic", "p_value"]].isna().all(axis=None)
    assert np.isfinite(explainer.explain(doubled[:3]).std_errors).all()


def test_separated_classes_are_tested_by_likelihood_ratio():
    X, y = load_iris(return_X_y=True, as_frame=True)
    X = X.iloc[:, :2].assign(noise=np.random.default_rng(0).normal(size=len(X)))
    y = (y == 0).map({True: "setosa", False: "other"})
    model = LogisticRegression(C=np.inf, max_iter=10_000).fit(X, y)
    with pytest.warns(UserWarning, match="the classes are separated"):
        explainer = fit(model, X, y)
    assert explainer.separated_
    table = explainer.table_
    np.testing.assert_allclose(table["coef"], model.coef_[0])
    assert table[["std_error", "ci_lower", "ci_upper"]].isna().all(axis=None)
    assert (explainer.group_table_["test"] == "LR chi2").all()
    np.testing.assert_allclose(table["statistic"] ** 2, explainer.group_table_["statistic"])
    assert (np.sign(table["statistic"][:2]) == np.sign(table["coef"][:2])).all()
    # The full supremum is 0: each statistic is the deviance of the model without the column.
    rest = X.drop(columns="sepal length (cm)")
    fewer = LogisticRegression(C=np.inf, tol=1e-8, max_iter=10_000).fit(rest, y)
    deviance = -2 * np.log(fewer.predict_proba(rest)[np.arange(150), (y == "setosa") * 1]).sum()
    assert explainer.group_table_["statistic"][0] == pytest.approx(deviance, rel=1e-5)
    assert table["p_value"][2] > 0.99  # the noise is not needed for separation
    explanation = explainer.explain(X[:3])
    assert explanation.std_errors is None
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-9)


def test_named_families_read_any_linear_model(diabetes):
    X, y = diabetes
    huber = HuberRegressor(epsilon=100, alpha=0, max_iter=10_000, tol=1e-10).fit(X, y)
    explainer = fit(huber, X, y, family="gaussian")  # so large an epsilon is least squares
    assert not explainer.surrogate_
    expected = fit(LinearRegression().fit(X, y), X, y).table_
    np.testing.assert_allclose(explainer.table_["statistic"], expected["statistic"])
    with pytest.raises(ValueError, match="family is 'gaussian', which needs y; got None"):
        fit(huber, X, None, family="gaussian")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"sample_weight": [1.0, 2.0]}, r"sample_weight has shape \(2,\); expected \(442,\)"),
        ({"sample_weight": np.full(442, -1.0)}, "sample_weight must be finite, not negative"),
        ({"response_method": "predict_proba"}, "response_method"),
        ({"family": "poisson"}, "family is 'poisson', but LinearRegression is 'gaussian'"),
        ({"cov_type": "HC4"}, "cov_type"),
        ({"correction": "bh"}, "correction"),
        ({"confidence_level": 95}, "confidence_level"),
        ({"groups": {"a": ["nothing"]}}, "groups names the column 'nothing'"),
    ],
)
def test_bad_parameters_are_refused_by_name(diabetes, params, message):
    X, y = diabetes
    with pytest.raises(ValueError, match=message):
        fit(LinearRegression().fit(X, y), X, y, **params)


def test_raw_scores_are_the_only_linear_scale(tumours, diabetes):
    X, y = tumours
    model = logistic().fit(X, y)
    with pytest.raises(ValueError, match="a binomial model is explained on its raw score"):
        fit(model, X, y, response_method="predict_proba")
    same = fit(model, X, y, response_method="decision_function")
    pd.testing.assert_frame_equal(same.table_, fit(model, X, y).table_)
    surrogate = fit(model, X, y, response_method="predict_proba", family="surrogate")
    assert surrogate.surrogate_
    np.testing.assert_allclose(
        surrogate.explain(X[:4]).predictions, model.predict_proba(X[:4])[:, 1]
    )
    X, y = diabetes
    model = PoissonRegressor(alpha=0, max_iter=10_000).fit(X, y)
    with pytest.raises(ValueError, match="a poisson model is explained on its raw score"):
        fit(model, X, y, response_method="predict")


def test_more_coefficients_than_rows(diabetes):
    X, y = diabetes
    model = LinearRegression().fit(X, y)
    with pytest.raises(ValueError, match=r"X_background has 11 samples .* for 11 coefficients"):
        fit(model, X[:11], y[:11])
    ridge = Ridge().fit(X[:8], y[:8])
    with pytest.warns(UserWarning, match="penalised"):
        explainer = fit(ridge, X[:8], y[:8])
    assert explainer.dof_[0] > 0
