"""Reading STEP files (ISO 10303-21): one pass over the bytes into columns, and no object for any instance.

The first pass, `_scan`, notes for every instance its id, its type, the span of its arguments, and the ids it refers to.
The second, `_tokenise`, runs when an argument is first asked for: each becomes a kind, a number and an offset.  Strings
stay in the file until they are read.

Both run in parallel.  A file cannot be cut anywhere, because a cut may fall into a string or a comment; but a string
doubles its apostrophes, so whether a byte lies in one is the parity of the apostrophes before it.  Those are counted
piece by piece first.  Where there are comments, each piece is instead run through three times, once for each state it
may begin in.  Either way the rows are the same for any number of pieces.

Damage is tolerated and listed in `StepFile.repairs`.  The one rule that makes this possible: what looks like the
beginning of an instance, ``#12=NAME(`` after a semicolon or on a new line, is never inside a string.

References
----------
.. [1] ISO 10303-21:2016, "Clear text encoding of the exchange structure".
"""

import gzip
import io
import lzma
import mmap
import os
import re
import struct
import zipfile
import zlib
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from avila_sci.bim import schema
from avila_sci.bim.step_text import decode
from avila_sci.core.errors import DTypeError, FormatError
from avila_sci.core.jit import COMPILED, kernel
from avila_sci.core.progress import Progress
from avila_sci.core.threads import each, get_threads
from avila_sci.primitives.decimal import _read_number

REF, INTEGER, REAL, STRING, ENUM, NULL, STAR, OPEN, CLOSE, KEYWORD, BINARY = range(1, 12)

_CHUNK = 1 << 20  # bytes a piece of parallel work
_MAP_ABOVE = 1 << 28  # bytes: larger files are mapped, others read (see `read`)
_BOMB = 200  # largest believable ratio of unpacked to packed size: real IFC compresses 3 to 12 times
_LARGEST = 1 << 33  # bytes an archive may unpack to
_MOST_REPAIRS = 1000  # listed one by one

_FNV_START = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3


class Tokens(NamedTuple):
    """Every argument of a file as (kind, value, offset), usable inside ``@njit``.

    Tokens of row r are ``first[r]`` to ``first[r + 1] - 1``, without the outer parentheses.  Commas leave none, so an
    argument is a token, or a list from OPEN to CLOSE, or a typed value: KEYWORD, then OPEN to CLOSE.

    =======  ==================================================================================================
    kind     value
    =======  ==================================================================================================
    REF      row it refers to; -1 - id where the file has no such instance
    INTEGER  the number, rounded to a float
    REAL     the number; NaN where it is none (``-1.#IND``, ``nan``)
    STRING   its length in bytes, apostrophes included
    ENUM     `enum_code` of its name
    NULL     ``$``, a missing argument as in ``(1,,2)``, or something unreadable
    STAR     ``*``, an attribute that a subtype derives
    OPEN     number of tokens to its CLOSE
    CLOSE    number of items in the list
    KEYWORD  code of the type in `bim.schema`, or -1
    BINARY   its length in bytes, quotation marks included
    =======  ==================================================================================================

    Attributes
    ----------
    data : (n_bytes,) uint8
        The file.
    first : (n + 1,) int64
    kind : (n_tokens,) uint8
    value : (n_tokens,) float64
    offset : (n_tokens,) int64
        Where the token stands in `data`.
    code : (n,) int32
        Code of each row's type in `bim.schema`, or -1.
    ids : (n,) int64
        The number after ``#`` of each row.
    """

    data: np.ndarray
    first: np.ndarray
    kind: np.ndarray
    value: np.ndarray
    offset: np.ndarray
    code: np.ndarray
    ids: np.ndarray


def _hash(name):
    """FNV-1a, 64 bits, of an upper-case ASCII name."""
    h = _FNV_START
    for byte in name.encode("ascii"):
        h = ((h ^ byte) * _FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return h


def enum_code(name):
    """Value of an ENUM token, for comparing with a constant: ``tokens.value[t] == CARTESIAN``.

    Parameters
    ----------
    name : str
        Without the points: "CARTESIAN".

    Returns
    -------
    float
        1.0 for T, 0.0 for F, 2.0 for U; for others a hash of 48 bits, exact in a float.

    Examples
    --------
    >>> enum_code("T"), enum_code("cartesian") == enum_code("CARTESIAN")
    (1.0, True)
    """
    name = name.upper()
    return {"F": 0.0, "T": 1.0, "U": 2.0}.get(name, float((_hash(name) >> 16) + 16))


# ------------------------------------------------------------------------------------------------------- lexical pieces

_COMMA, _HASH, _QUOTE, _OPENS, _CLOSES, _SEMICOLON, _SLASH = range(1, 8)  # classes of bytes, 0 for all others
_CLASS = np.zeros(256, np.uint8)
for _number, _byte in enumerate(b",#'();/", 1):
    _CLASS[_byte] = _number
_WORD = np.zeros(256, np.uint8)  # bytes of a keyword, as upper case; 0 for all others
for _byte in b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz":
    _WORD[_byte] = ord(chr(_byte).upper())


@kernel
def _upper(byte):
    return byte - np.uint8(32) if 97 <= byte <= 122 else byte


def _mix_in_python(h, byte):
    return np.uint64(((int(h) ^ int(byte)) * _FNV_PRIME) & 0xFFFFFFFFFFFFFFFF)


@kernel
def _mix_compiled(h, byte):
    return (h ^ np.uint64(byte)) * np.uint64(_FNV_PRIME)


_mix = _mix_compiled if COMPILED else _mix_in_python  # NumPy's scalars warn of every overflow, which is the idea here


@kernel
def _past_comment(data, p, end):
    """Position after the comment that begins at `p`, or `end`."""
    p += 3  # "/*/" is not yet a whole comment
    while p < end:
        if data[p] == 47 and data[p - 1] == 42:
            return p + 1
        p += 1
    return end


@kernel
def _past_blanks(data, p, end):
    """Position of the next byte that is neither white space nor comment, or `end`."""
    while p < end:
        if data[p] <= 32:
            p += 1
        elif data[p] == 47 and p + 1 < end and data[p + 1] == 42:
            p = _past_comment(data, p, end)
        else:
            break
    return p


@kernel
def _past_white(data, p, end):
    """Like `_past_blanks` without comments: what may be asked at every ``#`` must not run to the end of the file."""
    while p < end and data[p] <= 32:
        p += 1
    return p


@kernel
def _past_digits(data, p, end):
    while p < end and 48 <= data[p] <= 57:
        p += 1
    return p


@kernel
def _id(data, p, end):
    """Number made of the digits data[p:end], -1 if there are none or more than 18."""
    if end <= p or end - p > 18:
        return np.int64(-1)
    number = np.int64(0)
    for q in range(p, end):
        number = number * 10 + (np.int64(data[q]) - 48)
    return number


@kernel
def _begins_instance(data, p, end):
    """Whether ``#12=`` stands at `p`."""
    q = _past_digits(data, p + 1, end)
    if q == p + 1:
        return False
    q = _past_white(data, q, end)
    return q < end and data[q] == 61


@kernel
def _interrupts(data, lo, p, end):
    """Whether the ``#`` at `p`, inside a string begun at `lo`, begins an instance: then the string was never closed."""
    if not _begins_instance(data, p, end):
        return False
    q = p
    while data[q] != 61:
        q += 1
    q = _past_white(data, q + 1, end)
    word = q
    while q < end and _WORD[data[q]] != 0:
        q += 1
    if q == word:
        return False
    q = _past_white(data, q, end)
    if q >= end or data[q] != 40:
        return False
    while p > lo:
        p -= 1
        if data[p] == 10 or data[p] == 13 or data[p] == 59:
            return True
        if data[p] > 32:
            return False
    return False


@kernel
def _past_string(data, p, end):
    """Position after the string that begins at `p`, and whether it is closed; half of one if it holds ``''``."""
    begin = p
    p += 1
    while p < end:
        c = data[p]
        if c == 39:
            return p + 1, True
        if c == 35 and _interrupts(data, begin, p, end):
            return p, False
        p += 1
    return end, False


# ---------------------------------------------------------------------------------------------------- cutting in pieces

_PLAIN, _IN_STRING, _IN_COMMENT = range(3)


@kernel
def _survey(data, lo, hi):
    """Number of apostrophes in data[lo:hi], and of places that look like the beginning of a comment."""
    here, after = data[lo : hi - 1], data[lo + 1 : hi]  # slices: indices into them cannot wrap, so the loops vectorise
    quotes = np.int64(data[hi - 1] == 39)
    for k in range(here.size):
        quotes += np.int64(here[k] == 39)
    comments = 0
    for k in range(here.size):
        comments += np.int64((here[k] == 47) & (after[k] == 42))
    return quotes, comments


@kernel
def _run(data, lo, hi, state, stop):
    """State after data[lo:hi] if `state` is that before it; with `stop`, the position after the first free ``;``."""
    p = lo
    while p < hi:
        c = data[p]
        if state == _IN_STRING:
            if c == 39:
                state = _PLAIN
        elif state == _IN_COMMENT:
            if c == 42 and p + 1 < hi and data[p + 1] == 47:
                state = _PLAIN
                p += 1
        elif c == 39:
            state = _IN_STRING
        elif c == 47 and p + 1 < hi and data[p + 1] == 42:
            state = _IN_COMMENT
            p += 1
        elif c == 59 and stop:
            return p + 1
        p += 1
    return hi if stop else state


# ----------------------------------------------------------------------------------------------------------- first pass

_TEXT, _NO_ID, _NO_LIST, _UNBALANCED, _NO_SEMICOLON, _OPEN_STRING, _CUT = range(1, 8)
_WORDS = {
    _TEXT: "expected an instance (#12=...) or ENDSEC;, found other text: skipped",
    _NO_ID: "expected an instance to begin with # and up to 18 digits, then =: skipped",
    _NO_LIST: "expected a keyword and '(' after '=': instance left out",
    _UNBALANCED: "the parentheses of this instance do not match: closed at its end",
    _NO_SEMICOLON: "expected ';' after this instance: taken as there",
    _OPEN_STRING: "a string in this instance is never closed: it ends where the next instance begins",
    _CUT: "expected ';' to end this instance, found the end of the file (is it cut off?): instance left out",
}


@kernel
def _past_garbage(data, p, hi):
    """Position after the next ``;``, or of the next instance; and whether a string in between was closed."""
    closed = True
    while p < hi and closed:
        c = data[p]
        if c == 59:
            return p + 1, True
        if c == 35 and _begins_instance(data, p, hi):
            return p, True
        if c == 39:
            p, closed = _past_string(data, p, hi)
        elif c == 47 and p + 1 < hi and data[p + 1] == 42:
            p = _past_comment(data, p, hi)
        else:
            p += 1
    return p, closed


@kernel
def _type_of(h, word, length, slots, names, n_types):
    """Number of the type whose keyword has the hash `h`; `n_types` if it is new.

    Two keywords of one length and one 64-bit hash would be taken for the same: once in 10^19 pairs.
    """
    last = slots.size - 1
    slot = np.int64(h >> np.uint64(32)) & last
    while slots[slot] >= 0:
        t = slots[slot]
        if names[t, 2] == np.int64(h) and names[t, 1] == length:
            return t
        slot = (slot + 1) & last
    if n_types < names.shape[0]:
        slots[slot] = n_types
        names[n_types, 0] = word
        names[n_types, 1] = length
        names[n_types, 2] = np.int64(h)
    return np.int32(n_types)


@kernel
def _scan(data, lo, hi, rows, refs, slots, names, faults):
    """Read the instances of data[lo:hi], which begins and ends between two.

    A row of `rows` is (id, first and last byte of the arguments, tokens, references, type).  Returns (rows, references,
    types, faults, whether a string was never closed, whether the file's last word was seen), or -1 rows if an array is
    too small.
    """
    n_rows, n_refs, n_types, n_faults = 0, 0, 0, 0
    broken, ended = False, False
    p = lo
    while True:
        p = _past_blanks(data, p, hi)
        if p >= hi:
            break
        begin = p
        fault = 0
        number = np.int64(0)
        if data[p] != 35:
            c = _upper(data[p])
            second = _upper(data[p + 1]) if p + 1 < hi else np.uint8(0)
            known = (c == 69 and second == 78) or (c == 68 and second == 65) or c == 59  # END…, DATA
            ended |= known and p + 3 < hi and data[p + 3] == 45  # END-ISO-10303-21
            p, closed = _past_garbage(data, p, hi)
            broken |= not closed
            if not known:
                fault = _TEXT
        else:
            q = _past_digits(data, p + 1, hi)
            number = _id(data, p + 1, q)
            p = _past_blanks(data, q, hi)
            if number < 0 or p >= hi or data[p] != 61:
                fault = _CUT if p >= hi else _NO_ID
            else:
                p = _past_blanks(data, p + 1, hi)
                if p < hi and data[p] == 33:
                    p += 1
                word = p
                h = np.uint64(_FNV_START)
                while p < hi and _WORD[data[p]] != 0:
                    h = _mix(h, _WORD[data[p]])
                    p += 1
                length = p - word
                p = _past_blanks(data, p, hi)
                if p >= hi or data[p] != 40:
                    fault = _CUT if p >= hi else _NO_LIST
            if fault != 0:
                p, closed = _past_garbage(data, max(p, begin + 1), hi)
                broken |= not closed
            else:
                if n_rows >= rows.shape[0]:
                    return -1, 0, 0, 0, False, False
                first_ref = n_refs
                opening = p
                complex_instance = length == 0
                p += 1
                depth = 0
                tokens = 1
                end = -1
                finished = False
                while p < hi:
                    k = _CLASS[data[p]]
                    if k <= _COMMA:  # no branch of its own for the commas: they come too irregularly to be foreseen
                        tokens += np.int64(k)
                        p += 1
                    elif k == _HASH:
                        q = p + 1
                        target = np.int64(0)
                        while q < hi and 48 <= data[q] <= 57:
                            if q - p <= 18:
                                target = target * 10 + (np.int64(data[q]) - 48)
                            q += 1
                        if q > p + 1:
                            if q < hi and data[q] != 44 and data[q] != 41 and _begins_instance(data, p, hi):
                                fault = _NO_SEMICOLON
                                break
                            if n_refs >= refs.size:
                                return -1, 0, 0, 0, False, False
                            refs[n_refs] = target if q - p <= 19 else -1
                            n_refs += 1
                        p = q
                    elif k == _QUOTE:
                        p, closed = _past_string(data, p, hi)
                        if not closed:
                            broken = True
                            fault = _OPEN_STRING if p < hi else _CUT
                            break
                    elif k == _OPENS:
                        q = p - 1
                        while data[q] <= 32:
                            q -= 1
                        depth += 1
                        tokens += 3 if _WORD[data[q]] != 0 else 2  # a typed value has a KEYWORD too
                        if complex_instance and depth == 1:
                            tokens += 1
                        p += 1
                    elif k == _CLOSES:
                        q = p - 1
                        while data[q] <= 32:
                            q -= 1
                        if data[q] == 40:
                            tokens -= 1
                        depth -= 1
                        if depth == -1:
                            end = p
                        p += 1
                    elif k == _SEMICOLON:
                        finished = True
                        break
                    elif p + 1 < hi and data[p + 1] == 42:
                        p = _past_comment(data, p, hi)
                    else:
                        p += 1
                if not finished and fault == 0:
                    fault = _NO_SEMICOLON if depth == -1 else _CUT
                if depth != -1 and fault == 0:
                    fault = _UNBALANCED
                if fault == _CUT:
                    n_refs = first_ref
                else:
                    # One argument too few brackets: the last ")" closes an inner list, so all up to here is read.
                    t = _type_of(h, word, length, slots, names, n_types)
                    if t == n_types:
                        n_types += 1
                        if n_types > names.shape[0]:
                            return -1, 0, 0, 0, False, False
                    rows[n_rows, 0] = number
                    rows[n_rows, 1] = opening
                    rows[n_rows, 2] = p if depth >= 0 else end
                    rows[n_rows, 3] = tokens
                    rows[n_rows, 4] = n_refs - first_ref
                    rows[n_rows, 5] = t
                    n_rows += 1
                if finished:
                    p += 1
        if fault != 0:
            if n_faults < faults.shape[0]:
                faults[n_faults, 0] = begin
                faults[n_faults, 1] = max(number, np.int64(0))
                faults[n_faults, 2] = fault
            n_faults += 1
    return n_rows, n_refs, n_types, n_faults, broken, ended


@kernel
def _gather(rows, renumber, code_of, row, ref, ids, start, stop, indptr, counts, type_ids, codes):
    """Copy the rows of a piece into the columns of the file, from row `row` and reference `ref` on."""
    for i in range(rows.shape[0]):
        ids[row + i] = rows[i, 0]
        start[row + i] = rows[i, 1]
        stop[row + i] = rows[i, 2]
        counts[row + i] = rows[i, 3]
        ref += rows[i, 4]
        indptr[row + i + 1] = ref
        t = renumber[rows[i, 5]]
        type_ids[row + i] = t
        codes[row + i] = code_of[t]


# ---------------------------------------------------------------------------------------------------- ids and the graph


@kernel
def _find(table, ids, order, number):
    """Row of an id, or -1: by a dense table if there is one, else by binary search in the ids sorted by `order`."""
    if table.size > 0:
        return np.int64(table[number]) if 0 <= number < table.size else np.int64(-1)
    lo, hi = 0, order.size
    while lo < hi:
        middle = (lo + hi) // 2
        if ids[order[middle]] < number:
            lo = middle + 1
        else:
            hi = middle
    if lo < order.size and ids[order[lo]] == number:
        return np.int64(order[lo])
    return np.int64(-1)


@kernel
def _fill_table(ids, table, twice):
    """Row of each id into `table`; where an id stands again, the first counts and the row goes into `twice`."""
    n_twice = 0
    for row in range(ids.size):
        if table[ids[row]] < 0:
            table[ids[row]] = row
        else:
            if n_twice < twice.size:
                twice[n_twice] = row
            n_twice += 1
    return n_twice


@kernel
def _resolve(refs, table, ids, order, out):
    if table.size > 0:
        for k in range(refs.size):
            out[k] = table[refs[k]] if 0 <= refs[k] < table.size else -1
    else:
        for k in range(refs.size):
            out[k] = _find(table, ids, order, refs[k])


@kernel
def _invert(indptr, indices):
    """Transpose of the graph by counting: (indptr, indices), sources in the order of the file."""
    n = indptr.size - 1
    place = np.zeros(n + 2, np.int64)  # counts two places on, so that filling leaves the beginnings where they belong
    for k in range(indices.size):
        if indices[k] >= 0:
            place[indices[k] + 2] += 1
    for row in range(n):
        place[row + 2] += place[row + 1]
    sources = np.empty(place[n + 1], np.int32)
    for row in range(n):
        for k in range(indptr[row], indptr[row + 1]):
            target = indices[k]
            if target >= 0:
                sources[place[target + 1]] = row
                place[target + 1] += 1
    return place[: n + 1], sources


# ---------------------------------------------------------------------------------------------------------- second pass


@kernel
def _code_of(h, keys, codes):
    """Code of the schema name with that hash, or -1.  A stranger shares a hash with one of them once in 10^16."""
    last = keys.size - 1
    slot = np.int64(h >> np.uint64(32)) & last
    while codes[slot] >= 0:
        if keys[slot] == h:
            return np.int64(codes[slot])
        slot = (slot + 1) & last
    return np.int64(-1)


@kernel
def _insert_codes(hashes, keys, codes):
    last = keys.size - 1
    for k in range(hashes.size):
        slot = np.int64(hashes[k] >> np.uint64(32)) & last
        while codes[slot] >= 0:
            slot = (slot + 1) & last
        keys[slot] = hashes[k]
        codes[slot] = k


@kernel
def _past_item(data, p, end):
    """Position of the comma or closing parenthesis that ends the unreadable item at `p`."""
    depth = 0
    while p < end:
        c = data[p]
        if c == 39:
            p, _ = _past_string(data, p, end)
            continue
        if c == 40:
            depth += 1
        elif c == 41:
            if depth == 0:
                break
            depth -= 1
        elif c == 44 and depth == 0:
            break
        p += 1
    return p


@kernel
def _grow(array):
    larger = np.empty(2 * array.size, array.dtype)
    larger[: array.size] = array
    return larger


@kernel
def _enum_value(data, p, end):
    """Value of the enumeration at `p`, and the position after it."""
    begin = p + 1
    p = begin
    h = np.uint64(_FNV_START)
    while p < end and data[p] != 46 and data[p] != 44 and data[p] != 41:
        h = _mix(h, _upper(data[p]))
        p += 1
    value = float(np.int64(h >> np.uint64(16)) + 16)
    if p == begin + 1:
        letter = _upper(data[begin])
        if letter == 84:
            value = 1.0
        elif letter == 70:
            value = 0.0
        elif letter == 85:
            value = 2.0
    if p < end and data[p] == 46:
        p += 1
    return value, p


@kernel
def _is_no_number(data, p, end):
    """Whether ``nan`` or ``inf`` stands at `p`, in any case and with anything behind it."""
    if p + 3 > end:
        return False
    a, b, c = _upper(data[p]), _upper(data[p + 1]), _upper(data[p + 2])
    return (a == 78 and b == 65 and c == 78) or (a == 73 and b == 78 and c == 70)


@kernel
def _tokenise(data, start, stop, wanted, lo, hi, table, ids, order, keys, codes, first, kind, value, offset, n, limit):
    """Tokens of the rows lo to hi - 1 from place `n` on, as far as `limit`.

    Returns (place after the last, whether some numbers are left to Python: their kind has bit 7 set), or -1 if the
    limit is too low.
    """
    unsure = False
    opened = np.empty(16, np.int64)  # place of each open list's OPEN
    items = np.zeros(16, np.int64)  # items so far of each open list, the outermost first; always as long as `opened`
    for row in range(lo, hi):
        first[row] = n
        if not wanted[row]:
            continue
        p = start[row] + 1
        end = stop[row]
        depth = 0
        items[0] = 0
        missing = False  # after a comma: an item must follow
        before = True  # no item yet since the comma or parenthesis
        while p < end:
            c = data[p]
            if c <= 32:
                p += 1
                continue
            begin = p
            what = 0
            v = 0.0
            if c == 44:
                p += 1
                if not before:
                    before = missing = True
                    continue
                missing = True
                what = NULL
            elif c == 35:
                p = _past_digits(data, p + 1, end)
                target = _id(data, begin + 1, p)
                found = _find(table, ids, order, target)
                what = REF
                v = float(found) if found >= 0 else -1.0 - float(target)
                if target < 0:
                    p = _past_item(data, p, end)
                    what = NULL
                    v = 0.0
            elif c == 39:
                while p < end and data[p] == 39:  # '' goes on where a string seems to end
                    p += 1
                    while p < end and data[p] != 39:
                        p += 1
                    p += 1
                p = min(p, end)
                what = STRING
                v = float(p - begin)
            elif c == 36:
                what = NULL
                p += 1
            elif c == 42:
                what = STAR
                p += 1
            elif c == 40:
                what = OPEN
                p += 1
            elif c == 41:
                if missing and before:
                    what = NULL  # "(1,)": the parenthesis is looked at again
                    missing = False
                else:
                    p += 1
                    if depth == 0:
                        continue
                    what = CLOSE
            elif c == 46 and not (p + 1 < end and 48 <= data[p + 1] <= 57):
                v, p = _enum_value(data, p, end)
                what = ENUM
            elif c == 34:
                p += 1
                while p < end and data[p] != 34 and data[p] != 44 and data[p] != 41:
                    p += 1
                if p < end and data[p] == 34:
                    p += 1
                what = BINARY
                v = float(p - begin)
            elif c == 47 and p + 1 < end and data[p + 1] == 42:
                p = _past_comment(data, p, end)
                continue
            else:
                v, p, real, certain = _read_number(data, p, end)
                if p > begin:
                    what = REAL if real else INTEGER
                    if p < end and data[p] != 44 and data[p] != 41 and data[p] > 32 and data[p] != 47:
                        what = REAL  # "-1.#IND", "1.5.2"
                        v = np.nan
                        p = _past_item(data, p, end)
                    elif not certain:
                        what |= 128
                        unsure = True
                else:
                    if c == 33:
                        p += 1
                    word = p
                    h = np.uint64(_FNV_START)
                    while p < end and _WORD[data[p]] != 0:
                        h = _mix(h, _WORD[data[p]])
                        p += 1
                    after = _past_blanks(data, p, end)
                    if p > word and after < end and data[after] == 40:
                        what = KEYWORD
                        v = float(_code_of(h, keys, codes))
                        items[depth] -= 1  # it and its list are one item
                        p = after
                    else:
                        sign = 1 if c == 45 or c == 43 else 0
                        what = NULL
                        if _is_no_number(data, word + sign, end):
                            what = REAL
                            v = np.nan
                        p = _past_item(data, max(p, begin + 1), end)
            if n >= limit:
                return -1, False
            kind[n] = what
            value[n] = v
            offset[n] = begin
            if what == CLOSE:
                depth -= 1
                value[n] = float(items[depth + 1])
                value[opened[depth]] = float(n - opened[depth])
                before = missing = False
            else:
                items[depth] += 1
                if what == OPEN:
                    if depth + 1 >= items.size:
                        opened = _grow(opened)
                        items = _grow(items)
                    opened[depth] = n
                    depth += 1
                    items[depth] = 0
                    before = True
                    missing = False
                elif c == 44:
                    before = True
                else:
                    before = missing = False
            n += 1
        if missing and before:
            if n >= limit:
                return -1, False
            kind[n] = NULL
            value[n] = 0.0
            offset[n] = end
            items[depth] += 1
            n += 1
        while depth > 0:  # lists that the instance does not close
            depth -= 1
            if n >= limit:
                return -1, False
            kind[n] = CLOSE
            value[n] = float(items[depth + 1])
            offset[n] = end
            value[opened[depth]] = float(n - opened[depth])
            n += 1
    return n, unsure


# --------------------------------------------------------------------------------------------------- walking the tokens


@kernel
def skip(tokens, t):
    """Token after the argument that begins at token `t`: its next sibling, or the CLOSE of its list.

    Parameters
    ----------
    tokens : Tokens
    t : int

    Returns
    -------
    int
    """
    if tokens.kind[t] == KEYWORD:
        t += 1
    if tokens.kind[t] == OPEN:
        return t + np.int64(tokens.value[t]) + 1
    return t + 1


@kernel
def argument(tokens, row, k):
    """Token of the k-th argument of a row, counted from 0; -1 if it has fewer.

    Parameters
    ----------
    tokens : Tokens
    row, k : int

    Returns
    -------
    int
    """
    t = tokens.first[row]
    end = tokens.first[row + 1]
    while t < end:
        if k == 0:
            return t
        t = skip(tokens, t)
        k -= 1
    return np.int64(-1)


@kernel
def reference(tokens, row, k):
    """Row that the k-th argument of a row refers to; -1 if it is null, dangling, missing or no reference.

    Parameters
    ----------
    tokens : Tokens
    row, k : int

    Returns
    -------
    int
    """
    t = argument(tokens, row, k)
    if t < 0 or tokens.kind[t] != REF or tokens.value[t] < 0.0:
        return np.int64(-1)
    return np.int64(tokens.value[t])


@kernel
def is_dangling(tokens, row, k):
    """Whether the k-th argument of a row refers to something the file does not have.

    Parameters
    ----------
    tokens : Tokens
    row, k : int

    Returns
    -------
    bool
    """
    t = argument(tokens, row, k)
    return t >= 0 and tokens.kind[t] == REF and tokens.value[t] < 0.0


@kernel
def number(tokens, row, k, default):
    """The k-th argument of a row as a number, typed (``IFCREAL(1.)``) or not.

    Parameters
    ----------
    tokens : Tokens
    row, k : int
    default : float
        Taken if the argument is no number.

    Returns
    -------
    float
    """
    t = argument(tokens, row, k)
    if t >= 0 and tokens.kind[t] == KEYWORD and t + 2 < tokens.first[row + 1]:
        t += 2
    if t < 0 or (tokens.kind[t] != INTEGER and tokens.kind[t] != REAL):
        return default
    return tokens.value[t]


@kernel
def items(tokens, t):
    """Number of items in the list whose OPEN is token `t`.

    Parameters
    ----------
    tokens : Tokens
    t : int

    Returns
    -------
    int
    """
    return np.int64(tokens.value[t + np.int64(tokens.value[t])])


# ------------------------------------------------------------------------------------------------ where bytes come from

_NOT_STEP = {
    b"\x89HDF": "an HDF5 file",
    b"SQLite format 3": "an SQLite database",
    b"%PDF": "a PDF document",
    b"glTF": "a glTF model",
    b"Rar!": "a RAR archive: unpack it first",
    b"7z\xbc\xaf": "a 7z archive: unpack it first",
    b"version https://git-lfs": "a Git LFS pointer, not the file itself: run git lfs pull",
    b"<!doctype html": "a web page: did the download need a login?",
    b"<html": "a web page: did the download need a login?",
    b"<": "XML; only the STEP form of IFC is read, not ifcXML",
    b"{": "JSON; only the STEP form of IFC is read, not ifcJSON",
    b"solid": "an STL model",
}


def _unpack(stream, packed, name, position, show):
    """Bytes of a decompressing stream, and whether it was cut off; refuses what grows beyond belief."""
    limit = min(_BOMB * max(packed, 1 << 16), _LARGEST)
    out = io.BytesIO()
    cut = False
    with Progress(f"unpacking {name}", packed, show) as bar:
        while True:
            try:
                chunk = stream.read1(1 << 22)  # not read: where the end is missing, that loses what came before
            except EOFError:
                cut = True
                chunk = b""
            if not chunk:
                break
            out.write(chunk)
            bar.advance(max(0, position() - bar.done))
            if out.tell() > limit:
                raise FormatError(
                    f"{name} ({packed} bytes) unpacks to more than {limit} bytes: refused, because no model does that"
                )
    if cut and not out.tell():
        raise FormatError(f"{name} is cut off before any of its content (was the download complete?)")
    return out.getbuffer(), cut


def _from_gzip(raw, name, show):
    packed = io.BytesIO(raw)
    with gzip.GzipFile(fileobj=packed) as stream:
        return _unpack(stream, len(raw), name, packed.tell, show)


def _from_zip(raw, name, show):
    packed = io.BytesIO(raw)
    with zipfile.ZipFile(packed) as archive:
        names = [n for n in archive.namelist() if n.lower().endswith((".ifc", ".stp", ".step"))]
        if not names:
            held = ", ".join(archive.namelist()[:5]) or "nothing"
            raise FormatError(f"{name} must hold an .ifc file, got {held}")
        with archive.open(names[0]) as stream:
            data, cut = _unpack(stream, len(raw), name, packed.tell, show)
    return data, cut, names


def _bytes_of(source, show):
    """(bytes-like, name for messages, repairs made on the way)."""
    if isinstance(source, bytes | bytearray | memoryview):
        raw, name = bytes(source), "the given bytes"
    elif hasattr(source, "read"):
        raw, name = source.read(), str(getattr(source, "name", "the given stream"))
        if isinstance(raw, str):
            raw = raw.encode("utf-8")
    else:
        if not isinstance(source, str | os.PathLike):
            raise DTypeError(f"open needs a path, bytes or a stream, got {type(source).__name__}")
        if source == "":
            raise FileNotFoundError("the path is empty: expected a file (.ifc, .ifcZIP or .ifc.gz)")
        path = Path(source)
        name = path.name
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder: expected a file (.ifc, .ifcZIP or .ifc.gz)")
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist (looked from {Path.cwd()})")
        if not path.is_file():
            raise FormatError(f"{path} must be an ordinary file, not a device or a pipe")
        if path.stat().st_size > _MAP_ABOVE:
            with path.open("rb") as file:
                raw = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        else:
            raw = np.fromfile(path, np.uint8).data
    head = bytes(raw[:4])
    repairs = []
    try:
        if head[:2] == b"\x1f\x8b":
            raw, cut = _from_gzip(raw, name, show)
        elif head == b"PK\x03\x04":
            raw, cut, names = _from_zip(raw, name, show)
            if len(names) > 1:
                repairs.append((0, 0, 0, f"the archive holds {len(names)} models: {names[0]} is read"))
        else:
            cut = False
        if cut:
            repairs.append((0, 0, 0, "the archive is cut off: read as far as it goes (was the download complete?)"))
    except (NotImplementedError, RuntimeError) as cause:
        reason = "encrypted" if "encrypted" in str(cause) else "packed with a method Python cannot read (Deflate64?)"
        raise FormatError(f"{name} is {reason}: zip it again the ordinary way") from cause
    except FormatError:
        raise
    except (
        EOFError, KeyError, OSError, OverflowError, ValueError, lzma.LZMAError, struct.error, zipfile.BadZipFile,
        zlib.error,
    ) as cause:  # fmt: skip
        raise FormatError(f"{name} is not a sound archive: {cause} (was the download complete?)") from cause
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raw = bytes(raw).decode("utf-16", "replace").encode("utf-8")
        repairs.append((1, 1, 0, "the file is in UTF-16 where STEP wants ASCII: converted"))
    return raw, name, repairs


# ------------------------------------------------------------------------------------------------------------- the file

# Possessive, and a comment may end with the file: no start is tried twice, so the time is linear for any bytes.
_HEADER_PIECE = re.compile(rb"('(?:[^']++|'')*+')|/\*.*?(?:\*/|\Z)|(;)|(?:[^';/]++|/(?!\*))+", re.S)
_BROKEN_STRING = re.compile(rb"[;\r\n][ \t]*#\d+[ \t]*=[ \t]*\w+[ \t]*\(")
_LATER_DATA = re.compile(rb"[;\r\n][ \t]*(?:DATA[ \t]*;|(?=#\d+[ \t]*=))", re.I)
_NUMBER = re.compile(rb"[+-]?\d*\.?\d*(?:[eE][+-]?\d+)?")


@kernel
def _lines(data, positions, lines, columns):
    """Line and column, from 1, of ascending positions."""
    line = 1
    begin = 0
    p = 0
    for k in range(positions.size):
        while p < positions[k]:
            if data[p] == 10:
                line += 1
                begin = p + 1
            p += 1
        lines[k] = line
        columns[k] = positions[k] - begin + 1


class _Piece(NamedTuple):
    """What `_scan` found in one piece of the file."""

    rows: np.ndarray
    refs: np.ndarray
    names: np.ndarray
    faults: np.ndarray
    n_faults: int
    broken: bool
    ended: bool


def _scan_piece(data, lo, hi):
    scale = 1
    while True:
        # One array for all that is noted of a row: what is touched is together, and in huge pages where it is much.
        rows = np.empty(((hi - lo) // 20 * scale + 16, 6), np.int64)
        refs = np.empty((hi - lo) // 8 * scale + 16, np.int64)
        slots = np.full(4096 * scale, -1, np.int32)
        names = np.empty((slots.size // 2, 3), np.int64)  # begin, length, hash
        faults = np.empty((_MOST_REPAIRS, 3), np.int64)
        n, n_refs, n_types, n_faults, *flags = _scan(data, lo, hi, rows, refs, slots, names, faults)
        if n >= 0:
            faults = faults[: min(n_faults, _MOST_REPAIRS)]
            return _Piece(rows[:n], refs[:n_refs], names[:n_types], faults, n_faults, *flags)
        scale *= 4


class StepFile:
    """Columns of a STEP file; row `r` is the `r`-th instance of the file.  Made by `read`.

    Attributes
    ----------
    data : (n_bytes,) uint8, read-only
        The file, unpacked.
    name : str
        Of the file, for messages.
    header : dict of str to list of str
        FILE_DESCRIPTION, FILE_NAME, FILE_SCHEMA: the strings of each, in order.
    schema : str
        First name of FILE_SCHEMA as it is written, or "".
    ids : (n,) int64
        The number after ``#``.
    codes : (n,) int32
        Code of the type in `bim.schema`, -1 if no schema has it.
    type_ids : (n,) int32
        Place of the type's keyword in `type_names`.
    type_names : list of str
        Keywords of the file in the order in which they first occur, upper case.
    start, end : (n,) int64
        The arguments are ``data[start + 1:end]``; ``data[start]`` is their opening parenthesis.
    refs : (indptr (n + 1,) int64, indices int32)
        Rows that a row refers to, in the order of the file; -1 for an instance that the file does not have.
    repairs : list of tuple
        What was tolerated, in the order of the file: (line, column, id, words).  Line and column from 1; 0 for the file
        as a whole.
    """

    def __init__(self, data, name, repairs=(), show=None):
        self.data = np.frombuffer(data, np.uint8)
        self.data.flags.writeable = False
        self.name = name
        self.repairs = list(repairs)
        self._check_magic()
        begin = self._read_header()
        self._index(begin, show)

    # ---------------------------------------------------------------- header

    def _place(self, position):
        (line,), (column,) = self._places([position])
        return int(line), int(column)

    def _places(self, positions):
        positions = np.asarray(positions, np.int64)
        lines, columns = np.empty(positions.size, np.int64), np.empty(positions.size, np.int64)
        _lines(self.data, positions, lines, columns)
        return lines, columns

    def _note(self, faults):
        """Add (position, id, words) in ascending order of position to the repairs."""
        lines, columns = self._places([f[0] for f in faults])
        for line, column, (_, number, words) in zip(lines.tolist(), columns.tolist(), faults):
            self.repairs.append((line, column, number, words))

    def _check_magic(self):
        text = self.data[:64].tobytes().lstrip(b"\xef\xbb\xbf \t\r\n\0")
        if text[:12].upper() == b"ISO-10303-21":
            return
        text = self.data[:65536].tobytes().lstrip(b"\xef\xbb\xbf \t\r\n\0")
        while text.startswith(b"/*") and b"*/" in text:
            text = text.partition(b"*/")[2].lstrip()
        if not self.data.size:
            raise FormatError(f"{self.name} is empty (0 bytes): expected a STEP file, which begins with ISO-10303-21;")
        if text[:12].upper() == b"ISO-10303-21":
            return
        found = next((words for magic, words in _NOT_STEP.items() if text.lower().startswith(magic.lower())), None)
        shown = "".join(c if c.isprintable() else "?" for c in text[:20].decode("latin-1"))
        hint = f"this is {found}" if found else "is it an IFC file in STEP form?"
        raise FormatError(
            f"{self.name}: line 1, column 1: expected ISO-10303-21; found {shown!r} ({hint})", line=1, column=1
        )

    def _read_header(self):
        """Fill `header` and `schema`; position after ``DATA;``."""
        self.header, statement, strings = {}, [], []
        begin = None
        for piece in _HEADER_PIECE.finditer(self.data):
            text = piece.group()
            if piece.group(1):
                if _BROKEN_STRING.search(text):
                    break
                strings.append(text)
            elif piece.group(2):
                word = b"".join(statement)
                keyword = word.partition(b"(")[0].strip().upper()
                if keyword == b"DATA":
                    begin = piece.end()
                    break
                if b"(" in word:
                    self.header[keyword.decode("latin-1")] = [decode(s) for s in strings]
                statement, strings = [], []
            elif not text.startswith(b"/*"):
                if not statement and not strings:
                    text = text.lstrip()
                    if text.startswith(b"#"):
                        begin = piece.end() - len(text)
                        self._note([(begin, 0, "expected DATA; before the first instance: taken as there")])
                        break
                if text:
                    statement.append(text)
        if begin is None:
            # A string of the header is never closed: go by the look of lines.
            later = _LATER_DATA.search(self.data)
            if later is None:
                line, column = self._place(self.data.size)
                raise FormatError(
                    f"{self.name}: line {line}, column {column}: expected DATA; found the end of the file "
                    "(is it cut off?)",
                    line=line, column=column,
                )  # fmt: skip
            begin = later.end()
            self._note([(begin, 0, "a string of the header is never closed: the rest of the header is not read")])
        self.schema = (self.header.get("FILE_SCHEMA") or [""])[0]
        return begin

    # ---------------------------------------------------------------- first pass

    def _pieces(self, begin):
        """Positions between instances at which to cut, first and last included."""
        data, size = self.data, self.data.size
        step = max(_CHUNK, min(8 * _CHUNK, (size - begin) // (2 * get_threads()) + 1))
        cuts = list(range(begin, size, step))
        if len(cuts) < 2:
            return [begin, size]
        for k in range(1, len(cuts)):
            while cuts[k] < size and data[cuts[k] - 1] in (42, 47):  # never between the two bytes of /* or */
                cuts[k] += 1
        cuts.append(size)
        n = len(cuts) - 1
        found = each(lambda k: _survey(data, cuts[k], cuts[k + 1]), range(n))
        state, states = _PLAIN, []
        if any(comments for _, comments in found):
            after = each(lambda k: _run(data, cuts[k // 3], cuts[k // 3 + 1], k % 3, False), range(3 * n))
            for k in range(n):
                state = after[3 * k + state]
                states.append(state)
        else:
            for quotes, _ in found:
                state = (state + quotes) % 2
                states.append(state)
        bounds = [begin]
        for k in range(1, n):
            if cuts[k] >= bounds[-1]:
                bounds.append(_run(data, cuts[k], size, states[k - 1], True))
        return [*(b for b in bounds if b < size), size] if bounds[-1] > begin else [begin, size]

    def _index(self, begin, show):
        data = self.data
        bounds = self._pieces(begin)
        with Progress(f"reading {self.name}", len(bounds) - 1, show) as bar:
            parts = each(lambda k: _scan_piece(data, bounds[k], bounds[k + 1]), range(len(bounds) - 1), bar.advance)
            broken = next((k for k, part in enumerate(parts) if part.broken), len(parts))
            if broken < len(parts) - 1:
                # An unclosed string turns inside out what follows it: from there on, one piece.
                parts[broken:] = [_scan_piece(data, bounds[broken], data.size)]
        self._join(parts)
        self._list_faults(parts)
        if not any(part.ended for part in parts):
            words = "expected END-ISO-10303-21; found the end of the file (is it cut off, or a comment never closed?)"
            self._note([(data.size, 0, words)])

    def _join(self, parts):
        """The columns of the file from those of its pieces."""
        renumber, code_of = self._number_types(parts)
        rows = np.cumsum([0, *(len(part.rows) for part in parts)])
        refs = np.cumsum([0, *(part.refs.size for part in parts)])
        n = int(rows[-1])
        # Few large arrays: those NumPy asks of the system in huge pages, and new pages cost as much as the copying.
        *long, self._indptr = np.empty((4, n + 1), np.int64)
        self.ids, self.start, self.end = (column[:n] for column in long)
        self._counts, self.type_ids, self.codes = np.empty((3, n), np.int32)
        self._indptr[0] = 0
        self._indices = np.empty(refs[-1], np.int32)
        columns = self.ids, self.start, self.end, self._indptr, self._counts, self.type_ids, self.codes
        each(lambda k: _gather(parts[k].rows, renumber[k], code_of, rows[k], refs[k], *columns), range(len(parts)))
        self._number_ids()

        def resolve(k):
            _resolve(parts[k].refs, self._table, self.ids, self._order, self._indices[refs[k] : refs[k + 1]])

        each(resolve, range(len(parts)))

    def _number_types(self, parts):
        """For each piece the number in `type_names` of each of its types, and the code of each number."""
        numbers, renumber = {}, []
        self.type_names = []
        for part in parts:
            mine = np.zeros(max(len(part.names), 1), np.int32)
            for k, (begin, length, h) in enumerate(part.names.tolist()):
                number = numbers.setdefault((length, h), len(numbers))
                if number == len(self.type_names):
                    name = self.data[begin : begin + length].tobytes().decode("latin-1").upper() or "()"
                    self.type_names.append(name)
                mine[k] = number
            renumber.append(mine)
        return renumber, np.array([schema.CODES.get(name, -1) for name in self.type_names] or [-1], np.int32)

    def _number_ids(self):
        """What `_find` needs, and a repair for each id that stands twice."""
        largest = int(self.ids.max()) if self.ids.size else 0
        self._table, self._order = np.empty(0, np.int32), np.empty(0, np.int64)
        if largest < 4 * self.ids.size + 4096:
            self._table = np.full(largest + 1, -1, np.int32)
            twice = np.empty(_MOST_REPAIRS, np.int64)
            count = _fill_table(self.ids, self._table, twice)
            twice = twice[: min(count, twice.size)]
        else:
            self._order = np.argsort(self.ids, kind="stable")
            again = np.flatnonzero(np.diff(self.ids[self._order]) == 0) + 1
            count = again.size
            twice = np.sort(self._order[again])[:_MOST_REPAIRS]
        self._twice = twice, count

    def _list_faults(self, parts):
        twice, count = self._twice
        faults = [(int(p), int(i), _WORDS[int(code)]) for part in parts for p, i, code in part.faults]
        faults += [
            (int(self.start[row]), int(self.ids[row]), "this id stands twice: references go to the first")
            for row in twice
        ]
        total = sum(part.n_faults for part in parts) + count
        del self._twice
        if faults:
            self._note(sorted(faults)[:_MOST_REPAIRS])
        if total > min(len(faults), _MOST_REPAIRS):
            self.repairs.append((0, 0, 0, f"… and {total - min(len(faults), _MOST_REPAIRS)} more such places"))

    # ---------------------------------------------------------------- looking things up

    def __len__(self):
        return self.ids.size

    def __repr__(self):
        return f"<StepFile {self.name}: {self.schema or 'no schema'}, {len(self)} instances>"

    def row(self, number):
        """Row of the instance with that id, or -1.

        Parameters
        ----------
        number : int

        Returns
        -------
        int
        """
        if not 0 <= number < 10**18:
            return -1
        return int(_find(self._table, self.ids, self._order, int(number)))

    @property
    def refs(self):
        """Rows that each row refers to: (indptr (n + 1,) int64, indices int32), -1 for what the file does not have."""
        return self._indptr, self._indices

    @cached_property
    def inverse(self):
        """Rows that refer to each row: (indptr (n + 1,) int64, indices int32), each as often as it refers."""
        return _invert(self._indptr, self._indices)

    # ---------------------------------------------------------------- second pass

    @cached_property
    def tokens(self):
        """Every argument of every row: `Tokens`."""
        return self._tokenised(np.ones(self.ids.size, np.bool_))

    def tokens_of(self, wanted):
        """Arguments of some rows only; the others have none.

        Most rows of a model are points and faces, which properties and relations do without.

        Parameters
        ----------
        wanted : (n,) bool

        Returns
        -------
        Tokens
        """
        if "tokens" in self.__dict__:
            return self.tokens
        return self._tokenised(np.ascontiguousarray(wanted, np.bool_))

    def _tokenised(self, wanted):
        n = self.ids.size
        keys, codes = _keywords()
        cuts = np.searchsorted(self.start, np.arange(0, self.data.size, _CHUNK))
        rows = np.unique(np.concatenate([cuts, [0, n]]))
        ends = np.zeros(n + 1, np.int64)
        np.cumsum(np.where(wanted, self._counts, 0), out=ends[1:])
        ends = ends[rows]
        first = np.empty(n + 1, np.int64)
        kind, value, offset = np.empty(ends[-1], np.uint8), np.empty(ends[-1]), np.empty(ends[-1], np.int64)

        def run(k, columns, begin, limit):
            return _tokenise(
                self.data, self.start, self.end, wanted, rows[k], rows[k + 1], self._table, self.ids, self._order,
                keys, codes, first, *columns, begin, limit,
            )  # fmt: skip

        def work(k):
            """Columns of a piece, first and last place in them: the common columns, or own ones for a damaged piece."""
            columns, begin, limit = (kind, value, offset), ends[k], ends[k + 1]
            while True:
                after, unsure = run(k, columns, begin, limit)
                if after >= 0:
                    break
                begin, limit = 0, 2 * (limit - begin) + 64
                columns = np.empty(limit, np.uint8), np.empty(limit), np.empty(limit, np.int64)
            if unsure:
                self._ask_python(*columns, begin, after)
            return columns, begin, after

        with Progress(f"reading the arguments of {self.name}", rows.size - 1) as bar:
            parts = each(work, range(rows.size - 1), bar.advance)
        if any(c[0] is not kind or a != ends[k + 1] for k, (c, _, a) in enumerate(parts)):
            place = 0
            for k, (_, begin, after) in enumerate(parts):
                first[rows[k] : rows[k + 1]] += place - begin
                place += after - begin
            kind, value, offset = (np.concatenate([c[j][b:a] for c, b, a in parts]) for j in range(3))
        first[n] = kind.size
        return Tokens(self.data, first, kind, value, offset, self.codes, self.ids)

    def _ask_python(self, kind, value, offset, begin, after):
        """Read by `float` the numbers that the kernel was not sure of."""
        for t in begin + np.flatnonzero(kind[begin:after] >= 128):
            kind[t] &= 127
            value[t] = float(_NUMBER.match(self.data, int(offset[t])).group())

    def text(self, token):
        """Decoded string of a STRING token.

        Parameters
        ----------
        token : int
            Its place in `tokens`.

        Returns
        -------
        str
        """
        begin = int(self.tokens.offset[token])
        return decode(self.data[begin : begin + int(self.tokens.value[token])].tobytes())


def _keywords():
    """Hash table from the keywords of the schemas to their codes, made once."""
    global _keyword_table
    if _keyword_table is None:
        hashes = np.array([_hash(name) for name in schema.CODES], np.uint64)
        assert list(schema.CODES.values()) == list(range(len(hashes))), "codes are the places of the names"
        keys = np.zeros(1 << (2 * hashes.size).bit_length(), np.uint64)
        codes = np.full(keys.size, -1, np.int32)
        _insert_codes(hashes, keys, codes)
        _keyword_table = keys, codes
    return _keyword_table


_keyword_table = None


def read(source, progress=None):
    """Read a STEP file into columns.

    Parameters
    ----------
    source : path, bytes or file-like object
        STEP text, as it is, gzipped, or in a zip archive (.ifcZIP; its first .ifc counts).
    progress : bool, optional
        Show a bar; by default only where it takes long.

    Returns
    -------
    StepFile

    Raises
    ------
    FormatError
        It is no STEP file, has no data section, or is an archive that cannot be read or unpacks to more than 200 times
        its size or 8 GiB.  What can be read in spite of damage is read, and listed in `repairs`.
    FileNotFoundError, IsADirectoryError

    Notes
    -----
    Opening costs one pass; arguments are read on the first use of `tokens`.  Files above 256 MiB are mapped into
    memory, so they must not be overwritten while in use; smaller ones are read, because an exporter that overwrites a
    mapped file would take the process with it.  Speed and memory: benchmarks/bench_step.py.

    Examples
    --------
    >>> head, tail = b"ISO-10303-21;HEADER;FILE_SCHEMA(('IFC4'));ENDSEC;DATA;", b"ENDSEC;END-ISO-10303-21;"
    >>> file = read(head + b"#7=IFCDIRECTION((0.,1.));" + tail)
    >>> file.schema, file.type_names, file.ids.tolist(), file.tokens.value.tolist()
    ('IFC4', ['IFCDIRECTION'], [7], [3.0, 0.0, 1.0, 2.0])
    """
    data, name, repairs = _bytes_of(source, progress)
    return StepFile(data, name, repairs, progress)
