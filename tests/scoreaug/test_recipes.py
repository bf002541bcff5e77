"""The recipe of the thesis, its steps and its paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from notation.errors import InputError
from notation.graph import NotationGraph
from notation.page import LabelledPage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from scoreaug import wear
from scoreaug.blanks import from_folder, generated
from scoreaug.paper import blank_page
from scoreaug.recipes import FINAL_MODEL, ThesisTable, thesis

WIDTH, HEIGHT = 200, 280
ALWAYS = replace(FINAL_MODEL, augment=1.0)
NEVER = replace(
    ALWAYS, blur=0, horizontal_flip=0, vertical_flip=0, crop=0, paper_brightness=0, contrast=0, rotation=0, brightness=0
)


def white(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    return np.full((height, width), 255, np.uint8)


def empty(height: int = HEIGHT, width: int = WIDTH) -> LabelledPage:
    reading = Reading(Symbols.empty(width, height), ())
    return LabelledPage(np.full((height, width), 255, np.uint8), reading, NotationGraph(0))


def with_beam() -> LabelledPage:
    page = empty()
    page.image[138:142, 80:120] = 0
    symbols, _ = Symbols.of([(100, 140, 40, 4, 0)], [vocabulary().id_of("beam")], width_px=WIDTH, height_px=HEIGHT)
    return replace(page, reading=Reading(symbols, (Staff.straight(20, 180, 120, 10),)), graph=NotationGraph(1))


class TestThesis:
    def test_an_empty_page_becomes_paper(self) -> None:
        worn = thesis(empty(), np.random.default_rng(1), ALWAYS)
        assert worn.image.shape == (HEIGHT, WIDTH)
        assert worn.image.dtype == np.uint8
        assert len(worn.reading.symbols) == 0
        assert worn.notes["scoreaug"].startswith("paper")

    @pytest.mark.parametrize("seed", range(8))
    def test_one_seed_one_page(self, seed: int) -> None:
        first, second = (thesis(with_beam(), np.random.default_rng(seed), ALWAYS) for _ in range(2))
        assert (first.image == second.image).all()
        assert (first.reading.symbols.boxes == second.reading.symbols.boxes).all()
        assert first.notes == second.notes

    def test_the_clean_page_is_left_alone(self) -> None:
        page = with_beam()
        before = page.image.copy()
        thesis(page, np.random.default_rng(3), replace(ALWAYS, salt_and_pepper=1.0))
        assert (page.image == before).all()

    def test_pages_pass_unchanged_at_the_published_rate(self) -> None:
        """P_aug = 0.3: of 400 pages 280 stay, standard deviation 9."""
        rng = np.random.default_rng(0)
        same = sum(thesis(empty(2, 2), rng, blanks=white).notes["scoreaug"] == "" for _ in range(400))
        assert 280 - 36 < same < 280 + 36

    def test_nothing_but_paper(self) -> None:
        page = with_beam()
        worn = thesis(page, np.random.default_rng(0), NEVER, white)
        assert (worn.image == page.image).all()
        assert worn.reading.symbols == page.reading.symbols

    def test_ink_and_box_turn_together(self) -> None:
        page = with_beam()
        for seed in range(10):
            worn = thesis(page, np.random.default_rng(seed), replace(NEVER, rotation=1.0), white)
            (box,) = worn.reading.symbols.boxes
            middle = worn.image[100:180, 40:160]  # without the dark wedges at the border
            ink = cv2.moments((255 - middle).astype(np.float32))
            axis = 0.5 * np.arctan2(2 * ink["mu11"], ink["mu20"] - ink["mu02"])
            assert abs(box[4]) <= np.deg2rad(2) + 1e-6
            assert axis == pytest.approx(box[4], abs=2e-3)
            assert [ink["m10"] / ink["m00"] + 40.5, ink["m01"] / ink["m00"] + 100.5] == pytest.approx(box[:2], abs=0.1)

    def test_paper_turns_with_the_score_and_the_corners_go_dark(self) -> None:
        table = replace(NEVER, rotation=1.0, rotation_deg=(2.0, 2.0))
        worn = thesis(empty(), np.random.default_rng(0), table, white)
        corners = worn.image[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert (corners <= 30).any()
        assert worn.image[HEIGHT // 2, WIDTH // 2] == 255

    def test_ink_stays_dark_on_dark_paper(self) -> None:
        def grey(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
            return np.full((height, width), 150, np.uint8)

        worn = thesis(with_beam(), np.random.default_rng(0), NEVER, grey)
        assert set(np.unique(worn.image).tolist()) == {0, 150}

    def test_fading_lightens_ink_by_the_published_levels(self) -> None:
        worn = thesis(with_beam(), np.random.default_rng(0), replace(NEVER, brightness=1.0), white)
        assert 20 <= worn.image.min() <= 90

    def test_defaults_are_the_printed_table(self) -> None:
        table = ThesisTable()
        assert (table.salt_and_pepper, table.augment, table.blur) == (0.0, 0.3, 0.1)
        chances = (table.horizontal_flip, table.vertical_flip, table.crop, table.paper_brightness)
        assert chances == (0.5, 0.5, 0.2, 0.5)
        assert (table.contrast, table.rotation, table.brightness) == (0.2, 0.6, 0.4)


class TestWear:
    @pytest.mark.parametrize(
        ("step", "expected"),
        [
            (lambda image: wear.scaled_brightness(image, 0.5), [0, 50, 128]),
            (lambda image: wear.added_brightness(image, 90), [90, 190, 255]),
            (lambda image: wear.more_contrast(image, 5.0), [0, 27, 255]),  # mean 118.33: 118.33 - 5 * 18.33 = 26.67
        ],
    )
    def test_levels(self, step: object, expected: list[int]) -> None:
        image = np.array([[0, 100, 255]], np.uint8)
        assert step(image).tolist() == [expected]  # type: ignore[operator]

    def test_salt_and_pepper_shares(self) -> None:
        image = np.full((1000, 1000), 255, np.uint8)
        image[:500] = 50
        worn = wear.salt_and_pepper(image, np.random.default_rng(0))
        assert (worn[:500] == 255).mean() == pytest.approx(0.1, abs=0.003)
        assert (worn[500:] == 0).mean() == pytest.approx(0.001, abs=0.0003)
        assert set(np.unique(worn).tolist()) == {0, 50, 255}

    def test_grey_100_is_paper(self) -> None:
        worn = wear.salt_and_pepper(np.full((300, 300), 100, np.uint8), np.random.default_rng(0))
        assert set(np.unique(worn).tolist()) == {0, 100}

    def test_crop_is_blown_up_to_the_whole_page(self) -> None:
        image = np.zeros((40, 40), np.uint8)
        image[:10, :10] = 200
        assert (wear.cropped_and_resized(image, 0.25, 0, 0) == 200).all()
        assert (wear.cropped_and_resized(image, 0.25, 1, 1) == 0).all()
        assert wear.cropped_and_resized(image, 0.5, 0.3, 0.9).shape == image.shape

    def test_the_darker_pixel_wins(self) -> None:
        first, second = np.array([[1, 9]], np.uint8), np.array([[5, 5]], np.uint8)
        assert wear.darker(first, second).tolist() == [[1, 5]]


class TestPaper:
    @pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (280, 200)])
    @pytest.mark.parametrize("seamed", [False, True])
    def test_any_size(self, size: tuple[int, int], seamed: bool) -> None:
        sheet = blank_page(*size, np.random.default_rng(0), seamed=seamed)
        assert sheet.shape == size
        assert sheet.dtype == np.uint8

    @pytest.mark.parametrize("seed", range(6))
    def test_a_sheet_is_light_and_not_flat(self, seed: int) -> None:
        sheet = blank_page(560, 400, np.random.default_rng(seed), seamed=False)
        assert np.median(sheet) > 160
        assert 1 < sheet.std() < 40

    @pytest.mark.parametrize("seed", range(6))
    def test_a_seam_darkens_the_border_and_nothing_else(self, seed: int) -> None:
        """Printed margins are wider than a tenth of the side, so no symbol of a page disappears in the seam."""
        sheet = blank_page(560, 400, np.random.default_rng(seed), seamed=True)
        border = [np.median(strip) for strip in (sheet[:2], sheet[-2:], sheet[:, :2], sheet[:, -2:])]
        assert min(border) < 130
        assert np.median(sheet[56:-56, 40:-40]) > 160


class TestBlanks:
    def test_an_empty_folder_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no pictures"):
            from_folder(tmp_path)

    def test_both_kinds_are_drawn_evenly_and_scaled(self, tmp_path: Path) -> None:
        for kind, levels in (("seamed", [10]), ("seamless", [100, 110, 120])):
            (tmp_path / kind).mkdir()
            for level in levels:
                cv2.imwrite(str(tmp_path / kind / f"{level}.png"), np.full((30, 50), level, np.uint8))
        draw, rng = from_folder(tmp_path), np.random.default_rng(0)
        pages = [draw(70, 40, rng) for _ in range(200)]
        assert {page.shape for page in pages} == {(70, 40)}
        assert sum(page[0, 0] == 10 for page in pages) == pytest.approx(100, abs=28)
        assert {int(page[0, 0]) for page in pages} == {10, 100, 110, 120}

    def test_a_damaged_picture_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "seamed").mkdir()
        (tmp_path / "seamed" / "broken.png").write_bytes(b"\x89PNG")
        with pytest.raises(InputError, match=r"broken\.png"):
            from_folder(tmp_path)(10, 10, np.random.default_rng(0))

    def test_generated_sheets_differ(self) -> None:
        rng = np.random.default_rng(0)
        assert (generated(40, 30, rng) != generated(40, 30, rng)).any()
