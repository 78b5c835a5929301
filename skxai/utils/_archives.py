"""Files of plain arrays and a description, ``.npz``: written as a whole, read with suspicion."""

import errno
import json
import math
import os
import tokenize
import zipfile
import zlib
from collections import Counter
from contextlib import contextmanager

import numpy as np

from skxai.utils._files import whole_file

_ABOUT = "about"
# An archive that would fill more memory, and is packed closer than numbers can be, is a bomb.
_MANY_BYTES = 2**30
_CLOSELY = 500
# Axes beside one of length zero cost nothing in a file, but each of their steps gets a name.
_LONGEST_FOR_NOTHING = 2**22
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,  # pickled objects, or no JSON
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,  # encrypted, or nested too deeply
    SyntaxError,  # these two: what numpy makes of a header
    tokenize.TokenError,
)


def write_archive(path, about, arrays):
    """Write a JSON description and arrays of plain dtypes to a ``.npz`` file of this name."""
    text = np.array(json.dumps(about))
    with whole_file(path) as file:
        np.savez_compressed(file, **{_ABOUT: text}, **arrays)


@contextmanager
def read_archive(path, kind, newest):
    """Read what `write_archive` wrote; whatever is wrong with the file is a ValueError.

    Parameters
    ----------
    path : str or path-like
    kind : str
        What the file should hold: the description's "kind"; files without one hold Explanations.
    newest : int
        The newest "format" that can be read.

    Yields
    ------
    about : dict
    arrays : dict of ndarray
        To be taken apart within the block: what fails there is the file's fault.
    """
    with _suspecting(path, kind):
        about, arrays = _read_parts(path)
        number, held = int(about["format"]), str(about.get("kind", "Explanation"))
    if number > newest:
        raise ValueError(
            f"path: {path} has format {number}; this version of skxai reads up to {newest}"
        )
    if held != kind:
        raise ValueError(f"path: {path} holds {held}, not {kind}; use {held}.load")
    with _suspecting(path, kind):
        yield about, arrays


@contextmanager
def _suspecting(path, kind):
    try:
        yield
    except (*_DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise  # the disk's fault; to seek before the start is the file's
        raise ValueError(f"path: {path} is no saved {kind}: {error}") from error


def _read_parts(path):
    with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        _check_members(members, os.fstat(file.fileno()).st_size)
        arrays = {
            member.filename.removesuffix(".npy"): _read_array(archive, member) for member in members
        }
    about = json.loads(str(arrays.pop(_ABOUT)))
    if not isinstance(about, dict):
        raise ValueError("its description is no dictionary")
    return about, arrays


def _check_members(members, n_bytes):
    """Refuse what `write_archive` does not write, before anything is unpacked."""
    counts = Counter(member.filename for member in members)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise ValueError(f"it has several members named {twice[0]}")
    for member in members:
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"{member.filename} is compressed in a way that is not numpy's")
    n_unpacked = sum(member.file_size for member in members)
    if n_unpacked > max(_MANY_BYTES, _CLOSELY * n_bytes):
        raise ValueError(f"its {n_bytes} bytes would unpack to {n_unpacked}")


def _read_array(archive, member):
    """One array, if its header tells the truth."""
    with archive.open(member) as file:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"{member.filename} has the unknown version {version}")
        shape, _, dtype = _HEADERS[version](file)
        if dtype.hasobject:
            raise ValueError(f"{member.filename} holds pickled objects; allow_pickle=False")
        n_bytes = file.tell() + math.prod(shape) * dtype.itemsize
    longest = max(_LONGEST_FOR_NOTHING, member.file_size)
    if not all(0 <= n <= longest for n in shape) or n_bytes != member.file_size:
        raise ValueError(f"{member.filename} says it has shape {shape}, which is not so")
    with archive.open(member) as file:
        return np.lib.format.read_array(file, allow_pickle=False)
