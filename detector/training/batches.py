"""Random training batches, each a function of (seed, step) alone, so that a run resumes exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import IterableDataset

from detector.pages.store import StoredPage
from detector.thin import LONG, widen
from detector.training.crop_wear import aged
from detector.training.crops import Crop, View, cut, shrunk
from detector.training.recipe import BatchShape, Recipe
from detector.training.wear import worn
from notation import boxes as geometry
from notation.boxes import IntArray
from notation.vocabulary import vocabulary

#: Largest turn of a crop; real scans are deskewed to about this much.
TURN_RAD = np.deg2rad(2.0)
#: A crop is aged at up to so many times its size, since paper is scanned finer than the network looks.
FINER = (1.0, 1.6)
#: A symbol that a crop is drawn for lies at most this far from its middle, as a share of its side.
_SLACK = 0.45
#: What happens to a crop.
WORN, AGED, CLEAN = range(3)


@dataclass(frozen=True)
class Batch:
    """images uint8 (B, H, W); targets float32 (T, 7): crop, label, cx, cy, width, height (px), angle."""

    images: torch.Tensor
    targets: torch.Tensor


class CropSampler:
    """Draws crops from stored pages, half of them around symbols of rare classes."""

    def __init__(self, pages: Sequence[StoredPage], names: Sequence[str], recipe: Recipe) -> None:
        self.pages, self.recipe = list(pages), recipe
        self.is_long = np.array([name in LONG for name in names])
        self._label_of = np.full(1 + max(one.id for one in vocabulary().all_sets), -1, dtype=np.int64)
        self._label_of[[vocabulary().id_of(name) for name in names]] = np.arange(len(names))
        self._staff_id = vocabulary().id_of("staff")
        self._class_ids = np.array([vocabulary().id_of(name) for name in names])
        self.labels = [self._label_of[page.class_ids] for page in self.pages]
        self._places = _places(self.labels, len(names))
        self._mistakes = [(index, *place) for index, page in enumerate(self.pages) for place in page.mistakes.tolist()]
        counts = np.array([len(place) for place in self._places], dtype=np.float64)
        weights = np.where(counts > 0, 1 / np.sqrt(np.maximum(counts, 1)), 0)
        weights *= [recipe.focus.get(name, 1.0) for name in names]
        self._class_weights = weights / weights.sum()

    def draw(self, rng: np.random.Generator, height_px: int, width_px: int) -> Crop:
        """Return one crop of the given size."""
        index, x, y = self._focus(rng)
        page, labels = self.pages[index], self.labels[index]
        low, high = self.recipe.staff_space_jitter
        scale = float(np.exp(rng.uniform(np.log(low), np.log(high)))) / page.space_px
        wear = rng.choice(3, p=[self.recipe.worn_share, self.recipe.aged_share, self.recipe.clean_share])
        if page.is_scan and wear == AGED:  # a scan is as old as it is; cheap wear makes it another copy
            wear = CLEAN
        turn = float(rng.uniform(-TURN_RAD, TURN_RAD)) if wear == WORN and rng.random() < 0.6 else 0.0
        page_height, page_width = page.pixels().shape
        centre = (
            _middle(x, page_width, width_px / scale, rng.uniform(-1, 1)),
            _middle(y, page_height, height_px / scale, rng.uniform(-1, 1)),
        )
        view = View(centre, scale, turn, height_px, width_px)
        if wear == AGED:
            return self._aged(page, labels, view, rng)
        known = labels >= 0
        crop = cut(page.pixels(), page.boxes[known], labels[known], page.space_px, view, self.is_long)
        return Crop(worn(crop.image, rng), crop.boxes, crop.labels, crop.space_px) if wear == WORN else crop

    def _aged(self, page: StoredPage, labels: IntArray, view: View, rng: np.random.Generator) -> Crop:
        """Return a crop that ScoreAug wore, on a finer scan than the network sees."""
        finer = float(rng.uniform(*FINER))
        height, width = round(view.height_px * finer), round(view.width_px * finer)
        large = View(view.centre_px, view.scale * finer, 0.0, height, width)
        known, is_staff = labels >= 0, page.class_ids == self._staff_id
        crop = cut(page.pixels(), page.boxes[known], labels[known], page.space_px, large, self.is_long)
        staves = geometry.affine(page.boxes[is_staff], large.matrix)
        return shrunk(aged(crop, staves, self._class_ids, self.is_long, rng), view.height_px, view.width_px)

    def _focus(self, rng: np.random.Generator) -> tuple[int, float, float]:
        if self._mistakes and rng.random() < self.recipe.mistakes_share:
            return self._mistakes[int(rng.integers(len(self._mistakes)))]
        if rng.random() < self.recipe.rare_share:
            places = self._places[int(rng.choice(len(self._places), p=self._class_weights))]
            index, row = places[int(rng.integers(len(places)))]
        else:
            index = int(rng.integers(len(self.pages)))
            row = int(rng.integers(max(1, len(self.pages[index].boxes))))
        boxes = self.pages[index].boxes
        if not len(boxes):
            return int(index), 0.0, 0.0
        return int(index), float(boxes[row, 0]), float(boxes[row, 1])


def _middle(place_px: float, page_px: float, crop_px: float, shift: float) -> float:
    """Return the middle of a crop along one axis: near a symbol, and where the whole page has room, the page is whole.

    All in page pixels; `shift`, -1 to 1, is drawn by chance.
    """
    if crop_px >= page_px:
        return page_px / 2 + shift * (crop_px - page_px) / 2
    return place_px + shift * _SLACK * crop_px


def _places(labels: Sequence[IntArray], class_count: int) -> list[NDArray[np.int64]]:
    """Return (page, row) of every instance of each class."""
    pages = np.concatenate([np.full(len(one), i) for i, one in enumerate(labels)])
    rows = np.concatenate([np.arange(len(one)) for one in labels])
    flat = np.concatenate(labels)
    order = np.argsort(flat, kind="stable")
    bounds = np.searchsorted(flat[order], np.arange(class_count + 1))
    table = np.stack([pages, rows], 1)[order]
    return [table[bounds[i] : bounds[i + 1]] for i in range(class_count)]


class BatchStream(IterableDataset[Batch]):
    """An endless stream of batches from `first_step` on; meant for one loader worker."""

    def __init__(self, sampler: CropSampler, recipe: Recipe, first_step: int) -> None:
        self.sampler, self.recipe, self.first_step = sampler, recipe, first_step

    def __iter__(self) -> Iterator[Any]:
        step = self.first_step
        while True:
            yield make_batch(self.sampler, self.recipe, step)
            step += 1


def make_batch(sampler: CropSampler, recipe: Recipe, step: int) -> Batch:
    """Return the batch of one step; its shape, crops and wear follow from the recipe's seed and the step."""
    rng = np.random.default_rng((recipe.seed, step))
    shape = draw_shape(recipe.batches, rng)
    crops = [sampler.draw(rng, shape.height_px, shape.width_px) for _ in range(shape.crops)]
    return collate(crops, recipe.thin_side_sp)


def collate(crops: Sequence[Crop], thin_side_sp: float) -> Batch:
    """Stack crops; their boxes are widened to the network's least side."""
    rows = []
    for i, crop in enumerate(crops):
        boxes = widen(crop.boxes, thin_side_sp * crop.space_px)
        rows.append(np.concatenate([np.full((len(boxes), 1), i), crop.labels[:, None], boxes], 1))
    targets = torch.from_numpy(np.concatenate(rows).astype(np.float32))
    return Batch(torch.from_numpy(np.stack([crop.image for crop in crops])), targets)


def draw_shape(shapes: Sequence[BatchShape], rng: np.random.Generator) -> BatchShape:
    """Return one of the shapes, each as often as its share says."""
    shares = np.array([shape.share for shape in shapes])
    return shapes[int(rng.choice(len(shapes), p=shares / shares.sum()))]
