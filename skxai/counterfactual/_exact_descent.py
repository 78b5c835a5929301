"""A good choice of options, quickly: single moves that reach the goal, then cheaper ones."""

import numpy as np


class Descent:
    """Moves from choice to choice; a choice has an option for each unit.

    Parameters
    ----------
    boxes : Boxes
    current : ndarray of int, shape (n_units,)
        The choice that changes nothing.
    """

    def __init__(self, boxes, current):
        self.boxes = boxes
        self.current = current
        self._options = boxes.options()
        self._rounding = 1e-9 * np.abs(boxes.values).max()
        self._admits = np.ascontiguousarray(boxes.masks.T.astype(float))

    def margins(self, choice):
        """Margins after each single change of a choice, of shape (n_options,)."""
        boxes = self.boxes
        admitted = boxes.masks[choice]
        n_barred = len(choice) - admitted.sum(axis=0)
        inside = np.flatnonzero(n_barred == 0)
        scores = boxes.values[inside].T @ self._admits[inside]
        # Leaves one unit away are reached by moves of that unit.
        near = np.flatnonzero(n_barred == 1)
        barring = admitted[:, near].argmin(axis=0)
        for u in np.unique(barring):
            leaves, own = near[barring == u], self._options[u]
            own = slice(own[0], own[-1] + 1)
            scores[:, own] += boxes.values[leaves].T @ self._admits[leaves, own]
        return (scores - boxes.need[:, None]).min(axis=0)

    def mend(self, choice, limit=np.inf, fixed=-1):
        """Single moves until the goal is reached, the most gain for the cost first.

        Returns None where that costs the limit, or no move gains anything.
        """
        boxes, choice = self.boxes, choice.copy()
        margin = boxes.margin(choice)
        while margin < 0:
            added = boxes.costs - boxes.costs[choice][boxes.unit]
            margins = self.margins(choice)
            gain = np.minimum(margins, 0.0) - margin
            usable = (
                (gain > self._rounding)
                & (added < limit - boxes.cost(choice))
                & (boxes.unit != fixed)
            )
            if not usable.any():
                return None
            best = int(np.argmax(np.where(usable, gain / np.maximum(added, 1e-12), -1.0)))
            choice[boxes.unit[best]] = best
            margin = boxes.margin(choice)
        return choice

    def shorten(self, choice):
        """Single moves to cheaper options that keep the goal reached, the largest saving first."""
        boxes, choice = self.boxes, choice.copy()
        while True:
            saved = boxes.costs[choice][boxes.unit] - boxes.costs
            saved[self.margins(choice) < 0] = 0.0
            best = int(np.argmax(saved))
            trial = choice.copy()
            trial[boxes.unit[best]] = best
            if saved[best] <= 0 or boxes.margin(trial) < 0:
                return choice
            choice = trial

    def improve(self, choice, is_over):
        """Give up each change, all or half, and mend what is lost by others, while that helps."""
        choice = self.shorten(choice)
        found = choice
        while found is not None:
            choice, found = found, None
            for trial, u in self._retreats(choice):
                if is_over():
                    break
                cost = self.boxes.cost(choice if found is None else found)
                trial = self.mend(trial, cost, fixed=u)
                if trial is not None:
                    trial = self.shorten(trial)
                    if self.boxes.cost(trial) < cost * (1 - 1e-12):
                        found = trial
        return choice

    def _retreats(self, choice):
        """Choices that give up the change of one unit, all or half."""
        for u in np.flatnonzero(choice != self.current):
            costs = self.boxes.costs[self._options[u]]
            cheaper = self._options[u][costs < self.boxes.costs[choice[u]]]
            cheaper = cheaper[np.argsort(self.boxes.costs[cheaper], kind="stable")]
            for option in cheaper[sorted({0, len(cheaper) // 2})] if len(cheaper) else ():
                trial = choice.copy()
                trial[u] = option
                yield trial, u
