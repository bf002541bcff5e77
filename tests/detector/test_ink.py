from __future__ import annotations

import numpy as np
import pytest

from detector.second_look.ink import snap_to_ink

_NAMES = ("stem", "ledgerLine", "noteheadBlackOnLine", "systemicBarline", "beam")


def _page() -> np.ndarray:
    return np.full((120, 120), 255, np.uint8)


def test_no_boxes_and_no_ink() -> None:
    assert snap_to_ink(_page(), np.zeros((0, 5)), np.zeros(0, np.int64), _NAMES, 16).shape == (0, 5)
    boxes = np.array([[60, 60, 2, 50, 0.0]])
    assert (snap_to_ink(_page(), boxes, np.array([0]), _NAMES, 16) == boxes).all()


@pytest.mark.parametrize("thickness", [1, 2, 3, 5])
@pytest.mark.parametrize("shift", [-4, 0, 3])
def test_a_stem_moves_onto_its_line_and_takes_its_width(thickness: int, shift: int) -> None:
    image = _page()
    image[35:85, 58 : 58 + thickness] = 0
    middle = 58 + thickness / 2
    found = snap_to_ink(image, np.array([[middle + shift, 60, 2.4, 50, 0.0]]), np.array([0]), _NAMES, 16)
    assert found[0, 0] == pytest.approx(middle, abs=0.4)
    assert found[0, 2] == pytest.approx(thickness, abs=0.6)
    assert found[0, 3] == 50


def test_a_ledger_line_is_measured_across() -> None:
    image = _page()
    image[50:53, 40:70] = 0
    found = snap_to_ink(image, np.array([[55, 53.0, 30, 2, 0.0]]), np.array([1]), _NAMES, 16)
    assert found[0, 1] == pytest.approx(51.5, abs=0.4)
    assert found[0, 3] == pytest.approx(3, abs=0.6)


def test_a_head_is_left_alone() -> None:
    image = _page()
    image[50:66, 50:70] = 0
    boxes = np.array([[63, 60, 20, 16, 0.0]])
    assert (snap_to_ink(image, boxes, np.array([2]), _NAMES, 16) == boxes).all()


def test_a_stem_beside_a_barline_keeps_to_the_nearer_line() -> None:
    image = _page()
    image[20:100, 40:42] = 0
    image[20:100, 50:54] = 0
    found = snap_to_ink(image, np.array([[42.5, 60, 2, 60, 0.0]]), np.array([0]), _NAMES, 16)
    assert found[0, 0] == pytest.approx(41, abs=0.4)


def test_lines_over_the_edge_of_the_page() -> None:
    image = _page()
    image[:, :2] = 0
    found = snap_to_ink(image, np.array([[1, 60, 2, 140, 0.0]]), np.array([0]), _NAMES, 16)
    assert np.isfinite(found).all()


def test_a_ledger_line_through_a_head_is_measured_beside_it() -> None:
    image = _page()
    image[44:60, 45:66] = 0
    image[51:54, 40:71] = 0
    found = snap_to_ink(image, np.array([[55.5, 50.5, 31, 2, 0.0]]), np.array([1]), _NAMES, 16)
    assert found[0, 1] == pytest.approx(52.5, abs=0.4)
    assert found[0, 3] == pytest.approx(3, abs=0.6)


@pytest.mark.parametrize("gap", [0, 2])
def test_a_system_barline_is_followed_to_its_ends(gap: int) -> None:
    image = _page()
    image[10:111, 30:33] = 0
    image[80 : 80 + gap] = 255
    found = snap_to_ink(image, np.array([[31.5, 60, 3, 30, 0.0]]), np.array([3]), _NAMES, 16)
    assert found[0, 1] == pytest.approx(60.5, abs=1)
    assert found[0, 3] == pytest.approx(101, abs=3)


@pytest.mark.parametrize("slope", [-0.3, 0.0, 0.2])
@pytest.mark.parametrize("share", [0.7, 0.9, 1.0])
def test_a_beam_reaches_to_the_last_stem(slope: float, share: float) -> None:
    image = _page()
    xs = np.arange(20, 100)
    for x in xs:
        y = 60 + slope * (x - 60)
        image[round(y - 4) : round(y + 4), x] = 0
    image[60:115, 19:21] = 0
    image[60:115, 99:101] = 0
    image[60, :] = 0  # a staff line goes on behind it
    length, angle = 80 * np.hypot(1, slope), np.arctan(slope)
    seen = np.array([[60 - 40 * (1 - share), 60 - 40 * (1 - share) * slope, length * share, 8, angle]])
    found = snap_to_ink(image, seen, np.array([4]), _NAMES, 16)
    assert found[0, :2] == pytest.approx([60, 60], abs=1.6)
    assert found[0, 2] == pytest.approx(length, abs=3)


def test_a_beam_without_ink_stays() -> None:
    boxes = np.array([[60, 60, 50, 8, 0.1]])
    assert (snap_to_ink(_page(), boxes, np.array([4]), _NAMES, 16) == boxes).all()
