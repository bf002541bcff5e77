"""Volta brackets drawn on paper, and what a network may have seen of them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.decode import Detections
from detector.second_look.voltas import SURE, voltas_measured
from notation.boxes import from_upright, upright
from notation.page import GreyImage

_NAMES = ("slur", "volta")
_SPACE = 20.0


def _page(line: tuple[int, int], hooks: tuple[int, ...]) -> GreyImage:
    """A line 3 px thick at y = 100 between two x, and hooks of 30 px down."""
    page = np.full((300, 800), 255, np.uint8)
    cv2.rectangle(page, (line[0], 99), (line[1], 101), 0, -1)
    for x in hooks:
        cv2.rectangle(page, (x - 1, 100), (x + 1, 130), 0, -1)
    return page


def _found(*seen: tuple[int, int, float], name: str = "volta") -> Detections:
    boxes = from_upright(np.array([[x0, 95, x1, 125] for x0, x1, _ in seen], np.float64))
    return Detections(boxes, np.full(len(seen), _NAMES.index(name)), np.array([score for *_, score in seen]))


def _look(page: GreyImage, found: Detections) -> list[tuple[list[int], float]]:
    out = voltas_measured(page, found, _NAMES, _SPACE)
    return [
        ([round(x) for x in box], round(float(score), 2))
        for box, score in zip(upright(out.boxes), out.scores, strict=True)
    ]


@pytest.mark.parametrize("hooks", [(101,), (399,), (101, 399)])
def test_a_bracket_seen_in_part_takes_the_box_of_its_ink(hooks: tuple[int, ...]) -> None:
    assert _look(_page((100, 400), hooks), _found((180, 300, 0.3))) == [([100, 99, 401, 131], 0.3)]


def test_two_sightings_of_one_bracket_are_one() -> None:
    seen = _found((110, 260, 0.3), (230, 390, 0.4))
    assert _look(_page((100, 400), (101, 399)), seen) == [([100, 99, 401, 131], 0.4)]


@pytest.mark.parametrize("middle", [(300,), (292, 308)])
def test_a_bracket_beside_one_that_was_seen_is_found(middle: tuple[int, ...]) -> None:
    """The second hook in the middle stands over a double barline."""
    page = _page((100, 500), (101, *middle, 499))
    out = _look(page, _found((130, 240, 0.4)))
    assert [score for _, score in out] == [0.4, 0.4]
    assert [(box[0], box[2]) for box, _ in out] == [(100, middle[0] + 2), (middle[-1] - 1, 501)]


def test_brackets_with_a_gap_between_them() -> None:
    page = np.minimum(_page((100, 300), (101, 299)), _page((315, 500), (316, 499)))
    assert [box[0] for box, _ in _look(page, _found((330, 480, 0.6)))] == [315, 100]


def _bow() -> GreyImage:
    page = np.full((300, 800), 255, np.uint8)
    cv2.ellipse(page, (250, 130), (180, 30), 0, 180, 360, 0, 3)
    return page


@pytest.mark.parametrize("page", [_page((100, 400), ()), _bow(), np.full((300, 800), 255, np.uint8)])
def test_a_line_without_hooks_and_a_bow_are_none_unless_the_network_is_sure(page: GreyImage) -> None:
    assert _look(page, _found((180, 300, SURE - 0.01))) == []
    assert _look(page, _found((180, 300, SURE))) == [([180, 95, 300, 125], SURE)]


def test_a_line_with_a_thick_block_below_is_none() -> None:
    page = _page((100, 400), (101,))
    cv2.rectangle(page, (200, 101), (260, 125), 0, -1)
    assert _look(page, _found((180, 300, 0.3))) == []


def test_a_bracket_elsewhere_does_not_help() -> None:
    assert _look(_page((500, 700), (501,)), _found((180, 300, 0.3))) == []


def test_other_symbols_stay() -> None:
    found = _found((180, 300, 0.3), name="slur")
    assert voltas_measured(_page((100, 400), (101,)), found, _NAMES, _SPACE) is found
    both = Detections.join([found, _found((180, 300, 0.3))])
    out = voltas_measured(_page((100, 400), (101,)), both, _NAMES, _SPACE)
    assert out.labels.tolist() == [0, 1]
    assert voltas_measured(_page((100, 400), ()), found, ("slur",), _SPACE) is found
