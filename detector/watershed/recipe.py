"""A watershed training recipe: `configs/watershed.yaml` as a checked object."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.classes import read_config
from detector.training.recipe import OptimizerRecipe, Recipe, read_recipe
from detector.watershed.network import DESIGNS
from detector.watershed.targets import Hills
from notation.errors import ConfigurationError

LOSSES = ("energy", "classes", "shapes")


@dataclass(frozen=True)
class Stage:
    """A part of the budget, and the losses that count in it."""

    share: float
    losses: tuple[str, ...]


@dataclass(frozen=True)
class OptimizerChoice(OptimizerRecipe):
    """`rmsprop` (with its `decay`, torch's alpha) or `adamw`; the rate warms up, then falls along a cosine."""

    name: str
    decay: float


@dataclass(frozen=True)
class WatershedRecipe:
    """Everything that decides a run, machine and data aside; see `configs/watershed.yaml` for the meanings."""

    design: str
    oriented: bool
    levels: int
    radius_px: float
    cuts: tuple[float, ...]
    weights: dict[str, float]
    stages: tuple[Stage, ...]
    optimizer: OptimizerChoice
    ema_decay: float
    checkpoint_minutes: float
    crops: Recipe  # sizes, scale, wear, classes, budget, seed and threads

    @property
    def hills(self) -> Hills:
        """How energy falls from a symbol's middle."""
        return Hills(self.levels, self.radius_px)

    def weights_at(self, progress: float) -> dict[str, float]:
        """Return the weights of the losses that count at a share of the budget, 0 to 1."""
        end = 0.0
        for stage in self.stages:
            end += stage.share
            if progress < end:
                break
        return {name: self.weights[name] for name in stage.losses}

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for a YAML or JSON file."""
        plain = dataclasses.asdict(self)
        plain["stages"] = [{"share": stage.share, "losses": list(stage.losses)} for stage in self.stages]
        return plain | {"crops": self.crops.as_dict(), "cuts": list(self.cuts)}


#: Keys that belong to the crops, and so replace what the recipe of the crops says.
_OF_CROPS = ("classes", "staff_space_px", "staff_space_jitter", "batches", "minutes", "seed", "threads")


def is_watershed_recipe(name_or_path: str | Path) -> bool:
    """Return whether a recipe is one of this kind, and not of another detector; raises as `read_config`."""
    return "design" in read_config(name_or_path)


def read_watershed_recipe(name_or_path: str | Path = "watershed", **changes: Any) -> WatershedRecipe:
    """Return a recipe, with `changes` in the place of the file's values.

    Raises:
        ConfigurationError: a key is unknown or missing, or a value is out of range.
    """
    values = read_config(name_or_path) | {key: value for key, value in changes.items() if value is not None}
    wanted = {field.name for field in dataclasses.fields(WatershedRecipe)} | set(_OF_CROPS)
    if set(values) != wanted:
        unknown, missing = sorted(set(values) - wanted), sorted(wanted - set(values))
        raise ConfigurationError(f"{name_or_path}: unknown keys {unknown}, missing keys {missing}")
    crops = read_recipe(values["crops"], **{key: values.pop(key) for key in _OF_CROPS})
    try:
        stages = tuple(Stage(float(one["share"]), tuple(one["losses"])) for one in values["stages"])
        optimizer = OptimizerChoice(**values["optimizer"])
    except (TypeError, KeyError) as error:
        raise ConfigurationError(f"{name_or_path}: {error}") from error
    recipe = WatershedRecipe(
        **values | {"crops": crops, "stages": stages, "optimizer": optimizer, "cuts": tuple(values["cuts"])}
    )
    return _checked(recipe, name_or_path)


def _checked(recipe: WatershedRecipe, source: str | Path) -> WatershedRecipe:
    wrong = {
        "design": recipe.design not in DESIGNS,
        "levels": recipe.levels < 1,
        "radius_px": recipe.radius_px < 1,
        "cuts": not recipe.cuts
        or sorted(recipe.cuts) != list(recipe.cuts)
        or not 0 <= recipe.cuts[0] <= recipe.cuts[-1] < 1,
        "weights": set(recipe.weights) != set(LOSSES),
        "stages": not recipe.stages
        or abs(sum(stage.share for stage in recipe.stages) - 1) > 1e-6
        or any(not stage.losses or set(stage.losses) - set(LOSSES) for stage in recipe.stages),
        "optimizer": recipe.optimizer.name not in ("rmsprop", "adamw"),
    }
    bad = [key for key, is_wrong in wrong.items() if is_wrong]
    if bad:
        raise ConfigurationError(f"{source}: values out of range for {bad}")
    return recipe
