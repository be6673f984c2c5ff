"""What numeric code is built on: exact predicates and the reading of numbers, callable in compiled code."""

from avila_sci.core.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {"predicates": ("incircle", "orient2d")})
