from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notation.staff import LINE_COUNT, Staff

XS = [0.0, 10.0]
LEVEL = [[y, y] for y in (10.0, 12, 14, 16, 18)]


@st.composite
def staves(draw: st.DrawFn) -> Staff:
    """Bent staves whose lines do not cross."""
    gaps = draw(st.lists(st.floats(5, 400), min_size=1, max_size=6))
    xs = draw(st.floats(-100, 100)) + np.concatenate([[0], np.cumsum(gaps)])
    tops = draw(st.lists(st.floats(0, 40), min_size=len(xs), max_size=len(xs)))
    space = draw(st.floats(6, 40))
    return Staff.of(xs, np.array(tops) + space * np.arange(LINE_COUNT)[:, None])


@pytest.mark.parametrize(
    ("xs", "ys", "message"),
    [
        ([], [[]] * 5, "K >= 2"),
        ([1.0], [[1.0]] * 5, "K >= 2"),
        (XS, LEVEL[:4], "K >= 2"),
        ([10.0, 0.0], LEVEL, "ascending"),
        ([0.0, 0.0], LEVEL, "ascending"),
        (XS, LEVEL[::-1], "top to bottom"),
        (XS, [*LEVEL[:4], [16.0, 18.0]], "top to bottom"),
        (XS, [[np.nan, 1], *LEVEL[1:]], "finite"),
        ([0.0, np.inf], LEVEL, "finite"),
    ],
)
def test_illegal_staves(xs: list[float], ys: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Staff.of(xs, ys)


def test_lines_cannot_be_moved_by_accident() -> None:
    staff = Staff.straight(0, 100, 50, 10)
    with pytest.raises(ValueError, match="read-only"):
        staff.ys_px[0, 0] = 3


def test_a_level_staff() -> None:
    staff = Staff.straight(20, 120, 50, 10)
    assert (staff.x0_px, staff.x1_px, staff.space_px) == (20, 120, 10)
    assert staff.lines_at(70).tolist() == [50, 60, 70, 80, 90]
    assert staff.lines_at([0, 500])[:, 1].tolist() == [50, 60, 70, 80, 90]


@pytest.mark.parametrize(("y", "position"), [(70, 0), (60, 2), (65, 1), (50, 4), (90, -4), (45, 5), (100, -6)])
def test_positions_count_from_the_middle_line_upwards(y: float, position: float) -> None:
    staff = Staff.straight(0, 100, 50, 10)
    assert staff.position_at(33, y) == position
    assert staff.y_at(33, position) == y


def test_ends_go_on_straight() -> None:
    slanted = Staff.of([0, 10], [[y, y + 1] for y in (0.0, 10, 20, 30, 40)])
    np.testing.assert_allclose(slanted.lines_at(30)[0], 3)
    np.testing.assert_allclose(slanted.lines_at(-20)[0], -2)


@given(staves(), st.floats(-50, 2000), st.floats(-15, 15))
def test_position_and_height_are_inverse(staff: Staff, x: float, position: float) -> None:
    assert staff.position_at(x, staff.y_at(x, position)) == pytest.approx(position, abs=1e-6)


@given(staves(), st.floats(0, 1))
def test_lines_have_even_positions(staff: Staff, share: float) -> None:
    x = staff.x0_px + share * (staff.x1_px - staff.x0_px)
    np.testing.assert_allclose(staff.position_at(x, staff.lines_at(x)), [4, 2, 0, -2, -4], atol=1e-6)


@given(staves(), st.floats(-8, 8), st.floats(0.3, 3), st.floats(-50, 50))
def test_affine_keeps_positions(staff: Staff, position: float, zoom: float, shift: float) -> None:
    moved = staff.affine([[zoom, 0, shift], [0, zoom, -shift]])
    assert moved.space_px == pytest.approx(staff.space_px * zoom)
    x = (staff.x0_px + staff.x1_px) / 2
    y = staff.y_at(x, position)
    assert moved.position_at(zoom * x + shift, zoom * y - shift) == pytest.approx(position, abs=1e-6)


@given(st.floats(-0.06, 0.06))
def test_turning_there_and_back(angle: float) -> None:
    staff = Staff.straight(100, 1900, 400, 20)
    cos, sin = np.cos(angle), np.sin(angle)
    turned = staff.affine([[cos, -sin, 0], [sin, cos, 0]])
    back = turned.affine([[cos, sin, 0], [-sin, cos, 0]])
    np.testing.assert_allclose(back.lines_at(np.array([300, 900])), staff.lines_at(np.array([300, 900])), atol=1e-6)
