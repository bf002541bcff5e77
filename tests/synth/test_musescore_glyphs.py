"""Outlines on MuseScore's pages are told by their form, at any size and place."""

from __future__ import annotations

import numpy as np
import pytest

from synth.musescore_glyphs import GLYPHS, Shape, Specimens, colour, specimens
from synth.musescore_marks import characters, lines_of
from synth.musescore_program import HOW_TO_INSTALL, musescore_program
from synth.musescore_svg import Leaf, page_leaves, rasterise, sized

needs_musescore = pytest.mark.skipif(musescore_program() is None, reason=HOW_TO_INSTALL)


def _svg(content: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50">{content}</svg>'


def _leaves(content: str) -> list[Leaf]:
    return page_leaves(sized(_svg(content), 200, 100))


def test_an_empty_page_has_no_leaves() -> None:
    assert _leaves("") == []
    assert rasterise(sized(_svg(""), 200, 100)).min() == 255


def test_lines_end_where_their_stroke_ends() -> None:
    (leaf,) = _leaves(
        '<polyline class="BarLine" fill="none" stroke="#000102" stroke-width="4" stroke-dasharray="16,8" '
        'points="10,10 10,30"/>'
    )
    assert leaf.points.min(0) == pytest.approx([16, 20])
    assert leaf.points.max(0) == pytest.approx([24, 60])
    assert (leaf.number, leaf.line, leaf.thickness_px, leaf.dash_px) == (0x102, True, 8.0, 32.0)


def test_round_ends_stand_out() -> None:
    (leaf,) = _leaves(
        '<polyline class="Stem" stroke="#000000" stroke-width="2" stroke-linecap="round" points="5,5 5,9"/>'
    )
    assert leaf.points[:, 1].min() == pytest.approx(8)
    assert leaf.number == 0


_SQUARE = "M{0},{0} L{1},{0} L{1},{1} L{0},{1} L{0},{0}"
_TRIANGLE = "M{0},{0} L{1},{0} L{0},{1} L{0},{0}"


def _shape(data: str) -> Shape:
    numbers = np.array([float(n) for n in data.replace("M", "").replace("L", "").replace(",", " ").split()])
    return Shape(("M" + "L" * (len(numbers) // 2 - 1),), numbers.reshape(-1, 2))


def test_glyphs_are_told_by_their_form() -> None:
    font = Specimens([(1, _shape(_SQUARE.format(0, 10))), (2, _shape(_TRIANGLE.format(0, 10)))])
    (leaf,) = _leaves(f'<path class="Dynamic" d="{_SQUARE.format(20, 25)} {_TRIANGLE.format(40, 44)}"/>')
    first, second = font.glyphs(leaf)
    assert first is not None and second is not None
    assert (first.codes, second.codes) == ((1,), (2,))
    assert first.size == pytest.approx(0.5)
    assert first.points.min(0) == pytest.approx([40, 40])
    assert second.points.max(0) == pytest.approx([88, 88])


def test_an_unknown_form_is_none() -> None:
    (leaf,) = _leaves(f'<path class="Note" d="{_TRIANGLE.format(20, 25)}"/>')
    assert Specimens([(1, _shape(_SQUARE.format(0, 10)))]).glyphs(leaf) == [None]


def test_a_drawing_that_is_scaled_down_is_a_small_glyph() -> None:
    (leaf,) = _leaves(f'<path class="Note" transform="matrix(0.7,0,0,0.7,3,4)" d="{_SQUARE.format(0, 10)}"/>')
    (glyph,) = Specimens([(1, _shape(_SQUARE.format(0, 10)))]).glyphs(leaf)
    assert glyph is not None and glyph.size == pytest.approx(0.7)


@needs_musescore
def test_the_specimen_sheet_shows_every_glyph() -> None:
    font = specimens("Bravura")
    assert font.codes() == set(GLYPHS)


def test_words_are_split_at_their_gaps() -> None:
    boxes = [np.array([[x, 0.0], [x + 3, 5.0]]) for x in (0.0, 4.0)]
    assert characters([], 1) is None
    assert characters(boxes, 1) is None
    assert [float(one[0, 0]) for one in characters(boxes, 2) or []] == [0.0, 4.0]


def test_words_on_one_line_are_one_line() -> None:
    words = "".join(f'<path class="Text" d="M{x},5 L{x + 4},5 L{x + 4},9 L{x},5"/>' for x in (1, 6, 40))
    pieces = _leaves(words)
    assert [len(line) for line in lines_of(pieces, 4.0)] == [2, 1]
    assert lines_of([], 4.0) == []


def test_numbers_are_colours() -> None:
    assert colour(0x010203) == '<color r="1" g="2" b="3" a="255"/>'
