"""How Avila Sci compiles: the one file through which numba enters.

Two decorators carry the house rules.  `kernel` compiles a function with everything said explicitly that numba would
otherwise take from whoever calls first: left unset, a kernel takes the fastmath flags of the caller that compiles it
first, and the disk cache keeps the wrong answer for every later process (numba/numba#7168).  `means` gives a public
Python function a second life: the same name, called inside ``@njit`` code, is the compiled kernel.

Compiled kernels are kept on disk.  numba's own cache looks at the file of the kernel and no further, so an edit in an
imported module would go unseen (numba/numba#1833).  Ours stamps each kernel with a hash of its own file and of every
module of the package it imports, directly or not, and writes the stamp into the file name: an old process and a new one
never share an entry.

A kernel that calls another one normally takes the other's code into its own module, where LLVM optimises it again; in a
chain of ten that is ten times.  Heavy kernels are therefore *linked*: their callers reach them through an address that
is looked up at the first call, as one reaches a function of a shared library.  They are compiled once, and code that
calls them, the user's too, stays small.

References
----------
.. [1] numba documentation, "Notes on Caching".
.. [2] numba/numba#1833, #7168, #8396: stale caches and inherited flags.
"""

import ast
import ctypes
import functools
import hashlib
import importlib
import inspect
import os
import pickle
import sys
from pathlib import Path

from avila_sci.core.threads import available_cpus

if "numba" not in sys.modules:
    # Numba cannot raise this number later, and by itself it sees the host's cores, not the container's share.
    os.environ.setdefault("NUMBA_NUM_THREADS", str(available_cpus()))

import llvmlite.binding as llvm
import numba
from llvmlite import ir
from numba import prange, types
from numba.core import caching, cgutils, imputils, typing
from numba.core.errors import NumbaError
from numba.core.extending import _Intrinsic
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
        timers = (compiled.get_metadata(signature) or {}).get("timers", {})  # None for what came from the disk
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


class _Linked(_Intrinsic):  # type: ignore[misc]  # "final" for users; numba itself derives nothing from it
    """A kernel that compiled callers reach by its address; from Python, and to the eye, the kernel itself."""

    def __init__(self, compiled):
        self.compiled = compiled
        names = list(inspect.signature(compiled.py_func).parameters)
        parameters = [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in ("context", *names)]

        def define(_context, *args):
            return self._type_call(args)

        define.__signature__ = inspect.Signature(parameters)  # numba folds arguments by it
        super().__init__(compiled.py_func.__name__, define)
        functools.update_wrapper(self, compiled.py_func)
        self._register()

    def __call__(self, *args):
        return self.compiled(*args)

    def __getattr__(self, name):
        if name.startswith("_") or name == "compiled":  # `_numba_type_` would make it the kernel in compiled code too
            raise AttributeError(name)
        return getattr(self.compiled, name)

    def __repr__(self):
        return f"<linked kernel {self.__module__}.{self.__qualname__}>"

    def version(self, argument_types):
        """The compile result for these argument types."""
        self.compiled.compile(argument_types)
        return self.compiled.overloads[argument_types]

    def _type_call(self, args):
        argument_types = tuple(map(_widened, args))
        signature = typing.signature(self.version(argument_types).signature.return_type, *argument_types)
        key = "|".join((self.__module__, self.__name__, pickle.dumps(argument_types).hex()))
        return signature, functools.partial(_call_linked, key)


def _template_without_literals(compiled, args, kws):
    """`get_call_template` of a kernel for calls with constants: numba would compile a version for each constant."""
    return type(compiled).get_call_template(
        compiled, [types.unliteral(a) for a in args], {name: types.unliteral(a) for name, a in kws.items()}
    )


def _widened(t):
    """The type that stands for `t` in the signature of a linked kernel: fewer versions are compiled."""
    t = types.unliteral(t)
    if isinstance(t, types.Omitted):
        t = numba.typeof(t.value)
    if isinstance(t, types.Integer):
        return types.int64
    return types.float64 if isinstance(t, types.Float) else t


def _call_linked(key, context, builder, signature, args):
    """Emit: look the address up if this place has not done so yet, then call it."""
    function_type = context.call_conv.get_function_type(signature.return_type, signature.args)
    pointer = function_type.as_pointer()
    slot = cgutils.add_global_variable(builder.module, pointer, f".avila.{key.split('|')[1]}")
    slot.linkage, slot.initializer = "internal", ir.Constant(pointer, None)
    with cgutils.if_unlikely(builder, cgutils.is_null(builder, builder.load(slot))):
        text = context.insert_const_string(builder.module, key)
        lookup_type = ir.FunctionType(cgutils.voidptr_t, [cgutils.voidptr_t])
        lookup = cgutils.get_or_insert_function(builder.module, lookup_type, "avila_sci_kernel_address")
        found = builder.call(lookup, [text])
        with cgutils.if_unlikely(builder, cgutils.is_null(builder, found)):
            words = (f"{key.split('|')[0]}.{key.split('|')[1]} could not be compiled (its error stands on stderr)",)
            context.call_conv.return_user_exc(builder, RuntimeError, words)
        builder.store(builder.bitcast(found, pointer), slot)
    status, result = context.call_conv.call_function(
        builder, builder.load(slot), signature.return_type, signature.args, args
    )
    with cgutils.if_unlikely(builder, status.is_error):
        context.call_conv.return_status_propagate(builder, status)
    return imputils.fix_returning_optional(context, builder, signature, status, result)


@ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_char_p)
def _kernel_address(key):
    """Address of a linked kernel, compiled or loaded now if need be.  Called by machine code."""
    module, name, argument_types = key.decode("ascii").split("|")
    linked = getattr(importlib.import_module(module), name)
    version = linked.version(pickle.loads(bytes.fromhex(argument_types)))
    return version.library.get_pointer_to_function(version.fndesc.llvm_func_name)


llvm.add_symbol("avila_sci_kernel_address", ctypes.cast(_kernel_address, ctypes.c_void_p).value)


def kernel(function=None, *, parallel=False, fastmath=False, forceinline=False, cache=True, linked=False):
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
    linked : bool
        Callers reach it by address instead of taking its code into theirs: for heavy kernels of a module, called with
        all their arguments.  A call costs some nanoseconds more and is never inlined.

    Returns
    -------
    numba dispatcher (or what behaves like one), or `function` itself under ``NUMBA_DISABLE_JIT=1``
    """
    if function is None:
        return functools.partial(
            kernel, parallel=parallel, fastmath=fastmath, forceinline=forceinline, cache=cache, linked=linked
        )
    # Without the C wrapper, which only `cfunc` and functions passed as values need, a third less is compiled.
    compiled = numba.njit(
        nogil=True,
        error_model="numpy",
        parallel=parallel,
        fastmath=fastmath,
        forceinline=forceinline,
        no_cfunc_wrapper=True,
    )(function)
    if not COMPILED:
        return compiled
    if cache and os.path.exists(inspect.getfile(function)):
        compiled._cache = _Cache(function)
    compiled.get_call_template = functools.partial(_template_without_literals, compiled)
    return _Linked(compiled) if linked else compiled


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
