"""A million rows through Parquet: how fast, in how much memory, and after a kill the same.

    python benchmarks/million_rows.py

A forest behind a ColumnTransformer, on a mixed table of 20 columns: numbers with missing values,
strings, booleans. The rows lie in a Parquet file and are read in batches; exact Shapley values of
the predicted probability are written to a folder, on two processors. The work is done three times
by a process of its own: at once; then killed (SIGKILL) about half-way, and started again. The
folders must be the same. Memory is the peak, over time, of what that process and its workers
occupy together (shared pages count once: PSS), beside that with fewer rows.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from _common import parse_arguments, print_table, print_versions
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from skxai import ShapleyExplainer

N_COLUMNS, N_STRINGS, N_FLAGS = 20, 4, 3
TOWNS = np.array([f"town {k}" for k in range(12)], dtype=object)


def make_rows(n_rows, seed):
    """A mixed table with missing values, and labels that depend on pairs of its columns."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n_rows, N_COLUMNS - N_STRINGS - N_FLAGS))
    codes = rng.integers(0, len(TOWNS), size=(n_rows, N_STRINGS))
    flags = rng.random((n_rows, N_FLAGS)) < 0.3
    score = numbers[:, 0] * numbers[:, 1] + np.where(flags[:, 0], numbers[:, 2], codes[:, 0] > 6)
    numbers[rng.random(numbers.shape) < 0.05] = np.nan
    columns = {f"number{j}": column for j, column in enumerate(numbers.T)}
    columns |= {f"town{j}": TOWNS[column] for j, column in enumerate(codes.T)}
    columns |= {f"flag{j}": column for j, column in enumerate(flags.T)}
    return pd.DataFrame(columns), score + rng.normal(size=n_rows) > 0.5


def write_rows(path, n_rows, batch):
    """The rows in one Parquet file, made piece by piece."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    for k, start in enumerate(range(0, n_rows, batch)):
        rows, _ = make_rows(min(batch, n_rows - start), seed=1 + k)
        table = pa.Table.from_pandas(rows)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    writer.close()


def read_rows(path, batch):
    """The rows of the file as frames, labelled by their numbers."""
    import pyarrow.parquet as pq

    start = 0
    file = pq.ParquetFile(path, pre_buffer=False)  # otherwise it keeps what it has read
    for piece in file.iter_batches(batch):
        frame = piece.to_pandas()
        frame.index = pd.RangeIndex(start, start + len(frame))
        start += len(frame)
        yield frame


def work(path, folder, batch, trees, background, jobs):
    """What the measured process does: fit, explain all rows of the file, write."""
    X, y = make_rows(5000, seed=0)
    texts = make_column_selector(dtype_include=[object, "string"])
    encode = make_column_transformer(
        (OrdinalEncoder(), texts), remainder=SimpleImputer(strategy="median")
    )
    forest = RandomForestClassifier(trees, max_depth=8, random_state=0)
    model = make_pipeline(encode, forest).fit(X, y)
    explainer = ShapleyExplainer(random_state=0, n_jobs=jobs).fit(model, X[:background])
    assert explainer.exact_, explainer.algorithm_
    explainer.explain_batches(read_rows(path, batch)).to_parquet(folder)


# -- the process from outside ------------------------------------------------------------------


def run(command, stop=lambda: False):
    """Seconds and peak MiB of a command, and whether it was killed, as soon as `stop()`."""
    began, peak = time.perf_counter(), 0.0
    with subprocess.Popen(command, start_new_session=True) as process:
        while process.poll() is None:
            time.sleep(0.2)
            if time.perf_counter() - began > 0.5:
                peak = max(peak, memory(process.pid))
            if stop():
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return time.perf_counter() - began, peak, True
    if process.returncode != 0:
        raise RuntimeError(f"{command} failed")
    return time.perf_counter() - began, peak, False


def memory(session):
    """MiB that the processes of a session occupy; pages that several share count once."""
    total = 0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(path.name)) == session:
                total += int((path / "smaps_rollup").read_text().split("Pss:")[1].split()[0])
        except (OSError, IndexError):
            continue  # it has ended
    return total / 1024


def parts_of(folder):
    """The finished parts."""
    return sorted(folder.glob("part-*.parquet"))


def same(folder, other):
    """Whether two folders hold the same files, byte by byte."""
    names = [sorted(path.name for path in place.iterdir()) for place in (folder, other)]
    return names[0] == names[1] and all(
        (folder / name).read_bytes() == (other / name).read_bytes() for name in names[0]
    )


def measure(place, n_rows, options, kill):
    """A row of the table for so many rows."""
    path, folder = place / "rows.parquet", place / "why"
    write_rows(path, n_rows, options.batch)
    settings = [options.batch, options.trees, options.background, options.jobs]
    command = [sys.executable, __file__, "--work", str(path), *map(str, settings)]
    seconds, peak, _ = run([*command, str(folder)])
    found = [n_rows, seconds, int(n_rows / seconds), int(peak)]
    size = sum(part.stat().st_size for part in parts_of(folder)) / 2**20
    if not kill:
        return [*found, int(size), None, None, None]
    again, half = place / "again", len(parts_of(folder)) // 2
    first, _, killed = run([*command, str(again)], stop=lambda: len(parts_of(again)) >= half)
    assert killed, "it was done before it could be killed: take more rows"
    kept = len(parts_of(again))
    second, peak, _ = run([*command, str(again)])
    assert same(folder, again), "the folder differs after a kill"
    return [*found, int(size), kept, first + second, int(peak)]


def main():
    options = parse_arguments(
        __doc__, rows=1_000_000, batch=25_000, trees=100, background=100, jobs=2
    )
    if options.smoke:
        options.rows, options.batch, options.trees, options.background = 6000, 500, 5, 20
    print_versions("pyarrow")
    rows = []
    place = Path(tempfile.mkdtemp())
    try:
        for n_rows in (options.rows // 20, options.rows // 5, options.rows):
            folder = place / str(n_rows)
            folder.mkdir()
            rows.append(measure(folder, n_rows, options, kill=n_rows == options.rows))
    finally:
        shutil.rmtree(place)
    header = ["rows", "seconds", "rows / s", "MiB", "MiB on disk"]
    print_table(
        f"{N_COLUMNS} columns, a forest of {options.trees} trees, background "
        f"{options.background}, batches of {options.batch}, {options.jobs} jobs",
        [*header, "parts at the kill", "seconds with it", "MiB after it"],
        rows,
    )
    print("After the kill and another start: the same files, byte by byte.")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        source, *settings, target = sys.argv[2:]
        work(source, target, *map(int, settings))
    else:
        main()
