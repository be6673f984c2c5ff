"""Tests of avila_sci.bim.measured: areas and volumes known in advance, open parts that close each other."""

import math

import numpy as np
import pytest
from parts import BLOCK, block, place, product

from avila_sci import bim
from avila_sci.core.errors import DTypeError


def test_columns_of_a_block(built):
    geometry = built(BLOCK + place(30, 100, 0, 0) + product(10, "#1", "#30"))
    table = bim.measure(geometry)
    assert table.id.tolist() == [10]
    assert table.triangles.tolist() == [12]
    assert table.area[0] == pytest.approx(2 * (1.2 + 12 + 0.9), rel=1e-14)
    assert table.volume[0] == pytest.approx(3.6, rel=1e-14)
    assert bool(table.closed[0])
    assert [table.xmin[0], table.xmax[0], table.zmax[0]] == [98.0, 102.0, 3.0]
    assert table.status.tolist() == ["ok"]
    assert "1 products, 12 triangles" in repr(table)
    assert bim.measure(geometry) is table
    assert bim.measure(geometry.model).volume[0] == table.volume[0]


def test_a_cylinder_is_as_good_as_its_chords(built):
    data = "#2=IFCCIRCLEPROFILEDEF(.AREA.,$,#920,0.5);\n#1=IFCEXTRUDEDAREASOLID(#2,#921,#910,3.);\n"
    table = bim.measure(built(data + product(10, "#1")))
    assert table.volume[0] == pytest.approx(math.pi * 0.25 * 3, rel=5e-3)
    assert table.area[0] == pytest.approx(2 * math.pi * 0.25 + math.pi * 3, rel=5e-3)


def test_two_items_count_twice_and_two_open_halves_close_each_other(built):
    table = bim.measure(built(block(20, 1, 1, 1) + BLOCK + product(10, "#1,#20")))
    assert table.volume[0] == pytest.approx(4.6)
    points = "#3=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(1.,0.,0.),(0.,1.,0.),(0.,0.,1.)));\n"
    halves = "#1=IFCTRIANGULATEDFACESET(#3,$,$,((1,3,2),(1,2,4)),$);\n"
    halves += "#2=IFCTRIANGULATEDFACESET(#3,$,$,((2,3,4),(1,4,3)),$);\n"
    table = bim.measure(built(points + halves + product(10, "#1,#2", form="Tessellation")))
    assert bool(table.closed[0])
    assert table.volume[0] == pytest.approx(1 / 6, rel=1e-14)
    table = bim.measure(built(points + halves + product(10, "#1", form="Tessellation")))
    assert not table.closed[0]
    assert np.isnan(table.volume[0])
    assert table.area[0] == pytest.approx(1.0)


def test_as_tables(built):
    pytest.importorskip("pandas")
    table = bim.measure(built(BLOCK + product(10, "#1") + product(20, "")))
    frame = table.to_dataframe()
    assert list(frame.columns) == list(table._fields)
    assert len(frame) == 2
    assert np.isnan(frame.xmin[1])
    assert "<table>" in table._repr_html_()


@pytest.mark.parametrize("wrong", [None, 3, "house.ifc", [1]])
def test_what_is_no_model(wrong):
    with pytest.raises(DTypeError, match="measure takes a model"):
        bim.measure(wrong)
