"""An S2ANet training recipe: `configs/s2anet.yaml` as a checked object."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.classes import read_config
from detector.training.recipe import OptimizerRecipe, Recipe, read_recipe
from notation.errors import ConfigurationError

OPTIMIZERS = ("sgd", "adamw")
#: Depths of a ResNet that mmdet builds.
DEPTHS = (18, 34, 50, 101, 152)


@dataclass(frozen=True)
class NetworkPlan:
    """The network and its losses; see `configs/s2anet.yaml` for the meanings."""

    depth: int
    base_channels: int
    input_channels: int
    channels: int
    strides: tuple[int, ...]
    anchor_scale: float
    stacked_convs: int
    edge_swap: bool
    positive_iou: float
    negative_iou: float
    least_iou: float
    gamma: float
    alpha: float
    beta: float
    he_start: bool
    grey_mean: float
    grey_std: float


@dataclass(frozen=True)
class AnswerPlan:
    """What becomes of a tile's anchors when it is read."""

    candidates: int
    least_score: float
    overlap: float
    symbols: int


@dataclass(frozen=True)
class OptimizerChoice(OptimizerRecipe):
    """`sgd` (with its `momentum`) or `adamw`; the rate warms up, then falls along a cosine."""

    name: str
    momentum: float


@dataclass(frozen=True)
class S2ANetRecipe:
    """Everything that decides a run, machine and data aside."""

    network: NetworkPlan
    answer: AnswerPlan
    optimizer: OptimizerChoice
    crop_count: int
    ema_decay: float
    half_precision: bool
    checkpoint_minutes: float
    crops: Recipe  # sizes, scale, wear, classes, budget, seed and threads

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for a YAML or JSON file."""
        return dataclasses.asdict(self) | {"crops": self.crops.as_dict()}


#: Keys that belong to the crops, and so replace what the recipe of the crops says.
_OF_CROPS = ("classes", "staff_space_px", "staff_space_jitter", "thin_side_sp", "batches", "minutes", "seed", "threads")


def read_s2anet_recipe(name_or_path: str | Path = "s2anet_small", **changes: Any) -> S2ANetRecipe:
    """Return a recipe, with `changes` in the place of the file's values.

    Raises:
        ConfigurationError: a key is unknown or missing, or a value is out of range.
    """
    values = read_config(name_or_path) | {key: value for key, value in changes.items() if value is not None}
    wanted = {field.name for field in dataclasses.fields(S2ANetRecipe)} | set(_OF_CROPS)
    if set(values) != wanted:
        unknown, missing = sorted(set(values) - wanted), sorted(wanted - set(values))
        raise ConfigurationError(f"{name_or_path}: unknown keys {unknown}, missing keys {missing}")
    crops = read_recipe(values["crops"], **{key: values.pop(key) for key in _OF_CROPS})
    try:
        network = NetworkPlan(**values["network"] | {"strides": tuple(values["network"]["strides"])})
        answer, optimizer = AnswerPlan(**values["answer"]), OptimizerChoice(**values["optimizer"])
    except (TypeError, KeyError) as error:
        raise ConfigurationError(f"{name_or_path}: {error}") from error
    parts = {"network": network, "answer": answer, "optimizer": optimizer, "crops": crops}
    return _checked(S2ANetRecipe(**values | parts), name_or_path)


def _checked(recipe: S2ANetRecipe, source: str | Path) -> S2ANetRecipe:
    network, answer = recipe.network, recipe.answer
    strides = network.strides
    wrong = {
        "batches": len(recipe.crops.batches) != 1,
        "crop_count": recipe.crop_count < 1,
        "network.depth": network.depth not in DEPTHS,
        "network.channels": network.channels % 8 != 0,  # eight orientations
        "network.strides": not 3 <= len(strides) <= 5 or any(stride != 8 << i for i, stride in enumerate(strides)),
        "network.input_channels": network.input_channels not in (1, 3),
        "network.positive_iou": not 0 < network.negative_iou <= network.positive_iou < 1,
        "network.grey_std": network.grey_std <= 0,
        "answer": not (0 <= answer.least_score <= 1 and 0 <= answer.overlap <= 1 and answer.candidates > 0),
        "optimizer": recipe.optimizer.name not in OPTIMIZERS,
    }
    bad = [key for key, is_wrong in wrong.items() if is_wrong]
    if bad:
        raise ConfigurationError(f"{source}: values out of range for {bad}")
    return recipe
