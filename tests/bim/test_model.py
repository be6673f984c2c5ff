"""The model layer on small texts written here, on our sample, and against ifcopenshell on real files."""

import io

import numpy as np
import pytest

from avila_sci import bim
from avila_sci.bim import sample
from avila_sci.bim.model import Entities, open
from avila_sci.core.errors import DTypeError, FormatError, NotFoundError

HOUSE = """
#1=IFCPROJECT('0$WU4A9R19$vKWO$AdOnKA',$,'Project',$,$,$,$,$,#2);
#2=IFCUNITASSIGNMENT((#3,#4));
#3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);
#4=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);
#5=IFCSITE('1$WU4A9R19$vKWO$AdOnKA',$,$,$,$,$,$,$,.ELEMENT.,(-23,-33,-1),$,$,$,$);
#6=IFCBUILDING('2$WU4A9R19$vKWO$AdOnKA',$,'House',$,$,$,$,$,.ELEMENT.,$,$,$);
#7=IFCBUILDINGSTOREY('3$WU4A9R19$vKWO$AdOnKA',$,'Upper',$,$,$,$,$,.ELEMENT.,3000.);
#8=IFCBUILDINGSTOREY('0aWU4A9R19$vKWO$AdOnKA',$,'Ground',$,$,$,$,$,.ELEMENT.,0.);
#9=IFCSPACE('0bWU4A9R19$vKWO$AdOnKA',$,'Room',$,$,$,$,$,.ELEMENT.,.INTERNAL.,$);
#10=IFCRELAGGREGATES('0cWU4A9R19$vKWO$AdOnKA',$,$,$,#1,(#5));
#11=IFCRELAGGREGATES('0dWU4A9R19$vKWO$AdOnKA',$,$,$,#5,(#6));
#12=IFCRELAGGREGATES('0eWU4A9R19$vKWO$AdOnKA',$,$,$,#6,(#7,#8));
#13=IFCRELAGGREGATES('0fWU4A9R19$vKWO$AdOnKA',$,$,$,#8,(#9));
#20=IFCWALL('0gWU4A9R19$vKWO$AdOnKA',$,'W\\X\\E4nd',$,$,$,$,'tag',.SOLIDWALL.);
#21=IFCWALLSTANDARDCASE('0hWU4A9R19$vKWO$AdOnKA',$,$,$,$,$,$,$,$);
#22=IFCOPENINGELEMENT('0iWU4A9R19$vKWO$AdOnKA',$,'Hole',$,$,$,$,$,.OPENING.);
#23=IFCDOOR('0jWU4A9R19$vKWO$AdOnKA',$,'Door',$,$,$,$,$,2100.,900.,$,$,$);
#24=IFCCURTAINWALL('0kWU4A9R19$vKWO$AdOnKA',$,'Curtain',$,$,$,$,$,$);
#25=IFCPLATE('0lWU4A9R19$vKWO$AdOnKA',$,'Pane',$,$,$,$,$,$);
#26=IFCBUILDINGELEMENTPROXY('0mWU4A9R19$vKWO$AdOnKA',$,'Lost',$,$,$,$,$,$);
#30=IFCRELCONTAINEDINSPATIALSTRUCTURE('0nWU4A9R19$vKWO$AdOnKA',$,$,$,(#20,#21,#24),#8);
#31=IFCRELVOIDSELEMENT('0oWU4A9R19$vKWO$AdOnKA',$,$,$,#20,#22);
#32=IFCRELFILLSELEMENT('0pWU4A9R19$vKWO$AdOnKA',$,$,$,#22,#23);
#33=IFCRELAGGREGATES('0qWU4A9R19$vKWO$AdOnKA',$,$,$,#24,(#25));
#40=IFCWALLTYPE('0rWU4A9R19$vKWO$AdOnKA',$,'Type',$,$,$,$,$,$,.STANDARD.);
#41=IFCRELDEFINESBYTYPE('0sWU4A9R19$vKWO$AdOnKA',$,$,$,(#20),#40);
#50=IFCMATERIAL('Brick',$,$);
#51=IFCMATERIALLAYER(#50,240.,$,'Core',$,$,$);
#52=IFCMATERIALLAYER($,20.,.T.,$,$,$,$);
#53=IFCMATERIALLAYERSET((#51,#52),'Cavity wall',$);
#54=IFCMATERIALLAYERSETUSAGE(#53,.AXIS2.,.POSITIVE.,0.,$);
#55=IFCRELASSOCIATESMATERIAL('0tWU4A9R19$vKWO$AdOnKA',$,$,$,(#40),#54);
#60=IFCPROPERTYSINGLEVALUE('Width',$,IFCPOSITIVELENGTHMEASURE(240.),$);
#61=IFCCARTESIANPOINT((0.,1.5,2));
"""


@pytest.fixture(scope="module")
def house(model_of):
    return model_of(HOUSE)


# ------------------------------------------------------------------------------------------------- finding entities


def test_entities_by_type_with_and_without_subtypes(house):
    assert house.by_type("IfcWall").ids.tolist() == [20, 21]
    assert house.by_type("ifcwall", subtypes=False).ids.tolist() == [20]
    assert len(house.by_type("IfcProduct")) == len(house.products) == 12
    assert house.by_type("IfcSlab") == []
    with pytest.raises(NotFoundError, match=r"no IFC schema declares IfcWal .*IfcWall"):
        house.by_type("IfcWal")


def test_a_type_counts_as_in_the_schema_of_the_file(model_of):
    project = "#1=IFCPROJECT('0$WU4A9R19$vKWO$AdOnKA',$,'P',$,$,$,$,$,$);"
    for schema, is_object in (("IFC2X3", True), ("IFC4", False)):
        model = model_of(project, schema)
        assert model.project.is_a("IfcObject") is is_object
        assert len(model.by_type("IfcObject")) == is_object


def test_entities_by_global_id_and_by_id(house):
    assert house["0gWU4A9R19$vKWO$AdOnKA"] == house.by_id(20) == house[20]
    assert "0gWU4A9R19$vKWO$AdOnKA" in house
    assert 20 in house
    assert 9999 not in house
    with pytest.raises(NotFoundError, match=r"0gWU4A9R19\$vKWO\$AdOnKA"):
        house["0gwu4a9r19$vkwo$adonka"]  # the case is part of a GlobalId
    with pytest.raises(NotFoundError, match=r"no instance #19 .*#20"):
        house.by_id(19)


def test_a_global_id_of_unusual_form_is_found(model_of):
    model = model_of("#1=IFCWALL( 'short',$,$,$,$,$,$,$,$);\n#2=IFCWALL('a\\X\\E4WU4A9R19$vKWO$AdOn',$,$,$,$,$,$,$,$);")
    assert model["short"].id == 1
    assert model["aäWU4A9R19$vKWO$AdOn"].id == 2


def test_going_over_a_model_and_counting_types(house):
    assert len(house) == len(list(house)) == sum(house.types().values())
    assert list(house.types().items())[:1] == [("IfcRelAggregates", 5)]
    assert house.types()["IfcWallStandardCase"] == 1


def test_a_sequence_of_entities_slices_compares_and_prints(house):
    walls = house.by_type("IfcWall")
    assert walls[::-1].ids.tolist() == [21, 20]
    assert walls == [house.by_id(20), house.by_id(21)]
    assert house.by_id(20) in walls
    assert (walls[:1] + walls[1:]) == walls
    assert "IfcWallStandardCase" in repr(walls)
    assert "<table>" in walls._repr_html_()
    assert isinstance(walls[walls.ids > 20], Entities)


# ------------------------------------------------------------------------------------------------------- attributes


def test_attributes_by_name_are_decoded(house):
    wall = house.by_id(20)
    assert (wall.id, wall.type, wall.Name, wall.Tag, wall.PredefinedType) == (20, "IfcWall", "Wänd", "tag", "SOLIDWALL")
    assert wall.Description is None
    assert house.by_id(61).Coordinates == (0.0, 1.5, 2)
    assert house.by_id(60).NominalValue == 240.0
    assert house.by_id(60).measure("NominalValue") == "IfcPositiveLengthMeasure"
    assert house.by_id(60).measure("Name") == "IfcIdentifier"
    assert house.by_id(31).RelatingBuildingElement == wall
    assert house.by_id(30).RelatedElements == (wall, house.by_id(21), house.by_id(24))
    assert house.by_id(52).IsVentilated is True
    assert house.by_id(5).RefLatitude == (-23, -33, -1)
    assert list(wall.attributes())[:3] == ["GlobalId", "OwnerHistory", "Name"]


def test_inverse_attributes_by_name(house):
    assert [r.id for r in house.by_id(20).HasOpenings] == [31]
    assert [r.id for r in house.by_id(22).VoidsElements] == [31]
    assert [r.id for r in house.by_id(8).ContainsElements] == [30]
    assert [r.id for r in house.by_id(8).Decomposes] == [12]
    assert [r.id for r in house.by_id(8).IsDecomposedBy] == [13]  # the same type of relation, seen from the other end
    assert [r.id for r in house.by_id(40).Types] == [41]


def test_an_unknown_attribute_is_answered_with_close_ones(house):
    wall = house.by_id(20)
    with pytest.raises(AttributeError, match=r"IfcWall of IFC4 has no attribute 'name'; did you mean Name\?"):
        wall.name  # noqa: B018
    with pytest.raises(AttributeError, match="PredefinedType"):
        wall.PredefinedTyp  # noqa: B018
    assert getattr(wall, "Elevation", None) is None
    assert {"Name", "HasOpenings", "psets"} <= set(dir(wall))


def test_kinds_of_entities(house):
    standard = house.by_id(21)
    assert standard.is_a() == "IfcWallStandardCase"
    assert standard.is_a("IFCWALL")
    assert standard.is_a("IfcProduct")
    assert not standard.is_a("IfcDoor")
    assert not standard.is_a("IfcNothing")
    assert {standard, house.by_id(21)} == {standard}
    assert standard != house.by_id(20)


# -------------------------------------------------------------------------------------------------------- relations


def test_where_things_are(house):
    wall, door, pane, room = (house.by_id(i) for i in (20, 23, 25, 9))
    ground = house.by_id(8)
    assert wall.container == wall.storey == ground
    assert door.storey == ground  # through the opening it fills and the wall that has it
    assert pane.container == pane.storey == ground  # through its whole
    assert room.container == room.storey == ground.storey == ground
    assert ground.container == house.by_id(6)
    assert house.by_id(26).container is None
    assert house.by_id(26).storey is None
    assert [s.Name for s in house.storeys] == ["Ground", "Upper"]
    assert ground.contents.ids.tolist() == [20, 21, 24]


def test_openings_fillings_and_parts(house):
    wall, opening, door, curtain, pane = (house.by_id(i) for i in (20, 22, 23, 24, 25))
    assert wall.openings == [opening]
    assert opening.fills == [door]
    assert door.fills == [opening]
    assert opening.host == door.host == wall
    assert wall.host is None
    assert curtain.parts == [pane]
    assert pane.decomposes == curtain
    assert wall.type_object.Name == "Type"
    assert wall.type_object.occurrences == [wall]


def test_the_spatial_tree(house):
    tree = house.tree()
    lines = repr(tree).splitlines()
    assert lines[0] == "IfcProject Project"
    assert [line.strip("│├└─ ") for line in lines[1:]] == [
        "IfcSite #5",
        "IfcBuilding House",
        "IfcBuildingStorey Ground",
        "IfcSpace Room",
        "IfcWall Wänd",
        "IfcDoor Door",  # nothing contains it, but it fills an opening of the wall
        "IfcWallStandardCase #21",
        "IfcCurtainWall Curtain",
        "IfcPlate Pane",
        "IfcBuildingStorey Upper",
        "without a place",
        "IfcBuildingElementProxy Lost",
    ]
    assert "<details" in tree._repr_html_()
    assert tree.find(house.by_id(25)).entity == house.by_id(25)
    assert tree.to_dict()["children"][0]["type"] == "IfcSite"
    assert any(node.type == "IfcOpeningElement" for node in house.tree(openings=True).walk())


def test_a_tree_that_bites_its_tail_ends(model_of):
    model = model_of(
        """
#1=IFCPROJECT('0$WU4A9R19$vKWO$AdOnKA',$,'P',$,$,$,$,$,$);
#2=IFCBUILDING('2$WU4A9R19$vKWO$AdOnKA',$,'A',$,$,$,$,$,.ELEMENT.,$,$,$);
#3=IFCBUILDING('3$WU4A9R19$vKWO$AdOnKA',$,'B',$,$,$,$,$,.ELEMENT.,$,$,$);
#4=IFCRELAGGREGATES('0cWU4A9R19$vKWO$AdOnKA',$,$,$,#2,(#3));
#5=IFCRELAGGREGATES('0dWU4A9R19$vKWO$AdOnKA',$,$,$,#3,(#2));
#6=IFCRELAGGREGATES('0eWU4A9R19$vKWO$AdOnKA',$,$,$,#1,(#1));
"""
    )
    assert model.by_id(2).storey is None
    assert {node.name for node in model.tree().walk()} == {"P", "without a place", "A", "B"}


def test_where_several_relations_claim_a_thing_the_first_counts(model_of):
    model = model_of(
        HOUSE
        + """
#70=IFCRELCONTAINEDINSPATIALSTRUCTURE('0uWU4A9R19$vKWO$AdOnKA',$,$,$,(#20,#20),#7);
#71=IFCRELNESTS('0vWU4A9R19$vKWO$AdOnKA',$,$,$,#20,(#25));
#72=IFCRELASSOCIATESMATERIAL('0wWU4A9R19$vKWO$AdOnKA',$,$,$,(#20),#50);
#73=IFCRELCONTAINEDINSPATIALSTRUCTURE('0xWU4A9R19$vKWO$AdOnKA',$,$,$,(#26),#7);
#74=IFCRELCONTAINEDINSPATIALSTRUCTURE('0yWU4A9R19$vKWO$AdOnKA',$,$,$,(#26),#8);
"""
    )
    wall, pane = model.by_id(20), model.by_id(25)
    assert wall.container == model.by_id(8)
    assert pane.decomposes == model.by_id(24)  # an aggregate before a nest
    assert wall.material.entity == model.by_id(50)  # its own before that of its type
    nodes = [node for node in model.tree().walk() if node.entity == wall]
    assert len(nodes) == 1
    upper, ground = (model.tree().find(model.by_id(i)) for i in (7, 8))
    assert [node.entity.id for node in ground.children] == [9, 20, 21, 24]
    assert [node.entity.id for node in upper.children] == [26]
    assert [r.id for r in wall.ContainedInStructure] == [30, 70]  # each once


def test_a_very_deep_tree_prints(model_of):
    chain = [f"#{i}=IFCBUILDINGELEMENTPROXY('{i:022}',$,'n{i}',$,$,$,$,$,$);" for i in range(1, 1500)]
    links = [f"#{i + 5000}=IFCRELAGGREGATES('{i + 5000:022}',$,$,$,#{i},(#{i + 1}));" for i in range(1, 1499)]
    tree = model_of("\n".join(chain + links)).tree()
    assert len(list(tree.walk())) == 1500  # nothing is lost
    assert "n1" in repr(tree)
    assert "n1" in tree._repr_html_()


def test_materials_in_one_form(house):
    material = house.by_id(20).material  # of the type, through a usage and a set
    assert material.entity.type == "IfcMaterialLayerSetUsage"
    assert (material.name, str(material), material.names) == ("Cavity wall", "Brick", ("Brick",))
    assert [layer.thickness for layer in material.layers] == [0.24, 0.02]  # metres
    assert material.layers[0].role == "Core"
    assert material.thickness == pytest.approx(0.26)
    assert repr(material) == "Cavity wall: Brick (0.24 m) | (no material) (0.02 m)"
    assert house.by_id(21).material is None


def test_material_lists_profiles_and_constituents(model_of):
    model = model_of(
        """
#1=IFCMATERIAL('Steel',$,$);
#2=IFCMATERIAL('Paint',$,$);
#3=IFCMATERIALLIST((#1,#2,#1));
#4=IFCISHAPEPROFILEDEF(.AREA.,'IPE200',$,100.,200.,5.6,8.5,$,$,$);
#5=IFCMATERIALPROFILE('p',$,#1,#4,$,$);
#6=IFCMATERIALPROFILESET('ps',$,(#5),$);
#7=IFCMATERIALPROFILESETUSAGE(#6,5,$);
#8=IFCMATERIALCONSTITUENT('frame',$,#1,0.25,$);
#9=IFCMATERIALCONSTITUENTSET('door',$,(#8));
#11=IFCBEAM('0gWU4A9R19$vKWO$AdOnKA',$,$,$,$,$,$,$,$);
#12=IFCBEAM('0hWU4A9R19$vKWO$AdOnKA',$,$,$,$,$,$,$,$);
#13=IFCBEAM('0iWU4A9R19$vKWO$AdOnKA',$,$,$,$,$,$,$,$);
#21=IFCRELASSOCIATESMATERIAL('0jWU4A9R19$vKWO$AdOnKA',$,$,$,(#11),#3);
#22=IFCRELASSOCIATESMATERIAL('0kWU4A9R19$vKWO$AdOnKA',$,$,$,(#12),#7);
#23=IFCRELASSOCIATESMATERIAL('0lWU4A9R19$vKWO$AdOnKA',$,$,$,(#13),#9);
"""
    )
    several, profile, parts = (model.by_id(i).material for i in (11, 12, 13))
    assert str(several) == "Steel, Paint"
    assert profile.parts[0].profile == "IPE200"
    assert parts.parts[0].fraction == 0.25
    assert repr(parts) == "door: Steel (25 %)"
    assert several.thickness is None


# -------------------------------------------------------------------------------------------------------- bad input


def test_a_reference_to_nothing_is_none_and_is_said(model_of):
    model = model_of("#1=IFCRELVOIDSELEMENT('0oWU4A9R19$vKWO$AdOnKA',$,$,$,#77,#88);")
    assert model.by_id(1).RelatingBuildingElement is None
    (repair,) = [r for r in model.repairs if r.id == 1]
    assert repair.line == 8
    assert repair.words == "IfcRelVoidsElement refers to #77, #88, which the file does not have: taken as $"


def test_missing_and_extra_arguments_are_tolerated_and_said(model_of):
    model = model_of("#1=IFCWALL('0gWU4A9R19$vKWO$AdOnKA',$,'short');\n#2=IFCCARTESIANPOINT((1.,2.),3.,IFCREAL(4.));")
    assert model.by_id(1).Name == "short"
    assert model.by_id(1).Tag is None
    assert model.by_id(1).attributes()["PredefinedType"] is None
    assert model.by_id(2).arguments == ((1.0, 2.0), 3.0, 4.0)
    words = {r.id: str(r) for r in model.repairs if r.id}
    assert words[1] == "line 8, #1: IfcWall has 3 arguments where IFC4 has 9: missing ones are taken as $"
    assert words[2] == "line 9, #2: IfcCartesianPoint has 3 arguments where IFC4 has 1: those beyond have no names"


def test_an_unknown_type_is_kept_without_names(model_of):
    model = model_of("#1=IFCFLYINGBUTTRESS('a',$,#2);\n#2=IFCWALL('0gWU4A9R19$vKWO$AdOnKA',$,$,$,$,$,$,$,$);")
    thing = model.by_id(1)
    assert thing.type == "IFCFLYINGBUTTRESS"
    assert thing.is_a("IfcFlyingButtress")
    assert not thing.is_a("IfcProduct")
    assert thing.arguments == ("a", None, model.by_id(2))
    assert model.by_type("IfcFlyingButtress") == [thing]
    assert [r.words for r in model.repairs if r.id == 1] == [
        "no schema declares IFCFLYINGBUTTRESS (1 of them): kept without names"
    ]
    with pytest.raises(AttributeError, match=r"use \.arguments"):
        thing.Name  # noqa: B018
    assert "IFCFLYINGBUTTRESS" in thing._repr_html_()


def test_an_unknown_schema_is_read_by_the_nearest(model_of):
    model = model_of("#1=IFCWALL('0gWU4A9R19$vKWO$AdOnKA',$,$,$,$,$,$,$);", "IFC2X_FINAL")
    assert model.schema == "IFC2X3"
    assert [r.words for r in model.repairs][:1] == ["the schema IFC2X_FINAL is read as IFC2X3"]
    assert "read as IFC2X3" in model._repr_html_()


def test_a_type_of_another_schema_has_its_names(model_of):
    model = model_of("#1=IFCROAD('0gWU4A9R19$vKWO$AdOnKA',$,'A1',$,$,$,$,$,$,$);", "IFC4")
    assert model.by_id(1).Name == "A1"
    assert model.by_type("IfcProduct") == [model.by_id(1)]
    assert any("IfcRoad is not of IFC4" in r.words for r in model.repairs)


def test_a_global_id_twice_is_said(model_of):
    model = model_of("".join(f"#{i}=IFCWALL('0gWU4A9R19$vKWO$AdOnKA',$,$,$,$,$,$,$,$);" for i in (1, 20)))
    assert model["0gWU4A9R19$vKWO$AdOnKA"].id == 1
    assert any(r.id == 20 and "GlobalId of #1" in r.words for r in model.repairs)


def test_many_faults_are_counted_not_listed(model_of):
    model = model_of("\n".join(f"#{i}=IFCWALL();" for i in range(1, 400)))
    assert len(model.repairs) < 250
    assert any("199 more" in r.words for r in model.repairs)


def test_a_model_of_nothing(model_of):
    model = model_of("")
    assert len(model) == 0
    assert list(model) == []
    assert model.project is None
    assert model.products == []
    assert model.storeys == []
    assert next(model.tree().walk()).entity is None
    assert model.units.length == 1.0
    assert model.repairs == []
    assert "<table>" in model._repr_html_()


def test_what_is_no_step_file_is_an_error():
    with pytest.raises(FormatError, match="ISO-10303-21"):
        open(b"solid cube")


def test_bytes_and_streams_open_too(step_text):
    assert len(open(step_text(HOUSE))) == len(open(io.BytesIO(step_text(HOUSE))))


# ------------------------------------------------------------------------------------------------------- real files


@pytest.fixture(scope="module")
def sample_path(tmp_path_factory):
    return sample.write(tmp_path_factory.mktemp("sample") / "house.ifc")


def test_our_sample_says_what_it_is(sample_path):
    model = open(sample_path)
    assert model.repairs == []
    assert "IfcWall" in model._repr_html_()
    assert repr(model).startswith("house.ifc: IFC4")
    wall = model.by_type("IfcWall")[0]
    assert wall.storey in model.storeys
    assert "Pset_WallCommon" in wall._repr_html_()
    assert repr(wall).startswith(f"#{wall.id} IfcWall {wall.GlobalId} ")


def test_opening_makes_no_entity_and_no_tokens(sample_path):
    model = open(sample_path)
    assert "tokens" not in model.step.__dict__
    model.by_type("IfcWall")[0].Name  # noqa: B018
    assert "tokens" not in model.step.__dict__  # one instance is read without the columns of all


FILES = [
    "office_a.ifc.gz", "kit_ac20_fzk_haus.ifc.gz", "duplex_architecture.ifc.gz", "sample_house_ifc4.ifc.gz",
    "infra_bridge.ifc.gz", "composite_profile.ifc", "revit2013_unicode.ifc", "construction_scheduling_task.ifc",
    "atoms/445_wall_missing_subtractions_augmented.ifc", "atoms/beam_varying_cardinal_points.ifc",
]  # fmt: skip


@pytest.mark.compiled
@pytest.mark.parametrize("name", FILES)
def test_counts_and_relations_equal_those_of_ifcopenshell(shared_data, open_peer, name):
    element = pytest.importorskip("ifcopenshell.util.element")
    path = shared_data / "ifc" / name
    model, peer = open(path), open_peer(path)

    def number(entity):
        return None if entity is None else entity.id if isinstance(entity.id, int) else entity.id()

    types = {instance.is_a() for instance in peer}
    assert set(model.types()) == types
    for kind in [*types, "IfcProduct", "IfcObject", "IfcElement", "IfcRelationship", "IfcRepresentationItem"]:
        assert model.by_type(kind).ids.tolist() == sorted(
            (i.id() for i in peer.by_type(kind)), key=lambda i: model.step.row(i)
        ), kind
    for theirs in peer.by_type("IfcObject")[:500]:
        ours = model.by_id(theirs.id())
        assert ours == model[theirs.GlobalId]
        assert number(ours.type_object) == number(element.get_type(theirs))
        assert number(ours.decomposes) == number(element.get_aggregate(theirs) or element.get_nest(theirs))
        material = ours.material
        assert number(material and material.entity) == number(element.get_material(theirs))
        if container := element.get_container(theirs):  # ours also climbs where theirs has nothing to say
            assert ours.container.id == container.id()
        if storey := element.get_container(theirs, ifc_class="IfcBuildingStorey"):
            assert ours.storey.id == storey.id()


@pytest.mark.compiled
@pytest.mark.parametrize(
    "name", ["ifc_open_house_ifc4.ifc", "construction_scheduling_task.ifc", "composite_profile.ifc"]
)
def test_every_attribute_of_every_instance_equals_that_of_ifcopenshell(shared_data, open_peer, name):
    path = shared_data / "ifc" / name
    model, peer = open(path), open_peer(path)

    def ours(value):
        if isinstance(value, tuple):
            return tuple(map(ours, value))
        return ("#", value.id) if hasattr(value, "row") else value

    def theirs(value):
        if isinstance(value, tuple):
            return tuple(map(theirs, value))
        if not hasattr(value, "is_a"):
            return None if value == "UNKNOWN" else value
        return ("#", value.id()) if value.id() else theirs(value.wrappedValue)

    compared = 0
    for instance in peer:
        entity = model.by_id(instance.id())
        info = instance.get_info(include_identifier=False)
        info.pop("type")
        declared = [a for a in info if not _is_derived(peer, instance, a)]
        found = entity.attributes()
        assert list(found) == list(info)
        for attribute in declared:
            compared += 1
            assert ours(found[attribute]) == theirs(info[attribute]), (entity, attribute)
    assert compared > 1000


def _is_derived(peer, instance, attribute):
    import ifcopenshell.ifcopenshell_wrapper as wrapper

    declaration = wrapper.schema_by_name(peer.schema_identifier).declaration_by_name(instance.is_a()).as_entity()
    return declaration.derived()[declaration.attribute_index(attribute)]


@pytest.mark.compiled
@pytest.mark.parametrize("name", ["office_a.ifc.gz", "kit_ac20_fzk_haus.ifc.gz"])
def test_inverse_attributes_equal_those_of_ifcopenshell(shared_data, open_peer, name):
    path = shared_data / "ifc" / name
    model, peer = open(path), open_peer(path)
    for kind in ("IfcWall", "IfcBuildingStorey", "IfcOpeningElement", "IfcTypeObject", "IfcShapeRepresentation"):
        for theirs in peer.by_type(kind)[:40]:
            entity = model.by_id(theirs.id())
            for inverse in model._declaration(entity.row).inverses:
                expected = sorted(i.id() for i in getattr(theirs, inverse))
                assert sorted(getattr(entity, inverse).ids.tolist()) == expected, (entity, inverse)


@pytest.mark.compiled
def test_every_shared_file_opens_and_is_described(shared_data):
    for path in sorted((shared_data / "ifc").rglob("*.ifc*")):
        if path.stat().st_size < 300_000 and path.suffix != ".json":
            model = open(path)
            assert len(model) > 0
            assert np.isfinite(model.units.length)
            assert model.tree().walk()
            assert isinstance(model._repr_html_(), str)


@pytest.mark.parametrize("wrong", [None, 3, 1.5, ["house.ifc"]])
def test_what_is_no_source(wrong):
    with pytest.raises(DTypeError, match="open needs a path, bytes or a stream"):
        open(wrong)


def test_names_and_numbers_of_the_wrong_kind(model_of):
    model = model_of("#1=IFCPERSON($,$,$,$,$,$,$,$);")
    with pytest.raises(DTypeError, match="by_id takes the number after #"):
        model.by_id("x")
    with pytest.raises(DTypeError, match="a type must be its name"):
        model.by_type(3)
    with pytest.raises(DTypeError, match="need one entity of a model"):
        bim.psets(None)
    with pytest.raises(DTypeError, match="takes a GlobalId"):
        model[None]
    with pytest.raises(DTypeError, match="columns needs a model"):
        bim.columns(None)
    with pytest.raises(IndexError, match="there are 1 entities here"):
        model.by_type("IfcPerson")[7]
    assert None not in model
    assert 1 in model
