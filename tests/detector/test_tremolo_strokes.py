from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.decode import Detections
from detector.second_look.tremolo_strokes import tremolos_counted
from notation.page import GreyImage

_NAMES = ("tremolo1", "tremolo2", "tremolo3", "tremolo4", "tremolo5", "stem")
_SPACE, _X, _TOP = 20.0, 100, 100


def _page(count: int) -> GreyImage:
    """A stem at x = 100 with strokes 24 px wide, 10 px thick and 16 px apart from y = 100 on."""
    page = np.full((300, 200), 255, np.uint8)
    cv2.rectangle(page, (_X - 1, 60), (_X + 1, 240), 0, -1)
    for y in range(_TOP, _TOP + 16 * count, 16):
        corners = [(_X - 12, y + 6), (_X + 12, y), (_X + 12, y + 10), (_X - 12, y + 16)]
        cv2.fillPoly(page, [np.array(corners, np.int32)], 0)
    return page


def _found(label: int, height: float = 30.0, y: float = 118.0) -> Detections:
    boxes = np.array([[_X + 4, y, 14, height, 0.0], [_X, 150, 3, 180, 0.0]])
    return Detections(boxes, np.array([label, 5]), np.array([0.6, 0.9]))


def test_pages_without_tremolos_stay() -> None:
    none = Detections(np.zeros((0, 5)), np.zeros(0, np.int64), np.zeros(0))
    assert len(tremolos_counted(_page(1), none, _NAMES, _SPACE)) == 0
    stem = _found(0).take(np.array([1]))
    assert tremolos_counted(_page(1), stem, ("tremolo1",) * 5 + ("stem",), _SPACE) is stem


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("seen", [0, 2, 4])
def test_strokes_are_counted_and_measured(count: int, seen: int) -> None:
    height = 16.0 * count
    out = tremolos_counted(_page(count), _found(seen, height, _TOP + height / 2), _NAMES, _SPACE)
    assert _NAMES[out.labels[0]] == f"tremolo{count}"
    np.testing.assert_allclose(out.boxes[0, :4], [_X + 0.5, _TOP + 8 * count, 25, 16 * count + 1], atol=3)
    assert out.scores[0] == 0.6


def test_a_flag_on_one_side_adds_no_stroke() -> None:
    page = _page(2)
    cv2.line(page, (_X, 170), (_X + 30, 146), 0, 7)
    out = tremolos_counted(page, _found(2, 80, 130), _NAMES, _SPACE)
    assert _NAMES[out.labels[0]] == "tremolo2"


def test_a_beam_is_no_stroke() -> None:
    page = _page(0)
    cv2.rectangle(page, (20, 110), (180, 120), 0, -1)
    found = _found(1)
    out = tremolos_counted(page, found, _NAMES, _SPACE)
    np.testing.assert_array_equal(out.boxes, found.boxes)
    assert out.labels.tolist() == found.labels.tolist()


def test_a_stroke_hidden_by_a_beam_leaves_the_reading() -> None:
    page = _page(3)
    cv2.fillPoly(page, [np.array([(20, 110), (_X, 130), (_X, 160), (20, 150)], np.int32)], 0)
    out = tremolos_counted(page, _found(2, 48, 124), _NAMES, _SPACE)
    assert _NAMES[out.labels[0]] == "tremolo3"
