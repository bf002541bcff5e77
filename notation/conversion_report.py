"""`ConversionReport`: what a reader or writer of a foreign format met and could not simply take over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
import shapely

from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.symbols import Symbols

Kind: TypeAlias = Literal[
    "duplicate",  # same class and same box as an earlier symbol of the page; kept
    "duplicate dropped",  # the same, taken out on request
    "zero area",  # no ink: `area` 0 in the file; kept
    "zero size",  # a box with a side of 0; kept
    "unknown class",  # no class of the vocabulary; left out
    "class left out",  # of the vocabulary, but not in the list of classes to write
    "broken annotation",  # box, score or class cannot be understood; left out
    "no oriented box",  # the upright box was taken instead
    "missing image",  # a symbol of a page, or a page of a file, that is not there
    "missing annotation",  # a page lists a symbol that is not there
    "unlisted annotation",  # a symbol that its page does not list; kept
    "outside the page",  # corners beyond the edge, moved to the edge
    "mask skipped",  # pixel masks are not read
    "dangling link",  # a relation to a symbol that is not there; left out
    "link without relation",  # a relation that the grammar has no name for; left out
    "one-sided link",  # named by the target alone; kept
]

#: Examples kept a kind; the count goes on beyond.
_EXAMPLES = 5
#: Boxes whose corners all lie within half a pixel are one annotation made twice; neighbours in print are further apart.
SAME_BOX_PX = 0.5


@dataclass
class ConversionReport:
    """Counts of what was met, by kind, with the first few examples of each; empty when all went smoothly."""

    counts: Counter[Kind] = field(default_factory=Counter)
    examples: dict[Kind, list[str]] = field(default_factory=dict)

    def count(self, kind: Kind, example: str = "", times: int = 1) -> None:
        """Add `times` cases of `kind`; `example` says where, e.g. an id of the file."""
        if times <= 0:
            return
        self.counts[kind] += times
        kept = self.examples.setdefault(kind, [])
        if example and len(kept) < _EXAMPLES:
            kept.append(example)

    def add(self, other: ConversionReport) -> None:
        """Take over everything that `other` counted."""
        for kind, number in other.counts.items():
            self.count(kind, times=number)
            self.examples[kind] = (self.examples[kind] + other.examples.get(kind, []))[:_EXAMPLES]

    def __bool__(self) -> bool:
        return bool(self.counts)

    def __str__(self) -> str:
        """One line a kind, the most frequent first: `12 x duplicate (page.png: stem, ...)`."""
        lines = []
        for kind, number in sorted(self.counts.items(), key=lambda item: (-item[1], item[0])):
            examples = self.examples.get(kind, [])
            lines.append(f"{number} x {kind}" + (f" ({', '.join(examples)})" if examples else ""))
        return "\n".join(lines)


def duplicate_rows(symbols: Symbols, tolerance_px: float = SAME_BOX_PX) -> IntArray:
    """Return the rows that repeat an earlier row: same class, every corner within `tolerance_px`; ascending."""
    if len(symbols) < 2:
        return np.zeros(0, np.int64)
    centres = [shapely.Point(*one) for one in symbols.boxes[:, :2].tolist()]
    later, earlier = shapely.STRtree(centres).query(centres, predicate="dwithin", distance=tolerance_px)
    pairs = (earlier < later) & (symbols.class_ids[later] == symbols.class_ids[earlier])
    later, earlier = later[pairs], earlier[pairs]
    points = geometry.corners(symbols.boxes)
    same = _corner_distance_px(points[later], points[earlier]) <= tolerance_px
    return np.unique(later[same]).astype(np.int64)


def check_symbols(
    symbols: Symbols, report: ConversionReport, where: str, *, drop_duplicates: bool = False
) -> tuple[Symbols, IntArray]:
    """Count duplicates and boxes without size; return the symbols to keep and their rows among `symbols`."""
    names = symbols.names
    sides = symbols.boxes[:, 2:4].min(1, initial=np.inf)
    for row in np.flatnonzero(sides == 0).tolist():
        report.count("zero size", f"{where}: {names[row]}")
    twice = duplicate_rows(symbols)
    for row in twice.tolist():
        report.count("duplicate dropped" if drop_duplicates else "duplicate", f"{where}: {names[row]}")
    rows = np.arange(len(symbols))
    if not drop_duplicates:
        return symbols, rows
    kept = np.setdiff1d(rows, twice)
    return symbols.select(kept), kept


def _corner_distance_px(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the largest corner distance of (P, 4, 2) quads under the best turn: a square has four names."""
    turns = [np.linalg.norm(first - np.roll(second, k, axis=1), axis=2).max(1, initial=0) for k in range(4)]
    nearest: FloatArray = np.min(turns, axis=0)
    return nearest
