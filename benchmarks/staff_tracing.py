"""Staves found on a folder of real pages: count against truth, staff space, time.

    python benchmarks/staff_tracing.py FOLDER

FOLDER holds one folder a page with `page.png` and `meta.json` (keys `staff_space_px`, `n_systems`,
`n_staves_per_system`).
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from detector.staves.tracing import trace_staves


@dataclass(frozen=True)
class PageResult:
    """What one page gave against its truth."""

    name: str
    wanted: int
    found: int
    space_error: float  # relative; nan when nothing was found
    seconds: float

    def __str__(self) -> str:
        mark = " " if self.wanted == self.found else "!"
        counts = f"{self.wanted:4d} {self.found:4d}"
        return f"{mark} {self.name:26s} {counts} {100 * self.space_error:+7.2f} % {self.seconds:6.2f} s"


def trace_page(folder: Path) -> PageResult:
    """Trace one page and compare it with its `meta.json`."""
    truth = json.loads((folder / "meta.json").read_text())
    image = np.asarray(cv2.imread(str(folder / "page.png"), cv2.IMREAD_GRAYSCALE), np.uint8)
    start = time.process_time()
    staves = trace_staves(image)
    seconds = time.process_time() - start
    space = float(np.median([staff.space_px for staff in staves])) if staves else float("nan")
    wanted = truth["n_systems"] * truth["n_staves_per_system"]
    return PageResult(folder.name, wanted, len(staves), space / truth["staff_space_px"] - 1, seconds)


def main(folder: Path) -> None:
    """Print one line a page and a line of totals; one core."""
    cv2.setNumThreads(1)
    results = [trace_page(meta.parent) for meta in sorted(folder.glob("*/meta.json"))]
    for result in results:
        print(result)
    exact = sum(result.wanted == result.found for result in results)
    worst = max((abs(result.space_error) for result in results), default=0.0)
    mean = np.mean([result.seconds for result in results]) if results else 0.0
    print(f"{exact} of {len(results)} pages exact, staff space off by {100 * worst:.2f} % at most, {mean:.2f} s a page")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/staff_tracing.py FOLDER")
    main(Path(sys.argv[1]))
