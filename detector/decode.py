"""From the network's table of cells to boxes: numpy only, used by the reader and by validation alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray


@dataclass(frozen=True)
class Detections:
    """boxes float64 (N, 5) px, labels int64 (N,) rows of the class list, scores float64 (N,)."""

    boxes: FloatArray
    labels: IntArray
    scores: FloatArray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: IntArray | NDArray[np.bool_]) -> Detections:
        """Return the rows of a mask or index."""
        return Detections(self.boxes[rows], self.labels[rows], self.scores[rows])

    @classmethod
    def join(cls, parts: list[Detections]) -> Detections:
        """Return all rows of all parts, in order."""
        if not parts:
            return cls(np.zeros((0, 5)), np.zeros(0, np.int64), np.zeros(0))
        return cls(
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.scores for part in parts]),
        )


def decode(table: NDArray[np.float32], least_score: float | FloatArray) -> Detections:
    """Return the cells whose best class passes its threshold.

    Args:
        table: (4 + C + 1, A): cx, cy, width, height in px, C probabilities, angle in radians.
        least_score: one threshold, or one a class (C,).
    """
    probabilities = table[4:-1]
    floor = np.broadcast_to(np.asarray(least_score, dtype=np.float64), (len(probabilities),))
    # most cells show nothing: the best probability of all is ten times cheaper to find than the class that has it
    bright = np.flatnonzero(probabilities.max(0) >= floor.min())
    labels = probabilities[:, bright].argmax(0)
    scores = probabilities[labels, bright]
    keep = scores >= floor[labels]
    cells = bright[keep]
    boxes = np.concatenate([table[:4, cells], table[-1:, cells]]).T.astype(np.float64)
    boxes[:, 2:4] = np.maximum(boxes[:, 2:4], 0)
    return Detections(geometry.canonical(boxes), labels[keep].astype(np.int64), scores[keep].astype(np.float64))
