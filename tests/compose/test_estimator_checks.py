"""All checks of scikit-learn on AttributionTransformer."""

import os
import subprocess
import sys

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator

from skxai import AttributionTransformer, ShapleyExplainer, TabularMasker

# The checks of scikit-learn 1.6; later versions have more.
N_CHECKS = 46
# It needs an environment variable that must be set before scipy is imported.
IN_A_PROCESS_OF_ITS_OWN = {"check_array_api_input"}

EXPLAINER = ShapleyExplainer(masker=TabularMasker(n_samples=5, random_state=0), random_state=0)
ESTIMATORS = [
    LinearRegression(),
    LogisticRegression(),
    KNeighborsRegressor(n_neighbors=2),
    DecisionTreeClassifier(max_depth=2, random_state=0),
    RandomForestClassifier(n_estimators=3, max_depth=2, random_state=0),
]
TRANSFORMERS = [AttributionTransformer(EXPLAINER, estimator) for estimator in ESTIMATORS]


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=lambda t: type(t.estimator).__name__)
def test_all_checks_pass(transformer):
    results = check_estimator(transformer, on_skip=None, on_fail="raise")
    not_passed = {result["check_name"] for result in results if result["status"] != "passed"}
    assert not_passed <= IN_A_PROCESS_OF_ITS_OWN
    assert len(results) - len(not_passed) >= N_CHECKS


def test_no_check_is_skipped():
    code = (
        "from sklearn.linear_model import LinearRegression\n"
        "from sklearn.utils.estimator_checks import check_estimator\n"
        "from skxai import AttributionTransformer, ShapleyExplainer, TabularMasker\n"
        "masker = TabularMasker(n_samples=5, random_state=0)\n"
        "explainer = ShapleyExplainer(masker=masker, random_state=0)\n"
        "results = check_estimator(AttributionTransformer(explainer, LinearRegression()))\n"
        "print(*[result['status'] for result in results])\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "SCIPY_ARRAY_API": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    statuses = done.stdout.split()
    assert set(statuses) == {"passed"}
    assert len(statuses) >= N_CHECKS


# Checks that scikit-learn runs on its own transformers, but that check_estimator leaves out.
# Some give arrays after a fit on a DataFrame, or the reverse, which warns, as it should.
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize(
    "name",
    [
        "check_transformer_get_feature_names_out",
        "check_transformer_get_feature_names_out_pandas",
        "check_set_output_transform",
        "check_set_output_transform_pandas",
        "check_global_output_transform_pandas",
        "check_dataframe_column_names_consistency",
        "check_param_validation",
    ],
)
def test_checks_of_its_own_transformers_pass(name):
    getattr(estimator_checks, name)("AttributionTransformer", TRANSFORMERS[0])
