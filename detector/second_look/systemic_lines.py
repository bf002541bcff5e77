"""Lines that join the staves of a system: a faint one is believed where ink runs through from end to end.

A long thin line on a page of few staves is easily overlooked, and without it the staves are read one after the other.
Between staves there is nothing else that could run on so far.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detector.decode import Detections
from detector.second_look.brackets import ink_level
from notation import boxes as geometry
from notation.page import GreyImage

NAME = "systemicBarline"
#: The network reports it from this score on, where ink decides.
FAINT_SCORE = 0.1
#: Ink this near to the axis of the box is of the line, staff spaces; it fills this share of the rows.
ASIDE_SP, LEAST_INKED = 0.3, 0.98


def systemic_lines_weighed(
    image: GreyImage, found: Detections, names: Sequence[str], space_px: float, sure_score: float
) -> Detections:
    """Return the detections without systemic lines that are fainter than `sure_score` and have no ink all along.

    Args:
        image: uint8 (H, W), 0 = ink.
        found: symbols of a page, px.
        names: class names; without systemic lines among them nothing is done.
        space_px: staff space.
        sure_score: from here on the network is believed.
    """
    if NAME not in names:
        return found
    faint = np.flatnonzero((found.labels == names.index(NAME)) & (found.scores < sure_score))
    if not len(faint):
        return found
    level, aside = ink_level(image), max(1.0, ASIDE_SP * space_px)
    gone = []
    for row in faint.tolist():
        x0, y0, x1, y1 = geometry.upright(found.boxes[row][None])[0]
        left, right = max(0, int(min(x0, found.boxes[row, 0] - aside))), int(max(x1, found.boxes[row, 0] + aside)) + 1
        ink = image[max(0, round(y0)) : max(0, round(y1)), left:right] <= level
        if not ink.size or ink.any(1).mean() < LEAST_INKED:
            gone.append(row)
    return found.take(np.setdiff1d(np.arange(len(found)), gone))
