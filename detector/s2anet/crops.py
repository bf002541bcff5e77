"""Writes training crops as a folder that mmrotate can read: the same crops, wear and choice as our own detectors get.

`images/` holds grey PNG, `annfiles/` one text a crop in the format of DOTA (four corners, class, difficulty), with
which any other model of mmrotate can be trained too; `crops.json` tells classes, scale and how wide thin boxes were
made.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from detector.classes import class_names
from detector.pages.store import StoredPage
from detector.s2anet.recipe import S2ANetRecipe
from detector.thin import typical_sides_sp, widen
from detector.training.batches import CropSampler
from detector.training.crops import Crop
from detector.training.export import SOURCES
from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.vocabulary import vocabulary

FORMAT = "detect-score-crops 1"


@dataclass(frozen=True)
class CropFolder:
    """A folder of crops that grows to the recipe's number; crop i follows from the recipe's seed and i alone."""

    path: Path

    def fill(self, pages: Sequence[StoredPage], recipe: S2ANetRecipe) -> int:
        """Draw the crops that are not there yet; returns how many were drawn."""
        names = class_names(recipe.crops.classes)
        for part in ("images", "annfiles"):
            (self.path / part).mkdir(parents=True, exist_ok=True)
        (self.path / "crops.json").write_text(json.dumps(_facts(pages, names, recipe)), encoding="utf-8")
        sampler, shape = CropSampler(pages, names, recipe.crops), recipe.crops.batches[0]
        missing = [number for number in range(recipe.crop_count) if not self._labels(number).is_file()]
        for number in missing:
            rng = np.random.default_rng((recipe.crops.seed, number))
            self._write(number, sampler.draw(rng, shape.height_px, shape.width_px), names, recipe.crops.thin_side_sp)
        return len(missing)

    def _write(self, number: int, crop: Crop, names: Sequence[str], thin_side_sp: float) -> None:
        """Write a crop; its labels come last, so that a crop with labels is whole."""
        done, encoded = cv2.imencode(".png", crop.image)
        if not done:
            raise OSError(f"crop {number} cannot be encoded")
        (self.path / "images" / f"{number:06d}.png").write_bytes(encoded.tobytes())
        boxes = widen(crop.boxes, thin_side_sp * crop.space_px)
        self._labels(number).write_text(dota_text(boxes, [names[i] for i in crop.labels.tolist()]), encoding="utf-8")

    def _labels(self, number: int) -> Path:
        return self.path / "annfiles" / f"{number:06d}.txt"


def dota_text(boxes: FloatArray, names: Sequence[str]) -> str:
    """Return one line a box: x and y of its four corners in turn, px, then class and difficulty 0."""
    quads = geometry.corners(boxes).reshape(-1, 8).tolist() if len(boxes) else []
    lines = [
        " ".join([*(f"{value:.2f}" for value in quad), name, "0"]) for quad, name in zip(quads, names, strict=True)
    ]
    return "".join(f"{line}\n" for line in lines)


def _facts(pages: Sequence[StoredPage], names: Sequence[str], recipe: S2ANetRecipe) -> dict[str, object]:
    """Return what a detector trained on the crops must know to be read."""
    thin = recipe.crops.thin_side_sp
    row_of = {vocabulary().id_of(name): row for row, name in enumerate(names)}
    labels = [np.array([row_of.get(one, -1) for one in page.class_ids.tolist()], np.int64) for page in pages]
    sides = np.concatenate([page.boxes / [1, 1, page.space_px, page.space_px, 1] for page in pages])
    flat = np.concatenate(labels)
    typical = typical_sides_sp(sides[flat >= 0], flat[flat >= 0], len(names), thin)
    return {
        "format": FORMAT,
        "classes": [{"name": name, "id": vocabulary().id_of(name)} for name in names],
        "staff_space_px": recipe.crops.staff_space_px,
        "thin_side_sp": thin,
        "typical_sides_sp": np.round(typical, 4).tolist(),
        "sources": SOURCES,
    }
