"""Chunks are worked on in order, under any backend, with or without a progress bar."""

import operator
import os
import sys

import pytest
from joblib import parallel_config

from skxai.utils._parallel import map_chunks

CHUNKS = [(k, 10) for k in range(5)]
PRODUCTS = [0, 10, 20, 30, 40]


@pytest.mark.parametrize("backend", ["loky", "threading"])
@pytest.mark.parametrize("n_jobs", [None, 1, 2])
def test_results_come_in_order(backend, n_jobs):
    with parallel_config(backend=backend):
        got = map_chunks(operator.mul, iter(CHUNKS), n_chunks=5, n_jobs=n_jobs)
    assert got == PRODUCTS


def process_of(_):
    return os.getpid()


def test_the_backend_is_the_callers():
    for backend, here in (("loky", False), ("threading", True)):
        with parallel_config(backend=backend, n_jobs=2):
            processes = map_chunks(process_of, [(0,)] * 4, n_chunks=4)
        assert (os.getpid() in processes) == here


def test_no_chunks():
    assert map_chunks(operator.mul, [], n_chunks=0) == []


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_verbose_changes_no_result(n_jobs, capsys):
    pytest.importorskip("tqdm")
    with parallel_config(backend="threading"):
        got = map_chunks(operator.mul, CHUNKS, n_chunks=5, n_jobs=n_jobs, verbose=1, name="work")
    assert got == PRODUCTS
    assert capsys.readouterr().out == ""


def test_progress_is_shown_on_long_work(monkeypatch):
    tqdm = pytest.importorskip("tqdm")
    shown = {}

    def record(iterable, **options):
        shown.update(options)
        return iterable

    monkeypatch.setattr(tqdm, "tqdm", record)
    assert map_chunks(operator.mul, CHUNKS, n_chunks=5, verbose=1, name="work") == PRODUCTS
    assert shown["total"] == 5
    assert shown["desc"] == "work"
    assert shown["delay"] > 0


def test_verbose_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match=r"pip install skxai\[progress\]"):
        map_chunks(operator.mul, CHUNKS, n_chunks=5, verbose=1)
