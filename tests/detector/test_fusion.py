from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.decode import Detections
from detector.fusion import SAME_SYMBOL, fuse, mean_boxes
from notation import boxes as geometry

_ANGLE = st.floats(-0.78, 0.78)
_SYMBOL = st.tuples(st.floats(20, 60), st.floats(4, 60), _ANGLE, st.floats(0.05, 1), st.integers(0, 2))


def _found(boxes: list[list[float]], scores: list[float], labels: list[int] | None = None) -> Detections:
    rows = geometry.canonical(np.array(boxes, dtype=float).reshape(-1, 5))
    return Detections(rows, np.array(labels or [0] * len(rows), dtype=np.int64), np.array(scores, dtype=float))


def _page(symbols: list[tuple[float, float, float, float, int]]) -> Detections:
    """Symbols side by side, too far apart to be taken for each other."""
    boxes = [[100.0 + 200 * i, 100, width, height, angle] for i, (width, height, angle, _, _) in enumerate(symbols)]
    return _found(boxes, [score for *_, score, _ in symbols], [label for *_, label in symbols])


def _shaken(page: Detections, rng: np.random.Generator) -> Detections:
    boxes = page.boxes + rng.uniform(-0.5, 0.5, page.boxes.shape) * np.array([1, 1, 1, 1, 0.02])
    rows = rng.permutation(len(page))
    return Detections(geometry.canonical(boxes), page.labels, page.scores).take(rows)


def test_nothing_seen_is_nothing() -> None:
    assert len(fuse([])) == 0
    assert len(fuse([_found([], []), _found([], [])])) == 0


def test_one_view_stays_as_it_is() -> None:
    page = _found([[10, 10, 8, 6, 0.1], [40, 10, 8, 6, 0]], [0.3, 0.9])
    assert fuse([page]) is page or (fuse([page]).boxes == page.boxes).all()


def test_a_mean_weighted_by_scores() -> None:
    fused = fuse([_found([[100, 50, 40, 20, 0]], [0.9]), _found([[104, 50, 44, 20, 0]], [0.3])])
    assert fused.boxes[0] == pytest.approx([101, 50, 41, 20, 0])
    assert fused.scores.tolist() == pytest.approx([0.6])


@pytest.mark.parametrize(("views", "expected"), [(1, 0.8), (2, 0.4), (4, 0.2)], ids=["alone", "of two", "of four"])
def test_what_one_view_alone_saw_keeps_its_share(views: int, expected: float) -> None:
    blind = [_found([], [])] * (views - 1)
    assert fuse([_found([[10, 10, 8, 6, 0]], [0.8]), *blind]).scores.tolist() == pytest.approx([expected])


def test_classes_are_not_mixed() -> None:
    fused = fuse([_found([[10, 10, 8, 6, 0]], [0.8], [0]), _found([[10, 10, 8, 6, 0]], [0.6], [1])])
    assert fused.labels.tolist() == [0, 1]
    assert fused.scores.tolist() == pytest.approx([0.4, 0.3])


def test_a_view_gives_a_symbol_one_box_at_most() -> None:
    first = _found([[10, 10, 8, 6, 0]], [0.9])
    second = _found([[10, 10, 8, 6, 0], [11, 10, 8, 6, 0]], [0.8, 0.7])
    assert fuse([first, second]).scores.tolist() == pytest.approx([0.85, 0.35])


def test_boxes_written_on_both_sides_of_an_eighth_of_a_circle_are_alike() -> None:
    eighth = np.pi / 4
    views = [_found([[50, 50, 40, 10, eighth - 0.02]], [0.5]), _found([[50, 50, 40, 10, eighth + 0.02]], [0.5])]
    fused = fuse(views)
    assert len(fused) == 1
    assert geometry.iou(fused.boxes, _found([[50, 50, 40, 10, eighth]], [1]).boxes)[0, 0] == pytest.approx(1, abs=1e-6)


@settings(deadline=None)
@given(st.lists(_SYMBOL, min_size=1, max_size=8), st.integers(1, 4))
def test_views_that_agree_say_what_each_says(symbols: list[tuple[float, float, float, float, int]], views: int) -> None:
    page = _page(symbols)
    fused = fuse([page] * views)
    order = np.argsort(fused.boxes[:, 0])
    assert np.allclose(fused.scores[order], page.scores)
    assert (fused.labels[order] == page.labels).all()
    assert np.allclose(np.diagonal(geometry.iou(fused.boxes[order], page.boxes)), 1)


@settings(deadline=None)
@given(st.lists(_SYMBOL, min_size=1, max_size=6), st.integers(2, 4), st.integers(0, 999))
def test_order_of_views_and_rows_does_not_matter(
    symbols: list[tuple[float, float, float, float, int]], views: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    seen = [_shaken(_page(symbols), rng) for _ in range(views)]
    first, second = fuse(seen), fuse(seen[::-1])
    assert np.allclose(np.sort(first.scores), np.sort(second.scores))
    assert np.allclose(first.boxes[np.argsort(first.boxes[:, 0])], second.boxes[np.argsort(second.boxes[:, 0])])


@settings(deadline=None)
@given(st.lists(_SYMBOL, min_size=1, max_size=6), st.integers(2, 4), st.integers(0, 999))
def test_a_shaken_symbol_comes_back_better_than_it_was_seen(
    symbols: list[tuple[float, float, float, float, int]], views: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    page = _page([(*one[:3], 0.5, one[4]) for one in symbols])
    seen = [_shaken(page, rng) for _ in range(views)]
    if min(geometry.iou(a.boxes, b.boxes).max(1).min() for a in seen for b in seen) < SAME_SYMBOL + 0.05:
        return  # thin ones may not recognise each other
    fused = fuse(seen)
    assert len(fused) == len(page)
    worst = max(np.abs(one.boxes[np.argsort(one.boxes[:, 0]), :2] - page.boxes[:, :2]).max() for one in seen)
    mean = np.abs(fused.boxes[np.argsort(fused.boxes[:, 0]), :2] - page.boxes[:, :2]).max()
    assert mean <= worst + 1e-9


@settings(deadline=None)
@given(st.floats(-3, 3), _ANGLE, st.floats(0.1, 0.9))
def test_a_mean_turns_with_its_boxes(turn: float, angle: float, weight: float) -> None:
    pair = geometry.canonical(np.array([[30.0, 8, 40, 12, angle], [31, 9, 42, 13, angle + 0.1]]))
    weights, one = np.array([weight, 1 - weight]), np.zeros(2, dtype=np.int64)
    cos, sin = np.cos(turn), np.sin(turn)
    matrix = np.array([[cos, -sin, 5.0], [sin, cos, -7.0]])
    turned_mean = mean_boxes(geometry.affine(pair, matrix), weights, one)
    assert geometry.iou(turned_mean, geometry.affine(mean_boxes(pair, weights, one), matrix))[0, 0] > 0.999
