"""Colours: from styled items, layers, materials and types to one row of a palette.

IFC hangs a colour on a shape by up to five links (styled item, style assignment, surface style, rendering, colour), or
on the material of the element, or of its type.  Each kind of link is walked once for the whole file and leaves a column
over the rows of the file: the colour of that item, material or product.  What has none at all takes a colour by its
class, so that glass looks like glass.
"""

import numpy as np

from avila_sci.bim import schema
from avila_sci.bim.schema import code
from avila_sci.bim.step import KEYWORD, OPEN, REF, argument, number, reference, skip
from avila_sci.core.jit import kernel

STYLED_ITEM = code("IFCSTYLEDITEM")
STYLE_ASSIGNMENT = code("IFCPRESENTATIONSTYLEASSIGNMENT")
SURFACE_STYLE = code("IFCSURFACESTYLE")
SHADING = code("IFCSURFACESTYLESHADING")
RENDERING = code("IFCSURFACESTYLERENDERING")
COLOUR = code("IFCCOLOURRGB")
MATERIAL = code("IFCMATERIAL")
MATERIAL_SHOWN = code("IFCMATERIALDEFINITIONREPRESENTATION")
HAS_MATERIAL = code("IFCRELASSOCIATESMATERIAL")
HAS_TYPE = code("IFCRELDEFINESBYTYPE")
LAYER = code("IFCPRESENTATIONLAYERWITHSTYLE")

GREY = (0.78, 0.78, 0.76, 1.0)

BY_CLASS = (
    ("IFCWINDOW", (0.62, 0.78, 0.88, 0.45)),
    ("IFCPLATE", (0.66, 0.76, 0.82, 0.75)),
    ("IFCSPACE", (0.55, 0.75, 0.90, 0.18)),
    ("IFCOPENINGELEMENT", (0.90, 0.45, 0.35, 0.25)),
    ("IFCVIRTUALELEMENT", (0.60, 0.60, 0.90, 0.20)),
    ("IFCWALL", (0.87, 0.84, 0.78, 1.0)),
    ("IFCSLAB", (0.72, 0.72, 0.70, 1.0)),
    ("IFCROOF", (0.68, 0.36, 0.28, 1.0)),
    ("IFCDOOR", (0.58, 0.40, 0.26, 1.0)),
    ("IFCCOLUMN", (0.66, 0.66, 0.68, 1.0)),
    ("IFCBEAM", (0.64, 0.62, 0.60, 1.0)),
    ("IFCMEMBER", (0.60, 0.56, 0.50, 1.0)),
    ("IFCSTAIR", (0.75, 0.70, 0.63, 1.0)),
    ("IFCSTAIRFLIGHT", (0.75, 0.70, 0.63, 1.0)),
    ("IFCRAMP", (0.75, 0.70, 0.63, 1.0)),
    ("IFCRAILING", (0.45, 0.47, 0.50, 1.0)),
    ("IFCCOVERING", (0.83, 0.80, 0.74, 1.0)),
    ("IFCCURTAINWALL", (0.60, 0.72, 0.80, 0.60)),
    ("IFCFURNISHINGELEMENT", (0.72, 0.54, 0.38, 1.0)),
    ("IFCFOOTING", (0.60, 0.60, 0.58, 1.0)),
    ("IFCPILE", (0.60, 0.60, 0.58, 1.0)),
    ("IFCREINFORCINGELEMENT", (0.52, 0.33, 0.24, 1.0)),
    ("IFCSITE", (0.55, 0.64, 0.42, 1.0)),
    ("IFCGEOGRAPHICELEMENT", (0.50, 0.64, 0.40, 1.0)),
    ("IFCDISTRIBUTIONELEMENT", (0.56, 0.62, 0.66, 1.0)),
    ("IFCFLOWTERMINAL", (0.90, 0.90, 0.90, 1.0)),
    ("IFCTRANSPORTELEMENT", (0.60, 0.60, 0.66, 1.0)),
)
"""Colours of last resort: the first class of this table that the product is an instance of, later rows win."""


def class_colours():
    """Colour by class code.

    Returns
    -------
    (n_codes, 4) float32
        Red, green, blue, opacity.
    """
    table = np.empty((max(schema.CODES.values()) + 1, 4), np.float32)
    table[:] = GREY
    for name, colour in BY_CLASS:
        table[np.flatnonzero(schema.is_a(code(name)))] = colour
    return table


@kernel
def _rgb(tokens, row, out):
    if row < 0 or tokens.code[row] != COLOUR:
        return False
    for k in range(3):
        out[k] = min(1.0, max(0.0, number(tokens, row, k + 1, 0.0)))
    return True


@kernel
def _shade(tokens, row, out):
    """Colour and opacity of IfcSurfaceStyleShading or Rendering: the diffuse colour, or the surface colour times it."""
    if not _rgb(tokens, reference(tokens, row, 0), out):
        return False
    out[3] = 1.0 - min(1.0, max(0.0, number(tokens, row, 1, 0.0)))
    if tokens.code[row] == RENDERING:
        t = argument(tokens, row, 2)
        if t >= 0 and tokens.kind[t] == REF:
            _rgb(tokens, np.int64(tokens.value[t]), out)
        elif t >= 0 and tokens.kind[t] == KEYWORD:
            factor = min(1.0, max(0.0, tokens.value[t + 2]))
            for k in range(3):
                out[k] *= factor
    return True


@kernel
def _style_colour(tokens, t, out):
    """Colour of the first surface style among the styles at token `t` (a reference or a list); False if none."""
    stack = np.empty(64, np.int64)
    stack[0] = t
    top = 1
    steps = 0
    while top and steps < 256:
        steps += 1
        top -= 1
        t = stack[top]
        if t < 0:
            continue
        if tokens.kind[t] == OPEN:
            # Pushed in reverse, so that the first style of a list is looked at first.
            end = t + np.int64(tokens.value[t])
            at = t + 1
            base = top
            while at < end and top < 64:
                stack[top] = at
                top += 1
                at = skip(tokens, at)
            i, j = base, top - 1
            while i < j:
                stack[i], stack[j] = stack[j], stack[i]
                i += 1
                j -= 1
        elif tokens.kind[t] == REF and tokens.value[t] >= 0.0:
            row = np.int64(tokens.value[t])
            what = tokens.code[row]
            if what == STYLE_ASSIGNMENT:
                stack[top] = argument(tokens, row, 0)
                top += 1
            elif what == SURFACE_STYLE:
                stack[top] = argument(tokens, row, 2)
                top += 1
            elif what in (SHADING, RENDERING) and _shade(tokens, row, out):
                return True
    return False


@kernel
def _colour_of_rows(tokens, rows, out, colours):
    """Colours by styled item and by layer; `out[row]` = row of `colours` plus one, 0 where there is none."""
    n = 0
    for layers in range(2):
        for i in range(rows.size):
            row = rows[i]
            is_layer = tokens.code[row] == LAYER
            if is_layer != (layers == 1):
                continue
            if not _style_colour(tokens, argument(tokens, row, 7 if is_layer else 1), colours[n]):
                continue
            n += 1
            if not is_layer:
                target = reference(tokens, row, 0)
                if target >= 0:
                    out[target] = n
                else:
                    out[row] = n  # the styled item of a material: it styles no item
                continue
            t = argument(tokens, row, 2)
            if t < 0 or tokens.kind[t] != OPEN:
                continue
            end = t + np.int64(tokens.value[t])
            for at in range(t + 1, end):
                if tokens.kind[at] == REF and tokens.value[at] >= 0.0 and out[np.int64(tokens.value[at])] == 0:
                    out[np.int64(tokens.value[at])] = n
    return n


@kernel
def _colour_of_materials(tokens, rows, out):
    """Give every material the colour of the styled item that its representation holds."""
    for i in range(rows.size):
        material = reference(tokens, rows[i], 3)
        t = argument(tokens, rows[i], 2)
        if material < 0 or t < 0 or tokens.kind[t] != OPEN:
            continue
        for at in range(t + 1, t + np.int64(tokens.value[t])):
            if tokens.kind[at] != REF or tokens.value[at] < 0.0:
                continue
            u = argument(tokens, np.int64(tokens.value[at]), 3)
            if u < 0 or tokens.kind[u] != OPEN:
                continue
            for item in range(u + 1, u + np.int64(tokens.value[u])):
                if tokens.kind[item] == REF and tokens.value[item] >= 0.0 and out[material] == 0:
                    out[material] = out[np.int64(tokens.value[item])]


@kernel
def _first_material_colour(tokens, row, colour):
    """Colour of the first coloured material below a material select (layers, profiles, constituents, lists)."""
    stack = np.empty(128, np.int64)
    stack[0] = row
    top = 1
    steps = 0
    while top and steps < 1000:
        steps += 1
        top -= 1
        row = stack[top]
        if tokens.code[row] == MATERIAL:
            if colour[row]:
                return colour[row]
            continue
        for t in range(tokens.first[row + 1] - 1, tokens.first[row] - 1, -1):
            if tokens.kind[t] == REF and tokens.value[t] >= 0.0 and top < 128:
                stack[top] = np.int64(tokens.value[t])
                top += 1
    return 0


@kernel
def _colour_of_products(tokens, rows, types, colour, out):
    """Colours that products take from their material, or from the material of their type; -1 stays "none"."""
    for i in range(rows.size):
        material = reference(tokens, rows[i], 5)
        t = argument(tokens, rows[i], 4)
        if material < 0 or t < 0 or tokens.kind[t] != OPEN:
            continue
        found = _first_material_colour(tokens, material, colour)
        if found:
            for at in range(t + 1, t + np.int64(tokens.value[t])):
                if tokens.kind[at] == REF and tokens.value[at] >= 0.0:
                    out[np.int64(tokens.value[at])] = found
    for i in range(types.size):
        of = reference(tokens, types[i], 5)
        t = argument(tokens, types[i], 4)
        if of < 0 or t < 0 or tokens.kind[t] != OPEN or out[of] == 0:
            continue
        for at in range(t + 1, t + np.int64(tokens.value[t])):
            if tokens.kind[at] == REF and tokens.value[at] >= 0.0 and out[np.int64(tokens.value[at])] == 0:
                out[np.int64(tokens.value[at])] = out[of]


def colours(tokens):
    """Colours of all items and products of a file.

    Parameters
    ----------
    tokens : Tokens
        Of `avila_sci.bim.step`.

    Returns
    -------
    palette : (k, 4) float32
        Row 0 is the colour of what has none; the rest is read from the file.
    of_item : (n_rows,) int32
        Row of the palette for each representation item or representation that has a style of its own, else 0.
    of_product : (n_rows,) int32
        Row of the palette that a product takes from its material or its type's, else 0.
    """
    n = tokens.code.size
    of_item = np.zeros(n, np.int32)
    of_product = np.zeros(n, np.int32)
    rows = np.flatnonzero((tokens.code == STYLED_ITEM) | (tokens.code == LAYER))
    found = np.zeros((rows.size + 1, 4))
    count = _colour_of_rows(tokens, rows, of_item, found)
    # Rows of the same colour become one; row 0 is kept for "none".
    palette, number = np.unique(np.round(found[:count], 6), axis=0, return_inverse=True)
    renumber = np.concatenate([[0], number.ravel() + 1]).astype(np.int32)
    of_item = renumber[of_item]
    _colour_of_materials(tokens, np.flatnonzero(tokens.code == MATERIAL_SHOWN), of_item)
    _colour_of_products(
        tokens,
        np.flatnonzero(tokens.code == HAS_MATERIAL),
        np.flatnonzero(tokens.code == HAS_TYPE),
        of_item,
        of_product,
    )
    return np.vstack([[GREY], palette]).astype(np.float32), of_item, of_product
