"""glTF files say what the scene says: read back by an independent reader, and judged by the Khronos validator."""

import json
import os
import shutil
import struct
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scenes import at, box, garden, scene, torus

from avila_sci import gltf
from avila_sci.core.errors import DomainError, ShapeError
from avila_sci.gltf.writer import _placement, _quaternion
from avila_sci.mesh.raster import mesh_scene

FAR = (1_234_567.25, -2_345_678.5, 812.125)


def turn(q):
    """Rotation matrix of a quaternion (x, y, z, w), from the textbook."""
    x, y, z, w = q
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


class File:
    """A reader for what the writer writes, in float64."""

    def __init__(self, path):
        data = Path(path).read_bytes()
        if data[:4] == b"glTF":
            _, version, length = struct.unpack_from("<4sII", data)
            assert (version, length) == (2, len(data))
            size, kind = struct.unpack_from("<I4s", data, 12)
            assert kind == b"JSON"
            assert size % 4 == 0
            self.json = json.loads(data[20 : 20 + size])
            self.binary = data[28 + size :]
        else:
            self.json = json.loads(data)
            uri = self.json["buffers"][0]["uri"].replace("%20", " ") if "buffers" in self.json else None
            self.binary = (Path(path).parent / uri).read_bytes() if uri else b""

    def array(self, k):
        accessor = self.json["accessors"][k]
        view = self.json["bufferViews"][accessor["bufferView"]]
        kind = {5126: np.float32, 5123: np.uint16, 5125: np.uint32}[accessor["componentType"]]
        width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[accessor["type"]]
        start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
        values = np.frombuffer(self.binary, kind, accessor["count"] * width, start)
        return values.reshape(-1, width) if width > 1 else values

    def nodes(self):
        """(world matrix, node, names of the nodes above) of every node."""
        found = []

        def visit(k, above, path):
            node = self.json["nodes"][k]
            local = np.eye(4)
            local[:3, :3] = turn(node.get("rotation", [0, 0, 0, 1])) * node.get("scale", [1, 1, 1])
            local[:3, 3] = node.get("translation", [0, 0, 0])
            matrix = above @ local
            found.append((matrix, node, path))
            for child in node.get("children", []):
                visit(child, matrix, [*path, node])

        for k in self.json["scenes"][0]["nodes"]:
            visit(k, np.eye(4), [])
        return found

    def soup(self):
        """Every triangle in the world, (n, 3, 3), and its colour (n, 4), in order of nodes."""
        triangles, colours = [], []
        for matrix, node, _ in self.nodes():
            if "mesh" not in node:
                continue
            places = [matrix]
            extension = node.get("extensions", {}).get("EXT_mesh_gpu_instancing")
            if extension:
                parts = {name: self.array(k).astype(float) for name, k in extension["attributes"].items()}
                places = []
                for i, shift in enumerate(parts["TRANSLATION"]):
                    local = np.eye(4)
                    local[:3, :3] = turn(parts["ROTATION"][i]) if "ROTATION" in parts else np.eye(3)
                    local[:3, :3] *= parts["SCALE"][i]
                    local[:3, 3] = shift
                    places.append(matrix @ local)
            for place in places:
                for primitive in self.json["meshes"][node["mesh"]]["primitives"]:
                    positions = self.array(primitive["attributes"]["POSITION"]).astype(float)
                    corners = positions[self.array(primitive["indices"]).reshape(-1, 3)]
                    triangles.append(corners @ place[:3, :3].T + place[:3, 3])
                    material = self.json["materials"][primitive["material"]]
                    colours += [material["pbrMetallicRoughness"]["baseColorFactor"]] * len(corners)
        return np.concatenate(triangles), np.array(colours)


def soup_of(scene):
    """The same of a scene, y up."""
    triangles, rows = [], []
    for i, mesh in enumerate(scene.instance_mesh):
        begin, end = scene.triangle_start[mesh : mesh + 2]
        matrix = scene.instance_matrix[i]
        corners = scene.positions[scene.triangles[begin:end]] @ matrix[:3, :3].T + matrix[:3, 3] + scene.origin
        triangles.append(corners[..., [0, 2, 1]] * [1, 1, -1])
        own = scene.triangle_colour[begin:end]
        rows.append(np.where(own > 0, own, scene.instance_colour[i]))
    return np.concatenate(triangles), np.concatenate(rows)


def sorted_soup(triangles):
    flat = triangles.reshape(len(triangles), 9)
    return flat[np.lexsort(np.round(flat, 3).T)]


@pytest.fixture(scope="session")
def validate(tmp_path_factory):
    """Judge of files: a function that returns the validator's report."""
    home = os.environ.get("AVILA_GLTF_VALIDATOR")
    places = [Path(home)] if home else []
    places.append(Path(__file__).resolve().parents[2] / "widgets" / "node_modules" / "gltf-validator")
    found = next((p for p in places if (p / "package.json").is_file()), None)
    node = shutil.which("node")
    if found is None or node is None:
        pytest.skip(
            "needs node and the npm package gltf-validator: run `make widgets`, "
            "or name the package's folder in AVILA_GLTF_VALIDATOR"
        )
    script = tmp_path_factory.mktemp("validator") / "judge.cjs"
    script.write_text(
        """const validator = require(process.argv[2]), fs = require("fs"), path = require("path");
        const file = process.argv[3];
        const outside = (uri) => Promise.resolve(
          new Uint8Array(fs.readFileSync(path.join(path.dirname(file), decodeURIComponent(uri)))));
        validator.validateBytes(new Uint8Array(fs.readFileSync(file)), { externalResourceFunction: outside })
          .then((report) => console.log(JSON.stringify(report)));""",
        encoding="utf-8",
    )

    def judge(path):
        done = subprocess.run([node, script, found, path], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return judge


@pytest.mark.parametrize("suffix", [".glb", ".gltf"])
@pytest.mark.parametrize("options", [{}, {"normals": True}], ids=["plain", "normals"])
def test_the_khronos_validator_finds_nothing(tmp_path, validate, suffix, options):
    path = gltf.save(garden(FAR), tmp_path / f"a garden é{suffix}", names=[f"thing {i}" for i in range(7)], **options)
    report = validate(path)
    assert report["issues"]["messages"] == []
    assert report["info"]["totalTriangleCount"] > 0


def test_the_validator_finds_no_error_in_instancing(tmp_path, validate):
    issues = validate(gltf.save(garden(FAR), tmp_path / "a.glb", instancing=True))["issues"]
    assert issues["numErrors"] == issues["numWarnings"] == 0


@pytest.mark.parametrize("name", ["fandisk.obj", "cow.obj", "nasty"])
def test_the_validator_accepts_real_meshes(tmp_path, validate, shared_data, name):
    from meshes import read_mesh

    paths = sorted((shared_data / "mesh" / name).glob("*.o*")) if name == "nasty" else [shared_data / "mesh" / name]
    for k, source in enumerate(paths[:8]):
        positions, triangles = read_mesh(source)
        issues = validate(gltf.save(mesh_scene(positions, triangles), tmp_path / f"{k}.glb"))["issues"]
        assert issues["numErrors"] == issues["numWarnings"] == 0, source.name


@pytest.mark.parametrize("suffix", [".glb", ".gltf"])
def test_every_triangle_is_where_the_scene_has_it(tmp_path, suffix):
    given = garden(FAR)
    triangles, colours = File(gltf.save(given, tmp_path / f"a{suffix}")).soup()
    expected, rows = soup_of(given)
    np.testing.assert_allclose(triangles, expected, rtol=0, atol=2e-6)  # float32 about the meshes' own zero
    linear = ((given.palette[rows, :3].astype(float) + 0.055) / 1.055) ** 2.4
    np.testing.assert_allclose(colours[:, :3], linear, atol=1e-5)
    np.testing.assert_allclose(colours[:, 3], given.palette[rows, 3], atol=1e-5)


def test_instancing_places_the_same_triangles(tmp_path):
    meshes = [box((0, 0, 0), (1, 2, 3)), torus(8, 6)]
    turned = turn([0.5, 0.5, 0.5, 0.5])
    instances = [(0, at(3.0 * k, 0, 0), 1) for k in range(5)]
    instances += [(1, at(0, 5.0 * k, 1, turned * (1.0 + k)), 2) for k in range(3)]
    instances += [(1, at(9, 9, 9, np.diag([1, -1, 1])), 2), (0, at(1, 1, 1, [[1, 1, 0], [0, 1, 0], [0, 0, 1]]), 1)]
    given = scene(meshes, instances, FAR)
    file = File(gltf.save(given, tmp_path / "a.glb", instancing=True, ids=[f"id{k}" for k in range(10)]))
    assert file.json["extensionsRequired"] == ["EXT_mesh_gpu_instancing"]
    np.testing.assert_allclose(sorted_soup(file.soup()[0]), sorted_soup(soup_of(given)[0]), rtol=0, atol=4e-6)
    lists = [node["extras"]["global_id"] for _, node, _ in file.nodes() if "extensions" in node]
    assert lists == [["id0", "id1", "id2", "id3", "id4"], ["id5", "id6", "id7"]]


def test_meshes_and_colours_are_written_once(tmp_path):
    meshes = [box((0, 0, 0), (1, 1, 1)), torus(8, 6)]
    given = scene(meshes, [(k % 2, at(2.0 * k), 1 + k % 2) for k in range(40)])
    file = File(gltf.save(given, tmp_path / "a.glb"))
    assert len(file.json["meshes"]) == 2
    assert len(file.json["materials"]) == 2
    assert len(file.binary) < 4000


def test_equal_colours_of_different_rows_are_one_material_and_glass_blends(tmp_path):
    palette = [(1, 1, 1, 1), (0.5, 0.5, 0.5, 1), (0.5, 0.5, 0.5, 1), (0.5, 0.5, 0.5, 0.25)]
    given = scene([box((0, 0, 0), (1, 1, 1))], [(0, at(2.0 * k), 1 + k) for k in range(3)], palette=palette)
    materials = File(gltf.save(given, tmp_path / "a.glb")).json["materials"]
    assert [m.get("alphaMode", "OPAQUE") for m in materials] == ["OPAQUE", "BLEND"]
    assert all(m["doubleSided"] for m in materials)


def test_a_mesh_of_several_colours_has_a_primitive_each_and_shares_its_points(tmp_path):
    own = [0] * 4 + [2] * 4 + [3] * 4
    given = scene([box((0, 0, 0), (1, 1, 1))], [(0, at(), 1), (0, at(2), 2)], triangle_colour=own)
    file = File(gltf.save(given, tmp_path / "a.glb"))
    first, second = (mesh["primitives"] for mesh in file.json["meshes"])
    assert [len(file.array(p["indices"])) for p in first] == [12, 12, 12]
    assert len({p["attributes"]["POSITION"] for p in first + second}) == 1
    triangles, colours = file.soup()
    expected, rows = soup_of(given)
    np.testing.assert_allclose(sorted_soup(triangles), sorted_soup(expected), atol=1e-6)
    np.testing.assert_array_equal(np.sort(colours[:, 3]), np.sort(given.palette[rows, 3].astype(float).round(6)))


def test_names_and_ids_stand_on_the_node_of_the_element(tmp_path):
    given = garden()._replace(instance_element=np.array([0, 1, 1, 1, 2, -1, -1], np.int32))
    path = gltf.save(
        given, tmp_path / "a.glb", names=["slab", "rings é", None], ids=["A", "B", "C"], types={0: "IfcSlab"}
    )
    nodes = [node for _, node, _ in File(path).nodes()]
    root = nodes[0]
    children = [File(path).json["nodes"][k] for k in root["children"]]
    assert [c.get("name") for c in children] == [None, None, "slab", "rings é", None]
    assert [c.get("extras") for c in children] == [
        None,
        None,
        {"global_id": "A", "type": "IfcSlab"},
        {"global_id": "B"},
        {"global_id": "C"},
    ]
    assert len(children[3]["children"]) == 3


def test_a_model_is_asked_for_its_geometry_and_columns(tmp_path):
    geometry = SimpleNamespace(
        scene=garden(), global_id=[f"g{k}" for k in range(7)], type=["IfcWall"] * 7, name=[f"n{k}" for k in range(7)]
    )
    geometry.id = np.arange(100, 107)
    model = SimpleNamespace(geometry=lambda: geometry)
    extras = [node["extras"] for _, node, _ in File(gltf.save(model, tmp_path / "a.glb")).nodes() if "extras" in node]
    assert extras[3] == {"global_id": "g3", "type": "IfcWall", "step_id": 103}


def test_wide_meshes_use_long_indices_and_the_reserved_one_never_occurs(tmp_path):
    for n, kind in ((65535, 5123), (65536, 5125)):
        positions = np.column_stack([np.arange(n) % 256, np.arange(n) // 256, np.zeros(n)])
        triangles = np.column_stack([np.arange(n), np.roll(np.arange(n), -1), np.roll(np.arange(n), -257)])
        file = File(gltf.save(mesh_scene(positions, triangles), tmp_path / "a.glb"))
        assert file.json["accessors"][-1]["componentType"] == kind
        assert file.array(len(file.json["accessors"]) - 1).max() == n - 1


def test_a_mesh_with_far_coordinates_of_its_own_keeps_its_digits(tmp_path):
    positions, triangles = box((500_000.001, 4_000_000.002, 3.003), (500_000.101, 4_000_000.202, 3.303))
    given = mesh_scene(positions, triangles)
    np.testing.assert_allclose(
        File(gltf.save(given, tmp_path / "a.glb")).soup()[0], soup_of(given)[0], rtol=0, atol=1e-7
    )


def test_instances_of_such_a_mesh_are_placed_right_too(tmp_path):
    far = box((500_000.0, 1.0, 2.0), (500_001.0, 2.0, 4.0))
    given = scene([far], [(0, at(3.0 * k, 0, 0, turn([0, 0, 0.6, 0.8])), 1) for k in range(4)])
    file = File(gltf.save(given, tmp_path / "a.glb", instancing=True))
    np.testing.assert_allclose(sorted_soup(file.soup()[0]), sorted_soup(soup_of(given)[0]), rtol=0, atol=1e-5)


def test_an_odd_number_of_triangles_is_padded(tmp_path, validate):
    path = gltf.save(mesh_scene([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]]), tmp_path / "a.glb")
    assert validate(path)["issues"]["messages"] == []


def test_a_mesh_with_all_its_own_colours_is_one_mesh_whatever_its_instances(tmp_path):
    given = scene([box((0, 0, 0), (1, 1, 1))], [(0, at(), 1), (0, at(2), 2)], triangle_colour=[3] * 12)
    assert len(File(gltf.save(given, tmp_path / "a.glb")).json["meshes"]) == 1


def test_flat_normals_are_those_of_the_triangles(tmp_path):
    given = mesh_scene(*torus(10, 8))
    file = File(gltf.save(given, tmp_path / "a.glb", normals=True))
    attributes = file.json["meshes"][0]["primitives"][0]["attributes"]
    normals, corners = file.array(attributes["NORMAL"]), file.array(attributes["POSITION"]).reshape(-1, 3, 3)
    expected = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).astype(float)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(normals, np.repeat(expected, 3, axis=0), atol=1e-5)


def test_points_that_are_not_finite_take_only_their_triangles_with_them(tmp_path, validate):
    positions, triangles = box((0, 0, 0), (1, 1, 1))
    positions[7] = np.nan, 0, np.inf
    path = gltf.save(mesh_scene(positions, triangles), tmp_path / "a.glb")
    assert validate(path)["info"]["totalTriangleCount"] == np.count_nonzero((triangles != 7).all(axis=1))


@pytest.mark.parametrize("suffix", [".glb", ".gltf"])
def test_an_empty_scene_is_a_valid_file(tmp_path, validate, suffix):
    path = gltf.save(mesh_scene(np.zeros((0, 3)), np.zeros((0, 3), np.int32)), tmp_path / f"a{suffix}")
    assert validate(path)["issues"]["numErrors"] == 0


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.glb"
    path.write_bytes(b"old")
    broken = garden()._replace(triangles=garden().triangles + 10_000)
    with pytest.raises(DomainError, match="leave its vertices"):
        gltf.save(broken, path)
    with pytest.raises(ShapeError, match="a column of names or ids has 2 rows"):
        gltf.save(garden(), path, names=["a", "b"])
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_words_of_the_errors(tmp_path):
    with pytest.raises(DomainError, match=r"must end in \.glb or \.gltf, got 'a\.obj'"):
        gltf.save(garden(), tmp_path / "a.obj")
    matrix = garden().instance_matrix.copy()
    matrix[2, 0, 0] = np.nan
    with pytest.raises(DomainError, match="instance_matrix and origin must be finite"):
        gltf.save(garden()._replace(instance_matrix=matrix), tmp_path / "a.glb")


@settings(deadline=None, max_examples=200)
@given(arrays(np.float64, (3, 3), elements=st.floats(-4, 4, allow_subnormal=False).map(lambda v: round(v, 3))))
def test_any_matrix_is_what_its_one_or_two_nodes_say(linear):
    matrix = at(1.0, -2.0, 3.0, linear)
    outer, inner = _placement(matrix)
    again = turn(outer.get("rotation", [0, 0, 0, 1])) * outer.get("scale", [1, 1, 1])
    if inner is not None:
        again = again @ turn(inner)
    np.testing.assert_allclose(again, linear, atol=1e-9)
    assert outer["translation"] == [1.0, -2.0, 3.0]


@settings(deadline=None, max_examples=100)
@given(arrays(np.float64, 4, elements=st.floats(-1, 1)).filter(lambda q: np.linalg.norm(q) > 0.1))
def test_a_quaternion_survives_the_way_through_its_matrix(q):
    q = q / np.linalg.norm(q)
    again = np.array(_quaternion(turn(q)))
    assert min(np.abs(again - q).max(), np.abs(again + q).max()) < 1e-9
