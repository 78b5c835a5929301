"""The rules of a small tree, in words."""


def rules_of_tree(tree, describe):
    """One line for each leaf: the conditions that lead there, and its value.

    Parameters
    ----------
    tree : fitted DecisionTreeRegressor
    describe : callable
        ``describe(feature, low, high)`` puts into words that a feature lies above `low` (or None)
        and up to `high` (or None).

    Returns
    -------
    str

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> tree = DecisionTreeRegressor().fit([[0.0], [1.0]], [2.0, 5.0])
    >>> print(rules_of_tree(tree, lambda j, low, high: f"{low} < x{j} <= {high}"))
    None < x0 <= 0.5: 2
    0.5 < x0 <= None: 5
    """
    nodes, lines = tree.tree_, []

    def walk(node, bounds):
        if nodes.children_left[node] < 0:
            words = " and ".join(describe(j, *limits) for j, limits in bounds.items())
            lines.append(f"{words or 'always'}: {nodes.value[node].ravel()[0]:.4g}")
            return
        feature, threshold = int(nodes.feature[node]), float(nodes.threshold[node])
        low, high = bounds.get(feature, (None, None))
        walk(nodes.children_left[node], {**bounds, feature: (low, threshold)})
        walk(nodes.children_right[node], {**bounds, feature: (threshold, high)})

    walk(0, {})
    return "\n".join(lines)


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
