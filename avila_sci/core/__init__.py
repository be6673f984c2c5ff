"""What everything leans on: compiling, errors, checks, tolerances, threads, progress."""

from avila_sci.core.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "errors": (
            "AvilaError",
            "ConvergenceError",
            "DTypeError",
            "DomainError",
            "FormatError",
            "GeometryError",
            "MissingDependencyError",
            "NotFoundError",
            "ShapeError",
        ),
        "jit": ("cache_folder", "kernel", "means"),
        "progress": ("Progress",),
        "threads": ("available_cpus", "each", "get_threads", "set_threads"),
        "tolerance": (),
    },
)
