"""The model file: finding it, and reading what it says about itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from notation.boxes import FloatArray
from notation.errors import WeightsError
from notation.vocabulary import vocabulary

DEFAULT_WEIGHTS = "reader"
#: The network of `detector.orientation.up_or_down`, which lies beside the readers and is none.
UPRIGHT = "upright"
#: The network of `--detector dwd`, which `Detector` cannot read.
WATERSHED = "watershed"
#: Format of the files that `detector.training.export` writes.
FORMAT = "detect-score-detector 1"


@dataclass(frozen=True)
class ModelFacts:
    """What a weights file says about itself.

    Attributes:
        names: class names, row i of the network's output.
        staff_space_px: staff space that pages are scaled to.
        thin_side_px: least side of the boxes that the network predicts.
        typical_sides_px: float64 (C, 2), true width and height of thin boxes, at `staff_space_px`.
        training: steps, minutes and the resolved recipe.
        least_scores: thresholds of classes that have their own.
        sources: what the training pages were made from, with licences.
    """

    names: tuple[str, ...]
    staff_space_px: float
    thin_side_px: float
    typical_sides_px: FloatArray
    training: dict[str, Any]
    sources: tuple[str, ...]
    least_scores: Mapping[str, float] = field(default_factory=dict)


def find_weights(name_or_path: str | Path | None) -> Path:
    """Return the model file for a path, the name of a shipped model, or None for the default.

    Raises:
        WeightsError: there is no such file.
    """
    chosen = Path(name_or_path or DEFAULT_WEIGHTS)
    path = chosen if chosen.suffix in (".onnx", ".xml") else weights_path(chosen.name)
    if not path.is_file():
        shipped_names = ", ".join(shipped_models()) or "none"
        raise WeightsError(f"{name_or_path or path}: no such weights; shipped are {shipped_names}")
    return path


def weights_path(name: str) -> Path:
    """Return where a shipped model lies, or would lie."""
    return Path(str(files("detector").joinpath("weights", f"{name}.onnx")))


def shipped_models() -> list[str]:
    """Return the names of the models inside the package that `Detector` reads."""
    folder = weights_path(DEFAULT_WEIGHTS).parent
    models = sorted(path.stem for path in folder.glob("*.onnx")) if folder.is_dir() else []
    return [name for name in models if name not in (UPRIGHT, WATERSHED)]


def facts_of(model: Any) -> ModelFacts:
    """Return what an OpenVINO model that was read from one of our files says about itself.

    Raises:
        KeyError, ValueError: it is none of ours, or of another version.
    """
    return _facts(properties_of(model))


def properties_of(model: Any) -> dict[str, str]:
    """Return ONNX metadata as OpenVINO keeps it: below `framework` in the model's runtime information."""
    info = model.get_rt_info()["framework"]
    return {key: str(info[key].astype(str)) if hasattr(info[key], "astype") else str(info[key]) for key in info}


def _facts(properties: dict[str, str]) -> ModelFacts:
    if properties["format"] != FORMAT:
        raise ValueError(f"format {properties['format']!r}, expected {FORMAT!r}")
    names = tuple(json.loads(properties["classes"]))
    strange = [name for name in names if name not in vocabulary()]
    if strange:
        raise ValueError(f"unknown classes {strange[:3]}")
    space = float(properties["staff_space_px"])
    return ModelFacts(
        names=names,
        staff_space_px=space,
        thin_side_px=float(properties["thin_side_sp"]) * space,
        typical_sides_px=np.array(json.loads(properties["typical_sides_sp"]), dtype=np.float64) * space,
        training=json.loads(properties["training"]),
        sources=tuple(json.loads(properties["sources"])),
        least_scores=json.loads(properties.get("least_scores", "{}")),
    )
