"""Do like rows have like explanations?"""

import numbers

import numpy as np
import pandas as pd

from skxai.metrics._judged import (
    as_given,
    background_of,
    by_output,
    check_count,
    check_explainer,
    check_explanation,
)
from skxai.metrics._numbers import check_same_players
from skxai.utils._random import draw_seeds
from skxai.utils._tables import TableSpec


def continuity(explanation, X_background, *, path=None, normalize=False):
    """Largest change of an explanation per change of the row, along a path of real rows.

    Lower is better. An explanation that jumps where the rows hardly move says more of the method
    than of the rows; but where the model jumps, it should.

    Parameters
    ----------
    explanation : Explanation
        With its data: rows along which the path leads.
    X_background : table or fitted TabularMasker
        The training data, whose standard deviations are the unit of distance. Other cells than
        numbers are one unit apart if they differ.
    path : sequence of int, default=None
        The explained rows in the order of the path, some or all of them. None: from the first row
        always to the nearest one that is left.
    normalize : bool, default=False
        Divide by the mean length of the explanations on the path, to compare across units.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The larger of the ratios to the row before and the row after; lengths are Euclidean. Zero
        between equal explanations, infinite between different ones of equal rows, NaN off the
        path. Where each row is explained for a class of its own (``target="predicted"``), rows of
        different classes are not compared.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or the path has fewer than two rows.

    References
    ----------
    G. Montavon, W. Samek and K.-R. Müller, "Methods for interpreting and understanding deep neural
    networks", Digital Signal Processing 73 (2018).

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import Explanation
    >>> from skxai.metrics import continuity
    >>> X = np.array([[0.0], [1.0], [3.0]])
    >>> explanation = Explanation([[0.0], [2.0], [4.0]], [0.0] * 3, [0.0, 2.0, 4.0], data=X)
    >>> continuity(explanation, np.array([[-1.0], [1.0]]))
    array([2., 2., 1.])
    """
    check_explanation(explanation)
    if explanation.data is None:
        raise ValueError("explanation has no data: the explained rows are needed")
    table, weights = background_of(X_background)
    rows = TableSpec.of(table).conform(explanation.data, "explanation.data")
    points = _points(rows, table, weights)
    path = _nearest_path(points) if path is None else _check_path(path, len(points))
    if len(path) < 2:
        raise ValueError(f"the path has {len(path)} rows; expected at least two")
    values = by_output(explanation)[path]
    moved = np.sqrt(((points[path[1:]] - points[path[:-1]]) ** 2).sum(axis=1))[:, None]
    changed = np.linalg.norm(values[1:] - values[:-1], axis=1)
    ratios = _change_per(changed, moved)
    if explanation.targets is not None:
        targets = explanation.targets[path]
        ratios[targets[1:] != targets[:-1]] = np.nan
    found = np.full((len(points), values.shape[2]), np.nan)
    found[path[:-1]] = ratios
    found[path[1:]] = np.fmax(found[path[1:]], ratios)
    if normalize:
        length = np.linalg.norm(values, axis=1).mean(axis=0)
        found = found / np.where(length > 0, length, np.nan)
    return as_given(found, explanation)


def max_sensitivity(
    explainer, explanation, X_background, *, radius=0.1, n_samples=10, random_state=None
):
    """Largest relative change of the explanation when the row moves a little.

    Lower is better. Columns of numbers move, others stay.

    Parameters
    ----------
    explainer : fitted explainer
        It explains the moved rows.
    explanation : Explanation
        What it says of the rows as they are, with its data.
    X_background : table or fitted TabularMasker
        The training data, whose standard deviations are the unit of `radius`.
    radius : float, default=0.1
        How far each column may move, to both sides. Whole numbers stay whole.
    n_samples : int, default=10
        Number of moves; they are the same for all rows.
    random_state : int, RandomState instance or None, default=None
        Of the moves.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_outputs)
        The largest Euclidean length of a change, over the length of the explanation; infinite if
        only the latter is zero. Where each row is explained for a class of its own
        (``target="predicted"``), moves to another class do not count; NaN if there are no others.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.

    References
    ----------
    C.-K. Yeh et al., "On the (in)fidelity and sensitivity of explanations", NeurIPS (2019).

    Examples
    --------
    >>> import numpy as np
    >>> from skxai import ShapleyExplainer
    >>> from skxai.metrics import max_sensitivity
    >>> X = np.random.default_rng(0).normal(size=(50, 2))
    >>> explainer = ShapleyExplainer().fit(lambda X: X[:, 0] * X[:, 1], X)
    >>> changes = max_sensitivity(explainer, explainer.explain(X[:3]), X, random_state=0)
    >>> bool((changes > 0).all() and (changes < 1).all())
    True
    """
    check_explanation(explanation)
    check_explainer(explainer)
    if explanation.data is None:
        raise ValueError("explanation has no data: the explained rows are needed")
    if not isinstance(radius, numbers.Real) or not radius > 0:
        raise ValueError(f"radius is {radius!r}; expected a positive number")
    check_count(n_samples, "n_samples")
    table, weights = background_of(X_background)
    rows = TableSpec.of(table).conform(explanation.data, "explanation.data")
    scales = _moments(_frame(table), weights)[1]
    rng = np.random.default_rng(draw_seeds(random_state, 1))
    values = by_output(explanation)
    length = np.linalg.norm(values, axis=1)
    largest = np.full(length.shape, np.nan)
    for _ in range(n_samples):
        shift = rng.uniform(-radius, radius, size=table.shape[1]) * scales
        moved = explainer.explain(_moved(rows, shift))
        check_same_players(explanation, moved)
        change = np.linalg.norm(by_output(moved) - values, axis=1)
        if explanation.targets is not None:
            change[moved.targets != explanation.targets] = np.nan
        largest = np.fmax(largest, _change_per(change, length))
    return as_given(largest, explanation)


def _change_per(changed, moved):
    """A ratio: zero if nothing changed, infinite if something did that should not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(changed == 0, 0.0, changed / moved)


def _frame(table):
    dense = table.toarray() if hasattr(table, "toarray") else table
    return dense if isinstance(dense, pd.DataFrame) else pd.DataFrame(dense).infer_objects()


def _is_number(column):
    kinds = pd.api.types
    return kinds.is_numeric_dtype(column) and not kinds.is_bool_dtype(column)


def _moments(frame, weights):
    """Means and standard deviations of the columns; 0 and 0 where there are no numbers."""
    weights = np.full(len(frame), 1 / len(frame)) if weights is None else weights
    means, scales = np.zeros((2, frame.shape[1]))
    for j in range(frame.shape[1]):
        if not _is_number(frame.iloc[:, j]):
            continue
        column = frame.iloc[:, j].to_numpy(dtype=float, na_value=np.nan)
        known = np.isfinite(column) & (weights > 0)
        if known.any():
            share = weights[known] / weights[known].sum()
            means[j] = share @ column[known]
            scales[j] = np.sqrt(share @ (column[known] - means[j]) ** 2)
    return means, scales


def _points(rows, background, weights):
    """Rows as points: standardised numbers, and an axis for each other cell that occurs."""
    frame, background = _frame(rows), _frame(background)
    means, scales = _moments(background, weights)
    axes = []
    for j in range(frame.shape[1]):
        column = frame.iloc[:, j]
        if _is_number(background.iloc[:, j]):
            numbers = pd.to_numeric(column).to_numpy(dtype=float, na_value=np.nan)
            z = (numbers - means[j]) / (scales[j] if scales[j] > 0 else 1.0)
            # A missing number is like another one, and one unit from any that is there.
            axes += [np.nan_to_num(z), np.isnan(numbers).astype(float)]
        else:
            codes = pd.factorize(column.astype(object), use_na_sentinel=False)[0]
            axes += list((codes == np.unique(codes)[:, None]) / np.sqrt(2))
    return np.column_stack(axes)


def _nearest_path(points):
    """From the first row always on to the nearest that is left."""
    left = np.arange(1, len(points))
    path = [0] if len(points) else []
    while len(left):
        nearest = ((points[left] - points[path[-1]]) ** 2).sum(axis=1).argmin()
        path.append(left[nearest])
        left = np.delete(left, nearest)
    return np.array(path, dtype=int)


def _check_path(path, n_rows):
    found = np.asarray(path)
    is_whole = found.ndim == 1 and found.dtype.kind in "iu"
    if (
        not is_whole
        or len(np.unique(found)) < len(found)
        or not np.isin(found, range(n_rows)).all()
    ):
        raise ValueError(f"path is {path!r}; expected different positions of rows, below {n_rows}")
    return found


def _moved(rows, shift):
    """Rows whose numbers are shifted; whole numbers stay whole, other cells stay."""
    if isinstance(rows, pd.DataFrame):
        moved = rows.copy()
        for j in np.flatnonzero(shift):
            moved.isetitem(j, _moved_column(rows.iloc[:, j], shift[j]))
        return moved
    if hasattr(rows, "toarray"):
        return type(rows)(_moved(rows.toarray(), shift))
    if rows.dtype == object:
        moved = rows.copy()
        columns = np.flatnonzero(shift)
        moved[:, columns] = rows[:, columns] + shift[columns]
        return moved
    return _as_before(rows + (np.round(shift) if rows.dtype.kind in "iu" else shift), rows.dtype)


def _moved_column(column, shift):
    if pd.api.types.is_integer_dtype(column):
        shift = float(np.round(shift))
    if not isinstance(column.dtype, np.dtype):
        return (column + shift).astype(column.dtype)
    moved = _as_before(column.to_numpy() + shift, column.dtype)
    return pd.Series(moved, index=column.index, name=column.name)


def _as_before(numbers, dtype):
    """Numbers of the type they had, within its range."""
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        numbers = np.clip(numbers, limits.min, limits.max)
    return numbers.astype(dtype)
