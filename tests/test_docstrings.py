"""Public classes, functions and methods are documented as numpydoc wants it."""

import inspect

import pytest
from public_api import public_methods, public_objects

validate = pytest.importorskip("numpydoc.validate")

# All of numpydoc's checks but these: not everything has a text beyond its summary (ES01) or
# something to see also (SA01), and scikit-learn gives names to what it returns (RT02).
WANTED = {
    "GL01": "summary on the first line",
    "GL02": "no empty line at the end",
    "GL03": "no double blank lines",
    "GL05": "no tabs",
    "GL06": "known sections",
    "GL07": "sections in order",
    "GL08": "a docstring",
    "GL09": "deprecation after the summary",
    "GL10": "directives with two colons",
    "SS01": "a summary",
    "SS02": "starting with a capital",
    "SS03": "ending with a period",
    "SS04": "without leading spaces",
    "SS05": "starting with an infinitive, if with a verb",
    "SS06": "on one line",
    "PR01": "all parameters documented",
    "PR02": "no others",
    "PR03": "in order",
    "PR04": "with their types",
    "PR05": "types without a period",
    "PR06": "types by their names in Python",
    "PR07": "with a description",
    "PR08": "which starts with a capital",
    "PR09": "and ends with a period",
    "PR10": "a space before the colon",
    "RT01": "what is returned",
    "RT03": "with a description",
    "RT04": "which starts with a capital",
    "RT05": "and ends with a period",
    "YD01": "what is yielded",
    "SA02": "a period after what to see also",
    "SA03": "which starts with a capital",
    "SA04": "a description of what to see also",
    "EX01": "examples",
}
# Plain properties and methods say it in one line; their class has the examples.
NOT_FOR_METHODS = {"EX01"}
# Its examples are the explainers.
WITHOUT_EXAMPLES = {
    "skxai.base.BaseExplainer",
    "skxai.base.Attributions",
    # those of which are the maskers,
    "skxai.maskers.RowMasker",
    "skxai.maskers.MaskedInputs",
    # and what these find.
    "skxai.explanation.Layout",
}

OBJECTS = public_objects()
METHODS = {
    f"{owner}.{name}": member
    for owner, cls in OBJECTS.items()
    if inspect.isclass(cls)
    for name, member in public_methods(cls).items()
}


def complaints(docstring, codes):
    """numpydoc's errors with these codes, as readable lines."""
    result = validate.validate(docstring)
    return [f"{code}: {message}" for code, message in result["errors"] if code in codes]


@pytest.mark.parametrize("name", OBJECTS)
def test_classes_and_functions(name):
    codes = set(WANTED) - ({"EX01"} if name in WITHOUT_EXAMPLES else set())
    member = OBJECTS[name]
    assert complaints(f"{member.__module__}.{member.__qualname__}", codes) == []


@pytest.mark.parametrize("name", METHODS)
def test_methods_and_properties(name):
    owner, _, method = name.rpartition(".")
    cls = OBJECTS[owner]
    codes = set(WANTED) - NOT_FOR_METHODS
    assert complaints(f"{cls.__module__}.{cls.__qualname__}.{method}", codes) == []


@pytest.mark.parametrize("name", [n for n, member in OBJECTS.items() if inspect.isclass(member)])
def test_attributes_are_documented(name):
    """Attributes that end in an underscore are listed for every estimator."""
    cls = OBJECTS[name]
    properties = [n for n in public_methods(cls) if n.endswith("_")]
    documented = {entry.name for entry in validate.get_doc_object(cls)["Attributes"]}
    assert set(properties) <= documented
