"""Staves to systems: what is joined at the left edge or by common barlines is played together."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from reconstruction.sheet import HALF_STAFF, Glyph, Sheet

#: A line at the left edge covers a staff when it reaches the middle line to within this much (detected boxes jitter).
COVER_SP = 1.0
#: Barlines of two staves are one line when they agree to this; neighbouring systems agree only by chance.
ALIGN_SP = 0.35
#: Share of barlines that must agree before two staves without a common left edge count as one system.
ALIGN_SHARE = 0.8
#: Fewer inner barlines than this prove nothing.
ALIGN_LEAST = 3
#: Barlines this near to the ends of a staff agree in every system and are left out of the comparison.
EDGE_SP = 2.0


@dataclass(slots=True)
class System:
    """Staves that sound together; `staves` are rows of the page's staves, spans are indices into `staves`."""

    page: int
    index: int
    staves: list[int]
    braces: list[tuple[int, int]] = field(default_factory=list)
    brackets: list[tuple[int, int]] = field(default_factory=list)
    x0_px: float = 0.0
    x1_px: float = 0.0


def find_systems(sheet: Sheet) -> list[System]:
    """Return the systems of a page from top to bottom."""
    joined = np.zeros(max(len(sheet.staves) - 1, 0), dtype=bool)  # joined[i]: staves i and i + 1 are one system
    held: set[int] = set()
    for glyph in sheet.named("systemicBarline", "brace", "bracket"):
        covered = _covered(sheet, glyph)
        if len(covered) >= 2:
            joined[covered[0] : covered[-1]] = True
            held.update(range(covered[0], covered[-1] + 1))
    for upper in np.flatnonzero(~joined).tolist():
        if not {upper, upper + 1} <= held:
            joined[upper] = _barlines_agree(sheet, upper, upper + 1)
    runs = _runs(joined, len(sheet.staves))
    if not sheet.exact:
        runs = _without_ghosts(sheet, runs)
        sheet.leave_out_staves(set(range(len(sheet.staves))) - {row for run in runs for row in run})
        runs = _mend_split(sheet, runs)
    systems = [_system(sheet, index, staves) for index, staves in enumerate(runs)]
    for system in systems:
        system.braces = _spans(sheet, system, "brace")
        system.brackets = _spans(sheet, system, "bracket")
    return systems


def _covered(sheet: Sheet, glyph: Glyph) -> list[int]:
    """Rows of the staves whose middle line lies within the glyph's height, side by side staves left out."""
    slack = COVER_SP * sheet.space_px
    found = []
    for row, staff in enumerate(sheet.staves):
        middle = float(staff.lines_at(staff.x0_px)[2])
        near = abs(glyph.cx - staff.x0_px) < 6 * sheet.space_px
        if near and glyph.y0 - slack < middle < glyph.y1 + slack:
            found.append(row)
    return found


def _runs(joined: np.ndarray, count: int) -> list[list[int]]:
    runs: list[list[int]] = []
    for row in range(count):
        if row and joined[row - 1]:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _without_ghosts(sheet: Sheet, runs: list[list[int]]) -> list[list[int]]:
    """Leave out traced lines that are no staff: without clef and barline, where the staves beside them have some."""
    marked = set()
    for glyph in sheet.starting("clef", "barline"):
        staff = sheet.staff_of(glyph)
        if staff is not None and abs(sheet.position(staff, glyph)) < HALF_STAFF:
            marked.add(staff)
    if not marked:
        return runs
    kept = [[row for row in run if row in marked] for run in runs]
    return [run for run in kept if run]


def _mend_split(sheet: Sheet, runs: list[list[int]]) -> list[list[int]]:
    """Join neighbours that together have as many staves as the fullest system, where their barlines allow it."""
    full = max(map(len, runs), default=0)
    mended: list[list[int]] = []
    index = 0
    while index < len(runs):
        together = list(runs[index])
        last = index + 1
        while len(together) < full and last < len(runs) and _may_join(sheet, together[-1], runs[last][0]):
            together += runs[last]
            last += 1
        if len(together) == full:
            mended.append(together)
            index = last
        else:
            mended.append(runs[index])
            index += 1
    return mended


def _may_join(sheet: Sheet, upper: int, lower: int) -> bool:
    """Whether most barlines of two staves agree; different systems agree by chance in few."""
    first, second = _inner_barlines(sheet, upper), _inner_barlines(sheet, lower)
    if not first or not second:
        return False
    gaps = np.abs(np.subtract.outer(first, second))
    matched = int((gaps.min(1) < ALIGN_SP * sheet.space_px).sum())
    return 2 * matched > max(len(first), len(second))


def _system(sheet: Sheet, index: int, staves: list[int]) -> System:
    x0 = min(sheet.staves[row].x0_px for row in staves)
    x1 = max(sheet.staves[row].x1_px for row in staves)
    return System(sheet.page, index, staves, x0_px=x0, x1_px=x1)


def _spans(sheet: Sheet, system: System, name: str) -> list[tuple[int, int]]:
    spans = set()
    for glyph in sheet.named(name):
        covered = [system.staves.index(row) for row in _covered(sheet, glyph) if row in system.staves]
        if len(covered) >= 2:
            spans.add((covered[0], covered[-1]))
    return sorted(spans)


def _inner_barlines(sheet: Sheet, row: int) -> list[float]:
    staff, edge = sheet.staves[row], EDGE_SP * sheet.space_px
    lines = [one.cx for one in sheet.starting("barline") if sheet.staff_of(one) == row]
    return [x for x in lines if staff.x0_px + edge < x < staff.x1_px - edge]


def _barlines_agree(sheet: Sheet, upper: int, lower: int) -> bool:
    first, second = _inner_barlines(sheet, upper), _inner_barlines(sheet, lower)
    if min(len(first), len(second)) < ALIGN_LEAST:
        return False
    gaps = np.abs(np.subtract.outer(first, second))
    matched = int((gaps.min(1) < ALIGN_SP * sheet.space_px).sum())
    return matched >= ALIGN_SHARE * max(len(first), len(second))
