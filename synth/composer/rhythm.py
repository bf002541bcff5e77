"""Rhythm: bars filled with notes, rests and tuplets that add up exactly, and the beams over them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from random import Random

from synth.composer.model import TYPES, Event, Meter, Tuplet, written
from synth.composer.taste import Taste

#: More events than this in one bar make it wider than a page.
MOST_EVENTS = 26
#: (actual, normal) that fit a beat of two, four, ... and a dotted beat of three, six, ... written units.
_PLAIN_TUPLETS = ((3, 2), (5, 4), (6, 4), (7, 4), (9, 8), (12, 8))
_DOTTED_TUPLETS = ((2, 3), (2, 3), (4, 3), (4, 6), (5, 6), (7, 6), (8, 6), (8, 6))


def fill_bar(meter: Meter, taste: Taste, rng: Random) -> list[Event]:
    """Return the events of one voice of a bar; those that are not `silent` still want pitches."""
    if rng.random() < taste.whole_bar_rest:
        return [Event(Fraction(0), meter.length, Fraction(1), whole_bar=True, silent=True)]
    tries = [_try_bar(meter, taste, rng) for _ in range(3)]
    fitting = [events for events in tries if len(events) <= MOST_EVENTS]
    return fitting[0] if fitting else min(tries, key=len)


def _try_bar(meter: Meter, taste: Taste, rng: Random) -> list[Event]:
    events: list[Event] = []
    onset = Fraction(0)
    for length in _merged(meter.groups, taste, rng):
        events += _beat(onset, length, taste, rng)
        onset += length
    return events


def _merged(groups: Iterable[Fraction], taste: Taste, rng: Random) -> list[Fraction]:
    """Join neighbouring beats now and then, where one note can have the joint length."""
    out: list[Fraction] = []
    for group in groups:
        joint = out[-1] + group if out else group
        fits = written(joint) is not None and joint <= taste.longest
        if out and fits and rng.random() < taste.merged_beats:
            out[-1] = joint
        else:
            out.append(group)
    return out


def _beat(onset: Fraction, length: Fraction, taste: Taste, rng: Random) -> list[Event]:
    if rng.random() < taste.tuplet:
        made = _tuplet(onset, length, taste, rng)
        if made:
            return made
    events = []
    for piece in _split(length, taste, rng):
        value, dots = written(piece) or (piece, 0)
        events.append(Event(onset, piece, value, dots, silent=rng.random() < taste.rest))
        onset += piece
    return events


def _split(length: Fraction, taste: Taste, rng: Random) -> list[Fraction]:
    """Return lengths that one note each can have and that add up to `length`."""
    if written(length) is not None and (length <= taste.longest) and not _wants_split(length, taste, rng):
        return [length]
    cuts = [cut for cut in _cuts(length) if min(cut) >= taste.shortest]
    if not cuts:
        return [length] if written(length) is not None else list(_cuts(length)[0])
    return [one for part in rng.choice(cuts) for one in _split(part, taste, rng)]


def _wants_split(length: Fraction, taste: Taste, rng: Random) -> bool:
    if length.numerator == 7:  # double dotted: its parts cannot all be written
        return False
    if length > taste.typical:
        return rng.random() < 0.8
    return rng.random() < (0.45 if length == taste.typical else 0.3)


def _cuts(length: Fraction) -> list[tuple[Fraction, ...]]:
    if length.numerator % 3 == 0:
        third = length / 3
        return [(2 * third, third), (third, 2 * third), (third, third, third)]
    if length.numerator == 5:
        fifth = length / 5
        return [(3 * fifth, 2 * fifth), (2 * fifth, 3 * fifth)]
    half, quarter, eighth = length / 2, length / 4, length / 8
    cuts: list[tuple[Fraction, ...]] = [(half, half), (half, half), (3 * quarter, quarter), (quarter, 3 * quarter)]
    return [*cuts, (quarter, half, quarter), (7 * eighth, eighth)]


def _tuplet(onset: Fraction, length: Fraction, taste: Taste, rng: Random) -> list[Event]:
    dotted = length.numerator % 3 == 0
    choices = [
        (actual, normal, length / normal)
        for actual, normal in (_DOTTED_TUPLETS if dotted else _PLAIN_TUPLETS)
        if length / normal in TYPES and length / normal >= Fraction(1, 64)
    ]
    if not choices:
        return []
    actual, normal, value = rng.choice(choices)
    tuplet = Tuplet(actual, normal, value, rng.random() < taste.bracket, True)
    events = []
    left = actual
    while left:
        units = 2 if left >= 2 and actual > 2 and rng.random() < 0.12 else 1
        share = value * units
        sounding = share * normal / actual
        silent = rng.random() < taste.rest / 2
        events.append(Event(onset, sounding, share, tuplet=tuplet, silent=silent))
        onset += sounding
        left -= units
    for edge, event in (("start", events[0]), ("stop", events[-1])):
        event.tuplet_edge = event.tuplet_edge | {edge}
    return events


def beam_bar(events: list[Event], groups: Iterable[Fraction]) -> None:
    """Set the beams of one voice: runs of notes below a quarter within one beat."""
    end = Fraction(0)
    for group in groups:
        start, end = end, end + group
        run: list[Event] = []
        for event in events:
            if start <= event.onset < end:
                if event.silent or event.value >= Fraction(1, 4):
                    beam_run(run)
                    run = []
                else:
                    run.append(event)
        beam_run(run)


def beam_run(run: list[Event]) -> None:
    """Set the beams of notes that are joined by at least the first beam; one note alone keeps its flag."""
    if len(run) < 2:
        return
    levels = [_levels(event.value) for event in run]
    for i, event in enumerate(run):
        event.beams = [_beam(levels, i, level) for level in range(1, levels[i] + 1)]


def _levels(value: Fraction) -> int:
    return value.denominator.bit_length() - 3  # 1/8 has one beam, 1/128 has five


def _beam(levels: list[int], i: int, level: int) -> str:
    left = i > 0 and levels[i - 1] >= level
    right = i + 1 < len(levels) and levels[i + 1] >= level
    if left and right:
        return "continue"
    if left or right:
        return "end" if left else "begin"
    return "backward hook" if i > 0 else "forward hook"
