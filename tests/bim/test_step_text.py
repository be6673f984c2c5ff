"""Strings and numbers of STEP, both ways."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avila_sci.bim.step_text import decode, encode, real
from avila_sci.core.errors import DomainError


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"''", ""),
        (b"'it''s'", "it's"),
        (b"''''", "'"),
        (b"''''''", "''"),
        (rb"'a\\b'", r"a\b"),
        (rb"'\\X\\41'", r"\X\41"),  # an escaped backslash begins no directive
        (rb"'\X\E9t\X\E9'", "été"),
        (rb"'\X2\00E700E3\X0\o'", "ção"),
        (rb"'\X2\30C930A2\X0\ \X2\7A93\X0\'", "ドア 窓"),
        (rb"'\X2\D83CDFE0\X0\'", "\U0001f3e0"),  # two surrogates are one sign
        (rb"'\X4\0001F3E0\X0\'", "\U0001f3e0"),
        (rb"'\X2\\X0\'", ""),
        (rb"'\S\d'", "ä"),  # d + 128 in ISO 8859-1
        (rb"'\PE\\S\1\S\2'", "БВ"),  # b1 and b2 in ISO 8859-5
        (rb"'\PG\\S\a \PA\\S\a'", "α á".replace("α", b"\xe1".decode("iso8859_7"))),
        ("'é'".encode(), "é"),
        (b"'\xe9'", "é"),
        (b"'\x80'", "€"),  # Windows-1252, not ISO 8859-1
        (rb"'C:\Users\new'", r"C:\Users\new"),
        (rb"'\X2\00E7'", r"\X2\00E7"),  # never ended: stays
        (rb"'\X\G1'", r"\X\G1"),
        (b"'a\r\nb'", "ab"),  # a line break is no part of a string
        (b"'cut", "cut"),
        (b"'", ""),
        (b"", ""),
        (rb"'\N\'", r"\N" + "\\"),
    ],
)
def test_decoding(raw, text):
    assert decode(raw) == text


def test_a_lone_surrogate_is_replaced_not_passed_on():
    assert decode(rb"'\X2\D83C\X0\'") == "\ufffd"
    assert decode(rb"'\X4\0000D83C\X0\'") == "\ufffd"
    assert decode(rb"'\X4\7FFFFFFF\X0\'") == "\ufffd"


@pytest.mark.parametrize("page", range(1, 10))
def test_the_nine_pages_are_those_of_iso_8859(page):
    letter = chr(64 + page)
    for c in range(0x21, 0x7F):
        if chr(c) in "'\\":
            continue
        wanted = bytes([c + 128]).decode(f"iso8859_{page}", "replace")
        assert decode(f"'\\P{letter}\\\\S\\{chr(c)}'".encode()) == wanted


@settings(deadline=None, max_examples=500)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_written_comes_back(text):
    written = encode(text)
    assert decode(written.encode("ascii")) == text
    assert re.fullmatch(r"'(?:[ -&(-~]|'')*'", written)


@settings(deadline=None, max_examples=500)
@given(st.binary(max_size=80))
def test_any_bytes_decode_to_text_that_utf8_can_hold(raw):
    decode(raw).encode("utf-8")


@settings(deadline=None, max_examples=500)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_real_is_valid_step_and_comes_back_exactly(number):
    text = real(number)
    assert re.fullmatch(r"[+-]?[0-9]+\.[0-9]*(E[+-]?[0-9]+)?", text)  # ISO 10303-21, REAL
    assert float(text) == number
    assert math.copysign(1.0, float(text)) == math.copysign(1.0, number)
    assert len(text) <= len(repr(number)) + 1


@pytest.mark.parametrize(
    ("number", "text"), [(0.0, "0."), (-0.0, "-0."), (1, "1."), (0.1, "0.1"), (1e-05, "1.E-05"), (1.5e300, "1.5E+300")]
)
def test_reals_as_they_are_written(number, text):
    assert real(number) == text


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused(number):
    with pytest.raises(DomainError, match="finite numbers, got"):
        real(number)
