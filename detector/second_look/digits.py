"""Small numbers told by their ink and by the page: a 1 from a staccatissimo, the 3 of a triplet from a fingering."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detector.decode import Detections
from detector.second_look.brackets import ink_level, islands_in
from notation import boxes as geometry
from notation.page import GreyImage

_WEDGE, _ONE = re.compile(r"articStaccatissimo(Above|Below)"), "fingering1"
_FINGERING, _THREE, _TRIPLET = re.compile(r"fingering[0-5]"), "fingering3", "tuplet3"
#: The ink of a digit is looked for so far beyond the box, staff spaces.
BEYOND_SP = 0.6
#: A 1 is so tall, staff spaces, and its foot, the lowest share of it, so many times as wide as all of its stem. A wedge
#: that stands on its wide end grows wider all the way.
TALL_SP, FOOT_SHARE, FOOT_WIDER, STEM = (0.8, 2.0), 0.15, 1.5, (0.35, 0.8)
#: Other fingers count from this score on; where a page shows so many times more 3s than all of them, it shows triplets.
SURE, MANY_TIMES = 0.3, 3


def ones_named(image: GreyImage, found: Detections, names: Sequence[str], space_px: float) -> Detections:
    """Return the detections where staccatissimos that stand on a foot are the fingering 1.

    Args:
        image: uint8 (H, W), 0 = ink.
        found: symbols of a page, px.
        names: class names; without fingerings among them nothing is done.
        space_px: staff space.
    """
    wedges = np.array([_WEDGE.fullmatch(name) is not None for name in names], dtype=bool)
    rows = np.flatnonzero(wedges[found.labels]) if _ONE in names else np.zeros(0, np.int64)
    if not len(rows):
        return found
    level, labels, boxes = ink_level(image), found.labels.copy(), found.boxes.copy()
    for row in rows.tolist():
        x0, y0, x1, y1 = geometry.upright(boxes[row][None])[0] + np.array([-1, -1, 1, 1]) * BEYOND_SP * space_px
        for island in islands_in(image, level, np.array([x0, y0, x1, y1]), 0):
            hull = np.array([island.x0, island.y0, island.x1, island.y1], np.float64)
            around = (hull[:2] <= boxes[row, :2]).all() and (boxes[row, :2] <= hull[2:]).all()
            if around and _has_foot(island.ink, space_px):
                labels[row], boxes[row] = names.index(_ONE), geometry.from_upright(hull)[0]
    return Detections(boxes, labels, found.scores)


def _has_foot(ink: NDArray[np.bool_], space_px: float) -> bool:
    """Tell whether ink (h, w) is as tall as a digit and wider at its foot than anywhere in its stem."""
    height = ink.shape[0]
    if not TALL_SP[0] * space_px <= height <= TALL_SP[1] * space_px:
        return False
    foot = ink[-max(1, round(FOOT_SHARE * height)) :].sum(1).max()
    stem = ink[round(STEM[0] * height) : round(STEM[1] * height)].sum(1).max()
    return bool(foot >= FOOT_WIDER * stem)


def triplets_named(found: Detections, names: Sequence[str]) -> Detections:
    """Return the detections where a page whose fingerings are all 3s shows triplets; fingers come in all numbers.

    Args:
        found: symbols of a page.
        names: class names; without fingerings and triplets among them nothing is done.
    """
    if not {_THREE, _TRIPLET} <= set(names):
        return found
    sure = found.labels[found.scores >= SURE]
    threes = int((sure == names.index(_THREE)).sum())
    fingers = int(np.array([_FINGERING.fullmatch(name) is not None for name in names], dtype=bool)[sure].sum())
    if threes < MANY_TIMES * (fingers - threes):
        return found
    labels = np.where(found.labels == names.index(_THREE), names.index(_TRIPLET), found.labels)
    return Detections(found.boxes, labels, found.scores)
