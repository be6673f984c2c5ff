"""What this installation is made of: the first thing to look at, and to send, when something is slow or odd."""

import importlib.metadata
import platform
import sys

_PACKAGES = ("numpy", "numba", "llvmlite", "ipykernel", "ipywidgets", "anywidget", "jupyterlab", "matplotlib", "pandas")


def findings():
    """Versions, processor, threads, cache.

    Returns
    -------
    str
        One fact a line.
    """
    from avila_sci import __version__
    from avila_sci.core.jit import cache_folder, cpu_name
    from avila_sci.core.threads import available_cpus, get_threads

    folder = cache_folder()
    files = list(folder.rglob("*.nbc")) if folder.is_dir() else []
    lines = [f"avila-sci {__version__}, Python {platform.python_version()} on {platform.platform()}"]
    for package in _PACKAGES:
        try:
            lines.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            lines.append(f"{package}: not installed")
    lines.append(f"processor {cpu_name()}")
    lines.append(f"{get_threads()} threads of {available_cpus()} available CPUs")
    lines.append(f"JIT cache {folder}: {len(files)} kernels, {sum(f.stat().st_size for f in files) / 1e6:.1f} MB")
    lines.append(f"executable {sys.executable}")
    return "\n".join(lines)
