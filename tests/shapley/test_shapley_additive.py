"""Closed forms of linear and additive models, by hand, by definition and against enumeration."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from by_definition import explain_by_definition
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

from skxai import ShapleyExplainer, TabularMasker
from skxai.predictors._additive import additive_form_of
from skxai.shapley._additive import additive_values, linear_values
from skxai.shapley._closed_forms import find_closed_form


def test_worked_by_hand():
    # 2 a - 3 b + c at (1, 2, 5); background rows (0, 0, 1) and (4, 2, 3), weights 3/4 and 1/4:
    # means (1, 1/2, 3/2), so 2·0, -3·3/2 and 7/2.
    background = np.array([[0.0, 0.0, 1.0], [4.0, 2.0, 3.0]])
    centre = np.array([0.75, 0.25]) @ background
    values = linear_values(
        np.array([[1.0, 2.0, 5.0]]), np.array([[2.0, -3.0, 1.0]]), centre, [0, 1, 2], 3
    )
    assert_allclose(values[0, :, 0], [0, -4.5, 3.5], rtol=1e-15)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    owners=st.lists(st.integers(0, 3), min_size=4, max_size=6),
    n_outputs=st.integers(1, 2),
)
def test_linear_values_by_definition(seed, owners, n_outputs):
    rng = np.random.default_rng(seed)
    coef = rng.normal(size=(n_outputs, len(owners)))
    X, background = rng.normal(size=(2, len(owners))), rng.normal(size=(3, len(owners)))
    weights = rng.dirichlet(np.ones(3))
    groups = [[j for j, owner in enumerate(owners) if owner == player] for player in range(4)]
    expected = explain_by_definition(lambda rows: rows @ coef.T, X, background, weights, groups)
    values = linear_values(X, coef, weights @ background, owners, 4)
    assert_allclose(values, expected, rtol=1e-9, atol=1e-10)
    from_sparse = linear_values(sp.csr_matrix(X), coef, weights @ background, owners, 4)
    assert_allclose(from_sparse, values, rtol=1e-12, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), owners=st.permutations([0, 0, 1, 2, 2]))
def test_additive_values_by_definition(seed, owners):
    rng = np.random.default_rng(seed)
    X, background = rng.normal(size=(2, 5)), rng.normal(size=(3, 5))

    def terms(rows):
        return np.stack([np.sin(rows) * np.arange(1, 6), rows**2], axis=2)

    groups = [[j for j, owner in enumerate(owners) if owner == player] for player in range(3)]
    expected = explain_by_definition(
        lambda rows: terms(rows).sum(axis=1), X, background, groups=groups
    )
    values = additive_values(terms(X), terms(background).mean(axis=0), owners, 3)
    assert_allclose(values, expected, rtol=1e-9, atol=1e-10)


def test_a_thousand_players():
    rng = np.random.default_rng(0)
    X, background = rng.normal(size=(20, 1000)), rng.normal(size=(50, 1000))
    scale = rng.normal(size=1000)

    def terms(rows):
        return (scale * np.tanh(rows))[:, :, None]

    centre = terms(background).mean(axis=0)
    values = additive_values(terms(X), centre, np.arange(1000), 1000)
    # A player's value is its own function, less the function's mean.
    expected = scale * (np.tanh(X) - np.tanh(background).mean(axis=0))
    assert_allclose(values[:, :, 0], expected, rtol=1e-10, atol=1e-12)
    total = terms(X).sum(axis=(1, 2)) - centre.sum()
    assert_allclose(values.sum(axis=(1, 2)), total, rtol=0, atol=1e-10)


def test_a_row_does_not_depend_on_the_others():
    rng = np.random.default_rng(0)
    X, coef = rng.normal(size=(37, 11)), rng.normal(size=(2, 11))
    owners = rng.integers(0, 4, 11)
    together = linear_values(X, coef, X.mean(axis=0), owners, 4)
    for row in (0, 17, 36):
        alone = linear_values(X[[row]], coef, X.mean(axis=0), owners, 4)
        assert_array_equal(alone[0], together[row])


def mixed_data(n_rows=120):
    rng = np.random.default_rng(5)
    X = pd.DataFrame(
        {
            "age": rng.normal(40, 12, n_rows),
            "town": rng.choice(["Ulm", "Bonn", "Kiel", "Jena"], n_rows),
            "pay": rng.lognormal(0, 1, n_rows),
            "owns": rng.choice(["yes", "no"], n_rows),
        }
    )
    X.loc[::9, "pay"] = np.nan
    y = (X["age"] / 10 + (X["town"] == "Ulm") * 2 + X["pay"].fillna(3)).to_numpy()
    return X, y + rng.normal(size=n_rows)


def preprocessing():
    return make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["age", "pay"]),
        (OneHotEncoder(drop="first"), ["town", "owns"]),
    )


def closed_form(explainer):
    masker = explainer.masker_
    rows, predictor = masker.background_, explainer.predictor_
    return find_closed_form(predictor, rows, predictor(rows), masker.weights_, masker.columns_)


@pytest.mark.parametrize("groups", [None, {"home": ["town", "owns"]}])
def test_pipeline_on_a_mixed_frame_against_enumeration(groups):
    X, y = mixed_data()
    model = make_pipeline(preprocessing(), LogisticRegression(max_iter=1000)).fit(X, y > 8)
    weights = np.random.default_rng(0).uniform(size=40)
    explainer = ShapleyExplainer(
        algorithm="exact",
        response_method="decision_function",
        masker=TabularMasker(groups=groups, weights=weights),
    ).fit(model, X[:40])
    explanation = explainer.explain(X[90:])
    form = closed_form(explainer)
    assert form.algorithm == "linear"
    values = form.values(X[90:])[:, :, 0]
    assert_allclose(values, explanation.values, rtol=1e-9, atol=1e-10)
    gap = explanation.predictions - explanation.base_values - values.sum(axis=1)
    assert_allclose(gap, 0, atol=1e-10)


def test_several_classes_in_any_order():
    X, y = mixed_data()
    labels = np.digitize(y, [6, 9])
    model = make_pipeline(preprocessing(), LogisticRegression(max_iter=1000)).fit(X, labels)
    explainer = ShapleyExplainer(
        algorithm="exact", response_method="decision_function", target=[2, 0]
    ).fit(model, X[:20])
    expected = explainer.explain(X[100:]).values
    assert_allclose(closed_form(explainer).values(X[100:]), expected, rtol=1e-9, atol=1e-10)


def test_splines_against_enumeration():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    model = make_pipeline(SplineTransformer(), LinearRegression()).fit(X, np.sin(X).sum(axis=1))
    explainer = ShapleyExplainer(algorithm="exact").fit(model, X[:30])
    values = closed_form(explainer).values(X[70:])[:, :, 0]
    assert_allclose(values, explainer.explain(X[70:]).values, rtol=1e-9, atol=1e-10)


def test_log_odds_of_naive_bayes_by_definition():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4)) * [1, 2, 3, 4]
    model = GaussianNB().fit(X, X[:, 0] + X[:, 1] ** 2 > 2)
    form = additive_form_of(model, "predict_joint_log_proba")

    def log_odds(rows):
        return np.diff(model.predict_joint_log_proba(rows))[:, 0]

    centre = form.terms(X[:10]).mean(axis=0)
    values = np.diff(additive_values(form.terms(X[50:54]), centre, range(4), 4))[:, :, 0]
    expected = explain_by_definition(log_odds, X[50:54], X[:10])
    assert_allclose(values, expected, rtol=1e-9, atol=1e-10)
