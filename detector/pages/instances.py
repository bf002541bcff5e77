"""How many boxes the crops and pages of a data set hold: what memory depends on, and what filters change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from detector.pages.store import StoredPage
from detector.pages.truth import of_classes
from detector.step_memory import TruthSize
from detector.thin import widen
from detector.training.batches import Batch, CropSampler
from detector.training.crops import Crop
from detector.training.recipe import BatchShape, Recipe
from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.symbols import Symbols

#: Cells a square pixel on the levels of stride 8, 16 and 32.
_CELLS_PER_PX = 1 / 64 + 1 / 256 + 1 / 1024
#: Sides below the second stride take cells as if they were that wide; both assigners.
_LEAST_PX = 16.0
#: A batch's sum is taken this many standard deviations above its mean: one batch in a hundred has more.
_SIGMAS = 2.33


@dataclass(frozen=True)
class InstanceTable:
    """Truth of pictures that a batch can be made of, one row each.

    Attributes:
        boxes: int64 (K,), boxes.
        pairs, hull_pairs: float64 (K,), expected (box, cell) pairs, see `detector.step_memory`.
    """

    boxes: IntArray
    pairs: FloatArray
    hull_pairs: FloatArray

    def __len__(self) -> int:
        return len(self.boxes)

    def of_batch(self, crops: int, batches: int = 1, sure: float = 0.99) -> TruthSize:
        """Return the truth of the fullest among `batches` batches, not exceeded with probability `sure`.

        The padded count is that of the fullest crop of all: with more crops than rows it is the largest row.
        """
        if not len(self):
            return TruthSize(0, 0, 0, 0)
        share = sure ** (1 / (crops * batches))
        padded = int(np.quantile(self.boxes, share, method="higher"))
        totals = [_high_sum(column, crops) for column in (self.boxes, self.pairs, self.hull_pairs)]
        return TruthSize(padded, *totals)

    def summary(self) -> tuple[float, float, int]:
        """Mean, 99 % quantile and largest number of boxes."""
        if not len(self):
            return 0.0, 0.0, 0
        return float(self.boxes.mean()), float(np.quantile(self.boxes, 0.99)), int(self.boxes.max())


def truth_of_batch(batch: Batch) -> TruthSize:
    """Return what a batch really holds; pairs are expected ones."""
    targets = batch.targets.numpy()
    counts = np.bincount(targets[:, 0].astype(np.int64), minlength=1)
    pairs, hull_pairs = pair_counts(targets[:, 2:7].astype(np.float64))
    return TruthSize(int(counts.max()), len(targets), round(pairs), round(hull_pairs))


def pair_counts(boxes: FloatArray) -> tuple[float, float]:
    """Return the expected (box, cell) pairs of (N, 5) boxes in px, with cells in the boxes and in their hulls."""
    wide = boxes.copy()
    wide[:, 2:4] = np.maximum(boxes[:, 2:4], _LEAST_PX)
    hull = geometry.upright(wide)
    inside = float((wide[:, 2] * wide[:, 3]).sum() * _CELLS_PER_PX)
    return inside, float(((hull[:, 2] - hull[:, 0]) * (hull[:, 3] - hull[:, 1])).sum() * _CELLS_PER_PX)


def crop_instances(
    pages: Sequence[StoredPage], names: Sequence[str], recipe: Recipe, shape: BatchShape, crops: int = 300
) -> InstanceTable:
    """Draw crops of one shape as training does, without wear, and count their truth."""
    sampler = CropSampler(pages, names, replace(recipe, worn_share=0.0))
    rng = np.random.default_rng(recipe.seed)
    drawn = [sampler.draw(rng, shape.height_px, shape.width_px) for _ in range(crops)]
    return _table([_widened(crop, recipe.thin_side_sp) for crop in drawn])


def page_instances(pages: Sequence[Symbols], names: Sequence[str], side_px: int) -> InstanceTable:
    """Count whole pages shrunk until their longer side is `side_px`, as YOLO tools feed them."""
    rows = []
    for page in pages:
        boxes = of_classes(page, names).boxes.copy()
        boxes[:, :4] *= side_px / max(page.width_px, page.height_px)
        rows.append(boxes)
    return _table(rows)


def _widened(crop: Crop, thin_side_sp: float) -> FloatArray:
    return widen(crop.boxes, thin_side_sp * crop.space_px)


def _table(pictures: Sequence[FloatArray]) -> InstanceTable:
    pairs = np.array([pair_counts(boxes) for boxes in pictures], dtype=np.float64).reshape(-1, 2)
    counts = np.array([len(boxes) for boxes in pictures], dtype=np.int64)
    return InstanceTable(counts, pairs[:, 0], pairs[:, 1])


def _high_sum(column: FloatArray | IntArray, crops: int) -> int:
    return round(float(crops * column.mean() + _SIGMAS * column.std() * np.sqrt(crops)))
