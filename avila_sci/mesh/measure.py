"""Area, volume, bounding box and closedness of a triangle mesh.

The volume is the sum of the signed tetrahedra over the triangles, taken about the mean of the vertices: about a far
origin every tetrahedron would be huge and their sum small, and the digits would be gone.  It means something only where
the mesh is closed, so the two are measured together.

A mesh is closed when every directed edge runs as often as its reverse.  Meshes of files are often "closed" only in this
sense: their vertices are repeated face by face.  So vertices are first welded on a grid of a micrometre, triangles that
degenerate there are dropped, and then the edges are counted in a hash table, +1 one way and -1 the other.

References
----------
.. [1] C. Zhang, T. Chen, "Efficient feature extraction for 2D/3D objects in mesh representation", ICIP 2001.
"""

import math
from typing import NamedTuple

import numpy as np

from avila_sci.core.errors import DomainError, DTypeError, ShapeError
from avila_sci.core.jit import kernel, means
from avila_sci.core.tolerance import WELD


class Measure(NamedTuple):
    """What a mesh measures: area (m²), signed volume (m³), closed, and the bounding box (m)."""

    area: float
    volume: float
    closed: bool
    xmin: float
    ymin: float
    zmin: float
    xmax: float
    ymax: float
    zmax: float


@kernel
def _area(positions, triangles):
    total = 0.0
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
        total += math.sqrt(nx * nx + ny * ny + nz * nz)
    return 0.5 * total


@kernel
def _volume(positions, triangles):
    n = positions.shape[0]
    cx, cy, cz = 0.0, 0.0, 0.0
    for i in range(n):
        cx += positions[i, 0]
        cy += positions[i, 1]
        cz += positions[i, 2]
    if n:
        cx, cy, cz = cx / n, cy / n, cz / n
    total = 0.0
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = positions[a, 0] - cx, positions[a, 1] - cy, positions[a, 2] - cz
        bx, by, bz = positions[b, 0] - cx, positions[b, 1] - cy, positions[b, 2] - cz
        dx, dy, dz = positions[c, 0] - cx, positions[c, 1] - cy, positions[c, 2] - cz
        total += ax * (by * dz - bz * dy) + ay * (bz * dx - bx * dz) + az * (bx * dy - by * dx)
    return total / 6.0


@kernel
def _hash3(x, y, z):
    # Every product stays below 2^60: in plain Python an overflow of NumPy's integers is a warning.
    h = (x & 0x7FFFFFFF) * 73856093 + (y & 0x7FFFFFFF) * 19349663 + (z & 0x7FFFFFFF) * 83492791
    h = ((h ^ (h >> 31)) & 0xFFFFFFFF) * 0x45D9F3B
    return h ^ (h >> 29)


@kernel
def _weld(positions, grid):
    """The number of the first vertex on each vertex's point of the grid, (n,) int32."""
    n = positions.shape[0]
    size = 16
    while size < 2 * n:
        size *= 2
    mask = size - 1
    table = np.full(size, -1, np.int32)
    key = np.empty((n, 3), np.int64)
    first = np.empty(n, np.int32)
    for i in range(n):
        x, y, z = positions[i, 0] / grid, positions[i, 1] / grid, positions[i, 2] / grid
        if not (abs(x) < 9e18 and abs(y) < 9e18 and abs(z) < 9e18):  # NaN too: such a vertex is nobody's neighbour
            key[i, 0], key[i, 1], key[i, 2] = 2**62, i, 0
        else:
            key[i, 0], key[i, 1], key[i, 2] = np.int64(np.rint(x)), np.int64(np.rint(y)), np.int64(np.rint(z))
        slot = _hash3(key[i, 0], key[i, 1], key[i, 2]) & mask
        while True:
            j = table[slot]
            if j < 0:
                table[slot] = i
                first[i] = i
                break
            if key[j, 0] == key[i, 0] and key[j, 1] == key[i, 1] and key[j, 2] == key[i, 2]:
                first[i] = j
                break
            slot = (slot + 1) & mask
    return first


@kernel
def _is_closed_welded(triangles, first):
    """Every directed edge as often as its reverse, vertices taken through `first`."""
    m = triangles.shape[0]
    size = 16
    while size < 4 * m:
        size *= 2
    mask = size - 1
    low = np.full(size, -1, np.int32)
    high = np.empty(size, np.int32)
    count = np.empty(size, np.int32)
    kept = 0
    for t in range(m):
        corner = (first[triangles[t, 0]], first[triangles[t, 1]], first[triangles[t, 2]])
        if corner[0] == corner[1] or corner[1] == corner[2] or corner[2] == corner[0]:
            continue
        kept += 1
        for k in range(3):
            i = corner[k]
            j = corner[k - 2]
            way = 1
            if i > j:
                i, j = j, i
                way = -1
            slot = _hash3(np.int64(i), np.int64(j), np.int64(0)) & mask
            while low[slot] >= 0 and (low[slot] != i or high[slot] != j):
                slot = (slot + 1) & mask
            if low[slot] < 0:
                low[slot] = i
                high[slot] = j
                count[slot] = 0
            count[slot] += way
    unpaired = 0
    for slot in range(size):
        if low[slot] >= 0 and count[slot] != 0:
            unpaired += 1
    return kept > 0 and unpaired == 0


@kernel
def _is_closed(positions, triangles, grid=WELD):
    return _is_closed_welded(triangles, _weld(positions, grid))


@kernel
def _bounds(positions):
    out = np.empty(6)
    out[:3] = np.inf
    out[3:] = -np.inf
    for i in range(positions.shape[0]):
        for k in range(3):
            if positions[i, k] < out[k]:
                out[k] = positions[i, k]
            if positions[i, k] > out[3 + k]:
                out[3 + k] = positions[i, k]
    return out


@kernel
def _measure(positions, triangles, grid=WELD):
    box = _bounds(positions)
    return Measure(
        _area(positions, triangles),
        _volume(positions, triangles),
        _is_closed(positions, triangles, grid),
        box[0],
        box[1],
        box[2],
        box[3],
        box[4],
        box[5],
    )


def _checked(positions, triangles):
    positions = np.asarray(positions)
    triangles = np.asarray(triangles)
    if positions.ndim != 2 or positions.shape[1] != 3:
        raise ShapeError(f"positions must have the shape (n, 3), got {positions.shape}")
    if triangles.ndim != 2 or triangles.shape[1] != 3:
        raise ShapeError(f"triangles must have the shape (m, 3), got {triangles.shape}")
    if triangles.size and not np.issubdtype(triangles.dtype, np.integer):
        raise DTypeError(f"triangles must be whole numbers, got {triangles.dtype} (are the arguments swapped?)")
    if triangles.size and not (triangles.min() >= 0 and triangles.max() < len(positions)):
        wrong = int(((triangles < 0) | (triangles >= len(positions))).any(axis=1).argmax())
        raise DomainError(
            f"triangle {wrong} is {triangles[wrong].tolist()}, but there are {len(positions)} positions, "
            f"numbered from 0 (are the triangles numbered from 1?)"
        )
    return np.ascontiguousarray(positions, np.float64), np.ascontiguousarray(triangles, np.int32)


@means(_area)
def area(positions, triangles):
    """Area of a triangle mesh.

    Parameters
    ----------
    positions : (n, 3) float, metres
    triangles : (m, 3) int
        Rows of `positions`, counted from 0.

    Returns
    -------
    float, m²

    Raises
    ------
    ShapeError, DTypeError, DomainError
        The arrays are no mesh.

    Notes
    -----
    The relative rounding error is about 1e-15 times the square root of the number of triangles, and grows for
    needles, whose area is a difference of long products.

    Examples
    --------
    >>> area([[0, 0, 0], [2, 0, 0], [0, 3, 0]], [[0, 1, 2]])
    3.0
    """
    return float(_area(*_checked(positions, triangles)))


@means(_volume)
def volume(positions, triangles):
    """Signed volume inside a closed mesh, positive where triangles turn counter-clockwise seen from outside.

    Parameters
    ----------
    positions : (n, 3) float, metres
    triangles : (m, 3) int
        Rows of `positions`, counted from 0.

    Returns
    -------
    float, m³
        Of an open mesh: a number without meaning (see `is_closed`).

    Raises
    ------
    ShapeError, DTypeError, DomainError
        The arrays are no mesh.

    Notes
    -----
    Taken about the mean of the vertices, so a mesh far from the origin loses only the digits that its coordinates lost.

    Examples
    --------
    >>> corner = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 6]]
    >>> round(volume(corner, [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]]), 12)
    1.0
    """
    return float(_volume(*_checked(positions, triangles)))


@means(_is_closed)
def is_closed(positions, triangles, grid=WELD):
    """Whether a triangle mesh bounds a solid: every directed edge runs as often as its reverse.

    Parameters
    ----------
    positions : (n, 3) float, metres
    triangles : (m, 3) int
        Rows of `positions`, counted from 0.
    grid : float, metres
        Vertices on the same point of this grid are one; triangles that degenerate there are left out.

    Returns
    -------
    bool
        False for a mesh without triangles.

    Raises
    ------
    ShapeError, DTypeError, DomainError
        The arrays are no mesh, or `grid` is not positive.

    Examples
    --------
    >>> is_closed([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]])
    False
    """
    if not grid > 0.0:
        raise DomainError(f"grid must be positive, got {grid!r} (in metres; the default is {WELD:g})")
    return bool(_is_closed(*_checked(positions, triangles), float(grid)))


@means(_bounds)
def bounds(positions):
    """Bounding box of points.

    Parameters
    ----------
    positions : (n, 3) float

    Returns
    -------
    (6,) float64
        xmin, ymin, zmin, xmax, ymax, zmax; (inf, …, -inf, …) of no points.

    Raises
    ------
    ShapeError
        The array has another shape.

    Examples
    --------
    >>> bounds([[0, 5, 0], [1, 2, 0]]).tolist()
    [0.0, 2.0, 0.0, 1.0, 5.0, 0.0]
    """
    positions = np.asarray(positions)
    if positions.ndim != 2 or positions.shape[1] != 3:
        raise ShapeError(f"positions must have the shape (n, 3), got {positions.shape}")
    return _bounds(np.ascontiguousarray(positions, np.float64))
