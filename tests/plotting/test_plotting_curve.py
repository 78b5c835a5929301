import numpy as np
import pytest

from skxai.metrics import RemovalCurve
from skxai.plotting import CurveDisplay


def curve(outputs, **fields):
    outputs = np.asarray(outputs, dtype=float)
    fields.setdefault("output_names", ("y",))
    return RemovalCurve(outputs, np.arange(outputs.shape[1]), **fields)


def test_mean_and_band():
    display = curve([[3.0, 1.0, 0.0], [5.0, 1.0, 2.0]]).plot()
    (line,) = display.lines_
    np.testing.assert_array_equal(line.get_xdata(), [0, 0.5, 1])
    np.testing.assert_array_equal(line.get_ydata(), [4, 1, 1])
    np.testing.assert_allclose(display.std_errors[0], [1, 0, 1])
    band = display.ax_.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (-1, 6)
    assert display.ax_.get_legend() is None
    assert display.ax_.get_ylabel() == "mean output y"


def test_several_curves_and_one_row():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    curves = {"Shapley": curve([[3.0, 1.0]]), "LIME $": curve([[3.0, 2.0, 1.0]])}
    display = CurveDisplay.from_curves(curves, ax=ax)
    assert display.ax_ is ax
    assert len(display.lines_) == 2
    assert not ax.collections
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Shapley", r"LIME \$"]


def test_an_output_is_chosen():
    outputs = np.zeros((2, 3, 2))
    outputs[:, :, 1] = 7
    several = curve(outputs, output_names=("a", "b"))
    assert several.plot(output="b").lines_[0].get_ydata().tolist() == [7, 7, 7]
    with pytest.raises(ValueError, match="set output"):
        several.plot()
    with pytest.raises(KeyError, match="no output 'c'"):
        several.plot(output="c")
    with pytest.raises(ValueError, match="no rows"):
        curve(np.zeros((0, 2))).plot()
    with pytest.raises(ValueError, match="empty"):
        CurveDisplay.from_curves({})


def test_curves_of_different_outputs_are_refused():
    curves = {"one": curve([[3.0, 1.0]]), "two": curve([[0.3, 0.1]], output_names=("chance",))}
    with pytest.raises(ValueError, match=r"curves\['two'\] is of the outputs \['chance'\]"):
        CurveDisplay.from_curves(curves)


def test_curves_differ_in_print_too():
    display = CurveDisplay.from_curves({str(k): curve([[3.0 + k, 1.0]]) for k in range(5)})
    assert len({line.get_color() for line in display.lines_}) == 5
    # `get_linestyle` has one name for all patterns of one's own.
    assert len({str(line._unscaled_dash_pattern) for line in display.lines_}) == 5


def test_style_and_bands():
    display = curve([[3.0, 1.0, 0.0], [5.0, 1.0, 2.0]]).plot()
    assert len(display.bands_) == 1
    display = CurveDisplay.from_curves(curve([[3.0, 1.0]]), color="red", linewidth=3)
    assert display.lines_[0].get_color() == "red"
    assert display.lines_[0].get_linewidth() == 3
    assert display.bands_ == []
