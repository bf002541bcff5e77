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
#: Where fingerings are printed, they are read as tuplets: those of two, four, five ... notes count with a bracket only,
#: those of three and six when they are as sure as this.
SURE_TRIPLET = 0.45
#: A tuplet's bracket begins this near to its number.
BRACKET_SP = 1.5
#: Letters, trills and fingerings are read as octave signs below this; a dashed line beside a sign speaks for both.
SURE_OCTAVE = 0.6
#: The dashed line of an octave sign begins this near to it.
OCTAVE_LINE_SP = 3.0
#: Dynamic letters that fill less than this share of a word's width are letters of it: the f of "con fuoco".
WORD_SHARE = 0.6
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
    sheet.hide(_fingerings(sheet))
    sheet.hide(_doubtful_octaves(sheet))
    sheet.hide(_letters_of_words(sheet))


def _letters_of_words(sheet: Sheet) -> set[int]:
    """Dynamic letters in the middle of a printed word; a dynamic read as a word as well fills it."""
    letters = [one for one in sheet.starting("dynamic") if not one.name.endswith("Hairpin")]
    lost: set[int] = set()
    for word in sheet.named("text", "lyric"):
        inside = [one for one in letters if word.x0 < one.cx < word.x1 and word.y0 < one.cy < word.y1]
        if sum(one.x1 - one.x0 for one in inside) < WORD_SHARE * (word.x1 - word.x0):
            lost |= {one.row for one in inside}
    return lost


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


def _fingerings(sheet: Sheet) -> set[int]:
    """Numbers of tuplets that are rather fingerings, on a page that shows more fingerings than tuplets."""
    brackets = sheet.named("tupletBracket")
    digits = [one for one in sheet.starting("tuplet") if one.name != "tupletBracket"]
    if len(sheet.starting("fingering")) <= len(digits):
        return set()
    return {
        one.row
        for one in digits
        if not (one.name in ("tuplet3", "tuplet6") and one.score >= SURE_TRIPLET)
        and not any(_bracketed(sheet, one, bracket) for bracket in brackets)
    }


def _bracketed(sheet: Sheet, digit: Glyph, bracket: Glyph) -> bool:
    reach = BRACKET_SP * sheet.space_px
    inside = bracket.x0 - reach < digit.cx < bracket.x1 + reach
    return inside and abs(bracket.y_at(digit.cx) - digit.cy) < reach


def _doubtful_octaves(sheet: Sheet) -> set[int]:
    """Unsure octave signs without a dashed line, and dashed lines without a sign: a "cresc." has such a line too.

    A sure line stays where no note stands before it, for it goes on from the system above.
    """
    signs, lines = sheet.named("ottavaAlta", "ottavaBassa", "quindicesima"), sheet.named("ottavaBracket")
    joined = {one.row for sign in signs for line in lines if _continues(sheet, sign, line) for one in (sign, line)}
    unsure = {one.row for one in (*signs, *lines) if one.score < SURE_OCTAVE}
    return (unsure | {one.row for one in lines if _has_notes_before(sheet, one)}) - joined


def _has_notes_before(sheet: Sheet, line: Glyph) -> bool:
    staff, before = sheet.staff_of(line), line.x0 - sheet.space_px
    return any(head.cx < before and sheet.staff_of(head) == staff for head in sheet.starting("notehead"))


def _continues(sheet: Sheet, sign: Glyph, line: Glyph) -> bool:
    reach = OCTAVE_LINE_SP * sheet.space_px
    return abs(line.x0 - sign.x1) < reach and abs(line.y_at(line.x0) - sign.cy) < reach
