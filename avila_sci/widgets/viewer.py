"""The viewer: a building in the notebook cell.

Python holds the model and answers; the browser draws and asks.  Geometry goes as one binary message to each view that
says it is ready, so a reloaded page and a second view work, and the saved notebook holds none of it.  What a user may
set or watch is a trait and goes both ways: `selected`, `hidden`, `isolated`, `ghosted`, `camera`, `colour_by` …

Where nothing draws (GitHub, a log, a browser without WebGL) a picture by `mesh.raster` takes the viewer's place.
"""

from functools import cached_property

import anywidget
import numpy as np
import traitlets as t

from avila_sci.core.check import array
from avila_sci.core.errors import DomainError, DTypeError, NotFoundError, ShapeError
from avila_sci.core.files import replace
from avila_sci.mesh.camera import VIEWS, Camera, fit
from avila_sci.mesh.scene import Scene
from avila_sci.widgets import bundle, wire
from avila_sci.widgets.colours import categories, colouring
from avila_sci.widgets.elements import Elements, from_ranges, text, to_ranges

_GHOST = 0.12  # opacity of what is ghosted
_VEIL = (0.42, 0.66, 0.86, 0.28)  # spaces and openings, as shaders.ts has it
_VIEWS_KEPT = 8  # pictures kept for picking, one a view
_CONTEXT = 2.2  # a selection is framed with this many times its size


class ElementList(t.TraitType):
    """A list of elements: entities (or numbers) in Python, a short text on the wire."""

    info_text = "a list of elements of the scene"

    def make_dynamic_default(self):
        return []

    def validate(self, viewer, value):
        elements = viewer.elements
        return [elements.wrap(number) for number in elements.numbers(value)]

    @staticmethod
    def to_json(value, viewer):
        return to_ranges(viewer.elements.numbers(value))

    @staticmethod
    def from_json(value, viewer):
        return [n for n in from_ranges(value) if n < viewer.elements.count]


class CameraTrait(t.TraitType):
    """A `Camera`, the name of a standard view, a dictionary of a camera's fields, or None."""

    info_text = "a Camera, the name of a standard view, or None"

    def validate(self, viewer, value):
        if value is None or isinstance(value, Camera):
            return value
        if isinstance(value, str):
            return viewer._framing(None, value)
        if not isinstance(value, dict) or not {"eye", "target"} <= set(value) <= set(Camera._fields):
            given = f"the keys {sorted(map(str, value))}" if isinstance(value, dict) else repr(value)
            more = ", ".join(Camera._fields[2:])
            raise DomainError(
                f"camera must be a Camera, a standard view, or a dict with eye, target and any of {more}; got {given}"
            )
        fields = {k: tuple(map(float, v)) if k in ("eye", "target", "up") else v for k, v in value.items()}
        return Camera(**fields)

    @staticmethod
    def to_json(value, _viewer):
        return None if value is None else value._asdict()

    @staticmethod
    def from_json(value, _viewer):
        return value


class SectionTrait(t.TraitType):
    """``{"point": (x, y, z), "normal": (x, y, z)}``, a pair (point, normal), or None."""

    info_text = "a dictionary with the point and the normal of a plane, a pair of them, or None"

    def validate(self, viewer, value):
        if value is None or value == {}:
            return None
        if isinstance(value, dict):
            if set(value) != {"point", "normal"}:
                raise DomainError(f"section must have the keys 'point' and 'normal', got {sorted(map(str, value))}")
            value = value["point"], value["normal"]
        if not isinstance(value, tuple | list | np.ndarray) or len(value) != 2:
            raise DTypeError(f"section must be a pair (point, normal), or None, got {value!r}")
        point, normal = (
            array(f"the section's {name}", part, (3,), finite=True).tolist()
            for name, part in zip(("point", "normal"), value)
        )
        if not any(normal):
            raise DomainError("the section's normal must not be the zero vector")
        return {"point": tuple(point), "normal": tuple(normal)}


def _list(words):
    return ElementList(help=words).tag(sync=True, to_json=ElementList.to_json, from_json=ElementList.from_json)


class ColourTrait(t.Unicode):
    """The name of a column; what else `Viewer.colour` takes is accepted and becomes a name."""

    def validate(self, viewer, value):
        if value is None:
            return ""
        if isinstance(value, str):
            return super().validate(viewer, value)
        name, made = viewer._coloured(value)
        viewer._own_colours = {name: made}
        if name == viewer.colour_by:  # no change, so nobody would be told
            viewer._set_colouring(made, name)
        return name


class Viewer(anywidget.AnyWidget):
    """An interactive 3-D view of a scene.

    Parameters
    ----------
    scene : Scene
    elements : Elements or dict of str to (n_elements,) array, optional
        What is known of each element: "global_id", "name", "type", "storey", "material", "id", and columns to colour
        by.
    model : Model, optional
        The model whose entities the elements are; `show` gives it.
    picture : bool
        Put a small picture into the notebook beside the view, for readers without a kernel.
    **traits
        Any of the traits below.

    Attributes
    ----------
    selected, hidden, isolated, ghosted : list
        Entities of the model, else element numbers.  Set them to an element, several, GlobalIds, a mask, or None.
        Isolating shows nothing else; ghosts are faint and are not picked.
    camera : Camera or None
        None until somebody moves it.  May be set to the name of a standard view: "top".
    projection : "perspective" or "orthographic"
    colour_by : str
        "" for the elements' own colours, the name of a column ("type", "storey", "material"), or the title that
        `colour` was given.
    veiled : bool
        Draw spaces and openings too.
    section : dict or None
        ``{"point": (x, y, z), "normal": (x, y, z)}``, scene coordinates: cuts away the side the normal points to.
    theme : "auto", "light" or "dark"
    height : int, pixels
    status : str
        What draws: the name of the graphics card, or why there is none.  "" until a view is open.

    Examples
    --------
    >>> from avila_sci.mesh.raster import mesh_scene
    >>> viewer = Viewer(mesh_scene([[0, 0, 0], [1, 0, 0], [0, 0, 1]], [[0, 1, 2]]), {"name": ["a sail"]})
    >>> viewer.selected = 0
    >>> viewer.selected, viewer
    ([0], Viewer of 1 element, 1 triangle; 1 selected)
    """

    _esm = bundle.SHIM
    _bundle = t.Unicode().tag(sync=True)
    # A Layout of its own would be the largest part of the saved state, and `height` says what it would.
    layout = t.Any(None, allow_none=True).tag(sync=True)
    tabbable = t.Any(None, allow_none=True)
    tooltip = t.Any(None, allow_none=True)

    selected = _list("highlighted elements")
    hidden = _list("elements not drawn")
    isolated = _list("if any: the only elements drawn")
    ghosted = _list("elements drawn faintly")
    camera = CameraTrait(None, allow_none=True).tag(
        sync=True, to_json=CameraTrait.to_json, from_json=CameraTrait.from_json
    )
    projection = t.Enum(("perspective", "orthographic"), "perspective").tag(sync=True)
    colour_by = ColourTrait("").tag(sync=True)
    veiled = t.Bool(False).tag(sync=True)
    section = SectionTrait(None, allow_none=True).tag(sync=True)
    theme = t.Enum(("auto", "light", "dark"), "auto").tag(sync=True)
    height = t.Int(480, min=120).tag(sync=True)
    status = t.Unicode("", read_only=True).tag(sync=True)

    def __init__(self, scene, elements=None, model=None, picture=True, **traits):
        if not isinstance(scene, Scene):
            raise DTypeError(f"scene must be a Scene, got {type(scene).__name__} (avila_sci.bim.show takes a model)")
        count = int(scene.instance_element.max(initial=-1)) + 1
        self._scene = scene
        self.elements = elements if isinstance(elements, Elements) else Elements(elements, count, model)
        self._aspect = 848 / 420
        self._from_browser = False
        self._colouring = None
        self._own_colours = {}
        self._thumbnail_wanted = picture
        self._drawn = {}  # view: the picture it shows, for views without WebGL
        traits.setdefault("_bundle", bundle.digest())
        super().__init__(**traits)
        self.on_msg(self._answer)

    # ---------------------------------------------------------------- what one does with it

    @property
    def scene(self):
        """The scene shown."""
        return self._scene

    def hide(self, elements):
        """Hide elements, besides those that are hidden already."""
        self.hidden = [*self.hidden, *self._wrapped(elements)]

    def isolate(self, elements):
        """Show these elements and nothing else."""
        self.isolated = elements

    def ghost(self, elements):
        """Draw these elements faintly, besides those that are faint already."""
        self.ghosted = [*self.ghosted, *self._wrapped(elements)]

    def show_all(self):
        """Undo hiding, isolating and ghosting."""
        self.hidden, self.isolated, self.ghosted = [], [], []

    def _wrapped(self, things):
        return [self.elements.wrap(n) for n in self.elements.numbers(things)]

    def fit(self, elements=None, direction=None):
        """Move the view so that elements fill it.

        Parameters
        ----------
        elements : elements, optional
            By default all that is shown.
        direction : str or (3,) array, optional
            A standard view, or from the elements to the eye; by default as it is.
        """
        numbers = None if elements is None else self.elements.numbers(elements)
        self.camera = self._framing(numbers, direction)

    def colour(self, by=None, title=None, palette=None, low=None, high=None):
        """Colour the elements, with a legend.

        Parameters
        ----------
        by : str, callable, dict, sequence or None
            A column ("type", "storey", "material", "Pset_WallCommon.FireRating" …); a function of an element; a
            dictionary from element, GlobalId or type to value; one value an element, or a pandas Series indexed by
            GlobalId, by step id or one value an element.  Values are numbers, texts, truth values, or colours
            ("#rrggbb", 3 or 4 numbers in [0, 1]).  None restores the elements' own colours.
        title : str, optional
            Title of the legend.
        palette : sequence of colours, or dict of value to colour, optional
        low, high : float, optional
            Ends of the scale of numbers.

        Raises
        ------
        NotFoundError
            No such column.
        ShapeError, DTypeError, DomainError
            Values that do not fit the elements or are no values.
        """
        if by is None or (isinstance(by, str) and by == ""):
            self._set_colouring(None, "")
            return
        name, made = self._coloured(by, title, palette, low, high)
        if not isinstance(by, str):
            self._own_colours = {name: made}
        self._set_colouring(made, name)

    def _coloured(self, by, title=None, palette=None, low=None, high=None):
        """The name under which a colouring goes, and the colouring."""
        if isinstance(by, str):
            name, values = by, self.elements.column(by)
            if by in ("name", "type", "storey", "material"):  # words, even where they look like "#123456"
                return name, categories(values, str(title or name), palette)
        else:
            name = title or getattr(by, "name", None) or getattr(by, "__name__", None) or "values"
            name = "values" if name == "<lambda>" else str(name)
            values = self._values(by)
        return name, colouring(values, str(title or name), palette, low, high)

    def _set_colouring(self, made, name):
        self._colouring = made
        changed = self.colour_by != name
        if changed:
            self._expected = name
            self.colour_by = name
        self._send_colours()

    @t.observe("colour_by")
    def _recolour(self, change):
        name = change["new"]
        if getattr(self, "_expected", None) == name:  # `colour` has done it
            self._expected = None
            return
        self._expected = None
        if not name:
            self._colouring = None
        elif name in self._own_colours:
            self._colouring = self._own_colours[name]
        else:
            try:
                self._colouring = self._coloured(name)[1]
            except NotFoundError:
                self.set_trait("colour_by", change["old"] or "")
                raise
        self._send_colours()

    def _values(self, by):
        """One value an element, from what the user gave."""
        n, elements = self.elements.count, self.elements
        if callable(by):
            return [by(elements.wrap(k)) for k in range(n)]
        if isinstance(by, dict):
            out = [None] * n
            types = elements.columns.get("type", [None] * n)
            kinds = set(types)
            of_type = {key: value for key, value in by.items() if isinstance(key, str) and key in kinds}
            if of_type:
                out = [of_type.get(kind) for kind in types]
            for key, value in by.items():
                if not (isinstance(key, str) and key in of_type):
                    for number in elements.numbers([key]):
                        out[number] = value
            return out
        if hasattr(by, "index") and hasattr(by, "to_numpy"):
            values, index = by.to_numpy(), by.index.to_numpy()
            for column in ("global_id", "id"):
                if column in elements.columns:
                    own = elements.columns[column]
                    place = {key: k for k, key in enumerate(index.tolist())}
                    rows = [place.get(key) for key in own.tolist()]
                    if any(row is not None for row in rows) and (column == "global_id" or len(values) != n):
                        return [None if row is None else _plain(values[row]) for row in rows]
            by = values
        if not hasattr(by, "__len__") and not hasattr(by, "__iter__"):
            raise DTypeError(f"one may colour by a column, a callable, a dict, a Series or values, got {by!r}")
        values = by if isinstance(by, np.ndarray) else list(by)
        if len(values) != n:
            raise ShapeError(
                f"values to colour by must be one for each of the {n} elements, got {len(values)} "
                "(give a Series indexed by global_id to colour some)"
            )
        return values

    def screenshot(self, path=None, width=848, height=None, samples=2, **options):
        """The view as a PNG, drawn by the kernel: it needs no browser.

        Parameters
        ----------
        path : str or path, optional
            Write it there too.
        width, height : int, pixels
            By default as high as the view's shape asks for.
        samples : int
            Samples a pixel in each direction.
        **options
            As `mesh.raster.render` takes them: ``background="dark"``, ``shading="flat"`` …

        Returns
        -------
        bytes
            A PNG file.
        """
        height = round(width / self._aspect) if height is None else height
        data = self.picture(width, height, samples=samples, **options).to_png()
        if path is not None:
            replace(path, [data])
        return data

    def picture(self, width=848, height=420, **options):
        """The view as a `mesh.raster.Picture`: the same camera, colours, what is hidden, what is selected.

        Parameters
        ----------
        width, height : int, pixels
        **options
            As `mesh.raster.render` takes them; ``camera`` stands in for that of the viewer.

        Returns
        -------
        Picture
        """
        from avila_sci.mesh.raster import render

        n = self.elements.count
        numbers = self.elements.numbers
        hidden = ~self._shown()
        selected = numbers(self.selected)
        rgba = np.full((n, 4), np.nan) if self._colouring is None else self._colouring.rgba()
        if self.veiled:
            veils = self.elements.veiled
            own = np.isnan(rgba[:, 0])
            rgba[veils & own] = _VEIL
            rgba[veils & ~own, 3] = np.minimum(rgba[veils & ~own, 3], _VEIL[3])
        ghosts = np.zeros(n, bool)
        ghosts[numbers(self.ghosted)] = True
        ghosts[selected] = False
        rgba[ghosts] = (0.6, 0.62, 0.65, _GHOST)
        options.setdefault("background", "dark" if self.theme == "dark" else "light")
        if self.section:
            options.setdefault("section", (self.section["point"], self.section["normal"]))
        # One picks the glass one sees, but looks through ghosts and veils.
        options.setdefault("pick_transparent", not (self.veiled or ghosts.any()))
        camera = options.pop("camera", None) or self.camera
        if camera is None:
            camera = self._framing(None, None, width / height)
        return render(
            self._scene,
            camera,
            width,
            height,
            hidden=hidden if hidden.any() else None,
            highlight=selected or None,
            colours=None if np.isnan(rgba).all() else rgba,
            **options,
        )

    # ---------------------------------------------------------------- where things are

    def _shown(self):
        """(n_elements,) bool: what is drawn, faintly or not."""
        n, numbers = self.elements.count, self.elements.numbers
        veil = ~self.elements.veiled if not self.veiled else np.ones(n, bool)
        isolated, selected = numbers(self.isolated), numbers(self.selected)
        shown = veil.copy()
        if isolated:
            shown[:] = False
            shown[isolated] = True
        shown[[k for k in selected if self.elements.veiled[k]]] = True
        shown[numbers(self.hidden)] = False
        return shown

    @cached_property
    def _boxes(self):
        """(n_elements, 6) float64, scene coordinates; infinite the wrong way round where there is nothing."""
        scene = self._scene
        n_meshes = len(scene.vertex_start) - 1
        corners = np.empty((n_meshes, 6))
        unit = np.broadcast_to(np.eye(4)[:3], (n_meshes, 3, 4)).copy()
        wire._boxes(
            np.ascontiguousarray(scene.positions, np.float64),
            scene.vertex_start[:-1].copy(),
            scene.vertex_start[1:].copy(),
            unit,
            corners,
        )
        own = corners[scene.instance_mesh]
        ok = np.isfinite(own).all(axis=1) & (scene.instance_element >= 0)
        own, matrix, element = own[ok], scene.instance_matrix[ok], scene.instance_element[ok]
        middle, half = (own[:, :3] + own[:, 3:]) / 2, (own[:, 3:] - own[:, :3]) / 2
        middle = np.einsum("nij,nj->ni", matrix[:, :3, :3], middle) + matrix[:, :3, 3]
        half = np.einsum("nij,nj->ni", np.abs(matrix[:, :3, :3]), half)
        out = np.full((self.elements.count, 6), np.inf)
        out[:, 3:] = -np.inf
        np.minimum.at(out[:, :3], element, middle - half)
        np.maximum.at(out[:, 3:], element, middle + half)
        return out

    def _framing(self, numbers, direction=None, aspect=None, context=1.0):
        """Camera on elements (None: all that is shown) from a direction (None: as it is)."""
        boxes = self._boxes[self._shown() if numbers is None else numbers]
        boxes = boxes[np.isfinite(boxes).all(axis=1)]
        if not len(boxes):
            boxes = np.array([[-1.0, -1.0, -1.0, 1.0, 1.0, 1.0]])
        box = np.concatenate([boxes[:, :3].min(axis=0), boxes[:, 3:].max(axis=0)])
        up, fov = None, 45.0
        if self.camera is not None:
            fov = self.camera.fov
            if direction is None:
                direction = np.subtract(self.camera.eye, self.camera.target)
                up = self.camera.up
        direction = "default" if direction is None else direction
        if isinstance(direction, str) and direction not in VIEWS:
            raise DomainError(f"a view must be one of {', '.join(VIEWS)}, got {direction!r}")
        camera = fit(box, direction, aspect or self._aspect, self.projection, fov, up)
        # From farther away instead of around a larger box: what is framed stays in the middle.
        distance = np.subtract(camera.eye, camera.target)
        eye = tuple(map(float, camera.target + context * distance))
        far = camera.far + (context - 1.0) * float(np.linalg.norm(distance))
        return camera._replace(eye=eye, far=far, height=context * camera.height)

    @t.observe("selected")
    def _frame_selected(self, change):
        if not self._from_browser and change["new"]:
            self.camera = self._framing(self.elements.numbers(change["new"]), context=_CONTEXT)

    @t.observe("projection")
    def _project(self, change):
        camera = self.camera
        if camera is None or camera.projection == change["new"]:
            return
        distance = float(np.linalg.norm(np.subtract(camera.eye, camera.target)))
        tangent = 2.0 * np.tan(np.radians(camera.fov) / 2.0)
        if change["new"] == "orthographic":
            self.camera = camera._replace(projection=change["new"], height=float(distance * tangent))
        else:
            back = np.subtract(camera.eye, camera.target) / distance * (camera.height / tangent)
            eye = tuple(map(float, np.add(camera.target, back)))
            far = camera.far + camera.height / tangent
            self.camera = camera._replace(projection=change["new"], eye=eye, far=far)

    @t.observe("camera")
    def _follow(self, change):
        if change["new"] is not None and change["new"].projection != self.projection:
            self.projection = change["new"].projection

    # ---------------------------------------------------------------- the browser

    def set_state(self, sync_data):
        """What the browser changed (called by ipywidgets)."""
        self._from_browser = True
        try:
            super().set_state(sync_data)
        finally:
            self._from_browser = False

    @cached_property
    def _wire(self):
        elements = self.elements
        facts = {
            "veiled": to_ranges(np.flatnonzero(elements.veiled)),
            "colourable": elements.colourable(),
        }
        return wire.encode(self._scene, elements.words(), elements.tree(), facts)

    def _answer(self, _widget, content, _buffers):
        kind, view = content.get("kind"), content.get("view")
        if kind == "bundle":
            script = bundle.read()
            if not script:
                script = (
                    b"export function render({el}){el.textContent="
                    b"'The front end is not built: run make widgets, then restart the kernel.'}"
                )
            self.send({"kind": "bundle"}, [script])
        elif kind == "ready":
            self.send({"kind": "scene", "view": view}, [self._wire])
            self._send_colours()
        elif kind == "shape":
            self._aspect = min(max(float(content.get("aspect", 2.0)), 0.1), 10.0)
        elif kind == "properties":
            number = int(content.get("element", -1))
            try:
                answer = self.elements.describe(number)
            except Exception as error:  # the panel says so: nobody sees a traceback of a message
                answer = {"title": f"element {number}", "subtitle": "", "groups": [["Error", [["", text(str(error))]]]]}
            self.send({"kind": "properties", "element": number, **answer})
        elif kind == "picture":
            width = min(max(int(content.get("width", 848)), 16), 4096)
            height = min(max(int(content.get("height", 420)), 16), 4096)
            options = {"samples": 1 if content.get("quick") else 2, "background": content.get("background", "light")}
            if content.get("quick"):
                options.update(ambient_occlusion=False, edges=False, shading="flat")
            if content.get("camera"):  # comes along: as a trait it may arrive later than this message
                options["camera"] = CameraTrait().validate(self, content["camera"])
            picture = self.picture(width, height, **options)
            self._drawn.pop(view, None)
            self._drawn[view] = picture
            for old in list(self._drawn)[:-_VIEWS_KEPT]:
                del self._drawn[old]
            self.send({"kind": "picture", "view": view}, [picture.to_png()])
        elif kind == "pick":
            picture, number = self._drawn.get(view), -1
            if picture is not None:
                number = picture.pick(content.get("x", -1) * picture.width, content.get("y", -1) * picture.height)
            if number in self.elements.numbers(self.ghosted):
                number = -1
            self.send({"kind": "pick", "view": view, "element": number})

    @t.observe("selected", "hidden", "isolated", "ghosted", "veiled", "section")
    def _outdate(self, _change):
        if self._drawn:
            self.send({"kind": "stale"})

    def _send_colours(self):
        self._outdate(None)
        made = self._colouring
        if made is None:
            self.send({"kind": "colours", "legend": None})
        else:
            message = {"kind": "colours", "legend": made.legend, "wide": made.codes.dtype.itemsize}
            self.send(message, [made.codes.tobytes(), made.palette.tobytes()])

    # ---------------------------------------------------------------- without a browser

    def __repr__(self):
        n = self.elements.count
        triangles = int(np.diff(self._scene.triangle_start)[self._scene.instance_mesh].sum())
        words = f"Viewer of {n} element{'s' * (n != 1)}, {triangles} triangle{'s' * (triangles != 1)}"
        selected = len(self.selected)
        return words + (f"; {selected} selected" if selected else "")

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        if self._thumbnail_wanted:
            data = {**data, "image/png": self._thumbnail()}
        return data, metadata

    def _thumbnail(self):
        """A small PNG in base64: 24 colours, so that a notebook of ten viewers stays small (3 kB for a house)."""
        import io
        from base64 import b64encode

        from PIL import Image

        image = Image.open(io.BytesIO(self.picture(320, 160).to_png())).convert("RGB")
        small = io.BytesIO()
        image.quantize(24, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
        return b64encode(small.getvalue()).decode()


def _plain(value):
    """pandas writes "nothing" as NaN, NaT or NA."""
    return None if value is None or value != value else value


def show(thing, **options):
    """Show a building, a scene or a geometry in the notebook.

    Parameters
    ----------
    thing : Model, Geometry or Scene
    **options
        As `Viewer` takes them: ``height=600``, ``theme="dark"``, ``selected=…``.

    Returns
    -------
    Viewer

    Raises
    ------
    DTypeError
        It is none of those.
    """
    if isinstance(thing, Scene):
        return Viewer(thing, **options)
    if hasattr(thing, "geometry") and hasattr(thing, "columns"):
        geometry = thing.geometry()
        return Viewer(geometry.scene, Elements.of_model(thing, geometry), thing, **options)
    scene = getattr(thing, "scene", None)
    if isinstance(scene, Scene):
        model = getattr(thing, "model", None)
        if model is not None:
            return Viewer(scene, Elements.of_model(model, thing), model, **options)
        table = {name: getattr(thing, name) for name in ("global_id", "type") if hasattr(thing, name)}
        return Viewer(scene, table, **options)
    raise DTypeError(f"show needs a model (avila_sci.bim.open), a geometry or a scene, got {type(thing).__name__}")
