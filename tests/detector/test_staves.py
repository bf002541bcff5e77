"""Tracing staves on pages that the test draws itself, so that every line is known to a fraction of a pixel."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.staves.darkness import darkness
from detector.staves.scale import staff_scales
from detector.staves.tracing import in_reading_order, staves_of_size, trace_staves
from notation.boxes import FloatArray
from notation.page import GreyImage
from notation.staff import Staff

Bend = Callable[[FloatArray], FloatArray]
LINE_ERROR_SP, END_ERROR_SP = 0.1, 0.5


def level(x: FloatArray) -> FloatArray:
    return np.zeros_like(x)


def skewed(degrees: float) -> Bend:
    return lambda x: np.tan(np.radians(degrees)) * x


def bowed(sag_px: float, width_px: float) -> Bend:
    return lambda x: sag_px * np.sin(np.pi * x / width_px)


def bent(staff: Staff, bend: Bend) -> Staff:
    x = np.linspace(staff.x0_px, staff.x1_px, 40)
    return Staff.of(x, staff.lines_at(x) + bend(x))


def draw_line(page: FloatArray, staff: Staff, line: int, thickness_px: float) -> None:
    """Darken each pixel by the part of it that the line covers."""
    columns = np.arange(int(staff.x0_px), int(np.ceil(staff.x1_px)))
    y = staff.lines_at(columns + 0.5)[line]
    rows = np.floor(y - thickness_px / 2).astype(int)
    for step in range(int(np.ceil(thickness_px)) + 1):
        row = rows + step
        covered = np.minimum(y + thickness_px / 2, row + 1) - np.maximum(y - thickness_px / 2, row)
        page[row, columns] = np.minimum(page[row, columns], 255 * (1 - np.clip(covered, 0, 1)))


def draw_music(page: FloatArray, staff: Staff, rng: np.random.Generator) -> None:
    """Draw barlines, and beamed pairs with ledger lines where the notes leave the staff."""
    space = staff.space_px
    pen = max(1, round(0.13 * space))
    ends = (staff.x0_px + pen / 2, staff.x1_px - pen / 2)
    for x in (*ends, *np.arange(staff.x0_px + 9 * space, staff.x1_px - 5 * space, 9 * space)):
        lines = staff.lines_at(x)
        cv2.line(page, (int(x), int(lines[0])), (int(x), int(lines[-1])), 0.0, pen)
    for x in np.arange(staff.x0_px + 3 * space, staff.x1_px - 4 * space, 3.5 * space):
        position = int(rng.integers(-7, 8))
        stem = 7 if position < 0 else -7
        notes = [(at, float(staff.y_at(at, position))) for at in (x, x + 2 * space)]
        tops = [(int(at), int(staff.y_at(at, position + stem))) for at, _ in notes]
        for (at, y), top in zip(notes, tops, strict=True):
            cv2.ellipse(page, (int(at), int(y)), (int(0.6 * space), int(0.45 * space)), -20, 0, 360, 0.0, -1)
            cv2.line(page, (int(at), int(y)), top, 0.0, pen)
            for ledger in [p for p in (-6, 6) if abs(position) >= 6 and p * position > 0]:
                edge = int(staff.y_at(at, ledger))
                cv2.line(page, (int(at - space), edge), (int(at + space), edge), 0.0, pen)
        cv2.line(page, tops[0], tops[1], 0.0, max(2, round(0.5 * space)))


def drawn(staves: list[Staff], height: int, width: int, thickness_sp: float = 0.12, seed: int = 1) -> GreyImage:
    page = np.full((height, width), 255.0)
    rng = np.random.default_rng(seed)
    for staff in staves:
        draw_music(page, staff, rng)
        for line in range(5):
            draw_line(page, staff, line, thickness_sp * staff.space_px)
    return page.astype(np.uint8)


def expect(truth: list[Staff], found: list[Staff]) -> None:
    assert len(found) == len(truth)
    for true, one in zip(truth, found, strict=True):
        x = np.linspace(true.x0_px, true.x1_px, 60)
        assert np.abs(one.lines_at(x) - true.lines_at(x)).max() < LINE_ERROR_SP * true.space_px
        assert abs(one.x0_px - true.x0_px) < END_ERROR_SP * true.space_px
        assert abs(one.x1_px - true.x1_px) < END_ERROR_SP * true.space_px


def four(space: float = 16.0, bend: Bend = level, left: float = 60.0, right: float = 1140.0) -> list[Staff]:
    first = 9 * space
    return [bent(Staff.straight(left, right, first + k * 13 * space, space), bend) for k in range(4)]


@pytest.mark.parametrize(
    "page",
    [
        np.full((1, 1), 255, np.uint8),
        np.full((400, 300), 255, np.uint8),
        np.zeros((400, 300), np.uint8),
        np.random.default_rng(0).integers(0, 256, (600, 500)).astype(np.uint8),
    ],
    ids=["one pixel", "blank", "black", "noise"],
)
def test_a_page_without_music_has_no_staves(page: GreyImage) -> None:
    assert trace_staves(page) == []


def test_text_has_no_staves() -> None:
    page = np.full((900, 1000), 255, np.uint8)
    for row in range(40, 880, 28):
        cv2.putText(page, "Eine ganze Seite Text EEE === in Zeilen", (30, row), cv2.FONT_HERSHEY_DUPLEX, 1, 0, 2)
    assert trace_staves(page) == []


def test_ruled_paper_has_no_staves() -> None:
    page = np.full((1200, 900), 255, np.uint8)
    page[60:1140:24, 40:860] = 0
    assert trace_staves(page) == []


@pytest.mark.parametrize("degrees", [-5.0, -3.0, -1.0, 0.0, 2.0, 3.0, 5.0])
def test_skewed_pages(degrees: float) -> None:
    truth = four(bend=skewed(degrees))
    truth = [staff.affine([[1, 0, 0], [0, 1, 120 if degrees < 0 else 0]]) for staff in truth]
    expect(truth, trace_staves(drawn(truth, 1150, 1200)))


@pytest.mark.parametrize("sag_sp", [-2.0, -1.0, 1.0, 3.0])
def test_bowed_lines(sag_sp: float) -> None:
    truth = four(bend=bowed(sag_sp * 16.0, 1200))
    expect(truth, trace_staves(drawn(truth, 1100, 1200)))


@pytest.mark.parametrize("space", [5.0, 7.3, 11.0, 22.5, 40.0, 60.0])
def test_sizes_of_print(space: float) -> None:
    width = int(70 * space)
    truth = four(space=space, left=5 * space, right=width - 5 * space)
    expect(truth, trace_staves(drawn(truth, int(65 * space), width, thickness_sp=0.15)))


def speckled(page: GreyImage, rng: np.random.Generator) -> GreyImage:
    chance = rng.random(page.shape)
    return np.where(chance < 0.03, 0, np.where(chance > 0.95, 255, page)).astype(np.uint8)


def broken(page: GreyImage, rng: np.random.Generator) -> GreyImage:
    blots = cv2.GaussianBlur(rng.normal(0, 1, page.shape), (0, 0), 2.5)
    return np.where(blots > 0.1, 255, page).astype(np.uint8)  # takes away a fifth of the ink


def grey_and_shaded(page: GreyImage, rng: np.random.Generator) -> GreyImage:
    light = np.linspace(0.5, 1.0, page.shape[1])[None]
    return np.clip((60 + 0.6 * page + rng.normal(0, 8, page.shape)) * light, 0, 255).astype(np.uint8)


def binarised(page: GreyImage, rng: np.random.Generator) -> GreyImage:
    return np.where(page < 100, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("wear", [speckled, broken, grey_and_shaded, binarised])
def test_worn_pages(wear: Callable[[GreyImage, np.random.Generator], GreyImage]) -> None:
    truth = four(bend=skewed(1.0))
    expect(truth, trace_staves(wear(drawn(truth, 1100, 1200), np.random.default_rng(5))))


def test_an_indented_system_and_a_short_ossia_keep_their_ends() -> None:
    truth = [
        Staff.straight(260, 1140, 150, 16),
        Staff.straight(60, 1140, 380, 16),
        Staff.straight(500, 640, 560, 16),
        Staff.straight(60, 1140, 700, 16),
    ]
    expect(truth, trace_staves(drawn(truth, 900, 1200)))


def test_cue_staves_of_smaller_size_are_found() -> None:
    truth = [Staff.straight(60, 1140, 120, 11), Staff.straight(60, 1140, 300, 16), Staff.straight(60, 1140, 520, 16)]
    expect(truth, trace_staves(drawn(truth, 700, 1200)))


def test_staves_side_by_side_are_two() -> None:
    truth = [Staff.straight(60, 700, 200, 16), Staff.straight(790, 1140, 200, 16), Staff.straight(60, 1140, 420, 16)]
    expect(truth, trace_staves(drawn(truth, 600, 1200)))


def test_a_hole_of_two_spaces_does_not_part_a_staff() -> None:
    truth = [Staff.straight(60, 1140, 200, 16)]
    page = drawn(truth, 420, 1200)
    page[150:350, 620:650] = 255
    expect(truth, trace_staves(page))


def without_ink(page: GreyImage, staff: Staff, line: int, share: float) -> GreyImage:
    """Return a page that lost a line over a share of the columns, in dashes of two spaces."""
    x = np.arange(page.shape[1])
    lost = (x / (2 * staff.space_px)) % 1.0 < share
    out = page.copy()
    for row in (-2, -1, 0, 1):
        out[np.round(staff.lines_at(x + 0.5)[line]).astype(int)[lost] + row, x[lost]] = 255
    return out


@pytest.mark.parametrize("line", [1, 2, 3])
def test_a_long_staff_may_lose_a_line(line: int) -> None:
    truth = four()
    found = trace_staves(without_ink(drawn(truth, 1100, 1200), truth[2], line, share=1.0))
    assert len(found) == len(truth)
    assert found[2].position_at(600.0, truth[2].lines_at(600.0)[2]) == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize("line", range(5))
def test_a_long_staff_may_lose_most_of_a_line(line: int) -> None:
    truth = four()
    worn = without_ink(drawn(truth, 1100, 1200), truth[1], line, share=0.7)
    expect(truth, trace_staves(worn))


def test_four_short_lines_are_no_staff() -> None:
    truth = [Staff.straight(60, 1140, 200, 16), Staff.straight(60, 360, 420, 16)]
    worn = without_ink(drawn(truth, 600, 1200), truth[1], line=2, share=1.0)
    expect(truth[:1], trace_staves(worn))


def test_dots_of_grey_paper_are_no_staves() -> None:
    truth = four()
    page = drawn(truth, 1100, 1200)
    dots = np.array([[1, 9, 3, 11], [13, 5, 15, 7], [4, 12, 2, 10], [16, 8, 14, 6]]) / 17
    dotted = np.where(page * 0.9 > 255 * np.tile(dots, (275, 300)), 255, 0).astype(np.uint8)
    expect(truth, trace_staves(dotted))


def test_six_lines_of_a_tablature_are_no_staff() -> None:
    page = np.full((500, 1000), 255, np.uint8)
    page[100:220:20, 50:950] = 0
    page[101:221:20, 50:950] = 0
    assert trace_staves(page) == []


def test_a_known_staff_space_restricts_the_search() -> None:
    truth = [Staff.straight(60, 1140, 120, 11), Staff.straight(60, 1140, 320, 16)]
    expect(truth[1:], trace_staves(drawn(truth, 500, 1200), space_px=16.0))


def test_scale_and_darkness_that_are_known_already_give_the_same_staves() -> None:
    page = drawn([Staff.straight(60, 1140, 120, 11), Staff.straight(60, 1140, 320, 16)], 500, 1200)
    dark = darkness(page)
    scale = staff_scales(dark)[0]
    staves, expected = staves_of_size(dark, scale), trace_staves(page, scale.space_px)
    assert len(staves) == len(expected) == 1
    assert (staves[0].ys_px == expected[0].ys_px).all()


def test_reading_order_is_rows_then_left_to_right() -> None:
    low, right, left = (Staff.straight(*ends, 10) for ends in ((0, 90, 300), (110, 200, 98), (0, 100, 102)))
    assert in_reading_order([low, right, left]) == [left, right, low]


@settings(max_examples=8, deadline=None)
@given(
    space=st.floats(9.0, 24.0),
    degrees=st.floats(-3.0, 3.0),
    sag_sp=st.floats(-1.5, 1.5),
    thickness_sp=st.floats(0.09, 0.2),
    seed=st.integers(0, 99),
)
def test_any_drawn_staff_is_traced(space: float, degrees: float, sag_sp: float, thickness_sp: float, seed: int) -> None:
    width = int(60 * space)
    staff = Staff.straight(4 * space, width - 4 * space, 12 * space, space)
    truth = [bent(staff, lambda x: skewed(degrees)(x - width / 2) + bowed(sag_sp * space, width)(x))]
    expect(truth, trace_staves(drawn(truth, int(28 * space), width, thickness_sp, seed)))
