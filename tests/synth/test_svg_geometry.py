from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from synth.svg_geometry import flattened, page_ink, transform_of


def drawn(body: str, attributes: str = 'width="100" height="100"') -> list:
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {attributes}>{body}</svg>'
    )
    return list(page_ink(etree.fromstring(text)))


def hull(ink) -> list[float]:
    return [*ink.points.min(0).round(3), *ink.points.max(0).round(3)]


def test_empty_page_has_no_ink() -> None:
    assert drawn("") == []
    assert drawn("<defs><path d='M0 0L9 9'/></defs><style>x</style><text> </text>") == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('<rect x="10" y="20" width="30" height="5" stroke-width="0"/>', [10, 20, 40, 25]),
        ('<ellipse cx="10" cy="20" rx="4" ry="2" stroke-width="0"/>', [6, 18, 14, 22]),
        ('<path d="M10 20 L10 60" stroke-width="4"/>', [8, 20, 12, 60]),
        ('<path d="M10 20 L10 60" stroke-width="4" stroke-linecap="square"/>', [8, 18, 12, 62]),
        ('<polyline points="0,10 50,10" stroke-width="2"/>', [0, 9, 50, 11]),
        ('<polygon points="0,0 10,0 10,5" stroke-width="0"/>', [0, 0, 10, 5]),
        ('<g transform="translate(5, 7)"><rect x="1" y="1" width="2" height="2" stroke-width="0"/></g>', [6, 8, 8, 10]),
        ('<g transform="scale(2)"><path d="M5 5 L9 5" stroke-width="2"/></g>', [10, 8, 18, 12]),
    ],
)
def test_ink_of_shapes_includes_the_stroke(body: str, expected: list[float]) -> None:
    (ink,) = drawn(body)
    assert hull(ink) == pytest.approx(expected)


def test_glyph_is_told_by_its_code_and_moved_by_all_transforms() -> None:
    body = (
        '<defs><g id="E0A4-x"><path transform="scale(1,-1)" d="M0 -100 L0 100 L300 100 L300 -100Z"/></g></defs>'
        '<g class="note"><use xlink:href="#E0A4-x" transform="translate(50, 40) scale(0.1, 0.1)"/></g>'
    )
    (ink,) = drawn(body)
    assert (ink.shape, ink.code, ink.em_px, ink.group.kind) == ("glyph", 0xE0A4, pytest.approx(100), "note")
    assert hull(ink) == pytest.approx([50, 30, 80, 50])


def test_inner_svg_maps_its_view_box_to_the_page() -> None:
    (ink,) = drawn(
        '<svg viewBox="0 0 1000 1000"><rect x="100" y="200" width="300" height="50" stroke-width="0"/></svg>'
    )
    assert hull(ink) == pytest.approx([10, 20, 40, 25])


def test_hidden_placeholders_are_left_out() -> None:
    assert drawn('<g class="section placeholder"><ellipse cx="1" cy="1" rx="1" ry="1"/></g>') == []


def test_a_line_without_length_has_ink_all_the_same() -> None:
    (ink,) = drawn('<path d="M5 5 L5 5" stroke-width="2"/>')
    assert np.isfinite(ink.points).all()


@pytest.mark.parametrize(
    ("d", "last"),
    [
        ("M1 2L3 4", (3, 4)),
        ("m1 2l3 4", (4, 6)),
        ("M1 2H9", (9, 2)),
        ("M1 2h9", (10, 2)),
        ("M1 2V9", (1, 9)),
        ("M1 2v-9", (1, -7)),
        ("M0 0C0 1 1 1 1 0", (1, 0)),
        ("M0 0c0 1 1 1 1 0s1 -1 1 0", (2, 0)),
        ("M0 0Q1 2 2 0T4 0", (4, 0)),
        ("M0 0 5 5", (5, 5)),
        ("M1,1-2-3", (-2, -3)),
        ("M0 0A5 5 0 0 1 3 4", (3, 4)),
    ],
)
def test_path_commands_end_where_they_should(d: str, last: tuple[float, float]) -> None:
    (contour,) = flattened(d)
    assert contour[-1] == pytest.approx(last)


def test_closing_returns_to_the_start_for_what_follows() -> None:
    first, second = flattened("M1 1L5 1L5 5zl2 2")
    assert first[0] == pytest.approx([1, 1])
    assert second[-1] == pytest.approx([3, 3])
    assert flattened("") == ()


def test_a_cubic_passes_through_its_middle() -> None:
    (contour,) = flattened("M0 0C0 4 4 4 4 0")
    assert contour[:, 1].max() == pytest.approx(3.0)


@given(st.floats(-180, 180), st.floats(-50, 50), st.floats(-50, 50))
def test_rotation_about_a_point_keeps_that_point(angle: float, x: float, y: float) -> None:
    moved = transform_of(f"rotate({angle:.6f} {x:.6f},{y:.6f})") @ [round(x, 6), round(y, 6), 1]
    assert moved == pytest.approx([x, y, 1], abs=1e-4)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (1, 1)),
        ("translate(2)", (3, 1)),
        ("scale(2, -1)", (2, -1)),
        ("translate(1, 2) scale(3)", (4, 5)),
        ("matrix(1 0 0 1 5 6)", (6, 7)),
        ("rotate(90)", (-1, 1)),
    ],
)
def test_transforms_apply_from_right_to_left(text: str, expected: tuple[float, float]) -> None:
    assert (transform_of(text) @ [1, 1, 1])[:2] == pytest.approx(expected)
