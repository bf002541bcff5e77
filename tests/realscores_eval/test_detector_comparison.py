"""Detectors over the same sets: who knows what, means by hand, turns, failures, proposals."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from notation.deepscores import DeepScoresPage
from notation.deepscores_proposals import write_proposals
from notation.errors import InputError
from notation.page import GreyImage, Reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.detector_comparison import Entrant, Training, compare_detectors, matching, mean_ap
from realscores_eval.detector_tables import class_table, detector_table, document, report, upright_table
from realscores_eval.symbol_set import SymbolPage, SymbolSet

HEAD, REST, CLEF, RARE = "noteheadBlackOnLine", "restQuarter", "clefG", "segno"
COUNTS = {HEAD: 12, REST: 10, CLEF: 10, RARE: 3}


def symbols(counts: dict[str, int], score: float = 1.0) -> Symbols:
    """Boxes of 12 by 10 px in rows, a row a class."""
    order = list(COUNTS)
    places = [(name, order.index(name), k) for name, count in counts.items() for k in range(count)]
    boxes = np.array([(20 + 30 * k, 20 + 40 * row, 12, 10, 0) for _, row, k in places], float).reshape(-1, 5)
    ids = [vocabulary().id_of(name) for name, *_ in places]
    return Symbols.of(boxes, ids, [score] * len(places), width_px=400, height_px=200)[0]


def page(image_id: int, grey: int = 255) -> SymbolPage:
    labelled = DeepScoresPage.of(Reading(symbols(COUNTS), (), f"page {image_id}"), image_id)
    return SymbolPage(labelled, lambda: np.full((200, 400), grey, np.uint8))


class Stub:
    """Finds so many of each class, and fails on black pages."""

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts

    def __call__(self, image: GreyImage) -> Reading:
        if not image.any():
            raise ValueError("black page")
        return Reading(symbols(self.counts, 0.9), ())


@pytest.fixture
def pages() -> SymbolSet:
    return SymbolSet(Path("pages"), (page(1),))


GOOD = Entrant("good", Stub(COUNTS), classes=frozenset(COUNTS), megabytes=5.74, training=Training(75.0, 3273))
HALF = Entrant("half", Stub({HEAD: 6, REST: 10}), classes=frozenset({HEAD, REST, "stem"}))


def test_common_ground_and_their_own(pages: SymbolSet) -> None:
    result = compare_detectors({"set": pages}, [GOOD, HALF])
    assert result.common == {HEAD, REST}
    good, half = result.trials
    assert mean_ap(good.evaluations[0], result.common, 0.5) == (1.0, 2)
    assert mean_ap(half.evaluations[0], result.common, 0.5) == (0.75, 2)
    assert mean_ap(good.evaluations[0], result.known("good"), 0.5) == (1.0, 3)  # three segnos are too few
    assert math.isnan(mean_ap(good.evaluations[0], [RARE], 0.5)[0])
    assert [one.shape for one in good.evaluations] == ["oriented", "upright"]
    assert len(good.seconds) == len(good.cpu_seconds) == 1
    assert not result.failures


def test_who_does_not_say_knows_what_it_reported(pages: SymbolSet) -> None:
    silent = Entrant("silent", Stub({CLEF: 1}))
    two = SymbolSet(Path("two"), (page(1), page(2, grey=0)))
    result = compare_detectors({"one": pages, "two": two}, [GOOD, silent])
    assert result.known("silent") == result.common == {CLEF}
    assert [one[:3] for one in result.failures] == [("two", "good", "page 2"), ("two", "silent", "page 2")]
    assert "ValueError: black page" in report(result, ["clefG"])


def test_they_take_turns(pages: SymbolSet) -> None:
    two, seen = SymbolSet(Path("two"), (page(1), page(2))), list[tuple[str, str]]()
    compare_detectors({"set": two}, [GOOD, HALF], done=lambda detector, name: seen.append((detector, name)))
    assert seen == [("good", "set"), ("half", "set")] * 2


def test_proposals_by_set(pages: SymbolSet, tmp_path: Path) -> None:
    write_proposals(tmp_path / "set.json", {1: symbols({HEAD: 12, REST: 5}, 0.9)})
    result = compare_detectors({"set": pages}, [GOOD, Entrant("found", proposals={"set": tmp_path / "set.json"})])
    found = result.trials[1]
    assert result.known("found") == {HEAD, REST}
    assert mean_ap(found.evaluations[0], result.common, 0.25) == (0.75, 2)
    assert found.seconds == ()
    with pytest.raises(InputError):
        compare_detectors({"set": pages}, [Entrant("gone", proposals={"set": tmp_path / "gone.json"})])


def test_tables(pages: SymbolSet) -> None:
    result = compare_detectors({"set": pages}, [GOOD, HALF])
    head = list(detector_table(result).head)
    good, half = (dict(zip(head, row, strict=True)) for row in detector_table(result).rows)
    assert (good["common AP50"], good["own AP50"], good["n"], good["n own"]) == (1.0, 1.0, 2, 3)
    assert (good["MB"], good["minutes"], good["steps"], good["missed"]) == ("5.7", "75", 3273, 0)
    assert (half["common AP50"], half["MB"], half["minutes"], half["steps"]) == (0.75, None, None, None)
    assert [row[:3] for row in class_table(result, ["rest*"]).rows] == [
        [name, detector, boxes]
        for name, detector in (("set", "good"), ("set", "half"))
        for boxes in ("oriented", "upright")
    ]
    assert matching(result.trials[0].evaluations[0], "rest*") == [REST]
    assert [row[1] for row in upright_table(result).rows] == ["good", "half"]
    text = report(result, ["notehead*", "rest*"], markdown=True)
    assert "common, 2 classes" in text
    assert "good 4, half 3" in text
    assert "Complete misses" not in text


def test_document_holds_every_figure(pages: SymbolSet) -> None:
    figures = json.loads(json.dumps(document(compare_detectors({"set": pages}, [GOOD, HALF]))))
    assert figures["common_classes"] == sorted([HEAD, REST])
    good, half = figures["trials"]
    assert good["training"] == {"minutes": 75.0, "steps": 3273}
    assert half["training"] is None
    assert half["average_precision"][0]["classes"][HEAD]["AP50"] == 0.5
