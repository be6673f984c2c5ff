"""What an element is made of: one form for IFC's materials, lists, layers, profiles, constituents and their usages."""

from typing import NamedTuple

_MOST_DEPTH = 10  # a usage of a set of layers of materials is 3


class Part(NamedTuple):
    """A part of a material.

    Attributes
    ----------
    name : str
        Name of the material of this part; "" where the file gives none (an air gap).
    thickness : float or None, metres
        Of a layer.
    fraction : float or None
        Of a constituent.
    profile : str or None
        Name of the profile it fills.
    role : str or None
        The name or category of the layer, profile or constituent itself.
    """

    name: str
    thickness: float | None = None
    fraction: float | None = None
    profile: str | None = None
    role: str | None = None


class Material:
    """The material of an element.

    Attributes
    ----------
    entity : Entity
        What the element is associated with: an IfcMaterial, an IfcMaterialLayerSetUsage, …
    name : str
        Name of the material or of the set, "" if it has none.
    parts : tuple of Part
    """

    def __init__(self, entity):
        self.entity = entity
        self.name, self.parts = _resolve(entity, entity.model.units.length, 0)

    @property
    def names(self):
        """Names of the materials, each once, in order."""
        return tuple(dict.fromkeys(part.name for part in self.parts if part.name))

    @property
    def layers(self):
        """The parts that have a thickness."""
        return tuple(part for part in self.parts if part.thickness is not None)

    @property
    def thickness(self):
        """Sum of the layers in metres, None where there are none."""
        return sum(part.thickness for part in self.layers) if self.layers else None

    def __eq__(self, other):
        return isinstance(other, Material) and self.entity == other.entity

    def __hash__(self):
        return hash(self.entity)

    def __str__(self):
        """The names in a line: "Brick, Insulation"."""
        return ", ".join(self.names) or self.name

    def __repr__(self):
        words = []
        for part in self.parts:
            facts = [
                f"{part.thickness:g} m" if part.thickness is not None else "",
                f"{100 * part.fraction:g} %" if part.fraction is not None else "",
                part.profile or "",
            ]
            facts = ", ".join(filter(None, facts))
            words.append((part.name or "(no material)") + (f" ({facts})" if facts else ""))
        body = " | ".join(words)
        return f"{self.name}: {body}" if self.name and self.name != body else body or "(no material)"


def _number(value, scale=1.0):
    return value * scale if isinstance(value, int | float) and not isinstance(value, bool) else None


def _resolve(entity, length, depth):
    """Name and parts of any of IFC's material entities; `length` is metres per file unit."""
    if entity is None or depth > _MOST_DEPTH:
        return "", ()

    def inner(other):
        return _resolve(other, length, depth + 1)

    def get(name):
        return getattr(entity, name, None)

    def name_of(material):
        return (material.Name or "") if material is not None else ""

    if entity.is_a("IfcMaterial"):
        return get("Name") or "", (Part(get("Name") or ""),)
    if entity.is_a("IfcMaterialLayer"):
        role = get("Name") or get("Category")
        return role or "", (Part(name_of(get("Material")), _number(get("LayerThickness"), length), role=role),)
    if entity.is_a("IfcMaterialConstituent"):
        role = get("Name") or get("Category")
        return role or "", (Part(name_of(get("Material")), fraction=_number(get("Fraction")), role=role),)
    if entity.is_a("IfcMaterialProfile"):
        profile, role = get("Profile"), get("Name") or get("Category")
        profile = (profile.ProfileName or profile.type) if profile is not None else None
        return role or "", (Part(name_of(get("Material")), profile=profile, role=role),)
    for inside in ("ForLayerSet", "ForProfileSet"):
        if get(inside) is not None:
            return inner(get(inside))
    parts = []
    for name in ("MaterialLayers", "MaterialProfiles", "MaterialConstituents", "Materials"):
        for other in get(name) or ():
            parts.extend(inner(other)[1])
    return get("LayerSetName") or get("Name") or "", tuple(parts)
