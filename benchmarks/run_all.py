"""All benchmarks, one after the other, and what they say in `benchmarks/RESULTS.md`.

    python benchmarks/run_all.py                              # all: hours
    python benchmarks/run_all.py trees_time "text --rows 50"  # some, with arguments of their own
    python benchmarks/run_all.py --smoke                      # all, in seconds each; writes nothing

Each runs in a process of its own, by this interpreter, with a limit of time. What it compares with
is left out where it is not installed. To have all, run this once in each environment that has some
of it: sections of scripts that were not run stay as they were. A section has its own machine,
versions, date and commit. What is slower or worse than it was is for the reader to see; only
`overhead.py` fails by itself.
"""

import argparse
import datetime
import os
import platform
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _common import RATIO

FOLDER = Path(__file__).resolve().parent
TOP = """# Results

Written by `python benchmarks/run_all.py`; what the columns mean is said at the top of each script.
A section with numbers in its command is of another size than by default, often a smaller one.

Times depend on the machine, and on what else it does meanwhile: the load is the mean number of
processes that wanted a core in the minute before, over the number of cores. Near 1 and above, other
work ran beside, and seconds of the wall clock are too many; ratios suffer less, since both of their
times were measured in the same run. Peers that were not installed are left out.
"""


def scripts():
    """Names of all benchmarks."""
    here = Path(__file__).stem
    names = (path.stem for path in sorted(FOLDER.glob("[a-z]*.py")))
    return [name for name in names if name != here]


def run(command, limit):
    """Run a benchmark; return its output, its seconds, and what went wrong, or None."""
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [sys.executable, "-u", *command],
            cwd=FOLDER,
            stdout=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # so that its workers can be stopped with it
        )
        wrong = None
        try:
            status = process.wait(limit)
            wrong = f"failed, with the exit status {status}" if status else None
        except subprocess.TimeoutExpired:
            wrong = f"stopped at the limit of {limit:.0f} s"
        finally:
            _stop(process)
        output.seek(0)
        return output.read(), time.perf_counter() - began, wrong


def _stop(process):
    if process.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()


# -- what is said about a run ------------------------------------------------------------------


def machine():
    """Cores, kind of processor and system; no names."""
    kind = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"^model name\s*: (.+)$", info.read_text(), re.MULTILINE)
        kind = found[1] if found else kind
    return f"{_n_cores()} cores, {kind}, {platform.system()}"


def _n_cores():
    # A container or a queue may give fewer than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def load():
    """The load of the last minute for each core, or None where the system does not tell."""
    return os.getloadavg()[0] / _n_cores() if hasattr(os, "getloadavg") else None


def commit():
    """The checked-out commit, and whether the package differs from it."""
    try:
        name = _git("rev-parse", "--short", "HEAD").strip()
        return f"{name} with changes" if _git("status", "--porcelain", "../skxai") else name
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments):
    command = ["git", *arguments]
    return subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, text=True).stdout


def section(command, output, seconds, wrong, load_before):
    """One part of the results: what was run, where, and its tables."""
    title = (FOLDER / command[0]).read_text().split('"""')[1].splitlines()[0]
    busy = "" if load_before is None else f", load before it {load_before:.1f}"
    about = [
        f"`python benchmarks/{shlex.join(command)}`",
        f"{datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}, commit {commit()}; {machine()}; "
        f"{seconds:.0f} s{busy}.",
    ]
    if wrong:
        about.append(f"**It {wrong}; what it printed until then:**")
    return "\n\n".join([f"## {Path(command[0]).stem}", title, *about, output.strip()]) + "\n"


# -- the file ----------------------------------------------------------------------------------


def sections_of(text):
    """The sections of a file of results, by name."""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]
    return {part.splitlines()[0].removeprefix("## "): part for part in parts}


def overview(sections):
    """A table of all ratios that the sections have."""
    lines = [
        f"| {name} | {' | '.join(line.removeprefix(RATIO).rsplit(': ', 1))} |"
        for name, part in sections.items()
        for line in part.splitlines()
        if line.startswith(RATIO)
    ]
    if not lines:
        return ""
    head = ["Geometric means, and the range of all cases:", ""]
    return "\n".join([*head, "| script | what | ratio |", "|---|---|---|", *lines]) + "\n"


def write(path, new):
    """Put new sections in place of older ones of the same name."""
    old = sections_of(path.read_text()) if path.exists() else {}
    known = {name: part for name, part in {**old, **new}.items() if name in scripts()}
    known = dict(sorted(known.items()))
    parts = [TOP, overview(known), *known.values()]
    path.write_text("\n".join(part.rstrip() + "\n" for part in parts if part))


def parse():
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("which", nargs="*", help="scripts, without .py; default: all")
    parser.add_argument("--smoke", action="store_true", help="only see that all run")
    parser.add_argument("--limit", type=float, default=1800, help="seconds for each")
    parser.add_argument("--output", type=Path, default=FOLDER / "RESULTS.md")
    options = parser.parse_args()
    options.which = [shlex.split(text) for text in options.which or scripts()]
    for name, *_ in options.which:
        if name not in scripts():
            parser.error(f"there is no benchmark {name!r}; there are {', '.join(scripts())}")
    return options


def main():
    """Run them; the exit status tells whether all finished."""
    options = parse()
    failed = []
    for name, *arguments in options.which:
        command = [f"{name}.py", *arguments, *["--smoke"] * options.smoke]
        print(f"=== {shlex.join(command)}", flush=True)
        load_before = load()
        output, seconds, wrong = run(command, options.limit)
        print(output)
        print(f"=== {name}: {wrong or 'finished'}, {seconds:.0f} s", flush=True)
        failed += [name] if wrong else []
        if not options.smoke and "### " in output:  # without a table, an older one is better
            new = section(command, output, seconds, wrong, load_before)
            write(options.output, {name: new})
    if failed:
        sys.exit(f"not finished: {', '.join(failed)}")


if __name__ == "__main__":
    main()
