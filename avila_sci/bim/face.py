"""Faceted solids and surfaces: breps, face sets, surface models, boxes.

About three quarters of the instances in public IFC files are polygons of one kind or another. They differ only in how
the file spells them, so there are two steps: *gather* reads any of them into points, loops and faces; *fill* turns
faces into triangles. A polygon of a file need not be planar, may repeat a point or touch itself, so a face is
projected along the largest component of its Newell normal [1]_ and triangulated there as a constrained Delaunay
triangulation with holes. Its own vertices are kept, collinear ones too: the neighbouring face has them, and only so
the two stay welded.

Which way a face looks is often wrong in files.  Where every edge has two faces the faces are turned to agree, and a
closed shell is turned so that its volume is positive.

References
----------
.. [1] M. E. Newell's method as in F. Tampieri, "Newell's Method for Computing the Plane Equation of a Polygon",
   Graphics Gems III, 1992, p. 231.
"""

import numpy as np

from avila_sci.bim.curve import DANGLING, DEGENERATE, NOT_FINITE, OK, UNSUPPORTED
from avila_sci.bim.schema import code
from avila_sci.bim.step import ENUM, INTEGER, OPEN, REF, argument, number, reference, skip
from avila_sci.core.jit import kernel
from avila_sci.core.tolerance import WELD
from avila_sci.mesh.measure import _is_closed_welded, _volume, _weld
from avila_sci.mesh.polygon import _triangulate

FACETED_BREP = code("IFCFACETEDBREP")
FACETED_BREP_WITH_VOIDS = code("IFCFACETEDBREPWITHVOIDS")
FACE_BASED = code("IFCFACEBASEDSURFACEMODEL")
SHELL_BASED = code("IFCSHELLBASEDSURFACEMODEL")
CONNECTED = code("IFCCONNECTEDFACESET")
CLOSED_SHELL = code("IFCCLOSEDSHELL")
OPEN_SHELL = code("IFCOPENSHELL")
TRIANGULATED = code("IFCTRIANGULATEDFACESET")
IRREGULAR = code("IFCTRIANGULATEDIRREGULARNETWORK")
POLYGONAL = code("IFCPOLYGONALFACESET")
POLYGON_WITH_VOIDS = code("IFCINDEXEDPOLYGONALFACEWITHVOIDS")
BOUNDING_BOX = code("IFCBOUNDINGBOX")
POLY_LOOP = code("IFCPOLYLOOP")
EDGE_LOOP = code("IFCEDGELOOP")
ORIENTED_EDGE = code("IFCORIENTEDEDGE")
VERTEX_POINT = code("IFCVERTEXPOINT")
POINT = code("IFCCARTESIANPOINT")

FACE_CODES = (
    FACETED_BREP,
    FACETED_BREP_WITH_VOIDS,
    FACE_BASED,
    SHELL_BASED,
    CONNECTED,
    CLOSED_SHELL,
    OPEN_SHELL,
    TRIANGULATED,
    IRREGULAR,
    POLYGONAL,
    BOUNDING_BOX,
)
"""Codes of the items that `_faces` reads."""

_TRUE = 1.0


@kernel
def _grown(array, needed):
    """`array`, or a copy with room for at least `needed` rows."""
    if needed <= array.shape[0]:
        return array
    size = max(2 * array.shape[0], needed)
    bigger = np.empty((size, *array.shape[1:]), array.dtype)
    bigger[: array.shape[0]] = array
    return bigger


@kernel
def _grown1(array, needed):
    if needed <= array.size:
        return array
    bigger = np.empty(max(2 * array.size, needed), array.dtype)
    bigger[: array.size] = array
    return bigger


@kernel
def _point(tokens, row, out):
    """Coordinates of a Cartesian point (2-D: z = 0) into `out`; False where there are none."""
    out[2] = 0.0
    if row < 0:
        return False
    t = argument(tokens, row, 0)
    if t < 0 or tokens.kind[t] != OPEN:
        return False
    end = t + np.int64(tokens.value[t])
    k = 0
    t += 1
    while t < end and k < 3:
        out[k] = tokens.value[t]
        k += 1
        t += 1
    return k >= 2


@kernel
def _vertex(tokens, row, out):
    """Coordinates of a vertex point or point."""
    if row >= 0 and tokens.code[row] == VERTEX_POINT:
        row = reference(tokens, row, 0)
    if row < 0 or tokens.code[row] != POINT:
        return False
    return _point(tokens, row, out)


@kernel
def _loop_points(tokens, row, forward, points, n):
    """Append the vertices of a poly loop or of an edge loop with straight edges; (points, n, status)."""
    start = n
    xyz = np.zeros(3)
    if row < 0:
        return points, n, DANGLING
    t = argument(tokens, row, 0)
    if t < 0 or tokens.kind[t] != OPEN:
        return points, n, DEGENERATE
    end = t + np.int64(tokens.value[t])
    t += 1
    status = OK
    kind = tokens.code[row]
    if kind != POLY_LOOP and kind != EDGE_LOOP:
        return points, n, UNSUPPORTED
    while t < end:
        if tokens.kind[t] == REF:
            found = np.int64(tokens.value[t])
            good = False
            if found >= 0:
                if kind == POLY_LOOP:
                    good = _point(tokens, found, xyz)
                else:
                    sense = True
                    steps = 0
                    while found >= 0 and tokens.code[found] == ORIENTED_EDGE and steps < 100:
                        a = argument(tokens, found, 3)
                        if a >= 0 and tokens.kind[a] == ENUM and tokens.value[a] != _TRUE:
                            sense = not sense
                        found = reference(tokens, found, 2)
                        steps += 1
                    if found >= 0 and steps < 100:
                        good = _vertex(tokens, reference(tokens, found, 0 if sense else 1), xyz)
            if good:
                points = _grown(points, n + 1)
                # Adding zero turns -0 into 0: equal coordinates must have equal bits to be welded.
                points[n, 0] = xyz[0] + 0.0
                points[n, 1] = xyz[1] + 0.0
                points[n, 2] = xyz[2] + 0.0
                if not (np.isfinite(xyz[0]) and np.isfinite(xyz[1]) and np.isfinite(xyz[2])):
                    status = NOT_FINITE
                n += 1
            else:
                status = DANGLING
        t += 1
    if not forward:
        i, j = start, n - 1
        while i < j:
            for k in range(3):
                points[i, k], points[j, k] = points[j, k], points[i, k]
            i += 1
            j -= 1
    return points, n, status


@kernel
def _gather_face(tokens, face, points, n, loop_start, n_loops):
    """Append the bounds of one face; (points, n, loop_start, n_loops, status)."""
    status = OK
    t = argument(tokens, face, 0)
    if t < 0 or tokens.kind[t] != OPEN:
        return points, n, loop_start, n_loops, DEGENERATE
    end = t + np.int64(tokens.value[t])
    t += 1
    while t < end:
        if tokens.kind[t] == REF:
            bound = np.int64(tokens.value[t])
            if bound < 0:
                status = DANGLING
            else:
                a = argument(tokens, bound, 1)
                forward = not (a >= 0 and tokens.kind[a] == ENUM and tokens.value[a] != _TRUE)
                before = n
                points, n, s = _loop_points(tokens, reference(tokens, bound, 0), forward, points, n)
                if s != OK:
                    status = s
                if n - before >= 3:
                    loop_start = _grown1(loop_start, n_loops + 2)
                    n_loops += 1
                    loop_start[n_loops] = n
                else:
                    n = before
        t += 1
    return points, n, loop_start, n_loops, status


@kernel(linked=True)
def _gather_shell(tokens, row):
    """The faces of a shell: (points, n, loop_start, n_loops, face_start, n_faces, status)."""
    points = np.empty((64, 3))
    loop_start = np.zeros(32, np.int64)
    face_start = np.zeros(32, np.int64)
    n, n_loops, n_faces = 0, 0, 0
    t = argument(tokens, row, 0)
    if t < 0 or tokens.kind[t] != OPEN:
        return points, n, loop_start, n_loops, face_start, n_faces, DEGENERATE
    status = OK
    end = t + np.int64(tokens.value[t])
    t += 1
    while t < end:
        if tokens.kind[t] == REF:
            face = np.int64(tokens.value[t])
            if face < 0:
                status = DANGLING
            else:
                before = n_loops
                points, n, loop_start, n_loops, s = _gather_face(tokens, face, points, n, loop_start, n_loops)
                if s != OK:
                    status = s
                if n_loops > before:
                    face_start = _grown1(face_start, n_faces + 2)
                    n_faces += 1
                    face_start[n_faces] = n_loops
        t += 1
    return points, n, loop_start, n_loops, face_start, n_faces, status


@kernel
def _weld_exact(points):
    """Number of each point among the different ones, and the rows where those first stand."""
    n = points.shape[0]
    bits = np.ascontiguousarray(points).reshape(-1).view(np.int64)
    size = 16
    while size < 2 * n:
        size *= 2
    mask = size - 1
    table = np.full(size, -1, np.int32)
    index = np.empty(n, np.int32)
    kept = np.empty(n, np.int32)
    count = 0
    for i in range(n):
        h = np.int64(0)
        for k in range(3):
            b = bits[3 * i + k]
            h = h * 31 + ((b ^ (b >> 32)) & 0x7FFFFFFF) * 73856093 % 2147483647
        h = ((h ^ (h >> 29)) & 0xFFFFFFFF) * 0x45D9F3B
        slot = (h ^ (h >> 27)) & mask
        while True:
            j = table[slot]
            if j < 0:
                table[slot] = count
                index[i] = count
                kept[count] = i
                count += 1
                break
            r = kept[j]
            if points[r, 0] == points[i, 0] and points[r, 1] == points[i, 1] and points[r, 2] == points[i, 2]:
                index[i] = j
                break
            slot = (slot + 1) & mask
    return index, kept[:count]


@kernel
def _newell(positions, loop, first, last):
    """Newell normal (twice the vector area) of a loop of vertex numbers, about its first vertex."""
    nx, ny, nz = 0.0, 0.0, 0.0
    o = loop[first]
    ox, oy, oz = positions[o, 0], positions[o, 1], positions[o, 2]
    for i in range(first, last):
        a = loop[i]
        b = loop[i + 1 if i + 1 < last else first]
        ax, ay, az = positions[a, 0] - ox, positions[a, 1] - oy, positions[a, 2] - oz
        bx, by, bz = positions[b, 0] - ox, positions[b, 1] - oy, positions[b, 2] - oz
        nx += ay * bz - az * by
        ny += az * bx - ax * bz
        nz += ax * by - ay * bx
    return nx, ny, nz


@kernel
def _convex4(positions, a, b, c, d, nx, ny, nz):
    """Whether all four corners of a quadrilateral turn the way of its normal."""
    quad = (a, b, c, d)
    for k in range(4):
        p = quad[k]
        q = quad[(k + 1) % 4]
        r = quad[(k + 2) % 4]
        ux, uy, uz = (
            positions[q, 0] - positions[p, 0],
            positions[q, 1] - positions[p, 1],
            positions[q, 2] - positions[p, 2],
        )
        vx, vy, vz = (
            positions[r, 0] - positions[q, 0],
            positions[r, 1] - positions[q, 1],
            positions[r, 2] - positions[q, 2],
        )
        s = (uy * vz - uz * vy) * nx + (uz * vx - ux * vz) * ny + (ux * vy - uy * vx) * nz
        if not s > 0.0:
            return False
    return True


@kernel
def _fill_face(positions, n, loop, loops, first, last, triangles, m):
    """Append the triangles of the face whose loops are `first` … `last` - 1; may append positions.

    Returns
    -------
    positions, n, triangles, m, status
    """
    # The outer loop is the largest one: which bound is marked as outer is wrong too often to be believed.
    outer = first
    best = -1.0
    nx, ny, nz = 0.0, 0.0, 0.0
    for k in range(first, last):
        x, y, z = _newell(positions, loop, loops[k], loops[k + 1])
        size = x * x + y * y + z * z
        if size > best:
            best = size
            outer = k
            nx, ny, nz = x, y, z
    if not best > 0.0:
        return positions, n, triangles, m, DEGENERATE
    i = loops[outer]
    count = loops[outer + 1] - i
    if last - first == 1 and count == 3:
        triangles = _grown(triangles, m + 1)
        triangles[m, 0], triangles[m, 1], triangles[m, 2] = loop[i], loop[i + 1], loop[i + 2]
        return positions, n, triangles, m + 1, OK
    if (
        last - first == 1
        and count == 4
        and _convex4(positions, loop[i], loop[i + 1], loop[i + 2], loop[i + 3], nx, ny, nz)
    ):
        triangles = _grown(triangles, m + 2)
        triangles[m, 0], triangles[m, 1], triangles[m, 2] = loop[i], loop[i + 1], loop[i + 2]
        triangles[m + 1, 0], triangles[m + 1, 1], triangles[m + 1, 2] = loop[i], loop[i + 2], loop[i + 3]
        return positions, n, triangles, m + 2, OK
    # Drop the axis of the largest component, so that counter-clockwise stays counter-clockwise.
    if abs(nx) >= abs(ny) and abs(nx) >= abs(nz):
        u, v, w = 1, 2, 0
    elif abs(ny) >= abs(nz):
        u, v, w = 2, 0, 1
    else:
        u, v, w = 0, 1, 2
    normal = (nx, ny, nz)
    if normal[w] < 0.0:
        u, v = v, u
    total = loops[last] - loops[first]
    corner = np.empty(total, np.int32)
    flat = np.empty((total, 2))
    starts = np.empty(last - first + 1, np.int64)
    starts[0] = 0
    k = 0
    o = loop[i]
    for step in range(last - first):
        # Outer loop first.
        which = outer if step == 0 else (first + step - 1 if first + step - 1 < outer else first + step)
        begin, end = loops[which], loops[which + 1]
        twice = 0.0
        for j in range(begin, end):
            a, b = loop[j], loop[j + 1 if j + 1 < end else begin]
            au, av = positions[a, u] - positions[o, u], positions[a, v] - positions[o, v]
            bu, bv = positions[b, u] - positions[o, u], positions[b, v] - positions[o, v]
            twice += au * bv - av * bu
        flip = (twice > 0.0) != (step == 0)
        for j in range(end - begin):
            a = loop[end - 1 - j] if flip else loop[begin + j]
            corner[k] = a
            flat[k, 0] = positions[a, u]
            flat[k, 1] = positions[a, v]
            k += 1
        starts[step + 1] = k
    points, filled, s = _triangulate(flat, starts)
    extra = points.shape[0] - total
    if extra > 0:
        positions = _grown(positions, n + extra)
        for j in range(extra):
            pu, pv = points[total + j, 0], points[total + j, 1]
            positions[n + j, u] = pu
            positions[n + j, v] = pv
            positions[n + j, w] = (
                positions[o, w] - (normal[u] * (pu - positions[o, u]) + normal[v] * (pv - positions[o, v])) / normal[w]
            )
    triangles = _grown(triangles, m + filled.shape[0])
    for t in range(filled.shape[0]):
        for k in range(3):
            c = filled[t, k]
            triangles[m, k] = corner[c] if c < total else n + c - total
        if (
            triangles[m, 0] != triangles[m, 1]
            and triangles[m, 1] != triangles[m, 2]
            and triangles[m, 2] != triangles[m, 0]
        ):
            m += 1
    if filled.shape[0] == 0:
        return positions, n + extra, triangles, m, DEGENERATE
    return positions, n + extra, triangles, m, OK if s == 0 else DEGENERATE


@kernel(linked=True)
def _fill(positions, loop, loops, faces, n_faces):
    """Triangles of all faces: `loop` holds vertex numbers, `loops` the starts of loops, `faces` of faces in `loops`."""
    n = positions.shape[0]
    triangles = np.empty((max(8, 2 * loop.size), 3), np.int32)
    m = 0
    worst = OK
    for f in range(n_faces):
        positions, n, triangles, m, s = _fill_face(positions, n, loop, loops, faces[f], faces[f + 1], triangles, m)
        if s != OK and s != DEGENERATE:
            worst = s
    return positions[:n].copy(), triangles[:m].copy(), worst


@kernel
def _edge_table(triangles):
    """Partner of every directed edge: slot 3 t + k → the other triangle's slot, -1 at a border, -2 where three meet."""
    m = triangles.shape[0]
    size = 16
    while size < 6 * m:
        size *= 2
    mask = size - 1
    table = np.full(size, -1, np.int64)
    mate = np.full(3 * m, -1, np.int64)
    for e in range(3 * m):
        t, k = e // 3, e % 3
        i, j = np.int64(triangles[t, k]), np.int64(triangles[t, k - 2])
        if i > j:
            i, j = j, i
        h = (i * 73856093 + j * 19349663) & 0x7FFFFFFFFFFF
        h = ((h ^ (h >> 17)) & 0xFFFFFFFF) * 0x45D9F3B
        slot = (h ^ (h >> 25)) & mask
        while True:
            other = table[slot]
            if other < 0:
                table[slot] = e
                break
            a, b = np.int64(triangles[other // 3, other % 3]), np.int64(triangles[other // 3, other % 3 - 2])
            if (a == i and b == j) or (a == j and b == i):
                if mate[other] == -1:
                    mate[other] = e
                    mate[e] = other
                else:
                    if mate[other] >= 0:
                        mate[mate[other]] = -2
                    mate[other] = -2
                    mate[e] = -2
                break
            slot = (slot + 1) & mask
    return mate


@kernel
def _turns(triangles):
    """Which triangles to turn so that neighbours agree, each component as most of its triangles were, (m,) uint8.

    Edges that three or more triangles share are not crossed.
    """
    m = triangles.shape[0]
    mate = _edge_table(triangles)
    turned = np.full(m, 2, np.uint8)  # 2: not reached
    order = np.empty(m, np.int64)
    for seed in range(m):
        if turned[seed] != 2:
            continue
        turned[seed] = 0
        order[0] = seed
        done, reached, flips = 0, 1, 0
        while done < reached:
            t = order[done]
            done += 1
            for k in range(3):
                other = mate[3 * t + k]
                if other < 0 or turned[other // 3] != 2:
                    continue
                s = other // 3
                turned[s] = turned[t] ^ (1 if triangles[t, k] == triangles[s, other % 3] else 0)
                flips += turned[s]
                order[reached] = s
                reached += 1
        if 2 * flips > reached:
            for i in range(reached):
                turned[order[i]] ^= 1
    return turned


@kernel(linked=True)
def _orient(positions, triangles, sign, grid):
    """Turn a shell's triangles to agree and, if it is closed, so that the sign of its volume is `sign`; in place.

    Vertices on the same point of `grid` count as one.
    """
    m = triangles.shape[0]
    first = _weld(positions, grid)
    welded = np.empty((m, 3), np.int32)
    for t in range(m):
        for k in range(3):
            welded[t, k] = first[triangles[t, k]]
    same = np.arange(positions.shape[0]).astype(np.int32)
    closed = _is_closed_welded(welded, same)
    if not closed:
        turned = _turns(welded)
        for t in range(m):
            if turned[t] == 1:
                triangles[t, 1], triangles[t, 2] = triangles[t, 2], triangles[t, 1]
                welded[t, 1], welded[t, 2] = welded[t, 2], welded[t, 1]
        closed = _is_closed_welded(welded, same)
    if closed and _volume(positions, triangles) * sign < 0.0:
        for t in range(m):
            triangles[t, 1], triangles[t, 2] = triangles[t, 2], triangles[t, 1]


@kernel(linked=True)
def _shell(tokens, row, sign, grid):
    """Triangles of one shell (anything whose attribute 0 is a list of faces)."""
    points, n, loops, _, faces, n_faces, status = _gather_shell(tokens, row)
    if n_faces == 0:
        return np.empty((0, 3)), np.empty((0, 3), np.int32), DEGENERATE if status == OK else status
    index, kept = _weld_exact(points[:n])
    positions, triangles, s = _fill(points[kept], index, loops, faces, n_faces)
    _orient(positions, triangles, sign, grid)
    return positions, triangles, status if status != OK else s


@kernel
def _joined(positions, triangles, more_positions, more_triangles):
    n = positions.shape[0]
    m = triangles.shape[0]
    if n == 0:
        return more_positions, more_triangles
    p = np.empty((n + more_positions.shape[0], 3))
    p[:n] = positions
    p[n:] = more_positions
    t = np.empty((m + more_triangles.shape[0], 3), np.int32)
    t[:m] = triangles
    for i in range(more_triangles.shape[0]):
        for k in range(3):
            t[m + i, k] = more_triangles[i, k] + n
    return p, t


@kernel
def _shells(tokens, t, sign, grid):
    """Triangles of the shell at token `t`, or of all shells in the list there."""
    positions = np.empty((0, 3))
    triangles = np.empty((0, 3), np.int32)
    status = OK
    if t < 0:
        return positions, triangles, DEGENERATE
    end = t
    if tokens.kind[t] == OPEN:
        end = t + np.int64(tokens.value[t])
        t += 1
    while t <= end:
        if tokens.kind[t] == REF:
            row = np.int64(tokens.value[t])
            if row < 0:
                status = DANGLING
            else:
                p, f, s = _shell(tokens, row, sign, grid)
                positions, triangles = _joined(positions, triangles, p, f)
                if s != OK and status == OK:
                    status = s
        t += 1
    return positions, triangles, status


@kernel
def _coordinates(tokens, row):
    """Points of an IfcCartesianPointList3D, (n, 3), and a status."""
    if row < 0:
        return np.empty((0, 3)), DANGLING
    t = argument(tokens, row, 0)
    if t < 0 or tokens.kind[t] != OPEN:
        return np.empty((0, 3)), DEGENERATE
    end = t + np.int64(tokens.value[t])
    points = np.zeros((max(1, (end - t) // 5), 3))
    n = 0
    t += 1
    while t < end:
        if tokens.kind[t] == OPEN:
            last = t + np.int64(tokens.value[t])
            points = _grown(points, n + 1)
            points[n] = 0.0
            for k in range(min(3, last - t - 1)):
                points[n, k] = tokens.value[t + 1 + k] + 0.0
            n += 1
            t = last
        t += 1
    points = points[:n].copy()
    for i in range(n):
        if not (np.isfinite(points[i, 0]) and np.isfinite(points[i, 1]) and np.isfinite(points[i, 2])):
            return points, NOT_FINITE
    return points, OK


@kernel
def _indices(tokens, t):
    """The whole numbers of the list at token `t`, nested lists too, in order."""
    if t < 0 or tokens.kind[t] != OPEN:
        return np.empty(0, np.int64)
    end = t + np.int64(tokens.value[t])
    out = np.empty(end - t, np.int64)
    n = 0
    for i in range(t + 1, end):
        if tokens.kind[i] == INTEGER:
            out[n] = np.int64(tokens.value[i])
            n += 1
    return out[:n]


@kernel
def _vertex_numbers(tokens, t, translate, n, out, count):
    """Append the 1-based numbers listed at token `t`, through PnIndex, from 0; (out, count, status)."""
    status = OK
    numbers = _indices(tokens, t)
    out = _grown1(out, count + numbers.size)
    for i in range(numbers.size):
        v = numbers[i] - 1
        if translate.size:
            v = translate[v] - 1 if 0 <= v < translate.size else -1
        if 0 <= v < n:
            out[count] = v
            count += 1
        else:
            status = DANGLING
    return out, count, status


@kernel
def _is_marked_closed(tokens, row):
    """Attribute Closed of a tessellated face set: IFC4 and IFC4X3 have it at different places."""
    for k in (1, 2):
        t = argument(tokens, row, k)
        if t >= 0 and tokens.kind[t] == ENUM:
            return tokens.value[t] == _TRUE
    return False


@kernel(linked=True)
def _triangulated_face_set(tokens, row, settings):
    """IfcTriangulatedFaceSet and IfcTriangulatedIrregularNetwork: (positions, triangles, status)."""
    points, status = _coordinates(tokens, reference(tokens, row, 0))
    index, kept = _weld_exact(points)
    translate = _indices(tokens, argument(tokens, row, 4))
    numbers = _indices(tokens, argument(tokens, row, 3))
    triangles = np.empty((numbers.size // 3, 3), np.int32)
    m = 0
    n = points.shape[0]
    for i in range(numbers.size // 3):
        good = True
        for k in range(3):
            v = numbers[3 * i + k] - 1
            if translate.size:
                v = translate[v] - 1 if 0 <= v < translate.size else -1
            if 0 <= v < n:
                triangles[m, k] = index[v]
            else:
                good = False
                status = DANGLING
        a, b, c = triangles[m, 0], triangles[m, 1], triangles[m, 2]
        if good and a != b and b != c and c != a:
            m += 1
    triangles = triangles[:m].copy()
    positions = points[kept]
    if _is_marked_closed(tokens, row):
        _orient(positions, triangles, 1.0, WELD / settings.length)
    if m == 0 and status == OK:
        status = DEGENERATE
    return positions, triangles, status


@kernel(linked=True)
def _polygonal_face_set(tokens, row, settings):
    """IfcPolygonalFaceSet, with voids: (positions, triangles, status)."""
    points, status = _coordinates(tokens, reference(tokens, row, 0))
    index, kept = _weld_exact(points)
    translate = _indices(tokens, argument(tokens, row, 3))
    n = points.shape[0]
    loop = np.empty(max(16, 4 * n), np.int32)
    loops = np.zeros(n + 2, np.int64)
    faces = np.zeros(n + 2, np.int64)
    count, n_loops, n_faces = 0, 0, 0
    t = argument(tokens, row, 2)
    if t >= 0 and tokens.kind[t] == OPEN:
        end = t + np.int64(tokens.value[t])
        t += 1
        while t < end:
            face = np.int64(tokens.value[t]) if tokens.kind[t] == REF else np.int64(-1)
            if face < 0:
                status = DANGLING
            else:
                before = n_loops
                start = count
                loop, count, s = _vertex_numbers(tokens, argument(tokens, face, 0), translate, n, loop, count)
                loops, n_loops, count = _close_loop(loops, n_loops, start, count)
                if s != OK:
                    status = s
                if tokens.code[face] == POLYGON_WITH_VOIDS and n_loops > before:
                    v = argument(tokens, face, 1)
                    if v >= 0 and tokens.kind[v] == OPEN:
                        last = v + np.int64(tokens.value[v])
                        v += 1
                        while v < last:
                            start = count
                            loop, count, s = _vertex_numbers(tokens, v, translate, n, loop, count)
                            loops, n_loops, count = _close_loop(loops, n_loops, start, count)
                            v = skip(tokens, v)
                if n_loops > before:
                    faces = _grown1(faces, n_faces + 2)
                    n_faces += 1
                    faces[n_faces] = n_loops
            t += 1
    for i in range(count):
        loop[i] = index[loop[i]]
    positions, triangles, s = _fill(points[kept], loop[:count], loops, faces, n_faces)
    if _is_marked_closed(tokens, row):
        _orient(positions, triangles, 1.0, WELD / settings.length)
    if status == OK:
        status = s if triangles.shape[0] else DEGENERATE
    return positions, triangles, status


@kernel
def _close_loop(loops, n_loops, start, count):
    """Note that the vertices `start` … `count` - 1 are a loop; fewer than three are dropped."""
    if count - start < 3:
        return loops, n_loops, start
    loops = _grown1(loops, n_loops + 2)
    loops[n_loops + 1] = count
    return loops, n_loops + 1, count


@kernel
def _bounding_box(tokens, row, settings):
    """IfcBoundingBox: (positions, triangles, status)."""
    corner = np.zeros(3)
    positions = np.empty((8, 3))
    triangles = np.empty((12, 3), np.int32)
    if not _point(tokens, reference(tokens, row, 0), corner):
        return positions[:0], triangles[:0], DANGLING
    size = (number(tokens, row, 1, 0.0), number(tokens, row, 2, 0.0), number(tokens, row, 3, 0.0))
    return _box(corner[0], corner[1], corner[2], size[0], size[1], size[2])


@kernel
def _box(x, y, z, dx, dy, dz):
    """A box from its lower corner and its sides: (positions, triangles, status)."""
    positions = np.empty((8, 3))
    triangles = np.empty((12, 3), np.int32)
    for i in range(8):
        positions[i, 0] = x + (dx if i & 1 else 0.0)
        positions[i, 1] = y + (dy if i & 2 else 0.0)
        positions[i, 2] = z + (dz if i & 4 else 0.0)
    quads = ((0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5))
    for q in range(6):
        a, b, c, d = quads[q]
        triangles[2 * q, 0], triangles[2 * q, 1], triangles[2 * q, 2] = a, b, c
        triangles[2 * q + 1, 0], triangles[2 * q + 1, 1], triangles[2 * q + 1, 2] = a, c, d
    good = dx > 0.0 and dy > 0.0 and dz > 0.0
    if not good:
        return positions[:0], triangles[:0], DEGENERATE
    return positions, triangles, OK


@kernel
def _faceted_brep(tokens, row, settings):
    """IfcFacetedBrep and IfcFacetedBrepWithVoids: (positions, triangles, status)."""
    positions, triangles, status = _shells(tokens, argument(tokens, row, 0), 1.0, WELD / settings.length)
    if tokens.code[row] == FACETED_BREP_WITH_VOIDS:
        p, f, s = _shells(tokens, argument(tokens, row, 1), -1.0, WELD / settings.length)
        positions, triangles = _joined(positions, triangles, p, f)
        if status == OK:
            status = s
    return positions, triangles, status


@kernel
def _surface_model(tokens, row, settings):
    """IfcFaceBasedSurfaceModel and IfcShellBasedSurfaceModel: (positions, triangles, status)."""
    return _shells(tokens, argument(tokens, row, 0), 1.0, WELD / settings.length)


@kernel(linked=True)
def _faces(tokens, row, settings):
    """Any item of `FACE_CODES`: (positions, triangles, status)."""
    kind = tokens.code[row]
    if kind in (FACETED_BREP, FACETED_BREP_WITH_VOIDS):
        return _faceted_brep(tokens, row, settings)
    if kind in (TRIANGULATED, IRREGULAR):
        return _triangulated_face_set(tokens, row, settings)
    if kind == POLYGONAL:
        return _polygonal_face_set(tokens, row, settings)
    if kind == BOUNDING_BOX:
        return _bounding_box(tokens, row, settings)
    if kind in (FACE_BASED, SHELL_BASED):
        return _surface_model(tokens, row, settings)
    if kind in (CLOSED_SHELL, OPEN_SHELL, CONNECTED):
        return _shell(tokens, row, 1.0, WELD / settings.length)
    return np.empty((0, 3)), np.empty((0, 3), np.int32), UNSUPPORTED
