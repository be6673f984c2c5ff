"""Which side of a line a point lies on, decided exactly.

A floating determinant is trusted when it exceeds its own error bound; otherwise it is evaluated again without any
rounding, as a sum of floating-point numbers that do not overlap (an expansion).  So the sign is always right, and the
usual case costs seven operations.

References
----------
.. [1] J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates",
       Discrete & Computational Geometry 18 (1997), sections 2 and 4.2.
"""

import numpy as np

from avila_sci.core.jit import kernel, means

_EPSILON = 2.0**-53
_BOUND = (3.0 + 16.0 * _EPSILON) * _EPSILON
_SPLITTER = 134217729.0  # 2^27 + 1


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
def _grow_expansion(expansion, size, b):
    """Add one number to an expansion of `size` components, exactly; components in increasing magnitude."""
    q = b
    for i in range(size):
        e = expansion[i]
        s = q + e
        t = s - q
        expansion[i] = (q - (s - t)) + (e - t)
        q = s
    expansion[size] = q
    return size + 1


@kernel
def _orient2d_exact(ax, ay, bx, by, cx, cy):
    work = np.empty(13)
    n = 0
    # ax by - ax cy + bx cy - bx ay + cx ay - cx by: six exact products
    p, e = _two_product(ax, by)
    n = _grow_expansion(work, n, e)
    n = _grow_expansion(work, n, p)
    p, e = _two_product(-ax, cy)
    n = _grow_expansion(work, n, e)
    n = _grow_expansion(work, n, p)
    p, e = _two_product(bx, cy)
    n = _grow_expansion(work, n, e)
    n = _grow_expansion(work, n, p)
    p, e = _two_product(-bx, ay)
    n = _grow_expansion(work, n, e)
    n = _grow_expansion(work, n, p)
    p, e = _two_product(cx, ay)
    n = _grow_expansion(work, n, e)
    n = _grow_expansion(work, n, p)
    p, e = _two_product(-cx, by)
    n = _grow_expansion(work, n, e)
    n = _grow_expansion(work, n, p)
    for i in range(n - 1, -1, -1):
        if work[i] != 0.0:
            return work[i]
    return 0.0


@kernel
def _orient2d(ax, ay, bx, by, cx, cy):
    left = (ax - cx) * (by - cy)
    right = (ay - cy) * (bx - cx)
    det = left - right
    if abs(det) >= _BOUND * (abs(left) + abs(right)):
        return det
    return _orient2d_exact(ax, ay, bx, by, cx, cy)


@means(_orient2d)
def orient2d(ax, ay, bx, by, cx, cy):
    """Twice the signed area of the triangle a, b, c; its sign is exact.

    Parameters
    ----------
    ax, ay, bx, by, cx, cy : float
        Coordinates, any unit; magnitudes between about 1e-140 and 1e150, so that no product over- or underflows.

    Returns
    -------
    float
        Positive if a, b, c turn counter-clockwise, negative if clockwise, 0.0 if and only if they lie on one line.
        The magnitude is within 6.7e-16 relative of the true value where the filter sufficed.

    Examples
    --------
    >>> orient2d(0.0, 0.0, 1.0, 0.0, 0.0, 1.0)
    1.0
    >>> orient2d(0.1, 0.1, 0.3, 0.3, 0.7, 0.7)
    0.0
    """
    return _orient2d(float(ax), float(ay), float(bx), float(by), float(cx), float(cy))
