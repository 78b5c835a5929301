"""KNN-Shapley and Data Shapley: exactness, time, and how many wrong labels they find.

    python benchmarks/data_valuation.py            # minutes
    python benchmarks/data_valuation.py --smoke    # seconds

- Exactness: the largest difference from the sum over all coalitions, for small games of
  classification and regression, with uniform and distance weights, K below and above the number
  of training rows.
- Time: milliseconds for each predicted row as the training rows grow, of all values, and of the
  distances to all rows and their sorting alone.
- Wrong labels: of those that were flipped at random (10 % of the training rows), how many
  are among the 10 % that are worth least; the mean over draws. Beside it the probability of a
  row's label by a logistic regression that has not seen the row. Chance is 0.1.
"""

import itertools
import math
import time
from functools import partial

import numpy as np
from _common import parse_arguments, print_table, print_versions
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import DistanceMetric
from sklearn.model_selection import cross_val_predict, train_test_split
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxai import DataShapleyExplainer, KNNShapleyExplainer


def by_definition(game, n_players):
    """Shapley values, over all coalitions."""
    values = np.zeros(n_players)
    for player in range(n_players):
        others = [other for other in range(n_players) if other != player]
        for size in range(n_players):
            weight = 1 / (n_players * math.comb(n_players - 1, size))
            for coalition in itertools.combinations(others, size):
                values[player] += weight * (game({*coalition, player}) - game(set(coalition)))
    return values


def game_of(X, y, row, goal, n_neighbors, weights, classify):
    """What a coalition earns, as the class's notes have it."""
    distances = np.linalg.norm(X - row, axis=1)
    nearest = np.argsort(distances)
    w = np.ones(len(X)) if weights == "uniform" else 1 / distances
    w = w / w[nearest[:n_neighbors]].mean() / n_neighbors

    def game(coalition):
        chosen = [i for i in nearest if i in coalition][:n_neighbors]
        if classify:
            return w[chosen] @ (y[chosen] == goal)
        return -((y.mean() + w[chosen] @ (y[chosen] - y.mean()) - goal) ** 2)

    return game


def exactness(n_rows):
    """Lines of the table of differences from the definition."""
    rng = np.random.default_rng(0)
    X, row = rng.normal(size=(n_rows, 3)), rng.normal(size=3)
    for classify, weights in itertools.product([True, False], ["uniform", "distance"]):
        y = rng.integers(0, 2, n_rows) if classify else rng.normal(5, 2, n_rows)
        model = (KNeighborsClassifier if classify else KNeighborsRegressor)(2).fit(X, y)
        gaps = []
        for n_neighbors in (1, 3, n_rows, 2 * n_rows):
            explainer = KNNShapleyExplainer(n_neighbors=n_neighbors, weights=weights)
            got = explainer.fit(model, X, y).explain(row[None], y[:1]).values[0]
            game = game_of(X, y, row, y[0], n_neighbors, weights, classify)
            gaps.append(float(np.abs(got - by_definition(game, n_rows)).max()))
        yield "classification" if classify else "regression", weights, *gaps


def times(sizes, n_rows):
    """Lines of the table of milliseconds."""
    rng = np.random.default_rng(0)
    for n_train in sizes:
        X, new = rng.normal(size=(n_train, 10)), rng.normal(size=(n_rows, 10))
        line = [n_train]
        for y, kind in (
            (rng.integers(0, 2, n_train), KNeighborsClassifier),
            (rng.normal(size=n_train), KNeighborsRegressor),
        ):
            explainer = KNNShapleyExplainer().fit(kind(5).fit(X, y), X, y)
            line.append(timed(partial(explainer.average, new, y[:n_rows]), n_rows))
        yield *line, timed(partial(sort, X, new), n_rows)


def sort(X, new):
    """Training rows by their distance from new ones."""
    return DistanceMetric.get_metric("euclidean").pairwise(new, X).argsort(axis=1)


def timed(function, n_rows):
    """Milliseconds for each row, the best of three."""
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        function()
        taken.append(time.perf_counter() - began)
    return 1000 * min(taken) / n_rows


def found(n_draws, n_permutations):
    """Lines of the table of wrong labels."""
    for loader in (load_breast_cancer, load_wine, load_digits):
        shares = {}
        for seed in range(n_draws):
            for name, share in one_draw(loader, seed, n_permutations).items():
                shares.setdefault(name, []).append(share)
        yield loader.__name__[5:], *(float(np.mean(own)) for own in shares.values())


def one_draw(loader, seed, n_permutations):
    """By method, the share of the wrong labels that is found."""
    X, y = loader(return_X_y=True)
    rng = np.random.default_rng(seed)
    X_train, X_val, y_train, y_val = train_test_split(
        X, y, train_size=min(300, len(X) // 2), stratify=y, random_state=seed
    )
    n_train, n_classes = len(y_train), y.max() + 1
    wrong = rng.choice(n_train, n_train // 10, replace=False)
    y_train[wrong] = (y_train[wrong] + rng.integers(1, n_classes, len(wrong))) % n_classes
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    model.fit(X_train, y_train)
    unseen = cross_val_predict(model, X_train, y_train, method="predict_proba")
    scores = {"probability": unseen[np.arange(n_train), y_train]}
    for k in (1, 5, 10):
        explainer = KNNShapleyExplainer(n_neighbors=k).fit(model, X_train, y_train)
        scores[f"K = {k}"] = explainer.average(X_val, y_val).values[0]
    refits = DataShapleyExplainer(n_permutations=n_permutations, truncation=0.2, random_state=0)
    scaler = model[:1]
    refits.fit(LogisticRegression(), scaler.transform(X_train), y_train)
    scores["Data Shapley"] = refits.explain(scaler.transform(X_val), y_val).values[0]
    return {
        name: np.isin(np.argsort(score)[: len(wrong)], wrong).mean()
        for name, score in scores.items()
    }


def main():
    """Print all tables."""
    smoke = parse_arguments(__doc__).smoke
    print_versions()
    header = ["game", "weights", "K = 1", "K = 3", "K = n", "K = 2n"]
    print_table("Largest difference from the definition", header, exactness(6 if smoke else 10))
    sizes = [1000, 10_000] if smoke else [1000, 10_000, 100_000]
    header = ["training rows", "classification", "regression", "distances and sorting alone"]
    print_table("Milliseconds for each row", header, times(sizes, 5 if smoke else 50))
    n_permutations = 2 if smoke else 50
    header = ["data", "probability", "K = 1", "K = 5", "K = 10"]
    header.append(f"Data Shapley, {n_permutations} orders")
    draws = found(1 if smoke else 10, n_permutations)
    print_table("Share of the wrong labels among as many rows", header, draws)


if __name__ == "__main__":
    main()
