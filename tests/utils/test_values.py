"""Values of cells in words."""

import numpy as np
import pandas as pd
import pytest

from skxai.utils._values import two_texts


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (31000, 45000, ("31000", "45000")),
        (1.0, 2.5, ("1", "2.5")),
        (0.1234567, 0.2, ("0.1235", "0.2")),
        (17.99, 17.990001, ("17.99", "17.990001")),
        (np.nan, 3.0, ("missing", "3")),
        (pd.NA, 3, ("missing", "3")),
        (pd.Timestamp("2024-05-01"), pd.Timestamp("2024-05-02"), ("2024-05-01", "2024-05-02")),
        (np.float32(0.5), np.float32(0.25), ("0.5", "0.25")),
        (np.True_, np.False_, ("True", "False")),
        ("rent", "own", ("'rent'", "'own'")),
    ],
)
def test_values_can_be_told_apart(before, after, expected):
    assert two_texts(before, after) == expected
