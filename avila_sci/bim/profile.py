"""Profiles: the plane figures that solids are swept from, as loops of points.

A steel section is a polygon of a dozen corners some of which are rounded; that is how it is written here, one list of
corners with a radius each, and one kernel rounds them.  Outlines given by curves come from `bim.curve`.  A composite or
derived profile is first taken apart into such figures, each with the matrix it is seen through.  Every figure ends as
loops, outer ones counter-clockwise, holes clockwise, whatever the file says: winding numbers tell what is inside.

Where the standard leaves open at which place a sloped flange has its nominal thickness, it is the middle of the
outstanding part, as mills measure it (a quarter of the width from the edge of an I, half of that of a channel).

References
----------
.. [1] ISO 16739-1:2024 (IFC 4.3), resource IfcProfileResource.
"""

import math

import numpy as np

from avila_sci.bim.curve import (
    CYCLE,
    DANGLING,
    DEGENERATE,
    NOT_FINITE,
    OK,
    TOO_DEEP,
    UNSUPPORTED,
    _axes,
    _chords,
    _cleaned,
    _direction,
    _list,
    _listed,
    _offset,
    _traced,
)
from avila_sci.bim.schema import code
from avila_sci.bim.step import INTEGER, KEYWORD, NULL, REAL, argument, number, reference, skip
from avila_sci.core.jit import kernel

RECTANGLE = code("IFCRECTANGLEPROFILEDEF")
ROUNDED = code("IFCROUNDEDRECTANGLEPROFILEDEF")
RECTANGLE_HOLLOW = code("IFCRECTANGLEHOLLOWPROFILEDEF")
CIRCLE = code("IFCCIRCLEPROFILEDEF")
CIRCLE_HOLLOW = code("IFCCIRCLEHOLLOWPROFILEDEF")
ELLIPSE = code("IFCELLIPSEPROFILEDEF")
I_SHAPE = code("IFCISHAPEPROFILEDEF")
ASYMMETRIC_I = code("IFCASYMMETRICISHAPEPROFILEDEF")
L_SHAPE = code("IFCLSHAPEPROFILEDEF")
T_SHAPE = code("IFCTSHAPEPROFILEDEF")
U_SHAPE = code("IFCUSHAPEPROFILEDEF")
C_SHAPE = code("IFCCSHAPEPROFILEDEF")
Z_SHAPE = code("IFCZSHAPEPROFILEDEF")
TRAPEZIUM = code("IFCTRAPEZIUMPROFILEDEF")
CENTER_LINE = code("IFCCENTERLINEPROFILEDEF")
ARBITRARY = code("IFCARBITRARYCLOSEDPROFILEDEF")
WITH_VOIDS = code("IFCARBITRARYPROFILEDEFWITHVOIDS")
OPEN_PROFILE = code("IFCARBITRARYOPENPROFILEDEF")
COMPOSITE = code("IFCCOMPOSITEPROFILEDEF")
DERIVED = code("IFCDERIVEDPROFILEDEF")
MIRRORED = code("IFCMIRROREDPROFILEDEF")
BOUNDED_PLANE = code("IFCCURVEBOUNDEDPLANE")  # no profile, but outlined like one
NON_UNIFORM = code("IFCCARTESIANTRANSFORMATIONOPERATOR2DNONUNIFORM")

_FULL = -1  # a status that does not leave this module
_MAX_DEPTH = 100
_MAX_PARTS = 100_000


# ------------------------------------------------------------------------------------------------ corners of sections


@kernel
def _measures(tokens, row, out):
    """Numbers of a profile given by measures (from the fourth attribute on) into `out`, 0 for null; a status."""
    for k in range(out.size):
        out[k] = 0.0
    t, end = argument(tokens, row, 3), tokens.first[row + 1]
    k = 0
    while 0 <= t < end and k < out.size:
        at = t + 2 if tokens.kind[t] == KEYWORD and t + 2 < end else t
        if tokens.kind[at] == REAL or tokens.kind[at] == INTEGER:
            out[k] = tokens.value[at]
            if not abs(out[k]) < 1e100:
                return NOT_FINITE
        k += 1
        t = skip(tokens, t)
    return OK


@kernel
def _corner(corners, n, x, y, radius):
    corners[n, 0] = x
    corners[n, 1] = y
    corners[n, 2] = max(radius, 0.0)
    return n + 1


@kernel
def _rectangle(corners, n, x, y, radius):
    """The four corners of a rectangle of half sides x and y about the origin."""
    n = _corner(corners, n, -x, -y, radius)
    n = _corner(corners, n, x, -y, radius)
    n = _corner(corners, n, x, y, radius)
    return _corner(corners, n, -x, y, radius)


@kernel
def _i_corners(a, corners):
    """Corners of an I: a[0:8] = bottom width, depth, web, bottom flange, its fillet, edge radius, slope, then a[8:13] =
    top width, flange, fillet, edge radius, slope."""
    x, y, w = 0.5 * a[0], 0.5 * a[1], 0.5 * a[2]
    top = 0.5 * a[8]
    slope, slope_top = math.tan(a[6]), math.tan(a[12])
    edge, web = -y + a[3] - slope * 0.5 * x, -y + a[3] + slope * (0.5 * x - w)
    edge_top, web_top = y - a[9] + slope_top * 0.5 * top, y - a[9] - slope_top * (0.5 * top - w)
    n = _corner(corners, 0, -x, -y, 0.0)
    n = _corner(corners, n, x, -y, 0.0)
    n = _corner(corners, n, x, edge, a[5])
    n = _corner(corners, n, w, web, a[4])
    n = _corner(corners, n, w, web_top, a[10])
    n = _corner(corners, n, top, edge_top, a[11])
    n = _corner(corners, n, top, y, 0.0)
    n = _corner(corners, n, -top, y, 0.0)
    n = _corner(corners, n, -top, edge_top, a[11])
    n = _corner(corners, n, -w, web_top, a[10])
    n = _corner(corners, n, -w, web, a[4])
    return _corner(corners, n, -x, edge, a[5])


@kernel
def _i_shape(tokens, row, a, angle, corners):
    """Corners of a symmetric or asymmetric I; 0 if a size is not positive.

    IFC2X3 and IFC4 have the attributes of the asymmetric one in the same places up to TopFlangeFilletRadius; then
    follow the centre of gravity in the former, edge radii and slopes in the latter.
    """
    b = np.zeros(13)
    for k in range(5):
        b[k] = a[k]
    if tokens.code[row] == I_SHAPE:
        b[5], b[6] = a[5], a[6] * angle
        b[8], b[9], b[10], b[11], b[12] = b[0], b[3], b[4], b[5], b[6]
    else:
        b[8] = a[5]
        b[9] = a[6] if a[6] > 0.0 else a[3]
        b[10] = a[7]
        if argument(tokens, row, 14) >= 0:
            b[5], b[6], b[11], b[12] = a[8], a[9] * angle, a[10], a[11] * angle
    if not (b[0] > b[2] > 0.0 and b[8] >= b[2] and b[3] > 0.0 and b[9] > 0.0 and b[1] > b[3] + b[9]):
        return 0
    return _i_corners(b, corners)


@kernel
def _l_shape(a, angle, corners):
    depth, width, d = a[0], a[1] if a[1] > 0.0 else a[0], a[2]
    if not (d > 0.0 and depth > d and width > d):
        return 0
    x, y = 0.5 * width, 0.5 * depth
    slope = math.tan(a[5] * angle)
    if not abs(slope) < 0.9:
        return 0
    # Legs are d thick in their middles: the inner faces are Y = -y + d - slope X and X = -x + d - slope Y.
    inner_x = (d - x + slope * (y - d)) / (1.0 - slope * slope)
    inner_y = d - y - slope * inner_x
    n = _corner(corners, 0, -x, -y, 0.0)
    n = _corner(corners, n, x, -y, 0.0)
    n = _corner(corners, n, x, d - y - slope * x, a[4])
    n = _corner(corners, n, inner_x, inner_y, a[3])
    n = _corner(corners, n, d - x - slope * y, y, a[4])
    return _corner(corners, n, -x, y, 0.0)


@kernel
def _t_shape(a, angle, corners):
    y, x, w, d = 0.5 * a[0], 0.5 * a[1], 0.5 * a[2], a[3]
    if not (w > 0.0 and d > 0.0 and x >= w and a[0] > d):
        return 0
    web, flange = math.tan(a[7] * angle), math.tan(a[8] * angle)
    if not abs(web * flange) < 0.9:
        return 0
    # Faces of the web: X = w + web Y; of the flange: Y = y - d + flange (X - x / 2).
    inner_x = (w + web * (y - d - 0.5 * flange * x)) / (1.0 - web * flange)
    inner_y = y - d + flange * (inner_x - 0.5 * x)
    foot, edge = w - web * y, y - d + 0.5 * flange * x
    if not (foot > 0.0 and edge < y):
        return 0
    n = _corner(corners, 0, foot, -y, a[6])
    n = _corner(corners, n, inner_x, inner_y, a[4])
    n = _corner(corners, n, x, edge, a[5])
    n = _corner(corners, n, x, y, 0.0)
    n = _corner(corners, n, -x, y, 0.0)
    n = _corner(corners, n, -x, edge, a[5])
    n = _corner(corners, n, -inner_x, inner_y, a[4])
    return _corner(corners, n, -foot, -y, a[6])


@kernel
def _u_shape(a, angle, corners):
    y, x, w, d = 0.5 * a[0], 0.5 * a[1], a[2], a[3]
    if not (w > 0.0 and d > 0.0 and a[1] > w and y > d):
        return 0
    slope = math.tan(a[6] * angle)
    edge, web = d - slope * x, d + slope * (x - w)
    if not (edge > 0.0 and web < y):
        return 0
    n = _corner(corners, 0, -x, -y, 0.0)
    n = _corner(corners, n, x, -y, 0.0)
    n = _corner(corners, n, x, -y + edge, a[5])
    n = _corner(corners, n, w - x, -y + web, a[4])
    n = _corner(corners, n, w - x, y - web, a[4])
    n = _corner(corners, n, x, y - edge, a[5])
    n = _corner(corners, n, x, y, 0.0)
    return _corner(corners, n, -x, y, 0.0)


@kernel
def _c_shape(a, corners):
    y, x, d, girth, inner = 0.5 * a[0], 0.5 * a[1], a[2], a[3], a[4]
    if not (d > 0.0 and y > d and x > d and girth >= 0.0):
        return 0
    girth = min(max(girth, d), y)
    outer = inner + d if inner > 0.0 else 0.0
    n = _corner(corners, 0, -x, -y, outer)
    n = _corner(corners, n, x, -y, outer)
    n = _corner(corners, n, x, girth - y, 0.0)
    n = _corner(corners, n, x - d, girth - y, 0.0)
    n = _corner(corners, n, x - d, d - y, inner)
    n = _corner(corners, n, d - x, d - y, inner)
    n = _corner(corners, n, d - x, y - d, inner)
    n = _corner(corners, n, x - d, y - d, inner)
    n = _corner(corners, n, x - d, y - girth, 0.0)
    n = _corner(corners, n, x, y - girth, 0.0)
    n = _corner(corners, n, x, y, outer)
    return _corner(corners, n, -x, y, outer)


@kernel
def _z_shape(a, corners):
    """FlangeWidth is taken over the web: the whole is 2 FlangeWidth - WebThickness wide."""
    y, w, d = 0.5 * a[0], 0.5 * a[2], a[3]
    x = a[1] - w
    if not (w > 0.0 and d > 0.0 and x > w and a[0] > d):
        return 0
    n = _corner(corners, 0, -w, -y, 0.0)
    n = _corner(corners, n, x, -y, 0.0)
    n = _corner(corners, n, x, d - y, a[5])
    n = _corner(corners, n, w, d - y, a[4])
    n = _corner(corners, n, w, y, 0.0)
    n = _corner(corners, n, -x, y, 0.0)
    n = _corner(corners, n, -x, y - d, a[5])
    return _corner(corners, n, -w, y - d, a[4])


@kernel
def _section_corners(tokens, row, angle, corners):
    """Corners (x, y, fillet radius) of a polygonal section into `corners` (24, 3).

    Returns
    -------
    outer, total : int
        Corners of the outer loop, and with those of the hole, if there is one.
    status : int
    """
    a = np.empty(12)
    status = _measures(tokens, row, a)
    if status != OK:
        return 0, 0, status
    kind = tokens.code[row]
    n = 0
    hole = 0
    if kind in (RECTANGLE, ROUNDED, RECTANGLE_HOLLOW):
        if a[0] > 0.0 and a[1] > 0.0:
            radius = a[2] if kind == ROUNDED else (a[4] if kind == RECTANGLE_HOLLOW else 0.0)
            n = _rectangle(corners, 0, 0.5 * a[0], 0.5 * a[1], radius)
            if kind == RECTANGLE_HOLLOW:
                x, y = 0.5 * a[0] - a[2], 0.5 * a[1] - a[2]
                if a[2] > 0.0 and x > 0.0 and y > 0.0:
                    hole = _rectangle(corners, n, x, y, a[3]) - n
    elif kind in (I_SHAPE, ASYMMETRIC_I):
        n = _i_shape(tokens, row, a, angle, corners)
    elif kind == L_SHAPE:
        n = _l_shape(a, angle, corners)
    elif kind == T_SHAPE:
        n = _t_shape(a, angle, corners)
    elif kind == U_SHAPE:
        n = _u_shape(a, angle, corners)
    elif kind == C_SHAPE:
        n = _c_shape(a, corners)
    elif kind == Z_SHAPE:
        n = _z_shape(a, corners)
    elif kind == TRAPEZIUM:
        if a[0] > 0.0 and a[1] >= 0.0 and a[2] > 0.0:
            # The middle of the box round it is the origin; the offset may push the top beyond either end of the bottom.
            x, y = 0.5 * (min(0.0, a[3]) + max(a[0], a[3] + a[1])), 0.5 * a[2]
            n = _corner(corners, 0, -x, -y, 0.0)
            n = _corner(corners, n, a[0] - x, -y, 0.0)
            n = _corner(corners, n, a[3] + a[1] - x, y, 0.0)
            n = _corner(corners, n, a[3] - x, y, 0.0)
    else:
        return 0, 0, UNSUPPORTED
    return n, n + hole, OK if n else DEGENERATE


# --------------------------------------------------------------------------------------------------------- loops


@kernel
def _put(points, n, x, y, frame):
    """Write the point that `frame` (6,) makes of (x, y) to place `n` if there is such a place; n + 1."""
    if n < points.shape[0]:
        points[n, 0] = frame[0] * x + frame[1] * y + frame[2]
        points[n, 1] = frame[3] * x + frame[4] * y + frame[5]
    return n + 1


@kernel
def _round_off(corners, begin, end, settings, frame, points, n):
    """Append the polygon of the corners begin … end - 1, each rounded by its radius or what there is room for."""
    count = end - begin
    edge = np.empty((count, 4))  # direction and length of the edge after each corner, and the tangents at its corner
    for i in range(count):
        a, b = begin + i, begin + (i + 1) % count
        x, y = corners[b, 0] - corners[a, 0], corners[b, 1] - corners[a, 1]
        size = math.hypot(x, y)
        edge[i, 0], edge[i, 1] = (x / size, y / size) if size > 0.0 else (0.0, 0.0)
        edge[i, 2] = size
    for i in range(count):
        x = edge[i - 1, 0] * edge[i, 0] + edge[i - 1, 1] * edge[i, 1]
        y = edge[i - 1, 0] * edge[i, 1] - edge[i - 1, 1] * edge[i, 0]
        edge[i, 3] = corners[begin + i, 2] * math.tan(0.5 * abs(math.atan2(y, x)))
    for i in range(count):
        p, q = corners[begin + i, 0], corners[begin + i, 1]
        ax, ay, bx, by = edge[i - 1, 0], edge[i - 1, 1], edge[i, 0], edge[i, 1]
        turn = math.atan2(ax * by - ay * bx, ax * bx + ay * by)
        tangent = edge[i, 3]
        # Where the roundings of two neighbours do not both fit on their edge, each shrinks in proportion.
        before, after = edge[i - 1, 3] + tangent, edge[(i + 1) % count, 3] + tangent
        share = 1.0
        if before > edge[i - 1, 2]:
            share = min(share, edge[i - 1, 2] / before)
        if after > edge[i, 2]:
            share = min(share, edge[i, 2] / after)
        tangent *= share
        radius = corners[begin + i, 2] * share
        if not tangent > settings.tolerance or not abs(turn) > 1e-6 or not abs(turn) < 3.1:
            n = _put(points, n, p, q, frame)
            continue
        side = 1.0 if turn > 0.0 else -1.0
        sx, sy = p - tangent * ax, q - tangent * ay
        cx, cy = sx - side * radius * ay, sy + side * radius * ax
        chords = _chords(radius, turn, settings)
        for k in range(chords + 1):
            cos, sin = math.cos(turn * k / chords), math.sin(turn * k / chords)
            dx, dy = sx - cx, sy - cy
            n = _put(points, n, cx + cos * dx - sin * dy, cy + sin * dx + cos * dy, frame)
    return n


@kernel
def _oval(a, b, chords, frame, points, n):
    """Append an ellipse of half axes a and b about the origin."""
    for k in range(chords):
        turn = 2.0 * math.pi * k / chords
        n = _put(points, n, a * math.cos(turn), b * math.sin(turn), frame)
    return n


@kernel
def _signed_area(points, first, n):
    """Area of the loop first … n - 1, about its first point; positive if it runs counter-clockwise."""
    area = 0.0
    x, y = points[first, 0], points[first, 1]
    for i in range(first + 1, n - 1):
        area += (points[i, 0] - x) * (points[i + 1, 1] - y) - (points[i, 1] - y) * (points[i + 1, 0] - x)
    return 0.5 * area


@kernel
def _flip(points, first, n):
    """Turn the points first … n - 1 around."""
    i, k = first, n - 1
    while i < k:
        for j in range(2):
            points[i, j], points[k, j] = points[k, j], points[i, j]
        i += 1
        k -= 1


@kernel
def _settle(points, first, n, tolerance, sign, starts, loops):
    """End a loop: drop its repeated points, give it the sign of `sign` (0: an open line); (n, loops)."""
    if n > points.shape[0] or loops + 1 >= starts.size:
        return n, loops + 1  # there is no room: only count
    kept = first
    for i in range(first, n):
        if (
            kept == first
            or math.hypot(points[i, 0] - points[kept - 1, 0], points[i, 1] - points[kept - 1, 1]) > tolerance
        ):
            points[kept, 0], points[kept, 1] = points[i, 0], points[i, 1]
            kept += 1
    if sign != 0.0:
        while kept - first > 1 and (
            math.hypot(points[first, 0] - points[kept - 1, 0], points[first, 1] - points[kept - 1, 1]) <= tolerance
        ):
            kept -= 1
        if kept - first < 3:
            return first, loops
        if _signed_area(points, first, kept) * sign < 0.0:
            _flip(points, first, kept)
    elif kept - first < 2:
        return first, loops
    starts[loops + 1] = kept
    return kept, loops + 1


@kernel
def _curve_loop(traced, count, closed, sign, tolerance, frame, points, n, starts, loops):
    """Append the loop (or, with sign 0, the open line, if it is open) of a traced curve: (n, loops)."""
    first = n
    for i in range(count):
        n = _put(points, n, traced[i, 0], traced[i, 1], frame)
    return _settle(points, first, n, tolerance, 1.0 if sign == 0.0 and closed else sign, starts, loops)


@kernel
def _center_line(traced, count, closed, half, settings, frame, points, n, starts, loops):
    """Append the outline of a traced line that is 2 `half` thick: (n, loops)."""
    size = count + 1 if closed else count
    sides = np.empty((2 * size, 4))
    for i in range(size):
        for k in range(4):
            sides[i, k] = sides[size + i, k] = traced[i % count, k]
    joint = max(settings.tolerance, 0.1 * settings.deflection)
    _offset(sides, 0, size, -half, joint)
    _offset(sides, size, 2 * size, half, joint)
    first = n
    if not closed:
        for i in range(size):
            n = _put(points, n, sides[i, 0], sides[i, 1], frame)
        for i in range(size):
            n = _put(points, n, sides[2 * size - 1 - i, 0], sides[2 * size - 1 - i, 1], frame)
        return _settle(points, first, n, settings.tolerance, 1.0, starts, loops)
    outer = 0 if _signed_area(traced, 0, count) > 0.0 else 1  # the right side of a loop that runs counter-clockwise
    for side in range(2):
        first = n
        begin = size * (outer if side == 0 else 1 - outer)
        for i in range(begin, begin + size):
            n = _put(points, n, sides[i, 0], sides[i, 1], frame)
        n, loops = _settle(points, first, n, settings.tolerance, 1.0 if side == 0 else -1.0, starts, loops)
    return n, loops


@kernel
def _copy(source, out):
    # element by element: numba takes seconds to compile an assignment of one array to another
    for k in range(out.size):
        out[k] = source[k]


@kernel
def _positioned(tokens, row, frame, out):
    """What `frame` makes of the profile's own Position (its third attribute) into `out` (6,); a status."""
    _copy(frame, out)
    t = argument(tokens, row, 2)
    if t < 0 or tokens.kind[t] == NULL:
        return OK
    axes = np.zeros((4, 3))
    status = _axes(tokens, reference(tokens, row, 2), axes[3], axes[0], axes[1], axes[2])
    if status != OK:
        return status
    for i in range(2):
        a, b, c = frame[3 * i], frame[3 * i + 1], frame[3 * i + 2]
        out[3 * i] = a * axes[0, 0] + b * axes[0, 1]
        out[3 * i + 1] = a * axes[1, 0] + b * axes[1, 1]
        out[3 * i + 2] = a * axes[3, 0] + b * axes[3, 1] + c
    return OK


@kernel
def _round_profile(tokens, row, settings, frame, points, n, starts, loops):
    """Append a circle, a circular ring or an ellipse: (n, loops, status)."""
    a = np.empty(2)
    status = _measures(tokens, row, a)
    if status != OK:
        return n, loops, status
    kind = tokens.code[row]
    other = a[1] if kind == ELLIPSE else a[0]
    if not (a[0] > 0.0 and other > 0.0):
        return n, loops, DEGENERATE
    chords = _chords(max(a[0], other), 2.0 * math.pi, settings)
    first = n
    n = _oval(a[0], other, chords, frame, points, n)
    n, loops = _settle(points, first, n, settings.tolerance, 1.0, starts, loops)
    if kind == CIRCLE_HOLLOW and 0.0 < a[1] < a[0]:
        first = n
        n = _oval(a[0] - a[1], a[0] - a[1], chords, frame, points, n)
        n, loops = _settle(points, first, n, settings.tolerance, -1.0, starts, loops)
    return n, loops, OK


@kernel
def _polygonal_profile(tokens, row, settings, frame, points, n, starts, loops):
    """Append a section of corners: (n, loops, status)."""
    corners = np.empty((24, 3))
    outer, total, status = _section_corners(tokens, row, settings.angle, corners)
    if status != OK:
        return n, loops, status
    first = n
    n = _round_off(corners, 0, outer, settings, frame, points, n)
    n, loops = _settle(points, first, n, settings.tolerance, 1.0, starts, loops)
    if total > outer:
        first = n
        n = _round_off(corners, outer, total, settings, frame, points, n)
        n, loops = _settle(points, first, n, settings.tolerance, -1.0, starts, loops)
    return n, loops, OK


@kernel(linked=True)
def _section_figure(tokens, row, settings, frame, points, n, starts, loops):
    """Append a profile given by measures, seen through `frame`: (n, loops, status)."""
    kind = tokens.code[row]
    placed = np.empty(6)
    status = _positioned(tokens, row, frame, placed)
    if status != OK:
        return n, loops, status
    if kind in (CIRCLE, CIRCLE_HOLLOW, ELLIPSE):
        return _round_profile(tokens, row, settings, placed, points, n, starts, loops)
    return _polygonal_profile(tokens, row, settings, placed, points, n, starts, loops)


@kernel
def _curves_of(tokens, row):
    """Where the curves of a figure stand: (row of the first, token of the first further one, how many of those).

    A row of -2 says that the figure is none of curves.
    """
    kind = tokens.code[row]
    if kind in (ARBITRARY, OPEN_PROFILE, CENTER_LINE):
        return reference(tokens, row, 2), np.int64(0), np.int64(0)
    if kind in (WITH_VOIDS, BOUNDED_PLANE):
        at = 2 if kind == WITH_VOIDS else 1
        t, end = _list(tokens, row, at + 1)
        return reference(tokens, row, at), t, max(end - t, np.int64(0))
    return np.int64(-2), np.int64(0), np.int64(0)


# --------------------------------------------------------------------------------- composite and derived profiles


@kernel
def _operated(tokens, row, frame, out):
    """What `frame` makes of the operator of a derived profile into `out` (6,); a status."""
    if tokens.code[row] == MIRRORED:  # the operator is derived: x to -x
        _copy(frame, out)
        out[0], out[3] = -out[0], -out[3]
        return OK
    operator = reference(tokens, row, 3)
    if operator < 0:
        return DANGLING
    v = np.zeros((3, 3))
    point = reference(tokens, operator, 2)
    t, end = (np.int64(0), np.int64(-1)) if point < 0 else _list(tokens, point, 0)
    if end < 0:
        return DANGLING
    for k in range(2):
        if t + k < end:
            v[2, k] = tokens.value[t + k]
    has_x = _direction(tokens, reference(tokens, operator, 0), v[0])
    has_y = _direction(tokens, reference(tokens, operator, 1), v[1])
    if not has_x:
        v[0, 0], v[0, 1] = (v[1, 1], -v[1, 0]) if has_y else (1.0, 0.0)
    side = 1.0
    if has_y and -v[0, 1] * v[1, 0] + v[0, 0] * v[1, 1] < 0.0:
        side = -1.0
    scale = number(tokens, operator, 3, 1.0)
    other = number(tokens, operator, 4, scale) if tokens.code[operator] == NON_UNIFORM else scale
    if not (math.isfinite(scale) and math.isfinite(other) and math.isfinite(v[2, 0]) and math.isfinite(v[2, 1])):
        return NOT_FINITE
    if scale == 0.0 or other == 0.0:
        return DEGENERATE
    xx, xy = scale * v[0, 0], scale * v[0, 1]
    yx, yy = -side * other * v[0, 1], side * other * v[0, 0]
    for i in range(2):
        a, b, c = frame[3 * i], frame[3 * i + 1], frame[3 * i + 2]
        out[3 * i] = a * xx + b * xy
        out[3 * i + 1] = a * yx + b * yy
        out[3 * i + 2] = a * v[2, 0] + b * v[2, 1] + c
    return OK


@kernel
def _take_apart(tokens, root, rows, frames):
    """Figures that a composite or derived profile consists of: their rows and the frames they are seen through.

    Returns (count, status), and _FULL where an array is too small.
    """
    todo = np.empty((rows.size, 2), np.int64)
    seen_through = np.empty((rows.size, 6))
    path = np.empty(_MAX_DEPTH + 1, np.int64)
    frame, inner = np.zeros(6), np.zeros(6)
    todo[0, 0], todo[0, 1] = root, 0
    for k in range(6):
        seen_through[0, k] = 0.0
    seen_through[0, 0] = seen_through[0, 4] = 1.0
    top, count = 1, 0
    while top:
        top -= 1
        row, depth = todo[top, 0], todo[top, 1]
        _copy(seen_through[top], frame)
        if row < 0:
            return count, DANGLING
        if depth >= _MAX_DEPTH:
            return count, TOO_DEEP
        for d in range(depth):
            if path[d] == row:
                return count, CYCLE
        path[depth] = row
        kind = tokens.code[row]
        t, end = np.int64(0), np.int64(-1)
        if kind == COMPOSITE:
            t, end = _list(tokens, row, 2)
            _copy(frame, inner)
        elif kind in (DERIVED, MIRRORED):
            status = _operated(tokens, row, frame, inner)
            if status != OK:
                return count, status
            t = argument(tokens, row, 2)
            end = t + 1
        else:
            if count >= rows.size:
                return count, _FULL
            rows[count] = row
            _copy(frame, frames[count])
            count += 1
        if top + end - t >= rows.size:
            return count, _FULL
        at = end - 1
        while at >= t and end >= 0:
            todo[top, 0], todo[top, 1] = _listed(tokens, at), depth + 1
            _copy(inner, seen_through[top])
            top += 1
            at -= 1
    return count, OK


@kernel
def _take_all_apart(tokens, row):
    """`_take_apart` with as much room as it takes: (rows, frames, count, status)."""
    rows, frames = np.empty(1, np.int64), np.zeros((1, 6))
    rows[0] = row
    frames[0, 0] = frames[0, 4] = 1.0
    count, status = 1, DANGLING if row < 0 else OK
    if row >= 0 and tokens.code[row] in (COMPOSITE, DERIVED, MIRRORED):
        status = _FULL
        size = 16
        while status == _FULL and size < _MAX_PARTS:
            rows, frames = np.empty(size, np.int64), np.empty((size, 6))
            count, status = _take_apart(tokens, row, rows, frames)
            size *= 4
    return rows, frames, count, TOO_DEEP if status == _FULL else status


@kernel
def _figures(tokens, rows, frames, count, settings, points, starts):
    """All the loops of the figures of a profile: (n, loops, is open, status)."""
    n, loops = 0, 0
    is_open = False
    starts[0] = 0
    for i in range(count):
        row, frame = rows[i], frames[i]
        curve, t, others = _curves_of(tokens, row)
        if curve == -2:
            n, loops, status = _section_figure(tokens, row, settings, frame, points, n, starts, loops)
            if status != OK:
                return n, loops, False, status
            continue
        kind = tokens.code[row]
        before = loops
        for k in range(others + 1):
            if k:
                curve = _listed(tokens, t + k - 1)
            status = DANGLING
            if curve >= 0:
                traced, size, status = _traced(tokens, curve, settings)
                traced, size, closed, status = _cleaned(traced, size, status, settings)
            if status == DEGENERATE and k:
                continue  # a hole that is a point
            if status != OK:
                return n, loops, False, status
            if kind == CENTER_LINE:
                half = 0.5 * number(tokens, row, 3, math.nan)
                if not 0.0 < half < math.inf:
                    return n, loops, False, DEGENERATE if math.isfinite(half) else NOT_FINITE
                n, loops = _center_line(traced, size, closed, half, settings, frame, points, n, starts, loops)
            else:
                sign = -1.0 if k else 1.0
                if kind == OPEN_PROFILE:
                    sign = 0.0
                    is_open |= not closed
                n, loops = _curve_loop(traced, size, closed, sign, settings.tolerance, frame, points, n, starts, loops)
            if loops == before:
                return n, loops, False, DEGENERATE  # the outline is a point
    return n, loops, is_open, OK


@kernel(linked=True)
def _profile(tokens, row, settings):
    """Loops of a profile.

    Parameters
    ----------
    tokens : Tokens
    row : int
        Of any IfcProfileDef but the crane rails of IFC2X3 and the open cross profile; or of an IfcCurveBoundedPlane.
    settings : Settings

    Returns
    -------
    points : (n, 2) float64
        The loops one after the other, in the file's unit; outer ones counter-clockwise, holes clockwise; no point
        repeats the one before it.
    loop_start : (k + 1,) int64
        Where each loop begins, then n; none if the status is not OK.
    is_open : bool
        The loops are lines whose ends are not joined.
    status : int
    """
    points, starts = np.empty((64, 2)), np.zeros(9, np.int64)
    rows, frames, count, status = _take_all_apart(tokens, row)
    if status != OK:
        return points[:0], starts[:1], False, status
    while True:
        n, loops, is_open, status = _figures(tokens, rows, frames, count, settings, points, starts)
        if n <= points.shape[0] and loops < starts.size:
            break
        # Where there was no room nothing was dropped, so this is enough.
        points = np.empty((max(n, points.shape[0]), 2))
        starts = np.zeros(max(2 * loops, starts.size) + 2, np.int64)
    if status == OK and loops == 0:
        status = DEGENERATE
    if status != OK:
        n, loops, is_open = 0, 0, False
    return points[:n], starts[: loops + 1], is_open, status
