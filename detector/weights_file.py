"""The model file: finding it, reading what it says about itself, and running it on OpenVINO."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from notation.boxes import FloatArray
from notation.errors import WeightsError
from notation.page import GreyImage
from notation.vocabulary import vocabulary

DEFAULT_WEIGHTS = "reader"
_FORMAT = "detect-score-detector 1"


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


class Network:
    """A compiled model: one grey tile in, one table of cells out."""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        """Compile `path`; raises `WeightsError` when it is no model of ours."""
        import openvino

        core = openvino.Core()
        try:
            model = core.read_model(path)
            self.facts = _facts(_properties(model))
        except (RuntimeError, KeyError, ValueError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise WeightsError(f"{path}: not a detector model of this version ({reason})") from error
        shape = model.inputs[0].shape
        self.tile_px = (int(shape[2]), int(shape[3]))
        self._compiled = core.compile_model(model, "CPU", _plugin_settings(core, threads))
        self._request = self._compiled.create_infer_request()

    def __call__(self, tile: GreyImage) -> NDArray[np.float32]:
        """Return the table (4 + C + 1, A) of one uint8 tile of exactly `tile_px`; see `detector.decode`."""
        grey = tile.astype(np.float32)[None, None]
        self._request.infer({0: grey}, share_inputs=True)
        table: NDArray[np.float32] = self._request.get_output_tensor(0).data[0]
        return table


def find_weights(name_or_path: str | Path | None) -> Path:
    """Return the model file for a path, the name of a shipped model, or None for the default.

    Raises:
        WeightsError: there is no such file.
    """
    chosen = Path(name_or_path or DEFAULT_WEIGHTS)
    shipped = Path(str(files("detector").joinpath("weights", f"{chosen.name}.onnx")))
    path = chosen if chosen.suffix == ".onnx" else shipped
    if not path.is_file():
        shipped_names = ", ".join(shipped_models()) or "none"
        raise WeightsError(f"{name_or_path or path}: no such weights; shipped are {shipped_names}")
    return path


def shipped_models() -> list[str]:
    """Return the names of the models inside the package."""
    folder = Path(str(files("detector").joinpath("weights")))
    return sorted(path.stem for path in folder.glob("*.onnx")) if folder.is_dir() else []


def _properties(model: Any) -> dict[str, str]:
    """Return ONNX metadata as OpenVINO keeps it: below `framework` in the model's runtime information."""
    info = model.get_rt_info()["framework"]
    return {key: str(info[key].astype(str)) if hasattr(info[key], "astype") else str(info[key]) for key in info}


def _facts(properties: dict[str, str]) -> ModelFacts:
    if properties["format"] != _FORMAT:
        raise ValueError(f"format {properties['format']!r}, expected {_FORMAT!r}")
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


def _plugin_settings(core: Any, threads: int | None) -> dict[str, Any]:
    can = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "bf16" if "BF16" in can else "f32",
        "INFERENCE_NUM_THREADS": threads or len(os.sched_getaffinity(0)),
    }
