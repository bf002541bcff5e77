"""Close-ups, and what the tool doubts."""

from __future__ import annotations

import numpy as np
import pytest

from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.correct_overlay import draw_window, windows
from realscores_eval.correct_suspects import suspects

PAGE = np.full((600, 900), 255, np.uint8)
STAVES = [Staff.straight(100, 800, top, 20) for top in (100, 220, 400, 500)]


def symbols(*rows: tuple[str, list[float]]) -> Symbols:
    ids = [vocabulary().id_of(name) for name, _ in rows]
    return Symbols.of([box for _, box in rows], ids, width_px=900, height_px=600)[0]


def test_windows_cover_every_staff_from_end_to_end() -> None:
    found = list(windows(STAVES, [[0, 1], [2, 3]], 3, PAGE))
    assert len(found) == 6
    for staff, ways in ((STAVES[0], found[:3]), (STAVES[3], found[3:])):
        middle = staff.ys_px[2, 0]
        for x in range(100, 800, 25):
            assert any(x0 <= x < x1 and y0 <= middle < y1 for x0, y0, x1, y1 in ways)


def test_a_window_shows_boxes_and_unexplained_ink() -> None:
    missing = np.zeros(PAGE.shape, bool)
    missing[150:160, 200:210] = True
    rows = [("7", "tie", np.array([300.0, 150.0, 40.0, 10.0, 0.1]))]
    picture = draw_window(PAGE, missing, rows, (180, 100, 380, 200), 2.0)
    assert picture.shape == (200, 400, 3)
    assert (picture[105, 45] == (255, 0, 255)).all()
    without = draw_window(PAGE, missing, [], (180, 100, 380, 200), 2.0)
    assert (picture != without).any()


def test_an_empty_page_raises_no_doubts() -> None:
    assert suspects(symbols(), STAVES) == []
    assert suspects(symbols(("tie", [10, 10, 5, 5, 0])), []) == []


@pytest.mark.parametrize(
    ("rows", "doubt"),
    [
        pytest.param(
            [("noteheadBlackOnLine", [300, 130, 24, 20, 0])], "at position", id="a head in a space called on a line"
        ),
        pytest.param([("stem", [300, 130, 3, 60, 0])], "stem alone", id="a stem without a head"),
        pytest.param([("noteheadBlackOnLine", [300, 60, 24, 20, 0])], "without ledger line 8", id="no ledger lines"),
        pytest.param(
            [("fingering4", [300, 60, 20, 30, 0]), ("tuplet4", [301, 60, 20, 30, 0])],
            "fingering4 over tuplet4",
            id="rivals",
        ),
    ],
)
def test_doubts(rows: list[tuple[str, list[float]]], doubt: str) -> None:
    assert any(doubt in line for line in suspects(symbols(*rows), STAVES))


def test_a_head_with_its_stem_in_its_place_is_not_doubted() -> None:
    rows = [("noteheadBlackOnLine", [300, 120, 24, 20, 0]), ("stem", [311, 90, 3, 60, 0])]
    assert suspects(symbols(*rows), STAVES) == []  # type: ignore[arg-type]
