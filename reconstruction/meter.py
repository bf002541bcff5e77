"""The meter of music that prints none: the one under which its bars cost least."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from notation.score import Time
from reconstruction.chords import Chord
from reconstruction.repair import cost_with_triplets
from reconstruction.rhythm import GOOD, GREEDY, TICKS, BarTask, Placement, solve

#: Usual meters by the length of their bar.
_USUAL = {
    Fraction(1): ("2", 8),
    Fraction(3, 2): ("3", 8),
    Fraction(2): ("2", 4),
    Fraction(4): ("4", 4),
    Fraction(9, 2): ("9", 8),
    Fraction(8): ("4", 2),
}
#: Bar lengths with a compound and a simple meter; the beats of one begin at 3/2, those of the other at 1 and 2.
_TWOFOLD = {Fraction(3): (Time("6", 8), Time("3", 4)), Fraction(6): (Time("12", 8), Time("3", 2))}
#: Bar lengths that are tried, the commonest first.
MOST_LENGTHS = 4
#: A bar tells against a length by this at most: one bar may be a pick-up, or hold a misread sign.
MOST_COST = 3.0
#: A length that only triplets make counts this much of one that is printed.
TRIPLET_VOTE = 0.5

#: The bars of a page part by part, each without a length.
PartBars = Sequence[tuple[BarTask, Sequence[Chord]]]


def guess_time(bars: PartBars) -> Time | None:
    """Return the meter that the bars fit best, None where no bar was read."""
    lengths = _candidates(bars)
    if len(lengths) > 1:
        prices = {length: sum(_cost(task, chords, length) for task, chords in bars) for length in lengths}
        lengths.sort(key=lambda length: round(prices[length], 6))
    if not lengths:
        return None
    return _by_beats(bars, lengths[0]) or time_of(Fraction(lengths[0], TICKS))


def _by_beats(bars: PartBars, length: int) -> Time | None:
    """Tell 6/8 from 3/4, and 12/8 from 3/2, by where beams and longer notes begin; None for other lengths."""
    meters = _TWOFOLD.get(Fraction(length, TICKS))
    if meters is None:
        return None
    votes: Counter[Fraction] = Counter()
    for task, chords in bars:
        placed = solve(replace(task, length=length), GREEDY)
        if placed.cost <= GOOD:
            votes += Counter(at % 3 for at in _starts(placed, chords))
    compound, simple = votes[Fraction(3, 2)], votes[Fraction(1)] + votes[Fraction(2)]
    return meters[0] if compound > simple else meters[1]


def _starts(placed: Placement, chords: Sequence[Chord]) -> list[Fraction]:
    """Onsets in quarters of the beams of a bar, and of its notes of a quarter and more."""
    firsts: dict[int, int] = {}
    found = []
    for chord in chords:
        at = placed.onsets.get(id(chord))
        if at is None or chord.is_rest:
            continue
        if chord.group is not None:
            firsts[chord.group] = min(at, firsts.get(chord.group, at))
        elif chord.written_ql >= 1:
            found.append(at)
    return [Fraction(at, TICKS) for at in (*found, *firsts.values())]


def time_of(length_ql: Fraction) -> Time | None:
    """Return the usual meter of a bar length, None for lengths that no meter has."""
    if length_ql in _USUAL:
        return Time(*_USUAL[length_ql])
    for beat_type in (4, 8, 16, 32):
        beats = length_ql * beat_type / 4
        if beats.denominator == 1 and 0 < beats <= 64:
            return Time(str(beats.numerator), beat_type)
    return None


def _candidates(bars: PartBars) -> list[int]:
    """Lengths in ticks, by how many bars have them as printed, or would have them in triplets."""
    votes: Counter[int] = Counter()
    for task, _ in bars:
        free = solve(task, GREEDY)
        if free.cost <= GOOD:
            votes[free.length] += 1
            votes[free.length * 2 // 3] += TRIPLET_VOTE  # type: ignore[assignment]
    known = [one for one in sorted(votes, key=lambda one: (-votes[one], -one)) if time_of(Fraction(one, TICKS))]
    return known[:MOST_LENGTHS]


def _cost(task: BarTask, chords: Sequence[Chord], length: int) -> float:
    return min(cost_with_triplets(replace(task, length=length), chords), MOST_COST)
