"""Relevance through torch modules: against zennit, dense twins and the books."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from skxai.gradient import LRPExplainer  # noqa: E402
from skxai.gradient._lrp_composite import rules_of  # noqa: E402
from skxai.gradient._lrp_network import LayeredNetwork, Operation, dense_network  # noqa: E402
from skxai.gradient._lrp_torch import torch_network  # noqa: E402
from skxai.gradient._lrp_torch_layers import _ACTIVATIONS, known_layer  # noqa: E402
from skxai.predictors import TorchPredictor  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

DEFAULTS = {"epsilon": 0.01, "gamma": 0.25, "alpha": 2.0, "beta": 1.0}
RULES = ["epsilon", "zero", "gamma", "alpha-beta", "zplus", "wsquare", "flat", "zbox", "auto"]
EXACT = {"rtol": 1e-10, "atol": 1e-10}


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def randomised(module):
    """With random statistics in its normalisations."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            part.running_mean.normal_()
            part.running_var.uniform_(0.5, 2)
            nn.init.uniform_(part.weight, -1, 1)
            nn.init.normal_(part.bias)
    return module.double()


def explained(network, x, rule="auto", **defaults):
    """Relevance of the inputs for each output, and all ledgers; the books must balance."""
    defaults = {**DEFAULTS, **defaults}
    chosen = rules_of(rule, len(network.weighted), defaults)
    rules = network.fit_rules(chosen, defaults["epsilon"], x)
    values = network.values(x)
    relevances, ledgers = network.relevances(values, rules)
    for ledger in ledgers:
        parts = [network.leave(part) for part in ledger]
        size = max(1, *(np.abs(part).max() for part in parts))
        assert_allclose(parts[0], sum(parts[1:]), rtol=0, atol=1e-12 * size)
    return network.leave(relevances[0]), ledgers


def module_outputs(module, x, shape=None):
    module = copy.deepcopy(module).eval()
    with torch.no_grad():
        tensor = torch.as_tensor(x)
        return module(tensor if shape is None else tensor.reshape(len(x), *shape)).numpy()


def small_net():
    return nn.Sequential(
        nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 6), nn.Tanh(), nn.Linear(6, 3)
    ).double()


def twin(net):
    """The Sequential's matrices, as a numpy network with ReLU."""
    layers = [part for part in net if isinstance(part, nn.Linear)]
    weights = [layer.weight.detach().numpy().T for layer in layers]
    biases = [layer.bias.detach().numpy() for layer in layers]
    return dense_network(weights, biases, "relu", np.eye(len(biases[-1])))


def zennit_relevance(net, x, rule):
    """Relevance by zennit, of each output."""
    zennit = pytest.importorskip("zennit.attribution")
    from zennit import rules
    from zennit.composites import LayerMapComposite

    tiny = 1e-200
    none = ["bias"]  # squared weights are those of inputs alone
    hooks = {
        "epsilon": rules.Epsilon(epsilon=0.125),
        "gamma": rules.Gamma(gamma=0.25, stabilizer=tiny),
        "alpha1-beta0": rules.AlphaBeta(alpha=1.0, beta=0.0, stabilizer=tiny),
        "alpha2-beta1": rules.AlphaBeta(alpha=2.0, beta=1.0, stabilizer=tiny),
        "zplus": rules.ZPlus(stabilizer=tiny),
        "wsquare": rules.WSquare(stabilizer=tiny, zero_params=none),
        "flat": rules.Flat(stabilizer=tiny),
        "zbox": rules.ZBox(low=-4.0, high=4.0, stabilizer=tiny),
    }
    activations = (nn.ReLU, nn.Tanh)
    composite = LayerMapComposite([(activations, rules.Pass()), (nn.Linear, hooks[rule])])
    found = []
    for k in range(3):
        with zennit.Gradient(model=net, composite=composite) as attributor:
            start = lambda output, k=k: output * torch.eye(3, dtype=torch.double)[k]  # noqa: E731
            found.append(attributor(torch.as_tensor(x), start)[1].detach().numpy())
    return np.stack(found, axis=1)


# zennit adds ε as it is; here it is relative, so the rules are given as they are after `fit`.
FITTED = {
    "epsilon": ("epsilon", {"epsilon": 0.125}),
    "gamma": ("gamma", {"gamma": 0.25}),
    "alpha1-beta0": ("alpha-beta", {"alpha": 1.0, "beta": 0.0}),
    "alpha2-beta1": ("alpha-beta", {"alpha": 2.0, "beta": 1.0}),
    "zplus": "zplus",
    "wsquare": "wsquare",
    "flat": "flat",
    "zbox": ("zbox", {"low": -4.0, "high": 4.0}),
}


@pytest.mark.parametrize("rule", sorted(FITTED))
def test_equal_to_zennit(rule):
    net = small_net()
    x = np.random.default_rng(0).uniform(-3, 3, size=(12, 5))
    network = torch_network(net, np.eye(3), x)
    rules = dict(zip(network.weighted, rules_of(FITTED[rule], 3, DEFAULTS)))
    relevances, _ = network.relevances(network.values(x), rules)
    expected = zennit_relevance(net, x, rule)
    assert np.abs(expected).max() > 1e-3
    assert_allclose(network.leave(relevances[0]), expected, **EXACT)


@pytest.mark.parametrize("rule", [*RULES, np.abs])
def test_the_numpy_network_and_its_torch_twin_agree(rule):
    net = nn.Sequential(nn.Linear(5, 7), nn.ReLU(), nn.Linear(7, 3)).double()
    x = np.random.default_rng(0).normal(size=(12, 5))
    here, _ = explained(torch_network(net, np.eye(3), x), x, rule)
    there, _ = explained(twin(net), x, rule)
    assert_allclose(here, there, **EXACT)


def dense_of(layer, shape):
    """A linear operation as the matrix and offsets of the Linear layer that does the same."""
    size = int(np.prod(shape))
    with torch.no_grad():
        offset = layer(torch.zeros(1, *shape, dtype=torch.double)).reshape(-1)
        columns = layer(torch.eye(size, dtype=torch.double).reshape(size, *shape)).reshape(size, -1)
    dense = nn.Linear(size, len(offset)).double()
    with torch.no_grad():
        dense.weight.copy_((columns - offset).T)
        dense.bias.copy_(offset)
    return dense


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Conv1d(2, 4, 3, stride=2, padding=1), (2, 9)),
        (nn.Conv1d(2, 4, 3, dilation=2, padding="same", bias=False), (2, 9)),
        (nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=(1, 0)), (2, 6, 5)),
        (nn.Conv2d(4, 6, 3, groups=2, padding="valid"), (4, 5, 5)),
    ],
)
@pytest.mark.parametrize("rule", ["epsilon", "gamma", "alpha-beta", "wsquare", "zbox"])
def test_convolutions_are_sparse_dense_layers(layer, shape, rule):
    layer = layer.double()
    x = np.random.default_rng(0).normal(size=(6, int(np.prod(shape))))
    dense = dense_of(layer, shape)
    last = nn.Linear(dense.out_features, 2).double()
    net = nn.Sequential(layer, nn.ReLU(), nn.Flatten(), last)
    here, _ = explained(torch_network(net, np.eye(2), x, shape), x, rule)
    there, _ = explained(
        torch_network(nn.Sequential(dense, nn.ReLU(), last), np.eye(2), x), x, rule
    )
    assert_allclose(here, there, **EXACT)


def test_flat_shares_out_along_the_connections_of_a_convolution():
    net = nn.Sequential(nn.Conv1d(1, 1, 2, bias=False), nn.Flatten(), nn.Linear(2, 1)).double()
    x = np.array([[1.0, 2.0, 3.0]])
    network = torch_network(net, np.eye(1), x, (1, 3))
    relevance, _ = explained(network, x, "flat")
    total = module_outputs(net, x, (1, 3)).item()
    assert_allclose(relevance[0, 0], np.array([0.25, 0.5, 0.25]) * total)


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        *((make(), (6,)) for make in sorted(_ACTIVATIONS, key=str)),
        (nn.GELU(approximate="tanh"), (6,)),
        (nn.LeakyReLU(0.3), (6,)),
        (nn.Identity(), (6,)),
        (nn.MaxPool1d(3, stride=1, padding=1), (2, 6)),
        (nn.MaxPool2d(2, dilation=2, ceil_mode=True), (1, 5, 6)),
        (nn.AdaptiveMaxPool1d(2), (2, 6)),
        (nn.AdaptiveMaxPool2d((2, 1)), (1, 5, 6)),
        (nn.AvgPool1d(2, padding=1, count_include_pad=False), (2, 6)),
        (nn.AvgPool2d((2, 3), stride=1, divisor_override=5), (1, 5, 6)),
        (nn.AdaptiveAvgPool1d(3), (2, 6)),
        (nn.AdaptiveAvgPool2d(2), (1, 5, 6)),
        (nn.Unflatten(1, (3, 4)), (12,)),
        (nn.Conv3d(1, 2, 2), (1, 3, 3, 3)),
        (nn.MaxPool3d(2), (1, 3, 3, 3)),
        (nn.AvgPool3d(2), (1, 3, 3, 3)),
    ],
)
def test_every_layer_computes_what_torch_does(layer, shape):
    x = np.random.default_rng(0).normal(size=(4, int(np.prod(shape))))
    net = nn.Sequential(layer, nn.Flatten(), nn.LazyLinear(2)).double()
    with torch.no_grad():
        outputs = net(torch.as_tensor(x).reshape(4, *shape)).numpy()
    network = torch_network(net, np.eye(2), x, shape)
    assert_allclose(network.leave(network.values(x)[-1]), outputs, **EXACT)
    relevance, ledgers = explained(network, x, "epsilon")
    lost = sum(network.leave(b + e + d) for _, _, b, e, d in ledgers)
    assert_allclose(relevance.sum(axis=2) + lost, outputs, **EXACT)


class Residual(nn.Module):
    """x + f(x)."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return x + self.inner(x)


class Vision(nn.Module):
    """Most of what is known, in one network."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3, padding="same")
        self.norm = nn.BatchNorm2d(4)
        self.second = nn.Conv2d(4, 6, 3, stride=2, padding=1, groups=2)
        inner = [nn.Linear(6, 6), nn.BatchNorm1d(6), nn.ReLU(inplace=True), nn.Dropout(0.5)]
        self.block = Residual(nn.Sequential(*inner, nn.Linear(6, 6)))
        self.last = nn.Linear(12, 3)

    def forward(self, x):
        x = functional.relu(self.norm(self.first(x)), inplace=True)
        x = functional.max_pool2d(x, 2)
        x = functional.gelu(self.second(x))
        x = functional.adaptive_avg_pool2d(x, 1).view(x.size(0), -1)
        return self.last(torch.cat([self.block(x), x], dim=1))


@pytest.mark.parametrize("rule", RULES)
def test_a_network_of_many_layers(rule):
    net = randomised(Vision())
    x = np.random.default_rng(0).normal(size=(5, 64))
    matrix = np.array([[1.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
    network = torch_network(net, matrix, x[:2], (1, 8, 8))
    values = network.values(x)
    outputs = module_outputs(net, x, (1, 8, 8)) @ matrix.T
    assert_allclose(network.leave(values[-1]), outputs, rtol=1e-12, atol=1e-12)
    relevance, ledgers = explained(network, x, rule)
    lost = sum(network.leave(b + e + d) for _, _, b, e, d in ledgers)
    assert_allclose(relevance.sum(axis=2) + lost, outputs, rtol=1e-9, atol=1e-9)
    alone = [
        explained(torch_network(net, matrix[[k]], x[:2], (1, 8, 8)), x, rule)[0] for k in (0, 1)
    ]
    assert_allclose(np.concatenate(alone, axis=1), relevance, **EXACT)


def test_without_biases_and_epsilon_it_is_gradient_times_input():
    layers = [nn.Conv2d(1, 3, 3, bias=False), nn.LeakyReLU(0.0), nn.MaxPool2d(2), nn.AvgPool2d(1)]
    layers += [nn.Flatten(), Residual(nn.Linear(27, 27, bias=False)), nn.ReLU()]
    net = nn.Sequential(*layers, nn.Linear(27, 2, bias=False)).double()
    x = np.random.default_rng(0).normal(size=(4, 64))
    relevance, _ = explained(torch_network(net, np.eye(2), x, (1, 8, 8)), x, "zero", epsilon=0.0)
    rows = torch.as_tensor(x).requires_grad_()
    for k in range(2):
        total = net(rows.reshape(-1, 1, 8, 8))[:, k].sum()
        (slopes,) = torch.autograd.grad(total, rows)
        assert_allclose(relevance[:, k], slopes.numpy() * x, **EXACT)


def test_max_pooling_gives_all_to_the_winner():
    net = nn.Sequential(nn.MaxPool1d(2), nn.Flatten()).double()
    x = np.array([[1.0, 3.0, 5.0, 2.0]])
    network = torch_network(net, np.eye(2), x, (1, 4))
    relevances, _ = network.relevances(network.values(x), {})
    assert_allclose(relevances[0][0], [[0, 3, 0, 0], [0, 0, 5, 0]])


def test_means_and_sums_go_by_contribution():
    x = np.array([[1.0, 3.0, -2.0, 6.0]])
    mean = torch_network(nn.Sequential(nn.AvgPool1d(4), nn.Flatten()), np.eye(1), x, (1, 4))
    relevance, _ = explained_without_weights(mean, x)
    assert_allclose(relevance[0, 0], x[0] / 4)
    both = torch_network(Residual(nn.Identity()), np.eye(4), x)
    relevance, _ = explained_without_weights(both, x)
    assert_allclose(relevance[0], np.diag(2 * x[0]))


def explained_without_weights(network, x):
    relevances, ledgers = network.relevances(network.values(x), network.fit_rules([], 0.0, x))
    return network.leave(relevances[0]), ledgers


@pytest.mark.parametrize("rule", ["epsilon", "gamma", "zplus", "wsquare"])
@pytest.mark.parametrize("position", ["after", "before"])
def test_normalisation_is_part_of_a_neighbouring_layer(rule, position):
    norm = nn.BatchNorm1d(6 if position == "after" else 5)
    one, two = nn.Linear(5, 6), nn.Linear(6, 2)
    parts = [one, norm] if position == "after" else [norm, one]
    net = randomised(nn.Sequential(*parts, nn.ReLU(), two))
    folded = dense_of(nn.Sequential(*parts).eval(), (5,))
    plain = nn.Sequential(folded, nn.ReLU(), two)
    x = np.random.default_rng(0).normal(size=(6, 5))
    here, _ = explained(torch_network(net, np.eye(2), x), x, rule)
    there, _ = explained(torch_network(plain, np.eye(2), x), x, rule)
    assert_allclose(here, there, **EXACT)


def test_normalisation_of_channels():
    x = np.random.default_rng(0).normal(size=(6, 25))
    net = randomised(nn.Sequential(nn.BatchNorm2d(1), nn.Conv2d(1, 3, 2), nn.BatchNorm2d(3)))
    last = nn.Linear(48, 2).double()
    whole = nn.Sequential(net, nn.ReLU(), nn.Flatten(), last)
    plain = nn.Sequential(dense_of(net.eval(), (1, 5, 5)), nn.ReLU(), last)
    here, ledgers = explained(torch_network(whole, np.eye(2), x, (1, 5, 5)), x, "gamma")
    there, _ = explained(torch_network(plain, np.eye(2), x), x, "gamma")
    assert_allclose(here, there, **EXACT)
    assert len(ledgers) == 2


def test_normalisation_between_activations_passes_relevance():
    net = randomised(
        nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))
    )
    x = np.random.default_rng(0).normal(size=(6, 3))
    network = torch_network(net, np.eye(2), x)
    _, ledgers = explained(network, x, "epsilon")
    assert_allclose(ledgers[0].relevance, ledgers[1].inputs)


def test_normalisation_of_what_others_take_too_stays_where_it_is():
    norm = randomised(nn.BatchNorm1d(4))
    net = nn.Sequential(nn.Linear(3, 4), Residual(norm), nn.Linear(4, 2)).double()
    x = np.random.default_rng(0).normal(size=(6, 3))
    network = torch_network(net, np.eye(2), x)
    assert_allclose(network.leave(network.values(x)[-1]), module_outputs(net, x), **EXACT)
    _, ledgers = explained(network, x, "gamma")
    assert len(ledgers) == 3


class Centred(nn.Module):
    """A sum of values of two shapes."""

    def forward(self, x):
        return x + x.mean(1, keepdim=True)


def test_a_sum_with_broadcasting():
    x = np.array([[1.0, 2.0, 6.0]])
    relevance, _ = explained_without_weights(torch_network(Centred(), np.eye(3), x), x)
    assert_allclose(relevance[0], np.diag(x[0]) + x / 3)


class Arithmetic(nn.Module):
    """Constants of all kinds."""

    def __init__(self):
        super().__init__()
        self.shift = nn.Parameter(torch.tensor([1.0, -2.0, 3.0]))

    def forward(self, x):
        x = 2 * (x - 0.5) / 4
        x += self.shift
        return x + x.relu() + 1


def test_constants_take_relevance_as_biases_do_and_factors_none():
    x = np.random.default_rng(0).normal(size=(6, 3))
    network = torch_network(Arithmetic().double(), np.eye(3), x)
    values = network.values(x)
    outputs = module_outputs(Arithmetic().double(), x)
    assert_allclose(network.leave(values[-1]), outputs)
    relevance, ledgers = explained_without_weights(network, x)
    inner = (x - 0.5) / 2
    shifted = inner + np.array([1, -2, 3])
    expected = (outputs - 1) * inner / shifted * x / (x - 0.5)
    assert_allclose(relevance[:, range(3), range(3)], expected, **EXACT)
    assert_allclose(network.leave(ledgers[-1].bias), 1)


class Doubling(nn.Module):
    """Data decides what it does: it can't be traced."""

    def forward(self, x):
        return x * 2 if x.sum() > 0 else x


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (
            nn.LayerNorm(4),
            r"no rule is known for layer '1', LayerNorm.*register\(LayerNorm, function",
        ),
        (
            nn.BatchNorm1d(4, track_running_stats=False),
            "no rule is known for layer '1', BatchNorm1d",
        ),
        (Doubling(), "can't be traced into layers"),
        (
            nn.Sequential(nn.Softmax(1), nn.Linear(4, 4)),
            "no rule is known for layer '1.0', Softmax",
        ),
    ],
)
def test_unknown_layers_are_named(layer, message):
    net = nn.Sequential(nn.Linear(3, 4), layer).double()
    with pytest.raises(ValueError, match=message):
        torch_network(net, np.eye(4), np.ones((2, 3)))


def test_unknown_calls_are_named():
    class Sorting(nn.Module):
        def forward(self, x):
            return torch.sort(x)

    with pytest.raises(ValueError, match="no rule is known for the call of 'sort' in its forward"):
        torch_network(Sorting(), np.eye(3), np.ones((2, 3)))


class Square(nn.Module):
    """A layer of the user's own, which depends on data."""

    def forward(self, x):
        return x**2 if x.ndim > 1 else x


def test_a_layer_of_ones_own_can_be_registered():
    net = nn.Sequential(nn.Linear(3, 4), Square(), nn.Linear(4, 1)).double()
    x = np.random.default_rng(0).normal(size=(5, 3))
    with pytest.raises(ValueError, match="can't be traced into layers"):
        torch_network(net, np.eye(1), x)
    known_layer.register(Square, lambda module, x, name: Operation(torch.square))
    network = torch_network(net, np.eye(1), x)
    assert_allclose(network.leave(network.values(x)[-1]), module_outputs(net, x))
    explained(network, x, "gamma")


def state_of(net):
    return {
        "mode": [part.training for part in net.modules()],
        "hooks": [len(part._forward_hooks) for part in net.modules()],
        "grads": [None if p.grad is None else p.grad.clone() for p in net.parameters()],
        "requires": [p.requires_grad for p in net.parameters()],
        "types": [p.dtype for p in net.parameters()],
        "numbers": [value.clone() for value in net.state_dict().values()],
    }


@pytest.mark.parametrize("fails", [False, True])
def test_the_module_is_left_as_it_was(fails):
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2))
    if fails:
        net.append(nn.LayerNorm(2))
    net[3].eval()
    net[0].bias.requires_grad_(False)
    calls = []
    net[0].register_forward_hook(lambda *args: calls.append(args))
    net(torch.ones(5, 3)).sum().backward()
    before, n_calls = state_of(net), len(calls)
    x = np.random.default_rng(0).normal(size=(5, 3))
    if fails:
        with pytest.raises(ValueError, match="LayerNorm"):
            torch_network(net, np.eye(2), x)
    else:
        explained(torch_network(net, np.eye(2), x), x)
    assert len(calls) == n_calls
    after = state_of(net)
    for name in ("mode", "hooks", "requires", "types"):
        assert after[name] == before[name]
    for name in ("grads", "numbers"):
        for a, b in zip(after[name], before[name]):
            assert (a is None and b is None) or torch.equal(a, b)


def test_the_network_can_be_pickled():
    net = randomised(Vision())
    x = np.random.default_rng(0).normal(size=(5, 64))
    network = torch_network(net, np.eye(3), x, (1, 8, 8))
    again = pickle.loads(pickle.dumps(network))
    assert isinstance(again, LayeredNetwork)
    assert_allclose(explained(again, x)[0], explained(network, x)[0], rtol=0)


# -- the explainer ---------------------------------------------------------------------------------


def torch_twin(model):
    """An MLPClassifier of several classes as a Sequential."""
    parts = []
    for weight, bias in zip(model.coefs_, model.intercepts_):
        layer = nn.Linear(*weight.shape).double()
        with torch.no_grad():
            layer.weight.copy_(torch.as_tensor(weight.T))
            layer.bias.copy_(torch.as_tensor(bias))
        parts += [layer, nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def test_a_torch_net_and_an_mlp_classifier_tell_the_same_story():
    X, y = load_iris(return_X_y=True, as_frame=True)
    network = MLPClassifier(hidden_layer_sizes=(7, 6), solver="lbfgs", max_iter=60, random_state=0)
    model = make_pipeline(StandardScaler(), network).fit(X, y)
    net = TorchPredictor(torch_twin(network), classes=[0, 1, 2])
    twin_model = make_pipeline(StandardScaler(), net).fit(X, y)
    for parameters in ({}, {"rule": "alpha-beta", "target": "predicted"}, {"target": 1}):
        here = LRPExplainer(**parameters).fit(model, X).explain(X)
        there = LRPExplainer(**parameters).fit(twin_model, X).explain(X)
        assert_allclose(there.values, here.values, **EXACT)
        assert_allclose(there.ledgers, here.ledgers, **EXACT)
        assert there.layers[1].endswith(here.layers[1].partition(", ")[2])
    hidden = LRPExplainer().fit(twin_model, X).layer_relevances(X)
    for one, other in zip(hidden, LRPExplainer().fit(model, X).layer_relevances(X)):
        assert_allclose(one, other, **EXACT)


def test_images_and_single_precision():
    net = Vision().eval()
    X = np.random.default_rng(0).normal(size=(6, 64))
    model = TorchPredictor(net, classes=["a", "b", "c"], input_shape=(1, 8, 8))
    explanation = LRPExplainer(rule={"first": "zbox", "hidden": "gamma"}).fit(model, X).explain(X)
    assert explanation.shape == (6, 64, 3)
    assert np.abs(explanation.completeness_gap).max() < 1e-5  # of single precision
    assert np.abs(explanation.audit().xs("gap", axis=1, level=1)).max().max() < 1e-12
    layers = LRPExplainer().fit(model, X).layer_relevances(X)
    assert [layer.shape[1:-1] for layer in layers[:3]] == [(64,), (4, 8, 8), (6, 2, 2)]


def test_probabilities_are_refused():
    X = np.random.default_rng(0).normal(size=(6, 4))
    net = nn.Sequential(nn.Linear(4, 3), nn.Sigmoid())
    for end in ([], [nn.Flatten()]):
        model = TorchPredictor(nn.Sequential(*net, *end), classes=[0, 1, 2], output="probabilities")
        with pytest.raises(ValueError, match="its module returns probabilities"):
            LRPExplainer().fit(model, X)


@pytest.mark.parametrize("end", [nn.Softmax(1), nn.LogSoftmax(1)])
def test_a_softmax_at_the_end_cancels_in_centred_logits(end):
    first, last = nn.Linear(4, 5).double(), nn.Linear(5, 3).double()
    X = np.random.default_rng(0).normal(size=(6, 4))
    parts = nn.Sequential(first, nn.ReLU(), last)
    output = "probabilities" if isinstance(end, nn.Softmax) else "logits"
    model = TorchPredictor(nn.Sequential(*parts, end), classes=[0, 1, 2], output=output)
    plain = TorchPredictor(parts, classes=[0, 1, 2])
    here = LRPExplainer(response_method="centred_logit").fit(model, X).explain(X)
    there = LRPExplainer(response_method="centred_logit").fit(plain, X).explain(X)
    assert_allclose(here.values, there.values, **EXACT)
    assert_allclose(here.completeness_gap, 0, atol=1e-10)
    with pytest.raises(ValueError, match="softmax, so that its scores depend on all"):
        LRPExplainer().fit(model, X)


def test_a_sigmoid_at_the_end_of_a_classifier_is_left_away():
    first, last = nn.Linear(4, 5).double(), nn.Linear(5, 1).double()
    X = np.random.default_rng(0).normal(size=(6, 4))
    parts = nn.Sequential(first, nn.ReLU(), last)
    model = TorchPredictor(
        nn.Sequential(*parts, nn.Sigmoid()), classes=["no", "yes"], output="probabilities"
    )
    plain = TorchPredictor(parts, classes=["no", "yes"])
    here = LRPExplainer().fit(model, X).explain(X)
    assert_allclose(here.values, LRPExplainer().fit(plain, X).explain(X).values, **EXACT)
    assert_allclose(here.completeness_gap, 0, atol=1e-10)


class Words(nn.Module):
    """The mean of word vectors, through a linear layer."""

    def __init__(self):
        super().__init__()
        self.embed, self.last = nn.Embedding(9, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.last(self.embed(x).mean(1))


def test_modules_of_tokens():
    X = np.random.default_rng(0).integers(0, 9, size=(20, 3))
    model = TorchPredictor(Words().double(), classes=["a", "b"], dtype=torch.long)
    explanation = LRPExplainer(rule="zero", epsilon=0.0, target="a").fit(model, X).explain(X)
    vectors = model.module.embed.weight.detach().numpy()[X]
    expected = vectors @ model.module.last.weight.detach().numpy()[0] / 3
    assert_allclose(explanation.values, expected, **EXACT)
    assert_allclose(explanation.base_values, model.module.last.bias.detach().numpy()[0])
