"""The checks pass for an explainer that keeps the contract, and each can fail."""

import importlib.util
from unittest import SkipTest

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from broken_explainers import BROKEN, IgnoresGroups, Occlusion, OcclusionOfPairs
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression, Ridge

from skxai.utils import explainer_checks
from skxai.utils._checks._compare import assert_same_result, difference
from skxai.utils._checks._errors import assert_raises
from skxai.utils.explainer_checks import (
    CHECKS,
    ExplainerTags,
    check_explainer,
    parametrize_with_checks,
)

BY_NAME = {check.__name__: check for check in CHECKS}


@parametrize_with_checks([OcclusionOfPairs()])
def test_a_good_explainer_passes(explainer, check):
    check(explainer)


@pytest.mark.parametrize(
    ("check", "broken", "message"),
    BROKEN,
    ids=[f"{cls.__name__}-{check}" for check, cls, _ in BROKEN],
)
def test_a_broken_explainer_is_caught(check, broken, message):
    if check == "check_verbose":
        pytest.importorskip("tqdm")
    explainer = broken(random_state=3) if "ForgetsParameter" in broken.__name__ else broken()
    with pytest.raises(Exception, match=message):
        BY_NAME[check](explainer)


def test_every_check_can_fail():
    assert {check for check, _, _ in BROKEN} == set(BY_NAME)


class OnlyDense(Occlusion):
    """Says what it does not take, and refuses it."""

    def __skxai_tags__(self):
        return ExplainerTags(
            sparse=False,
            mixed=False,
            any_model=False,
            requires_y=True,
            regressor=Ridge(),
            classifier=LogisticRegression(),
        )

    def fit(self, model, X_background=None, y=None):
        if sp.issparse(X_background):
            raise TypeError("X_background is sparse")
        if isinstance(X_background, pd.DataFrame) and not all(
            isinstance(dtype, np.dtype) and dtype.kind == "f" for dtype in X_background.dtypes
        ):
            raise TypeError("X_background has columns that are no numbers")
        super().fit(model, X_background, y)
        if y is None or len(y) != len(X_background):
            raise ValueError("y needs a target for each row")
        return self


def test_tags_choose_models_and_skip_checks():
    results = {result.check: result for result in check_explainer(OnlyDense())}
    assert {result.status for result in results.values()} == {"passed", "skipped"}
    skipped = {name: result.reason for name, result in results.items() if result.status != "passed"}
    assert skipped["check_model_errors"] == "it takes only certain models"
    assert skipped["check_completeness"] == "it does not promise completeness"
    assert skipped["check_unknown_category"] == "it takes no mixed frames"
    for name in ("check_sparse", "check_mixed_frame", "check_bad_y", "check_fit_returns_self"):
        assert name not in skipped


def test_check_explainer_raises_or_reports(monkeypatch):
    some = [BY_NAME[f"check_{name}"] for name in ("clone", "groups", "completeness", "repr")]
    monkeypatch.setattr(explainer_checks, "CHECKS", some)
    with pytest.raises(AssertionError, match="has players"):
        check_explainer(IgnoresGroups())
    results = check_explainer(IgnoresGroups(), on_fail="report")
    assert [result.status for result in results] == ["passed", "failed", "skipped", "passed"]
    assert "has players" in results[1].reason
    with pytest.raises(ValueError, match="on_fail is 'ignore'"):
        check_explainer(Occlusion(), on_fail="ignore")


def test_check_explainer_without_optional_packages(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SkipTest, match="needs tqdm"):
        BY_NAME["check_verbose"](Occlusion())


def test_parametrize_with_checks_wants_instances():
    with pytest.raises(TypeError, match="the class Occlusion"):
        parametrize_with_checks([Occlusion])
    mark = parametrize_with_checks([Occlusion(random_state=1)]).mark
    ids = [parameter.id for parameter in mark.args[1]]
    assert ids[0] == "Occlusion(random_state=1)-check_constructor_only_assigns"
    assert len(ids) == len(set(ids)) == len(CHECKS)


# -- how the checks compare ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "where"),
    [
        (1, 1.0, "1 became 1.0"),
        ([1, [2, 3]], [1, [2, 4]], "[1][1]: 3 became 4"),
        ({"a": 1}, {"a": 1, "b": 2}, "['b']: is new"),
        ({"a": 1, "b": 2}, {"a": 1}, "['b']: was removed"),
        (np.arange(3), np.array([0, 1, 5]), "an array of shape (3,), first at (2,): 2 became 5"),
        (np.zeros(2), np.zeros(2, np.float32), "float64 (2,) became float32 (2,)"),
        (np.array([None, "a"]), np.array([None, "b"]), "[1]: 'a' became 'b'"),
        (sp.eye(2, format="csr"), 2 * sp.eye(2, format="csr"), "an array of shape (2, 2)"),
        (sp.eye(2, format="csr"), sp.eye(2, format="csr").tocsr()[:1], "csr (2, 2) became"),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), ".columns"),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1.0]}), "dtypes of ['a'] changed"),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]}, index=["r"]), ".index"),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [2]}), "the values of a DataFrame changed"),
        (pd.Series([1], name="s"), pd.Series([2], name="s"), "the values of a Series changed"),
        (pd.Index([1], name="s"), pd.Index([1], name="t"), ".names"),
        (Ridge(alpha=1.0), Ridge(alpha=2.0), ".alpha: 1.0 became 2.0"),
        (len, max, "became"),
        (np.random.RandomState(0), np.random.RandomState(1), "became"),
    ],
)
def test_difference_is_found(a, b, where):
    assert where in difference(a, b)
    assert difference(b, a) is not None


def test_no_difference_between_equals():
    class Node:
        def __init__(self):
            self.itself = self

    def things():
        frame = pd.DataFrame({"a": [1.0, np.nan], "b": ["x", None]})
        frame["c"] = pd.Categorical(["u", "v"])
        return [
            frame,
            np.array([np.nan, 1.0]),
            np.array(["NaT", "2020-01-01"], dtype="datetime64[D]"),
            float("nan"),
            sp.eye(3, format="csc"),
            Ridge().fit([[0.0], [1.0]], [0.0, 1.0]),
            np.random.RandomState(3),
            Node(),
            len,
            BaseEstimator,
        ]

    a, b = things(), things()
    a[7].__class__ = b[7].__class__ = type("Node", (), {})
    assert difference(a, b) is None


def test_assert_same_result_takes_a_tolerance():
    case = np.random.default_rng(0).normal(size=(8, 3))
    explanation = Occlusion(random_state=0).fit(lambda X: X[:, 0] * X[:, 1], case).explain(case)
    shifted = type(explanation)(
        **{**vars(explanation), "values": explanation.values + 1e-12, "method": "other"}
    )
    assert_same_result(shifted, explanation, "equal", tol=1e-10, ignore=["method"])
    with pytest.raises(AssertionError, match=r"equal; explanation\.method"):
        assert_same_result(shifted, explanation, "equal", tol=1e-10)
    with pytest.raises(AssertionError, match=r"bits; explanation\.values"):
        assert_same_result(shifted, explanation, "bits", ignore=["method"])
    with pytest.raises(AssertionError, match=r"close; explanation\.values: .* apart"):
        assert_same_result(shifted, explanation, "close", tol=1e-13, ignore=["method"])


@pytest.mark.parametrize(
    ("raised", "complaint"),
    [
        (None, "this raised nothing, expected TypeError or ValueError"),
        (KeyError("X"), "this raised KeyError, expected TypeError or ValueError"),
        (ValueError("X_background is bad"), "the ValueError does not name 'X'"),
        (ValueError("X is bad"), None),
    ],
)
def test_assert_raises_wants_kind_and_name(raised, complaint):
    def block():
        with assert_raises(Occlusion(), "this", (TypeError, ValueError), "X"):
            if raised is not None:
                raise raised

    if complaint is None:
        block()
    else:
        with pytest.raises(AssertionError, match=complaint):
            block()
