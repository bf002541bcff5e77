"""`Sheet`: one page as reconstruction looks at it: symbols as glyphs, measured against every staff at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from notation.boxes import FloatArray, upright
from notation.page import Reading
from notation.staff import Staff

#: Half the height of a staff in staff positions: the outer lines lie at +4 and -4.
HALF_STAFF = 4
#: Staff position of everything on a staff that was left out: farther than any page is high.
NOWHERE = 1e6


@dataclass(frozen=True, slots=True)
class Glyph:
    """One symbol row; the upright hull in page pixels, y down, and the oriented sides and angle beside it."""

    row: int
    name: str
    x0: float
    y0: float
    x1: float
    y1: float
    cx: float
    cy: float
    width: float
    height: float
    angle_rad: float
    score: float

    def y_at(self, x_px: float) -> float:
        """Height of the box's long middle line at `x_px`: what a slanted beam or bracket has there."""
        return self.cy + float(np.tan(self.angle_rad)) * (x_px - self.cx)


class Sheet:
    """The symbols and staves of one page.

    Attributes:
        page: index of the page in the score, from 0.
        glyphs: one for each symbol row.
        staves: the traced staves, top to bottom.
        space_px: the page's staff space; 10 px when no staff was traced.
        exact: the symbols are true ones: every score is 1.
        positions: float64 (S, N), staff position of every glyph's centre on every staff (0 middle line, up positive).
    """

    def __init__(self, reading: Reading, page: int = 0) -> None:
        self.page = page
        self.staves: tuple[Staff, ...] = reading.staves
        self.width_px = reading.symbols.width_px
        symbols = reading.symbols
        self.exact = bool((symbols.scores == 1).all())
        hull = upright(symbols.boxes)
        rows = zip(hull.tolist(), symbols.boxes.tolist(), symbols.names, symbols.scores.tolist(), strict=True)
        self.glyphs = [
            Glyph(
                row,
                name,
                hull_row[0],
                hull_row[1],
                hull_row[2],
                hull_row[3],
                box[0],
                box[1],
                box[2],
                box[3],
                box[4],
                score,
            )
            for row, (hull_row, box, name, score) in enumerate(rows)
        ]
        self.space_px = float(np.median([staff.space_px for staff in self.staves])) if self.staves else 10.0
        self.positions = _positions(self.staves, symbols.boxes)
        self.nearest_staff = _nearest(self.positions)
        self._by_name: dict[str, list[Glyph]] = defaultdict(list)
        for glyph in self.glyphs:
            self._by_name[glyph.name].append(glyph)

    def hide(self, rows: set[int]) -> None:
        """Leave symbols out of `named` and `starting`; they keep their rows in `glyphs`."""
        for name, glyphs in self._by_name.items():
            self._by_name[name] = [one for one in glyphs if one.row not in rows]

    def leave_out_staves(self, rows: set[int]) -> None:
        """Let no glyph be on these staves; they keep their rows in `staves`."""
        for row in rows:
            self.positions[row] = NOWHERE
        self.nearest_staff = _nearest(self.positions)

    def named(self, *names: str) -> list[Glyph]:
        """The glyphs of these classes, left to right."""
        return sorted((one for name in names for one in self._by_name.get(name, ())), key=lambda one: one.cx)

    def starting(self, *prefixes: str) -> list[Glyph]:
        """The glyphs whose class begins with one of `prefixes`, left to right."""
        return self.named(*(name for name in self._by_name if name.startswith(prefixes)))

    def position(self, staff: int, glyph: Glyph) -> float:
        """Staff position of the glyph's centre, not rounded."""
        return float(self.positions[staff, glyph.row])

    def staff_of(self, glyph: Glyph) -> int | None:
        """The staff whose lines are nearest to the glyph's centre, None on a page without staves."""
        return int(self.nearest_staff[glyph.row]) if self.staves else None


def _positions(staves: tuple[Staff, ...], boxes: FloatArray) -> FloatArray:
    if not staves:
        return np.zeros((0, len(boxes)))
    return np.stack([staff.position_at(boxes[:, 0], boxes[:, 1]) for staff in staves])


def _nearest(positions: FloatArray) -> FloatArray:
    if not len(positions):
        return np.zeros(positions.shape[1])
    nearest: FloatArray = np.argmin(np.maximum(np.abs(positions), HALF_STAFF), axis=0)
    return nearest
