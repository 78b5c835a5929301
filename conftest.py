"""What pytest leaves out where an optional package is not installed."""

from importlib.util import find_spec

NEEDED = {
    "skxai/gradient/_lrp_torch.py": "torch",
    "skxai/gradient/_lrp_torch_layers.py": "torch",
    "skxai/gradient/_lrp_torch_operations.py": "torch",
    "skxai/predictors/_modules.py": "torch",
    "skxai/predictors/_skorch.py": "skorch",
    "skxai/predictors/_torch.py": "torch",
    "skxai/predictors/_trees/_lightgbm.py": "lightgbm",
    "skxai/predictors/_trees/_xgboost.py": "xgboost",
}

collect_ignore = [path for path, package in NEEDED.items() if find_spec(package) is None]
