"""Reading STEP files (ISO 10303-21): one pass over the bytes into columns, and no object for any instance.

The first pass, `_scan`, notes for every instance its id, the span of its keyword and of its arguments, and the ids it
refers to.  The second, `_tokenise`, runs when an argument is first asked for: each becomes a kind, a number and an
offset.  Strings stay in the file until they are read.  Both run in parallel: a STEP string doubles its apostrophes, so
whether a byte lies in a string is the parity of the apostrophes before it, and the file can be cut anywhere.

References
----------
.. [1] ISO 10303-21:2016, "Clear text encoding of the exchange structure".
.. [2] W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990.
"""

import gzip
import io
import mmap
import os
import zipfile
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from avila_sci.bim import schema
from avila_sci.bim.step_text import decode
from avila_sci.core.errors import FormatError
from avila_sci.core.jit import kernel
from avila_sci.core.progress import Progress
from avila_sci.core.threads import each, get_threads

REF, INTEGER, REAL, STRING, ENUM, NULL, STAR, OPEN, CLOSE, KEYWORD, BINARY = range(1, 12)

_CHUNK = 1 << 20  # bytes a piece of parallel work
_BOMB = 200  # largest believable ratio of unpacked to packed size: real IFC compresses 3 to 12 times


class Tokens(NamedTuple):
    data: np.ndarray
    first: np.ndarray
    kind: np.ndarray
    value: np.ndarray
    offset: np.ndarray
    code: np.ndarray
    ids: np.ndarray


def enum_code(name):
    if name in ("T", "F", "U"):
        return {"T": 1.0, "F": 0.0, "U": 2.0}[name]
    h = 0xCBF29CE484222325
    for byte in name.upper().encode("ascii"):
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return float((h >> 16) + 16)


@kernel
def _upper(byte):
    return byte - np.uint8(32) if np.uint8(97) <= byte <= np.uint8(122) else byte


@kernel
def _grow8(array):
    larger = np.empty(2 * array.size, array.dtype)
    larger[: array.size] = array
    return larger


@kernel
def _scan(data, lo, hi):
    n_rows = 0
    n_refs = 0
    ids = np.empty((hi - lo) // 40 + 16, np.int64)
    spans = np.empty((ids.size, 4), np.int64)
    first_ref = np.empty(ids.size + 1, np.int64)
    refs = np.empty((hi - lo) // 12 + 16, np.int64)
    bad = np.empty(16, np.int64)
    n_bad = 0
    p = lo
    while p < hi:
        c = data[p]
        if c <= 32:
            p += 1
            continue
        if c == 47 and p + 1 < hi and data[p + 1] == 42:
            p += 2
            while p < hi and not (data[p] == 47 and data[p - 1] == 42):
                p += 1
            p += 1
            continue
        if c != 35:
            # ENDSEC, END-ISO-10303-21, a second DATA, or something that is no instance: on to its semicolon
            start = p
            known = c == 69 or c == 68 or c == 59 or c == 101 or c == 100
            while p < hi and data[p] != 59 and not (data[p] == 35 and data[p - 1] <= 32):
                p += 1
            if p < hi and data[p] == 59:
                p += 1
            if not known and n_bad < bad.size:
                bad[n_bad] = start
                n_bad += 1
            continue
        begin = p
        p += 1
        number = 0
        digits = p
        while p < hi and 48 <= data[p] <= 57 and p - digits < 18:
            number = number * 10 + (np.int64(data[p]) - 48)
            p += 1
        ok = p > digits
        while p < hi and data[p] <= 32:
            p += 1
        if not ok or p >= hi or data[p] != 61:
            if n_bad < bad.size:
                bad[n_bad] = begin
                n_bad += 1
            while p < hi and data[p] != 59:
                p += 1
            p += 1
            continue
        p += 1
        while p < hi and data[p] <= 32:
            p += 1
        word = p
        while p < hi and (65 <= data[p] <= 90 or 97 <= data[p] <= 122 or 48 <= data[p] <= 57 or data[p] == 95):
            p += 1
        word_end = p
        while p < hi and data[p] <= 32:
            p += 1
        if n_rows >= ids.size:
            ids = _grow8(ids)
            first_ref2 = np.empty(ids.size + 1, np.int64)
            first_ref2[: first_ref.size] = first_ref
            first_ref = first_ref2
            spans2 = np.empty((ids.size, 4), np.int64)
            spans2[: spans.shape[0]] = spans
            spans = spans2
        first_ref[n_rows] = n_refs
        start = p
        closed = -1
        while p < hi:
            c = data[p]
            if c == 35:
                p += 1
                target = 0
                digits = p
                while p < hi and 48 <= data[p] <= 57 and p - digits < 18:
                    target = target * 10 + (np.int64(data[p]) - 48)
                    p += 1
                if p > digits:
                    if n_refs >= refs.size:
                        refs = _grow8(refs)
                    refs[n_refs] = target
                    n_refs += 1
                continue
            if c == 39:
                p += 1
                while p < hi and data[p] != 39:
                    p += 1
            elif c == 41:
                closed = p
            elif c == 59:
                break
            elif c == 47 and p + 1 < hi and data[p + 1] == 42:
                p += 2
                while p < hi and not (data[p] == 47 and data[p - 1] == 42):
                    p += 1
            p += 1
        if p >= hi or closed < 0 or data[start] != 40:
            if n_bad < bad.size:
                bad[n_bad] = begin
                n_bad += 1
            if closed < 0 or start >= hi or data[start] != 40:
                p += 1
                continue
        ids[n_rows] = number
        spans[n_rows, 0] = word
        spans[n_rows, 1] = word_end
        spans[n_rows, 2] = start
        spans[n_rows, 3] = closed
        n_rows += 1
        p += 1
    first_ref[n_rows] = n_refs
    return (
        ids[:n_rows].copy(),
        spans[:n_rows].copy(),
        first_ref[: n_rows + 1].copy(),
        refs[:n_refs].copy(),
        bad[:n_bad].copy(),
    )


@kernel
def _next_instance(data, p, inside):
    while p < data.size:
        if data[p] == 39:
            inside = not inside
        elif data[p] == 59 and not inside:
            return p + 1
        p += 1
    return data.size


@kernel
def _quotes(data, lo, hi):
    count = 0
    comment = False
    for p in range(lo, hi):
        if data[p] == 39:
            count += 1
        elif data[p] == 42 and p > 0 and data[p - 1] == 47:
            comment = True
    return count, comment


@kernel
def _type_ids(data, spans):
    n = spans.shape[0]
    out = np.empty(n, np.int32)
    slots = np.full(8192, -1, np.int32)
    sample = np.empty(4096, np.int64)
    count = 0
    for i in range(n):
        a = spans[i, 0]
        m = spans[i, 1] - a
        h = np.uint64(0xCBF29CE484222325)
        for k in range(m):
            h = (h ^ np.uint64(_upper(data[a + k]))) * np.uint64(0x100000001B3)
        slot = np.int64(h >> np.uint64(40)) & 8191
        while True:
            t = slots[slot]
            if t < 0:
                if count >= 4000:
                    t = np.int32(0)
                    break
                slots[slot] = count
                sample[count] = i
                t = np.int32(count)
                count += 1
                break
            b = spans[sample[t], 0]
            same = spans[sample[t], 1] - b == m
            k = 0
            while same and k < m:
                same = _upper(data[a + k]) == _upper(data[b + k])
                k += 1
            if same:
                break
            slot = (slot + 1) & 8191
        out[i] = t
    return out, sample[:count].copy()


@kernel
def _find(table, ids, order, number):
    if table.size > 0:
        return np.int64(table[number]) if 0 <= number < table.size else np.int64(-1)
    lo, hi = 0, order.size
    while lo < hi:
        mid = (lo + hi) // 2
        if ids[order[mid]] < number:
            lo = mid + 1
        else:
            hi = mid
    if lo < order.size and ids[order[lo]] == number:
        return np.int64(order[lo])
    return np.int64(-1)


@kernel
def _fill_table(ids, table):
    twice = 0
    for i in range(ids.size):
        if table[ids[i]] < 0:
            table[ids[i]] = i
        else:
            twice += 1
    return twice


@kernel
def _resolve(refs, table, ids, order, out):
    for i in range(refs.size):
        out[i] = _find(table, ids, order, refs[i])


@kernel
def _invert(indptr, indices, n):
    start = np.zeros(n + 1, np.int64)
    for i in range(indices.size):
        if indices[i] >= 0:
            start[indices[i] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    fill = start[:n].copy()
    out = np.empty(start[n], np.int32)
    for row in range(n):
        for k in range(indptr[row], indptr[row + 1]):
            target = indices[k]
            if target >= 0:
                out[fill[target]] = row
                fill[target] += 1
    return start, out


_POWERS = 10.0 ** np.arange(23)


@kernel
def _tokenise(data, spans, row_lo, row_hi, table, ids, order, keyword_hash, keyword_code):
    size = 64
    for row in range(row_lo, row_hi):
        size += (spans[row, 3] - spans[row, 2]) // 4 + 4
    kind = np.empty(size, np.uint8)
    value = np.empty(size, np.float64)
    offset = np.empty(size, np.int64)
    first = np.empty(row_hi - row_lo + 1, np.int64)
    slow = np.empty(64, np.int64)
    n_slow = 0
    stack = np.empty(64, np.int64)
    items = np.empty(64, np.int64)
    n = 0
    for row in range(row_lo, row_hi):
        first[row - row_lo] = n
        p = spans[row, 2] + 1
        end = spans[row, 3]
        depth = 0
        items[0] = 0
        while p < end:
            if n + 2 >= kind.size:
                kind = _grow8(kind)
                value = _grow8(value)
                offset = _grow8(offset)
            c = data[p]
            if c <= 32 or c == 44:
                p += 1
                continue
            begin = p
            what = np.uint8(0)
            v = 0.0
            if c == 35:
                p += 1
                number = 0
                while p < end and 48 <= data[p] <= 57 and p - begin < 19:
                    number = number * 10 + (np.int64(data[p]) - 48)
                    p += 1
                what = np.uint8(1)
                found = _find(table, ids, order, number)
                v = float(found) if found >= 0 else -1.0 - float(number)
            elif c == 39:
                p += 1
                while p < end:
                    if data[p] == 39:
                        if p + 1 < end and data[p + 1] == 39:
                            p += 1
                        else:
                            break
                    p += 1
                p += 1
                what = np.uint8(4)
                v = float(p - begin)
            elif c == 36:
                what = np.uint8(6)
                p += 1
            elif c == 42:
                what = np.uint8(7)
                p += 1
            elif c == 40:
                what = np.uint8(8)
                p += 1
                if depth + 1 >= stack.size:
                    stack = _grow8(stack)
                    items = _grow8(items)
                items[depth] += 1
                stack[depth] = n
                depth += 1
                items[depth] = 0
            elif c == 41:
                p += 1
                if depth > 0:
                    depth -= 1
                    what = np.uint8(9)
                    v = float(items[depth + 1])
                    value[stack[depth]] = float(n - stack[depth])
                else:
                    continue
            elif c == 46 and not (p + 1 < end and 48 <= data[p + 1] <= 57):
                p += 1
                h = np.uint64(0xCBF29CE484222325)
                while p < end and data[p] != 46 and data[p] != 44 and data[p] != 41:
                    h = (h ^ np.uint64(_upper(data[p]))) * np.uint64(0x100000001B3)
                    p += 1
                length = p - begin - 1
                if p < end and data[p] == 46:
                    p += 1
                what = np.uint8(5)
                v = float(np.int64(h >> np.uint64(16)) + 16)
                if length == 1:
                    letter = _upper(data[begin + 1])
                    v = 1.0 if letter == 84 else 0.0 if letter == 70 else 2.0 if letter == 85 else v
            elif c == 34:
                p += 1
                while p < end and data[p] != 34:
                    p += 1
                p += 1
                what = np.uint8(11)
                v = float(p - begin)
            elif 65 <= c <= 90 or 97 <= c <= 122 or c == 95:
                h = np.uint64(0xCBF29CE484222325)
                while p < end and (65 <= data[p] <= 90 or 97 <= data[p] <= 122 or 48 <= data[p] <= 57 or data[p] == 95):
                    h = (h ^ np.uint64(_upper(data[p]))) * np.uint64(0x100000001B3)
                    p += 1
                what = np.uint8(10)
                v = -1.0
                lo = 0
                hi = keyword_hash.size
                while lo < hi:
                    mid = (lo + hi) // 2
                    if keyword_hash[mid] < h:
                        lo = mid + 1
                    else:
                        hi = mid
                if lo < keyword_hash.size and keyword_hash[lo] == h:
                    v = float(keyword_code[lo])
                items[depth] -= 1
            elif c == 47 and p + 1 < end and data[p + 1] == 42:
                p += 2
                while p < end and not (data[p] == 47 and data[p - 1] == 42):
                    p += 1
                p += 1
                continue
            else:
                negative = c == 45
                if c == 45 or c == 43:
                    p += 1
                mantissa = np.uint64(0)
                digits = 0
                exponent = 0
                seen = p
                real = False
                while p < end:
                    c = data[p]
                    if 48 <= c <= 57:
                        if digits < 18:
                            mantissa = mantissa * np.uint64(10) + np.uint64(c - 48)
                            if mantissa > np.uint64(0):
                                digits += 1
                            if real:
                                exponent -= 1
                        else:
                            digits += 1
                            if not real:
                                exponent += 1
                    elif c == 46 and not real:
                        real = True
                    else:
                        break
                    p += 1
                if p == seen:
                    p += 1
                    continue
                if p < end and (data[p] == 69 or data[p] == 101):
                    real = True
                    p += 1
                    sign = 1
                    if p < end and (data[p] == 45 or data[p] == 43):
                        sign = -1 if data[p] == 45 else 1
                        p += 1
                    e = 0
                    while p < end and 48 <= data[p] <= 57:
                        if e < 10000:
                            e = e * 10 + (np.int64(data[p]) - 48)
                        p += 1
                    exponent += sign * e
                what = np.uint8(3) if real else np.uint8(2)
                while (
                    exponent < 0
                    and mantissa > np.uint64(0)
                    and mantissa % np.uint64(10) == np.uint64(0)
                    and digits <= 18
                ):
                    mantissa //= np.uint64(10)
                    exponent += 1
                v = float(mantissa)
                if mantissa == np.uint64(0):
                    v = 0.0
                elif digits > 18 or mantissa > np.uint64(9007199254740992) or exponent > 22 or exponent < -22:
                    if n_slow >= slow.size:
                        slow = _grow8(slow)
                    slow[n_slow] = n
                    n_slow += 1
                elif exponent < 0:
                    v /= _POWERS[-exponent]
                else:
                    v *= _POWERS[exponent]
                if negative:
                    v = -v
            if what != 8 and what != 9:
                items[depth] += 1
            kind[n] = what
            value[n] = v
            offset[n] = begin
            n += 1
        while depth > 0:
            if n + 2 >= kind.size:
                kind = _grow8(kind)
                value = _grow8(value)
                offset = _grow8(offset)
            depth -= 1
            kind[n] = np.uint8(9)
            value[n] = float(items[depth + 1])
            offset[n] = end
            value[stack[depth]] = float(n - stack[depth])
            n += 1
    first[row_hi - row_lo] = n
    return first, kind[:n].copy(), value[:n].copy(), offset[:n].copy(), slow[:n_slow].copy()


@kernel
def skip(tokens, t):
    """Token index of the next sibling of token `t`."""
    if tokens.kind[t] == 10:
        t += 1
    if tokens.kind[t] == 8:
        return t + np.int64(tokens.value[t]) + 1
    return t + 1


@kernel
def argument(tokens, row, k):
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
    t = argument(tokens, row, k)
    if t < 0 or tokens.kind[t] != 1 or tokens.value[t] < 0.0:
        return np.int64(-1)
    return np.int64(tokens.value[t])


@kernel
def number(tokens, row, k, default):
    t = argument(tokens, row, k)
    if t >= 0 and tokens.kind[t] == 10 and t + 2 < tokens.first[row + 1]:
        t += 2
    if t < 0 or (tokens.kind[t] != 2 and tokens.kind[t] != 3):
        return default
    return tokens.value[t]


@kernel
def items(tokens, t):
    return np.int64(tokens.value[t + np.int64(tokens.value[t])])


def _column(data, position):
    """Line and column of a byte, both counted from 1."""
    before = bytes(data[:position])
    return before.count(b"\n") + 1, position - before.rfind(b"\n")


def _inflate(stream, packed, name):
    """Read a decompressing stream to its end, refusing what grows beyond belief."""
    limit = _BOMB * max(packed, 1 << 16)
    out = io.BytesIO()
    try:
        while chunk := stream.read(1 << 22):
            out.write(chunk)
            if out.tell() > limit:
                raise FormatError(f"{name} unpacks to more than {_BOMB} times its size; no model does that")
    except (EOFError, OSError, zipfile.BadZipFile) as cause:
        raise FormatError(f"{name} is not a sound archive: {cause} (was the download cut off?)") from cause
    return out.getvalue()


def _bytes_of(source):
    """The bytes of a path, a file-like object or bytes, unpacked; and a name for messages."""
    if isinstance(source, bytes | bytearray | memoryview):
        raw, name = bytes(source), "the given bytes"
    elif hasattr(source, "read"):
        raw, name = source.read(), getattr(source, "name", "the given stream")
        if isinstance(raw, str):
            raw = raw.encode("utf-8")
    else:
        path = Path(source)
        name = path.name
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder; bim.open needs a file (.ifc, .ifcZIP or .ifc.gz)")
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist (looked in {Path.cwd()})")
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                raise FormatError(f"{name} is empty (0 bytes): expected a STEP file that begins with ISO-10303-21;")
            raw = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    if raw[:2] == b"\x1f\x8b":
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
            raw = _inflate(stream, len(raw), name)
    elif raw[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                names = [n for n in archive.namelist() if n.lower().endswith(".ifc")]
                if not names:
                    raise FormatError(
                        f"{name} holds no .ifc file, only {', '.join(archive.namelist()[:5]) or 'nothing'}"
                    )
                with archive.open(names[0]) as stream:
                    raw = _inflate(stream, len(raw), name)
        except NotImplementedError as cause:
            raise FormatError(
                f"{name} is packed with a method Python cannot read (Deflate64?): zip it again"
            ) from cause
        except zipfile.BadZipFile as cause:
            raise FormatError(f"{name} is not a sound archive: {cause}") from cause
    return raw, name


class StepFile:
    """Columns of a STEP file; row `r` is the `r`-th instance of the file."""

    def __init__(self, data, name, show=None):
        self.data = np.frombuffer(data, np.uint8)
        self.name = name
        self.repairs = []
        head = bytes(self.data[:4096])
        at = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if not at:
            raise FormatError(f"{name} is empty: expected a STEP file that begins with ISO-10303-21;")
        if not at[:12].upper().startswith(b"ISO-10303-21"):
            shown = at[:20].decode("latin-1")
            raise FormatError(
                f"{name}: line 1, column 1: expected ISO-10303-21; found {shown!r} (is it an IFC file in STEP form?)",
                line=1, column=1,
            )  # fmt: skip
        self._read_header()
        self._index(show)

    def _read_header(self):
        text = bytes(self.data[: min(self.data.size, 1 << 20)])
        self.header, self.schema = {}, ""
        i, n, word, self._begin = 0, len(text), b"", None
        statement = bytearray()
        while i < n:
            c = text[i]
            if c == 0x27:
                j = i + 1
                while j < n and (text[j] != 0x27 or text[j + 1 : j + 2] == b"'"):
                    j += 2 if text[j] == 0x27 else 1
                statement += text[i : j + 1]
                i = j + 1
            elif text[i : i + 2] == b"/*":
                j = text.find(b"*/", i + 2)
                i = n if j < 0 else j + 2
            elif c == 0x3B:
                word = bytes(statement).strip()
                statement.clear()
                i += 1
                if word.upper() == b"DATA" or word.upper().startswith(b"DATA("):
                    self._begin = i
                    break
                keyword, _, rest = word.partition(b"(")
                if rest:
                    strings = []
                    k = 0
                    while k < len(rest):
                        if rest[k] == 0x27:
                            j = k + 1
                            while j < len(rest) and (rest[j] != 0x27 or rest[j + 1 : j + 2] == b"'"):
                                j += 2 if rest[j] == 0x27 else 1
                            strings.append(decode(rest[k : j + 1]))
                            k = j
                        k += 1
                    self.header[keyword.strip().decode("latin-1").upper()] = strings
            else:
                if c == 0x23 and not statement.strip() and text[i - 1 : i] in (b"\n", b" ", b"\r", b";"):
                    self._begin = i
                    self.repairs.append((*_column(self.data, i), 0, "the DATA; line is missing"))
                    break
                statement.append(c)
                i += 1
        if self._begin is None:
            line, column = _column(self.data, len(text))
            raise FormatError(
                f"{self.name}: line {line}, column {column}: expected DATA; found the end (is the file cut off?)",
                line=line, column=column,
            )  # fmt: skip
        names = self.header.get("FILE_SCHEMA") or [""]
        self.schema = names[0]

    def _index(self, show):
        data, begin = self.data, self._begin
        cuts = list(range(begin, data.size, max(_CHUNK, (data.size - begin) // (8 * get_threads()) + 1)))
        bounds = [begin]
        if len(cuts) > 1:
            counted = each(
                lambda k: _quotes(data, cuts[k], cuts[k + 1] if k + 1 < len(cuts) else data.size), range(len(cuts))
            )
            if not any(comment for _, comment in counted):
                inside = False
                for k in range(1, len(cuts)):
                    inside ^= bool(counted[k - 1][0] % 2)
                    start = _next_instance(data, cuts[k], inside)
                    if start > bounds[-1]:
                        bounds.append(start)
        bounds = [*[b for b in bounds if b < data.size], data.size]
        with Progress(f"reading {self.name}", len(bounds) - 1, show) as bar:
            parts = each(lambda k: _scan(data, bounds[k], bounds[k + 1]), range(len(bounds) - 1), bar.advance)
        self.ids = np.concatenate([p[0] for p in parts])
        self.spans = np.concatenate([p[1] for p in parts])
        counts = np.concatenate([np.diff(p[2]) for p in parts])
        self.indptr = np.zeros(self.ids.size + 1, np.int64)
        np.cumsum(counts, out=self.indptr[1:])
        refs = np.concatenate([p[3] for p in parts])
        for p in parts:
            for position in p[4]:
                line, column = _column(data, int(position))
                self.repairs.append((line, column, 0, "not a complete instance: skipped"))
        largest = int(self.ids.max()) if self.ids.size else 0
        self._table = np.empty(0, np.int32)
        self._order = np.empty(0, np.int64)
        twice = 0
        if largest < 8 * self.ids.size + 65536:
            self._table = np.full(largest + 1, -1, np.int32)
            twice = _fill_table(self.ids, self._table)
        else:
            self._order = np.argsort(self.ids, kind="stable")
            twice = int((np.diff(self.ids[self._order]) == 0).sum())
        if twice:
            self.repairs.append((0, 0, 0, f"{twice} ids stand twice: the first one counts"))
        self._indices = np.empty(refs.size, np.int32)
        _resolve(refs, self._table, self.ids, self._order, self._indices)
        self.type_ids, sample = _type_ids(data, self.spans)
        self.type_names = [bytes(data[a:b]).decode("latin-1").upper() for a, b in self.spans[sample, :2]]
        codes = np.array([schema.CODES.get(n, -1) for n in self.type_names] or [-1], np.int32)
        self.codes = codes[self.type_ids] if self.ids.size else np.empty(0, np.int32)

    def __len__(self):
        return self.ids.size

    @property
    def start(self):
        return self.spans[:, 2]

    @property
    def end(self):
        return self.spans[:, 3]

    def row(self, number):
        return int(_find(self._table, self.ids, self._order, int(number)))

    @property
    def refs(self):
        return self.indptr, self._indices

    @cached_property
    def inverse(self):
        return _invert(self.indptr, self._indices, self.ids.size)

    @cached_property
    def tokens(self):
        return self._tokenised(np.ascontiguousarray(self.spans))

    def tokens_of(self, wanted):
        """Tokens of the rows where `wanted` ((n,) bool) holds; the others have no arguments.

        Most rows of a model are points and faces, which properties and relations do without.
        """
        if "tokens" in self.__dict__:
            return self.tokens
        spans = self.spans.copy()
        spans[~wanted, 3] = spans[~wanted, 2] + 1
        return self._tokenised(spans)

    def _tokenised(self, spans):
        n = self.ids.size
        pairs = sorted((_hash(name), code) for name, code in schema.CODES.items())
        hashes = np.array([h for h, _ in pairs], np.uint64)
        codes = np.array([c for _, c in pairs], np.int32)
        edges = np.searchsorted(self.spans[:, 2], np.arange(0, self.data.size, _CHUNK)) if n else np.zeros(1, np.int64)
        edges = np.unique(np.concatenate([edges, [0, n]]))

        def work(k):
            return _tokenise(
                self.data, spans, edges[k], edges[k + 1], self._table, self.ids, self._order, hashes, codes
            )

        parts = each(work, range(len(edges) - 1))
        counts = np.cumsum([0, *[p[1].size for p in parts]])
        first = np.concatenate([*[p[0][:-1] + c for p, c in zip(parts, counts)], counts[-1:]]).astype(np.int64)
        kind = np.concatenate([p[1] for p in parts] or [np.empty(0, np.uint8)])
        value = np.concatenate([p[2] for p in parts] or [np.empty(0)])
        offset = np.concatenate([p[3] for p in parts] or [np.empty(0, np.int64)])
        for p, base in zip(parts, counts):
            for t in p[4] + base:
                value[t] = float(_NUMBER.match(self.data, int(offset[t])))
        return Tokens(self.data, first, kind, value, offset, self.codes, self.ids)

    def text(self, token):
        a = int(self.tokens.offset[token])
        return decode(bytes(self.data[a : a + int(self.tokens.value[token])]))


class _NUMBER:
    @staticmethod
    def match(data, a):
        b = a
        while b < data.size and chr(data[b]) in "0123456789.+-eE":
            b += 1
        return bytes(data[a:b])


def _hash(name):
    h = 0xCBF29CE484222325
    for byte in name.encode("ascii"):
        h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h


def read(source, progress=None):
    data, name = _bytes_of(source)
    return StepFile(data, name, progress)
