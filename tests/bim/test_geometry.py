"""Tests of avila_sci.bim.geometry: placing, sharing, cutting, colours, what the report says, and bad files."""

import random
import time

import numpy as np
import pytest
from parts import BLOCK, FRAME, block, place, product, voids

from avila_sci import bim
from avila_sci.bim.geometry import STATUS, Geometry
from avila_sci.core.errors import DTypeError, NotFoundError
from avila_sci.core.jit import COMPILED
from avila_sci.core.threads import get_threads, set_threads
from avila_sci.mesh.measure import is_closed, volume


def word(geometry, element):
    return STATUS[geometry.status[geometry.number(element)]]


def solid(geometry, element):
    """Volume of a closed element."""
    positions, triangles = geometry.mesh(element)
    assert is_closed(positions, triangles)
    return volume(positions, triangles)


# ------------------------------------------------------------------------------------------------------- placing


def test_one_block_where_it_stands(built):
    geometry = built(BLOCK + place(30, 10, 20, 30, "#40") + place(40, 1, 2, 3) + product(10, "#1", "#30"))
    positions, triangles = geometry.mesh(10)
    np.testing.assert_allclose(positions.min(0), [9, 21.85, 33], rtol=1e-15)
    np.testing.assert_allclose(positions.max(0), [13, 22.15, 36], rtol=1e-15)
    assert volume(positions, triangles) == pytest.approx(3.6, rel=1e-14)
    assert word(geometry, 10) == "ok"
    assert len(geometry) == 1
    assert geometry.name[0] == "part 10"
    assert geometry.type[0] == "IfcWall"
    assert geometry.global_id[0] == f"{10:022d}"
    assert geometry.element_id.tolist() == geometry.id.tolist() == [10]
    assert "1 elements (1 whole)" in repr(geometry)


def test_what_stands_alike_shares_one_mesh(built):
    data = BLOCK
    for k in range(5):
        data += place(100 + 10 * k, 5 * k, 0, 0) + product(200 + 10 * k, "#1", f"#{100 + 10 * k}")
    geometry = built(data)
    assert len(geometry.scene.vertex_start) == 2
    assert len(geometry.scene.instance_mesh) == 5
    assert geometry.triangle_count.tolist() == [12] * 5
    positions, triangles, element = geometry.flat()
    assert len(triangles) == 60
    assert np.bincount(element).tolist() == [12] * 5
    assert positions[triangles[element == 4]].min() == pytest.approx(-0.15)
    assert volume(positions, triangles) == pytest.approx(18.0, rel=1e-14)


def test_copies_that_are_equal_bit_for_bit_share_one_mesh_too(built):
    geometry = built(block(20, 1, 1, 1) + block(30, 1, 1, 1) + product(100, "#20") + product(200, "#30"))
    assert len(geometry.scene.vertex_start) == 2


@pytest.mark.parametrize("scales", [(1, 1, 1), (2, 1, 0.5), (-1, 1, 1)])
def test_mapped_items_stretched_and_mirrored(built, scales):
    """An axis of a mirroring operator points the other way; the surface stays outside out."""
    sign = np.sign(scales[0])
    x, y, z = np.abs(scales)
    data = BLOCK + (
        "#50=IFCSHAPEREPRESENTATION(#904,'Body','SweptSolid',(#1));\n#51=IFCREPRESENTATIONMAP(#921,#50);\n"
        f"#52=IFCDIRECTION(({sign:.1f},0.,0.));\n#53=IFCDIRECTION((0.,1.,0.));\n#55=IFCCARTESIANPOINT((7.,0.,0.));\n"
        f"#54=IFCCARTESIANTRANSFORMATIONOPERATOR3DNONUNIFORM(#52,#53,#55,{x:.2f},#910,{y:.2f},{z:.2f});\n"
        "#56=IFCMAPPEDITEM(#51,#54);\n"
    )
    geometry = built(data + product(10, "#56", form="MappedRepresentation"))
    positions, triangles = geometry.mesh(10)
    assert is_closed(positions, triangles)
    assert volume(positions, triangles) == pytest.approx(3.6 * x * y * z, rel=1e-14)
    assert positions[:, 0].mean() == pytest.approx(7.0)
    assert geometry.scene.positions.max() == pytest.approx(3.0)  # the mesh itself is as the map has it


def test_millimetres_become_metres(model_of):
    data = (block(20, 4000, 300, 3000) + place(30, 1000, 0, 0) + product(10, "#20", "#30") + FRAME).replace(
        "$,.METRE.", ".MILLI.,.METRE."
    )
    positions, triangles = model_of(data).geometry().mesh(10)
    assert positions[:, 0].max() == pytest.approx(3.0, rel=1e-15)
    assert volume(positions, triangles) == pytest.approx(3.6, rel=1e-14)


def test_far_from_the_origin_nothing_is_lost(built):
    """National grids: the origin is in float64, and what float32 must hold stays small."""
    geometry = built(BLOCK + place(30, 2_600_000, 1_200_000, 400) + product(10, "#1", "#30"))
    scene = geometry.scene
    assert np.abs(scene.origin[:2]).min() > 1e6
    assert np.abs(scene.instance_matrix[0, :3, 3]).max() < 10_000
    assert np.abs(scene.positions).max() < 10
    positions, _ = geometry.mesh(10)
    np.testing.assert_allclose(positions.min(0), [2_599_998, 1_199_999.85, 400], atol=1e-9)
    assert bim.measure(geometry).volume[0] == pytest.approx(3.6, rel=1e-12)


def test_far_coordinates_inside_a_mesh_are_taken_to_its_matrix(built):
    """Some exporters place everything at zero and write the grid's coordinates into every point."""
    data = "#60=IFCCARTESIANPOINT((2600000.,1200000.));\n#61=IFCAXIS2PLACEMENT2D(#60,$);\n"
    data += BLOCK.replace("#920", "#61") + product(10, "#1")
    geometry = built(data)
    assert np.abs(geometry.scene.positions).max() < 10
    positions, _ = geometry.mesh(10)
    assert positions[:, 0].min() == pytest.approx(2_599_998, abs=1e-9)
    assert bim.measure(geometry).volume[0] == pytest.approx(3.6, rel=1e-9)


# ------------------------------------------------------------------------------------------------------- cutting

WINDOW = block(20, 1, 2, 1) + place(60, 0, 0, 1, "#40") + place(40, 9, 0, 0)


def test_a_window_is_cut_out(built):
    data = BLOCK + WINDOW + product(10, "#1", "#40") + product(70, "#20", "#60", "IFCOPENINGELEMENT")
    geometry = built(data + voids(80, 10, 70))
    assert solid(geometry, 10) == pytest.approx(3.3, rel=1e-14)
    assert word(geometry, 10) == "cut by a fast path"
    assert geometry.mesh(10)[0][:, 0].mean() == pytest.approx(9.0)
    assert len(geometry.report()) == 0


def test_an_opening_cuts_the_parts_of_what_it_voids(built):
    """IfcRelVoidsElement on an element that is an aggregate: its parts carry the body."""
    data = BLOCK + WINDOW + product(10, "#1", "#40") + product(70, "#20", "#60", "IFCOPENINGELEMENT")
    data += "#95=IFCWALL('0000000000000000000095',$,'whole',$,$,#40,$,$,$);\n"
    data += "#96=IFCRELAGGREGATES('0000000000000000000096',$,$,$,#95,(#10));\n"
    assert solid(built(data + voids(80, 95, 70)), 10) == pytest.approx(3.3, rel=1e-14)


def test_many_openings_that_overlap(built):
    data = BLOCK + place(40, 0, 0, 0) + product(10, "#1", "#40")
    for k in range(6):
        data += block(1000 + 10 * k, 0.5, 2, 1) + place(2000 + 10 * k, -1.25 + 0.4 * k, 0, 1, "#40")
        data += product(3000 + 10 * k, f"#{1000 + 10 * k}", f"#{2000 + 10 * k}", "IFCOPENINGELEMENT")
        data += voids(4000 + k, 10, 3000 + 10 * k)
    assert solid(built(data), 10) == pytest.approx(3.6 - 0.3 * 2.5, rel=1e-13)


def test_an_opening_that_is_larger_than_its_wall_leaves_nothing_and_says_so(built):
    data = BLOCK + block(20, 9, 9, 9) + product(10, "#1") + product(70, "#20", kind="IFCOPENINGELEMENT")
    geometry = built(data + voids(80, 10, 70))
    assert word(geometry, 10) == "empty"
    assert "nothing is left of it" in geometry.report()[0].words


def test_a_host_that_is_open_is_shown_uncut_and_said(built):
    data = (
        "#3=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(4.,0.,0.),(4.,0.,3.),(0.,0.,3.)));\n"
        "#1=IFCTRIANGULATEDFACESET(#3,$,$,((1,2,3),(1,3,4)),$);\n"
    ) + WINDOW.replace("#40", "$", 1)
    data += place(40, 0, 0, 0) + product(10, "#1", form="Tessellation")
    data += product(70, "#20", "#60", "IFCOPENINGELEMENT")
    geometry = built(data + voids(80, 10, 70))
    assert word(geometry, 10) == "uncut: open input"
    assert geometry.triangle_count[geometry.number(10)] == 2
    words = [finding.words for finding in geometry.report() if finding.id == 10]
    assert any("shown uncut" in w for w in words)
    assert any("not closed" in w for w in words)
    assert np.isnan(bim.measure(geometry).volume[geometry.number(10)])
    assert bim.measure(geometry).area[geometry.number(10)] == pytest.approx(12.0)


def test_a_wall_clipped_by_a_roof(built):
    """A half space of 45 degrees through the middle of the top takes an eighth of a square wall's silhouette."""
    data = block(20, 4, 0.3, 4) + (
        "#5=IFCCARTESIANPOINT((0.,0.,4.));\n#6=IFCDIRECTION((1.,0.,1.));\n#7=IFCAXIS2PLACEMENT3D(#5,#6,#8);\n"
        "#8=IFCDIRECTION((0.,1.,0.));\n#9=IFCPLANE(#7);\n#15=IFCHALFSPACESOLID(#9,.F.);\n"
        "#16=IFCBOOLEANCLIPPINGRESULT(.DIFFERENCE.,#20,#15);\n"
    )
    geometry = built(data + product(30, "#16", form="Clipping"))
    assert solid(geometry, 30) == pytest.approx(0.3 * (16 - 2), rel=1e-13)
    assert word(geometry, 30) == "cut by a fast path"


# ---------------------------------------------------------------------------------------------------- bad input


def fate(geometry, element, expected, said, triangles=None):
    """The element ends with a status and a line of the report, and its neighbour # 800 is there."""
    assert word(geometry, element) == expected
    found = [f for f in geometry.report() if f.id == element]
    assert found, "no line in the report"
    assert said in found[0].words, found[0].words
    assert str(found[0].id) in repr(geometry.report())
    if triangles is not None:
        assert geometry.triangle_count[geometry.number(element)] == triangles
    assert geometry.triangle_count[geometry.number(800)] == 12
    return found[0]


@pytest.fixture(scope="session")
def beside(built):
    """`beside(data)`: as `built`, with a sound block # 800 beside what is tried."""
    return lambda data: built(data + block(810, 1, 1, 1) + product(800, "#810"))


def test_dangling_references(beside):
    geometry = beside("#1=IFCEXTRUDEDAREASOLID(#777,#921,#910,3.);\n" + product(10, "#1"))
    assert fate(geometry, 10, "dangling reference", "does not have", 0).about == 1
    geometry = beside(BLOCK + product(10, "#1", "#777"))
    fate(geometry, 10, "dangling reference", "does not have")
    geometry = beside(BLOCK + place(30, 1, 2, 3, "#777") + product(10, "#1", "#30"))
    fate(geometry, 10, "dangling reference", "does not have", 12)
    assert geometry.mesh(10)[0][:, 2].min() == 3.0
    geometry = beside(BLOCK + "#30=IFCLOCALPLACEMENT($,#777);\n" + product(10, "#1", "#30"))
    fate(geometry, 10, "dangling reference", "does not have", 12)
    geometry = beside(BLOCK + product(10, "#1,#777"))
    fate(geometry, 10, "dangling reference", "does not have", 12)
    geometry = beside("#10=IFCWALL('0000000000000000000010',$,$,$,$,$,#777,$,$);\n")
    fate(geometry, 10, "dangling reference", "does not have", 0)


def test_a_placement_that_refers_to_itself(beside):
    geometry = beside(BLOCK + place(30, 1, 2, 3, "#40") + place(40, 1, 2, 3, "#30") + product(10, "#1", "#30"))
    fate(geometry, 10, "refers to itself", "loop was broken", 12)
    geometry = beside(BLOCK + place(30, 1, 2, 3, "#30") + product(10, "#1", "#30"))
    fate(geometry, 10, "refers to itself", "loop was broken", 12)


@pytest.mark.parametrize(
    "profile",
    [
        "IFCRECTANGLEPROFILEDEF(.AREA.,$,#920,0.,0.3)",
        "IFCCIRCLEPROFILEDEF(.AREA.,$,#920,0.)",
        "IFCISHAPEPROFILEDEF(.AREA.,$,#920,0.,0.,0.,0.,$,$,$)",
        "IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#3);\n#3=IFCPOLYLINE((#914,#914,#914))",
        "IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#3);\n#3=IFCPOLYLINE(())",
        "IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#3);\n#3=IFCPOLYLINE((#914,#4,#914));\n#4=IFCCARTESIANPOINT((1.,0.))",
    ],
)
def test_degenerate_profiles(beside, profile):
    geometry = beside(f"#2={profile};\n#1=IFCEXTRUDEDAREASOLID(#2,#921,#910,3.);\n" + product(10, "#1"))
    fate(geometry, 10, "degenerate", "no extent", 0)


def test_an_extrusion_of_no_depth(beside):
    fate(beside(BLOCK.replace("3.);", "0.);") + product(10, "#1")), 10, "degenerate", "no extent", 0)


@pytest.mark.parametrize("value", ["1.E999", "-1.E400", "1.E300"])
def test_coordinates_that_are_no_finite_numbers(beside, value):
    geometry = beside(BLOCK.replace("4.,0.3", f"{value},0.3") + product(10, "#1"))
    assert word(geometry, 10) in ("not finite", "degenerate")
    assert geometry.triangle_count.tolist() == [0, 12]
    data = BLOCK + place(30, 1, 2, 3).replace("((1,", f"(({value},") + product(10, "#1", "#30")
    fate(beside(data), 10, "not finite", "no finite number")
    data = (
        f"#3=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(4.,0.,0.),({value},0.,3.)));\n"
        "#1=IFCTRIANGULATEDFACESET(#3,$,$,((1,2,3)),$);\n"
    )
    geometry = beside(data + product(10, "#1"))
    fate(geometry, 10, "not finite", "no finite number")
    assert np.isfinite(geometry.scene.positions).all()
    assert np.isfinite(geometry.scene.instance_matrix).all()


def nested(depth, twice=False):
    """Maps in maps: item # 1000 is a block under `depth` of them, each used once or twice."""
    data = block(20, 1, 1, 1)
    for k in range(depth):
        inner = "#20" if k == 0 else f"#{1000 + 3 * (depth - k)}"
        items = f"{inner},{inner}" if twice else inner
        data += f"#{100_000 + k}=IFCSHAPEREPRESENTATION(#904,'Body','SweptSolid',({items}));\n"
        data += f"#{200_000 + k}=IFCREPRESENTATIONMAP(#921,#{100_000 + k});\n"
        data += f"#{1000 + 3 * (depth - 1 - k)}=IFCMAPPEDITEM(#{200_000 + k},#922);\n"
    return data + "#922=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#913,$,$);\n"


def test_mapped_items_nested_99_deep_are_followed(beside):
    geometry = beside(nested(99) + product(10, "#1000"))
    assert word(geometry, 10) == "ok"
    assert solid(geometry, 10) == pytest.approx(1.0)


def test_mapped_items_nested_deeper_than_100_end_in_a_sentence(beside):
    fate(beside(nested(150) + product(10, "#1000")), 10, "too deep", "more than 100 deep", 0)


def test_mapped_items_that_multiply_are_stopped(beside):
    begin = time.process_time()
    fate(beside(nested(60, twice=True) + product(10, "#1000")), 10, "too deep", "100 000 instances")
    assert time.process_time() - begin < 60  # 2^60 instances would never end


def test_a_map_of_itself(beside):
    data = (
        "#50=IFCSHAPEREPRESENTATION(#904,'Body','MappedRepresentation',(#52));\n#51=IFCREPRESENTATIONMAP(#921,#50);\n"
        "#52=IFCMAPPEDITEM(#51,#922);\n#922=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#913,$,$);\n"
    )
    fate(beside(data + product(10, "#52")), 10, "refers to itself", "loop was broken", 0)


def test_a_boolean_of_itself(beside):
    data = BLOCK + "#5=IFCBOOLEANRESULT(.DIFFERENCE.,#6,#1);\n#6=IFCBOOLEANRESULT(.UNION.,#5,#1);\n"
    fate(beside(data + product(10, "#5")), 10, "refers to itself", "loop was broken")


def test_booleans_nested_beyond_sense(beside):
    data = block(20, 1, 1, 1)
    deep = 3000 if COMPILED else 150
    for k in range(deep):
        inner = "#20" if k == 0 else f"#{10_000 + k - 1}"
        data += f"#{10_000 + k}=IFCBOOLEANRESULT(.UNION.,{inner},#20);\n"
    geometry = beside(data + product(10, f"#{10_000 + deep - 1}"))
    assert word(geometry, 10) in ("too deep", "cut by the general arrangement", "cut by a fast path")
    assert geometry.triangle_count[geometry.number(800)] == 12


def test_a_kind_that_nobody_knows_and_arguments_that_are_too_few(beside):
    geometry = beside("#1=IFCHYPERSOLID(1.,2.);\n" + product(10, "#1"))
    fate(geometry, 10, "unsupported item", "not triangulated yet", 0)
    foo = product(10, "#1").replace("IFCWALL", "IFCFOOWALL")
    (found,) = beside(BLOCK + foo).report()
    assert (found.id, found.type) == (10, "IFCFOOWALL")
    assert "no schema declares its type" in found.words
    geometry = beside("#1=IFCEXTRUDEDAREASOLID();\n" + product(10, "#1"))
    assert word(geometry, 10) in ("degenerate", "dangling reference", "unsupported item")
    geometry = beside("#10=IFCWALL('0000000000000000000010');\n")
    assert geometry.triangle_count.sum() == 12


def test_indices_beyond_the_points_of_a_face_set(beside):
    data = "#3=IFCCARTESIANPOINTLIST3D(((0.,0.,0.),(4.,0.,0.),(4.,0.,3.)));\n"
    for index in ("(1,2,4)", "(0,1,2)", "(-1,2,3)", "(1,2,99999999999)"):
        geometry = beside(data + f"#1=IFCTRIANGULATEDFACESET(#3,$,$,({index}),$);\n" + product(10, "#1"))
        assert word(geometry, 10) in ("dangling reference", "degenerate", "not finite"), index
        assert geometry.triangle_count.tolist() == [0, 12]


def test_curves_boxes_and_nothing_have_words_of_their_own(beside):
    line = "#5=IFCCARTESIANPOINT((1.,0.,0.));\n#1=IFCPOLYLINE((#913,#5));\n"
    fate(beside(line + product(10, "#1", form="Curve3D")), 10, "curves only", "no surface", 0)
    box = "#1=IFCBOUNDINGBOX(#913,1.,2.,3.);\n" + product(10, "#1").replace(
        "'Body','SweptSolid'", "'Box','BoundingBox'"
    )
    fate(beside(box), 10, "no body", "no body", 0)


def test_a_model_without_products(built):
    geometry = built("#1=IFCPERSON($,$,$,$,$,$,$,$);\n")
    assert len(geometry) == len(geometry.report()) == 0
    assert len(geometry.flat()[1]) == 0
    assert len(bim.measure(geometry).id) == 0
    assert "0 elements" in repr(geometry)


def test_elements_that_are_not_there(built):
    geometry = built(BLOCK + product(10, "#1"))
    assert geometry.number(10) == geometry.number(f"{10:022d}") == geometry.number(geometry.model.by_id(10)) == 0
    for wrong in (11, 903):
        with pytest.raises(NotFoundError, match=f"#{wrong} has no shape"):
            geometry.mesh(wrong)
    with pytest.raises(NotFoundError):
        geometry.mesh("no such id")
    with pytest.raises(NotFoundError, match="is of another model"):
        built(BLOCK + product(10, "#1")).mesh(geometry.model.by_id(10))
    with pytest.raises(DTypeError, match="an element must be an entity"):
        geometry.mesh(None)


def test_the_sample_with_faults_still_builds_or_is_refused():
    """Numbers, names and references of a whole building exchanged at random."""
    text = bim.sample.path().read_bytes()
    rng = random.Random(5)
    lines = text.split(b"\n")
    for _ in range(25 if COMPILED else 2):
        broken = lines.copy()
        for _ in range(rng.choice([1, 5, 40])):
            k = rng.randrange(8, len(broken) - 3)
            what = rng.randrange(4)
            if what == 0:
                del broken[k]
            elif what == 1:
                at = broken[k].find(b"#", 2)
                broken[k] = broken[k][: at + 1] + b"%d," % rng.randrange(5000) + broken[k][at + 3 :] if at > 0 else b""
            elif what == 2:
                broken[k] = broken[k].replace(b"1", rng.choice([b"0", b"-1", b"1E300", b"$", b"()"]))
            else:
                broken[k], broken[k - 1] = broken[k - 1], broken[k]
        geometry = bim.open(b"\n".join(broken)).geometry()
        assert len(geometry.report().to_dataframe()) == len(geometry.report())
        assert np.isfinite(geometry.scene.positions).all()
        scene = geometry.scene
        sizes = np.repeat(np.diff(scene.vertex_start), np.diff(scene.triangle_start))
        local = scene.triangles - np.repeat(scene.vertex_start[:-1], np.diff(scene.triangle_start))[:, None]
        assert ((local >= 0) & (local < sizes[:, None])).all()
        assert len(bim.measure(geometry).id) == len(geometry)


# ---------------------------------------------------------------------------------------------------- the sample


@pytest.fixture(scope="module")
def house():
    return bim.open(bim.sample.path()).geometry()


def test_the_sample_is_whole(house):
    assert isinstance(house, Geometry)
    report = house.report()
    assert not [f for f in report if "uncut" in f.words or "missing" in f.words]
    assert {k: v for k, v in report.counts.items() if v and k.startswith(("uncut", "unsupported", "dangling"))} == {}
    table = bim.measure(house)
    solids = ~np.isin(table.type, ["IfcSite", "IfcAnnotation", "IfcGrid"])
    assert table.closed[solids & (table.triangles > 0)].all()


def test_the_sample_agrees_with_ifcopenshell(house):
    """Each element's area and bounds to a tolerance that covers chords."""
    ifcopenshell = pytest.importorskip("ifcopenshell")
    geom = pytest.importorskip("ifcopenshell.geom")
    settings = geom.settings()
    settings.set("use-world-coords", True)
    settings.set("mesher-linear-deflection", 0.0005)
    settings.set("mesher-angular-deflection", 0.1)
    file = ifcopenshell.open(str(bim.sample.path()))
    table = bim.measure(house)
    row = {int(i): k for k, i in enumerate(table.id)}
    compared = 0
    for shape in geom.iterator(settings, file):
        k = row[shape.id]
        positions = np.array(shape.geometry.verts).reshape(-1, 3)
        triangles = np.array(shape.geometry.faces).reshape(-1, 3)
        if table.triangles[k] == 0 or not len(triangles):
            continue
        edges = positions[triangles[:, 1:]] - positions[triangles[:, :1]]
        area = 0.5 * np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1).sum()
        low = [table.xmin[k], table.ymin[k], table.zmin[k]]
        high = [table.xmax[k], table.ymax[k], table.zmax[k]]
        assert table.area[k] == pytest.approx(area, rel=5e-3), (table.type[k], table.id[k])
        np.testing.assert_allclose(low, positions.min(0), atol=2e-3, err_msg=str(table.type[k]))
        np.testing.assert_allclose(high, positions.max(0), atol=2e-3, err_msg=str(table.type[k]))
        compared += 1
    assert compared > 100


def test_the_number_of_threads_changes_no_bit():
    before = get_threads()
    try:
        set_threads(1)
        one = bim.open(bim.sample.path()).geometry()
        set_threads(2)
        two = bim.open(bim.sample.path()).geometry()
    finally:
        set_threads(before)
    np.testing.assert_array_equal(one.status, two.status)
    for name in one.scene._fields:
        first, second = getattr(one.scene, name), getattr(two.scene, name)
        if isinstance(first, np.ndarray):
            np.testing.assert_array_equal(first, second, err_msg=name)
