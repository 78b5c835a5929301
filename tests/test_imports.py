"""Imports between the parts of the package run one way."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import skxai

ROOT = Path(skxai.__file__).parent

# Each part may import the parts before it.
LAYERS = ["utils", "explanation", "predictors", "maskers", "_coalitions", "_attributions", "base"]
FAMILIES = {
    "linear",
    "shapley",
    "surrogate",
    "counterfactual",
    "gradient",
    "influence",
    "activation",
    "concept",
}
# Pictures and measures know explanations, not explainers.
READERS = {"plotting", "metrics"}
LOADERS = {"datasets"}
# What uses several families.
TOP = {"compose", "network", "reporting"}
PARTS = {*LAYERS, *FAMILIES, *READERS, *LOADERS, *TOP}


def allowed(part):
    """The other parts that a part may import when it is itself imported."""
    if part in LAYERS:
        return set(LAYERS[: LAYERS.index(part)])
    if part in FAMILIES:
        return set(LAYERS)
    if part == "metrics":  # they ask the model, with features absent
        return set(LAYERS) - {"base"}
    if part in READERS:
        return {"utils", "explanation"}
    if part in LOADERS:
        return {"utils"}
    return PARTS


def part_of(module):
    """The part of the package that ``skxai.x.y`` belongs to: ``x``."""
    return module.split(".")[1] if "." in module else ""


def imported_modules(source, module):
    """Modules that running this source imports: those inside functions do not count."""
    found = []
    waiting = list(ast.parse(source).body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".")[: -node.level]
                base = ".".join([*package, base]) if base else ".".join(package)
            found += [f"{base}.{alias.name}" for alias in node.names] if base == "skxai" else [base]
        waiting += ast.iter_child_nodes(node)
    return [name for name in found if name.split(".")[0] == "skxai"]


def modules():
    """(dotted name, path) of every module of the package."""
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(["skxai", *path.relative_to(ROOT).with_suffix("").parts])
        yield name, path


def wrong_arrows(module, source):
    """Imports of this module that go against the arrows."""
    part = part_of(module)
    return [
        name
        for name in imported_modules(source, module)
        if part_of(name) not in {*allowed(part), part}
    ]


def test_every_part_has_a_place():
    parts = {part_of(name) for name, _ in modules()} - {"__init__"}
    assert parts <= PARTS, f"no layer is known for {sorted(parts - PARTS)}"


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=[name for name, _ in modules()])
def test_imports_run_one_way(module, path):
    if module == "skxai.__init__":
        return
    assert wrong_arrows(module, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "source", "wrong"),
    [
        ("skxai.linear._a", "from skxai.shapley import x", ["skxai.shapley"]),
        ("skxai.linear._a", "import skxai.shapley._exact", ["skxai.shapley._exact"]),
        ("skxai.linear._a", "from skxai import compose, base", ["skxai.compose"]),
        ("skxai.linear._a", "from ..shapley import x", ["skxai.shapley"]),
        ("skxai.linear._a", "from ._b import x\nfrom skxai.base import y", []),
        ("skxai.utils._a", "if True:\n    import skxai.explanation", ["skxai.explanation"]),
        ("skxai.utils._a", "class A:\n    import skxai.base", ["skxai.base"]),
        ("skxai.utils._a", "def f():\n    import skxai.explanation", []),
        ("skxai.maskers._a", "from skxai.predictors import x\nimport numpy", []),
        ("skxai.predictors._a", "from skxai.maskers import x", ["skxai.maskers"]),
        ("skxai.plotting._a", "from skxai.explanation import x\nimport skxai.utils", []),
        ("skxai.plotting._a", "from skxai.base import x", ["skxai.base"]),
        ("skxai.plotting._a", "from skxai.predictors import x", ["skxai.predictors"]),
        ("skxai.metrics._a", "from skxai.maskers import x\nimport skxai.predictors", []),
        ("skxai.metrics._a", "from skxai.base import x", ["skxai.base"]),
        ("skxai.base", "from skxai.shapley import x", ["skxai.shapley"]),
        ("skxai.base", "import skxai", ["skxai"]),
        ("skxai.compose._a", "from skxai.shapley import x\nimport skxai.base", []),
    ],
)
def test_wrong_arrows_are_found(module, source, wrong):
    assert wrong_arrows(module, source) == wrong


# -- what is loaded ----------------------------------------------------------------------------

REQUIRED = "sklearn, pandas, scipy, joblib, threadpoolctl"
HEAVY = ["matplotlib", "networkx", "torch", "pyarrow", "dask", "distributed"]
OURS = ["skxai.plotting", "skxai.metrics", "skxai.datasets"]


def loaded_by(code):
    """Which of the heavy modules are loaded after this code, in a fresh process."""
    code = f"{code}\nimport sys\nprint(*[name for name in {HEAVY + OURS} if name in sys.modules])"
    command, root = [sys.executable, "-c", code], ROOT.parent
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_is_light():
    with_others = loaded_by(f"import {REQUIRED}")  # pandas loads pyarrow, if it is there
    assert loaded_by(f"import {REQUIRED}, skxai") == with_others


def test_what_is_loaded_is_seen():
    assert loaded_by("import skxai.plotting, skxai.metrics") >= {"skxai.plotting", "skxai.metrics"}


def test_parts_are_loaded_when_used():
    code = "import skxai\nassert 'metrics' in dir(skxai)\nskxai.metrics.sparsity"
    assert "skxai.metrics" in loaded_by(code)
    with pytest.raises(AttributeError, match="'skxai' has no attribute 'plots'"):
        _ = skxai.plots
