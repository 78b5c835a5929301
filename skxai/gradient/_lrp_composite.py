"""Which rule each layer of a network takes: what users write, as a list of rules."""

from numbers import Integral, Real

import numpy as np

from skxai.gradient._lrp_rules import OPTIONS, SHARES, Rule

RULE_NAMES = sorted(set(SHARES) - {"rho"})
_PLACES = ("first", "hidden", "last")
_DEFAULT = {"first": "zbox", "hidden": "gamma", "last": "epsilon"}
_EXPECTED = (
    f"one of {RULE_NAMES}, a pair such as ('gamma', {{'gamma': 0.1}}), a function of the weights, "
    "a dict of rules for 'first', 'hidden', 'last' or positions of layers, a list of pairs "
    "(fraction, rule), or 'auto'"
)


def rules_of(rule, n_layers, defaults):
    """The rule of each layer.

    Parameters
    ----------
    rule : str, tuple, callable, dict or list
        As for `LRPExplainer`.
    n_layers : int
        Layers with weights, at least one.
    defaults : dict
        Options that rules take unless they have their own.

    Returns
    -------
    list of Rule
        From the first layer to the last.

    Raises
    ------
    ValueError, TypeError
        If `rule` is not as described; the message says what is wrong.

    Examples
    --------
    >>> rules = rules_of({"first": "flat", "hidden": "zplus"}, 3, {})
    >>> [rule.name for rule in rules]
    ['flat', 'zplus', 'zplus']
    >>> [rule.name for rule in rules_of([(0.5, "wsquare"), (1, "zero")], 3, {})]
    ['wsquare', 'zero', 'zero']
    """
    if isinstance(rule, str) and rule == "auto":
        rule = _DEFAULT
    if isinstance(rule, dict):
        chosen = _by_place(rule, n_layers)
    elif isinstance(rule, list):
        chosen = _by_fraction(rule, n_layers)
    else:
        chosen = [rule] * n_layers
    return [_single(one, defaults) for one in chosen]


def _by_place(rules, n_layers):
    for place in rules:
        known = place in _PLACES if isinstance(place, str) else isinstance(place, Integral)
        if not known:
            raise ValueError(
                f"rule has a key {place!r}; expected 'first', 'hidden', 'last' or the position of "
                "a layer"
            )
        if not isinstance(place, str) and not -n_layers <= place < n_layers:
            raise ValueError(f"rule has a key {place}, but the network has {n_layers} layers")
    hidden = rules.get("hidden", "epsilon")
    chosen = [hidden] * n_layers
    chosen[0] = rules.get("first", hidden)
    if n_layers == 1:  # a linear model: its layer is the last, and the first if no last is named
        chosen[0] = rules.get("last", chosen[0])
    else:
        chosen[-1] = rules.get("last", hidden)
    for place, rule in rules.items():
        if not isinstance(place, str):
            chosen[place] = rule
    return chosen


def _by_fraction(pairs, n_layers):
    for pair in pairs:
        if not (isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[0], Real)):
            raise TypeError(f"rule has an entry {pair!r}; expected pairs (fraction, rule)")
    fractions = [float(fraction) for fraction, _ in pairs]
    if not fractions or fractions != sorted(fractions) or fractions[-1] != 1 or fractions[0] <= 0:
        raise ValueError(
            f"rule has the fractions {fractions}; expected increasing ones above 0, the last of "
            "them 1"
        )
    return [
        next(rule for fraction, rule in pairs if (k + 1) / n_layers <= fraction + 1e-9)
        for k in range(n_layers)
    ]


def _single(rule, defaults):
    name, own = rule, {}
    if isinstance(rule, tuple) and len(rule) == 2 and isinstance(rule[1], dict):
        name, own = rule
    if callable(name):
        name, own = "rho", {"rho": name, **own}
    elif not isinstance(name, str):
        raise TypeError(f"rule is {name!r}; expected {_EXPECTED}")
    elif name not in RULE_NAMES:
        raise ValueError(f"rule is {name!r}; expected {_EXPECTED}")
    taken = OPTIONS.get(name, ())
    unknown = sorted(set(own) - set(taken))
    if unknown:
        raise ValueError(f"rule {name!r} takes the options {list(taken)}, got {unknown}")
    options = {option: own.get(option, defaults.get(option)) for option in taken}
    _check_options(name, options)
    return Rule(name, {k: float(v) if isinstance(v, Real) else v for k, v in options.items()})


def _check_options(name, options):
    """Refuse numbers that make no rule."""
    for option in ("epsilon", "gamma", "alpha", "beta"):
        number = options.get(option, 0.0)
        if not isinstance(number, Real) or not 0 <= number < float("inf"):
            raise ValueError(
                f"{option} of rule {name!r} is {number!r}; expected a finite number, 0 or larger"
            )
    if name == "alpha-beta" and abs(options["alpha"] - options["beta"] - 1) > 1e-9:
        raise ValueError(
            f"alpha is {options['alpha']} and beta is {options['beta']}; expected alpha - beta = 1:"
            " otherwise relevance is made or lost in each layer"
        )
    low, high = options.get("low"), options.get("high")
    given = low is not None and high is not None
    if given and np.any(np.asarray(low, dtype=float) > np.asarray(high, dtype=float)):
        raise ValueError("rule 'zbox' has a bound low above its bound high")
