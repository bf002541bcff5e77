"""Slurs and ties followed along their ink.

The network sees an arc whole or in part, and knows its box to within a cell; in a thin slanting box a cell is much. So
a curve is fitted to the ink around every view: a chord, how far the arc rises over it, and two numbers for its shape.
A curve gains by running over ink and loses by running over paper, so it goes on where the ink goes on, over what the
network did not see, and stops where the ink stops. What ink hangs together across the curve then gives the box.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.arcs.band import bands, box_around
from detector.arcs.ink import INK, SILENT
from detector.arcs.worth import ArcMap, Reals
from notation.boxes import FloatArray

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
#: An arc rises by so much at least, staff spaces; what rises less is a line.
LEAST_RISE_SP = 0.12
#: Points of a traced line.
SAMPLES = 32
_ROUNDS, _PARENTS, _CHILDREN = 6, 4, 28
_U = np.linspace(-1, 1, SAMPLES)
#: Where curves are looked at while they are far off, and at the end; in single precision, for speed.
_U_COARSE, _U_FINE = (np.linspace(-1, 1, count, dtype=np.float32) for count in (SAMPLES // 2, SAMPLES))


@dataclass(frozen=True)
class _Frames:
    """N boxes as frames: centres (N, 2) and axes along the longer side (N, 2), page pixels; half sides (N,), spaces;
    and which are named tie (N,)."""

    centres: Reals
    axes: Reals
    half_lengths: Reals
    half_heights: Reals
    is_tie: NDArray[np.bool_]
    space_px: float

    def single(self) -> _Frames:
        """Return the frames in single precision."""
        centres, axes = self.centres.astype(np.float32), self.axes.astype(np.float32)
        halves = self.half_lengths.astype(np.float32), self.half_heights.astype(np.float32)
        return _Frames(centres, axes, *halves, self.is_tie, self.space_px)

    def to_page(self, x: Reals, y: Reals) -> tuple[Reals, Reals]:
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
    """Fits curves to the arcs of one page."""

    def __init__(self, page: ArcMap) -> None:
        """Take a page as measured by `detector.arcs.worth`."""
        self._page = page

    def trace(self, boxes: FloatArray, is_tie: NDArray[np.bool_]) -> Traces:
        """Return the arcs that `boxes` (N, 5) see; `is_tie` (N,) says which of them are level."""
        if not len(boxes):
            return Traces(boxes.copy(), np.zeros((0, SAMPLES, 2)), np.zeros(0, dtype=bool))
        frames = _frames(boxes, is_tie, self._page.space_px)
        curves = _fitted(self._page, frames)
        lines = np.stack(frames.to_page(*_curve(curves, _U)), -1).astype(np.float64, copy=False)
        long = curves[:, 2] - curves[:, 0] >= LEAST_COVER * 2 * frames.half_lengths
        clear, out = is_inked(self._page, lines) & long, boxes.copy()
        rows = np.flatnonzero(clear)
        for row, points in zip(rows.tolist(), bands(self._page, lines[rows]), strict=True):
            box = box_around(points, boxes[row], bool(is_tie[row])) if len(points) >= 8 else np.zeros(5)
            clear[row] = box[2:4].max() >= LEAST_COVER * boxes[row, 2:4].max()
            out[row] = box if clear[row] else boxes[row]
        return Traces(out, lines, clear)


def is_inked(page: ArcMap, lines: FloatArray) -> NDArray[np.bool_]:
    """Return (N,) whether lines (N, S, 2), px, run over ink wherever they can be seen, and can be seen enough."""
    x, y = lines[..., 0], lines[..., 1]
    # a pixel beside the thin end of an arc counts
    near = np.stack([page.kinds(x, y + dy) == INK for dy in (-1, 0, 1)]).any(0)
    silent = ~near & (page.kinds(x, y) >= SILENT)
    seen, paper = near.sum(1), (~near & ~silent).sum(1)
    inked: NDArray[np.bool_] = (seen >= LEAST_INK * np.maximum(1, seen + paper)) & (seen >= LEAST_SEEN * lines.shape[1])
    return inked


def _frames(boxes: FloatArray, is_tie: NDArray[np.bool_], space_px: float) -> _Frames:
    angle = boxes[:, 4] + np.where(boxes[:, 2] >= boxes[:, 3], 0, np.pi / 2)
    angle = (angle + np.pi / 2) % np.pi - np.pi / 2
    axes = np.stack([np.cos(angle), np.sin(angle)], 1)
    halves = np.sort(boxes[:, 2:4], 1) / 2 / space_px
    return _Frames(boxes[:, :2], axes, halves[:, 1], halves[:, 0], is_tie, space_px)


def _curve(curves: Reals, u: Reals) -> tuple[Reals, Reals]:
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


def _seeds(frames: _Frames) -> Reals:
    """Return first guesses (N, K, 7)."""
    length, height = frames.half_lengths[:, None], frames.half_heights[:, None]
    x0, y0, x1, y1, rise = (_WAYS[None, :, k] for k in range(5))
    up = np.sign(rise) * np.maximum(np.abs(rise) * height, 1.5 * LEAST_RISE_SP)
    parts = np.broadcast_arrays(x0 * length, y0 * height, x1 * length, y1 * height, up, np.float32(2.4), np.float32(0))
    return np.stack(parts, 2)


_WAYS = _ways().astype(np.float32)


def _value(page: ArcMap, curves: Reals, frames: _Frames, fine: bool) -> Reals:
    """Return how good curves (N, K, 7) are, (N, K): staff spaces of ink, less what they cost."""
    x, y = _curve(curves, _U_FINE if fine else _U_COARSE)
    blur_sp = BLUR_FINE_SP if fine else BLUR_COARSE_SP
    gains = page.gains(*frames.to_page(x, y), blur_sp, -SILENT_COST)
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
    result: Reals = (
        gains.mean(-1) * length
        - (END_COST + END_COST_SHARE / np.maximum(half_length, 0.5)) * ends
        - OUTSIDE_COST * outside
        - TILT_COST * tilt
        - 10 * flat
        - 0.05 * length * strange
    )
    return np.where(length > 0.4, result, -1e6)


def _fitted(page: ArcMap, frames: _Frames) -> FloatArray:
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


def _children(parents: Reals, frames: _Frames, rng: np.random.Generator, step: float) -> Reals:
    count = len(parents)
    noise = rng.standard_normal((1, _PARENTS * _CHILDREN, 7), np.float32) * np.float32(step)
    along = 0.15 * frames.half_lengths + 0.25
    across = 0.2 * frames.half_heights + 0.1
    full, lean = np.full(count, 0.4, np.float32), np.full(count, 0.15, np.float32)
    sizes = np.stack([along, across, along, across, across, full, lean], 1)
    out: Reals = np.repeat(parents, _CHILDREN, 1) + noise * sizes[:, None]
    out[..., 5] = np.clip(out[..., 5], 1.7, 4)
    out[..., 6] = np.clip(out[..., 6], -0.4, 0.4)
    return out
