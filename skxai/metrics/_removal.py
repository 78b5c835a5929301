"""Pixel flipping for tables: what the model says as the most relevant features are removed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.utils import gen_batches

from skxai._coalitions import states_per_batch
from skxai.metrics._imputation import LinearImputer
from skxai.metrics._judged import Judged, check_count, two_seeds
from skxai.utils._tables import take_rows

REMOVALS = ("background", "linear")
ORDERS = ("descending", "ascending")


@dataclass(frozen=True, eq=False, repr=False)
class RemovalCurve:
    """What the model says of each row as its features are removed; from `selectivity_curve`.

    Parameters
    ----------
    outputs : ndarray of shape (n_rows, n_steps + 1) or (n_rows, n_steps + 1, n_outputs)
        The first step is the row as it is.
    n_removed : ndarray of int of shape (n_steps + 1,)
        How many features have been removed.
    output_names : tuple of str
        Names of the outputs.
    index : pandas.Index, default=None
        Row labels.

    Attributes
    ----------
    shares : ndarray of shape (n_steps + 1,)
        `n_removed` as a share of all features.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai.metrics import RemovalCurve
    >>> curve = RemovalCurve(np.array([[3.0, 1.0, 1.0]]), np.array([0, 1, 2]), ("y",))
    >>> curve
    <RemovalCurve: 1 rows, 2 steps>
    >>> curve.area, curve.drop
    (array([1.5]), array([1.5]))
    """

    outputs: np.ndarray
    n_removed: np.ndarray
    output_names: tuple
    index: pd.Index | None = None

    def __post_init__(self):
        for name in ("outputs", "n_removed"):
            array = np.array(getattr(self, name))
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def shares(self):
        """The share of the features that has been removed, at each step."""
        return self.n_removed / max(self.n_removed[-1], 1)

    @property
    def area(self):
        """Area under each row's curve over the share of removed features: the mean output."""
        widths = np.diff(self.shares)
        means = (self.outputs[:, 1:] + self.outputs[:, :-1]) / 2
        return np.tensordot(means, widths, (1, 0))

    @property
    def drop(self):
        """How far the mean output lies below that of the unperturbed row."""
        return self.outputs[:, 0] - self.area

    def to_frame(self):
        """The outputs as a DataFrame.

        Returns
        -------
        DataFrame
            A row for each explained row, a column for each number of removed features; with
            several outputs, columns have two levels, output first.
        """
        steps = pd.Index(self.n_removed, name="n_removed")
        if self.outputs.ndim == 2:
            return pd.DataFrame(self.outputs, index=self.index, columns=steps)
        frames = [
            pd.DataFrame(self.outputs[:, :, k], index=self.index, columns=steps)
            for k in range(self.outputs.shape[2])
        ]
        return pd.concat(frames, axis=1, keys=self.output_names, names=["output"])

    def plot(self, **kwargs):
        """Draw the mean over the rows.

        Parameters
        ----------
        **kwargs : dict
            Passed to `CurveDisplay.from_curves`, for instance ``ax``.

        Returns
        -------
        CurveDisplay
            With attributes ``ax_`` and ``figure_``.
        """
        from skxai.plotting import CurveDisplay

        return CurveDisplay.from_curves(self, **kwargs)

    def __repr__(self):
        return f"<RemovalCurve: {len(self.outputs)} rows, {len(self.n_removed) - 1} steps>"


def selectivity_curve(
    model,
    explanation,
    X_background,
    *,
    order="descending",
    removal="background",
    n_steps=50,
    n_background=25,
    response_method="auto",
    random_state=None,
):
    """What the model says of each row as its features are removed, the most relevant first.

    Known as pixel flipping. If the explanation is right, the output falls at once, and comes
    back when the features that spoke against it go too.

    Parameters
    ----------
    model : model, Predictor or fitted explainer
        What was explained. An explainer brings the outputs that it explains.
    explanation : Explanation
        With its data, the explained rows.
    X_background : table or fitted TabularMasker
        The training data, or some of it: what absent features look like.
    order : {"descending", "ascending"}, default="descending"
        Of the values whose features are removed: the largest first, or the smallest.
    removal : {"background", "linear"}, default="background"
        How to remove. "background": the values are those of background rows, over which the
        outputs are averaged. "linear": they are drawn given the features that are left, by
        linear regression with its noise (as ROAD does), so that inputs look real and a feature's
        absence gives nothing away.
    n_steps : int, default=50
        At most so many steps; with fewer features, one each.
    n_background : int, default=25
        So many background rows, drawn at random, or draws for "linear". A TabularMasker's rows
        are all used.
    response_method : str, default="auto"
        As in `as_predictor`, where `model` is a model.
    random_state : int, RandomState instance or None, default=None
        Of the background rows and draws. They are the same for all rows.

    Returns
    -------
    RemovalCurve
        With ``outputs``, ``area``, ``drop``, ``to_frame`` and ``plot``.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or the explanation is not of this model.

    References
    ----------
    S. Bach et al., "On pixel-wise explanations for non-linear classifier decisions by layer-wise
    relevance propagation", PLoS ONE 10 (2015).

    W. Samek et al., "Evaluating the visualization of what a deep neural network has learned",
    IEEE Transactions on Neural Networks and Learning Systems 28 (2017).

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.metrics import selectivity_curve
    >>> def model(X):
    ...     return X @ [2.0, 1.0]
    >>> X, background = np.array([[1.0, 1.0]]), np.zeros((1, 2))
    >>> explanation = Explanation([[2.0, 1.0]], [0.0], [3.0], data=X)
    >>> selectivity_curve(model, explanation, background).outputs
    array([[3., 1., 0.]])
    """
    if order not in ORDERS:
        raise ValueError(f"order is {order!r}; expected one of {list(ORDERS)}")
    if removal not in REMOVALS:
        raise ValueError(f"removal is {removal!r}; expected one of {list(REMOVALS)}")
    check_count(n_steps, "n_steps")
    seeds = two_seeds(random_state)
    judged = Judged(
        model,
        explanation,
        X_background,
        n_background=n_background,
        seed=seeds[0],
        response_method=response_method,
    )
    n_players = judged.values.shape[1]
    steps = np.linspace(0, n_players, min(n_steps, n_players) + 1).round().astype(int)
    values = judged.values if order == "ascending" else -judged.values
    places = np.argsort(np.argsort(values, axis=1, kind="stable"), axis=1)
    outputs = np.empty((len(values), len(steps), values.shape[2]))
    for k in range(values.shape[2]):

        def present_of(part, place=places[:, :, k]):
            return place[part, None, :] >= steps[:, None]

        if removal == "background":
            outputs[:, :, k] = judged.mean_outputs(len(steps), present_of)[:, :, k]
        else:
            noise = np.random.default_rng(seeds[1])
            outputs[:, :, k] = _imputed(judged, len(steps), present_of, n_background, noise, k)
    # Not from a mean over equal rows, which rounds.
    outputs[:, 0] = judged.predictions
    return RemovalCurve(
        outputs if explanation.values.ndim == 3 else outputs[:, :, 0],
        steps,
        explanation.output_names,
        explanation.index,
    )


def selectivity(model, explanation, X_background, *, random_state=None, **kwargs):
    """How far the model's output falls as the most relevant features are removed.

    The area between the output of the row as it is and its curve: the mean drop over all steps.
    Higher is better, among explanations of the same rows.

    Parameters
    ----------
    model : model, Predictor or fitted explainer
        What was explained.
    explanation : Explanation
        With its data, the explained rows.
    X_background : table or fitted TabularMasker
        What absent features look like.
    random_state : int, RandomState instance or None, default=None
        Of the background rows.
    **kwargs : dict
        Passed to `selectivity_curve`.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The output of the row, minus its mean over all steps.

    See Also
    --------
    selectivity_curve : The whole curve.

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.metrics import selectivity
    >>> def model(X):
    ...     return X @ [2.0, 1.0]
    >>> X, background = np.array([[1.0, 1.0]]), np.zeros((1, 2))
    >>> selectivity(model, Explanation([[2.0, 1.0]], [0.0], [3.0], data=X), background)
    array([1.75])
    """
    return selectivity_curve(
        model, explanation, X_background, random_state=random_state, **kwargs
    ).drop


def road(model, explanation, X_background, *, random_state=None, **kwargs):
    """The measure `selectivity`, with features filled in from those that are left (ROAD).

    Filling in from background rows makes inputs that nobody has seen. Here removed features
    are drawn given the others, by linear regression with noise: "remove and debias". A feature
    that the others tell all about is then hardly removed.

    Parameters
    ----------
    model : model, Predictor or fitted explainer
        What was explained.
    explanation : Explanation
        With its data, the explained rows.
    X_background : table or fitted TabularMasker
        What the regressions are learned from, best of a hundred rows or more: the fewer there are,
        the more are correlations shrunk towards zero (Ledoit and Wolf's rule). Categories are
        regressed on as columns of zeros and ones, and the largest is taken.
    random_state : int, RandomState instance or None, default=None
        Of the noise, which is the same for all rows.
    **kwargs : dict
        Passed to `selectivity_curve`; ``n_background`` is the number of draws.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The mean drop; higher is better.

    See Also
    --------
    selectivity_curve : The whole curve, with ``removal="linear"``.

    References
    ----------
    Y. Rong et al., "A consistent and efficient evaluation strategy for attribution methods",
    ICML (2022).

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.metrics import road
    >>> def model(X):
    ...     return X @ [2.0, 0.0]
    >>> X, background = np.ones((1, 2)), np.random.default_rng(0).normal(size=(50, 2))
    >>> right = Explanation([[2.0, 0.0]], [0.0], [2.0], data=X)
    >>> wrong = Explanation([[0.0, 2.0]], [0.0], [2.0], data=X)
    >>> bool((road(model, right, background, random_state=0)
    ...       > road(model, wrong, background, random_state=0)).all())
    True
    """
    return selectivity_curve(
        model, explanation, X_background, removal="linear", random_state=random_state, **kwargs
    ).drop


def _imputed(judged, n_states, present_of, n_draws, rng, output):
    """Outputs where absent players are drawn given the others, averaged over draws."""
    imputer = LinearImputer(judged.all_background)
    noise = rng.standard_normal((n_draws, imputer.n_leaves))
    n_rows, n_columns = judged.rows.shape
    means = np.empty((n_rows, n_states))
    step = max(1, states_per_batch(max(n_columns, imputer.n_leaves)) // (n_states * n_draws))
    for part in gen_batches(n_rows, step):
        n_some = part.stop - part.start
        present = np.ones((n_some, n_states, n_columns), dtype=bool)
        for j, columns in enumerate(judged.player_columns):
            present[:, :, columns] = present_of(part)[:, :, j, None]
        repeated = np.repeat(np.arange(part.start, part.stop), n_states)
        inputs = imputer.impute(
            take_rows(judged.rows, repeated), present.reshape(-1, n_columns), noise
        )
        outputs = judged.predictor(inputs).reshape(n_some, n_states, n_draws, -1).mean(axis=2)
        means[part] = judged.pick(outputs, part)[:, :, output]
    return means
