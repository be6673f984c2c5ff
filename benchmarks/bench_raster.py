"""CPU time of pictures: a million triangles at 848 x 420, plain and with everything on, and the first picture cold.

There is no peer in the same role (a renderer from PyPI that needs neither a GPU, nor GL, nor a browser).  What answers
the same question, which triangle is seen at every pixel and how far, is a ray caster: with `embreex` installed (it is
no dependency of ours) Embree builds its tree and casts one ray a pixel, alternating with our plain picture.  Embree
does more: its tree answers any further ray.

    python benchmarks/bench_raster.py [path of ../shared/data]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("AVILA_NUM_THREADS", "2")
ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import numpy as np  # noqa: E402
from meshes import read_mesh  # noqa: E402
from scenes import RED, at, box, scene, torus  # noqa: E402

WIDTH, HEIGHT = 848, 420
PLAIN = {"samples": 1, "shading": "flat", "ambient_occlusion": False, "edges": False, "width": WIDTH, "height": HEIGHT}
COLD = """
import sys, time
sys.path[:0] = {paths!r}
from scenes import garden
from avila_sci.mesh.raster import render
began = time.process_time()
render(garden(), section=((0, 0, 1), (0, 0, 1)))
print(time.process_time() - began)
"""


def cpu(work):
    """CPU seconds of all threads, and wall seconds."""
    began, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - began, time.perf_counter() - wall


def report(name, works, rounds=9):
    """Run the works in turn; print the medians, and the median of ratios to the first."""
    times = {label: [] for label in works}
    for _ in range(rounds):
        for label, work in works.items():
            times[label].append(cpu(work))
    first = next(iter(works))
    for label, rows in times.items():
        ratio = statistics.median(row[0] / own[0] for row, own in zip(rows, times[first]))
        milliseconds = [1000 * statistics.median(column) for column in zip(*rows)]
        against = "" if label == first else f", {ratio:.1f} times ours"
        print(f"{name}, {label}: {milliseconds[0]:.0f} ms CPU, {milliseconds[1]:.0f} ms wall{against}")


def embree(positions, triangles):
    """One ray a pixel through Embree, tree included; None without embreex."""
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene
    except ImportError:
        return None
    from avila_sci.mesh.camera import fit, view_matrix

    camera = fit([positions.min(axis=0), positions.max(axis=0)], aspect=WIDTH / HEIGHT)
    axes = view_matrix(camera)[:3, :3]
    focal = 0.5 * HEIGHT / np.tan(np.radians(camera.fov) / 2)
    x, y = np.meshgrid(np.arange(WIDTH) + 0.5 - WIDTH / 2, HEIGHT / 2 - np.arange(HEIGHT) - 0.5)
    rays = np.stack([x / focal, y / focal, -np.ones_like(x)], axis=-1).reshape(-1, 3) @ axes
    start = np.tile(camera.eye, (len(rays), 1)).astype(np.float32)
    corners = positions.astype(np.float32)[triangles]

    def work():
        world = EmbreeScene()
        TriangleMesh(world, corners)
        world.run(start, rays.astype(np.float32))

    return work


def main(data):
    import numba

    from avila_sci.core.jit import cpu_name
    from avila_sci.core.threads import get_threads
    from avila_sci.mesh.raster import mesh_scene, render

    print(f"{get_threads()} threads, numba {numba.__version__}, {cpu_name()}, {WIDTH} x {HEIGHT}")
    ring = torus(1000, 500)
    one = mesh_scene(*ring)
    works = {"plain": lambda: render(one, **PLAIN)}
    peer = embree(*ring)
    if peer:
        works["Embree (tree and one ray a pixel)"] = peer
    render(one)
    report("1 000 000 triangles, one mesh", works)
    report("1 000 000 triangles, one mesh", {"everything on": lambda: render(one)}, 5)
    boxes = scene([box((0, 0, 0), (1, 1, 1))], [(0, at(1.5 * (k % 289), 1.5 * (k // 289)), RED) for k in range(83_333)])
    report("83 333 boxes, 999 996 triangles", {"plain": lambda: render(boxes, **PLAIN)}, 5)
    if (data / "mesh").is_dir():
        bunny = read_mesh(data / "mesh" / "stanford_bunny.obj.gz")
        size = np.ptp(bunny[0], axis=0)
        herd = scene([bunny], [(0, at(*(size * [k % 5, k // 5, 0])), RED) for k in range(15)])
        works = {"plain": lambda: render(herd, **PLAIN), "everything on": lambda: render(herd)}
        render(herd)
        report(f"15 bunnies, {15 * len(bunny[1])} triangles", works, 5)
    with tempfile.TemporaryDirectory() as cache:
        code = COLD.format(paths=sys.path[:2])
        environment = {**os.environ, "NUMBA_CACHE_DIR": cache}
        for name in ("empty", "filled"):
            run = [sys.executable, "-c", code]
            seconds = float(subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout)
            print(f"first picture of a process, everything on, {name} cache: {seconds:.1f} s CPU")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data")
