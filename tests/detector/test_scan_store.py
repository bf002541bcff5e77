"""What a scan without truth teaches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.classes import class_names
from detector.pages.scan_store import painted_over, scans, sort_out
from detector.pages.store import read_store, write_page
from detector.training.batches import CropSampler
from detector.training.recipe import read_recipe
from notation.page import LabelledPage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

_STAFF = Staff.straight(100, 900, 200, 20)


def _reading(rows: list[tuple[str, float, float, float]]) -> Reading:
    boxes = [[x, y, 24, 18, 0] for _, x, y, _ in rows]
    ids = [vocabulary().id_of(name) for name, *_ in rows]
    symbols, _ = Symbols.of(np.reshape(boxes, (-1, 5)), ids, [row[3] for row in rows], width_px=1000, height_px=1000)
    return Reading(symbols, (_STAFF,))


def test_an_empty_scan_teaches_nothing() -> None:
    found = sort_out(_reading([]))
    assert len(found.truth) == len(found.unsure) == len(found.mistakes) == 0


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        (("noteheadBlackInSpace", 500, 230, 0.9), "truth"),
        (("noteheadBlackInSpace", 500, 230, 0.3), "unsure"),
        (("noteheadBlackInSpace", 500, 950, 0.9), "mistake"),
        (("noteheadBlackInSpace", 20, 950, 0.3), "nothing"),
        (("noteheadBlackOnLine", 500, 100, 0.9), "truth"),  # on its fifth ledger line
        (("text", 500, 950, 0.9), "truth"),  # words stand anywhere
        (("fermataAbove", 500, 950, 0.2), "unsure"),
    ],
    ids=["sure", "half-seen", "far-from-staves", "faint-and-far", "ledger", "words", "not-bound"],
)
def test_what_a_symbol_teaches(row: tuple[str, float, float, float], kind: str) -> None:
    found = sort_out(_reading([row]))
    seen = {"truth": len(found.truth), "unsure": len(found.unsure), "mistake": len(found.mistakes)}
    assert [name for name, count in seen.items() if count] == ([] if kind == "nothing" else [kind])


def test_staff_lines_go_on_through_a_hole() -> None:
    image = np.full((200, 300), 255, np.uint8)
    image[100:103] = 0
    cv2.circle(image, (150, 101), 9, (0,), -1)
    clean = painted_over(image, np.array([[150.0, 101, 20, 20, 0]]), np.zeros((0, 5)), 20)
    assert (clean[100:103] == 0).all()
    assert (np.delete(clean, range(100, 103), 0) == 255).all()
    assert (image[95, 150], clean[95, 150]) == (0, 255)


@pytest.mark.parametrize(
    ("box", "keep"),
    [([150.0, 101, 20, 20, 0], [150.0, 110, 30, 30, 0]), ([150.0, 101, 250, 150, 0], [10.0, 10, 5, 5, 0])],
    ids=["touches-a-sure-symbol", "too-large"],
)
def test_what_is_not_painted_over(box: list[float], keep: list[float]) -> None:
    image = np.full((200, 300), 255, np.uint8)
    cv2.circle(image, (150, 101), 9, (0,), -1)
    assert np.array_equal(painted_over(image, np.array([box]), np.array([keep]), 20), image)


def test_a_hole_at_the_edge_of_the_page() -> None:
    image = np.zeros((50, 50), np.uint8)
    for box in ([0.0, 0, 10, 10, 0], [50.0, 50, 10, 10, 0], [25.0, 25, 1, 1, 0]):
        assert painted_over(image, np.array([box]), np.zeros((0, 5)), 20).shape == (50, 50)


def test_pictures_are_found_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "b").mkdir()
    for path in (tmp_path / "b" / "one.png", tmp_path / "two.png"):
        cv2.imwrite(str(path), np.zeros((4, 5), np.uint8))
    (tmp_path / "bad.png").write_bytes(b"no picture")
    (tmp_path / "notes.txt").write_text("nothing")
    assert [(name, image.shape) for name, image in scans(tmp_path)] == [("one", (4, 5)), ("two", (4, 5))]
    assert "bad.png" in capsys.readouterr().err


def test_crops_are_placed_on_mistakes_and_scans_are_not_aged(
    tmp_path: Path, draw_page: Callable[[int], LabelledPage]
) -> None:
    page = draw_page(1)
    symbols, place = page.reading.symbols, np.array([[777.0, 555.0]])
    about = {"piece": "scan", "is_scan": True}
    write_page(tmp_path, 0, page.image, symbols.boxes, symbols.class_ids, 16.0, about, place)
    pages = read_store(tmp_path)
    names = class_names("full")
    recipe = replace(read_recipe("training", classes="full"), worn_share=0.0, aged_share=1.0)
    sampler = CropSampler(pages, names, replace(recipe, mistakes_share=1.0))
    assert sampler._focus(np.random.default_rng(0)) == (0, 777.0, 555.0)
    crop = sampler.draw(np.random.default_rng(0), 256, 256)
    clean = CropSampler(pages, names, replace(recipe, mistakes_share=1.0, aged_share=0.0))
    assert np.array_equal(crop.image, clean.draw(np.random.default_rng(0), 256, 256).image)
