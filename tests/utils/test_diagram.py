"""scikit-learn's diagram of an explainer in notebooks: the model inside, its state, escaped."""

import re

import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai import LimeExplainer, ShapleyExplainer
from skxai.utils import _diagram

X, Y = [[0.0, 1.0], [1.0, 0.0], [2.0, 3.0], [3.0, 1.0]], [0, 0, 1, 1]


def texts(page):
    """What stands between tags."""
    return [text.strip() for text in re.findall(r">([^<]+)<", page.split("</style>")[-1])]


def test_a_fitted_explainer_shows_its_model():
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
    explainer = LimeExplainer(surrogate=Ridge(alpha=3.0), random_state=0)
    before = texts(explainer._repr_html_())
    explainer.fit(model, X)
    page = explainer._repr_html_()
    after = texts(page)
    assert "LimeExplainer" in before
    assert "LimeExplainer" in after
    for name in ("model: Pipeline", "StandardScaler", "LogisticRegression"):
        assert name not in before
        assert name in after
    assert "surrogate: Ridge" in before
    assert "surrogate: Ridge" in after
    assert re.search(r'class="sk-estimator[^"]* fitted|sk-estimator-doc-link fitted', page)


def test_parameters_are_shown():
    page = ShapleyExplainer(max_evals=54321)._repr_html_()
    assert "54321" in page


def test_a_function_is_named():
    def price(X):
        return X[:, 0]

    explainer = ShapleyExplainer().fit(price, X)
    assert "price" in texts(explainer._repr_html_())
    hostile = ShapleyExplainer().fit(lambda X: X[:, 0], X)
    assert "<lambda>" not in hostile._repr_html_()
    assert "&lt;lambda&gt;" in hostile._repr_html_()


def test_another_version_of_scikit_learn_draws_the_explainer_alone(monkeypatch):
    monkeypatch.setattr(_diagram, "_MODULES", ("sklearn.no_such_module",))
    explainer = ShapleyExplainer().fit(LogisticRegression().fit(X, Y), X)
    found = texts(explainer._repr_html_())
    assert "ShapleyExplainer" in found
    assert "LogisticRegression" not in found
    with pytest.raises(AttributeError, match="no _VisualBlock"):
        explainer._sk_visual_block_()
