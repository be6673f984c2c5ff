"""Cutting a closed mesh by a plane, with the cut closed.

Every vertex is below, on or above the plane, and "on" is a class of its own: vertices within the tolerance are taken as
lying in the plane, so no sliver thinner than the tolerance is cut off.  Each edge that crosses is split once, and both
triangles share the new vertex.  What remains has a border in the plane, and the cap is whatever has that border turned
round: it is found from the directed border edges alone, by winding number, so faces that lie in the plane, holes,
islands and several pieces need no case of their own.

`_fill` does the capping, here and for the general booleans: it triangulates the region of a set of directed edges and
promises that its triangles have exactly these edges as border, whatever rounding does.  Hence closed in, closed out.

References
----------
.. [1] I. E. Sutherland, G. W. Hodgman, "Reentrant polygon clipping", CACM 17 (1974), pp. 32-42: the triangles' part.
"""

import math

import numpy as np

from avila_sci.core import check
from avila_sci.core.errors import GeometryError
from avila_sci.core.jit import kernel, means
from avila_sci.core.tolerance import length
from avila_sci.mesh.polygon import _arrange, _fan, _is_convex

OK = 0
OPEN = 1  # the border in the plane did not close: the part of it that did is capped
NOT_FINITE = 2
FAILED = 3


@kernel
def _table(count):
    """Size of a hash table for `count` entries, a power of two at most half full."""
    size = 8
    while size < 2 * count:
        size *= 2
    return size


@kernel
def _slot(low, high, i, j):
    """Place of the pair (i, j) in the table of the columns `low` (-1: empty) and `high`."""
    mask = low.shape[0] - 1
    # Every product stays below 2^62: in plain Python an overflow of NumPy's integers is a warning.
    h = (np.int64(i) * 73856093 + np.int64(j) * 19349663) & 0x7FFFFFFF
    h = (h ^ (h >> 15)) * 0x2C1B3C6D
    at = (h ^ (h >> 17)) & mask
    while low[at] >= 0 and (low[at] != i or high[at] != j):
        at = (at + 1) & mask
    return at


@kernel
def _add_edge(low, high, count, i, j, times):
    """Count the directed edge i -> j in a table of edges; its reverse counts against it."""
    if i == j:
        return
    if i > j:
        i, j, times = j, i, -times
    at = _slot(low, high, i, j)
    if low[at] < 0:
        low[at], high[at], count[at] = i, j, 0
    count[at] += times


@kernel
def _edges_left(low, high, count):
    """The directed edges whose count is not zero, each as often as it counts, (m, 2) int32."""
    total = 0
    for at in range(low.shape[0]):
        if low[at] >= 0:
            total += abs(count[at])
    edges = np.empty((total, 2), np.int32)
    total = 0
    for at in range(low.shape[0]):
        if low[at] >= 0:
            for _ in range(abs(count[at])):
                edges[total, 0] = low[at] if count[at] > 0 else high[at]
                edges[total, 1] = high[at] if count[at] > 0 else low[at]
                total += 1
    return edges


@kernel(linked=True)
def _loops(edges, n):
    """Chain directed edges into simple loops.

    Parameters
    ----------
    edges : (m, 2) int32
        Between vertices 0 … n - 1.
    n : int

    Returns
    -------
    vertices : (m',) int32
    starts : (k + 1,) int64
        Loop i is vertices[starts[i] : starts[i + 1]].  A loop that meets itself at a vertex is cut there.
    open : bool
        Some edges led nowhere; they are left out.
    """
    m = edges.shape[0]
    first = np.zeros(n + 1, np.int64)
    for e in range(m):
        first[edges[e, 0] + 1] += 1
    for i in range(n):
        first[i + 1] += first[i]
    place = first[:n].copy()
    ends = np.empty(m, np.int32)
    for e in range(m):
        i = edges[e, 0]
        ends[place[i]] = edges[e, 1]
        place[i] += 1
    left = place  # edges of i not yet walked: ends[first[i] : left[i]]
    vertices = np.empty(m, np.int32)
    starts = np.empty(m // 2 + 2, np.int64)
    starts[0] = 0
    loops = 0
    done = 0
    path = np.empty(m + 1, np.int32)
    at = np.full(n, -1, np.int64)  # where a vertex stands in the path
    is_open = False
    for start in range(n):
        while left[start] > first[start]:
            path[0] = start
            at[start] = 0
            length = 1
            while length > 0:
                i = path[length - 1]
                if left[i] == first[i]:
                    if length > 1:
                        is_open = True  # a dead end: forget the step that led here
                    at[i] = -1
                    length -= 1
                    continue
                left[i] -= 1
                j = ends[left[i]]
                if at[j] < 0:
                    path[length] = j
                    at[j] = length
                    length += 1
                    continue
                k = at[j]
                for p in range(k, length):
                    vertices[done] = path[p]
                    done += 1
                    if p > k:
                        at[path[p]] = -1
                loops += 1
                starts[loops] = done
                length = k + 1
    return vertices[:done].copy(), starts[: loops + 1].copy(), is_open


@kernel
def _twice_area(p, a, b, c):
    return abs((p[b, 0] - p[a, 0]) * (p[c, 1] - p[a, 1]) - (p[b, 1] - p[a, 1]) * (p[c, 0] - p[a, 0]))


@kernel(linked=True)
def _flat_triangles(points, edges):
    """Triangles with these directed edges as border, flat ones where possible: (triangles, their area).

    The edges are those that were to be a border and, turned round, the pieces they came back as.  Each of the former is
    longer than its pieces, and the way back over these keeps to its line.  Several such loops may share points: taken
    as one loop they would be filled by flaps, as large as the face, that lie on one another.
    """
    m = edges.shape[0]
    length = np.empty(m)
    used = np.zeros(m, np.bool_)
    for e in range(m):
        length[e] = np.hypot(
            points[edges[e, 1], 0] - points[edges[e, 0], 0], points[edges[e, 1], 1] - points[edges[e, 0], 1]
        )
    triangles = np.empty((m, 3), np.int32)
    total = 0
    way = np.empty(m, np.int64)
    for _ in range(m):
        longest = -1
        for e in range(m):
            if not used[e] and (longest < 0 or length[e] > length[longest]):
                longest = e
        if longest < 0 or not length[longest] > 0.0:
            break
        a, b = edges[longest, 0], edges[longest, 1]
        used[longest] = True
        ux, uy = (points[b, 0] - points[a, 0]) / length[longest], (points[b, 1] - points[a, 1]) / length[longest]
        at = b
        reached = length[longest]
        steps = 0
        while at != a:
            best = -1
            nearest = 1e-6 * length[longest]
            for e in range(m):
                if used[e] or edges[e, 0] != at:
                    continue
                x, y = points[edges[e, 1], 0] - points[a, 0], points[edges[e, 1], 1] - points[a, 1]
                off, along = abs(ux * y - uy * x), ux * x + uy * y
                if off <= nearest and along <= reached + nearest and along >= -nearest:
                    nearest = off
                    best = e
            if best < 0:
                break
            way[steps] = best
            steps += 1
            used[best] = True
            at = edges[best, 1]
            reached = ux * (points[at, 0] - points[a, 0]) + uy * (points[at, 1] - points[a, 1])
        if at != a:
            for i in range(steps):
                used[way[i]] = False
            length[longest] = 0.0  # left for below
            used[longest] = False
            continue
        for i in range(steps - 1):
            triangles[total, 0], triangles[total, 1], triangles[total, 2] = a, edges[way[i], 0], edges[way[i], 1]
            total += 1
    left = np.empty((m, 2), np.int32)
    count = 0
    for e in range(m):
        if not used[e]:
            left[count, 0], left[count, 1] = edges[e, 0], edges[e, 1]
            count += 1
    vertices, starts, _ = _loops(left[:count], points.shape[0])
    for loop in range(starts.shape[0] - 1):
        # What is left is thin too, but not about one edge: a fan about the corner that makes the least of it.
        first, n = starts[loop], starts[loop + 1] - starts[loop]
        least, best = np.inf, 0
        for origin in range(min(n, 64)):
            area = 0.0
            a = vertices[first + origin]
            for i in range(1, n - 1):
                b, c = vertices[first + (origin + i) % n], vertices[first + (origin + i + 1) % n]
                area += _twice_area(points, a, b, c)
            if area < least:
                least, best = area, origin
        for i in range(1, n - 1):
            triangles[total, 0] = vertices[first + best]
            triangles[total, 1] = vertices[first + (best + i) % n]
            triangles[total, 2] = vertices[first + (best + i + 1) % n]
            total += 1
    excess = 0.0
    for t in range(total):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        excess += 0.5 * _twice_area(points, a, b, c)
    return triangles[:total].copy(), excess


@kernel(linked=True)
def _fill(points, edges):
    """Triangles whose border is exactly `edges`: as many over each place as the edges wind round it.

    Parameters
    ----------
    points : (n, 2) float64
    edges : (m, 2) int32
        Directed, balanced at every vertex, none beside its own reverse.

    Returns
    -------
    points : (n', 2) float64
        The given points, then crossings of edges.
    triangles : (t, 3) int32
        Counter-clockwise where the winding number is positive, clockwise where it is negative.
    excess : float
        Area of the triangles that had to be added without a region of their own: where an edge passes through a
        vertex, or two edges cross.  Zero but for rounding if the outline is one.
    status : int
        FAILED if the triangulation failed; the triangles still have the border but may overlap.
    """
    m = edges.shape[0]
    n = points.shape[0]
    if m < 3:
        return points, np.empty((0, 3), np.int32), 0.0, OK
    vertices, starts, _ = _loops(edges, n)
    loops = starts.shape[0] - 1
    if loops == 1 and vertices.shape[0] == 3:
        triangle = np.empty((1, 3), np.int32)
        triangle[0] = vertices
        return points, triangle, 0.0, OK
    if loops == 1:
        ring = np.empty((vertices.shape[0], 2))
        twice = 0.0
        for turn in range(2):
            for i in range(vertices.shape[0]):
                ring[i] = points[vertices[i if turn == 0 else vertices.shape[0] - 1 - i]]
            if turn == 0:
                for i in range(vertices.shape[0]):
                    j = i + 1 if i + 1 < vertices.shape[0] else 0
                    twice += ring[i, 0] * ring[j, 1] - ring[i, 1] * ring[j, 0]
                if twice > 0.0:
                    break
        if _is_convex(ring):
            triangles = _fan(vertices.shape[0])
            for t in range(triangles.shape[0]):
                for k in range(3):
                    triangles[t, k] = vertices[triangles[t, k]]
            return points, triangles, 0.0, OK
    out, pieces, winding, status = _arrange(points, edges, np.zeros(m, np.int32), 1)
    total = 0
    if status == 0:
        for t in range(pieces.shape[0]):
            total += abs(winding[t, 0])
    size = _table(m + 3 * total)
    low = np.full(size, -1, np.int32)
    high = np.empty(size, np.int32)
    count = np.empty(size, np.int32)
    for e in range(m):
        _add_edge(low, high, count, edges[e, 0], edges[e, 1], 1)
    triangles = np.empty((total, 3), np.int32)
    total = 0
    if status == 0:
        for t in range(pieces.shape[0]):
            w = winding[t, 0]
            a, b, c = pieces[t, 0], pieces[t, 1], pieces[t, 2]
            if w < 0:
                b, c = c, b
            for _ in range(abs(w)):
                triangles[total, 0], triangles[total, 1], triangles[total, 2] = a, b, c
                total += 1
            if w != 0:
                _add_edge(low, high, count, a, b, -abs(w))
                _add_edge(low, high, count, b, c, -abs(w))
                _add_edge(low, high, count, c, a, -abs(w))
    rest = _edges_left(low, high, count)
    if rest.shape[0] == 0:
        return out, triangles, 0.0, OK
    # An edge that passes through a vertex came back as two, two that cross as four.
    added, excess = _flat_triangles(out, rest)
    return out, np.concatenate((triangles, added)), excess, OK if status == 0 else FAILED


@kernel(linked=True)
def _weld_near(positions, tolerance):
    """For each point the first point within `tolerance` of it that stands for others, (n,) int32.

    A point within the tolerance of two such points goes to the first found; standing points are farther apart than
    the tolerance.
    """
    n = positions.shape[0]
    first = np.empty(n, np.int32)
    cell = 32.0 * tolerance
    if not cell > 0.0:
        cell = 1e-300
    size = _table(n)
    mask = size - 1
    head = np.full(size, -1, np.int32)  # chains of standing points by the hash of their cell
    following = np.empty(n, np.int32)
    squared = tolerance * tolerance
    low = np.empty(3, np.int64)
    high = np.empty(3, np.int64)
    for i in range(n):
        first[i] = i
        finite = True
        for k in range(3):
            x = positions[i, k] / cell
            if not abs(x) < 2.0**61:
                finite = False
                break
            low[k] = np.int64(math.floor((positions[i, k] - tolerance) / cell))
            high[k] = np.int64(math.floor((positions[i, k] + tolerance) / cell))
        if not finite:
            continue
        found = False
        for x in range(low[0], high[0] + 1):
            for y in range(low[1], high[1] + 1):
                for z in range(low[2], high[2] + 1):
                    j = head[_cell_hash(x, y, z) & mask]
                    while j >= 0 and not found:
                        d0 = positions[j, 0] - positions[i, 0]
                        d1 = positions[j, 1] - positions[i, 1]
                        d2 = positions[j, 2] - positions[i, 2]
                        if d0 * d0 + d1 * d1 + d2 * d2 <= squared:
                            first[i] = j
                            found = True
                        j = following[j]
        if not found:
            at = (
                _cell_hash(
                    np.int64(math.floor(positions[i, 0] / cell)),
                    np.int64(math.floor(positions[i, 1] / cell)),
                    np.int64(math.floor(positions[i, 2] / cell)),
                )
                & mask
            )
            following[i] = head[at]
            head[at] = i
    return first


@kernel
def _cell_hash(x, y, z):
    h = (x & 0x7FFFFFFF) * 73856093 + (y & 0x7FFFFFFF) * 19349663 + (z & 0x7FFFFFFF) * 83492791
    h = ((h ^ (h >> 31)) & 0xFFFFFFFF) * 0x45D9F3B
    return h ^ (h >> 29)


@kernel
def _renumbered(triangles, first):
    """Triangles through the map `first`, without those that lose a corner."""
    out = np.empty_like(triangles)
    m = 0
    for t in range(triangles.shape[0]):
        a, b, c = first[triangles[t, 0]], first[triangles[t, 1]], first[triangles[t, 2]]
        if a != b and b != c and c != a:
            out[m, 0], out[m, 1], out[m, 2] = a, b, c
            m += 1
    return out[:m].copy()


@kernel(linked=True)
def _compact(positions, triangles):
    """The mesh without vertices that no triangle uses; the order stays."""
    number = np.full(positions.shape[0], -1, np.int32)
    for t in range(triangles.shape[0]):
        for k in range(3):
            number[triangles[t, k]] = 0
    n = 0
    for i in range(positions.shape[0]):
        if number[i] == 0:
            number[i] = n
            n += 1
    out = np.empty((n, 3))
    for i in range(positions.shape[0]):
        if number[i] >= 0:
            for k in range(3):
                out[number[i], k] = positions[i, k]
    corners = np.empty_like(triangles)
    for t in range(triangles.shape[0]):
        for k in range(3):
            corners[t, k] = number[triangles[t, k]]
    return out, corners


@kernel
def _dominant(normal):
    """The two axes that remain when the largest component of `normal` is dropped, turned so that it points up."""
    k = 0
    if abs(normal[1]) > abs(normal[0]):
        k = 1
    if abs(normal[2]) > abs(normal[k]):
        k = 2
    u, v = (k + 1) % 3, (k + 2) % 3
    if normal[k] < 0.0:
        u, v = v, u
    return u, v, k


@kernel(linked=True)
def _fill_plane(positions, edges, point, normal, local):
    """Fill directed edges that lie in a plane of space.

    Parameters
    ----------
    positions : (n, 3) float64
    edges : (m, 2) int32
    point, normal : (3,) float64
        Of the plane; triangles run counter-clockwise seen from where the normal points.
    local : (n,) int32
        Work space, -1 throughout; it comes back so.

    Returns
    -------
    extra : (k, 3) float64
        Crossings of edges, numbered n, n + 1, … in the triangles.
    triangles : (t, 3) int32
    excess, status
        As of `_fill`.
    """
    n = positions.shape[0]
    vertices = np.empty(2 * edges.shape[0], np.int32)
    count = 0
    flat_edges = np.empty_like(edges)
    for e in range(edges.shape[0]):
        for k in range(2):
            i = edges[e, k]
            if local[i] < 0:
                local[i] = count
                vertices[count] = i
                count += 1
            flat_edges[e, k] = local[i]
    u, v, w = _dominant(normal)
    flat = np.empty((count, 2))
    for i in range(count):
        local[vertices[i]] = -1
        flat[i, 0] = positions[vertices[i], u] - point[u]
        flat[i, 1] = positions[vertices[i], v] - point[v]
    out, triangles, excess, status = _fill(flat, flat_edges)
    extra = np.empty((out.shape[0] - count, 3))
    for i in range(extra.shape[0]):
        x, y = out[count + i, 0], out[count + i, 1]
        extra[i, u] = x + point[u]
        extra[i, v] = y + point[v]
        extra[i, w] = point[w]
        if normal[w] != 0.0:
            extra[i, w] -= (normal[u] * x + normal[v] * y) / normal[w]
    for t in range(triangles.shape[0]):
        for k in range(3):
            i = triangles[t, k]
            triangles[t, k] = vertices[i] if i < count else n + i - count
    return extra, triangles, excess, status


@kernel(linked=True)
def _clip_once(positions, triangles, point, normal, tolerance):
    n = positions.shape[0]
    m = triangles.shape[0]
    distance = np.empty(n)
    side = np.zeros(n, np.int8)
    for i in range(n):
        d = 0.0
        for k in range(3):
            d += (positions[i, k] - point[k]) * normal[k]
        distance[i] = d
        if not abs(d) < np.inf:
            return positions, triangles, NOT_FINITE
        side[i] = 1 if d > tolerance else (-1 if d < -tolerance else 0)
    above = False
    below = False
    crossings = 0
    flat = 0
    for t in range(m):
        s0, s1, s2 = side[triangles[t, 0]], side[triangles[t, 1]], side[triangles[t, 2]]
        above = above or s0 > 0 or s1 > 0 or s2 > 0
        below = below or s0 < 0 or s1 < 0 or s2 < 0
        crossings += int(s0 * s1 < 0) + int(s1 * s2 < 0) + int(s2 * s0 < 0)
        flat += 3 - abs(s0) - abs(s1) - abs(s2)
    if not above:
        return positions, triangles, OK
    if not below:
        return positions[:0], triangles[:0], OK
    size = _table(crossings)
    low = np.full(size, -1, np.int32)
    high = np.empty(size, np.int32)
    number = np.empty(size, np.int32)
    size = _table(crossings + flat)
    start = np.full(size, -1, np.int32)
    end = np.empty(size, np.int32)
    count = np.empty(size, np.int32)
    grown = np.empty((n + crossings, 3))
    grown[:n] = positions
    total = n
    kept = np.empty((2 * m, 3), np.int32)
    pieces = 0
    corner = np.empty(5, np.int32)
    on = np.empty(5, np.bool_)
    for t in range(m):
        corners = 0
        inside = False
        for k in range(3):
            i, j = triangles[t, k], triangles[t, (k + 1) % 3]
            if side[i] <= 0:
                corner[corners] = i
                on[corners] = side[i] == 0
                inside = inside or side[i] < 0
                corners += 1
            if side[i] * side[j] < 0:
                if i > j:
                    i, j = j, i
                at = _slot(low, high, i, j)
                if low[at] < 0:
                    low[at], high[at], number[at] = i, j, total
                    f = distance[i] / (distance[i] - distance[j])
                    for c in range(3):
                        grown[total, c] = positions[i, c] + f * (positions[j, c] - positions[i, c])
                    total += 1
                corner[corners] = number[at]
                on[corners] = True
                corners += 1
        if not inside or corners < 3:
            continue
        for k in range(corners):
            j = k + 1 if k + 1 < corners else 0
            if on[k] and on[j]:
                _add_edge(start, end, count, corner[j], corner[k], 1)
        turn = 0
        if corners == 4:
            first = 0.0
            second = 0.0
            for c in range(3):
                first += (grown[corner[0], c] - grown[corner[2], c]) ** 2
                second += (grown[corner[1], c] - grown[corner[3], c]) ** 2
            turn = 1 if second < first else 0
        for k in range(1, corners - 1):
            kept[pieces, 0] = corner[turn]
            kept[pieces, 1] = corner[(turn + k) % corners]
            kept[pieces, 2] = corner[(turn + k + 1) % corners]
            pieces += 1
    border = _edges_left(start, end, count)
    status = OK
    balance = np.zeros(total, np.int32)
    for e in range(border.shape[0]):
        balance[border[e, 0]] += 1
        balance[border[e, 1]] -= 1
    for i in range(total):
        if balance[i] != 0:
            status = OPEN
    if status == OPEN:
        vertices, starts, _ = _loops(border, total)
        border = np.empty((vertices.shape[0], 2), np.int32)
        for loop in range(starts.shape[0] - 1):
            for i in range(starts[loop], starts[loop + 1]):
                border[i, 0] = vertices[i]
                border[i, 1] = vertices[i + 1 if i + 1 < starts[loop + 1] else starts[loop]]
    extra, cap, _, failed = _fill_plane(grown[:total], border, point, normal, np.full(total, -1, np.int32))
    if failed != OK:
        return positions, triangles, FAILED
    out, corners = _compact(np.concatenate((grown[:total], extra)), np.concatenate((kept[:pieces], cap)))
    return out, corners, status


@kernel(linked=True)
def _clip(positions, triangles, point, normal, tolerance):
    unit = np.empty(3)
    size = 0.0
    for k in range(3):
        size = max(size, abs(normal[k]))
    scale = 0.0
    for k in range(3):
        unit[k] = normal[k] / size
        scale += unit[k] * unit[k]
    if not (scale > 0.0 and scale < np.inf):
        return positions, triangles, NOT_FINITE
    for k in range(3):
        unit[k] /= math.sqrt(scale)
    out, corners, status = _clip_once(positions, triangles, point, unit, tolerance)
    if status == OPEN:
        # Files repeat vertices face by face: the mesh may close once they are welded.
        first = _weld_near(positions, tolerance)
        again, corners_again, status_again = _clip_once(
            positions, _renumbered(triangles, first), point, unit, tolerance
        )
        if status_again == OK:
            return again, corners_again, OK
    return out, corners, status


def _mesh(name, positions, triangles):
    positions = check.array(f"{name}positions", positions, ("n", 3), finite=True)
    return positions, check.indices(f"{name}triangles", triangles, len(positions))


def _tolerance(tolerance, *points):
    if tolerance is None:
        return length(np.concatenate([p.ravel() for p in points]))
    return check.positive("tolerance", tolerance)


@means(_clip)
def clip_half_space(positions, triangles, point, normal, tolerance=None):
    """Cut a closed mesh by a plane and keep the side its normal points away from, the cut closed.

    Parameters
    ----------
    positions : (n, 3) float, any unit of length
    triangles : (m, 3) int
        Rows of `positions`, counter-clockwise seen from outside.
    point, normal : (3,) float
        A point of the plane, and its normal of any length.
    tolerance : float, the unit of `positions`
        Vertices within it of the plane are taken to lie in it (default: `core.tolerance` for the mesh's coordinates).

    Returns
    -------
    positions : (n', 3) float64
    triangles : (m', 3) int32
        Without rows where nothing is left.

    Raises
    ------
    ShapeError, DTypeError, DomainError
        The arrays are no mesh, or hold no finite numbers.
    GeometryError
        The normal is zero, or the mesh is open where the plane cuts it.

    Notes
    -----
    A closed mesh gives a closed mesh.  New vertices lie within rounding of the plane and of their edge; vertices that
    stay keep their coordinates.  Inside ``@njit`` code all five arguments are given, a status follows the two
    arrays (0 ok, 1 open, 2 not finite, 3 failed), and of an open mesh the part of the cut that closes is capped.

    Examples
    --------
    >>> corner = [[0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 2]]
    >>> sides = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]]
    >>> positions, triangles = clip_half_space(corner, sides, point=[0, 0, 1], normal=[0, 0, 1])
    >>> float(positions[:, 2].max())
    1.0
    """
    positions, triangles = _mesh("", positions, triangles)
    point = check.array("point", point, (3,), finite=True)
    normal = check.array("normal", normal, (3,), finite=True)
    if not np.abs(normal).max() > 0.0:
        raise GeometryError("normal must not be zero (is the plane degenerate?)")
    positions, triangles, status = _clip(positions, triangles, point, normal, _tolerance(tolerance, positions))
    if status != OK:
        raise GeometryError(
            "the mesh must be closed where the plane cuts it, but the outline of the cut has a gap "
            "(is_closed tells whether a mesh is closed)"
            if status == OPEN
            else "the outline of the cut could not be triangulated (does the surface cross itself?)"
        )
    return positions, triangles
