import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxai import Explanation
from skxai.plotting._text import (
    elide,
    fit,
    label_with_values,
    number_format,
    plain,
    row_title,
    units_label,
    value_text,
)

_printable = st.text(st.characters(codec="ascii", exclude_characters="$\n\r\t\x0b\x0c"))


@settings(deadline=None, derandomize=True)
@given(_printable, st.integers(1, 2), st.integers(8, 40))
def test_fit_keeps_to_its_lines(text, n_lines, width):
    lines = fit(text, n_lines, width).split("\n")
    assert len(lines) <= n_lines
    has_value = " = " in text  # one line keeps eight characters of the name and the value
    if n_lines == 2 or not has_value:
        assert max(map(len, lines)) <= width


@settings(deadline=None, derandomize=True)
@given(st.text("ab_ ", min_size=1), st.integers(5, 40))
def test_fit_loses_only_the_middle(text, width):
    def letters(string):
        return string.replace(" ", "").replace("\n", "")

    fitted = fit(text, 2, width)
    head, ellipsis, tail = letters(fitted).partition("…")
    if ellipsis:
        assert letters(text).startswith(head)
        assert letters(text).endswith(tail)
        assert len(text) > width
    else:
        assert head == letters(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("age", "age"),
        ("mean_corpuscular_volume_of_red_cells", "mean_corpuscular_volume_of_\nred_cells"),
        ("annual household income before taxes", "annual household income\nbefore taxes"),
        ("worst fractal dimension = 0.09744", "worst fractal dimension\n= 0.09744"),
        ("a threshold with value 1234.90100", "a threshold with value\n1234.90100"),
        ("x" * 40, "x" * 28 + "\n" + "x" * 12),
        (
            "first_" * 5 + "middle_" * 5 + "last",
            "first_first_first_first_…\n_middle_middle_middle_last",
        ),
        ("cost_$_per_$", r"cost_\$_per_\$"),
    ],
)
def test_fit(text, expected):
    assert fit(text) == expected


def test_fit_on_one_line_keeps_the_value():
    assert fit("worst fractal dimension of all = 0.09744", 1) == "worst fra…n of all = 0.09744"


@settings(deadline=None, derandomize=True)
@given(st.text(), st.integers(3, 30))
def test_elide(text, width):
    short = elide(text, width)
    assert len(short) == min(len(text), width)
    assert short[0:1] == text[0:1]
    assert short[-1:] == text[-1:]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (39, "39"),
        (np.int64(-3), "−3"),
        (39.0, "39"),
        (1 / 3, "0.3333"),
        (np.float32(0.1), "0.1"),
        (-1234.5678, "−1235"),
        (1e-9, "1e−09"),
        (1.5e12, "1.5e+12"),
        (10**12, "1e+12"),
        (True, "True"),
        (np.bool_(False), "False"),
        (None, "missing"),
        (np.nan, "missing"),
        (pd.NaT, "missing"),
        (pd.NA, "missing"),
        ("clerk", "clerk"),
        ("two\nlines", "two lines"),
        ("a" * 15 + "b" * 15, "a" * 10 + "…" + "b" * 9),
        (pd.Timestamp("2024-05-01"), "2024-05-01"),
        (datetime.datetime(2024, 5, 1, 12, 30), "2024-05-01 12:30:00"),
        (np.datetime64("2024-05-01"), "2024-05-01"),
        (datetime.date(2024, 5, 1), "2024-05-01"),
        (np.inf, "inf"),
    ],
)
def test_value_text(value, expected):
    assert value_text(value) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([39], "age = 39"),
        ([1.5, "b"], "age = 1.5, b"),
        ([1, 2, 3, 4], "age (4 columns)"),
        (None, "age"),
        ([], "age"),
    ],
)
def test_label_with_values(values, expected):
    assert label_with_values("age", values) == expected


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([1.234, -0.5, 0.001], ["+1.23", "−0.50", "0.00"]),
        ([123.4, 5.0], ["+123", "+5"]),
        ([0.0456, -0.01], ["+0.0456", "−0.0100"]),
        ([1e-9, -2e-10, 0.0], ["+1.00e−09", "−2.00e−10", "0"]),
        ([2.5e7, 1.0], ["+2.50e+07", "+1.00e+00"]),
        ([0.0, 0.0], ["0.00", "0.00"]),
        ([-0.0001, 5.0], ["0.00", "+5.00"]),
    ],
)
def test_number_format(numbers, expected):
    write = number_format(numbers, sign=True)
    assert [write(number) for number in numbers] == expected


def test_number_format_without_sign():
    assert number_format([1.234])(1.234) == "1.23"


def test_plain_text_is_drawn_as_written():
    from matplotlib.figure import Figure

    figure = Figure()
    escaped = figure.text(0, 0, plain("$a$ and $b$"))
    written = figure.text(0, 0, "$a$ and $b$", parse_math=False)
    figure.canvas.draw()
    assert escaped.get_window_extent().width == written.get_window_extent().width


def test_units_label():
    one, two = np.zeros((2, 3)), np.zeros((2, 3, 2))
    explanation = Explanation(one, one[:, 0], one[:, 0], output_names=["yes"])
    assert units_label(explanation) == "units of the output 'yes'"
    assert units_label(Explanation(two, two[:, 0], two[:, 0])) == "units of each output"
    explanation = Explanation(one, one[:, 0], one[:, 0], targets=["a", "b"])
    assert units_label(explanation) == "units of each row's output"
    assert units_label(explanation[1]) == "units of the output 'b'"


def test_row_title():
    values = np.zeros((2, 3))
    plain_rows = Explanation(values, values[:, 0], values[:, 0])
    assert row_title(plain_rows, -1) == "row 1"
    assert row_title(plain_rows[1], 0) == ""  # its position is no longer known
    named = Explanation(
        values, values[:, 0], values[:, 0], index=pd.Index(["ann", "bob"]), targets=["cat", "dog"]
    )
    assert row_title(named, 1) == "row bob, explained class 'dog'"
    assert row_title(named[1], 0) == "row bob, explained class 'dog'"
