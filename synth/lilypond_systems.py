"""Which bars begin the systems of a LilyPond page, counted from the barlines drawn."""

from __future__ import annotations

import numpy as np

from notation.boxes import FloatArray, upright
from notation.page import Reading

_BARLINES = ("barlineSingle", "barlineHeavy", "barlineDashed", "barlineDotted")
#: Barline strokes nearer than this belong to one double or final barline, in staff spaces.
_ONE_BARLINE_SP = 2.0


def system_starts(reading: Reading, bar_count: int) -> list[int]:
    """Return the bars, from 0, that begin a system; empty where the barlines do not make `bar_count` bars."""
    starts, total = [], 0
    for top, bottom in _systems(reading):
        starts.append(total)
        total += _bars(reading, top, bottom)
    return starts if total == bar_count else []


def _systems(reading: Reading) -> list[tuple[int, int]]:
    """Return first and last staff of each system: those that a line at the left edge joins, others alone."""
    joins = upright(reading.symbols.boxes[reading.symbols.rows_of("systemicBarline")])
    systems: list[tuple[int, int]] = []
    row = 0
    while row < len(reading.staves):
        middle = float(reading.staves[row].ys_px[2].mean())
        reach = max((join[3] for join in joins if join[1] <= middle <= join[3]), default=middle)
        last = row
        while last + 1 < len(reading.staves) and float(reading.staves[last + 1].ys_px[2].mean()) <= reach:
            last += 1
        systems.append((row, last))
        row = last + 1
    return systems


def _bars(reading: Reading, first: int, last: int) -> int:
    """Count the barlines of the first staff that close a bar with something in it."""
    staff = reading.staves[first]
    lines = _barline_ends(reading, first)
    music = _music_xs(reading, float(staff.ys_px[0, 0]), float(reading.staves[last].ys_px[-1, 0]))
    left, count = staff.x0_px, 0
    for x in lines:
        if ((music > left) & (music < x)).any():
            count += 1
            left = x
    return count


def _barline_ends(reading: Reading, row: int) -> list[float]:
    staff = reading.staves[row]
    hulls = upright(reading.symbols.boxes[reading.symbols.rows_of(*_BARLINES)])
    middle = float(staff.ys_px[2].mean())
    xs = np.sort([hull[0] for hull in hulls if hull[1] < middle < hull[3]])
    kept: list[float] = []
    for x in xs.tolist():
        if not kept or x - kept[-1] > _ONE_BARLINE_SP * staff.space_px:
            kept.append(x)
    return kept


def _music_xs(reading: Reading, top: float, bottom: float) -> FloatArray:
    """Return the middles of the noteheads and rests of a system; ledger notes of its outer staves count too."""
    names = reading.symbols.names
    rows = [i for i, name in enumerate(names) if name.startswith(("notehead", "rest", "repeatMeasure"))]
    boxes = reading.symbols.boxes[rows]
    near = (boxes[:, 1] > top - 3 * reading.staves[0].space_px) & (
        boxes[:, 1] < bottom + 3 * reading.staves[0].space_px
    )
    xs: FloatArray = boxes[near, 0]
    return xs
