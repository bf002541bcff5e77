"""What every place of a page is worth to a line that looks for the ink of an arc."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.arcs.ink import INK, SILENT

#: Double precision, or single for speed.
Reals: TypeAlias = NDArray[np.floating[Any]]

#: Nothing looks further for ink than this, staff spaces.
FARTHEST_SP = 0.6
#: Distances in a map are whole numbers up to this; a flag is for other ink.
_FARTHEST, _IS_SILENT = np.uint8(127), np.uint8(128)


@dataclass(frozen=True)
class ArcMap:
    """The ink of a page, uint8 (H, W) as `detector.arcs.ink` makes it, and what every pixel is worth, uint8 (H, W).

    A code is the distance from ink, in steps of `FARTHEST_SP / 127` staff spaces, and the flag `_IS_SILENT` on other
    ink: a byte a pixel, for speed.
    """

    ink: NDArray[np.uint8]
    codes: NDArray[np.uint8]
    space_px: float

    @classmethod
    def of(cls, ink: NDArray[np.uint8], space_px: float) -> ArcMap:
        """Measure a map made by `detector.arcs.ink`; `space_px` is the staff space."""
        away = cv2.distanceTransform((ink != INK).view(np.uint8), cv2.DIST_L2, 3)
        steps = cv2.convertScaleAbs(away, alpha=int(_FARTHEST) / (space_px * FARTHEST_SP)).astype(np.uint8, copy=False)
        codes = np.minimum(steps, _FARTHEST) | ((ink >= SILENT).view(np.uint8) * _IS_SILENT)
        return cls(ink, codes, space_px)

    def gains(self, page_x: Reals, page_y: Reals, blur_sp: float, silent: float) -> NDArray[np.float32]:
        """Return what a line gains at places (...), px: 1 on ink, 0 at `blur_sp` from it, -1 on paper, and at least
        `silent` on other ink."""
        value = np.clip(1 - np.arange(int(_FARTHEST) + 1) * (FARTHEST_SP / int(_FARTHEST)) / blur_sp, -1, 1)
        worth = np.concatenate([value, np.maximum(value, silent)]).astype(np.float32)
        gains: NDArray[np.float32] = worth[self.codes.ravel()[self.index(page_x, page_y)]]
        return gains

    def kinds(self, page_x: Reals, page_y: Reals) -> NDArray[np.uint8]:
        """Return what lies at places (...), px: paper, ink or other ink; the border of the page goes on outside."""
        kinds: NDArray[np.uint8] = self.ink.ravel()[self.index(page_x, page_y)]
        return kinds

    def index(self, page_x: Reals, page_y: Reals) -> NDArray[np.int32]:
        """Return the numbers of the pixels at places (...), row by row."""
        height, width = self.ink.shape
        x = np.maximum(np.minimum(page_x.astype(np.int32), width - 1), 0)  # half the time of clip
        y = np.maximum(np.minimum(page_y.astype(np.int32), height - 1), 0)
        index: NDArray[np.int32] = y * np.int32(width) + x
        return index
