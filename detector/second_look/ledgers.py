"""Ledger lines as strokes: thin, level with the page's other lines, and never on a staff.

The network widens what is thin, and sees a ledger line with its head in it now and then as high as the head. It also
takes the outer staff line behind a head for a ledger line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detector.decode import Detections
from notation.boxes import FloatArray
from notation.staff import Staff

_NAME = "ledgerLine"
#: A ledger line is 0.1 to 0.2 staff spaces thick; what the picture shows of it is measured later, from this on.
THICKNESS_SP = 0.14
#: A ledger line turned by more than this against the page's others is as level as they are.
TURN_RAD = 0.02
#: A ledger line keeps a whole staff space from the outer lines of its staff; nearer than this lies the line itself.
OFF_STAFF_SP = 0.45


def as_strokes(found: Detections, names: Sequence[str], staves: Sequence[Staff], space_px: float) -> Detections:
    """Return the detections with ledger lines thin and level, and without those that lie on a staff.

    Args:
        found: symbols of a page, px.
        names: class names; without `ledgerLine` among them nothing is done.
        staves: traced staff lines.
        space_px: staff space.
    """
    if _NAME not in names or not len(found):
        return found
    rows = np.flatnonzero(found.labels == names.index(_NAME))
    if not len(rows):
        return found
    boxes = found.boxes.copy()
    boxes[rows, 3] = np.minimum(boxes[rows, 3], THICKNESS_SP * space_px)
    level = float(np.median(boxes[rows, 4]))
    boxes[rows, 4] = np.where(np.abs(boxes[rows, 4] - level) > TURN_RAD, level, boxes[rows, 4])
    kept = np.ones(len(found), dtype=bool)
    kept[rows] = ~_on_staff(boxes[rows, :2], staves, space_px)
    return Detections(boxes, found.labels, found.scores).take(kept)


def _on_staff(points: FloatArray, staves: Sequence[Staff], space_px: float) -> NDArray[np.bool_]:
    """Tell for points (N, 2) whether they lie on a staff or next to its outer lines."""
    on = np.zeros(len(points), dtype=bool)
    margin = OFF_STAFF_SP * space_px
    for staff in staves:
        x, y = points.T
        lines = staff.lines_at(x)
        on |= (x > staff.x0_px) & (x < staff.x1_px) & (y > lines[0] - margin) & (y < lines[-1] + margin)
    return on
