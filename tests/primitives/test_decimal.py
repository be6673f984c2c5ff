"""Decimal digits to the nearest float: Python's `float` is the oracle, to the last bit."""

import random
import struct

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from avila_sci.core.jit import COMPILED
from avila_sci.primitives.decimal import _read_number


def bits(number):
    return struct.pack("<d", number)


def read(text):
    raw = np.frombuffer(text.encode(), np.uint8)
    return _read_number(raw, 0, raw.size)


def check(text):
    """The value is `float`'s, or said to be uncertain and within one step of it."""
    value, after, real, certain = read(text)
    assert after == len(text)
    assert real == any(c in text for c in ".eE")
    if certain:
        assert bits(value) == bits(float(text)), text
    else:
        assert value in (float(text), np.nextafter(float(text), np.inf), np.nextafter(float(text), -np.inf)), text
    return certain


HARD = [
    "0", "-0.", "+0.0", "0e5", "1.", ".5", "-.5E-3", "5e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
    "2.2250738585072011e-308", "2.2250738585072014e-308", "1.7976931348623157e308", "1.7976931348623159e308",
    "9007199254740993", "9007199254740992.", "9007199254740991e22", "9007199254740991e23", "1e22", "1e23", "8.5e22",
    "18446744073709551615", "9999999999999999999", "1e400", "1e-400", "4503599627370496.5", "4503599627370497.5",
    "6.631236846766476e-316", "1e-9999999999999999999999", "0e9999999999999999999999", "1" + "0" * 400, "." + "0" * 400,
    "0.000000000000000000000000000000000012345678901234567890123", "123456789012345678901234567890",
    "00000000000000000001.5",
    "0.00000000000000000000000000000000000000000000000001",
]  # fmt: skip


@pytest.mark.parametrize("text", HARD)
def test_hard_numbers(text):
    check(text)


@settings(deadline=None, max_examples=2000 if COMPILED else 200)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_comes_back_from_its_shortest_text(number):
    assert check(repr(number))


@settings(deadline=None, max_examples=2000 if COMPILED else 200)
@given(st.from_regex(r"[+-]?([0-9]{1,25}\.?[0-9]{0,25}|\.[0-9]{1,25})([eE][+-]?[0-9]{1,4})?", fullmatch=True))
@example("9007199254740993.00000000000000000000000000000000000001")
def test_any_digits(text):
    check(text)


def test_halfway_cases_go_to_even():
    """Mantissas of 54 bits that end in 1 lie exactly between two floats."""
    rng = random.Random(3)
    for _ in range(2000):
        assert check(str((2 * rng.getrandbits(53) + 1) << rng.randint(0, 9)) + ".")


def test_nineteen_digits_are_always_certain_and_longer_ones_nearly_so():
    rng = random.Random(4)
    longer = 0
    for _ in range(3000):
        assert check(f"{rng.randint(10**18, 10**19 - 1)}e{rng.randint(-345, 310)}")
        longer += not check(f"{rng.randint(10**24, 10**25 - 1)}e{rng.randint(-300, 280)}")
    assert longer < 30


@pytest.mark.parametrize(
    ("text", "after"), [("12,3", 2), ("1.5)", 3), ("1e5.", 3), ("1e", 1), ("2E+;", 1), ("1.2.3", 3)]
)
def test_it_stops_where_the_number_ends(text, after):
    value, position, _, _ = read(text)
    assert position == after
    assert value == float(text[:after])


@pytest.mark.parametrize("text", ["", "-", "+", ".", "-.", "e5", "abc", "#1", "+-1"])
def test_no_digits_is_no_number(text):
    assert read(text)[1] == 0
