"""Values to colours with a legend, readable by everybody.

Categories take the colours of Okabe and Ito, then of Tol's "muted" scheme, which stay apart for all common kinds of
colour blindness; what is left over after twelve is grey.  Numbers take viridis, which grows in lightness too.

References
----------
.. [1] M. Okabe, K. Ito, "Color Universal Design", 2008.
.. [2] P. Tol, "Colour Schemes", SRON/EPS/TN/09-002, 2021.
.. [3] S. van der Walt, N. Smith, "mpl colormaps", 2015: viridis.
"""

from typing import NamedTuple

import numpy as np

from avila_sci.core.errors import DomainError, DTypeError, ShapeError
from avila_sci.mesh.raster import colour as read_colour
from avila_sci.widgets.wire import factorise

CATEGORIES = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#f0e442",
    "#882255",
    "#44aa99",
    "#999933",
    "#332288",
    "#cc6677",
)
OTHER = "#8d9299"
NOTHING = "#c9ccd1"
_DARK_HALF = ("#440154", "#482878", "#3e4989", "#31688e", "#26828e")
_VIRIDIS = (*_DARK_HALF, "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725")
_MOST_STEPS = 255


class Colouring(NamedTuple):
    """Colours of elements and what they mean.

    Attributes
    ----------
    codes : (n_elements,) uint8 or wider
        Row of `palette`; 0 keeps the element's own colour.
    palette : (n, 4) uint8
        Red, green, blue, opacity; row 0 is not used.
    legend : dict
        ``title``, ``kind`` ("categories" or "numbers"); ``items``: list of [label, code, count] for categories,
        ``low``, ``high``, ``stops`` (list of "#rrggbb") and ``missing`` (count) for numbers.
    """

    codes: np.ndarray
    palette: np.ndarray
    legend: dict

    def rgba(self):
        """(n_elements, 4) float64 in [0, 1], NaN where the element keeps its own colour."""
        table = self.palette / 255.0
        table[0] = np.nan
        return table[self.codes]


def _bytes(value):
    return [round(255 * part) for part in read_colour("colour", value)]


def ramp(n=_MOST_STEPS, stops=_VIRIDIS):
    """n colours from dark to light, (n, 4) uint8."""
    given = np.array([_bytes(stop) for stop in stops], float)
    place = np.linspace(0.0, len(given) - 1, n)
    return np.round(np.column_stack([np.interp(place, np.arange(len(given)), c) for c in given.T])).astype(np.uint8)


def categories(values, title="", palette=None):
    """Colours by kind.

    Parameters
    ----------
    values : (n_elements,) sequence
        Any hashable; None, "" and NaN have none.
    title : str
    palette : dict of value to colour, or sequence of colours, optional

    Returns
    -------
    Colouring
        The most frequent first.
    """
    codes, words = factorise(values)
    count = np.bincount(codes, minlength=len(words) + 1)
    order = np.argsort(-count[1:], kind="stable")
    rows, items = [_bytes(NOTHING), _bytes(NOTHING)], []
    place = np.ones(len(words) + 1, np.int64)  # row 1: no value
    given = palette if isinstance(palette, dict) else {}
    cycle = list(palette) if palette is not None and not given else list(CATEGORIES)
    for k in order.tolist():
        word = words[k]
        if word in given:
            value = given[word]
        elif cycle:
            value = cycle.pop(0)
        else:
            value = OTHER
        place[k + 1] = len(rows)
        items.append([str(word), len(rows), int(count[k + 1])])
        rows.append(_bytes(value))
    if count[0]:
        items.append(["none", 1, int(count[0])])
    table = np.array(rows, np.uint8)
    return Colouring(_narrow(place[codes]), table, {"title": title, "kind": "categories", "items": items})


def numbers(values, title="", low=None, high=None, palette=None):
    """Colours by size.

    Parameters
    ----------
    values : (n_elements,) float
        NaN has none.
    title : str
    low, high : float, optional
        Ends of the scale; by default the least and greatest value.
    palette : sequence of colours, optional

    Returns
    -------
    Colouring
    """
    values = np.asarray(values, np.float64)
    ok = np.isfinite(values)
    low = float(values[ok].min(initial=np.inf)) if low is None else float(low)
    high = float(values[ok].max(initial=-np.inf)) if high is None else float(high)
    if not ok.any():
        low = high = 0.0
    share = np.clip((values - low) / (high - low if high > low else 1.0), 0.0, 1.0)
    stops = tuple(palette) if palette is not None else _VIRIDIS
    codes = np.where(ok, 2 + np.round(np.where(ok, share, 0.0) * (_MOST_STEPS - 2)), 1).astype(np.int64)
    table = np.concatenate([np.array([_bytes(NOTHING)] * 2, np.uint8), ramp(_MOST_STEPS - 1, stops)])
    hexes = ["#{:02x}{:02x}{:02x}".format(*_bytes(stop)[:3]) for stop in stops]
    legend = {"title": title, "kind": "numbers", "low": low, "high": high, "stops": hexes, "missing": int((~ok).sum())}
    return Colouring(_narrow(codes), table, legend)


def given(values, title="", n=None):
    """Colours said outright: (n_elements, 3 or 4) floats in [0, 1], NaN keeps."""
    values = np.asarray(values, np.float64)
    if values.ndim != 2 or values.shape[1] not in (3, 4) or (n is not None and len(values) != n):
        raise ShapeError(f"colours must have the shape ({n or 'n'}, 3 or 4), got {values.shape}")
    if (values < 0.0).any() or (values > 1.0).any():
        raise DomainError("colours must be numbers in [0, 1] (divide bytes by 255)")
    kept = np.isnan(values).any(axis=1)
    rgba = np.full((len(values), 4), 255, np.uint8)
    rgba[:, : values.shape[1]] = np.round(np.nan_to_num(values) * 255.0)
    table, codes = np.unique(rgba, axis=0, return_inverse=True)
    codes = np.where(kept, 0, codes.reshape(-1) + 1)
    table = np.concatenate([np.array([_bytes(NOTHING)], np.uint8), table])
    return Colouring(_narrow(codes), table, {"title": title, "kind": "categories", "items": []})


def colouring(values, title="", palette=None, low=None, high=None):
    """Colours of one value an element: numbers by size, all else by kind, colours as they are.

    Parameters
    ----------
    values : sequence
        One value an element: numbers, texts or truth values, None for none; or colours: "#rrggbb", 3 or 4 numbers in
        [0, 1], or all of them as an array (n_elements, 3 or 4).
    title : str
    palette : sequence of colours, or dict of value to colour, optional
    low, high : float, optional
        Ends of the scale of numbers.

    Returns
    -------
    Colouring

    Raises
    ------
    DTypeError
        Values of another type.

    Examples
    --------
    >>> colouring(["wall", "door", "wall"]).legend["items"]
    [['wall', 2, 2], ['door', 3, 1]]
    """
    if isinstance(values, np.ndarray) and values.ndim == 2:
        return given(values, title)
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "iufbU":
        values = list(values)
        some = [v for v in values if v is not None]
        if some and all(isinstance(v, tuple | list) or (isinstance(v, str) and v.startswith("#")) for v in some):
            return given([(np.nan,) * 4 if v is None else read_colour("a colour", v) for v in values], title)
        for v in some:
            if not isinstance(v, str | int | float | np.generic):
                raise DTypeError(
                    f"values to colour by must be numbers, texts, truth values or colours, got {type(v).__name__}"
                )
        if some and all(isinstance(v, int | float | np.number) and not isinstance(v, bool) for v in some):
            values = np.array([np.nan if v is None else v for v in values], np.float64)
    if isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
        return numbers(values, title, low, high, palette)
    return categories(values, title, palette)


def _narrow(codes):
    return codes.astype(np.uint8 if codes.max(initial=0) < 256 else np.uint16)
