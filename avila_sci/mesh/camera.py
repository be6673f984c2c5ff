"""The camera, one for all who draw: the software renderer, the viewer in the browser, the reader's own code.

A camera is plain numbers, so it travels as JSON (``camera._asdict()`` and ``Camera(**state)``).  Its coordinates are
those of the scene, that is the world minus ``scene.origin``, z up: a building a thousand kilometres from the zero of
its map is looked at with small numbers.  All formulas, for whoever must rebuild the same matrices:

- ``back = unit(eye - target)``, ``right = unit(up × back)``, ``above = back × right``.  Where `up` and `back` are
  parallel (length of the product below 1e-9), (0, 1, 0) stands in for `up`, then (1, 0, 0).
- view matrix: rows ``(right, -right·eye)``, ``(above, -above·eye)``, ``(back, -back·eye)``, ``(0, 0, 0, 1)``.
  The camera looks along -z, x to the right, y up, as OpenGL and three.js have it.
- perspective, with ``c = 1 / tan(fov / 2)``, the *vertical* field of view, and ``a = width / height`` of the picture:
  rows ``(c/a, 0, 0, 0)``, ``(0, c, 0, 0)``, ``(0, 0, (far+near)/(near-far), 2·far·near/(near-far))``,
  ``(0, 0, -1, 0)``.
- orthographic: `height` scene units fill the picture's height: rows ``(2/(a·height), 0, 0, 0)``,
  ``(0, 2/height, 0, 0)``, ``(0, 0, 2/(near-far), (far+near)/(near-far))``, ``(0, 0, 0, 1)``.
- pixel (column, row) of a point, from its normalised device coordinates: ``column = (x + 1)/2 · width``,
  ``row = (1 - y)/2 · height``; the centre of the pixel (0, 0) lies at (0.5, 0.5).

`fit` chooses the eye for a box, or for points, and a direction.  Take the offset (x, y, z) of each corner or point from
the box's centre along right, above and ``back = unit(direction)``, and let ``ty = 0.94 · tan(fov / 2)`` and
``tx = a · ty``.  With
``R, L = max(tx·z + x), max(tx·z - x)`` and ``T, B = max(ty·z + y), max(ty·z - y)`` the target is
``centre + right·(R - L)/2 + above·(T - B)/2``, the distance the larger of ``(R + L)/(2 tx)`` and ``(T + B)/(2 ty)``:
the points touch a frame 3 % inside the border, in the middle of the picture.  (The distance is at least
``max z + r/50``, for what is seen end on.)  With `r` half the diagonal of the box,
``near = r / 500`` and ``far = distance + 4 r``.  Orthographic: target = centre, ``distance = 3 r``, and `height` is the
larger of ``2 max|y| / 0.94`` and ``2 max|x| / (0.94 a)``.

References
----------
.. [1] The OpenGL specification, version 4.6, section 13; `gluLookAt`, `gluPerspective`.
"""

import math
from typing import NamedTuple

import numpy as np

from avila_sci.core.check import array, one_of, positive
from avila_sci.core.errors import DomainError

VIEWS = {
    "default": ((1.0, -1.2, 0.7), (0.0, 0.0, 1.0)),
    "iso": ((1.0, -1.0, math.sqrt(2.0 / 3.0)), (0.0, 0.0, 1.0)),
    "top": ((0.0, 0.0, 1.0), (0.0, 1.0, 0.0)),
    "bottom": ((0.0, 0.0, -1.0), (0.0, -1.0, 0.0)),
    "front": ((0.0, -1.0, 0.0), (0.0, 0.0, 1.0)),
    "back": ((0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "left": ((-1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    "right": ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
}
"""Standard views: name to (direction from the target to the eye, up); the front of a house looks to the south, -y."""

_MARGIN = 0.94


class Camera(NamedTuple):
    """Where one looks from, at what, and through which lens; the module says how the matrices follow.

    Attributes
    ----------
    eye, target, up : tuple of 3 floats, scene coordinates
    projection : "perspective" or "orthographic"
    fov : float, degrees
        Vertical field of view of the perspective.
    height : float, scene units
        What the picture's height shows in the orthographic projection.
    near, far : float, scene units
        Nothing nearer or farther along the line of sight is drawn.
    """

    eye: tuple
    target: tuple
    up: tuple = (0.0, 0.0, 1.0)
    projection: str = "perspective"
    fov: float = 45.0
    height: float = 10.0
    near: float = 0.1
    far: float = 1000.0


def _axes(back, up):
    """right, above, back as rows of a (3, 3) array."""
    back = back / np.linalg.norm(back)
    for candidate in (np.asarray(up, float), np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])):
        right = np.cross(candidate, back)
        length = np.linalg.norm(right)
        if length > 1e-9:
            right /= length
            break
    return np.array([right, np.cross(back, right), back])


def _check(camera):
    for name in ("eye", "target", "up"):
        array(f"the camera's {name}", getattr(camera, name), (3,), finite=True)
    one_of("the camera's projection", camera.projection, ("perspective", "orthographic"))
    if camera.projection == "perspective" and not 0.0 < camera.fov < 180.0:
        raise DomainError(f"the camera's fov must lie in (0, 180) degrees, got {camera.fov!r}")
    if camera.projection == "orthographic":
        positive("the camera's height", camera.height)
    positive("the camera's near", camera.near)
    if not camera.near < camera.far < math.inf:
        raise DomainError(f"the camera's far must be finite and beyond near = {camera.near!r}, got {camera.far!r}")
    if np.array_equal(np.asarray(camera.eye, float), np.asarray(camera.target, float)):
        raise DomainError(f"the camera's eye and target must differ, both are {tuple(camera.eye)}")
    return camera


def view_matrix(camera):
    """Scene to camera: x to the right, y up, looking along -z.

    Parameters
    ----------
    camera : Camera

    Returns
    -------
    (4, 4) float64

    Raises
    ------
    DomainError, ShapeError
        The camera has no direction, a field of view outside (0, 180), or near and far out of order.

    Examples
    --------
    >>> view_matrix(Camera((0, -5, 0), (0, 0, 0))) @ [0, 0, 1, 1]
    array([ 0.,  1., -5.,  1.])
    """
    _check(camera)
    eye = np.asarray(camera.eye, float)
    axes = _axes(eye - np.asarray(camera.target, float), camera.up)
    out = np.eye(4)
    out[:3, :3] = axes
    out[:3, 3] = -axes @ eye
    return out + 0.0  # -0.0 becomes 0.0


def projection_matrix(camera, aspect):
    """Camera to clip space, OpenGL's convention: what is seen has -w <= x, y, z <= w.

    Parameters
    ----------
    camera : Camera
    aspect : float
        Width of the picture divided by its height.

    Returns
    -------
    (4, 4) float64

    Raises
    ------
    DomainError, ShapeError
        See `view_matrix`; an aspect that is not positive.

    Examples
    --------
    >>> projection_matrix(Camera((0, 0, 5), (0, 0, 0), fov=90.0, near=1.0, far=3.0), 1.0)[2:]
    array([[ 0.,  0., -2., -3.],
           [ 0.,  0., -1.,  0.]])
    """
    _check(camera)
    aspect = positive("aspect", aspect)
    near, far = camera.near, camera.far
    out = np.zeros((4, 4))
    if camera.projection == "perspective":
        c = 1.0 / math.tan(math.radians(camera.fov) / 2.0)
        out[0, 0], out[1, 1] = c / aspect, c
        out[2, 2], out[2, 3] = (far + near) / (near - far), 2.0 * far * near / (near - far)
        out[3, 2] = -1.0
    else:
        out[0, 0], out[1, 1] = 2.0 / (aspect * camera.height), 2.0 / camera.height
        out[2, 2], out[2, 3] = 2.0 / (near - far), (far + near) / (near - far)
        out[3, 3] = 1.0
    return out


def fit(bounds, direction="default", aspect=848 / 420, projection="perspective", fov=45.0, up=None):
    """Camera that sees a whole box, or all of some points, from a direction.

    Parameters
    ----------
    bounds : (6,), (2, 3) or (n, 3) array, scene coordinates
        xmin, ymin, zmin, xmax, ymax, zmax; or three points or more, such as the corners of many boxes, which fill the
        picture better than the one box around them.
    direction : str or (3,) array
        One of "default", "iso", "top", "bottom", "front", "back", "left", "right", or the direction from the box to
        the eye.
    aspect : float
        Width of the picture divided by its height.
    projection : "perspective" or "orthographic"
    fov : float, degrees
        Vertical field of view.
    up : (3,) array, optional
        By default the view's own, z for a direction.

    Returns
    -------
    Camera

    Raises
    ------
    DomainError
        An unknown view, a direction of length zero, or bounds that are not finite.

    Examples
    --------
    >>> camera = fit([0, 0, 0, 2, 2, 2], "front", aspect=1.0)
    >>> camera.target, camera.eye[0], round(camera.eye[1], 3)
    ((1.0, 1.0, 1.0), 1.0, -2.568)
    """
    points = None
    if np.ndim(bounds) == 2 and len(bounds) > 2:
        points = array("bounds", bounds, ("n", 3), finite=True)
        points = np.ascontiguousarray(points.T)  # sums along long rows, not along short ones
        bounds = [points.min(axis=1), points.max(axis=1)]
    box = array("bounds", np.reshape(bounds, -1), (6,), finite=True)
    if isinstance(direction, str):
        one_of("direction", direction, tuple(VIEWS))
        direction, usual = VIEWS[direction]
    else:
        usual = (0.0, 0.0, 1.0)
    up = usual if up is None else up
    direction = array("direction", direction, (3,), finite=True)
    if not np.linalg.norm(direction) > 0.0:
        raise DomainError("direction must not be the zero vector")
    aspect = positive("aspect", aspect)
    one_of("projection", projection, ("perspective", "orthographic"))
    centre = (box[:3] + box[3:]) / 2.0
    half = (box[3:] - box[:3]) / 2.0
    if (half < 0.0).any():
        raise DomainError(f"bounds must run from the least to the greatest corner, got {box.tolist()}")
    radius = float(np.linalg.norm(half)) or 1.0  # a single point is looked at from a distance as if it were 1 across
    axes = _axes(direction, up)
    if points is None:
        points = (centre + half * [[i, j, k] for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)]).T
    x, y, z = axes @ (points - centre[:, None])
    target = centre
    if projection == "perspective":
        if not 0.0 < fov < 180.0:
            raise DomainError(f"fov must lie in (0, 180) degrees, got {fov!r}")
        ty = math.tan(math.radians(fov) / 2.0) * _MARGIN
        tx = aspect * ty
        right, left = np.max(tx * z + x), np.max(tx * z - x)
        above, below = np.max(ty * z + y), np.max(ty * z - y)
        distance = max(float((right + left) / (2 * tx)), float((above + below) / (2 * ty)))
        distance = max(distance, float(np.max(z)) + radius / 50.0)
        target = centre + axes[0] * (right - left) / 2 + axes[1] * (above - below) / 2
        height = 2.0 * distance * math.tan(math.radians(fov) / 2.0)
    else:
        distance = 3.0 * radius
        height = 2.0 * float(np.max([np.abs(y), np.abs(x) / aspect])) / _MARGIN or 2.0 * radius
    eye = target + distance * axes[2]
    return _check(
        Camera(
            tuple(map(float, eye)),
            tuple(map(float, target)),
            tuple(map(float, up)),
            projection,
            float(fov),
            float(height),
            radius / 500.0,
            distance + 4.0 * radius,
        )
    )
