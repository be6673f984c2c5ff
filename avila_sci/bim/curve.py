"""Curves of a building model as polylines.

A curve of a file is a tree: a composite of trimmed curves over conics, a part of a composite, an offset of that.  The
tree is first written down as steps for a stack machine, children before parents, so that no kernel calls itself and a
curve that contains itself ends.  Each leaf then appends its points to one buffer, and joining, reversing, trimming and
offsetting work on the topmost ranges of it.  Every point carries its parameter on the curve, which is what a trim of a
composite, or the ends of a sweep along it, are given in.

Lengths stay in the file's unit; a parameter that is an angle is in the file's unit of plane angle, as in the file.

References
----------
.. [1] ISO 16739-1:2024 (IFC 4.3), resource IfcGeometryResource.
.. [2] L. Piegl, W. Tiller, "The NURBS Book", 2nd edition, Springer 1997, algorithms A2.1 and A4.1.
"""

import math
from typing import NamedTuple

import numpy as np

from avila_sci.bim.schema import code
from avila_sci.bim.step import (
    ENUM,
    INTEGER,
    KEYWORD,
    OPEN,
    REAL,
    REF,
    argument,
    enum_code,
    number,
    reference,
    skip,
)
from avila_sci.core.jit import kernel

OK, UNSUPPORTED, DEGENERATE, DANGLING, NOT_FINITE, CYCLE, TOO_DEEP = range(7)
"""Status of a geometric item: what a kernel returns beside its arrays."""


class Settings(NamedTuple):
    """How finely to follow curves, and the file's units; every field is a float.

    `length` is metres per unit of the file, `angle` radians per unit of the file.  `deflection` (largest distance of a
    chord from its arc) and `tolerance` (points closer than this are one point) are in the file's unit of length,
    `max_angle` (largest turn of a segment) in radians.
    """

    length: float
    angle: float
    deflection: float
    max_angle: float
    tolerance: float


def fine_settings(length=1.0, angle=1.0, deflection=0.001, max_angle=math.pi / 18, tolerance=1e-6):
    """Settings with the defaults of the house: 36 chords to a circle, more where they would leave it by over 1 mm.

    A polygon of 36 corners on a circle has 99.5 % of its area.

    Parameters
    ----------
    length : float, metres per unit of the file
    angle : float, radians per unit of the file
    deflection, tolerance : float, metres
    max_angle : float, radians

    Returns
    -------
    Settings
    """
    length = float(length)
    return Settings(length, float(angle), deflection / length, float(max_angle), tolerance / length)


POINT = code("IFCCARTESIANPOINT")
POLYLINE = code("IFCPOLYLINE")
INDEXED = code("IFCINDEXEDPOLYCURVE")
COMPOSITE = code("IFCCOMPOSITECURVE")
COMPOSITE_2D = code("IFC2DCOMPOSITECURVE")
COMPOSITE_ON_SURFACE = code("IFCCOMPOSITECURVEONSURFACE")
BOUNDARY = code("IFCBOUNDARYCURVE")
OUTER_BOUNDARY = code("IFCOUTERBOUNDARYCURVE")
SEGMENT = code("IFCCOMPOSITECURVESEGMENT")
REPARAMETRISED = code("IFCREPARAMETRISEDCOMPOSITECURVESEGMENT")
TRIMMED = code("IFCTRIMMEDCURVE")
CIRCLE = code("IFCCIRCLE")
ELLIPSE = code("IFCELLIPSE")
LINE = code("IFCLINE")
SPLINE = code("IFCBSPLINECURVEWITHKNOTS")
RATIONAL_SPLINE = code("IFCRATIONALBSPLINECURVEWITHKNOTS")
BEZIER = code("IFCBEZIERCURVE")
RATIONAL_BEZIER = code("IFCRATIONALBEZIERCURVE")
OFFSET_2D = code("IFCOFFSETCURVE2D")
SURFACE_CURVE = code("IFCSURFACECURVE")
SEAM_CURVE = code("IFCSEAMCURVE")
INTERSECTION_CURVE = code("IFCINTERSECTIONCURVE")
LINE_INDEX = code("IFCLINEINDEX")
ARC_INDEX = code("IFCARCINDEX")
AXIS2_2D = code("IFCAXIS2PLACEMENT2D")

_TRUE, _FALSE = enum_code("T"), enum_code("F")
_PARAMETER = enum_code("PARAMETER")

LEAF, REVERSE, JOIN, TRIM, OFFSET = range(5)
_VISIT = -1
_MAX_DEPTH = 100
_MAX_STEPS = 200_000  # composites that share their parts in a long chain would double with every level
_MAX_CHORDS = 4096


# ----------------------------------------------------------------------------------------- points and directions


@kernel
def _numbers(tokens, t, out):
    """Up to `out.size` numbers of the list at token `t` into `out`, zeros after them; their count, -1 if not a list."""
    for k in range(out.size):
        out[k] = 0.0
    if t < 0 or tokens.kind[t] != OPEN:
        return -1
    end = t + np.int64(tokens.value[t])
    n = 0
    t += 1
    while t < end and n < out.size:
        if tokens.kind[t] != REAL and tokens.kind[t] != INTEGER:
            return -1
        out[n] = tokens.value[t]
        n += 1
        t += 1
    return n


@kernel
def _cartesian(tokens, row, out):
    """Coordinates of a Cartesian point into `out` (3,), z = 0 for one of the plane; a status."""
    if row < 0:
        return DANGLING
    if tokens.code[row] != POINT:
        return UNSUPPORTED
    if _numbers(tokens, argument(tokens, row, 0), out) < 1:
        return DEGENERATE
    if not (math.isfinite(out[0]) and math.isfinite(out[1]) and math.isfinite(out[2])):
        return NOT_FINITE
    return OK


@kernel
def _unit(v):
    """Make `v` a unit vector; False if it has no direction."""
    size = max(abs(v[0]), abs(v[1]), abs(v[2]))
    if not (0.0 < size < math.inf):
        return False
    x, y, z = v[0] / size, v[1] / size, v[2] / size
    norm = math.sqrt(x * x + y * y + z * z)
    v[0], v[1], v[2] = x / norm, y / norm, z / norm
    return True


@kernel
def _direction(tokens, row, out):
    """Unit vector of a direction into `out` (3,); False if there is none (null, dangling, zero, not finite)."""
    if row < 0 or _numbers(tokens, argument(tokens, row, 0), out) < 2:
        return False
    return _unit(out)


@kernel
def _listed(tokens, t):
    """Row referred to by token `t`, -1 if it is no reference or dangles."""
    if t < 0 or tokens.kind[t] != REF or tokens.value[t] < 0.0:
        return np.int64(-1)
    return np.int64(tokens.value[t])


@kernel
def _is(tokens, row, k, value):
    """Whether attribute `k` is the enumeration item `value`."""
    t = argument(tokens, row, k)
    return t >= 0 and tokens.kind[t] == ENUM and tokens.value[t] == value


@kernel
def _room(points, needed):
    """`points`, or a copy with room for `needed` rows."""
    if needed <= points.shape[0]:
        return points
    bigger = np.empty((max(2 * points.shape[0], needed), points.shape[1]))
    bigger[: points.shape[0]] = points
    return bigger


@kernel
def _put(points, n, x, y, z, parameter):
    points[n, 0] = x
    points[n, 1] = y
    points[n, 2] = z
    points[n, 3] = parameter
    return n + 1


@kernel
def _gap(points, i, k):
    """Distance of two points of a buffer."""
    x, y, z = points[k, 0] - points[i, 0], points[k, 1] - points[i, 1], points[k, 2] - points[i, 2]
    return math.sqrt(x * x + y * y + z * z)


# --------------------------------------------------------------------------------------------------- the leaves


@kernel
def _chords(radius, sweep, settings):
    """Number of chords for an arc of so many radians: by deflection and by angle."""
    step = settings.max_angle
    ratio = 0.5 * settings.deflection / radius if radius > 0.0 else 1.0
    if ratio < 1.0:
        # 1 - cos(step / 2) = deflection / radius, written without the cancellation
        step = min(step, 4.0 * math.asin(math.sqrt(ratio)))
    n = math.ceil(abs(sweep) / step - 1e-9)
    if not n < _MAX_CHORDS:
        return _MAX_CHORDS
    n = max(1, int(n))
    if abs(abs(sweep) - 2.0 * math.pi) < 1e-9:
        n = max(8, n + 3 & -4)  # the four extreme points of a circle belong to it
    return n


@kernel
def _polyline(tokens, row, points, n):
    """Append a polyline; its parameter counts the edges."""
    t = argument(tokens, row, 0)
    if t < 0 or tokens.kind[t] != OPEN:
        return points, n, DEGENERATE
    end = t + np.int64(tokens.value[t])
    points = _room(points, n + end - t)
    xyz = np.empty(3)
    first = n
    t += 1
    while t < end:
        status = _cartesian(tokens, _listed(tokens, t), xyz)
        if status != OK:
            return points, first, status
        n = _put(points, n, xyz[0], xyz[1], xyz[2], float(n - first))
        t += 1
    return points, n, OK


@kernel
def _point_list(tokens, row):
    """Points (n, 3) of an IfcCartesianPointList, 2D or 3D, and a status."""
    none = np.empty((0, 3))
    if row < 0:
        return none, DANGLING
    t = argument(tokens, row, 0)
    if t < 0 or tokens.kind[t] != OPEN:
        return none, DEGENERATE
    end = t + np.int64(tokens.value[t])
    points = np.zeros(((end - t) // 3 + 1, 3))
    n = 0
    t += 1
    while t < end:
        if tokens.kind[t] != OPEN or _numbers(tokens, t, points[n]) < 2:
            return none, DEGENERATE
        if not (math.isfinite(points[n, 0]) and math.isfinite(points[n, 1]) and math.isfinite(points[n, 2])):
            return none, NOT_FINITE
        n += 1
        t = skip(tokens, t)
    return points[:n].copy(), OK


@kernel
def _through(a, b, c, settings, points, n, start):
    """Append the arc from `a` through `b` to `c` without its first point; its parameter runs from start to start + 1.

    Three points on a line (or two of them in one place) give the line.
    """
    u, v, w = np.empty(3), np.empty(3), np.empty(3)
    uu, vv, uv = 0.0, 0.0, 0.0
    for k in range(3):
        u[k] = b[k] - a[k]
        v[k] = c[k] - a[k]
        uu += u[k] * u[k]
        vv += v[k] * v[k]
        uv += u[k] * v[k]
    area = uu * vv - uv * uv
    if not area > 1e-18 * uu * vv:
        points = _room(points, n + 2)
        n = _put(points, n, b[0], b[1], b[2], start + 0.5)
        n = _put(points, n, c[0], c[1], c[2], start + 1.0)
        return points, n
    s, t = 0.5 * vv * (uu - uv) / area, 0.5 * uu * (vv - uv) / area
    radius = 0.0
    for k in range(3):
        w[k] = s * u[k] + t * v[k]  # the centre, from a
        radius += w[k] * w[k]
    radius = math.sqrt(radius)
    # x from the centre to a; y across it, towards the side on which b comes before c
    along = 0.0
    normal = np.empty(3)
    for k in range(3):
        normal[k] = (u[k - 2] * v[k - 1] - u[k - 1] * v[k - 2]) / math.sqrt(area)
    x = -w / radius
    y = np.empty(3)
    for k in range(3):
        y[k] = normal[k - 2] * x[k - 1] - normal[k - 1] * x[k - 2]
    across = 0.0
    for k in range(3):
        along += (v[k] - w[k]) * x[k]
        across += (v[k] - w[k]) * y[k]
    sweep = math.atan2(across, along)
    if sweep <= 0.0:
        sweep += 2.0 * math.pi
    count = _chords(radius, sweep, settings)
    points = _room(points, n + count)
    for i in range(1, count):
        angle = sweep * i / count
        cos, sin = radius * math.cos(angle), radius * math.sin(angle)
        n = _put(
            points,
            n,
            a[0] + w[0] + cos * x[0] + sin * y[0],
            a[1] + w[1] + cos * x[1] + sin * y[1],
            a[2] + w[2] + cos * x[2] + sin * y[2],
            start + i / count,
        )
    n = _put(points, n, c[0], c[1], c[2], start + 1.0)
    return points, n


@kernel
def _indexed(tokens, row, settings, points, n):
    """Append an IfcIndexedPolyCurve; its parameter counts edges and arcs."""
    given, status = _point_list(tokens, reference(tokens, row, 0))
    if status != OK:
        return points, n, status
    count = given.shape[0]
    t = argument(tokens, row, 1)
    if t < 0 or tokens.kind[t] != OPEN:
        points = _room(points, n + count)
        for i in range(count):
            n = _put(points, n, given[i, 0], given[i, 1], given[i, 2], float(i))
        return points, n, OK
    begin = n
    end = t + np.int64(tokens.value[t])
    last = -1  # index of the point the curve has come to
    done = 0.0
    t += 1
    while t < end:
        following = skip(tokens, t)
        arc = tokens.kind[t] == KEYWORD and np.int64(tokens.value[t]) == ARC_INDEX
        while t < end and tokens.kind[t] != INTEGER:
            t += 1
        indices = t
        while t < following and tokens.kind[t] == INTEGER:
            if not 1.0 <= tokens.value[t] <= count:
                return points, begin, DANGLING
            t += 1
        size = t - indices
        if size < 2 or (arc and size < 3):
            return points, begin, DEGENERATE
        i = np.int64(tokens.value[indices]) - 1
        points = _room(points, n + size + 1)
        if i != last:
            n = _put(points, n, given[i, 0], given[i, 1], given[i, 2], done)
        if arc:
            k = np.int64(tokens.value[indices + 1]) - 1
            last = np.int64(tokens.value[indices + 2]) - 1
            points, n = _through(given[i], given[k], given[last], settings, points, n, done)
            done += 1.0
        else:
            for j in range(1, size):
                last = np.int64(tokens.value[indices + j]) - 1
                done += 1.0
                n = _put(points, n, given[last, 0], given[last, 1], given[last, 2], done)
        t = following
    return points, n, OK


@kernel
def _conic_frame(tokens, row, origin, x, y):
    """Centre and the two semi-axes of a circle or ellipse as vectors; a status."""
    position = reference(tokens, row, 0)
    if position < 0:
        return DANGLING
    status = _cartesian(tokens, reference(tokens, position, 0), origin)
    if status != OK:
        return status
    z = np.zeros(3)
    z[2] = 1.0
    if tokens.code[position] == AXIS2_2D:
        given = _direction(tokens, reference(tokens, position, 1), x)
        x[2] = 0.0
        given = given and _unit(x)
        origin[2] = 0.0
    else:
        if not _direction(tokens, reference(tokens, position, 1), z):
            z[0], z[1], z[2] = 0.0, 0.0, 1.0
        given = _direction(tokens, reference(tokens, position, 2), x)
    _square(z, given, x, y)
    a = number(tokens, row, 1, math.nan)
    b = number(tokens, row, 2, math.nan) if tokens.code[row] == ELLIPSE else a
    if not (math.isfinite(a) and math.isfinite(b)):
        return NOT_FINITE
    if not (a > 0.0 and b > 0.0):
        return DEGENERATE
    for k in range(3):
        x[k] *= a
        y[k] *= b
    return OK


@kernel
def _across(z, given, x):
    """Make `x` the unit vector at right angles to `z` that is nearest to it; False if the two are parallel."""
    if not given:
        return False
    along = x[0] * z[0] + x[1] * z[1] + x[2] * z[2]
    a, b, c = x[0] - along * z[0], x[1] - along * z[1], x[2] - along * z[2]
    norm = math.sqrt(a * a + b * b + c * c)
    if norm < 1e-9:  # as a sine; files write directions with 6 to 16 digits
        return False
    x[0], x[1], x[2] = a / norm, b / norm, c / norm
    return True


@kernel
def _square(z, given, x, y):
    """Complete the axis `z` and a reference direction `x` (if `given`) to a right-handed frame, changing x and y."""
    if not _across(z, given, x):
        # The standard's default: the world's x axis, or y where that is the axis itself.
        x[0], x[1], x[2] = 1.0, 0.0, 0.0
        if not _across(z, True, x):
            x[0], x[1], x[2] = 0.0, 1.0, 0.0
            _across(z, True, x)
    for k in range(3):
        y[k] = z[k - 2] * x[k - 1] - z[k - 1] * x[k - 2]


@kernel
def _arc(origin, x, y, begin, sweep, settings, points, n):
    """Append the arc origin + cos(t) x + sin(t) y, t from begin to begin + sweep (radians), both ends included."""
    size_x = math.sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2])
    size_y = math.sqrt(y[0] * y[0] + y[1] * y[1] + y[2] * y[2])
    count = _chords(max(size_x, size_y), sweep, settings)
    points = _room(points, n + count + 1)
    for i in range(count + 1):
        angle = begin + sweep * i / count
        cos, sin = math.cos(angle), math.sin(angle)
        n = _put(
            points,
            n,
            origin[0] + cos * x[0] + sin * y[0],
            origin[1] + cos * x[1] + sin * y[1],
            origin[2] + cos * x[2] + sin * y[2],
            abs(sweep) * i / count / settings.angle,
        )
    return points, n


@kernel
def _trim(tokens, row, k, point):
    """One end of a trimmed curve: (has a parameter, the parameter, has a point), the point into `point` (3,).

    Only the representation that is to be used is said to be there, if both are given: the master, else the point.
    """
    t = argument(tokens, row, k)
    has_parameter, parameter, has_point = False, 0.0, False
    if t < 0 or tokens.kind[t] != OPEN:
        return has_parameter, parameter, has_point
    end = t + np.int64(tokens.value[t])
    t += 1
    while t < end:
        kind = tokens.kind[t]
        if kind == REF:
            has_point = _cartesian(tokens, _listed(tokens, t), point) == OK
        elif kind in (REAL, INTEGER):
            has_parameter, parameter = True, tokens.value[t]
        t += 1
    if has_parameter and has_point:
        has_parameter = _is(tokens, row, 4, _PARAMETER)
        has_point = not has_parameter
    return has_parameter, parameter, has_point


@kernel
def _conic_angle(origin, x, y, point):
    """Parameter (radians) of the point of a conic that lies nearest to the ray from its centre through `point`."""
    xx, yy, px, py = 0.0, 0.0, 0.0, 0.0
    for k in range(3):
        d = point[k] - origin[k]
        xx += x[k] * x[k]
        yy += y[k] * y[k]
        px += d * x[k]
        py += d * y[k]
    return math.atan2(py / yy, px / xx)


@kernel
def _conic(tokens, row, trimmed, settings, points, n):
    """Append a circle or ellipse, or the part of it that the trimmed curve `trimmed` (-1: none) leaves."""
    origin, x, y = np.empty(3), np.zeros(3), np.empty(3)
    status = _conic_frame(tokens, row, origin, x, y)
    if status != OK:
        return points, n, status
    begin, sweep = 0.0, 2.0 * math.pi
    if trimmed >= 0:
        point = np.empty(3)
        end = 0.0
        for k in range(1, 3):
            has_parameter, parameter, has_point = _trim(tokens, trimmed, k, point)
            if not has_parameter and not has_point:
                return points, n, DEGENERATE
            angle = parameter * settings.angle if has_parameter else _conic_angle(origin, x, y, point)
            if k == 1:
                begin = angle
            else:
                end = angle
        if not (math.isfinite(begin) and math.isfinite(end)):
            return points, n, NOT_FINITE
        forward = not _is(tokens, trimmed, 3, _FALSE)
        sweep = (end - begin if forward else begin - end) % (2.0 * math.pi)
        if sweep < 1e-9 or sweep > 2.0 * math.pi - 1e-9:
            sweep = 2.0 * math.pi  # both ends in one place leave the whole curve, not nothing
        if not forward:
            sweep = -sweep
    points, n = _arc(origin, x, y, begin, sweep, settings, points, n)
    return points, n, OK


@kernel
def _line(tokens, row, trimmed, points, n):
    """Append the part of a line that a trimmed curve leaves; all by itself a line is its vector."""
    origin, along, point = np.empty(3), np.zeros(3), np.empty(3)
    status = _cartesian(tokens, reference(tokens, row, 0), origin)
    if status != OK:
        return points, n, status
    vector = reference(tokens, row, 1)
    if vector < 0:
        return points, n, DANGLING
    size = number(tokens, vector, 1, 1.0)
    if not _direction(tokens, reference(tokens, vector, 0), along) or not math.isfinite(size):
        return points, n, DEGENERATE
    begin = 0.0
    first = n
    points = _room(points, n + 2)
    for k in range(1, 3):
        parameter = k - 1.0
        has_point = False
        if trimmed >= 0:
            has_parameter, parameter, has_point = _trim(tokens, trimmed, k, point)
            if not has_parameter and not has_point:
                return points, first, DEGENERATE
        if has_point:
            distance = 0.0
            for j in range(3):
                distance += (point[j] - origin[j]) * along[j]
            parameter = distance / size if size != 0.0 else 0.0
            n = _put(points, n, point[0], point[1], point[2], 0.0)
        else:
            if not math.isfinite(parameter):
                return points, first, NOT_FINITE
            d = parameter * size
            n = _put(points, n, origin[0] + d * along[0], origin[1] + d * along[1], origin[2] + d * along[2], 0.0)
        if k == 1:
            begin = parameter
        else:
            points[n - 1, 3] = abs(parameter - begin)
    return points, n, OK


@kernel
def _knots(tokens, row, degree, count):
    """Knots with their multiplicities written out (empty if they do not fit the control points)."""
    full = np.empty(count + degree + 1)
    n = 0
    if tokens.code[row] == BEZIER or tokens.code[row] == RATIONAL_BEZIER:
        if (count - 1) % degree != 0:
            return np.empty(0)
        for k in range(count + degree + 1):
            full[k] = float(min(max((k - 1) // degree, 0), (count - 1) // degree))
        return full
    t = argument(tokens, row, 5)
    s = argument(tokens, row, 6)
    if t < 0 or s < 0 or tokens.kind[t] != OPEN or tokens.kind[s] != OPEN:
        return np.empty(0)
    for k in range(1, np.int64(min(tokens.value[t], tokens.value[s]))):
        for _ in range(np.int64(min(tokens.value[t + k], 1e6))):
            if n < full.size:
                full[n] = tokens.value[s + k]
                if n > 0 and not full[n] >= full[n - 1]:
                    return np.empty(0)
            n += 1
    if n != full.size:
        return np.empty(0)
    return full


@kernel
def _de_boor(control, knots, degree, span, u, work):
    """Point (x, y, z, w) of a spline in homogeneous coordinates at `u` in the span, left in ``work[degree]``."""
    for j in range(degree + 1):
        work[j] = control[span - degree + j]
    for r in range(1, degree + 1):
        for j in range(degree, r - 1, -1):
            low = knots[span - degree + j]
            width = knots[span + 1 + j - r] - low
            a = (u - low) / width if width > 0.0 else 0.0
            for k in range(4):
                work[j, k] = (1.0 - a) * work[j - 1, k] + a * work[j, k]


@kernel
def _span_points(control, knots, degree, span, begin, end, count, out, work):
    """`count` + 1 points of a spline, evenly spaced in the parameter from begin to end, into `out` (count + 1, 4)."""
    for i in range(count + 1):
        u = end if i == count else begin + (end - begin) * i / count
        _de_boor(control, knots, degree, span, u, work)
        w = work[degree, 3]
        for k in range(3):
            out[i, k] = work[degree, k] / w
        out[i, 3] = u


@kernel
def _is_fine(points, count, settings):
    """Whether every second point lies near the chord of its neighbours, and no corner turns too far."""
    for i in range(1, count, 2):
        aa, bb, ab, off = 0.0, 0.0, 0.0, 0.0
        for k in range(3):
            a, b = points[i, k] - points[i - 1, k], points[i + 1, k] - points[i, k]
            aa += a * a
            bb += b * b
            ab += a * b
            m = 0.5 * (b - a)
            off += m * m
        # The chord from i - 1 to i leaves the curve by about a quarter of what the one to i + 1 does.
        if off > 16.0 * settings.deflection * settings.deflection:
            return False
        if aa > 0.0 and bb > 0.0 and ab < math.cos(settings.max_angle) * math.sqrt(aa * bb):
            return False
    return True


@kernel
def _spline(tokens, row, trimmed, settings, points, n):
    """Append a B-spline or Bézier curve, rational or not, or the part of it that a trimmed curve leaves."""
    first = n
    degree = np.int64(number(tokens, row, 0, 0.0))
    t = argument(tokens, row, 1)
    if t < 0 or tokens.kind[t] != OPEN or not 1 <= degree <= 30:
        return points, n, DEGENERATE
    count = np.int64(tokens.value[t]) - 1
    if count <= degree:
        return points, n, DEGENERATE
    control = np.ones((count, 4))
    for i in range(count):
        status = _cartesian(tokens, _listed(tokens, t + 1 + i), control[i, :3])
        if status != OK:
            return points, n, status
    s = np.int64(-1)
    if tokens.code[row] == RATIONAL_SPLINE:
        s = argument(tokens, row, 8)
    elif tokens.code[row] == RATIONAL_BEZIER:
        s = argument(tokens, row, 5)
    if s >= 0:
        if tokens.kind[s] != OPEN or np.int64(tokens.value[s]) - 1 != count:
            return points, n, DEGENERATE
        for i in range(count):
            w = tokens.value[s + 1 + i]
            if not 0.0 < w < math.inf:
                return points, n, DEGENERATE
            control[i] *= w
    knots = _knots(tokens, row, degree, count)
    if knots.size == 0:
        return points, n, DEGENERATE
    low, high = knots[degree], knots[count]
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return points, n, DEGENERATE
    begin, end = low, high
    ends = np.empty((2, 3))
    by_point = np.zeros(2, np.bool_)
    if trimmed >= 0:
        has_parameter, parameter, by_point[0] = _trim(tokens, trimmed, 1, ends[0])
        if has_parameter:
            begin = min(max(parameter, low), high)
        has_parameter, parameter, by_point[1] = _trim(tokens, trimmed, 2, ends[1])
        if has_parameter:
            end = min(max(parameter, low), high)
    backward = begin > end
    if backward:
        begin, end = end, begin
    work = np.empty((degree + 1, 4))
    buffer = np.empty((257, 4))
    for span in range(degree, count):
        a, b = max(begin, knots[span]), min(end, knots[span + 1])
        if not a < b:
            continue
        pieces = 1 if degree == 1 and s < 0 else 4
        _span_points(control, knots, degree, span, a, b, pieces, buffer, work)
        while 1 < pieces < 256 and not _is_fine(buffer, pieces, settings):
            pieces *= 2
            _span_points(control, knots, degree, span, a, b, pieces, buffer, work)
        points = _room(points, n + pieces + 1)
        for i in range(0 if n == first else 1, pieces + 1):
            n = _put(points, n, buffer[i, 0], buffer[i, 1], buffer[i, 2], buffer[i, 3])
    if n - first < 2:
        return points, first, DEGENERATE
    if backward:
        _reverse(points, first, n)
    for i in range(first, n):
        points[i, 3] = abs(points[i, 3] - begin)
    if by_point[0] or by_point[1]:
        lower = _foot(points, first, n, ends[0]) if by_point[0] else 0.0
        upper = _foot(points, first, n, ends[1]) if by_point[1] else points[n - 1, 3]
        points, n = _between(points, first, n, lower, upper)
    return points, n, OK


# -------------------------------------------------------------------------------- what is done to ranges of points


@kernel
def _reverse(points, first, n):
    """Turn the points first … n - 1 around; the parameter counts from the new start."""
    i, k = first, n - 1
    while i < k:
        for j in range(4):
            points[i, j], points[k, j] = points[k, j], points[i, j]
        i += 1
        k -= 1
    if n > first:
        begin = points[first, 3]
        for i in range(first, n):
            points[i, 3] = abs(points[i, 3] - begin)


@kernel
def _foot(points, first, n, point):
    """Parameter of the place on the points first … n - 1 that is nearest to `point`."""
    best, where = math.inf, 0.0
    for i in range(first, n - 1):
        along, size = 0.0, 0.0
        for k in range(3):
            e = points[i + 1, k] - points[i, k]
            along += e * (point[k] - points[i, k])
            size += e * e
        s = min(max(along / size, 0.0), 1.0) if size > 0.0 else 0.0
        distance = 0.0
        for k in range(3):
            d = points[i, k] + s * (points[i + 1, k] - points[i, k]) - point[k]
            distance += d * d
        if distance < best:
            best, where = distance, points[i, 3] + s * (points[i + 1, 3] - points[i, 3])
    return where


@kernel
def _between(points, first, n, begin, end):
    """Keep of the points first … n - 1 those with parameters from begin to end (reversed if end < begin)."""
    low, high = min(begin, end), max(begin, end)
    points = _room(points, n + 2)
    source = points[first:n].copy()
    count = source.shape[0]
    n = first
    for i in range(count):
        here = source[i, 3]
        if i > 0:
            before = source[i - 1, 3]
            for k in range(2):
                cut = low if k == 0 else high
                if before < cut < here:
                    s = (cut - before) / (here - before)
                    for j in range(3):
                        points[n, j] = source[i - 1, j] + s * (source[i, j] - source[i - 1, j])
                    points[n, 3] = cut
                    n += 1
        if low <= here <= high:
            points[n] = source[i]
            n += 1
    for i in range(first, n):
        points[i, 3] -= low
    if end < begin:
        _reverse(points, first, n)
    return points, n


@kernel
def _cut_out(tokens, row, points, first, n):
    """Apply the two ends of the trimmed curve `row` to the points first … n - 1 of its basis curve."""
    ends = np.empty(2)
    point = np.empty(3)
    for k in range(2):
        has_parameter, parameter, has_point = _trim(tokens, row, k + 1, point)
        if not has_parameter and not has_point:
            return points, first, DEGENERATE
        ends[k] = parameter if has_parameter else _foot(points, first, n, point)
        if not math.isfinite(ends[k]):
            return points, first, NOT_FINITE
    points, n = _between(points, first, n, ends[0], ends[1])
    return points, n, OK


@kernel
def _join(points, starts, top, count, joint):
    """Make one of the topmost `count` ranges: a part whose first point is the last one of the part before loses it.

    A part that fits only the other way round is turned: exporters get SameSense wrong.
    """
    first = starts[top - count]
    n = starts[top - count + 1]
    for part in range(1, count):
        a, b = starts[top - count + part], starts[top - count + part + 1]
        if b == a:
            continue
        if n == first:
            for i in range(a, b):
                points[n] = points[i]
                n += 1
            continue
        if _gap(points, n - 1, a) > joint:
            if _gap(points, n - 1, b - 1) <= joint and _gap(points, a, b - 1) > joint:
                _reverse(points, a, b)
            elif part == 1 and _gap(points, n - 1, first) > joint:
                if _gap(points, first, a) <= joint:
                    _reverse(points, first, n)
                elif _gap(points, first, b - 1) <= joint:
                    _reverse(points, first, n)
                    _reverse(points, a, b)
        done = points[n - 1, 3] - points[a, 3]
        for i in range(a + 1 if _gap(points, n - 1, a) <= joint else a, b):
            points[n] = points[i]
            points[n, 3] += done
            n += 1
    return n


@kernel
def _offset(points, first, n, distance, joint):
    """Move the points first … n - 1 of the plane to their left by `distance`, corners mitred."""
    source = points[first:n].copy()
    count = source.shape[0]
    closed = count > 3 and _gap(source, 0, count - 1) <= joint
    last = count - 1
    for i in range(count):
        before = i - 1 if i > 0 else (last - 1 if closed else -1)
        after = i + 1 if i < last else (1 if closed else -1)
        ax, ay, bx, by = 0.0, 0.0, 0.0, 0.0
        if before >= 0:
            ax, ay = source[i, 0] - source[before, 0], source[i, 1] - source[before, 1]
        if after >= 0:
            bx, by = source[after, 0] - source[i, 0], source[after, 1] - source[i, 1]
        a, b = math.hypot(ax, ay), math.hypot(bx, by)
        if a > 0.0:
            ax, ay = ax / a, ay / a
        if b > 0.0:
            bx, by = bx / b, by / b
        if a == 0.0:
            ax, ay = bx, by
        if b == 0.0:
            bx, by = ax, ay
        # The mitre grows without bound as the corner closes: cut it at four times the distance.
        scale = distance / max(1.0 + ax * bx + ay * by, 0.125)
        points[first + i, 0] = source[i, 0] - scale * (ay + by)
        points[first + i, 1] = source[i, 1] + scale * (ax + bx)


# ----------------------------------------------------------------------------------------------------- the tree


@kernel
def _is_composite(kind):
    return kind in (COMPOSITE, COMPOSITE_2D, COMPOSITE_ON_SURFACE, BOUNDARY, OUTER_BOUNDARY)


@kernel
def _is_basic(kind):
    """Curves that a trim is applied to before they become points."""
    return kind in (CIRCLE, ELLIPSE, LINE, SPLINE, RATIONAL_SPLINE, BEZIER, RATIONAL_BEZIER)


@kernel
def _plan(tokens, root):
    """The tree of a curve as steps (k, 2): what to do, and the row (or the count) to do it with; and a status."""
    steps = np.empty((16, 2), np.int64)
    todo = np.empty((16, 3), np.int64)
    path = np.empty(_MAX_DEPTH + 1, np.int64)
    n = 0
    todo[0, 0], todo[0, 1], todo[0, 2] = _VISIT, root, 0
    top = 1
    while top:
        top -= 1
        step, row, depth = todo[top, 0], todo[top, 1], todo[top, 2]
        if n + 1 >= steps.shape[0]:
            grown = np.empty((2 * steps.shape[0], 2), np.int64)
            grown[:n] = steps[:n]
            steps = grown
        if step != _VISIT:
            steps[n, 0], steps[n, 1] = step, row
            n += 1
            continue
        if row < 0:
            return steps, n, DANGLING
        if depth >= _MAX_DEPTH:
            return steps, n, TOO_DEEP
        for d in range(depth):
            if path[d] == row:
                return steps, n, CYCLE
        path[depth] = row
        kind = tokens.code[row]
        needed = 4
        t = np.int64(-1)
        if _is_composite(kind):
            t = argument(tokens, row, 0)
            if t < 0 or tokens.kind[t] != OPEN:
                return steps, n, DEGENERATE
            needed = 2 * np.int64(tokens.value[t]) + 4
        if n + top + needed > _MAX_STEPS:
            return steps, n, TOO_DEEP
        if top + needed > todo.shape[0]:
            more = np.empty((max(2 * todo.shape[0], top + needed), 3), np.int64)
            more[:top] = todo[:top]
            todo = more
        child = np.int64(-2)
        if _is_composite(kind):
            todo[top, 0], todo[top, 1], todo[top, 2] = JOIN, np.int64(tokens.value[t]) - 1, depth
            top += 1
            for at in range(t + np.int64(tokens.value[t]) - 1, t, -1):
                todo[top, 0], todo[top, 1], todo[top, 2] = _VISIT, _listed(tokens, at), depth + 1
                top += 1
        elif kind in (SEGMENT, REPARAMETRISED):
            if _is(tokens, row, 1, _FALSE):
                todo[top, 0], todo[top, 1], todo[top, 2] = REVERSE, row, depth
                top += 1
            child = reference(tokens, row, 2)
        elif kind == TRIMMED:
            basis = reference(tokens, row, 0)
            if basis >= 0 and _is_basic(tokens.code[basis]):
                steps[n, 0], steps[n, 1] = LEAF, row
                n += 1
            else:
                todo[top, 0], todo[top, 1], todo[top, 2] = TRIM, row, depth
                top += 1
                child = basis
        elif kind == OFFSET_2D:
            todo[top, 0], todo[top, 1], todo[top, 2] = OFFSET, row, depth
            top += 1
            child = reference(tokens, row, 0)
        elif kind in (SURFACE_CURVE, SEAM_CURVE, INTERSECTION_CURVE):
            child = reference(tokens, row, 0)
        elif _is_basic(kind) or kind in (POLYLINE, INDEXED):
            steps[n, 0], steps[n, 1] = LEAF, row
            n += 1
        else:
            return steps, n, UNSUPPORTED
        if child > -2:
            todo[top, 0], todo[top, 1], todo[top, 2] = _VISIT, child, depth + 1
            top += 1
    return steps, n, OK


@kernel
def _leaf(tokens, row, settings, points, n):
    """Append the points of a curve that contains no other, or of a trimmed one over such a curve."""
    kind = tokens.code[row]
    if kind == POLYLINE:
        return _polyline(tokens, row, points, n)
    if kind == INDEXED:
        return _indexed(tokens, row, settings, points, n)
    trimmed = np.int64(-1)
    if kind == TRIMMED:
        trimmed = row
        row = reference(tokens, row, 0)
        kind = tokens.code[row]
    if kind in (CIRCLE, ELLIPSE):
        return _conic(tokens, row, trimmed, settings, points, n)
    if kind == LINE:
        return _line(tokens, row, trimmed, points, n)
    return _spline(tokens, row, trimmed, settings, points, n)


@kernel
def _run(tokens, steps, n_steps, settings, points):
    """Carry out the steps of `_plan`: (points, n, status)."""
    joint = max(settings.tolerance, 0.1 * settings.deflection)
    starts = np.zeros(n_steps + 2, np.int64)
    top = 0  # ranges on the stack; range i is starts[i] … starts[i + 1] - 1
    n = 0
    for i in range(n_steps):
        step, row = steps[i, 0], steps[i, 1]
        status = OK
        if step == LEAF:
            points, n, status = _leaf(tokens, row, settings, points, n)
            top += 1
        elif step == JOIN:
            if row == 0:
                return points, 0, DEGENERATE
            n = _join(points, starts, top, row, joint)
            top -= row - 1
        elif step == REVERSE:
            _reverse(points, starts[top - 1], n)
        elif step == TRIM:
            points, n, status = _cut_out(tokens, row, points, starts[top - 1], n)
        else:
            distance = number(tokens, row, 1, math.nan)
            if not math.isfinite(distance):
                return points, 0, NOT_FINITE
            _offset(points, starts[top - 1], n, distance, joint)
        if status != OK:
            return points, 0, status
        starts[top] = n
    return points, n, OK


@kernel
def _distinct(points, n, tolerance, joint):
    """Drop points that repeat the one before; (n, closed), the closing point dropped as well."""
    kept = 0
    for i in range(n):
        if kept == 0 or _gap(points, i, kept - 1) > tolerance:
            points[kept] = points[i]
            kept += 1
    closed = False
    while kept > 3 and _gap(points, 0, kept - 1) <= joint:
        closed = True
        kept -= 1
    return kept, closed


@kernel
def _trace(tokens, row, settings):
    """Points of a curve with their parameters: (points (n, 4), closed, status), without the closing point."""
    points = np.empty((64, 4))
    n = 0
    if row >= 0 and tokens.code[row] == POLYLINE:
        points, n, status = _polyline(tokens, row, points, n)
    else:
        steps, n_steps, status = _plan(tokens, row)
        if status == OK:
            points, n, status = _run(tokens, steps, n_steps, settings, points)
    if status != OK:
        return points[:0], False, status
    n, closed = _distinct(points, n, settings.tolerance, max(settings.tolerance, 0.1 * settings.deflection))
    if n < 2:
        return points[:0], False, DEGENERATE
    return points[:n], closed, OK


@kernel
def _curve3(tokens, row, settings):
    """Points of a curve in space.

    Parameters
    ----------
    tokens : Tokens
    row : int
        Of any IfcCurve but the alignment curves of IFC4X3.
    settings : Settings

    Returns
    -------
    points : (n, 3) float64
        In the file's unit; n >= 2, or 0 if the status is not OK.
    closed : bool
        The last point is joined to the first (which is not repeated).
    status : int
    """
    points, closed, status = _trace(tokens, row, settings)
    return points[:, :3].copy(), closed, status


@kernel
def _curve2(tokens, row, settings):
    """Points (n, 2) of a curve in the plane; else as `_curve3`."""
    points, closed, status = _trace(tokens, row, settings)
    return points[:, :2].copy(), closed, status
