from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.decode import Detections
from detector.second_look.octave_signs import LINE_SHARE, octave_hooks_found, octave_signs_named
from notation.page import GreyImage
from notation.staff import Staff

_NAMES = ("ottavaBracket", "ottavaAlta", "ottavaBassa", "quindicesima", "tuplet6", "clef8", "noteheadBlackOnLine")
_SPACE = 16.0
_STAVES = (Staff.straight(50, 950, 200, _SPACE),)  # lines from 200 to 264


def _found(label: int, digit: tuple[float, float], line_y: float, line_score: float = 0.5) -> Detections:
    """A digit 13 px wide and 27 px tall, and a line from x = 150 to 350."""
    boxes = np.array([[*digit, 13.0, 27.0, 0.0], [250.0, line_y, 200.0, 17.0, 0.0]])
    return Detections(boxes, np.array([label, 0]), np.array([0.2, line_score]))


def test_empty_pages_and_models_without_signs() -> None:
    none = Detections(np.zeros((0, 5)), np.zeros(0, np.int64), np.zeros(0))
    assert len(octave_signs_named(none, _NAMES, _STAVES, _SPACE)) == 0
    found = _found(4, (138, 155), 150)
    assert octave_signs_named(found, ("ottavaBracket", "a", "b", "c", "tuplet6"), _STAVES, _SPACE) is found


@pytest.mark.parametrize(
    ("label", "digit", "line_y", "expected"),
    [
        (4, (138, 155), 150, "ottavaAlta"),  # the line at its top
        (5, (138, 155), 150, "ottavaAlta"),
        (4, (138, 300), 307, "ottavaBassa"),  # the line at its foot
        (4, (138, 160), 160, "ottavaAlta"),  # the staff is below
        (4, (138, 300), 300, "ottavaBassa"),  # the staff is above
        (4, (110, 155), 150, "tuplet6"),  # too far before the line
        (4, (200, 155), 150, "tuplet6"),  # above the line
        (4, (138, 110), 150, "tuplet6"),  # too high
        (6, (138, 155), 150, "noteheadBlackOnLine"),
    ],
)
def test_digits_at_a_line_are_signs(label: int, digit: tuple[float, float], line_y: float, expected: str) -> None:
    out = octave_signs_named(_found(label, digit, line_y), _NAMES, _STAVES, _SPACE)
    assert _NAMES[out.labels[0]] == expected
    assert out.scores[0] == pytest.approx(0.25 if label != 6 and expected.startswith("ottava") else 0.2)


def test_faint_lines_and_lines_with_a_sign_name_nothing() -> None:
    assert octave_signs_named(_found(4, (138, 155), 150, 0.1), _NAMES, _STAVES, _SPACE).labels[0] == 4
    found = _found(4, (138, 155), 150)
    sign = Detections(np.array([[140.0, 155.0, 40.0, 27.0, 0.0]]), np.array([1]), np.array([0.6]))
    out = octave_signs_named(Detections.join([found, sign]), _NAMES, _STAVES, _SPACE)
    assert out.labels.tolist() == [4, 0, 1]


def _hook(*strokes: tuple[int, int, int, int]) -> GreyImage:
    """Paper with strokes x0, y0, x1, y1; the sign, not drawn, is 40 px wide around (140, 155)."""
    page = np.full((300, 400), 255, np.uint8)
    for x0, y0, x1, y1 in strokes:
        cv2.rectangle(page, (x0, y0), (x1, y1), 0, -1)
    return page


_ALTA = Detections(np.array([[140.0, 155.0, 40.0, 27.0, 0.0]]), np.array([1]), np.array([0.6]))


@pytest.mark.parametrize(
    ("strokes", "box"),
    [
        (((166, 142, 174, 143), (173, 142, 174, 158)), (166, 142, 175, 159)),  # at its top
        (((166, 167, 174, 168), (173, 152, 174, 168)), (166, 152, 175, 169)),  # at its foot
        (((164, 142, 168, 143), (173, 142, 180, 143), (179, 142, 180, 158)), (164, 142, 181, 159)),  # behind a dash
    ],
)
def test_the_hook_after_a_sign_is_its_line(
    strokes: tuple[tuple[int, int, int, int], ...], box: tuple[int, int, int, int]
) -> None:
    out = octave_hooks_found(_hook(*strokes), _ALTA, _NAMES, _SPACE)
    assert out.labels.tolist() == [1, 0]
    assert out.scores[1] == pytest.approx(0.6 * LINE_SHARE)
    x0, y0, x1, y1 = box
    np.testing.assert_allclose(out.boxes[1], [(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, 0], atol=0.6)


@pytest.mark.parametrize(
    "strokes",
    [
        (),
        ((166, 142, 174, 143),),  # a dash
        ((173, 142, 174, 158),),  # a stroke
        ((166, 142, 174, 143), (166, 142, 167, 158)),  # open to the right
        ((166, 150, 174, 151), (173, 142, 174, 158)),  # the stroke lies in the middle
        ((166, 142, 174, 158),),  # a block
        ((266, 142, 274, 143), (273, 142, 274, 158)),  # far away
        ((166, 205, 174, 206), (173, 205, 174, 221)),  # below
    ],
)
def test_what_is_no_hook(strokes: tuple[tuple[int, int, int, int], ...]) -> None:
    assert octave_hooks_found(_hook(*strokes), _ALTA, _NAMES, _SPACE) is _ALTA


def test_a_sign_with_a_line_needs_no_hook() -> None:
    line = Detections(np.array([[200.0, 150.0, 70.0, 17.0, 0.0]]), np.array([0]), np.array([0.3]))
    both = Detections.join([_ALTA, line])
    page = _hook((166, 142, 174, 143), (173, 142, 174, 158))
    assert octave_hooks_found(page, both, _NAMES, _SPACE) is both
    assert octave_hooks_found(page, _ALTA, ("a", *_NAMES[1:]), _SPACE) is _ALTA
