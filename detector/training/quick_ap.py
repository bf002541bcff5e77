"""A quick average precision for watching a training run; published figures come from `realscores_eval`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detector.decode import Detections
from notation import boxes as geometry
from notation.boxes import FloatArray


def average_precisions(
    found: Sequence[Detections], truth: Sequence[Detections], class_count: int, overlap: float = 0.5
) -> tuple[FloatArray, FloatArray]:
    """Return AP over all points of each class, nan where there is no truth, and the number of true boxes.

    Args:
        found, truth: one entry an image; scores of truth are not used.
        overlap: least oriented IoU of a match; each truth is matched once, best score first.
    """
    labels = np.concatenate([one.labels for one in found]) if found else np.zeros(0, np.int64)
    scores = np.concatenate([one.scores for one in found]) if found else np.zeros(0)
    right = [hits(a, b, overlap) for a, b in zip(found, truth, strict=True)]
    correct = np.concatenate(right) if right else np.zeros(0, dtype=bool)
    counts = np.zeros(class_count)
    for one in truth:
        counts += np.bincount(one.labels, minlength=class_count)
    out = np.full(class_count, np.nan)
    for label in np.flatnonzero(counts).tolist():
        mine = labels == label
        out[label] = _area(correct[mine][np.argsort(-scores[mine], kind="stable")], counts[label])
    return out, counts


def hits(found: Detections, truth: Detections, overlap: float) -> np.ndarray:
    """Return which detections of an image match a true box of their class, bool (N,); the best score takes it."""
    hit = np.zeros(len(found), dtype=bool)
    i, j, value = geometry.overlapping_pairs(found.boxes, truth.boxes)
    good = (value >= overlap) & (found.labels[i] == truth.labels[j])
    taken = set()
    for row, column in sorted(zip(i[good], j[good], strict=True), key=lambda pair: -found.scores[pair[0]]):
        if not hit[row] and column not in taken:
            hit[row] = True
            taken.add(column)
    return hit


def _area(correct: np.ndarray, count: float) -> float:
    if not len(correct):
        return 0.0
    right = np.cumsum(correct)
    precision = np.maximum.accumulate((right / np.arange(1, len(correct) + 1))[::-1])[::-1]
    return float((precision * correct).sum() / count)
