"""Readers and exact checks for the tests of planar triangulations."""

import gzip
from fractions import Fraction

import numpy as np


def read_cdt(path):
    """Points and edges of an input of artem-ogre/CDT."""
    numbers = path.read_text().split()
    n, m = int(numbers[0]), int(numbers[1])
    points = np.array(numbers[2 : 2 + 2 * n], float).reshape(n, 2)
    return points, np.array(numbers[2 + 2 * n : 2 + 2 * n + 2 * m], int).reshape(m, 2)


def read_polygons(path):
    """(name, expected triangles, epsilon, loops) of a corpus of manifold."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path, encoding="utf-8") as file:
        words = file.read().split()
    at = 0
    while at < len(words):
        name, count, epsilon, loops = words[at], int(words[at + 1]), float(words[at + 2]), int(words[at + 3])
        at += 4
        polygon = []
        for _ in range(loops):
            n = int(words[at])
            polygon.append(np.array(words[at + 1 : at + 1 + 2 * n], float).reshape(n, 2))
            at += 1 + 2 * n
        yield name, count, epsilon, polygon


def areas(points, triangles):
    """Signed area of each triangle."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2


def sign_of_turn(p, q, r):
    """Exact sign of the turn p, q, r."""
    left, right = (q[0] - p[0]) * (r[1] - p[1]), (q[1] - p[1]) * (r[0] - p[0])
    if abs(left - right) > 1e-14 * (abs(left) + abs(right)):
        return 1 if left > right else -1
    (px, py), (qx, qy), (rx, ry) = ((Fraction(float(x)), Fraction(float(y))) for x, y in (p, q, r))
    d = (qx - px) * (ry - py) - (qy - py) * (rx - px)
    return (d > 0) - (d < 0)


def sign_in_circle(a, b, c, d):
    """Exact sign: 1 if d is inside the circle through the counter-clockwise a, b, c."""
    ax, ay, bx, by, cx, cy = (Fraction(float(p[k])) - Fraction(float(d[k])) for p in (a, b, c) for k in range(2))
    value = (
        (ax * ax + ay * ay) * (bx * cy - cx * by)
        + (bx * bx + by * by) * (cx * ay - ax * cy)
        + (cx * cx + cy * cy) * (ax * by - bx * ay)
    )
    return (value > 0) - (value < 0)


def hull_size(points):
    """Number of distinct points on the border of the hull, those in the middle of a side too; exact."""
    rows = sorted({(Fraction(x), Fraction(y)) for x, y in np.asarray(points, float).tolist()})
    border = set()
    for order in (rows, rows[::-1]):
        chain = []
        for p in order:
            while len(chain) > 1:
                (ax, ay), (bx, by) = chain[-2:]
                if (bx - ax) * (p[1] - ay) - (by - ay) * (p[0] - ax) < 0:
                    chain.pop()
                else:
                    break
            chain.append(p)
        border.update(chain)
    return len(border)


def check_triangulation(points, triangles, constrained=()):
    """Everything a constrained Delaunay triangulation must be; `constrained` are the pairs of corners not to flip."""
    distinct = len(np.unique(points, axis=0))
    used = np.unique(triangles)
    assert len(used) == distinct  # every point is a corner, but of points at one place just one
    directed = {}
    for t, (a, b, c) in enumerate(triangles.tolist()):
        assert sign_of_turn(points[a], points[b], points[c]) == 1
        for i, j, k in ((a, b, c), (b, c, a), (c, a, b)):
            assert (i, j) not in directed  # no edge twice the same way: no overlap
            directed[i, j] = (t, k)
    border = sum((j, i) not in directed for i, j in directed)
    assert border == hull_size(points)
    undirected = (len(directed) + border) // 2
    assert distinct - undirected + len(triangles) == 1  # Euler
    fixed = {frozenset(e) for e in constrained}
    for (i, j), (_, k) in directed.items():
        if i < j and (j, i) in directed and frozenset((i, j)) not in fixed:
            assert sign_in_circle(points[i], points[j], points[k], points[directed[j, i][1]]) <= 0, (i, j)
