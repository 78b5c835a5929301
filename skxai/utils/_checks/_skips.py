"""Reasons not to run a check. `unittest.SkipTest` is understood by pytest too."""

from unittest import SkipTest

from skxai.utils._checks._cases import tags_of


def need_any_model(explainer):
    """Skip explainers that take only certain models."""
    if not tags_of(explainer).any_model:
        raise SkipTest("it takes only certain models")


def need_mixed(explainer):
    """Skip explainers that refuse mixed frames; `check_mixed_frame` sees that they do."""
    if not tags_of(explainer).mixed:
        raise SkipTest("it takes no mixed frames")


def need_attributions(explainer):
    """Skip explainers whose result is no `Explanation`."""
    if not tags_of(explainer).attributions:
        raise SkipTest("it returns no attributions")


def need_parameter(explainer, parameter):
    """Skip explainers without this parameter."""
    if parameter not in explainer.get_params(deep=False):
        raise SkipTest(f"it has no parameter {parameter!r}")


def need_method(explainer, method):
    """Skip explainers without this method."""
    if not hasattr(explainer, method):
        raise SkipTest(f"it has no {method}")
