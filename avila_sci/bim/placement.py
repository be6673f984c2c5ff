"""Placements of a building model as 4 x 4 matrices.

Files leave axes out, repeat a direction, or give two that are not at right angles.  The standard says what a missing
axis means [1]_; whatever else stands there is made into an orthonormal, right-handed frame that keeps the z axis.

References
----------
.. [1] ISO 16739-1:2024 (IFC 4.3), functions IfcBuildAxes, IfcFirstProjAxis, IfcBaseAxis.
"""

import math

import numpy as np

from avila_sci.bim.curve import DANGLING, DEGENERATE, NOT_FINITE, OK, UNSUPPORTED
from avila_sci.bim.schema import code
from avila_sci.bim.step import INTEGER, NULL, OPEN, REAL, argument, number, reference
from avila_sci.core.jit import kernel

POINT = code("IFCCARTESIANPOINT")
AXIS2_2D = code("IFCAXIS2PLACEMENT2D")
AXIS2_3D = code("IFCAXIS2PLACEMENT3D")
AXIS1 = code("IFCAXIS1PLACEMENT")
OPERATOR_2D = code("IFCCARTESIANTRANSFORMATIONOPERATOR2D")
OPERATOR_2D_NON_UNIFORM = code("IFCCARTESIANTRANSFORMATIONOPERATOR2DNONUNIFORM")
OPERATOR_3D = code("IFCCARTESIANTRANSFORMATIONOPERATOR3D")
OPERATOR_3D_NON_UNIFORM = code("IFCCARTESIANTRANSFORMATIONOPERATOR3DNONUNIFORM")

_PARALLEL = 1e-9  # sine of the angle under which two directions count as one: files carry 6 to 16 digits


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
def _across(z, given, x):
    """Unit vector `x` at right angles to `z`, as near to `x` as can be; False if the two are parallel."""
    if not given:
        return False
    along = x[0] * z[0] + x[1] * z[1] + x[2] * z[2]
    a, b, c = x[0] - along * z[0], x[1] - along * z[1], x[2] - along * z[2]
    norm = math.sqrt(a * a + b * b + c * c)
    if norm < _PARALLEL:
        return False
    x[0], x[1], x[2] = a / norm, b / norm, c / norm
    return True


@kernel
def _frame(z, given, x, origin, out):
    """Right-handed frame of the axis `z` and a reference direction `x` (changed to lie across) into `out` (4, 4)."""
    if not _across(z, given, x):
        # The standard's default: the world's x axis, or y where that is the axis itself.
        x[0], x[1], x[2] = 1.0, 0.0, 0.0
        if not _across(z, True, x):
            x[0], x[1], x[2] = 0.0, 1.0, 0.0
            _across(z, True, x)
    for k in range(3):
        out[k, 0] = x[k]
        out[k, 1] = z[k - 2] * x[k - 1] - z[k - 1] * x[k - 2]
        out[k, 2] = z[k]
        out[k, 3] = origin[k]
        out[3, k] = 0.0
    out[3, 3] = 1.0


@kernel
def _identity(out):
    for i in range(4):
        for k in range(4):
            out[i, k] = 1.0 if i == k else 0.0


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
    _identity(out)
    if row < 0:
        return DANGLING
    kind = tokens.code[row]
    if kind != AXIS2_3D and kind != AXIS2_2D and kind != AXIS1:
        return UNSUPPORTED
    origin = np.empty(3)
    status = _cartesian(tokens, reference(tokens, row, 0), origin)
    if status != OK:
        return status
    z = np.zeros(3)
    x = np.zeros(3)
    z[2] = 1.0
    if kind == AXIS2_2D:
        given = _direction(tokens, reference(tokens, row, 1), x)
        x[2] = 0.0
        given = given and _unit(x)
        origin[2] = 0.0
    else:
        if not _direction(tokens, reference(tokens, row, 1), z):
            z[0], z[1], z[2] = 0.0, 0.0, 1.0
        given = kind == AXIS2_3D and _direction(tokens, reference(tokens, row, 2), x)
    _frame(z, given, x, origin, out)
    return OK


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
