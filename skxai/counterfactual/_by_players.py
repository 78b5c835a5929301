"""What an explainer by counterfactuals does with inputs that are no tables."""

from functools import partial

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skxai.counterfactual._goals import MoveGoal, goal_of
from skxai.counterfactual._player_finder import PlayerFinder
from skxai.counterfactual._players import held
from skxai.counterfactual._result import CounterfactualExplanation
from skxai.counterfactual._scan import SubstitutionScan, scan_rows
from skxai.maskers import SequenceMasker
from skxai.utils._messages import call_naming_row
from skxai.utils._random import draw_seeds
from skxai.utils._tables import count_rows

# Rows that are searched side by side.
_ROWS_PER_CHUNK = 32


class PlayerCounterfactuals:
    """The part of `CounterfactualExplainer` for rows that have players of their own."""

    @property
    def _is_of_sequences(self):
        return isinstance(self.masker, SequenceMasker)

    def _fit_own_players(self, X):
        self._refuse_what_is_for_tables()
        self._seed = int(draw_seeds(self.random_state, 1)[0])
        outputs, n_rows = self._outputs(X), count_rows(X)
        labels, classes = self._outputs.labels, self._outputs.classes
        self._goal = goal_of(self.target, labels, classes, outputs)
        if isinstance(self._goal, MoveGoal) and self._goal.either and n_rows < 2:
            raise ValueError(
                "target is 'other', which for a model that predicts a number is a move by the "
                f"standard deviation over X_background, of {n_rows} rows; expected more of them, "
                "or a number to move by"
            )
        self.algorithm_ = "substitutions" if self._is_of_sequences else "removals"

    def _refuse_what_is_for_tables(self):
        """Refuse parameters that mean nothing with this masker."""
        for name in ("frozen", "bounds", "constraints", "costs"):
            value = getattr(self, name)
            if value is not None and len(value) > 0:
                hint = ""
                if name == "frozen" and self._is_of_sequences:
                    hint = ": positions that may not change are the masker's own `frozen`"
                raise ValueError(
                    f"{name} is {value!r}, which is for columns of a table; with {self.masker!r} "
                    f"expected none{hint}"
                )
        if self.distance not in ("gower", "n_changes"):
            raise ValueError(
                f"distance is {self.distance!r}; with {self.masker!r} it is how many players "
                "change: expected the default"
            )
        if self.algorithm != "auto":
            raise ValueError(
                f"algorithm is {self.algorithm!r}, which is for tables; with {self.masker!r} "
                "expected 'auto'"
            )
        n_background = self.masker_.n_background_
        if n_background > 1 and not self._is_of_sequences:
            raise ValueError(
                f"masker is {self.masker!r}, with {n_background} fillings of what is absent; "
                "expected one, as a counterfactual is one input"
            )

    def _explain_own_players(self, X, index, outputs):
        finder = PlayerFinder(
            masker=self.masker_,
            goal=self._goal,
            outputs=self._outputs,
            n_counterfactuals=self.n_counterfactuals,
            max_evals=self.max_evals,
            time_limit=self.time_limit,
            seed=self._seed,
        )
        parts = self._map_rows(X, outputs, finder.search_rows, _ROWS_PER_CHUNK)
        found, new_outputs = finder.results(X, index, outputs, parts)
        rows = np.repeat(np.arange(len(outputs)), self.n_counterfactuals)
        return CounterfactualExplanation(
            **found, **self._predicted(outputs[rows], new_outputs), index=index
        )

    def substitutions(self, X):
        """Evaluate all single substitutions of sequences, as in a mutational scan.

        Parameters
        ----------
        X : texts, table or array of n_rows sequences
            The sequences, as the masker takes them.

        Returns
        -------
        SubstitutionScan
            What the model says of each sequence with any other letter at any one position that
            may change, and whether that is as wanted. `max_evals` does not limit it.

        Raises
        ------
        ValueError
            If the explainer has no SequenceMasker.

        Examples
        --------
        >>> from skxai import CounterfactualExplainer
        >>> from skxai.maskers import SequenceMasker
        >>> explainer = CounterfactualExplainer(masker=SequenceMasker(), target=(2, None))
        >>> explainer = explainer.fit(lambda texts: [text.count("A") for text in texts], ["CAT"])
        >>> scan = explainer.substitutions(["CAT"])
        >>> scan.to_frame().query("reached")
             position from to  original  predicted  reached
        row
        0           1    C  A       1.0        2.0     True
        0           3    T  A       1.0        2.0     True
        """
        check_is_fitted(self, "predictor_")
        if not self._is_of_sequences:
            raise ValueError(
                f"masker is {self.masker!r}; substitutions need a SequenceMasker, whose alphabet "
                "tells what else may stand at a position"
            )
        X, index = self._conform(X)
        outputs = call_naming_row(self._outputs, X)
        scan = partial(scan_rows, self.masker_, self._outputs, self._goal)
        parts = self._map_rows(X, outputs, scan, _ROWS_PER_CHUNK)
        layout = self.masker_.layout(X)
        width = layout.counts.max(initial=0)
        scanned, reached = (
            np.concatenate([_widened(array, width) for array in arrays]) for arrays in zip(*parts)
        )
        classes = original_classes = None
        if self._outputs.classes:
            some = ~np.isnan(scanned).any(axis=-1)
            classes = np.where(some, np.nan_to_num(scanned).argmax(axis=-1), -1)
            original_classes = outputs.argmax(axis=1)
        names = self.predictor_.output_names
        return SubstitutionScan(
            predictions=self._outputs.named(scanned, names),
            original_predictions=self._outputs.named(outputs, names),
            reached=reached,
            classes=classes,
            original_classes=original_classes,
            layout=layout,
            alphabet=self.masker_.alphabet_,
            data=held(X),
            class_names=[str(label) for label in self._outputs.labels] * self._outputs.classes,
            output_names=self.output_names_,
            feature_names=self.masker_.alphabet_,
            method=self._describe(),
            index=index,
        )


def _widened(array, width):
    """An array with so many entries along its second axis; NaN, or False, is added."""
    shape = (array.shape[0], width, *array.shape[2:])
    wide = np.full(shape, np.nan if array.dtype.kind == "f" else False, dtype=array.dtype)
    wide[:, : array.shape[1]] = array
    return wide
