"""A drawn 1 and drawn wedges; pages of fingers and pages of triplets."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.decode import Detections
from detector.second_look.digits import ones_named, triplets_named
from notation.page import GreyImage

_NAMES = ("articStaccatissimoAbove", "fingering1", "fingering2", "fingering3", "tuplet3", "text")
_SPACE = 20.0


def _one() -> GreyImage:
    """A digit 26 px tall with a flag and a foot, its middle at (100, 100)."""
    page = np.full((200, 200), 255, np.uint8)
    cv2.rectangle(page, (98, 87), (102, 112), 0, -1)
    cv2.rectangle(page, (95, 110), (105, 112), 0, -1)
    cv2.line(page, (94, 91), (99, 88), 0, 2)
    return page


def _wedge(points: list[tuple[int, int]]) -> GreyImage:
    page = np.full((200, 200), 255, np.uint8)
    cv2.fillPoly(page, [np.array(points)], (0,))
    return page


def _found(*labels: str, score: float = 0.6) -> Detections:
    boxes = np.tile(np.array([100.0, 100.0, 8.0, 22.0, 0.0]), (len(labels), 1))
    rows = np.array([_NAMES.index(label) for label in labels], np.int64)
    return Detections(boxes, rows, np.full(len(labels), score))


def _named(found: Detections) -> list[str]:
    return [_NAMES[label] for label in found.labels]


def test_a_staccatissimo_with_a_foot_is_a_one() -> None:
    out = ones_named(_one(), _found("articStaccatissimoAbove"), _NAMES, _SPACE)
    assert _named(out) == ["fingering1"]
    np.testing.assert_allclose(out.boxes[0], [100, 100, 12, 26, 0], atol=1.1)
    assert out.scores[0] == 0.6


@pytest.mark.parametrize(
    "page",
    [
        _wedge([(95, 88), (105, 88), (100, 112)]),
        _wedge([(95, 112), (105, 112), (100, 88)]),  # upside down
        _wedge([(98, 88), (102, 88), (102, 112), (98, 112)]),
        np.full((200, 200), 255, np.uint8),
    ],
)
def test_a_wedge_stays(page: GreyImage) -> None:
    found = _found("articStaccatissimoAbove")
    out = ones_named(page, found, _NAMES, _SPACE)
    assert _named(out) == ["articStaccatissimoAbove"]
    np.testing.assert_array_equal(out.boxes, found.boxes)


def test_ones_of_another_size_and_other_classes_stay() -> None:
    assert _named(ones_named(_one(), _found("articStaccatissimoAbove"), _NAMES, 60.0)) == ["articStaccatissimoAbove"]
    found = _found("text")
    assert ones_named(_one(), found, _NAMES, _SPACE) is found
    assert ones_named(_one(), found, ("articStaccatissimoAbove",) * 6, _SPACE) is found


@pytest.mark.parametrize(
    ("seen", "triplets"),
    [
        (["fingering3"] * 4, 4),
        (["fingering3"] * 3 + ["fingering1"], 3),
        (["fingering3"] * 2 + ["fingering1"], 0),
        (["fingering3", "fingering2", "fingering1", "tuplet3"], 1),
    ],
)
def test_a_page_of_threes_shows_triplets(seen: list[str], triplets: int) -> None:
    assert _named(triplets_named(_found(*seen), _NAMES)).count("tuplet3") == triplets


def test_doubtful_fingers_do_not_count() -> None:
    both = Detections.join([_found("fingering3"), _found("fingering1", "fingering2", score=0.2)])
    assert _named(triplets_named(both, _NAMES)) == ["tuplet3", "fingering1", "fingering2"]
    found = _found("fingering3")
    assert triplets_named(found, _NAMES[:4]) is found
