from __future__ import annotations

import numpy as np
import pytest

from detector.decode import Detections
from detector.training.quick_ap import average_precisions


def _at(xs: list[float], scores: list[float], labels: list[int] | None = None) -> Detections:
    boxes = np.array([[x, 10.0, 10.0, 10.0, 0.0] for x in xs]).reshape(-1, 5)
    return Detections(boxes, np.array(labels or [0] * len(xs), dtype=np.int64), np.array(scores))


def test_no_pages_and_nothing_found() -> None:
    assert np.isnan(average_precisions([], [], 2)[0]).all()
    values, counts = average_precisions([_at([], [])], [_at([10, 50], [1, 1])], 2)
    assert values[0] == 0
    assert np.isnan(values[1])
    assert counts.tolist() == [2, 0]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (_at([10, 50], [0.9, 0.8]), 1.0),
        (_at([10, 90], [0.9, 0.95]), 0.25),  # a false one first, then one of two: 1/2 * 1/2
        (_at([10, 10, 50], [0.9, 0.8, 0.7]), 0.5 + 0.5 * 2 / 3),  # a double counts as false
        (_at([14, 54], [0.9, 0.8]), 0.0),  # IoU 0.43
    ],
)
def test_by_hand(found: Detections, expected: float) -> None:
    values, _ = average_precisions([found], [_at([10, 50], [1, 1])], 1)
    assert values[0] == pytest.approx(expected)
