from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector.pages.store import class_counts, read_store, write_store
from notation.page import LabelledPage, Reading


def test_an_empty_store_is_an_error(tmp_path: Path) -> None:
    assert write_store(tmp_path, []) == 0
    with pytest.raises(FileNotFoundError, match="no training pages"):
        read_store(tmp_path)


def test_pages_come_back(tmp_path: Path, draw_page: Callable[[int], LabelledPage]) -> None:
    pages = [draw_page(1), draw_page(2)]
    assert write_store(tmp_path, pages, first=7) == 9
    for stored, page in zip(read_store(tmp_path), pages, strict=True):
        assert (stored.pixels() == page.image).all()
        assert np.allclose(stored.boxes, page.reading.symbols.boxes)
        assert (stored.class_ids == page.reading.symbols.class_ids).all()
        assert stored.space_px == pytest.approx(16)
        assert stored.piece == page.piece


def test_a_page_without_staves_has_no_scale_and_is_left_out(
    tmp_path: Path, draw_page: Callable[[int], LabelledPage]
) -> None:
    page = draw_page(1)
    assert write_store(tmp_path, [replace(page, reading=Reading(page.reading.symbols, ()))]) == 0


def test_class_counts(tmp_path: Path, draw_page: Callable[[int], LabelledPage]) -> None:
    pages = [draw_page(1), draw_page(2)]
    write_store(tmp_path, pages)
    counts = class_counts(read_store(tmp_path))
    assert counts.total() == sum(len(page.reading.symbols) for page in pages)
    assert set(counts) == {name for page in pages for name in page.reading.symbols.names}
