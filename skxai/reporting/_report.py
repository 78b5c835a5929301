"""The function `report`; what it needs is loaded when it is called."""


def report(
    explainer,
    X,
    path=None,
    *,
    row=0,
    output=None,
    X_background=None,
    y_background=None,
    counterfactuals=True,
    influences=True,
    selectivity=True,
    title=None,
    date=None,
    random_state=0,
):
    """Write one HTML file that explains a model, one row, and how far to trust that.

    The file needs nothing else: no network, no script, no other file. It holds what the model
    relies on overall; one row in words and pictures, with its nearest counterfactual and the
    training rows that made the prediction, or are most like it; measures of how far to trust the
    explanation, each with what it means; and how all this was made. What can't be computed for
    this model is left out, with the reason.

    Parameters
    ----------
    explainer : fitted explainer
        One whose `explain` returns an `Explanation`.
    X : DataFrame, array-like or sparse matrix of shape (n_rows, n_features), or texts, images, …
        The rows to explain. All of them are explained: a hundred or so will do.
    path : str or path-like, default=None
        The file to write; what is there already is replaced. None: the page is returned.
    row : int or None, default=0
        Position in `X` of the row that is looked at. None: no row is.
    output : str or class label, default=None
        The output to explain, where there are several. None: that with the largest prediction in
        the row, which for a classifier is the predicted class; without a row, on average.
    X_background : DataFrame, array-like or sparse matrix of shape (n_background, n_features), \
            default=None
        Rows such as the model was trained on, for counterfactuals, training rows and
        selectivity. None: those that the explainer keeps, if it keeps more than one.
    y_background : array-like of shape (n_background,), default=None
        Their targets. If given, the background is taken for the training data.
    counterfactuals : bool, CounterfactualExplanation or fitted CounterfactualExplainer, \
            default=True
        True: the nearest is searched for. A result has one row, that which is looked at, or all
        those of `X`.
    influences : bool, InfluenceExplanation or fitted InfluenceExplainer, default=True
        True: with `y_background`, the training rows that made the prediction, if they are known
        in closed form for the model; else the nearest background rows, by Gower's distance.
    selectivity : bool, default=True
        Whether to measure how the output falls as features are removed (on 30 rows at most).
    title : str, default=None
        The title of the page.
    date : str or datetime.date, default=None
        The date that is written. None: today's. With a fixed one, the same input gives the same
        bytes.
    random_state : int, RandomState instance or None, default=0
        Seeds the search for counterfactuals, and the random orders that selectivity is
        compared with.

    Returns
    -------
    Path or str
        The path; or, if that is None, the page, which notebooks show.

    Raises
    ------
    TypeError, ValueError, IndexError, OSError
        If an argument is not as described, or the file can't be written. Found out before
        anything is computed.

    See Also
    --------
    Explanation.report : The same of what an explanation itself knows.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skxai import ShapleyExplainer
    >>> from skxai import report
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> model = LogisticRegression(max_iter=1000).fit(X, y)
    >>> explainer = ShapleyExplainer().fit(model, X)
    >>> html = report(explainer, X[45:55], row=0, y_background=y, date="2026-01-31")
    >>> "The model&#x27;s" in html
    True
    """
    # Pictures and measures, which most programs that import skxai don't need.
    from skxai.reporting._writing import report_explainer

    return report_explainer(
        explainer,
        X,
        path,
        row=row,
        output=output,
        X_background=X_background,
        y_background=y_background,
        counterfactuals=counterfactuals,
        influences=influences,
        selectivity=selectivity,
        title=title,
        date=date,
        random_state=random_state,
    )
