"""A quick look at a network during training: fixed crops of unseen pieces, AP in the widened form it was taught."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from detector.decode import Detections, decode
from detector.pages.store import StoredPage
from detector.suppression import suppress
from detector.thin import widen
from detector.training.batches import CropSampler, collate
from detector.training.network import as_input
from detector.training.quick_ap import average_precisions
from detector.training.recipe import Recipe

_CROPS, _SIDE_PX, _LEAST_SCORE, _NMS_OVERLAP, _SEED = 40, 640, 0.05, 0.5, 7


class Validator:
    """Holds crops drawn once; the same for every run with the same pages."""

    def __init__(self, pages: Sequence[StoredPage], names: Sequence[str], recipe: Recipe) -> None:
        sampler = CropSampler(pages, names, recipe)
        rng = np.random.default_rng(_SEED)
        self.names, self.least_sp = names, recipe.thin_side_sp
        self.crops = [sampler.draw(rng, _SIDE_PX, _SIDE_PX) for _ in range(_CROPS)]

    def rows(self, network: nn.Module, device: torch.device) -> Iterator[dict[str, Any]]:
        """Yield one row a class with truth, and the means under the name `mean`."""
        found = [self._read(network, device, i) for i in range(len(self.crops))]
        truth = [self._truth(i) for i in range(len(self.crops))]
        strict, counts = average_precisions(found, truth, len(self.names), 0.5)
        loose, _ = average_precisions(found, truth, len(self.names), 0.25)
        seen = counts > 0
        yield _row("mean", counts.sum(), float(strict[seen].mean()), float(loose[seen].mean()))
        for label in np.flatnonzero(seen).tolist():
            yield _row(self.names[label], counts[label], float(strict[label]), float(loose[label]))

    def _truth(self, index: int) -> Detections:
        crop = self.crops[index]
        boxes = widen(crop.boxes, self.least_sp * crop.space_px)
        return Detections(boxes, crop.labels, np.ones(len(boxes)))

    @torch.no_grad()
    def _read(self, network: nn.Module, device: torch.device, index: int) -> Detections:
        network.eval()
        images = as_input(collate([self.crops[index]], self.least_sp).images.to(device))
        with torch.autocast(device.type, dtype=torch.bfloat16):
            table, _ = network(images)
        found = decode(table[0].float().cpu().numpy(), _LEAST_SCORE)
        return suppress(found, found.labels, _NMS_OVERLAP)


def _row(name: str, count: float, strict: float, loose: float) -> dict[str, Any]:
    return {"class": name, "boxes": int(count), "ap50": round(strict, 4), "ap25": round(loose, 4)}
