"""Thin boxes made wide enough for the network, and narrow again afterwards.

A stem is 2 px wide where the finest cell of the network is 8 px: assigner and loss fail on it (AP 0.00, measured; 0.999
once widened). So every side below half a staff space is widened to that for training, and the typical true side of its
class is stored with the weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from notation.boxes import FloatArray, IntArray

#: A predicted side up to this many times the smallest side the network knows is taken for a widened one.
WIDENED_TOLERANCE = 1.35


def widen(boxes: FloatArray, least_px: FloatArray | float) -> FloatArray:
    """Return boxes (N, 5) whose sides are at least `least_px`, a number or (N,)."""
    out = boxes.copy()
    least = np.broadcast_to(np.asarray(least_px, dtype=np.float64), (len(boxes),))
    out[:, 2:4] = np.maximum(boxes[:, 2:4], least[:, None])
    return out


def typical_sides_sp(boxes_sp: FloatArray, labels: IntArray, class_count: int, least_sp: float) -> FloatArray:
    """Return the median of the true sides below `least_sp` for each class, (C, 2) width and height in staff spaces.

    A class where a side is thin in fewer than a tenth of its boxes gets `least_sp` there: nothing to narrow.
    """
    out = np.full((class_count, 2), least_sp)
    for label in np.unique(labels).tolist():
        sides = boxes_sp[labels == label, 2:4]
        for axis in (0, 1):
            thin = sides[:, axis][sides[:, axis] < least_sp]
            if len(thin) * 10 >= len(sides):
                out[label, axis] = float(np.median(thin))
    return out


def narrow(boxes: FloatArray, labels: IntArray, typical_px: FloatArray, least_px: float) -> FloatArray:
    """Undo `widen`: sides near `least_px` become the typical side of their class.

    Args:
        boxes: float64 (N, 5), predicted boxes.
        labels: int64 (N,), rows of `typical_px`.
        typical_px: float64 (C, 2), see `typical_sides_sp`, in the pixels of `boxes`.
        least_px: the side that thin boxes were widened to.
    """
    out = boxes.copy()
    typical = typical_px[labels]
    widened = (boxes[:, 2:4] <= least_px * WIDENED_TOLERANCE) & (typical < least_px * 0.999)
    out[:, 2:4] = np.where(widened, typical, boxes[:, 2:4])
    return out


def long_classes(names: Sequence[str]) -> IntArray:
    """Return the rows of the classes that may run through several tiles and are joined from pieces."""
    return np.array([i for i, name in enumerate(names) if name in LONG], dtype=np.int64)


#: Symbols without a bounded length: a piece of one, cut by a crop or a tile, is still worth finding.
LONG = frozenset(
    {
        "beam",
        "brace",
        "bracket",
        "dynamicCrescendoHairpin",
        "dynamicDiminuendoHairpin",
        "arpeggiato",
        "glissando",
        "ottavaBracket",
        "pedalLine",
        "slur",
        "staff",
        "stem",
        "systemicBarline",
        "text",
        "tie",
        "trillExtension",
        "tupletBracket",
        "volta",
        "restHBar",
    }
)
