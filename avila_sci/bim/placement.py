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
    DANGLING,
    DEGENERATE,
    NOT_FINITE,
    OK,
    UNSUPPORTED,
    _cartesian,
    _direction,
    _square,
    _unit,
)
from avila_sci.bim.schema import code
from avila_sci.bim.step import NULL, argument, number, reference
from avila_sci.core.jit import kernel

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
    _frame(z, has_x, x, origin, out)
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
