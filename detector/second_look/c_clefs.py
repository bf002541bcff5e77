"""C clefs named by the line on which they stand: alto and tenor clef are one sign."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detector.decode import Detections
from notation.staff import Staff

ALTO, TENOR = "clefCAlto", "clefCTenor"
#: Staff position halfway between the third line, the alto clef's, and the fourth, the tenor clef's.
BETWEEN = 1.0
#: A clef's middle lies on its staff; further out it belongs to none.
MOST_POSITION = 5.0


def c_clefs_named(found: Detections, names: Sequence[str], staves: Sequence[Staff]) -> Detections:
    """Return the detections with C clefs on the first three lines named alto, on the upper two tenor.

    Args:
        found: symbols of a page, px.
        names: class names; without both clefs among them nothing is done.
        staves: traced staff lines.
    """
    if ALTO not in names or TENOR not in names or not len(found):
        return found
    alto, tenor = names.index(ALTO), names.index(TENOR)
    labels = found.labels.copy()
    for row in np.flatnonzero((labels == alto) | (labels == tenor)).tolist():
        x, y = found.boxes[row, :2]
        over = [float(staff.position_at(x, y)) for staff in staves if staff.x0_px <= x <= staff.x1_px]
        position = min(over, key=abs, default=np.inf)
        if abs(position) <= MOST_POSITION:
            labels[row] = tenor if position > BETWEEN else alto
    return Detections(found.boxes, labels, found.scores)
