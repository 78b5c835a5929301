"""Peptides that break red blood cells, and peptides that do not."""

import os

import numpy as np
from sklearn.utils import Bunch
from sklearn.utils._param_validation import validate_params

from skxai.datasets._fetch import fetch_file

_NAME = "hemolytic.npz"
_URL = "https://raw.githubusercontent.com/whitead/dmol-book/main/data/hemolytic.npz"
_SHA256 = "a8faa589934588527a0bfd3c2215791998aca0dc230e98f2696bbb5c2d3386e6"
_ALPHABET = "ARNDCQEGHILKMFPSTWYV"
_CLASSES = {"positives": "hemolytic", "negatives": "non-hemolytic"}  # arrays of the file
_DESCR = """\
Hemolytic peptides
==================

317 peptides that are hemolytic, that is, break red blood cells, and 317 that are not.
A peptide is a sequence of amino acids, written as letters; these have 10 to 133 of them.

- Rows: 634, the hemolytic ones first. 632 sequences differ: two occur twice, both times among
  the non-hemolytic ones; no sequence occurs with both labels.
- Inputs: one-hot, 200 positions by 20 letters, in the order ARNDCQEGHILKMFPSTWYV; positions after
  the end of a sequence are zero.
- Target: 'hemolytic' (the array "positives" of the file) or 'non-hemolytic' ("negatives").

Beware: the labels are given here as the file has them, and seem to be exchanged there. Melittin
(GIGAVLKVLTTGLPALISWIKRKRQQ), the classic hemolytic peptide, is among the "negatives", with other
venom peptides and antimicrobial peptides of frogs, while the "positives" look like pieces of
ordinary proteins. A model learns the same either way, but its words should not be taken for
biology.

Source: the file data/hemolytic.npz of the book "Deep Learning for Molecules and Materials" by
A. D. White (https://dmol.pub, repository whitead/dmol-book).
Licence: Creative Commons Attribution-NonCommercial 3.0 (CC BY-NC 3.0). It is not part of this
package, and not covered by its licence.
Citation: R. Barrett and A. D. White, "Investigating active learning and meta-learning for
iterative peptide design", Journal of Chemical Information and Modeling 61 (2021) 95-105.
"""


@validate_params(
    {
        "data_home": [str, os.PathLike, None],
        "download_if_missing": ["boolean"],
        "return_X_y": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def fetch_hemolytic(*, data_home=None, download_if_missing=True, return_X_y=False):
    """Load the hemolytic peptides: 634 sequences of amino acids in two classes.

    The first call downloads 57 kB. The data may not be used commercially (CC BY-NC 3.0).

    The labels are those of the file, in which they seem to be exchanged: melittin, the classic
    hemolytic peptide, is labelled as non-hemolytic; see ``DESCR``.

    ===============  ===========================================
    Classes          2, 317 sequences each
    Length           10 to 133 letters of 20
    Features         4000, 0 or 1: 200 positions by 20 letters
    ===============  ===========================================

    Parameters
    ----------
    data_home : str or path-like, default=None
        The folder of the file ``hemolytic.npz``. None: the environment variable
        ``SKXAI_DATA_HOME``, or else ``~/skxai_data``.
    download_if_missing : bool, default=True
        Whether to download the file if it is not there; it is kept in `data_home`.
    return_X_y : bool, default=False
        Whether to return ``(data, target)`` instead.

    Returns
    -------
    data : Bunch
        A dictionary with attributes:

        sequences : ndarray of str of shape (634,)
            The sequences, as letters.
        data : ndarray of float32 of shape (634, 4000)
            One-hot, position by position: position 0's twenty letters, position 1's, ….
        one_hot : ndarray of float32 of shape (634, 200, 20)
            The same numbers, not copied, as an array; zero after the end of a sequence.
        target : ndarray of str of shape (634,)
            ``"hemolytic"`` or ``"non-hemolytic"``. In this, alphabetical, order a fitted
            classifier has them in ``classes_``.
        target_names : ndarray of str of shape (2,)
            The two labels, in this order.
        alphabet : str
            The letters, in the order of the one-hot vectors.
        DESCR : str
            Where the data come from, and their licence.

    Raises
    ------
    OSError
        If the file is missing and is not to be downloaded, or can't be; or if its content is not
        what its hash says.

    References
    ----------
    R. Barrett and A. D. White, "Investigating active learning and meta-learning for iterative
    peptide design", Journal of Chemical Information and Modeling 61 (2021) 95-105.

    Examples
    --------
    >>> from skxai.datasets import fetch_hemolytic
    >>> peptides = fetch_hemolytic()  # doctest: +SKIP
    >>> peptides.sequences[0], peptides.target[0]  # doctest: +SKIP
    """
    path = fetch_file(
        _NAME, _URL, _SHA256, data_home=data_home, download_if_missing=download_if_missing
    )
    with np.load(path, allow_pickle=False) as file:
        one_hot = np.concatenate([file[key] for key in _CLASSES]).astype(np.float32)
        target = np.repeat(list(_CLASSES.values()), [len(file[key]) for key in _CLASSES])
    data = one_hot.reshape(len(one_hot), -1)
    if return_X_y:
        return data, target
    return Bunch(
        sequences=_read(one_hot),
        data=data,
        one_hot=one_hot,
        target=target,
        target_names=np.array(list(_CLASSES.values())),
        alphabet=_ALPHABET,
        DESCR=_DESCR,
    )


def _read(one_hot):
    """One-hot rows as texts; positions after the end are empty."""
    letters = np.array(["", *_ALPHABET])[(one_hot.argmax(axis=2) + 1) * one_hot.any(axis=2)]
    return np.array(["".join(row) for row in letters.tolist()])
