"""PrototypeExplainer: choices by brute force, tables of all kinds, the result."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skxai.activation import PrototypeExplainer, PrototypeExplanation
from skxai.activation._greedy import choose_prototypes

X, Y = load_iris(return_X_y=True, as_frame=True)
NAMES = load_iris().target_names[Y]
FOREST = RandomForestClassifier(10, random_state=0).fit(X, NAMES)
LOGISTIC = LogisticRegression(max_iter=1000).fit(X, NAMES)


def by_brute_force(activations, distances, n, diversity):
    """The rule, evaluated in full for every row at every step."""
    low, high = min(activations), max(activations)
    worth = [(a - low) / (high - low) if high > low else 0.0 for a in activations]
    chosen = [worth.index(max(worth))]
    while len(chosen) < n:
        gains = {
            i: (1 - diversity) * worth[i]
            - diversity * max(np.exp(-(distances[i][j] ** 2)) for j in chosen)
            for i in range(len(worth))
            if i not in chosen
        }
        chosen.append(max(gains, key=lambda i: (gains[i], -i)))
    return chosen


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=1, max_size=7),
    st.sampled_from([0.0, 0.25, 0.5, 1.0]),
)
def test_choice_by_brute_force(rows, diversity):
    activations, points = np.array(rows, dtype=float).T
    distances = abs(points[:, None] - points)
    got = choose_prototypes(activations, lambda i: distances[:, i], len(rows), diversity)
    assert sorted(got) == list(range(len(rows)))
    assert list(got) == by_brute_force(list(activations), distances, len(rows), diversity)


def test_without_diversity_they_are_the_rows_that_activate_most():
    explainer = PrototypeExplainer(n_prototypes=4, diversity=0.0).fit(LOGISTIC, X)
    scores = LOGISTIC.decision_function(X)
    expected = np.argsort(-scores, axis=0, kind="stable")[:4].T
    np.testing.assert_array_equal(explainer.prototype_indices_, expected)
    np.testing.assert_array_equal(
        explainer.activations_, np.take_along_axis(scores.T, expected, axis=1)
    )


def test_diversity_spreads_them():
    def spread(diversity):
        explainer = PrototypeExplainer(diversity=diversity).fit(LOGISTIC, X)
        own = [
            explainer.explain(explainer.prototypes_[name]).distances[:, k]
            for k, name in enumerate(explainer.output_names_)
        ]
        return np.mean(own)

    assert spread(0.0) < spread(0.3) < spread(0.9)


def test_prototypes_are_real_rows_of_their_class():
    explainer = PrototypeExplainer().fit(FOREST, X.set_axis(range(1000, 1150)))
    assert list(explainer.prototypes_) == ["setosa", "versicolor", "virginica"]
    for (name, table), chosen in zip(explainer.prototypes_.items(), explainer.prototype_indices_):
        assert table.index.tolist() == (chosen + 1000).tolist()
        pd.testing.assert_frame_equal(table, X.iloc[chosen].set_axis(table.index))
        assert (FOREST.predict(table) == name).all()


def test_digits_keep_to_their_class():
    images, digits = load_digits(return_X_y=True)
    model = LogisticRegression(C=0.01, max_iter=2000).fit(images / 16, digits)
    explainer = PrototypeExplainer().fit(model, images / 16)
    assert (digits[explainer.prototype_indices_] == np.arange(10)[:, None]).mean() > 0.95


def test_fewer_rows_than_prototypes():
    explainer = PrototypeExplainer(n_prototypes=9).fit(FOREST, X[::50])
    assert explainer.prototype_indices_.shape == (3, 3)
    single = PrototypeExplainer().fit(FOREST, X[:1])
    assert single.explain(X[:1]).distances.ravel().tolist() == [0, 0, 0]


def test_mixed_table():
    frame = X.assign(town=np.where(Y == 1, "Ulm", "Bonn"))
    frame.iloc[3, 1] = np.nan
    encode = make_column_transformer((OneHotEncoder(), ["town"]), remainder="passthrough")
    model = make_pipeline(encode, RandomForestClassifier(10, random_state=0)).fit(
        frame.fillna(0), NAMES
    )
    filled = PrototypeExplainer().fit(lambda X: model.predict_proba(X.fillna(0)), frame)
    explanation = filled.explain(frame[:60])
    assert (explanation.nearest() < 3).all()
    assert filled.prototypes_["y1"]["town"].eq("Ulm").all()


def test_sparse_as_dense():
    values = X.to_numpy()
    model = LogisticRegression(max_iter=1000).fit(values, NAMES)
    dense = PrototypeExplainer().fit(model, values).explain(values[:9])
    sparse = (
        PrototypeExplainer().fit(model, sp.csr_matrix(values)).explain(sp.csr_matrix(values[:9]))
    )
    np.testing.assert_array_equal(sparse.prototype_indices, dense.prototype_indices)
    np.testing.assert_allclose(sparse.distances, dense.distances, atol=1e-6)


def test_predicted_is_no_target():
    with pytest.raises(ValueError, match="target is 'predicted'"):
        PrototypeExplainer(target="predicted").fit(FOREST, X)


def test_bad_parameters():
    for params in ({"diversity": 1.5}, {"n_prototypes": 0}):
        with pytest.raises(ValueError, match=f"The '{next(iter(params))}' parameter"):
            PrototypeExplainer(**params).fit(FOREST, X)


@pytest.fixture(scope="module")
def explanation():
    rows = X.iloc[[0, 60, 149]].set_axis(["a", "b", "c"])
    return PrototypeExplainer(n_prototypes=3).fit(LOGISTIC, X).explain(rows)


def test_distance_to_itself_is_zero():
    explainer = PrototypeExplainer().fit(FOREST, X)
    for k, name in enumerate(explainer.output_names_):
        own = explainer.explain(explainer.prototypes_[name]).distances[:, k]
        assert np.diagonal(own).tolist() == [0.0] * 5


def test_nearest_and_table(explanation):
    table = explanation.to_frame()
    assert table.index.tolist() == list("aaabbbccc")
    assert table["output"].tolist() == ["setosa", "versicolor", "virginica"] * 3
    for i in range(3):
        for k in range(3):
            best = explanation.distances[i, k].argmin()
            line = table.iloc[3 * i + k]
            assert line["distance"] == explanation.distances[i, k, best]
            assert line["prototype"] == explanation.prototype_indices[k, best]
            assert line["activation"] == explanation.activations[k, best]
            assert line["prediction"] == explanation.predictions[i, k]
    assert table.loc["a"].sort_values("distance")["output"].iloc[0] == "setosa"


def test_selected_rows(explanation):
    last = explanation[-1]
    assert len(last) == 1
    assert last.index.tolist() == ["c"]
    np.testing.assert_array_equal(last.distances[0], explanation.distances[2])


def test_immutable(explanation):
    with pytest.raises(ValueError, match="read-only"):
        explanation.distances[0] = 0
    with pytest.raises(AttributeError):
        explanation.method = "other"


def test_words(explanation):
    assert repr(explanation) == ("<PrototypeExplanation: 3 rows, 3 outputs, 3 prototypes of each>")
    assert "versicolor" in explanation._repr_html_()


def test_file(explanation, tmp_path):
    path = tmp_path / "near.npz"
    explanation.save(path)
    again = PrototypeExplanation.load(path)
    pd.testing.assert_frame_equal(again.to_frame(), explanation.to_frame())
    pd.testing.assert_frame_equal(again.data, explanation.data)
    assert (again.method, again.feature_names) == (explanation.method, explanation.feature_names)
    np.testing.assert_array_equal(again.distances, explanation.distances)
