"""Explanations in a folder of Parquet files: what is in them, and starting again."""

import json
import pathlib

import numpy as np
import pandas as pd
import pytest
from logging_models import Fragile, Product
from numpy.testing import assert_array_equal
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPRegressor

from skxai import (
    CounterfactualExplainer,
    Explanation,
    InteractionExplanation,
    LimeExplainer,
    LRPExplainer,
    ShapleyExplainer,
    TextMasker,
)
from skxai.explanation import ExplanationBatches
from skxai.explanation._parquet import read_parquet, write_parquet
from skxai.utils._checks._compare import assert_same_result

pq = pytest.importorskip("pyarrow.parquet")

COLUMNS = ["a", "b", "c"]


def table(n_rows=10, seed=0, **options):
    X = np.random.default_rng(seed).standard_normal((n_rows, 3)).round(2)
    return pd.DataFrame(X, columns=COLUMNS, **options)


def explainer_of(model=None, X=None, **parameters):
    explainer = ShapleyExplainer(**parameters)
    return explainer.fit(model or Product(), table() if X is None else X)


def pieces(X, size=4):
    return [X[start : start + size] for start in range(0, len(X), size)]


def files_of(folder):
    return {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}


# -- what is in the files ----------------------------------------------------------------------


def test_pandas_reads_all_parts_as_one_table(tmp_path):
    X = table(index=[f"id {k}" for k in range(10)])
    explainer = explainer_of(algorithm="permutation", random_state=0, max_evals=100)
    explainer.explain_batches(pieces(X)).to_parquet(tmp_path / "why")
    frame = pd.read_parquet(tmp_path / "why")
    expected = explainer.explain(X)
    assert list(frame.columns) == [
        *(f"values/{name}" for name in COLUMNS),
        "base_values",
        "predictions",
        *(f"std_errors/{name}" for name in COLUMNS),
        "n_evals",
    ]
    assert list(frame.index) == list(X.index)
    assert_array_equal(frame.filter(like="values/"), expected.values)
    assert_array_equal(frame.filter(like="std_errors/"), expected.std_errors)
    assert_array_equal(frame["base_values"], expected.base_values)
    assert_array_equal(frame["predictions"], expected.predictions)


def test_rows_without_labels_are_numbered_on(tmp_path):
    X = table().to_numpy()
    explainer_of(X=X).explain_batches(X, batch_size=4).to_parquet(tmp_path / "why")
    assert list(pd.read_parquet(tmp_path / "why").index) == list(range(10))
    assert all(part.index is None for part in ExplanationBatches.from_parquet(tmp_path / "why"))


LABELS = {
    "none in the first batch": (pd.Index([], dtype=object), pd.Index(["a", "b"])),
    "missing at first": (pd.Index([None, None], dtype=object), pd.Index(["a", "b"])),
    "texts": (pd.Index(["a"], dtype=object), pd.Index(["b"])),
    "categories": (
        pd.CategoricalIndex([f"a{k}" for k in range(100)]),
        pd.CategoricalIndex([f"b{k}" for k in range(100)]),
    ),
    "more categories": (
        pd.CategoricalIndex(["a"]),
        pd.CategoricalIndex([f"b{k}" for k in range(300)]),
    ),
    "seconds": tuple(pd.DatetimeIndex([f"{y}-01-01"]).as_unit("s") for y in (2020, 2021)),
    "zones": tuple(pd.date_range(f"{y}", periods=2, tz="Europe/Berlin") for y in (2020, 2021)),
    "periods": tuple(pd.period_range(f"{y}", periods=2, freq="M") for y in (2020, 2021)),
    "several": tuple(
        pd.MultiIndex.from_product([["x", "y"], pd.Categorical([f"{y}"])], names=["k", None])
        for y in (2020, 2021)
    ),
    "named like a column": (pd.Index([1], name="predictions"), pd.Index([2], name="predictions")),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_of_all_batches_become_one_index(tmp_path, name):
    first, second = LABELS[name]
    batches = [table(len(index), index=index) for index in (first, second)]
    explainer_of().explain_batches(batches).to_parquet(tmp_path)
    frame = pd.read_parquet(tmp_path)
    expected = [*first, *second]
    assert [None if x != x else x for x in frame.index] == expected
    assert list(frame.index.names) == list(first.names)
    assert_array_equal(frame["predictions"], [x for b in batches for x in Product().predict(b)])


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (
            list("abcd"),
            "here the labels are string, and in part-00000.parquet the labels are int64",
        ),
        ([0.5, 1, 2, 3], "here the labels are double, and in part-00000.parquet"),
        (pd.Index(range(4), name="id"), "here column 'id' is int64, and in part-00000.parquet"),
        (pd.MultiIndex.from_product([[0, 1], [0, 1]]), ".* in part-00000.parquet there are fewer"),
    ],
    ids=["texts", "fractions", "name", "two"],
)
def test_labels_that_make_no_one_table_are_refused(tmp_path, index, words):
    """Now, and not when the folder is read."""
    batches = [table(4), table(4, index=index)]
    with pytest.raises(ValueError, match=rf"^all batches become one table, but {words}") as caught:
        explainer_of().explain_batches(batches).to_parquet(tmp_path)
    assert "in batch 1, rows 4 to 7" in str(caught.value)
    assert sorted(files_of(tmp_path)) == ["_skxai.json", "part-00000.parquet"]


def test_labels_that_have_no_type_in_parquet(tmp_path):
    words = "^Parquet has no type for the labels of the rows: .* of one kind.*in batch 0, rows 0 to"
    with pytest.raises(TypeError, match=words):
        explainer_of().explain_batches([table(3, index=["a", 1, 2.5])]).to_parquet(tmp_path)


def test_several_outputs(tmp_path):
    X, y = load_iris(return_X_y=True, as_frame=True)
    model = RandomForestClassifier(5, max_depth=3, random_state=0).fit(X, y)
    explainer = ShapleyExplainer().fit(model, X[:20])
    explainer.explain_batches(pieces(X, 60)).to_parquet(tmp_path)
    frame = pd.read_parquet(tmp_path)
    expected = explainer.explain(X)
    for name in model.classes_:
        column = frame[f"values/petal length (cm)/{name}"]
        assert_array_equal(column, expected.output(name)[:, "petal length (cm)"].values.ravel())
        assert_array_equal(frame[f"predictions/{name}"], expected.output(name).predictions)


def results():
    """Results of several kinds, by name."""
    X = table(labels := 8)
    y = X["a"] * X["b"]
    mlp = MLPRegressor(hidden_layer_sizes=(3,), max_iter=20, random_state=0, solver="lbfgs")
    mlp.fit(X.to_numpy(), y)
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([["x", "y"], pd.date_range("2020", periods=4)])
    classes = RandomForestClassifier(3, random_state=0).fit(X, y.round().astype(int).astype(str))
    yield "lime", LimeExplainer(n_samples=64, random_state=0).fit(Product(), X).explain(X)
    yield "lrp", LRPExplainer().fit(mlp, X.to_numpy()).explain(X.to_numpy())
    yield "interactions", explainer_of().interactions(X)
    yield "predicted", ShapleyExplainer(target="predicted").fit(classes, X).explain(X)
    yield "multi-index", explainer_of().explain(X.set_axis(index))
    yield "groups", explainer_of(groups={"both": ["a", "c"]}).explain(X)
    yield "no rows", explainer_of().explain(X[:0])
    for n_outputs in ((), (1,), (2,)):
        values = rng.standard_normal((labels, 2, 2, *n_outputs))
        sums = np.zeros((labels, *n_outputs))
        yield f"pairs {n_outputs}", InteractionExplanation(values, sums, sums, std_errors=values)
    values = rng.standard_normal((4, 3, 2))
    same = {"feature_names": ["a", "a", "b/c"], "output_names": ["c", "b/c"]}
    yield "same names", Explanation(values, np.zeros((4, 2)), np.ones((4, 2)), **same)


@pytest.mark.filterwarnings("ignore:.*onverge")
def test_every_kind_of_explanation_comes_back(tmp_path):
    for name, explanation in results():
        write_parquet(explanation, tmp_path / "part.parquet")
        got = read_parquet(tmp_path / "part.parquet")
        assert type(got) is type(explanation), name
        assert_same_result(got, explanation, name, ignore=["data", "index", "targets"])
        if explanation.targets is not None:
            assert list(got.targets) == list(explanation.targets)
        if explanation.index is None:
            assert got.index is None
        else:
            pd.testing.assert_index_equal(got.index, explanation.index, exact="equiv")


def test_what_has_no_columns_for_parquet(tmp_path):
    X = table()
    counterfactuals = CounterfactualExplainer(max_evals=40).fit(Ridge().fit(X, X["a"]), X)
    with pytest.raises(TypeError, match=r"^CounterfactualExplanation has no columns for Parquet"):
        counterfactuals.explain_batches([X]).to_parquet(tmp_path / "why")
    texts = ShapleyExplainer(masker=TextMasker()).fit(lambda texts: [len(t) for t in texts])
    with pytest.raises(ValueError, match=r"^rows have players of their own"):
        texts.explain_batches([["so it is"]]).to_parquet(tmp_path / "texts")
    assert not list(tmp_path.glob("*/*.parquet"))


def test_a_file_of_others_is_no_explanation(tmp_path):
    table().to_parquet(tmp_path / "rows.parquet")
    (tmp_path / "half.parquet").write_bytes((tmp_path / "rows.parquet").read_bytes()[:100])
    for name in ("rows", "half"):
        with pytest.raises(ValueError, match="is no explanation that skxai wrote"):
            read_parquet(tmp_path / f"{name}.parquet")


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "part.parquet"
    write_parquet(explainer_of().explain(table()), path)
    content = path.read_bytes()
    for place in range(4, len(content), 97):
        path.write_bytes(content[:place] + bytes(20) + content[place + 20 :])
        words = f"path: {path}"
        try:
            read_parquet(path)
        except ValueError as error:
            words = str(error)
        assert f"path: {path}" in words
    path.unlink()
    with pytest.raises(FileNotFoundError):
        read_parquet(path)


def test_a_file_of_the_future_is_refused(tmp_path):
    write_parquet(explainer_of().explain(table()), tmp_path / "part", about={"format": 99})
    with pytest.raises(ValueError, match="has format 99; this version of skxai reads up to 1"):
        read_parquet(tmp_path / "part")


def test_a_folder_that_is_read_back(tmp_path):
    X = table()
    explainer = explainer_of()
    explainer.explain_batches(pieces(X)).to_parquet(tmp_path / "why")
    found = ExplanationBatches.from_parquet(tmp_path / "why")
    for part, batch in zip(found, pieces(X), strict=True):
        assert_same_result(part, explainer.explain(batch), "read back", ignore=["data", "index"])
    with pytest.raises(ValueError, match="holds no explanations"):
        ExplanationBatches.from_parquet(tmp_path)


# -- starting again ----------------------------------------------------------------------------


class Interrupted(Exception):
    """What stops a run in these tests."""


def interrupted(batches, after):
    for k, batch in enumerate(batches):
        if k == after:
            raise Interrupted
        yield batch


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_an_interrupted_run_goes_on_and_the_files_are_the_same(tmp_path, monkeypatch, n_jobs):
    X = table(20)
    explainer_of().explain_batches(pieces(X)).to_parquet(tmp_path / "at once")
    with pytest.raises(Interrupted):
        explainer_of().explain_batches(interrupted(pieces(X), 3)).to_parquet(tmp_path / "why")
    before = files_of(tmp_path / "why")
    assert sorted(before) == ["_skxai.json", *(f"part-0000{k}.parquet" for k in range(3))]
    with pytest.raises(ValueError, match="is not finished"):
        ExplanationBatches.from_parquet(tmp_path / "why")
    sizes = []
    explain = ShapleyExplainer.explain

    def noted(self, X):
        sizes.append(len(X))
        return explain(self, X)

    monkeypatch.setattr(ShapleyExplainer, "explain", noted)
    explainer = explainer_of(n_jobs=n_jobs)  # another one, of the same model and background
    explainer.explain_batches(pieces(X)).to_parquet(tmp_path / "why")
    assert sizes == [4, 4]
    after = files_of(tmp_path / "why")
    assert {name: after[name] for name in before if name != "_skxai.json"} == {
        name: content for name, content in before.items() if name != "_skxai.json"
    }
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "why"), pd.read_parquet(tmp_path / "at once")
    )
    if n_jobs is None:
        assert after == files_of(tmp_path / "at once")
    explainer.explain_batches(pieces(X)).to_parquet(tmp_path / "why")
    assert sizes == [4, 4]


def overwritten(content):
    """Other bytes where Parquet describes itself, before the last eight."""
    return content[:-200] + bytes(192) + content[-8:]


@pytest.mark.parametrize(
    "damage",
    [lambda content: content[:-50], lambda content: b"", lambda content: b"PAR1", overwritten],
    ids=["cut", "empty", "start", "overwritten"],
)
def test_half_a_part_is_made_again(tmp_path, damage):
    X = table(20)
    explainer_of().explain_batches(pieces(X)).to_parquet(tmp_path / "why")
    expected = files_of(tmp_path / "why")
    part = tmp_path / "why" / "part-00002.parquet"
    part.write_bytes(damage(expected[part.name]))
    (tmp_path / "why" / ".part-00003.parquet.0.unfinished").write_bytes(b"half")
    explainer_of().explain_batches(pieces(X)).to_parquet(tmp_path / "why")
    assert files_of(tmp_path / "why") == expected


OTHERS = {
    "parameter": lambda: explainer_of(algorithm="exact"),
    "background": lambda: explainer_of(X=table(seed=1)),
    "model": lambda: explainer_of(model=Fragile(100)),
    "function": lambda: explainer_of(model=lambda X: X["a"] * X["c"]),
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_folder_of_another_explainer_is_refused(tmp_path, what):
    model = (lambda X: X["a"] * X["b"]) if what == "function" else None
    explainer_of(model=model).explain_batches([table()]).to_parquet(tmp_path)
    before = files_of(tmp_path)
    with pytest.raises(ValueError, match=r"^path: .* is of another explainer"):
        OTHERS[what]().explain_batches([table()]).to_parquet(tmp_path)
    assert files_of(tmp_path) == before


def changed(X):
    X = X.copy()
    X.iloc[5, 1] += 1e-9
    return X


@pytest.mark.parametrize(
    "change",
    [
        changed,
        lambda X: X[::-1],
        lambda X: X.set_axis(range(1, 1 + len(X))),
        lambda X: X.astype(np.float32),
        lambda X: X.iloc[2:],
    ],
    ids=["a cell", "order", "labels", "dtype", "cut"],
)
def test_other_rows_are_refused(tmp_path, change):
    explainer_of().explain_batches(pieces(table())).to_parquet(tmp_path)
    with pytest.raises(ValueError, match=r"part-0000\d.parquet was made of other rows than batch"):
        explainer_of().explain_batches(pieces(change(table()))).to_parquet(tmp_path)


def test_fewer_batches_than_before_are_refused(tmp_path):
    explainer_of().explain_batches(pieces(table())).to_parquet(tmp_path)
    with pytest.raises(ValueError, match="has 3 parts, of 2 batches"):
        explainer_of().explain_batches(pieces(table())[:2]).to_parquet(tmp_path)


def test_files_of_others_are_left_alone(tmp_path):
    table().to_parquet(tmp_path / "rows.parquet")
    with pytest.raises(ValueError, match="has files of others; expected a new folder"):
        explainer_of().explain_batches([table()]).to_parquet(tmp_path)
    assert list(files_of(tmp_path)) == ["rows.parquet"]


def test_batches_that_were_taken_are_missing(tmp_path):
    found = explainer_of().explain_batches(pieces(table()))
    next(found)
    with pytest.raises(ValueError, match=r"^batches: 1 were taken before; expected none: call"):
        found.to_parquet(tmp_path)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("takes", [next, lambda found: found.to_parquet("why")])
def test_a_batch_that_failed_was_taken_too(tmp_path, monkeypatch, error, takes):
    """Else the one after it would become the first part."""
    monkeypatch.chdir(tmp_path)
    explainer = explainer_of()

    def fail(self, X):
        raise error("out of order")

    with monkeypatch.context() as broken:
        broken.setattr(ShapleyExplainer, "explain", fail)
        found = explainer.explain_batches(pieces(table()))
        with pytest.raises(error):
            takes(found)
    with pytest.raises(ValueError, match="1 were taken before"):
        found.to_parquet("why")
    explainer.explain_batches(pieces(table())).to_parquet("why")
    assert len(pd.read_parquet("why")) == 10


def test_errors_count_on_after_an_error():
    fragile = explainer_of(Fragile(50))
    bad = table(4)
    bad.iloc[:, -1] = 100.0
    found = fragile.explain_batches([bad, table(4), bad])
    for words in ("in batch 0, rows 0 to 3", "in batch 2, rows 8 to 11"):
        with pytest.raises(RuntimeError, match=words):
            list(found)


def test_what_is_no_table_says_in_which_batch():
    with pytest.raises(TypeError, match=r"X is NoneType.*\(in batch 1\)"):
        list(explainer_of().explain_batches([table(), None]))


@pytest.mark.parametrize("place", ["s3://bucket/why", "file:///why"])
def test_folders_that_are_on_no_disk(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"^path is '.*'; expected a folder on a disk"):
        explainer_of().explain_batches([table()]).to_parquet(place)
    with pytest.raises(ValueError, match=r"^path is '.*'; expected a folder on a disk"):
        ExplanationBatches.from_parquet(place)
    assert files_of(tmp_path) == {}


def test_the_home_of_the_user(tmp_path, monkeypatch):
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    explainer_of().explain_batches([table()]).to_parquet("~/so it is, größer")
    assert len(pd.read_parquet(tmp_path / "so it is, größer")) == 10
    assert len(list(ExplanationBatches.from_parquet("~/so it is, größer"))) == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", "3", '{"format": 99}', '{"format": 1}'])
def test_a_note_that_is_not_to_be_read(tmp_path, text):
    note = tmp_path / "_skxai.json"
    note.write_text(text)
    with pytest.raises(ValueError, match=r"^path: .*_skxai.json is not to be read"):
        explainer_of().explain_batches([table()]).to_parquet(tmp_path)
    with pytest.raises(ValueError, match=r"^path: .*_skxai.json is not to be read"):
        ExplanationBatches.from_parquet(tmp_path)
    assert note.read_text() == text


def test_no_batches(tmp_path):
    explainer_of().explain_batches([]).to_parquet(tmp_path)
    assert list(ExplanationBatches.from_parquet(tmp_path)) == []


def test_more_batches_than_before_are_added(tmp_path):
    X = table(20)
    explainer_of().explain_batches(pieces(X)[:3]).to_parquet(tmp_path / "why")
    before = files_of(tmp_path / "why")
    with pytest.raises(Interrupted):
        explainer_of().explain_batches(interrupted(pieces(X), 4)).to_parquet(tmp_path / "why")
    with pytest.raises(ValueError, match="is not finished"):
        ExplanationBatches.from_parquet(tmp_path / "why")
    explainer_of().explain_batches(pieces(X)).to_parquet(tmp_path / "why")
    explainer_of().explain_batches(pieces(X)).to_parquet(tmp_path / "at once")
    after = files_of(tmp_path / "why")
    assert after == files_of(tmp_path / "at once")
    assert all(after[name] == before[name] for name in before if name != "_skxai.json")


def test_an_explainer_that_cannot_be_told_from_others(tmp_path):
    model = Product()
    model.file = open(tmp_path / "log", "w")  # noqa: SIM115
    with (
        model.file,
        pytest.raises(TypeError, match=r"^ShapleyExplainer with its model .*TextIOWrapper"),
    ):
        explainer_of(model=model).explain_batches([table()]).to_parquet(tmp_path / "why")


def test_a_note_tells_what_the_folder_holds(tmp_path):
    explainer_of(n_jobs=1).explain_batches(pieces(table())).to_parquet(tmp_path)
    about = json.loads((tmp_path / "_skxai.json").read_text())
    assert about["method"] == "ShapleyExplainer(n_jobs=1)"
    assert about["n_parts"] == 3


def test_without_pyarrow(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ImportError, match=r"pip install skxai\[parquet\]"):
        explainer_of().explain_batches([table()]).to_parquet(tmp_path / "why")
    assert not (tmp_path / "why").exists()
