"""Models of xgboost as tree ensembles; imported when there is one."""

import json

import numpy as np
from scipy.special import logit
from xgboost import XGBClassifier, XGBModel, XGBRanker, XGBRegressor

from skxai.predictors._raw_scores import RawScore, known_raw_score
from skxai.predictors._trees._ensemble import add_ensembles, one_tree
from skxai.predictors._trees._inputs import NumberInputs
from skxai.predictors._trees._reading import known_tree_ensemble

# Objectives whose prediction is the sum of the trees itself.
_IDENTITY = {
    "reg:squarederror",
    "reg:absoluteerror",
    "reg:pseudohubererror",
    "reg:quantileerror",
}
# Others store what the trees start from as a prediction, not as a score.
_LINKS = {
    "binary:logistic": logit,
    "reg:logistic": logit,
    "count:poisson": np.log,
    "reg:gamma": np.log,
    "reg:tweedie": np.log,
}


@known_raw_score.register
def _(estimator: XGBModel):
    return RawScore("predict", {"output_margin": True})


@known_tree_ensemble.register(XGBRegressor)
@known_tree_ensemble.register(XGBClassifier)
@known_tree_ensemble.register(XGBRanker)
def _(estimator, response_method):
    booster = estimator.get_booster()
    if getattr(booster, "best_iteration", None) is not None and estimator.early_stopping_rounds:
        booster = booster[: booster.best_iteration + 1]
    learner = json.loads(bytes(booster.save_raw("json")))["learner"]
    objective, boosting = learner["objective"]["name"], learner["gradient_booster"]
    trees = boosting.get("model", {}).get("trees", [])
    plain = (
        (
            response_method == "raw_score"
            or (response_method == "predict" and objective in _IDENTITY)
        )
        and boosting["name"] == "gbtree"
        and "c" not in learner["feature_types"]
        and np.isnan(estimator.missing)
        and all(tree["tree_param"]["size_leaf_vector"] in ("0", "1") for tree in trees)
    )
    if not plain:
        return None
    outputs = boosting["model"]["tree_info"]
    start = np.atleast_1d(json.loads(learner["learner_model_param"]["base_score"]))
    start = _LINKS.get(objective, np.asarray)(start)
    n_outputs = max(len(start), 1 + max(outputs))
    inputs = (NumberInputs(estimator.n_features_in_),)
    parts = [_tree(tree, inputs, output, n_outputs) for tree, output in zip(trees, outputs)]
    weights = boosting["model"].get("weight_drop")  # with dropout, trees weigh less
    if weights:
        parts = [part.map_outputs(w * np.eye(n_outputs)) for part, w in zip(parts, weights)]
    parts[0] = parts[0].map_outputs(np.eye(n_outputs), offset=start)
    return add_ensembles(parts)


def _tree(tree, inputs, output, n_outputs):
    left, right = np.array(tree["left_children"]), np.array(tree["right_children"])
    conditions = np.array(tree["split_conditions"], dtype=np.float32)
    is_leaf = left < 0
    values = np.zeros((len(left), n_outputs))
    values[is_leaf, output] = conditions[is_leaf]
    return one_tree(
        inputs=inputs,
        feature=np.where(is_leaf, -1, tree["split_indices"]),
        # x < c goes left, for float32: x is at most the number before c.
        threshold=np.nextafter(conditions, np.float32(-np.inf)),
        left=left,
        right=right,
        missing_left=np.array(tree["default_left"]) == 1,
        values=values,
    )
