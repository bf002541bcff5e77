"""List the models that can be named with --weights: size, classes, training, and where the file lies."""

from __future__ import annotations

import argparse
import json
from typing import Any

from notation.errors import WeightsError


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("model", nargs="?", help="print all that this model says about its training")


def run(options: argparse.Namespace) -> int:
    """Print a line a shipped model, or everything that one file says about itself; return 0."""
    from detector.weights_file import shipped_models

    if options.model:
        print(json.dumps(_record(options.model), indent=1))
        return 0
    names = shipped_models()
    if not names:
        raise WeightsError("no models are shipped with this installation")
    for name in names:
        record = _record(name)
        print(f"{name}: {record['megabytes']:.1f} MB, {len(record['classes'])} classes, {record['file']}")
    return 0


def _record(name: str) -> dict[str, Any]:
    from detector.reader import Detector
    from detector.weights_file import find_weights

    path = find_weights(name)
    facts = Detector.load(name).facts
    return {
        "file": str(path),
        "megabytes": path.stat().st_size / 1e6,
        "classes": list(facts.names),
        "staff_space_px": facts.staff_space_px,
        "training": facts.training,
        "sources": list(facts.sources),
    }
