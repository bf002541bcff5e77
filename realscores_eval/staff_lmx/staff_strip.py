"""`staff_strip`: one staff of a page, straightened and scaled, as the sequence model sees it."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from notation.boxes import FloatArray
from notation.page import GreyImage
from notation.staff import LINE_COUNT, Staff

#: Staff space of a strip; noteheads are 10 px wide then, and a strip of a whole line costs a tenth of a second to read.
SPACE_PX = 8
#: Spaces above the top line and below the bottom line: four ledger lines and the stem of the note on them.
MARGIN_SP = 5
HEIGHT_PX = (2 * MARGIN_SP + LINE_COUNT - 1) * SPACE_PX
#: Paper left of the staff and right of it; names of parts and braces stay out.
LEFT_SP, RIGHT_SP = 0.75, 1.0
#: Longest staff, in spaces: an orchestral page of small staves has 150.
_LONGEST_SP = 400


def staff_strip(image: GreyImage, staff: Staff) -> GreyImage:
    """Return a staff with its surroundings, uint8 (`HEIGHT_PX`, width); its lines lie level, `SPACE_PX` apart.

    Beyond the edge of the page is paper.
    """
    space = staff.space_px
    scale = SPACE_PX / space
    width_px = math.ceil(min((staff.x1_px - staff.x0_px) / space + LEFT_SP + RIGHT_SP, _LONGEST_SP) * SPACE_PX)
    x = np.asarray(staff.x0_px + (np.arange(width_px) + 0.5) / scale - LEFT_SP * space, dtype=np.float64)
    lines = staff.lines_at(np.clip(x, staff.x0_px, staff.x1_px))
    window, x0, y0 = _window(image, x, lines, space)
    small, shrunk = _shrunk(window, scale)
    at = (np.arange(HEIGHT_PX) + 0.5 - MARGIN_SP * SPACE_PX) / ((LINE_COUNT - 1) * SPACE_PX)
    y = lines[0][None] + at[:, None] * (lines[-1] - lines[0])[None]
    map_x = np.broadcast_to((x - x0) * shrunk[0] - 0.5, y.shape).astype(np.float32)
    map_y = ((y - y0) * shrunk[1] - 0.5).astype(np.float32)
    paper = int(np.percentile(window, 80)) if window.size else 255
    return cv2.remap(small, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=paper).astype(
        np.uint8
    )


def strip_x(staff: Staff, x_px: FloatArray | float) -> FloatArray:
    """Return where page columns lie in the staff's strip, px."""
    return (np.asarray(x_px, dtype=np.float64) - staff.x0_px) / staff.space_px * SPACE_PX + LEFT_SP * SPACE_PX


def contrasted(strip: GreyImage) -> NDArray[np.float32]:
    """Return ink as float32 in [0, 1]: 0 the paper, 1 the darkest ink of the strip."""
    paper, ink = np.percentile(strip, [70, 0.5]) if strip.size else (255.0, 0.0)
    return np.clip((paper - strip.astype(np.float32)) / max(paper - ink, 30.0), 0, 1).astype(np.float32)


def _window(image: GreyImage, x: FloatArray, lines: FloatArray, space: float) -> tuple[GreyImage, int, int]:
    """Return the part of the page around a staff and its left and top edge."""
    reach = (MARGIN_SP + 1) * space
    x0, x1 = max(0, math.floor(x[0] - space)), min(image.shape[1], math.ceil(x[-1] + space))
    y0 = min(max(0, math.floor(lines.min() - reach)), image.shape[0] - 1)
    y1 = max(y0 + 1, min(image.shape[0], math.ceil(lines.max() + reach)))
    return image[y0:y1, x0 : max(x0 + 1, x1)], x0, y0


def _shrunk(window: GreyImage, scale: float) -> tuple[GreyImage, tuple[float, float]]:
    """Return the picture made smaller by area where the strip will be smaller, and the factors of both sides."""
    if scale >= 1 or not window.size:
        return window, (1.0, 1.0)
    height, width = window.shape
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(window, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return small, (size[0] / width, size[1] / height)
