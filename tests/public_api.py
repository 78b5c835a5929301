"""What is public: names without underscore, in modules without underscore."""

import importlib
import inspect
import pkgutil

import skxai


def public_modules():
    """Every module of the package whose dotted name has no part with an underscore in front."""
    yield skxai
    for found in pkgutil.walk_packages(skxai.__path__, "skxai."):
        if not any(part.startswith("_") for part in found.name.split(".")):
            yield importlib.import_module(found.name)


def public_names(module):
    """``__all__``, or else the classes and functions that are defined in the module."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [
        name
        for name, member in vars(module).items()
        if (inspect.isclass(member) or inspect.isfunction(member))
        and member.__module__ == module.__name__
        and not name.startswith("_")
    ]


def public_objects():
    """Public classes and functions, each once, as a dictionary by their full public name."""
    found = {}
    for module in public_modules():
        for name in public_names(module):
            member = getattr(module, name)
            if inspect.isclass(member) or inspect.isfunction(member):
                found.setdefault(member, f"{module.__name__}.{name}")
    return {name: member for member, name in found.items()}


def public_methods(cls):
    """Methods and properties without underscore that the package itself defines for a class."""
    return {
        name: member
        for name, member in inspect.getmembers(cls)
        if not name.startswith("_")
        and (inspect.isroutine(member) or isinstance(member, property))
        and _is_ours(cls, name)
    }


def _is_ours(cls, name):
    owner = next(base for base in cls.__mro__ if name in vars(base))
    return owner.__module__.split(".")[0] == "skxai"
