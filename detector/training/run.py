"""A whole training run on a data set of `synth.dataset`: pages to a store, training, one ONNX file at the end."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeAlias

from detector.pages.store import write_store
from detector.training.export import export_run
from detector.training.recipe import read_recipe
from detector.training.trainer import Trainer
from detector.watershed.recipe import is_watershed_recipe, read_watershed_recipe
from notation.errors import InputError
from notation.files import read_json
from synth.dataset import read_pages

MODEL = "model.onnx"
_Export: TypeAlias = Callable[[Path, Path, list[str]], Path]


class _Trainer(Protocol):
    """What all trainers do."""

    def resume(self) -> None:
        """Go on from the last checkpoint."""

    def train(self) -> None:
        """Train until the budget is spent."""


def train_on_dataset(
    dataset: Path, run: Path, recipe: str = "training", minutes: float | None = None, device: str = "cpu",
    resume: bool = False,
) -> Path:  # fmt: skip
    """Train on the train split of `dataset`, and return the path of the exported model.

    Arguments:
        dataset: folder of `synth.dataset.write_dataset`.
        run: run folder; its `store/` holds the pages as arrays, made once.
        recipe: YAML file, or the name of one in `configs/`: of YOLO, which also watches the val split, or of a
            watershed detector.
        minutes: time budget of the run as a whole, resumed parts included; the recipe's where not given.
        device: as torch names it.
        resume: go on from the run's last checkpoint.

    Raises:
        InputError: the data set is missing, or a split has no page.
        ConfigurationError: the recipe is not legal.
        WeightsError: there is no checkpoint to resume from.
    """
    make = _watershed if is_watershed_recipe(recipe) else _yolo
    trainer, export = make(dataset, run, recipe, minutes, device)
    if resume:
        trainer.resume()
    trainer.train()
    return export(run, run / MODEL, _sources(dataset))


def _yolo(dataset: Path, run: Path, recipe: str, minutes: float | None, device: str) -> tuple[_Trainer, _Export]:
    plan = read_recipe(recipe, minutes=minutes)
    stores = {split: _store(dataset, run / "store" / split, split) for split in ("train", "val")}
    return Trainer(plan, [stores["train"]], stores["val"], run, device), export_run


def _watershed(dataset: Path, run: Path, recipe: str, minutes: float | None, device: str) -> tuple[_Trainer, _Export]:
    from detector.watershed.export import export_run as export_watershed
    from detector.watershed.training import WatershedTrainer

    plan = read_watershed_recipe(recipe, minutes=minutes)
    store = _store(dataset, run / "store" / "train", "train")
    return WatershedTrainer(plan, [store], run, device), export_watershed


def _store(dataset: Path, folder: Path, split: str) -> Path:
    """Return the folder with a split's pages as arrays; a store that was cut short is made anew."""
    if folder.is_dir():
        return folder
    growing = folder.with_name(folder.name + ".part")
    shutil.rmtree(growing, ignore_errors=True)
    if not (dataset / "pieces").is_dir():
        raise InputError(f"{dataset}: is no data set of `detect-score synth`")
    if not write_store(growing, read_pages(dataset, "train" if split == "train" else "val")):
        raise InputError(f"{dataset}: has no {split} pages; engrave more pieces")
    growing.rename(folder)
    return folder


def _sources(dataset: Path) -> list[str]:
    path = dataset / "attribution.json"
    document = read_json(path) if path.is_file() else {}
    return sorted(document) if isinstance(document, dict) else []
