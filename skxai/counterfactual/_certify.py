"""From a model and a row to what the exact searches ask for, and their answers back to codes."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from skxai.counterfactual._exact_linear import nearest_in_linear
from skxai.counterfactual._exact_trees import LeafBoxes, nearest_in_trees
from skxai.counterfactual._exact_units import Choice, Goal, Number
from skxai.counterfactual._goals import IntervalGoal, LabelGoal, MoveGoal
from skxai.predictors._columnwise import split_pipeline
from skxai.predictors._linear import linear_form_of
from skxai.predictors._trees import tree_ensemble_of

_MAX_OPTIONS = 2000
# Values that were rounded on their way back are moved on by these shares of their change.
NUDGES = np.array([0.0, 1e-15, 1e-13, 1e-11, 1e-9, 1e-7])


class Line(NamedTuple):
    """A number's place among the model's inputs: input = slope * code + shift."""

    position: int
    slope: float
    shift: float


class Certifier:
    """An exact search for a model that allows it; made by `certifier_of`.

    Attributes
    ----------
    kind : {"linear", "trees"}
    """

    def __init__(self, kind, form, split, space, distance):
        self.kind, self.form, self.split = kind, form, split
        self.space, self.distance = space, distance
        self._inputs = self._boxes = None

    def look_at(self, sources, X):
        """Whether the model's inputs can be told apart by units."""
        self._inputs = _inputs_of(self, sources, X)
        if self._inputs is not None and self.kind == "trees":
            self._boxes = LeafBoxes(self.form)
        return self._inputs is not None

    def encode(self, X):
        """A table in the inputs of the model: (n_rows, n_inputs)."""
        encoded = self.split.encode(X)
        if self.kind == "trees":
            return self.form.encode(encoded)
        dense = encoded.toarray() if hasattr(encoded, "toarray") else encoded
        return np.asarray(dense, dtype=float)

    def before_rounding(self, X, position):
        """One input of the model, before its trees turn it into single precision."""
        encoded = self.split.encode(X)
        column = self.form.sources[position] if self.kind == "trees" else position
        if isinstance(encoded, pd.DataFrame):
            return encoded.iloc[:, column].to_numpy(dtype=float)
        dense = encoded.toarray() if hasattr(encoded, "toarray") else np.asarray(encoded)
        return dense[:, column].astype(float)

    def nearest(self, query, row, goals, start=None, time_limit=None):
        """The nearest counterfactual of one row.

        Parameters
        ----------
        query : Query
        row : int
        goals : list of Goal
        start : ndarray of shape (n_columns,), default=None
            Codes of a counterfactual that is known.
        time_limit : float, default=None

        Returns
        -------
        codes : ndarray of shape (len(NUDGES), n_columns) or None
            Its codes, with numbers moved on by more and more.
        answer : Nearest
        """
        origin = query.origin[row]
        inputs = self.encode(query.table(origin[None], np.array([row])))[0]
        units, readers = [], []
        for unit, (columns, line) in zip(self.space.units, self._inputs):
            made = self._unit(query, row, inputs, unit, columns, line)
            if made is not None:
                units.append(made[0])
                readers.append((unit, line, made[1]))
        if self.kind == "linear":
            answer = nearest_in_linear(self.form.coef, self.form.intercept, inputs, units, goals)
        else:
            starts = None
            if start is not None:
                starts = self.encode(query.table(start[None], np.array([row])))
            answer = nearest_in_trees(self._boxes, inputs, units, goals, starts, time_limit)
        if answer.values is None:
            return None, answer
        codes = np.repeat(origin[None], len(NUDGES), axis=0)
        for made, (unit, line, options) in zip(units, readers):
            self._read(made, unit, line, options, answer.values, codes, origin)
        return codes, answer

    def _unit(self, query, row, inputs, unit, columns, line):
        """A unit of the space as the exact searches take it, and its options in codes."""
        origin, j = query.origin[row], unit[0]
        if len(columns) == 0:
            return None  # the model does not look at it
        if line is None:
            options = self._options(unit, origin)
            codes = np.repeat(origin[None], len(options), axis=0)
            codes[:, unit] = options
            allowed = self.space.allowed(codes, np.repeat(origin[None], len(codes), axis=0))
            codes = codes[allowed]
            values = self.encode(query.table(codes, np.full(len(codes), row)))[:, columns]
            costs = self.distance.costs(codes, origin[None]).sum(axis=1)
            return Choice(columns, values, costs), codes[:, unit]
        low, high = (limits[0, j] for limits in self.space._limits_of(origin[None]))
        ends = sorted((line.slope * low + line.shift, line.slope * high + line.shift))
        gone = np.isnan(origin[j])
        unit_cost = self.distance.unit[j]
        number = Number(
            line.position,
            line.slope * origin[j] + line.shift,
            *(ends if low <= high else (1.0, 0.0)),
            cost=unit_cost / self.distance.scale[j] / abs(line.slope),
            step=self.space.step[j] * abs(line.slope),
            missing_cost=unit_cost if gone or self.space.may_be_missing[j] else None,
            dtype=self.space._floats[j],
        )
        return number, None

    def _options(self, unit, origin):
        """What a unit may change to, the row's own first: (n_options, len(unit))."""
        j = unit[0]
        if len(unit) > 1:
            seen = next(rows for link, rows in self.space.links if link[0] == j)
            return np.vstack([origin[unit], seen])
        values = self.space.reachable[j].astype(float)
        if self.space.may_be_missing[j]:
            values = np.append(values, np.nan)
        values = values[~((values == origin[j]) | (np.isnan(values) & np.isnan(origin[j])))]
        return np.append(origin[j], values)[:, None]

    def _read(self, made, unit, line, options, values, codes, origin):
        """Write the answer for one unit into codes."""
        if line is None:
            same = (made.values == values[made.columns]) | np.isnan(made.values)
            fitting = np.flatnonzero(same.all(axis=1))
            codes[:, unit] = options[fitting[np.argmin(made.costs[fitting])]]
            return
        value = values[line.position]
        if value == made.value or (np.isnan(value) and np.isnan(made.value)):
            return
        j = unit[0]
        code = (value - line.shift) / line.slope
        nudge = 0.0 if np.isnan(code - origin[j]) else NUDGES * (code - origin[j])
        codes[:, j] = code + (0.0 if line.slope == 1 and line.shift == 0 else nudge)


def certifier_of(outputs, space, distance, goal, X):
    """The exact search for a model, or None where none is known.

    Parameters
    ----------
    outputs : Outputs
    space : Space
    distance : Distance
    goal : goal
    X : table
        Rows that the model takes.
    """
    if distance.kind not in ("gower", "l1-mad") or space.orders or space.functions:
        return None
    method = outputs.predictor.response_method
    if method in ("__call__", "raw_score") or (outputs.classes and method == "predict"):
        return None
    split = split_pipeline(outputs.predictor.model, X)
    for kind, form in _forms(split.estimator, method, outputs, goal):
        sources = split.sources
        if kind == "trees":
            sources = [sources[column] for column in form.sources]
        certifier = Certifier(kind, form, split, space, distance)
        if certifier.look_at(sources, X):
            return certifier
    return None


def _forms(estimator, method, outputs, goal):
    """Forms whose scores say when the goal is reached."""
    methods = [method]
    if outputs.classes and isinstance(goal, LabelGoal) and hasattr(estimator, "decision_function"):
        methods = ["decision_function", method]
    for name in methods:
        form = linear_form_of(estimator, name)
        if form is not None and len(form.coef) == 1:
            yield "linear", form
        trees = tree_ensemble_of(estimator, name)
        if trees is not None:
            yield "trees", trees


def _inputs_of(certifier, sources, X):
    """For each unit, the model's inputs made of it, and, for a number, its line; None if mixed."""
    space = certifier.space
    found = []
    for unit in space.units:
        own = set(unit.tolist())
        columns = np.array([k for k, source in enumerate(sources) if source & own], dtype=int)
        if any(not sources[k] <= own for k in columns):
            return None
        j = unit[0]
        if len(unit) > 1 or space.is_category[j]:
            if len(space.reachable[j]) > _MAX_OPTIONS:
                return None
            found.append((columns, None))
            continue
        line = _line_of(certifier, columns, j, X) if len(columns) == 1 else None
        if len(columns) > 0 and line is None:
            return None
        found.append((columns, line))
    return found


def _line_of(certifier, columns, j, X):
    """How a number becomes an input, if by a line."""
    space = certifier.space
    if space.low[j] > space.high[j] or (certifier.kind == "linear" and space.may_be_missing[j]):
        return None
    spread = max(space.high[j] - space.low[j], space.step[j], 1e-3)
    base = space.codes[[0, 0, 0]]
    codes = base.copy()
    codes[:, j] = space.low[j] + spread * np.array([0, 1, 2]) / (1 if space.step[j] else 2)
    table = space.decode(codes, X, np.zeros(3, dtype=int), base)
    inputs = certifier.before_rounding(table, columns[0])
    codes[:, j] = space.encode(table)[:, j]
    if np.array_equal(inputs, codes[:, j]):
        return Line(int(columns[0]), 1.0, 0.0)
    slope = (inputs[2] - inputs[0]) / (codes[2, j] - codes[0, j])
    shift = inputs[0] - slope * codes[0, j]
    size = np.abs(inputs).max() + np.abs(slope * codes[:, j]).max()
    straight = np.abs(inputs[1] - (shift + slope * codes[1, j])) <= 1e-12 * size
    if slope == 0 or not straight or (space.step[j] > 0 and shift != 0):
        return None
    return Line(int(columns[0]), float(slope), float(shift))


def goals_for(certifier, goal, outputs, own_outputs):
    """The goal of one row in the scores of the certifier's form; None if it is none of them.

    Parameters
    ----------
    certifier : Certifier
    goal : goal
    outputs : Outputs
    own_outputs : ndarray of shape (n_outputs,)
        What the model says of the row.

    Returns
    -------
    list of Goal or None
    """
    n_scores = certifier.form.n_outputs if certifier.kind == "trees" else 1
    if isinstance(goal, LabelGoal):
        n_classes = len(outputs.labels)
        wanted = goal.wanted
        if wanted is None:
            wanted = np.arange(n_classes) != np.argmax(own_outputs)
        return _label_goals(np.flatnonzero(wanted), np.flatnonzero(~wanted), n_classes, n_scores)
    if outputs.classes or n_scores != 1:
        return None
    if isinstance(goal, MoveGoal) and not goal.either:
        sign = np.sign(goal.deltas[0])
        return [Goal(np.array([[sign]]), np.array([sign * own_outputs[0] + abs(goal.deltas[0])]))]
    if isinstance(goal, IntervalGoal) and np.isinf([goal.low, goal.high]).any():
        sign, end = (1.0, goal.low) if np.isinf(goal.high) else (-1.0, goal.high)
        return [Goal(np.array([[sign]]), np.array([sign * end]))]
    return None


def _label_goals(wanted, others, n_classes, n_scores):
    """One of the wanted classes is ahead of all others: a goal for each."""
    if n_scores == 1 and n_classes == 2:
        return [Goal(np.array([[1.0 if k == 1 else -1.0]]), np.zeros(1)) for k in wanted]
    if n_scores != n_classes:
        return None
    goals = []
    for k in wanted:
        weights = np.eye(n_classes)[k] - np.eye(n_classes)[others]
        # Of equal scores the first class wins, as by `predict`.
        goals.append(Goal(weights, np.zeros(len(weights)), strict=others < k))
    return goals
