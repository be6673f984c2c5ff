"""Lazy subpackages: importing one costs nothing until one of its names is used.

A subpackage's ``__init__`` is a table of contents.  Nothing it names is imported before it is asked for, so
``import avila_sci`` stays free of numba and NumPy, and a reader sees on one page what the subpackage offers.

References
----------
.. [1] PEP 562, "Module __getattr__ and __dir__".
"""

import importlib
import sys


def attach(package, contents):
    """Give the package `package` the names of `contents`, each imported on first use.

    Parameters
    ----------
    package : str
        ``__name__`` of the package.
    contents : dict of str to tuple of str
        Module to the public names it defines: relative to the package, or absolute for a name that lives elsewhere and
        that readers look for here.  An empty tuple offers the module itself.

    Returns
    -------
    tuple of (__getattr__, __dir__, __all__)
        To be assigned in the package's ``__init__``.
    """
    home = {name: module for module, names in contents.items() for name in names}
    offered = sorted(set(home) | {module for module in contents if "." not in module})

    def __getattr__(name):
        if name in home:
            module = home[name]
            absolute = module if "." in module else f"{package}.{module}"
            value = getattr(importlib.import_module(absolute), name)
        elif name in contents:
            value = importlib.import_module(f"{package}.{name}")
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}; it offers {', '.join(offered)}")
        # A function may carry the name of its module (`measure.measure`): importing the module bound the module
        # to that name, so the function must be bound over it.
        setattr(sys.modules[package], name, value)
        return value

    def __dir__():
        return offered

    return __getattr__, __dir__, sorted(home) or offered
