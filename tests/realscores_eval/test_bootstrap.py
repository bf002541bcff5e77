"""Confidence intervals: hand-worked weightings, then what must hold of every interval."""

from __future__ import annotations

import math

import numpy as np
import pytest

from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.average_precision import average_precision, evaluate
from realscores_eval.bootstrap import page_draws, resample, weighted_average_precision
from realscores_eval.scored_page import ScoredPage

HEAD, STEM = "noteheadBlackOnLine", "stem"


def symbols(*rows: tuple[str, float, float]) -> Symbols:
    """Boxes of 10 by 10 px: class, left edge, score."""
    ids = [vocabulary().id_of(name) for name, _, _ in rows]
    boxes = [(x + 5, 5, 10, 10, 0) for _, x, _ in rows]
    return Symbols.of(boxes, ids, [score for _, _, score in rows], width_px=900, height_px=100)[0]


def page(truth: list[tuple[str, float, float]], found: list[tuple[str, float, float]]) -> ScoredPage:
    return ScoredPage(symbols(*truth), symbols(*found))


GOOD = page([(HEAD, 0, 1)], [(HEAD, 0, 0.9)])
BAD = page([(HEAD, 0, 1)], [(HEAD, 100, 0.8)])


class TestEmpty:
    def test_no_pages(self) -> None:
        one = resample(evaluate([]))
        assert math.isnan(one.of_mean(0.5).low)
        assert str(one.of_mean(0.5)) == "-"

    def test_one_page_leaves_nothing_to_resample(self) -> None:
        assert math.isnan(resample(evaluate([GOOD])).of_mean(0.5).low)

    def test_pages_without_symbols(self) -> None:
        assert math.isnan(resample(evaluate([page([], []), page([], [])])).of_mean(0.5).high)


class TestWeights:
    scores = np.array([0.9, 0.8, 0.7])
    right = np.array([True, False, True])

    def weighted(self, weights: list[int], truth_count: int) -> float:
        counts = np.array([truth_count])
        return float(weighted_average_precision(self.scores, self.right, np.array([weights]), counts)[0])

    def test_weights_of_one_are_plain_ap(self) -> None:
        assert self.weighted([1, 1, 1], 2) == pytest.approx(average_precision(self.scores, self.right, 2))

    @pytest.mark.parametrize(
        ("weights", "truth_count", "expected"),
        [
            ([0, 0, 0], 2, 0.0),
            ([1, 0, 1], 2, 1.0),
            ([0, 1, 1], 1, 0.5),
            ([1, 2, 1], 2, 0.5 + 0.5 * 2 / 4),  # the false one drawn twice: precision 1, then 2/4
            ([2, 1, 0], 4, 0.5),
        ],
        ids=["nothing drawn", "no false one", "false first", "false twice", "half found"],
    )
    def test_worked_by_hand(self, weights: list[int], truth_count: int, expected: float) -> None:
        assert self.weighted(weights, truth_count) == pytest.approx(expected)

    def test_a_drawn_page_counts_like_the_page_itself(self) -> None:
        """Any resample must equal AP over the pages that it names."""
        rng = np.random.default_rng(3)
        pages = [
            page(
                [(HEAD, 20 * k, 1) for k in range(4)],
                [(HEAD, 20 * k + 100 * (rng.random() < 0.3), round(rng.random(), 1)) for k in range(4)],
            )
            for _ in range(5)
        ]
        one = resample(evaluate(pages), resamples=6, seed=1)
        for row, draw in enumerate(page_draws(5, 6, 1)):
            drawn = [pages[k] for k in range(5) for _ in range(draw[k])]
            expected = evaluate(drawn)
            assert one.values[0, row].tolist() == pytest.approx([expected.mean(0.25), expected.mean(0.5)])


class TestIntervals:
    def test_same_seed_same_interval(self) -> None:
        done = evaluate([GOOD, BAD, GOOD])
        assert resample(done, seed=5).of_mean(0.5) == resample(done, seed=5).of_mean(0.5)
        assert not np.array_equal(resample(done, seed=5).values, resample(done, seed=6).values)

    def test_pages_that_agree_leave_no_doubt(self) -> None:
        interval = resample(evaluate([GOOD] * 4)).of_mean(0.5)
        assert (interval.low, interval.high) == (1.0, 1.0)

    def test_a_good_and_a_bad_page_span_everything(self) -> None:
        """Half of the resamples hold both pages, a quarter one of them twice."""
        interval = resample(evaluate([GOOD, BAD])).of_class(HEAD, 0.5)
        assert (interval.low, interval.high) == (0.0, 1.0)

    def test_a_class_that_a_resample_does_not_show_is_left_out_of_its_mean(self) -> None:
        rare = page([(HEAD, 0, 1), (STEM, 50, 1)], [(HEAD, 0, 0.9)])  # the stem is missed
        done = evaluate([rare, GOOD])
        values = resample(done, resamples=200).values[:, :, 1]
        stem = [one.name for one in done.classes].index(STEM)
        assert np.isnan(values[stem]).any()
        assert resample(done, resamples=200).of_mean(0.5).high == 1.0  # GOOD drawn twice

    def test_legacy_leaves_silent_classes_out_and_counts_invented_ones(self) -> None:
        silent = page([(HEAD, 0, 1), (STEM, 50, 1)], [(HEAD, 0, 0.9)])
        assert resample(evaluate([silent, GOOD], mode="legacy")).of_mean(0.5).low == 1.0
        invented = page([(HEAD, 0, 1)], [(HEAD, 0, 0.9), (STEM, 50, 0.5)])
        interval = resample(evaluate([invented, GOOD], mode="legacy")).of_mean(0.5)
        assert (interval.low, interval.high) == (0.5, 0.5)  # also where the page with the false one is not drawn

    def test_the_interval_holds_what_it_is_about(self) -> None:
        rng = np.random.default_rng(0)
        pages = [GOOD if rng.random() < 0.7 else BAD for _ in range(30)]
        done = evaluate(pages)
        interval = resample(done).of_mean(0.5)
        assert interval.low < done.mean(0.5) < interval.high
        assert interval.high - interval.low < 0.5
