"""Pitch of every head: clef, staff position, key, and what accidentals of the bar, octave lines and ties say."""

from __future__ import annotations

from dataclasses import dataclass, field

from notation.score import STEPS, Clef, Pitch
from reconstruction.sheet import Glyph, Sheet
from reconstruction.signs import diatonic_at, key_alter

ACCIDENTALS: dict[str, tuple[str, int]] = {
    "accidentalFlat": ("flat", -1),
    "accidentalNatural": ("natural", 0),
    "accidentalSharp": ("sharp", 1),
    "accidentalDoubleSharp": ("double-sharp", 2),
    "accidentalDoubleFlat": ("flat-flat", -2),
}
_OCTAVES = {"ottavaAlta": 1, "ottavaBassa": -1}
#: The dashed line of an octave sign begins within this of the sign.
OTTAVA_GAP_SP = 3.0
#: A head may stand this far outside its octave line.
OTTAVA_SLACK_SP = 0.9


def accidental_of(glyph: Glyph | None) -> tuple[str, int] | None:
    """MusicXML name and semitones of an accidental."""
    return ACCIDENTALS.get(glyph.name.removesuffix("Small")) if glyph is not None else None


@dataclass(slots=True)
class Memory:
    """Accidentals that hold in the bar, by staff and step; `tied` carries them over the barline for one head."""

    held: dict[tuple[int, int], int] = field(default_factory=dict)

    def pitch(
        self, staff: int, position: int, clef: Clef, fifths: int, sign: int | None, tied: int | None, octave: int
    ) -> Pitch:
        """The sounding pitch of a head, and remember its accidental for the rest of the bar."""
        diatonic = diatonic_at(clef, position)
        step = STEPS[diatonic % 7]
        key = (staff, diatonic)
        if sign is not None:
            self.held[key] = sign
            alter = sign
        elif tied is not None:
            alter = tied
        else:
            alter = self.held.get(key, key_alter(fifths, step))
        return Pitch(step, alter, diatonic // 7 + octave)


@dataclass(frozen=True, slots=True)
class OctaveLine:
    """A stretch of a staff that sounds `octaves` higher."""

    staff: int
    x0: float
    x1: float
    octaves: int
    rows: tuple[int, ...]
    above: bool


def octave_lines(sheet: Sheet) -> list[OctaveLine]:
    """Join octave signs with their dashed lines; a line alone goes on from the system before."""
    brackets = sheet.named("ottavaBracket")
    lines, used = [], set()
    for sign in sheet.named("ottavaAlta", "ottavaBassa", "quindicesima"):
        staff = _staff_of(sheet, sign)
        if staff is None:
            continue
        own = [
            one
            for one in brackets
            if abs(one.y_at(one.x0) - sign.cy) < 3 * sheet.space_px
            and -2 * sheet.space_px < one.x0 - sign.x1 < OTTAVA_GAP_SP * sheet.space_px
        ]
        above = sheet.position(staff, sign) > 0
        octaves = _OCTAVES.get(sign.name, 2 if above else -2)
        x1 = max([one.x1 for one in own], default=sign.x1)
        used |= {one.row for one in own}
        lines.append(OctaveLine(staff, sign.x0, x1, octaves, (sign.row, *(one.row for one in own)), above))
    for bracket in brackets:
        staff = sheet.staff_of(bracket)
        if bracket.row not in used and staff is not None:
            above = sheet.position(staff, bracket) > 0
            lines.append(OctaveLine(staff, bracket.x0, bracket.x1, 1 if above else -1, (bracket.row,), above))
    return lines


def _staff_of(sheet: Sheet, sign: Glyph) -> int | None:
    """8va stands above its staff, 8vb below it: the nearest staff on that side."""
    side = {"ottavaAlta": 1, "ottavaBassa": -1}.get(sign.name)
    if side is None or not sheet.staves:
        return sheet.staff_of(sign)
    positions = [(sheet.position(row, sign) * side, row) for row in range(len(sheet.staves))]
    heights = [one for one in positions if one[0] > 0]
    return min(heights)[1] if heights else sheet.staff_of(sign)


def octave_at(lines: list[OctaveLine], staff: int, x: float, slack_px: float) -> int:
    """Octaves that the lines over a staff add at x."""
    return sum(one.octaves for one in lines if one.staff == staff and one.x0 - slack_px <= x <= one.x1 + slack_px)
