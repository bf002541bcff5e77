from __future__ import annotations

import numpy as np
import pytest

from detector.arc_kinds import slurs_named
from detector.decode import Detections

_NAMES = ("slur", "tie", "noteheadBlackOnLine")
_SPACE = 16.0


def _found(arc: list[float], heads: list[tuple[float, float]], label: int = 1) -> Detections:
    boxes = np.array([arc, *([x, y, 19.0, 16.0, 0.0] for x, y in heads)])
    labels = np.array([label] + [2] * len(heads), np.int64)
    return Detections(boxes, labels, np.full(len(boxes), 0.9))


def test_empty_pages_and_models_without_arcs() -> None:
    none = Detections(np.zeros((0, 5)), np.zeros(0, np.int64), np.zeros(0))
    assert len(slurs_named(none, _NAMES, _SPACE)) == 0
    found = Detections(np.array([[100, 100, 80, 10, 0.5]]), np.array([0]), np.array([0.9]))
    assert slurs_named(found, ("tie",), _SPACE).labels.tolist() == [0]


@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        ([(150, 90), (250, 90)], 1),  # equal heads
        ([(150, 90), (250, 98)], 0),  # a step apart
        ([(150, 90), (150, 106), (250, 98), (250, 106)], 1),  # chords that share a pitch
        ([(150, 90)], 1),  # cut by the end of the line: a level arc stays a tie
        ([], 1),
    ],
)
def test_heads_decide(heads: list[tuple[float, float]], expected: int) -> None:
    found = _found([200, 104, 80, 10, 0.0], heads)
    assert slurs_named(found, _NAMES, _SPACE).labels[0] == expected


def test_a_slanting_arc_without_heads_is_a_slur() -> None:
    assert slurs_named(_found([200, 104, 80, 10, 0.15], []), _NAMES, _SPACE).labels[0] == 0


def test_a_slur_between_equal_heads_stays_one() -> None:
    found = _found([200, 104, 80, 10, 0.0], [(150, 90), (250, 90)], label=0)
    assert slurs_named(found, _NAMES, _SPACE).labels[0] == 0


def test_a_short_arc_from_a_grace_note_has_its_own_heads() -> None:
    found = _found([200, 100, 18, 8, 0.1], [(190, 84), (212, 92)])
    assert slurs_named(found, _NAMES, _SPACE).labels[0] == 0
