"""The viewer in real JupyterLab: from the cell to the picture, and from the mouse back to the kernel."""

import base64
import io
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib.image import imread

SETUP = """\
import sys
sys.path.insert(0, {tests!r})
import numpy as np
from scenes import garden
from avila_sci.widgets import Viewer
names = ["slab", "ring 1", "ring 2", "ring 3", "ring 4", "post", "pane"]
types = ["IfcSlab"] + ["IfcFurniture"] * 4 + ["IfcColumn", "IfcWindow"]
made_of = ["stone"] + ["steel"] * 4 + ["stone", "glass"]
viewer = Viewer(garden(), dict(name=names, type=types, material=made_of), height=320)
"""
SLAB, RING, POST = 0, 4, 5


@pytest.fixture
def notebook(lab, page, request):
    """A notebook that shows a viewer, run in its page."""
    name = f"{request.node.name[:40]}.ipynb"
    cells = [
        nbformat.v4.new_code_cell(SETUP.format(tests=str(Path(__file__).parents[1]))),
        nbformat.v4.new_code_cell("viewer"),
    ]
    made = nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    nbformat.write(made, lab.root / "work" / name)
    opened = lab.open(page, name)
    opened.run_all()
    page.wait_for_selector(".avila-viewer[data-triangles]", timeout=90_000)
    yield opened
    opened.close()


def elements(page, view=0):
    """Element number at every pixel as the browser draws it, and the place of the view in the page."""
    host = page.locator(".avila-viewer").nth(view)
    host.scroll_into_view_if_needed()
    page.wait_for_timeout(100)
    width, height, text = host.evaluate(
        """host => {
          const {width, height, elements} = host.avila.elements();
          const raw = new Uint8Array(elements.buffer); let out = "";
          for (let i = 0; i < raw.length; i += 32768) out += String.fromCharCode(...raw.subarray(i, i + 32768));
          return [width, height, btoa(out)];
        }"""
    )
    box = host.locator(".stage").bounding_box()
    return np.frombuffer(base64.b64decode(text), np.int32).reshape(height, width), box


def place(page, element, view=0):
    """Where an element is seen in the page."""
    ids, box = elements(page, view)
    rows, columns = np.nonzero(ids == element)
    keep = rows > 60  # below the tool bar
    k = np.argmin(np.hypot(rows - rows[keep].mean(), columns - columns[keep].mean()) + 1e6 * ~keep)
    return box["x"] + columns[k] + 0.5, box["y"] + rows[k] + 0.5


def orange(page):
    """Middle and number of the pixels that are highlighted."""
    page.wait_for_timeout(600)
    shot = imread(io.BytesIO(page.locator(".avila-viewer .stage").first.screenshot()))[..., :3]
    lit = (shot[..., 0] > 0.5) & (shot[..., 1] < 0.65 * shot[..., 0]) & (shot[..., 2] < 0.3 * shot[..., 0])
    lit &= shot[..., 1] > 0.25 * shot[..., 0]  # not the red rings
    rows, columns = np.nonzero(lit)
    return np.array([columns.mean(), rows.mean()]) if rows.size else None, rows.size


def test_a_click_in_the_page_is_a_selection_in_the_kernel_and_back(notebook, page):
    page.mouse.click(*place(page, POST))
    notebook.wait("viewer.selected", [POST])
    page.locator(".right .title", has_text="post").wait_for()
    page.keyboard.press("h")
    notebook.wait("viewer.hidden", [POST])
    ids, _ = elements(page)
    assert POST not in ids
    page.mouse.click(*place(page, SLAB))
    notebook.wait("viewer.selected", [SLAB])
    page.keyboard.press("i")
    notebook.wait("viewer.isolated", [SLAB])
    page.keyboard.press("a")
    notebook.wait("(viewer.hidden, viewer.isolated)", ([], []))

    # JupyterLab's own keys would delete and add cells.
    cells = page.locator(".jp-Cell").count()
    for key in ("d", "d", "b", "x"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert page.locator(".jp-Cell").count() == cells
    page.keyboard.press("x")

    # And the other way: what Python selects is lit, elsewhere when it selects elsewhere.
    notebook.value("0", "camera = viewer.camera; viewer.selected = [1]; viewer.camera = camera or 'default'")
    page.locator(".right .title", has_text="ring 1").wait_for()
    left, n_left = orange(page)
    notebook.value("0", f"viewer.selected = [{RING}]; viewer.camera = 'default'")
    page.locator(".right .title", has_text="ring 4").wait_for()
    right, n_right = orange(page)
    assert min(n_left, n_right) > 300
    assert right[0] > left[0] + 100

    notebook.value("0", "viewer.colour('material')")
    page.locator(".legend", has_text="glass").wait_for()
    notebook.value("0", "viewer.theme = 'dark'")
    page.locator(".root[data-dark]").wait_for()


def test_the_kernel_draws_the_same_elements_with_the_same_camera(notebook, page):
    notebook.value("0", "viewer.camera = 'iso'")
    page.wait_for_timeout(500)
    ids, _ = elements(page)
    height, width = ids.shape
    path = notebook.lab.root / "ids.npy"
    code = f"np.save({str(path)!r}, viewer.picture({width}, {height}, samples=1).elements)"
    notebook.value("0", "fitted = viewer._framing(None, 'iso', viewer._aspect); viewer.camera = fitted")
    page.wait_for_timeout(500)
    ids, _ = elements(page)
    notebook.value("0", code)
    assert (np.load(path) != ids).mean() < 0.005


def test_a_reloaded_page_and_a_second_view_show_the_model_again(notebook, page):
    page.mouse.click(*place(page, POST))
    notebook.wait("viewer.selected", [POST])
    notebook.command("docmanager:save")
    page.wait_for_timeout(1500)
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_selector(".avila-viewer[data-triangles]", timeout=60_000)
    page.locator(".right .title", has_text="post").wait_for()

    # The saved notebook holds no geometry, and a picture for readers without a kernel.
    saved = (notebook.lab.root / "work" / notebook.name).read_bytes()
    output = nbformat.reads(saved.decode(), 4).cells[1].outputs[0]
    assert "image/png" in output["data"]
    assert len(saved) - len(output["data"]["image/png"]) < 6_000

    page.locator(".jp-InputPrompt").nth(1).click()  # the cell, not the picture: that would unselect
    notebook.command("notebook:create-output-view")
    page.wait_for_function("document.querySelectorAll('.avila-viewer[data-triangles]').length === 2", timeout=60_000)
    page.locator(".avila-viewer .right .title", has_text="post").nth(1).wait_for()
    notebook.value("0", "viewer.hide([0])")
    page.wait_for_timeout(500)
    assert SLAB not in elements(page, 0)[0]
    assert SLAB not in elements(page, 1)[0]
    assert page.evaluate("Object.keys(globalThis.__avila).length") == 1  # one bundle for both


def test_the_theme_of_jupyterlab_is_followed(notebook, page):
    assert page.locator(".root[data-dark]").count() == 0
    page.evaluate("() => { jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'}); }")
    page.locator(".avila-viewer .root[data-dark]").wait_for(state="attached")
    page.evaluate("() => { jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'}); }")
    page.locator(".avila-viewer .root:not([data-dark])").wait_for(state="attached")


def test_without_webgl_jupyterlab_shows_the_kernels_picture(lab, page, request):
    page.add_init_script(
        """const real = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
          return String(kind).startsWith("webgl") ? null : real.call(this, kind, ...rest);
        };"""
    )
    notebook = request.getfixturevalue("notebook")
    picture = page.locator(".avila-viewer .stage img")
    page.wait_for_function(
        "document.querySelector('.avila-viewer').shadowRoot.querySelector('.stage img').naturalWidth > 300",
        timeout=60_000,
    )
    notebook.wait("'raster' in viewer.status", True)
    x, y = notebook.value(
        "[float(v) for v in np.argwhere(list(viewer._drawn.values())[-1].elements == 5).mean(axis=0)][::-1]"
    )
    box = picture.bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    notebook.wait("viewer.selected", [POST])


def test_the_main_job_a_building_is_read_drawn_picked_and_measured(lab, page):
    """The project's own notebook, as `make lab` opens it."""
    source = Path(__file__).parents[2] / "notebooks" / "01-a-building.ipynb"
    made = nbformat.read(source, as_version=4)
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    made.cells = [cell for cell in made.cells if "tempfile" not in cell.source]
    nbformat.write(made, lab.root / "work" / "building.ipynb")
    notebook = lab.open(page, "building.ipynb")
    try:
        notebook.run_all()
        page.wait_for_selector(".avila-viewer[data-triangles]", timeout=240_000)
        assert notebook.value("len(viewer.elements.columns['id'])") == notebook.value("len(model.geometry())")
        notebook.value(
            "0", "viewer.selected = None; viewer.colour(None); viewer.camera = viewer._framing(None, 'default')"
        )
        page.wait_for_timeout(600)
        ids, _ = elements(page)
        wanted = notebook.value(
            "[k for k, t in enumerate(viewer.elements.columns['type']) if t == 'IfcRoof' or t == 'IfcSlab']"
        )
        seen = [k for k in wanted if (ids == k).sum() > 800]
        assert seen, "neither roof nor slab is seen"
        page.mouse.click(*place(page, seen[0]))
        notebook.wait("[viewer.elements.number(e) for e in viewer.selected]", [seen[0]])
        name = notebook.value("viewer.selected[0].Name")
        page.locator(".right .title", has_text=name).wait_for()
        assert notebook.value("bool(bim.measure(model).volume[viewer.elements.number(viewer.selected[0])] > 0.1)")
    finally:
        notebook.close()


@pytest.mark.slow
def test_a_model_of_27_megabytes_is_drawn(lab, page, shared_data):
    """`benchmarks/bench_viewer.py` runs this and reads the times it prints."""
    path = shared_data / "ifc" / "janesville_restaurant.ifc.gz"
    code = f"from avila_sci import bim\nbim.show(bim.open(bim.sample.path()))\nPATH = {str(path)!r}"
    cells = [nbformat.v4.new_code_cell(code)]
    cells.append(nbformat.v4.new_code_cell("model = bim.open(PATH)\nviewer = bim.show(model)\nviewer"))
    made = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python"}})
    nbformat.write(made, lab.root / "work" / "large.ipynb")
    notebook = lab.open(page, "large.ipynb")
    try:
        for word in ("first", "again", "once more"):
            notebook.command("notebook:clear-all-cell-outputs")
            page.wait_for_selector(".avila-viewer", state="detached")
            begun = time.perf_counter()
            notebook.run_all()
            page.wait_for_selector(".avila-viewer[data-triangles]", timeout=240_000)
            seconds = time.perf_counter() - begun
            triangles = int(page.locator(".avila-viewer").get_attribute("data-triangles"))
            print(f"{word}: {seconds:.2f} s from running the cells to {triangles} triangles in the page")
            assert triangles > 1_000_000
    finally:
        notebook.close()
