"""What the network is to draw: an energy hill on every symbol, and on the hill the symbol's class, size and angle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from notation.boxes import FloatArray, IntArray

#: Label of pixels off every hill.
NOTHING = -1


@dataclass(frozen=True)
class Hills:
    """How energy falls from a symbol's middle.

    Attributes:
        levels: energy is a whole number from 0, off every hill, to `levels`, in the middle of a symbol.
        radius_px: from the middle to the foot, pixels of the map.
    """

    levels: int
    radius_px: float


@dataclass(frozen=True)
class TargetMaps:
    """Truth of a crop, (H, W) pixels of the map.

    Attributes:
        energy: int64 (H, W), 0 to `Hills.levels`.
        labels: int64 (H, W), class of the hill, `NOTHING` off every hill.
        shapes: float32 (4, H, W): width and height of the hill's box in pixels of the map, and sine and cosine of four
            times its angle, which is whole in [-pi/4, pi/4); zero off every hill.
    """

    energy: NDArray[np.int64]
    labels: NDArray[np.int64]
    shapes: NDArray[np.float32]


def target_maps(boxes: FloatArray, labels: IntArray, height: int, width: int, hills: Hills) -> TargetMaps:
    """Return the truth of a map of the given size.

    The energy of a pixel is max(0, E (1 - d / r)) with d the distance to the nearest middle, rounded to whole levels;
    class and shape are those of the nearest symbol (thesis, chapter 4).

    Args:
        boxes: float64 (N, 5), pixels of the map.
        labels: int64 (N,).
        height, width: size of the map.
        hills: how energy falls.
    """
    nearest = np.full((height, width), hills.radius_px, dtype=np.float32)
    owner = np.full((height, width), NOTHING, dtype=np.int64)
    reach = int(np.ceil(hills.radius_px))
    for row, (x, y) in enumerate(boxes[:, :2].tolist()):
        x0, x1 = max(0, int(x) - reach), min(width, int(x) + reach + 1)
        y0, y1 = max(0, int(y) - reach), min(height, int(y) + reach + 1)
        if x0 >= x1 or y0 >= y1:
            continue
        away = np.hypot(np.arange(x0, x1) + 0.5 - x, (np.arange(y0, y1) + 0.5 - y)[:, None])
        part = nearest[y0:y1, x0:x1]
        mine = away < part
        part[mine] = away[mine]
        owner[y0:y1, x0:x1][mine] = row
    energy = np.rint(hills.levels * (1 - nearest / hills.radius_px)).astype(np.int64)
    owner[energy == 0] = NOTHING
    table = np.concatenate([_shapes(boxes), np.zeros((1, 4), np.float32)])  # the last row is that of no symbol
    names = np.append(labels, NOTHING)
    return TargetMaps(energy, names[owner], np.moveaxis(table[owner], 2, 0))


def _shapes(boxes: FloatArray) -> NDArray[np.float32]:
    angle = 4 * boxes[:, 4:5]
    shapes: NDArray[np.float32] = np.concatenate([boxes[:, 2:4], np.sin(angle), np.cos(angle)], 1).astype(np.float32)
    return shapes
