"""Settings for the doctests of the guide: no windows, and files land in a temporary folder."""

from importlib.util import find_spec

import matplotlib.pyplot as plt
import pytest

# The nightly job of this page runs on dask's DataFrames, which need pyarrow.
collect_ignore = [] if find_spec("dask") and find_spec("pyarrow") else ["user_guide/scaling.rst"]


@pytest.fixture(autouse=True)
def _in_a_temporary_folder(tmp_path, monkeypatch):
    plt.switch_backend("Agg")
    monkeypatch.chdir(tmp_path)
    yield
    plt.close("all")
