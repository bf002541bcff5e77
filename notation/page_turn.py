"""How a page lies in its file, and how it was turned to be read: the way between the two frames.

The *upright frame* is that of `Reading`: staff lines run from left to right, the music stands on its feet. The *file's
frame* is that of the picture that the user gave, as a viewer shows it. They differ by one turn about the middle of the
sheet; the upright sheet is large enough to hold every corner.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.symbols import Symbols

_QUARTER = np.pi / 2


@dataclass(frozen=True)
class PageTurn:
    """A clockwise turn from the file's frame to the upright frame.

    Attributes:
        quarters: whole quarter circles, 0 to 3.
        rest_rad: what is turned beyond them, in [-pi/4, pi/4).
        width_px, height_px: size of the picture in the file.
    """

    quarters: int
    rest_rad: float
    width_px: int
    height_px: int

    @classmethod
    def of(cls, angle_rad: float, width_px: int, height_px: int, least_rest_rad: float = 0.0) -> PageTurn:
        """Return the turn by a clockwise angle; quarter circles alone where the rest is below `least_rest_rad`."""
        quarters = int(np.floor(angle_rad / _QUARTER + 0.5))
        rest = float(angle_rad - quarters * _QUARTER)
        return cls(quarters % 4, rest if abs(rest) >= max(least_rest_rad, 1e-12) else 0.0, width_px, height_px)

    @property
    def opposite(self) -> PageTurn:
        """The turn that puts the page on its head."""
        return replace(self, quarters=(self.quarters + 2) % 4)

    @property
    def degrees(self) -> float:
        """The clockwise turn, in (-180, 180]."""
        whole = 90 * self.quarters + float(np.rad2deg(self.rest_rad))
        return whole - 360 if whole > 180 else whole

    @property
    def is_none(self) -> bool:
        """Whether the two frames are one."""
        return self.quarters == 0 and self.rest_rad == 0

    @property
    def upright_size_px(self) -> tuple[int, int]:
        """Width and height of the upright sheet."""
        width, height = (self.width_px, self.height_px) if self.quarters % 2 == 0 else (self.height_px, self.width_px)
        cos, sin = np.cos(self.rest_rad), abs(np.sin(self.rest_rad))
        wide, high = width * cos + height * sin, width * sin + height * cos
        return int(np.ceil(wide - 1e-9)), int(np.ceil(high - 1e-9))

    @property
    def matrix(self) -> FloatArray:
        """The way from the file's frame to the upright one, 2 x 3, in continuous px."""
        rotation = self._rotation
        shift = np.array(self.upright_size_px) / 2 - rotation @ (self.width_px / 2, self.height_px / 2)
        return np.concatenate([rotation, shift[:, None]], 1)

    @property
    def _rotation(self) -> FloatArray:
        """The 2 x 2 rotation, without rounding where it is by quarter circles alone."""
        cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[self.quarters]
        quarter = np.array([[cos, -sin], [sin, cos]], dtype=np.float64)
        cos_rest, sin_rest = np.cos(self.rest_rad), np.sin(self.rest_rad)
        rotation: FloatArray = quarter @ np.array([[cos_rest, -sin_rest], [sin_rest, cos_rest]])
        return rotation

    def points_to_upright(self, points: ArrayLike) -> FloatArray:
        """Move points (..., 2) from the file's frame to the upright one."""
        matrix = self.matrix
        moved: FloatArray = np.asarray(points, dtype=np.float64) @ matrix[:, :2].T + matrix[:, 2]
        return moved

    def points_to_file(self, points: ArrayLike) -> FloatArray:
        """Move points (..., 2) from the upright frame to the file's."""
        matrix = self.matrix
        moved: FloatArray = (np.asarray(points, dtype=np.float64) - matrix[:, 2]) @ matrix[:, :2]
        return moved

    def boxes_to_upright(self, boxes: FloatArray) -> FloatArray:
        """Move boxes (N, 5) from the file's frame to the upright one; sides stay what they are."""
        return self._turned(boxes, self.points_to_upright(boxes[:, :2]), 1)

    def boxes_to_file(self, boxes: FloatArray) -> FloatArray:
        """Move boxes (N, 5) from the upright frame to the file's; sides stay what they are."""
        return self._turned(boxes, self.points_to_file(boxes[:, :2]), -1)

    def symbols_to_file(self, symbols: Symbols) -> Symbols:
        """Return the symbols in the file's frame, sorted there; row numbers are not those of the upright frame."""
        return Symbols.of(
            self.boxes_to_file(symbols.boxes),
            symbols.class_ids,
            symbols.scores,
            width_px=self.width_px,
            height_px=self.height_px,
            comments=symbols.comments,
        )[0]

    def _turned(self, boxes: FloatArray, centres: FloatArray, direction: int) -> FloatArray:
        out = boxes.copy()
        out[:, :2] = centres
        if self.quarters % 2:
            out[:, 2], out[:, 3] = boxes[:, 3], boxes[:, 2]
        out[:, 4] += direction * self.rest_rad
        return geometry.canonical(out)
