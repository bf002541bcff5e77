"""The correction log: parsing, writing, replaying."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notation.errors import FormatError
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.correct_log import Operation, count_kinds, current_rows, format_operation, parse_log, replay


def start() -> Symbols:
    ids = [vocabulary().id_of(name) for name in ("stem", "tie", "beam")]
    return Symbols.of(
        [[10, 10, 2, 30, 0], [50, 40, 30, 8, 0], [80, 60, 40, 10, 0.1]], ids, width_px=200, height_px=100
    )[0]


def test_empty_log_keeps_everything() -> None:
    assert parse_log("") == []
    truth = replay(start(), [])
    assert truth.names == start().names
    assert np.array_equal(truth.boxes, start().boxes)


def test_comments_and_blank_lines_are_no_operations() -> None:
    assert parse_log("\n  # only words\n\n") == []


def test_every_kind_does_what_it_says() -> None:
    text = "delete 0  # dust\nrename 1 slur\nmove 2 82 60 44 10 5\nadd augmentationDot 120 30 6 6"
    operations = parse_log(text)
    truth = replay(start(), operations)
    assert sorted(truth.names) == ["augmentationDot", "beam", "slur"]
    beam = truth.boxes[truth.rows_of("beam")[0]]
    assert beam.tolist() == pytest.approx([82, 60, 44, 10, math.radians(5)])
    assert count_kinds(operations) == {"delete": 1, "rename": 1, "move": 1, "add": 1}
    assert operations[0].comment == "dust"
    assert (truth.scores == 1).all()


def test_rows_are_those_of_the_start_whatever_happened_before() -> None:
    truth = replay(start(), parse_log("delete 0\nrename 1 slur\nrename 2 tremolo1"))
    assert sorted(truth.names) == ["slur", "tremolo1"]


def test_current_rows_count_additions_in_order() -> None:
    rows = current_rows(start(), parse_log("delete 1\nadd coda 1 2 3 4\nadd segno 5 6 7 8"))
    assert [(reference, name) for reference, name, _ in rows] == [
        ("0", "stem"), ("2", "beam"), ("a1", "coda"), ("a2", "segno"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("erase 1", "line 1: expected delete ROW", id="unknown operation"),
        pytest.param("delete x", "number of a starting row", id="row is a word"),
        pytest.param("\nrename 1 tye", "line 2", id="unknown class"),
        pytest.param("move 1 2 3", "line 1", id="box too short"),
        pytest.param("add tie 1 2 x 4", "expected a box", id="box with words"),
    ],
)
def test_broken_lines_are_named(text: str, complaint: str) -> None:
    with pytest.raises(FormatError, match=complaint):
        parse_log(text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("delete 3", "no starting row 3", id="row beyond the end"),
        pytest.param("delete 1\nrename 1 slur", "deleted above", id="row is gone"),
        pytest.param("add tie 500 10 5 5", "off the page", id="off the page"),
        pytest.param("add tie 50 10 0 5", "no area", id="no area"),
        pytest.param("add tie 50 40 30 8", "two boxes of one tie", id="entered twice"),
    ],
)
def test_operations_that_make_no_sense_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(FormatError, match=complaint):
        replay(start(), parse_log(text))


@given(
    st.builds(
        lambda x, y, width, height, angle: (x, y, width, height, math.radians(angle)),
        *(st.integers(0, 9999).map(lambda tenth: tenth / 10) for _ in range(2)),
        *(st.integers(1, 9999).map(lambda tenth: tenth / 10) for _ in range(2)),
        st.integers(-449, 449).map(lambda tenth: tenth / 10),
    )
)
def test_written_operations_are_read_back(box: tuple[float, ...]) -> None:
    for one in (Operation("move", 7, box=box, comment="why"), Operation("add", name="tie", box=box)):
        (read,) = parse_log(format_operation(one))
        assert (read.kind, read.row, read.name, read.comment) == (one.kind, one.row, one.name, one.comment)
        assert read.box == pytest.approx(box, abs=1e-3)
