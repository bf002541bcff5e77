"""Where columns of a page cross staves: five thin dark runs at four equal distances.

Such *crossings* are rare in text and photographs, and a staff repeats them in the columns beside it, at the same
height: only crossings with such neighbours count. Halftone screens and dithered paper are full of them, one above the
other without end; a staff stands *free*, without a sixth and a seventh line.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.staves.darkness import Grey, as_grey
from notation.boxes import FloatArray, IntArray

COLUMN_STEPS_PX = (8, 3)  # columns averaged into one: fills gaps of broken lines; 3 for small print, where 8 hit notes
ENOUGH_SP = 20.0  # page width of crossings, in staff spaces, that makes the finer step needless
SMALLEST_SPACE_PX = 4.0
LARGEST_SPACE_PX = 80.0
NEIGHBOURS_PX = (8.0, 24.0)  # distance of neighbours that confirm a crossing: beyond the stroke of a letter
THIN_SP = 0.45  # no staff line is thicker; noteheads are
FREE_SP = 1.25  # no thin run is as near as this above and below a crossing that stands free; rungs of screens are
LEAST_FREE = 0.25  # share of the crossings of one size that stand free; staves 0.5 to 0.95, screens up to 0.1
SIZE_STEP, SIZE_STEPS = 0.02, 11  # one size is what differs by a tenth up or down, in logarithms of the staff space
DARKNESS_LEVELS = (128, 72, 40)  # thresholds on darkness, tried in turn: crisp print, broken lines, faint lines
LINES = 5


@dataclass(frozen=True, eq=False)
class Crossings:
    """Places where a column crosses five equally spaced thin runs.

    Attributes:
        column: int64 (N,), index of the column.
        y_px: float64 (N,), middle of the five runs in page px.
        space_px: float64 (N,), mean of their four distances.
        free: bool (N,), whether no sixth thin run goes on above or below.
        step_px: width of a column.
    """

    column: IntArray
    y_px: FloatArray
    space_px: FloatArray
    free: NDArray[np.bool_]
    step_px: float

    def __len__(self) -> int:
        return len(self.column)

    @property
    def x_px(self) -> FloatArray:
        """Centres of the columns, float64 (N,), page px."""
        return (self.column.astype(np.float64) + 0.5) * self.step_px

    @property
    def width_sp(self) -> float:
        """Page width that the crossings stand for, each in its own staff spaces."""
        return float((self.step_px / self.space_px).sum())

    def where(self, rows: NDArray[np.bool_]) -> Crossings:
        """Return the marked rows."""
        return Crossings(self.column[rows], self.y_px[rows], self.space_px[rows], self.free[rows], self.step_px)


def no_crossings(step_px: float = 1.0) -> Crossings:
    """Return the crossings of an empty page."""
    return Crossings(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0, np.bool_), step_px)


def find_crossings(dark: Grey) -> Crossings:
    """Return the staff crossings of a darkness picture, uint8 (H, W), that neighbouring columns confirm."""
    best = no_crossings()
    for step in COLUMN_STEPS_PX:
        best = max(best, _find_at_step(dark, step), key=lambda crossings: crossings.width_sp)
        if best.width_sp >= ENOUGH_SP:
            break
    return best


def _find_at_step(dark: Grey, step_px: int) -> Crossings:
    height, width = dark.shape
    columns = max(1, width // step_px)
    narrow = as_grey(cv2.resize(dark, (columns, height), interpolation=cv2.INTER_AREA))
    found = [_confirmed(_crossings_at(narrow, level, width / columns), height) for level in DARKNESS_LEVELS]
    return max(map(_without_screens, found), key=lambda crossings: int(crossings.free.sum()))


def _crossings_at(narrow: Grey, level: int, step_px: float) -> Crossings:
    height, columns = narrow.shape
    framed = np.zeros((columns, height + 2), np.int8)
    framed[:, 1:-1] = (narrow > level).T
    steps = np.diff(framed.ravel())
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return _five_in_a_row(starts, ends, height + 2, step_px)


def _five_in_a_row(starts: IntArray, ends: IntArray, stride: int, step_px: float) -> Crossings:
    if len(starts) < LINES:
        return no_crossings(step_px)
    column, thickness = starts // stride, (ends - starts).astype(np.float64)
    middle: FloatArray = (0.5 * (starts + ends) - column * stride).astype(np.float64)
    windows = np.lib.stride_tricks.sliding_window_view
    five, gaps = windows(thickness, LINES), windows(np.diff(middle), LINES - 1)
    space: FloatArray = gaps.mean(1)
    even = np.ptp(gaps, axis=1) <= np.maximum(2.0, 0.2 * space)
    thin = five.max(1) <= np.maximum(2.0, THIN_SP * space)
    in_range = (space >= SMALLEST_SPACE_PX) & (space <= LARGEST_SPACE_PX)
    rows = np.flatnonzero(even & thin & in_range & (column[4:] == column[:-4]))
    free = _free(starts, ends, stride, rows, space[rows])
    return Crossings(column[rows], middle[rows + 2], space[rows], free, step_px)


def _free(starts: IntArray, ends: IntArray, stride: int, rows: IntArray, space: FloatArray) -> NDArray[np.bool_]:
    """Return whether five runs from each row on have no thin run close above or below."""
    starts, ends = np.r_[-stride, starts, ends[-1] + stride], np.r_[-stride, ends, ends[-1] + stride]
    first, last = rows + 1, rows + LINES
    thin = np.maximum(2.0, THIN_SP * space)
    above = (starts[first] - ends[first - 1] <= FREE_SP * space) & ((ends - starts)[first - 1] <= thin)
    below = (starts[last + 1] - ends[last] <= FREE_SP * space) & ((ends - starts)[last + 1] <= thin)
    return ~(above | below)


def _confirmed(crossings: Crossings, height: int) -> Crossings:
    """Keep crossings with a like one, half a space up or down at most, a short way on and before."""
    ahead = np.zeros(len(crossings), np.bool_)
    behind = np.zeros(len(crossings), np.bool_)
    nearest, farthest = (round(distance / crossings.step_px) for distance in NEIGHBOURS_PX)
    for lag in range(max(1, nearest), farthest + 1):
        rows, partners = pairs_at_lag(crossings, lag, height)
        ahead[rows] = True
        behind[partners] = True
    return crossings.where(ahead & behind)


def _without_screens(crossings: Crossings) -> Crossings:
    """Drop every size of crossings that seldom stand free."""
    if not len(crossings):
        return crossings
    size = np.floor(np.log(crossings.space_px) / SIZE_STEP).astype(np.int64)
    alike = np.ones(SIZE_STEPS)
    free, every = (np.convolve(np.bincount(size, weights), alike, "same") for weights in (crossings.free, None))
    return crossings.where(free[size] > LEAST_FREE * every[size])


def pairs_at_lag(crossings: Crossings, lag: int, height: int) -> tuple[IntArray, IntArray]:
    """Return rows (P,) and partners (P,): crossings of one staff that lie `lag` columns apart."""
    if not len(crossings):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    key = crossings.column * 4.0 * height + crossings.y_px
    order = np.argsort(key, kind="stable")
    wanted = key + lag * 4.0 * height
    right = np.clip(np.searchsorted(key[order], wanted), 1, len(key) - 1)
    left = right - 1
    nearer = np.abs(key[order[left]] - wanted) < np.abs(key[order[right]] - wanted)
    partner = order[np.where(nearer, left, right)]
    near = np.abs(key[partner] - wanted) < 0.5 * crossings.space_px
    alike = np.abs(crossings.space_px[partner] - crossings.space_px) < np.maximum(0.7, 0.08 * crossings.space_px)
    rows = np.flatnonzero(near & alike)
    return rows, partner[rows]
