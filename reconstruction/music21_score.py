"""`Score` to a music21 score that says everything explicitly, so that music21's exporter has nothing to repair.

Every note, rest and clef within a bar gets an `id`; the exporter copies it into the XML, and `musicxml_finish` finds
each element again by it. Durations are unlinked: the written type and the sounding length are both set as read.
"""

# mypy: disable-error-code="no-untyped-call"
# (half of music21's constructors carry no types)

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, cast

from music21 import (
    articulations,
    bar,
    chord,
    clef,
    duration,
    expressions,
    instrument,
    key,
    layout,
    metadata,
    meter,
    note,
    pitch,
    stream,
    style,
    tie,
)
from music21.common.types import StepName
from music21.musicxml.xmlObjects import ARTICULATION_MARKS, TECHNICAL_MARKS
from music21.stream.enums import ShowNumber

from notation.score import Clef, Event, Measure, Note, Part, Score, Time

_BEAM_TYPES = {
    "begin": ("start", None),
    "continue": ("continue", None),
    "end": ("stop", None),
    "forward hook": ("partial", "right"),
    "backward hook": ("partial", "left"),
}
_ORNAMENTS = {
    "trill-mark": expressions.Trill,
    "turn": expressions.Turn,
    "inverted-turn": expressions.InvertedTurn,
    "mordent": expressions.Mordent,
    "inverted-mordent": expressions.InvertedMordent,
    "shake": expressions.Shake,
    "schleifer": expressions.Schleifer,
}


@dataclass(slots=True)
class Ids:
    """What stands behind the ids in the XML."""

    notes: dict[str, tuple[Event, Note | None]] = field(default_factory=dict)  # None: the rest itself
    clef_staves: dict[str, int] = field(default_factory=dict)


def music21_score(score: Score) -> tuple[stream.Score, Ids]:
    """Build the music21 score; all its notes, rests and clefs within bars are listed in the returned ids."""
    ids = Ids()
    result = stream.Score()
    result.metadata = metadata.Metadata(title=score.title or None, composer="")
    parts = [_part(part, ids) for part in score.parts]
    for part in parts:
        result.insert(0, part)
    for first, last, symbol in score.groups:
        kind = cast(Literal["bracket", "brace"], symbol)
        result.insert(0, layout.StaffGroup(parts[first : last + 1], symbol=kind, barTogether=True))
    return result, ids


def _part(part: Part, ids: Ids) -> stream.Part:
    player = instrument.Instrument()
    player.partId, player.partName = part.id, part.name
    result = stream.Part()
    result.insert(0, player)
    for index, measure in enumerate(part.measures):
        result.coreAppend(_measure(measure, f"{part.id}-m{index + 1}", index + 1, ids))
    result.coreElementsChanged()
    return result


def _measure(measure: Measure, prefix: str, number: int, ids: Ids) -> stream.Measure:
    result = stream.Measure(number=number)
    if measure.pickup:
        result.showNumber = ShowNumber.NEVER
    _add_layout(result, measure)
    _add_signatures(result, measure)
    _add_barlines(result, measure)
    names = {id(event): f"{prefix}-e{index}" for index, event in enumerate(measure.events, 1)}
    voices = [(number, lane, stream.Voice()) for number, lane in lanes(measure.events)]
    for voice_number, lane, voice in voices:
        voice.id = voice_number
        for event in lane:
            voice.coreInsert(event.onset_ql, _sounding(event, names[id(event)], ids))
    _add_inner_clefs(result, measure, voices, prefix, ids)
    for _, _, voice in voices:
        voice.coreElementsChanged()
        result.coreInsert(0, voice)
    result.coreElementsChanged()
    return result


def lanes(events: list[Event]) -> Iterator[tuple[int, list[Event]]]:
    """Iterate over (voice, events in order), voices ascending.

    Events of one voice that overlap are shared out to several lanes under the same number, so that no event has to be
    moved or shortened to fit behind the one before it.
    """
    by_voice: dict[int, list[Event]] = defaultdict(list)
    for event in events:
        by_voice[event.voice].append(event)
    for voice, members in sorted(by_voice.items()):
        filled: list[list[Event]] = []
        for event in sorted(members, key=lambda one: (one.onset_ql, one.grace is None)):
            lane = next((one for one in filled if _end_ql(one[-1]) <= event.onset_ql), None)
            if lane is None:
                filled.append(lane := [])
            lane.append(event)
        yield from ((voice, lane) for lane in filled)


def _end_ql(event: Event) -> Fraction:
    return event.onset_ql if event.grace else event.onset_ql + event.duration_ql


def _add_layout(result: stream.Measure, measure: Measure) -> None:
    if measure.new_page:
        result.coreInsert(0, layout.PageLayout(isNew=True))
    if measure.new_system or measure.new_page:
        result.coreInsert(0, layout.SystemLayout(isNew=True))


def _add_signatures(result: stream.Measure, measure: Measure) -> None:
    if measure.key is not None:
        result.coreInsert(0, key.KeySignature(measure.key.fifths))
    if measure.time is not None and is_writable(measure.time):
        time = meter.TimeSignature(f"{measure.time.beats}/{measure.time.beat_type}")
        time.symbol = measure.time.symbol or ""
        result.coreInsert(0, time)


def is_writable(time: Time) -> bool:
    """Return whether MusicXML readers accept this meter: positive whole beats, a beat type that is a power of two."""
    beats = time.beats.split("+")
    power_of_two = time.beat_type > 0 and time.beat_type & (time.beat_type - 1) == 0
    return power_of_two and all(one.isdecimal() and int(one) > 0 for one in beats)


def _add_barlines(result: stream.Measure, measure: Measure) -> None:
    result.coreElementsChanged()
    if measure.repeat_start:
        result.leftBarline = bar.Repeat(direction="start")
    elif measure.barline_left:
        result.leftBarline = bar.Barline(measure.barline_left)
    if measure.repeat_end:
        result.rightBarline = bar.Repeat(direction="end")
    elif measure.barline_right:
        result.rightBarline = bar.Barline(measure.barline_right)


def _add_inner_clefs(
    result: stream.Measure,
    measure: Measure,
    voices: list[tuple[int, list[Event], stream.Voice]],
    prefix: str,
    ids: Ids,
) -> None:
    """Put each clef within the bar before the event that it governs, else into the bar itself."""
    for index, (onset_ql, staff, sign) in enumerate((one for one in measure.clefs if one[0] > 0), 1):
        name = f"{prefix}-c{index}"
        ids.clef_staves[name] = staff
        home: stream.Stream[Any] = result
        for _, lane, voice in voices:
            if any(event.onset_ql == onset_ql and event.staff == staff for event in lane):
                home = voice
                break
        home.coreInsert(onset_ql, _clef(sign, name))


def _clef(sign: Clef, name: str) -> clef.Clef:
    result = clef.PercussionClef() if sign.sign == "percussion" else clef.PitchClef()
    result.sign, result.line, result.octaveChange = sign.sign, sign.line, sign.octave_change
    result.id = name
    return result


def _sounding(event: Event, name: str, ids: Ids) -> note.GeneralNote:
    if event.is_rest:
        rest = note.Rest()
        rest.fullMeasure = "always" if event.measure_rest else False
        rest.id = name
        ids.notes[name] = (event, None)
        result: note.GeneralNote = rest
    else:
        heads = [_head(head, event, f"{name}-n{index}", ids) for index, head in enumerate(event.notes, 1)]
        stemmed = heads[0] if len(heads) == 1 else chord.Chord(heads)
        _add_stem_and_beams(stemmed, event)
        result = stemmed
    result.duration = _duration(event)
    _add_marks(result, event)
    return result


def _head(head: Note, event: Event, name: str, ids: Ids) -> note.Note:
    result = note.Note(_pitch(head))
    if head.tie_start or head.tie_stop:
        both = head.tie_start and head.tie_stop
        result.tie = tie.Tie("continue" if both else "start" if head.tie_start else "stop")
    if head.notehead:
        result.notehead = head.notehead
    if event.cue:
        cast(style.NoteStyle, result.style).noteSize = "cue"
    result.id = name
    ids.notes[name] = (event, head)
    return result


def _pitch(head: Note) -> pitch.Pitch:
    result = pitch.Pitch(step=cast(StepName, head.pitch.step), octave=head.pitch.octave)
    if head.pitch.alter or head.accidental:
        result.accidental = pitch.Accidental(head.pitch.alter)
        result.accidental.displayStatus = head.accidental is not None
        if head.cautionary:
            result.accidental.displayStyle = "parentheses"
    return result


def _add_stem_and_beams(result: note.NotRest, event: Event) -> None:
    if event.stem:
        result.stemDirection = event.stem
    for mark in event.beams:
        kind, direction = _BEAM_TYPES[mark]
        result.beams.append(kind, direction)


def _duration(event: Event) -> duration.Duration:
    if event.grace:
        grace = duration.GraceDuration(event.type_name, dots=event.dots)
        grace.slash = event.grace == "acciaccatura"
        return grace
    result = duration.Duration(type=event.type_name, dots=event.dots)
    if event.tuplet is not None:
        tuplet = duration.Tuplet(event.tuplet.actual, event.tuplet.normal)
        marks = set(event.tuplet.marks)
        tuplet.type = "startStop" if len(marks) == 2 else marks.pop() if marks else None
        tuplet.bracket = event.tuplet.bracket
        tuplet.placement = None  # type: ignore[assignment]  # "above" by default, although nobody read that
        result.appendTuplet(tuplet)
    result.linked = False
    result.quarterLength = event.duration_ql
    return result


def _add_marks(result: note.GeneralNote, event: Event) -> None:
    for name in event.articulations:
        if name.startswith("fermata"):
            result.expressions.append(_fermata(name))
        else:
            result.articulations.append(_articulation(name))
    for name in event.ornaments:
        ornament = _ORNAMENTS.get(name, expressions.Ornament)()
        ornament.placement = None
        result.expressions.append(ornament)
    if event.tremolo and event.tremolo_end is None:  # one between notes is finished in `musicxml_finish`
        tremolo = expressions.Tremolo()
        tremolo.numberOfMarks = event.tremolo
        result.expressions.append(tremolo)
    if event.arpeggiate:
        result.expressions.append(expressions.ArpeggioMark("normal"))


def _fermata(name: str) -> expressions.Fermata:
    result = expressions.Fermata()
    result.type = "inverted" if name.endswith(("below", "inverted")) else "upright"
    return result


def _articulation(name: str) -> articulations.Articulation:
    kind = ARTICULATION_MARKS.get(name) or TECHNICAL_MARKS.get(name)
    result = kind() if kind is not None else articulations.Articulation()
    if kind is None:
        result.displayText = name
    result.placement = None
    return result
