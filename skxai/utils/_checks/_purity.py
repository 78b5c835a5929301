"""Checks that nothing is changed, printed or drawn that should not be."""

# ruff: noqa: NPY002 - the legacy generator is what must not be touched

import contextlib
import copy
import io
import random

import numpy as np

from skxai.utils._checks._cases import ScriptedModel, case_of, fitted, name_of, seeded
from skxai.utils._checks._compare import assert_same, assert_same_result, difference
from skxai.utils._checks._skips import need_any_model


def check_fit_leaves_arguments_alone(explainer):
    """`fit` changes neither the model nor the background nor the targets."""
    for kind, frame in (("regression", False), ("classes", True)):
        case = case_of(explainer, kind, frame=frame)
        before = copy.deepcopy(case)
        fitted(explainer, case)
        for argument in ("model", "X_background", "y"):
            assert_same(
                getattr(before, argument),
                getattr(case, argument),
                f"{name_of(explainer)}: fit changed {argument}",
            )


def check_model_is_used_as_it_is(explainer):
    """The model is wrapped; it is never cloned, refitted or given other parameters."""
    need_any_model(explainer)
    case = case_of(explainer)
    case.model = ScriptedModel()
    explainer = fitted(explainer, case)
    explainer.explain(case.X)
    assert case.model.tables, f"{name_of(explainer)}: the model was not called; a copy of it was"


def check_explain_leaves_arguments_alone(explainer):
    """`explain` changes neither X nor the background nor the model."""
    for kind, frame in (("regression", False), ("classes", True)):
        case = case_of(explainer, kind, frame=frame)
        explainer = fitted(explainer, case)
        before = copy.deepcopy(case)
        explainer.explain(case.X)
        for argument in ("X", "X_background", "model"):
            assert_same(
                getattr(before, argument),
                getattr(case, argument),
                f"{name_of(explainer)}: explain changed {argument}",
            )


def check_explain_sets_nothing(explainer):
    """`explain` leaves the explainer as it was, down to its private attributes."""
    for kind, frame in (("regression", False), ("classes", True)):
        case = case_of(explainer, kind, frame=frame)
        explainer = fitted(explainer, case)
        before = copy.deepcopy(vars(explainer))
        explainer.explain(case.X)
        found = difference(before, vars(explainer))
        assert found is None, f"{name_of(explainer)}: explain changed the explainer: {found}"


def check_explain_twice(explainer):
    """Two calls of `explain` give the same bits; randomness belongs to `fit`."""
    case = case_of(explainer, "classes")
    for random_state in (0, None):
        explainer = fitted(explainer, case, random_state=random_state)
        assert_same_result(
            explainer.explain(case.X),
            explainer.explain(case.X),
            f"{name_of(explainer)}: a second call of explain gives something else",
        )


def check_same_random_state(explainer):
    """The same integer `random_state` gives the same explanation, whatever numpy's global one."""
    case = case_of(explainer, "classes")
    before = np.random.get_state()
    try:
        np.random.seed(1)
        expected = fitted(explainer, case).explain(case.X)
        np.random.seed(2)
        got = fitted(explainer, case).explain(case.X)
    finally:
        np.random.set_state(before)
    assert_same_result(
        got, expected, f"{name_of(explainer)}: fitted twice with the same random_state"
    )


def check_global_random_state(explainer):
    """Neither `fit` nor `explain` touches the global generators of numpy and Python."""
    case = case_of(explainer, "classes")
    for random_state in (0, None):
        explainer = seeded(explainer, random_state=random_state)
        for action in ("fit", "explain"):
            before = (np.random.get_state(), random.getstate())
            if action == "fit":
                explainer.fit(case.model, case.X_background, case.y)
            else:
                explainer.explain(case.X)
            found = difference(before, (np.random.get_state(), random.getstate()))
            assert found is None, (
                f"{name_of(explainer)}: {action} uses the global random state, with "
                f"random_state={random_state}"
            )


def check_prints_nothing(explainer):
    """Neither `fit` nor `explain` writes to standard output or standard error."""
    case = case_of(explainer, "classes")
    for stream in (contextlib.redirect_stdout, contextlib.redirect_stderr):
        with stream(io.StringIO()) as written:
            fitted(explainer, case).explain(case.X)
        text = written.getvalue()
        assert not text, f"{name_of(explainer)}: prints {text[:60]!r}"


def check_explanation_is_detached(explainer):
    """An explanation stays as it is when the caller's X is written over, and cannot be changed."""
    for frame in (False, True):
        case = case_of(explainer, frame=frame)
        explanation = fitted(explainer, case).explain(case.X)
        before = copy.deepcopy(explanation)
        if frame:
            case.X.iloc[:, :] = 99.0
        else:
            case.X[:] = 99.0
        assert_same_result(
            explanation, before, f"{name_of(explainer)}: the explanation changes along with X"
        )
        for attribute, value in vars(explanation).items():
            assert (
                attribute == "data"
                or not isinstance(value, np.ndarray)
                or (not value.flags.writeable)
            ), f"{name_of(explainer)}: explanation.{attribute} can be written to"
