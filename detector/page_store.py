"""Training pages on disk, ready to be cut: one raw grey array and one table of labels a page."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from notation.boxes import FloatArray, IntArray
from notation.page import GreyImage, LabelledPage


@dataclass(frozen=True)
class StoredPage:
    """One page: where its pixels lie, and its symbols as vocabulary ids.

    Attributes:
        image_path: an uncompressed `.npy`, uint8 (H, W), mapped and not read, so a crop costs only its own bytes.
        boxes: float64 (N, 5), page pixels.
        class_ids: int64 (N,), vocabulary ids.
        space_px: staff space of the page.
    """

    image_path: Path
    boxes: FloatArray
    class_ids: IntArray
    space_px: float
    piece: str

    def pixels(self) -> GreyImage:
        """Map the picture; raises `OSError` when the file is gone."""
        mapped: NDArray[np.uint8] = np.load(self.image_path, mmap_mode="r")
        return mapped


def write_store(folder: Path, pages: Iterable[LabelledPage], first: int = 0) -> int:
    """Add pages to a store, numbered from `first`; pages without staves are left out. Returns the next number."""
    folder.mkdir(parents=True, exist_ok=True)
    number = first
    for page in pages:
        if not page.reading.staves:
            continue
        symbols = page.reading.symbols
        space = float(np.median([staff.space_px for staff in page.reading.staves]))
        np.save(folder / f"{number:05d}.npy", np.ascontiguousarray(page.image))
        np.savez(folder / f"{number:05d}.npz", boxes=symbols.boxes, class_ids=symbols.class_ids)
        about = {"space_px": space, "piece": page.piece, "number": page.number, **page.notes}
        (folder / f"{number:05d}.json").write_text(json.dumps(about), encoding="utf-8")
        number += 1
    return number


def read_store(folder: Path) -> list[StoredPage]:
    """Return the pages of a store by number; raises `FileNotFoundError` when there is none."""
    pages = [_read(path) for path in sorted(folder.glob("*.json"))]
    if not pages:
        raise FileNotFoundError(f"no training pages in {folder}")
    return pages


def _read(path: Path) -> StoredPage:
    about = json.loads(path.read_text(encoding="utf-8"))
    table = np.load(path.with_suffix(".npz"))
    return StoredPage(path.with_suffix(".npy"), table["boxes"], table["class_ids"], about["space_px"], about["piece"])
