"""Placements of a building model as 4 x 4 matrices.

Files leave axes out, repeat a direction, or give two that are not at right angles.  The standard says what a missing
axis means [1]_; whatever else stands there is made into an orthonormal, right-handed frame that keeps the z axis.

References
----------
.. [1] ISO 16739-1:2024 (IFC 4.3), functions IfcBuildAxes, IfcFirstProjAxis, IfcBaseAxis.
"""

import math

import numpy as np

from avila_sci.bim.curve import (
    CYCLE,
    DANGLING,
    DEGENERATE,
    NOT_FINITE,
    OK,
    UNSUPPORTED,
    _axes,
    _cartesian,
    _direction,
    _square,
)
from avila_sci.bim.schema import code
from avila_sci.bim.step import NULL, argument, is_dangling, number, reference
from avila_sci.core.jit import kernel

LOCAL_PLACEMENT = code("IFCLOCALPLACEMENT")
LINEAR_PLACEMENT = code("IFCLINEARPLACEMENT")
GRID_PLACEMENT = code("IFCGRIDPLACEMENT")
OPERATOR_2D = code("IFCCARTESIANTRANSFORMATIONOPERATOR2D")
OPERATOR_2D_NON_UNIFORM = code("IFCCARTESIANTRANSFORMATIONOPERATOR2DNONUNIFORM")
OPERATOR_3D = code("IFCCARTESIANTRANSFORMATIONOPERATOR3D")
OPERATOR_3D_NON_UNIFORM = code("IFCCARTESIANTRANSFORMATIONOPERATOR3DNONUNIFORM")


@kernel
def _identity(out):
    for i in range(4):
        for k in range(4):
            out[i, k] = 1.0 if i == k else 0.0


@kernel
def _frame(origin, x, y, z, out):
    """Matrix of an origin and three axes into `out` (4, 4)."""
    for k in range(3):
        out[k, 0] = x[k]
        out[k, 1] = y[k]
        out[k, 2] = z[k]
        out[k, 3] = origin[k]
        out[3, k] = 0.0
    out[3, 3] = 1.0


@kernel
def _axis3(tokens, row, out):
    """Matrix of an IfcAxis2Placement3D (or 2D: in the plane z = 0) into `out` (4, 4) float64.

    Parameters
    ----------
    tokens : Tokens
    row : int
    out : (4, 4) float64
        From the placement's coordinates to those it is given in; the identity where the status is not OK.

    Returns
    -------
    int
        Status.
    """
    origin, x, y, z = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    status = _axes(tokens, row, origin, x, y, z)
    if status != OK:
        _identity(out)
    else:
        _frame(origin, x, y, z, out)
    return status


@kernel
def _operator(tokens, row, out):
    """Matrix of an IfcCartesianTransformationOperator, 2D or 3D, uniform or not, into `out` (4, 4) float64.

    Parameters
    ----------
    tokens : Tokens
    row : int
    out : (4, 4) float64
        Scales and possibly mirrors; its determinant tells.

    Returns
    -------
    int
        Status; DEGENERATE if a scale is zero.
    """
    _identity(out)
    if row < 0:
        return DANGLING
    kind = tokens.code[row]
    flat = kind in (OPERATOR_2D, OPERATOR_2D_NON_UNIFORM)
    if not flat and kind != OPERATOR_3D and kind != OPERATOR_3D_NON_UNIFORM:
        return UNSUPPORTED
    origin = np.empty(3)
    status = _cartesian(tokens, reference(tokens, row, 2), origin)
    if status != OK:
        return status
    x, y, z = np.zeros(3), np.zeros(3), np.zeros(3)
    across = np.empty(3)
    z[2] = 1.0
    if not flat and not _direction(tokens, reference(tokens, row, 4), z):
        z[0], z[1], z[2] = 0.0, 0.0, 1.0
    has_x = _direction(tokens, reference(tokens, row, 0), x)
    has_y = _direction(tokens, reference(tokens, row, 1), y)
    if flat:
        x[2], y[2], origin[2] = 0.0, 0.0, 0.0
        if has_y and not has_x:
            x[0], x[1] = y[1], -y[0]
            has_x = True
    _square(z, has_x, x, across)
    _frame(origin, x, across, z, out)
    if has_y and out[0, 1] * y[0] + out[1, 1] * y[1] + out[2, 1] * y[2] < 0.0:
        for k in range(3):
            out[k, 1] = -out[k, 1]
    scale = number(tokens, row, 3, 1.0)
    scale_y, scale_z = scale, scale
    if kind == OPERATOR_2D_NON_UNIFORM:
        scale_y = number(tokens, row, 4, scale)
    elif kind == OPERATOR_3D_NON_UNIFORM:
        scale_y = number(tokens, row, 5, scale)
        scale_z = number(tokens, row, 6, scale)
    if flat:
        scale_z = 1.0
    if not (math.isfinite(scale) and math.isfinite(scale_y) and math.isfinite(scale_z)):
        return NOT_FINITE
    if scale == 0.0 or scale_y == 0.0 or scale_z == 0.0:
        return DEGENERATE
    for k in range(3):
        out[k, 0] *= scale
        out[k, 1] *= scale_y
        out[k, 2] *= scale_z
    return OK


@kernel
def _position(tokens, row, k, out):
    """Matrix of the placement that attribute `k` refers to into `out`; the identity if it is null."""
    t = argument(tokens, row, k)
    if t < 0 or tokens.kind[t] == NULL:
        _identity(out)
        return OK
    return _axis3(tokens, reference(tokens, row, k), out)


@kernel
def _multiply(a, b, out):
    """Product of two affine matrices (4, 4) into `out`, which may be one of them."""
    product = np.empty((3, 4))
    for i in range(3):
        for k in range(4):
            product[i, k] = a[i, 0] * b[0, k] + a[i, 1] * b[1, k] + a[i, 2] * b[2, k]
        product[i, 3] += a[i, 3]
    out[:3] = product
    out[3, 0], out[3, 1], out[3, 2], out[3, 3] = 0.0, 0.0, 0.0, 1.0


@kernel
def _inverse(a, out):
    """Inverse of an affine matrix (4, 4) into another `out`; False, and NaN, if it has none."""
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        for c in range(3):
            d, e = (c + 1) % 3, (c + 2) % 3
            out[c, i] = a[j, d] * a[k, e] - a[j, e] * a[k, d]
    det = a[0, 0] * out[0, 0] + a[0, 1] * out[1, 0] + a[0, 2] * out[2, 0]
    for i in range(3):
        for k in range(3):
            out[i, k] /= det
    for i in range(3):
        out[i, 3] = -(out[i, 0] * a[0, 3] + out[i, 1] * a[1, 3] + out[i, 2] * a[2, 3])
        out[3, i] = 0.0
    out[3, 3] = 1.0
    return det != 0.0


@kernel
def _relative(tokens, row, out):
    """Matrix of an object placement in the one it is relative to; a status."""
    if tokens.code[row] == LINEAR_PLACEMENT:
        # Along an alignment; exporters write the same in Cartesian coordinates for readers that cannot follow it.
        return _position(tokens, row, 2, out) if reference(tokens, row, 2) >= 0 else UNSUPPORTED
    if tokens.code[row] != LOCAL_PLACEMENT:
        return UNSUPPORTED
    if is_dangling(tokens, row, 1):
        return DANGLING
    return _axis3(tokens, reference(tokens, row, 1), out)


@kernel
def _placements(tokens, rows):
    """World matrices of object placements.

    Parameters
    ----------
    tokens : Tokens
    rows : (n,) int64
        Rows of IfcObjectPlacement; -1 stands for "none" and gives the identity, -2 for one the file does not have.

    Returns
    -------
    matrices : (n, 4, 4) float64
        In the file's unit of length.
    status : (n,) int64
        Of the placement and all it is relative to.  A part of the chain that cannot be read counts as the identity.

    Notes
    -----
    Each placement is computed once, from the top of its chain down, so the cost does not depend on the depth.
    """
    n = rows.size
    number = np.full(tokens.code.size, -1, np.int64)  # -1: not seen, -2: on the chain being followed, else its place
    size = max(16, 2 * n)
    known = np.empty((size, 4, 4))
    worst = np.zeros(size, np.int64)
    count = 0
    chain = np.empty(64, np.int64)
    step = np.empty((4, 4))
    matrices = np.empty((n, 4, 4))
    status = np.zeros(n, np.int64)
    for i in range(n):
        _identity(matrices[i])
        row = rows[i]
        depth = 0
        cyclic = False
        lost = False
        while row >= 0 and number[row] == -1:
            number[row] = -2
            if depth == chain.size:
                longer = np.empty(2 * depth, np.int64)
                longer[:depth] = chain
                chain = longer
            chain[depth] = row
            depth += 1
            lost = is_dangling(tokens, row, 0)
            row = reference(tokens, row, 0)
            cyclic = row >= 0 and number[row] == -2
        while depth:
            depth -= 1
            here = chain[depth]
            if count == known.shape[0]:
                more = np.empty((2 * count, 4, 4))
                more[:count] = known
                known = more
                more_worst = np.zeros(2 * count, np.int64)
                more_worst[:count] = worst
                worst = more_worst
            s = _relative(tokens, here, step)
            if cyclic:
                s = CYCLE
            if s != OK:
                _identity(step)
            elif lost:
                s = DANGLING  # of what it is relative to; its own matrix stands
            lost = False
            above = number[row] if row >= 0 and number[row] >= 0 else np.int64(-1)
            if above >= 0:
                _multiply(known[above], step, known[count])
                worst[count] = worst[above] if worst[above] != OK else s
            else:
                known[count] = step
                worst[count] = s
            number[here] = count
            count += 1
            row = here
        if rows[i] >= 0:
            matrices[i] = known[number[rows[i]]]
            status[i] = worst[number[rows[i]]]
        elif rows[i] == -2:
            status[i] = DANGLING
    return matrices, status
