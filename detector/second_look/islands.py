"""Symbols that stand alone on the paper, measured by their own ink.

A slur, a hairpin or a dot that touches nothing is one island of ink, and that island's box is exact, where the
network only knows it to within a cell. An island is believed when it agrees with what the network saw; symbols that
touch a stem or a staff line belong to a large island, which never agrees, and keep the network's box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import shapely

from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.page import GreyImage

#: Measured by the rectangle of least area around the island.
BOWS = frozenset({"slur", "tie"})
#: Measured by the upright hull of the island.
UPRIGHT = frozenset(
    {
        "dynamicCrescendoHairpin",
        "dynamicDiminuendoHairpin",
        "augmentationDot",
        "repeatDot",
        "articStaccatoAbove",
        "articStaccatoBelow",
        "accidentalParenthesis",
    }
)
#: How far an island may reach over the predicted box, staff spaces.
MARGIN_SP = 0.6
#: Least overlap of an island's box with the predicted one; both are widened to this many staff spaces first.
LEAST_OVERLAP, WIDENED_SP = 0.35, 0.6
#: Islands of fewer pixels are dust.
DUST_PX = 4


@dataclass(frozen=True)
class _Islands:
    """Connected ink of a page: labels int32 (H, W), and for each its box x0, y0, x1, y1 and number, without dust."""

    labels: np.ndarray
    boxes: FloatArray
    numbers: IntArray


def snap_to_islands(
    image: GreyImage, boxes: FloatArray, labels: IntArray, names: Sequence[str], space_px: float
) -> FloatArray:
    """Return boxes (N, 5) where symbols that stand alone take the box of their island of ink.

    Args:
        image: uint8 (H, W), 0 = ink.
        boxes: float64 (N, 5), pixels of `image`.
        labels: int64 (N,), rows of `names`.
        names: class names.
        space_px: staff space.
    """
    out = boxes.copy()
    wanted = np.array([name in BOWS or name in UPRIGHT for name in names], dtype=bool)
    rows = np.flatnonzero(wanted[labels]) if len(labels) else np.zeros(0, np.int64)
    if not len(rows):
        return out
    islands = _islands(image)
    made = [_candidates(islands, boxes[row], names[labels[row]] in BOWS, space_px) for row in rows.tolist()]
    owner = np.repeat(rows, [len(one) for one in made])
    candidates = np.concatenate(made)
    least = WIDENED_SP * space_px
    overlap = _pairwise_iou(_widened(candidates, least), _widened(boxes[owner], least))
    order = np.lexsort((np.arange(len(owner)), -overlap, owner))
    best = order[np.unique(owner[order], return_index=True)[1]]  # the best of each owner, the first of equals
    best = best[overlap[best] >= LEAST_OVERLAP]
    out[owner[best]] = candidates[best]
    return out


def _islands(image: GreyImage) -> _Islands:
    _, ink = cv2.threshold(image, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8, ltype=cv2.CV_32S)
    kept = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= DUST_PX)
    kept = kept[kept > 0]  # 0 is the paper
    low = stats[kept][:, :2].astype(np.float64)
    return _Islands(labels, np.concatenate([low, low + stats[kept][:, 2:4]], 1), kept.astype(np.int64))


def _candidates(islands: _Islands, box: FloatArray, is_bow: bool, space_px: float) -> FloatArray:
    """Return the boxes (K, 5) of the islands within reach of `box`, and of all together where there are several."""
    x0, y0, x1, y1 = geometry.upright(box[None])[0] + np.array([-1, -1, 1, 1]) * MARGIN_SP * space_px
    inside = (islands.boxes[:, 0] >= x0) & (islands.boxes[:, 1] >= y0)
    inside &= (islands.boxes[:, 2] <= x1) & (islands.boxes[:, 3] <= y1)
    hulls = [_outline(islands, int(one)) for one in np.flatnonzero(inside)]
    if len(hulls) > 1:
        hulls.append(np.concatenate(hulls))
    return np.array([geometry.min_area_box(hull) if is_bow else _upright(hull) for hull in hulls]).reshape(-1, 5)


def _pairwise_iou(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the intersection over union of row i with row i, shape (N,)."""
    shared = shapely.area(shapely.intersection(geometry.polygons(first), geometry.polygons(second)))
    union = geometry.areas(first) + geometry.areas(second) - shared
    value: FloatArray = np.divide(shared, union, out=np.zeros(len(first)), where=union > 0)
    return value


def _outline(islands: _Islands, index: int) -> FloatArray:
    """Return the corners of an island's pixels on its convex hull, (K, 2) page pixels."""
    x0, y0, x1, y1 = islands.boxes[index].astype(int)
    ys, xs = np.nonzero(islands.labels[y0:y1, x0:x1] == islands.numbers[index])
    hull = cv2.convexHull(np.stack([xs, ys], 1).astype(np.int32)).reshape(-1, 2).astype(np.float64)
    pixels = hull[:, None] + np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    return np.asarray(pixels.reshape(-1, 2) + np.array([x0, y0]), np.float64)


def _upright(points: FloatArray) -> FloatArray:
    return np.asarray(geometry.from_upright([*points.min(0), *points.max(0)])[0], np.float64)


def _widened(boxes: FloatArray, least: float) -> FloatArray:
    out = boxes.copy()
    out[:, 2:4] = np.maximum(boxes[:, 2:4], least)
    return out
