"""Files of results: nothing in them is run, and what is wrong with them is said."""

import importlib
import inspect
import json
import os
import pickle
import pkgutil
import re
import stat
import zipfile
from io import BytesIO

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import skxai
from skxai import Explanation
from skxai.utils import _archives


def classes_with_load():
    found = {}
    for module in pkgutil.walk_packages(skxai.__path__, "skxai."):
        try:
            members = inspect.getmembers(importlib.import_module(module.name), inspect.isclass)
        except ModuleNotFoundError:  # of an optional package
            continue
        found.update({name: cls for name, cls in members if hasattr(cls, "load")})
    return [
        cls
        for name, cls in sorted(found.items())
        if cls.__module__.startswith("skxai.") and not name.startswith(("Base", "_"))
    ]


CLASSES = classes_with_load()
ids = [cls.__name__ for cls in CLASSES]


class Payload:
    """Unpickled, it makes a folder."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def npy(array, **options):
    file = BytesIO()
    np.lib.format.write_array(file, np.asarray(array), **options)
    return file.getvalue()


def about(kind="Explanation", **more):
    return npy(np.array(json.dumps({"format": 1, "kind": kind, **more})))


def archive(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, content in members:
            file.writestr(f"{name}.npy", content)
    return path


def explanation():
    data = pd.DataFrame({"a": [1.5, None, 2.0], "town": ["Ulm", None, "Bonn"]})
    data["when"] = pd.date_range("2020-01-01", periods=3, tz="Asia/Tokyo")
    return Explanation(np.ones((3, 2)), np.zeros(3), np.full(3, 2.0), data=data)


def refused(cls, path, words=""):
    name = re.escape(str(path))
    with pytest.raises(ValueError, match=rf"path: {name} (is no saved|has|holds) .*{words}"):
        cls.load(path)


def test_all_results_can_be_loaded():
    assert {"Explanation", "CounterfactualExplanation", "InfluenceGraph"} <= set(ids)


@pytest.mark.parametrize("cls", CLASSES, ids=ids)
def test_a_pickle_is_never_loaded(cls, tmp_path):
    payload = np.array([Payload(tmp_path / "made")], dtype=object)
    bomb = npy(payload, allow_pickle=True)
    for name in ("about", "values", "data", "data/0", "whatever"):
        members = [("about", about(cls.__name__)), (name, bomb)]
        refused(cls, archive(tmp_path / name.replace("/", " "), members[name == "about" :]))
    (tmp_path / "plain").write_bytes(pickle.dumps(payload[0]))
    refused(cls, tmp_path / "plain")
    assert not (tmp_path / "made").exists()
    pickle.loads(pickle.dumps(payload[0]))  # which shows that it would have been
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize("cls", CLASSES, ids=ids)
def test_a_file_of_which_most_is_missing(cls, tmp_path):
    refused(cls, archive(tmp_path / "why.npz", [("about", about(cls.__name__))]))


@pytest.mark.parametrize("shape", [(10**15,), (2**40, 2**40), (-1, -3), (2,)])
def test_absurd_shapes(tmp_path, shape):
    members = [("about", about()), ("values", header(shape) + bytes(24))]
    refused(Explanation, archive(tmp_path / "why.npz", members), "values.npy")


def header(shape, descr="<f8"):
    file = BytesIO()
    about = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, about)
    return file.getvalue()


@pytest.mark.parametrize(("shape", "descr"), [((0, 2**40), "<f8"), ((2**40,), "<U0")])
def test_axes_that_need_no_bytes(tmp_path, shape, descr):
    """Each of their features would get a name."""
    members = [("about", about()), ("values", header(shape, descr))]
    refused(Explanation, archive(tmp_path / "why.npz", members), "values.npy says it has shape")


@pytest.mark.parametrize("place", [b"(3,)", b"'shape'", b"}"], ids=["shape", "key", "end"])
def test_headers_that_are_no_dictionaries(tmp_path, place):
    broken = header((3,)).replace(place, b"\n ([ "[: len(place)].ljust(len(place))) + bytes(24)
    members = [("about", about()), ("values", broken)]
    refused(Explanation, archive(tmp_path / "why.npz", members))


def test_a_file_with_a_gap(tmp_path):
    """Its directory tells of places before the start."""
    path = archive(tmp_path / "why.npz", [("about", about()), ("values", npy(np.zeros(99)))])
    content = path.read_bytes()
    path.write_bytes(content[:200] + content[400:])
    refused(Explanation, path)


def described(path, change, **arrays):
    """A saved file again, after changes of its description and of some arrays."""
    with np.load(path) as file:
        held = {**file, **arrays}
    text = json.loads(str(held.pop("about")))
    change(text)
    np.savez(path, about=np.array(json.dumps(text)), **held)
    return path


def test_a_table_that_is_longer_than_its_columns(tmp_path):
    explanation().save(path := tmp_path / "why.npz")
    described(path, lambda text: text["data"]["index"].update(limits=[0, 10**15, 1]))
    refused(Explanation, path, "its columns are not as long as its index of 1000000000000000")


@pytest.mark.parametrize(
    ("part", "numbers"),
    [("indices", [0, 1, 10**8]), ("indices", [-1, 1, 2]), ("indptr", [0, 10**8, 10**8, 0])],
)
def test_a_sparse_matrix_that_points_elsewhere(tmp_path, part, numbers):
    """scipy would read and write there."""
    data = sp.csr_matrix(np.eye(3))
    Explanation(np.ones((3, 3)), np.zeros(3), np.zeros(3), data=data).save(tmp_path / "why.npz")
    elsewhere = {f"data/{part}": np.array(numbers, dtype=np.int32)}
    path = described(tmp_path / "why.npz", lambda _: None, **elsewhere)
    refused(Explanation, path, "index|indices")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_the_same_name(tmp_path):
    members = [("about", about()), ("values", npy(np.zeros(3))), ("values", npy(np.ones(3)))]
    refused(Explanation, archive(tmp_path / "why.npz", members), "several members named values")


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(_archives, "_MANY_BYTES", 2**20)
    members = [("about", about()), ("values", npy(np.zeros(2**19)))]
    path = archive(tmp_path / "why.npz", members, zipfile.ZIP_DEFLATED)
    monkeypatch.setattr(np.lib.format, "read_array", lambda *_, **__: 1 / 0)
    refused(Explanation, path, r"would unpack to 4\d{6}")


def test_arrays_of_zeros_are_no_bomb(tmp_path):
    Explanation(np.zeros((2**16, 8)), np.zeros(2**16), np.zeros(2**16)).save(tmp_path / "why.npz")
    assert (tmp_path / "why.npz").stat().st_size < 2**22 / 500
    assert len(Explanation.load(tmp_path / "why.npz")) == 2**16


@pytest.mark.parametrize(
    "compression", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["bzip2", "lzma"]
)
def test_other_compressions(tmp_path, compression):
    path = archive(tmp_path / "why.npz", [("about", about())], compression)
    refused(Explanation, path, "about.npy is compressed")


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "[]", "3", '"text"', "{}", '{"format": null}', '{"format": 1}', "{", ""],
    ids=["nested", "list", "number", "text", "empty", "no format", "alone", "cut", "nothing"],
)
def test_descriptions_that_describe_nothing(tmp_path, text):
    members = [("about", npy(np.array(text))), ("values", npy(np.zeros((1, 1))))]
    refused(Explanation, archive(tmp_path / "why.npz", members))


@pytest.mark.parametrize("where", ["zone", "dtype"])
def test_a_time_zone_is_no_path(tmp_path, where):
    explanation().save(path := tmp_path / "why.npz")
    zone = f"dateutil/{path}"

    def change(text):
        column = text["data"]["columns"][2 if where == "zone" else 1]
        column[where] = zone if where == "zone" else f"datetime64[ns, {zone}]"

    refused(Explanation, described(path, change), "no time zone that is read from files")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("files") / "why.npz"
    explanation().save(path)
    return path


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_a_damaged_file_is_refused_or_read(saved, data):
    content = bytearray(saved.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content = content[:place]
    else:
        content[place] ^= data.draw(st.integers(1, 255))
    damaged = saved.with_name("damaged.npz")
    damaged.write_bytes(content)
    assert_refused_or_read(damaged)


@pytest.mark.filterwarnings("ignore:Reading `.npy` or `.npz` file required additional")  # numpy's
@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_a_forged_file_is_refused_or_read(saved, data):
    """Other bytes within a member, and the checksum that belongs to them."""
    with zipfile.ZipFile(saved) as file:
        members = {name: bytearray(file.read(name)) for name in file.namelist()}
    content = members[data.draw(st.sampled_from(sorted(members)))]
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, min(len(content), 130) - 1))  # mostly in the header
        content[place] = data.draw(st.sampled_from(b"\0\n ()[]{}'\"0129<>UfOV,-\xff"))
    forged = saved.with_name("forged.npz")
    archive(forged, [(name.removesuffix(".npy"), bytes(c)) for name, c in members.items()])
    assert_refused_or_read(forged)


def assert_refused_or_read(path):
    message = f"path: {path}"
    try:
        Explanation.load(path)
    except ValueError as error:
        message = str(error)
    assert f"path: {path}" in message


# -- writing ---------------------------------------------------------------------------------------


def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "why.npz"
    explanation().save(path)
    before = path.read_bytes()

    def full(file, **arrays):
        file.write(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="no space left"):
        explanation().save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_who_may_read_a_saved_file_is_what_umask_says(tmp_path):
    usual = os.umask(0o077)
    try:
        explanation().save(tmp_path / "why.npz")
    finally:
        os.umask(usual)
    assert stat.S_IMODE((tmp_path / "why.npz").stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_link_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "why.npz").symlink_to(tmp_path / "precious")
    explanation().save(tmp_path / "why.npz")
    assert (tmp_path / "precious").read_text() == "precious"
    assert len(Explanation.load(tmp_path / "why.npz")) == 3
