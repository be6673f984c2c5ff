"""Delaunay triangulation in the plane, with edges that must be there and a record on every one of them.

Points are inserted one by one, each located by a walk from the last one, and the Delaunay property is restored by flips
(Lawson).  A walk is short when consecutive points are neighbours, so many points are first put in the order of a
Hilbert curve.  Outside the hull lie triangles with a corner at infinity, the *ghost*: every edge has two sides, a point
outside the hull is a point in a ghost triangle, and no sliver along the hull is lost to a surrounding triangle.

An edge is inserted by flipping what crosses it (Sloan).  A flip is made where it takes a crossing away; where none
does, one that takes an edge away from the vertex farthest from the new edge, which exists always, so the flips end.
Where the edge meets a vertex it is cut there; where it crosses another constraint both are cut at their intersection.
Afterwards flips that spare the constraints restore the Delaunay property.  Every decision about sides and circles is
exact, so walks, flips and cuts cannot contradict each other.

References
----------
.. [1] C. L. Lawson, "Software for C1 surface interpolation", Mathematical Software III (1977).
.. [2] S. W. Sloan, "A fast algorithm for generating constrained Delaunay triangulations", Computers & Structures 47
       (1993), pp. 441-450.
.. [3] E. Osherovich, A. M. Bruckstein, "All triangulations are reachable via sequences of edge-flips: an elementary
       proof", Computer Aided Geometric Design 25 (2008), pp. 157-161: the farthest vertex.
.. [4] J. R. Shewchuk, "Triangle: Engineering a 2D Quality Mesh Generator and Delaunay Triangulator", LNCS 1148 (1996):
       ghost triangles.
"""

from typing import NamedTuple

import numpy as np

from avila_sci.core import check
from avila_sci.core.errors import DomainError, GeometryError
from avila_sci.core.jit import kernel, means
from avila_sci.primitives.predicates import _incircle, _orient2d

OK = 0
FAILED = 1  # an edge could not be inserted: more crossings than memory or work is given for
NOT_FINITE = 2  # or larger than `LARGEST`

GHOST = -1  # the vertex at infinity; as an index it is the last row of `points` and `at`, which nothing else uses
ROUNDING = 2.0**-50  # of the coordinates: four times what the place of a crossing may be off
LARGEST = 1e70  # products of four coordinates must not overflow

POINTS, TRIANGLES, RECORDS, FULL, WORK = range(5)


class Triangulation(NamedTuple):
    """A triangulation being built, in arrays with room to grow.

    Attributes
    ----------
    points : (capacity + 1, 2) float64
        Input points first, then intersections of edges.
    vertex : (2 capacity, 3) int32
        Corners, counter-clockwise; GHOST is the corner at infinity.
    across : (2 capacity, 3) int32
        Neighbour opposite each corner.
    edge : (2 capacity, 3) int32
        Record of the edge opposite each corner: +r if the record's direction runs counter-clockwise about this
        triangle, -r if clockwise, 0 for an edge that is no constraint.
    at : (capacity + 1,) int32
        Some triangle at each vertex.
    record : (records, n_operands) int32
        What crossing the edge from right to left adds to the winding number of each operand.
    same : (n_points,) int32
        Vertex that stands for each input point: itself, or an earlier one at the same place.
    stack : (2 capacity,) int32
        Triangles whose edges may not be Delaunay.
    waiting : (2 capacity,) bool
        Whether a triangle is on the stack while edges are inserted.
    count : (5,) int64
        Used points, triangles and records; 1 when something did not fit; steps that edges may still take.
    """

    points: np.ndarray
    vertex: np.ndarray
    across: np.ndarray
    edge: np.ndarray
    at: np.ndarray
    record: np.ndarray
    same: np.ndarray
    stack: np.ndarray
    waiting: np.ndarray
    count: np.ndarray  # type: ignore[assignment]  # hides tuple.count, which nobody needs here


@kernel
def _side(t, a, b, c):
    p = t.points
    return _orient2d(p[a, 0], p[a, 1], p[b, 0], p[b, 1], p[c, 0], p[c, 1])


@kernel
def _corner_of(t, triangle, neighbour):
    """Corner of `triangle` opposite the edge it shares with `neighbour`."""
    if t.across[triangle, 0] == neighbour:
        return 0
    return 1 if t.across[triangle, 1] == neighbour else 2


@kernel
def _around(table, s, k):
    """Row s of a table from column k on, round about."""
    return np.int64(table[s, k]), np.int64(table[s, (k + 1) % 3]), np.int64(table[s, (k + 2) % 3])


@kernel
def _set(t, triangle, vertices, neighbours, edges):
    for k in range(3):
        t.vertex[triangle, k] = vertices[k]
        t.across[triangle, k] = neighbours[k]
        t.edge[triangle, k] = edges[k]


@kernel
def _link(t, triangle, old, new):
    """Tell a triangle that its neighbour `old` has become `new`."""
    t.across[triangle, _corner_of(t, triangle, old)] = new


@kernel
def _flip(t, left, k):
    """Turn the diagonal of the two triangles that share the edge opposite corner `k` of `left`.

    With a the corner of `left` and d that of the other, (a, b, c) and (d, c, b) become (a, b, d) and (a, d, c).
    """
    right = np.int64(t.across[left, k])
    m = _corner_of(t, right, left)
    a, b, c = _around(t.vertex, left, k)
    d = np.int64(t.vertex[right, m])
    _, n_ca, n_ab = _around(t.across, left, k)
    _, e_ca, e_ab = _around(t.edge, left, k)
    _, n_bd, n_dc = _around(t.across, right, m)
    _, e_bd, e_dc = _around(t.edge, right, m)
    _set(t, left, (a, b, d), (n_bd, right, n_ab), (e_bd, 0, e_ab))
    _set(t, right, (a, d, c), (n_dc, n_ca, left), (e_dc, e_ca, 0))
    _link(t, n_bd, right, left)
    _link(t, n_ca, left, right)
    t.at[b] = left
    t.at[c] = right


@kernel
def _holds(t, s, v):
    """Whether vertex v lies inside the circle of triangle s; the circle of a ghost triangle is the plane beyond it."""
    a, b, c = np.int64(t.vertex[s, 0]), np.int64(t.vertex[s, 1]), np.int64(t.vertex[s, 2])
    if a == GHOST or b == GHOST or c == GHOST:
        if a == GHOST:
            a, b = b, c
        elif b == GHOST:
            a, b = c, a
        return _side(t, a, b, v) > 0.0
    p = t.points
    return _incircle(p[a, 0], p[a, 1], p[b, 0], p[b, 1], p[c, 0], p[c, 1], p[v, 0], p[v, 1]) > 0.0


@kernel
def _split_triangle(t, s, v):
    """Put vertex v into triangle s: it and the two last ones have v as first corner then."""
    a, b, c = _around(t.vertex, s, 0)
    na, nb, nc = _around(t.across, s, 0)
    ea, eb, ec = _around(t.edge, s, 0)
    second = t.count[TRIANGLES]
    third = second + 1
    t.count[TRIANGLES] += 2
    _set(t, s, (v, b, c), (na, second, third), (ea, 0, 0))
    _set(t, second, (v, c, a), (nb, third, s), (eb, 0, 0))
    _set(t, third, (v, a, b), (nc, s, second), (ec, 0, 0))
    _link(t, nb, s, second)
    _link(t, nc, s, third)
    t.at[v] = s
    t.at[a] = third


@kernel
def _split_edge(t, s, k, v):
    """Put vertex v on the edge opposite corner k: v is first in the two beside it and the two last ones then."""
    other = np.int64(t.across[s, k])
    m = _corner_of(t, other, s)
    a, b, c = _around(t.vertex, s, k)
    d = np.int64(t.vertex[other, m])
    _, n_ca, n_ab = _around(t.across, s, k)
    e_bc, e_ca, e_ab = _around(t.edge, s, k)
    _, n_bd, n_dc = _around(t.across, other, m)
    e_cb, e_bd, e_dc = _around(t.edge, other, m)
    third = t.count[TRIANGLES]
    fourth = third + 1
    t.count[TRIANGLES] += 2
    _set(t, s, (v, a, b), (n_ab, fourth, third), (e_ab, e_bc, 0))
    _set(t, third, (v, c, a), (n_ca, s, other), (e_ca, 0, e_bc))
    _set(t, other, (v, d, c), (n_dc, third, fourth), (e_dc, e_cb, 0))
    _set(t, fourth, (v, b, d), (n_bd, other, s), (e_bd, 0, e_cb))
    _link(t, n_ca, s, third)
    _link(t, n_bd, other, fourth)
    t.at[v], t.at[a], t.at[b], t.at[c], t.at[d] = s, s, s, third, other


@kernel
def _insert_point(t, v, hint):
    """Insert vertex v, found by a walk from triangle `hint`; returns the vertex that stands for it.

    The walk crosses edges that have the point strictly beyond them, and comes to its end because the triangulation is
    Delaunay.
    """
    s = hint
    for k in range(3):
        if t.vertex[s, k] == GHOST:
            s = np.int64(t.across[s, k])
            break
    came = np.int64(-1)
    first = 0
    on = -1
    twice = False
    for _ in range(4 * t.count[TRIANGLES] + 64):  # more only where products underflow
        # Where a walk has a choice of two edges it tries another first each time.
        first = first + 1 if first < 2 else 0
        moved = False
        on = -1
        twice = False
        for j in range(3):
            k = first + j if first + j < 3 else first + j - 3
            other = np.int64(t.across[s, k])
            if other == came:
                continue
            k1 = k + 1 if k < 2 else 0
            k2 = k - 1 if k > 0 else 2
            d = _side(t, np.int64(t.vertex[s, k1]), np.int64(t.vertex[s, k2]), v)
            if d < 0.0:
                came = s
                s = other
                moved = True
                break
            if d == 0.0:
                twice = on >= 0
                on = k if not twice else 3 - on - k  # on two edges: at the corner between them
        if not moved:
            break
        if t.vertex[s, 0] == GHOST or t.vertex[s, 1] == GHOST or t.vertex[s, 2] == GHOST:
            on = -1
            twice = False
            break
    if twice:
        return np.int64(t.vertex[s, on])
    stack = t.stack
    top = 3
    if on >= 0:
        stack[3] = t.across[s, on]
        top = 4
        _split_edge(t, s, on, v)
    else:
        _split_triangle(t, s, v)
    stack[0], stack[1], stack[2] = s, t.count[TRIANGLES] - 2, t.count[TRIANGLES] - 1
    # Flip outwards until no circle holds v.  An edge that has come to v stays, so this ends.
    while top > 0:
        top -= 1
        s = np.int64(stack[top])
        other = np.int64(t.across[s, 0])
        if _holds(t, other, v):
            _flip(t, s, 0)
            stack[top] = s
            stack[top + 1] = other
            top += 2
    return v


# ------------------------------------------------------------------------------------------------ constraints


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
    other = np.int64(t.across[s, k])
    t.edge[s, k] = sign * new
    t.edge[other, _corner_of(t, other, s)] = -sign * new


@kernel
def _move(t, s, k):
    """Move what the edge opposite corner k of s carries to the two other edges of s."""
    e = np.int64(t.edge[s, k])
    other = np.int64(t.across[s, k])
    t.edge[s, k] = 0
    t.edge[other, _corner_of(t, other, s)] = 0
    for j in range(1, 3):
        _mark(t, s, (k + j) % 3, abs(e), -1 if e > 0 else 1)


@kernel
def _meeting(t, a, b, c, d):
    """Where the lines a-b and c-d meet, rounded."""
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
def _ahead(t, a, b, p):
    """Whether p lies on b's side of a, as seen along a-b."""
    q = t.points
    return (q[p, 0] - q[a, 0]) * (q[b, 0] - q[a, 0]) + (q[p, 1] - q[a, 1]) * (q[b, 1] - q[a, 1]) > 0.0


@kernel
def _apart(t, v, w, distance):
    p = t.points
    return abs(p[v, 0] - p[w, 0]) > distance or abs(p[v, 1] - p[w, 1]) > distance


@kernel
def _off(t, a, b, v):
    """Distance of v from the line a-b."""
    p = t.points
    return abs(_side(t, a, b, v)) / np.hypot(p[b, 0] - p[a, 0], p[b, 1] - p[a, 1])


@kernel
def _on(t, a, b, v):
    """Whether v, a point where edges cross, lies between a and b and on the line but for the rounding of its place.

    Its edges bend there already; an edge that passed beside it would leave a sliver too thin to hold another point.
    """
    if v < t.same.shape[0]:
        return False
    p = t.points
    ux, uy = p[b, 0] - p[a, 0], p[b, 1] - p[a, 1]
    wx, wy = p[v, 0] - p[a, 0], p[v, 1] - p[a, 1]
    along, squared = ux * wx + uy * wy, ux * ux + uy * uy
    if not 0.0 < along < squared:
        return False
    size = max(abs(p[a, 0]), abs(p[a, 1]), abs(p[b, 0]), abs(p[b, 1]))
    return abs(ux * wy - uy * wx) <= ROUNDING * size * np.sqrt(squared)


@kernel
def _leaving(t, a, b):
    """How the segment a-b leaves a: triangle, corner, and the vertex it meets first, or -1.

    If it meets one, the corner is opposite the edge to it; else it is a itself, opposite the edge that it crosses.  The
    triangle is -1 if there is no way, which cannot be.
    """
    s = np.int64(t.at[a])
    start = s
    while True:
        t.count[WORK] -= 1
        k = 0 if t.vertex[s, 0] == a else (1 if t.vertex[s, 1] == a else 2)
        p, q = np.int64(t.vertex[s, (k + 1) % 3]), np.int64(t.vertex[s, (k + 2) % 3])
        if p == b:
            return s, (k + 2) % 3, p
        if q == b:
            return s, (k + 1) % 3, q
        if p != GHOST and q != GHOST:
            right, left = _side(t, a, b, p), _side(t, a, b, q)
            if (right == 0.0 and _ahead(t, a, b, p)) or _on(t, a, b, p):
                return s, (k + 2) % 3, p
            if (left == 0.0 and _ahead(t, a, b, q)) or _on(t, a, b, q):
                return s, (k + 1) % 3, q
            if right < 0.0 and left > 0.0:
                return s, k, np.int64(-1)
        s = np.int64(t.across[s, (k + 2) % 3])
        if s == start:
            return np.int64(-1), 0, np.int64(-1)


@kernel
def _doubt(t, s, top):
    """Put a triangle on the stack of those whose edges may not be Delaunay; returns its height."""
    if not t.waiting[s]:
        t.waiting[s] = True
        t.stack[top] = s
        top += 1
    return top


@kernel
def _restore(t, top):
    """Flip edges that are no constraints until every circle is empty of what can be seen from inside it."""
    while top > 0:
        top -= 1
        s = np.int64(t.stack[top])
        t.waiting[s] = False
        k = 0
        while k < 3:
            other = np.int64(t.across[s, k])
            m = _corner_of(t, other, s)
            # The hull does not change any more, so edges to and along the ghost stay.
            if (
                t.edge[s, k] == 0
                and t.vertex[s, 0] != GHOST
                and t.vertex[s, 1] != GHOST
                and t.vertex[s, 2] != GHOST
                and t.vertex[other, m] != GHOST
                and _holds(t, s, np.int64(t.vertex[other, m]))
            ):
                _flip(t, s, k)
                top = _doubt(t, other, top)
                t.count[WORK] -= 1
                if t.count[WORK] < 0:  # only where products underflow
                    return
                k = 0
            else:
                k += 1


@kernel
def _far_flip(t, a, b, s, k):
    """Flip one edge that crosses a-b so that the vertex farthest from it, among those of such edges, loses an edge.

    The first crossing is opposite corner k of s.  Returns the triangles that were changed, -1 if there was nothing.
    """
    farthest = -1
    distance = 0.0
    for turn in range(2):
        at, corner = s, k
        while True:
            p, q = np.int64(t.vertex[at, (corner + 1) % 3]), np.int64(t.vertex[at, (corner + 2) % 3])
            other = np.int64(t.across[at, corner])
            m = _corner_of(t, other, at)
            d = np.int64(t.vertex[other, m])
            t.count[WORK] -= 1
            if turn == 0:
                for v in (p, q):
                    off = abs(_side(t, a, b, v))
                    if off > distance:
                        distance = off
                        farthest = v
            elif p == farthest or q == farthest:
                near = np.int64(t.vertex[at, corner])
                if _side(t, near, p, d) > 0.0 and _side(t, near, d, q) > 0.0:
                    _flip(t, at, corner)
                    return at, other
            side = 0.0 if d == b else _side(t, a, b, d)
            if side == 0.0:
                break
            corner = (m + 1) % 3 if side > 0.0 else (m + 2) % 3
            at = other
    return np.int64(-1), np.int64(-1)


@kernel(linked=True)
def _insert_edge(t, start, end, record, todo):
    """Make start-end a chain of edges that carry `record`; returns False when something did not fit."""
    n_todo = 1
    todo[0, 0] = start
    todo[0, 1] = end
    top = 0
    while n_todo > 0:
        n_todo -= 1
        a = todo[n_todo, 0]
        b = todo[n_todo, 1]
        if a == b:
            continue
        done = False
        while not done:
            if t.count[WORK] < 0 or n_todo + 2 > todo.shape[0]:
                return False
            s, k, met = _leaving(t, a, b)
            if s < 0:
                return False
            if met >= 0:
                _mark(t, s, k, record, 1 if t.vertex[s, (k + 1) % 3] == a else -1)
                if t.count[FULL]:
                    return False
                _restore(t, top)
                top = 0
                if met != b:
                    todo[n_todo, 0] = met
                    todo[n_todo, 1] = b
                    n_todo += 1
                break
            # Along the segment, flipping what takes a crossing away.
            first_s, first_k = s, k
            came, came_k = np.int64(-1), 0
            near_side = 0.0
            changed = False
            while True:
                t.count[WORK] -= 1
                p, q = np.int64(t.vertex[s, (k + 1) % 3]), np.int64(t.vertex[s, (k + 2) % 3])
                near = np.int64(t.vertex[s, k])
                other = np.int64(t.across[s, k])
                m = _corner_of(t, other, s)
                d = np.int64(t.vertex[other, m])
                if _on(t, a, b, d):
                    todo[n_todo, 0], todo[n_todo, 1] = d, b
                    todo[n_todo + 1, 0], todo[n_todo + 1, 1] = a, d
                    n_todo += 2
                    done = True
                    break
                if t.edge[s, k] != 0:
                    x, y = _meeting(t, a, b, p, q)
                    v = t.count[POINTS]
                    if v + 1 >= t.points.shape[0] or t.count[TRIANGLES] + 2 > t.vertex.shape[0]:
                        t.count[FULL] = 1
                        return False
                    t.points[v, 0] = x
                    t.points[v, 1] = y
                    tiny = ROUNDING * max(abs(x), abs(y))
                    if (
                        _apart(t, v, p, tiny)
                        and _apart(t, v, q, tiny)
                        and _side(t, near, p, v) > 0.0
                        and _side(t, near, v, q) > 0.0
                        and _side(t, d, q, v) > 0.0
                        and _side(t, d, v, p) > 0.0
                    ):
                        t.count[POINTS] += 1
                        _split_edge(t, s, k, v)
                        for one in (s, other, t.count[TRIANGLES] - 2, t.count[TRIANGLES] - 1):
                            top = _doubt(t, one, top)
                        _restore(t, top)
                        top = 0
                    else:
                        # No room for a point between its neighbours.  What moves least: the new edge to an end of the
                        # constraint that lies ahead, or the constraint to the third corner of one of its triangles.
                        to_p, to_q = _off(t, a, b, p), _off(t, a, b, q)
                        to_near, to_d = _off(t, p, q, near), _off(t, p, q, d)
                        to_end = min(
                            to_p if _ahead(t, a, b, p) and _ahead(t, b, a, p) else np.inf,
                            to_q if _ahead(t, a, b, q) and _ahead(t, b, a, q) else np.inf,
                        )
                        if to_end > tiny and min(to_near, to_d) < to_end:
                            if to_d < to_near:
                                _move(t, other, m)
                            else:
                                _move(t, s, k)
                            if t.count[FULL]:
                                return False
                            # The flat triangle goes, else the constraint would come back across it.
                            if _side(t, near, p, d) > 0.0 and _side(t, near, d, q) > 0.0:
                                _flip(t, s, k)
                            top = _doubt(t, s, top)
                            top = _doubt(t, other, top)
                            changed = True
                            break
                        v = p if to_end == to_p else q
                    todo[n_todo, 0], todo[n_todo, 1] = v, b
                    todo[n_todo + 1, 0], todo[n_todo + 1, 1] = a, v
                    n_todo += 2
                    done = True
                    break
                side = 0.0 if d == b else _side(t, a, b, d)
                if (
                    (near == a or side == 0.0 or (side > 0.0) == (near_side > 0.0))
                    and _side(t, near, p, d) > 0.0
                    and _side(t, near, d, q) > 0.0
                ):
                    _flip(t, s, k)
                    top = _doubt(t, s, top)
                    top = _doubt(t, other, top)
                    changed = True
                    if near == a:
                        if side == 0.0:
                            break
                        # s is (a, p, d), other (a, d, q) now
                        k = 0
                        if side < 0.0:
                            s = other
                        first_s, first_k = s, k
                        continue
                    # Once more from the edge by which the segment came into the two triangles.
                    s, k = came, came_k
                    other = np.int64(t.across[s, k])
                    m = _corner_of(t, other, s)
                    d = np.int64(t.vertex[other, m])
                    side = 0.0 if d == b else _side(t, a, b, d)
                else:
                    came, came_k = s, k
                if side == 0.0:
                    break
                near_side = side
                k = (m + 1) % 3 if side > 0.0 else (m + 2) % 3
                s = other
            if not done and not changed:
                s, other = _far_flip(t, a, b, first_s, first_k)
                if s < 0:
                    return False
                top = _doubt(t, s, top)
                top = _doubt(t, other, top)
    return True


# ------------------------------------------------------------------------------------------------- the whole


@kernel
def _hilbert(x, y):
    """Place of a cell (x, y in [0, 65536)) along the Hilbert curve of 16 levels."""
    d = 0
    s = 32768
    while s > 0:
        rx = 1 if x & s else 0
        ry = 1 if y & s else 0
        d += s * s * ((3 * rx) ^ ry)
        if ry == 0:
            if rx == 1:
                x = 65535 - x
                y = 65535 - y
            x, y = y, x
        s >>= 1
    return d


@kernel(linked=True)
def _curve_order(points):
    """Indices of the points along a Hilbert curve, equal cells in their order, (n,) int64."""
    n = points.shape[0]
    low, high = np.empty(2), np.empty(2)
    for c in range(2):
        low[c], high[c] = np.inf, -np.inf
        for i in range(n):
            low[c], high[c] = min(low[c], points[i, c]), max(high[c], points[i, c])
    size = max(high[0] - low[0], high[1] - low[1])
    scale = 65535.0 / size if size > 0.0 else 0.0
    key = np.empty(n, np.int64)
    for i in range(n):
        # clipped: where `size` is subnormal the scale is infinite
        x = min(max((points[i, 0] - low[0]) * scale, 0.0), 65535.0)
        y = min(max((points[i, 1] - low[1]) * scale, 0.0), 65535.0)
        key[i] = _hilbert(np.int64(x), np.int64(y))
    order, other = np.arange(n), np.empty(n, np.int64)
    for shift in (0, 11, 22):
        place = np.zeros(2049, np.int64)
        for i in range(n):
            place[((key[i] >> shift) & 2047) + 1] += 1
        for d in range(2048):
            place[d + 1] += place[d]
        for i in range(n):
            digit = (key[order[i]] >> shift) & 2047
            other[place[digit]] = order[i]
            place[digit] += 1
        order, other = other, order
    return order


@kernel(linked=True)
def _room(n, m, n_operands, capacity):
    """An empty triangulation with room for `capacity` points."""
    rows = 2 * capacity + 8
    t = Triangulation(
        np.empty((capacity + 1, 2)),
        np.empty((rows, 3), np.int32),
        np.empty((rows, 3), np.int32),
        np.empty((rows, 3), np.int32),
        np.empty(capacity + 1, np.int32),
        np.zeros((m + (2 * capacity if m > 0 else 0) + n_operands + 1, n_operands), np.int32),
        np.empty(n, np.int32),
        np.empty(rows, np.int32),
        np.zeros(rows if m > 0 else 1, np.bool_),
        np.zeros(5, np.int64),
    )
    t.count[POINTS] = n
    t.count[RECORDS] = 1 + n_operands
    t.count[WORK] = 1_000_000 + 500 * np.int64(n) + 500 * np.int64(m)
    for o in range(n_operands):
        t.record[1 + o, o] = 1
    return t


@kernel(linked=True)
def _insert_points(t, points, order):
    """Delaunay triangulation of the points, row i of `t` being points[order[i]]; False if they lie on one line."""
    n = points.shape[0]
    for i in range(n):
        for c in range(2):
            t.points[i, c] = points[order[i], c]
        t.same[i] = i
    # the first three that are not on one line
    b = 1
    while b < n and t.points[b, 0] == t.points[0, 0] and t.points[b, 1] == t.points[0, 1]:
        b += 1
    c = b + 1
    side = 0.0
    while c < n:
        side = _side(t, 0, b, c)
        if side != 0.0:
            break
        c += 1
    if c >= n:
        return False
    q, r = (b, c) if side > 0.0 else (c, b)
    # the triangle (0, q, r) and one at infinity beyond each of its edges
    corners = ((0, q, r), (GHOST, r, q), (GHOST, 0, r), (GHOST, q, 0))
    neighbours = ((1, 2, 3), (0, 3, 2), (0, 1, 3), (0, 2, 1))
    for s in range(4):
        _set(t, s, corners[s], neighbours[s], (0, 0, 0))
    t.count[TRIANGLES] = 4
    t.at[0], t.at[b], t.at[c] = 0, 0, 0
    last = 0
    for i in range(1, n):
        if i != b and i != c:
            last = _insert_point(t, i, np.int64(t.at[last]))
            t.same[i] = last
    return True


@kernel(linked=True)
def _constrained(points, edges, operand, n_operands):
    """Constrained Delaunay triangulation of `points` with `edges`, edge i belonging to operand[i].

    Returns
    -------
    Triangulation, int
        Numbers of vertices are those of `points`, then intersections.  Status OK, FAILED or NOT_FINITE.
    """
    n = points.shape[0]
    m = edges.shape[0]
    status = OK
    for i in range(n):
        if not (abs(points[i, 0]) <= LARGEST and abs(points[i, 1]) <= LARGEST):
            status = NOT_FINITE
    # Few points are as well inserted as they come: their order mostly follows an outline.
    order = _curve_order(points) if n > 200 and status == OK else np.arange(n)
    place = np.empty(n, np.int64)
    for i in range(n):
        place[order[i]] = i
    capacity = n + 1 + (15 + n // 4 if m > 0 else 0)
    backwards = 0
    for _ in range(14):  # with twice the room each time
        t = _room(n, m, n_operands, capacity)
        if status == NOT_FINITE or not _insert_points(t, points, order):
            break
        status = OK
        todo = np.empty((2 * capacity + 64, 2), np.int64)
        for j in range(m):
            i = j if backwards == 0 else m - 1 - j
            v, w = np.int64(t.same[place[edges[i, 0]]]), np.int64(t.same[place[edges[i, 1]]])
            if v != w and not _insert_edge(t, v, w, 1 + np.int64(operand[i]), todo):
                status = FAILED
                break
        if t.count[FULL] == 1:
            capacity *= 2
        elif status == FAILED and backwards == 0:
            backwards = 1  # another order of the edges has other roundings
        else:
            break
    if n > 200 and status != NOT_FINITE:
        for s in range(t.count[TRIANGLES]):
            for k in range(3):
                v = t.vertex[s, k]
                if v >= 0 and v < n:
                    t.vertex[s, k] = order[v]
        same = t.same.copy()
        at = t.at[:n].copy()
        for i in range(n):
            t.same[order[i]] = order[same[i]]
            t.at[order[i]] = at[i]
            for c in range(2):
                t.points[i, c] = points[i, c]
    return t, status


@kernel
def _real_triangles(t):
    """The triangles without those at infinity, (m, 3) int32."""
    count = 0
    for s in range(t.count[TRIANGLES]):
        if t.vertex[s, 0] != GHOST and t.vertex[s, 1] != GHOST and t.vertex[s, 2] != GHOST:
            count += 1
    out = np.empty((count, 3), np.int32)
    count = 0
    for s in range(t.count[TRIANGLES]):
        if t.vertex[s, 0] != GHOST and t.vertex[s, 1] != GHOST and t.vertex[s, 2] != GHOST:
            for k in range(3):
                out[count, k] = t.vertex[s, k]
            count += 1
    return out


@kernel
def _delaunay_triangulation(points):
    t, status = _constrained(points, np.empty((0, 2), np.int32), np.empty(0, np.int32), 0)
    return _real_triangles(t), status


@means(_delaunay_triangulation)
def delaunay_triangulation(points):
    """Delaunay triangulation of points in the plane: no circle of a triangle holds a point.

    Parameters
    ----------
    points : (n, 2) float, any unit of length
        Coordinates up to 1e70 in size.

    Returns
    -------
    (m, 3) int32
        Rows of `points`, counter-clockwise.  Of points at one place only the first is used.  No rows where all points
        lie on one line.  Where more than three points lie on an empty circle, one of the possible triangulations.

    Raises
    ------
    ShapeError, DTypeError
        `points` is not of that shape, or no numbers.
    DomainError
        A coordinate is not finite or larger than 1e70.

    Notes
    -----
    Exact: sides and circles are decided without rounding error, so the triangles cover the convex hull without gap or
    overlap and the circles are empty in the exact sense.  Cost: about n log n; `benchmarks/bench_mesh.py` compares with
    scipy.  Inside ``@njit`` code a status follows the triangles (0 ok, 2 a coordinate is not finite or too large).

    Examples
    --------
    >>> delaunay_triangulation([[0, 0], [4, 0], [4, 3], [0, 3], [1, 1]]).shape
    (4, 3)
    """
    points = check.array("points", points, ("n", 2), finite=True)
    _small("points", points)
    return _delaunay_triangulation(points)[0]


@kernel
def _constrained_triangulation(points, edges):
    t, status = _constrained(points, edges, np.zeros(edges.shape[0], np.int32), 1)
    return t.points[: t.count[POINTS]].copy(), _real_triangles(t), status


@means(_constrained_triangulation)
def constrained_triangulation(points, edges):
    """Constrained Delaunay triangulation: the edges are there, and circles hold no point that can be seen from inside.

    Parameters
    ----------
    points : (n, 2) float, any unit of length
        Coordinates up to 1e70 in size.
    edges : (m, 2) int
        Rows of `points`.  Edges may touch, overlap, repeat and cross.

    Returns
    -------
    points : (n', 2) float64
        The given points, then the points where edges cross.
    triangles : (m', 3) int32
        Rows of the returned points, counter-clockwise, covering the convex hull.

    Raises
    ------
    ShapeError, DTypeError, DomainError
        The arrays are no points and edges, or hold what is not finite or larger than 1e70.
    GeometryError
        The edges cross so often that the work given to it (some hundred steps a point and edge) did not do.

    Notes
    -----
    An edge that passes through a point is cut there, so every edge is a chain of edges of the triangles.  Sides and
    circles are exact; only points where edges cross are rounded, to about 1e-16 of the coordinates, and the edges bend
    by as much there.  Inside ``@njit`` code a status follows the two arrays (0 ok, 1 failed, 2 not finite).

    Examples
    --------
    >>> points, triangles = constrained_triangulation([[0, 0], [4, 0], [4, 2], [0, 2]], [[0, 2], [1, 3]])
    >>> points[4].tolist(), len(triangles)
    ([2.0, 1.0], 4)
    """
    points = check.array("points", points, ("n", 2), finite=True)
    _small("points", points)
    edges = check.indices("edges", edges, len(points), ("m", 2))
    points, triangles, status = _constrained_triangulation(points, edges)
    if status != OK:
        raise GeometryError(f"the {len(edges)} edges could not all be inserted (do they cross very often?)")
    return points, triangles


def _small(name, points):
    if points.size and not np.abs(points).max() <= LARGEST:
        raise DomainError(f"{name} must lie within {LARGEST:g} of zero, got {np.abs(points).max():g}")
