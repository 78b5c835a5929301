"""The checks behind `skxai.utils.explainer_checks`, by theme."""
