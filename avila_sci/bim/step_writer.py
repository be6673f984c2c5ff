"""Writing STEP files: one instance a call, in the order of the calls.

The writer knows the syntax of ISO 10303-21 and nothing of IFC; `bim.sample` shows how a building is made with it.

References
----------
.. [1] ISO 10303-21:2016, "Clear text encoding of the exchange structure".
"""

from typing import NamedTuple

from avila_sci.bim.step_text import encode, real
from avila_sci.core.files import replace


class Ref(NamedTuple):
    """The number of an instance already written."""

    id: int


class Enum(NamedTuple):
    """An enumeration value: ``Enum("AREA")`` is written ``.AREA.``."""

    name: str


class Typed(NamedTuple):
    """A value of a named type: ``Typed("IfcLabel", "a")`` is written ``IFCLABEL('a')``."""

    type: str
    value: object


class _Derived:
    def __repr__(self):
        return "DERIVED"


DERIVED = _Derived()
"""An attribute that a subtype derives, written ``*``."""


def _text(value):
    if isinstance(value, Ref):
        return f"#{value.id}"
    if value is None:
        return "$"
    if isinstance(value, bool):
        return ".T." if value else ".F."
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return real(value)
    if isinstance(value, str):
        return encode(value)
    if isinstance(value, Enum):
        return f".{value.name}."
    if isinstance(value, Typed):
        return f"{value.type.upper()}({_text(value.value)})"
    if isinstance(value, list | tuple):
        return "(" + ",".join([_text(v) for v in value]) + ")"
    if value is DERIVED:
        return "*"
    raise TypeError(f"a STEP file holds numbers, strings, references and lists of them, got {value!r}")


class StepWriter:
    """Instances of a STEP file, numbered as they come.

    Parameters
    ----------
    schema : str
        Written into the header: "IFC4".
    name : str
        File name written into the header.
    timestamp : str
        ISO 8601 time written into the header; fixed by default, so that the same calls give the same bytes.

    Examples
    --------
    >>> writer = StepWriter("IFC4", "point.ifc")
    >>> writer.add("IfcCartesianPoint", [0.0, 1.5, 0.0])
    Ref(id=1)
    >>> writer.text().splitlines()[-3]
    '#1=IFCCARTESIANPOINT((0.,1.5,0.));'
    """

    def __init__(self, schema, name, timestamp="2026-01-01T00:00:00", description="ViewDefinition [ReferenceView]"):
        self._lines = [
            "ISO-10303-21;",
            "HEADER;",
            f"FILE_DESCRIPTION(({encode(description)}),'2;1');",
            f"FILE_NAME({encode(name)},{encode(timestamp)},(''),(''),'Avila Sci','Avila Sci','');",
            f"FILE_SCHEMA(({encode(schema)}));",
            "ENDSEC;",
            "DATA;",
        ]
        self._count = 0

    def add(self, type_name, *arguments):
        """Write one instance.

        Parameters
        ----------
        type_name : str
            Any case.
        *arguments
            None, bool, int, float, str, `Ref`, `Enum`, `Typed`, DERIVED, and lists of them.

        Returns
        -------
        Ref

        Raises
        ------
        TypeError
            An argument of another type.
        ValueError
            A number that is not finite: STEP has no word for it.
        """
        self._count += 1
        self._lines.append(f"#{self._count}={type_name.upper()}({','.join([_text(a) for a in arguments])});")
        return Ref(self._count)

    def text(self):
        """The whole file."""
        return "\n".join([*self._lines, "ENDSEC;", "END-ISO-10303-21;", ""])

    def save(self, path):
        """Write the file under a temporary name beside `path`, then rename it: never half a file.

        Returns
        -------
        pathlib.Path
        """
        return replace(path, [self.text().encode("ascii")])
