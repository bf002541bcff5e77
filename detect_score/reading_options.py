"""The options that every command has which reads pages: which detector, and how much is spent on a page."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from notation.errors import ConfigurationError

if TYPE_CHECKING:
    from detector.protocol import PageDetector


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Add --detector, --weights, --fast and --accurate."""
    parser.add_argument(
        "--detector",
        metavar="NAME",
        default="yolo",
        help="yolo (default), dwd, s2anet, an ONNX file, weights of S2ANet (.pth), a proposals file (.json), "
        "module:function or FILE.py:function; see docs/detectors.md",
    )
    parser.add_argument(
        "--weights",
        metavar="MODEL",
        action="append",
        help="a model of `detect-score models` or an ONNX file; given several times, their views are fused",
    )
    effort = parser.add_mutually_exclusive_group()
    effort.add_argument("--fast", dest="effort", action="store_const", const="fast", help="coarser, in less time")
    effort.add_argument(
        "--accurate", dest="effort", action="store_const", const="accurate", help="look again where bars do not add up"
    )
    parser.set_defaults(effort="default")


def load_detector(options: argparse.Namespace, least_scores: Mapping[str, float] | None = None) -> PageDetector:
    """Load what the options name; `least_scores` as in `Detector.load`.

    Raises:
        ConfigurationError: there is no such detector, or weights are named for one that has its own.
    """
    from detect_score.rereading import Rereader
    from detector import registry  # loads the network's runtime: not before the paths are known to be usable
    from detector.reader import Detector
    from detector.settings import EFFORTS

    wish = registry.Wish(tuple(options.weights or ()), least_scores, EFFORTS[options.effort])
    if options.weights and options.detector != "yolo":
        raise ConfigurationError("--weights are those of --detector yolo; name either of them")
    detector = registry.load_detector(options.detector, wish)
    return Rereader(detector) if wish.settings.again and isinstance(detector, Detector) else detector
