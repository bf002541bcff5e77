"""What the engraver's own score (MEI) tells about the drawn elements: time, voice, staff, part, and what spans what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from lxml import etree

_MEI = "{http://www.music-encoding.org/ns/mei}"
_ID = "{http://www.w3.org/XML/1998/namespace}id"
_TIMED = ("note", "chord", "rest", "space")
_WHOLE_BAR = ("mRest", "mSpace", "multiRest", "mRpt", "mRpt2")
#: The voices of an ossia are numbered from here, apart from those of its staff.
_OSSIA_LAYERS = 100
_DURATIONS = {"long": Fraction(16), "breve": Fraction(8)} | {str(2**n): Fraction(4, 2**n) for n in range(10)}


@dataclass(frozen=True, slots=True)
class Event:
    """When and where a note, chord or rest sounds.

    Attributes:
        onset_ql: from the start of the measure; a grace note has that of the note that it leads to.
        duration: written value as a denominator, "1" for a whole note, "breve", or "" for a rest of a whole bar.
        measure, layer, staff: id of the measure, numbers of layer (voice) and staff in the score.
        order: place among the events of its layer and measure.
    """

    onset_ql: Fraction
    duration: str
    measure: str
    layer: int
    staff: int
    order: int


class MeiScore:
    """Look-ups by element id.

    Attributes:
        events: notes, chords and rests by id; the notes of a chord have the event of their chord.
        part_of_staff: index of the part for each staff number; staves joined by a brace are one part.
    """

    def __init__(self, text: str) -> None:
        root = etree.fromstring(text.encode())
        self._elements = {str(one.get(_ID)): one for one in root.iter(etree.Element) if one.get(_ID)}
        self.part_of_staff = dict(_parts(root))
        self.events: dict[str, Event] = {}
        for measure in root.iter(f"{_MEI}measure"):
            for staff in _staves(measure):
                for layer in staff.iterchildren(f"{_MEI}layer"):
                    self._read_layer(measure, staff, layer)

    def get(self, element_id: str, attribute: str) -> str:
        """Return an attribute of the element with this id, "" where either is missing."""
        element = self._elements.get(element_id.lstrip("#"))
        return "" if element is None else element.get(attribute, "")

    def references(self, element_id: str, attribute: str) -> list[str]:
        """Return the ids that an attribute such as `startid` or `plist` refers to."""
        return [one.lstrip("#") for one in self.get(element_id, attribute).split()]

    def _read_layer(self, measure: etree._Element, staff: etree._Element, layer: etree._Element) -> None:
        number = int(staff.get("n", 0))
        onset = Fraction(0)
        for order, (element, ratio) in enumerate(_timed(layer, Fraction(1))):
            tag = etree.QName(element).localname
            event = Event(
                Fraction(0) if tag in _WHOLE_BAR else onset,
                element.get("dur", ""),
                str(measure.get(_ID)),
                int(layer.get("n", 1)) + (_OSSIA_LAYERS if staff.tag == f"{_MEI}oStaff" else 0),
                number,
                order,
            )
            self.events[str(element.get(_ID))] = event
            for note in element.iter(f"{_MEI}note"):
                self.events[str(note.get(_ID))] = event
            if tag in _TIMED and not _is_grace(element):
                onset += _written_ql(element) * ratio


def _staves(measure: etree._Element) -> Iterator[etree._Element]:
    """Iterate over the staves of a measure, those of ossias too."""
    for child in measure.iterchildren(f"{_MEI}staff", f"{_MEI}ossia"):
        if child.tag == f"{_MEI}ossia":
            yield from child.iterchildren(f"{_MEI}staff", f"{_MEI}oStaff")
        else:
            yield child


def _written_ql(element: etree._Element) -> Fraction:
    """Return the written length of an event; the two notes of a fingered tremolo share the length of one."""
    dots = int(_first_with(element, "dots") or 0) or len(element.findall(f"{_MEI}dot"))
    length = _DURATIONS.get(_first_with(element, "dur"), Fraction(0)) * (2 - Fraction(1, 2**dots))
    parent = element.getparent()
    return length / 2 if parent is not None and parent.tag == f"{_MEI}fTrem" else length


def _first_with(element: etree._Element, attribute: str) -> str:
    """Return an attribute of a chord, or of its first note that has one."""
    return next((one.get(attribute, "") for one in element.iter(etree.Element) if one.get(attribute)), "")


def _is_grace(element: etree._Element) -> bool:
    return element.get("grace") is not None or any(True for _ in element.iterancestors(f"{_MEI}graceGrp"))


def _timed(parent: etree._Element, ratio: Fraction) -> Iterator[tuple[etree._Element, Fraction]]:
    """Iterate over the events below `parent` in order, each with the product of its tuplet ratios."""
    for child in parent.iterchildren(etree.Element):
        tag = etree.QName(child).localname
        if tag in _TIMED or tag in _WHOLE_BAR:
            yield child, ratio
        elif tag == "tuplet":
            yield from _timed(child, ratio * Fraction(int(child.get("numbase", 1)), int(child.get("num", 1))))
        elif tag in ("lem", "sic", "orig"):
            continue
        else:
            yield from _timed(child, ratio)


def _parts(root: etree._Element) -> Iterator[tuple[int, int]]:
    definition = root.find(f".//{_MEI}scoreDef")
    if definition is None:
        return
    part = -1
    last: etree._Element | None = None
    for staff in definition.iter(f"{_MEI}staffDef"):
        group = staff.getparent()
        braced = group is not None and _is_braced(group)
        if not braced or group is not last:
            part += 1
        last = group if braced else None
        yield int(staff.get("n", 0)), part


def _is_braced(group: etree._Element) -> bool:
    if group.tag != f"{_MEI}staffGrp":
        return False
    symbol = group.find(f"{_MEI}grpSym")
    return bool((group if symbol is None else symbol).get("symbol") == "brace")
