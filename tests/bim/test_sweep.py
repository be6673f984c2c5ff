"""Tests of avila_sci.bim.sweep: exact values, ifcopenshell as the peer, laws of closedness, damage."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from avila_sci.bim import step
from avila_sci.bim.curve import DANGLING, DEGENERATE, NOT_FINITE, OK, UNSUPPORTED, fine_settings
from avila_sci.bim.sweep import SWEEP_CODES, _sweep
from avila_sci.mesh.measure import area, bounds, is_closed, volume

UNITS = """
#900=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);
#901=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);
#902=IFCUNITASSIGNMENT((#900,#901));
#903=IFCPROJECT('0000000000000000000000',$,$,$,$,$,$,$,#902);
#910=IFCDIRECTION((0.,0.,1.));
#911=IFCDIRECTION((1.,0.,0.));
#912=IFCDIRECTION((0.,1.,0.));
#913=IFCCARTESIANPOINT((0.,0.,0.));
#914=IFCCARTESIANPOINT((0.,0.));
"""


@pytest.fixture(scope="session")
def swept(step_text):
    """`swept(data, schema="IFC4")`: positions, triangles and status of the item #1 of a file in metres and radians."""

    def run(data, schema="IFC4", settings=None):
        file = step.read(step_text(data + UNITS, schema))
        return _sweep(file.tokens, file.row(1), settings or fine_settings())

    return run


@pytest.fixture(scope="session")
def peer_shape(step_text):
    """`peer_shape(data, schema="IFC4")`: positions and triangles of item #1 by ifcopenshell, None if it has none."""
    ifcopenshell = pytest.importorskip("ifcopenshell")
    geom = pytest.importorskip("ifcopenshell.geom")

    def run(data, schema="IFC4"):
        file = ifcopenshell.file.from_string(step_text(data + UNITS, schema).decode())
        settings = geom.settings()
        settings.set("mesher-linear-deflection", 0.0005)
        settings.set("mesher-angular-deflection", 0.1)
        try:
            shape = geom.create_shape(settings, file.by_id(1))
        except RuntimeError:
            return None
        return np.array(shape.verts).reshape(-1, 3), np.array(shape.faces, np.int32).reshape(-1, 3)

    return run


def polyline(points, number=40):
    """A closed polyline #number with its points from #number + 1 on."""
    lines = [
        f"#{number + 1 + i}=IFCCARTESIANPOINT(({','.join(repr(float(c)) for c in p)}));" for i, p in enumerate(points)
    ]
    refs = ",".join(f"#{number + 1 + i}" for i in [*range(len(points)), 0])
    return "".join(lines) + f"#{number}=IFCPOLYLINE(({refs}));"


RECTANGLE = "#2=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,2.,3.);"
CIRCLE = "#2=IFCCIRCLEPROFILEDEF(.AREA.,$,$,1.5);"
ELL = polyline([(0, 0), (4, 0), (4, 1), (1, 1), (1, 3), (0, 3)]) + "#2=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#40);"
PLACED = """#20=IFCAXIS2PLACEMENT3D(#21,#22,#23);#21=IFCCARTESIANPOINT((1.,2.,3.));#22=IFCDIRECTION((1.,1.,1.));
#23=IFCDIRECTION((1.,0.,0.));"""
ARC_PATH = """#10=IFCCOMPOSITECURVE((#11,#12,#13),.F.);#11=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#14);
#12=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#15);#13=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#16);
#14=IFCPOLYLINE((#913,#17));#17=IFCCARTESIANPOINT((2.,0.,0.));
#15=IFCTRIMMEDCURVE(#18,(IFCPARAMETERVALUE(4.71238898038469)),(IFCPARAMETERVALUE(6.28318530717959)),.T.,.PARAMETER.);
#18=IFCCIRCLE(#19,1.);#19=IFCAXIS2PLACEMENT3D(#30,#910,#911);#30=IFCCARTESIANPOINT((2.,1.,0.));
#16=IFCPOLYLINE((#31,#32));#31=IFCCARTESIANPOINT((3.,1.,0.));#32=IFCCARTESIANPOINT((3.,4.,0.));"""
KINKED = """#10=IFCPOLYLINE((#913,#11,#12,#13));#11=IFCCARTESIANPOINT((2.,0.,0.));#12=IFCCARTESIANPOINT((2.,3.,0.));
#13=IFCCARTESIANPOINT((2.,3.,4.));"""

# name: (data, exact area or None, exact volume or None, what ifcopenshell is asked)
SOLIDS = {
    "box": (RECTANGLE + "#1=IFCEXTRUDEDAREASOLID(#2,$,#910,4.);", 52.0, 24.0),
    "box_down": (RECTANGLE + "#1=IFCEXTRUDEDAREASOLID(#2,$,#3,4.);#3=IFCDIRECTION((0.,0.,-1.));", 52.0, 24.0),
    "box_placed": (RECTANGLE + PLACED + "#1=IFCEXTRUDEDAREASOLID(#2,#20,#910,4.);", 52.0, 24.0),
    "box_oblique": (
        RECTANGLE + PLACED + "#1=IFCEXTRUDEDAREASOLID(#2,#20,#3,5.);#3=IFCDIRECTION((3.,0.,4.));",
        None,
        24.0,
    ),
    "box_profile_placed": (
        "#2=IFCRECTANGLEPROFILEDEF(.AREA.,$,#3,2.,3.);#3=IFCAXIS2PLACEMENT2D(#4,#5);#4=IFCCARTESIANPOINT((5.,6.));"
        "#5=IFCDIRECTION((1.,1.));#1=IFCEXTRUDEDAREASOLID(#2,$,#910,4.);",
        52.0,
        24.0,
    ),
    "ell": (ELL + "#1=IFCEXTRUDEDAREASOLID(#2,$,#910,2.);", 40.0, 12.0),
    "cylinder_profile": (CIRCLE + "#1=IFCEXTRUDEDAREASOLID(#2,$,#910,4.);", None, None),
    "tapered": (
        RECTANGLE + "#1=IFCEXTRUDEDAREASOLIDTAPERED(#2,$,#910,3.,#3);#3=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,1.,1.);",
        None,
        3.0 * (2 * 3 + 1 * 1 + 0.5 * (2 * 1 + 3 * 1)) / 3.0,
    ),
    "tapered_circle": (
        CIRCLE + "#1=IFCEXTRUDEDAREASOLIDTAPERED(#2,$,#910,3.,#3);#3=IFCCIRCLEPROFILEDEF(.AREA.,$,$,0.001);",
        None,
        None,
    ),
    "revolved": (
        "#2=IFCRECTANGLEPROFILEDEF(.AREA.,$,#3,2.,3.);#3=IFCAXIS2PLACEMENT2D(#4,$);#4=IFCCARTESIANPOINT((5.,0.));"
        "#5=IFCAXIS1PLACEMENT(#913,#912);#1=IFCREVOLVEDAREASOLID(#2,$,#5,1.2);",
        None,
        None,
    ),
    "revolved_back": (
        ELL + PLACED + "#5=IFCAXIS1PLACEMENT(#6,#911);#6=IFCCARTESIANPOINT((0.,-1.,0.));"
        "#1=IFCREVOLVEDAREASOLID(#2,#20,#5,-2.);",
        None,
        None,
    ),
    "torus": (
        "#2=IFCCIRCLEPROFILEDEF(.AREA.,$,#3,1.);#3=IFCAXIS2PLACEMENT2D(#4,$);#4=IFCCARTESIANPOINT((5.,0.));"
        "#5=IFCAXIS1PLACEMENT(#913,#912);#1=IFCREVOLVEDAREASOLID(#2,$,#5,6.283185307179586);",
        None,
        None,
    ),
    "revolved_on_axis": (
        ELL + "#5=IFCAXIS1PLACEMENT(#913,#912);#1=IFCREVOLVEDAREASOLID(#2,$,#5,6.283185307179586);",
        None,
        None,
    ),
    "disk_straight": (
        "#1=IFCSWEPTDISKSOLID(#10,0.5,$,$,$);#10=IFCPOLYLINE((#913,#11));#11=IFCCARTESIANPOINT((0.,3.,4.));",
        None,
        None,
    ),
    "disk_arc": (ARC_PATH + "#1=IFCSWEPTDISKSOLID(#10,0.2,$,$,$);", None, None),
    "disk_hollow": (ARC_PATH + "#1=IFCSWEPTDISKSOLID(#10,0.2,0.1,$,$);", None, None),
    "disk_closed": (
        "#1=IFCSWEPTDISKSOLID(#10,0.2,$,$,$);#10=IFCCIRCLE(#11,2.);#11=IFCAXIS2PLACEMENT3D(#913,#910,#911);",
        None,
        None,
    ),
    "disk_fillet": (KINKED + "#1=IFCSWEPTDISKSOLIDPOLYGONAL(#10,0.2,$,$,$,0.5);", None, None),
    "fixed_reference": (
        ARC_PATH
        + "#2=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,0.4,0.2);#1=IFCFIXEDREFERENCESWEPTAREASOLID(#2,$,#10,$,$,#910);",
        None,
        None,
    ),
    "on_surface": (
        ARC_PATH + "#2=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,0.4,0.2);#1=IFCSURFACECURVESWEPTAREASOLID(#2,$,#10,$,$,#3);"
        "#3=IFCPLANE(#4);#4=IFCAXIS2PLACEMENT3D(#913,#910,#911);",
        None,
        None,
    ),
    "block": ("#1=IFCBLOCK(#3,2.,3.,4.);#3=IFCAXIS2PLACEMENT3D(#913,$,$);", 52.0, 24.0),
    "pyramid": ("#1=IFCRECTANGULARPYRAMID(#3,2.,3.,4.);#3=IFCAXIS2PLACEMENT3D(#913,$,$);", None, 8.0),
    "cone": ("#1=IFCRIGHTCIRCULARCONE(#3,4.,1.5);#3=IFCAXIS2PLACEMENT3D(#913,$,$);", None, None),
    "cylinder": ("#1=IFCRIGHTCIRCULARCYLINDER(#20,4.,1.5);" + PLACED, None, None),
    "sphere": ("#1=IFCSPHERE(#3,1.5);#3=IFCAXIS2PLACEMENT3D(#913,$,$);", None, None),
}
SURFACES = {
    "extruded_line": (
        polyline([(0, 0), (4, 0), (4, 1)]).replace(",#41)", ")")
        + "#2=IFCARBITRARYOPENPROFILEDEF(.CURVE.,$,#40);#1=IFCSURFACEOFLINEAREXTRUSION(#2,#3,#910,2.);"
        "#3=IFCAXIS2PLACEMENT3D(#913,$,$);",
        10.0,
    ),
    "bounded_plane": (
        polyline([(0, 0), (4, 0), (4, 3), (0, 3)])
        + polyline([(1, 1), (2, 1), (2, 2), (1, 2)], 60)
        + "#1=IFCCURVEBOUNDEDPLANE(#3,#40,(#60));#3=IFCPLANE(#20);"
        + PLACED,
        11.0,
    ),
    "trimmed_plane": ("#1=IFCRECTANGULARTRIMMEDSURFACE(#3,0.,0.,2.,3.,.T.,.T.);#3=IFCPLANE(#20);" + PLACED, 6.0),
    "revolved_line": (
        polyline([(2, 0), (2, 5)]).replace(",#41)", ")")
        + "#2=IFCARBITRARYOPENPROFILEDEF(.CURVE.,$,#40);#1=IFCSURFACEOFREVOLUTION(#2,#3,#4);"
        "#3=IFCAXIS2PLACEMENT3D(#913,$,$);#4=IFCAXIS1PLACEMENT(#913,#912);",
        2 * 5 * 72 * 2 * math.sin(math.pi / 72) * 1.0,
    ),
}


def assert_solid(positions, triangles, status):
    assert status == OK
    assert is_closed(positions, triangles)
    assert volume(positions, triangles) > 0.0


@pytest.mark.parametrize("name", SOLIDS)
def test_solids_are_closed_and_have_the_volume_of_the_textbook(swept, name):
    data, exact_area, exact_volume = SOLIDS[name]
    positions, triangles, status = swept(data)
    assert_solid(positions, triangles, status)
    if exact_area is not None:
        assert area(positions, triangles) == pytest.approx(exact_area, rel=1e-12)
    if exact_volume is not None:
        assert volume(positions, triangles) == pytest.approx(exact_volume, rel=1e-12)


PEER_IS_WRONG = {
    "tapered": "counts its caps twice",
    "disk_closed": "puts caps into a closed ring",
    "block": "bare primitives come inside out, or empty",
    "pyramid": "bare primitives come inside out, or empty",
    "cone": "bare primitives come inside out, or empty",
    "cylinder": "bare primitives come inside out, or empty",
}


@pytest.mark.parametrize("name", [name for name in SOLIDS if name not in PEER_IS_WRONG])
def test_solids_agree_with_ifcopenshell(swept, peer_shape, name):
    data, exact_area, _ = SOLIDS[name]
    peer = peer_shape(data)
    if peer is None:
        pytest.skip("ifcopenshell makes nothing of it")
    positions, triangles, _ = swept(data)
    rel = 1e-6 if exact_area is not None else 0.012
    assert area(positions, triangles) == pytest.approx(area(*peer), rel=rel)
    assert volume(positions, triangles) == pytest.approx(volume(*peer), rel=rel)
    np.testing.assert_allclose(bounds(positions), bounds(peer[0]), rtol=0, atol=1e-6 if rel < 1e-3 else 0.02)


@pytest.mark.parametrize("name", SURFACES)
def test_surfaces_have_their_area(swept, name):
    data, exact = SURFACES[name]
    positions, triangles, status = swept(data)
    assert status == OK
    assert area(positions, triangles) == pytest.approx(exact, rel=1e-3)


# ------------------------------------------------------------------------------------------- round solids, exactly


def polygon_area(radius, n):
    """Area of a regular polygon of n corners on a circle."""
    return 0.5 * n * radius * radius * math.sin(2.0 * math.pi / n)


@pytest.mark.parametrize(("name", "height"), [("cylinder_profile", 4.0), ("cylinder", 4.0), ("cone", 4.0 / 3.0)])
def test_round_solids_are_those_of_their_polygon(swept, name, height):
    positions, triangles, _ = swept(SOLIDS[name][0])
    n = (len(triangles) + 4) // 4 if name != "cone" else (len(triangles) + 2) // 2
    assert n >= 36
    assert volume(positions, triangles) == pytest.approx(polygon_area(1.5, n) * height, rel=1e-12)


def test_a_straight_tube_is_the_prism_of_its_polygon(swept):
    positions, triangles, _ = swept(SOLIDS["disk_straight"][0])
    n = (len(triangles) + 4) // 4
    assert volume(positions, triangles) == pytest.approx(polygon_area(0.5, n) * 5.0, rel=1e-12)


def test_a_mitred_tube_has_the_volume_of_section_times_length(swept):
    """A mitre cuts as much from one tube as it leaves on the other side, for a section about its centre."""
    positions, triangles, status = swept(KINKED + "#1=IFCSWEPTDISKSOLID(#10,0.2,$,$,$);")
    assert_solid(positions, triangles, status)
    n = len(positions) // 4
    assert volume(positions, triangles) == pytest.approx(polygon_area(0.2, n) * 9.0, rel=1e-12)


def test_pappus_holds_for_a_revolved_rectangle(swept):
    """Chords of a revolution: each step is a wedge of volume A * R * sin(step), with the centroid at R."""
    positions, triangles, _ = swept(SOLIDS["revolved"][0])
    steps = len(positions) // 4 - 1
    assert volume(positions, triangles) == pytest.approx(6.0 * 5.0 * steps * math.sin(1.2 / steps), rel=1e-2)
    full = swept(SOLIDS["torus"][0])
    assert volume(*full[:2]) == pytest.approx(2.0 * math.pi**2 * 5.0, rel=0.01)


def test_a_sphere_is_one_within_a_percent(swept):
    positions, triangles, _ = swept(SOLIDS["sphere"][0])
    assert volume(positions, triangles) == pytest.approx(4.0 / 3.0 * math.pi * 1.5**3, rel=0.01)
    assert np.abs(np.linalg.norm(positions, axis=1) - 1.5).max() < 1e-12


def test_parameters_of_the_directrix_cut_it(swept):
    data = KINKED + "#1=IFCSWEPTDISKSOLID(#10,0.2,$,0.5,1.);"
    positions, _, _ = swept(data)
    box = bounds(positions)
    assert (box[0], box[3]) == pytest.approx((1.0, 2.0))


# ------------------------------------------------------------------------------------------------------------- laws

coordinate = st.integers(-50, 50).map(lambda i: i / 8.0)


@hypothesis_settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=9), st.sampled_from([2.0, -3.0]))
def test_an_extrusion_of_any_polygon_is_closed(swept, points, depth):
    """Crossing, touching, doubled outlines as well: they are closed, and as deep as they should be."""
    data = (
        polyline(points) + f"#2=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#40);#1=IFCEXTRUDEDAREASOLID(#2,$,#910,{depth});"
    )
    positions, triangles, status = swept(data)
    assert status in (OK, DEGENERATE)
    if status == OK:
        assert_solid(positions, triangles, status)
        assert np.ptp(positions[:, 2]) == abs(depth)


@hypothesis_settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 8), min_size=3, max_size=12),
    st.floats(0.1, 5.0),
    st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(0.2, 1)),
)
def test_an_extrusion_has_the_volume_of_area_times_height(swept, radii, depth, way):
    n = len(radii)
    points = [(r * math.cos(2 * math.pi * i / n), r * math.sin(2 * math.pi * i / n)) for i, r in enumerate(radii)]
    x, y = np.array(points).T
    flat = 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    data = (
        polyline(points)
        + f"#2=IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#40);#3=IFCDIRECTION(({way[0]},{way[1]},{way[2]}));"
    )
    positions, triangles, status = swept(data + f"#1=IFCEXTRUDEDAREASOLID(#2,$,#3,{depth});")
    assert_solid(positions, triangles, status)
    height = depth * way[2] / math.sqrt(way[0] ** 2 + way[1] ** 2 + way[2] ** 2)
    assert volume(positions, triangles) == pytest.approx(flat * height, rel=1e-9)


@hypothesis_settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(coordinate, coordinate, coordinate), min_size=2, max_size=7),
    st.floats(0.05, 2.0),
    st.sampled_from(["$", "0.02"]),
)
def test_a_tube_along_any_polyline_is_closed(swept, points, radius, inner):
    lines = "".join(f"#{41 + i}=IFCCARTESIANPOINT(({p[0]},{p[1]},{p[2]}));" for i, p in enumerate(points))
    refs = ",".join(f"#{41 + i}" for i in range(len(points)))
    data = f"{lines}#40=IFCPOLYLINE(({refs}));#1=IFCSWEPTDISKSOLID(#40,{radius},{inner},$,$);"
    positions, triangles, status = swept(data)
    assert status in (OK, DEGENERATE)
    if status == OK:
        assert is_closed(positions, triangles)


# ----------------------------------------------------------------------------------------------------------- damage


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (RECTANGLE + "#1=IFCEXTRUDEDAREASOLID(#2,$,#910,0.);", DEGENERATE),
        (RECTANGLE + "#1=IFCEXTRUDEDAREASOLID(#2,$,#911,1.);", DEGENERATE),
        (RECTANGLE + "#1=IFCEXTRUDEDAREASOLID(#77,$,#910,1.);", DANGLING),
        (RECTANGLE + "#1=IFCEXTRUDEDAREASOLID(#2,#77,#910,1.);", DANGLING),
        (RECTANGLE + "#1=IFCEXTRUDEDAREASOLID(#2,$,#77,1.);", DANGLING),
        (RECTANGLE + "#1=IFCEXTRUDEDAREASOLID(#2,$,#910,nan);", NOT_FINITE),
        (RECTANGLE + "#1=IFCEXTRUDEDAREASOLID(#2,$,#910,1.E400);", NOT_FINITE),
        ("#2=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,0.,3.);#1=IFCEXTRUDEDAREASOLID(#2,$,#910,1.);", DEGENERATE),
        ("#2=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,nan,3.);#1=IFCEXTRUDEDAREASOLID(#2,$,#910,1.);", NOT_FINITE),
        ("#2=IFCWALL($);#1=IFCEXTRUDEDAREASOLID(#2,$,#910,1.);", UNSUPPORTED),
        ("#1=IFCEXTRUDEDAREASOLID();", DANGLING),
        (RECTANGLE + "#1=IFCREVOLVEDAREASOLID(#2,$,#77,1.);", DANGLING),
        (RECTANGLE + "#1=IFCREVOLVEDAREASOLID(#2,$,#5,0.);#5=IFCAXIS1PLACEMENT(#913,#912);", DEGENERATE),
        (KINKED + "#1=IFCSWEPTDISKSOLID(#10,0.,$,$,$);", DEGENERATE),
        (KINKED + "#1=IFCSWEPTDISKSOLID(#10,1.,1.,$,$);", DEGENERATE),
        (KINKED + "#1=IFCSWEPTDISKSOLID(#77,1.,$,$,$);", DANGLING),
        ("#1=IFCSPHERE(#3,-1.5);#3=IFCAXIS2PLACEMENT3D(#913,$,$);", DEGENERATE),
        ("#1=IFCBLOCK(#3,1.,1.,nan);#3=IFCAXIS2PLACEMENT3D(#913,$,$);", NOT_FINITE),
        ("#1=IFCWALL($);", UNSUPPORTED),
    ],
)
def test_what_cannot_be_built_has_a_status(swept, data, expected):
    positions, triangles, status = swept(data)
    assert status == expected
    assert positions.shape == (0, 3)
    assert triangles.shape == (0, 3)


@pytest.mark.parametrize("name", [*SOLIDS, *SURFACES])
def test_any_missing_or_broken_argument_is_answered(swept, name):
    """Each argument of each row in turn becomes null, not a number, a wrong reference, an empty list."""
    data = (SOLIDS.get(name) or SURFACES[name])[0]
    rows = data.replace("\n", "").split(";")[:-1]
    for i, row in enumerate(rows):
        head, _, inside = row.partition("(")
        arguments = inside[:-1].split(",")
        for k in range(len(arguments)):
            for wrong in ("$", "nan", "#1", "#77", "()", "-1.E300"):
                changed = [
                    *rows[:i],
                    f"{head}({','.join([*arguments[:k], wrong, *arguments[k + 1 :]])})",
                    *rows[i + 1 :],
                ]
                positions, triangles, status = swept(";".join(changed) + ";")
                assert 0 <= status <= 6
                assert np.isfinite(positions).all()
                assert triangles.size == 0 or triangles.max() < len(positions)


def test_every_code_is_known():
    assert len(set(SWEEP_CODES)) == len(SWEEP_CODES)
