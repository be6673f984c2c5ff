"""Units against the SI and against ifcopenshell."""

import math

import pytest

from avila_sci.bim.model import open
from avila_sci.bim.units import Unit, kind_of, of
from avila_sci.core.errors import NotFoundError

UNITS = """
#1=IFCPROJECT('0$WU4A9R19$vKWO$AdOnKA',$,'P',$,$,$,$,$,#2);
#2=IFCUNITASSIGNMENT((#3,#4,#5,#6,#7,#8,#9,#10,#11,#12));
#3=IFCSIUNIT(*,.LENGTHUNIT.,.MILLI.,.METRE.);
#4=IFCSIUNIT(*,.AREAUNIT.,.CENTI.,.SQUARE_METRE.);
#5=IFCSIUNIT(*,.VOLUMEUNIT.,.DECI.,.CUBIC_METRE.);
#6=IFCCONVERSIONBASEDUNIT($,.PLANEANGLEUNIT.,'DEGREE',#20);
#7=IFCSIUNIT(*,.MASSUNIT.,.KILO.,.GRAM.);
#8=IFCDERIVEDUNIT((#21,#22),.THERMALTRANSMITTANCEUNIT.,$,$);
#9=IFCMONETARYUNIT('EUR');
#10=IFCCONVERSIONBASEDUNITWITHOFFSET($,.THERMODYNAMICTEMPERATUREUNIT.,'Fahrenheit',#24,-459.67);
#11=IFCCONTEXTDEPENDENTUNIT($,.FORCEUNIT.,'push');
#12=IFCCONVERSIONBASEDUNIT($,.TIMEUNIT.,'loop',#30);
#20=IFCMEASUREWITHUNIT(IFCPLANEANGLEMEASURE(0.017453292519943295),#25);
#21=IFCDERIVEDUNITELEMENT(#26,1);
#22=IFCDERIVEDUNITELEMENT(#27,-1);
#24=IFCMEASUREWITHUNIT(IFCTHERMODYNAMICTEMPERATUREMEASURE(0.5555555555555556),#27);
#25=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);
#26=IFCSIUNIT(*,.POWERUNIT.,.KILO.,.WATT.);
#27=IFCSIUNIT(*,.THERMODYNAMICTEMPERATUREUNIT.,$,.KELVIN.);
#28=IFCCONVERSIONBASEDUNIT($,.LENGTHUNIT.,'FOOT',#29);
#29=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(304.8),#3);
#30=IFCMEASUREWITHUNIT(IFCTIMEMEASURE(2.),#12);
"""


def test_prefixes_conversions_and_derived_units(model_of):
    units = model_of(UNITS).units
    assert units.length == 1e-3
    assert units.area == pytest.approx(1e-4, rel=1e-15)  # a square centimetre is (1e-2 m)²
    assert units.volume == pytest.approx(1e-3, rel=1e-15)
    assert units.angle == pytest.approx(math.pi / 180, rel=1e-15)
    assert units.mass == 1.0
    assert units["THERMALTRANSMITTANCEUNIT"].scale == 1000.0
    assert units["IfcThermalTransmittanceMeasure"] == units["ThermalTransmittanceUnit"]


def test_fahrenheit_has_an_offset(model_of):
    fahrenheit = model_of(UNITS).units["THERMODYNAMICTEMPERATUREUNIT"]
    assert fahrenheit.to_si(32.0) == pytest.approx(273.15)
    assert fahrenheit.to_si(-459.67) == pytest.approx(0.0, abs=1e-12)
    # The documentation of IFC4 had the factor upside down; files were written after it.
    older = model_of(UNITS.replace("0.5555555555555556", "1.8")).units["THERMODYNAMICTEMPERATUREUNIT"]
    assert older.to_si(212.0) == pytest.approx(373.15)


def test_a_chain_of_conversions_and_a_unit_of_its_own(model_of):
    model = model_of(UNITS)
    assert of(model.by_id(28)) == Unit("foot", pytest.approx(0.3048, rel=1e-15))
    assert of(None) is None


def test_units_that_cannot_be_followed_are_said(model_of):
    model = model_of(UNITS)
    assert model.units.missing == ("FORCEUNIT", "TIMEUNIT")  # context dependent; a circle
    assert model.units.time == 1.0
    assert any("TIMEUNIT" in str(repair) for repair in model.repairs)


def test_of_two_units_of_a_kind_the_first_counts(model_of):
    # One exporter declares the kilogram as a second unit of volume.
    model = model_of(UNITS.replace("#11,#12)", "#11,#12,#40)") + "#40=IFCSIUNIT(*,.LENGTHUNIT.,.KILO.,.GRAM.);")
    assert model.units.length == 1e-3


def test_without_units_numbers_are_si(model_of):
    model = model_of("#1=IFCPROJECT('0$WU4A9R19$vKWO$AdOnKA',$,'P',$,$,$,$,$,$);")
    assert (model.units.length, model.units.angle, len(model.units)) == (1.0, 1.0, 0)
    assert any("no units" in repair.words for repair in model.repairs)


@pytest.mark.parametrize(
    ("measure", "kind"),
    [
        ("IfcLengthMeasure", "LENGTHUNIT"),
        ("IfcNonNegativeLengthMeasure", "LENGTHUNIT"),
        ("IFCPOSITIVEPLANEANGLEMEASURE", "PLANEANGLEUNIT"),
        ("IfcCompoundPlaneAngleMeasure", ""),
        ("IfcVolumetricFlowRateMeasure", "VOLUMETRICFLOWRATEUNIT"),
        ("IfcRatioMeasure", ""),
        ("IfcQuantityArea", "AREAUNIT"),
        ("IfcQuantityCount", ""),
        ("IfcLabel", ""),
    ],
)
def test_a_measure_knows_its_kind_of_unit(measure, kind):
    assert kind_of(measure) == kind


def test_an_unknown_kind_is_an_error(model_of):
    with pytest.raises(NotFoundError, match="IfcLabel is no kind of unit"):
        model_of(UNITS).units["IfcLabel"]


def test_units_print_as_a_table(model_of):
    units = model_of(UNITS).units
    assert "LENGTHUNIT" in repr(units)
    assert "mm" in repr(units)
    assert "<table>" in units._repr_html_()


FILES = [
    "office_a.ifc.gz", "kit_ac20_fzk_haus.ifc.gz", "schependomlaan_houten_kozijnen.ifc.gz", "sample_house_ifc4.ifc.gz",
    "atoms/cube_advanced_brep.ifc", "atoms/wall_extruded_solid.ifc",
]  # fmt: skip


@pytest.mark.compiled
@pytest.mark.parametrize("name", FILES)
def test_scales_equal_those_of_ifcopenshell(shared_data, open_peer, name):
    unit = pytest.importorskip("ifcopenshell.util.unit")
    path = shared_data / "ifc" / name
    units, peer = open(path).units, open_peer(path)
    for kind in units:
        if kind != "MASSUNIT" and "kg" not in units[kind].name:  # ours is the kilogram, theirs the gram
            assert units[kind].scale == pytest.approx(unit.calculate_unit_scale(peer, kind), rel=1e-14), kind
