"""The rules of the compiler's front door, each proven in a fresh process where a process is what matters."""

import os
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.compiled


def run(tmp_path, code, **environment):
    """Run `code` in a new process with a cache of its own; returns what it printed."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(code))
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(tmp_path)} | environment
    environment.pop("NUMBA_DISABLE_JIT", None)
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


TWO_SUM = """
    import numba
    from avila_sci.core.jit import kernel, means

    @kernel
    def _error(a, b):
        s = a + b
        t = s - a
        return (a - (s - t)) + (b - t)

    @means(_error)
    def error(a, b=1.0):
        return _error(a, b)

    @numba.njit(fastmath=True)
    def user(a):
        return error(a, 1.0)

    @kernel
    def _ratio(a):
        return 1.0 / a

    @numba.njit
    def caller(a):
        return _ratio(a)
"""


def test_a_fastmath_caller_does_not_change_a_kernel(tmp_path):
    # Left unset, the kernel would take the caller's flags and lose the rounding error, also in the next process.
    code = TWO_SUM + "\n    print(user(1e16), error(1e16), sum(_error.stats.cache_hits.values()))"
    assert run(tmp_path, code) == ["1.0", "1.0", "0"]
    assert run(tmp_path, code) == ["1.0", "1.0", "1"]


def test_division_by_zero_is_infinite_as_in_numpy(tmp_path):
    assert run(tmp_path, TWO_SUM + "\n    print(_ratio(0.0), caller(0.0))") == ["inf", "inf"]


def test_keywords_and_defaults_work_inside_compiled_code(tmp_path):
    code = """
        import numba
        from avila_sci.core.jit import kernel, means

        @kernel
        def _line(x, slope=2.0, height=1.0):
            return slope * x + height

        @means(_line)
        def line(x, slope=2.0, height=1.0):
            return _line(x, slope, height)

        @numba.njit
        def user(x):
            return line(x), line(x, 3.0), line(x, height=0.0)

        print(*user(1.0))
    """
    assert run(tmp_path, code) == ["3.0", "4.0", "2.0"]


def test_bounds_checked_kernels_have_a_cache_of_their_own(tmp_path):
    code = """
        import numpy as np
        from avila_sci.core.jit import kernel

        @kernel
        def _third(a):
            return a[2]

        try:
            print(_third(np.arange(9.0)[:2]))
        except IndexError:
            print("checked")
    """
    assert run(tmp_path, code) == ["2.0"]
    assert run(tmp_path, code, NUMBA_BOUNDSCHECK="1") == ["checked"]
    assert run(tmp_path, code) == ["2.0"]


def test_an_edit_in_an_imported_module_is_seen(tmp_path):
    # numba/numba#1833: numba's own cache looks at the file of the kernel only.  A copy of core under the package's
    # name stands for the package, so that a module of it may be edited.
    import shutil
    from pathlib import Path

    import avila_sci

    copy = tmp_path / "avila_sci"
    shutil.copytree(Path(avila_sci.__file__).parent / "core", copy / "core")
    shutil.copy(avila_sci.__file__, copy / "__init__.py")
    (copy / "top.py").write_text(
        "from avila_sci.core.jit import kernel\nfrom avila_sci.leaf import leaf\n\n"
        "@kernel\ndef top(x):\n    return leaf(x)\n"
    )
    for factor, expected in ((2, "20"), (3, "30")):
        (copy / "leaf.py").write_text(
            f"from avila_sci.core.jit import kernel\n\n@kernel\ndef leaf(x):\n    return {factor} * x\n"
        )
        code = "from avila_sci.top import top\nprint(top(10), sum(top.stats.cache_hits.values()))"
        assert run(tmp_path, code) == [expected, "0"]
        assert run(tmp_path, code) == [expected, "1"]


LINKED = """
    import numba, numpy as np
    from avila_sci.core.jit import kernel, means

    @kernel(linked=True)
    def _heavy(values, n):
        if n < 0:
            raise ValueError("n is negative")
        return values.sum() * n, values[:2].copy()

    @means(_heavy)
    def heavy(values, n):
        return _heavy(values, n)

    @kernel
    def middle(values, n):
        total, few = _heavy(values, n)
        return total + few[1]

    @numba.njit(cache=True)
    def user(values):
        return heavy(values, 2)[0] + middle(values, np.int32(3))
"""


def test_a_linked_kernel_is_compiled_once_and_not_into_its_callers(tmp_path):
    (tmp_path / "heavies.py").write_text(textwrap.dedent(LINKED))
    code = """
        import numpy as np, heavies as h
        print(h.user(np.arange(4.0)), len(h._heavy.signatures), sum(h._heavy.stats.cache_hits.values()))
        lines = "".join(h.middle.inspect_llvm().values()).splitlines()
        print(h._heavy(np.arange(4.0), 5)[0], any(s.startswith("define") and "6_heavy" in s for s in lines))
        try:
            h.middle(np.arange(4.0), -1)
        except ValueError as error:
            print(error)
    """
    expected = ["31.0", "1", "0", "30.0", "False", "n", "is", "negative"]
    assert run(tmp_path, code) == expected
    # The next process loads all of it, the user's own cached function first: the kernel is found by its name.
    expected[2] = "1"
    assert run(tmp_path, code) == expected


def test_versions_that_came_from_the_disk_are_told_too(tmp_path):
    """A notebook that showed a kernel's source failed in every process but the one that had compiled it."""
    code = """
        import numba
        from avila_sci.core.jit import compiled_versions, kernel

        @kernel
        def twice(a):
            return 2 * a

        @numba.njit
        def user(a):
            return twice(a)

        user(1)
        [(signature, seconds, hit)] = compiled_versions(twice)
        print(seconds is None, hit)
    """
    assert run(tmp_path, code) == ["False", "False"]
    assert run(tmp_path, code) == ["True", "True"]


def test_constants_do_not_make_versions_of_their_own(tmp_path):
    code = """
        from avila_sci.core.jit import kernel

        @kernel
        def add(a, b):
            return a + b

        @kernel
        def many(a):
            return add(a, 1) + add(a, 2) + add(3, 4)

        print(many(1), len(add.signatures))
    """
    assert run(tmp_path, code) == ["12", "1"]


def test_importing_the_package_imports_neither_numba_nor_numpy(tmp_path):
    code = "import sys, avila_sci, avila_sci.bim, avila_sci.core\nprint('numba' in sys.modules, 'numpy' in sys.modules)"
    assert run(tmp_path, code) == ["False", "False"]
