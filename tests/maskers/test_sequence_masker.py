"""Positions of sequences as players: encodings, absence, what may not change."""

import itertools
import math
import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from skxai import Explanation, ShapleyExplainer
from skxai.maskers import SequenceMasker

ALPHABET = "ACGT"
BACKGROUND = ["GATTACA", "CAT", "TTAGG"]
ROWS = ["TAGA", "C", "GATTACA"]


def codes_of(sequences, length=8, padding=-1, first=0):
    table = np.full((len(sequences), length), padding)
    for row, sequence in enumerate(sequences):
        table[row, : len(sequence)] = [ALPHABET.index(letter) + first for letter in sequence]
    return table


def one_hot_of(sequences, length=8):
    return (codes_of(sequences, length)[:, :, None] == np.arange(4)).astype(np.float32)


def flat_of(sequences):
    return one_hot_of(sequences).reshape(len(sequences), -1)


# What rows may be: how they are made, and the encoding that is found.
KINDS = {
    "list": (list, "string"),
    "series": (pd.Series, "string"),
    "array of str": (np.array, "string"),
    "codes": (codes_of, "codes"),
    "frame of codes": (lambda sequences: pd.DataFrame(codes_of(sequences)), "codes"),
    "table": (flat_of, "one-hot"),
    "frame": (lambda sequences: pd.DataFrame(flat_of(sequences)).add_prefix("p"), "one-hot"),
    "mixed frame": (
        lambda sequences: pd.DataFrame(flat_of(sequences)).astype({0: int, 5: bool}),
        "one-hot",
    ),
    "sparse": (lambda sequences: sp.csr_matrix(flat_of(sequences)), "one-hot"),
    "bool": (lambda sequences: flat_of(sequences).astype(bool), "one-hot"),
    "array": (one_hot_of, "one-hot"),
    "letters first": (lambda sequences: one_hot_of(sequences).swapaxes(1, 2), "one-hot"),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def assert_same(got, expected):
    """Equal in kind, dtype and content."""
    if isinstance(expected, list):
        assert got == expected
    elif isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(got, expected)
    elif isinstance(expected, pd.Series):
        assert isinstance(got, pd.Series)
        assert list(got) == list(expected)
    elif sp.issparse(expected):
        assert got.format == "csr"
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got.toarray(), expected.toarray())
    else:
        assert isinstance(got, np.ndarray)
        np.testing.assert_array_equal(got, expected)
        assert got.dtype.kind == expected.dtype.kind or expected.dtype.kind == "U"


# -- encodings -------------------------------------------------------------------------------------


def test_encode_and_decode(kind):
    make, encoding = kind
    masker = SequenceMasker(alphabet=ALPHABET).fit(make(BACKGROUND))
    assert masker.encoding_ == encoding
    assert masker.alphabet_ == tuple(ALPHABET)
    assert masker.length_ == (None if encoding == "string" else 8)
    assert masker.background_ == BACKGROUND
    assert masker.n_background_ == 3
    assert masker.decode(make(ROWS)) == ROWS
    assert_same(masker.encode(ROWS), make(ROWS))


def test_layout(kind):
    make, _ = kind
    layout = SequenceMasker(alphabet=ALPHABET).fit(make(BACKGROUND)).layout(make(ROWS))
    assert layout.counts.tolist() == [4, 1, 7]
    assert layout.names(0) == ["T1", "A2", "G3", "A4"]
    assert [layout.sequence(row) for row in range(3)] == ROWS


def test_compose_is_the_blend_letter_by_letter(kind):
    make, _ = kind
    masker = SequenceMasker(alphabet=ALPHABET).fit(make(BACKGROUND))
    rows = ["TAGAC", "GGGGG"]
    masked = masker.bind(make(rows))
    assert (masked.n_rows, masked.n_background, masked.n_players) == (2, 3, 5)
    inputs = list(itertools.product([1, 0], [0, 2, 1], itertools.product([True, False], repeat=5)))
    expected = [
        "".join(
            own if here else other
            for own, other, here in zip(rows[row], itertools.cycle(BACKGROUND[z]), present)
        )
        for row, z, present in inputs
    ]
    composed = masked.compose(*map(np.array, zip(*inputs)))
    assert_same(composed, make(expected))


def test_differs_is_exact(kind):
    make, _ = kind
    masker = SequenceMasker(alphabet=ALPHABET).fit(make(BACKGROUND))
    rows = ["TAGAC", "GATTA", "CATCA"]
    masked = masker.bind(make(rows))
    got = masked.differs(np.array([2, 0, 1]))
    assert got.shape == (3, 3, 5)
    for i, row in enumerate([2, 0, 1]):
        for z in range(3):
            for j in range(5):
                alone = masked.compose([row], [z], [np.arange(5) != j])
                assert got[i, z, j] == (masker.decode(alone)[0] != rows[row])


def test_bind_leaves_the_rows_alone(kind):
    make, _ = kind
    rows = make(["TAG", "CAT"])
    masked = SequenceMasker(alphabet=ALPHABET).fit(make(BACKGROUND)).bind(rows)
    composed = masked.compose([0, 1], [0, 0], np.zeros((2, 3), dtype=bool))
    assert_same(composed, make(["GAT", "GAT"]))
    assert_same(masked.compose([0, 1], [0, 0], np.ones((2, 3), dtype=bool)), make(["TAG", "CAT"]))
    assert_same(rows, make(["TAG", "CAT"]))


def test_substitutes_take_the_places_of_players(kind):
    make, _ = kind
    masker = SequenceMasker(alphabet=ALPHABET, frozen=[1]).fit(make(BACKGROUND))
    masked = masker.bind(make(["TAG", "GAT"]))
    assert masked.letters().tolist() == [[3, 2], [2, 3]]
    assert_same(masked.substitute([1, 0, 1], [[0, 1], [3, 3], [2, 3]]), make(["AAC", "TAT", "GAT"]))
    assert masked.letters().tolist() == [[3, 2], [2, 3]]


@pytest.mark.parametrize(("padding", "first"), [(-1, 0), (0, 1), (4, 0), (99, 0)])
def test_the_code_of_padding(padding, first):
    background = codes_of(BACKGROUND, padding=padding, first=first)
    masker = SequenceMasker(alphabet=ALPHABET, encoding="codes", padding=padding).fit(background)
    assert masker.background_ == BACKGROUND
    np.testing.assert_array_equal(masker.encode(ROWS), codes_of(ROWS, 8, padding, first))


def test_padding_between_the_codes_of_letters():
    masker = SequenceMasker(alphabet="ACG", padding=1, encoding="codes").fit([[0, 2, 3, 1]])
    assert masker.background_ == ["ACG"]
    np.testing.assert_array_equal(masker.encode(["GA"]), [[3, 0, 1, 1]])


def test_auto_tells_one_hot_from_codes():
    both = np.array([[1, 0, 0, 1]])  # of two letters: "AB" one-hot, or "BAAB"
    assert SequenceMasker(alphabet="AB").fit(both).background_ == ["AB"]
    assert SequenceMasker(alphabet="AB", encoding="codes").fit(both).background_ == ["BAAB"]
    assert SequenceMasker(alphabet="AB").fit([[1, 1, 0, 1]]).background_ == ["BBAB"]
    assert SequenceMasker(alphabet="AB").fit([[1, 0, 1]]).background_ == ["BAB"]


def test_as_many_letters_as_positions_means_letters_last():
    X = np.zeros((1, 2, 2))
    X[0, 0, 1] = 1
    assert SequenceMasker(alphabet="AB").fit(X).background_ == ["B"]


def test_the_alphabet_of_texts_is_learned():
    masker = SequenceMasker().fit(["CAT", "AC"])
    assert masker.alphabet_ == ("A", "C", "T")
    with pytest.raises(ValueError, match="'G' at row 1, position 2; expected letters of the"):
        masker.layout(["CAT", "CAG"])


def test_letters_of_several_characters():
    masker = SequenceMasker(alphabet=["Ala", "Gly"]).fit([[0, 1, 1], [1, -1, -1]])
    assert masker.background_ == [["Ala", "Gly", "Gly"], ["Gly"]]
    np.testing.assert_array_equal(masker.encode([["Gly", "Ala"]]), [[1, 0, -1]])
    assert masker.layout([[1, 0, -1]]).names(0) == ["Gly1", "Ala2"]
    with pytest.raises(ValueError, match="alphabet has letters of several characters"):
        SequenceMasker(alphabet=["Ala"]).fit(["A"])


# -- absence ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("absent", "expected"), [("G", "TGGA"), ("gap", "TA")])
def test_a_fixed_absence(absent, expected):
    masker = SequenceMasker(alphabet=ALPHABET, absent=absent).fit(BACKGROUND)
    assert masker.n_background_ == 1
    assert masker.background_ == []
    masked = masker.bind(["TAGA"])
    assert masked.compose([0], [0], [[True, False, False, True]]) == [expected]
    differs = masked.differs(np.array([0]))
    np.testing.assert_array_equal(differs, [[[True, True, absent == "gap", True]]])


def test_a_gap_in_numbers():
    present = [[True, False, True]]
    coded = SequenceMasker(alphabet=ALPHABET, absent="gap").fit(codes_of(BACKGROUND))
    composed = coded.bind(codes_of(["TAG"])).compose([0], [0], present)
    np.testing.assert_array_equal(composed, [[3, -1, 2, -1, -1, -1, -1, -1]])
    for convert in (np.asarray, sp.csr_matrix):
        masker = SequenceMasker(alphabet=ALPHABET, absent="gap").fit(convert(flat_of(BACKGROUND)))
        composed = masker.bind(convert(flat_of(["TAG"]))).compose([0], [0], present)
        expected = flat_of(["TAG"])
        expected[0, 4:8] = 0
        dense = composed.toarray() if sp.issparse(composed) else composed
        np.testing.assert_array_equal(dense, expected)


def test_frozen_positions_keep_their_letters():
    for frozen in ([1, -1], np.array([-1, 1]), (1, 1, -1)):
        masker = SequenceMasker(frozen=frozen).fit(BACKGROUND)
        layout = masker.layout(["TAGA", "C", "TA"])
        assert [layout.names(row) for row in range(3)] == [["T1", "G3"], [], ["T1"]]
        masked = masker.bind(["TAGA"])
        assert masked.compose([0], [1], [[False, False]]) == ["CATA"]
        assert masked.differs([0]).tolist() == [[[True, True], [True, True], [False, True]]]


def test_rows_of_different_length_with_equally_many_players():
    masker = SequenceMasker(frozen=[4]).fit(BACKGROUND)
    masked = masker.bind(["TAGA", "TAGAC"])
    assert masked.n_players == 4
    composed = masked.compose([0, 1, 1], [1, 1, 2], np.zeros((3, 4), dtype=bool))
    assert composed == ["CATC", "CATCC", "TTAGC"]


def test_a_mask_of_frozen_positions():
    mask = np.arange(8) == 2
    masker = SequenceMasker(alphabet=ALPHABET, frozen=mask).fit(flat_of(BACKGROUND))
    assert masker.layout(flat_of(["TAGA"])).names(0) == ["T1", "A2", "A4"]
    assert SequenceMasker(frozen=mask[:3].tolist()).fit(BACKGROUND).layout(["TAG"]).names(0) == [
        "T1",
        "A2",
    ]


def test_a_sample_of_the_background():
    background = ["A" * k for k in range(1, 30)]
    masker = SequenceMasker(n_samples=7, random_state=0).fit(background)
    assert masker.n_background_ == len(set(masker.background_)) == 7
    assert set(masker.background_) < set(background)
    again = SequenceMasker(n_samples=7, random_state=0).fit(background)
    assert again.background_ == masker.background_
    other = SequenceMasker(n_samples=7, random_state=1).fit(background)
    assert other.background_ != masker.background_
    np.testing.assert_allclose(masker.weights_, np.full(7, 1 / 7))
    assert SequenceMasker(n_samples=40).fit(background).background_ == background


def test_shapley_values_of_a_linear_model():
    """Position i has w[i, its letter] less the mean of w[i, letter of z at i]."""
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(8, 4))
    row, n_players = "TAGAC", 5
    masker = SequenceMasker(alphabet=ALPHABET).fit(flat_of(BACKGROUND))
    masked = masker.bind(flat_of([row]))
    coalitions = np.array(list(itertools.product([False, True], repeat=n_players)))
    worth = np.mean(
        [
            masked.compose(np.zeros(32, dtype=int), np.full(32, z), coalitions) @ weights.ravel()
            for z in range(3)
        ],
        axis=0,
    )
    game = dict(zip(map(tuple, coalitions.tolist()), worth))
    for i in range(n_players):
        shapley = 0.0
        for present, value in game.items():
            if not present[i]:
                size = sum(present)
                weight = math.factorial(size) * math.factorial(n_players - size - 1)
                joined = (*present[:i], True, *present[i + 1 :])
                shapley += weight / math.factorial(n_players) * (game[joined] - value)
        others = [weights[i, ALPHABET.index(z[i % len(z)])] for z in BACKGROUND]
        expected = weights[i, ALPHABET.index(row[i])] - np.mean(others)
        np.testing.assert_allclose(shapley, expected, atol=1e-6)


class WeightOfLetters:
    """A linear model of sequences, for rows of any kind that a masker decodes."""

    def __init__(self, masker, weights):
        self.masker, self.weights = masker, weights

    def __call__(self, X):
        return [
            sum(self.weights[place, ALPHABET.index(letter)] for place, letter in enumerate(text))
            for text in self.masker.decode(X)
        ]


def test_shapley_explanations_of_every_kind(kind, tmp_path):
    make, _ = kind
    weights = np.random.default_rng(0).normal(size=(8, 4))
    background, masker = make(BACKGROUND), SequenceMasker(alphabet=ALPHABET, frozen=[0])
    model = WeightOfLetters(clone(masker).fit(background), weights)
    explainer = ShapleyExplainer(masker=masker, random_state=0).fit(model, background)
    explanation = explainer.explain(make(["TAGAC", "C", "GCA"]))
    explanation.save(tmp_path / "why.npz")
    explanation = Explanation.load(tmp_path / "why.npz")
    expected = np.zeros((3, 4))
    for row, sequence in enumerate(["TAGAC", "C", "GCA"]):
        for place, letter in list(enumerate(sequence))[1:]:
            others = [weights[place, ALPHABET.index(z[place % len(z)])] for z in BACKGROUND]
            own = weights[place, ALPHABET.index(letter)]
            expected[row, place - 1] = own - np.mean(others)
    np.testing.assert_allclose(explanation.values, expected, atol=1e-12)
    assert explanation[2].feature_names == ("C2", "A3")


# -- errors ----------------------------------------------------------------------------------------

ONE_HOT = flat_of(BACKGROUND)
TWO_ONES = flat_of(BACKGROUND)
TWO_ONES[1, 5] = 1  # beside that of A
HALF = flat_of(BACKGROUND)
HALF[2, 0] = 0.5
GAP = flat_of(BACKGROUND)
GAP[1, 4:8] = 0


@pytest.mark.parametrize(
    ("parameters", "X", "message"),
    [
        ({}, ONE_HOT, "alphabet is None, but X_background is no collection of texts"),
        ({}, [], "X_background"),
        ({}, ["CAT", ""], "X_background has no letters at row 1"),
        ({"alphabet": "ACG"}, ["GAG", "CAT"], "'T' at row 1, position 2; expected .* 'ACG'"),
        ({"alphabet": ALPHABET}, np.zeros((2, 5, 5)), r"shape \(2, 5, 5\)"),
        ({"alphabet": ALPHABET}, np.zeros((2, 5, 4, 3)), r"shape \(2, 5, 4, 3\)"),
        ({"alphabet": ALPHABET, "encoding": "codes"}, one_hot_of(["A"]), r"shape \(1, 8, 4\)"),
        ({"alphabet": "ACG", "encoding": "one-hot"}, ONE_HOT, "32 columns; expected a multiple"),
        (
            {"alphabet": ALPHABET, "encoding": "one-hot"},
            TWO_ONES,
            "not one-hot at row 1, position 1: its 4 numbers sum to 2",
        ),
        (
            {"alphabet": ALPHABET, "encoding": "one-hot"},
            HALF,
            "not one-hot at row 2, position 0",
        ),
        ({"alphabet": ALPHABET}, GAP, "no letter at row 1, position 1, but letters after it"),
        ({"alphabet": ALPHABET}, [[0, -1, 2]], "no letter at row 0, position 1"),
        (
            {"alphabet": ALPHABET},
            [[0, 1, 2], [3, 4, -1]],
            "has 4 at row 1, position 1; expected an integer from 0 to 3",
        ),
        ({"alphabet": ALPHABET}, [[0.5, 1, 2]], "has 0.5 at row 0, position 0"),
        ({"alphabet": ALPHABET}, [[np.nan, 1, 2]], "has nan at row 0, position 0"),
        ({"alphabet": "AA"}, ["A"], r"alphabet has \['A'\] more than once"),
        ({"alphabet": ""}, ["A"], "alphabet is ''"),
        ({"alphabet": ["A", 3]}, ["A"], "alphabet is"),
        ({"absent": "X"}, ["CAT"], "absent is 'X'; expected 'background', 'gap' or a letter"),
        ({"frozen": ["A"]}, ["CAT"], "frozen is"),
        ({"frozen": [0.5]}, ["CAT"], "frozen is"),
        ({"frozen": [8], "alphabet": ALPHABET}, ONE_HOT, "expected positions below 8"),
        ({"frozen": [-9], "alphabet": ALPHABET}, ONE_HOT, "expected positions below 8"),
        ({"frozen": [True], "alphabet": ALPHABET}, ONE_HOT, "a mask of 1 positions; expected 8"),
        ({"n_samples": 0}, ["CAT"], "n_samples"),
        ({"encoding": "letters"}, ["CAT"], "encoding"),
    ],
)
def test_wrong_fits(parameters, X, message):
    with pytest.raises((TypeError, ValueError), match=message):
        SequenceMasker(**parameters).fit(X)


@pytest.mark.parametrize(
    ("parameters", "X", "message"),
    [
        ({"encoding": "string"}, [[0, 1]], "expected texts for encoding 'string'"),
        ({"encoding": "codes", "alphabet": "A"}, ["A"], "expected numbers for 'codes'"),
        ({"alphabet": ALPHABET}, [[object()]], "does not hold numbers alone"),
        ({}, None, "X_background is NoneType"),
    ],
)
def test_wrong_types(parameters, X, message):
    with pytest.raises(TypeError, match=message):
        SequenceMasker(**parameters).fit(X)


def test_wrong_rows():
    masker = SequenceMasker(alphabet=ALPHABET).fit(ONE_HOT)
    with pytest.raises(ValueError, match="X is not one-hot at row 1, position 1"):
        masker.layout(TWO_ONES)
    with pytest.raises(ValueError, match="X has 28 columns; expected 32"):
        masker.decode(ONE_HOT[:, :28])
    with pytest.raises(ValueError, match=r"X has rows with \[3, 5, 7\] players"):
        masker.bind(ONE_HOT)
    with pytest.raises(ValueError, match="sequences has 9 letters at row 1; expected at most 8"):
        masker.encode(["A", "A" * 9])
    with pytest.raises(ValueError, match="sequences has 'X' at row 0, position 1"):
        masker.encode(["AX"])
    with pytest.raises(TypeError, match=r"expected a list of texts: \[text\]"):
        masker.encode("CAT")


def test_before_fit():
    for method in ("layout", "bind", "encode", "decode"):
        with pytest.raises(NotFittedError):
            getattr(SequenceMasker(), method)(["CAT"])


# -- a scikit-learn citizen ------------------------------------------------------------------------


def test_clone_pickle_and_refit():
    masker = SequenceMasker(alphabet=ALPHABET, frozen=[1], random_state=0).fit(ONE_HOT)
    again = pickle.loads(pickle.dumps(masker))
    assert again.background_ == masker.background_
    masked = pickle.loads(pickle.dumps(masker.bind(ONE_HOT[:1])))
    assert masked.n_players == 6
    assert clone(masker).get_params() == masker.get_params()
    masker.fit(["CAT"])
    assert (masker.encoding_, masker.length_, masker.n_background_) == ("string", None, 1)


def test_the_masker_refuses_letters_before_the_model_meets_them():
    def model(sequences):
        return np.array([sum(map("ACGT".index, sequence)) for sequence in sequences])

    explainer = ShapleyExplainer(masker=SequenceMasker(alphabet="ACGT")).fit(model, ["ACG", "TTA"])
    for explain in (explainer.explain, explainer.interactions):
        with pytest.raises(ValueError, match="X has 'X' at row 1, position 2; expected letters"):
            explain(["ACG", "TTX"])
