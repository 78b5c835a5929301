"""Files of data: from a folder on disk, or else downloaded into it; always checked."""

import hashlib
import os
import tempfile
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

_SECONDS = 60  # without an answer
_MOST_BYTES = 2**28


def data_folder(data_home=None):
    """Where files are kept: the argument, else $SKXAI_DATA_HOME, else ~/skxai_data."""
    if data_home is None:
        data_home = os.environ.get("SKXAI_DATA_HOME") or Path("~") / "skxai_data"
    return Path(data_home).expanduser()


def fetch_file(name, url, sha256, *, data_home=None, download_if_missing=True):
    """The path of a file whose content is known by its hash.

    Nothing is written if the file is there, so its folder may be read-only.

    Raises
    ------
    ValueError
        If the name leads out of the folder.
    OSError
        If the file is missing and is not to be downloaded, or can't be; or if its content is not
        what the hash says.
    """
    if name in ("", ".", "..") or set(name) & set("/\\:\0"):
        raise ValueError(f"name is {name!r}; expected the name of a file in data_home, no path")
    path = data_folder(data_home) / name
    if path.is_file():
        _check_content(path.read_bytes(), sha256, f"the file {path}", "remove it to download it")
        return path
    if not download_if_missing:
        raise FileNotFoundError(
            f"there is no {path}, and download_if_missing is False; expected a copy of {url}"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=f"{name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise OSError(
            f"data_home {path.parent} can't be written to: {error}; expected a folder for the "
            "data, as the argument data_home or in the environment variable SKXAI_DATA_HOME"
        ) from error
    try:
        with os.fdopen(handle, "wb") as file:
            content = _download(url)
            _check_content(content, sha256, f"what came from {url}", "try again later")
            file.write(content)
        os.chmod(part, 0o644)  # a shared folder has other readers
        os.replace(part, path)  # at once: no reader sees half a file
    except BaseException:
        os.unlink(part)
        raise
    return path


def _download(url):
    try:
        with urlopen(url, timeout=_SECONDS) as answer:
            content = answer.read(_MOST_BYTES + 1)
    except (OSError, HTTPException) as error:  # the latter where an answer breaks off
        raise OSError(
            f"{url} could not be downloaded: {error}; a copy of it may be put into data_home"
        ) from error
    if len(content) > _MOST_BYTES:
        raise OSError(f"what came from {url} has more than {_MOST_BYTES} bytes; try again later")
    return content


def _check_content(content, sha256, what, advice):
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise OSError(f"{what} has the sha256 {found}; expected {sha256}: {advice}")
