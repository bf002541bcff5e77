from __future__ import annotations

import numpy as np
import pytest

from detector.decode import Detections
from detector.second_look.c_clefs import ALTO, TENOR, c_clefs_named
from notation.staff import Staff

_NAMES = ("clefG", ALTO, TENOR)
_STAVES = [Staff.straight(0, 500, 100, 16), Staff.straight(0, 500, 300, 16)]


def _clef(label: int, y: float, x: float = 40) -> Detections:
    return Detections(np.array([[x, y, 40, 64, 0]]), np.array([label], dtype=np.int64), np.array([0.8]))


def test_no_symbols() -> None:
    empty = Detections.join([])
    assert len(c_clefs_named(empty, _NAMES, _STAVES)) == 0


@pytest.mark.parametrize("seen", [1, 2])
@pytest.mark.parametrize(
    ("y", "expected"), [(132, ALTO), (148, ALTO), (164, ALTO), (116, TENOR), (100, TENOR), (318, TENOR), (330, ALTO)]
)
def test_the_line_names_the_clef(seen: int, y: float, expected: str) -> None:
    named = c_clefs_named(_clef(seen, y), _NAMES, _STAVES)
    assert _NAMES[named.labels[0]] == expected


def test_other_clefs_and_clefs_off_the_staff_stay() -> None:
    assert c_clefs_named(_clef(0, 116), _NAMES, _STAVES).labels[0] == 0
    assert c_clefs_named(_clef(2, 230), _NAMES, _STAVES).labels[0] == 2
    assert c_clefs_named(_clef(2, 132, x=900), _NAMES, _STAVES).labels[0] == 2
