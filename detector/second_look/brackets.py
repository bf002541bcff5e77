"""Brackets measured by their own ink: over tuplets, left of systems, and the dashed ones after an 8va.

The ink of a bracket lies in islands of known shape: a thin line with a hook at an end, a thick line that stands with a
hook at each end, a row of dashes. Where islands of that shape lie at the box that the network gave, theirs is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.page import GreyImage

#: Half of a tuplet bracket may be all that the network sees: its ink is looked for beyond each end of the box over this
#: share of its length and so many staff spaces, and above and below.
BEYOND_SHARE, BEYOND_SP, ASIDE_SP = 0.8, 1.5, 1.3
#: The line of a bracket is no thicker, and strays no further from straight, staff spaces; a slur strays further.
LINE_SP, STRAY_SP = 0.36, 0.12
#: It is so long at least on one side of the number, staff spaces, and climbs less than this.
LEAST_LINE_SP, STEEPEST = 0.3, 0.6
#: A hook rises so far from the line, and less to the other side, staff spaces; an end of a digit rises to both.
HOOK_SP, NO_HOOK_SP = 0.3, 0.24
#: A hook, and the rounding where it leaves the line, lies within so much of the end, staff spaces.
HOOK_WIDTH_SP = 0.35
#: The gap for the number, and how far the inner ends may be off the line through the outer ones, staff spaces.
NUMBER_SP, OFF_LINE_SP = 6.0, 0.3
#: A bracket of a system is looked for so far aside; it is no wider with hooks, and so tall at least, staff spaces.
SYSTEM_ASIDE_SP, SYSTEM_WIDTH_SP, SYSTEM_TALL_SP = 2.0, 2.6, 4.0
#: Its line and hooks are wider than this everywhere, staff spaces; the barline that they may touch is not.
SYSTEM_THICK_SP = 0.26
#: A dash is no thicker and no longer, the next one no further, and no further up or down, staff spaces.
DASH_THICK_SP, DASH_LONG_SP, DASH_GAP_SP, DASH_STEP_SP = 0.32, 2.2, 2.6, 0.1
#: Fewer dashes may be hyphens or the ends of something else.
LEAST_DASHES = 3
#: The hook at the end of a row of dashes is no further from it and no taller, staff spaces.
END_GAP_SP, END_TALL_SP = 0.9, 3.0
#: Islands of fewer pixels are dust.
DUST_PX = 4
#: Least overlap of the found box with the network's; both are widened to so many staff spaces first.
LEAST_OVERLAP, WIDENED_SP = 0.25, 0.8

_WindowOf = Callable[[FloatArray, GreyImage, float], FloatArray]


def snap_brackets(
    image: GreyImage, boxes: FloatArray, labels: IntArray, names: Sequence[str], space_px: float
) -> FloatArray:
    """Return boxes (N, 5) where brackets with clear ink take the least box around it.

    Args:
        image: uint8 (H, W), 0 = ink.
        boxes: float64 (N, 5), pixels of `image`.
        labels: int64 (N,), rows of `names`.
        names: class names.
        space_px: staff space.
    """
    out = boxes.copy()
    level = None
    for name, (window_of, brackets_of, run_sp) in _WAYS.items():
        rows = np.flatnonzero(labels == names.index(name)) if name in names else np.zeros(0, np.int64)
        if not len(rows):
            continue
        level = ink_level(image) if level is None else level
        windows = np.stack([window_of(box, image, space_px) for box in boxes[rows]])
        islands = [islands_in(image, level, window, round(run_sp * space_px)) for window in _merged(windows)]
        found = [box for some in islands for box in brackets_of(some, space_px)]
        if found:
            out[rows] = agreeing(np.stack(found), boxes[rows], space_px)
    return out


def ink_level(image: GreyImage) -> float:
    """Return the grey that ink is darker than; every eighth row knows it well enough."""
    level, _ = cv2.threshold(np.ascontiguousarray(image[::8]), 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    return float(level)


def _merged(windows: FloatArray) -> list[FloatArray]:
    """Return windows x0, y0, x1, y1 where those that overlap are one."""
    out: list[FloatArray] = []
    for window in windows:
        meeting = [one for one in out if (one[:2] < window[2:]).all() and (window[:2] < one[2:]).all()]
        out = [one for one in out if not any(one is other for other in meeting)]
        group = np.stack([window, *meeting])
        out.append(np.concatenate([group[:, :2].min(0), group[:, 2:].max(0)]))
    return out


@dataclass(frozen=True)
class Island:
    """Connected ink: bool (h, w), and its left and top edge, page pixels."""

    ink: NDArray[np.bool_]
    x0: int
    y0: int

    @property
    def x1(self) -> int:
        """The column after its last."""
        return self.x0 + int(self.ink.shape[1])

    @property
    def y1(self) -> int:
        """The row after its last."""
        return self.y0 + int(self.ink.shape[0])

    def outline(self) -> FloatArray:
        """Return the corners of its pixels on its convex hull, (K, 2) page pixels."""
        ys, xs = np.nonzero(self.ink)
        hull = cv2.convexHull(np.stack([xs, ys], 1).astype(np.int32)).reshape(-1, 2).astype(np.float64)
        pixels = hull[:, None] + np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
        return np.asarray(pixels.reshape(-1, 2) + np.array([self.x0, self.y0]), np.float64)


def islands_in(image: GreyImage, level: float, window: FloatArray, run_px: int) -> list[Island]:
    """Return the islands that lie whole in a window x0, y0, x1, y1, page pixels; what its edge cuts is left out.

    Ink that goes on for less than `run_px` from left to right counts as paper.
    """
    height, width = image.shape
    low = np.maximum(0, np.floor(window[:2])).astype(int)
    high = np.minimum((width, height), np.ceil(window[2:])).astype(int)
    if (high - low).min() < 2:
        return []
    dark = (image[low[1] : high[1], low[0] : high[0]] <= level).astype(np.uint8)
    if run_px > 1:
        run, last = np.ones((1, run_px), np.uint8), (run_px - 1, 0)  # a common opening shifts ink where it is even
        dark = cv2.dilate(cv2.erode(dark, run, anchor=(0, 0)), run, anchor=last).astype(np.uint8, copy=False)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8, ltype=cv2.CV_32S)
    x, y, w, h, area = stats.T
    whole = (x > 0) & (y > 0) & (x + w < dark.shape[1]) & (y + h < dark.shape[0]) & (area >= DUST_PX)
    out = []
    for number in np.flatnonzero(whole).tolist():
        x0, y0, wide, tall = (int(value) for value in stats[number, :4])
        ink = labels[y0 : y0 + tall, x0 : x0 + wide] == number
        out.append(Island(ink, x0 + int(low[0]), y0 + int(low[1])))
    return out


def _grown(box: FloatArray, aside_px: float, upright_px: float) -> FloatArray:
    grown: FloatArray = geometry.upright(box[None])[0] + np.array([-aside_px, -upright_px, aside_px, upright_px])
    return grown


def least_box(islands: Sequence[Island]) -> FloatArray:
    """Return the box of least area around islands."""
    return geometry.min_area_box(np.concatenate([island.outline() for island in islands]))


def agreeing(found: FloatArray, boxes: FloatArray, space_px: float) -> FloatArray:
    """Return for each of `boxes` (N, 5) the box of `found` (K, 5) that overlaps it best, or itself where none does."""
    least = WIDENED_SP * space_px
    overlap = geometry.iou(_widened(boxes, least), _widened(found, least))
    best = overlap.argmax(1)
    agree = overlap[np.arange(len(boxes)), best] >= LEAST_OVERLAP
    return np.where(agree[:, None], found[best], boxes)


def _widened(boxes: FloatArray, least: float) -> FloatArray:
    out = boxes.copy()
    out[:, 2:4] = np.maximum(boxes[:, 2:4], least)
    return out


@dataclass(frozen=True)
class Piece:
    """A thin line and its hooks: middles of the line at both ends (2, 2), px; hooks -1 up, 1 down, 0 none."""

    island: Island
    ends: FloatArray
    left: int
    right: int


def _around_tuplet(box: FloatArray, image: GreyImage, space_px: float) -> FloatArray:
    return _grown(box, BEYOND_SHARE * box[2:4].max() + BEYOND_SP * space_px, ASIDE_SP * space_px)


def _tuplet_brackets(islands: Sequence[Island], space_px: float) -> list[FloatArray]:
    """Return the boxes of whole brackets, and of left parts with right parts."""
    pieces = [piece for island in islands if (piece := piece_of(island, space_px)) is not None]
    whole = [least_box([piece.island]) for piece in pieces if piece.left == piece.right]
    halves = [
        least_box([left.island, right.island])
        for left in pieces
        for right in pieces
        if left.left and not left.right and right.right and not right.left and _fit(left, right, space_px)
    ]
    return whole + halves


def piece_of(island: Island, space_px: float) -> Piece | None:
    """Return the line and the hooks that an island consists of; None where it is something else."""
    ink = island.ink
    height, width = ink.shape
    if width < LEAST_LINE_SP * space_px or height < HOOK_SP * space_px:
        return None
    top, bottom = ink.argmax(0), height - 1 - ink[::-1].argmax(0)
    columns, middle = np.arange(width), (top + bottom) / 2
    thin = bottom - top + 1 <= max(2.0, LINE_SP * space_px)
    if thin.sum() < max(3.0, LEAST_LINE_SP * space_px):
        return None
    slope, start = np.polyfit(columns[thin], middle[thin], 1)
    line = start + slope * columns
    stray = np.abs(middle - line)[thin] > max(1.0, STRAY_SP * space_px)
    if abs(slope) > STEEPEST or stray.mean() > 0.1:
        return None
    reach = min(width // 2, max(2, round(HOOK_WIDTH_SP * space_px)))
    above, below = (line - top) / space_px, (bottom - line) / space_px
    left, right = (_hook(above[part], below[part]) for part in (slice(0, reach), slice(width - reach, width)))
    inner = slice(reach if left else 0, width - reach if right else width)
    if (left == 0 and right == 0) or not thin[inner].all():
        return None
    ends = np.array([[island.x0, island.y0 + line[0]], [island.x1, island.y0 + line[-1]]])
    return Piece(island, ends, left, right)


def _hook(above_sp: FloatArray, below_sp: FloatArray) -> int:
    """Return where ink goes from the line: -1 up, 1 down, 0 nowhere or both ways."""
    up, down = above_sp.max(), below_sp.max()
    if up >= HOOK_SP and down <= NO_HOOK_SP:
        return -1
    return 1 if down >= HOOK_SP and up <= NO_HOOK_SP else 0


def _fit(left: Piece, right: Piece, space_px: float) -> bool:
    """Tell whether a left and a right part are one bracket: hooks to one side, ends on one line, room for a number."""
    gap = right.ends[0, 0] - left.ends[1, 0]
    if left.left != right.right or not 0 < gap <= NUMBER_SP * space_px:
        return False
    (x0, y0), (x1, y1) = left.ends[0], right.ends[1]
    inner = np.stack([left.ends[1], right.ends[0]])
    off = np.abs(inner[:, 1] - y0 - (y1 - y0) * (inner[:, 0] - x0) / (x1 - x0))
    return bool(off.max() <= OFF_LINE_SP * space_px and abs(y1 - y0) <= STEEPEST * (x1 - x0))


def _beside_system(box: FloatArray, image: GreyImage, space_px: float) -> FloatArray:
    return _grown(box, SYSTEM_ASIDE_SP * space_px, float(image.shape[0]))


def _system_brackets(islands: Sequence[Island], space_px: float) -> list[FloatArray]:
    """Return the boxes of tall narrow islands."""
    boxes = [least_box([one]) for one in islands if one.ink.shape[0] >= SYSTEM_TALL_SP * space_px]
    return [box for box in boxes if box[2:4].min() <= SYSTEM_WIDTH_SP * space_px]


def _along_dashes(box: FloatArray, image: GreyImage, space_px: float) -> FloatArray:
    return _grown(box, float(image.shape[1]), ASIDE_SP * space_px)


def _dashed_brackets(islands: Sequence[Island], space_px: float) -> list[FloatArray]:
    """Return the boxes of rows of dashes, each with the hook at its end."""
    dashes = sorted((one for one in islands if _is_dash(one, space_px)), key=lambda one: one.x0)
    rows: list[list[Island]] = []
    for dash in dashes:
        row = next((row for row in reversed(rows) if _goes_on(row[-1], dash, space_px)), None)
        if row is None:
            rows.append([dash])
        else:
            row.append(dash)
    return [_along_row(row, _end_hook(row[-1], islands, space_px)) for row in rows if len(row) >= LEAST_DASHES]


def _along_row(row: Sequence[Island], hook: Sequence[Island]) -> FloatArray:
    """Return the box along a row of dashes; turned to the line from first dash to hook's end it is no larger."""
    first, last = row[0], row[-1]
    climb = (last.y0 + last.y1 - first.y0 - first.y1) / 2
    run = (last.x0 + last.x1 - first.x0 - first.x1) / 2
    angle = float(np.arctan2(climb, run)) if abs(climb) > 1 else 0.0  # a pixel is the rounding of two edges
    axes = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    turned = np.concatenate([island.outline() for island in (*row, *hook)]) @ axes.T
    low, high = turned.min(0), turned.max(0)
    return np.concatenate([(low + high) / 2 @ axes, high - low, [angle]])


def _is_dash(island: Island, space_px: float) -> bool:
    height, width = island.ink.shape
    return bool(height <= max(2.0, DASH_THICK_SP * space_px) and width <= DASH_LONG_SP * space_px)


def _goes_on(dash: Island, after: Island, space_px: float) -> bool:
    apart = abs(dash.y0 + dash.y1 - after.y0 - after.y1) / 2
    return apart <= max(1.0, DASH_STEP_SP * space_px) and 0 < after.x0 - dash.x1 <= DASH_GAP_SP * space_px


def _end_hook(last: Island, islands: Sequence[Island], space_px: float) -> list[Island]:
    """Return the island of the hook right of the last dash: a thin stroke from the height of the dash up or down."""
    reach, middle = END_GAP_SP * space_px, (last.y0 + last.y1) / 2
    for island in islands:
        height, width = island.ink.shape
        begins = min(abs(island.y0 - middle), abs(island.y1 - middle)) <= LINE_SP * space_px
        thin = island.ink.sum() <= LINE_SP * space_px * (width + height)
        tall = HOOK_SP * space_px <= height <= END_TALL_SP * space_px and width <= DASH_LONG_SP * space_px
        if begins and thin and tall and 0 <= island.x0 - last.x1 <= reach:
            return [island]
    return []


_BracketsOf = Callable[[Sequence[Island], float], list[FloatArray]]
#: For each class where its ink is looked for, which boxes the islands there make, and how wide their ink is everywhere.
_WAYS: dict[str, tuple[_WindowOf, _BracketsOf, float]] = {
    "tupletBracket": (_around_tuplet, _tuplet_brackets, 0.0),
    "bracket": (_beside_system, _system_brackets, SYSTEM_THICK_SP),
    "ottavaBracket": (_along_dashes, _dashed_brackets, 0.0),
}
