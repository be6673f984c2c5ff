"""Filling the JIT cache before anybody waits for it.

`fill` runs the notebook's own road, from a file to a picture, on the sample building: what it compiles is what the
notebooks use.  `touch` only wakes the compiler of a new process, which takes a second even when every kernel is cached.
"""

import os
import time

PORTABLE = {"NUMBA_CPU_NAME": "x86-64-v3", "NUMBA_CPU_FEATURES": ""}
"""Target of kernels that are compiled on one machine and run on another: any x86-64 with AVX2 and FMA."""


def touch():
    """Import numba and load one cached kernel, so that the first call of the user's does not pay for it."""
    import numpy as np

    from avila_sci.mesh.measure import _measure

    _measure(np.zeros((3, 3)), np.array([[0, 1, 2]], np.int32))


def _steps():
    from avila_sci import bim

    model = None

    def read():
        nonlocal model
        model = bim.open(bim.sample.path())
        model.types()

    def shapes():
        model.geometry(progress=False)
        bim.measure(model)

    def properties():
        model.to_dataframe()

    def picture():
        from avila_sci.mesh.raster import render

        render(model.geometry().scene, width=160, height=90)

    def wire():
        bim.show(model).buffer()

    return [("reading", read), ("shapes", shapes), ("properties", properties), ("picture", picture), ("viewer", wire)]


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
    started = time.perf_counter()
    steps = _steps()
    for number, (name, step) in enumerate(steps, 1):
        begun = time.perf_counter()
        step()
        say(f"  [{number}/{len(steps)}] {name}: {time.perf_counter() - begun:.1f} s")
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
