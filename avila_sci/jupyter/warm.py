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


def _views_of_nothing():
    """Compile the renderer and the wire on four triangles, which no other kernel is needed for."""
    import numpy as np

    from avila_sci import bim
    from avila_sci.mesh.raster import mesh_scene

    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)
    triangles = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    _draw(bim.show(mesh_scene(corners, triangles, elements=[0, 0, 1, 1])))


def _leaves(model):
    """Compile what makes items into triangles: for no item, so nothing runs."""
    import numpy as np

    from avila_sci.bim.curve import fine_settings
    from avila_sci.bim.geometry import _many_faces, _many_sweeps

    none = np.empty(0, np.int64)
    _many_faces(model.step.tokens, none, fine_settings())
    _many_sweeps(model.step.tokens, none, fine_settings())


def _solids():
    """Compile polygons, then cuts and booleans, in a process of their own: numba compiles on one thread only."""
    import gc

    import numpy as np

    from avila_sci.mesh.boolean import _intersection, _subtract_many, _union
    from avila_sci.mesh.clip import _clip
    from avila_sci.mesh.polygon import _triangulate

    gc.disable()
    corners, triangles = np.empty((0, 3)), np.empty((0, 3), np.int32)
    starts = np.zeros(1, np.int64)
    _triangulate(np.empty((0, 2)), starts)
    print("polygons", flush=True)
    _clip(corners, triangles, np.zeros(3), np.ones(3), 1e-6)
    _subtract_many(corners, triangles, corners, triangles, starts, starts, 1e-6)
    _union(corners, triangles, corners, triangles, 1e-6)
    _intersection(corners, triangles, corners, triangles, 1e-6)


def fill(say=print):
    """Compile, or load from the cache, every kernel of the road from an IFC file to the viewer.

    Parameters
    ----------
    say : callable
        Takes one line of text per step.

    Returns
    -------
    float, seconds

    Notes
    -----
    Two processes share the work and meet in the cache on disk.  What the second one has not compiled, because it
    failed or there is one CPU only, is compiled by the first.
    """
    import gc

    from avila_sci import bim
    from avila_sci.core.threads import available_cpus

    started = time.perf_counter()
    helper = None
    if available_cpus() > 1:
        code = f"from {__name__} import _solids; _solids()"
        helper = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    model = bim.open(bim.sample.path())
    shapes, properties, views = _steps(model)
    steps = [
        ("reading", model.types),
        ("views", _views_of_nothing),
        properties,
        ("polygons", helper.stdout.readline if helper else _nothing),
        ("items", lambda: _leaves(model)),
        ("solids", helper.wait if helper else _nothing),
        shapes,
        ("the house", views[1]),
    ]
    collecting = gc.isenabled()
    gc.disable()  # a compiler makes millions of objects and no garbage to speak of: a tenth of the time
    try:
        for number, (name, step) in enumerate(steps, 1):
            begun = time.perf_counter()
            step()
            say(f"  [{number}/{len(steps)}] {name}: {time.perf_counter() - begun:.1f} s")
    finally:
        if collecting:
            gc.enable()
        if helper is not None:
            helper.kill()
            helper.wait()
            helper.stdout.close()
    return time.perf_counter() - started


def _nothing():
    pass


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
