from __future__ import annotations

import numpy as np
import pytest

from notation.conversion_report import ConversionReport, check_symbols, duplicate_rows
from notation.symbols import Symbols

HEAD, STEM = 25, 42
BOX = [50.0, 50, 12, 8, 0.2]


def page(*boxes: list[float], classes: list[int] | None = None) -> Symbols:
    return Symbols.of(list(boxes), classes or [HEAD] * len(boxes), width_px=100, height_px=100)[0]


def test_an_empty_report_is_false() -> None:
    report = ConversionReport()
    report.count("duplicate", times=0)
    assert not report
    assert str(report) == ""


def test_lines_start_with_the_most_frequent() -> None:
    report = ConversionReport()
    report.count("zero area", "a.png: stem")
    report.count("duplicate", times=12)
    assert report
    assert str(report) == "12 x duplicate\n1 x zero area (a.png: stem)"


def test_examples_are_few_and_counts_complete() -> None:
    report, other = ConversionReport(), ConversionReport()
    for number in range(9):
        report.count("unknown class", str(number))
        other.count("unknown class", f"other {number}")
    other.count("missing image", "b.png")
    report.add(other)
    assert dict(report.counts) == {"unknown class": 18, "missing image": 1}
    assert report.examples == {"unknown class": ["0", "1", "2", "3", "4"], "missing image": ["b.png"]}


@pytest.mark.parametrize(
    ("other", "class_id", "same"),
    [
        (BOX, HEAD, True),
        (BOX, STEM, False),
        ([50.3, 50, 12, 8, 0.2], HEAD, True),
        ([51, 50, 12, 8, 0.2], HEAD, False),
        ([50, 50, 14, 8, 0.2], HEAD, False),
        ([50, 50, 12, 8, -0.2], HEAD, False),
    ],
)
def test_duplicates_of_one_box(other: list[float], class_id: int, same: bool) -> None:
    assert len(duplicate_rows(page(BOX, other, classes=[HEAD, class_id]))) == same


def test_squares_at_the_turn_of_the_angle_are_one_box() -> None:
    almost = np.pi / 4 - 1e-9
    assert len(duplicate_rows(page([50, 50, 9, 9, almost], [50, 50, 9, 9, -np.pi / 4]))) == 1


def test_boxes_without_size_can_be_duplicates() -> None:
    assert len(duplicate_rows(page([50, 50, 0, 0, 0], [50, 50, 0, 0, 0], [50, 50, 0, 9, 0]))) == 1


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_all_but_the_first_are_duplicates(count: int) -> None:
    assert duplicate_rows(page(*[BOX] * count)).tolist() == list(range(1, count))


def test_checking_keeps_duplicates_unless_asked() -> None:
    symbols = page(BOX, [20, 20, 0, 5, 0], BOX)
    report = ConversionReport()
    kept, rows = check_symbols(symbols, report, "a.png")
    assert kept is symbols
    assert rows.tolist() == [0, 1, 2]
    assert str(report) == "1 x duplicate (a.png: noteheadBlackOnLine)\n1 x zero size (a.png: noteheadBlackOnLine)"
    dropped, rows = check_symbols(symbols, ConversionReport(), "a.png", drop_duplicates=True)
    assert (len(dropped), rows.tolist()) == (2, [0, 1])
