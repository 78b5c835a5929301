"""ConceptExplainer: how often is a concept with nothing in it called significant?

    python benchmarks/concept_chance.py

Concepts of random rows of the digits, in the first hidden layer of a network with 64 and 32 units.
For each digit, its own output and its own rows: the share of p-values below 0.05 and 0.001. The
test of the class asks whether the concept's derivative is one more draw of those of random
concepts; Welch's t-test between the scores of the repeats, as the paper has it, stands beside.
"any" is the share of concepts with a corrected p-value below 0.05 for any of the ten outputs.
The spread is the standard error over concepts, whose ten p-values depend on each other.
"""

import warnings

import numpy as np
from _common import parse_arguments, print_table, print_versions
from scipy.stats import ttest_ind
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

from skxai.concept import ConceptExplainer


def p_values_of(rows, network, background, tested, n_repeats, seed):
    """Of one concept, for each digit: by the class, and by Welch's test of the scores."""
    explainer = ConceptExplainer(
        concepts={"nothing": rows}, n_repeats=n_repeats, random_state=seed
    ).fit(network, background)
    own, welch = [], []
    for digit, X in tested.items():
        explanation = explainer.explain(X).output(digit)
        own.append(explanation.p_values[0, 0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # repeats of equal scores
            scores, random = explanation.scores[0, 0], explanation.random_scores[0, 0]
            welch.append(ttest_ind(scores, random, equal_var=False).pvalue)
    return own, np.nan_to_num(welch, nan=1.0)


def main():
    options = parse_arguments(__doc__, concepts=120, repeats=30)
    if options.smoke:
        options.concepts, options.repeats = 2, 5
    print_versions()
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X / 16, y, random_state=0)
    network = MLPClassifier((64, 32), alpha=0.1, max_iter=600, random_state=0).fit(X, y)
    tested = {digit: X_test[y_test == digit] for digit in range(10)}
    rng = np.random.default_rng(0)
    rows = []
    for size in (15, 40, 100):
        results = []
        for seed in range(options.concepts // 3 + 1):
            drawn = X[rng.choice(len(X), size, replace=False)]
            results.append(p_values_of(drawn, network, X, tested, options.repeats, seed))
        for k, name in enumerate(["one more draw (the class)", "Welch, between repeats"]):
            p = np.array([result[k] for result in results])
            small = (p < 0.05).mean(axis=1)
            corrected = (p.min(axis=1) * p.shape[1] < 0.05).mean()
            error = small.std() / np.sqrt(len(small))
            rows.append([size, name, small.mean(), error, (p < 0.001).mean(), corrected])
    header = ["rows of the concept", "test", "p < 0.05", "±", "p < 0.001", "any"]
    print_table(f"{options.repeats} repeats, {len(results)} concepts of each size", header, rows)


if __name__ == "__main__":
    main()
