"""Errors as the contract wants them: of the right kind, naming the argument."""

import re
from contextlib import contextmanager


@contextmanager
def assert_raises(explainer, situation, kinds, names=None):
    """Raise AssertionError unless the block raises one of `kinds` whose message names `names`.

    Parameters
    ----------
    explainer : explainer
    situation : str
        What the block does, for the message.
    kinds : exception class or tuple of them
    names : str, default=None
        A word that the message must hold, such as the argument's name.
    """
    name = type(explainer).__name__
    expected = " or ".join(k.__name__ for k in (kinds if isinstance(kinds, tuple) else (kinds,)))
    try:
        yield
    except kinds as error:
        if names is not None and not re.search(rf"(?<!\w){re.escape(names)}(?!\w)", str(error)):
            raise AssertionError(
                f"{name}: {situation}: the message of the {type(error).__name__} does not name "
                f"{names!r}: {error}"
            ) from error
    except Exception as error:
        raise AssertionError(
            f"{name}: {situation} raised {type(error).__name__}, expected {expected}: {error}"
        ) from error
    else:
        raise AssertionError(f"{name}: {situation} raised nothing, expected {expected}")
