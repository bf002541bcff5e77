"""Smooth motions that are no matrix: a sheet that curls, bows or slips while it is scanned."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from scipy import ndimage

from notation.boxes import FloatArray
from notation.page import GreyImage
from scoreaug.fields import Field
from scoreaug.motion import Mask

#: (xs, ys) of points on the worn page to the (dx, dy) from there to where their ink stood on the clean page, all in px.
Displacement = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]

#: Distance of the nodes between which a motion is taken as linear. Sheets bend over hundreds of pixels.
_CELL_PX = 16
#: A sheet never folds over itself: displacements that grow faster than this, px a px, are flattened as a whole.
_STEEPEST = 0.5
#: Each round leaves less than half of the error of a displacement that is no steeper: 16 leave 1 / 65,536.
_ROUNDS = 16


class Warp:
    """A displacement, held at nodes (i - 0.5) cells from the corner, so that they reach half a cell beyond the page."""

    def __init__(self, width_px: int, height_px: int, displacement: Displacement) -> None:
        self.size = (width_px, height_px)
        columns, rows = (int(np.ceil(side / _CELL_PX)) + 2 for side in self.size)
        xs, ys = np.meshgrid((np.arange(columns) - 0.5) * _CELL_PX, (np.arange(rows) - 0.5) * _CELL_PX)
        dx, dy = displacement(xs, ys)
        self._nodes: Field = np.stack(np.broadcast_arrays(dx, dy), -1).astype(np.float32)  # (rows, columns, 2)
        steepest = max(float(np.abs(np.diff(self._nodes, axis=axis)).max(initial=0)) for axis in (0, 1)) / _CELL_PX
        self._nodes *= np.float32(min(1.0, _STEEPEST / max(steepest, _STEEPEST)))

    def points(self, points: FloatArray) -> FloatArray:
        """Return where (N, 2) points of the clean page go: the fixed point of p = q + displacement(p)."""
        moved = points.copy()
        for _ in range(_ROUNDS):
            moved = points - self._displaced(moved)
        return moved

    def picture(self, image: GreyImage, fill: int) -> GreyImage:
        """Return the moved picture, bilinear; what comes from outside is `fill`."""
        return self._remapped(image, cv2.INTER_LINEAR, fill)

    def mask(self, labels: Mask) -> Mask:
        """Return the moved label image, nearest pixel; what comes from outside is 0."""
        return self._remapped(labels, cv2.INTER_NEAREST, 0)

    def _displaced(self, points: FloatArray) -> FloatArray:
        """Return (N, 2) displacements at points; beyond the nodes the outermost one holds."""
        where = points.T[::-1] / _CELL_PX + 0.5
        both = [ndimage.map_coordinates(self._nodes[..., i], where, order=1, mode="nearest") for i in (0, 1)]
        return np.stack(both, 1).astype(np.float64)

    def _remapped(self, image: GreyImage, flags: int, fill: int) -> GreyImage:
        width, height = self.size
        rows, columns = self._nodes.shape[:2]
        full = cv2.resize(self._nodes, (columns * _CELL_PX, rows * _CELL_PX), interpolation=cv2.INTER_LINEAR)
        inner = full[_CELL_PX : _CELL_PX + height, _CELL_PX : _CELL_PX + width]
        xs = inner[..., 0] + np.arange(width, dtype=np.float32)
        ys = inner[..., 1] + np.arange(height, dtype=np.float32)[:, None]
        return np.asarray(cv2.remap(image, xs, ys, flags, borderMode=cv2.BORDER_CONSTANT, borderValue=fill), np.uint8)
