"""The ink that lies along a line, and the box around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.arcs.ink import INK
from detector.arcs.worth import ArcMap
from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray

#: The band around a line is ink that hangs together, so far to each side, staff spaces.
BAND_SP = 0.42
#: A line is looked at this much beyond its ends, as a share of its length.
BEYOND_SHARE = 0.03
#: A tie whose view lies level within this keeps the angle of the view when its ink seems turned by more.
TIE_TURN_RAD = 0.04
_STEPS, _SAMPLES = 13, 120
#: The line may miss the middle of the ink by so many steps.
_NEAR = 3
#: With fewer places on ink there is no band.
_LEAST_HITS = 4
_NEAREST = _STEPS + np.array([0, -1, 1, -2, 2, -3, 3])


def bands(page: ArcMap, lines: FloatArray) -> list[FloatArray]:
    """Return points (K, 2), px, on both edges of the ink along each of N lines (N, S, 2), px; none where there is
    hardly any."""
    points = _places(page, lines)
    dark = page.kinds(points[..., 0], points[..., 1]) == INK
    core = dark[:, :, _NEAREST]
    hit = core.any(2)
    flat = (len(lines) * _SAMPLES, dark.shape[2])
    edges = run_of(dark.reshape(flat), _NEAREST[core.argmax(2)].ravel())
    low, high = (edge.reshape(len(lines), _SAMPLES) for edge in edges)
    thickness = np.where(hit, high - low + 1.0, np.nan)
    return [_edges(*one) for one in zip(points, thickness, low, high, strict=True)]


def _places(page: ArcMap, lines: FloatArray) -> FloatArray:
    """Return where to look, (N, 120, 27, 2) px: across each line, from place to place, and a little beyond its ends."""
    at = np.linspace(-BEYOND_SHARE, 1 + BEYOND_SHARE, _SAMPLES) * (lines.shape[1] - 1)
    start = np.clip(at.astype(np.int64), 0, lines.shape[1] - 2)
    middle = lines[:, start] + (lines[:, start + 1] - lines[:, start]) * (at - start)[:, None]
    along = np.gradient(middle, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-9)
    across = np.stack([-along[..., 1], along[..., 0]], 2)
    offsets = np.linspace(-BAND_SP, BAND_SP, 2 * _STEPS + 1) * page.space_px
    places: FloatArray = middle[:, :, None] + across[:, :, None] * offsets[:, None]
    return places


def _edges(points: FloatArray, thickness: FloatArray, low: IntArray, high: IntArray) -> FloatArray:
    """Return the points (K, 2) of `points` (120, 27, 2) at both edges of a band, (120,) each; where the band is hidden
    or runs into other ink, it is as thick as elsewhere."""
    hit = ~np.isnan(thickness)
    if hit.sum() < _LEAST_HITS:
        return np.zeros((0, 2))
    clear = hit & (thickness <= 1.6 * _median(thickness[hit]) + 1)
    usual = int(_median(thickness[clear]))
    first, *_, last = np.flatnonzero(hit)
    at = np.arange(first, last + 1)
    low, high = np.where(clear, low, _STEPS - usual // 2), np.where(clear, high, _STEPS + usual // 2)
    return np.concatenate([points[at, low[at]], points[at, high[at]]])


def _median(values: FloatArray) -> float:
    ordered = np.sort(values)  # several times as fast as numpy.median for so few
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def box_around(points: FloatArray, view: FloatArray, is_tie: bool) -> FloatArray:
    """Return the least box around points (K, 2); a tie that seems turned because an end of it is hidden is not."""
    box = geometry.min_area_box(points)
    if not is_tie or abs(box[4] - view[4]) <= TIE_TURN_RAD or abs(view[4]) > TIE_TURN_RAD:
        return box
    level = np.array([[np.cos(view[4]), np.sin(view[4])], [-np.sin(view[4]), np.cos(view[4])]])
    turned = points @ level.T
    low, high = turned.min(0), turned.max(0)
    return np.concatenate([(low + high) / 2 @ level, high - low, view[4:]])


def run_of(dark: NDArray[np.bool_], start: IntArray) -> tuple[IntArray, IntArray]:
    """Return the first and the last place of the dark run that holds `start` in each row of `dark` (S, T)."""
    places = np.arange(dark.shape[1])[None]
    light = ~dark
    low = np.where(light & (places <= start[:, None]), places, -1).max(1) + 1
    high = np.where(light & (places >= start[:, None]), places, dark.shape[1]).min(1) - 1
    return low, high


def spread(line: FloatArray, count: int) -> FloatArray:
    """Return `count` points (count, 2) at even distances along a line (S, 2)."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = np.linspace(0, at[-1], count)
    return np.stack([np.interp(wanted, at, line[:, 0]), np.interp(wanted, at, line[:, 1])], 1)
