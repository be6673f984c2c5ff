"""Openings in walls: a prism minus prisms along the same axis, done in the plane.

A wall with its windows is a drawing times a thickness.  Where the host and the openings are prisms along one axis
(every face parallel or at right angles to it; a host may have several levels, an opening may end half way), the solid
is known from its horizontal faces alone: going up along the axis, each of them switches the region it covers on or off.
All their outlines go into one planar arrangement, whose winding numbers say for every triangle of it and every slab
between two levels whether there is material.  The result is read off these bits: a cap where they differ between one
slab and the next, a wall where they differ across an edge.  Both use the same points, so the result is closed by
construction, and it does not matter whether openings overlap, touch, or lie flush with the faces of the host.
"""

import numpy as np

from avila_sci.core.jit import kernel
from avila_sci.mesh.clip import _add_edge, _compact, _slot, _table, _weld_near
from avila_sci.mesh.polygon import _arrange


@kernel(linked=True)
def _sorted_order(values):
    """Indices that sort `values` (stable merge sort), (n,) int64."""
    n = values.shape[0]
    order = np.arange(n)
    other = np.empty(n, np.int64)
    width = 1
    while width < n:
        for begin in range(0, n, 2 * width):
            middle = min(begin + width, n)
            end = min(begin + 2 * width, n)
            i, j = begin, middle
            for k in range(begin, end):
                if i < middle and (j >= end or values[order[i]] <= values[order[j]]):
                    other[k] = order[i]
                    i += 1
                else:
                    other[k] = order[j]
                    j += 1
        order, other = other, order
        width *= 2
    return order


@kernel
def _axes(positions, triangles):
    """The directions along which a mesh can be a prism: (3, 3) unit rows, a row of zeros for none.

    Every face of a prism is parallel or at right angles to its axis.  So of two faces that are not parallel, either one
    is a cap and its normal the axis, or both are walls and the axis is their cross product.
    """
    axes = np.zeros((3, 3))
    largest = np.zeros(3)
    for turn in range(2):
        best = 0.0
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
            if turn == 0:
                size = nx * nx + ny * ny + nz * nz
            else:
                wx = largest[1] * nz - largest[2] * ny
                wy = largest[2] * nx - largest[0] * nz
                wz = largest[0] * ny - largest[1] * nx
                size = wx * wx + wy * wy + wz * wz
            if size > best:
                best = size
                axes[turn, 0], axes[turn, 1], axes[turn, 2] = nx, ny, nz
        _unit(axes[turn])
        largest[:] = axes[0]
    axes[2, 0] = axes[0, 1] * axes[1, 2] - axes[0, 2] * axes[1, 1]
    axes[2, 1] = axes[0, 2] * axes[1, 0] - axes[0, 0] * axes[1, 2]
    axes[2, 2] = axes[0, 0] * axes[1, 1] - axes[0, 1] * axes[1, 0]
    _unit(axes[2])
    return axes


@kernel
def _unit(v):
    size = np.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    if size > 0.0 and size < np.inf:
        for k in range(3):
            v[k] /= size
    else:
        v[:] = 0.0


@kernel
def _frame(axis, size, tolerance):
    """Rows x, y, z of a right-handed frame with z along `axis`; exactly the coordinate axes where it is one of them.

    An axis counts as a coordinate axis if over the length `size` it leaves it by less than the tolerance.
    """
    frame = np.zeros((3, 3))
    k = 0
    for j in range(1, 3):
        if abs(axis[j]) > abs(axis[k]):
            k = j
    u, v = (k + 1) % 3, (k + 2) % 3
    sign = 1.0 if axis[k] > 0.0 else -1.0
    if (abs(axis[u]) + abs(axis[v])) * size <= 0.5 * tolerance:
        frame[0, u if sign > 0.0 else v] = 1.0
        frame[1, v if sign > 0.0 else u] = 1.0
        frame[2, k] = sign
        return frame
    frame[2] = axis
    # x is the coordinate axis farthest from the axis, made perpendicular: footprints of buildings stay readable
    least = 0
    for j in range(1, 3):
        if abs(axis[j]) < abs(axis[least]):
            least = j
    for j in range(3):
        frame[0, j] = (1.0 if j == least else 0.0) - axis[least] * axis[j]
    _unit(frame[0])
    frame[1, 0] = axis[1] * frame[0, 2] - axis[2] * frame[0, 1]
    frame[1, 1] = axis[2] * frame[0, 0] - axis[0] * frame[0, 2]
    frame[1, 2] = axis[0] * frame[0, 1] - axis[1] * frame[0, 0]
    return frame


@kernel
def _turned(positions, origin, frame):
    """Coordinates in the frame."""
    n = positions.shape[0]
    out = np.empty((n, 3))
    for i in range(n):
        x, y, z = positions[i, 0] - origin[0], positions[i, 1] - origin[1], positions[i, 2] - origin[2]
        for k in range(3):
            out[i, k] = x * frame[k, 0] + y * frame[k, 1] + z * frame[k, 2]
    return out


@kernel
def _is_flat(p, a, b, c, tolerance):
    low = min(p[a, 2], p[b, 2], p[c, 2])
    return max(p[a, 2], p[b, 2], p[c, 2]) - low <= tolerance


@kernel
def _is_prism(p, triangles, first, last, tolerance):
    """Whether every face is level or upright in coordinates whose third is the axis (triangles first … last - 1)."""
    for t in range(first, last):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if _is_flat(p, a, b, c, tolerance):
            continue
        ux, uy = p[b, 0] - p[a, 0], p[b, 1] - p[a, 1]
        vx, vy = p[c, 0] - p[a, 0], p[c, 1] - p[a, 1]
        longest = max(ux * ux + uy * uy, vx * vx + vy * vy, (ux - vx) ** 2 + (uy - vy) ** 2)
        twice = ux * vy - uy * vx
        if not twice * twice <= tolerance * tolerance * longest:
            return False
    return True


@kernel
def _prism_volume(p, triangles, first, last, tolerance):
    """Signed volume of a prism from its level faces."""
    total = 0.0
    z = p[triangles[first, 0], 2] if last > first else 0.0
    for t in range(first, last):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if _is_flat(p, a, b, c, tolerance):
            ux, uy = p[b, 0] - p[a, 0], p[b, 1] - p[a, 1]
            vx, vy = p[c, 0] - p[a, 0], p[c, 1] - p[a, 1]
            total += 0.5 * (ux * vy - uy * vx) * (p[a, 2] - z)
    return total


@kernel
def _level_of(levels, count, z, tolerance):
    """Index of the level within the tolerance of z, or -1."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if levels[middle] < z - tolerance:
            low = middle + 1
        else:
            high = middle
    if low < count and levels[low] <= z + tolerance:
        return low
    return -1


@kernel
def _merge_levels(levels, count, values, tolerance):
    """Add to the sorted levels the values that are none of them yet; returns how many levels there are."""
    order = _sorted_order(values)
    old = count
    for i in range(order.shape[0]):
        z = values[order[i]]
        if _level_of(levels, old, z, tolerance) < 0 and (count == old or z - levels[count - 1] > tolerance):
            levels[count] = z
            count += 1
    sorted_levels = levels[:count].copy()
    order = _sorted_order(sorted_levels)
    for i in range(count):
        levels[i] = sorted_levels[order[i]]
    return count


@kernel
def _heights(p, triangles, tolerance):
    """Heights of the level faces."""
    out = np.empty(triangles.shape[0])
    n = 0
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if _is_flat(p, a, b, c, tolerance):
            out[n] = p[a, 2]
            n += 1
    return out[:n].copy()


@kernel(linked=True)
def _outlines(p, triangles, reverse, levels, count, first_operand, point_of, n, tolerance):
    """Directed outlines of the level faces: edges (m, 2) int32 of the n points, operand (m,) int32.

    An outline runs counter-clockwise where material begins going up.  Below the lowest level counts as the lowest,
    above the second highest nothing counts.
    """
    m = triangles.shape[0]
    size = _table(3 * m)
    low = np.full(size, -1, np.int64)
    high = np.empty(size, np.int64)
    times = np.empty(size, np.int64)
    for t in range(m):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if not _is_flat(p, a, b, c, tolerance):
            continue
        z = p[a, 2]
        level = _level_of(levels, count, z, tolerance)
        if level < 0:
            level = 0 if z < levels[0] else count
        if level >= count - 1:
            continue
        # One table for all levels: points of level l count from l * n.
        i, j, k = level * n + point_of[a], level * n + point_of[b], level * n + point_of[c]
        way = 1 if reverse else -1
        _add_edge(low, high, times, i, j, way)
        _add_edge(low, high, times, j, k, way)
        _add_edge(low, high, times, k, i, way)
    total = 0
    for at in range(size):
        if low[at] >= 0:
            total += abs(times[at])
    edges = np.empty((total, 2), np.int32)
    operand = np.empty(total, np.int32)
    total = 0
    for at in range(size):
        if low[at] >= 0:
            for _ in range(abs(times[at])):
                i, j = low[at] % n, high[at] % n
                if times[at] < 0:
                    i, j = j, i
                edges[total, 0], edges[total, 1] = i, j
                operand[total] = first_operand + low[at] // n
                total += 1
    return edges, operand


@kernel
def _split_at_points(points, edges, operand, tolerance):
    """Lead edges through the points they pass within the tolerance, so that outlines that lie together are together.

    The pieces of an edge come out in any order; an edge and its reverse are led through the same points.
    """
    n = points.shape[0]
    m = edges.shape[0]
    order = _sorted_order(points[:, 0].copy())
    capacity = 2 * m + 16
    out = np.empty((capacity, 2), np.int32)
    owner = np.empty(capacity, np.int32)
    total = 0
    for e in range(m):
        a, b = edges[e, 0], edges[e, 1]
        backwards = a > b
        if backwards:
            a, b = b, a
        x0, x1 = min(points[a, 0], points[b, 0]) - tolerance, max(points[a, 0], points[b, 0]) + tolerance
        y0, y1 = min(points[a, 1], points[b, 1]) - tolerance, max(points[a, 1], points[b, 1]) + tolerance
        low, high = 0, n
        while low < high:
            middle = (low + high) // 2
            if points[order[middle], 0] < x0:
                low = middle + 1
            else:
                high = middle
        begin = low
        start = a
        reached = 0.0
        dx, dy = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1]
        squared = dx * dx + dy * dy
        while True:
            best = squared
            nearest = b
            at = begin
            while at < n and points[order[at], 0] <= x1:
                i = order[at]
                at += 1
                if i in (a, b) or points[i, 1] < y0 or points[i, 1] > y1:
                    continue
                px, py = points[i, 0] - points[a, 0], points[i, 1] - points[a, 1]
                along = px * dx + py * dy
                across = px * dy - py * dx
                if along > reached and along < best and across * across <= tolerance * tolerance * squared:
                    best = along
                    nearest = i
            if total == capacity:
                capacity *= 2
                more = np.empty((capacity, 2), np.int32)
                more[:total] = out[:total]
                out = more
                more_owner = np.empty(capacity, np.int32)
                more_owner[:total] = owner[:total]
                owner = more_owner
            out[total, 0], out[total, 1] = start, nearest
            if backwards:
                out[total, 0], out[total, 1] = nearest, start
            owner[total] = operand[e]
            total += 1
            if nearest == b:
                break
            start = nearest
            reached = best
    return out[:total].copy(), owner[:total].copy()


@kernel
def _crossings(points, edges):
    """Where edges cross that share no point, (k, 2) float64; edges that lie on one another do not count."""
    m = edges.shape[0]
    size = _table(m)
    low = np.full(size, -1, np.int32)
    high = np.empty(size, np.int32)
    left = np.empty(m)
    count = 0
    ends = np.empty((m, 2), np.int32)
    for e in range(m):
        a, b = edges[e, 0], edges[e, 1]
        if a > b:
            a, b = b, a
        at = _slot(low, high, a, b)
        if low[at] < 0:
            low[at], high[at] = a, b
            ends[count, 0], ends[count, 1] = a, b
            left[count] = min(points[a, 0], points[b, 0])
            count += 1
    order = _sorted_order(left[:count].copy())
    out = np.empty((8, 2))
    n = 0
    for i in range(count):
        a, b = ends[order[i], 0], ends[order[i], 1]
        right = max(points[a, 0], points[b, 0])
        y0, y1 = min(points[a, 1], points[b, 1]), max(points[a, 1], points[b, 1])
        for j in range(i + 1, count):
            if left[order[j]] > right:
                break
            c, d = ends[order[j], 0], ends[order[j], 1]
            if c in (a, b) or d in (a, b):
                continue
            if max(points[c, 1], points[d, 1]) < y0 or min(points[c, 1], points[d, 1]) > y1:
                continue
            ux, uy = points[b, 0] - points[a, 0], points[b, 1] - points[a, 1]
            vx, vy = points[d, 0] - points[c, 0], points[d, 1] - points[c, 1]
            wx, wy = points[c, 0] - points[a, 0], points[c, 1] - points[a, 1]
            det = ux * vy - uy * vx
            if det == 0.0:
                continue
            f = (wx * vy - wy * vx) / det
            g = (wx * uy - wy * ux) / det
            if 0.0 < f < 1.0 and 0.0 < g < 1.0:
                if n == out.shape[0]:
                    more = np.empty((2 * n, 2))
                    more[:n] = out
                    out = more
                out[n, 0], out[n, 1] = points[a, 0] + f * ux, points[a, 1] + f * uy
                n += 1
    return out[:n].copy()


@kernel(linked=True)
def _conforming(points, edges, operand, tolerance):
    """Split edges where they pass points and where they cross, so that they meet in common points only.

    Returns points, edges and operand.  The arrangement could do this too, but edge by edge: the second of two outlines
    that share an edge would then cross a third at another rounded point than the first, and a film would be left.
    """
    for _ in range(6):
        edges, operand = _split_at_points(points, edges, operand, tolerance)
        new = _crossings(points, edges)
        if new.shape[0] == 0:
            break
        n = points.shape[0]
        every = np.zeros((n + new.shape[0], 3))
        every[:n, :2] = points
        every[n:, :2] = new
        first = _weld_near(every, tolerance)
        count = n
        for i in range(n, every.shape[0]):
            if first[i] == i:
                every[count] = every[i]
                count += 1
        if count == n:
            break
        points = every[:count, :2].copy()
    return points, edges, operand


@kernel
def _across(triangles):
    """Neighbour opposite each corner of the triangles of an arrangement, -1 outside, (t, 3) int32."""
    m = triangles.shape[0]
    size = _table(3 * m)
    low = np.full(size, -1, np.int32)
    high = np.empty(size, np.int32)
    side = np.empty(size, np.int32)
    across = np.full((m, 3), -1, np.int32)
    for t in range(m):
        for k in range(3):
            i, j = triangles[t, (k + 1) % 3], triangles[t, (k + 2) % 3]
            if i > j:
                i, j = j, i
            at = _slot(low, high, i, j)
            if low[at] < 0:
                low[at], high[at], side[at] = i, j, 3 * t + k
            else:
                other = side[at]
                across[t, k] = other // 3
                across[other // 3, other % 3] = t
    return across


@kernel
def _emit(triangles, m, a, b, c):
    """Append one triangle to a growing array."""
    if m == triangles.shape[0]:
        grown = np.empty((2 * m + 16, 3), np.int32)
        grown[:m] = triangles
        triangles = grown
    triangles[m, 0], triangles[m, 1], triangles[m, 2] = a, b, c
    return triangles, m + 1


@kernel(linked=True)
def _solid(points, pieces, bits, levels):
    """The mesh around the material: bits[t, s] of triangle t of the arrangement in slab s.

    Returns positions (x, y, height) and triangles.
    """
    n = points.shape[0]
    m = pieces.shape[0]
    slabs = bits.shape[1]
    vertex = np.full((n, slabs + 1), -1, np.int32)
    out = np.empty((2 * m + 16, 3), np.int32)
    total = 0
    count = 0
    for level in range(slabs + 1):
        for t in range(m):
            below = level > 0 and bits[t, level - 1]
            above = level < slabs and bits[t, level]
            if below == above:
                continue
            for k in range(3):
                i = pieces[t, k]
                if vertex[i, level] < 0:
                    vertex[i, level] = count
                    count += 1
            a, b, c = vertex[pieces[t, 0], level], vertex[pieces[t, 1], level], vertex[pieces[t, 2], level]
            if below:
                out, total = _emit(out, total, a, b, c)
            else:
                out, total = _emit(out, total, a, c, b)
    across = _across(pieces)
    for t in range(m):
        for k in range(3):
            other = across[t, k]
            if other >= 0 and other > t:
                continue  # each edge once: from the triangle with the higher number, or from the hull
            u, v = pieces[t, (k + 1) % 3], pieces[t, (k + 2) % 3]
            slab = 0
            while slab < slabs:
                mine = bits[t, slab]
                theirs = other >= 0 and bits[other, slab]
                if mine == theirs:
                    slab += 1
                    continue
                low = slab
                while slab < slabs and bits[t, slab] == mine and (other >= 0 and bits[other, slab]) == theirs:
                    slab += 1
                # A wall over u -> v from level `low` to `slab`; outwards is to the right of u -> v where t is inside.
                a, b = (u, v) if mine else (v, u)
                i, j = low, low
                while i < slab or j < slab:
                    next_i, next_j = i + 1, j + 1
                    while next_i < slab and vertex[a, next_i] < 0:
                        next_i += 1
                    while next_j < slab and vertex[b, next_j] < 0:
                        next_j += 1
                    if j == slab or (i < slab and next_i < next_j):
                        out, total = _emit(out, total, vertex[a, i], vertex[b, j], vertex[a, next_i])
                        i = next_i
                    else:
                        out, total = _emit(out, total, vertex[a, i], vertex[b, j], vertex[b, next_j])
                        j = next_j
    positions = np.empty((count, 3))
    for i in range(n):
        for level in range(slabs + 1):
            at = vertex[i, level]
            if at >= 0:
                positions[at, 0], positions[at, 1], positions[at, 2] = points[i, 0], points[i, 1], levels[level]
    return positions, out[:total].copy()


@kernel(linked=True)
def _subtract_prisms(p, triangles, q, cutter_triangles, cutter_start, tolerance):
    """Prism minus prisms, both in coordinates whose third is the axis.

    Parameters
    ----------
    p, triangles : (n, 3) float64, (m, 3) int32
        The host.
    q, cutter_triangles : (n', 3) float64, (m', 3) int32
        All cutters; rows of `q`.
    cutter_start : (k + 1,) int64
        First triangle of each cutter, then m'.
    tolerance : float

    Returns
    -------
    positions, triangles, status : (., 3) float64, (., 3) int32, int
        In the same coordinates.  Status 0, or 3 when the arrangement failed or the host has no volume.
    """
    empty = np.empty((0, 3)), np.empty((0, 3), np.int32)
    levels = np.empty(triangles.shape[0] + cutter_triangles.shape[0])
    count = _merge_levels(levels, 0, _heights(p, triangles, tolerance), tolerance)
    if count < 2:
        return empty[0], empty[1], 3
    heights = _heights(q, cutter_triangles, tolerance)
    inside = 0
    for i in range(heights.shape[0]):
        if heights[i] > levels[0] and heights[i] < levels[count - 1]:
            heights[inside] = heights[i]
            inside += 1
    host_bottom, host_top = levels[0], levels[count - 1]
    count = _merge_levels(levels, count, heights[:inside].copy(), tolerance)
    if levels[0] != host_bottom or levels[count - 1] != host_top:
        return empty[0], empty[1], 3
    # points of the plane: corners of level faces, within the tolerance one
    n = p.shape[0] + q.shape[0]
    flat = np.zeros((n, 3))
    flat[: p.shape[0], :2] = p[:, :2]
    flat[p.shape[0] :, :2] = q[:, :2]
    used = np.zeros(n, np.bool_)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        if _is_flat(p, a, b, c, tolerance):
            used[a], used[b], used[c] = True, True, True
    for t in range(cutter_triangles.shape[0]):
        a, b, c = cutter_triangles[t, 0], cutter_triangles[t, 1], cutter_triangles[t, 2]
        if _is_flat(q, a, b, c, tolerance):
            a, b, c = a + p.shape[0], b + p.shape[0], c + p.shape[0]
            used[a], used[b], used[c] = True, True, True
    points = np.empty((n, 3))
    point_of = np.zeros(n, np.int64)
    total = 0
    for i in range(n):
        if used[i]:
            points[total] = flat[i]
            point_of[i] = total
            total += 1
    first = _weld_near(points[:total], tolerance)
    number = np.empty(total, np.int64)
    merged = 0
    for i in range(total):
        if first[i] == i:
            points[merged] = points[i]
            number[i] = merged
            merged += 1
        else:
            number[i] = number[first[i]]
    for i in range(n):
        point_of[i] = number[point_of[i]] if used[i] else 0
    plane = points[:merged, :2].copy()
    slabs = count - 1
    reverse = _prism_volume(p, triangles, 0, triangles.shape[0], tolerance) < 0.0
    edges, operand = _outlines(p, triangles, reverse, levels, count, 0, point_of[: p.shape[0]], merged, tolerance)
    for c in range(cutter_start.shape[0] - 1):
        low, high = cutter_start[c], cutter_start[c + 1]
        reverse = _prism_volume(q, cutter_triangles, low, high, tolerance) < 0.0
        more, owner = _outlines(
            q, cutter_triangles[low:high], reverse, levels, count, slabs, point_of[p.shape[0] :], merged, tolerance
        )
        edges = np.concatenate((edges, more))
        operand = np.concatenate((operand, owner))
    plane, edges, operand = _conforming(plane, edges, operand, tolerance)
    plane, pieces, winding, status = _arrange(plane, edges, operand, 2 * slabs)
    if status != 0:
        return empty[0], empty[1], 3
    bits = np.zeros((pieces.shape[0], slabs), np.bool_)
    for t in range(pieces.shape[0]):
        host, cut = 0, 0
        for s in range(slabs):
            host += winding[t, s]
            cut += winding[t, slabs + s]
            bits[t, s] = host > 0 and cut <= 0
    positions, out = _solid(plane, pieces, bits, levels)
    return positions, out, 0


@kernel(linked=True)
def _choose_axis(positions, triangles, cutters, cutter_triangles, triangle_start, wanted, origin, size, tolerance):
    """The frame along which the host and as many of the wanted cutters as possible are prisms.

    Returns the frame (3, 3) with z as axis, which cutters share it (k,) bool, and how many do (0: no such axis).  Among
    axes with as many cutters the one wins along which the fewest of them end inside the host.
    """
    best_frame = np.zeros((3, 3))
    best_shared = np.zeros(wanted.shape[0], np.bool_)
    best = 0
    best_ends = 0
    axes = _axes(positions, triangles)
    for axis in range(3):
        if axes[axis, 0] == 0.0 and axes[axis, 1] == 0.0 and axes[axis, 2] == 0.0:
            continue
        frame = _frame(axes[axis], size, tolerance)
        p = _turned(positions, origin, frame)
        if not _is_prism(p, triangles, 0, triangles.shape[0], tolerance):
            continue
        low, high = np.inf, -np.inf
        for i in range(p.shape[0]):
            low, high = min(low, p[i, 2]), max(high, p[i, 2])
        q = _turned(cutters, origin, frame)
        shared = np.zeros(wanted.shape[0], np.bool_)
        count = 0
        ends = 0
        for c in range(wanted.shape[0]):
            if wanted[c] and _is_prism(q, cutter_triangles, triangle_start[c], triangle_start[c + 1], tolerance):
                shared[c] = True
                count += 1
                for t in range(triangle_start[c], triangle_start[c + 1]):
                    z = q[cutter_triangles[t, 0], 2]
                    if (
                        z > low + tolerance
                        and z < high - tolerance
                        and _is_flat(
                            q, cutter_triangles[t, 0], cutter_triangles[t, 1], cutter_triangles[t, 2], tolerance
                        )
                    ):
                        ends += 1
        if count > best or (count == best and count > 0 and ends < best_ends):
            best, best_ends = count, ends
            best_frame[:] = frame
            best_shared[:] = shared
    return best_frame, best_shared, best


@kernel(linked=True)
def _subtract_shared(positions, triangles, cutters, cutter_triangles, triangle_start, wanted, origin, size, tolerance):
    """Subtract the wanted cutters that are prisms along an axis of the host: (positions, triangles, done (k,) bool).

    `cutter_triangles` are rows of `cutters`; nothing is done where no axis serves or the arrangement failed.
    """
    frame, shared, count = _choose_axis(
        positions, triangles, cutters, cutter_triangles, triangle_start, wanted, origin, size, tolerance
    )
    if count == 0:
        return positions, triangles, shared
    total = 0
    for c in range(shared.shape[0]):
        if shared[c]:
            total += triangle_start[c + 1] - triangle_start[c]
    part = np.empty((total, 3), np.int32)
    start = np.zeros(count + 1, np.int64)
    total = 0
    k = 0
    for c in range(shared.shape[0]):
        if shared[c]:
            for t in range(triangle_start[c], triangle_start[c + 1]):
                part[total] = cutter_triangles[t]
                total += 1
            k += 1
            start[k] = total
    q, part = _compact(cutters, part)
    p, out, status = _subtract_prisms(
        _turned(positions, origin, frame), triangles, _turned(q, origin, frame), part, start, tolerance
    )
    if status != 0:
        shared[:] = False
        return positions, triangles, shared
    back = np.empty((p.shape[0], 3))
    for i in range(p.shape[0]):
        for k in range(3):
            back[i, k] = origin[k] + (p[i, 0] * frame[0, k] + p[i, 1] * frame[1, k] + p[i, 2] * frame[2, k])
    return back, out, shared
