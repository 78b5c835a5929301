"""Checks that any explainer must pass, as `sklearn.utils.estimator_checks` are for estimators.

They hold explainers to the contract of `skxai.base.BaseExplainer`: an explainer behaves like a
scikit-learn estimator; `fit` and `explain` change nothing of the caller's; a row's explanation
depends on that row and the fitted explainer alone; bad arguments are refused by name. What an
explainer promises beyond that, and what it needs, it says by its `ExplainerTags`.
"""

import functools
import warnings
from dataclasses import dataclass
from unittest import SkipTest

from sklearn.base import clone

from skxai.utils._checks import (
    _inputs,
    _interactions,
    _outputs,
    _parameters,
    _purity,
    _refusals,
    _rows,
)
from skxai.utils._tags import ExplainerTags

__all__ = ["CHECKS", "CheckResult", "ExplainerTags", "check_explainer", "parametrize_with_checks"]


def _quietly(check):
    """The check, letting explainers warn of what the small cases hold."""

    @functools.wraps(check)
    def run(explainer):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            check(explainer)

    return run


#: All checks: functions of one unfitted explainer.
CHECKS = tuple(
    _quietly(function)
    for module in (_parameters, _purity, _rows, _inputs, _refusals, _outputs, _interactions)
    for name, function in vars(module).items()
    if name.startswith("check_") and function.__module__ == module.__name__
)


@dataclass(frozen=True)
class CheckResult:
    """What came of one check.

    Parameters
    ----------
    check : str
        Name of the check.
    status : {"passed", "failed", "skipped"}
        Skipped are checks of what the explainer does not have.
    reason : str, default=""
        Why it failed or was skipped.

    Examples
    --------
    >>> from skxai.utils.explainer_checks import CheckResult
    >>> CheckResult("check_groups", "skipped", "it has no parameter 'groups'").status
    'skipped'
    """

    check: str
    status: str
    reason: str = ""


def check_explainer(explainer, *, on_fail="raise"):
    """Run all checks on an explainer.

    Parameters
    ----------
    explainer : explainer
        Not fitted; it stays as it is, the checks work on clones.
    on_fail : {"raise", "report"}, default="raise"
        Whether to stop at the first failure with its AssertionError, or to go on and report.

    Returns
    -------
    list of CheckResult
        One for each check.

    Examples
    --------
    >>> from skxai import ShapleyExplainer
    >>> from skxai.utils.explainer_checks import check_explainer
    >>> results = check_explainer(ShapleyExplainer(algorithm="exact"))
    >>> [result.check for result in results if result.status == "failed"]
    []
    """
    if on_fail not in ("raise", "report"):
        raise ValueError(f"on_fail is {on_fail!r}; expected 'raise' or 'report'")
    results = []
    for check in CHECKS:
        try:
            check(clone(explainer))
            results.append(CheckResult(check.__name__, "passed"))
        except SkipTest as reason:
            results.append(CheckResult(check.__name__, "skipped", str(reason)))
        except Exception as error:
            if on_fail == "raise":
                raise
            results.append(
                CheckResult(check.__name__, "failed", f"{type(error).__name__}: {error}")
            )
    return results


def parametrize_with_checks(explainers):
    """Decorate a pytest function to run every check on every explainer.

    Parameters
    ----------
    explainers : list of explainers
        Not fitted.

    Returns
    -------
    pytest.MarkDecorator
        Gives the test its arguments `explainer` and `check`.

    Examples
    --------
    >>> from skxai import ShapleyExplainer
    >>> from skxai.utils.explainer_checks import parametrize_with_checks
    >>> @parametrize_with_checks([ShapleyExplainer(), ShapleyExplainer(algorithm="exact")])
    ... def test_contract(explainer, check):
    ...     check(explainer)
    """
    import pytest

    for explainer in explainers:
        if isinstance(explainer, type):
            raise TypeError(f"explainers has the class {explainer.__name__}; expected instances")
    return pytest.mark.parametrize(
        ("explainer", "check"),
        [
            pytest.param(clone(explainer), check, id=f"{_text(explainer)}-{check.__name__}")
            for explainer in explainers
            for check in CHECKS
        ],
    )


def _text(explainer):
    """The explainer on one line."""
    return " ".join(repr(explainer).split())
