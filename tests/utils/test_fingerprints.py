"""Fingerprints: the same for the same, in any process; other for others."""

import copy
import os
import pickle
import subprocess
import sys
import textwrap
import types

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor

from skxai.utils._fingerprints import fingerprint


def data():
    rng = np.random.RandomState(0)
    return rng.standard_normal((60, 3)).round(2), rng.standard_normal(60).round(2)


MODELS = {
    "forest": lambda: RandomForestRegressor(4, random_state=0).fit(*data()),
    "boosting": lambda: HistGradientBoostingRegressor(max_iter=4, random_state=0).fit(*data()),
    "function": lambda: lambda X, scale=2.0: scale * X[:, 0],
    "nested": lambda: {"b": [1, (2, "x")], "a": {3, 1, 2}, 5: None, (1, 2): b"bytes"},
}


@pytest.mark.parametrize("name", MODELS)
def test_the_same_made_twice(name):
    assert fingerprint(MODELS[name]()) == fingerprint(MODELS[name]())


@pytest.mark.parametrize("name", ["forest", "boosting", "nested"])
def test_the_same_from_a_pickle(name):
    thing = MODELS[name]()
    assert fingerprint(pickle.loads(pickle.dumps(thing))) == fingerprint(thing)


def test_the_same_in_another_process():
    code = textwrap.dedent(
        """
        from skxai.utils._fingerprints import fingerprint
        class Model:
            towns = {"Ulm", "Bonn", "Jena"}
            def __init__(self):
                self.seen = frozenset("abc"), {None, "a", 1}, {(1, "x"), (None, "y")}
            def predict(self, X):
                return [x in {"Ulm", "Bonn", "Jena"} for x in X]
        def function(x, n=3):
            return Model().predict(x), {x: (n, "text")}
        print(fingerprint({"b": {"x", "y", "z"}, "a": function, "c": Model()}))
        """
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in "012"
    }
    assert len(found) == 1


def adds(n):
    return lambda x: x + n


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda x: x + 1, lambda x: x - 1),
        (lambda x: x + 1, lambda x: x + 2),
        (lambda x, n=1: x + n, lambda x, n=2: x + n),
        (lambda x, *, n=1: x + n, lambda x, *, n=2: x + n),
        (adds(1), adds(2)),
        (lambda x: [y + 1 for y in x], lambda x: [y + 2 for y in x]),
        (np.zeros(3), np.zeros(4)),
        (np.zeros(3), np.zeros(3, dtype=np.float32)),
        (np.array([0.0, 1.0]), np.array([0.0, np.nextafter(1.0, 2.0)])),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        ({"a": 1}, {"b": 1}),
        ({"a": 1, "b": 2}, {"a": 2, "b": 1}),
        (1, "1"),
        (np.array([1, "a"], dtype=object), np.array(["1", "a"], dtype=object)),
        (np.array([None, "a"], dtype=object), np.array([np.nan, "a"], dtype=object)),
        ({"a", "b"}, frozenset({"a", "b"})),
        ({None, "a"}, {None, "b"}),
    ],
)
def test_others_differ(one, other):
    assert fingerprint(one) != fingerprint(other)


def test_the_order_of_a_dictionary_does_not_count():
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})


def test_the_layout_of_an_array_does_not_count():
    X = np.arange(6.0).reshape(2, 3)
    same = [np.asfortranarray(X), np.repeat(X, 2, axis=1)[:, ::2], X.view()]
    assert {fingerprint(X), *map(fingerprint, same)} == {fingerprint(X)}
    assert fingerprint(X.astype(object)) == fingerprint(np.asfortranarray(X.astype(object)))
    assert fingerprint(np.array(1.0)) != fingerprint(np.array(2.0))
    assert fingerprint(X[:0]) == fingerprint(X[:0].copy())


def test_what_cannot_be_pickled_is_refused_wherever_it_is():
    for thing in (sys.stdout, {"a": sys.stdout}, [adds(sys.stdout)]):
        with pytest.raises(TypeError, match="has no fingerprint"):
            fingerprint(thing)


def test_what_is_nested_too_deeply_is_refused():
    thing = []
    for _ in range(sys.getrecursionlimit()):
        thing = [thing]
    with pytest.raises(TypeError, match=r"^list has no fingerprint: too deep"):
        fingerprint(thing)


# -- code ----------------------------------------------------------------------------------------


def script(text, name="__main__"):
    """What a script defines that is not installed."""
    module = types.ModuleType(name)
    exec(textwrap.dedent(text), vars(module))
    return module


FUNCTIONS = """
    import numpy as np

    weights = np.array([1.0, 2.0])
    shift = 3

    def inner(X):
        return [X @ weights for _ in range(1)][0]

    def predict(X):
        return np.sin(inner(X)) + 1

    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n):
        return n > 0 and even(n - 1)

    class Base:
        limit = 2

        def clip(self, X):
            return X.clip(self.limit)

    class Model(Base):
        def __init__(self):
            self.weights = weights

        def predict(self, X):
            return super().clip(X) @ self.weights

        @property
        def half(self):
            return self.limit / 2

        @staticmethod
        def scale(X):
            return 2 * X
    """


@pytest.mark.parametrize(
    ("thing", "before", "after", "counts"),
    [
        ("predict", "[1.0, 2.0]", "[1.0, 2.5]", True),  # of a function that it calls
        ("predict", "X @ weights", "X @ -weights", True),
        ("predict", "shift = 3", "shift = 4", False),
        ("predict", "np.sin", "np.cos", True),
        ("even", "n > 0", "n > 1", True),
        ("Model", "X.clip", "-X.clip", True),
        ("Model", "limit = 2", "limit = 3", True),
        ("Model", "limit / 2", "limit / 3", True),
        ("Model", "2 * X", "3 * X", True),
        ("Model", "np.sin", "np.cos", False),
    ],
)
def test_code_of_scripts_and_what_it_reads(thing, before, after, counts):
    assert before in FUNCTIONS

    def found(text):
        made = getattr(script(text), thing)
        return fingerprint(made() if isinstance(made, type) else made)

    assert found(FUNCTIONS) == found(FUNCTIONS)
    assert (found(FUNCTIONS.replace(before, after)) != found(FUNCTIONS)) == counts


def test_bound_methods():
    first, second = (script(FUNCTIONS.replace("X.clip", new)) for new in ("X.clip", "-X.clip"))
    assert fingerprint(first.Model().predict) != fingerprint(second.Model().predict)
    assert fingerprint(first.Model().predict) == fingerprint(script(FUNCTIONS).Model().predict)


def test_functions_that_enclose_modules_and_themselves():
    def made(shift):
        import math

        def factorial(n):
            return math.inf if n > 99 else shift if n == 0 else n * factorial(n - 1)

        return factorial

    assert fingerprint(made(1)) == fingerprint(made(1))
    assert fingerprint(made(1)) != fingerprint(made(2))


def test_globals_of_installed_packages_are_left_alone(monkeypatch):
    """They may be caches and locks."""
    before = fingerprint(copy.copy)
    monkeypatch.setattr(copy, "_copy_dispatch", sys.stdout)
    assert fingerprint(copy.copy) == before


def test_an_error_tells_which_global_it_is():
    text = "import sys\nlog = sys.stdout\ndef predict(X):\n    log.write('')\n    return X\n"
    with pytest.raises(TypeError, match=r"has no fingerprint: log of predict: cannot pickle"):
        fingerprint(script(text).predict)
    locks = text.replace("sys.stdout", "sys.modules['threading'].RLock()")
    assert fingerprint(script(locks).predict) == fingerprint(script(locks).predict)


def test_networks_of_torch():
    """Their pickles hold addresses."""
    torch = pytest.importorskip("torch")

    def made(weight=0.5, dtype=torch.float32):
        net = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Tanh())
        torch.nn.init.constant_(net[0].weight, weight)
        torch.nn.init.constant_(net[0].bias, 0.25)
        return net.to(dtype)

    expected = fingerprint(made())
    assert fingerprint(made()) == expected
    assert fingerprint(pickle.loads(pickle.dumps(made()))) == expected
    others = [made(0.75), made(dtype=torch.float64), made(dtype=torch.bfloat16), made()[:1]]
    assert len({expected, *map(fingerprint, others)}) == 5


# -- tables ------------------------------------------------------------------------------------


def frame():
    return pd.DataFrame(
        {
            "number": [1.5, np.nan, -2.0],
            "count": pd.array([1, None, 3], dtype="Int64"),
            "town": ["Ulm", None, "Bonn"],
            "size": pd.Categorical(["S", "L", "S"]),
            "since": pd.to_datetime(["2020-01-01", None, "2021-05-05"]),
        },
        index=["x", "y", "z"],
    )


def with_cell(row, column, value):
    table = frame()
    table.iloc[row, column] = value
    return table


def with_objects(*cells):
    return frame().assign(town=pd.Series(cells, dtype=object, index=frame().index))


TABLES = {
    "number": with_cell(0, 0, 1.25),
    "zero": with_cell(0, 0, 0.0),
    "negative zero": with_cell(0, 0, -0.0),
    "objects": with_objects(1, "x", None),
    "digits": with_objects("1", "x", None),
    "no text": with_objects(1, "x", np.nan),
    "lists": with_objects([1], [2], [3]),
    "other lists": with_objects([1], [2], [4]),
    "number of a label": frame().set_axis([0, 1, 2]),
    "digits of a label": frame().set_axis(["0", "1", "2"]),
    "two labels": frame().set_axis(pd.MultiIndex.from_arrays([["x", "y", "z"], [0, 1, 2]])),
    "two digits": frame().set_axis(pd.MultiIndex.from_arrays([["x", "y", "z"], ["0", "1", "2"]])),
    "name of the labels": frame().rename_axis("id"),
    "missing number": with_cell(0, 0, np.nan),
    "count": with_cell(0, 1, 2),
    "town": with_cell(0, 2, "Bonn"),
    "missing town": with_cell(0, 2, None),
    "size": with_cell(0, 3, "L"),
    "since": with_cell(0, 4, pd.Timestamp("2020-01-02")),
    "label": frame().set_axis(["x", "y", "w"]),
    "order": frame().iloc[[1, 0, 2]],
    "columns": frame()[["count", "number", "town", "size", "since"]],
    "renamed": frame().rename(columns={"number": "Number"}),
    "categories": frame().assign(size=pd.Categorical(["S", "L", "S"], ["S", "L", "M"])),
    "ordered": frame().assign(size=frame()["size"].cat.as_ordered()),
    "dtype": frame().astype({"number": np.float32}),
    "fewer": frame()[:2],
}


def test_tables_that_differ_in_anything():
    found = {fingerprint(frame()), *map(fingerprint, TABLES.values())}
    assert len(found) == 1 + len(TABLES)
    assert fingerprint(frame()) == fingerprint(frame().copy())


def test_arrays_lists_and_matrices(tmp_path):
    X = np.arange(6.0).reshape(3, 2)
    np.save(tmp_path / "X.npy", X)
    on_disk = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert fingerprint(on_disk) == fingerprint(X)
    assert fingerprint(X[:2]) != fingerprint(X[1:])
    assert fingerprint(["a", "b"]) != fingerprint(["a", "c"])
    assert fingerprint(sp.csr_matrix(X)) != fingerprint(sp.csr_matrix(X + 1))
    assert fingerprint(sp.csr_matrix(X)) == fingerprint(sp.csr_matrix(X))
