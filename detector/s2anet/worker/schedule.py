"""The learning rate of `detector.training.trainer`, whose imports mmrotate's environment lacks."""

from __future__ import annotations

import math
from typing import Any


def learning_rate(progress: float, optimizer: dict[str, Any]) -> float:
    """Return the rate at a share of the budget: linear warm-up, then a cosine to the final share."""
    warmup, final = optimizer["warmup_share"], optimizer["final_lr_share"]
    if progress < warmup:
        return float(optimizer["lr"] * max(0.02, progress / warmup))
    fall = (1 + math.cos(math.pi * min(1.0, (progress - warmup) / (1 - warmup)))) / 2
    return float(optimizer["lr"] * (final + (1 - final) * fall))
