"""Accents told by their ink: two thin strokes that open to the left and meet on the right, over or under a head.

Old prints have accents wider and flatter than the fonts of today, and the network takes them for nothing or for short
slurs and hairpins. Their shape is that of few other things: each column of ink is two runs that come nearer to each
other from left to right, along two straight lines, until they are one.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.decode import Detections
from detector.second_look.brackets import ink_level
from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.page import GreyImage

_ABOVE, _BELOW = "articAccentAbove", "articAccentBelow"
#: What the network takes an accent for, if it sees it at all; such a box gives way.
_RIVALS = frozenset(
    {"slur", "tie", "dynamicCrescendoHairpin", "dynamicDiminuendoHairpin", _ABOVE, _BELOW}
    | {"articMarcatoAbove", "articMarcatoBelow", "articTenutoAbove", "articTenutoBelow", "ornamentMordent"}
)
RIVAL_OVERLAP = 0.3
#: A short hairpin has the same shape; where the network is so sure of one, it is believed.
_HAIRPIN, SURE_HAIRPIN = "dynamicDiminuendoHairpin", 0.5
#: An accent is so wide and so tall, staff spaces, and so many times wider than tall.
WIDE_SP, TALL_SP, SLENDER = (0.9, 2.6), (0.4, 1.4), (1.15, 4.5)
#: Its strokes are no thicker, staff spaces; one of them may be missing in so many columns of its left half.
STROKE_SP, GAPS = 0.4, 0.25
#: The edges stray so far from straight, staff spaces; they come nearer by this share of the width at least, and the
#: line between them is tilted no more.
STRAY_SP, LEAST_CLOSING, MOST_TILT = 0.1, 0.22, 0.25
#: In this share of the columns they are straight; not counting these shares of its width on the left, where one stroke
#: may begin before the other, and on the right, where they meet.
STRAIGHT_SHARE, START_SHARE, TIP_SHARE = 0.85, 0.12, 0.25
#: They are apart, but for some gaps, over this share of its width on the left.
APART_SHARE = 0.5
#: A head stands no further aside and no further above or below, staff spaces.
ASIDE_SP, AWAY_SP = 1.2, 6.0
#: Heads count from this score on.
_SURE_HEAD = 0.25
#: How sure an accent is that the shape alone tells.
SCORE = 0.6


def accents_seen(image: GreyImage, found: Detections, names: Sequence[str], space_px: float) -> Detections:
    """Return the detections with the accents that ink shows, and without what they were taken for.

    Args:
        image: uint8 (H, W), 0 = ink.
        found: symbols of a page, px.
        names: class names; without accents among them nothing is done.
        space_px: staff space.
    """
    if not {_ABOVE, _BELOW, _HAIRPIN} <= set(names):
        return found
    is_head = np.array([name.startswith("notehead") for name in names], dtype=bool)
    heads = found.boxes[is_head[found.labels] & (found.scores >= _SURE_HEAD), :2]
    boxes = _wedges(image, space_px)
    hairpins = found.boxes[(found.labels == names.index(_HAIRPIN)) & (found.scores >= SURE_HAIRPIN)]
    boxes = boxes[~(geometry.iou(boxes, hairpins) >= RIVAL_OVERLAP).any(1)]
    sides = np.array([_side(box, heads, space_px) for box in boxes], dtype=np.int64)
    boxes, sides = boxes[sides != 0], sides[sides != 0]
    if not len(boxes):
        return found
    rivals = np.flatnonzero(np.isin(np.array(names), list(_RIVALS))[found.labels])
    meet = geometry.iou(boxes, found.boxes[rivals]) >= RIVAL_OVERLAP
    said = np.where(meet, found.scores[rivals], 0.0).max(1, initial=0.0)
    gone = rivals[meet.any(0)]
    labels = np.where(sides < 0, names.index(_ABOVE), names.index(_BELOW)).astype(np.int64)
    seen = Detections(boxes, labels, np.maximum(said, SCORE))
    return Detections.join([found.take(np.setdiff1d(np.arange(len(found)), gone)), seen])


def _side(box: FloatArray, heads: FloatArray, space_px: float) -> int:
    """Return where an accent stands at its nearest head: -1 above, 1 below, 0 at none."""
    aside, away = np.abs(heads[:, 0] - box[0]) / space_px, (heads[:, 1] - box[1]) / space_px
    near = np.flatnonzero((aside <= ASIDE_SP) & (np.abs(away) <= AWAY_SP))
    if not len(near):
        return 0
    return -1 if away[near[np.abs(away[near]).argmin()]] > 0 else 1


def _wedges(image: GreyImage, space_px: float) -> FloatArray:
    """Return the upright boxes (K, 5) of the islands of ink that have the shape of an accent."""
    dark = (image <= ink_level(image)).astype(np.uint8)
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8, ltype=cv2.CV_32S)
    _, _, wide, tall, area = stats.T
    fits = (wide >= WIDE_SP[0] * space_px) & (wide <= WIDE_SP[1] * space_px)
    fits &= (tall >= TALL_SP[0] * space_px) & (tall <= TALL_SP[1] * space_px)
    fits &= (wide >= SLENDER[0] * tall) & (wide <= SLENDER[1] * tall) & (area <= 0.6 * wide * tall)
    boxes = []
    for number in np.flatnonzero(fits).tolist():
        x, y, w, h = (int(value) for value in stats[number, :4])
        if _is_wedge(numbers[y : y + h, x : x + w] == number, space_px):
            boxes.append([x, y, x + w, y + h])
    return geometry.from_upright(np.array(boxes, np.float64)) if boxes else np.zeros((0, 5))


def _is_wedge(ink: NDArray[np.bool_], space_px: float) -> bool:
    """Tell whether ink (h, w) is two straight strokes that open to the left."""
    height, width = ink.shape
    if not ink.any(0).all():
        return False
    columns = np.arange(width)
    top, bottom = ink.argmax(0), height - 1 - ink[::-1].argmax(0)
    stroke, stray = max(2.0, STROKE_SP * space_px), max(1.0, STRAY_SP * space_px)
    before = (columns >= START_SHARE * width) & (columns < (1 - TIP_SHARE) * width)
    (upper, falls), (lower, rises) = _line(columns[before], top[before]), _line(columns[before], bottom[before])
    off = np.maximum(np.abs(upper - top[before]), np.abs(lower - bottom[before]))
    straight = np.mean(off <= stray) > STRAIGHT_SHARE
    closes = falls - rises >= LEAST_CLOSING and abs(falls + rises) / 2 <= MOST_TILT
    if not straight or not closes or bottom[-1] - top[-1] + 1 > stroke:
        return False
    thickness = ink.sum(0)
    parted = thickness < bottom - top + 1
    open_part = (columns >= START_SHARE * width) & (columns < APART_SHARE * width)
    return bool(np.mean(~parted[open_part]) <= GAPS and np.median(thickness[open_part]) <= 2 * stroke)


def _line(x: NDArray[np.int64], y: NDArray[np.int64]) -> tuple[FloatArray, float]:
    """Return the straight line through y over x, and its slope."""
    slope, start = np.polyfit(x, y, 1)
    line: FloatArray = start + slope * x
    return line, float(slope)
