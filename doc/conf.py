"""Sphinx configuration of skxai's documentation; builds without network."""

import re
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

# Roles such as :class: must find what they name; single backticks may also be parameters.
nitpicky = True
nitpick_ignore_regex = [("py:obj", r".*"), ("py:class", r"(numpy|pandas|sklearn)\..*")]

# Each page of the reference links to the page of the guide that says most about it.
_HERE = Path(__file__).resolve().parent
_OVERVIEWS = {"index", "which_explainer", "coming_from", "scaling", "glossary"}
_guide = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((_HERE / "user_guide").glob("*.rst"))
    if path.stem not in _OVERVIEWS
}
_reference = (_HERE / "api.rst").read_text(encoding="utf-8")
_public = {
    name.rpartition(".")[2]: f"skxai.{name}"
    for name in re.findall(r"^   ([a-zA-Z_.]+)$", _reference, re.MULTILINE)
}


def _page_of_guide(name):
    counts = {page: len(re.findall(rf"\b{name}\b", text)) for page, text in _guide.items()}
    return max(counts, key=counts.get) if any(counts.values()) else None


autosummary_context = {"pages_of_guide": {name: _page_of_guide(name) for name in _public}}


def _find_public_name(app, env, node, contnode):
    """Single backticks find public names from every page, whatever module it is about."""
    name, dot, attribute = node["reftarget"].partition(".")
    if node.get("reftype") != "obj" or name not in _public:
        return None
    domain, target = env.get_domain("py"), _public[name] + dot + attribute
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", target, node, contnode)


def setup(app):
    app.connect("missing-reference", _find_public_name)


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
        "../examples/pictures",
        "../examples/scaling",
    ],
    "within_subsection_order": "FileNameSortKey",
    "doc_module": ("skxai",),
    "reference_url": {"skxai": None},
    "backreferences_dir": "generated/backreferences",
    "remove_config_comments": True,
    "show_memory": False,
    "parallel": 2,
    "write_computation_times": False,
}
