"""What a model file says about itself, whichever of our detectors it belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.watershed.reader import FORMAT as WATERSHED_FORMAT
from detector.weights_file import DEFAULT_WEIGHTS, WATERSHED, find_weights, properties_of
from detector.weights_file import FORMAT as YOLO_FORMAT
from notation.errors import WeightsError

#: The detector that a file's format belongs to, by its name in `detector.registry`.
_DETECTORS = {YOLO_FORMAT: "yolo", WATERSHED_FORMAT: "dwd"}


@dataclass(frozen=True)
class ModelRecord:
    """What one file says.

    Attributes:
        file: where it lies.
        detector: `yolo`, `dwd` or `s2anet`.
        classes: names of the classes that the network tells apart.
        staff_space_px: staff space that pages are scaled to.
        training: steps, minutes and the resolved recipe of the last stage, and the records of `earlier stages`.
        sources: what the training pages were made from, with licences.
    """

    file: Path
    detector: str
    classes: tuple[str, ...]
    staff_space_px: float
    training: Mapping[str, Any]
    sources: tuple[str, ...]

    @property
    def megabytes(self) -> float:
        """Size of the file, 10**6 bytes."""
        return self.file.stat().st_size / 1e6

    @property
    def minutes(self) -> float:
        """Wall time of training, all stages together."""
        return float(sum(stage.get("minutes", 0) for stage in self._stages))

    @property
    def steps(self) -> int:
        """Training steps of all stages together."""
        return int(sum(stage.get("steps", 0) for stage in self._stages))

    @property
    def _stages(self) -> list[Mapping[str, Any]]:
        return [*self.training.get("earlier stages", []), self.training]


def model_file(name: str) -> Path | None:
    """Return the file behind a name of `detector.registry`, where it is a model of ours.

    Raises:
        WeightsError: there is no such file.
    """
    shipped = {"yolo": DEFAULT_WEIGHTS, "dwd": WATERSHED}
    return find_weights(shipped.get(name, name)) if name in shipped or name.endswith(".onnx") else None


def record_of(path: Path) -> ModelRecord:
    """Read what a file says about itself, without loading its network.

    Raises:
        WeightsError: it is no model of this version.
    """
    import openvino

    try:
        told = properties_of(openvino.Core().read_model(path))
        return ModelRecord(
            path,
            _DETECTORS[told["format"]],
            tuple(json.loads(told["classes"])),
            float(told["staff_space_px"]),
            json.loads(told["training"]),
            tuple(json.loads(told["sources"])),
        )
    except (RuntimeError, KeyError, ValueError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise WeightsError(f"{path}: not a detector model of this version ({reason})") from error
