from __future__ import annotations

import numpy as np
import pytest

from detector.decode import Detections
from detector.second_look.ledgers import as_strokes
from notation.staff import Staff

_NAMES = ("ledgerLine", "slur")
_STAVES = [Staff.straight(0, 500, 100, 16)]


def _ledgers(*boxes: tuple[float, ...]) -> Detections:
    array = np.array(boxes, dtype=float).reshape(-1, 5)
    return Detections(array, np.zeros(len(array), np.int64), np.full(len(array), 0.9))


def test_no_symbols() -> None:
    assert len(as_strokes(_ledgers(), _NAMES, _STAVES, 16)) == 0


def test_a_ledger_line_seen_with_its_head_is_a_stroke() -> None:
    found = as_strokes(
        _ledgers((50, 84, 26, 2, 0), (90, 84, 26, 15, 0.12), (130, 84, 26, 2, 0.01)), _NAMES, _STAVES, 16
    )
    assert found.boxes[:, 3].max() < 0.2 * 16
    assert found.boxes[1, 4] == pytest.approx(0.01)


@pytest.mark.parametrize(("y", "kept"), [(84, True), (68, True), (96, False), (100, False), (164, False), (180, True)])
def test_what_lies_on_the_staff_is_no_ledger_line(y: float, kept: bool) -> None:
    assert bool(len(as_strokes(_ledgers((50, y, 26, 2, 0)), _NAMES, _STAVES, 16))) is kept


def test_beyond_the_end_of_a_staff_nothing_is_on_it() -> None:
    assert len(as_strokes(_ledgers((600, 100, 26, 2, 0)), _NAMES, _STAVES, 16)) == 1


def test_other_symbols_stay_as_they_are() -> None:
    found = Detections(np.array([[50, 110, 80, 20, 0.2]]), np.array([1]), np.array([0.9]))
    assert as_strokes(found, _NAMES, _STAVES, 16).boxes.tolist() == found.boxes.tolist()
