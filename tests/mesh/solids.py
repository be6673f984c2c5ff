"""Solids for the tests of cuts and booleans, and a slow, sure way to count what is left of boxes."""

import itertools

import numpy as np

from avila_sci.mesh.measure import _area, _volume

CUBE = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]], float)
SIDES = np.array(
    [
        *([0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4]),
        *([1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6], [3, 0, 4], [3, 4, 7]),
    ],
    np.int32,
)


def box(low, high):
    return CUBE * (np.subtract(high, low)) + np.asarray(low, float), SIDES.copy()


def prism(outline, low, high):
    """Prism over a convex outline, counter-clockwise, along z."""
    flat = np.asarray(outline, float)
    n = len(flat)
    positions = np.vstack([np.c_[flat, np.full(n, float(low))], np.c_[flat, np.full(n, float(high))]])
    fan = [[0, i, i + 1] for i in range(1, n - 1)]
    triangles = [[a, c, b] for a, b, c in fan] + [[a + n, b + n, c + n] for a, b, c in fan]
    for i in range(n):
        j = (i + 1) % n
        triangles += [[i, j, j + n], [i, j + n, i + n]]
    return positions, np.array(triangles, np.int32)


def cylinder(radius, low, high, n=24):
    angle = 2 * np.pi * np.arange(n) / n
    return prism(radius * np.c_[np.cos(angle), np.sin(angle)], low, high)


def ball(radius=1.0, n=12, centre=(0.0, 0.0, 0.0)):
    """Sphere of n meridians and n / 2 rings."""
    rings = n // 2
    theta = np.pi * np.arange(1, rings) / rings
    phi = 2 * np.pi * np.arange(n) / n
    middle = [[np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)] for t in theta for p in phi]
    positions = np.array([[0, 0, 1], *middle, [0, 0, -1]])
    last = len(positions) - 1
    triangles = []
    for i in range(n):
        j = (i + 1) % n
        triangles += [[0, 1 + i, 1 + j], [last, last - n + j, last - n + i]]
        for r in range(rings - 2):
            a, b = 1 + r * n + i, 1 + r * n + j
            triangles += [[a, a + n, b + n], [a, b + n, b]]
    return radius * positions + np.asarray(centre, float), np.array(triangles, np.int32)


def turned(mesh, matrix, shift=(0.0, 0.0, 0.0)):
    return np.ascontiguousarray(mesh[0] @ np.asarray(matrix).T + np.asarray(shift, float)), mesh[1]


def rotation(x, y, z):
    (cx, cy, cz), (sx, sy, sz) = np.cos([x, y, z]), np.sin([x, y, z])
    return (
        np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
        @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        @ np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    )


def together(*meshes):
    """Several meshes as one."""
    start = np.cumsum([0] + [len(p) for p, _ in meshes])
    return np.vstack([p for p, _ in meshes]), np.vstack([t + s for (_, t), s in zip(meshes, start)]).astype(np.int32)


def cutters(*meshes):
    """Several meshes as `_subtract_many` takes them."""
    vertex_start = np.cumsum([0] + [len(p) for p, _ in meshes])
    triangle_start = np.cumsum([0] + [len(t) for _, t in meshes])
    return (
        np.vstack([p for p, _ in meshes]),
        np.vstack([t for _, t in meshes]).astype(np.int32),
        vertex_start.astype(np.int64),
        triangle_start.astype(np.int64),
    )


def volume(mesh):
    return float(_volume(np.asarray(mesh[0]), np.asarray(mesh[1]))) if len(mesh[1]) else 0.0


def area(mesh):
    return float(_area(np.asarray(mesh[0]), np.asarray(mesh[1]))) if len(mesh[1]) else 0.0


def is_closed_by_number(triangles):
    """Every directed edge as often as its reverse, vertices told apart by their number alone; no triangle twice one."""
    edges = {}
    for a, b, c in np.asarray(triangles).tolist():
        assert a != b
        assert b != c
        assert c != a
        for i, j in ((a, b), (b, c), (c, a)):
            key, way = ((i, j), 1) if i < j else ((j, i), -1)
            edges[key] = edges.get(key, 0) + way
    return not any(edges.values())


def voxels(low, high):
    return set(itertools.product(*(range(a, b) for a, b in zip(low, high))))


def surface_of(cells):
    """Faces between a cell and none."""
    steps = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]
    return sum((x + i, y + j, z + k) not in cells for x, y, z in cells for i, j, k in steps)
