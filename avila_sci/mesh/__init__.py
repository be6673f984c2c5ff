"""Triangles: measuring, cutting, combining, triangulating and drawing them."""

from avila_sci.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "boolean": ("difference", "intersection", "union"),
        "camera": ("Camera", "fit", "projection_matrix", "view_matrix"),
        "clip": ("clip_half_space",),
        "delaunay": ("constrained_triangulation", "delaunay_triangulation"),
        "measure": ("area", "bounds", "is_closed", "volume"),
        "png": (),
        "polygon": ("arrange", "triangulate"),
        "raster": ("Picture", "mesh_scene", "render", "render_mesh", "scene_bounds"),
    },
)
