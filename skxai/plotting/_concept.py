"""Bars: in what share of rows an output rises with each concept."""

import numpy as np

from skxai.plotting._common import (
    GREY,
    LINE,
    NEUTRAL,
    ExplanationDisplay,
    finish_axes,
    prepare_axes,
)
from skxai.plotting._text import quoted


class ConceptDisplay(ExplanationDisplay):
    """The scores of concepts for one output, with the spread of their repeats.

    A bar is the mean score, a whisker the standard deviation over repeats to each side. Bars
    that may be chance are grey. The dashed line is the mean score of random concepts.

    It is recommended to use `from_explanation` or ``explanation.plot()``. All parameters are
    stored as attributes.

    Parameters
    ----------
    scores : array-like of shape (n_concepts,)
        Shares of rows.
    spreads : array-like of shape (n_concepts,)
        Their standard deviations over repeats.
    labels : sequence of str
        The names of the concepts.
    random : float, default=0.5
        The mean score of random concepts.
    significant : array-like of bool, default=None
        Which are coloured; None: all.
    xlabel : str, default=None
        The label of the axis.

    Attributes
    ----------
    bars_ : matplotlib BarContainer
    line_ : matplotlib Line2D
        The score of random concepts.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from skxai.plotting import ConceptDisplay
    >>> display = ConceptDisplay([0.9, 0.4], [0.1, 0.2], ["stripes", "dots"]).plot()
    >>> [float(bar.get_width()) for bar in display.bars_]
    [0.9, 0.4]
    """

    def __init__(self, scores, spreads, labels, *, random=0.5, significant=None, xlabel=None):
        self.scores = scores
        self.spreads = spreads
        self.labels = labels
        self.random = random
        self.significant = significant
        self.xlabel = xlabel

    @classmethod
    def from_explanation(cls, explanation, *, ax=None, output=None, alpha=0.05, **kwargs):
        """Draw the scores for one output.

        Parameters
        ----------
        explanation : ConceptExplanation
            What to draw.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        output : str or class label, default=None
            The output; needed with several. p-values are corrected for its concepts only.
        alpha : float, default=0.05
            A bar is grey if its corrected p-value is above this.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        ConceptDisplay
        """
        names = list(explanation.output_names)
        if output is None and len(names) > 1:
            raise ValueError(f"output must be one of {names}, got None")
        explanation = explanation.output(names[0] if output is None else output)
        table = explanation.to_frame()
        display = cls(
            table["score"].to_numpy(),
            table["std"].to_numpy(),
            explanation.feature_names,
            random=float(table["random"].mean()),
            significant=table["p_corrected"].to_numpy() <= alpha,
            xlabel=f"share of {len(explanation)} rows where {quoted(explanation.output_names[0])} "
            f"rises with the concept\ngrey: may be chance (p > {alpha:g}, corrected)",
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        **kwargs : dict
            Passed to matplotlib's ``barh``.

        Returns
        -------
        ConceptDisplay
            This display.
        """
        ax, _ = prepare_axes(ax, self.labels)
        sure = np.ones(len(self.labels), dtype=bool)
        if self.significant is not None:
            sure = np.asarray(self.significant)
        style = {
            "color": np.where(sure, NEUTRAL, GREY),
            "height": 0.7,
            "ecolor": LINE,
            "capsize": 3,
        }
        self.bars_ = ax.barh(
            np.arange(len(self.labels)), self.scores, xerr=self.spreads, **style | kwargs
        )
        self.line_ = ax.axvline(self.random, color=LINE, linestyle="--", linewidth=1)
        ax.set_xlim(0, 1.02)
        finish_axes(ax, None, self.xlabel)
        self.ax_, self.figure_ = ax, ax.figure
        return self
