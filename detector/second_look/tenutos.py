"""Tenutos: ledger lines that no head lies on or beyond, and boxes as long as the bar of ink that they are.

A tenuto is as long and as thin as a ledger line. It stands alone on the paper, unless a staff line runs through it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detector.decode import Detections
from detector.second_look.brackets import ink_level, islands_in
from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.page import GreyImage
from notation.staff import Staff

_NAME, _ABOVE, _BELOW = "ledgerLine", "articTenutoAbove", "articTenutoBelow"
#: A ledger line of a better score stays one: its head may be of a kind that was not found.
SURE = 0.6
#: Heads count from this score on.
_SURE_HEAD = 0.1
#: A head on a ledger line, or on one further out in the same chord, is off its middle by so much at most, and lies so
#: far towards the staff at most, staff spaces. It may lie any way out up to here.
BESIDE_SP, INWARD_SP, OUTWARD_SP = 1.5, 0.8, 8.0
#: A tenuto is centred on its head this well, and so far from it, staff spaces.
CENTRED_SP, NEAREST_SP, FURTHEST_SP = 0.6, 0.8, 2.6
#: A tenuto is no longer, staff spaces; the ledger lines of a chord with seconds are.
LONGEST_SP = 1.8
#: A bar of ink is no shorter and no thicker, staff spaces, and this full at least.
SHORTEST_SP, THICKEST_SP, LEAST_FULL = 0.7, 0.4, 0.85
#: It is looked for so far beyond the box, and its middle lies so far from the box's axis at most, staff spaces.
BEYOND_SP, OFF_AXIS_SP = 1.0, 0.35


def tenutos_named(found: Detections, names: Sequence[str], staves: Sequence[Staff], space_px: float) -> Detections:
    """Return the detections where ledger lines that carry no head and stand at one are tenutos.

    Args:
        found: symbols of a page, px, ledger lines thin.
        names: class names; without ledger lines and tenutos among them nothing is done.
        staves: traced staff lines.
        space_px: staff space.
    """
    if not {_NAME, _ABOVE, _BELOW} <= set(names) or not staves:
        return found
    is_head = np.array([name.startswith("notehead") for name in names], dtype=bool)
    heads = found.boxes[is_head[found.labels] & (found.scores >= _SURE_HEAD), :2]
    labels = found.labels.copy()
    for row in np.flatnonzero((labels == names.index(_NAME)) & (found.scores < SURE)).tolist():
        box = found.boxes[row]
        side = _outward(box, staves)
        beside, outward = np.abs(heads[:, 0] - box[0]) / space_px, (heads[:, 1] - box[1]) * side / space_px
        carried = (beside < BESIDE_SP) & (outward > -INWARD_SP) & (outward < OUTWARD_SP)
        marked = (beside < CENTRED_SP) & (-outward > NEAREST_SP) & (-outward < FURTHEST_SP)
        if box[2] <= LONGEST_SP * space_px and marked.any() and not carried.any():
            labels[row] = names.index(_BELOW if side > 0 else _ABOVE)
    return Detections(found.boxes, labels, found.scores)


def tenutos_measured(image: GreyImage, found: Detections, names: Sequence[str], space_px: float) -> Detections:
    """Return the detections where tenutos that stand alone take the box of their bar.

    Args:
        image: uint8 (H, W), 0 = ink.
        found: symbols of a page, px.
        names: class names.
        space_px: staff space.
    """
    rows = np.flatnonzero(np.isin(np.array(names), (_ABOVE, _BELOW))[found.labels])
    if not len(rows):
        return found
    boxes, level = found.boxes.copy(), ink_level(image)
    for row in rows.tolist():
        box = boxes[row]
        bars = _bars(image, level, box, space_px)
        near = np.abs(bars[:, 1] - box[1]) <= OFF_AXIS_SP * space_px
        near &= np.abs(bars[:, 0] - box[0]) <= (bars[:, 2] + box[2]) / 2
        if near.any():
            boxes[row] = bars[near][np.abs(bars[near, 0] - box[0]).argmin()]
    return Detections(boxes, found.labels, found.scores)


def _bars(image: GreyImage, level: float, box: FloatArray, space_px: float) -> FloatArray:
    """Return the boxes (K, 5) of bars of ink around `box`."""
    window = geometry.upright(box[None])[0] + np.array([-1, -1, 1, 1]) * BEYOND_SP * space_px
    out = [
        geometry.from_upright([one.x0, one.y0, one.x1, one.y1])[0]
        for one in islands_in(image, level, window, 0)
        if SHORTEST_SP * space_px <= one.ink.shape[1] <= LONGEST_SP * space_px
        and one.ink.shape[0] <= max(2.0, THICKEST_SP * space_px)
        and one.ink.mean() >= LEAST_FULL
    ]
    return np.stack(out) if out else np.zeros((0, 5))


def _outward(box: FloatArray, staves: Sequence[Staff]) -> int:
    """Return which way leads away from the nearest staff: 1 down, -1 up."""
    x, y = box[:2]
    middles = [float(staff.lines_at(x)[2]) for staff in staves]
    nearest = min(middles, key=lambda middle: abs(middle - y))
    return 1 if y > nearest else -1
