"""What single augmentations do to ink and paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from notation.page import LabelledPage
from scoreaug import copier, fields, ink, scanner, sheet, staff_line_wear, words
from scoreaug.blanks import from_folder
from scoreaug.motion import MaskedPage
from scoreaug.page_scale import line_level, line_px, staff_space_px

SEEDS = range(4)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def darkness(image: np.ndarray) -> float:
    return float((255.0 - image).mean())


class TestScale:
    def test_an_empty_page_is_a_sheet_of_a4(self, empty_page: Callable[[int, int], LabelledPage]) -> None:
        assert staff_space_px(empty_page(1650, 1200)) == pytest.approx(10)
        assert line_px(empty_page(1650, 1200)) == pytest.approx(1.3)

    def test_staves_tell(self, page: MaskedPage) -> None:
        assert staff_space_px(page) == pytest.approx(10)
        assert line_px(page) == pytest.approx(2, abs=0.1)
        assert line_level(page) == 0

    def test_without_truth_the_runs_tell(self, empty_page: Callable[[int, int], LabelledPage]) -> None:
        bare = empty_page(600, 900)
        for top in range(100, 500, 130):
            for line in range(5):
                bare.image[top + 14 * line : top + 14 * line + 2, 50:850] = 0
        assert staff_space_px(bare) == 14


class TestInk:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_spread_adds_and_erosion_takes(self, seed: int, page: MaskedPage) -> None:
        assert darkness(ink.ink_spread(page, rng(seed)).image) > 1.02 * darkness(page.image)
        assert darkness(ink.ink_erosion(page, rng(seed)).image) < 0.98 * darkness(page.image)

    def test_more_strength_spreads_more(self, page: MaskedPage) -> None:
        spread = [darkness(ink.ink_spread(page, rng(0), strength).image) for strength in (0.5, 1.0, 1.5)]
        assert spread == sorted(spread)

    def test_solid_ink_survives_erosion(self, page: MaskedPage) -> None:
        assert ink.ink_erosion(page, rng(0), 1.5).image[320, 45:55].max() < 60

    def test_pinholes_only_lighten(self, page: MaskedPage) -> None:
        assert (ink.pinholes(page, rng(0)).image >= page.image).all()

    def test_a_second_impression_only_darkens(self, page: MaskedPage) -> None:
        assert (ink.doubled_impression(page, rng(0)).image <= page.image).all()


class TestStaffLines:
    @pytest.mark.parametrize("name", ["ragged_staff_lines", "broken_staff_lines", "double_staff_lines"])
    def test_symbols_are_left_alone(self, name: str, page: MaskedPage) -> None:
        after = getattr(staff_line_wear, name)(page, rng(1), 1.5)
        symbols = cv2.erode(page.masks[0], np.ones((3, 3), np.uint8)) > 0
        assert (after.image[symbols] == page.image[symbols]).all()
        assert (after.image != page.image).any()

    def test_breaking_takes_from_lines_and_nothing_else(self, page: MaskedPage) -> None:
        after = staff_line_wear.broken_staff_lines(page, rng(0), 1.5)
        assert (after.image >= page.image).all()
        rows = np.flatnonzero((after.image != page.image).any(1))
        assert rows.min() >= 117
        assert rows.max() <= 343


class TestCopier:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_two_tones(self, seed: int, page: MaskedPage) -> None:
        assert set(np.unique(copier.two_tone(page, rng(seed)).image).tolist()) == {0, 255}

    @pytest.mark.parametrize("seed", SEEDS)
    def test_visible_lines_are_not_lost(self, seed: int, page: MaskedPage) -> None:
        grey = scanner.defocused(page, rng(seed), 2.0)
        after = copier.two_tone(grey, rng(seed), 2.0)
        assert (after.image[119:122, 60:80].min(0) == 0).mean() > 0.3

    def test_salt_gathers_at_the_edges(self, empty_page: Callable[[int, int], LabelledPage]) -> None:
        after = np.mean([copier.edge_salt(empty_page(400, 300), rng(seed)).image < 128 for seed in range(8)], 0)
        middle = after[100:300, 80:220].mean()
        assert np.mean([after[:3].mean(), after[-3:].mean(), after[:, :3].mean(), after[:, -3:].mean()]) > 5 * middle

    def test_quantiles_of_dust(self) -> None:
        """Against the table of the normal distribution."""
        shares = np.array([1e-4, 1e-3, 1e-2, 0.1], np.float32)
        assert copier._normal_quantile(shares) == pytest.approx([3.719, 3.090, 2.326, 1.282], abs=0.01)


class TestScanner:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_low_resolution_keeps_six_pixels_a_space(self, seed: int, page: MaskedPage) -> None:
        assert 5.9 <= staff_space_px(scanner.low_resolution(page, rng(seed), 1.5)) <= 10

    def test_a_page_is_brought_to_a_staff_space(self, page: MaskedPage) -> None:
        after = scanner.at_staff_space(page, 7.5)
        assert after.image.shape == (360, 270)
        assert staff_space_px(after) == pytest.approx(7.5)


class TestWords:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_new_boxes_hold_new_ink(self, seed: int, page: MaskedPage) -> None:
        after = words.text_around(page, rng(seed), 2.0)
        rows = after.reading.symbols.rows_of("text")
        added = (after.image < 128) & (page.image >= 200)
        for cx, cy, width, height, angle in after.reading.symbols.boxes[rows].tolist():
            left, top = round(cx - width / 2), round(cy - height / 2)
            inside = added[top : top + round(height), left : left + round(width)]
            assert angle == 0
            assert inside.any(0)[[0, -1]].all()
            assert inside.any(1)[[0, -1]].all()
            added[top : top + round(height), left : left + round(width)] = False
        assert not added.any()
        assert len(after.graph) == len(after.reading.symbols) == len(page.reading.symbols) + len(rows)

    def test_some_are_printed(self, page: MaskedPage) -> None:
        assert any(len(words.text_around(page, rng(seed)).reading.symbols.rows_of("text")) for seed in SEEDS)


class TestSheet:
    def test_scanned_blanks_take_the_place_of_drawn_ones(self, tmp_path: Path, page: MaskedPage) -> None:
        (tmp_path / "seamless").mkdir()
        cv2.imwrite(str(tmp_path / "seamless" / "a.png"), np.full((20, 20), 200, np.uint8))
        after = sheet.laid_on(from_folder(tmp_path))(page, rng(0))
        assert set(np.unique(after.image[:100]).tolist()) == {200}

    @pytest.mark.parametrize("seed", SEEDS)
    def test_music_stays_darker_than_stained_paper(self, seed: int, page: MaskedPage) -> None:
        after = sheet.stained(page, rng(seed), 2.0).image
        assert after[320, 50] < np.median(after)


class TestFields:
    @pytest.mark.parametrize("size_px", [0.4, 1.0, 2.0, 5.0])
    def test_grain_has_the_spread_it_promises(self, size_px: float) -> None:
        assert fields.grain(400, 400, size_px, rng(0)).std() == pytest.approx(1, abs=0.12)

    def test_grey_is_kept_within_bounds(self) -> None:
        assert fields.grey(np.array([[-5.0, 0.4, 0.6, 300.0]])).tolist() == [[0, 0, 1, 255]]
