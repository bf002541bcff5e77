from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from detector.pages.duplicates import find_repeats, main, repeated_rows, report, write_clean
from detector.pages.store import read_store, write_store
from notation.errors import OutputError
from notation.page import LabelledPage
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

HEAD, STEM = (vocabulary().id_of(name) for name in ("noteheadBlackOnLine", "stem"))
BOX = [100.0, 100.0, 20.0, 16.0, 0.0]


def _symbols(rows: list[tuple[int, list[float]]]) -> Symbols:
    boxes = np.array([box for _, box in rows]).reshape(-1, 5)
    return Symbols.of(boxes, [number for number, _ in rows], width_px=900, height_px=900)[0]


def _moved(x_px: float) -> list[float]:
    return [BOX[0] + x_px, *BOX[1:]]


@pytest.mark.parametrize(
    ("rows", "exact", "near"),
    [
        ([], 0, 0),
        ([(HEAD, BOX)], 0, 0),
        ([(HEAD, BOX), (HEAD, BOX)], 1, 0),
        ([(HEAD, BOX), (HEAD, BOX), (HEAD, _moved(0.3))], 2, 0),
        ([(HEAD, BOX), (STEM, BOX)], 0, 0),
        ([(HEAD, BOX), (HEAD, _moved(0.8))], 0, 1),
        ([(HEAD, BOX), (HEAD, _moved(6))], 0, 0),  # a unison on two stems
        ([(HEAD, BOX), (HEAD, [*BOX[:4], np.pi])], 1, 0),  # the same box, named from its other end
    ],
)
def test_repeats_of_a_page(rows: list[tuple[int, list[float]]], exact: int, near: int) -> None:
    found = find_repeats(_symbols(rows))
    assert (len(found.exact), len(found.near)) == (exact, near)
    assert len(found.rows) == exact + near


def test_a_box_is_not_dropped_for_one_that_is_dropped_itself() -> None:
    boxes = np.array([_moved(shift) for shift in (0.0, 0.9, 1.8)])
    labels = np.array([HEAD] * 3)
    assert repeated_rows(boxes, labels, 0.9).tolist() == [1]
    assert repeated_rows(boxes[:0], labels[:0], 0.9).tolist() == []


def test_the_report_names_classes_and_pages() -> None:
    pages = {"clean": _symbols([(HEAD, BOX)]), "double": _symbols([(HEAD, BOX)] * 3 + [(STEM, BOX)])}
    text = report(pages)
    assert text.startswith("2 pages, 5 symbols: 2 repeated within half a pixel, 0 more")
    assert "noteheadBlackOnLine" in text
    assert "| double" in text
    assert "clean" not in text
    assert "stem" not in text


def test_no_repetition_makes_one_line() -> None:
    assert len(report({"clean": _symbols([(HEAD, BOX)])}).splitlines()) == 1
    assert report({}).startswith("0 pages, 0 symbols")


@pytest.fixture
def store(tmp_path: Path, draw_page: Callable[[int], LabelledPage]) -> Path:
    """Two drawn pages; the second has its first three symbols twice."""
    folder = tmp_path / "store"
    write_store(folder, [draw_page(seed) for seed in range(2)])
    path = folder / "00001.npz"
    with np.load(path) as table:
        boxes, ids = table["boxes"], table["class_ids"]
    np.savez(path, boxes=np.concatenate([boxes, boxes[:3]]), class_ids=np.concatenate([ids, ids[:3]]))
    return folder


def test_a_cleaned_store_has_every_symbol_once(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "clean"
    assert write_clean(store, out) == 3
    before, after = read_store(store), read_store(out)
    assert [len(page.class_ids) for page in after] == [len(before[0].class_ids), len(before[1].class_ids) - 3]
    assert np.array_equal(after[1].pixels(), before[1].pixels())
    assert np.array_equal(after[0].boxes, before[0].boxes)
    assert after[1].space_px == before[1].space_px
    with pytest.raises(OutputError):
        write_clean(store, out)


def test_the_command_reports_and_cleans(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(store), "--write", str(tmp_path / "clean")])
    printed = capsys.readouterr().out
    assert ": 3 repeated within half a pixel" in printed
    assert "3 symbols left out" in printed
