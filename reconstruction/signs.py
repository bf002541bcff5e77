"""Clefs, key signatures and time signatures of one staff, as printed; `timeline` decides what they mean over time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from notation.score import Clef, Time
from reconstruction.key_signs import FLAT_ORDER, SHARP_ORDER, fit_key
from reconstruction.sheet import Glyph, Sheet

#: Signs of one key signature follow each other within this; the next clef or note is farther.
KEY_GAP_SP = 1.2
#: Digits of one meter touch or overlap; two meters in a row stand farther apart.
TIME_GAP_SP = 0.8
#: The little 8 of an octave clef lies within this of the clef sideways, and this near above or below it.
OCTAVE_SIGN_SP = 2.0
OCTAVE_SIGN_RISE_SP = 0.8
#: Height of the clef's reference line below the centre of its box, as share of the box height (Bravura, Leland and
#: Emmentaler agree to 0.03): the G line lies below the centre, the F line above.
_REFERENCE = {"clefG": 0.13, "clefF": -0.21}
#: A clef off its common line must be off by more than this many staff positions; boxes jitter by 0.4.
CLEF_MOVED = 1.3

#: Top and foot of a treble clef, staff spaces below the middle line; one that was found in part is no taller than this,
#: and one of its ends lies this near to where it should.
TREBLE_ENDS_SP, SHORT_TREBLE_SP, TREBLE_END_SP = (-3.4, 3.6), 6.0, 0.5

_CLEFS = ("clefG", "clefC", "clefF", "clefUnpitched")
#: Lines that a clef may stand on, the common one first; small letters and digits read as clefs stand elsewhere.
_LINES = {"G": (2, 1), "F": (4, 3, 5), "C": (3, 4, 1, 2, 5), "percussion": (3,)}
#: A clef on a rare line counts when the detector is as sure as this.
RARE_CLEF_SCORE = 0.4
#: A flat's box centre lies this many staff positions above the step it stands for (SMuFL accidentalFlat).
FLAT_RISE = 1.06

_REFERENCE_DIATONIC = {"G": 32, "F": 24, "C": 28, "percussion": 32}


@dataclass(slots=True)
class ClefSign:
    """A clef at x, px."""

    x: float
    clef: Clef
    rows: list[int]
    score: float = 1.0


@dataclass(slots=True)
class KeySign:
    """A key signature from x to x1, px."""

    x: float
    x1: float
    fifths: int
    rows: list[int]


@dataclass(slots=True)
class TimeSign:
    """A meter at x, px."""

    x: float
    time: Time
    rows: list[int]
    score: float = 1.0


@dataclass(slots=True)
class StaffSigns:
    """Everything printed on one staff of the page, each list left to right."""

    clefs: list[ClefSign] = field(default_factory=list)
    keys: list[KeySign] = field(default_factory=list)
    times: list[TimeSign] = field(default_factory=list)


def read_signs(sheet: Sheet, staff: int) -> StaffSigns:
    """Read the clefs, key and time signatures of one staff."""
    signs = StaffSigns(clefs=_clefs(sheet, staff), times=_times(sheet, staff))
    signs.keys = _keys(sheet, staff, signs.clefs)
    return signs


def diatonic_at(clef: Clef, position: int) -> int:
    """Steps above C0 of a staff position under a clef: the middle line of a G clef is B4, 34."""
    line = clef.line if clef.sign != "percussion" else 2
    return _REFERENCE_DIATONIC[clef.sign] + position - 2 * (line - 3) + 7 * clef.octave_change


def key_alter(fifths: int, step: str) -> int:
    """What the key signature does to a step: +1, -1 or 0."""
    if fifths >= 0:
        return int(step in SHARP_ORDER[:fifths])
    return -int(step in FLAT_ORDER[:-fifths])


def _on_staff(sheet: Sheet, staff: int, *prefixes: str) -> list[Glyph]:
    return [one for one in sheet.starting(*prefixes) if sheet.staff_of(one) == staff]


def _clefs(sheet: Sheet, staff: int) -> list[ClefSign]:
    signs = []
    for glyph in _on_staff(sheet, staff, *_CLEFS):
        near = [one for one in sheet.named("clef8", "clef15") if _clef_of(sheet, one) is glyph]
        clef = _clef(sheet, staff, glyph, near[0] if near else None)
        if clef.line not in _LINES[clef.sign] or (clef.line != _LINES[clef.sign][0] and glyph.score < RARE_CLEF_SCORE):
            continue
        signs.append(ClefSign(glyph.cx, clef, [glyph.row, *(one.row for one in near[:1])], glyph.score))
    return signs


def _clef_of(sheet: Sheet, octave: Glyph) -> Glyph | None:
    """Return the clef that a little 8 belongs to, the nearest one: it may lie between two staves."""

    def rise_px(clef: Glyph) -> float:
        return max(octave.y0 - clef.y1, clef.y0 - octave.y1)

    beside = [one for one in sheet.starting(*_CLEFS) if abs(octave.cx - one.cx) < OCTAVE_SIGN_SP * sheet.space_px]
    nearest = min(beside, key=rise_px, default=None)
    return nearest if nearest is not None and rise_px(nearest) < OCTAVE_SIGN_RISE_SP * sheet.space_px else None


def _clef(sheet: Sheet, staff: int, glyph: Glyph, octave: Glyph | None) -> Clef:
    change = 0
    if octave is not None:
        change = (1 if octave.name == "clef8" else 2) * (1 if octave.cy < glyph.cy else -1)
    if glyph.name == "clefUnpitchedPercussion":
        return Clef("percussion", 3)
    space = sheet.staves[staff].space_px
    height = glyph.y1 - glyph.y0
    position = sheet.position(staff, glyph) - 2 * _REFERENCE.get(glyph.name, 0.0) * height / space
    if glyph.name == "clefG":
        return Clef("G", 2 if _is_part_of_treble(sheet, staff, glyph) else _line(position, 2), change)
    if glyph.name == "clefF":
        return Clef("F", _line(position, 4), change)
    return Clef("C", min(5, max(1, round(position / 2) + 3)), change)


def _is_part_of_treble(sheet: Sheet, staff: int, glyph: Glyph) -> bool:
    """Whether a G clef that was found too short ends at the top or at the foot of one on the second line."""
    space = sheet.staves[staff].space_px
    if sheet.exact or glyph.y1 - glyph.y0 > SHORT_TREBLE_SP * space:
        return False
    middle = float(sheet.staves[staff].y_at(glyph.cx, 0))
    ends = (glyph.y0 - middle) / space, (glyph.y1 - middle) / space
    return any(abs(end - treble) < TREBLE_END_SP for end, treble in zip(ends, TREBLE_ENDS_SP, strict=True))


def _line(position: float, common: int) -> int:
    """The line (1 to 5) at a staff position, the common one unless the box lies clearly elsewhere."""
    if abs(position - 2 * (common - 3)) < CLEF_MOVED:
        return common
    return min(5, max(1, round(position / 2) + 3))


def _keys(sheet: Sheet, staff: int, clefs: list[ClefSign]) -> list[KeySign]:
    groups: list[list[Glyph]] = []
    for glyph in _on_staff(sheet, staff, "keySharp", "keyFlat", "keyNatural"):
        if groups and glyph.x0 - groups[-1][-1].x1 < KEY_GAP_SP * sheet.space_px:
            groups[-1].append(glyph)
        else:
            groups.append([glyph])
    found = []
    for group in groups:
        before = [sign.clef for sign in clefs if sign.x < group[0].cx]
        clef = before[-1] if before else (clefs[0].clef if clefs else Clef("G", 2))
        rows = [one.row for one in group]
        found.append(KeySign(group[0].cx, group[-1].x1, _fifths(sheet, staff, group, clef), rows))
    return found


def _fifths(sheet: Sheet, staff: int, group: list[Glyph], clef: Clef) -> int:
    sharps = [one for one in group if one.name == "keySharp"]
    flats = [one for one in group if one.name == "keyFlat"]
    signs = sharps if len(sharps) >= len(flats) else flats
    if not signs:
        return 0
    rise = 0.0 if signs is sharps else FLAT_RISE
    heights = [diatonic_at(clef, 0) + sheet.position(staff, one) - rise for one in signs]
    return fit_key(heights, [one.score for one in signs], signs is sharps)


def _times(sheet: Sheet, staff: int) -> list[TimeSign]:
    groups: list[list[Glyph]] = []
    for glyph in sorted(_on_staff(sheet, staff, "timeSig"), key=lambda one: one.x0):
        if groups and glyph.x0 - max(one.x1 for one in groups[-1]) < TIME_GAP_SP * sheet.space_px:
            groups[-1].append(glyph)
        else:
            groups.append([glyph])
    found = []
    for group in groups:
        time = _time(sheet, staff, group)
        if time is not None:
            found.append(TimeSign(group[0].x0, time, [one.row for one in group], min(one.score for one in group)))
    return found


def _time(sheet: Sheet, staff: int, group: list[Glyph]) -> Time | None:
    names = {one.name for one in group}
    symbols: tuple[tuple[str, Literal["common", "cut"], str, int], ...] = (
        ("timeSigCommon", "common", "4", 4),
        ("timeSigCutCommon", "cut", "2", 2),
    )
    for name, symbol, beats, beat_type in symbols:
        if name in names:
            return Time(beats, beat_type, symbol)
    upper = _digits([one for one in group if sheet.position(staff, one) > 0])
    lower = _digits([one for one in group if sheet.position(staff, one) <= 0 and one.name != "timeSigPlus"])
    sums = [part for part in upper.split("+") if part and int(part) > 0]
    if not sums or lower not in ("1", "2", "4", "8", "16", "32", "64"):
        return None
    return Time("+".join(sums), int(lower))


def _digits(glyphs: list[Glyph]) -> str:
    ordered = sorted(glyphs, key=lambda one: one.cx)
    return "".join("+" if one.name == "timeSigPlus" else one.name.removeprefix("timeSig") for one in ordered)
