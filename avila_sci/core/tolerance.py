"""One policy for "the same point": tolerances scaled to the model, never a fresh ``1e-6``.

Coordinates of size L carry a rounding error of about L * 2^-53; every placement, sweep and cut adds a few of those.
Files add their own: exporters write 6 to 9 digits.  Points closer than `length` cannot be told apart in either sense.
"""

import numpy as np

SMALLEST = 1e-9  # m; below it lie rounding errors of the placements of an ordinary building
RELATIVE = 1e-11  # of the model's size: 2^-53 times the about 1e5 rounding steps a long placement chain may take


def length(size):
    """Distance under which two points of a model of that size are the same point.

    Parameters
    ----------
    size : float or array, any unit of length
        Largest absolute coordinate or diagonal of the bounding box, in metres for the default floor.

    Returns
    -------
    float
    """
    size = float(np.max(np.abs(size))) if np.size(size) else 0.0
    return max(SMALLEST, RELATIVE * size)


WELD = 1e-6  # m; grid on which closedness is judged (the reference data of bim use the same)
