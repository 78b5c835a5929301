"""Fitted estimators of scikit-learn as tree ensembles."""

from functools import singledispatch

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from skxai.predictors._forms import is_overridden, register_library
from skxai.predictors._sources import unfrozen
from skxai.predictors._trees._ensemble import TreeEnsemble, add_ensembles, one_tree
from skxai.predictors._trees._inputs import HistogramInputs, NumberInputs


def tree_ensemble_of(estimator, response_method):
    """Read a fitted estimator's response as a sum of decision trees.

    Parameters
    ----------
    estimator : fitted estimator
        A tree, or a forest, boosting, Bagging, Voting or Stacking of trees, or a model of
        xgboost or lightgbm on numbers. Register a function for other classes:
        ``known_tree_ensemble.register(MyEstimator, function)``.
    response_method : str
        The method whose output is read.

    Returns
    -------
    TreeEnsemble or None
        With an output for each column that the method returns (those of all outputs side by side
        if it returns a list); None if the response is not known to be a sum of trees, as the
        probabilities of boosting are not.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.ensemble import GradientBoostingRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = GradientBoostingRegressor(random_state=0).fit(X, y)
    >>> ensemble = tree_ensemble_of(model, "predict")
    >>> len(ensemble.roots)
    100
    >>> np.allclose(ensemble.predict(X)[:, 0], model.predict(X), rtol=1e-12)
    True
    """
    estimator = unfrozen(estimator)
    register_library(estimator)
    if is_overridden(known_tree_ensemble, estimator, response_method):
        return None
    return known_tree_ensemble(estimator, response_method)


@singledispatch
def known_tree_ensemble(estimator, response_method):
    """Tree ensemble as far as the class of the estimator tells it, else None."""
    return None


def _plain_tree(tree, values, offset=None):
    """An ensemble of one of scikit-learn's trees, with these values of its nodes."""
    return one_tree(
        inputs=(NumberInputs(tree.n_features),),
        feature=np.where(tree.children_left < 0, -1, tree.feature),
        threshold=tree.threshold,
        left=tree.children_left,
        right=tree.children_right,
        missing_left=tree.missing_go_to_left,
        values=values,
        offset=offset,
    )


@known_tree_ensemble.register(DecisionTreeRegressor)
@known_tree_ensemble.register(ExtraTreeRegressor)
def _(estimator, response_method):
    if response_method != "predict":
        return None
    return _plain_tree(estimator.tree_, estimator.tree_.value[:, :, 0])


@known_tree_ensemble.register(DecisionTreeClassifier)
@known_tree_ensemble.register(ExtraTreeClassifier)
def _(estimator, response_method):
    if response_method != "predict_proba":
        return None
    shares = estimator.tree_.value  # (n_nodes, n_outputs, most classes of any output)
    n_classes = np.atleast_1d(estimator.n_classes_)
    parts = [shares[:, k, :count] for k, count in enumerate(n_classes)]
    return _plain_tree(estimator.tree_, np.hstack(parts))


def mean_of(ensembles, weights=None):
    """The weighted mean of ensembles; None if one of them is None."""
    if not ensembles or any(ensemble is None for ensemble in ensembles):
        return None
    weights = np.ones(len(ensembles)) if weights is None else np.asarray(weights, dtype=float)
    shares = weights / weights.sum()
    return add_ensembles(
        [
            ensemble.map_outputs(share * np.eye(ensemble.n_outputs))
            for ensemble, share in zip(ensembles, shares)
        ]
    )


@known_tree_ensemble.register(RandomForestRegressor)
@known_tree_ensemble.register(ExtraTreesRegressor)
@known_tree_ensemble.register(RandomForestClassifier)
@known_tree_ensemble.register(ExtraTreesClassifier)
def _(estimator, response_method):
    return mean_of([tree_ensemble_of(tree, response_method) for tree in estimator.estimators_])


@known_tree_ensemble.register(GradientBoostingRegressor)
@known_tree_ensemble.register(GradientBoostingClassifier)
def _(estimator, response_method):
    raw = "predict" if isinstance(estimator, GradientBoostingRegressor) else "decision_function"
    constant = estimator.init_ == "zero" or isinstance(
        estimator.init_, DummyRegressor | DummyClassifier
    )
    if response_method != raw or not constant:
        return None
    n_outputs = estimator.estimators_.shape[1]
    # A constant start is the same for every row; there is no public way to ask for it.
    start = estimator._raw_predict_init(np.zeros((1, estimator.n_features_in_)))[0]
    trees = []
    for stage in estimator.estimators_:
        for output, part in enumerate(stage):
            values = np.zeros((part.tree_.node_count, n_outputs))
            values[:, output] = estimator.learning_rate * part.tree_.value[:, 0, 0]
            trees.append(_plain_tree(part.tree_, values))
    trees[0] = trees[0].map_outputs(np.eye(n_outputs), offset=start)
    return add_ensembles(trees)


@known_tree_ensemble.register(HistGradientBoostingRegressor)
@known_tree_ensemble.register(HistGradientBoostingClassifier)
def _(estimator, response_method):
    if isinstance(estimator, HistGradientBoostingClassifier):
        raw = "decision_function"
    else:  # counts and positive amounts are predicted through an exponential
        raw = "raw_score" if estimator.loss in ("poisson", "gamma") else "predict"
    if response_method != raw:
        return None
    inputs = (HistogramInputs(estimator),)
    stages = estimator._predictors
    n_outputs = estimator.n_trees_per_iteration_
    trees = [
        _histogram_tree(predictor, inputs, output, n_outputs)
        for stage in stages
        for output, predictor in enumerate(stage)
    ]
    start = np.ravel(estimator._baseline_prediction)
    trees[0] = trees[0].map_outputs(np.eye(n_outputs), offset=start)
    return add_ensembles(trees)


def _histogram_tree(predictor, inputs, output, n_outputs):
    nodes = predictor.nodes
    is_leaf = nodes["is_leaf"].astype(bool)
    categorical = nodes["is_categorical"].astype(bool) & ~is_leaf
    values = np.zeros((len(nodes), n_outputs))
    values[:, output] = nodes["value"]
    bitsets = np.ascontiguousarray(predictor.raw_left_cat_bitsets, dtype="<u4")
    bits = np.unpackbits(bitsets.view(np.uint8), axis=1, bitorder="little").astype(bool)
    return TreeEnsemble(
        inputs=inputs,
        feature=np.where(is_leaf, -1, nodes["feature_idx"].astype(int)),
        threshold=nodes["num_threshold"].astype(float),
        left=np.where(is_leaf, -1, nodes["left"].astype(int)),
        right=np.where(is_leaf, -1, nodes["right"].astype(int)),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        category_set=np.where(categorical, nodes["bitset_idx"].astype(int), -1),
        categories_left=bits if categorical.any() else np.zeros((0, 0), dtype=bool),
        values=values,
        roots=np.zeros(1, dtype=int),
        offset=np.zeros(n_outputs),
    )


@known_tree_ensemble.register
def _(estimator: AdaBoostClassifier, response_method):
    members = [unfrozen(member) for member in estimator.estimators_]
    trees = all(isinstance(member, DecisionTreeClassifier) for member in members)
    overridden = any(is_overridden(known_tree_ensemble, member, "predict") for member in members)
    if response_method != "decision_function" or not trees or overridden:
        return None
    votes = [_votes(member, estimator.classes_) for member in members]
    # zip: after early stopping there are more weights than members
    weights = [weight for weight, _ in zip(estimator.estimator_weights_, members)]
    total = np.sum(estimator.estimator_weights_)
    scores = add_ensembles(
        [
            vote.map_outputs(weight / total * np.eye(vote.n_outputs))
            for vote, weight in zip(votes, weights)
        ]
    )
    return scores.map_outputs([[-1.0, 1.0]]) if len(estimator.classes_) == 2 else scores


def _votes(member, classes):
    """1 for the class a tree chooses and -1/(n_classes - 1) for the others."""
    winners = member.classes_[member.tree_.value[:, 0, :].argmax(axis=1)]
    chosen = winners[:, None] == np.asarray(classes)
    return _plain_tree(member.tree_, np.where(chosen, 1.0, -1.0 / (len(classes) - 1)))
