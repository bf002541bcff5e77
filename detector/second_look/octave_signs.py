"""The 8 before a dashed line, and the line after it.

A lone digit that the network takes for a tuplet's or a meter's is an octave sign where a dashed line follows. Of a line
over a note or two the hook alone is left, which the network overlooks: it is told by its ink, right of its sign.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detector.decode import Detections
from detector.second_look.brackets import Island, ink_level, islands_in, least_box
from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.page import GreyImage
from notation.staff import Staff

_DIGIT = re.compile(r"(timeSig|fingering|tuplet)\d+|clef8|restHNr|(accidental.*|notehead.*)Small")
_LINE, _SIGNS = "ottavaBracket", ("ottavaAlta", "ottavaBassa", "quindicesima")
#: A line of a lower score is none.
_SURE = 0.2
#: The sign ends so far before its line or within it at most, and stands so far above or below its middle, staff spaces.
GAP_SP, WITHIN_SP, ASIDE_SP = 1.2, 0.5, 1.6
#: A sign is so tall, staff spaces; what is lower is a dot or a head.
TALL_SP = (1.1, 2.6)
#: A line, hook and all, whose middle lies nearer to that of the digit may be at its top as well as at its foot.
MIDDLE_SP = 0.12
#: The line answers for its sign with this share of its own score, and a hook's sign for the hook.
LINE_SHARE = 0.5
#: A hook stands no further right of its sign and over the sign's top or foot, is so tall and no wider, and its strokes
#: are no thicker, staff spaces. A dash or two may stand before it.
HOOK_GAP_SP, HOOK_OVER_SP, HOOK_TALL_SP, HOOK_WIDE_SP, STROKE_SP = 2.5, 0.6, (0.4, 2.6), 1.4, 0.32


def octave_signs_named(found: Detections, names: Sequence[str], staves: Sequence[Staff], space_px: float) -> Detections:
    """Return the detections where a digit at the left end of a dashed octave line is the sign of that line.

    Args:
        found: symbols of a page, px.
        names: class names; without octave signs and lines among them nothing is done.
        staves: traced staff lines, for a sign whose line does not tell whether it leads up or down.
        space_px: staff space.
    """
    if not {_LINE, "ottavaAlta", "ottavaBassa"} <= set(names):
        return found
    labels, scores = found.labels.copy(), found.scores.copy()
    digits = np.flatnonzero(np.array([bool(_DIGIT.fullmatch(name)) for name in names])[labels])
    lines = np.flatnonzero((labels == names.index(_LINE)) & (scores >= _SURE))
    signs = np.flatnonzero(np.isin(np.array(names), _SIGNS)[labels] & (scores >= _SURE))
    for line in lines.tolist():
        at_end = digits[_stand_before(found.boxes[line], found.boxes[digits], space_px)]
        if len(at_end) and not _has_sign(found.boxes[at_end], found.boxes[signs], space_px):
            best = int(at_end[scores[at_end].argmax()])
            labels[best] = names.index(_sign(found.boxes[best], found.boxes[line], staves, space_px))
            scores[best] = max(scores[best], LINE_SHARE * scores[line])
    return Detections(found.boxes, labels, scores)


def _stand_before(line: FloatArray, digits: FloatArray, space_px: float) -> np.ndarray:
    """Tell for boxes (N, 5) whether they stand at the left end of a line, bool (N,)."""
    x0, y0, x1, y1 = geometry.upright(digits).T
    left = geometry.upright(line[None])[0, 0]
    gap, tall = (left - x1) / space_px, (y1 - y0) / space_px
    aside = np.abs((y0 + y1) / 2 - line[1]) / space_px
    near = (gap <= GAP_SP) & (gap >= -WITHIN_SP) & (aside <= ASIDE_SP)
    return np.asarray(near & (tall >= TALL_SP[0]) & (tall <= TALL_SP[1]) & (x0 < left))


def _has_sign(digits: FloatArray, signs: FloatArray, space_px: float) -> bool:
    """Tell whether a sign that the network knew stands where digits stand: theirs is the 8 of its 8va."""
    x0, y0, x1, y1 = geometry.upright(signs).T
    margin = WITHIN_SP * space_px
    x, y = digits[:, :1], digits[:, 1:2]
    return bool(((x > x0 - margin) & (x < x1 + margin) & (y > y0 - margin) & (y < y1 + margin)).any())


def _sign(digit: FloatArray, line: FloatArray, staves: Sequence[Staff], space_px: float) -> str:
    """Return the sign that a digit is: an octave up has its line at the top of the digit, one down at its foot.

    Where the line lies at neither, a sign above the nearest staff leads up, and one below it down.
    """
    x, y = digit[:2]
    if abs(line[1] - y) > MIDDLE_SP * space_px:
        return "ottavaAlta" if line[1] < y else "ottavaBassa"
    outer = [float(end) for staff in staves for end in staff.lines_at(x)[[0, -1]]]
    nearest = min(outer, key=lambda end: abs(end - y), default=y)
    return "ottavaAlta" if nearest >= y else "ottavaBassa"


def octave_hooks_found(image: GreyImage, found: Detections, names: Sequence[str], space_px: float) -> Detections:
    """Return the detections with the hooks that end short octave lines, right of signs without a line.

    Args:
        image: uint8 (H, W), 0 = ink.
        found: symbols of a page, px.
        names: class names; without octave signs and lines among them nothing is done.
        space_px: staff space.
    """
    if not {_LINE, "ottavaAlta", "ottavaBassa"} <= set(names):
        return found
    signs = np.flatnonzero(np.isin(np.array(names), _SIGNS)[found.labels] & (found.scores >= _SURE))
    lines = geometry.upright(found.boxes[found.labels == names.index(_LINE)])
    boxes, scores = [], []
    for row in signs.tolist():
        x0, y0, x1, y1 = geometry.upright(found.boxes[row][None])[0]
        over = HOOK_OVER_SP * space_px
        window = np.array([x0, y0 - over, x1 + HOOK_GAP_SP * space_px, y1 + over])
        if ((lines[:, :2] < window[2:]) & (lines[:, 2:] > [x1, window[1]])).all(1).any():
            continue
        islands = [one for one in islands_in(image, ink_level(image), window, 0) if one.x0 >= (x0 + x1) / 2]
        hook = [one for one in islands if _is_hook(one.ink, space_px)]
        if hook:
            dashes = [one for one in islands if _is_dash_before(one, hook[0], x1, space_px)]
            boxes.append(least_box([*dashes, hook[0]]))
            scores.append(LINE_SHARE * found.scores[row])
    if not boxes:
        return found
    labels = np.full(len(boxes), names.index(_LINE), dtype=found.labels.dtype)
    return Detections.join([found, Detections(np.stack(boxes), labels, np.array(scores))])


def _is_hook(ink: NDArray[np.bool_], space_px: float) -> bool:
    """Tell whether ink (h, w) is a thin stroke that stands at the right end of a thin stroke that lies."""
    height, width = ink.shape
    stroke = max(2.0, STROKE_SP * space_px)
    if not HOOK_TALL_SP[0] * space_px <= height <= HOOK_TALL_SP[1] * space_px or width > HOOK_WIDE_SP * space_px:
        return False
    across, down = ink.sum(0), ink.sum(1)
    standing, lying = np.flatnonzero(across >= 0.8 * height), np.flatnonzero(down >= 0.8 * width)
    if not 0 < len(standing) <= stroke or not 0 < len(lying) <= stroke or width <= len(standing):
        return False
    at_end = standing[-1] == width - 1 and (lying[0] == 0 or lying[-1] == height - 1)
    return bool(at_end and ink.sum() <= stroke * (height + width))


def _is_dash_before(island: Island, hook: Island, sign_x1: float, space_px: float) -> bool:
    """Tell whether an island is a dash between a sign and its hook, at the height of the hook's lying stroke."""
    lies = island.ink.shape[0] <= max(2.0, STROKE_SP * space_px)
    level = min(abs(island.y0 - hook.y0), abs(island.y1 - hook.y1)) <= max(2.0, STROKE_SP * space_px)
    return bool(lies and level and island.x0 >= sign_x1 and island.x1 <= hook.x0)
