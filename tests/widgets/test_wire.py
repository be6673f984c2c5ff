"""Scenes go to the browser and come back the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import GLASS, GREY, RED, at, box, garden, scene, torus
from wire_decoder import decode, triangles_of

from avila_sci.core.errors import ShapeError
from avila_sci.widgets import wire


def world(made):
    """Corners, element and colour of every triangle, as the scene has them, sorted by instance and mesh."""
    corners, elements, rows = [], [], []
    for i in np.argsort(made.instance_mesh, kind="stable"):
        mesh = made.instance_mesh[i]
        triangles = slice(made.triangle_start[mesh], made.triangle_start[mesh + 1])
        points = made.positions[made.triangles[triangles]] @ made.instance_matrix[i, :3, :3].T
        corners.append(points + made.instance_matrix[i, :3, 3])
        elements.append(np.full(len(points), made.instance_element[i]))
        own = made.triangle_colour[triangles]
        rows.append(np.where(own > 0, own, made.instance_colour[i]))
    return np.concatenate(corners), np.concatenate(elements), np.concatenate(rows)


def sorted_rows(corners, elements, rows):
    order = np.lexsort((*np.round(corners, 2).reshape(len(corners), -1).T, rows, elements))
    return corners[order], elements[order], rows[order]


def test_a_scene_comes_back_within_half_a_step():
    made = garden()
    corners, elements, rows = triangles_of(wire.encode(made))
    expected, expected_elements, expected_rows = world(made)
    np.testing.assert_array_equal(elements, expected_elements)
    np.testing.assert_array_equal(rows, expected_rows)
    # The slab is 10 m long: a step of 2^-12 m or finer; matrices are float32.
    np.testing.assert_allclose(corners, expected, atol=2**-12)


def test_triangles_with_colours_of_their_own_come_in_runs():
    shape = box((0, 0, 0), (1, 2, 3))
    colours = [RED, GLASS, 0, RED, 0, 0, GREY, GLASS, RED, 0, GREY, GREY]
    made = scene([shape], [(0, at(), GREY), (0, at(5), RED)], triangle_colour=colours)
    buffer = wire.encode(made)
    _, blocks = decode(buffer)
    assert blocks["run count"].tolist() == [4]
    assert blocks["run colour"].tolist() == [0, GREY, RED, GLASS]
    for ours, theirs in zip(sorted_rows(*triangles_of(buffer)), sorted_rows(*world(made))):
        np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_a_mirrored_mesh_that_is_placed_once_keeps_its_outside_outside():
    made = scene([box((0, 0, 0), (1, 1, 1))], [(0, at(3, 4, 5, np.diag([-1.0, 1.0, 1.0])), GREY)])
    corners, _, _ = triangles_of(wire.encode(made))
    volume = np.einsum("ni,ni->n", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume == pytest.approx(1.0, abs=1e-3)


def test_a_scene_far_from_its_zero_is_sent_with_small_numbers():
    far = scene([box((5e5, 4e6, 0), (5e5 + 2, 4e6 + 3, 1))], [(0, at(), GREY)])
    buffer = wire.encode(far)
    header, blocks = decode(buffer)
    assert np.abs(blocks["low"]).max() < 10
    np.testing.assert_allclose(triangles_of(buffer)[0], world(far)[0], atol=2**-14)
    assert header["centre"][1] == pytest.approx(4e6, abs=10)


def test_repeated_meshes_far_from_their_own_zero_lose_nothing_to_float32():
    shape = box((1e6, 0, 0), (1e6 + 1, 1, 1))
    made = scene([shape], [(0, at(-1e6 + k), GREY) for k in range(3)])
    np.testing.assert_allclose(triangles_of(wire.encode(made))[0], world(made)[0], atol=2**-13)


def test_meshes_of_a_hundred_metres_take_32_bits():
    made = scene([box((0, 0, 0), (100, 1, 1)), box((0, 0, 0), (50, 1, 1))], [(0, at(), GREY), (1, at(), RED)])
    _, blocks = decode(wire.encode(made))
    assert blocks["wide"].tolist() == [1, 0]
    np.testing.assert_allclose(triangles_of(wire.encode(made))[0], world(made)[0], atol=2**-11)


def test_what_is_not_finite_is_left_out_and_harms_nobody():
    positions, triangles = box((0, 0, 0), (1, 1, 1))
    positions[0, 0] = np.nan
    made = scene(
        [(positions, triangles), box((0, 0, 0), (1, 1, 1))], [(0, at(), GREY), (1, at(np.inf), RED), (1, at(2), RED)]
    )
    corners, elements, _ = triangles_of(wire.encode(made))
    assert np.isfinite(corners).all()
    assert set(elements) == {0, 2}


def test_an_empty_scene_is_a_scene():
    made = scene([box((0, 0, 0), (1, 1, 1))], [])
    header, blocks = decode(wire.encode(made))
    assert header["elements"] == 0
    assert blocks["vertex count"].size == 0


def test_a_large_scene_takes_less_than_twelve_bytes_a_triangle():
    shapes = [torus(n, 24) for n in range(24, 74)]
    places = [(k % len(shapes), at(4.0 * (k % 20), 4.0 * (k // 20), 0.01 * k), GREY) for k in range(len(shapes) + 30)]
    made = scene(shapes, places)
    buffer = wire.encode(made)
    unique = len(made.triangles)
    assert unique > 100_000
    assert len(buffer) / unique < 12


def test_names_are_sent_once():
    made = garden()
    names = ["slab", "ring", "ring", "ring", None, "", "pane"]
    header, blocks = decode(wire.encode(made, {"name": np.array(names, object)}))
    assert header["columns"]["name"] == ["slab", "ring", "pane"]
    assert blocks["column name"].tolist() == [1, 2, 2, 2, 0, 0, 3]


def test_a_column_that_is_too_short_is_refused():
    with pytest.raises(ShapeError, match="at least 7, got 2 for 'name'"):
        wire.encode(garden(), {"name": np.array(["a", "b"])})


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(0.001, 900)), min_size=1, max_size=5))
def test_positions_are_exact_to_half_a_step_of_their_grid(spans):
    made = scene(
        [box((low, 0, 0), (low + size, 1, 1)) for low, size in spans], [(k, at(), GREY) for k in range(len(spans))]
    )
    buffer = wire.encode(made)
    _, blocks = decode(buffer)
    step = np.repeat(2.0 ** blocks["exponent"].astype(float), 12)
    error = np.abs(triangles_of(buffer)[0] - world(made)[0]).max(axis=(1, 2))
    assert (error <= 0.5 * step + 1e-4).all()  # low corners are float32: 3e-5 m at 500 m
