"""One `<layer>` of MEI as events."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from fractions import Fraction

from lxml import etree

from realscores_eval.lmx.events import MEASURE_REST, Event, Note, Step, value_ql
from realscores_eval.lmx.unsaid import SIGN_ALTER, flag_count
from realscores_eval.lmx.vocabulary import MARKS
from realscores_eval.systems.mei_marks import Marks, identity
from realscores_eval.systems.mei_signs import clef_of, key_of

_TYPES = {
    "breve": "breve",
    "long": "long",
    "maxima": "maxima",
    "1": "whole",
    "2": "half",
    "4": "quarter",
    "8": "eighth",
}
_TYPES |= {str(part): f"{part}{'nd' if part == 32 else 'th'}" for part in (16, 32, 64, 128, 256, 512, 1024)}
_SIGNS = {"s": "sharp", "f": "flat", "n": "natural", "x": "double-sharp", "ss": "double-sharp", "ff": "flat-flat"}
_SIGNS |= {"ns": "natural-sharp", "nf": "natural-flat"}
_ARTICULATIONS = {"acc": "accent", "stacc": "staccato", "ten": "tenuto", "marc": "strong-accent"}


def local(element: etree._Element) -> str:
    """Return the tag of an element without its namespace."""
    return etree.QName(element).localname


@dataclass(frozen=True)
class _Around:
    """What encloses a note: its staff, ratio of the tuplets, grace, tremolo."""

    staff: int = 1
    ratio: tuple[int, int] | None = None
    grace: bool = False
    tremolo: str = ""


@dataclass
class LayerReader:
    """Reads layers of one voice; ids of the events tell beams and tuplets where they end.

    Attributes:
        voice: its name.
        number: of its staff.
        staves: place in the part by number, for notes on another staff of it.
    """

    marks: Marks
    voice: str
    number: str
    staves: Mapping[str, int]
    _events: list[Event] = field(default_factory=list)
    _ids: dict[str, int] = field(default_factory=dict)

    def read(self, layer: etree._Element) -> list[Event]:
        """Return the events of a layer."""
        self._events, self._ids = [], {}
        self._walk(layer, _Around(self.staves[self.number]))
        for names in self.marks.beams:
            self._beam([self._ids[one] for one in names if one in self._ids])
        return self._events

    def _walk(self, parent: etree._Element, around: _Around) -> None:
        home = around.staff
        for element in parent:
            tag = local(element)
            first = len(self._events)
            around = replace(around, staff=self.staves.get(element.get("staff", ""), home))
            if tag in ("note", "chord", "rest", "mRest"):
                self._sounding(element, tag, around)
            elif tag == "space":
                self._events.append(Step(value_ql(_type(element), _dots(element), around.ratio)))
            elif tag == "clef":
                staff = around.staff if len(self.staves) > 1 else 0
                self._events.append(replace(clef_of(element), staff=staff))
            elif tag == "keySig":
                self._events.append(key_of(element.get("sig", "0")))
            elif tag == "beam":
                self._walk(element, around)
                self._beam([at for at in range(first, len(self._events)) if self._is_beamed(at, around)])
            elif tag == "tuplet":
                self._tuplet(element, around)
            elif tag == "graceGrp":
                self._walk(element, replace(around, grace=True))
            elif tag == "bTrem":
                self._walk(element, replace(around, tremolo="single"))
            elif tag == "fTrem":
                self._double_tremolo(element, around)
            else:
                self._walk(element, around)

    def _sounding(self, element: etree._Element, tag: str, around: _Around) -> None:
        heads = list(element.iterfind("{*}note")) if tag == "chord" else [element]
        for rank, head in enumerate(heads):
            self._ids[identity(head)] = len(self._events)
            if rank == 0:
                self._ids[identity(element)] = len(self._events)
            self._events.append(self._note(head, element, tag, around, first=rank == 0))

    def _note(self, head: etree._Element, element: etree._Element, tag: str, around: _Around, *, first: bool) -> Note:
        rest = tag in ("rest", "mRest")
        grace = "" if not (around.grace or element.get("grace")) else _slash(element)
        accidental, alter = _accidental(head)
        names = {identity(head), identity(element)} if first else {identity(head)}
        said = [mark for name in names - {""} for mark in self.marks.marks.get(name, [])]
        said += _articulations(element) + ([f"tremolo:{around.tremolo}"] if around.tremolo and first else [])
        tied = _tied(head, element) | {end for name in names for end in self.marks.tied.get(name, ())}
        note = Note(
            kind="rest" if rest else "pitch",
            step="" if rest else head.get("pname", "b").upper(),
            octave=0 if rest else int(head.get("oct", "4")),
            alter=None if rest else alter,
            voice=self.voice,
            staff=self.staves.get(head.get("staff", ""), around.staff),
            type=MEASURE_REST if tag == "mRest" else _type(element),
            ratio=around.ratio,
            dots=_dots(element),
            accidental="" if rest else accidental,
            stem=head.get("stem.dir") or element.get("stem.dir") or "",
            tied=tuple(end for end in ("stop", "start") if end in tied),
            marks=tuple(mark for mark in MARKS for _ in range(said.count(mark))) if first else (),
            grace=grace,
            chord=not first,
        )
        return replace(note, duration_ql=note.written_ql)

    def _is_beamed(self, at: int, around: _Around) -> bool:
        event = self._events[at]
        return isinstance(event, Note) and not event.chord and bool(event.grace) == around.grace

    def _beam(self, places: list[int]) -> None:
        """Write the beams of a group: each level goes on where both neighbours have it, else it ends in a hook."""
        notes = [one for at in places if isinstance(one := self._events[at], Note)]
        flags = [flag_count(note.type) for note in notes]
        for rank, (at, note) in enumerate(zip(places, notes, strict=True)):
            before = flags[rank - 1] if rank else 0
            after = flags[rank + 1] if rank + 1 < len(flags) else 0
            if note.kind != "rest" and len(notes) > 1:
                beams = tuple((level, _beam_value(level, before, after, rank)) for level in range(1, flags[rank] + 1))
                self._events[at] = replace(note, beams=beams)

    def _tuplet(self, element: etree._Element, around: _Around) -> None:
        outer = around.ratio or (1, 1)
        ratio = (int(element.get("num", "3")) * outer[0], int(element.get("numbase", "2")) * outer[1])
        first = len(self._events)
        self._walk(element, replace(around, ratio=ratio))
        places = [at for at in range(first, len(self._events)) if self._is_beamed(at, around)]
        if places:
            self._end_tuplet(places[0], "start")
            self._end_tuplet(places[-1], "stop")

    def _end_tuplet(self, at: int, end: str) -> None:
        note = self._events[at]
        if isinstance(note, Note):
            self._events[at] = replace(note, tuplets=tuple(sorted((*note.tuplets, end), reverse=True)))

    def _double_tremolo(self, element: etree._Element, around: _Around) -> None:
        """Two notes that alternate: each has the value of both together, and lasts half of it."""
        for rank, child in enumerate(element):
            wrapped = etree.Element("layer")
            wrapped.append(deepcopy(child))
            inner = replace(around, ratio=(2, 1), tremolo="stop" if rank else "start")
            self._walk(wrapped, inner)


def _beam_value(level: int, before: int, after: int, rank: int) -> str:
    if level <= before and level <= after:
        return "continue"
    if level <= after:
        return "begin"
    if level <= before:
        return "end"
    return "backward hook" if rank else "forward hook"


def _type(element: etree._Element) -> str:
    return _TYPES.get(element.get("dur", ""), "eighth" if element.get("grace") else "quarter")


def _dots(element: etree._Element) -> int:
    return min(int(element.get("dots") or 0) or len(element.findall("{*}dot")), 4)


def _slash(element: etree._Element) -> str:
    return "slash" if "slash" in element.get("stem.mod", "") else "grace"


def _accidental(head: etree._Element) -> tuple[str, Fraction | None]:
    """Return the printed sign, and the alteration where sign or gesture gives it."""
    inside = head.find("{*}accid")
    sources = [head] if inside is None else [inside, head]
    written = next((one.get("accid") for one in sources if one.get("accid")), None)
    sounding = next((one.get("accid.ges") for one in sources if one.get("accid.ges")), None) or written
    sign = _SIGNS.get(written or "", "")
    meant = _SIGNS.get(sounding or "", "")
    return sign, SIGN_ALTER[meant] if meant else None


def _articulations(element: etree._Element) -> list[str]:
    words = element.get("artic", "").split()
    words += [word for one in element.iterfind("{*}artic") for word in one.get("artic", "").split()]
    found = [_ARTICULATIONS[word] for word in words if word in _ARTICULATIONS]
    return found + ["fermata"] * (element.get("fermata") is not None)


def _tied(head: etree._Element, element: etree._Element) -> set[str]:
    state = (head.get("tie") or "") + (element.get("tie") or "")
    ends = {"i": {"start"}, "m": {"start", "stop"}, "t": {"stop"}}
    return {end for letter in state for end in ends.get(letter, set())}
