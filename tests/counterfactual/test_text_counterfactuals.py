"""Counterfactuals of texts: the fewest words whose removal changes the prediction."""

import itertools

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skxai import CounterfactualExplainer, CounterfactualExplanation
from skxai.maskers import TabularMasker, TextMasker

LETTERS = "abcdefg"
GOOD, BAD, FILL = ["good", "great", "fine"], ["awful", "boring", "bad"], ["the", "film", "was", "a"]


class Game:
    """A sum of weights of words and of pairs of words; positive is wanted."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.weights = rng.normal(size=len(LETTERS))
        self.pairs = rng.normal(size=(len(LETTERS),) * 2)
        self.offset = -1.5

    def __call__(self, texts):
        has = np.array([[letter in text for letter in LETTERS] for text in texts], dtype=float)
        pairs = np.einsum("ni,ij,nj->n", has, np.triu(self.pairs, 1), has)
        return has @ self.weights + pairs + self.offset


def fewest_removals(model, words):
    """By trying all subsets: how many words have to go at least; None if no subset does."""
    for size in range(len(words) + 1):
        for gone in itertools.combinations(range(len(words)), size):
            left = [word for j, word in enumerate(words) if j not in gone]
            if model([" ".join(left)])[0] >= 0:
                return size
    return None


def explained(model, texts, **parameters):
    parameters = {"target": (0, None), "random_state": 0, **parameters}
    return CounterfactualExplainer(masker=TextMasker(), **parameters).fit(model).explain(texts)


def films(n=40, seed=0):
    rng = np.random.default_rng(seed)
    is_good = rng.random(n) < 0.5
    texts = [
        " ".join(rng.choice((GOOD if good else BAD) + FILL, rng.integers(3, 12)))
        for good in is_good
    ]
    return texts, np.where(is_good, "good", "bad")


@pytest.fixture(scope="module")
def model():
    texts, labels = films()
    return make_pipeline(CountVectorizer(), LogisticRegression()).fit(texts, labels)


@pytest.mark.parametrize("seed", range(12))
def test_with_enough_evaluations_nothing_smaller_exists(seed):
    game, text = Game(seed), " ".join(LETTERS)
    result = explained(game, [text], max_evals=300)
    fewest = fewest_removals(game, list(LETTERS))
    if fewest is None:
        assert result.status.tolist() == ["infeasible"]
        assert np.isnan(result.distances[0])
        assert result.lower_bounds[0] == np.inf
        assert result.counterfactuals == [text]
    elif fewest == 0:
        assert result.status.tolist() == ["already_target"]
        assert not result.changed.any()
    else:
        assert result.status.tolist() == ["optimal"]
        assert result.distances[0] == result.lower_bounds[0] == fewest
        assert game(result.counterfactuals)[0] >= 0


def test_the_brute_force_sees_all_cases():
    fewest = [fewest_removals(Game(seed), list(LETTERS)) for seed in range(12)]
    assert {None, 0, 1, 2} <= set(fewest)
    assert max(size or 0 for size in fewest) >= 2


@pytest.mark.parametrize("max_evals", [4, 12, 25, 60])
def test_with_few_evaluations_the_status_is_honest(max_evals):
    for seed in range(20):
        game = Game(seed)
        calls = []

        def counted(texts, game=game, calls=calls):
            calls.append(len(texts))
            return game(texts)

        explainer = CounterfactualExplainer(
            masker=TextMasker(), target=(0, None), max_evals=max_evals, random_state=0
        ).fit(counted)
        calls.clear()
        result = explainer.explain([" ".join(LETTERS)])
        assert sum(calls) <= result.n_evals[0] + 1 <= max_evals + 1
        fewest = fewest_removals(game, list(LETTERS))
        assert result.lower_bounds[0] <= (np.inf if fewest is None else fewest)
        status = str(result.status[0])
        if status in ("optimal", "feasible"):
            assert game(result.counterfactuals)[0] >= 0
            assert result.distances[0] >= fewest
        if status == "optimal":
            assert result.distances[0] == fewest
        if status == "infeasible":
            assert fewest is None
        if status == "already_target":
            assert fewest == 0


def test_no_removal_can_be_taken_back():
    n_large = 0
    for seed in range(20):
        game = Game(seed)
        result = explained(game, [" ".join(LETTERS)], max_evals=60, n_counterfactuals=3)
        for entry in np.flatnonzero(result.found & (result.n_changes > 0)):
            gone = result.changed[entry]
            n_large += gone.sum() > 1
            assert result.counterfactuals[entry].split() == [*np.array(list(LETTERS))[~gone]]
            for j in np.flatnonzero(gone):
                back = [
                    w for w, g in zip(LETTERS, np.where(np.arange(7) == j, False, gone)) if not g
                ]
                assert game([" ".join(back)])[0] < 0
    assert n_large >= 10


def test_a_long_linear_text_needs_those_of_the_largest_weights():
    rng = np.random.default_rng(0)
    weights = dict(zip([f"w{j}" for j in range(60)], -rng.gamma(1.0, size=60)))
    total = sum(weights.values())

    def model(texts):
        return [sum(weights[word] for word in text.split()) - 0.3 * total for text in texts]

    result = explained(model, [" ".join(weights)])
    needed = np.searchsorted(-np.cumsum(sorted(weights.values())), -0.7 * total) + 1
    assert result.n_changes[0] == needed > 20
    assert result.status[0] == "feasible"
    assert result.lower_bounds[0] == 2


def test_words_of_interest_only_together_are_found():
    """Neither word gains anything alone."""

    def model(texts):
        return [1.0 - ("x" in text or "y" in text) for text in texts]

    result = explained(model, ["a b x c d y e"], target=(1, None))
    assert result.counterfactuals == ["a b c d e"]
    assert result.status[0] == "optimal"


def test_several_counterfactuals_differ():
    def model(texts):
        return [-float("a" in text and ("b" in text or "c" in text)) for text in texts]

    result = explained(model, ["a b c d"], n_counterfactuals=3)
    assert result.counterfactuals == ["b c d", "a d", "a b c d"]
    assert result.status.tolist() == ["optimal", "feasible", "not_found"]
    alike = explained(lambda texts: [-float(len(t.split()) > 3) for t in texts], ["a b c d"] * 2,
                      n_counterfactuals=4)  # fmt: skip
    assert sorted(alike.counterfactuals[:4]) == ["a b c", "a b d", "a c d", "b c d"]
    assert set(alike.status) == {"optimal"}


def test_another_reason_is_found_without_the_words_of_the_first():
    first, second = ["a", "b", "c", "d"], ["e", "f", "g", "h"]

    def model(texts):
        words = [text.split() for text in texts]
        return [
            max(sum(word not in text for word in group) for group in (first, second)) - 4
            for text in words
        ]

    text = " ".join([*first, *(f"w{j}" for j in range(40)), *second])
    result = explained(model, [text], n_counterfactuals=2, max_evals=300)
    gone = [set(text.split()) - set(found.split()) for found in result.counterfactuals]
    assert sorted(map(sorted, gone)) == [first, second]


def test_it_is_told_in_words_and_tables(model):
    result = (
        CounterfactualExplainer(masker=TextMasker())
        .fit(model)
        .explain(
            pd.Series(["the good film was awful", "a great film", "film"], index=["x", "y", "z"])
        )
    )
    assert list(model.predict(result.counterfactuals)[:2]) == ["good", "bad"]
    assert result.counterfactuals[:2] == ["the good film was", "a film"]
    before, after = model.predict_proba(["the good film was awful", "the good film was"])[:, 0]
    assert result.sentences()[0] == (
        f"Without 'awful', the prediction would have been 'good' ({1 - after:.2f}) instead of "
        f"'bad' ({before:.2f})."
    )
    frame = result.to_frame()
    assert frame.index.tolist() == ["x", "y", "z"]
    assert frame["changes"].tolist()[:2] == ["awful", "great"]
    assert frame["original_prediction"].tolist()[:2] == ["bad", "good"]
    assert frame["prediction"].tolist()[:2] == ["good", "bad"]
    assert frame["distance"].tolist()[:2] == [1.0, 1.0]
    changes = result.changes()
    assert changes.loc["x", ["name", "start", "end", "after"]].tolist() == ["awful", 18, 23, ""]
    twice = explained(lambda texts: [-t.count("no") for t in texts], ["no, no it is no thing"])
    assert twice.sentences()[0].startswith("Without 'no' (3 times), the prediction")
    twice = explained(lambda texts: [-t.count("no") for t in texts], ["no, no it is"])
    assert twice.sentences()[0].startswith("Without 'no' (twice), the prediction")
    any_of_two = explained(
        lambda texts: [-float("a" in t and "b" in t) for t in texts],
        ["a b", "b a"],
        n_counterfactuals=2,
    )
    assert any_of_two.changes()["counterfactual"].tolist() == [0, 1, 0, 1]
    assert any_of_two.changes()["name"].tolist() == ["a", "b", "b", "a"]
    none = explained(lambda texts: [-1.0 for t in texts], ["so it is", ""])
    assert none.status.tolist() == ["infeasible"] * 2
    assert len(none.changes()) == 0
    assert none.sentences()[0] == "The prediction is -1, and no allowed change leads to the target."


def test_the_counterfactuals_are_checked_once_more():
    def moody(texts):
        return [float(text == "b") if len(texts) > 1 else 0.0 for text in texts]

    result = explained(moody, ["a b"], target=(1, None))
    assert result.status.tolist() == ["not_found"]
    assert result.counterfactuals == ["a b"]


@pytest.mark.parametrize("n_counterfactuals", [1, 2])
def test_a_row_depends_on_itself_alone(model, n_counterfactuals):
    texts = films(75, seed=1)[0]
    explainer = CounterfactualExplainer(
        masker=TextMasker(), max_evals=40, random_state=3, n_counterfactuals=n_counterfactuals
    ).fit(model)
    everything = explainer.explain(texts)
    with joblib.parallel_config(backend="threading"):
        two_jobs = explainer.set_params(n_jobs=2).explain(texts)
    explainer.set_params(n_jobs=None)
    assert everything.counterfactuals == two_jobs.counterfactuals
    some = [70, 3, 41]
    few = explainer.explain([texts[row] for row in some])
    assert few.counterfactuals == everything[some].counterfactuals
    for name in ("status", "changed", "lower_bounds", "n_evals", "replacements"):
        np.testing.assert_array_equal(getattr(few, name), getattr(everything[some], name))
    assert everything[[0]].feature_names == tuple(texts[0].split())


@pytest.mark.parametrize("kind", ["list", "series", "array"])
def test_it_comes_back_from_a_file(tmp_path, model, kind):
    texts = films(6, seed=2)[0]
    X = {"list": texts, "series": pd.Series(texts, index=list("abcdef")),
         "array": np.array(texts, dtype=object)}[kind]  # fmt: skip
    explainer = CounterfactualExplainer(masker=TextMasker(), n_counterfactuals=2).fit(model, X)
    result = explainer.explain(X)
    result.save(tmp_path / "why.npz")
    again = CounterfactualExplanation.load(tmp_path / "why.npz")
    assert type(again.counterfactuals) is type(result.counterfactuals) is type(X)
    assert list(again.counterfactuals) == list(result.counterfactuals)
    assert again.sentences() == result.sentences()
    pd.testing.assert_frame_equal(again.to_frame(), result.to_frame())
    pd.testing.assert_frame_equal(again[1:3].changes(), result[1:3].changes())
    if kind == "series":
        assert again.counterfactuals.index.tolist() == list("aabbccddeeff")
    with pytest.raises(ValueError, match="read-only"):
        again.changed[0] = True
    with pytest.raises(AttributeError):
        again.layout = None


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"frozen": ["a"]}, r"frozen is \['a'\], which is for columns of a table"),
        ({"bounds": {"a": (0, 1)}}, "bounds is .* expected none"),
        ({"constraints": ["plausible"]}, "constraints is .* expected none"),
        ({"costs": {"a": 2}}, "costs is .* expected none"),
        ({"distance": "l2"}, "distance is 'l2'; with TextMasker.* how many players change"),
        ({"algorithm": "nearest"}, "algorithm is 'nearest', which is for tables"),
        ({"target": "other"}, "target is 'other', .* of 1 rows; expected more of them"),
        ({"target": {"z": 1}}, "target is .* none of the outputs"),
    ],
)
def test_what_is_for_tables_is_refused_by_name(parameters, message):
    explainer = CounterfactualExplainer(masker=TextMasker(), **{"target": 1, **parameters})
    with pytest.raises(ValueError, match=message):
        explainer.fit(lambda texts: [len(text) for text in texts])


def test_bad_inputs_are_refused(model):
    with pytest.raises(ValueError, match="'masker' parameter"):
        CounterfactualExplainer(masker=TabularMasker()).fit(model)
    explainer = CounterfactualExplainer(masker=TextMasker()).fit(model)
    with pytest.raises(TypeError, match="X is one text"):
        explainer.explain("a text")
    with pytest.raises(ValueError, match="a front is known for tables only"):
        explainer.front(["a text"])
    with pytest.raises(ValueError, match="substitutions need a SequenceMasker"):
        explainer.substitutions(["a text"])
    assert len(explainer.explain([])) == 0
    assert len(explainer.explain([]).to_frame()) == 0


def test_a_move_either_way_is_measured_by_the_background():
    texts = ["a a", "a a a a", "b"]  # lengths 2, 4, 1: deviation 1.25

    def length(texts):
        return [len(text.split()) for text in texts]

    explainer = CounterfactualExplainer(masker=TextMasker()).fit(length, texts)
    assert explainer.explain(["c d e f"]).n_changes.tolist() == [2]


def test_changes_that_help_in_company_are_added_one_by_one():
    """The first word of a chain gains most alone; each further one gains once those before went.

    The other words gain a little alone, and lose much together: their sums lead astray.
    """
    chain, others = "abcdef", [f"w{j}" for j in range(24)]

    def model(texts):
        values = []
        for text in texts:
            present = text.split()
            steps = next((k for k, word in enumerate(chain) if word in present), len(chain))
            n_gone = sum(word not in present for word in others)
            values.append(steps + 0.1 * (n_gone == 1) - n_gone * (n_gone > 1) - 6)
        return values

    result = explained(model, [" ".join([*chain, *others])], max_evals=300)
    assert result.counterfactuals == [" ".join(others)]


def test_a_text_of_more_words_than_evaluations_is_searched_by_its_parts():
    """Ten neighbours count, of 500; 120 evaluations."""
    words = [f"w{j}" for j in range(500)]

    def model(texts):
        return [-sum(word in text.split() for word in words[200:210]) for text in texts]

    result = explained(model, [" ".join(words)], target=(-4, None), max_evals=120)
    assert result.status.tolist() == ["feasible"]
    assert result.n_evals[0] <= 120
    assert 6 <= result.n_changes[0] <= 12
    assert model(result.counterfactuals)[0] >= -4


def test_of_many_removals_parts_are_taken_back():
    """Only two words count, together; 200 evaluations for 500 words find no sign of them."""
    words = [f"w{j}" for j in range(500)]

    def model(texts):
        return [-float("w100" in text.split() or "w400" in text.split()) for text in texts]

    result = explained(model, [" ".join(words)], max_evals=200)
    assert result.status.tolist() == ["feasible"]
    assert 2 <= result.n_changes[0] <= 100
    assert model(result.counterfactuals) == [0]


def test_what_is_nearest_bounds_all_counterfactuals_of_a_row():
    result = explained(lambda texts: [-float("a" in text) for text in texts], ["a b c d"],
                       n_counterfactuals=2)  # fmt: skip
    assert result.status.tolist() == ["optimal", "not_found"]
    assert result.lower_bounds.tolist() == [1, 1]


def test_a_time_limit_ends_the_search(model):
    explainer = CounterfactualExplainer(masker=TextMasker(), time_limit=1e-9).fit(model)
    assert explainer.explain(["a good film"]).status.tolist() == ["not_found"]
