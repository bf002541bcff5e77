from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.thin import narrow, typical_sides_sp, widen

_SIDE = st.floats(0.05, 12)


def test_no_boxes() -> None:
    none = np.zeros((0, 5))
    assert widen(none, 8).shape == (0, 5)
    assert narrow(none, np.zeros(0, np.int64), np.ones((1, 2)), 8).shape == (0, 5)
    assert (typical_sides_sp(none, np.zeros(0, np.int64), 2, 0.5) == 0.5).all()


@settings(deadline=None)
@given(st.lists(st.tuples(_SIDE, _SIDE), min_size=1, max_size=8))
def test_widening_only_touches_sides_below_the_least(sides: list[tuple[float, float]]) -> None:
    boxes = np.array([[5, 5, width, height, 0.1] for width, height in sides])
    wide = widen(boxes, 0.5)
    assert (wide[:, 2:4] >= 0.5).all()
    assert (wide[:, 2:4][boxes[:, 2:4] >= 0.5] == boxes[:, 2:4][boxes[:, 2:4] >= 0.5]).all()
    assert (wide[:, [0, 1, 4]] == boxes[:, [0, 1, 4]]).all()


def test_widening_takes_a_number_for_each_box() -> None:
    boxes = np.array([[0, 0, 1, 30, 0], [0, 0, 1, 30, 0]])
    assert widen(boxes, np.array([4.0, 8.0]))[:, 2].tolist() == [4, 8]


def test_narrowing_gives_stems_their_typical_width_and_leaves_heads_alone() -> None:
    truth = np.array([[3, 3, 0.12, 3.4, 0], [9, 3, 0.14, 3.6, 0], [5, 5, 1.3, 1.0, 0]])
    labels = np.array([0, 0, 1])
    typical = typical_sides_sp(truth, labels, 2, 0.5)
    back = narrow(widen(truth, 0.5), labels, typical, 0.5)
    assert np.allclose(back[:2, 2], 0.13)
    assert np.allclose(back[:, 3], truth[:, 3])
    assert np.allclose(back[2], truth[2])


def test_a_class_with_few_thin_boxes_is_not_narrowed() -> None:
    truth = np.array([[0, 0, 2.0, 1.0, 0]] * 20 + [[0, 0, 2.0, 0.3, 0]])
    typical = typical_sides_sp(truth, np.zeros(21, np.int64), 1, 0.5)
    assert typical.tolist() == [[0.5, 0.5]]
