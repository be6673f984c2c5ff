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
        self.name, self.parts = _resolve(entity, entity.model, 0)

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


def _resolve(entity, model, depth):
    """Name and parts of any of IFC's material entities; found once for each, since many usages share a set."""
    if entity is None or depth > _MOST_DEPTH:
        return "", ()
    if entity.row not in model._materials:
        model._materials[entity.row] = _read(entity, model, depth)
    return model._materials[entity.row]


def _read(entity, model, depth):
    def text(entity, *names):
        found = (getattr(entity, name, None) for name in names)
        return next((value for value in found if isinstance(value, str) and value), None)

    def material_of(entity):
        inside = entity.one("Material")
        return (text(inside, "Name") or "") if inside is not None else ""

    if entity.is_a("IfcMaterial"):
        name = text(entity, "Name") or ""
        return name, (Part(name),)
    role = text(entity, "Name", "Category")
    if entity.is_a("IfcMaterialLayer"):
        thickness = _number(entity.LayerThickness, model.units.length)
        return role or "", (Part(material_of(entity), thickness, role=role),)
    if entity.is_a("IfcMaterialConstituent"):
        return role or "", (Part(material_of(entity), fraction=_number(entity.Fraction), role=role),)
    if entity.is_a("IfcMaterialProfile"):
        profile = entity.one("Profile")
        profile = (text(profile, "ProfileName") or profile.type) if profile is not None else None
        return role or "", (Part(material_of(entity), profile=profile, role=role),)
    inside = entity.one("ForLayerSet") or entity.one("ForProfileSet")
    if inside is not None:
        return _resolve(inside, model, depth + 1)
    parts = []
    for name in ("MaterialLayers", "MaterialProfiles", "MaterialConstituents", "Materials"):
        for other in entity.many(name):
            parts.extend(_resolve(other, model, depth + 1)[1])
    return text(entity, "LayerSetName", "Name") or "", tuple(parts)
