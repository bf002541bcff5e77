"""The meters: every digit of a time signature occurs."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from synth.composer.model import Meter
from synth.composer.taste import Taste


def _even(beats: int, beat_type: int, per_group: int, symbol: str | None = None) -> Meter:
    groups = (Fraction(per_group, beat_type),) * (beats // per_group)
    return Meter(str(beats), beat_type, groups, symbol)


def _added(beats: str, beat_type: int, counts: tuple[int, ...]) -> Meter:
    return Meter(beats, beat_type, tuple(Fraction(count, beat_type) for count in counts))


METERS: dict[str, Meter] = {
    "C": _even(4, 4, 1, "common"),
    "C|": _even(2, 2, 1, "cut"),
    "2/4": _even(2, 4, 1),
    "3/4": _even(3, 4, 1),
    "4/4": _even(4, 4, 1),
    "5/4": _even(5, 4, 1),
    "6/4": _even(6, 4, 1),
    "7/4": _even(7, 4, 1),
    "8/4": _even(8, 4, 1),
    "2/1": _even(2, 1, 1),
    "2/2": _even(2, 2, 1),
    "3/2": _even(3, 2, 1),
    "4/2": _even(4, 2, 1),
    "2/8": _even(2, 8, 1),
    "3/8": _even(3, 8, 3),
    "6/8": _even(6, 8, 3),
    "9/8": _even(9, 8, 3),
    "12/8": _even(12, 8, 3),
    "5/8": _added("5", 8, (3, 2)),
    "7/8": _added("7", 8, (2, 2, 3)),
    "10/8": _added("10", 8, (3, 3, 2, 2)),
    "3+2/8": _added("3+2", 8, (3, 2)),
    "2+3/8": _added("2+3", 8, (2, 3)),
    "3+3+2/8": _added("3+3+2", 8, (3, 3, 2)),
    "3+2/4": _added("3+2", 4, (1, 1, 1, 1, 1)),
    "4/16": _even(4, 16, 2),
    "5/16": _added("5", 16, (3, 2)),
    "6/16": _even(6, 16, 3),
    "9/16": _even(9, 16, 3),
    "10/16": _added("10", 16, (3, 3, 2, 2)),
    "15/16": _even(15, 16, 3),
}


def pick_meter(taste: Taste, rng: Random) -> Meter:
    """Return a meter that suits the taste."""
    return METERS[rng.choice(taste.meters or tuple(METERS))]
