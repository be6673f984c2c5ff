"""Area, volume, closedness and bounds of triangle meshes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avila_sci.core.errors import DomainError, DTypeError, ShapeError
from avila_sci.mesh.measure import _measure, area, bounds, is_closed, volume

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
BOX = np.array(
    [
        *([0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]),
        *([2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]),
    ]
)


def test_a_box_measures_what_its_sides_say():
    positions = CORNERS * (2.0, 3.0, 5.0)
    assert area(positions, BOX) == 62.0
    assert volume(positions, BOX) == pytest.approx(30.0, rel=1e-15)
    assert is_closed(positions, BOX)
    assert bounds(positions).tolist() == [0, 0, 0, 2, 3, 5]


def test_a_box_turned_inside_out_has_a_negative_volume():
    assert volume(CORNERS, BOX[:, ::-1]) == pytest.approx(-1.0, rel=1e-15)
    assert is_closed(CORNERS, BOX[:, ::-1])


def test_far_from_the_origin_the_volume_keeps_its_digits():
    assert volume(CORNERS + 2.0**22, BOX) == pytest.approx(1.0, rel=1e-15)


def test_vertices_repeated_face_by_face_are_welded():
    soup = CORNERS[BOX].reshape(-1, 3)
    triangles = np.arange(36).reshape(12, 3)
    assert is_closed(soup, triangles)
    soup[7] += 3e-6
    assert not is_closed(soup, triangles)
    assert is_closed(soup, triangles, grid=1e-4)


def test_a_missing_or_doubled_triangle_opens_the_mesh():
    assert not is_closed(CORNERS, BOX[1:])
    assert not is_closed(CORNERS, np.vstack([BOX, BOX[:1]]))
    assert not is_closed(CORNERS, np.vstack([BOX[:-1], BOX[-1:, ::-1]]))
    assert not is_closed(CORNERS, BOX[:0])


def test_triangles_that_degenerate_on_the_grid_are_left_out():
    extra = np.vstack([CORNERS, [[0, 0, 2e-7]]])
    assert is_closed(extra, np.vstack([BOX, [[0, 8, 5]]]))


def test_a_position_that_is_no_number_is_nobodys_neighbour():
    positions = CORNERS.copy()
    positions[3] = np.nan
    assert is_closed(positions, BOX), "one vertex used by index stays one vertex"
    assert not is_closed(positions[BOX].reshape(-1, 3), np.arange(36).reshape(12, 3))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_measures_do_not_depend_on_the_order_of_triangles_or_on_rigid_moves(seed):
    rng = np.random.default_rng(seed)
    positions = CORNERS * rng.uniform(0.5, 2.0, 3)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    if np.linalg.det(turn) < 0:
        turn = -turn
    there = _measure(positions, BOX.astype(np.int32))
    back = _measure(positions @ turn.T + rng.normal(size=3), rng.permutation(BOX).astype(np.int32))
    assert back.area == pytest.approx(there.area, rel=1e-13)
    assert back.volume == pytest.approx(there.volume, rel=1e-13)
    assert back.closed
    assert there.closed


def test_what_is_no_mesh_is_refused_in_words():
    with pytest.raises(DomainError, match=r"triangle 0 is .* numbered from 1"):
        area(CORNERS, BOX + 7)
    with pytest.raises(ShapeError, match=r"positions must have the shape \(n, 3\)"):
        volume(CORNERS[:, :2], BOX)
    with pytest.raises(DTypeError, match="swapped"):
        area(BOX, CORNERS[:3])
    with pytest.raises(DomainError, match="grid must be positive"):
        is_closed(CORNERS, BOX, grid=0.0)
