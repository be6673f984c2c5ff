"""Cutting and triangulating: ours and a peer in turn in one process, medians of ratios.

Walls with openings and a half-space clip against manifold3d, which starts from its own kind of mesh: building that from
the arrays and reading the result back belongs to the job and is timed, and given once more without.  Two spheres
against manifold3d, where it has no such overhead.  Delaunay triangulation against scipy.spatial.Delaunay (qhull), which
also gives neighbours and the hull, and works in any dimension.

    python benchmarks/bench_mesh.py
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "mesh")]

import manifold3d  # noqa: E402
import numpy as np  # noqa: E402
from scipy.spatial import Delaunay  # noqa: E402
from solids import ball, box, cutters, rotation, turned, volume  # noqa: E402

from avila_sci.core.jit import cpu_name  # noqa: E402
from avila_sci.mesh.boolean import _subtract_many, _union  # noqa: E402
from avila_sci.mesh.clip import _clip  # noqa: E402
from avila_sci.mesh.delaunay import constrained_triangulation, delaunay_triangulation  # noqa: E402

COLD = """
import sys, time
sys.path[:0] = {paths!r}
import numpy as np
from solids import box, cutters, rotation, turned
from avila_sci.mesh import boolean, clip, delaunay, polygon
began = time.perf_counter()
wall, other = box((0, 0, 0), (5, 0.3, 3)), turned(box((1, -1, 1), (2, 2, 2)), rotation(0.1, 0.2, 0.3))
square, edge = np.array([[0.0, 0], [2, 0], [1, 0.5], [0, 2]]), np.array([[0, 2]], np.int32)
for name, work in (
    ("delaunay_triangulation", lambda: delaunay._delaunay_triangulation(square)),
    ("constrained_triangulation", lambda: delaunay._constrained_triangulation(square, edge)),
    ("triangulate", lambda: polygon._triangulate(square, np.array([0, 4]))),
    ("clip_half_space", lambda: clip._clip(*wall, np.ones(3), np.array([0, 0, 1.0]), 1e-9)),
    ("difference", lambda: boolean._difference(*wall, *other, 1e-9)),
    ("union", lambda: boolean._union(*wall, *other, 1e-9)),
    ("_subtract_many", lambda: boolean._subtract_many(*wall, *cutters(other), 1e-9)),
):
    start = time.perf_counter()
    work()
    print(f"  {{name}}: {{time.perf_counter() - start:.1f}} s")
print(f"  all: {{time.perf_counter() - began:.1f}} s")
"""


def seconds(work, repeat):
    began = time.perf_counter()
    for _ in range(repeat):
        work()
    return (time.perf_counter() - began) / repeat


def report(name, ours, peers, repeat=1, rounds=9):
    """Run ours and the peers in turn; print medians, and the median and range of the ratios to ours."""
    ours()
    rows = []
    for _ in range(rounds):
        rows.append([seconds(work, repeat) for work in (ours, *peers.values())])
    own = [row[0] for row in rows]
    print(f"{name}: ours {1000 * statistics.median(own):.3f} ms")
    for k, peer in enumerate(peers, 1):
        ratios = [row[k] / row[0] for row in rows]
        print(
            f"  {peer} {1000 * statistics.median(row[k] for row in rows):.3f} ms: "
            f"{statistics.median(ratios):.1f} times ours (range {min(ratios):.1f}-{max(ratios):.1f})"
        )


def wall(openings):
    """A wall with two rows of windows."""
    columns = (openings + 1) // 2
    windows = [
        box((1 + 2 * (i // 2), -1, 1 + 2.5 * (i % 2)), (2 + 2 * (i // 2), 1, 2.2 + 2.5 * (i % 2)))
        for i in range(openings)
    ]
    return box((0, 0, 0), (2 * columns + 1, 0.3, 6)), windows


def solid(mesh):
    """A mesh as manifold3d has it."""
    return manifold3d.Manifold(manifold3d.Mesh64(mesh[0], mesh[1].astype(np.uint64)))


def read(result):
    mesh = result.to_mesh64()
    return mesh.vert_properties, mesh.tri_verts


def cut(solids):
    return manifold3d.Manifold.batch_boolean(solids, manifold3d.OpType.Subtract)


def openings(n, repeat):
    host, windows = wall(n)
    many = cutters(*windows)
    ready = [solid(mesh) for mesh in (host, *windows)]
    assert abs(volume(_subtract_many(*host, *many, 1e-9)) - cut(ready).volume()) < 1e-9
    report(
        f"wall with {n} opening{'s' if n > 1 else ''}",
        lambda: _subtract_many(*host, *many, 1e-9),
        {
            "manifold3d, arrays to arrays,": lambda: read(cut([solid(mesh) for mesh in (host, *windows)])),
            "manifold3d, its own meshes,": lambda: cut(ready).num_tri(),
        },
        repeat,
    )


def half_space(n, repeat):
    mesh = ball(1.0, n)
    point, normal = np.array([0.1, 0.2, 0.3]), np.array([0.6, 0.0, 0.8])
    ready = solid(mesh)
    report(
        f"half-space clip of {len(mesh[1])} triangles",
        lambda: _clip(*mesh, point, normal, 1e-9),
        {
            "manifold3d, arrays to arrays,": lambda: read(solid(mesh).trim_by_plane((-0.6, 0, -0.8), -0.3)),
            "manifold3d, its own mesh,": lambda: ready.trim_by_plane((-0.6, 0, -0.8), -0.3).num_tri(),
        },
        repeat,
    )


def spheres(n):
    a, b = ball(1.0, n), turned(ball(1.0, n), rotation(0.3, 0.2, 0.1), (0.4, 0.3, 0.2))
    ready = solid(a), solid(b)
    report(
        f"union of two spheres of {len(a[1])} triangles",
        lambda: _union(*a, *b, 1e-9),
        {
            "manifold3d, arrays to arrays,": lambda: read(solid(a) + solid(b)),
            "manifold3d, its own meshes,": lambda: (ready[0] + ready[1]).num_tri(),
        },
        rounds=5,
    )


def points_in_the_plane(n, repeat=1):
    points = np.random.default_rng(n).random((n, 2))
    report(
        f"Delaunay of {n} points",
        lambda: delaunay_triangulation(points),
        {"scipy.spatial.Delaunay": lambda: Delaunay(points)},
        repeat,
    )


def outline(n):
    """A ring of n points among as many others: what the constraints cost."""
    rng = np.random.default_rng(n)
    angle = 2 * np.pi * np.arange(n) / n
    points = np.vstack([(1 + 0.1 * rng.random(n))[:, None] * np.c_[np.cos(angle), np.sin(angle)], rng.random((n, 2))])
    edges = np.c_[np.arange(n), (np.arange(n) + 1) % n]
    report(
        f"{2 * n} points with {n} edges",
        lambda: constrained_triangulation(points, edges),
        {"without the edges": lambda: delaunay_triangulation(points)},
    )


def main():
    print(f"1 thread (manifold3d as it comes), numba {version('numba')}, numpy {np.__version__}, {cpu_name()}")
    print(f"manifold3d {version('manifold3d')}, scipy {version('scipy')}")
    for n, repeat in ((1, 50), (10, 20), (65, 5)):
        openings(n, repeat)
    half_space(24, 20)
    half_space(256, 1)
    spheres(64)
    spheres(224)
    points_in_the_plane(1_000, 10)
    points_in_the_plane(100_000)
    outline(20_000)
    with tempfile.TemporaryDirectory() as cache:
        for name in ("an empty", "a filled"):
            print(f"first calls in a process, {name} cache:")
            code = COLD.format(paths=sys.path[:2])
            environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
            done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
            print((done.stdout + done.stderr).rstrip())


if __name__ == "__main__":
    main()
