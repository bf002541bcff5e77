"""Missed, false and confused symbols at one score."""

from __future__ import annotations

import pytest

from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.average_precision import evaluate
from realscores_eval.crops import worst
from realscores_eval.faults import Confusion, best_score, confusion
from realscores_eval.scored_page import ScoredPage

HEAD, SPACE, STEM = "noteheadBlackOnLine", "noteheadBlackInSpace", "stem"

#: Name, left edge, width, score; all boxes are 10 px high from the top.
Row = tuple[str, float, float, float]


def symbols(*rows: Row) -> Symbols:
    ids = [vocabulary().id_of(row[0]) for row in rows]
    boxes = [(x + width / 2, 5, width, 10, 0) for _, x, width, _ in rows]
    return Symbols.of(boxes, ids, [row[3] for row in rows], width_px=900, height_px=100)[0]


def page(truth: list[Row], found: list[Row]) -> ScoredPage:
    return ScoredPage(symbols(*truth), symbols(*found))


def listed(done: Confusion) -> list[tuple[str, str | None, str | None]]:
    return [(one.kind, one.true_name, one.found_name) for one in done.faults]


class TestFaults:
    def test_nothing(self) -> None:
        assert listed(confusion([], 0.5)) == []
        assert listed(confusion([page([], [])], 0.5)) == []

    def test_each_kind(self) -> None:
        truth: list[Row] = [(HEAD, 0, 10, 1), (SPACE, 100, 10, 1), (STEM, 200, 2, 1)]
        found: list[Row] = [(HEAD, 0, 10, 0.9), (HEAD, 100, 10, 0.8), (STEM, 300, 2, 0.7)]
        done = confusion([page(truth, found)], 0.5)
        assert listed(done) == [("confused", SPACE, HEAD), ("false", None, STEM), ("missed", STEM, None)]
        assert done.right == {HEAD: 1}
        assert done.pairs == {(SPACE, HEAD): 1}
        assert [done.of_kind(kind) for kind in ("missed", "false", "confused")] == [{STEM: 1}, {STEM: 1}, {SPACE: 1}]

    def test_the_right_class_takes_a_symbol_before_a_better_placed_wrong_one(self) -> None:
        done = confusion([page([(HEAD, 0, 10, 1)], [(SPACE, 0, 10, 0.9), (HEAD, 0, 7, 0.6)])], 0.5)
        assert done.right == {HEAD: 1}
        assert listed(done) == [("false", None, SPACE)]

    def test_one_symbol_is_confused_once(self) -> None:
        done = confusion([page([(HEAD, 0, 10, 1)], [(SPACE, 0, 10, 0.9), (STEM, 0, 9, 0.8)])], 0.5)
        assert listed(done) == [("confused", HEAD, SPACE), ("false", None, STEM)]

    def test_scores_below_the_least_are_not_there(self) -> None:
        done = confusion([page([(HEAD, 0, 10, 1)], [(HEAD, 0, 10, 0.4)])], 0.5)
        assert listed(done) == [("missed", HEAD, None)]

    def test_a_failed_page_is_missed(self) -> None:
        done = confusion([ScoredPage(symbols((HEAD, 0, 10, 1)), None, "page", "lost")], 0.5)
        assert listed(done) == [("missed", HEAD, None)]

    def test_what_comes_nearest_is_told(self) -> None:
        done = confusion([page([(HEAD, 0, 10, 1)], [(HEAD, 0, 4, 0.9)])], 0.5)
        false, missed = done.faults
        assert false.near is not None and missed.near is not None
        assert (false.near.name, missed.near.name) == (HEAD, HEAD)
        assert false.near.overlap == missed.near.overlap == pytest.approx(0.4)

    def test_the_page_is_told(self) -> None:
        done = confusion([page([], []), page([(HEAD, 0, 10, 1)], [])], 0.5)
        assert done.faults[0].page == 1


class TestBestScore:
    def test_without_hits(self) -> None:
        assert best_score(evaluate([page([(HEAD, 0, 10, 1)], [])]).pool) == 0

    def test_worked_by_hand(self) -> None:
        """F1 at 0.9: 2/3; at 0.7: 2 * 2 / (2 + 2) = 1; at 0.2: 4/5."""
        truth: list[Row] = [(HEAD, 0, 10, 1), (HEAD, 100, 10, 1)]
        found: list[Row] = [(HEAD, 0, 10, 0.9), (HEAD, 100, 10, 0.7), (HEAD, 300, 10, 0.2)]
        assert best_score(evaluate([page(truth, found)]).pool) == 0.7


class TestWorst:
    def test_classes_take_turns_and_the_most_frequent_goes_first(self) -> None:
        found: list[Row] = [(HEAD, 0, 10, 0.6), (HEAD, 100, 10, 0.9), (STEM, 200, 2, 0.7)]
        done = confusion([page([], found)], 0.5)
        assert [(one.found_name, one.score) for one in worst(done, "false", 9)] == [
            (HEAD, 0.9),
            (STEM, 0.7),
            (HEAD, 0.6),
        ]
        assert len(worst(done, "false", 2)) == 2
        assert worst(done, "missed", 9) == []
