"""Detected symbols that cannot be what they were taken for: second readings of the same ink, signs that nothing holds.

Only the less sure one of two rivals is left out, so true symbols, all equally sure, stay as they are. What is left out
is listed among the unused signs.
"""

from __future__ import annotations

from itertools import pairwise

from reconstruction.sheet import HALF_STAFF, Glyph, Sheet

#: Two heads over one another this near are one third's ink read as a third head: a second stands beside its neighbour.
COLUMN_SP = 0.6
SECOND_SP = 0.75
#: The rival must be this much surer.
SURER = 1.15
#: Two clefs nearer than this are one clef read twice; a change of clef takes more room.
CLEF_SP = 2.5
#: A head this far from its staff, in staff positions, needs a ledger line, unless the detector is this sure.
FAR_POSITION = HALF_STAFF + 3
SURE_HEAD = 0.5
#: Fingerings and flourishes are read as double accidentals below this; printed ones are found with more than 0.9.
SURE_DOUBLE = 0.8
LEDGER_SIDE_SP = 1.0
LEDGER_RISE_SP = 1.2


def leave_out_doubtful(sheet: Sheet) -> None:
    """Hide the doubtful symbols of a page of detected symbols."""
    if sheet.exact or not sheet.staves:
        return
    sheet.hide(_wedged_heads(sheet))
    sheet.hide(_floating_heads(sheet))
    sheet.hide(_doubled_clefs(sheet))
    doubles = sheet.starting("accidentalDouble")
    sheet.hide({one.row for one in doubles if one.score < SURE_DOUBLE})


def _wedged_heads(sheet: Sheet) -> set[int]:
    """Heads half a space from a surer one in the same column."""
    heads = sheet.starting("notehead")
    lost: set[int] = set()
    for index, head in enumerate(heads):
        for other in heads[index + 1 :]:
            if other.cx - head.cx > COLUMN_SP * sheet.space_px:
                break
            if abs(other.cy - head.cy) < SECOND_SP * sheet.space_px:
                worse, better = sorted((head, other), key=lambda one: (one.score, one.row))
                if better.score > SURER * worse.score and better.row not in lost:
                    lost.add(worse.row)
    return lost


def _floating_heads(sheet: Sheet) -> set[int]:
    """Unsure heads far above or below their staff with no ledger line near."""
    ledgers = sheet.named("ledgerLine")
    return {
        head.row
        for head in sheet.starting("notehead")
        if head.score < SURE_HEAD and _is_far(sheet, head) and not any(_near(sheet, head, one) for one in ledgers)
    }


def _is_far(sheet: Sheet, head: Glyph) -> bool:
    staff = sheet.staff_of(head)
    return staff is not None and abs(sheet.position(staff, head)) > FAR_POSITION


def _near(sheet: Sheet, head: Glyph, ledger: Glyph) -> bool:
    side, rise = LEDGER_SIDE_SP * sheet.space_px, LEDGER_RISE_SP * sheet.space_px
    return abs(head.cx - ledger.cx) < side and abs(head.cy - ledger.cy) < rise


def _doubled_clefs(sheet: Sheet) -> set[int]:
    """Clefs beside a surer one, and percussion clefs on a staff that shows a clef with pitch."""
    lost: set[int] = set()
    for staff in range(len(sheet.staves)):
        clefs = [one for one in sheet.starting("clefG", "clefC", "clefF", "clefU") if sheet.staff_of(one) == staff]
        for left, right in pairwise(clefs):
            if right.cx - left.cx < CLEF_SP * sheet.space_px and left.score != right.score:
                lost.add(min(left, right, key=lambda one: one.score).row)
        pitched = [one.score for one in clefs if not one.name.startswith("clefU")]
        lost |= {one.row for one in clefs if one.name.startswith("clefU") and max(pitched, default=0.0) > one.score}
    return lost
