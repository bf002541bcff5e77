"""MusicXML to events. Only what is printed, or takes time, is kept; directions, lyrics, layout and sound are not."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

from lxml import etree

from notation.errors import FormatError
from realscores_eval.lmx.events import MEASURE_REST, TYPE_QL, Clef, Event, Key, Kind, Note, Part, Step, Time
from realscores_eval.lmx.vocabulary import MARKS

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_USUAL_LINE = {"G": "2", "F": "4", "C": "3"}
#: Dots beyond these are never printed.
_MOST_DOTS = 4


def read_parts(text: str) -> list[Part]:
    """Read a `score-partwise` text.

    Raises:
        FormatError: the text is not XML or not a partwise score, or a number in it cannot be read.
    """
    try:
        root = etree.fromstring(_XML_DECLARATION.sub("", text).encode(), _parser())
    except etree.XMLSyntaxError as error:
        raise FormatError(f"not MusicXML: {error}") from error
    if root.tag != "score-partwise":
        raise FormatError(f"expected a score-partwise document, got <{root.tag}>")
    try:
        return [_PartReader(part).part for part in root.iterfind("part")]
    except (ValueError, ZeroDivisionError) as error:
        raise FormatError(f"a number in the MusicXML cannot be read: {error}") from error


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)


class _PartReader:
    """Walks one `<part>`; divisions and the state of a chord go from measure to measure."""

    def __init__(self, part: etree._Element) -> None:
        declared = [int(one.text or 1) for one in part.iterfind("measure/attributes/staves")]
        self.part = Part(max([1, *declared]))
        self._divisions = Fraction(1)
        self._head: Note | None = None  # the first note of the chord that may go on
        for measure in part.iterfind("measure"):
            self.part.measures.append(self._measure(measure))
        self.part.settle_staves()

    def _measure(self, measure: etree._Element) -> list[Event]:
        self._events: list[Event] = []
        self._untyped: list[tuple[int, Fraction]] = []  # index and onset of rests of no stated value
        self._cursor = self._file_time = Fraction(0)
        self._exact_at = {Fraction(0): Fraction(0)}  # exact cursor by time as the file counts it, in rounded durations
        for element in measure:
            if element.tag == "note":
                self._note(element)
            elif element.tag in ("backup", "forward"):
                self._step(element)
            elif element.tag == "attributes":
                self._attributes(element)
        return self._with_measure_rests()

    def _with_measure_rests(self) -> list[Event]:
        """Tell rests without a type that stand alone in their voice from the start: those fill the bar."""
        notes = [event for event in self._events if isinstance(event, Note)]
        shared = Counter((note.voice, note.staff) for note in notes)
        for at, onset in self._untyped:
            note = self._events[at]
            if isinstance(note, Note) and not onset and shared[note.voice, note.staff] == 1:
                self._events[at] = replace(note, type=MEASURE_REST, dots=0, ratio=None)
        return self._events

    def _note(self, element: etree._Element) -> None:
        chord = element.find("chord") is not None
        note = _note(element, self._divisions, self._head if chord else None)
        if note.kind == "rest" and element.find("type") is None:
            self._untyped.append((len(self._events), self._cursor))
        self._events.append(note)
        if not chord:
            self._head = note
            self._file_time += _duration(element, self._divisions) if not note.grace else 0
            self._cursor = self._exact_at.setdefault(self._file_time, self._cursor + note.duration_ql)

    def _step(self, element: etree._Element) -> None:
        by_ql = _duration(element, self._divisions)
        before = self._cursor
        if element.tag == "backup":
            self._file_time = max(self._file_time - by_ql, Fraction(0))
            self._cursor = self._exact_at.get(self._file_time, self._file_time)
        else:
            self._file_time += by_ql
            self._cursor = self._exact_at.setdefault(self._file_time, self._cursor + by_ql)
        self._move(self._cursor - before)

    def _move(self, by_ql: Fraction) -> None:
        last = self._events[-1] if self._events else None
        if isinstance(last, Step) and by_ql and (last.by_ql < 0) == (by_ql < 0):
            self._events[-1] = Step(last.by_ql + by_ql)
        elif by_ql:
            self._events.append(Step(by_ql))

    def _attributes(self, element: etree._Element) -> None:
        self._divisions = Fraction(element.findtext("divisions") or self._divisions)
        self._events += [_key(one) for one in element.iterfind("key")]
        self._events += [_time(one) for one in element.iterfind("time")]
        self._events += [_clef(one) for one in element.iterfind("clef")]


def _note(element: etree._Element, divisions: Fraction, head: Note | None) -> Note:
    """Read a `<note>`; `head` is the first note of its chord, whose stem it shares."""
    found: dict[str, list[etree._Element]] = defaultdict(list)
    for child in element:
        found[child.tag].append(child)
    is_rest, grace = bool(found["rest"]), found["grace"]
    kind: Kind = "rest" if is_rest else "pitch" if found["pitch"] else "unpitched"
    where = found[kind][0] if found[kind] else element
    prefix = "display-" if kind == "unpitched" else ""
    notations = [sign for one in found["notations"] for sign in one]
    note = Note(
        kind=kind,
        step="" if is_rest else where.findtext(f"{prefix}step") or "B",
        octave=0 if is_rest else int(where.findtext(f"{prefix}octave") or 4),
        alter=Fraction(where.findtext("alter") or 0) if kind == "pitch" else None,
        voice=_text(found["voice"]) or "1",
        staff=int(_text(found["staff"]) or 1),
        type=_text(found["type"]),
        ratio=_ratio(found["time-modification"]),
        dots=min(len(found["dot"]), _MOST_DOTS),
        accidental=_text(found["accidental"]),
        stem="" if is_rest else _text(found["stem"]) or (head.stem if head else ""),
        beams=tuple(sorted((int(one.get("number") or 1), one.text or "") for one in found["beam"])),
        tied=_tied([*found["tie"], *(one for one in notations if one.tag == "tied")]),
        tuplets=_ends(one.get("type") for one in notations if one.tag == "tuplet"),
        marks=_marks(notations),
        grace="" if not grace else "slash" if grace[0].get("slash") == "yes" else "grace",
        chord=head is not None,
        cue=bool(found["cue"]) or any(one.get("size") == "cue" for one in found["type"]),
        hidden=element.get("print-object") == "no",
        duration_ql=Fraction(0) if grace else _length(_text(found["duration"]), divisions),
    )
    return _with_value(note, is_rest and where.get("measure") == "yes", divisions)


def _with_value(note: Note, whole_bar: bool, divisions: Fraction) -> Note:
    """Give a note without a type the value of its duration, and one of rounded duration the exact one."""
    known = note.type in TYPE_QL
    if note.kind == "rest" and not note.grace and (whole_bar or (not known and not _value_of(note))):
        return replace(note, type=MEASURE_REST, dots=0, ratio=None)
    if not known:
        kind, dots = _value_of(note) or ("eighth" if note.grace else "quarter", note.dots)
        note = replace(note, type=kind, dots=dots)
    rounded = abs(note.written_ql - note.duration_ql) < 1 / divisions
    return replace(note, duration_ql=note.written_ql) if rounded and note.duration_ql else note


def _value_of(note: Note) -> tuple[str, int] | None:
    """Return the type and dots whose length is the duration, if there are any."""
    plain_ql = note.duration_ql * Fraction(*note.ratio) if note.ratio else note.duration_ql
    for name, length_ql in TYPE_QL.items():
        for dots in range(_MOST_DOTS):
            if length_ql * (2 - Fraction(1, 2**dots)) == plain_ql:
                return name, dots
    return None


def _duration(element: etree._Element, divisions: Fraction) -> Fraction:
    return _length(element.findtext("duration") or "", divisions)


@lru_cache(maxsize=4096)
def _length(text: str, divisions: Fraction) -> Fraction:
    return Fraction(text.strip() or 0) / divisions


def _text(elements: list[etree._Element]) -> str:
    return (elements[0].text or "").strip() if elements else ""


def _ratio(changes: list[etree._Element]) -> tuple[int, int] | None:
    if not changes:
        return None
    actual, normal = (int(changes[0].findtext(tag) or 1) for tag in ("actual-notes", "normal-notes"))
    if actual < 1 or normal < 1:
        raise ValueError(f"a time modification of {actual} in {normal}")
    return actual, normal


def _tied(elements: list[etree._Element]) -> tuple[str, ...]:
    stated = {one.get("type") for one in elements}
    return tuple(one for one in ("stop", "start", "let-ring", "continue") if one in stated)


def _ends(kinds: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(sorted((one for one in kinds if one in ("start", "stop")), reverse=True))


def _marks(notations: list[etree._Element]) -> tuple[str, ...]:
    """Return the signs below `<notations>` that LMX has tokens for."""
    signs = [sign for one in notations for sign in (one if one.tag in ("articulations", "ornaments") else [one])]
    found = [f"{one.tag}:{one.get('type') or 'single'}" if one.tag in ("slur", "tremolo") else one.tag for one in signs]
    return tuple(mark for mark in MARKS for _ in range(found.count(mark))) if found else ()


def _clef(element: etree._Element) -> Clef:
    return Clef(
        sign=(element.findtext("sign") or "G").strip(),
        line=(element.findtext("line") or _USUAL_LINE.get(element.findtext("sign") or "G", "")).strip(),
        octave_change=int(element.findtext("clef-octave-change") or 0),
        staff=int(element.get("number") or 0),
        hidden=element.get("print-object") == "no",
    )


def _key(element: etree._Element) -> Key:
    fifths = element.findtext("fifths")
    steps = [one.text or "" for one in element.iterfind("key-step")]
    alters = [one.text or "0" for one in element.iterfind("key-alter")]
    return Key(
        fifths=int(fifths) if fifths is not None else None if steps else 0,
        signs=tuple(zip(steps, alters, strict=False)) if fifths is None else (),
        staff=int(element.get("number") or 0),
        hidden=element.get("print-object") == "no",
    )


def _time(element: etree._Element) -> Time:
    beats = [(one.text or "").replace(" ", "") for one in element.iterfind("beats")]
    kinds = [(one.text or "").strip() for one in element.iterfind("beat-type")]
    symbol = element.get("symbol") or ""
    return Time(
        fractions=tuple(zip(beats, kinds, strict=False)),
        symbol=symbol if symbol in ("common", "cut") else "",
        staff=int(element.get("number") or 0),
        hidden=element.get("print-object") == "no",
    )
