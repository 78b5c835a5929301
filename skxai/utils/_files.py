"""Files that are there as a whole or not at all."""

import os
import stat
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from uuid import uuid4

_UNFINISHED = ".unfinished"
_ANYBODY = 0o666  # less what umask says


@contextmanager
def whole_file(path):
    """Open a file for writing bytes; it gets its name once all of it is on the disk.

    Until then it has another one, hidden, in the same folder. If the block fails, nothing is left.

    Parameters
    ----------
    path : str or path-like
        Replaced if it is there; who may read it stays as it was.
    """
    path = Path(path)
    # Names have a greatest length.
    unfinished = path.with_name(f".{path.name[:40]}.{uuid4().hex}{_UNFINISHED}")
    usual = _permissions(path)
    opener = partial(os.open, mode=_ANYBODY if usual is None else usual)
    try:
        with open(unfinished, "xb", opener=opener) as file:
            if usual is not None:
                with suppress(OSError):  # of disks without permissions
                    os.chmod(unfinished, usual)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except BaseException:
        with suppress(FileNotFoundError):
            unfinished.unlink()
        raise
    _sync_folder(path.parent)


def remove_unfinished(folder):
    """Remove what killed processes have left of files in a folder."""
    for path in Path(folder).glob(f".*{_UNFINISHED}"):
        with suppress(FileNotFoundError):
            path.unlink()


def _permissions(path):
    """Of the file that is there; None if there is none, or a link, or on Windows."""
    if os.name == "nt":
        return None
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return None
    return stat.S_IMODE(mode) & _ANYBODY if stat.S_ISREG(mode) else None


def _sync_folder(folder):
    """So that the new name survives a loss of power too, where folders can be synchronized."""
    with suppress(OSError):  # Windows opens none, and some disks of a network refuse
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
