"""The arguments of one instance as Python values, read from its bytes.

`step.tokens` serves loops over a whole model; looking at one wall needs neither those columns nor a compiler.  This
reads an argument list with one regular expression and a stack.
"""

import re
from typing import NamedTuple

from avila_sci.bim.step_text import decode

_TOKEN = re.compile(
    rb"""\#\s*(\d+)                                      # 1 reference
    | '((?:[^']|'')*)(?:'|\Z)                            # 2 string, perhaps cut off
    | \.([A-Za-z_]\w*)\.                                 # 3 enumeration
    | ([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)        # 4 number
    | ([A-Za-z_]\w*)                                     # 5 keyword of a typed value
    | ([$*()])                                           # 6 mark
    | "([0-9A-Fa-f]*)"                                   # 7 binary
    | /\*.*?(?:\*/|\Z)                                   # comment""",
    re.X | re.S,
)

_DEEPEST = 200  # nested lists: what walks the values recursively must not run out of Python's stack

_LOGICAL = {"T": True, "F": False, "U": None}


class Reference(NamedTuple):
    """A reference to the instance of that id."""

    id: int


class Typed(NamedTuple):
    """A value with its type: ``IFCLABEL('a')`` is ``Typed("IFCLABEL", "a")``."""

    type: str
    value: object


def parse(raw):
    """Values of an argument list.

    Parameters
    ----------
    raw : bytes
        What stands between the outer parentheses.

    Returns
    -------
    tuple
        int, float, str, bool, None (for ``$``, ``*`` and ``.U.``), bytes (binary, as its hexadecimal digits),
        `Reference`, `Typed`, and tuples of these.  What follows no rule is skipped, and so are lists nested more than
        200 deep.

    Examples
    --------
    >>> parse(b"'a',#12,$,(1,2.5),.T.,.AREA.,IFCLABEL('x')")
    ('a', Reference(id=12), None, (1, 2.5), True, 'AREA', Typed(type='IFCLABEL', value='x'))
    """
    here, stack, keyword = [], [], None
    too_deep = 0
    for match in _TOKEN.finditer(raw):
        kind = match.lastindex
        if kind is None:
            continue
        text = match.group(kind)
        if too_deep:
            too_deep += (kind == 6) * ((text == b"(") - (text == b")"))
            continue
        if kind == 1:
            here.append(Reference(int(text)))
        elif kind == 2:
            here.append(decode(text))
        elif kind == 4:
            here.append(int(text) if text.lstrip(b"+-").isdigit() else float(text))
        elif kind == 6:
            if text == b"(" and len(stack) >= _DEEPEST:
                too_deep = 1
            elif text == b"(":
                stack.append((here, keyword))
                here, keyword = [], None
            elif text == b")":
                if stack:
                    inner = here
                    here, typed = stack.pop()
                    here.append(
                        tuple(inner) if typed is None else Typed(typed, inner[0] if len(inner) == 1 else tuple(inner))
                    )
            else:
                here.append(None)
        elif kind == 3:
            word = text.decode("ascii").upper()
            here.append(_LOGICAL.get(word, word))
        elif kind == 5:
            keyword = text.decode("ascii").upper()
            continue
        else:
            here.append(text)
        keyword = None
    while stack:  # a list that is never closed ends with the instance
        inner = tuple(here)
        here, typed = stack.pop()
        here.append(inner if typed is None else Typed(typed, inner[0] if len(inner) == 1 else inner))
    return tuple(here)
