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
from notation.boxes import FloatArray
from notation.page import GreyImage
from notation.staff import Staff

#: Values of a map: other ink says nothing, and heads end what is followed through other ink.
PAPER, INK, SILENT, WALL = 0, 1, 2, 3
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
    heads = np.array([name.startswith("notehead") for name in names], dtype=bool)
    sure = found.take(found.scores >= _SURE)
    inside = np.zeros_like(ink)
    for rows, value in ((solid[sure.labels], SILENT), (heads[sure.labels], WALL)):
        _fill(inside, sure.boxes[rows], value, RIM_SP * space_px)
    other = cv2.bitwise_or(thick.astype(np.uint8, copy=False), _line_pixels(ink, staves, space_px))
    out = cv2.max(cv2.max(ink, other * np.uint8(SILENT)), inside * ink)
    return out.astype(np.uint8, copy=False)


def _fill(picture: NDArray[np.uint8], boxes: FloatArray, value: int, rim_px: float) -> None:
    """Set what lies inside of boxes (N, 5) and their rims to `value`."""
    wide = boxes + np.array([0, 0, 2 * rim_px, 2 * rim_px, 0])
    for corners in np.round(geometry.corners(wide)).astype(np.int32):
        cv2.fillConvexPoly(picture, corners, value)


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
