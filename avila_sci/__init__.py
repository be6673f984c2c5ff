"""Avila Sci: scientific computing in the notebook, from the bit to the pixel."""

from avila_sci.core.lazy import attach

__version__ = "0.1.0"

__getattr__, __dir__, _ = attach(
    __name__,
    {
        "bim": (),
        "core": (),
        "avila_sci.core.threads": ("get_threads", "set_threads"),
        "gltf": (),
        "jupyter": (),
        "mesh": (),
        "primitives": (),
        "widgets": (),
    },
)
__all__ = __dir__()


def load_ipython_extension(shell):
    """``%load_ext avila_sci``: the magics of `avila_sci.jupyter`."""
    from avila_sci.jupyter.magics import load

    load(shell)
