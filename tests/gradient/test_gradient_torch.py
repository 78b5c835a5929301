"""Explainers by derivatives on torch modules."""

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai import IntegratedGradientsExplainer, TorchPredictor

torch = pytest.importorskip("torch")
nn = torch.nn
X, y = load_wine(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)


def rectifiers():
    torch.manual_seed(0)
    layers = [nn.Linear(13, 20), nn.ReLU(), nn.Dropout(), nn.Linear(20, 8), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(8, 3)).double()


def test_integrals_of_rectifiers_are_exact():
    model = TorchPredictor(rectifiers(), classes=[0, 1, 2])
    explainer = IntegratedGradientsExplainer().fit(model, X)
    assert explainer.exact_
    assert np.abs(explainer.explain(X).completeness_gap).max() < 1e-13


def test_integrals_equal_captum_with_many_nodes():
    captum = pytest.importorskip("captum.attr")
    module = rectifiers().eval()
    method = captum.IntegratedGradients(module)
    start = torch.from_numpy(X.mean(axis=0, keepdims=True))
    theirs = method.attribute(torch.from_numpy(X[:5]), baselines=start, target=1, n_steps=3000)
    model = TorchPredictor(module, classes=[0, 1, 2])
    ours = IntegratedGradientsExplainer(target=1).fit(model, X).explain(X[:5]).values
    np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-3)


OTHERS = {
    "normalised": lambda: [nn.Linear(13, 4), nn.ReLU(), nn.LayerNorm(4), nn.Linear(4, 3)],
    "mixed": lambda: [nn.Linear(13, 4), nn.ReLU(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 3)],
    "smooth": lambda: [nn.Linear(13, 4), nn.Tanh(), nn.Linear(4, 3)],
    "open": lambda: [nn.Linear(13, 3), nn.ReLU()],
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_modules_are_integrated_by_nodes(name):
    torch.manual_seed(0)  # before the layers draw their weights
    module = nn.Sequential(*OTHERS[name]()).double()
    explainer = IntegratedGradientsExplainer(tol=1e-3).fit(module, X)
    assert not explainer.exact_
    explanation = explainer.explain(X[:20])
    # Kinks between the nodes leave a gap.
    allowed = 1e-3 if name == "smooth" else 0.2
    assert np.abs(explanation.completeness_gap).max() < allowed * explanation.predictions.std()


def test_hooks_are_heeded():
    module = rectifiers()
    handle = module[0].register_forward_hook(lambda part, given, out: out**2)
    assert not IntegratedGradientsExplainer().fit(module, X).exact_
    handle.remove()
    assert IntegratedGradientsExplainer().fit(module, X).exact_


def test_behind_a_scaler_and_in_single_precision():
    model = make_pipeline(StandardScaler(), TorchPredictor(rectifiers().float(), classes=[0, 1, 2]))
    model.fit(X, y)
    explainer = IntegratedGradientsExplainer().fit(model, X)
    assert explainer.exact_
    assert np.abs(explainer.explain(X).completeness_gap).max() < 1e-5
