"""What the renderer shows is what a ray from each pixel meets."""

import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from meshes import read_mesh
from scenes import GREY, RED, at, box, garden, scene, torus

from avila_sci.core.errors import DomainError, DTypeError, ShapeError
from avila_sci.core.threads import get_threads, set_threads
from avila_sci.mesh import raster
from avila_sci.mesh.camera import Camera, fit, projection_matrix, view_matrix
from avila_sci.mesh.measure import _weld
from avila_sci.mesh.raster import mesh_scene, render, render_mesh, scene_bounds
from avila_sci.mesh.shade import _corner_normals

PLAIN = {"samples": 1, "shading": "flat", "ambient_occlusion": False, "edges": False}
WIDTH, HEIGHT = 24, 16


# ------------------------------------------------------------------ coverage, exactly


def flat_camera(width=WIDTH, height=HEIGHT):
    """One pixel is one unit, x to the right and y up, (0, 0) at the lower left corner."""
    middle = width / 2, height / 2
    return Camera((*middle, 10), (*middle, 0), (0, 1, 0), "orthographic", height=float(height), near=1.0, far=20.0)


def covers(corners, x, y):
    """Whether a triangle (3, 2), in 1/256 pixel with y down, owns the centre of a pixel, by moving the centre.

    The top-left rule says: a centre on an edge belongs to what lies to its right, and on a horizontal edge to what
    lies below.  So the centre goes an infinitesimal step to the right and a far smaller one down, and no tie remains.
    """
    (ax, ay), (bx, by), (cx, cy) = corners
    px, py = 256 * x + 128, 256 * y + 128
    signs = set()
    for (ux, uy), (vx, vy) in (((ax, ay), (bx, by)), ((bx, by), (cx, cy)), ((cx, cy), (ax, ay))):
        cross = (vx - ux) * (py - uy) - (vy - uy) * (px - ux)
        signs.add(np.sign(cross) or np.sign(-(vy - uy)) or np.sign(vx - ux))
    return len(signs) == 1 and 0 not in signs and (bx - ax) * (cy - ay) != (cx - ax) * (by - ay)


def whole(low, high):
    return st.integers(256 * low, 256 * high)


half_pixels = st.integers(-4, 2 * WIDTH + 4).map(lambda v: 128 * v)
corner = st.tuples(whole(-20, WIDTH + 20) | half_pixels, whole(-20, HEIGHT + 20) | half_pixels)


def drawn(triangles):
    """Elements of a picture of triangles given in 1/256 pixel, y down; element = number of the triangle."""
    points = np.array(triangles, float).reshape(-1, 2) / 256.0
    positions = np.column_stack([points[:, 0], HEIGHT - points[:, 1], np.zeros(len(points))])
    indices = np.arange(len(points)).reshape(-1, 3)
    return render_mesh(
        positions, indices, elements=np.arange(len(indices)), camera=flat_camera(), width=WIDTH, height=HEIGHT, **PLAIN
    ).elements


few_centres = st.tuples(st.integers(-1, 9), st.integers(-1, 9)).map(lambda p: (128 * p[0], 128 * p[1]))


@settings(deadline=None, max_examples=150)
@given(st.tuples(corner, corner, corner) | st.tuples(few_centres, few_centres, few_centres))
def test_a_triangle_covers_the_pixels_whose_centres_it_owns(corners):
    expected = [[covers(corners, x, y) for x in range(WIDTH)] for y in range(HEIGHT)]
    np.testing.assert_array_equal(drawn([corners]) >= 0, expected)


@settings(deadline=None, max_examples=60)
@given(st.lists(corner, min_size=1, max_size=6))
def test_triangles_that_share_edges_leave_no_gap_and_cover_nothing_twice(inner):
    """The picture's rectangle, cut into triangles at random points: every pixel belongs to exactly one."""
    w, h = 256 * WIDTH, 256 * HEIGHT
    inside = [p for p in inner if 0 < p[0] < w and 0 < p[1] < h]
    triangles = [((0, 0), (w, 0), (w, h)), ((0, 0), (w, h), (0, h))]
    for p in inside:
        # Split every triangle that has the point inside or on its border, edge by edge.
        parts = []
        for a, b, c in triangles:
            areas = [(v[0] - u[0]) * (p[1] - u[1]) - (v[1] - u[1]) * (p[0] - u[0]) for u, v in ((a, b), (b, c), (c, a))]
            if min(areas) >= 0:
                fan = [(a, b, p), (b, c, p), (c, a, p)]
                parts += [t for t, area in zip(fan, areas) if area > 0]
            else:
                parts.append((a, b, c))
        triangles = parts
    total = sum((drawn([t]) >= 0).astype(int) for t in triangles)
    np.testing.assert_array_equal(total, np.ones((HEIGHT, WIDTH)))


def test_a_sliver_thinner_than_a_pixel_still_owns_the_centres_on_it():
    top, bottom = (0, 128), (256 * WIDTH, 128)
    assert (drawn([(top, bottom, (0, 129))])[0] == 0).all()
    assert (drawn([(top, bottom, (0, 127))])[0] == -1).all()


@pytest.mark.parametrize("size", [1e3, 1e5, 1e7, 1e9, 1e12])
def test_a_triangle_far_larger_than_the_picture_fills_it(size):
    corners = [[-size, -size, 0], [size, -size, 0], [0, 2 * size, 0]]
    for camera in (flat_camera(), Camera((12, 8, 10), (12, 8, 0), (0, 1, 0), near=0.1, far=99)):
        assert (render_mesh(corners, [[0, 1, 2]], camera=camera, width=24, height=16, **PLAIN).elements == 0).all()


# ------------------------------------------------------------------ scenes, by casting rays


def world_triangles(given):
    """All triangles of a scene and their elements."""
    corners, elements = [], []
    for i, mesh in enumerate(given.instance_mesh):
        begin, end = given.triangle_start[mesh : mesh + 2]
        matrix = given.instance_matrix[i]
        corners.append(given.positions[given.triangles[begin:end]] @ matrix[:3, :3].T + matrix[:3, 3])
        elements += [given.instance_element[i]] * (end - begin)
    return np.concatenate(corners), np.array(elements)


def cast(given, camera, width, height, planes=()):
    """Element and distance along the line of sight at every pixel's centre, and where the answer is clear.

    It is not where a ray a little aside (two of the 1/256 steps) meets another element or a jump, or two are as near.
    """
    axes, eye = view_matrix(camera)[:3, :3], np.array(camera.eye)
    corners, elements = world_triangles(given)
    e1, e2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    focal = 0.5 * height / math.tan(math.radians(camera.fov) / 2)

    def shoot(x, y):
        if camera.projection == "perspective":
            start, ray = eye, axes.T @ [x / focal, y / focal, -1.0]
        else:
            start, ray = eye + axes.T @ [x * camera.height / height, y * camera.height / height, 0], -axes[2]
        p = np.cross(ray, e2)
        s = start - corners[:, 0]
        q = np.cross(s, e1)
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = 1.0 / (e1 * p).sum(axis=1)
            u, v, t = (s * p).sum(axis=1) * scale, (q @ ray) * scale, (e2 * q).sum(axis=1) * scale
            hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > camera.near) & (t < camera.far)
        for point, normal in planes:
            hit &= (start + np.where(hit, t, 0)[:, None] * ray - point) @ np.array(normal, float) <= 0
        if not hit.any():
            return -1, np.inf, True
        k = np.flatnonzero(hit)[np.argmin(t[hit])]
        return elements[k], t[k], (elements[hit & (t < t[k] * (1 + 1e-4))] == elements[k]).all()

    found = np.full((height, width), -1)
    distance = np.full((height, width), np.inf)
    clear = np.zeros((height, width), bool)
    for row in range(height):
        for column in range(width):
            x, y = column + 0.5 - width / 2, height / 2 - row - 0.5
            found[row, column], distance[row, column], alone = shoot(x, y)
            around = [shoot(x + dx, y + dy) for dx in (-0.006, 0.006) for dy in (-0.006, 0.006)]
            same = all(element == found[row, column] for element, _, _ in around)
            steady = all(t == np.inf or abs(t / distance[row, column] - 1) < 2e-3 for _, t, _ in around)
            clear[row, column] = alone and same and steady
    return found, distance, clear


CAMERAS = {
    "perspective": fit(scene_bounds(garden()), aspect=1.5),
    "orthographic": fit(scene_bounds(garden()), "iso", 1.5, "orthographic"),
    "inside, much behind and beside the eye": Camera((3.0, -0.4, 0.9), (9.0, 1.5, 0.3), near=0.05, far=50.0),
    "the near plane cuts a ring": Camera((4.3, 1.0, 0.6), (8.0, 1.0, 0.4), near=0.6, far=50.0),
    "the far plane cuts the slab": Camera((-4.0, 1.0, 1.5), (4.0, 1.0, 0.0), near=0.1, far=7.0),
    "wide": Camera((4.0, 1.2, 0.3), (4.1, 1.2, 0.25), fov=150.0, near=0.01, far=40.0),
}


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)
def test_every_pixel_shows_what_its_ray_meets(camera):
    given = garden()
    given = given._replace(palette=np.ones_like(given.palette))
    picture = render(given, camera, 36, 24, **PLAIN)
    found, distance, clear = cast(given, camera, 36, 24)
    assert np.count_nonzero(clear) > 400
    np.testing.assert_array_equal(picture.elements[clear], found[clear])
    np.testing.assert_allclose(picture.depth[clear], distance[clear], rtol=1e-4)


def test_open_meshes_are_clipped_by_a_section_as_rays_are():
    given = garden()._replace(palette=np.ones_like(garden().palette))
    given = given._replace(triangles=given.triangles[:, [0, 2, 1]][:-6])
    given = given._replace(triangle_start=np.minimum(given.triangle_start, len(given.triangles)))
    given = given._replace(triangle_colour=given.triangle_colour[:-6])
    # Every mesh loses a triangle: nothing is closed, nothing is filled.
    for low, high in zip(given.triangle_start[:-1], given.triangle_start[1:]):
        given.triangles[high - 1] = given.triangles[low, 0]
    planes = [((0, 0, 0.55), (0.1, 0.2, 1.0)), ((6.0, 0, 0), (1.0, 0.1, 0.0))]
    camera = CAMERAS["perspective"]
    picture = render(given, camera, 36, 24, section=planes, **PLAIN)
    found, distance, clear = cast(given, camera, 36, 24, planes)
    np.testing.assert_array_equal(picture.elements[clear], found[clear])
    np.testing.assert_allclose(picture.depth[clear], distance[clear], rtol=2e-5)


def test_points_land_where_the_matrices_say():
    """The viewer draws with view_matrix and projection_matrix: the renderer must agree with them to a pixel."""
    rng = np.random.default_rng(3)
    centres = rng.uniform(-1, 1, (12, 3)) * [4, 2, 1]
    dot = box((-0.02,) * 3, (0.02,) * 3)
    given = scene([dot], [(0, at(*c), GREY) for c in centres])
    for camera in (fit(scene_bounds(given)), fit(scene_bounds(given), "left", projection="orthographic")):
        picture = render(given, camera, 848, 420, **PLAIN)
        clip = np.column_stack([centres, np.ones(12)]) @ (projection_matrix(camera, 848 / 420) @ view_matrix(camera)).T
        ndc = clip[:, :2] / clip[:, 3:]
        picked = [picture.pick((x + 1) / 2 * 848, (1 - y) / 2 * 420) for x, y in ndc]
        assert sum(a == b for a, b in zip(picked, range(12))) >= 11  # one may hide another
        assert set(picked) <= set(range(12))


# ------------------------------------------------------------------ what may not matter


def test_the_picture_does_not_depend_on_the_number_of_threads(monkeypatch):
    monkeypatch.setattr(raster, "_PIECE", 1000)  # enough pieces for all
    before = get_threads()
    given = scene(
        [torus(60, 40), box((-1, -1, -1), (1, 1, -0.3))], [(k % 2, at(k, k % 3), 1 + k % 3) for k in range(9)]
    )
    pictures = []
    try:
        for threads in (1, 2, 3):
            set_threads(threads)
            pictures.append(render(given, width=96, height=64, section=((4.2, 0, 0), (1, 0, 0))))
    finally:
        set_threads(before)
    for other in pictures[1:]:
        np.testing.assert_array_equal(other.rgba, pictures[0].rgba)
        np.testing.assert_array_equal(other.elements, pictures[0].elements)


def test_the_picture_does_not_depend_on_the_order_of_instances():
    given = garden()
    order = np.array([3, 6, 0, 5, 2, 1, 4])
    shuffled = given._replace(
        instance_mesh=given.instance_mesh[order],
        instance_matrix=given.instance_matrix[order],
        instance_element=given.instance_element[order],
        instance_colour=given.instance_colour[order],
    )
    camera = CAMERAS["perspective"]
    first, second = (render(s, camera, 90, 60) for s in (given, shuffled))
    # The post stands on the slab and the rings cut into it: faces there tie, and a tie goes to the earlier instance.
    assert np.count_nonzero((first.rgba != second.rgba).any(axis=2)) < 0.005 * 90 * 60
    assert np.count_nonzero(first.elements != second.elements) < 0.005 * 90 * 60


def test_large_pieces_and_many_small_ones_give_the_same_picture(monkeypatch):
    given = scene([torus(40, 30)], [(0, at(2.0 * k), RED) for k in range(3)])
    camera = fit(scene_bounds(given))
    pictures = []
    for size in (37, 1000, 10**6):
        monkeypatch.setattr(raster, "_PIECE", size)
        pictures.append(render(given, camera, 80, 40, **PLAIN))
    for other in pictures[1:]:
        np.testing.assert_array_equal(other.rgba, pictures[0].rgba)


def test_a_far_origin_changes_nothing():
    near, far = (render(garden(origin), width=60, height=40) for origin in ((0, 0, 0), (2e6, -7e6, 900)))
    np.testing.assert_array_equal(near.rgba, far.rgba)


@pytest.mark.parametrize("noise", [0.0, 1e-8, 1e-7])
def test_faces_that_coincide_do_not_show_through_each_other(noise):
    """Two walls overlap in one plane, cut differently into triangles: the one that comes first is seen, all of it."""
    camera = fit([0, 0, 0, 4, 0.3, 2], "front", aspect=2.0)
    wall, other = box((0, 0, 0), (4, 0.3, 2)), box((1.1, noise, 0.3), (3.7, 0.3, 1.9))
    first = render(scene([wall, other], [(0, at(), RED), (1, at(), GREY)]), camera, 120, 60, **PLAIN).elements
    assert np.count_nonzero(first == 0) > 3000
    assert np.count_nonzero(first == 1) <= 0.02 * first.size
    last = render(scene([wall, other], [(1, at(), GREY), (0, at(), RED)]), camera, 120, 60, **PLAIN).elements
    alone = render(scene([wall, other], [(1, at(), GREY)]), camera, 120, 60, **PLAIN).elements == 0
    assert np.count_nonzero(last[alone] == 1) <= 0.02 * first.size


# ------------------------------------------------------------------ sections


def test_a_cut_solid_shows_a_cap_in_the_plane():
    given = scene([box((0, 0, 0), (2, 2, 2))], [(0, at(), RED)])
    camera = Camera((1, 1, 9), (1, 1, 0), (0, 1, 0), near=0.1, far=20)
    picture = render(given, camera, 40, 40, section=((0, 0, 0.75), (0, 0, 1)), cap=(0.0, 0.0, 1.0), **PLAIN)
    shown = picture.elements == 0
    assert shown[20, 20]
    np.testing.assert_allclose(picture.depth[shown], 9 - 0.75, rtol=1e-5)
    assert (picture.rgba[shown] == [0, 0, 255, 255]).all()


def test_the_cap_of_a_ring_has_its_hole():
    given = scene([torus(64, 32)], [(0, at(), RED)])
    camera = Camera((0, 0, 9), (0, 0, 0), (0, 1, 0), "orthographic", height=3.2, near=0.1, far=20)
    picture = render(given, camera, 64, 64, section=((0, 0, 0.1), (0, 0, 1)), **PLAIN)
    y, x = np.mgrid[:64, :64]
    radius = np.hypot((x - 31.5) / 20, (y - 31.5) / 20)
    half = math.sqrt(0.35**2 - 0.1**2)
    cap = np.abs(picture.depth - 8.9) < 1e-4
    assert cap[np.abs(radius - 1) < half - 0.06].all()
    assert not cap[np.abs(radius - 1) > half + 0.03].any()
    assert (picture.elements[radius < 0.55] == -1).all()


def test_caps_of_solids_inside_each_other_are_both_solid():
    """A rod in a block, as reinforcement lies in concrete: the block's cap covers the rod or the rod's the block's."""
    given = scene([box((0, 0, 0), (4, 4, 4)), box((1, 1, -1), (2, 2, 5))], [(0, at(), GREY), (1, at(), RED)])
    camera = Camera((2, 2, 20), (2, 2, 0), (0, 1, 0), "orthographic", height=5.0, near=0.1, far=40)
    picture = render(given, camera, 50, 50, section=((0, 0, 2), (0, 0, 1)), **PLAIN)
    np.testing.assert_allclose(picture.depth[picture.elements >= 0], 18, rtol=1e-4)
    assert np.count_nonzero(picture.elements == 0) == 1600


def test_two_planes_cut_each_others_caps():
    given = scene([box((0, 0, 0), (2, 2, 2))], [(0, at(), RED)])
    camera = Camera((9, -9, 9), (1, 1, 1), near=0.1, far=40)
    planes = [((0, 0, 1), (0, 0, 1)), ((1, 0, 0), (1, 0, 0))]
    picture = render(given, camera, 60, 60, section=planes, **PLAIN)
    # What is left is the box 0 … 1, 0 … 2, 0 … 1: the same silhouette and the same distances.
    left = render(scene([box((0, 0, 0), (1, 2, 1))], [(0, at(), RED)]), camera, 60, 60, **PLAIN)
    np.testing.assert_array_equal(picture.elements, left.elements)
    np.testing.assert_allclose(picture.depth, left.depth, rtol=3e-6)


def test_mirrored_solids_are_capped_too():
    camera = Camera((0, -9, 0), (0, 0, 0), (0, 0, 1), "orthographic", height=1.6, near=0.1, far=20)
    pictures = []
    for linear in (np.eye(3), np.diag([-1.0, 1.0, 1.0]), np.diag([1.0, 1.0, -1.0])):
        given = scene([torus(32, 16)], [(0, at(0, 0, 0, linear), RED)])
        pictures.append(render(given, camera, 60, 40, section=((0, 0, 0), (0, -1, 0)), **PLAIN))
    assert np.count_nonzero(np.abs(pictures[0].depth - 9) < 1e-4) > 100
    for other in pictures[1:]:
        np.testing.assert_allclose(other.depth, pictures[0].depth, rtol=1e-4)


def test_a_mesh_that_is_inside_out_is_capped_as_well():
    positions, triangles = box((0, 0, 0), (2, 2, 2))
    options = {"camera": Camera((1, 1, 9), (1, 1, 0), (0, 1, 0)), "width": 40, "height": 40, **PLAIN}
    options["section"] = (0, 0, 1), (0, 0, 1)
    pictures = [render_mesh(positions, t, **options) for t in (triangles, triangles[:, ::-1])]
    np.testing.assert_array_equal(pictures[0].depth, pictures[1].depth)
    assert pictures[0].depth[20, 20] == pytest.approx(8, rel=1e-5)


def test_a_cap_that_runs_under_the_eye_and_behind_it_is_whole():
    given = scene([box((-10, -10, 0), (10, 10, 3))], [(0, at(), RED)])
    camera = Camera((0, 0, 1.5), (0, 5, 1.5), near=0.05, far=40)
    picture = render(given, camera, 30, 20, section=((0, 0, 1), (0, 0, 1)), **PLAIN)
    below = (np.arange(20) + 0.5 - 10) / (10 / math.tan(math.radians(22.5)))
    expected = 0.5 / below[12:]
    np.testing.assert_allclose(picture.depth[12:], np.repeat(expected[:, None], 30, axis=1), rtol=1e-5)
    assert (picture.elements[:10] == -1).all()


def test_open_meshes_are_not_filled():
    positions, triangles = box((0, 0, 0), (2, 2, 2))
    camera = Camera((1, 1, 9), (1, 1, 0), (0, 1, 0), near=0.1, far=20)
    picture = render_mesh(positions, triangles[2:], camera=camera, width=40, height=40, section=((0, 0, 1), (0, 0, 1)))
    assert picture.elements[20, 20] == -1  # through the missing bottom


def test_what_is_wholly_cut_away_is_gone_and_a_section_beside_the_scene_does_nothing():
    given = garden()
    assert (render(given, width=30, height=20, section=((0, 0, -5), (0, 0, 1))).elements == -1).all()
    np.testing.assert_array_equal(
        render(given, width=30, height=20, section=((0, 0, 50), (0, 0, 1))).rgba,
        render(given, width=30, height=20).rgba,
    )


# ------------------------------------------------------------------ glass, colours, picking


def panes(order):
    """Three panes one behind the other before a grey wall; `order` is that of the instances."""
    palette = [(1, 1, 1, 1), (0.5, 0.5, 0.5, 1), (1, 0, 0, 0.5), (0, 1, 0, 0.5), (0, 0, 1, 0.5)]
    pane = box((0, 0, 0), (4, 0.0, 3))[0][[0, 1, 5, 4]], np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    parts = [(0, at(0, 3.0, 0), 1), (0, at(0, 0.0, 0), 2), (0, at(0, 1.0, 0), 3), (0, at(0, 2.0, 0), 4)]
    result = scene([pane], [parts[k] for k in order], palette=palette)
    return result._replace(instance_element=np.array(order, np.int32))


def test_glass_lies_in_front_in_the_right_order_whatever_the_order_of_instances():
    camera = Camera((2, -20, 1.5), (2, 0, 1.5), near=0.1, far=40)
    pictures = [render(panes(order), camera, 20, 20, **PLAIN) for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1])]
    for other in pictures[1:]:
        np.testing.assert_array_equal(other.rgba, pictures[0].rgba)
    red, green, blue, alpha = (int(v) for v in pictures[0].rgba[10, 10])
    assert red > green > blue
    assert alpha == 255


def test_glass_behind_a_wall_is_not_seen():
    camera = Camera((2, 20, 1.5), (2, 0, 1.5), near=0.1, far=40)
    given = panes([0, 1, 2, 3])
    behind, alone = (render(given, camera, 20, 20, hidden=h, **PLAIN) for h in ([], [1, 2, 3]))
    np.testing.assert_array_equal(behind.rgba, alone.rgba)


def test_layers_beyond_the_limit_are_left_out():
    camera = Camera((2, -20, 1.5), (2, 0, 1.5), near=0.1, far=40)
    one, all_ = (render(panes([0, 1, 2, 3]), camera, 20, 20, layers=n, **PLAIN).rgba[10, 10] for n in (1, 8))
    red_only = render(panes([0, 1, 2, 3]), camera, 20, 20, hidden=[2, 3], **PLAIN).rgba[10, 10]
    np.testing.assert_array_equal(one, red_only)
    assert (one != all_).any()


def test_an_opaque_element_is_picked_through_glass_unless_asked_otherwise():
    camera = Camera((2, -20, 1.5), (2, 0, 1.5), near=0.1, far=40)
    assert render(panes([0, 1, 2, 3]), camera, 20, 20, **PLAIN).pick(10, 10) == 0
    assert render(panes([0, 1, 2, 3]), camera, 20, 20, pick_transparent=True, **PLAIN).pick(10, 10) == 1
    picture = render(panes([0, 1, 2, 3]), camera, 20, 20, hidden=[0], **PLAIN)
    assert picture.pick(10, 10) == 1
    assert picture.depth[10, 10] == pytest.approx(20, rel=1e-5)


def test_glass_on_a_transparent_background_keeps_its_own_colour():
    camera = Camera((2, -20, 1.5), (2, 0, 1.5), near=0.1, far=40)
    picture = render(panes([0, 1, 2, 3]), camera, 20, 20, hidden=[0, 2, 3], background="transparent", **PLAIN)
    red, green, blue, alpha = picture.rgba[10, 10]
    assert (green, blue) == (0, 0)
    assert red > 200
    assert alpha == 128
    assert (picture.rgba[0, 0] == 0).all()


def test_elements_can_be_hidden_recoloured_and_highlighted():
    given = garden()
    camera = CAMERAS["perspective"]
    whole = render(given, camera, 90, 60)
    ring = whole.elements == 1
    assert ring.any()
    without = render(given, camera, 90, 60, hidden=[1])
    assert not (without.elements == 1).any()
    mask = np.zeros(7, bool)
    mask[1] = True
    np.testing.assert_array_equal(render(given, camera, 90, 60, hidden=mask).rgba, without.rgba)
    table = np.full((7, 3), np.nan)
    table[1] = 0, 0, 1
    blue = render(given, camera, 90, 60, colours=table)
    np.testing.assert_array_equal(render(given, camera, 90, 60, colours={1: "#0000ff"}).rgba, blue.rgba)
    mean = blue.rgba[ring].mean(axis=0)
    assert mean[2] > 2 * mean[0]
    bright = render(given, camera, 90, 60, highlight=[1])
    assert (bright.rgba[ring] != whole.rgba[ring]).any(axis=1).mean() > 0.9
    ghost = render(given, camera, 90, 60, colours={1: (1, 1, 1, 0.1)})
    assert not (ghost.elements[ring] == 1).all()


def test_instances_of_no_element_are_drawn_and_never_picked_hidden_or_coloured():
    given = garden()._replace(instance_element=np.full(7, -1, np.int32))
    options = {"hidden": [0], "highlight": [3], "colours": {1: "#ff0000"}, "width": 30, "height": 20}
    picture = render(given, **options)
    np.testing.assert_array_equal(picture.rgba, render(given, width=30, height=20).rgba)
    assert (picture.elements == -1).all()
    assert np.isfinite(picture.depth).any()


def test_triangles_have_colours_of_their_own():
    positions, triangles = box((0, 0, 0), (1, 1, 1))
    colours = np.zeros((12, 3))
    colours[:2, 0], colours[4:6, 1] = 1, 1  # the bottom red, the front green
    front = render_mesh(positions, triangles, colours, camera="front", width=20, height=20, **PLAIN).rgba[10, 10]
    bottom = render_mesh(positions, triangles, colours, camera="bottom", width=20, height=20, **PLAIN).rgba[10, 10]
    assert (front[0], front[2], bottom[1], bottom[2]) == (0, 0, 0, 0)
    assert min(front[1], bottom[0]) > 50


# ------------------------------------------------------------------ light and lines


def test_smooth_normals_of_a_ring_are_those_of_the_surface():
    n, m = 48, 24
    positions, triangles = torus(n, m)
    corners = np.zeros((len(triangles), 3, 3), np.float32)
    _corner_normals(positions, triangles, _weld(positions, 1e-6), np.ones(len(triangles), bool), 0.8, corners)
    flat = positions * [1, 1, 0]
    centre = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    exact = (positions - centre)[triangles] / 0.35
    found = corners / np.linalg.norm(corners, axis=2, keepdims=True)
    assert np.linalg.norm(found - exact, axis=2).max() < 0.02


def test_creases_stay_sharp_and_repeated_points_are_welded():
    positions, triangles = box((0, 0, 0), (1, 2, 3))
    soup = positions[triangles].reshape(-1, 3)
    numbers = np.arange(len(soup), dtype=np.int32).reshape(-1, 3)
    for cosine, spread in ((0.8, 0.0), (-1.0, 0.3)):
        corners = np.zeros((12, 3, 3), np.float32)
        _corner_normals(soup, numbers, _weld(soup, 1e-6), np.ones(12, bool), cosine, corners)
        flat = np.cross(soup[1::3] - soup[::3], soup[2::3] - soup[::3])
        flat /= np.linalg.norm(flat, axis=1, keepdims=True)
        away = corners / np.linalg.norm(corners, axis=2, keepdims=True) - flat[:, None]
        assert np.abs(away).max() == pytest.approx(spread, abs=1e-6) or np.abs(away).max() > spread > 0


def test_smooth_shading_has_no_facets():
    given = scene([torus(40, 24)], [(0, at(), GREY)])
    options = {**PLAIN, "width": 240, "height": 120, "camera": "top"}
    inside = render(given, **options).elements == 0
    core = inside[:, 2:] & inside[:, 1:-1] & inside[:, :-2]
    bends = []
    for kind in ("flat", "smooth"):
        grey = render(given, **{**options, "shading": kind}).rgba[..., 0].astype(int)
        bends.append(np.abs(np.diff(grey, 2, axis=1))[core])
    assert np.percentile(bends[1], 95) < 0.5 * np.percentile(bends[0], 95)


def test_corners_are_darker_than_open_ground_and_a_bare_plane_is_not_darkened():
    ground, wall = box((-4, -4, -0.1), (4, 4, 0)), box((-4, 0, 0), (4, 0.2, 3))
    options = {"edges": False, "shading": "flat", "camera": Camera((0, -9, 6), (0, 0, 0)), "width": 90, "height": 60}
    both = scene([ground, wall], [(0, at(), GREY), (1, at(), GREY)])
    lit, dark = (render(both, ambient_occlusion=v, **options).rgba[..., 0].astype(int) for v in (False, 1.0))
    row = np.flatnonzero(render(both, **options).elements[:, 45] == 1)[-1]  # where the wall meets the ground
    assert (dark[row : row + 2, 45] < 0.85 * lit[row : row + 2, 45]).all()
    assert dark[-1, 45] > 0.97 * lit[-1, 45]
    plane = scene([ground], [(0, at(), GREY)])
    lit, dark = (render(plane, ambient_occlusion=v, **options).rgba[..., 0].astype(int) for v in (False, 1.0))
    assert np.abs(lit - dark).max() <= 2


def test_lines_follow_edges_and_leave_flat_faces_alone():
    y, x = np.mgrid[:9, :9]
    positions = np.column_stack([x.ravel(), y.ravel(), np.zeros(81)])
    quads = [(9 * j + i, 9 * j + i + 1, 9 * j + i + 10, 9 * j + i + 9) for j in range(8) for i in range(8)]
    triangles = [t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))]
    camera = Camera((4, -6, 0.8), (4, 4, 0), near=0.1, far=50)  # grazing
    options = {"camera": camera, "width": 120, "height": 60, "ambient_occlusion": False, "samples": 2}
    with_lines = render_mesh(positions, triangles, **options)
    without = render_mesh(positions, triangles, edges=False, **options)
    changed = (with_lines.rgba != without.rgba).any(axis=2)
    inside = without.elements == 0
    core = inside.copy()
    for shift in (1, -1, 2, -2):
        for axis in (0, 1):
            core &= np.roll(inside, shift, axis)
    assert core.any()
    assert not changed[core].any()
    assert changed.any()


def test_a_cube_has_dark_lines_where_faces_meet():
    given = scene([box((0, 0, 0), (1, 1, 1))], [(0, at(), GREY)])
    bare, lined = (render(given, "iso", 100, 100, edges=e, ambient_occlusion=False).rgba[..., 0] for e in (False, True))
    darker = bare.astype(int) - lined
    assert darker[45:55, 45:55].max() > 18  # the corner nearest to the eye
    assert np.median(np.abs(darker)) == 0


# ------------------------------------------------------------------ pictures and bad input


def test_more_samples_give_the_same_elements_and_softer_edges():
    given = garden()
    camera = CAMERAS["perspective"]
    one, two, three = (render(given, camera, 90, 60, samples=n, edges=False) for n in (1, 2, 3))
    for other in (two, three):
        assert np.count_nonzero(other.elements != one.elements) < 0.03 * one.elements.size
    assert len(np.unique(three.rgba.reshape(-1, 4), axis=0)) > len(np.unique(one.rgba.reshape(-1, 4), axis=0))


def test_a_picture_picks_saves_and_shows_itself(tmp_path):
    image = pytest.importorskip("PIL.Image")
    picture = render(garden(), width=64, height=32)
    assert (picture.width, picture.height) == (64, 32)
    assert picture.pick(32.7, 20.2) == picture.elements[20, 32] >= 0
    assert picture.pick(-0.1, 5) == picture.pick(64, 5) == picture.pick(5, 32) == -1
    np.testing.assert_array_equal(np.asarray(image.open(picture.save(tmp_path / "a.png"))), picture.rgba[..., :3])
    clear = render(garden(), width=64, height=32, background="transparent")
    np.testing.assert_array_equal(np.asarray(image.open(io.BytesIO(clear._repr_png_()))), clear.rgba)
    assert "64 x 32" in repr(picture)


@pytest.mark.parametrize("background", ["light", "dark", "white", "#10203040", (0.2, 0.3, 0.4)])
def test_an_empty_scene_is_a_picture_of_the_background(background):
    picture = render_mesh(np.zeros((0, 3)), np.zeros((0, 3), int), width=8, height=6, background=background)
    assert (picture.elements == -1).all()
    assert np.isinf(picture.depth).all()
    if background == "#10203040":
        assert (picture.rgba == [16, 32, 48, 64]).all()


def test_points_that_are_not_finite_take_only_their_triangles_with_them():
    positions, triangles = box((0, 0, 0), (1, 1, 1))
    positions = np.vstack([positions, [[np.nan, 0, 0], [np.inf, 1, 1], [1e300, 1e300, -1e300]]])
    more = np.vstack([triangles, [[8, 0, 1], [9, 0, 1]]])
    camera = fit([0, 0, 0, 1, 1, 1])
    given, clean = (render_mesh(positions, t, camera=camera, width=30, height=20) for t in (more, triangles))
    np.testing.assert_array_equal(given.rgba, clean.rgba)


def test_points_that_overflow_on_the_way_to_the_screen_are_dropped_too():
    huge = [[1.7e308, 1.7e308, 0], [0, 1, 0], [1, 0, 1]]
    camera = Camera((5, -5, 0.2), (0, 0, 0.2), projection="orthographic", height=4.0, near=0.1, far=50.0)
    assert (render_mesh(huge, [[0, 1, 2]], camera=camera, width=30, height=20, **PLAIN).elements == -1).all()


def test_elements_of_a_bare_mesh():
    positions, triangles = box((0, 0, 0), (1, 1, 1))
    picture = render_mesh(positions, triangles, elements=np.repeat([7, 3, 5, 9, 11, 2], 2), width=60, height=40)
    assert set(np.unique(picture.elements)) <= {-1, 2, 3, 5, 7, 9, 11}
    assert {3, 2} <= set(np.unique(picture.elements))  # top and right-hand side


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"width": 0}, DomainError, r"must lie in \[1, 16384\], got 0 x 8 at 2"),
        ({"width": 9000}, DomainError, "9000 x 8 at 2"),
        ({"shading": "toon"}, DomainError, "'smooth', 'flat', got 'toon'"),
        ({"camera": "north"}, DomainError, "direction must be one of"),
        ({"background": "pink"}, DomainError, "background must be one of light, white, dark, transparent or a colour"),
        ({"background": "#12"}, DomainError, "a colour like '#3b82f6'"),
        ({"hidden": [-1]}, DomainError, "hidden must hold element numbers of 0 or more"),
        ({"hidden": [0.5]}, DTypeError, "hidden must be a mask or a list of element numbers"),
        ({"highlight": np.zeros(3, bool)}, ShapeError, "highlight must be a mask of at least 7 elements"),
        ({"colours": np.zeros((7, 5))}, ShapeError, "colours must have the shape"),
        ({"colours": np.full((7, 3), 255)}, DomainError, "divide bytes by 255"),
        ({"colours": {1: (1, 2, 3)}}, DomainError, r"colours\[1\] must be 3 or 4 numbers"),
        ({"section": ((0, 0, 0), (0, 0, 0))}, DomainError, "normal must not be the zero vector"),
        ({"section": [((0, 0, 0),)]}, ShapeError, r"section must be \(point, normal\)"),
    ],
)
def test_the_words_of_the_errors(options, error, words):
    with pytest.raises(error, match=words):
        render(garden(), **{"width": 8, "height": 8, **options})


def test_indices_outside_the_mesh_are_refused():
    given = garden()
    triangles = given.triangles.copy()
    triangles[3, 1] = 100_000
    with pytest.raises(DomainError, match=r"triangle 3 names the vertices .* not all of its mesh"):
        render(given._replace(triangles=triangles), width=8, height=8)
    with pytest.raises(DomainError, match=r"triangles must lie in \[0, 3\)"):
        render_mesh(np.zeros((3, 3)), [[0, 1, 3]])
    with pytest.raises(DomainError, match=r"instance_mesh must lie in \[0, 4\)"):
        render(given._replace(instance_mesh=given.instance_mesh + 1), width=8, height=8)
    with pytest.raises(ShapeError, match=r"instance_matrix must have the shape \(7, 4, 4\), got \(6, 4, 4\)"):
        render(given._replace(instance_matrix=given.instance_matrix[1:]), width=8, height=8)
    with pytest.raises(DomainError, match="triangle_start must rise from 0 to 612"):
        render(given._replace(triangle_start=given.triangle_start - 1), width=8, height=8)
    with pytest.raises(DomainError, match="instance_colour must lie in"):
        render(given._replace(instance_colour=given.instance_colour + 9), width=8, height=8)


@pytest.mark.compiled
@pytest.mark.parametrize("name", ["fandisk.obj", "suzanne.obj", "camelhead_boundary.off.gz"])
def test_real_meshes_show_what_rays_meet(shared_data, name):
    positions, triangles = read_mesh(shared_data / "mesh" / name)
    elements = np.arange(len(triangles)) % 50
    given = mesh_scene(positions, triangles, elements=elements)
    camera = fit(scene_bounds(given), (1, -2, 0.8), aspect=1.0)
    picture = render(given, camera, 15, 15, **PLAIN)
    found, distance, clear = cast(given, camera, 15, 15)
    assert np.count_nonzero(clear & (found >= 0)) > 20
    np.testing.assert_array_equal(picture.elements[clear], found[clear])
    np.testing.assert_allclose(picture.depth[clear], distance[clear], rtol=3e-5)
