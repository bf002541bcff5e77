from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.style import STAFF_SPACE_RANGE_PX, VEROVIO_FONTS, Style, random_style


@given(st.integers(0, 10_000))
@settings(max_examples=50)
def test_random_styles_stay_within_their_bounds(seed: int) -> None:
    style = random_style(np.random.default_rng(seed))
    assert STAFF_SPACE_RANGE_PX[0] <= style.staff_space_px <= STAFF_SPACE_RANGE_PX[1]
    assert 1000 <= style.width_px <= 2500
    assert style.height_px <= 3500
    assert style.font in VEROVIO_FONTS
    assert 1 < style.height_px / style.width_px < 1.6


def test_a_style_depends_on_the_seed_alone() -> None:
    assert random_style(np.random.default_rng(4)) == random_style(np.random.default_rng(4))
    assert random_style(np.random.default_rng(4)) != random_style(np.random.default_rng(5))


def test_styles_travel_to_other_processes() -> None:
    style = random_style(np.random.default_rng(4))
    assert pickle.loads(pickle.dumps(style)) == style


def test_scaling_changes_lengths_and_nothing_else() -> None:
    style = Style(options=random_style(np.random.default_rng(1)).options)
    twice = style.scaled(2)
    assert (twice.width_px, twice.staff_space_px) == (4200, pytest.approx(36))
    assert twice.margin_px == (160, 160, 160, 160)
    assert (twice.font, twice.options, twice.seed) == (style.font, style.options, style.seed)
