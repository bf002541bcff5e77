from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.orientation.lines import find_lines, shrunk, turn_matrix, turned_by
from notation.page import GreyImage, LabelledPage

Draw = Callable[[int], LabelledPage]


def _turned(image: GreyImage, degrees: float) -> GreyImage:
    return 255 - turned_by(255 - image, np.deg2rad(degrees))[0]


def _apart_degrees(found_rad: float, wanted_degrees: float) -> float:
    """How far two directions of lines lie apart; a half circle is nothing."""
    return abs((np.rad2deg(found_rad) - wanted_degrees + 90) % 180 - 90)


@pytest.mark.parametrize(
    "image",
    [
        np.full((1, 1), 255, np.uint8),
        np.zeros((1, 1), np.uint8),
        np.full((900, 700), 255, np.uint8),
        np.zeros((900, 700), np.uint8),
        np.random.default_rng(1).integers(0, 256, (600, 800), dtype=np.uint8),
    ],
    ids=["one white pixel", "one black pixel", "white", "black", "noise"],
)
def test_where_no_staves_are_no_direction_is_found(image: GreyImage) -> None:
    assert find_lines(image) is None


def test_photographs_have_no_direction() -> None:
    rng = np.random.default_rng(2)
    rows, columns = np.mgrid[:900, :1200]
    soft = 128 + 60 * np.sin(columns / 90) + 50 * np.cos(rows / 140 + columns / 300)
    assert find_lines(np.clip(soft + rng.normal(0, 12, soft.shape), 0, 255).astype(np.uint8)) is None


@pytest.mark.parametrize("degrees", [-40, -15, -7.3, -2, -0.5, 0, 0.3, 1, 4, 11, 22, 44, 60, 90, 97, 135, 180, 271])
def test_the_lean_of_a_drawn_page_is_found(draw_page: Draw, degrees: float) -> None:
    lines = find_lines(_turned(draw_page(3).image, degrees))
    assert lines is not None
    assert _apart_degrees(lines.angle_rad, degrees) < 0.1
    assert lines.space_px == pytest.approx(16.0, rel=0.03)


@settings(max_examples=12, deadline=None)
@given(degrees=st.floats(-180, 180), seed=st.integers(0, 5))
def test_any_lean_is_found(degrees: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    page = np.full((700, 900), 255, np.uint8)
    for top in (100, 300, 500):
        for line in range(5):
            page[top + 14 * line : top + 14 * line + 2, 40:860] = 0
        for x in rng.integers(60, 840, 12):
            page[top : top + 30, x : x + 2] = 0
    lines = find_lines(_turned(page, degrees))
    assert lines is not None
    assert _apart_degrees(lines.angle_rad, degrees) < 0.15


def test_places_lie_on_middle_lines(draw_page: Draw) -> None:
    lines = find_lines(draw_page(4).image)
    assert lines is not None
    off = np.abs(lines.y_px[:, None] - (np.array([120.0, 360, 600]) + 2 * 16.0)).min(1)
    assert np.median(off) < 1.5


def test_small_pictures_stay_as_they_are() -> None:
    image = np.zeros((30, 20), np.uint8)
    assert shrunk(image, 30)[1] == 1.0
    assert shrunk(image, 15)[0].shape == (15, 10)


@given(degrees=st.floats(-360, 360), width=st.integers(1, 500), height=st.integers(1, 500))
def test_a_turned_sheet_holds_every_corner(degrees: float, width: int, height: int) -> None:
    matrix, size = turn_matrix(width, height, np.deg2rad(degrees))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ matrix[:, :2].T + matrix[:, 2]
    assert (corners >= -1e-3).all()
    assert (corners <= np.array(size) + 1e-3).all()
