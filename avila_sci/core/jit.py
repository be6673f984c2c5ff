"""How Avila Sci compiles: the one file through which numba enters.

Two decorators carry the house rules.  `kernel` compiles a function with everything said explicitly that numba would
otherwise take from whoever calls first: left unset, a kernel takes the fastmath flags of the caller that compiles it
first, and the disk cache keeps the wrong answer for every later process (numba/numba#7168).  `means` gives a public
Python function a second life: the same name, called inside ``@njit`` code, is the compiled kernel.

Compiled kernels are kept on disk.  numba's own cache looks at the file of the kernel and no further, so an edit in an
imported module would go unseen (numba/numba#1833).  Ours stamps each kernel with a hash of its own file and of every
module of the package it imports, directly or not, and writes the stamp into the file name: an old process and a new one
never share an entry.

References
----------
.. [1] numba documentation, "Notes on Caching".
.. [2] numba/numba#1833, #7168, #8396: stale caches and inherited flags.
"""

import ast
import functools
import hashlib
import inspect
import os
import sys
from pathlib import Path

from avila_sci.core.threads import available_cpus

if "numba" not in sys.modules:
    # Numba cannot raise this number later, and by itself it sees the host's cores, not the container's share.
    os.environ.setdefault("NUMBA_NUM_THREADS", str(available_cpus()))

import llvmlite.binding as llvm
import numba
from numba import prange, types
from numba.core import caching
from numba.core.errors import NumbaError
from numba.extending import overload

__all__ = [
    "COMPILED",
    "NumbaError",
    "cache_folder",
    "compiled_versions",
    "cpu_name",
    "kernel",
    "means",
    "prange",
    "types",
]

COMPILED = not getattr(numba.config, "DISABLE_JIT")  # noqa: B009  (made at run time: no checker knows it)
"""False under ``NUMBA_DISABLE_JIT=1``, where every kernel is the plain Python function."""

_PACKAGE = Path(__file__).resolve().parent.parent


def cache_folder():
    """Folder of the compiled kernels: ``NUMBA_CACHE_DIR`` if set, else the user's cache folder.

    Kernels compiled with bounds checks have a folder of their own, because numba's key does not tell them apart.

    Returns
    -------
    pathlib.Path
    """
    base = os.environ.get("NUMBA_CACHE_DIR")
    if not base:
        home = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
        base = Path(home or Path.home() / ".cache") / "avila-sci" / "kernels"
    return Path(base) / ("checked" if numba.config.BOUNDSCHECK else "plain")


def cpu_name():
    """Processor that kernels are compiled for, in LLVM's words: "znver3", "x86-64-v3".

    Returns
    -------
    str
    """
    return numba.config.CPU_NAME or llvm.get_host_cpu_name()


def compiled_versions(compiled):
    """What numba has made of a kernel in this process.

    Parameters
    ----------
    compiled : kernel

    Returns
    -------
    list of (str, float or None, bool)
        Signature, seconds of compiling (None when it came from the cache), came from the cache.
    """
    if not COMPILED:
        return []
    rows = []
    for signature in compiled.signatures:
        timers = compiled.get_metadata(signature).get("timers", {})
        hit = bool(compiled.stats.cache_hits.get(signature))
        rows.append((str(signature), None if hit else timers.get("compiler_lock"), hit))
    return rows


@functools.cache
def _imports(path):
    """Files of this package that the file `path` imports, at any depth of its code."""
    found = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == _PACKAGE.name:
                file = _PACKAGE.joinpath(*parts[1:])
                found.update(f for f in (file.with_suffix(".py"), file / "__init__.py") if f.is_file())
    return found


@functools.cache
def _stamp(path):
    """Hash of the file `path` and of all the files of this package it depends on (26 hexadecimal digits)."""
    seen, todo = set(), [path]
    while todo:
        file = todo.pop()
        if file not in seen:
            seen.add(file)
            todo.extend(_imports(file))
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for file in sorted(seen):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:26]


class _Locator(caching._SourceFileBackedLocatorMixin, caching._CacheLocator):
    def __init__(self, py_func, py_file):
        self._py_file = py_file
        self._lineno = py_func.__code__.co_firstlineno
        self._path = str(cache_folder() / self.get_suitable_cache_subpath(py_file))

    def get_cache_path(self):
        return self._path

    def get_source_stamp(self):
        return _stamp(Path(self._py_file).resolve())

    def get_disambiguator(self):
        return f"{self._lineno}-{self.get_source_stamp()}"


class _CacheImpl(caching.CompileResultCacheImpl):
    _locator_classes = [_Locator, *caching.CompileResultCacheImpl._locator_classes]  # noqa: RUF012  (as numba has it)


class _Cache(caching.FunctionCache):
    _impl_class = _CacheImpl


def kernel(function=None, *, parallel=False, fastmath=False, forceinline=False, cache=True):
    """Compile `function` for nopython mode under the rules of the house.

    Nothing is compiled at import: the first call with new argument types compiles, or loads from the disk cache.

    Parameters
    ----------
    function : function
        Positional parameters only, with defaults where wanted.
    parallel : bool
        Compile `prange` loops for several threads.
    fastmath : bool or set of str
        Strict IEEE arithmetic by default; name the LLVM flags one by one and say why beside them.
    forceinline : bool
        Inline the compiled code into every compiled caller, so that the caller's loop vectorises.
    cache : bool
        Keep the machine code on disk.

    Returns
    -------
    numba dispatcher, or `function` itself under ``NUMBA_DISABLE_JIT=1``
    """
    if function is None:
        return functools.partial(kernel, parallel=parallel, fastmath=fastmath, forceinline=forceinline, cache=cache)
    compiled = numba.njit(
        nogil=True, error_model="numpy", parallel=parallel, fastmath=fastmath, forceinline=forceinline
    )(function)
    if cache and COMPILED and os.path.exists(inspect.getfile(function)):
        compiled._cache = _Cache(function)
    return compiled


def means(compiled):
    """Tie a public Python function to its kernel: inside ``@njit`` code the public name is the kernel.

    The stub that numba sees calls the *compiled* kernel, so the kernel keeps its own arithmetic flags whatever the
    caller's are, and is force-inlined, so the caller's loop still vectorises.

    Parameters
    ----------
    compiled : kernel
        What the public name stands for inside compiled code; it takes positional arguments.

    Returns
    -------
    decorator
        Returns the public function unchanged but for the attribute ``__kernel__``.
    """

    def decorate(public):
        public.__kernel__ = compiled
        if COMPILED:
            parameters = inspect.signature(compiled.py_func).parameters.values()
            scope = {"compiled": compiled}
            heads = []
            for p in parameters:
                if p.default is not p.empty:
                    scope[f"default_{p.name}"] = p.default
                    heads.append(f"{p.name}=default_{p.name}")
                else:
                    heads.append(p.name)
            names = ", ".join(p.name for p in parameters)
            head = ", ".join(heads)
            exec(
                f"def typing({head}):\n    def stub({head}):\n        return compiled({names})\n    return stub", scope
            )
            overload(public, strict=False, jit_options={"forceinline": True, "error_model": "numpy"})(scope["typing"])
        return public

    return decorate
