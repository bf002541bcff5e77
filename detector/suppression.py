"""Oriented non-maximum suppression for the thousands of candidates that a network gives: exact where boxes are turned
against each other, by plain arithmetic where they are parallel, and only within a group.

`notation.boxes.nms` intersects every pair that touches: 1.4 s a page of 650 symbols, of which this needs a tenth.
"""

from __future__ import annotations

import numpy as np
import shapely

from detector.decode import Detections
from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray

#: Two boxes count as parallel when turning one moves its end by less than this share of the thinner side.
_PARALLEL_SHARE = 0.2


def suppress(found: Detections, groups: IntArray, overlap: float) -> Detections:
    """Return the rows that no better row of their group overlaps by more than `overlap`, best score first.

    Args:
        found: candidates.
        groups: int64 (N,), only rows of one group are rivals.
        overlap: oriented intersection over union.
    """
    i, j = _rivals(found.boxes, groups, overlap)
    order = np.lexsort((np.arange(len(found)), -found.scores))
    rank = np.empty(len(found), dtype=np.int64)
    rank[order] = np.arange(len(found))
    better, worse = np.where(rank[i] < rank[j], i, j), np.where(rank[i] < rank[j], j, i)
    by_better = np.argsort(better, kind="stable")
    worse = worse[by_better]
    begins = np.searchsorted(better[by_better], np.arange(len(found) + 1))
    alive = np.ones(len(found), dtype=bool)
    for row in order[np.diff(begins)[order] > 0].tolist():
        if alive[row]:
            alive[worse[begins[row] : begins[row + 1]]] = False
    return found.take(order[alive[order]])


def _rivals(boxes: FloatArray, groups: IntArray, overlap: float) -> tuple[IntArray, IntArray]:
    """Return the pairs i < j of one group whose overlap is above the limit."""
    if len(boxes) < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    i, j = _touching(boxes, groups)
    areas = geometry.areas(boxes)
    alike = np.minimum(areas[i], areas[j]) > overlap * np.maximum(areas[i], areas[j])
    i, j = i[alike], j[alike]
    value = _parallel_iou(boxes[i], boxes[j])
    turned = np.flatnonzero(~_parallel(boxes[i], boxes[j]) & (value > 0))
    shapes = geometry.polygons(boxes)
    shared = shapely.area(shapely.intersection(shapes[i[turned]], shapes[j[turned]]))
    value[turned] = shared / (areas[i[turned]] + areas[j[turned]] - shared)
    return i[value > overlap], j[value > overlap]


def _touching(boxes: FloatArray, groups: IntArray) -> tuple[IntArray, IntArray]:
    """Return pairs i < j of one group whose upright hulls meet; groups are looked at one after the other."""
    hulls = geometry.upright(boxes)
    first, second = [], []
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        x0, y0, x1, y1 = hulls[rows].T
        shapes = shapely.box(x0, y0, x1, y1)
        a, b = shapely.STRtree(shapes).query(shapes)
        keep = a < b
        first.append(rows[a[keep]])
        second.append(rows[b[keep]])
    return np.concatenate(first), np.concatenate(second)


def _parallel(first: FloatArray, second: FloatArray) -> np.ndarray:
    turn = np.abs(first[:, 4] - second[:, 4])
    longest = np.maximum(first[:, 2:4].max(1), second[:, 2:4].max(1))
    thinnest = np.minimum(first[:, 2:4].min(1), second[:, 2:4].min(1))
    parallel: np.ndarray = turn * longest / 2 <= _PARALLEL_SHARE * thinnest
    return parallel


def _parallel_iou(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the overlap of pairs as if the second box had the angle of the first; 0 means they are far apart.

    For pairs that are not parallel the result only says whether they can meet: their hulls in that frame are compared.
    """
    cos, sin = np.cos(first[:, 4]), np.sin(first[:, 4])
    dx, dy = second[:, 0] - first[:, 0], second[:, 1] - first[:, 1]
    apart = np.abs(np.stack([dx * cos + dy * sin, dy * cos - dx * sin], 1))
    turn = np.where(_parallel(first, second), 0.0, np.abs(second[:, 4] - first[:, 4]))[:, None]
    sides = second[:, 2:4] * np.cos(turn) + second[:, 3:1:-1] * np.sin(turn)
    shared = np.minimum((first[:, 2:4] + sides) / 2 - apart, np.minimum(first[:, 2:4], sides)).clip(0).prod(1)
    union = geometry.areas(first) + sides.prod(1) - shared
    value: FloatArray = np.divide(shared, union, out=np.zeros(len(first)), where=union > 0)
    return value
