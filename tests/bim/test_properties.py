"""Property sets of an element by hand, the table of a model against the dictionaries, and both against ifcopenshell."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from avila_sci.bim import sample
from avila_sci.bim.model import Entity, open
from avila_sci.bim.properties import Bounds, Table, columns, psets, quantities
from avila_sci.core.errors import FormatError, NotFoundError

DATA = """
#1=IFCPROJECT('0$WU4A9R19$vKWO$AdOnKA',$,'P',$,$,$,$,$,#2);
#2=IFCUNITASSIGNMENT((#3,#4,#5));
#3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);
#4=IFCSIUNIT(*,.THERMODYNAMICTEMPERATUREUNIT.,$,.DEGREE_CELSIUS.);
#5=IFCSIUNIT(*,.AREAUNIT.,$,.SQUARE_METRE.);
#6=IFCSIUNIT(*,.LENGTHUNIT.,.CENTI.,.METRE.);
#10=IFCWALL('0aWU4A9R19$vKWO$AdOnKA',$,'One',$,$,$,$,$,$);
#11=IFCWALL('0bWU4A9R19$vKWO$AdOnKA',$,'Two',$,$,$,$,$,$);
#12=IFCDOOR('0cWU4A9R19$vKWO$AdOnKA',$,'Three',$,$,$,$,$,2100.,900.,$,$,$);
#13=IFCWALLTYPE('0dWU4A9R19$vKWO$AdOnKA',$,'Kind',$,$,(#20,#21),$,$,$,.STANDARD.);
#14=IFCRELDEFINESBYTYPE('0eWU4A9R19$vKWO$AdOnKA',$,$,$,(#10,#11),#13);
#20=IFCPROPERTYSET('0fWU4A9R19$vKWO$AdOnKA',$,'Pset_WallCommon',$,(#30,#31));
#21=IFCPROPERTYSET('0gWU4A9R19$vKWO$AdOnKA',$,'Only the type',$,(#32));
#22=IFCPROPERTYSET('0hWU4A9R19$vKWO$AdOnKA',$,'Pset_WallCommon',$,(#33,#34));
#23=IFCPROPERTYSET('0iWU4A9R19$vKWO$AdOnKA',$,'All kinds',$,(#35,#36,#37,#38,#39,#40,#41,#42,#43,#44,#50,#51));
#24=IFCELEMENTQUANTITY('0jWU4A9R19$vKWO$AdOnKA',$,'Qto',$,$,(#60,#61,#62,#63,#64));
#25=IFCDOORLININGPROPERTIES('0kWU4A9R19$vKWO$AdOnKA',$,'Lining',$,100.,50.,$,$,$,$,$,$,$,$,$,$,$);
#30=IFCPROPERTYSINGLEVALUE('IsExternal',$,IFCBOOLEAN(.T.),$);
#31=IFCPROPERTYSINGLEVALUE('Reference',$,IFCIDENTIFIER('of the type'),$);
#32=IFCPROPERTYSINGLEVALUE('Maker',$,IFCLABEL('M\\X\\FCller'),$);
#33=IFCPROPERTYSINGLEVALUE('Reference',$,IFCIDENTIFIER('my own'),$);
#34=IFCPROPERTYSINGLEVALUE('FireRating',$,$,$);
#35=IFCPROPERTYSINGLEVALUE('Length',$,IFCLENGTHMEASURE(2500.),$);
#36=IFCPROPERTYSINGLEVALUE('Own unit',$,IFCLENGTHMEASURE(25.),#6);
#37=IFCPROPERTYSINGLEVALUE('Warm',$,IFCTHERMODYNAMICTEMPERATUREMEASURE(20.),$);
#38=IFCPROPERTYSINGLEVALUE('Count',$,IFCINTEGER(3),$);
#39=IFCPROPERTYENUMERATEDVALUE('Status',$,(IFCLABEL('NEW')),$);
#40=IFCPROPERTYENUMERATEDVALUE('Colours',$,(IFCLABEL('RED'),IFCLABEL('BLUE')),$);
#41=IFCPROPERTYLISTVALUE('Steps',$,(IFCLENGTHMEASURE(10.),IFCLENGTHMEASURE(20.)),$);
#42=IFCPROPERTYBOUNDEDVALUE('Range',$,IFCLENGTHMEASURE(300.),IFCLENGTHMEASURE(100.),$,$);
#43=IFCPROPERTYTABLEVALUE('Curve',$,(IFCREAL(0.),IFCREAL(1.)),(IFCLENGTHMEASURE(5.),IFCLENGTHMEASURE(6.)),$,$,$,$);
#44=IFCPROPERTYREFERENCEVALUE('Who',$,$,#70);
#50=IFCCOMPLEXPROPERTY('Outer',$,'use',(#52,#53));
#51=IFCPROPERTYSINGLEVALUE('Perhaps',$,IFCLOGICAL(.U.),$);
#52=IFCPROPERTYSINGLEVALUE('Depth',$,IFCPOSITIVELENGTHMEASURE(7.),$);
#53=IFCCOMPLEXPROPERTY('Inner',$,'use',(#38));
#60=IFCQUANTITYLENGTH('Length',$,$,2500.,$);
#61=IFCQUANTITYAREA('Area',$,$,7.5,$);
#62=IFCQUANTITYCOUNT('Pieces',$,$,4.,$);
#63=IFCPHYSICALCOMPLEXQUANTITY('Layers',$,(#64),'layer',$,$);
#64=IFCQUANTITYLENGTH('Width',$,#6,24.,$);
#70=IFCPERSON($,'Ada',$,$,$,$,$,$);
#80=IFCRELDEFINESBYPROPERTIES('0lWU4A9R19$vKWO$AdOnKA',$,$,$,(#10),#22);
#81=IFCRELDEFINESBYPROPERTIES('0mWU4A9R19$vKWO$AdOnKA',$,$,$,(#10),IFCPROPERTYSETDEFINITIONSET((#23,#24)));
#82=IFCRELDEFINESBYPROPERTIES('0nWU4A9R19$vKWO$AdOnKA',$,$,$,(#12),#25);
"""


@pytest.fixture(scope="module")
def model(model_of):
    return model_of(DATA)


def test_the_element_overrides_its_type_value_by_value(model):
    wall = model.by_id(10)
    assert wall.psets()["Pset_WallCommon"] == {"IsExternal": True, "Reference": "my own", "FireRating": None}
    assert wall.psets()["Only the type"] == {"Maker": "Müller"}
    assert psets(wall, inherit=False)["Pset_WallCommon"] == {"Reference": "my own", "FireRating": None}
    assert model.by_id(11).psets() == model.by_id(13).psets()
    assert model.by_id(13).psets()["Pset_WallCommon"] == {"IsExternal": True, "Reference": "of the type"}


def test_every_kind_of_property_keeps_its_value(model):
    assert model.by_id(10).psets()["All kinds"] == {
        "Length": 2500.0,
        "Own unit": 25.0,
        "Warm": 20.0,
        "Count": 3,
        "Status": ("NEW",),
        "Colours": ("RED", "BLUE"),
        "Steps": (10.0, 20.0),
        "Range": Bounds(100.0, 300.0),
        "Curve": Table((0.0, 1.0), (5.0, 6.0)),
        "Who": model.by_id(70),
        "Outer": {"Depth": 7.0, "Inner": {"Count": 3}},
        "Perhaps": None,
    }


def test_quantities_are_apart_from_property_sets(model):
    wall = model.by_id(10)
    assert quantities(wall) == {
        "Qto": {"Length": 2500.0, "Area": 7.5, "Pieces": 4.0, "Layers": {"Width": 24.0}, "Width": 24.0}
    }
    assert "Qto" not in psets(wall)


def test_si_follows_the_unit_of_the_value_and_else_that_of_the_model(model):
    values = model.by_id(10).psets(si=True)["All kinds"]
    assert values["Length"] == 2.5
    assert values["Own unit"] == 0.25
    assert values["Warm"] == pytest.approx(293.15)
    assert values["Steps"] == (0.01, 0.02)
    assert values["Range"] == Bounds(pytest.approx(0.1), pytest.approx(0.3))
    assert values["Curve"] == Table((0.0, 1.0), (0.005, 0.006))
    assert values["Outer"]["Depth"] == 0.007
    assert (values["Count"], values["Status"]) == (3, ("NEW",))
    assert model.by_id(10).quantities(si=True)["Qto"] == {
        "Length": 2.5, "Area": 7.5, "Pieces": 4.0, "Layers": {"Width": 0.24}, "Width": 0.24,
    }  # fmt: skip
    assert model.by_id(12).psets(si=True) == {"Lining": {"LiningDepth": 0.1, "LiningThickness": 0.05}}


def test_predefined_sets_are_their_attributes(model):
    assert model.by_id(12).psets() == {"Lining": {"LiningDepth": 100.0, "LiningThickness": 50.0}}


def test_a_material_has_properties_too(model_of):
    model = model_of(
        """
#1=IFCMATERIAL('Steel',$,$);
#2=IFCPROPERTYSINGLEVALUE('MassDensity',$,IFCMASSDENSITYMEASURE(7850.),$);
#3=IFCMATERIALPROPERTIES('Pset_MaterialCommon',$,(#2),#1);
"""
    )
    assert model.by_id(1).psets() == {"Pset_MaterialCommon": {"MassDensity": 7850.0}}


def test_the_columns_of_a_small_model(model):
    table = columns(model)
    assert table["name"].tolist() == ["One", "Two", "Three"]
    assert table["id"].tolist() == [10, 11, 12]
    assert table["global_id"][0] == "0aWU4A9R19$vKWO$AdOnKA"
    assert table["type"].tolist() == ["IfcWall", "IfcWall", "IfcDoor"]
    assert table["type_name"].tolist() == ["Kind", "Kind", None]
    assert table["storey"].tolist() == [None] * 3
    assert table["Pset_WallCommon.Reference"].tolist() == ["my own", "of the type", None]
    assert table["Pset_WallCommon.IsExternal"].tolist() == [True, True, None]
    np.testing.assert_array_equal(table["All kinds.Length"], [2500.0, np.nan, np.nan])
    assert table["All kinds.Status"].tolist() == ["NEW", None, None]  # a list of one is its item
    assert table["All kinds.Colours"][0] == ("RED", "BLUE")
    assert table["All kinds.Range"][0] == Bounds(100.0, 300.0)
    assert table["All kinds.Who"][0] == model.by_id(70)
    assert table["All kinds.Outer.Depth"][0] == 7.0
    assert table["All kinds.Outer.Inner.Count"][0] == 3.0
    assert table["Lining.LiningDepth"][2] == 100.0
    assert "Lining.TransomThickness" not in table
    assert table["Qto.Layers.Width"][0] == 24.0
    assert table["All kinds.Perhaps"].tolist() == [None] * 3  # a logical that is unknown
    properties = list(table)[8:]
    assert properties == sorted(properties)


def test_columns_have_the_type_of_what_is_in_them(model):
    table = columns(model, "IfcWall")
    assert table["Pset_WallCommon.IsExternal"].dtype == np.bool_
    assert table["All kinds.Count"].dtype == np.float64
    walls = columns(model, "IfcWallType")
    assert walls["Only the type.Maker"].tolist() == ["Müller"]
    only = columns(model, "IfcDoor", psets=False, quantities=False)
    assert list(only) == ["global_id", "id", "type", "name", "storey", "container", "type_name", "material"]
    assert "Qto.Area" not in columns(model, quantities=False)
    assert "Qto.Area" in columns(model, psets=False)


def test_whole_numbers_stay_whole_where_none_is_missing(model_of):
    model = model_of(
        """
#1=IFCWALL('0aWU4A9R19$vKWO$AdOnKA',$,'One',$,$,$,$,$,$);
#2=IFCPROPERTYSET('0fWU4A9R19$vKWO$AdOnKA',$,'S',$,(#3,#4,#5));
#3=IFCPROPERTYSINGLEVALUE('n',$,IFCINTEGER(9007199254740993),$);
#4=IFCPROPERTYSINGLEVALUE('mixed',$,IFCINTEGER(1),$);
#5=IFCPROPERTYSINGLEVALUE('none',$,$,$);
#6=IFCRELDEFINESBYPROPERTIES('0lWU4A9R19$vKWO$AdOnKA',$,$,$,(#1,#8),#2);
#8=IFCWALL('0bWU4A9R19$vKWO$AdOnKA',$,'Two',$,$,$,$,$,$);
#9=IFCPROPERTYSET('0gWU4A9R19$vKWO$AdOnKA',$,'S',$,(#10));
#10=IFCPROPERTYSINGLEVALUE('mixed',$,IFCLABEL('one'),$);
#11=IFCRELDEFINESBYPROPERTIES('0mWU4A9R19$vKWO$AdOnKA',$,$,$,(#8),#9);
"""
    )
    table = columns(model)
    assert table["S.n"].dtype == np.int64
    assert table["S.mixed"].tolist() == [1, "one"]  # the later set counts
    assert table["S.none"].tolist() == [None, None]


def test_the_table_in_si(model):
    table = columns(model, si=True)
    assert table["All kinds.Length"][0] == 2.5
    assert table["All kinds.Own unit"][0] == 0.25
    assert table["All kinds.Warm"][0] == pytest.approx(293.15)
    assert table["All kinds.Steps"][0] == (0.01, 0.02)
    assert table["Lining.LiningDepth"][2] == 0.1
    assert table["Qto.Length"][0] == 2.5
    assert table["Qto.Width"][0] == 0.24
    assert table["Qto.Pieces"][0] == 4.0


def test_a_type_without_global_ids_has_no_table(model):
    with pytest.raises(NotFoundError, match="IfcSIUnit has no GlobalId"):
        columns(model, "IfcSIUnit")
    assert len(columns(model, "IfcSlab")["id"]) == 0


def test_complex_properties_in_a_circle_end(model_of):
    model = model_of(
        """
#1=IFCWALL('0aWU4A9R19$vKWO$AdOnKA',$,'One',$,$,$,$,$,$);
#2=IFCPROPERTYSET('0fWU4A9R19$vKWO$AdOnKA',$,'S',$,(#3,#3,#99));
#3=IFCCOMPLEXPROPERTY('a',$,'',(#4,#5));
#4=IFCCOMPLEXPROPERTY('b',$,'',(#3));
#5=IFCPROPERTYSINGLEVALUE('v',$,IFCREAL(1.),$);
#6=IFCRELDEFINESBYPROPERTIES('0lWU4A9R19$vKWO$AdOnKA',$,$,$,(#1),#2);
"""
    )
    assert model.by_id(1).psets() == {"S": {"a": {"b": {"a": {}}, "v": 1.0}}}
    assert columns(model)["S.a.v"].tolist() == [1.0]


def test_complex_properties_that_multiply_are_cut_off(model_of):
    lines = [
        "#1=IFCWALL('0aWU4A9R19$vKWO$AdOnKA',$,'One',$,$,$,$,$,$);",
        "#2=IFCPROPERTYSET('0fWU4A9R19$vKWO$AdOnKA',$,'S',$,(#10,#30));",
        "#3=IFCRELDEFINESBYPROPERTIES('0lWU4A9R19$vKWO$AdOnKA',$,$,$,(#1),#2);",
        "#30=IFCPROPERTYSINGLEVALUE('v',$,IFCREAL(1.),$);",
    ]
    lines += [f"#{i}=IFCCOMPLEXPROPERTY('c',$,'',({','.join([f'#{i + 1}'] * 5)}));" for i in range(10, 28)]
    model = model_of("\n".join(lines))  # 5^18 paths
    assert columns(model)["S.v"].tolist() == [1.0]
    assert model.by_id(1).psets()["S"]["v"] == 1.0


def test_many_names_are_kept_apart(model_of):
    names = [f"{k:0{2 + k % 3}}" for k in range(600)]  # of three lengths: the hash table meets itself often
    data = "#1=IFCWALL('0aWU4A9R19$vKWO$AdOnKA',$,'One',$,$,$,$,$,$);"
    data += f"#2=IFCPROPERTYSET('0fWU4A9R19$vKWO$AdOnKA',$,'S',$,({','.join(f'#{k + 10}' for k in range(600))}));"
    data += "#3=IFCRELDEFINESBYPROPERTIES('0lWU4A9R19$vKWO$AdOnKA',$,$,$,(#1),#2);"
    data += "".join(f"#{k + 10}=IFCPROPERTYSINGLEVALUE('{n}',$,IFCLABEL('v{n}'),$);" for k, n in enumerate(names))
    table = columns(model_of(data))
    assert {title: table[title][0] for title in list(table)[8:]} == {f"S.{n}": f"v{n}" for n in names}


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, len(DATA) - 1), st.sampled_from("#$*(),';.=0917 TI\\\n")), max_size=12),
    st.integers(0, len(DATA)),
)
@example([(2046, "$")], 0)  # a unit that is a number
@example([(948, "$")], 0)  # a list of properties that holds numbers
@example([(82, "#")], 0)  # a list of units that is one unit
@example([(64, "0")], 0)  # units that are no unit assignment
def test_a_damaged_file_is_still_answered(step_text, changes, end):
    raw = bytearray(DATA.encode())
    for place, letter in changes:
        raw[place] = ord(letter)
    try:
        model = open(step_text(raw[: end or None].decode()))
    except FormatError:
        return
    columns(model, si=True)
    assert len(model.tree().to_dict()["children"]) >= 0
    assert all(str(repair) for repair in model.repairs)
    for entity in model:
        entity.attributes()
        assert repr(entity)
        assert isinstance(entity._repr_html_(), str)
        if entity.is_a("IfcObjectDefinition"):
            assert entity.psets(si=True) is not None
            assert entity.quantities() is not None
            assert entity.storey is None
            assert repr(entity.material)


def flat(values, prefix=""):
    """Dictionaries in dictionaries as one, with the titles and the values of the table."""
    out = {}
    for key, value in values.items():
        if isinstance(value, dict):
            out.update(flat(value, f"{prefix}{key}."))
        else:
            out[prefix + key] = value[0] if type(value) is tuple and len(value) == 1 else value
    return out


def same(cell, value):
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return cell is None or cell != cell
    return cell == value


def check_table(model, si=False):
    table = columns(model, si=si)
    filled = 0
    for k, number in enumerate(table["id"].tolist()):
        entity = model.by_id(number)
        expected = {**flat(entity.psets(si=si)), **flat(entity.quantities(si=si))}
        for title, value in expected.items():
            assert same(table[title][k], value), (entity, title, table[title][k], value)
            filled += value is not None
    return table, filled


@pytest.mark.parametrize("si", [False, True])
def test_the_table_says_what_the_dictionaries_say(model, tmp_path, si):
    assert check_table(model, si)[1] > 15
    assert check_table(open(sample.write(tmp_path / "house.ifc", 1, 1)), si)[1] > 50


FILES = ["office_a.ifc.gz", "kit_ac20_fzk_haus.ifc.gz", "duplex_architecture.ifc.gz", "composite_profile.ifc"]


@pytest.mark.compiled
@pytest.mark.parametrize("name", FILES)
def test_the_table_of_a_real_file_says_what_the_dictionaries_say(shared_data, name):
    table, filled = check_table(open(shared_data / "ifc" / name))
    assert filled > 50
    assert len(table["id"]) > 0


def ours(value):
    if isinstance(value, Bounds):
        return {"LowerBoundValue": value.lower, "UpperBoundValue": value.upper}
    if isinstance(value, Table):
        return [list(value.defining), list(value.defined)]
    if isinstance(value, Entity):
        return ("#", value.id)
    if isinstance(value, tuple):
        return [ours(v) for v in value]
    return {k: ours(v) for k, v in value.items()} if isinstance(value, dict) else value


def theirs(value):
    if isinstance(value, dict):
        if value.get("type") == "IfcPropertyBoundedValue":
            return {k: theirs(value[k]) for k in ("LowerBoundValue", "UpperBoundValue")}
        if value.get("type") == "IfcPropertyTableValue":
            return [theirs(value["DefiningValues"]), theirs(value["DefinedValues"])]
        return (
            theirs(value["properties"])
            if "properties" in value
            else {k: theirs(v) for k, v in value.items() if k != "id"}
        )
    if hasattr(value, "is_a"):
        return ("#", value.id()) if value.id() else value.wrappedValue
    if isinstance(value, tuple | list):
        return [theirs(v) for v in value]
    return None if value == "UNKNOWN" else value


@pytest.mark.compiled
@pytest.mark.parametrize(
    "name",
    [
        *FILES,
        "hhs_construction.ifc.gz",
        "sample_house_ifc4.ifc.gz",
        "testmodel_ifc4add2.ifc",
        "revit2013_unicode.ifc",
        "web_ifc_example.ifc",
        "infra_bridge.ifc.gz",
    ],
)
def test_property_sets_equal_those_of_ifcopenshell(shared_data, open_peer, name):
    element = pytest.importorskip("ifcopenshell.util.element")
    path = shared_data / "ifc" / name
    model, peer = open(path), open_peer(path)
    for instance in [*peer.by_type("IfcObject")[:300], *peer.by_type("IfcTypeObject")[:100]]:
        entity = model.by_id(instance.id())
        for mine, kind in ((entity.psets(), "psets_only"), (entity.quantities(), "qtos_only")):
            expected = theirs(element.get_psets(instance, **{kind: True}))
            found = {name: ours(values) for name, values in mine.items()}
            if kind == "psets_only":  # theirs drops the predefined sets of IFC2X3, which ours keeps
                found = {name: values for name, values in found.items() if name in expected or model.schema != "IFC2X3"}
            assert found == expected, entity


def test_a_dataframe_has_a_row_a_product(model):
    pytest.importorskip("pandas")
    frame = model.to_dataframe()
    assert frame.shape[0] == len(model.products)
    assert frame["Pset_WallCommon.Reference"].tolist()[:2] == ["my own", "of the type"]
    assert list(model.to_dataframe("IfcWall", psets=False, quantities=False)) == [
        "global_id", "id", "type", "name", "storey", "container", "type_name", "material",
    ]  # fmt: skip


@pytest.mark.compiled
def test_the_largest_model_is_a_table(shared_data):
    model = open(shared_data / "ifc" / "janesville_restaurant.ifc.gz")
    table = columns(model)
    assert len(table["id"]) == len(model.products) == 3628
    k = int(np.flatnonzero(table["type"] == "IfcWallStandardCase")[0])
    entity = model.by_id(int(table["id"][k]))
    for title, value in flat(entity.psets()).items():
        assert same(table[title][k], value)
