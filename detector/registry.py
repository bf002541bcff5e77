"""Detectors by name: whatever finds symbols on a page can stand in the place of ours.

A detector is an object with a method `read(image, progress=None, source="") -> Reading`: a uint8 (height, width) page
in, symbols and staff lines in its pixels out. `docs/detectors.md` shows how to add one in a file of your own.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from detector.proposals import ProposalsDetector
from detector.protocol import PageDetector
from detector.reader import Detector
from detector.s2anet.reader import S2ANetDetector
from detector.settings import DEFAULT, Settings
from detector.watershed.reader import LEAST_SCORE, WatershedDetector, is_watershed
from detector.weights_file import WATERSHED, find_weights
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
        name: `yolo` for the shipped model, `dwd` for the shipped Deep Watershed Detector, `s2anet` for S2ANet through
            mmrotate, an ONNX file that this project exported, S2ANet's weights (`.pth`), a DeepScoresV2 proposals file
            (`.json`) of one page, or `module:function` or `FILE.py:function` for a function that takes a `Wish` and
            returns a detector.
        wish: thresholds and effort.

    Raises:
        ConfigurationError: there is no such detector, the function is not there, or mmrotate is missing.
        WeightsError: the file is missing or not one of ours.
        InputError, FormatError: the proposals cannot be read.
    """
    wish = wish or Wish()
    if name == "yolo":
        return Detector.load(wish.weights or None, least_scores=wish.least_scores, settings=wish.settings)
    if name == "dwd":
        return _from_weights(find_weights(WATERSHED), wish)
    if name == "s2anet" or name.endswith(".pth"):
        least_score = (wish.least_scores or {}).get("*")
        weights = None if name == "s2anet" else name
        return S2ANetDetector.load(weights, least_score=least_score, settings=wish.settings)
    if name.endswith(".onnx"):
        return _from_weights(Path(name), wish)
    if name.endswith(".json"):
        return ProposalsDetector.load(Path(name))
    if ":" in name:
        return _from_function(name, wish)
    raise ConfigurationError(
        f"{name}: no such detector; expected yolo, dwd, s2anet, an .onnx or .pth file, a proposals .json file, "
        "module:function or FILE.py:function"
    )


def _from_weights(path: Path, wish: Wish) -> PageDetector:
    if path.is_file() and is_watershed(path):
        return WatershedDetector.load(path, least_score=(wish.least_scores or {}).get("*", LEAST_SCORE))
    return Detector.load(path, least_scores=wish.least_scores, settings=wish.settings)


def _from_function(name: str, wish: Wish) -> PageDetector:
    module_name, _, function_name = name.rpartition(":")
    try:
        make = getattr(_module(module_name), function_name)
    except (ImportError, OSError, SyntaxError, AttributeError) as error:
        raise ConfigurationError(f"{name}: cannot be imported ({error})") from error
    made: PageDetector = make(wish)
    if not callable(getattr(made, "read", None)):
        raise ConfigurationError(f"{name}: expected an object with a method `read`, got {type(made).__name__}")
    return made


def _module(name: str) -> ModuleType:
    """Import a module by its name, or a file wherever it lies."""
    if not name.endswith(".py"):
        return importlib.import_module(name)
    spec = spec_from_file_location(Path(name).stem, name)
    if spec is None or spec.loader is None:
        raise ImportError(f"{name} is no Python file")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
