from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.decode import Detections
from detector.suppression import suppress
from notation import boxes as geometry

_BOX = st.tuples(
    st.floats(0, 60), st.floats(0, 60), st.floats(2, 40), st.floats(2, 40), st.sampled_from([0.0, 0.01, -0.3, 0.6])
)


def _found(boxes: list[tuple[float, ...]], scores: list[float]) -> Detections:
    rows = np.array(boxes, dtype=float).reshape(-1, 5)
    return Detections(rows, np.zeros(len(rows), np.int64), np.array(scores))


def test_none_and_one() -> None:
    assert len(suppress(_found([], []), np.zeros(0, np.int64), 0.5)) == 0
    assert len(suppress(_found([(5, 5, 3, 3, 0)], [0.4]), np.zeros(1, np.int64), 0.5)) == 1


def test_groups_do_not_see_each_other() -> None:
    found = _found([(5, 5, 8, 8, 0)] * 3, [0.4, 0.9, 0.6])
    assert suppress(found, np.array([0, 1, 0]), 0.5).scores.tolist() == [0.9, 0.6]


def test_a_suppressed_box_suppresses_nobody() -> None:
    found = _found([(10, 10, 10, 10, 0), (13, 10, 10, 10, 0), (16, 10, 10, 10, 0)], [0.9, 0.8, 0.7])
    assert suppress(found, np.zeros(3, np.int64), 0.5).scores.tolist() == [0.9, 0.7]


def test_parallel_slanted_beams_both_stay() -> None:
    found = _found([(100, 100, 150, 8, 0.3), (100, 112, 150, 8, 0.3)], [0.9, 0.8])
    assert len(suppress(found, np.zeros(2, np.int64), 0.5)) == 2


@settings(deadline=None)
@given(st.lists(_BOX, min_size=1, max_size=12), st.integers(0, 999))
def test_it_agrees_with_the_exact_rule_away_from_its_limit(boxes: list[tuple[float, ...]], seed: int) -> None:
    scores = np.random.default_rng(seed).permutation(len(boxes)) / len(boxes)
    found = _found(boxes, scores.tolist())
    exact = geometry.iou(found.boxes, found.boxes)[np.triu_indices(len(boxes), 1)]
    if ((exact > 0.4) & (exact < 0.6)).any():
        return  # nearly parallel boxes may fall on either side here
    kept = suppress(found, found.labels, 0.5)
    expected = geometry.nms(found.boxes, found.scores, found.labels, 0.5)
    assert kept.scores.tolist() == found.scores[expected].tolist()


def test_three_thousand_symbols_with_ten_candidates_each_all_survive() -> None:
    rng = np.random.default_rng(2)
    centres = np.stack(np.meshgrid(np.arange(60) * 24.0, np.arange(50) * 24.0), -1).reshape(-1, 2).repeat(10, 0)
    jitter = rng.normal(0, 0.5, centres.shape)
    boxes = np.concatenate([centres + jitter, np.full((len(centres), 2), 16.0), np.zeros((len(centres), 1))], 1)
    found = Detections(boxes, np.zeros(len(boxes), np.int64), rng.random(len(boxes)))
    assert len(suppress(found, found.labels, 0.5)) == pytest.approx(3000)
