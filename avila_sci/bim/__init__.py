"""Buildings: IFC files read into columns, their geometry, what they say and what they measure."""

from avila_sci.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "model": ("Entities", "Entity", "Model", "Repair", "open"),
        "properties": ("Bounds", "Table", "columns", "psets", "quantities"),
        "geometry": ("Finding", "Geometry", "Report"),
        "measured": ("Measurements", "measure"),
        "curve": ("Settings", "fine_settings"),
        "sample": (),
        "avila_sci.mesh.scene": ("triangle", "triangle_count"),
        "avila_sci.widgets.viewer": ("show",),
    },
)
