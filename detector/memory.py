"""How much memory a training step needs, and the largest batch that fits.

    python -m detector.memory STORE ... [--recipe training] [--classes harmony] [--limit-gb 8] [--pages 640]

Prints, for every crop size of the recipe and for both assigners, what a step of the recipe's batch holds; with a limit
also the largest batch that stays below it. The truth is counted on crops drawn from the stores as training draws them
(with `--pages` on whole pages shrunk to that side), and the padded length is that of the fullest crop in `--steps`
steps, not of a mean one. The formulas and what they were checked against: `detector.step_memory`, docs/memory.md.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from detector.classes import class_names
from detector.pages.instances import InstanceTable, crop_instances, page_instances
from detector.pages.store import read_store
from detector.pages.truth import stored_symbols
from detector.step_memory import Assigner, Device, NetworkMemory, StepMemory, StepSize, TruthSize, step_memory
from detector.text_table import markdown
from detector.training.network import as_input, build_network, silence_ultralytics
from detector.training.recipe import BatchShape, Recipe, read_recipe

ASSIGNERS: tuple[Assigner, Assigner] = ("dense", "sparse")
#: No search beyond this many crops.
_MOST_CROPS = 1 << 20
_GB = 1e9


@dataclass(frozen=True)
class Plan:
    """A step before its batch is chosen: the network at one crop size, and what the crops hold."""

    network: NetworkMemory
    shape: BatchShape
    classes: int
    instances: InstanceTable
    steps: int = 1000
    device: Device = "cpu"

    def truth(self, crops: int) -> TruthSize:
        """What the fullest batch of all steps is expected to hold."""
        return self.instances.of_batch(crops, self.steps)

    def step(self, crops: int, assigner: Assigner) -> StepMemory:
        """The step's memory with `crops` crops."""
        size = StepSize(crops, self.shape.height_px, self.shape.width_px, self.classes)
        return step_memory(self.network, size, self.truth(crops), assigner, self.device)

    def largest_batch(self, limit_bytes: float, assigner: Assigner) -> int:
        """The largest number of crops whose step stays within `limit_bytes`; 0 when not even one fits."""
        return largest(lambda crops: self.step(crops, assigner).total <= limit_bytes)


def largest(fits: Callable[[int], bool], most: int = _MOST_CROPS) -> int:
    """Return the largest count up to `most` that fits, given that everything below a fitting count fits too."""
    low, high = 0, 1
    while high <= most and fits(high):
        low, high = high, 2 * high
    high = min(high, most + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def count_network(yaml_name: str, class_count: int, height_px: int, width_px: int) -> NetworkMemory:
    """Run one and two crops forward on the CPU and count what is kept for the backward pass.

    `silence_ultralytics` must have run. The count is of tensors, so it holds for a GPU as well.
    """
    model = build_network(yaml_name, class_count).train()
    one, two = (_held_bytes(model, torch.zeros(n, height_px, width_px, dtype=torch.uint8)) for n in (1, 2))
    parameters = sum(value.numel() for value in model.parameters())
    buffers = sum(value.numel() for value in model.buffers() if value.dtype.is_floating_point)
    return NetworkMemory(parameters, buffers, max(0, 2 * one - two), two - one)


def _held_bytes(model: nn.Module, images: torch.Tensor) -> int:
    """Return the bytes of all storages that the backward pass or the loss will read, the model's own left out."""
    own = {value.untyped_storage().data_ptr() for value in [*model.parameters(), *model.buffers()]}
    held: dict[int, int] = {}

    def note(value: torch.Tensor) -> torch.Tensor:
        storage = value.untyped_storage()
        held[storage.data_ptr()] = storage.nbytes()
        return value

    pictures = as_input(images)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda value: value), torch.autocast("cpu", torch.bfloat16):
        outputs = model(pictures)
    for value in _tensors(outputs):
        note(value)
    own.add(pictures.untyped_storage().data_ptr())
    return sum(size for place, size in held.items() if place not in own)


def _tensors(outputs: Any) -> Iterable[torch.Tensor]:
    if isinstance(outputs, torch.Tensor):
        yield outputs
    elif isinstance(outputs, dict):
        yield from _tensors(list(outputs.values()))
    elif isinstance(outputs, list | tuple):
        for value in outputs:
            yield from _tensors(value)


def rows(plan: Plan, limit_gb: float | None) -> list[dict[str, str]]:
    """Return a table row for each assigner: the recipe's batch, and the largest one within a limit."""
    made = []
    for assigner in ASSIGNERS:
        crops = plan.shape.crops
        memory, truth = plan.step(crops, assigner), plan.truth(crops)
        row = {
            "crop px": f"{plan.shape.height_px} x {plan.shape.width_px}",
            "crops": str(crops),
            "assigner": assigner,
            "fullest crop": str(truth.padded),
            "weights GB": f"{memory.resident / _GB:.3f}",
            "forward GB": f"{memory.forward / _GB:.3f}",
            "assigner GB": f"{memory.assigner / _GB:.3f}",
            "total GB": f"{memory.total / _GB:.3f}",
            "most at": memory.moment,
        }
        if limit_gb is not None:
            row[f"fit in {limit_gb:g} GB"] = str(plan.largest_batch(limit_gb * _GB, assigner))
        made.append(row)
    return made


def _plans(options: argparse.Namespace, recipe: Recipe) -> Iterable[Plan]:
    names = class_names(recipe.classes)
    pages = [page for store in options.store for page in read_store(store)]
    symbols = [stored_symbols(page) for page in pages] if options.pages else []
    whole = page_instances(symbols, names, options.pages) if options.pages else None
    shapes = recipe.batches if whole is None else (BatchShape(options.pages, options.pages, 32, 1.0),)
    for shape in shapes:
        wanted = replace(shape, crops=options.crops or shape.crops)
        table = crop_instances(pages, names, recipe, shape, options.sample) if whole is None else whole
        network = count_network(recipe.network, len(names), shape.height_px, shape.width_px)
        yield Plan(network, wanted, len(names), table, options.steps, options.device)


def main() -> None:
    """Command line: predict and propose."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", type=Path, nargs="+", help="folders of training pages (detector.pages.store)")
    parser.add_argument("--recipe", default="training", help="YAML file or name in configs/")
    parser.add_argument("--classes", help="filter instead of the recipe's")
    parser.add_argument("--network", help="network instead of the recipe's")
    parser.add_argument("--crops", type=int, help="batch instead of the recipe's")
    parser.add_argument(
        "--pages", type=int, metavar="PX", help="whole pages of this side, 32 a batch, instead of crops"
    )
    parser.add_argument("--limit-gb", type=float, help="propose the largest batch within this many GB (1e9 bytes)")
    parser.add_argument("--steps", type=int, default=1000, help="steps whose fullest crop must fit")
    parser.add_argument("--sample", type=int, default=300, help="crops drawn to learn how full they are")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where training will run")
    options = parser.parse_args()
    recipe = read_recipe(options.recipe, classes=options.classes, network=options.network)
    with tempfile.TemporaryDirectory() as folder:
        silence_ultralytics(Path(folder))
        table = [row for plan in _plans(options, recipe) for row in rows(plan, options.limit_gb)]
    print(markdown(table))


if __name__ == "__main__":
    main()
