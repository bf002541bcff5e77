"""Ties and slurs: arcs to the heads at their ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import networkx as nx

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


@dataclass(frozen=True, slots=True)
class _Offer:
    """An arc that might join two heads, of two chords, at a cost."""

    cost: float
    arc: Glyph
    left: Head
    right: Head
    chords: tuple[int, int]


def link_ties(sheet: Sheet, chords: list[Chord], edges: dict[int, tuple[float, float]]) -> Ties:
    """Match every tie to the two heads that it joins; `edges` gives first and last content x of each staff's system.

    A tie that joins no two heads of one height is handed on as a slur. A slur between two chords that are tied is a tie
    where it joins two more of their heads.
    """
    heads = [(head, chord) for chord in chords for head in chord.heads]
    arcs, slurs = sheet.named("tie"), sheet.named("slur")
    offers = [offer for arc in arcs for offer in _offers(sheet, arc, heads)]
    tied = {offer.chords for offer in _most(offers)}
    offers += [offer for arc in slurs for offer in _offers(sheet, arc, heads) if offer.chords in tied]
    chosen = _most(offers)
    used = {offer.arc.row for offer in chosen}
    starts, stops = {offer.left.glyph.row for offer in chosen}, {offer.right.glyph.row for offer in chosen}
    pairs = [(offer.arc, offer.left, offer.right) for offer in chosen]
    ties = Ties(pairs, slurs=[arc for arc in slurs if arc.row not in used])
    for arc in arcs:
        if arc.row not in used:
            _open_end(sheet, arc, [head for head, _ in heads], edges, starts, stops, ties)
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


def _offers(sheet: Sheet, arc: Glyph, heads: list[tuple[Head, Chord]]) -> list[_Offer]:
    left = [(cost, *one) for one in heads if (cost := _left_cost(sheet, arc, one[0])) is not None]
    right = [(cost, *one) for one in heads if (cost := _right_cost(sheet, arc, one[0])) is not None]
    return [
        _Offer(first + second, arc, a, b, (id(before), id(after)))
        for first, a, before in left
        for second, b, after in right
        if a.position == b.position and a.staff == b.staff and before.x < after.x
    ]


def _most(offers: list[_Offer]) -> list[_Offer]:
    """Choose offers: as many arcs as can be, each with heads of its own, then those that suit best.

    The arcs of a chord lie above or below their heads, often nearer to the next one, so each arc alone would err.
    """
    graph: nx.Graph[tuple[str, int]] = nx.Graph()
    best: dict[tuple[int, int], _Offer] = {}
    for offer in sorted(offers, key=_rank):
        if best.setdefault((offer.arc.row, offer.left.glyph.row), offer) is offer:
            graph.add_edge(("arc", offer.arc.row), ("head", offer.left.glyph.row), weight=-offer.cost)
    joined = (dict(edge) for edge in nx.max_weight_matching(graph, maxcardinality=True))
    by_right: dict[int, _Offer] = {}
    for offer in sorted((best[one["arc"], one["head"]] for one in joined), key=_rank):
        by_right.setdefault(offer.right.glyph.row, offer)
    return list(by_right.values())


def _rank(offer: _Offer) -> tuple[float, int, int, int]:
    return offer.cost, offer.arc.row, offer.left.glyph.row, offer.right.glyph.row


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
