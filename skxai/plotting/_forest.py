"""A forest plot: coefficients with their confidence intervals."""

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from skxai.plotting._common import (
    LINE,
    NEUTRAL,
    check_max_features,
    finish_axes,
    prepare_axes,
    write_column,
)
from skxai.plotting._text import elide, quoted

_NEEDED = ("feature", "coef", "coef_scaled", "statistic", "p_value", "ci_lower", "ci_upper")
_MOST_UNIDENTIFIED = 2  # coefficients with a row of their own


class ForestDisplay:
    """Coefficients with their confidence intervals, and which of them are significant.

    A filled point has a p-value below `alpha`; a hollow one has not. What the data cannot
    identify is listed without a point.

    It is recommended to use `from_explainer` or `from_table`. All parameters are stored as
    attributes.

    Parameters
    ----------
    estimates, ci_lower, ci_upper, p_values : array-like of shape (n_coefs,)
        Coefficients, the ends of their intervals, and their p-values, from the top. NaN where
        unknown.
    labels : sequence of str
        The names beside the coefficients.
    identified : array-like of bool of shape (n_coefs,), default=None
        Whether the data determine the coefficient. None: all.
    alpha : float, default=0.05
        The level of significance.
    p_label : str, default="p"
        The heading of the column of p-values.
    xlabel : str, default=None
        The label of the horizontal axis; long lines are wrapped.
    title : str, default=None
        The title.

    Attributes
    ----------
    points_ : matplotlib PathCollection
        The identified coefficients.
    intervals_ : matplotlib LineCollection
        The intervals with two finite ends.
    texts_ : list of matplotlib Annotation
        The p-values at the right.
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from skxai.plotting import ForestDisplay
    >>> display = ForestDisplay(
    ...     [1.2, 0.3], [0.8, -0.2], [1.6, 0.8], [0.001, 0.2], ["age", "dose"]).plot()
    >>> [text.get_text() for text in display.texts_]
    ['0.001', '0.200', 'p']
    """

    def __init__(
        self,
        estimates,
        ci_lower,
        ci_upper,
        p_values,
        labels,
        *,
        identified=None,
        alpha=0.05,
        p_label="p",
        xlabel=None,
        title=None,
    ):
        self.estimates = estimates
        self.ci_lower = ci_lower
        self.ci_upper = ci_upper
        self.p_values = p_values
        self.labels = labels
        self.identified = identified
        self.alpha = alpha
        self.p_label = p_label
        self.xlabel = xlabel
        self.title = title

    @classmethod
    def from_explainer(cls, explainer, **kwargs):
        """Draw the coefficients that an explainer has tested.

        Parameters
        ----------
        explainer : LinearImportanceExplainer
            A fitted explainer with a ``table_``.
        **kwargs : dict
            Passed to `from_table`.

        Returns
        -------
        ForestDisplay
        """
        check_is_fitted(explainer, "table_")
        level = getattr(explainer, "confidence_level", 0.95)
        return cls.from_table(explainer.table_, **{"confidence_level": level, **kwargs})

    @classmethod
    def from_table(
        cls,
        table,
        *,
        ax=None,
        max_features=20,
        output=None,
        scaled=True,
        sort=True,
        confidence_level=0.95,
        **kwargs,
    ):
        """Draw the coefficients of a table.

        Parameters
        ----------
        table : DataFrame
            With columns feature, coef, coef_scaled, statistic, p_value, ci_lower, ci_upper;
            and, where it has them, p_adjusted (then these count), p_valid, identified, output.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        max_features : int or None, default=20
            How many coefficients are shown; the label below says how many are not. None shows
            all.
        output : str or class label, default=None
            The output to show. Needed if the table has several.
        scaled : bool, default=True
            Whether to show coefficients per standard deviation of the feature, which can be
            compared, or per unit.
        sort : bool, default=True
            Whether the most significant come first (by absolute statistic), or the table's
            order is kept. What is not identified comes last; more than two such coefficients
            share one row.
        confidence_level : float, default=0.95
            That of the intervals; p-values below ``1 - confidence_level`` count as significant.
        **kwargs : dict
            Passed to `plot`.

        Returns
        -------
        ForestDisplay
        """
        check_max_features(max_features)
        table = _rows_of_output(_checked(table), output)
        title = _title(table)
        identified = _flags(table, "identified")
        order = np.abs(table["statistic"].to_numpy(float)) if sort else np.zeros(len(table))
        order = np.lexsort([-np.nan_to_num(order, nan=-1.0), ~identified])
        known, unknown = order[identified[order]], order[~identified[order]]
        together = len(unknown) > _MOST_UNIDENTIFIED
        order = known if together else order
        shown = order[:max_features]
        n_hidden = len(order) - len(shown)
        lost = list(map(str, table["feature"].iloc[unknown])) if together else []
        table, identified = table.iloc[shown], identified[shown]
        unit = "standard deviation" if scaled else "unit"
        percent = f"{100 * confidence_level:g} %"
        xlabel = [f"coefficient per {unit}, with {percent} intervals"]
        if n_hidden:
            which = "more, of smaller statistics," if sort else "more"
            xlabel.append(f"{n_hidden} {which} are not shown")
        if not _flags(table, "p_valid").all():
            xlabel.append("p-values and intervals are not valid for this kind of fit")
        numbers, labels = _numbers(table, scaled), list(map(str, table["feature"]))
        if lost:
            numbers = [np.append(column, np.nan) for column in numbers]
            labels.append(f"{len(lost)} coefficients")
            named = ", ".join(elide(name, 40) for name in lost[:3])
            xlabel.append(f"not identified: {named}" + ", …" * (len(lost) > 3))
            identified = np.append(identified, False)
        display = cls(
            *numbers,
            labels,
            identified=identified,
            alpha=round(1 - confidence_level, 12),
            p_label="adjusted p" if "p_adjusted" in table else "p",
            xlabel="\n".join(xlabel),
            title=title,
        )
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        **kwargs : dict
            Passed to matplotlib's ``Axes.scatter``, for instance ``s``.

        Returns
        -------
        ForestDisplay
            This display.
        """
        estimates, lower, upper, p_values = (
            np.asarray(numbers, dtype=float)
            for numbers in (self.estimates, self.ci_lower, self.ci_upper, self.p_values)
        )
        rows = np.arange(len(estimates))
        known = np.isfinite(estimates)
        if self.identified is not None:
            known &= np.asarray(self.identified, dtype=bool)
        bounded = known & np.isfinite(lower) & np.isfinite(upper)
        significant = p_values < self.alpha
        ax, size = prepare_axes(ax, self.labels)
        ax.axvline(0, color=LINE, linewidth=0.8, zorder=1)
        self.intervals_ = ax.hlines(
            rows[bounded], lower[bounded], upper[bounded], color=NEUTRAL, linewidth=1.6, zorder=2
        )
        style = {
            "s": 34,
            "facecolors": [NEUTRAL if filled else "white" for filled in significant[known]],
            "edgecolors": NEUTRAL,
            "linewidths": 1.4,
            "zorder": 3,
        }
        self.points_ = ax.scatter(estimates[known], rows[known], **{**style, **kwargs})
        texts = [_p_text(p) if fine else "not identified" for p, fine in zip(p_values, known)]
        self.texts_ = write_column(ax, texts, size, header=self.p_label)
        filled = f"filled: {self.p_label} < {self.alpha:.3g}"
        finish_axes(ax, self.title, "\n".join(filter(None, [self.xlabel, filled])))
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _checked(table):
    if not isinstance(table, pd.DataFrame):
        raise ValueError(f"table must be a DataFrame, got {type(table).__name__}")
    missing = [column for column in _NEEDED if column not in table]
    if missing:
        raise ValueError(f"table has no columns {missing}; its columns are {list(table.columns)}")
    if len(table) == 0:
        raise ValueError("table has no rows; expected at least one")
    return table


def _rows_of_output(table, output):
    """The rows of one output, where the table has several."""
    if "output" not in table:
        if output is not None:
            raise ValueError(f"output must be None for a table without it, got {output!r}")
        return table
    names = list(dict.fromkeys(table["output"].astype(str)))
    if output is None and len(names) == 1:
        output = names[0]
    if output is None or str(output) not in names:
        raise ValueError(f"output must be one of {names}, got {output!r}")
    return table[table["output"].astype(str) == str(output)]


def _title(table):
    if "output" not in table:
        return None
    return f"output {quoted(table['output'].iloc[0])}"


def _flags(table, column):
    """A column of flags; all true where the table has none."""
    if column not in table:
        return np.ones(len(table), dtype=bool)
    return table[column].to_numpy(dtype=bool)


def _numbers(table, scaled):
    """Estimates, ends of the intervals and p-values, in the wanted units."""
    estimates, lower, upper = (
        table[column].to_numpy(dtype=float) for column in ("coef", "ci_lower", "ci_upper")
    )
    p_values = table["p_adjusted" if "p_adjusted" in table else "p_value"].to_numpy(dtype=float)
    if not scaled:
        return estimates, lower, upper, p_values
    scaled_estimates = table["coef_scaled"].to_numpy(dtype=float)
    deviations = np.full(len(table), np.nan)  # of a coefficient 0, they cannot be known
    np.divide(scaled_estimates, estimates, out=deviations, where=estimates != 0)
    return scaled_estimates, lower * deviations, upper * deviations, p_values


def _p_text(p_value):
    if np.isnan(p_value):
        return "–"
    return "< 0.001" if p_value < 0.0005 else f"{p_value:.3f}"
