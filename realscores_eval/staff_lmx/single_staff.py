"""One staff of a part, line by line, as it is printed: what the model is to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from realscores_eval.lmx.canonical import canonical
from realscores_eval.lmx.events import Clef, Event, Key, Note, Part, Step, Time
from realscores_eval.lmx.unsaid import onsets


def staffs_of(parts: Sequence[Part]) -> list[Part]:
    """Return every staff of a score from the top as a part of its own, in normal form."""
    return [_one_staff(part, number) for part in parts for number in range(1, part.staves + 1)]


def lines_of(staff: Part, lengths: Iterable[int]) -> list[Part]:
    """Cut a staff into printed lines of so many measures; each begins with its clef and key, without the meter."""
    lines: list[Part] = []
    clef, key = Clef("G", "2"), Key(0)
    first = 0
    for length in lengths:
        measures = staff.measures[first : first + length]
        opening = measures[0] if measures else []
        opened = {type(event) for event in _opening(opening)}
        header: list[Event] = [] if Key in opened or (not key.fifths and not key.signs) else [key]
        header += [] if Clef in opened else [clef]
        lines.append(
            Part(1, [sorted(header + opening, key=_rank) if not at else one for at, one in enumerate(measures)])
        )
        for event in (event for measure in measures for event in measure):
            clef = event if isinstance(event, Clef) else clef
            key = event if isinstance(event, Key) else key
        first += length
    return lines


def _opening(events: Sequence[Event]) -> list[Event]:
    """Return the signs before the first note or step."""
    end = next((at for at, event in enumerate(events) if isinstance(event, Note | Step)), len(events))
    return list(events[:end])


def _rank(event: Event) -> int:
    """Order the signs of an opening; the sort is stable, so that music stays as it is."""
    return {Key: 0, Time: 1}.get(type(event), 2)


def _one_staff(part: Part, number: int) -> Part:
    measures = [_of_staff(events, number) for events in part.measures]
    return canonical([Part(1, measures)])[0]


def _of_staff(events: Sequence[Event], number: int) -> list[Event]:
    """Return what stands on a staff, voice by voice, each from the beginning of the measure."""
    signs: list[tuple[Fraction, Event]] = []
    voices: dict[str, list[tuple[Fraction, Note]]] = {}
    for onset, event in zip(onsets(events), events, strict=True):
        if isinstance(event, Note):
            if event.staff == number:
                voices.setdefault(event.voice, []).append((onset, replace(event, staff=1)))
        elif not isinstance(event, Step) and (event.staff or (number if not isinstance(event, Clef) else 1)) == number:
            signs.append((onset, replace(event, staff=0)))
    return written(signs, voices)


def written(signs: list[tuple[Fraction, Event]], voices: dict[str, list[tuple[Fraction, Note]]]) -> list[Event]:
    """Return the events of a measure from signs and voices with their onsets, each voice from the beginning."""
    found: list[Event] = []
    cursor = Fraction(0)
    for onset, sign in signs:
        found += [Step(onset - cursor)] * (onset != cursor)
        found.append(sign)
        cursor = onset
    for notes in voices.values():
        found += [Step(-cursor)] * (cursor > 0)
        cursor = head_onset = Fraction(0)
        headed = False
        for onset, note in notes:
            chord = note.chord and headed and onset == head_onset
            found += [Step(onset - cursor)] * (onset != cursor and not chord)
            found.append(replace(note, chord=chord))
            cursor = cursor if chord else onset + note.duration_ql
            head_onset, headed = onset, True
    return found
