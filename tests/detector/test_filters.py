"""How many boxes filters leave on pages and crops, and what the fullest of many is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from detector.classes import class_names
from detector.pages.filters import FILTERS, Batching, densest, main, page_rows
from detector.pages.instances import InstanceTable, crop_instances, page_instances, pair_counts
from detector.pages.store import read_store, write_store
from detector.pages.truth import of_classes, read_truth
from detector.text_table import markdown
from detector.training.recipe import BatchShape, read_recipe
from notation.deepscores import DeepScoresPage, write_deepscores
from notation.page import LabelledPage
from notation.vocabulary import vocabulary


@pytest.fixture
def store(tmp_path: Path, draw_page: Callable[[int], LabelledPage]) -> Path:
    write_store(tmp_path / "store", [draw_page(seed) for seed in range(3)])
    return tmp_path / "store"


def test_each_filter_is_a_part_of_the_full_vocabulary() -> None:
    for name in FILTERS:
        assert set(class_names(name)) <= set(class_names("full"))


def test_harmony_is_the_list_of_the_report() -> None:
    names = class_names("harmony")
    assert len(names) == 4 + 3 + 2 + 3 + 10 + 2
    assert {"noteheadHalfInSpace", "keyNatural", "timeSig3", "stem", "beam"} <= set(names)
    assert not any(name.startswith(("noteheadWhole", "barline")) for name in names)


def test_noteheads_has_no_lines() -> None:
    assert not {"stem", "beam", "ledgerLine"} & set(class_names("noteheads"))


def test_pages_are_counted_by_class_and_shrunk(store: Path) -> None:
    pages = list(read_truth(store).values())
    heads = sum(int(np.isin(page.class_ids, [vocabulary().id_of("noteheadBlackOnLine")]).sum()) for page in pages)
    table = page_instances(pages, ["noteheadBlackOnLine"], 640)
    assert table.boxes.sum() == heads
    assert table.summary()[2] == max(len(of_classes(page, ["noteheadBlackOnLine"])) for page in pages)
    assert page_instances(pages, ["slur"], 640).boxes.tolist() == [0, 0, 0]


def test_a_data_set_reads_like_a_store(store: Path, tmp_path: Path, draw_page: Callable[[int], LabelledPage]) -> None:
    pages = [DeepScoresPage.of(draw_page(seed).reading, seed + 1) for seed in range(3)]
    write_deepscores(tmp_path / "deepscores_train.json", pages)
    from_file = list(read_truth(tmp_path / "deepscores_train.json").values())
    assert sorted(len(one) for one in from_file) == sorted(len(one) for one in read_truth(store).values())
    assert len(read_truth(tmp_path)) == len(from_file)


@pytest.mark.parametrize("side_px", [4.0, 16.0, 40.0])
def test_pairs_of_an_upright_box_follow_its_widened_area(side_px: float) -> None:
    pairs, hull_pairs = pair_counts(np.array([[50, 50, side_px, side_px, 0.0]]))
    assert pairs == pytest.approx(max(side_px, 16) ** 2 * 21 / 1024)
    assert hull_pairs == pytest.approx(pairs)


def test_a_turned_box_has_more_pairs_in_its_hull() -> None:
    pairs, hull_pairs = pair_counts(np.array([[50, 50, 100, 16, np.pi / 4]]))
    assert hull_pairs > 3 * pairs
    assert pair_counts(np.zeros((0, 5))) == (0.0, 0.0)


def _table(boxes: list[int]) -> InstanceTable:
    counts = np.array(boxes, dtype=np.int64)
    return InstanceTable(counts, counts.astype(np.float64) * 8, counts.astype(np.float64) * 9)


def test_the_padded_count_is_the_fullest_not_the_mean() -> None:
    table = _table([10] * 99 + [500])
    assert table.of_batch(1, sure=0.5).padded == 10
    assert table.of_batch(32, 1000).padded == 500
    truth = table.of_batch(4)
    assert truth.boxes < 4 * 500
    assert truth.pairs == pytest.approx(8 * truth.boxes, rel=0.01)


def test_more_crops_and_more_batches_never_look_emptier() -> None:
    table = _table(np.random.default_rng(2).poisson(60, 300).tolist())
    padded = [table.of_batch(crops, batches).padded for crops, batches in ((1, 1), (4, 1), (4, 10), (32, 10))]
    assert padded == sorted(padded)
    assert _table([]).of_batch(4).padded == 0


def test_crops_hold_what_training_would_see(store: Path) -> None:
    shape = BatchShape(256, 256, 2, 1.0)
    few, many = (
        crop_instances(read_store(store), class_names(name), read_recipe("training", classes=name), shape, 20)
        for name in ("noteheads", "harmony")
    )
    assert len(few) == len(many) == 20
    assert 0 < few.summary()[0] < many.summary()[0]


def test_filters_in_the_order_asked_for(store: Path) -> None:
    rows = page_rows(list(read_truth(store).values()), ["full", "harmony", "noteheads"], Batching(32, 640, 640))
    assert [row["filter"] for row in rows] == ["full", "harmony", "noteheads"]
    assert rows[0]["share"] == "100%"
    assert float(rows[1]["boxes, mean"]) > float(rows[2]["boxes, mean"])


def test_the_fullest_share_of_pages(store: Path) -> None:
    pages = list(read_truth(store).values())
    assert [len(page) for page in densest(pages, 0.34)] == sorted((len(page) for page in pages), reverse=True)[:2]
    assert len(densest(pages, 1.0)) == 3
    assert densest([], 0.5) == []


def test_the_command_prints_pages_and_crops(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(store), "--filters", "full", "harmony", "--sample", "4", "--crop", "256"])
    printed = capsys.readouterr().out
    assert printed.startswith("3 pages")
    assert "4 crops" in printed
    assert printed.count("| harmony") == 2


def test_tables() -> None:
    assert markdown([]) == ""
    assert markdown([{"a": "1", "long": "x"}]).splitlines() == ["| a | long |", "|---|------|", "| 1 | x    |"]
