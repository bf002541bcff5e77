from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from detector.reader import LEAST_SCORE, Detector
from detector.settings import ACCURATE, EFFORTS, Settings
from detector.weights_file import find_weights, shipped_models
from notation import boxes as geometry
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


def test_two_networks_that_agree_say_what_one_says(draw_page: Callable[[int], LabelledPage]) -> None:
    page, least = draw_page(13), {"*": 0.4}
    one = Detector.load(threads=1, least_scores=least).read(page.image).symbols
    both = Detector.load(["reader", "reader"], threads=1, least_scores=least).read(page.image).symbols
    sure = np.flatnonzero(one.scores > 0.6)
    overlap = geometry.iou(one.boxes[sure], both.boxes) * (one.class_ids[sure][:, None] == both.class_ids[None])
    assert (overlap.max(1) > 0.9).all()
    assert both.scores[overlap.argmax(1)] == pytest.approx(one.scores[sure], abs=0.05)


@pytest.mark.parametrize("effort", ["fast", "accurate"])
def test_the_ends_of_the_frontier_read_the_drawn_page(effort: str, draw_page: Callable[[int], LabelledPage]) -> None:
    page = draw_page(14)
    reading = Detector.load(threads=1, settings=EFFORTS[effort]).read(page.image)
    heads = sum(name.startswith("noteheadBlack") for name in reading.symbols.names)
    true = sum(name.startswith("noteheadBlack") for name in page.reading.symbols.names)
    assert heads == pytest.approx(true, rel=0.1)


def test_looking_again_is_a_reading_of_its_own(draw_page: Callable[[int], LabelledPage]) -> None:
    page, scale = draw_page(15), 1.1
    detector = Detector.load(threads=1, settings=Settings(again=(1.0, scale)))
    first = detector.read(page.image, source="page.png")
    same, larger = detector.read_again(page.image, first)
    alone = Detector.load(threads=1, settings=Settings(scales=(scale,))).read(page.image)
    assert same.symbols.boxes == pytest.approx(first.symbols.boxes)
    assert larger.symbols.boxes == pytest.approx(alone.symbols.boxes)
    assert not np.array_equal(larger.symbols.boxes, first.symbols.boxes)
    assert all(one.staves is first.staves and one.source == "page.png" for one in (same, larger))


def test_a_page_without_staves_is_not_looked_at_again() -> None:
    blank = np.full((200, 300), 255, np.uint8)
    detector = Detector.load(threads=1, settings=ACCURATE)
    assert list(detector.read_again(blank, detector.read(blank))) == []


def test_sure_symbols_are_those_above_the_models_own_thresholds(draw_page: Callable[[int], LabelledPage]) -> None:
    page = draw_page(16)
    faint = Detector.load(threads=1, least_scores={"*": 0.01})
    reading = faint.read(page.image)
    sure = faint.sure(reading)
    least = {name: faint.facts.least_scores.get(name, LEAST_SCORE) for name in faint.facts.names}
    pairs = zip(sure.symbols.names, sure.symbols.scores, strict=True)
    assert 0 < len(sure.symbols) < len(reading.symbols)
    assert all(score >= least[name] for name, score in pairs if "head" in name)
    assert {"staff"} <= set(sure.symbols.names)


def test_networks_of_different_classes_cannot_be_fused(detector: Detector) -> None:
    (network,) = detector._networks
    stranger = SimpleNamespace(facts=replace(network.facts, names=network.facts.names[::-1]))
    with pytest.raises(ConfigurationError, match="same classes"):
        Detector([network, stranger])  # type: ignore[list-item]


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
