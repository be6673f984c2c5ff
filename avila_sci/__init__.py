"""Avila Sci: scientific computing in the notebook, from the bit to the pixel."""

from avila_sci.core.lazy import attach

__version__ = "0.1.0"

_get, __dir__, __all__ = attach(
    __name__, {name: () for name in ("bim", "core", "gltf", "jupyter", "mesh", "primitives", "widgets")}
)


def __getattr__(name):
    if name in ("set_threads", "get_threads"):
        from avila_sci.core import threads

        return getattr(threads, name)
    return _get(name)
