"""Tie or slur: a tie joins two heads of one height, and the network, which sees the arc alone, cannot always know.

Only ties are doubted. A slur between two equal heads is a tie as often as not (26 slurs to 2 ties of 1,014 arcs on
engraved pages), so a slur stays one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detector.decode import Detections
from notation.boxes import FloatArray

#: A head this near to an end of an arc may be the one that it ends at: beyond the end, within, and above or below.
HEAD_BEYOND_SP, HEAD_WITHIN_SP, HEAD_ASIDE_SP = 1.8, 1.3, 2.2
#: With an accidental or a dot between, its head is as far away as this.
FAR_SP = 3.2
#: Heads further apart in height are different pitches; neighbouring ones are half a staff space apart.
SAME_HEIGHT_SP = 0.27
#: An arc whose ends lie further apart in height is no tie, whatever heads are found. Of 15 arcs without heads that
#: were named tie and slant more, 12 were slurs.
LEVEL_SP = 0.4
_SURE = 0.3


def slurs_named(found: Detections, names: Sequence[str], space_px: float) -> Detections:
    """Return the detections where ties that join heads of different height are slurs.

    Args:
        found: symbols of a page, px.
        names: class names; without `slur` and `tie` among them nothing is done.
        space_px: staff space.
    """
    if "slur" not in names or "tie" not in names or not len(found):
        return found
    slur, tie = names.index("slur"), names.index("tie")
    is_head = np.array([name.startswith("notehead") for name in names], dtype=bool)
    heads = found.boxes[is_head[found.labels] & (found.scores >= _SURE)][:, :2]
    labels = found.labels.copy()
    for row in np.flatnonzero(labels == tie).tolist():
        if not _may_be_tie(found.boxes[row], heads, space_px):
            labels[row] = slur
    return Detections(found.boxes, labels, found.scores)


def _may_be_tie(box: FloatArray, heads: FloatArray, space_px: float) -> bool:
    left, right = _ends(box)
    within = min(HEAD_WITHIN_SP, box[2:4].max() / space_px / 2)  # a head is at one end only
    near = [_heads_at(end, heads, side, within, HEAD_BEYOND_SP, space_px) for end, side in ((left, -1), (right, 1))]
    if len(near[0]) and len(near[1]):
        far = [_heads_at(end, heads, side, within, FAR_SP, space_px) for end, side in ((left, -1), (right, 1))]
        apart = np.abs(far[0][:, None] - far[1][None]).min()
        return bool(apart <= SAME_HEIGHT_SP * space_px)
    return bool(abs(left[1] - right[1]) <= LEVEL_SP * space_px)


def _ends(box: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the middles of the two short sides, left one first."""
    angle = box[4] + (0 if box[2] >= box[3] else np.pi / 2)
    half = np.array([np.cos(angle), np.sin(angle)]) * box[2:4].max() / 2
    half = half if half[0] >= 0 else -half
    return box[:2] - half, box[:2] + half


def _heads_at(
    end: FloatArray, heads: FloatArray, side: int, within_sp: float, beyond_sp: float, space_px: float
) -> FloatArray:
    """Return the heights (K,) of the heads that an arc may end at; `side` is -1 at its left end, 1 at its right."""
    beyond = (heads[:, 0] - end[0]) * side / space_px
    aside = np.abs(heads[:, 1] - end[1]) / space_px
    near = (beyond > -within_sp) & (beyond < beyond_sp) & (aside < HEAD_ASIDE_SP)
    return np.asarray(heads[near, 1], np.float64)
