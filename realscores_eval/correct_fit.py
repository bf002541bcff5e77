"""Fitting a box to its ink: rough boxes shrink; beams, ledger lines, arcs and heads are found near where they are said.

`ink` is everywhere as `correct_ink.without_staff_lines` leaves it.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike

from notation import boxes as geometry
from notation.boxes import FloatArray
from realscores_eval.correct_ink import Mask

#: Columns of a stem or rows of a ledger line carry at least this share of the fullest one's ink.
_THIN_SHARE = 0.6
#: A hand-given end of a stroke is off by at most so much.
_REACH_PX = 8
#: A ledger line is looked for so far around; the outermost part of each end is free of the head.
_LEDGER_REACH_PX, _LEDGER_END_PX = 10, 8
#: Ink much shorter than the box is a broken ledger line, whose box is better left alone.
_UNBROKEN_SHARE = 0.75
#: A hand-given point of an arc is off by at most so much; around short arcs, between near heads, there is less room.
_ARC_REACH_PX, _SHORT_ARC_REACH_PX, _LONG_ARC_PX = 5, 2, 130


def snapped(ink: Mask, name: str, xyxy: Sequence[float]) -> FloatArray:
    """Return the box (5,) of the ink within rough corners x0, y0, x1, y1 in px; the corners where there is no ink.

    Stems and ledger lines are told from the heads that they touch by their class, `name`.
    """
    x0, y0, x1, y1 = (round(value) for value in xyxy)
    x0, x1, y0, y1 = max(min(x0, x1), 0), max(x0, x1), max(min(y0, y1), 0), max(y0, y1)
    part = ink[y0:y1, x0:x1]
    if not part.any():
        return _upright(*xyxy)
    if name in ("stem", "barlineSingle", "systemicBarline"):
        columns = _span(part.sum(0) >= _THIN_SHARE * part.sum(0).max(), int(part.sum(0).argmax()))
        rows = _extent(part[:, columns].any(1))
    elif name == "ledgerLine":
        rows = _span(part.sum(1) >= _THIN_SHARE * part.sum(1).max(), int(part.sum(1).argmax()))
        columns = _extent(part[rows].any(0))
    else:
        rows, columns = _extent(part.any(1)), _extent(part.any(0))
    return _upright(x0 + columns.start, y0 + rows.start, x0 + columns.stop, y0 + rows.stop)


def _upright(x0: float, y0: float, x1: float, y1: float) -> FloatArray:
    box: FloatArray = geometry.from_upright([[x0, y0, x1, y1]])[0]
    return box


def _extent(dark: ArrayLike) -> slice:
    found = np.flatnonzero(np.asarray(dark))
    return slice(int(found[0]), int(found[-1]) + 1)


def _span(line: ArrayLike, seed: int) -> slice:
    """Return the unbroken stretch around `seed`."""
    dark = np.asarray(line, dtype=bool)
    low, high = seed, seed
    while low > 0 and dark[low - 1]:
        low -= 1
    while high + 1 < len(dark) and dark[high + 1]:
        high += 1
    return slice(low, high + 1)


def best_place(ink: Mask, x: float, y: float, width: float, height: float, reach_px: int = 3) -> FloatArray:
    """Return the box (5,) of a given size near a point that holds an ellipse of ink best: for filled noteheads."""
    half_w, half_h = round(width / 2), round(height / 2)
    rows, columns = np.mgrid[-half_h - 2 : half_h + 3, -half_w - 2 : half_w + 3]
    inside = (columns / (half_w + 0.5)) ** 2 + (rows / (half_h + 0.5)) ** 2 <= 1
    weights = np.where(inside, 1.0, -0.5)
    best, place = -np.inf, (round(x), round(y))
    for cy in range(round(y) - reach_px, round(y) + reach_px + 1):
        for cx in range(round(x) - reach_px, round(x) + reach_px + 1):
            part = ink[cy - half_h - 2 : cy + half_h + 3, cx - half_w - 2 : cx + half_w + 3]
            value = float((part * weights).sum()) if part.shape == weights.shape else -np.inf
            if value > best:
                best, place = value, (cx, cy)
    return np.array([place[0] + 0.5, place[1] + 0.5, width, height, 0.0])


def fitted_ledger(ink: Mask, box: FloatArray) -> FloatArray:
    """Return the box (5,) of a ledger line near `box`: its length along the middle, its thickness beside the head."""
    x0, y0, x1, y1 = geometry.upright(box[None])[0].round().astype(int).tolist()
    left, top = max(x0 - _LEDGER_REACH_PX, 0), max(y0 - _LEDGER_REACH_PX // 2, 0)
    part = ink[top : y1 + _LEDGER_REACH_PX // 2, left : x1 + _LEDGER_REACH_PX]
    middle = round(box[1]) - top
    row = np.asarray(part[max(middle - 1, 0) : middle + 2].any(0))
    if not row.any():
        return box
    columns = _span(row, int(np.argmin(np.where(row, abs(np.arange(len(row)) - (box[0] - left)), np.inf))))
    ends = [part[:, columns][:, 1:_LEDGER_END_PX], part[:, columns][:, -_LEDGER_END_PX:-1]]
    spans = [_span(end.mean(1) >= 0.5, middle) for end in ends if end.size and end[middle].mean() >= 0.5]
    if not spans or columns.stop - columns.start < _UNBROKEN_SHARE * box[2]:
        return box
    rows = min(spans, key=lambda one: one.stop - one.start)
    return _upright(left + columns.start, top + rows.start, left + columns.stop, top + rows.stop)


def fitted_stroke(ink: Mask, ends: Sequence[float]) -> FloatArray:
    """Return the box (5,) of a beam near the line x0, y0, x1, y1: middle and thickness from the ink of its columns.

    Ink is followed from the stated ends to where the stroke stops, at most `_REACH_PX` further or nearer.
    """
    x0, y0, x1, y1 = ends if ends[0] <= ends[2] else (*ends[2:], *ends[:2])
    slope = (y1 - y0) / max(x1 - x0, 1)
    runs = [(x, *_run(ink, x, round(y0 + slope * (x - x0)))) for x in range(round(x0), round(x1) + 1)]
    found = np.array([(x, (top + bottom) / 2, bottom - top) for x, top, bottom in runs if bottom > top]).reshape(-1, 3)
    if len(found) < 3:
        return geometry.min_area_box([[x0, y0 - 3], [x1, y1 - 3], [x1, y1 + 3], [x0, y0 + 3]])
    thick = float(np.median(found[:, 2]))
    good = abs(found[:, 2] - thick) <= 0.25 * thick
    slope, at_zero = np.polyfit(found[good, 0], found[good, 1], 1)
    left, right = _end(ink, x0, slope, at_zero, -1), _end(ink, x1, slope, at_zero, 1)
    quad = [[x, slope * x + at_zero + side * thick / 2] for x in (left, right) for side in (-1, 1)]
    return geometry.min_area_box(quad)


def _run(ink: Mask, x: int, y: int) -> tuple[int, int]:
    """Return the vertical run of ink at or nearest to (x, y) as top and end; equal where there is none."""
    for step in range(_REACH_PX):
        for at in (y - step, y + step):
            if 0 <= at < ink.shape[0] and 0 <= x < ink.shape[1] and ink[at, x]:
                top, end = at, at + 1
                while top > 0 and ink[top - 1, x]:
                    top -= 1
                while end < ink.shape[0] and ink[end, x]:
                    end += 1
                return top, end
    return y, y


def _end(ink: Mask, x: float, slope: float, at_zero: float, way: int) -> int:
    """Return where the ink on a line ends near `x`, looking in direction `way` (-1 left, 1 right)."""
    for step in range(_REACH_PX, -_REACH_PX - 1, -1):
        at = round(x) + way * step
        if all(_dark(ink, at - way * back, slope, at_zero) for back in range(3)):
            return at + (1 if way > 0 else 0)
    return round(x)


def _dark(ink: Mask, x: int, slope: float, at_zero: float) -> bool:
    y = round(slope * x + at_zero)
    return bool(0 <= x < ink.shape[1] and 0 <= y < ink.shape[0] and ink[max(y - 1, 0) : y + 2, x].any())


def fitted_arc(ink: Mask, points: FloatArray) -> FloatArray:
    """Return the box (5,) of least area around the ink near a smooth curve through (K, 2) points, K >= 3, px."""
    chord = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    fine = np.linspace(0, chord[-1], 60)
    degree = min(len(points) - 1, 3)
    curve = np.stack([np.polyval(np.polyfit(chord, points[:, axis], degree), fine) for axis in (0, 1)], 1)
    near = np.zeros(ink.shape, np.uint8)
    reach_px = _ARC_REACH_PX if chord[-1] >= _LONG_ARC_PX else _SHORT_ARC_REACH_PX
    cv2.polylines(near, [curve.round().astype(np.int32)], False, 1, 2 * reach_px + 1)
    rows, columns = np.nonzero(ink & near.astype(bool))
    corners = np.stack([columns, rows], 1).astype(np.float64)
    return geometry.min_area_box(np.concatenate([corners, corners + 1, points]))
