"""The front end in a bare page: what it draws, and that every button, key and trait does what it says."""

import io

import numpy as np
import pytest
from matplotlib.image import imread
from playwright.sync_api import expect
from scenes import at as placed
from scenes import garden, scene, torus
from viewer_host import Host

from avila_sci.mesh.camera import VIEWS
from avila_sci.widgets import Viewer

NAMES = ["slab", "ring 1", "ring 2", "ring 3", "ring 4", "post", "pane"]
TYPES = ["IfcSlab", *["IfcFurniture"] * 4, "IfcColumn", "IfcWindow"]
TABLE = {
    "name": NAMES,
    "type": TYPES,
    "storey": ["ground"] * 7,
    "material": ["stone", *["steel"] * 4, "stone", "glass"],
}
SLAB, RING, POST, PANE = 0, 4, 5, 6


@pytest.fixture
def host(page):
    return Host(page, Viewer(garden(), TABLE, height=300), width=640)


def difference(host, **options):
    """Share of pixels whose element differs from that of our own renderer at the same camera."""
    ids, camera = host.elements()
    picture = host.viewer.picture(ids.shape[1], ids.shape[0], camera=camera, samples=1, edges=False, **options)
    return (picture.elements != ids).mean()


def middle(host, element):
    """Place in the page where an element is seen, away from its edges."""
    ids, _ = host.elements()
    rows, columns = np.nonzero(ids == element)
    inner = [
        (x, y)
        for x, y in zip(columns, rows)
        if (ids[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4] == element).all() and y > 60  # below the tool bar
    ]
    box = host.page.locator(".stage").bounding_box()
    places = [(box["x"] + x + 0.5, box["y"] + y + 0.5) for x, y in inner[:: max(1, len(inner) // 60)]]
    free = host.page.evaluate(
        """places => {
          const {shadowRoot} = document.querySelector(".avila-viewer");
          return places.filter(place => shadowRoot.elementFromPoint(...place)?.closest(".stage"));
        }""",
        places,
    )
    return free[len(free) // 2]  # no panel lies over it


def click(host, element, **options):
    host.page.mouse.click(*middle(host, element), **options)
    host.settle()


@pytest.mark.parametrize("view", ["default", "top", "left", "iso"])
@pytest.mark.parametrize("projection", ["perspective", "orthographic"])
def test_the_browser_and_our_renderer_see_the_same_elements(host, view, projection):
    host.viewer.projection = projection
    host.viewer.camera = view
    host.settle()
    assert difference(host) < 0.005


def test_cuts_show_the_same_elements_as_our_renderer(host):
    host.viewer.section = {"point": (0, 1, 0), "normal": (0, -1, 0)}
    host.settle()
    assert difference(host) < 0.005
    host.viewer.section = {"point": (0, 0, 0.5), "normal": (0, 0, 1)}
    host.viewer.camera = "top"
    host.settle()
    assert difference(host) < 0.005
    assert host.page.locator(".cutter").is_visible()


def test_what_is_hidden_ghosted_and_tinted_is_drawn_and_picked_like_our_renderer_does(host):
    host.viewer.hide([RING])
    host.viewer.ghost([1])
    host.viewer.colour([1.0, 2, 3, 4, 5, None, 7])
    host.settle()
    ids, camera = host.elements()
    assert not set(np.unique(ids)) & {RING, 1}
    # Our renderer picks a ghost where nothing stands behind it.
    picture = host.viewer.picture(ids.shape[1], ids.shape[0], camera=camera, samples=1)
    assert ((picture.elements != ids) & (picture.elements != 1)).mean() < 0.005


def test_many_instances_are_drawn_in_one_call_and_named_one_by_one(page):
    shapes = [torus(40, 24), torus(60, 30)]
    places = [
        (k % 2, placed(3.0 * (k % 8), 3.0 * (k // 8), 0, np.diag([1, 1, -1.0 if k % 3 else 1.0])), 1) for k in range(40)
    ]
    host = Host(page, Viewer(scene(shapes, places)))
    assert difference(host) < 0.005
    assert int(page.locator(".avila-viewer").get_attribute("data-triangles")) > 100_000


def test_the_picture_looks_like_that_of_our_renderer(page):
    host = Host(page, Viewer(garden(), TABLE))
    page.wait_for_timeout(2500)
    _, camera = host.elements()
    shot = page.locator(".stage").screenshot(type="png")
    ours = np.asarray(host.viewer.picture(846, 478, camera=camera, shading="flat").rgba[..., :3], float)
    theirs = imread(io.BytesIO(shot))[: ours.shape[0], : ours.shape[1], :3] * 255.0
    below = slice(70, None)  # the tool bar
    assert np.abs(ours[below] - theirs[below]).mean() < 4.0


def test_a_click_selects_with_the_properties_shown_and_the_next_adds(host, page):
    click(host, POST)
    assert host.viewer.selected == [POST]
    assert page.locator(".right .title").inner_text() == "post"
    assert "stone" in page.locator(".right").inner_text()
    page.keyboard.down("Shift")
    click(host, SLAB)
    page.keyboard.up("Shift")
    assert host.viewer.selected == [POST, SLAB]
    box = page.locator(".stage").bounding_box()
    page.mouse.click(box["x"] + 8, box["y"] + box["height"] - 8)
    host.settle()
    assert host.viewer.selected == []
    assert not page.locator(".right").is_visible()


def test_glass_is_picked_before_what_stands_behind_it(host):
    click(host, PANE)
    assert host.viewer.selected == [PANE]


def test_a_drag_is_no_click_and_turns_the_camera(host, page):
    x, y = middle(host, SLAB)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 10, steps=4)
    page.mouse.up()
    host.settle()
    assert host.viewer.selected == []
    before = host.viewer.camera
    assert before.projection == "perspective"
    page.mouse.move(x, y)
    page.mouse.wheel(0, -400)
    host.settle()
    after = host.viewer.camera
    distance = [np.linalg.norm(np.subtract(c.eye, c.target)) for c in (before, after)]
    assert distance[1] < 0.8 * distance[0]
    page.mouse.move(x, y)
    page.mouse.down(button="right")
    page.mouse.move(x + 50, y, steps=3)
    page.mouse.up(button="right")
    host.settle()
    moved = np.subtract(host.viewer.camera.target, after.target)
    np.testing.assert_allclose(moved, np.subtract(host.viewer.camera.eye, after.eye), atol=1e-5)
    assert np.linalg.norm(moved) > 0.05


def test_keys_do_what_the_help_says(host, page):
    viewer = host.viewer
    page.locator(".stage").focus()

    def press(*keys):
        for key in keys:
            page.keyboard.press(key)
        host.settle()

    viewer.set_state({"selected": "4"})
    host.settle()
    press("h")
    assert (viewer.hidden, viewer.selected) == ([RING], [])
    viewer.set_state({"selected": "5"})
    host.settle()
    press("i")
    assert viewer.isolated == [POST]
    press("g")
    assert viewer.ghosted == [POST]
    press("a")
    assert (viewer.hidden, viewer.isolated, viewer.ghosted) == ([], [], [])
    for key, view in (
        (str(k), name) for k, name in enumerate(("default", "top", "front", "right", "bottom", "back", "left", "iso"))
    ):
        press(key)
        back = np.subtract(viewer.camera.eye, viewer.camera.target)
        wanted = np.array(VIEWS[view][0])
        assert back @ wanted / np.linalg.norm(back) / np.linalg.norm(wanted) == pytest.approx(1.0, abs=1e-5)
    press("p")
    assert viewer.projection == viewer.camera.projection == "orthographic"
    press("x")
    assert viewer.section["normal"] == (0.0, 0.0, 1.0)
    press("x")
    assert viewer.section is None
    press("c")
    assert viewer.colour_by == "name"
    press("c")
    assert viewer.colour_by == "type"
    assert "Furniture" in page.locator(".legend").inner_text()
    press("l")
    assert viewer.theme == "dark"
    before = viewer.camera
    press("ArrowLeft")
    assert viewer.camera != before
    press("?")
    assert page.locator(".help").is_visible()
    press("Escape")
    assert not page.locator(".help").is_visible()


def test_the_tree_selects_hides_and_finds(page):
    host = Host(page, Viewer(garden(), TABLE))
    page.locator("[data-act=tree]").click()
    expect(page.locator(".row")).to_have_count(12)  # one storey, four types, seven elements
    page.locator(".row", has_text="Furniture").first.click()
    host.settle()
    assert host.viewer.selected == [1, 2, 3, 4]
    page.locator(".row", has_text="post").locator(".see").click()
    host.settle()
    assert host.viewer.hidden == [POST]
    page.locator(".row", has_text="post").locator(".see").click()
    host.settle()
    assert host.viewer.hidden == []
    page.keyboard.press("/")
    page.keyboard.type("GLASS")
    expect(page.locator(".row .name")).to_have_text(["ground", "Window", "pane"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    host.settle()
    assert host.viewer.selected == [PANE]


def test_the_legend_selects(host, page):
    host.viewer.colour("material")
    host.settle()
    page.locator(".legend button", has_text="stone").click()
    host.settle()
    assert host.viewer.selected == [SLAB, POST]


def test_names_are_text_and_never_markup(page):
    evil = "<img src=x onerror=alert(1)>"
    host = Host(page, Viewer(garden(), {**TABLE, "name": [evil] * 7}))
    host.viewer.set_state({"selected": "5"})
    host.settle()
    page.locator("[data-act=tree]").click()
    page.wait_for_timeout(100)
    assert page.locator(".right .title").inner_text() == evil
    assert page.locator(".root img").count() == 0


def test_two_views_of_one_viewer_agree_and_each_gives_back_what_it_took(host, page):
    host.open("second")
    page.locator("#second .stage").scroll_into_view_if_needed()
    ids, _ = host.elements("second")
    assert set(np.unique(ids)) >= {SLAB, RING, POST}
    host.viewer.set_state({"selected": "5"})
    host.settle()
    assert page.locator(".right .title").all_inner_texts() == ["post", "post"]
    page.evaluate("() => { cleanups.cell(); cleanups.second(); }")
    assert page.evaluate("count()") == 0  # no listener stays with the model
    assert page.locator(".avila-viewer").count() == 0
    page.keyboard.press("h")  # and none with the window
    host.settle()
    assert host.viewer.hidden == []


def test_twenty_views_opened_and_closed_leave_no_context_behind(host, page):
    for k in range(20):
        host.open(f"view{k}", settle=False)
        page.evaluate("name => cleanups[name]()", f"view{k}")
    host.settle()
    assert difference(host) < 0.005  # the first one was not taken away


def test_nothing_is_drawn_while_nothing_changes(host, page):
    page.wait_for_timeout(3000)
    drawn = page.evaluate(
        """async () => {
          let n = 0; const real = requestAnimationFrame;
          window.requestAnimationFrame = f => { n++; return real(f); };
          await new Promise(done => setTimeout(done, 1000));
          window.requestAnimationFrame = real;
          return n;
        }"""
    )
    assert drawn == 0


def test_a_lost_context_is_told_and_comes_back(host, page):
    page.evaluate(
        """() => {
          const canvas = document.querySelector(".avila-viewer").shadowRoot.querySelector("canvas");
          window.lost = canvas.getContext("webgl2").getExtension("WEBGL_lose_context");
          lost.loseContext();
        }"""
    )
    note = page.locator(".say", has_text="graphics card was lost")
    note.wait_for()
    page.evaluate("() => lost.restoreContext()")
    note.wait_for(state="hidden")
    assert difference(host) < 0.005


def test_without_webgl_the_kernel_draws_and_picks(page):
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    host = Host(page, Viewer(garden(), TABLE))
    assert "raster" in host.viewer.status
    picture = page.locator(".stage img")
    assert picture.evaluate("image => image.naturalWidth") == 846
    seen = host.viewer._drawn[page.evaluate("document.querySelector('.avila-viewer').avila.view")]
    y, x = np.argwhere(seen.elements == POST).mean(axis=0)
    box = page.locator(".stage").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    host.settle()
    assert host.viewer.selected == [POST]
    before = picture.get_attribute("src")
    page.mouse.move(300, 300)
    page.mouse.down()
    page.mouse.move(360, 310, steps=3)
    page.mouse.up()
    host.settle()
    assert host.viewer.camera is not None
    assert picture.get_attribute("src") != before
    host.viewer.hide(POST)
    host.settle()
    seen = list(host.viewer._drawn.values())[-1]
    assert POST not in seen.elements
