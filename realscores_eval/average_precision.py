"""Average precision by class, and its means.

Two modes, because the figures of the DeepScoresV2 and RealScores papers cannot be had from the usual definition:

========================  ============================================  =============================================
                          legacy (the OBBAnns toolkit)                  standard
========================  ============================================  =============================================
who chooses first         the least certain detection                   the most certain detection
what it can take          overlap above 0.2, whatever the threshold     overlap of at least the threshold
upright overlap           intersection over enclosing hull              intersection over union
class never predicted     absent from the mean                          counts as 0
class without truth       counts as 0 in the mean                       absent from the mean, listed
truth without area        counts as missed                              left out, counted
========================  ============================================  =============================================

In both, AP is the area under the whole precision envelope (VOC from 2010 on), over the detections of all pages by
descending score. Detections of equal score enter together, so the order of pages and rows cannot matter. There is no
limit to the number of detections of a page.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.matching import BoolArray, Mode, Shape
from realscores_eval.pool import Pool, pool_pages
from realscores_eval.scored_page import ScoredPage

#: The ten thresholds whose mean is COCO's mAP.
COCO_THRESHOLDS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
THRESHOLDS = (0.25, *COCO_THRESHOLDS)


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One class over all pages. `ap[k]` belongs to `THRESHOLDS[k]`."""

    name: str
    truth_count: int
    found_count: int
    ap: tuple[float, ...]

    def at(self, threshold: float) -> float:
        """Return AP at one of `THRESHOLDS`."""
        return self.ap[THRESHOLDS.index(threshold)]

    @property
    def coco(self) -> float:
        """Mean over the thresholds 0.5, 0.55, ... 0.95."""
        return float(np.mean([self.at(one) for one in COCO_THRESHOLDS]))

    @property
    def silent(self) -> bool:
        """There was something to find and nothing was predicted."""
        return self.truth_count > 0 and self.found_count == 0


@dataclass(frozen=True)
class Evaluation:
    """The scores of a detector in one mode and for one kind of box.

    Attributes:
        classes: every class with truth or detections, by id.
        pool: what was matched, of which `classes` are the figures; for curves and intervals.
        failures: (page, cause) of the pages that counted as a complete miss.
        flat_truth_count: true boxes without area, which no detection can overlap.
        widen_sp: 0, or the least side in staff spaces to which true and found boxes were widened before matching.
    """

    mode: Mode
    shape: Shape
    classes: tuple[ClassScore, ...]
    pool: Pool = field(compare=False, repr=False)
    page_count: int
    failures: tuple[tuple[str, str], ...] = ()
    flat_truth_count: int = 0
    widen_sp: float = 0.0

    @property
    def title(self) -> str:
        """What was measured, for the head of a table."""
        widened = f", sides widened to {self.widen_sp:g} staff spaces" if self.widen_sp else ""
        return f"{self.shape}, {self.mode}{widened}"

    @property
    def short_title(self) -> str:
        """The title where room is scarce."""
        return f"{self.shape} {self.mode}" + (f" widened {self.widen_sp:g} sp" if self.widen_sp else "")

    def counted(self, silent: bool | None = None, least: int = 0) -> tuple[ClassScore, ...]:
        """Return the classes that enter a mean.

        Arguments:
            silent: count classes that were never predicted (as 0); `None`: as the mode has it.
            least: count only classes with at least so many true instances.
        """
        with_silent = self.mode == "standard" if silent is None else silent
        fewest = max(least, 1) if self.mode == "standard" else least
        return tuple(one for one in self.classes if one.truth_count >= fewest and (with_silent or not one.silent))

    def mean(
        self, threshold: float | None, *, weighted: bool = False, silent: bool | None = None, least: int = 0
    ) -> float:
        """Return mean AP at `threshold`, or COCO's mAP for `None`; nan when no class is counted.

        `weighted` weighs each class by its true instances; the rest is as in `counted`.
        """
        rows = self.counted(silent, least)
        weights = [one.truth_count if weighted else 1 for one in rows]
        if not sum(weights):
            return math.nan
        values = [one.coco if threshold is None else one.at(threshold) for one in rows]
        return float(np.average(values, weights=weights))


def evaluate(
    pages: Iterable[ScoredPage],
    *,
    mode: Mode = "standard",
    shape: Shape = "oriented",
    widen_sp: float = 0.0,
    classes: Collection[str] | None = None,
) -> Evaluation:
    """Score detections against truth.

    Arguments:
        pages: as `realscores_eval.scored_page.scored_pages` makes them, or from files.
        widen_sp: widen thin boxes, true and found, to so many staff spaces first. The headline figure has 0 here: the
            true thin box decides.
        classes: score only these names, as if the page held nothing else.

    Raises:
        ConfigurationError: a name of `classes` is unknown.
        ValueError: `widen_sp` without the staff space of a page.
    """
    ids = None if classes is None else [vocabulary().id_of(name) for name in classes]
    ready = [_prepared(page, mode, widen_sp, ids) for page in pages]
    pool = pool_pages([page for page, _ in ready], shape, mode, THRESHOLDS)
    return Evaluation(
        mode=mode,
        shape=shape,
        classes=tuple(_class_score(one, pool) for one in pool.class_ids),
        pool=pool,
        page_count=len(ready),
        failures=tuple((page.name, page.failure) for page, _ in ready if page.found is None),
        flat_truth_count=sum(flat for _, flat in ready),
        widen_sp=widen_sp,
    )


def evaluate_all(
    pages: Iterable[ScoredPage], *, widen_sp: float = 0.0, classes: Collection[str] | None = None
) -> list[Evaluation]:
    """Return oriented and upright, each standard and legacy; and oriented standard with boxes widened, if asked for."""
    kept = list(pages)
    shapes: tuple[Shape, ...] = ("oriented", "upright")
    modes: tuple[Mode, ...] = ("standard", "legacy")
    done = [evaluate(kept, mode=mode, shape=shape, classes=classes) for shape in shapes for mode in modes]
    if widen_sp:
        done.append(evaluate(kept, widen_sp=widen_sp, classes=classes))
    return done


def average_precision(scores: FloatArray, right: BoolArray, truth_count: int) -> float:
    """Return the area under the precision envelope over recall.

    Arguments:
        scores: (D,) of the detections of one class over all pages, in any order.
        right: (D,) whether each detection hit a true symbol.
        truth_count: true symbols of the class; 0 gives 0.
    """
    if not truth_count or not len(scores):
        return 0.0
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.diff(scores[order]) != 0, True)  # last detection of each group of equal scores
    hit_count = np.cumsum(right[order])[ends]
    precision = hit_count / (np.flatnonzero(ends) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(hit_count, prepend=0) * envelope) / truth_count)


def _prepared(page: ScoredPage, mode: Mode, widen_sp: float, ids: Sequence[int] | None) -> tuple[ScoredPage, int]:
    """Widen and filter a page; return it with the number of its true boxes without area."""
    if widen_sp:
        page = page.widened(widen_sp)
    if ids is not None:
        found = None if page.found is None else _only(page.found, ids)
        page = replace(page, truth=_only(page.truth, ids), found=found)
    flat = geometry.areas(page.truth.boxes) == 0
    if mode == "standard" and flat.any():
        page = replace(page, truth=page.truth.select(~flat))
    return page, int(flat.sum())


def _only(symbols: Symbols, ids: Sequence[int]) -> Symbols:
    return symbols.select(np.isin(symbols.class_ids, ids))


def _class_score(class_id: int, pool: Pool) -> ClassScore:
    truth_count = int((pool.truth_ids == class_id).sum())
    rows = pool.found_ids == class_id
    ap = tuple(average_precision(pool.scores[rows], column, truth_count) for column in pool.right[rows].T)
    return ClassScore(vocabulary().name_of(class_id), truth_count, int(rows.sum()), ap)
