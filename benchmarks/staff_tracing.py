"""Staves traced on a folder of pages against their truth: staff space, found and false staves, time.

    python benchmarks/staff_tracing.py FOLDER

FOLDER is a data set of `detect-score synth` or `detect-score wear`, whose staves are known line by line, or holds one
folder a page with `page.png` and `meta.json` (keys `staff_space_px`, `n_systems`, `n_staves_per_system`), where staves
can only be counted.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from detector.staves.tracing import trace_staves
from notation.page import GreyImage
from notation.reading_json import read_reading
from notation.staff import Staff

SPACE_OFF = 0.05  # a staff space further off than this makes notes too large or too small for the networks
LINES_OFF_SP = 0.35  # lines further off on average are another staff's, or off by a line
WHOLE = 0.9  # share of the width, found and true together, that both cover


@dataclass(frozen=True)
class PageResult:
    """What one page gave against its truth; `matched` is None where staves can only be counted."""

    name: str
    wanted: int
    found: int
    matched: int | None
    space_error: float  # relative; nan when nothing was found
    seconds: float

    @property
    def exact(self) -> bool:
        """Whether the staves found are the staves that are there, as far as that can be told."""
        return self.wanted == self.found and self.matched in (None, self.wanted)

    @property
    def space_is_off(self) -> bool:
        """Whether the staff space is unknown or wrong."""
        return not abs(self.space_error) <= SPACE_OFF

    def __str__(self) -> str:
        mark = " " if self.exact else "!"
        matched = "   -" if self.matched is None else f"{self.matched:4d}"
        counts = f"{self.wanted:4d} {self.found:4d} {matched}"
        return f"{mark} {self.name[-50:]:50s} {counts} {100 * self.space_error:+7.2f} % {self.seconds:6.2f} s"


def trace_page(folder: Path) -> PageResult:
    """Trace one page and compare it with its `meta.json`."""
    truth = json.loads((folder / "meta.json").read_text())
    staves, seconds = _traced(_picture(folder / "page.png"))
    wanted = truth["n_systems"] * truth["n_staves_per_system"]
    return PageResult(folder.name, wanted, len(staves), None, _space_error(staves, truth["staff_space_px"]), seconds)


def trace_labelled(reading: Path) -> PageResult:
    """Trace one page of a data set and compare it with its reading."""
    true = read_reading(reading)[0].staves
    staves, seconds = _traced(_picture(reading.parent.parent / "images" / f"{reading.stem}.png"))
    matched = sum(any(_same(staff, other) for other in staves) for staff in true)
    space = float(np.median([staff.space_px for staff in true])) if true else float("nan")
    return PageResult(reading.stem, len(true), len(staves), matched, _space_error(staves, space), seconds)


def _picture(path: Path) -> GreyImage:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)


def _traced(image: GreyImage) -> tuple[list[Staff], float]:
    start = time.process_time()
    staves = trace_staves(image)
    return staves, time.process_time() - start


def _space_error(staves: list[Staff], true_space_px: float) -> float:
    space = float(np.median([staff.space_px for staff in staves])) if staves else float("nan")
    return space / true_space_px - 1


def _same(a: Staff, b: Staff) -> bool:
    """Whether two staves share nearly all of their width and all of their lines."""
    x0, x1 = max(a.x0_px, b.x0_px), min(a.x1_px, b.x1_px)
    if x1 - x0 < WHOLE * (max(a.x1_px, b.x1_px) - min(a.x0_px, b.x0_px)):
        return False
    x = np.linspace(x0, x1, 30)
    return bool(np.abs(a.lines_at(x) - b.lines_at(x)).mean() < LINES_OFF_SP * a.space_px)


def _results(folder: Path) -> Iterator[PageResult]:
    for meta in sorted(folder.glob("*/meta.json")):
        yield trace_page(meta.parent)
    for reading in sorted(folder.glob("readings/*.json")):
        yield trace_labelled(reading)


def main(folder: Path) -> None:
    """Print one line a page and lines of totals; one core."""
    cv2.setNumThreads(1)
    results = []
    for result in _results(folder):
        print(result, flush=True)
        results.append(result)
    print(*_totals(results), sep="\n")


def _totals(results: list[PageResult]) -> Iterator[str]:
    exact = sum(result.exact for result in results)
    off = sum(result.space_is_off for result in results)
    mean = np.mean([result.seconds for result in results]) if results else 0.0
    yield f"{exact} of {len(results)} pages exact, staff space off on {off}, {mean:.2f} s a page"
    labelled = [result for result in results if result.matched is not None]
    if labelled:
        wanted, found = sum(result.wanted for result in labelled), sum(result.found for result in labelled)
        matched = sum(result.matched or 0 for result in labelled)
        yield f"{matched} of {wanted} staves whole, {found - matched} of {found} found are false or torn"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/staff_tracing.py FOLDER")
    main(Path(sys.argv[1]))
