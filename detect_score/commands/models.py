"""List the models that can be named with --weights: size, classes, training, and where the file lies."""

from __future__ import annotations

import argparse


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("model", nargs="?", help="print this model's whole training record")


def run(options: argparse.Namespace) -> int:
    """Print the table or one record; return 0."""
    from detector.weights import describe, shipped

    if options.model:
        print(describe(options.model))
        return 0
    for line in shipped():
        print(line)
    return 0
