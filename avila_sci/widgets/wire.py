"""A scene as one buffer for the browser: few bytes, no geometry twice, nothing to parse.

A kernel and its browser may be an ocean apart, and every megabyte costs 60 ms of processor on the way.  So unique
meshes stay unique, and each is written on the coarsest grid that still looks exact: a power of two between 1/16 mm
and 1 mm, 16 bits a coordinate (32 where a mesh is larger than 64 m).  Powers of two make grids of different meshes fall
on each other, so what touches in the model touches on the screen.  Indices are local to their mesh, 8, 16 or 32 bits
wide as it needs.  Normals are not sent: the browser finds them.

The buffer is ``AVS1``, the length of a JSON header (uint32), the header, and blocks at multiples of 8 bytes, little
endian.  Meshes that are placed once come in the coordinates of the scene minus ``centre``; meshes that are placed often
come in their own, with a matrix for each place.  Sections of `positions` and `indices` are sorted by width.
"""

import json
import math

import numpy as np

from avila_sci.core.check import array
from avila_sci.core.errors import ShapeError
from avila_sci.core.jit import kernel

FINEST = -14  # exponent of the finest grid: 2^-14 m = 0.06 mm
COARSEST_16 = -10  # exponent up to which 16 bits do: 2^-10 m = 1 mm, for meshes of up to 64 m
_MAGIC = b"AVS1"


@kernel
def _boxes(positions, first, last, matrices, out):
    """Least and greatest corner (6 numbers) of meshes after their matrices (n, 3, 4), of what is finite."""
    for k in range(first.size):
        m = matrices[k]
        for j in range(3):
            out[k, j], out[k, 3 + j] = np.inf, -np.inf
        for v in range(first[k], last[k]):
            x, y, z = positions[v, 0], positions[v, 1], positions[v, 2]
            for j in range(3):
                p = m[j, 0] * x + m[j, 1] * y + m[j, 2] * z + m[j, 3]
                if math.isfinite(p):
                    out[k, j] = min(out[k, j], p)
                    out[k, 3 + j] = max(out[k, 3 + j], p)


@kernel
def _quantise(positions, first, last, matrices, low, step, start, width, out):
    """Write vertices as unsigned little-endian multiples of a mesh's step from its low corner."""
    for k in range(first.size):
        m = matrices[k]
        at = start[k]
        for v in range(first[k], last[k]):
            x, y, z = positions[v, 0], positions[v, 1], positions[v, 2]
            for j in range(3):
                p = m[j, 0] * x + m[j, 1] * y + m[j, 2] * z + m[j, 3]
                q = np.int64(0)
                if math.isfinite(p):
                    q = np.int64(math.floor((p - low[k, j]) / step[k] + 0.5))
                for b in range(width[k]):
                    out[at] = np.uint8((q >> (8 * b)) & 255)
                    at += 1


@kernel
def _localise(positions, triangles, order, mesh, vertex_first, turned, start, width, out):
    """Write triangles with indices local to their mesh, those of turned meshes the other way round.

    A triangle with a corner that is not finite becomes a point.
    """
    for i in range(order.size):
        t, k = order[i], mesh[i]
        ok = True
        for j in range(3):
            for c in range(3):
                ok = ok and math.isfinite(positions[triangles[t, j], c])
        at = start[i]
        for j in range(3):
            corner = 3 - j if turned[k] and j > 0 else j
            local = np.int64(triangles[t, corner]) - vertex_first[k] if ok else np.int64(0)
            for b in range(width[k]):
                out[at] = np.uint8((local >> (8 * b)) & 255)
                at += 1


def narrow(values):
    """Non-negative integers in the least wide of uint8, uint16, uint32.

    Examples
    --------
    >>> narrow(np.array([0, 300])).dtype
    dtype('uint16')
    """
    values = np.asarray(values)
    top = int(values.max()) if values.size else 0
    return values.astype(np.uint8 if top < 256 else np.uint16 if top < 65536 else np.uint32)


def factorise(values):
    """Numbers of the distinct values: 0 for None, "" and NaN, else the order of first appearance from 1.

    Returns
    -------
    codes : (n,) uint8, uint16 or uint32
    words : list
        Word of code c is ``words[c - 1]``.

    Examples
    --------
    >>> codes, words = factorise(["wall", None, "door", "wall"])
    >>> codes.tolist(), words
    ([1, 0, 2, 1], ['wall', 'door'])
    """
    known, out = {}, np.zeros(len(values), np.int64)
    for i, value in enumerate(values.tolist() if isinstance(values, np.ndarray) else values):
        if value is not None and value != "" and value == value:
            out[i] = known.setdefault(value, len(known) + 1)
    return narrow(out), list(known)


def _grids(boxes):
    """Low corner on the grid, exponent of the step, bytes a coordinate, for boxes (n, 6)."""
    empty = ~np.isfinite(boxes).all(axis=1)
    boxes = np.where(empty[:, None], 0.0, boxes)
    extent = np.maximum((boxes[:, 3:] - boxes[:, :3]).max(axis=1, initial=0.0), 1e-300)
    # One unit is kept free: the low corner moves down to the grid by up to a step.
    needed = np.ceil(np.log2(extent / 65534.0)).astype(np.int64)
    wide = needed > COARSEST_16
    exponent = np.maximum(needed, FINEST)
    exponent[wide] = np.maximum(np.ceil(np.log2(extent[wide] / 4294967294.0)).astype(np.int64), FINEST)
    step = np.exp2(exponent)
    low = np.floor(boxes[:, :3] / step[:, None]) * step[:, None]
    return low, exponent, np.where(wide, 4, 2)


def _sections(sizes, widths, choices):
    """First byte of each mesh's part when the parts of one width stand together, widths in the order of `choices`."""
    start, total = np.zeros(len(sizes), np.int64), 0
    for choice in choices:
        those = widths == choice
        start[those] = total + np.concatenate([[0], np.cumsum(sizes[those])[:-1]]) if those.any() else 0
        total += int(sizes[those].sum())
        total = -(-total // 4) * 4  # the next section is read as wider numbers
    return start, total


def centre_of(scene):
    """Middle of most of the scene: the median of the instances' places, so that a stray one does not move it.

    Returns
    -------
    (3,) float64, scene coordinates
    """
    if not len(scene.instance_mesh):
        return np.zeros(3)
    v = np.minimum(scene.vertex_start[scene.instance_mesh], max(len(scene.positions) - 1, 0))
    if not len(scene.positions):
        return np.zeros(3)
    matrix = scene.instance_matrix
    places = np.einsum("nij,nj->ni", matrix[:, :3, :3], scene.positions[v]) + matrix[:, :3, 3]
    places = places[np.isfinite(places).all(axis=1)]
    return np.round(np.median(places, axis=0)) if len(places) else np.zeros(3)


def encode(scene, columns=None, tree=None, facts=None):
    """A scene and what is known of its elements as one buffer.

    Parameters
    ----------
    scene : Scene
    columns : dict of str to (n_elements,) array, optional
        Texts by element number; the browser uses "name", "type", "storey" and shows the rest.
    tree : dict, optional
        ``parent`` and ``element`` (-1 for none), int arrays over nodes, each node after its parent; ``label`` and
        ``type`` lists of str, for nodes that are not elements.
    facts : dict, optional
        Small things for the header.

    Returns
    -------
    bytes

    Raises
    ------
    ShapeError
        A column whose length is not that of the others.

    Notes
    -----
    Positions move by at most half a step of their mesh's grid: 0.03 mm for meshes of up to 4 m, 0.5 mm up to 64 m.
    A closed mesh takes 3 bytes a triangle for its vertices and 3 to 6 for its indices; a mesh about 20 more, a place 2
    to 6 more, 54 where it is one of several.
    """
    blocks = {}
    centre = centre_of(scene)
    _geometry_blocks(scene, centre, blocks)
    highest = int(scene.instance_element.max(initial=-1)) + 1
    header = {"centre": centre.tolist(), "elements": highest, "columns": {}, **(facts or {})}
    for name, values in (columns or {}).items():
        if len(values) < highest or len(values) != len(next(iter(columns.values()))):
            raise ShapeError(
                f"columns must have one row an element, at least {highest}, got {len(values)} for {name!r}"
            )
        header["elements"] = len(values)
        blocks[f"column {name}"], words = factorise(values)
        header["columns"][name] = [str(word) for word in words]
    if tree is not None:
        blocks["tree parent"] = narrow(np.asarray(tree["parent"], np.int64) + 1)
        blocks["tree element"] = narrow(np.asarray(tree["element"], np.int64) + 1)
        for name in ("label", "type"):
            blocks[f"tree {name}"], header[f"tree {name}"] = factorise(tree[name])
    return _pack(header, blocks)


def _geometry_blocks(scene, centre, blocks):
    matrices = scene.instance_matrix
    ok = np.isfinite(matrices).all(axis=(1, 2)) & (np.diff(scene.triangle_start) > 0)[scene.instance_mesh]
    instances = np.flatnonzero(ok)
    instances = instances[np.argsort(scene.instance_mesh[instances], kind="stable")]
    uses = np.bincount(scene.instance_mesh[instances], minlength=len(scene.vertex_start) - 1)
    meshes = np.flatnonzero(uses)
    count = uses[meshes]
    first_use = np.cumsum(count) - count
    once = count == 1

    # Meshes placed once are moved to their place here; of the others the matrices are sent.
    baked = np.zeros((len(meshes), 3, 4))
    baked[:, [0, 1, 2], [0, 1, 2]] = 1.0
    baked[once] = matrices[instances[first_use[once]], :3]
    baked[once, :, 3] -= centre
    positions = array("positions", scene.positions, ("n", 3))
    vertex_first, vertex_last = scene.vertex_start[meshes], scene.vertex_start[meshes + 1]
    boxes = np.empty((len(meshes), 6))
    _boxes(positions, vertex_first, vertex_last, baked, boxes)
    low, exponent, width = _grids(boxes)
    n_vertices = vertex_last - vertex_first
    start, size = _sections(n_vertices * 3 * width, width, (2, 4))
    data = np.zeros(size, np.uint8)
    _quantise(positions, vertex_first, vertex_last, baked, low, np.exp2(exponent), start, width, data)
    blocks["positions"] = data

    n_triangles = scene.triangle_start[meshes + 1] - scene.triangle_start[meshes]
    mesh_of = np.repeat(np.arange(len(meshes)), n_triangles)
    order = np.arange(len(mesh_of)) + np.repeat(
        scene.triangle_start[meshes] - (np.cumsum(n_triangles) - n_triangles), n_triangles
    )
    order = _by_colour(scene, order, mesh_of, len(meshes), blocks)
    index_width = np.where(n_vertices <= 256, 1, np.where(n_vertices <= 65536, 2, 4))
    start, size = _sections(n_triangles * 3 * index_width, index_width, (1, 2, 4))
    within = np.arange(len(mesh_of)) - np.repeat(np.cumsum(n_triangles) - n_triangles, n_triangles)
    data = np.zeros(size, np.uint8)
    triangle_at = start[mesh_of] + within * 3 * index_width[mesh_of]
    triangles = array("triangles", scene.triangles, ("n", 3), np.int32)
    # A matrix that mirrors turns triangles inside out; where it is applied here, so is the remedy.
    turned = np.linalg.det(baked[:, :, :3]) < 0.0
    _localise(positions, triangles, order, mesh_of, vertex_first, turned, triangle_at, index_width, data)
    blocks["indices"] = data

    blocks["vertex count"], blocks["triangle count"] = narrow(n_vertices), narrow(n_triangles)
    blocks["exponent"], blocks["wide"] = exponent.astype(np.int8), (width == 4).astype(np.uint8)
    blocks["low"] = low[once].astype(np.float32)
    blocks["instance count"] = narrow(count)
    blocks["instance element"] = narrow(scene.instance_element[instances].astype(np.int64) + 1)
    blocks["instance colour"] = narrow(scene.instance_colour[instances])
    often = np.repeat(~once, count)
    placed = matrices[instances[often], :3].astype(np.float64)
    # The mesh's low corner goes into the matrix in double precision: many a mesh lies far from its own zero.
    placed[:, :, 3] += np.einsum("nij,nj->ni", placed[:, :, :3], np.repeat(low, count, axis=0)[often]) - centre
    blocks["matrix"] = placed.astype(np.float32)
    blocks["palette"] = np.round(np.clip(scene.palette, 0.0, 1.0) * 255.0).astype(np.uint8)


def _by_colour(scene, order, mesh_of, n_meshes, blocks):
    """Triangles of each mesh sorted by colour, and the runs of colour of meshes that have any."""
    colour = scene.triangle_colour[order]
    coloured = np.zeros(n_meshes, bool)
    coloured[mesh_of[colour != 0]] = True
    those = np.flatnonzero(coloured[mesh_of])
    sort = those[np.lexsort((colour[those], mesh_of[those]))]
    order = order.copy()
    order[those] = order[sort]
    colour, mesh = scene.triangle_colour[order[those]], mesh_of[those]
    fresh = np.ones(len(those), bool)
    fresh[1:] = (colour[1:] != colour[:-1]) | (mesh[1:] != mesh[:-1])
    begins = np.flatnonzero(fresh)
    blocks["run count"] = narrow(np.bincount(mesh[begins], minlength=n_meshes))
    blocks["run length"] = narrow(np.diff(np.append(begins, len(those))))
    blocks["run colour"] = narrow(colour[begins])
    return order


def _pack(header, blocks):
    """The buffer of a header and named arrays."""
    places, at = {}, 0
    for name, values in blocks.items():
        kind = {"f": "f32", "i": "i8", "u": f"u{values.dtype.itemsize * 8}"}[values.dtype.kind]
        places[name] = [kind, at, values.size]
        at += -(-values.nbytes // 8) * 8
    text = json.dumps({**header, "blocks": places}, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-(8 + len(text)) % 8)
    parts = [_MAGIC, len(text).to_bytes(4, "little"), text]
    for values in blocks.values():
        raw = np.ascontiguousarray(values).tobytes()
        parts += [raw, bytes(-len(raw) % 8)]
    return b"".join(parts)
