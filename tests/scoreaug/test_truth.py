"""The truth under motions that are no matrix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notation.staff import Staff
from scoreaug.motion import MaskedPage
from scoreaug.sheet_motion import bowed, page_curl, skew
from scoreaug.truth import moved_boxes, moved_staff, with_symbols
from scoreaug.warp import Warp


def still(points: np.ndarray) -> np.ndarray:
    return points


def test_no_boxes_move_to_no_boxes() -> None:
    assert moved_boxes(np.zeros((0, 5)), still).shape == (0, 5)


def test_what_stands_still_stays() -> None:
    boxes = np.array([[50, 60, 20, 4, 0.2], [100, 200, 3, 40, -0.1], [9, 9, 5, 5, 0.0]])
    assert moved_boxes(boxes, still) == pytest.approx(boxes)
    staff = Staff.straight(10, 300, 50, 10)
    assert moved_staff(staff, still).lines_at([10, 150, 300]) == pytest.approx(staff.lines_at([10, 150, 300]))


def test_knots_are_added_once() -> None:
    once = moved_staff(Staff.straight(10, 300, 50, 10), still)
    assert np.diff(once.xs_px).max() <= 20
    assert len(moved_staff(once, still).xs_px) == len(once.xs_px)


@given(seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_motions_follow_each_other(seed: int, page: MaskedPage) -> None:
    rng, after = np.random.default_rng(seed), page
    for motion in (skew, bowed, page_curl, bowed, skew):
        after = motion(after, rng, 1.0)  # type: ignore[assignment]
    assert all(len(staff.xs_px) < 40 for staff in after.reading.staves)


def test_a_warp_brings_points_where_it_brings_pixels() -> None:
    warp = Warp(200, 160, lambda xs, ys: (3 * np.sin(ys / 30), 5 * np.cos(xs / 40)))
    for x, y in ((50, 60), (120, 33), (180, 140)):
        image = np.full((160, 200), 255, np.uint8)
        image[y - 2 : y + 2, x - 2 : x + 2] = 0  # centred on the corner (x, y)
        ink = 255.0 - warp.picture(image, 255)
        rows, columns = np.indices(ink.shape) + 0.5
        centre = [(columns * ink).sum() / ink.sum(), (rows * ink).sum() / ink.sum()]
        assert warp.points(np.array([[x, y]], float))[0] == pytest.approx(centre, abs=0.1)


def test_a_warp_never_folds() -> None:
    warp = Warp(100, 100, lambda xs, ys: (4 * xs, 0 * ys))
    moved = warp.points(np.stack([np.arange(5, 60, 5.0), np.full(11, 50.0)], 1))
    assert (np.diff(moved[:, 0]) > 0).all()


def test_new_symbols_keep_old_relations(page: MaskedPage) -> None:
    after = with_symbols(page, [np.array([180.0, 20, 40, 10, 0])], ["text"])
    names = after.reading.symbols.names
    assert names[0] == "text"
    assert [(names[a], relation, names[b]) for a, relation, b in after.graph.edges()] == [
        ("noteheadBlackOnLine", "stem", "stem")
    ]
    assert with_symbols(page, [], []) is page
