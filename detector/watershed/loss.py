"""The three losses, each divided by its own running mean, so that none drowns the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch.nn import functional

from detector.watershed.network import Maps
from detector.watershed.targets import NOTHING

#: How slowly the running means move.
MEAN_DECAY = 0.99
#: Sides are compared from this share of a typical one on, when their logarithms are.
_LEAST_UNITS = 1e-3


@dataclass(frozen=True)
class TrueMaps:
    """A batch of `targets.TargetMaps`: energy and labels int64 (B, H, W), shapes float32 (B, 4, H, W)."""

    energy: torch.Tensor
    labels: torch.Tensor
    shapes: torch.Tensor


def parts(maps: Maps, truth: TrueMaps, typical_px: float, *, log_sides: bool = False) -> dict[str, torch.Tensor]:
    """Return the losses: cross-entropy of energy; of classes and mean squared error of shapes on the hills only.

    Args:
        maps: what the network says.
        truth: what it should say.
        typical_px: sides are compared in units of this.
        log_sides: logarithms of sides are compared, or the error of one slur would outweigh all noteheads.
    """
    on_hill = truth.labels != NOTHING
    energy = functional.cross_entropy(maps.energy.float(), truth.energy)
    if not bool(on_hill.any()):
        nothing = maps.classes.sum() * 0  # keeps the graph whole
        return {"energy": energy, "classes": nothing, "shapes": nothing}
    classes = functional.cross_entropy(maps.classes.float(), truth.labels, ignore_index=NOTHING)
    said, true = (_comparable(one.float(), typical_px, log_sides) for one in (maps.shapes, truth.shapes))
    error = (said - true).square().mean(1)
    return {"energy": energy, "classes": classes, "shapes": error[on_hill].mean()}


def _comparable(shapes: torch.Tensor, typical_px: float, log_sides: bool) -> torch.Tensor:
    units = shapes[:, :2] / typical_px
    return torch.cat([units.clamp(min=_LEAST_UNITS).log() if log_sides else units, shapes[:, 2:]], 1)


class BalancedLoss:
    """Sum of weight * loss / running mean of that loss (thesis, chapter 4); the means are part of a checkpoint."""

    def __init__(self, means: Mapping[str, float] | None = None) -> None:
        self.means = dict(means or {})

    def __call__(self, losses: Mapping[str, torch.Tensor], weights: Mapping[str, float]) -> torch.Tensor:
        """Return the balanced sum over the losses that have a weight, and move their means."""
        total: torch.Tensor | None = None
        for name, weight in weights.items():
            value = float(losses[name].detach())
            mean = self.means.get(name, value)
            self.means[name] = MEAN_DECAY * mean + (1 - MEAN_DECAY) * value
            part = weight * losses[name] / max(self.means[name], 1e-6)
            total = part if total is None else total + part
        if total is None:
            raise ValueError("expected a weight for one loss at least")
        return total
