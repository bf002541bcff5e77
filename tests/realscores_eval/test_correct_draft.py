"""Rough corrections made exact."""

from __future__ import annotations

import numpy as np
import pytest

from notation import boxes as geometry
from notation.errors import FormatError
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.correct_draft import Draft
from realscores_eval.correct_log import parse_log


def draft(log: str = "") -> Draft:
    ink = np.zeros((200, 400), bool)
    ink[50:70, 100:112] = True  # a digit
    ink[120:128, 200:300] = True  # a beam
    names = ("noteheadBlackOnLine", "tie", "beam")
    start, _ = Symbols.of(
        [[30, 30, 24, 20, 0], [150, 60, 40, 10, 0], [250, 124, 60, 6, 0]],
        [vocabulary().id_of(name) for name in names],
        width_px=400,
        height_px=200,
    )
    return Draft(start, parse_log(log), ink)


def test_empty_draft() -> None:
    assert draft().exact("\n# nothing\n") == []


def test_a_place_names_the_nearest_box_of_a_class() -> None:
    one, other = draft().exact("delete tie@152,61 beam@270,124  # both")
    assert [(found.kind, found.row, found.comment) for found in (one, other)] == [
        ("delete", 1, "both"),
        ("delete", 2, "both"),
    ]


def test_an_addition_shrinks_to_its_ink_unless_told_not_to() -> None:
    shrunk, kept = draft().exact("add fingering3 90 40 120 80\nadd! fingering3 90 40 120 80")
    assert geometry.upright(np.array([shrunk.box]))[0].tolist() == [100, 50, 112, 70]
    assert geometry.upright(np.array([kept.box]))[0].tolist() == [90, 40, 120, 80]


def test_points_give_the_box_of_least_area() -> None:
    (one,) = draft().exact("add slur 10 100 60 80 110 100")
    assert one.box == pytest.approx((60, 90, 100, 20, 0), abs=1e-3)


@pytest.mark.parametrize(
    ("line", "box"),
    [
        pytest.param("line beam 200 124 300 124", (250, 124, 100, 8, 0), id="fitted"),
        pytest.param("line beam 200 124 300 124 5", (250, 124, 100, 5, 0), id="stated thickness"),
        pytest.param("reline 2 201 122 298 125", (250, 124, 100, 8, 0), id="of a row"),
    ],
)
def test_strokes(line: str, box: tuple[float, ...]) -> None:
    (one,) = draft().exact(line)
    assert one.box == pytest.approx(box, abs=1.6)


def test_fit_moves_only_what_lies_badly_and_was_not_moved() -> None:
    (one,) = draft().exact("fit beam 0.8")
    assert (one.kind, one.row) == ("move", 2)
    assert draft("move 2 250 124 100 8").exact("fit beam 0.8") == []
    assert draft().exact("fit beam 0.1") == []


def test_tighten() -> None:
    (one,) = draft("").exact("tighten 1")
    assert one.kind == "move"


def test_put_takes_the_size_of_its_class() -> None:
    (one,) = draft().exact("put noteheadBlackInSpace 106 60")
    assert (one.name, one.box[2:4]) == ("noteheadBlackInSpace", (24, 20))


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("wipe 1", id="unknown verb"),
        pytest.param("delete tie@10,190", id="nothing near"),
        pytest.param("add tie 1 2 3", id="too few numbers"),
        pytest.param("arc slur 1 2 3 4", id="two points"),
        pytest.param("put coda 10 10", id="class without a size here"),
        pytest.param("fit tie 0.5", id="not a class that can be fitted"),
    ],
)
def test_broken_lines_are_named(line: str) -> None:
    with pytest.raises(FormatError, match="line 2"):
        draft("").exact(f"# first\n{line}")
