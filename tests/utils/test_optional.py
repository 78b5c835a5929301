import json

import pytest

from skxai.utils._optional import import_optional


def test_returns_the_module():
    assert import_optional("json", "plot") is json
    assert import_optional("os.path", "plot").join("a", "b")


def test_names_the_extra():
    message = r"no_such_module_\w+ could not be imported .* pip install skxai\[progress\]"
    with pytest.raises(ImportError, match=message):
        import_optional("no_such_module_at_all", "progress")
