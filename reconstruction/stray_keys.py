"""Accidentals that were taken for key signatures: one or two signs on one staff only, right before a head."""

from __future__ import annotations

from dataclasses import replace

from reconstruction.heads import Head
from reconstruction.marks import ACCIDENTAL_HEIGHT, FLAT_RISE
from reconstruction.measures import Bar
from reconstruction.sheet import Glyph, Sheet
from reconstruction.signs import KeySign, StaffSigns
from reconstruction.systems import System

#: A change of key stands on all staves of a system at one x, to within this.
SAME_X_SP = 1.5
#: A signature at the head of a system follows its clef within this.
HEADER_SP = 6.0
#: More signs than these in a row are no accidentals.
MOST_SIGNS = 2
#: An accidental ends this near to the left of its head.
HEAD_REACH_SP = 2.5


def stray_accidentals(
    sheet: Sheet, systems: list[System], bars: list[list[Bar]], signs: list[StaffSigns], heads: list[Head]
) -> list[Glyph]:
    """Take the stray signatures out of `signs`; return their glyphs under the names of accidentals."""
    if sheet.exact:
        return []
    found = []
    for system, cut in zip(systems, bars, strict=True):
        for row in system.staves if cut else ():
            mine = [head for head in heads if head.staff == row]
            for key in list(signs[row].keys):
                owned = [glyph for glyph in map(sheet.glyphs.__getitem__, key.rows) if _before_head(sheet, glyph, mine)]
                if owned and _is_stray(sheet, system, cut, signs, row, key):
                    signs[row].keys.remove(key)
                    found += [replace(one, name="accidental" + one.name.removeprefix("key")) for one in owned]
    return found


def _is_stray(sheet: Sheet, system: System, bars: list[Bar], signs: list[StaffSigns], row: int, key: KeySign) -> bool:
    space = sheet.space_px
    if len(key.rows) > MOST_SIGNS or key.x > bars[-1].x1 - space:
        return False
    if any(0 < key.x - clef.x < HEADER_SP * space for clef in signs[row].clefs[:1]):
        return False
    others = [one for staff in system.staves if staff != row for one in signs[staff].keys]
    return not any(abs(one.x - key.x) < SAME_X_SP * space for one in others)


def _before_head(sheet: Sheet, sign: Glyph, heads: list[Head]) -> bool:
    rise = FLAT_RISE if sign.name == "keyFlat" else 0.0
    for head in heads:
        gap = (head.glyph.x0 - sign.x1) / sheet.space_px
        off = abs(sheet.position(head.staff, sign) - rise - head.position)
        if -0.5 < gap < HEAD_REACH_SP and off < ACCIDENTAL_HEIGHT:
            return True
    return False
