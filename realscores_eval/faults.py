"""What a reader would get wrong: symbols that are missed, false or confused, above one score.

Average precision looks at all scores at once; a reader must decide. The score used is the one at which the F1 of all
detections together is greatest, unless it is given. Detections take true symbols of their own class first, as in
standard mode; what is left on both sides is paired, best overlap first, whatever the class: these are confusions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from notation.boxes import FloatArray, IntArray
from notation.symbols import Symbols
from realscores_eval.matching import (
    BoolArray,
    Pairs,
    Shape,
    all_pairs,
    best_partners,
    class_pairs,
    reaches,
    truth_taken,
)
from realscores_eval.pool import Pool
from realscores_eval.scored_page import ScoredPage

FaultKind: TypeAlias = Literal["missed", "false", "confused"]
FAULTS: tuple[FaultKind, ...] = ("missed", "false", "confused")


@dataclass(frozen=True, eq=False)
class Near:
    """The symbol that overlaps a fault most: its class, its box (float64 (5,)) and the overlap."""

    name: str
    box: FloatArray
    overlap: float


@dataclass(frozen=True, eq=False)
class Fault:
    """One symbol that is missed (no `found_name`), false (no `true_name`) or confused (both).

    Boxes are float64 (5,) in page pixels; `page` is the number of the page, `score` that of the detection. `near` is
    the class, box and overlap of what comes nearest on the other side, for missed and false symbols.
    """

    page: int
    true_name: str | None
    found_name: str | None
    true_box: FloatArray | None
    found_box: FloatArray | None
    score: float = 0.0
    near: Near | None = None

    @property
    def kind(self) -> FaultKind:
        """Which of the three it is."""
        if self.found_name is None:
            return "missed"
        return "false" if self.true_name is None else "confused"


@dataclass(frozen=True)
class Confusion:
    """Faults and hits of all pages at one score.

    Attributes:
        least_score: detections below it were left out.
        threshold: overlap from which a detection is right.
        right: hits by class.
        faults: all others, page by page.
    """

    least_score: float
    threshold: float
    right: Counter[str]
    faults: tuple[Fault, ...]

    @property
    def pairs(self) -> Counter[tuple[str, str]]:
        """How often each (true, found) pair of different classes occurs."""
        return Counter(
            (one.true_name, one.found_name) for one in self.faults if one.true_name is not None and one.found_name
        )

    def of_kind(self, kind: FaultKind) -> Counter[str]:
        """How often each class is missed, false, or the truth of a confusion."""
        names = (one.found_name if kind == "false" else one.true_name for one in self.faults if one.kind == kind)
        return Counter(name for name in names if name is not None)


def best_score(pool: Pool, threshold: float = 0.5) -> float:
    """Return the score from which on the F1 of all detections together is greatest; 0 without any hit."""
    right = pool.hits_at(threshold)
    if not right.any():
        return 0.0
    order = np.argsort(-pool.scores, kind="stable")
    scores = pool.scores[order]
    ends = np.flatnonzero(np.append(np.diff(scores) != 0, True))
    f1 = 2 * np.cumsum(right[order])[ends] / (ends + 1 + len(pool.truth_ids))
    return float(scores[ends[int(np.argmax(f1))]])


def confusion(
    pages: Sequence[ScoredPage], least_score: float, *, shape: Shape = "oriented", threshold: float = 0.5
) -> Confusion:
    """Sort the symbols of all pages into hits and faults."""
    right: Counter[str] = Counter()
    faults: list[Fault] = []
    for number, page in enumerate(pages):
        found = page.found if page.found is not None else Symbols.empty(page.truth.width_px, page.truth.height_px)
        found = found.select(found.scores >= least_score)
        takes = truth_taken(class_pairs(page.truth, found, shape, "standard"), found.scores, threshold)
        right.update(found.names[row] for row in np.flatnonzero(takes >= 0).tolist())
        faults += _page_faults(number, page.truth, found, takes, all_pairs(page.truth, found, shape), threshold)
    return Confusion(least_score, threshold, right, tuple(faults))


def _page_faults(
    page: int, truth: Symbols, found: Symbols, takes: IntArray, pairs: Pairs, threshold: float
) -> list[Fault]:
    mistaken = _mistaken(takes, pairs, len(truth), threshold)
    true_names, found_names = truth.names, found.names
    faults = []
    near_truth = best_partners(pairs, len(found))
    for row in np.flatnonzero(takes < 0).tolist():
        box, score, on = found.boxes[row], float(found.scores[row]), int(mistaken[row])
        if on >= 0:
            faults.append(Fault(page, true_names[on], found_names[row], truth.boxes[on], box, score))
        else:
            faults.append(Fault(page, None, found_names[row], None, box, score, _near(row, truth, *near_truth)))
    near_found = best_partners(pairs.turned, len(truth))
    seen = np.concatenate([takes[takes >= 0], mistaken[mistaken >= 0]])
    for row in np.setdiff1d(np.arange(len(truth)), seen).tolist():
        near = _near(row, found, *near_found)
        faults.append(Fault(page, true_names[row], None, truth.boxes[row], None, near=near))
    return faults


def _near(row: int, others: Symbols, overlaps: FloatArray, partners: IntArray) -> Near | None:
    partner = int(partners[row])
    return None if partner < 0 else Near(others.names[partner], others.boxes[partner], float(overlaps[row]))


def _mistaken(takes: IntArray, pairs: Pairs, truth_count: int, threshold: float) -> IntArray:
    """Return the true symbol of another class that each idle detection stands on, -1 for none."""
    free = np.ones(truth_count, bool)
    free[takes[takes >= 0]] = False
    idle: BoolArray = (takes[pairs.found] < 0) & free[pairs.truth] & reaches(pairs.overlap, threshold)
    return _best_first(pairs.where(idle), len(takes))


def _best_first(pairs: Pairs, found_count: int) -> IntArray:
    """Pair detections with true symbols one to one, best overlap first."""
    partner = np.full(found_count, -1, np.int64)
    used: set[int] = set()
    for row in np.argsort(-pairs.overlap, kind="stable").tolist():
        found, truth = int(pairs.found[row]), int(pairs.truth[row])
        if partner[found] < 0 and truth not in used:
            partner[found] = truth
            used.add(truth)
    return partner
