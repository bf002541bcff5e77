from __future__ import annotations

import numpy as np
import pytest

from detector.decode import Detections
from detector.second_look.systemic_lines import systemic_lines_weighed

NAMES = ("stem", "systemicBarline")


def page(gap_px: int = 0) -> np.ndarray:
    """A line of 400 px at x = 50, with a gap."""
    image = np.full((600, 200), 255, np.uint8)
    image[100:500, 49:52] = 0
    image[300 : 300 + gap_px, 49:52] = 255
    return image


def found(score: float, label: int = 1) -> Detections:
    return Detections(np.array([[50.0, 300, 3, 400, 0]]), np.array([label]), np.array([score]))


@pytest.mark.parametrize(
    ("score", "gap_px", "kept"),
    [(0.2, 0, True), (0.2, 4, True), (0.2, 60, False), (0.5, 60, True)],
    ids=["inked", "speck", "torn", "sure"],
)
def test_ink_decides_on_faint_lines(score: float, gap_px: int, kept: bool) -> None:
    assert len(systemic_lines_weighed(page(gap_px), found(score), NAMES, 16.0, 0.335)) == kept


def test_other_symbols_stay() -> None:
    assert len(systemic_lines_weighed(page(60), found(0.2, label=0), NAMES, 16.0, 0.335)) == 1
    assert len(systemic_lines_weighed(page(60), found(0.2, label=0), NAMES[:1], 16.0, 0.335)) == 1
