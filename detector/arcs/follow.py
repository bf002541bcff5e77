"""Arcs as long as their ink: what a curve found of an arc is followed on to both tips."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.arcs.band import bands, box_around, spread
from detector.arcs.paths import follow
from detector.arcs.tracing import LEAST_COVER, LEAST_RISE_SP, SAMPLES, Traces, is_inked
from detector.arcs.worth import ArcMap
from notation import boxes as geometry
from notation.boxes import FloatArray

#: An arc is followed from these places of the curve, as shares of its points.
_FROM = (0.25, 0.5, 0.75)
#: The line of an arc is smooth: nowhere further than this from a polynomial of this degree, staff spaces.
ROUGHEST_SP, DEGREE = 0.3, 5
#: A curve that is so many times longer than the line followed from it is kept: the line was lost half way.
LOST = 1.15
#: An arc lies on one side of its chord; what lies on the other side rises no more than by this share.
OTHER_SIDE = 0.3
_FINE = 64


def followed(page: ArcMap, traces: Traces, views: FloatArray, is_tie: NDArray[np.bool_]) -> Traces:
    """Return `traces` with every arc as long as its ink goes.

    Args:
        page: the page as the arcs see it.
        traces: what curves found of N arcs.
        views: float64 (N, 5), px, what the network saw of them.
        is_tie: bool (N,), which of them are level.
    """
    count = len(views)
    if not count:
        return traces
    lines, fine = _lines(page, traces.curves)
    good = is_inked(page, lines) & _is_smooth(fine, page.space_px)
    length, before = _length(fine).reshape(-1, count), _length(traces.curves)
    rows = np.arange(count)
    score = np.where(good.reshape(-1, count), length, -1.0)
    score[:, traces.clear] = np.where(score * LOST < before, -1.0, score)[:, traces.clear]
    best = score.argmax(0)
    found = score[best, rows] >= LEAST_COVER * views[:, 2:4].max(1)
    boxes, curves, clear = traces.boxes.copy(), traces.curves.copy(), traces.clear.copy()
    chosen = lines[best * count + rows]
    for row, points in zip(rows[found].tolist(), bands(page, chosen[found]), strict=True):
        line = chosen[row]
        if len(points) >= 8:
            boxes[row], curves[row], clear[row] = box_around(points, views[row], bool(is_tie[row])), line, True
    return Traces(boxes, curves, clear)


def lines_through(page: ArcMap, places: FloatArray, headings: FloatArray) -> Traces:
    """Return the arcs that ink follows from `places` (N, 2), px, headed so (N,), radian, left to right."""
    if not len(places):
        return Traces(np.zeros((0, 5)), np.zeros((0, SAMPLES, 2)), np.zeros(0, dtype=bool))
    lines, fine = _spread(follow(page, places, headings))
    clear = is_inked(page, lines) & _is_smooth(fine, page.space_px)
    boxes = np.zeros((len(lines), 5))
    for row, points in zip(np.flatnonzero(clear).tolist(), bands(page, lines[clear]), strict=True):
        clear[row] = len(points) >= 8
        boxes[row] = geometry.min_area_box(points) if clear[row] else 0
    turned = lines[:, 0, 0] > lines[:, -1, 0]
    lines[turned] = lines[turned, ::-1]
    return Traces(boxes, lines, clear)


def _lines(page: ArcMap, curves: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return lines from each of `_FROM` on each of N curves, (3 N, S, 2) px, left to right, and the same finer."""
    at = [round(share * (curves.shape[1] - 1)) for share in _FROM]
    places = np.concatenate([curves[:, k] for k in at])
    steps = np.concatenate([curves[:, k + 1] - curves[:, k - 1] for k in at])
    return _spread(follow(page, places, np.arctan2(steps[:, 1], steps[:, 0])))


def _spread(paths: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
    fine = np.stack([spread(path, _FINE) for path in paths])
    return fine[:, np.linspace(0, _FINE - 1, SAMPLES).round().astype(np.int64)], fine


def rises(lines: FloatArray) -> FloatArray:
    """Return how far lines (N, S, 2) rise over their chords, (N,)."""
    rise: FloatArray = np.abs(_heights(lines)).max(1)
    return rise


def _heights(lines: FloatArray) -> FloatArray:
    """Return how far the points of lines (N, S, 2) lie to the right of their chords, (N, S)."""
    chord, spoke = lines[:, -1] - lines[:, 0], lines - lines[:, :1]
    beside = chord[:, None, 0] * spoke[..., 1] - chord[:, None, 1] * spoke[..., 0]
    heights: FloatArray = beside / np.maximum(np.linalg.norm(chord, axis=1), 1e-9)[:, None]
    return heights


def _length(lines: FloatArray) -> FloatArray:
    chord: FloatArray = np.linalg.norm(lines[:, -1] - lines[:, 0], axis=1)
    return chord


def _is_smooth(lines: FloatArray, space_px: float) -> NDArray[np.bool_]:
    """Return (N,) whether lines (N, S, 2), px, are near a polynomial of their length, and rise over their chord."""
    t = np.linspace(-1, 1, lines.shape[1])
    basis = np.linalg.qr(np.vander(t, DEGREE + 1))[0]
    rest = lines - (basis @ basis.T) @ lines
    rough = np.linalg.norm(rest, axis=2).max(1)
    rise = _heights(lines)
    below, above = rise.max(1), -rise.min(1)
    one_sided = np.minimum(below, above) <= OTHER_SIDE * np.maximum(below, above)
    bent = np.maximum(below, above) >= LEAST_RISE_SP * space_px
    smooth: NDArray[np.bool_] = (rough <= ROUGHEST_SP * space_px) & bent & one_sided
    return smooth
