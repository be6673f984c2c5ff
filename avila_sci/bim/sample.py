"""Our own sample building: a house with a gable roof, written by our own STEP writer.

It stands on a sloping plot in São Paulo (SIRGAS 2000 / UTM zone 23S) and uses one of everything the reader knows:
extrusions of every common profile, openings, half-space clips, mapped and mirrored furniture, a faceted chimney, a
triangulated terrain, a swept railing, revolved lamps, materials, colours, property sets, quantities and a schedule.

`path` gives the file that is shipped (three storeys, two bays); `write` makes one of any size, for tests of speed.
Identifiers come from a counter, so the same parameters give the same bytes.

References
----------
.. [1] buildingSMART, "IFC4 ADD2 TC1" (ISO 16739-1:2018).
"""

import hashlib
import math
from pathlib import Path

from avila_sci.bim.step_writer import DERIVED, Enum, StepWriter, Typed
from avila_sci.core.errors import DomainError

STOREY = 3.0  # m, floor to floor
SLAB = 0.25  # m
OUTER, INNER = 0.30, 0.12  # m, wall thicknesses
DEPTH = 9.0  # m, south to north
BAY = 6.0  # m
KNEE = 1.2  # m, height of the attic's walls at their outer face
SLOPE = math.radians(35.0)
EAVES, VERGE = 0.6, 0.5  # m, roof overhangs
CLEAR = STOREY - SLAB  # m, height of a room
BEAM = 0.24  # m

_GUID = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$"


def path():
    """Path of the sample file that comes with the package.

    Returns
    -------
    pathlib.Path
    """
    return Path(__file__).with_name("sample_house.ifc")


def write(path, floors=3, bays=2):
    """Write a sample building.

    Parameters
    ----------
    path : str or Path
    floors : int
        Storeys, the attic included; at least 1.
    bays : int
        Length in steps of 6 m; at least 1.  50 floors of 40 bays make about 20 MB.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    DomainError
        Fewer than one floor or bay.
    """
    if floors < 1 or bays < 1:
        raise DomainError(f"a building has at least one floor and one bay, got floors={floors}, bays={bays}")
    house = _House(floors, bays)
    house.build()
    return house.w.save(path)


# fmt: off: an instance reads best as the file has it, on one or two lines
class _House:
    """The house while it is being written: the writer, what is shared, and one method a part."""

    def __init__(self, floors, bays):
        self.floors, self.bays = floors, bays
        self.length = BAY * bays
        self.w = StepWriter("IFC4", "sample_house.ifc")
        self.guids = 0
        self.by_storey = [[] for _ in range(floors)]
        self.by_type = {}
        self.by_material = {}
        self.by_phase = {}
        self.colours = {}
        self.directions = {}

    # ---- words of IFC ------------------------------------------------------------------------------------------

    def guid(self):
        self.guids += 1
        number = int.from_bytes(hashlib.sha256(f"avila sample house {self.guids}".encode()).digest()[:16], "big")
        digits = []
        for _ in range(22):
            number, digit = divmod(number, 64)
            digits.append(_GUID[digit])
        return _GUID[number % 4] + "".join(digits[1:])

    def root(self, kind, *arguments):
        return self.w.add(kind, self.guid(), self.history, *arguments)

    def point(self, *xyz):
        return self.w.add("IfcCartesianPoint", [float(c) for c in xyz])

    def direction(self, *xyz):
        if xyz not in self.directions:
            self.directions[xyz] = self.w.add("IfcDirection", [float(c) for c in xyz])
        return self.directions[xyz]

    def axes(self, origin=(0, 0, 0), axis=None, ref=None):
        axis = self.direction(*axis) if axis else None
        ref = self.direction(*ref) if ref else None
        return self.w.add("IfcAxis2Placement3D", self.point(*origin), axis, ref)

    def place(self, origin, relative_to=None, axis=None, ref=None):
        return self.w.add("IfcLocalPlacement", relative_to, self.axes(origin, axis, ref))

    def polyline(self, points, closed=True):
        corners = [self.point(*p) for p in points]
        return self.w.add("IfcPolyline", corners + corners[:1] if closed else corners)

    def rectangle(self, x, y, at=None):
        placement = None
        if at is not None:
            placement = self.w.add("IfcAxis2Placement2D", self.point(*at), None)
        return self.w.add("IfcRectangleProfileDef", Enum("AREA"), None, placement, float(x), float(y))

    def polygon(self, points, holes=()):
        outer = self.polyline(points)
        if not holes:
            return self.w.add("IfcArbitraryClosedProfileDef", Enum("AREA"), None, outer)
        inner = [self.polyline(hole) for hole in holes]
        return self.w.add("IfcArbitraryProfileDefWithVoids", Enum("AREA"), None, outer, inner)

    def extrude(self, profile, depth, position=None):
        return self.w.add(
            "IfcExtrudedAreaSolid", profile, position or self.axes(), self.direction(0, 0, 1), float(depth)
        )

    def box(self, x0, y0, z0, x1, y1, z1):
        profile = self.rectangle(x1 - x0, y1 - y0, ((x0 + x1) / 2, (y0 + y1) / 2))
        return self.extrude(profile, z1 - z0, self.axes((0, 0, z0)))

    def across(self, profile, depth, origin=(0, 0, 0)):
        """Extrude a profile drawn in (y, z) along x."""
        return self.extrude(profile, depth, self.axes(origin, (1, 0, 0), (0, 1, 0)))

    def upright(self, profile, depth, origin=(0, 0, 0)):
        """Extrude a profile drawn in (x, z) against y."""
        return self.extrude(profile, depth, self.axes(origin, (0, -1, 0), (1, 0, 0)))

    def clip(self, solid, origin, normal):
        plane = self.w.add("IfcPlane", self.axes(origin, normal, (1, 0, 0)))
        # Agreement .F.: the material removed lies on the side the normal points to.
        half = self.w.add("IfcHalfSpaceSolid", plane, False)
        return self.w.add("IfcBooleanClippingResult", Enum("DIFFERENCE"), solid, half)

    def shape(self, items, kind="SweptSolid", colour=None):
        if colour:
            for item in items:
                self.paint(item, colour)
        body = self.w.add("IfcShapeRepresentation", self.body, "Body", kind, items)
        return self.w.add("IfcProductDefinitionShape", None, None, [body])

    def paint(self, item, colour):
        self.w.add("IfcStyledItem", item, [self.colours[colour]], None)

    def shared(self, items):
        """A representation map: geometry drawn once and placed many times."""
        body = self.w.add("IfcShapeRepresentation", self.body, "Body", "SweptSolid", items)
        return self.w.add("IfcRepresentationMap", self.axes(), body)

    def placed(self, source, operator=None):
        operator = operator or self.operator()
        return self.shape([self.w.add("IfcMappedItem", source, operator)], "MappedRepresentation")

    def operator(self, mirrored=False, stretch=None):
        y = self.direction(0, -1, 0) if mirrored else None
        start = (self.direction(1, 0, 0) if mirrored else None, y, self.point(0, 0, 0), None)
        z = self.direction(0, 0, 1) if mirrored else None
        if stretch:
            return self.w.add(
                "IfcCartesianTransformationOperator3DnonUniform",
                *start[:3],
                float(stretch[0]),
                z,
                float(stretch[1]),
                float(stretch[2]),
            )
        return self.w.add("IfcCartesianTransformationOperator3D", *start, z)

    def properties(self, element, name, **values):
        singles = []
        for key, value in values.items():
            kind = {bool: "IfcBoolean", float: "IfcReal", int: "IfcInteger", str: "IfcLabel"}[type(value)]
            if key == "ThermalTransmittance":
                kind = "IfcThermalTransmittanceMeasure"
            elif key == "Reference":
                kind = "IfcIdentifier"
            singles.append(self.w.add("IfcPropertySingleValue", key, None, Typed(kind, value), None))
        group = self.root("IfcPropertySet", name, None, singles)
        self.root("IfcRelDefinesByProperties", None, None, [element], group)

    def quantities(self, element, name, **values):
        """Base quantities; the name's ending tells its kind (Area, Volume, otherwise a length)."""
        rows = []
        for key, value in values.items():
            kind = "Area" if key.endswith("Area") else "Volume" if key.endswith("Volume") else "Length"
            rows.append(self.w.add(f"IfcQuantity{kind}", key, None, None, float(value), None))
        group = self.root("IfcElementQuantity", name, None, None, rows)
        self.root("IfcRelDefinesByProperties", None, None, [element], group)

    def enlist(self, element, floor=None, type_name=None, material=None, phase=None):
        if floor is not None:
            self.by_storey[floor].append(element)
        for table, key in ((self.by_type, type_name), (self.by_material, material), (self.by_phase, phase)):
            if key is not None:
                table.setdefault(key, []).append(element)
        return element

    def opening(self, host, at, size, host_placement, tilt=None):
        """Cut a box out of `host`; `at` is the middle of its lower edge, in the host's placement."""
        placement = self.place(at, host_placement, *(tilt or (None, None)))
        solid = self.extrude(self.rectangle(size[0], size[1]), size[2])
        hole = self.root(
            "IfcOpeningElement", "Opening", None, None, placement, self.shape([solid]), None, Enum("OPENING")
        )
        self.root("IfcRelVoidsElement", None, None, host, hole)
        return hole, placement

    # ---- the building ------------------------------------------------------------------------------------------

    def build(self):
        self.frame()
        self.catalogue()
        for floor in range(self.floors):
            self.storey(floor)
        self.roof()
        self.outside()
        self.relations()
        self.schedule()

    def frame(self):
        """Header of the model: who, units, contexts, place on Earth, spatial structure."""
        w = self.w
        person = w.add("IfcPerson", None, "Avila", None, None, None, None, None, None)
        company = w.add("IfcOrganization", None, "Avila Sci", None, None, None)
        both = w.add("IfcPersonAndOrganization", person, company, None)
        program = w.add("IfcApplication", company, "0.1", "Avila Sci sample writer", "avila-sci")
        self.history = w.add("IfcOwnerHistory", both, program, None, Enum("ADDED"), None, None, None, 1767225600)

        metre = w.add("IfcSIUnit", DERIVED, Enum("LENGTHUNIT"), None, Enum("METRE"))
        area = w.add("IfcSIUnit", DERIVED, Enum("AREAUNIT"), None, Enum("SQUARE_METRE"))
        volume = w.add("IfcSIUnit", DERIVED, Enum("VOLUMEUNIT"), None, Enum("CUBIC_METRE"))
        time = w.add("IfcSIUnit", DERIVED, Enum("TIMEUNIT"), None, Enum("SECOND"))
        radian = w.add("IfcSIUnit", DERIVED, Enum("PLANEANGLEUNIT"), None, Enum("RADIAN"))
        one = w.add("IfcMeasureWithUnit", Typed("IfcPlaneAngleMeasure", math.radians(1.0)), radian)
        plane_angle = w.add("IfcDimensionalExponents", 0, 0, 0, 0, 0, 0, 0)
        degree = w.add("IfcConversionBasedUnit", plane_angle, Enum("PLANEANGLEUNIT"), "DEGREE", one)
        units = w.add("IfcUnitAssignment", [metre, area, volume, time, degree])

        model = w.add(
            "IfcGeometricRepresentationContext", None, "Model", 3, 1e-5, self.axes(), self.direction(0.0, 1.0)
        )
        self.body = w.add(
            "IfcGeometricRepresentationSubContext",
            "Body",
            "Model",
            DERIVED,
            DERIVED,
            DERIVED,
            DERIVED,
            model,
            None,
            Enum("MODEL_VIEW"),
            None,
        )
        crs = w.add(
            "IfcProjectedCRS", "EPSG:31983", "SIRGAS 2000 / UTM zone 23S", "SIRGAS2000", None, "UTM", "23S", metre
        )
        turn = math.radians(12.0)
        w.add("IfcMapConversion", model, crs, 333_120.0, 7_394_480.0, 792.0, math.cos(turn), math.sin(turn), 1.0)
        self.project = self.root("IfcProject", "Sample house", "Written by Avila Sci", None, None, None, [model], units)

        self.site_place = self.place((0, 0, 0))
        self.site = self.root(
            "IfcSite",
            "Plot",
            None,
            None,
            self.site_place,
            self.terrain(),
            None,
            Enum("ELEMENT"),
            [-23, -33, -1, -440000],
            [-46, -38, -7, -80000],
            792.0,
            None,
            None,
        )
        self.house_place = self.place((0, 0, 0), self.site_place)
        self.house = self.root(
            "IfcBuilding", "House", None, None, self.house_place, None, None, Enum("ELEMENT"), None, None, None
        )
        self.storeys, self.storey_places = [], []
        for floor in range(self.floors):
            name = (
                "Attic"
                if floor == self.floors - 1 and floor
                else ["Ground floor", "First floor"][floor]
                if floor < 2
                else f"Floor {floor}"
            )
            placement = self.place((0, 0, STOREY * floor), self.house_place)
            self.storey_places.append(placement)
            self.storeys.append(
                self.root("IfcBuildingStorey", name, None, None, placement, None, None, Enum("ELEMENT"), STOREY * floor)
            )
        self.root("IfcRelAggregates", None, None, self.project, [self.site])
        self.root("IfcRelAggregates", None, None, self.site, [self.house])
        self.root("IfcRelAggregates", None, None, self.house, self.storeys)

    def catalogue(self):
        """Colours, materials, types and the shapes that are drawn once."""
        w = self.w
        palette = {
            "plaster": (0.93, 0.91, 0.86, 0.0),
            "partition": (0.97, 0.97, 0.95, 0.0),
            "concrete": (0.70, 0.70, 0.69, 0.0),
            "tile": (0.66, 0.32, 0.24, 0.0),
            "timber": (0.62, 0.44, 0.27, 0.0),
            "glass": (0.55, 0.75, 0.85, 0.65),
            "steel": (0.36, 0.40, 0.45, 0.0),
            "lawn": (0.49, 0.60, 0.36, 0.0),
            "brick": (0.60, 0.36, 0.30, 0.0),
            "fabric": (0.25, 0.42, 0.52, 0.0),
            "lamp": (0.98, 0.90, 0.65, 0.0),
            "room": (0.45, 0.65, 0.85, 0.8),
        }
        for name, (r, g, b, clear) in palette.items():
            colour = w.add("IfcColourRgb", None, r, g, b)
            shading = w.add(
                "IfcSurfaceStyleRendering", colour, clear, None, None, None, None, None, None, Enum("NOTDEFINED")
            )
            self.colours[name] = w.add("IfcSurfaceStyle", name, Enum("BOTH"), [shading])

        material = {
            name: w.add("IfcMaterial", name.capitalize(), None, kind)
            for name, kind in (
                ("plaster", "plaster"),
                ("brick", "brick"),
                ("insulation", "insulation"),
                ("concrete", "concrete"),
                ("timber", "wood"),
                ("glass", "glass"),
                ("steel", "steel"),
                ("clay tile", "tile"),
                ("soil", "soil"),
            )
        }
        # Columns and beams have no style of their own: their colour comes from the material.
        styled = w.add("IfcStyledItem", None, [self.colours["steel"]], None)
        look = w.add("IfcStyledRepresentation", self.body, "Style", "Material", [styled])
        w.add("IfcMaterialDefinitionRepresentation", None, None, [look], material["steel"])

        def layered(name, *layers):
            rows = [w.add("IfcMaterialLayer", material[m], t, None, m, None, None, None) for m, t in layers]
            return w.add("IfcMaterialLayerSet", rows, name, None)

        self.materials = {
            "outer wall": layered(
                "Outer wall", ("plaster", 0.02), ("brick", 0.16), ("insulation", 0.10), ("plaster", 0.02)
            ),
            "inner wall": layered("Inner wall", ("plaster", 0.015), ("brick", 0.09), ("plaster", 0.015)),
            "slab": layered("Floor", ("timber", 0.03), ("concrete", 0.22)),
            "roof": layered("Roof", ("clay tile", 0.05), ("insulation", 0.12), ("timber", 0.08)),
            **material,
        }
        for part in ("outer wall", "inner wall") if self.floors > 1 else ("outer wall",):  # the attic has no partition
            self.materials[f"{part} usage"] = w.add(
                "IfcMaterialLayerSetUsage", self.materials[part], Enum("AXIS2"), Enum("POSITIVE"), 0.0, None
            )

        def style_type(kind, name, *rest, maps=None, sets=None):
            return self.root(kind, name, None, None, sets, maps, None, None, *rest)

        transmittance = Typed("IfcThermalTransmittanceMeasure", 1.1)
        value = w.add("IfcPropertySingleValue", "ThermalTransmittance", None, transmittance, None)
        glazing = self.root("IfcPropertySet", "Pset_WindowCommon", None, [value])

        window, door = self.window_shape(1.4, 1.3), self.door_shape(0.9, 2.1)
        table, chair, lamp = self.table_shape(), self.chair_shape(), self.lamp_shape()
        self.shapes = {"window": window, "door": door, "table": table, "chair": chair, "lamp": lamp}
        self.types = {
            "outer wall": style_type("IfcWallType", "Outer wall 300", Enum("SOLIDWALL")),
            "inner wall": style_type("IfcWallType", "Partition 120", Enum("PARTITIONING")),
            "window": style_type(
                "IfcWindowType",
                "Window 140x130",
                Enum("WINDOW"),
                Enum("SINGLE_PANEL"),
                False,
                None,
                maps=[window],
                sets=[glazing],
            ),
            "door": style_type(
                "IfcDoorType", "Door 90x210", Enum("DOOR"), Enum("SINGLE_SWING_LEFT"), False, None, maps=[door]
            ),
            "column": style_type("IfcColumnType", "HE 200", Enum("COLUMN")),
            "beam": style_type("IfcBeamType", "I 240", Enum("BEAM")),
            "table": style_type("IfcFurnitureType", "Table", Enum("NOTDEFINED"), Enum("TABLE"), maps=[table]),
            "chair": style_type("IfcFurnitureType", "Chair", Enum("NOTDEFINED"), Enum("CHAIR"), maps=[chair]),
            "lamp": style_type("IfcLightFixtureType", "Pendant", Enum("POINTSOURCE"), maps=[lamp]),
        }
        for part, layers in (
            ("outer wall", "outer wall"),
            ("inner wall", "inner wall"),
            ("column", "steel"),
            ("beam", "steel"),
        ):
            self.root("IfcRelAssociatesMaterial", None, None, [self.types[part]], self.materials[layers])

    def window_shape(self, width, height):
        bar = 0.07
        half = width / 2
        outer = [(-half, 0), (half, 0), (half, height), (-half, height)]
        inner = [(-half + bar, bar), (-half + bar, height - bar), (half - bar, height - bar), (half - bar, bar)]
        frame = self.upright(self.polygon(outer, [inner]), 0.08, (0, 0.04, 0))
        pane = self.upright(self.rectangle(width - 2 * bar, height - 2 * bar, (0, height / 2)), 0.02, (0, 0.01, 0))
        self.paint(frame, "timber")
        self.paint(pane, "glass")
        return self.shared([frame, pane])

    def door_shape(self, width, height):
        bar = 0.06
        half = width / 2
        outline = [
            (-half, 0),
            (-half + bar, 0),
            (-half + bar, height - bar),
            (half - bar, height - bar),
            (half - bar, 0),
            (half, 0),
            (half, height),
            (-half, height),
        ]
        frame = self.upright(self.polygon(outline), 0.12, (0, 0.06, 0))
        leaf = self.upright(
            self.rectangle(width - 2 * bar, height - bar - 0.01, (0, (height - bar) / 2)), 0.04, (0, 0.02, 0)
        )
        knob = self.w.add("IfcSphere", self.axes((half - bar - 0.08, -0.06, 1.0)), 0.03)
        knob = self.w.add("IfcCsgSolid", knob)
        self.paint(frame, "timber")
        self.paint(leaf, "timber")
        self.paint(knob, "steel")
        return self.shared([frame, leaf, knob])

    def table_shape(self):
        top = self.box(-0.8, -0.45, 0.71, 0.8, 0.45, 0.75)
        items = [top]
        for x in (-0.7, 0.7):
            for y in (-0.35, 0.35):
                leg = self.w.add("IfcCircleProfileDef", Enum("AREA"), None, None, 0.03)
                items.append(self.extrude(leg, 0.71, self.axes((x, y, 0))))
        for item in items:
            self.paint(item, "timber")
        return self.shared(items)

    def chair_shape(self):
        rounded = self.w.add("IfcRoundedRectangleProfileDef", Enum("AREA"), None, None, 0.42, 0.42, 0.05)
        seat = self.extrude(rounded, 0.05, self.axes((0, 0, 0.42)))
        back = self.box(-0.20, 0.17, 0.47, 0.20, 0.20, 0.90)
        items = [seat, back]
        for x in (-0.17, 0.17):
            for y in (-0.17, 0.17):
                hollow = self.w.add("IfcCircleHollowProfileDef", Enum("AREA"), None, None, 0.015, 0.003)
                items.append(self.extrude(hollow, 0.42, self.axes((x, y, 0))))
        for number, item in enumerate(items):
            self.paint(item, "fabric" if number < 2 else "steel")
        return self.shared(items)

    def lamp_shape(self):
        outline = [(0.0, 0.0), (0.22, 0.0), (0.07, 0.18), (0.012, 0.2), (0.012, 0.5), (0.0, 0.5)]
        # Drawn in (x, z) and turned about z: the profile's y axis is the axis of revolution.
        axis = self.w.add("IfcAxis1Placement", self.point(0, 0, 0), self.direction(0, 1, 0))
        position = self.axes((0, 0, -0.5), (0, -1, 0), (1, 0, 0))
        solid = self.w.add("IfcRevolvedAreaSolid", self.polygon(outline), position, axis, 360.0)
        self.paint(solid, "lamp")
        return self.shared([solid])

    def storey(self, floor):
        attic = floor == self.floors - 1
        self.floor_slab(floor)
        self.outer_walls(floor, attic)
        self.rooms(floor, attic)
        if not attic:
            self.partition(floor)
            self.structure(floor)
            self.stair(floor)
            self.furnish(floor)

    def floor_slab(self, floor):
        size = self.length, DEPTH
        outline = [(0, 0), (size[0], 0), size, (0, size[1])]
        placement = self.place((0, 0, -SLAB), self.storey_places[floor])
        solid = self.extrude(self.polygon(outline), SLAB)
        slab = self.root(
            "IfcSlab",
            f"Floor {floor}",
            None,
            None,
            placement,
            self.shape([solid], colour="concrete"),
            None,
            Enum("BASESLAB" if floor == 0 else "FLOOR"),
        )
        self.enlist(slab, floor, None, "slab", f"Structure {floor}")
        hole = 0.0
        if floor:
            self.opening(slab, (3.1, DEPTH - OUTER - 0.6, -0.05), (4.4, 1.1, SLAB + 0.1), placement)
            hole = 4.4 * 1.1
        self.properties(slab, "Pset_SlabCommon", IsExternal=floor == 0, LoadBearing=True, FireRating="REI 60")
        gross = size[0] * size[1]
        self.quantities(
            slab,
            "Qto_SlabBaseQuantities",
            Depth=SLAB,
            GrossArea=gross,
            NetArea=gross - hole,
            GrossVolume=gross * SLAB,
            NetVolume=(gross - hole) * SLAB,
        )

    def outer_walls(self, floor, attic):
        length, rise = self.length, math.tan(SLOPE)
        short = DEPTH - 2 * OUTER
        sides = [
            ("South", (0, 0), (1, 0), length),
            ("North", (length, DEPTH), (-1, 0), length),
            ("East", (length, OUTER), (0, 1), short),
            ("West", (0, DEPTH - OUTER), (0, -1), short),
        ]
        for side, start, along, run in sides:
            placement = self.place((*start, 0), self.storey_places[floor], (0, 0, 1), (*along, 0))
            long_side = side in ("South", "North")
            height = CLEAR
            if attic and long_side:
                height = KNEE + OUTER * rise
            elif attic:
                height = KNEE + DEPTH / 2 * rise
            solid = self.extrude(self.rectangle(run, OUTER, (run / 2, OUTER / 2)), height)
            kind = "SweptSolid"
            gross = run * height * OUTER
            if attic:
                kind = "Clipping"
                if long_side:
                    solid = self.clip(solid, (0, 0, KNEE), (0, -math.sin(SLOPE), math.cos(SLOPE)))
                    gross = run * OUTER * (KNEE + OUTER * rise / 2)
                else:
                    # The roof's underside starts at the outer face of the long walls, one thickness before this one.
                    solid = self.clip(solid, (-OUTER, 0, KNEE), (-math.sin(SLOPE), 0, math.cos(SLOPE)))
                    solid = self.clip(solid, (run + OUTER, 0, KNEE), (math.sin(SLOPE), 0, math.cos(SLOPE)))
                    gross = OUTER * (run * (KNEE + OUTER * rise) + rise * run * run / 4)
            self.paint(solid, "plaster")
            wall = self.root(
                "IfcWall",
                f"{side} wall {floor}",
                None,
                None,
                placement,
                self.shape([solid], kind),
                None,
                Enum("SOLIDWALL"),
            )
            self.enlist(wall, floor, "outer wall", "outer wall usage", f"Envelope {floor}")
            self.properties(
                wall,
                "Pset_WallCommon",
                Reference="W300",
                IsExternal=True,
                LoadBearing=True,
                FireRating="REI 90",
                ThermalTransmittance=0.28,
            )
            cut = self.wall_openings(floor, attic, side, wall, placement, run)
            self.quantities(
                wall,
                "Qto_WallBaseQuantities",
                Length=run,
                Width=OUTER,
                GrossVolume=gross,
                NetVolume=gross - cut * OUTER,
                GrossSideArea=gross / OUTER,
                NetSideArea=gross / OUTER - cut,
            )

    def wall_openings(self, floor, attic, side, wall, placement, run):
        """Windows and doors of an outer wall; returns the area cut out, in m²."""
        if side in ("South", "North"):
            places = [] if attic else [BAY * b + x for b in range(self.bays) for x in (1.5, 4.5)]
        else:
            places = [run / 2] if attic else [run * 0.3, run * 0.7]
        cut = 0.0
        for x in places:
            is_door = floor == 0 and side == "South" and x == places[0]
            width, height, sill = (0.9, 2.1, 0.0) if is_door else (1.4, 1.3, 0.9)
            cut += width * height
            hole, at = self.opening(wall, (x, OUTER / 2, sill), (width, OUTER + 0.1, height), placement)
            self.fill(floor, hole, at, "door" if is_door else "window", width, height, side)
        return cut

    def fill(self, floor, hole, at, part, width, height, side):
        placement = self.place((0, 0, 0), at)
        kind = "IfcDoor" if part == "door" else "IfcWindow"
        rest = (
            (Enum("DOOR"), Enum("SINGLE_SWING_LEFT"), None)
            if part == "door"
            else (Enum("WINDOW"), Enum("SINGLE_PANEL"), None)
        )
        element = self.root(
            kind,
            f"{part.capitalize()} {side.lower()} {floor}",
            None,
            None,
            placement,
            self.placed(self.shapes[part]),
            None,
            height,
            width,
            *rest,
        )
        self.root("IfcRelFillsElement", None, None, hole, element)
        self.enlist(element, floor, part, "timber", f"Envelope {floor}")
        group = "Pset_DoorCommon" if part == "door" else "Pset_WindowCommon"
        self.properties(element, group, IsExternal=side != "Inner", Reference=f"{part[0].upper()}{int(width * 100)}")
        self.quantities(
            element, f"Qto_{part.capitalize()}BaseQuantities", Width=width, Height=height, Area=width * height
        )

    def rooms(self, floor, attic):
        names = ("Living", "Kitchen") if floor == 0 else ("Bedroom", "Study")
        middle = self.length / 2
        if attic:
            rise = math.tan(SLOPE)
            low, high = KNEE + OUTER * rise, KNEE + DEPTH / 2 * rise
            outline = [(OUTER, 0), (DEPTH - OUTER, 0), (DEPTH - OUTER, low), (DEPTH / 2, high), (OUTER, low)]
            run = self.length - 2 * OUTER
            width = DEPTH - 2 * OUTER
            solids = [
                (
                    "Loft",
                    self.across(self.polygon(outline), run, (OUTER, 0, 0)),
                    run * width,
                    run * width * (low + high) / 2,
                )
            ]
        else:
            solids = []
            edges = [(OUTER, middle - INNER / 2), (middle + INNER / 2, self.length - OUTER)]
            for name, (x0, x1) in zip(names, edges, strict=True):
                area = (x1 - x0) * (DEPTH - 2 * OUTER)
                solids.append((name, self.box(x0, OUTER, 0, x1, DEPTH - OUTER, CLEAR), area, area * CLEAR))
        spaces = []
        for number, (name, solid, area, volume) in enumerate(solids, 1):
            space = self.root(
                "IfcSpace",
                f"{floor}.{number}",
                None,
                None,
                self.place((0, 0, 0), self.storey_places[floor]),
                self.shape([solid], colour="room"),
                name,
                Enum("ELEMENT"),
                Enum("INTERNAL"),
                None,
            )
            spaces.append(space)
            self.properties(space, "Pset_SpaceCommon", Reference=name, IsExternal=False, PubliclyAccessible=False)
            self.quantities(space, "Qto_SpaceBaseQuantities", Height=CLEAR, NetFloorArea=area, NetVolume=volume)
        self.root("IfcRelAggregates", None, None, self.storeys[floor], spaces)

    def partition(self, floor):
        run, height = DEPTH - 2 * OUTER - 1.3, CLEAR - BEAM
        placement = self.place((self.length / 2 + INNER / 2, OUTER, 0), self.storey_places[floor], (0, 0, 1), (0, 1, 0))
        solid = self.extrude(self.rectangle(run, INNER, (run / 2, INNER / 2)), height)
        wall = self.root(
            "IfcWall",
            f"Partition {floor}",
            None,
            None,
            placement,
            self.shape([solid], colour="partition"),
            None,
            Enum("PARTITIONING"),
        )
        self.enlist(wall, floor, "inner wall", "inner wall usage", f"Fit-out {floor}")
        self.properties(
            wall, "Pset_WallCommon", Reference="W120", IsExternal=False, LoadBearing=False, FireRating="EI 30"
        )
        cut = 0.0
        for x in (1.8, 5.4):
            hole, at = self.opening(wall, (x, INNER / 2, 0.0), (0.9, INNER + 0.1, 2.1), placement)
            self.fill(floor, hole, at, "door", 0.9, 2.1, "Inner")
            cut += 0.9 * 2.1
        gross = run * height
        self.quantities(
            wall,
            "Qto_WallBaseQuantities",
            Length=run,
            Width=INNER,
            Height=height,
            GrossSideArea=gross,
            NetSideArea=gross - cut,
            GrossVolume=gross * INNER,
            NetVolume=(gross - cut) * INNER,
        )

    def structure(self, floor):
        """A line of steel columns with a beam on it, in the middle of the house."""
        w = self.w
        count = 2 * self.bays
        for number in range(1, count):
            x = self.length * number / count
            if abs(x - self.length / 2) < 0.5:
                x += 0.5  # beside the partition, not in it
            section = w.add(
                "IfcIShapeProfileDef", Enum("AREA"), "HE 200", None, 0.2, 0.2, 0.009, 0.015, 0.018, None, None
            )
            column = self.root(
                "IfcColumn",
                f"Column {floor}.{number}",
                None,
                None,
                self.place((x, DEPTH / 2, 0), self.storey_places[floor]),
                self.shape([self.extrude(section, CLEAR - BEAM)]),
                None,
                Enum("COLUMN"),
            )
            self.enlist(column, floor, "column", "steel", f"Structure {floor}")
            self.properties(column, "Pset_ColumnCommon", Reference="HE200", LoadBearing=True, FireRating="R 60")
        section = w.add(
            "IfcIShapeProfileDef", Enum("AREA"), "I 240", None, 0.12, BEAM, 0.0062, 0.0098, 0.015, None, None
        )
        # The profile's y axis stands upright, the extrusion runs along x.
        beam_at = self.place((OUTER, DEPTH / 2, CLEAR - BEAM / 2), self.storey_places[floor], (1, 0, 0), (0, 1, 0))
        beam = self.root(
            "IfcBeam",
            f"Beam {floor}",
            None,
            None,
            beam_at,
            self.shape([self.extrude(section, self.length - 2 * OUTER)]),
            None,
            Enum("BEAM"),
        )
        self.enlist(beam, floor, "beam", "steel", f"Structure {floor}")
        self.properties(beam, "Pset_BeamCommon", Reference="I240", LoadBearing=True, Span=self.length - 2 * OUTER)

    def stair(self, floor):
        risers, going, width = 16, 0.26, 1.0
        riser = STOREY / risers
        outline = [(0.0, 0.0)]
        for step in range(risers):
            outline += [(step * going, (step + 1) * riser), ((step + 1) * going, (step + 1) * riser)]
        outline += [(risers * going, (risers - 1) * riser - 0.1), (going, 0.0)]
        placement = self.place((1.0, DEPTH - OUTER - 0.05, 0), self.storey_places[floor])
        flight = self.root(
            "IfcStairFlight",
            f"Flight {floor}",
            None,
            None,
            placement,
            self.shape([self.upright(self.polygon(outline), width)], colour="concrete"),
            None,
            risers,
            risers - 1,
            riser,
            going,
            Enum("STRAIGHT"),
        )
        self.enlist(flight, floor, None, "concrete", f"Structure {floor}")
        rail_y = DEPTH - OUTER - 0.05 - width + 0.04
        points = [
            (1.0, rail_y, 0.0),
            (1.0, rail_y, 1.0),
            (1.0 + risers * going, rail_y, STOREY + 0.9),
            (1.0 + risers * going, rail_y, STOREY),
        ]
        rail = self.w.add("IfcSweptDiskSolid", self.polyline(points, closed=False), 0.025, None, None, None)
        railing = self.root(
            "IfcRailing",
            f"Handrail {floor}",
            None,
            None,
            self.place((0, 0, 0), self.storey_places[floor]),
            self.shape([rail], "AdvancedSweptSolid", "steel"),
            None,
            Enum("HANDRAIL"),
        )
        self.enlist(railing, floor, None, "steel", f"Fit-out {floor}")

    def furnish(self, floor):
        for bay in range(self.bays):
            x, y = BAY * bay + 3.4, 2.6
            long_table = (
                self.operator(stretch=(1.0, 1.0, 1.0)) if bay % 2 == 0 else self.operator(stretch=(1.25, 1.1, 1.0))
            )
            self.furniture(floor, "table", (x, y), 0.0, long_table)
            for number, (dx, dy, angle) in enumerate(
                [(0.4, 0.6, 0.0), (-0.4, 0.6, 0.0), (0.4, -0.6, 180.0), (-0.4, -0.6, 180.0)]
            ):
                mirrored = self.operator(mirrored=True) if number == 3 else None
                self.furniture(floor, "chair", (x + dx, y + dy), 0.0 if number == 3 else angle, mirrored)
            lamp = self.root(
                "IfcLightFixture",
                f"Lamp {floor}.{bay}",
                None,
                None,
                self.place((x, y, CLEAR), self.storey_places[floor]),
                self.placed(self.shapes["lamp"]),
                None,
                Enum("POINTSOURCE"),
            )
            self.enlist(lamp, floor, "lamp", "glass", f"Fit-out {floor}")

    def furniture(self, floor, part, at, angle, operator):
        turn = math.radians(angle)
        ref = (round(math.cos(turn), 9), round(math.sin(turn), 9), 0.0)
        element = self.root(
            "IfcFurniture",
            part.capitalize(),
            None,
            None,
            self.place((*at, 0), self.storey_places[floor], (0, 0, 1), ref),
            self.placed(self.shapes[part], operator),
            None,
            Enum("CHAIR" if part == "chair" else "TABLE"),
        )
        self.enlist(element, floor, part, "timber", f"Fit-out {floor}")

    def roof(self):
        top = self.floors - 1
        rise, thick = math.tan(SLOPE), 0.25 / math.cos(SLOPE)
        place = self.place((0, 0, 0), self.storey_places[top])
        roof = self.root("IfcRoof", "Gable roof", None, None, place, None, None, Enum("GABLE_ROOF"))
        self.enlist(roof, top, None, "roof", "Roof")
        halves = []
        for side, sign in (("south", 1.0), ("north", -1.0)):
            eave, ridge = KNEE - EAVES * rise, KNEE + DEPTH / 2 * rise
            mirror = (lambda v: v) if sign > 0 else (lambda v: DEPTH - v)
            outline = [
                (mirror(-EAVES), eave),
                (mirror(DEPTH / 2), ridge),
                (mirror(DEPTH / 2), ridge + thick),
                (mirror(-EAVES), eave + thick),
            ]
            if sign < 0:
                outline.reverse()
            solid = self.across(self.polygon(outline), self.length + 2 * VERGE, (-VERGE, 0, 0))
            half = self.root(
                "IfcSlab",
                f"Roof {side}",
                None,
                None,
                self.place((0, 0, 0), place),
                self.shape([solid], colour="tile"),
                None,
                Enum("ROOF"),
            )
            halves.append(half)
            self.enlist(half, None, None, "roof", "Roof")
            self.properties(
                half, "Pset_SlabCommon", IsExternal=True, LoadBearing=True, ThermalTransmittance=0.2, PitchAngle=35.0
            )
            for bay in range(self.bays):
                up = (0.0, -sign * math.sin(SLOPE), math.cos(SLOPE))
                middle = (BAY * bay + 3.0, mirror(2.0), KNEE + 2.0 * rise - 0.1)
                hole, at = self.opening(half, middle, (0.8, 1.1, 0.6), place, (up, (1.0, 0.0, 0.0)))
                window = self.root(
                    "IfcWindow",
                    f"Skylight {side} {bay}",
                    None,
                    None,
                    self.place((0, 0, 0), at),
                    self.shape([self.box(-0.4, -0.55, 0.2, 0.4, 0.55, 0.26)], colour="glass"),
                    None,
                    1.1,
                    0.8,
                    Enum("SKYLIGHT"),
                    Enum("SINGLE_PANEL"),
                    None,
                )
                self.root("IfcRelFillsElement", None, None, hole, window)
                self.enlist(window, top, None, "glass", "Roof")
                self.properties(window, "Pset_WindowCommon", IsExternal=True, Reference="S80")
                self.quantities(window, "Qto_WindowBaseQuantities", Width=0.8, Height=1.1, Area=0.88)
        self.root("IfcRelAggregates", None, None, roof, halves)
        self.chimney(top)

    def chimney(self, top):
        """A square tube as a faceted brep: its ends are faces with a hole."""
        x, y, outer, inner = self.length * 0.75, DEPTH * 0.62, 0.35, 0.2
        height = KNEE + DEPTH / 2 * math.tan(SLOPE) + 1.0

        def square(half, z):
            return [self.point(x + sx * half, y + sy * half, z) for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))]

        corners = {(half, z): square(half, z) for half in (outer, inner) for z in (0.0, height)}
        faces = []

        def face(*loops):
            bounds = []
            for number, loop in enumerate(loops):
                polygon = self.w.add("IfcPolyLoop", loop)
                bounds.append(self.w.add("IfcFaceOuterBound" if number == 0 else "IfcFaceBound", polygon, True))
            faces.append(self.w.add("IfcFace", bounds))

        face(corners[outer, 0.0][::-1], corners[inner, 0.0])
        face(corners[outer, height], corners[inner, height][::-1])
        for k in range(4):
            m = (k + 1) % 4
            low, high = corners[outer, 0.0], corners[outer, height]
            face([low[k], low[m], high[m], high[k]])
            low, high = corners[inner, 0.0], corners[inner, height]
            face([low[m], low[k], high[k], high[m]])
        brep = self.w.add("IfcFacetedBrep", self.w.add("IfcClosedShell", faces))
        chimney = self.root(
            "IfcChimney",
            "Chimney",
            None,
            None,
            self.place((0, 0, 0), self.storey_places[top]),
            self.shape([brep], "Brep", "brick"),
            None,
            Enum("NOTDEFINED"),
        )
        self.enlist(chimney, top, None, "brick", "Roof")

    def terrain(self):
        """The plot: a grid of triangles, flat under the house and falling away from it."""
        margin, step = 6.0, 1.5
        nx = round((self.length + 2 * margin) / step) + 1
        ny = round((DEPTH + 2 * margin) / step) + 1
        points, triangles = [], []
        for j in range(ny):
            for i in range(nx):
                x, y = -margin + i * step, -margin + j * step
                away = max(-x, x - self.length, 0.0) + max(-y, y - DEPTH, 0.0)
                points.append(
                    [
                        x,
                        y,
                        round(
                            -SLAB - 0.05 - 0.12 * max(0.0, away - 1.0) + 0.05 * math.sin(x + 2 * y) * min(away, 1.0), 4
                        ),
                    ]
                )
        for j in range(ny - 1):
            for i in range(nx - 1):
                a = j * nx + i + 1
                triangles += [[a, a + 1, a + nx + 1], [a, a + nx + 1, a + nx]]
        table = self.w.add("IfcCartesianPointList3D", points)
        faces = self.w.add("IfcTriangulatedFaceSet", table, None, False, triangles, None)
        self.ground = faces
        body = self.w.add("IfcShapeRepresentation", self.body, "Body", "Tessellation", [faces])
        return self.w.add("IfcProductDefinitionShape", None, None, [body])

    def outside(self):
        """A terrace with a cut corner, a planter, and the colour of the lawn."""
        self.paint(self.ground, "lawn")
        solid = self.extrude(self.rectangle(self.length, 3.0, (self.length / 2, -1.5)), 0.15, self.axes((0, 0, -0.2)))
        plane = self.w.add("IfcPlane", self.axes((0.0, -1.5, 0.0), (-math.sqrt(0.5), -math.sqrt(0.5), 0.0), (0, 0, 1)))
        boundary = self.polyline([(-1.0, -1.0), (3.0, -1.0), (3.0, 3.0), (-1.0, 3.0)])
        half = self.w.add("IfcPolygonalBoundedHalfSpace", plane, False, self.axes((0.0, -3.5, -1.0)), boundary)
        cut = self.w.add("IfcBooleanClippingResult", Enum("DIFFERENCE"), solid, half)
        terrace = self.root(
            "IfcSlab",
            "Terrace",
            None,
            None,
            self.place((0, 0, 0), self.storey_places[0]),
            self.shape([cut], "Clipping", "concrete"),
            None,
            Enum("BASESLAB"),
        )
        self.enlist(terrace, 0, None, "concrete", "Structure 0")

        outer = [
            (0, 0, 0),
            (1.2, 0, 0),
            (1.2, 0.5, 0),
            (0, 0.5, 0),
            (0, 0, 0.5),
            (1.2, 0, 0.5),
            (1.2, 0.5, 0.5),
            (0, 0.5, 0.5),
        ]
        inner = [
            (0.1, 0.1, 0.1),
            (1.1, 0.1, 0.1),
            (1.1, 0.4, 0.1),
            (0.1, 0.4, 0.1),
            (0.1, 0.1, 0.5),
            (1.1, 0.1, 0.5),
            (1.1, 0.4, 0.5),
            (0.1, 0.4, 0.5),
        ]
        table = self.w.add("IfcCartesianPointList3D", [[float(c) for c in p] for p in outer + inner])
        plain = [
            [4, 3, 2, 1],
            [1, 2, 6, 5],
            [2, 3, 7, 6],
            [3, 4, 8, 7],
            [4, 1, 5, 8],
            [9, 10, 11, 12],
            [10, 9, 13, 14],
            [11, 10, 14, 15],
            [12, 11, 15, 16],
            [9, 12, 16, 13],
        ]
        faces = [self.w.add("IfcIndexedPolygonalFace", f) for f in plain]
        faces.append(self.w.add("IfcIndexedPolygonalFaceWithVoids", [5, 6, 7, 8], [[16, 15, 14, 13]]))
        shell = self.w.add("IfcPolygonalFaceSet", table, True, faces, None)
        planter = self.root(
            "IfcBuildingElementProxy",
            "Planter",
            None,
            None,
            self.place((self.length - 2.0, -2.8, -0.05), self.storey_places[0]),
            self.shape([shell], "Tessellation", "brick"),
            None,
            Enum("NOTDEFINED"),
        )
        self.enlist(planter, 0, None, "soil", "Fit-out 0")

    def relations(self):
        for floor, elements in enumerate(self.by_storey):
            self.root("IfcRelContainedInSpatialStructure", None, None, elements, self.storeys[floor])
        for name, elements in self.by_type.items():
            self.root("IfcRelDefinesByType", None, None, elements, self.types[name])
        for name, elements in self.by_material.items():
            self.root("IfcRelAssociatesMaterial", None, None, elements, self.materials[name])

    def schedule(self):
        """A work plan: one task a phase, each after the one before, each making its elements."""
        begin, day = 5, 0
        plan = self.root(
            "IfcWorkPlan",
            "Construction",
            None,
            None,
            "WP1",
            "2026-01-05T08:00:00",
            None,
            None,
            None,
            None,
            "2026-01-05T08:00:00",
            None,
            Enum("PLANNED"),
        )
        work = self.root(
            "IfcWorkSchedule",
            "Main works",
            None,
            None,
            "WS1",
            "2026-01-05T08:00:00",
            None,
            None,
            None,
            None,
            "2026-01-05T08:00:00",
            None,
            Enum("PLANNED"),
        )
        self.root("IfcRelAggregates", None, None, plan, [work])
        phases = [f"{part} {floor}" for part in ("Structure", "Envelope") for floor in range(self.floors)]
        phases = sorted(phases, key=lambda name: (int(name.split()[1]), name.split()[0] != "Structure"))
        phases += ["Roof"] + [f"Fit-out {floor}" for floor in range(self.floors)]
        tasks = []
        for number, phase in enumerate(p for p in phases if p in self.by_phase):
            length = 10 if phase.startswith("Structure") else 8
            start, finish = _day(begin + day), _day(begin + day + length)
            day += length
            time = self.w.add(
                "IfcTaskTime",
                None,
                None,
                None,
                Enum("WORKTIME"),
                f"P{length}D",
                f"{start}T08:00:00",
                f"{finish}T17:00:00",
                *[None] * 13,
            )
            task = self.root(
                "IfcTask",
                phase,
                None,
                None,
                f"T{number + 1}",
                None,
                None,
                None,
                False,
                None,
                time,
                Enum("CONSTRUCTION"),
            )
            for element in self.by_phase[phase]:
                self.root("IfcRelAssignsToProduct", None, None, [task], None, element)
            if tasks:
                self.root("IfcRelSequence", None, None, tasks[-1], task, None, Enum("FINISH_START"), None)
            tasks.append(task)
        self.root("IfcRelAssignsToControl", None, None, tasks, None, work)
        self.root("IfcRelDeclares", None, None, self.project, [plan])


# fmt: on


def _day(number):
    """ISO date of the `number`-th day of 2026."""
    import datetime

    return (datetime.date(2026, 1, 1) + datetime.timedelta(days=number)).isoformat()


if __name__ == "__main__":
    print(write(path()))
