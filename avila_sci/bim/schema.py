"""The IFC schemas: which entities there are, what they inherit, what their attributes are called.

One dense numbering of names (`CODES`) runs over all schemas, so that kernels switch on constants; attribute names and
inverses are kept per schema, because they differ.  The facts stand in `schema_table` as text and are parsed on use.

References
----------
.. [1] buildingSMART, IFC2x3 TC1, IFC4 ADD2 TC1 (ISO 16739-1:2018), IFC4.3 ADD2 (ISO 16739-1:2024): EXPRESS schemas.
"""

import functools
import re
from typing import NamedTuple

import numpy as np

from avila_sci.bim import schema_table
from avila_sci.core.errors import NotFoundError

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3")

_HEAD = re.compile(r"^!?(\w+)([<=])", re.M)

_kinds: dict[str, bool] = {}
for _schema in SCHEMAS:
    for _name, _mark in _HEAD.findall(getattr(schema_table, _schema)):
        _kinds.setdefault(_name, _mark == "<")

NAMES = tuple(sorted(_kinds, key=str.upper))
"""Every declared name of every schema, in the spelling of the standard; its place is its code."""

CODES = {name.upper(): number for number, name in enumerate(NAMES)}
"""Upper-case name to code."""


class Attribute(NamedTuple):
    """An explicit attribute: name, type in one word (a leading ``[`` for each aggregation), may be ``$``, is derived."""

    name: str
    type: str
    optional: bool
    derived: bool


class Entity(NamedTuple):
    """A declared entity; `attributes` and `inverses` include the inherited ones, in order."""

    name: str
    supertype: str
    abstract: bool
    attributes: tuple
    inverses: dict


def code(name):
    """Code of a declared name.

    Parameters
    ----------
    name : str
        Any case: "IfcWall".

    Returns
    -------
    int

    Raises
    ------
    NotFoundError
        No schema declares it; the message has the closest names.
    """
    try:
        return CODES[name.upper()]
    except KeyError:
        import difflib

        close = difflib.get_close_matches(name.upper(), CODES, 3)
        hint = f" (did you mean {', '.join(NAMES[CODES[c]] for c in close)}?)" if close else ""
        raise NotFoundError(f"no IFC schema declares {name}{hint}") from None


def name(number):
    """Spelling of the standard for a code: ``name(code("IFCWALL"))`` is "IfcWall".

    Returns
    -------
    str
    """
    return NAMES[number]


def nearest(header):
    """The schema to read a file by, whatever its header calls itself.

    Parameters
    ----------
    header : str
        FILE_SCHEMA of the file: "IFC2X_FINAL", "IFC4X3_RC2".

    Returns
    -------
    str
        One of `SCHEMAS`.

    Examples
    --------
    >>> nearest("IFC4X3_ADD1"), nearest("IFC2X2_FINAL"), nearest("IFC4RC4"), nearest("")
    ('IFC4X3', 'IFC2X3', 'IFC4', 'IFC4')
    """
    plain = header.upper().replace(".", "X").replace(" ", "")
    if plain.startswith(("IFC2", "IFC1")):
        return "IFC2X3"
    if re.match(r"IFC4X[1-9]|IFC4_[1-9]|IFC5", plain):
        return "IFC4X3"
    return "IFC4"


@functools.cache
def _raw(schema):
    """Lines of a schema by upper-case name."""
    table = {}
    for line in getattr(schema_table, schema).splitlines():
        match = _HEAD.match(line)
        if match:
            table[match.group(1).upper()] = line
    return table


@functools.cache
def entity(schema, name):
    """Declaration of an entity.

    Parameters
    ----------
    schema : str
        One of `SCHEMAS`.
    name : str
        Any case.

    Returns
    -------
    Entity, or None if that schema declares no such entity
    """
    line = _raw(schema).get(name.upper())
    if line is None or "<" not in line.split("=")[0]:
        return None
    head, own, inverse, derived = line.split(":")
    spelled, _, above = head.lstrip("!").partition("<")
    parent = entity(schema, above) if above else None
    attributes = list(parent.attributes) if parent else []
    for item in filter(None, own.split(",")):
        word, kind = item.split(" ")
        attributes.append(Attribute(word.rstrip("?"), kind, word.endswith("?"), False))
    for position in filter(None, derived.split(",")):
        attributes[int(position)] = attributes[int(position)]._replace(derived=True)
    inverses = dict(parent.inverses) if parent else {}
    for item in filter(None, inverse.split(",")):
        word, source = item.split(" ")
        inverses[word] = tuple(source.split("."))
    return Entity(spelled, above, head.startswith("!"), tuple(attributes), inverses)


@functools.cache
def defined(schema, name):
    """What a defined type, enumeration or select is made of, as text, or None.

    Returns
    -------
    str
        "real", "(AREA,CURVE)" for an enumeration, "IfcA|IfcB" for a select.
    """
    line = _raw(schema).get(name.upper(), "")
    head, mark, body = line.partition("=")
    return body if mark and "<" not in head else None


def attributes(schema, number):
    """Names of the explicit attributes of an entity, in the order of the file.

    Parameters
    ----------
    schema : str
    number : int
        Code of the entity.

    Returns
    -------
    tuple of str
        Empty if the schema declares no such entity.
    """
    found = entity(schema, NAMES[number])
    return tuple(a.name for a in found.attributes) if found else ()


def supertype(schema, number):
    """Code of the entity's supertype, or -1."""
    found = entity(schema, NAMES[number])
    return CODES[found.supertype.upper()] if found and found.supertype else -1


@functools.cache
def subtypes(number):
    """Codes of an entity and of all its subtypes, in any schema.

    Returns
    -------
    frozenset of int
    """
    below = {number}
    parents = _parents()
    grown = True
    while grown:
        more = {child for child, above in parents if above in below} - below
        grown = bool(more)
        below |= more
    return frozenset(below)


@functools.cache
def _parents():
    pairs = set()
    for schema in SCHEMAS:
        for child, above in re.findall(r"^!?(\w+)<(\w+):", getattr(schema_table, schema), re.M):
            pairs.add((CODES[child.upper()], CODES[above.upper()]))
    return tuple(pairs)


@functools.cache
def is_a(number):
    """Mask over all codes: True for the entity itself and its subtypes in any schema.

    Parameters
    ----------
    number : int

    Returns
    -------
    (n_codes,) bool
        Read only; index it with codes, after taking care of -1.
    """
    mask = np.zeros(len(NAMES), np.bool_)
    mask[list(subtypes(number))] = True
    mask.flags.writeable = False
    return mask
