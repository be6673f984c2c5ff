"""The ``avila-sci`` command: warm the JIT cache, run the demo without a screen, look at the installation."""

import argparse
import base64
import sys
from pathlib import Path


def _warm(arguments):
    from avila_sci.jupyter.warm import fill

    print(f"kernels ready in {fill():.1f} s")
    return 0


def _doctor(arguments):
    from avila_sci.jupyter.doctor import findings

    print(findings())
    return 0


def _demo(arguments):
    import nbformat
    from nbclient import NotebookClient

    source = Path(arguments.notebook)
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.read(source, as_version=4)
    print(f"executing {source} on the Avila Sci kernel")
    place = {"metadata": {"path": str(source.parent)}}
    NotebookClient(notebook, timeout=600, kernel_name="avila-sci", resources=place).execute()
    nbformat.write(notebook, out / source.name)
    names = [out / source.name]
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            png = output.get("data", {}).get("image/png")
            if png:
                names.append(out / f"{source.stem}-cell-{number:02d}.png")
                names[-1].write_bytes(base64.b64decode(png))
    for name in names:
        print(f"  {name}  {name.stat().st_size / 1000:.0f} kB")
    return 0


def main(argv=None):
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="avila-sci", description="Avila Sci at the command line.")
    commands = parser.add_subparsers(required=True)
    warm = commands.add_parser("warm", help="compile the kernels of the notebooks into the cache")
    warm.set_defaults(run=_warm)
    doctor = commands.add_parser("doctor", help="versions, CPU, threads and cache")
    doctor.set_defaults(run=_doctor)
    demo = commands.add_parser("demo", help="execute a notebook without a screen and keep its pictures")
    demo.add_argument("notebook")
    demo.add_argument("--out", default="out", help="folder for the executed notebook and its pictures")
    demo.set_defaults(run=_demo)
    arguments = parser.parse_args(argv)
    return arguments.run(arguments)


if __name__ == "__main__":
    sys.exit(main())
