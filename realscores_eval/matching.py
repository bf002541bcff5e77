"""Which detection takes which true symbol: overlaps within a class, and greedy assignment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.symbols import Symbols

Shape = Literal["oriented", "upright"]
Mode = Literal["legacy", "standard"]
BoolArray = NDArray[np.bool_]

#: Overlap above which a detection takes a true symbol in legacy mode, whatever the threshold asked for.
LEGACY_FLOOR = 0.2
#: Relative tolerance of a threshold, so that equal boxes pass 0.95 and halves pass 0.5 in spite of rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Pairs:
    """Pairs of one detection and one true symbol that share area; columns of shape (P,)."""

    found: IntArray
    truth: IntArray
    overlap: FloatArray

    @property
    def turned(self) -> Pairs:
        """The same pairs with detections and true symbols in each other's place."""
        return Pairs(self.truth, self.found, self.overlap)

    def where(self, keep: BoolArray) -> Pairs:
        """Return the pairs of a mask of shape (P,)."""
        return Pairs(self.found[keep], self.truth[keep], self.overlap[keep])


def class_pairs(truth: Symbols, found: Symbols, shape: Shape, mode: Mode) -> Pairs:
    """Return every pair of one class that shares area, with its overlap.

    The overlap is intersection over union; legacy mode divides that of upright boxes by their enclosing hull instead.
    All classes go through one spatial index: each is moved to a strip of its own, so that only equals can meet.
    """
    true_boxes, found_boxes = _shaped(truth.boxes, shape), _shaped(found.boxes, shape)
    strip_px = 2.0 * (_reach(true_boxes) + _reach(found_boxes)) + 1.0
    i, j, overlap = geometry.overlapping_pairs(
        _in_strips(found_boxes, found.class_ids, strip_px), _in_strips(true_boxes, truth.class_ids, strip_px)
    )
    if shape == "upright" and mode == "legacy":
        overlap = _over_hull(geometry.upright(found_boxes[i]), geometry.upright(true_boxes[j]))
    return Pairs(i, j, overlap)


def all_pairs(truth: Symbols, found: Symbols, shape: Shape) -> Pairs:
    """Return every pair of a detection and a true symbol, of whatever classes, that share area; overlap over union."""
    return Pairs(*geometry.overlapping_pairs(_shaped(found.boxes, shape), _shaped(truth.boxes, shape)))


def best_partners(pairs: Pairs, found_count: int) -> tuple[FloatArray, IntArray]:
    """Return the best overlap of each detection and the row of that true symbol, 0 and -1 without any."""
    overlap, row = np.zeros(found_count), np.full(found_count, -1, np.int64)
    order = np.lexsort((-pairs.truth, pairs.overlap))  # the last one written stays: best overlap, lowest row
    overlap[pairs.found[order]] = pairs.overlap[order]
    row[pairs.found[order]] = pairs.truth[order]
    return overlap, row


def match_legacy(pairs: Pairs, scores: FloatArray) -> FloatArray:
    """Return the overlap of each detection with the true symbol that it takes, shape (N,), 0 where it takes none.

    As the OBBAnns toolkit of DeepScoresV2 does it: the *least* certain detection chooses first, and takes the best
    true symbol that is left above an overlap of 0.2. A poor duplicate can so steal the symbol of a good detection.
    """
    return _greedy(pairs.where(pairs.overlap > LEGACY_FLOOR), scores)[0]


def match_standard(pairs: Pairs, scores: FloatArray, threshold: float) -> FloatArray:
    """Return what `match_legacy` returns, the most certain detection first, among overlaps of at least `threshold`.

    This is the assignment of COCO (Lin et al. 2014).
    """
    return _greedy(pairs.where(reaches(pairs.overlap, threshold)), -scores)[0]


def truth_taken(pairs: Pairs, scores: FloatArray, threshold: float) -> IntArray:
    """Return the row of the true symbol that each detection takes in standard mode, shape (N,), -1 for none."""
    return _greedy(pairs.where(reaches(pairs.overlap, threshold)), -scores)[1]


def reaches(overlap: FloatArray, threshold: float) -> BoolArray:
    """Return whether each overlap is at least the threshold, up to rounding."""
    enough: BoolArray = overlap >= threshold * (1 - _ROUNDING)
    return enough


def hits(truth: Symbols, found: Symbols, shape: Shape, mode: Mode, thresholds: tuple[float, ...]) -> BoolArray:
    """Return which detections of a page are right at each threshold, shape (N, T)."""
    pairs = class_pairs(truth, found, shape, mode)
    if mode == "legacy":
        taken = match_legacy(pairs, found.scores)
        columns = [reaches(taken, threshold) for threshold in thresholds]
    else:
        columns = [match_standard(pairs, found.scores, threshold) > 0 for threshold in thresholds]
    return np.stack(columns, 1)


def _greedy(pairs: Pairs, rank: FloatArray) -> tuple[FloatArray, IntArray]:
    """Let the detections choose in ascending rank; among equal ranks the best overlap goes first.

    Returns the overlap that each detection got and the row of its true symbol, 0 and -1 where it got none.
    """
    taken, partner = np.zeros(len(rank)), np.full(len(rank), -1, np.int64)
    order = np.lexsort((pairs.truth, pairs.found, -pairs.overlap, rank[pairs.found]))
    used_found, used_truth = set(), set()
    columns = (pairs.found[order].tolist(), pairs.truth[order].tolist(), pairs.overlap[order].tolist())
    for found, truth, overlap in zip(*columns, strict=True):
        if found not in used_found and truth not in used_truth:
            used_found.add(found)
            used_truth.add(truth)
            taken[found], partner[found] = overlap, truth
    return taken, partner


def _shaped(boxes: FloatArray, shape: Shape) -> FloatArray:
    return boxes if shape == "oriented" else geometry.from_upright(geometry.upright(boxes))


def _reach(boxes: FloatArray) -> float:
    """The largest distance from the page's corner to a coordinate of a box, px."""
    return float(np.abs(geometry.upright(boxes)).max()) if len(boxes) else 0.0


def _in_strips(boxes: FloatArray, class_ids: IntArray, strip_px: float) -> FloatArray:
    moved = boxes.copy()
    moved[:, 0] += class_ids * strip_px
    return moved


def _over_hull(first: FloatArray, second: FloatArray) -> FloatArray:
    """Intersection of upright x0, y0, x1, y1 rows over the rectangle that encloses both, shape (P,)."""
    shared = np.minimum(first[:, 2:], second[:, 2:]) - np.maximum(first[:, :2], second[:, :2])
    hull = np.maximum(first[:, 2:], second[:, 2:]) - np.minimum(first[:, :2], second[:, :2])
    ratio: FloatArray = shared.clip(0).prod(1) / hull.prod(1)
    return ratio
