"""Models of lightgbm as tree ensembles; imported when there is one."""

import numpy as np
from lightgbm import LGBMClassifier, LGBMModel, LGBMRanker, LGBMRegressor

from skxai.predictors._raw_scores import RawScore, known_raw_score
from skxai.predictors._trees._ensemble import add_ensembles, one_tree
from skxai.predictors._trees._inputs import NumberInputs
from skxai.predictors._trees._reading import known_tree_ensemble

# Objectives whose prediction is the sum of the trees itself.
_IDENTITY = {"regression", "regression_l1", "huber", "fair", "quantile", "mape"}


@known_raw_score.register
def _(estimator: LGBMModel):
    if estimator.booster_.dump_model(num_iteration=1)["average_output"]:
        # A forest's raw scores are sums over its trees, of which its predictions use the mean.
        return (
            None if isinstance(estimator, LGBMClassifier) else RawScore("predict", form="predict")
        )
    return RawScore("predict", {"raw_score": True})


@known_tree_ensemble.register(LGBMRegressor)
@known_tree_ensemble.register(LGBMClassifier)
@known_tree_ensemble.register(LGBMRanker)
def _(estimator, response_method):
    model = estimator.booster_.dump_model()
    objective = model.get("objective", "").split(" ")
    sums = objective[0] in _IDENTITY and "sqrt" not in objective
    scores = response_method in ("raw_score", "decision_function")
    if not (scores or (response_method == "predict" and sums)) or model["pandas_categorical"]:
        return None
    inputs = (NumberInputs(model["max_feature_idx"] + 1, np.float64),)
    n_outputs = model["num_tree_per_iteration"]
    trees = [
        _tree(tree["tree_structure"], inputs, number % n_outputs, n_outputs)
        for number, tree in enumerate(model["tree_info"])
    ]
    if any(tree is None for tree in trees):
        return None
    whole = add_ensembles(trees)
    if model["average_output"]:
        whole = whole.map_outputs(n_outputs / len(trees) * np.eye(n_outputs))
    return whole


def _tree(root, inputs, output, n_outputs):
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
    values = np.zeros((len(nodes), n_outputs))
    values[:, output] = [node.get("leaf_value", 0.0) for node in nodes]
    return one_tree(
        inputs=inputs,
        feature=[node.get("split_feature", -1) for node in nodes],
        threshold=[node.get("threshold", 0.0) for node in nodes],
        left=left,
        right=right,
        missing_left=[_missing_left(node) for node in nodes],
        values=values,
    )


def _missing_left(node):
    # Where training saw no missing values, they count as zero.
    if node.get("missing_type") == "None":
        return node["threshold"] >= 0.0
    return node.get("default_left", False)
