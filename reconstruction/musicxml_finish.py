"""Completes the XML tree that music21 wrote with what its exporter cannot say; see decision 0003 for the reasons.

Added here: `<staff>`, `<staves>`, clefs of every staff, directions with their staff, slurs, fingerings, tremolos
between notes, accidentals by their printed name, endings, the bar style of repeats, measure numbers that are not whole
numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from notation.score import Clef, Event, Measure, Note, Part, Score
from reconstruction.music21_score import Ids
from reconstruction.musicxml_directions import DirectionWriter

#: What follows an element inside its parent, by the order of the MusicXML 4.0 schema.
_BEHIND_STAFF = ("beam", "notations", "lyric", "play", "listen")
_BEHIND_RATIO = ("stem", "notehead", "notehead-text", "staff", *_BEHIND_STAFF)
_BEHIND_ACCIDENTAL = ("time-modification", *_BEHIND_RATIO)
_BEHIND_STAVES = ("part-symbol", "instruments", "clef", "staff-details", "transpose", "directive", "measure-style")
_BEHIND_CLEF = _BEHIND_STAVES[3:]
_OPENING = ("print", "attributes")
_NUMBERS = re.compile(r"[1-9][0-9]*")


def finish(root: Element, score: Score, ids: Ids, divisions: int) -> None:
    """Complete `root` in place; its parts and measures stand in the order of `score`."""
    _finish_header(root)
    for element, part in zip(root.iterfind("part"), score.parts, strict=True):
        directions = DirectionWriter(ids, divisions)
        for index, (bar, measure) in enumerate(zip(element.iterfind("measure"), part.measures, strict=True)):
            bar.set("number", measure.number)
            _finish_notes(bar, ids)
            _finish_attributes(bar, measure, part, index, ids)
            _finish_barlines(bar, measure)
            _fill_empty(bar, measure, divisions)
            directions.write(bar, measure)


def _finish_header(root: Element) -> None:
    """Drop the day of writing, so that equal scores give equal files, and music21's stand-in names."""
    identification = root.find("identification")
    if identification is None:
        return
    encoding = identification.find("encoding")
    if encoding is not None:
        _remove(encoding, "encoding-date")
        software = Element("software")
        software.text = "detect-score"
        encoding.insert(0, software)
    _remove(identification, "creator")
    _remove(root, "movement-title")  # the same as the work's, or "Music21 Fragment"


def _remove(parent: Element, tag: str) -> None:
    for child in parent.findall(tag):
        parent.remove(child)


def _insert_before(parent: Element, child: Element, followers: Iterable[str]) -> None:
    """Insert `child` before the first of `followers`, at the end if there is none."""
    names = set(followers)
    index = next((i for i, other in enumerate(parent) if other.tag in names), len(parent))
    parent.insert(index, child)


def _text_element(tag: str, text: str) -> Element:
    element = Element(tag)
    element.text = text
    return element


def _finish_notes(bar: Element, ids: Ids) -> None:
    first_of_event: set[int] = set()
    for element in bar.iterfind("note"):
        event, note = ids.notes[element.get("id", "")]
        _insert_before(element, _text_element("staff", str(event.staff)), _BEHIND_STAFF)
        if note is not None:
            _finish_accidental(element, note)
            _add_fingerings(element, note)
        if event.tremolo_end is not None:
            _double_ratio(element)
        if id(event) not in first_of_event:
            first_of_event.add(id(event))
            _add_slurs(element, event)
            _add_tremolo_end(element, event)


def _finish_accidental(element: Element, note: Note) -> None:
    """Print the sign that was read, also where it is another spelling of the alteration ("natural-sharp")."""
    found = element.find("accidental")
    if note.accidental is None:
        return
    if found is None:
        found = Element("accidental")
        _insert_before(element, found, _BEHIND_ACCIDENTAL)
    found.text = note.accidental
    if note.cautionary:
        found.set("cautionary", "yes")


def _notations(element: Element) -> Element:
    found = element.find("notations")
    if found is None:
        found = Element("notations")
        _insert_before(element, found, ("lyric", "play", "listen"))
    return found


def _add_fingerings(element: Element, note: Note) -> None:
    if not note.fingerings:
        return
    notations = _notations(element)
    technical = notations.find("technical")
    if technical is None:
        technical = SubElement(notations, "technical")
    for fingering in note.fingerings:
        SubElement(technical, "fingering", _placed(fingering.placement)).text = fingering.finger


def _placed(placement: str | None) -> dict[str, str]:
    return {} if placement is None else {"placement": placement}


def _add_slurs(element: Element, event: Event) -> None:
    """Write the ends of slurs; stops stand before starts."""
    for kind, numbers in (("stop", event.slur_stops), ("start", event.slur_starts)):
        for number in numbers:
            SubElement(_notations(element), "slur", {"type": kind, "number": str(number)})


def _add_tremolo_end(element: Element, event: Event) -> None:
    if event.tremolo_end is None:
        return
    notations = _notations(element)
    ornaments = notations.find("ornaments")
    if ornaments is None:
        ornaments = SubElement(notations, "ornaments")
    tremolo = _text_element("tremolo", str(event.tremolo))
    tremolo.set("type", event.tremolo_end)
    ornaments.append(tremolo)


def _double_ratio(element: Element) -> None:
    """Each note of a tremolo between two notes sounds for half of its value."""
    ratio = element.find("time-modification")
    if ratio is None:
        ratio = Element("time-modification")
        ratio.extend((_text_element("actual-notes", "1"), _text_element("normal-notes", "1")))
        _insert_before(element, ratio, _BEHIND_RATIO)
    actual = ratio.find("actual-notes")
    if actual is not None:
        actual.text = str(2 * int(actual.text or 1))


def _finish_attributes(bar: Element, measure: Measure, part: Part, index: int, ids: Ids) -> None:
    for element in bar.iterfind("attributes/clef"):
        element.set("number", str(ids.clef_staves[element.attrib.pop("id")]))
    opening = [(staff, clef) for onset, staff, clef in measure.clefs if onset == 0]
    if not opening and index > 0:
        return
    attributes = _opening_attributes(bar)
    if index == 0:
        _insert_before(attributes, _text_element("staves", str(part.staves)), _BEHIND_STAVES)
    for staff, clef in sorted(opening, key=lambda one: one[0]):
        _insert_before(attributes, _clef_element(clef, staff), _BEHIND_CLEF)


def _opening_attributes(bar: Element) -> Element:
    """Return the attributes before the first note, made if need be."""
    for index, child in enumerate(bar):
        if child.tag == "attributes":
            return child
        if child.tag != "print":
            attributes = Element("attributes")
            bar.insert(index, attributes)
            return attributes
    return SubElement(bar, "attributes")


def _clef_element(clef: Clef, staff: int) -> Element:
    element = Element("clef", {"number": str(staff)})
    element.append(_text_element("sign", clef.sign))
    if clef.sign != "percussion":
        element.append(_text_element("line", str(clef.line)))
    if clef.octave_change:
        element.append(_text_element("clef-octave-change", str(clef.octave_change)))
    return element


def _finish_barlines(bar: Element, measure: Measure) -> None:
    if measure.repeat_start:
        _set_style(_barline(bar, "left"), measure.barline_left or "heavy-light")
    if measure.repeat_end:
        _set_style(_barline(bar, "right"), measure.barline_right or "light-heavy")
    if measure.ending_start:
        _add_ending(_barline(bar, "left"), measure.ending_start, "start")
    if measure.ending_stop:
        _add_ending(_barline(bar, "right"), measure.ending_stop, "stop")


def _barline(bar: Element, location: str) -> Element:
    for element in bar.iterfind("barline"):
        if element.get("location") == location:
            return element
    element = Element("barline", {"location": location})
    bar.insert(_behind_opening(bar) if location == "left" else len(bar), element)
    return element


def _behind_opening(bar: Element) -> int:
    return next((i for i, child in enumerate(bar) if child.tag not in _OPENING), len(bar))


def _set_style(barline: Element, style: str) -> None:
    _remove(barline, "bar-style")
    barline.insert(0, _text_element("bar-style", style))


def _add_ending(barline: Element, number: str, kind: str) -> None:
    ending = Element("ending", {"number": ",".join(_NUMBERS.findall(number)), "type": kind})
    _insert_before(barline, ending, ("repeat",))


def _fill_empty(bar: Element, measure: Measure, divisions: int) -> None:
    """Give a bar in which nothing was read its length, as time passed over."""
    if measure.events:
        return
    passed = sum(int(one.findtext("duration", "0")) for one in bar.iterfind("forward"))
    amount = int(measure.length_ql * divisions) - passed
    if amount > 0:
        forward = Element("forward")
        forward.append(_text_element("duration", str(amount)))
        right = next((i for i, one in enumerate(bar) if one.get("location") == "right"), len(bar))
        bar.insert(right, forward)
