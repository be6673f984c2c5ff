"""PNG files that another library reads back to the last bit."""

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from avila_sci.core.errors import DTypeError, ShapeError
from avila_sci.mesh import png

Image = pytest.importorskip("PIL.Image")

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


@settings(deadline=None, max_examples=80)
@given(
    arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=12)),
    st.integers(1, 4),
    st.integers(0, 9),
)
def test_pillow_reads_what_was_written(plane, depth, level):
    pixels = np.stack([np.roll(plane, k) ^ (37 * k) for k in range(depth)], axis=-1)
    image = Image.open(io.BytesIO(png.encode(pixels, level=level)))
    assert image.mode == MODES[depth]
    np.testing.assert_array_equal(np.asarray(image).reshape(pixels.shape), pixels)


def test_smooth_pictures_get_small():
    y, x = np.mgrid[:200, :300]
    pixels = np.stack([x // 2, y, (x + y) // 3], axis=-1).astype(np.uint8)
    assert len(png.encode(pixels)) < 0.1 * len(zlib.compress(pixels.tobytes()))


def test_words_travel_in_the_file(tmp_path):
    path = png.save(tmp_path / "a.png", np.zeros((3, 5), np.uint8), {"Title": "Nordansicht, 北"})
    assert Image.open(path).text == {"Title": "Nordansicht, 北"}


def test_every_chunk_carries_its_checksum():
    data = png.encode(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
    place, kinds = 8, []
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        body = data[place + 4 : place + 8 + size]
        assert zlib.crc32(body) == struct.unpack_from(">I", data, place + 8 + size)[0]
        kinds.append(kind)
        place += 12 + size
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]


def test_the_words_of_the_errors():
    with pytest.raises(DTypeError, match=r"uint8, got float64 .*255"):
        png.encode(np.zeros((2, 2)))
    for shape in ((0, 3), (2, 3, 5), (4,)):
        with pytest.raises(ShapeError, match="at least one pixel"):
            png.encode(np.zeros(shape, np.uint8))
