"""Solids swept from a profile, and surfaces swept from a line: extrusions, revolutions, tubes, the CSG primitives.

All of them are the same thing: a section is triangulated once, and rings of its points follow each other in space.  The
first ring is closed by the section's triangles turned over, the last by the triangles as they are, and between two
rings stands a wall on every edge that bounds the triangles.  Taking the walls from the triangulation and not from the
loops is what keeps a solid closed where its profile crosses or touches itself.  The kinds differ only in where the
rings lie.

Along a directrix the section is carried without twist (a ring is where the tubes of two segments meet, on the plane
that halves their angle), unless a reference direction or surface says where its x axis points.

References
----------
.. [1] ISO 16739-1:2024 (IFC 4.3), resource IfcGeometricModelResource.
.. [2] W. Wang et al., "Computation of Rotation Minimizing Frames", ACM Transactions on Graphics 27 (1), 2008.
"""

import math

import numpy as np

from avila_sci.bim.curve import (
    DANGLING,
    DEGENERATE,
    NOT_FINITE,
    OK,
    TOO_DEEP,
    UNSUPPORTED,
    _across,
    _axes,
    _between,
    _chords,
    _direction,
    _distinct,
    _is_composite,
    _square,
    _traced,
    _unit,
)
from avila_sci.bim.curve import POLYLINE as _POLYLINE
from avila_sci.bim.profile import RECTANGLE, _copy, _flip, _oval, _profile
from avila_sci.bim.schema import code
from avila_sci.bim.step import INTEGER, KEYWORD, NULL, REAL, argument, number, reference
from avila_sci.core.jit import kernel
from avila_sci.mesh.measure import _volume
from avila_sci.mesh.polygon import _triangulate

EXTRUDED = code("IFCEXTRUDEDAREASOLID")
EXTRUDED_TAPERED = code("IFCEXTRUDEDAREASOLIDTAPERED")
REVOLVED = code("IFCREVOLVEDAREASOLID")
REVOLVED_TAPERED = code("IFCREVOLVEDAREASOLIDTAPERED")
DISK = code("IFCSWEPTDISKSOLID")
DISK_POLYGONAL = code("IFCSWEPTDISKSOLIDPOLYGONAL")
ON_SURFACE = code("IFCSURFACECURVESWEPTAREASOLID")
FIXED_REFERENCE = code("IFCFIXEDREFERENCESWEPTAREASOLID")
BLOCK = code("IFCBLOCK")
PYRAMID = code("IFCRECTANGULARPYRAMID")
CONE = code("IFCRIGHTCIRCULARCONE")
CYLINDER = code("IFCRIGHTCIRCULARCYLINDER")
SPHERE = code("IFCSPHERE")
EXTRUDED_SURFACE = code("IFCSURFACEOFLINEAREXTRUSION")
REVOLVED_SURFACE = code("IFCSURFACEOFREVOLUTION")
BOUNDED_PLANE = code("IFCCURVEBOUNDEDPLANE")
TRIMMED_SURFACE = code("IFCRECTANGULARTRIMMEDSURFACE")
PLANE = code("IFCPLANE")
CYLINDRICAL = code("IFCCYLINDRICALSURFACE")

SWEEP_CODES = (
    EXTRUDED,
    EXTRUDED_TAPERED,
    REVOLVED,
    REVOLVED_TAPERED,
    DISK,
    DISK_POLYGONAL,
    ON_SURFACE,
    FIXED_REFERENCE,
    BLOCK,
    PYRAMID,
    CONE,
    CYLINDER,
    SPHERE,
    EXTRUDED_SURFACE,
    REVOLVED_SURFACE,
    BOUNDED_PLANE,
    TRIMMED_SURFACE,
)
"""Codes of the items that `_sweep` triangulates."""

_SWEPT = tuple(c for c in SWEEP_CODES if c not in (BLOCK, PYRAMID, CONE, CYLINDER, SPHERE, TRIMMED_SURFACE))
_MAX_VERTICES = 20_000_000
_FLAT = 1e-9  # as a sine: an extrusion in its own plane
# Length of the sum of two unit directions: below it (168.5 degrees) no mitre, which would be 10 radii long.
_TURN_BACK = 0.2


# ------------------------------------------------------------------------------------------------ frames and numbers


@kernel
def _placed(tokens, row, k, frame):
    """Axes x, y, z and origin of the placement that attribute `k` refers to into `frame` (4, 3); a status.

    The identity where the attribute is null.
    """
    t = argument(tokens, row, k)
    if t < 0 or tokens.kind[t] == NULL:
        for i in range(4):
            for k in range(3):
                frame[i, k] = 1.0 if i == k else 0.0
        return OK
    return _axes(tokens, reference(tokens, row, k), frame[3], frame[0], frame[1], frame[2])


@kernel
def _set(positions, i, frame, u, v, w):
    """Put the point with coordinates (u, v, w) in `frame` to place `i`."""
    for k in range(3):
        positions[i, k] = frame[3, k] + u * frame[0, k] + v * frame[1, k] + w * frame[2, k]


@kernel
def _move_all(positions, frame):
    """Give all positions, which are in `frame`, outside of it; in place."""
    for i in range(positions.shape[0]):
        _set(positions, i, frame, positions[i, 0], positions[i, 1], positions[i, 2])


@kernel
def _is_finite(positions):
    total = 0.0
    for i in range(positions.shape[0]):
        total += 0.0 * (positions[i, 0] + positions[i, 1] + positions[i, 2])
    return total == 0.0


@kernel
def _nothing(status):
    return np.empty((0, 3)), np.empty((0, 3), np.int32), status


# ------------------------------------------------------------------------------------------------------- the section


@kernel
def _is_fan(triangles, n):
    """Whether the triangles are those of a convex polygon of n corners, all from the first."""
    if triangles.shape[0] != n - 2:
        return False
    fan = True
    for t in range(n - 2):
        fan &= triangles[t, 0] == 0 and triangles[t, 1] == t + 1 and triangles[t, 2] == t + 2
    return fan


@kernel
def _ring_edges(n):
    edges = np.empty((n, 2), np.int32)
    for i in range(n):
        edges[i, 0] = i
        edges[i, 1] = i + 1 if i + 1 < n else 0
    return edges


@kernel
def _border(triangles, n):
    """Directed edges of the triangles over n points that no other triangle has the other way round, (e, 2) int32."""
    m = triangles.shape[0]
    start = np.zeros(n + 1, np.int64)
    for t in range(m):
        for k in range(3):
            start[triangles[t, k] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    ends = np.empty(3 * m, np.int32)
    for t in range(m):
        for k in range(3):
            i = triangles[t, k]
            ends[start[i]] = triangles[t, (k + 1) % 3]
            start[i] += 1  # start[i] becomes the end of bucket i, which is the beginning of the next
    count = 0
    edges = np.empty((3 * m, 2), np.int32)
    for t in range(m):
        for k in range(3):
            i, j = triangles[t, k], triangles[t, (k + 1) % 3]
            single = True
            for e in range(start[j - 1] if j > 0 else 0, start[j]):
                if ends[e] == i:
                    single = False
                    break
            if single:
                edges[count, 0], edges[count, 1] = i, j
                count += 1
    return edges[:count]


@kernel
def _used(points, triangles):
    """Only the points that are corners, and the triangles (changed in place) over them."""
    n = points.shape[0]
    number_of = np.full(n, -1, np.int32)
    count = 0
    for t in range(triangles.shape[0]):
        for k in range(3):
            if number_of[triangles[t, k]] < 0:
                number_of[triangles[t, k]] = 0
                count += 1
    if count == n:
        return points
    kept = np.empty((count, 2))
    count = 0
    for i in range(n):
        if number_of[i] == 0:
            number_of[i] = count
            kept[count, 0], kept[count, 1] = points[i, 0], points[i, 1]
            count += 1
    for t in range(triangles.shape[0]):
        for k in range(3):
            triangles[t, k] = number_of[triangles[t, k]]
    return kept


@kernel
def _loop_edges(starts, is_open):
    """Edges of loops, or of open lines, (e, 2) int32."""
    n = starts[-1]
    edges = np.empty((n, 2), np.int32)
    count = 0
    for loop in range(starts.size - 1):
        a, b = starts[loop], starts[loop + 1]
        for i in range(a, b - 1 if is_open else b):
            edges[count, 0] = i
            edges[count, 1] = i + 1 if i + 1 < b else a
            count += 1
    return edges[:count]


@kernel
def _bordered(points, triangles, failed):
    """The result of `_triangulate` made ready to be swept: (points, triangles, border, status)."""
    if failed != 0 or triangles.shape[0] == 0:
        return points, triangles, np.empty((0, 2), np.int32), NOT_FINITE if failed == 2 else DEGENERATE
    if _is_fan(triangles, points.shape[0]):
        return points, triangles, _ring_edges(points.shape[0]), OK
    points = _used(points, triangles)
    return points, triangles, _border(triangles, points.shape[0]), OK


# ----------------------------------------------------------------------------------------------- triangles of rings


@kernel
def _stack(bottom, top, border, n, rings, closed, turned):
    """Triangles of `rings` rings of `n` points each: caps, unless the rings close, and walls.

    Parameters
    ----------
    bottom, top : (t, 3) int32
        Triangles of the section as it is seen against the direction of the sweep.
    border : (e, 2) int32
    n, rings : int
    closed : bool
        The first ring follows the last.
    turned : bool
        The sweep runs against the section's normal: all triangles the other way round.

    Returns
    -------
    (m, 3) int32
    """
    e = border.shape[0]
    spans = rings if closed else rings - 1
    caps = 0 if closed else bottom.shape[0] + top.shape[0]
    triangles = np.empty((caps + 2 * e * spans, 3), np.int32)
    m = 0
    second, third = (2, 1) if turned else (1, 2)
    if not closed:
        for t in range(bottom.shape[0]):
            triangles[m, 0] = bottom[t, 0]
            triangles[m, third] = bottom[t, 1]
            triangles[m, second] = bottom[t, 2]
            m += 1
        base = (rings - 1) * n
        for t in range(top.shape[0]):
            triangles[m, 0] = base + top[t, 0]
            triangles[m, second] = base + top[t, 1]
            triangles[m, third] = base + top[t, 2]
            m += 1
    for s in range(spans):
        here = s * n
        above = (s + 1) * n if s + 1 < rings else 0
        for i in range(e):
            a, b = border[i, 0], border[i, 1]
            triangles[m, 0] = here + a
            triangles[m, second] = here + b
            triangles[m, third] = above + b
            triangles[m + 1, 0] = here + a
            triangles[m + 1, second] = above + b
            triangles[m + 1, third] = above + a
            m += 2
    return triangles


@kernel
def _drop_flat(positions, triangles):
    """The triangles whose corners are three different positions."""
    m = 0
    for t in range(triangles.shape[0]):
        same = False
        for k in range(3):
            a, b = triangles[t, k], triangles[t, k - 1]
            same |= (
                positions[a, 0] == positions[b, 0]
                and positions[a, 1] == positions[b, 1]
                and positions[a, 2] == positions[b, 2]
            )
        if not same:
            for k in range(3):
                triangles[m, k] = triangles[t, k]
            m += 1
    return triangles[:m]


@kernel
def _outwards(positions, triangles):
    """Turn the triangles if the volume they bound is negative; in place."""
    if _volume(positions, triangles) < 0.0:
        for t in range(triangles.shape[0]):
            triangles[t, 1], triangles[t, 2] = triangles[t, 2], triangles[t, 1]


# -------------------------------------------------------------------------------------------------------- extrusions


@kernel
def _prism(points, others, bottom, top, border, shift, frame):
    """A section and another one moved by `shift` (3,), in `frame`: (positions, triangles)."""
    n = points.shape[0]
    positions = np.empty((2 * n, 3))
    for i in range(n):
        _set(positions, i, frame, points[i, 0], points[i, 1], 0.0)
        _set(positions, n + i, frame, others[i, 0] + shift[0], others[i, 1] + shift[1], shift[2])
    return positions, _stack(bottom, top, border, n, 2, False, shift[2] < 0.0)


_BOX = np.array(
    [
        [0, 2, 1], [0, 3, 2], [4, 5, 6], [4, 6, 7], [0, 1, 5], [0, 5, 4],
        [1, 2, 6], [1, 6, 5], [2, 3, 7], [2, 7, 6], [3, 0, 4], [3, 4, 7],
    ],
    np.int32,
)  # fmt: skip


@kernel
def _way(tokens, row, solid, shift):
    """Direction times depth of an extrusion into `shift` (3,); a status."""
    at = reference(tokens, row, 2)
    if at < 0:
        return DANGLING
    depth = number(tokens, row, 3, math.nan)
    if not math.isfinite(depth):
        return NOT_FINITE
    if not _direction(tokens, at, shift) or depth == 0.0 or (solid and not abs(shift[2]) > _FLAT):
        return DEGENERATE
    for k in range(3):
        shift[k] *= depth
    return OK


@kernel
def _bar(tokens, row, profile):
    """Extrusion of a rectangle, the commonest item there is, without any detour: (positions, triangles, status)."""
    work = np.empty((9, 3))
    frame, inner, shift = work[0:4], work[4:8], work[8]
    status = _way(tokens, row, True, shift)
    if status == OK:
        status = _placed(tokens, row, 1, frame)
    x, y = 0.5 * number(tokens, profile, 3, math.nan), 0.5 * number(tokens, profile, 4, math.nan)
    if status == OK:
        status = _placed(tokens, profile, 2, inner)
    if status == OK and not (x > 0.0 and y > 0.0):
        status = NOT_FINITE if math.isnan(x + y) else DEGENERATE
    if status == OK and not (x < math.inf and y < math.inf):
        status = NOT_FINITE
    if status != OK:
        return _nothing(status)
    positions = np.empty((8, 3))
    for i in range(4):
        a = x if i == 1 or i == 2 else -x
        b = y if i >= 2 else -y
        u = inner[3, 0] + a * inner[0, 0] + b * inner[1, 0]
        v = inner[3, 1] + a * inner[0, 1] + b * inner[1, 1]
        _set(positions, i, frame, u, v, 0.0)
        _set(positions, 4 + i, frame, u + shift[0], v + shift[1], shift[2])
    triangles = np.empty((12, 3), np.int32)
    second, third = (2, 1) if shift[2] < 0.0 else (1, 2)
    for t in range(12):
        triangles[t, 0] = _BOX[t, 0]
        triangles[t, 1] = _BOX[t, second]
        triangles[t, 2] = _BOX[t, third]
    return positions, triangles, OK


@kernel
def _measure_loop(points, a, b, along):
    """Lengths from the start of the loop a … b - 1 to its points, as parts of the whole, into `along` (b - a + 1,)."""
    along[0] = 0.0
    for i in range(a, b):
        k = i + 1 if i + 1 < b else a
        along[i - a + 1] = along[i - a] + math.hypot(points[k, 0] - points[i, 0], points[k, 1] - points[i, 1])
    total = along[b - a]
    for i in range(b - a + 1):
        along[i] /= total
    along[b - a] = 1.0


@kernel
def _merge_loop(points, a, b, others, c, d, out, other_out, n):
    """Give two loops the same number of points: each gets one where the other has one, by length; the new n."""
    here, there = np.empty(b - a + 1), np.empty(d - c + 1)
    _measure_loop(points, a, b, here)
    _measure_loop(others, c, d, there)
    i, k = 0, 0
    at = 0.0
    while at < 1.0:
        p, q = a + i, a + (i + 1) % (b - a)
        r, s = c + k, c + (k + 1) % (d - c)
        f = (at - here[i]) / (here[i + 1] - here[i]) if here[i + 1] > here[i] else 0.0
        g = (at - there[k]) / (there[k + 1] - there[k]) if there[k + 1] > there[k] else 0.0
        for j in range(2):
            out[n, j] = points[p, j] + f * (points[q, j] - points[p, j])
            other_out[n, j] = others[r, j] + g * (others[s, j] - others[r, j])
        n += 1
        following = min(here[i + 1], there[k + 1])
        near = following + 1e-9  # corners of the two that are so near are one
        while i < b - a and here[i + 1] <= near:
            i += 1
            following = max(following, here[i])
        while k < d - c and there[k + 1] <= near:
            k += 1
            following = max(following, there[k])
        at = following
        if i >= b - a or k >= d - c:
            break
    return n


@kernel
def _matched(points, starts, others, other_starts):
    """Two profiles with the same loops as points that belong together: (points, others, starts)."""
    same = True
    for i in range(starts.size):
        same &= starts[i] == other_starts[i]
    if same:
        return points, others, starts
    size = points.shape[0] + others.shape[0]
    out, other_out, out_starts = np.empty((size, 2)), np.empty((size, 2)), np.zeros(starts.size, np.int64)
    n = 0
    for i in range(starts.size - 1):
        a, b, c, d = starts[i], starts[i + 1], other_starts[i], other_starts[i + 1]
        n = _merge_loop(points, a, b, others, c, d, out, other_out, n)
        out_starts[i + 1] = n
    return out[:n], other_out[:n], out_starts


# ------------------------------------------------------------------------------------------------------- revolutions


@kernel
def _turned(points, others, origin, axis, angle, rings, full, tolerance):
    """Rings of a section turned about an axis, from `points` to `others` (both (n, 2)): positions."""
    n = points.shape[0]
    positions = np.empty((n * rings, 3))
    spans = rings if full else rings - 1
    for r in range(rings):
        part = r / spans
        cos, sin = math.cos(angle * part), math.sin(angle * part)
        for i in range(n):
            x = points[i, 0] + part * (others[i, 0] - points[i, 0]) - origin[0]
            y = points[i, 1] + part * (others[i, 1] - points[i, 1]) - origin[1]
            z = -origin[2]
            along = x * axis[0] + y * axis[1] + z * axis[2]
            a, b, c = x - along * axis[0], y - along * axis[1], z - along * axis[2]
            if math.sqrt(a * a + b * b + c * c) <= tolerance:
                a, b, c = 0.0, 0.0, 0.0  # exactly on the axis in every ring
            at = r * n + i
            positions[at, 0] = origin[0] + along * axis[0] + cos * a + sin * (axis[1] * c - axis[2] * b)
            positions[at, 1] = origin[1] + along * axis[1] + cos * b + sin * (axis[2] * a - axis[0] * c)
            positions[at, 2] = origin[2] + along * axis[2] + cos * c + sin * (axis[0] * b - axis[1] * a)
    return positions


@kernel
def _farthest(points, origin, axis):
    """Largest distance of points of the plane from an axis."""
    far = 0.0
    for i in range(points.shape[0]):
        x, y, z = points[i, 0] - origin[0], points[i, 1] - origin[1], -origin[2]
        along = x * axis[0] + y * axis[1] + z * axis[2]
        far = max(far, x * x + y * y + z * z - along * along)
    return math.sqrt(far)


@kernel
def _revolve(points, others, bottom, top, border, axes, angle, settings):
    """A section turned about the axis axes[2] through axes[3]: (positions, triangles, status), not yet placed."""
    n = points.shape[0]
    origin, axis = axes[3], axes[2]
    far = max(_farthest(points, origin, axis), _farthest(others, origin, axis))
    if not far > settings.tolerance or not abs(angle) > 1e-9:
        return _nothing(DEGENERATE)
    full = abs(angle) > 2.0 * math.pi - 1e-6
    if full:
        angle = math.copysign(2.0 * math.pi, angle)
    spans = max(_chords(far, angle, settings), math.ceil(abs(angle) / 1.6))
    rings = spans if full else spans + 1
    if n * rings > _MAX_VERTICES:
        return _nothing(TOO_DEEP)
    positions = _turned(points, others, origin, axis, angle, rings, full, settings.tolerance)
    triangles = _drop_flat(positions, _stack(bottom, top, border, n, rings, full, False))
    return positions, triangles, OK


# ------------------------------------------------------------------------------------------------- along a directrix


@kernel
def _is_number(tokens, row, k):
    t = argument(tokens, row, k)
    if t >= 0 and tokens.kind[t] == KEYWORD and t + 2 < tokens.first[row + 1]:
        t += 2
    return t >= 0 and (tokens.kind[t] == REAL or tokens.kind[t] == INTEGER)


@kernel
def _cut_directrix(tokens, row, k, points, n, settings):
    """Leave of a traced directrix what lies between the parameters in attributes `k` and `k` + 1: (n, closed, status).

    What exporters write there is often something else.  An empty range or one outside of the curve is not believed, nor
    0 to 1, by which they mean all of it, nor one from the beginning of a composite, for which they count its parts in
    several ways.
    """
    if n < 2:
        return 0, False, DEGENERATE
    curve = reference(tokens, row, 0 if tokens.code[row] in (DISK, DISK_POLYGONAL) else 2)
    low, high = points[0, 3], points[n - 1, 3]
    begin = number(tokens, row, k, low) if _is_number(tokens, row, k) else low
    end = number(tokens, row, k + 1, high) if _is_number(tokens, row, k + 1) else high
    if not (math.isfinite(begin) and math.isfinite(end)):
        return 0, False, NOT_FINITE
    begin, end = max(begin, low), min(end, high)
    slack = 1e-6 * (high - low)
    believed = begin > low + slack or (
        end != low + 1.0 and end < high - slack and not _is_composite(tokens.code[curve])
    )
    if begin < end and believed:
        n = _between(points, 0, n, begin, end)
    n, closed = _distinct(points, n, settings.tolerance, max(settings.tolerance, 0.1 * settings.deflection))
    if n < 2:
        return 0, False, DEGENERATE
    return n, closed, OK


@kernel
def _corner_tangent(path, i, before, after, radius):
    """Length that a fillet of `radius` takes of both edges at corner `i`, and the turn there in radians."""
    ab, aa, bb = 0.0, 0.0, 0.0
    for k in range(3):
        a, b = path[i, k] - path[before, k], path[after, k] - path[i, k]
        aa += a * a
        bb += b * b
        ab += a * b
    if not (aa > 0.0 and bb > 0.0):
        return 0.0, 0.0
    turn = math.acos(min(max(ab / math.sqrt(aa * bb), -1.0), 1.0))
    if turn < 1e-6 or turn > 3.1:
        return 0.0, 0.0
    return min(radius * math.tan(0.5 * turn), 0.5 * math.sqrt(min(aa, bb))), turn


@kernel
def _fillet_corner(path, i, before, after, tangent, turn, settings, out, m):
    """Write the arc at corner `i` to places m … of `out` as far as it has them; the new m."""
    a, b, arm = np.empty(3), np.empty(3), np.empty(3)
    for k in range(3):
        a[k] = path[i, k] - path[before, k]
        b[k] = path[after, k] - path[i, k]
    _unit(a)
    _unit(b)
    radius = tangent / math.tan(0.5 * turn)
    # The arm is the unit vector from the edge before towards the arc's centre.
    for k in range(3):
        arm[k] = (b[k] - math.cos(turn) * a[k]) / math.sin(turn)
    chords = _chords(radius, turn, settings)
    for c in range(chords + 1):
        angle = turn * c / chords
        cos, sin = radius * (1.0 - math.cos(angle)), radius * math.sin(angle)
        if m < out.shape[0]:
            for k in range(3):
                out[m, k] = path[i, k] + (sin - tangent) * a[k] + cos * arm[k]
            out[m, 3] = 0.0
        m += 1
    return m


@kernel
def _fillet_path(path, n, closed, radius, settings, out):
    """Round the corners of the path into `out`; how many points that makes, even if `out` has fewer rows."""
    m = 0
    for i in range(n):
        before, after = (i - 1) % n, (i + 1) % n
        tangent, turn = 0.0, 0.0
        if closed or 0 < i < n - 1:
            tangent, turn = _corner_tangent(path, i, before, after, radius)
        if tangent > settings.tolerance:
            m = _fillet_corner(path, i, before, after, tangent, turn, settings, out, m)
        else:
            if m < out.shape[0]:
                _copy(path[i], out[m])
            m += 1
    return m


@kernel
def _tangents(path, n, closed):
    """Unit directions of the segments of a path, (s, 3)."""
    segments = n if closed else n - 1
    out = np.empty((segments, 3))
    for s in range(segments):
        k = s + 1 if s + 1 < n else 0
        for j in range(3):
            out[s, j] = path[k, j] - path[s, j]
        _unit(out[s])
    return out


@kernel
def _carry(d, e, x):
    """Turn `x` by the smallest rotation that takes the unit vector `d` to `e`; in place."""
    c = d[0] * e[0] + d[1] * e[1] + d[2] * e[2]
    if c > -0.999999:
        a, b, g = d[1] * e[2] - d[2] * e[1], d[2] * e[0] - d[0] * e[2], d[0] * e[1] - d[1] * e[0]
        t = (a * x[0] + b * x[1] + g * x[2]) / (1.0 + c)
        p = c * x[0] + b * x[2] - g * x[1] + t * a
        q = c * x[1] + g * x[0] - a * x[2] + t * b
        r = c * x[2] + a * x[1] - b * x[0] + t * g
        x[0], x[1], x[2] = p, q, r
    _across(e, True, x)


@kernel
def _untwisted(tangents, closed):
    """Section's x axis along each segment, (s, 3), carried without twist; what a closed path leaves of it is spread."""
    count = tangents.shape[0]
    out = np.empty((count, 3))
    y = np.empty(3)
    _square(tangents[0], False, out[0], y)
    for s in range(1, count):
        _copy(out[s - 1], out[s])
        _carry(tangents[s - 1], tangents[s], out[s])
    if closed:
        last = np.empty(3)
        _copy(out[count - 1], last)
        _carry(tangents[count - 1], tangents[0], last)
        along, across = 0.0, 0.0
        for k in range(3):
            along += last[k] * out[0, k]
            across += last[k] * y[k]
        twist = math.atan2(across, along)
        for s in range(count):
            d, x = tangents[s], out[s]
            cos, sin = math.cos(twist * s / count), -math.sin(twist * s / count)
            a, b, c = d[1] * x[2] - d[2] * x[1], d[2] * x[0] - d[0] * x[2], d[0] * x[1] - d[1] * x[0]
            x[0], x[1], x[2] = cos * x[0] + sin * a, cos * x[1] + sin * b, cos * x[2] + sin * c
    return out


@kernel
def _referred(tangents, path, given, how, origin):
    """Section's x axis along each segment, (s, 3), towards a reference.

    `how` is 0 for the direction `given`, 1 for the normal of a surface extruded along it, 2 for that of a cylinder
    about it through `origin`.
    """
    count = tangents.shape[0]
    out = np.empty((count, 3))
    for s in range(count):
        d = tangents[s]
        x = out[s]
        if how == 1:
            x[0] = d[1] * given[2] - d[2] * given[1]
            x[1] = d[2] * given[0] - d[0] * given[2]
            x[2] = d[0] * given[1] - d[1] * given[0]
        elif how == 2:
            along = 0.0
            for k in range(3):
                x[k] = path[s, k] - origin[k]
                along += x[k] * given[k]
            for k in range(3):
                x[k] -= along * given[k]
        else:
            _copy(given, x)
        if not _unit(x) or not _across(d, True, x):
            if s:
                _copy(out[s - 1], x)
                _carry(tangents[s - 1], d, x)
            else:
                _square(d, False, x, np.empty(3))
    return out


@kernel
def _add_ring(points, path, i, d, x, mitre, weight, positions, at):
    """Add `weight` times where the tube along `d` meets the plane across `mitre` at point `i` to the ring at `at`."""
    y = (d[1] * x[2] - d[2] * x[1], d[2] * x[0] - d[0] * x[2], d[0] * x[1] - d[1] * x[0])
    across = d[0] * mitre[0] + d[1] * mitre[1] + d[2] * mitre[2]
    shear_x = -(x[0] * mitre[0] + x[1] * mitre[1] + x[2] * mitre[2]) / across
    shear_y = -(y[0] * mitre[0] + y[1] * mitre[1] + y[2] * mitre[2]) / across
    for p in range(points.shape[0]):
        u, v = points[p, 0], points[p, 1]
        w = u * shear_x + v * shear_y
        for k in range(3):
            positions[at + p, k] += weight * (path[i, k] + u * x[k] + v * y[k] + w * d[k])


@kernel
def _tube(points, path, n, closed, tangents, xs):
    """Rings of a section (p, 2) along a path of n points: positions (n * p, 3)."""
    size = points.shape[0]
    segments = tangents.shape[0]
    positions = np.zeros((n * size, 3))
    mitre = np.empty(3)
    for i in range(n):
        before, after = i - 1, i
        if i == 0:
            before = segments - 1 if closed else 0
        if i == segments:
            after = segments - 1
        length = 0.0
        for k in range(3):
            mitre[k] = tangents[before, k] + tangents[after, k]
            length += mitre[k] * mitre[k]
        back = length < _TURN_BACK * _TURN_BACK
        # Without twist both tubes meet the plane in one ring; with a reference not quite, so take the mean.
        for s in (before, after):
            normal = tangents[s] if back else mitre
            _add_ring(points, path, i, tangents[s], xs[s], normal, 0.5, positions, i * size)
    return positions


@kernel
def _along(points, triangles, border, path, n, closed, tangents, xs):
    """A section swept along a path: (positions, triangles, status)."""
    if points.shape[0] * n > _MAX_VERTICES:
        return _nothing(TOO_DEEP)
    positions = _tube(points, path, n, closed, tangents, xs)
    return positions, _stack(triangles, triangles, border, points.shape[0], n, closed, False), OK


@kernel
def _disk_loops(tokens, row, settings):
    """Section of a swept disk, as `_profile` gives one: (points, starts, is open, status)."""
    radius, inner = number(tokens, row, 1, math.nan), number(tokens, row, 2, 0.0)
    points, starts = np.empty((0, 2)), np.zeros(1, np.int64)
    if not (math.isfinite(radius) and math.isfinite(inner)):
        return points, starts, False, NOT_FINITE
    if not radius > settings.tolerance or inner >= radius:
        return points, starts, False, DEGENERATE
    chords = _chords(radius, 2.0 * math.pi, settings)
    loops = 2 if inner > settings.tolerance else 1
    points, starts = np.empty((loops * chords, 2)), np.zeros(loops + 1, np.int64)
    frame = np.zeros(6)
    frame[0] = frame[4] = 1.0
    starts[1] = _oval(radius, radius, chords, frame, points, 0)
    if loops == 2:
        starts[2] = _oval(inner, inner, chords, frame, points, chords)
        _flip(points, chords, 2 * chords)
    return points, starts, False, OK


@kernel
def _rounded_path(tokens, row, path, n, closed, settings):
    """Path of a swept disk with the fillets of a polygonal one: (path, n)."""
    curve = reference(tokens, row, 0)
    if tokens.code[row] != DISK_POLYGONAL or tokens.code[curve] != _POLYLINE:
        return path, n
    fillet = number(tokens, row, 5, 0.0)
    if not settings.tolerance < fillet < math.inf:
        return path, n
    rounded = np.empty((_fillet_path(path, n, closed, fillet, settings, path[:0]), 4))
    n = _fillet_path(path, n, closed, fillet, settings, rounded)
    n, _ = _distinct(rounded, n, settings.tolerance, -1.0)
    return rounded, n


@kernel
def _reference_surface(tokens, row, given, origin):
    """Which way the normal of a reference surface points: (how, status), see `_referred`."""
    if row < 0:
        return 0, DANGLING
    kind = tokens.code[row]
    axes = np.empty((3, 3))
    if kind in (PLANE, CYLINDRICAL):
        status = _axes(tokens, reference(tokens, row, 0), origin, axes[0], axes[1], given)
        return 0 if kind == PLANE else 2, status
    if kind == EXTRUDED_SURFACE:
        frame = np.empty((4, 3))
        status = _placed(tokens, row, 1, frame)
        if status != OK or not _direction(tokens, reference(tokens, row, 2), axes[0]):
            return 0, DEGENERATE if status == OK else status
        for k in range(3):
            given[k] = axes[0, 0] * frame[0, k] + axes[0, 1] * frame[1, k] + axes[0, 2] * frame[2, k]
        return 1, OK
    return 0, UNSUPPORTED


# -------------------------------------------------------------------------------------------------------- primitives


@kernel
def _rings_to_points(radii, heights, chords, frame):
    """Circles of the given radii at the given heights about the z axis of `frame`: (positions, triangles)."""
    rings = radii.size
    positions = np.empty((rings * chords, 3))
    for r in range(rings):
        for i in range(chords):
            turn = 2.0 * math.pi * i / chords
            _set(positions, r * chords + i, frame, radii[r] * math.cos(turn), radii[r] * math.sin(turn), heights[r])
    cap = np.empty((chords - 2, 3), np.int32)
    for t in range(chords - 2):
        cap[t, 0], cap[t, 1], cap[t, 2] = 0, t + 1, t + 2
    triangles = _stack(cap, cap, _ring_edges(chords), chords, rings, False, False)
    return positions, _drop_flat(positions, triangles)


@kernel
def _round_primitive(tokens, row, frame, settings):
    """Cone, cylinder or sphere: (positions, triangles, status)."""
    kind = tokens.code[row]
    a, b = number(tokens, row, 1, math.nan), number(tokens, row, 2, math.nan)
    if kind == SPHERE:
        b = a
    if not (math.isfinite(a) and math.isfinite(b)):
        return _nothing(NOT_FINITE)
    if not (a > 0.0 and b > 0.0):
        return _nothing(DEGENERATE)
    chords = _chords(b, 2.0 * math.pi, settings)
    rings = chords // 2 + 1 if kind == SPHERE else 2
    if rings * chords > _MAX_VERTICES:
        return _nothing(TOO_DEEP)
    radii, heights = np.empty(rings), np.empty(rings)
    for r in range(rings):
        if kind == SPHERE:
            turn = math.pi * r / (rings - 1)
            radii[r] = a * math.sin(turn) if 0 < r < rings - 1 else 0.0
            heights[r] = -a * math.cos(turn)
        else:
            radii[r] = b if r == 0 or kind == CYLINDER else 0.0
            heights[r] = a * r
    positions, triangles = _rings_to_points(radii, heights, chords, frame)
    return positions, triangles, OK


@kernel
def _edged_primitive(tokens, row, frame):
    """Block or pyramid: (positions, triangles, status)."""
    x, y, z = number(tokens, row, 1, math.nan), number(tokens, row, 2, math.nan), number(tokens, row, 3, math.nan)
    if not (math.isfinite(x) and math.isfinite(y) and math.isfinite(z)):
        return _nothing(NOT_FINITE)
    if not (x > 0.0 and y > 0.0 and z > 0.0):
        return _nothing(DEGENERATE)
    block = tokens.code[row] == BLOCK
    positions = np.empty((8, 3))
    for i in range(4):
        u = x if i == 1 or i == 2 else 0.0
        v = y if i >= 2 else 0.0
        _set(positions, i, frame, u, v, 0.0)
        _set(positions, 4 + i, frame, u if block else 0.5 * x, v if block else 0.5 * y, z)
    triangles = np.empty((12, 3), np.int32)
    for t in range(12):
        for k in range(3):
            triangles[t, k] = _BOX[t, k]
    if not block:
        triangles = _drop_flat(positions, triangles)
        for t in range(triangles.shape[0]):
            for k in range(3):
                triangles[t, k] = min(triangles[t, k], 4)
        positions = positions[:5]
    return positions, triangles, OK


@kernel(linked=True)
def _primitive(tokens, row, settings):
    """Any IfcCsgPrimitive3D: (positions, triangles, status)."""
    frame = np.empty((4, 3))
    status = _placed(tokens, row, 0, frame)
    if status != OK:
        return _nothing(status)
    kind = tokens.code[row]
    if kind in (BLOCK, PYRAMID):
        return _edged_primitive(tokens, row, frame)
    return _round_primitive(tokens, row, frame, settings)


# ---------------------------------------------------------------------------------------------------------- surfaces


@kernel
def _trimmed_plane(tokens, row):
    """IfcRectangularTrimmedSurface of a plane: (positions, triangles, status)."""
    frame = np.empty((4, 3))
    surface = reference(tokens, row, 0)
    if surface < 0:
        return _nothing(DANGLING)
    if tokens.code[surface] != PLANE:
        return _nothing(UNSUPPORTED)
    status = _placed(tokens, surface, 0, frame)
    if status != OK:
        return _nothing(status)
    a, b = number(tokens, row, 1, math.nan), number(tokens, row, 3, math.nan)
    c, d = number(tokens, row, 2, math.nan), number(tokens, row, 4, math.nan)
    if not (math.isfinite(a) and math.isfinite(b) and math.isfinite(c) and math.isfinite(d)):
        return _nothing(NOT_FINITE)
    if a == b or c == d:
        return _nothing(DEGENERATE)
    positions = np.empty((4, 3))
    _set(positions, 0, frame, min(a, b), min(c, d), 0.0)
    _set(positions, 1, frame, max(a, b), min(c, d), 0.0)
    _set(positions, 2, frame, max(a, b), max(c, d), 0.0)
    _set(positions, 3, frame, min(a, b), max(c, d), 0.0)
    triangles = np.empty((2, 3), np.int32)
    triangles[0, 0], triangles[0, 1], triangles[0, 2] = 0, 1, 2
    triangles[1, 0], triangles[1, 1], triangles[1, 2] = 0, 2, 3
    return positions, triangles, OK


# ------------------------------------------------------------------------------------------------------- all of them


@kernel
def _motion(tokens, row, motion):
    """How the section moves, into `motion` (9, 3); (how, status).

    Rows 0 to 3 are the frame of the whole, x, y, z, origin.  Row 4 is the shift of an extrusion, or the direction of
    a reference; rows 5 to 8 are the axes and the origin of an axis of revolution, row 8 the origin of a cylinder.
    """
    kind = tokens.code[row]
    if kind in (DISK, DISK_POLYGONAL):
        return 0, OK
    if kind == BOUNDED_PLANE:
        surface = reference(tokens, row, 0)
        if surface < 0 or tokens.code[surface] != PLANE:
            return 0, DANGLING if surface < 0 else UNSUPPORTED
        return 0, _placed(tokens, surface, 0, motion[0:4])
    status = _placed(tokens, row, 1, motion[0:4])
    if status != OK:
        return 0, status
    if kind in (EXTRUDED, EXTRUDED_TAPERED, EXTRUDED_SURFACE):
        return 0, _way(tokens, row, kind != EXTRUDED_SURFACE, motion[4])
    if kind in (REVOLVED, REVOLVED_TAPERED, REVOLVED_SURFACE):
        return 0, _axes(tokens, reference(tokens, row, 2), motion[8], motion[5], motion[6], motion[7])
    if kind == ON_SURFACE:
        return _reference_surface(tokens, reference(tokens, row, 5), motion[4], motion[8])
    guide = reference(tokens, row, 5)
    if not _direction(tokens, guide, motion[4]):
        return 0, DANGLING if guide < 0 else DEGENERATE
    return 0, OK


@kernel(linked=True)
def _moved(tokens, row, motion, how, points, others, bottom, top, border, path, n, closed, settings):
    """The section along its motion: (positions, triangles, status).  No curve and no triangulation any more."""
    kind = tokens.code[row]
    frame = motion[0:4]
    if kind in (EXTRUDED, EXTRUDED_TAPERED, EXTRUDED_SURFACE):
        positions, triangles = _prism(points, others, bottom, top, border, motion[4], frame)
        return positions, triangles, OK
    if kind == BOUNDED_PLANE:
        positions = np.empty((points.shape[0], 3))
        for i in range(points.shape[0]):
            _set(positions, i, frame, points[i, 0], points[i, 1], 0.0)
        return positions, bottom, OK
    if kind in (REVOLVED, REVOLVED_TAPERED, REVOLVED_SURFACE):
        angle = 2.0 * math.pi
        if kind != REVOLVED_SURFACE:
            angle = number(tokens, row, 3, math.nan) * settings.angle
            if not math.isfinite(angle):
                return _nothing(NOT_FINITE)
        positions, triangles, status = _revolve(points, others, bottom, top, border, motion[5:9], angle, settings)
        _move_all(positions, frame)
        if bottom.shape[0]:
            _outwards(positions, triangles)
        return positions, triangles, status
    tangents = _tangents(path, n, closed)
    if kind in (DISK, DISK_POLYGONAL):
        return _along(points, bottom, border, path, n, closed, tangents, _untwisted(tangents, closed))
    xs = _referred(tangents, path, motion[4], how, motion[8])
    positions, triangles, status = _along(points, bottom, border, path, n, closed, tangents, xs)
    _move_all(positions, frame)
    return positions, triangles, status


@kernel
def _far_cap(points, triangles, failed, near_triangles, border):
    """Triangles of the far end of a tapered solid: its own if they have the same border, else those of the near end.

    Where the far end folds over, that leaves its cap closed, if not flat.
    """
    n = border.shape[0]
    if failed != 0 or points.shape[0] != n or triangles.shape[0] != near_triangles.shape[0]:
        return near_triangles
    if _border(triangles, n).shape[0] != n:
        return near_triangles
    return triangles


@kernel
def _swept_item(tokens, row, settings):
    """Any item that is a section and its motion: (positions, triangles, status)."""
    kind = tokens.code[row]
    profile = reference(tokens, row, 0)
    motion = np.zeros((9, 3))
    how, status = _motion(tokens, row, motion)
    if status != OK:
        return _nothing(status)
    is_disk = kind in (DISK, DISK_POLYGONAL)
    path, n, closed = np.empty((0, 4)), 0, False
    if is_disk or kind in (ON_SURFACE, FIXED_REFERENCE):
        curve = profile if is_disk else reference(tokens, row, 2)
        path, n, status = _traced(tokens, curve, settings)
        if status == OK:
            n, closed, status = _cut_directrix(tokens, row, 3, path, n, settings)
        if status != OK:
            return _nothing(status)
        if is_disk:
            path, n = _rounded_path(tokens, row, path, n, closed, settings)
    if is_disk:
        points, starts, is_open, status = _disk_loops(tokens, row, settings)
    else:
        points, starts, is_open, status = _profile(tokens, row if kind == BOUNDED_PLANE else profile, settings)
    if status != OK:
        return _nothing(status)
    others = points
    tapered = kind in (EXTRUDED_TAPERED, REVOLVED_TAPERED)
    if tapered:
        others, other_starts, other_open, status = _profile(tokens, reference(tokens, row, 4), settings)
        if status == OK and (is_open or other_open or starts.size != other_starts.size):
            status = UNSUPPORTED
        if status != OK:
            return _nothing(status)
        points, others, starts = _matched(points, starts, others, other_starts)
    bottom = np.empty((0, 3), np.int32)
    if is_open or kind in (EXTRUDED_SURFACE, REVOLVED_SURFACE):
        top, border = bottom, _loop_edges(starts, is_open)
    else:
        given = points.shape[0]
        points, bottom, failed = _triangulate(points, starts)
        points, bottom, border, status = _bordered(points, bottom, failed)
        if status == OK and tapered and (points.shape[0] != given or border.shape[0] != given):
            status = UNSUPPORTED  # an outline that crosses itself has other points than the far one
        if status != OK:
            return _nothing(status)
        top = bottom
        if tapered:
            far, top, failed = _triangulate(others, starts)
            top = _far_cap(far, top, failed, bottom, border)
        else:
            others = points
    return _moved(tokens, row, motion, how, points, others, bottom, top, border, path, n, closed, settings)


@kernel(linked=True)
def _sweep(tokens, row, settings):
    """Triangles of an item of `SWEEP_CODES`.

    Parameters
    ----------
    tokens : Tokens
    row : int
    settings : Settings

    Returns
    -------
    positions : (n, 3) float64
        In the file's unit of length, in the coordinates that the item stands in (its own Position is applied).
    triangles : (m, 3) int32
        Counter-clockwise seen from outside; a solid is closed.  None if the status is not OK.
    status : int
    """
    kind = tokens.code[row]
    profile = reference(tokens, row, 0)
    if kind == EXTRUDED and profile >= 0 and tokens.code[profile] == RECTANGLE:
        positions, triangles, status = _bar(tokens, row, profile)
    elif kind in (BLOCK, PYRAMID, CONE, CYLINDER, SPHERE):
        positions, triangles, status = _primitive(tokens, row, settings)
    elif kind == TRIMMED_SURFACE:
        positions, triangles, status = _trimmed_plane(tokens, row)
    elif kind in _SWEPT:
        positions, triangles, status = _swept_item(tokens, row, settings)
    else:
        return _nothing(UNSUPPORTED)
    if status == OK and not _is_finite(positions):
        return _nothing(NOT_FINITE)
    return positions, triangles, status
