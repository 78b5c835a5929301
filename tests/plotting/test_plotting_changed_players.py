"""Pictures of changed words, regions and letters."""

import numpy as np
import pytest

from skxai import CounterfactualExplainer
from skxai.maskers import ImageMasker, SequenceMasker, TextMasker
from skxai.plotting import CounterfactualDisplay
from skxai.plotting._common import NEGATIVE

pytest.importorskip("matplotlib")


def sequences(n_counterfactuals=1):
    explainer = CounterfactualExplainer(
        masker=SequenceMasker(alphabet="ABC", frozen=[0]),
        target=(2, None),
        n_counterfactuals=n_counterfactuals,
    )
    return explainer.fit(lambda texts: [t.count("A") for t in texts], ["ABC"])


def test_removed_words_are_coloured():
    from matplotlib.colors import to_hex

    explainer = CounterfactualExplainer(masker=TextMasker(), target=(0, None))
    result = explainer.fit(lambda texts: [-t.count("no") for t in texts]).explain(["no, $no$ one"])
    display = result.plot(row=0)
    assert [piece.get_text() for piece in display.texts_ if piece.get_text() in ("no", "one")]
    strong = [to_hex(patch.get_facecolor()) == to_hex(NEGATIVE) for patch in display.patches_]
    assert strong == [True, True, False]
    assert display.ax_.get_title(loc="left").startswith("Without 'no' (twice), the prediction")
    assert display.colorbar_ is None
    with pytest.raises(ValueError, match="number is 1; expected that of a counterfactual"):
        result.plot(number=1)


def test_painted_regions_are_coloured():
    images = np.ones((2, 4, 4))
    masker = ImageMasker(n_regions=(2, 2), absent=0)
    explainer = CounterfactualExplainer(masker=masker, target=(0, None), n_counterfactuals=2)
    result = explainer.fit(lambda X: -X[:, 0, 0] * X[:, 3, 3], images).explain(images)
    display = result.plot(row=1)
    expected = np.zeros((2, 4, 4))
    expected[0, :2, :2] = expected[1, 2:, 2:] = -1
    drawn = [np.asarray(image.get_array()) for image in display.images_]
    np.testing.assert_array_equal(drawn, expected)


def test_new_letters_are_coloured():
    result = sequences(n_counterfactuals=2).explain(["BCBA", "AAA"])
    display = result.plot(row=0)
    lines = "".join(letter.get_text() for letter in display.letters_)
    assert lines in ("BCBABABABCAA", "BCBABCAABABA")
    values = np.asarray(display.cells_.get_array()).reshape(3, 4)
    np.testing.assert_array_equal(values > 0, [[a != b for a, b in zip(lines[k : k + 4], "BCBA")]
                                               for k in (0, 4, 8)])  # fmt: skip
    with pytest.raises(ValueError, match="no changes to draw: its status is 'already_target'"):
        result.plot(row=1)
    with pytest.raises(ValueError, match="players of kind 'sequence', not of columns"):
        CounterfactualDisplay.from_explanation(result)


def test_a_scan_is_a_heat_map_with_dots_where_the_target_is_reached():
    scan = sequences().substitutions(["BCBA", "AAB"])
    display = scan.plot(row=0)
    picture = np.asarray(display.images_[0].get_array())
    # Letters by positions 2 to 4: one A more, none, or one less.
    np.testing.assert_array_equal(picture, [[1, 1, 0], [0, 0, -1], [0, 0, -1]])
    assert [tick.get_text() for tick in display.ax_.get_xticklabels()] == ["C\n2", "B\n3", "A\n4"]
    assert [tick.get_text() for tick in display.ax_.get_yticklabels()] == ["A", "B", "C"]
    dots = display.overlays_[0].get_offsets()
    assert dots.tolist() == [[0, 0], [1, 0]]
    assert display.ax_.get_title(loc="left").startswith("row 0, output 'y' of the sequence: 1")


def test_substituted_sequences_are_drawn_below_the_sequence():
    scan = sequences().substitutions(["BCBA"])
    display = scan.plot("sequence")
    assert "".join(letter.get_text() for letter in display.letters_) == "BCBABABABCAA"
    names = [tick.get_text() for tick in display.ax_.get_yticklabels()]
    assert names == ["as it is", "C2A", "B3A"]
    values = np.asarray(display.cells_.get_array()).reshape(3, 4)
    assert values.tolist() == [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]
    few = scan.plot("sequence", max_sequences=1)
    assert len(few.letters_) == 8
    assert "1 of 2 that reach the target" in few.ax_.get_title(loc="left").replace("\n", " ")
    with pytest.raises(ValueError, match="output is 'z'; expected one of"):
        scan.plot(output="z")
