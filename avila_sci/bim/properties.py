"""Property sets and quantities: of one element as dictionaries, of a whole model as columns.

A property of a wall is four instances away from it: IfcRelDefinesByProperties, IfcPropertySet, IfcPropertySingleValue,
and what its type object says besides.  For one element that is walked; for a table it is joined: every set is opened
once, every value becomes a kind and a number, every text is decoded once however often it stands in the file, and the
cells are scattered into columns.  No loop of Python runs over the elements.
"""

from typing import NamedTuple

import numpy as np

from avila_sci.bim import arguments, schema
from avila_sci.bim.material import Material
from avila_sci.bim.schema import code
from avila_sci.bim.step import CLOSE, ENUM, INTEGER, KEYWORD, NULL, OPEN, REAL, REF, STAR, STRING, argument, skip
from avila_sci.bim.units import kind_of, of
from avila_sci.core.errors import DTypeError, NotFoundError
from avila_sci.core.jit import kernel

PROPERTY_SET = code("IfcPropertySet")
ELEMENT_QUANTITY = code("IfcElementQuantity")
COMPLEX_PROPERTY = code("IfcComplexProperty")
COMPLEX_QUANTITY = code("IfcPhysicalComplexQuantity")

NOTHING, NUMBER, WHOLE, TRUTH, TEXT, OTHER = range(6)  # kinds of values

_MOST_DEPTH = 5  # of complex properties in one another; files have 2, and shared ones multiply with depth


class Bounds(NamedTuple):
    """Value of an IfcPropertyBoundedValue; None where a side is open."""

    lower: object
    upper: object
    set_point: object = None


class Table(NamedTuple):
    """Value of an IfcPropertyTableValue: `defined` over `defining`."""

    defining: tuple
    defined: tuple


# ------------------------------------------------------------------------------------------------------ one element


def psets(element, inherit=True, si=False):
    """Property sets of an element.

    Parameters
    ----------
    element : Entity
        An occurrence, a type object, a material or a profile.
    inherit : bool
        Begin with the sets of the type object; the element's own values replace them one by one.
    si : bool
        Convert numbers to SI by the units of the file; by default they stay as they are.

    Returns
    -------
    dict of str to dict
        Set by name, in it value by name.  A single value is itself; an enumerated or list value is a tuple; a bounded
        value is `Bounds`; a table is `Table`; a complex property is a dict; a reference is an entity.  A set without a
        name goes by its type.

    Examples
    --------
    >>> from avila_sci.bim.model import open
    >>> from avila_sci.bim import sample
    >>> psets(open(sample.path()).by_type("IfcWall")[0])["Pset_WallCommon"]["IsExternal"]
    True
    """
    return _sets(element, inherit, si, lambda entity: not entity.is_a("IfcElementQuantity"))


def quantities(element, inherit=True, si=False):
    """Element quantities that the file states (not measured: see `bim.measure`).

    Parameters
    ----------
    element : Entity
    inherit, si : bool
        As in `psets`.

    Returns
    -------
    dict of str to dict
    """
    return _sets(element, inherit, si, lambda entity: entity.is_a("IfcElementQuantity"))


def _sets(element, inherit, si, wanted):
    if not hasattr(element, "is_a"):
        raise DTypeError(f"psets and quantities need one entity of a model, got {type(element).__name__}")
    model, found = element.model, {}
    if element.is_a("IfcMaterialDefinition") or element.is_a("IfcMaterial") or element.is_a("IfcProfileDef"):
        definitions = _extended(element)
    else:
        indptr, rows = model.relations.definitions
        kind = int(model.relations.type[element.row]) if inherit else -1
        definitions = [
            model.at(int(r)) for at in (kind, element.row) if at >= 0 for r in rows[indptr[at] : indptr[at + 1]]
        ]
    for definition in definitions:
        if wanted(definition):
            name = getattr(definition, "Name", None)
            found.setdefault(name if isinstance(name, str) else definition.type, {}).update(
                _content(definition, si, ())
            )
    return found


def _extended(element):
    """Property sets of a material or a profile."""
    indptr, rows = element.model.step.inverse
    users = (element.model.at(int(r)) for r in np.unique(rows[indptr[element.row] : indptr[element.row + 1]]))
    return [u for u in users if u.is_a("IfcMaterialProperties") or u.is_a("IfcProfileProperties")]


def _content(entity, si, around):
    """Values by name of anything that holds properties; `around` has the rows of what it is inside of."""
    if entity.row in around or len(around) > _MOST_DEPTH:
        return {}
    for name in ("HasProperties", "Quantities", "HasQuantities", "ExtendedProperties", "Properties"):
        if hasattr(entity, name):
            return {_name(item): _value(item, si, (*around, entity.row)) for item in entity.many(name)}
    # IfcDoorLiningProperties and its like: the attributes themselves are the properties.
    common = {"GlobalId", "OwnerHistory", "Name", "Description", "Material", "ProfileName", "ProfileDefinition"}
    return {
        name: _convert(value, _unit_of(entity.model, entity.measure(name))) if si else value
        for name, value in entity.attributes().items()
        if name not in common and value is not None
    }


def _name(item):
    """Name of a property; one without goes by its type."""
    name = getattr(item, "Name", None)
    return name if isinstance(name, str) else item.type


def _value(item, si, around=()):
    """Value of a property or a quantity."""
    if item.is_a("IfcComplexProperty") or item.is_a("IfcPhysicalComplexQuantity"):
        return _content(item, si, around)
    if item.is_a("IfcPropertySingleValue"):
        return _converted(item, "NominalValue", "Unit", si)
    if item.is_a("IfcPropertyEnumeratedValue"):
        reference = item.one("EnumerationReference")
        unit = reference.one("Unit") if reference is not None else None
        return _converted(item, "EnumerationValues", None, si, unit)
    if item.is_a("IfcPropertyListValue"):
        return _converted(item, "ListValues", "Unit", si)
    if item.is_a("IfcPropertyBoundedValue"):
        names = ("LowerBoundValue", "UpperBoundValue", "SetPointValue")
        return Bounds(*(_converted(item, name, "Unit", si) if name in dir(item) else None for name in names))
    if item.is_a("IfcPropertyTableValue"):
        return Table(
            _converted(item, "DefiningValues", "DefiningUnit", si) or (),
            _converted(item, "DefinedValues", "DefinedUnit", si) or (),
        )
    if item.is_a("IfcPropertyReferenceValue"):
        return item.PropertyReference
    if item.is_a("IfcPhysicalSimpleQuantity"):
        names = list(item.attributes())
        return _converted(item, names[3], "Unit", si, measure=item.type) if len(names) > 3 else None
    return None


def _converted(item, name, unit, si, unit_entity=None, measure=None):
    """Value of an attribute, in SI if wanted: by its own unit, else by the unit of its measure."""
    value = getattr(item, name)
    if not si or value is None:
        return value
    unit_entity = unit_entity or (item.one(unit) if unit else None)
    if unit_entity is not None:
        return _convert(value, of(unit_entity))
    if measure is None and isinstance(value, tuple):
        raw = item.model._values(item.row)[list(item.attributes()).index(name)]
        return tuple(_convert(v, _unit_of(item.model, getattr(r, "type", ""))) for v, r in zip(value, raw))
    return _convert(value, _unit_of(item.model, measure or item.measure(name)))


def _unit_of(model, measure):
    kind = kind_of(measure)
    return model.units[kind] if kind else None


def _convert(value, unit):
    if unit is None:
        return value
    if isinstance(value, tuple):
        return tuple(_convert(v, unit) for v in value)
    return unit.to_si(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


# ----------------------------------------------------------------------------------------------------- many elements


@kernel
def _sets_of(rows, kind, indptr, definitions):
    """Definitions of each of the rows, the type's first: (number in `rows`, row of the definition)."""
    count = 0
    for i in range(rows.size):
        row, above = rows[i], kind[rows[i]]
        count += indptr[row + 1] - indptr[row]
        if above >= 0:
            count += indptr[above + 1] - indptr[above]
    out = np.empty((2, count), np.int64)
    n = 0
    for i in range(rows.size):
        for step in range(2):
            at = kind[rows[i]] if step == 0 else rows[i]
            if at < 0:
                continue
            for k in range(indptr[at], indptr[at + 1]):
                out[0, n] = i
                out[1, n] = definitions[k]
                n += 1
    return out


@kernel
def _leaves(tokens, sets, list_place):
    """Properties in each of the sets, complex ones opened.

    Parameters
    ----------
    sets : (n,) int64
        Rows of sets.
    list_place : (n_codes + 1,) int64
        By code, the attribute that lists properties; -1 for other codes.

    Returns
    -------
    leaves : (4, m) int64
        Number of the set, row of the property, the complex property around it (a column of `around`, -1: none),
        attribute (-1: that of the property's type; else the set is itself the property).
    around : (3, k) int64
        Row of a complex property, column of the one around that, depth.
    """
    out = np.empty((4, 64 + 8 * sets.size), np.int64)
    around = np.empty((3, 64), np.int64)
    n, k = 0, 0
    for i in range(sets.size):
        if list_place[tokens.code[sets[i]]] < 0:
            place = 4
            t = argument(tokens, sets[i], place)
            while 0 <= t < tokens.first[sets[i] + 1]:
                if n == out.shape[1]:
                    out = _wider(out)
                out[0, n], out[1, n], out[2, n], out[3, n] = i, sets[i], -1, place
                n += 1
                place += 1
                t = skip(tokens, t)
            continue
        done = k  # columns of `around` from here on are still to be opened
        at = np.int64(-1)
        while True:
            row = sets[i] if at < 0 else around[0, at]
            depth = np.int64(0) if at < 0 else around[2, at]
            t = argument(tokens, row, list_place[tokens.code[row]])
            if t >= 0 and tokens.kind[t] == OPEN:
                for u in range(t + 1, t + np.int64(tokens.value[t])):
                    if tokens.kind[u] != REF or tokens.value[u] < 0.0:
                        continue
                    inner = np.int64(tokens.value[u])
                    if list_place[tokens.code[inner]] < 0:
                        if n == out.shape[1]:
                            out = _wider(out)
                        out[0, n], out[1, n], out[2, n], out[3, n] = i, inner, at, -1
                        n += 1
                        continue
                    above = at  # one that is inside of itself is not opened again
                    while above >= 0 and around[0, above] != inner:
                        above = around[1, above]
                    if above < 0 and depth < _MOST_DEPTH:
                        if k == around.shape[1]:
                            around = _wider(around)
                        around[0, k], around[1, k], around[2, k] = inner, at, depth + 1
                        k += 1
            if done == k:
                break
            at = np.int64(done)
            done += 1
    return out[:, :n].copy(), around[:, :k].copy()


@kernel
def _wider(array):
    out = np.empty((array.shape[0], 2 * array.shape[1]), array.dtype)
    out[:, : array.shape[1]] = array
    return out


@kernel
def _read_values(tokens, rows, places):
    """Kind, number, token and type of a value each.

    A list of one is its item.  What is more than a number, a truth value or a text is `OTHER`.

    Returns
    -------
    kind : (n,) uint8
    number : (n,) float64
        NaN for what is no number (and no truth value).
    token : (n,) int64
    measure : (n,) int64
        Code of the value's own type, -1 for none.
    """
    n = rows.size
    kind = np.zeros(n, np.uint8)
    number = np.full(n, np.nan)
    token = np.full(n, -1, np.int64)
    measure = np.full(n, -1, np.int64)
    for i in range(n):
        if places[i] < 0:
            kind[i] = OTHER
            continue
        t = argument(tokens, rows[i], places[i])
        if t < 0:
            continue
        end = tokens.first[rows[i] + 1]
        for _ in range(3):  # a list of a typed value of a number
            if t + 1 < end and tokens.kind[t] == KEYWORD:
                measure[i] = np.int64(tokens.value[t])
                t += 1
            if t + 2 < end and tokens.kind[t] == OPEN and skip(tokens, t + 1) == t + np.int64(tokens.value[t]):
                t += 1
        token[i] = t
        what = tokens.kind[t]
        if what in (REAL, INTEGER):
            kind[i] = NUMBER if what == REAL else WHOLE
            number[i] = tokens.value[t]
        elif what == ENUM and tokens.value[t] <= 2.0:
            if tokens.value[t] < 2.0:  # 2 is the logical "unknown"
                kind[i] = TRUTH
                number[i] = tokens.value[t]
        elif what in (STRING, ENUM):
            kind[i] = TEXT
        elif what != NULL and what != STAR and what != CLOSE:
            kind[i] = OTHER
    return kind, number, token, measure


@kernel
def _attribute_tokens(tokens, rows, place):
    out = np.empty(rows.size, np.int64)
    for i in range(rows.size):
        out[i] = argument(tokens, rows[i], place)
    return out


@kernel
def _intern(tokens, which, slots):
    """Number the distinct strings and enumerations among tokens.

    Parameters
    ----------
    which : (n,) int64
        Tokens; -1 and tokens of other kinds get -1.
    slots : (2^k,) int64
        Work space, all -1, at least twice as long as `which`.

    Returns
    -------
    number : (n,) int64
    span : (m, 2) int64
        First and end byte of each distinct text.
    """
    number = np.full(which.size, -1, np.int64)
    span = np.empty((which.size, 2), np.int64)
    mask = slots.size - 1
    count = 0
    for i in range(which.size):
        t = which[i]
        if t < 0 or (tokens.kind[t] != STRING and tokens.kind[t] != ENUM):
            continue
        a = tokens.offset[t]
        if tokens.kind[t] == STRING:
            b = a + np.int64(tokens.value[t])
        else:
            b = a + 1
            while b < tokens.data.size and tokens.data[b] != 46:
                b += 1
        b = min(b, tokens.data.size)
        h = np.uint64(0xCBF29CE484222325)
        for p in range(a, b):
            h = (h ^ np.uint64(tokens.data[p])) * np.uint64(0x100000001B3)
        slot = np.int64((h ^ (h >> np.uint64(32))) & np.uint64(mask))
        while True:
            known = slots[slot]
            if known < 0:
                slots[slot] = count
                span[count, 0], span[count, 1] = a, b
                number[i] = count
                count += 1
                break
            c = span[known, 0]
            same = span[known, 1] - c == b - a
            p = 0
            while same and p < b - a:
                same = tokens.data[a + p] == tokens.data[c + p]
                p += 1
            if same:
                number[i] = known
                break
            slot = (slot + 1) & mask
    return number, span[:count].copy()


class _Texts:
    """Texts of a model, each decoded once; equal texts have equal numbers, however they are written."""

    def __init__(self, model):
        self._model = model
        self._numbers = {}
        self.words = []

    def add(self, text):
        """Number of a text."""
        number = self._numbers.setdefault(text, len(self.words))
        if number == len(self.words):
            self.words.append(text)
        return number

    def read(self, tokens):
        """(n,) int64: numbers of the texts of tokens, -1 for what is no text."""
        slots = np.full(1 << max(4, int(2 * len(tokens)).bit_length()), -1, np.int64)
        number, span = _intern(self._model.tokens, tokens, slots)
        data = self._model.step.data
        known = np.array([self.add(_decode(data[a:b].tobytes())) for a, b in span.tolist()] or [-1], np.int64)
        return np.where(number >= 0, known[number], -1)

    def array(self):
        """All texts, and None in the last place for the number -1."""
        out = np.empty(len(self.words) + 1, object)
        out[:-1] = self.words
        out[-1] = None
        return out


def _decode(raw):
    """Text of a string token or of an enumeration (which begins with a full stop and lacks the closing one)."""
    if raw[:1] == b".":
        return raw[1:].decode("latin-1").upper()
    return arguments.decode(raw)


def _places(schema_name, wanted):
    """(n_codes + 1,) int64: place of an attribute by code of the entity, -1 for what has none."""
    out = np.full(len(schema.NAMES) + 1, -1, np.int64)
    for parent, attribute in wanted.items():
        for number in schema.subtypes(code(parent)):
            names = schema.attributes(schema_name, number)
            if isinstance(attribute, int):
                out[number] = attribute if len(names) > attribute else -1
            elif attribute in names:
                out[number] = names.index(attribute)
    return out


def columns(model, type=None, psets=True, quantities=True, si=False):
    """Products of a model and their properties as columns.

    Parameters
    ----------
    model : Model
    type : str, optional
        A type such as "IfcWall" or "IfcWallType", with its subtypes; every IfcProduct by default.
    psets, quantities : bool
        Columns ``Set.Property`` from property sets and from element quantities, sorted by name.
    si : bool
        Convert numbers to SI by the units of the file; by default they stay as they are.

    Returns
    -------
    dict of str to (n,) array
        ``global_id``, ``id``, ``type``, ``name``, ``storey``, ``container``, ``type_name``, ``material``, then the
        properties.  Values of the element replace those of its type.  A column of numbers is float64 with NaN where
        there is none (int64 if all are there and whole), one of truth values is bool if all are there, others are
        objects with None where there is none.  An enumeration or list of one is its item; other kinds are as in
        `psets`, and a property in a complex one is ``Set.Complex.Property``.

    Raises
    ------
    NotFoundError
        No schema declares `type`, or it is nothing that has a GlobalId.
    """
    if not hasattr(model, "rows"):
        raise DTypeError(f"columns needs a model (bim.open), got {model.__class__.__name__}")
    rows = model.rows(type or "IfcProduct")
    if len(rows) and not schema.is_a(code("IfcRoot"))[model.step.codes[rows]].all():
        raise NotFoundError(f"{type} has no GlobalId and no properties: give a type below IfcObjectDefinition")
    out = _first_columns(model, rows)
    if psets or quantities:
        out.update(_property_columns(model, rows, psets, quantities, si))
    return out


def _first_columns(model, rows):
    relations, texts = model.relations, _Texts(model)

    def of_rows(array, word):
        """A word for each row's target, found once a target."""
        targets = array[rows]
        distinct, inverse = np.unique(targets, return_inverse=True)
        words = np.empty(len(distinct), object)
        words[:] = [word(model.at(int(row))) if row >= 0 else None for row in distinct]
        return words[inverse]

    types = np.array([*schema.NAMES, "?"], object)[model.step.codes[rows]]
    for k in np.flatnonzero(model.step.codes[rows] < 0):
        types[k] = model.type_name(int(rows[k]))
    numbers = texts.read(_attribute_tokens(model.tokens, rows, 2))
    return {
        "global_id": model.global_ids(rows),
        "id": model.step.ids[rows],
        "type": types,
        "name": texts.array()[numbers],
        "storey": of_rows(relations.storey, lambda entity: entity.label),
        "container": of_rows(relations.structure, lambda entity: entity.label),
        "type_name": of_rows(relations.type, lambda entity: entity.label),
        "material": of_rows(relations.material, lambda entity: str(Material(entity)) or None),
    }


def _property_columns(model, rows, psets, quantities, si):
    tokens, codes = model.tokens, model.step.codes
    product, definition = _sets_of(rows, model.relations.type, *model.relations.definitions)
    is_quantity = codes[definition] == ELEMENT_QUANTITY
    kept = np.where(is_quantity, quantities, psets).astype(bool)
    product, definition = product[kept], definition[kept]
    sets, set_number = np.unique(definition, return_inverse=True)

    list_place = _places(
        model.schema,
        {
            "IfcPropertySet": "HasProperties",
            "IfcElementQuantity": "Quantities",
            "IfcComplexProperty": "HasProperties",
            "IfcPhysicalComplexQuantity": "HasQuantities",
        },
    )
    (leaf_set, leaf_row, leaf_outer, leaf_place), around = _leaves(tokens, sets, list_place)
    leaf_code = codes[leaf_row].astype(np.int64)

    # Values.  Attributes of a predefined set are leaves with a place of their own.
    value_place = _places(
        model.schema,
        {
            "IfcPropertySingleValue": "NominalValue",
            "IfcPropertyEnumeratedValue": "EnumerationValues",
            "IfcPropertyListValue": "ListValues",
            "IfcPhysicalSimpleQuantity": 3,
        },
    )
    own = leaf_place >= 0
    kind, number, token, measure = _read_values(tokens, leaf_row, np.where(own, leaf_place, value_place[leaf_code]))
    measure = np.where(schema.is_a(code("IfcPhysicalSimpleQuantity"))[leaf_code], leaf_code, measure)

    # Names.
    texts = _Texts(model)
    set_name = texts.read(_attribute_tokens(tokens, sets, 2))
    leaf_name = texts.read(_attribute_tokens(tokens, leaf_row, 0))
    for k in np.flatnonzero(set_name < 0):
        set_name[k] = texts.add(model.type_name(int(sets[k])))
    leaf_name[own] = -1
    for k in np.flatnonzero(leaf_name < 0).tolist():
        declared = model._declaration(int(leaf_row[k]))
        names = list(declared.places) if declared is not None else []
        place = int(leaf_place[k])
        leaf_name[k] = texts.add(names[place] if 0 <= place < len(names) else model.type_name(int(leaf_row[k])))
        if 0 <= place < len(names) and measure[k] < 0:
            measure[k] = schema.CODES.get(declared.types[place].lstrip("[").upper(), -1)
    prefixes = []
    for row, outer, _ in around.T.tolist():  # an outer one stands before what is inside of it
        prefixes.append((prefixes[outer] if outer >= 0 else "") + _name(model.at(row)) + ".")
    for k in np.flatnonzero(leaf_outer >= 0).tolist():
        leaf_name[k] = texts.add(prefixes[leaf_outer[k]] + texts.words[leaf_name[k]])
    text_number = texts.read(np.where(kind == TEXT, token, -1))
    words = texts.array()

    if si:
        number = _in_si(model, kind, number, measure, leaf_row, leaf_code, own)

    # An attribute that a predefined set leaves out is no property.
    present = np.flatnonzero(~(own & (kind == NOTHING)))
    leaf_set, leaf_row, leaf_name = leaf_set[present], leaf_row[present], leaf_name[present]
    kind, number, text_number, leaf_place = kind[present], number[present], text_number[present], leaf_place[present]
    order = np.argsort(leaf_set, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(leaf_set, minlength=len(sets)))])

    # Columns: distinct pairs of set name and property name, sorted as text.
    keys, leaf_key = np.unique(set_name[leaf_set] * len(words) + leaf_name, return_inverse=True)
    names = [(words[k // len(words)], words[k % len(words)]) for k in keys.tolist()]
    titles = {".".join(name): None for name in sorted(names)}
    column_of = {title: c for c, title in enumerate(titles)}
    leaf_column = np.array([column_of[".".join(name)] for name in names], np.int64)[leaf_key]

    # Cells: every leaf of every set of every product, in the order in which later ones replace earlier ones.
    count = start[set_number + 1] - start[set_number]
    ends = np.cumsum(count)
    cell_leaf = order[np.repeat(start[set_number], count) + np.arange(count.sum()) - np.repeat(ends - count, count)]
    cell_product = np.repeat(product, count)
    cell_column = leaf_column[cell_leaf]

    n = len(rows)
    kinds = np.zeros(len(titles), np.int64)  # bits of the kinds in each column
    np.bitwise_or.at(kinds, leaf_column, 1 << kind.astype(np.int64))
    kinds &= ~(1 << NOTHING)
    numeric = ((kinds & ~((1 << NUMBER) | (1 << WHOLE))) == 0) & (kinds != 0)
    values, slot = {}, np.cumsum(numeric) - 1
    block = np.full((int(numeric.sum()), n), np.nan)
    mine = numeric[cell_column]
    block[slot[cell_column[mine]], cell_product[mine]] = number[cell_leaf[mine]]
    slot_other = np.cumsum(~numeric) - 1
    objects = np.empty((int((~numeric).sum()), n), object)  # of None
    things = _things(model, kind, number, text_number, words, leaf_row, leaf_place, si, ~numeric[leaf_column])
    objects[slot_other[cell_column[~mine]], cell_product[~mine]] = things[cell_leaf[~mine]]
    for c, title in enumerate(titles):
        if numeric[c]:
            column = block[slot[c]]
            whole = kinds[c] == 1 << WHOLE and not np.isnan(column).any()
            values[title] = column.astype(np.int64) if whole and not si else column
        else:
            column = objects[slot_other[c]]
            truth = kinds[c] == 1 << TRUTH and not np.equal(column, None).any()
            values[title] = column.astype(np.bool_) if truth else column
    return values


def _things(model, kind, number, text_number, words, leaf_row, leaf_place, si, wanted):
    """Values of leaves as Python objects, where wanted."""
    things = words[np.where(kind == TEXT, text_number, -1)]
    truth, real, whole = (np.flatnonzero(wanted & (kind == k)) for k in (TRUTH, NUMBER, WHOLE))
    things[truth] = (number[truth] == 1.0).astype(object)
    things[real] = number[real].astype(object)
    things[whole] = [int(v) if v.is_integer() else v for v in number[whole].tolist()]  # not whole: converted to SI
    known = {}
    for k in np.flatnonzero(wanted & (kind == OTHER)).tolist():
        row, place = int(leaf_row[k]), int(leaf_place[k])
        if (row, place) not in known:
            entity = model.at(row)
            known[row, place] = entity.arguments[place] if place >= 0 else _value(entity, si)
        things[k] = known[row, place]
    return things


def _in_si(model, kind, number, measure, rows, codes, own):
    """Numbers of leaves in SI: by the unit of the property, else by the model's unit for the measure."""
    scale, offset = model.units.factors()
    factor, shift = scale[measure], offset[measure]
    unit_place = _places(
        model.schema,
        {"IfcPropertySingleValue": "Unit", "IfcPropertyListValue": "Unit", "IfcPhysicalSimpleQuantity": "Unit"},
    )
    unit_place = np.where(own, -1, unit_place[codes])
    for place in np.unique(unit_place[unit_place >= 0]).tolist():
        those = np.flatnonzero(unit_place == place)
        token = _attribute_tokens(model.tokens, rows[those], place)
        values = model.tokens.value[token]
        given = (token >= 0) & (model.tokens.kind[token] == REF) & (values >= 0)
        for unit_row in np.unique(values[given]).astype(np.int64).tolist():
            unit = of(model.at(unit_row))
            hit = those[given & (values == unit_row)]
            factor[hit], shift[hit] = (unit.scale, unit.offset) if unit is not None else (1.0, 0.0)
    enumerated = np.flatnonzero(codes == code("IfcPropertyEnumeratedValue"))
    for k in enumerated[(kind[enumerated] == NUMBER) | (kind[enumerated] == WHOLE)].tolist():
        reference = model.at(int(rows[k])).one("EnumerationReference")
        unit = of(reference.one("Unit")) if reference is not None else None
        if unit is not None:
            factor[k], shift[k] = unit.scale, unit.offset
    counted = (kind == NUMBER) | (kind == WHOLE)
    return np.where(counted, number * factor + shift, number)
