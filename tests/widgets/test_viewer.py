"""The viewer without a browser: its traits, its messages, its picture, its state in the notebook."""

import base64
import json

import nbformat
import numpy as np
import pandas as pd
import pytest
from nbclient import NotebookClient
from scenes import garden
from wire_decoder import decode

from avila_sci.core.errors import DomainError, DTypeError, NotFoundError, ShapeError
from avila_sci.mesh.camera import Camera, fit
from avila_sci.widgets import Viewer, bundle, show

NAMES = ["slab", "ring 1", "ring 2", "ring 3", "ring 4", "post", "pane"]
TABLE = {
    "name": NAMES,
    "type": ["IfcSlab", *["IfcFurniture"] * 4, "IfcColumn", "IfcWindow"],
    "storey": ["ground"] * 7,
    "material": ["concrete", *["steel"] * 4, "concrete", "glass"],
}
SLAB, POST, PANE = 0, 5, 6


class Talk:
    """A viewer, and what it sends."""

    def __init__(self, **traits):
        self.viewer = Viewer(garden(), TABLE, **traits)
        self.sent = []
        self.viewer.send = lambda content, buffers=None: self.sent.append((content, buffers or []))

    def ask(self, kind, **content):
        """Answers to a message of the browser."""
        self.sent.clear()
        self.viewer._answer(self.viewer, {"kind": kind, "view": "v", **content}, [])
        return list(self.sent)


@pytest.fixture
def talk():
    return Talk()


@pytest.fixture
def viewer(talk):
    return talk.viewer


# ---------------------------------------------------------------- traits


def test_a_selection_goes_both_ways(viewer):
    viewer.selected = [5, 1, 2]
    assert viewer.get_state("selected") == {"selected": "5 1-2"}
    viewer.set_state({"selected": "3-4 0"})
    assert viewer.selected == [3, 4, 0]
    viewer.selected = None
    assert viewer.selected == []


def test_what_the_browser_selects_does_not_move_the_camera_but_what_python_selects_is_framed(viewer):
    viewer.set_state({"selected": "5"})
    assert viewer.camera is None
    viewer.selected = 4
    seen = viewer.picture(200, 100, samples=1).elements
    assert (seen == 4).mean() > 0.03
    assert np.abs(np.argwhere(seen == 4).mean(axis=0) - (50, 100)).max() < 10  # in the middle


def test_a_browser_of_another_age_cannot_select_what_is_not_there(viewer):
    viewer.set_state({"selected": "5-900"})
    assert viewer.selected == [5, 6]


def test_hiding_isolating_and_ghosting_add_up_and_are_undone(viewer):
    viewer.hide(1)
    viewer.hide([1, 2])
    assert viewer.hidden == [1, 2]
    viewer.isolate([0, 1])
    viewer.ghost(0)
    viewer.ghost(POST)
    assert (viewer.isolated, viewer.ghosted) == ([0, 1], [0, POST])
    assert np.flatnonzero(viewer._shown()).tolist() == [0]
    viewer.show_all()
    assert viewer._shown().all()


def test_a_camera_may_be_a_view_a_dictionary_or_a_camera(viewer):
    viewer.camera = "top"
    assert viewer.camera.eye[2] > 5
    viewer.camera = {"eye": [1, 2, 3], "target": [0, 0, 0]}
    assert viewer.camera == Camera((1.0, 2.0, 3.0), (0.0, 0.0, 0.0))
    viewer.set_state({"camera": viewer.camera._asdict() | {"eye": [9, 9, 9]}})
    assert viewer.camera.eye == (9.0, 9.0, 9.0)
    with pytest.raises(DomainError, match="a view must be one of default"):
        viewer.camera = "sideways"


def test_projections_change_without_changing_what_is_seen(viewer):
    viewer.fit()
    before = viewer.camera
    viewer.projection = "orthographic"
    assert viewer.camera.projection == "orthographic"
    viewer.projection = "perspective"
    np.testing.assert_allclose(viewer.camera.eye, before.eye)
    viewer.camera = before._replace(projection="orthographic")
    assert viewer.projection == "orthographic"


@pytest.mark.parametrize(
    "section", [{"point": (0, 1, 0), "normal": (0, -1, 0)}, ((0, 1, 0), (0, -1, 0)), ([0, 1, 0], np.array([0, -1, 0]))]
)
def test_a_section_is_a_point_and_a_normal(viewer, section):
    viewer.section = section
    assert viewer.section == {"point": (0.0, 1.0, 0.0), "normal": (0.0, -1.0, 0.0)}
    viewer.section = None
    assert viewer.section is None


@pytest.mark.parametrize(
    ("section", "error", "words"),
    [
        ({"point": (0, 0, 0)}, DomainError, r"keys 'point' and 'normal', got \['point'\]"),
        (((0, 0, 0), (0, 0, 0)), DomainError, "zero vector"),
        (((0, 0), (0, 0, 1)), ShapeError, "section's point"),
    ],
)
def test_what_is_no_section_is_named(viewer, section, error, words):
    with pytest.raises(error, match=words):
        viewer.section = section


def test_nothing_but_scenes_and_models_can_be_shown():
    assert isinstance(show(garden()), Viewer)
    with pytest.raises(DTypeError, match="got str"):
        show("house.ifc")
    with pytest.raises(DTypeError, match=r"bim\.show"):
        Viewer("house.ifc")


# ---------------------------------------------------------------- colours


def test_colours_by_column_name_their_legend(talk):
    talk.viewer.colour("material")
    content, buffers = talk.sent[-1]
    assert content["legend"]["items"] == [["steel", 2, 4], ["concrete", 3, 2], ["glass", 4, 1]]
    assert np.frombuffer(buffers[0], np.uint8).tolist() == [3, 2, 2, 2, 2, 3, 4]
    assert talk.viewer.colour_by == "material"
    talk.viewer.colour(None)
    assert talk.sent[-1][0] == {"kind": "colours", "legend": None}
    assert talk.viewer.colour_by == ""


@pytest.mark.parametrize(
    "by",
    [
        np.arange(7.0),
        list(range(7)),
        lambda number: float(number),
        {k: float(k) for k in range(7)},
        pd.Series(np.arange(7.0)),
    ],
    ids=["array", "list", "function", "dict", "Series"],
)
def test_colours_by_values_come_in_many_forms(viewer, by):
    viewer.colour(by=by, title="height, m")
    assert viewer.colour_by == "height, m"
    assert viewer._colouring.legend["title"] == "height, m"
    assert viewer._colouring.legend["kind"] == "numbers"
    assert viewer._colouring.codes.tolist() == sorted(viewer._colouring.codes.tolist())


def test_a_dictionary_may_go_by_type(viewer):
    viewer.colour({"IfcColumn": "#ff0000", 0: "#00ff00"})
    rgba = viewer._colouring.rgba()
    assert rgba[POST].tolist() == [1, 0, 0, 1]
    assert rgba[SLAB].tolist() == [0, 1, 0, 1]
    assert np.isnan(rgba[1]).all()


def test_the_browser_may_choose_the_column_and_come_back_to_values(talk):
    talk.viewer.colour(np.arange(7.0), title="own")
    talk.viewer.set_state({"colour_by": "type"})
    assert talk.sent[-1][0]["legend"]["title"] == "type"
    talk.viewer.set_state({"colour_by": "own"})
    assert talk.sent[-1][0]["legend"]["title"] == "own"
    talk.viewer.set_state({"colour_by": ""})
    assert talk.sent[-1][0]["legend"] is None


def test_unknown_columns_and_wrong_lengths_are_named(viewer):
    with pytest.raises(NotFoundError, match="name, type, storey, material, got 'price'"):
        viewer.colour("price")
    with pytest.raises(NotFoundError, match="got 'price'"):
        viewer.colour_by = "price"
    assert viewer.colour_by == ""
    with pytest.raises(ShapeError, match="one for each of the 7 elements, got 3"):
        viewer.colour([1, 2, 3])
    with pytest.raises(DTypeError, match="a column, a callable, a dict, a Series or values, got 3"):
        viewer.colour_by = 3


def test_what_colour_takes_may_be_assigned(talk):
    talk.viewer.colour_by = np.arange(7.0)
    assert talk.viewer.colour_by == "values"
    assert talk.sent[-1][0]["legend"]["title"] == "values"
    count = len(talk.sent)
    talk.viewer.colour_by = np.arange(7.0)[::-1]
    assert len(talk.sent) > count  # of the same name, and sent all the same
    talk.viewer.colour_by = None
    assert talk.viewer.colour_by == ""
    assert talk.sent[-1][0]["legend"] is None


def test_words_that_look_like_colours_are_words():
    """A storey without a name goes by its number: "#38"."""
    from avila_sci.mesh import mesh_scene

    scene = mesh_scene([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]])
    viewer = Viewer(scene, {"storey": ["#38"]})
    viewer.colour_by = "storey"
    assert viewer._colouring.legend["items"][0][0] == "#38"


def test_any_column_of_the_model_colours():
    from avila_sci import bim

    viewer = bim.show(bim.open(bim.sample.path()))
    viewer.colour("Pset_WallCommon.FireRating")
    assert viewer.colour_by == "Pset_WallCommon.FireRating"
    with pytest.raises(NotFoundError, match=r"did you mean Pset_WallCommon\.FireRating"):
        viewer.colour("Pset_WallCommon.FireRatin")


def test_cameras_and_sections_of_the_wrong_form(viewer):
    with pytest.raises(DomainError, match="a dict with eye, target and any of up"):
        viewer.camera = {"position": [1, 2, 3]}
    with pytest.raises(DTypeError, match="must be a pair"):
        viewer.section = 3


# ---------------------------------------------------------------- messages


def test_every_view_that_is_ready_gets_the_scene_and_the_colours(talk):
    for name in ("a", "b"):
        (scene, (buffer,)), (colours, _) = talk.ask("ready", view=name)
        assert scene == {"kind": "scene", "view": name}
        assert colours == {"kind": "colours", "legend": None}
        header, _ = decode(buffer)
        assert header["colourable"] == ["name", "type", "storey", "material"]
        assert header["columns"]["name"] == NAMES


def test_the_bundle_is_asked_for_once_a_page_and_sent_in_one_piece(talk):
    ((content, (script,)),) = talk.ask("bundle")
    assert content == {"kind": "bundle"}
    assert b"render" in script
    assert len(bundle.SHIM.encode()) < 600
    assert talk.viewer._bundle == bundle.digest()


def test_properties_are_answered_and_errors_are_words(talk):
    ((answer, _),) = talk.ask("properties", element=POST)
    assert (answer["element"], answer["title"], answer["subtitle"]) == (POST, "post", "IfcColumn")
    ((answer, _),) = talk.ask("properties", element=99)
    assert "lie in [0, 7)" in answer["groups"][0][1][0][1]


def test_a_view_without_webgl_gets_pictures_and_picks_from_the_last_of_its_own(talk):
    camera = fit([-1, -1, -0.2, 9, 3, 2], "top", 2.0)
    ((content, (png,)),) = talk.ask("picture", width=200, height=100, quick=True, camera=camera._asdict())
    assert content == {"kind": "picture", "view": "v"}
    assert png.startswith(b"\x89PNG")
    talk.ask("picture", view="other", width=400, height=400, quick=True, camera=fit([0, 0, 0, 1, 1, 1])._asdict())
    expected = talk.viewer.picture(200, 100, camera=camera, samples=1)
    x, y = 60.5, 50.5
    ((answer, _),) = talk.ask("pick", x=x / 200, y=y / 100)
    assert answer == {"kind": "pick", "view": "v", "element": expected.pick(x, y)}
    assert expected.pick(x, y) >= 0
    assert talk.ask("pick", view="nobody", x=0.5, y=0.5)[0][0]["element"] == -1


def test_views_with_pictures_are_told_when_theirs_is_old(talk):
    talk.viewer.selected = 1
    assert talk.sent == []
    talk.ask("picture", width=50, height=50, quick=True)
    talk.sent.clear()
    talk.viewer.hide(2)
    assert ({"kind": "stale"}, []) in talk.sent


def test_ghosts_are_seen_but_not_picked(talk):
    talk.viewer.ghosted = list(range(7))
    camera = fit([-1, -1, -0.2, 9, 3, 2], "top", 2.0)
    talk.ask("picture", width=200, height=100, quick=True, camera=camera._asdict())
    assert talk.ask("pick", x=0.3, y=0.5)[0][0]["element"] == -1


# ---------------------------------------------------------------- pictures


def test_the_picture_shows_what_the_view_shows():
    viewer = Viewer(garden(), TABLE)
    whole = viewer.picture(200, 100, samples=1)
    assert set(np.unique(whole.elements)) == {-1, *range(7)}
    viewer.hide([1, POST])
    assert set(np.unique(viewer.picture(200, 100, samples=1).elements)) == {-1, 0, 2, 3, 4, PANE}
    viewer.show_all()
    viewer.isolate(POST)
    assert set(np.unique(viewer.picture(200, 100, samples=1).elements)) == {-1, POST}
    assert viewer.picture(200, 100).camera == viewer._framing(None, None, 2.0)


def test_selected_and_coloured_elements_look_so():
    viewer = Viewer(garden(), TABLE)
    plain = viewer.picture(200, 100, samples=1, edges=False)
    viewer.set_state({"selected": "5"})
    lit = viewer.picture(200, 100, samples=1, edges=False)
    post = plain.elements == POST
    assert (lit.rgba[post][:, 0] > lit.rgba[post][:, 2] + 60).mean() > 0.8
    viewer.colour([None] * POST + ["#0000ff", None])
    viewer.selected = None
    assert (viewer.picture(200, 100, samples=1).rgba[post][:, 2] > 60).mean() > 0.8


def test_a_screenshot_is_a_file(viewer, tmp_path):
    data = viewer.screenshot(tmp_path / "view.png", width=120)
    assert (tmp_path / "view.png").read_bytes() == data
    assert int.from_bytes(data[16:20]) == 120
    viewer._answer(viewer, {"kind": "shape", "aspect": 3.0}, [])
    assert int.from_bytes(viewer.screenshot(width=120)[20:24]) == 40


def test_a_notebook_gets_the_view_and_a_picture_for_those_without_a_kernel(viewer):
    data, _ = viewer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert "7 elements" in repr(viewer)
    assert "image/png" not in Viewer(garden(), picture=False)._repr_mimebundle_()[0]


def test_a_notebook_with_ten_viewers_is_small():
    """Widgets' state, markup and the pictures that readers without a kernel see."""
    code = ["from avila_sci import bim\nmodel = bim.open(bim.sample.path())", *["bim.show(model)"] * 10]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in code])
    NotebookClient(notebook, timeout=300, kernel_name="python3", store_widget_state=True).execute()
    assert len(notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]) == 10
    assert sum("image/png" in o.get("data", {}) for cell in notebook.cells for o in cell.outputs) == 10
    assert len(nbformat.writes(notebook).encode()) <= 60_000


def test_the_state_holds_no_geometry(viewer):
    assert len(json.dumps(viewer.get_state(), default=str)) < 2500
