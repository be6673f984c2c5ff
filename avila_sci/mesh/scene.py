"""A scene: unique meshes and the instances that place them, as flat arrays.

A building repeats itself: one public model is 9.4 million triangles flat and 230 thousand unique.  So a mesh is stored
once and placed by matrices, all the way from the file to the screen.  Everything is an array, so the same object is
read by kernels, by the renderer, by the viewer and by the reader's own ``@njit`` loop.
"""

from typing import NamedTuple

import numpy as np

from avila_sci.core.errors import DomainError, DTypeError
from avila_sci.core.jit import kernel, means


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


@kernel
def _triangle_count(scene, instance):
    mesh = scene.instance_mesh[instance]
    return scene.triangle_start[mesh + 1] - scene.triangle_start[mesh]


@kernel
def _triangle(scene, instance, k):
    mesh = scene.instance_mesh[instance]
    matrix = scene.instance_matrix[instance]
    t = scene.triangle_start[mesh] + k
    a, b, c = scene.triangles[t, 0], scene.triangles[t, 1], scene.triangles[t, 2]
    m00, m01, m02 = matrix[0, 0], matrix[0, 1], matrix[0, 2]
    m10, m11, m12 = matrix[1, 0], matrix[1, 1], matrix[1, 2]
    m20, m21, m22 = matrix[2, 0], matrix[2, 1], matrix[2, 2]
    if m00 * (m11 * m22 - m12 * m21) - m01 * (m10 * m22 - m12 * m20) + m02 * (m10 * m21 - m11 * m20) < 0.0:
        b, c = c, b  # a mirror turns the triangle
    return _corner(scene, matrix, a), _corner(scene, matrix, b), _corner(scene, matrix, c)


@kernel
def _corner(scene, matrix, v):
    x, y, z = scene.positions[v, 0], scene.positions[v, 1], scene.positions[v, 2]
    return (
        matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] * z + matrix[0, 3],
        matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] * z + matrix[1, 3],
        matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2] * z + matrix[2, 3],
    )


@means(_triangle_count)
def triangle_count(scene, instance):
    """Number of triangles of an instance.

    Parameters
    ----------
    scene : Scene
    instance : int

    Returns
    -------
    int

    Raises
    ------
    DomainError
        There is no such instance.  Inside ``@njit`` code nothing is checked.

    Examples
    --------
    >>> from avila_sci.mesh import mesh_scene
    >>> triangle_count(mesh_scene([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]]), 0)
    1
    """
    if not 0 <= instance < len(scene.instance_mesh):
        raise DomainError(f"instance must lie in [0, {len(scene.instance_mesh)}), got {instance!r}")
    return int(_triangle_count(scene, instance))


@means(_triangle)
def triangle(scene, instance, k):
    """Corners of a triangle where it stands, without copying the instance.

    Parameters
    ----------
    scene : Scene
    instance : int
    k : int
        In [0, ``triangle_count(scene, instance)``).

    Returns
    -------
    a, b, c : three tuples (x, y, z) of float, metres
        Scene coordinates (add `scene.origin` for the world), counter-clockwise seen from outside.

    Raises
    ------
    DomainError
        There is no such instance or triangle.  Inside ``@njit`` code nothing is checked.

    Examples
    --------
    >>> from avila_sci.mesh import mesh_scene
    >>> triangle(mesh_scene([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]]), 0, 0)
    ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    """
    count = triangle_count(scene, instance)
    if not 0 <= k < count:
        raise DomainError(f"k must lie in [0, {count}) for instance {instance}, got {k!r}")
    return _triangle(scene, instance, k)


def scene_of(name, thing):
    """What has a scene, and the scene: `thing` may be a scene, a geometry (``.scene``) or a model (``.geometry()``).

    Parameters
    ----------
    name : str
        Of the function that asks, for the message.
    thing : Scene, or what has one

    Returns
    -------
    owner, scene

    Raises
    ------
    DTypeError
        It is none of these.
    """
    owner = thing
    if not hasattr(thing, "positions") and not hasattr(thing, "scene") and callable(getattr(thing, "geometry", None)):
        owner = thing.geometry()
    scene = owner if hasattr(owner, "positions") else getattr(owner, "scene", None)
    if not hasattr(scene, "instance_mesh"):
        raise DTypeError(f"{name} needs a scene, a geometry or a model (bim.open), got {type(thing).__name__}")
    return owner, scene
