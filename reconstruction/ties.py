"""Ties and slurs: arcs to the heads at their ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconstruction.chords import Chord
from reconstruction.heads import Head
from reconstruction.sheet import Glyph, Sheet

#: A tie's end lies beside or over its head, within these of the head's nearer edge and centre.
TIE_SIDE_SP = 1.6
TIE_RISE_SP = 1.7
#: A slur's end stands over or under its chord.
SLUR_SIDE_SP = 2.2
SLUR_RISE_SP = 9.0


@dataclass(slots=True)
class Ties:
    """Arcs as read. Heads by row; open ends run over the edge of a system."""

    pairs: list[tuple[Glyph, Head, Head]] = field(default_factory=list)
    open_right: list[tuple[Glyph, Head]] = field(default_factory=list)  # the second head is on the next system
    open_left: list[tuple[Glyph, Head]] = field(default_factory=list)
    slurs: list[Glyph] = field(default_factory=list)


def link_ties(sheet: Sheet, chords: list[Chord], edges: dict[int, tuple[float, float]]) -> Ties:
    """Match every tie to the two heads that it joins; `edges` gives first and last content x of each staff's system.

    A tie that joins no two heads of one height is handed on as a slur.
    """
    heads = [head for chord in chords for head in chord.heads]
    column = {head.glyph.row: chord.x for chord in chords for head in chord.heads}
    ties = Ties(slurs=sheet.named("slur"))
    offers = []
    arcs = sheet.named("tie")
    for arc in arcs:
        offers += _offers(sheet, arc, heads)
    used_arc: set[int] = set()
    starts: set[int] = set()
    stops: set[int] = set()
    offers.sort(key=lambda one: (one[0], one[1], one[2].glyph.row, one[3].glyph.row))
    for _, row, left, right, arc in offers:
        if row in used_arc or left.glyph.row in starts or right.glyph.row in stops:
            continue
        if column[left.glyph.row] >= column[right.glyph.row]:
            continue
        used_arc.add(row)
        starts.add(left.glyph.row)
        stops.add(right.glyph.row)
        ties.pairs.append((arc, left, right))
    for arc in arcs:
        if arc.row not in used_arc:
            _open_end(sheet, arc, heads, edges, starts, stops, ties)
    return ties


def _rise(sheet: Sheet, arc: Glyph, head: Head, x: float) -> float:
    y = arc.y_at(min(max(x, arc.x0), arc.x1))
    return abs(y - head.glyph.cy) / sheet.space_px


def _left_cost(sheet: Sheet, arc: Glyph, head: Head) -> float | None:
    side = abs(arc.x0 - head.glyph.x1) / sheet.space_px
    rise = _rise(sheet, arc, head, arc.x0)
    return side * 0.5 + rise if side < TIE_SIDE_SP and rise < TIE_RISE_SP else None


def _right_cost(sheet: Sheet, arc: Glyph, head: Head) -> float | None:
    side = abs(arc.x1 - head.glyph.x0) / sheet.space_px
    rise = _rise(sheet, arc, head, arc.x1)
    return side * 0.5 + rise if side < TIE_SIDE_SP and rise < TIE_RISE_SP else None


def _offers(sheet: Sheet, arc: Glyph, heads: list[Head]) -> list[tuple[float, int, Head, Head, Glyph]]:
    left = [(cost, head) for head in heads if (cost := _left_cost(sheet, arc, head)) is not None]
    right = [(cost, head) for head in heads if (cost := _right_cost(sheet, arc, head)) is not None]
    return [
        (first + second, arc.row, a, b, arc)
        for first, a in left
        for second, b in right
        if a.position == b.position and a.staff == b.staff and a is not b
    ]


def _open_end(
    sheet: Sheet,
    arc: Glyph,
    heads: list[Head],
    edges: dict[int, tuple[float, float]],
    starts: set[int],
    stops: set[int],
    ties: Ties,
) -> None:
    """A tie with one head at the edge of its system goes on there; any other is a slur."""
    left = [(cost, head) for head in heads if (cost := _left_cost(sheet, arc, head)) is not None]
    right = [(cost, head) for head in heads if (cost := _right_cost(sheet, arc, head)) is not None]
    staff = sheet.staff_of(arc)
    first, last = edges.get(staff if staff is not None else -1, (0.0, 0.0))
    slack = sheet.space_px
    left = [one for one in left if one[1].glyph.row not in starts]
    right = [one for one in right if one[1].glyph.row not in stops]
    if left and arc.x1 > last:
        head = min(left, key=lambda one: one[0])[1]
        starts.add(head.glyph.row)
        ties.open_right.append((arc, head))
    elif right and arc.x0 < first + slack:
        head = min(right, key=lambda one: one[0])[1]
        stops.add(head.glyph.row)
        ties.open_left.append((arc, head))
    else:
        ties.slurs.append(arc)


def slur_ends(sheet: Sheet, slur: Glyph, chords: list[Chord]) -> tuple[Chord | None, Chord | None]:
    """The chords under the left and the right end of a slur, None where it runs over the edge of the system."""
    return _slur_end(sheet, slur, slur.x0, chords), _slur_end(sheet, slur, slur.x1, chords)


def _slur_end(sheet: Sheet, slur: Glyph, x: float, chords: list[Chord]) -> Chord | None:
    y = slur.y_at(x)
    best: tuple[float, Chord] | None = None
    for chord in chords:
        side = abs(chord.x - x) / sheet.space_px
        if chord.is_rest or side > SLUR_SIDE_SP:
            continue
        tops = [head.glyph.cy for head in chord.heads] + ([chord.stem.tip] if chord.stem else [])
        rise = min(abs(top - y) for top in tops) / sheet.space_px
        cost = side + 0.5 * rise
        if rise < SLUR_RISE_SP and (best is None or cost < best[0]):
            best = (cost, chord)
    return best[1] if best else None
