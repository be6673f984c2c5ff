"""Constrained Delaunay triangulation of points and edges in the plane, with a record on every constraint.

Points are inserted one by one into a triangle that holds them all, each located by a walk from the last one, and the
Delaunay property is restored by flips (Lawson).  An edge is inserted by flipping what crosses it (Sloan); where it
meets a vertex it is cut there, where it crosses another constraint both are cut at their intersection.  Every decision
about sides is exact, so the walk, the flips and the cuts cannot contradict each other.

The triangulation serves `mesh.polygon`: regions are bounded by constraints, so the corners of the surrounding triangle
never appear in a region and need no care.

References
----------
.. [1] C. L. Lawson, "Software for C1 surface interpolation", Mathematical Software III (1977).
.. [2] S. W. Sloan, "A fast algorithm for generating constrained Delaunay triangulations", Computers & Structures 47
       (1993), pp. 441-450.
"""

from typing import NamedTuple

import numpy as np

from avila_sci.core.jit import kernel
from avila_sci.primitives.predicates import _orient2d

POINTS, TRIANGLES, RECORDS, HINT, FULL = range(5)


class Triangulation(NamedTuple):
    """A triangulation being built, in arrays with room to grow.

    Attributes
    ----------
    points : (capacity, 2) float64
        Input points first, then the three corners of the surrounding triangle, then intersections.
    vertex : (2 * capacity, 3) int32
        Corners, counter-clockwise.
    across : (2 * capacity, 3) int32
        Neighbour opposite each corner; -1 outside.
    edge : (2 * capacity, 3) int32
        Record of the edge opposite each corner: +r if the record's direction runs counter-clockwise about this
        triangle, -r if clockwise, 0 for an edge that is no constraint.
    record : (records, n_operands) int32
        What crossing the edge from right to left adds to the winding number of each operand.
    same : (n_points,) int32
        Vertex that stands for each input point: itself, or an earlier one at the same place.
    count : (5,) int64
        Used points, triangles and records; a triangle to start walking from; 1 when something did not fit.
    """

    points: np.ndarray
    vertex: np.ndarray
    across: np.ndarray
    edge: np.ndarray
    record: np.ndarray
    same: np.ndarray
    count: np.ndarray


@kernel
def _side(t, a, b, c):
    p = t.points
    return _orient2d(p[a, 0], p[a, 1], p[b, 0], p[b, 1], p[c, 0], p[c, 1])


@kernel
def _in_circle(t, a, b, c, d):
    """Positive if d lies inside the circle a, b, c by more than the rounding error: flips need no exactness to end."""
    p = t.points
    ax, ay = p[a, 0] - p[d, 0], p[a, 1] - p[d, 1]
    bx, by = p[b, 0] - p[d, 0], p[b, 1] - p[d, 1]
    cx, cy = p[c, 0] - p[d, 0], p[c, 1] - p[d, 1]
    a2, b2, c2 = ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy
    det = a2 * (bx * cy - by * cx) + b2 * (cx * ay - cy * ax) + c2 * (ax * by - ay * bx)
    size = a2 * (abs(bx * cy) + abs(by * cx)) + b2 * (abs(cx * ay) + abs(cy * ax)) + c2 * (abs(ax * by) + abs(ay * bx))
    return det > 1.2e-15 * size


@kernel
def _corner_of(t, triangle, neighbour):
    """Corner of `triangle` opposite the edge it shares with `neighbour`."""
    for k in range(3):
        if t.across[triangle, k] == neighbour:
            return k
    return 0


@kernel
def _link(t, triangle, old, new):
    """Tell `triangle` that its neighbour `old` has become `new`."""
    if triangle >= 0:
        for k in range(3):
            if t.across[triangle, k] == old:
                t.across[triangle, k] = new
                return


@kernel
def _set(t, triangle, a, b, c, na, nb, nc, ea, eb, ec):
    v, n, e = t.vertex[triangle], t.across[triangle], t.edge[triangle]
    v[0], v[1], v[2] = a, b, c
    n[0], n[1], n[2] = na, nb, nc
    e[0], e[1], e[2] = ea, eb, ec


@kernel
def _flip(t, left, k):
    """Turn the diagonal of the two triangles that share the edge opposite corner `k` of `left`."""
    right = t.across[left, k]
    m = _corner_of(t, right, left)
    k1, k2 = (k + 1) % 3, (k + 2) % 3
    m1, m2 = (m + 1) % 3, (m + 2) % 3
    a, b, c = t.vertex[left, k], t.vertex[left, k1], t.vertex[left, k2]
    d = t.vertex[right, m]
    n_ca, n_ab = t.across[left, k1], t.across[left, k2]
    e_ca, e_ab = t.edge[left, k1], t.edge[left, k2]
    # right is (d, c, b): opposite c lies the edge b-d, opposite b the edge d-c
    n_bd, n_dc = t.across[right, m1], t.across[right, m2]
    e_bd, e_dc = t.edge[right, m1], t.edge[right, m2]
    _set(t, left, a, b, d, n_bd, right, n_ab, e_bd, 0, e_ab)
    _set(t, right, a, d, c, n_dc, n_ca, left, e_dc, e_ca, 0)
    _link(t, n_bd, right, left)
    _link(t, n_ca, left, right)


@kernel
def _legalise(t, triangle, corner_vertex, stack):
    """Flip, from the triangles on the stack outwards, until the circles about the new vertex are empty."""
    top = 0
    stack[0] = triangle
    while top >= 0:
        s = stack[top]
        top -= 1
        k = 0
        while k < 3 and t.vertex[s, k] != corner_vertex:
            k += 1
        if k == 3 or t.edge[s, k] != 0:
            continue
        other = t.across[s, k]
        if other < 0:
            continue
        m = _corner_of(t, other, s)
        d = t.vertex[other, m]
        b, c = t.vertex[s, (k + 1) % 3], t.vertex[s, (k + 2) % 3]
        if (
            _in_circle(t, corner_vertex, b, c, d)
            and _side(t, corner_vertex, b, d) > 0
            and _side(t, corner_vertex, d, c) > 0
        ):
            _flip(t, s, k)
            if top + 2 < stack.size:
                stack[top + 1] = s
                stack[top + 2] = other
                top += 2


@kernel
def _split_edge(t, triangle, k, v, stack):
    """Put vertex `v` on the edge opposite corner `k`: two triangles become four."""
    other = t.across[triangle, k]
    k1, k2 = (k + 1) % 3, (k + 2) % 3
    a, b, c = t.vertex[triangle, k], t.vertex[triangle, k1], t.vertex[triangle, k2]
    n_ca = t.across[triangle, k1]
    e_bc, e_ca, e_ab = t.edge[triangle, k], t.edge[triangle, k1], t.edge[triangle, k2]
    n_ab = t.across[triangle, k2]
    new = t.count[TRIANGLES]
    t.count[TRIANGLES] += 1
    if other < 0:
        _set(t, triangle, a, b, v, -1, new, n_ab, e_bc, 0, e_ab)
        _set(t, new, a, v, c, -1, n_ca, triangle, e_bc, e_ca, 0)
        _link(t, n_ca, triangle, new)
    else:
        m = _corner_of(t, other, triangle)
        m1, m2 = (m + 1) % 3, (m + 2) % 3
        d = t.vertex[other, m]
        n_bd, n_dc = t.across[other, m1], t.across[other, m2]
        e_cb, e_bd, e_dc = t.edge[other, m], t.edge[other, m1], t.edge[other, m2]
        last = t.count[TRIANGLES]
        t.count[TRIANGLES] += 1
        _set(t, triangle, a, b, v, other, new, n_ab, e_bc, 0, e_ab)
        _set(t, new, a, v, c, last, n_ca, triangle, e_bc, e_ca, 0)
        _set(t, other, d, v, b, triangle, n_bd, last, e_cb, e_bd, 0)
        _set(t, last, d, c, v, new, other, n_dc, e_cb, 0, e_dc)
        _link(t, n_ca, triangle, new)
        _link(t, n_dc, other, last)
        _legalise(t, other, v, stack)
        _legalise(t, last, v, stack)
    _legalise(t, triangle, v, stack)
    _legalise(t, new, v, stack)
    t.count[HINT] = triangle


@kernel
def _split_triangle(t, triangle, v, stack):
    a, b, c = t.vertex[triangle, 0], t.vertex[triangle, 1], t.vertex[triangle, 2]
    na, nb, nc = t.across[triangle, 0], t.across[triangle, 1], t.across[triangle, 2]
    ea, eb, ec = t.edge[triangle, 0], t.edge[triangle, 1], t.edge[triangle, 2]
    second = t.count[TRIANGLES]
    third = second + 1
    t.count[TRIANGLES] += 2
    _set(t, triangle, v, b, c, na, second, third, ea, 0, 0)
    _set(t, second, v, c, a, nb, third, triangle, eb, 0, 0)
    _set(t, third, v, a, b, nc, triangle, second, ec, 0, 0)
    _link(t, nb, triangle, second)
    _link(t, nc, triangle, third)
    _legalise(t, triangle, v, stack)
    _legalise(t, second, v, stack)
    _legalise(t, third, v, stack)
    t.count[HINT] = triangle


@kernel
def _locate(t, v):
    """Triangle that holds vertex `v`, by a walk from the last one; a search over all should the walk not end."""
    s = t.count[HINT]
    came = -1
    for _ in range(4 * t.count[TRIANGLES] + 16):
        moved = False
        for k in range(3):
            other = t.across[s, k]
            if other >= 0 and other != came and _side(t, t.vertex[s, (k + 1) % 3], t.vertex[s, (k + 2) % 3], v) < 0:
                came = s
                s = other
                moved = True
                break
        if not moved:
            inside = True
            for k in range(3):
                inside = inside and _side(t, t.vertex[s, (k + 1) % 3], t.vertex[s, (k + 2) % 3], v) >= 0
            if inside:
                return s
            came = -1
    for s in range(t.count[TRIANGLES]):
        inside = True
        for k in range(3):
            inside = inside and _side(t, t.vertex[s, (k + 1) % 3], t.vertex[s, (k + 2) % 3], v) >= 0
        if inside:
            return s
    return np.int64(0)


@kernel
def _insert_point(t, v, stack):
    """Insert vertex `v`; returns the vertex that stands for it."""
    s = _locate(t, v)
    t.count[HINT] = s
    on = -1
    for k in range(3):
        w = t.vertex[s, k]
        if t.points[w, 0] == t.points[v, 0] and t.points[w, 1] == t.points[v, 1]:
            return np.int64(w)
        if _side(t, t.vertex[s, (k + 1) % 3], t.vertex[s, (k + 2) % 3], v) == 0:
            on = k
    if on >= 0:
        _split_edge(t, s, on, v, stack)
    else:
        _split_triangle(t, s, v, stack)
    return np.int64(v)


@kernel
def _triangle_at(t, v):
    """Some triangle with corner `v`."""
    s = _locate(t, v)
    for k in range(3):
        if t.vertex[s, k] == v:
            return s
    for s in range(t.count[TRIANGLES]):
        for k in range(3):
            if t.vertex[s, k] == v:
                return np.int64(s)
    return np.int64(-1)


@kernel
def _mark(t, s, k, record, sign):
    """Add the record to the edge opposite corner `k` of `s`, whose direction about `s` is `sign`."""
    old = t.edge[s, k]
    new = record
    if old != 0:
        if t.count[RECORDS] >= t.record.shape[0]:
            t.count[FULL] = 1
            return
        new = t.count[RECORDS]
        t.count[RECORDS] += 1
        turn = sign if old > 0 else -sign
        for o in range(t.record.shape[1]):
            t.record[new, o] = t.record[record, o] + turn * t.record[abs(old), o]
    t.edge[s, k] = sign * new
    other = t.across[s, k]
    if other >= 0:
        t.edge[other, _corner_of(t, other, s)] = -sign * new


@kernel
def _intersection(t, a, b, c, d):
    p = t.points
    ax, ay = p[a, 0], p[a, 1]
    ux, uy = p[b, 0] - ax, p[b, 1] - ay
    wx, wy = p[d, 0] - p[c, 0], p[d, 1] - p[c, 1]
    det = ux * wy - uy * wx
    f = 0.5
    if det != 0.0:
        f = ((p[c, 0] - ax) * wy - (p[c, 1] - ay) * wx) / det
    f = min(max(f, 0.0), 1.0)
    return ax + f * ux, ay + f * uy


@kernel
def _insert_edge(t, start, end, record, stack, todo):
    """Make start-end a chain of edges that carry `record`; returns False when something did not fit."""
    n_todo = 1
    todo[0, 0] = start
    todo[0, 1] = end
    limit = 200 + 40 * t.count[TRIANGLES]
    while n_todo > 0:
        limit -= 1
        if limit < 0:
            return False
        n_todo -= 1
        a = todo[n_todo, 0]
        b = todo[n_todo, 1]
        if a == b:
            continue
        # the triangle at a through which the segment leaves, or the vertex it meets first
        s = _triangle_at(t, a)
        if s < 0:
            return False
        first = s
        met = -1
        crossed = -1
        for turn in range(2):
            s = first
            for _ in range(2 * t.count[TRIANGLES] + 8):
                k = 0
                while t.vertex[s, k] != a:
                    k += 1
                p, q = t.vertex[s, (k + 1) % 3], t.vertex[s, (k + 2) % 3]
                sp, sq = _side(t, a, b, p), _side(t, a, b, q)
                pts = t.points
                if (
                    sp == 0
                    and (pts[p, 0] - pts[a, 0]) * (pts[b, 0] - pts[a, 0])
                    + (pts[p, 1] - pts[a, 1]) * (pts[b, 1] - pts[a, 1])
                    > 0
                ):
                    met = p
                    _mark(t, s, (k + 2) % 3, record, 1)
                    break
                if (
                    sq == 0
                    and (pts[q, 0] - pts[a, 0]) * (pts[b, 0] - pts[a, 0])
                    + (pts[q, 1] - pts[a, 1]) * (pts[b, 1] - pts[a, 1])
                    > 0
                ):
                    met = q
                    _mark(t, s, (k + 1) % 3, record, -1)
                    break
                if sp < 0 and sq > 0:
                    crossed = k
                    break
                s = t.across[s, (k + 2) % 3] if turn == 0 else t.across[s, (k + 1) % 3]
                if s < 0 or s == first:
                    break
            if met >= 0 or crossed >= 0:
                break
        if t.count[FULL]:
            return False
        if met >= 0:
            if met != b:
                todo[n_todo, 0] = met
                todo[n_todo, 1] = b
                n_todo += 1
            continue
        if crossed < 0:
            return False
        # collect the crossed edges until the far vertex; stop at a constraint or at a vertex on the segment
        done = False
        steps = 0
        while not done:
            steps += 1
            if steps > 50 * t.count[TRIANGLES] + 100:
                return False
            # re-find the first crossed edge at a: the flips below change the fan
            s = _triangle_at(t, a)
            first = s
            k = 0
            hit = False
            for turn in range(2):
                s = first
                for _ in range(2 * t.count[TRIANGLES] + 8):
                    k = 0
                    while t.vertex[s, k] != a:
                        k += 1
                    p, q = t.vertex[s, (k + 1) % 3], t.vertex[s, (k + 2) % 3]
                    if _side(t, a, b, p) < 0 and _side(t, a, b, q) > 0:
                        hit = True
                        break
                    s = t.across[s, (k + 2) % 3] if turn == 0 else t.across[s, (k + 1) % 3]
                    if s < 0 or s == first:
                        break
                if hit:
                    break
            if not hit:
                # an edge from a along the segment exists by now
                if n_todo + 1 >= todo.shape[0]:
                    return False
                todo[n_todo, 0] = a
                todo[n_todo, 1] = b
                n_todo += 1
                done = True
                break
            # walk along the segment, flipping the first flippable crossing edge
            flipped = False
            while True:
                p, q = t.vertex[s, (k + 1) % 3], t.vertex[s, (k + 2) % 3]
                if t.edge[s, k] != 0:
                    x, y = _intersection(t, a, b, p, q)
                    v = -1
                    if (x == t.points[p, 0] and y == t.points[p, 1]) or (x == t.points[q, 0] and y == t.points[q, 1]):
                        v = p if (x == t.points[p, 0] and y == t.points[p, 1]) else q
                    else:
                        if t.count[POINTS] >= t.points.shape[0] or t.count[TRIANGLES] + 2 > t.vertex.shape[0]:
                            t.count[FULL] = 1
                            return False
                        v = t.count[POINTS]
                        t.points[v, 0] = x
                        t.points[v, 1] = y
                        other = t.across[s, k]
                        m = _corner_of(t, other, s)
                        far = t.vertex[other, m]
                        near = t.vertex[s, k]
                        if (
                            _side(t, near, p, v) > 0
                            and _side(t, near, v, q) > 0
                            and _side(t, far, q, v) > 0
                            and _side(t, far, v, p) > 0
                        ):
                            t.count[POINTS] += 1
                            _split_edge(t, s, k, v, stack)
                        else:
                            # rounding would turn a triangle over: meet the nearer end of the constraint instead
                            dp = (x - t.points[p, 0]) ** 2 + (y - t.points[p, 1]) ** 2
                            dq = (x - t.points[q, 0]) ** 2 + (y - t.points[q, 1]) ** 2
                            v = p if dp <= dq else q
                    if n_todo + 2 >= todo.shape[0]:
                        return False
                    todo[n_todo, 0] = v
                    todo[n_todo, 1] = b
                    todo[n_todo + 1, 0] = a
                    todo[n_todo + 1, 1] = v
                    n_todo += 2
                    done = True
                    break
                other = t.across[s, k]
                m = _corner_of(t, other, s)
                d = t.vertex[other, m]
                near = t.vertex[s, k]
                if _side(t, near, p, d) > 0 and _side(t, near, d, q) > 0:
                    _flip(t, s, k)
                    flipped = True
                    break
                # not convex: go on to the next crossing edge of the segment
                side = _side(t, a, b, d)
                if d == b:
                    break
                if side == 0:
                    break
                # in `other` the corners are d (m), q (m + 1), p (m + 2)
                k = (m + 1) % 3 if side > 0 else (m + 2) % 3
                s = other
            if not done and not flipped:
                # only a vertex on the segment stops the walk: go there first
                if n_todo + 2 >= todo.shape[0]:
                    return False
                if d == b:
                    return False
                todo[n_todo, 0] = d
                todo[n_todo, 1] = b
                todo[n_todo + 1, 0] = a
                todo[n_todo + 1, 1] = d
                n_todo += 2
                done = True
    return True


@kernel
def _try_triangulate(points, edges, operand, n_operands, capacity):
    n = points.shape[0]
    t = Triangulation(
        np.empty((capacity, 2)),
        np.empty((2 * capacity + 8, 3), np.int32),
        np.empty((2 * capacity + 8, 3), np.int32),
        np.zeros((2 * capacity + 8, 3), np.int32),
        np.zeros((edges.shape[0] + 2 * capacity + n_operands + 1, n_operands), np.int32),
        np.empty(n, np.int32),
        np.zeros(5, np.int64),
    )
    x0, x1, y0, y1 = points[0, 0], points[0, 0], points[0, 1], points[0, 1]
    for i in range(n):
        x, y = points[i, 0], points[i, 1]
        t.points[i, 0], t.points[i, 1] = x, y
        x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
    size = max(x1 - x0, y1 - y0)
    if size == 0.0:
        size = 1.0
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    for k in range(3):
        t.points[n + k, 0] = cx + size * (-20.0 if k == 0 else 20.0 if k == 1 else 0.0)
        t.points[n + k, 1] = cy + size * (-20.0 if k < 2 else 20.0)
    _set(t, 0, n, n + 1, n + 2, -1, -1, -1, 0, 0, 0)
    t.count[POINTS] = n + 3
    t.count[TRIANGLES] = 1
    t.count[RECORDS] = 1 + n_operands
    for o in range(n_operands):
        t.record[1 + o, o] = 1
    stack = np.empty(4 * capacity + 64, np.int64)
    todo = np.empty((2 * capacity + 64, 2), np.int64)
    for i in range(n):
        t.same[i] = _insert_point(t, i, stack)
    for i in range(edges.shape[0]):
        a, b = np.int64(t.same[edges[i, 0]]), np.int64(t.same[edges[i, 1]])
        if a != b and not _insert_edge(t, a, b, 1 + operand[i], stack, todo):
            return t, False
    return t, True


@kernel
def _constrained(points, edges, operand, n_operands):
    """Constrained Delaunay triangulation of `points` with `edges`, edge i belonging to operand[i].

    Returns
    -------
    Triangulation, int
        Status 0, or 1 when the edges could not all be inserted (more crossings than memory is given for).
    """
    capacity = points.shape[0] + 16 + points.shape[0] // 4
    t, ok = _try_triangulate(points, edges, operand, n_operands, capacity)
    tries = 0
    while not ok and t.count[FULL] == 1 and tries < 12:
        capacity *= 2
        tries += 1
        t, ok = _try_triangulate(points, edges, operand, n_operands, capacity)
    return t, 0 if ok else 1
