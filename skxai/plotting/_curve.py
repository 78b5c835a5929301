"""How the model's output falls as features are removed."""

import numpy as np

from skxai.plotting._common import LINE, PALETTE, WHISKER, finish_axes, new_axes
from skxai.plotting._text import plain

_DASHES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)))  # for print without colours


class CurveDisplay:
    """Mean outputs of the model as features are removed, most relevant first.

    Make it with `from_curves`, or by ``curve.plot()``. Bands are two standard errors of the mean
    over the rows to each side.

    Parameters
    ----------
    shares : list of ndarray of shape (n_steps + 1,)
        For each curve, the share of features that has been removed.
    means : list of ndarray of shape (n_steps + 1,)
        Mean outputs.
    std_errors : list of ndarray of shape (n_steps + 1,)
        Their standard errors; NaN for a single row.
    labels : list of str
        What the curves are called; an empty one has no entry in the legend.
    output_name : str, default="output"
        What is drawn.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        Its figure.
    lines_ : list of matplotlib Line2D
        The curves; neighbours differ in colour and in dashes.
    bands_ : list of matplotlib PolyCollection
        The bands, of curves with standard errors.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.metrics import RemovalCurve
    >>> from skxai.plotting import CurveDisplay
    >>> curve = RemovalCurve(np.array([[3.0, 1.0, 1.0]]), np.array([0, 1, 2]), ("y",))
    >>> display = CurveDisplay.from_curves({"Shapley": curve})
    >>> display.lines_[0].get_ydata().tolist()
    [3.0, 1.0, 1.0]
    """

    def __init__(self, shares, means, std_errors, labels, output_name="output"):
        self.shares = shares
        self.means = means
        self.std_errors = std_errors
        self.labels = labels
        self.output_name = output_name

    @classmethod
    def from_curves(cls, curves, *, output=None, ax=None, **kwargs):
        """Draw one curve, or several in one picture.

        Parameters
        ----------
        curves : RemovalCurve, or dict of str to RemovalCurve
            What `selectivity_curve` returned, of the same output.
        output : str, default=None
            The output to draw, where there are several.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        CurveDisplay

        Raises
        ------
        KeyError, ValueError
            If there is no curve, no row, no such output, or several and none is chosen.
        """
        curves = curves if isinstance(curves, dict) else {"": curves}
        if not curves:
            raise ValueError("curves is empty; expected at least one")
        found = [_mean_and_error(curve, output) for curve in curves.values()]
        names = next(iter(curves.values())).output_names
        different = [name for name, curve in curves.items() if curve.output_names != names]
        if different:
            raise ValueError(
                f"curves[{different[0]!r}] is of the outputs "
                f"{list(curves[different[0]].output_names)}; expected {list(names)}, as the first"
            )
        display = cls(
            [curve.shares for curve in curves.values()],
            [mean for mean, _ in found],
            [error for _, error in found],
            list(curves),
            f"mean output {names[0] if output is None else output}",
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw it.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.
        **kwargs : dict
            Passed to matplotlib's ``Axes.plot``, for instance ``linewidth``.

        Returns
        -------
        CurveDisplay
            This one.
        """
        ax = new_axes(6.0, 4.0) if ax is None else ax
        self.lines_, self.bands_ = [], []
        for k, (share, mean, error) in enumerate(zip(self.shares, self.means, self.std_errors)):
            color = PALETTE[k % len(PALETTE)]
            label = plain(self.labels[k]) if self.labels[k] else None
            style = {"color": color, "linewidth": 1.8, "linestyle": _DASHES[k % len(_DASHES)]}
            self.lines_ += ax.plot(share, mean, label=label, **{**style, **kwargs})
            if np.isfinite(error).all():
                low, high = mean - WHISKER * error, mean + WHISKER * error
                style = {"color": self.lines_[-1].get_color(), "alpha": 0.15, "linewidth": 0}
                self.bands_.append(ax.fill_between(share, low, high, **style))
        ax.set_xlim(0, 1)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
        ax.grid(axis="y", color="0.9", linewidth=0.8)
        ax.set_axisbelow(True)
        ax.set_ylabel(plain(self.output_name), color=LINE)
        finish_axes(ax, None, "share of features removed")
        if any(self.labels):
            ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _mean_and_error(curve, output):
    """Over the rows, of one output."""
    outputs, names = curve.outputs, list(curve.output_names)
    if len(outputs) == 0:
        raise ValueError("the curve has no rows")
    if output is not None and str(output) not in names:
        raise KeyError(f"no output {str(output)!r}; outputs are {names}")
    if outputs.ndim == 3:
        if output is None:
            raise ValueError(f"the curve has the outputs {names}; expected one: set output")
        outputs = outputs[:, :, names.index(str(output))]
    error = np.full(outputs.shape[1], np.nan)
    if len(outputs) > 1:
        error = outputs.std(axis=0, ddof=1) / np.sqrt(len(outputs))
    return outputs.mean(axis=0), error
