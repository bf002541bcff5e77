"""The staves of a Verovio page: exact lines, and which group belongs to which staff."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from notation.boxes import FloatArray
from notation.staff import LINE_COUNT, Staff
from synth.svg_geometry import Group, Ink

#: Groups that draw staff lines; the second is the small staff of an ossia, over some bars of a staff of that number.
_STAFF_KINDS = ("staff", "oStaff")


@dataclass(eq=False)
class StaffRow:
    """One staff of one system: its lines, the drawn ones among them, its number in the score, and its line pieces.

    The number of an ossia is that of its staff, negative.
    """

    system: int
    number: int
    staff: Staff
    lines_px: FloatArray  # (n, 2) height and thickness of each drawn line
    inks: list[Ink]
    groups: dict[Group, Group] = field(default_factory=dict)  # measure group -> staff group


class StaffRows:
    """The staves of a page from top to bottom.

    Attributes:
        rows: one `StaffRow` a staff, in the order of `Reading.staves`.
        space_px: the staff space of a staff of full size.
    """

    def __init__(self, inks: Iterable[Ink], space_px: float) -> None:
        self.space_px = space_px
        self._systems: list[Group] = []
        self.rows = self._found(inks)
        self._row_of_group = {group: i for i, row in enumerate(self.rows) for group in row.groups.values()}

    def _found(self, inks: Iterable[Ink]) -> list[StaffRow]:
        pieces: dict[tuple[int, int], list[Ink]] = {}
        for ink in inks:
            system = ink.group.within("system")
            if ink.group.kind not in _STAFF_KINDS or system is None or ink.shape != "path":
                continue
            if system not in self._systems:
                self._systems.append(system)
            number = int(ink.group.element.get("data-n", 0))
            number = -number if ink.group.kind == "oStaff" else number
            pieces.setdefault((self._systems.index(system), number), []).append(ink)
        rows = [
            self._row(system, number, part)
            for (system, number), whole in pieces.items()
            for part in (_stretches(whole, self.space_px) if number < 0 else [whole])
        ]
        return sorted(rows, key=lambda row: (row.system, float(row.staff.ys_px[0, 0])))

    def _row(self, system: int, number: int, inks: list[Ink]) -> StaffRow:
        heights = np.array([ink.spine[0, 1] for ink in inks])
        thickness = np.array([ink.thickness_px for ink in inks])
        levels = np.unique(np.round(heights, 2))
        space = (levels[-1] - levels[0]) / (len(levels) - 1) if len(levels) > 1 else self.space_px
        top = levels.mean() - space * (LINE_COUNT - 1) / 2
        x0 = min(float(ink.points[:, 0].min()) for ink in inks)
        x1 = max(float(ink.points[:, 0].max()) for ink in inks)
        lines = np.stack([levels, np.full(len(levels), thickness.max())], 1)
        row = StaffRow(system, number, Staff.straight(x0, x1, top, space), lines, inks)
        for ink in inks:
            measure = ink.group.within("measure")
            if measure is not None:
                row.groups[measure] = ink.group
        return row

    def of_group(self, group: Group) -> int | None:
        """Return the row whose staff group encloses `group`, or None for marks of a whole measure or page."""
        staff = group.within(*_STAFF_KINDS)
        return self._row_of_group.get(staff) if staff is not None else None

    def of_note(self, group: Group) -> int | None:
        """Return the row on which a note or rest is drawn, which is another staff than its own in cross-staff music."""
        home = self.of_group(group)
        for one in group.lineage():
            number = one.element.get("data-staff")
            if number and number.split()[0].isdigit() and home is not None and one.kind in ("note", "chord", "rest"):
                wanted = int(number.split()[0])
                return next(
                    (i for i in self.of_system(group) if self.rows[i].number == wanted), home
                )  # fmt: skip
        return home

    def of_system(self, group: Group) -> list[int]:
        """Return the rows of the system around `group`."""
        system = group.within("system")
        if system is None or system not in self._systems:
            return []
        index = self._systems.index(system)
        return [i for i, row in enumerate(self.rows) if row.system == index]

    def has_measure(self, row: int, group: Group) -> bool:
        """Tell whether a staff is drawn in the measure around `group`."""
        return group.within("measure") in self.rows[row].groups

    def extent(self, row: int) -> tuple[float, float]:
        """Return top and bottom of the ink of a staff's lines; of five virtual lines when fewer are drawn."""
        one = self.rows[row]
        lines = one.staff.ys_px[:, 0]
        half = float(one.lines_px[0, 1]) / 2
        return float(lines[0]) - half, float(lines[-1]) + half

    def nearest(self, group: Group, point: FloatArray) -> int | None:
        """Return the row of the system around `group` whose middle line is nearest to `point`."""
        rows = self.of_system(group)
        return min(rows, key=lambda i: abs(float(self.rows[i].staff.ys_px[2, 0]) - point[1]), default=None)


def _stretches(inks: list[Ink], space_px: float) -> list[list[Ink]]:
    """Split the line pieces of ossias over one staff where more than a staff space lies between them."""
    stretches: list[list[Ink]] = []
    end = -np.inf
    for ink in sorted(inks, key=lambda one: float(one.points[:, 0].min())):
        if ink.points[:, 0].min() > end + space_px:
            stretches.append([])
        stretches[-1].append(ink)
        end = max(end, float(ink.points[:, 0].max()))
    return stretches
