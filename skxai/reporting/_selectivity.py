"""Whether the order of the features foretells what the model does without them."""

import dataclasses
from dataclasses import dataclass

import numpy as np

from skxai.metrics import selectivity_curve
from skxai.reporting._parts import NO_MODEL, Part, attempt
from skxai.utils._random import draw_seeds

_CURVE_ROWS = 30
_MIN_ORDERS = 60  # random orders, over all rows


@dataclass(frozen=True)
class Selectivity:
    """Curves of the explanation and of random orders, and how often the first falls deeper.

    `scale` is the size of the outputs.
    """

    curve: object
    random: object
    drop: float
    random_drop: float
    share: float
    n_orders: int
    scale: float


def find_selectivity(wanted, subject, source):
    """How far the output falls, compared with random orders of the same features."""
    if not wanted:
        return Part()
    if source.explainer is None:
        return Part(reason=NO_MODEL)
    explanation = subject.explanation
    if not explanation.is_additive:
        return Part(reason="these values are no parts of the prediction, which could be removed")
    if explanation.layout is not None:
        return Part(reason="each row has features of its own, such as words")
    if source.background is None:
        return Part(reason="there are no background rows to take values from (X_background)")
    return attempt(lambda: _selectivity(explanation, subject.row, source))


def _selectivity(explanation, row, source):
    chosen = np.arange(min(len(explanation), _CURVE_ROWS))
    if row is not None and row not in chosen:
        chosen[-1] = row
    some = explanation[np.sort(chosen)]
    seeds = draw_seeds(source.random_state, 2)
    rng = np.random.default_rng(seeds[1])
    n_orders = max(3, -(-_MIN_ORDERS // len(some)))
    # All orders at once: the same rows again, with values that mean nothing.
    repeated = some[np.tile(np.arange(len(some)), n_orders + 1)]
    values = repeated.values.copy()
    values[len(some) :] = rng.permuted(values[len(some) :], axis=1)
    curve = selectivity_curve(
        source.explainer,
        dataclasses.replace(repeated, values=values, std_errors=None),
        source.background,
        n_steps=20,
        random_state=int(seeds[0]),
    )
    outputs = curve.outputs.reshape(n_orders + 1, len(some), -1)
    drops = curve.drop.reshape(n_orders + 1, len(some))
    own, random = (
        dataclasses.replace(curve, outputs=part, index=some.index)
        for part in (outputs[0], outputs[1:].mean(axis=0))
    )
    return Selectivity(
        own,
        random,
        float(drops[0].mean()),
        float(drops[1:].mean()),
        float(np.where(np.isclose(drops[0], drops[1:]), 0.5, drops[0] > drops[1:]).mean()),
        n_orders * len(some),
        float(np.abs(outputs).max()),
    )
