"""What explainers find for chunks of rows, and how chunks are put together."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Attributions:
    """What an explainer's hook returns for some rows; always with an axis for the outputs.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_players, n_outputs)
        The attributions; those of pairs have the axis of the players twice.
    base_values : ndarray of shape (n_outputs,) or (n_rows, n_outputs)
        What they start from.
    std_errors : ndarray shaped as `values`, default=None
        Their standard errors, where the method samples.
    n_evals : ndarray of int, shape (n_rows,), default=None
        Model rows evaluated for each row, where they are counted.
    more : dict of str to ndarray, default=None
        More fields of the result, of shape (n_rows,) or (n_rows, ..., n_outputs).
    """

    values: np.ndarray
    base_values: np.ndarray
    std_errors: np.ndarray | None = None
    n_evals: np.ndarray | None = None
    more: dict | None = None


def joined(arrays, width=None):
    """Arrays one below the other; if a width is given, all are padded with zeros to it."""
    if any(array is None for array in arrays):
        return None
    if width is not None:
        arrays = [
            np.pad(array, [(0, 0), *[(0, width - n) for n in array.shape[1:-1]], (0, 0)])
            for array in arrays
        ]
    return np.concatenate(arrays)


def joined_by_name(parts):
    """The further fields of all parts; those of rows without players may lack them."""
    fields = [part.more or {} for part in parts]
    models = {name: array for own in reversed(fields) for name, array in own.items()}
    return {
        name: np.concatenate(
            [
                own[name]
                if name in own
                else blank((len(part.values), *model.shape[1:]), model.dtype)
                for part, own in zip(parts, fields)
            ]
        )
        for name, model in models.items()
    }


def blank(shape, dtype):
    """NaN, or an empty text, where rows without players have nothing to tell."""
    return np.full(shape, np.nan) if np.issubdtype(dtype, np.floating) else np.zeros(shape, dtype)


def of_outputs(array, outputs):
    """Of each row the one output."""
    return None if array is None else array[np.arange(len(outputs)), ..., outputs]
