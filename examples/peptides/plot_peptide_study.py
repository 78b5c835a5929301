"""
Which residues make a peptide toxic?
====================================

Peptides that kill bacteria may break red blood cells too: they are hemolytic. A network learns
from 634 peptides to tell which are; six methods say what it goes by in a peptide that it has not
seen; and a search finds every single substitution that changes its mind. How far that can be
believed is measured on the way.

The task is that of the chapter on explanations in White's *Deep Learning for Molecules and
Materials* (https://dmol.pub). The data, for non-commercial use, are those of R. Barrett and A. D.
White, "Investigating active learning and meta-learning for iterative peptide design", *Journal of
Chemical Information and Modeling* 61 (2021) 95-105.
"""

# %%
# The data
# --------
# A letter is an amino acid. Peptides are coded one-hot, 200 positions by 20 letters, which makes
# 4000 columns, zero after the end. A :class:`~skxai.SequenceMasker` knows the code, both ways.

import numpy as np
import pandas as pd

from skxai.datasets import fetch_hemolytic
from skxai.maskers import SequenceMasker

peptides = fetch_hemolytic()
X, sequences = peptides.data, peptides.sequences
masker = SequenceMasker(alphabet=peptides.alphabet).fit(X)
lengths = np.char.str_len(sequences)
print(f"{len(X)} peptides of {lengths.min()} to {lengths.max()} residues")
print(pd.Series(peptides.target).value_counts().to_string())

# %%
# Before anything is explained: are the labels right? Five of the peptides are known by name, as
# toxins of bees and wasps, a weapon of horseshoe crabs, and one of a plant:

toxins = {
    "melittin": "GIGAVLKVLTTGLPALISWIKRKRQQ",
    "mastoparan": "INLKALAALAKKIL",
    "crabrolin": "FLPLILRKIVTAL",
    "tachyplesin": "KWCFRVCYRGICYRRCR",
    "kalata B1": "GLPVCGETCVGGTCNTPGCTCSWPVCTRN",
}
for name, toxin in toxins.items():
    print(f"{name:12} {peptides.target[sequences == toxin][0]}")

# %%
# And here are the letters that occur most unequally:


def count_letters(X):
    return X.reshape(len(X), -1, 20).sum(axis=1)


counts = pd.DataFrame(count_letters(X), columns=list(peptides.alphabet))
shares = counts.groupby(peptides.target).sum().T
shares = 100 * shares / shares.sum()
ratio = shares["hemolytic"] / shares["non-hemolytic"]
extremes = ratio.sort_values().index[[0, 1, 2, -3, -2, -1]]
print(shares.loc[extremes].round(1).add_suffix(", %").to_string())

# %%
# What breaks a membrane, as melittin does, has positive charges, such as lysine (K), and hardly
# any negative ones (D, E). In the file it is the other way round: the two names are exchanged.
# From here on they are put right.

y = np.where(peptides.target == "hemolytic", "non-hemolytic", "hemolytic")

# %%
# The model
# ---------
# Peptides have families. Where a test peptide has a cousin among the training peptides, it is
# enough to remember. So peptides that share six letters in a row stay in the same part of the
# cross-validation, and with them the two sequences that occur twice.

from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

first_with = {}
pairs = [
    (row, first_with.setdefault(sequence[k : k + 6], row))
    for row, sequence in enumerate(sequences)
    for k in range(len(sequence) - 5)
]
links = coo_matrix((np.ones(len(pairs)), np.transpose(pairs)), shape=(len(X), len(X)))
n_families, family = connected_components(links, directed=False)
folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
parts = list(folds.split(X, y, groups=family))
print(f"{n_families} families, the largest of {np.bincount(family).max()} peptides")

# %%
# A peptide without its first residues is much the same peptide, but in other columns, which to
# a network are strangers. So it sees each training peptide ten times, less its first 0 to 9
# letters. The baseline counts letters and knows no order.

from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler


def fit_baseline(rows):
    counter = FunctionTransformer(count_letters)
    return make_pipeline(counter, StandardScaler(), LogisticRegression()).fit(X[rows], y[rows])


def fit_network(rows):
    cut = [sequence[k:] for sequence in sequences[rows] for k in range(10)]
    network = MLPClassifier((64, 32), alpha=0.1, tol=0.02, n_iter_no_change=2, random_state=0)
    return network.fit(masker.encode(cut), np.repeat(y[rows], 10))


def scores_of(models, parts):
    scores = {"accuracy": [], "AUROC": []}
    for model, (_, test) in zip(models, parts):
        scores["accuracy"].append(np.mean(model.predict(X[test]) == y[test]))
        is_hemolytic, p = y[test] == "hemolytic", model.predict_proba(X[test])[:, 0]
        scores["AUROC"].append(roc_auc_score(is_hemolytic, p))
    return {name: f"{np.mean(s):.3f} ± {pd.Series(s).sem():.3f}" for name, s in scores.items()}


baselines = [fit_baseline(train) for train, _ in parts]
networks = [fit_network(train) for train, _ in parts]
careless = list(StratifiedKFold(5, shuffle=True, random_state=0).split(X, y))
table = {
    "letters counted": scores_of(baselines, parts),
    "network": scores_of(networks, parts),
    "network, families torn apart": scores_of(
        [fit_network(train) for train, _ in careless], careless
    ),
}
print(pd.DataFrame(table).T.to_string())

# %%
# The network does as well as counting, and not measurably better: if it makes anything of the
# order of residues, its score does not show it. What it says of positions has to be read with
# that in mind.
#
# What of peptides unlike those of the data?
# ------------------------------------------
# Two of a single letter, and the one that is to be explained, which is made after a toad's. The
# probability of hemolysis by five networks, each trained without a fifth of the data, and five
# baselines:

peptide = "RAGLQFPVGRLLRRLLRRLLR"
asked = ["QQQQQ", "GGGGG", peptide]


def probability(model, sequences):
    """Of hemolysis, which is the first class in alphabetical order."""
    return model.predict_proba(masker.encode(sequences))[:, 0].astype(float)


for name, models in {"network": networks, "letters counted": baselines}.items():
    print(name)
    print(pd.DataFrame([probability(m, asked) for m in models], columns=asked).round(2).to_string())

# %%
# On the two short ones, networks agree, and agreement looks like knowledge. But no peptide of the
# data is that short, or has one letter only: all that the networks can know is that glutamine (Q)
# is rarer in hemolytic peptides, and glycine (G) more frequent. The baselines agree just as well
# among themselves, and of the second they say the opposite. As to the third, networks of the same
# score contradict each other. Explanations tell what one of them does; not which of them is right.
# Here is one that has learned from all data:

network = fit_network(np.arange(len(X)))
x = masker.encode([peptide])
label = network.predict(x)[0]
print(f"{label}; probability of hemolysis: {probability(network, [peptide])[0]:.2f}")

# %%
# Side by side
# ------------
# All methods explain the log-odds of hemolysis.
#
# - Sensitivity is the squared derivative by each of the columns, summed over the 20 of a position:
#   how much would any letter change there?
# - Gradient × input is the derivative by the letter that is there; SmoothGrad averages it over
#   noise; LRP hands the score back, layer by layer.
# - Shapley values and LIME take positions as players. One that is absent has the letter of
#   another peptide: of 100 of the data. Integrated gradients start from the same letters.

from skxai import (
    IntegratedGradientsExplainer,
    LimeExplainer,
    LRPExplainer,
    SaliencyExplainer,
    ShapleyExplainer,
    SmoothGradExplainer,
)

others = SequenceMasker(alphabet=peptides.alphabet, n_samples=100, random_state=0)
score = {"response_method": "raw_score", "target": "hemolytic"}
sampled = {**score, "random_state": 0}


def fit_explainers(model):
    by_column = {
        "sensitivity": SaliencyExplainer(kind="squared", **score),
        "gradient × input": SaliencyExplainer(kind="times_input", **score),
        "SmoothGrad": SmoothGradExplainer(kind="times_input", noise=2.0, project=True, **sampled),
        # The default's first rule would give relevance to what is after the end, too.
        "LRP": LRPExplainer(rule="gamma", **score),
    }
    by_position = {
        "LIME": LimeExplainer(masker=others, **sampled),
        "Shapley": ShapleyExplainer(masker=others, **sampled),
    }
    return {name: e.fit(model, X) for name, e in {**by_column, **by_position}.items()}


def from_others(x):
    """A row for each other peptide, with its letters in the positions of this one."""
    masked = others.fit(X).bind(x)
    n = masked.n_background
    absent = np.zeros((n, masked.n_players), dtype=bool)
    return masked.compose(np.zeros(n, dtype=int), np.arange(n), absent)


def explain(model, explainers, x):
    path = IntegratedGradientsExplainer(baseline=from_others(x), tol=1e-3, **score)
    explainers = {**explainers, "integrated gradients": path.fit(model, X[::6])}
    explanations = {name: explainer.explain(x) for name, explainer in explainers.items()}
    return {
        name: explanation if explanation.layout else explanation.pool(shape=(200, 20), axis=1)
        for name, explanation in explanations.items()
    }


explainers = fit_explainers(network)
explanations = explain(network, explainers, x)

# %%
# Orange speaks for hemolysis, blue against it; each line has a scale of its own.

from skxai.plotting import SequenceDisplay

display = SequenceDisplay.from_explanation(explanations)

# %%
# Do the methods agree?
# ---------------------
# On which residues matter: correlations of the ranks of magnitudes, and how many of the five
# largest two methods have in common.

from scipy.stats import spearmanr


def magnitudes(explanations, n_residues):
    """A line for each explanation; what is after the end is left out."""
    return np.abs([explanation.values[0, :n_residues] for explanation in explanations])


names = list(explanations)
sizes = magnitudes(explanations.values(), len(peptide))
top = [set(np.argsort(-line)[:5]) for line in sizes]
common = [[len(one & other) for other in top] for one in top]
print(pd.DataFrame(spearmanr(sizes.T).statistic, names, names).round(2).to_string(), "\n")
print(pd.DataFrame(common, names, names).to_string())

# %%
# One peptide is an anecdote. The median over ten hemolytic ones of the data:

import matplotlib.pyplot as plt

rng = np.random.default_rng(0)
rows = rng.choice(np.flatnonzero(y == "hemolytic"), 10, replace=False)
ten = [magnitudes(explain(network, explainers, X[[row]]).values(), lengths[row]) for row in rows]
ranks = np.median([spearmanr(sizes.T).statistic for sizes in ten], axis=0)

figure, ax = plt.subplots(figsize=(6.6, 5), layout="constrained")
image = ax.imshow(ranks, cmap="Blues", vmin=0, vmax=1)
for (i, j), rank in np.ndenumerate(ranks):
    ax.text(j, i, f"{rank:.2f}", ha="center", va="center", color="k" if rank < 0.6 else "w")
ax.set_xticks(range(len(names)), names, rotation=30, ha="right")
ax.set_yticks(range(len(names)), names)
bar = figure.colorbar(image, shrink=0.8, label="correlation of ranks, median of ten peptides")

# %%
# Those that explain how the score came about agree well, whichever way they go. Sensitivity is
# the odd one out: where the score would change most is another question.
#
# Do the networks agree?
# ----------------------
# Shapley values of the five networks of the cross-validation, for the one peptide:

shapley = ShapleyExplainer(masker=others, **sampled)
by_network = {f"network {i}": shapley.fit(model, X).explain(x) for i, model in enumerate(networks)}
lines = {
    "networks": magnitudes(by_network.values(), len(peptide)),
    "methods, sensitivity aside": sizes[1:],
}
for what, table in lines.items():
    pairs = spearmanr(table.T).statistic[np.triu_indices(len(table), k=1)]
    print(f"{what}: median {np.median(pairs):.2f}, least {pairs.min():.2f}")
display = SequenceDisplay.from_explanation(by_network, scale="all")

# %%
# Which fifth of the data is left out matters more than the method. The choice of a method gets
# more attention.
#
# Does the sum come out?
# ----------------------
# Shapley values sum to the prediction minus the mean prediction with the letters of others, here
# as probabilities, however few orders are drawn. It is tempting to toss coins instead: for each
# residue, whether others are present or not, and what it adds to them. But that estimates another
# quantity, the Banzhaf value, whose sum is another. Both, as the number of model rows grows:

from scipy.sparse import csr_matrix

masked = others.fit(csr_matrix(X)).bind(csr_matrix(x))  # sparse rows: less to multiply
n_players, n_others = masked.n_players, masked.n_background
itself = np.eye(n_players, dtype=bool)


def value(present, filling):
    inputs = masked.compose(np.zeros(len(filling), int), filling, present)
    return network.predict_proba(inputs)[:, 0].astype(float)


sums = []
for _ in range(150):  # 50 tosses for each residue at a time
    coins = rng.random((50, n_players, n_players)) < 0.5
    filling = np.repeat(rng.integers(n_others, size=50), n_players)
    with_it = value((coins | itself).reshape(-1, n_players), filling)
    without = value((coins & ~itself).reshape(-1, n_players), filling)
    sums.extend((with_it - without).reshape(50, n_players).sum(axis=1))

n_tosses = np.arange(1, len(sums) + 1)
mean = np.cumsum(sums) / n_tosses
error = np.sqrt((np.cumsum(np.square(sums)) / n_tosses - mean**2) / n_tosses)

walks = ShapleyExplainer(masker=others, algorithm="permutation", target="hemolytic", random_state=0)
estimates = [
    walks.set_params(max_evals=n_evals).fit(network, X).explain(x)
    for n_evals in [5000, 10_000, 20_000, 40_000, 80_000]
]
difference = estimates[0].predictions[0] - estimates[0].base_values[0]
largest = max(abs(estimate.completeness_gap[0]) for estimate in estimates)
print(f"f − E f: {difference:.3f}")
print(f"orders: the gap is at most {largest:.0e}")
print(f"coins: the gap is {difference - mean[-1]:.3f} ± {error[-1]:.3f}")

# %%
# The band is two standard errors wide on each side.

figure, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
n_rows, late = 2 * n_players * n_tosses, slice(20, None)
ax.plot(n_rows[late], mean[late], color="#005a9c", label="coins (Banzhaf)")
band = (mean - 2 * error)[late], (mean + 2 * error)[late]
ax.fill_between(n_rows[late], *band, color="#005a9c", alpha=0.2, linewidth=0)
ax.axhline(difference, color="0.4", linewidth=1, label="f − E f")
ax.plot(
    [estimate.n_evals[0] for estimate in estimates],
    [estimate.values.sum() for estimate in estimates],
    "o",
    color="#d95f02",
    label="orders (Shapley)",
)
ax.set(xscale="log", xlabel="model rows", ylabel="sum of the values")
legend = ax.legend(frameon=False)

# %%
# Which single substitutions change the verdict?
# ----------------------------------------------
# All of them are tried, 19 letters at each position; a :class:`~skxai.SubstitutionScan` holds what
# came of it. A dot is where the verdict changes.

from skxai import CounterfactualExplainer

search = CounterfactualExplainer(masker=masker, random_state=0).fit(network, X)
scan = search.substitutions(x)
print(scan)
display = scan.plot("heatmap")

# %%
# The strongest as a list, with the new probability of the new verdict, and in how many of the five
# networks of the cross-validation the probability moves the same way.

verdicts = scan.to_frame().query("reached")
mutants = scan.sequences()[0]
before = np.array([probability(model, [peptide]) for model in networks])
moves = np.sign(np.array([probability(model, mutants) for model in networks]) - before)
own = np.sign(probability(network, mutants) - probability(network, [peptide]))
strongest = pd.DataFrame(
    {
        **verdicts[["position", "from", "to", "label"]],
        "probability": network.predict_proba(masker.encode(mutants)).max(axis=1).astype(float),
        "networks that agree": (moves == own).sum(axis=0),
    }
).sort_values("probability", ascending=False)
print(strongest[:10].round(2).to_string(index=False))
agreed = (strongest["networks that agree"] == len(networks)).sum()
print(f"{len(strongest)} substitutions change the verdict; on {agreed} all networks agree")

# %%
# The strongest put a negative charge, of glutamate (E), in the place of a positive one, of arginine
# (R). That is what one would try who knows of membranes. With glutamine (Q), which has no charge,
# the network goes by its data, in which hemolytic peptides hardly have it.
#
# By position, every one of them:

every = verdicts.groupby(["position", "from"])["to"].agg(["size", "".join])
print(every.set_axis(["changes", "to any of"], axis=1).reset_index().to_string(index=False))

# %%
# In a sentence, and as a picture of those that change the probability most:

nearest = search.explain(x)
print(nearest.sentences()[0])
display = scan.plot("sequence", max_sequences=10)

# %%
# Is one residue enough for a toxin whose verdict is not in doubt?

for name, toxin in toxins.items():
    tried = search.substitutions(masker.encode([toxin]))
    print(f"{name:12} {tried.reached.sum()} of {tried.substituted.sum()} change the verdict")

# %%
# A net that sees neighbours
# --------------------------
# A convolution looks at five residues at a time, wherever they are, and the mean over positions
# forgets where. It needs torch: without it, nothing is shown here. It learns from four of the
# five parts and is tested on the other; the last line of the picture is the network from above.

from importlib.util import find_spec

from skxai import TorchPredictor


def fit_convolution(rows):
    import torch

    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 16, (5, 20), padding=(2, 0)),  # five residues, all 20 letters
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(16, 2),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02, weight_decay=1e-3)
    inputs = torch.tensor(peptides.one_hot[rows])[:, None]
    labels = torch.tensor((y[rows] == "non-hemolytic").astype(int))
    for _ in range(80):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(inputs), labels).backward()
        optimizer.step()
    return TorchPredictor(net, classes=network.classes_, input_shape=(1, 200, 20))


if find_spec("torch") is None:
    print("torch is not installed: pip install torch")
else:
    train, test = parts[0]
    convolution = fit_convolution(train)
    for name, model in {"convolution": convolution, "network": networks[0]}.items():
        auroc = roc_auc_score(y[test] == "hemolytic", model.predict_proba(X[test])[:, 0])
        p = probability(model, [peptide])[0]
        print(f"{name:12} AUROC {auroc:.3f}, probability of hemolysis {p:.2f}")
    by_convolution = explain(convolution, fit_explainers(convolution), x)
    SequenceDisplay.from_explanation(
        {**by_convolution, "the network, Shapley": explanations["Shapley"]}
    )
    both = [by_convolution["Shapley"].values[0], explanations["Shapley"].values[0]]
    print(f"Shapley values of the two nets: correlation of ranks {spearmanr(*both).statistic:.2f}")

# %%
# What can go wrong
# -----------------
# - **Labels are believed.** Here they were the other way round, which no score can tell: a model
#   learns either equally well. What it goes by, next to what is known, does tell.
# - **Cousins in the test data.** With families torn apart, scores are better and mean less; and
#   sharing six letters is only a rough sign of kinship.
# - **Another contrast than one thinks.** The peptides that are not hemolytic look like pieces of
#   ordinary proteins. What is explained, then, is how toxins differ from those, and not from
#   harmless peptides of their own kind, which a chemist would want to know.
# - **Far from the data.** A probability near 0 or 1 is no sign that the model knows the input.
# - **Methods that agree are taken for evidence.** They agree about the model. Train another one
#   before believing it about peptides.
# - **The sum closes, so it is right.** Shapley values sum to the difference after any number of
#   orders; how well each is known, ``std_errors`` tell.
# - **A substitution is taken for a design.** Close to 0.5, almost anything changes the verdict; and
#   a residue that changes a prediction need not change a peptide.
