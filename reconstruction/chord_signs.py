"""Arpeggios before their chords, and fingerings to their heads."""

from __future__ import annotations

from collections import defaultdict
from itertools import zip_longest
from math import inf
from typing import Literal

from notation.score import Fingering
from reconstruction.chords import Chord
from reconstruction.heads import Head
from reconstruction.sheet import Glyph, Sheet

#: The wavy line ends this near left of its chord, accidentals between them.
ARPEGGIO_REACH_SP = 5.0
#: It may end within the chord's columns, where heads of seconds stand left of the stem.
ARPEGGIO_WITHIN_SP = 0.6
#: Chords of one column are this near to each other sideways.
COLUMN_SP = 1.6
#: A head belongs to an arpeggio that reaches this near to it.
ARPEGGIO_OVER_SP = 0.6
#: A digit stands above or below its chord, its middle within this sideways and so far from the chord's ink.
DIGIT_SIDE_SP = 1.3
DIGIT_FAR_SP = 6.0
#: Or right before a head or after it, at its height.
BESIDE_SP = 1.2
BESIDE_HEIGHT_SP = 0.75


def link_arpeggios(sheet: Sheet, chords: list[Chord]) -> list[tuple[Chord, Glyph]]:
    """Give every wavy line to the chords of the nearest column to its right that it reaches, on one staff or two."""
    pairs = []
    for line in sheet.named("arpeggiato"):
        gaps = [(gap, chord) for chord in chords if (gap := _gap_sp(sheet, line, chord)) is not None]
        nearest = min((chord.x for _, chord in gaps), default=0.0)
        pairs += [(chord, line) for _, chord in gaps if chord.x - nearest < COLUMN_SP * sheet.space_px]
    return pairs


def _gap_sp(sheet: Sheet, line: Glyph, chord: Chord) -> float | None:
    """Return how far a chord stands right of a wavy line, in staff spaces; None where it cannot be meant."""
    over = ARPEGGIO_OVER_SP * sheet.space_px
    if chord.small or not any(line.y0 - over < head.glyph.cy < line.y1 + over for head in chord.heads):
        return None
    gap = (min(head.glyph.x0 for head in chord.heads) - line.x1) / sheet.space_px
    return gap if -ARPEGGIO_WITHIN_SP < gap < ARPEGGIO_REACH_SP else None


def link_fingerings(sheet: Sheet, chords: list[Chord]) -> list[tuple[Head, Glyph]]:
    """Give every digit to a head: of a pile, from the top down, to the heads of its chord from the top down.

    A pile above a chord begins at its highest head, one below it ends at its lowest; digits beyond the heads go to the
    last one.
    """
    pairs: list[tuple[Head, Glyph]] = []
    above: dict[int, list[Glyph]] = defaultdict(list)
    below: dict[int, list[Glyph]] = defaultdict(list)
    sounding = [chord for chord in chords if chord.heads]
    for digit in sheet.starting("fingering"):
        beside = _beside(sheet, sounding, digit)
        if beside is not None:
            pairs.append((beside, digit))
            continue
        costs = [(_digit_cost(sheet, chord, digit), index) for index, chord in enumerate(sounding)]
        cost, index = min(costs, default=(inf, 0))
        if cost < inf:
            side = above if digit.cy < min(head.glyph.cy for head in sounding[index].heads) else below
            side[index].append(digit)
    for index, digits in above.items():
        pairs += _piled(_from_top(sounding[index]), sorted(digits, key=lambda one: one.cy))
    for index, digits in below.items():
        pairs += _piled(_from_top(sounding[index])[::-1], sorted(digits, key=lambda one: -one.cy))[::-1]
    return pairs


def fingering_of(digit: Glyph, head: Glyph) -> Fingering:
    """Return what a digit says at the head that it belongs to."""
    beside = abs(head.cy - digit.cy) < BESIDE_HEIGHT_SP * (head.y1 - head.y0)  # a head is one staff space high
    placement: Literal["above", "below"] = "above" if digit.cy < head.cy else "below"
    return Fingering(digit.name.removeprefix("fingering"), None if beside else placement)


def _from_top(chord: Chord) -> list[Head]:
    return sorted(chord.heads, key=lambda head: head.glyph.cy)


def _piled(heads: list[Head], digits: list[Glyph]) -> list[tuple[Head, Glyph]]:
    return [(head or heads[-1], digit) for head, digit in zip_longest(heads, digits) if digit is not None]


def _beside(sheet: Sheet, chords: list[Chord], digit: Glyph) -> Head | None:
    """Return the head that a digit stands right before or after, at its height."""
    space = sheet.space_px
    found = []
    for chord in chords:
        for head in chord.heads:
            gap = max(head.glyph.x0 - digit.x1, digit.x0 - head.glyph.x1) / space
            if -0.3 < gap < BESIDE_SP and abs(head.glyph.cy - digit.cy) < BESIDE_HEIGHT_SP * space:
                found.append((gap, head.glyph.row, head))
    return min(found, key=lambda one: one[:2])[2] if found else None


def _digit_cost(sheet: Sheet, chord: Chord, digit: Glyph) -> float:
    """Return how badly a digit suits a chord that it stands above or below, in staff spaces; infinite if not at all."""
    space = sheet.space_px
    glyphs = [head.glyph for head in chord.heads] + ([chord.stem.glyph] if chord.stem is not None else [])
    side = min(abs(digit.cx - one.cx) for one in glyphs) / space
    far = max(min(one.y0 for one in glyphs) - digit.cy, digit.cy - max(one.y1 for one in glyphs), 0.0) / space
    return far + side if side < DIGIT_SIDE_SP and far < DIGIT_FAR_SP else inf
