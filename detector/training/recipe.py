"""The training recipe: `configs/training.yaml` as a checked object."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.classes import read_config
from notation.errors import ConfigurationError
from notation.vocabulary import vocabulary


@dataclass(frozen=True)
class BatchShape:
    """Size of the crops of a batch, how many there are, and how often this shape is drawn."""

    height_px: int
    width_px: int
    crops: int
    share: float


@dataclass(frozen=True)
class OptimizerRecipe:
    """AdamW with linear warm-up and a cosine down to `final_lr_share` of `lr`."""

    lr: float
    weight_decay: float
    warmup_share: float
    final_lr_share: float
    clip_norm: float


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a run, machine and data aside; see `configs/training.yaml` for the meanings.

    A crop is worn by `training.wear` with the chance `worn_share`, by ScoreAug with the chance `aged_share`; `focus`
    makes single classes likelier in the middle of a crop than their rareness does. The share `mistakes_share` of the
    crops is placed where a detector saw what is not there, if a store knows such places (`detector.pages.scan_store`).
    The schedule is laid over `steps`, or where these are 0 over `minutes`, which depend on the machine.
    """

    classes: str
    network: str
    staff_space_px: float
    staff_space_jitter: tuple[float, float]
    thin_side_sp: float
    batches: tuple[BatchShape, ...]
    rare_share: float
    worn_share: float
    aged_share: float
    focus: dict[str, float]
    mistakes_share: float
    optimizer: OptimizerRecipe
    ema_decay: float
    steps: int
    minutes: float
    seed: int
    threads: int
    checkpoint_minutes: float
    validation_minutes: float

    @property
    def clean_share(self) -> float:
        """Share of the crops that are left as they were engraved."""
        return round(1 - self.worn_share - self.aged_share, 9)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for a YAML or JSON file."""
        plain = dataclasses.asdict(self)
        plain["staff_space_jitter"] = list(self.staff_space_jitter)
        plain["batches"] = [dataclasses.asdict(shape) for shape in self.batches]
        return plain


def read_recipe(name_or_path: str | Path = "training", **changes: Any) -> Recipe:
    """Return a recipe, with `changes` in the place of the file's values.

    Raises:
        ConfigurationError: a key is unknown or missing, or a value is out of range.
    """
    values = read_config(name_or_path) | {key: value for key, value in changes.items() if value is not None}
    fields = {field.name for field in dataclasses.fields(Recipe)}
    if set(values) != fields:
        unknown, missing = sorted(set(values) - fields), sorted(fields - set(values))
        raise ConfigurationError(f"{name_or_path}: unknown keys {unknown}, missing keys {missing}")
    try:
        values["batches"] = tuple(BatchShape(**shape) for shape in values["batches"])
        values["optimizer"] = OptimizerRecipe(**values["optimizer"])
        values["staff_space_jitter"] = tuple(float(one) for one in values["staff_space_jitter"])
    except TypeError as error:
        raise ConfigurationError(f"{name_or_path}: {error}") from error
    return _checked(Recipe(**values), name_or_path)


def _checked(recipe: Recipe, source: str | Path) -> Recipe:
    low, high = recipe.staff_space_jitter
    names = vocabulary().names()
    wrong = {
        "batches": not recipe.batches or any(shape.height_px % 32 or shape.width_px % 32 for shape in recipe.batches),
        "staff_space_jitter": not 0 < low <= recipe.staff_space_px <= high,
        "steps": recipe.steps < 0,
        "minutes": recipe.minutes <= 0,
        "rare_share": not 0 <= recipe.rare_share <= 1,
        "worn_share": recipe.worn_share < 0 or recipe.clean_share < 0,
        "aged_share": recipe.aged_share < 0,
        "mistakes_share": not 0 <= recipe.mistakes_share <= 1,
        "focus": any(value < 0 or name not in names for name, value in recipe.focus.items()),
        "threads": recipe.threads < 1,
    }
    bad = [key for key, is_wrong in wrong.items() if is_wrong]
    if bad:
        raise ConfigurationError(f"{source}: values out of range for {bad}")
    return recipe
