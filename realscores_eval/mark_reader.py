"""The marks that MusicXML's `<note>`, `<direction>` and `<barline>` print: their kinds and names, nothing repaired.

What is not printed (`print-object="no"`) and what only carries a line on (`continue`) is no mark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction

from lxml import etree

from realscores_eval.printed_music import BAR_MARKS, Mark

#: Kinds that count at each note of a chord; the others count once for all its notes.
AT_EACH_NOTE = ("fingering", "slur end")

_PEDAL = {"start": ("start",), "sostenuto": ("start",), "stop": ("stop",), "change": ("stop", "start")}
_ENDING = {"start": "start", "stop": "stop", "discontinue": "stop"}


def note_marks(note: etree._Element, onset_ql: Fraction) -> Iterator[Mark]:
    """Iterate over the marks in the notations of one `<note>`; dynamics written there are marks of the whole bar."""
    for notations in _shown(note, "notations"):
        for sign in _shown(notations):
            for mark in _marks(sign):
                yield mark if mark.kind in BAR_MARKS else Mark(mark.kind, mark.value, onset_ql)


def direction_marks(direction: etree._Element) -> Iterator[Mark]:
    """Iterate over the dynamics, ends of hairpins, pedals and octave lines of one `<direction>`."""
    for sign in _shown(direction, "direction-type/*"):
        yield from _marks(sign)


def barline_marks(barline: etree._Element) -> Iterator[Mark]:
    """Iterate over repeats, ends of endings, and the style of a right barline that is not regular."""
    repeats = [sign.get("direction", "") for sign in _shown(barline, "repeat")]
    yield from (Mark("repeat", (direction,)) for direction in repeats)
    for sign in _shown(barline, "ending"):
        number, end = "".join(sign.get("number", "").split()), _ENDING.get(sign.get("type", ""))
        if end is not None:
            yield Mark("ending", (number, end))
    style = barline.findtext("bar-style") or ("light-heavy" if "backward" in repeats else "regular")
    if barline.get("location", "right") == "right" and style != "regular":
        yield Mark("barline", (style,))


def _marks(sign: etree._Element) -> Iterator[Mark]:
    return _READERS[sign.tag](sign) if sign.tag in _READERS else iter(())


def _shown(parent: etree._Element, path: str = "*") -> Iterator[etree._Element]:
    return (child for child in parent.iterfind(path) if child.get("print-object") != "no")


def _named(kind: str) -> Callable[[etree._Element], Iterator[Mark]]:
    """Return a reader that takes every child as a mark of its name, `other-...` by its text."""

    def read(parent: etree._Element) -> Iterator[Mark]:
        for child in _shown(parent):
            yield Mark(kind, (_text(child) if child.tag.startswith("other-") else child.tag,))

    return read


def _ornaments(ornaments: etree._Element) -> Iterator[Mark]:
    for mark in _named("ornament")(ornaments):
        if mark.value not in (("tremolo",), ("wavy-line",), ("accidental-mark",)):
            yield mark
    for tremolo in _shown(ornaments, "tremolo"):
        yield Mark("tremolo", (tremolo.get("type", "single"), _text(tremolo)))
    for line in _shown(ornaments, "wavy-line"):
        if line.get("type") == "start":
            yield Mark("ornament", ("wavy-line",))


def _fingerings(technical: etree._Element) -> Iterator[Mark]:
    return (Mark("fingering", (_text(one),)) for one in _shown(technical, "fingering"))


def _pedal(pedal: etree._Element) -> Iterator[Mark]:
    return (Mark("pedal", (end,)) for end in _PEDAL.get(pedal.get("type", ""), ()))


def _octave_line(shift: etree._Element) -> Iterator[Mark]:
    for mark in _end("octave line", "up", "down", "stop")(shift):
        yield Mark(mark.kind, (*mark.value, shift.get("size", "8")))


def _end(kind: str, *types: str) -> Callable[[etree._Element], Iterator[Mark]]:
    """Return a reader that takes an end of a line as a mark of its type, where that is one of `types`."""

    def read(sign: etree._Element) -> Iterator[Mark]:
        if (end := sign.get("type", "")) in types:
            yield Mark(kind, (end,))

    return read


def _text(element: etree._Element) -> str:
    return (element.text or "").strip()


_READERS: dict[str, Callable[[etree._Element], Iterator[Mark]]] = {
    "articulations": _named("articulation"),
    "ornaments": _ornaments,
    "technical": _fingerings,
    "fermata": lambda sign: iter([Mark("fermata")]),
    "arpeggiate": lambda sign: iter([Mark("arpeggio")]),
    "slur": _end("slur end", "start", "stop"),
    "dynamics": _named("dynamics"),
    "wedge": _end("hairpin end", "crescendo", "diminuendo", "stop"),
    "pedal": _pedal,
    "octave-shift": _octave_line,
}
