"""When a counterfactual is reached: goals as margins, positive where reached."""

import numpy as np

# A margin of what is reached exactly, such as an end of an interval.
_LEAST = 1e-12


class LabelGoal:
    """The class with the largest output is one of these; of equal ones the first counts.

    Parameters
    ----------
    wanted : ndarray of bool of shape (n_classes,), default=None
        None: any but the class of the row as it is.
    """

    def __init__(self, wanted=None):
        self.wanted = wanted

    def margin(self, outputs, origin_outputs):
        """How far the best wanted output is ahead of the others.

        Parameters
        ----------
        outputs : ndarray of shape (n, n_classes)
        origin_outputs : ndarray of shape (n, n_classes) or (n_classes,)

        Returns
        -------
        ndarray of shape (n,)
        """
        classes = np.arange(outputs.shape[1])
        if self.wanted is None:
            best = np.broadcast_to(np.argmax(origin_outputs, axis=-1), len(outputs))
            wanted = classes != best[:, None]
        else:
            wanted = np.broadcast_to(self.wanted, outputs.shape)
        ahead = np.where(wanted, outputs, -np.inf).max(axis=1)
        behind = np.where(wanted, -np.inf, outputs).max(axis=1)
        reached = wanted[np.arange(len(outputs)), outputs.argmax(axis=1)]
        return _signed(ahead - behind, reached)

    def refuses(self, positions, origin_outputs):
        """Whether predicted classes, by position, are not wanted; of shape (n,)."""
        if self.wanted is None:
            return positions == np.argmax(origin_outputs, axis=-1)
        return ~self.wanted[positions]


class IntervalGoal:
    """One output lies in a closed interval.

    Parameters
    ----------
    output : int
    low, high : float
    """

    def __init__(self, output, low, high):
        self.output, self.low, self.high = output, low, high

    def margin(self, outputs, origin_outputs):
        """How far inside the interval the output is; see `LabelGoal.margin`."""
        value = outputs[:, self.output]
        inside = (value >= self.low) & (value <= self.high)
        return _signed(np.minimum(value - self.low, self.high - value), inside)

    def refuses(self, positions, origin_outputs):
        """Classes do not matter."""
        return np.zeros(len(positions), dtype=bool)


class MoveGoal:
    """Some output moves by at least so much.

    Parameters
    ----------
    deltas : ndarray of shape (n_outputs,)
        Positive to rise, negative to fall.
    either : bool, default=False
        Whether outputs may move either way.
    """

    def __init__(self, deltas, either=False):
        self.deltas, self.either = np.asarray(deltas, dtype=float), either

    def margin(self, outputs, origin_outputs):
        """How far outputs move beyond what is asked; see `LabelGoal.margin`."""
        moved = outputs - origin_outputs
        moved = np.abs(moved) if self.either else moved * np.sign(self.deltas)
        beyond = moved - np.abs(self.deltas)
        return _signed(beyond.max(axis=1), (beyond >= 0).any(axis=1))

    def refuses(self, positions, origin_outputs):
        """Classes do not matter."""
        return np.zeros(len(positions), dtype=bool)


def _signed(margin, reached):
    return np.where(reached, np.maximum(margin, _LEAST), np.minimum(margin, -_LEAST))


def goal_of(target, labels, classes, background_outputs):
    """The goal that the parameter `target` describes.

    Parameters
    ----------
    target : "other", label, list of labels, number, (low, high) or dict
    labels : list
        Class labels, or names of outputs, one for each column of the outputs.
    classes : bool
        Whether outputs are of classes, of which each row has one.
    background_outputs : ndarray of shape (n_background, n_outputs)

    Returns
    -------
    LabelGoal, IntervalGoal or MoveGoal
    """
    if isinstance(target, dict):
        return _interval_of_output(target, labels)
    if classes:
        return LabelGoal(None if _is_other(target) else _wanted(target, labels))
    if _is_other(target):
        deviations = background_outputs.std(axis=0)
        return MoveGoal(np.where(deviations > 0, deviations, 1.0), either=True)
    if len(labels) > 1:
        raise ValueError(
            f"target is {target!r}, but the model has the outputs {labels}; expected a dict such "
            f"as {{{labels[0]!r}: (low, high)}}, or 'other'"
        )
    if isinstance(target, tuple) and len(target) == 2:
        return IntervalGoal(0, *_interval(target))
    if _is_number(target) and target != 0:
        return MoveGoal([target])
    raise ValueError(
        f"target is {target!r}; expected, for a model that predicts a number, 'other', a number to "
        "move by, or an interval (low, high)"
    )


def _is_other(target):
    return isinstance(target, str) and target == "other"


def _is_number(value):
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _wanted(target, labels):
    """Which classes are wanted, as a mask."""
    several = isinstance(target, list | tuple | np.ndarray)
    targets = list(target) if several else [target]
    names = [label.item() if isinstance(label, np.generic) else label for label in labels]
    unknown = [label for label in targets if label not in labels]
    if not targets or unknown:
        raise ValueError(
            f"target is {target!r}; expected 'other', or one or several of the classes {names}"
        )
    wanted = np.array([label in targets for label in labels])
    if wanted.all():
        raise ValueError(f"target is {target!r}, which are all classes; nothing is left to change")
    return wanted


def _interval_of_output(target, labels):
    if len(target) != 1:
        raise ValueError(f"target is {target!r}; expected a dict of one output")
    ((label, interval),) = target.items()
    if label not in labels:
        raise ValueError(f"target is {target!r}; its key is none of the outputs {list(labels)}")
    interval = (interval, None) if _is_number(interval) else interval
    if not isinstance(interval, tuple) or len(interval) != 2:
        raise ValueError(f"target is {target!r}; expected {{{label!r}: least}} or (low, high)")
    return IntervalGoal(list(labels).index(label), *_interval(interval))


def _interval(ends):
    low, high = (
        limit if end is None else float(end) for end, limit in zip(ends, (-np.inf, np.inf))
    )
    if not low <= high or (low == -np.inf and high == np.inf):
        raise ValueError(
            f"target has the interval {ends!r}; expected low <= high, one of them given"
        )
    return low, high
