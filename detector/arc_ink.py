"""What in a picture may be the ink of an arc: dark, but not on a staff line, a stem or a head.

An arc crosses all of those, so their pixels are not paper either: they say nothing, and an arc may run through them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.decode import Detections
from notation import boxes as geometry
from notation.page import GreyImage
from notation.staff import Staff

#: Values of a map.
PAPER, INK, SILENT = 0, 1, 2
#: Ink that goes on upright for longer than this is a stem, a head or a beam, staff spaces. The middle of a slur is
#: 0.15 to 0.4 thick.
THICK_SP = 0.62
#: A staff line reaches this far from its traced height, and crosses no more ink than this, staff spaces.
LINE_REACH_SP, LINE_INK_SP = 0.16, 0.27
#: Symbols that arcs run into; their boxes are silent when the network is this sure.
_SOLID = re.compile(
    r"notehead.*|rest(?!H).*|clef.*|accidental[A-OQ-Z].*|key[A-Z](?!oard).*|flag.*|timeSig.*|text|lyric|dynamic[A-Z]"
    r"|fingering.*|tuplet\d|ledgerLine|beam|stem|augmentationDot|artic.*"
)
_SURE = 0.3
#: Their ink may stick out of their boxes by so many staff spaces.
RIM_SP = 0.08


def arc_ink(
    image: GreyImage, found: Detections, names: Sequence[str], staves: Sequence[Staff], space_px: float
) -> NDArray[np.uint8]:
    """Return uint8 (H, W): `INK` where an arc may be, `SILENT` where other ink is, else `PAPER`.

    Args:
        image: uint8 (H, W), 0 = ink.
        found: symbols of the page, pixels of `image`.
        names: class names.
        staves: traced staff lines.
        space_px: staff space.
    """
    _, dark = cv2.threshold(image, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    ink: NDArray[np.uint8] = dark.astype(np.uint8, copy=False)
    upright = np.ones((max(3, round(THICK_SP * space_px)), 1), np.uint8)
    thick = cv2.dilate(cv2.morphologyEx(ink, cv2.MORPH_OPEN, upright), np.ones((1, 3), np.uint8))
    solid = np.array([_SOLID.fullmatch(name) is not None for name in names], dtype=bool)
    boxes = found.boxes[solid[found.labels] & (found.scores >= _SURE)].copy()
    boxes[:, 2:4] += 2 * RIM_SP * space_px
    inside = np.zeros_like(ink)
    for corners in np.round(geometry.corners(boxes)).astype(np.int32):
        cv2.fillConvexPoly(inside, corners, 1)
    other = thick.astype(np.uint8, copy=False) | _line_pixels(ink, staves, space_px) | (inside & ink)
    out: NDArray[np.uint8] = np.maximum(ink * np.uint8(INK), other * np.uint8(SILENT))
    return out


def _line_pixels(dark: NDArray[np.uint8], staves: Sequence[Staff], space_px: float) -> NDArray[np.uint8]:
    """Return uint8 (H, W): 1 for ink on a staff line, in columns where no other ink touches the line."""
    height, width = dark.shape
    out, pixels = np.zeros_like(dark), dark.ravel()
    marked = out.ravel()  # a view
    reach = max(1, round(LINE_REACH_SP * space_px))
    offsets = np.arange(-2 * reach, 2 * reach + 1, dtype=np.int32)[:, None]
    for staff in staves:
        xs = np.arange(max(0, int(staff.x0_px)), min(width, int(np.ceil(staff.x1_px)) + 1), dtype=np.int32)
        for line in staff.lines_at(xs + 0.5):
            ys = np.floor(line).astype(np.int32) + offsets
            places = np.clip(ys, 0, height - 1) * np.int32(width) + xs
            ink = pixels[places] * ((ys >= 0) & (ys < height))
            alone = ink.sum(0) <= max(2, round(LINE_INK_SP * space_px))
            mine = (ink[reach:-reach] > 0) & alone
            marked[places[reach:-reach][mine]] = 1
    return out
