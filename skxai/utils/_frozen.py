"""Results that cannot be changed."""

import dataclasses

import numpy as np


class FrozenResult:
    """Base of the results that are frozen dataclasses: their arrays are copies, read-only.

    A subclass has the fields `feature_names` and `output_names`.

    Examples
    --------
    >>> from skxai.utils._frozen import FrozenResult
    >>> @dataclasses.dataclass(frozen=True)
    ... class Result(FrozenResult):
    ...     values: np.ndarray
    ...     feature_names: tuple = ()
    ...     output_names: tuple = ()
    >>> Result(np.zeros(2)).values.flags.writeable
    False
    """

    def __post_init__(self):
        self._set(feature_names=tuple(self.feature_names), output_names=tuple(self.output_names))
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value = value.copy()
                value.flags.writeable = False
                self._set(**{field.name: value})

    def _set(self, **fields):
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def __setstate__(self, state):
        self._set(**state)
        self.__post_init__()  # a pickle forgets that arrays were read-only
