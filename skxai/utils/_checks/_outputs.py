"""Checks of the Explanation: shapes, names, targets, completeness."""

import contextlib
import importlib.util
import io
from unittest import SkipTest

import numpy as np

from skxai.utils._checks._cases import (
    NAMES,
    case_of,
    fitted,
    mixed_case,
    name_of,
    tags_of,
)
from skxai.utils._checks._compare import assert_same, assert_same_result
from skxai.utils._checks._skips import need_any_model, need_attributions, need_parameter

_ROUNDING = 1e-10
_OUTPUTS = {
    "regression": ["y"],
    "several": ["y0", "y1"],
    "binary": ["yes"],
    "classes": ["low", "mid", "top"],
}


def _cases(explainer):
    cases = {kind: case_of(explainer, kind) for kind in _OUTPUTS}
    if tags_of(explainer).mixed:
        cases["mixed"] = mixed_case(explainer)
    return cases


def check_shapes_and_names(explainer):
    """One output: two axes; several: three. A binary classifier has one, its positive class."""
    need_attributions(explainer)
    for kind, frame in (*((kind, True) for kind in _OUTPUTS), ("classes", False)):
        case = case_of(explainer, kind, frame=frame)
        explanation = fitted(explainer, case).explain(case.X)
        _check_fields(explainer, explanation, kind, _OUTPUTS[kind])
        names = NAMES if frame else ["x0", "x1", "x2", "x3"]
        if explanation.values.shape[1] == len(NAMES):
            assert list(explanation.feature_names) == names, (
                f"{name_of(explainer)}: feature_names are {explanation.feature_names}"
            )


def _check_fields(explainer, explanation, kind, outputs):
    name, n_rows = name_of(explainer), 5
    axis = (len(outputs),) if len(outputs) > 1 else ()
    n_players = len(explanation.feature_names)
    expected = {
        "values": (n_rows, n_players, *axis),
        "std_errors": (n_rows, n_players, *axis),
        "base_values": (n_rows, *axis),
        "predictions": (n_rows, *axis),
    }
    for field, shape in expected.items():
        array = getattr(explanation, field)
        if array is None and field == "std_errors":
            continue
        assert array.shape == shape, (
            f"{name}: {kind}: {field} has shape {array.shape}, expected {shape}"
        )
        assert np.isfinite(array).all(), f"{name}: {kind}: {field} is not finite"
    assert explanation.std_errors is None or (explanation.std_errors >= 0).all(), (
        f"{name}: {kind}: negative std_errors"
    )
    assert list(explanation.output_names) == outputs, (
        f"{name}: {kind}: output_names are {explanation.output_names}, expected {outputs}"
    )
    assert name in explanation.method, f"{name}: method is {explanation.method!r}"


def check_predictions(explainer):
    """`predictions` are the model's own."""
    need_attributions(explainer)
    for kind, case in _cases(explainer).items():
        predictions = fitted(explainer, case).explain(case.X).predictions
        predictions = predictions.reshape(len(case.X), -1)
        assert any(
            np.abs(shown - response).max() < _ROUNDING
            for shown, response in _pairs(predictions, case.model, case.X)
            if shown.shape == response.shape
        ), f"{name_of(explainer)}: {kind}: predictions are not the model's"


def _pairs(predictions, model, X):
    """Predictions, and what the model may have said about X, as columns."""
    if not hasattr(model, "classes_"):
        yield predictions, np.reshape(model.predict(X), (len(X), -1))
        return
    for name in ("predict_proba", "decision_function"):
        if hasattr(model, name):
            output = np.reshape(getattr(model, name)(X), (len(X), -1))
            yield predictions, output[:, 1:] if output.shape[1] == 2 else output
    if not hasattr(model, "predict_log_proba"):
        return
    with np.errstate(divide="ignore", invalid="ignore"):  # forests are sure of some classes
        logs = model.predict_log_proba(X)
        if logs.shape[1] == 2:
            yield predictions, logs[:, 1:] - logs[:, :1]
            return
        rivals = np.stack([np.delete(logs, k, axis=1).max(axis=1) for k in range(logs.shape[1])])
        yield predictions, logs - rivals.T
        # Raw scores are known from probabilities up to a constant.
        yield _centred(predictions), _centred(logs)


def _centred(scores):
    return scores - scores.mean(axis=1, keepdims=True)


def check_completeness(explainer):
    """Where promised, base value plus attributions equal the prediction, to rounding."""
    if not tags_of(explainer).completeness:
        raise SkipTest("it does not promise completeness")
    for kind, case in _cases(explainer).items():
        explanation = fitted(explainer, case).explain(case.X)
        total = explanation.base_values + explanation.values.sum(axis=1)
        gap = np.abs(total - explanation.predictions).max()
        allowed = 1e-9 * max(1.0, np.abs(explanation.predictions).max())
        assert gap <= allowed, (
            f"{name_of(explainer)}: {kind}: base value and attributions miss the prediction by "
            f"{gap:.1e}, though completeness is promised"
        )


def check_no_rows(explainer):
    """No rows give an empty result with all its names, not an error."""
    for kind in ("regression", "classes"):
        case = case_of(explainer, kind, frame=True)
        explainer = fitted(explainer, case)
        empty, some = explainer.explain(case.X[:0]), explainer.explain(case.X)
        if tags_of(explainer).attributions:
            assert empty.values.shape == (0, *some.values.shape[1:]), (
                f"{name_of(explainer)}: no rows give values of shape {empty.values.shape}"
            )
        assert empty.feature_names == some.feature_names, "names differ when there are no rows"
        assert list(empty.output_names) == _OUTPUTS[kind], "outputs differ when there are no rows"
        assert len(empty.to_frame()) == 0, "to_frame has rows when there are none"


def check_data_is_kept(explainer):
    """`data` holds the explained rows as they were given."""
    for frame in (False, True):
        case = case_of(explainer, frame=frame)
        data = fitted(explainer, case).explain(case.X).data
        assert_same(case.X, data, f"{name_of(explainer)}: explanation.data is not X")


def check_target_label(explainer):
    """A class label, or a list of them, picks these outputs and leaves them as they were."""
    need_attributions(explainer)
    need_parameter(explainer, "target")
    case = case_of(explainer, "classes")
    every = fitted(explainer, case).explain(case.X)
    for target in ("top", ["top"], ["top", "low"], np.array(["mid"])):
        got = fitted(explainer, case, target=target).explain(case.X)
        labels = [target] if isinstance(target, str) else list(target)
        assert list(got.output_names) == labels, (
            f"{name_of(explainer)}: target={target!r} explains {list(got.output_names)}"
        )
        for label in labels:
            _check_same_output(explainer, got.output(label), every.output(label), target)
    case = case_of(explainer, "binary")
    yes, no = (fitted(explainer, case, target=t).explain(case.X) for t in ("yes", "no"))
    assert np.allclose(yes.predictions + no.predictions, 1) or np.allclose(
        yes.predictions, -no.predictions
    ), f"{name_of(explainer)}: predictions of the two classes of a binary classifier disagree"


def _check_same_output(explainer, got, expected, target):
    # Methods may do with less when they watch fewer outputs; those that sample stop earlier.
    counts = set(expected._row_fields) - {"targets"}
    sampled = ["values", "std_errors"] if expected.std_errors is not None else []
    assert_same_result(
        got,
        expected,
        f"{name_of(explainer)}: target={target!r} is explained otherwise than among all outputs",
        tol=_ROUNDING,
        ignore=["method", *counts, *sampled],
    )


def check_target_predicted(explainer):
    """With target="predicted", each row explains the class with its largest output."""
    need_attributions(explainer)
    need_parameter(explainer, "target")
    case = case_of(explainer, "classes")
    every = fitted(explainer, case).explain(case.X)
    got = fitted(explainer, case, target="predicted").explain(case.X)
    best = every.predictions.argmax(axis=1)
    assert list(got.targets) == [every.output_names[k] for k in best], (
        f"{name_of(explainer)}: explained classes are {list(got.targets)}"
    )
    assert got.values.shape == every.values.shape[:2], "target='predicted' must give one output"
    if every.std_errors is None:
        expected = np.take_along_axis(every.values, best[:, None, None], axis=2)[:, :, 0]
        gap = np.abs(got.values - expected).max()
        assert gap < _ROUNDING, f"{name_of(explainer)}: target='predicted' is off by {gap:.1e}"


def check_response_method(explainer):
    """`response_method` chooses what is explained."""
    need_parameter(explainer, "response_method")
    need_any_model(explainer)
    case = case_of(explainer, "classes")
    labels = np.array(case.model.predict(case.X))
    indicators = (labels[:, None] == case.model.classes_).astype(float)
    for method, expected in (
        ("predict_proba", case.model.predict_proba(case.X)),
        ("predict", indicators),
    ):
        got = fitted(explainer, case, response_method=method).explain(case.X).predictions
        assert np.array_equal(got, expected), (
            f"{name_of(explainer)}: response_method={method!r} explains something else"
        )


def check_groups(explainer):
    """`groups` makes several columns one player, by name or position."""
    need_parameter(explainer, "groups")
    case = case_of(explainer, frame=True)
    for groups in ({"body": ["height", "pulse"]}, {"body": [2, 3]}):
        explanation = fitted(explainer, case, groups=groups).explain(case.X)
        assert list(explanation.feature_names) == ["body", "age", "dose"], (
            f"{name_of(explainer)}: groups={groups} has players {explanation.feature_names}"
        )
        assert [sorted(group) for group in explanation.groups] == [[2, 3], [0], [1]], (
            f"{name_of(explainer)}: explanation.groups are {explanation.groups}"
        )
        if tags_of(explainer).completeness:
            gap = np.abs(explanation.completeness_gap).max()
            assert gap < _ROUNDING * 10, f"{name_of(explainer)}: groups lose {gap:.1e}"


def check_verbose(explainer):
    """`verbose` shows progress and changes nothing else."""
    need_parameter(explainer, "verbose")
    if importlib.util.find_spec("tqdm") is None:
        raise SkipTest("needs tqdm")
    case = case_of(explainer)
    expected = fitted(explainer, case).explain(case.X)
    with contextlib.redirect_stderr(io.StringIO()):
        got = fitted(explainer, case, verbose=1).explain(case.X)
    assert_same_result(
        got, expected, f"{name_of(explainer)}: verbose changes values", ignore=["method"]
    )
