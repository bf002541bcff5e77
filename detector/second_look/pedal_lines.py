"""Pedal lines told from what looks like them: a line under the staff whose ends turn up, and no number in it.

The line that a sung syllable is held with is as thin and as straight, but has no hooks. A tuplet bracket below its
notes has the same hooks, and its number between them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from detector.decode import Detections
from detector.second_look.brackets import agreeing, ink_level, islands_in, least_box, piece_of
from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.page import GreyImage

_NAME, _NUMBER = "pedalLine", re.compile(r"tuplet\d")
#: Other readings of the same ink; one that overlaps the measured line by so much gives way, and lends its score.
_RIVALS = frozenset({"tupletBracket", "dynamicCrescendoHairpin", "dynamicDiminuendoHairpin"})
RIVAL_OVERLAP = 0.5
#: What a pedal line without hooks, and a rival of one with hooks, keeps of its score.
KEPT_SHARE = 0.3
#: The ink is looked for so far above and below the line that the network saw, staff spaces.
ASIDE_SP = 1.3
#: A line with a number in it, or so far beyond its end, staff spaces, is a tuplet bracket or half of one.
NUMBER_BESIDE_SP = 1.5
#: The middle of a bracket's number is no further above or below the bracket, staff spaces; one at a beam is.
NUMBER_ASIDE_SP = 0.5
#: A number is one from this score on.
_SURE = 0.15


def pedal_lines_weighed(image: GreyImage, found: Detections, names: Sequence[str], space_px: float) -> Detections:
    """Return the detections where pedal lines with hooks lie on their ink, and those without score less.

    Args:
        image: uint8 (H, W), 0 = ink.
        found: symbols of a page, px.
        names: class names; without `pedalLine` among them nothing is done.
        space_px: staff space.
    """
    rows = np.flatnonzero(found.labels == names.index(_NAME)) if _NAME in names else np.zeros(0, np.int64)
    if not len(rows):
        return found
    boxes, scores = found.boxes.copy(), found.scores.copy()
    level = ink_level(image)
    is_number = np.array([_NUMBER.fullmatch(name) is not None for name in names], dtype=bool)
    numbers = found.boxes[is_number[found.labels] & (scores >= _SURE)]
    measured = []
    for row in rows.tolist():
        lines = _hooked(image, level, boxes[row], space_px)
        lines = [line for line in lines if not _has_number(line, numbers, space_px)]
        box = agreeing(np.stack(lines), boxes[row][None], space_px)[0] if lines else boxes[row]
        if np.array_equal(box, boxes[row]):
            scores[row] *= KEPT_SHARE
        else:
            boxes[row] = box
            measured.append(row)
    _settle(measured, boxes, scores, found, names)
    return Detections(boxes, found.labels, scores)


def _hooked(image: GreyImage, level: float, box: FloatArray, space_px: float) -> list[FloatArray]:
    """Return the boxes of the lines near `box` with hooks that point up and none that points down."""
    _, top, _, bottom = geometry.upright(box[None])[0]
    window = np.array([0, top - ASIDE_SP * space_px, image.shape[1], bottom + ASIDE_SP * space_px])
    pieces = [piece_of(island, space_px) for island in islands_in(image, level, window, 0)]
    return [least_box([one.island]) for one in pieces if one is not None and max(one.left, one.right) <= 0]


def _has_number(line: FloatArray, numbers: FloatArray, space_px: float) -> bool:
    """Tell whether a number stands in a line or next to its end."""
    x0, y0, x1, y1 = geometry.upright(line[None])[0]
    beside, aside = NUMBER_BESIDE_SP * space_px, NUMBER_ASIDE_SP * space_px
    x, y = numbers[:, 0], numbers[:, 1]
    return bool(((x > x0 - beside) & (x < x1 + beside) & (y > y0 - aside) & (y < y1 + aside)).any())


def _settle(rows: list[int], boxes: FloatArray, scores: FloatArray, found: Detections, names: Sequence[str]) -> None:
    """Give the measured lines `rows` the scores of their rivals where those are better, and the rivals less."""
    rivals = np.flatnonzero(np.isin(np.array(names), list(_RIVALS))[found.labels])
    if not rows or not len(rivals):
        return
    overlap = geometry.iou(boxes[rows], boxes[rivals])
    for i, j in np.argwhere(overlap >= RIVAL_OVERLAP).tolist():
        scores[rows[i]] = max(scores[rows[i]], found.scores[rivals[j]])
        scores[rivals[j]] = found.scores[rivals[j]] * KEPT_SHARE
