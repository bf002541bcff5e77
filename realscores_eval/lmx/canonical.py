"""One normal form for the same printed music, so that metrics compare music and not the habits of programs.

LMX takes MuseScore's way of writing MusicXML as its norm. Other programs order voices and chords otherwise, number
voices by part instead of by staff, and fill voices with invisible rests; this is undone here, measure by measure:

- voices are ordered by staff, then from high to low, and numbered 1 to 4 on the first staff, 5 to 8 on the second;
- each voice starts at the beginning of the measure; gaps and everything hidden are steps in time, none at the end;
- heads of a chord stand from low to high, what belongs to the whole chord (beams, tuplets, slurs, marks) at the first;
- a whole rest alone in its voice is a measure rest;
- signatures stand first, key before meter before clefs; a clef within the measure stands in the first voice of its
  staff; what only repeats what is in force is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from realscores_eval.lmx.events import MEASURE_REST, Clef, Event, Key, Note, Part, Step, Time
from realscores_eval.lmx.unsaid import onsets
from realscores_eval.lmx.vocabulary import MARKS

_VOICES_A_STAFF = 4
_STEPS = "CDEFGAB"
_SIGN_ORDER = {Key: 0, Time: 1, Clef: 2}
Sign = Clef | Key | Time


@dataclass
class _Voice:
    """What a voice holds in a measure: (onset, heads of the chord or the rest), in order."""

    staff: int
    groups: list[tuple[Fraction, list[Note]]] = field(default_factory=list)

    @property
    def end_ql(self) -> Fraction:
        return max((onset + notes[0].duration_ql for onset, notes in self.groups), default=Fraction(0))

    def order(self) -> tuple[int, float, Fraction]:
        """Staff, then the mean height of the heads from the top; voices of rests alone come last."""
        heights = [_height(note) for _, notes in self.groups for note in notes if note.kind != "rest"]
        mean = sum(heights) / len(heights) if heights else -1.0
        return self.staff, -mean, self.groups[0][0]


def canonical(parts: Sequence[Part]) -> list[Part]:
    """Return parts in normal form; it is its own normal form."""
    return [_canonical(part) for part in parts]


def _canonical(part: Part) -> Part:
    in_force: dict[tuple[type, int], Sign] = {}
    measures = [_measure(events, part.staves, in_force) for events in part.measures]
    return Part(part.staves, measures)


def _measure(events: list[Event], staves: int, in_force: dict[tuple[type, int], Sign]) -> list[Event]:
    signs = _changes(events, staves, in_force)
    voices = sorted(_voices(events), key=_Voice.order)
    within = _clefs_within(signs, {voice.staff for voice in voices})
    inside = [clef for clefs in within.values() for clef in clefs]
    heading: list[Sign] = [sign for onset, sign in signs if (onset, sign) not in inside]
    found: list[Event] = [*sorted(heading, key=_place)]
    counts: dict[int, int] = defaultdict(int)
    cursor = Fraction(0)
    for voice in voices:
        counts[voice.staff] += 1
        name = str(_VOICES_A_STAFF * (voice.staff - 1) + counts[voice.staff])
        found += [Step(-cursor)] if cursor else []
        found += _in_order(voice, name, within.pop(voice.staff, []))
        cursor = voice.end_ql
    return found


def _clefs_within(signs: list[tuple[Fraction, Sign]], staves: set[int]) -> dict[int, list[tuple[Fraction, Sign]]]:
    """Return the clefs behind the beginning of the measure, by staff, where the staff has a voice to hold them."""
    found: dict[int, list[tuple[Fraction, Sign]]] = defaultdict(list)
    for onset, sign in signs:
        if onset and isinstance(sign, Clef) and (sign.staff or 1) in staves:
            found[sign.staff or 1].append((onset, sign))
    return found


def _changes(events: list[Event], staves: int, in_force: dict[tuple[type, int], Sign]) -> list[tuple[Fraction, Sign]]:
    """Return the printed signs that change something, with their onsets; those for all staves count for each."""
    found: list[tuple[Fraction, Sign]] = []
    for onset, event in zip(onsets(events), events, strict=True):
        if isinstance(event, Note | Step) or event.hidden:
            continue
        numbers = range(1, staves + 1) if not event.staff and not isinstance(event, Clef) else [event.staff or 1]
        plain = replace(event, staff=0)
        if any(in_force.get((type(event), one), _SILENT.get(type(event))) != plain for one in numbers):
            from_ql = onset if isinstance(event, Clef) else Fraction(0)
            found.append((from_ql, replace(event, staff=event.staff or (staves > 1 and isinstance(event, Clef)) * 1)))
        in_force.update({(type(event), one): plain for one in numbers})
    return sorted(found, key=lambda one: (one[0], _place(one[1])))


def _place(sign: Sign) -> tuple[int, int]:
    """Order signs that stand together: by kind, clefs from the top; keys and meters may overrule each other."""
    return _SIGN_ORDER[type(sign)], sign.staff if isinstance(sign, Clef) else 0


#: A part that states no key is in C major.
_SILENT: dict[type, Sign] = {Key: Key(0)}


def _voices(events: list[Event]) -> list[_Voice]:
    """Return the visible notes by voice; the same name after a step back is another voice where the two overlap."""
    found: list[tuple[str, _Voice]] = []
    current: dict[str, _Voice] = {}
    for onset, event in zip(onsets(events), events, strict=True):
        if isinstance(event, Step) and event.by_ql < 0:
            current = {}
        if not isinstance(event, Note) or event.hidden:
            continue
        voice = current.get(event.voice)
        if voice is None:
            voice = next((one for name, one in found if name == event.voice and _goes_on(one, event, onset)), None)
        if voice is None:
            voice = _Voice(event.staff)
            found.append((event.voice, voice))
        current[event.voice] = voice
        _add(voice, onset, event)
    return [voice for _, voice in found]


def _goes_on(voice: _Voice, note: Note, onset: Fraction) -> bool:
    return voice.end_ql <= onset and voice.staff == note.staff


def _add(voice: _Voice, onset: Fraction, note: Note) -> None:
    if note.chord and voice.groups and voice.groups[-1][0] == onset:
        voice.groups[-1][1].append(note)
    else:
        voice.groups.append((onset, [note]))


def _in_order(voice: _Voice, name: str, clefs: list[tuple[Fraction, Sign]]) -> Iterator[Event]:
    """Iterate over a voice with its clefs and the steps between its notes."""
    cursor = Fraction(0)
    waiting = list(clefs)
    for onset, notes in voice.groups:
        while waiting and waiting[0][0] <= onset:
            yield waiting.pop(0)[1]
        if onset > cursor:
            yield Step(onset - cursor)
        yield from _chord(notes, name, alone=len(voice.groups) == 1 and not onset)
        cursor = max(cursor, onset + notes[0].duration_ql)
    yield from (clef for _, clef in waiting)


def _chord(notes: list[Note], name: str, *, alone: bool) -> Iterator[Note]:
    first = notes[0]
    for rank, note in enumerate(sorted(notes, key=_height)):
        note = replace(note, voice=name, chord=rank > 0, stem=note.stem or first.stem)
        if len(notes) > 1:
            shared = (first.beams, _tuplets(notes), _marks(notes)) if not rank else ((), (), ())
            note = replace(note, beams=shared[0], tuplets=shared[1], marks=shared[2])
        if alone and note.kind == "rest" and note.type == "whole" and not note.dots:
            note = replace(note, type=MEASURE_REST, ratio=None)
        yield note


def _tuplets(notes: list[Note]) -> tuple[str, ...]:
    return max((note.tuplets for note in notes), key=len)


def _marks(notes: list[Note]) -> tuple[str, ...]:
    """Return the marks of a chord: slurs may end at several heads, anything else is meant once."""
    every = [mark for note in notes for mark in note.marks]
    return tuple(m for m in MARKS for _ in range(every.count(m) if m.startswith("slur") else min(every.count(m), 1)))


def _height(note: Note) -> float:
    return note.octave * 7 + _STEPS.find(note.step)
