"""Counterfactuals of sequences: the fewest substitutions; and all single ones."""

import itertools
import pickle

import numpy as np
import pandas as pd
import pytest

from skxai import CounterfactualExplainer, CounterfactualExplanation
from skxai.counterfactual import SubstitutionScan
from skxai.maskers import SequenceMasker, TextMasker

ALPHABET = "ABC"
BACKGROUND = ["ABCAB", "CAB", "BBBB"]


class Game:
    """Weights of letters at positions, and of neighbours; classes by sign."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.single, self.pair = rng.normal(size=(6, 3)), rng.normal(size=(3, 3))

    def score(self, text):
        places = [ALPHABET.index(letter) for letter in text]
        single = sum(self.single[k, letter] for k, letter in enumerate(places))
        return single + sum(self.pair[a, b] for a, b in itertools.pairwise(places)) - 1

    def __call__(self, texts):
        return [self.score(text) for text in texts]

    def probabilities(self, texts):
        p = 1 / (1 + np.exp(-np.array(self(texts))))
        return np.column_stack([1 - p, p])


def nearest(game, text, frozen=()):
    """By trying all sequences of this length: the fewest substitutions, or None."""
    sizes = [
        sum(a != b for a, b in zip(text, other))
        for other in itertools.product(ALPHABET, repeat=len(text))
        if game.score(other) >= 0 and all(other[k] == text[k] for k in frozen if k < len(text))
    ]
    return min(sizes, default=None)


def fitted(model, masker=None, background=BACKGROUND, **parameters):
    masker = SequenceMasker(alphabet=ALPHABET) if masker is None else masker
    parameters = {"target": (0, None), "random_state": 0, **parameters}
    return CounterfactualExplainer(masker=masker, **parameters).fit(model, background)


TEXTS = ["ABCA", "CCCCB", "AAAA", "BABAB", "C"]


@pytest.mark.parametrize("frozen", [(), (0, 2)])
def test_with_enough_evaluations_nothing_nearer_exists(frozen):
    seen = set()
    masker = SequenceMasker(alphabet=ALPHABET, frozen=frozen)
    for seed in range(8):
        game = Game(seed)
        result = fitted(game, masker, max_evals=400).explain(TEXTS)
        for row, text in enumerate(TEXTS):
            fewest, status = nearest(game, text, frozen), str(result.status[row])
            seen.add(fewest)
            if fewest is None:
                assert status == "infeasible"
                continue
            found = result.counterfactuals[row]
            assert status == ("optimal" if fewest else "already_target")
            assert result.distances[row] == fewest == sum(a != b for a, b in zip(text, found))
            assert game.score(found) >= 0
            assert all(found[k] == text[k] for k in frozen if k < len(text))
    assert {0, 1, 2} <= seen
    assert not frozen or None in seen


@pytest.mark.parametrize("max_evals", [5, 15, 40])
def test_with_few_evaluations_the_status_is_honest(max_evals):
    for seed in range(12):
        game = Game(seed)
        result = fitted(game, max_evals=max_evals, n_counterfactuals=2).explain(TEXTS)
        assert (result.n_evals <= max_evals).all()
        for entry, status in enumerate(result.status):
            text, found = TEXTS[entry // 2], result.counterfactuals[entry]
            fewest = nearest(game, text)
            assert result.lower_bounds[entry] <= (np.inf if fewest is None else fewest)
            if status in ("optimal", "feasible"):
                assert game.score(found) >= 0
                assert result.distances[entry] >= fewest
                assert status == "feasible" or result.distances[entry] == fewest
            assert status != "infeasible" or fewest is None


def test_no_substitution_can_be_taken_back():
    n_large = 0
    for seed in range(12):
        game = Game(seed)
        result = fitted(game, n_counterfactuals=4).explain(TEXTS)
        for entry in np.flatnonzero(result.n_changes):
            text, found = TEXTS[entry // 4], result.counterfactuals[entry]
            places = [k for k in range(len(text)) if text[k] != found[k]]
            n_large += len(places) > 1
            for k in places:
                assert game.score(found[:k] + text[k] + found[k + 1 :]) < 0
    assert n_large >= 10


def test_several_counterfactuals_are_different():
    result = fitted(lambda texts: [t.count("A") - 1.0 for t in texts], n_counterfactuals=4)
    result = result.explain(["BCB"])
    assert sorted(result.counterfactuals) == ["ACB", "BAB", "BCA", "BCB"]
    assert result.status.tolist() == ["optimal"] * 3 + ["not_found"]


def one_hot(texts, length=5):
    array = np.zeros((len(texts), length, 3), dtype=np.float32)
    for row, text in enumerate(texts):
        for place, letter in enumerate(text):
            array[row, place, ALPHABET.index(letter)] = 1
    return array


def test_texts_codes_and_one_hot_give_the_same():
    game = Game(3)
    texts = [text for text in TEXTS if game.score(text) < 0]

    def of_one_hot(array):
        array = np.asarray(array).reshape(len(array), 5, 3)
        return game(["".join(ALPHABET[k] for k in row.argmax(1)[row.any(1)]) for row in array])

    def of_codes(array):
        return game(["".join(ALPHABET[k] for k in row if k >= 0) for row in np.asarray(array)])

    def codes(texts):
        return np.array([[*map(ALPHABET.index, text)] + [-1] * (5 - len(text)) for text in texts])

    expected = fitted(game).explain(texts)
    masker = SequenceMasker(alphabet=ALPHABET)
    flat = pd.DataFrame(one_hot(BACKGROUND).reshape(3, -1))
    rows = pd.DataFrame(one_hot(texts).reshape(len(texts), -1), index=list("vwxyz")[: len(texts)])
    for model, background, X in [
        (of_one_hot, one_hot(BACKGROUND), one_hot(texts)),
        (of_one_hot, flat, rows),
        (of_codes, codes(BACKGROUND), codes(texts)),
    ]:
        explainer = fitted(model, masker, background)
        result = explainer.explain(X)
        assert type(result.counterfactuals) is type(X)
        assert explainer.masker_.decode(result.counterfactuals) == expected.counterfactuals
        assert result.sentences() == expected.sentences()
        np.testing.assert_array_equal(result.predictions, model(result.counterfactuals))
        frame = explainer.substitutions(X).to_frame().reset_index(drop=True)
        pd.testing.assert_frame_equal(
            frame, fitted(game).substitutions(texts).to_frame().reset_index(drop=True)
        )
    frame = fitted(of_one_hot, masker, flat).explain(rows).counterfactuals
    assert frame.index.tolist() == rows.index.tolist()
    assert (frame.dtypes == np.float32).all()


def test_it_is_told_in_words_and_tables():
    result = fitted(lambda texts: [t.count("A") - 2.0 for t in texts]).explain(
        pd.Series(["CBB", "AAB"], index=["p", "q"])
    )
    assert result.sentences() == [
        "With A instead of C at position 1 and A instead of B at position 2, the prediction would "
        "have been 0 instead of -2.",
        "The prediction is 0 as it is.",
    ]
    assert result.to_frame()["changes"].tolist() == ["C1A, B2A", ""]
    assert result.replacements[0].tolist() == ["A", "A", ""]
    changes = result.changes()
    assert changes.index.tolist() == ["p", "p"]
    assert changes[["position", "letter", "after"]].to_numpy().tolist() == [
        [1, "C", "A"],
        [2, "B", "A"],
    ]
    assert result[1].changes().empty
    assert result[[0]].feature_names == ("C1", "B2", "B3")


@pytest.mark.parametrize("classes", [False, True])
def test_the_scan_has_every_substitution(classes):
    game = Game(5)
    model, target = (game.probabilities, "y1") if classes else (game, (0, None))
    masker = SequenceMasker(alphabet=ALPHABET, frozen=[1])
    scan = fitted(model, masker, target=target).substitutions(pd.Series(TEXTS, index=list("vwxyz")))
    rows = []
    for label, text in zip("vwxyz", TEXTS):
        for place, letter in itertools.product(range(len(text)), ALPHABET):
            if place != 1 and letter != text[place]:
                other = text[:place] + letter + text[place + 1 :]
                rows.append((label, place + 1, text[place], letter, game.score(other)))
    frame = scan.to_frame().reset_index()
    assert frame[["row", "position", "from", "to"]].to_numpy().tolist() == [
        list(r[:4]) for r in rows
    ]
    scores = np.array([row[4] for row in rows])
    assert frame["reached"].tolist() == (scores >= 0).tolist()
    assert frame["reached"].sum() > 0
    if classes:
        np.testing.assert_allclose(frame["y1"], 1 / (1 + np.exp(-scores)))
        assert frame["label"].tolist() == [f"y{int(score >= 0)}" for score in scores]
    else:
        np.testing.assert_array_equal(frame["predicted"], scores)
        by_text = dict(zip("vwxyz", TEXTS))
        assert frame["original"].tolist() == [game.score(by_text[row]) for row in frame["row"]]
    for text, found in zip(TEXTS, scan.sequences()):
        assert all(game.score(other) >= 0 for other in found)
        assert all(sum(a != b for a, b in zip(text, other)) == 1 for other in found)
    assert sum(map(len, scan.sequences())) == frame["reached"].sum()
    pd.testing.assert_frame_equal(
        scan[[x != "v" for x in "vwxyz"]].to_frame(), scan.to_frame().drop("v")
    )


def test_the_scan_finds_what_the_search_finds():
    game = Game(2)
    explainer = fitted(game)
    result, scan = explainer.explain(TEXTS), explainer.substitutions(TEXTS)
    alone = (result.distances == 1).nonzero()[0]
    assert len(alone)
    for row in range(len(TEXTS)):
        if result.status[row] != "already_target":
            assert (row in alone) == scan.reached[row].any()
        if row in alone:
            best = np.nanmax(scan.predictions[row])
            assert result.predictions[row] == best  # of equally near ones that of the best margin


def test_a_row_depends_on_itself_alone():
    game, rng = Game(1), np.random.default_rng(0)
    texts = ["".join(rng.choice(list(ALPHABET), rng.integers(1, 6))) for _ in range(70)]
    explainer = fitted(game, max_evals=20)
    everything, scan = explainer.explain(texts), explainer.substitutions(texts)
    some = [66, 3, 40]
    few = explainer.explain([texts[row] for row in some])
    assert few.counterfactuals == everything[some].counterfactuals
    assert few.n_evals.tolist() == everything[some].n_evals.tolist()
    pd.testing.assert_frame_equal(
        explainer.substitutions([texts[66]]).to_frame().reset_index(drop=True),
        scan[66].to_frame().reset_index(drop=True),
    )


@pytest.mark.parametrize("classes", [False, True])
def test_results_come_back_from_files(tmp_path, classes):
    game = Game(5)
    model, target = (game.probabilities, "y1") if classes else (game, (0, None))
    explainer = fitted(model, target=target)
    X = pd.Series(TEXTS, index=list("vwxyz"))
    for result, kind in [
        (explainer.explain(X), CounterfactualExplanation),
        (explainer.substitutions(X), SubstitutionScan),
    ]:
        result.save(tmp_path / "a.npz")
        for again in (kind.load(tmp_path / "a.npz"), pickle.loads(pickle.dumps(result))):
            pd.testing.assert_frame_equal(again.to_frame(), result.to_frame())
            assert repr(again) == repr(result)
            assert again.method == result.method
            with pytest.raises(ValueError, match="read-only"):
                again.predictions[0] = 1
        assert "<table" in result._repr_html_()
    with pytest.raises(ValueError, match="holds SubstitutionScan, not CounterfactualExplanation"):
        CounterfactualExplanation.load(tmp_path / "a.npz")


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="may not change are the masker's own `frozen`"):
        fitted(Game(0), frozen=[1])
    with pytest.raises(ValueError, match="substitutions need a SequenceMasker"):
        CounterfactualExplainer(masker=TextMasker(), target=1).fit(
            lambda texts: [len(text) for text in texts]
        ).substitutions(["A B"])
    with pytest.raises(ValueError, match="kind must be one of"):
        fitted(Game(0)).substitutions(["ABC"]).plot("bar")
    with pytest.raises(ValueError, match="expected letters of the alphabet"):
        fitted(lambda texts: [t.count("A") - 2.0 for t in texts]).explain(["ABX"])
