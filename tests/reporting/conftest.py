"""Every test here needs matplotlib; no figure is left open, no global style touched."""

import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _leave_no_trace():
    from matplotlib import pyplot

    before = matplotlib.rcParams.copy()
    yield
    assert pyplot.get_fignums() == []
    assert matplotlib.rcParams == before


@pytest.fixture(autouse=True)
def _unsaved_pictures(request, monkeypatch):
    """Pictures are drawn, but saved in one file of tests only: it takes longer than the rest."""
    if request.module.__name__ != "test_report_pictures":
        monkeypatch.setattr("skxai.reporting._pictures._source", lambda figure: "data:,")
