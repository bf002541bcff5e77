"""The options that every command has which reads pages: which weights, and how much is spent on a page."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detector.reader import Detector


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Add --weights, --fast and --accurate."""
    parser.add_argument(
        "--weights",
        metavar="MODEL",
        action="append",
        help="a model of `detect-score models` or an ONNX file; given several times, their views are fused",
    )
    effort = parser.add_mutually_exclusive_group()
    effort.add_argument("--fast", dest="effort", action="store_const", const="fast", help="coarser, in less time")
    effort.add_argument(
        "--accurate", dest="effort", action="store_const", const="accurate", help="look twice, in more time"
    )
    parser.set_defaults(effort="default")


def load_detector(options: argparse.Namespace, least_scores: Mapping[str, float] | None = None) -> Detector:
    """Load what the options name; `least_scores` as in `Detector.load`."""
    from detector.reader import Detector  # loads the network's runtime: not before the paths are known to be usable
    from detector.settings import EFFORTS

    return Detector.load(options.weights, least_scores=least_scores, settings=EFFORTS[options.effort])
