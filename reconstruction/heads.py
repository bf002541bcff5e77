"""Noteheads on staves: which staff a head belongs to, and its staff position."""

from __future__ import annotations

from dataclasses import dataclass

from reconstruction.sheet import HALF_STAFF, Glyph, Sheet

#: A position is taken from the class (OnLine or InSpace) when the measured one is this far from every whole number
#: of the right parity at most; truth is within 0.1, detected boxes within 0.4.
PARITY_REACH = 0.8
#: Below this distance from a whole staff position the class is not asked.
SURE = 0.25
#: Between two staves the nearer one wins unless the ledger lines speak; a full set of ledger lines counts this much
#: in staff positions.
LEDGER_WEIGHT = 12.0
#: A ledger line belongs to a head when their centres are this near sideways.
LEDGER_SIDE_SP = 0.9


@dataclass(slots=True)
class Head:
    """A notehead on its staff; `staff` is a row of the page's staves, `position` counts from the middle line."""

    glyph: Glyph
    staff: int
    position: int
    ledgers: list[int]
    doubt: float = 0.0  # distance of the measured from the taken position

    @property
    def small(self) -> bool:
        """True for grace and cue size."""
        return self.glyph.name.endswith("Small")

    @property
    def needs_stem(self) -> bool:
        """False for whole and longer notes."""
        return "Whole" not in self.glyph.name


def read_heads(sheet: Sheet) -> list[Head]:
    """Place every notehead of the page on a staff, left to right."""
    ledgers = sheet.named("ledgerLine")
    heads = []
    for glyph in sheet.starting("notehead"):
        nearest = sheet.staff_of(glyph)
        if nearest is None:
            continue
        staff, rows = _staff(sheet, glyph, _rivals(sheet, glyph, nearest), ledgers)
        measured = sheet.position(staff, glyph)
        if not sheet.exact:
            measured += _ledger_drift(sheet, staff, glyph, rows)
        position = whole_position(measured, glyph.name)
        heads.append(Head(glyph, staff, position, rows, abs(measured - position)))
    return heads


def whole_position(measured: float, name: str) -> int:
    """Round a staff position, the class's parity as witness where rounding is unsure."""
    nearest = round(measured)
    if abs(measured - nearest) <= SURE:
        return nearest
    even = "OnLine" in name
    if not even and "InSpace" not in name:
        return nearest
    right = 2 * round(measured / 2) if even else 2 * round((measured - 1) / 2) + 1
    return right if abs(measured - right) <= PARITY_REACH else nearest


def _ledger_drift(sheet: Sheet, staff: int, glyph: Glyph, rows: list[int]) -> float:
    """Staff positions between where the ledger line next to a head is and where it should be.

    Old plates space their ledger lines wider than the lines of the staff, a half position for each. Lines are counted
    outwards, so that what they add up to is not taken for a further line.
    """
    side = 1 if sheet.position(staff, glyph) > 0 else -1
    heights = sorted(side * sheet.position(staff, sheet.glyphs[row]) for row in rows)
    at, expected = float(HALF_STAFF), HALF_STAFF
    for height in heights:
        expected += 2 * round((height - at) / 2)
        at = height
    return side * (expected - at)


def _rivals(sheet: Sheet, glyph: Glyph, nearest: int) -> list[int]:
    """The staves that the head may belong to: the nearest, and the one on the head's other side, of any system."""
    position = sheet.position(nearest, glyph)
    if abs(position) <= HALF_STAFF + 1:
        return [nearest]
    other = nearest - 1 if position > 0 else nearest + 1
    return [nearest, other] if 0 <= other < len(sheet.staves) else [nearest]


def _staff(sheet: Sheet, glyph: Glyph, staves: list[int], ledgers: list[Glyph]) -> tuple[int, list[int]]:
    """Choose the staff by distance and by the ledger lines between staff and head; also return the ledger rows."""
    best: tuple[float, int, list[int]] | None = None
    for staff in staves:
        position = sheet.position(staff, glyph)
        rows = _ledgers(sheet, glyph, staff, position, ledgers)
        needed = max(0, (round(abs(position)) - HALF_STAFF) // 2)
        missing = max(0, needed - len(rows))
        cost = abs(position) + LEDGER_WEIGHT * (missing / needed if needed else 0)
        if best is None or cost < best[0]:
            best = (cost, staff, rows)
    return (best[1], best[2]) if best else (staves[0], [])


def _ledgers(sheet: Sheet, glyph: Glyph, staff: int, position: float, ledgers: list[Glyph]) -> list[int]:
    """Rows of the ledger lines between the staff and the head."""
    if abs(position) < HALF_STAFF + 1.5:
        return []
    reach = LEDGER_SIDE_SP * sheet.space_px
    side = 1 if position > 0 else -1
    found = []
    for ledger in ledgers:
        if abs(ledger.cx - glyph.cx) > reach:
            continue
        height = sheet.position(staff, ledger) * side
        if HALF_STAFF + 1 < height < abs(position) + 0.7:
            found.append(ledger.row)
    return found
