from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.training.crops import View, clip, cut
from notation import boxes as geometry
from notation.page import LabelledPage

_NOT_LONG, _LONG = np.array([False]), np.array([True])
_LABEL = np.zeros(1, np.int64)
_HERE = View((50, 50), 1.0, 0.0, 100, 100)


def test_a_page_without_symbols() -> None:
    crop = cut(np.full((60, 60), 255, np.uint8), np.zeros((0, 5)), np.zeros(0, np.int64), 16, _HERE, _NOT_LONG)
    assert crop.image.shape == (100, 100)
    assert (crop.image == 255).all()
    assert len(crop.boxes) == len(crop.labels) == 0


@pytest.mark.parametrize(
    ("box", "is_long", "kept"),
    [
        ([50, 50, 20, 10, 0], _NOT_LONG, [50, 50, 20, 10, 0]),
        ([98, 50, 20, 10, 0], _NOT_LONG, [94, 50, 12, 10, 0]),  # 60 % left
        ([100, 50, 20, 10, 0], _NOT_LONG, None),  # half left
        ([100, 50, 100, 10, 0], _LONG, [75, 50, 50, 10, 0]),
        ([105, 50, 20, 10, 0], _LONG, None),  # 5 px of a slur are too little to know one
        ([150, 50, 20, 10, 0], _LONG, None),
    ],
)
def test_what_is_left_of_a_box(box: list[float], is_long: np.ndarray, kept: list[float] | None) -> None:
    left, rows = clip(np.array([box], dtype=float), _LABEL, _HERE, is_long, 16)
    if kept is None:
        assert len(rows) == 0
    else:
        assert rows.tolist() == [0]
        assert np.allclose(left, [kept], atol=1e-4)


@settings(deadline=None)
@given(
    st.floats(0.5, 2),
    st.floats(-0.04, 0.04),
    st.floats(20, 80),
    st.floats(20, 80),
)
def test_the_middle_of_the_view_is_the_middle_of_the_crop(scale: float, angle: float, x: float, y: float) -> None:
    matrix = View((x, y), scale, angle, 64, 96).matrix
    assert np.allclose(matrix[:, :2] @ [x, y] + matrix[:, 2], [48, 32])
    assert np.isclose(np.linalg.det(matrix[:, :2]), scale**2)


@pytest.mark.parametrize("scale", [0.6, 1.0, 1.3])
@pytest.mark.parametrize("angle", [0.0, 0.03])
def test_boxes_stay_on_their_ink(scale: float, angle: float) -> None:
    image = np.full((300, 300), 255, np.uint8)
    image[140:160, 120:170] = 0
    view = View((150, 150), scale, angle, 128, 128)
    crop = cut(image, np.array([[145, 150, 50, 20, 0]], dtype=float), _LABEL, 16, view, _NOT_LONG)
    ys, xs = np.nonzero(crop.image < 128)
    ink = geometry.min_area_box(np.stack([xs + 0.5, ys + 0.5], 1))
    assert np.allclose(ink[:2], crop.boxes[0, :2], atol=0.75)
    assert np.allclose(ink[2:4] + 1, crop.boxes[0, 2:4], atol=1.6)
    assert crop.space_px == pytest.approx(16 * scale)


def test_a_crop_of_a_page_keeps_whole_heads(draw_page: Callable[[int], LabelledPage]) -> None:
    page = draw_page(1)
    symbols = page.reading.symbols
    heads = symbols.rows_of("noteheadBlackOnLine", "noteheadBlackInSpace")
    labels = np.zeros(len(heads), np.int64)
    crop = cut(page.image, symbols.boxes[heads], labels, 16, View((450, 450), 1.0, 0.0, 900, 900), _NOT_LONG)
    assert np.allclose(np.sort(crop.boxes[:, 0]), np.sort(symbols.boxes[heads, 0]))
