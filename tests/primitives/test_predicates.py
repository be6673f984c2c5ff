"""Signs of determinants against rational arithmetic, where rounding would have them wrong."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from avila_sci.primitives.predicates import (
    _grow,
    _incircle,
    _incircle_adapt,
    _incircle_exact,
    _minor,
    _orient2d,
    _orient2d_exact,
    _scaled,
    _summed,
    incircle,
    orient2d,
)


def sign(x):
    return int(x > 0) - int(x < 0)


def orientation(*p):
    ax, ay, bx, by, cx, cy = map(Fraction, map(float, p))
    return sign((ax - cx) * (by - cy) - (ay - cy) * (bx - cx))


def in_circle(*p):
    ax, ay, bx, by, cx, cy, dx, dy = map(Fraction, map(float, p))
    rows = [(x - dx, y - dy, (x - dx) ** 2 + (y - dy) ** 2) for x, y in ((ax, ay), (bx, by), (cx, cy))]
    (a, b, c), (d, e, f), (g, h, i) = rows
    return sign(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))


# ------------------------------------------------------------------------------------------------ exact cases


def test_turns_and_lines():
    assert orient2d(0, 0, 1, 0, 0, 1) == 1.0
    assert orient2d(0, 0, 0, 1, 1, 0) == -1.0
    assert orient2d(3, 3, 3, 3, 5, 1) == 0.0


def test_a_grid_of_neighbouring_floats_about_a_line_is_told_apart():
    """Shewchuk's figure: the plain determinant has the wrong sign for most of these 1024 points."""
    ulp = 2.0**-53
    wrong = 0
    for i in range(32):
        for j in range(32):
            p = (0.5 + i * ulp, 0.5 + j * ulp, 12.0, 12.0, 24.0, 24.0)
            assert sign(_orient2d(*p)) == orientation(*p)
            plain = (p[0] - p[4]) * (p[3] - p[5]) - (p[1] - p[5]) * (p[2] - p[4])
            wrong += sign(plain) != orientation(*p)
    assert wrong > 100  # else the test proves nothing


def test_the_unit_circle_is_told_from_its_neighbours():
    a, b, c = (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)
    assert incircle(*a, *b, *c, 0, -1) == 0.0
    assert incircle(*a, *b, *c, 0, math.nextafter(-1, 0)) > 0.0
    assert incircle(*a, *b, *c, 0, math.nextafter(-1, -2)) < 0.0
    assert incircle(*c, *b, *a, 0, 0) < 0.0  # clockwise


def test_rectangles_of_any_numbers_are_cocircular():
    x0, x1, y0, y1 = 0.1, 123.7, -0.3, 1 / 3
    corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
    for k in range(4):
        p = [x for i in range(4) for x in corners[(i + k) % 4]]
        assert _incircle(*p) == 0.0
        assert _incircle_exact(*p) == 0.0  # the short cut tells the truth


def test_points_on_a_pythagorean_circle_far_from_the_origin():
    """Differences are exact here, so the second stage decides."""
    shift = 2.0**40
    points = [(5, 0), (3, 4), (-4, 3), (0, -5), (-3, -4), (4, -3)]
    for d in points[3:]:
        p = [shift + x for q in (*points[:3], d) for x in q]
        assert _incircle(*p) == 0.0
    p = [shift + x for q in (*points[:3], (-3.0, -4.0)) for x in q]
    p[7] += 2.0**-12
    assert _incircle(*p) > 0.0


def test_what_is_not_finite_gives_nan():
    assert math.isnan(orient2d(math.nan, 0, 1, 0, 0, 1))
    assert not abs(incircle(math.nan, 0, 1, 0, 0, 1, 1, 1)) > 0.0


# -------------------------------------------------------------------------------------------- expansions

number = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-20)


def expansion(values):
    e = np.empty(64)
    n = 0
    for v in values:
        n = _grow(e, n, v)
    return e, n


def exact(e, n):
    return sum(map(Fraction, e[:n].tolist()), Fraction(0))


@settings(deadline=None)
@given(st.lists(number, max_size=8), st.lists(number, max_size=8), number)
def test_expansions_lose_nothing(a, b, x):
    e, n = expansion(a)
    f, m = expansion(b)
    out = np.empty(128)
    assert exact(e, n) == sum(map(Fraction, a), Fraction(0))
    assert all(e[:n] != 0.0)
    k = _summed(e, n, f, m, out)
    assert exact(out, k) == exact(e, n) + exact(f, m)
    assert k == 0 or sign(out[k - 1]) == sign(exact(out, k))
    k = _scaled(e, n, x, out)
    assert exact(out, k) == exact(e, n) * Fraction(x)
    assert k == 0 or sign(out[k - 1]) == sign(exact(out, k))


@settings(deadline=None)
@given(number, number, number, number)
def test_minors_are_exact(a, b, c, d):
    out = np.empty(4)
    n = _minor(a, b, c, d, out)
    assert exact(out, n) == Fraction(a) * Fraction(d) - Fraction(c) * Fraction(b)


# -------------------------------------------------------------------------------------------------- laws

coarse = st.integers(-6, 6).map(lambda k: k * 0.1)  # products of tenths are all but equal, seldom equal
fine = st.integers(-3, 3).map(lambda k: 0.5 + k * 2.0**-53)
coordinate = st.one_of(coarse, fine, st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-30))


@settings(deadline=None, max_examples=400)
@given(st.tuples(*[coordinate] * 6))
@example((0.1, 0.1, 0.3, 0.3, 0.7, 0.7))
def test_orientation_is_that_of_rational_arithmetic(p):
    assert sign(_orient2d(*p)) == orientation(*p)
    assert sign(_orient2d_exact(*p)) == orientation(*p)
    assert sign(_orient2d(*p[2:], *p[:2])) == sign(_orient2d(*p))
    assert sign(_orient2d(*p[2:4], *p[:2], *p[4:])) == -sign(_orient2d(*p))


@settings(deadline=None, max_examples=400)
@given(st.tuples(*[coordinate] * 8))
def test_circles_are_those_of_rational_arithmetic(p):
    expected = in_circle(*p)
    assert sign(_incircle(*p)) == expected
    assert sign(_incircle_exact(*p)) == expected
    assert sign(_incircle_adapt(*p, 1e30)) == expected  # a bound that sends everything to the last stage


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 3), st.integers(0, 5), st.integers(-2, 2), st.floats(0.1, 10.0), st.floats(-1e3, 1e3))
def test_all_but_cocircular_points(first, last, ulps, size, shift):
    """Every stage of the ladder meets a case here: regular hexagons and squares, a corner moved by a few ulps."""
    corners = [(math.cos(k * math.pi / 3), math.sin(k * math.pi / 3)) for k in range(6)]
    chosen = [corners[(first + k) % 6] for k in range(3)] + [corners[last]]
    p = [shift + size * x for q in chosen for x in q]
    for _ in range(abs(ulps)):
        p[7] = math.nextafter(p[7], math.inf if ulps > 0 else -math.inf)
    p = [x if abs(x) > 1e-60 else 0.0 for x in p]  # smaller ones are excluded by the docstring
    assert sign(_incircle(*p)) == in_circle(*p)


@pytest.mark.parametrize("scale", [1e-65, 1.0, 1e65])
def test_the_stated_range_holds(scale):
    rng = np.random.default_rng(3)
    for _ in range(50):
        p = (rng.integers(-9, 10, 8) * 0.1 * scale).tolist()
        q = [x + 0.3 * scale for x in p]
        assert sign(_incircle(*q)) == in_circle(*q)
        assert sign(_orient2d(*q[:6])) == orientation(*q[:6])
