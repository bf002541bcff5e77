"""The meter of music that prints none, from how long its bars are."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from notation.score import Time

#: Usual meters by the length of their bar, the commonest first.
_USUAL = {
    Fraction(1): ("2", 8),
    Fraction(3, 2): ("3", 8),
    Fraction(2): ("2", 4),
    Fraction(3): ("3", 4),
    Fraction(4): ("4", 4),
    Fraction(9, 2): ("9", 8),
    Fraction(6): ("12", 8),
    Fraction(8): ("4", 2),
}


def guess_time(lengths: Counter[Fraction]) -> Time | None:
    """Return the meter of the commonest bar length, None where no bar was read; 3/4 for three quarters, not 6/8."""
    if not lengths:
        return None
    length = max(lengths, key=lambda one: (lengths[one], one))
    if length in _USUAL:
        return Time(*_USUAL[length])
    for beat_type in (4, 8, 16, 32):
        beats = length * beat_type / 4
        if beats.denominator == 1 and 0 < beats <= 64:
            return Time(str(beats.numerator), beat_type)
    return None
