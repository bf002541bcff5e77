"""Whether MuseScore kept the music: its own score against the MusicXML that it was given, note by note."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from lxml import etree

from notation.errors import FormatError
from synth import excerpt
from synth.musescore_marks import Labeller
from synth.musescore_score import MuseScore

#: One note: part, bar, sounding pitch (None for percussion), onset and duration in quarter notes; graces last 0 and
#: have no onset of their own.
Note = tuple[int, int, int | None, Fraction, Fraction]
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
#: Editors round the values of rare tuplets; a 256th, the shortest value that any class stands for, is 1/64.
_SLACK_QL = Fraction(1, 100)


def check_music(musicxml: str, music: MuseScore) -> None:
    """Raise `FormatError` where MuseScore's notes are not those of the MusicXML."""
    root = excerpt.parse(musicxml)
    octaves = {number for number, part in enumerate(root.findall("part")) if part.find(".//octave-shift") is not None}
    given, kept = (
        sorted((_folded(note, octaves) for note in notes), key=_order) for notes in (_given(root), _kept(music))
    )  # fmt: skip
    if len(given) != len(kept):
        raise FormatError(f"MuseScore made {len(kept)} notes of {len(given)}")
    for one, other in zip(given, kept, strict=True):
        if one[:3] != other[:3] or abs(one[3] - other[3]) > _SLACK_QL or abs(one[4] - other[4]) > _SLACK_QL:
            raise FormatError(f"MuseScore changed a note of bar {one[1] + 1}")
    sounding, printed = (sum(one.get("type") == "start" for one in root.iter(tag)) for tag in ("tie", "tied"))
    if (made := len(music.ties())) not in (sounding, printed):
        raise FormatError(f"MuseScore made {made} ties of {sounding}")


def _folded(note: Note, parts: set[int]) -> Note:
    """Leave out the octave in parts with octave lines, below which MuseScore keeps notes as they are written."""
    part, bar, pitch, onset, duration = note
    return part, bar, pitch % 12 if pitch is not None and part in parts else pitch, onset, duration


def _order(note: Note) -> tuple[int, int, int, Fraction, Fraction]:
    part, bar, pitch, onset, duration = note
    return part, bar, -1 if pitch is None else pitch, round(onset * 50) / Fraction(50), duration


def _kept(music: MuseScore) -> Iterator[Note]:
    for event in music.events:
        drums = event.part in music.drum_parts
        for note in event.element.findall("Note"):
            pitch = None if drums else int(note.findtext("pitch", "0"))
            yield event.part, event.measure, pitch, Fraction(0) if event.grace else event.onset_ql, event.duration_ql


def _given(root: etree._Element) -> Iterator[Note]:
    for part, element in enumerate(root.findall("part")):
        divisions, shift = 1, 0
        for bar, measure in enumerate(element.findall("measure")):
            at, onset = Fraction(0), Fraction(0)
            for child in measure:
                if child.tag == "attributes":
                    divisions = int(child.findtext("divisions", str(divisions)))
                    shift = _transposition(child, shift)
                elif child.tag in ("backup", "forward"):
                    step = Fraction(child.findtext("duration", "0")) / divisions
                    at += step if child.tag == "forward" else -step
                elif child.tag == "note":
                    length = Fraction(child.findtext("duration", "0")) / divisions
                    onset = onset if child.find("chord") is not None else at
                    if child.find("chord") is None:
                        at += length
                    if child.find("rest") is None:
                        grace = child.find("grace") is not None
                        yield part, bar, _pitch(child, shift), Fraction(0) if grace else onset, length


def _transposition(attributes: etree._Element, before: int) -> int:
    found = attributes.find("transpose")
    if found is None:
        return before
    return round(float(found.findtext("chromatic", "0"))) + 12 * int(found.findtext("octave-change", "0"))


def _pitch(note: etree._Element, shift: int) -> int | None:
    pitch = note.find("pitch")
    if pitch is None:
        return None
    alter = round(float(pitch.findtext("alter", "0")))
    return 12 * (int(pitch.findtext("octave", "4")) + 1) + _STEPS[pitch.findtext("step", "C")] + alter + shift


def check_drawn(page: Labeller, music: MuseScore) -> None:
    """Raise `FormatError` where a note of the page's bars is not drawn; of notes in unison one head is enough."""
    drawn = {mark.number for mark in page.marks if mark.name.startswith("notehead")}
    numbers = {element: number for number, element in music.elements.items() if element.tag == "Note"}
    bars = {bar for system in page.staves.systems for bar in system.bars}
    shown, hidden = set(), set()
    for event in music.events:
        if event.measure not in bars:
            continue
        for note in event.element.findall("Note"):
            key = (event.staff, event.measure, event.onset_ql, note.findtext("pitch"))
            if numbers[note] in drawn:
                shown.add(key)
            elif note.findtext("visible") != "0":
                hidden.add(key)
    if lost := len(hidden - shown):
        raise FormatError(f"{lost} notes are not drawn")
