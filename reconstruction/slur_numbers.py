"""Slurs to the events at their ends, numbered as MusicXML tells them apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from notation.score import Event
from reconstruction.chords import Chord
from reconstruction.page_links import PageLinks
from reconstruction.ties import slur_ends

#: MusicXML tells slurs that sound together apart by numbers from 1 to 6.
MOST_SLURS = 6


def number_slurs(links: PageLinks, events: Mapping[int, Event]) -> set[int]:
    """Write the slurs of a page into its events and its graph; returns the rows of those that found both ends.

    Args:
        links: the page.
        events: the event of every chord, by the chord's identity.
    """
    busy: list[tuple[float, int]] = []
    by_staff: dict[int, list[Chord]] = defaultdict(list)
    for chord in links.page.chords:
        by_staff[chord.staff].append(chord)
    used = set()
    for slur in sorted(links.page.ties.slurs, key=lambda one: one.x0):
        staff = links.page.sheet.staff_of(slur)
        near = [one for row in (-1, 0, 1) if staff is not None for one in by_staff.get(staff + row, ())]
        first, last = slur_ends(links.page.sheet, slur, near)
        if first is None or last is None or first is last or id(first) not in events or id(last) not in events:
            continue
        busy = [one for one in busy if one[0] > slur.x0]
        number = next((n for n in range(1, MOST_SLURS + 1) if all(n != taken for _, taken in busy)), None)
        if number is None:
            continue
        busy.append((slur.x1, number))
        events[id(first)].slur_starts.append(number)
        events[id(last)].slur_stops.append(number)
        used.add(slur.row)
        if slur.name == "slur":
            for chord in (first, last):
                links.graph.relate(chord.heads[0].glyph.row, "slur", slur.row)
    return used
