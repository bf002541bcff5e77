"""Background inside boxes: boxes and ink whose pixels can be counted by hand."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from notation import boxes as geometry
from notation.deepscores import DeepScoresPage, write_deepscores
from notation.errors import InputError
from notation.page import Reading
from notation.reading_json import write_reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.background import (
    Shares,
    background_shares,
    background_table,
    instance_number,
    main,
    measure,
    read_instances,
)

BEAM, HEAD = (vocabulary().id_of(name) for name in ("beam", "noteheadBlackOnLine"))


def box(*numbers: float) -> np.ndarray:
    return geometry.as_boxes([numbers])[0]


class TestShares:
    def test_an_empty_mask_is_all_background(self) -> None:
        assert background_shares(box(5, 5, 4, 4, 0), 1, np.zeros((10, 10), np.int64)) == (1.0, 1.0)

    def test_a_box_without_a_pixel(self) -> None:
        assert background_shares(box(5, 5, 0, 4, 0), 1, np.zeros((10, 10), np.int64)) is None
        assert background_shares(box(50, 50, 4, 4, 0), 1, np.zeros((10, 10), np.int64)) is None

    def test_counted_by_hand(self) -> None:
        """A box of 4 x 4 pixels: 4 of symbol 1, 2 of symbol 2, 10 of nobody."""
        mask = np.zeros((10, 10), np.int64)
        mask[3:5, 3:5] = 1
        mask[5, 3:5] = 2
        assert background_shares(box(5, 5, 4, 4, 0), 1, mask) == (12 / 16, 10 / 16)
        assert background_shares(box(5, 5, 4, 4, 0), 2, mask) == (14 / 16, 10 / 16)

    def test_a_tilted_stroke_fills_its_own_box_and_not_the_upright_one(self) -> None:
        tilted = box(100, 100, 120, 12, 0.3)
        mask = np.zeros((200, 200), np.uint8)
        cv2.fillPoly(mask, [np.round((geometry.corners(tilted[None])[0] - 0.5) * 16).astype(np.int32)], 1, shift=4)
        own = background_shares(tilted, 1, mask.astype(np.int64))
        hull = geometry.from_upright(geometry.upright(tilted[None]))[0]
        whole = background_shares(hull, 1, mask.astype(np.int64))
        assert own is not None and whole is not None
        assert own[0] < 0.01
        assert whole[0] == pytest.approx(1 - 120 * 12 / (hull[2] * hull[3]), abs=0.05)  # fillPoly draws the rim as well

    @pytest.mark.parametrize(
        ("comment", "row", "number"),
        [("instance:#00008c;duration:8;", 4, 0x8C), ("", 4, 5), ("onset:1;", 0, 1)],
        ids=["stated", "counted", "other keys"],
    )
    def test_instance_numbers(self, comment: str, row: int, number: int) -> None:
        assert instance_number(comment, row) == number


class TestFolders:
    def symbols(self, comments: list[str] | None = None) -> Symbols:
        rows = [(10, 10, 8, 8, 0), (30, 10, 8, 8, 0)]
        return Symbols.of(rows, [BEAM, HEAD], width_px=50, height_px=20, comments=comments)[0]

    def write(self, folder: Path, numbers: tuple[int, int], symbols: Symbols) -> None:
        """The first symbol fills its box, the second the left half of it."""
        (folder / "instance").mkdir()
        mask = np.zeros((20, 50, 3), np.uint8)
        mask[6:14, 6:14, 0] = numbers[0]
        mask[6:14, 26:30, 0] = numbers[1]
        cv2.imwrite(str(folder / "instance" / "a_inst.png"), mask)
        write_deepscores(folder / "deepscores_test.json", [DeepScoresPage.of(Reading(symbols, (), "a.png"), 1)])

    def test_the_published_layout(self, tmp_path: Path) -> None:
        self.write(tmp_path, (7, 9), self.symbols(["instance:#000007;", "instance:#000009;"]))
        found = measure(tmp_path)
        assert found["beam"].own == [(0.0, 0.0)]
        assert found["noteheadBlackOnLine"].own == [(0.5, 0.5)]

    def test_our_layout_takes_the_hull_of_the_ink(self, tmp_path: Path) -> None:
        """The half that is filled is all that the upright box of the second symbol holds."""
        self.write(tmp_path, (1, 2), self.symbols())
        (tmp_path / "readings").mkdir()
        write_reading(tmp_path / "readings" / "a.json", Reading(self.symbols(), (), "a.png"))
        assert measure(tmp_path)["noteheadBlackOnLine"].own == [(0.0, 0.5)]

    def test_command(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main([str(tmp_path)]) == 2
        self.write(tmp_path, (7, 9), self.symbols(["instance:#000007;", "instance:#000009;"]))
        assert main([str(tmp_path)]) == 0
        assert "noteheadBlackOnLine" in capsys.readouterr().out
        (tmp_path / "instance" / "a_inst.png").unlink()
        with pytest.raises(InputError, match="a_inst"):
            measure(tmp_path)

    def test_numbers_take_three_bytes(self, tmp_path: Path) -> None:
        cv2.imwrite(str(tmp_path / "a.png"), np.full((1, 1, 3), (3, 2, 1), np.uint8))  # blue, green, red
        assert read_instances(tmp_path / "a.png").tolist() == [[(1 << 16) + (2 << 8) + 3]]


class TestTable:
    def test_means_and_improvement(self) -> None:
        """As in the thesis: the improvement is relative to the upright box's background (slur: 92.69 to 86.30)."""
        table = background_table({"slur": Shares([(0.9269, 0.8630)], [(0.9, 0.8)])})
        assert [str(cell).strip() for cell in table.rows[0]][:5] == ["slur", "1", "92.69", "86.30", "6.89"]
        assert [row[0] for row in table.rows] == ["slur", "all symbols", "mean of classes"]

    def test_nothing(self) -> None:
        assert background_table({}).rows == []

    def test_no_background_at_all(self) -> None:
        table = background_table({"slur": Shares([(0.0, 0.0)], [(0.0, 0.0)])})
        assert not any(isinstance(cell, float) and math.isnan(cell) for row in table.rows for cell in row)
