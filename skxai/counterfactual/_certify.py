"""From a model and its rows to what the exact searches ask for, and their answers as codes."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from skxai.counterfactual._exact_goals import goals_for
from skxai.counterfactual._exact_linear import MAX_WORK, nearest_in_linear
from skxai.counterfactual._exact_program import nearest_by_program
from skxai.counterfactual._exact_trees import LeafBoxes, nearest_in_trees
from skxai.counterfactual._exact_units import Choice, Number
from skxai.counterfactual._goals import LabelGoal
from skxai.counterfactual._inputs import Line, inputs_of
from skxai.counterfactual._space import differs
from skxai.predictors._columnwise import split_pipeline
from skxai.predictors._linear import linear_form_of
from skxai.predictors._trees import tree_ensemble_of
from skxai.utils._tables import take_rows

# Values that were rounded on their way back are moved on by these shares of their change.
NUDGES = np.array([0.0, 1e-15, 1e-13, 1e-11, 1e-9, 1e-7, 1e-6])
# A counterfactual that is farther than a lower bound by less than this share is the nearest.
_PROVED = 1e-5
# What the size of a change counts where changes are counted, as a share.
_SHORTER, _COUNTED = 1e-7, 1e-6
# The work for which "auto" searches linear models: about a second of that of "exact", minutes.
_LESS_WORK = MAX_WORK // 16


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

    Returns
    -------
    LinearCertifier, TreesCertifier or None
    """
    if callable(distance.kind) or space.orders or space.functions:
        return None
    method = outputs.predictor.response_method
    if method in ("__call__", "raw_score") or (outputs.classes and method == "predict"):
        return None
    split = split_pipeline(outputs.predictor.model, X)
    for kind, form in _forms(split.estimator, method, outputs, goal):
        if kind is LinearCertifier and distance.kind == "l2":
            continue
        certifier = kind(form, split, space, distance, X)
        own = outputs(take_rows(X, slice(0, 1)))[0]
        if certifier.inputs is not None and certifier.goals(goal, outputs, own) is not None:
            return certifier
    return None


def _forms(estimator, method, outputs, goal):
    """Forms whose scores say when the goal is reached."""
    methods = [method]
    if outputs.classes and isinstance(goal, LabelGoal) and hasattr(estimator, "decision_function"):
        methods = ["decision_function", method]
    for name in methods:
        linear, trees = linear_form_of(estimator, name), tree_ensemble_of(estimator, name)
        if linear is not None:
            yield LinearCertifier, linear
        if trees is not None:
            yield TreesCertifier, trees


class _Certifier:
    """An exact search for rows of a table.

    Attributes
    ----------
    inputs : list of UnitInputs or None
        None if the model's inputs can't be told apart by units.
    """

    def __init__(self, form, split, space, distance, X):
        self.form, self.split, self.space, self.distance = form, split, space, distance
        self.inputs = inputs_of(space, self.sources, self.encode, self.columns_of, X)
        self._rates = distance.unit / distance.scale
        self._fixed, self._power = np.zeros(len(self._rates)), 1.0
        if distance.kind == "l2":
            self._rates, self._power = self._rates / distance.scale, 2.0
        if distance.kind == "n_changes":
            spans = np.fmax(space.high - space.low, distance.ranges)
            self._fixed, self._rates = distance.unit, _SHORTER * distance.unit / spans

    @property
    def sources(self):
        """The columns of the table that each of the model's inputs is made of."""
        return self.split.sources

    def rows_of(self, query):
        """The rows as the search takes them: (n_rows, n_inputs)."""
        return self.encode(query.X)

    def goals(self, goal, outputs, own_outputs):
        """The goal of a row in the scores of the model's form, or None."""
        return goals_for(self.form.n_outputs, goal, outputs, own_outputs)

    # -- distances are costs, or grow with them -------------------------------------------------

    def cost_of(self, distance):
        """The largest cost of a counterfactual at a distance."""
        power = {"l2": distance**2, "n_changes": distance * (1 + _COUNTED)}
        return power.get(self.distance.kind, distance)

    def distance_of(self, cost):
        """The least distance of a counterfactual of a cost."""
        root = {"l2": np.sqrt(cost), "n_changes": cost * (1 - _COUNTED)}
        return root.get(self.distance.kind, cost)

    # -- units ----------------------------------------------------------------------------------

    def units_of(self, origin, low, high, inputs):
        """What each unit of a row may become.

        Parameters
        ----------
        origin, low, high : ndarray of shape (n_columns,)
            The row in codes, and what changed numbers lie between.
        inputs : ndarray of shape (n_inputs,)
            The row in the inputs of the model.

        Returns
        -------
        units : list of Number or Choice
        options : list of ndarray or None
            For choices, the codes of their options.
        """
        units, options = [], []
        for seen in self.inputs:
            j = seen.unit[0]
            if seen.line is not None:
                units.append(self._number(seen.line, j, origin[j], low[j], high[j], inputs))
                options.append(None)
                continue
            codes, costs = seen.codes, None
            if len(seen.unit) == 1:
                usable = differs(codes[:, 0], origin[j])
                costs = np.full(usable.sum(), self.distance.unit[j])
            else:
                usable, costs = self._link(seen.unit, codes, origin)
            own = inputs[seen.columns]
            values = np.vstack([own, seen.values[usable]])
            units.append(Choice(seen.columns, values, np.append(0.0, costs)))
            options.append(np.vstack([origin[seen.unit], codes[usable]]))
        return units, options

    def _number(self, line, j, code, low, high, inputs):
        ends = sorted((line.slope * low + line.shift, line.slope * high + line.shift))
        gone = np.isnan(code)
        unit_cost = self.distance.unit[j]
        return Number(
            line.position,
            line.slope * code + line.shift,
            *(ends if low <= high else (1.0, 0.0)),
            cost=self._rates[j] / abs(line.slope) ** self._power,
            fixed=self._fixed[j],
            power=self._power,
            step=self.space.step[j] * abs(line.slope),
            anchor=line.shift,
            missing_cost=unit_cost if gone or self.space.may_be_missing[j] else None,
            seen_missing=inputs[line.position] if gone else line.missing,
            dtype=self.space.floats[j],
        )

    def _link(self, unit, codes, origin):
        """Which combinations of linked columns are allowed changes, and what these cost."""
        rows = np.repeat(origin[None], len(codes), axis=0)
        changed = rows.copy()
        changed[:, unit] = codes
        usable = self.space.allowed(changed, rows) & differs(changed, rows).any(axis=1)
        counted = self.distance.kind == "n_changes"
        measure = self.distance if counted else lambda *both: self.distance.costs(*both).sum(axis=1)
        return usable, measure(changed[usable], rows[usable])

    def codes_of(self, values, units, options, origin):
        """A row that an exact search found in codes, with numbers moved on by more and more.

        Returns
        -------
        ndarray of shape (n, n_columns)
        """
        codes = np.repeat(origin[None], len(NUDGES), axis=0)
        for seen, unit, own in zip(self.inputs, units, options):
            if own is not None:
                same = (unit.values == values[unit.columns]) | np.isnan(unit.values)
                fitting = np.flatnonzero(same.all(axis=1))
                codes[:, seen.unit] = own[fitting[np.argmin(unit.costs[fitting])]]
                continue
            value, j = values[seen.line.position], seen.unit[0]
            if value == unit.value or (np.isnan(value) and np.isnan(unit.value)):
                continue
            code = seen.line.code(value)
            change = code - origin[j]
            exact = np.isnan(change) or self.is_exact(seen.line)
            codes[:, j] = code if exact else code + NUDGES * change
        return codes if differs(codes, codes[0]).any() else codes[:1]


class LinearCertifier(_Certifier):
    """The nearest counterfactuals of linear models.

    Numbers are moved in codes, so that steps stay what they are.
    """

    kind = "linear"

    def __init__(self, form, split, space, distance, X):
        super().__init__(form, split, space, distance, X)
        self._lines = []
        if self.inputs is None:
            return
        coef, intercept = np.array(form.coef), np.array(form.intercept)
        for k, seen in enumerate(self.inputs):
            if seen.line is not None:
                line = seen.line
                intercept += coef[:, line.position] * line.shift
                coef[:, line.position] *= line.slope
                self._lines.append((seen.unit[0], line))
                in_codes = Line(line.position, missing=line.code(line.missing))
                self.inputs[k] = replace(seen, line=in_codes)
        self.form = form._replace(coef=coef, intercept=intercept)

    def encode(self, X):
        """A table in the inputs of the model: (n_rows, n_inputs)."""
        encoded = self.split.encode(X)
        dense = encoded.toarray() if hasattr(encoded, "toarray") else encoded
        return np.asarray(dense, dtype=float)

    def columns_of(self, X):
        """A function that returns one input of the model, by its position."""
        encoded = self.encode(X)
        return lambda position: encoded[:, position]

    def goals(self, goal, outputs, own_outputs):
        """The goal of a row in linear scores, or None."""
        return goals_for(len(self.form.coef), goal, outputs, own_outputs)

    def rows_of(self, query):
        """The rows in inputs, numbers in codes."""
        inputs = np.array(self.encode(query.X))
        for j, line in self._lines:
            codes = query.origin[:, j]
            own = inputs[:, line.position]
            inputs[:, line.position] = np.where(np.isnan(codes), line.code(own), codes)
        return inputs

    def is_exact(self, line):
        """Numbers lie on the edge of what reaches the goal."""
        return False

    def solve(self, inputs, units, goals, limit, start, **limits):
        """The nearest counterfactual of a row; see `nearest_in_linear` and `nearest_by_program`."""
        problem = self.form.coef, self.form.intercept, inputs, units, goals
        if any(len(goal.thresholds) > 1 for goal in goals):
            return nearest_by_program(*problem, time_limit=limits.get("time_limit"))
        is_patient = limits.get("max_nodes") is None
        return nearest_in_linear(*problem, max_work=MAX_WORK if is_patient else _LESS_WORK)


class TreesCertifier(_Certifier):
    """The nearest counterfactuals of sums of trees."""

    kind = "trees"

    def __init__(self, form, split, space, distance, X):
        super().__init__(form, split, space, distance, X)
        self._boxes = None if self.inputs is None else LeafBoxes(form)

    @property
    def sources(self):
        """The columns of the table that each of the trees' inputs is made of."""
        return [self.split.sources[column] for column in self.form.sources]

    def encode(self, X):
        """A table in the inputs of the trees: (n_rows, n_inputs)."""
        return self.form.encode(self.split.encode(X))

    def columns_of(self, X):
        """A function that returns one input, before the trees turn it into single precision."""
        encoded, sources = self.split.encode(X), self.form.sources
        if isinstance(encoded, pd.DataFrame):
            return lambda position: encoded.iloc[:, sources[position]].to_numpy(dtype=float)
        dense = encoded.toarray() if hasattr(encoded, "toarray") else np.asarray(encoded)
        return lambda position: dense[:, sources[position]].astype(float)

    def is_exact(self, line):
        """A number is one step beyond a threshold, unless it was rounded on its way back."""
        return line.slope == 1 and line.shift == 0

    def solve(self, inputs, units, goals, limit, start, **limits):
        """The nearest counterfactual of a row; see `nearest_in_trees`."""
        starts = None if start is None else start[None]
        return nearest_in_trees(self._boxes, inputs, units, goals, starts, limit, **limits)


class Proof(NamedTuple):
    """What is known of the nearest counterfactual of a row.

    Attributes
    ----------
    status : {"optimal", "feasible", "infeasible", "not_found"}
    lower_bound : float
        No counterfactual is nearer; infinite where there is none.
    """

    status: str
    lower_bound: float


def certify(certifier, query, tasks, **limits):
    """Search exactly for the counterfactuals of some rows, all at once where the model is asked.

    Parameters
    ----------
    certifier : LinearCertifier or TreesCertifier
    query : Query
    tasks : list of Task
        With what is known already; what is nearer is noted there.
    **limits : time_limit, max_nodes
        How long to search for a row.

    Returns
    -------
    list of Proof
    """
    answers, found = _answers(certifier, query, tasks, limits)
    rows = np.repeat([task.row for task in tasks], [len(codes) for codes in found])
    codes, allowed, distances = query.prepare(np.concatenate(found), rows)
    reached = allowed & (query.evaluate(codes, rows) > 0) if len(rows) else allowed
    proofs = []
    for task, answer in zip(tasks, answers):
        own = np.flatnonzero(rows == task.row)
        task.n_evals += len(own)
        good = own[reached[own] & (distances[own] < task.distance)]
        if len(good):
            task.best, task.distance = codes[good[0]], float(distances[good[0]])
        if task.best is None:
            none = answer.status == "infeasible"
            bound = np.inf if none else 0.0
            proofs.append(Proof("infeasible" if none else "not_found", bound))
            continue
        bound = min(float(certifier.distance_of(answer.lower_bound)), task.distance)
        proven = answer.status == "optimal" and task.distance <= bound * (1 + _PROVED)
        proofs.append(Proof("optimal" if proven else "feasible", bound))
    return proofs


def _answers(certifier, query, tasks, limits):
    """What the exact search says of each row, and what it found in codes."""
    inputs, (low, high) = certifier.rows_of(query), query.space.limits(query.origin)
    known = [task for task in tasks if task.best is not None]
    starts = {}
    if known and certifier.kind == "trees":
        rows = np.array([task.row for task in known])
        table = query.table(np.array([task.best for task in known]), rows)
        starts = dict(zip(rows.tolist(), certifier.encode(table)))
    answers, found = [], []
    for task in tasks:
        row, origin = task.row, query.origin[task.row]
        goals = certifier.goals(query.goal, query.outputs, query.origin_outputs[row])
        units, options = certifier.units_of(origin, low[row], high[row], inputs[row])
        limit = certifier.cost_of(task.distance)
        answer = certifier.solve(inputs[row], units, goals, limit, starts.get(row), **limits)
        answers.append(answer)
        if answer.values is None:
            found.append(origin[None][:0])
        else:
            found.append(certifier.codes_of(answer.values, units, options, origin))
    return answers, found
