from __future__ import annotations

import pytest

from notation.score import Clef
from reconstruction.octave_clefs import HeadClef, settle_octaves
from reconstruction.signs import ClefSign

#: What is seen at a system's head: the clef, how sure its digit is, and whether no other clef follows.
Seen = tuple[str, int, float, bool]


@pytest.mark.parametrize(
    ("seen", "settled"),
    [
        pytest.param([], [], id="no-system"),
        pytest.param([("G", -1, 0.3, True)], [-1], id="one-system-keeps-what-it-shows"),
        pytest.param(
            [("G", 0, 0.0, True), ("G", -1, 0.7, True), ("G", 0, 0.0, True)], [-1, -1, -1], id="seen-once-surely"
        ),
        pytest.param([("G", -1, 0.3, True), ("G", 0, 0.0, True), ("G", -1, 0.4, True)], [-1, -1, -1], id="seen-often"),
        pytest.param(
            [("G", -1, 0.3, True), ("G", 0, 0.0, True), ("G", 0, 0.0, True)], [0, 0, 0], id="seen-once-faintly"
        ),
        pytest.param([("G", -1, 0.9, False), ("G", 0, 0.0, True)], [-1, 0], id="another-clef-announced"),
        pytest.param([("F", 0, 0.0, True), ("G", -1, 0.9, True), ("F", 0, 0.0, True)], [0, -1, 0], id="other-clefs"),
        pytest.param([("G", 1, 0.6, True), ("G", -1, 0.9, True)], [-1, -1], id="the-surest-digit-counts"),
    ],
)
def test_a_clef_goes_on_from_system_to_system(seen: list[Seen], settled: list[int]) -> None:
    lines = {"G": 2, "F": 4}
    heads = [
        HeadClef(ClefSign(10.0, Clef(sign, lines[sign], change), [0]), score, only)  # type: ignore[arg-type]
        for sign, change, score, only in seen
    ]
    settle_octaves(heads)
    assert [head.sign.clef.octave_change for head in heads] == settled
