"""Pictures of triangles without a GPU: a z-buffer in compiled Python.

Every triangle is projected, its corners are snapped to 1/256 of a pixel, and the pixels whose centres it covers are
found with integer edge functions and the top-left rule.  Integers make the answer exact: two triangles that share an
edge leave no gap and cover no pixel twice, however thin they are.  What is kept per pixel is a single 64-bit number,
the depth in the upper half and the number of the face in the lower, so "nearer" is "greater", the z-buffers of two
threads are merged by one maximum, and the picture does not depend on the number of threads.

Depth is near / distance, which is linear on the screen, as a float32 rounded to 19 bits.  The rounding is on purpose:
buildings are full of faces that coincide up to the last digits of a file, and without it they show through each other
as speckles.  Within 1e-6 of the distance two faces are equally near, and the one that comes first in the scene wins.

Light and lines are found afterwards, per pixel, from the face that won (`mesh.shade`); so a picture of ten
million triangles costs their projection, not their shading.  Transparent faces are peeled off layer by layer from the
front with the same loop.  A section plane clips triangles; where the eye looks into the cut of a closed mesh, the faces
behind the plane are counted (+1 seen from inside, -1 from outside), and where they do not cancel the plane is filled.

Instances are never flattened: each is transformed, drawn and forgotten, piece by piece.

References
----------
.. [1] J. Pineda, "A Parallel Algorithm for Polygon Rasterization", SIGGRAPH 1988.
.. [2] C. Everitt, "Interactive Order-Independent Transparency", NVIDIA, 2001 (depth peeling).
.. [3] I. E. Sutherland, G. W. Hodgman, "Reentrant Polygon Clipping", CACM 17 (1), 1974.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np

from avila_sci.core.check import array, indices, one_of
from avila_sci.core.errors import DomainError, DTypeError, ShapeError
from avila_sci.core.files import replace
from avila_sci.core.jit import kernel
from avila_sci.core.threads import each, get_threads
from avila_sci.core.tolerance import WELD
from avila_sci.mesh import png
from avila_sci.mesh.camera import fit, view_matrix
from avila_sci.mesh.measure import _is_closed
from avila_sci.mesh.scene import Scene, scene_of
from avila_sci.mesh.shade import (
    ACCENT,
    BORDER,
    CREASE,
    ENCODE,
    SILHOUETTE,
    Light,
    Surface,
    _blur,
    _compose,
    _lines,
    _mark,
    _occlusion,
    _smooth,
    _surface,
    _vote,
    to_linear,
)

SUBPIXELS = 256  # positions on the screen are multiples of 1/256 pixel
GUARD = 16384.0  # pixels; what reaches farther from the middle of the screen is clipped, so that int64 never overflows

NEAREST, PEEL, COUNT = 0, 1, 2  # what `_fill` does with a covered pixel
OPAQUE, TRANSPARENT, ANY = 0, 1, 2  # which faces `_draw` takes
FULL = 0.999  # opacity from which a face is drawn as opaque

_PIECE = 32768  # triangles a thread takes at a time
_FACE_BITS = 0xFFFFFFFF


class Frame(NamedTuple):
    """A scene as one picture needs it: its arrays, and every instance seen from the camera.

    Camera coordinates here are x to the right, y up and z *forward*, the distance along the line of sight.

    Attributes
    ----------
    positions, triangles, vertex_start, triangle_start, triangle_colour, instance_mesh, instance_element
        As in `Scene`.
    flat_start : (n_instances + 1,) int64
        Number of the first face of every instance; a face is a triangle of an instance, all counted through.
        Number ``flat_start[-1] + i * n_sections + k`` is the cap of instance i in section plane k.
    views : (n_instances, 3, 4) float64
        Mesh coordinates to camera coordinates.
    rows : (n_instances,) int32
        Row of `colours` for triangles without a colour of their own.
    uniform : (n_instances,) bool
        The row holds for all triangles of the instance.
    colours : (n_rows, 4) float32
        Linear red, green and blue, and opacity.
    corners : (n_triangles, 3, 3) float32
        Normals at the corners, mesh coordinates; of length 0 for flat shading.
    planes : (6 + n_sections, 4) float64
        (a, b, c, d) with a x + b y + c z + d >= 0 where something may be drawn: near, far, four of the guard band,
        then the sections.
    lens : (10,) float64
        Pixels per unit at distance 1, middle of the screen (x, y), 1 for perspective or 0, near, far, depth scale and
        slope (stored depth = (scale + slope z) / w), width, height.
    """

    positions: np.ndarray
    triangles: np.ndarray
    vertex_start: np.ndarray
    triangle_start: np.ndarray
    triangle_colour: np.ndarray
    instance_mesh: np.ndarray
    instance_element: np.ndarray
    flat_start: np.ndarray
    views: np.ndarray
    rows: np.ndarray
    uniform: np.ndarray
    colours: np.ndarray
    corners: np.ndarray
    planes: np.ndarray
    lens: np.ndarray


class Target(NamedTuple):
    """Where faces are drawn to.

    Attributes
    ----------
    keys : (height, width) uint64
        Bits of the float32 depth (nearer is greater) above 2^32 - 1 - face; 0 where nothing was drawn.
    below, above : (height, width) uint64
        For PEEL: only keys between the two count.
    counts : (height, width) int32
        For COUNT: faces seen from inside minus faces seen from outside.
    """

    keys: np.ndarray
    below: np.ndarray
    above: np.ndarray
    counts: np.ndarray


@kernel
def _key(depth, face):
    # Rounded to 19 bits, so that surfaces meant to coincide do, instead of showing through each other as speckles.
    bits = (np.uint64(np.float32(depth).view(np.uint32)) + np.uint64(16)) & np.uint64(0xFFFFFFE0)
    return (bits << np.uint64(32)) | np.uint64(_FACE_BITS - face)


@kernel
def _run(target, mode, face, side, y, lo, hi, depth, slope, least, greatest):
    """Give the pixels lo … hi - 1 of row y to a face whose depth is `depth` at lo and grows by `slope` a pixel."""
    if mode == NEAREST:
        row = target.keys[y]
        for x in range(lo, hi):
            key = _key(min(max(depth + (x - lo) * slope, least), greatest), face)
            if key > row[x]:
                row[x] = key
    elif mode == PEEL:
        for x in range(lo, hi):
            key = _key(min(max(depth + (x - lo) * slope, least), greatest), face)
            if key > target.keys[y, x] and key > target.below[y, x] and key < target.above[y, x]:
                target.keys[y, x] = key
    else:
        for x in range(lo, hi):
            target.counts[y, x] += side


@kernel
def _fill(target, mode, face, mirrored, u0, v0, q0, u1, v1, q1, u2, v2, q2):
    """Draw one triangle: corners in pixels (y down) and their stored depths."""
    x0, y0 = np.int64(math.floor(u0 * 256.0 + 0.5)), np.int64(math.floor(v0 * 256.0 + 0.5))
    x1, y1 = np.int64(math.floor(u1 * 256.0 + 0.5)), np.int64(math.floor(v1 * 256.0 + 0.5))
    x2, y2 = np.int64(math.floor(u2 * 256.0 + 0.5)), np.int64(math.floor(v2 * 256.0 + 0.5))
    height, width = target.keys.shape
    left = max((min(x0, x1, x2) + 127) >> 8, 0)  # first pixel with its centre, 256 c + 128, at or right of the corner
    right = min((max(x0, x1, x2) - 128) >> 8, width - 1)
    top = max((min(y0, y1, y2) + 127) >> 8, 0)
    bottom = min((max(y0, y1, y2) - 128) >> 8, height - 1)
    if left > right or top > bottom:
        return
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    if area == 0:
        return
    side = 1  # rows run downwards, so a triangle that turns counter-clockwise to the eye has a negative area
    if area < 0:
        x1, y1, x2, y2 = x2, y2, x1, y1
        area = -area
        side = -1
    if mirrored:
        side = -side
    # Edge functions: >= 0 inside.  Only top and left edges own the centres that lie exactly on them.
    ax, ay = y1 - y2, x2 - x1
    bx, by = y2 - y0, x0 - x2
    cx, cy = y0 - y1, x1 - x0
    px, py = left * SUBPIXELS + 128, top * SUBPIXELS + 128
    a = ax * (px - x1) + ay * (py - y1) - (0 if ax > 0 or (ax == 0 and ay > 0) else 1)
    b = bx * (px - x2) + by * (py - y2) - (0 if bx > 0 or (bx == 0 and by > 0) else 1)
    c = cx * (px - x0) + cy * (py - y0) - (0 if cx > 0 or (cx == 0 and cy > 0) else 1)
    ax, bx, cx = ax * SUBPIXELS, bx * SUBPIXELS, cx * SUBPIXELS
    # The depth comes from the corners as they were before snapping: faces in one plane then agree on it.
    du1, dv1, dq1 = u1 - u0, v1 - v0, q1 - q0
    du2, dv2, dq2 = u2 - u0, v2 - v0, q2 - q0
    double = du1 * dv2 - du2 * dv1
    scale = 1.0 / double if double != 0.0 else 0.0
    slope = (dq1 * dv2 - dq2 * dv1) * scale
    drop = (dq2 * du1 - dq1 * du2) * scale
    least, greatest = min(q0, q1, q2), max(q0, q1, q2)
    depth = q0 + slope * (left + 0.5 - u0) + drop * (top + 0.5 - v0)
    for y in range(top, bottom + 1):
        lo, hi = left, right
        if right - left < 8:
            e, f, g = a, b, c
            while lo <= right and (e | f | g) < 0:
                e, f, g = e + ax, f + bx, g + cx
                lo += 1
            hi = lo
            while hi <= right and (e | f | g) >= 0:
                e, f, g = e + ax, f + bx, g + cx
                hi += 1
        else:
            for edge, step in ((a, ax), (b, bx), (c, cx)):
                if step > 0:
                    if edge < 0:
                        lo = max(lo, left + (step - 1 - edge) // step)
                elif edge < 0:
                    hi = lo - 1
                elif step < 0:
                    hi = min(hi, left + edge // -step)
            hi += 1
        if lo < hi:
            _run(target, mode, face, side, y, lo, hi, depth + slope * (lo - left), slope, least, greatest)
        a, b, c = a + ay * SUBPIXELS, b + by * SUBPIXELS, c + cy * SUBPIXELS
        depth += drop


@kernel
def _project(frame, view, first, last, xs, ys, qs):
    """Screen positions and depths of the vertices first … last - 1; xs is infinite where clipping is needed."""
    lens, planes, positions = frame.lens, frame.planes, frame.positions
    focal, mx, my, near, far = lens[0], lens[1], lens[2], lens[4], lens[5]
    perspective = lens[3] == 1.0
    scale, slope = lens[6], lens[7]
    m00, m01, m02, m03 = view[0, 0], view[0, 1], view[0, 2], view[0, 3]
    m10, m11, m12, m13 = view[1, 0], view[1, 1], view[1, 2], view[1, 3]
    m20, m21, m22, m23 = view[2, 0], view[2, 1], view[2, 2], view[2, 3]
    for i in range(first, last):
        p0, p1, p2 = positions[i, 0], positions[i, 1], positions[i, 2]
        x = m00 * p0 + m01 * p1 + m02 * p2 + m03
        y = m10 * p0 + m11 * p1 + m12 * p2 + m13
        z = m20 * p0 + m21 * p1 + m22 * p2 + m23
        ok = z >= near and z <= far  # False for NaN too
        for k in range(6, planes.shape[0]):
            ok = ok and planes[k, 0] * x + planes[k, 1] * y + planes[k, 2] * z + planes[k, 3] >= 0.0
        j = i - first
        if ok:
            w = 1.0 / z if perspective else 1.0
            sx, sy = focal * x * w, focal * y * w
            if abs(sx) < GUARD and abs(sy) < GUARD:
                xs[j], ys[j], qs[j] = mx + sx, my - sy, (scale + slope * z) * w
                continue
        xs[j] = np.inf


@kernel
def _clipped(frame, view, target, mode, face, mirrored, t, polygon, other):
    """Clip triangle t by every plane and draw what is left, as a fan."""
    planes, lens = frame.planes, frame.lens
    n = 3
    for k in range(3):
        v = frame.triangles[t, k]
        for r in range(3):
            polygon[k, r] = view[r, 3]
            for s in range(3):
                polygon[k, r] += view[r, s] * frame.positions[v, s]
            if not math.isfinite(polygon[k, r]):
                return
    for k in range(planes.shape[0]):
        plane = planes[k]
        m = 0
        for i in range(n):
            j = i + 1 if i + 1 < n else 0
            here = plane[0] * polygon[i, 0] + plane[1] * polygon[i, 1] + plane[2] * polygon[i, 2] + plane[3]
            there = plane[0] * polygon[j, 0] + plane[1] * polygon[j, 1] + plane[2] * polygon[j, 2] + plane[3]
            if here >= 0.0:
                for r in range(3):
                    other[m, r] = polygon[i, r]
                m += 1
            if (here >= 0.0) != (there >= 0.0):
                # Always from the kept end to the lost one: both triangles of an edge must find the same point.
                if here >= 0.0:
                    share = here / (here - there)
                    for r in range(3):
                        other[m, r] = polygon[i, r] + share * (polygon[j, r] - polygon[i, r])
                else:
                    share = there / (there - here)
                    for r in range(3):
                        other[m, r] = polygon[j, r] + share * (polygon[i, r] - polygon[j, r])
                m += 1
        n = m
        if n < 3:
            return
        for i in range(n):
            for r in range(3):
                polygon[i, r] = other[i, r]
    for i in range(n):
        z = polygon[i, 2]
        w = 1.0 / z if lens[3] == 1.0 else 1.0
        polygon[i, 0], polygon[i, 1] = lens[1] + lens[0] * polygon[i, 0] * w, lens[2] - lens[0] * polygon[i, 1] * w
        polygon[i, 2] = (lens[6] + lens[7] * z) * w
    for i in range(1, n - 1):
        a, b, c = polygon[0], polygon[i], polygon[i + 1]
        _fill(target, mode, face, mirrored, a[0], a[1], a[2], b[0], b[1], b[2], c[0], c[1], c[2])


@kernel
def _draw(frame, order, first, last, t_first, t_last, target, mode, which):
    """Draw the instances order[first] … order[last - 1]; of a single one only the triangles t_first … t_last - 1."""
    capacity = 0
    for o in range(first, last):
        mesh = frame.instance_mesh[order[o]]
        capacity = max(capacity, frame.vertex_start[mesh + 1] - frame.vertex_start[mesh])
    xs, ys, qs = np.empty(capacity), np.empty(capacity), np.empty(capacity)
    polygon = np.empty((3 + frame.planes.shape[0], 3))
    other = np.empty((3 + frame.planes.shape[0], 3))
    triangles = frame.triangles
    for o in range(first, last):
        i = order[o]
        mesh = frame.instance_mesh[i]
        row = frame.rows[i]
        uniform = frame.uniform[i]
        if uniform and which != ANY and (frame.colours[row, 3] < FULL) != (which == TRANSPARENT):
            continue
        begin, end = frame.triangle_start[mesh], frame.triangle_start[mesh + 1]
        base = frame.flat_start[i] - begin
        low, high = frame.vertex_start[mesh], frame.vertex_start[mesh + 1]
        if last - first == 1 and (t_first > 0 or t_last < end - begin):
            begin, end = begin + t_first, begin + t_last
            low, high = high, low
            for t in range(begin, end):
                for k in range(3):
                    v = np.int64(triangles[t, k])
                    low, high = min(low, v), max(high, v + 1)
        view = frame.views[i]
        mirrored = (
            view[0, 0] * (view[1, 1] * view[2, 2] - view[1, 2] * view[2, 1])
            - view[0, 1] * (view[1, 0] * view[2, 2] - view[1, 2] * view[2, 0])
            + view[0, 2] * (view[1, 0] * view[2, 1] - view[1, 1] * view[2, 0])
        ) > 0.0  # camera coordinates with z forward are left-handed
        _project(frame, view, low, high, xs, ys, qs)
        for t in range(begin, end):
            if not uniform and which != ANY:
                own = frame.triangle_colour[t]
                opacity = frame.colours[own if own > 0 else row, 3]
                if (opacity < FULL) != (which == TRANSPARENT):
                    continue
            a, b, c = triangles[t, 0] - low, triangles[t, 1] - low, triangles[t, 2] - low
            if xs[a] == np.inf or xs[b] == np.inf or xs[c] == np.inf:
                _clipped(frame, view, target, mode, base + t, mirrored, t, polygon, other)
            else:
                face = base + t
                _fill(target, mode, face, mirrored, xs[a], ys[a], qs[a], xs[b], ys[b], qs[b], xs[c], ys[c], qs[c])


@kernel
def _cap(frame, instance, k, target, left, top, right, bottom):
    """Fill where the faces behind the section plane k do not cancel (negative: the mesh is inside out)."""
    planes, lens = frame.planes, frame.lens
    sections = planes.shape[0] - 6
    face = frame.flat_start[frame.flat_start.size - 1] + instance * sections + k
    a, b, c, d = planes[6 + k, 0], planes[6 + k, 1], planes[6 + k, 2], planes[6 + k, 3]
    for row in range(top, bottom):
        for column in range(left, right):
            if target.counts[row, column] == 0:
                continue
            target.counts[row, column] = 0
            x = (column + 0.5 - lens[1]) / lens[0]
            y = (lens[2] - row - 0.5) / lens[0]
            if lens[3] == 1.0:
                z = -d / (a * x + b * y + c)
                x, y = x * z, y * z
                w = 1.0 / z
            else:
                z = -(a * x + b * y + d) / c
                w = 1.0
            inside = z >= lens[4] and z <= lens[5]
            for other in range(6, planes.shape[0]):
                if other != 6 + k:
                    p = planes[other]
                    inside = inside and p[0] * x + p[1] * y + p[2] * z + p[3] >= 0.0
            if inside:
                key = _key((lens[6] + lens[7] * z) * w, face)
                if key > target.keys[row, column]:
                    target.keys[row, column] = key


@kernel
def _survey(positions, triangles, vertex_start, triangle_start, boxes):
    """Bounding box of every mesh, (n_meshes, 6); returns the first triangle that leaves its mesh's vertices, or -1."""
    for mesh in range(boxes.shape[0]):
        low, high = vertex_start[mesh], vertex_start[mesh + 1]
        boxes[mesh, :3] = np.inf
        boxes[mesh, 3:] = -np.inf
        for i in range(low, high):
            for k in range(3):
                p = positions[i, k]
                if abs(p) < np.inf:
                    boxes[mesh, k] = min(boxes[mesh, k], p)
                    boxes[mesh, 3 + k] = max(boxes[mesh, 3 + k], p)
        for t in range(triangle_start[mesh], triangle_start[mesh + 1]):
            for k in range(3):
                if triangles[t, k] < low or triangles[t, k] >= high:
                    return t
    return -1


@kernel
def _classify(boxes, instance_mesh, views, planes, out):
    """Per instance and plane: 1 wholly kept, -1 wholly lost (or empty), 0 cut; out (n_instances, n_planes) int8."""
    for i in range(instance_mesh.size):
        box = boxes[instance_mesh[i]]
        view = views[i]
        for k in range(planes.shape[0]):
            if not box[0] <= box[3]:
                out[i, k] = -1
                continue
            # The plane in mesh coordinates: its value at the middle of the box, give or take that of the half box.
            value, reach = planes[k, 3], 0.0
            for r in range(3):
                value += planes[k, r] * view[r, 3]
            for c in range(3):
                slope = planes[k, 0] * view[0, c] + planes[k, 1] * view[1, c] + planes[k, 2] * view[2, c]
                value += slope * 0.5 * (box[c] + box[3 + c])
                reach += abs(slope) * 0.5 * (box[3 + c] - box[c])
            # A box that may touch the plane counts as cut: to clip it for nothing is cheap, to lose it is not.
            reach += 1e-9 * (abs(value) + reach)
            out[i, k] = 1 if value - reach >= 0.0 else -1 if value + reach < 0.0 else 0


@kernel
def _box_corners(boxes, instance_mesh, matrices, shown, out):
    """Corners of the boxes of the instances shown, (n, 3); returns their number."""
    n = 0
    for i in range(shown.size):
        box = boxes[instance_mesh[i]]
        if not (shown[i] and box[0] <= box[3]):
            continue
        matrix = matrices[i]
        for corner in range(8):
            x = box[3 * (corner & 1)]
            y = box[1 + 3 * ((corner >> 1) & 1)]
            z = box[2 + 3 * (corner >> 2)]
            for r in range(3):
                out[n, r] = matrix[r, 0] * x + matrix[r, 1] * y + matrix[r, 2] * z + matrix[r, 3]
            n += 1
    return n


def pieces(frame, order):
    """Cut the instances `order` into pieces of about equal numbers of triangles: (first, last, t_first, t_last)."""
    counts = np.diff(frame.triangle_start)[frame.instance_mesh[order]]
    ends = np.concatenate([[0], np.cumsum(counts)])
    result = []
    first = 0
    while first < order.size:
        n = int(counts[first])
        if n > _PIECE:
            result += [(first, first + 1, t, min(t + _PIECE, n)) for t in range(0, n, _PIECE)]
            first += 1
        else:
            last = int(np.searchsorted(ends, ends[first] + _PIECE, "right")) - 1
            result.append((first, last, 0, n))
            first = last
    return result


def _spread(frame, order, targets, mode, which):
    """Draw instances into the targets, one thread a target, and merge their keys into the first."""
    work = pieces(frame, order)
    counter = itertools.count()  # next() is atomic: threads take pieces as they become free

    def run(target):
        while (k := next(counter)) < len(work):
            _draw(frame, order, *work[k], target, mode, which)

    used = targets[: max(1, len(work))]
    each(run, used)
    for target in used[1:]:
        np.maximum(used[0].keys, target.keys, out=used[0].keys)
        target.keys[:] = 0


class Picture:
    """A rendered picture and what it shows at every pixel.

    Attributes
    ----------
    rgba : (height, width, 4) uint8
        sRGB and opacity, not multiplied.
    elements : (height, width) int32
        Element (`Scene.instance_element`) that most of the pixel shows, -1 for the background.  An opaque element goes
        before a transparent one in front of it, unless the picture was asked to pick transparent ones.
    depth : (height, width) float32
        Distance to that element along the line of sight, in scene units; infinite for the background.
    camera : Camera
        The camera used.
    """

    def __init__(self, rgba, elements, depth, camera):
        self.rgba = rgba
        self.elements = elements
        self.depth = depth
        self.camera = camera

    @property
    def width(self):
        """Pixels across."""
        return self.rgba.shape[1]

    @property
    def height(self):
        """Pixels down."""
        return self.rgba.shape[0]

    def pick(self, x, y):
        """Element at a point of the picture.

        Parameters
        ----------
        x, y : float, pixels
            From the left and from the top.

        Returns
        -------
        int
            -1 for the background and outside the picture.
        """
        column, row = math.floor(x), math.floor(y)
        if 0 <= row < self.height and 0 <= column < self.width:
            return int(self.elements[row, column])
        return -1

    def to_png(self):
        """The picture as the bytes of a PNG file; without opacity where all is opaque."""
        opaque = bool((self.rgba[..., 3] == 255).all())
        return png.encode(self.rgba[..., :3] if opaque else self.rgba)

    def save(self, path):
        """Write the picture as a PNG file.

        Parameters
        ----------
        path : str or path

        Returns
        -------
        pathlib.Path
        """
        return replace(path, [self.to_png()])

    def _repr_png_(self):
        return self.to_png()

    def __repr__(self):
        shown = np.unique(self.elements)
        return f"<Picture {self.width} x {self.height}, {np.count_nonzero(shown >= 0)} elements in sight>"


_BACKDROPS = {
    "light": ((0.85, 0.89, 0.93, 1.0), (0.985, 0.985, 0.98, 1.0)),
    "white": ((1.0, 1.0, 1.0, 1.0),) * 2,
    "dark": ((0.09, 0.10, 0.12, 1.0), (0.19, 0.20, 0.23, 1.0)),
    "transparent": ((0.0, 0.0, 0.0, 0.0),) * 2,
}
_ACCENT_COLOUR = (0.98, 0.50, 0.08, 1.0)
_CREASE_ANGLE = 35.0  # degrees; curved surfaces come in steps of up to 0.5 rad = 28.6 degrees


def colour(name, value):
    """A colour as four floats: "#rrggbb", "#rrggbbaa", or 3 or 4 numbers in [0, 1]."""
    if isinstance(value, str):
        digits = value.removeprefix("#")
        try:
            if len(digits) not in (6, 8):
                raise ValueError
            return tuple(int(digits[i : i + 2], 16) / 255.0 for i in range(0, len(digits), 2)) + (1.0,) * (
                len(digits) == 6
            )
        except ValueError:
            raise DomainError(f"{name} must be a colour like '#3b82f6', got {value!r}") from None
    numbers = tuple(float(v) for v in value)
    if len(numbers) not in (3, 4) or not all(0.0 <= v <= 1.0 for v in numbers):
        raise DomainError(f"{name} must be 3 or 4 numbers in [0, 1], got {value!r} (divide bytes by 255)")
    return numbers + (1.0,) * (len(numbers) == 3)


def _mask(name, value, n):
    """Elements as a mask of length n or more, from a mask or a list of numbers."""
    if value is None:
        return None
    value = np.asarray(value if hasattr(value, "__len__") else list(value))
    if value.dtype == bool:
        if value.ndim != 1 or value.size < n:
            raise ShapeError(f"{name} must be a mask of at least {n} elements, got the shape {value.shape}")
        return np.ascontiguousarray(value)
    if value.size == 0:
        return np.zeros(n, bool)
    if value.ndim != 1 or value.dtype.kind not in "iu":
        raise DTypeError(f"{name} must be a mask or a list of element numbers, got {value.dtype.name} {value.shape}")
    if value.min() < 0:
        raise DomainError(f"{name} must hold element numbers of 0 or more, got {value.min()}")
    mask = np.zeros(n, bool)
    mask[value[value < n]] = True
    return mask


def _chosen(mask, elements):
    """Whether the mask holds for each element; False for -1."""
    out = np.zeros(elements.size, bool)
    if mask is not None:
        known = elements >= 0
        out[known] = mask[elements[known]]
    return out


def _overrides(colours, n):
    """Colours of elements as (n, 4) float64, NaN where the scene's own stay."""
    table = np.full((n, 4), np.nan)
    if colours is None:
        return table
    if isinstance(colours, dict):
        for element, value in colours.items():
            if 0 <= int(element) < n:
                table[int(element)] = colour(f"colours[{element}]", value)
        return table
    given = np.asarray(colours, np.float64)
    if given.ndim != 2 or given.shape[1] not in (3, 4) or given.shape[0] < n:
        raise ShapeError(f"colours must have the shape (at least {n}, 3 or 4), one row an element, got {given.shape}")
    if (given < 0.0).any() or (given > 1.0).any():
        raise DomainError("colours must lie in [0, 1] (divide bytes by 255); NaN keeps the element's own")
    table[:, : given.shape[1]] = given[:n]
    if given.shape[1] == 3:
        table[:, 3] = np.where(np.isnan(table[:, 0]), np.nan, 1.0)
    return table


def _sections(section):
    """Section planes as a list of (point, unit normal)."""
    if section is None:
        return []
    section = list(section)
    if len(section) == 2 and all(np.ndim(part) == 1 for part in section):
        section = [section]
    result = []
    for plane in section:
        if len(plane) != 2:
            raise ShapeError("section must be (point, normal) or a list of such pairs")
        point = array("the section's point", plane[0], (3,), finite=True)
        normal = array("the section's normal", plane[1], (3,), finite=True)
        length = np.linalg.norm(normal)
        if not length > 0.0:
            raise DomainError("the section's normal must not be the zero vector")
        result.append((point, normal / length))
    return result


def _arrays(scene):
    """The scene with exactly the types the kernels are compiled for."""
    wanted = {
        "origin": np.float64,
        "positions": np.float64,
        "triangles": np.int32,
        "vertex_start": np.int64,
        "triangle_start": np.int64,
        "triangle_colour": np.int32,
        "palette": np.float32,
        "instance_mesh": np.int32,
        "instance_matrix": np.float64,
        "instance_element": np.int32,
        "instance_colour": np.int32,
    }
    scene = Scene(**{name: np.require(getattr(scene, name), kind, ["C", "W"]) for name, kind in wanted.items()})
    meshes, instances = scene.vertex_start.size - 1, scene.instance_mesh.size
    for name, shape in (
        ("positions", (scene.positions.shape[0], 3)),
        ("triangles", (scene.triangles.shape[0], 3)),
        ("triangle_start", (meshes + 1,)),
        ("triangle_colour", (scene.triangles.shape[0],)),
        ("palette", (scene.palette.shape[0], 4)),
        ("instance_matrix", (instances, 4, 4)),
        ("instance_element", (instances,)),
        ("instance_colour", (instances,)),
    ):
        if getattr(scene, name).shape != shape:
            raise ShapeError(f"the scene's {name} must have the shape {shape}, got {getattr(scene, name).shape}")
    for name, total in (("vertex_start", scene.positions.shape[0]), ("triangle_start", scene.triangles.shape[0])):
        starts = getattr(scene, name)
        if starts[0] != 0 or starts[-1] != total or (np.diff(starts) < 0).any():
            raise DomainError(f"the scene's {name} must rise from 0 to {total}, got {starts[0]} … {starts[-1]}")
    if instances and not (scene.instance_mesh.min() >= 0 and scene.instance_mesh.max() < meshes):
        raise DomainError(f"the scene's instance_mesh must lie in [0, {meshes})")
    return scene


def scene_bounds(scene, hidden=None):
    """Bounding box of a scene, in scene coordinates (without its origin).

    Parameters
    ----------
    scene : Scene
    hidden : mask or list of element numbers, optional
        Elements left out.

    Returns
    -------
    (6,) float64
        xmin, ymin, zmin, xmax, ymax, zmax of the instances' transformed boxes: exact where instances are placed by
        shifts and quarter turns, else a little generous.  The unit cube where there is nothing.
    """
    scene = _arrays(scene)
    n = int(scene.instance_element.max(initial=-1)) + 1
    mask = _mask("hidden", hidden, n)
    points = _outline(scene, _boxes(scene), ~_chosen(mask, scene.instance_element))
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _boxes(scene):
    boxes = np.empty((scene.vertex_start.size - 1, 6))
    wrong = _survey(scene.positions, scene.triangles, scene.vertex_start, scene.triangle_start, boxes)
    if wrong >= 0:
        raise DomainError(
            f"triangle {wrong} names the vertices {scene.triangles[wrong].tolist()}, which are not all of its mesh "
            "(triangles index the positions of the whole scene)"
        )
    return boxes


def _outline(scene, boxes, shown):
    """Corners of the instances' boxes, (8 n, 3); those of the unit cube where there is nothing."""
    points = np.empty((8 * shown.size, 3))
    n = _box_corners(boxes, scene.instance_mesh, scene.instance_matrix, shown, points)
    return points[:n] if n else np.array([[i, j, k] for i in (0.0, 1.0) for j in (0.0, 1.0) for k in (0.0, 1.0)])


def _bands(height):
    """Rows cut into pieces for the threads."""
    step = max(1, -(-height // (4 * get_threads())))
    return [(y, min(y + step, height)) for y in range(0, height, step)]


def render(
    scene,
    camera=None,
    width=848,
    height=420,
    samples=2,
    shading="smooth",
    ambient_occlusion=True,
    edges=True,
    section=None,
    hidden=None,
    highlight=None,
    colours=None,
    background="light",
    cap=None,
    pick_transparent=False,
    layers=8,
):
    """Draw a scene into a picture, without a GPU, a window or a browser.

    Parameters
    ----------
    scene : Scene
        Or what has one: a geometry, a model.
    camera : Camera or str, optional
        A camera in scene coordinates, or the name of a standard view (`camera.fit`); by default the whole of what is
        shown, from the front right above.
    width, height : int, pixels
    samples : int
        Samples a pixel in each direction: 1 is fast, 2 smooth, 3 smoother.
    shading : "smooth" or "flat"
        Smooth: normals are averaged over faces that meet at less than 35 degrees.
    ambient_occlusion : bool or float
        Darken corners; a number is the reach in scene units (by default 7 % of the radius of what is shown).
    edges : bool
        Draw lines at outlines, creases and between elements.
    section : (point, normal) or list of those, optional
        Cut away the side the normal points to, scene coordinates.  Closed meshes are filled where they are cut; open
        ones show their inside.
    hidden, highlight : mask or list of element numbers, optional
    colours : dict of element number to colour, or (n_elements, 3 or 4) array in [0, 1], optional
        Colours in place of the scene's own; NaN keeps.  A fourth number is the opacity: a ghost has 0.15.
    background : str or colour
        "light", "dark", "white", "transparent", "#rrggbb" or 3 or 4 numbers in [0, 1].
    cap : colour, optional
        Colour of cuts; by default the element's own, darker.
    pick_transparent : bool
        `Picture.elements` names a transparent element even where an opaque one shows through it.
    layers : int
        Transparent surfaces seen one behind the other; what lies deeper is left out.

    Returns
    -------
    Picture

    Raises
    ------
    DomainError, ShapeError, DTypeError
        See the parameters; also indices that leave their mesh, and pictures above 16384 samples across.

    Notes
    -----
    Positions are exact to 1/256 sample.  Where two faces have the same depth the one earlier in the scene is seen, so
    faces that coincide are drawn by the order of instances; all else is independent of it, and the picture is the same
    for any number of threads.  Vertices that are not finite take their triangles with them.

    Examples
    --------
    >>> picture = render_mesh([[0, 0, 0], [1, 0, 0], [0, 0, 1]], [[0, 1, 2]], camera="front", width=40, height=30)
    >>> picture.pick(18, 16), picture.pick(0, 0)
    (0, -1)
    """
    scene = _arrays(scene_of("render", scene)[1])
    width, height, samples = int(width), int(height), int(samples)
    if not (width > 0 and height > 0 and samples > 0 and max(width, height) * samples <= GUARD):
        raise DomainError(
            f"width and height times samples must lie in [1, {GUARD:.0f}], got {width} x {height} at {samples}"
        )
    one_of("shading", shading, ("smooth", "flat"))
    n_elements = int(scene.instance_element.max(initial=-1)) + 1
    hidden = _mask("hidden", hidden, n_elements)
    highlight = _mask("highlight", highlight, n_elements)
    boxes = _boxes(scene)
    shown = ~_chosen(hidden, scene.instance_element)
    points = _outline(scene, boxes, shown)
    if camera is None or isinstance(camera, str):
        camera = fit(points, camera or "default", aspect=width / height)
    frame, caps = _frame(
        scene, camera, width * samples, height * samples, _sections(section), highlight, colours, cap, n_elements
    )

    # What lies wholly outside the picture or is cut away is left out instance by instance.
    screen = frame.planes.copy()
    perspective = frame.lens[3] == 1.0
    for k, extent in zip(range(2, 6), (frame.lens[1], frame.lens[1], frame.lens[2], frame.lens[2])):
        screen[k, 2 if perspective else 3] = extent
    where = np.empty((scene.instance_mesh.size, screen.shape[0]), np.int8)
    _classify(boxes, scene.instance_mesh, frame.views, screen, where)
    shown &= ~(where < 0).any(axis=1)
    order = np.flatnonzero(shown)

    tall, wide = height * samples, width * samples
    nothing, no_counts = np.zeros((1, 1), np.uint64), np.zeros((1, 1), np.int32)
    workers = max(1, min(get_threads(), 16, int(np.diff(scene.triangle_start)[scene.instance_mesh[order]].sum()) >> 10))
    targets = [Target(np.zeros((tall, wide), np.uint64), nothing, nothing, no_counts) for _ in range(workers)]
    _spread(frame, order, targets, NEAREST, OPAQUE)
    keys = targets[0].keys
    if caps:
        _fill_caps(frame, scene, order, where, targets)
    peeled = _peel(frame, order, keys, targets, int(layers))

    if shading == "smooth":
        frame = frame._replace(corners=_corners(scene, frame, keys, peeled))

    normal = np.empty((tall, wide, 3), np.float32)
    surface = Surface(
        normal,
        normal if shading == "flat" else np.empty((tall, wide, 3), np.float32),
        np.empty((tall, wide), np.float32),
        np.empty((tall, wide), np.int32),
        np.empty((tall, wide), np.int32),
    )
    each(lambda band: _surface(frame, keys, *band, surface), _bands(tall))

    occlusion = np.empty((0, 0), np.float32)
    if ambient_occlusion:
        radius = 0.07 * np.linalg.norm([np.ptp(points[:, k]) for k in range(3)]) / 2
        radius = float(radius if ambient_occlusion is True else ambient_occlusion) or 1.0
        occlusion, second = np.empty((2, height, width), np.float32)
        bands = _bands(height)
        each(lambda band: _occlusion(frame, surface, samples, radius, *band, second), bands)
        each(lambda band: _blur(surface, samples, radius, second, False, *band, occlusion), bands)
        each(lambda band: _blur(surface, samples, radius, occlusion, True, *band, second), bands)
        occlusion = second

    lines = np.empty((0, 0), np.uint8)
    accent = np.zeros(0, bool) if highlight is None else highlight
    if edges or accent.any():
        lines = np.empty((tall, wide), np.uint8)
        crease = math.cos(math.radians(_CREASE_ANGLE))
        each(lambda band: _lines(frame, surface, accent, crease, samples, *band, lines), _bands(tall))
        if not edges:
            lines[lines != ACCENT] = 0

    rgba = np.empty((height, width, 4), np.uint8)
    light = _light(camera)
    strokes = _strokes()
    backdrop = _backdrop(background)
    each(
        lambda band: _compose(
            frame, light, peeled, keys, surface, occlusion, lines, strokes, backdrop, samples, ENCODE, *band, rgba
        ),
        _bands(height),
    )
    elements, depth = _identify(frame, surface, peeled, samples, pick_transparent)
    return Picture(rgba, elements, depth, camera)


def _frame(scene, camera, width, height, sections, highlight, colours, cap, n_elements):
    """Everything the kernels need, and whether any section can show a cap."""
    n = scene.instance_mesh.size
    counts = np.diff(scene.triangle_start)[scene.instance_mesh]
    flat_start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    if flat_start[-1] + n * len(sections) >= _FACE_BITS:
        raise DomainError(f"a picture numbers at most {_FACE_BITS} faces, this scene has {flat_start[-1]}")

    camera_matrix = view_matrix(camera)
    forward = np.diag([1.0, 1.0, -1.0, 1.0]) @ camera_matrix
    views = np.ascontiguousarray((forward @ scene.instance_matrix)[:, :3])
    perspective = camera.projection == "perspective"
    near, far = float(camera.near), float(camera.far)
    if perspective:
        focal = 0.5 * height / math.tan(math.radians(camera.fov) / 2.0)
        scale, slope = near, 0.0
    else:
        focal = height / camera.height
        scale, slope = far / (far - near), -1.0 / (far - near)
    lens = np.array(
        [focal, 0.5 * width, 0.5 * height, float(perspective), near, far, scale, slope, float(width), float(height)]
    )
    planes = np.zeros((6 + len(sections), 4))
    planes[0, 2:] = 1.0, -near
    planes[1, 2:] = -1.0, far
    for k, (axis, sign) in enumerate(((0, 1.0), (0, -1.0), (1, 1.0), (1, -1.0))):
        planes[2 + k, axis] = sign * focal
        planes[2 + k, 2 if perspective else 3] = GUARD
    caps = False
    for k, (point, normal) in enumerate(sections):
        planes[6 + k, :3] = -forward[:3, :3] @ normal
        planes[6 + k, 3] = -planes[6 + k, :3] @ (forward @ [*point, 1.0])[:3]
        caps = caps or (planes[6 + k, 3] < 0.0 if perspective else planes[6 + k, 2] > 0.0)

    own = np.array(scene.palette, np.float64)
    own = own if own.size else np.array([[0.8, 0.8, 0.8, 1.0]])
    table = _overrides(colours, n_elements)
    rows = scene.instance_colour.copy()
    coloured = np.zeros(scene.triangle_start.size - 1, bool)
    some = np.flatnonzero(scene.triangle_colour)
    coloured[np.unique(np.searchsorted(scene.triangle_start, some, "right") - 1)] = True
    uniform = ~coloured[scene.instance_mesh]
    for name, values in (("instance_colour", rows), ("triangle_colour", scene.triangle_colour)):
        if values.size and not (values.min() >= 0 and values.max() < own.shape[0]):
            raise DomainError(f"{name} must lie in [0, {own.shape[0]}), the rows of the palette")
    element = scene.instance_element
    replaced = np.flatnonzero(~np.isnan(table[:, 0]))
    if replaced.size:
        place = np.full(n_elements, -1)
        place[replaced] = own.shape[0] + np.arange(replaced.size)
        changed = np.flatnonzero(element >= 0)
        changed = changed[place[element[changed]] >= 0]
        rows[changed] = place[element[changed]]
        uniform[changed] = True
        own = np.concatenate([own, table[replaced]])
    if highlight is not None:
        lit = np.flatnonzero(_chosen(highlight, element))
        before, tinted = np.unique(rows[lit], return_inverse=True)
        rows[lit] = own.shape[0] + tinted.reshape(-1)
        uniform[lit] = True
        own = np.concatenate([own, 0.3 * own[before] + 0.7 * np.array(_ACCENT_COLOUR)])
    linear = np.concatenate([to_linear(own[:, :3]), own[:, 3:]], axis=1)
    cut = linear * [0.45, 0.45, 0.45, 1.0]
    if cap is not None:
        cut[:] = [*to_linear(colour("cap", cap)[:3]), 1.0]
    frame = Frame(
        scene.positions,
        scene.triangles,
        scene.vertex_start,
        scene.triangle_start,
        scene.triangle_colour,
        scene.instance_mesh,
        scene.instance_element,
        flat_start,
        views,
        rows,
        uniform,
        np.concatenate([linear, cut]).astype(np.float32),
        np.zeros((0, 3, 3), np.float32),
        planes,
        lens,
    )
    return frame, caps


def _fill_caps(frame, scene, order, where, targets):
    """Fill the cuts of closed meshes; the keys of all targets end up in the first."""
    perspective = frame.lens[3] == 1.0
    height, width = targets[0].keys.shape
    closed = {}
    jobs = []
    for k in range(frame.planes.shape[0] - 6):
        plane = frame.planes[6 + k]
        if not (plane[3] < 0.0 if perspective else plane[2] > 0.0):
            continue  # the eye is on the kept side and sees no cut
        for i in order[where[order, 6 + k] == 0].tolist():
            mesh = int(frame.instance_mesh[i])
            if frame.colours[frame.rows[i], 3] < FULL:
                continue
            if mesh not in closed:
                low, high = frame.vertex_start[mesh : mesh + 2]
                begin, end = frame.triangle_start[mesh : mesh + 2]
                local = frame.triangles[begin:end] - np.int32(low)
                closed[mesh] = bool(_is_closed(frame.positions[low:high], local, WELD))
            if closed[mesh]:
                jobs.append((k, i, _screen_box(frame, scene, i, width, height)))
    counter = itertools.count()

    def run(target):
        target = target._replace(counts=np.zeros((height, width), np.int32))
        while (j := next(counter)) < len(jobs):
            k, i, box = jobs[j]
            alone = frame._replace(planes=np.ascontiguousarray(frame.planes[[0, 1, 2, 3, 4, 5, 6 + k]]))
            count = int(frame.flat_start[i + 1] - frame.flat_start[i])
            _draw(alone, np.array([i]), 0, 1, 0, count, target, COUNT, ANY)
            _cap(frame, i, k, target, *box)

    if jobs:
        each(run, targets)
        for target in targets[1:]:
            np.maximum(targets[0].keys, target.keys, out=targets[0].keys)
            target.keys[:] = 0


def _screen_box(frame, scene, i, width, height):
    """left, top, right, bottom of an instance on the screen, in samples."""
    low, high = frame.vertex_start[frame.instance_mesh[i] : frame.instance_mesh[i] + 2]
    p = frame.positions[low:high]
    corners = np.array([p.min(axis=0), p.max(axis=0)])
    corners = np.array([[corners[a, 0], corners[b, 1], corners[c, 2]] for a in (0, 1) for b in (0, 1) for c in (0, 1)])
    x, y, z = frame.views[i] @ np.vstack([corners.T, np.ones(8)])
    if not (z >= frame.lens[4]).all():
        return 0, 0, width, height
    w = z if frame.lens[3] == 1.0 else 1.0
    column, row = frame.lens[1] + frame.lens[0] * x / w, frame.lens[2] - frame.lens[0] * y / w
    left, top = max(math.floor(column.min()) - 1, 0), max(math.floor(row.min()) - 1, 0)
    return (
        left,
        top,
        max(left, min(math.ceil(column.max()) + 1, width)),
        max(top, min(math.ceil(row.max()) + 1, height)),
    )


def _peel(frame, order, keys, targets, limit):
    """Transparent layers, nearest first, (n, height, width) keys."""
    faint = frame.colours[:, 3] < FULL
    some = faint[frame.rows[order]] | ~frame.uniform[order]
    order = order[some]
    found = []
    if order.size and faint[: faint.size // 2].any():
        above = np.full(keys.shape, 0xFFFFFFFFFFFFFFFF, np.uint64)
        for _ in range(limit):
            fresh = [t._replace(keys=np.zeros(keys.shape, np.uint64), below=keys, above=above) for t in targets]
            _spread(frame, order, fresh, PEEL, TRANSPARENT)
            if not fresh[0].keys.any():
                break
            found.append(fresh[0].keys)
            above = fresh[0].keys
    return np.array(found) if found else np.zeros((0, 1, 1), np.uint64)


def _corners(scene, frame, keys, peeled):
    """Normals at the corners of the triangles in sight, mesh coordinates; of the others they stay zero."""
    seen = np.zeros(scene.triangles.shape[0], np.bool_)
    for layer in (keys, *peeled):
        _mark(frame, layer, seen)
    some = np.flatnonzero(seen)
    meshes = np.unique(np.searchsorted(scene.triangle_start, some, "right") - 1)
    corners = np.zeros((seen.size, 3, 3), np.float32)
    cosine = math.cos(math.radians(_CREASE_ANGLE))
    starts = scene.vertex_start, scene.triangle_start
    each(
        lambda part: _smooth(scene.positions, scene.triangles, *starts, part, seen, cosine, WELD, corners),
        [np.ascontiguousarray(meshes[k :: get_threads()]) for k in range(min(get_threads(), meshes.size))],
    )
    return corners


def _identify(frame, surface, peeled, samples, pick_transparent):
    element, distance = surface.element, surface.distance
    if peeled.shape[0]:
        height, width = element.shape
        first = Surface(
            np.empty((height, width, 3), np.float32),
            np.empty((height, width, 3), np.float32),
            np.empty((height, width), np.float32),
            np.empty((height, width), np.int32),
            np.empty((height, width), np.int32),
        )
        each(lambda band: _surface(frame, peeled[0], *band, first), _bands(height))
        seen = first.row >= 0 if pick_transparent else (first.row >= 0) & (surface.row < 0)
        element, distance = np.where(seen, first.element, element), np.where(seen, first.distance, distance)
    if samples == 1:
        return element, distance
    shape = element.shape[0] // samples, element.shape[1] // samples
    elements, depth = np.empty(shape, np.int32), np.empty(shape, np.float32)
    each(lambda band: _vote(element, distance, samples, *band, elements, depth), _bands(shape[0]))
    return elements, depth


def _light(camera):
    """A lamp over the left shoulder and an open sky; on a white roof they sum to less than 1: it keeps its shape."""
    up = (np.diag([1.0, 1.0, -1.0]) @ view_matrix(camera)[:3, :3] @ [0.0, 0.0, 1.0]).astype(np.float32)
    key = np.array([-0.55, 0.55, -0.63])
    return Light(
        up,
        (key / np.linalg.norm(key)).astype(np.float32),
        np.array([0.50, 0.53, 0.58], np.float32),
        np.array([0.25, 0.24, 0.23], np.float32),
        np.array([0.49, 0.475, 0.45], np.float32),
    )


def _strokes():
    """Linear colour and opacity of every kind of line."""
    ink = to_linear(np.array([0.13, 0.15, 0.19]))
    table = np.zeros((6, 4), np.float32)
    for kind, opacity in ((SILHOUETTE, 0.95), (BORDER, 0.75), (CREASE, 0.65)):
        table[kind] = [*ink, opacity]
    table[ACCENT] = [*to_linear(np.array([0.85, 0.35, 0.02])), 1.0]
    return table


def _backdrop(background):
    if isinstance(background, str) and background in _BACKDROPS:
        ends = _BACKDROPS[background]
    elif isinstance(background, str) and not background.startswith("#"):
        raise DomainError(f"background must be one of {', '.join(_BACKDROPS)} or a colour, got {background!r}")
    else:
        ends = (colour("background", background),) * 2
    return np.array([[*to_linear(np.array(end[:3])), end[3]] for end in ends], np.float32)


def render_mesh(positions, triangles, colours=None, elements=None, **options):
    """Draw a bare mesh; see `render`.

    Parameters
    ----------
    positions : (n, 3) float
    triangles : (m, 3) int
    colours : colour, or (m, 3 or 4) array in [0, 1], optional
        One for all or one a triangle.
    elements : (m,) int, optional
        Element of every triangle, for `Picture.elements`; by default all are element 0.
    **options
        As `render` takes them, without its `colours`.

    Returns
    -------
    Picture

    Raises
    ------
    DomainError, ShapeError, DTypeError
        As `render`; indices outside the positions.
    """
    return render(mesh_scene(positions, triangles, colours, elements), **options)


def mesh_scene(positions, triangles, colours=None, elements=None):
    """A bare mesh as a scene.

    Parameters
    ----------
    positions, triangles, colours, elements
        See `render_mesh`.

    Returns
    -------
    Scene
        One instance; with `elements` one mesh and instance an element, each with all the positions.
    """
    positions = array("positions", positions, ("n", 3))
    triangles = indices("triangles", triangles, positions.shape[0])
    m = triangles.shape[0]
    palette = np.array([[0.78, 0.78, 0.76, 1.0]], np.float32)
    rows = np.zeros(m, np.int32)
    if colours is not None and np.ndim(colours) == 2:
        given = array("colours", colours, (m, None))
        if given.shape[1] not in (3, 4) or not ((given >= 0.0) & (given <= 1.0)).all():
            raise DomainError(f"colours must be ({m}, 3 or 4) numbers in [0, 1], got the shape {given.shape}")
        if given.shape[1] == 3:
            given = np.column_stack([given, np.ones(m)])
        different, rows = np.unique(given.astype(np.float32), axis=0, return_inverse=True)
        palette, rows = np.concatenate([palette, different]), rows.reshape(-1).astype(np.int32) + np.int32(1)
    elif colours is not None:
        palette = np.array([colour("colours", colours)], np.float32)
    groups = [np.arange(m)]
    numbers = np.zeros(1, np.int32)
    if elements is not None:
        elements = array("elements", elements, (m,), np.int32)
        by_element = np.argsort(elements, kind="stable")
        numbers, starts = np.unique(elements[by_element], return_index=True)
        groups = np.split(by_element, starts[1:]) if m else []
    places, corners = [], []
    base = 0
    for group in groups:
        used, local = np.unique(triangles[group], return_inverse=True)
        places.append(positions[used])
        corners.append(local.reshape(-1, 3) + base)
        base += used.size
    vertex_start = np.concatenate([[0], np.cumsum([len(p) for p in places])]).astype(np.int64)
    triangle_start = np.concatenate([[0], np.cumsum([len(c) for c in corners])]).astype(np.int64)
    n = len(groups)
    return Scene(
        np.zeros(3),
        np.concatenate([np.zeros((0, 3)), *places]),
        np.concatenate([np.zeros((0, 3)), *corners]).astype(np.int32),
        vertex_start,
        triangle_start,
        rows[np.concatenate([np.zeros(0, np.int64), *groups])],
        palette,
        np.arange(n, dtype=np.int32),
        np.tile(np.eye(4), (n, 1, 1)),
        np.asarray(numbers, np.int32),
        np.zeros(n, np.int32),
    )
