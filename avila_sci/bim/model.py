"""A building model: a view on the columns of a STEP file in the words of IFC.

Opening a file costs the pass over its bytes and no objects.  An `Entity` is two words, the model and the row; what it
says is read when it is asked.  Relations, units, property sets and the spatial tree are made on first use and kept.
"""

import collections.abc
import difflib
from functools import cached_property
from html import escape
from typing import NamedTuple

import numpy as np

from avila_sci.bim import arguments, schema
from avila_sci.bim import step as step_file
from avila_sci.bim.material import Material
from avila_sci.bim.relations import Relations
from avila_sci.bim.step import skip
from avila_sci.bim.units import Units
from avila_sci.core.errors import DTypeError, NotFoundError
from avila_sci.core.jit import kernel

_KEPT = 50_000  # argument lists kept parsed
_MOST_REPAIRS = 200  # listed of one kind; the rest is a count


class Repair(NamedTuple):
    """Something in the file that is not as it should be, and what was made of it."""

    line: int
    id: int
    words: str

    def __str__(self):
        place = [f"line {self.line}" if self.line else "", f"#{self.id}" if self.id else ""]
        return ": ".join(filter(None, [", ".join(filter(None, place)), self.words]))


class _NoAttribute(AttributeError):
    """Says which names are close, but only when it is printed: `getattr` with a default throws it away."""

    def __init__(self, entity, name):
        super().__init__(entity, name, name=name, obj=entity)

    def __str__(self):
        entity, name = self.args[0], str(self.args[1])
        if entity.model._declaration(entity.row) is None:
            return (
                f"no schema declares {entity.type}, so its arguments have no names: use .arguments (asked for {name!r})"
            )
        names = dir(entity)
        close = [n for n in names if n.lower() == name.lower()] or difflib.get_close_matches(name, names, 3, 0.5)
        hint = f"; did you mean {', '.join(close)}?" if close else ""
        return f"{entity.type} of {entity.model.schema} has no attribute {name!r}{hint}"


class Entity:
    """An instance of the file; attributes by their names in the schema, inverse ones too.

    Values are decoded: references are entities, lists are tuples, enumerations are strings, typed values are plain
    values, ``$`` and ``*`` are None, logicals are True, False or None.  A reference to nothing is None, and
    ``model.repairs`` says so.

    Examples
    --------
    >>> from avila_sci.bim import sample
    >>> door = open(sample.path()).by_type("IfcDoor")[0]
    >>> door.type, door.is_a("IfcElement"), door.storey.type
    ('IfcDoor', True, 'IfcBuildingStorey')
    """

    __slots__ = ("model", "row")

    def __init__(self, model, row):
        self.model, self.row = model, row

    # ---------------------------------------------------------------- what it is

    @property
    def id(self):
        """The number after ``#`` in the file."""
        return int(self.model.step.ids[self.row])

    @property
    def type(self):
        """Name of its type as the standard spells it; a type that no schema declares as the file spells it."""
        return self.model.type_name(self.row)

    @property
    def label(self):
        """Something to call it by: its name, else its long name, else its id."""
        for name in ("Name", "LongName"):
            value = getattr(self, name, None)
            if isinstance(value, str) and value:
                return value
        return f"#{self.id}"

    def is_a(self, name=None):
        """Whether it is of a type or of a subtype of it; without a name, the name of its type.

        Parameters
        ----------
        name : str, optional
            Any case: "IfcElement".

        Returns
        -------
        bool or str
        """
        if name is None:
            return self.type
        number = schema.CODES.get(name.upper())
        if number is None:
            return self.type.upper() == name.upper()
        return bool(schema.is_a(number, self.model.schema)[self.model.step.codes[self.row]])

    # ---------------------------------------------------------------- attributes

    def __getattr__(self, name):
        if name.startswith("_") or name in ("model", "row"):
            raise AttributeError(name)
        model = self.model
        declared = model._declaration(self.row)
        if declared is not None:
            place = declared.places.get(name)
            if place is not None:
                values = model._values(self.row)
                return model._plain(values[place]) if place < len(values) else None
            if name in declared.inverses:
                return model._inverse_of(self.row, *declared.inverses[name])
        raise _NoAttribute(self, name)

    @property
    def arguments(self):
        """All values in the order of the file, whatever the schema says."""
        return tuple(self.model._plain(v) for v in self.model._values(self.row))

    def attributes(self):
        """Explicit attributes by name.

        Returns
        -------
        dict
            Missing trailing arguments are None.
        """
        declared = self.model._declaration(self.row)
        names = declared.places if declared is not None else ()
        values = self.arguments
        return {name: values[k] if k < len(values) else None for k, name in enumerate(names)}

    def measure(self, name):
        """Type of an attribute's value: what a select says it is ("IfcLabel"), else what the schema declares.

        Parameters
        ----------
        name : str
            An explicit attribute.

        Returns
        -------
        str
        """
        declared = self.model._declaration(self.row)
        place = declared.places.get(name) if declared is not None else None
        if place is None:
            raise _NoAttribute(self, name)
        values = self.model._values(self.row)
        value = values[place] if place < len(values) else None
        if isinstance(value, arguments.Typed):
            number = schema.CODES.get(value.type)
            return schema.NAMES[number] if number is not None else value.type
        return declared.types[place].lstrip("[")

    def one(self, name):
        """The entity that an attribute refers to; None where it is missing or, in a damaged file, something else.

        Parameters
        ----------
        name : str

        Returns
        -------
        Entity or None
        """
        value = getattr(self, name, None)
        return value if isinstance(value, Entity) else None

    def many(self, name):
        """The entities in a list; whatever else a damaged file has there is left out.

        Parameters
        ----------
        name : str

        Returns
        -------
        tuple of Entity
        """
        value = getattr(self, name, None)
        return tuple(v for v in value if isinstance(v, Entity)) if isinstance(value, tuple) else ()

    def __dir__(self):
        declared = self.model._declaration(self.row)
        own = [n for n in object.__dir__(self) if not n.startswith("_")]
        return sorted({*own, *(declared.places if declared else ()), *(declared.inverses if declared else ())})

    # ---------------------------------------------------------------- what belongs to it

    def psets(self, inherit=True, si=False):
        """Property sets: ``{"Pset_WallCommon": {"IsExternal": True}}``; see `bim.psets`."""
        from avila_sci.bim.properties import psets

        return psets(self, inherit, si)

    def quantities(self, inherit=True, si=False):
        """Element quantities of the file: ``{"BaseQuantities": {"Length": 4.0}}``; see `bim.quantities`."""
        from avila_sci.bim.properties import quantities

        return quantities(self, inherit, si)

    def _at(self, rows):
        row = int(rows[self.row])
        return self.model.at(row) if row >= 0 else None

    def _those(self, name):
        return Entities(self.model, self.model.relations.sources(name, self.row))

    @property
    def material(self):
        """`Material` of the element, else of its type; None where neither has one."""
        found = self._at(self.model.relations.material)
        return Material(found) if found is not None else None

    @property
    def type_object(self):
        """The type it is an occurrence of (an IfcWallType …), or None."""
        return self._at(self.model.relations.type)

    @property
    def occurrences(self):
        """Of a type object: what is of this type."""
        return self._those("type")

    @property
    def container(self):
        """The spatial element it is in: its own or its whole's; for a storey or a space, what that is part of."""
        return self._at(self.model.relations.structure)

    @property
    def storey(self):
        """The storey it is in, through wholes, hosts and spaces; None where there is none."""
        return self._at(self.model.relations.storey)

    @property
    def decomposes(self):
        """The whole it is a part of, or None."""
        return self._at(self.model.relations.aggregate)

    @property
    def parts(self):
        """What it is made of: the other end of `decomposes`."""
        return self._those("aggregate")

    @property
    def contents(self):
        """Of a spatial element: the elements directly in it."""
        return self._those("container")

    @property
    def openings(self):
        """Openings cut from it."""
        return self._those("voided")

    @property
    def fills(self):
        """Of an opening: the doors and windows that fill it; of a door or window: the opening it fills."""
        found = self._those("filled")
        mine = int(self.model.relations.filled[self.row])
        return found if len(found) or mine < 0 else Entities(self.model, np.array([mine]))

    @property
    def host(self):
        """Of an opening: the element it is cut from; of a door or window: the element it stands in."""
        relations = self.model.relations
        opening = int(relations.filled[self.row])
        row = int(relations.voided[opening if opening >= 0 else self.row])
        return self.model.at(row) if row >= 0 else None

    # ---------------------------------------------------------------- as an object

    def __eq__(self, other):
        return isinstance(other, Entity) and self.row == other.row and self.model is other.model

    def __hash__(self):
        return hash((id(self.model), self.row))

    def __repr__(self):
        facts = [f"#{self.id} {self.type}"]
        for name in ("GlobalId", "Name"):
            value = getattr(self, name, None)
            if isinstance(value, str):
                facts.append(repr(value) if name == "Name" else value)
        return " ".join(facts)

    def _repr_html_(self):
        rows = (
            [
                f"<tr><td>{escape(name)}</td><td>{escape(_short(value))}</td></tr>"
                for name, value in (self.attributes() or dict(enumerate(self.arguments))).items()
                if value is not None
            ]
            if self.model._declaration(self.row)
            else []
        )
        for name, values in {**self.psets(), **self.quantities()}.items() if self.is_a("IfcObjectDefinition") else ():
            rows.append(f"<tr><th colspan=2 style='text-align:left'>{escape(name)}</th></tr>")
            rows += [f"<tr><td>{escape(k)}</td><td>{escape(_short(v))}</td></tr>" for k, v in values.items()]
        return f"<b>{escape(self.type)}</b> #{self.id} <table>{''.join(rows)}</table>"


def _short(value):
    text = str(value)
    return text if len(text) <= 100 else text[:97] + "…"


class Entities(collections.abc.Sequence):
    """Entities of a model, made one by one as they are looked at.

    Attributes
    ----------
    model : Model
    rows : (n,) int64
        Rows of the file.
    """

    def __init__(self, model, rows):
        self.model, self.rows = model, np.asarray(rows, np.int64)

    @property
    def ids(self):
        """(n,) int64: the numbers after ``#``."""
        return self.model.step.ids[self.rows]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, k):
        if isinstance(k, slice | np.ndarray | list):
            return Entities(self.model, self.rows[k])
        if not isinstance(k, int | np.integer) or not -len(self.rows) <= k < len(self.rows):
            raise IndexError(f"there are {len(self.rows)} entities here: an index from 0 to that is wanted, got {k!r}")
        return self.model.at(int(self.rows[k]))

    def __iter__(self):
        return (self.model.at(row) for row in self.rows.tolist())

    def __contains__(self, entity):
        return isinstance(entity, Entity) and entity.model is self.model and bool((self.rows == entity.row).any())

    def __eq__(self, other):
        if not isinstance(other, collections.abc.Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other))

    __hash__ = None  # type: ignore[assignment]  # as the standard library has it for what compares by content

    def __add__(self, other):
        if isinstance(other, Entities) and other.model is self.model:
            return Entities(self.model, np.concatenate([self.rows, other.rows]))
        return [*self, *other]

    def __repr__(self):
        shown = [repr(entity) for entity in self[:5]]
        more = [f"… and {len(self) - 5} more"] if len(self) > 5 else []
        return "[" + ",\n ".join(shown + more) + "]"

    def _repr_html_(self):
        body = "".join(
            f"<tr><td>#{e.id}</td><td>{escape(e.type)}</td><td>{escape(e.label)}</td></tr>" for e in self[:20]
        )
        more = f"<tr><td colspan=3>… and {len(self) - 20} more</td></tr>" if len(self) > 20 else ""
        return f"<table><tr><th>id</th><th>type</th><th>name</th></tr>{body}{more}</table>"


class _Declared(NamedTuple):
    """What `Entity` needs of a declaration: place of each attribute, their types, inverses, type by upper-case name."""

    places: dict
    types: tuple
    inverses: dict


@kernel
def _argument_counts(tokens):
    """Number of top-level arguments of every row."""
    out = np.zeros(tokens.first.size - 1, np.int64)
    for row in range(out.size):
        t = tokens.first[row]
        while t < tokens.first[row + 1]:
            t = skip(tokens, t)
            out[row] += 1
    return out


class Model:
    """A building model: what `bim.open` returns.

    ``model["2O2Fr$t4X7Zf8NOew3FLOH"]`` is the entity of a GlobalId, ``len(model)`` the number of instances, and going
    over the model goes over all of them in the order of the file.

    Parameters
    ----------
    step : StepFile

    Attributes
    ----------
    step : StepFile
        The columns.
    schema : str
        The schema it is read by: "IFC2X3", "IFC4" or "IFC4X3".
    """

    def __init__(self, step):
        self.step = step
        self.schema = schema.nearest(step.schema)
        self._declared = {}
        self._parsed = {}
        self._rows_of = {}
        self._materials = {}

    # ---------------------------------------------------------------- the file

    @property
    def name(self):
        """Name of the file."""
        return self.step.name

    @property
    def header(self):
        """Header of the file: FILE_DESCRIPTION, FILE_NAME, FILE_SCHEMA, each a list of strings."""
        return self.step.header

    def __len__(self):
        return len(self.step.ids)

    def __iter__(self):
        return (Entity(self, row) for row in range(len(self)))

    def at(self, row):
        """The entity in a row of the columns.

        Parameters
        ----------
        row : int

        Returns
        -------
        Entity
        """
        return Entity(self, row)

    def by_id(self, number):
        """The entity ``#number``.

        Parameters
        ----------
        number : int

        Returns
        -------
        Entity

        Raises
        ------
        NotFoundError
        """
        if not isinstance(number, int | np.integer):
            raise DTypeError(f"by_id takes the number after #, got {number!r} (a GlobalId goes into model[…])")
        row = self.step.row(int(number))
        if row < 0:
            ids, wanted = self.step.ids, min(max(int(number), 0), 10**18)
            near = ids[np.argsort(np.abs(ids - wanted), kind="stable")[:3]] if len(ids) else ()
            hint = f" (near it: {', '.join(f'#{i}' for i in near)})" if len(near) else ""
            raise NotFoundError(f"{self.name} has no instance #{number}{hint}")
        return Entity(self, row)

    def __getitem__(self, global_id):
        if isinstance(global_id, int | np.integer):
            return self.by_id(global_id)
        if not isinstance(global_id, str):
            raise DTypeError(f"model[…] takes a GlobalId, or the number after #, got {global_id!r}")
        row = self._global_ids.get(global_id)
        if row is None:
            close = difflib.get_close_matches(global_id, self._global_ids, 3, 0.6)
            lower = [g for g in self._global_ids if g.lower() == global_id.lower()]
            hint = f" (did you mean {' or '.join(lower or close)}?)" if lower or close else ""
            raise NotFoundError(f"{self.name} has no entity with GlobalId {global_id!r}{hint}")
        return Entity(self, row)

    def __contains__(self, thing):
        if isinstance(thing, Entity):
            return thing.model is self
        if isinstance(thing, str):
            return thing in self._global_ids
        return isinstance(thing, int | np.integer) and self.step.row(int(thing)) >= 0

    @cached_property
    def _global_ids(self):
        """GlobalId to row; where an id stands twice, the first row."""
        rows = self.rows("IfcRoot")
        found = dict(zip(reversed(self.global_ids(rows).tolist()), reversed(rows.tolist())))
        found.pop("", None)
        return found

    def global_ids(self, rows):
        """GlobalIds of rows that have one.

        Parameters
        ----------
        rows : (n,) int64
            Rows of IfcRoot and its subtypes.

        Returns
        -------
        (n,) object
            str, or "" where there is none.
        """
        data, start = self.step.data, self.step.start[rows]
        out = np.full(len(rows), "", object)
        places = start[:, None] + np.arange(1, 25)
        usual = places[:, -1] < len(data) if len(rows) else np.zeros(0, np.bool_)
        block = data[np.minimum(places, max(len(data) - 1, 0))] if len(rows) else np.empty((0, 24), np.uint8)
        # The usual form: an apostrophe, 22 letters, an apostrophe, right after the parenthesis.
        inner = block[:, 1:23]
        usual &= (block[:, 0] == 39) & (block[:, 23] == 39) & ~((inner == 39) | (inner == 92) | (inner > 126)).any(1)
        out[usual] = np.ascontiguousarray(inner[usual]).view("S22").ravel().astype("U22").astype(object)
        for k in np.flatnonzero(~usual):
            values = self._values(int(rows[k]))
            out[k] = values[0] if values and isinstance(values[0], str) else ""
        return out

    # ---------------------------------------------------------------- types

    def type_name(self, row):
        """Name of the type of a row, spelled as in the standard."""
        number = self.step.codes[row]
        return schema.NAMES[number] if number >= 0 else self.step.type_names[self.step.type_ids[row]]

    def mask(self, name, subtypes=True):
        """Which rows are of a type.

        Parameters
        ----------
        name : str
        subtypes : bool

        Returns
        -------
        (n_rows,) bool
        """
        mask = np.zeros(len(self), np.bool_)
        mask[self.rows(name, subtypes)] = True
        return mask

    @cached_property
    def _sorted(self):
        """Rows sorted by code, and where each code begins; the code -1 comes first."""
        codes = (self.step.codes + 1).astype(np.int16)  # 16 bits: a radix sort
        return np.argsort(codes, kind="stable"), np.concatenate([[0], np.cumsum(np.bincount(codes))])

    def rows(self, name, subtypes=True):
        """Rows of a type, in the order of the file.

        Parameters
        ----------
        name : str
        subtypes : bool

        Returns
        -------
        (n,) int64
            Shared: copy before writing.

        Raises
        ------
        NotFoundError
            No schema declares the type and the file does not use it.
        """
        if not isinstance(name, str):
            raise DTypeError(f'a type must be its name, "IfcWall", got {name!r}')
        key = (name.upper(), bool(subtypes))
        if key not in self._rows_of:
            # Writable though shared: a read-only array is another type to the compiler, and makes it compile again.
            self._rows_of[key] = self._find_rows(name, subtypes)
        return self._rows_of[key]

    def _find_rows(self, name, subtypes):
        number = schema.CODES.get(name.upper())
        if number is None:
            if name.upper() not in self.step.type_names:
                schema.code(name)  # says which names are close
            return np.flatnonzero(self.step.type_ids == self.step.type_names.index(name.upper())).astype(np.int64)
        order, start = self._sorted
        wanted = schema.subtypes(number, self.schema) if subtypes else (number,)
        parts = [
            order[start[c + 1] : start[c + 2]] for c in wanted if c + 2 < len(start) and start[c + 1] < start[c + 2]
        ]
        return np.sort(np.concatenate(parts)) if parts else np.empty(0, np.int64)

    def by_type(self, name, subtypes=True):
        """Entities of a type, in the order of the file.

        Parameters
        ----------
        name : str
            Any case: "IfcWall".
        subtypes : bool
            Count subtypes too: an IfcWallStandardCase is an IfcWall.

        Returns
        -------
        Entities
            A sequence; its entities are made as they are looked at.

        Raises
        ------
        NotFoundError
            No schema declares that type; the message has the closest names.
        """
        return Entities(self, self.rows(name, subtypes))

    def types(self):
        """How many instances of each type the file has, most frequent first.

        Returns
        -------
        dict of str to int
        """
        count = np.bincount(self.step.type_ids, minlength=len(self.step.type_names))
        found = {}
        for spelled, n in zip(self.step.type_names, count.tolist()):
            number = schema.CODES.get(spelled)
            found[schema.NAMES[number] if number is not None else spelled] = n
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    @property
    def products(self):
        """Everything with a place or a shape: elements, openings, spaces, storeys, the site …"""
        return self.by_type("IfcProduct")

    # ---------------------------------------------------------------- the building

    @property
    def project(self):
        """The IfcProject, or None."""
        rows = self.rows("IfcProject")
        return Entity(self, int(rows[0])) if len(rows) else None

    @property
    def storeys(self):
        """Storeys from low to high; those without an elevation last."""

        def height(row):
            elevation = Entity(self, row).Elevation
            return float(elevation) if isinstance(elevation, int | float) else np.inf

        return Entities(self, sorted(self.rows("IfcBuildingStorey").tolist(), key=height))

    def tree(self, openings=False):
        """The spatial tree: project, sites, buildings, storeys, spaces, elements.

        Parameters
        ----------
        openings : bool
            Show openings below the elements they are cut from.

        Returns
        -------
        Node
            Prints as a tree; ``node.children``, ``node.entity``, ``node.walk()``.
        """
        from avila_sci.bim.tree import build

        return build(self, openings)

    @cached_property
    def tokens(self):
        """`Tokens` of all that is no geometry: enough for relations and properties, and far fewer than all."""
        return self.step.tokens_of(~schema.is_a(schema.code("IfcRepresentationItem"))[self.step.codes])

    @cached_property
    def units(self):
        """`Units` of the model: ``model.units.length`` is metres per unit of the file."""
        return Units(self)

    @cached_property
    def relations(self):
        """`Relations` of the model as arrays over rows."""
        return Relations(self)

    def geometry(self, progress=None):
        """Meshes and instances of all products; built once and kept.

        Parameters
        ----------
        progress : bool, optional
            Show a bar; by default only where it takes long.

        Returns
        -------
        Geometry
        """
        if "_geometry" not in self.__dict__:
            from avila_sci.bim import geometry

            self._geometry = geometry.build(self, progress)
        return self._geometry

    def geometry_report(self):
        """What could not be built, is not closed or fell back, each with entity, id and reason.

        Returns
        -------
        Report
        """
        return self.geometry().report()

    def columns(self, type=None, psets=True, quantities=True, si=False):
        """Products and their properties as columns; see `bim.columns`."""
        from avila_sci.bim.properties import columns

        return columns(self, type, psets, quantities, si)

    def to_dataframe(self, type=None, psets=True, quantities=True, si=False):
        """Products and their properties as a pandas DataFrame, a row a product; see `bim.columns`.

        Parameters
        ----------
        type : str, optional
            A type such as "IfcWall", with its subtypes; all products by default.
        psets, quantities : bool
            Columns ``Set.Property`` from property sets and element quantities.
        si : bool
            Convert numbers to SI by the units of the file; by default they stay as they are.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        MissingDependencyError
            pandas is not installed.
        """
        from avila_sci.core.errors import need

        pandas = need("pandas", "dataframe", "to_dataframe")
        return pandas.DataFrame(self.columns(type, psets, quantities, si), copy=False)

    # ---------------------------------------------------------------- reading a row

    def _declaration(self, row):
        """`_Declared` of the type of a row, by the file's schema or else any other, or None."""
        number = int(self.step.codes[row])
        if number not in self._declared:
            found = self._entity(number)
            self._declared[number] = found and _Declared(
                {a.name: k for k, a in enumerate(found.attributes)},
                tuple(a.type for a in found.attributes),
                found.inverses,
            )
        return self._declared[number]

    def _entity(self, number):
        if number < 0:
            return None
        others = [name for name in reversed(schema.SCHEMAS) if name != self.schema]
        found = (schema.entity(name, schema.NAMES[number]) for name in (self.schema, *others))
        return next((entity for entity in found if entity is not None), None)

    def _values(self, row):
        """Parsed arguments of a row (references as `Reference`, typed values as `Typed`)."""
        values = self._parsed.get(row)
        if values is None:
            if len(self._parsed) >= _KEPT:
                self._parsed.clear()
            raw = self.step.data[self.step.start[row] : self.step.end[row]].tobytes()
            values = self._parsed[row] = arguments.parse(raw.removeprefix(b"("))
        return values

    def _plain(self, value):
        """A parsed value as the user sees it."""
        if isinstance(value, arguments.Reference):
            row = self.step.row(value.id)
            return Entity(self, row) if row >= 0 else None
        if isinstance(value, arguments.Typed):
            return self._plain(value.value)
        if isinstance(value, tuple):
            return tuple(self._plain(v) for v in value)
        return value

    def _inverse_of(self, row, relation, attribute):
        """Entities of a type that refer to a row by one attribute."""
        indptr, rows = self.step.inverse
        candidates = np.unique(rows[indptr[row] : indptr[row + 1]])
        candidates = candidates[schema.is_a(schema.code(relation))[self.step.codes[candidates]]]
        wanted = arguments.Reference(int(self.step.ids[row]))
        return Entities(self, [r for r in candidates.tolist() if self._refers(r, attribute, wanted)])

    def _refers(self, row, attribute, wanted):
        declared = self._declaration(row)
        place = declared.places.get(attribute) if declared is not None else None
        values = self._values(row)
        return place is not None and place < len(values) and _mentions(values[place], wanted)

    # ---------------------------------------------------------------- what is wrong with it

    @cached_property
    def repairs(self):
        """What is not as it should be in the file, and what was made of it: a list of `Repair` (line, id, words).

        Unknown schema or types, wrong numbers of arguments, references to nothing, GlobalIds that stand twice, units
        that cannot be followed, and what the reader of the bytes tolerated.
        """
        return _check(self)

    def __repr__(self):
        elements = len(self.rows("IfcElement"))
        return f"{self.name}: {self.step.schema or 'no schema'}, {len(self)} instances, {elements} elements"

    def _repr_html_(self):
        count = np.bincount(self.step.codes[self.rows("IfcProduct")], minlength=1)
        order = np.argsort(-count, kind="stable")
        rows = "".join(
            f"<tr><td>{schema.NAMES[k]}</td><td style='text-align:right'>{count[k]}</td></tr>"
            for k in order[:30]
            if count[k]
        )
        more = int((count > 0).sum()) - 30
        rows += f"<tr><td colspan=2>… and {more} more types</td></tr>" if more > 0 else ""
        read = "" if schema.is_exact(self.step.schema) else f", read as {self.schema}"
        project = self.project
        title = escape(project.label) + " " if project is not None else ""
        return (
            f"<b>{title}</b><small>{escape(str(self.name))}, {escape(self.step.schema or 'no schema')}{read}, "
            f"{len(self)} instances</small><table><tr><th>type</th><th>count</th></tr>{rows}</table>"
        )


def _mentions(value, wanted):
    if isinstance(value, arguments.Reference):
        return value == wanted
    if isinstance(value, arguments.Typed):
        return _mentions(value.value, wanted)
    return isinstance(value, tuple) and any(_mentions(v, wanted) for v in value)


def _lines(step, offsets):
    """Line (from 1) of each byte offset."""
    ends = np.flatnonzero(step.data[: int(max(offsets, default=0)) + 1] == 10)
    return np.searchsorted(ends, offsets, side="left") + 1


def _check(model):
    """List of `Repair` for a whole model, in the order of the file within each kind."""
    step = model.step
    found = [Repair(int(r[0]), int(r[-2]) if len(r) > 2 else 0, str(r[-1])) for r in step.repairs]
    if not step.schema:
        found.append(Repair(0, 0, f"the header names no schema: read as {model.schema}"))
    elif not schema.is_exact(step.schema):
        found.append(Repair(0, 0, f"the schema {step.schema} is read as {model.schema}"))

    def note(rows, words):
        """`words` of each row, the first `_MOST_REPAIRS` of them one by one."""
        rows = np.asarray(rows, np.int64)
        if not len(rows):
            return
        shown = rows[:_MOST_REPAIRS]
        for row, line in zip(shown.tolist(), _lines(step, step.start[shown]).tolist()):
            found.append(Repair(int(line), int(step.ids[row]), words(row)))
        if len(rows) > len(shown):
            found.append(Repair(0, 0, f"… and {len(rows) - len(shown)} more such cases"))

    # Types.  One line a type, at its first instance.
    for number, spelled in enumerate(step.type_names):
        code = schema.CODES.get(spelled, -1)
        rows = np.flatnonzero(step.type_ids == number)
        if code < 0:
            words = f"no schema declares {spelled} ({len(rows)} of them): kept without names"
            note(rows[:1], lambda row, w=words: w)
        elif schema.entity(model.schema, spelled) is None:
            words = f"{schema.NAMES[code]} is not of {model.schema}: read by another schema ({len(rows)} of them)"
            note(rows[:1], lambda row, w=words: w)

    tokens = step.tokens
    expected = np.full(len(schema.NAMES) + 1, -1, np.int64)
    for code in np.unique(step.codes).tolist():
        declared = model._entity(code)
        if declared is not None:
            expected[code] = len(declared.attributes)
    counts, wanted = _argument_counts(tokens), expected[step.codes]

    def miscounted(row):
        have, want = int(counts[row]), int(wanted[row])
        what = "missing ones are taken as $" if have < want else "those beyond have no names"
        return f"{model.type_name(row)} has {have} arguments where {model.schema} has {want}: {what}"

    note(np.flatnonzero((wanted >= 0) & (counts != wanted)), miscounted)

    dangling = np.flatnonzero((tokens.kind == step_file.REF) & (tokens.value < 0.0))
    targets = {}
    for row, value in zip(
        (np.searchsorted(tokens.first, dangling, side="right") - 1).tolist(), tokens.value[dangling].tolist()
    ):
        targets.setdefault(row, []).append(int(-1 - value))

    def points_nowhere(row):
        names = ", ".join(f"#{t}" for t in targets[row][:3]) + (" …" if len(targets[row]) > 3 else "")
        return f"{model.type_name(row)} refers to {names}, which the file does not have: taken as $"

    note(list(targets), points_nowhere)

    rows = model.rows("IfcRoot")
    global_ids = model.global_ids(rows).tolist()
    first = {}
    twice = [k for k, g in enumerate(global_ids) if g and first.setdefault(g, k) != k]
    note(
        rows[twice] if twice else [],
        lambda row: f"{model.type_name(row)} has the GlobalId of #{_first_with(model, row)}: model[…] finds that one",
    )
    if not model.units.declared and len(model):
        found.append(Repair(0, 0, "no units are declared: numbers are taken as SI (metres, radians)"))
    for kind in model.units.missing:
        found.append(Repair(0, 0, f"the {kind} of the file cannot be followed to SI: taken as SI"))
    return found


def _first_with(model, row):
    return int(model.step.ids[model._global_ids[str(model._values(row)[0])]])


def open(source, progress=None):
    """Open a building model.

    Parameters
    ----------
    source : path, bytes or file-like object
        An IFC file in STEP form: .ifc, .ifcZIP or gzipped.
    progress : bool, optional
        Show a bar; by default only where it takes long.

    Returns
    -------
    Model

    Raises
    ------
    FormatError
        It is no STEP file, or is cut off before its data; the message has line and column.
    FileNotFoundError, IsADirectoryError

    Notes
    -----
    Costs one pass over the bytes.  Everything else is read when asked for.

    Examples
    --------
    >>> from avila_sci.bim import sample
    >>> model = open(sample.path())
    >>> model.schema, len(model.storeys)
    ('IFC4', 3)
    """
    return Model(step_file.read(source, progress))
