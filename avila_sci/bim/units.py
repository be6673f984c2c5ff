"""Units of an IFC model: what to multiply a number of the file by to have it in SI.

A model declares one unit for each kind of measure (IfcUnitAssignment): an SI unit with a prefix, a conversion-based
unit such as the foot or the degree, or a unit derived from others.  A value may also carry a unit of its own.  Both end
as a pair (scale, offset): ``si = scale * value + offset``, where only temperatures have an offset.

References
----------
.. [1] ISO 16739-1:2018, 8.15 (IfcMeasureResource).
.. [2] BIPM, "The International System of Units", 9th edition, 2019.
"""

import functools
import math
import re
from html import escape
from typing import NamedTuple

import numpy as np

from avila_sci.bim import schema
from avila_sci.core.errors import NotFoundError

_PREFIXES = {
    "EXA": 1e18, "PETA": 1e15, "TERA": 1e12, "GIGA": 1e9, "MEGA": 1e6, "KILO": 1e3, "HECTO": 1e2, "DECA": 1e1,
    "DECI": 1e-1, "CENTI": 1e-2, "MILLI": 1e-3, "MICRO": 1e-6, "NANO": 1e-9, "PICO": 1e-12, "FEMTO": 1e-15,
    "ATTO": 1e-18,
}  # fmt: skip

_SYMBOLS = {
    "METRE": "m", "SQUARE_METRE": "m²", "CUBIC_METRE": "m³", "GRAM": "g", "SECOND": "s", "AMPERE": "A", "KELVIN": "K",
    "MOLE": "mol", "CANDELA": "cd", "RADIAN": "rad", "STERADIAN": "sr", "HERTZ": "Hz", "NEWTON": "N", "PASCAL": "Pa",
    "JOULE": "J", "WATT": "W", "COULOMB": "C", "VOLT": "V", "FARAD": "F", "OHM": "Ω", "SIEMENS": "S", "WEBER": "Wb",
    "TESLA": "T", "HENRY": "H", "DEGREE_CELSIUS": "°C", "LUMEN": "lm", "LUX": "lx", "BECQUEREL": "Bq", "GRAY": "Gy",
    "SIEVERT": "Sv",
}  # fmt: skip

_PREFIX_SYMBOLS = {
    "EXA": "E", "PETA": "P", "TERA": "T", "GIGA": "G", "MEGA": "M", "KILO": "k", "HECTO": "h", "DECA": "da",
    "DECI": "d", "CENTI": "c", "MILLI": "m", "MICRO": "µ", "NANO": "n", "PICO": "p", "FEMTO": "f", "ATTO": "a",
}  # fmt: skip

_SI = {
    "LENGTHUNIT": "m", "AREAUNIT": "m²", "VOLUMEUNIT": "m³", "PLANEANGLEUNIT": "rad", "SOLIDANGLEUNIT": "sr",
    "MASSUNIT": "kg", "TIMEUNIT": "s", "THERMODYNAMICTEMPERATUREUNIT": "K", "ELECTRICCURRENTUNIT": "A",
    "LUMINOUSINTENSITYUNIT": "cd", "FORCEUNIT": "N", "PRESSUREUNIT": "Pa", "ENERGYUNIT": "J", "POWERUNIT": "W",
    "FREQUENCYUNIT": "Hz", "ILLUMINANCEUNIT": "lx", "LUMINOUSFLUXUNIT": "lm", "ELECTRICVOLTAGEUNIT": "V",
}  # fmt: skip

_SQUARES = {"SQUARE_METRE": 2, "CUBIC_METRE": 3}  # the prefix belongs to the metre: a square millimetre is (1e-3 m)²

_MOST_STEPS = 20  # a foot of inches of millimetres is 3; more is a cycle


class Unit(NamedTuple):
    """A unit: its name and ``si = scale * value + offset``."""

    name: str
    scale: float
    offset: float = 0.0

    def to_si(self, value):
        """`value` (a number or array in this unit) in SI."""
        return value * self.scale + self.offset


@functools.cache
def kind_of(measure):
    """Kind of unit in which values of a measure are given.

    Parameters
    ----------
    measure : str
        Name of a defined type or a simple quantity, any case: "IfcPositiveLengthMeasure", "IfcQuantityArea".

    Returns
    -------
    str
        "LENGTHUNIT", "AREAUNIT", … or "" for what has no unit (labels, ratios, counts).

    Examples
    --------
    >>> kind_of("IfcPositiveLengthMeasure"), kind_of("IfcQuantityWeight"), kind_of("IfcLabel")
    ('LENGTHUNIT', 'MASSUNIT', '')
    """
    word = measure.upper().lstrip("[")
    if word.startswith("IFCQUANTITY"):
        kind = {"WEIGHT": "MASS"}.get(word[11:], word[11:])
        return f"{kind}UNIT" if f"{kind}UNIT" in _kinds() else ""
    match = re.fullmatch(r"IFC(?:POSITIVE|NONNEGATIVE)?(\w+?)MEASURE", word)
    if not match:
        return ""
    kind = {"COMPOUNDPLANEANGLE": ""}.get(match.group(1), match.group(1)) + "UNIT"
    return kind if kind in _kinds() else ""


@functools.cache
def _kinds():
    """Every kind of unit that a schema names."""
    found = set()
    for name in schema.SCHEMAS:
        for enumeration in ("IfcUnitEnum", "IfcDerivedUnitEnum"):
            found.update(schema.defined(name, enumeration).strip("()").split(","))
    return frozenset(found - {"USERDEFINED"})


def of(entity, depth=0):
    """Scale and offset of a unit entity.

    Parameters
    ----------
    entity : Entity
        IfcSIUnit, IfcConversionBasedUnit, IfcDerivedUnit, IfcMeasureWithUnit, …

    Returns
    -------
    Unit or None
        None for what has no value in SI: a context-dependent or monetary unit, a broken chain.
    """
    if entity is None or depth > _MOST_STEPS:
        return None
    if entity.is_a("IfcSIUnit"):
        return _si_unit(entity)
    if entity.is_a("IfcConversionBasedUnit"):
        inner = of(entity.one("ConversionFactor"), depth + 1)
        if inner is None:
            return None
        name, scale = str(entity.Name or "unit").lower(), inner.scale
        offset = _number(entity.ConversionOffset, 0.0) if entity.is_a("IfcConversionBasedUnitWithOffset") else 0.0
        if offset and math.isclose(scale, 1.8):
            scale = 1.0 / 1.8  # Fahrenheit, as the example in the documentation of IFC4 had it before it was corrected
        return Unit(name, scale, inner.offset - offset * scale)
    if entity.is_a("IfcMeasureWithUnit"):
        inner = of(entity.one("UnitComponent"), depth + 1)
        factor = _number(entity.ValueComponent, math.nan)
        usable = inner is not None and math.isfinite(factor) and factor != 0.0
        return Unit(f"{factor:g} {inner.name}", factor * inner.scale) if usable else None
    if entity.is_a("IfcDerivedUnit"):
        return _derived_unit(entity, depth)
    return None


def _number(value, default):
    return float(value) if isinstance(value, int | float) else default


def _si_unit(entity):
    name, prefix = str(entity.Name or "").replace("METER", "METRE"), str(entity.Prefix)
    if name not in _SYMBOLS:
        return None
    scale = _PREFIXES.get(prefix, 1.0) ** _SQUARES.get(name, 1)
    symbol = _PREFIX_SYMBOLS.get(prefix, "") + _SYMBOLS[name]
    if name == "GRAM":
        # 1000 * 1e-3 is 1 exactly, other prefixes round once.
        return Unit(symbol, scale / 1000.0)
    return Unit(symbol, scale, 273.15 if name == "DEGREE_CELSIUS" else 0.0)


def _derived_unit(entity, depth):
    scale, words = 1.0, []
    for element in entity.many("Elements"):
        inner, exponent = of(element.one("Unit"), depth + 1), getattr(element, "Exponent", None)
        # No quantity of physics has an exponent of two digits, and 1e3 ** 1000 is no number.
        if inner is None or not isinstance(exponent, int) or abs(exponent) > 9:
            return None
        scale *= inner.scale**exponent
        words.append(inner.name + ("" if exponent == 1 else f"^{exponent}"))
    return Unit(" ".join(words), scale) if words else None


class Units:
    """The units of a model.

    ``units.length`` is the number of metres in the file's unit of length; likewise `area`, `volume`, `angle`
    (radians), `mass` (kilograms), `time` (seconds).  ``units["PRESSUREUNIT"]`` or ``units["IfcPressureMeasure"]`` is a
    `Unit`; a kind that the file does not declare is in SI.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model):
        self._by_kind = {}
        self.missing = ()
        """Kinds that the file declares in a way that cannot be followed."""
        missing = []
        project = next(iter(model.by_type("IfcContext")), None) or next(iter(model.by_type("IfcProject")), None)
        assignment = project.one("UnitsInContext") if project is not None else None
        if assignment is None:
            assignment = next(iter(model.by_type("IfcUnitAssignment")), None)
        for entity in assignment.many("Units") if assignment is not None else ():
            kind = getattr(entity, "UnitType", None)
            if not isinstance(kind, str) or kind in self._by_kind:
                continue  # a monetary unit; or the second of a kind: the first counts
            unit = of(entity)
            if unit is not None:
                self._by_kind[kind] = unit
            else:
                missing.append(kind)
        self.missing = tuple(missing)
        self.declared = assignment is not None

    def __getitem__(self, kind):
        """Unit of a kind ("LENGTHUNIT") or of a measure ("IfcLengthMeasure")."""
        key = kind.upper()
        if key not in self._by_kind and key not in _kinds():
            key = kind_of(kind)
            if not key:
                raise NotFoundError(f"{kind} is no kind of unit and no measure that has one")
        return self._by_kind.get(key) or Unit(_SI.get(key, "SI"), 1.0)

    def __iter__(self):
        return iter(self._by_kind)

    def __len__(self):
        return len(self._by_kind)

    @property
    def length(self):
        """Metres in a unit of length of the file."""
        return self["LENGTHUNIT"].scale

    @property
    def area(self):
        """Square metres in a unit of area of the file."""
        return self["AREAUNIT"].scale

    @property
    def volume(self):
        """Cubic metres in a unit of volume of the file."""
        return self["VOLUMEUNIT"].scale

    @property
    def angle(self):
        """Radians in a unit of plane angle of the file."""
        return self["PLANEANGLEUNIT"].scale

    @property
    def mass(self):
        """Kilograms in a unit of mass of the file."""
        return self["MASSUNIT"].scale

    @property
    def time(self):
        """Seconds in a unit of time of the file."""
        return self["TIMEUNIT"].scale

    def factors(self):
        """Scale and offset for every code of `bim.schema`, for use over columns.

        Returns
        -------
        scale, offset : (n_codes + 1,) float64
            1 and 0 for what has no unit; the last place serves the code -1.
        """
        scale, offset = np.ones(len(schema.NAMES) + 1), np.zeros(len(schema.NAMES) + 1)
        for number, name in enumerate(schema.NAMES):
            kind = kind_of(name) if name.endswith("Measure") or name.startswith("IfcQuantity") else ""
            if kind in self._by_kind:
                scale[number], offset[number] = self._by_kind[kind][1:]
        return scale, offset

    def __repr__(self):
        rows = [f"{kind:28} {unit.name:12} {unit.scale:.12g} {_SI.get(kind, '')}" for kind, unit in self._rows()]
        return "\n".join(rows) or "no units declared: SI"

    def _repr_html_(self):
        body = "".join(
            f"<tr><td>{escape(kind)}</td><td>{escape(unit.name)}</td>"
            f"<td>{unit.scale:.12g} {escape(_SI.get(kind, 'SI'))}</td></tr>"
            for kind, unit in self._rows()
        )
        return f"<table><tr><th>kind</th><th>unit</th><th>in SI</th></tr>{body}</table>"

    def _rows(self):
        return sorted(self._by_kind.items())
