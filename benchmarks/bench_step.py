"""Opening STEP files: our index and our tokens against `ifcopenshell.open` and web-ifc's OpenModel; and memory.

    AVILA_WEB_IFC=/folder/with/node_modules python benchmarks/bench_step.py [file.ifc[.gz] ...]

"index" is `step.read`: id, type and argument span of every instance, and the graph of references in both directions.
"tokens" is that and every argument as kind, number and offset.  What the peers do more: ifcopenshell makes an object
of every instance (and decodes nothing until asked, as we); web-ifc checks nothing and keeps a tape of tokens, like
ours.  web-ifc runs in node, where its warm-up is not counted; without AVILA_WEB_IFC (a folder in which `npm install
web-ifc` was run) it is left out.  Memory is the growth of the peak resident size in a fresh process that has already
run the kernels on another file, in multiples of the unpacked file.
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
ROUNDS = 7
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
    const start = performance.now();
    const model = api.OpenModel(bytes);
    const seconds = (performance.now() - start) / 1000;
    api.CloseModel(model);
    console.log(JSON.stringify({seconds}));
  }
})();
"""

MEMORY = """
import resource, sys
from avila_sci.bim import step
warm = step.read(sys.argv[1])
warm.tokens, warm.inverse
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
file = step.read(sys.argv[2])
file.inverse
index = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
file.tokens
tokens = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((index - before) * 1024, (tokens - before) * 1024)
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
        while not (line := self.process.stdout.readline()).startswith("{"):
            if not line:
                raise RuntimeError("web-ifc ended")
        return json.loads(line)["seconds"]


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def index(path):
    file = step.read(path)
    file.inverse  # noqa: B018
    return file


def ratio(values):
    return f"{statistics.median(values):5.1f}x ({min(values):.1f}-{max(values):.1f})"


def main():
    web_ifc = WebIFC() if WEB_IFC else None
    print(
        f"avila-sci {__version__}, numba {numba.__version__}, {get_threads()} threads; "
        f"ifcopenshell {ifcopenshell.version}" + (f"; web-ifc {web_ifc.version}" if web_ifc else "")
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
        for path in plain[1:]:
            size = path.stat().st_size
            out = subprocess.run(
                [sys.executable, "-c", MEMORY, str(plain[0]), str(path)], capture_output=True, text=True, check=True
            )
            grown = [int(word) / size for word in out.stdout.split()]
            print(f"{path.name}: peak memory {grown[0]:.1f}x the file to open, {grown[1]:.1f}x with tokens")


def compare(path, web_ifc):
    rows = []
    for _ in range(ROUNDS):
        ours = seconds(lambda: index(path))
        both = seconds(lambda: index(path).tokens)
        peer = seconds(lambda: ifcopenshell.open(str(path)))
        rows.append((ours, both, peer, web_ifc.open(path) if web_ifc else 0.0))
    ours, both, peer, web = (statistics.median(column) for column in zip(*rows))
    print(f"{path.name} ({path.stat().st_size / 1e6:.1f} MB)")
    print(
        f"  seconds: index {ours:.4f}, tokens {both:.4f}, ifcopenshell {peer:.4f}"
        + (f", web-ifc {web:.4f}" * (web > 0))
    )
    print(
        f"  ifcopenshell.open: {ratio([r[2] / r[0] for r in rows])} index, {ratio([r[2] / r[1] for r in rows])} tokens"
    )
    if web_ifc:
        print(
            f"  web-ifc OpenModel: {ratio([r[3] / r[0] for r in rows])} index, {ratio([r[3] / r[1] for r in rows])} tokens"
        )


if __name__ == "__main__":
    main()
