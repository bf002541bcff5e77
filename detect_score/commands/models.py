"""List the shipped models and how each is named: size, classes, training, and where the file lies."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from notation.errors import WeightsError

if TYPE_CHECKING:
    from detector.model_record import ModelRecord


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("model", nargs="?", help="print all that this model says about its training")


def run(options: argparse.Namespace) -> int:
    """Print a line a shipped model, or everything that one file says about itself; return 0."""
    from detector.model_record import record_of
    from detector.weights_file import WATERSHED, find_weights, shipped_models, weights_path

    if options.model:
        print(json.dumps(_document(record_of(find_weights(options.model))), indent=1))
        return 0
    records = {f"--weights {name}": record_of(find_weights(name)) for name in shipped_models()}
    if weights_path(WATERSHED).is_file():
        records["--detector dwd"] = record_of(weights_path(WATERSHED))
    if not records:
        raise WeightsError("no models are shipped with this installation")
    for option, one in records.items():
        training = f"{one.minutes:.0f} minutes of training"
        print(f"{one.file.stem}: {option}, {one.megabytes:.1f} MB, {len(one.classes)} classes, {training}, {one.file}")
    return 0


def _document(record: ModelRecord) -> dict[str, Any]:
    return {
        "file": str(record.file),
        "detector": record.detector,
        "megabytes": record.megabytes,
        "classes": list(record.classes),
        "staff_space_px": record.staff_space_px,
        "training": dict(record.training),
        "sources": list(record.sources),
    }
