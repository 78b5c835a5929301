"""``python forked.py FAMILY``: explain in a process that is forked after `fit`."""

import multiprocessing
import sys

from odd_outcomes import fitted_family

from skxai.utils._checks._compare import assert_same_result

TIMEOUT = 60
HELD = {}  # what the child has by the fork alone, not by pickle


def explain_held():
    return HELD["explainer"].explain(HELD["X"])


def main(name):
    """Print "the same" if the numbers are."""
    HELD["explainer"], HELD["X"] = fitted_family(name)
    expected = explain_held()
    with multiprocessing.get_context("fork").Pool(1) as pool:
        got = pool.apply_async(explain_held).get(TIMEOUT)
    assert_same_result(got, expected, "after a fork")
    print("the same")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
