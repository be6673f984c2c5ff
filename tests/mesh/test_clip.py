"""Half-space clip: closed in, closed out, and both halves make the whole."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solids import area, ball, box, cylinder, is_closed_by_number, rotation, together, turned, volume

from avila_sci.core.errors import DomainError, GeometryError, ShapeError
from avila_sci.mesh.clip import OK, OPEN, _clip, _fill, _loops, _weld_near, clip_half_space

X, Z = [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]


def square_tube():
    """A box with a square hole through it along z."""
    outer, inner = box((0, 0, 0), (3, 3, 1)), box((1, 1, 0), (2, 2, 1))
    sides = [4, 5, 6, 7, 8, 9, 10, 11]
    wall = np.vstack([outer[1][sides], inner[1][sides][:, [0, 2, 1]] + 8])
    rings = []
    for i in range(4):
        j = (i + 1) % 4
        rings += [[i, i + 8, j + 8], [i, j + 8, j], [i + 4, j + 4, j + 12], [i + 4, j + 12, i + 12]]
    return np.vstack([outer[0], inner[0]]), np.vstack([wall, rings]).astype(np.int32)


# ---------------------------------------------------------------------------------------------- exact cases


def test_a_cube_cut_at_a_quarter_leaves_a_quarter_below_the_normal():
    mesh = clip_half_space(*box((0, 0, 0), (1, 1, 1)), [0, 0, 0.25], Z)
    assert volume(mesh) == pytest.approx(0.25, rel=1e-15)
    assert area(mesh) == pytest.approx(3.0, rel=1e-15)
    assert mesh[0][:, 2].max() == 0.25
    assert is_closed_by_number(mesh[1])


def test_the_corner_of_a_cube_is_a_tetrahedron():
    positions, triangles = clip_half_space(*box((0, 0, 0), (1, 1, 1)), [0.5, 0, 0], [1, 1, 1])
    assert volume((positions, triangles)) == pytest.approx(1 / 48, rel=1e-14)
    assert is_closed_by_number(triangles)


def test_a_plane_that_misses_the_mesh_returns_it_or_nothing():
    mesh = box((0, 0, 0), (1, 1, 1))
    kept = _clip(*mesh, np.array([0.0, 0, 2]), np.array(Z), 1e-9)
    assert kept[0] is mesh[0] or np.array_equal(kept[0], mesh[0])
    np.testing.assert_array_equal(kept[1], mesh[1])
    assert len(clip_half_space(*mesh, [0, 0, -1], Z)[1]) == 0


@pytest.mark.parametrize(("height", "left"), [(1.0, 1.0), (0.0, 0.0)])
def test_a_plane_through_a_face_takes_all_or_nothing(height, left):
    assert volume(clip_half_space(*box((0, 0, 0), (1, 1, 1)), [0, 0, height], Z)) == left


def test_vertices_within_the_tolerance_lie_in_the_plane():
    mesh = box((0, 0, 0), (1, 1, 1))
    tilted = mesh[0].copy()
    tilted[6, 2] += 5e-7
    _positions, triangles = clip_half_space(tilted, mesh[1], [0, 0, 1], Z, tolerance=1e-6)
    assert len(triangles) == 12
    assert len(clip_half_space(tilted, mesh[1], [0, 0, 1], Z, tolerance=1e-7)[1]) > 12


def test_a_hole_stays_a_hole_in_the_cap():
    mesh = clip_half_space(*square_tube(), [0, 0, 0.5], Z)
    assert volume(mesh) == pytest.approx(4.0, rel=1e-14)
    assert area(mesh) == pytest.approx(2 * 8 + 0.5 * 16, rel=1e-14)
    assert is_closed_by_number(mesh[1])


def test_a_cut_may_leave_two_pieces():
    mesh = clip_half_space(*square_tube(), [0, 1.5, 0], [0, 1, 0])
    assert volume(mesh) == pytest.approx(4.0, rel=1e-14)
    two = clip_half_space(*together(box((0, 0, 0), (1, 1, 1)), box((2, 0, 0), (3, 1, 2))), [0, 0, 0.5], Z)
    assert volume(two) == pytest.approx(1.0, rel=1e-14)
    assert is_closed_by_number(two[1])


def test_a_cut_through_vertices_and_along_edges_makes_no_new_vertices():
    positions, triangles = clip_half_space(*box((0, 0, 0), (1, 1, 1)), [0, 0, 0], [1, -1, 0])
    assert volume((positions, triangles)) == pytest.approx(0.5, rel=1e-15)
    assert len(positions) == 6
    assert is_closed_by_number(triangles)


def test_faces_in_the_plane_on_both_sides_are_kept_only_where_they_bound_what_is_left():
    """Steps: the plane holds a face that looks up (stays) and one that looks down (goes)."""
    mesh = together(box((0, 0, 0), (1, 1, 1)), box((2, 0, 1), (3, 1, 2)))
    left = clip_half_space(*mesh, [0, 0, 1], Z)
    assert volume(left) == pytest.approx(1.0)
    assert left[0][:, 0].max() == 1.0


def test_vertices_repeated_face_by_face_are_welded_where_the_cut_needs_it():
    positions, triangles = box((0, 0, 0), (1, 1, 1))
    soup = positions[triangles].reshape(-1, 3), np.arange(36, dtype=np.int32).reshape(-1, 3)
    mesh = clip_half_space(*soup, [0.3, 0, 0], X)
    assert volume(mesh) == pytest.approx(0.3)
    assert is_closed_by_number(mesh[1])


# ------------------------------------------------------------------------------------------------- laws

unit = st.floats(-1, 1, allow_nan=False)


@settings(deadline=None, max_examples=25)
@given(unit, unit, unit, st.floats(-0.9, 0.9))
def test_the_two_halves_make_the_whole(x, y, z, offset):
    normal = np.array([x, y, z])
    size = np.linalg.norm(normal)
    if size < 0.1:
        return
    mesh = turned(ball(1.0, 8), rotation(x, y, z))
    point = offset * normal / size
    below = clip_half_space(*mesh, point, normal)
    above = clip_half_space(*mesh, point, -normal)
    assert volume(below) + volume(above) == pytest.approx(volume(mesh), rel=1e-12)
    for part, way in ((below, 1.0), (above, -1.0)):
        assert is_closed_by_number(part[1])
        assert (way * (part[0] - point) @ (normal / size)).max(initial=0.0) < 1.1e-9  # the tolerance for this size


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 4), st.integers(0, 4), st.integers(-2, 2), st.integers(-2, 2))
def test_cuts_through_lattice_points_close(x, y, a, b):
    """Planes through vertices and along edges of a tube: every degenerate contact."""
    normal = [float(a), float(b), 0.0]
    if a == 0 and b == 0:
        return
    mesh = square_tube()
    below = clip_half_space(*mesh, [x, y, 0], normal)
    above = clip_half_space(*mesh, [x, y, 0], np.negative(normal))
    assert volume(below) + volume(above) == pytest.approx(8.0, rel=1e-12)
    assert is_closed_by_number(below[1])
    assert is_closed_by_number(above[1])


def test_far_from_the_origin_and_in_millimetres():
    place = np.array([4.2e8, 7.1e9, 1e5])
    positions, triangles = cylinder(300.0, 0.0, 2500.0, 32)
    whole = volume((positions, triangles))
    point = place + np.array([0, 0, 1000.0])
    left = clip_half_space(positions + place, triangles, point, [0.1, 0, 1.0], tolerance=1e-3)
    assert is_closed_by_number(left[1])
    assert volume((left[0] - place, left[1])) == pytest.approx(whole * 0.4, rel=1e-6)


# ------------------------------------------------------------------------------------ helpers, errors, bad input


def test_loops_are_simple_and_dead_ends_are_dropped():
    edges = np.array([[0, 1], [1, 2], [2, 0], [2, 3], [3, 4], [4, 2], [5, 6]], np.int32)
    vertices, starts, is_open = _loops(edges, 7)
    assert is_open
    assert sorted(np.diff(starts).tolist()) == [3, 3]
    assert 5 not in vertices
    assert not _loops(edges[:6], 7)[2]


def test_fill_keeps_its_border_where_an_edge_passes_through_a_vertex():
    """Vertex 4 lies in the middle of the edge 0-1 without being on it: one triangle without area closes the gap."""
    points = np.array([[0.0, 0], [2, 0], [2, 1], [0, 1], [1, 0], [1, 0.5]])
    edges = np.array([[0, 1], [1, 2], [2, 3], [3, 0], [4, 5], [5, 4]], np.int32)[:4]
    edges = np.vstack([edges, [[4, 2], [2, 5], [5, 4]]]).astype(np.int32)
    _out, triangles, excess, status = _fill(points, edges)
    assert status == OK
    count = {}
    for a, b, c in triangles.tolist():
        for i, j in ((a, b), (b, c), (c, a)):
            count[i, j] = count.get((i, j), 0) + 1
            count[j, i] = count.get((j, i), 0) - 1
    assert {e for e, n in count.items() if n > 0} == {tuple(e) for e in edges.tolist()}
    assert excess < 1e-12


def test_fill_counts_windings():
    """A square run round twice is covered twice, one run round backwards is covered from behind."""
    points = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])
    ring = np.array([[0, 1], [1, 2], [2, 3], [3, 0]], np.int32)
    for edges, expected in ((np.vstack([ring, ring]), 2.0), (ring[:, ::-1].copy(), -1.0)):
        _, triangles, _, status = _fill(points, edges)
        a, b, c = (points[triangles[:, k]] for k in range(3))
        total = 0.5 * np.sum((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
        assert (status, total) == (OK, expected)


def test_weld_finds_neighbours_across_cells():
    rng = np.random.default_rng(1)
    points = rng.uniform(-3, 3, (200, 3)) * 1e-3
    near = np.vstack([points, points + 4e-9 * rng.uniform(-1, 1, (200, 3))])
    first = _weld_near(near, 1e-8)
    np.testing.assert_array_equal(first[200:], first[:200])
    np.testing.assert_array_equal(_weld_near(near, 1e-12), np.arange(400))


def test_an_open_mesh_is_told():
    positions, triangles = box((0, 0, 0), (1, 1, 1))
    with pytest.raises(GeometryError, match="gap"):
        clip_half_space(positions, triangles[:-1], [0, 0, 0.5], Z)
    left = _clip(positions, triangles[:-1], np.array([0, 0, 0.5]), np.array(Z), 1e-9)
    assert left[2] == OPEN
    assert len(left[1]) > 0


def test_wrong_arguments_are_named():
    mesh = box((0, 0, 0), (1, 1, 1))
    with pytest.raises(GeometryError, match="normal must not be zero"):
        clip_half_space(*mesh, [0, 0, 0], [0, 0, 0])
    with pytest.raises(DomainError, match="finite"):
        clip_half_space(mesh[0] * np.nan, mesh[1], [0, 0, 0], Z)
    with pytest.raises(ShapeError, match="positions"):
        clip_half_space(mesh[0][:, :2], mesh[1], [0, 0, 0], Z)
    with pytest.raises(DomainError, match="count from 1"):
        clip_half_space(mesh[0], mesh[1] + 1, [0, 0, 0], Z)
    assert math.isnan(_clip(mesh[0] * np.nan, mesh[1], np.zeros(3), np.array(Z), 1e-9)[0][0, 0])
