"""Events to MusicXML 4.0, by hand with lxml: nothing is added or repaired."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from lxml import etree

from realscores_eval.lmx.events import MEASURE_REST, Clef, Event, Key, Note, Part, Step, Time

_ARTICULATIONS = ("accent", "strong-accent", "staccato", "tenuto")
#: Order of the signs within `<attributes>`.
_SIGN_ORDER = {Key: 0, Time: 1, Clef: 2}
_MOST_SLURS = 16


def musicxml_of(parts: Sequence[Part]) -> str:
    """Return the text of a `score-partwise` document."""
    body = etree.tostring(score_element(parts), encoding="unicode", pretty_print=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'


def score_element(parts: Sequence[Part]) -> etree._Element:
    """Return the root of a `score-partwise` document."""
    root = etree.Element("score-partwise", version="4.0")
    listed = etree.SubElement(root, "part-list")
    for number, part in enumerate(parts, 1):
        one = etree.SubElement(listed, "score-part", id=f"P{number}")
        _child(one, "part-name", f"Part {number}")
        root.append(_PartWriter(part).element(f"P{number}"))
    return root


class _PartWriter:
    """Writes one part; slurs and tuplets that are open go on from measure to measure."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._divisions = _divisions(part)
        self._slurs: list[tuple[str, int]] = []  # (voice, number), the innermost last
        self._tuplets: dict[str, int] = {}

    def element(self, identity: str) -> etree._Element:
        part = etree.Element("part", id=identity)
        for number, events in enumerate(self._part.measures, 1):
            measure = etree.SubElement(part, "measure", number=str(number))
            self._attributes: etree._Element | None = None
            if number == 1:
                self._first_attributes(measure)
            for event in events:
                self._event(measure, event)
        _sort_first_attributes(part)
        return part

    def _first_attributes(self, measure: etree._Element) -> None:
        self._attributes = etree.SubElement(measure, "attributes")
        self._last_rank = 0
        _child(self._attributes, "divisions", self._divisions)
        if self._part.staves > 1:
            _child(self._attributes, "staves", self._part.staves)

    def _event(self, measure: etree._Element, event: Event) -> None:
        if isinstance(event, Clef | Key | Time):
            rank = _SIGN_ORDER[type(event)]
            if self._attributes is None or rank < self._last_rank:
                self._attributes = etree.SubElement(measure, "attributes")
            self._last_rank = rank
            self._attributes.append(_sign(event))
            return
        self._attributes = None
        if isinstance(event, Step):
            step = etree.SubElement(measure, "backup" if event.by_ql < 0 else "forward")
            _child(step, "duration", self._duration(abs(event.by_ql)))
        else:
            measure.append(self._note(event))

    def _duration(self, length_ql: Fraction) -> int:
        return int(length_ql * self._divisions)

    def _note(self, note: Note) -> etree._Element:
        element = etree.Element("note", {"print-object": "no"} if note.hidden else {})
        if note.grace:
            etree.SubElement(element, "grace", slash="yes" if note.grace == "slash" else "no")
        for tag in ["cue"] * note.cue + ["chord"] * note.chord:
            etree.SubElement(element, tag)
        element.append(_pitch(note))
        if not note.grace:
            _child(element, "duration", self._duration(note.duration_ql))
        for end in note.tied:
            if end in ("start", "stop"):
                etree.SubElement(element, "tie", type=end)
        _child(element, "voice", note.voice)
        self._look(element, note)
        self._notations(element, note)
        return element

    def _look(self, element: etree._Element, note: Note) -> None:
        if note.type != MEASURE_REST:
            _child(element, "type", note.type)
        for _ in range(note.dots):
            etree.SubElement(element, "dot")
        if note.accidental:
            _child(element, "accidental", note.accidental)
        if note.ratio:
            change = etree.SubElement(element, "time-modification")
            _child(change, "actual-notes", note.ratio[0])
            _child(change, "normal-notes", note.ratio[1])
        if note.stem:
            _child(element, "stem", note.stem)
        if self._part.staves > 1:
            _child(element, "staff", note.staff)
        for level, value in note.beams:
            _child(element, "beam", value).set("number", str(level))

    def _notations(self, element: etree._Element, note: Note) -> None:
        notations = etree.Element("notations")
        for end in note.tied:
            etree.SubElement(notations, "tied", type=end)
        for end in note.tuplets:
            etree.SubElement(notations, "tuplet", type=end, number=str(self._tuplet(note.voice, end)))
        for mark in note.marks:
            self._mark(notations, note, mark)
        if len(notations):
            element.append(notations)

    def _mark(self, notations: etree._Element, note: Note, mark: str) -> None:
        name, _, value = mark.partition(":")
        if name == "slur":
            etree.SubElement(notations, "slur", type=value, number=str(self._slur(note.voice, value)))
        elif name == "tremolo":
            etree.SubElement(_group(notations, "ornaments"), "tremolo", type=value).text = "3"
        elif name == "trill-mark":
            etree.SubElement(_group(notations, "ornaments"), name)
        elif name in _ARTICULATIONS:
            etree.SubElement(_group(notations, "articulations"), name)
        else:
            etree.SubElement(notations, name)

    def _slur(self, voice: str, end: str) -> int:
        """Number slurs as they nest: an end closes the last one begun in its voice, or else anywhere."""
        if end == "start":
            used = {number for _, number in self._slurs}
            number = next((one for one in range(1, _MOST_SLURS) if one not in used), _MOST_SLURS)
            self._slurs.append((voice, number))
            return number
        own = [one for one in self._slurs if one[0] == voice] or self._slurs
        if not own:
            return 1
        closed = own[-1]
        self._slurs.remove(closed)
        return closed[1]

    def _tuplet(self, voice: str, end: str) -> int:
        depth = self._tuplets.get(voice, 0)
        self._tuplets[voice] = depth + 1 if end == "start" else max(depth - 1, 0)
        return depth + 1 if end == "start" else max(depth, 1)


def _divisions(part: Part) -> int:
    lengths = [
        event.duration_ql if isinstance(event, Note) else event.by_ql
        for measure in part.measures
        for event in measure
        if isinstance(event, Note | Step)
    ]
    return math.lcm(1, *(length.denominator for length in lengths))


def _sort_first_attributes(part: etree._Element) -> None:
    """`<staves>` stands between meter and clefs."""
    first = part.find("measure/attributes")
    staves = first.find("staves") if first is not None else None
    if first is not None and staves is not None:
        first.remove(staves)
        clef = first.find("clef")
        first.insert(len(first) if clef is None else first.index(clef), staves)


def _pitch(note: Note) -> etree._Element:
    if note.kind == "rest":
        return etree.Element("rest", {"measure": "yes"} if note.type == MEASURE_REST else {})
    prefix = "display-" if note.kind == "unpitched" else ""
    element = etree.Element("unpitched" if prefix else "pitch")
    _child(element, f"{prefix}step", note.step)
    if note.alter:
        _child(element, "alter", _decimal(note.alter))
    _child(element, f"{prefix}octave", note.octave)
    return element


def _sign(sign: Clef | Key | Time) -> etree._Element:
    element = _clef(sign) if isinstance(sign, Clef) else _key(sign) if isinstance(sign, Key) else _time(sign)
    if sign.staff:
        element.set("number", str(sign.staff))
    if sign.hidden:
        element.set("print-object", "no")
    return element


def _clef(clef: Clef) -> etree._Element:
    element = etree.Element("clef")
    _child(element, "sign", clef.sign)
    if clef.line:
        _child(element, "line", clef.line)
    if clef.octave_change:
        _child(element, "clef-octave-change", clef.octave_change)
    return element


def _key(key: Key) -> etree._Element:
    element = etree.Element("key")
    if key.fifths is not None:
        _child(element, "fifths", key.fifths)
    for step, alter in key.signs:
        _child(element, "key-step", step)
        _child(element, "key-alter", alter)
    return element


def _time(time: Time) -> etree._Element:
    element = etree.Element("time", {"symbol": time.symbol} if time.symbol else {})
    for beats, kind in time.fractions:
        _child(element, "beats", beats)
        _child(element, "beat-type", kind)
    if not time.fractions:
        etree.SubElement(element, "senza-misura")
    return element


def _decimal(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"


def _group(notations: etree._Element, tag: str) -> etree._Element:
    found = notations.find(tag)
    return etree.SubElement(notations, tag) if found is None else found


def _child(parent: etree._Element, tag: str, value: object) -> etree._Element:
    element = etree.SubElement(parent, tag)
    element.text = str(value)
    return element
