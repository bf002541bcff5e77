"""Rotated weighted box fusion: several views of one page become one list of symbols.

After Solovyev, Wang and Gabruseva, "Weighted boxes fusion: Ensembling boxes from different object detection models"
(Image and Vision Computing 107, 2021; arXiv:1910.13302). The boxes of a cluster are not rivals, of which the surest
wins, but witnesses: with scores s_i, the fused box is sum(s_i b_i) / sum(s_i) and the fused score mean(s_i) * n / N for
n witnesses in N views. Here boxes are oriented, so a mean is taken between ways of writing them that turn by less than
an eighth of a circle; overlaps are oriented; and a view, already free of duplicates, gives a cluster one box at most.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detector.decode import Detections
from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray

#: Boxes of one class in two views are one symbol when they overlap by more than this (the paper's value).
SAME_SYMBOL = 0.55
#: A box of no score at all still has a place.
_LEAST_WEIGHT = 1e-9


def fuse(views: Sequence[Detections], overlap: float = SAME_SYMBOL) -> Detections:
    """Return one list out of several views, the surest first.

    Args:
        views: detections in one frame, each free of duplicates.
        overlap: least oriented intersection over union of a box with the surest box of its cluster.

    Returns:
        One row a cluster. A symbol that n of N views saw keeps n / N of its mean score.
    """
    found = Detections.join(list(views))
    if len(views) < 2 or not len(found):
        return found
    view_of = np.concatenate([np.full(len(view), number) for number, view in enumerate(views)])
    cluster_of = _clusters(found, view_of, overlap)
    boxes = mean_boxes(found.boxes, np.maximum(found.scores, _LEAST_WEIGHT), cluster_of)
    leaders = np.unique(cluster_of, return_index=True)[1]
    scores = np.bincount(cluster_of, weights=found.scores) / len(views)
    order = np.argsort(-scores, kind="stable")
    return Detections(boxes, found.labels[leaders], scores).take(order)


def mean_boxes(boxes: FloatArray, weights: FloatArray, cluster_of: IntArray) -> FloatArray:
    """Return the weighted mean box of each cluster 0, 1, ..., float64 (K, 5).

    Args:
        boxes: float64 (N, 5).
        weights: float64 (N,), above 0.
        cluster_of: int64 (N,), the cluster of each box.
    """
    order = np.lexsort((-weights, cluster_of))
    first = order[np.unique(cluster_of[order], return_index=True)[1]]  # the heaviest box of each cluster
    alike = _turned_like(boxes, boxes[first][cluster_of, 4])
    total = np.bincount(cluster_of, weights=weights)
    sums = [np.bincount(cluster_of, weights=weights * column) for column in alike.T]
    return geometry.canonical(np.stack(sums, 1) / total[:, None])


def _turned_like(boxes: FloatArray, angle_rad: FloatArray) -> FloatArray:
    """Return the same boxes, each written with the angle that is nearest to `angle_rad`, sides swapped where needed."""
    turns = np.round((angle_rad - boxes[:, 4]) / (np.pi / 2))
    out = boxes.copy()
    out[:, 4] += turns * np.pi / 2
    odd = turns % 2 == 1
    out[odd, 2], out[odd, 3] = boxes[odd, 3], boxes[odd, 2]
    return out


def _clusters(found: Detections, view_of: IntArray, overlap: float) -> IntArray:
    """Return the cluster of each box: the surest box that is left takes the best overlap of each other view."""
    i, j, value = geometry.overlapping_pairs(found.boxes, found.boxes)
    keep = (found.labels[i] == found.labels[j]) & (view_of[i] != view_of[j]) & (value > overlap)
    i, j, value = i[keep], j[keep], value[keep]
    by_box = np.lexsort((-value, i))
    j = j[by_box]
    begins = np.searchsorted(i[by_box], np.arange(len(found) + 1))
    cluster_of = np.full(len(found), -1, dtype=np.int64)
    count = 0
    for row in np.lexsort((np.arange(len(found)), -found.scores)).tolist():
        if cluster_of[row] >= 0:
            continue
        cluster_of[row] = count
        views = {int(view_of[row])}
        for other in j[begins[row] : begins[row + 1]].tolist():
            if cluster_of[other] < 0 and int(view_of[other]) not in views:
                cluster_of[other] = count
                views.add(int(view_of[other]))
        count += 1
    return cluster_of
