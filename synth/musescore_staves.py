"""The staves of a MuseScore page, system by system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from notation.boxes import FloatArray
from notation.errors import FormatError
from notation.staff import LINE_COUNT, Staff
from synth.musescore_svg import Leaf

#: Neighbouring lines of one staff differ in their distance by less than this share of it.
_EVEN = 0.1


@dataclass(frozen=True)
class System:
    """One system of a page: its height in page px, and the bars on it, counted from 0 in the score."""

    top_px: float
    bottom_px: float
    bars: range


@dataclass(frozen=True, eq=False)
class StaffRow:
    """One staff of one system: its lines, and the ink of its lines, float64 (K, 2), page px."""

    staff: Staff
    system: int
    points: FloatArray


class StaffRows:
    """The staves of a page from top to bottom.

    Attributes:
        rows: one `StaffRow` a staff, in the order of `Reading.staves`.
        systems: the systems of the page.
        space_px: the staff space of a staff of full size.
    """

    def __init__(self, leaves: Sequence[Leaf], systems: Sequence[System], space_px: float) -> None:
        """Find the staves among `leaves`, which stand in `systems`.

        Raises:
            FormatError: a staff does not have five lines.
        """
        self.space_px = space_px
        self.systems = systems
        lines = _lines([leaf for leaf in leaves if leaf.kind == "StaffLines"])
        self.rows = [_row(lines[i : i + LINE_COUNT], systems) for i in range(0, len(lines), LINE_COUNT)]
        self._middles = np.array([float(row.staff.ys_px[2].mean()) for row in self.rows])

    def nearest(self, point: FloatArray) -> int | None:
        """Return the row whose middle line is nearest to a point, page px; None on a page without staves."""
        return int(np.abs(self._middles - point[1]).argmin()) if len(self.rows) else None

    def row_of(self, bar: int, staff: int) -> int | None:
        """Return the row of a staff of the score, from 0, in the system of a bar; None where it is not drawn."""
        for number, system in enumerate(self.systems):
            if bar in system.bars:
                rows = self.of_system(number)
                return rows[staff] if staff < len(rows) else None
        return None

    def of_system(self, system: int) -> list[int]:
        """Return the rows of a system, top to bottom."""
        return [row for row, one in enumerate(self.rows) if one.system == system]

    def size(self, row: int) -> float:
        """Return the size of a staff against the full size."""
        return self.rows[row].staff.space_px / self.space_px

    def extent(self, row: int) -> tuple[float, float]:
        """Return top and bottom of the ink of a staff's lines, page px."""
        points = self.rows[row].points
        return float(points[:, 1].min()), float(points[:, 1].max())

    def position(self, row: int, point: FloatArray) -> int:
        """Return the staff position of a point, rounded."""
        return round(float(self.rows[row].staff.position_at(float(point[0]), float(point[1]))))


def _lines(leaves: Sequence[Leaf]) -> list[FloatArray]:
    """Return the ink of each staff line from top to bottom; pieces at one height are one line."""
    pieces: dict[float, list[FloatArray]] = {}
    for leaf in leaves:
        pieces.setdefault(round(float(leaf.centre[1]), 1), []).append(leaf.points)
    return [np.concatenate(pieces[height]) for height in sorted(pieces)]


def _row(lines: Sequence[FloatArray], systems: Sequence[System]) -> StaffRow:
    heights = np.array([(line[:, 1].min() + line[:, 1].max()) / 2 for line in lines])
    gaps = np.diff(heights)
    if len(lines) != LINE_COUNT or np.abs(gaps - gaps.mean()).max() > _EVEN * gaps.mean():
        raise FormatError("expected staves of five lines")
    points = np.concatenate(list(lines))
    staff = Staff.of([points[:, 0].min(), points[:, 0].max()], np.stack([heights, heights], 1))
    inside = [i for i, system in enumerate(systems) if system.top_px < heights[2] < system.bottom_px]
    if len(inside) != 1:
        raise FormatError("a staff lies in no system")
    return StaffRow(staff, inside[0], points)
