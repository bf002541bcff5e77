"""The slash of a grace note, followed in the ink: it is thin, short and lies on stem and flag, so the network only sees
that there is one; and whether there is one tells an acciaccatura from an appoggiatura. A small head and a small flag
that a slash crosses are an acciaccatura even where the network does not see the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.decode import Detections
from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.page import GreyImage

SLASH = "graceNoteSlash"
#: Engravers draw slashes at 29 to 36 (MuseScore), 39 (LilyPond) or 45 degrees (Verovio); rising over stems up, falling
#: over stems down.
ANGLES_RAD = tuple(np.deg2rad((30, 33, 36, 39, 42, 45, 48)))
#: Where the middle of the slash stands: staff spaces right of the middle of the grace note, and share of its height
#: towards the tip of the stem. Measured on 717 of them.
MIDDLE_RIGHT_SP = {1: 0.2, -1: -0.05}
MIDDLE_SHARE = {1: 0.18, -1: 0.24}
#: How far from there its middle may be, and how far from the middle of what the network calls a slash.
REACH_SP, REACH_SEEN_SP = 0.45, 0.9
#: A slash is ink along so much of its line, ends in paper, and is so long (1.26 to 1.63 in 717 of them).
LEAST_INK = 0.72
WINDOW_SP = 1.1
LENGTH_SP = (1.2, 2.1)
#: Beside a slash, half a thickness and a bit more away, is paper but where stem and flag cross.
BESIDE_SP, MOST_BESIDE = 0.27, 0.5
#: What the network saw and the ink does not show keeps this share of its score.
UNSEEN_SHARE = 0.3
#: A slash that only the ink shows is about as sure as its grace note.
SHOWN_SHARE = 0.9
#: A small flag this sure belongs to the small head that lies so far left of it and towards its tail, staff spaces.
SURE_PART = 0.3
HEAD_LEFT_SP, HEAD_AWAY_SP = (-0.5, 1.6), (0.3, 3.2)
_PARTS = {"flag8thUpSmall": 1, "flag8thDownSmall": -1}
_SCALE_PX = 24.0  # staff space of the straightened picture


@dataclass(frozen=True)
class _Slash:
    box: FloatArray
    ink: float


def look_for_slashes(image: GreyImage, found: Detections, names: Sequence[str], space_px: float) -> Detections:
    """Return the detections with slashes boxed by their ink and grace notes named by whether they have one.

    Args:
        image: uint8 (H, W), 0 = ink.
        found: symbols, pixels of `image`.
        names: class names.
        space_px: staff space.
    """
    kinds = [names[label] for label in found.labels.tolist()]
    graces = [row for row, kind in enumerate(kinds) if kind.startswith("graceNoteA")]
    slashes = [row for row, kind in enumerate(kinds) if kind == SLASH]
    parts = _whole(found, kinds, names, [found.boxes[row] for row in graces], space_px)
    if not graces and not slashes and not parts:
        return found
    boxes, labels, scores = found.boxes.copy(), found.labels.copy(), found.scores.copy()
    more: list[tuple[FloatArray, str, float]] = []
    for row in graces:
        slash = _of_grace(image, boxes[row], kinds[row], space_px)
        stem = "StemUp" if kinds[row].endswith("StemUp") else "StemDown"
        labels[row] = list(names).index(f"graceNote{'Acciaccatura' if slash else 'Appoggiatura'}{stem}")
        if slash is not None and SLASH in names:
            more.append((slash.box, SLASH, SHOWN_SHARE * float(scores[row])))
    for box, kind, score in parts:
        slash = _of_grace(image, box, kind, space_px)
        if slash is not None:
            more += [(box, kind, score), (slash.box, SLASH, SHOWN_SHARE * score)]
    for row in slashes:
        seen = [_line(image, boxes[row, :2], sign, REACH_SEEN_SP, space_px) for sign in (1, -1)]
        best = max((one for one in seen if one is not None), key=lambda one: one.ink, default=None)
        if best is None:
            scores[row] *= UNSEEN_SHARE
        else:
            boxes[row] = best.box
    shown = Detections(
        np.array([box for box, _, _ in more]).reshape(-1, 5),
        np.array([list(names).index(kind) for _, kind, _ in more], dtype=np.int64),
        np.array([score for _, _, score in more]),
    )
    return Detections.join([Detections(boxes, labels, scores), shown])


def _whole(
    found: Detections, kinds: Sequence[str], names: Sequence[str], graces: Sequence[FloatArray], space_px: float
) -> list[tuple[FloatArray, str, float]]:
    """Return boxes, names and scores of what may be acciaccaturas: small heads and flags that no grace note holds."""
    if SLASH not in names:
        return []
    upright = geometry.upright(found.boxes)
    heads = [row for row, kind in enumerate(kinds) if kind.startswith("notehead") and kind.endswith("Small")]
    whole = []
    flags = [row for row, kind in enumerate(kinds) if kind in _PARTS and found.scores[row] >= SURE_PART]
    for row in flags:
        sign = _PARTS[kinds[row]]
        name = f"graceNoteAcciaccaturaStem{'Up' if sign == 1 else 'Down'}"
        x, y = found.boxes[row, :2].tolist()
        if name not in names or _inside(x, y, graces):
            continue
        left = (upright[row, 0] - found.boxes[heads, 0]) / space_px
        away = sign * (found.boxes[heads, 1] - y) / space_px
        near = np.flatnonzero(_within(left, HEAD_LEFT_SP) & _within(away, HEAD_AWAY_SP))
        if len(near):
            head = heads[int(near[np.abs(left[near]).argmin()])]
            both = upright[[row, head]]
            box = geometry.from_upright(np.array([[*both[:, :2].min(0), *both[:, 2:].max(0)]]))[0]
            whole.append((box, name, float(min(found.scores[row], found.scores[head]))))
    return whole


def _inside(x: float, y: float, boxes: Sequence[FloatArray]) -> bool:
    """Tell whether a place lies in one of some boxes, taken upright."""
    if not boxes:
        return False
    x0, y0, x1, y1 = geometry.upright(np.array(boxes)).T
    return bool(((x0 < x) & (x < x1) & (y0 < y) & (y < y1)).any())


def _within(values: FloatArray, limits: tuple[float, float]) -> NDArray[np.bool_]:
    return (values >= limits[0]) & (values <= limits[1])


def _of_grace(image: GreyImage, box: FloatArray, kind: str, space_px: float) -> _Slash | None:
    sign = 1 if kind.endswith("StemUp") else -1
    x0, y0, x1, y1 = geometry.upright(box[None])[0]
    middle = np.array(
        [(x0 + x1) / 2 + MIDDLE_RIGHT_SP[sign] * space_px, (y0 + y1) / 2 - sign * MIDDLE_SHARE[sign] * (y1 - y0)]
    )
    return _line(image, middle, sign, REACH_SP, space_px)


def _line(image: GreyImage, middle: FloatArray, sign: int, reach_sp: float, space_px: float) -> _Slash | None:
    """Return the straight thin line through a place, rising (1) or falling (-1) to the right; None without one."""
    found = [_at_angle(image, middle, -sign * angle, reach_sp, space_px) for angle in ANGLES_RAD]
    return max((one for one in found if one is not None), key=lambda one: one.ink, default=None)


def _at_angle(
    image: GreyImage, middle: FloatArray, angle_rad: float, reach_sp: float, space_px: float
) -> _Slash | None:
    ink = _straightened(image, middle, angle_rad, reach_sp + LENGTH_SP[1], space_px)
    along = cv2.blur(ink, (2 * round(WINDOW_SP * _SCALE_PX / 2) + 1, 3))
    centre, reach = ink.shape[0] // 2, round(reach_sp * _SCALE_PX)
    aside = round(BESIDE_SP * _SCALE_PX)
    beside = np.maximum(np.roll(along, aside, 0), np.roll(along, -aside, 0))
    worth = np.where((along >= LEAST_INK) & (beside <= MOST_BESIDE), along - beside / 4, -1.0)
    near = worth[centre - reach : centre + reach + 1, centre - reach : centre + reach + 1]
    y, x = np.unravel_index(int(near.argmax()), near.shape)
    if near[y, x] < 0:
        return None
    row, column = int(y) + centre - reach, int(x) + centre - reach
    left, right = _ends(ink[row - 1 : row + 2].mean(0), column)
    length_sp = (right - left) / _SCALE_PX
    if not LENGTH_SP[0] <= length_sp <= LENGTH_SP[1]:
        return None
    top, bottom = _edges(ink[:, left:right], row)
    offset = np.array([(left + right) / 2 - centre - 0.5, (top + bottom) / 2 - centre - 0.5]) * space_px / _SCALE_PX
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    place = middle + np.array([cos * offset[0] - sin * offset[1], sin * offset[0] + cos * offset[1]])
    sides = np.array([right - left, bottom - top]) * space_px / _SCALE_PX
    box = geometry.canonical(np.array([[*place, *sides, angle_rad]]))[0]
    return _Slash(box, float(near[y, x]))


def _straightened(
    image: GreyImage, middle: FloatArray, angle_rad: float, half_sp: float, space_px: float
) -> FloatArray:
    """Return how inky a square around a place is, 0 to 1, turned so that `angle_rad` lies level."""
    side = 2 * round(half_sp * _SCALE_PX) + 1
    step = space_px / _SCALE_PX
    cos, sin = np.cos(angle_rad) * step, np.sin(angle_rad) * step
    matrix = np.array([[cos, -sin, 0], [sin, cos, 0]])
    matrix[:, 2] = middle - 0.5 - matrix[:, :2] @ np.array([side // 2, side // 2])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    turned = cv2.warpAffine(image, matrix, (side, side), flags=flags, borderValue=(255,))
    return np.clip((200.0 - turned) / 120.0, 0, 1)


def _ends(profile: FloatArray, column: int) -> tuple[int, int]:
    """Return the first and the end column of the ink around `column`; a gap of a twelfth of a space is bridged."""
    inky = np.flatnonzero(profile > 0.5)
    breaks = np.flatnonzero(np.diff(inky) > _SCALE_PX / 12)
    begins, ends = np.r_[inky[0], inky[breaks + 1]], np.r_[inky[breaks], inky[-1]] + 1
    run = int(np.argmin(np.maximum(begins - column, 0) + np.maximum(column - ends, 0)))
    return int(begins[run]), int(ends[run])


def _edges(ink: FloatArray, row: int) -> tuple[float, float]:
    """Return upper and lower edge of a level line, from the thinnest third of its columns, where nothing crosses it."""
    inky = ink > 0.5
    above = row - np.argmin(inky[row::-1], axis=0)
    below = row + np.argmin(inky[row:], axis=0)
    thin = (below - above) <= np.quantile(below - above, 1 / 3)
    return float(above[thin].mean()) + 1, float(below[thin].mean())
