"""Curves of a building model as polylines.

A curve of a file is a tree: a composite of trimmed curves over conics, a part of a composite, an offset of that.  The
tree is first written down as steps for a stack machine, children before parents, so that no kernel calls itself and a
curve that contains itself ends.  Each leaf then appends its points to one buffer, and joining, reversing, trimming and
offsetting work on the topmost ranges of it.  Every point carries its parameter on the curve, which is what a trim of a
composite, or the ends of a sweep along it, are given in.

A kernel never makes the buffer larger: past its end `_put` only counts, the kernel says FULL, and all begins again with
a buffer that is large enough.  That is rare, and numba compiles kernels that hand no arrays on in half the time.

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
ARC_INDEX = code("IFCARCINDEX")
AXIS2_2D = code("IFCAXIS2PLACEMENT2D")
AXIS2_3D = code("IFCAXIS2PLACEMENT3D")
AXIS1 = code("IFCAXIS1PLACEMENT")

_FALSE = enum_code("F")
_PARAMETER = enum_code("PARAMETER")

LEAF, REVERSE, JOIN, TRIM, OFFSET = range(5)
_VISIT = -1
_FULL = -1  # a status that does not leave this module
_MAX_DEPTH = 100
_MAX_STEPS = 200_000  # composites that share their parts in a long chain would double with every level
_MAX_CHORDS = 4096
_MAX_POINTS = 10_000_000


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
def _finite(v):
    return math.isfinite(v[0]) and math.isfinite(v[1]) and math.isfinite(v[2])


@kernel
def _cartesian(tokens, row, out):
    """Coordinates of a Cartesian point into `out` (3,), z = 0 for one of the plane; a status."""
    if row < 0:
        return DANGLING
    if tokens.code[row] != POINT:
        return UNSUPPORTED
    if _numbers(tokens, argument(tokens, row, 0), out) < 1:
        return DEGENERATE
    return OK if _finite(out) else NOT_FINITE


@kernel
def _unit(v):
    """Make `v` a unit vector; False if it has no direction."""
    size = max(abs(v[0]), abs(v[1]), abs(v[2]))
    if not (0.0 < size < math.inf):
        return False
    x, y, z = v[0] / size, v[1] / size, v[2] / size
    norm = math.sqrt(x * x + y * y + z * z)
    if not norm > 0.0:  # the largest of several numbers may hide that one is none
        return False
    v[0], v[1], v[2] = x / norm, y / norm, z / norm
    return True


@kernel
def _direction(tokens, row, out):
    """Unit vector of a direction into `out` (3,); False if there is none (null, dangling, zero, not finite)."""
    if row < 0 or _numbers(tokens, argument(tokens, row, 0), out) < 2:
        return False
    return _unit(out)


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
    y[0] = z[1] * x[2] - z[2] * x[1]
    y[1] = z[2] * x[0] - z[0] * x[2]
    y[2] = z[0] * x[1] - z[1] * x[0]


@kernel
def _axes(tokens, row, origin, x, y, z):
    """Origin and unit axes of an IfcAxis2Placement2D or 3D (or IfcAxis1Placement); a status.

    Files leave axes out, repeat a direction, or give two that are not at right angles.  The z axis is kept, x is made
    to lie across it, and what cannot be used counts as missing.
    """
    x[0], x[1], x[2] = 1.0, 0.0, 0.0
    y[0], y[1], y[2] = 0.0, 1.0, 0.0
    z[0], z[1], z[2] = 0.0, 0.0, 1.0
    if row < 0:
        return DANGLING
    kind = tokens.code[row]
    if kind != AXIS2_2D and kind != AXIS2_3D and kind != AXIS1:
        return UNSUPPORTED
    status = _cartesian(tokens, reference(tokens, row, 0), origin)
    if status != OK:
        return status
    at = 1
    if kind != AXIS2_2D:
        if not _direction(tokens, reference(tokens, row, 1), z):
            z[0], z[1], z[2] = 0.0, 0.0, 1.0
        at = 2
    given = kind != AXIS1 and _direction(tokens, reference(tokens, row, at), x)
    if kind == AXIS2_2D:
        origin[2], x[2] = 0.0, 0.0
    _square(z, given, x, y)
    return OK


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
def _list(tokens, row, k):
    """First token inside the list that attribute `k` is, and its closing token; (0, -1) if it is none."""
    t = argument(tokens, row, k)
    if t < 0 or tokens.kind[t] != OPEN:
        return np.int64(0), np.int64(-1)
    return t + 1, t + np.int64(tokens.value[t])


@kernel
def _put(points, n, x, y, z, parameter):
    """Write a point with its parameter to place `n` if there is such a place; n + 1."""
    if n < points.shape[0]:
        points[n, 0] = x
        points[n, 1] = y
        points[n, 2] = z
        points[n, 3] = parameter
    return n + 1


@kernel
def _move(points, i, k):
    """Copy point `i` to place `k`."""
    points[k, 0] = points[i, 0]
    points[k, 1] = points[i, 1]
    points[k, 2] = points[i, 2]
    points[k, 3] = points[i, 3]


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
    if not abs(sweep) < step * _MAX_CHORDS:
        return _MAX_CHORDS
    n = max(1, math.ceil(abs(sweep) / step - 1e-9))
    if abs(abs(sweep) - 2.0 * math.pi) < 1e-9:
        n = max(8, n + 3 & -4)  # the four extreme points of a circle belong to it
    return n


@kernel
def _polyline(tokens, row, points, n):
    """Append a polyline; its parameter counts the edges."""
    t, end = _list(tokens, row, 0)
    xyz = np.empty(3)
    first = n
    while t < end:
        status = _cartesian(tokens, _listed(tokens, t), xyz)
        if status != OK:
            return first, status
        n = _put(points, n, xyz[0], xyz[1], xyz[2], float(n - first))
        t += 1
    return n, OK


@kernel
def _through(a, b, c, settings, points, n, start):
    """Append the arc from `a` through `b` to `c` without its first point; its parameter runs from start to start + 1.

    Three points on a line (or two of them in one place) give the line.
    """
    u, v, w = np.empty(3), np.empty(3), np.empty(3)
    x, y, z = np.empty(3), np.empty(3), np.empty(3)
    uu, vv, uv = 0.0, 0.0, 0.0
    for k in range(3):
        u[k] = b[k] - a[k]
        v[k] = c[k] - a[k]
        uu += u[k] * u[k]
        vv += v[k] * v[k]
        uv += u[k] * v[k]
    area = uu * vv - uv * uv
    if not area > 1e-18 * uu * vv:
        n = _put(points, n, b[0], b[1], b[2], start + 0.5)
        return _put(points, n, c[0], c[1], c[2], start + 1.0)
    s, t = 0.5 * vv * (uu - uv) / area, 0.5 * uu * (vv - uv) / area
    for k in range(3):
        w[k] = s * u[k] + t * v[k]  # the centre, from a
        x[k] = -w[k]
    radius = math.sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2])
    _unit(x)
    z[0] = u[1] * v[2] - u[2] * v[1]
    z[1] = u[2] * v[0] - u[0] * v[2]
    z[2] = u[0] * v[1] - u[1] * v[0]
    _unit(z)
    _square(z, True, x, y)  # seen along z the arc runs from x (towards a) to y
    along, across = 0.0, 0.0
    for k in range(3):
        along += (v[k] - w[k]) * x[k]
        across += (v[k] - w[k]) * y[k]
        w[k] += a[k]
    sweep = math.atan2(across, along)
    if sweep <= 0.0:
        sweep += 2.0 * math.pi
    count = _chords(radius, sweep, settings)
    for i in range(1, count):
        angle = sweep * i / count
        cos, sin = radius * math.cos(angle), radius * math.sin(angle)
        px = w[0] + cos * x[0] + sin * y[0]
        py = w[1] + cos * x[1] + sin * y[1]
        n = _put(points, n, px, py, w[2] + cos * x[2] + sin * y[2], start + i / count)
    return _put(points, n, c[0], c[1], c[2], start + 1.0)


@kernel
def _indexed_point(tokens, t, end, index, out):
    """Point number `index` (from 1) of the list of coordinates whose first token is `t`; a status."""
    if not index >= 1.0:
        return DANGLING
    # Every point has as many tokens as the first one in any sane file; else count them off.
    if t < end and tokens.kind[t] == OPEN:
        size = np.int64(tokens.value[t]) + 1
        at = t + (np.int64(index) - 1) * size
        if at < end and tokens.kind[at] == OPEN and np.int64(tokens.value[at]) + 1 == size:
            if _numbers(tokens, at, out) < 2:
                return DEGENERATE
            return OK if _finite(out) else NOT_FINITE
    return DANGLING


@kernel
def _indexed(tokens, row, settings, points, n):
    """Append an IfcIndexedPolyCurve; its parameter counts edges and arcs."""
    first = n
    a, b, c = np.empty(3), np.empty(3), np.empty(3)
    listed = reference(tokens, row, 0)
    if listed < 0:
        return first, DANGLING
    base, base_end = _list(tokens, listed, 0)
    t, end = _list(tokens, row, 1)
    if end < 0:
        i = 1.0
        t = base
        while t < base_end:
            status = _indexed_point(tokens, base, base_end, i, a)
            if status != OK:
                return first, status
            n = _put(points, n, a[0], a[1], a[2], i - 1.0)
            i += 1.0
            t = skip(tokens, t)
        return n, OK
    last = 0.0  # index of the point the curve has come to
    done = 0.0
    while t < end:
        following = skip(tokens, t)
        arc = tokens.kind[t] == KEYWORD and np.int64(tokens.value[t]) == ARC_INDEX
        while t < following and tokens.kind[t] != INTEGER:
            t += 1
        k = 0
        status = OK
        while t < following and tokens.kind[t] == INTEGER:
            index = tokens.value[t]
            status = _indexed_point(tokens, base, base_end, index, c)
            if status != OK:
                return first, status
            if k == 0:
                if index != last:
                    n = _put(points, n, c[0], c[1], c[2], done)
            elif not arc:
                done += 1.0
                n = _put(points, n, c[0], c[1], c[2], done)
            elif k == 2:
                n = _through(a, b, c, settings, points, n, done)
                done += 1.0
            for j in range(3):
                if k == 0:
                    a[j] = c[j]
                else:
                    b[j] = c[j]
            last = index
            k += 1
            t += 1
        if k < 2 or (arc and k != 3):
            return first, DEGENERATE
        t = following
    return n, OK


@kernel
def _trim(tokens, row, k, point):
    """One end of a trimmed curve: (how, the parameter), the point into `point` (3,).

    How is 1 for a parameter, 2 for a point, 3 for a parameter with a point beside it, 0 for none.  If both are given,
    the master representation decides, and the point if that is unspecified.
    """
    t, end = _list(tokens, row, k)
    parameter, how = 0.0, 0
    prefers = _is(tokens, row, 4, _PARAMETER)
    while t < end:
        kind = tokens.kind[t]
        if kind == REF:
            if _cartesian(tokens, _listed(tokens, t), point) == OK:
                how = 3 if how == 1 and prefers else 2
        elif kind in (REAL, INTEGER) and not (how == 2 and not prefers):
            parameter, how = tokens.value[t], 3 if how == 2 else 1
        t += 1
    return how, parameter


@kernel
def _in_other_unit(angle, parameter, cos, sin):
    """Whether a point beside a parameter fits it in degrees or radians, but not in the unit the file declares."""
    if math.hypot(cos - math.cos(angle), sin - math.sin(angle)) < 0.01:
        return False
    degrees = math.radians(parameter)
    as_degrees = math.hypot(cos - math.cos(degrees), sin - math.sin(degrees)) < 0.01
    return as_degrees or math.hypot(cos - math.cos(parameter), sin - math.sin(parameter)) < 0.01


@kernel
def _conic(tokens, row, trimmed, settings, points, n):
    """Append a circle or ellipse, or the part of it that the trimmed curve `trimmed` (-1: none) leaves."""
    origin, x, y, z = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    status = _axes(tokens, reference(tokens, row, 0), origin, x, y, z)
    if status != OK:
        return n, status
    a = number(tokens, row, 1, math.nan)
    b = number(tokens, row, 2, math.nan) if tokens.code[row] == ELLIPSE else a
    if not (math.isfinite(a) and math.isfinite(b)):
        return n, NOT_FINITE
    if not (a > 0.0 and b > 0.0):
        return n, DEGENERATE
    begin, sweep = 0.0, 2.0 * math.pi
    if trimmed >= 0:
        end = 0.0
        slack = 1e-9
        for k in range(1, 3):
            how, parameter = _trim(tokens, trimmed, k, z)
            if how == 0:
                return n, DEGENERATE
            angle = parameter * settings.angle
            if how >= 2:
                along, across = 0.0, 0.0
                for j in range(3):
                    along += (z[j] - origin[j]) * x[j]
                    across += (z[j] - origin[j]) * y[j]
                if how == 2 or _in_other_unit(angle, parameter, along / a, across / b):
                    angle = math.atan2(across / b, along / a)
            if not math.isfinite(angle):
                return n, NOT_FINITE
            if k == 1:
                begin = angle
            else:
                end = angle
        if how != 2 and abs(abs(end - begin) - 2.0 * math.pi) < 2e-5:
            slack = 2e-5  # parameters in single precision: 0 to 6.2831898 is the whole circle, not its remainder
        forward = not _is(tokens, trimmed, 3, _FALSE)
        sweep = (end - begin if forward else begin - end) % (2.0 * math.pi)
        if sweep < slack or sweep > 2.0 * math.pi - slack:
            sweep = 2.0 * math.pi  # both ends in one place leave the whole curve, not nothing
        if not forward:
            sweep = -sweep
    count = _chords(max(a, b), sweep, settings)
    for i in range(count + 1):
        angle = begin + sweep * i / count
        cos, sin = a * math.cos(angle), b * math.sin(angle)
        px = origin[0] + cos * x[0] + sin * y[0]
        py = origin[1] + cos * x[1] + sin * y[1]
        pz = origin[2] + cos * x[2] + sin * y[2]
        n = _put(points, n, px, py, pz, abs(sweep) * i / count / settings.angle)
    return n, OK


@kernel
def _line(tokens, row, trimmed, points, n):
    """Append the part of a line that a trimmed curve leaves; all by itself a line is its vector."""
    origin, along, point = np.empty(3), np.zeros(3), np.empty(3)
    vector = reference(tokens, row, 1)
    status = _cartesian(tokens, reference(tokens, row, 0), origin)
    if status != OK or vector < 0:
        return n, DANGLING if status == OK else status
    size = number(tokens, vector, 1, 1.0)
    if not _direction(tokens, reference(tokens, vector, 0), along) or not math.isfinite(size):
        return n, DEGENERATE
    first = n
    begin = 0.0
    for k in range(1, 3):
        parameter = k - 1.0
        how = 1
        if trimmed >= 0:
            how, parameter = _trim(tokens, trimmed, k, point)
            if how == 0:
                return first, DEGENERATE
        if how == 2:
            distance = 0.0
            for j in range(3):
                distance += (point[j] - origin[j]) * along[j]
            parameter = distance / size if size != 0.0 else 0.0
        else:
            if not math.isfinite(parameter):
                return first, NOT_FINITE
            for j in range(3):
                point[j] = origin[j] + parameter * size * along[j]
        if k == 1:
            begin = parameter
        n = _put(points, n, point[0], point[1], point[2], abs(parameter - begin))
    return n, OK


@kernel
def _knots(tokens, row, degree, count, full):
    """Knots into `full` (count + degree + 1,), multiplicities written out; False if they do not fit."""
    if tokens.code[row] == BEZIER or tokens.code[row] == RATIONAL_BEZIER:
        for k in range(full.size):
            full[k] = float(min(max((k - 1) // degree, 0), (count - 1) // degree))
        return (count - 1) % degree == 0
    t, t_end = _list(tokens, row, 5)
    s, s_end = _list(tokens, row, 6)
    n = 0
    while t < t_end and s < s_end:
        for _ in range(np.int64(min(tokens.value[t], 1e6))):
            if n < full.size:
                full[n] = tokens.value[s]
                if not math.isfinite(full[n]) or (n > 0 and not full[n] >= full[n - 1]):
                    return False
            n += 1
        t += 1
        s += 1
    return n == full.size


@kernel
def _control(tokens, row, control):
    """Control points of a spline in homogeneous coordinates into `control` (count, 4); a status."""
    t, _ = _list(tokens, row, 1)
    kind = tokens.code[row]
    s = np.int64(-1)
    if kind in (RATIONAL_SPLINE, RATIONAL_BEZIER):
        s, end = _list(tokens, row, 8 if kind == RATIONAL_SPLINE else 5)
        if end - s != control.shape[0]:
            return DEGENERATE
    xyz = np.empty(3)
    for i in range(control.shape[0]):
        status = _cartesian(tokens, _listed(tokens, t + i), xyz)
        if status != OK:
            return status
        w = tokens.value[s + i] if s >= 0 else 1.0
        if not 0.0 < w < math.inf:
            return DEGENERATE
        for k in range(3):
            control[i, k] = w * xyz[k]
        control[i, 3] = w
    return OK


@kernel
def _span_points(control, knots, degree, span, begin, end, count, out, work):
    """`count` + 1 points of a spline, evenly spaced in the parameter from begin to end, into `out` (count + 1, 4)."""
    for i in range(count + 1):
        u = end if i == count else begin + (end - begin) * i / count
        for j in range(degree + 1):
            for k in range(4):
                work[j, k] = control[span - degree + j, k]
        for r in range(1, degree + 1):
            for j in range(degree, r - 1, -1):
                low = knots[span - degree + j]
                width = knots[span + 1 + j - r] - low
                a = (u - low) / width if width > 0.0 else 0.0
                for k in range(4):
                    work[j, k] = (1.0 - a) * work[j - 1, k] + a * work[j, k]
        for k in range(3):
            out[i, k] = work[degree, k] / work[degree, 3]
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
            off += (b - a) * (b - a)
        # Half of b - a is how far the point lies off the chord of its neighbours, four times as far as the curve lies
        # off each of the two chords there are.
        if off > 64.0 * settings.deflection * settings.deflection:
            return False
        if ab < math.cos(settings.max_angle) * math.sqrt(aa * bb):
            return False
    return True


@kernel
def _spline(tokens, row, trimmed, settings, points, n):
    """Append a B-spline or Bézier curve, rational or not, or the part of it that a trimmed curve leaves."""
    first = n
    degree = np.int64(number(tokens, row, 0, 0.0))
    t, end = _list(tokens, row, 1)
    count = end - t
    if not 1 <= degree <= 30 or count <= degree:
        return first, DEGENERATE
    control = np.empty((count, 4))
    status = _control(tokens, row, control)
    if status != OK:
        return first, status
    knots = np.empty(count + degree + 1)
    if not _knots(tokens, row, degree, count, knots) or not knots[degree] < knots[count]:
        return first, DEGENERATE
    work = np.empty((degree + 1, 4))
    buffer = np.empty((257, 4))
    for span in range(degree, count):
        if not knots[span] < knots[span + 1]:
            continue
        pieces = 1 if degree == 1 else 4
        _span_points(control, knots, degree, span, knots[span], knots[span + 1], pieces, buffer, work)
        while 1 < pieces < 256 and not _is_fine(buffer, pieces, settings):
            pieces *= 2
            _span_points(control, knots, degree, span, knots[span], knots[span + 1], pieces, buffer, work)
        for i in range(0 if n == first else 1, pieces + 1):
            n = _put(points, n, buffer[i, 0], buffer[i, 1], buffer[i, 2], buffer[i, 3])
    if trimmed >= 0 and n <= points.shape[0]:
        return _cut_out(tokens, trimmed, points, first, n)
    return n, OK


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
def _at(points, first, n, parameter, out):
    """Point (4,) at a parameter of the points first … n - 1, which it must not lie outside of."""
    i = first
    while i + 2 < n and points[i + 1, 3] < parameter:
        i += 1
    width = points[i + 1, 3] - points[i, 3]
    s = (parameter - points[i, 3]) / width if width > 0.0 else 0.0
    for k in range(4):
        out[k] = (1.0 - s) * points[i, k] + s * points[i + 1, k]


@kernel
def _between(points, first, n, begin, end):
    """Keep of the points first … n - 1 those with parameters from begin to end (reversed if end < begin); the new n."""
    if n - first < 2:
        return n
    low = max(min(begin, end), points[first, 3])
    high = min(max(begin, end), points[n - 1, 3])
    if not low < high:
        return first
    start, stop = np.empty(4), np.empty(4)
    _at(points, first, n, low, start)
    _at(points, first, n, high, stop)
    kept = first
    kept = _put(points, kept, start[0], start[1], start[2], low)
    for i in range(first, n):
        if low < points[i, 3] < high:
            _move(points, i, kept)
            kept += 1
    kept = _put(points, kept, stop[0], stop[1], stop[2], high)
    for i in range(first, kept):
        points[i, 3] -= low
    if end < begin:
        _reverse(points, first, kept)
    return kept


@kernel
def _cut_out(tokens, row, points, first, n):
    """Apply the two ends of the trimmed curve `row` to the points first … n - 1 of its basis curve."""
    begin, end = 0.0, 0.0
    point = np.empty(3)
    for k in range(1, 3):
        how, parameter = _trim(tokens, row, k, point)
        if how == 0:
            return first, DEGENERATE
        if how == 2:
            parameter = _foot(points, first, n, point)
        if not math.isfinite(parameter):
            return first, NOT_FINITE
        if k == 1:
            begin = parameter
        else:
            end = parameter
    return _between(points, first, n, begin, end), OK


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
                _move(points, i, n)
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
            _move(points, i, n)
            points[n, 3] += done
            n += 1
    return n


@kernel
def _offset(points, first, n, distance, joint):
    """Move the points first … n - 1 of the plane to their left by `distance`, corners mitred."""
    count = n - first
    source = np.empty((count, 2))
    for i in range(count):
        source[i, 0] = points[first + i, 0]
        source[i, 1] = points[first + i, 1]
    closed = count > 3 and _gap(points, first, n - 1) <= joint
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
def _push(stack, top, a, b, c):
    """Write a row to place `top` if there is such a place; top + 1."""
    if top < stack.shape[0]:
        stack[top, 0] = a
        stack[top, 1] = b
        stack[top, 2] = c
    return top + 1


@kernel
def _plan(tokens, root, steps, todo):
    """The tree of a curve as steps (k, 3): what to do, and the row (or the count) to do it with; (k, status)."""
    path = np.empty(_MAX_DEPTH + 1, np.int64)
    n = 0
    top = _push(todo, 0, _VISIT, root, 0)
    while top:
        if top > todo.shape[0] or n >= steps.shape[0]:
            return n, _FULL
        top -= 1
        step, row, depth = todo[top, 0], todo[top, 1], todo[top, 2]
        if step != _VISIT:
            n = _push(steps, n, step, row, depth)
            continue
        if row < 0:
            return n, DANGLING
        if depth >= _MAX_DEPTH:
            return n, TOO_DEEP
        for d in range(depth):
            if path[d] == row:
                return n, CYCLE
        path[depth] = row
        kind = tokens.code[row]
        child = np.int64(-2)
        if _is_composite(kind):
            t, end = _list(tokens, row, 0)
            top = _push(todo, top, JOIN, end - t, depth)
            at = end - 1
            while at >= t:
                top = _push(todo, top, _VISIT, _listed(tokens, at), depth + 1)
                at -= 1
        elif kind in (SEGMENT, REPARAMETRISED):
            if _is(tokens, row, 1, _FALSE):
                top = _push(todo, top, REVERSE, row, depth)
            child = reference(tokens, row, 2)
        elif kind in (SURFACE_CURVE, SEAM_CURVE, INTERSECTION_CURVE):
            child = reference(tokens, row, 0)
        elif kind in (TRIMMED, OFFSET_2D):
            child = reference(tokens, row, 0)
            if kind == TRIMMED and child >= 0 and _is_basic(tokens.code[child]):
                n = _push(steps, n, LEAF, row, depth)
                child = np.int64(-2)
            else:
                top = _push(todo, top, TRIM if kind == TRIMMED else OFFSET, row, depth)
        elif _is_basic(kind) or kind in (POLYLINE, INDEXED):
            n = _push(steps, n, LEAF, row, depth)
        else:
            return n, UNSUPPORTED
        if child > -2:
            top = _push(todo, top, _VISIT, child, depth + 1)
    return n, OK


@kernel
def _run(tokens, steps, n_steps, settings, points):
    """Carry out the steps of `_plan`: (n, status)."""
    joint = max(settings.tolerance, 0.1 * settings.deflection)
    starts = np.zeros(n_steps + 2, np.int64)
    top = 0  # ranges on the stack; range i is starts[i] … starts[i + 1] - 1
    n = 0
    for i in range(n_steps):
        step, row = steps[i, 0], steps[i, 1]
        status = OK
        if step == LEAF:
            trimmed = np.int64(-1)
            if tokens.code[row] == TRIMMED:
                trimmed = row
                row = reference(tokens, row, 0)
            kind = tokens.code[row]
            if kind == POLYLINE:
                n, status = _polyline(tokens, row, points, n)
            elif kind == INDEXED:
                n, status = _indexed(tokens, row, settings, points, n)
            elif kind in (CIRCLE, ELLIPSE):
                n, status = _conic(tokens, row, trimmed, settings, points, n)
            elif kind == LINE:
                n, status = _line(tokens, row, trimmed, points, n)
            else:
                n, status = _spline(tokens, row, trimmed, settings, points, n)
            if n > points.shape[0]:
                return n, _FULL
            top += 1
        elif step == JOIN:
            if row < 1:
                return 0, DEGENERATE
            n = _join(points, starts, top, row, joint)
            top -= row - 1
        elif step == REVERSE:
            _reverse(points, starts[top - 1], n)
        elif step == TRIM:
            n, status = _cut_out(tokens, row, points, starts[top - 1], n)
        else:
            distance = number(tokens, row, 1, math.nan)
            if not math.isfinite(distance):
                return 0, NOT_FINITE
            _offset(points, starts[top - 1], n, distance, joint)
        if status != OK:
            return 0, status
        starts[top] = n
    return n, OK


@kernel
def _distinct(points, n, tolerance, joint):
    """Drop points that repeat the one before; (n, closed), the closing point dropped as well."""
    kept = 0
    for i in range(n):
        if kept == 0 or _gap(points, i, kept - 1) > tolerance:
            _move(points, i, kept)
            kept += 1
    closed = False
    while kept > 3 and _gap(points, 0, kept - 1) <= joint:
        closed = True
        kept -= 1
    return kept, closed


@kernel
def _plan_all(tokens, row):
    """`_plan` with as much room as it takes: (steps, their number, status)."""
    size = 64
    steps = np.empty((size, 3), np.int64)
    n_steps, status = _plan(tokens, row, steps, np.empty((size, 3), np.int64))
    while status == _FULL and 4 * size < _MAX_STEPS:
        size *= 4
        steps = np.empty((size, 3), np.int64)
        n_steps, status = _plan(tokens, row, steps, np.empty((size, 3), np.int64))
    return steps, n_steps, TOO_DEEP if status == _FULL else status


@kernel(linked=True)
def _traced(tokens, row, settings):
    """All points of a curve with their parameters, joints of its parts and repeated points included.

    Returns (points (k, 4), n, status); only the first n rows of points count.
    """
    steps, n_steps, status = _plan_all(tokens, row)
    size = 128
    points = np.empty((0, 4))
    n = 0
    if status == OK:
        status = _FULL
    while status == _FULL and size < _MAX_POINTS:
        points = np.empty((size, 4))
        n, status = _run(tokens, steps, n_steps, settings, points)
        size = 2 * n
    if status != OK:
        return points, 0, TOO_DEEP if status == _FULL else status
    return points, n, OK


@kernel
def _cleaned(points, n, status, settings):
    """What `_traced` gives without repeated points: (points, n, closed, status); n < 2 only if the status is not OK."""
    if status != OK:
        return points, 0, False, status
    n, closed = _distinct(points, n, settings.tolerance, max(settings.tolerance, 0.1 * settings.deflection))
    if n < 2:
        return points, 0, False, DEGENERATE
    return points, n, closed, OK


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
    traced, n, status = _traced(tokens, row, settings)
    traced, n, closed, status = _cleaned(traced, n, status, settings)
    points = np.empty((n, 3))
    for i in range(n):
        for k in range(3):
            points[i, k] = traced[i, k]
    return points, closed, status


@kernel
def _curve2(tokens, row, settings):
    """Points (n, 2) of a curve in the plane; else as `_curve3`."""
    traced, n, status = _traced(tokens, row, settings)
    traced, n, closed, status = _cleaned(traced, n, status, settings)
    points = np.empty((n, 2))
    for i in range(n):
        for k in range(2):
            points[i, k] = traced[i, k]
    return points, closed, status
