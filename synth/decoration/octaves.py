"""Octave lines over or under some bars of a staff."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from lxml import etree

from synth.decoration.events import Event, direction, height_of, insert_before

#: Notes from A4 up may get an 8va, notes from E3 down an 8vb: what stands near the middle of both staves gets neither.
_LOWEST_ALTA, _HIGHEST_BASSA = 33, 23
_MOST_BARS = 3
#: A line stands for two octaves this often.
_TWO_OCTAVES = 0.12


def add_octave_lines(events: Sequence[Event], rate: float, rng: np.random.Generator) -> None:
    """Put bars of single staves under octave lines. Their notes keep their place on the page and sound elsewhere."""
    by_bar: dict[tuple[str, int], list[Event]] = {}
    for event in events:
        by_bar.setdefault((event.staff, event.bar), []).append(event)
    crossing = _crossing(events)
    for staff in sorted({staff for staff, _ in by_bar}):
        bar = 0
        last = max(number for _, number in by_bar)
        while bar <= last:
            count = int(rng.integers(1, _MOST_BARS + 1))
            stretch = [event for number in range(bar, bar + count) for event in by_bar.get((staff, number), [])]
            wanted = rng.random() < rate / count
            if wanted and bar + count - 1 <= last and not crossing & set(range(bar, bar + count)):
                bar += count if _put(stretch, rng) else 1
            else:
                bar += 1


def _crossing(events: Sequence[Event]) -> set[int]:
    """Return the bars in which a voice changes its staff: an octave line there would not tell whose notes it means."""
    staves: dict[tuple[int, str], set[str]] = {}
    for event in events:
        staves.setdefault((event.bar, event.voice), set()).add(event.staff)
        staves[event.bar, event.voice] |= {note.findtext("staff") or "1" for note in event.notes}
    return {bar for (bar, _), found in staves.items() if len(found) > 1}


def _put(stretch: Sequence[Event], rng: np.random.Generator) -> bool:
    """Put one line over some of the events in `stretch`, all of one staff; tell whether that was possible."""
    heard = [event for event in stretch if event.sounds]
    if len(heard) < 2 or len({event.voice for event in stretch}) > 1 or _has_line(stretch):
        return False
    first = int(rng.integers(0, max(1, len(heard) // 3)))
    last = int(rng.integers(first + 1, len(heard)))
    within = list(stretch[stretch.index(heard[first]) : stretch.index(heard[last]) + 1])
    heights = [height_of(note) for event in within for note in event.notes if note.find("pitch") is not None]
    above = min(heights) >= _LOWEST_ALTA
    if not above and max(heights) > _HIGHEST_BASSA:
        return False
    if heard[first].tied("stop") or heard[last].tied("start"):
        return False
    octaves = 2 if rng.random() < _TWO_OCTAVES else 1
    _mark(heard[first], heard[last], octaves, above)
    for event in _with_graces(stretch, within):
        for note in event.notes:
            _shift(note, octaves if above else -octaves)
    return True


def _has_line(stretch: Sequence[Event]) -> bool:
    bars = {id(bar): bar for event in stretch if (bar := event.first.getparent()) is not None}
    return any(bar.find("direction/direction-type/octave-shift") is not None for bar in bars.values())


def _with_graces(stretch: Sequence[Event], within: list[Event]) -> list[Event]:
    """Return the events under a line, with the small notes that lead to the first of them."""
    at = stretch.index(within[0])
    while at > 0 and stretch[at - 1].grace:
        at -= 1
    return [*stretch[at : stretch.index(within[0])], *within]


def _mark(first: Event, last: Event, octaves: int, above: bool) -> None:
    size = str(8 if octaves == 1 else 15)
    staff = first.staff if first.first.find("staff") is not None else None
    side = "above" if above else "below"
    start = etree.Element("octave-shift", {"type": "down" if above else "up", "size": size, "number": "1"})
    stop = etree.Element("octave-shift", {"type": "stop", "size": size, "number": "1"})
    insert_before(first.first, direction(start, side, staff))
    last.notes[-1].addnext(direction(stop, side, staff))


def _shift(note: etree._Element, octaves: int) -> None:
    octave = note.find("pitch/octave")
    if octave is not None:
        octave.text = str(int(octave.text or 4) + octaves)
