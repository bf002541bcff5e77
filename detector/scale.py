"""How large the music is drawn: staff space and line thickness of a page, from dark runs down its columns.

A column that passes between the symbols of a staff crosses five thin dark runs at four equal distances. Such
*crossings* are rare in text and photographs, and a staff repeats them in the columns beside it, at the same height:
only crossings with such a neighbour count. This sharpens the histogram of line distances (black plus white run
length) of Cardoso and Rebelo, "Robust staffline thickness and distance estimation in binary and gray-level music
scores" (ICPR 2010), to the one pattern that staves alone show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from notation.boxes import FloatArray, IntArray
from notation.page import GreyImage

COLUMN_STEP_PX = 8  # columns averaged into one: fills gaps of a broken line, blurs a slope of 5 degrees by 0.7 px only
SMALLEST_SPACE_PX = 4.0
LARGEST_SPACE_PX = 80.0
DARKNESS_LEVELS = (128, 72, 40)  # thresholds on darkness, tried in turn: crisp print, broken lines, faint lines
LEAST_SUPPORT_SP = 3.0  # a staff of six spaces with nothing but a clef still shows three clear ones
SIZE_SPREAD = 0.10  # staves of one size differ less than this on a bent page; cue staves differ by a quarter
SLOPE_SPREAD = 0.04  # slopes of bowed lines lie this near the median; what is further off is a chance pair
LINES = 5

Grey: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Crossings:
    """Places where a column crosses five equally spaced thin runs.

    Attributes:
        x_px: float64 (N,), centre of the column.
        y_px: float64 (N,), middle of the five runs.
        space_px: float64 (N,), mean of their four distances.
        thickness_px: float64 (N,), median run length.
    """

    x_px: FloatArray
    y_px: FloatArray
    space_px: FloatArray
    thickness_px: FloatArray

    def __len__(self) -> int:
        return len(self.x_px)

    def where(self, rows: NDArray[np.bool_]) -> Crossings:
        """Return the marked rows."""
        return Crossings(self.x_px[rows], self.y_px[rows], self.space_px[rows], self.thickness_px[rows])


NO_CROSSINGS = Crossings(*(np.zeros(0) for _ in range(4)))


def darkness(image: GreyImage) -> Grey:
    """Return how dark each pixel is against the paper around it: uint8 (H, W), 0 = paper, 255 = full ink.

    Paper is the brightest tone nearby; full ink is the tone of the darkest twentieth of all clearly dark pixels.
    """
    height, width = image.shape
    coarse_size = (max(1, width // 16), max(1, height // 16))
    coarse = cv2.resize(image, coarse_size, interpolation=cv2.INTER_AREA)
    coarse = cv2.dilate(coarse, np.ones((5, 5), np.uint8))  # 80 px: wider than any stroke, narrower than any shade
    paper = cv2.resize(cv2.blur(coarse, (5, 5)), (width, height), interpolation=cv2.INTER_LINEAR)
    below = as_grey(cv2.subtract(paper, image))
    return as_grey(cv2.convertScaleAbs(below, alpha=255.0 / _full_ink(below)))


def as_grey(picture: ArrayLike) -> Grey:
    """Return a picture from OpenCV, whose stubs do not know its type, as uint8."""
    return np.asarray(picture, dtype=np.uint8)


def _full_ink(below: Grey) -> float:
    counts = np.bincount(below[::4, ::4].ravel(), minlength=256)
    counts[:32] = 0  # paper grain and bleed-through
    total = np.cumsum(counts)
    if not total[-1]:
        return 255.0
    return float(max(64, np.searchsorted(total, 0.8 * total[-1])))


def find_crossings(dark: Grey) -> Crossings:
    """Return the staff crossings of a darkness picture, uint8 (H, W), that a neighbouring column confirms."""
    height, width = dark.shape
    columns = max(1, width // COLUMN_STEP_PX)
    narrow = as_grey(cv2.resize(dark, (columns, height), interpolation=cv2.INTER_AREA))
    found = [_confirmed(_crossings_at(narrow, level, width / columns), height) for level in DARKNESS_LEVELS]
    return max(found, key=len)


def _crossings_at(narrow: Grey, level: int, step_px: float) -> Crossings:
    height, columns = narrow.shape
    framed = np.zeros((columns, height + 2), np.int8)
    framed[:, 1:-1] = (narrow > level).T
    steps = np.diff(framed.ravel())
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    return _five_in_a_row(starts, ends, height + 2, step_px)


def _five_in_a_row(starts: IntArray, ends: IntArray, stride: int, step_px: float) -> Crossings:
    if len(starts) < LINES:
        return NO_CROSSINGS
    column, thickness = starts // stride, (ends - starts).astype(np.float64)
    middle: FloatArray = (0.5 * (starts + ends) - column * stride).astype(np.float64)
    windows = np.lib.stride_tricks.sliding_window_view
    five, gaps = windows(thickness, LINES), windows(np.diff(middle), LINES - 1)
    space: FloatArray = gaps.mean(1)
    even = np.ptp(gaps, axis=1) <= np.maximum(2.0, 0.2 * space)
    thin = five.max(1) <= np.maximum(2.0, 0.45 * space)
    in_range = (space >= SMALLEST_SPACE_PX) & (space <= LARGEST_SPACE_PX)
    rows = np.flatnonzero(even & thin & in_range & (column[4:] == column[:-4]))
    x = ((column[rows] + 0.5) * step_px).astype(np.float64)
    return Crossings(x, middle[rows + 2], space[rows], np.median(five[rows], axis=1))


def _confirmed(crossings: Crossings, height: int) -> Crossings:
    """Keep crossings with a like one, half a space up or down at most, one to three columns on and before."""
    ahead = np.zeros(len(crossings), np.bool_)
    behind = np.zeros(len(crossings), np.bool_)
    for lag in (1, 2, 3):
        rows, partners = pairs_at_lag(crossings, lag, height)
        ahead[rows] = True
        behind[partners] = True
    return crossings.where(ahead & behind)


def pairs_at_lag(crossings: Crossings, lag: int, height: int) -> tuple[IntArray, IntArray]:
    """Return rows (P,) and partners (P,): crossings of one staff that lie `lag` columns apart."""
    if not len(crossings):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    column = np.round(crossings.x_px / COLUMN_STEP_PX - 0.5)
    key = column * 4.0 * height + crossings.y_px
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


@dataclass(frozen=True, eq=False)
class StaffScale:
    """One size of staff on a page."""

    space_px: float
    thickness_px: float
    slope: float  # dy/dx of staff lines, the median over all of the page
    crossings: Crossings  # the places that show it

    @property
    def support_sp(self) -> float:
        """Page width that its crossings stand for, in staff spaces."""
        return len(self.crossings) * COLUMN_STEP_PX / self.space_px


def staff_scales(dark: Grey) -> list[StaffScale]:
    """Return every size of staff seen in a darkness picture, the one with most crossings first."""
    crossings = find_crossings(dark)
    scales: list[StaffScale] = []
    slope = _median_slope(crossings, dark.shape[0])
    left = crossings
    while len(left):
        scale, members = _strongest(left, slope)
        if scale.support_sp < LEAST_SUPPORT_SP:
            break
        scales.append(scale)
        left = left.where(~members)
    return scales


def _strongest(crossings: Crossings, slope: float) -> tuple[StaffScale, NDArray[np.bool_]]:
    size = np.log(crossings.space_px)
    edges = np.arange(np.log(SMALLEST_SPACE_PX) - 0.1, np.log(LARGEST_SPACE_PX) + 0.1, 0.02)
    counts = np.histogram(size, edges)[0]
    peak = edges[np.argmax(np.convolve(counts, np.ones(5), "same"))] + 0.01
    core = np.abs(size - peak) < SIZE_SPREAD / 2
    centre = float(np.median(size[core])) if core.any() else float(peak)
    members = np.abs(size - centre) < SIZE_SPREAD
    group = crossings.where(members)
    scale = StaffScale(
        space_px=float(np.median(group.space_px)),
        thickness_px=float(np.mean(group.thickness_px)),
        slope=slope,
        crossings=group,
    )
    return scale, members


def _median_slope(crossings: Crossings, height: int) -> float:
    rises = []
    for lag in (2, 3, 4, 5):
        rows, partners = pairs_at_lag(crossings, lag, height)
        rises.append((crossings.y_px[partners] - crossings.y_px[rows]) / (lag * COLUMN_STEP_PX))
    rise = np.concatenate(rises)
    return float(np.mean(rise[np.abs(rise - np.median(rise)) < SLOPE_SPREAD])) if len(rise) else 0.0


def staff_space_px(image: GreyImage) -> float | None:
    """Return the distance of neighbouring staff lines, px, of the commonest staff on a grey page; None without staves.

    Args:
        image: uint8 (H, W), 0 = ink.
    """
    scales = staff_scales(darkness(image))
    return scales[0].space_px if scales else None


def line_thickness_px(image: GreyImage) -> float | None:
    """Return the thickness of the staff lines, px, of the commonest staff on a grey page; None without staves."""
    scales = staff_scales(darkness(image))
    return scales[0].thickness_px if scales else None
