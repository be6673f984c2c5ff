"""Pieces of small models as STEP text: a frame of units and contexts, products, placements, blocks, voids."""

FRAME = """
#900=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);
#901=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);
#902=IFCUNITASSIGNMENT((#900,#901));
#903=IFCPROJECT('0000000000000000000000',$,$,$,$,$,$,(#904),#902);
#904=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#921,$);
#910=IFCDIRECTION((0.,0.,1.));
#911=IFCDIRECTION((1.,0.,0.));
#913=IFCCARTESIANPOINT((0.,0.,0.));
#914=IFCCARTESIANPOINT((0.,0.));
#920=IFCAXIS2PLACEMENT2D(#914,$);
#921=IFCAXIS2PLACEMENT3D(#913,$,$);
"""
# A block of 4 x 0.3 x 3 m about the middle of its foot: item #1.
BLOCK = "#2=IFCRECTANGLEPROFILEDEF(.AREA.,$,#920,4.,0.3);\n#1=IFCEXTRUDEDAREASOLID(#2,#921,#910,3.);\n"


def product(number, items, placement="$", kind="IFCWALL", form="SweptSolid"):
    """An element # `number` with one body of some items, placed by an entity or nowhere in particular."""
    more = ",$" if kind in ("IFCWALL", "IFCSLAB", "IFCBEAM", "IFCOPENINGELEMENT") else ",$,$,$,$,$"
    return (
        f"#{number + 1}=IFCSHAPEREPRESENTATION(#904,'Body','{form}',({items}));\n"
        f"#{number + 2}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{number + 1}));\n"
        f"#{number}={kind}('{number:022d}',$,'part {number}',$,$,{placement},#{number + 2},$%s);\n" % more
    )


def place(number, x, y, z, parent="$"):
    """A local placement # `number` that moves by a vector."""
    return (
        f"#{number + 1}=IFCCARTESIANPOINT(({x:.9g},{y:.9g},{z:.9g}));\n"
        f"#{number + 2}=IFCAXIS2PLACEMENT3D(#{number + 1},$,$);\n"
        f"#{number}=IFCLOCALPLACEMENT({parent},#{number + 2});\n"
    )


def block(number, x, y, z):
    """An extruded block # `number` of x by y by z about the middle of its foot."""
    return (
        f"#{number + 1}=IFCRECTANGLEPROFILEDEF(.AREA.,$,#920,{x:.9g},{y:.9g});\n"
        f"#{number}=IFCEXTRUDEDAREASOLID(#{number + 1},#921,#910,{z:.9g});\n"
    )


def voids(number, host, opening):
    return f"#{number}=IFCRELVOIDSELEMENT('{number:022d}',$,$,$,#{host},#{opening});\n"
