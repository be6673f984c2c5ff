"""Filling the JIT cache before anybody waits for it.

`fill` runs the notebook's own road, from a file to a picture, on the sample building: what it compiles is what the
notebooks use.  `touch` only wakes the compiler of a new process, which takes a second even when every kernel is cached.
"""

import os
import subprocess
import sys
import time

PORTABLE = {"NUMBA_CPU_NAME": "x86-64-v3", "NUMBA_CPU_FEATURES": ""}
"""Target of kernels that are compiled on one machine and run on another: any x86-64 with AVX2 and FMA."""


def touch():
    """Import numba and load one cached kernel, so that the first call of the user's does not pay for it."""
    import numpy as np

    from avila_sci.mesh.measure import _measure

    _measure(np.zeros((3, 3)), np.array([[0, 1, 2]], np.int32))


def _draw(viewer):
    viewer.picture(width=160, height=90)
    viewer.selected = 0
    viewer.picture(width=160, height=90)
    return len(viewer._wire)


def _steps(model):
    from avila_sci import bim

    def shapes():
        model.geometry(progress=False)
        model.geometry_report()

    def properties():
        model.to_dataframe()
        repr(model.tree())
        return model.repairs

    def views():
        viewer = bim.show(model)
        viewer.colour("type")
        return _draw(viewer)

    return [("shapes", shapes), ("properties", properties), ("views", views)]


def _others():
    """What needs no shapes, for a second process: the compiler itself runs on one thread only."""
    import numpy as np

    from avila_sci import bim
    from avila_sci.mesh.raster import mesh_scene

    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)
    triangles = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    _draw(bim.show(mesh_scene(corners, triangles, elements=[0, 0, 1, 1])))
    _steps(bim.open(bim.sample.path()))[1][1]()


def fill(say=print):
    """Compile, or load from the cache, every kernel of the road from an IFC file to the viewer.

    Parameters
    ----------
    say : callable
        Takes one line of text per step.

    Returns
    -------
    float, seconds
    """
    from avila_sci import bim
    from avila_sci.core.threads import available_cpus

    started = begun = time.perf_counter()
    model = bim.open(bim.sample.path())
    model.types()
    steps = _steps(model)
    say(f"  [1/{len(steps) + 1}] reading: {time.perf_counter() - begun:.1f} s")
    helper = None
    if available_cpus() > 1:
        helper = subprocess.Popen([sys.executable, "-c", f"from {__name__} import _others; _others()"])
    try:
        for number, (name, step) in enumerate(steps, 2):
            begun = time.perf_counter()
            if number > 2 and helper is not None:
                helper.wait()  # what it has not compiled is compiled here, so its exit status does not matter
            step()
            say(f"  [{number}/{len(steps) + 1}] {name}: {time.perf_counter() - begun:.1f} s")
    finally:
        if helper is not None:
            helper.kill()
            helper.wait()
    return time.perf_counter() - started


def portable_cpu():
    """Environment that makes kernels run on any x86-64-v3 machine, or nothing where this CPU is older or other.

    Returns
    -------
    dict of str to str
    """
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
            flags = next((set(line.split()) for line in lines if line.startswith("flags")), set())
    except OSError:
        flags = set()
    return dict(PORTABLE) if {"avx2", "fma", "bmi2"} <= flags and os.name == "posix" else {}
