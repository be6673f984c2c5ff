"""The sample building is what it says: the shipped file is what the writer writes, and it is valid IFC."""

import pytest

from avila_sci.bim import sample
from avila_sci.core.errors import DomainError

KNOWN = """
    IFCWALL IFCOPENINGELEMENT IFCWINDOW IFCDOOR
    IFCSLAB IFCROOF IFCSTAIRFLIGHT IFCCOLUMN
    IFCBEAM IFCSPACE IFCPROPERTYSET IFCELEMENTQUANTITY
    IFCMATERIALLAYERSET IFCSTYLEDITEM IFCMAPCONVERSION IFCWORKSCHEDULE
    IFCTASKTIME IFCMAPPEDITEM IFCFACETEDBREP IFCTRIANGULATEDFACESET
    IFCPOLYGONALFACESET IFCSWEPTDISKSOLID IFCREVOLVEDAREASOLID IFCBOOLEANCLIPPINGRESULT
    IFCPOLYGONALBOUNDEDHALFSPACE IFCSPHERE IFCCARTESIANTRANSFORMATIONOPERATOR3DNONUNIFORM IFCISHAPEPROFILEDEF
    IFCARBITRARYPROFILEDEFWITHVOIDS
"""


def test_the_shipped_file_is_what_the_writer_writes(tmp_path):
    written = sample.write(tmp_path / "house.ifc")
    assert written.read_bytes() == sample.path().read_bytes(), "write it again: python -m avila_sci.bim.sample"


@pytest.mark.parametrize(("floors", "bays"), [(3, 2), (1, 1), (2, 3)])
def test_ifcopenshell_finds_nothing_wrong_with_it(tmp_path, floors, bays):
    ifcopenshell = pytest.importorskip("ifcopenshell")
    validate = pytest.importorskip("ifcopenshell.validate")
    logger = validate.json_logger()
    validate.validate(ifcopenshell.open(sample.write(tmp_path / "h.ifc", floors, bays)), logger)
    assert logger.statements == []


def test_it_holds_one_of_everything_the_reader_knows(tmp_path):
    text = sample.path().read_text("ascii")
    for word in KNOWN.split():
        assert f"={word}(" in text, word


def test_more_floors_and_bays_make_a_larger_file(tmp_path):
    small = sample.write(tmp_path / "a.ifc", 1, 1).stat().st_size
    assert sample.write(tmp_path / "b.ifc", 6, 4).stat().st_size > 5 * small


@pytest.mark.parametrize(("floors", "bays"), [(0, 1), (1, 0), (-1, 2)])
def test_a_house_without_floors_is_refused(tmp_path, floors, bays):
    with pytest.raises(DomainError, match="at least one floor and one bay"):
        sample.write(tmp_path / "no.ifc", floors, bays)
    assert list(tmp_path.iterdir()) == []
