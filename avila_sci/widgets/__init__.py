"""What one sees and touches in the notebook: the viewer of scenes and models."""

from avila_sci.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "viewer": ("Viewer", "show"),
    },
)
