"""Small trees in terms of the features: as nested dicts, which files can keep, and in words."""

import json

import numpy as np


class Splits:
    """What the splits of a surrogate tree, which are of coordinates, say of one row's features.

    Parameters
    ----------
    names : list of str
        Of the players.
    players : Players
    numbers : ndarray of shape (n_numbers,)
        The row's, of the players that are numbers.
    neighbourhood : str
    by_presence : bool, default=False
        Whether players are there or not, rather than having one value or another.
    """

    def __init__(self, names, players, numbers, neighbourhood, by_presence=False):
        self._by_presence = by_presence
        self._names = names
        self._scale = players.scale
        self._numbers = dict(zip(players.numbers.tolist(), numbers.tolist()))
        self._neighbourhood = neighbourhood

    def __call__(self, player, bound):
        """The split of a player's coordinate into what is up to a bound and what is above."""
        own = self._numbers.get(player, np.nan)
        if self._neighbourhood == "gaussian" and np.isfinite(own):
            split = {"kind": "number", "threshold": own + bound * float(self._scale[player])}
        elif self._neighbourhood == "quartiles" and player in self._numbers:
            split = {"kind": "quartile"}
        else:
            split = {"kind": "presence" if self._by_presence else "value"}
        at_row = 0.0 if self._neighbourhood == "gaussian" else 1.0
        row = "below" if at_row <= bound else "above"
        return {"feature": self._names[player], **split, "row": row}


def tree_of(tree, splits):
    """A fitted tree as nested dicts.

    Parameters
    ----------
    tree : fitted DecisionTreeRegressor
    splits : callable
        ``splits(feature, bound)`` tells what a split is.

    Returns
    -------
    dict
        Of each node its ``"value"`` and its ``"share"`` of the weight; of a split what `splits`
        says, and the nodes ``"below"``, up to the bound, and ``"above"``.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> tree = DecisionTreeRegressor().fit([[0.0], [1.0]], [2.0, 5.0])
    >>> found = tree_of(tree, lambda j, bound: {"feature": f"x{j}", "threshold": bound})
    >>> found["feature"], found["threshold"], found["below"], found["above"]["value"]
    ('x0', 0.5, {'value': 2.0, 'share': 0.5}, 5.0)
    """
    nodes = tree.tree_

    def told(node):
        about = {
            "value": float(nodes.value[node].ravel()[0]),
            "share": float(nodes.weighted_n_node_samples[node] / nodes.weighted_n_node_samples[0]),
        }
        below, above = int(nodes.children_left[node]), int(nodes.children_right[node])
        if below < 0:
            return about
        split = splits(int(nodes.feature[node]), float(nodes.threshold[node]))
        return {**about, **split, "below": told(below), "above": told(above)}

    return told(0)


def trees_as_json(fits, splits, shape):
    """The surrogate trees of some rows, for files.

    Parameters
    ----------
    fits : list of LocalFit
        One for each row, with a tree for each output.
    splits : list of Splits
        One for each row.
    shape : tuple of int
        (n_rows, n_outputs)

    Returns
    -------
    ndarray of str of this shape
    """
    texts = np.empty(shape, dtype=object)
    for row, (fit, own) in enumerate(zip(fits, splits)):
        texts[row] = [json.dumps(tree_of(tree, own)) for tree in fit.trees]
    return texts.astype(np.str_)


def rules_of(tree):
    """One line for each leaf: the conditions that lead there, and its value.

    Parameters
    ----------
    tree : dict
        From `tree_of`, with splits by `Splits`.

    Returns
    -------
    str

    Examples
    --------
    >>> high = {"feature": "dose", "kind": "value", "row": "above",
    ...         "below": {"value": 2.0}, "above": {"value": 5.0}}
    >>> print(rules_of({"feature": "age", "kind": "number", "threshold": 39.5, "row": "below",
    ...                 "below": {"value": 1.0}, "above": high}))
    age <= 39.5: 1
    age > 39.5 and dose other than in the row: 2
    age > 39.5 and dose as in the row: 5
    """
    lines = []

    def walk(node, conditions):
        if "feature" not in node:
            words = " and ".join(told for told, _ in conditions.values())
            lines.append(f"{words or 'always'}: {node['value']:.4g}")
            return
        for side in ("below", "above"):
            _, bounds = conditions.get(node["feature"], (None, (None, None)))
            told = _condition(node, side, bounds)
            walk(node[side], {**conditions, node["feature"]: told})

    walk(tree, {})
    return "\n".join(lines)


def _condition(node, side, bounds):
    """One side of a split in words, and the bounds of its feature from here on."""
    name = node["feature"]
    if node["kind"] == "value":
        return f"{name} {'as' if side == 'above' else 'other than'} in the row", bounds
    if node["kind"] == "presence":
        return f"{'with' if side == 'above' else 'without'} {name}", bounds
    if node["kind"] == "quartile":
        own, other = f"{name} in the row's quartile", f"{name} in another quartile"
        return own if side == "above" else other, bounds
    low, high = bounds
    bounds = (low, node["threshold"]) if side == "below" else (node["threshold"], high)
    return describe_number(name, *bounds), bounds


def describe_number(name, low, high):
    """That a number lies between two bounds, of which one may be missing.

    Examples
    --------
    >>> describe_number("age", 18.5, None)
    'age > 18.5'
    """
    if low is None:
        return f"{name} <= {high:.4g}"
    if high is None:
        return f"{name} > {low:.4g}"
    return f"{low:.4g} < {name} <= {high:.4g}"
