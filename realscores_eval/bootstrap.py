"""Confidence intervals of average precision by bootstrap over pages.

Pages are what a test set samples: the symbols of one page share their engraver, scanner and density, so they do not
count as independent. Each resample draws as many pages as there are, with replacement, and AP is computed anew from the
matches, which were made once. A page drawn twice brings its truth and its detections twice. The interval runs from the
2.5th to the 97.5th percentile (Efron 1979). The classes of a mean are those of the whole set, by the rule of the mode;
a resample whose pages show no symbol of one leaves that class out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from notation.boxes import FloatArray, IntArray
from realscores_eval.average_precision import ClassScore, Evaluation
from realscores_eval.matching import BoolArray
from realscores_eval.pool import Pool

#: The overlaps that the papers quote.
HEADLINES = (0.25, 0.5)
RESAMPLES = 1000
LEVEL = 0.95
#: Numbers held at a time; 4 million of eight bytes stay within the memory of a laptop.
_CHUNK = 4_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """The ends of a confidence interval; nan where fewer than two pages leave nothing to resample."""

    low: float
    high: float

    def __str__(self) -> str:
        return "-" if math.isnan(self.low) else f"{self.low:.4f}-{self.high:.4f}"


@dataclass(frozen=True)
class Resampled:
    """AP of every class in every resample.

    Attributes:
        evaluation: of which this is the spread.
        values: float64 (C, B, 2), class by resample by `HEADLINES`; nan where the class does not count.
        seed: of the random numbers.
    """

    evaluation: Evaluation
    values: FloatArray
    seed: int

    @property
    def count(self) -> int:
        """Number of resamples."""
        return int(self.values.shape[1])

    def of_class(self, name: str, threshold: float) -> Interval:
        """Return the interval of one class; raises `ValueError` for a class that the evaluation does not have."""
        names = [one.name for one in self.evaluation.classes]
        return self._interval(self.values[names.index(name), :, HEADLINES.index(threshold)])

    def of_mean(self, threshold: float, least: int = 0) -> Interval:
        """Return the interval of the mean of the mode, over classes with at least `least` true instances."""
        kept = {one.name for one in self.evaluation.classes if one.truth_count >= least}
        rows = [row for row, one in enumerate(self.evaluation.classes) if one.name in kept]
        return self._interval(_mean_over_classes(self.values[rows, :, HEADLINES.index(threshold)]))

    def _interval(self, values: FloatArray) -> Interval:
        known = values[~np.isnan(values)]
        if self.evaluation.page_count < 2 or not len(known):
            return Interval(math.nan, math.nan)
        low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
        return Interval(low, high)


def resample(evaluation: Evaluation, *, resamples: int = RESAMPLES, seed: int = 0) -> Resampled:
    """Draw `resamples` sets of pages; the same seed gives the same intervals."""
    pool = evaluation.pool
    draws = page_draws(pool.page_count, resamples, seed)
    values = np.full((len(evaluation.classes), resamples, len(HEADLINES)), np.nan)
    for row, (class_id, one) in enumerate(zip(pool.class_ids, evaluation.classes, strict=True)):
        values[row] = _class_values(pool, class_id, one, evaluation, draws)
    return Resampled(evaluation, values, seed)


def page_draws(page_count: int, resamples: int, seed: int) -> NDArray[np.int64]:
    """Return how often each resample holds each page, shape (B, P); every row adds up to P."""
    if not page_count:
        return np.zeros((resamples, 0), np.int64)
    return np.random.default_rng(seed).multinomial(page_count, np.full(page_count, 1 / page_count), size=resamples)


def weighted_average_precision(
    scores: FloatArray, right: BoolArray, weights: NDArray[np.int64], truth_counts: IntArray
) -> FloatArray:
    """Return the area under the precision envelope for many weightings at once, shape (B,); 0 without truth.

    Arguments:
        scores: (D,) of the detections of one class, in any order.
        right: (D,) whether each hit a true symbol.
        weights: (B, D), how often each detection stands in each resample.
        truth_counts: (B,), true symbols in each resample.
    """
    if not len(scores):
        return np.zeros(len(weights))
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))  # equal scores enter together
    ordered = weights[:, order]
    hit_count = np.cumsum(ordered * right[order], 1)[:, ends]
    precision = hit_count / np.maximum(np.cumsum(ordered, 1)[:, ends], 1)
    envelope = np.maximum.accumulate(precision[:, ::-1], 1)[:, ::-1]
    gained: FloatArray = (np.diff(hit_count, axis=1, prepend=0) * envelope).sum(1)
    return gained / np.maximum(truth_counts, 1)


def _class_values(
    pool: Pool, class_id: int, one: ClassScore, evaluation: Evaluation, draws: NDArray[np.int64]
) -> FloatArray:
    """Return AP of one class in every resample, shape (B, 2)."""
    truth = np.bincount(pool.truth_pages[pool.truth_ids == class_id], minlength=pool.page_count)
    rows = np.flatnonzero(pool.found_ids == class_id)
    pages, scores = pool.found_pages[rows], pool.scores[rows]
    truth_counts = draws @ truth
    values = np.zeros((len(draws), len(HEADLINES)))
    if one not in evaluation.counted():
        return np.full_like(values, np.nan)
    step = max(_CHUNK // max(len(rows), 1), 1)
    for first in range(0, len(draws), step):
        part = slice(first, first + step)
        weights = draws[part][:, pages]
        for column, threshold in enumerate(HEADLINES):
            right = pool.hits_at(threshold)[rows]
            values[part, column] = weighted_average_precision(scores, right, weights, truth_counts[part])
    if one.truth_count:
        values[truth_counts == 0] = np.nan
    return values


def _mean_over_classes(values: FloatArray) -> FloatArray:
    """Return the mean of (C, B) values over the classes that count in each resample, shape (B,)."""
    counts = (~np.isnan(values)).sum(0)
    sums = np.nansum(values, 0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
