from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from detector.reader import Detector
from detector.weights_file import find_weights, shipped_models
from notation.errors import ConfigurationError, WeightsError
from notation.page import LabelledPage


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector.load(threads=1)


def test_the_default_weights_are_shipped_and_small() -> None:
    assert "reader" in shipped_models()
    assert find_weights(None).stat().st_size < 12e6


def test_the_weights_say_what_they_are(detector: Detector) -> None:
    facts = detector.facts
    assert {"stem", "noteheadBlackOnLine", "barlineSingle"} <= set(facts.names)
    assert facts.typical_sides_px.shape == (len(facts.names), 2)
    assert facts.training["steps"] > 0
    assert any("CC-BY-4.0" in source for source in facts.sources)


@pytest.mark.parametrize("shape", [(1, 1), (40, 700), (800, 600)])
def test_a_page_without_staves_is_empty(detector: Detector, shape: tuple[int, int]) -> None:
    reading = detector.read(np.full(shape, 255, np.uint8), source="blank.png")
    assert len(reading.symbols) == len(reading.staves) == 0
    assert (reading.symbols.height_px, reading.symbols.width_px) == shape
    assert reading.source == "blank.png"


@pytest.mark.parametrize("image", [np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4))])
def test_a_wrong_array_is_refused(detector: Detector, image: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected a uint8 image"):
        detector.read(image)


def test_a_drawn_page_is_read(detector: Detector, draw_page: Callable[[int], LabelledPage]) -> None:
    page = draw_page(11)
    shares: list[float] = []
    reading = detector.read(page.image, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(reading.staves) == 3
    truth = page.reading.symbols
    for name, least in (("noteheadBlack", 0.9), ("stem", 0.9)):
        true = np.array([one.startswith(name) for one in truth.names])
        found = np.array([one.startswith(name) for one in reading.symbols.names])
        gap = np.abs(truth.boxes[true][:, None, :2] - reading.symbols.boxes[found][None, :, :2]).max(2)
        assert (gap.min(1) < 5).mean() >= least
    stems = reading.symbols.boxes[reading.symbols.rows_of("stem")]
    assert np.median(stems[:, 2]) == pytest.approx(3, abs=1)


def test_reading_twice_gives_the_same(detector: Detector, draw_page: Callable[[int], LabelledPage]) -> None:
    page = draw_page(12)
    first, second = detector.read(page.image).symbols, detector.read(page.image).symbols
    assert (first.boxes == second.boxes).all()
    assert (first.class_ids == second.class_ids).all()


def test_bad_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no such weights"):
        Detector.load("nothing")
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(b"not a model")
    with pytest.raises(WeightsError, match="not a detector model"):
        Detector.load(damaged)


@pytest.mark.parametrize(
    ("thresholds", "complaint"), [({"notehead": 0.5}, "does not know"), ({"stem": 2.0}, r"\[0, 1\]")]
)
def test_bad_thresholds_are_refused(thresholds: dict[str, float], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        Detector.load(least_scores=thresholds)


def test_reading_needs_no_torch() -> None:
    code = "import sys; from detector.reader import Detector; Detector.load(threads=1); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
