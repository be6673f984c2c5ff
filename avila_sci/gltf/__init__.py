"""glTF 2.0: scenes and models as .glb and .gltf files."""

from avila_sci.core.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {"writer": ("save",)})
