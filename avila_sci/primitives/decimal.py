"""The float nearest to a number written in decimal, bit for bit what Python's `float` gives.

Three ways, the quick one first.  Up to 2^53 a mantissa is exact, and so is a power of ten up to 10^22: one
multiplication or division then rounds once, correctly (Clinger).  Else the mantissa times a 128-bit power of five
decides the result (Eisel and Lemire); it needs no second opinion up to 19 digits [3]_.  Of a longer mantissa the first
19 digits are tried rounded down and up: only when the two disagree is the caller told to ask `float`.

References
----------
.. [1] W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990.
.. [2] D. Lemire, "Number parsing at a gigabyte per second", Software: Practice and Experience 51 (2021).
.. [3] N. Mushtak, D. Lemire, "Fast number parsing without fallback", Software: Practice and Experience 53 (2023).
"""

import math

import numpy as np

from avila_sci.core.jit import kernel

_LOWEST, _HIGHEST = -342, 308  # decimal exponents beyond which 19 digits are zero or infinite


def _power_of_five(q):
    """First 128 bits of 5**q, rounded down for q >= 0 and up below, as [2]_ wants them."""
    power = 5 ** abs(q)
    if q >= 0:
        return power << 128 >> power.bit_length()
    bits = power.bit_length()  # no power of five is a power of two: this is the logarithm rounded up
    reciprocal = 2 ** (bits + 127 if q >= -27 else 2 * bits + 128) // power + 1
    return reciprocal >> max(0, reciprocal.bit_length() - 128)


_FIVES = np.array([divmod(_power_of_five(q), 1 << 64) for q in range(_LOWEST, _HIGHEST + 1)], np.uint64)
_TENS = 10.0 ** np.arange(23)

_0, _1, _3, _9, _10 = (np.uint64(k) for k in (0, 1, 3, 9, 10))
_32, _63 = np.uint64(32), np.uint64(63)
_ZERO = np.uint64(ord("0"))
_HALF = np.uint64(0xFFFFFFFF)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_NINE_BITS = np.uint64(0x1FF)
_EXACT = np.uint64(1 << 53)


@kernel
def _leading_zeros(word):
    count = np.uint64(0)
    for step in (32, 16, 8, 4, 2, 1):
        if word >> np.uint64(64 - step) == _0:
            word <<= np.uint64(step)
            count += np.uint64(step)
    return count


@kernel
def _product(a, b):
    """Upper and lower 64 bits of a * b."""
    a0, a1 = a & _HALF, a >> _32
    b0, b1 = b & _HALF, b >> _32
    low = a0 * b0
    cross = a0 * b1
    middle = a1 * b0 + (low >> _32) + (cross & _HALF)
    return a1 * b1 + (middle >> _32) + (cross >> _32), (middle << _32) | (low & _HALF)


@kernel
def _nearest(mantissa, exponent):
    """The float nearest to mantissa * 10**exponent (uint64, int64), ties to even; `mantissa` below 10^19."""
    if mantissa == _0 or exponent < _LOWEST:
        return 0.0
    if exponent > _HIGHEST:
        return np.inf
    zeros = _leading_zeros(mantissa)
    word = mantissa << zeros
    high, low = _product(word, _FIVES[exponent - _LOWEST, 0])
    if high & _NINE_BITS == _NINE_BITS:  # the bits to be rounded off may change: refine
        more, _ = _product(word, _FIVES[exponent - _LOWEST, 1])
        if more > _ALL - low:
            high += _1
            low = more - (_ALL - low) - _1
        else:
            low += more
    upper = high >> _63
    shift = upper + np.uint64(9)
    m = high >> shift
    # floor(q log2(10)) + 63 by a multiplication, exact over the range of q
    power = ((217706 * exponent) >> 16) + 63 + np.int64(upper) - np.int64(zeros) + 1023
    if power <= 0:  # subnormal
        if power <= -63:
            return 0.0
        m >>= np.uint64(1 - power)
        m += m & _1
        return math.ldexp(float(m >> _1), -1074)
    if low <= _1 and -4 <= exponent <= 23 and m & _3 == _1 and m << shift == high:
        m ^= _1  # exactly half way: to even
    m += m & _1
    if power + np.int64(m >> np.uint64(54)) >= 2047:  # rounding may have carried into one more bit
        return np.inf
    return math.ldexp(float(m >> _1), int(power) - 1075)


@kernel
def _read_number(text, p, end):
    """Read the number at text[p:end], ASCII bytes: sign, digits, point, digits, exponent, each but the digits optional.

    Returns (value, position after it, whether it has a point or an exponent, whether the value is certain).  Where
    there are no digits the position comes back unchanged.  An uncertain value is one of two neighbours.
    """
    begin = p
    negative = p < end and text[p] == 45
    if negative or (p < end and text[p] == 43):
        p += 1
    exponent = np.int64(0)
    mantissa = _0
    real = False
    long = False
    start = p
    while p < end and text[p] == 48:
        p += 1
    digits = p - start
    q = p
    stop = min(end, p + 19)
    while p < stop and np.uint64(text[p]) - _ZERO <= _9:
        mantissa = mantissa * _10 + (np.uint64(text[p]) - _ZERO)
        p += 1
    kept = p - q
    while p < end and 48 <= text[p] <= 57:  # beyond the 19th
        long = True
        p += 1
        exponent += 1
    digits += p - q
    if p < end and text[p] == 46:
        real = True
        p += 1
        start = p
        if kept == 0:
            while p < end and text[p] == 48:
                p += 1
        stop = min(end, p + 19 - kept)
        while p < stop and np.uint64(text[p]) - _ZERO <= _9:
            mantissa = mantissa * _10 + (np.uint64(text[p]) - _ZERO)
            p += 1
        exponent -= p - start
        while p < end and 48 <= text[p] <= 57:
            long = True
            p += 1
        digits += p - start
    if digits == 0:
        return 0.0, begin, False, True
    if p < end and (text[p] == 69 or text[p] == 101):
        q = p + 1
        minus = q < end and text[q] == 45
        if minus or (q < end and text[q] == 43):
            q += 1
        if q < end and 48 <= text[q] <= 57:
            real = True
            e = np.int64(0)
            while q < end and 48 <= text[q] <= 57:
                if e < 100_000_000_000_000_000:
                    e = e * 10 + (np.int64(text[q]) - 48)
                q += 1
            exponent += -e if minus else e
            p = q
    certain = True
    if mantissa <= _EXACT and -22 <= exponent <= 22 and not long:
        value = float(np.int64(mantissa))
        if exponent < 0:
            value /= _TENS[-exponent]
        else:
            value *= _TENS[exponent]
    else:
        value = _nearest(mantissa, exponent)
        if long:
            certain = value == _nearest(mantissa + _1, exponent)
    return -value if negative else value, p, real, certain
