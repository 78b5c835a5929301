"""Checks of ``interactions(X)``, for explainers that have it."""

import copy

import numpy as np

from skxai.utils._checks._cases import case_of, fitted, mixed_case, name_of, tags_of, take
from skxai.utils._checks._compare import assert_same, assert_same_result
from skxai.utils._checks._skips import need_method

_ROUNDING = 1e-10
# Fields that do not depend on what is attributed.
_OWN = ("values", "std_errors", "n_evals")


def _cases(explainer):
    need_method(explainer, "interactions")
    yield case_of(explainer)
    yield case_of(explainer, "classes", frame=True)
    if tags_of(explainer).mixed:
        yield mixed_case(explainer)


def check_interactions_fit_the_attributions(explainer):
    """Matrices are symmetric, and each of their rows sums to the attribution of `explain`."""
    for case in _cases(explainer):
        explainer = fitted(explainer, case)
        pairs, single = explainer.interactions(case.X), explainer.explain(case.X)
        name = name_of(explainer)
        mirrored = pairs.values.swapaxes(1, 2)
        assert np.array_equal(pairs.values, mirrored), f"{name}: interactions are not symmetric"
        sums = pairs.attributions()
        what = f"{name}: interactions belong to another explanation than that of explain"
        assert_same_result(sums, single, what, ignore=_OWN, tol=_ROUNDING)
        tol = _ROUNDING * max(1.0, np.abs(single.values).max())
        if pairs.std_errors is None and single.std_errors is None:
            gap = np.abs(sums.values - single.values).max()
            assert gap <= tol, f"{name}: interactions miss the attributions by {gap:.1e}"
        if tags_of(explainer).completeness:
            gap = np.abs(pairs.completeness_gap).max()
            assert gap <= 100 * tol, f"{name}: interactions miss the predictions by {gap:.1e}"


def check_interactions_of_single_rows(explainer):
    """A row's interactions depend on that row and the fitted explainer alone."""
    for case in _cases(explainer):
        explainer = fitted(explainer, case)
        for rows in ([4], [2, 0, 2]):
            assert_same_result(
                explainer.interactions(take(case.X, rows)),
                explainer.interactions(case.X)[rows],
                f"{name_of(explainer)}: a row's interactions depend on the other rows",
                tol=_ROUNDING,
            )


def check_interactions_change_nothing(explainer):
    """`interactions` leaves the explainer, its model and its data as they were."""
    need_method(explainer, "interactions")
    for case in (case_of(explainer), case_of(explainer, "classes", frame=True)):
        explainer = fitted(explainer, case)
        before = copy.deepcopy((vars(explainer), case))
        first = explainer.interactions(case.X)
        what = f"{name_of(explainer)}: interactions changed the explainer or its data"
        assert_same(before, (vars(explainer), case), what)
        what = f"{name_of(explainer)}: a second call gives other interactions"
        assert_same_result(explainer.interactions(case.X), first, what)
