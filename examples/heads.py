"""A detector in one file: what is as round and as thick as a black notehead is one. Stems, rests and all else: nothing.

detect-score detectors PAGES --detector examples/heads.py:make
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from detector.registry import Wish
from detector.staves.scale import staff_space_px
from detector.staves.tracing import trace_staves
from notation.page import GreyImage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary

#: Side of the disc that fits into a head, and sides of the box around one, staff spaces.
DISC_SP, HEAD_SP = 0.65, (1.3, 1.05)


class BlackHeads:
    """Whatever a disc fits into, if it is about as large as a head."""

    classes = ("noteheadBlackInSpace", "noteheadBlackOnLine")

    def read(self, image: GreyImage, progress: Callable[[float], None] | None = None, source: str = "") -> Reading:
        """Return the heads and the staff lines of a page, uint8 (height, width), 0 = ink."""
        height, width = image.shape
        space_px = staff_space_px(image)
        if space_px is None:  # no staff, no music
            return Reading(Symbols.empty(width, height), (), source)
        staves = tuple(trace_staves(image, space_px))
        boxes = [(x, y, HEAD_SP[0] * space_px, HEAD_SP[1] * space_px, 0.0) for x, y in _blobs(image, space_px)]
        ids = [vocabulary().id_of(self.classes[_on_line(x, y, staves)]) for x, y, *_ in boxes]
        symbols, _ = Symbols.of(boxes, ids, [0.5] * len(boxes), width_px=width, height_px=height)
        return Reading(symbols, staves, source)


def make(wish: Wish) -> BlackHeads:
    """Return the detector; `wish` holds thresholds and effort, which this one has no use for."""
    return BlackHeads()


def _blobs(image: GreyImage, space_px: float) -> list[tuple[float, float]]:
    """Return the middles of what is left when everything is gone that a disc does not fit into."""
    side = round(DISC_SP * space_px)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    thick = cv2.morphologyEx((image < 128).astype(np.uint8), cv2.MORPH_OPEN, disc)
    _, _, stats, middles = cv2.connectedComponentsWithStats(thick)
    wide, tall = stats[1:, cv2.CC_STAT_WIDTH] / space_px, stats[1:, cv2.CC_STAT_HEIGHT] / space_px
    fits = (wide > 0.9) & (wide < 1.7) & (tall > 0.7) & (tall < 1.4)
    return [(float(x), float(y)) for x, y in middles[1:][fits]]


def _on_line(x_px: float, y_px: float, staves: tuple[Staff, ...]) -> bool:
    """Return whether a head sits on a line of the staff that is nearest to it; positions count half spaces."""
    if not staves:
        return False
    position = min((float(staff.position_at(x_px, y_px)) for staff in staves), key=abs)
    return round(position) % 2 == 0
