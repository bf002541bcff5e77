"""A page reader without a network: staves by row darkness, symbols from a list; milliseconds a page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detector.orientation.lines import StaffLines
from notation.page import GreyImage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

SPACE_PX = 10


def music_page(height: int = 400, width: int = 600) -> GreyImage:
    """Return one staff of five black lines near the top of white paper, uint8 (height, width)."""
    page = np.full((height, width), 255, np.uint8)
    for line in range(5):
        page[100 + line * SPACE_PX, 20 : width - 20] = 0
    return page


class FakeDetector:
    """Sees a staff where a page has dark rows; stands upright, with a treble clef, when that lies in the upper half."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, int]] = []

    def read(self, image: GreyImage) -> Reading:
        height, width = image.shape
        self.seen.append((height, width))
        dark = np.flatnonzero((image < 128).mean(1) > 0.5)
        if len(dark) != 5:
            return Reading(Symbols.empty(width, height), ())
        staff = Staff.of([20, width - 20], np.stack([dark, dark], 1) + 0.5)
        if dark[0] > height / 2:
            return Reading(Symbols.empty(width, height), (staff,))
        boxes = [[40, dark[2], 25, 70, 0], [100, dark[2], 12, 10, 0]]
        ids = [vocabulary().id_of("clefG"), vocabulary().id_of("noteheadWholeOnLine")]
        return Reading(Symbols.of(boxes, ids, [0.9, 0.4], width_px=width, height_px=height)[0], (staff,))


@pytest.fixture
def fake_detector(monkeypatch: pytest.MonkeyPatch) -> FakeDetector:
    """Put the fake where the command loads the network."""
    fake = FakeDetector()
    from detector.reader import Detector

    monkeypatch.setattr(Detector, "load", classmethod(lambda cls, weights=None, **settings: fake))
    monkeypatch.setattr("detector.orientation.upright.upright_log_odds", _upper_half)
    return fake


def _upper_half(image: GreyImage, lines: StaffLines) -> float:
    """Stand in for the network that tells up from down: the staff of an upright page lies in the upper half."""
    level = np.rot90(image, round(lines.angle_rad / (np.pi / 2)))
    return 20.0 if (level[: len(level) // 2] < 128).any() else -20.0


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that saves pixels as a picture file."""

    def _save(name: str, pixels: GreyImage | None = None, **options: object) -> Path:
        path = tmp_path / name
        Image.fromarray(music_page() if pixels is None else pixels).save(path, **options)
        return path

    return _save


@pytest.fixture
def turned_page(save: Callable[..., Path]) -> Callable[[int], Path]:
    """Return a function that saves the page of music turned counter-clockwise by quarter circles."""
    return lambda turns: save("turned.png", np.ascontiguousarray(np.rot90(music_page(), turns)))
