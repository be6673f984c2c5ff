"""Properties of a whole model: our table against loops over ifcopenshell's `get_psets`.

    python benchmarks/bench_properties.py [file.ifc[.gz] ...]

Two peers.  "dictionaries" is the loop alone, a dictionary an element: less than a table.  "table" goes on to a pandas
DataFrame of the same columns, which is what `Model.to_dataframe` gives.  Both sides start with the file open; ours
makes its tokens and relations anew in every round ("first") or has them ("again").
"""

import gzip
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import ifcopenshell
import ifcopenshell.util.element
import numba
import pandas

from avila_sci import __version__
from avila_sci.bim import model as bim
from avila_sci.bim import sample
from avila_sci.core.threads import get_threads

SHARED = Path(os.environ.get("AVILA_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")) / "ifc"
ROUNDS = 5


def seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def peer_dictionaries(peer):
    return {p: ifcopenshell.util.element.get_psets(p) for p in peer.by_type("IfcProduct")}


def peer_table(peer):
    rows = []
    for product, sets in peer_dictionaries(peer).items():
        container = ifcopenshell.util.element.get_container(product)
        kind = ifcopenshell.util.element.get_type(product)
        row = {
            "global_id": product.GlobalId,
            "type": product.is_a(),
            "name": product.Name,
            "container": container.Name if container else None,
            "type_name": kind.Name if kind else None,
            "material": ", ".join(m.Name or "" for m in ifcopenshell.util.element.get_materials(product)),
        }
        for name, values in sets.items():
            for key, value in values.items():
                if key != "id":
                    row[f"{name}.{key}"] = value
        rows.append(row)
    return pandas.DataFrame(rows)


def main(paths):
    print(
        f"avila-sci {__version__}, ifcopenshell {ifcopenshell.version}, pandas {pandas.__version__}, "
        f"numba {numba.__version__}, {get_threads()} threads, medians of {ROUNDS} rounds"
    )
    with tempfile.TemporaryDirectory() as folder:
        if not paths:
            paths = [SHARED / n for n in ("janesville_restaurant.ifc.gz", "duplex_architecture.ifc.gz")]
            paths = [p for p in paths if p.exists()] + [sample.write(Path(folder) / "sample_20_floors.ifc", 20, 20)]
        for path in map(Path, paths):
            plain = path
            if path.suffix == ".gz":
                plain = Path(folder) / path.stem
                plain.write_bytes(gzip.decompress(path.read_bytes()))
            measure(plain)


def measure(path):
    peer = ifcopenshell.open(str(path))
    frame = bim.open(path).to_dataframe()  # compiles
    times = {name: [] for name in ("whole", "first", "again", "dictionaries", "table", "peer whole")}
    for _ in range(ROUNDS):
        times["whole"].append(seconds(lambda: bim.open(path).to_dataframe()))
        model = bim.open(path)
        times["first"].append(seconds(model.to_dataframe))
        times["again"].append(seconds(model.to_dataframe))
        times["dictionaries"].append(seconds(lambda: peer_dictionaries(peer)))
        times["table"].append(seconds(lambda: peer_table(peer)))
        times["peer whole"].append(seconds(lambda: peer_table(ifcopenshell.open(str(path)))))

    def ratio(theirs, ours):
        ratios = [a / b for a, b in zip(times[theirs], times[ours])]
        return f"{statistics.median(ratios):.1f}x (range {min(ratios):.1f}-{max(ratios):.1f})"

    size = path.stat().st_size / 1e6
    print(f"\n{path.name}, {size:.1f} MB: {frame.shape[0]} products, {frame.shape[1]} columns")
    for name, values in times.items():
        print(f"  {name:13} {statistics.median(values):8.4f} s")
    print(f"  from the file to a table: {ratio('peer whole', 'whole')} the peer's")
    print(f"  first of an open model: {ratio('table', 'first')} its table, {ratio('dictionaries', 'first')} its loop")
    print(f"  once more: {ratio('table', 'again')} its table, {ratio('dictionaries', 'again')} its loop")


if __name__ == "__main__":
    main(sys.argv[1:])
