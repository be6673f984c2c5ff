"""What elements measure: area, volume, extent, taken from their triangles.

An element may be several instances of several meshes.  A mesh is measured once and counted wherever it stands, unless
its matrix stretches it.  Closedness and volume follow the reference data of the tests: vertices within a micrometre are
one, and a surface is closed where every directed edge has its reverse.
"""

from typing import NamedTuple

import numpy as np

from avila_sci.bim.geometry import STATUS, Geometry, _flat
from avila_sci.core.errors import DTypeError, need
from avila_sci.core.jit import kernel
from avila_sci.core.threads import each, get_threads
from avila_sci.core.tolerance import WELD
from avila_sci.mesh.measure import _area, _is_closed, _volume


@kernel
def _measure_meshes(scene, first, last):
    """Area, volume and closedness of the unique meshes first … last - 1, (n, 3) float64."""
    out = np.empty((last - first, 3))
    for m in range(first, last):
        low = scene.vertex_start[m]
        positions = scene.positions[low : scene.vertex_start[m + 1]]
        triangles = scene.triangles[scene.triangle_start[m] : scene.triangle_start[m + 1]] - low
        out[m - first, 0] = _area(positions, triangles)
        out[m - first, 1] = _volume(positions, triangles)
        out[m - first, 2] = 1.0 if _is_closed(positions, triangles, WELD) else 0.0
    return out


@kernel
def _is_rigid(matrix):
    """Whether the three axes of a matrix are unit vectors at right angles to 1e-9."""
    for i in range(3):
        for k in range(i, 3):
            dot = matrix[0, i] * matrix[0, k] + matrix[1, i] * matrix[1, k] + matrix[2, i] * matrix[2, k]
            if not abs(dot - (1.0 if i == k else 0.0)) < 1e-9:
                return False
    return True


@kernel
def _sum_instances(scene, of_mesh, n_elements, sums, boxes, open_parts, parts):
    """Add every instance to its element: sums (n, 2) of area and volume, boxes (n, 6), and how many parts are open."""
    for i in range(scene.instance_mesh.size):
        e = scene.instance_element[i]
        if e < 0:
            continue
        mesh = scene.instance_mesh[i]
        matrix = scene.instance_matrix[i]
        parts[e] += 1
        if of_mesh[mesh, 2] == 0.0:
            open_parts[e] += 1
        if _is_rigid(matrix):
            sums[e, 0] += of_mesh[mesh, 0]
            sums[e, 1] += of_mesh[mesh, 1]
        else:
            one = np.empty(1, np.int64)
            one[0] = i
            positions, triangles, _ = _flat(scene, one)
            sums[e, 0] += _area(positions, triangles)
            sums[e, 1] += _volume(positions, triangles)
        for v in range(scene.vertex_start[mesh], scene.vertex_start[mesh + 1]):
            x, y, z = scene.positions[v, 0], scene.positions[v, 1], scene.positions[v, 2]
            for k in range(3):
                at = matrix[k, 0] * x + matrix[k, 1] * y + matrix[k, 2] * z + matrix[k, 3]
                boxes[e, k] = min(boxes[e, k], at)
                boxes[e, 3 + k] = max(boxes[e, 3 + k], at)


class Measurements(NamedTuple):
    """A row a product, as columns; metres, square and cubic metres, world coordinates.

    Attributes
    ----------
    id : (n,) int64
    global_id, type : (n,) object
    triangles : (n,) int64
    area : (n,) float64, m²
    volume : (n,) float64, m³
        NaN where the surface is not closed.
    closed : (n,) bool
    xmin, ymin, zmin, xmax, ymax, zmax : (n,) float64, m
        NaN where there are no triangles.
    status : (n,) object
        What became of the product, in words: `bim.geometry.STATUS`.
    """

    id: np.ndarray
    global_id: np.ndarray
    type: np.ndarray
    triangles: np.ndarray
    area: np.ndarray
    volume: np.ndarray
    closed: np.ndarray
    xmin: np.ndarray
    ymin: np.ndarray
    zmin: np.ndarray
    xmax: np.ndarray
    ymax: np.ndarray
    zmax: np.ndarray
    status: np.ndarray

    def to_dataframe(self):
        """A pandas DataFrame with these columns.

        Raises
        ------
        MissingDependencyError
            pandas is not installed.
        """
        return need("pandas", "dataframe", "to_dataframe").DataFrame(self._asdict())

    def __repr__(self):
        return (
            f"{len(self.id)} products, {self.triangles.sum()} triangles, {np.nansum(self.area):.6g} m², "
            f"{np.nansum(self.volume):.6g} m³ in {self.closed.sum()} closed ones"
        )

    def _repr_html_(self):
        import html

        head = "".join(f"<th>{name}</th>" for name in self._fields)
        body = ""
        for row in zip(*(column[:20].tolist() for column in self)):
            cells = (f"{v:.4g}" if isinstance(v, float) else html.escape(str(v)) for v in row)
            body += "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        more = f"<p>… and {len(self.id) - 20} more</p>" if len(self.id) > 20 else ""
        return f"<p>{html.escape(repr(self))}</p><table><tr>{head}</tr>{body}</table>{more}"


def measure(thing):
    """Area, volume, closedness and extent of every product, measured on its triangles.

    Parameters
    ----------
    thing : Model or Geometry

    Returns
    -------
    Measurements
        Columns; ``.to_dataframe()`` makes a table of them.

    Raises
    ------
    DTypeError
        It is neither.

    Notes
    -----
    The triangles are flat, so plane surfaces are exact to rounding (about 1e-12 relative), and curved ones are as good
    as `Geometry.settings` has them: with 36 chords or more to a circle its area is right to 0.5 %.

    Examples
    --------
    >>> from avila_sci import bim
    >>> table = measure(bim.open(bim.sample.path()))
    >>> bool(table.closed[table.type == "IfcWall"].all())
    True
    """
    geometry = thing
    if not isinstance(thing, Geometry):
        if not callable(getattr(thing, "geometry", None)):
            raise DTypeError(f"measure takes a model (bim.open) or its geometry, got {type(thing).__name__}")
        geometry = thing.geometry()
    kept = geometry.__dict__.get("_measurements")
    if kept is None:
        kept = geometry._measurements = _measured(geometry)
    return kept


def _measured(geometry):
    scene, n = geometry.scene, len(geometry)
    n_meshes = len(scene.vertex_start) - 1
    edges = np.linspace(0, n_meshes, min(n_meshes, 8 * get_threads()) + 1).astype(np.int64)
    parts = each(lambda span: _measure_meshes(scene, *span), list(zip(edges[:-1].tolist(), edges[1:].tolist())))
    of_mesh = np.concatenate([np.empty((0, 3)), *parts])
    sums = np.zeros((n, 2))
    boxes = np.tile(np.repeat([np.inf, -np.inf], 3), (n, 1))
    open_parts, count = np.zeros(n, np.int64), np.zeros(n, np.int64)
    _sum_instances(scene, of_mesh, n, sums, boxes, open_parts, count)
    closed = (count > 0) & (open_parts == 0)
    # Several open parts may close each other: two halves of a box.
    for e in np.flatnonzero((open_parts > 0) & (count > 1)).tolist():
        positions, triangles, _ = _flat(scene, np.flatnonzero(scene.instance_element == e))
        if _is_closed(positions, triangles, WELD):
            closed[e] = True
            sums[e, 1] = _volume(positions, triangles)
    boxes[~np.isfinite(boxes)] = np.nan
    boxes += np.concatenate([scene.origin, scene.origin])
    return Measurements(
        geometry.element_id,
        geometry.global_id,
        geometry.type,
        geometry.triangle_count,
        sums[:, 0],
        np.where(closed, sums[:, 1], np.nan),
        closed,
        *boxes.T.copy(),
        np.array(STATUS, object)[geometry.status],
    )
