"""Estimators made of other estimators, as tree ensembles."""

from dataclasses import replace

import numpy as np
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.multioutput import MultiOutputRegressor

from skxai.predictors._linear import linear_form_of
from skxai.predictors._trees._ensemble import add_ensembles
from skxai.predictors._trees._inputs import InputsOfColumns, NumberInputs
from skxai.predictors._trees._reading import known_tree_ensemble, mean_of, tree_ensemble_of


@known_tree_ensemble.register
def _(estimator: BaggingRegressor, response_method):
    if response_method != "predict":
        return None
    return mean_of(_members_of_bagging(estimator, response_method))


@known_tree_ensemble.register
def _(estimator: BaggingClassifier, response_method):
    if response_method not in ("predict_proba", "decision_function"):
        return None
    members = _members_of_bagging(estimator, response_method)
    classes = [member.classes_ for member in estimator.estimators_]
    complete = all(len(known) == len(estimator.classes_) for known in classes)
    if response_method == "decision_function" and not complete:
        return None
    if None in members:
        return None
    if not complete:  # a member knows classes by their positions
        every = np.eye(len(estimator.classes_))
        members = [member.map_outputs(every[:, known]) for member, known in zip(members, classes)]
    return mean_of(members)


def _members_of_bagging(estimator, response_method):
    members = []
    for part, columns in zip(estimator.estimators_, estimator.estimators_features_):
        member = tree_ensemble_of(part, response_method)
        if member is not None:
            member = _of_columns(member, np.asarray(columns), estimator.n_features_in_)
        members.append(member)
    return members


def _of_columns(member, columns, n_columns):
    """A member that got some columns of the table, as an ensemble over the whole table."""
    if all(isinstance(part, NumberInputs) for part in member.inputs):
        # All members share the inputs then.
        whole = tuple(replace(part, n_columns=n_columns) for part in member.inputs)
        places = np.concatenate([k * n_columns + columns for k in range(len(whole))])
        feature = np.where(member.feature < 0, -1, places[member.feature])
        return replace(member, inputs=whole, feature=feature)
    narrow = tuple(InputsOfColumns(part, columns) for part in member.inputs)
    return replace(member, inputs=narrow)


@known_tree_ensemble.register
def _(estimator: VotingRegressor, response_method):
    if response_method != "predict":
        return None
    members = [tree_ensemble_of(part, "predict") for part in estimator.estimators_]
    return mean_of(members, _voting_weights(estimator))


@known_tree_ensemble.register
def _(estimator: VotingClassifier, response_method):
    if response_method != "predict_proba":
        return None
    members = [tree_ensemble_of(part, "predict_proba") for part in estimator.estimators_]
    return mean_of(members, _voting_weights(estimator))


def _voting_weights(estimator):
    if estimator.weights is None:
        return None
    kept = [part != "drop" for _, part in estimator.estimators]
    return np.compress(kept, estimator.weights)


@known_tree_ensemble.register
def _(estimator: MultiOutputRegressor, response_method):
    if response_method != "predict":
        return None
    return _side_by_side([tree_ensemble_of(part, "predict") for part in estimator.estimators_])


def _side_by_side(ensembles):
    """The outputs of all ensembles, one after the other; None if one of them is None."""
    if any(ensemble is None for ensemble in ensembles):
        return None
    every = np.eye(sum(ensemble.n_outputs for ensemble in ensembles))
    ends = np.cumsum([ensemble.n_outputs for ensemble in ensembles])
    return add_ensembles(
        [
            ensemble.map_outputs(every[:, end - ensemble.n_outputs : end])
            for ensemble, end in zip(ensembles, ends)
        ]
    )


@known_tree_ensemble.register(StackingRegressor)
@known_tree_ensemble.register(StackingClassifier)
def _(estimator, response_method):
    final = linear_form_of(estimator.final_estimator_, response_method)
    if final is None or estimator.passthrough:
        return None
    members = [
        tree_ensemble_of(part, method)
        for part, method in zip(estimator.estimators_, estimator.stack_method_)
    ]
    if None in members:
        return None
    binary = len(getattr(estimator, "classes_", ())) == 2
    members = [
        member.map_outputs([[0.0, 1.0]])  # the last step sees the second class only
        if binary and method == "predict_proba"
        else member
        for member, method in zip(members, estimator.stack_method_)
    ]
    return _side_by_side(members).map_outputs(final.coef, final.intercept)
