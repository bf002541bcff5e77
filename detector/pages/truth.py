"""Labels of pages without their pictures: what counting needs, from a store, a data set or a DeepScoresV2 file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from detector.pages.store import StoredPage, read_store
from notation.deepscores import read_deepscores
from notation.symbols import Symbols
from notation.vocabulary import vocabulary


def read_truth(path: Path) -> dict[str, Symbols]:
    """Return the symbols of every page by the page's name.

    Args:
        path: a store (`detector.pages.store`), a folder with `deepscores_*.json` (`synth.dataset`), or one such file.

    Raises:
        FileNotFoundError: there is nothing of the kind.
    """
    if path.suffix == ".json":
        return _of_file(path)
    files = sorted(path.glob("deepscores_*.json"))
    if files:
        return {name: symbols for file in files for name, symbols in _of_file(file).items()}
    return {page.image_path.stem: stored_symbols(page) for page in read_store(path)}


def stored_symbols(page: StoredPage) -> Symbols:
    """Return a stored page's labels, sorted."""
    height_px, width_px = page.pixels().shape
    return Symbols.of(page.boxes, page.class_ids, width_px=width_px, height_px=height_px)[0]


def of_classes(symbols: Symbols, names: Sequence[str]) -> Symbols:
    """Return the symbols whose class is among `names`."""
    wanted = np.array([vocabulary().id_of(name) for name in names], dtype=np.int64)
    return symbols.select(np.flatnonzero(np.isin(symbols.class_ids, wanted)))


def _of_file(path: Path) -> dict[str, Symbols]:
    pages, _ = read_deepscores(path)
    return {page.reading.source or f"image {page.image_id}": page.reading.symbols for page in pages}
