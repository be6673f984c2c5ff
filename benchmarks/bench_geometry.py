"""A whole file to triangles: ours against ifcopenshell's kernels and web-ifc; and the viewer's buffer.

    AVILA_WEB_IFC=/folder/with/node_modules python benchmarks/bench_geometry.py [--rounds 3] [file.ifc[.gz] ...]

"ours" is `model.geometry()` of a model that is already open, kernels compiled; the peers' times exclude opening too.
ifcopenshell's iterator runs on two threads, its default kernel (OpenCASCADE) and its manifold kernel, with its own
settings; web-ifc streams all meshes.  All subtract openings.  What differs: web-ifc copies to JavaScript what it
makes, ifcopenshell sews and meshes exact shapes, we keep unique meshes and instances, and give every element a status.
A kernel that has taken more than `--patience` seconds on a file is stopped and its ratio is a bound.
"""

import argparse
import gzip
import json
import multiprocessing
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

os.environ.setdefault("AVILA_NUM_THREADS", "2")

import ifcopenshell
import ifcopenshell.geom
import numba

from avila_sci import __version__, bim
from avila_sci.bim import geometry
from avila_sci.core.threads import get_threads
from avila_sci.widgets import wire

SHARED = Path(os.environ.get("AVILA_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / "ifc"
FILES = [
    "sample_house_ifc4.ifc.gz",
    "office_a.ifc.gz",
    "kit_ac20_fzk_haus.ifc.gz",
    "schependomlaan_houten_kozijnen.ifc.gz",
    "great_court_roof.ifc.gz",
    "schependomlaan_linden_kozijnen.ifc.gz",
    "infra_bridge.ifc.gz",
    "rfi_track_01.ifc.gz",
    "janesville_restaurant.ifc.gz",
]
WEB_IFC = os.environ.get("AVILA_WEB_IFC")
NODE = """
const fs = require('fs'), WebIFC = require('web-ifc');
(async () => {
  const api = new WebIFC.IfcAPI();
  await api.Init();
  api.SetLogLevel(WebIFC.LogLevel.LOG_LEVEL_OFF);
  const ask = require('readline').createInterface({input: process.stdin});
  for await (const path of ask) {
    const model = api.OpenModel(new Uint8Array(fs.readFileSync(path)));
    const start = performance.now();
    let n = 0;
    api.StreamAllMeshes(model, (mesh) => { n += mesh.geometries.size(); });
    const seconds = (performance.now() - start) / 1000;
    api.CloseModel(model);
    console.log(JSON.stringify({seconds, n}));
  }
})();
"""


def _iterate(path, library, queue):
    file = ifcopenshell.open(path)
    start = time.perf_counter()
    iterator = ifcopenshell.geom.iterator(ifcopenshell.geom.settings(), file, 2, geometry_library=library)
    if iterator.initialize():
        while True:
            iterator.get()
            if not iterator.next():
                break
    queue.put(time.perf_counter() - start)


def ifcopenshell_seconds(path, library, patience):
    """Seconds of the iterator in a process of its own, and whether it ended by itself."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_iterate, args=(str(path), library, queue))
    process.start()
    process.join(patience + 10)
    if process.is_alive():
        process.kill()
        process.join()
        return patience, False
    return (queue.get(), True) if process.exitcode == 0 else (float("nan"), False)


class WebIFC:
    """A node process that triangulates the files whose paths it is given."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["node", "-e", NODE], cwd=WEB_IFC, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.version = json.loads(Path(WEB_IFC, "node_modules/web-ifc/package.json").read_text())["version"]

    def seconds(self, path):
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        while not (line := self.process.stdout.readline()).startswith("{"):
            if not line:
                raise RuntimeError("web-ifc ended")
        return json.loads(line)["seconds"]


def ours_seconds(path):
    model = bim.open(path)
    _ = model.step.tokens
    start = time.perf_counter()
    shape = geometry.build(model, progress=False)
    return time.perf_counter() - start, shape


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--patience", type=float, default=60.0)
    parser.add_argument("--kernels", default="opencascade,manifold")
    arguments = parser.parse_args()
    web_ifc = WebIFC() if WEB_IFC else None
    print(
        f"avila-sci {__version__}, numba {numba.__version__}, {get_threads()} threads; "
        f"ifcopenshell {ifcopenshell.version}, 2 threads" + (f"; web-ifc {web_ifc.version}" if web_ifc else "")
    )
    ours_seconds(bim.sample.path())
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.files or FILES:
            path = Path(name) if Path(name).is_file() else SHARED / name
            if path.suffix == ".gz":
                plain = Path(folder, path.stem)
                plain.write_bytes(gzip.decompress(path.read_bytes()))
                path = plain
            compare(path.resolve(), web_ifc, arguments)


def compare(path, web_ifc, arguments):
    peers = {library: [] for library in arguments.kernels.split(",") if library}
    if web_ifc:
        peers["web-ifc"] = []
    ours, stopped = [], set()
    ours_seconds(path)  # what this file compiles for itself
    for _ in range(arguments.rounds):
        seconds, shape = ours_seconds(path)
        ours.append(seconds)
        for peer, times in peers.items():
            if peer == "web-ifc":
                times.append(web_ifc.seconds(path))
            elif peer not in stopped:
                taken, ended = ifcopenshell_seconds(path, peer, arguments.patience)
                times.append(taken)
                if not ended or taken > arguments.patience / 2:
                    stopped.add(peer)
    scene = shape.scene
    meshes = len(scene.vertex_start) - 1
    print(
        f"{path.name} ({path.stat().st_size / 1e6:.1f} MB): ours {statistics.median(ours):.3f} s; "
        f"{len(shape)} elements, {shape.triangle_count.sum()} triangles of {len(scene.triangles)} in {meshes} meshes"
    )
    for peer, times in peers.items():
        ratios = [theirs / own for theirs, own in zip(times, ours)]
        words = f"  {peer}: {statistics.median(times):.2f} s, {statistics.median(ratios):.1f}x ours"
        print(words + (f" ({min(ratios):.1f}-{max(ratios):.1f})" if len(ratios) > 1 else ", one round"))
    start = time.perf_counter()
    buffer = wire.encode(scene)
    per_triangle = len(buffer) / max(1, len(scene.triangles))
    print(
        f"  wire: {len(buffer) / 1e6:.2f} MB, {per_triangle:.1f} bytes a unique triangle, "
        f"{len(buffer) / max(1, int(shape.triangle_count.sum())):.2f} a drawn one, {time.perf_counter() - start:.3f} s"
    )


if __name__ == "__main__":
    main()
