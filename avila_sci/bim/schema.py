"""The IFC schemas: which entities there are, what they inherit, what their attributes are called.

One dense numbering of names (`CODES`) runs over all schemas, so that kernels switch on constants; attribute names and
inverses are kept per schema, because they differ.  The facts stand in `schema_table` as text: the names are read at
import, a declaration when it is first asked for.

References
----------
.. [1] buildingSMART, IFC2x3 TC1, IFC4 ADD2 TC1 (ISO 16739-1:2018), IFC4.3 ADD2 (ISO 16739-1:2024): EXPRESS schemas.
"""

import difflib
import functools
import re
from typing import NamedTuple

import numpy as np

from avila_sci.bim.schema_table import TABLE
from avila_sci.core.errors import NotFoundError

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3")

_MARKS = dict(zip(SCHEMAS, "24x"))

NAMES = tuple(dict.fromkeys(re.findall(r"^[24x]+ !?(\w+)", TABLE, re.M)))
"""Every declared name of every schema, in the spelling of the standard; its place is its code."""

CODES = {spelling.upper(): number for number, spelling in enumerate(NAMES)}
"""Upper-case name to code."""


class Attribute(NamedTuple):
    """An explicit attribute: its name, type in one word (``[`` for each aggregation), may be ``$``, is derived."""

    name: str
    type: str
    optional: bool
    derived: bool


class Entity(NamedTuple):
    """A declared entity; `attributes` and `inverses` include the inherited ones, in order.

    `inverses` maps a name to (entity, attribute): the relation that refers here, and by which of its attributes.
    """

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
        close = difflib.get_close_matches(name.upper(), CODES, 3)
        hint = f" (did you mean {', '.join(NAMES[CODES[c]] for c in close)}?)" if close else ""
        raise NotFoundError(f"no IFC schema declares {name}{hint}") from None


def name(number):
    """Spelling of the standard for a code: ``name(code("IFCWALL"))`` is "IfcWall".

    Parameters
    ----------
    number : int

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
        One of `SCHEMAS`; "IFC4" for what is no name of an IFC schema.

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


def is_exact(header):
    """True if `header` names one of the schemas we have, not merely one that resembles it.

    Parameters
    ----------
    header : str

    Returns
    -------
    bool

    Examples
    --------
    >>> is_exact("IFC4"), is_exact("IFC4X3_ADD2"), is_exact("IFC4X3_RC2"), is_exact("IFC2X_FINAL")
    (True, True, False, False)
    """
    plain = header.upper().strip()
    return plain in ("IFC2X3", "IFC2X3_TC1", "IFC4", "IFC4_ADD1", "IFC4_ADD2", "IFC4_ADD2_TC1", "IFC4X3", "IFC4X3_ADD2")


@functools.cache
def _lines(schema):
    """Lines of a schema by upper-case name."""
    mark = _MARKS[schema]
    found = re.findall(rf"^[24x]*{mark}[24x]* (!?(\w+).*)$", TABLE, re.M)
    return {spelling.upper(): line for line, spelling in found}


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
    line = _lines(schema).get(name.upper())
    if line is None or "<" not in line:
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

    Parameters
    ----------
    schema : str
    name : str
        Any case.

    Returns
    -------
    str or None
        "real", "IfcLengthMeasure" or "[real" for a defined type, "(AREA,CURVE)" for an enumeration, "IfcA|IfcB" for a
        select.
    """
    line = _lines(schema).get(name.upper(), "<")
    return None if "<" in line else line.partition("=")[2]


@functools.cache
def simple(name):
    """What a defined type is at bottom: "real", "integer", "string", "boolean", "logical", "binary" …

    Parameters
    ----------
    name : str
        Any case; newest schema first.

    Returns
    -------
    str
        "enumeration", "select" or "entity" for what is no simple type, with a leading ``[`` for each aggregation, and
        "" for an unknown name.

    Examples
    --------
    >>> simple("IfcPositiveLengthMeasure"), simple("IfcLabel"), simple("IfcCompoundPlaneAngleMeasure")
    ('real', 'string', '[integer')
    """
    depth = len(name) - len(name.lstrip("["))
    word = name[depth:]
    for schema in reversed(SCHEMAS):
        body = defined(schema, word)
        if body is not None:
            kind = "enumeration" if body[0] == "(" else "select" if "|" in body else simple(body)
            return "[" * depth + (kind or body)
        if entity(schema, word) is not None:
            return "[" * depth + "entity"
    return "[" * depth + word if word.islower() else ""


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
    """Code of the entity's supertype.

    Parameters
    ----------
    schema : str
    number : int

    Returns
    -------
    int
        -1 where there is none.
    """
    found = entity(schema, NAMES[number])
    return CODES[found.supertype.upper()] if found and found.supertype else -1


@functools.cache
def _children():
    """Codes of the direct subtypes in any schema, by code."""
    below = {}
    for child, above in re.findall(r"^[24x]+ !?(\w+)<(\w+):", TABLE, re.M):
        below.setdefault(CODES[above.upper()], set()).add(CODES[child.upper()])
    return below


@functools.cache
def _ancestors(schema, number):
    """Codes from an entity up to its root in one schema; empty if that schema does not declare it."""
    if entity(schema, NAMES[number]) is None:
        return ()
    above = supertype(schema, number)
    return (number, *(_ancestors(schema, above) if above >= 0 else ()))


@functools.cache
def subtypes(number, schema=None):
    """Codes of an entity and of all its subtypes.

    Parameters
    ----------
    number : int
    schema : str, optional
        Count what is a subtype in this schema, and of what it does not declare what is one in any other: an IfcProject
        is an IfcObject in IFC2X3 and no longer in IFC4.  By default what is one in any schema.

    Returns
    -------
    frozenset of int
    """
    found, todo = set(), [number]
    while todo:
        here = todo.pop()
        if here not in found:
            found.add(here)
            todo.extend(_children().get(here, ()))
    if schema is not None:
        chains = {c: _ancestors(schema, c) for c in found}
        found = {c for c, chain in chains.items() if not chain or not chains[number] or number in chain}
    return frozenset(found)


@functools.cache
def is_a(number, schema=None):
    """Mask over all codes: True for the entity itself and its subtypes.

    Parameters
    ----------
    number : int
    schema : str, optional
        As in `subtypes`.

    Returns
    -------
    (n_codes + 1,) bool
        Read only; index it with codes.  The last place is False, so that the code -1 of an unknown name is no subtype
        of anything.
    """
    mask = np.zeros(len(NAMES) + 1, np.bool_)
    mask[list(subtypes(number, schema))] = True
    mask.flags.writeable = False
    return mask
