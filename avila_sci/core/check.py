"""Checks at the border between the user and the kernels: convert what can be converted, explain what cannot.

Each returns the checked value, so that a public function begins with its checks and goes on with clean arrays.
"""

import numpy as np

from avila_sci.core.errors import DomainError, DTypeError, ShapeError


def array(name, value, shape=None, dtype=np.float64, finite=False):
    """`value` as a C-contiguous array of that shape and type.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : array-like
    shape : tuple of (int, None or str), optional
        None or a letter stands for any length.
    dtype : dtype
        Values must convert without loss of kind (a float array is no index array).
    finite : bool
        Refuse NaN and infinities.

    Returns
    -------
    ndarray
        `value` itself where nothing needs to change.

    Raises
    ------
    DTypeError, ShapeError, DomainError

    Examples
    --------
    >>> array("points", [[0, 0], [1, 0]], ("n", 2)).dtype
    dtype('float64')
    """
    try:
        given = np.asarray(value)
    except ValueError as cause:
        raise ShapeError(f"{name} must be a regular array, got rows of different lengths") from cause
    dtype = np.dtype(dtype)
    if not np.can_cast(given.dtype, dtype, "same_kind") and not (given.size == 0 or _whole(given, dtype)):
        raise DTypeError(f"{name} must hold {dtype.name} values, got {given.dtype.name}")
    if shape is not None:
        fits = given.ndim == len(shape) and all(
            isinstance(n, str) or n in (None, m) for n, m in zip(shape, given.shape)
        )
        if not fits and not (given.size == 0 and isinstance(shape[0], str | None)):
            wanted = "(" + ", ".join(str(n or "any") for n in shape) + ("," if len(shape) == 1 else "") + ")"
            hint = " (is it transposed?)" if given.ndim == 2 and given.T.shape[1:] == shape[1:] else ""
            raise ShapeError(f"{name} must have shape {wanted}, got {given.shape}{hint}")
        if given.size == 0 and given.ndim != len(shape):
            given = given.reshape([n if isinstance(n, int) else 0 for n in shape])
    result = np.ascontiguousarray(given, dtype)
    if finite and dtype.kind == "f" and not np.isfinite(result).all():
        wrong = ~np.isfinite(result)
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise DomainError(
            f"{name} must be finite, got {result[place]} at {place} ({np.count_nonzero(wrong)} of {result.size})"
        )
    return result


def _whole(given, dtype):
    """Integers of another width or sign, as long as every value survives."""
    return dtype.kind in "iu" and given.dtype.kind in "iu" and np.array_equal(given.astype(dtype), given)


def positive(name, value):
    """`value` as a float above zero, or DomainError."""
    number = float(value)
    if not number > 0.0:
        raise DomainError(f"{name} must be positive, got {value!r}")
    return number


def one_of(name, value, choices):
    """`value` if it is one of `choices`, else a DomainError that lists them."""
    if value not in choices:
        raise DomainError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return value


def indices(name, value, count, shape=("n", 3)):
    """`value` as int32 indices in [0, count), or the error that names the first that is not."""
    result = array(name, value, shape, np.int32)
    wrong = (result < 0) | (result >= count)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise DomainError(
            f"{name} must lie in [0, {count}), got {result[place]} at {place} "
            f"({np.count_nonzero(wrong)} of {result.size}; do they count from 1?)"
        )
    return result
