"""The camera's matrices are OpenGL's, and what is fitted is in the picture."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avila_sci.core.errors import DomainError, ShapeError
from avila_sci.mesh.camera import VIEWS, Camera, fit, projection_matrix, view_matrix

coordinate = st.floats(-1000, 1000)
length = st.floats(0.01, 500)


def corners(box):
    return np.array([[x, y, z] for x in box[[0, 3]] for y in box[[1, 4]] for z in box[[2, 5]]])


def on_screen(camera, points, aspect):
    """Normalised device coordinates."""
    clip = np.column_stack([points, np.ones(len(points))]) @ (projection_matrix(camera, aspect) @ view_matrix(camera)).T
    return clip[:, :3] / clip[:, 3:]


def test_the_example_of_the_opengl_manual():
    camera = Camera((0, 0, 10), (0, 0, 0), (0, 1, 0), fov=90.0, near=1.0, far=11.0)
    np.testing.assert_allclose(view_matrix(camera), [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, -10], [0, 0, 0, 1]])
    np.testing.assert_allclose(
        projection_matrix(camera, 2.0), [[0.5, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1.2, -2.2], [0, 0, -1, 0]], atol=1e-15
    )


def test_near_and_far_are_the_ends_of_the_depth_range():
    for projection in ("perspective", "orthographic"):
        camera = Camera((0, -5, 0), (0, 0, 0), projection=projection, near=2.0, far=9.0)
        z = on_screen(camera, np.array([[0, -3.0, 0], [0, 4.0, 0]]), 1.5)[:, 2]
        np.testing.assert_allclose(z, [-1, 1], atol=1e-12)


def test_front_shows_x_to_the_right_and_z_up():
    camera = fit([0, 0, 0, 2, 2, 2], "front")
    right, above = on_screen(camera, np.array([[1.5, 1, 1], [1, 1, 1.5]]), 1.5)
    assert right[0] > 0 == pytest.approx(right[1], abs=1e-12)
    assert above[1] > 0 == pytest.approx(above[0], abs=1e-12)


def test_top_shows_north_up():
    camera = fit([0, 0, 0, 2, 2, 2], "top")
    east, north = on_screen(camera, np.array([[1.5, 1, 1], [1, 1.5, 1]]), 1.0)[:, :2]
    np.testing.assert_allclose([east[1], north[0]], 0, atol=1e-12)
    assert east[0] > 0
    assert north[1] > 0


@settings(deadline=None, max_examples=150)
@given(
    st.tuples(coordinate, coordinate, coordinate),
    st.tuples(length, length, length),
    st.sampled_from(sorted(VIEWS)) | st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.1, 1)),
    st.floats(0.3, 3),
    st.sampled_from(["perspective", "orthographic"]),
)
def test_a_fitted_box_touches_a_frame_three_percent_inside(low, size, direction, aspect, projection):
    box = np.array([*low, *(np.array(low) + size)])
    camera = fit(box, direction, aspect, projection)
    ndc = on_screen(camera, corners(box), aspect)
    assert np.abs(ndc).max() <= 1.0
    assert np.abs(ndc[:, :2]).max() <= 0.94 * (1 + 1e-6)
    nearest = -(np.column_stack([corners(box), np.ones(8)]) @ view_matrix(camera).T)[:, 2].max()
    if nearest > 1.01 * np.linalg.norm(size) / 100:
        assert np.abs(ndc[:, :2]).max() == pytest.approx(0.94, rel=1e-6)
    if projection == "perspective" and nearest > 1.01 * np.linalg.norm(size) / 100:  # else the eye stands back from it
        middle = (ndc[:, :2].max(axis=0) + ndc[:, :2].min(axis=0)) / 2
        assert np.abs(middle).min() < 1e-6  # one direction fills the frame and is centred; the other is nearly so
    axes = view_matrix(camera)[:3, :3]
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)


def test_points_fill_the_picture_better_than_their_box():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(200, 3))
    camera = fit(points, "iso", 1.5)
    ndc = on_screen(camera, points, 1.5)
    assert np.abs(ndc[:, :2]).max() == pytest.approx(0.94)
    around = fit([points.min(axis=0), points.max(axis=0)], "iso", 1.5)
    assert math.dist(camera.eye, camera.target) < 0.8 * math.dist(around.eye, around.target)


def test_a_single_point_can_be_looked_at():
    camera = fit([3, 4, 5, 3, 4, 5])
    assert math.dist(camera.eye, (3, 4, 5)) > 0


def test_up_along_the_line_of_sight_is_replaced():
    axes = view_matrix(Camera((0, 0, 5), (0, 0, 0)))[:3, :3]
    np.testing.assert_allclose(axes, np.eye(3), atol=1e-15)
    axes = view_matrix(Camera((0, 5, 0), (0, 0, 0), up=(0, 1, 0)))[:3, :3]
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-15)


def test_a_camera_travels_as_json():
    camera = fit([0, 0, 0, 1, 2, 3], "iso")
    again = Camera(**json.loads(json.dumps(camera._asdict())))
    np.testing.assert_array_equal(view_matrix(again), view_matrix(camera))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"eye": (0, 0, 0)}, "eye and target must differ"),
        ({"fov": 180.0}, r"fov must lie in \(0, 180\) degrees, got 180.0"),
        ({"near": 0.0}, "near must be positive"),
        ({"far": 0.1}, "far must be finite and beyond near"),
        ({"far": math.inf}, "far must be finite"),
        ({"projection": "fisheye"}, "'perspective', 'orthographic', got 'fisheye'"),
        ({"projection": "orthographic", "height": -1.0}, "height must be positive"),
        ({"eye": (0, math.nan, 1)}, "eye must be finite"),
    ],
)
def test_the_words_of_the_errors(change, words):
    camera = Camera((0, -5, 0), (0, 0, 0), near=0.2)._replace(**change)
    with pytest.raises(DomainError, match=words):
        view_matrix(camera)


def test_the_words_of_fit():
    with pytest.raises(DomainError, match="direction must be one of 'default'"):
        fit([0, 0, 0, 1, 1, 1], "north")
    with pytest.raises(DomainError, match="zero vector"):
        fit([0, 0, 0, 1, 1, 1], (0, 0, 0))
    with pytest.raises(DomainError, match="from the least to the greatest"):
        fit([0, 0, 0, 1, -1, 1])
    with pytest.raises(ShapeError, match="bounds must have shape"):
        fit([0, 0, 0, 1])
    with pytest.raises(DomainError, match="fov must lie"):
        fit([0, 0, 0, 1, 1, 1], fov=0.0)
