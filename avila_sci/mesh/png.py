"""PNG files: an encoder of forty lines, because a picture should not need a library.

Each row is stored as the difference from what its neighbours predict (the filter) and the whole goes through zlib.

References
----------
.. [1] W3C, "Portable Network Graphics (PNG) Specification (Third Edition)", 2025, sections 5, 9 and 11.
"""

import struct
import zlib

import numpy as np

from avila_sci.core.errors import DTypeError, ShapeError
from avila_sci.core.files import replace

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPE = {1: 0, 2: 4, 3: 2, 4: 6}


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _paeth(pixels):
    """Rows of differences, each led by the filter's number."""
    height, width, depth = pixels.shape
    here = pixels.astype(np.int16)
    left, above, corner = (np.zeros_like(here) for _ in range(3))
    left[:, 1:] = here[:, :-1]
    above[1:] = here[:-1]
    corner[1:, 1:] = here[:-1, :-1]
    to_left, to_above = np.abs(above - corner), np.abs(left - corner)
    to_corner = np.abs(left + above - 2 * corner)
    guess = np.where(
        (to_left <= to_above) & (to_left <= to_corner), left, np.where(to_above <= to_corner, above, corner)
    )
    rows = np.empty((height, 1 + width * depth), np.uint8)
    rows[:, 0] = 4
    rows[:, 1:] = (here - guess).astype(np.uint8).reshape(height, -1)
    return rows


def encode(pixels, text=None, level=6):
    """Picture as the bytes of a PNG file.

    Parameters
    ----------
    pixels : (height, width), (height, width, 3) or (height, width, 4) uint8
        Grey, red-green-blue, or that and opacity (1, 2, 3 or 4 channels).
    text : dict of str to str, optional
        Words kept in the file: ``{"Title": "north side"}``.  Keys of 1 to 79 Latin letters, values of any text.
    level : int
        0 (none) to 9 (smallest) for zlib.

    Returns
    -------
    bytes

    Raises
    ------
    ShapeError, DTypeError
        Not such an array, or an empty one.

    Examples
    --------
    >>> encode(np.zeros((2, 3), np.uint8))[1:4]
    b'PNG'
    """
    pixels = np.asarray(pixels)
    if pixels.dtype != np.uint8:
        raise DTypeError(f"pixels must be uint8, got {pixels.dtype.name} (scale 0 … 1 by 255 and round first)")
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    if pixels.ndim != 3 or pixels.shape[2] not in _COLOUR_TYPE or 0 in pixels.shape:
        raise ShapeError(
            f"pixels must have the shape (height, width, 1 to 4) and at least one pixel, got {pixels.shape}"
        )
    height, width, depth = pixels.shape
    parts = [_SIGNATURE, _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPE[depth], 0, 0, 0))]
    for key, value in (text or {}).items():
        parts.append(_chunk(b"iTXt", key.encode("latin-1") + b"\0\0\0\0\0" + str(value).encode("utf-8")))
    parts.append(_chunk(b"IDAT", zlib.compress(_paeth(pixels).tobytes(), level)))
    parts.append(_chunk(b"IEND", b""))
    return b"".join(parts)


def save(path, pixels, text=None, level=6):
    """Write a picture as a PNG file; see `encode`.

    Parameters
    ----------
    path : str or path
    pixels, text, level
        As `encode` takes them.

    Returns
    -------
    pathlib.Path
    """
    return replace(path, [encode(pixels, text, level)])
