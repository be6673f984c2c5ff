"""Polygons with holes into triangles, and several outlines into one arrangement.

A face of a building is mostly a triangle, a quad or a convex outline, and these take the short way.  Everything else
(holes, notches, outlines that touch or cross) goes through one constrained Delaunay triangulation, in which the winding
number of every triangle says whether it belongs to the region: no special case for a hole that touches its border, two
loops that overlap, or a spike of no width.

References
----------
.. [1] `avila_sci.mesh.delaunay`.
.. [2] K. Hormann, A. Agathos, "The point in polygon problem for arbitrary polygons", Computational Geometry 20 (2001),
       pp. 131-144: winding numbers.
"""

import numpy as np

from avila_sci.core import check
from avila_sci.core.errors import DomainError, GeometryError
from avila_sci.core.jit import kernel, means
from avila_sci.mesh.delaunay import GHOST, OK, POINTS, TRIANGLES, _constrained, _small
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


@kernel(linked=True)
def _arrange(points, edges, operand, n_operands):
    if points.shape[0] == 0 or edges.shape[0] == 0:
        return points, np.empty((0, 3), np.int32), np.empty((0, n_operands), np.int32), OK
    t, status = _constrained(points, edges, operand, n_operands)
    if status != OK:
        return points, np.empty((0, 3), np.int32), np.empty((0, n_operands), np.int32), status
    count = t.count[TRIANGLES]
    winding = np.zeros((count, n_operands), np.int32)
    seen = np.zeros(count, np.bool_)
    queue = np.empty(count, np.int64)
    head = 0
    tail = 0
    for s in range(count):
        # a triangle at infinity lies outside everything
        if t.vertex[s, 0] == GHOST or t.vertex[s, 1] == GHOST or t.vertex[s, 2] == GHOST:
            seen[s] = True
            queue[0] = s
            tail = 1
            break
    while head < tail:
        s = queue[head]
        head += 1
        for k in range(3):
            other = t.across[s, k]
            if not seen[other]:
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
    kept = 0
    for s in range(count):
        if t.vertex[s, 0] != GHOST and t.vertex[s, 1] != GHOST and t.vertex[s, 2] != GHOST:
            for k in range(3):
                t.vertex[kept, k] = t.vertex[s, k]
            for o in range(n_operands):
                winding[kept, o] = winding[s, o]
            kept += 1
    return t.points[: t.count[POINTS]].copy(), t.vertex[:kept].copy(), winding[:kept].copy(), OK


@means(_arrange)
def arrange(points, edges, operand, n_operands):
    """Triangulate the edges of several outlines together, with the winding number of each in every triangle.

    Unions, differences and overlaps of any number of regions are then a condition on a row of whole numbers.

    Parameters
    ----------
    points : (n, 2) float, any unit of length
        Coordinates up to 1e70 in size.
    edges : (m, 2) int
        Rows of `points`, directed: the region lies to the left.  The edges of an outline form closed loops.
    operand : (m,) int
        Number of the outline each edge belongs to, in [0, n_operands).
    n_operands : int

    Returns
    -------
    points : (n', 2) float64
        The given points, then the points where edges cross.
    triangles : (t, 3) int32
        Counter-clockwise, covering the convex hull; of points at one place the first stands for all.
    winding : (t, n_operands) int32
        How often each outline runs counter-clockwise round each triangle.

    Raises
    ------
    ShapeError, DTypeError, DomainError
        The arrays are not as above.
    GeometryError
        The edges cross so often that the work given to it did not do.

    Notes
    -----
    A constrained Delaunay triangulation (see `constrained_triangulation`, whose accuracy this has); the winding numbers
    come from a walk over it and are exact for the edges as cut.  Inside ``@njit`` code a status follows the three
    arrays (0 ok, 1 failed, 2 a coordinate is not finite or too large).

    Examples
    --------
    >>> square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]])
    >>> ring = np.array([[0, 1], [1, 2], [2, 3], [3, 0]])
    >>> points, triangles, winding = arrange(np.r_[square, square + 1], np.r_[ring, ring + 4], [0] * 4 + [1] * 4, 2)
    >>> a, b, c = (points[triangles[:, k]] for k in range(3))
    >>> areas = ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    >>> float(areas[(winding[:, 0] > 0) & (winding[:, 1] > 0)].sum())  # the overlap
    1.0
    """
    points = check.array("points", points, ("n", 2), finite=True)
    _small("points", points)
    edges = check.indices("edges", edges, len(points), ("m", 2))
    if int(n_operands) < 1:
        raise DomainError(f"n_operands must be at least 1, got {n_operands!r}")
    operand = check.indices("operand", operand, int(n_operands), (len(edges),))
    *arrays, status = _arrange(points, edges, operand, int(n_operands))
    if status != OK:
        raise GeometryError(f"the {len(edges)} edges could not all be inserted (do they cross very often?)")
    return tuple(arrays)


@kernel(linked=True)
def _triangulate(points, loop_start):
    n = points.shape[0]
    if loop_start.size == 2 and n >= 3 and _is_convex(points):
        return points, _fan(n), OK
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
            for k in range(3):
                triangles[kept, k] = triangles[s, k]
            kept += 1
    return out, triangles[:kept].copy(), status


@means(_triangulate)
def triangulate(points, loop_start=None):
    """Triangles of the region bounded by loops: outer ones counter-clockwise, holes clockwise.

    Parameters
    ----------
    points : (n, 2) float, any unit of length
        The loops one after the other, without repeating the first point of a loop.  Coordinates up to 1e70 in size.
    loop_start : (k + 1,) int, optional
        Where each loop begins, then n (default: one loop).

    Returns
    -------
    points : (n', 2) float64
        The given points, then the points where loops cross.
    triangles : (t, 3) int32
        Counter-clockwise, covering exactly where the winding number is positive.  Every given point on the boundary of
        the region is a corner, also in the middle of a straight side; of points at one place the first stands for all.

    Raises
    ------
    ShapeError, DTypeError, DomainError
        The arrays are not as above.
    GeometryError
        The loops cross so often that the work given to it did not do.

    Notes
    -----
    A convex loop becomes a fan; anything else goes through `arrange`, whose accuracy this has.  Inside ``@njit`` code
    both arguments are given and a status follows the two arrays (0 ok, 1 failed, 2 a coordinate is not finite or too
    large).

    Examples
    --------
    >>> outer, hole = [[0, 0], [3, 0], [3, 3], [0, 3]], [[1, 1], [1, 2], [2, 2], [2, 1]]
    >>> points, triangles = triangulate(outer + hole, [0, 4, 8])
    >>> len(triangles)
    8
    """
    points = check.array("points", points, ("n", 2), finite=True)
    _small("points", points)
    n = len(points)
    starts = check.array("loop_start", [0, n] if loop_start is None else loop_start, ("k",), np.int64)
    if starts.size == 0 or starts[0] != 0 or starts[-1] != n or (np.diff(starts) < 0).any():
        raise DomainError(f"loop_start must rise from 0 to the number of points, {n}, got {starts.tolist()}")
    out, triangles, status = _triangulate(points, starts)
    if status != OK:
        raise GeometryError(f"the {starts.size - 1} loops could not be triangulated (do they cross very often?)")
    return out, triangles
