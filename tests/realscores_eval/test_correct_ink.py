"""Ink under rough boxes, drawn here stroke by stroke."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.staff import Staff
from realscores_eval.correct_fit import best_place, fitted_arc, fitted_ledger, fitted_stroke, snapped
from realscores_eval.correct_ink import Mask, ink_of, unexplained, without_staff_lines


def blank() -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.zeros((200, 400), np.uint8)


def quad(ink: np.ndarray[tuple[int, int], np.dtype[np.uint8]], box: list[float]) -> Mask:
    cv2.fillConvexPoly(ink, geometry.corners(np.array([box]))[0].round().astype(np.int32), 1)
    return ink.astype(bool)


def overlap(one: FloatArray, other: list[float]) -> float:
    return float(geometry.iou(one[None], np.array([other]))[0, 0])


def test_ink_is_dark() -> None:
    page = np.full((20, 20), 230, np.uint8)
    page[5:9, 5:9] = 30
    assert ink_of(page).sum() == 16


def test_staff_lines_go_and_heads_stay() -> None:
    page = blank()
    for y in (50, 70, 90, 110, 130):
        page[y : y + 3, 20:380] = 1
    page[62:79, 100:122] = 1
    left = without_staff_lines(page.astype(bool), [Staff.straight(20, 380, 51, 20)])
    assert left[62:79, 100:122].all()
    assert left.sum() == pytest.approx(17 * 22, abs=40)


def test_snapping_shrinks_to_the_ink() -> None:
    ink = blank()
    ink[40:60, 100:112] = 1
    box = snapped(ink.astype(bool), "fingering3", [90, 30, 130, 70])
    assert geometry.upright(box[None])[0].tolist() == [100, 40, 112, 60]


def test_snapping_where_there_is_no_ink_keeps_the_corners() -> None:
    box = snapped(blank().astype(bool), "fingering3", [90, 30, 130, 70])
    assert geometry.upright(box[None])[0].tolist() == [90, 30, 130, 70]


def test_a_stem_is_told_from_its_head() -> None:
    ink = blank()
    ink[40:100, 120:124] = 1
    ink[90:108, 100:124] = 1
    box = snapped(ink.astype(bool), "stem", [95, 35, 130, 110])
    assert geometry.upright(box[None])[0, [0, 2]].tolist() == [120, 124]


def test_a_beam_is_followed_between_rough_ends() -> None:
    true = [150.0, 90.0, 120.0, 12.0, 0.15]
    box = fitted_stroke(quad(blank(), true), [95, 80, 206, 101])
    assert overlap(box, true) > 0.85


def test_a_ledger_line_is_measured_beside_its_head() -> None:
    ink = blank()
    ink[80:85, 100:142] = 1
    cv2.ellipse(ink, (121, 82), (13, 10), 0, 0, 360, 1, -1)
    box = fitted_ledger(ink.astype(bool), np.array([120.0, 83.0, 36.0, 2.0, 0.0]))
    assert geometry.upright(box[None])[0].tolist() == [100, 80, 142, 85]


def test_an_arc_is_found_near_its_points() -> None:
    ink = blank()
    points = np.array([[50.0, 120.0], [150.0, 90.0], [250.0, 120.0]])
    xs = np.linspace(50, 250, 80)
    curve = np.stack([xs, 90 + 30 * ((xs - 150) / 100) ** 2], 1).round().astype(np.int32)
    cv2.polylines(ink, [curve], False, 1, 4)
    box = fitted_arc(ink.astype(bool), points + np.array([0, 2]))
    assert overlap(box, [150, 105.5, 203, 35, 0]) > 0.85


def test_a_head_of_known_size_finds_its_place() -> None:
    ink = blank()
    cv2.ellipse(ink, (200, 100), (13, 10), 0, 0, 360, 1, -1)
    box = best_place(ink.astype(bool), 202, 98, 27, 21)
    assert box[:2].tolist() == pytest.approx([200.5, 100.5], abs=1)


def test_what_no_box_explains_is_left_and_dust_is_not() -> None:
    ink = blank()
    ink[20:40, 20:40] = ink[100:120, 100:120] = 1
    ink[180:182, 10:12] = 1
    left = unexplained(ink.astype(bool), ["restQuarter"], np.array([[30.0, 30.0, 20.0, 20.0, 0.0]]))
    assert left[100:120, 100:120].all()
    assert left.sum() == 400


def test_a_slur_does_not_explain_the_notes_under_it() -> None:
    ink = blank()
    ink[50:53, 50:250] = 1
    ink[80:95, 140:158] = 1
    left = unexplained(ink.astype(bool), ["slur"], np.array([[150.0, 75.0, 204.0, 60.0, 0.0]]))
    assert not left[50:53, 60:240].any()
    assert left[80:95, 140:158].all()
