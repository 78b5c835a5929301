"""What pytest leaves out where an optional package is not installed."""

from importlib.util import find_spec

collect_ignore = [
    f"skxai/predictors/_trees/_{package}.py"
    for package in ("lightgbm", "xgboost")
    if find_spec(package) is None
]
