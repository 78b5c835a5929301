"""Odd tables, in each family of explainers: the right numbers, or an error that says what is wrong.

A part of all pairs is tried, such that each input meets several families and each family several
inputs of each class; ``python tests/odd_input/odd_outcomes.py`` tries all of them.
"""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from odd_families import FAMILIES
from odd_inputs import ALL
from odd_outcomes import NO_MODEL, REFUSED, SAME, outcome

from skxai import ActivationMaximizer

EVERY = 24  # of the pairs
MET_BY_ALL = {
    "Sparse[int] column",
    "bytes",
    "all object",
    "timestamp[ns][pyarrow]",
    "Fraction cells",
    "two levels",
    "about 1e300",
}
PAIRS = [
    (name, odd_input)
    for i, name in enumerate(FAMILIES)
    for j, odd_input in enumerate(ALL)
    if (i + j) % EVERY == 0 or odd_input.name in MET_BY_ALL
]

# Classes of inputs, and single ones, that a family may refuse; all else it must explain.
_KINDS = {"kinds in pandas", "dates in pandas"}
MAY_REFUSE = {
    "Counterfactual": {"sparse", "infinite cells", "infinite cells in pandas"},
    "Counterfactual, exact": {"sparse"},
    "Activation": {"sparse", *_KINDS},
    "InfluenceNetwork": {
        *("sparse", "all Sparse[int]", "repeated", "categories"),
        *("a constant column", "all rows the same", "only one column varies"),
        *_KINDS,
    },
}


@pytest.mark.parametrize(
    ("name", "odd_input"),
    [pytest.param(name, odd, id=f"{name}-{odd.group}-{odd.name}") for name, odd in PAIRS],
)
def test_right_numbers_or_a_clear_error(name, odd_input):
    came, message = outcome(name, odd_input)
    allowed = {SAME, NO_MODEL}
    if MAY_REFUSE.get(name, set()) & {odd_input.group, odd_input.name}:
        allowed.add(REFUSED)
    assert came in allowed, message


@pytest.mark.parametrize(
    "column",
    [
        np.array(["1", "2", "4"], dtype=object),
        pd.array(["1", "2", "4"], dtype="string"),
        pd.Categorical([1, 2, 4]),
        pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-04"]),
        np.array([1, 2, "4"], dtype=object),
        np.array([1 + 0j, 2, 4]),
    ],
)
def test_what_looks_like_numbers_is_none_to_an_activation_maximizer(column):
    X = pd.DataFrame({"a": [1.0, 2, 4], "b": column})
    with pytest.raises(
        ValueError, match="X_background has cells that are no numbers in column 'b'"
    ):
        ActivationMaximizer().fit(lambda X: X["a"], X)


@pytest.mark.parametrize(
    "column",
    [
        np.array([True, False, True]),
        np.array([True, False, True], dtype=object),
        pd.array([True, False, True], dtype="boolean"),
        np.array([Decimal(1), 0, Fraction(1)], dtype=object),
        pd.array([1, 0, 1], dtype="Int8"),
    ],
)
def test_flags_and_objects_are_numbers_to_an_activation_maximizer(column):
    X = pd.DataFrame({"a": [1.0, 2, 4], "b": column})
    # The plane (a, b) -> a + 3 b is highest at the upper ends of both.
    maximizer = ActivationMaximizer(strength=0, max_evals=100)
    maximizer.fit(lambda X: X.astype(float) @ [1, 3], X)
    np.testing.assert_allclose(maximizer.prototypes_, [[4, 1]])


def test_most_are_explained():
    came = [outcome("Shapley", odd_input)[0] for odd_input in ALL[::5]]
    assert came.count(SAME) > 0.8 * len(came)
