"""The ink of a page: what staff lines leave of it, and what no box explains."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.page import GreyImage
from notation.staff import Staff

Mask = NDArray[np.bool_]  # (height, width)

#: A vertical run of ink up to this long on a traced line is the line itself; heads and beams are thicker.
_LINE_SP = 0.28
#: Ink this near to a traced line can belong to it: traces follow the line within a few pixels.
_NEAR_LINE_SP = 0.22
#: A box explains ink this far around it: printed outlines are ragged by a pixel or two.
_MARGIN_PX = 3
#: Arcs, hairpins and frames explain a connected piece of ink only when it is at least this share of their length;
#: the box of a long slur covers notes that are none of it.
_LONG_SHARE = 0.2
#: Unexplained ink of fewer pixels is dust; the smallest dot of these scans has about 60.
_SPECK_PX2 = 20
HOLLOW = ("slur", "tie", "dynamicCrescendoHairpin", "dynamicDiminuendoHairpin", "volta", "tupletBracket")


def ink_of(page: GreyImage) -> Mask:
    """Return where a page is dark, by Otsu's threshold."""
    level, _ = cv2.threshold(page, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return np.asarray(page <= min(max(level, 60.0), 200.0))


def without_staff_lines(ink: Mask, staves: Sequence[Staff]) -> Mask:
    """Return the ink without the short vertical runs on traced staff lines."""
    left = ink.copy()
    for staff in staves:
        for x in range(max(round(staff.x0_px), 0), min(round(staff.x1_px) + 1, ink.shape[1])):
            _clear_column(left, ink, x, staff.lines_at(float(x)), float(staff.space_at(float(x))))
    return left


def _clear_column(left: Mask, ink: Mask, x: int, lines_px: FloatArray, space_px: float) -> None:
    longest, near = max(2, round(_LINE_SP * space_px)), round(_NEAR_LINE_SP * space_px)
    for y in lines_px.round().astype(int).tolist():
        low, high = max(y - near - longest, 0), min(y + near + longest + 1, len(ink))
        dark = np.flatnonzero(ink[max(y - near, 0) : min(y + near + 1, len(ink)), x])
        if not len(dark):
            continue
        middle = max(y - near, 0) + int(dark[np.argmin(abs(dark - near))])
        top, bottom = middle, middle
        while top > low and ink[top - 1, x]:
            top -= 1
        while bottom < high - 1 and ink[bottom + 1, x]:
            bottom += 1
        if bottom - top + 1 <= longest:
            left[top : bottom + 1, x] = False


def unexplained(ink: Mask, names: Sequence[str], boxes: FloatArray) -> Mask:
    """Return the ink that lies in no box: what a corrector has to look at first.

    `ink` is as `without_staff_lines` leaves it; boxes of class `staff` explain nothing.
    """
    left = ink.copy().astype(np.uint8)
    solid = [row for row, name in enumerate(names) if name not in (*HOLLOW, "staff")]
    for quad in _grown(boxes[solid]):
        cv2.fillConvexPoly(left, quad, 0)
    for row, name in enumerate(names):
        if name in HOLLOW:
            _explain_hollow(left, boxes[row])
    return _without_specks(left)


def _without_specks(ink: NDArray[np.uint8]) -> Mask:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= _SPECK_PX2
    keep[0] = False
    return np.asarray(keep[labels])


def _explain_hollow(left: NDArray[np.uint8], box: FloatArray) -> None:
    quad = _grown(box[None])[0]
    x0, y0 = np.maximum(quad.min(0), 0)
    x1, y1 = quad.max(0) + 1
    part = left[y0:y1, x0:x1]
    inside = np.zeros_like(part)
    cv2.fillConvexPoly(inside, quad - [x0, y0], 1)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(part * inside, connectivity=8)
    longest = _LONG_SHARE * max(box[2], box[3])
    for one in range(1, count):
        if max(stats[one, cv2.CC_STAT_WIDTH], stats[one, cv2.CC_STAT_HEIGHT]) >= longest:
            part[labels == one] = 0


def _grown(boxes: FloatArray) -> NDArray[np.int32]:
    grown = boxes.copy()
    grown[:, 2:4] += 2 * _MARGIN_PX
    return geometry.corners(grown).round().astype(np.int32)
