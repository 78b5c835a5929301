"""What happens when something breaks: nothing half is left, and the next run goes on."""

import errno
import os
import pathlib
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from interrupted_run import BATCH, explainer, rows
from logging_models import Fragile

import skxai
from skxai import ShapleyExplainer

pytest.importorskip("pyarrow")
HERE = pathlib.Path(__file__).parent
PATIENCE = 60  # seconds, on a busy machine


def files_of(folder):
    return {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The files of a run that nothing interrupted, of the same explainer."""
    folder = tmp_path_factory.mktemp("expected")
    explainer().explain_batches(rows(), BATCH).to_parquet(folder)
    return files_of(folder)


# -- processes that are stopped ----------------------------------------------------------------


@contextmanager
def running(folder, n_jobs):
    """The script, from when its first part is there."""
    root = str(pathlib.Path(skxai.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": root, "SECONDS_OF_SLOW_MODELS": "0.1"}
    command = [sys.executable, str(HERE / "interrupted_run.py"), str(folder), str(n_jobs)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            until(lambda: process.poll() is not None or list(folder.glob("part-*.parquet")))
            assert process.poll() is None, process.stderr.read()
            yield process
        finally:
            process.kill()


def until(happens):
    end = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.02)


def processes_under(parent):
    """Process ids of the children of a process, theirs, and so on."""
    parents = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            _, rest = path.read_text().rsplit(")", 1)
        except (FileNotFoundError, ProcessLookupError):
            continue
        state, above = rest.split()[:2]
        if state != "Z":
            parents[int(path.parent.name)] = int(above)
    found = {parent}
    while more := {child for child, above in parents.items() if above in found} - found:
        found |= more
    return found - {parent}


def exists(process):
    try:
        state = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_control_c_leaves_no_process_and_the_next_run_goes_on(tmp_path, expected):
    with running(tmp_path, n_jobs=2) as process:
        workers = processes_under(process.pid)
        assert len(workers) >= 2
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    assert "KeyboardInterrupt" in errors
    until(lambda: not any(map(exists, workers)))
    assert "part-00005.parquet" not in files_of(tmp_path)
    assert not list(tmp_path.glob(".*"))
    explainer().explain_batches(rows(), BATCH).to_parquet(tmp_path)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path), table_of(expected, tmp_path))


def table_of(files, folder):
    """The table in files that are held as bytes."""
    other = folder / "expected"
    other.mkdir()
    for name, content in files.items():
        (other / name).write_bytes(content)
    return pd.read_parquet(other)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal")
def test_after_a_kill_the_next_run_makes_the_same_files(tmp_path, expected):
    with running(tmp_path, n_jobs=1) as process:
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
    kept = {name: content for name, content in files_of(tmp_path).items() if name[0] == "p"}
    assert 1 <= len(kept) < 6
    made = {name: (tmp_path / name).stat().st_mtime_ns for name in kept}
    explainer(n_jobs=1).explain_batches(rows(), BATCH).to_parquet(tmp_path)
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in kept} == made
    assert set(files_of(tmp_path)) == set(expected)
    got, wanted = pd.read_parquet(tmp_path), table_of(expected, tmp_path)
    pd.testing.assert_frame_equal(got, wanted)


# -- disks that are full -----------------------------------------------------------------------


@contextmanager
def small_disk(folder):
    """A file system of its own in this folder, with room for some parts."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, check=False, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if done.returncode != 0:
        pytest.skip("may not mount a file system")
    try:
        yield lambda size: subprocess.run(
            ["mount", "-o", f"remount,size={size}", str(folder)], check=True
        )
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def small_files(n_bytes):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    plain = explainer()
    with small_disk(folder) as resize:
        why = folder / "why"
        with pytest.raises(OSError, match=r"could not be written .*No space left") as caught:
            plain.explain_batches(rows(), BATCH).to_parquet(why)
        assert caught.value.errno == errno.ENOSPC
        before = files_of(why)
        parts = sorted(name for name in before if name.startswith("part"))
        assert 1 <= len(parts) < 6
        assert caught.value.filename.endswith(f"part-0000{len(parts)}.parquet")
        assert set(before) == {"_skxai.json", *parts}
        resize("1m")
        plain.explain_batches(rows(), BATCH).to_parquet(why)
        plain.explain_batches(rows(), BATCH).to_parquet(tmp_path / "at once")
        assert files_of(why) == files_of(tmp_path / "at once")
        assert {name: files_of(why)[name] for name in parts} == {n: before[n] for n in parts}


def test_a_file_that_may_not_grow(tmp_path):
    plain = explainer()
    words = "batch 0 could not be written .*; the parts before it are complete"
    with small_files(2000), pytest.raises(OSError, match=words):
        plain.explain_batches(rows(), BATCH).to_parquet(tmp_path)
    assert list(files_of(tmp_path)) == ["_skxai.json"]
    plain.explain_batches(rows(), BATCH).to_parquet(tmp_path)
    assert len(pd.read_parquet(tmp_path)) == len(rows())


# -- models that fail --------------------------------------------------------------------------


@pytest.mark.parametrize("returns_nan", [False, True])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_model_that_fails_on_one_row(tmp_path, returns_nan, n_jobs):
    X = rows()
    X[34, -1] = 100.0
    fragile = ShapleyExplainer(n_jobs=n_jobs).fit(Fragile(50, returns_nan), X[:5])
    kind, words = (ValueError, "NaN or inf") if returns_nan else (RuntimeError, "off the scale")
    with pytest.raises(kind, match=rf"{words}.*first at row 4, of X.*in batch 3, rows 30 to 39"):
        fragile.explain_batches(X, BATCH).to_parquet(tmp_path)
    parts = [f"part-0000{k}.parquet" for k in range(3)]
    assert sorted(files_of(tmp_path)) == ["_skxai.json", *parts]
    before = files_of(tmp_path)
    X[34, -1] = 1.0  # the row is mended; those before it are the same
    fragile.explain_batches(X, BATCH).to_parquet(tmp_path)
    assert {name: files_of(tmp_path)[name] for name in parts} == {n: before[n] for n in parts}
    got = pd.read_parquet(tmp_path).filter(like="values/").to_numpy()
    np.testing.assert_array_equal(got, fragile.explain(X).values)
