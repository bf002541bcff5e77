"""Augmentation dots and accidentals to their heads, articulations and other marks to their chords."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from reconstruction.chords import Chord
from reconstruction.heads import Head
from reconstruction.sheet import Glyph, Sheet

#: A dot stands right of its head or rest, its left edge within this; flags and seconds push it outwards.
DOT_REACH_SP = 2.6
#: The first dot of a head must stand this near; farther ones follow a nearer dot.
DOT_HEIGHT = 1.6  # staff positions between the dot and its head, a head on a line moves its dot by 1
#: An accidental's right edge lies within this left of its head; stacked accidentals stand in several columns.
ACCIDENTAL_REACH_SP = 5.5
ACCIDENTAL_HEIGHT = 0.9  # staff positions
FLAT_RISE = 1.06
#: Marks stand above or below their chord, their centres within this sideways.
MARK_SIDE_SP = 1.2
MARK_FAR_SP = 9.0
#: What a mark on the other side than its class says costs, staff spaces.
WRONG_SIDE = 3.0


def link_dots(sheet: Sheet, chords: list[Chord]) -> dict[int, int]:
    """Give dots to chords and set `Chord.dots`; return head or rest row by dot row."""
    owners: dict[int, int] = {}
    counts: dict[tuple[int, int], list[Glyph]] = defaultdict(list)
    by_row = {}
    for dot in sheet.named("augmentationDot"):
        offers = [offer for chord in chords if (offer := _dot_cost(sheet, chord, dot)) is not None]
        if not offers:
            continue
        _, row, chord = min(offers, key=lambda one: one[:2])
        owners[dot.row] = row
        by_row[id(chord)] = chord
        counts[(id(chord), round(dot.cy / (0.5 * sheet.space_px)))].append(dot)
        chord.dot_rows.append(dot.row)
        chord.dot_score = min(chord.dot_score, dot.score)
    for (key, _), dots in counts.items():
        columns = _columns([dot.cx for dot in dots], 0.35 * sheet.space_px)
        by_row[key].dots = min(4, max(by_row[key].dots, columns))
    return owners


def _columns(xs: list[float], gap_px: float) -> int:
    ordered = sorted(xs)
    return 1 + sum(b - a > gap_px for a, b in pairwise(ordered)) if ordered else 0


def _dot_cost(sheet: Sheet, chord: Chord, dot: Glyph) -> tuple[float, int, Chord] | None:
    space = sheet.space_px
    if not -1.0 * space < dot.cx - chord.x < (DOT_REACH_SP + 3.5) * space:
        return None
    height = sheet.position(chord.staff, dot)
    if chord.rest is not None:
        gap = (dot.x0 - chord.rest.x1) / space
        off = abs(height - 1) if abs(chord.position) < 2 else abs(height - chord.position) * 0.7
        if -0.3 < gap < DOT_REACH_SP and off < 2.5:
            return (gap + 0.5 * off, chord.rest.row, chord)
        return None
    best = None
    right = max(head.glyph.x1 for head in chord.heads)
    for head in chord.heads:
        height = sheet.position(head.staff, dot)
        gap = (dot.x0 - head.glyph.x1) / space
        reach = DOT_REACH_SP + (right - head.glyph.x1) / space
        off = abs(height - head.position)
        if head.position % 2 == 0:  # on a line: the dot moves into the space above, below in a lower voice
            off = min(abs(off - 1), off) if height > head.position else min(abs(off - 1) + 0.2, off)
        if -0.3 < gap < reach and off < DOT_HEIGHT:
            cost = gap * 0.5 + off
            if best is None or cost < best[0]:
                best = (cost, head.glyph.row, chord)
    return best


def link_accidentals(sheet: Sheet, heads: list[Head], stray: Sequence[Glyph] = ()) -> dict[int, Glyph]:
    """Return the accidental of each head by the head's row; every accidental goes to one head.

    `stray` are further accidentals, which were detected as something else.
    """
    offers = []
    space = sheet.space_px
    ordered = sorted(heads, key=lambda one: one.glyph.cx)
    for sign in (*sheet.starting("accidental"), *stray):
        if sign.name == "accidentalParenthesis":
            continue
        rise = FLAT_RISE if "Flat" in sign.name else 0.0
        for head in ordered:
            gap = (head.glyph.x0 - sign.x1) / space
            if gap > ACCIDENTAL_REACH_SP:
                break
            if gap < -0.5:
                continue
            off = abs(sheet.position(head.staff, sign) - rise - head.position)
            if off < ACCIDENTAL_HEIGHT:
                size = 0.0 if head.small == sign.name.endswith("Small") else 0.3
                offers.append((off + 0.35 * max(gap, 0.0) + size, sign.row, head.glyph.row, sign))
    taken: dict[int, Glyph] = {}
    used: set[int] = set()
    for _, row, head_row, sign in sorted(offers, key=lambda one: one[:3]):
        if row not in used and head_row not in taken:
            taken[head_row] = sign
            used.add(row)
    return taken


def link_marks(sheet: Sheet, chords: list[Chord], *prefixes: str) -> list[tuple[Chord, Glyph]]:
    """Give every mark (articulation, fermata, ornament...) the chord nearest above or below it."""
    space = sheet.space_px
    pairs = []
    for mark in sheet.starting(*prefixes):
        best: tuple[float, Chord] | None = None
        for chord in chords:
            side = abs(chord.x - mark.cx) / space
            if side > MARK_SIDE_SP or chord.small:
                continue
            far = _distance(chord, mark) / space
            under = _middle(chord) < mark.cy
            wrong = WRONG_SIDE * (("Above" in mark.name and under) or ("Below" in mark.name and not under))
            cost = far + side + wrong
            if far < MARK_FAR_SP and (best is None or cost < best[0]):
                best = (cost, chord)
        if best is not None:
            pairs.append((best[1], mark))
    return pairs


def _middle(chord: Chord) -> float:
    glyphs = [chord.rest] if chord.rest is not None else [head.glyph for head in chord.heads]
    return sum(one.cy for one in glyphs) / len(glyphs)


def _distance(chord: Chord, mark: Glyph) -> float:
    """Vertical distance from the mark to the nearest ink of the chord, px."""
    glyphs = [chord.rest] if chord.rest is not None else [head.glyph for head in chord.heads]
    if chord.stem is not None:
        glyphs.append(chord.stem.glyph)
    y0, y1 = min(one.y0 for one in glyphs), max(one.y1 for one in glyphs)
    return max(y0 - mark.cy, mark.cy - y1, 0.0)
