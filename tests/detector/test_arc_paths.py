from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detector.arcs.ink import INK, SILENT, WALL
from detector.arcs.paths import follow
from detector.arcs.tracing import Traces
from detector.arcs.trust import trusted
from detector.arcs.unseen import unseen
from detector.arcs.worth import ArcMap
from notation.boxes import FloatArray

_SPACE = 16.0


def _arc(left: tuple[float, float], right: tuple[float, float], rise_px: float) -> FloatArray:
    u = np.linspace(-1, 1, 200)
    chord, middle = np.subtract(right, left), np.add(left, right) / 2
    across = np.array([-chord[1], chord[0]]) / np.hypot(*chord)
    return middle + u[:, None] / 2 * chord + (rise_px * (1 - u**2))[:, None] * across


def _ink(*lines: FloatArray) -> NDArray[np.uint8]:
    ink = np.zeros((400, 600), np.uint8)
    for line in lines:
        cv2.polylines(ink, [np.round(line).astype(np.int32)], False, INK, 4)
    return ink


def _followed(ink: NDArray[np.uint8], line: FloatArray) -> FloatArray:
    middle, step = line[100], line[101] - line[99]
    path = follow(ArcMap.of(ink, _SPACE), middle[None], np.array([np.arctan2(step[1], step[0])]))
    return path[0]


def _misses(path: FloatArray, line: FloatArray) -> float:
    """Return how far the ends of a path lie from those of a line at most, px."""
    return float(np.linalg.norm(path[[0, -1]] - line[[0, -1]], axis=1).max())


@pytest.mark.parametrize(
    ("left", "right", "rise"),
    [
        pytest.param((60, 200), (540, 200), -50, id="long"),
        pytest.param((100, 200), (125, 200), 6, id="short"),
        pytest.param((200, 380), (330, 60), -60, id="steep"),
    ],
)
def test_a_path_goes_to_both_tips(left: tuple[float, float], right: tuple[float, float], rise: float) -> None:
    line = _arc(left, right, rise)
    assert _misses(_followed(_ink(line), line), line) < 0.6 * _SPACE


def test_a_path_crosses_other_ink_but_no_head() -> None:
    line = _arc((60, 200), (540, 200), -50)
    for value, crossed in ((SILENT, True), (WALL, False)):
        ink = _ink(line)
        ink[:, 380:395] = value
        path = _followed(ink, line)
        assert bool(path[-1, 0] > 520) is crossed
        assert path[0, 0] < 70


def test_a_path_stops_where_paper_begins() -> None:
    line = _arc((60, 200), (540, 200), -50)
    ink = _ink(line)
    ink[:, 400:440] = 0
    assert _followed(ink, line)[-1, 0] < 412


def test_without_ink_a_path_is_a_point() -> None:
    assert len(_followed(np.zeros((400, 600), np.uint8), _arc((60, 200), (540, 200), -50))) == 1
    assert follow(ArcMap.of(np.zeros((4, 4), np.uint8), _SPACE), np.zeros((0, 2)), np.zeros(0)) == []


def _none() -> Traces:
    return Traces(np.zeros((0, 5)), np.zeros((0, 32, 2)), np.zeros(0, dtype=bool))


def test_bent_ink_between_heads_is_an_arc_that_nobody_saw() -> None:
    line = _arc((100, 200), (180, 196), -12)
    page, heads = ArcMap.of(_ink(line), _SPACE), np.array([[95.0, 215.0], [185.0, 212.0]])
    found = unseen(page, _none(), np.zeros((0, 5)), heads)
    assert len(found.boxes) == 1
    assert np.allclose(found.boxes[0, :2], [140, 192], atol=5)
    assert len(unseen(page, _none(), np.zeros((0, 5)), heads[:1]).boxes) == 0
    assert len(unseen(page, found, np.zeros((0, 5)), heads).boxes) == 0
    assert len(unseen(page, _none(), found.boxes, heads).boxes) == 0


def test_a_straight_line_is_no_arc() -> None:
    line = _arc((100, 200), (180, 196), 0)
    heads = np.array([[95.0, 215.0], [185.0, 212.0]])
    assert len(unseen(ArcMap.of(_ink(line), _SPACE), _none(), np.zeros((0, 5)), heads).boxes) == 0


def test_an_empty_page_has_no_arcs() -> None:
    page = ArcMap.of(np.zeros((400, 600), np.uint8), _SPACE)
    assert len(unseen(page, _none(), np.zeros((0, 5)), np.zeros((0, 2))).boxes) == 0


def test_heads_make_an_arc_surer_and_straightness_less_sure() -> None:
    arc, line = _arc((100, 200), (180, 200), -12)[:192:6], _arc((100, 200), (180, 200), -0.5)[:192:6]
    traces = Traces(np.zeros((3, 5)), np.stack([arc, line, arc]), np.array([True, True, False]))
    scores = np.full(3, 0.5)
    alone = trusted(scores, traces, np.zeros((0, 2)), _SPACE)
    assert alone[0] == 0.5 and alone[1] < 0.5 and alone[2] < 0.5
    held = trusted(scores, traces, np.array([[95.0, 215.0], [180.0, 215.0]]), _SPACE)
    assert held[0] > 0.5 and held[1] == alone[1]
