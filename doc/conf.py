"""Sphinx configuration of skxai's documentation; builds without network."""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import skxai.datasets

project = "skxai"
author = "The skxai developers"
copyright = "2026, The skxai developers"
version = release = skxai.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "_templates", "conftest.py"]
templates_path = ["_templates"]
default_role = "py:obj"

autosummary_generate = True
# The class template lists the methods; numpydoc need not list them again.
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = f"skxai {release}"
html_static_path = ["_static"]
html_css_files = ["skxai.css"]
html_show_sourcelink = False
html_theme_options = {
    "show_prev_next": False,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

try:
    skxai.datasets.fetch_hemolytic(download_if_missing=False)
    run_examples = r"/plot_"
except OSError:  # nothing is downloaded here: the study of peptides is shown, but not run
    run_examples = r"/plot_(?!peptide)"

sphinx_gallery_conf = {
    "examples_dirs": ["../examples"],
    "gallery_dirs": ["auto_examples"],
    "filename_pattern": run_examples,
    "subsection_order": [
        "../examples/getting_started",
        "../examples/shapley",
        "../examples/linear",
        "../examples/surrogate",
        "../examples/gradient",
        "../examples/activation",
        "../examples/counterfactual",
        "../examples/text",
        "../examples/images",
        "../examples/peptides",
        "../examples/influence",
        "../examples/concept",
        "../examples/network",
        "../examples/quality",
        "../examples/scikit_learn",
    ],
    "within_subsection_order": "FileNameSortKey",
    "doc_module": ("skxai",),
    "reference_url": {"skxai": None},
    "backreferences_dir": "generated/backreferences",
    "remove_config_comments": True,
    "show_memory": False,
    "write_computation_times": False,
}
