"""Every public name is exported, documented, and, where it has a kernel, the same thing inside compiled code.

A name fails here until it stands in its subpackage's table of contents and on a page of docs/reference, has a
docstring, and, if it means a kernel, has an example below: the example runs from Python and inside an `@njit` caller
compiled with fastmath, and both must agree to the last bit.
"""

import importlib
import inspect
import itertools
import pkgutil
from pathlib import Path

import numpy as np
import pytest

import avila_sci
from avila_sci.core.jit import COMPILED

SUBPACKAGES = [name for _, name, is_package in pkgutil.iter_modules(avila_sci.__path__) if is_package]
NAMES = [(p, n) for p in SUBPACKAGES for n in importlib.import_module(f"avila_sci.{p}").__all__]
REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"


def one_triangle():
    """A scene of one triangle, mirrored and moved."""
    from avila_sci.mesh import mesh_scene

    scene = mesh_scene([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]])
    scene.instance_matrix[0, :3] = [[-2, 0, 0, 5], [0, 1, 0.25, 6], [0, 0, 1, 7]]
    return scene


def tetrahedron(shift=0.0):
    corner = np.array([[0.0, 0, 0], [2, 0, 0], [0, 2, 0], [0, 0, 2]]) + shift
    return corner, np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]], np.int32)


def two_squares():
    """Points, edges and owners of two squares that overlap."""
    square, ring = np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]]), np.array([[0, 1], [1, 2], [2, 3], [3, 0]], np.int32)
    return np.r_[square, square + 1], np.r_[ring, ring + 4], np.repeat(np.int32([0, 1]), 4), 2


def without_status(answer):
    return answer[:-1]


# What to call it with, made anew each time, and what of the answer to compare with Python's (None: its form differs).
EXAMPLES = {
    "bim.triangle": (lambda: (one_triangle(), 0, 0), tuple),
    "bim.triangle_count": (lambda: (one_triangle(), 0), int),
    "mesh.area": (tetrahedron, float),
    "mesh.arrange": (two_squares, without_status),
    "mesh.bounds": (lambda: tetrahedron()[:1], np.asarray),
    "mesh.clip_half_space": (
        lambda: (*tetrahedron(), np.array([0, 0, 0.5]), np.array([0, 0.1, 1.0]), 1e-9),
        without_status,
    ),
    "mesh.constrained_triangulation": (lambda: two_squares()[:2], without_status),
    "mesh.delaunay_triangulation": (lambda: two_squares()[:1], lambda answer: answer[0]),
    "mesh.difference": (lambda: (*tetrahedron(), *tetrahedron(0.25), 1e-9), without_status),
    "mesh.intersection": (lambda: (*tetrahedron(), *tetrahedron(0.25), 1e-9), without_status),
    "mesh.is_closed": (lambda: (*tetrahedron(), 1e-6), bool),
    "mesh.triangulate": (lambda: (two_squares()[0], np.array([0, 4, 8])), without_status),
    "mesh.union": (lambda: (*tetrahedron(), *tetrahedron(0.25), 1e-9), without_status),
    "mesh.volume": (tetrahedron, float),
    "primitives.incircle": (lambda: (0.1, 0.1, 0.3, 0.1, 0.3, 0.7, 0.1, 0.69), float),
    "primitives.orient2d": (lambda: (0.1, 0.1, 0.3, 0.3, 0.7, 0.69), float),
}


def public(subpackage, name):
    return getattr(importlib.import_module(f"avila_sci.{subpackage}"), name)


@pytest.mark.parametrize(("subpackage", "name"), NAMES, ids=map(".".join, NAMES))
def test_every_public_name_is_documented(subpackage, name):
    thing = public(subpackage, name)
    page = (REFERENCE / f"{subpackage}.md").read_text(encoding="utf-8")
    assert name in page.split() or f"`{name}`" in page, f"{name} is missing in docs/reference/{subpackage}.md"
    if inspect.isroutine(thing) or inspect.isclass(thing):
        assert (inspect.getdoc(thing) or "").strip(), f"{subpackage}.{name} has no docstring"
        assert not inspect.isclass(thing) or thing.__doc__, f"{subpackage}.{name} inherits its docstring"


@pytest.mark.parametrize(("subpackage", "name"), NAMES, ids=map(".".join, NAMES))
def test_no_function_hides_the_module_it_lives_in(subpackage, name):
    thing = public(subpackage, name)
    if inspect.isfunction(thing):
        assert not thing.__module__.endswith(f".{name}"), "a function with the name of its module is shadowed by it"


WITH_KERNEL = [(p, n) for p, n in NAMES if hasattr(public(p, n), "__kernel__")]


def leaves(value):
    return list(itertools.chain.from_iterable(map(leaves, value))) if isinstance(value, tuple) else [value]


@pytest.mark.compiled
@pytest.mark.parametrize(("subpackage", "name"), WITH_KERNEL, ids=map(".".join, WITH_KERNEL))
def test_a_name_with_a_kernel_means_the_same_in_both_worlds(subpackage, name):
    if not COMPILED:
        pytest.skip("there is one world only under NUMBA_DISABLE_JIT=1")
    import numba

    function = public(subpackage, name)
    assert f"{subpackage}.{name}" in EXAMPLES, f"add an example of {subpackage}.{name} to EXAMPLES"
    make, pick = EXAMPLES[f"{subpackage}.{name}"]
    scope = {"function": function}
    arguments = [f"a{i}" for i in range(len(make()))]
    exec(f"def caller({', '.join(arguments)}):\n    return function({', '.join(arguments)})", scope)
    inside = numba.njit(fastmath=True)(scope["caller"])(*make())
    kernel = function.__kernel__(*make())
    for a, b in zip(leaves(inside), leaves(kernel), strict=True):
        np.testing.assert_array_equal(a, b)
    if pick is not None:
        for a, b in zip(leaves(pick(inside)), leaves(function(*make())), strict=True):
            np.testing.assert_array_equal(a, b)


def test_every_name_of_the_root_is_there():
    assert set(avila_sci.__all__) > {"bim", "set_threads", "get_threads"}
    for name in avila_sci.__all__:
        assert getattr(avila_sci, name).__doc__, name
