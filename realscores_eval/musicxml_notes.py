"""MusicXML to `PrintedMusic`; only lxml is used, so that no music library repairs anything on the way."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from lxml import etree

from notation.errors import FormatError, InputError
from realscores_eval.part_reader import PartReader
from realscores_eval.printed_music import BARLINE_MARKS, Bar, Mark, PrintedMusic, Rest, Sign, StaffBar

_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def read_musicxml(path: Path | str) -> str:
    """Return the text of a .musicxml, .xml or compressed .mxl file.

    Raises:
        InputError: the file is missing or cannot be opened.
        FormatError: it is not XML, or a compressed file without a score.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
    if data[:2] == b"PK":
        data = _unpack(path)
    try:
        return str(etree.tostring(etree.fromstring(data, _parser()), encoding="unicode"))
    except etree.XMLSyntaxError as error:
        raise FormatError(f"{path}: not MusicXML: {error}") from error


def parse(text: str) -> PrintedMusic:
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
        parts = [PartReader(part) for part in root.iterfind("part")]
    except (ValueError, ZeroDivisionError) as error:
        raise FormatError(f"a number in the MusicXML cannot be read: {error}") from error
    return _joined(parts)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)


def _unpack(path: Path) -> bytes:
    """Return the bytes of the score that META-INF/container.xml names first."""
    try:
        with zipfile.ZipFile(path) as archive:
            container = etree.fromstring(archive.read("META-INF/container.xml"), _parser())
            name = next(element.get("full-path") for element in container.iter("{*}rootfile"))
            return archive.read(str(name))
    except (zipfile.BadZipFile, KeyError, StopIteration, etree.XMLSyntaxError) as error:
        raise FormatError(f"{path}: compressed MusicXML without a score: {error}") from error


def _joined(parts: list[PartReader]) -> PrintedMusic:
    """Put the staves of all parts under each other, bar by bar; short parts are filled up with empty bars."""
    longest = max((len(part.bars) for part in parts), default=0)
    bars = []
    for index in range(longest):
        number = next((part.numbers[index] for part in parts if index < len(part.bars)), "")
        staves = [staff for part in parts for staff in part.staves_of(index)]
        marks = _bar_marks([part.bar_marks[index] for part in parts if index < len(part.bars)])
        bars.append(Bar(number, _from_first_sign(staves), marks))
    return PrintedMusic(sum(part.staff_count for part in parts), bars)


def _bar_marks(parts: Iterable[list[Mark]]) -> list[Mark]:
    """Throw together the marks of the whole bar of all parts; what stands at the barline counts once, not by part."""
    of_parts: list[Mark] = []
    at_barline: Counter[Mark] = Counter()
    for marks in parts:
        of_parts += [mark for mark in marks if mark.kind not in BARLINE_MARKS]
        at_barline |= Counter(mark for mark in marks if mark.kind in BARLINE_MARKS)
    return [*of_parts, *at_barline.elements()]


def _from_first_sign(staves: list[StaffBar]) -> list[StaffBar]:
    """Count onsets from the first visible note or rest: a pick-up reads alike with and without invisible padding."""
    onsets = [head.onset_ql for staff in staves for head in staff.heads if head.kind != "grace"]
    onsets += [rest.onset_ql for staff in staves for rest in staff.rests]
    first = min(onsets, default=Fraction(0))
    return staves if not first else [_earlier(staff, first) for staff in staves]


def _earlier(staff: StaffBar, shift_ql: Fraction) -> StaffBar:
    def sign(one: Sign) -> Sign:
        return Sign(max(one.onset_ql - shift_ql, Fraction(0)), one.value)

    def mark(one: Mark) -> Mark:
        return one if one.onset_ql is None else replace(one, onset_ql=one.onset_ql - shift_ql)

    return StaffBar(
        [replace(head, onset_ql=head.onset_ql - shift_ql) for head in staff.heads],
        [Rest(rest.onset_ql - shift_ql, rest.duration_ql) for rest in staff.rests],
        [sign(one) for one in staff.clefs],
        [sign(one) for one in staff.keys],
        [sign(one) for one in staff.meters],
        [mark(one) for one in staff.marks],
    )
