"""Booleans of a building model: trees of solids and half spaces, and openings in elements.

A tree is written down as steps for a stack machine, operands before operations, so that no kernel calls itself and a
tree that contains itself ends.  Half spaces never become meshes: they clip.  Where an operation finds no consistent
result its first operand goes on uncut, and the tree's path says so.
"""

from typing import NamedTuple

import numpy as np

from avila_sci.bim.curve import CYCLE, DANGLING, DEGENERATE, OK, UNSUPPORTED, _curve2
from avila_sci.bim.face import _grown
from avila_sci.bim.placement import _axis3
from avila_sci.bim.schema import code
from avila_sci.bim.step import ENUM, argument, enum_code, reference
from avila_sci.core.jit import kernel
from avila_sci.mesh.boolean import _intersection, _subtract_many, _union
from avila_sci.mesh.clip import _clip
from avila_sci.mesh.polygon import _triangulate

BOOLEAN = code("IFCBOOLEANRESULT")
CLIPPING = code("IFCBOOLEANCLIPPINGRESULT")
CSG_SOLID = code("IFCCSGSOLID")
HALF_SPACE = code("IFCHALFSPACESOLID")
BOXED_HALF_SPACE = code("IFCBOXEDHALFSPACE")
BOUNDED_HALF_SPACE = code("IFCPOLYGONALBOUNDEDHALFSPACE")
PLANE = code("IFCPLANE")

TREE_CODES = (BOOLEAN, CLIPPING, CSG_SOLID)
"""Codes of the items that are trees."""

_DIFFERENCE = enum_code("DIFFERENCE")
_UNION = enum_code("UNION")
_TRUE = 1.0
_MOST_STEPS = 100_000  # of one tree

# Steps of a tree, in the order of evaluation.
PUSH, SUBTRACT, UNITE, INTERSECT, CLIP_AWAY, CLIP_KEEP, BOUNDED_AWAY, BOUNDED_KEEP = range(8)

UNTOUCHED, BY_PRISMS, BY_CLIP, BY_ARRANGEMENT = range(4)
"""Paths: how a cut was made; negative where it failed, the negative of a status of `mesh.boolean`."""

_UNCUT = -3


class Pool(NamedTuple):
    """Meshes one after the other; triangles count from the first vertex of their own mesh."""

    positions: np.ndarray
    triangles: np.ndarray
    vertex_start: np.ndarray
    triangle_start: np.ndarray


@kernel
def _is_tree(kind):
    return kind in (BOOLEAN, CLIPPING, CSG_SOLID)


@kernel
def _programs(tokens, rows):
    """Boolean trees as steps for a stack machine.

    Returns
    -------
    start : (n + 1,) int64
    steps : (k, 2) int64
        Step and its row.
    status : (n,) int64
    """
    start = np.zeros(rows.size + 1, np.int64)
    steps = np.empty((64, 2), np.int64)
    status = np.zeros(rows.size, np.int64)
    todo = np.empty((64, 2), np.int64)  # step to emit (or -1: look at the row first), row
    n = 0
    for i in range(rows.size):
        begin = n
        todo[0, 0], todo[0, 1] = -1, rows[i]
        top = 1
        while top:
            top -= 1
            step, row = todo[top, 0], todo[top, 1]
            if n - begin + top > _MOST_STEPS:
                status[i] = CYCLE  # a tree of a file has some ten nodes; only a cycle has this many
                break
            todo = _grown(todo, top + 4)
            if step >= 0 or not _is_tree(tokens.code[row]):
                steps = _grown(steps, n + 1)
                steps[n, 0] = PUSH if step < 0 else step
                steps[n, 1] = row
                n += 1
                continue
            if tokens.code[row] == CSG_SOLID:
                root = reference(tokens, row, 0)
                if root < 0:
                    status[i] = DANGLING
                    break
                todo[top, 0], todo[top, 1] = -1, root
                top += 1
                continue
            t = argument(tokens, row, 0)
            first = reference(tokens, row, 1)
            second = reference(tokens, row, 2)
            if t < 0 or first < 0 or second < 0:
                status[i] = DANGLING
                break
            what = tokens.value[t]
            kind = tokens.code[second]
            # What is pushed last is done first: first operand, second operand, then the operation.
            if kind in (HALF_SPACE, BOXED_HALF_SPACE, BOUNDED_HALF_SPACE):
                if what == _UNION:
                    status[i] = UNSUPPORTED
                    break
                step = CLIP_AWAY if kind != BOUNDED_HALF_SPACE else BOUNDED_AWAY
                todo[top, 0], todo[top, 1] = step if what == _DIFFERENCE else step + 1, second
                top += 1
            else:
                todo[top, 0] = SUBTRACT if what == _DIFFERENCE else (UNITE if what == _UNION else INTERSECT)
                todo[top, 1] = row
                todo[top + 1, 0], todo[top + 1, 1] = -1, second
                top += 2
            todo[top, 0], todo[top, 1] = -1, first
            top += 1
        if status[i] != OK:
            n = begin
        start[i + 1] = n
    return start, steps[:n].copy(), status


@kernel
def _plane(tokens, row):
    """Location and unit normal of the plane of a half space, whether it agrees, and a status."""
    matrix = np.zeros((4, 4))
    surface = reference(tokens, row, 0)
    if surface < 0:
        return matrix, False, DANGLING
    if tokens.code[surface] != PLANE:
        return matrix, False, UNSUPPORTED
    placed = reference(tokens, surface, 0)
    if placed < 0:
        return matrix, False, DANGLING
    status = _axis3(tokens, placed, matrix)
    t = argument(tokens, row, 1)
    return matrix, t >= 0 and tokens.kind[t] == ENUM and tokens.value[t] == _TRUE, status


@kernel(linked=True)
def _half(positions, triangles, matrix, material_below, keep_material, tolerance):
    """Clip by the plane z = 0 of `matrix`; `_clip` keeps the side its normal points away from."""
    sign = 1.0 if material_below == keep_material else -1.0
    point = np.empty(3)
    normal = np.empty(3)
    for k in range(3):
        point[k] = matrix[k, 3]
        normal[k] = sign * matrix[k, 2]
    return _clip(positions, triangles, point, normal, tolerance)


@kernel(linked=True)
def _extrude_polygon(flat, loops, low, high, matrix):
    """Closed prism over polygons between two heights of the frame `matrix`."""
    points, filled, status = _triangulate(flat, loops)
    n = points.shape[0]
    m = filled.shape[0]
    positions = np.empty((2 * n, 3))
    for i in range(n):
        for k in range(3):
            at = matrix[k, 0] * points[i, 0] + matrix[k, 1] * points[i, 1] + matrix[k, 3]
            positions[i, k] = at + matrix[k, 2] * low
            positions[n + i, k] = at + matrix[k, 2] * high
    walls = 0
    for t in range(m):
        for k in range(3):
            if not _has_edge(filled, filled[t, k - 2], filled[t, k]):
                walls += 1
    triangles = np.empty((2 * m + 2 * walls, 3), np.int32)
    at = 0
    for t in range(m):
        a, b, c = filled[t, 0], filled[t, 1], filled[t, 2]
        triangles[at, 0], triangles[at, 1], triangles[at, 2] = a, c, b
        triangles[at + 1, 0], triangles[at + 1, 1], triangles[at + 1, 2] = n + a, n + b, n + c
        at += 2
        for k in range(3):
            i, j = filled[t, k], filled[t, k - 2]
            if not _has_edge(filled, j, i):
                triangles[at, 0], triangles[at, 1], triangles[at, 2] = i, j, n + j
                triangles[at + 1, 0], triangles[at + 1, 1], triangles[at + 1, 2] = i, n + j, n + i
                at += 2
    return positions, triangles, status


@kernel
def _has_edge(triangles, i, j):
    for t in range(triangles.shape[0]):
        for k in range(3):
            if triangles[t, k] == i and triangles[t, k - 2] == j:
                return True
    return False


@kernel(linked=True)
def _bounded(tokens, row, positions, triangles, keep_material, settings):
    """Cut a mesh by a polygonally bounded half space: (positions, triangles, status, path)."""
    matrix, below, status = _plane(tokens, row)
    if status != OK:
        return positions, triangles, status, _UNCUT
    frame = np.zeros((4, 4))
    placed = reference(tokens, row, 2)
    boundary = reference(tokens, row, 3)
    if placed < 0 or boundary < 0:
        return positions, triangles, DANGLING, _UNCUT
    status = _axis3(tokens, placed, frame)
    if status != OK:
        return positions, triangles, status, _UNCUT
    flat, _, status = _curve2(tokens, boundary, settings)
    if status != OK:
        return positions, triangles, status, _UNCUT
    n = flat.shape[0]
    if n > 1 and abs(flat[0, 0] - flat[n - 1, 0]) + abs(flat[0, 1] - flat[n - 1, 1]) <= settings.tolerance:
        n -= 1
    if n < 3:
        return positions, triangles, DEGENERATE, _UNCUT
    twice = 0.0
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        twice += flat[i, 0] * flat[j, 1] - flat[i, 1] * flat[j, 0]
    polygon = np.empty((n, 2))
    for i in range(n):
        j = i if twice > 0.0 else n - 1 - i
        polygon[i, 0], polygon[i, 1] = flat[j, 0], flat[j, 1]
    # The host in the frame of the boundary: where it lies along the prism, and whether the boundary covers it.
    low, high = np.inf, -np.inf
    inside = True
    for i in range(positions.shape[0]):
        x, y, z = 0.0, 0.0, 0.0
        for k in range(3):
            d = positions[i, k] - frame[k, 3]
            x += d * frame[k, 0]
            y += d * frame[k, 1]
            z += d * frame[k, 2]
        low, high = min(low, z), max(high, z)
        inside = inside and _in_convex(polygon, x, y)
    if inside:
        p, t, failed = _half(positions, triangles, matrix, below, keep_material, settings.tolerance)
        if failed != 0:
            return positions, triangles, OK, -failed
        return p, t, OK, BY_CLIP
    pad = 0.01 * (high - low) + 1000.0 * settings.tolerance
    starts = np.array([0, n], np.int64)
    p, t, status = _extrude_polygon(polygon, starts, low - pad, high + pad, frame)
    p, t, failed = _half(p, t, matrix, below, True, settings.tolerance)
    if status != 0 or failed != 0:
        return positions, triangles, DEGENERATE, _UNCUT
    if t.shape[0] == 0:
        if keep_material:
            return positions[:0], triangles[:0], OK, BY_CLIP
        return positions, triangles, OK, UNTOUCHED
    p, t, path = _apply(positions, triangles, p, t, INTERSECT if keep_material else SUBTRACT, settings)
    return p, t, OK, path


@kernel
def _in_convex(polygon, x, y):
    """Whether a point is inside of every edge's line: then it is inside, and so is the hull of such points."""
    n = polygon.shape[0]
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        if (polygon[j, 0] - polygon[i, 0]) * (y - polygon[i, 1]) < (polygon[j, 1] - polygon[i, 1]) * (
            x - polygon[i, 0]
        ):
            return False
    return True


@kernel(linked=True)
def _apply(a, ta, b, tb, step, settings):
    """One boolean operation on two meshes: (positions, triangles, path); the first operand where it fails."""
    if step == SUBTRACT:
        starts = np.array([0, b.shape[0]], np.int64)
        triangle_starts = np.array([0, tb.shape[0]], np.int64)
        p, t, _, paths = _subtract_many(a, ta, b, tb, starts, triangle_starts, settings.tolerance)
        return p, t, np.int64(paths[0])
    if step == UNITE:
        p, t, failed = _union(a, ta, b, tb, settings.tolerance)
    else:
        p, t, failed = _intersection(a, ta, b, tb, settings.tolerance)
    return p, t, np.int64(BY_ARRANGEMENT if failed == 0 else -failed)


@kernel
def _worse(path, other):
    """The path that says more: failures before cuts, and of cuts the laborious one."""
    if path < 0 or other < 0:
        return min(path, other)
    return max(path, other)


@kernel
def _pooled(pool, mesh):
    """Views of one mesh of a pool."""
    return (
        pool.positions[pool.vertex_start[mesh] : pool.vertex_start[mesh + 1]],
        pool.triangles[pool.triangle_start[mesh] : pool.triangle_start[mesh + 1]],
    )


@kernel(linked=True)
def _evaluate(tokens, steps, pool, mesh_of_row, mesh_status, settings):
    """Run the steps of one tree over the leaves in `pool`: (positions, triangles, status, path, row it is about)."""
    positions = np.empty((0, 3))
    triangles = np.empty((0, 3), np.int32)
    stack = [(positions, triangles)]
    status = OK
    path = np.int64(UNTOUCHED)
    about = np.int64(-1)
    for i in range(steps.shape[0]):
        step, row = steps[i, 0], steps[i, 1]
        if step == PUSH:
            mesh = mesh_of_row[row]
            s = UNSUPPORTED if mesh < 0 else mesh_status[mesh]
            if s != OK and status == OK:
                status, about = s, row
            if mesh < 0:
                stack.append((positions, triangles))
            else:
                p, t = _pooled(pool, mesh)
                stack.append((p.copy(), t.copy()))
            continue
        s = OK
        if step in (SUBTRACT, UNITE, INTERSECT):
            b, tb = stack.pop()
            a, ta = stack.pop()
            p, t, how = _apply(a, ta, b, tb, step, settings)
        elif step in (CLIP_AWAY, CLIP_KEEP):
            a, ta = stack.pop()
            matrix, below, s = _plane(tokens, row)
            p, t, how = a, ta, np.int64(_UNCUT)
            if s == OK:
                p, t, failed = _half(a, ta, matrix, below, step == CLIP_KEEP, settings.tolerance)
                how = np.int64(BY_CLIP)
                if failed != 0:
                    p, t, how = a, ta, np.int64(-failed)
        else:
            a, ta = stack.pop()
            p, t, s, how = _bounded(tokens, row, a, ta, step == BOUNDED_KEEP, settings)
        if s != OK and status == OK:
            status, about = s, row
        if how < 0 and path >= 0 and about < 0:
            about = row
        stack.append((p, t))
        path = _worse(path, how)
    positions, triangles = stack.pop()
    return positions, triangles, status, path, about


@kernel
def _append(positions, n, triangles, m, p, t):
    """Copy a mesh to the end of two growing arrays."""
    positions = _grown(positions, n + p.shape[0])
    positions[n : n + p.shape[0]] = p
    triangles = _grown(triangles, m + t.shape[0])
    triangles[m : m + t.shape[0]] = t
    return positions, triangles


@kernel
def _many_trees(tokens, start, steps, pool, mesh_of_row, mesh_status, settings, chosen):
    """Evaluate the trees `chosen`: positions, triangles, ends (n + 1, 2), status, path, row it is about."""
    n_trees = chosen.size
    positions = np.empty((64 + 16 * n_trees, 3))
    triangles = np.empty((64 + 32 * n_trees, 3), np.int32)
    ends = np.zeros((n_trees + 1, 2), np.int64)
    status = np.zeros(n_trees, np.int64)
    paths = np.zeros(n_trees, np.int64)
    about = np.full(n_trees, -1, np.int64)
    n, m = 0, 0
    for i in range(n_trees):
        own = steps[start[chosen[i]] : start[chosen[i] + 1]]
        p, t, status[i], paths[i], about[i] = _evaluate(tokens, own, pool, mesh_of_row, mesh_status, settings)
        positions, triangles = _append(positions, n, triangles, m, p, t)
        n += p.shape[0]
        m += t.shape[0]
        ends[i + 1, 0], ends[i + 1, 1] = n, m
    return positions[:n].copy(), triangles[:m].copy(), ends, status, paths, about


# ------------------------------------------------------------------------------------------------------- openings


@kernel
def _mirrors(matrix):
    a, b, c = matrix[0, 0], matrix[0, 1], matrix[0, 2]
    d, e, f = matrix[1, 0], matrix[1, 1], matrix[1, 2]
    g, h, i = matrix[2, 0], matrix[2, 1], matrix[2, 2]
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) < 0.0


@kernel
def _placed(positions, matrix):
    out = np.empty((positions.shape[0], 3))
    for i in range(positions.shape[0]):
        x, y, z = positions[i, 0], positions[i, 1], positions[i, 2]
        for k in range(3):
            out[i, k] = matrix[k, 0] * x + matrix[k, 1] * y + matrix[k, 2] * z + matrix[k, 3]
    return out


@kernel
def _placed_mesh(pool, mesh, matrix):
    """A mesh of the pool, moved; a mirror turns its triangles."""
    p, t = _pooled(pool, mesh)
    t = t.copy()
    if _mirrors(matrix):
        for i in range(t.shape[0]):
            t[i, 1], t[i, 2] = t[i, 2], t[i, 1]
    return _placed(p, matrix), t


@kernel
def _many_cuts(pool, host_mesh, host_matrix, cutter_start, cutter_mesh, cutter_matrix, tolerance, chosen):
    """Subtract from each of the hosts `chosen` its cutters; both are meshes of the pool under matrices into one frame.

    Returns positions, triangles, ends (n + 1, 2), status, path, and which cutter it is about.
    """
    n_hosts = chosen.size
    positions = np.empty((64 + 32 * n_hosts, 3))
    triangles = np.empty((64 + 64 * n_hosts, 3), np.int32)
    ends = np.zeros((n_hosts + 1, 2), np.int64)
    status = np.zeros(n_hosts, np.int64)
    paths = np.zeros(n_hosts, np.int64)
    about = np.full(n_hosts, -1, np.int64)
    n, m = 0, 0
    for i in range(n_hosts):
        host = chosen[i]
        p, t = _placed_mesh(pool, host_mesh[host], host_matrix[host])
        count = cutter_start[host + 1] - cutter_start[host]
        if t.shape[0] and count:
            b = np.empty((64, 3))
            tb = np.empty((128, 3), np.int32)
            starts = np.zeros(count + 1, np.int64)
            triangle_starts = np.zeros(count + 1, np.int64)
            bn, bm = 0, 0
            for c in range(count):
                at = cutter_start[host] + c
                q, u = _placed_mesh(pool, cutter_mesh[at], cutter_matrix[at])
                b, tb = _append(b, bn, tb, bm, q, u)
                bn += q.shape[0]
                bm += u.shape[0]
                starts[c + 1], triangle_starts[c + 1] = bn, bm
            p, t, _, how = _subtract_many(p, t, b[:bn].copy(), tb[:bm].copy(), starts, triangle_starts, tolerance)
            for c in range(count):
                if how[c] < 0 and paths[i] >= 0:
                    about[i] = cutter_start[host] + c
                paths[i] = _worse(paths[i], how[c])
        positions, triangles = _append(positions, n, triangles, m, p, t)
        n += p.shape[0]
        m += t.shape[0]
        ends[i + 1, 0], ends[i + 1, 1] = n, m
    return positions[:n].copy(), triangles[:m].copy(), ends, status, paths, about
