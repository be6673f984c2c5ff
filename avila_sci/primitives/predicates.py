"""Which side of a line, inside or outside of a circle: decided exactly.

A floating determinant is trusted when it exceeds its own error bound; otherwise it is evaluated again without any
rounding, as a sum of floating-point numbers that do not overlap (an expansion).  So the sign is always right, and the
usual case costs little more than the determinant of the textbook.

Exactness needs every product and its error to be floating-point numbers: no overflow, no underflow.  It holds where
the coordinates, and the differences between them, that are not zero lie between about 1e-140 and 1e140 for `orient2d`
and between 1e-70 and 1e70 for `incircle`, whose determinant has degree four.

References
----------
.. [1] J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates",
       Discrete & Computational Geometry 18 (1997), sections 2, 4.2 (orient2d) and 4.4 (incircle).
.. [2] T. J. Dekker, "A floating-point technique for extending the available precision", Numerische Mathematik 18
       (1971), pp. 224-242: the exact product.
"""

import numpy as np

from avila_sci.core.jit import kernel, means

_EPSILON = 2.0**-53
_ORIENT_BOUND = (3.0 + 16.0 * _EPSILON) * _EPSILON
_CIRCLE_BOUND = (10.0 + 96.0 * _EPSILON) * _EPSILON
_CIRCLE_BOUND_TAILS = (44.0 + 576.0 * _EPSILON) * _EPSILON * _EPSILON
_RESULT_BOUND = (3.0 + 8.0 * _EPSILON) * _EPSILON
_SPLITTER = 134217729.0  # 2^27 + 1


# ------------------------------------------------------------------------------------------------ expansions


@kernel
def _two_sum(a, b):
    """a + b as a rounded sum and its exact error."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


@kernel
def _two_product(a, b):
    """a * b as a rounded product and its exact error (Dekker, Veltkamp; no fused operation is assumed)."""
    p = a * b
    c = _SPLITTER * a
    a_high = c - (c - a)
    a_low = a - a_high
    c = _SPLITTER * b
    b_high = c - (c - b)
    b_low = b - b_high
    return p, a_low * b_low - (((p - a_high * b_high) - a_low * b_high) - a_high * b_low)


@kernel
def _grow(e, n, b):
    """Add one number to the expansion e[:n] in place, exactly; returns its length, zeros left out."""
    q = b
    m = 0
    for i in range(n):
        q, error = _two_sum(q, e[i])
        if error != 0.0:
            e[m] = error
            m += 1
    if q != 0.0:
        e[m] = q
        m += 1
    return m


@kernel
def _minor(ax, ay, bx, by, out):
    """ax by - bx ay as an expansion of at most four components."""
    p, p_error = _two_product(ax, by)
    q, q_error = _two_product(-bx, ay)
    n = 0
    for term in (p_error, p, q_error, q):
        n = _grow(out, n, term)
    return n


@kernel
def _scaled(e, n, b, out):
    """The expansion e[:n] times b, at most 2 n components."""
    m = 0
    q = 0.0
    for i in range(n):
        p, low = _two_product(e[i], b)
        q, error = _two_sum(q, low)
        if error != 0.0:
            out[m] = error
            m += 1
        q, error = _two_sum(p, q)
        if error != 0.0:
            out[m] = error
            m += 1
    if q != 0.0:
        out[m] = q
        m += 1
    return m


@kernel
def _summed(e, n, f, m, out):
    """The sum of the expansions e[:n] and f[:m], at most n + m components (their components are merged by size)."""
    i, j, k = 0, 0, 0
    q = 0.0
    while i < n or j < m:
        if j >= m or (i < n and abs(e[i]) < abs(f[j])):
            x = e[i]
            i += 1
        else:
            x = f[j]
            j += 1
        q, error = _two_sum(q, x)
        if error != 0.0:
            out[k] = error
            k += 1
    if q != 0.0:
        out[k] = q
        k += 1
    return k


# -------------------------------------------------------------------------------------------------- orient2d


@kernel(linked=True)
def _orient2d_exact(ax, ay, bx, by, cx, cy):
    # ax by - ax cy + bx cy - bx ay + cx ay - cx by: six exact products
    x, y = (ax, -ax, bx, -bx, cx, -cx), (by, cy, cy, ay, ay, by)
    work = np.empty(13)
    n = 0
    for i in range(12):
        p, error = _two_product(x[i // 2], y[i // 2])
        n = _grow(work, n, error if i % 2 == 0 else p)
    return work[n - 1] if n > 0 else 0.0


@kernel
def _orient2d(ax, ay, bx, by, cx, cy):
    left = (ax - cx) * (by - cy)
    right = (ay - cy) * (bx - cx)
    det = left - right
    if abs(det) >= _ORIENT_BOUND * (abs(left) + abs(right)):
        return det
    return _orient2d_exact(ax, ay, bx, by, cx, cy)


@means(_orient2d)
def orient2d(ax, ay, bx, by, cx, cy):
    """Twice the signed area of the triangle a, b, c; its sign is exact.

    Parameters
    ----------
    ax, ay, bx, by, cx, cy : float, any one unit of length
        Coordinates; see the range in the notes.

    Returns
    -------
    float, square of that unit
        Positive if a, b, c turn counter-clockwise, negative if clockwise, 0.0 if and only if they lie on one line.

    Notes
    -----
    The determinant (ax - cx) (by - cy) - (ay - cy) (bx - cx) is returned where it exceeds (3 + 16 e) e times the sum
    of the sizes of its two products, e = 2^-53: its error is below that bound.  Otherwise all six products of
    coordinates are summed exactly and the largest component of the sum is returned, which has the sign of the sum and
    its value to 2^-52.  Nothing is raised.  NaN where a coordinate is not finite.  Coordinates, and differences between
    them, that are not zero must lie between 1e-140 and 1e140 for the sign to be exact.  Source: Shewchuk (1997),
    section 4.2, stage A and the exact stage D.

    Examples
    --------
    >>> orient2d(0.0, 0.0, 1.0, 0.0, 0.0, 1.0)
    1.0
    >>> orient2d(0.1, 0.1, 0.3, 0.3, 0.7, 0.7)
    0.0
    """
    return _orient2d(float(ax), float(ay), float(bx), float(by), float(cx), float(cy))


# -------------------------------------------------------------------------------------------------- incircle


@kernel
def _lifted(minor, n, x, y, sign, work, out):
    """sign (x² + y²) times the expansion minor[:n], at most 8 n components."""
    m, k = 0, 0
    for turn in range(2):
        c = y if turn == 0 else x
        k = m
        m = _scaled(minor, n, c, work[0])
        m = _scaled(work[0], m, sign * c, work[1 + turn])
    return _summed(work[2], m, work[1], k, out)


@kernel
def _incircle_exact(ax, ay, bx, by, cx, cy, dx, dy):
    """The determinant of four rows (x, y, x² + y², 1) without rounding: its largest component."""
    x, y = (ax, bx, cx, dx), (ay, by, cy, dy)
    minors = np.empty((6, 4))  # ab, bc, cd, da, ac, bd
    size = np.empty(6, np.int64)
    for i in range(6):
        j = i if i < 4 else i - 4
        k = (i + 1) % 4 if i < 4 else j + 2
        size[i] = _minor(x[j], y[j], x[k], y[k], minors[i])
    eight, twelve = np.empty(8), np.empty(12)
    work = np.empty((3, 48))
    total, other, term = np.empty(384), np.empty(384), np.empty(96)
    n = 0
    for i in range(4):
        # triangles of the other three: a: bc + cd - bd, b: cd + da + ac, c: da + ab + bd, d: ab + bc - ac
        diagonal = 5 if i % 2 == 0 else 4
        if i == 0 or i >= 2:
            for c in range(size[diagonal]):
                minors[diagonal, c] = -minors[diagonal, c]  # bd is turned for a and turned back for c
        first, second = (i + 1) % 4, (i + 2) % 4
        k = _summed(minors[first], size[first], minors[second], size[second], eight)
        k = _summed(eight, k, minors[diagonal], size[diagonal], twelve)
        k = _lifted(twelve, k, x[i], y[i], 1.0 if i % 2 == 0 else -1.0, work, term)
        n = _summed(total, n, term, k, other)
        total, other = other, total
    return total[n - 1] if n > 0 else 0.0


@kernel(linked=True)
def _incircle_adapt(ax, ay, bx, by, cx, cy, dx, dy, permanent):
    """The sign where the filter is unsure: exact in the rounded differences, then with their errors, then exact."""
    # Corners of an upright rectangle lie on one circle.  Buildings are full of them, and the differences between
    # their coordinates are seldom exact, so they would all reach the last and slowest stage.
    if (ax == bx and cx == dx and ay == dy and by == cy) or (ax == dx and bx == cx and ay == by and cy == dy):
        return 0.0
    adx, ady, bdx, bdy, cdx, cdy = ax - dx, ay - dy, bx - dx, by - dy, cx - dx, cy - dy
    x, y = (adx, bdx, cdx), (ady, bdy, cdy)
    minor = np.empty(4)
    work = np.empty((3, 16))
    total, other, term = np.empty(96), np.empty(96), np.empty(32)
    n = 0
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        k = _minor(x[j], y[j], x[k], y[k], minor)
        k = _lifted(minor, k, x[i], y[i], 1.0, work, term)
        n = _summed(total, n, term, k, other)
        total, other = other, total
    det = 0.0
    for i in range(n):
        det += total[i]
    _, axt = _two_sum(ax, -dx)
    _, ayt = _two_sum(ay, -dy)
    _, bxt = _two_sum(bx, -dx)
    _, byt = _two_sum(by, -dy)
    _, cxt = _two_sum(cx, -dx)
    _, cyt = _two_sum(cy, -dy)
    if axt == 0.0 and ayt == 0.0 and bxt == 0.0 and byt == 0.0 and cxt == 0.0 and cyt == 0.0:
        return total[n - 1] if n > 0 else 0.0
    bound = _CIRCLE_BOUND_TAILS * permanent + _RESULT_BOUND * abs(det)
    det += (
        (adx * adx + ady * ady) * ((bdx * cyt + cdy * bxt) - (bdy * cxt + cdx * byt))
        + 2.0 * (adx * axt + ady * ayt) * (bdx * cdy - bdy * cdx)
        + (bdx * bdx + bdy * bdy) * ((cdx * ayt + ady * cxt) - (cdy * axt + adx * cyt))
        + 2.0 * (bdx * bxt + bdy * byt) * (cdx * ady - cdy * adx)
        + (cdx * cdx + cdy * cdy) * ((adx * byt + bdy * axt) - (ady * bxt + bdx * ayt))
        + 2.0 * (cdx * cxt + cdy * cyt) * (adx * bdy - ady * bdx)
    )
    if abs(det) >= bound:
        return det
    return _incircle_exact(ax, ay, bx, by, cx, cy, dx, dy)


@kernel
def _incircle(ax, ay, bx, by, cx, cy, dx, dy):
    adx, ady, bdx, bdy, cdx, cdy = ax - dx, ay - dy, bx - dx, by - dy, cx - dx, cy - dy
    bc, cb = bdx * cdy, cdx * bdy
    ca, ac = cdx * ady, adx * cdy
    ab, ba = adx * bdy, bdx * ady
    a2, b2, c2 = adx * adx + ady * ady, bdx * bdx + bdy * bdy, cdx * cdx + cdy * cdy
    det = a2 * (bc - cb) + b2 * (ca - ac) + c2 * (ab - ba)
    permanent = (abs(bc) + abs(cb)) * a2 + (abs(ca) + abs(ac)) * b2 + (abs(ab) + abs(ba)) * c2
    if abs(det) > _CIRCLE_BOUND * permanent:
        return det
    return _incircle_adapt(ax, ay, bx, by, cx, cy, dx, dy, permanent)


@means(_incircle)
def incircle(ax, ay, bx, by, cx, cy, dx, dy):
    """Whether d lies inside the circle through a, b, c; the sign is exact.

    Parameters
    ----------
    ax, ay, bx, by, cx, cy, dx, dy : float, any one unit of length
        Coordinates; a, b, c counter-clockwise (clockwise turns the sign).  See the range in the notes.

    Returns
    -------
    float, fourth power of that unit
        Positive if d lies inside, negative if outside, 0.0 if and only if the four lie on one circle (or line).

    Notes
    -----
    Three stages, each asked only when the one before cannot tell.  The determinant of the differences to d, trusted
    above (10 + 96 e) e times the sum of the sizes of its products, e = 2^-53.  The same without rounding, exact if the
    differences are, else with the first-order effect of their errors and trusted above (44 + 576 e) e² times that sum.
    The determinant of degree four in the coordinates, as an expansion of up to 384 components.  Nothing is raised.
    NaN where a coordinate is not finite.  Coordinates and differences that are not zero must lie between 1e-70 and
    1e70 for the sign to be exact.  Source: Shewchuk (1997), section 4.4.

    Examples
    --------
    >>> incircle(0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.5, 0.5) > 0.0
    True
    >>> incircle(0.1, 0.1, 0.3, 0.1, 0.3, 0.7, 0.1, 0.7)  # the corners of a rectangle
    0.0
    """
    return _incircle(float(ax), float(ay), float(bx), float(by), float(cx), float(cy), float(dx), float(dy))
