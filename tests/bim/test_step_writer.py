import math

import pytest

from avila_sci.bim.step_writer import DERIVED, Enum, Ref, StepWriter, Typed


def test_every_kind_of_argument_has_its_word():
    writer = StepWriter("IFC4", "words.ifc")
    writer.add(
        "IfcA", None, True, False, 3, -1.5, 1e-5, 1e21, "it's", Enum("AREA"), DERIVED, Ref(7), [1, (2.0, "x")], []
    )
    writer.add("IfcB", Typed("IfcLabel", "ação"), Typed("IfcReal", 2.0))
    lines = writer.text().splitlines()
    small, large = ("1.E-05", "1.E+21") if "E+" in lines[-4] else ("1.E-5", "1.E21")
    assert lines[-4] == f"#1=IFCA($,.T.,.F.,3,-1.5,{small},{large},'it''s',.AREA.,*,#7,(1,(2.,'x')),());"
    assert r"IFCLABEL('a\X2\00E700E3\X0\o')" in lines[-3]
    assert lines[0] == "ISO-10303-21;"
    assert lines[-1] == "END-ISO-10303-21;"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_step_cannot_write_are_refused(number):
    with pytest.raises(ValueError, match="finite"):
        StepWriter("IFC4", "x").add("IfcA", number)


def test_other_objects_are_refused_with_words():
    with pytest.raises(TypeError, match=r"numbers, strings, references and lists of them, got \{\}"):
        StepWriter("IFC4", "x").add("IfcA", {})


def test_a_failed_save_leaves_nothing_behind(tmp_path, monkeypatch):
    writer = StepWriter("IFC4", "x")
    target = tmp_path / "x.ifc"
    target.write_text("before")
    monkeypatch.setattr(StepWriter, "text", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        writer.save(target)
    assert [p.name for p in tmp_path.iterdir()] == ["x.ifc"]
    assert target.read_text() == "before"
