from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.decode import Detections
from detector.tiles import STEP_PX, Tile, fitted_tile, inked_part, lay_tiles, merge, pixels_of
from notation import boxes as geometry

_SPACE = 16.0
_COMPACT, _LONG = np.array([False]), np.array([True])


@settings(deadline=None)
@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from([64, 256, 1024]), st.integers(0, 48))
def test_tiles_cover_the_page_and_own_each_point_once(width: int, height: int, side: int, overlap: int) -> None:
    tiles = lay_tiles(width, height, (side, side), overlap)
    for x, y in [(0, 0), (width - 1, height - 1), (width // 2, height // 3)]:
        owners = [t for t in tiles if t.own[0] <= x < t.own[2] and t.own[1] <= y < t.own[3]]
        assert len(owners) == 1
        assert owners[0].x <= x < owners[0].x + side
        assert owners[0].y <= y < owners[0].y + side
    columns = sorted({tile.x for tile in tiles})
    assert all(b - a <= side - overlap for a, b in pairwise(columns))


@given(st.integers(1, 5000), st.integers(1, 5000), st.sampled_from([256, 1024, 1152]), st.integers(0, 200))
def test_fitted_tiles_are_the_smallest_that_do(width: int, height: int, longest: int, overlap: int) -> None:
    tile = fitted_tile(width, height, longest, overlap)
    assert max(tile) <= longest
    assert all(side % STEP_PX == 0 for side in tile)
    count = len(lay_tiles(width, height, tile, overlap))
    assert count == len(lay_tiles(width, height, (longest, longest), overlap))
    for smaller in ((tile[0] - STEP_PX, tile[1]), (tile[0], tile[1] - STEP_PX)):
        assert min(smaller) <= overlap or len(lay_tiles(width, height, smaller, overlap)) > count or min(smaller) == 0


@pytest.mark.parametrize(("longest", "overlap"), [(1000, 10), (128, 128)], ids=["no multiple", "all overlap"])
def test_tiles_that_cannot_be_laid_are_refused(longest: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="multiple of 32"):
        fitted_tile(2000, 2000, longest, overlap)


def test_a_part_of_a_page_is_tiled_where_it_lies() -> None:
    moved, plain = lay_tiles(900, 500, (256, 256), 32, left=40, top=70), lay_tiles(900, 500, (256, 256), 32)
    assert [(tile.x - 40, tile.y - 70) for tile in moved] == [(tile.x, tile.y) for tile in plain]
    assert [np.subtract(tile.own, (40, 70, 40, 70)).tolist() for tile in moved] == [list(tile.own) for tile in plain]


def test_the_inked_part_holds_all_ink_and_a_margin_within_the_page() -> None:
    dark = np.zeros((100, 80), np.uint8)
    assert inked_part(dark, 5) == (0, 0, 80, 100)
    dark[30, 70], dark[60, 10], dark[90, 5] = 255, 200, 40  # the last is paper
    assert inked_part(dark, 0) == (10, 30, 71, 61)
    assert inked_part(dark, 20) == (0, 10, 80, 81)


def test_beyond_the_page_is_paper() -> None:
    page = np.zeros((30, 50), np.uint8)
    tile = pixels_of(page, lay_tiles(50, 30, (64, 64), 8)[0])
    assert tile.shape == (64, 64)
    assert (tile[:30, :50] == 0).all()
    assert (tile[30:] == 255).all()
    assert (tile[:, 50:] == 255).all()


def _views(boxes: list[list[float]], width: int, is_long: bool, side: int = 400) -> list[tuple[Tile, Detections]]:
    """What a perfect network sees in each tile: compact boxes whole or not at all, long ones cut."""
    out = []
    for tile in lay_tiles(width, side, (side, side), 160):
        seen = []
        for box in boxes:
            x0, _, x1, _ = geometry.upright(np.array([box]))[0]
            left, right = max(x0, tile.x), min(x1, tile.x + tile.width)
            if right <= left or (not is_long and (left, right) != (x0, x1)):
                continue
            share = np.array([left, right])
            line = box[1] + (share - box[0]) * np.tan(box[4])
            half = box[3] / 2
            whole = (left, right) == (x0, x1)
            piece = geometry.min_area_box(
                [[left, line[0] - half], [right, line[1] - half], [right, line[1] + half], [left, line[0] + half]]
            )
            seen.append(np.array(box) if whole else piece)
        rows = np.array(seen).reshape(-1, 5)
        out.append((tile, Detections(rows, np.zeros(len(rows), np.int64), np.full(len(rows), 0.9))))
    return out


def test_nothing_in_gives_nothing() -> None:
    assert len(merge(_views([], 1000, False), _COMPACT, _SPACE)) == 0
    assert len(merge(_views([], 1000, True), _LONG, _SPACE)) == 0


@settings(deadline=None)
@given(st.lists(st.floats(20, 1500), min_size=1, max_size=12, unique_by=lambda x: round(x / 45)))
def test_a_compact_symbol_is_reported_once_wherever_it_stands(xs: list[float]) -> None:
    boxes = [[x, 200.0, 20.0, 16.0, 0.0] for x in xs]
    merged = merge(_views(boxes, 1520, False), _COMPACT, _SPACE)
    centres = np.sort(np.unique(merged.boxes[:, 0].round(6)))
    assert np.allclose(centres, np.sort(xs))


@pytest.mark.parametrize("angle", [0.0, 0.08, -0.1])
@pytest.mark.parametrize(("x0", "x1"), [(100, 700), (30, 1450), (350, 420), (10, 80)])
def test_pieces_of_a_long_symbol_become_one(x0: float, x1: float, angle: float) -> None:
    box = [(x0 + x1) / 2, 200.0, (x1 - x0) / np.cos(angle), 12.0, angle]
    merged = merge(_views([box], 1520, True), _LONG, _SPACE)
    assert len(merged) == 1
    assert geometry.iou(merged.boxes, np.array([box]))[0, 0] > 0.75


def test_two_parallel_beams_stay_two() -> None:
    boxes = [[600, 200 + 13 * i, 900, 8, 0.0] for i in range(2)]
    merged = merge(_views(boxes, 1520, True), _LONG, _SPACE)
    assert sorted(merged.boxes[:, 1].round().tolist()) == [200, 213]
    assert np.allclose(merged.boxes[:, 2], 900, atol=1)
