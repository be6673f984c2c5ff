"""Tests of avila_sci.bim.curve: points of every kind of curve, trims, joints, damage."""

import math

import numpy as np
import pytest

from avila_sci.bim import step
from avila_sci.bim.curve import (
    CYCLE,
    DANGLING,
    DEGENERATE,
    NOT_FINITE,
    OK,
    TOO_DEEP,
    UNSUPPORTED,
    _curve2,
    _curve3,
    _traced,
    fine_settings,
)

POINTS = """#10=IFCCARTESIANPOINT((0.,0.));#11=IFCCARTESIANPOINT((4.,0.));#12=IFCCARTESIANPOINT((4.,3.));
#13=IFCCARTESIANPOINT((0.,3.));#20=IFCAXIS2PLACEMENT2D(#10,$);#21=IFCCIRCLE(#20,2.);#22=IFCELLIPSE(#20,3.,1.);
#30=IFCDIRECTION((1.,0.));#31=IFCVECTOR(#30,2.);#32=IFCLINE(#11,#31);
#40=IFCCARTESIANPOINT((2.,0.));#41=IFCCARTESIANPOINT((0.,2.));"""


@pytest.fixture(scope="session")
def traced(step_text):
    """`traced(data, settings)`: points, closed and status of the curve #1."""

    def run(data, settings=None):
        file = step.read(step_text(data + POINTS))
        return _curve2(file.tokens, file.row(1), settings or fine_settings())

    return run


def length(points, closed=False):
    if closed:
        points = np.vstack([points, points[:1]])
    return np.linalg.norm(np.diff(points, axis=0), axis=1).sum()


@pytest.mark.parametrize(
    ("data", "expected", "closed"),
    [
        ("#1=IFCPOLYLINE((#10,#11,#12));", [(0, 0), (4, 0), (4, 3)], False),
        ("#1=IFCPOLYLINE((#10,#11,#11,#12,#13,#10));", [(0, 0), (4, 0), (4, 3), (0, 3)], True),
        ("#1=IFCINDEXEDPOLYCURVE(#2,$,.F.);#2=IFCCARTESIANPOINTLIST2D(((0.,0.),(4.,0.),(4.,3.)));", None, False),
        (
            "#1=IFCINDEXEDPOLYCURVE(#2,(IFCLINEINDEX((1,2)),IFCLINEINDEX((2,3))),.F.);"
            "#2=IFCCARTESIANPOINTLIST2D(((0.,0.),(4.,0.),(4.,3.)));",
            None,
            False,
        ),
        ("#1=IFCLINE(#11,#31);", [(4, 0), (6, 0)], False),
        (
            "#1=IFCTRIMMEDCURVE(#32,(IFCPARAMETERVALUE(1.)),(IFCPARAMETERVALUE(2.)),.T.,.PARAMETER.);",
            [(6, 0), (8, 0)],
            False,
        ),
        ("#1=IFCTRIMMEDCURVE(#32,(#11),(#40),.T.,.CARTESIAN.);", [(4, 0), (2, 0)], False),
        (
            "#1=IFCTRIMMEDCURVE(#2,(IFCPARAMETERVALUE(0.5)),(IFCPARAMETERVALUE(1.5)),.T.,.PARAMETER.);"
            "#2=IFCPOLYLINE((#10,#11,#12));",
            [(2, 0), (4, 0), (4, 1.5)],
            False,
        ),
        (
            "#1=IFCCOMPOSITECURVE((#2,#3),.F.);#2=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#4);"
            "#3=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.F.,#5);#4=IFCPOLYLINE((#10,#11));#5=IFCPOLYLINE((#12,#11));",
            [(0, 0), (4, 0), (4, 3)],
            False,
        ),
        ("#1=IFCOFFSETCURVE2D(#2,1.,.F.);#2=IFCPOLYLINE((#10,#11,#12));", [(0, 1), (3, 1), (3, 3)], False),
    ],
)
def test_straight_curves_have_their_corners(traced, data, expected, closed):
    points, is_closed, status = traced(data)
    assert (status, is_closed) == (OK, closed)
    np.testing.assert_allclose(points, expected or [(0, 0), (4, 0), (4, 3)], atol=1e-12)


def test_a_circle_lies_on_itself_and_no_chord_is_too_far(traced):
    points, closed, status = traced("#1=IFCCIRCLE(#20,2.);")
    assert (status, closed) == (OK, True)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 2.0)
    middle = 0.5 * (points + np.roll(points, -1, axis=0))
    assert (2.0 - np.linalg.norm(middle, axis=1)).max() <= 0.001 + 1e-12


@pytest.mark.parametrize(
    ("ends", "sense", "begin", "end", "arc"),
    [
        ("(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(1.5707963267949))", "T", (2, 0), (0, 2), math.pi),
        ("(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(1.5707963267949))", "F", (2, 0), (0, 2), 3 * math.pi),
        ("(#40),(#41)", "T", (2, 0), (0, 2), math.pi),
        ("(#41),(#40)", "T", (0, 2), (2, 0), 3 * math.pi),
        ("(#40,IFCPARAMETERVALUE(1.)),(#41,IFCPARAMETERVALUE(2.))", "T", None, None, 2.0),
        ("(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(6.28318977355957))", "T", (2, 0), None, 4 * math.pi),
        ("(#40),(#40)", "T", (2, 0), None, 4 * math.pi),
        ("(#40,IFCPARAMETERVALUE(0.)),(#41,IFCPARAMETERVALUE(90.))", "T", (2, 0), (0, 2), math.pi),
    ],
)
def test_an_arc_runs_from_one_trim_to_the_other(traced, ends, sense, begin, end, arc):
    """Two are from files: 2 pi in single precision, whose remainder is not an arc of 4 micrometres; and degrees in a
    file whose angles are radians, as the points beside them tell.
    """
    points, closed, status = traced(f"#1=IFCTRIMMEDCURVE(#21,{ends},.{sense}.,.PARAMETER.);")
    assert status == OK
    assert length(points, closed) == pytest.approx(arc, rel=2e-3)
    if begin is not None:
        np.testing.assert_allclose(points[0], begin, atol=1e-9)
    if end is not None:
        np.testing.assert_allclose(points[-1], end, atol=1e-9)


def test_angles_are_in_the_unit_of_the_file(traced):
    data = "#1=IFCTRIMMEDCURVE(#21,(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(90.)),.T.,.PARAMETER.);"
    points, _, _ = traced(data, fine_settings(angle=math.pi / 180))
    np.testing.assert_allclose(points[-1], (0, 2), atol=1e-9)


def test_the_parameter_of_an_ellipse_is_not_its_angle(traced):
    data = "#1=IFCTRIMMEDCURVE(#22,(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(0.78539816339745)),.T.,.PARAMETER.);"
    points, _, _ = traced(data)
    np.testing.assert_allclose(points[-1], (3 * math.sqrt(0.5), math.sqrt(0.5)), atol=1e-9)


def test_an_arc_index_goes_through_its_middle_point(traced):
    data = (
        "#1=IFCINDEXEDPOLYCURVE(#2,(IFCARCINDEX((1,2,3)),IFCLINEINDEX((3,1))),.F.);"
        "#2=IFCCARTESIANPOINTLIST2D(((2.,0.),(0.,2.),(-2.,0.)));"
    )
    points, closed, status = traced(data)
    assert (status, closed) == (OK, True)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 2.0)
    assert length(points, True) == pytest.approx(2 * math.pi + 4, rel=2e-3)


def test_a_rational_spline_makes_a_true_quarter_of_a_circle(traced):
    data = (
        "#1=IFCRATIONALBSPLINECURVEWITHKNOTS(2,(#40,#2,#41),.UNSPECIFIED.,.F.,.F.,(3,3),(0.,1.),.UNSPECIFIED.,"
        "(1.,0.707106781186548,1.));#2=IFCCARTESIANPOINT((2.,2.));"
    )
    points, closed, status = traced(data)
    assert (status, closed) == (OK, False)
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 2.0, rtol=1e-12)
    assert length(points) == pytest.approx(math.pi, rel=1e-3)


def test_parameters_grow_along_a_composite(step_text):
    data = (
        "#1=IFCCOMPOSITECURVE((#2,#3),.F.);#2=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#4);"
        "#3=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#5);#4=IFCPOLYLINE((#10,#11));#5=IFCPOLYLINE((#11,#12,#13));"
    )
    file = step.read(step_text(data + POINTS))
    points, n, status = _traced(file.tokens, file.row(1), fine_settings())
    assert status == OK
    assert points[:n, 3].tolist() == [0.0, 1.0, 2.0, 3.0]


def test_a_chain_that_doubles_and_a_chain_that_is_too_long_end(step_text):
    """Each level names the one below twice: 2^60 parts; then a thousand levels of one."""
    levels = "".join(
        f"#{100 + 2 * i}=IFCCOMPOSITECURVE((#{101 + 2 * i},#{101 + 2 * i}),.F.);"
        f"#{101 + 2 * i}=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#{102 + 2 * i});"
        for i in range(40)
    )
    file = step.read(step_text(levels + "#180=IFCPOLYLINE((#10,#11));" + POINTS))
    assert _curve3(file.tokens, file.row(100), fine_settings())[2] == TOO_DEEP
    chain = "".join(f"#{100 + i}=IFCTRIMMEDCURVE(#{101 + i},$,$,.T.,$);" for i in range(1000))
    file = step.read(step_text(chain + POINTS))
    assert _curve3(file.tokens, file.row(100), fine_settings())[2] == TOO_DEEP


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("#1=IFCPOLYLINE((#10));", DEGENERATE),
        ("#1=IFCPOLYLINE((#10,#10));", DEGENERATE),
        ("#1=IFCPOLYLINE((#10,#77));", DANGLING),
        ("#1=IFCPOLYLINE((#10,#2));#2=IFCCARTESIANPOINT((nan,0.));", NOT_FINITE),
        ("#1=IFCCIRCLE(#20,0.);", DEGENERATE),
        ("#1=IFCCIRCLE(#20,nan);", NOT_FINITE),
        ("#1=IFCCIRCLE(#77,1.);", DANGLING),
        ("#1=IFCCOMPOSITECURVE((#2),.F.);#2=IFCCOMPOSITECURVESEGMENT(.CONTINUOUS.,.T.,#1);", CYCLE),
        ("#1=IFCCOMPOSITECURVE((),.F.);", DEGENERATE),
        (
            "#1=IFCINDEXEDPOLYCURVE(#2,(IFCLINEINDEX((1,9))),.F.);#2=IFCCARTESIANPOINTLIST2D(((0.,0.),(4.,0.)));",
            DANGLING,
        ),
        ("#1=IFCTRIMMEDCURVE(#21,(),(),.T.,.PARAMETER.);", DEGENERATE),
        ("#1=IFCWALL($);", UNSUPPORTED),
    ],
)
def test_what_is_no_curve_has_a_status(traced, data, expected):
    points, closed, status = traced(data)
    assert (points.shape, closed, status) == ((0, 2), False, expected)
