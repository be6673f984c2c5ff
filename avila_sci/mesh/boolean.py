"""Union, difference and intersection of solids given by their surfaces.

Two meshes in general position meet only where an edge of one passes through a triangle of the other.  Everything about
the result follows from two kinds of whole numbers: how often the surface of the other operand winds round a vertex, and
by how much that number drops where an edge passes through a triangle.  An operation turns winding numbers into
inclusions, how often a piece of surface is kept: 1 - w for the first operand of a difference, for instance.  Kept edges
begin and end where the inclusion changes; two triangles that meet share new edges between such points; and the edges
of each face, old and new, bound what is kept of it.

Both numbers are sums of *shadows*, each a comparison of two floating-point numbers: does the vertex lie before the end
of the edge, does it lie beneath the edge, does the edge pass beneath the other edge, the vertex beneath the triangle?
They are not always right about the geometry of near misses, but each question is asked once and the answer used on both
sides, and the sums telescope.  So edges always pair up and the result is closed whatever rounding does.  General
position is had by a thought: the first operand is blown up (union) or shrunk by an amount smaller than any number, so
two equal coordinates compare by the direction of that motion.  Faces that touch then merge or part, and no film of no
thickness is left between them.

Faces are filled by the constrained triangulation of `mesh.clip`, coplanar neighbours together.  `_subtract_many`, which
cuts the openings of a wall, tries `mesh.prism` and `mesh.clip` first.

References
----------
.. [1] J. M. Smith, "Towards robust inexact geometric computation", UCAM-CL-TR-766, University of Cambridge (2009):
       the shadows, and the proof that they make the topology consistent.
.. [2] E. Lalish, "Manifold", github.com/elalish/manifold: the best known implementation; our test oracle.
.. [3] Q. Zhou, E. Grinspun, D. Zorin, A. Jacobson, "Mesh arrangements for solid geometry", ACM Trans. Graph. 35 (2016):
       inclusion as a function of winding numbers.
"""

import math
from typing import NamedTuple

import numpy as np

from avila_sci.core.errors import GeometryError
from avila_sci.core.jit import kernel, means
from avila_sci.mesh.clip import (
    FAILED,
    NOT_FINITE,
    OK,
    OPEN,
    _add_edge,
    _clip,
    _compact,
    _edges_left,
    _fill_plane,
    _mesh,
    _renumbered,
    _slot,
    _table,
    _tolerance,
    _weld_near,
)
from avila_sci.mesh.measure import _bounds, _volume
from avila_sci.mesh.prism import _sorted_order, _subtract_shared

UNION, DIFFERENCE, INTERSECTION = range(3)
UNTOUCHED, BY_PRISMS, BY_CLIP, BY_ARRANGEMENT = range(4)  # how a cutter of `_subtract_many` was taken away


class Pair(NamedTuple):
    """Two closed meshes P and Q, and the direction in which each vertex of P is moved in thought."""

    p: np.ndarray
    p_triangles: np.ndarray
    p_twin: np.ndarray
    q: np.ndarray
    q_triangles: np.ndarray
    q_twin: np.ndarray
    push: np.ndarray


# ------------------------------------------------------------------------------------------------ preparation


@kernel
def _turn(positions, low, high, v):
    """The angle at which v lies round the edge from low to high, (-pi, pi], from a direction of the edge's own."""
    dx = positions[high, 0] - positions[low, 0]
    dy = positions[high, 1] - positions[low, 1]
    dz = positions[high, 2] - positions[low, 2]
    wx = positions[v, 0] - positions[low, 0]
    wy = positions[v, 1] - positions[low, 1]
    wz = positions[v, 2] - positions[low, 2]
    # two directions at right angles to the edge and to each other
    if abs(dx) <= abs(dy) and abs(dx) <= abs(dz):
        ax, ay, az = 0.0, dz, -dy
    elif abs(dy) <= abs(dz):
        ax, ay, az = -dz, 0.0, dx
    else:
        ax, ay, az = dy, -dx, 0.0
    bx, by, bz = dy * az - dz * ay, dz * ax - dx * az, dx * ay - dy * ax
    size = math.sqrt(dx * dx + dy * dy + dz * dz)
    return math.atan2(bx * wx + by * wy + bz * wz, size * (ax * wx + ay * wy + az * wz))


@kernel
def _pair_by_angle(positions, triangles, twin, around, count):
    """Pair the half-edges `around[:count]` of one edge so that each pair holds matter between its triangles."""
    h = around[0]
    i, j = triangles[h // 3, h % 3], triangles[h // 3, (h + 1) % 3]
    low, high = (i, j) if i < j else (j, i)
    angle = np.empty(count)
    for k in range(count):
        angle[k] = _turn(positions, low, high, triangles[around[k] // 3, (around[k] + 2) % 3])
    # Ascending; of equal angles those first that end matter: what runs from low to high has it at the smaller angles.
    for k in range(1, count):
        at, h = angle[k], around[k]
        ends = triangles[h // 3, h % 3] == low
        j = k - 1
        while j >= 0:
            begins = triangles[around[j] // 3, around[j] % 3] != low
            if not (angle[j] > at + 1e-9 or (angle[j] > at - 1e-9 and ends and begins)):
                break
            angle[j + 1], around[j + 1] = angle[j], around[j]
            j -= 1
        angle[j + 1], around[j + 1] = at, h
    begun = np.empty(count, np.int32)
    top = 0
    for turn in range(2 * count):
        h = around[turn % count]
        if twin[h] >= 0:
            continue
        if triangles[h // 3, h % 3] != low:
            if turn < count:
                begun[top] = h
                top += 1
        elif top > 0:
            top -= 1
            twin[h] = begun[top]
            twin[begun[top]] = h


@kernel(linked=True)
def _twins(positions, triangles):
    """The half-edge that runs the other way, (3 m,) int32, -1 where there is none; and how many have none.

    Half-edge 3 t + k runs from corner k of triangle t to the next.  Where more than two triangles meet in an edge,
    those are paired that hold matter between them.
    """
    m = triangles.shape[0]
    size = _table(2 * m)
    low = np.full(size, -1, np.int32)
    high = np.empty(size, np.int32)
    first = np.full(size, -1, np.int32)
    count = np.zeros(size, np.int32)
    following = np.empty(3 * m, np.int32)
    most = 0
    for h in range(3 * m):
        i, j = triangles[h // 3, h % 3], triangles[h // 3, (h + 1) % 3]
        low_end, high_end = (i, j) if i < j else (j, i)
        at = _slot(low, high, low_end, high_end)
        low[at], high[at] = low_end, high_end
        following[h] = first[at]
        first[at] = h
        count[at] += 1
        most = max(most, count[at])
    twin = np.full(3 * m, -1, np.int32)
    around = np.empty(most, np.int32)
    for at in range(size):
        if count[at] == 2:
            h = first[at]
            g = following[h]
            if triangles[h // 3, h % 3] != triangles[g // 3, g % 3]:
                twin[h], twin[g] = g, h
        elif count[at] > 2:
            h = first[at]
            for k in range(count[at]):
                around[k] = h
                h = following[h]
            _pair_by_angle(positions, triangles, twin, around, count[at])
    alone = 0
    for h in range(3 * m):
        if twin[h] < 0:
            alone += 1
    return twin, alone


@kernel(linked=True)
def _parted(positions, triangles, twin):
    """Solids that touch in an edge or a vertex, each with vertices of its own: (positions, triangles).

    A vertex that two solids share would be moved in thought by the mean of what is right for each.
    """
    m = triangles.shape[0]
    n = positions.shape[0]
    seen = np.zeros(n, np.bool_)
    own = np.full((m, 3), -1, np.int32)
    place = np.empty(16, np.int32)
    extra = 0
    for h in range(3 * m):
        if own[h // 3, h % 3] >= 0:
            continue
        v = triangles[h // 3, h % 3]
        number = v
        if seen[v]:
            if extra == place.shape[0]:
                more = np.empty(2 * extra, np.int32)
                more[:extra] = place
                place = more
            place[extra] = v
            number = n + extra
            extra += 1
        seen[v] = True
        g = h
        while own[g // 3, g % 3] < 0:
            own[g // 3, g % 3] = number
            g = twin[3 * (g // 3) + (g + 2) % 3]
    if extra == 0:
        return positions, triangles
    out = np.empty((n + extra, 3))
    out[:n] = positions
    for k in range(extra):
        out[n + k] = positions[place[k]]
    return out, own


@kernel(linked=True)
def _prepared(positions, triangles, tolerance):
    """A closed mesh, outside out: (triangles, twin, status), vertices welded by number only where that is needed."""
    m = triangles.shape[0]
    kept = triangles
    for t in range(m):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if a == b or b == c or c == a:
            kept = _renumbered(triangles, np.arange(positions.shape[0]).astype(np.int32))
            break
    for i in range(positions.shape[0]):
        if not abs(positions[i, 0]) + abs(positions[i, 1]) + abs(positions[i, 2]) < np.inf:
            return kept, np.empty(0, np.int32), NOT_FINITE
    twin, alone = _twins(positions, kept)
    if alone > 0:
        kept = _renumbered(kept, _weld_near(positions, tolerance))
        twin, alone = _twins(positions, kept)
        if alone > 0:
            return kept, twin, OPEN
    if _volume(positions, kept) < 0.0:
        turned = np.empty_like(kept)
        for t in range(kept.shape[0]):
            turned[t, 0], turned[t, 1], turned[t, 2] = kept[t, 0], kept[t, 2], kept[t, 1]
        kept = turned
        twin, alone = _twins(positions, kept)
    return kept, twin, OK


@kernel
def _first_at(values, order, x):
    """The first place in `order`, which sorts `values`, whose value is not less than x."""
    a, b = 0, order.shape[0]
    while a < b:
        middle = (a + b) // 2
        if values[order[middle]] < x:
            a = middle + 1
        else:
            b = middle
    return a


@kernel
def _snapped(q, p, low, high, tolerance):
    """Vertices of Q with each coordinate that lies within the tolerance of one of P's made equal to it.

    Only vertices of P in the box low … high count.  Afterwards faces that should be flush and are at right angles to
    an axis are exactly flush, and the symbolic motion decides about them.
    """
    out = q.copy()
    count = 0
    values = np.empty(p.shape[0])
    for k in range(3):
        count = 0
        for i in range(p.shape[0]):
            inside = True
            for j in range(3):
                inside = inside and p[i, j] >= low[j] - tolerance and p[i, j] <= high[j] + tolerance
            if inside:
                values[count] = p[i, k]
                count += 1
        if count == 0:
            return out
        some = values[:count].copy()
        order = _sorted_order(some)
        for i in range(q.shape[0]):
            x = q[i, k]
            a = _first_at(some, order, x)
            best = tolerance
            for j in range(max(a - 1, 0), min(a + 1, count)):
                d = abs(some[order[j]] - x)
                if d <= best:
                    best = d
                    out[i, k] = some[order[j]]
    return out


@kernel
def _vertex_normals(positions, triangles, scale):
    """Sums of face normals weighted by the angle at the vertex, times `scale`, (n, 3) float64."""
    out = np.zeros((positions.shape[0], 3))
    n = np.empty(3)
    u = np.empty(3)
    v = np.empty(3)
    for t in range(triangles.shape[0]):
        for k in range(3):
            a, b, c = triangles[t, k], triangles[t, (k + 1) % 3], triangles[t, (k + 2) % 3]
            for j in range(3):
                u[j] = positions[b, j] - positions[a, j]
                v[j] = positions[c, j] - positions[a, j]
            if k == 0:
                for j in range(3):
                    n[j] = u[(j + 1) % 3] * v[(j + 2) % 3] - u[(j + 2) % 3] * v[(j + 1) % 3]
            size = math.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2])
            if size > 0.0:
                weight = scale * math.atan2(size, u[0] * v[0] + u[1] * v[1] + u[2] * v[2]) / size
                for j in range(3):
                    out[a, j] += weight * n[j]
    return out


# ------------------------------------------------------------------------------------------------- boxes


@kernel
def _spread(x):
    """The lowest 10 bits of x, two zeros between each and the next."""
    x = (x | (x << 16)) & 0x030000FF
    x = (x | (x << 8)) & 0x0300F00F
    x = (x | (x << 4)) & 0x030C30C3
    return (x | (x << 2)) & 0x09249249


@kernel(linked=True)
def _tree(positions, triangles):
    """Boxes of triangles in a binary tree over their Morton order: (order, boxes).

    Node 1 is the root, the children of i are 2 i and 2 i + 1, and leaf j of the last half holds order[4 j : 4 j + 4].
    """
    m = triangles.shape[0]
    box = _bounds(positions)
    key = np.empty(m)
    for t in range(m):
        code = 0
        for k in range(3):
            middle = (
                positions[triangles[t, 0], k] + positions[triangles[t, 1], k] + positions[triangles[t, 2], k]
            ) / 3.0
            width = box[3 + k] - box[k]
            cell = np.int64(1023.0 * (middle - box[k]) / width) if width > 0.0 else np.int64(0)
            code |= _spread(cell) << k
        key[t] = code
    order = _sorted_order(key)
    leaves = 1
    while 4 * leaves < m:
        leaves *= 2
    boxes = np.empty((2 * leaves, 6))
    boxes[:, :3] = np.inf
    boxes[:, 3:] = -np.inf
    for i in range(m):
        node = leaves + i // 4
        for c in range(3):
            v = triangles[order[i], c]
            for k in range(3):
                x = positions[v, k]
                if x < boxes[node, k]:
                    boxes[node, k] = x
                if x > boxes[node, 3 + k]:
                    boxes[node, 3 + k] = x
    for node in range(leaves - 1, 0, -1):
        for k in range(3):
            boxes[node, k] = min(boxes[2 * node, k], boxes[2 * node + 1, k])
            boxes[node, 3 + k] = max(boxes[2 * node, 3 + k], boxes[2 * node + 1, 3 + k])
    return order, boxes


@kernel
def _candidates(order, boxes, positions, triangles, box, found):
    """Triangles whose boxes meet `box` (6,), borders included: (found, count); `found` grows as needed."""
    leaves = boxes.shape[0] // 2
    stack = np.empty(64, np.int64)
    stack[0] = 1
    top = 1
    count = 0
    while top > 0:
        top -= 1
        node = stack[top]
        meets = True
        for k in range(3):
            meets = meets and boxes[node, k] <= box[3 + k] and boxes[node, 3 + k] >= box[k]
        if not meets:
            continue
        if node < leaves:
            stack[top] = 2 * node + 1
            stack[top + 1] = 2 * node
            top += 2
            continue
        first = 4 * (node - leaves)
        for at in range(first, min(first + 4, order.shape[0])):
            t = order[at]
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            meets = True
            for k in range(3):
                x, y, z = positions[a, k], positions[b, k], positions[c, k]
                meets = meets and min(x, y, z) <= box[3 + k] and max(x, y, z) >= box[k]
            if meets:
                if count == found.shape[0]:
                    more = np.empty(2 * count, np.int64)
                    more[:count] = found
                    found = more
                found[count] = t
                count += 1
    return found, count


# ------------------------------------------------------------------------------------------------ shadows


@kernel
def _before(x, y, push):
    """Whether x, moved in thought along `push`, lies before y."""
    return x < y or (x == y and push < 0.0)


@kernel
def _at_x(a, i, j, x):
    """y and z of the segment between rows i and j where it has x, reckoned from the nearer end."""
    from_i, from_j = x - a[i, 0], x - a[j, 0]
    width = a[j, 0] - a[i, 0]
    if width == 0.0:
        return a[i, 1], a[i, 2]
    if abs(from_i) < abs(from_j):
        f = from_i / width
        return a[i, 1] + f * (a[j, 1] - a[i, 1]), a[i, 2] + f * (a[j, 2] - a[i, 2])
    f = from_j / width
    return a[j, 1] + f * (a[j, 1] - a[i, 1]), a[j, 2] + f * (a[j, 2] - a[i, 2])


@kernel
def _nearer(a, i, j, x, y, z):
    """Which of the rows i and j is nearer to the point."""
    first = (a[i, 0] - x) ** 2 + (a[i, 1] - y) ** 2 + (a[i, 2] - z) ** 2
    second = (a[j, 0] - x) ** 2 + (a[j, 1] - y) ** 2 + (a[j, 2] - z) ** 2
    return i if first < second else j


@kernel
def _p_vertex_q_edge(s, v, i, j):
    """Does vertex v of P lie before (in y) the edge i -> j of Q that spans its x?

    Returns ±1 by the direction of the edge if so, else 0; whether the edge spans x; and its y and z there.
    """
    x = s.p[v, 0]
    sign = int(_before(x, s.q[j, 0], s.push[v, 0])) - int(_before(x, s.q[i, 0], s.push[v, 0]))
    if sign == 0:
        return 0, False, 0.0, 0.0
    y, z = _at_x(s.q, i, j, x)
    return sign if _before(s.p[v, 1], y, s.push[v, 1]) else 0, True, y, z


@kernel
def _q_vertex_p_edge(s, v, i, j):
    """Does the edge i -> j of P that spans the x of vertex v of Q lie before it (in y)?  As `_p_vertex_q_edge`."""
    x = s.q[v, 0]
    sign = int(_before(s.p[i, 0], x, s.push[i, 0])) - int(_before(s.p[j, 0], x, s.push[j, 0]))
    if sign == 0:
        return 0, False, 0.0, 0.0
    y, z = _at_x(s.p, i, j, x)
    end = _nearer(s.p, i, j, x, s.q[v, 1], s.q[v, 2])
    return sign if _before(y, s.q[v, 1], s.push[end, 1]) else 0, True, y, z


@kernel
def _edges(s, i, j, k, m):
    """Does the edge i -> j of P pass under the edge k -> m of Q?

    Returns ±1 or 0; whether they cross seen from above; and x, y and both heights of the crossing.
    """
    sign = 0
    count = 0
    under = False
    x0, p0, a0, q0, b0 = 0.0, 0.0, 0.0, 0.0, 0.0
    x1, p1, a1, q1, b1 = 0.0, 0.0, 0.0, 0.0, 0.0
    for c in range(4):
        if c < 2:
            v = i if c == 0 else j
            one, spans, y, z = _p_vertex_q_edge(s, v, k, m)
            x, py, pz, qy, qz = s.p[v, 0], s.p[v, 1], s.p[v, 2], y, z
        else:
            v = k if c == 2 else m
            one, spans, y, z = _q_vertex_p_edge(s, v, i, j)
            x, py, pz, qy, qz = s.q[v, 0], y, z, s.q[v, 1], s.q[v, 2]
        if not spans:
            continue
        sign += -one if c % 2 == 0 else one
        if count == 0:
            x0, p0, a0, q0, b0 = x, py, pz, qy, qz
            under = one != 0
            count = 1
        elif count == 1 and (one != 0) != under:
            x1, p1, a1, q1, b1 = x, py, pz, qy, qz
            count = 2
    if sign == 0 or count < 2:
        return 0, False, 0.0, 0.0, 0.0, 0.0
    d0, d1 = q0 - p0, q1 - p1
    nearer = abs(d0) < abs(d1)
    f = 0.0
    if d0 != d1:
        f = (d0 if nearer else d1) / (d0 - d1)
    flat = abs(p1 - p0) < abs(q1 - q0)
    if nearer:
        x, y, a, b = x0, p0 if flat else q0, a0, b0
    else:
        x, y, a, b = x1, p1 if flat else q1, a1, b1
    x += f * (x1 - x0)
    y += f * (p1 - p0 if flat else q1 - q0)
    a += f * (a1 - a0)
    b += f * (b1 - b0)
    end = _nearer(s.p, i, j, x, y, a)
    return sign if _before(a, b, s.push[end, 2]) else 0, True, x, y, a, b


@kernel
def _height(y, y0, z0, y1, z1):
    """z at y on the line through (y0, z0) and (y1, z1), reckoned from the nearer end."""
    width = y1 - y0
    if width == 0.0:
        return z0
    if abs(y - y0) < abs(y - y1):
        return z0 + (y - y0) / width * (z1 - z0)
    return z1 + (y - y1) / width * (z1 - z0)


@kernel
def _p_vertex_q_face(s, v, t):
    """Does vertex v of P lie under triangle t of Q?  ±1 (+1 if the triangle faces up) or 0; is it over it seen from
    above; and the height of the triangle there.
    """
    sign = 0
    count = 0
    under = False
    y0, z0, y1, z1 = 0.0, 0.0, 0.0, 0.0
    for k in range(3):
        i, j = s.q_triangles[t, k], s.q_triangles[t, (k + 1) % 3]
        way = -1
        if i > j:
            i, j, way = j, i, 1
        one, spans, y, z = _p_vertex_q_edge(s, v, i, j)
        if not spans:
            continue
        sign += way * one
        if count == 0:
            y0, z0, under, count = y, z, one != 0, 1
        elif count == 1 and (one != 0) != under:
            y1, z1, count = y, z, 2
    if sign == 0 or count < 2:
        return 0, False, 0.0
    z = _height(s.p[v, 1], y0, z0, y1, z1)
    return sign if _before(s.p[v, 2], z, s.push[v, 2]) else 0, True, z


@kernel
def _q_vertex_p_face(s, v, t):
    """Does triangle t of P lie under vertex v of Q?  As `_p_vertex_q_face`."""
    sign = 0
    count = 0
    under = False
    y0, z0, y1, z1 = 0.0, 0.0, 0.0, 0.0
    x, y, z = s.q[v, 0], s.q[v, 1], s.q[v, 2]
    end = s.p_triangles[t, 0]
    for k in range(3):
        i, j = s.p_triangles[t, k], s.p_triangles[t, (k + 1) % 3]
        end = _nearer(s.p, j, end, x, y, z)
        way = 1
        if i > j:
            i, j, way = j, i, -1
        one, spans, edge_y, edge_z = _q_vertex_p_edge(s, v, i, j)
        if not spans:
            continue
        sign += way * one
        if count == 0:
            y0, z0, under, count = edge_y, edge_z, one != 0, 1
        elif count == 1 and (one != 0) != under:
            y1, z1, count = edge_y, edge_z, 2
    if sign == 0 or count < 2:
        return 0, False, 0.0
    height = _height(y, y0, z0, y1, z1)
    return sign if _before(height, z, s.push[end, 2]) else 0, True, height


@kernel
def _meet(x0, y0, a0, b0, x1, y1, a1, b1):
    """The point between two places where heights a and b are equal, a below b at one and above at the other."""
    d0, d1 = b0 - a0, b1 - a1
    nearer = abs(d0) < abs(d1)
    f = 0.0
    if d0 != d1:
        f = (d0 if nearer else d1) / (d0 - d1)
    flat = abs(a1 - a0) < abs(b1 - b0)
    if nearer:
        x, y, z = x0, y0, a0 if flat else b0
    else:
        x, y, z = x1, y1, a1 if flat else b1
    return x + f * (x1 - x0), y + f * (y1 - y0), z + f * (a1 - a0 if flat else b1 - b0)


@kernel(linked=True)
def _p_edge_q_face(s, i, j, t):
    """By how much the winding number of Q drops along the edge i -> j of P at triangle t of Q, and where."""
    drop = 0
    count = 0
    under = False
    x0, y0, a0, b0 = 0.0, 0.0, 0.0, 0.0
    x1, y1, a1, b1 = 0.0, 0.0, 0.0, 0.0
    for c in range(5):
        if c < 2:
            v = i if c == 0 else j
            one, over, b = _p_vertex_q_face(s, v, t)
            x, y, a = s.p[v, 0], s.p[v, 1], s.p[v, 2]
            way = 1 if c == 0 else -1
        else:
            k, m = s.q_triangles[t, c - 2], s.q_triangles[t, (c - 1) % 3]
            way = -1
            if k > m:
                k, m, way = m, k, 1
            one, over, x, y, a, b = _edges(s, i, j, k, m)
        if not over:
            continue
        drop += way * one
        if count == 0:
            x0, y0, a0, b0, under, count = x, y, a, b, one != 0, 1
        elif count == 1 and (one != 0) != under:
            x1, y1, a1, b1, count = x, y, a, b, 2
    if drop == 0 or count < 2:
        return drop, x0, y0, a0
    x, y, z = _meet(x0, y0, a0, b0, x1, y1, a1, b1)
    return drop, x, y, z


@kernel(linked=True)
def _q_edge_p_face(s, i, j, t):
    """By how much the winding number of P drops along the edge i -> j of Q at triangle t of P, and where."""
    drop = 0
    count = 0
    under = False
    x0, y0, a0, b0 = 0.0, 0.0, 0.0, 0.0
    x1, y1, a1, b1 = 0.0, 0.0, 0.0, 0.0
    for c in range(5):
        if c < 2:
            v = i if c == 0 else j
            one, over, a = _q_vertex_p_face(s, v, t)
            x, y, b = s.q[v, 0], s.q[v, 1], s.q[v, 2]
            way = -1 if c == 0 else 1
        else:
            k, m = s.p_triangles[t, c - 2], s.p_triangles[t, (c - 1) % 3]
            way = -1
            if k > m:
                k, m, way = m, k, 1
            one, over, x, y, a, b = _edges(s, k, m, i, j)
        if not over:
            continue
        drop += way * one
        if count == 0:
            x0, y0, a0, b0, under, count = x, y, a, b, one != 0, 1
        elif count == 1 and (one != 0) != under:
            x1, y1, a1, b1, count = x, y, a, b, 2
    if drop == 0 or count < 2:
        return drop, x0, y0, b0
    x, y, z = _meet(x0, y0, a0, b0, x1, y1, a1, b1)
    return drop, x, y, z


# ----------------------------------------------------------------------------- where edges pass through triangles


@kernel
def _planes(positions, triangles):
    """Normal, offset and rounding error of the plane of each triangle, (m, 5) float64.

    A point x is safely off the plane if normal · x - offset is larger than the error.
    """
    out = np.empty((triangles.shape[0], 5))
    box = _bounds(positions)
    far = 0.0
    for k in range(6):
        far = max(far, abs(box[k]))
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux, uy, uz = (
            positions[b, 0] - positions[a, 0],
            positions[b, 1] - positions[a, 1],
            positions[b, 2] - positions[a, 2],
        )
        vx, vy, vz = (
            positions[c, 0] - positions[a, 0],
            positions[c, 1] - positions[a, 1],
            positions[c, 2] - positions[a, 2],
        )
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        out[t, 0], out[t, 1], out[t, 2] = nx, ny, nz
        out[t, 3] = nx * positions[a, 0] + ny * positions[a, 1] + nz * positions[a, 2]
        # 64 roundings of the largest products that occur
        out[t, 4] = 64.0 * 2.0**-53 * (abs(ux) + abs(uy) + abs(uz)) * (abs(vx) + abs(vy) + abs(vz)) * far
    return out


@kernel
def _apart(planes, t, positions, triangles, other):
    """Whether triangle `other` lies on one side of the plane of triangle t by more than rounding."""
    above = True
    below = True
    for c in range(3):
        v = triangles[other, c]
        d = planes[t, 0] * positions[v, 0] + planes[t, 1] * positions[v, 1] + planes[t, 2] * positions[v, 2]
        d -= planes[t, 3]
        above = above and d > planes[t, 4]
        below = below and d < -planes[t, 4]
    return above or below


@kernel
def _nearly_flush(s, p_planes, q_planes, t, u, tolerance):
    """Whether triangle t of P and u of Q lie in one plane within the tolerance, but not exactly in one across an axis.

    Exactly flush faces across an axis are left to the symbolic motion.
    """
    cross = 0.0
    p_size, q_size = 0.0, 0.0
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        cross += (p_planes[t, i] * q_planes[u, j] - p_planes[t, j] * q_planes[u, i]) ** 2
        p_size += p_planes[t, k] ** 2
        q_size += q_planes[u, k] ** 2
    if cross > 1e-10 * p_size * q_size or p_size == 0.0 or q_size == 0.0:
        return False
    q_off, p_off = 0.0, 0.0
    for c in range(3):
        v = s.q_triangles[u, c]
        d = -p_planes[t, 3]
        for k in range(3):
            d += p_planes[t, k] * s.q[v, k]
        q_off = max(q_off, abs(d))
        v = s.p_triangles[t, c]
        d = -q_planes[u, 3]
        for k in range(3):
            d += q_planes[u, k] * s.p[v, k]
        p_off = max(p_off, abs(d))
    if q_off > tolerance * math.sqrt(p_size) and p_off > tolerance * math.sqrt(q_size):
        return False
    for k in range(3):
        if p_planes[t, k] ** 2 == p_size:
            # P's plane is across an axis: flush exactly if Q's three corners are
            level = s.p[s.p_triangles[t, 0], k]
            if s.p[s.p_triangles[t, 1], k] != level or s.p[s.p_triangles[t, 2], k] != level:
                return True
            a, b, c = s.q_triangles[u, 0], s.q_triangles[u, 1], s.q_triangles[u, 2]
            return s.q[a, k] != level or s.q[b, k] != level or s.q[c, k] != level
    return True


@kernel
def _nudged(s, p_planes, flush, count, step, tolerance):
    """Vertices of Q with the faces that are flush with one of P but for rounding moved by `step` along P's normal.

    Rounding would else leave films between such faces, or not, from vertex to vertex.
    """
    out = s.q.copy()
    normal = np.empty(3)
    near = np.zeros(s.q.shape[0], np.bool_)
    for f in range(count):
        t, u = flush[f, 0], flush[f, 1]
        size = math.sqrt(p_planes[t, 0] ** 2 + p_planes[t, 1] ** 2 + p_planes[t, 2] ** 2)
        for k in range(3):
            normal[k] = p_planes[t, k] / size
        repeated = False
        for e in range(max(f - 64, 0), f):
            if flush[e, 0] == t and flush[e, 1] == u:
                repeated = True
        if repeated:
            continue
        for v in range(s.q.shape[0]):
            d = -p_planes[t, 3] / size
            for k in range(3):
                d += normal[k] * s.q[v, k]
            near[v] = abs(d) <= tolerance
        for c in range(3):
            near[s.q_triangles[u, c]] = True
        for v in range(s.q.shape[0]):
            if near[v]:
                moved = 0.0
                for k in range(3):
                    moved += (out[v, k] - s.q[v, k]) * normal[k]
                if abs(moved - step) > 0.5 * tolerance:
                    for k in range(3):
                        out[v, k] += (step - moved) * normal[k]
    return out


@kernel
def _add_passage(rows, points, n, h, t, drop, x, y, z):
    if n == rows.shape[0]:
        more_rows = np.empty((2 * n, 3), np.int64)
        more_rows[:n] = rows
        rows = more_rows
        more_points = np.empty((2 * n, 3))
        more_points[:n] = points
        points = more_points
    rows[n, 0], rows[n, 1], rows[n, 2] = h, t, drop
    points[n, 0], points[n, 1], points[n, 2] = x, y, z
    return rows, points, n + 1


@kernel
def _by_half_edge(rows, points):
    key = np.empty(rows.shape[0])
    for r in range(rows.shape[0]):
        key[r] = rows[r, 0]
    order = _sorted_order(key)
    sorted_rows = np.empty_like(rows)
    sorted_points = np.empty_like(points)
    for r in range(rows.shape[0]):
        sorted_rows[r] = rows[order[r]]
        sorted_points[r] = points[order[r]]
    return sorted_rows, sorted_points


@kernel(linked=True)
def _passages(s, p_order, p_boxes, p_planes, q_order, q_boxes, tolerance):
    """All passages of edges of P through triangles of Q and the reverse: (rows, points) of P, then of Q.

    Rows (n, 3) int64 of half-edge (from its lower vertex), triangle, drop of the winding number, sorted by half-edge;
    points (n, 3) float64.  Both trees are walked at once, so only what is near the other mesh is looked at.  Last come
    pairs of triangles that are flush but for rounding, (k, 2) int64 with at most 256 rows.
    """
    q_planes = _planes(s.q, s.q_triangles)
    flush = np.empty((256, 2), np.int64)
    flushes = 0
    p_rows = np.empty((64, 3), np.int64)
    p_points = np.empty((64, 3))
    n_p = 0
    q_rows = np.empty((64, 3), np.int64)
    q_points = np.empty((64, 3))
    n_q = 0
    p_leaves, q_leaves = p_boxes.shape[0] // 2, q_boxes.shape[0] // 2
    stack = np.empty((128, 2), np.int64)
    stack[0, 0], stack[0, 1] = 1, 1
    top = 1
    box = np.empty(6)
    while top > 0:
        top -= 1
        a, b = stack[top, 0], stack[top, 1]
        meet = True
        p_size, q_size = 0.0, 0.0
        for k in range(3):
            meet = meet and p_boxes[a, k] <= q_boxes[b, 3 + k] and p_boxes[a, 3 + k] >= q_boxes[b, k]
            p_size = max(p_size, p_boxes[a, 3 + k] - p_boxes[a, k])
            q_size = max(q_size, q_boxes[b, 3 + k] - q_boxes[b, k])
        if not meet:
            continue
        if a < p_leaves and (b >= q_leaves or p_size >= q_size):
            stack[top, 0], stack[top, 1] = 2 * a, b
            stack[top + 1, 0], stack[top + 1, 1] = 2 * a + 1, b
            top += 2
            continue
        if b < q_leaves:
            stack[top, 0], stack[top, 1] = a, 2 * b
            stack[top + 1, 0], stack[top + 1, 1] = a, 2 * b + 1
            top += 2
            continue
        first = 4 * (a - p_leaves)
        other = 4 * (b - q_leaves)
        for i in range(first, min(first + 4, p_order.shape[0])):
            t = p_order[i]
            meet = True
            for k in range(3):
                x = s.p[s.p_triangles[t, 0], k]
                y = s.p[s.p_triangles[t, 1], k]
                z = s.p[s.p_triangles[t, 2], k]
                box[k], box[3 + k] = min(x, y, z), max(x, y, z)
                meet = meet and box[k] <= q_boxes[b, 3 + k] and box[3 + k] >= q_boxes[b, k]
            if not meet:
                continue
            for j in range(other, min(other + 4, q_order.shape[0])):
                u = q_order[j]
                meet = True
                for k in range(3):
                    x = s.q[s.q_triangles[u, 0], k]
                    y = s.q[s.q_triangles[u, 1], k]
                    z = s.q[s.q_triangles[u, 2], k]
                    meet = meet and min(x, y, z) <= box[3 + k] and max(x, y, z) >= box[k]
                if not meet:
                    continue
                if flushes < 256 and _nearly_flush(s, p_planes, q_planes, t, u, tolerance):
                    flush[flushes, 0], flush[flushes, 1] = t, u
                    flushes += 1
                # On one side by more than rounding: the shadows would cancel.
                if _apart(p_planes, t, s.q, s.q_triangles, u) or _apart(q_planes, u, s.p, s.p_triangles, t):
                    continue
                for k in range(3):
                    v, w = s.p_triangles[t, k], s.p_triangles[t, (k + 1) % 3]
                    if v < w:
                        drop, x, y, z = _p_edge_q_face(s, v, w, u)
                        if drop != 0:
                            p_rows, p_points, n_p = _add_passage(p_rows, p_points, n_p, 3 * t + k, u, drop, x, y, z)
                    v, w = s.q_triangles[u, k], s.q_triangles[u, (k + 1) % 3]
                    if v < w:
                        drop, x, y, z = _q_edge_p_face(s, v, w, t)
                        if drop != 0:
                            q_rows, q_points, n_q = _add_passage(q_rows, q_points, n_q, 3 * u + k, t, drop, x, y, z)
    p_rows, p_points = _by_half_edge(p_rows[:n_p], p_points[:n_p])
    q_rows, q_points = _by_half_edge(q_rows[:n_q], q_points[:n_q])
    return p_rows, p_points, q_rows, q_points, flush[:flushes].copy()


@kernel(linked=True)
def _windings(s, of_p, rows, order, boxes):
    """Winding number of the other mesh round every vertex of one, (n,) int64.

    Along an edge that nothing cuts it cannot change, so one vertex of each piece between the passages is enough.
    """
    triangles = s.p_triangles if of_p else s.q_triangles
    positions = s.p if of_p else s.q
    others = s.q_triangles if of_p else s.p_triangles
    other_positions = s.q if of_p else s.p
    n = positions.shape[0]
    parent = np.arange(n)
    row = 0
    for h in range(3 * triangles.shape[0]):
        i, j = np.int64(triangles[h // 3, h % 3]), np.int64(triangles[h // 3, (h + 1) % 3])
        if i > j:
            continue
        cut = False
        while row < rows.shape[0] and rows[row, 0] == h:
            cut = True
            row += 1
        if cut:
            continue
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        while parent[j] != j:
            parent[j] = parent[parent[j]]
            j = parent[j]
        if i < j:
            parent[j] = i
        else:
            parent[i] = j
    out = np.zeros(n, np.int64)
    used = np.zeros(n, np.bool_)
    for t in range(triangles.shape[0]):
        for k in range(3):
            used[triangles[t, k]] = True
    found = np.empty(64, np.int64)
    box = np.empty(6)
    for v in range(n):
        if parent[v] < v or not used[v]:
            while parent[parent[v]] != parent[v]:
                parent[v] = parent[parent[v]]
            out[v] = out[parent[v]]
            continue
        # a column over (or, from Q, under) the vertex
        for k in range(3):
            box[k] = positions[v, k]
            box[3 + k] = positions[v, k]
        if of_p:
            box[5] = np.inf
        else:
            box[2] = -np.inf
        found, count = _candidates(order, boxes, other_positions, others, box, found)
        for c in range(count):
            if of_p:
                one, _, _ = _p_vertex_q_face(s, v, found[c])
                out[v] += one
            else:
                one, _, _ = _q_vertex_p_face(s, v, found[c])
                out[v] -= one
    return out


# ---------------------------------------------------------------------------------------------- the new surface


@kernel
def _plane(positions, triangles, t, normal):
    """Unit normal of a triangle into `normal`; returns twice its area over its longest side, its least height."""
    a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
    longest = 0.0
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        normal[k] = (positions[b, i] - positions[a, i]) * (positions[c, j] - positions[a, j]) - (
            positions[b, j] - positions[a, j]
        ) * (positions[c, i] - positions[a, i])
    for i, j in ((a, b), (b, c), (c, a)):
        d = 0.0
        for k in range(3):
            d += (positions[j, k] - positions[i, k]) ** 2
        longest = max(longest, d)
    size = math.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2)
    if size > 0.0:
        for k in range(3):
            normal[k] /= size
    return size / math.sqrt(longest) if longest > 0.0 else 0.0


@kernel(linked=True)
def _patches(positions, triangles, twin, touched, tolerance):
    """Gather touched triangles with all that lie in one plane with them.

    Returns the patch of each triangle (m,) int32, -1 if none; and (k, 6) float64, a point and the normal of each.
    """
    m = triangles.shape[0]
    patch = np.full(m, -1, np.int32)
    planes = np.empty((16, 6))
    count = 0
    stack = np.empty(16, np.int64)
    normal = np.empty(3)
    other = np.empty(3)
    for turn in range(2):  # needles last: their normals say nothing
        for seed in range(m):
            if not touched[seed] or patch[seed] >= 0:
                continue
            if _plane(positions, triangles, seed, normal) <= 4.0 * tolerance and turn == 0:
                continue
            if count == planes.shape[0]:
                more_planes = np.empty((2 * count, 6))
                more_planes[:count] = planes
                planes = more_planes
            origin = triangles[seed, 0]
            for k in range(3):
                planes[count, k] = positions[origin, k]
                planes[count, 3 + k] = normal[k]
            patch[seed] = count
            stack[0] = seed
            top = 1
            while top > 0 and turn == 0:
                top -= 1
                t = stack[top]
                for k in range(3):
                    neighbour = twin[3 * t + k] // 3
                    if patch[neighbour] >= 0:
                        continue
                    v = triangles[neighbour, (twin[3 * t + k] + 2) % 3]
                    d = 0.0
                    for j in range(3):
                        d += (positions[v, j] - positions[origin, j]) * normal[j]
                    if abs(d) > tolerance:
                        continue
                    if _plane(positions, triangles, neighbour, other) > 4.0 * tolerance:
                        same = other[0] * normal[0] + other[1] * normal[1] + other[2] * normal[2]
                        if same <= 0.0:
                            continue
                    patch[neighbour] = count
                    if top == stack.shape[0]:
                        more_stack = np.empty(2 * top, np.int64)
                        more_stack[:top] = stack
                        stack = more_stack
                    stack[top] = neighbour
                    top += 1
            count += 1
    return patch, planes[:count].copy()


@kernel
def _push_piece(pieces, n, face, i, j):
    """Append a directed edge of a face to a growing list."""
    if n == pieces.shape[0]:
        more = np.empty((2 * n, 3), np.int32)
        more[:n] = pieces
        pieces = more
    pieces[n, 0], pieces[n, 1], pieces[n, 2] = face, i, j
    return pieces, n + 1


@kernel
def _sort_ends(vertex, place, n):
    """Sort n ends along a line in place (insertion: there are mostly two)."""
    for i in range(1, n):
        v, x = vertex[i], place[i]
        j = i - 1
        while j >= 0 and place[j] > x:
            vertex[j + 1], place[j + 1] = vertex[j], place[j]
            j -= 1
        vertex[j + 1], place[j + 1] = v, x


@kernel(linked=True)
def _old_edges(pieces, n, triangles, twin, face_of, inclusion, rows, sign, first_vertex, first_new, positions):
    """Pieces that remain of the edges of one mesh, on both faces: (pieces, n, ok).

    `face_of` gives the patch of a triangle, -1 for one that is kept or dropped whole.
    """
    row = 0
    starts = np.empty(16, np.int64)
    start_place = np.empty(16)
    ends = np.empty(16, np.int64)
    end_place = np.empty(16)
    for h in range(3 * triangles.shape[0]):
        i, j = triangles[h // 3, h % 3], triangles[h // 3, (h + 1) % 3]
        if i > j:
            continue
        first = row
        size = abs(inclusion[i]) + abs(inclusion[j])
        while row < rows.shape[0] and rows[row, 0] == h:
            size += abs(rows[row, 2])
            row += 1
        left, right = face_of[h // 3], face_of[twin[h] // 3]
        if left < 0 and right < 0:
            continue
        if row == first:
            a, b = first_vertex + i, first_vertex + j
            if inclusion[i] < 0:
                a, b = b, a
            for _ in range(abs(inclusion[i])):
                if left >= 0:
                    pieces, n = _push_piece(pieces, n, left, a, b)
                if right >= 0:
                    pieces, n = _push_piece(pieces, n, right, b, a)
            continue
        if size > starts.shape[0]:
            starts = np.empty(2 * size, np.int64)
            start_place = np.empty(2 * size)
            ends = np.empty(2 * size, np.int64)
            end_place = np.empty(2 * size)
        n_starts = 0
        n_ends = 0
        for c in range(row - first + 2):
            if c < 2:
                v = first_vertex + (i if c == 0 else j)
                times = inclusion[i] if c == 0 else -inclusion[j]
            else:
                v = first_new + first + c - 2
                times = -sign * rows[first + c - 2, 2]
            place = 0.0
            for k in range(3):
                place += positions[v, k] * (positions[first_vertex + j, k] - positions[first_vertex + i, k])
            for _ in range(abs(times)):
                if times > 0:
                    starts[n_starts], start_place[n_starts] = v, place
                    n_starts += 1
                else:
                    ends[n_ends], end_place[n_ends] = v, place
                    n_ends += 1
        if n_starts != n_ends:
            return pieces, n, False
        _sort_ends(starts, start_place, n_starts)
        _sort_ends(ends, end_place, n_ends)
        for c in range(n_starts):
            if left >= 0:
                pieces, n = _push_piece(pieces, n, left, starts[c], ends[c])
            if right >= 0:
                pieces, n = _push_piece(pieces, n, right, ends[c], starts[c])
    return pieces, n, True


@kernel(linked=True)
def _new_edges(pieces, n, s, p_face, q_face, p_rows, q_rows, sign, first_p, first_q, positions):
    """Edges along which a triangle of P and one of Q meet, on both faces: (pieces, n, ok)."""
    total = 2 * (p_rows.shape[0] + q_rows.shape[0])
    size = _table(total)
    low = np.full(size, -1, np.int32)
    high = np.empty(size, np.int32)
    head = np.full(size, -1, np.int64)
    following = np.empty(total, np.int64)
    vertex = np.empty(total, np.int64)
    times = np.empty(total, np.int64)  # > 0: the edge on the face of P starts there
    for e in range(total):
        if e < 2 * p_rows.shape[0]:
            r = e // 2
            h, other, drop = p_rows[r, 0], p_rows[r, 1], sign * p_rows[r, 2]
            t = h // 3 if e % 2 == 0 else s.p_twin[h] // 3
            at = _slot(low, high, t, other)
            low[at], high[at] = t, other
            vertex[e] = first_p + r
            # where the edge leaves Q, the face to its left goes on along the new edge
            times[e] = drop if e % 2 == 0 else -drop
        else:
            r = e // 2 - p_rows.shape[0]
            h, other, drop = q_rows[r, 0], q_rows[r, 1], sign * q_rows[r, 2]
            t = h // 3 if e % 2 == 0 else s.q_twin[h] // 3
            at = _slot(low, high, other, t)
            low[at], high[at] = other, t
            vertex[e] = first_q + r
            times[e] = -drop if e % 2 == 0 else drop
        following[e] = head[at]
        head[at] = e
    starts = np.empty(16, np.int64)
    start_place = np.empty(16)
    ends = np.empty(16, np.int64)
    end_place = np.empty(16)
    box = np.empty(6)
    for at in range(size):
        if low[at] < 0:
            continue
        box[:3] = np.inf
        box[3:] = -np.inf
        count = 0
        e = head[at]
        while e >= 0:
            for k in range(3):
                x = positions[vertex[e], k]
                box[k] = min(box[k], x)
                box[3 + k] = max(box[3 + k], x)
            count += abs(times[e])
            e = following[e]
        axis = 0
        for k in range(1, 3):
            if box[3 + k] - box[k] > box[3 + axis] - box[axis]:
                axis = k
        if count > starts.shape[0]:
            starts = np.empty(2 * count, np.int64)
            start_place = np.empty(2 * count)
            ends = np.empty(2 * count, np.int64)
            end_place = np.empty(2 * count)
        n_starts = 0
        n_ends = 0
        e = head[at]
        while e >= 0:
            for _ in range(abs(times[e])):
                if times[e] > 0:
                    starts[n_starts], start_place[n_starts] = vertex[e], positions[vertex[e], axis]
                    n_starts += 1
                else:
                    ends[n_ends], end_place[n_ends] = vertex[e], positions[vertex[e], axis]
                    n_ends += 1
            e = following[e]
        if n_starts != n_ends:
            return pieces, n, False
        _sort_ends(starts, start_place, n_starts)
        _sort_ends(ends, end_place, n_ends)
        for c in range(n_starts):
            pieces, n = _push_piece(pieces, n, p_face[low[at]], starts[c], ends[c])
            pieces, n = _push_piece(pieces, n, q_face[high[at]], ends[c], starts[c])
    return pieces, n, True


@kernel
def _whole(out, n, triangles, patch, inclusion, first_vertex):
    """Append the triangles that nothing touches, as often as they are kept."""
    for t in range(triangles.shape[0]):
        if patch[t] >= 0:
            continue
        times = inclusion[triangles[t, 0]]
        a, b, c = triangles[t, 0] + first_vertex, triangles[t, 1] + first_vertex, triangles[t, 2] + first_vertex
        if times < 0:
            b, c = c, b
        for _ in range(abs(times)):
            if n == out.shape[0]:
                more = np.empty((2 * n, 3), np.int32)
                more[:n] = out
                out = more
            out[n, 0], out[n, 1], out[n, 2] = a, b, c
            n += 1
    return out, n


@kernel
def _merge_planes(planes, tolerance, size):
    """Number the faces: patches that lie in one plane become one face, whichever way they look.

    So what lies on another, looking the other way, cancels: flaps arise where the motion of a vertex is right for one
    face of P and wrong for another in the same plane.  Returns for each patch the first in its plane, and the faces
    ordered by the size of their normals' x, which is alike for planes that are.
    """
    n = planes.shape[0]
    same = np.arange(n)
    slope = tolerance / size if size > 0.0 else 0.0
    key = np.abs(planes[:, 3])
    order = _sorted_order(key)
    for j in range(1, n):
        x, y, z = planes[j, 3], planes[j, 4], planes[j, 5]
        first = j
        for place in range(_first_at(key, order, key[j] - 2.0 * slope), n):
            i = order[place]
            if key[i] > key[j] + 2.0 * slope:
                break
            u, v, w = planes[i, 3], planes[i, 4], planes[i, 5]
            if i >= first or same[i] != i or abs(x * u + y * v + z * w) < 0.999:
                continue
            if max(abs(v * z - w * y), abs(w * x - u * z), abs(u * y - v * x)) > slope:
                continue
            off = (planes[j, 0] - planes[i, 0]) * u + (planes[j, 1] - planes[i, 1]) * v
            if abs(off + (planes[j, 2] - planes[i, 2]) * w) <= tolerance:
                first = i
        same[j] = first
    faces = 0
    for place in range(n):
        if same[order[place]] == order[place]:
            order[faces] = order[place]
            faces += 1
    return same, order[:faces].copy()


@kernel(linked=True)
def _gather_whole(patch, positions, triangles, planes, faces, low, high, tolerance):
    """Give whole triangles that lie in the plane of a face to that face, in place: they may be the back of a flap.

    Only triangles that reach into the box low … high, that of what both operands have in common, can lie on another.
    `faces` are rows of `planes` in the order of `_merge_planes`.
    """
    normal = np.empty(3)
    key = np.abs(planes[:, 3])
    for t in range(triangles.shape[0]):
        reaches = patch[t] < 0
        for k in range(3):
            a, b, c = positions[triangles[t, 0], k], positions[triangles[t, 1], k], positions[triangles[t, 2], k]
            reaches = reaches and max(a, b, c) >= low[k] - tolerance and min(a, b, c) <= high[k] + tolerance
        if not reaches or _plane(positions, triangles, t, normal) <= 4.0 * tolerance:  # a needle has no plane
            continue
        near = abs(normal[0])
        for place in range(_first_at(key, faces, near - 0.045), faces.shape[0]):  # |n - m| < 0.045 where n·m > 0.999
            f = faces[place]
            if key[f] > near + 0.045:
                break
            x, y, z = planes[f, 3], planes[f, 4], planes[f, 5]
            if abs(x * normal[0] + y * normal[1] + z * normal[2]) < 0.999:
                continue
            within = True
            for j in range(3):
                v = triangles[t, j]
                d = (positions[v, 0] - planes[f, 0]) * x + (positions[v, 1] - planes[f, 1]) * y
                within = within and abs(d + (positions[v, 2] - planes[f, 2]) * z) <= tolerance
            if within:
                patch[t] = f
                break


@kernel
def _face_edges(pieces, number, faces):
    """Edges face by face, vertices through `number`, without those that run both ways: (edges, start of each face)."""
    start = np.zeros(faces + 1, np.int64)
    for e in range(pieces.shape[0]):
        start[pieces[e, 0] + 1] += 1
    for f in range(faces):
        start[f + 1] += start[f]
    order = np.empty(pieces.shape[0], np.int64)
    place = start[:faces].copy()
    for e in range(pieces.shape[0]):
        f = pieces[e, 0]
        order[place[f]] = e
        place[f] += 1
    out = np.empty_like(pieces)
    n = 0
    for f in range(faces):
        first, last = start[f], start[f + 1]
        start[f] = n
        if last - first < 3:
            continue
        table = _table(last - first)
        low = np.full(table, -1, np.int32)
        high = np.empty(table, np.int32)
        times = np.empty(table, np.int32)
        for at in range(first, last):
            e = order[at]
            _add_edge(low, high, times, number[pieces[e, 1]], number[pieces[e, 2]], 1)
        edges = _edges_left(low, high, times)
        for e in range(edges.shape[0]):
            out[n, 0], out[n, 1], out[n, 2] = f, edges[e, 0], edges[e, 1]
            n += 1
    start[faces] = n
    return out[:n].copy(), start


@kernel
def _straighten(edges, positions, used, tolerance):
    """Take vertices out of the middle of straight edges between two faces, in place; edges that go get face -1.

    Such vertices remain where an edge of the one mesh passed through the inner edge of a flat face of the other.
    Vertices that are `used` by triangles elsewhere stay.
    """
    n = positions.shape[0]
    m = edges.shape[0]
    leaving = np.full((n, 2), -1, np.int32)
    coming = np.full((n, 2), -1, np.int32)
    count = np.zeros((n, 2), np.int32)
    for e in range(m):
        a, b = edges[e, 1], edges[e, 2]
        if count[a, 0] < 2:
            leaving[a, count[a, 0]] = e
        if count[b, 1] < 2:
            coming[b, count[b, 1]] = e
        count[a, 0] += 1
        count[b, 1] += 1
    for v in range(n):
        if used[v] or count[v, 0] != 2 or count[v, 1] != 2:
            continue
        out_1, out_2, in_1, in_2 = leaving[v, 0], leaving[v, 1], coming[v, 0], coming[v, 1]
        if edges[out_1, 0] == edges[in_2, 0]:
            in_1, in_2 = in_2, in_1
        u, x = edges[in_1, 1], edges[out_1, 2]
        if (
            edges[out_1, 0] != edges[in_1, 0]
            or edges[out_2, 0] != edges[in_2, 0]
            or edges[out_1, 0] == edges[out_2, 0]
            or edges[out_2, 2] != u
            or edges[in_2, 1] != x
            or u == x
        ):
            continue
        along, squared, off = 0.0, 0.0, 0.0
        for k in range(3):
            i, j = (k + 1) % 3, (k + 2) % 3
            d = positions[x, k] - positions[u, k]
            squared += d * d
            along += d * (positions[v, k] - positions[u, k])
            off += (
                (positions[x, i] - positions[u, i]) * (positions[v, j] - positions[u, j])
                - (positions[x, j] - positions[u, j]) * (positions[v, i] - positions[u, i])
            ) ** 2
        if not (0.0 < along < squared and off <= tolerance * tolerance * squared):
            continue
        edges[in_1, 2] = x
        edges[in_2, 2] = u
        edges[out_1, 0] = -1
        edges[out_2, 0] = -1
        for k in range(2):
            if coming[x, k] == out_1:
                coming[x, k] = in_1
            if coming[u, k] == out_2:
                coming[u, k] = in_2


@kernel(linked=True)
def _surface(s, p_rows, p_points, q_rows, q_points, p_inclusion, q_inclusion, sign, low, high, tolerance, size):
    """The kept surface: (positions, triangles, excess area, status)."""
    n_p, n_q = s.p.shape[0], s.q.shape[0]
    first_p = n_p + n_q
    first_q = first_p + p_rows.shape[0]
    positions = np.concatenate((s.p, s.q, p_points, q_points))
    p_touched = np.zeros(s.p_triangles.shape[0], np.bool_)
    q_touched = np.zeros(s.q_triangles.shape[0], np.bool_)
    for r in range(p_rows.shape[0]):
        h = p_rows[r, 0]
        p_touched[h // 3], p_touched[s.p_twin[h] // 3], q_touched[p_rows[r, 1]] = True, True, True
    for r in range(q_rows.shape[0]):
        h = q_rows[r, 0]
        q_touched[h // 3], q_touched[s.q_twin[h] // 3], p_touched[q_rows[r, 1]] = True, True, True
    p_patch, p_planes = _patches(s.p, s.p_triangles, s.p_twin, p_touched, tolerance)
    q_patch, q_planes = _patches(s.q, s.q_triangles, s.q_twin, q_touched, tolerance)
    planes = np.concatenate((p_planes, q_planes))
    same, faces = _merge_planes(planes, tolerance, size)
    for t in range(p_patch.shape[0]):
        if p_patch[t] >= 0:
            p_patch[t] = same[p_patch[t]]
    for t in range(q_patch.shape[0]):
        if q_patch[t] >= 0:
            q_patch[t] = same[p_planes.shape[0] + q_patch[t]]
    _gather_whole(p_patch, s.p, s.p_triangles, planes, faces, low, high, tolerance)
    _gather_whole(q_patch, s.q, s.q_triangles, planes, faces, low, high, tolerance)
    triangles = np.empty((64, 3), np.int32)
    m = 0
    triangles, m = _whole(triangles, m, s.p_triangles, p_patch, p_inclusion, 0)
    triangles, m = _whole(triangles, m, s.q_triangles, q_patch, q_inclusion, n_p)
    pieces = np.empty((256, 3), np.int32)
    n = 0
    pieces, n, ok_p = _old_edges(
        pieces, n, s.p_triangles, s.p_twin, p_patch, p_inclusion, p_rows, sign, 0, first_p, positions
    )
    pieces, n, ok_q = _old_edges(
        pieces, n, s.q_triangles, s.q_twin, q_patch, q_inclusion, q_rows, sign, n_p, first_q, positions
    )
    pieces, n, ok_new = _new_edges(pieces, n, s, p_patch, q_patch, p_rows, q_rows, sign, first_p, first_q, positions)
    if not (ok_p and ok_q and ok_new):
        return positions, triangles[:m].copy(), 0.0, FAILED
    # Points that coincide become one, so that edges that coincide cancel.
    involved = np.zeros(positions.shape[0], np.bool_)
    for e in range(n):
        involved[pieces[e, 1]] = True
        involved[pieces[e, 2]] = True
    place = np.empty(positions.shape[0], np.int32)
    count = 0
    for i in range(positions.shape[0]):
        if involved[i]:
            place[count] = i
            count += 1
    some = np.empty((count, 3))
    for i in range(count):
        some[i] = positions[place[i]]
    first = _weld_near(some, tolerance)
    number = np.arange(positions.shape[0]).astype(np.int32)
    for i in range(count):
        number[place[i]] = place[first[i]]
    triangles = _renumbered(triangles[:m], number)
    m = triangles.shape[0]
    pieces, start = _face_edges(pieces[:n], number, planes.shape[0])
    used = np.zeros(positions.shape[0], np.bool_)
    for t in range(m):
        for k in range(3):
            used[triangles[t, k]] = True
    _straighten(pieces, positions, used, tolerance)
    local = np.full(positions.shape[0], -1, np.int32)
    extra = np.empty((16, 3))
    extras = 0
    excess = 0.0
    status = OK
    for f in range(planes.shape[0]):
        count = 0
        for e in range(start[f], start[f + 1]):
            if pieces[e, 0] >= 0:
                count += 1
        if count < 3:
            continue
        edges = np.empty((count, 2), np.int32)
        count = 0
        for e in range(start[f], start[f + 1]):
            if pieces[e, 0] >= 0:
                edges[count, 0], edges[count, 1] = pieces[e, 1], pieces[e, 2]
                count += 1
        crossing, filled, more, failed = _fill_plane(positions, edges, planes[f, :3], planes[f, 3:], local)
        excess += more
        if failed != OK:
            status = failed
        if extras + crossing.shape[0] > extra.shape[0]:
            more_extra = np.empty((2 * (extras + crossing.shape[0]), 3))
            more_extra[:extras] = extra[:extras]
            extra = more_extra
        extra[extras : extras + crossing.shape[0]] = crossing
        if m + filled.shape[0] > triangles.shape[0]:
            more_triangles = np.empty((2 * (m + filled.shape[0]), 3), np.int32)
            more_triangles[:m] = triangles[:m]
            triangles = more_triangles
        for t in range(filled.shape[0]):
            for k in range(3):
                i = filled[t, k]
                triangles[m, k] = i if i < positions.shape[0] else i + extras
            m += 1
        extras += crossing.shape[0]
    return np.concatenate((positions, extra[:extras])), triangles[:m].copy(), excess, status


@kernel
def _combine(s, operation, low, high, tolerance, size):
    """One operation on two closed meshes: (positions, triangles, excess area, status)."""
    p_order, p_boxes = _tree(s.p, s.p_triangles)
    q_order, q_boxes = _tree(s.q, s.q_triangles)
    p_planes = _planes(s.p, s.p_triangles)
    p_rows, p_points, q_rows, q_points, flush = _passages(s, p_order, p_boxes, p_planes, q_order, q_boxes, tolerance)
    if flush.shape[0] > 0:
        # A face of Q that is flush with one of P goes out of P, where the difference or intersection ends at P's face
        # anyway, or for a union into it.
        step = 4.0 * tolerance if operation != UNION else -4.0 * tolerance
        q = _nudged(s, p_planes, flush, flush.shape[0], step, tolerance)
        s = Pair(s.p, s.p_triangles, s.p_twin, q, s.q_triangles, s.q_twin, s.push)
        q_order, q_boxes = _tree(s.q, s.q_triangles)
        p_rows, p_points, q_rows, q_points, flush = _passages(
            s, p_order, p_boxes, p_planes, q_order, q_boxes, tolerance
        )
    p_inclusion = _windings(s, True, p_rows, q_order, q_boxes)
    q_inclusion = _windings(s, False, q_rows, p_order, p_boxes)
    # kept: of P outside Q (union, difference) or inside; of Q likewise, for a difference turned over
    sign = 1 if operation == INTERSECTION else -1
    for v in range(p_inclusion.shape[0]):
        p_inclusion[v] = (0 if operation == INTERSECTION else 1) + sign * p_inclusion[v]
    for v in range(q_inclusion.shape[0]):
        q_inclusion[v] = (1 if operation == UNION else 0) + sign * q_inclusion[v]
    return _surface(s, p_rows, p_points, q_rows, q_points, p_inclusion, q_inclusion, sign, low, high, tolerance, size)


@kernel(linked=True)
def _closed_operation(p, p_triangles, p_twin, q, q_triangles, q_twin, operation, tolerance):
    """One operation on two prepared meshes near the origin: (positions, triangles, status)."""
    low = np.empty(3)
    high = np.empty(3)
    size = 0.0
    p_box, q_box = _bounds(p), _bounds(q)
    for k in range(3):
        low[k] = max(p_box[k], q_box[k])
        high[k] = min(p_box[3 + k], q_box[3 + k])
        size = max(size, p_box[3 + k] - p_box[k], q_box[3 + k] - q_box[k])
    q = _snapped(q, p, low, high, tolerance)
    own, own_triangles = _parted(p, p_triangles, p_twin)
    push = _vertex_normals(own, own_triangles, 1.0 if operation == UNION else -1.0)
    s = Pair(own, own_triangles, p_twin, q, q_triangles, q_twin, push)
    positions, triangles, _, status = _combine(s, operation, low, high, tolerance, size)
    if status != OK:
        return p, p_triangles, FAILED
    positions, triangles = _compact(positions, triangles)
    _, alone = _twins(positions, triangles)
    if alone > 0 or not _plausible(p, p_triangles, q, q_triangles, positions, triangles, operation):
        return p, p_triangles, FAILED
    return positions, triangles, OK


@kernel
def _plausible(p, p_triangles, q, q_triangles, positions, triangles, operation):
    """Whether the volume of the result lies between the bounds that the volumes of the operands set."""
    first, second = _volume(p, p_triangles), _volume(q, q_triangles)
    result = _volume(positions, triangles)
    slack = 1e-6 * (abs(first) + abs(second))
    if operation == UNION:
        return max(first, second) - slack <= result <= first + second + slack
    if operation == INTERSECTION:
        return -slack <= result <= min(first, second) + slack
    return max(first - second, 0.0) - slack <= result <= first + slack


@kernel
def _centre(box):
    """A point to count from: the origin, or the middle of a box that lies far from it for its size; and that size.

    Subtracting the middle is exact where it matters: coordinates that lie within a factor of two of each other have an
    exact difference.
    """
    origin = np.zeros(3)
    size = 0.0
    far = 0.0
    for k in range(3):
        size = max(size, box[3 + k] - box[k])
        far = max(far, abs(box[k]), abs(box[3 + k]))
    if far > 16.0 * size:
        for k in range(3):
            origin[k] = 0.5 * (box[k] + box[3 + k])
    return origin, size


@kernel(linked=True)
def _boolean(a, a_triangles, b, b_triangles, operation, tolerance):
    """One operation on two meshes: (positions, triangles, status).  On failure the first operand comes back."""
    if a_triangles.shape[0] == 0 or b_triangles.shape[0] == 0:
        if operation == INTERSECTION:
            return a[:0], a_triangles[:0], OK
        if operation == UNION and a_triangles.shape[0] == 0:
            return b, b_triangles, OK
        return a, a_triangles, OK
    p_triangles, p_twin, status = _prepared(a, a_triangles, tolerance)
    q_triangles, q_twin, other = _prepared(b, b_triangles, tolerance)
    if status != OK or other != OK:
        return a, a_triangles, max(status, other)
    origin, _ = _centre(_bounds(a))
    positions, triangles, status = _closed_operation(
        a - origin, p_triangles, p_twin, b - origin, q_triangles, q_twin, operation, tolerance
    )
    if status != OK:
        return a, a_triangles, status
    return positions + origin, triangles, OK


@kernel
def _union(a_positions, a_triangles, b_positions, b_triangles, tolerance):
    return _boolean(a_positions, a_triangles, b_positions, b_triangles, UNION, tolerance)


@kernel
def _difference(a_positions, a_triangles, b_positions, b_triangles, tolerance):
    return _boolean(a_positions, a_triangles, b_positions, b_triangles, DIFFERENCE, tolerance)


@kernel
def _intersection(a_positions, a_triangles, b_positions, b_triangles, tolerance):
    return _boolean(a_positions, a_triangles, b_positions, b_triangles, INTERSECTION, tolerance)


# ---------------------------------------------------------------------------------------- openings, the fast way


@kernel
def _one_plane(p, triangles, q, q_triangles, tolerance, plane):
    """How a convex cutter Q meets P: 0 not at all, 1 with one plane (written to `plane`, point and normal), 2 it
    swallows P; -1 if Q is not convex or several of its planes cut P.
    """
    if q_triangles.shape[0] > 256:
        return -1
    cuts = 0
    normal = np.empty(3)
    for t in range(q_triangles.shape[0]):
        if _plane(q, q_triangles, t, normal) <= tolerance:
            continue
        at = q_triangles[t, 0]
        for c in range(q_triangles.shape[0]):
            for k in range(3):
                v = q_triangles[c, k]
                d = 0.0
                for j in range(3):
                    d += (q[v, j] - q[at, j]) * normal[j]
                if d > tolerance:
                    return -1
        outside = False
        inside = False
        for i in range(triangles.shape[0]):
            for k in range(3):
                v = triangles[i, k]
                d = 0.0
                for j in range(3):
                    d += (p[v, j] - q[at, j]) * normal[j]
                outside = outside or d > tolerance
                inside = inside or d < -tolerance
        if not inside:
            return 0
        if outside:
            same = cuts == 1
            if same:
                along = 0.0
                off = 0.0
                for k in range(3):
                    along += plane[3 + k] * normal[k]
                    off += (q[at, k] - plane[k]) * plane[3 + k]
                same = along > 0.999999 and abs(off) <= tolerance
            if not same:
                cuts += 1
                for k in range(3):
                    plane[k] = q[at, k]
                    plane[3 + k] = normal[k]
    if cuts == 0:
        return 2
    return 1 if cuts == 1 else -1


@kernel(linked=True)
def _subtract_many(a_positions, a_triangles, b_positions, b_triangles, b_vertex_start, b_triangle_start, tolerance):
    """Subtract many cutters from one host.

    Parameters
    ----------
    a_positions, a_triangles : (n, 3) float64, (m, 3) int32
    b_positions, b_triangles : (n', 3) float64, (m', 3) int32
        The cutters one after the other; triangles count from the first vertex of their cutter.
    b_vertex_start, b_triangle_start : (k + 1,) int64
    tolerance : float
        In the unit of the positions.

    Returns
    -------
    positions, triangles : float64, int32
    status : int
        OK; OPEN or NOT_FINITE of the host, which comes back as it is; FAILED if any cutter could not be taken away.
    path : (k,) int64
        UNTOUCHED, BY_PRISMS, BY_CLIP or BY_ARRANGEMENT; the negative of a status where it failed.
    """
    count = b_vertex_start.shape[0] - 1
    path = np.zeros(count, np.int64)
    if a_triangles.shape[0] == 0 or count == 0:
        return a_positions, a_triangles, OK, path
    box = _bounds(a_positions)
    wanted = np.zeros(count, np.bool_)
    any_wanted = False
    for c in range(count):
        if b_triangle_start[c + 1] == b_triangle_start[c]:
            continue
        other = _bounds(b_positions[b_vertex_start[c] : b_vertex_start[c + 1]])
        wanted[c] = True
        for k in range(3):
            if other[k] >= box[3 + k] - tolerance or other[3 + k] <= box[k] + tolerance:
                wanted[c] = False
        for i in range(b_vertex_start[c], b_vertex_start[c + 1]):
            # has no box to speak of; it is refused below with its own status
            if not abs(b_positions[i, 0]) + abs(b_positions[i, 1]) + abs(b_positions[i, 2]) < np.inf:
                wanted[c] = True
        any_wanted = any_wanted or wanted[c]
    if not any_wanted:
        return a_positions, a_triangles, OK, path
    triangles, twin, status = _prepared(a_positions, a_triangles, tolerance)
    if status != OK:
        for c in range(count):
            if wanted[c]:
                path[c] = -status
        return a_positions, a_triangles, status, path
    origin, size = _centre(box)
    positions = a_positions - origin
    cutters = b_positions - origin
    parts = np.empty((b_triangles.shape[0], 3), np.int32)  # rows of all cutters
    part_start = np.zeros(count + 1, np.int64)
    status = OK
    left = 0
    for c in range(count):
        part_start[c + 1] = part_start[c]
        if not wanted[c]:
            continue
        first = b_vertex_start[c]
        own, _, other_status = _prepared(
            cutters[first : b_vertex_start[c + 1]].copy(),
            b_triangles[b_triangle_start[c] : b_triangle_start[c + 1]].copy(),
            tolerance,
        )
        if other_status != OK:
            wanted[c] = False
            path[c] = -other_status
            status = FAILED
            continue
        left += 1
        for t in range(own.shape[0]):
            for k in range(3):
                parts[part_start[c + 1], k] = own[t, k] + first
            part_start[c + 1] += 1
    for _ in range(3):
        if left == 0:
            break
        out, out_triangles, done = _subtract_shared(
            positions, triangles, cutters, parts, part_start, wanted, np.zeros(3), size, tolerance
        )
        some = 0
        for c in range(count):
            if done[c]:
                some += 1
        if some == 0:
            break
        _, alone = _twins(out, out_triangles)
        before, after = _volume(positions, triangles), _volume(out, out_triangles)
        if alone > 0 or not -1e-6 * before <= after <= before * (1.0 + 1e-6):
            break
        positions, triangles = out, out_triangles
        for c in range(count):
            if done[c]:
                wanted[c] = False
                path[c] = BY_PRISMS
        left -= some
    plane = np.empty(6)
    for c in range(count):
        if not wanted[c]:
            continue
        if triangles.shape[0] == 0:
            path[c] = BY_ARRANGEMENT
            continue
        q, own = _compact(cutters, parts[part_start[c] : part_start[c + 1]].copy())
        how = _one_plane(positions, triangles, q, own, tolerance, plane)
        if how == 0:
            continue
        if how == 2:
            positions, triangles = positions[:0].copy(), triangles[:0].copy()
            path[c] = BY_CLIP
            continue
        if how == 1:
            out, out_triangles, failed = _clip(positions, triangles, plane[:3].copy(), -plane[3:], tolerance)
            if failed == OK:
                positions, triangles = out, out_triangles
                path[c] = BY_CLIP
                continue
        twin, alone = _twins(positions, triangles)
        own_twin, _ = _twins(q, own)
        if alone > 0:
            out, out_triangles, failed = positions, triangles, FAILED
        else:
            out, out_triangles, failed = _closed_operation(
                positions, triangles, twin, q, own, own_twin, DIFFERENCE, tolerance
            )
        if failed == OK:
            positions, triangles = out, out_triangles
            path[c] = BY_ARRANGEMENT
        else:
            path[c] = -failed
            status = FAILED
    changed = False
    for c in range(count):
        changed = changed or path[c] > 0
    if not changed:
        return a_positions, a_triangles, status, path
    return positions + origin, triangles, status, path


# ------------------------------------------------------------------------------------------------- public names


def _operands(a_positions, a_triangles, b_positions, b_triangles, tolerance):
    a_positions, a_triangles = _mesh("a_", a_positions, a_triangles)
    b_positions, b_triangles = _mesh("b_", b_positions, b_triangles)
    return a_positions, a_triangles, b_positions, b_triangles, _tolerance(tolerance, a_positions, b_positions)


def _result(name, arguments, outcome):
    positions, triangles, status = outcome
    if status == OPEN:
        which = [
            letter
            for letter, p, t in (("a", *arguments[:2]), ("b", *arguments[2:4]))
            if len(t) and _prepared(p, t, arguments[4])[2] == OPEN
        ]
        raise GeometryError(
            f"{name} needs two closed meshes, but {' and '.join(which) or 'a or b'} "
            f"{'have' if len(which) > 1 else 'has'} edges with a triangle on one side only "
            "(is_closed tells; a gap wider than the tolerance stays a gap)"
        )
    if status != OK:
        raise GeometryError(
            f"{name} found no consistent result for {len(arguments[1])} and {len(arguments[3])} triangles "
            "(does one of the surfaces cross itself?)"
        )
    return positions, triangles


@means(_union)
def union(a_positions, a_triangles, b_positions, b_triangles, tolerance=None):
    """The solid that is in the first mesh or in the second.

    Parameters
    ----------
    a_positions, b_positions : (n, 3) float, any one unit of length
    a_triangles, b_triangles : (m, 3) int
        Closed surfaces.  One turned inside out as a whole is turned back.
    tolerance : float, the unit of the positions
        Points closer than this are one point (default: `core.tolerance` for the coordinates).

    Returns
    -------
    positions : (n', 3) float64
    triangles : (m', 3) int32
        A closed surface, counter-clockwise seen from outside.

    Raises
    ------
    ShapeError, DTypeError, DomainError
        The arrays are no meshes, or hold no finite numbers.
    GeometryError
        A mesh is open, or no consistent result was found.

    Notes
    -----
    Volumes agree with exact ones to about 1e-12 relative in general position.  Where faces of the two are flush within
    the tolerance they are moved by up to four tolerances, so that volumes are right to that times the area of the
    flush faces.  Solids that touch become one where they share a face.  A surface that crosses itself is taken as it
    is: its overlap counts twice and may make the operation fail.  Cost: about n log n in the triangles plus the number
    of triangles that meet.  Inside ``@njit`` code all five arguments are given and a status follows the two arrays (0
    ok, 1 open, 2 not finite, 3 failed: the first mesh comes back).

    Examples
    --------
    >>> cube = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]]
    >>> sides = [[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4],
    ...          [1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6], [3, 0, 4], [3, 4, 7]]
    >>> positions, triangles = union(cube, sides, np.add(cube, [1, 0, 0]), sides)
    >>> positions.max(axis=0).tolist()
    [2.0, 1.0, 1.0]
    """
    arguments = _operands(a_positions, a_triangles, b_positions, b_triangles, tolerance)
    return _result("union", arguments, _union(*arguments))


@means(_difference)
def difference(a_positions, a_triangles, b_positions, b_triangles, tolerance=None):
    """The solid that is in the first mesh but not in the second.

    Parameters, errors and accuracy are those of `union`.  Where the two only touch, the first comes back unchanged.

    Returns
    -------
    positions : (n', 3) float64
    triangles : (m', 3) int32
        Without rows where nothing is left.

    Examples
    --------
    >>> from avila_sci.mesh.measure import volume
    >>> cube = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]]
    >>> sides = [[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4],
    ...          [1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6], [3, 0, 4], [3, 4, 7]]
    >>> round(volume(*difference(cube, sides, np.add(cube, 0.5), sides)), 12)
    0.875
    """
    arguments = _operands(a_positions, a_triangles, b_positions, b_triangles, tolerance)
    return _result("difference", arguments, _difference(*arguments))


@means(_intersection)
def intersection(a_positions, a_triangles, b_positions, b_triangles, tolerance=None):
    """The solid that is in the first mesh and in the second.

    Parameters, errors and accuracy are those of `union`.  Solids that only touch have nothing in common.

    Returns
    -------
    positions : (n', 3) float64
    triangles : (m', 3) int32
        Without rows where there is nothing in common.

    Examples
    --------
    >>> from avila_sci.mesh.measure import volume
    >>> cube = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]]
    >>> sides = [[0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4],
    ...          [1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6], [3, 0, 4], [3, 4, 7]]
    >>> round(volume(*intersection(cube, sides, np.add(cube, 0.5), sides)), 12)
    0.125
    """
    arguments = _operands(a_positions, a_triangles, b_positions, b_triangles, tolerance)
    return _result("intersection", arguments, _intersection(*arguments))
