"""Training on crops: bf16 autocast, AdamW, a schedule laid over a budget, checkpoints that resume exactly.

Run as `python -m detector.training --store PAGES --validation PAGES --run FOLDER [--minutes 75] [--resume]`.
"""

from __future__ import annotations

import argparse
import copy
import math
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from detector.classes import class_names
from detector.pages.store import read_store
from detector.thin import typical_sides_sp
from detector.training.batches import Batch, BatchStream, CropSampler
from detector.training.network import as_input, build_criterion, build_network, silence_ultralytics
from detector.training.recipe import OptimizerRecipe, Recipe, read_recipe
from detector.training.run_folder import RunFolder, earlier_stages, stage_record
from detector.training.validation import Validator
from notation.errors import WeightsError

_LOG_EVERY = 10  # steps


class Trainer:
    """One run: a network, its averaged twin, an optimizer, and a clock."""

    def __init__(
        self, recipe: Recipe, stores: Sequence[Path], validation: Path, run: Path, device: str = "cpu"
    ) -> None:
        silence_ultralytics(run / "ultralytics")
        torch.set_num_threads(recipe.threads)
        torch.manual_seed(recipe.seed)
        self.recipe, self.device, self.names = recipe, torch.device(device), class_names(recipe.classes)
        self.folder = RunFolder(run)
        self.pages = [page for store in stores for page in read_store(store)]
        self.sampler = CropSampler(self.pages, self.names, recipe)
        self.model = build_network(recipe.network, len(self.names)).to(self.device)
        self.average = copy.deepcopy(self.model).eval().requires_grad_(False)
        self.criterion = build_criterion(self.model)
        self.optimizer = torch.optim.AdamW(parameter_groups(self.model, recipe), lr=recipe.optimizer.lr, fused=True)
        self.validator = Validator(read_store(validation), self.names, recipe)
        self.step, self.elapsed_s, self._asked_to_stop = 0, 0.0, False
        self.stages: list[dict[str, Any]] = []  # runs that this one began with
        about = {
            "stores": [str(store) for store in stores],
            "pages": len(self.pages),
            "device": device,
            "torch": str(torch.__version__),
        }
        self.folder.write_plan(recipe.as_dict(), self.names, about)

    def resume(self) -> None:
        """Go on from the run's last checkpoint; raises `WeightsError` when there is none."""
        state = self.folder.load()
        self.model.load_state_dict(state["model"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["rng"])
        self.step, self.elapsed_s = int(state["step"]), float(state["elapsed_s"])
        self.stages = earlier_stages(state)

    def start_from(self, run: Path) -> None:
        """Begin with another run's averaged weights; raises `WeightsError` when it has none or reads other classes."""
        state = RunFolder(run).load()
        if list(state["names"]) != list(self.names):
            raise WeightsError(f"{run}: its classes are not those of {self.recipe.classes}")
        self.model.load_state_dict(state["average"])
        self.average.load_state_dict(state["average"])
        self.stages = [*earlier_stages(state), stage_record(state)]

    def checkpoint(self) -> None:
        """Save everything that resuming and exporting need."""
        self.folder.save(
            {
                "model": self.model.state_dict(),
                "average": self.average.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "rng": torch.get_rng_state(),
                "step": self.step,
                "elapsed_s": self.elapsed_s,
                "names": list(self.names),
                "recipe": self.recipe.as_dict(),
                "stages": self.stages,
                "typical_sides_sp": torch.from_numpy(self._typical_sides()),
            }
        )

    @property
    def progress(self) -> float:
        """Share of the budget that is spent, of steps where the recipe counts them, of time where not."""
        if self.recipe.steps:
            return self.step / self.recipe.steps
        return self.elapsed_s / (self.recipe.minutes * 60)

    def train(self) -> None:
        """Train until the budget is spent; validates and saves on the way and at the end.

        SIGTERM ends the run after the step in hand, with a checkpoint to resume from.
        """
        signal.signal(signal.SIGTERM, self._stop)
        torch.set_flush_denormal(True)  # numbers below 1e-38 cost time and carry nothing
        try:
            self._train()
        finally:
            torch.set_flush_denormal(False)

    def _train(self) -> None:
        saved_s = checked_s = self.elapsed_s
        stream = BatchStream(self.sampler, self.recipe, self.step)
        loader = DataLoader(stream, batch_size=None, num_workers=1, prefetch_factor=6, worker_init_fn=_quiet_worker)
        batches = iter(loader)
        while self.progress < 1 and not self._asked_to_stop:
            begin = time.monotonic()
            self._step(next(batches), self.progress, begin)
            self.elapsed_s += time.monotonic() - begin
            if self.elapsed_s - saved_s >= self.recipe.checkpoint_minutes * 60:
                self.checkpoint()
                saved_s = self.elapsed_s
            if self.elapsed_s - checked_s >= self.recipe.validation_minutes * 60:
                begin = time.monotonic()
                self.validate()
                self.elapsed_s += time.monotonic() - begin
                checked_s = self.elapsed_s
        self.checkpoint()
        if not self._asked_to_stop:
            self.validate()

    def _stop(self, *_: object) -> None:
        self._asked_to_stop = True

    def validate(self) -> None:
        """Log the average network's quick AP."""
        for row in self.validator.rows(self.average, self.device):
            self.folder.log("validation.csv", {"step": self.step, "minutes": round(self.elapsed_s / 60, 1)} | row)

    def _step(self, batch: Batch, progress: float, begin: float) -> None:
        rate = learning_rate(progress, self.recipe.optimizer)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.model.train()
        items = self._backward(batch)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.optimizer.clip_norm)
        if bool(torch.isfinite(norm)):
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        update_average(self.average, self.model, self.recipe.ema_decay, self.step)
        if self.step % _LOG_EVERY == 0:
            took = time.monotonic() - begin
            self._log(items, float(norm), rate, took, batch)

    def _backward(self, batch: Batch) -> dict[str, float]:
        images = as_input(batch.images.to(self.device))
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            raw = self.model(images)
        predictions = {key: value.float() for key, value in raw.items() if key != "feats"} | {"feats": raw["feats"]}
        losses, items = self.criterion.loss(predictions, library_targets(batch, self.device))
        (losses.sum() / len(images)).backward()
        return {key: float(value) for key, value in items.items()}

    def _log(self, items: dict[str, float], norm: float, rate: float, took_s: float, batch: Batch) -> None:
        row: dict[str, Any] = {"step": self.step, "minutes": round(self.elapsed_s / 60, 2), "lr": f"{rate:.6f}"}
        row |= {key: round(value, 4) for key, value in items.items()}
        row |= {"grad_norm": round(norm, 2), "step_s": round(took_s, 2)}
        row |= {"crops": len(batch.images), "boxes": len(batch.targets)}
        self.folder.log("log.csv", row)
        print(" ".join(f"{key}={value}" for key, value in row.items()), flush=True)

    def _typical_sides(self) -> np.ndarray:
        boxes = np.concatenate([page.boxes / [1, 1, page.space_px, page.space_px, 1] for page in self.pages])
        labels = np.concatenate(self.sampler.labels)
        known = labels >= 0
        return typical_sides_sp(boxes[known], labels[known], len(self.names), self.recipe.thin_side_sp)


def library_targets(batch: Batch, device: torch.device) -> dict[str, torch.Tensor]:
    """Return the batch's truth as the library's loss wants it: sides and centres as shares of the picture."""
    height, width = batch.images.shape[1:]
    boxes = batch.targets[:, 2:7] / torch.tensor([width, height, width, height, 1.0])
    columns = {"batch_idx": batch.targets[:, 0], "cls": batch.targets[:, 1], "bboxes": boxes}
    return {key: value.to(device) for key, value in columns.items()}


def learning_rate(progress: float, optimizer: OptimizerRecipe) -> float:
    """Return the rate at a share of the budget: linear warm-up, then a cosine to the final share."""
    if progress < optimizer.warmup_share:
        return optimizer.lr * max(0.02, progress / optimizer.warmup_share)
    rest = min(1.0, (progress - optimizer.warmup_share) / (1 - optimizer.warmup_share))
    fall = (1 + math.cos(math.pi * rest)) / 2
    return optimizer.lr * (optimizer.final_lr_share + (1 - optimizer.final_lr_share) * fall)


def parameter_groups(model: nn.Module, recipe: Recipe) -> list[dict[str, Any]]:
    """Return weights with decay, and biases and normalisation without."""
    decayed = [value for value in model.parameters() if value.ndim > 1 and value.requires_grad]
    plain = [value for value in model.parameters() if value.ndim <= 1 and value.requires_grad]
    return [{"params": decayed, "weight_decay": recipe.optimizer.weight_decay}, {"params": plain, "weight_decay": 0.0}]


@torch.no_grad()
def update_average(average: nn.Module, model: nn.Module, decay: float, step: int) -> None:
    """Move the averaged network a little towards the trained one; early on it follows closely."""
    keep = min(decay, (1 + step) / (20 + step))
    pairs = list(zip(average.state_dict().values(), model.state_dict().values(), strict=True))
    moving = [(old, new.detach()) for old, new in pairs if old.dtype.is_floating_point]
    torch._foreach_lerp_([old for old, _ in moving], [new for _, new in moving], 1 - keep)
    for old, new in pairs:
        if not old.dtype.is_floating_point:
            old.copy_(new)


def _quiet_worker(_: int) -> None:
    import cv2

    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def main() -> None:
    """Command line of a training run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--store", type=Path, nargs="+", required=True, help="folders of training pages (detector.pages.store)"
    )
    parser.add_argument("--validation", type=Path, required=True, help="folder of pages of other pieces")
    parser.add_argument("--run", type=Path, required=True, help="run folder")
    parser.add_argument("--start", type=Path, help="run folder whose weights to begin with")
    parser.add_argument("--recipe", default="training", help="YAML file or name in configs/")
    parser.add_argument("--minutes", type=float, help="time budget")
    parser.add_argument("--steps", type=int, help="budget in steps, in the place of time")
    parser.add_argument("--network", help="another YAML file of the library's, as yolo12n-obb.yaml")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint of the run folder")
    options = parser.parse_args()
    recipe = read_recipe(options.recipe, minutes=options.minutes, steps=options.steps, network=options.network)
    trainer = Trainer(recipe, options.store, options.validation, options.run, options.device)
    if options.start:
        trainer.start_from(options.start)
    if options.resume:
        trainer.resume()
    trainer.train()


if __name__ == "__main__":
    main()
