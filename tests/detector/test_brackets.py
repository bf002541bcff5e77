from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.second_look.brackets import snap_brackets
from notation import boxes as geometry
from notation.boxes import FloatArray

_NAMES = ("bracket", "tupletBracket", "ottavaBracket", "slur")
_SPACE = 16.0


def _paper() -> np.ndarray:
    return np.full((300, 500), 255, np.uint8)


def _snapped(page: np.ndarray, name: str, *boxes: FloatArray) -> FloatArray:
    labels = np.full(len(boxes), _NAMES.index(name), np.int64)
    return snap_brackets(page, np.array(boxes).reshape(-1, 5), labels, _NAMES, _SPACE)


def _lines(page: np.ndarray, *lines: tuple[float, float, float, float], thickness: int = 2) -> FloatArray:
    """Draw lines on a page and return the least box around their ink."""
    ink = np.full(page.shape, 255, np.uint8)
    for x0, y0, x1, y1 in lines:
        cv2.line(ink, (round(x0), round(y0)), (round(x1), round(y1)), 0, thickness)
    page[:] = np.minimum(page, ink)
    ys, xs = np.nonzero(ink < 128)
    return geometry.min_area_box(
        np.concatenate([np.stack([xs + a, ys + b], 1) for a in (0.0, 1.0) for b in (0.0, 1.0)])
    )


def _tuplet(page: np.ndarray, x: float, y: float, climb: float, hook: float, number: str = "3") -> FloatArray:
    """Draw a bracket 100 px long with a gap for its number; returns the box of the bracket alone."""
    if number:
        cv2.putText(page, number, (round(x) + 44, round(y + climb / 2) + 6), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 0, 2)
    left = (x, y, x + 38, y + 0.38 * climb)
    right = (x + 62, y + 0.62 * climb, x + 100, y + climb)
    hooks = ((x, y, x, y + hook), (x + 100, y + climb, x + 100, y + climb + hook))
    middle = () if number else ((x, y, x + 100, y + climb),)
    return _lines(page, left, right, *hooks, *middle)


def _overlap(found: FloatArray, truth: FloatArray) -> float:
    return float(geometry.iou(found[None], truth[None])[0, 0])


def _loose(truth: FloatArray) -> FloatArray:
    """Return a level box as the network gives it: shifted, too long and too thick."""
    x0, y0, x1, y1 = geometry.upright(truth[None])[0]
    return np.array([(x0 + x1) / 2 + 6, (y0 + y1) / 2 - 4, x1 - x0 + 10, y1 - y0 + 6, 0.0])


def test_no_boxes_and_no_ink() -> None:
    assert _snapped(_paper(), "tupletBracket").shape == (0, 5)
    box = np.array([200.0, 100, 90, 14, 0.05])
    for name in _NAMES:
        assert _snapped(_paper(), name, box).tolist() == [box.tolist()]


@pytest.mark.parametrize("climb", [-18, 0, 12])
@pytest.mark.parametrize("hook", [-11, 11])
@pytest.mark.parametrize("number", ["", "3"])
def test_a_tuplet_bracket_takes_the_box_of_line_and_hooks(climb: int, hook: int, number: str) -> None:
    page = _paper()
    truth = _tuplet(page, 150, 140, climb, hook, number)
    view = _loose(truth)
    found = _snapped(page, "tupletBracket", view)[0]
    assert _overlap(view, truth) < 0.8
    assert _overlap(found, truth) > 0.95


def test_a_view_of_the_right_half_finds_the_whole_bracket() -> None:
    page = _paper()
    truth = _tuplet(page, 150, 140, 0, 11)
    assert _overlap(_snapped(page, "tupletBracket", np.array([225.0, 144, 60, 14, 0]))[0], truth) > 0.95


def test_brackets_in_a_row_are_not_joined() -> None:
    page = _paper()
    truths = [_tuplet(page, x, 140, 0, 11) for x in (60, 170, 280)]
    found = _snapped(page, "tupletBracket", *(_loose(truth) for truth in truths))
    assert all(_overlap(one, truth) > 0.95 for one, truth in zip(found, truths, strict=True))


def test_a_slur_or_a_touched_bracket_is_no_tuplet_bracket() -> None:
    page = _paper()
    cv2.ellipse(page, (200, 150), (50, 12), 0, 180, 360, 0, 2)
    box = np.array([200.0, 145, 104, 16, 0])
    assert _snapped(page, "tupletBracket", box).tolist() == [box.tolist()]
    page = _paper()
    view = _loose(_tuplet(page, 150, 140, 0, 11))
    _lines(page, (150, 0, 150, 299), (250, 0, 250, 299))  # stems through both hooks
    assert _snapped(page, "tupletBracket", view).tolist() == [view.tolist()]


def test_a_system_bracket_takes_its_hooks_in() -> None:
    page = _paper()
    line = (100, 50, 100, 250)
    truth = _lines(page, line, (100, 50, 112, 42), (100, 250, 112, 258), thickness=8)
    _lines(page, (116, 60, 116, 240))
    found = _snapped(page, "bracket", np.array([100.0, 190, 7, 130, 0]), np.array([101.0, 110, 7, 120, 0]))
    assert _overlap(found[0], truth) > 0.95
    assert _overlap(found[1], truth) > 0.95


def test_hooks_that_touch_a_barline_going_on_below_end_the_bracket() -> None:
    page = _paper()
    truth = _lines(page, (100, 50, 100, 200), (100, 50, 118, 42), (100, 200, 118, 208), thickness=8)
    _lines(page, (116, 40, 116, 280))
    assert _overlap(_snapped(page, "bracket", np.array([100.0, 130, 7, 130, 0]))[0], truth) > 0.95


def test_a_barline_is_no_bracket() -> None:
    page = _paper()
    _lines(page, (100, 50, 100, 250))
    box = np.array([101.0, 150, 7, 190, 0])
    assert _snapped(page, "bracket", box).tolist() == [box.tolist()]


@pytest.mark.parametrize("hook", [0, 14])
def test_a_dashed_bracket_runs_from_its_first_dash_to_its_hook(hook: int) -> None:
    page = _paper()
    dashes = [(x, 100, x + 8, 100) for x in range(100, 300, 16)]
    truth = _lines(page, *dashes, *([(306, 100, 306, 100 + hook)] if hook else []))
    found = _snapped(page, "ottavaBracket", np.array([230.0, 104, 130, 14, 0]))[0]
    assert found[2] == pytest.approx(max(truth[2:4]), abs=1)
    assert found[3] == pytest.approx(min(truth[2:4]), abs=1)
    assert found[4] == 0


def test_two_dashes_are_too_few() -> None:
    page = _paper()
    _lines(page, (100, 100, 108, 100), (120, 100, 128, 100))
    box = np.array([114.0, 100, 40, 12, 0])
    assert _snapped(page, "ottavaBracket", box).tolist() == [box.tolist()]


def test_other_classes_are_left_alone() -> None:
    page = _paper()
    view = _loose(_tuplet(page, 150, 140, 0, 11))
    assert _snapped(page, "slur", view).tolist() == [view.tolist()]
