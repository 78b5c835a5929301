"""The hemolytic peptides: what is in them, and how the file is found."""

import hashlib
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from skxai.datasets import _hemolytic, fetch_hemolytic
from skxai.datasets._fetch import data_folder, fetch_file

ALPHABET = "ARNDCQEGHILKMFPSTWYV"

# -- the real file, where it is --------------------------------------------------------------------


@pytest.fixture(scope="module")
def peptides():
    if not (data_folder() / "hemolytic.npz").is_file():
        pytest.skip("needs hemolytic.npz in SKXAI_DATA_HOME")
    return fetch_hemolytic(download_if_missing=False)


def test_sequences_are_the_one_hot_vectors(peptides):
    again = np.zeros((634, 200, 20))
    for row, sequence in enumerate(peptides.sequences):
        for place, letter in enumerate(sequence):
            again[row, place, ALPHABET.index(letter)] = 1
    np.testing.assert_array_equal(peptides.one_hot, again)
    np.testing.assert_array_equal(peptides.data, again.reshape(634, 4000))
    assert peptides.alphabet == ALPHABET
    assert np.shares_memory(peptides.data, peptides.one_hot)
    assert peptides.data.dtype == np.float32


def test_classes(peptides):
    assert Counter(peptides.target) == {"hemolytic": 317, "non-hemolytic": 317}
    assert (
        list(peptides.target_names)
        == ["hemolytic", "non-hemolytic"]
        == sorted(peptides.target_names)
    )
    assert peptides.sequences[0] == "SIAISSDIRPIWYKESIARLSEWVSFNV"
    assert peptides.target[0] == "hemolytic"
    X, y = fetch_hemolytic(return_X_y=True, download_if_missing=False)
    np.testing.assert_array_equal(X, peptides.data)
    np.testing.assert_array_equal(y, peptides.target)


def test_what_the_description_says(peptides):
    labels = defaultdict(list)
    for sequence, label in zip(peptides.sequences, peptides.target):
        labels[sequence].append(label)
    twice = [found for found in labels.values() if len(found) > 1]
    assert len(labels) == 632
    assert twice == [["non-hemolytic"] * 2] * 2
    lengths = list(map(len, peptides.sequences))
    assert (min(lengths), max(lengths)) == (10, 133)
    melittin = peptides.sequences == "GIGAVLKVLTTGLPALISWIKRKRQQ"
    assert list(peptides.target[melittin]) == ["non-hemolytic"]
    assert "CC BY-NC 3.0" in peptides.DESCR


# -- a small file, served from disk ----------------------------------------------------------------


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A file of two peptides, "RA" and "A", in place of the real one; returns its path."""
    one_hot = np.zeros((2, 3, 20))
    one_hot[0, [0, 1], [1, 0]] = one_hot[1, 0, 0] = 1
    path = tmp_path / "served.npz"
    np.savez(path, positives=one_hot[:1], negatives=one_hot[1:])
    monkeypatch.setattr(_hemolytic, "_URL", path.as_uri())
    monkeypatch.setattr(_hemolytic, "_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.delenv("SKXAI_DATA_HOME", raising=False)
    return path


def test_a_missing_file_is_downloaded_once(served, tmp_path):
    home = tmp_path / "new" / "cache"
    peptides = fetch_hemolytic(data_home=home)
    assert list(peptides.sequences) == ["RA", "A"]
    assert list(peptides.target) == ["hemolytic", "non-hemolytic"]
    assert [path.name for path in home.iterdir()] == ["hemolytic.npz"]
    assert (home / "hemolytic.npz").stat().st_mode & 0o444 == 0o444  # for all who share the folder
    served.unlink()
    assert list(fetch_hemolytic(data_home=str(home)).sequences) == ["RA", "A"]


def test_the_cache_folder(served, tmp_path, monkeypatch):
    monkeypatch.setenv("SKXAI_DATA_HOME", str(tmp_path / "environment"))
    fetch_hemolytic()
    assert (tmp_path / "environment" / "hemolytic.npz").is_file()
    fetch_hemolytic(data_home=tmp_path / "argument")
    assert (tmp_path / "argument" / "hemolytic.npz").is_file()
    for nothing in (None, ""):
        if nothing is None:
            monkeypatch.delenv("SKXAI_DATA_HOME")
        else:
            monkeypatch.setenv("SKXAI_DATA_HOME", nothing)
        assert data_folder() == Path("~/skxai_data").expanduser()
    assert data_folder("~/here") == Path("~/here").expanduser()


def test_what_is_not_to_be_downloaded(served, tmp_path):
    home = tmp_path / "cache"
    with pytest.raises(FileNotFoundError, match="download_if_missing is False"):
        fetch_hemolytic(data_home=home, download_if_missing=False)
    assert not home.exists()


def test_a_wrong_download_leaves_nothing_behind(served, tmp_path):
    served.write_bytes(b"something else")
    with pytest.raises(OSError, match=r"what came from .* has the sha256 .*; expected"):
        fetch_hemolytic(data_home=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_failing_download_leaves_nothing_behind(served, tmp_path):
    served.unlink()
    with pytest.raises(OSError, match="could not be downloaded"):
        fetch_hemolytic(data_home=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_broken_file_in_the_cache_is_refused_and_kept(served, tmp_path):
    (tmp_path / "hemolytic.npz").write_bytes(b"half a fi")
    with pytest.raises(OSError, match=r"the file .*hemolytic\.npz has the sha256 .* remove it"):
        fetch_hemolytic(data_home=tmp_path)
    assert (tmp_path / "hemolytic.npz").read_bytes() == b"half a fi"


def test_a_folder_that_cannot_be_written_to(served, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"data_home .*file.* can't be written to"):
        fetch_hemolytic(data_home=tmp_path / "file" / "folder")


def test_a_file_in_the_cache_is_read_and_nothing_is_written(served, tmp_path, monkeypatch):
    home = tmp_path / "cache"
    fetch_hemolytic(data_home=home)

    def refuse(*args, **kwargs):
        raise AssertionError("nothing is to be written")

    for name in ("mkdir", "touch", "write_bytes"):
        monkeypatch.setattr(Path, name, refuse)
    monkeypatch.setattr("tempfile.mkstemp", refuse)
    assert list(fetch_hemolytic(data_home=home).sequences) == ["RA", "A"]


def test_two_files_share_a_folder(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.source").write_text(name)
        path = fetch_file(
            name,
            (tmp_path / f"{name}.source").as_uri(),
            hashlib.sha256(name.encode()).hexdigest(),
            data_home=tmp_path / "home",
        )
        assert path.read_text() == name


@pytest.mark.parametrize("wrong", [{"data_home": 3}, {"download_if_missing": "no"}])
def test_wrong_arguments(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        fetch_hemolytic(**wrong)
