"""Opening STEP files: our index and our tokens against `ifcopenshell.open` and web-ifc's OpenModel; and memory.

    AVILA_WEB_IFC=/folder/with/node_modules python benchmarks/bench_step.py [file.ifc[.gz] ...]

"index" is `step.read`: id, type and argument span of every instance, and the graph of references, both ways.  "tokens"
is that and every argument as kind, number and offset.  ifcopenshell makes the graph too, and an object of every
instance; it decodes nothing until asked.  web-ifc keeps a tape of tokens and no graph, and is given bytes: its rival
"bytes" is `step.read` of bytes with the graph one way.  It runs in node, where its warm-up is not counted; without
AVILA_WEB_IFC (a folder in which `npm install web-ifc` was run) it is left out.  Before each run the file is read once,
uncounted: else whoever runs after the one that eats most memory pays for the caches it emptied.

Memory is the growth of the peak resident size in a fresh process that has already run the kernels on another file, in
multiples of the unpacked file.  It is read from /proc, so on Linux only: the peak that `resource.getrusage` tells is
inherited from the process that starts this one.

Ratios are of wall time: the median over the rounds, its range, and the shortest against the shortest, which on a
machine that is busy with other things is the fairest; and of processor time, which knows nothing of threads.
"""

import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("AVILA_NUM_THREADS", "2")

import ifcopenshell
import numba

from avila_sci import __version__
from avila_sci.bim import step
from avila_sci.core.threads import get_threads

SHARED = Path(os.environ.get("AVILA_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / "ifc"
FILES = [
    "ifc_open_house_ifc4.ifc",
    "sample_house_ifc4.ifc.gz",
    "office_a.ifc.gz",
    "schependomlaan_houten_kozijnen.ifc.gz",
    "rfi_track_01.ifc.gz",
    "janesville_restaurant.ifc.gz",
]
ROUNDS = 11
WEB_IFC = os.environ.get("AVILA_WEB_IFC")

NODE = """
const fs = require('fs'), WebIFC = require('web-ifc');
(async () => {
  const api = new WebIFC.IfcAPI();
  await api.Init();
  api.SetLogLevel(WebIFC.LogLevel.LOG_LEVEL_OFF);
  const ask = require('readline').createInterface({input: process.stdin});
  for await (const path of ask) {
    const bytes = new Uint8Array(fs.readFileSync(path));
    const start = performance.now(), before = process.cpuUsage();
    const model = api.OpenModel(bytes);
    const wall = (performance.now() - start) / 1000, used = process.cpuUsage(before);
    api.CloseModel(model);
    console.log(JSON.stringify([wall, (used.user + used.system) / 1e6]));
  }
})();
"""

MEMORY = """
import gc, sys
from avila_sci.bim import step

def resident(line):
    with open("/proc/self/status") as status:
        return next(int(row.split()[1]) for row in status if row.startswith(line)) * 1024

def forget_the_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")

warm = step.read(sys.argv[1])
warm.tokens, warm.inverse
del warm
gc.collect()
forget_the_peak()
before = resident("VmRSS")
file = step.read(sys.argv[2])
file.inverse
opened, kept = resident("VmHWM"), resident("VmRSS")
file.tokens
print(opened - before, kept - before, resident("VmHWM") - before)
"""


class WebIFC:
    """A node process that opens the files whose paths it is given."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["node", "-e", NODE], cwd=WEB_IFC, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.version = json.loads(Path(WEB_IFC, "node_modules/web-ifc/package.json").read_text())["version"]

    def open(self, path):
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        while not (line := self.process.stdout.readline()).startswith("["):
            if not line:
                raise RuntimeError("web-ifc ended")
        return tuple(json.loads(line))


def seconds(function):
    """(wall, processor) seconds; what the function made is let go outside of them."""
    wall, busy = time.perf_counter(), time.process_time()
    made = function()
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    del made
    return wall, busy


def index(source):
    file = step.read(source)
    file.inverse  # noqa: B018
    return file


def tokens(source):
    file = index(source)
    file.tokens  # noqa: B018
    return file


def compare(path, web_ifc):
    contestants = {
        "index": lambda raw: seconds(lambda: index(path)),
        "tokens": lambda raw: seconds(lambda: tokens(path)),
        "ifcopenshell": lambda raw: seconds(lambda: ifcopenshell.open(str(path))),
    }
    if web_ifc:
        contestants["bytes"] = lambda raw: seconds(lambda: step.read(raw))
        contestants["web-ifc"] = lambda raw: web_ifc.open(path)
    times = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        for name, run in contestants.items():
            times[name].append(run(path.read_bytes()))
    print(f"{path.name} ({path.stat().st_size / 1e6:.1f} MB), seconds of wall (processor) time:")
    for name, rows in times.items():
        wall, busy = zip(*rows)
        print(f"  {name:13} {statistics.median(wall):.4f} ({statistics.median(busy):.4f}), shortest {min(wall):.4f}")
    for ours, peer in (("index", "ifcopenshell"), ("tokens", "ifcopenshell"), ("bytes", "web-ifc")):
        if peer in times:
            wall, busy = ([a[k] / b[k] for a, b in zip(times[peer], times[ours])] for k in (0, 1))
            best = min(t[0] for t in times[peer]) / min(t[0] for t in times[ours])
            print(
                f"  {ours:6} is {statistics.median(wall):.1f}x {peer} (range {min(wall):.1f}-{max(wall):.1f}, "
                f"shortest {best:.1f}, processor time {statistics.median(busy):.1f})"
            )


def main():
    web_ifc = WebIFC() if WEB_IFC else None
    print(
        f"avila-sci {__version__}, numba {numba.__version__}, {get_threads()} threads; "
        f"ifcopenshell {ifcopenshell.version} (1 thread); "
        + (f"web-ifc {web_ifc.version} (1 thread)" if web_ifc else "no web-ifc: AVILA_WEB_IFC is not set")
    )
    paths = [Path(name) for name in sys.argv[1:]] or [SHARED / name for name in FILES]
    with tempfile.TemporaryDirectory() as folder:
        plain = []
        for path in paths:
            raw = path.read_bytes()
            if path.suffix == ".gz":
                path = Path(folder, path.stem)
                path.write_bytes(gzip.decompress(raw))
            plain.append(path.resolve())
        start = time.perf_counter()
        first = step.read(plain[0])
        middle = time.perf_counter()
        _ = first.tokens, first.inverse
        print(
            f"first read {middle - start:.1f} s, first tokens {time.perf_counter() - middle:.1f} s (compiled or cached)"
        )
        for path in plain:
            compare(path, web_ifc)
        for path in plain[1:] if sys.platform == "linux" else ():
            size = path.stat().st_size
            out = subprocess.run(
                [sys.executable, "-c", MEMORY, str(plain[0]), str(path)], capture_output=True, text=True, check=True
            )
            grown = [int(word) / size for word in out.stdout.split()]
            print(
                f"{path.name}: peak memory {grown[0]:.1f}x the file to open ({grown[1]:.1f}x kept), "
                f"{grown[2]:.1f}x with tokens"
            )


if __name__ == "__main__":
    main()
