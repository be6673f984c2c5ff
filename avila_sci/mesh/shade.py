"""Light on what the rasteriser found: normals, ambient occlusion, lines, colours.

The rasteriser leaves one face per sample.  `_surface` looks the face up and notes its normal, distance, element and
colour; everything else reads those arrays, so light costs by sample and not by triangle.  Colours are mixed in linear
light and encoded as sRGB at the very end: averaging samples of encoded values darkens every edge.

Ambient occlusion is the scalable kind: around each pixel a spiral of points is taken from the depth picture, and each
that rises above the pixel's tangent plane darkens it; a blur that stops at depth steps removes the noise of the
spirals.  Lines are drawn where neighbouring samples belong to different elements, meet at a crease, or where one
surface ends in front of another, judged by the distance of each sample from the other's plane, so that a grazing view
of a flat floor stays clean.

References
----------
.. [1] M. McGuire, M. Mara, D. Luebke, "Scalable Ambient Obscurance", High Performance Graphics 2012.
.. [2] IEC 61966-2-1:1999, sRGB.
.. [3] J. Jimenez, "Next Generation Post Processing in Call of Duty", SIGGRAPH 2014 (interleaved gradient noise).
"""

import math
from typing import NamedTuple

import numpy as np

from avila_sci.core.jit import kernel
from avila_sci.mesh.measure import _weld

SILHOUETTE, CREASE, BORDER, ACCENT = 4, 2, 3, 5  # kinds of line, by strength

_DIFFERENT, _NORMAL, _BARY, _SMOOTH = 0, 9, 12, 16  # layout of the notes kept on a face


class Surface(NamedTuple):
    """What the nearest face is at every sample.

    Attributes
    ----------
    normal, smooth : (height, width, 3) float32
        Normal of the face, and the one to light; camera coordinates (z forward), turned to the eye.  One and the same
        array under flat shading.
    distance : (height, width) float32
        Along the line of sight; infinite where nothing is.
    element : (height, width) int32
    row : (height, width) int32
        Colour; -1 where nothing is.
    """

    normal: np.ndarray
    smooth: np.ndarray
    distance: np.ndarray
    element: np.ndarray
    row: np.ndarray


class Light(NamedTuple):
    """Lights, camera coordinates, linear colours.

    Attributes
    ----------
    up : (3,) float32
        Direction of the sky.
    key : (3,) float32
        Direction to the lamp.
    sky, ground, lamp : (3,) float32
    """

    up: np.ndarray
    key: np.ndarray
    sky: np.ndarray
    ground: np.ndarray
    lamp: np.ndarray


def to_linear(colours):
    """sRGB-encoded values in [0, 1] as linear light."""
    c = np.asarray(colours, np.float64)
    return np.where(c <= 0.04045, c / 12.92, ((np.maximum(c, 0.0) + 0.055) / 1.055) ** 2.4)


def _encoding():
    x = np.arange(4096) / 4095.0
    y = np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055)
    return np.round(y * 255.0).astype(np.uint8)


ENCODE = _encoding()
"""Linear light, in 4096 steps, as sRGB bytes."""


@kernel
def _instance_of(flat_start, face):
    low, high = 0, flat_start.size - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if flat_start[middle] <= face:
            low = middle
        else:
            high = middle
    return low


@kernel
def _note(frame, face, notes):
    """Look a face up: fill `notes` with what lighting it needs, and return (instance, colour row, kind).

    notes: 0-2 first corner, 3-5 and 6-8 edges from it, 9-11 unit normal to the eye, 12-15 what barycentric coordinates
    need, 16-24 normals at the corners.  Kind: 0 flat, 1 smooth, 2 cap.
    """
    total = frame.flat_start[frame.flat_start.size - 1]
    lens = frame.lens
    if face >= total:
        sections = frame.planes.shape[0] - 6
        i = (face - total) // sections
        p = frame.planes[6 + (face - total) % sections]
        # Rows of caps follow the ordinary rows.
        notes[9], notes[10], notes[11] = -p[0], -p[1], -p[2]
        return i, frame.rows[i] + frame.colours.shape[0] // 2, 2
    i = _instance_of(frame.flat_start, face)
    mesh = frame.instance_mesh[i]
    t = frame.triangle_start[mesh] + face - frame.flat_start[i]
    view = frame.views[i]
    for k in range(3):
        v = frame.triangles[t, k]
        for r in range(3):
            notes[3 * k + r] = (
                view[r, 0] * frame.positions[v, 0]
                + view[r, 1] * frame.positions[v, 1]
                + view[r, 2] * frame.positions[v, 2]
                + view[r, 3]
            )
    for r in range(3):
        notes[3 + r] -= notes[r]
        notes[6 + r] -= notes[r]
    nx = notes[4] * notes[8] - notes[5] * notes[7]
    ny = notes[5] * notes[6] - notes[3] * notes[8]
    nz = notes[3] * notes[7] - notes[4] * notes[6]
    length = math.sqrt(nx * nx + ny * ny + nz * nz)
    length = 1.0 / length if length > 0.0 else 0.0
    nx, ny, nz = nx * length, ny * length, nz * length
    towards = nx * notes[0] + ny * notes[1] + nz * notes[2] if lens[3] == 1.0 else nz
    if towards > 0.0:
        nx, ny, nz = -nx, -ny, -nz
    notes[9], notes[10], notes[11] = nx, ny, nz
    row = frame.rows[i]
    if not frame.uniform[i] and frame.triangle_colour[t] > 0:
        row = frame.triangle_colour[t]
    if frame.corners.shape[0] == 0:
        return i, row, 0
    d11 = notes[3] * notes[3] + notes[4] * notes[4] + notes[5] * notes[5]
    d12 = notes[3] * notes[6] + notes[4] * notes[7] + notes[5] * notes[8]
    d22 = notes[6] * notes[6] + notes[7] * notes[7] + notes[8] * notes[8]
    determinant = d11 * d22 - d12 * d12
    notes[12], notes[13], notes[14] = d11, d12, d22
    notes[15] = 1.0 / determinant if determinant > 0.0 else 0.0
    for k in range(3):
        c0, c1, c2 = frame.corners[t, k, 0], frame.corners[t, k, 1], frame.corners[t, k, 2]
        # Normals go with the cofactors of the matrix: right for any scale, and for mirrors after the sign below.
        x = (
            (view[1, 1] * view[2, 2] - view[1, 2] * view[2, 1]) * c0
            + (view[1, 2] * view[2, 0] - view[1, 0] * view[2, 2]) * c1
            + (view[1, 0] * view[2, 1] - view[1, 1] * view[2, 0]) * c2
        )
        y = (
            (view[2, 1] * view[0, 2] - view[2, 2] * view[0, 1]) * c0
            + (view[2, 2] * view[0, 0] - view[2, 0] * view[0, 2]) * c1
            + (view[2, 0] * view[0, 1] - view[2, 1] * view[0, 0]) * c2
        )
        z = (
            (view[0, 1] * view[1, 2] - view[0, 2] * view[1, 1]) * c0
            + (view[0, 2] * view[1, 0] - view[0, 0] * view[1, 2]) * c1
            + (view[0, 0] * view[1, 1] - view[0, 1] * view[1, 0]) * c2
        )
        length = math.sqrt(x * x + y * y + z * z)
        if not length > 0.0:
            x, y, z, length = nx, ny, nz, 1.0
        sign = 1.0 / length if x * nx + y * ny + z * nz >= 0.0 else -1.0 / length
        notes[16 + 3 * k], notes[17 + 3 * k], notes[18 + 3 * k] = x * sign, y * sign, z * sign
    return i, row, 1


@kernel
def _bend(notes, dx, dy, dz):
    """Smooth normal where the point (dx, dy, dz), relative to the first corner, lies on the face."""
    p1 = dx * notes[3] + dy * notes[4] + dz * notes[5]
    p2 = dx * notes[6] + dy * notes[7] + dz * notes[8]
    v = (notes[14] * p1 - notes[13] * p2) * notes[15]
    w = (notes[12] * p2 - notes[13] * p1) * notes[15]
    v, w = min(max(v, 0.0), 1.0), min(max(w, 0.0), 1.0)
    u = max(1.0 - v - w, 0.0)
    x = u * notes[16] + v * notes[19] + w * notes[22]
    y = u * notes[17] + v * notes[20] + w * notes[23]
    z = u * notes[18] + v * notes[21] + w * notes[24]
    length = math.sqrt(x * x + y * y + z * z)
    if not length > 0.0:
        return notes[9], notes[10], notes[11]
    return x / length, y / length, z / length


@kernel
def _distance(frame, key):
    """Distance along the line of sight that a key's depth stands for."""
    depth = np.float64(np.uint32(key >> np.uint64(32)).view(np.float32))
    if frame.lens[3] == 1.0:
        return frame.lens[6] / depth
    return (depth - frame.lens[6]) / frame.lens[7]


@kernel
def _surface(frame, keys, first, last, out):
    """Fill `out` for the rows first … last - 1 of samples."""
    lens = frame.lens
    perspective = lens[3] == 1.0
    notes = np.zeros(25)
    previous = np.int64(-1)
    i, row, kind = np.int64(0), np.int64(0), 0
    for y in range(first, last):
        for x in range(keys.shape[1]):
            key = keys[y, x]
            if key == np.uint64(0):
                out.distance[y, x] = np.inf
                out.element[y, x] = -1
                out.row[y, x] = -1
                continue
            face = np.int64(0xFFFFFFFF) - np.int64(key & np.uint64(0xFFFFFFFF))
            if face != previous:
                i, row, kind = _note(frame, face, notes)
                previous = face
            distance = _distance(frame, key)
            out.distance[y, x] = distance
            out.element[y, x] = frame.instance_element[i]
            out.row[y, x] = row
            out.normal[y, x, 0] = notes[9]
            out.normal[y, x, 1] = notes[10]
            out.normal[y, x, 2] = notes[11]
            if frame.corners.shape[0] > 0:
                nx, ny, nz = notes[9], notes[10], notes[11]
                if kind == 1:
                    scale = distance / lens[0] if perspective else 1.0 / lens[0]
                    px, py = (x + 0.5 - lens[1]) * scale, (lens[2] - y - 0.5) * scale
                    nx, ny, nz = _bend(notes, px - notes[0], py - notes[1], distance - notes[2])
                out.smooth[y, x, 0] = nx
                out.smooth[y, x, 1] = ny
                out.smooth[y, x, 2] = nz


@kernel
def _lines(frame, surface, accent, crease, samples, first, last, out):
    """Kind of line at every sample of the rows first … last - 1, 0 for none."""
    lens = frame.lens
    perspective = lens[3] == 1.0
    height, width = surface.distance.shape
    neighbours = 4 if samples > 1 else 2  # both sides of an edge, or one where a sample is a whole pixel
    for y in range(first, last):
        for x in range(width):
            line = 0
            here = surface.distance[y, x]
            element = surface.element[y, x]
            for k in range(neighbours):
                ox = x + (1 if k == 0 else -1 if k == 2 else 0)
                oy = y + (1 if k == 1 else -1 if k == 3 else 0)
                if ox < 0 or oy < 0 or ox >= width or oy >= height:
                    continue
                there = surface.distance[oy, ox]
                if here == np.inf and there == np.inf:
                    continue
                other = surface.element[oy, ox]
                if element != other and (
                    (element >= 0 and element < accent.size and accent[element])
                    or (other >= 0 and other < accent.size and accent[other])
                ):
                    line = max(line, ACCENT)
                    continue
                if here == np.inf or there == np.inf:
                    line = max(line, SILHOUETTE)
                    continue
                n, m = surface.normal[y, x], surface.normal[oy, ox]
                cosine = n[0] * m[0] + n[1] * m[1] + n[2] * m[2]
                scale, scale_there = (here / lens[0], there / lens[0]) if perspective else (1 / lens[0], 1 / lens[0])
                dx = (ox + 0.5 - lens[1]) * scale_there - (x + 0.5 - lens[1]) * scale
                dy = (lens[2] - oy - 0.5) * scale_there - (lens[2] - y - 0.5) * scale
                dz = there - here
                step = min(
                    abs(n[0] * dx + n[1] * dy + n[2] * dz),
                    abs(m[0] * dx + m[1] * dy + m[2] * dz),
                )
                if step > 3.0 * min(scale, scale_there):
                    line = max(line, SILHOUETTE)
                elif element != other:
                    line = max(line, BORDER)
                elif cosine < crease:
                    line = max(line, CREASE)
            out[y, x] = line


@kernel
def _occlusion(frame, surface, samples, radius, first, last, out):
    """Open part of the sky, 0 … 1, for the rows first … last - 1 of pixels (noisy; blur it)."""
    lens = frame.lens
    perspective = lens[3] == 1.0
    height, width = out.shape
    focal, mx, my = np.float32(lens[0] / samples), np.float32(lens[1] / samples), np.float32(lens[2] / samples)
    half = samples // 2
    taps = 18
    turns = np.float32(7.0 * 2.0 * math.pi)
    r2 = np.float32(radius * radius)
    bias = np.float32(0.012 * radius)
    one, zero, centre = np.float32(1.0), np.float32(0.0), np.float32(0.5)
    inverse = one / focal
    for y in range(first, last):
        for x in range(width):
            z = surface.distance[y * samples + half, x * samples + half]
            if z == np.inf:
                out[y, x] = one
                continue
            n = surface.normal[y * samples + half, x * samples + half]
            scale = z * inverse if perspective else inverse
            reach = min(np.float32(radius) / scale, np.float32(0.25) * np.float32(height))
            px, py = (np.float32(x) + centre - mx) * scale, (my - np.float32(y) - centre) * scale
            noise = np.float32(0.06711056) * np.float32(x) + np.float32(0.00583715) * np.float32(y)
            noise = np.float32(52.9829189) * (noise - np.float32(math.floor(noise)))
            turn = (noise - np.float32(math.floor(noise))) * np.float32(2.0 * math.pi)
            total = zero
            if reach >= one:
                for k in range(taps):
                    part = (np.float32(k) + centre) / np.float32(taps)
                    angle = part * turns + turn
                    ox = np.int64(x + math.floor(reach * part * math.cos(angle) + centre))
                    oy = np.int64(y + math.floor(reach * part * math.sin(angle) + centre))
                    if ox < 0 or oy < 0 or ox >= width or oy >= height:
                        continue
                    there = surface.distance[oy * samples + half, ox * samples + half]
                    if there == np.inf:
                        continue
                    s = there * inverse if perspective else inverse
                    vx = (np.float32(ox) + centre - mx) * s - px
                    vy = (my - np.float32(oy) - centre) * s - py
                    vz = there - z
                    d2 = vx * vx + vy * vy + vz * vz
                    rise = vx * n[0] + vy * n[1] + vz * n[2] - bias
                    if d2 < r2 and rise > zero:
                        f = one - d2 / r2
                        total += f * f * rise / math.sqrt(d2 + bias * bias)
            out[y, x] = max(zero, one - np.float32(10.0) * total / np.float32(taps))


@kernel
def _blur(surface, samples, radius, source, vertical, first, last, out):
    """One way of a blur that stops where the distance jumps, rows first … last - 1."""
    height, width = source.shape
    half = samples // 2
    reach = 5
    for y in range(first, last):
        for x in range(width):
            z = surface.distance[y * samples + half, x * samples + half]
            if z == np.inf:
                out[y, x] = np.float32(1.0)
                continue
            n = surface.normal[y * samples + half, x * samples + half]
            total, weight = np.float32(0.0), np.float32(0.0)
            for k in range(-reach, reach + 1):
                ox, oy = (x, y + k) if vertical else (x + k, y)
                if ox < 0 or oy < 0 or ox >= width or oy >= height:
                    continue
                there = surface.distance[oy * samples + half, ox * samples + half]
                if there == np.inf:
                    continue
                m = surface.normal[oy * samples + half, ox * samples + half]
                same = n[0] * m[0] + n[1] * m[1] + n[2] * m[2]
                w = np.float32(reach + 1 - abs(k)) * max(same, np.float32(0.0))
                w *= max(np.float32(0.0), np.float32(1.0) - np.float32(4.0 / radius) * abs(there - z))
                total += w * source[oy, ox]
                weight += w
            out[y, x] = total / weight if weight > np.float32(0.0) else source[y, x]


@kernel
def _lit(light, colours, row, nx, ny, nz, open_sky, cap):
    """Linear colour of a surface under the lights."""
    r, g, b = colours[row, 0], colours[row, 1], colours[row, 2]
    if cap:
        return r, g, b
    sky = np.float32(0.5) + np.float32(0.5) * (nx * light.up[0] + ny * light.up[1] + nz * light.up[2])
    lamp = max(np.float32(0.0), nx * light.key[0] + ny * light.key[1] + nz * light.key[2])
    lamp *= np.float32(0.45) + np.float32(0.55) * open_sky
    r *= (light.ground[0] + (light.sky[0] - light.ground[0]) * sky) * open_sky + light.lamp[0] * lamp
    g *= (light.ground[1] + (light.sky[1] - light.ground[1]) * sky) * open_sky + light.lamp[1] * lamp
    b *= (light.ground[2] + (light.sky[2] - light.ground[2]) * sky) * open_sky + light.lamp[2] * lamp
    return r, g, b


@kernel
def _compose(
    frame, light, layers, keys, surface, occlusion, lines, line_colours, backdrop, samples, encode, first, last, rgba
):
    """Mix the layers of every pixel of the rows first … last - 1, front to back, into sRGB bytes.

    layers (n, height, width) uint64 are the transparent ones, nearest first; lines and occlusion may have the length 0.
    backdrop (2, 4) float32: linear colour and opacity at the top and at the bottom.
    """
    zero, one = np.float32(0.0), np.float32(1.0)
    width = rgba.shape[1]
    caps = frame.colours.shape[0] // 2
    notes = np.zeros(25)
    lens = frame.lens
    share = one / np.float32(samples * samples)
    for y in range(first, last):
        down = np.float32((y + 0.5) / rgba.shape[0])
        for x in range(width):
            red, green, blue, through = zero, zero, zero, zero
            open_sky = occlusion[y, x] if occlusion.shape[0] else one
            for sy in range(y * samples, (y + 1) * samples):
                for sx in range(x * samples, (x + 1) * samples):
                    t = one
                    for k in range(layers.shape[0]):
                        key = layers[k, sy, sx]
                        if key == np.uint64(0):
                            break
                        face = np.int64(0xFFFFFFFF) - np.int64(key & np.uint64(0xFFFFFFFF))
                        _i, row, kind = _note(frame, face, notes)
                        nx, ny, nz = notes[9], notes[10], notes[11]
                        if kind == 1:
                            d = _distance(frame, key)
                            scale = d / lens[0] if lens[3] == 1.0 else 1.0 / lens[0]
                            px, py = (sx + 0.5 - lens[1]) * scale, (lens[2] - sy - 0.5) * scale
                            nx, ny, nz = _bend(notes, px - notes[0], py - notes[1], d - notes[2])
                        r, g, b = _lit(
                            light, frame.colours, row, np.float32(nx), np.float32(ny), np.float32(nz), one, False
                        )
                        alpha = frame.colours[row, 3]
                        red, green, blue = red + t * alpha * r, green + t * alpha * g, blue + t * alpha * b
                        t *= one - alpha
                    row = surface.row[sy, sx]
                    line = np.int64(lines[sy, sx]) if lines.shape[0] else 0
                    if row >= 0:
                        n = surface.smooth[sy, sx]
                        r, g, b = _lit(light, frame.colours, row, n[0], n[1], n[2], open_sky, row >= caps)
                        if line > 0:
                            alpha = line_colours[line, 3]
                            r += alpha * (line_colours[line, 0] - r)
                            g += alpha * (line_colours[line, 1] - g)
                            b += alpha * (line_colours[line, 2] - b)
                        red, green, blue = red + t * r, green + t * g, blue + t * b
                        t = zero
                    elif line > 0:
                        alpha = line_colours[line, 3]
                        red += t * alpha * line_colours[line, 0]
                        green += t * alpha * line_colours[line, 1]
                        blue += t * alpha * line_colours[line, 2]
                        t *= one - alpha
                    through += t
            red, green, blue, through = red * share, green * share, blue * share, through * share
            opacity = backdrop[0, 3] + (backdrop[1, 3] - backdrop[0, 3]) * down
            part = through * opacity
            red += part * (backdrop[0, 0] + (backdrop[1, 0] - backdrop[0, 0]) * down)
            green += part * (backdrop[0, 1] + (backdrop[1, 1] - backdrop[0, 1]) * down)
            blue += part * (backdrop[0, 2] + (backdrop[1, 2] - backdrop[0, 2]) * down)
            alpha = one - through + part
            if alpha > zero:
                red, green, blue = red / alpha, green / alpha, blue / alpha
            rgba[y, x, 0] = encode[np.int64(min(max(red, zero), one) * np.float32(4095.0) + np.float32(0.5))]
            rgba[y, x, 1] = encode[np.int64(min(max(green, zero), one) * np.float32(4095.0) + np.float32(0.5))]
            rgba[y, x, 2] = encode[np.int64(min(max(blue, zero), one) * np.float32(4095.0) + np.float32(0.5))]
            rgba[y, x, 3] = np.uint8(alpha * np.float32(255.0) + np.float32(0.5))


@kernel
def _vote(element, distance, samples, first, last, element_out, distance_out):
    """Element of a pixel: the one most of its samples show, at a tie the nearest; and its nearest distance."""
    for y in range(first, last):
        for x in range(element_out.shape[1]):
            best, votes, nearest = -1, 0, np.float32(np.inf)
            for sy in range(y * samples, (y + 1) * samples):
                for sx in range(x * samples, (x + 1) * samples):
                    here = element[sy, sx]
                    if votes > 0 and here == best:
                        continue
                    count, least = 0, np.float32(np.inf)
                    for ty in range(y * samples, (y + 1) * samples):
                        for tx in range(x * samples, (x + 1) * samples):
                            if element[ty, tx] == here:
                                count += 1
                                least = min(least, distance[ty, tx])
                    if count > votes or (count == votes and least < nearest):
                        best, votes, nearest = here, count, least
            element_out[y, x] = best
            distance_out[y, x] = nearest


@kernel
def _mark(frame, keys, seen):
    """Mark the triangles that a picture of keys shows."""
    total = frame.flat_start[frame.flat_start.size - 1]
    previous = np.int64(-1)
    for y in range(keys.shape[0]):
        for x in range(keys.shape[1]):
            key = keys[y, x]
            face = np.int64(0xFFFFFFFF) - np.int64(key & np.uint64(0xFFFFFFFF))
            if key != np.uint64(0) and face != previous and face < total:
                i = _instance_of(frame.flat_start, face)
                seen[frame.triangle_start[frame.instance_mesh[i]] + face - frame.flat_start[i]] = True
                previous = face


@kernel
def _corner_normals(positions, triangles, first, seen, cosine, corners):
    """Normals at the corners of the triangles of one mesh that are seen, (m, 3, 3): the mean over the faces around the
    corner that lie within the angle of the triangle's own, each weighted by its angle there.

    triangles index `positions`; first[i] is the first vertex at the place of vertex i (`_weld`).
    """
    n, m = positions.shape[0], triangles.shape[0]
    start = np.zeros(n + 1, np.int64)
    faces = np.empty(3 * m, np.int32)
    normals = np.empty((m, 3))
    for t in range(m):
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
        length = math.sqrt(nx * nx + ny * ny + nz * nz)
        length = 1.0 / length if length > 0.0 else 0.0
        normals[t, 0], normals[t, 1], normals[t, 2] = nx * length, ny * length, nz * length
        for k in range(3):
            start[first[triangles[t, k]] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    place = start[:n].copy()
    for t in range(m):
        for k in range(3):
            v = first[triangles[t, k]]
            faces[place[v]] = t
            place[v] += 1
    for t in range(m):
        if not seen[t]:
            continue
        for k in range(3):
            v = first[triangles[t, k]]
            x, y, z = 0.0, 0.0, 0.0
            # The tip of a fan of thousands is sampled: the work must not grow with the square of its faces.
            for j in range(start[v], start[v + 1], 1 + (start[v + 1] - start[v]) // 128):
                s = faces[j]
                p, q = normals[t], normals[s]
                if p[0] * q[0] + p[1] * q[1] + p[2] * q[2] < cosine:
                    continue
                corner = 0
                for c in range(3):
                    if first[triangles[s, c]] == v:
                        corner = c
                here, to, fro = triangles[s, corner], triangles[s, corner - 2], triangles[s, corner - 1]
                dot, uu, ww = 0.0, 0.0, 0.0
                for r in range(3):
                    e, f = positions[to, r] - positions[here, r], positions[fro, r] - positions[here, r]
                    dot += e * f
                    uu += e * e
                    ww += f * f
                if uu > 0.0 and ww > 0.0:
                    angle = math.acos(min(max(dot / math.sqrt(uu * ww), -1.0), 1.0))
                    x, y, z = x + angle * q[0], y + angle * q[1], z + angle * q[2]
            corners[t, k, 0], corners[t, k, 1], corners[t, k, 2] = x, y, z


@kernel
def _smooth(positions, triangles, vertex_start, triangle_start, meshes, seen, cosine, grid, corners):
    """Corner normals of the triangles that are seen, of some meshes."""
    for mesh in meshes:
        low, high = vertex_start[mesh], vertex_start[mesh + 1]
        begin, end = triangle_start[mesh], triangle_start[mesh + 1]
        local = np.empty((end - begin, 3), np.int32)
        for t in range(begin, end):
            for k in range(3):
                local[t - begin, k] = triangles[t, k] - low
        here = positions[low:high]
        _corner_normals(here, local, _weld(here, grid), seen[begin:end], cosine, corners[begin:end])
