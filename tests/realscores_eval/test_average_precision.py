"""Average precision: hand-worked cases for both modes, then properties."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notation import boxes as geometry
from notation.errors import ConfigurationError, InputError
from notation.graph import NotationGraph
from notation.page import GreyImage, LabelledPage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.average_precision import THRESHOLDS, Evaluation, average_precision, evaluate, evaluate_all
from realscores_eval.matching import Mode, Shape
from realscores_eval.scored_page import ScoredPage, scored_pages
from realscores_eval.tables import Table, class_table, mean_table, report

HEAD = "noteheadBlackOnLine"
KINDS: list[tuple[Shape, Mode]] = [
    ("oriented", "standard"),
    ("oriented", "legacy"),
    ("upright", "standard"),
    ("upright", "legacy"),
]

Row = tuple[str, float, float, float, float] | tuple[str, float, float, float, float, float]


def symbols(*rows: Row) -> Symbols:
    """Rows of name, x0, y0, x1, y1 and a score (1 when left out)."""
    boxes = [((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, 0) for _, x0, y0, x1, y1 in (row[:5] for row in rows)]
    ids = [vocabulary().id_of(row[0]) for row in rows]
    scores = [row[5] if len(row) == 6 else 1.0 for row in rows]
    return Symbols.of(boxes, ids, scores, width_px=1000, height_px=1000)[0]


def page(truth: Sequence[Row], found: Sequence[Row], space_px: float | None = None) -> ScoredPage:
    return ScoredPage(symbols(*truth), symbols(*found), "page", "", space_px)


def ap(evaluation: Evaluation, name: str, threshold: float) -> float:
    return {one.name: one for one in evaluation.classes}[name].at(threshold)


class TestEmpty:
    @pytest.mark.parametrize(("shape", "mode"), KINDS)
    @pytest.mark.parametrize("pages", [[], [page([], [])], [ScoredPage(symbols(), None, "page", "lost")]])
    def test_no_symbols_give_no_classes_and_no_mean(self, pages: list[ScoredPage], shape: Shape, mode: Mode) -> None:
        done = evaluate(pages, mode=mode, shape=shape)
        assert done.classes == ()
        assert done.page_count == len(pages)
        assert math.isnan(done.mean(0.5))
        assert math.isnan(done.mean(None, weighted=True))

    @pytest.mark.parametrize(("shape", "mode"), KINDS)
    def test_truth_without_detections_scores_zero(self, shape: Shape, mode: Mode) -> None:
        done = evaluate([page([(HEAD, 0, 0, 10, 10)], [])], mode=mode, shape=shape)
        assert ap(done, HEAD, 0.25) == 0
        assert done.mean(0.25, silent=True) == 0

    @pytest.mark.parametrize(("shape", "mode"), KINDS)
    def test_detections_without_truth_score_zero(self, shape: Shape, mode: Mode) -> None:
        done = evaluate([page([], [(HEAD, 0, 0, 10, 10, 0.9)])], mode=mode, shape=shape)
        assert ap(done, HEAD, 0.25) == 0

    def test_empty_reports_print(self) -> None:
        assert "oriented, standard" in report(evaluate_all([]))


class TestArea:
    """`average_precision` alone: (score, right) rows, truth count, area worked out by hand."""

    @pytest.mark.parametrize(
        ("rows", "truth_count", "expected"),
        [
            ([], 0, 0.0),
            ([], 3, 0.0),
            ([(0.9, True)], 0, 0.0),
            ([(0.9, True)], 1, 1.0),
            ([(0.9, True)], 2, 0.5),
            ([(0.9, False), (0.8, True)], 1, 0.5),
            ([(0.9, True), (0.8, False)], 1, 1.0),
            ([(0.9, True), (0.8, False), (0.7, True)], 2, 0.5 * 1 + 0.5 * 2 / 3),
            # precision 0/1, 1/2, 2/3: the envelope lifts the first step to 2/3
            ([(0.9, False), (0.8, True), (0.7, True)], 2, 2 / 3),
            # equal scores enter together, right or wrong first
            ([(0.5, True), (0.5, False)], 1, 0.5),
            ([(0.5, False), (0.5, True)], 1, 0.5),
        ],
    )
    def test_worked_by_hand(self, rows: list[tuple[float, bool]], truth_count: int, expected: float) -> None:
        scores, right = np.array([one[0] for one in rows]), np.array([one[1] for one in rows], dtype=bool)
        assert average_precision(scores, right, truth_count) == pytest.approx(expected)


class TestLegacy:
    def test_a_poor_duplicate_steals_truth(self) -> None:
        """The duplicate chooses first and overlaps by 0.36, so the exact box at 0.9 is left with nothing."""
        one = page([(HEAD, 0, 0, 10, 10)], [(HEAD, 0, 0, 10, 10, 0.9), (HEAD, 0, 0, 6, 6, 0.1)])
        assert ap(evaluate([one], mode="legacy"), HEAD, 0.5) == 0
        assert ap(evaluate([one], mode="legacy"), HEAD, 0.25) == pytest.approx(0.5)  # wrong at 0.9, right at 0.1
        assert ap(evaluate([one], mode="standard"), HEAD, 0.5) == 1

    def test_overlap_of_a_fifth_takes_nothing(self) -> None:
        """A duplicate that overlaps by 0.16 stays below the floor and leaves the truth alone."""
        one = page([(HEAD, 0, 0, 10, 10)], [(HEAD, 0, 0, 10, 10, 0.9), (HEAD, 0, 0, 4, 4, 0.1)])
        assert ap(evaluate([one], mode="legacy"), HEAD, 0.5) == 1

    def test_each_takes_its_best_truth_that_is_left(self) -> None:
        truth = [(HEAD, 0, 0, 10, 10), (HEAD, 4, 0, 14, 10)]
        found = [(HEAD, 1, 0, 11, 10, 0.3), (HEAD, 2, 0, 12, 10, 0.6)]
        # the one at 0.3 takes the left truth (9/11); the one at 0.6 has 8/12 with either and gets the right one
        done = evaluate([page(truth, found)], mode="legacy")
        assert ap(done, HEAD, 0.65) == 1
        assert ap(done, HEAD, 0.8) == pytest.approx(0.25)  # precision 1/2 at recall 1/2

    def test_upright_overlap_is_taken_over_the_enclosing_hull(self) -> None:
        """Shift by (3, 3): intersection 49, union 151, hull 169: 0.3245 against 0.2899."""
        one = page([(HEAD, 0, 0, 10, 10)], [(HEAD, 3, 3, 13, 13)])
        assert ap(evaluate([one], mode="legacy", shape="oriented"), HEAD, 0.25) == 1
        assert ap(evaluate([one], mode="legacy", shape="upright"), HEAD, 0.25) == 1
        shifted = page([(HEAD, 0, 0, 10, 10)], [(HEAD, 3.5, 3.5, 13.5, 13.5)])  # 42.25 / 157.75, 42.25 / 182.25
        assert ap(evaluate([shifted], mode="legacy", shape="oriented"), HEAD, 0.25) == 1
        assert ap(evaluate([shifted], mode="legacy", shape="upright"), HEAD, 0.25) == 0
        assert ap(evaluate([shifted], mode="standard", shape="upright"), HEAD, 0.25) == 1

    def test_classes_without_detections_are_absent_from_the_mean(self) -> None:
        one = page([(HEAD, 0, 0, 10, 10), ("stem", 20, 0, 22, 30)], [(HEAD, 0, 0, 10, 10)])
        assert evaluate([one], mode="legacy").mean(0.5) == 1
        assert evaluate([one], mode="legacy").mean(0.5, silent=True) == 0.5
        assert evaluate([one], mode="standard").mean(0.5) == 0.5
        assert evaluate([one], mode="standard").mean(0.5, silent=False) == 1

    def test_classes_without_truth_count_as_zero(self) -> None:
        one = page([(HEAD, 0, 0, 10, 10)], [(HEAD, 0, 0, 10, 10), ("stem", 20, 0, 22, 30)])
        assert evaluate([one], mode="legacy").mean(0.5) == 0.5
        assert evaluate([one], mode="standard").mean(0.5) == 1
        assert "stem" in [row.name for row in evaluate([one], mode="standard").classes]

    def test_truth_without_area_is_missed_in_legacy_and_left_out_in_standard(self) -> None:
        one = page([(HEAD, 0, 0, 10, 10), (HEAD, 50, 50, 60, 50)], [(HEAD, 0, 0, 10, 10)])
        assert ap(evaluate([one], mode="legacy"), HEAD, 0.5) == 0.5
        assert ap(evaluate([one], mode="standard"), HEAD, 0.5) == 1
        assert evaluate([one]).flat_truth_count == 1


class TestStandard:
    def test_a_duplicate_is_wrong(self) -> None:
        one = page([(HEAD, 0, 0, 10, 10)] * 1, [(HEAD, 0, 0, 10, 10, 0.8), (HEAD, 0, 0, 10, 9, 0.9)])
        assert ap(evaluate([one]), HEAD, 0.5) == 1  # the better-scored one is right, the other follows it
        assert ap(evaluate([one]), HEAD, 0.95) == pytest.approx(0.5)  # 0.9 overlaps too little, 0.8 is right

    def test_half_overlap_passes_a_half(self) -> None:
        one = page([(HEAD, 0, 0, 10, 10)], [(HEAD, 0, 0, 10, 5)])
        assert ap(evaluate([one]), HEAD, 0.5) == 1
        assert ap(evaluate([one]), HEAD, 0.55) == 0

    def test_classes_do_not_mix(self) -> None:
        one = page([(HEAD, 0, 0, 10, 10)], [("noteheadBlackInSpace", 0, 0, 10, 10)])
        assert ap(evaluate([one]), HEAD, 0.25) == 0

    def test_slanted_beams_are_kept_apart_by_their_angle_only(self) -> None:
        beam = vocabulary().id_of("beam")
        true, found = [[(100, 100, 90, 4, 0.3)], [(100, 106, 90, 4, 0.3)]]
        one = ScoredPage(*(Symbols.of(boxes, [beam], width_px=300, height_px=300)[0] for boxes in (true, found)))
        assert ap(evaluate([one], shape="oriented"), "beam", 0.25) == 0
        assert ap(evaluate([one], shape="upright"), "beam", 0.25) == 1

    def test_means(self) -> None:
        truth = [*((HEAD, 20 * k, 0, 20 * k + 10, 10) for k in range(10)), ("stem", 0, 50, 2, 80)]
        done = evaluate([page(truth, [row for row in truth if row[0] == HEAD][:5] + truth[-1:])])
        assert done.mean(0.5) == pytest.approx((0.5 + 1) / 2)
        assert done.mean(0.5, weighted=True) == pytest.approx((10 * 0.5 + 1) / 11)
        assert done.mean(0.5, least=10) == pytest.approx(0.5)
        assert done.mean(None) == pytest.approx(done.mean(0.75))

    def test_coco_is_the_mean_of_ten_thresholds(self) -> None:
        one = page([(HEAD, 0, 0, 10, 10)], [(HEAD, 0, 0, 10, 7.2)])  # right at 0.5 to 0.7, five of ten
        assert evaluate([one]).mean(None) == pytest.approx(0.5)

    def test_only_named_classes(self) -> None:
        one = page([(HEAD, 0, 0, 10, 10), ("stem", 20, 0, 22, 30)], [(HEAD, 0, 0, 10, 10)])
        assert evaluate([one], classes=[HEAD]).mean(0.5) == 1
        with pytest.raises(ConfigurationError, match="noteheadSquare"):
            evaluate([one], classes=["noteheadSquare"])


class TestWidened:
    def test_thin_boxes_meet_when_widened(self) -> None:
        """Stems 2 px wide that lie 2 px apart: 0 overlap; widened to 8 px, 6 of 10."""
        one = page([("stem", 100, 0, 102, 60)], [("stem", 102, 0, 104, 60)], space_px=16.0)
        assert ap(evaluate([one]), "stem", 0.25) == 0
        widened = evaluate([one], widen_sp=0.5)
        assert ap(widened, "stem", 0.6) == 1
        assert ap(widened, "stem", 0.65) == 0
        assert "0.5 staff spaces" in widened.title

    def test_widening_needs_the_staff_space(self) -> None:
        with pytest.raises(ValueError, match="staff space"):
            evaluate([page([("stem", 0, 0, 2, 60)], [])], widen_sp=0.5)

    def test_large_boxes_stay(self) -> None:
        one = page([(HEAD, 0, 0, 20, 20)], [(HEAD, 0, 0, 20, 12)], space_px=16.0)
        assert evaluate([one], widen_sp=0.5).mean(None) == evaluate([one]).mean(None)


class TestDetectors:
    """`scored_pages` with callables in place of a detector."""

    truth = symbols((HEAD, 0, 0, 10, 10))

    def labelled(self, level: int) -> LabelledPage:
        reading = Reading(self.truth, (Staff.straight(0, 1000, 100, 16.0),), f"{level}.png")
        return LabelledPage(np.full((100, 100), level, np.uint8), reading, NotationGraph(1))

    def read(self, image: GreyImage) -> Reading:
        if image[0, 0] == 0:
            raise InputError("the page is black\nand more")
        return Reading(self.truth, ())

    def test_a_failed_page_is_a_complete_miss(self) -> None:
        done = evaluate(scored_pages(self.read, [self.labelled(0), self.labelled(255)]))
        assert ap(done, HEAD, 0.5) == 0.5
        assert done.failures == (("0.png", "InputError: the page is black"),)

    def test_staff_space_comes_from_the_true_staves(self) -> None:
        (one,) = scored_pages(self.read, [self.labelled(255)])
        assert one.space_px == pytest.approx(16.0)


class TestTables:
    def test_text_and_markdown(self) -> None:
        table = Table(["class", "truth", "AP"], [["stem", 12, 0.5], ["a|b", 3, math.nan]])
        assert table.text().splitlines() == ["class  truth      AP", "stem      12  0.5000", "a|b        3       -"]
        assert table.markdown().splitlines()[1:] == [
            "| --- | ---: | ---: |",
            "| stem | 12 | 0.5000 |",
            "| a\\|b | 3 | - |",
        ]

    def test_every_class_stands_in_the_class_table(self) -> None:
        one = page([(HEAD, 0, 0, 10, 10), ("stem", 5, 5, 5, 40)], [(HEAD, 0, 0, 10, 10), ("beam", 0, 0, 9, 3)])
        rows = class_table(evaluate_all([one])).rows
        assert [row[:3] for row in rows] == [[HEAD, 1, 1], ["stem", 1, 0], ["beam", 0, 1]]
        assert rows[1][3:6] == [None, None, None]  # the only stem has no area: standard mode does not know the class

    def test_means_say_how_many_classes_they_count(self) -> None:
        one = page([(HEAD, 0, 0, 10, 10), ("stem", 20, 0, 22, 30)], [(HEAD, 0, 0, 10, 10)])
        counts = {tuple(row[:2]): tuple(row[2:4]) for row in mean_table(evaluate_all([one])).rows}
        assert counts["oriented, standard", "all*"] == (2, 2)
        assert counts["oriented, standard", "without silent"] == (1, 1)
        assert counts["oriented, legacy", "without silent*"] == (1, 1)
        assert counts["oriented, legacy", "all, >= 10 instances"] == (0, 0)


# ---------------------------------------------------------------------------------------------------- properties

names = st.sampled_from([HEAD, "stem", "beam"])
side = st.integers(2, 40)
where = st.integers(0, 200)
rows = st.tuples(names, where, where, side, side, st.integers(-7, 7), st.integers(1, 64))


def _symbols(drawn: list[tuple[str, int, int, int, int, int, int]]) -> Symbols:
    boxes = [(x, y, width, height, turn / 10) for _, x, y, width, height, turn, _ in drawn]
    ids = [vocabulary().id_of(one[0]) for one in drawn]
    return Symbols.of(boxes, ids, [one[6] / 64 for one in drawn], width_px=250, height_px=250)[0]


page_of_symbols = st.lists(rows, max_size=12).map(_symbols)
pages_of_symbols = st.lists(st.builds(ScoredPage, page_of_symbols, page_of_symbols), max_size=3)


@given(truths=st.lists(page_of_symbols, min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
def test_perfect_detections_are_perfect_in_standard_mode(truths: list[Symbols]) -> None:
    pages = [ScoredPage(one, one) for one in truths]
    for shape in ("oriented", "upright"):
        for row in evaluate(pages, shape=shape).classes:
            assert row.ap == pytest.approx((1.0,) * len(THRESHOLDS))


@given(columns=st.lists(st.tuples(names, side, side, st.integers(-7, 7)), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_perfect_detections_are_perfect_in_every_mode(columns: list[tuple[str, int, int, int]]) -> None:
    """Symbols that do not overlap their own kind, as on a printed page: there every mode must agree on 1."""
    boxes = [(100 * k, 50, width, height, turn / 10) for k, (_, width, height, turn) in enumerate(columns)]
    ids = [vocabulary().id_of(one[0]) for one in columns]
    truth = Symbols.of(boxes, ids, width_px=1300, height_px=100)[0]
    for one in evaluate_all([ScoredPage(truth, truth)]):
        assert one.mean(0.25) == one.mean(0.5) == pytest.approx(1)
        assert one.mean(None) == pytest.approx(1)


@given(pages=pages_of_symbols, order=st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_pages_does_not_matter(pages: list[ScoredPage], order: Random) -> None:
    shuffled = pages.copy()
    order.shuffle(shuffled)
    assert evaluate_all(shuffled) == evaluate_all(pages)


@given(pages=pages_of_symbols, factor=st.sampled_from([0.5, 0.25, 0.0625]))
@settings(max_examples=40, deadline=None)
def test_the_scale_of_scores_does_not_matter(pages: list[ScoredPage], factor: float) -> None:
    scaled = [ScoredPage(one.truth, _rescored(one.found, factor)) for one in pages]
    assert evaluate_all(scaled) == evaluate_all(pages)


def _rescored(found: Symbols | None, factor: float) -> Symbols | None:
    if found is None:
        return None
    columns = (found.boxes, found.class_ids, found.scores * factor)
    return Symbols.of(*columns, width_px=found.width_px, height_px=found.height_px)[0]


@given(pages=pages_of_symbols.filter(bool), name=names, score=st.integers(1, 64))
@settings(max_examples=60, deadline=None)
def test_a_false_positive_never_helps(pages: list[ScoredPage], name: str, score: int) -> None:
    found = pages[0].found
    assert found is not None
    far = [[10_000, 10_000, 20, 20, 0]]
    more, _ = Symbols.of(
        np.concatenate([found.boxes, far]),
        np.append(found.class_ids, vocabulary().id_of(name)),
        np.append(found.scores, score / 64),
        width_px=250,
        height_px=250,
    )
    worse = [ScoredPage(pages[0].truth, more), *pages[1:]]
    for before, after in zip(evaluate_all(pages), evaluate_all(worse), strict=True):
        was = {one.name: one.ap for one in before.classes}
        for one in after.classes:
            assert all(new <= old + 1e-12 for new, old in zip(one.ap, was.get(one.name, one.ap), strict=True))


@given(pages=pages_of_symbols)
@settings(max_examples=40, deadline=None)
def test_ap_falls_with_the_threshold_in_legacy_mode(pages: list[ScoredPage]) -> None:
    """One assignment serves all thresholds there, so a stricter one can only lose hits."""
    for shape in ("oriented", "upright"):
        for row in evaluate(pages, mode="legacy", shape=shape).classes:
            assert all(strict <= loose + 1e-12 for loose, strict in pairwise(row.ap))


@given(truth=page_of_symbols, found=st.lists(rows, max_size=12, unique_by=lambda row: row[6]).map(_symbols))
@settings(max_examples=60, deadline=None)
def test_both_modes_agree_with_the_words_of_their_definition(truth: Symbols, found: Symbols) -> None:
    for shape, mode in KINDS:
        for row in evaluate([ScoredPage(truth, found)], shape=shape, mode=mode).classes:
            expected = [spelled_out(truth, found, row.name, shape, mode, threshold) for threshold in THRESHOLDS]
            assert list(row.ap) == pytest.approx(expected)


def spelled_out(truth: Symbols, found: Symbols, name: str, shape: Shape, mode: Mode, threshold: float) -> float:
    """AP of one class on one page, symbol by symbol, without regard to time."""
    free = truth.rows_of(name).tolist()
    count = len(free)
    overlaps = overlap_table(found, truth, shape, mode)
    right = {}
    least = 0.2 + 1e-12 if mode == "legacy" else threshold * (1 - 1e-9)
    for row in sorted(found.rows_of(name).tolist(), key=lambda row: found.scores[row], reverse=mode == "standard"):
        best = max(free, key=lambda one: overlaps[row, one], default=None)
        taken = best is not None and overlaps[row, best] >= least
        right[row] = taken and overlaps[row, best] >= threshold * (1 - 1e-9)
        if taken:
            free.remove(best)
    points, hit_count = [], 0
    for number, row in enumerate(sorted(right, key=lambda row: -found.scores[row]), start=1):
        hit_count += right[row]
        points.append((hit_count / max(count, 1), hit_count / number))
    steps = [recall for recall, _ in points]
    areas = (
        (recall - before) * max(precision for other, precision in points if other >= recall)
        for before, recall in pairwise([0.0, *steps])
    )
    return sum(areas)


def overlap_table(found: Symbols, truth: Symbols, shape: Shape, mode: Mode) -> np.ndarray:
    if shape == "oriented":
        return geometry.iou(found.boxes, truth.boxes)
    a, b = geometry.upright(found.boxes)[:, None], geometry.upright(truth.boxes)[None]
    shared = (np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])).clip(0).prod(-1)
    hull = (np.maximum(a[..., 2:], b[..., 2:]) - np.minimum(a[..., :2], b[..., :2])).prod(-1)
    area_a, area_b = ((one[..., 2:] - one[..., :2]).prod(-1) for one in (a, b))
    return shared / (hull if mode == "legacy" else area_a + area_b - shared)
