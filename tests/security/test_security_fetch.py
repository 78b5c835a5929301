"""The cache of downloaded data: nothing outside of it, and nothing but what the hash says."""

import hashlib
import os
import socket
import threading

import pytest

from skxai.datasets import _fetch
from skxai.datasets._fetch import fetch_file

CONTENT = b"the data"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def url(tmp_path):
    (tmp_path / "served").write_bytes(CONTENT)
    return (tmp_path / "served").as_uri()


@pytest.mark.parametrize(
    "name", ["../outside", "a/b", "/etc/outside", "..", ".", "", "a\\b", "C:outside", "a\0b"]
)
def test_names_are_no_paths(tmp_path, url, name):
    with pytest.raises(ValueError, match=r"name is .*; expected the name of a file in data_home"):
        fetch_file(name, url, SHA256, data_home=tmp_path / "home")
    assert not (tmp_path / "home").exists()


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_link_in_the_cache_is_replaced_and_not_written_through(tmp_path, url):
    home = tmp_path / "home"
    home.mkdir()
    (home / "data").symlink_to(tmp_path / "nothing yet")
    assert fetch_file("data", url, SHA256, data_home=home).read_bytes() == CONTENT
    assert not (home / "data").is_symlink()
    assert not (tmp_path / "nothing yet").exists()


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_link_to_something_else_is_refused(tmp_path, url):
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "secret").write_text("secret")
    (home / "data").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="has the sha256"):
        fetch_file("data", url, SHA256, data_home=home)


def test_a_download_that_does_not_end_is_cut(tmp_path, url, monkeypatch):
    monkeypatch.setattr(_fetch, "_MOST_BYTES", 4)
    with pytest.raises(OSError, match="has more than 4 bytes"):
        fetch_file("data", url, SHA256, data_home=tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n",
        b"nonsense\r\n",
    ],
    ids=["in pieces", "at once", "no HTTP"],
)
def test_an_answer_that_breaks_off(tmp_path, monkeypatch, head):
    monkeypatch.setenv("no_proxy", "*")
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(head + CONTENT[:4])

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/data"
        with pytest.raises(OSError, match=rf"{url} (could not be downloaded|has the sha256)"):
            fetch_file("data", url, SHA256, data_home=tmp_path / "home")
        thread.join()
    assert list((tmp_path / "home").iterdir()) == []


def test_two_downloads_at_once_do_not_meet(tmp_path, url, monkeypatch):
    home, parts = tmp_path / "home", []
    download = _fetch._download

    def meanwhile(url):
        parts.extend(path.name for path in home.iterdir())
        if len(parts) == 1:
            fetch_file("data", url, SHA256, data_home=home)
        return download(url)

    monkeypatch.setattr(_fetch, "_download", meanwhile)
    assert fetch_file("data", url, SHA256, data_home=home).read_bytes() == CONTENT
    assert len(set(parts)) == 2  # each writes to a file of its own
    assert [path.name for path in home.iterdir()] == ["data"]
