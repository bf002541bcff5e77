from __future__ import annotations

import numpy as np
import pytest

from detector.decode import Detections
from detector.second_look.fragments import mend

_NAMES = ("ottavaBracket", "slur", "noteheadBlackOnLine", "systemicBarline", "beam")


def _found(*rows: tuple[int, list[float], float]) -> Detections:
    labels = np.array([row[0] for row in rows], dtype=np.int64)
    boxes = np.array([row[1] for row in rows], dtype=float).reshape(-1, 5)
    return Detections(boxes, labels, np.array([row[2] for row in rows]))


def test_nothing_to_mend() -> None:
    assert len(mend(_found(), _NAMES)) == 0
    heads = _found((2, [10, 10, 20, 16, 0], 0.9), (2, [14, 10, 10, 10, 0], 0.5))
    assert len(mend(heads, _NAMES)) == 2


@pytest.mark.parametrize("angle", [0.0, 0.25, -0.4])
def test_two_views_of_one_line_become_one(angle: float) -> None:
    step = 60 * np.array([np.cos(angle), np.sin(angle)])
    first, second = [100, 100, 120, 8, angle], [100 + step[0], 100 + step[1], 120, 8, angle]
    mended = mend(_found((0, first, 0.6), (0, second, 0.8)), _NAMES)
    assert len(mended) == 1
    assert np.allclose(mended.boxes, [[100 + step[0] / 2, 100 + step[1] / 2, 180, 8, angle]])
    assert mended.scores.tolist() == [0.8]


@pytest.mark.parametrize(
    "second",
    [
        [100, 112, 120, 8, 0.0],  # the line below
        [222, 100, 120, 8, 0.0],  # the next one in line
        [140, 100, 60, 8, 0.5],  # one that crosses
    ],
)
def test_other_lines_stay(second: list[float]) -> None:
    assert len(mend(_found((0, [100, 100, 120, 8, 0], 0.6), (0, second, 0.8)), _NAMES)) == 2


def test_a_system_barline_seen_in_three_parts() -> None:
    parts = _found(*[(3, [50, 100 + 150 * i, 8, 200, 0.0], 0.5 + 0.1 * i) for i in range(3)])
    mended = mend(parts, _NAMES)
    assert len(mended) == 1
    assert np.allclose(mended.boxes, [[50, 250, 8, 500, 0]])


def test_a_part_of_a_slur_is_dropped_unless_it_is_much_surer() -> None:
    whole, part = [100, 50, 200, 30, 0.0], [170, 50, 60, 28, 0.0]
    assert mend(_found((1, whole, 0.6), (1, part, 0.7)), _NAMES).boxes.tolist() == [whole]
    assert mend(_found((1, whole, 0.2), (1, part, 0.7)), _NAMES).boxes.tolist() == [part]


@pytest.mark.parametrize(("outer", "inner", "left"), [(0.8, 0.6, 1), (0.4, 0.6, 2)])
def test_a_beam_inside_a_surer_one_is_dropped(outer: float, inner: float, left: int) -> None:
    views = _found((4, [100, 100, 120, 8, 0], outer), (4, [80, 100, 60, 8, 0], inner))
    assert len(mend(views, _NAMES)) == left


def test_beams_in_line_are_not_joined() -> None:
    views = _found((4, [100, 100, 120, 8, 0], 0.8), (4, [180, 100, 120, 8, 0], 0.7))
    assert len(mend(views, _NAMES)) == 2
