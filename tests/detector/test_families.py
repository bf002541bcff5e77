from __future__ import annotations

import numpy as np
import pytest

from detector.classes import class_names
from detector.decode import Detections
from detector.families import families_of, suppress_rivals

_NAMES = class_names("full")


def _family(name: str) -> int:
    return int(families_of(_NAMES)[_NAMES.index(name)])


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("noteheadBlackOnLine", "noteheadHalfInSpaceSmall", True),
        ("keySharp", "accidentalSharp", True),
        ("keyboardPedalPed", "keySharp", False),
        ("accidentalParenthesis", "accidentalSharp", False),
        ("timeSig3", "tuplet3", True),
        ("fingering3", "tuplet3", True),
        ("augmentationDot", "articStaccatoAbove", True),
        ("clefG", "clef8", False),
        ("clefG", "clefF", True),
        ("slur", "tie", True),
        ("slur", "beam", False),
        ("restQuarter", "restHBar", False),
        ("tupletBracket", "tuplet3", False),
        ("noteheadBlackOnLine", "stem", False),
    ],
)
def test_who_excludes_whom(first: str, second: str, same: bool) -> None:
    assert (_family(first) == _family(second)) is same


def test_the_better_reading_of_one_place_stays() -> None:
    boxes = np.array([[10, 10, 8, 8, 0], [10.5, 10, 8, 8, 0], [40, 10, 8, 8, 0]], dtype=float)
    labels = np.array([_NAMES.index("slur"), _NAMES.index("tie"), _NAMES.index("tie")])
    kept = suppress_rivals(Detections(boxes, labels, np.array([0.4, 0.7, 0.3])), families_of(_NAMES))
    assert sorted(kept.scores.tolist()) == [0.3, 0.7]


def test_nothing_to_suppress() -> None:
    assert len(suppress_rivals(Detections.join([]), families_of(_NAMES))) == 0
