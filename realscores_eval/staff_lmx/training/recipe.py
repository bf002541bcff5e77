"""The recipe of a training run, read from YAML."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from notation.errors import ConfigurationError
from realscores_eval.staff_lmx.training.network import Shape


@dataclass(frozen=True)
class Recipe:
    """How the model is trained; `configs/staff_lmx.yaml` explains each field."""

    minutes: float = 150.0
    windows: int = 16
    learning_rate: float = 2e-3
    warmup_steps: int = 200
    weight_decay: float = 0.01
    fields: float = 0.5
    symbols: float = 0.5
    guided_steps: int = 900
    label_smoothing: float = 0.05
    average: float = 0.998
    half: bool = True
    refresh_minutes: float = 3.0
    report_minutes: float = 5.0
    channels: tuple[int, int, int, int] = (16, 32, 48, 80)
    column: int = 192
    hidden: int = 144
    layers: int = 2
    slot: int = 128
    seed: int = 1

    @property
    def shape(self) -> Shape:
        """The sizes of the network."""
        return Shape(self.channels, self.column, self.hidden, self.layers, self.slot)

    @classmethod
    def read(cls, path: Path) -> Recipe:
        """Read a recipe; what it does not name keeps its default.

        Raises:
            ConfigurationError: the file cannot be read, or names what there is not.
        """
        try:
            values: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except (OSError, yaml.YAMLError) as error:
            raise ConfigurationError(f"{path}: cannot be read ({error})") from error
        unknown = sorted(set(values) - {one.name for one in fields(cls)})
        if unknown:
            raise ConfigurationError(f"{path}: no such setting: {', '.join(unknown)}")
        if "channels" in values:
            values["channels"] = tuple(values["channels"])
        return cls(**values)
