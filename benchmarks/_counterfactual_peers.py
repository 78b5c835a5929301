"""Other packages' counterfactuals: each a function of a cell that returns a search, of a table.

A search returns a table, and treecf's also for which rows it is proved that none is nearer. A row
for which nothing is found stays as it is. Each package gets what
serves it best here: NICE the true classes, treecf the ranges as scales of its distance (so that it
minimises Gower's) and which columns are whole numbers, DiCE its sparser answer. All stay within
the limits of the data.
"""

import contextlib
import importlib
import os
import warnings
from functools import partial
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pandas as pd
from _common import import_if_there

# Less than any difference of scores that matters.
_TIE = 1e-9
_TREECF_SECONDS = 10.0


def peer_versions():
    """What is installed, in words."""
    found = []
    for name in ("dice-ml", "NICEx", "treecf"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return ", ".join(found)


def peers(cell):
    """The searches that are installed and can do this cell, by name; each is yet to be prepared."""
    found = {}
    if import_if_there("dice_ml"):
        found["DiCE random"] = partial(by_dice, cell, method="random")
        found["DiCE genetic"] = partial(by_dice, cell, method="genetic")
    if cell.interval is None and import_if_there("nice"):
        found["NICE sparsity"] = partial(by_nice, cell, optimization="sparsity")
        found["NICE proximity"] = partial(by_nice, cell, optimization="proximity")
    if cell.is_trees and import_if_there("treecf"):
        found["treecf genetic"] = partial(by_treecf, cell, backend="genetic")
        found["treecf exact"] = partial(by_treecf, cell, backend="exact")
    return found


def by_dice(cell, method):
    """dice-ml, of which one method is asked for one counterfactual a row."""
    dice_ml = importlib.import_module("dice_ml")
    data = dice_ml.Data(
        dataframe=cell.background.assign(target_=cell.y),
        continuous_features=list(cell.background.select_dtypes("number")),
        outcome_name="target_",
    )
    kind = "classifier" if cell.interval is None else "regressor"
    dice = dice_ml.Dice(
        data, dice_ml.Model(model=cell.model, backend="sklearn", model_type=kind), method=method
    )
    wanted = {"desired_class": "opposite"}
    if cell.interval is not None:
        wanted = {"desired_range": list(cell.interval)}
    if method == "random":
        wanted["random_seed"] = 0

    def one(row):
        with _quiet(), contextlib.suppress(Exception):  # it raises where it finds nothing
            found = dice.generate_counterfactuals(row, total_CFs=1, verbose=False, **wanted)
            example = found.cf_examples_list[0]
            best = example.final_cfs_df_sparse
            best = example.final_cfs_df if best is None or len(best) == 0 else best
            return best[list(row)].iloc[:1].astype(row.dtypes).set_axis(row.index)
        return row

    def search(X):
        np.random.seed(0)  # noqa: NPY002 (dice-ml draws from the global generator)
        return pd.concat([one(X.iloc[[position]]) for position in range(len(X))])

    return search


def by_nice(cell, optimization):
    """NICE, on an array of objects where the table has words."""
    nice = importlib.import_module("nice")
    like = cell.background
    words = [j for j, name in enumerate(like) if not pd.api.types.is_numeric_dtype(like[name])]
    kind = object if words else float

    def probabilities(rows):
        table = pd.DataFrame(rows, columns=like.columns)
        return cell.model.predict_proba(table.astype(like.dtypes))

    explainer = nice.NICE(
        probabilities,
        like.to_numpy(dtype=kind, copy=True),
        cat_feat=words,
        y_train=cell.y.to_numpy(),
        optimization=optimization,
    )

    def search(X):
        rows = X.to_numpy(dtype=kind, copy=True)
        answers = [explainer.explain(row[None].copy())[0] for row in rows]
        return pd.DataFrame(np.array(answers), X.index, X.columns).astype(X.dtypes)

    return search


def by_treecf(cell, backend):
    """treecf, on the columns as the trees get them."""
    treecf = importlib.import_module("treecf")
    background = cell.encode(cell.background)
    every = np.vstack([background, cell.encode(cell.X)])  # (a row may lie outside the background)
    names = treecf.Explainer(cell.trees, normalizers=np.ones(every.shape[1])).ir.feature_names
    limits = zip(names, every.min(axis=0), every.max(axis=0))
    explainer = treecf.Explainer(
        cell.trees,
        normalizers=np.ptp(background, axis=0),
        constraints=[treecf.Range(*one) for one in limits],
        value_policy={name: "integer" for name, whole in zip(names, cell.whole) if whole},
    )

    def target(label):
        if cell.interval is not None:
            return treecf.Target.raw(op="<=", value=cell.interval[1] - _TIE)
        if label == 0:
            return treecf.Target.raw(op=">=", value=cell.cut + _TIE)
        return treecf.Target.raw(op="<=", value=cell.cut - _TIE)

    def search(X):
        answers, proved = cell.encode(X), np.zeros(len(X), dtype=bool)
        for position, label in enumerate(cell.model.predict(X)):
            with _quiet():
                found = explainer.explain(
                    answers[position],
                    target(label),
                    backend=backend,
                    seed=0,
                    time_budget_s=_TREECF_SECONDS,
                )
            if isinstance(found, treecf.Counterfactual):
                answers[position] = found.x_cf
                proved[position] = found.proof == "optimal"
        return cell.decode(answers, X), proved

    return search


@contextlib.contextmanager
def _quiet():
    """No warnings and no progress bars, which would drown the table."""
    with (
        open(os.devnull, "w") as nowhere,
        warnings.catch_warnings(),
        contextlib.redirect_stderr(nowhere),
        contextlib.redirect_stdout(nowhere),
    ):
        warnings.simplefilter("ignore")
        yield
