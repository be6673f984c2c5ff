"""The schema table against the published schemas (through ifcopenshell, a test-only tool) and by hand."""

import numpy as np
import pytest

from avila_sci.bim import schema
from avila_sci.core.errors import NotFoundError


def test_a_wall_has_its_attributes_in_the_order_of_the_file():
    wall = schema.code("IfcWall")
    shared = (
        "GlobalId",
        "OwnerHistory",
        "Name",
        "Description",
        "ObjectType",
        "ObjectPlacement",
        "Representation",
        "Tag",
    )
    assert schema.attributes("IFC2X3", wall) == shared
    assert schema.attributes("IFC4", wall) == (*shared, "PredefinedType")
    assert schema.attributes("IFC2X3", schema.code("IfcRoad")) == ()


def test_codes_and_names_are_inverse_of_each_other():
    assert len(set(schema.NAMES)) == len(schema.NAMES) == len(schema.CODES)
    assert all(schema.code(name) == number == schema.CODES[name.upper()] for number, name in enumerate(schema.NAMES))
    assert schema.name(schema.code("ifcwallSTANDARDcase")) == "IfcWallStandardCase"


def test_subtypes_are_the_union_of_all_schemas_and_an_unknown_code_is_none_of_them():
    product = schema.is_a(schema.code("IfcProduct"))
    assert product[schema.code("IfcWallStandardCase")]  # through IfcWall
    assert product[schema.code("IfcRoad")]  # IFC4X3 only
    assert product[schema.code("IfcElectricDistributionPoint")]  # IFC2X3 only
    assert not product[schema.code("IfcWallType")]
    assert not product[-1]
    with pytest.raises(ValueError, match="read-only"):
        product[0] = True
    assert schema.supertype("IFC4", schema.code("IfcWallStandardCase")) == schema.code("IfcWall")
    assert schema.supertype("IFC4", schema.code("IfcRoot")) == -1


def test_inverses_name_the_relation_and_its_attribute():
    wall = schema.entity("IFC4", "IfcWall")
    assert wall.inverses["HasOpenings"] == ("IfcRelVoidsElement", "RelatingBuildingElement")
    assert wall.inverses["IsDefinedBy"] == ("IfcRelDefinesByProperties", "RelatedObjects")


def test_derived_attributes_are_marked():
    unit = schema.entity("IFC4", "IfcSIUnit")
    assert [a.name for a in unit.attributes if a.derived] == ["Dimensions"]
    assert schema.entity("IFC4", "IfcWall").attributes[2] == schema.Attribute("Name", "IfcLabel", True, False)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("IfcPositiveLengthMeasure", "real"),
        ("IfcBoolean", "boolean"),
        ("IfcCompoundPlaneAngleMeasure", "[integer"),
        ("[[IfcReal", "[[real"),
        ("IfcWallTypeEnum", "enumeration"),
        ("IfcValue", "select"),
        ("IfcWall", "entity"),
        ("IfcNothing", ""),
    ],
)
def test_a_defined_type_is_followed_to_what_it_is_made_of(name, kind):
    assert schema.simple(name) == kind


def test_a_misspelt_name_is_answered_with_close_ones():
    with pytest.raises(NotFoundError, match=r"no IFC schema declares IfcWal .*IfcWall"):
        schema.code("IfcWal")


@pytest.mark.parametrize(
    ("header", "near"),
    [
        ("IFC2X3", "IFC2X3"),
        ("IFC2X_FINAL", "IFC2X3"),
        ("IFC2X2_FINAL", "IFC2X3"),
        ("IFC20_LONGFORM", "IFC2X3"),
        ("ifc4", "IFC4"),
        ("IFC4_ADD2", "IFC4"),
        ("IFC4RC4", "IFC4"),
        ("IFC4X1", "IFC4X3"),
        ("IFC4X3_RC2", "IFC4X3"),
        ("IFC4X3_ADD2", "IFC4X3"),
        ("AP214", "IFC4"),
    ],
)
def test_headers_are_read_by_the_nearest_schema(header, near):
    assert schema.nearest(header) == near


@pytest.mark.parametrize(("ours", "theirs"), [("IFC2X3", "IFC2X3"), ("IFC4", "IFC4"), ("IFC4X3", "IFC4X3_ADD2")])
def test_every_declaration_equals_the_published_schema(ours, theirs):
    wrapper = pytest.importorskip("ifcopenshell.ifcopenshell_wrapper")
    seen = 0
    for declaration in wrapper.schema_by_name(theirs).declarations():
        code = schema.code(declaration.name())
        assert schema.name(code) == declaration.name()
        entity = declaration.as_entity()
        if entity is None:
            assert schema.entity(ours, declaration.name()) is None
            assert schema.defined(ours, declaration.name())
            continue
        seen += 1
        found = schema.entity(ours, declaration.name())
        assert tuple(a.name for a in found.attributes) == tuple(a.name() for a in entity.all_attributes())
        assert [a.derived for a in found.attributes] == list(entity.derived())
        assert [a.optional for a in found.attributes] == [a.optional() for a in entity.all_attributes()]
        assert found.abstract == entity.is_abstract()
        assert found.supertype == (entity.supertype().name() if entity.supertype() else "")
        assert found.inverses == {
            i.name(): (i.entity_reference().name(), i.attribute_reference().name())
            for i in entity.all_inverse_attributes()
        }
        assert all(schema.is_a(code)[schema.code(sub.name())] for sub in entity.subtypes())
    assert seen == sum(schema.entity(ours, name) is not None for name in schema.NAMES)
    assert seen > 600


def test_the_mask_equals_climbing_the_supertypes():
    for name in ("IfcObjectDefinition", "IfcElement", "IfcCurve", "IfcRelationship"):
        target = schema.code(name)
        climbed = np.zeros(len(schema.NAMES) + 1, np.bool_)
        for number in range(len(schema.NAMES)):
            for which in schema.SCHEMAS:
                here = number
                while here >= 0 and not climbed[number]:
                    climbed[number] = here == target
                    here = schema.supertype(which, here)
        np.testing.assert_array_equal(schema.is_a(target), climbed)
