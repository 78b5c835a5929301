"""The rules of relevance propagation, for one layer, and the choice of rules for many."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skxai.gradient._lrp_composite import rules_of
from skxai.gradient._lrp_network import DenseLayer, dense_network
from skxai.gradient._lrp_rules import Rule, Seen, share_out

DEFAULTS = {"epsilon": 0.01, "gamma": 0.25, "alpha": 2.0, "beta": 1.0}
RULES = {
    "epsilon": Rule("epsilon", {"epsilon": 0.1}),
    "zero": Rule("zero"),
    "gamma": Rule("gamma", {"gamma": 0.25}),
    "alpha-beta": Rule("alpha-beta", {"alpha": 2.0, "beta": 1.0}),
    "zplus": Rule("zplus"),
    "wsquare": Rule("wsquare"),
    "flat": Rule("flat"),
    "zbox": Rule("zbox", {"low": -2.0, "high": 3.0}),
    "rho": Rule("rho", {"rho": np.abs, "epsilon": 0.1}),
}


def relevance_of(rule, x, w, b):
    """Relevance of the inputs of one layer, and its ledger; relevance starts as the sums."""
    layer = DenseLayer("layer", np.asarray(w, dtype=float), np.asarray(b, dtype=float))
    x = np.asarray(x, dtype=float)
    z = layer.value(x)
    return share_out(
        layer, rule.shares(x, layer.weight, layer.bias, z), z[:, None] * np.eye(len(b))
    )


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (Rule("epsilon", {"epsilon": 1e-14}), [2, 2, -1.5]),
        (Rule("zero"), [2, 2, -1.5]),
        # positive contributions and the bias 1.25 times: 3 / (2.5 + 2.5 - 1.5 + 0.625) = 8 / 11
        (RULES["gamma"], [20 / 11, 20 / 11, -12 / 11]),
        (RULES["alpha-beta"], [8 / 3, 8 / 3, -3]),
        (RULES["zplus"], [4 / 3, 4 / 3, 0]),
        # 4, 8 and 4.5 above the least that bounds of -2 and 3 let the inputs contribute
        (RULES["zbox"], [12 / 16.5, 24 / 16.5, 13.5 / 16.5]),
        (RULES["wsquare"], [3 / 14, 12 / 14, 27 / 14]),
        (RULES["flat"], [1, 1, 1]),
        # |w| instead of w: contributions 2, -2, -1.5 and 0.5 sum to -1
        (Rule("rho", {"rho": np.abs, "epsilon": 0.0}), [-6, 6, 4.5]),
    ],
)
def test_one_unit_by_hand(rule, expected):
    relevance, _ = relevance_of(rule, [[2, -1, -0.5]], [[1], [-2], [3]], [0.5])
    assert_allclose(relevance[0, 0], expected, rtol=1e-12)


def test_gamma_of_a_negative_sum_favours_negative_contributions():
    # contributions 2 and -6 and a bias of -1 sum to -5; the negative ones count twice
    relevance, ledger = relevance_of(Rule("gamma", {"gamma": 1.0}), [[2, 3]], [[1], [-2]], [-1])
    assert_allclose(relevance[0, 0], np.array([2, -12]) * -5 / (2 - 12 - 2), rtol=1e-12)
    assert_allclose(ledger.bias, -2 * -5 / (2 - 12 - 2), rtol=1e-12)


def test_alpha_beta_of_negative_inputs_goes_by_the_sign_of_contributions():
    # contributions (-1)(-3) = 3, (-1)(2) = -2, 4(0.5) = 2
    relevance, ledger = relevance_of(RULES["alpha-beta"], [[-1, -1, 4]], [[-3], [2], [0.5]], [-1])
    z = 2.0
    assert_allclose(relevance[0, 0], [2 * 3 / 5 * z, -2 / 3 * z, 2 * 2 / 5 * z], rtol=1e-12)
    assert_allclose(ledger.bias, -1 / 3 * z, rtol=1e-12)


def test_a_sum_of_zero_counts_as_positive():
    layer = DenseLayer("layer", np.array([[1.0], [-1.0], [0.0]]), np.zeros(1))
    x = np.array([[1.0, 1.0, 5.0]])
    shares = Rule("epsilon", {"epsilon": 0.5}).shares(x, layer.weight, layer.bias, layer.value(x))
    relevance, ledger = share_out(layer, shares, np.ones((1, 1, 1)))
    assert_allclose(relevance[0, 0], [2, -2, 0], rtol=0)
    assert ledger.epsilon.item() == 1
    gamma = Rule("gamma", {"gamma": 1.0}).shares(x * 0, layer.weight, np.zeros(1), np.zeros((1, 1)))
    assert gamma[0].factor == 1
    assert gamma[1].factor == 0


def test_units_that_nothing_contributes_to_drop_their_relevance():
    layer = DenseLayer("layer", np.array([[-1.0, 1.0]]), np.zeros(2))
    x = np.array([[2.0]])
    shares = Rule("zplus").shares(x, layer.weight, layer.bias, layer.value(x))
    relevance, ledger = share_out(layer, shares, np.array([[[3.0, 5.0]]]))
    assert relevance.item() == 5
    assert ledger.dropped.item() == 3


def test_zplus_loses_everything_on_a_negative_output_but_not_with_negated_weights():
    x, w = np.array([[1.0, 2.0]]), np.array([[-1.0], [-3.0]])
    lost, ledger = relevance_of(Rule("zplus"), x, w, [0])
    kept, _ = relevance_of(Rule("zplus"), x, -w, [0])
    assert_allclose(lost, 0, atol=0)
    assert ledger.dropped.item() == -7
    assert_allclose(kept[0, 0], [1, 6])


def test_a_row_outside_the_box_widens_it():
    relevance, _ = relevance_of(Rule("zbox", {"low": 0.0, "high": 1.0}), [[2, 1]], [[1], [1]], [0])
    assert_allclose(relevance[0, 0], [2, 1])  # low is 0 for both; x - low is 2 and 1
    below, _ = relevance_of(Rule("zbox", {"low": 0.0, "high": 1.0}), [[-2, 1]], [[1], [1]], [3])
    assert_allclose(below[0, 0], [0, 2])


finite = st.floats(-3, 3, allow_nan=False).map(lambda number: round(number, 3))


@st.composite
def networks(draw):
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    numbers = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    weights = [numbers.normal(size=shape) for shape in itertools.pairwise(sizes)]
    biases = [numbers.normal(size=size) for size in sizes[1:]]
    activation = draw(st.sampled_from(["identity", "relu", "tanh", "logistic"]))
    x = np.array(draw(st.lists(finite, min_size=2 * sizes[0], max_size=2 * sizes[0])))
    return dense_network(weights, biases, activation, np.eye(sizes[-1])), x.reshape(2, -1)


@settings(max_examples=100, deadline=None)
@given(networks(), st.data())
def test_the_books_balance_for_any_network_and_rules(network_and_x, data):
    network, x = network_and_x
    names = data.draw(st.lists(st.sampled_from(sorted(RULES)), min_size=3, max_size=3))
    rules = dict(zip(network.weighted, (RULES[name] for name in names)))
    values = network.values(x)
    relevances, ledgers = network.relevances(values, rules)
    start = values[-1]
    for ledger in reversed(ledgers):
        parts = np.array([ledger.inputs, ledger.bias, ledger.epsilon, ledger.dropped])
        sizes = sum(np.abs(r).reshape(2, -1).max() for r in relevances) + np.abs(parts).max()
        assert_allclose(ledger.relevance, start, rtol=0, atol=1e-12 * sizes)
        assert_allclose(parts.sum(axis=0), start, rtol=0, atol=1e-12 * sizes)
        start = ledger.inputs
    assert_allclose(relevances[0].sum(axis=2), start, rtol=0, atol=1e-12 * sizes)


@settings(max_examples=50, deadline=None)
@given(networks())
def test_every_rule_against_loops_over_its_definition(network_and_x):
    network, x = network_and_x
    layer = network.steps[0].operation
    for rule in RULES.values():
        z = layer.value(x)
        relevance, _ = share_out(
            layer, rule.shares(x, layer.weight, layer.bias, z), np.ones((2, 1, z.shape[1]))
        )
        for row in range(2):
            expected = sum(
                by_definition(rule, x[row], layer.weight[:, k], layer.bias[k])
                for k in range(z.shape[1])
            )
            assert_allclose(relevance[row, 0], expected, rtol=1e-8, atol=1e-8)


def by_definition(rule, x, w, b):
    """What the inputs get of a relevance of 1 of one unit, number by number."""
    z = x @ w + b
    parts = [contributions(rule, x_j, w_j, z) for x_j, w_j in zip(x, w)]
    if rule.name == "alpha-beta":
        alpha, beta = rule.options["alpha"], rule.options["beta"]
        above, below = [max(p, 0) for p in parts], [min(p, 0) for p in parts]
        return alpha * shared(above, max(b, 0)) - beta * shared(below, min(b, 0))
    if rule.name == "zplus":
        return shared([max(p, 0) for p in parts], max(b, 0))
    if rule.name in ("wsquare", "flat", "zbox"):
        return shared(parts, 0)
    if rule.name == "rho":
        return shared(parts, abs(b), rule.options["epsilon"])
    if rule.name == "gamma":
        grown = b * (1 + rule.options["gamma"]) if (b > 0) == (z >= 0) else b
        return shared(parts, grown)
    return shared(parts, b, rule.options.get("epsilon", 0))


def contributions(rule, x, w, z):
    if rule.name == "gamma":
        same = (x * w > 0) == (z >= 0)
        return x * w * (1 + rule.options["gamma"] * same)
    if rule.name == "wsquare":
        return w * w
    if rule.name == "flat":
        return 1.0
    if rule.name == "zbox":
        least = min(rule.options["low"], x) if w > 0 else max(rule.options["high"], x)
        return w * x - w * least
    return x * abs(w) if rule.name == "rho" else x * w


def shared(parts, bias, epsilon=0.0):
    total = sum(parts) + bias
    stable = total + epsilon * (1 if total >= 0 else -1)
    return np.zeros(len(parts)) if stable == 0 else np.array(parts) / stable


# -- rules of many layers --------------------------------------------------------------------------


def names(rule, n_layers):
    return [one.name for one in rules_of(rule, n_layers, DEFAULTS)]


def test_composites():
    assert names("auto", 4) == ["zbox", "gamma", "gamma", "epsilon"]
    assert names("auto", 2) == ["zbox", "epsilon"]
    assert names("auto", 1) == ["epsilon"]
    assert names("flat", 2) == ["flat", "flat"]
    assert names({"first": "flat"}, 3) == ["flat", "epsilon", "epsilon"]
    assert names({"first": "flat"}, 1) == ["flat"]
    assert names({"hidden": "zplus", "last": "zero", 1: "flat"}, 3) == ["zplus", "flat", "zero"]
    assert names({-1: "zero", "last": "flat"}, 2) == ["epsilon", "zero"]
    thirds = [(1 / 3, "flat"), (2 / 3, "zplus"), (1.0, "zero")]
    assert names(thirds, 3) == ["flat", "zplus", "zero"]
    assert names(thirds, 1) == ["zero"]
    assert names(np.square, 1) == ["rho"]


def test_options_of_rules():
    first, last = rules_of({"first": ("gamma", {"gamma": 0.1}), "last": "gamma"}, 2, DEFAULTS)
    assert first.options == {"gamma": 0.1}
    assert last.options == {"gamma": 0.25}
    (rule,) = rules_of((np.square, {"epsilon": 0.5}), 1, DEFAULTS)
    assert rule.options == {"rho": np.square, "epsilon": 0.5}


@pytest.mark.parametrize(
    ("rule", "error", "message"),
    [
        ("gama", ValueError, "rule is 'gama'; expected one of"),
        (3, TypeError, "rule is 3; expected one of"),
        (("gamma", 0.1), TypeError, r"rule is \('gamma', 0.1\); expected one of"),
        (
            ("gamma", {"epsilon": 1}),
            ValueError,
            r"takes the options \['gamma'\], got \['epsilon'\]",
        ),
        (("gamma", {"gamma": -1}), ValueError, "gamma of rule 'gamma' is -1; expected a finite"),
        (("alpha-beta", {"alpha": 3}), ValueError, "expected alpha - beta = 1"),
        (("zbox", {"low": 1, "high": 0}), ValueError, "a bound low above its bound high"),
        ({"second": "zero"}, ValueError, "rule has a key 'second'; expected 'first'"),
        ({2: "zero"}, ValueError, "rule has a key 2, but the network has 2 layers"),
        ([(0.5, "zero")], ValueError, r"fractions \[0.5\]; expected increasing ones"),
        ([(1, "zero"), (0.5, "flat")], ValueError, "expected increasing ones"),
        (["zero"], TypeError, "rule has an entry 'zero'; expected pairs"),
    ],
)
def test_refused_rules(rule, error, message):
    with pytest.raises(error, match=message):
        rules_of(rule, 2, DEFAULTS)


def test_what_rules_learn_from_the_background():
    seen = Seen.of(np.array([[0.0, 5.0], [2.0, 4.0]]), np.array([[3.0], [4.0]]))
    assert_allclose(seen.size, [np.sqrt(12.5)])
    epsilon = Rule("epsilon", {"epsilon": 0.1}).fitted(seen).options["epsilon"]
    assert_allclose(epsilon, [0.1 * np.sqrt(12.5)])
    assert_allclose(Rule("zbox", {"low": None, "high": 9.0}).fitted(seen).options["low"], [0, 4])
    assert_allclose(Rule("zbox", {"low": None, "high": 9.0}).fitted(seen).options["high"], [9, 9])
    with pytest.raises(ValueError, match="have 3 numbers; expected one, or 2"):
        Rule("zbox", {"low": [1, 2, 3], "high": None}).fitted(seen)


def test_the_background_may_come_in_parts():
    numbers = np.random.default_rng(0)
    x, z = numbers.normal(size=(7, 3)), numbers.normal(size=(7, 2))
    whole = Seen.of(x, z)
    parts = Seen.of(x[:5], z[:5]).joined(Seen.of(x[5:], z[5:]), 2 / 7)
    assert_allclose(parts.low, whole.low, rtol=0)
    assert_allclose(parts.high, whole.high, rtol=0)
    assert_allclose(parts.size, whole.size, rtol=1e-12)
