from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notation.boxes import upright
from notation.errors import ConfigurationError
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

STEM, HEAD = 42, 25
TWO = [[50.0, 80, 10, 8, 0.1], [50, 20, 2, 60, 0]]


def test_the_empty_page() -> None:
    page = Symbols.empty(100, 50)
    assert (len(page), page.names, page.comments, page.boxes.shape) == (0, (), (), (0, 5))
    assert len(page.select([])) == 0
    assert page.rows_of("stem").tolist() == []


def test_rows_are_sorted_from_the_top() -> None:
    symbols, order = Symbols.of(TWO, [HEAD, STEM], [0.5, 0.75], width_px=100, height_px=90, comments=["a", "b"])
    assert symbols.names == ("stem", "noteheadBlackOnLine")
    assert order.tolist() == [1, 0]
    assert symbols.scores.tolist() == [0.75, 0.5]
    assert symbols.comments == ("b", "a")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"class_ids": [HEAD]}, "one length"),
        ({"scores": [1.0]}, "one length"),
        ({"comments": ["a"]}, "one length"),
        ({"scores": [1.0, 1.5]}, "scores"),
        ({"scores": [1.0, np.nan]}, "scores"),
        ({"class_ids": [HEAD, 137]}, "137"),  # a muscima++ name is not a class of a detector
        ({"class_ids": [HEAD, 9999]}, "9999"),
        ({"boxes": [[1, 2, 3, 4]] * 2}, "shape"),
    ],
)
def test_illegal_columns(columns: dict[str, list[object]], message: str) -> None:
    legal: dict[str, object] = {"boxes": TWO, "class_ids": [HEAD, STEM]}
    with pytest.raises(ValueError, match=message):
        Symbols.of(**(legal | columns), width_px=100, height_px=90)  # type: ignore[arg-type]


def test_columns_are_read_only() -> None:
    symbols, _ = Symbols.of(TWO, [HEAD, STEM], width_px=100, height_px=90)
    for column in (symbols.boxes, symbols.class_ids, symbols.scores):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0


@pytest.mark.parametrize("rows", [[1], np.array([False, True]), np.array([1])])
def test_selecting(rows: object) -> None:
    symbols, _ = Symbols.of(TWO, [HEAD, STEM], width_px=100, height_px=90, comments=["a", "b"])
    chosen = symbols.select(rows)  # type: ignore[arg-type]
    assert (chosen.names, chosen.comments, chosen.width_px) == (("noteheadBlackOnLine",), ("a",), 100)


def test_rows_by_class() -> None:
    symbols, _ = Symbols.of(TWO, [HEAD, STEM], width_px=100, height_px=90)
    assert symbols.rows_of("noteheadBlackOnLine").tolist() == [1]
    assert symbols.rows_of("stem", "noteheadBlackOnLine").tolist() == [0, 1]
    with pytest.raises(ConfigurationError, match="nonsense"):
        symbols.rows_of("nonsense")


@given(st.data())
def test_any_order_gives_the_same_page(data: st.DataObject) -> None:
    number = st.floats(0, 500)
    rows = data.draw(st.lists(st.tuples(number, number, number, number, st.floats(-4, 4)), max_size=8, unique=True))
    ids = data.draw(st.lists(st.sampled_from([one.id for one in vocabulary()]), min_size=len(rows), max_size=len(rows)))
    shuffled = data.draw(st.permutations(range(len(rows))))
    boxes = np.array(rows).reshape(-1, 5)
    straight, order = Symbols.of(boxes, ids, width_px=9, height_px=9)
    mixed, other = Symbols.of(boxes[shuffled], np.array(ids, int)[shuffled], width_px=9, height_px=9)
    assert sorted(order.tolist()) == list(range(len(rows)))
    assert sorted(map(tuple, mixed.boxes.tolist())) == sorted(map(tuple, straight.boxes.tolist()))
    assert np.array(shuffled, int)[other].tolist() == order.tolist() or _has_ties(straight)


def _has_ties(symbols: Symbols) -> bool:
    keys = [(*row[:2], one) for row, one in zip(upright(symbols.boxes).tolist(), symbols.class_ids, strict=True)]
    return len(set(keys)) < len(keys)
