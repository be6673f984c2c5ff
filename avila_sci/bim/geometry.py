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
from html import escape
from typing import NamedTuple

import numpy as np

from avila_sci.bim import schema
from avila_sci.bim.curve import CYCLE, DANGLING, DEGENERATE, NOT_FINITE, OK, TOO_DEEP, UNSUPPORTED, fine_settings
from avila_sci.bim.face import FACE_CODES, _faces
from avila_sci.bim.placement import _inverse, _multiply, _placements
from avila_sci.bim.representation import NO_BODY, _direct_items, _flatten, chosen
from avila_sci.bim.schema import code
from avila_sci.bim.solid import (
    BY_ARRANGEMENT,
    PUSH,
    TREE_CODES,
    UNTOUCHED,
    Pool,
    _append,
    _many_cuts,
    _many_trees,
    _mirrors,
    _programs,
)
from avila_sci.bim.step import is_dangling, reference
from avila_sci.bim.style import class_colours, colours
from avila_sci.bim.sweep import SWEEP_CODES, _sweep
from avila_sci.core.errors import DTypeError, NotFoundError
from avila_sci.core.jit import kernel
from avila_sci.core.progress import Progress
from avila_sci.core.threads import each, get_threads
from avila_sci.mesh.clip import _compact
from avila_sci.mesh.scene import Scene

STATUS = (
    "ok",
    "cut by a fast path",
    "cut by the general arrangement",
    "curves only",
    "no body",
    "empty",
    "degenerate",
    "not finite",
    "too deep",
    "refers to itself",
    "dangling reference",
    "unsupported item",
    "uncut: open input",
    "uncut: no result",
)
"""Words for `Geometry.status`, from fine to worse."""

(
    WHOLE,
    CUT_FAST,
    CUT_ARRANGED,
    CURVES_ONLY,
    BODILESS,
    EMPTY,
    DEGENERATE_ITEM,
    NOT_A_NUMBER,
    DEEP,
    ITSELF,
    NOWHERE,
    UNSUPPORTED_ITEM,
    UNCUT_OPEN,
    UNCUT,
) = range(len(STATUS))

_OF_ITEM = np.zeros(7, np.int64)  # status of an item → status of its element
_OF_ITEM[[UNSUPPORTED, DEGENERATE, DANGLING, NOT_FINITE, CYCLE, TOO_DEEP]] = (
    UNSUPPORTED_ITEM,
    DEGENERATE_ITEM,
    NOWHERE,
    NOT_A_NUMBER,
    ITSELF,
    DEEP,
)
_CURVES = np.flatnonzero(
    np.any([schema.is_a(code(name)) for name in ("IFCCURVE", "IFCPOINT", "IFCEDGE", "IFCVERTEX")], axis=0)
)
_OPENING = code("IFCFEATUREELEMENTSUBTRACTION")
_BEYOND = 1e15  # in the file's unit; its square still fits a float32
_FAR = 10_000.0  # m; coordinates beyond it get an origin of their own, since float32 tells 1 mm apart up to there


# ------------------------------------------------------------------------------------------------ leaves, in parallel


@kernel
def _finite(positions, triangles, status):
    """A mesh without the triangles that have a corner beyond all measure, and the status that says so."""
    bad = np.zeros(positions.shape[0], np.bool_)
    any_bad = False
    for i in range(positions.shape[0]):
        for k in range(3):
            if not abs(positions[i, k]) < _BEYOND:
                bad[i] = True
                any_bad = True
    if not any_bad:
        return positions, triangles, status
    kept = np.empty_like(triangles)
    n = 0
    for t in range(triangles.shape[0]):
        if not (bad[triangles[t, 0]] or bad[triangles[t, 1]] or bad[triangles[t, 2]]):
            kept[n] = triangles[t]
            n += 1
    positions, triangles = _compact(positions, kept[:n].copy())
    return positions, triangles, np.int64(NOT_FINITE)


@kernel
def _many_faces(tokens, rows, settings):
    positions = np.empty((64 + 16 * rows.size, 3))
    triangles = np.empty((64 + 32 * rows.size, 3), np.int32)
    ends = np.zeros((rows.size + 1, 2), np.int64)
    status = np.zeros(rows.size, np.int64)
    n, m = 0, 0
    for i in range(rows.size):
        p, t, word = _faces(tokens, rows[i], settings)
        p, t, status[i] = _finite(p, t, word)
        positions, triangles = _append(positions, n, triangles, m, p, t)
        n += p.shape[0]
        m += t.shape[0]
        ends[i + 1, 0], ends[i + 1, 1] = n, m
    return positions[:n].copy(), triangles[:m].copy(), ends, status


@kernel
def _many_sweeps(tokens, rows, settings):
    positions = np.empty((64 + 16 * rows.size, 3))
    triangles = np.empty((64 + 32 * rows.size, 3), np.int32)
    ends = np.zeros((rows.size + 1, 2), np.int64)
    status = np.zeros(rows.size, np.int64)
    n, m = 0, 0
    for i in range(rows.size):
        p, t, word = _sweep(tokens, rows[i], settings)
        p, t, status[i] = _finite(p, t, word)
        positions, triangles = _append(positions, n, triangles, m, p, t)
        n += p.shape[0]
        m += t.shape[0]
        ends[i + 1, 0], ends[i + 1, 1] = n, m
    return positions[:n].copy(), triangles[:m].copy(), ends, status


class _Shapes:
    """Meshes by the row of their item: a pool that grows, with a status, a path and a row it is about for each."""

    def __init__(self, n_rows):
        none = np.zeros(1, np.int64)
        self.pool = Pool(np.empty((0, 3)), np.empty((0, 3), np.int32), none, none)
        self.mesh_of_row = np.full(n_rows, -1, np.int64)
        self.status = np.empty(0, np.int64)
        self.path = np.empty(0, np.int64)
        self.about = np.empty(0, np.int64)

    def add(self, rows, parts):
        """Append what a `_many` kernel returned for `rows`: positions, triangles, ends, status, then path and about."""
        begin = len(self.status)
        pools = [self.pool, *(Pool(p[0], p[1], p[2][:, 0], p[2][:, 1]) for p in parts)]
        starts = []
        for name, arrays in (("vertex_start", "positions"), ("triangle_start", "triangles")):
            sizes = np.cumsum([0, *(len(getattr(p, arrays)) for p in pools)])
            columns = [getattr(p, name)[1:] + size for p, size in zip(pools, sizes)]
            starts.append(np.concatenate([np.zeros(1, np.int64), *columns]))
        self.pool = Pool(
            np.concatenate([p.positions for p in pools]), np.concatenate([p.triangles for p in pools]), *starts
        )
        status = [p[3] for p in parts]
        self.status = np.concatenate([self.status, *status])
        self.path = np.concatenate([self.path, *(p[4] if len(p) > 4 else np.zeros_like(p[3]) for p in parts)])
        self.about = np.concatenate([self.about, *(p[5] if len(p) > 5 else np.full_like(p[3], -1) for p in parts)])
        meshes = np.arange(begin, len(self.status))
        if rows is not None:
            self.mesh_of_row[rows] = meshes
        return meshes


def _dealt(weights):
    """Shares of parallel work, heaviest first: index arrays of about equal weight, and each one's part of the whole."""
    n = len(weights)
    count = int(max(1, min(8 * get_threads(), n // 4)))
    order = np.argsort(-np.asarray(weights, np.float64), kind="stable")
    return [order[k::count] for k in range(count)] if n else []


def _spread(work, rows, weights, bar):
    """Run `work(share of rows)` on several threads; the rows in the order of the results, and the results."""
    shares = _dealt(weights)
    parts = each(work, [rows[share] for share in shares], lambda done: bar.advance(done * len(rows) / len(shares)))
    return np.concatenate([rows[share] for share in shares]) if shares else rows, parts


# ---------------------------------------------------------------------------------------------------- what is cut


def _hosts(model, rows):
    """Openings of each element, its wholes' too: CSR over elements (start, number of the opening's element)."""
    relations = model.relations
    number = np.full(len(model), -1, np.int64)
    number[rows] = np.arange(len(rows))
    is_opening = schema.is_a(_OPENING)[model.step.codes[rows]]
    voided = relations.voided
    openings = np.flatnonzero(voided >= 0)
    by_host = {}
    for opening in openings.tolist():
        if number[opening] >= 0:
            by_host.setdefault(int(voided[opening]), []).append(int(number[opening]))
    start, cutters = np.zeros(len(rows) + 1, np.int64), []
    if by_host:
        aggregate = relations.aggregate
        for e, row in enumerate(rows.tolist()):
            seen = set()
            while row >= 0 and row not in seen and not is_opening[e]:
                cutters += by_host.get(row, ())
                seen.add(row)
                row = int(aggregate[row])
            start[e + 1] = len(cutters)
    return start, np.array(cutters, np.int64)


@kernel
def _cut_jobs(opening_start, openings, entry_start, drawn, item_start, item_mesh, entry_matrix, world, boxes):
    """Which meshes of which elements are cut by which meshes of openings.

    Returns the hosts (entry, place of the item), their matrices into the element's frame, and the cutters of each as
    (start, mesh, matrix, element).  Pairs whose boxes do not meet are left out.
    """
    n_hosts, n_cutters = 0, 0
    hosts = np.empty((64, 2), np.int64)
    host_matrix = np.empty((64, 4, 4))
    start = np.zeros(65, np.int64)
    cutter = np.empty((64, 2), np.int64)
    cutter_matrix = np.empty((64, 4, 4))
    into, step = np.empty((4, 4)), np.empty((4, 4))
    host_box, box = np.empty(6), np.empty(6)
    for e in range(opening_start.size - 1):
        if opening_start[e] == opening_start[e + 1] or not _inverse(world[e], into):
            continue
        for entry in range(entry_start[e], entry_start[e + 1]):
            for at in range(item_start[drawn[entry]], item_start[drawn[entry] + 1]):
                mesh = item_mesh[at]
                if mesh < 0:
                    continue
                _moved_box(boxes[mesh], entry_matrix[entry], host_box)
                begin = n_cutters
                for o in range(opening_start[e], opening_start[e + 1]):
                    opening = openings[o]
                    for other in range(entry_start[opening], entry_start[opening + 1]):
                        _multiply(into, world[opening], step)
                        _multiply(step, entry_matrix[other], step)
                        for u in range(item_start[drawn[other]], item_start[drawn[other] + 1]):
                            if item_mesh[u] < 0:
                                continue
                            _moved_box(boxes[item_mesh[u]], step, box)
                            apart = False
                            for k in range(3):
                                apart = apart or box[k] > host_box[3 + k] or box[3 + k] < host_box[k]
                            if apart:
                                continue
                            if n_cutters == cutter.shape[0]:
                                cutter = _doubled(cutter)
                                cutter_matrix = _doubled(cutter_matrix)
                            cutter[n_cutters, 0], cutter[n_cutters, 1] = item_mesh[u], opening
                            cutter_matrix[n_cutters] = step
                            n_cutters += 1
                if n_cutters > begin:
                    if n_hosts == hosts.shape[0]:
                        hosts = _doubled(hosts)
                        host_matrix = _doubled(host_matrix)
                        start = _doubled(start)
                    hosts[n_hosts, 0], hosts[n_hosts, 1] = entry, at
                    host_matrix[n_hosts] = entry_matrix[entry]
                    n_hosts += 1
                    start[n_hosts] = n_cutters
    return (
        hosts[:n_hosts].copy(),
        host_matrix[:n_hosts].copy(),
        start[: n_hosts + 1].copy(),
        cutter[:n_cutters].copy(),
        cutter_matrix[:n_cutters].copy(),
    )


@kernel
def _doubled(array):
    bigger = np.empty((2 * array.shape[0] + 2, *array.shape[1:]), array.dtype)
    bigger[: array.shape[0]] = array
    return bigger


@kernel
def _moved_box(box, matrix, out):
    """Bounds of a box under a matrix; an empty box stays empty."""
    for k in range(3):
        out[k], out[3 + k] = np.inf, -np.inf
    if not box[0] <= box[3]:
        return
    for k in range(3):
        middle, half = matrix[k, 3], 0.0
        for j in range(3):
            middle += matrix[k, j] * 0.5 * (box[j] + box[3 + j])
            half += abs(matrix[k, j]) * 0.5 * (box[3 + j] - box[j])
        out[k], out[3 + k] = middle - half, middle + half


@kernel
def _mesh_boxes(pool):
    n = pool.vertex_start.size - 1
    out = np.empty((n, 6))
    for m in range(n):
        out[m, :3] = np.inf
        out[m, 3:] = -np.inf
        for i in range(pool.vertex_start[m], pool.vertex_start[m + 1]):
            for k in range(3):
                out[m, k] = min(out[m, k], pool.positions[i, k])
                out[m, 3 + k] = max(out[m, 3 + k], pool.positions[i, k])
    return out


# ------------------------------------------------------------------------------------------------- what is put together


@kernel
def _compose(pool, group_start, part_mesh, part_moved, part_matrix, part_colour, length):
    """One mesh a group from meshes of the pool, in metres about a zero of its own.

    Returns positions, triangles (into all positions), vertex_start, triangle_start, triangle_colour and the shift
    (n, 3) that was taken off each mesh, which is zero unless it lies far from its own origin.
    """
    n_groups = group_start.size - 1
    vertex_start = np.zeros(n_groups + 1, np.int64)
    triangle_start = np.zeros(n_groups + 1, np.int64)
    for g in range(n_groups):
        vertex_start[g + 1] = vertex_start[g]
        triangle_start[g + 1] = triangle_start[g]
        for part in range(group_start[g], group_start[g + 1]):
            mesh = part_mesh[part]
            vertex_start[g + 1] += pool.vertex_start[mesh + 1] - pool.vertex_start[mesh]
            triangle_start[g + 1] += pool.triangle_start[mesh + 1] - pool.triangle_start[mesh]
    positions = np.empty((vertex_start[n_groups], 3))
    triangles = np.empty((triangle_start[n_groups], 3), np.int32)
    colour = np.empty(triangle_start[n_groups], np.int32)
    shift = np.zeros((n_groups, 3))
    for g in range(n_groups):
        v, f = vertex_start[g], triangle_start[g]
        for part in range(group_start[g], group_start[g + 1]):
            mesh = part_mesh[part]
            base = v
            turned = False
            first, last = pool.vertex_start[mesh], pool.vertex_start[mesh + 1]
            if part_moved[part] < 0:
                for i in range(first, last):
                    for k in range(3):
                        positions[v, k] = pool.positions[i, k] * length
                    v += 1
            else:
                matrix = part_matrix[part_moved[part]]
                turned = _mirrors(matrix)
                for i in range(first, last):
                    x, y, z = pool.positions[i, 0], pool.positions[i, 1], pool.positions[i, 2]
                    for k in range(3):
                        at = matrix[k, 0] * x + matrix[k, 1] * y + matrix[k, 2] * z + matrix[k, 3]
                        positions[v, k] = at * length
                    v += 1
            for i in range(pool.triangle_start[mesh], pool.triangle_start[mesh + 1]):
                a, b, c = pool.triangles[i, 0], pool.triangles[i, 1], pool.triangles[i, 2]
                if turned:
                    b, c = c, b
                triangles[f, 0], triangles[f, 1], triangles[f, 2] = base + a, base + b, base + c
                colour[f] = part_colour[part]
                f += 1
        for k in range(3):
            low, high = np.inf, -np.inf
            for i in range(vertex_start[g], v):
                low, high = min(low, positions[i, k]), max(high, positions[i, k])
            if low <= high and abs(low) > 100.0 + 4.0 * (high - low):
                shift[g, k] = np.rint(0.5 * (low + high))
                for i in range(vertex_start[g], v):
                    positions[i, k] -= shift[g, k]
    return positions, triangles, vertex_start, triangle_start, colour, shift


@kernel
def _mesh_hashes(bits, triangles, vertex_start, triangle_start, colour):
    """A 64-bit hash of each mesh: its numbers bit for bit, its triangles and their colours."""
    n = vertex_start.size - 1
    out = np.empty(n, np.uint64)
    prime, turn, spread = np.uint64(0x9E3779B97F4A7C15), np.uint64(29), np.uint64(0xBF58476D1CE4E5B9)
    for m in range(n):
        h = np.uint64(0x8A5CD789635D2DFF)
        for i in range(vertex_start[m], vertex_start[m + 1]):
            for k in range(3):
                h = (h ^ np.uint64(bits[i, k])) * prime
                h ^= h >> turn
        first = vertex_start[m]
        for t in range(triangle_start[m], triangle_start[m + 1]):
            a, b, c = triangles[t, 0] - first, triangles[t, 1] - first, triangles[t, 2] - first
            h = (h ^ np.uint64((a << 32) ^ (b << 16) ^ c)) * spread
            h = ((h ^ (h >> turn)) ^ np.uint64(colour[t])) * prime
        out[m] = h ^ (h >> turn)
    return out


@kernel
def _kept_meshes(positions, triangles, vertex_start, triangle_start, colour, kept, new_vertex_start, new_start):
    """Copy the meshes `kept` close together."""
    n = kept.size
    p = np.empty((new_vertex_start[n], 3))
    t = np.empty((new_start[n], 3), np.int32)
    c = np.empty(new_start[n], np.int32)
    for i in range(n):
        m = kept[i]
        back = vertex_start[m] - new_vertex_start[i]
        p[new_vertex_start[i] : new_vertex_start[i + 1]] = positions[vertex_start[m] : vertex_start[m + 1]]
        for k in range(triangle_start[m + 1] - triangle_start[m]):
            for j in range(3):
                t[new_start[i] + k, j] = triangles[triangle_start[m] + k, j] - back
            c[new_start[i] + k] = colour[triangle_start[m] + k]
    return p, t, c


@kernel
def _item_colours(tokens, items, tree_mask, colour):
    """Row of the palette of each item: its own, else that of the operands a tree begins with; 0 for none."""
    out = np.zeros(items.size, np.int32)
    for i in range(items.size):
        item = items[i]
        for _ in range(100):
            out[i] = colour[item]
            if out[i] or not tree_mask[item]:
                break
            inner = reference(tokens, item, 0)
            if inner < 0:
                inner = reference(tokens, item, 1)
            if inner < 0:
                break
            item = inner
    return out


def _worst(status, elements, values, about, rows):
    """Raise `status[elements]` to `values` where that is worse, and note in `about` the row it is about."""
    order = np.argsort(values, kind="stable")
    for e, value, row in zip(elements[order].tolist(), values[order].tolist(), rows[order].tolist()):
        if value > status[e]:
            status[e], about[e] = value, row


def _tame(matrices, status, about, elements, rows):
    """Replace matrices with numbers beyond all measure by the identity, and say so of their elements."""
    wild = np.flatnonzero(~(np.abs(matrices) < _BEYOND).all(axis=(1, 2)))
    matrices[wild] = np.eye(4)
    _worst(status, elements[wild], np.full(len(wild), NOT_A_NUMBER), about, rows[wild])


def build(model, progress=None, settings=None):
    """Meshes and instances of all products of a model.

    Parameters
    ----------
    model : Model
    progress : bool, optional
        Show a bar; by default only where it takes long.
    settings : Settings, optional
        How finely to follow curves; see `bim.curve.fine_settings`.

    Returns
    -------
    Geometry
    """
    length = float(model.units.length)
    settings = fine_settings(length, float(model.units.angle)) if settings is None else settings
    tokens = model.step.tokens
    rows = model.rows("IfcProduct")
    representations, ranks = chosen(tokens, rows)
    shaped = (representations >= 0) | (ranks == 1001)
    rows, representations, ranks = rows[shaped], representations[shaped], ranks[shaped]
    n = len(rows)
    status = np.zeros(n, np.int64)
    about = np.full(n, -1, np.int64)
    number = np.arange(n)
    status[ranks == 1001] = NOWHERE
    bodiless = (ranks >= NO_BODY) & (ranks < 1001)
    status[bodiless] = np.where(ranks[bodiless] >= 20, CURVES_ONLY, BODILESS)
    drawn_of = np.where(ranks < NO_BODY, representations, -1)

    with Progress(f"shaping {model.name}", 1.0, progress) as bar:
        # Where everything stands.
        world, place_status = _placements(tokens, _object_placements(tokens, rows))
        _worst(status, number, _OF_ITEM[place_status], about, rows)
        _tame(world, status, about, number, rows)
        palette, colour_of_row, colour_of_product = colours(tokens)
        solid = np.flatnonzero(drawn_of >= 0)
        of, drawn_row, mapped_by, matrix, map_status = _flatten(tokens, drawn_of[solid], colour_of_row > 0)
        of = solid[of]
        _worst(status, solid, _OF_ITEM[map_status], about, drawn_of[solid])
        _tame(matrix, status, about, of, drawn_of[of])
        order = np.argsort(of, kind="stable")
        of, drawn_row, mapped_by, matrix = of[order], drawn_row[order], mapped_by[order], matrix[order]
        entry_start = np.searchsorted(of, np.arange(n + 1))
        drawn_rows, drawn = np.unique(drawn_row, return_inverse=True)
        item_start, items = _direct_items(tokens, drawn_rows)

        # The shapes of the items.
        shapes = _shapes(tokens, items, settings, bar)
        item_mesh = shapes.mesh_of_row[items]

        # Openings.
        entries = (entry_start, drawn, item_start, item_mesh, matrix)
        cuts = _cuts(model, rows, entries, world, shapes, settings, bar)
        scene_parts = _groups(entries, of, cuts)

        # Statuses of items, and of cuts.
        item_entry = np.repeat(np.arange(len(of)), np.diff(item_start)[drawn])
        item_at = np.arange(len(item_entry)) - np.repeat(
            np.cumsum(np.diff(item_start)[drawn]) - np.diff(item_start)[drawn] - item_start[drawn],
            np.diff(item_start)[drawn],
        )
        mesh = item_mesh[item_at]
        has = mesh >= 0
        kinds = tokens.code[items[item_at]]
        is_curve = np.isin(kinds, _CURVES)
        word = np.where(is_curve, CURVES_ONLY, UNSUPPORTED_ITEM)
        word[has] = _OF_ITEM[shapes.status[mesh[has]]]
        element = of[item_entry]
        where = items[item_at]
        where[has] = np.where(shapes.about[mesh[has]] >= 0, shapes.about[mesh[has]], where[has])
        _worst(status, element, np.where(word == CURVES_ONLY, WHOLE, word), about, where)
        _worst(status, element[has], _path_status(shapes.path[mesh[has]]), about, where[has])
        if cuts is not None:
            _worst(status, of[cuts.entry], _path_status(cuts.path), about, cuts.about)

        # One mesh for each distinct group of parts, and the instances that place it.
        item_colour = _item_colours(tokens, items, np.isin(tokens.code, TREE_CODES), colour_of_row)
        scene, lean = _scene(
            model, rows, tokens, shapes.pool, scene_parts, item_colour, of, matrix, world,
            (palette, colour_of_row, colour_of_product, mapped_by, drawn_row), length,
        )  # fmt: skip
        triangles = np.bincount(scene.instance_element, lean, minlength=n).astype(np.int64)
        only_curves = np.zeros(n, bool)
        only_curves[element] = True
        only_curves[element[word != CURVES_ONLY]] = False
        status[(triangles == 0) & only_curves & (status <= CUT_ARRANGED)] = CURVES_ONLY
        status[(triangles == 0) & (status <= CUT_ARRANGED)] = EMPTY
    return Geometry(model, scene, rows, status, about, settings)


@kernel
def _object_placements(tokens, rows):
    out = np.empty(rows.size, np.int64)
    for i in range(rows.size):
        out[i] = -2 if is_dangling(tokens, rows[i], 5) else reference(tokens, rows[i], 5)
    return out


def _path_status(path):
    """Status of an element from the path of a cut."""
    known = [path == UNTOUCHED, path == -1, path < 0, path == BY_ARRANGEMENT]
    return np.select(known, [WHOLE, UNCUT_OPEN, UNCUT, CUT_ARRANGED], CUT_FAST)


def _shapes(tokens, items, settings, bar):
    """Triangulate every item, and what trees are made of, once."""
    unique = np.unique(items)
    is_tree = np.isin(tokens.code[unique], TREE_CODES)
    trees = unique[is_tree]
    start, steps, tree_status = _programs(tokens, trees)
    leaves = np.unique(np.concatenate([unique[~is_tree], steps[steps[:, 0] == PUSH, 1]]))
    shapes = _Shapes(tokens.code.size)
    weight = np.diff(tokens.first)
    bar.total = max(1, 2 * len(items))
    for codes, work in ((FACE_CODES, _many_faces), (SWEEP_CODES, _many_sweeps)):
        rows = leaves[np.isin(tokens.code[leaves], codes)]
        shapes.add(*_spread(lambda share, work=work: work(tokens, share, settings), rows, weight[rows], bar))
    if len(trees):
        pool, status = shapes.pool, shapes.status
        count = np.diff(start)
        numbers, parts = _spread(
            lambda share: _many_trees(tokens, start, steps, pool, shapes.mesh_of_row, status, settings, share),
            np.arange(len(trees)), count, bar,
        )  # fmt: skip
        meshes = shapes.add(trees[numbers], parts)
        bad = tree_status[numbers] != OK
        shapes.status[meshes[bad]] = tree_status[numbers][bad]
    return shapes


class _Cuts(NamedTuple):
    """What openings did: for each item that was cut its entry, its place in the items, its new mesh, path and row."""

    entry: np.ndarray
    at: np.ndarray
    mesh: np.ndarray
    path: np.ndarray
    about: np.ndarray


def _cuts(model, rows, entries, world, shapes, settings, bar):
    """Cut openings out of elements: new meshes in `shapes`, in the frame of the element; `_Cuts` or None."""
    opening_start, openings = _hosts(model, rows)
    if not len(openings):
        return None
    boxes = _mesh_boxes(shapes.pool)
    hosts, host_matrix, start, cutter, cutter_matrix = _cut_jobs(
        opening_start, openings, *entries[:2], *entries[2:], world, boxes
    )
    if not len(hosts):
        return None
    pool = shapes.pool
    host_mesh = entries[3][hosts[:, 1]]
    cutter_mesh = cutter[:, 0].copy()
    weight = np.diff(start) * 10 + np.diff(pool.triangle_start)[host_mesh]
    numbers, parts = _spread(
        lambda share: _many_cuts(
            pool, host_mesh, host_matrix, start, cutter_mesh, cutter_matrix, settings.tolerance, share
        ),
        np.arange(len(hosts)), weight, bar,
    )  # fmt: skip
    meshes = shapes.add(None, parts)
    path, cause = shapes.path[meshes], shapes.about[meshes]
    about = np.where(cause >= 0, rows[cutter[np.maximum(cause, 0), 1]], -1)
    return _Cuts(hosts[numbers, 0], hosts[numbers, 1], meshes, path, about)


class _Groups(NamedTuple):
    """Lists of parts that make a mesh: CSR of (mesh of the pool, item, entry whose matrix it stands under or -1)."""

    start: np.ndarray
    mesh: np.ndarray
    item: np.ndarray
    moved: np.ndarray
    of_entry: np.ndarray  # group of each entry, -1 for none
    own: np.ndarray  # (n_groups,) bool: in the frame of the element, not of the representation


def _groups(entries, of, cuts):
    """Which parts make which mesh: a representation's for all that share it, an element's own where it was cut."""
    _entry_start, drawn, item_start, item_mesh, _matrix = entries
    of_entry = drawn.astype(np.int64).copy()
    n_drawn = len(item_start) - 1
    count = np.diff(item_start)
    mesh = [item_mesh]
    item = [np.arange(len(item_mesh))]
    moved = [np.full(len(item_mesh), -1, np.int64)]
    starts = [item_start[1:]]
    own = np.zeros(n_drawn, bool)
    if cuts is not None:
        changed = np.unique(cuts.entry[cuts.path != 0])
        if len(changed):
            of_entry[changed] = n_drawn + np.arange(len(changed))
            sizes = count[drawn[changed]]
            at = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes - item_start[drawn[changed]], sizes)
            entry = np.repeat(changed, sizes)
            new_mesh, new_moved = item_mesh[at].copy(), entry.copy()
            key = entry * len(item_mesh) + at
            wanted = cuts.path != 0
            place = np.searchsorted(key, cuts.entry[wanted] * len(item_mesh) + cuts.at[wanted])
            new_mesh[place], new_moved[place] = cuts.mesh[wanted], -1
            mesh.append(new_mesh)
            item.append(at)
            moved.append(new_moved)
            starts.append(np.cumsum(sizes) + len(item_mesh))
            own = np.concatenate([own, np.ones(len(changed), bool)])
    mesh, item, moved = np.concatenate(mesh), np.concatenate(item), np.concatenate(moved)
    start = np.concatenate([np.zeros(1, np.int64), *starts])
    keep = mesh >= 0
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(keep)])[start]
    return _Groups(start, mesh[keep], item[keep], moved[keep], of_entry, own)


def _scene(model, rows, tokens, pool, groups, item_colour, of, matrix, world, painting, length):
    """The scene, and the number of triangles of each instance."""
    palette, colour_of_row, colour_of_product, mapped_by, drawn_row = painting
    positions, triangles, vertex_start, triangle_start, colour, shift = _compose(
        pool, groups.start, groups.mesh, groups.moved, matrix, item_colour[groups.item], length
    )
    # Equal meshes become one.
    hashes = _mesh_hashes(positions.view(np.int64), triangles, vertex_start, triangle_start, colour)
    size = np.stack([np.diff(vertex_start), np.diff(triangle_start), hashes.view(np.int64)], axis=1)
    used = np.zeros(len(size), bool)
    used[groups.of_entry] = True
    used &= size[:, 1] > 0
    number = np.full(len(size), -1, np.int64)
    _, first, inverse = np.unique(size[used], axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    number[used] = rank[inverse.ravel()]
    kept = np.flatnonzero(used)[first[order]]
    new_vertex_start = np.concatenate([np.zeros(1, np.int64), np.cumsum(size[kept, 0])])
    new_start = np.concatenate([np.zeros(1, np.int64), np.cumsum(size[kept, 1])])
    positions, triangles, colour = _kept_meshes(
        positions, triangles, vertex_start, triangle_start, colour, kept, new_vertex_start, new_start
    )

    # Instances.
    entry = np.flatnonzero(number[groups.of_entry] >= 0)
    group, element = groups.of_entry[entry], of[entry]
    inner = np.where(groups.own[group][:, None, None], np.eye(4), matrix[entry])
    placed = world[element] @ inner
    placed[:, :3, 3] *= length
    placed[:, :3, 3] += np.einsum("nij,nj->ni", placed[:, :3, :3], shift[group])
    finite = np.isfinite(placed).all(axis=(1, 2))
    entry, group, element, placed = entry[finite], group[finite], element[finite], placed[finite]
    origin = np.zeros(3)
    if len(placed):
        low, high = placed[:, :3, 3].min(axis=0), placed[:, :3, 3].max(axis=0)
        origin = np.where(np.maximum(np.abs(low), np.abs(high)) > _FAR, np.round((low + high) / 2), 0.0)
        placed[:, :3, 3] -= origin

    # The colour of what has none of its own: of the map, of the layer, of the material, of the class.
    by_class = class_colours()
    distinct, class_row = np.unique(np.round(by_class, 6), axis=0, return_inverse=True)
    class_row = class_row.ravel() + len(palette)
    instance_colour = class_row[tokens.code[rows[element]]]
    for column in (
        colour_of_product[rows[element]],
        colour_of_row[drawn_row[entry]],
        np.where(mapped_by[entry] >= 0, colour_of_row[mapped_by[entry]], 0),
    ):
        instance_colour = np.where(column > 0, column, instance_colour)
    scene = Scene(
        origin,
        positions,
        triangles,
        new_vertex_start,
        new_start,
        colour,
        np.concatenate([palette, distinct]).astype(np.float32),
        number[group].astype(np.int32),
        placed,
        element.astype(np.int32),
        instance_colour.astype(np.int32),
    )
    return scene, np.diff(new_start)[number[group]]


# --------------------------------------------------------------------------------------------------------- the result


class Geometry:
    """What a model looks like: a scene, and for each of its elements who it is and what became of it.

    Elements are the products of the file that have a shape, in the order of the file; `scene.instance_element` counts
    in them, and every array here has one entry for each.

    Attributes
    ----------
    model : Model
    scene : Scene
        Unique meshes and instances, metres.
    rows, element_id : (n,) int64
        Row in the model, and the number after ``#``.
    status : (n,) int64
        Index into `STATUS`: 0 for "ok".
    settings : Settings
        How finely curves were followed.
    """

    def __init__(self, model, scene, rows, status, about, settings):
        self.model, self.scene, self.rows = model, scene, rows
        self.element_id = model.step.ids[rows]
        self.status = status
        self.settings = settings
        self._about = about

    @property
    def id(self):
        """(n,) int64: the number after ``#``, as `element_id`."""
        return self.element_id

    @cached_property
    def global_id(self):
        """(n,) str: GlobalId of each element."""
        return self.model.global_ids(self.rows)

    @cached_property
    def type(self):
        """(n,) object: "IfcWall" …"""
        return np.array([self.model.type_name(row) for row in self.rows.tolist()], object)

    @cached_property
    def name(self):
        """(n,) object: Name of each element, or None."""
        names = (getattr(self.model.at(row), "Name", None) for row in self.rows.tolist())
        return np.array([name if isinstance(name, str) else None for name in names], object)

    @property
    def triangle_count(self):
        """(n,) int64: triangles of each element, instances counted as often as they stand."""
        sizes = np.diff(self.scene.triangle_start)[self.scene.instance_mesh]
        return np.bincount(self.scene.instance_element, sizes, minlength=len(self.rows)).astype(np.int64)

    def __len__(self):
        return len(self.rows)

    def number(self, element):
        """Number of an element.

        Parameters
        ----------
        element : Entity, int or str
            An entity of the model, the number after ``#``, or a GlobalId.

        Returns
        -------
        int

        Raises
        ------
        NotFoundError
            The model has no such element, or it has no shape.
        """
        if isinstance(element, str):
            element = self.model[element]
        if getattr(element, "model", self.model) is not self.model:
            raise NotFoundError(f"{element!r} is of another model than {self.model.name}: ask for its GlobalId")
        step_id = getattr(element, "id", element)
        if not isinstance(step_id, int | np.integer):
            raise DTypeError(f"an element must be an entity, the number after # or a GlobalId, got {element!r}")
        found = np.flatnonzero(self.element_id == step_id)
        if not len(found):
            raise NotFoundError(f"#{step_id} has no shape in {self.model.name} (elements are products with a shape)")
        return int(found[0])

    def mesh(self, element):
        """Triangles of one element.

        Parameters
        ----------
        element : Entity, int or str
            As in `number`.

        Returns
        -------
        positions : (n, 3) float64, metres, world coordinates
        triangles : (m, 3) int32
        """
        number = self.number(element)
        positions, triangles, _ = _flat(self.scene, np.flatnonzero(self.scene.instance_element == number))
        return positions + self.scene.origin, triangles

    def flat(self):
        """All triangles, copied out of their instances: for programs that know no better.

        Returns
        -------
        positions : (n, 3) float64, metres, without `scene.origin`
        triangles : (m, 3) int32
        element : (m,) int32
            Number of the element of each triangle.
        """
        return _flat(self.scene, np.arange(len(self.scene.instance_mesh)))

    def report(self):
        """What could not be built, is not closed or fell back; see `Report`."""
        return Report(self)

    def __repr__(self):
        scene = self.scene
        flat = int(self.triangle_count.sum())
        fine = int(np.isin(self.status, _FINE).sum())
        return (
            f"{self.model.name}: {len(self)} elements ({fine} whole), {len(scene.vertex_start) - 1} meshes of "
            f"{len(scene.triangles)} triangles, {len(scene.instance_mesh)} instances, {flat} triangles in all"
        )


_FINE = (WHOLE, CUT_FAST, CUT_ARRANGED)


@kernel
def _flat(scene, instances):
    """Triangles of some instances in the scene's coordinates: positions, triangles, element of each triangle."""
    n, m = 0, 0
    for i in instances:
        mesh = scene.instance_mesh[i]
        n += scene.vertex_start[mesh + 1] - scene.vertex_start[mesh]
        m += scene.triangle_start[mesh + 1] - scene.triangle_start[mesh]
    positions = np.empty((n, 3))
    triangles = np.empty((m, 3), np.int32)
    element = np.empty(m, np.int32)
    n, m = 0, 0
    for i in instances:
        mesh = scene.instance_mesh[i]
        matrix = scene.instance_matrix[i]
        turned = _mirrors(matrix)
        first = scene.vertex_start[mesh]
        for v in range(first, scene.vertex_start[mesh + 1]):
            x, y, z = scene.positions[v, 0], scene.positions[v, 1], scene.positions[v, 2]
            for k in range(3):
                positions[n + v - first, k] = matrix[k, 0] * x + matrix[k, 1] * y + matrix[k, 2] * z + matrix[k, 3]
        for t in range(scene.triangle_start[mesh], scene.triangle_start[mesh + 1]):
            a, b, c = scene.triangles[t, 0], scene.triangles[t, 1], scene.triangles[t, 2]
            if turned:
                b, c = c, b
            triangles[m, 0], triangles[m, 1], triangles[m, 2] = n + a - first, n + b - first, n + c - first
            element[m] = scene.instance_element[i]
            m += 1
        n += scene.vertex_start[mesh + 1] - first
    return positions, triangles, element


class Finding(NamedTuple):
    """One line of a `Report`: the element, the entity it is about (0: the element itself), and what is the matter."""

    id: int
    type: str
    global_id: str
    name: str
    about: int
    words: str


class Report:
    """What could not be built, is not closed or fell back: a sequence of `Finding`.

    Parameters
    ----------
    geometry : Geometry

    Examples
    --------
    >>> from avila_sci import bim
    >>> bim.open(bim.sample.path()).geometry_report().counts["uncut: no result"]
    0
    """

    def __init__(self, geometry):
        from avila_sci.bim.measured import measure

        self._geometry = geometry
        self.model = geometry.model
        count = np.bincount(geometry.status, minlength=len(STATUS))
        self.counts = dict(zip(STATUS, count.tolist()))
        closed = measure(geometry).closed
        self._open = np.flatnonzero(~closed & (geometry.triangle_count > 0))
        self.counts["open surface"] = len(self._open)

    @cached_property
    def findings(self):
        """List of `Finding`: elements by what became of them, then surfaces that are open."""
        geometry, found = self._geometry, []
        for number in np.flatnonzero(~np.isin(geometry.status, (WHOLE, CUT_FAST))).tolist():
            about = int(geometry._about[number])
            found.append(self._finding(number, about, _explain(geometry, number, about)))
        for number in self._open.tolist():
            words = "its surface is not closed: it has an area, but no volume"
            found.append(self._finding(number, -1, words))
        step = self.model.step
        for number, spelled in enumerate(step.type_names):
            if spelled not in schema.CODES:
                words = "no schema declares its type, so nobody knows its shape: if it has one, it is not shown"
                rows = np.flatnonzero(step.type_ids == number)
                found += [Finding(int(i), spelled, "", "", 0, words) for i in step.ids[rows].tolist()]
        return found

    def _finding(self, number, about, words):
        entity = self.model.at(int(self._geometry.rows[number]))
        name, global_id = getattr(entity, "Name", None), getattr(entity, "GlobalId", None)
        own = about < 0 or about == entity.row
        return Finding(
            entity.id,
            entity.type,
            global_id if isinstance(global_id, str) else "",
            name if isinstance(name, str) else "",
            0 if own else int(self.model.step.ids[about]),
            words,
        )

    def __len__(self):
        return len(self.findings)

    def __iter__(self):
        return iter(self.findings)

    def __getitem__(self, k):
        return self.findings[k]

    def to_dataframe(self):
        """A pandas DataFrame, a row a finding."""
        from avila_sci.core.errors import need

        pandas = need("pandas", "dataframe", "to_dataframe")
        return pandas.DataFrame(self.findings, columns=Finding._fields)

    def _summary(self):
        n = len(self._geometry)
        parts = [f"{count} {word}" for word, count in self.counts.items() if count]
        return f"{self.model.name}: {n} elements: " + (", ".join(parts) or "none")

    def __repr__(self):
        lines = [f"#{f.id} {f.type} {f.name!r}: {f.words}" for f in self.findings[:30]]
        more = [f"… and {len(self) - 30} more"] if len(self) > 30 else []
        return "\n".join([self._summary(), *lines, *more])

    def _repr_html_(self):
        rows = "".join(
            f"<tr><td>#{f.id}</td><td>{escape(f.type)}</td><td>{escape(f.name)}</td>"
            f"<td style='text-align:left'>{escape(f.words)}</td></tr>"
            for f in self.findings[:50]
        )
        more = f"<tr><td colspan=4>… and {len(self) - 50} more</td></tr>" if len(self) > 50 else ""
        return f"<p>{escape(self._summary())}</p>" + (f"<table>{rows}{more}</table>" if rows else "")


def _explain(geometry, number, about):
    """A sentence on what became of an element."""
    model = geometry.model
    row = int(geometry.rows[number])
    own = about < 0 or about == row
    what = "it" if own else f"{model.type_name(about)} #{model.step.ids[about]}"
    status = int(geometry.status[number])
    return {
        CUT_ARRANGED: "cut by the general arrangement, which is slower than the fast paths and no worse",
        CURVES_ONLY: "its shape is curves or points, which have no surface",
        BODILESS: "it has no body: only a box, an axis, a footprint or the like",
        EMPTY: "nothing is left of it, or nothing was in it",
        DEGENERATE_ITEM: f"{what} has no extent, or too few points, to make a surface of",
        NOT_A_NUMBER: f"{what} has a coordinate that is no finite number, or beyond 1e15",
        DEEP: f"{what} is nested more than 100 deep, or multiplies beyond 100 000 instances",
        ITSELF: f"{what} refers to itself through others, so the loop was broken",
        NOWHERE: f"{what} refers to something the file does not have",
        UNSUPPORTED_ITEM: f"{what} is of a kind that is not triangulated yet, so that part is missing",
        UNCUT_OPEN: f"{what} could not be cut off: the surface to be cut is not closed, so it is shown uncut",
        UNCUT: f"{what} could not be cut off: no consistent result was found, so it is shown uncut",
    }[status]
