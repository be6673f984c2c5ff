"""Triangulations of points and edges: exact orientation, empty circles, Euler, all constraints there."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plane import check_triangulation, read_cdt, sign_of_turn

from avila_sci.core.errors import DomainError, ShapeError
from avila_sci.mesh.delaunay import (
    FAILED,
    GHOST,
    NOT_FINITE,
    OK,
    POINTS,
    TRIANGLES,
    _constrained,
    _curve_order,
    _delaunay_triangulation,
    _hilbert,
    constrained_triangulation,
    delaunay_triangulation,
)


def constrain(points, edges):
    """Points, triangles and constrained edges (as pairs, in the direction of the input) of a triangulation."""
    points, edges = np.asarray(points, float), np.asarray(edges, np.int32).reshape(-1, 2)
    t, status = _constrained(points, edges, np.zeros(len(edges), np.int32), 1)
    assert status == OK
    v = t.vertex[: t.count[TRIANGLES]]
    fixed = set()
    for s in np.flatnonzero((v != GHOST).all(axis=1)).tolist():
        for k in range(3):
            if t.edge[s, k] != 0:
                fixed.add(frozenset(v[s, [(k + 1) % 3, (k + 2) % 3]].tolist()))
    return t.points[: t.count[POINTS]], v[(v != GHOST).all(axis=1)], fixed, t.same


def check_edges(points, edges, fixed, same, n):
    """Every input edge is a chain of fixed edges that runs along it; exactly, where the corners are input points."""
    around = {}
    for e in fixed:
        i, j = tuple(e)
        around.setdefault(i, []).append(j)
        around.setdefault(j, []).append(i)
    size = np.abs(points).max(initial=1e-300)
    for i, j in np.asarray(edges).reshape(-1, 2).tolist():
        a, b = int(same[i]), int(same[j])
        along = points[b] - points[a]
        while a != b:
            ahead = []
            for v in around.get(a, []):
                step = points[v] - points[a]
                off = abs(along[0] * step[1] - along[1] * step[0])
                straight = off <= 1e-12 * size * np.hypot(*along)
                if a < n and v < n and b < n:
                    straight = sign_of_turn(points[a], points[b], points[v]) == 0 or straight
                if straight and along @ step > 0 and step @ step <= (points[b] - points[a]) @ along * (1 + 1e-9):
                    ahead.append((step @ step, v))
            assert ahead, (i, j)
            a = min(ahead)[1]


def check(points, edges):
    out, triangles, fixed, same = constrain(points, edges)
    check_triangulation(out, triangles, fixed)
    check_edges(out, edges, fixed, same, len(points))
    return out, triangles


# ---------------------------------------------------------------------------------------------- exact cases


def test_a_square_with_its_centre():
    triangles = delaunay_triangulation([[0, 0], [2, 0], [2, 2], [0, 2], [1, 1]])
    assert sorted(sorted(t) for t in triangles.tolist()) == [[0, 1, 4], [0, 3, 4], [1, 2, 4], [2, 3, 4]]


@pytest.mark.parametrize("points", [[], [[1, 2]], [[1, 2]] * 4, [[0, 0], [1, 1]], [[k, 2 * k] for k in range(9)]])
def test_points_on_a_line_have_no_triangles(points):
    assert delaunay_triangulation(points).shape == (0, 3)
    assert len(constrained_triangulation(points, [[0, len(points) - 1]] if points else [])[1]) == 0


def test_a_sliver_along_the_hull_is_kept():
    """A surrounding triangle, however large, loses it: the circle of the sliver holds the corners of that triangle."""
    points = [[0, 0], [1, 1e-15], [2, 0], [1, 5]]
    assert len(delaunay_triangulation(points)) == 3
    assert len(delaunay_triangulation(points[:3])) == 1


def test_crossing_edges_share_a_point():
    points, triangles = constrained_triangulation([[0, 0], [4, 0], [4, 2], [0, 2]], [[0, 2], [1, 3]])
    assert points[4:].tolist() == [[2.0, 1.0]]
    assert len(triangles) == 4


def test_an_edge_across_a_fan_that_no_flip_shortens():
    """Teeth from both sides: no edge that crosses the new one can be flipped away before others make room."""
    x = np.arange(1, 40)
    teeth = np.c_[x, np.where(x % 2, 1.0, -1.0) * (0.01 + (x % 7))]
    points = np.vstack([[[0, 0], [40, 0]], teeth])
    outer = np.array([[2 + i, 2 + i + 2] for i in range(len(x) - 2)])
    check(points, np.vstack([outer, [[0, 1]]]))
    check(points, [[0, 1]])


def test_of_points_at_one_place_the_first_is_used():
    rng = np.random.default_rng(1)
    points = rng.integers(0, 12, (600, 2)).astype(float)
    triangles = delaunay_triangulation(points)
    check_triangulation(points, triangles)
    first = {}
    for i, p in enumerate(map(tuple, points.tolist())):
        first.setdefault(p, i)
    assert set(np.unique(triangles).tolist()) <= set(first.values())


def test_the_hilbert_curve_visits_neighbours_one_after_the_other():
    place = {_hilbert(x << 12, y << 12): (x, y) for x in range(16) for y in range(16)}
    path = [place[d] for d in sorted(place)]
    assert len(path) == 256
    assert all(abs(a - c) + abs(b - d) == 1 for (a, b), (c, d) in pairwise(path))
    order = _curve_order(np.array([[0.0, 0], [1, 0], [0, 0], [0, 1], [0, 0]]))
    assert sorted(order.tolist()) == [0, 1, 2, 3, 4]
    assert [i for i in order.tolist() if i in (0, 2, 4)] == [0, 2, 4]


# ------------------------------------------------------------------------------------------ oracle, real files


@pytest.mark.parametrize("n", [10, 150, 5000])
def test_agrees_with_qhull(n):
    scipy = pytest.importorskip("scipy.spatial")
    points = np.random.default_rng(n).random((n, 2))
    ours = {tuple(t) for t in np.sort(delaunay_triangulation(points), axis=1).tolist()}
    peer = {tuple(t) for t in np.sort(scipy.Delaunay(points).simplices, axis=1).tolist()}
    # qhull joins what it cannot tell from cocircular within rounding; among uniform points that is next to nothing
    assert len(ours ^ peer) <= n // 1000


def test_every_input_of_cdt(shared_data):
    files = sorted((shared_data / "cdt").glob("*.txt"))
    assert len(files) > 25
    for file in files:
        points, edges = read_cdt(file)
        out, _triangles, fixed, same = constrain(points, edges)
        check_triangulation(out, _triangles, fixed)
        check_edges(out, edges, fixed, same, len(points))


# ----------------------------------------------------------------------------------------------------- laws

lattice = st.tuples(st.integers(0, 5), st.integers(0, 5))
tenths = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda p: (p[0] * 0.1, p[1] * 0.1))
anywhere = st.tuples(st.floats(-1e6, 1e6, width=32), st.floats(-1e6, 1e6, width=32))
far = lattice.map(lambda p: (1e6 + p[0] * 0.1, 5.6e6 + p[1] * 0.1))
clouds = st.one_of(*[st.lists(p, min_size=3, max_size=24) for p in (lattice, tenths, anywhere, far)])


@settings(deadline=None, max_examples=200)
@given(clouds)
def test_any_points_are_triangulated(points):
    points = np.array(points, float)
    triangles, status = _delaunay_triangulation(points)
    assert status == OK
    if len(triangles):
        check_triangulation(points, triangles)
    else:
        first = next((p for p in points if (p != points[0]).any()), None)
        assert first is None or not any(sign_of_turn(points[0], first, p) for p in points)


@settings(deadline=None, max_examples=200)
@given(st.lists(lattice, min_size=3, max_size=14), st.data())
def test_any_edges_are_inserted(points, data):
    """On a small lattice edges touch, overlap, repeat and cross in every way."""
    n = len(points)
    edges = data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=8))
    points = np.array(points, float)
    if len(delaunay_triangulation(points)):
        check(points, edges)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(3, 60), st.integers(0, 12))
def test_random_edges_cross_and_are_inserted(seed, n, m):
    rng = np.random.default_rng(seed)
    points = rng.random((n, 2))
    check(points, rng.integers(0, n, (m, 2)))


def test_a_long_edge_through_many_points():
    rng = np.random.default_rng(5)
    points = np.vstack([rng.random((3000, 2)), [[-0.1, 0.4], [1.1, 0.6], [0.2, -0.1], [0.7, 1.1]]])
    out, _ = check(points, [[3000, 3001], [3002, 3003]])
    assert len(out) == 3005


def test_many_lines_that_all_cross_grow_the_room():
    n = 40
    ends = np.arange(n)
    points = np.vstack([np.c_[ends, np.zeros(n)], np.c_[ends[::-1] + 0.37 * np.sin(ends), np.ones(n)]])
    edges = np.c_[ends, ends + n]
    out, _triangles, _, _ = constrain(points, edges)
    assert len(out) > 2 * n + 600


def test_a_grid_needs_no_luck():
    """Every square is cocircular: each of the 2 n² circle tests is zero."""
    x, y = np.meshgrid(np.arange(40) * 0.1, np.arange(40) * 0.1)
    points = np.c_[x.ravel(), y.ravel()]
    triangles = delaunay_triangulation(points)
    assert len(triangles) == 2 * 39 * 39
    check_triangulation(points, triangles)


# --------------------------------------------------------------------------------------------------- errors


def test_what_is_not_finite_is_a_status_and_an_error():
    for bad in (np.nan, np.inf, 1e71):
        assert _delaunay_triangulation(np.array([[0, 0], [1, 0], [0, bad]]))[1] == NOT_FINITE
    with pytest.raises(DomainError, match="points must be finite"):
        delaunay_triangulation([[0, 0], [1, 0], [0, np.nan]])
    with pytest.raises(DomainError, match="within 1e"):
        delaunay_triangulation([[0, 0], [1, 0], [0, 1e71]])
    with pytest.raises(ShapeError, match="points"):
        delaunay_triangulation([[0, 0, 0]])
    with pytest.raises(DomainError, match=r"edges must lie in \[0, 3\)"):
        constrained_triangulation([[0, 0], [1, 0], [0, 1]], [[0, 3]])
    assert FAILED not in (OK, NOT_FINITE)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.floats(-1e300, 1e300), st.floats(-1e300, 1e300)), max_size=12), st.integers(0, 2**16))
def test_beyond_the_range_it_ends_and_gives_a_status(points, seed):
    """Products underflow here and signs may be wrong: no promise but an answer."""
    points = np.array(points, float).reshape(-1, 2)
    edges = np.random.default_rng(seed).integers(0, max(len(points), 1), (4 if len(points) else 0, 2))
    for p in (points, points * 1e-300):
        _t, status = _constrained(p, edges.astype(np.int32), np.zeros(len(edges), np.int32), 1)
        assert status in (OK, FAILED, NOT_FINITE)
