"""Tremolos counted and measured by their ink: short slanted strokes, as many left of the stem as right of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.decode import Detections
from detector.second_look.brackets import ink_level
from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.page import GreyImage

_TREMOLO = re.compile(r"tremolo[1-5]")
#: Strokes are counted so far left and right of the stem, and so far above and below the box, staff spaces.
ASIDE_SP, BEYOND_SP = 0.35, 0.8
#: A stroke is so thick upright, staff spaces; a staff line is thinner and a head thicker.
THICK_SP = (0.26, 0.8)
#: A stroke rises so much from one side to the other, staff spaces, and ends so far from the stem; a beam goes on.
RISE_SP, REACH_SP = (-0.08, 0.6), (0.45, 1.1)
#: The stem of a tremolo stands no further from its middle, staff spaces.
STEM_SP = 0.8
_SURE_STEM = 0.3
#: Begin and end of a dark run, px.
_Run = tuple[int, int]


@dataclass(frozen=True)
class _Stroke:
    """Upright hull of one stroke, px."""

    x0: int
    y0: int
    x1: int
    y1: int


@dataclass(frozen=True)
class _Line:
    """The middle of a stroke: through (x, y), px, with a slope."""

    x: float
    y: float
    slope: float

    def y_at(self, x: float) -> float:
        return self.y + self.slope * (x - self.x)


def tremolos_counted(image: GreyImage, found: Detections, names: Sequence[str], space_px: float) -> Detections:
    """Return the detections where tremolos with clear strokes are named by their number and lie on their ink.

    Args:
        image: uint8 (H, W), 0 = ink.
        found: symbols of a page, px.
        names: class names; without tremolos among them nothing is done.
        space_px: staff space.
    """
    is_tremolo = np.array([_TREMOLO.fullmatch(name) is not None for name in names], dtype=bool)
    rows = np.flatnonzero(is_tremolo[found.labels])
    if not len(rows):
        return found
    stems = found.boxes[:0]
    if "stem" in names:
        stems = found.boxes[(found.labels == names.index("stem")) & (found.scores >= _SURE_STEM)]
    boxes, labels = found.boxes.copy(), found.labels.copy()
    dark = image <= ink_level(image)
    for row in rows.tolist():
        strokes = _strokes(dark, boxes[row], _stem_x(boxes[row], stems, space_px), space_px)
        name = f"tremolo{len(strokes)}"
        if strokes and name in names:
            labels[row] = names.index(name)
            hulls = np.array([(one.x0, one.y0, one.x1, one.y1) for one in strokes], np.float64)
            boxes[row] = geometry.from_upright([*hulls[:, :2].min(0), *hulls[:, 2:].max(0)])[0]
    return Detections(boxes, labels, found.scores)


def _stem_x(box: FloatArray, stems: FloatArray, space_px: float) -> float:
    """Return where the stem of a tremolo stands; its own middle where none does."""
    sides = geometry.upright(stems)
    near = np.abs(stems[:, 0] - box[0]) <= STEM_SP * space_px
    near &= (sides[:, 1] < box[1] + space_px) & (sides[:, 3] > box[1] - space_px)
    xs = stems[near, 0]
    return float(xs[np.abs(xs - box[0]).argmin()] if len(xs) else box[0])


def _strokes(dark: NDArray[np.bool_], box: FloatArray, stem_x: float, space_px: float) -> list[_Stroke]:
    """Return the strokes across a stem; none where one of them is hidden on one side."""
    _, top, _, bottom = geometry.upright(box[None])[0] + np.array([0, -1, 0, 1]) * BEYOND_SP * space_px
    y0, y1 = max(0, round(top)), min(dark.shape[0], round(bottom))
    xs = [round(stem_x - ASIDE_SP * space_px), round(stem_x + ASIDE_SP * space_px)]
    if xs[0] < 1 or xs[1] >= dark.shape[1] - 1 or y1 - y0 < 2:
        return []
    left, right = ([(a + y0, b + y0) for a, b in _runs(dark[y0:y1, x], space_px)] for x in xs)
    pairs = _pairs(left, right, space_px)
    lone = [(run, xs[1], -1) for run in left if run not in [pair[0] for pair in pairs]]
    lone += [(run, xs[0], 1) for run in right if run not in [pair[1] for pair in pairs]]
    if any(_is_hidden(dark, run, across, side, box, space_px) for run, across, side in lone):
        return []
    strokes = [_stroke(dark, xs, pair, space_px) for pair in pairs]
    return [stroke for stroke in strokes if stroke is not None]


def _pairs(left: Sequence[_Run], right: Sequence[_Run], space_px: float) -> list[tuple[_Run, _Run]]:
    """Return the runs on both sides that one stroke can join, best first; a flag's runs on one side stay alone."""
    rises = [(sum(a) / 2 - sum(b) / 2, a, b) for a in left for b in right]
    low, high = RISE_SP[0] * space_px, RISE_SP[1] * space_px
    pairs: list[tuple[_Run, _Run]] = []
    for _, a, b in sorted((abs(rise - (low + high) / 2), a, b) for rise, a, b in rises if low <= rise <= high):
        if all(a != one and b != other for one, other in pairs):
            pairs.append((a, b))
    return pairs


def _is_hidden(dark: NDArray[np.bool_], run: _Run, across: int, side: int, box: FloatArray, space_px: float) -> bool:
    """Tell whether a lone run within the box goes on at the other side, `across`, where a beam or a head hides it."""
    _, top, _, bottom = geometry.upright(box[None])[0]
    middle = sum(run) / 2
    y = round(middle + side * sum(RISE_SP) / 2 * space_px)
    return bool(top <= middle <= bottom and 0 <= y < len(dark) and dark[y, across])


def _runs(column: NDArray[np.bool_], space_px: float) -> list[_Run]:
    """Return begin and end of the dark runs of a column that are as thick as a stroke."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], column.astype(np.int8), [0]])))
    runs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    low, high = THICK_SP[0] * space_px, THICK_SP[1] * space_px
    return [(a, b) for a, b in runs if low <= b - a <= high]


def _stroke(dark: NDArray[np.bool_], xs: Sequence[int], pair: tuple[_Run, _Run], space_px: float) -> _Stroke | None:
    """Return the stroke through a run left and a run right of the stem; None where a beam goes on to both.

    A side that a flag hides is as long as the other.
    """
    left, right = (sum(run) / 2 for run in pair)
    line = _Line(xs[0], left, (right - left) / (xs[1] - xs[0]))
    stem_x = (xs[0] + xs[1]) / 2
    ends = [_end(dark, line, xs[0], -1, stem_x, space_px), _end(dark, line, xs[1], 1, stem_x, space_px)]
    good = [x for x in ends if x is not None]
    if not good:
        return None
    mirrored = round(2 * stem_x - good[0])
    x0, x1 = (mirrored if x is None else x for x in ends)
    run = _run_at(dark, good[0], line.y_at(good[0]), space_px) or pair[0]
    shifts = [line.y_at(x) - line.y_at(good[0]) for x in (x0, x1)]
    return _Stroke(x0, round(run[0] + min(shifts)), x1 + 1, round(run[1] + max(shifts)))


def _end(dark: NDArray[np.bool_], line: _Line, x: int, way: int, stem_x: float, space_px: float) -> int | None:
    """Return the last column of a stroke to one side; None where it goes on like a beam, or into a flag or a head."""
    while 0 <= x < dark.shape[1] and abs(x - stem_x) <= REACH_SP[1] * space_px:
        if _run_at(dark, x, line.y_at(x), space_px) is None:
            break
        x += way
    x -= way
    return x if REACH_SP[0] * space_px <= abs(x - stem_x) <= REACH_SP[1] * space_px - 1 else None


def _run_at(dark: NDArray[np.bool_], x: int, y: float, space_px: float) -> _Run | None:
    """Return begin and end of the dark run of column `x` at height `y` when it is as thick as a stroke."""
    first = max(0, round(y - space_px))
    column = dark[first : round(y + space_px) + 1, x]
    runs = [(a + first, b + first) for a, b in _runs(column, space_px)]
    return next(((a, b) for a, b in runs if a <= y <= b), None)
