"""Orchestral scores of 12 to 26 staves, joined from stretches of the parts of real pieces.

The stretches share meter and number of bars and nothing else: what they sound like together is no music, but how
such a page looks, down to brackets, names and bars of rest, is that of a full score.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from lxml import etree

from notation.errors import FormatError
from synth import excerpt
from synth.decoration.events import events_of

#: The families of a full score from top to bottom: name, abbreviation and clef, "{" for two staves with a brace.
_FAMILIES: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (("Piccolo", "Picc.", "G"), ("Flauto I", "Fl.", "G"), ("Flauto II", "Fl.", "G"), ("Oboe I", "Ob.", "G"),
     ("Oboe II", "Ob.", "G"), ("Corno inglese", "C. i.", "G"), ("Clarinetto I", "Cl.", "G"),
     ("Clarinetto II", "Cl.", "G"), ("Fagotto I", "Fag.", "F"), ("Fagotto II", "Fag.", "F")),
    (("Corno I, II", "Cor.", "G"), ("Corno III, IV", "Cor.", "G"), ("Tromba I", "Tr.", "G"), ("Tromba II", "Tr.", "G"),
     ("Trombone I", "Trb.", "C"), ("Trombone II", "Trb.", "F"), ("Tuba", "Tb.", "F")),
    (("Timpani", "Timp.", "F"), ("Triangolo", "Trgl.", "G")),
    (("Arpa", "A.", "{"),),
    (("Violino I", "Vl.", "G"), ("Violino II", "Vl.", "G"), ("Viola", "Vla.", "C"), ("Violoncello", "Vc.", "F"),
     ("Contrabasso", "Cb.", "F")),
)  # fmt: skip
#: How often the instruments of each family play along.
_FAMILY_SHARES = (0.65, 0.6, 0.6, 0.3, 1.0)
_LEAST_STAVES = 12
#: Chance that a part is silent over a stretch of bars, and how long such stretches are.
_SILENCE, _SILENT_BARS = 0.3, (2, 7)
_HIDDEN_RESTS = 0.2
#: Directions that make no sense in another score, or that musicxml2ly writes as nonsense.
_OF_THE_SOURCE = ("metronome", "rehearsal", "segno", "coda", "dynamics/other-dynamics")


@dataclass(frozen=True, eq=False)
class _Stretch:
    """Bars of one part, all of one meter and full: their source, the part's number, first bar, clef, meter."""

    root: etree._Element
    part: int
    first: int
    count: int
    clef: str
    meter: tuple[str, str]


def orchestral_score(texts: Sequence[str], bars: int, rng: np.random.Generator) -> str:
    """Return a full score of `bars` bars, made from the parts of several MusicXML texts.

    Raises:
        FormatError: the texts hold no stretches of enough bars in one meter.
    """
    stretches = [one for text in texts for one in _stretches(excerpt.parse(text), bars)]
    meters = sorted({one.meter for one in stretches})
    rich = [meter for meter in meters if {one.clef for one in stretches if one.meter == meter} >= {"G", "F"}]
    if not rich:
        raise FormatError(f"no meter in which {bars} bars of music stand in both G and F clef")
    meter = rich[int(rng.integers(len(rich)))]
    pool = [one for one in stretches if one.meter == meter]
    hidden = bool(rng.random() < _HIDDEN_RESTS)
    score = etree.Element("score-partwise", {"version": "4.0"})
    part_list = etree.SubElement(score, "part-list")
    for number, (name, short, clef, group) in enumerate(_players(rng), start=1):
        part = _part(_chosen(pool, clef, rng), bars, rng, hidden)
        part.set("id", f"P{number}")
        _enter(part_list, f"P{number}", name, short, group)
        score.append(part)
    return excerpt.measures(str(etree.tostring(score, encoding="unicode")), 0, bars - 1, half_ties=False)


def _players(rng: np.random.Generator) -> list[tuple[str, str, str, str]]:
    """Return name, abbreviation, clef and group signs of every part: brackets "[" and "]", sub-brackets "(" and ")"."""
    families: list[list[tuple[str, str, str]]] = []
    while sum(map(len, families)) < _LEAST_STAVES:
        drawn = [
            [player for player in family if share == 1.0 or rng.random() < share]
            for family, share in zip(_FAMILIES, _FAMILY_SHARES, strict=True)
        ]
        families = [family for family in drawn if family]
    return [
        (name, short, clef, _group(family, place))
        for family in families
        for place, (name, short, clef) in enumerate(family)
    ]


def _group(family: Sequence[tuple[str, str, str]], place: int) -> str:
    """Return the signs at one player: families of two or more are bracketed, and within them desks of one name."""
    names = [name.split()[0] for name, _, _ in family]
    signs = "[" if place == 0 and len(family) > 1 else ""
    if place + 1 < len(names) and names[place] == names[place + 1] and (place == 0 or names[place - 1] != names[place]):
        signs += "("
    if place > 0 and names[place] == names[place - 1] and (place + 1 == len(names) or names[place + 1] != names[place]):
        signs += ")"
    return signs + ("]" if place == len(family) - 1 and len(family) > 1 else "")


def _stretches(root: etree._Element, bars: int) -> Iterator[_Stretch]:
    """Yield stretches of `bars` full bars, none overlapping another of the same part."""
    for number, part in enumerate(root.findall("part")):
        staves = int(part.findtext("measure/attributes/staves") or 1)
        clef = "{" if staves == 2 else part.findtext("measure/attributes/clef/sign") or "G"
        if staves > 2 or clef not in ("G", "F", "C", "{"):
            continue
        first, run, meter = 0, 0, ("", "")
        for index, (now, full) in enumerate(_bars(part)):
            run = run + 1 if full and now == meter and run else int(full)
            first = index if run == 1 else first
            meter = now
            if run == bars:
                yield _Stretch(root, number, first, bars, clef, meter)
                run = 0


def _bars(part: etree._Element) -> list[tuple[tuple[str, str], bool]]:
    """Return for each bar the meter in force, and whether its notes fill it."""
    ends: dict[int, Fraction] = {}
    for event in events_of(part):
        length = Fraction(event.first.findtext("duration") or 0)
        ends[event.bar] = max(ends.get(event.bar, Fraction(0)), event.onset + length)
    divisions, meter, found = Fraction(1), ("", ""), []
    for index, bar in enumerate(part.findall("measure")):
        divisions = Fraction(bar.findtext("attributes/divisions") or divisions)
        if bar.find("attributes/time") is not None:
            meter = (bar.findtext("attributes/time/beats") or "", bar.findtext("attributes/time/beat-type") or "")
        plain = all(one.isdigit() for one in meter)
        full = plain and ends.get(index, Fraction(0)) / divisions == Fraction(4 * int(meter[0]), int(meter[1]))
        found.append((meter, full))
    return found


def _chosen(pool: Sequence[_Stretch], clef: str, rng: np.random.Generator) -> _Stretch:
    """Return a stretch in the wanted clef, or else one in a clef that there is."""
    for wanted in (clef, "F" if clef == "C" else "G"):
        fitting = [one for one in pool if one.clef == wanted]
        if fitting:
            return fitting[int(rng.integers(len(fitting)))]
    return pool[int(rng.integers(len(pool)))]


def _part(stretch: _Stretch, bars: int, rng: np.random.Generator, hidden: bool) -> etree._Element:
    """Return a part made of a stretch, with some of its bars silent."""
    alone = etree.Element("score-partwise", {"version": "4.0"})
    alone.append(copy.deepcopy(stretch.root.findall("part")[stretch.part]))
    text = str(etree.tostring(alone, encoding="unicode"))
    cut = excerpt.parse(excerpt.measures(text, stretch.first, stretch.first + bars - 1, half_ties=False))
    part = cut.find("part")
    if part is None:
        raise FormatError("an empty part")
    columns = part.findall("measure")
    at = 0
    while at < bars:
        if rng.random() < _SILENCE:
            length = int(rng.integers(*_SILENT_BARS))
            for bar in columns[at : at + length]:
                _silence(bar, hidden)
            at += length
        at += int(rng.integers(1, 5))
    for number, bar in enumerate(columns, start=1):
        _clean(bar, number)
    return part


def _silence(bar: etree._Element, hidden: bool) -> None:
    """Leave a whole-bar rest a staff in a bar, and its attributes."""
    staves = sorted({note.findtext("staff") or "" for note in bar.findall("note")})
    length = max((event.onset + _length(event.first) for event in events_of(_alone(bar))), default=Fraction(0))
    for child in [child for child in bar if child.tag not in ("attributes", "print")]:
        bar.remove(child)
    for attributes in bar.findall("attributes")[1:]:
        bar.remove(attributes)
    for place, staff in enumerate(staves):
        if place:
            etree.SubElement(etree.SubElement(bar, "backup"), "duration").text = str(length)
        note = etree.SubElement(bar, "note", {"print-object": "no"} if hidden else {})
        etree.SubElement(note, "rest", {"measure": "yes"})
        etree.SubElement(note, "duration").text = str(length)
        etree.SubElement(note, "voice").text = str(1 + 4 * place)
        if staff:
            etree.SubElement(note, "staff").text = staff


def _length(note: etree._Element) -> Fraction:
    return Fraction(note.findtext("duration") or 0)


def _alone(bar: etree._Element) -> etree._Element:
    part = etree.Element("part")
    part.append(copy.deepcopy(bar))
    return part


def _clean(bar: etree._Element, number: int) -> None:
    """Take out what belongs to the source's page: breaks, barlines, tempo, verses, multi-bar rests; number the bar."""
    bar.set("number", str(number))
    if "implicit" in bar.attrib:
        del bar.attrib["implicit"]
    for tag in ("print", "barline"):
        for child in bar.findall(tag):
            bar.remove(child)
    for path in (
        "note/lyric",
        "attributes/measure-style",
        "attributes/transpose",
        "direction/sound",
        "attributes/staff-details",
    ):
        for child in bar.findall(path):
            child.getparent().remove(child)  # type: ignore[union-attr]
    for direction in bar.findall("direction"):
        if any(direction.find(f"direction-type/{path}") is not None for path in _OF_THE_SOURCE):
            bar.remove(direction)


def _enter(part_list: etree._Element, part_id: str, name: str, short: str, group: str) -> None:
    """Write one part into the part list, with the groups that open and close at it."""
    for sign, number, symbol in (("[", "1", "bracket"), ("(", "2", "square")):
        if sign in group:
            opened = etree.SubElement(part_list, "part-group", {"type": "start", "number": number})
            etree.SubElement(opened, "group-symbol").text = symbol
            etree.SubElement(opened, "group-barline").text = "yes"
    entry = etree.SubElement(part_list, "score-part", {"id": part_id})
    etree.SubElement(entry, "part-name").text = name
    etree.SubElement(entry, "part-abbreviation").text = short
    for sign, number in ((")", "2"), ("]", "1")):
        if sign in group:
            etree.SubElement(part_list, "part-group", {"type": "stop", "number": number})
