"""A whole training run on a data set of `synth.dataset`: pages to a store, training, one ONNX file at the end."""

from __future__ import annotations

import shutil
from pathlib import Path

from detector.pages.store import write_store
from detector.training.export import export_run
from detector.training.recipe import read_recipe
from detector.training.trainer import Trainer
from notation.errors import InputError
from notation.files import read_json
from synth.dataset import read_pages

MODEL = "model.onnx"


def train_on_dataset(
    dataset: Path, run: Path, recipe: str = "training", minutes: float | None = None, device: str = "cpu",
    resume: bool = False,
) -> Path:  # fmt: skip
    """Train on the train split of `dataset`, watch its val split, and return the path of the exported model.

    Arguments:
        dataset: folder of `synth.dataset.write_dataset`.
        run: run folder; its `store/` holds the pages as arrays, made once.
        recipe: YAML file, or the name of one in `configs/`.
        minutes: time budget of the run as a whole, resumed parts included; the recipe's where not given.
        device: as torch names it.
        resume: go on from the run's last checkpoint.

    Raises:
        InputError: the data set is missing, or a split has no page.
        ConfigurationError: the recipe is not legal.
        WeightsError: there is no checkpoint to resume from.
    """
    plan = read_recipe(recipe) if minutes is None else read_recipe(recipe, minutes=minutes)
    stores = {split: _store(dataset, run / "store" / split, split) for split in ("train", "val")}
    trainer = Trainer(plan, [stores["train"]], stores["val"], run, device)
    if resume:
        trainer.resume()
    trainer.train()
    return export_run(run, run / MODEL, _sources(dataset))


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
