"""Regressors of lightgbm as tree ensembles; imported when there is one."""

import numpy as np
from lightgbm import LGBMRegressor

from skxai.predictors._trees._ensemble import add_ensembles, one_tree
from skxai.predictors._trees._inputs import NumberInputs
from skxai.predictors._trees._reading import known_tree_ensemble

# Objectives whose prediction is the sum of the trees itself.
_IDENTITY = {"regression", "regression_l1", "huber", "fair", "quantile", "mape"}


@known_tree_ensemble.register
def _(estimator: LGBMRegressor, response_method):
    model = estimator.booster_.dump_model()
    objective = model.get("objective", "").split(" ")
    sums = objective[0] in _IDENTITY and "sqrt" not in objective
    if response_method != "predict" or not sums or model["pandas_categorical"]:
        return None
    inputs = (NumberInputs(model["max_feature_idx"] + 1, np.float64),)
    trees = [_tree(tree["tree_structure"], inputs) for tree in model["tree_info"]]
    if any(tree is None for tree in trees):
        return None
    whole = add_ensembles(trees)
    return whole.map_outputs([[1 / len(trees)]]) if model["average_output"] else whole


def _tree(root, inputs):
    """A tree from nested dicts; None if it has linear leaves, categories or missing zeros."""
    nodes, left, right = [root], [], []
    for node in nodes:  # it grows on the way
        if "left_child" in node:
            left.append(len(nodes))
            right.append(len(nodes) + 1)
            nodes += [node["left_child"], node["right_child"]]
        else:
            left.append(-1)
            right.append(-1)
    splits = [node for node in nodes if "left_child" in node]
    plain = all(node["decision_type"] == "<=" and node["missing_type"] != "Zero" for node in splits)
    if not plain or any("leaf_const" in node for node in nodes):
        return None
    return one_tree(
        inputs=inputs,
        feature=[node.get("split_feature", -1) for node in nodes],
        threshold=[node.get("threshold", 0.0) for node in nodes],
        left=left,
        right=right,
        missing_left=[_missing_left(node) for node in nodes],
        values=[[node.get("leaf_value", 0.0)] for node in nodes],
    )


def _missing_left(node):
    # Where training saw no missing values, they count as zero.
    if node.get("missing_type") == "None":
        return node["threshold"] >= 0.0
    return node.get("default_left", False)
