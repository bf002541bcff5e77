from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.decode import Detections
from detector.looks import MARGIN_SP, look_at
from detector.settings import EFFORTS, Settings
from notation.errors import ConfigurationError


def _page(height: int, width: int, ink: tuple[int, int, int, int] | None) -> tuple[np.ndarray, np.ndarray]:
    """White paper with a block of ink x0, y0, x1, y1; the page and its darkness."""
    page = np.full((height, width), 255, np.uint8)
    if ink is not None:
        page[ink[1] : ink[3], ink[0] : ink[2]] = 0
    return page, 255 - page


def test_a_page_without_ink_is_looked_at_as_a_whole() -> None:
    image, dark = _page(300, 200, None)
    look = look_at(image, dark, 16.0, 16.0, Settings())
    assert [(tile.x, tile.y) for tile in look.tiles] == [(0, 0)]
    assert look.tiles[0].width >= 200
    assert look.tiles[0].height >= 300


@given(
    st.integers(60, 900),
    st.integers(60, 900),
    st.floats(0, 0.9),
    st.floats(0, 0.9),
    st.sampled_from([8.0, 16.0, 24.0]),
    st.sampled_from([64, 256, 1152]),
)
def test_all_ink_lies_on_a_tile(
    height: int, width: int, left: float, top: float, wanted_px: float, longest_px: int
) -> None:
    x0, y0 = int(left * width), int(top * height)
    image, dark = _page(height, width, (x0, y0, x0 + 5, y0 + 5))
    look = look_at(image, dark, 16.0, wanted_px, Settings(longest_tile_px=longest_px, overlap_sp=1.0))
    covered = np.zeros((4000, 4000), dtype=bool)
    for tile in look.tiles:
        assert max(tile.width, tile.height) <= longest_px
        covered[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width] = True
    assert covered[: look.page.shape[0], : look.page.shape[1]][look.page < 200].all()


def test_the_empty_half_of_a_page_is_left_out() -> None:
    image, dark = _page(2970, 2100, (100, 100, 2000, 700))
    look = look_at(image, dark, 16.0, 16.0, Settings())
    foot = round(700 + MARGIN_SP * 16)
    assert {(tile.y, tile.height) for tile in look.tiles} == {(0, -(-foot // 32) * 32)}
    assert min(tile.x for tile in look.tiles) == 0
    assert max(tile.x + tile.width for tile in look.tiles) >= 2100


def test_a_network_of_one_shape_gets_it() -> None:
    image, dark = _page(900, 700, (0, 0, 700, 900))
    look = look_at(image, dark, 16.0, 16.0, Settings(), (512, 256))
    assert {(tile.height, tile.width) for tile in look.tiles} == {(512, 256)}


@pytest.mark.parametrize("wanted_px", [8.0, 16.0, 20.0], ids=str)
def test_what_was_seen_goes_back_to_the_page(wanted_px: float) -> None:
    image, dark = _page(901, 701, (0, 0, 701, 901))
    look = look_at(image, dark, 16.0, wanted_px, Settings())
    share = wanted_px / 16
    seen = Detections(np.array([[350 * share, 450 * share, 20 * share, 10 * share, 0.2]]), np.zeros(1, int), np.ones(1))
    assert look.in_page(seen).boxes[0] == pytest.approx([350, 450, 20, 10, 0.2], rel=0.01)


@pytest.mark.parametrize(
    "wrong",
    [
        {"scales": ()},
        {"scales": (1.0, 0.0)},
        {"again": (0.0,)},
        {"longest_tile_px": 1000},
        {"longest_tile_px": 0},
        {"overlap_sp": -1.0},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError):
        Settings(**wrong)  # type: ignore[arg-type]


def test_the_ends_of_the_frontier_differ_in_pixels() -> None:
    fast, usual, accurate = (EFFORTS[name] for name in ("fast", "default", "accurate"))
    pixels = [sum(scale**2 for scale in one.scales + one.again) for one in (fast, usual, accurate)]
    assert pixels[0] < 0.8 * pixels[1]
    assert pixels[1] * 1.5 < pixels[2]
