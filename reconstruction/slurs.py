"""Slurs to the events at their ends, over the ends of lines too, numbered as MusicXML tells them apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from notation.score import Event
from reconstruction.chords import Chord
from reconstruction.page_links import PageLinks
from reconstruction.sheet import Glyph
from reconstruction.ties import slur_ends

#: MusicXML tells slurs that sound together apart by numbers from 1 to 6.
MOST_SLURS = 6
#: A slur that reaches so far before the first or beyond the last chord of its line, staff spaces, goes on in another.
OVER_SP = 1.2

#: Where a chord stands: its line, counted through the score, and x in px.
_Where: TypeAlias = tuple[int, float]


@dataclass(frozen=True, slots=True)
class _Arc:
    """A slur as one line shows it: the chords under its ends, and whether it comes from or goes to another line.

    `staff` is the row of the nearest staff; an end without a chord belongs to it.
    """

    links: PageLinks
    glyph: Glyph
    staff: int
    first: Chord | None
    last: Chord | None
    from_before: bool
    goes_on: bool


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the score: its number, the place of each staff row in it from the top, and its chords' x."""

    number: int
    places: Mapping[int, int]
    first_px: float
    last_px: float


class Slurs:
    """The slurs of all pages of a score.

    Args:
        links: the pages, in order.
        events: the event of every chord that is in the score, and its part, by the chord's identity.
    """

    def __init__(self, links: Sequence[PageLinks], events: Mapping[int, tuple[int, Event]]) -> None:
        self._events = events
        self._lines = _lines(links)
        self._arcs = [arc for page in links for arc in self._arcs_of(page)]

    def write(self) -> list[tuple[PageLinks, int]]:
        """Write the slurs that found both ends into events and graphs; return page and row of each arc of them."""
        written: list[tuple[PageLinks, int]] = []
        busy: dict[int, list[tuple[_Where, int]]] = defaultdict(list)
        ends = [(arcs, arcs[0].first, arcs[-1].last) for arcs in self._joined()]
        whole = [(arcs, first, last) for arcs, first, last in ends if first is not None and last is not None]
        for arcs, first, last in sorted(whole, key=lambda one: self._where(one[0][0], one[1])):
            if first is last:
                continue
            begin = self._where(arcs[0], first)
            part, event = self._events[id(first)]
            busy[part] = [one for one in busy[part] if one[0] > begin]
            number = next((n for n in range(1, MOST_SLURS + 1) if all(n != taken for _, taken in busy[part])), None)
            if number is None:
                continue
            busy[part].append((self._where(arcs[-1], last), number))
            event.slur_starts.append(number)
            self._events[id(last)][1].slur_stops.append(number)
            _relate(arcs[0], first)
            _relate(arcs[-1], last)
            written += [(arc.links, arc.glyph.row) for arc in arcs]
        return written

    def _arcs_of(self, links: PageLinks) -> Iterator[_Arc]:
        by_staff: dict[int, list[Chord]] = defaultdict(list)
        for chord in links.page.chords:
            if id(chord) in self._events:
                by_staff[chord.staff].append(chord)
        reach = OVER_SP * links.page.sheet.space_px
        for glyph in sorted(links.page.ties.slurs, key=lambda one: one.x0):
            staff = links.page.sheet.staff_of(glyph)
            if staff is None:
                continue
            near = [one for row in (-1, 0, 1) for one in by_staff.get(staff + row, ())]
            first, last = slur_ends(links.page.sheet, glyph, near)
            end = first or last
            line = self._lines[links.page.sheet.page, end.staff if end is not None else staff]
            over = glyph.x0 < line.first_px - reach, glyph.x1 > line.last_px + reach
            yield _Arc(links, glyph, staff, first, last, *over)

    def _joined(self) -> Iterator[list[_Arc]]:
        """Join the arcs that one line hands to the next; what finds no other half stays alone."""
        coming = defaultdict(list)
        for arc in self._arcs:
            if arc.from_before:
                coming[self._place(arc, arc.last)].append(arc)
        following: dict[int, _Arc] = {}
        going = defaultdict(list)
        for arc in self._arcs:
            if arc.goes_on:
                line, place = self._place(arc, arc.first)
                going[line + 1, place].append(arc)
        for at, arcs in going.items():
            pairs = zip(sorted(arcs, key=_height), sorted(coming[at], key=_height), strict=False)
            following |= {id(arc): other for arc, other in pairs}
        handed = {id(arc) for arc in following.values()}
        for arc in self._arcs:
            if id(arc) not in handed:
                chain = [arc]
                while id(chain[-1]) in following:
                    chain.append(following[id(chain[-1])])
                yield chain

    def _place(self, arc: _Arc, chord: Chord | None) -> tuple[int, int]:
        """Return line and place in it of the staff that an end belongs to."""
        row = chord.staff if chord is not None else arc.staff
        line = self._lines[arc.links.page.sheet.page, row]
        return line.number, line.places[row]

    def _where(self, arc: _Arc, chord: Chord) -> _Where:
        return self._lines[arc.links.page.sheet.page, chord.staff].number, chord.x


def _lines(links: Sequence[PageLinks]) -> dict[tuple[int, int], _Line]:
    """Return the line of every staff, by page and row."""
    found: dict[tuple[int, int], _Line] = {}
    number = 0
    for one in links:
        for system in one.page.systems:
            xs = [chord.x for chord in one.page.chords if chord.staff in system.staves] or [system.x0_px, system.x1_px]
            places = {row: place for place, row in enumerate(system.staves)}
            line = _Line(number, places, min(xs), max(xs))
            found |= {(one.page.sheet.page, row): line for row in system.staves}
            number += 1
    return found


def _height(arc: _Arc) -> float:
    return arc.glyph.cy


def _relate(arc: _Arc, chord: Chord) -> None:
    if arc.glyph.name == "slur":
        arc.links.graph.relate(chord.heads[0].glyph.row, "slur", arc.glyph.row)
