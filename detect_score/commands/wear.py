"""Wear a dataset as scanning does: the same pages by one ScoreAug recipe, boxes and staff lines moved along."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from notation.errors import ConfigurationError, InputError, OutputError
from notation.files import write_json

if TYPE_CHECKING:
    from notation.page import LabelledPage
    from scoreaug.recipes import RecipeLike


def add_options(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("dataset", type=Path, help="folder of `detect-score synth`")
    parser.add_argument("folder", type=Path, help="the worn dataset; finished pieces in it are kept")
    parser.add_argument("--recipe", required=True, help="a recipe of scoreaug/recipes.py, such as photocopy")
    parser.add_argument("--strength", type=float, default=1.0, help="1 is usual (default), 2 as bad as scans get")
    parser.add_argument("--seed", type=int, default=0)


def run(options: argparse.Namespace) -> int:
    """Wear every page; return 0."""
    from scoreaug.recipes import recipe
    from synth.dataset import gather, read_pages, records
    from synth.page_files import make_folders, write_page

    wear = recipe(options.recipe)
    if not 0 <= options.strength <= 2:
        raise ConfigurationError(f"expected a strength from 0 to 2, got {options.strength}")
    if options.folder.resolve() == options.dataset.resolve():
        raise OutputError(f"{options.folder}: a worn dataset needs a folder of its own")
    found, pages = records(options.dataset), read_pages(options.dataset)
    make_folders(options.folder)
    for record in tqdm(found, unit="piece", disable=not sys.stderr.isatty()):
        slug = _slug(record)
        done = (options.folder / "pieces" / f"{slug}.json").exists()
        for page_record in record["pages"]:
            page = next(pages)
            if not done:
                name = str(page_record["name"])
                page_record |= write_page(options.folder, name, _worn(page, name, wear, options))
                page_record.pop("areas_px2", None)  # masks stay behind
        if not done:
            write_json(options.folder / "pieces" / f"{slug}.json", record)
    counts = gather(options.folder)
    print(f"{options.folder}: " + ", ".join(f"{count} {split} pages" for split, count in sorted(counts.items())))
    return 0


def _slug(record: dict[str, Any]) -> str:
    """Return the file name of a piece: that of its pages, without the page number."""
    if not record["pages"]:
        raise InputError(f"{record['piece']}: a piece without pages")
    return str(record["pages"][0]["name"]).rsplit("-p", 1)[0]


def _worn(page: LabelledPage, name: str, wear: RecipeLike, options: argparse.Namespace) -> LabelledPage:
    """Return the page worn by a generator of its own, so that a page looks the same in every run."""
    from synth.page_files import digest

    return wear(page, np.random.default_rng([options.seed, int(digest(name), 16)]), options.strength)
