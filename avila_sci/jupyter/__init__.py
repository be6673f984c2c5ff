"""The Jupyter side: the kernel, its magics, the command line."""

from avila_sci.core.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {"doctor": ("findings",), "warm": ("fill", "touch")})
