"""Trains S2ANet on a folder of crops within a time budget: `python -m detector.s2anet.worker.train RUN WEIGHTS`."""

from __future__ import annotations

import argparse
import csv
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from detector.s2anet.worker.crop_folder import Crops
from detector.s2anet.worker.network import S2ANet
from detector.s2anet.worker.schedule import learning_rate
from detector.s2anet.worker.weights import write_weights

_LOG_EVERY = 10  # steps


class Training:
    """One run: a network, its averaged weights, an optimizer, and a clock."""

    def __init__(self, run: Path, weights: Path) -> None:
        self.recipe: dict[str, Any] = json.loads((run / "recipe.json").read_text(encoding="utf-8"))
        plan = self.recipe["crops"]
        torch.set_num_threads(plan["threads"])
        cv2.setNumThreads(0)
        torch.manual_seed(plan["seed"])
        self.run, self.weights, self.crops = run, weights, Crops(run / "crops")
        self.budget_s, self.batch_size, self.seed = plan["minutes"] * 60, plan["batches"][0]["crops"], plan["seed"]
        half = self.recipe["half_precision"]
        classes = len(self.crops.facts["classes"])
        self.network = S2ANet(self.recipe["network"], self.recipe["answer"], classes, half=half)
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.optimizer = _optimizer(self.network, self.recipe["optimizer"])
        self.step, self.elapsed_s, self.stopped = 0, 0.0, False

    def resume(self) -> None:
        """Go on from the last checkpoint; raises `OSError` when there is none."""
        state = torch.load(self.run / "last.pt", map_location="cpu", weights_only=True)
        self.network.load_state_dict(state["model"])
        self.average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.elapsed_s = state["step"], state["elapsed_s"]

    def checkpoint(self) -> None:
        """Save what resuming needs, and the averaged weights as a file for reading."""
        state = {
            "model": self.network.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "elapsed_s": self.elapsed_s,
        }
        waiting = self.run / "last.pt.part"
        torch.save(state, waiting)
        waiting.replace(self.run / "last.pt")
        training = {"steps": self.step, "minutes": round(self.elapsed_s / 60, 1), "recipe": self.recipe}
        write_weights(self.weights, self.average, self.recipe, self.crops.facts, training)

    def train(self) -> None:
        """Train until the budget is spent. SIGTERM ends the run after the step in hand, with a checkpoint."""
        signal.signal(signal.SIGTERM, self._stop)
        saved_s = self.elapsed_s
        while self.elapsed_s < self.budget_s and not self.stopped:
            begin = time.monotonic()
            self._step()
            self.elapsed_s += time.monotonic() - begin
            if self.elapsed_s - saved_s >= self.recipe["checkpoint_minutes"] * 60:
                self.checkpoint()
                saved_s = self.elapsed_s
        self.checkpoint()

    def _stop(self, *_: object) -> None:
        self.stopped = True

    def _step(self) -> None:
        rate = learning_rate(self.elapsed_s / self.budget_s, self.recipe["optimizer"])
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        crops = [self.crops.crop(number) for number in self.crops.batch(self.step, self.batch_size, self.seed)]
        self.network.train()
        images = torch.from_numpy(np.stack([image for image, _, _ in crops]))
        losses = self.network.losses(images, [(boxes, labels) for _, boxes, labels in crops])
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.recipe["optimizer"]["clip_norm"])
        if bool(torch.isfinite(norm)):
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self._move_average()
        if self.step % _LOG_EVERY == 0:
            row = {"step": self.step, "minutes": round(self.elapsed_s / 60, 2), "lr": f"{rate:.6f}"}
            self._log(row | {name: round(float(value.detach()), 4) for name, value in losses.items()})

    @torch.no_grad()
    def _move_average(self) -> None:
        keep = min(self.recipe["ema_decay"], (1 + self.step) / (20 + self.step))
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value, 1 - keep)
            else:
                self.average[name].copy_(value)

    def _log(self, row: dict[str, Any]) -> None:
        path = self.run / "log.csv"
        fresh = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(row))
            if fresh:
                writer.writeheader()
            writer.writerow(row)
        print(" ".join(f"{name}={value}" for name, value in row.items()), flush=True)


def _optimizer(network: S2ANet, choice: dict[str, Any]) -> torch.optim.Optimizer:
    decayed = [value for value in network.parameters() if value.ndim > 1]
    plain = [value for value in network.parameters() if value.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": choice["weight_decay"]}, {"params": plain, "weight_decay": 0.0}]
    if choice["name"] == "sgd":
        return torch.optim.SGD(groups, lr=choice["lr"], momentum=choice["momentum"])
    return torch.optim.AdamW(groups, lr=choice["lr"])


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="holds recipe.json and crops/")
    parser.add_argument("weights", type=Path, help="file that is written at every checkpoint")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args()
    try:
        training = Training(options.run, options.weights)
        if options.resume:
            training.resume()
    except (OSError, ValueError, KeyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    training.train()
    return 0


if __name__ == "__main__":
    sys.exit(main())
