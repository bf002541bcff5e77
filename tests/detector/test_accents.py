"""Accents drawn on paper, with heads beside them, and what a network may have taken them for."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.decode import Detections
from detector.second_look.accents import SCORE, SURE_HAIRPIN, accents_seen
from notation.page import GreyImage

_NAMES = (
    "articAccentAbove",
    "articAccentBelow",
    "dynamicDiminuendoHairpin",
    "noteheadBlackOnLine",
    "slur",
    "dynamicP",
)
_HEAD, _SPACE = 3, 20.0


def _page(*lines: tuple[tuple[int, int], tuple[int, int]], thick: int = 3) -> GreyImage:
    page = np.full((300, 400), 255, np.uint8)
    for start, end in lines:
        cv2.line(page, start, end, 0, thick)
    return page


def _wedge(left: int = 180, right: int = 220, y: int = 100, tall: int = 18, tilt: int = 0) -> GreyImage:
    """Two strokes from the left to a common end on the right, which is `tilt` px lower than half way."""
    tip = (right, y + tilt)
    return _page(((left, y - tall // 2), tip), ((left, y + tall // 2), tip))


def _found(*others: tuple[str, list[float], float], head: tuple[float, float] = (200.0, 140.0)) -> Detections:
    boxes = np.array([[*head, 26.0, 20.0, 0.0], *([*box, 0.0] for _, box, _ in others)])
    labels = np.array([_HEAD] + [_NAMES.index(name) for name, *_ in others])
    return Detections(boxes, labels, np.array([0.9] + [score for *_, score in others]))


def _look(page: GreyImage, found: Detections) -> list[tuple[str, float]]:
    out = accents_seen(page, found, _NAMES, _SPACE)
    return [
        (_NAMES[label], round(float(score), 2))
        for label, score in zip(out.labels, out.scores, strict=True)
        if label != _HEAD
    ]


@pytest.mark.parametrize("tilt", [-5, 0, 5])
@pytest.mark.parametrize(("head_y", "name"), [(140.0, "articAccentAbove"), (60.0, "articAccentBelow")])
def test_a_wedge_at_a_head_is_an_accent(tilt: int, head_y: float, name: str) -> None:
    page, found = _wedge(tilt=tilt), _found(head=(200.0, head_y))
    assert _look(page, found) == [(name, SCORE)]
    box = accents_seen(page, found, _NAMES, _SPACE).boxes[-1]
    np.testing.assert_allclose(box, [200.5, 100.5, 44, 22, 0], atol=3)


def test_one_stroke_may_begin_before_the_other() -> None:
    page = _page(((183, 91), (220, 103)), ((178, 107), (220, 103)))
    assert _look(page, _found()) == [("articAccentAbove", SCORE)]


@pytest.mark.parametrize(
    "page",
    [
        _page(((220, 91), (180, 100)), ((220, 109), (180, 100))),  # opens to the right
        _page(((180, 100), (220, 100))),  # a tenuto
        _page(((180, 91), (220, 109))),  # a single stroke
        _page(((180, 91), (220, 109)), ((180, 109), (220, 91))),  # a cross
        _page(((190, 120), (200, 90)), ((210, 120), (200, 90))),  # a marcato
        _page(((180, 91), (220, 91)), ((180, 109), (220, 109)), ((180, 91), (180, 109))),  # a bracket
        _wedge(tall=18, left=100, right=260),  # a hairpin
        _wedge(tall=4, left=198, right=206),  # dust
        cv2.ellipse(np.full((300, 400), 255, np.uint8), (200, 108), (20, 14), 0, 180, 360, 0, 3),  # a slur
        cv2.ellipse(np.full((300, 400), 255, np.uint8), (200, 100), (18, 9), 0, 0, 360, 0, -1),  # a blot
    ],
)
def test_other_shapes_are_none(page: GreyImage) -> None:
    assert _look(page, _found()) == []


@pytest.mark.parametrize("head", [(260.0, 140.0), (200.0, 280.0)])
def test_a_wedge_without_a_head_is_none(head: tuple[float, float]) -> None:
    assert _look(_wedge(), _found(head=head)) == []


def test_what_it_was_taken_for_gives_way_and_lends_its_score() -> None:
    box = [200.0, 100.0, 42.0, 20.0]
    assert _look(_wedge(), _found(("slur", box, 0.4))) == [("articAccentAbove", SCORE)]
    assert _look(_wedge(), _found(("articAccentBelow", box, 0.8))) == [("articAccentAbove", 0.8)]
    assert _look(_wedge(), _found(("dynamicDiminuendoHairpin", box, SURE_HAIRPIN - 0.1))) == [
        ("articAccentAbove", SCORE)
    ]


def test_a_hairpin_that_the_network_is_sure_of_stays() -> None:
    box = [200.0, 100.0, 42.0, 20.0]
    found = _found(("dynamicDiminuendoHairpin", box, SURE_HAIRPIN))
    assert _look(_wedge(), found) == [("dynamicDiminuendoHairpin", SURE_HAIRPIN)]


def test_others_stay() -> None:
    assert _look(_wedge(), _found(("dynamicP", [200.0, 100.0, 42.0, 20.0], 0.7)))[0] == ("dynamicP", 0.7)
    far = _look(_wedge(), _found(("slur", [200.0, 180.0, 42.0, 20.0], 0.7)))
    assert far == [("slur", 0.7), ("articAccentAbove", SCORE)]


def test_models_without_accents() -> None:
    found = _found()
    assert accents_seen(_wedge(), found, ("a", "b", "c", "noteheadBlackOnLine"), _SPACE) is found
