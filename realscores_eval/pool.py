"""`Pool`: the detections and true symbols of many pages as columns, matched page by page, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from notation.boxes import FloatArray, IntArray
from realscores_eval.matching import BoolArray, Mode, Shape, hits
from realscores_eval.scored_page import ScoredPage


@dataclass(frozen=True)
class Pool:
    """What average precision is computed from.

    Attributes:
        truth_ids, truth_pages: int64 (T,), class and page of every true symbol; those of failed pages too.
        found_ids, found_pages: int64 (D,), class and page of every detection.
        scores: float64 (D,).
        right: bool (D, K), whether each detection hit a true symbol, at each of K thresholds.
        thresholds: the K overlaps.
        page_count: pages, those without any symbol too; page numbers run from 0.
    """

    truth_ids: IntArray
    truth_pages: IntArray
    found_ids: IntArray
    found_pages: IntArray
    scores: FloatArray
    right: BoolArray
    thresholds: tuple[float, ...]
    page_count: int

    @property
    def class_ids(self) -> list[int]:
        """Every class with truth or detections, ascending."""
        ids: list[int] = np.union1d(self.truth_ids, self.found_ids).tolist()
        return ids

    def hits_at(self, threshold: float) -> BoolArray:
        """Return the column of `right` of one of `thresholds`."""
        return self.right[:, self.thresholds.index(threshold)]


def pool_pages(pages: Sequence[ScoredPage], shape: Shape, mode: Mode, thresholds: tuple[float, ...]) -> Pool:
    """Match every page and put all of them into one pool."""
    read = [(number, page.truth, page.found) for number, page in enumerate(pages) if page.found is not None]
    right = [hits(truth, found, shape, mode, thresholds) for _, truth, found in read]
    return Pool(
        truth_ids=_joined([page.truth.class_ids for page in pages]),
        truth_pages=_numbers([(number, len(page.truth)) for number, page in enumerate(pages)]),
        found_ids=_joined([found.class_ids for _, _, found in read]),
        found_pages=_numbers([(number, len(found)) for number, _, found in read]),
        scores=np.concatenate([np.zeros(0), *(found.scores for _, _, found in read)]),
        right=np.concatenate([np.zeros((0, len(thresholds)), bool), *right]),
        thresholds=thresholds,
        page_count=len(pages),
    )


def _joined(columns: Sequence[IntArray]) -> IntArray:
    return np.concatenate([np.zeros(0, np.int64), *columns])


def _numbers(counts: Sequence[tuple[int, int]]) -> IntArray:
    """Return each page number as often as the page has rows."""
    return _joined([np.full(count, number, np.int64) for number, count in counts])
