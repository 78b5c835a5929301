"""InfluenceExplainer: refits of any model, conventions, losses, errors, and the result."""

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skxai.influence import InfluenceExplainer, InfluenceExplanation, _explainer

X, Y = load_diabetes(return_X_y=True, as_frame=True)
X, Y = X[:40].set_axis([f"patient {i}" for i in range(40)]), Y[:40]
IRIS, KINDS = load_iris(return_X_y=True)
RIDGE = Ridge(alpha=0.1).fit(X, Y)


def test_forest_by_refits():
    model = RandomForestClassifier(5, random_state=0).fit(IRIS[::6], KINDS[::6])
    explainer = InfluenceExplainer().fit(model, IRIS[::6], KINDS[::6])
    assert explainer.algorithm_ == "refit"
    explanation = explainer.explain(IRIS[:3])
    for i in (0, 12):
        others = np.arange(25) != i
        without = clone(model).fit(IRIS[::6][others], KINDS[::6][others])
        shift = model.predict_proba(IRIS[:3]) - without.predict_proba(IRIS[:3])
        np.testing.assert_array_equal(explanation.values[:, i], shift)


def test_nearest_neighbours_in_a_pipeline_know_who_they_are():
    model = make_pipeline(StandardScaler(), KNeighborsRegressor(3)).fit(X, Y)
    explanation = InfluenceExplainer().fit(model, X, Y).explain(X[:5])
    near = model[-1].kneighbors(model[0].transform(X[:5]), return_distance=False)
    for i in range(5):
        assert set(np.flatnonzero(explanation.values[i])) <= set(near[i])


@pytest.mark.parametrize("algorithm", ["auto", "refit"])
@pytest.mark.parametrize("quantity", ["prediction", "loss"])
def test_no_rows_after_steps_that_refuse_them(algorithm, quantity):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(IRIS[::9], KINDS[::9])
    explainer = InfluenceExplainer(algorithm=algorithm, quantity=quantity)
    explainer.fit(model, IRIS[::9], KINDS[::9])
    some, none = explainer.explain(IRIS[:2], KINDS[:2]), explainer.explain(IRIS[:0], KINDS[:0])
    assert none.values.shape == (0, *some.values.shape[1:])
    assert none.predictions.shape == (0, *some.predictions.shape[1:])


def test_jobs_give_the_same_bits():
    model = RandomForestClassifier(5, random_state=0).fit(IRIS[::6], KINDS[::6])
    one = InfluenceExplainer().fit(model, IRIS[::6], KINDS[::6])
    with parallel_config(backend="threading"):
        two = InfluenceExplainer(n_jobs=2).fit(model, IRIS[::6], KINDS[::6])
        np.testing.assert_array_equal(two.explain(IRIS).values, one.explain(IRIS).values)


def test_refits_agree_with_the_closed_form():
    exact, again = (
        InfluenceExplainer(algorithm=name, quantity="loss").fit(RIDGE, X, Y).explain(X[:9], Y[:9])
        for name in ("closed-form", "refit")
    )
    np.testing.assert_allclose(exact.values, again.values, atol=1e-8)
    np.testing.assert_allclose(exact.predictions, (RIDGE.predict(X) - Y)[:9] ** 2)


def test_conventions_are_opposite():
    presence, removal = (
        InfluenceExplainer(convention=name).fit(RIDGE, X, Y) for name in ("presence", "removal")
    )
    np.testing.assert_array_equal(presence.explain(X).values, -removal.explain(X).values)
    np.testing.assert_array_equal(presence.parameter_shifts_, -removal.parameter_shifts_)
    # The presence of a row draws its own prediction to its target.
    own = np.diag(presence.explain(X).values)
    assert (np.sign(own) == np.sign(Y - RIDGE.predict(X))).all()


def test_frames_and_arrays_alike():
    array = InfluenceExplainer().fit(Ridge(alpha=0.1).fit(X.to_numpy(), Y), X.to_numpy(), Y)
    frame = InfluenceExplainer().fit(RIDGE, X, Y)
    np.testing.assert_allclose(
        frame.explain(X).values, array.explain(X.to_numpy()).values, atol=1e-9
    )


def test_linear_models_with_very_many_columns_are_fitted_again(monkeypatch):
    monkeypatch.setattr(_explainer, "_MAX_COLUMNS", 3)
    assert InfluenceExplainer().fit(RIDGE, X, Y).algorithm_ == "refit"


@pytest.mark.parametrize(
    ("params", "model", "message"),
    [
        ({"quantity": "loss", "target": 1}, LogisticRegression(max_iter=1000), "target is 1"),
        ({"quantity": "loss"}, SVC(), "needs probabilities"),
        ({"algorithm": "closed-form"}, SVC(), "algorithm is 'closed-form'"),
        ({"algorithm": "gradient"}, SVC(), "'algorithm' parameter"),
        ({"convention": "loss"}, SVC(), "'convention' parameter"),
        ({"damping": -1.0}, SVC(), "'damping' parameter"),
    ],
)
def test_refused(params, model, message):
    model.fit(IRIS, KINDS)
    with pytest.raises(ValueError, match=message):
        InfluenceExplainer(**params).fit(model, IRIS, KINDS)


def test_targets_are_checked():
    model = LogisticRegression(max_iter=1000).fit(IRIS, KINDS)
    with pytest.raises(ValueError, match="y is None"):
        InfluenceExplainer().fit(model, IRIS)
    with pytest.raises(ValueError, match="y holds 3"):
        InfluenceExplainer().fit(model, IRIS, KINDS + 1)
    explainer = InfluenceExplainer(quantity="loss").fit(model, IRIS, KINDS)
    with pytest.raises(ValueError, match="y is None"):
        explainer.explain(IRIS)
    with pytest.raises(ValueError, match="y has shape"):
        explainer.explain(IRIS, KINDS[:3])
    with pytest.raises(TypeError, match="model is"):
        InfluenceExplainer().fit(lambda X: X[:, 0], IRIS, KINDS)
    few = np.r_[0:5, 50:55, 100:101]
    model = RandomForestClassifier(2).fit(IRIS[few], KINDS[few])
    with pytest.raises(ValueError, match="single row of class"):
        InfluenceExplainer().fit(model, IRIS[few], KINDS[few])


def test_shapes_and_kinds_of_targets_are_checked():
    with pytest.raises(ValueError, match=r"y has shape \(40, 2\); expected 1 target for each row"):
        InfluenceExplainer().fit(RIDGE, X, np.column_stack([Y, Y]))
    several = Ridge().fit(X, np.column_stack([Y, Y]))
    with pytest.raises(ValueError, match=r"y has shape \(40,\); expected 2 targets"):
        InfluenceExplainer().fit(several, X, Y)
    with pytest.raises(ValueError, match="y has missing values"):
        InfluenceExplainer().fit(RIDGE, X, Y.where(Y.min() < Y))
    with pytest.raises(ValueError, match="y has infinite values"):
        InfluenceExplainer().fit(RIDGE, X, Y.replace(Y.max(), np.inf))
    with pytest.raises(ValueError, match="y has dtype object; expected numbers"):
        InfluenceExplainer().fit(RIDGE, X, np.array(["much"] * 40, dtype=object))
    explainer = InfluenceExplainer(quantity="loss").fit(RIDGE, X, Y)
    with pytest.raises(ValueError, match="each row of X"):
        explainer.explain(X[:2], [1.0, np.nan])


@pytest.mark.parametrize("algorithm", ["auto", "closed-form", "newton", "refit"])
def test_rows_that_cannot_be_left_out(algorithm):
    explainer = InfluenceExplainer(algorithm=algorithm)
    with pytest.raises(ValueError, match="X_background has a single row"):
        explainer.fit(Ridge().fit(X[:1], Y[:1]), X[:1], Y[:1])
    kinds = np.r_[0, np.ones(9)].astype(int)
    model = LogisticRegression().fit(X[:10], kinds)
    with pytest.raises(ValueError, match="single row of class 0"):
        explainer.fit(model, X[:10], kinds)


def test_checkpoints_are_for_tracin_alone():
    for algorithm in ("closed-form", "newton", "refit"):
        explainer = InfluenceExplainer(algorithm=algorithm, checkpoints=[RIDGE])
        with pytest.raises(ValueError, match=f"checkpoints are given, but .* '{algorithm}'"):
            explainer.fit(RIDGE, X, Y)


# -- the result --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def explanation():
    return InfluenceExplainer(quantity="loss").fit(RIDGE, X, Y).explain(X[:4], Y[:4])


def test_table(explanation):
    table = explanation.to_frame()
    assert table.shape == (4, 40)
    assert table.index.tolist() == X.index[:4].tolist()
    assert table.columns.tolist() == X.index.tolist()


def test_top_by_sorting(explanation):
    top = explanation.top(2)
    for label, values in explanation.to_frame().iterrows():
        order = values.sort_values()
        own = top.loc[label]
        assert own["row"].tolist() == [*order.index[:-3:-1], *order.index[:2]]
        assert own["effect"].tolist() == ["harmful"] * 2 + ["helpful"] * 2
        assert own["value"].tolist() == [*order.iloc[:-3:-1], *order.iloc[:2]]
        assert (X.index[own["position"]] == own["row"]).all()
    assert len(explanation[:0].top()) == 0


@pytest.mark.parametrize(
    ("quantity", "convention", "words"),
    [
        ("prediction", "presence", ["raises", "lowers"]),
        ("prediction", "removal", ["lowers", "raises"]),
        ("loss", "removal", ["helpful", "harmful"]),
    ],
)
def test_words_for_what_a_row_does(quantity, convention, words):
    explainer = InfluenceExplainer(quantity=quantity, convention=convention).fit(RIDGE, X, Y)
    assert explainer.explain(X[:1], Y[:1]).top(1)["effect"].tolist() == words


def test_importance(explanation):
    table = explanation.importance()
    np.testing.assert_allclose(table["mean"], explanation.values.mean(axis=0))
    np.testing.assert_allclose(table["mean_absolute"], abs(explanation.values).mean(axis=0))
    assert table.index.equals(X.index)


def test_rows_and_outputs():
    model = LogisticRegression(max_iter=1000).fit(IRIS, KINDS)
    every = InfluenceExplainer().fit(model, IRIS, KINDS).explain(IRIS[:6])
    assert every.to_frame().columns.nlevels == 2
    np.testing.assert_array_equal(every[[4, 1]].values, every.values[[4, 1]])
    np.testing.assert_array_equal(every.output(2).values, every.values[..., 2])
    assert every.top(1)["output"].tolist() == ["0", "0", "1", "1", "2", "2"] * 6
    assert every.importance().columns[0] == "0: mean"
    with pytest.raises(KeyError, match="no output 'x'"):
        every.output("x")


def test_immutable(explanation):
    with pytest.raises(ValueError, match="read-only"):
        explanation.values[0] = 0
    with pytest.raises(AttributeError):
        explanation.method = "other"


def test_words(explanation):
    assert repr(explanation) == (
        "<InfluenceExplanation: of 40 training rows on 4 rows, output 'loss'>"
    )
    assert "helpful" in explanation._repr_html_()


def test_file(explanation, tmp_path):
    path = tmp_path / "who.npz"
    explanation.save(path)
    again = InfluenceExplanation.load(path)
    pd.testing.assert_frame_equal(again.to_frame(), explanation.to_frame())
    pd.testing.assert_frame_equal(again.data, explanation.data)
    pd.testing.assert_frame_equal(again.top(), explanation.top())
    assert (again.method, again.quantity) == (explanation.method, "loss")


def test_picture(explanation):
    pytest.importorskip("matplotlib")
    display = explanation.plot(row=1, n_rows=3)
    top = explanation[1].top(3)["value"].sort_values(ascending=False)
    assert [bar.get_width() for bar in display.bars_[0]] == top.tolist()
    with pytest.raises(ValueError, match="kind is 'pie'"):
        explanation.plot("pie")
    model = LogisticRegression(max_iter=1000).fit(IRIS, KINDS)
    several = InfluenceExplainer().fit(model, IRIS, KINDS).explain(IRIS[:2])
    with pytest.raises(ValueError, match="output is None"):
        several.plot()
    assert "'1'" in several.plot(output=1).ax_.get_title(loc="left")
