"""What the source does not do: evaluate strings, unpickle, start programs, guess names of files."""

import ast
from pathlib import Path

import pytest

import skxai

FOLDER = Path(skxai.__file__).parent
FORBIDDEN = {
    "eval", "exec", "compile", "__import__", "ast.literal_eval",
    "pickle.load", "pickle.loads", "pickle.Unpickler", "cloudpickle.load", "cloudpickle.loads",
    "joblib.load", "dill.load", "dill.loads", "marshal.load", "marshal.loads", "shelve.open",
    "pd.read_pickle", "pandas.read_pickle", "torch.load", "yaml.load", "yaml.unsafe_load",
    "pd.eval", "pandas.eval", "os.system", "os.popen", "tempfile.mktemp",
}  # fmt: skip
MODULES = {"subprocess", "shelve", "marshal", "yaml", "dill", "tarfile", "shutil"}
# What is unpickled there was pickled by this very program: what it sends to its own workers, and
# copies of what the checks are given.
ALLOWED = {
    ("utils/_shipping.py", "pickle.loads"),
    ("utils/_checks/_parameters.py", "pickle.loads"),
    ("utils/_checks/_cases.py", "pickle.loads"),
}


def _is_text(node):
    return isinstance(node, ast.JoinedStr | ast.Constant)


def parse(source):
    """Names of all that is called, names of all modules, and calls of `load` with their options."""
    calls, modules = [], set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            options = {word.arg: word.value for word in node.keywords}
            name = ast.unparse(node.func)
            # A frame evaluates strings.
            if name.endswith((".query", ".eval")) and node.args and _is_text(node.args[0]):
                name = "eval"
            calls.append((name, options))
        elif isinstance(node, ast.Import):
            modules |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add((node.module or "").split(".")[0])
    return calls, modules


def faults(source, path):
    calls, modules = parse(source)
    found = {name for name, _ in calls if name in FORBIDDEN and (path, name) not in ALLOWED}
    found |= modules & MODULES
    for name, options in calls:
        if name in ("np.load", "numpy.load"):
            pickled = options.get("allow_pickle", ast.Constant(False))
            if not isinstance(pickled, ast.Constant) or pickled.value:
                found.add(name)
    return found


@pytest.mark.parametrize(
    "path", [path.relative_to(FOLDER).as_posix() for path in sorted(FOLDER.rglob("*.py"))]
)
def test_nothing_of_it_is_in_the_source(path):
    assert not faults((FOLDER / path).read_text(encoding="utf-8"), path)


@pytest.mark.parametrize(
    "source",
    [
        "eval('1')",
        "x = [exec(text) for text in texts]",
        "pickle.loads(body)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=wanted)",
        "import subprocess",
        "from marshal import loads",
        "frame.query('age > 3')",
    ],
)
def test_it_would_be_found(source):
    assert faults(source, "module.py")


def test_what_is_allowed_is_there():
    for path, name in ALLOWED:
        calls, _ = parse((FOLDER / path).read_text(encoding="utf-8"))
        assert name in {called for called, _ in calls}
