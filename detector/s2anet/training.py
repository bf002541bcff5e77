"""Training of S2ANet on page stores: crops are drawn here, mmrotate learns from them in its own environment.

Run as `python -m detector.s2anet.training --store PAGES --run FOLDER [--recipe s2anet_small] [--resume]`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from detector.pages.store import read_store
from detector.s2anet.crops import CropFolder
from detector.s2anet.place import find_python, worker_command, worker_environment
from detector.s2anet.recipe import S2ANetRecipe, read_s2anet_recipe
from notation.errors import DetectScoreError

#: The weights that a run leaves, half precision, everything a reader must know inside.
WEIGHTS = "s2anet.pth"


def draw_crops(recipe: S2ANetRecipe, stores: Sequence[Path], run: Path) -> Path:
    """Fill the run's folder of crops, and write its recipe; returns the folder of crops."""
    run.mkdir(parents=True, exist_ok=True)
    (run / "recipe.json").write_text(json.dumps(recipe.as_dict(), indent=1), encoding="utf-8")
    folder = CropFolder(run / "crops")
    drawn = folder.fill([page for store in stores for page in read_store(store)], recipe)
    print(f"{drawn} of {recipe.crop_count} crops drawn", flush=True)
    return folder.path


def train(run: Path, *, resume: bool = False) -> int:
    """Train on the run's crops until its budget is spent; returns the worker's exit code.

    Raises:
        ConfigurationError: there is no environment with mmrotate.
    """
    options = ["--resume"] if resume else []
    command = worker_command(find_python(), "train", str(run.absolute()), str(run.absolute() / WEIGHTS), *options)
    return subprocess.run(command, env=worker_environment(), check=False).returncode


def main() -> int:
    """Command line of a training run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, nargs="+", required=True, help="folders of pages (detector.pages.store)")
    parser.add_argument("--run", type=Path, required=True, help="run folder")
    parser.add_argument("--recipe", default="s2anet_small", help="YAML file or name in configs/")
    parser.add_argument("--minutes", type=float, help="time budget")
    parser.add_argument("--crops", type=int, help="number of crops")
    parser.add_argument(
        "--only-draw", action="store_true", help="draw the crops and stop, for which no mmrotate is needed"
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint of the run folder")
    options = parser.parse_args()
    try:
        if not options.only_draw:
            find_python()  # before the crops are drawn, which takes minutes
        recipe = read_s2anet_recipe(options.recipe, minutes=options.minutes, crop_count=options.crops)
        draw_crops(recipe, options.store, options.run)
        return 0 if options.only_draw else train(options.run, resume=options.resume)
    except (DetectScoreError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
