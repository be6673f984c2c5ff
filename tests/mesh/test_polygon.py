"""Polygons: the triangles cover exactly where the winding number is positive."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plane import areas, read_polygons, sign_of_turn

from avila_sci.core.errors import DomainError
from avila_sci.mesh.polygon import _arrange, _is_convex, _triangulate, arrange, triangulate


def loops_of(*loops):
    return np.vstack([np.array(loop, float).reshape(-1, 2) for loop in loops]), np.cumsum(
        [0] + [len(loop) for loop in loops]
    )


def edges_of(starts):
    """Edges of the loops that begin at `starts`."""
    loops = [np.c_[np.arange(a, b), np.r_[np.arange(a + 1, b), a]] for a, b in pairwise(starts)]
    return np.vstack(loops).astype(np.int32)


def check(*loops, area=None):
    points, starts = loops_of(*loops)
    out, triangles = triangulate(points, starts)
    assert all(sign_of_turn(*(out[i] for i in t)) == 1 for t in triangles)
    directed = {(t[k], t[k - 2]) for t in triangles.tolist() for k in range(3)}
    assert len(directed) == 3 * len(triangles)
    if area is not None:
        assert areas(out, triangles).sum() == pytest.approx(area, rel=1e-12, abs=1e-300)
    return out, triangles


SQUARE = [(0, 0), (3, 0), (3, 3), (0, 3)]
HOLE = [(1, 1), (1, 2), (2, 2), (2, 1)]


# ---------------------------------------------------------------------------------------------- exact cases


def test_convex_outlines_are_fans():
    out, triangles = check(SQUARE, area=9)
    assert triangles.tolist() == [[0, 1, 2], [0, 2, 3]]
    assert len(out) == 4


def test_holes_islands_and_nothing():
    check(SQUARE, HOLE, area=8)
    check(SQUARE, HOLE, [(1.2, 1.2), (1.8, 1.2), (1.5, 1.8)], area=8 + 0.18)
    check(SQUARE[::-1], area=0)
    assert len(triangulate(np.empty((0, 2)))[1]) == 0
    assert len(triangulate([[0, 0], [1, 1]])[1]) == 0


def test_a_hole_that_touches_or_leaves_its_border():
    check(SQUARE, [(0, 1), (1, 2), (1, 1)], area=8.5)
    check(SQUARE, [(0, 1), (0, 2), (1, 2), (1, 1)], area=8)
    check(SQUARE, [(-1, 1), (-1, 2), (1, 2), (1, 1)], area=8)  # outside the winding is negative
    check(SQUARE, SQUARE[::-1], area=0)


def test_loops_that_overlap_count_once():
    moved = [(x + 2, y + 2) for x, y in SQUARE]
    check(SQUARE, moved, area=17)
    check(SQUARE, SQUARE, area=9)
    check(SQUARE, HOLE[::-1], area=9)


def test_a_bow_tie_keeps_the_half_that_turns_left():
    out, triangles = check([(0, 0), (2, 2), (2, 0), (0, 2)], area=1)
    assert len(out) == 5
    assert out[triangles][..., 0].min() == 1.0 or out[triangles][..., 0].max() == 1.0


def test_a_spike_without_width_has_no_triangle():
    _out, triangles = check([(0, 0), (4, 0), (2, 0), (2, 2), (0, 2)], area=4)
    assert 1 not in triangles


def test_points_in_the_middle_of_a_side_are_corners():
    """Neighbours in space share them, so they must not be bridged."""
    out, triangles = check([(0, 0), (1, 0), (2, 0), (3, 0), (3, 3), (0, 3), (0, 1)], area=9)
    assert len(out) == 7
    assert set(triangles.ravel().tolist()) == set(range(7))


def test_a_star_is_not_convex_although_it_always_turns_left():
    star = np.array([[math.cos(4 * math.pi * k / 5), math.sin(4 * math.pi * k / 5)] for k in range(5)])
    assert not _is_convex(star)
    assert _is_convex(star[[0, 3, 1, 4, 2]])
    out, triangles = check(star)
    assert len(out) == 10
    assert len(triangles) == 8


def test_arrange_counts_windings():
    square = np.array(SQUARE, float)
    ring = np.array([[0, 1], [1, 2], [2, 3], [3, 0]])
    points, triangles, winding = arrange(
        np.r_[square, square + 1, square], np.r_[ring, ring + 4, ring[:, ::-1] + 8], [0] * 4 + [1] * 4 + [2] * 4, 3
    )
    size = areas(points, triangles)
    for operand, expected in enumerate((9, 9, -9)):
        assert (size * winding[:, operand]).sum() == pytest.approx(expected, rel=1e-14)
    assert size[(winding[:, 0] == 1) & (winding[:, 1] == 1)].sum() == pytest.approx(4, rel=1e-14)
    assert (winding[:, 2] == -winding[:, 0]).all()


# -------------------------------------------------------------------------------------------- real files


def test_every_polygon_of_the_corpus(shared_data):
    """What winds round k times counts k times; where the polygons are simple, all that is positive is the area."""
    count = 0
    for name, _expected, epsilon, loops in read_polygons(shared_data / "cdt" / "manifold" / "polygon_corpus.txt"):
        points, starts = loops_of(*loops)
        if not np.isfinite(points).all():
            continue
        edges = edges_of(starts)
        out, triangles, number, status = _arrange(points, edges, np.zeros(len(edges), np.int32), 1)
        assert status == 0, name
        whole = (areas(out, triangles) * number[:, 0]).sum()
        length = sum(np.hypot(*(p - np.roll(p, -1, axis=0)).T).sum() for p in loops)
        rounding = 1e-15 * np.abs(points).max() * length
        expected = sum(map(shoelace, loops)) / 2
        assert whole == pytest.approx(expected, abs=16 * rounding), name
        out, triangles, status = _triangulate(points, starts)
        assert status == 0, name
        if epsilon >= 0:
            assert areas(out, triangles).sum() == pytest.approx(expected, abs=rounding + 4 * epsilon * length), name
        count += 1
    assert count > 20


def shoelace(p):
    q = np.roll(p, -1, axis=0)
    origin = p[0]
    return float(((p - origin)[:, 0] * (q - origin)[:, 1] - (p - origin)[:, 1] * (q - origin)[:, 0]).sum())


def test_the_zebra(shared_data):
    """Thousands of stripes in one polygon."""
    for _name, _expected, epsilon, loops in read_polygons(shared_data / "cdt" / "manifold" / "zebra.txt.gz"):
        points, starts = loops_of(*loops)
        out, triangles, status = _triangulate(points, starts)
        assert status == 0
        length = sum(np.hypot(*(p - np.roll(p, -1, axis=0)).T).sum() for p in loops)
        expected = sum(map(shoelace, loops)) / 2
        assert areas(out, triangles).sum() == pytest.approx(expected, abs=4 * max(epsilon, 1e-12) * length)


# ----------------------------------------------------------------------------------------------------- laws

corner = st.tuples(st.integers(0, 6), st.integers(0, 6))


def winding(loops, x, y):
    """Winding number by crossings of a ray; (x, y) on no edge."""
    total = 0
    for loop in loops:
        for (ax, ay), (bx, by) in zip(loop, [*loop[1:], loop[0]]):
            if (ay <= y) != (by <= y):
                side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
                total += (1 if by > ay else -1) * (side * (1 if by > ay else -1) > 0)
    return total


@settings(deadline=None, max_examples=150)
@given(st.lists(st.lists(corner, min_size=3, max_size=7), min_size=1, max_size=3), st.integers(0, 2**16))
def test_loops_on_a_lattice_cover_what_winds_round(loops, seed):
    """Loops that touch, cross and overlap as they like, against rays from random points."""
    points, starts = loops_of(*loops)
    out, triangles = triangulate(points, starts)
    edges = edges_of(starts)
    all_points, all_triangles, number, status = _arrange(points, edges, np.zeros(len(edges), np.int32), 1)
    assert status == 0
    assert areas(out, triangles).sum() == pytest.approx(
        areas(all_points, all_triangles)[number[:, 0] > 0].sum(), rel=1e-12, abs=1e-12
    )
    for t, n in zip(all_triangles, number[:, 0]):
        x, y = all_points[t].mean(axis=0)
        if abs(areas(all_points, t[None])[0]) > 1e-9:
            assert winding(loops, x, y) == n
    a, b, c = (out[triangles[:, k]] for k in range(3))
    for x, y in np.random.default_rng(seed).uniform(-0.5, 6.5, (10, 2)):
        q = np.array([x, y])
        turns = [(v - u)[:, 0] * (q - u)[:, 1] - (v - u)[:, 1] * (q - u)[:, 0] for u, v in ((a, b), (b, c), (c, a))]
        covered = (np.min(turns, axis=0) > 1e-9).sum() if len(triangles) else 0
        if not len(triangles) or not (np.abs(np.min(turns, axis=0)) <= 1e-9).any():
            assert covered == (winding(loops, x, y) > 0)


@settings(deadline=None, max_examples=60)
@given(st.integers(3, 200), st.integers(0, 2**32), st.sampled_from([0.0, 1e6, 5.6e6]))
def test_star_shaped_outlines_keep_their_area(n, seed, far):
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.random(n)) * 2 * np.pi
    points = far + rng.uniform(0.2, 1.0, n)[:, None] * np.c_[np.cos(angle), np.sin(angle)]
    if np.diff(np.r_[angle, angle[0] + 2 * np.pi]).max() > 3.0:
        return
    out, triangles = triangulate(points)
    expected = 0.5 * shoelace(points)
    assert areas(out - far, triangles).sum() == pytest.approx(expected, abs=1e-15 * n * max(far, 1.0) * 10)
    if len(out) == n:
        assert len(triangles) == n - 2


def test_a_sliver_and_a_comb():
    check([(0, 0), (1e6, 0), (1e6, 1e-9), (0, 1e-9)], area=1e-3)
    teeth = 500
    top = [(k, 1.0 if k % 2 else 1e-9) for k in range(2 * teeth, -1, -1)]
    check([(0, 0), (2 * teeth, 0), *top], area=2 * teeth * (1 + 1e-9) / 2)


# --------------------------------------------------------------------------------------------------- errors


def test_wrong_arguments_are_named():
    with pytest.raises(DomainError, match="loop_start must rise from 0 to the number of points, 4"):
        triangulate(SQUARE, [0, 5])
    with pytest.raises(DomainError, match="loop_start"):
        triangulate(SQUARE, [0, 3, 2, 4])
    with pytest.raises(DomainError, match="points must be finite"):
        triangulate([[0, 0], [1, 0], [0, np.inf]])
    with pytest.raises(DomainError, match=r"operand must lie in \[0, 1\)"):
        arrange(SQUARE, [[0, 1]], [1], 1)
    with pytest.raises(DomainError, match="n_operands"):
        arrange(SQUARE, [[0, 1]], [0], 0)
    assert _triangulate(np.array([[0, 0], [1, 0], [0, np.nan]]), np.array([0, 3]))[2] == 2
