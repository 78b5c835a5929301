"""Texts: exact values where they are known, and time beyond that of the model itself.

    python benchmarks/text.py

- Closed form: TF-IDF without normalisation and logistic regression. The log-odds are linear in the
  tokens, each of which is worth its weight times its inverse document frequency.
- Enumeration: with normalisation the log-odds are not linear. Short texts, against Shapley values
  from all coalitions and, of what is sampled, how often value ± 1.96 standard errors holds them.
- Time: of all the work over the time inside of the Pipeline, in the same run; seconds of CPU.
"""

import time

import numpy as np
from _common import by_enumeration, parse_arguments, print_ratios, print_table, print_versions
from _documents import choose, fitted_classifier, load_documents

from skxai import LimeExplainer, ShapleyExplainer
from skxai.maskers import TextMasker


class Timed:
    """A classifier's probability as a function of texts that counts them and the time inside."""

    def __init__(self, model):
        self.model = model
        self.n_texts = 0
        self.seconds = 0.0

    def __call__(self, texts):
        began = time.process_time()
        output = self.model.predict_proba(texts)[:, 1]
        self.seconds += time.process_time() - began
        self.n_texts += len(output)
        return output


def explainers():
    """All that is measured, by name."""
    of_texts = {"masker": TextMasker(), "random_state": 0}
    return {
        "Shapley": ShapleyExplainer(**of_texts),
        "Shapley, 1000 evaluations": ShapleyExplainer(max_evals=1000, **of_texts),
        "LIME": LimeExplainer(**of_texts),
        "LIME, Shapley kernel": LimeExplainer(kernel="shapley", **of_texts),
    }


def closed_form(options):
    """Largest errors where the model is linear in the tokens."""
    texts, labels = load_documents()
    model = fitted_classifier(texts, labels, norm=None)
    vectorizer, regression = model
    weights = regression.coef_[0] * vectorizer.idf_
    rows = choose(texts, max(1, options.rows // 10))
    table = []
    for name, explainer in explainers().items():
        explainer.set_params(
            # What the vectorizer drops, such as "a", is no token of it.
            masker=TextMasker(tokenizer=vectorizer),
            response_method="decision_function",
        )
        explanation = explainer.fit(model).explain(rows)
        error = largest = n_tokens = 0
        for i in range(len(rows)):
            tokens = explanation[i].feature_names
            exact = np.array([weights[vectorizer.vocabulary_[word.lower()]] for word in tokens])
            error = max(error, np.abs(explanation[i].values[0] - exact).max())
            largest = max(largest, np.abs(exact).max())
            n_tokens += len(tokens)
        table.append([name, len(rows), n_tokens / len(rows), largest, error])
    header = ["method", "texts", "tokens each", "largest value", "largest error"]
    print_table("Against the closed form", header, table)


def enumeration(options, n_words=11):
    """Errors on short texts with a model that is not linear in the tokens."""
    texts, labels = load_documents()
    model = fitted_classifier(texts, labels)
    words = [[w for w in text.split() if w.isalpha()][:n_words] for text in choose(texts, 500)]
    words = [own for own in words if len(own) == n_words][: max(2, options.rows // 10)]
    exact = np.array([_by_enumeration(model, own) for own in words])
    rows = [" ".join(own) for own in words]
    table = []
    for algorithm in ("exact", "kernel", "permutation"):
        max_evals = None if algorithm == "exact" else 400
        errors, inside = [], []
        for seed in range(1 if algorithm == "exact" else options.repeats):
            explainer = ShapleyExplainer(
                algorithm=algorithm,
                masker=TextMasker(),
                max_evals=max_evals,
                response_method="decision_function",
                random_state=seed,
            )
            explanation = explainer.fit(model).explain(rows)
            gaps = np.abs(explanation.values - exact)
            errors.append(gaps)
            if algorithm != "exact":
                inside.append((gaps <= 1.96 * explanation.std_errors + 1e-12).mean())
        gap = np.sqrt(np.mean(np.square(errors)))
        line = [np.max(errors), gap / exact.std(), np.mean(inside) if inside else None]
        table.append([algorithm, max_evals or 2**n_words, *line])
    header = ["algorithm", "evaluations", "largest error", "RMS error / spread", "95 % holds"]
    print_table(f"Against enumeration, {len(rows)} texts of {n_words} words", header, table)


def _by_enumeration(model, words):
    def log_odds(present):
        texts = [" ".join(np.array(words)[own > 0]) for own in present]
        return model.decision_function(texts)

    shape = (1, len(words))
    return by_enumeration(log_odds, np.ones(shape), np.zeros(shape))[0][0]


def times(options):
    """Time over the model's."""
    texts, labels = load_documents()
    model, rows = fitted_classifier(texts, labels), choose(texts, options.rows)
    table = []
    for name, explainer in explainers().items():
        function = Timed(model)
        explainer.fit(function)
        began = time.process_time()
        explainer.explain(rows)
        seconds = time.process_time() - began
        n_texts = function.n_texts / len(rows)
        table.append([name, n_texts, seconds, function.seconds, seconds / function.seconds])
    header = ["method", "model texts each", "seconds", "model's", "time / model"]
    print_table(f"Time, {len(rows)} texts of 100 words", header, table)
    print_ratios("time over the model's own, texts", [row[-1] for row in table])


def main():
    options = parse_arguments(__doc__, rows=200, repeats=20)
    if options.smoke:
        options.rows, options.repeats = 10, 2
    print_versions("scipy")
    closed_form(options)
    enumeration(options)
    times(options)


if __name__ == "__main__":
    main()
