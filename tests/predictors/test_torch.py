"""torch modules and skorch nets as models, and their derivatives."""

import pickle
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, log_softmax, softmax
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skxai import ShapleyExplainer
from skxai.predictors import TorchPredictor, as_predictor
from skxai.predictors._smooth import smooth_function_of

torch = pytest.importorskip("torch")
nn = torch.nn

X, y = load_iris(return_X_y=True)
NAMES = ["setosa", "versicolor", "virginica"]
ACTIVATIONS = {"identity": nn.Identity, "relu": nn.ReLU, "tanh": nn.Tanh, "logistic": nn.Sigmoid}


def twin(mlp):
    """An MLPClassifier or MLPRegressor up to its last sums, as a torch module."""
    layers = []
    for weight, bias in zip(mlp.coefs_, mlp.intercepts_):
        linear = nn.Linear(*weight.shape, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.T))
            linear.bias.copy_(torch.from_numpy(bias))
        layers += [linear, ACTIVATIONS[mlp.activation]()]
    return nn.Sequential(*layers[:-1])


def network(n_outputs=3, dtype=torch.float64, seed=0):
    torch.manual_seed(seed)
    layers = [nn.Linear(4, 9), nn.Tanh(), nn.Dropout(0.5), nn.Linear(9, n_outputs)]
    return nn.Sequential(*layers).to(dtype)


def smooth(model, X, response_method="auto"):
    return smooth_function_of(as_predictor(model, X, response_method=response_method), X)


class Wrapped(nn.Module):
    """What a module returns, changed by a function."""

    def __init__(self, inner, change):
        super().__init__()
        self.inner = inner
        self.change = change

    def forward(self, x):
        return self.change(self.inner(x))


def normalised(scores):
    return torch.softmax(scores, dim=1)


# -- responses ---------------------------------------------------------------------------------


def test_responses_of_a_classifier_against_scipy():
    net = network().eval()
    logits = net(torch.from_numpy(X)).detach().numpy()
    model = TorchPredictor(net, classes=NAMES)
    assert_array_equal(model.classes_, NAMES)
    assert_array_equal(model.decision_function(X), logits)
    assert_allclose(model.predict_proba(X), softmax(logits, axis=1), rtol=1e-14)
    assert_allclose(model.predict_log_proba(X), log_softmax(logits, axis=1), rtol=1e-13)
    assert_array_equal(model.predict(X), np.array(NAMES)[logits.argmax(axis=1)])


def test_a_single_logit_is_the_score_of_the_second_class():
    net = network(1).eval()
    logit = net(torch.from_numpy(X)).detach().numpy()[:, 0]
    model = TorchPredictor(net, classes=["no", "yes"])
    assert_array_equal(model.decision_function(X), logit)
    expected = np.column_stack([expit(-logit), expit(logit)])
    assert_allclose(model.predict_proba(X), expected, rtol=1e-14)
    assert_allclose(model.predict_log_proba(X), np.log(expected), rtol=1e-12)
    assert_array_equal(model.predict(X), np.where(logit > 0, "yes", "no"))
    assert_allclose(as_predictor(model, X)(X)[:, 0], expit(logit), rtol=1e-14)


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_regression_has_only_predict(n_outputs):
    net = network(n_outputs)
    model = TorchPredictor(net)
    expected = net.eval()(torch.from_numpy(X)).detach().numpy()
    assert_array_equal(model.predict(X), expected[:, 0] if n_outputs == 1 else expected)
    assert not hasattr(model, "predict_proba")
    assert not hasattr(model, "classes_")
    assert is_regressor(model)
    assert not is_classifier(model)


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("response", ["predict_proba", "predict_log_proba", "raw_score"])
def test_probabilities_as_output_equal_logits(n_outputs, response):
    net = network(n_outputs)
    classes = ["no", "yes"] if n_outputs == 1 else NAMES
    change = torch.sigmoid if n_outputs == 1 else normalised
    of_logits = smooth(TorchPredictor(net, classes), X, response)
    model = TorchPredictor(Wrapped(net, change), classes, output="probabilities")
    found = smooth(model, X, response)
    # Logarithms of several probabilities are logits less a number of the row's own.
    a, b = of_logits.outputs(X), found.outputs(X)
    Ja, Jb = of_logits.jacobian(X), found.jacobian(X)
    if response == "raw_score" and n_outputs > 1:
        a, Ja = a - a.mean(axis=1, keepdims=True), Ja - Ja.mean(axis=1, keepdims=True)
        b, Jb = b - b.mean(axis=1, keepdims=True), Jb - Jb.mean(axis=1, keepdims=True)
    assert_allclose(b, a, atol=1e-12)
    assert_allclose(Jb, Ja, atol=1e-12)


def test_probabilities_of_zero_and_one_stay_finite():
    def certain(scores):
        return (scores > 0).double()

    model = TorchPredictor(Wrapped(network(1), certain), [0, 1], output="probabilities")
    assert set(np.unique(model.predict_proba(X)).round(12)) <= {0.0, 1.0}
    assert np.isfinite(model.decision_function(X)).all()


# -- inputs ------------------------------------------------------------------------------------


def test_kinds_of_tables_give_the_same():
    model = TorchPredictor(network(), NAMES)
    expected = model.predict_proba(X)
    frame = pd.DataFrame(X, columns=list("abcd"))
    for table in (frame, frame.astype("Float64"), X.tolist(), X[::-1][::-1], np.asfortranarray(X)):
        assert_array_equal(model.predict_proba(table), expected)
    single = TorchPredictor(network(dtype=torch.float32), NAMES)
    assert_allclose(single.predict_proba(frame), expected, atol=1e-6)


def test_images_from_flat_rows():
    digits, _ = load_digits(return_X_y=True)
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(108, 10)).double()
    model = TorchPredictor(net, classes=range(10), input_shape=(1, 8, 8))
    images = torch.from_numpy(digits[:20].reshape(20, 1, 8, 8))
    assert_allclose(model.decision_function(digits[:20]), net(images).detach().numpy(), rtol=1e-12)
    expected = torch.autograd.functional.jacobian(lambda rows: net(rows).sum(0), images)
    slopes = smooth(model, digits[:20], "raw_score").jacobian(digits[:20])
    assert slopes.shape == (20, 10, 64)
    assert_allclose(slopes, expected.transpose(0, 1).reshape(20, 10, 64).numpy(), rtol=1e-12)
    with pytest.raises(ValueError, match=r"input_shape is \(1, 8, 8\), but rows have shape \(4,\)"):
        model.predict(X)


def test_images_with_their_axes():
    rng = np.random.default_rng(0)
    images = rng.normal(size=(6, 2, 5, 5))
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(27, 3)).double()
    expected = net(torch.from_numpy(images)).detach().numpy()
    model = TorchPredictor(net, NAMES)
    assert_allclose(model.decision_function(images), expected, rtol=1e-12)
    assert_allclose(model.decision_function(images.tolist()), expected, rtol=1e-12)
    predictor = as_predictor(model, images, response_method="decision_function")
    assert_allclose(predictor(images), expected, rtol=1e-12)
    # With input_shape, flat rows and images are the same.
    shaped = TorchPredictor(net, NAMES, input_shape=(2, 5, 5))
    for rows in (images, images.reshape(6, 50), images.reshape(6, 10, 5)):
        assert_allclose(shaped.decision_function(rows), expected, rtol=1e-12)
    with pytest.raises(ValueError, match=r"rows have shape \(1, 5, 5\)"):
        shaped.predict(images[:, :1])
    with pytest.raises(ValueError, match="NaN"):
        as_predictor(model, np.full((2, 2, 5, 5), np.nan))


def test_codes_as_input_have_no_derivative():
    net = nn.Sequential(nn.Embedding(5, 3), nn.Flatten(), nn.Linear(6, 1))
    codes = np.random.default_rng(0).integers(0, 5, size=(30, 2))
    model = TorchPredictor(net, dtype=torch.long)
    assert model.predict(codes).shape == (30,)
    with pytest.raises(ValueError, match=r"takes torch\.int64; a derivative needs"):
        smooth(model, codes)


def test_batches_change_nothing():
    rows = np.random.default_rng(0).normal(size=(50, 4))
    whole, parts = (TorchPredictor(network(), NAMES, batch_size=size) for size in (1024, 7))
    assert_allclose(parts.predict_proba(rows), whole.predict_proba(rows), rtol=1e-13)
    one, other = smooth(whole, rows), smooth(parts, rows)
    assert_allclose(other.jacobian(rows), one.jacobian(rows), rtol=1e-12)
    assert one.jacobian(rows[:0]).shape == (0, 3, 4)
    assert whole.predict(rows[:0]).shape == (0,)


# -- the module stays as it was ----------------------------------------------------------------


class Trap(nn.Module):
    """Fails when it is told to, and counts no gradients of parameters."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 2, dtype=torch.float64)
        self.norm = nn.BatchNorm1d(2, dtype=torch.float64)
        self.dropout = nn.Dropout(0.5)
        self.fails = False

    def forward(self, x):
        if self.fails:
            raise RuntimeError("trapped")
        return self.dropout(self.norm(self.linear(x)))


@pytest.mark.parametrize("fails", [False, True])
def test_module_is_left_as_it_was(fails):
    net = Trap()
    net.train()
    net.norm.eval()
    net.linear.weight.grad = torch.full((2, 4), 7.0, dtype=torch.float64)
    function = smooth(net, X)
    net.fails = fails
    state = {name: value.clone() for name, value in net.state_dict().items()}
    random = torch.get_rng_state()
    rows = X.copy()
    for call in (TorchPredictor(net).predict, function.jacobian):
        if fails:
            with pytest.raises(RuntimeError, match="trapped"):
                call(rows)
        else:
            assert_array_equal(call(rows), call(rows))  # nothing is dropped at random
    assert [part.training for part in net.modules()] == [True, True, False, True]
    assert all(torch.equal(value, state[name]) for name, value in net.state_dict().items())
    assert_array_equal(net.linear.weight.grad, np.full((2, 4), 7.0))
    assert net.linear.bias.grad is None
    assert net.linear.weight.requires_grad
    assert torch.is_grad_enabled()
    assert torch.equal(torch.get_rng_state(), random)
    assert not any(p._forward_hooks or p._backward_hooks for p in net.modules())
    assert_array_equal(rows, X)


def test_layers_that_work_in_place_do_not_reach_the_rows():
    net = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(4, 1, dtype=torch.float64))
    rows = X - X.mean(axis=0)
    before = rows.copy()
    function = smooth(net, rows)
    slopes = function.jacobian(rows)
    assert_array_equal(rows, before)
    weight = net[1].weight.detach().numpy()
    assert_allclose(slopes[:, 0], np.where(rows > 0, weight, 0.0), rtol=1e-14)


def test_derivatives_inside_no_grad_and_of_frozen_parameters():
    net = network()
    expected = smooth(net, X).jacobian(X)
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    with torch.no_grad():
        assert_array_equal(smooth(net, X).jacobian(X), expected)
        assert not torch.is_grad_enabled()


def test_an_output_that_no_column_reaches_has_derivative_zero():
    net = Wrapped(network(2), lambda out: torch.stack([out[:, 0], torch.ones(len(out))], dim=1))
    slopes = smooth(net, X).jacobian(X)
    assert slopes[:, 0].any()
    assert not slopes[:, 1].any()


def test_a_detached_output_is_refused():
    net = Wrapped(network(1), lambda out: out.detach())
    with pytest.raises(ValueError, match="module returns a tensor without a derivative"):
        smooth(net, X).jacobian(X)


def test_threads_share_a_module_that_trains():
    net = nn.Sequential(nn.Linear(4, 50), nn.Dropout(0.5), nn.Linear(50, 1)).train()
    model = TorchPredictor(net)
    expected, found = model.predict(X), []

    def work():
        found.extend(np.array_equal(model.predict(X), expected) for _ in range(30))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 120
    assert all(part.training for part in net.modules())


# -- derivatives -------------------------------------------------------------------------------


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_derivatives_equal_captum(n_outputs):
    attr = pytest.importorskip("captum.attr")
    net = network(n_outputs).eval()
    x = torch.from_numpy(X)
    slopes = smooth(net, X).jacobian(X)
    assert slopes.shape == (150, n_outputs, 4)
    for k in range(n_outputs):
        gradient = attr.Saliency(net).attribute(x.clone().requires_grad_(), k, abs=False)
        assert_allclose(slopes[:, k], gradient.detach().numpy(), rtol=1e-12, atol=1e-14)
        product = attr.InputXGradient(net).attribute(x.clone().requires_grad_(), k)
        assert_allclose(slopes[:, k] * X, product.detach().numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("kind", ["gradient", "times_input"])
def test_saliency_equals_captum(kind):
    attr = pytest.importorskip("captum.attr")
    gradient = pytest.importorskip("skxai.gradient")
    net = network().eval()
    method = attr.Saliency(net) if kind == "gradient" else attr.InputXGradient(net)
    options = {"abs": False} if kind == "gradient" else {}
    explainer = gradient.SaliencyExplainer(kind=kind).fit(TorchPredictor(net, NAMES), X)
    values = explainer.explain(X[::10]).values
    for k in range(3):
        x = torch.from_numpy(X[::10]).requires_grad_()
        expected = method.attribute(x, k, **options).detach().numpy()
        assert_allclose(values[:, :, k], expected, rtol=1e-12, atol=1e-14)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_twin_of_a_classifier(activation, n_classes):
    rows, labels = X[y < n_classes], y[y < n_classes]
    mlp = MLPClassifier((7, 5), activation=activation, max_iter=50, random_state=0)
    mlp.fit(rows, labels)
    model = TorchPredictor(twin(mlp), classes=range(n_classes))
    assert_allclose(model.predict_proba(rows), mlp.predict_proba(rows), atol=1e-13)
    for response in ("raw_score", "predict_proba", "predict_log_proba", "margin", "centred_logit"):
        ours, theirs = smooth(mlp, rows, response), smooth(model, rows, response)
        assert theirs.kind == "analytic"
        assert_allclose(theirs.outputs(rows), ours.outputs(rows), atol=1e-12)
        assert_allclose(theirs.jacobian(rows), ours.jacobian(rows), atol=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_twin_of_a_regressor_of_two_outputs():
    mlp = MLPRegressor(hidden_layer_sizes=(7,), max_iter=50, random_state=0).fit(X, X[:, :2] ** 2)
    ours, theirs = smooth(mlp, X), smooth(twin(mlp), X)
    assert_allclose(theirs.jacobian(X), ours.jacobian(X), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("shift", [0.0, 1e4])
def test_single_precision_behind_a_scaler_agrees(shift):
    wine, kinds = load_wine(return_X_y=True)
    wine = wine + shift
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(13, 50), nn.ReLU(), nn.Linear(50, 3))
    model = make_pipeline(StandardScaler(), TorchPredictor(net, classes=[0, 1, 2])).fit(wine, kinds)
    found = smooth(model, wine, "raw_score")
    assert found.kind == "analytic"
    double = nn.Sequential(nn.Linear(13, 50), nn.ReLU(), nn.Linear(50, 3)).double()
    double.load_state_dict(net.state_dict())
    model.steps[-1] = ("net", TorchPredictor(double, classes=[0, 1, 2]))
    exact = smooth(model, wine, "raw_score").jacobian(wine)
    assert exact.dtype == found.jacobian(wine).dtype == np.float64
    same = np.isclose(found.jacobian(wine), exact, rtol=1e-4, atol=1e-4 * np.abs(exact).max())
    assert same.all(axis=(1, 2)).mean() > 0.95  # a rectifier may switch by rounding


# -- as an estimator ---------------------------------------------------------------------------


def test_a_module_by_itself_is_explained():
    net = network(1)
    explainer = ShapleyExplainer(random_state=0).fit(net, X[::10])
    found = explainer.explain(X[:3])
    assert found.completeness_gap.max() < 1e-10
    wrapped = ShapleyExplainer(random_state=0).fit(TorchPredictor(net), X[::10]).explain(X[:3])
    assert_array_equal(found.values, wrapped.values)


def test_pickle_and_clone_give_the_same():
    model = TorchPredictor(network(), NAMES)
    expected = model.predict_proba(X)
    assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), expected)
    copied = clone(model).fit(X, y)
    assert copied.module is not model.module
    assert_array_equal(copied.predict_proba(X), expected)
    function = pickle.loads(pickle.dumps(smooth(model, X)))
    assert_array_equal(function.jacobian(X), smooth(model, X).jacobian(X))


def test_without_torch_the_error_names_the_extra():
    code = (
        "import sys\n"
        "from skxai.predictors import TorchPredictor\n"
        "sys.modules['torch'] = None\n"
        "try:\n    TorchPredictor(object()).predict([[1.0]])\n"
        "except ImportError as error:\n    print(error)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "skxai[torch]" in run.stdout


def test_networks_of_scikit_learn_import_no_torch():
    code = (
        "import sys\n"
        "from sklearn.neural_network import MLPRegressor\n"
        "from skxai.predictors import as_predictor\n"
        "from skxai.predictors._smooth import smooth_function_of\n"
        "X = [[0.0], [1.0], [3.0]]\n"
        "model = MLPRegressor(hidden_layer_sizes=(3,), solver='lbfgs', random_state=0)\n"
        "model.fit(X, [0.0, 1.0, 2.0])\n"
        "smooth_function_of(as_predictor(model, X), __import__('numpy').array(X))\n"
        "print('torch' in sys.modules, 'skorch' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"module": np.sin}, "module is ufunc; expected a torch.nn.Module"),
        ({"classes": ["a"]}, "expected at least two labels"),
        ({"classes": ["a", "b"]}, "classes has 2 labels, but module returned 3 columns"),
        ({"output": "odds", "classes": NAMES}, "output is 'odds'; expected 'logits' or"),
        ({"output": "probabilities"}, "output is 'probabilities', but classes is None"),
        ({"batch_size": 0}, "batch_size is 0; expected a positive integer"),
        ({"module": Wrapped(network(), lambda s: (s, s))}, "module returned tuple; expected a ten"),
        ({"module": Wrapped(network(), lambda s: s[:, None])}, r"returned shape \(150, 1, 3\)"),
        ({"module": Wrapped(network(), lambda s: s.sum())}, r"returned shape \(\) for 150 rows"),
    ],
)
def test_errors_name_the_argument(parameters, message):
    model = TorchPredictor(**{"module": network(), **parameters})
    with pytest.raises((TypeError, ValueError), match=message):
        model.predict(X)


def test_texts_are_refused():
    frame = pd.DataFrame(X, columns=list("abcd")).assign(a="red")
    with pytest.raises(ValueError, match="X holds cells that are no numbers"):
        TorchPredictor(network()).predict(frame)


# -- skorch ------------------------------------------------------------------------------------


def fitted_net(kind, rows):
    skorch = pytest.importorskip("skorch")
    options = {"max_epochs": 3, "lr": 0.1, "verbose": 0, "train_split": None}
    torch.manual_seed(0)
    labels = y.astype(np.int64)
    if kind == "logits":
        net = skorch.NeuralNetClassifier(
            network(dtype=torch.float32), criterion=nn.CrossEntropyLoss, **options
        )
    elif kind == "probabilities":
        net = skorch.NeuralNetClassifier(
            Wrapped(network(dtype=torch.float32), normalised), **options
        )
    elif kind == "binary":
        net = skorch.NeuralNetBinaryClassifier(
            Wrapped(network(1, dtype=torch.float32), torch.flatten), **options
        )
        labels = (y > 0).astype(np.float32)
    else:
        net = skorch.NeuralNetRegressor(network(1, dtype=torch.float32), **options)
        labels = y[:, None].astype(np.float32)
    return make_pipeline(StandardScaler(), FunctionTransformer(np.float32), net).fit(rows, labels)


@pytest.mark.parametrize("kind", ["logits", "probabilities", "binary", "regression"])
def test_skorch_net_behind_a_scaler_has_its_derivative(kind):
    model = fitted_net(kind, X)
    exact = model.named_steps[model.steps[-1][0]].module_.double().eval()
    scaled = torch.from_numpy(model[0].transform(X)).requires_grad_()
    scores = exact(scaled).reshape(150, -1)
    if kind == "probabilities":
        scores = torch.log(scores)
        scores = scores - scores.mean(dim=1, keepdim=True)
    expected = np.stack(
        [
            torch.autograd.grad(total, scaled, retain_graph=True)[0].numpy() / model[0].scale_
            for total in scores.sum(dim=0)
        ],
        axis=1,
    )
    exact.float()
    found = smooth(model, X, "raw_score")
    assert found.kind == "analytic"
    assert_allclose(found.outputs(X), scores.detach().numpy(), atol=1e-5)
    assert_allclose(found.jacobian(X), expected, atol=1e-5 * np.abs(expected).max())


def test_responses_of_skorch_nets():
    model = fitted_net("logits", X)
    p = model.predict_proba(X)
    assert_allclose(smooth(model, X, "predict_proba").outputs(X), p, atol=1e-6)
    centred = smooth(model, X, "centred_logit").outputs(X)
    expected = np.log(p) - np.log(p).mean(axis=1, keepdims=True)
    assert_allclose(centred, expected, atol=1e-4)
    # Their predict_proba is not theirs to call a probability for regression.
    assert as_predictor(fitted_net("regression", X), X).response_method == "predict"


def test_a_skorch_net_of_unknown_output_has_no_raw_score():
    skorch = pytest.importorskip("skorch")
    net = skorch.NeuralNetClassifier(
        network(dtype=torch.float32),
        criterion=nn.CrossEntropyLoss,
        predict_nonlinearity=torch.sigmoid,
        max_epochs=1,
        verbose=0,
        train_split=None,
    ).fit(X.astype(np.float32), y.astype(np.int64))
    with pytest.raises(ValueError, match="'raw_score', which is not known for NeuralNetClassifier"):
        as_predictor(net, X.astype(np.float32), response_method="raw_score")
