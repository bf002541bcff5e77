"""Train a detector from scratch on a dataset of `detect-score synth`; resumable, on a CPU or with CUDA."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from notation.errors import ConfigurationError


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("dataset", type=Path, help="folder of `detect-score synth`; trains on train, watches val")
    parser.add_argument(
        "--run", dest="run_folder", type=Path, required=True, help="run folder: checkpoints, log, model"
    )
    parser.add_argument(
        "--recipe", default="training", help="name in configs/ or a YAML file: of YOLO (default: training), `watershed`"
    )
    parser.add_argument("--minutes", type=float, help="time budget; the learning rate ends with it")
    parser.add_argument("--device", default="cpu", help="cpu (default), cuda, cuda:1")
    parser.add_argument("--resume", action="store_true", help="go on from the run folder's last checkpoint")


def run(options: argparse.Namespace) -> int:
    """Train, then write RUN/model.onnx; return 0."""
    try:
        from detector.training.run import train_on_dataset
    except ImportError as error:
        raise ConfigurationError(f"training needs {error.name}: pip install 'detect-score[train]'") from None
    model = train_on_dataset(
        options.dataset, options.run_folder, options.recipe, options.minutes, options.device, options.resume
    )
    print(f"wrote {model}", file=sys.stderr)
    return 0
