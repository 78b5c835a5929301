"""
Which parts of a picture decide?
================================

The pixels of a picture are many, and one of them alone says little. :class:`~skxai.ImageMasker`
takes regions instead: cells of a grid, or superpixels, which follow what is to be seen. A region
that is absent is painted over, and what the model says then is what Shapley values and LIME are
made of.
"""

# %%
# An eight that is no three
# -------------------------
# A network reads digits of 8 × 8 pixels; the rows are flat, and ``shape`` tells what they are.
# The question is what makes an eight an eight rather than a three. So the score is the
# logarithm of the odds between the two, and absence means: as in threes, one after the other.

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from skxai import ImageMasker, ShapleyExplainer

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = MLPClassifier((64, 32), alpha=1.0, solver="lbfgs", max_iter=1000, random_state=0).fit(
    X_train, y_train
)


def eight_or_three(X):
    scores = model.predict_log_proba(X)
    return scores[:, 8] - scores[:, 3]


threes = X_train[y_train == 3]
eights = X_test[(y_test == 8) & (model.predict(X_test) == 8)][:3]
masker = ImageMasker(
    shape=(8, 8), n_regions=(4, 4), absent="background", n_samples=20, random_state=0
)
explainer = ShapleyExplainer(masker=masker, random_state=0).fit(eight_or_three, threes)
explanation = explainer.explain(eights)
explanation.plot()

# %%
# An :class:`~skxai.plotting.ImageDisplay` has the cells beside each eight, orange where they speak
# for it. The strongest are at the left, where an eight is closed and a three is open. In the table
# each cell has a line; all of them sum to the score of the eight minus the mean score of the
# threes:

first = explanation[0]
print(first.to_frame().sort_values("value", ascending=False).head(4).round(2).to_string())
print(
    f"sum {first.values.sum():.2f} = score {first.predictions[0]:.2f} "
    f"- mean of the threes {first.base_values[0]:.2f}"
)

# %%
# Is it true?
# -----------
# An explanation can be put to the test. Cells of an eight are replaced by those of threes, the
# largest first, and for comparison in a random order. How many does it take to make a three of it?

masked = explainer.masker_.bind(eights)
n_fillings, n_cells = masked.n_background, masked.n_players


def score_without(row, cells):
    present = np.ones((n_fillings, n_cells), dtype=bool)
    present[:, cells] = False
    rows = np.full(n_fillings, row)
    return eight_or_three(masked.compose(rows, np.arange(n_fillings), present)).mean()


rng = np.random.default_rng(0)
for row, values in enumerate(explanation.values):
    by_size = np.argsort(-values)
    scores = [score_without(row, by_size[:k]) for k in (0, 2, 4)]
    chance = np.mean([score_without(row, rng.permutation(n_cells)[:4]) for _ in range(20)])
    print(
        f"row {row}: score {scores[0]:.1f}, without two cells {scores[1]:.1f}, without four "
        f"{scores[2]:.1f}; without four by chance {chance:.1f}"
    )

# %%
# What is absence?
# ----------------
# Threes were one answer. Others are blank paper, the mean grey of the picture, or its blur. Each
# asks another question, and gets another answer. The numbers are rank correlations of the cells
# with the first; each picture has its own scale of colours.

import matplotlib.pyplot as plt
from scipy.stats import spearmanr

figure, axes = plt.subplots(1, 4, figsize=(11, 2.6), layout="constrained")
for absent, ax in zip(("background", 0, "mean", "blur"), axes):
    other = ShapleyExplainer(masker=masker.set_params(absent=absent), random_state=0)
    answer = other.fit(eight_or_three, threes).explain(eights[:1])
    answer.plot(ax=ax, colorbar=False)
    ax.set(xticks=[], yticks=[])
    ax.set_title(f"absent={absent!r}", loc="left", fontsize="medium")
    print(f"{absent!r:13} {spearmanr(answer.values[0], first.values[0]).statistic:5.2f}")

# %%
# Flower or foliage?
# ------------------
# Two photographs come with scikit-learn: a dahlia in front of leaves, and a pagoda under the sky.
# A forest learns to tell crops of the one from crops of the other by their colours. It calls the
# one "flower", but nobody told it where the flower is. By which parts does it know the picture?

from sklearn.datasets import load_sample_image
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

photos = [load_sample_image(name)[::4, ::4] for name in ("flower.jpg", "china.jpg")]


def colours(images):
    """How much of an image each of 64 colours takes."""
    codes = (images // 64 @ np.array([16, 4, 1])).reshape(len(images), -1)
    codes += 64 * np.arange(len(images))[:, None]
    counts = np.bincount(codes.ravel(), minlength=64 * len(images))
    return counts.reshape(-1, 64) / codes.shape[1]


def crops(photo, n_crops=150, size=32):
    tops = rng.integers(0, photo.shape[0] - size, n_crops)
    lefts = rng.integers(0, photo.shape[1] - size, n_crops)
    return [photo[top : top + size, left : left + size] for top, left in zip(tops, lefts)]


patches = np.array([crop for photo in photos for crop in crops(photo)])
labels = np.repeat(["flower", "building"], 150)
teller = make_pipeline(FunctionTransformer(colours), RandomForestClassifier(50, random_state=0))
teller.fit(patches, labels)
for name, chance in zip(("dahlia", "pagoda"), teller.predict_proba(np.array(photos))[:, 1]):
    print(f"{name}: probability of 'flower' {chance:.3f}")

# %%
# Superpixels need scikit-image. Absent ones show what the other photograph has in their place.
# Shapley values and LIME see the same regions and the same paintings, and ask differently: a
# Shapley value averages over pictures with few, some and most of the regions; LIME's coefficient
# is what a region adds where the others come and go as by tossing coins.

from skxai import LimeExplainer

masker = ImageMasker(regions="superpixels", n_regions=40, absent="background")
settings = {"masker": masker, "random_state": 0}
photo, other = photos[0][None], photos[1][None]
shapley = ShapleyExplainer(**settings).fit(teller, other).explain(photo)
lime = LimeExplainer(**settings).fit(teller, other).explain(photo)
display = shapley.plot()
display.axes_[0].set_title("photograph", loc="left", fontsize="medium")
display.axes_[1].set_title("Shapley values", loc="left", fontsize="medium")
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
lime.plot(ax=left, colorbar=False)
left.set(xticks=[], yticks=[])
left.set_title("LIME", loc="left", fontsize="medium")
shapley.plot(ax=right, top=6)
right.set(xticks=[], yticks=[])
right.set_title("the six largest Shapley values", loc="left", fontsize="medium")
agreement = spearmanr(shapley.values[0], lime.values[0]).statistic
print(f"{shapley.layout.counts[0]} regions; rank correlation of the two: {agreement:.2f}")

# %%
# Where is the flower? Its pixels are redder than blue by far. What part of the score is in regions
# that are mostly flower, and what part of the picture do they take?

red, green, blue = np.moveaxis(photos[0].astype(float), -1, 0)
frame = shapley.to_frame()
segments = shapley.layout.segments[0]
inside = np.bincount(segments.ravel(), (red > blue + 60).ravel()) > 0.5 * frame["size"]
print(f"flower: {frame['size'][inside].sum() / segments.size:.0%} of the pixels, ", end="")
print(f"{frame['value'][inside].sum() / frame['value'].sum():.0%} of the score")

# %%
# The flower counts for more than its size, and yet most of the score is foliage. What does the
# model say when it sees the flower alone, or the leaves alone, and else the other photograph?

masked = masker.fit(other).bind(photo)
for name, present in (("flower", inside), ("leaves", ~inside)):
    chance = teller.predict_proba(masked.compose([0], [0], present.to_numpy()[None]))[0, 1]
    print(f"{name} alone: probability of 'flower' {chance:.2f}")

# %%
# Neither is enough by itself: the forest has learnt how much of a picture has which colours.
#
# What can go wrong
# -----------------
# - **The painting is a clue.** A grey patch may itself look like something the model knows. Try
#   another ``absent``; where the answer turns over, neither is to be trusted alone.
# - **A region hides what it has.** ``absent="region-mean"`` leaves each region its colour, so a
#   model that goes by colours seems to need none of them.
# - **Regions too large or too small.** A large one mixes reasons for and against; small ones can
#   stand in for each other, and each looks unimportant. Change ``n_regions``.
# - **Superpixels differ from picture to picture.** "Region 3" of one has nothing to do with that
#   of another; averages over pictures need a grid, or segments of your own.
# - **Colours of two pictures are compared.** Within one display the scale is shared; between two,
#   pass the same ``limit``.
# - **A plausible region is taken for proof.** Paint it over and ask the model, as above.
