"""Trains the staff reader within a budget of time; a run that was stopped goes on where it was."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from notation.errors import InputError
from realscores_eval.ser import EditTally
from realscores_eval.staff_lmx.decoding import words_read
from realscores_eval.staff_lmx.network_input import network_input
from realscores_eval.staff_lmx.strip_file import read_shard, unpacked
from realscores_eval.staff_lmx.strip_scores import strip_errors
from realscores_eval.staff_lmx.training.batches import Batch, Windows
from realscores_eval.staff_lmx.training.losses import field_loss, place_loss, places, symbol_loss
from realscores_eval.staff_lmx.training.network import StaffNetwork
from realscores_eval.staff_lmx.training.recipe import Recipe

_CHECKPOINT, _LOG = "checkpoint.pt", "log.jsonl"
#: Norm beyond which gradients are cut: single windows of rare signs reach fifty times the usual.
_STEEPEST = 2.0
_LAST_RATE = 0.01
#: Held-out strips read at each report.
_HELD_OUT = 12


class Run:
    """A training run in its folder: `checkpoint.pt`, and a line of `log.jsonl` a report."""

    def __init__(self, folder: Path, recipe: Recipe, shards: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(recipe.seed)
        self.folder, self.recipe, self.shards = folder, recipe, shards
        self.network = StaffNetwork(recipe.shape)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.mean = AveragedModel(self.network, multi_avg_fn=partial(_average, recipe.average), use_buffers=True)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=recipe.learning_rate, betas=(0.9, 0.98), weight_decay=recipe.weight_decay
        )
        self.seconds, self.steps = 0.0, 0
        self._sums = [0.0, 0.0, 0]
        if (folder / _CHECKPOINT).exists():
            self._restore()

    def train(self, seconds: float | None = None) -> None:
        """Train until the recipe's time is used up, or for some seconds."""
        windows = Windows(self.shards, self.recipe.seed + self.steps)
        if not windows.lines:
            raise InputError(f"{self.shards}: no shards train_*.zip")
        started, before = time.monotonic(), self.seconds
        end = self.recipe.minutes * 60 if seconds is None else min(before + seconds, self.recipe.minutes * 60)
        refreshed = reported = before
        for batch in windows.batches(self.recipe.windows):
            self._step(batch)
            self.seconds = before + time.monotonic() - started
            if self.seconds - refreshed > self.recipe.refresh_minutes * 60:
                windows.refresh()
                refreshed = self.seconds
            if self.seconds - reported > self.recipe.report_minutes * 60 or self.seconds >= end:
                self.save()
                self._report(len(windows.lines))
                reported = self.seconds
            if self.seconds >= end:
                return

    def _step(self, batch: Batch) -> None:
        self.network.train()
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        place, fields = self._losses(batch)
        loss = place + self.recipe.fields * fields
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), _STEEPEST)
        if norm.isfinite():
            self.optimiser.step()
            self.mean.update_parameters(self.network)
        self.steps += 1
        self._sums = [self._sums[0] + place.item(), self._sums[1] + fields.item(), self._sums[2] + 1]

    def _losses(self, batch: Batch) -> tuple[Tensor, Tensor]:
        strips = torch.from_numpy(batch.strips).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.recipe.half):
            slots = self.network.features(strips)
        slots = slots.float()
        log_odds = self.network.symbols(slots).log_softmax(-1)
        place = place_loss(log_odds, batch)
        guided = max(0.0, 1 - self.steps / self.recipe.guided_steps)
        rows, at, here = places(log_odds, batch, guided)
        if not len(rows):
            return place, torch.zeros(())
        place = place + self.recipe.symbols * symbol_loss(log_odds, batch, rows, at, here)
        fields = self.network.fields(slots[rows, here])
        return place, field_loss(fields, batch, rows, at, self.recipe.label_smoothing)

    def rate(self) -> float:
        """Return the learning rate now: it rises over the first steps and falls with the time that is used up."""
        done = min(1.0, self.seconds / (self.recipe.minutes * 60))
        falling = _LAST_RATE + (1 - _LAST_RATE) * 0.5 * (1 + math.cos(math.pi * done))
        return self.recipe.learning_rate * falling * min(1.0, (self.steps + 1) / self.recipe.warmup_steps)

    def save(self) -> None:
        """Write the checkpoint, whole or not at all."""
        state: dict[str, Any] = {
            "network": self.network.state_dict(),
            "mean": self.mean.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "seconds": self.seconds,
            "steps": self.steps,
        }
        unfinished = self.folder / "checkpoint.part"
        torch.save(state, unfinished)
        unfinished.rename(self.folder / _CHECKPOINT)

    def _restore(self) -> None:
        state = torch.load(self.folder / _CHECKPOINT, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.seconds, self.steps = state["seconds"], state["steps"]

    def _report(self, lines: int) -> None:
        place, fields, count = self._sums
        self._sums = [0.0, 0.0, 0]
        errors = self.held_out()
        row = {
            "minutes": round(self.seconds / 60, 1), "steps": self.steps, "lines": lines, "rate": round(self.rate(), 6),
            "place": round(place / max(count, 1), 4), "fields": round(fields / max(count, 1), 4),
            "held_out_ser": round(errors.rate, 4),
        }  # fmt: skip
        with (self.folder / _LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")
        print(json.dumps(row), file=sys.stderr, flush=True)

    def held_out(self) -> EditTally:
        """Read some strips of the validation shards with the mean weights."""
        self.mean.eval()
        total = EditTally()
        for (png, strip), _ in zip(self._held_out_strips(), range(_HELD_OUT), strict=False):
            with torch.no_grad():
                symbols, fields = self.mean(torch.from_numpy(network_input(unpacked(png))))
            total += strip_errors(strip.tokens, words_read(symbols[0].numpy(), fields[0].numpy()))
        return total

    def _held_out_strips(self) -> Iterator[tuple[bytes, Any]]:
        for path in sorted(self.shards.glob("val_*.zip")):
            yield from read_shard(path)


def _average(decay: float, means: list[Tensor], values: list[Tensor], count: Tensor | int) -> None:
    """Move running means towards new values, in place; early ones forget faster."""
    share = 1 - min(decay, (1 + int(count)) / (10 + int(count)))
    for mean, value in zip(means, values, strict=True):
        if mean.is_floating_point():
            mean.lerp_(value, share)
        else:
            mean.copy_(value)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train."""
    parser = argparse.ArgumentParser(description="train the staff reader")
    parser.add_argument("shards", type=Path, help="folder of train_*.zip and val_*.zip")
    parser.add_argument("--run", type=Path, required=True, metavar="FOLDER", help="goes on there")
    parser.add_argument("--recipe", type=Path, metavar="YAML")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    recipe = Recipe.read(options.recipe) if options.recipe else Recipe()
    Run(options.run, recipe, options.shards).train()


if __name__ == "__main__":
    main()
