"""Integrals of a model's derivative along straight paths."""

import numpy as np
from sklearn.utils import gen_batches

_PATHS_AT_ONCE = 128
_NUMBERS_AT_ONCE = 2**23  # in the largest array, about
_ROWS_AT_ONCE = 2048
_FIRST_NODES = 8
_MOST_NODES = 1024


def mean_jacobian(smooth, starts, ends, allowed):
    """The derivative averaged over the segments from starts to ends, by quadrature.

    Gauss-Legendre nodes are doubled, for each segment and output by itself, until the derivative
    times the way gives the difference of the outputs.

    Parameters
    ----------
    smooth : SmoothFunction
    starts, ends : ndarray of shape (n_paths, n_leaves)
    allowed : ndarray of shape (n_outputs,)
        The largest gap that may be left.

    Returns
    -------
    jacobian : ndarray of shape (n_paths, n_outputs, n_leaves)
    n_nodes : ndarray of int of shape (n_paths,)
        How many nodes were evaluated for each segment.
    """
    ways = ends - starts
    wanted = smooth.outputs(ends) - smooth.outputs(starts)
    jacobian = np.zeros((len(starts), wanted.shape[1], starts.shape[1]))
    n_nodes = np.full(len(starts), 2)
    is_open = np.ones(wanted.shape, dtype=bool)
    left, count = np.arange(len(starts)), _FIRST_NODES
    while len(left) and count <= _MOST_NODES:
        with np.errstate(divide="ignore", invalid="ignore"):
            better = _by_nodes(smooth, starts[left], ways[left], count)
        # Without a way there the derivative does not matter; that of a root, say, is infinite at 0.
        better = np.where((ways[left] == 0)[:, None, :], 0.0, better)
        jacobian[left] = np.where(is_open[left, :, None], better, jacobian[left])
        n_nodes[left] += count
        gaps = (
            wanted[left] - np.matmul(jacobian[left], _without_nan(ways[left])[:, :, None])[:, :, 0]
        )
        is_open[left] &= np.abs(gaps) > allowed
        left = left[is_open[left].any(axis=1)]
        count *= 2
    return jacobian, n_nodes


def _by_nodes(smooth, starts, ways, n_nodes):
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    total = 0.0
    at_once = max(1, _ROWS_AT_ONCE // max(1, len(starts)))
    for first in range(0, n_nodes, at_once):
        t = (nodes[first : first + at_once] + 1) / 2
        points = starts[:, None, :] + t[:, None] * ways[:, None, :]
        slopes = smooth.jacobian(points.reshape(-1, starts.shape[1]))
        slopes = slopes.reshape(len(starts), len(t), -1)
        total = total + np.matmul(weights[first : first + at_once] / 2, slopes)
    return total.reshape(len(starts), -1, starts.shape[1])


def _without_nan(ways):
    """A missing value stays: it goes no way."""
    return np.where(np.isnan(ways), 0.0, ways)


def network_mean_jacobian(network, starts, ends):
    """The derivative of a rectifier network averaged over segments, exactly.

    Along a segment each unit changes its state at known points. Between two of them the network is
    linear; its derivatives there, weighted by the lengths of the pieces, are summed.

    Parameters
    ----------
    network : Network
        With the activation "relu" or "identity".
    starts, ends : ndarray of shape (n_paths, n_columns)

    Returns
    -------
    ndarray of shape (n_paths, n_outputs, n_columns)

    Examples
    --------
    The slope of a rectifier is 0 for one third of the way from -1 to 2:

    >>> from skxai.predictors._networks import Network
    >>> network = Network([np.array([[1.0]]), np.array([[1.0]])], [np.zeros(1)] * 2, "relu")
    >>> network_mean_jacobian(network, np.array([[-1.0]]), np.array([[2.0]])).round(4)
    array([[[0.6667]]])
    """
    if network.activation == "identity" or len(network.weights) == 1:
        return np.array(network.jacobian(starts))
    at_once = min(_PATHS_AT_ONCE, max(1, _NUMBERS_AT_ONCE // _numbers_of_path(network)))
    parts = [
        _exact_block(network, starts[rows], ends[rows])
        for rows in gen_batches(len(starts), at_once)
    ]
    return np.concatenate(parts) if parts else network.jacobian(starts)


def _numbers_of_path(network):
    """About how many numbers the largest array has for each path."""
    hidden = [len(bias) for bias in network.biases[:-1]]
    # A piece for each unit; with three layers or more, derivatives of each output on each piece.
    n_outputs = len(network.biases[-1]) if len(hidden) > 2 else 1
    return (1 + sum(hidden)) * max(hidden) * n_outputs


def _exact_block(network, starts, ends):
    first = network.weights[0]
    sums = [np.stack([X @ first + network.biases[0] for X in (starts, ends)], axis=1)]
    times = np.tile([0.0, 1.0], (len(starts), 1))
    for level in range(len(network.weights) - 1):
        times, sums = _cut(times, sums)
        if level < len(network.weights) - 2:
            units = np.maximum(sums[-1], 0)
            sums.append(units @ network.weights[level + 1] + network.biases[level + 1])
    widths = np.diff(times, axis=1)
    # Between two cuts no unit changes its sign: the mean of the ends tells it.
    active = [(z[:, :-1] + z[:, 1:] > 0).astype(float) for z in sums]
    return _weighted_products(network.weights, active, widths)


def _cut(times, sums):
    """More points on each path: where units of the last layer are zero.

    Parameters
    ----------
    times : ndarray of shape (n_paths, n_points)
        From 0 to 1, ascending; the last may be there several times.
    sums : list of ndarray of shape (n_paths, n_points, n_units)
        Of each layer so far, linear between points.
    """
    last = sums[-1]
    before, after = last[:, :-1], last[:, 1:]
    path, piece, unit = np.nonzero((before > 0) != (after > 0))
    if len(path) == 0:
        return times, sums
    low, high = before[path, piece, unit], after[path, piece, unit]
    share = low / (low - high)
    start, width = times[path, piece], np.diff(times, axis=1)[path, piece]
    counts = np.bincount(path, minlength=len(times))
    position = np.arange(len(path)) - np.repeat(np.cumsum(counts) - counts, counts)
    n_points = times.shape[1]
    grown = np.ones((len(times), n_points + counts.max()))
    pieces = np.full(grown.shape, n_points - 2)
    shares = np.ones(grown.shape)
    grown[:, :n_points] = times
    pieces[:, : n_points - 1], shares[:, : n_points - 1] = np.arange(n_points - 1), 0.0
    grown[path, n_points + position] = start + share * width
    pieces[path, n_points + position], shares[path, n_points + position] = piece, share
    order = np.lexsort((shares, pieces, grown), axis=1)
    grown, pieces, shares = (np.take_along_axis(a, order, axis=1) for a in (grown, pieces, shares))
    rows = np.arange(len(times))[:, None]
    cut = []
    for z in sums:
        low, high = z[rows, pieces], z[rows, pieces + 1]
        cut.append(low + shares[:, :, None] * (high - low))
    return grown, cut


def _weighted_products(weights, active, widths):
    """Sums over the pieces of a path of the products of matrices and active units there."""
    if len(active) == 1:
        shares = np.matmul(widths[:, None, :], active[0])[:, 0]
        back = weights[1].T * shares[:, None, :]
        return back @ weights[0].T
    n_paths, n_pieces, _ = active[0].shape
    if len(active) == 2:  # how long two units are active together
        both = np.matmul((active[0] * widths[:, :, None]).transpose(0, 2, 1), active[1])
        back = np.matmul(both * weights[1], weights[2])
        return back.transpose(0, 2, 1) @ weights[0].T
    back = weights[-1].T * active[-1].reshape(n_paths * n_pieces, 1, -1)
    for level in range(len(active) - 1, 0, -1):
        back = back @ weights[level].T * active[level - 1].reshape(n_paths * n_pieces, 1, -1)
    back = back.reshape(n_paths, n_pieces, -1)
    back = np.matmul(widths[:, None, :], back).reshape(n_paths, -1, weights[1].shape[0])
    return back @ weights[0].T
