"""Average precision from DeepScoresV2 files: annotations and proposals as they are found in the wild."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from notation.deepscores import DeepScoresPage, write_deepscores
from notation.page import Reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.average_precision import evaluate
from realscores_eval.deepscores_pages import deepscores_pages

HEAD = vocabulary().id_of("noteheadBlackOnLine")


@pytest.fixture
def annotations(tmp_path: Path) -> Path:
    """Two pages: two heads on the first, the second of them hidden (no ink); one head on the second."""
    pages = []
    for image_id, rows in ((1, [(10, 10, 10, 10, 0), (40, 10, 10, 10, 0)]), (2, [(10, 10, 10, 10, 0)])):
        symbols, _ = Symbols.of(rows, [HEAD] * len(rows), width_px=100, height_px=100)
        areas = np.array([80, 0][: len(rows)])
        pages.append(DeepScoresPage.of(Reading(symbols, (), f"{image_id}.png"), image_id, areas))
    write_deepscores(tmp_path / "truth.json", pages)
    return tmp_path / "truth.json"


def proposals(folder: Path, *rows: dict[str, object]) -> Path:
    (folder / "proposals.json").write_text(json.dumps({"annotation_set": "deepscores", "proposals": list(rows)}))
    return folder / "proposals.json"


def test_no_proposals_at_all(annotations: Path) -> None:
    pages = deepscores_pages(annotations, proposals(annotations.parent), shape="oriented", mode="legacy")
    assert [len(page.truth) for page in pages] == [2, 1]
    assert evaluate(pages, mode="legacy").mean(0.5, silent=True) == 0


def test_strings_for_numbers(annotations: Path) -> None:
    row = {"bbox": ["5.0", "5.0", "15.0", "15.0"], "cat_id": str(HEAD), "img_id": "2", "score": "0.9"}
    pages = deepscores_pages(annotations, proposals(annotations.parent, row), shape="upright", mode="legacy")
    assert evaluate(pages, mode="legacy", shape="upright").mean(0.5) == pytest.approx(1 / 3)


def test_symbols_without_ink_count_in_legacy_mode_only(annotations: Path) -> None:
    rows = [{"bbox": [5, 5, 15, 15], "cat_id": str(HEAD), "img_id": page, "score": 0.5} for page in (1, 2)]
    file = proposals(annotations.parent, *rows)
    legacy = evaluate(deepscores_pages(annotations, file, shape="oriented", mode="legacy"), mode="legacy")
    assert legacy.mean(0.5) == pytest.approx(2 / 3)
    assert evaluate(deepscores_pages(annotations, file, shape="oriented", mode="standard")).mean(0.5) == 1


def test_upright_truth_is_the_upright_box_of_the_file(annotations: Path) -> None:
    document = json.loads(annotations.read_text())
    document["annotations"]["3"]["a_bbox"] = [5, 5, 15, 25]  # twice as high as the oriented box
    annotations.write_text(json.dumps(document))
    row = {"bbox": [5, 5, 15, 25], "cat_id": str(HEAD), "img_id": 2, "score": 0.5}
    file = proposals(annotations.parent, row)
    upright = evaluate(deepscores_pages(annotations, file, shape="upright", mode="standard"), shape="upright")
    assert upright.mean(None) == pytest.approx(0.5)  # one of two heads, at every threshold
    oriented = evaluate(deepscores_pages(annotations, file, shape="oriented", mode="standard"))
    assert oriented.mean(0.5) == pytest.approx(0.5)
    assert oriented.mean(None) == pytest.approx(0.05)  # overlap one half: right at 0.5 alone
