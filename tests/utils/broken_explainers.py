"""An explainer that keeps the contract, and many that break it, each in one way.

`breaks(check, message)` notes which check must catch the class below it, and a part of what it
must say.
"""

import copy
import os
import threading
from dataclasses import replace

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skxai.base import Attributions, BaseExplainer
from skxai.explanation import InteractionExplanation
from skxai.maskers import TabularMasker
from skxai.utils import ExplainerTags
from skxai.utils._random import draw_seeds
from skxai.utils._tables import take_rows

BROKEN = []


def breaks(check, message):
    """Note that this check must fail for the class, with this message."""

    def note(cls):
        BROKEN.append((check, cls, message))
        return cls

    return note


class Occlusion(BaseExplainer):
    """How much a prediction changes when one player is replaced by weighted background rows."""

    _parameter_constraints = {
        **BaseExplainer._parameter_constraints,
        "groups": TabularMasker._parameter_constraints["groups"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        groups=None,
        response_method="auto",
        target=None,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.groups = groups
        self.response_method = response_method
        self.target = target
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def _fit(self, X, y):
        self.masker_ = TabularMasker(groups=self.groups).fit(X)
        self._player_names = self.masker_.player_names_
        self._player_columns = self.masker_.columns_
        (seed,) = draw_seeds(self.random_state, 1)
        self._weights = np.random.default_rng(seed).dirichlet(np.ones(X.shape[0]))

    def _explain_rows(self, X, predictions):
        masked = self.masker_.bind(X)
        n_rows, n_background = X.shape[0], len(self._weights)
        rows = np.repeat(np.arange(n_rows), n_background)
        others = np.tile(np.arange(n_background), n_rows)
        values = np.empty((n_rows, masked.n_players, predictions.shape[1]))
        for player in range(masked.n_players):
            present = np.ones((len(rows), masked.n_players), dtype=bool)
            present[:, player] = False
            outputs = self.predictor_(masked.compose(rows, others, present))
            outputs = outputs.reshape(n_rows, n_background, predictions.shape[1])
            values[:, player] = predictions - np.einsum("z,nzo->no", self._weights, outputs)
        return Attributions(values, np.zeros(predictions.shape[1]))


# -- scikit-learn's side ---------------------------------------------------------------------------


@breaks("check_constructor_only_assigns", "does not store 'random_state'")
class ConvertsInConstructor(Occlusion):
    def __init__(self, *, random_state=None):
        self.random_state = str(random_state)


@breaks("check_constructor_only_assigns", r"sets \['cache'\], which are no parameters")
class PreparesInConstructor(Occlusion):
    def __init__(self, *, random_state=None):
        self.random_state = random_state
        self.cache = {}


@breaks("check_constructor_only_assigns", "'groups' is not keyword-only")
class TakesPositions(Occlusion):
    def __init__(self, groups=None):
        self.groups = groups


@breaks("check_constructor_only_assigns", "'groups' has a mutable default")
class SharesDefault(Occlusion):
    def __init__(self, *, groups={}):  # noqa: B006
        self.groups = groups


@breaks("check_get_set_params", "set_params must return self")
class SetsAndReturnsNothing(Occlusion):
    def set_params(self, **params):
        super().set_params(**params)


@breaks("check_parameters_are_validated", r"with n_jobs=object\(\) raised nothing")
class ValidatesNothing(Occlusion):
    def _validate_params(self):
        pass


@breaks("check_parameters_are_validated", "'groups' is not in _parameter_constraints")
class ForgetsConstraints(Occlusion):
    _parameter_constraints = BaseExplainer._parameter_constraints


@breaks("check_clone", "a clone of the fitted explainer keeps")
class ClonesWithState(Occlusion):
    def __sklearn_clone__(self):
        return copy.deepcopy(self)


@breaks("check_pickle_unfitted", r"\['random_state'\]: 3 became None")
class ForgetsParameterInPickle(Occlusion):
    def __getstate__(self):
        return {**super().__getstate__(), "random_state": None}


@breaks("check_pickle_fitted", "explains otherwise once pickled; explanation.values")
class ForgetsDesignInPickle(Occlusion):
    def __setstate__(self, state):
        if "_weights" in state:
            state["_weights"] = state["_weights"][::-1]
        super().__setstate__(state)


@breaks("check_repr", "repr does not name the class")
class Anonymous(Occlusion):
    def __repr__(self):
        return "<explainer>"


@breaks("check_not_fitted", "raised AttributeError, expected NotFittedError")
class AssumesFitted(Occlusion):
    def explain(self, X):
        self.predictor_(X)
        return super().explain(X)


@breaks("check_fit_returns_self", "fit must return self")
class FitReturnsNothing(Occlusion):
    def fit(self, model, X_background=None, y=None):
        super().fit(model, X_background, y)


@breaks("check_fit_returns_self", "fit without y raised nothing")
class ClaimsToNeedTargets(Occlusion):
    def __skxai_tags__(self):
        return ExplainerTags(requires_y=True)


@breaks("check_bad_y", "fit with a y that is too short raised nothing")
class IgnoresLengthOfTargets(Occlusion):
    def __skxai_tags__(self):
        return ExplainerTags(requires_y=True)


@breaks("check_fit_keeps_parameters", r"\['random_state'\]: 0 became 1")
class ChangesParameter(Occlusion):
    def _fit(self, X, y):
        super()._fit(X, y)
        self.random_state += 1


@breaks("check_refit", "fitted for the second time")
class KeepsFirstDesign(Occlusion):
    def _fit(self, X, y):
        first = getattr(self, "_weights", None)
        super()._fit(X, y)
        if first is not None:
            self._weights = np.roll(first, 1)


@breaks("check_refit", "'_first'.* is left from an earlier fit")
class LeavesSomething(Occlusion):
    def _fit(self, X, y):
        super()._fit(X, y)
        if hasattr(self, "feature_names_in_"):
            self._first = True


@breaks("check_no_metadata_requested", "asks for routed metadata")
class AsksForMetadata(Occlusion):
    __metadata_request__fit = {"model": True}


# -- purity ----------------------------------------------------------------------------------------


@breaks("check_fit_leaves_arguments_alone", "fit changed X_background")
class SortsBackground(Occlusion):
    def _fit(self, X, y):
        if isinstance(X, np.ndarray):
            X.sort(axis=0)
        super()._fit(X, y)


@breaks("check_fit_leaves_arguments_alone", r"fit changed model: \.n_jobs: None became 2")
class ConfiguresModel(Occlusion):
    def fit(self, model, X_background=None, y=None):
        model.set_params(n_jobs=2)
        return super().fit(model, X_background, y)


@breaks("check_model_is_used_as_it_is", "the explainer cloned the model")
class ClonesModel(Occlusion):
    def fit(self, model, X_background=None, y=None):
        return super().fit(clone(model), X_background, y)


@breaks("check_explain_leaves_arguments_alone", "explain changed X")
class WritesOnRows(Occlusion):
    def explain(self, X):
        explanation = super().explain(X)
        if isinstance(X, np.ndarray):
            np.clip(X, -0.1, 0.1, out=X)
        return explanation


@breaks("check_explain_sets_nothing", r"explain changed the explainer: \['last_'\]: is new")
class RemembersResult(Occlusion):
    def explain(self, X):
        self.last_ = super().explain(X)
        return self.last_


@breaks("check_explain_twice", "a second call of explain gives something else")
class DrawsInExplain(Occlusion):
    def _explain_rows(self, X, predictions):
        part = super()._explain_rows(X, predictions)
        return replace(part, values=part.values + 1e-3 * np.random.default_rng().normal())


@breaks("check_same_random_state", "fitted twice with the same random_state")
class DrawsGlobally(Occlusion):
    def _fit(self, X, y):
        super()._fit(X, y)
        self._weights = np.random.rand(X.shape[0])  # noqa: NPY002


@breaks("check_global_random_state", "fit uses the global random state")
class SeedsGlobally(Occlusion):
    def _fit(self, X, y):
        np.random.seed(0)  # noqa: NPY002
        super()._fit(X, y)


@breaks("check_prints_nothing", "prints 'done")
class Talks(Occlusion):
    def explain(self, X):
        print("done")  # noqa: T201
        return super().explain(X)


@breaks("check_explanation_is_detached", "the explanation changes along with X")
class KeepsReference(Occlusion):
    def explain(self, X):
        return replace(super().explain(X), data=X)


# -- rows ------------------------------------------------------------------------------------------


class AddsToRows(Occlusion):
    """Adds a number to each row's values that `extra` makes of all rows."""

    def _explain_rows(self, X, predictions):
        part = super()._explain_rows(X, predictions)
        extra = np.broadcast_to(self.extra(X, part.values), (len(part.values),))
        return replace(part, values=part.values + extra[:, None, None])


@breaks("check_row_order", "depends on the order of the rows")
class CountsRows(AddsToRows):
    def extra(self, X, values):
        return 1e-6 * np.arange(len(values))


@breaks("check_row_subset", "depends on the other rows")
class CentresRows(AddsToRows):
    def extra(self, X, values):
        return -values.mean() if len(values) else 0.0


@breaks("check_single_rows", "alone it is explained otherwise")
class TreatsOneRowApart(AddsToRows):
    def extra(self, X, values):
        return float(len(values) == 1)


@breaks("check_duplicate_rows", "depends on its duplicates")
class CountsDuplicates(AddsToRows):
    def extra(self, X, values):
        if isinstance(X, pd.DataFrame):
            return X.duplicated(keep=False).to_numpy() * 1.0
        dense = X.toarray() if hasattr(X, "toarray") else X
        return pd.DataFrame(dense).duplicated(keep=False).to_numpy() * 1.0


@breaks("check_chunking", "depends on the number of rows")
class CountsMany(AddsToRows):
    def extra(self, X, values):
        return float(len(values) > 30)


@breaks("check_batches", "explain_batches gives other numbers than explain")
class BatchesOfOneRow(Occlusion):
    def explain_batches(self, batches, batch_size=10_000):
        return (self.explain(batch)[:1] for batch in batches)


@breaks("check_n_jobs_loky", "n_jobs=2 under loky gives other bits than serial")
class KnowsItsProcess(AddsToRows):
    def _fit(self, X, y):
        super()._fit(X, y)
        self._process = os.getpid()

    def extra(self, X, values):
        return 1e-12 * (os.getpid() != self._process)

    def _rows_per_chunk(self):
        return 10


@breaks("check_n_jobs_threading", "n_jobs=2 under threading gives other bits than serial")
class KnowsItsThread(AddsToRows):
    def extra(self, X, values):
        return 1e-12 * (threading.current_thread() is not threading.main_thread())

    def _rows_per_chunk(self):
        return 10


@breaks("check_working_memory", "bytes at once; working_memory is")
class IgnoresMemory(Occlusion):
    def _explain_rows(self, X, predictions):
        self.predictor_.model.predict(np.tile(X, (100, 1)))
        return super()._explain_rows(X, predictions)


@breaks("check_model_gets_batches", "times on a single row")
class GoesRowByRow(Occlusion):
    def _explain_rows(self, X, predictions):
        for row in range(X.shape[0]):
            self.predictor_(take_rows(X, slice(row, row + 1)))
        return super()._explain_rows(X, predictions)


@breaks("check_index_is_kept", "come back as")
class DropsLabels(Occlusion):
    def explain(self, X):
        explanation = super().explain(X)
        return replace(explanation, index=pd.RangeIndex(len(explanation)))


# -- inputs ----------------------------------------------------------------------------------------


class ConvertsTables(Occlusion):
    """Turns the background and X into something else first."""

    def fit(self, model, X_background=None, y=None):
        return super().fit(model, self.convert(X_background), y)

    def explain(self, X):
        return super().explain(self.convert(X))


@breaks("check_lists", "'list' object has no attribute 'shape'")
class NeedsArrays(ConvertsTables):
    def convert(self, X):
        return X[: X.shape[0]]


@breaks("check_memory_layout", "a Fortran-ordered array gives another explanation")
class ReadsMemoryOrder(AddsToRows):
    def extra(self, X, values):
        return np.ravel(X, order="K")[1]


@breaks("check_memory_layout", "read-only")
class WritesOnBackground(Occlusion):
    def _fit(self, X, y):
        if isinstance(X, np.ndarray):
            X *= 1
        super()._fit(X, y)


@breaks("check_memory_mapped", "not supported")
class RefusesSubclasses(ConvertsTables):
    def convert(self, X):
        if isinstance(X, np.memmap):
            raise TypeError("not supported")
        return X


@breaks("check_single_precision", "the model was given .*float64.* instead of float32")
@breaks("check_integers", "the model was given .*float64.* instead of int64")
class Widens(ConvertsTables):
    def convert(self, X):
        return X.astype(float) if isinstance(X, np.ndarray) else X


@breaks("check_sparse", "the model was given .*ndarray.*, not sparse")
class Densifies(ConvertsTables):
    def convert(self, X):
        return X.toarray() if hasattr(X, "toarray") else X


@breaks("check_sparse", "fit on a sparse matrix raised nothing")
class ClaimsToRefuseSparse(Occlusion):
    def __skxai_tags__(self):
        return ExplainerTags(sparse=False)


@breaks("check_frame_reaches_model", "fitted on a DataFrame, gave the model ndarray")
class LosesFrames(Occlusion):
    def fit(self, model, X_background=None, y=None):
        return super().fit(lambda X: model.predict(X.to_numpy()), X_background, y)


@breaks("check_mixed_dtypes_reach_model", "gave the model 'age' as object")
class ForgetsDtypes(ConvertsTables):
    def convert(self, X):
        return X.astype(object) if isinstance(X, pd.DataFrame) else X


@breaks("check_mixed_frame", "fit on a mixed frame raised nothing")
class ClaimsToRefuseMixed(Occlusion):
    def __skxai_tags__(self):
        return ExplainerTags(mixed=False)


@breaks("check_mixed_frame", "could not convert|Cannot cast")
class NeedsNumbers(ConvertsTables):
    def convert(self, X):
        return X.astype(float)


@breaks("check_missing_values", "missing values in X give values that are not finite")
class SpreadsMissing(AddsToRows):
    def extra(self, X, values):
        return 0 * X[:, 0]


@breaks("check_array_for_frame", "expected a frame")
class NeedsFrames(Occlusion):
    def explain(self, X):
        if hasattr(self, "feature_names_in_") and not isinstance(X, pd.DataFrame):
            raise TypeError("expected a frame")
        return super().explain(X)


@breaks("check_column_labels_of_any_kind", "feature_names_in_ is set")
class NamesEverything(Occlusion):
    def _fit(self, X, y):
        super()._fit(X, y)
        self.feature_names_in_ = np.array(self._spec.names, dtype=object)


@breaks("check_n_features_and_names_in", "n_features_in_ is wrong")
class MiscountsFeatures(Occlusion):
    def _fit(self, X, y):
        super()._fit(X, y)
        self.n_features_in_ += 1


# -- refusals --------------------------------------------------------------------------------------


class SaysTooLittle(Occlusion):
    """Raises errors of the right kind that name nothing."""

    def fit(self, model, X_background=None, y=None):
        try:
            return super().fit(model, X_background, y)
        except (TypeError, ValueError) as error:
            raise type(error)("bad input") from error

    def explain(self, X):
        try:
            return super().explain(X)
        except (TypeError, ValueError) as error:
            raise type(error)("bad input") from error


breaks("check_bad_X", "does not name 'X'")(SaysTooLittle)
breaks("check_bad_background", "does not name 'X_background'")(SaysTooLittle)
breaks("check_no_model", "does not name 'model'")(SaysTooLittle)
breaks("check_unfitted_model", "does not name 'model'")(SaysTooLittle)
breaks("check_model_errors", "does not name 'model'")(SaysTooLittle)
breaks("check_model_errors_later", "does not name 'model'")(SaysTooLittle)
breaks("check_unknown_category", "does not name 'Atlantis'")(SaysTooLittle)
breaks("check_bad_target", "does not name 'target'")(SaysTooLittle)
breaks("check_bad_response_method", "does not name 'response_method'")(SaysTooLittle)


@breaks("check_bad_X", "the model was called before X was checked")
class ChecksTooLate(Occlusion):
    def explain(self, X):
        if isinstance(X, np.ndarray) and X.ndim == 2 and X.shape[1] >= 4:
            self.predictor_.model.predict(X)
        return super().explain(X)


@breaks("check_bad_columns", "a renamed column raised nothing")
class IgnoresNames(Occlusion):
    def explain(self, X):
        return super().explain(X.to_numpy()[:, : self.n_features_in_])


@breaks("check_bad_columns", "columns in another order raised nothing")
class ReordersColumns(Occlusion):
    def explain(self, X):
        if set(X.columns) == set(self.feature_names_in_):
            X = X[list(self.feature_names_in_)]
        return super().explain(X)


@breaks("check_unfitted_model", "raised ValueError, expected NotFittedError")
class WrongKindOfError(Occlusion):
    def fit(self, model, X_background=None, y=None):
        try:
            return super().fit(model, X_background, y)
        except NotFittedError as error:
            raise ValueError("model is not fitted") from error


class Forgiving:
    """A model without NaN or infinity."""

    def __init__(self, model):
        self.model = model

    def __call__(self, X):
        call = getattr(self.model, "predict", self.model)
        return np.nan_to_num(np.asarray(call(X), dtype=float))


@breaks("check_model_errors", "returns NaN raised nothing")
@breaks("check_model_errors_later", "returns NaN raised nothing")
class ReplacesMissingOutputs(Occlusion):
    def fit(self, model, X_background=None, y=None):
        return super().fit(model if model is None else Forgiving(model), X_background, y)


@breaks("check_unknown_category", "an unknown category raised nothing")
class ReplacesUnknown(Occlusion):
    def explain(self, X):
        if "town" in X:
            X = X.assign(town=X["town"].where(X["town"] != "Atlantis", "Ulm"))
        return super().explain(X)


class TriesWithout(Occlusion):
    """Ignores a parameter that does not fit the model."""

    def fit(self, model, X_background=None, y=None):
        try:
            return super().fit(model, X_background, y)
        except ValueError:
            given = getattr(self, self.ignored)
            setattr(self, self.ignored, {"target": None, "response_method": "auto"}[self.ignored])
            super().fit(model, X_background, y)
            setattr(self, self.ignored, given)
            return self


@breaks("check_bad_target", "raised nothing")
class IgnoresBadTarget(TriesWithout):
    ignored = "target"


@breaks("check_bad_response_method", "raised nothing")
class IgnoresBadResponse(TriesWithout):
    ignored = "response_method"


# -- explanations ----------------------------------------------------------------------------------


@breaks("check_shapes_and_names", "feature_names are")
class ForgetsNames(Occlusion):
    def explain(self, X):
        return replace(super().explain(X), feature_names=None)


@breaks("check_shapes_and_names", "binary: output_names are")
class NamesTheOtherClass(Occlusion):
    def explain(self, X):
        explanation = super().explain(X)
        if explanation.output_names == ("yes",):
            explanation = replace(explanation, output_names=["no"])
        return explanation


@breaks("check_predictions", "predictions are not the model's")
class RoundsPredictions(Occlusion):
    def explain(self, X):
        explanation = super().explain(X)
        return replace(explanation, predictions=explanation.predictions.round(1))


@breaks("check_completeness", "though completeness is promised")
class PromisesTooMuch(Occlusion):
    def __skxai_tags__(self):
        return ExplainerTags(completeness=True)


@breaks("check_no_rows", "expected at least one row")
class NeedsRows(Occlusion):
    def explain(self, X):
        if len(X) == 0:
            raise ValueError("expected at least one row")
        return super().explain(X)


@breaks("check_data_is_kept", "explanation.data is not X")
class KeepsNothing(Occlusion):
    def explain(self, X):
        return replace(super().explain(X), data=None)


@breaks("check_target_label", "is explained otherwise than among all outputs")
class MixesOutputs(Occlusion):
    def _explain_rows(self, X, predictions):
        part = super()._explain_rows(X, predictions)
        return replace(part, values=part.values / part.values.shape[2])


@breaks("check_target_predicted", "explained classes are")
class OneClassForAll(Occlusion):
    def explain(self, X):
        explanation = super().explain(X)
        if explanation.targets is None:
            return explanation
        return replace(explanation, targets=["low"] * len(explanation))


@breaks("check_response_method", "'predict' explains something else")
class IgnoresResponse(Occlusion):
    def fit(self, model, X_background=None, y=None):
        given, self.response_method = self.response_method, "auto"
        super().fit(model, X_background, y)
        self.response_method = given
        return self


@breaks("check_groups", "has players")
class IgnoresGroups(Occlusion):
    def _fit(self, X, y):
        given, self.groups = self.groups, None
        super()._fit(X, y)
        self.groups = given


@breaks("check_verbose", "verbose changes values")
class VerboseCounts(Occlusion):
    def _explain_rows(self, X, predictions):
        part = super()._explain_rows(X, predictions)
        return replace(part, values=part.values * (1 + self.verbose))


# -- interactions ----------------------------------------------------------------------------------


class OcclusionOfPairs(Occlusion):
    """With interactions of a kind: a tenth of the product of two effects."""

    def interactions(self, X):
        return self._attribute(X, self._interact_rows, 256, InteractionExplanation)

    def _interact_rows(self, X, predictions):
        part = self._explain_rows(X, predictions)
        pairs = 0.1 * np.einsum("nio,njo->nijo", part.values, part.values)
        diagonal = np.arange(pairs.shape[1])
        pairs[:, diagonal, diagonal] += part.values - pairs.sum(axis=2)
        return replace(part, values=pairs)


@breaks("check_interactions_fit_the_attributions", "are not symmetric")
class OneSided(OcclusionOfPairs):
    def _interact_rows(self, X, predictions):
        part = super()._interact_rows(X, predictions)
        upper = np.triu(np.ones(part.values.shape[1:3]))[:, :, None]
        return replace(part, values=part.values * upper)


@breaks("check_interactions_fit_the_attributions", "miss the attributions by")
class CountsPairsTwice(OcclusionOfPairs):
    def _interact_rows(self, X, predictions):
        part = super()._interact_rows(X, predictions)
        return replace(part, values=2 * part.values)


@breaks("check_interactions_fit_the_attributions", "belong to another explanation")
class ForgetsNamesOfPairs(OcclusionOfPairs):
    def interactions(self, X):
        return replace(super().interactions(X), feature_names=None)


@breaks("check_interactions_of_single_rows", "depend on the other rows")
class CentresPairs(OcclusionOfPairs):
    def _interact_rows(self, X, predictions):
        part = super()._interact_rows(X, predictions)
        return replace(part, values=part.values - part.values.mean(axis=0))


@breaks("check_interactions_change_nothing", "interactions changed the explainer")
class KeepsItsPairs(OcclusionOfPairs):
    def interactions(self, X):
        self.pairs_ = super().interactions(X)
        return self.pairs_


@breaks("check_interactions_change_nothing", "a second call gives other")
class DrawsPairsAnew(OcclusionOfPairs):
    def interactions(self, X):
        found = super().interactions(X)
        noise = np.random.default_rng().normal()
        return replace(found, values=found.values + noise)
