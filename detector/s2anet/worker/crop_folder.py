"""Reads what `detector.s2anet.crops` wrote: pictures, and labels in the format of DOTA."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

FORMAT = "detect-score-crops 1"


class Crops:
    """The crops of a folder, by number."""

    def __init__(self, folder: Path) -> None:
        """Raises `OSError` or `ValueError` when the folder is no whole folder of crops."""
        self.folder = folder
        self.facts: dict[str, Any] = json.loads((folder / "crops.json").read_text(encoding="utf-8"))
        if self.facts.get("format") != FORMAT:
            raise ValueError(f"{folder}: expected {FORMAT!r}, got {self.facts.get('format')!r}")
        self._rows = {one["name"]: row for row, one in enumerate(self.facts["classes"])}
        self._stems = sorted(path.stem for path in (folder / "annfiles").glob("*.txt"))
        if not self._stems:
            raise ValueError(f"{folder}: holds no crops")

    def __len__(self) -> int:
        return len(self._stems)

    def crop(self, number: int) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.int64]]:
        """Return picture uint8 (H, W), boxes float32 (N, 5) and labels int64 (N,) of a crop."""
        stem = self._stems[number]
        image = cv2.imread(str(self.folder / "images" / f"{stem}.png"), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise OSError(f"{self.folder}: crop {stem} has no picture")
        lines = (self.folder / "annfiles" / f"{stem}.txt").read_text(encoding="utf-8").splitlines()
        words = [line.split() for line in lines]
        labels = np.array([self._rows[word[8]] for word in words], np.int64)
        return np.asarray(image, np.uint8), boxes_of([word[:8] for word in words]), labels

    def batch(self, step: int, size: int, seed: int) -> list[int]:
        """Return the crops of a step: every epoch goes through all of them, in an order of its own."""
        places = range(step * size, (step + 1) * size)
        orders = {epoch: _order(seed, epoch, len(self)) for epoch in {place // len(self) for place in places}}
        return [int(orders[place // len(self)][place % len(self)]) for place in places]


def _order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    return np.random.default_rng((seed, epoch)).permutation(count)


def boxes_of(quads: ArrayLike) -> NDArray[np.float32]:
    """Return middle x and y, two sides (px) and the clockwise angle (rad) of the first side, (N, 5), of rectangles."""
    points = np.array(quads, np.float64).reshape(-1, 4, 2)
    first, second = points[:, 1] - points[:, 0], points[:, 2] - points[:, 1]
    sides = np.stack([np.hypot(*first.T), np.hypot(*second.T)], 1)
    angle = np.arctan2(first[:, 1], first[:, 0])
    return np.concatenate([points.mean(1), sides, angle[:, None]], 1).astype(np.float32)


def quads_of(boxes: NDArray[Any]) -> NDArray[np.float64]:
    """Return the corners (N, 8) of boxes (N, 5), the way back."""
    boxes = np.asarray(boxes, np.float64)
    along = np.stack([np.cos(boxes[:, 4]), np.sin(boxes[:, 4])], 1) * boxes[:, 2:3] / 2
    across = np.stack([-np.sin(boxes[:, 4]), np.cos(boxes[:, 4])], 1) * boxes[:, 3:4] / 2
    ends = [-along - across, along - across, along + across, across - along]
    return np.stack([boxes[:, :2] + end for end in ends], 1).reshape(-1, 8)
