"""Random mixtures of dtypes, labels, magnitudes and numbers of rows.

A column is drawn as codes from 0 to 4 and put into some dtype. The model turns cells back into
numbers, and refuses any dtype or label but those it knows. What comes is compared with sums over
the numbers, and with the same table in plain dtypes.
"""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin

from skxai import CounterfactualExplainer, LimeExplainer, ShapleyExplainer
from skxai.utils._checks._compare import assert_same_result

N_CODES = 5
MISSING = -7.0  # what the model makes of a missing or infinite cell
NO_GAP = object()


# -- columns ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Numbers:
    """Numbers in some dtype, times a power of two; code 0 may be a missing cell."""

    dtype: str
    exponent: int = 0
    gap: object = NO_GAP

    def numbers(self, codes):
        """What the model makes of them."""
        shift = 2 if self._is_whole else 1.75
        gaps = (codes == 0) & (self.gap is not NO_GAP)
        return np.where(gaps, MISSING, codes - shift)

    def odd(self, codes):
        cells = np.ldexp(self.numbers(codes), self.exponent).astype(object)
        if self._is_whole:
            cells[:] = [int(cell) for cell in cells]
        if self.gap is not NO_GAP:
            cells[codes == 0] = self.gap
        return pd.Series(cells, dtype=object).astype(self.dtype)

    def plain(self, codes):
        numbers = self.numbers(codes)
        if self.gap is NO_GAP:
            return pd.Series(numbers, dtype="int64" if self._is_whole else float)
        if self._is_whole:  # numpy has no whole numbers with gaps
            return pd.Series([None if x == MISSING else int(x) for x in numbers], dtype=object)
        return pd.Series(np.where(numbers == MISSING, np.nan, numbers))

    def read(self, column, is_plain):
        cells = column.to_numpy(dtype=float, na_value=np.nan)
        scaled = np.ldexp(cells, 0 if is_plain else -self.exponent)
        return np.where(np.isfinite(scaled), scaled, MISSING)

    @property
    def _is_whole(self):
        return "int" in self.dtype.lower()


@dataclass(frozen=True)
class Kinds:
    """Cells that are no numbers, one for each code; equal ones may come twice."""

    cells: tuple
    dtype: object = object

    def numbers(self, codes):
        known = [MISSING if _is_missing(cell) else self._first(cell) for cell in self.cells]
        return np.array(known, dtype=float)[codes]

    def odd(self, codes):
        cells = np.empty(len(codes), dtype=object)
        cells[:] = [self.cells[code] for code in codes]
        return pd.Series(cells, dtype=object).astype(self.dtype)

    def plain(self, codes):
        numbers = self.numbers(codes)
        return pd.Series([None if x == MISSING else str(x) for x in numbers], dtype=object)

    def read(self, column, is_plain):
        read = float if is_plain else self._first
        return np.array([MISSING if _is_missing(cell) else read(cell) for cell in column])

    def _first(self, cell):
        return [str(known) for known in self.cells].index(str(cell))


def _is_missing(cell):
    return not isinstance(cell, tuple) and bool(pd.isna(cell))


TEXTS = ("a", "b", "", "日本", "<i>")
DAYS = tuple(pd.date_range("2020-03-28", periods=N_CODES, freq="12h"))
ZONED = tuple(pd.date_range("2020-03-28", periods=N_CODES, tz="Europe/Berlin"))
COLUMNS = {
    "float64": Numbers("float64"),
    "about 1e300": Numbers("float64", 995),
    "about 1e-300": Numbers("float64", -995),
    "denormal": Numbers("float64", -1050),
    "float64 with NaN": Numbers("float64", 3, np.nan),
    "float64 with inf": Numbers("float64", 0, np.inf),
    "float32": Numbers("float32"),
    "int64": Numbers("int64"),
    "int8": Numbers("int8"),
    "Int64 with NA": Numbers("Int64", 0, pd.NA),
    "Float64 with NA": Numbers("Float64", 0, pd.NA),
    "objects": Numbers("object"),
    "objects with None": Numbers("object", 0, None),
    "bool": Kinds((True, False, True, False, True), bool),
    "boolean with NA": Kinds((pd.NA, True, False, True, False), "boolean"),
    "texts": Kinds(TEXTS),
    "texts with None": Kinds((None, *TEXTS[1:])),
    "string with NA": Kinds((pd.NA, *TEXTS[1:]), "string"),
    "category": Kinds(TEXTS, pd.CategoricalDtype(TEXTS)),
    "ordered category": Kinds(TEXTS, pd.CategoricalDtype(TEXTS[::-1], ordered=True)),
    "category of what is there": Kinds(TEXTS, "category"),
    "category with NaN": Kinds((np.nan, *TEXTS[1:]), "category"),
    "category of numbers": Kinds((5, 3, 1, 2, 4), "category"),
    "mixture": Kinds(("a", 7, b"a", ("a", 7), 2.5)),
    "equal things": Kinds((True, 1, "a", "b", "c")),
    "dates": Kinds(DAYS, "datetime64[ns]"),
    "dates with NaT": Kinds((pd.NaT, *DAYS[1:]), "datetime64[ns]"),
    "dates of a zone": Kinds(ZONED, "datetime64[ns, Europe/Berlin]"),
    "durations": Kinds(tuple(day - DAYS[0] for day in DAYS), "timedelta64[ns]"),
    "periods": Kinds(tuple(day.to_period("h") for day in DAYS), "period[h]"),
}


# -- tables ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """Codes, and what is made of them."""

    columns: list
    background: np.ndarray
    rows: np.ndarray
    labels: pd.Index
    index: pd.Index

    def odd(self, codes):
        parts = [column.odd(own) for column, own in zip(self.columns, codes.T)]
        frame = pd.concat(parts, axis=1)
        frame.columns = self.labels
        return frame.set_axis(self.index) if codes is self.rows else frame

    def plain(self, codes):
        parts = [column.plain(own) for column, own in zip(self.columns, codes.T)]
        return pd.concat(parts, axis=1, keys=[f"x{j}" for j in range(len(parts))])

    def numbers(self, codes):
        return np.column_stack([c.numbers(own) for c, own in zip(self.columns, codes.T)])


LABELS = [
    lambda n: [f"x{j}" for j in range(n)],
    lambda n: ["a"] * n,
    lambda n: list(range(n, 0, -1)),
    lambda n: ["1", 1, None, np.nan][:n],
    lambda n: pd.MultiIndex.from_product([["u"], range(n)]),
    lambda n: pd.MultiIndex.from_arrays([["u"] * n, ["v"] * n]),
    lambda n: pd.CategoricalIndex(["b"] * n, categories=["b", "a"]),
    lambda n: pd.date_range("2020-01-01", periods=n, tz="Asia/Tokyo"),
]


@st.composite
def tables(draw, first, names=tuple(COLUMNS), least_background=1):
    """With one column of the dtype `first`, and up to three others."""
    n_columns, n_rows = draw(st.integers(1, 4)), draw(st.sampled_from([3, 1, 5, 0]))
    n_background = draw(st.integers(least_background, 6))
    labels, index = draw(st.sampled_from(LABELS)), draw(st.sampled_from(LABELS[:3] + LABELS[4:]))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.RandomState([seed, names.index(first)])
    others = rng.choice([name for name in names if name != first], n_columns - 1, replace=False)
    columns = [COLUMNS[name] for name in rng.permutation([first, *others])]
    background, rows = (rng.randint(N_CODES, size=(n, n_columns)) for n in (n_background, n_rows))
    return Table(columns, background, rows, pd.Index(labels(n_columns)), pd.Index(index(n_rows)))


# -- models ----------------------------------------------------------------------------------------


def formula(V):
    """With interactions of all columns; an axis of columns is the last."""
    own = (V * np.arange(1, V.shape[-1] + 1)).sum(axis=-1)
    return own + V[..., 0] * V[..., -1] + np.maximum(V, 0).prod(axis=-1)


class Model(BaseEstimator):
    """The formula of what it reads, in tables like one that it knows."""

    def __init__(self, columns, like, is_plain=False):
        self.columns = columns
        self.like = like
        self.is_plain = is_plain

    def __sklearn_is_fitted__(self):
        return True

    def read(self, X):
        assert X.columns.equals(self.like.columns)
        for dtype, known in zip(X.dtypes, self.like.dtypes):
            levels = isinstance(known, pd.CategoricalDtype)  # there may be more of them
            assert type(dtype) is type(known) if levels else dtype == known
        own = [c.read(X.iloc[:, j], self.is_plain) for j, c in enumerate(self.columns)]
        return np.column_stack(own)

    def predict(self, X):
        return formula(self.read(X))


class Classifier(ClassifierMixin, Model):
    """Whether the formula is above its median."""

    classes_ = np.array(["high", "low"])

    def predict_proba(self, X):
        usual = np.median(formula(self.read(self.like)))
        low = 1 / (1 + np.exp(np.clip(formula(self.read(X)) - usual, -30, 30)))
        return np.column_stack([1 - low, low])

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


# -- tests -----------------------------------------------------------------------------------------

few = settings(max_examples=5, deadline=None, derandomize=True)


def shapley_values(rows, background):
    """Sums over all coalitions, for the formula; shape (n_rows, n_columns)."""
    n = rows.shape[1]

    def worth(players):
        blend = np.where(np.isin(range(n), players), rows[:, None], background[None])
        return formula(blend).mean(axis=1)

    values = np.zeros(rows.shape)
    for player in range(n):
        others = [other for other in range(n) if other != player]
        for size in range(n):
            for players in combinations(others, size):
                gain = worth([*players, player]) - worth(list(players))
                values[:, player] += gain / (n * comb(n - 1, size))
    return values


@pytest.mark.parametrize("name", COLUMNS)
@few
@given(data=st.data())
def test_shapley_values_are_sums_over_coalitions(name, data):
    table = data.draw(tables(name))
    background, X = table.odd(table.background), table.odd(table.rows)
    explainer = ShapleyExplainer(algorithm="exact").fit(
        Model(table.columns, background), background
    )
    explanation = explainer.explain(X)
    numbers = table.numbers(table.rows), table.numbers(table.background)
    np.testing.assert_allclose(explanation.values, shapley_values(*numbers), atol=1e-9)
    np.testing.assert_allclose(explanation.base_values, formula(numbers[1]).mean())
    np.testing.assert_allclose(explanation.completeness_gap, 0, atol=1e-9)
    assert list(explanation.feature_names) == [str(label) for label in table.labels]
    assert explanation.index.equals(table.index)
    pd.testing.assert_frame_equal(explanation.data, X)


@pytest.mark.parametrize("name", COLUMNS)
@few
@given(data=st.data())
def test_lime_is_that_of_the_plain_table(name, data):
    table = data.draw(tables(name, least_background=5))
    found = []
    for make, is_plain in ((table.odd, False), (table.plain, True)):
        background, X = make(table.background), make(table.rows)
        explainer = LimeExplainer(n_samples=32, random_state=0)
        explainer.fit(Model(table.columns, background, is_plain), background)
        found.append(explainer.explain(X))
    about_tables = ["data", "index", "feature_names", "method"]
    assert_same_result(*found, "not as in plain dtypes", tol=1e-5, ignore=about_tables)


# Of dates, those between are tried too, which the model does not know; infinity is refused; a
# column that changes from True to 1 counts as unchanged.
LEFT = ("dates", "durations", "float64 with inf", "equal things")
OF_COUNTERFACTUALS = tuple(name for name in COLUMNS if not name.startswith(LEFT))


@pytest.mark.parametrize("name", OF_COUNTERFACTUALS)
@few
@given(data=st.data())
def test_counterfactuals_are_rows_of_the_other_class(name, data):
    table = data.draw(tables(name, OF_COUNTERFACTUALS, least_background=3))
    background, X = table.odd(table.background), table.odd(table.rows)
    model = Classifier(table.columns, background)
    assume(len(set(model.predict(background))) == 2)
    explainer = CounterfactualExplainer(algorithm="nearest", max_evals=40, random_state=0)
    explanation = explainer.fit(model, background).explain(X)
    # Some row of the background is of the other class, so there is one to be found.
    assert explanation.found.all()
    assert (model.predict(explanation.counterfactuals) != model.predict(X)).all()
    assert explanation.counterfactuals.index.equals(table.index)
    same = model.read(explanation.counterfactuals) == model.read(X)
    np.testing.assert_array_equal(explanation.changed, ~same)
