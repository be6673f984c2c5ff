"""Strings and numbers in the clear text of STEP files, both ways.

References
----------
.. [1] ISO 10303-21:2016, 6.3 (tokens) and 6.4.3 (control directives in strings).
"""

import math
import re

from avila_sci.core.errors import DomainError

_DIRECTIVE = re.compile(
    r"''|\\\\|\\P([A-I])\\|\\S\\(.)|\\X\\([0-9A-Fa-f]{2})|\\X2\\((?:[0-9A-Fa-f]{4})*)\\X0\\|\\X4\\((?:[0-9A-Fa-f]{8})*)\\X0\\",
    re.S,
)


def _utf16(digits):
    return bytes.fromhex(digits).decode("utf-16-be", "replace")


def _utf32(digits):
    return "".join(
        chr(c) if c < 0x110000 and not 0xD800 <= c < 0xE000 else "\ufffd"
        for c in (int(digits[i : i + 8], 16) for i in range(0, len(digits), 8))
    )


def decode(raw):
    """Text of a string token.

    ``''`` and ``\\\\``; ``\\S\\c`` in the page chosen by ``\\PA\\`` … ``\\PI\\`` (ISO 8859-1 … -9); ``\\X\\hh``;
    ``\\X2\\…\\X0\\`` (UTF-16, surrogates joined); ``\\X4\\…\\X0\\``.  A directive that is none of these stays as it is:
    many exporters write Windows paths with single backslashes.  Bytes above 127 are against the standard and common:
    they are read as UTF-8 where that is possible, else as Windows-1252.

    Parameters
    ----------
    raw : bytes
        With or without the surrounding apostrophes.

    Returns
    -------
    str

    Examples
    --------
    >>> decode(rb"'Caf\\X\\E9 \\X2\\30C9\\X0\\ it''s'")
    "Café ド it's"
    """
    raw = bytes(raw)
    if raw[:1] == b"'":
        raw = raw[1:-1] if raw[-1:] == b"'" and len(raw) > 1 else raw[1:]
    if b"\n" in raw or b"\r" in raw:
        raw = raw.replace(b"\r", b"").replace(b"\n", b"")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    if "\\" not in text and "''" not in text:
        return text
    page = 1

    def replace(match):
        nonlocal page
        whole = match.group(0)
        if whole == "''":
            return "'"
        if whole == "\\\\":
            return "\\"
        letter, high, byte, two, four = match.groups()
        if letter:
            page = ord(letter) - 64
            return ""
        if high is not None:
            return bytes([(ord(high) + 128) & 255]).decode(f"iso8859_{page}", "replace") if ord(high) < 128 else whole
        if byte is not None:
            return chr(int(byte, 16))
        return _utf16(two) if two is not None else _utf32(four)

    return _DIRECTIVE.sub(replace, text)


def encode(text):
    """A string token that says `text`: printable ASCII as it is, the rest as ``\\X2\\…\\X0\\`` or ``\\X4\\…\\X0\\``.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        ASCII, with the surrounding apostrophes.

    Examples
    --------
    >>> print(encode("ação: it's"))
    'a\\X2\\00E700E3\\X0\\o: it''s'
    """
    out = ["'"]
    for run in re.findall(r"[ -~]+|[^ -~\U00010000-\U0010ffff]+|[\U00010000-\U0010ffff]+", text):
        if run[0] > "\uffff":
            out.append("\\X4\\" + "".join(f"{ord(c):08X}" for c in run) + "\\X0\\")
        elif " " <= run[0] <= "~":
            out.append(run.replace("\\", "\\\\").replace("'", "''"))
        else:
            out.append("\\X2\\" + "".join(f"{ord(c):04X}" for c in run) + "\\X0\\")
    return "".join([*out, "'"])


def real(number):
    """The shortest text of a float that reads back as the same float, with the decimal point that STEP demands.

    Parameters
    ----------
    number : float

    Returns
    -------
    str

    Raises
    ------
    DomainError
        NaN or infinite: STEP has no word for it.

    Examples
    --------
    >>> real(2.0), real(1e-05), real(-0.5), real(1e22)
    ('2.', '1.E-05', '-0.5', '1.E+22')
    """
    if not math.isfinite(number):
        raise DomainError(f"a STEP file can only hold finite numbers, got {number!r}")
    text = repr(float(number))
    mantissa, mark, exponent = text.partition("e")
    if mantissa.endswith(".0"):
        mantissa = mantissa[:-1]
    elif "." not in mantissa:
        mantissa += "."
    return mantissa + (f"E{exponent}" if mark else "")
