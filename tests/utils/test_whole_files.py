"""Files appear as a whole or not at all."""

import os
import stat

import pytest

from skxai.utils._files import remove_unfinished, whole_file


def test_it_has_its_name_once_it_is_complete(tmp_path):
    path = tmp_path / "numbers"
    path.write_bytes(b"before")
    with whole_file(path) as file:
        file.write(b"after")
        file.flush()
        assert path.read_bytes() == b"before"
        assert len(list(tmp_path.iterdir())) == 2
    assert path.read_bytes() == b"after"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_is_left_of_a_failure(tmp_path, error):
    def fail():
        with whole_file(tmp_path / "numbers") as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_others_may_read_it_as_any_file(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    with whole_file(tmp_path / "whole"):
        pass
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "whole")}
    assert len(modes) == 1


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o664])
def test_who_may_read_a_file_stays_when_it_is_replaced(tmp_path, mode):
    path = tmp_path / "numbers"
    path.touch()
    path.chmod(mode)
    with whole_file(path):
        (unfinished,) = tmp_path.glob(".*")
        assert stat.S_IMODE(unfinished.stat().st_mode) == mode  # before anything is in it
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_what_a_link_points_to_does_not_say_who_may_read(tmp_path):
    (tmp_path / "secret").touch(0o600)
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    test_others_may_read_it_as_any_file(tmp_path)
    with whole_file(tmp_path / "link"):
        pass
    assert (tmp_path / "link").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("name", ["n" * 255, "ä" * 120])
def test_names_may_be_as_long_as_usual(tmp_path, name):
    with whole_file(tmp_path / name) as file:
        file.write(b"all")
    assert (tmp_path / name).read_bytes() == b"all"


def test_folders_that_cannot_be_synchronized(tmp_path, monkeypatch):
    """As on some disks of a network: the file is there, all the same."""
    plain = os.open

    def refuse(path, *args, **options):
        if os.path.isdir(path):
            raise OSError(22, "Invalid argument")
        return plain(path, *args, **options)

    monkeypatch.setattr(os, "open", refuse)
    with whole_file(tmp_path / "numbers") as file:
        file.write(b"all")
    assert (tmp_path / "numbers").read_bytes() == b"all"


def test_what_killed_processes_left_is_removed(tmp_path):
    (tmp_path / ".numbers.0.unfinished").write_bytes(b"half")
    (tmp_path / ".other").write_bytes(b"of others")
    (tmp_path / "x.unfinished").write_bytes(b"of others")
    remove_unfinished(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".other", "x.unfinished"]
