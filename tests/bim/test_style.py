"""Tests of avila_sci.bim.style: every way on which IFC hangs a colour on a shape."""

import numpy as np
import pytest
from parts import BLOCK, block, product

from avila_sci.bim import schema
from avila_sci.bim.style import class_colours

RED = (0.9, 0.1, 0.2)
STYLE = (
    "#500=IFCCOLOURRGB($,0.9,0.1,0.2);\n#501=IFCSURFACESTYLESHADING(#500,0.25);\n"
    "#502=IFCSURFACESTYLE('red',.BOTH.,(#501));\n"
)


def colour(geometry, element=10):
    """What the triangles of an element are drawn in, (k, 4) of distinct colours."""
    scene = geometry.scene
    drawn = set()
    for i in np.flatnonzero(scene.instance_element == geometry.number(element)):
        m = scene.instance_mesh[i]
        for c in scene.triangle_colour[scene.triangle_start[m] : scene.triangle_start[m + 1]]:
            drawn.add(tuple(np.round(scene.palette[c or scene.instance_colour[i]].astype(float), 6)))
    return sorted(drawn)


def test_a_styled_item(built):
    geometry = built(BLOCK + product(10, "#1") + STYLE + "#510=IFCSTYLEDITEM(#1,(#502),$);\n")
    assert colour(geometry) == [(*RED, 0.75)]


def test_a_styled_item_through_a_style_assignment(built):
    data = STYLE.replace("(#500,0.25)", "(#500)") + "#505=IFCPRESENTATIONSTYLEASSIGNMENT((#502));\n"
    geometry = built(BLOCK + product(10, "#1") + data + "#510=IFCSTYLEDITEM(#1,(#505),$);\n", "IFC2X3")
    assert colour(geometry) == [(*RED, 1.0)]


@pytest.mark.parametrize(
    ("diffuse", "expected"),
    [("$", RED), ("IFCNORMALISEDRATIOMEASURE(0.5)", (0.45, 0.05, 0.1)), ("#503", (0.1, 0.2, 0.3))],
)
def test_a_rendering(built, diffuse, expected):
    data = STYLE.replace(
        "IFCSURFACESTYLESHADING(#500,0.25)", f"IFCSURFACESTYLERENDERING(#500,0.25,{diffuse},$,$,$,$,$,.NOTDEFINED.)"
    )
    data += "#503=IFCCOLOURRGB($,0.1,0.2,0.3);\n#510=IFCSTYLEDITEM(#1,(#502),$);\n"
    assert colour(built(BLOCK + product(10, "#1") + data)) == [(*expected, 0.75)]


MATERIAL = STYLE + (
    "#510=IFCSTYLEDITEM($,(#502),$);\n#511=IFCSTYLEDREPRESENTATION(#904,$,$,(#510));\n"
    "#512=IFCMATERIALDEFINITIONREPRESENTATION($,$,(#511),#520);\n#520=IFCMATERIAL('brick',$,$);\n"
)
SETS = (
    "#520",
    "#521);\n#521=IFCMATERIALLIST((#520)",
    "#521);\n#521=IFCMATERIALLAYERSET((#522),$,$);\n#522=IFCMATERIALLAYER(#520,0.1,$,$,$,$,$",
    "#523);\n#523=IFCMATERIALLAYERSETUSAGE(#521,.AXIS2.,.POSITIVE.,0.,$);\n"
    "#521=IFCMATERIALLAYERSET((#522),$,$);\n#522=IFCMATERIALLAYER(#520,0.1,$,$,$,$,$",
    "#521);\n#521=IFCMATERIALCONSTITUENTSET($,$,(#522));\n#522=IFCMATERIALCONSTITUENT($,$,#520,$,$",
)


@pytest.mark.parametrize("how", SETS)
def test_the_material(built, how):
    data = MATERIAL + f"#530=IFCRELASSOCIATESMATERIAL('0000000000000000000530',$,$,$,(#10),{how});\n"
    assert colour(built(BLOCK + product(10, "#1") + data)) == [(*RED, 0.75)]


def test_the_material_of_the_type(built):
    data = MATERIAL + (
        "#530=IFCRELASSOCIATESMATERIAL('0000000000000000000530',$,$,$,(#540),#520);\n"
        "#540=IFCWALLTYPE('0000000000000000000540',$,$,$,$,$,$,$,$,.STANDARD.);\n"
        "#541=IFCRELDEFINESBYTYPE('0000000000000000000541',$,$,$,(#10),#540);\n"
    )
    assert colour(built(BLOCK + product(10, "#1") + data)) == [(*RED, 0.75)]


def test_the_items_own_colour_is_stronger_than_the_materials(built):
    data = MATERIAL + "#530=IFCRELASSOCIATESMATERIAL('0000000000000000000530',$,$,$,(#10),#520);\n"
    data += (
        "#550=IFCCOLOURRGB($,0.,0.,1.);\n#551=IFCSURFACESTYLESHADING(#550,0.);\n"
        "#552=IFCSURFACESTYLE('blue',.BOTH.,(#551));\n#553=IFCSTYLEDITEM(#1,(#552),$);\n"
    )
    data += block(700, 1, 1, 1)
    assert colour(built(BLOCK + product(10, "#1,#700") + data)) == [(0.0, 0.0, 1.0, 1.0), (*RED, 0.75)]


def test_what_has_no_colour_takes_that_of_its_class(built):
    wall = tuple(np.round(class_colours()[schema.code("IFCWALL")].astype(float), 6))
    assert colour(built(BLOCK + product(10, "#1"))) == [wall]


def test_styles_that_refer_to_nothing_or_to_themselves(built):
    data = (
        "#510=IFCSTYLEDITEM(#1,(#999,#511),$);\n#511=IFCPRESENTATIONSTYLEASSIGNMENT((#511));\n"
        "#512=IFCSTYLEDITEM(#777,(#513),$);\n#513=IFCSURFACESTYLE($,$,(#514));\n#514=IFCSURFACESTYLESHADING(#998,$);\n"
        "#515=IFCSTYLEDITEM(#1,(#516),$);\n#516=IFCSURFACESTYLE($,$,(#517));\n#517=IFCSURFACESTYLESHADING(#518,$);\n"
        "#518=IFCCOLOURRGB($,7.,-1.,1.E999);\n"
    )
    geometry = built(BLOCK + product(10, "#1") + data)
    assert np.isfinite(geometry.scene.palette).all()
    assert geometry.scene.palette.min() >= 0
    assert geometry.scene.palette.max() <= 1
