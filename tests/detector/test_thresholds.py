from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")

from detector.decode import Detections
from detector.reader import Detector
from detector.training.thresholds import LEAST_COUNT, RANGE, best_thresholds, write_thresholds
from detector.weights_file import find_weights


def _row(count: int, scores: np.ndarray, shift_px: float = 0.0) -> Detections:
    boxes = np.stack([30.0 * np.arange(count) + shift_px, *np.full((3, count), 10.0), np.zeros(count)], 1)
    return Detections(boxes, np.zeros(count, np.int64), scores)


def test_the_threshold_parts_right_from_wrong() -> None:
    truth = _row(50, np.ones(50))
    right, wrong = _row(50, np.linspace(0.4, 0.9, 50)), _row(50, np.linspace(0.1, 0.39, 50), 15.0)
    found = Detections.join([right, wrong])
    (threshold,) = best_thresholds([found], [truth], 1)
    assert threshold == pytest.approx(0.4)


def test_silence_noise_and_rarity() -> None:
    truth = _row(50, np.ones(50))
    nothing = truth.take(np.zeros(50, dtype=bool))
    assert np.isnan(best_thresholds([nothing], [truth], 1)).all()
    sure = best_thresholds([_row(50, np.full(50, 0.95))], [truth], 1)
    assert sure == pytest.approx(RANGE[1])
    few = _row(LEAST_COUNT - 1, np.ones(LEAST_COUNT - 1))
    assert np.isnan(best_thresholds([few], [few], 1)).all()


def test_a_model_file_keeps_its_thresholds(tmp_path: Path) -> None:
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(find_weights(None).read_bytes())
    write_thresholds(copy, {"stem": 0.4, "slur": 0.2})
    before, after = Detector.load(None, threads=1).facts, Detector.load(copy, threads=1).facts
    assert after.least_scores == {"stem": 0.4, "slur": 0.2}
    assert after.names == before.names
    assert after.training == before.training
