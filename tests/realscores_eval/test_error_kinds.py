"""The kinds of errors, one hand-worked page each, and what mending each of them gains."""

from __future__ import annotations

import math

import pytest

from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.error_breakdown import ErrorBreakdown, error_breakdown
from realscores_eval.error_kinds import KINDS, RIGHT, ErrorKind, page_errors
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


TRUTH: list[Row] = [(HEAD, 0, 10, 1.0), (SPACE, 100, 10, 1.0)]
RIGHT_ONES: list[Row] = [(HEAD, 0, 10, 0.9), (SPACE, 100, 10, 0.8)]


def kinds(one: ScoredPage, threshold: float = 0.5) -> dict[float, str]:
    """Kind of each detection by its score."""
    found = page_errors(one, threshold=threshold).kinds.tolist()
    assert one.found is not None
    return {
        score: "right" if kind == RIGHT else KINDS[kind]
        for score, kind in zip(one.found.scores.tolist(), found, strict=True)
    }


class TestKinds:
    def test_empty_pages(self) -> None:
        done = page_errors(page([], []))
        assert len(done.kinds) == len(done.missed) == 0

    def test_hits(self) -> None:
        done = page_errors(page(TRUTH, RIGHT_ONES))
        assert kinds(page(TRUTH, RIGHT_ONES)) == {0.9: "right", 0.8: "right"}
        assert done.taken.all()
        assert not done.missed.any()

    @pytest.mark.parametrize(
        ("row", "kind"),
        [
            ((SPACE, 0, 10, 0.5), "class"),
            ((SPACE, 0, 5, 0.5), "class"),  # overlap exactly 0.5
            ((HEAD, 0, 3, 0.5), "localisation"),  # 0.3
            ((SPACE, 0, 3, 0.5), "class and place"),
            ((HEAD, 0, 0.9, 0.5), "background"),  # 0.09
            ((SPACE, 0, 0.9, 0.5), "background"),
            ((HEAD, 50, 10, 0.5), "background"),
        ],
        ids=["class", "class at a half", "localisation", "both", "below the floor", "both below", "nothing there"],
    )
    def test_a_single_wrong_detection(self, row: Row, kind: str) -> None:
        assert kinds(page(TRUTH[:1], [row])) == {0.5: kind}

    def test_a_second_detection_of_a_taken_symbol_is_a_duplicate(self) -> None:
        assert kinds(page(TRUTH[:1], [(HEAD, 0, 10, 0.9), (HEAD, 0, 9, 0.5)])) == {0.9: "right", 0.5: "duplicate"}

    def test_a_poor_second_detection_is_a_localisation_error(self) -> None:
        """Its overlap of 0.4 would not have been a hit without the first one either."""
        assert kinds(page(TRUTH[:1], [(HEAD, 0, 10, 0.9), (HEAD, 0, 4, 0.5)]))[0.5] == "localisation"

    def test_localisation_goes_before_class(self) -> None:
        """The detection lies exactly on a SPACE and by 0.3 on a HEAD; it claims to be a HEAD."""
        truth: list[Row] = [(SPACE, 0, 10, 1.0), (HEAD, 0, 3, 1.0)]
        assert kinds(page(truth, [(HEAD, 0, 10, 0.5)])) == {0.5: "localisation"}

    def test_class_goes_before_duplicate(self) -> None:
        truth: list[Row] = [(HEAD, 0, 10, 1.0), (SPACE, 0, 9, 1.0)]
        found: list[Row] = [(HEAD, 0, 10, 0.9), (HEAD, 0, 9.5, 0.5)]
        assert kinds(page(truth, found)) == {0.9: "right", 0.5: "class"}

    def test_the_threshold_draws_the_line(self) -> None:
        one = page(TRUTH[:1], [(HEAD, 0, 3, 0.5)])
        assert kinds(one, 0.5) == {0.5: "localisation"}
        assert kinds(one, 0.25) == {0.5: "right"}

    def test_tilted_boxes_are_compared_as_they_lie(self) -> None:
        """Two parallel beams 6 px apart: upright they overlap, oriented they do not."""
        beam = vocabulary().id_of("beam")
        true, found = [[(100, 100, 90, 4, 0.3)], [(100, 106, 90, 4, 0.3)]]
        one = ScoredPage(*(Symbols.of(boxes, [beam], width_px=300, height_px=300)[0] for boxes in (true, found)))
        assert KINDS[page_errors(one).kinds[0]] == "background"
        assert page_errors(one, "upright").kinds[0] == RIGHT


class TestMissed:
    def test_nothing_found(self) -> None:
        assert page_errors(page(TRUTH, [])).missed.tolist() == [True, True]

    def test_a_failed_page(self) -> None:
        assert page_errors(ScoredPage(symbols(*TRUTH), None, "page", "lost")).missed.all()

    @pytest.mark.parametrize(
        ("row", "missed"),
        [
            ((SPACE, 0, 10, 0.5), False),
            ((HEAD, 0, 3, 0.5), False),
            ((SPACE, 0, 3, 0.5), True),
            ((HEAD, 50, 10, 0.5), True),
        ],
        ids=["wrong class", "wrong place", "both wrong", "elsewhere"],
    )
    def test_a_symbol_that_an_error_points_at_is_not_missed(self, row: Row, missed: bool) -> None:
        done = page_errors(page(TRUTH[:1], [row]))
        assert done.missed.tolist() == [missed]
        assert not done.taken.any()


def gains(one: ScoredPage, threshold: float = 0.5) -> ErrorBreakdown:
    return error_breakdown([one], threshold=threshold)


def only(breakdown: ErrorBreakdown, kind: ErrorKind) -> float:
    """The gain of one kind, after checking that no other gains anything."""
    assert {name for name, gain in breakdown.gains.items() if abs(gain) > 1e-12} <= {kind}
    return breakdown.gains[kind]


class TestGains:
    def test_nothing_at_all(self) -> None:
        assert math.isnan(error_breakdown([]).ap)
        assert error_breakdown([page([], [])]).counts == dict.fromkeys(KINDS, 0)

    def test_perfect_detections(self) -> None:
        done = gains(page(TRUTH, RIGHT_ONES))
        assert done.ap == 1
        assert set(done.gains.values()) == {0.0}

    def test_class(self) -> None:
        """The SPACE is found as a HEAD at 0.8: AP of SPACE 0, of HEAD 1 (right at 0.9 first). Mended, both are 1."""
        done = gains(page(TRUTH, [(HEAD, 0, 10, 0.9), (HEAD, 100, 10, 0.8)]))
        assert done.ap == pytest.approx(0.5)
        assert only(done, "class") == pytest.approx(0.5)
        assert done.counts["class"] == 1
        assert done.class_counts[HEAD]["class"] == 1

    def test_class_error_on_a_taken_symbol_is_removed(self) -> None:
        """SPACE claimed at 0.95 on a HEAD that is taken: AP of SPACE is 1/2, and 1 without it."""
        done = gains(page(TRUTH, [*RIGHT_ONES, (SPACE, 0, 10, 0.95)]))
        assert done.ap == pytest.approx(0.75)
        assert only(done, "class") == pytest.approx(0.25)

    def test_localisation(self) -> None:
        """HEAD with overlap 0.3: AP 0, mended 1."""
        done = gains(page(TRUTH[:1], [(HEAD, 0, 3, 0.9)]))
        assert done.ap == 0
        assert only(done, "localisation") == 1

    def test_of_two_at_one_symbol_the_more_certain_is_mended(self) -> None:
        """Both point at the HEAD; the one at 0.9 becomes a hit, the other goes: AP 1, not 1/2."""
        done = gains(page(TRUTH[:1], [(HEAD, 0, 3, 0.9), (HEAD, 0, 4, 0.5)]))
        assert done.counts["localisation"] == 2
        assert only(done, "localisation") == 1

    def test_class_and_place(self) -> None:
        """A SPACE claimed at 0.95, overlapping the HEAD by 0.3, is removed: AP of SPACE from 1/2 to 1, half of it in
        the mean of two classes."""
        done = gains(page(TRUTH, [*RIGHT_ONES, (SPACE, 0, 3, 0.95)]))
        assert only(done, "class and place") == pytest.approx(0.25)

    def test_duplicate(self) -> None:
        """Two HEADs; the first is found at 0.9 and again at 0.8, the second at 0.7: precision 1 and 2/3, mended 1."""
        truth: list[Row] = [(HEAD, 0, 10, 1.0), (HEAD, 100, 10, 1.0)]
        done = gains(page(truth, [(HEAD, 0, 10, 0.9), (HEAD, 0, 9, 0.8), (HEAD, 100, 10, 0.7)]))
        assert done.ap == pytest.approx(0.5 + 0.5 * 2 / 3)
        assert only(done, "duplicate") == pytest.approx(0.5 / 3)

    def test_background(self) -> None:
        """A false HEAD at 0.95 before the right one at 0.9: AP 1/2, mended 1."""
        done = gains(page(TRUTH[:1], [(HEAD, 300, 10, 0.95), (HEAD, 0, 10, 0.9)]))
        assert only(done, "background") == pytest.approx(0.5)
        assert done.false_gain == pytest.approx(0.5)

    def test_missed(self) -> None:
        """One of two HEADs found: AP 1/2; with the other forgiven 1."""
        truth: list[Row] = [(HEAD, 0, 10, 1.0), (HEAD, 100, 10, 1.0)]
        done = gains(page(truth, [(HEAD, 0, 10, 0.9)]))
        assert only(done, "missed") == pytest.approx(0.5)
        assert done.lost_gain == pytest.approx(0.5)
        assert done.class_counts == {HEAD: {**dict.fromkeys(KINDS, 0), "missed": 1}}

    def test_a_class_missed_altogether_counts_as_perfect_when_forgiven(self) -> None:
        done = gains(page(TRUTH, RIGHT_ONES[:1]))
        assert only(done, "missed") == pytest.approx(0.5)

    def test_a_class_missed_altogether_is_not_forgiven_its_false_detections(self) -> None:
        done = gains(page(TRUTH, [*RIGHT_ONES[:1], (SPACE, 300, 10, 0.5)]))
        assert done.gains["missed"] == 0

    def test_claims_of_classes_without_truth_do_not_enter_the_mean(self) -> None:
        done = gains(page(TRUTH, [*RIGHT_ONES, (STEM, 0, 10, 0.95)]))
        assert done.ap == 1
        assert done.counts["class"] == 1
        assert done.gains["class"] == 0

    def test_pages_are_pooled(self) -> None:
        """Rows of the second page must not point at symbols of the first."""
        first, second = page(TRUTH, RIGHT_ONES), page(TRUTH[:1], [(HEAD, 0, 3, 0.5)])
        done = error_breakdown([first, second])
        assert done.ap == pytest.approx((0.5 + 1) / 2)
        assert only(done, "localisation") == pytest.approx(0.25)
        assert error_breakdown([second, first]) == done
