from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from detector.training import wear
from notation.page import LabelledPage

_STEPS = [
    wear.low_resolution,
    wear.spread_or_starve,
    wear.specks,
    wear.broken_ink,
    wear.blur,
    wear.contrast,
    wear.noise,
    wear.two_tone,
    wear.worn,
]


@pytest.mark.parametrize("step", _STEPS)
def test_wear_keeps_shape_and_is_a_function_of_its_seed(
    step: wear.Wear, draw_page: Callable[[int], LabelledPage]
) -> None:
    image = draw_page(3).image[100:300, 40:400]
    first, again = step(image, np.random.default_rng(4)), step(image, np.random.default_rng(4))
    assert first.shape == image.shape
    assert first.dtype == np.uint8
    assert (first == again).all()
    assert (image == draw_page(3).image[100:300, 40:400]).all()  # the page itself is not touched


@pytest.mark.parametrize("seed", range(12))
def test_heads_stay_darker_than_paper(seed: int, draw_page: Callable[[int], LabelledPage]) -> None:
    page = draw_page(5)
    image = wear.worn(page.image, np.random.default_rng(seed)).astype(float)
    heads = page.reading.symbols.rows_of("noteheadBlackOnLine", "noteheadBlackInSpace")
    x, y = page.reading.symbols.boxes[heads, :2].astype(int).T
    assert np.median(image[y, x]) < np.median(image) - 60
