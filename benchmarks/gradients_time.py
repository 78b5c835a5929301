"""Time of derivatives, against captum on the same network in torch.

    python benchmarks/gradients_time.py            # half a minute
    python benchmarks/gradients_time.py --smoke    # seconds

The Jacobian of all ten raw scores of an MLPClassifier with two hidden layers of 100 units: with
skxai of the fitted MLPClassifier, with skxai of its copy in torch, and with captum's Saliency of
that copy, which takes one output at a time. Then integrated gradients of all ten, from the mean
row, with skxai (predictions included) and with captum's 50 nodes. All in double precision and on
one thread; the best of several runs, which take turns. captum and torch are left out if they are
not installed.
"""

import time
import warnings
from functools import partial

import numpy as np
from _common import import_if_there, parse_arguments, print_ratios, print_table, print_versions
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from skxai import IntegratedGradientsExplainer
from skxai.predictors import TorchPredictor, as_predictor
from skxai.predictors._networks import network_of
from skxai.predictors._smooth import smooth_function_of

torch = import_if_there("torch")
captum = import_if_there("captum.attr")

MODULES = {"identity": "Identity", "logistic": "Sigmoid", "tanh": "Tanh", "relu": "ReLU"}


def make_network(n_features, n_classes, activation, seed=0):
    """A fitted MLPClassifier, and rows; how well it predicts makes no difference to the time."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(1000, n_features))
    y = np.argmax(X @ rng.normal(size=(n_features, n_classes)), axis=1)
    model = MLPClassifier((100, 100), activation=activation, max_iter=5, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y), X


def in_torch(model):
    """The network up to its last sums as a torch module."""
    layers = []
    for weight, bias in zip(model.coefs_, model.intercepts_):
        linear = torch.nn.Linear(*weight.shape, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.T))
            linear.bias.copy_(torch.from_numpy(bias))
        layers += [linear, getattr(torch.nn, MODULES[model.activation])()]
    return torch.nn.Sequential(*layers[:-1]).eval()


def jacobian_of_captum(module, X):
    """captum's loop over outputs."""
    method = captum.Saliency(module)
    rows = torch.from_numpy(X).requires_grad_()
    with torch.no_grad():
        n_outputs = module(rows[:1]).shape[1]
    slopes = [method.attribute(rows, target=k, abs=False) for k in range(n_outputs)]
    return torch.stack(slopes, dim=1).numpy()


def jacobian_of_skxai(model, X):
    """Ours, from the fitted model on."""
    predictor = as_predictor(model, X, response_method="raw_score")
    return smooth_function_of(predictor, X).jacobian(X)


def contestants(model):
    """Functions from rows to the Jacobian, by name."""
    found = {"skxai, MLPClassifier": lambda X: jacobian_of_skxai(model, X)}
    if torch:
        module = in_torch(model)
        wrapped = TorchPredictor(module, classes=model.classes_)
        found["skxai, torch"] = lambda X: jacobian_of_skxai(wrapped, X)
        if captum:
            found["captum, torch"] = lambda X: jacobian_of_captum(module, X)
    return found


def compare(functions, X, n_runs):
    """Best time of each, and the largest deviation from the first one's values."""
    seconds = dict.fromkeys(functions, np.inf)
    values = {}
    for _ in range(n_runs):
        for name, function in functions.items():
            began = time.perf_counter()
            values[name] = function(X)
            seconds[name] = min(seconds[name], time.perf_counter() - began)
    first = next(iter(values.values()))
    return seconds, {name: float(np.abs(found - first).max()) for name, found in values.items()}


def jacobians(n_rows, n_runs):
    """Table: all outputs of a network."""
    rows = []
    for activation in ("relu", "tanh"):
        model, _ = make_network(n_features=100, n_classes=10, activation=activation)
        X = np.random.default_rng(1).normal(size=(n_rows, 100))
        seconds, deviations = compare(contestants(model), X, n_runs)
        theirs = seconds.get("captum, torch", np.nan)
        rows += [
            [activation, name, 1e3 * seconds[name], theirs / seconds[name], deviations[name]]
            for name in seconds
        ]
    print_table(
        f"Jacobian, MLP(100, 100), 10 classes, {n_rows} rows of 100 features",
        ["activation", "by", "ms", "captum's time over it", "deviation"],
        rows,
    )
    for copy in ("MLPClassifier", "torch"):
        ratios = [row[3] for row in rows if row[1] == f"skxai, {copy}"]
        print_ratios(f"captum's time over ours, Jacobian of the {copy} network", ratios)


def integrals_of_skxai(explainer, X):
    """Ours, with everything else that `explain` does."""
    return explainer.explain(X).values


def integrals_of_captum(module, start, X):
    """captum's integrated gradients by 50 nodes, as it comes, output by output."""
    method = captum.IntegratedGradients(module)
    rows, baseline = torch.from_numpy(X), torch.from_numpy(start)
    with torch.no_grad():
        n_outputs = module(rows[:1]).shape[1]
    values = [
        method.attribute(rows, baselines=baseline, target=k, n_steps=50) for k in range(n_outputs)
    ]
    return torch.stack(values, dim=2).numpy()


def integrals(n_rows, n_runs):
    """Table: integrated gradients of all outputs from the mean row, and by how much they miss."""
    table = []
    for activation in ("relu", "tanh"):
        model, background = make_network(n_features=100, n_classes=10, activation=activation)
        X = np.random.default_rng(1).normal(size=(n_rows, 100))
        start = background.mean(axis=0, keepdims=True)
        network = network_of(model)
        wanted = network.scores(X) - network.scores(start)
        explainer = IntegratedGradientsExplainer().fit(model, background)
        functions = {"skxai, MLPClassifier": partial(integrals_of_skxai, explainer)}
        if torch and captum:
            module = in_torch(model)
            functions["captum, torch"] = partial(integrals_of_captum, module, start)
        seconds, _ = compare(functions, X, n_runs)
        theirs = seconds.get("captum, torch", np.nan)
        for name, function in functions.items():
            gap = np.abs(function(X).sum(axis=1) - wanted).max()
            table.append([activation, name, 1e3 * seconds[name], theirs / seconds[name], gap])
    print_table(
        f"Integrated gradients, MLP(100, 100), 10 classes, {n_rows} rows of 100 features",
        ["activation", "by", "ms", "captum's time over it", "largest completeness gap"],
        table,
    )
    ratios = [row[3] for row in table if row[1].startswith("skxai")]
    print_ratios("captum's time over ours, integrated gradients", ratios)


def main():
    arguments = parse_arguments(__doc__.splitlines()[0], rows=5000, runs=5)
    print_versions("torch", "captum")
    n_rows, n_runs = (200, 1) if arguments.smoke else (arguments.rows, arguments.runs)
    if torch:
        torch.set_num_threads(1)
    with threadpool_limits(1):
        jacobians(n_rows, n_runs)
        integrals(n_rows // 10, n_runs)


if __name__ == "__main__":
    main()
