"""MusicXML 4.0 text of a composed piece."""

from __future__ import annotations

from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from synth.composer.model import DIVISIONS, TYPES, Bar, Clef, Event, PartPlan, Piece, Pitch, Tuplet

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise'
    '//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n'
)


def _divisions(length: Fraction) -> int:
    count = length * 4 * DIVISIONS
    if count.denominator != 1:
        raise ValueError(f"expected a length in whole divisions, got {length} of a whole note")
    return int(count)


def _text(parent: Element, tag: str, text: object, **attributes: str) -> Element:
    child = SubElement(parent, tag, attributes)
    child.text = str(text)
    return child


def musicxml(piece: Piece) -> str:
    """Return the piece as MusicXML text; raises `ValueError` for a length that divisions cannot hold."""
    root = Element("score-partwise", {"version": "4.0"})
    _text(SubElement(root, "work"), "work-title", piece.title)
    _text(SubElement(root, "identification"), "creator", piece.composer, type="composer")
    _part_list(SubElement(root, "part-list"), piece)
    for number, part in enumerate(piece.parts, start=1):
        _part(SubElement(root, "part", {"id": f"P{number}"}), part, piece.bars)
    indent(root)
    return _HEAD + tostring(root, encoding="unicode") + "\n"


def _part_list(parent: Element, piece: Piece) -> None:
    for i, part in enumerate(piece.parts):
        for number, (first, _, symbol) in enumerate(piece.groups, start=1):
            if first == i:
                group = SubElement(parent, "part-group", {"type": "start", "number": str(number)})
                _text(group, "group-symbol", symbol)
                _text(group, "group-barline", "no" if part.sung else "yes")
        entry = SubElement(parent, "score-part", {"id": f"P{i + 1}"})
        _text(entry, "part-name", part.name)
        for number, (_, last, _) in enumerate(piece.groups, start=1):
            if last == i:
                SubElement(parent, "part-group", {"type": "stop", "number": str(number)})


def _part(parent: Element, part: PartPlan, bars: list[Bar]) -> None:
    for i, bar in enumerate(bars):
        measure = SubElement(parent, "measure", {"number": str(i + 1)})
        _left_barline(measure, bar)
        _attributes(measure, part, bars, i)
        voice_number = 0
        for staff_number, staff in enumerate(part.staves, start=1):
            for voice_of_staff, voice in enumerate(staff[i].voices):
                if voice_number:
                    back = SubElement(measure, "backup")
                    _text(back, "duration", _divisions(bar.meter.length))
                voice_number = (staff_number - 1) * 4 + voice_of_staff + 1
                for event in voice:
                    _event(measure, event, voice_number, staff_number, len(part.staves) > 1)
        _right_barline(measure, bar)


def _left_barline(measure: Element, bar: Bar) -> None:
    if not bar.repeat_start and bar.ending is None:
        return
    line = SubElement(measure, "barline", {"location": "left"})
    if bar.repeat_start:
        _text(line, "bar-style", "heavy-light")
    if bar.ending:
        _text(line, "ending", f"{bar.ending}.", number=bar.ending, type="start")
    if bar.repeat_start:
        SubElement(line, "repeat", {"direction": "forward"})


def _right_barline(measure: Element, bar: Bar) -> None:
    if not (bar.right or bar.repeat_end or bar.ending):
        return
    line = SubElement(measure, "barline", {"location": "right"})
    if bar.right or bar.repeat_end:
        _text(line, "bar-style", "light-heavy" if bar.repeat_end else bar.right)
    if bar.ending:
        SubElement(line, "ending", {"number": bar.ending, "type": bar.ending_ends or "stop"})
    if bar.repeat_end:
        SubElement(line, "repeat", {"direction": "backward"})


def _attributes(measure: Element, part: PartPlan, bars: list[Bar], i: int) -> None:
    bar, first = bars[i], i == 0
    made = Element("attributes")
    if first:
        _text(made, "divisions", DIVISIONS)
    if (first or bar.cancels is not None) and not part.percussion:
        key = SubElement(made, "key")
        if bar.cancels is not None:
            _text(key, "cancel", bar.cancels)
        _text(key, "fifths", bar.fifths)
    if bar.new_meter:
        time = SubElement(made, "time", {"symbol": bar.meter.symbol} if bar.meter.symbol else {})
        _text(time, "beats", bar.meter.beats)
        _text(time, "beat-type", bar.meter.beat_type)
    if first and len(part.clefs) > 1:
        _text(made, "staves", len(part.clefs))
    for number, staff in enumerate(part.staves, start=1):
        clef = part.clefs[number - 1] if first else staff[i].clef
        if clef:
            made.append(_clef(clef, number))
    _measure_style(made, bar)
    if bars[i - 1].repeats_last and not first and not bar.repeats_last:
        SubElement(SubElement(made, "measure-style"), "measure-repeat", {"type": "stop"})
    if len(made):
        measure.append(made)


def _measure_style(attributes: Element, bar: Bar) -> None:
    if bar.resting:
        _text(SubElement(attributes, "measure-style"), "multiple-rest", bar.resting)
    if bar.repeats_last:
        _text(SubElement(attributes, "measure-style"), "measure-repeat", 1, type="start")


def clef_attributes(clef: Clef) -> Element:
    """Return an attributes element with a clef that comes within a bar; its staff number is set when written."""
    made = Element("attributes")
    made.append(_clef(clef, 1))
    return made


def _clef(clef: Clef, number: int) -> Element:
    made = Element("clef", {"number": str(number)})
    _text(made, "sign", clef.sign)
    if clef.line:
        _text(made, "line", clef.line)
    if clef.octaves:
        _text(made, "clef-octave-change", clef.octaves)
    return made


def _event(measure: Element, event: Event, voice: int, staff: int, many_staves: bool) -> None:
    for element in event.before:
        _number_clef(element, staff)
        measure.append(element)
    for grace in event.graces:
        _note(measure, grace, grace.pitches[0], voice, staff, many_staves, first=True)
    for i, pitch in enumerate(event.pitches or [None]):
        _note(measure, event, pitch, voice, staff, many_staves, first=i == 0)
    for element in event.after:
        measure.append(element)


def _number_clef(element: Element, staff: int) -> None:
    for clef in element.iter("clef"):
        clef.set("number", str(staff))


def _note(
    measure: Element, event: Event, pitch: Pitch | None, voice: int, staff: int, many_staves: bool, first: bool
) -> None:
    note = SubElement(measure, "note")
    if event.grace:
        SubElement(note, "grace", {"slash": "yes"} if event.grace == "slashed" else {})
    elif event.cue:
        SubElement(note, "cue")
    if not first:
        SubElement(note, "chord")
    _sounding(note, event, pitch)
    if not event.grace:
        _text(note, "duration", _divisions(event.length))
    if pitch and not event.cue:
        _ties(note, pitch, "tie")
    _text(note, "voice", voice)
    if not event.whole_bar:
        _text(note, "type", TYPES[event.value], **({"size": "cue"} if event.cue else {}))
    for _ in range(event.dots):
        SubElement(note, "dot")
    if pitch and pitch.accidental:
        _text(note, "accidental", pitch.accidental, **({"parentheses": "yes"} if pitch.cautionary else {}))
    if event.tuplet:
        _time_modification(note, event.tuplet)
    if event.stem and pitch:
        _text(note, "stem", event.stem)
    if event.notehead and pitch:
        _text(note, "notehead", event.notehead)
    if many_staves:
        _text(note, "staff", staff)
    for level, beam in enumerate(event.beams if first and pitch else [], start=1):
        _text(note, "beam", beam, number=str(level))
    _notations(note, event, pitch, first)
    if event.lyric and first:
        lyric = SubElement(note, "lyric", {"number": "1"})
        _text(lyric, "syllabic", event.lyric[0])
        _text(lyric, "text", event.lyric[1])


def _sounding(note: Element, event: Event, pitch: Pitch | None) -> None:
    if pitch is None:
        SubElement(note, "rest", {"measure": "yes"} if event.whole_bar else {})
    elif event.unpitched:
        unpitched = SubElement(note, "unpitched")
        _text(unpitched, "display-step", pitch.step)
        _text(unpitched, "display-octave", pitch.octave)
    else:
        sounding = SubElement(note, "pitch")
        _text(sounding, "step", pitch.step)
        if pitch.alter:
            _text(sounding, "alter", pitch.alter)
        _text(sounding, "octave", pitch.octave)


def _ties(parent: Element, pitch: Pitch, tag: str) -> None:
    if pitch.tie_stop:
        SubElement(parent, tag, {"type": "stop"})
    if pitch.tie_start:
        SubElement(parent, tag, {"type": "start"})


def _time_modification(note: Element, tuplet: Tuplet) -> None:
    made = SubElement(note, "time-modification")
    _text(made, "actual-notes", tuplet.actual)
    _text(made, "normal-notes", tuplet.normal)
    _text(made, "normal-type", TYPES[tuplet.value])


def _notations(note: Element, event: Event, pitch: Pitch | None, first: bool) -> None:
    made = Element("notations")
    if pitch:
        _ties(made, pitch, "tied")
    if event.tuplet and first:
        for edge in sorted(event.tuplet_edge):
            style = {"bracket": "yes" if event.tuplet.bracket else "no"} if edge == "start" else {}
            SubElement(made, "tuplet", {"type": edge, "number": "1", **style})
    for parent, elements in event.notations.items():
        target = made
        if parent and first:
            target = SubElement(made, parent)
        target.extend(element for element in elements if first or element.tag == "arpeggiate")
    if len(made):
        note.append(made)
