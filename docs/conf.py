"""Sphinx settings: builds without a network, fails on any warning and on any failing notebook cell."""

import shutil
from pathlib import Path

import avila_sci

project = "Avila Sci"
copyright = "2026, the Avila Sci authors"
version = release = avila_sci.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "jupyter_execute"]
html_theme = "pydata_sphinx_theme"
html_title = "Avila Sci"
html_static_path = ["_static"]
html_theme_options = {
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": False,
}
html_show_sourcelink = False

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True  # an attribute that is also a property is described once
myst_enable_extensions = ["colon_fence", "deflist"]

# The notebooks of the project are pages: executed once, kept by content.
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 600
nb_execution_show_tb = True
nb_merge_streams = True
# A static page has no kernel: it shows the picture that every viewer carries, and loads no script from anywhere.
nb_ipywidgets_js = {}
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]

_here = Path(__file__).parent
_pages = _here / "notebooks"
_pages.mkdir(exist_ok=True)
for _notebook in sorted((_here.parent / "notebooks").glob("*.ipynb")):
    _copy = _pages / _notebook.name
    if not _copy.exists() or _copy.read_bytes() != _notebook.read_bytes():
        shutil.copyfile(_notebook, _copy)
