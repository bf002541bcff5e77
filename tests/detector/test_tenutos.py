from __future__ import annotations

import numpy as np
import pytest

from detector.decode import Detections
from detector.second_look.tenutos import tenutos_measured, tenutos_named
from notation.staff import Staff

_NAMES = ("ledgerLine", "articTenutoAbove", "articTenutoBelow", "noteheadBlackOnLine")
_SPACE = 16.0
_STAVES = (Staff.straight(50, 950, 100, _SPACE),)  # lines from 100 to 164


def _found(line: tuple[float, float], heads: list[tuple[float, float]], score: float = 0.2) -> Detections:
    boxes = np.array([[*line, 22.0, 2.0, 0.0], *([x, y, 19.0, 16.0, 0.0] for x, y in heads)])
    labels = np.array([0] + [3] * len(heads), np.int64)
    return Detections(boxes, labels, np.array([score] + [0.9] * len(heads)))


def test_empty_pages_and_models_without_tenutos() -> None:
    none = Detections(np.zeros((0, 5)), np.zeros(0, np.int64), np.zeros(0))
    assert len(tenutos_named(none, _NAMES, _STAVES, _SPACE)) == 0
    found = _found((200, 194), [(200, 172)])
    assert tenutos_named(found, ("ledgerLine", "a", "b", "noteheadBlackOnLine"), _STAVES, _SPACE) is found
    assert tenutos_named(found, _NAMES, (), _SPACE) is found


@pytest.mark.parametrize(
    ("line", "heads", "expected"),
    [
        ((200, 194), [(200, 172)], "articTenutoBelow"),
        ((200, 70), [(200, 92)], "articTenutoAbove"),
        ((200, 180), [(200, 180)], "ledgerLine"),  # the head lies on it
        ((200, 180), [(202, 196), (200, 160)], "ledgerLine"),  # the lower head of a chord needs it
        ((200, 180), [(214, 180)], "ledgerLine"),  # the head of a second
        ((200, 194), [(225, 172)], "ledgerLine"),  # not centred
        ((200, 194), [], "ledgerLine"),
        ((200, 260), [(200, 172)], "ledgerLine"),  # far away
    ],
)
def test_heads_decide(line: tuple[float, float], heads: list[tuple[float, float]], expected: str) -> None:
    out = tenutos_named(_found(line, heads), _NAMES, _STAVES, _SPACE)
    assert _NAMES[out.labels[0]] == expected


def test_sure_and_long_ledger_lines_stay() -> None:
    sure = _found((200, 194), [(200, 172)], score=0.9)
    assert tenutos_named(sure, _NAMES, _STAVES, _SPACE).labels[0] == 0
    long = _found((200, 194), [(200, 172)])
    long.boxes[0, 2] = 40
    assert tenutos_named(long, _NAMES, _STAVES, _SPACE).labels[0] == 0


@pytest.mark.parametrize("name", ["articTenutoAbove", "articTenutoBelow", "ledgerLine"])
def test_tenutos_lie_on_their_bar(name: str) -> None:
    page = np.full((200, 300), 255, np.uint8)
    page[100:103, 140:162] = 0
    page[106:110, 100:200] = 0  # too long for a bar
    found = Detections(np.array([[158.0, 101.0, 40.0, 2.0, 0.0]]), np.array([_NAMES.index(name)]), np.array([0.5]))
    out = tenutos_measured(page, found, _NAMES, _SPACE)
    expected = [151.0, 101.5, 22.0, 3.0, 0.0] if name.startswith("artic") else found.boxes[0]
    np.testing.assert_allclose(out.boxes[0], expected)


def test_a_tenuto_on_a_staff_line_keeps_its_box() -> None:
    page = np.full((200, 300), 255, np.uint8)
    page[100:103, :] = 0
    found = Detections(np.array([[158.0, 101.0, 22.0, 2.0, 0.0]]), np.array([1]), np.array([0.5]))
    np.testing.assert_array_equal(tenutos_measured(page, found, _NAMES, _SPACE).boxes, found.boxes)
    assert len(tenutos_measured(page, found.take(np.zeros(0, np.int64)), _NAMES, _SPACE)) == 0
