"""Crops that ScoreAug wore: the boxes stay on the ink, the frame stays the crop's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.classes import class_names
from detector.pages.store import StoredPage, read_store, write_store
from detector.thin import LONG
from detector.training.batches import CropSampler
from detector.training.crop_wear import SHARES, aged
from detector.training.crops import Crop, shrunk
from detector.training.recipe import read_recipe
from notation.page import LabelledPage
from notation.vocabulary import vocabulary
from scoreaug.recipes import TRAINING

_NAMES = class_names("full")
_IDS = np.array([vocabulary().id_of(name) for name in _NAMES])
_LONG = np.array([name in LONG for name in _NAMES])
_STAFF = np.array([[450.0, 152.0, 820.0, 64.0, 0.0]])


def _crop(page: LabelledPage) -> Crop:
    label_of = {number: label for label, number in enumerate(_IDS.tolist())}
    labels = np.array([label_of[number] for number in page.reading.symbols.class_ids.tolist()])
    return Crop(page.image, page.reading.symbols.boxes, labels, 16.0)


def test_every_training_recipe_but_the_one_for_evaluation_is_drawn() -> None:
    assert set(SHARES) == set(TRAINING)
    assert sum(SHARES.values()) == pytest.approx(1)


def test_an_empty_crop_stays_without_boxes_or_gets_words() -> None:
    blank = Crop(np.full((200, 300), 255, np.uint8), np.zeros((0, 5)), np.zeros(0, np.int64), 16.0)
    for seed in range(6):
        out = aged(blank, np.zeros((0, 5)), _IDS, _LONG, np.random.default_rng(seed))
        assert out.image.shape == (200, 300)
        assert {_NAMES[label] for label in out.labels.tolist()} <= {"text"}


@pytest.mark.parametrize("seed", range(8))
def test_heads_stay_on_their_ink(draw_page: Callable[[int], LabelledPage], seed: int) -> None:
    crop = _crop(draw_page(seed))
    out = aged(crop, _STAFF, _IDS, _LONG, np.random.default_rng(seed))
    assert out.image.shape == crop.image.shape
    heads = np.array([_NAMES[label].startswith("notehead") for label in out.labels.tolist()])
    assert heads.sum() > 0.8 * sum(_NAMES[label].startswith("notehead") for label in crop.labels.tolist())
    inside = [(30 < x < 870) and (30 < y < 870) for x, y in out.boxes[:, :2].tolist()]
    light = cv2.GaussianBlur(out.image, (0, 0), 2.5)
    for x, y in out.boxes[heads & np.array(inside), :2]:
        around = np.median(out.image[max(0, round(y) - 40) : round(y) + 40, max(0, round(x) - 40) : round(x) + 40])
        assert light[round(y), round(x)] < around - 25  # a head is darker than what lies around it


def test_a_half_crop_has_half_the_boxes(draw_page: Callable[[int], LabelledPage]) -> None:
    crop = _crop(draw_page(1))
    half = shrunk(crop, 450, 450)
    assert half.image.shape == (450, 450)
    assert half.boxes[:, :4] == pytest.approx(crop.boxes[:, :4] / 2)
    assert half.boxes[:, 4] == pytest.approx(crop.boxes[:, 4])
    assert half.space_px == 8


def _pages(folder: Path, draw_page: Callable[[int], LabelledPage]) -> list[StoredPage]:
    write_store(folder, [draw_page(seed) for seed in range(2)])
    return read_store(folder)


@pytest.mark.parametrize("share", ["worn_share", "aged_share"])
def test_a_share_of_one_wears_every_crop(tmp_path: Path, draw_page: Callable[[int], LabelledPage], share: str) -> None:
    clean = replace(read_recipe("training", classes="full"), worn_share=0.0, aged_share=0.0)
    pages = _pages(tmp_path, draw_page)
    always = CropSampler(pages, _NAMES, replace(clean, **{share: 1.0}))
    never = CropSampler(pages, _NAMES, clean)
    for seed in range(5):
        first, again, plain = (
            sampler.draw(np.random.default_rng(seed), 256, 256) for sampler in (always, always, never)
        )
        assert np.array_equal(first.image, again.image)
        assert first.image.shape == plain.image.shape == (256, 256)
        assert not np.array_equal(first.image, plain.image)


def test_focus_draws_a_class_more_often(tmp_path: Path, draw_page: Callable[[int], LabelledPage]) -> None:
    recipe = replace(read_recipe("training", classes="full"), rare_share=1.0, worn_share=0.0)
    pages = _pages(tmp_path, draw_page)
    sampler = CropSampler(pages, _NAMES, replace(recipe, focus={"beam": 1e6}))
    rows = [sampler._focus(np.random.default_rng(seed)) for seed in range(20)]
    beams = vocabulary().id_of("beam")
    for page, x, y in rows:
        hit = np.flatnonzero((pages[page].boxes[:, :2] == [x, y]).all(1))
        assert beams in pages[page].class_ids[hit]
