"""`Direction` to its MusicXML element: dynamics, hairpins, pedal, octave lines, segno, coda and words."""

from __future__ import annotations

from fractions import Fraction
from xml.etree.ElementTree import Element, SubElement

from notation.score import Direction, Measure
from reconstruction.music21_score import Ids

#: The dynamics that MusicXML 4.0 has elements for; others become `<other-dynamics>`.
_DYNAMICS = frozenset(
    [letter * count for letter in "pf" for count in range(1, 7)]
    + ["mp", "mf", "sf", "sfp", "sfpp", "fp", "rf", "rfz", "sfz", "sffz", "fz", "n", "pf", "sfzp"]
)
_DYNAMIC_LETTERS = frozenset("pmfszrn")
_WEDGES = {"cresc-start": "crescendo", "dim-start": "diminuendo", "wedge-stop": "stop"}
#: Octave lines: the type says where the written notes lie beside the sounding ones, so "8va" is "down".
_OCTAVES = {
    "8va-start": ("down", "8"),
    "8vb-start": ("up", "8"),
    "15ma-start": ("down", "15"),
    "15mb-start": ("up", "15"),
}


#: Signs that open and close; the two ends must stand in this order in the document, also across voices.
_FAMILIES = {"wedge": "wedge", "cresc": "wedge", "dim": "wedge", "pedal": "pedal"} | dict.fromkeys(
    ("8va", "8vb", "15ma", "15mb", "ottava"), "octave"
)


class DirectionWriter:
    """Writes the directions of one part, bar after bar."""

    def __init__(self, ids: Ids, divisions: int) -> None:
        self._ids = ids
        self._divisions = divisions
        self._octave_sizes: dict[int, str] = {}  # of the open octave line, by staff

    def write(self, bar: Element, measure: Measure) -> None:
        """Put each direction before a note of its staff and onset, else at the end of the bar with an `<offset>`.

        The two ends of a hairpin, pedal or octave line stay in order: readers pair them as they come, and the voices of
        a bar follow each other in the document.
        """
        last: dict[tuple[int, str], Element] = {}
        for direction in sorted(measure.directions, key=lambda one: (one.onset_ql, one.kind.endswith("-start"))):
            element = direction_element(direction, self._octave_sizes)
            family = (direction.staff, _FAMILIES.get(direction.kind.partition("-")[0], ""))
            before = last.get(family) if family[1] else None
            self._place(bar, element, direction, before)
            last[family] = element

    def _place(self, bar: Element, element: Element, direction: Direction, before: Element | None) -> None:
        lowest = list(bar).index(before) if before is not None else -1
        for index, child in enumerate(bar):
            if child.tag == "note" and index > lowest and self._starts(child, direction):
                bar.insert(index, element)
                return
        self._append(bar, element, direction.onset_ql)

    def _starts(self, note: Element, direction: Direction) -> bool:
        event, _ = self._ids.notes[note.get("id", "")]
        is_first = note.find("chord") is None
        return is_first and (event.onset_ql, event.staff) == (direction.onset_ql, direction.staff)

    def _append(self, bar: Element, element: Element, onset_ql: Fraction) -> None:
        offset = int(onset_ql * self._divisions) - _cursor(bar)
        if offset:
            child = Element("offset")
            child.text = str(offset)
            element.insert(1, child)
        right = next((i for i, one in enumerate(bar) if one.get("location") == "right"), len(bar))
        bar.insert(right, element)


def _cursor(bar: Element) -> int:
    """Return the time at the end of the bar's last voice, in divisions."""
    signs = {"note": 1, "forward": 1, "backup": -1}
    passing = [one for one in bar if one.tag in signs and one.find("chord") is None]
    return sum(signs[one.tag] * int(one.findtext("duration", "0")) for one in passing)


def direction_element(direction: Direction, sizes: dict[int, str]) -> Element:
    """Return the `<direction>`; `sizes` remembers the size of the open octave line of each staff.

    Hairpins and octave lines are numbered by their staff, so that those of two staves may overlap. A kind that is
    unknown here is written as words.
    """
    element = Element("direction", {"placement": direction.placement})
    sign = SubElement(element, "direction-type")
    number = str(direction.staff)
    kind = direction.kind
    if kind in _WEDGES:
        SubElement(sign, "wedge", {"type": _WEDGES[kind], "number": number})
    elif kind in ("pedal-start", "pedal-stop"):
        SubElement(sign, "pedal", {"type": kind.removeprefix("pedal-"), "line": "no", "sign": "yes"})
    elif kind in _OCTAVES:
        way, sizes[direction.staff] = _OCTAVES[kind]
        SubElement(sign, "octave-shift", {"type": way, "size": sizes[direction.staff], "number": number})
    elif kind == "ottava-stop":
        size = sizes.pop(direction.staff, "8")
        SubElement(sign, "octave-shift", {"type": "stop", "size": size, "number": number})
    elif kind in ("segno", "coda"):
        SubElement(sign, kind)
    elif kind and set(kind) <= _DYNAMIC_LETTERS:
        _add_dynamics(sign, kind)
    else:
        SubElement(sign, "words").text = kind.removeprefix("words:")
    SubElement(element, "staff").text = number
    return element


def _add_dynamics(sign: Element, kind: str) -> None:
    dynamics = SubElement(sign, "dynamics")
    if kind in _DYNAMICS:
        SubElement(dynamics, kind)
    else:
        SubElement(dynamics, "other-dynamics").text = kind
