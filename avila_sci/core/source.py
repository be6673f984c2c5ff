"""Open it: the source of any function of Avila Sci, and what the compiler made of it.

``show(haversine)`` gives the public function, the kernel it means inside ``@njit`` code, and every version compiled in
this process with the time that took.
"""

import inspect
from html import escape
from pathlib import Path


class Source:
    """Source of a function; text in a terminal, highlighted in a notebook.

    Attributes
    ----------
    text : str
        The kernel's source, or the function's own where it has no kernel.
    file, line : str, int
        Where it stands.
    versions : list of (str, float or None, bool)
        Signature, compile time in seconds, loaded from the cache.
    """

    def __init__(self, function):
        kernel = getattr(function, "__kernel__", function)
        plain = getattr(kernel, "py_func", kernel)
        try:
            self.text = inspect.getsource(plain)
            self.file = inspect.getsourcefile(plain)
            self.line = inspect.getsourcelines(plain)[1]
        except (TypeError, OSError) as cause:
            raise TypeError(
                f"show needs a Python function or a kernel, got {function!r}, which has no source"
            ) from cause
        self.name = getattr(function, "__name__", plain.__name__)
        self.versions = []
        if plain is not kernel:
            from avila_sci.core.jit import compiled_versions

            self.versions = compiled_versions(kernel)

    def _facts(self):
        yield f"{self.name}: {Path(self.file).name}, line {self.line}"
        for signature, seconds, hit in self.versions:
            how = "loaded from the cache" if hit else f"compiled in {seconds:.2f} s" if seconds else "compiled"
            yield f"{signature}: {how}"

    def __repr__(self):
        return "\n".join(f"# {fact}" for fact in self._facts()) + "\n" + self.text

    def _repr_html_(self):
        try:
            from pygments import highlight
            from pygments.formatters import HtmlFormatter
            from pygments.lexers import PythonLexer

            code = highlight(self.text, PythonLexer(), HtmlFormatter(noclasses=True, nobackground=True))
        except ImportError:
            code = f"<pre>{escape(self.text)}</pre>"
        return "<br>".join(f"<small>{escape(fact)}</small>" for fact in self._facts()) + code


def show(function):
    """Source of a function or kernel, and the versions compiled so far.

    Parameters
    ----------
    function : function or kernel

    Returns
    -------
    Source
        Prints as text, shows as highlighted HTML in a notebook.

    Raises
    ------
    TypeError
        It has no Python source (a built-in, an instance).
    """
    return Source(function)
