"""What an explainer says about itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ExplainerTags:
    """What an explainer promises and what it needs.

    An explainer returns them from its method ``__skxai_tags__``; they may depend on its
    parameters. `skxai.utils.explainer_checks` reads them.

    Parameters
    ----------
    attributions : bool, default=True
        Whether `explain` returns an `Explanation`. Another result has fields `data`,
        `predictions` and `output_names`, and a method `to_frame`.
    completeness : bool, default=False
        Whether base value plus attributions equal the prediction, to rounding, for all models
        it takes.
    requires_y : bool, default=False
        Whether `fit` needs the targets of the background rows.
    any_model : bool, default=True
        Whether it takes any fitted estimator and any function.
    regressor, classifier : estimator, default=None
        If not any model: unfitted examples of those it takes.
    sparse : bool, default=True
        Whether it takes sparse matrices.
    mixed : bool, default=True
        Whether it takes DataFrames with columns that are no numbers and with missing values.

    Examples
    --------
    >>> from skxai.base import BaseExplainer
    >>> from skxai.utils import ExplainerTags
    >>> class MyExplainer(BaseExplainer):
    ...     def __skxai_tags__(self):
    ...         return ExplainerTags(completeness=True, sparse=False)
    """

    attributions: bool = True
    completeness: bool = False
    requires_y: bool = False
    any_model: bool = True
    regressor: object = None
    classifier: object = None
    sparse: bool = True
    mixed: bool = True
