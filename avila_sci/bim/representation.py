"""What is to be shown of each product: which representation, and where its items stand.

A product has several representations (a body, an axis, a footprint); one of them is its body, known by its identifier
and type, which exporters spell in many ways.  A representation holds items, or mapped items that place the items of
another representation, to any depth.
"""

import numpy as np

from avila_sci.bim.curve import CYCLE, DANGLING, DEGENERATE, OK, TOO_DEEP
from avila_sci.bim.face import _grown, _grown1
from avila_sci.bim.placement import _axis3, _multiply, _operator
from avila_sci.bim.schema import code
from avila_sci.bim.step import OPEN, REF, STRING, argument, reference
from avila_sci.core.jit import kernel

MAPPED = code("IFCMAPPEDITEM")
STYLED_ITEM = code("IFCSTYLEDITEM")
GEOMETRIC_SET = code("IFCGEOMETRICSET")

_MAX_DEPTH = 100
_MAX_INSTANCES = 100_000  # of one product: a few mapped items that map each other make 2^depth of them
NO_BODY = 9  # ranks from here on are no bodies: boxes, axes, footprints, curves


def _word(text):
    """Up to 8 letters in lower case as one number, as `_letters` reads them from a file."""
    value = 0
    for letter in text.lower()[:8]:
        value = value * 256 + ord(letter)
    return value


_RANKS = np.array(
    [
        (_word(name), rank)
        for name, rank in (
            ("Body", 0),
            ("Tessellation", 1),
            ("Mesh", 1),
            ("Facetation", 2),
            ("", 3),
            ("Body-FallBack", 4),
            ("Surface", 6),
            ("Reference", 7),
            ("Clearance", 8),
            ("Box", NO_BODY),
            ("CoG", 10),
            ("Axis", 10),
            ("FootPrint", 10),
            ("Profile", 10),
            ("Annotation", 10),
            ("Plan", 10),
        )
    ],
    np.int64,
)
_CURVE_TYPES = np.array(
    [_word(w) for w in ("Curve2D", "Curve3D", "Curve", "GeometricCurveSet", "Annotation2D")], np.int64
)


@kernel
def _letters(tokens, t):
    """The first 8 letters of a string in lower case as one number; 0 for none."""
    value = np.int64(0)
    if t < 0 or tokens.kind[t] != STRING:
        return value
    at = tokens.offset[t] + 1
    for i in range(min(8, np.int64(tokens.value[t]) - 2)):
        letter = np.int64(tokens.data[at + i])
        if 65 <= letter <= 90:
            letter += 32
        value = value * 256 + letter
    return value


@kernel
def _rank(tokens, row, ranks, curve_types):
    """How much a representation is wanted as the body of its product; the smaller the more."""
    word = _letters(tokens, argument(tokens, row, 1))
    rank = 5
    for i in range(ranks.shape[0]):
        if ranks[i, 0] == word:
            rank = ranks[i, 1]
    word = _letters(tokens, argument(tokens, row, 2))
    for i in range(curve_types.size):
        if curve_types[i] == word:
            rank += 20
    return rank


@kernel
def _choose(tokens, products, ranks, curve_types):
    """The representation that is to be shown of each product and its rank: (n,) int64 each.

    -1 where there is none; the rank is then 1000 if the product has no shape at all, 1001 if references dangle.
    """
    chosen = np.full(products.size, -1, np.int64)
    ranks_of = np.full(products.size, 1000, np.int64)
    for i in range(products.size):
        shape = reference(tokens, products[i], 6)
        if shape < 0:
            t = argument(tokens, products[i], 6)
            if t >= 0 and tokens.kind[t] == REF:
                ranks_of[i] = 1001
            continue
        t = argument(tokens, shape, 2)
        if t < 0 or tokens.kind[t] != OPEN:
            continue
        best = ranks_of[i]
        for at in range(t + 1, t + np.int64(tokens.value[t])):
            if tokens.kind[at] != REF:
                continue
            row = np.int64(tokens.value[at])
            if row < 0:
                best = max(best, 1001)
                continue
            rank = _rank(tokens, row, ranks, curve_types)
            if rank < best:
                best = rank
                chosen[i] = row
        ranks_of[i] = best
    return chosen, ranks_of


@kernel
def _flatten(tokens, representations, item_mask):
    """Resolve mapped items: which representation is drawn where for each of the given ones.

    Returns
    -------
    of : (n,) int64
        Number of the given representation.
    drawn : (n,) int64
        Row of the representation whose own items are drawn.
    styled : (n,) int64
        Row of the mapped item it came through, -1 if directly.
    matrix : (n, 4, 4)
    status : of each given representation
    """
    size = max(16, representations.size)
    of = np.empty(size, np.int64)
    drawn = np.empty(size, np.int64)
    styled = np.empty(size, np.int64)
    matrix = np.empty((size, 4, 4))
    status = np.zeros(representations.size, np.int64)
    n = 0
    step = np.empty((4, 4))
    origin = np.empty((4, 4))
    todo_row = np.empty(256, np.int64)
    todo_style = np.empty(256, np.int64)
    todo_depth = np.empty(256, np.int64)
    todo_matrix = np.empty((256, 4, 4))
    path = np.empty(_MAX_DEPTH + 1, np.int64)
    for r in range(representations.size):
        if representations[r] < 0:
            status[r] = DANGLING
            continue
        begin = n
        todo_row[0] = representations[r]
        todo_style[0] = -1
        todo_depth[0] = 0
        todo_matrix[0] = 0.0
        for k in range(4):
            todo_matrix[0, k, k] = 1.0
        top = 1
        while top:
            top -= 1
            row = todo_row[top]
            depth = todo_depth[top]
            style = todo_style[top]
            here = todo_matrix[top].copy()
            path[depth] = row
            t = argument(tokens, row, 3)
            if t < 0 or tokens.kind[t] != OPEN:
                if status[r] == OK:
                    status[r] = DEGENERATE
                continue
            direct = False
            for at in range(t + 1, t + np.int64(tokens.value[t])):
                if tokens.kind[at] != REF:
                    continue
                item = np.int64(tokens.value[at])
                if item < 0:
                    status[r] = DANGLING
                    continue
                if tokens.code[item] != MAPPED:
                    direct = True
                    continue
                source = reference(tokens, item, 0)
                inner = reference(tokens, source, 1) if source >= 0 else np.int64(-1)
                target = reference(tokens, item, 1)
                if inner < 0:
                    status[r] = DANGLING
                    continue
                cycle = False
                for d in range(depth + 1):
                    cycle = cycle or path[d] == inner
                if cycle:
                    status[r] = CYCLE
                    continue
                if depth + 1 > _MAX_DEPTH or n - begin + top > _MAX_INSTANCES:
                    status[r] = TOO_DEEP
                    continue
                s = OK
                if target >= 0:
                    s = _operator(tokens, target, step)
                else:
                    s = DANGLING
                if s == OK:
                    placed = reference(tokens, source, 0)
                    if placed >= 0 and _axis3(tokens, placed, origin) == OK:
                        _multiply(step, origin, step)
                    _multiply(here, step, step)
                if s != OK:
                    status[r] = s
                    continue
                if top == todo_row.size:
                    todo_row = _grown1(todo_row, top + 1)
                    todo_style = _grown1(todo_style, top + 1)
                    todo_depth = _grown1(todo_depth, top + 1)
                    todo_matrix = _grown(todo_matrix, top + 1)
                todo_row[top] = inner
                # The innermost style wins, so an outer one is passed on only where the inner map has none.
                todo_style[top] = item if item_mask[item] or style < 0 else style
                todo_depth[top] = depth + 1
                todo_matrix[top] = step
                top += 1
            if direct:
                if n == of.size:
                    of = _grown1(of, n + 1)
                    drawn = _grown1(drawn, n + 1)
                    styled = _grown1(styled, n + 1)
                    matrix = _grown(matrix, n + 1)
                of[n] = r
                drawn[n] = row
                styled[n] = style
                matrix[n] = here
                n += 1
    return of[:n].copy(), drawn[:n].copy(), styled[:n].copy(), matrix[:n].copy(), status


@kernel
def _direct_items(tokens, representations):
    """Rows of the items of each representation that are not mapped, as (start, rows); sets are opened."""
    start = np.zeros(representations.size + 1, np.int64)
    rows = np.empty(max(16, 2 * representations.size), np.int64)
    todo = np.empty(64, np.int64)
    n = 0
    for r in range(representations.size):
        begin = n
        todo[0] = argument(tokens, representations[r], 3)
        top = 1
        while top and n - begin < _MAX_INSTANCES:
            top -= 1
            t = todo[top]
            if t < 0 or tokens.kind[t] != OPEN:
                continue
            for at in range(t + 1, t + np.int64(tokens.value[t])):
                if tokens.kind[at] != REF or tokens.value[at] < 0.0:
                    continue
                item = np.int64(tokens.value[at])
                if tokens.code[item] == STYLED_ITEM and reference(tokens, item, 0) >= 0:
                    item = reference(tokens, item, 0)
                if tokens.code[item] == MAPPED:
                    continue
                if tokens.code[item] == GEOMETRIC_SET and top < todo.size:
                    todo[top] = argument(tokens, item, 0)
                    top += 1
                    continue
                rows = _grown1(rows, n + 1)
                rows[n] = item
                n += 1
        start[r + 1] = n
    return start, rows[:n].copy()


def chosen(tokens, products):
    """The representation that is to be shown of each product.

    Parameters
    ----------
    tokens : Tokens
    products : (n,) int64
        Rows of IfcProduct.

    Returns
    -------
    representations : (n,) int64
        Rows of IfcShapeRepresentation; -1 for none.
    ranks : (n,) int64
        `NO_BODY` and more: it is no body; 1000: no shape; 1001: a reference to nothing.
    """
    return _choose(tokens, products, _RANKS, _CURVE_TYPES)
