"""Settings for the doctests of the guide: no windows, and files land in a temporary folder."""

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def _in_a_temporary_folder(tmp_path, monkeypatch):
    plt.switch_backend("Agg")
    monkeypatch.chdir(tmp_path)
    yield
    plt.close("all")
