"""A scene: unique meshes and the instances that place them, as flat arrays.

A building repeats itself: one public model is 9.4 million triangles flat and 230 thousand unique.  So a mesh is stored
once and placed by matrices, all the way from the file to the screen.  Everything is an array, so the same object is
read by kernels, by the renderer, by the viewer and by the reader's own ``@njit`` loop.
"""

from typing import NamedTuple

import numpy as np


class Scene(NamedTuple):
    """Unique meshes (positions, triangles, colours) and instances (mesh, matrix, element, colour).

    The vertices of mesh `m` are ``positions[vertex_start[m]:vertex_start[m + 1]]``, its triangles
    ``triangles[triangle_start[m]:triangle_start[m + 1]]``, whose entries index `positions` directly (not relative to
    the mesh).  A point p of instance i stands at ``origin + (instance_matrix[i] @ [p, 1])[:3]`` in the world; z is up.
    Triangles turn counter-clockwise seen from outside; an instance whose matrix mirrors (determinant < 0) turns them.

    Attributes
    ----------
    origin : (3,) float64, metres
        World coordinates of the scene's zero; far origins live here and nowhere else.
    positions : (n_vertices, 3) float64, metres
    triangles : (n_triangles, 3) int32
    vertex_start, triangle_start : (n_meshes + 1,) int64
    triangle_colour : (n_triangles,) int32
        Row of `palette`; 0 stands for "the colour of the instance".
    palette : (n_colours, 4) float32
        Linear 0 … 1 sRGB-encoded red, green, blue and opacity; row 0 is the colour of what has none.
    instance_mesh : (n_instances,) int32
    instance_matrix : (n_instances, 4, 4) float64
    instance_element : (n_instances,) int32
        Number of the element (row of the element table), or -1.
    instance_colour : (n_instances,) int32
        Row of `palette`.
    """

    origin: np.ndarray
    positions: np.ndarray
    triangles: np.ndarray
    vertex_start: np.ndarray
    triangle_start: np.ndarray
    triangle_colour: np.ndarray
    palette: np.ndarray
    instance_mesh: np.ndarray
    instance_matrix: np.ndarray
    instance_element: np.ndarray
    instance_colour: np.ndarray
