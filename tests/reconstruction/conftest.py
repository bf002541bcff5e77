"""Hand-made pages: symbols placed on staves by staff position, as an engraver would."""

from __future__ import annotations

import numpy as np
import pytest

from notation.page import Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

SPACE = 10.0


class PageMaker:
    """Collects symbols; x in px, heights in staff positions of a staff (0 the middle line, up positive)."""

    def __init__(self, staves: int = 1, width: float = 900.0) -> None:
        self.staves = tuple(Staff.straight(50, width, 100 + 120 * row, SPACE) for row in range(staves))
        self.boxes: list[tuple[float, float, float, float, float]] = []
        self.names: list[str] = []
        self.width = width

    def y(self, position: float, staff: int = 0) -> float:
        return float(self.staves[staff].y_at(0.0, position))

    def box(self, name: str, cx: float, cy: float, width: float, height: float) -> PageMaker:
        self.names.append(name)
        self.boxes.append((cx, cy, width, height, 0.0))
        return self

    def sign(self, name: str, x: float, position: float, staff: int = 0, w: float = 1.0, h: float = 2.0) -> PageMaker:
        return self.box(name, x, self.y(position, staff), w * SPACE, h * SPACE)

    def clef(self, sign: str = "G", staff: int = 0) -> PageMaker:
        if sign == "G":
            return self.sign("clefG", 70, -0.24, staff, 2.6, 7.0)
        return self.sign("clefF", 70, 0.5, staff, 2.7, 3.6)

    def time(self, beats: int, beat_type: int, x: float = 110, staff: int = 0) -> PageMaker:
        self.sign(f"timeSig{beats}", x, 2, staff, 1.7, 2)
        return self.sign(f"timeSig{beat_type}", x, -2, staff, 1.7, 2)

    def barline(self, x: float, staff: int = 0, name: str = "barlineSingle") -> PageMaker:
        return self.box(name, x, self.y(0, staff), 2 if name == "barlineSingle" else 5, 4 * SPACE)

    def left_edge(self, name: str = "systemicBarline", first: int = 0, last: int | None = None) -> PageMaker:
        last = len(self.staves) - 1 if last is None else last
        top, bottom = self.y(4, first), self.y(-4, last)
        x = 50 if name == "systemicBarline" else 40
        return self.box(name, x, (top + bottom) / 2, 3 if name == "systemicBarline" else 12, bottom - top)

    def head(self, x: float, position: int, staff: int = 0, kind: str = "Black", small: bool = False) -> PageMaker:
        parity = "OnLine" if position % 2 == 0 else "InSpace"
        width = 1.7 if kind == "Whole" else 1.2
        for line in range(6, abs(position) + 1, 2):
            self.sign("ledgerLine", x, line if position > 0 else -line, staff, 1.8, 0.15)
        return self.sign(f"notehead{kind}{parity}{'Small' * small}", x, position, staff, width, 1.0)

    def stem(self, x: float, position: int, up: bool = True, staff: int = 0, length: float = 3.5) -> PageMaker:
        root = self.y(position, staff)
        tip = root - length * SPACE if up else root + length * SPACE
        side = 6.0 if up else -6.0
        return self.box("stem", x + side, (root + tip) / 2, 1.5, abs(root - tip))

    def note(
        self,
        x: float,
        position: int,
        value: int = 4,
        up: bool = True,
        staff: int = 0,
        dots: int = 0,
        small: bool = False,
    ) -> PageMaker:
        """A note of value 1, 2, 4, 8 or 16; short ones get a flag."""
        kind = {1: "Whole", 2: "Half"}.get(value, "Black")
        self.head(x, position, staff, kind, small)
        if value > 1:
            self.stem(x, position, up, staff)
        if value > 4:
            side, word = (6.0, "Up") if up else (-6.0, "Down")
            tip = self.y(position, staff) + (-3.5 if up else 3.5) * SPACE
            centre = tip + (1.5 if up else -1.5) * SPACE
            self.box(f"flag{value}th{word}{'Small' * small}", x + side + 5, centre, 10, 3 * SPACE)
        for dot in range(dots):
            height = position + 1 if position % 2 == 0 else position
            self.sign("augmentationDot", x + 12 + 6 * dot, height, staff, 0.4, 0.4)
        return self

    def beamed(self, xs: list[float], position: int, levels: int = 1, up: bool = True, staff: int = 0) -> PageMaker:
        for x in xs:
            self.head(x, position, staff).stem(x, position, up, staff)
        side, away = (6.0, -1) if up else (-6.0, 1)
        tip = self.y(position, staff) + away * 3.5 * SPACE
        for level in range(levels):
            y = tip - away * (2.5 + 7.5 * level)
            self.box("beam", (xs[0] + xs[-1]) / 2 + side, y, xs[-1] - xs[0] + 1.5, 5)
        return self

    def rest(self, x: float, name: str, staff: int = 0, position: float = 0) -> PageMaker:
        return self.sign(name, x, position, staff, 1.1, 0.5 if "Whole" in name or "Half" in name else 2)

    def reading(self) -> Reading:
        ids = [vocabulary().id_of(name) for name in self.names]
        height = round(self.y(-20, len(self.staves) - 1)) if self.staves else 200
        boxes = np.array(self.boxes).reshape(-1, 5)
        symbols, _ = Symbols.of(boxes, ids, width_px=round(self.width) + 50, height_px=height)
        return Reading(symbols, self.staves)


@pytest.fixture
def page() -> type[PageMaker]:
    return PageMaker
