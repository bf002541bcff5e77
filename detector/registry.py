"""Detectors by name: whatever finds symbols on a page can stand in the place of ours.

A detector is an object with a method `read(image, progress=None, source="") -> Reading`: a uint8 (height, width) page
in, symbols and staff lines in its pixels out. `docs/detectors.md` shows how to add one in a file of your own.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from detector.proposals import ProposalsDetector
from detector.protocol import PageDetector
from detector.reader import Detector
from detector.settings import DEFAULT, Settings
from detector.watershed.reader import LEAST_SCORE, WatershedDetector, is_watershed
from notation.errors import ConfigurationError


@dataclass(frozen=True)
class Wish:
    """What the caller asks of any detector; one that cannot grant it may ignore it.

    Attributes:
        weights: models in the place of the shipped one, for `yolo`; views of several are fused.
        least_scores: thresholds by class name, the key `*` for all others; None for the detector's own.
        settings: how much is spent on a page.
    """

    weights: tuple[str, ...] = ()
    least_scores: Mapping[str, float] | None = None
    settings: Settings = DEFAULT


def load_detector(name: str, wish: Wish | None = None) -> PageDetector:
    """Return a detector.

    Args:
        name: `yolo` for the shipped model, an ONNX file that this project exported, a DeepScoresV2 proposals file
            (`.json`) of one page, or `module:function` for a function that takes a `Wish` and returns a detector.
        wish: thresholds and effort.

    Raises:
        ConfigurationError: there is no such detector, or the function is not there.
        WeightsError: the file is missing or not one of ours.
        InputError, FormatError: the proposals cannot be read.
    """
    wish = wish or Wish()
    if name == "yolo":
        return Detector.load(wish.weights or None, least_scores=wish.least_scores, settings=wish.settings)
    if name.endswith(".onnx"):
        return _from_weights(Path(name), wish)
    if name.endswith(".json"):
        return ProposalsDetector.load(Path(name))
    if ":" in name:
        return _from_function(name, wish)
    raise ConfigurationError(
        f"{name}: no such detector; expected yolo, an .onnx file, a proposals .json file, or module:function"
    )


def _from_weights(path: Path, wish: Wish) -> PageDetector:
    if path.is_file() and is_watershed(path):
        return WatershedDetector.load(path, least_score=(wish.least_scores or {}).get("*", LEAST_SCORE))
    return Detector.load(path, least_scores=wish.least_scores, settings=wish.settings)


def _from_function(name: str, wish: Wish) -> PageDetector:
    module_name, _, function_name = name.partition(":")
    try:
        make = getattr(importlib.import_module(module_name), function_name)
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(f"{name}: cannot be imported ({error})") from error
    made: PageDetector = make(wish)
    if not callable(getattr(made, "read", None)):
        raise ConfigurationError(f"{name}: expected an object with a method `read`, got {type(made).__name__}")
    return made
