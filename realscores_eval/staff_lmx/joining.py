"""Staves to a score: those of a system side by side, systems behind each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from realscores_eval.lmx.canonical import canonical
from realscores_eval.lmx.delinearise import settle
from realscores_eval.lmx.events import MEASURE_REST, Clef, Event, Key, Note, Part, Step, Time
from realscores_eval.lmx.unsaid import BarRule, meter_after, onsets
from realscores_eval.staff_lmx.single_staff import written

#: Voices of the second staff of a part, as MuseScore numbers them.
_VOICES_A_STAFF = 4


def joined_score(systems: Sequence[Sequence[Sequence[Part]]]) -> list[Part]:
    """Return the parts of a page from its systems, each a list of parts, each a list of staves as they were read.

    Systems of fewer parts are aligned from below, where accompaniments stand; what they leave out rests.
    """
    if not systems:
        return []
    agreed = [_agreed(system) for system in systems]
    count = max(len(system) for system in agreed)
    widths = [max(len(system[at - count]) for system in agreed if len(system) >= count - at) for at in range(count)]
    staves: list[list[Part]] = [[Part(1, []) for _ in range(width)] for width in widths]
    for system in agreed:
        length = max((len(staff.measures) for part in system for staff in part), default=0)
        for at, part in enumerate(staves):
            read = system[at - count] if at >= count - len(system) else []
            for number, staff in enumerate(part):
                staff.measures += _padded(read[number] if number < len(read) else Part(1, []), length)
    bars = BarRule([staff for part in staves for staff in part])
    return canonical(settle([_one_part(part, bars) for part in staves]))


def _agreed(system: Sequence[Sequence[Part]]) -> list[list[Part]]:
    """Return a system with the key that most of its staves open with, and its meter; a line without a key has none."""
    staves = [staff for part in system for staff in part]
    key = _commonest(_opening(staff, Key) or Key(0) for staff in staves)
    meters = [meter for staff in staves if (meter := _opening(staff, Time)) is not None]
    meter = _commonest(meters) if 2 * len(meters) >= len(staves) else None
    return [[_opened(staff, key, meter) for staff in part] for part in system]


def _opening(staff: Part, kind: type[Event]) -> Event | None:
    """Return the sign of a kind that opens a line."""
    for event in staff.measures[0] if staff.measures else []:
        if isinstance(event, Note | Step):
            return None
        if isinstance(event, kind):
            return event
    return None


def _commonest(signs: Iterable[Event]) -> Event | None:
    counted = Counter(signs).most_common(1)
    return counted[0][0] if counted else None


def _opened(staff: Part, key: Event | None, meter: Event | None) -> Part:
    if not staff.measures:
        return staff
    first = staff.measures[0]
    start = next((at for at, event in enumerate(first) if isinstance(event, Note | Step)), len(first))
    clefs = [event for event in first[:start] if isinstance(event, Clef)]
    signs = [sign for sign in (key, meter) if sign is not None]
    return Part(1, [[*signs, *clefs, *first[start:]], *staff.measures[1:]])


def _padded(staff: Part, length: int) -> list[list[Event]]:
    """Return the measures of a line, and rests where it has fewer than its system."""
    rests: list[list[Event]] = [[Note(kind="rest", type=MEASURE_REST)] for _ in range(length - len(staff.measures))]
    return [*staff.measures, *rests]


def _one_part(staves: Sequence[Part], bars: BarRule) -> Part:
    """Return the part of one staff, or of several."""
    if len(staves) == 1:
        return staves[0]
    measures: list[list[Event]] = []
    meter: Time | None = None
    for index, sides in enumerate(zip(*(staff.measures for staff in staves), strict=True)):
        meter = meter_after(sides[0], meter)
        lasting = [_lasting(events, index, bars, meter) for events in sides]
        measures.append(_one_above_another(lasting))
    return Part(len(staves), measures)


def _lasting(events: list[Event], index: int, bars: BarRule, meter: Time | None) -> list[Event]:
    """Give measure rests their lengths, which those of another staff behind them would hide."""
    return [
        replace(event, duration_ql=bars.expected(events, at, index, meter))
        if isinstance(event, Note) and event.type == MEASURE_REST and not event.duration_ql
        else event
        for at, event in enumerate(events)
    ]


def _one_above_another(sides: Sequence[Sequence[Event]]) -> list[Event]:
    """Return a measure of several staves; key and meter of the first one count for all."""
    signs: list[tuple[Fraction, Event]] = []
    voices: dict[str, list[tuple[Fraction, Note]]] = {}
    for number, events in enumerate(sides, 1):
        for onset, event in zip(onsets(events), events, strict=True):
            if isinstance(event, Note):
                voice = str(int(event.voice) + _VOICES_A_STAFF * (number - 1))
                voices.setdefault(voice, []).append((onset, replace(event, voice=voice, staff=number)))
            elif isinstance(event, Clef):
                signs.append((onset, replace(event, staff=number)))
            elif not isinstance(event, Step) and number == 1:
                signs.append((onset, event))
    return written(sorted(signs, key=lambda one: one[0]), voices)
