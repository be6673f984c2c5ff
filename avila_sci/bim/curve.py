"""Curves of a building model as polylines.

Lengths stay in the file's unit, angles become radians by the file's unit of plane angle.

References
----------
.. [1] ISO 16739-1:2024 (IFC 4.3), resource IfcGeometryResource.
"""

from typing import NamedTuple

OK, UNSUPPORTED, DEGENERATE, DANGLING, NOT_FINITE, CYCLE, TOO_DEEP = range(7)
"""Status of a geometric item: what a kernel returns beside its arrays."""


class Settings(NamedTuple):
    """How finely to follow curves, and the file's units; every field is a float.

    `length` is metres per unit of the file, `angle` radians per unit of the file.  `deflection` (largest distance of a
    chord from its arc) and `tolerance` (points closer than this are one point) are in the file's unit of length,
    `max_angle` (largest turn of a segment) in radians.
    """

    length: float
    angle: float
    deflection: float
    max_angle: float
    tolerance: float


def fine_settings(length=1.0, angle=1.0, deflection=0.001, max_angle=0.5, tolerance=1e-6):
    """Settings with the defaults of the house: chords within 1 mm of their arc, points within a micrometre are one.

    Parameters
    ----------
    length : float, metres per unit of the file
    angle : float, radians per unit of the file
    deflection, tolerance : float, metres
    max_angle : float, radians

    Returns
    -------
    Settings
    """
    length = float(length)
    return Settings(length, float(angle), deflection / length, float(max_angle), tolerance / length)
