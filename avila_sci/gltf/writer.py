"""glTF 2.0 files: a scene as `.glb`, or `.gltf` with its `.bin` beside it.

What repeats stays shared: a mesh is written once and placed by nodes, its triangles are one primitive per colour, and
colours that are equal are one material.  One root node turns z-up into y-up and carries the scene's far origin, so that
every other number is small.  Below it stands one node an element with its name and, as `extras`, what it is called in
the model: select a wall in any viewer and its GlobalId is there.

glTF lets a node hold only what translation, rotation and scale can say.  A mirror can (a negative scale), a shear
cannot: such a matrix A = U S Vᵀ is written as two nodes, one that rotates by Vᵀ inside one that scales and turns.

References
----------
.. [1] Khronos Group, "glTF 2.0 Specification", version 2.0.1, 2021.
.. [2] Khronos Group, "EXT_mesh_gpu_instancing", glTF extension.
"""

import json
import struct
from pathlib import Path
from urllib.parse import quote

import numpy as np

from avila_sci.core.errors import DomainError, ShapeError
from avila_sci.core.files import replace
from avila_sci.mesh.scene import scene_of
from avila_sci.mesh.shade import to_linear

_ARRAY, _ELEMENTS = 34962, 34963
_FLOAT, _UINT16, _UINT32 = 5126, 5123, 5125
_INSTANCING = "EXT_mesh_gpu_instancing"
_Y_UP = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, -1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
_FAR = 4096.0  # m; beyond it float32 steps exceed half a millimetre, and a mesh is moved to its own middle


class _Buffer:
    """The binary part: regions that grow, each one buffer view."""

    def __init__(self):
        self.regions = {"floats": [], "places": [], "longs": [], "shorts": []}
        self.sizes = dict.fromkeys(self.regions, 0)
        self.accessors = []

    def add(self, region, values, kind, shape, bounded=False):
        """Append values as an accessor; returns its number."""
        accessor = {
            "bufferView": region,  # a number in the end, see `finish`
            "byteOffset": self.sizes[region],
            "componentType": kind,
            "count": len(values),
            "type": shape,
        }
        if bounded:
            accessor["min"] = [float(v) for v in values.min(axis=0)]
            accessor["max"] = [float(v) for v in values.max(axis=0)]
        self.regions[region].append(values.tobytes())
        self.sizes[region] += values.nbytes
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def finish(self):
        """Bytes and buffer views."""
        views, numbers, parts, offset = [], {}, [], 0
        for name, size in self.sizes.items():
            if not size:
                continue
            numbers[name] = len(views)
            view = {"buffer": 0, "byteOffset": offset, "byteLength": size}
            if name == "floats":
                view |= {"byteStride": 12, "target": _ARRAY}
            elif name != "places":  # places of instances are no vertices: their view has no target
                view["target"] = _ELEMENTS
            views.append(view)
            padding = -size % 4
            parts += [*self.regions[name], b"\0" * padding]
            offset += size + padding
        for accessor in self.accessors:
            accessor["bufferView"] = numbers[accessor["bufferView"]]
        return b"".join(parts), views


class _Document:
    """The scene on its way into JSON."""

    def __init__(self, scene, normals):
        self.scene = scene
        self.normals = normals
        self.buffer = _Buffer()
        self.materials, self.material_of = [], {}
        self.meshes, self.mesh_of = [], {}
        self.parts_of = {}
        self.nodes = []

    def material(self, row):
        """Number of the material of a palette row."""
        rgba = tuple(round(float(v), 6) for v in self.scene.palette[row])
        if rgba not in self.material_of:
            self.material_of[rgba] = len(self.materials)
            linear = [round(float(v), 6) for v in to_linear(np.clip(rgba[:3], 0.0, 1.0))]
            alpha = min(max(rgba[3], 0.0), 1.0)
            digits = "".join(f"{round(255 * min(max(v, 0.0), 1.0)):02x}" for v in rgba)
            material = {
                "name": "#" + (digits[:6] if alpha >= 1.0 else digits),
                "pbrMetallicRoughness": {
                    "baseColorFactor": [*linear, alpha],
                    "metallicFactor": 0.0,
                    "roughnessFactor": 0.9,
                },
                "doubleSided": True,
            }
            if alpha < 1.0:
                material["alphaMode"] = "BLEND"
            self.materials.append(material)
        return self.material_of[rgba]

    def parts(self, m):
        """Shift of mesh m, and per colour row of its triangles the accessors of a primitive."""
        if m in self.parts_of:
            return self.parts_of[m]
        scene = self.scene
        low, high = scene.vertex_start[m], scene.vertex_start[m + 1]
        begin, end = scene.triangle_start[m], scene.triangle_start[m + 1]
        positions = np.asarray(scene.positions[low:high], np.float64)
        triangles = np.asarray(scene.triangles[begin:end], np.int64) - low
        rows = np.asarray(scene.triangle_colour[begin:end])
        if triangles.size and not (triangles.min() >= 0 and triangles.max() < len(positions)):
            raise DomainError(f"the triangles of mesh {m} leave its vertices (they index the whole scene's positions)")
        finite = np.isfinite(positions).all(axis=1)
        if not finite.all():
            keep = finite[triangles].all(axis=1)
            triangles, rows = triangles[keep], rows[keep]
        shift = np.zeros(3)
        result = []
        if len(triangles):
            used, triangles = np.unique(triangles, return_inverse=True)
            positions, triangles = positions[used], triangles.reshape(-1, 3)
            if np.abs(positions).max() > _FAR:
                shift = np.round((positions.min(axis=0) + positions.max(axis=0)) / 2.0)
            points = (positions - shift).astype(np.float32)
            attributes = {}
            if self.normals:
                u, v, w = (positions[triangles[:, k]] for k in range(3))
                normal = np.cross(v - u, w - u)
                length = np.linalg.norm(normal, axis=1, keepdims=True)
                normal = np.where(length > 0.0, normal / np.where(length > 0.0, length, 1.0), [0.0, 0.0, 1.0])
                points = points[triangles.reshape(-1)]
                triangles = np.arange(len(points)).reshape(-1, 3)
                attributes["NORMAL"] = self.buffer.add(
                    "floats", np.repeat(normal, 3, axis=0).astype(np.float32), _FLOAT, "VEC3"
                )
            attributes["POSITION"] = self.buffer.add("floats", points, _FLOAT, "VEC3", bounded=True)
            # The largest number of a type is reserved, hence <=.
            short = len(points) <= 65535
            for row in np.unique(rows).tolist():
                indices = triangles[rows == row].reshape(-1).astype(np.uint16 if short else np.uint32)
                region, kind = ("shorts", _UINT16) if short else ("longs", _UINT32)
                result.append((row, attributes, self.buffer.add(region, indices, kind, "SCALAR")))
        self.parts_of[m] = shift, result
        return self.parts_of[m]

    def mesh(self, i):
        """Number of the glTF mesh of instance i (None when it is empty), and the shift that places it."""
        m, row = int(self.scene.instance_mesh[i]), int(self.scene.instance_colour[i])
        shift, parts = self.parts(m)
        if not parts:
            return None, shift
        key = m, row if any(own == 0 for own, _, _ in parts) else -1
        if key not in self.mesh_of:
            self.mesh_of[key] = len(self.meshes)
            # Two colour rows may be one material; they stay two primitives, which is valid and rare.
            self.meshes.append(
                {
                    "primitives": [
                        {"attributes": attributes, "indices": indices, "material": self.material(own or row)}
                        for own, attributes, indices in parts
                    ]
                }
            )
        return self.mesh_of[key], shift

    def node(self, **content):
        """Append a node without its empty entries; returns its number."""
        self.nodes.append({name: value for name, value in content.items() if value not in (None, "", [], {})})
        return len(self.nodes) - 1

    def place(self, matrix, **content):
        """Append the node, or the two nodes, that place `content` by a matrix; returns the number of the outer one."""
        placed, turn = _placement(matrix)
        if turn is not None:
            mesh = content.pop("mesh", None)
            content["children"] = [self.node(rotation=turn, mesh=mesh)]
        return self.node(**content, **placed)


def _quaternion(r):
    """Rotation matrix as a quaternion (x, y, z, w): of the four ways to divide, the one with the largest divisor."""
    trace = r[0, 0] + r[1, 1] + r[2, 2]
    squares = [1.0 + 2.0 * r[k, k] - trace for k in range(3)] + [1.0 + trace]
    best = int(np.argmax(squares))
    if best == 3:
        q = [r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1], squares[3]]
    else:
        i, j, k = best, (best + 1) % 3, (best + 2) % 3
        q = [0.0] * 4
        q[i], q[j], q[k], q[3] = squares[i], r[j, i] + r[i, j], r[k, i] + r[i, k], r[k, j] - r[j, k]
    q = np.array(q)
    q /= np.linalg.norm(q)
    return [float(v) for v in q]


def _split(linear):
    """U, s, V with linear = U diag(s) Vᵀ and both rotations; V is None where linear is a rotation and a scale."""
    lengths = np.linalg.norm(linear, axis=0)
    if (lengths > 0.0).all():
        turn = linear / lengths
        if np.abs(turn.T @ turn - np.eye(3)).max() < 1e-9:
            if np.linalg.det(turn) < 0.0:
                turn, lengths = turn * [-1.0, 1.0, 1.0], lengths * [-1.0, 1.0, 1.0]
            return turn, lengths, None
    u, s, vt = np.linalg.svd(linear)
    if np.linalg.det(u) < 0.0:
        u[:, 2], s[2] = -u[:, 2], -s[2]
    if np.linalg.det(vt) < 0.0:
        vt[2], s[2] = -vt[2], -s[2]
    return u, s, vt


def _placement(matrix):
    """Translation, rotation and scale of a node as JSON, and the rotation of a second node inside (or None)."""
    turn, scale, inner = _split(matrix[:3, :3])
    result = {}
    if matrix[:3, 3].any():
        result["translation"] = [float(v) for v in matrix[:3, 3]]
    if not np.array_equal(turn, np.eye(3)):
        result["rotation"] = _quaternion(turn)
    if np.abs(scale - 1.0).max() > 1e-12:
        result["scale"] = [float(v) for v in scale]
    return result, None if inner is None else _quaternion(inner)


def _column(thing, *names):
    """The first of these attributes that `thing` has, or None."""
    for name in names:
        value = getattr(thing, name, None)
        if value is not None and not callable(value):
            return value
    return None


def _value(column, element):
    """Entry of a column for an element as plain JSON, or None where there is none."""
    if column is None or element < 0:
        return None
    if isinstance(column, dict):
        value = column.get(element)
    else:
        if element >= len(column):
            raise ShapeError(f"the scene has an element {element}, but a column of names or ids has {len(column)} rows")
        value = column[element]
    value = value.item() if isinstance(value, np.generic) else value
    return value if isinstance(value, int | float | bool) or value is None else str(value)


def save(thing, path, names=None, ids=None, types=None, normals=False, instancing=False):
    """Write a scene or a building as glTF 2.0.

    Parameters
    ----------
    thing : Scene, geometry or model
        A `Scene`; or anything with a `scene` and columns `name`, `global_id`, `type`, `id` over its elements; or
        anything whose ``geometry()`` is that, such as a building opened with ``bim.open``.
    path : str or path
        ``.glb`` makes one file, ``.gltf`` a text file with a ``.bin`` of the same name beside it.
    names, ids, types : sequence or dict over elements, optional
        Names of the nodes; GlobalIds and types for their `extras`.  By default those of `thing`.
    normals : bool
        Write a flat normal for every corner: three to four times the size, and no viewer needs them.
    instancing : bool
        Write elements that share a mesh as one node with the extension EXT_mesh_gpu_instancing (their ids become
        lists in its `extras`): smaller for models that repeat themselves, but not every viewer reads it.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    DomainError
        An unknown suffix, triangles that leave their mesh, matrices that are not finite, or more than 4 GiB.
    ShapeError
        A column shorter than the elements.

    Notes
    -----
    Positions are float32 about the mesh's own zero.  The file is written under another name and renamed, so a reader
    never sees half of one.

    Examples
    --------
    >>> import tempfile
    >>> from avila_sci.mesh import mesh_scene
    >>> scene = mesh_scene([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(scene, folder + "/a.glb", names=["a leaf"]).read_bytes()[:4]
    b'glTF'
    """
    path = Path(path)
    if path.suffix.lower() not in (".glb", ".gltf"):
        raise DomainError(f"path must end in .glb or .gltf, got {path.name!r}")
    geometry, scene = scene_of("save", thing)
    columns = {
        "global_id": ids if ids is not None else _column(geometry, "global_id", "global_ids"),
        "type": types if types is not None else _column(geometry, "type", "types"),
        "step_id": None if geometry is scene else _column(geometry, "id", "ids", "step_id"),
    }
    names = names if names is not None else _column(geometry, "name", "names")
    content, binary = _document(scene, names, columns, bool(normals), bool(instancing))
    if path.suffix.lower() == ".glb":
        replace(path, _glb(content, binary))
    else:
        beside = path.with_suffix(".bin")
        if binary:
            content["buffers"][0]["uri"] = quote(beside.name)
            replace(beside, [binary])
        replace(path, [json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False).encode("utf-8")])
    return path


def _document(scene, names, columns, normals, instancing):
    """The JSON content and the binary part."""
    if not (np.isfinite(scene.instance_matrix).all() and np.isfinite(scene.origin).all()):
        raise DomainError("instance_matrix and origin must be finite")
    document = _Document(scene, normals)
    elements = np.asarray(scene.instance_element)
    order = np.argsort(elements, kind="stable")
    top = []
    if instancing:
        order, top = _batches(document, order, columns)
    groups = np.split(order, np.flatnonzero(np.diff(elements[order]) | (elements[order][1:] < 0)) + 1)
    for group in groups:
        if not group.size:
            continue
        element = int(elements[group[0]])
        name = _value(names, element)
        extras = {key: value for key, column in columns.items() if (value := _value(column, element)) is not None}
        about = {"name": None if name is None else str(name), "extras": extras}
        placed = []
        for i in group.tolist():
            mesh, shift = document.mesh(i)
            matrix = np.array(scene.instance_matrix[i], np.float64)
            matrix[:3, 3] += matrix[:3, :3] @ shift
            if len(group) == 1:
                top.append(document.place(matrix, mesh=mesh, **about))
            elif mesh is not None:
                placed.append(document.place(matrix, mesh=mesh))
        if len(group) > 1:
            top.append(document.node(children=placed, **about))
    root = _Y_UP.copy()
    root[:3, 3] = _Y_UP[:3, :3] @ np.asarray(scene.origin, np.float64)
    above = document.node(name="z up to y up, and the origin", children=top, **_placement(root)[0])
    binary, views = document.buffer.finish()
    from avila_sci import __version__

    content = {
        "asset": {"version": "2.0", "generator": f"Avila Sci {__version__}"},
        "scene": 0,
        "scenes": [{"nodes": [above]}],
        "nodes": document.nodes,
        "meshes": document.meshes,
        "materials": document.materials,
        "accessors": document.buffer.accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}] if binary else [],
    }
    if any(_INSTANCING in node.get("extensions", ()) for node in document.nodes):
        content["extensionsUsed"] = content["extensionsRequired"] = [_INSTANCING]
    return {key: value for key, value in content.items() if value != []}, binary


def _batches(document, order, columns):
    """Nodes of many instances each; returns the instances left for nodes of their own, and the nodes made."""
    scene = document.scene
    found = {}
    for i in order.tolist():
        found.setdefault((int(scene.instance_mesh[i]), int(scene.instance_colour[i])), []).append(i)
    left, made = [], []
    for group in found.values():
        mesh, shift = document.mesh(group[0])
        rows = []
        for i in group if mesh is not None and len(group) > 1 else ():
            turn, scale, inner = _split(scene.instance_matrix[i, :3, :3])
            if inner is None and (scale > 0.0).all():
                rows.append((i, turn, scale))
        if len(rows) < 2:
            left += group
            continue
        chosen = [i for i, _, _ in rows]
        left += sorted(set(group) - set(chosen))
        at = scene.instance_matrix[chosen, :3, 3] + scene.instance_matrix[chosen, :3, :3] @ shift
        middle = np.round(at.mean(axis=0))
        attributes = {
            "TRANSLATION": document.buffer.add("places", (at - middle).astype(np.float32), _FLOAT, "VEC3"),
            "SCALE": document.buffer.add("places", np.array([s for _, _, s in rows], np.float32), _FLOAT, "VEC3"),
        }
        turns = np.array([_quaternion(turn) for _, turn, _ in rows], np.float32)
        if not (turns == [0.0, 0.0, 0.0, 1.0]).all():
            attributes["ROTATION"] = document.buffer.add("places", turns, _FLOAT, "VEC4")
        elements = [int(scene.instance_element[i]) for i in chosen]
        extras = {"elements": elements}
        for key, column in columns.items():
            values = [_value(column, element) for element in elements]
            if any(value is not None for value in values):
                extras[key] = values
        place = {"translation": [float(v) for v in middle]} if middle.any() else {}
        made.append(
            document.node(mesh=mesh, extensions={_INSTANCING: {"attributes": attributes}}, extras=extras, **place)
        )
    return np.array(sorted(left, key=lambda i: (scene.instance_element[i], i)), np.int64), made


def _glb(content, binary):
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")
    text += b" " * (-len(text) % 4)
    parts = [struct.pack("<II", len(text), 0x4E4F534A), text]
    if binary:
        parts += [struct.pack("<II", len(binary), 0x004E4942), binary]
    total = 12 + sum(map(len, parts))
    if total >= 2**32:
        raise DomainError(f"a .glb file holds at most 4 GiB, this one would have {total / 2**30:.1f} (write .gltf)")
    return [struct.pack("<4sII", b"glTF", 2, total), *parts]
