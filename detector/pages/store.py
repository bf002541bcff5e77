"""Training pages on disk, ready to be cut: one raw grey array and one table of labels a page.

`python -m detector.pages.store STORE ...` prints how many pages there are and how often each class stands on them.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from notation.boxes import FloatArray, IntArray
from notation.page import GreyImage, LabelledPage
from notation.vocabulary import vocabulary


def no_places() -> FloatArray:
    """Return an empty list of points, (0, 2)."""
    return np.zeros((0, 2))


@dataclass(frozen=True)
class StoredPage:
    """One page: where its pixels lie, and its symbols as vocabulary ids.

    Attributes:
        image_path: an uncompressed `.npy`, uint8 (H, W), mapped and not read, so a crop costs only its own bytes.
        boxes: float64 (N, 5), page pixels.
        class_ids: int64 (N,), vocabulary ids.
        space_px: staff space of the page.
        mistakes: float64 (M, 2), page pixels, where a detector saw what is not there (`detector.pages.scan_store`).
        is_scan: whether it is worn already.
    """

    image_path: Path
    boxes: FloatArray
    class_ids: IntArray
    space_px: float
    piece: str
    mistakes: FloatArray = field(default_factory=no_places)
    is_scan: bool = False

    def pixels(self) -> GreyImage:
        """Map the picture; raises `OSError` when the file is gone."""
        mapped: NDArray[np.uint8] = np.load(self.image_path, mmap_mode="r")
        return mapped


def write_store(folder: Path, pages: Iterable[LabelledPage], first: int = 0) -> int:
    """Add pages to a store, numbered from `first`; pages without staves are left out. Returns the next number."""
    number = first
    for page in pages:
        if not page.reading.staves:
            continue
        space = float(np.median([staff.space_px for staff in page.reading.staves]))
        symbols = page.reading.symbols
        about = {"piece": page.piece, "number": page.number, **page.notes}
        write_page(folder, number, page.image, symbols.boxes, symbols.class_ids, space, about)
        number += 1
    return number


def write_page(
    folder: Path,
    number: int,
    image: GreyImage,
    boxes: FloatArray,
    class_ids: IntArray,
    space_px: float,
    about: Mapping[str, object],
    mistakes: FloatArray | None = None,
) -> None:
    """Put one page into a store; see `StoredPage`. `about` holds `piece`, and what else should be remembered."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{number:05d}.npy", np.ascontiguousarray(image))
    np.savez(
        folder / f"{number:05d}.npz",
        boxes=boxes,
        class_ids=class_ids,
        mistakes=no_places() if mistakes is None else mistakes,
    )
    text = json.dumps({"space_px": space_px, **about})
    (folder / f"{number:05d}.json").write_text(text, encoding="utf-8")


def read_store(folder: Path) -> list[StoredPage]:
    """Return the pages of a store by number; raises `FileNotFoundError` when there is none."""
    pages = [_read(path) for path in sorted(folder.glob("*.json"))]
    if not pages:
        raise FileNotFoundError(f"no training pages in {folder}")
    return pages


def class_counts(pages: Iterable[StoredPage]) -> Counter[str]:
    """Return how often each class stands on the pages."""
    names = {one.id: one.name for one in vocabulary()}
    return Counter(names[int(number)] for page in pages for number in page.class_ids)


def _read(path: Path) -> StoredPage:
    about = json.loads(path.read_text(encoding="utf-8"))
    table = np.load(path.with_suffix(".npz"))
    return StoredPage(
        path.with_suffix(".npy"),
        table["boxes"],
        table["class_ids"],
        about["space_px"],
        about["piece"],
        table.get("mistakes", no_places()),  # stores of the first stages have none
        about.get("is_scan", False),
    )


def main() -> None:
    """Command line: count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path, nargs="+")
    pages = [page for store in parser.parse_args().store for page in read_store(store)]
    print(f"{len(pages)} pages, {sum(len(page.class_ids) for page in pages)} symbols")
    for name, count in class_counts(pages).most_common():
        print(f"{count:8d}  {name}")


if __name__ == "__main__":
    main()
