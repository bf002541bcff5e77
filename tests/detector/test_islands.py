from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.second_look.islands import snap_to_islands
from notation import boxes as geometry

_NAMES = ("slur", "augmentationDot", "noteheadBlackOnLine", "dynamicCrescendoHairpin")
_SPACE = 16.0


def _page() -> np.ndarray:
    return np.full((200, 300), 255, np.uint8)


def _snap(image: np.ndarray, box: list[float], label: int) -> np.ndarray:
    snapped: np.ndarray = snap_to_islands(image, np.array([box], dtype=float), np.array([label]), _NAMES, _SPACE)
    return snapped[0]


def test_no_boxes_and_no_ink() -> None:
    assert snap_to_islands(_page(), np.zeros((0, 5)), np.zeros(0, np.int64), _NAMES, _SPACE).shape == (0, 5)
    box = [100, 100, 80, 20, 0.0]
    assert _snap(_page(), box, 0).tolist() == box


@pytest.mark.parametrize("turn", [0, 12, -20])
def test_a_bow_takes_the_box_of_its_ink(turn: int) -> None:
    image = _page()
    cv2.ellipse(image, (150, 100), (60, 18), turn, 180, 360, 0, 3)
    ys, xs = np.nonzero(image < 128)
    exact = geometry.min_area_box(np.stack([xs + 0.5, ys + 0.5], 1))
    guess = exact + np.array([4, 3, 8, 6, 0.06])
    found = _snap(image, guess.tolist(), 0)
    assert geometry.iou(found[None], exact[None])[0, 0] > 0.85
    assert geometry.iou(found[None], exact[None])[0, 0] > geometry.iou(guess[None], exact[None])[0, 0]


def test_a_bow_that_touches_a_stem_keeps_its_box() -> None:
    image = _page()
    cv2.ellipse(image, (150, 100), (60, 18), 0, 180, 360, 0, 3)
    image[20:180, 149:152] = 0
    box = [150, 91, 124, 22, 0.0]
    assert _snap(image, box, 0).tolist() == box


def test_a_bow_in_two_pieces_takes_both() -> None:
    image = _page()
    cv2.ellipse(image, (150, 100), (60, 18), 0, 180, 360, 0, 3)
    image[:, 145:150] = 255
    found = _snap(image, [152, 93, 118, 26, 0.0], 0)
    assert found[2] == pytest.approx(123, abs=3)


def test_a_dot_is_centred_and_dust_beside_it_is_not_taken() -> None:
    image = _page()
    cv2.circle(image, (100, 100), 3, 0, -1)
    image[92, 92] = 0
    found = _snap(image, [102, 99, 6, 6, 0.0], 1)
    assert np.allclose(found, [100.5, 100.5, 7, 7, 0])


def test_a_hairpin_is_upright() -> None:
    image = _page()
    cv2.line(image, (60, 100), (200, 88), 0, 2)
    cv2.line(image, (60, 100), (200, 112), 0, 2)
    found = _snap(image, [128, 98, 150, 24, -0.05], 3)
    assert found[4] == 0
    assert np.allclose(found[:2], [130.5, 100.5], atol=1.5)


def test_other_classes_are_left_alone() -> None:
    image = _page()
    cv2.circle(image, (100, 100), 8, 0, -1)
    box = [102, 99, 20, 16, 0.0]
    assert _snap(image, box, 2).tolist() == box
