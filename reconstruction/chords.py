"""Heads on one stem to chords, rests beside them: the events of a page before they have a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from notation.score import TYPE_QL
from reconstruction.beam_owners import settle_beams
from reconstruction.heads import Head
from reconstruction.links import Stem
from reconstruction.sheet import Glyph, Sheet

#: Stemless heads (whole notes) nearer than this sideways sound together; a second displaces a head by 1.2 to 1.8.
WHOLE_SIDE_SP = 1.0
SECOND_SIDE_SP = 2.1

#: Strokes between two notes begin and end this near to their stems or heads, over them by this at most.
STROKE_SIDE_SP = 1.5
STROKE_OVER_SP = 0.5
#: They lie at the height of the stems, or of the heads of whole notes, give or take this.
STROKE_FAR_SP = 1.0

_REST_TYPES = {
    "restDoubleWhole": "breve",
    "restWhole": "whole",
    "restHBar": "whole",
    "restHalf": "half",
    "restQuarter": "quarter",
    "rest8th": "eighth",
    "rest16th": "16th",
    "rest32nd": "32nd",
    "rest64th": "64th",
    "rest128th": "128th",
}
_FLAG_LEVELS = {"flag8th": 1, "flag16th": 2, "flag32nd": 3, "flag64th": 4, "flag128th": 5}
_ENDS: tuple[Literal["start", "stop"], ...] = ("start", "stop")
_SHORT_TYPES = ("quarter", "eighth", "16th", "32nd", "64th", "128th", "256th")


@dataclass(slots=True, eq=False)
class Chord:
    """A chord or a rest (no heads). `staff` is a row of the page's staves; `x` the onset column in px."""

    staff: int
    x: float
    type_name: str
    position: float
    heads: list[Head] = field(default_factory=list)
    stem: Stem | None = None
    rest: Glyph | None = None
    dots: int = 0
    dot_rows: list[int] = field(default_factory=list)
    dot_score: float = 1.0  # of the least sure dot
    group: int | None = None  # beam group, numbered over the page
    small: bool = False
    cue: bool = False  # a small note that takes time
    tuplet: tuple[int, int] | None = None  # actual, normal
    tuplet_id: int | None = None
    tuplet_marked: bool = False
    tuplet_rows: list[int] = field(default_factory=list)
    lead_px: float = 0.0  # room that its accidentals take left of its heads
    tremolo_end: Literal["start", "stop"] | None = None  # one of the two notes of a tremolo between notes
    strokes: int = 0  # of that tremolo
    stroke_rows: list[int] = field(default_factory=list)
    score: float = 1.0
    dropped: bool = False  # taken for dirt because its bar fits only without it

    @property
    def as_read(self) -> tuple[str, int, tuple[int, int] | None, int | None, bool]:
        """What a repair may change: value, dots, tuplet with its number, and whether it is left out."""
        return self.type_name, self.dots, self.tuplet, self.tuplet_id, self.dropped

    @as_read.setter
    def as_read(self, reading: tuple[str, int, tuple[int, int] | None, int | None, bool]) -> None:
        self.type_name, self.dots, self.tuplet, self.tuplet_id, self.dropped = reading

    @property
    def is_rest(self) -> bool:
        """True for a rest sign."""
        return self.rest is not None

    @property
    def is_grace(self) -> bool:
        """True for small notes that take no time."""
        return self.small and not self.cue

    @property
    def direction(self) -> int:
        """+1 upper voice, -1 lower voice, 0 unknown: by the stem, for a rest by its height."""
        if self.stem is not None:
            return 1 if self.stem.up else -1
        if self.is_rest and abs(self.position) >= 3:
            return 1 if self.position > 0 else -1
        return 0

    @property
    def written_ql(self) -> Fraction:
        """Duration as printed: value and dots, without the tuplet."""
        base = TYPE_QL[self.type_name]
        length = base * (2 - Fraction(1, 2**self.dots))
        return length / 2 if self.tremolo_end else length

    @property
    def duration_ql(self) -> Fraction:
        """Duration as sounding: with the tuplet, 0 for grace notes."""
        if self.is_grace:
            return Fraction(0)
        actual, normal = self.tuplet or (1, 1)
        return self.written_ql * normal / actual


def make_chords(sheet: Sheet, heads: list[Head], stems: list[Stem]) -> list[Chord]:
    """Return all chords and rests of the page, left to right, with beam groups numbered."""
    black = settle_beams(stems, heads, sheet.space_px)
    chords = [_stemmed(stem, heads, black) for stem in stems if stem.heads]
    chords += [twin for chord in chords for twin in _twins(chord)]
    held = {index for stem in stems for index in stem.heads}
    chords += _stemless(sheet, [head for index, head in enumerate(heads) if index not in held])
    chords += _rests(sheet)
    _number_groups(chords)
    return sorted(chords, key=lambda one: (one.x, one.staff, -one.position))


def halve_tremolos(sheet: Sheet, chords: list[Chord], strokes: list[Glyph]) -> None:
    """Two notes with strokes between them, or two half notes under one beam, sound each for half of what is written.

    Beams that touch no stem are such strokes.
    """
    beamed = {beam.row for chord in chords if chord.stem is not None for beam in chord.stem.beams}
    for stroke in [*strokes, *(one for one in sheet.named("beam") if one.row not in beamed)]:
        _join(_around(sheet, chords, stroke), 1 if stroke.name == "beam" else int(stroke.name[-1]), [stroke.row])
    groups: dict[int, list[Chord]] = {}
    for chord in chords:
        if chord.group is not None:
            groups.setdefault(chord.group, []).append(chord)
    for members in groups.values():
        if len(members) == 2 and all(one.type_name == "half" for one in members):
            _join(members, max(len(one.stem.levels) + one.stem.lost_levels for one in members if one.stem), [])


def _join(pair: list[Chord], strokes: int, rows: list[int]) -> None:
    """Make two chords the ends of a tremolo, or give it more strokes; chords that are ends of other ones stay so."""
    if any(chord.tremolo_end not in (None, end) for chord, end in zip(pair, _ENDS, strict=False)):
        return
    for chord, end in zip(pair, _ENDS, strict=False):
        chord.tremolo_end = end
        chord.strokes += strokes
        chord.stroke_rows += rows


def _around(sheet: Sheet, chords: list[Chord], stroke: Glyph) -> list[Chord]:
    """The two equal notes that strokes stand between, none if there are no such notes."""
    near = [one for one in chords if one.heads and not one.small and _reaches(sheet, one, stroke)]
    left = [one for one in near if one.x < stroke.cx]
    right = [one for one in near if one.x > stroke.cx]
    pairs = [(a, b) for a in left for b in right if a.type_name == b.type_name and a.staff == b.staff]
    return list(max(pairs, key=lambda pair: pair[0].x - pair[1].x, default=()))


def _reaches(sheet: Sheet, chord: Chord, stroke: Glyph) -> bool:
    """Whether strokes end beside the stem of a chord or, for whole notes, beside its heads."""
    glyphs = [chord.stem.glyph] if chord.stem is not None else [head.glyph for head in chord.heads]
    gap = min(max(stroke.x0 - one.x1, one.x0 - stroke.x1) for one in glyphs) / sheet.space_px
    low, high = min(one.y0 for one in glyphs), max(one.y1 for one in glyphs)
    far = max(low - stroke.y1, stroke.y0 - high) / sheet.space_px
    return -STROKE_OVER_SP < gap < STROKE_SIDE_SP and far < STROKE_FAR_SP


def _stemmed(stem: Stem, heads: list[Head], black: set[int]) -> Chord:
    mine = sorted((heads[i] for i in stem.heads), key=lambda one: one.glyph.cy)
    base = mine[-1] if stem.up else mine[0]  # the head at the stem's root stands in the column
    level = _FLAG_LEVELS.get(_flag_stem(stem), 0) or len(stem.levels) + stem.lost_levels
    lent = any(beam.row in black for beam in stem.beams)  # a half head on the beam of black ones
    type_name = _type_name("noteheadBlack" if lent else base.glyph.name, level)
    return Chord(
        staff=base.staff,
        x=base.glyph.cx,
        type_name=type_name,
        position=sum(one.position for one in mine) / len(mine),
        heads=mine,
        stem=stem,
        small=all(one.small for one in mine),
        score=min(one.glyph.score for one in mine),
    )


def _twins(chord: Chord) -> list[Chord]:
    """Heads that stand twice at one place on one stem: two voices of one stem, the second without its beam."""
    seen: set[tuple[int, int]] = set()
    doubled = []
    for head in chord.heads:
        if (head.staff, head.position) in seen:
            doubled.append(head)
        seen.add((head.staff, head.position))
    if not doubled:
        return []
    chord.heads = [head for head in chord.heads if head not in doubled]
    type_name = _type_name(doubled[0].glyph.name, 0)
    position = sum(head.position for head in doubled) / len(doubled)
    return [Chord(doubled[0].staff, chord.x, type_name, position, doubled, small=chord.small, score=chord.score)]


def _flag_stem(stem: Stem) -> str:
    if stem.flag is None:
        return ""
    return stem.flag.name.removesuffix("Small").removesuffix("Up").removesuffix("Down")


def _type_name(head_name: str, level: int) -> str:
    if "DoubleWhole" in head_name:
        return "breve"
    if "Whole" in head_name:
        return "whole"
    if "Half" in head_name:
        return "half"
    return _SHORT_TYPES[min(level, len(_SHORT_TYPES) - 1)]


def _stemless(sheet: Sheet, heads: list[Head]) -> list[Chord]:
    """Group heads without a stem: one value, one staff, one column."""
    chords: list[Chord] = []
    for head in sorted(heads, key=lambda one: one.glyph.cx):
        for chord in reversed(chords):
            if _same_column(sheet, chord, head):
                chord.heads.append(head)
                chord.position = sum(one.position for one in chord.heads) / len(chord.heads)
                break
        else:
            type_name = _type_name(head.glyph.name, 0)
            chords.append(
                Chord(
                    head.staff,
                    head.glyph.cx,
                    type_name,
                    head.position,
                    [head],
                    small=head.small,
                    score=head.glyph.score,
                )
            )
    return chords


def _same_column(sheet: Sheet, chord: Chord, head: Head) -> bool:
    if chord.staff != head.staff or chord.type_name != _type_name(head.glyph.name, 0) or chord.small != head.small:
        return False
    gap = abs(head.glyph.cx - chord.x) / sheet.space_px
    second = any(abs(one.position - head.position) == 1 for one in chord.heads)
    twin = any(one.position == head.position for one in chord.heads)
    return not twin and gap < (SECOND_SIDE_SP if second else WHOLE_SIDE_SP)


def _rests(sheet: Sheet) -> list[Chord]:
    found = []
    for glyph in sheet.named(*_REST_TYPES):
        staff = sheet.staff_of(glyph)
        if staff is None:
            continue
        position = sheet.position(staff, glyph)
        type_name = _REST_TYPES[glyph.name]
        found.append(Chord(staff, glyph.cx, type_name, position, rest=glyph, score=glyph.score))
    return found


def measure_leads(chords: list[Chord], accidentals: dict[int, Glyph]) -> None:
    """Set `Chord.lead_px`; `accidentals` by the row of their head."""
    for chord in chords:
        signs = [accidentals[head.glyph.row] for head in chord.heads if head.glyph.row in accidentals]
        if signs:
            left = min(head.glyph.x0 for head in chord.heads)
            chord.lead_px = max(0.0, left - min(sign.x0 for sign in signs))


def _number_groups(chords: list[Chord]) -> None:
    """Number beam groups: stems that share a beam are one group, directly or through others."""
    parent: dict[int, int] = {}

    def root(row: int) -> int:
        while parent.setdefault(row, row) != row:
            row = parent[row]
        return row

    beamed = [chord for chord in chords if chord.stem is not None and chord.stem.beams]
    for chord in beamed:
        rows = [beam.row for beam in chord.stem.beams] if chord.stem else []
        for row in rows[1:]:
            parent[root(row)] = root(rows[0])
        root(rows[0])
    for chord in beamed:
        if chord.stem is not None:
            chord.group = root(chord.stem.beams[0].row)
