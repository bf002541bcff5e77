"""What class filters do to the number of boxes and to the assigner's memory.

    python -m detector.pages.filters STORE|DATASET|FILE.json ... [--filters full harmony] [--crop 640] [--crops 4]

Two tables. Whole pages, 32 a batch, shrunk to 640 px, is how the YOLO12 report trained; beside our prediction of the
dense assigner stands the report's own estimate (boxes x cells x classes x 4 bytes, with the mean number of boxes).
Crops, drawn as the recipe draws them (stores only), is how `detector.training.trainer` trains.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.classes import class_names
from detector.pages.instances import InstanceTable, crop_instances, page_instances
from detector.pages.store import StoredPage, read_store
from detector.pages.truth import read_truth
from detector.step_memory import StepSize, assigner_bytes
from detector.text_table import markdown
from detector.training.recipe import BatchShape, read_recipe
from notation.symbols import Symbols

FILTERS = ("full", "reader", "deepscores", "harmony", "noteheads")
_GB = 1e9


@dataclass(frozen=True)
class Batching:
    """How pictures come to the network, and the steps among which the fullest counts."""

    crops: int
    height_px: int
    width_px: int
    steps: int = 1000

    @property
    def title(self) -> str:
        """Such as `32 of 640 x 640`."""
        return f"{self.crops} of {self.height_px} x {self.width_px}"


def filter_row(name: str, table: InstanceTable, batching: Batching, everything: float) -> dict[str, str]:
    """Return the row of one filter; `everything` is the mean number of boxes that the first filter leaves."""
    classes = len(class_names(name))
    size = StepSize(batching.crops, batching.height_px, batching.width_px, classes)
    truth = table.of_batch(batching.crops, batching.steps)
    mean, high, most = table.summary()
    report_bytes = batching.crops * mean * size.cells * classes * 4
    return {
        "filter": name,
        "classes": str(classes),
        "boxes, mean": f"{mean:.0f}",
        "99 %": f"{high:.0f}",
        "most": str(most),
        "share": f"{mean / everything:.0%}" if everything else "-",
        f"dense GB, {batching.title}": f"{assigner_bytes('dense', size, truth) / _GB:.3f}",
        "ours GB": f"{assigner_bytes('sparse', size, truth) / _GB:.3f}",
        "report's formula GB": f"{report_bytes / _GB:.3f}",
    }


def page_rows(pages: Sequence[Symbols], filters: Sequence[str], batching: Batching) -> list[dict[str, str]]:
    """Return what the filters leave on whole pages."""
    side_px = max(batching.height_px, batching.width_px)
    return _rows([page_instances(pages, class_names(name), side_px) for name in filters], filters, batching)


def crop_rows(
    pages: Sequence[StoredPage], filters: Sequence[str], recipe_name: str, batching: Batching, sample: int
) -> list[dict[str, str]]:
    """Return what the filters leave on crops of the recipe."""
    shape = BatchShape(batching.height_px, batching.width_px, batching.crops, 1.0)
    tables = []
    for name in filters:
        recipe = read_recipe(recipe_name, classes=name)
        tables.append(crop_instances(pages, class_names(name), recipe, shape, sample))
    return _rows(tables, filters, batching)


def densest(pages: Sequence[Symbols], share: float) -> list[Symbols]:
    """Return this share of the pages, at least one if there is any, those with the most symbols."""
    ordered = sorted(pages, key=len, reverse=True)
    return ordered[: math.ceil(share * len(ordered))]


def _rows(tables: Sequence[InstanceTable], filters: Sequence[str], batching: Batching) -> list[dict[str, str]]:
    everything = tables[0].summary()[0] if tables else 0.0
    return [filter_row(name, table, batching, everything) for name, table in zip(filters, tables, strict=True)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line: one table for pages and, for stores, one for crops."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, nargs="+", help="stores, data sets or DeepScoresV2 files")
    parser.add_argument(
        "--filters", nargs="+", default=FILTERS, help="names in configs/ or YAML files; the first is 100 %%"
    )
    parser.add_argument("--recipe", default="training", help="how crops are drawn")
    parser.add_argument("--crop", type=int, default=640, help="side of a crop, px")
    parser.add_argument("--crops", type=int, default=4, help="crops a batch")
    parser.add_argument("--sample", type=int, default=200, help="crops drawn a filter; 0 leaves the second table out")
    parser.add_argument("--densest", type=float, default=1.0, help="share of the pages to count, the fullest ones")
    options = parser.parse_args(arguments)
    pages = [symbols for source in options.source for symbols in read_truth(source).values()]
    pages = densest(pages, options.densest)
    print(f"{len(pages)} pages\n\n" + markdown(page_rows(pages, options.filters, Batching(32, 640, 640))))
    stores = [source for source in options.source if any(source.glob("*.npz"))]
    if stores and options.sample:
        stored = [page for store in stores for page in read_store(store)]
        batching = Batching(options.crops, options.crop, options.crop)
        rows = crop_rows(stored, options.filters, options.recipe, batching, options.sample)
        print(f"\n{options.sample} crops\n\n" + markdown(rows))


if __name__ == "__main__":
    main()
