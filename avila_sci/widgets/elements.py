"""What a viewer knows of its elements: a table, a tree, and who is who between Python and the browser.

Between the two an element is its number, the row of the table.  In Python it is what the user works with: an entity of
the model where there is one, else the number itself.
"""

import difflib

import numpy as np

from avila_sci.core.errors import DomainError, DTypeError, NotFoundError, ShapeError

# What one sees through or into: drawn on request only.
VEILED = ("IfcSpace", "IfcSpatialZone", "IfcExternalSpatialElement", "IfcFeatureElement", "IfcVirtualElement")


def to_ranges(numbers):
    """Numbers as a short text; the order stays.

    Examples
    --------
    >>> to_ranges([5, 3, 7, 8, 9])
    '5 3 7-9'
    """
    numbers = np.asarray(numbers, np.int64)
    if not numbers.size:
        return ""
    breaks = np.flatnonzero(np.diff(numbers) != 1) + 1
    first, last = numbers[np.append(0, breaks)].tolist(), numbers[np.append(breaks - 1, len(numbers) - 1)].tolist()
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(first, last))


def from_ranges(text):
    """The numbers of a text made by `to_ranges`.

    Raises
    ------
    DomainError
        It is not such a text.

    Examples
    --------
    >>> from_ranges("5 3 7-9")
    [5, 3, 7, 8, 9]
    """
    out = []
    for part in text.split():
        first, _, last = part.partition("-")
        if not first.isdigit() or not (last.isdigit() or not last) or len(part) > 21:
            raise DomainError(f"element numbers must be like '5 7-9', got {part!r}")
        if int(last or first) - int(first) > 100_000_000:
            raise DomainError(f"a range of element numbers must be below a hundred million long, got {part!r}")
        out.extend(range(int(first), int(last or first) + 1))
    return out


class Elements:
    """Table of the elements of a scene, by number.

    Parameters
    ----------
    columns : dict of str to (n,) array
        "global_id", "name", "type", "storey", "material", "id" where known, and any others.
    model : Model, optional
        Makes entities of ids.
    veiled : (n,) bool, optional
        What is not drawn unless asked for: spaces, openings.
    tree : dict, optional
        As `wire.encode` takes it; by default storeys and types.
    """

    def __init__(self, columns, count, model=None, veiled=None, tree=None):
        self.columns = {}
        for name, values in (columns or {}).items():
            values = values.to_numpy() if hasattr(values, "to_numpy") else np.asarray(values)
            if len(values) < count:
                raise ShapeError(
                    f"the elements' {name!r} must have a row for each of the {count} elements, got {len(values)}"
                )
            self.columns[str(name)] = values
        lengths = {name: len(values) for name, values in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise ShapeError(f"the elements' columns must be equally long, got {lengths}")
        self.count = next(iter(lengths.values()), count)
        self.model = model
        self.veiled = np.zeros(self.count, bool) if veiled is None else np.asarray(veiled, bool)
        self._tree = tree
        self._by_id = self._by_global_id = None

    @classmethod
    def of_model(cls, model, geometry=None):
        """The elements of a model's geometry.

        Parameters
        ----------
        model : Model
        geometry : Geometry, optional
        """
        geometry = model.geometry() if geometry is None else geometry
        ids = np.asarray(geometry.element_id, np.int64)
        given = model.columns(psets=False, quantities=False)
        order = np.argsort(given["id"], kind="stable")
        known = given["id"][order]
        place = np.minimum(np.searchsorted(known, ids), max(len(known) - 1, 0))
        hit = known[place] == ids if len(known) else np.zeros(len(ids), bool)
        rows = order[place] if len(known) else place
        columns = {}
        for name in ("name", "type", "storey", "material", "global_id"):
            values = np.empty(len(ids), object)
            values[hit] = given[name][rows[hit]]
            columns[name] = values
        columns["id"] = ids
        for k in np.flatnonzero(~hit).tolist():
            columns["type"][k], columns["global_id"][k] = str(geometry.type[k]), str(geometry.global_id[k])
        distinct = sorted({t for t in columns["type"].tolist() if t})
        hidden = {t for t in distinct if any(_is(model, t, veil) for veil in VEILED)}
        veiled = np.array([t in hidden for t in columns["type"].tolist()], bool)
        return cls(columns, len(ids), model, veiled, _model_tree(model, ids))

    # ---------------------------------------------------------------- who is who

    def wrap(self, number):
        """The element of a number as the user knows it."""
        if self.model is not None and "id" in self.columns and 0 <= number < self.count:
            return self.model.by_id(int(self.columns["id"][number]))
        return int(number)

    def number(self, thing):
        """Number of an element given as an entity, a number, a GlobalId or what `wrap` returns.

        Raises
        ------
        NotFoundError, DTypeError
        """
        if isinstance(thing, str):
            if self._by_global_id is None:
                ids = self.columns.get("global_id", ())
                self._by_global_id = {g: k for k, g in reversed(list(enumerate(ids)))}
            if thing in self._by_global_id:
                return self._by_global_id[thing]
            raise NotFoundError(f"the scene has no element with GlobalId {thing!r}")
        if isinstance(thing, int | np.integer) and not isinstance(thing, bool):
            if 0 <= thing < self.count:
                return int(thing)
            raise NotFoundError(f"element numbers lie in [0, {self.count}), got {thing}")
        if self.model is not None and getattr(thing, "model", self.model) is not self.model:
            # Of a model that was opened again, perhaps: the GlobalId is what stays.
            try:
                return self.number(str(thing.GlobalId))
            except (AttributeError, NotFoundError):
                raise NotFoundError(
                    f"{thing!r} belongs to another model, and the scene has none of its GlobalId"
                ) from None
        step_id = getattr(thing, "id", None)
        if step_id is None or "id" not in self.columns:
            raise DTypeError(f"an element must be an entity, a number or a GlobalId, got {type(thing).__name__}")
        if self._by_id is None:
            self._by_id = {int(i): k for k, i in reversed(list(enumerate(self.columns["id"])))}
        if int(step_id) not in self._by_id:
            raise NotFoundError(f"{thing!r} has no geometry in this scene")
        return self._by_id[int(step_id)]

    def numbers(self, things):
        """Numbers of elements given as one, several, a mask or None; each once, in their order.

        An entity without geometry of its own (a storey, a curtain wall) stands for what is below it in the tree.  Among
        several, those with nothing to show are passed over.
        """
        if things is None:
            return []
        if hasattr(things, "rows") and hasattr(things, "ids"):
            things = list(things)
        elif isinstance(things, np.ndarray) or hasattr(things, "to_numpy"):
            values = things.to_numpy() if hasattr(things, "to_numpy") else things
            if values.dtype == bool:
                if values.shape != (self.count,):
                    raise ShapeError(f"a mask of elements must have {self.count} rows, got the shape {values.shape}")
                return np.flatnonzero(values).tolist()
            things = values.tolist()
        elif isinstance(things, str) or not hasattr(things, "__iter__"):
            things = [things]
        out, shapeless = {}, []
        for thing in things:
            try:
                out[self.number(thing)] = None
            except NotFoundError:
                below = self.below(thing)
                if not below and (self.model is None or getattr(thing, "model", None) is not self.model):
                    raise
                if not below:
                    shapeless.append(thing)
                out.update(dict.fromkeys(below))
        if shapeless and not out:
            raise NotFoundError(
                f"{', '.join(map(repr, shapeless[:3]))} … has no geometry in this scene, nor what is below"
            )
        return list(out)

    def below(self, entity):
        """Numbers of the elements below an entity in the spatial tree."""
        if self.model is None or getattr(entity, "model", None) is not self.model:
            return []
        node = self.model.tree().find(entity)
        found = []
        for child in node.walk() if node is not None else ():
            try:
                found.append(self.number(child.entity))
            except (NotFoundError, DTypeError):
                continue
        return found

    # ---------------------------------------------------------------- what is known

    def words(self):
        """Columns for the browser: name, type, storey, material."""
        return {name: self.columns[name] for name in ("name", "type", "storey", "material") if name in self.columns}

    def colourable(self):
        """Names of the columns that one may colour by."""
        return [name for name in self.columns if name not in ("id", "global_id")]

    def column(self, name):
        """Values of a column: of the table, or of all that `bim.columns` has ("Pset_WallCommon.FireRating").

        Raises
        ------
        NotFoundError
            There is none; the message has the closest names.
        """
        if name in self.colourable():
            return self.columns[name]
        names = self.colourable()
        if self.model is not None and "id" in self.columns:
            given = self.model.columns()
            if name in given and name not in ("id", "global_id"):
                value = dict(zip(given["id"].tolist(), given[name].tolist()))
                return np.array([value.get(int(i)) for i in self.columns["id"]], object)
            names = [*names, *(n for n in given if "." in n)]
        near = difflib.get_close_matches(name, names, 3, 0.5)
        hint = f" (did you mean {', '.join(near)}?)" if near else ""
        raise NotFoundError(f"one may colour by {', '.join(names[:12]) or 'nothing by name'}, got {name!r}{hint}")

    def tree(self):
        """Nodes of the tree, as `wire.encode` takes them."""
        if self._tree is None:
            self._tree = self._plain_tree()
        return self._tree

    def _plain_tree(self):
        """Storeys, in them types, in them elements: where there is no model to ask."""
        parent, element, label, kind = [], [], [], []

        def add(above, number, word, type_word):
            parent.append(above)
            element.append(number)
            label.append(word)
            kind.append(type_word)
            return len(parent) - 1

        nodes = {}
        none = [None] * self.count
        storeys, types = self.columns.get("storey", none), self.columns.get("type", none)
        for k in range(self.count):
            above = -1
            for depth, word in enumerate((storeys[k], types[k])):
                key = (above, depth, word)
                if word is not None and word != "":
                    if key not in nodes:
                        nodes[key] = add(above, -1, str(word), "storey" if depth == 0 else "")
                    above = nodes[key]
            add(above, k, "", "")
        return {"parent": parent, "element": element, "label": label, "type": kind}

    def describe(self, number):
        """What the property panel shows of an element.

        Returns
        -------
        dict
            ``title``, ``subtitle``, ``groups``: list of (title, list of (name, text)).
        """
        if not 0 <= number < self.count:
            raise NotFoundError(f"element numbers lie in [0, {self.count}), got {number}")
        row = {name: values[number] for name, values in self.columns.items()}
        groups = []
        thing = self.wrap(number)
        if thing is not None and hasattr(thing, "attributes"):
            attributes = {name: value for name, value in thing.attributes().items() if not _is_plumbing(value)}
            place = {"Storey": row.get("storey"), "Material": row.get("material")}
            kind = getattr(thing, "type_object", None)
            if kind is not None:
                place["Type"] = getattr(kind, "label", str(kind))
            groups = [("Attributes", attributes), ("Place and make", place)]
            for method in ("psets", "quantities"):
                groups += list(getattr(thing, method)().items() if hasattr(thing, method) else ())
        else:
            groups = [("Element", {**row, "number": number})]
        shown = [
            [title, [[str(name), text(value)] for name, value in values.items() if value is not None and value != ""]]
            for title, values in groups
        ]
        return {
            "title": str(row.get("name") or row.get("type") or f"element {number}"),
            "subtitle": str(row.get("type") or ""),
            "groups": [group for group in shown if group[1]],
        }


def _is_plumbing(value):
    """References to placements, shapes and histories tell a reader nothing."""
    return hasattr(value, "attributes") and not hasattr(value, "GlobalId")


def _is(model, type_name, parent):
    from avila_sci.bim import schema

    number = schema.CODES.get(type_name.upper())
    wanted = schema.CODES.get(parent.upper())
    return number is not None and wanted is not None and bool(schema.is_a(wanted, model.schema)[number])


def text(value):
    """A value in words, short.

    Examples
    --------
    >>> text(True), text(2.50000001), text((1, 2.0))
    ('yes', '2.5', '1, 2')
    """
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return f"{value:.7g}"
    if isinstance(value, tuple | list | np.ndarray):
        return ", ".join(text(v) for v in list(value)[:20]) + (" …" if len(value) > 20 else "")
    if isinstance(value, dict):
        return ", ".join(f"{k}: {text(v)}" for k, v in value.items())
    if hasattr(value, "label"):
        return str(value.label)
    words = str(value)
    return words if len(words) <= 300 else words[:299] + "…"


def _model_tree(model, ids):
    """Nodes of the spatial tree of a model."""
    number = {int(i): k for k, i in enumerate(ids)}
    index, parent, element, label, kind = {}, [], [], [], []
    todo = [(model.tree(), -1)]
    while todo:
        node, above = todo.pop()
        k = -1 if node.entity is None else number.get(node.entity.id, -1)
        here = len(parent)
        index[here] = node
        parent.append(above)
        element.append(k)
        # The table has the words of elements already.
        label.append("" if k >= 0 else node.name)
        kind.append("" if k >= 0 else node.type)
        todo.extend((child, here) for child in reversed(node.children))
    return {"parent": parent, "element": element, "label": label, "type": kind}
