"""From a file to a scene: every product of a model as instances of unique meshes.

The work runs in stages over columns, because the stages differ in what they share.  A *leaf* (an extrusion, a brep, …)
is triangulated once however often it is used; a *tree* of booleans is evaluated once over its leaves; only then are
openings cut out of the elements they belong to, which makes a mesh of the element's own; everything else stays shared
and is placed by matrices.  Last, meshes that turn out equal are merged, since many exporters copy instead of mapping.

Everything is done in the file's own unit of length, in which its numbers are rounder than in metres, near the element's
own origin; metres and the world come at the end.  Every product that has a representation has a status, and the report
has a line for each that is less than whole.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from avila_sci.bim import schema
from avila_sci.bim.curve import CYCLE, DANGLING, DEGENERATE, NOT_FINITE, OK, TOO_DEEP, UNSUPPORTED, _curve2
from avila_sci.bim.face import FACE_CODES, _faces, _grown, _grown1, _orient
from avila_sci.bim.placement import LOCAL_PLACEMENT, _axis3, _inverse, _multiply, _operator, _placements
from avila_sci.bim.schema import code
from avila_sci.bim.step import ENUM, OPEN, REF, STRING, argument, enum_code, reference
from avila_sci.bim.style import class_colours, colours
from avila_sci.bim.sweep import SWEEP_CODES, _sweep
from avila_sci.core.errors import NotFoundError
from avila_sci.core.jit import kernel, means
from avila_sci.core.progress import Progress
from avila_sci.core.threads import each, get_threads
from avila_sci.mesh.boolean import _difference, _intersection, _subtract_many, _union
from avila_sci.mesh.clip import _clip
from avila_sci.mesh.measure import _bounds, _hash3, _is_closed
from avila_sci.mesh.polygon import _triangulate
from avila_sci.mesh.scene import Scene

MAPPED = code("IFCMAPPEDITEM")
BOOLEAN = code("IFCBOOLEANRESULT")
CLIPPING = code("IFCBOOLEANCLIPPINGRESULT")
CSG_SOLID = code("IFCCSGSOLID")
HALF_SPACE = code("IFCHALFSPACESOLID")
BOXED_HALF_SPACE = code("IFCBOXEDHALFSPACE")
BOUNDED_HALF_SPACE = code("IFCPOLYGONALBOUNDEDHALFSPACE")
PLANE = code("IFCPLANE")
VOIDS = code("IFCRELVOIDSELEMENT")
AGGREGATES = code("IFCRELAGGREGATES")
SHAPE = code("IFCPRODUCTDEFINITIONSHAPE")

_DIFFERENCE = enum_code("DIFFERENCE")
_UNION = enum_code("UNION")
_TRUE = 1.0

# What becomes of an element.
STATUS_WORDS = (
    "ok",
    "cut by a fast path",
    "cut by the general arrangement",
    "open input",
    "uncut (failed)",
    "unsupported item",
    "degenerate",
    "dangling reference",
    "not finite",
    "placement cycle",
    "too deep",
    "curves only",
    "empty",
)
(
    WHOLE,
    CUT_FAST,
    CUT_ARRANGED,
    OPEN_INPUT,
    UNCUT,
    UNSUPPORTED_ITEM,
    DEGENERATE_ITEM,
    DANGLING_REFERENCE,
    NOT_A_NUMBER,
    PLACEMENT_CYCLE,
    DEEP,
    CURVES_ONLY,
    EMPTY,
) = range(13)

_MAX_DEPTH = 100
_MAX_INSTANCES = 100_000  # of one product: a few mapped items that map each other make 2^depth of them

# Steps of a boolean tree, in the order of evaluation.
PUSH, SUBTRACT, UNITE, INTERSECT, CLIP_AWAY, CLIP_KEEP, BOUNDED_AWAY, BOUNDED_KEEP = range(8)


def _word(text):
    """Up to 8 letters in lower case as one number, as `_letters` reads them from a file."""
    value = 0
    for letter in text.lower()[:8]:
        value = value * 256 + ord(letter)
    return value


_RANKS = np.array(
    [
        (_word(name), rank)
        for name, rank in (
            ("Body", 0),
            ("Tessellation", 1),
            ("Mesh", 1),
            ("Facetation", 2),
            ("", 3),
            ("Body-FallBack", 4),
            ("Surface", 6),
            ("Reference", 7),
            ("Clearance", 8),
            ("Box", 9),
            ("CoG", 10),
            ("Axis", 10),
            ("FootPrint", 10),
            ("Profile", 10),
            ("Annotation", 10),
            ("Plan", 10),
        )
    ],
    np.int64,
)
_CURVE_TYPES = np.array([_word(w) for w in ("Curve2D", "Curve3D", "Curve", "GeometricCurveSet", "Annotation2D")], np.int64)


class Pool(NamedTuple):
    """Meshes one after the other; triangles count from the first vertex of their own mesh."""

    positions: np.ndarray
    triangles: np.ndarray
    vertex_start: np.ndarray
    triangle_start: np.ndarray


# --------------------------------------------------------------------------------------- what there is to be shown


@kernel
def _letters(tokens, t):
    """The first 8 letters of a string in lower case as one number; 0 for none."""
    value = np.int64(0)
    if t < 0 or tokens.kind[t] != STRING:
        return value
    at = tokens.offset[t] + 1
    for i in range(min(8, np.int64(tokens.value[t]) - 2)):
        letter = np.int64(tokens.data[at + i])
        if 65 <= letter <= 90:
            letter += 32
        value = value * 256 + letter
    return value


@kernel
def _rank(tokens, row, ranks, curve_types):
    """How much a representation is wanted as the body of its product; the smaller the more."""
    word = _letters(tokens, argument(tokens, row, 1))
    rank = 5
    for i in range(ranks.shape[0]):
        if ranks[i, 0] == word:
            rank = ranks[i, 1]
    word = _letters(tokens, argument(tokens, row, 2))
    for i in range(curve_types.size):
        if curve_types[i] == word:
            rank += 20
    return rank


@kernel
def _choose(tokens, products, ranks, curve_types):
    """The representation that is to be shown of each product (-1: none), and how many it has."""
    chosen = np.full(products.size, -1, np.int64)
    count = np.zeros(products.size, np.int64)
    for i in range(products.size):
        shape = reference(tokens, products[i], 6)
        if shape < 0:
            continue
        t = argument(tokens, shape, 2)
        if t < 0 or tokens.kind[t] != OPEN:
            continue
        best = 1000
        for at in range(t + 1, t + np.int64(tokens.value[t])):
            if tokens.kind[at] != REF:
                continue
            count[i] += 1
            row = np.int64(tokens.value[at])
            if row < 0:
                continue
            rank = _rank(tokens, row, ranks, curve_types)
            if rank < best:
                best = rank
                chosen[i] = row
    return chosen, count


@kernel
def _flatten(tokens, representations, item_mask):
    """Resolve mapped items: which representation is drawn where for each of the given ones.

    Returns
    -------
    of : (n,) int64
        Number of the given representation.
    drawn : (n,) int64
        Row of the representation whose own items are drawn.
    styled : (n,) int64
        Row of the mapped item it came through, -1 if directly.
    matrix : (n, 4, 4)
    status : of each given representation
    """
    size = max(16, representations.size)
    of = np.empty(size, np.int64)
    drawn = np.empty(size, np.int64)
    styled = np.empty(size, np.int64)
    matrix = np.empty((size, 4, 4))
    status = np.zeros(representations.size, np.int64)
    n = 0
    step = np.empty((4, 4))
    origin = np.empty((4, 4))
    todo_row = np.empty(256, np.int64)
    todo_style = np.empty(256, np.int64)
    todo_depth = np.empty(256, np.int64)
    todo_matrix = np.empty((256, 4, 4))
    path = np.empty(_MAX_DEPTH + 1, np.int64)
    for r in range(representations.size):
        if representations[r] < 0:
            status[r] = DANGLING
            continue
        begin = n
        todo_row[0] = representations[r]
        todo_style[0] = -1
        todo_depth[0] = 0
        todo_matrix[0] = 0.0
        for k in range(4):
            todo_matrix[0, k, k] = 1.0
        top = 1
        while top:
            top -= 1
            row = todo_row[top]
            depth = todo_depth[top]
            style = todo_style[top]
            here = todo_matrix[top].copy()
            path[depth] = row
            t = argument(tokens, row, 3)
            if t < 0 or tokens.kind[t] != OPEN:
                if status[r] == OK:
                    status[r] = DEGENERATE
                continue
            direct = False
            for at in range(t + 1, t + np.int64(tokens.value[t])):
                if tokens.kind[at] != REF:
                    continue
                item = np.int64(tokens.value[at])
                if item < 0:
                    status[r] = DANGLING
                    continue
                if tokens.code[item] != MAPPED:
                    direct = True
                    continue
                source = reference(tokens, item, 0)
                inner = reference(tokens, source, 1) if source >= 0 else np.int64(-1)
                target = reference(tokens, item, 1)
                if inner < 0:
                    status[r] = DANGLING
                    continue
                cycle = False
                for d in range(depth + 1):
                    cycle = cycle or path[d] == inner
                if cycle:
                    status[r] = CYCLE
                    continue
                if depth + 1 > _MAX_DEPTH or n - begin + top > _MAX_INSTANCES:
                    status[r] = TOO_DEEP
                    continue
                s = OK
                if target >= 0:
                    s = _operator(tokens, target, step)
                else:
                    s = DANGLING
                if s == OK:
                    placed = reference(tokens, source, 0)
                    if placed >= 0 and _axis3(tokens, placed, origin) == OK:
                        _multiply(step, origin, step)
                    _multiply(here, step, step)
                if s != OK:
                    status[r] = s
                    continue
                if top == todo_row.size:
                    todo_row = _grown1(todo_row, top + 1)
                    todo_style = _grown1(todo_style, top + 1)
                    todo_depth = _grown1(todo_depth, top + 1)
                    todo_matrix = _grown(todo_matrix, top + 1)
                todo_row[top] = inner
                # The innermost style wins, so an outer one is passed on only where the inner map has none.
                todo_style[top] = item if item_mask[item] or style < 0 else style
                todo_depth[top] = depth + 1
                todo_matrix[top] = step
                top += 1
            if direct:
                if n == of.size:
                    of = _grown1(of, n + 1)
                    drawn = _grown1(drawn, n + 1)
                    styled = _grown1(styled, n + 1)
                    matrix = _grown(matrix, n + 1)
                of[n] = r
                drawn[n] = row
                styled[n] = style
                matrix[n] = here
                n += 1
    return of[:n].copy(), drawn[:n].copy(), styled[:n].copy(), matrix[:n].copy(), status


@kernel
def _direct_items(tokens, representations):
    """Rows of the items of each representation that are not mapped, as (start, rows)."""
    start = np.zeros(representations.size + 1, np.int64)
    rows = np.empty(max(16, 2 * representations.size), np.int64)
    n = 0
    for r in range(representations.size):
        t = argument(tokens, representations[r], 3)
        if t >= 0 and tokens.kind[t] == OPEN:
            for at in range(t + 1, t + np.int64(tokens.value[t])):
                if tokens.kind[at] == REF and tokens.value[at] >= 0.0:
                    item = np.int64(tokens.value[at])
                    if tokens.code[item] != MAPPED:
                        rows = _grown1(rows, n + 1)
                        rows[n] = item
                        n += 1
        start[r + 1] = n
    return start, rows[:n].copy()


# ------------------------------------------------------------------------------------------------------- booleans


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
            if n - begin + top > _MAX_INSTANCES:
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


@kernel
def _half(positions, triangles, matrix, material_below, keep_material, tolerance):
    """Clip by the plane z = 0 of `matrix`; `_clip` keeps the side its normal points away from."""
    sign = 1.0 if material_below == keep_material else -1.0
    point = np.empty(3)
    normal = np.empty(3)
    for k in range(3):
        point[k] = matrix[k, 3]
        normal[k] = sign * matrix[k, 2]
    return _clip(positions, triangles, point, normal, tolerance)


@kernel
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


@kernel
def _bounded(tokens, row, positions, triangles, keep_material, settings):
    """Cut a mesh by a polygonally bounded half space: (positions, triangles, status, path)."""
    matrix, below, status = _plane(tokens, row)
    if status != OK:
        return positions, triangles, status, -1
    frame = np.zeros((4, 4))
    placed = reference(tokens, row, 2)
    boundary = reference(tokens, row, 3)
    if placed < 0 or boundary < 0:
        return positions, triangles, DANGLING, -1
    status = _axis3(tokens, placed, frame)
    if status != OK:
        return positions, triangles, status, -1
    flat, _, status = _curve2(tokens, boundary, settings)
    if status != OK:
        return positions, triangles, status, -1
    n = flat.shape[0]
    if n > 1 and abs(flat[0, 0] - flat[n - 1, 0]) + abs(flat[0, 1] - flat[n - 1, 1]) <= settings.tolerance:
        n -= 1
    if n < 3:
        return positions, triangles, DEGENERATE, -1
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
        positions, triangles, status = _half(positions, triangles, matrix, below, keep_material, settings.tolerance)
        return positions, triangles, status, 2
    pad = 0.01 * (high - low) + 1000.0 * settings.tolerance
    starts = np.array([0, n], np.int64)
    p, t, status = _extrude_polygon(polygon, starts, low - pad, high + pad, frame)
    p, t, s = _half(p, t, matrix, below, True, settings.tolerance)
    if t.shape[0] == 0:
        if keep_material:
            return positions[:0], triangles[:0], OK, 2
        return positions, triangles, OK, 0
    return _apply(positions, triangles, p, t, INTERSECT if keep_material else SUBTRACT, settings)


@kernel
def _in_convex(polygon, x, y):
    """Whether a point is inside of every edge's line: then it is inside, and so is the hull of such points."""
    n = polygon.shape[0]
    for i in range(n):
        j = i + 1 if i + 1 < n else 0
        if (polygon[j, 0] - polygon[i, 0]) * (y - polygon[i, 1]) < (polygon[j, 1] - polygon[i, 1]) * (x - polygon[i, 0]):
            return False
    return True


@kernel
def _apply(a, ta, b, tb, step, settings):
    """One boolean operation on two meshes: (positions, triangles, status, path)."""
    if step == SUBTRACT:
        starts = np.array([0, b.shape[0]], np.int64)
        triangle_starts = np.array([0, tb.shape[0]], np.int64)
        p, t, status, paths = _subtract_many(a, ta, b, tb, starts, triangle_starts, settings.tolerance)
        return p, t, status, np.int64(paths[0])
    if step == UNITE:
        p, t, status = _union(a, ta, b, tb, settings.tolerance)
    else:
        p, t, status = _intersection(a, ta, b, tb, settings.tolerance)
    return p, t, status, np.int64(3 if status == 0 else -1)


@kernel
def _pooled(pool, mesh):
    """Views of one mesh of a pool."""
    return (
        pool.positions[pool.vertex_start[mesh] : pool.vertex_start[mesh + 1]],
        pool.triangles[pool.triangle_start[mesh] : pool.triangle_start[mesh + 1]],
    )


@kernel
def _evaluate(tokens, steps, pool, mesh_of_row, mesh_status, settings):
    """Run the steps of one boolean tree over the leaves in `pool`: (positions, triangles, status, worst path)."""
    positions = np.empty((0, 3))
    triangles = np.empty((0, 3), np.int32)
    stack = [(positions, triangles)]
    status = OK
    path = np.int64(0)
    for i in range(steps.shape[0]):
        step, row = steps[i, 0], steps[i, 1]
        if step == PUSH:
            mesh = mesh_of_row[row]
            if mesh < 0:
                return positions, triangles, UNSUPPORTED, path
            if mesh_status[mesh] != OK:
                status = mesh_status[mesh]
            p, t = _pooled(pool, mesh)
            stack.append((p.copy(), t.copy()))
            continue
        if step in (SUBTRACT, UNITE, INTERSECT):
            b, tb = stack.pop()
            a, ta = stack.pop()
            p, t, s, how = _apply(a, ta, b, tb, step, settings)
        else:
            a, ta = stack.pop()
            if step in (CLIP_AWAY, CLIP_KEEP):
                matrix, below, s = _plane(tokens, row)
                how = np.int64(2)
                p, t = a, ta
                if s == OK:
                    p, t, s = _half(a, ta, matrix, below, step == CLIP_KEEP, settings.tolerance)
                if s != OK:
                    how = np.int64(-1)
            else:
                p, t, s, how = _bounded(tokens, row, a, ta, step == BOUNDED_KEEP, settings)
        stack.append((p, t))
        if how < 0 or path < 0:
            path = min(path, how)
        else:
            path = max(path, how)
    positions, triangles = stack.pop()
    return positions, triangles, status, path


# ---------------------------------------------------------------------------------------------- many at a time


@kernel
def _append(positions, n, triangles, m, p, t):
    """Copy a mesh to the end of two growing arrays."""
    positions = _grown(positions, n + p.shape[0])
    positions[n : n + p.shape[0]] = p
    triangles = _grown(triangles, m + t.shape[0])
    triangles[m : m + t.shape[0]] = t
    return positions, triangles


@kernel
def _many_faces(tokens, rows, settings):
    positions = np.empty((64 + 16 * rows.size, 3))
    triangles = np.empty((64 + 32 * rows.size, 3), np.int32)
    ends = np.zeros((rows.size + 1, 2), np.int64)
    status = np.zeros(rows.size, np.int64)
    n, m = 0, 0
    for i in range(rows.size):
        p, t, status[i] = _faces(tokens, rows[i], settings)
        positions, triangles = _append(positions, n, triangles, m, p, t)
        n += p.shape[0]
        m += t.shape[0]
        ends[i + 1, 0], ends[i + 1, 1] = n, m
    return positions[:n].copy(), triangles[:m].copy(), ends, status, status


@kernel
def _many_sweeps(tokens, rows, settings):
    positions = np.empty((64 + 16 * rows.size, 3))
    triangles = np.empty((64 + 32 * rows.size, 3), np.int32)
    ends = np.zeros((rows.size + 1, 2), np.int64)
    status = np.zeros(rows.size, np.int64)
    n, m = 0, 0
    for i in range(rows.size):
        p, t, status[i] = _sweep(tokens, rows[i], settings)
        positions, triangles = _append(positions, n, triangles, m, p, t)
        n += p.shape[0]
        m += t.shape[0]
        ends[i + 1, 0], ends[i + 1, 1] = n, m
    return positions[:n].copy(), triangles[:m].copy(), ends, status, status


@kernel
def _many_trees(tokens, start, steps, pool, mesh_of_row, mesh_status, settings, first, last):
    positions = np.empty((64 + 16 * (last - first), 3))
    triangles = np.empty((64 + 32 * (last - first), 3), np.int32)
    ends = np.zeros((last - first + 1, 2), np.int64)
    status = np.zeros(last - first, np.int64)
    paths = np.zeros(last - first, np.int64)
    n, m = 0, 0
    for i in range(last - first):
        own = steps[start[first + i] : start[first + i + 1]]
        p, t, status[i], paths[i] = _evaluate(tokens, own, pool, mesh_of_row, mesh_status, settings)
        positions, triangles = _append(positions, n, triangles, m, p, t)
        n += p.shape[0]
        m += t.shape[0]
        ends[i + 1, 0], ends[i + 1, 1] = n, m
    return positions[:n].copy(), triangles[:m].copy(), ends, status, paths


@kernel
def _placed(positions, matrix):
    out = np.empty((positions.shape[0], 3))
    for i in range(positions.shape[0]):
        x, y, z = positions[i, 0], positions[i, 1], positions[i, 2]
        for k in range(3):
            out[i, k] = matrix[k, 0] * x + matrix[k, 1] * y + matrix[k, 2] * z + matrix[k, 3]
    return out


@kernel
def _mirrors(matrix):
    a, b, c = matrix[0, 0], matrix[0, 1], matrix[0, 2]
    d, e, f = matrix[1, 0], matrix[1, 1], matrix[1, 2]
    g, h, i = matrix[2, 0], matrix[2, 1], matrix[2, 2]
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) < 0.0


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
def _many_cuts(pool, host_mesh, host_matrix, cutter_start, cutter_mesh, cutter_matrix, tolerance, first, last):
    """Subtract from each host its cutters; both are meshes of the pool under matrices into one frame."""
    positions = np.empty((64 + 32 * (last - first), 3))
    triangles = np.empty((64 + 64 * (last - first), 3), np.int32)
    ends = np.zeros((last - first + 1, 2), np.int64)
    status = np.zeros(last - first, np.int64)
    paths = np.zeros(last - first, np.int64)
    n, m = 0, 0
    for i in range(last - first):
        p, t = _placed_mesh(pool, host_mesh[first + i], host_matrix[first + i])
        count = cutter_start[first + i + 1] - cutter_start[first + i]
        if t.shape[0] and count:
            b = np.empty((64, 3))
            tb = np.empty((128, 3), np.int32)
            starts = np.zeros(count + 1, np.int64)
            triangle_starts = np.zeros(count + 1, np.int64)
            bn, bm = 0, 0
            for c in range(count):
                at = cutter_start[first + i] + c
                q, u = _placed_mesh(pool, cutter_mesh[at], cutter_matrix[at])
                b, tb = _append(b, bn, tb, bm, q, u)
                bn += q.shape[0]
                bm += u.shape[0]
                starts[c + 1], triangle_starts[c + 1] = bn, bm
            p, t, status[i], how = _subtract_many(
                p, t, b[:bn].copy(), tb[:bm].copy(), starts, triangle_starts, tolerance
            )
            for c in range(count):
                if how[c] < 0 or paths[i] < 0:
                    paths[i] = min(paths[i], how[c])
                else:
                    paths[i] = max(paths[i], how[c])
        positions, triangles = _append(positions, n, triangles, m, p, t)
        n += p.shape[0]
        m += t.shape[0]
        ends[i + 1, 0], ends[i + 1, 1] = n, m
    return positions[:n].copy(), triangles[:m].copy(), ends, status, paths


def _joined(parts):
    """Pool, statuses and paths of the parts that the `_many` kernels return."""
    if not parts:
        return (
            Pool(np.empty((0, 3)), np.empty((0, 3), np.int32), np.zeros(1, np.int64), np.zeros(1, np.int64)),
            np.empty(0, np.int64),
            np.empty(0, np.int64),
        )
    vertices, triangles = [np.zeros(1, np.int64)], [np.zeros(1, np.int64)]
    n = m = 0
    for part in parts:
        vertices.append(part[2][1:, 0] + n)
        triangles.append(part[2][1:, 1] + m)
        n += len(part[0])
        m += len(part[1])
    return (
        Pool(
            np.concatenate([p[0] for p in parts]),
            np.concatenate([p[1] for p in parts]),
            np.concatenate(vertices),
            np.concatenate(triangles),
        ),
        np.concatenate([p[3] for p in parts]),
        np.concatenate([p[4] for p in parts]),
    )


def _concatenated(a, b):
    return Pool(
        np.concatenate([a.positions, b.positions]),
        np.concatenate([a.triangles, b.triangles]),
        np.concatenate([a.vertex_start, b.vertex_start[1:] + len(a.positions)]),
        np.concatenate([a.triangle_start, b.triangle_start[1:] + len(a.triangles)]),
    )


def _pieces(count, most=64):
    """Bounds of pieces of parallel work: small enough to share fairly, large enough not to matter."""
    pieces = min(max(1, 8 * get_threads()), max(1, count // 4), most)
    edges = np.linspace(0, count, pieces + 1).astype(np.int64)
    return [(int(a), int(b)) for a, b in zip(edges[:-1], edges[1:]) if b > a]
