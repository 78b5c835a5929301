"""Packages that only some users need."""

import importlib


def import_optional(module, extra):
    """Import a module of an optional dependency, or say how to install it.

    Parameters
    ----------
    module : str
        Full name of the module, for instance ``"matplotlib.pyplot"``.
    extra : str
        The extra of this package that installs it.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        If it cannot be imported; names the extra.

    Examples
    --------
    >>> from skxai.utils._optional import import_optional
    >>> import_optional("json", "plot").loads("[1]")
    [1]
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{module} could not be imported ({error}); it comes with: pip install skxai[{extra}]"
        ) from error
