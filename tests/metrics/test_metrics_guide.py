from pathlib import Path

import pytest

from skxai import metrics

GUIDE = (Path(__file__).parents[2] / "doc/user_guide/metrics.rst").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", metrics.__all__)
def test_the_guide_names_all_that_there_is(name):
    role = "class" if isinstance(getattr(metrics, name), type) else "func"
    assert f":{role}:`{name}`" in GUIDE


@pytest.mark.parametrize(
    "name", [name for name in metrics.__all__ if not isinstance(getattr(metrics, name), type)]
)
def test_the_guide_says_when_to_use_it(name):
    table = GUIDE.split(".. list-table::")[1].split("The measures\n---")[0]
    assert f"* - :func:`{name}`" in table
