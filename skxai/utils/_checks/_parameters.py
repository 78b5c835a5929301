"""Checks of the scikit-learn side: constructor, parameters, clone, pickle."""

import copy
import inspect
import pickle

from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skxai.utils._checks._cases import case_of, fitted, name_of, seeded, tags_of
from skxai.utils._checks._compare import assert_same, assert_same_result, difference
from skxai.utils._checks._errors import assert_raises


def check_constructor_only_assigns(explainer):
    """The constructor takes keyword-only parameters and stores them as they are."""
    name = name_of(explainer)
    parameters = inspect.signature(type(explainer)).parameters
    for parameter in parameters.values():
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY, (
            f"{name}: constructor parameter {parameter.name!r} is not keyword-only"
        )
        kinds = (str, int, float, bool, tuple, type(None))
        assert parameter.default is inspect.Parameter.empty or isinstance(
            parameter.default, kinds
        ), f"{name}: constructor parameter {parameter.name!r} has a mutable default"
    given = {parameter: object() for parameter in parameters}
    made = type(explainer)(**given)
    for parameter, value in given.items():
        assert vars(made).get(parameter) is value, (
            f"{name}: the constructor does not store {parameter!r} as it was given"
        )
    extra = sorted(set(vars(made)) - set(given))
    assert not extra, f"{name}: the constructor sets {extra}, which are no parameters"


def check_get_set_params(explainer):
    """`get_params` and `set_params` know exactly the constructor's parameters."""
    name = name_of(explainer)
    parameters = explainer.get_params(deep=False)
    expected = set(inspect.signature(type(explainer)).parameters)
    assert set(parameters) == expected, f"{name}: get_params gives {sorted(parameters)}"
    for parameter, value in parameters.items():
        marker = object()
        returned = explainer.set_params(**{parameter: marker})
        assert returned is explainer, f"{name}: set_params must return self"
        assert explainer.get_params(deep=False)[parameter] is marker, (
            f"{name}: set_params does not set {parameter!r}"
        )
        explainer.set_params(**{parameter: value})
    with assert_raises(explainer, "set_params with an unknown parameter", ValueError, "nonsense"):
        explainer.set_params(nonsense=1)


def check_parameters_are_validated(explainer):
    """`fit` refuses a value of no use for any parameter, and names the parameter."""
    case = case_of(explainer)
    constraints = getattr(explainer, "_parameter_constraints", {})
    for parameter in explainer.get_params(deep=False):
        assert not constraints or parameter in constraints, (
            f"{name_of(explainer)}: {parameter!r} is not in _parameter_constraints"
        )
        if constraints.get(parameter) == "no_validation":
            continue
        wrong = seeded(explainer).set_params(**{parameter: object()})
        with assert_raises(
            explainer, f"fit with {parameter}=object()", (TypeError, ValueError), parameter
        ):
            wrong.fit(case.model, case.X_background, case.y)


def check_clone(explainer):
    """A clone has the same parameters and nothing that was fitted."""
    case = case_of(explainer)
    copy_of_unfitted = clone(explainer)
    assert_same(
        explainer.get_params(),
        copy_of_unfitted.get_params(),
        f"{name_of(explainer)}: a clone has other parameters",
    )
    explainer = fitted(explainer, case)
    copied = clone(explainer)
    parameters = set(explainer.get_params(deep=False))
    left = sorted(set(vars(copied)) - parameters)
    assert not left, f"{name_of(explainer)}: a clone of the fitted explainer keeps {left}"
    expected = explainer.explain(case.X)
    got = copied.fit(case.model, case.X_background, case.y).explain(case.X)
    assert_same_result(got, expected, f"{name_of(explainer)}: a clone explains otherwise")


def check_pickle_unfitted(explainer):
    """An unfitted explainer can be pickled."""
    restored = pickle.loads(pickle.dumps(explainer))
    assert_same(
        vars(explainer), vars(restored), f"{name_of(explainer)}: pickling changes the explainer"
    )


def check_pickle_fitted(explainer):
    """A fitted explainer can be pickled, and so can its explanations."""
    for kind in ("regression", "classes"):
        case = case_of(explainer, kind, frame=True)
        explainer = fitted(explainer, case)
        expected = explainer.explain(case.X)
        got = pickle.loads(pickle.dumps(explainer)).explain(case.X)
        assert_same_result(got, expected, f"{name_of(explainer)}: explains otherwise once pickled")
        assert_same_result(
            pickle.loads(pickle.dumps(expected)),
            expected,
            f"{name_of(explainer)}: pickling changes the explanation",
        )


def check_repr(explainer):
    """Both text and HTML say what it is, fitted or not."""
    case = case_of(explainer)
    for state in (explainer, fitted(explainer, case)):
        assert name_of(explainer) in repr(state), "repr does not name the class"
        if hasattr(state, "_repr_html_"):
            assert name_of(explainer) in state._repr_html_(), "the HTML does not name the class"


def check_not_fitted(explainer):
    """`explain` before `fit` raises NotFittedError, and scikit-learn can tell."""
    case = case_of(explainer)
    with assert_raises(explainer, "explain before fit", NotFittedError):
        seeded(explainer).explain(case.X)
    with assert_raises(explainer, "check_is_fitted before fit", NotFittedError):
        check_is_fitted(seeded(explainer))
    check_is_fitted(fitted(explainer, case))


def check_fit_returns_self(explainer):
    """`fit` returns the explainer, and needs `y` only if the tags say so."""
    case, explainer = case_of(explainer), seeded(explainer)
    returned = explainer.fit(case.model, case.X_background, case.y)
    assert returned is explainer, f"{name_of(explainer)}: fit must return self"
    if tags_of(explainer).requires_y:
        with assert_raises(explainer, "fit without y", (TypeError, ValueError), "y"):
            clone(explainer).fit(case.model, case.X_background)
    else:
        clone(explainer).fit(case.model, case.X_background)


def check_fit_keeps_parameters(explainer):
    """`fit` changes no parameter, not even inside a nested one."""
    for kind in ("regression", "binary"):
        case, explainer = case_of(explainer, kind, frame=True), seeded(explainer)
        before = copy.deepcopy(explainer.get_params(deep=False))
        explainer.fit(case.model, case.X_background, case.y)
        found = difference(before, explainer.get_params(deep=False))
        assert found is None, f"{name_of(explainer)}: fit changed its parameters: {found}"


def check_refit(explainer):
    """A second `fit` forgets the first."""
    first, second = case_of(explainer, "binary", frame=True), case_of(explainer)
    expected = fitted(explainer, second)
    explainer = fitted(explainer, first).fit(second.model, second.X_background, second.y)
    assert_same_result(
        explainer.explain(second.X),
        expected.explain(second.X),
        f"{name_of(explainer)}: fitted for the second time it explains otherwise",
    )
    left = sorted(set(vars(explainer)) ^ set(vars(expected)))
    assert not left, f"{name_of(explainer)}: {left} is left from an earlier fit"


def check_no_metadata_requested(explainer):
    """The arguments of `fit` are not metadata that scikit-learn should route."""
    requested = explainer.get_metadata_routing()
    asked = {
        f"{method}: {', '.join(request.requests)}"
        for method in ("fit", "transform", "predict")
        if (request := getattr(requested, method, None)) is not None and request.requests
    }
    assert not asked, f"{name_of(explainer)}: asks for routed metadata, {sorted(asked)}"
