"""The errors of Avila Sci: one tree, each leaf also the built-in error a Python programmer would catch.

An error says what must hold, what came, where, and the likeliest cause.  Code that passes an error on may add where it
was (`AvilaError.during`); the notebook shows the whole chain, `to_dict` gives it to a log.
"""


class AvilaError(Exception):
    """Root of the tree.

    Parameters
    ----------
    message : str
        One sentence: what must hold, what came, the likeliest cause.
    **where
        Facts about the place, kept as a dictionary: ``line=12, column=3, entity=45``.
    """

    def __init__(self, message, **where):
        super().__init__(message)
        self.message = message
        self.where = {name: value for name, value in where.items() if value is not None}
        self.context = []

    def during(self, what):
        """Add what was being done, outermost last, and return the error: ``raise error.during("reading a.ifc")``."""
        self.context.append(what)
        return self

    def __str__(self):
        return " (while ".join([self.message, *self.context]) + ")" * len(self.context)

    def to_dict(self):
        """The error as plain data for JSON: kind, message, where, context, cause.

        Returns
        -------
        dict
        """
        cause = self.__cause__
        return {
            "kind": type(self).__name__,
            "message": self.message,
            "where": dict(self.where),
            "context": list(self.context),
            "cause": cause.to_dict() if isinstance(cause, AvilaError) else (repr(cause) if cause else None),
        }

    def _repr_html_(self):
        from html import escape

        facts = ", ".join(f"{escape(str(k))} {escape(str(v))}" for k, v in self.where.items())
        return f"<b>{type(self).__name__}</b>: {escape(str(self))}" + (f"<br><small>{facts}</small>" if facts else "")


class DomainError(AvilaError, ValueError):
    """A value lies outside the domain of the function."""


class ShapeError(AvilaError, ValueError):
    """An array has the wrong shape or number of dimensions."""


class DTypeError(AvilaError, TypeError):
    """An array or argument has the wrong type."""


class FormatError(AvilaError, ValueError):
    """A file or text does not follow its format; `where` holds line, column and entity where known."""


class GeometryError(AvilaError, ValueError):
    """A shape cannot be built from the data given."""


class NotFoundError(AvilaError, KeyError):
    """Nothing goes by that name or id."""


class ConvergenceError(AvilaError, ArithmeticError):
    """An iteration did not converge."""


class MissingDependencyError(AvilaError, ImportError):
    """An optional package is needed; the message names the command that installs it."""


def need(module, extra, purpose):
    """Import an optional module or say how to get it.

    Parameters
    ----------
    module : str
        Import name, also taken as the name of the package.
    extra : str
        The extra of avila-sci that brings it.
    purpose : str
        What needs it: "to_dataframe".

    Returns
    -------
    module

    Raises
    ------
    MissingDependencyError
        It is not installed.
    """
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError as cause:
        raise MissingDependencyError(f'{purpose} needs {module}: pip install "avila-sci[{extra}]"') from cause
