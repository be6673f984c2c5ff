"""Small scenes that the tests of pictures and files share."""

import numpy as np

from avila_sci.mesh.scene import Scene

GREY, RED, GLASS = 1, 2, 3
PALETTE = [(0.8, 0.8, 0.8, 1.0), (0.6, 0.6, 0.62, 1.0), (0.8, 0.2, 0.15, 1.0), (0.5, 0.7, 0.9, 0.3)]


def box(low, high):
    """Corners and outward triangles of a box."""
    ends = np.array([low, high], float)
    positions = np.array([[ends[i, 0], ends[j, 1], ends[k, 2]] for k in (0, 1) for j in (0, 1) for i in (0, 1)])
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    triangles = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    return positions, np.array(triangles, np.int32)


def torus(n=24, m=12, radius=1.0, thickness=0.35):
    """A closed surface with curvature of both signs."""
    i, j = (a.ravel() for a in np.meshgrid(np.arange(n), np.arange(m), indexing="ij"))
    u, v = 2 * np.pi * i / n, 2 * np.pi * j / m
    ring = radius + thickness * np.cos(v)
    positions = np.column_stack([ring * np.cos(u), ring * np.sin(u), thickness * np.sin(v)])
    a, b, c, d = i * m + j, (i + 1) % n * m + j, (i + 1) % n * m + (j + 1) % m, i * m + (j + 1) % m
    triangles = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
    return positions, triangles.astype(np.int32)


def at(x=0.0, y=0.0, z=0.0, linear=None):
    """A matrix: a linear part, then a shift."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.eye(3) if linear is None else linear
    matrix[:3, 3] = x, y, z
    return matrix


def scene(meshes, instances, origin=(0.0, 0.0, 0.0), palette=PALETTE, triangle_colour=None):
    """Meshes (positions, triangles) and instances (mesh, matrix, colour row); instance i is element i."""
    vertex_start = np.cumsum([0] + [len(p) for p, _ in meshes])
    triangle_start = np.cumsum([0] + [len(t) for _, t in meshes])
    return Scene(
        np.array(origin, float),
        np.concatenate([p for p, _ in meshes]),
        np.concatenate([t + low for (_, t), low in zip(meshes, vertex_start)]).astype(np.int32),
        vertex_start.astype(np.int64),
        triangle_start.astype(np.int64),
        np.zeros(triangle_start[-1], np.int32) if triangle_colour is None else np.array(triangle_colour, np.int32),
        np.array(palette, np.float32),
        np.array([mesh for mesh, _, _ in instances], np.int32),
        np.array([matrix for _, matrix, _ in instances], float).reshape(-1, 4, 4),
        np.arange(len(instances), dtype=np.int32),
        np.array([row for _, _, row in instances], np.int32),
    )


def garden(origin=(0.0, 0.0, 0.0)):
    """A slab, a row of rings (one mirrored, one sheared, one stretched), a post and a pane of glass before it."""
    shear = [[1.0, 0.6, 0.0], [0.0, 1.0, 0.0], [0.2, 0.0, 1.0]]
    meshes = [box((-1, -1, -0.2), (9, 3, 0)), torus(), box((0, 0, 0), (0.4, 0.4, 2.0)), box((0, 0, 0), (2, 0.05, 1.5))]
    instances = [
        (0, at(), GREY),
        (1, at(1, 1, 0.5), RED),
        (1, at(3.5, 1, 0.5, np.diag([-0.8, 0.8, 0.8])), RED),
        (1, at(5.5, 1, 0.5, np.array(shear) * 0.6), 0),
        (1, at(7.5, 1, 0.6, np.diag([0.6, 1.2, 1.5])), RED),
        (2, at(4.5, -0.5, 0), GREY),
        (3, at(4, -0.9, 0), GLASS),
    ]
    return scene(meshes, instances, origin)
