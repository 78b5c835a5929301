"""Counterfactuals beside other packages': how many, how near, how plausible, at what cost.

    python benchmarks/counterfactuals.py            # 100 rows a cell, an hour with all packages
    python benchmarks/counterfactuals.py --smoke    # some seconds
    python benchmarks/counterfactuals.py --only hmda/forest,hmda/mlp --cache FOLDER

All get the same model, background and rows; DiCE, NICE and treecf where they are installed. Every
row that is returned is given to the model again. Columns of the tables:

- valid: share of rows for which the goal is reached; missed: rows for which another method finds
  a counterfactual and this one none;
- Gower: mean distance of the valid ones, over the ranges of the background; "ours ÷": our
  black-box search's mean distance over this method's, on rows valid for both; "÷ minimum": median
  ratio to the nearest there is, on the rows where we prove it; proved: rows for which the method
  itself proves that none is nearer;
- changes: columns that differ; outliers: share with a local outlier factor above that of 95 % of
  the background;
- model rows, seconds, and seconds outside the model, for each row, after `fit`, by the
  processor's clock. treecf reads the trees and does not call the model.

With ``--cache`` the answers of the other packages are kept in a folder and read from there.
"""

import argparse
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from _common import print_ratios, print_table, print_versions
from _counterfactual_cells import cells
from _counterfactual_peers import peer_versions, peers
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder

from skxai import CounterfactualExplainer

# Our search that sees only outputs, and the same where outliers are not allowed.
BLACK_BOX, PLAUSIBLE = "skxai nearest", "skxai plausible"
# Cells of a smoke test: each kind of model and each table.
SMOKE = "breast_cancer/forest,hmda/linear,diabetes/boosting,diabetes/mlp"
HEADER = ["method", "rows", "valid", "missed", "Gower", "ours ÷", "÷ minimum", "proved", "changes"]
HEADER += ["outliers", "model rows", "s / row", "own s / row"]

# -- searches ----------------------------------------------------------------------------------


def by_skxai(cell, algorithm, time_limit=None, constraints=()):
    """Our search; with the table it returns for which rows it is proved that none is nearer."""
    explainer = CounterfactualExplainer(
        target="other" if cell.interval is None else (None, cell.interval[1]),
        algorithm=algorithm,
        time_limit=time_limit,
        constraints=constraints,
        random_state=0,
    ).fit(cell.model, cell.background)

    def search(X):
        found = explainer.explain(X)
        return found.counterfactuals, found.status == "optimal"

    return search


class Counted:
    """Counts the rows that a model gets and the time that it takes, within a `with` block."""

    _METHODS = ("predict", "predict_proba", "decision_function")

    def __init__(self, model):
        self.model, self.n_rows, self.seconds, self._depth = model, 0, 0.0, 0

    def __enter__(self):
        for name in self._METHODS:
            if hasattr(self.model, name):
                setattr(self.model, name, self._counted(getattr(self.model, name)))
        return self

    def __exit__(self, *_):
        for name in self._METHODS:
            self.model.__dict__.pop(name, None)

    def _counted(self, method):
        def call(X, *args, **kwargs):
            self._depth += 1  # (one method may call another)
            began = time.process_time()
            try:
                return method(X, *args, **kwargs)
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self.seconds += time.process_time() - began
                    self.n_rows += len(X)

        return call


@dataclass
class Answer:
    """What a method returned for the first rows of a cell, and what it took, by row."""

    table: pd.DataFrame
    n_evals: float
    seconds: float
    own_seconds: float
    proved: np.ndarray | None = None


def timed(cell, X, prepare):
    """Prepare and run a search; returns the `Answer` of the run."""
    search = prepare()
    with Counted(cell.model) as counted:
        began = time.process_time()
        found = search(X)
        seconds = time.process_time() - began
    table, proved = found if isinstance(found, tuple) else (found, None)
    own = seconds - counted.seconds
    return Answer(table, counted.n_rows / len(X), seconds / len(X), own / len(X), proved)


def of_peers(cell, slow_rows, cache):
    """The answers of the other packages, from the cache where it has them."""
    answers = {}
    for name, prepare in peers(cell).items():
        X = cell.X[:slow_rows] if name == "treecf exact" else cell.X
        path = cache and cache / f"{cell.name.replace('/', '-')}-{name}-{len(X)}.pkl"
        if path and path.exists():
            answers[name] = Answer(**pd.read_pickle(path))
            continue
        answers[name] = timed(cell, X, prepare)
        if path:
            pd.to_pickle(vars(answers[name]), path)
    return answers


def of_skxai(cell, exact_rows, time_limit):
    """Our answers."""
    searches = {
        BLACK_BOX: partial(by_skxai, cell, "nearest"),
        PLAUSIBLE: partial(by_skxai, cell, "nearest", constraints=("plausible",)),
        "skxai auto": partial(by_skxai, cell, "auto"),
    }
    answers = {name: timed(cell, cell.X, prepare) for name, prepare in searches.items()}
    if cell.is_trees:
        exact = partial(by_skxai, cell, "exact", time_limit)
        answers["skxai exact"] = timed(cell, cell.X[:exact_rows], exact)
    return answers


def smallest_distances(cell, answers):
    """The distances of which we proved that there are no smaller; NaN for other rows."""
    least = np.full(len(cell.X), np.nan)
    for name, answer in answers.items():
        if name in ("skxai auto", "skxai exact"):
            rows = np.flatnonzero(answer.proved)
            least[rows] = gower(cell, answer.table.iloc[rows], cell.X.iloc[rows])
    return least


# -- measures ----------------------------------------------------------------------------------


def gower(cell, table, rows):
    """Mean over the columns of |difference| / range, or 0 or 1 for words; (n_rows,)."""
    parts = []
    for name, column in cell.background.items():
        if pd.api.types.is_numeric_dtype(column):
            parts.append((table[name] - rows[name]).abs() / np.ptp(column))
        else:
            parts.append((table[name] != rows[name]).astype(float))
    return np.mean(parts, axis=0)


def outlier_judge(background):
    """A function of tables: whether each row is less like others than 95 % of the background."""
    scale = make_column_transformer(
        (MinMaxScaler(), make_column_selector(dtype_include="number")),
        (
            # Two indicators change with a word.
            make_pipeline(OneHotEncoder(sparse_output=False), MinMaxScaler((0, 0.5))),
            make_column_selector(dtype_exclude="number"),
        ),
    )
    factors = LocalOutlierFactor(n_neighbors=20, novelty=True, metric="manhattan")
    factors.fit(scale.fit_transform(background))
    limit = np.quantile(-factors.negative_outlier_factor_, 0.95)
    return lambda table: -factors.score_samples(scale.transform(table)) > limit


def measured(cell, answer, judge):
    """Measures of each row of the cell; NaN where it was not asked or the answer is not valid."""
    X = cell.X[: len(answer.table)]
    measures = {
        "Gower": gower(cell, answer.table, X),
        "changes": (answer.table != X).sum(axis=1).astype(float),
        "outliers": judge(answer.table).astype(float),
    }
    valid = cell.reached(answer.table, X)
    return pd.DataFrame(measures, X.index)[valid].reindex(cell.X.index)


def compare(cell, answers):
    """Lines of a cell's table, and a line of the summary."""
    judge, least = outlier_judge(cell.background), smallest_distances(cell, answers)
    measures = {name: measured(cell, answer, judge) for name, answer in answers.items()}
    exists = np.any([one["Gower"].notna() for one in measures.values()], axis=0)
    lines = []
    for name, answer in answers.items():
        distances, n_asked = measures[name]["Gower"], len(answer.table)
        known = (distances / least).dropna()
        lines.append(
            [
                name,
                n_asked,
                float(distances[:n_asked].notna().mean()),
                int((distances.isna() & exists)[:n_asked].sum()),
                float(distances.mean()),
                ratio(measures[BLACK_BOX], measures[name]),
                float(known.median()) if len(known) else None,
                None if answer.proved is None else int(answer.proved.sum()),
                float(measures[name]["changes"].mean()),
                float(measures[name]["outliers"].mean()),
                answer.n_evals or None,
                answer.seconds,
                answer.own_seconds,
            ]
        )
    return lines, summary(cell, lines, measures)


def ratio(ours, theirs):
    """Our mean distance over theirs, on the rows that are valid for both."""
    both = ours["Gower"].notna() & theirs["Gower"].notna()
    return float(ours["Gower"][both].mean() / theirs["Gower"][both].mean())


def summary(cell, lines, measures):
    """Ours against the best of the others, and how many are outliers."""
    of = {line[0]: dict(zip(HEADER, line)) for line in lines}
    others = [name for name in of if name.startswith(("DiCE", "NICE"))]
    nice = [of[name]["outliers"] for name in others if name.startswith("NICE")]
    line = [cell.name]
    for name in (BLACK_BOX, PLAUSIBLE):
        line += [of[name]["valid"], of[name]["missed"]]
        # The largest ratio is the one to the best of them.
        line.append(max((ratio(measures[name], measures[one]) for one in others), default=None))
        line.append(of[name]["outliers"])
    treecf = measures.get("treecf genetic")
    line += [min(nice, default=None), of[BLACK_BOX]["÷ minimum"]]
    return [*line, None if treecf is None else ratio(measures[BLACK_BOX], treecf)]


def main():
    """Print a table for each cell, and a summary."""
    options = parse_options()
    n_rows, exact_rows = (2, 1) if options.smoke else (options.rows, options.exact_rows)
    print_versions()
    print(f"Others: {peer_versions()}", end="\n\n")
    overview = []
    for cell in cells(n_rows, options.smoke, options.only):
        answers = of_skxai(cell, exact_rows, options.seconds)
        answers |= of_peers(cell, exact_rows, options.cache)
        lines, line = compare(cell, answers)
        print_table(f"{cell.name}, {cell.X.shape[1]} features", HEADER, lines)
        overview.append(line)
    header = ["cell", "valid", "missed", "÷ others", "outliers"]
    header += [f"plausible: {name}" for name in header[1:]]
    header += ["NICE's outliers", "÷ minimum", "÷ treecf genetic"]
    print_table(
        f"Summary of {BLACK_BOX} and {PLAUSIBLE}; ÷ others: mean Gower distance over that of the "
        "best of DiCE and NICE",
        header,
        overview,
    )
    ratios = [1 / line[3] for line in overview if line[3]]
    print_ratios("distance of the best of DiCE and NICE over ours", ratios)


def parse_options():
    """Arguments of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="some seconds, to see that it runs")
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--exact-rows", type=int, default=20, help="rows of slow, exact searches")
    parser.add_argument("--seconds", type=float, default=20.0, help="limit of our proofs, a row")
    parser.add_argument("--only", help="cells, such as hmda/forest, with commas between")
    parser.add_argument("--cache", type=Path, help="a folder for the other packages' answers")
    options = parser.parse_args()
    if options.smoke and not options.only:
        options.only = SMOKE
    options.only = options.only.split(",") if options.only else ()
    if options.cache:
        options.cache.mkdir(parents=True, exist_ok=True)
    return options


if __name__ == "__main__":
    main()
