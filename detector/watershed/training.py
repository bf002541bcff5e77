"""Training of the Deep Watershed Detector on page stores: staged losses, a clock, checkpoints that resume exactly.

Run as `python -m detector.watershed.training --store PAGES --run FOLDER [--recipe watershed] [--resume]`.
"""

from __future__ import annotations

import argparse
import copy
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

from detector.classes import class_names
from detector.pages.store import read_store
from detector.training.batches import CropSampler, draw_shape
from detector.training.crops import Crop
from detector.training.network import as_input
from detector.training.run_folder import RunFolder
from detector.training.trainer import learning_rate, update_average
from detector.watershed.loss import BalancedLoss, TrueMaps, parts
from detector.watershed.network import DESIGNS, WatershedNetwork
from detector.watershed.recipe import OptimizerChoice, WatershedRecipe, read_watershed_recipe
from detector.watershed.targets import target_maps
from notation import boxes as geometry
from notation.boxes import FloatArray

_LOG_EVERY = 10  # steps


class MapStream(IterableDataset[tuple[torch.Tensor, TrueMaps]]):
    """Batches from `first_step` on, each a function of the recipe's seed and the step; meant for one loader worker."""

    def __init__(self, sampler: CropSampler, recipe: WatershedRecipe, first_step: int) -> None:
        self.sampler, self.recipe, self.first_step = sampler, recipe, first_step

    def __iter__(self) -> Iterator[Any]:
        step = self.first_step
        while True:
            yield make_batch(self.sampler, self.recipe, step)
            step += 1


def make_batch(sampler: CropSampler, recipe: WatershedRecipe, step: int) -> tuple[torch.Tensor, TrueMaps]:
    """Return images uint8 (B, H, W) and their true maps at the design's stride."""
    rng = np.random.default_rng((recipe.crops.seed, step))
    shape = draw_shape(recipe.crops.batches, rng)
    crops = [sampler.draw(rng, shape.height_px, shape.width_px) for _ in range(shape.crops)]
    maps = [_maps(crop, recipe) for crop in crops]
    images = torch.from_numpy(np.stack([crop.image for crop in crops]))
    energy, labels, shapes = (
        torch.from_numpy(np.stack([getattr(one, name) for one in maps])) for name in ("energy", "labels", "shapes")
    )
    return images, TrueMaps(energy, labels, shapes)


def _maps(crop: Crop, recipe: WatershedRecipe) -> Any:
    stride = DESIGNS[recipe.design].stride
    boxes = crop.boxes if recipe.oriented else upright_boxes(crop.boxes)
    scaled = boxes / [stride, stride, stride, stride, 1]
    height, width = (side // stride for side in crop.image.shape)
    return target_maps(scaled, crop.labels, height, width, recipe.hills)


def upright_boxes(boxes: FloatArray) -> FloatArray:
    """Return the least upright boxes around oriented ones, both (N, 5)."""
    return geometry.from_upright(geometry.upright(boxes)) if len(boxes) else boxes


class WatershedTrainer:
    """One run: a network, its averaged twin, an optimizer, and a clock."""

    def __init__(self, recipe: WatershedRecipe, stores: Sequence[Path], run: Path, device: str = "cpu") -> None:
        torch.set_num_threads(recipe.crops.threads)
        torch.manual_seed(recipe.crops.seed)
        self.recipe, self.device, self.names = recipe, torch.device(device), class_names(recipe.crops.classes)
        self.folder = RunFolder(run)
        pages = [page for store in stores for page in read_store(store)]
        self.sampler = CropSampler(pages, self.names, recipe.crops)
        network: nn.Module = WatershedNetwork(DESIGNS[recipe.design], len(self.names), recipe.levels).to(self.device)
        self.model = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a third faster
        self.average = copy.deepcopy(self.model).eval().requires_grad_(False)
        self.optimizer = optimizer_of(self.model, recipe.optimizer)
        self.balance = BalancedLoss()
        self.step, self.elapsed_s, self._asked_to_stop = 0, 0.0, False
        about = {"stores": [str(store) for store in stores], "pages": len(pages), "device": device}
        self.folder.write_plan(recipe.as_dict(), self.names, about)

    def resume(self) -> None:
        """Go on from the run's last checkpoint; raises `WeightsError` when there is none."""
        state = self.folder.load()
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.balance = BalancedLoss(state["means"])
        torch.set_rng_state(state["rng"])
        self.step, self.elapsed_s = int(state["step"]), float(state["elapsed_s"])

    def checkpoint(self) -> None:
        """Save everything that resuming and exporting need."""
        self.folder.save(
            {
                "model": self.model.state_dict(),
                "average": self.average.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "means": self.balance.means,
                "rng": torch.get_rng_state(),
                "step": self.step,
                "elapsed_s": self.elapsed_s,
                "names": list(self.names),
                "recipe": self.recipe.as_dict(),
            }
        )

    def train(self) -> None:
        """Train until the budget is spent. SIGTERM ends the run after the step in hand, with a checkpoint."""
        signal.signal(signal.SIGTERM, self._stop)
        budget_s, saved_s = self.recipe.crops.minutes * 60, self.elapsed_s
        stream = MapStream(self.sampler, self.recipe, self.step)
        batches = iter(DataLoader(stream, batch_size=None, num_workers=1, prefetch_factor=6))
        while self.elapsed_s < budget_s and not self._asked_to_stop:
            begin = time.monotonic()
            images, truth = next(batches)
            self._step(images, truth, self.elapsed_s / budget_s)
            self.elapsed_s += time.monotonic() - begin
            if self.elapsed_s - saved_s >= self.recipe.checkpoint_minutes * 60:
                self.checkpoint()
                saved_s = self.elapsed_s
        self.checkpoint()

    def _stop(self, *_: object) -> None:
        self._asked_to_stop = True

    def _step(self, images: torch.Tensor, truth: TrueMaps, progress: float) -> None:
        rate = learning_rate(progress, self.recipe.optimizer)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.model.train()
        on_device = TrueMaps(*(one.to(self.device) for one in (truth.energy, truth.labels, truth.shapes)))
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            maps = self.model(as_input(images.to(self.device)))
        losses = parts(maps, on_device, self._typical_px(), log_sides=DESIGNS[self.recipe.design].log_sides)
        self.balance(losses, self.recipe.weights_at(progress)).backward()  # type: ignore[no-untyped-call]
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.optimizer.clip_norm)
        if bool(torch.isfinite(norm)):
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        update_average(self.average, self.model, self.recipe.ema_decay, self.step)
        if self.step % _LOG_EVERY == 0:
            row: dict[str, Any] = {"step": self.step, "minutes": round(self.elapsed_s / 60, 2), "lr": f"{rate:.6f}"}
            row |= {name: round(float(loss.detach()), 4) for name, loss in losses.items()}
            self.folder.log("log.csv", row)
            print(" ".join(f"{key}={value}" for key, value in row.items()), flush=True)

    def _typical_px(self) -> float:
        """Sides are compared in staff spaces of the map."""
        return self.recipe.crops.staff_space_px / DESIGNS[self.recipe.design].stride


def optimizer_of(model: nn.Module, choice: OptimizerChoice) -> torch.optim.Optimizer:
    """Return the optimizer that a recipe names."""
    if choice.name == "rmsprop":
        return torch.optim.RMSprop(
            model.parameters(), lr=choice.lr, alpha=choice.decay, weight_decay=choice.weight_decay
        )
    return torch.optim.AdamW(model.parameters(), lr=choice.lr, weight_decay=choice.weight_decay)


def main() -> None:
    """Command line of a training run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, nargs="+", required=True, help="folders of pages (detector.pages.store)")
    parser.add_argument("--run", type=Path, required=True, help="run folder")
    parser.add_argument("--recipe", default="watershed", help="YAML file or name in configs/")
    parser.add_argument("--minutes", type=float, help="time budget")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint of the run folder")
    options = parser.parse_args()
    recipe = read_watershed_recipe(options.recipe, minutes=options.minutes)
    trainer = WatershedTrainer(recipe, options.store, options.run, options.device)
    if options.resume:
        trainer.resume()
    trainer.train()


if __name__ == "__main__":
    main()
