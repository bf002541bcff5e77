"""Slurs and ties followed along their ink.

The network sees an arc whole or in part, and knows its box to within a cell; in a thin slanting box a cell is much. So
a curve is fitted to the ink around every view: a chord, how far the arc rises over it, and two numbers for its shape.
A curve gains by running over ink and loses by running over paper, so it goes on where the ink goes on, over what the
network did not see, and stops where the ink stops. What ink hangs together across the curve then gives the box.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.arc_ink import INK, SILENT
from notation import boxes as geometry
from notation.boxes import FloatArray

#: Double precision, or single for speed.
_Reals: TypeAlias = NDArray[np.floating[Any]]

#: A place this far from ink neither gains nor loses, staff spaces: while curves are far off, and at the end.
BLUR_COARSE_SP, BLUR_FINE_SP = 0.3, 0.12
#: What a staff space over other ink (heads, stems, staff lines) costs; one over ink gains 1, one over paper costs 1.
SILENT_COST = 0.4
#: What it costs when an end of the curve lies a staff space, and half the length, off the end of the predicted box,
END_COST, END_COST_SHARE = 0.2, 0.5
#: so many times that for a tie, which the network sees whole more often than not;
TIE_END_FACTOR = 2.0
#: and when its top, or its chord, lies a staff space outside the predicted box.
OUTSIDE_COST = 0.8
#: A curve is believed that is ink in this share of what is not silent,
LEAST_INK = 0.8
#: that shows ink in this share of its length,
LEAST_SEEN = 0.45
#: and that covers this share of the predicted length.
LEAST_COVER = 0.7
#: The chord of a tie lies level: what it costs when an end of it lies a staff space higher than the other.
TILT_COST = 1.0
#: The band around a curve is ink that hangs together, so far to each side, staff spaces.
BAND_SP = 0.42
#: An arc rises by so much at least, staff spaces; what rises less is a line.
LEAST_RISE_SP = 0.12
#: A tie whose view lies level within this keeps the angle of the view when its ink seems turned by more.
TIE_TURN_RAD = 0.04
_SAMPLES = 32
_BAND_STEPS, _BAND_SAMPLES = 13, 120
_ROUNDS, _PARENTS, _CHILDREN = 6, 4, 28
_U = np.linspace(-1, 1, _SAMPLES)
#: Where curves are looked at while they are far off, and at the end; in single precision, for speed.
_U_COARSE, _U_FINE = (np.linspace(-1, 1, count, dtype=np.float32) for count in (_SAMPLES // 2, _SAMPLES))


@dataclass(frozen=True)
class _Frames:
    """N boxes as frames: centres (N, 2) and axes along the longer side (N, 2), page pixels; half sides (N,), spaces;
    and which are named tie (N,)."""

    centres: _Reals
    axes: _Reals
    half_lengths: _Reals
    half_heights: _Reals
    is_tie: NDArray[np.bool_]
    space_px: float

    def single(self) -> _Frames:
        """Return the frames in single precision."""
        centres, axes = self.centres.astype(np.float32), self.axes.astype(np.float32)
        halves = self.half_lengths.astype(np.float32), self.half_heights.astype(np.float32)
        return _Frames(centres, axes, *halves, self.is_tie, self.space_px)

    def to_page(self, x: _Reals, y: _Reals) -> tuple[_Reals, _Reals]:
        """Return x and y in page pixels of places (N, ...) in staff spaces along and across."""
        shape = (len(self.centres),) + (1,) * (x.ndim - 1)
        cos, sin = (self.axes[:, k].reshape(shape) * self.space_px for k in (0, 1))
        left, top = (self.centres[:, k].reshape(shape) for k in (0, 1))
        return left + x * cos - y * sin, top + x * sin + y * cos


@dataclass(frozen=True)
class Traces:
    """What became of N views of arcs.

    Attributes:
        boxes: float64 (N, 5), px, around the ink of the arc; the view's own box where no clear arc was found.
        curves: float64 (N, S, 2), px, along the middle of the arc.
        clear: bool (N,), whether the arc was found.
    """

    boxes: FloatArray
    curves: FloatArray
    clear: NDArray[np.bool_]


class ArcTracer:
    """Follows arcs on one page."""

    def __init__(self, ink: NDArray[np.uint8], space_px: float) -> None:
        """Take a map, uint8 (H, W), as `detector.arc_ink` makes it, and the staff space."""
        self._map = _Map.of(ink, space_px)
        self._space_px = space_px

    def trace(self, boxes: FloatArray, is_tie: NDArray[np.bool_]) -> Traces:
        """Return the arcs that `boxes` (N, 5) see; `is_tie` (N,) says which of them are level."""
        if not len(boxes):
            return Traces(boxes.copy(), np.zeros((0, _SAMPLES, 2)), np.zeros(0, dtype=bool))
        frames, ink = _frames(boxes, is_tie, self._space_px), self._map.ink
        curves = _fitted(self._map, frames)
        clear, out = _believed(ink, curves, frames), boxes.copy()
        for row in np.flatnonzero(clear).tolist():
            points = _band(ink, curves[row], frames, row)
            box = _around(points, boxes[row], bool(is_tie[row])) if len(points) >= 8 else np.zeros(5)
            clear[row] = box[2:4].max() >= LEAST_COVER * boxes[row, 2:4].max()
            out[row] = box if clear[row] else boxes[row]
        return Traces(out, np.stack(frames.to_page(*_curve(curves, _U)), -1), clear)


#: Distances in a map are whole numbers up to this; twice the blur is as far as any gain looks.
_FARTHEST, _IS_SILENT = np.uint8(127), np.uint8(128)


@dataclass(frozen=True)
class _Map:
    """The ink of a page, uint8 (H, W), and what every pixel is worth, uint8 (H, W), in a byte for speed.

    A byte is the distance from ink, in steps of `step_sp` staff spaces and at most `_FARTHEST`, and the flag
    `_IS_SILENT` on other ink.
    """

    ink: NDArray[np.uint8]
    codes: NDArray[np.uint8]
    step_sp: float

    @classmethod
    def of(cls, ink: NDArray[np.uint8], space_px: float) -> _Map:
        step_sp = 2 * BLUR_COARSE_SP / int(_FARTHEST)
        away = cv2.distanceTransform((ink != INK).view(np.uint8), cv2.DIST_L2, 3)
        steps = cv2.convertScaleAbs(away, alpha=1 / (space_px * step_sp)).astype(np.uint8, copy=False)
        codes = np.minimum(steps, _FARTHEST) | ((ink == SILENT).view(np.uint8) * _IS_SILENT)
        return cls(ink, codes, step_sp)

    def gains(self, page_x: _Reals, page_y: _Reals, blur_sp: float) -> NDArray[np.float32]:
        """Return what a curve gains at places (...): 1 on ink, -1 on paper, a little less than 0 on other ink."""
        x, y = _pixels(page_x, page_y, self.ink.shape)
        value = np.clip(1 - np.arange(int(_FARTHEST) + 1) * self.step_sp / blur_sp, -1, 1)
        worth = np.concatenate([value, np.maximum(value, -SILENT_COST)]).astype(np.float32)
        gains: NDArray[np.float32] = worth[self.codes.ravel()[y * self.ink.shape[1] + x]]
        return gains


def _pixels(page_x: _Reals, page_y: _Reals, shape: tuple[int, ...]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    x = np.clip(page_x.astype(np.int32), 0, shape[1] - 1)
    y = np.clip(page_y.astype(np.int32), 0, shape[0] - 1)
    return x, y


def _frames(boxes: FloatArray, is_tie: NDArray[np.bool_], space_px: float) -> _Frames:
    angle = boxes[:, 4] + np.where(boxes[:, 2] >= boxes[:, 3], 0, np.pi / 2)
    angle = (angle + np.pi / 2) % np.pi - np.pi / 2
    axes = np.stack([np.cos(angle), np.sin(angle)], 1)
    halves = np.sort(boxes[:, 2:4], 1) / 2 / space_px
    return _Frames(boxes[:, :2], axes, halves[:, 1], halves[:, 0], is_tie, space_px)


def _curve(curves: _Reals, u: _Reals) -> tuple[_Reals, _Reals]:
    """Return x and y (..., S) of curves (..., 7) at u (S,) in [-1, 1].

    A curve is x and y of its left and of its right end, its rise over the chord, how full it is, and how far its top
    leans to the right: all in staff spaces but for the last two, which are an exponent and a share.
    """
    x0, y0, x1, y1, rise, full, lean = (curves[..., k, None] for k in range(7))
    power = np.exp(full * np.log(np.maximum(np.abs(u), 1e-9)))  # |u| ** full, which takes twice as long
    arch = (1 - power) * (1 + lean * u)
    return (x0 + x1) / 2 + (x1 - x0) / 2 * u, (y0 + y1) / 2 + (y1 - y0) / 2 * u + rise * arch


def _ways() -> FloatArray:
    """Return how an arc may lie in its box, (K, 5): x and y of both ends, and the rise, in half sides.

    In most the box shows the whole arc, more or less; in the last ones it shows the left or the right part of it.
    """
    whole = [
        (-reach, left, reach, right, rise)
        for reach in (0.75, 1.0, 1.2)
        for left in (-0.8, 0.0, 0.8)
        for right in (-0.8, 0.0, 0.8)
        for rise in (-1.8, -1.0, -0.4, 0.4, 1.0, 1.8)
        if max(abs(left + rise), abs(right + rise)) < 2
    ]
    parts = [
        (-1.0, 0.8 * bow, far, (0.8 + drop) * bow, -(1.8 + drop / 2) * bow)
        for far in (1.5, 2.2)
        for drop in (0.0, 1.5, 3.5)
        for bow in (-1.0, 1.0)
    ]
    mirrored = [(-far, low, 1.0, near, rise) for _, near, far, low, rise in parts]
    return np.array([*whole, *parts, *mirrored])


def _seeds(frames: _Frames) -> _Reals:
    """Return first guesses (N, K, 7)."""
    length, height = frames.half_lengths[:, None], frames.half_heights[:, None]
    x0, y0, x1, y1, rise = (_WAYS[None, :, k] for k in range(5))
    up = np.sign(rise) * np.maximum(np.abs(rise) * height, 1.5 * LEAST_RISE_SP)
    parts = np.broadcast_arrays(x0 * length, y0 * height, x1 * length, y1 * height, up, np.float32(2.4), np.float32(0))
    return np.stack(parts, 2)


_WAYS = _ways().astype(np.float32)


def _value(page: _Map, curves: _Reals, frames: _Frames, fine: bool) -> _Reals:
    """Return how good curves (N, K, 7) are, (N, K): staff spaces of ink, less what they cost."""
    x, y = _curve(curves, _U_FINE if fine else _U_COARSE)
    blur_sp = BLUR_FINE_SP if fine else BLUR_COARSE_SP
    gains = page.gains(*frames.to_page(x, y), blur_sp)
    length = np.hypot(curves[..., 2] - curves[..., 0], curves[..., 3] - curves[..., 1])
    half_length, half_height = frames.half_lengths[:, None], frames.half_heights[:, None]
    ends = np.abs(curves[..., 0] + half_length) + np.abs(curves[..., 2] - half_length)
    ends *= np.where(frames.is_tie, np.float32(TIE_END_FACTOR), np.float32(1))[:, None]
    chord = (curves[..., 1] + curves[..., 3]) / 2
    top = chord + curves[..., 4]
    outside = np.maximum(0, np.abs(chord) - half_height) + np.maximum(0, np.abs(top) - half_height)
    run, climb = curves[..., 2] - curves[..., 0], curves[..., 3] - curves[..., 1]
    tilt = np.abs(run * frames.axes[:, None, 1] + climb * frames.axes[:, None, 0]) * frames.is_tie[:, None]
    flat = np.maximum(0, LEAST_RISE_SP - np.abs(curves[..., 4]))
    strange = np.abs(curves[..., 5] - 2.4) + 2 * np.abs(curves[..., 6])
    result: _Reals = (
        gains.mean(-1) * length
        - (END_COST + END_COST_SHARE / np.maximum(half_length, 0.5)) * ends
        - OUTSIDE_COST * outside
        - TILT_COST * tilt
        - 10 * flat
        - 0.05 * length * strange
    )
    return np.where(length > 0.4, result, -1e6)


def _fitted(page: _Map, frames: _Frames) -> FloatArray:
    """Return the best curve (N, 7) of each box: the best guesses, changed a little again and again."""
    frames = frames.single()
    curves = _seeds(frames)
    everyone = np.arange(len(curves))[:, None]
    rng = np.random.default_rng(0)
    value = _value(page, curves, frames, fine=False)
    for step in range(_ROUNDS):
        best = np.argsort(-value, 1)[:, :_PARENTS]
        parents = curves[everyone, best]
        curves = np.concatenate([parents, _children(parents, frames, rng, 0.6**step)], 1)
        value = _value(page, curves, frames, fine=step >= _ROUNDS // 2 - 1)
    found: FloatArray = curves[everyone[:, 0], value.argmax(1)].astype(np.float64)
    return found


def _children(parents: _Reals, frames: _Frames, rng: np.random.Generator, step: float) -> _Reals:
    count = len(parents)
    noise = rng.standard_normal((1, _PARENTS * _CHILDREN, 7), np.float32) * np.float32(step)
    along = 0.15 * frames.half_lengths + 0.25
    across = 0.2 * frames.half_heights + 0.1
    full, lean = np.full(count, 0.4, np.float32), np.full(count, 0.15, np.float32)
    sizes = np.stack([along, across, along, across, across, full, lean], 1)
    out: _Reals = np.repeat(parents, _CHILDREN, 1) + noise * sizes[:, None]
    out[..., 5] = np.clip(out[..., 5], 1.7, 4)
    out[..., 6] = np.clip(out[..., 6], -0.4, 0.4)
    return out


def _believed(ink: NDArray[np.uint8], curves: FloatArray, frames: _Frames) -> NDArray[np.bool_]:
    x, y = _pixels(*frames.to_page(*_curve(curves, _U)), ink.shape)
    # a pixel beside the thin end of an arc counts
    near = np.stack([ink[np.clip(y + dy, 0, ink.shape[0] - 1), x] == INK for dy in (-1, 0, 1)]).any(0)
    silent = ~near & (ink[y, x] == SILENT)
    seen, paper = near.sum(1), (~near & ~silent).sum(1)
    length = curves[:, 2] - curves[:, 0]
    good: NDArray[np.bool_] = (
        (seen >= LEAST_INK * np.maximum(1, seen + paper))
        & (seen >= LEAST_SEEN * _SAMPLES)
        & (length >= LEAST_COVER * 2 * frames.half_lengths)
    )
    return good


def _around(points: FloatArray, view: FloatArray, is_tie: bool) -> FloatArray:
    """Return the least box around points (K, 2); a tie that seems turned because an end of it is hidden is not."""
    box = geometry.min_area_box(points)
    if not is_tie or abs(box[4] - view[4]) <= TIE_TURN_RAD or abs(view[4]) > TIE_TURN_RAD:
        return box
    level = np.array([[np.cos(view[4]), np.sin(view[4])], [-np.sin(view[4]), np.cos(view[4])]])
    turned = points @ level.T
    low, high = turned.min(0), turned.max(0)
    return np.concatenate([(low + high) / 2 @ level, high - low, view[4:]])


def _band(ink: NDArray[np.uint8], curve: FloatArray, frames: _Frames, row: int) -> FloatArray:
    """Return points (K, 2) on both edges of the ink along a curve."""
    reach = BAND_SP
    u = np.linspace(-1.06, 1.06, _BAND_SAMPLES)
    offsets = np.linspace(-reach, reach, 2 * _BAND_STEPS + 1)
    x, y = _curve(curve, u)
    slope = np.gradient(y, x)
    norm = np.hypot(1, slope)
    places_x = x[:, None] - (slope / norm)[:, None] * offsets
    places_y = y[:, None] + (1 / norm)[:, None] * offsets
    one = _Frames(
        frames.centres[row : row + 1],
        frames.axes[row : row + 1],
        np.ones(1),
        np.ones(1),
        np.ones(1, dtype=bool),
        frames.space_px,
    )
    page_x, page_y = (part[0] for part in one.to_page(places_x[None], places_y[None]))
    points = np.stack([page_x, page_y], -1)
    px, py = _pixels(page_x, page_y, ink.shape)
    dark = ink[py, px] == INK
    near = 3  # the curve may miss the middle of the ink by so many steps
    core = dark[:, _BAND_STEPS - near : _BAND_STEPS + near + 1]
    order = np.argsort(np.abs(np.arange(-near, near + 1)), kind="stable")
    start = _BAND_STEPS - near + order[np.argmax(core[:, order], 1)]
    hit = core.any(1)
    low, high = _run_of(dark, start)
    thickness = high - low + 1
    if hit.sum() < 4:
        return np.zeros((0, 2))
    clear = hit & (thickness <= 1.6 * np.median(thickness[hit]) + 1)
    usual = int(np.median(thickness[clear]))
    within = np.flatnonzero(hit)[[0, -1]]
    at = np.arange(within[0], within[1] + 1)
    low = np.where(clear, low, _BAND_STEPS - usual // 2)
    high = np.where(clear, high, _BAND_STEPS + usual // 2)
    return np.concatenate([points[at, low[at]], points[at, high[at]]])


def _run_of(dark: NDArray[np.bool_], start: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and the last place of the dark run that holds `start` in each row of `dark` (S, T)."""
    places = np.arange(dark.shape[1])[None]
    light = ~dark
    low = np.where(light & (places <= start[:, None]), places, -1).max(1) + 1
    high = np.where(light & (places >= start[:, None]), places, dark.shape[1]).min(1) - 1
    return low, high
