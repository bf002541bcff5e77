from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.arcs.ink import INK, PAPER, SILENT, WALL, arc_ink
from detector.arcs.views import trace_arcs
from detector.decode import Detections
from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.staff import Staff

_NAMES = ("slur", "tie", "noteheadBlackOnLine")
_SPACE = 16.0


def _paper() -> np.ndarray:
    return np.full((300, 500), 255, np.uint8)


def _draw_arc(page: np.ndarray, left: tuple[float, float], right: tuple[float, float], rise: float) -> FloatArray:
    """Draw an arc, thick in the middle and thin at the ends, and return the least box of its ink."""
    ink = np.full(page.shape, 255, np.uint8)
    u = np.linspace(-1, 1, 400)
    xs = (left[0] + right[0]) / 2 + (right[0] - left[0]) / 2 * u
    ys = (left[1] + right[1]) / 2 + (right[1] - left[1]) / 2 * u + rise * (1 - u**2)
    half = 0.8 + 1.4 * (1 - u**2)
    outline = np.concatenate([np.stack([xs, ys - half], 1), np.stack([xs, ys + half], 1)[::-1]])
    cv2.fillPoly(ink, [np.round(outline * 16).astype(np.int32)], 0, shift=4)
    page[:] = np.minimum(page, ink)
    dark_y, dark_x = np.nonzero(ink < 128)
    return geometry.min_area_box(np.stack([dark_x + 0.5, dark_y + 0.5], 1))


def _draw_staff(page: np.ndarray, top: float) -> list[Staff]:
    for line in range(5):
        cv2.line(page, (0, int(top + line * _SPACE)), (page.shape[1] - 1, int(top + line * _SPACE)), 0, 2)
    return [Staff.straight(0, page.shape[1], top, _SPACE)]


def _views(*rows: tuple[FloatArray, int, float]) -> Detections:
    boxes = np.array([box for box, _, _ in rows]).reshape(-1, 5)
    return Detections(boxes, np.array([label for _, label, _ in rows], np.int64), np.array([s for _, _, s in rows]))


def _trace(page: np.ndarray, found: Detections, staves: list[Staff] | None = None) -> Detections:
    return trace_arcs(page, found, found.boxes, _NAMES, staves or [], _SPACE)


def _overlap(found: FloatArray, truth: FloatArray) -> float:
    return float(geometry.iou(found[None], truth[None])[0, 0])


def test_nothing_found_and_nothing_drawn() -> None:
    assert len(_trace(_paper(), _views())) == 0
    view = np.array([200, 150, 120, 20, 0.1])
    kept = _trace(_paper(), _views((view, 0, 0.9)))
    assert kept.boxes.tolist() == [view.tolist()]  # no ink: the network's box stays


def test_a_page_without_arcs_keeps_its_symbols() -> None:
    found = _views((np.array([100, 100, 20, 16, 0.0]), 2, 0.9))
    assert _trace(_paper(), found).boxes.tolist() == found.boxes.tolist()


@pytest.mark.parametrize(
    ("left", "right", "rise"),
    [
        ((100, 150), (300, 150), -30),
        ((100, 120), (300, 170), 30),
        ((100, 200), (180, 120), -14),
        ((90, 80), (400, 85), 24),
    ],
)
def test_a_loose_box_becomes_that_of_the_ink(
    left: tuple[float, float], right: tuple[float, float], rise: float
) -> None:
    page = _paper()
    truth = _draw_arc(page, left, right, rise)
    loose = truth + np.array([5, 3, 0, 10, 0.07])
    found = _trace(page, _views((loose, 0, 0.9)))
    assert _overlap(found.boxes[0], truth) > 0.8
    assert _overlap(found.boxes[0], truth) > _overlap(loose, truth)


def test_an_arc_is_followed_through_staff_lines_and_a_stem() -> None:
    page = _paper()
    truth = _draw_arc(page, (100, 160), (320, 120), -26)
    staves = _draw_staff(page, 100)
    cv2.line(page, (200, 60), (200, 200), 0, 2)
    loose = truth + np.array([6, -4, -10, 12, 0.06])
    found = _trace(page, _views((loose, 0, 0.9)), staves)
    assert _overlap(found.boxes[0], truth) > 0.65
    assert _overlap(found.boxes[0], truth) > _overlap(loose, truth)


def test_parts_of_one_arc_become_one() -> None:
    page = _paper()
    truth = _draw_arc(page, (60, 180), (440, 180), -50)
    parts = [np.array([150, 150, 180, 36, -0.25]), np.array([350, 150, 180, 36, 0.25])]
    found = _trace(page, _views((parts[0], 0, 0.6), (parts[1], 0, 0.8)))
    assert len(found) == 1
    assert found.scores[0] == 0.8
    assert _overlap(found.boxes[0], truth) > 0.75


def test_two_arcs_in_a_row_stay_two() -> None:
    page = _paper()
    truth = [_draw_arc(page, (60, 150), (230, 150), -16), _draw_arc(page, (236, 150), (410, 150), -16)]
    found = _trace(page, _views((truth[0] + [3, 2, 6, 4, 0], 1, 0.9), (truth[1] + [3, 2, 6, 4, 0], 1, 0.9)))
    assert len(found) == 2
    assert all(_overlap(box, one) > 0.7 for box, one in zip(found.boxes, truth, strict=True))


def test_a_box_that_runs_on_past_the_ink_is_cut() -> None:
    page = _paper()
    truth = _draw_arc(page, (100, 150), (300, 150), -24)
    long = truth + np.array([25, 0, 55, 6, 0.0])
    assert _overlap(_trace(page, _views((long, 0, 0.9))).boxes[0], truth) > 0.8


def test_a_broken_arc_is_followed_over_its_gap() -> None:
    page = _paper()
    truth = _draw_arc(page, (100, 150), (340, 160), -28)
    page[:, 210:216] = 255
    found = _trace(page, _views((truth + np.array([4, 3, -6, 8, 0.05]), 0, 0.9)))
    assert _overlap(found.boxes[0], truth) > 0.75


def test_lines_and_heads_are_silent_and_arcs_are_ink() -> None:
    page = _paper()
    staves = _draw_staff(page, 100)
    cv2.ellipse(page, (100, 132), (10, 7), 0, 0, 360, 0, -1)
    _draw_arc(page, (200, 240), (300, 240), -14)
    ink = arc_ink(page, _views((np.array([100, 132, 20, 14, 0.0]), 2, 0.9)), _NAMES, staves, _SPACE)
    assert ink[132, 100] == WALL and ink[100, 300] == SILENT
    assert ink[226, 250] == INK and ink[280, 400] == PAPER
