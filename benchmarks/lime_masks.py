"""LimeExplainer against lime on texts and images: coefficients, steadiness, time.

    python benchmarks/lime_masks.py

- Same samples: our coalitions, outputs and weights, fitted by lime as it comes (a ridge with the
  penalty 1), and lime's samples and weights fitted by our least squares. Spearman correlation of
  the coefficients for each text or image, and the largest difference over the spread of ours.
- Steadiness: both as they come, on the same players with equally many samples, with other seeds.
  Noise is the standard deviation over seeds over that between players; and how well the ranks of
  two runs agree.
- Time: of all the work over the time inside of the model, in the same run; seconds of CPU.

Texts are docstrings, under TF-IDF and logistic regression; images are digits, under a network.
"""

import importlib
import os
import time
from itertools import combinations

import numpy as np
from _common import import_if_there, parse_arguments, print_ratios, print_table, print_versions
from _documents import choose, fitted_classifier, load_documents
from scipy.stats import spearmanr
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from skxai import LimeExplainer
from skxai.maskers import ImageMasker, TextMasker
from skxai.surrogate._background import CoalitionNeighbourhood
from skxai.surrogate._least_squares import Moments, ridge

KERNELS = ("hamming", "gaussian", None)


class Timed:
    """A function that measures the time inside of it."""

    def __init__(self, function):
        self.function = function
        self.seconds = 0.0

    def __call__(self, inputs):
        began = time.process_time()
        outputs = self.function(inputs)
        self.seconds += time.process_time() - began
        return outputs


class Texts:
    """Texts and what both explain of them; players are positions."""

    name = "texts"

    def __init__(self, n_rows):
        texts, labels = load_documents()
        self.model = fitted_classifier(texts, labels)
        self.rows = choose(texts, n_rows)
        self.masker = TextMasker(tokenizer=r"\w+")

    def predict(self, texts):
        return self.model.predict_proba(texts)[:, 1]

    def one(self, row):
        return [self.rows[row]]

    def by_lime(self, function, row, n_samples, seed):
        """lime's explanation; a player is a position, and an unknown word takes its place."""
        text = importlib.import_module("lime.lime_text")
        explainer = text.LimeTextExplainer(bow=False, feature_selection="none", random_state=seed)
        found = explainer.explain_instance(
            self.rows[row],
            lambda texts: function(texts)[:, None],
            labels=(0,),
            num_features=10**6,
            num_samples=n_samples,
        )
        return coefficients(found)

    def samples_of_lime(self, row, n_samples, seed):
        """Coordinates, outputs and weights that lime draws for a row."""
        text = importlib.import_module("lime.lime_text")
        explainer = text.LimeTextExplainer(bow=False, random_state=seed)
        indexed = text.IndexedString(self.rows[row], bow=False, mask_string="UNKWORDZ")
        data, outputs, distances = explainer._LimeTextExplainer__data_labels_distances(
            indexed, lambda texts: self.predict(texts)[:, None], n_samples
        )
        return data, outputs, explainer.base.kernel_fn(distances)


class Digits:
    """Digits in a grid of regions, and what both explain of them."""

    def __init__(self, n_rows, n_regions):
        X, y = load_digits(return_X_y=True)
        self.name = f"digits, {n_regions} regions"
        self.model = MLPClassifier((64,), max_iter=1000, random_state=0).fit(X / 16, y)
        self.rows = X[np.random.default_rng(0).permutation(len(X))[:n_rows]] / 16
        self.targets = self.model.predict(self.rows)
        self.masker = ImageMasker(shape=(8, 8), n_regions=n_regions, absent=0)
        width = int(np.sqrt(n_regions))
        blocks = np.arange(n_regions).reshape(width, width)
        self.segments = np.kron(blocks, np.ones((8 // width, 8 // width), dtype=int))
        self.target = 0

    def predict(self, images):
        return self.model.predict_proba(images)[:, self.target]

    def one(self, row):
        self.target = self.targets[row]
        return self.rows[[row]]

    def _explainer(self, seed):
        image = importlib.import_module("lime.lime_image")
        return image.LimeImageExplainer(feature_selection="none", random_state=seed)

    def by_lime(self, function, row, n_samples, seed):
        """lime's explanation, of the same regions, black where absent."""
        self.one(row)
        found = self._explainer(seed).explain_instance(
            self.rows[row].reshape(8, 8),
            lambda images: function(np.array(images)[..., 0].reshape(-1, 64))[:, None],
            labels=(0,),
            top_labels=None,
            hide_color=0,
            num_samples=n_samples,
            segmentation_fn=lambda _: self.segments,
            batch_size=n_samples,
        )
        return coefficients(found)

    def samples_of_lime(self, row, n_samples, seed):
        """Coordinates, outputs and weights that lime draws for a row."""
        self.one(row)
        explainer, image = self._explainer(seed), self.rows[row].reshape(8, 8)
        data, outputs = explainer.data_labels(
            image,
            np.zeros_like(image),
            self.segments,
            lambda images: self.predict(np.array(images).reshape(-1, 64))[:, None],
            n_samples,
            batch_size=n_samples,
        )
        away = 1 - data.sum(axis=1) / np.sqrt(data.shape[1] * np.maximum(data.sum(axis=1), 1))
        return data, outputs, explainer.base.kernel_fn(away)


def coefficients(found):
    """Those of the only label, in the order of the players."""
    return np.array([value for _, value in sorted(found.local_exp[0])])


def fit_by_lime(data, outputs, weights):
    """lime's fit to the data; weights are what its kernel makes of distances."""
    base = importlib.import_module("lime.lime_base").LimeBase(lambda weights: weights)
    _, found, _, _ = base.explain_instance_with_data(
        data, outputs, weights, 0, data.shape[1], feature_selection="none"
    )
    return np.array([value for _, value in sorted(found)])


def fit_by_us(data, outputs, weights):
    return ridge(Moments.of(data.astype(float), outputs, weights / weights.sum()))[:, 0]


def kernel_weights(kernel, present, width=0.75):
    """The kernels once more, as the user guide writes them."""
    share = 1 - present.mean(axis=1)
    if kernel == "hamming":
        return 1 - share
    return np.exp(-share / (2 * width**2)) if kernel == "gaussian" else np.ones(len(share))


def same_samples(problems):
    """Agreement of the fits."""
    table = []
    for problem in problems:
        for kernel in KERNELS:
            found = [_both_on_ours(problem, row, kernel) for row in range(len(problem.rows))]
            table.append([problem.name, "ours", str(kernel), *_agreement(found)])
        found = []
        for row in range(len(problem.rows)):
            samples = problem.samples_of_lime(row, 1000, seed=0)
            found.append((fit_by_us(*samples), fit_by_lime(*samples)))
        table.append([problem.name, "lime's", "lime's", *_agreement(found)])
    header = ["inputs", "samples", "kernel", "least Spearman", "median", "largest difference"]
    print_table("Coefficients by both, same samples and kernel", header, table)


def _both_on_ours(problem, row, kernel):
    explainer = LimeExplainer(masker=problem.masker, kernel=kernel, random_state=0)
    explainer.fit(problem.predict, problem.rows)
    explanation = explainer.explain(problem.one(row))
    n_players = explanation.values.shape[1]
    neighbourhood = CoalitionNeighbourhood(explainer.masker_, n_players)
    design = neighbourhood.draw(explainer.n_samples, explainer._seeds[0])
    data, outputs = (
        own[0] for own in neighbourhood.evaluate(explainer.predictor_, problem.one(row), design)
    )
    return explanation.values[0], fit_by_lime(data, outputs, kernel_weights(kernel, data))


def _agreement(found):
    # Black regions earn nothing: their ranks are not those of rounding.
    ranks = [spearmanr(*np.round(both, 6)).statistic for both in found]
    gaps = [np.abs(ours - theirs).max() / ours.std() for ours, theirs in found]
    return [np.min(ranks), np.median(ranks), np.max(gaps)]


def steadiness(problems, n_seeds):
    """Noise over seeds, and CPU time."""
    table = []
    for problem in problems:
        for n_samples in (500, 1000):
            for name, explain in {"ours": _by_us, "lime": _by_lime}.items():
                noise, ranks, total, inside = [], [], 0.0, 0.0
                for row in range(len(problem.rows)):
                    function = Timed(problem.predict)
                    began = time.process_time()
                    runs = [
                        explain(problem, function, row, n_samples, seed) for seed in range(n_seeds)
                    ]
                    total += time.process_time() - began
                    inside += function.seconds
                    noise.append(np.std(runs, axis=0, ddof=1).mean() / np.mean(runs, axis=0).std())
                    ranks.append(
                        np.mean([spearmanr(*both).statistic for both in combinations(runs, 2)])
                    )
                each = 1e3 * total / len(problem.rows) / n_seeds
                line = [np.median(noise), np.median(ranks), each, total / inside]
                table.append([problem.name, n_samples, name, *line])
    header = ["inputs", "samples", "method", "noise", "Spearman of two runs", "ms", "time / model"]
    print_table(f"Steadiness over {n_seeds} seeds", header, table)
    ours, lime = ([row for row in table if row[2] == name] for name in ("ours", "lime"))
    pairs = list(zip(ours, lime))
    print_ratios("lime's noise over ours, texts and images", [b[3] / a[3] for a, b in pairs])
    print_ratios("lime's time over ours, texts and images", [b[5] / a[5] for a, b in pairs])


def _by_us(problem, function, row, n_samples, seed):
    X = problem.one(row)
    explainer = LimeExplainer(masker=problem.masker, n_samples=n_samples, random_state=seed)
    return explainer.fit(function, X).explain(X).values[0]


def _by_lime(problem, function, row, n_samples, seed):
    return problem.by_lime(function, row, n_samples, seed)


def main():
    options = parse_arguments(__doc__, rows=20, seeds=10)
    if options.smoke:
        options.rows, options.seeds = 2, 3
    print_versions("scipy", "lime")
    if not import_if_there("lime"):
        print("lime is not installed; there is nothing to compare with")
        return
    os.environ["TQDM_DISABLE"] = "1"  # lime draws a progress bar for each image
    problems = [Texts(options.rows), Digits(options.rows, 16), Digits(options.rows, 64)]
    same_samples(problems)
    steadiness(problems, options.seeds)


if __name__ == "__main__":
    main()
