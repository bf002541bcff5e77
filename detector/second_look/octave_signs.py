"""The 8 before a dashed line: a lone digit that the network takes for a tuplet's or a meter's is an octave sign."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from detector.decode import Detections
from notation import boxes as geometry
from notation.boxes import FloatArray
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
#: The line answers for its sign with this share of its own score.
LINE_SHARE = 0.5


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
