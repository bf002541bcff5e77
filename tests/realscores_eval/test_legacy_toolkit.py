"""Legacy mode against the published toolkit: what it printed for the same files, and its peculiarities one by one.

`files/imslp_test/toolkit_ap.json` was not made by us: docs/evaluation.md says how.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.average_precision import Evaluation, evaluate
from realscores_eval.deepscores_pages import deepscores_pages
from realscores_eval.matching import Shape, hits
from realscores_eval.scored_page import ScoredPage

FILES = Path(__file__).parent / "files" / "imslp_test"
HEAD, STEM = "noteheadBlackOnLine", "stem"
SHAPES = pytest.mark.parametrize("shape", ["oriented", "upright"], ids=str)

#: Name, x0, y0, x1, y1 and score.
Row = tuple[str, float, float, float, float, float]


def symbols(*rows: Row) -> Symbols:
    boxes = [((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, 0) for _, x0, y0, x1, y1, _ in rows]
    ids = [vocabulary().id_of(row[0]) for row in rows]
    return Symbols.of(boxes, ids, [row[5] for row in rows], width_px=500, height_px=500)[0]


def head(x: float, score: float = 1.0, *, width: float = 10.0) -> Row:
    return (HEAD, x, 0, x + width, 10, score)


def legacy(*pages: tuple[Symbols, Symbols], shape: Shape = "oriented") -> Evaluation:
    return evaluate([ScoredPage(truth, found) for truth, found in pages], mode="legacy", shape=shape)


def ap(evaluation: Evaluation, threshold: float, name: str = HEAD) -> float:
    return {one.name: one for one in evaluation.classes}[name].at(threshold)


@SHAPES
def test_the_toolkit_prints_the_same(shape: Shape) -> None:
    pages = deepscores_pages(FILES / "imslp_test.json", FILES / f"proposals_{shape}.json", shape=shape, mode="legacy")
    done = evaluate(pages, mode="legacy", shape=shape)
    printed = json.loads((FILES / "toolkit_ap.json").read_text())[shape]
    ours = {str(vocabulary().id_of(one.name)): one for one in done.counted()}
    assert set(ours) == set(printed)
    for class_id, rows in printed.items():
        for threshold, expected in rows.items():
            assert ours[class_id].at(float(threshold)) == pytest.approx(expected, abs=1e-6), (class_id, threshold)
    assert done.mean(0.5) == pytest.approx(np.mean([rows["0.5"] for rows in printed.values()]), abs=1e-6)


@SHAPES
def test_standard_mode_differs_on_these_files(shape: Shape) -> None:
    """Or the comparison above would show nothing."""
    pages = deepscores_pages(FILES / "imslp_test.json", FILES / f"proposals_{shape}.json", shape=shape, mode="legacy")
    assert evaluate(pages, mode="standard", shape=shape).mean(0.5) != pytest.approx(
        evaluate(pages, mode="legacy", shape=shape).mean(0.5), abs=0.01
    )


class TestPeculiarities:
    def test_no_proposals_no_figure(self) -> None:
        assert np.isnan(legacy((symbols(head(0)), symbols())).mean(0.5))

    def test_the_least_certain_chooses_first(self) -> None:
        """Of two detections on one symbol the poor one (overlap 0.6, score 0.1) takes it: 1 hit at rank 2."""
        done = legacy((symbols(head(0)), symbols(head(0, 0.9), head(0, 0.1, width=6))))
        assert ap(done, 0.5) == pytest.approx(0.5)

    def test_each_takes_its_best_even_where_another_symbol_would_do(self) -> None:
        """Symbols at 0 and 5. The detection at 2 (score 0.1) prefers 0 (8/12), so the one at 0 (score 0.9) gets 5."""
        done = legacy((symbols(head(0), head(5)), symbols(head(2, 0.1), head(0, 0.9))))
        assert ap(done, 0.5) == pytest.approx(0.25)  # hit at rank 2 of 2: precision 1/2 over half of the recall
        assert ap(done, 0.25) == pytest.approx(1.0)  # 5/15 with the symbol at 5

    def test_a_symbol_is_reserved_from_a_fifth_on_whatever_the_threshold(self) -> None:
        """An overlap of 0.3 is no hit at 0.5, and still takes the symbol away from the exact detection."""
        done = legacy((symbols(head(0)), symbols(head(0, 0.9), head(0, 0.1, width=3))))
        assert ap(done, 0.5) == 0
        assert ap(done, 0.25) == pytest.approx(0.5)

    def test_a_fifth_itself_reserves_nothing(self) -> None:
        done = legacy((symbols(head(0)), symbols(head(0, 0.9), head(0, 0.1, width=2))))
        assert ap(done, 0.5) == 1

    def test_thresholds_below_a_fifth_mean_nothing(self) -> None:
        """An overlap of 0.15 is a hit at 0.1 in standard mode; here it takes nothing, and nothing is no hit."""
        truth, found = symbols(head(0)), symbols(head(0, 0.9, width=1.5))
        assert hits(truth, found, "oriented", "standard", (0.1,)).tolist() == [[True]]
        assert hits(truth, found, "oriented", "legacy", (0.1,)).tolist() == [[False]]

    def test_pages_are_pooled_by_descending_score(self) -> None:
        """Right at 0.9 on one page, wrong at 0.8 and right at 0.7 on the other: 1/3 * 1 + 1/3 * 2/3 of three."""
        first = (symbols(head(0)), symbols(head(0, 0.9)))
        second = (symbols(head(0), head(50)), symbols(head(100, 0.8), head(0, 0.7)))
        assert ap(legacy(first, second), 0.5) == pytest.approx(1 / 3 + 1 / 3 * 2 / 3)

    def test_precision_is_taken_at_every_recall_and_lifted_to_what_follows(self) -> None:
        """Wrong, right, right: precision 0, 1/2, 2/3; the envelope is 2/3 throughout (11 points would give the same
        recall other weights)."""
        found = symbols(head(100, 0.9), head(0, 0.8), head(50, 0.7))
        assert ap(legacy((symbols(head(0), head(50)), found)), 0.5) == pytest.approx(2 / 3)

    def test_recall_is_over_all_truth_also_of_pages_without_proposals(self) -> None:
        done = legacy((symbols(head(0)), symbols(head(0, 0.9))), (symbols(head(0), head(50), head(100)), symbols()))
        assert ap(done, 0.5) == pytest.approx(0.25)

    def test_symbols_without_ink_count(self) -> None:
        done = legacy((symbols(head(0), (HEAD, 50, 5, 60, 5, 1.0)), symbols(head(0, 0.9))))
        assert ap(done, 0.5) == pytest.approx(0.5)

    def test_upright_overlap_is_over_the_enclosing_hull(self) -> None:
        """Shifted by 3 both ways: 49 shared; hull 13 * 13 = 169, union 151: 0.290 is a hit at 0.25, not at 0.3."""
        truth, found = symbols((HEAD, 0, 0, 10, 10, 1.0)), symbols((HEAD, 3, 3, 13, 13, 0.9))
        assert hits(truth, found, "upright", "legacy", (0.28, 0.30)).tolist() == [[True, False]]
        assert hits(truth, found, "oriented", "legacy", (0.28, 0.30)).tolist() == [[True, True]]

    def test_a_class_without_proposals_is_absent_from_the_mean(self) -> None:
        done = legacy((symbols(head(0), (STEM, 50, 0, 52, 40, 1.0)), symbols(head(0, 0.9))))
        assert done.mean(0.5) == 1
        assert [one.name for one in done.counted()] == [HEAD]

    def test_a_class_without_truth_counts_as_zero(self) -> None:
        done = legacy((symbols(head(0)), symbols(head(0, 0.9), (STEM, 50, 0, 52, 40, 0.5))))
        assert done.mean(0.5) == pytest.approx(0.5)

    def test_classes_never_mix(self) -> None:
        done = legacy((symbols(head(0)), symbols(("noteheadBlackInSpace", 0, 0, 10, 10, 0.9))))
        assert done.mean(0.25) == 0
