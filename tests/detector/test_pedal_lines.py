from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.decode import Detections
from detector.second_look.pedal_lines import KEPT_SHARE, pedal_lines_weighed
from notation.page import GreyImage

_NAMES = ("pedalLine", "tupletBracket", "tuplet3", "dynamicCrescendoHairpin")
_SPACE = 20.0


def _page(left: int, right: int) -> GreyImage:
    """A line from x = 100 to 300 at y = 150, with hooks 20 px long: -1 up, 1 down, 0 none."""
    page = np.full((300, 400), 255, np.uint8)
    cv2.rectangle(page, (100, 149), (300, 151), 0, -1)
    for x, way in ((101, left), (299, right)):
        if way:
            cv2.rectangle(page, (x - 1, 150), (x + 1, 150 + 20 * way), 0, -1)
    return page


def _found(*others: tuple[int, list[float], float]) -> Detections:
    boxes = np.array([[190.0, 143.0, 170.0, 22.0, 0.0], *(box for _, box, _ in others)])
    labels = np.array([0] + [label for label, _, _ in others])
    return Detections(boxes, labels, np.array([0.3] + [score for _, _, score in others]))


def test_empty_pages_and_models_without_pedal_lines() -> None:
    none = Detections(np.zeros((0, 5)), np.zeros(0, np.int64), np.zeros(0))
    assert len(pedal_lines_weighed(_page(-1, -1), none, _NAMES, _SPACE)) == 0
    found = _found()
    assert pedal_lines_weighed(_page(0, 0), found, ("slur",), _SPACE) is found


@pytest.mark.parametrize(
    ("left", "right", "share"),
    [(-1, -1, 1), (-1, 0, 1), (0, -1, 1), (0, 0, KEPT_SHARE), (1, 1, KEPT_SHARE), (1, 0, KEPT_SHARE)],
)
def test_hooks_that_point_up_make_a_pedal_line(left: int, right: int, share: float) -> None:
    out = pedal_lines_weighed(_page(left, right), _found(), _NAMES, _SPACE)
    assert out.scores[0] == pytest.approx(0.3 * share)
    if share == 1:
        np.testing.assert_allclose(out.boxes[0], [200.5, 141, 201, 22, 0], atol=1.1)


def test_a_number_makes_it_a_tuplet() -> None:
    number = (2, [200.0, 150.0, 14.0, 20.0, 0.0], 0.9)
    assert pedal_lines_weighed(_page(-1, -1), _found(number), _NAMES, _SPACE).scores[0] == pytest.approx(0.09)
    beam = (2, [200.0, 110.0, 14.0, 20.0, 0.0], 0.9)
    assert pedal_lines_weighed(_page(-1, -1), _found(beam), _NAMES, _SPACE).scores[0] == pytest.approx(0.3)


@pytest.mark.parametrize("rival", [1, 3])
def test_rivals_lend_their_score(rival: int) -> None:
    other = (rival, [200.0, 141.0, 200.0, 22.0, 0.0], 0.5)
    out = pedal_lines_weighed(_page(-1, -1), _found(other), _NAMES, _SPACE)
    assert out.scores.tolist() == pytest.approx([0.5, 0.5 * KEPT_SHARE])
    out = pedal_lines_weighed(_page(0, 0), _found(other), _NAMES, _SPACE)
    assert out.scores.tolist() == pytest.approx([0.3 * KEPT_SHARE, 0.5])
