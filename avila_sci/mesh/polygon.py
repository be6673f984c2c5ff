"""Polygons with holes into triangles, and several outlines into one arrangement.

A face of a building is mostly a triangle, a quad or a convex outline, and these take the short way.  Everything else
(holes, notches, outlines that touch or cross) goes through one constrained Delaunay triangulation, in which the winding
number of every triangle says whether it belongs to the region: no special case for a hole that touches its border, two
loops that overlap, or a spike of no width.

References
----------
.. [1] `mesh.delaunay`.
"""

import numpy as np

from avila_sci.core.jit import kernel
from avila_sci.mesh.delaunay import POINTS, TRIANGLES, _constrained
from avila_sci.primitives.predicates import _orient2d


@kernel
def _is_convex(points):
    """True if the loop turns left at every corner, and once around."""
    n = points.shape[0]
    turns = 0
    for i in range(n):
        j, k = (i + 1) % n, (i + 2) % n
        if not _orient2d(points[i, 0], points[i, 1], points[j, 0], points[j, 1], points[k, 0], points[k, 1]) > 0.0:
            return False
        # a loop around once goes down in x and comes up in x exactly once
        if (points[j, 0] - points[i, 0] < 0.0) != (points[k, 0] - points[j, 0] < 0.0):
            turns += 1
    return turns <= 2


@kernel
def _fan(n):
    triangles = np.empty((n - 2, 3), np.int32)
    for i in range(n - 2):
        triangles[i, 0] = 0
        triangles[i, 1] = i + 1
        triangles[i, 2] = i + 2
    return triangles


@kernel
def _arrange(points, edges, operand, n_operands):
    n = points.shape[0]
    if n == 0 or edges.shape[0] == 0:
        return points, np.empty((0, 3), np.int32), np.empty((0, n_operands), np.int32), 0
    for i in range(n):
        if not (abs(points[i, 0]) < 1e100 and abs(points[i, 1]) < 1e100):
            return points, np.empty((0, 3), np.int32), np.empty((0, n_operands), np.int32), 2
    t, status = _constrained(points, edges, operand, n_operands)
    if status != 0:
        return points, np.empty((0, 3), np.int32), np.empty((0, n_operands), np.int32), status
    count = t.count[TRIANGLES]
    winding = np.zeros((count, n_operands), np.int32)
    seen = np.zeros(count, np.bool_)
    queue = np.empty(count, np.int64)
    head = 0
    tail = 0
    for s in range(count):
        # a corner of the surrounding triangle lies outside everything
        if t.vertex[s, 0] >= n and t.vertex[s, 0] < n + 3 or t.vertex[s, 1] >= n and t.vertex[s, 1] < n + 3:
            seen[s] = True
            queue[tail] = s
            tail += 1
            break
    while head < tail:
        s = queue[head]
        head += 1
        for k in range(3):
            other = t.across[s, k]
            if other >= 0 and not seen[other]:
                seen[other] = True
                e = t.edge[s, k]
                for o in range(n_operands):
                    step = 0
                    if e > 0:
                        step = t.record[e, o]
                    elif e < 0:
                        step = -t.record[-e, o]
                    winding[other, o] = winding[s, o] - step
                queue[tail] = other
                tail += 1
    # the three outer corners go; intersections close the gap they leave
    kept = 0
    for s in range(count):
        inside = True
        for k in range(3):
            v = t.vertex[s, k]
            inside = inside and not (n <= v < n + 3)
        if inside:
            for k in range(3):
                v = t.vertex[s, k]
                t.vertex[kept, k] = v if v < n else v - 3
            for o in range(n_operands):
                winding[kept, o] = winding[s, o]
            kept += 1
    total = t.count[POINTS] - 3
    out = np.empty((total, 2))
    out[:n] = points
    out[n:] = t.points[n + 3 : total + 3]
    return out, t.vertex[:kept].copy(), winding[:kept].copy(), 0


@kernel
def arrange(points, edges, operand, n_operands):
    """Constrained triangulation of the edges of several operands, with the winding number of each in each triangle.

    Parameters
    ----------
    points : (n, 2) float64
    edges : (m, 2) int32
        Directed: the operand lies to the left.
    operand : (m,) int32
        Number of the operand each edge belongs to, in [0, n_operands).
    n_operands : int

    Returns
    -------
    points : (n', 2) float64
        The given points, then intersections of edges.
    triangles : (t, 3) int32
        Counter-clockwise; of points at one place the first stands for all.
    winding : (t, n_operands) int32
    status : int
        0, 1 when edges could not be inserted, 2 when a coordinate is not finite.
    """
    return _arrange(points, edges, operand, n_operands)


@kernel
def triangulate(points, loop_start):
    """Triangles of the region bounded by loops: outer ones counter-clockwise, holes clockwise.

    Parameters
    ----------
    points : (n, 2) float64
        The loops one after the other, without repeating the first point of a loop.
    loop_start : (k + 1,) int64
        Where each loop begins, then n.

    Returns
    -------
    points : (n', 2) float64
        The given points, then intersections where loops cross.
    triangles : (t, 3) int32
        Counter-clockwise, covering exactly where the winding number is positive; every given point that lies on the
        boundary of the region is a corner.
    status : int
        0, 1 when edges could not be inserted, 2 when a coordinate is not finite.
    """
    n = points.shape[0]
    if loop_start.size == 2 and n >= 3 and _is_convex(points):
        return points, _fan(n), 0
    edges = np.empty((n, 2), np.int32)
    for loop in range(loop_start.size - 1):
        a, b = loop_start[loop], loop_start[loop + 1]
        for i in range(a, b):
            edges[i, 0] = i
            edges[i, 1] = i + 1 if i + 1 < b else a
    out, triangles, winding, status = _arrange(points, edges, np.zeros(n, np.int32), 1)
    kept = 0
    for s in range(triangles.shape[0]):
        if winding[s, 0] > 0:
            triangles[kept] = triangles[s]
            kept += 1
    return out, triangles[:kept].copy(), status
