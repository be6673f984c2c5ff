"""Prism minus prisms: walls with windows, against counting cubes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solids import (
    area,
    box,
    cutters,
    cylinder,
    is_closed_by_number,
    prism,
    rotation,
    surface_of,
    together,
    turned,
    volume,
    voxels,
)

from avila_sci.mesh.prism import (
    _axes,
    _choose_axis,
    _conforming,
    _frame,
    _sorted_order,
    _split_at_points,
    _subtract_shared,
)

WALL = box((0, 0, 0), (5, 0.3, 3))


def subtract(host, *others, tolerance=1e-9, origin=(0.0, 0.0, 0.0)):
    b, tb, vertex_start, triangle_start = cutters(*others)
    rows = tb.copy()
    for c in range(len(others)):
        rows[triangle_start[c] : triangle_start[c + 1]] += vertex_start[c]
    return _subtract_shared(
        *host, b, rows, triangle_start, np.ones(len(others), bool), np.array(origin), 10.0, tolerance
    )


def check(host, others, expected_volume, expected_area=None, **where):
    positions, triangles, done = subtract(host, *others, **where)
    assert done.all()
    assert is_closed_by_number(triangles)
    assert volume((positions, triangles)) == pytest.approx(expected_volume, rel=1e-12)
    if expected_area is not None:
        assert area((positions, triangles)) == pytest.approx(expected_area, rel=1e-12)
    return positions, triangles


# ---------------------------------------------------------------------------------------------- exact cases


def test_a_window_through_a_wall():
    positions, triangles = check(WALL, [box((1, -1, 1), (2, 2, 2))], 4.2, 34.8 - 2 + 4 * 0.3)
    assert len(positions) == 16
    assert len(triangles) == 32
    corners = {tuple(p) for p in positions.tolist()}
    assert {tuple(p) for p in WALL[0].tolist()} <= corners  # coordinates come through unchanged


def test_a_niche_that_stops_half_way():
    check(WALL, [box((1, -1, 1), (2, 0.1, 2))], 4.4, 34.8 + 4 * 0.1)


def test_a_door_flush_with_the_floor_and_a_window_flush_with_both_faces():
    check(WALL, [box((1, 0, 0), (2, 0.3, 2))], 3.9)
    check(WALL, [box((1, 0, 1), (2, 0.3, 2))], 4.2)


def test_openings_that_overlap_touch_and_stick_out():
    openings = [box((1, 0, 0), (2, 0.3, 2)), box((2, -1, 0), (3, 1, 2)), box((1.5, 0, 0.5), (2.5, 0.3, 4))]
    check(WALL, openings, 4.5 - 0.3 * (4 + 1))


def test_an_opening_that_takes_all_leaves_nothing():
    _positions, triangles, done = subtract(WALL, box((-1, -1, -1), (9, 9, 9)))
    assert done.all()
    assert len(triangles) == 0


def test_a_cut_that_takes_a_layer_or_an_end():
    check(WALL, [box((-1, -1, -1), (6, 0.1, 9))], 3.0)
    check(WALL, [box((4, -1, -1), (6, 1, 9))], 3.6)


def test_openings_that_touch_at_an_edge_leave_a_closed_mesh():
    check(WALL, [box((1, 0, 0), (2, 0.3, 1)), box((2, 0, 1), (3, 0.3, 2))], 4.5 - 0.6)


def test_a_hollow_inside_the_wall():
    check(WALL, [box((1, 0.1, 1), (2, 0.2, 2))], 4.4, 34.8 + 2 + 0.4)


def test_round_openings_and_a_wall_that_is_a_prism_upright_only():
    hole = turned(cylinder(0.4, -1, 2), [[1, 0, 0], [0, 0, 1], [0, -1, 0]], (2.5, 0, 1.5))
    disc = volume(cylinder(0.4, 0, 0.3))
    check(WALL, [hole, box((4, 0, 0), (4.5, 0.3, 2))], 4.5 - disc - 0.3)
    footprint = [(0, 0), (5, 0), (5, 0.3), (4, 0.6), (0, 0.3)]
    check(prism(footprint, 0, 3), [prism([(1, -1), (2, -1), (2, 1), (1, 1)], 1, 2)], 6.75 - 0.4125)


def test_a_host_with_several_levels_and_a_hole():
    stairs = box((0, 0, 0), (1, 1, 3)), box((1, 0, 0), (2, 1, 2)), box((2, 0, 0), (3, 1, 1))
    whole = sum(map(volume, stairs))
    steps = subtract(box((0, 0, 0), (3, 1, 3)), box((1, -1, 2), (4, 2, 4)), box((2, -1, 1), (4, 2, 4)))[:2]
    assert volume(steps) == pytest.approx(whole)
    check(steps, [box((0.25, 0.25, -1), (2.5, 0.75, 4))], whole - 0.5 * (0.75 * 3 + 2 + 0.5))


def test_meshes_turned_inside_out_count_as_what_they_enclose():
    window = box((1, -1, 1), (2, 2, 2))
    check((WALL[0], WALL[1][:, ::-1].copy()), [(window[0], window[1][:, ::-1].copy())], 4.2)


def test_a_turned_wall_far_away_keeps_flush_openings_flush():
    matrix, place = rotation(0.3, 0.2, 0.7), np.array([4e5, 5.6e6, 120.0])
    openings = [box((1, 0, 0), (2, 0.3, 2)), box((2, 0, 1), (3, 0.3, 2)), box((0, 0, 2), (1, 0.1, 3))]
    host = turned(WALL, matrix, place)
    others = [turned(o, matrix, place) for o in openings]
    positions, triangles, done = subtract(host, *others, tolerance=1e-8, origin=place)
    assert done.all()
    assert is_closed_by_number(triangles)
    assert volume((positions - place, triangles)) == pytest.approx(4.5 - 0.9 - 0.1, rel=1e-8)
    flat = subtract(WALL, *openings)
    assert area((positions - place, triangles)) == pytest.approx(area(flat[:2]), rel=1e-8)


def test_gaps_smaller_than_the_tolerance_are_closed():
    """Outlines that miss each other by less than the tolerance must not leave films, whose area would count."""
    slip = 3e-7
    openings = [box((1, slip, 1), (2, 0.3 - slip, 2)), box((2 + slip, -1, 1 - slip), (3, 1, 2))]
    openings.append(box((4, 0, slip), (5, 1, 2)))
    positions, triangles, done = subtract(WALL, *openings, tolerance=1e-6)
    assert done.all()
    assert volume((positions, triangles)) == pytest.approx(4.5 - 0.3 * 4, rel=1e-5)
    exact = subtract(WALL, box((1, 0, 1), (2, 0.3, 2)), box((2, -1, 1), (3, 1, 2)), box((4, 0, 0), (5, 1, 2)))
    assert area((positions, triangles)) == pytest.approx(area(exact[:2]), rel=1e-5)
    assert len(triangles) == len(exact[1])


# --------------------------------------------------------------------------------------------- recognising


def test_what_is_no_prism_is_left_alone():
    slope = turned(box((1, -1, 1), (2, 2, 2)), rotation(0.1, 0.2, 0))
    _positions, triangles, done = subtract(WALL, slope)
    assert not done.any()
    assert triangles is WALL[1] or np.array_equal(triangles, WALL[1])
    pyramid = (
        np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32),
    )
    assert not subtract(pyramid, box((0, 0, 0), (1, 1, 1)))[2].any()


def test_only_cutters_along_the_axis_are_taken():
    done = subtract(WALL, box((1, -1, 1), (2, 2, 2)), turned(box((3, -1, 1), (4, 2, 2)), rotation(0.1, 0.2, 0)))[2]
    assert done.tolist() == [True, False]


def test_the_axis_with_the_fewest_ends_inside_wins():
    """Through openings: across the wall there are two levels only, along it six."""
    b, tb, _, start = cutters(box((1, -1, 1), (2, 2, 2)))
    frame, shared, count = _choose_axis(*WALL, b, tb, start, np.ones(1, bool), np.zeros(3), 5.0, 1e-9)
    assert count == 1
    assert shared.all()
    assert abs(frame[2, 1]) == 1.0


def test_frames_are_right_handed_and_exact_along_coordinate_axes():
    for axis in ([0, 0, 1.0], [0, -1.0, 0], [-1.0, 0, 0], [1e-13, 1, 0]):
        frame = _frame(np.array(axis), 5.0, 1e-9)
        assert set(np.abs(frame).ravel()) == {0.0, 1.0}
        assert np.linalg.det(frame) == pytest.approx(1.0)
    for axis in _axes(*turned(WALL, rotation(1, 2, 3))):
        frame = _frame(axis, 5.0, 1e-9)
        np.testing.assert_allclose(frame @ frame.T, np.eye(3), atol=1e-15)
        assert np.linalg.det(frame) == pytest.approx(1.0)


def test_axes_of_a_box_are_its_edges():
    matrix = rotation(0.4, -0.2, 1.1)
    found = np.abs(_axes(*turned(WALL, matrix)) @ matrix)
    np.testing.assert_allclose(np.sort(found.max(axis=1)), [1, 1, 1], atol=1e-12)
    assert len(set(found.argmax(axis=1))) == 3


def test_sorting_is_stable():
    values = np.array([3.0, 1, 2, 1, 3, 1, 0])
    np.testing.assert_array_equal(_sorted_order(values), np.argsort(values, kind="stable"))
    assert len(_sorted_order(np.empty(0))) == 0


def test_edges_are_led_through_the_points_they_pass():
    points = np.array([[0.0, 0], [4, 0], [1, 1e-10], [3, -1e-10], [2, 1e-8], [5, 0]])
    edges, owner = _split_at_points(points, np.array([[1, 0]], np.int32), np.array([7], np.int32), 1e-9)
    assert sorted(edges.tolist()) == [[1, 3], [2, 0], [3, 2]]
    assert owner.tolist() == [7, 7, 7]


def test_edges_that_cross_share_a_point_and_so_do_their_reverses():
    points = np.array([[0.0, 0], [3, 1], [1, -1], [2, 2], [0, 5], [1, 5]])
    edges = np.array([[0, 1], [1, 0], [2, 3], [4, 5]], np.int32)
    out, pieces, owner = _conforming(points, edges, np.arange(4, dtype=np.int32), 1e-9)
    assert len(out) == 7
    np.testing.assert_allclose(out[6], [1.5, 0.5])
    assert sorted(zip(owner.tolist(), map(tuple, pieces.tolist()))) == [
        *[(0, (0, 6)), (0, (6, 1)), (1, (1, 6)), (1, (6, 0))],
        *[(2, (2, 6)), (2, (6, 3)), (3, (4, 5))],
    ]


# ------------------------------------------------------------------------------------- laws: counting cubes

low = st.tuples(*[st.integers(-1, 4)] * 3)
size = st.tuples(*[st.integers(1, 4)] * 3)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(low, size), min_size=1, max_size=5), st.sampled_from([(4, 3, 2), (5, 1, 4), (1, 1, 1)]))
def test_boxes_on_a_lattice_agree_with_counting_cubes(openings, extent):
    """Every way to touch, overlap, be flush or stick out; volume and area from a set of unit cubes."""
    host = box((0, 0, 0), extent)
    cells = voxels((0, 0, 0), extent)
    others = []
    for start, step in openings:
        others.append(box(start, np.add(start, step)))
        cells -= voxels(start, np.add(start, step))
    positions, triangles, done = subtract(host, *others)
    assert done.all()
    assert volume((positions, triangles)) == pytest.approx(len(cells), abs=1e-12)
    assert area((positions, triangles)) == pytest.approx(surface_of(cells), abs=1e-12)
    assert is_closed_by_number(triangles)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(low, size), min_size=1, max_size=4), st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3))
def test_turning_the_whole_scene_changes_nothing(openings, x, y, z):
    """Rounding makes every flush contact nearly flush: the tolerance must mend it."""
    matrix = rotation(x, y, z)
    cells = voxels((0, 0, 0), (4, 3, 2))
    others = []
    for start, step in openings:
        others.append(turned(box(start, np.add(start, step)), matrix))
        cells -= voxels(start, np.add(start, step))
    positions, triangles, done = subtract(turned(box((0, 0, 0), (4, 3, 2)), matrix), *others)
    assert done.all()
    assert volume((positions, triangles)) == pytest.approx(len(cells), abs=1e-7)
    assert area((positions, triangles)) == pytest.approx(surface_of(cells), abs=1e-7)
    assert is_closed_by_number(triangles)


def test_a_cutter_of_several_pieces():
    check(WALL, [together(box((1, -1, 1), (2, 2, 2)), box((3, -1, 1), (4, 2, 2)))], 3.9)
