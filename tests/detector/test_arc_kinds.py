from __future__ import annotations

import numpy as np
import pytest

from detector.arcs.kinds import ArcEnds, heads_at_ends, kinds_named
from detector.arcs.tracing import Traces

_SLUR, _TIE, _SPACE = 0, 1, 16.0


def _ends(left: tuple[float, float], right: tuple[float, float]) -> ArcEnds:
    return ArcEnds(np.array([left], dtype=float), np.array([right], dtype=float))


def _named(label: int, left: tuple[float, float], right: tuple[float, float], heads: list[tuple[float, float]]) -> int:
    places = np.array(heads, dtype=float).reshape(-1, 2)
    return int(kinds_named(np.array([label]), _ends(left, right), places, _SLUR, _TIE, _SPACE)[0])


def test_empty() -> None:
    none = ArcEnds.of(Traces(np.zeros((0, 5)), np.zeros((0, 32, 2)), np.zeros(0, dtype=bool)))
    assert len(kinds_named(np.zeros(0, np.int64), none, np.zeros((0, 2)), _SLUR, _TIE, _SPACE)) == 0
    assert len(heads_at_ends(none, np.zeros((0, 2)), _SPACE)) == 0


def test_an_arc_ends_where_its_line_ends_or_else_its_box() -> None:
    boxes = np.array([[200, 100, 80, 10, 0.0], [200, 100, 80, 10, 0.0]])
    line = np.stack([np.linspace(250, 150, 32), np.full(32, 90.0)], 1)
    ends = ArcEnds.of(Traces(boxes, np.stack([line, line]), np.array([True, False])))
    assert ends.left.tolist() == [[150, 90], [160, 100]]
    assert ends.right.tolist() == [[250, 90], [240, 100]]


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        pytest.param([(150, 90), (250, 90)], _TIE, id="equal heads"),
        pytest.param([(150, 90), (250, 98)], _SLUR, id="a step apart"),
        pytest.param([(150, 90), (150, 106), (250, 98), (250, 106)], _TIE, id="chords that share a pitch"),
        pytest.param([(150, 90), (250, 98), (280, 90)], _SLUR, id="the note after the next is the equal one"),
        pytest.param([(150, 90)], _TIE, id="cut by the end of the line"),
        pytest.param([], _TIE, id="no heads"),
    ],
)
def test_heads_decide_what_a_tie_is(heads: list[tuple[float, float]], expected: int) -> None:
    assert _named(_TIE, (160, 104), (240, 104), heads) == expected


def test_a_slanting_tie_without_heads_is_a_slur() -> None:
    assert _named(_TIE, (160, 98), (240, 110), []) == _SLUR


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param((166, 96), (234, 96), _TIE, id="ends beside the heads"),
        pytest.param((150, 112), (250, 112), _SLUR, id="ends under the heads"),
        pytest.param((150, 103), (250, 103), _TIE, id="ends close under the heads"),
        pytest.param((166, 84), (234, 108), _SLUR, id="slanting"),
    ],
)
def test_the_place_of_its_ends_tells_what_joins_equal_heads(
    left: tuple[float, float], right: tuple[float, float], expected: int
) -> None:
    assert _named(_SLUR, left, right, [(150, 90), (250, 90)]) == expected


@pytest.mark.parametrize(
    ("left", "expected"), [pytest.param((168, 96), _TIE, id="beside"), pytest.param((151, 110), _SLUR, id="under")]
)
def test_an_arc_to_the_end_of_the_line_is_named_by_its_only_head(left: tuple[float, float], expected: int) -> None:
    assert _named(_SLUR, left, (400, left[1]), [(150, 90)]) == expected


def test_a_short_arc_from_a_grace_note_has_its_own_heads() -> None:
    assert _named(_TIE, (191, 99), (209, 101), [(190, 84), (212, 92)]) == _SLUR


def test_heads_are_counted_end_by_end() -> None:
    ends = _ends((160, 104), (240, 104))
    for heads, expected in (([], 0), ([(150, 90)], 1), ([(150, 90), (150, 106)], 1), ([(150, 90), (250, 60)], 1)):
        assert heads_at_ends(ends, np.array(heads, dtype=float).reshape(-1, 2), _SPACE).tolist() == [expected]
    assert heads_at_ends(ends, np.array([(150.0, 90.0), (250.0, 120.0)]), _SPACE).tolist() == [2]
