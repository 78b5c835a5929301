"""One result of each kind, made by hand: what is kept of a release for those that follow.

Nothing is computed, so that the numbers are the same whatever did the computing.
"""

import dataclasses

import numpy as np
import pandas as pd
import scipy.sparse as sp

from skxai import (
    ConceptExplanation,
    CounterfactualExplanation,
    DataValuation,
    Explanation,
    InfluenceExplanation,
    InfluenceGraph,
    InteractionExplanation,
    LimeExplanation,
    PrototypeExplanation,
    SubstitutionScan,
)
from skxai.explanation import Layout
from skxai.explanation._image_layout import ImageLayout
from skxai.explanation._sequence_layout import SequenceLayout
from skxai.explanation._text_layout import TextLayout
from skxai.gradient import LRPExplanation

INDEX = pd.Index(["first", "zweite"], name="row")
TREE = '{"value": 1.5, "share": 1.0}'


def steps(*shape, start=0.5):
    """Numbers in steps of a third, with a negative zero, and signs that alternate."""
    count = int(np.prod(shape))
    numbers = (start + np.arange(count) / 3) * (-1.0) ** np.arange(count)
    numbers[:1] = -0.0
    return numbers.reshape(shape)


def mixed_frame():
    """Two rows of a column of each kind that a DataFrame may have."""
    frame = pd.DataFrame(
        {
            "number": [0.1, np.nan],
            "single": np.array([0.25, np.inf], dtype=np.float32),
            "small": np.array([-128, 127], dtype=np.int8),
            "flag": [True, False],
            "text": ["größe", None],
            "whole": pd.array([None, 7], dtype="Int64"),
            "grade": pd.Categorical(["b", "a"], categories=["b", "a", "c"], ordered=True),
            "day": pd.to_datetime(["2024-02-29", None]).as_unit("ns"),
            "span": pd.to_timedelta(["1 day", "2 hours"]).as_unit("ns"),
        }
    )
    frame.index = pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["who", None])
    return frame


def zoned_frame():
    """Times with a zone, by themselves: pickles of pandas 2 need pytz, which pandas 3 does not."""
    moments = pd.to_datetime(["2024-03-31 01:30", "1999-12-31 23:59"]).as_unit("ns")
    return pd.DataFrame({"moment": moments.tz_localize("Europe/Berlin")})


def explanations():
    """Attributions, their kin, and the layouts of texts, images and sequences."""
    everything = {
        "values": steps(2, 3, 2),
        "base_values": steps(2, 2),
        "predictions": steps(2, 2, start=2),
        "std_errors": np.abs(steps(2, 3, 2)),
        "feature_names": ["größe", '"quoted"\n', "c"],
        "output_names": ["yes", "no"],
        "method": "by hand (ü)",
        "index": INDEX,
        "groups": [[0, 3], [2], [1]],
        "n_evals": [10, 2**40],
        "targets": ["yes", "no"],
        "quantity": "derivative",
    }
    short = {"base_values": [0.5, 0.5], "predictions": [1.0, np.nan]}
    texts = np.array(["a rose is a rose", ""], dtype=object)
    text = TextLayout([["a", "rose"], []], [[[0, 0, 1], [1, 2, 6], [0, 10, 11], [1, 12, 16]], []])
    regions = np.array([[[0, 0], [1, 1]], [[0, 1], [2, 0]]])
    image = ImageLayout(regions, shape=(3, 2, 2), channels="first")
    grid = ImageLayout(np.array([[[0, 0], [1, 1]]] * 2), grid=(2, 1))
    sequence = SequenceLayout(["GATC", "AC"], [[0, 2], [1]])
    return {
        "explanation": Explanation(**everything, data=steps(2, 4)),
        "explanation_frame": Explanation(steps(2, 9), **short, data=mixed_frame()),
        "explanation_zoned": Explanation(steps(2, 1), **short, data=zoned_frame()),
        "explanation_sparse": Explanation(
            steps(2, 3), **short, data=sp.csr_matrix(np.array([[0.0, 2.5, 0.0], [1.5, 0.0, 0.0]]))
        ),
        "explanation_bare": Explanation(steps(2, 3), **short),
        "explanation_text": Explanation(steps(2, 2), **short, data=texts, layout=text),
        "explanation_image": Explanation(
            steps(2, 3), **short, data=np.arange(24.0).reshape(2, 3, 2, 2), layout=image
        ),
        "explanation_grid": Explanation(steps(2, 2), **short, layout=grid),
        "explanation_sequence": Explanation(
            steps(2, 2), **short, data=np.array(["GATC", "AC"]), layout=sequence
        ),
        "interactions": InteractionExplanation(
            **{**everything, "values": steps(2, 3, 3, 2), "std_errors": np.abs(steps(2, 3, 3, 2))}
        ),
        "lime": LimeExplanation(
            **everything,
            surrogate_predictions=steps(2, 2),
            r2=[[0.5, 0.25], [np.nan, -1.0]],
            fresh_r2=steps(2, 2),
            effective_sample_size=[12.5, np.nan],
            trees=[[TREE, TREE], [TREE + " ", ""]],
        ),
        "lrp": LRPExplanation(
            **everything,
            ledgers=steps(2, 2, 5, 2),
            layers=["layer 1, epsilon", "layer 2, γ"],
        ),
    }


def counterfactuals():
    """Other rows, and a scan of substitutions."""
    frame = mixed_frame()[["number", "text", "grade"]]
    about = {
        "status": np.array(["optimal", "not_found"]),
        "lower_bounds": np.array([0.5, 0.0]),
        "predictions": steps(2, 2),
        "original_predictions": steps(2, 2, start=1),
        "labels": np.array(["no", "yes"]),
        "original_labels": np.array(["yes", "yes"]),
        "output_names": ["no", "yes"],
        "method": "by hand",
        "n_evals": np.array([3, 4]),
    }
    sequence = SequenceLayout(["GATC", "AC"], [[0, 2], [1]])
    return {
        "counterfactual": CounterfactualExplanation(
            counterfactuals=frame.iloc[::-1].set_axis(frame.index),
            data=frame,
            changed=np.eye(2, 3, dtype=bool),
            distances=np.array([0.5, np.nan]),
            outlier_factors=np.array([1.0, np.nan]),
            background_distances=np.array([0.25, 0.125]),
            background_quantiles=steps(7, 3),
            feature_names=list(frame),
            index=frame.index,
            **about,
        ),
        "counterfactual_sequence": CounterfactualExplanation(
            counterfactuals=np.array(["AATC", "AC"]),
            data=np.array(["GATC", "AC"]),
            changed=np.array([[True, False], [False, False]]),
            distances=np.array([1.0, np.nan]),
            outlier_factors=None,
            background_distances=None,
            feature_names=["0", "1"],
            layout=sequence,
            replacements=np.array([["A", ""], ["", ""]]),
            **about,
        ),
        "substitutions": SubstitutionScan(
            predictions=steps(2, 2, 3),
            original_predictions=steps(2),
            reached=np.arange(12).reshape(2, 2, 3) % 5 == 1,
            classes=np.arange(12).reshape(2, 2, 3) % 2,
            original_classes=np.array([0, 1]),
            layout=sequence,
            alphabet=("A", "C", "G"),
            data=np.array(["GATC", "AC"]),
            class_names=("no", "yes"),
            output_names=("y",),
            feature_names=("A", "C", "G"),
            method="by hand",
            index=INDEX,
        ),
    }


def others():
    """Prototypes, training rows, concepts and a graph."""
    names = {"feature_names": ("a", "b"), "output_names": ("yes", "no"), "method": "by hand"}
    train = pd.Index(["t1", "t2", "t3"], name="train")
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=INDEX)
    return {
        "prototypes": PrototypeExplanation(
            distances=steps(2, 2, 3),
            predictions=steps(2, 2),
            activations=steps(2, 3),
            prototype_indices=np.arange(6).reshape(2, 3),
            data=frame,
            index=INDEX,
            **names,
        ),
        "influence": InfluenceExplanation(
            values=steps(2, 3, 2),
            predictions=steps(2, 2),
            data=frame,
            quantity="loss",
            convention="removal",
            train_index=train,
            index=INDEX,
            targets=np.array(["yes", "no"]),
            **names,
        ),
        "data_valuation": DataValuation(
            values=steps(2, 3),
            base_values=np.zeros(2),
            train_targets=np.array(["yes", "no", "yes"]),
            train_index=train,
            std_errors=np.abs(steps(2, 3)),
            targets=np.array(["no", "no"]),
            data=steps(2, 2),
            predictions=steps(2, 2),
            index=INDEX,
            **names,
        ),
        "concepts": ConceptExplanation(
            values=steps(2, 2, 2, 3),
            whole_values=steps(2, 2, 2),
            random_values=steps(2, 2, 2, 3),
            accuracies=np.abs(steps(2, 3)),
            index=INDEX,
            **names,
        ),
        "graph": InfluenceGraph(
            matrix=np.abs(steps(2, 2)),
            std_errors=np.abs(steps(2, 2)),
            scores=steps(2),
            values=steps(2, 2, 2),
            feature_names=("a", "b"),
            method="by hand",
            index=INDEX,
        ),
    }


def kept_results():
    """All of them, by name."""
    return {**explanations(), **counterfactuals(), **others()}


# -- what is written down of a result ----------------------------------------------------------


def describe(value):
    """A result, or a part of it, in the plain values that JSON has.

    Which dtype pandas has for text, and what is missing there, differs by its version; so neither
    is told.
    """
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {"kind": type(value).__name__, **{k: describe(v) for k, v in fields.items()}}
    if isinstance(value, Layout):
        arrays = {name: describe(array) for name, array in value.to_arrays().items()}
        return {"layout": value.kind, **arrays}
    if isinstance(value, pd.DataFrame):
        columns = [_column(value.iloc[:, j]) for j in range(value.shape[1])]
        return {"index": describe(value.index), "names": list(value), "columns": columns}
    if isinstance(value, pd.Index):
        return {"names": list(value.names), "labels": [_cell(label) for label in value]}
    if sp.issparse(value):
        return {"sparse": describe(value.toarray())}
    if isinstance(value, np.ndarray):
        cells = [_cell(cell) for cell in value.ravel().tolist()]
        dtype = "text" if value.dtype.kind in "UO" else str(value.dtype)
        return {"dtype": dtype, "shape": list(value.shape), "cells": cells}
    if isinstance(value, tuple | list):
        return [describe(item) for item in value]
    return _cell(value)


def _column(series):
    cells = [_cell(cell) for cell in series]
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return {"cells": cells, "categories": list(dtype.categories), "ordered": dtype.ordered}
    told = pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_datetime64_any_dtype(dtype)
    return {"cells": cells, "dtype": str(dtype) if told else "other"}


def _cell(cell):
    if isinstance(cell, tuple):
        return [_cell(part) for part in cell]
    if cell is None or cell is pd.NA or cell is pd.NaT or cell != cell:
        return "missing"
    if isinstance(cell, pd.Timestamp | pd.Timedelta):
        return cell.isoformat()
    return cell.item() if isinstance(cell, np.generic) else cell
