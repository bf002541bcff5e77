"""Cuts bars out of a MusicXML text, so that the rest is a complete small score of its own."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml import etree

from notation.errors import FormatError

#: The children of `<attributes>` that stay in force until they change, in the order that the schema asks for.
_STANDING = ("divisions", "key", "time", "staves", "part-symbol", "instruments", "clef", "staff-details", "transpose")
_ORDER = ("footnote", "level", *_STANDING, "directive", "measure-style")
#: Signs with a start and a stop that mean nothing when one of the two is missing.
_PAIRED = frozenset(
    ("slur", "wedge", "octave-shift", "pedal", "dashes", "bracket", "wavy-line", "glissando", "slide", "ending")
)
_OPENING = frozenset(("start", "crescendo", "diminuendo", "up", "down", "sostenuto"))
_CLOSING = frozenset(("stop", "discontinue"))


def parse(musicxml: str) -> etree._Element:
    """Return the root of a MusicXML text.

    Raises:
        FormatError: the text is no XML, or not a partwise score with bars.
    """
    parser = etree.XMLParser(remove_blank_text=True, resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(musicxml.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FormatError(f"not MusicXML: {error}") from error
    if root.tag != "score-partwise" or root.find("part/measure") is None:
        raise FormatError(f"expected a score-partwise with bars, got <{root.tag}>")
    return root


def bar_count(musicxml: str) -> int:
    """Return the number of bars; raises `FormatError` as `parse` does."""
    return len(parse(musicxml).findall("part")[0].findall("measure"))


def note_counts(musicxml: str) -> list[int]:
    """Return for each bar the number of `<note>` elements in all parts; raises `FormatError` as `parse` does."""
    counts: list[int] = []
    for part in parse(musicxml).findall("part"):
        for index, measure in enumerate(part.findall("measure")):
            counts += [0] * (index + 1 - len(counts))
            counts[index] += len(measure.findall("note"))
    return counts


def measures(
    musicxml: str,
    first: int,
    last: int,
    *,
    half_ties: bool = True,
    system_starts: Iterable[int] = (),
    print_meter: bool = True,
) -> str:
    """Return the bars `first` to `last`, counted from 0, both included, as a score of its own.

    Divisions, key, clef, meter and transposition in force are stated in the first bar. Slurs, hairpins, octave lines,
    pedal lines and endings that cross an edge are left out.

    Args:
        half_ties: keep the half of a tie whose other note lies outside, as a page prints it.
        system_starts: bars, counted from 0 in `musicxml`, that begin a new system; every other break is removed.
        print_meter: False marks a meter that only stands by inheritance as not printed.

    Raises:
        FormatError: as `parse`, or the bars do not exist.
    """
    root = parse(musicxml)
    starts = set(system_starts)
    for part in root.findall("part"):
        bars = part.findall("measure")
        if not 0 <= first <= last < len(bars):
            raise FormatError(f"expected bars within 0 to {len(bars) - 1}, got {first} to {last}")
        standing = _standing(bars[:first])
        for index, bar in enumerate(bars):
            if not first <= index <= last:
                part.remove(bar)
        kept = bars[first : last + 1]
        _state(kept[0], standing, print_meter)
        _drop_halves(kept)
        _shorten_rests(kept)
        if not half_ties:
            _drop_half_ties(kept)
        _break_systems(kept, {index - first for index in starts})
    if first > 0:
        for credit in root.findall("credit"):
            root.remove(credit)
    return str(etree.tostring(root, encoding="unicode", pretty_print=True))


def _standing(bars: Iterable[etree._Element]) -> dict[tuple[str, str], etree._Element]:
    """Return what holds after `bars`, by element name and staff number."""
    found: dict[tuple[str, str], etree._Element] = {}
    for bar in bars:
        for attributes in bar.findall("attributes"):
            _take(found, attributes)
    return found


def _take(found: dict[tuple[str, str], etree._Element], attributes: etree._Element) -> None:
    for child in attributes:
        if child.tag in _STANDING:
            number = child.get("number", "")
            if not number:
                for key in [key for key in found if key[0] == child.tag]:
                    del found[key]
            found[(str(child.tag), number)] = child


def _state(bar: etree._Element, standing: dict[tuple[str, str], etree._Element], print_meter: bool) -> None:
    """Write what holds into the attributes that open `bar`; what the bar itself states wins."""
    own = _opening_attributes(bar)
    if own is None:
        own = etree.Element("attributes")
        bar.insert(next((i for i, child in enumerate(bar) if child.tag != "print"), len(bar)), own)
    stated = {(child.tag, child.get("number", "")) for child in own}
    for (tag, number), element in standing.items():
        if (tag, number) in stated or (tag, "") in stated:
            continue
        inherited = copy.deepcopy(element)
        if tag == "time" and not print_meter:
            inherited.set("print-object", "no")
        own.append(inherited)
    own[:] = sorted(own, key=lambda child: _ORDER.index(child.tag) if child.tag in _ORDER else len(_ORDER))


def _opening_attributes(bar: etree._Element) -> etree._Element | None:
    for child in bar:
        if child.tag == "attributes":
            return child
        if child.tag in ("note", "backup", "forward"):
            return None
    return None


def _drop_halves(bars: list[etree._Element]) -> None:
    opened: dict[tuple[str, str], list[etree._Element]] = {}
    orphans: list[etree._Element] = []
    for element in _paired(bars):
        key = (str(element.tag), element.get("number", "1"))
        kind = element.get("type", "")
        if kind in _OPENING:
            opened.setdefault(key, []).append(element)
        elif not opened.get(key):
            orphans.append(element)
        elif kind in _CLOSING:
            opened[key].pop()
    for element in (*orphans, *(one for rest in opened.values() for one in rest)):
        _remove(element)


def _paired(bars: Iterable[etree._Element]) -> Iterator[etree._Element]:
    return (element for bar in bars for element in bar.iter(etree.Element) if element.tag in _PAIRED)


def _remove(element: etree._Element) -> None:
    """Remove an element, and the direction, notations or barline around it when nothing else is left in there."""
    parent = element.getparent()
    if parent is None:
        return
    parent.remove(element)
    if _is_hollow(parent):
        _remove(parent)


def _is_hollow(element: etree._Element) -> bool:
    """Tell whether nothing that means anything is left in an element."""
    if element.tag == "direction":
        return element.find("direction-type") is None
    if element.tag == "ornaments":
        return all(child.tag == "accidental-mark" for child in element)
    return len(element) == 0 and element.tag in ("notations", "direction-type", "barline")


def _drop_half_ties(bars: list[etree._Element]) -> None:
    opened: dict[tuple[str | None, ...], list[etree._Element]] = {}
    orphans: list[etree._Element] = []
    for tie in (tie for bar in bars for tie in bar.iter("tie", "tied")):
        note = next(tie.iterancestors("note"))
        key = (str(tie.tag), note.findtext("pitch/step"), note.findtext("pitch/octave"), note.findtext("pitch/alter"))
        if tie.get("type") == "start":
            opened.setdefault(key, []).append(tie)
        elif tie.get("type") == "stop":
            if opened.get(key):
                opened[key].pop(0)
            else:
                orphans.append(tie)
    for tie in (*orphans, *(one for rest in opened.values() for one in rest)):
        _remove(tie)


def _shorten_rests(bars: list[etree._Element]) -> None:
    """A multi-bar rest that runs over the edge is written out bar by bar."""
    for index, bar in enumerate(bars):
        for rest in bar.findall("attributes/measure-style/multiple-rest"):
            if int(rest.text or 1) > len(bars) - index:
                style = rest.getparent()
                if style is not None:
                    style.remove(rest)


def _break_systems(bars: list[etree._Element], starts: set[int]) -> None:
    for index, bar in enumerate(bars):
        for old in bar.findall("print"):
            bar.remove(old)
        if index in starts and index > 0:
            bar.insert(0, etree.Element("print", {"new-system": "yes"}))


def window(counts: list[int], first: int, notes: int) -> int:
    """Return the last bar of the shortest run from `first` that holds `notes` notes, or the last bar of all."""
    total = 0
    for index, count in enumerate(islice(counts, first, None), first):
        total += count
        if total >= notes:
            return index
    return len(counts) - 1
