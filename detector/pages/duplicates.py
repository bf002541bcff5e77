"""Symbols that are labelled twice: found, reported, and taken out of a store.

    python -m detector.pages.duplicates STORE|DATASET|FILE.json ... [--overlap 0.9] [--pages 10] [--write OUT]

Two boxes of one class are one annotation made twice when all corners lie within half a pixel (`notation` counts these
when it reads foreign files), and nearly the same when they overlap by more than `--overlap`. The report counts both, by
class and by page. `--write` copies stores without the repetitions; the first of each group stays.
"""

from __future__ import annotations

import argparse
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from detector.pages.store import read_store
from detector.pages.truth import read_truth
from detector.text_table import markdown
from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.conversion_report import duplicate_rows
from notation.errors import OutputError
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

#: Oriented overlap from which two boxes of a class are one symbol. Unisons on two stems share a head at 0.8 and less.
SAME_OVERLAP = 0.9


@dataclass(frozen=True)
class Repeats:
    """Rows that repeat an earlier row of their page: int64, `exact` to half a pixel, `near` by overlap; disjoint."""

    exact: IntArray
    near: IntArray

    @property
    def rows(self) -> IntArray:
        """Both, ascending."""
        return np.union1d(self.exact, self.near)


def find_repeats(symbols: Symbols, overlap: float = SAME_OVERLAP) -> Repeats:
    """Return the repetitions among a page's symbols."""
    exact = duplicate_rows(symbols)
    kept = np.setdiff1d(np.arange(len(symbols)), exact)
    near = kept[repeated_rows(symbols.boxes[kept], symbols.class_ids[kept], overlap)]
    return Repeats(exact, near)


def repeated_rows(boxes: FloatArray, class_ids: IntArray, overlap: float) -> IntArray:
    """Return the rows that overlap an earlier row of their class, which is no repetition itself, by more than this."""
    later, earlier, value = geometry.overlapping_pairs(boxes, boxes)
    same = (earlier < later) & (class_ids[later] == class_ids[earlier]) & (value > overlap)
    gone = np.zeros(len(boxes), dtype=bool)
    order = np.argsort(later[same], kind="stable")
    for row, first in zip(later[same][order].tolist(), earlier[same][order].tolist(), strict=True):
        gone[row] |= not gone[first]
    return np.flatnonzero(gone)


def report(pages: Mapping[str, Symbols], overlap: float = SAME_OVERLAP, worst: int = 10) -> str:
    """Return counts of repetitions: in all, by class, and the pages with the most."""
    found = {name: find_repeats(symbols, overlap) for name, symbols in pages.items()}
    total = sum(len(symbols) for symbols in pages.values())
    exact, near = (sum(len(getattr(one, kind)) for one in found.values()) for kind in ("exact", "near"))
    affected = sorted((name for name in found if len(found[name].rows)), key=lambda name: -len(found[name].rows))
    lines = [
        f"{len(pages)} pages, {total} symbols: {exact} repeated within half a pixel, "
        f"{near} more that overlap by more than {overlap:g}; {len(affected)} pages have some"
    ]
    if affected:
        lines += ["", markdown(_class_rows(pages, found)), ""]
        lines += [markdown([_page_row(name, pages[name], found[name]) for name in affected[:worst]])]
    return "\n".join(lines)


def write_clean(store: Path, out: Path, overlap: float = SAME_OVERLAP) -> int:
    """Copy a store without repetitions; returns how many symbols were left out.

    Raises:
        OutputError: `out` holds pages already.
    """
    if any(out.glob("*.npz")):
        raise OutputError(f"{out}: there are pages already")
    out.mkdir(parents=True, exist_ok=True)
    dropped = 0
    for page in read_store(store):
        height_px, width_px = page.pixels().shape
        symbols, order = Symbols.of(page.boxes, page.class_ids, width_px=width_px, height_px=height_px)
        gone = order[find_repeats(symbols, overlap).rows]
        kept = np.setdiff1d(np.arange(len(symbols)), gone)
        stem = page.image_path.stem
        np.savez(out / f"{stem}.npz", boxes=page.boxes[kept], class_ids=page.class_ids[kept])
        for suffix in (".npy", ".json"):
            shutil.copyfile(page.image_path.with_suffix(suffix), out / f"{stem}{suffix}")
        dropped += len(gone)
    return dropped


def _class_rows(pages: Mapping[str, Symbols], found: Mapping[str, Repeats]) -> list[dict[str, str]]:
    counts = {kind: Counter[int]() for kind in ("exact", "near")}
    everything = Counter[int]()
    for name, symbols in pages.items():
        everything.update(symbols.class_ids.tolist())
        for kind, counter in counts.items():
            counter.update(symbols.class_ids[getattr(found[name], kind)].tolist())
    names = {one.id: one.name for one in vocabulary().all_sets}
    both = counts["exact"] + counts["near"]
    return [
        {
            "class": names[number],
            "symbols": str(everything[number]),
            "exact": str(counts["exact"][number]),
            "near": str(counts["near"][number]),
        }
        for number, _ in both.most_common()
    ]


def _page_row(name: str, symbols: Symbols, found: Repeats) -> dict[str, str]:
    columns = {"page": name, "symbols": len(symbols), "exact": len(found.exact), "near": len(found.near)}
    return {key: str(value) for key, value in columns.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line: report, and copies without repetitions."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, nargs="+", help="stores, data sets or DeepScoresV2 files")
    parser.add_argument("--overlap", type=float, default=SAME_OVERLAP, help="oriented IoU of nearly the same box")
    parser.add_argument("--pages", type=int, default=10, help="so many pages with the most repetitions are listed")
    parser.add_argument("--write", type=Path, help="folder for a copy of the one store that is given")
    options = parser.parse_args(arguments)
    if options.write and len(options.source) != 1:
        parser.error("--write copies one store")
    for source in options.source:
        print(f"{source}: " + report(read_truth(source), options.overlap, options.pages))
    if options.write:
        print(f"{write_clean(options.source[0], options.write, options.overlap)} symbols left out of {options.write}")


if __name__ == "__main__":
    main()
