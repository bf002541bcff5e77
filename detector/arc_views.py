"""From views to arcs: the network sees a long slur in parts, and part of a slur as a tie.

Views on one curve are one arc. Two neighbouring views are one arc too when a single curve fits the ink of both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detector.arc_ink import arc_ink
from detector.arc_kinds import slurs_named
from detector.arcs import ArcTracer, Traces
from detector.decode import Detections
from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.page import GreyImage
from notation.staff import Staff

#: Classes that are arcs.
ARCS = frozenset({"slur", "tie"})
#: An island of ink that overlaps the traced arc by so much is that arc, and its box is exact.
SAME_ARC = 0.5
#: A view lies on another's curve when this share of its own is no further from it than so many staff spaces.
ON_CURVE_SHARE, ON_CURVE_SP = 0.7, 0.3
#: Views may be neighbours when their boxes come this near, staff spaces, and turn by less than this.
NEIGHBOURS_SP, NEIGHBOURS_RAD = 2.0, 0.5
#: The arc through two views reaches over this share of both together.
LEAST_TOGETHER = 0.88
#: and rises over its chord so many times more than either: a half rises a quarter as much as the whole. Two ties in a
#: row, which one flat curve can touch, do not.
RISES_MORE = 1.4
#: Rounds of joining: four parts make one in two.
_ROUNDS = 2


def trace_arcs(
    image: GreyImage,
    found: Detections,
    islands: FloatArray,
    names: Sequence[str],
    staves: Sequence[Staff],
    space_px: float,
) -> Detections:
    """Return the detections with one row an arc, boxed by the ink that it was followed along.

    Args:
        image: uint8 (H, W), 0 = ink.
        found: symbols, pixels of `image`.
        islands: float64 (N, 5), the boxes of `found` where what stands alone took the box of its ink; they are the
            result for all that is no arc.
        names: class names.
        staves: traced staff lines, which arcs cross.
        space_px: staff space.
    """
    is_arc = np.array([name in ARCS for name in names], dtype=bool)[found.labels]
    whole = Detections(islands, found.labels, found.scores)
    if not is_arc.any():
        return whole
    ink = arc_ink(image, found.take(~is_arc), names, staves, space_px)
    named = slurs_named(whole, names, space_px)
    views = Detections(found.boxes[is_arc], named.labels[is_arc], found.scores[is_arc])
    tie = names.index("tie") if "tie" in names else -1
    arcs = _arcs(ArcTracer(ink, space_px), views, islands[is_arc], tie, space_px)
    return Detections.join([whole.take(~is_arc), arcs])


def _arcs(tracer: ArcTracer, views: Detections, islands: FloatArray, tie: int, space_px: float) -> Detections:
    traces = tracer.trace(views.boxes, views.labels == tie)
    views, traces, islands = _joined(tracer, views, traces, islands, space_px)
    boxes = np.where(traces.clear[:, None], traces.boxes, islands)
    for row in np.flatnonzero((islands != views.boxes).any(1)).tolist():
        if geometry.iou(islands[row, None], boxes[row, None])[0, 0] >= SAME_ARC:
            boxes[row] = islands[row]
    return Detections(boxes, views.labels, views.scores)


def _joined(
    tracer: ArcTracer, views: Detections, traces: Traces, islands: FloatArray, space_px: float
) -> tuple[Detections, Traces, FloatArray]:
    """Return views, traces and islands without parts of arcs that are there as a whole, some of them newly joined."""
    for step in range(_ROUNDS + 1):
        kept, scores = _without_parts(views, traces, space_px)
        views = Detections(views.boxes, views.labels, scores).take(kept)
        traces, islands = Traces(traces.boxes[kept], traces.curves[kept], traces.clear[kept]), islands[kept]
        pairs = _neighbours(traces, space_px) if step < _ROUNDS else []
        if not pairs:
            break
        first, second = np.array(pairs).T
        around = [geometry.min_area_box(geometry.corners(traces.boxes[list(pair)]).reshape(-1, 2)) for pair in pairs]
        made = tracer.trace(np.stack(around), np.zeros(len(pairs), dtype=bool))
        length = made.boxes[:, 2:4].max(1)
        good = made.clear & (length >= LEAST_TOGETHER * np.stack(around)[:, 2:4].max(1))
        part, rise = _rises(traces.curves), _rises(made.curves)
        good &= rise * np.sign(part[first]) >= RISES_MORE * np.abs(part[first])
        good &= rise * np.sign(part[second]) >= RISES_MORE * np.abs(part[second])
        longer = np.where(_lengths(traces)[first] >= _lengths(traces)[second], first, second)
        new = Detections(made.boxes, views.labels[longer], np.maximum(views.scores[first], views.scores[second]))
        views = Detections.join([views, new.take(good)])
        traces = Traces(*(np.concatenate([getattr(traces, part), getattr(made, part)[good]]) for part in _PARTS))
        islands = np.concatenate([islands, made.boxes[good]])
    return views, traces, islands


_PARTS = ("boxes", "curves", "clear")


def _lengths(traces: Traces) -> FloatArray:
    lengths: FloatArray = traces.boxes[:, 2:4].max(1)
    return lengths


def _rises(curves: FloatArray) -> FloatArray:
    """Return how far the middles of curves (N, S, 2) lie below their chords, px, negative above."""
    chord = curves[:, -1] - curves[:, 0]
    spoke = curves[:, curves.shape[1] // 2] - curves[:, 0]
    rises: FloatArray = (chord[:, 0] * spoke[:, 1] - chord[:, 1] * spoke[:, 0]) / np.maximum(
        np.linalg.norm(chord, axis=1), 1e-9
    )
    return rises


def _neighbours(traces: Traces, space_px: float) -> list[tuple[int, int]]:
    """Return pairs of clear arcs that may be parts of one."""
    wide = traces.boxes.copy()
    wide[:, 2:4] += NEIGHBOURS_SP * space_px
    i, j, _ = geometry.overlapping_pairs(wide, wide)
    chord = traces.curves[:, -1] - traces.curves[:, 0]
    angle = np.arctan2(chord[:, 1], chord[:, 0])
    near = (i < j) & traces.clear[i] & traces.clear[j] & (np.abs(angle[i] - angle[j]) < NEIGHBOURS_RAD)
    # parts lie one after the other: together they are a good deal longer than each
    i, j = i[near], j[near]
    low, high = traces.curves[:, 0, 0], traces.curves[:, -1, 0]
    together = np.maximum(high[i], high[j]) - np.minimum(low[i], low[j])
    longer = together > 1.15 * np.maximum(high[i] - low[i], high[j] - low[j])
    return list(zip(i[longer].tolist(), j[longer].tolist(), strict=True))


def _without_parts(views: Detections, traces: Traces, space_px: float) -> tuple[IntArray, FloatArray]:
    """Return the rows that are no part of a longer arc, and scores (N,) where an arc is as sure as its surest part."""
    scores, part = views.scores.copy(), np.zeros(len(views), dtype=bool)
    order = np.argsort(_lengths(traces), kind="stable")
    x0, y0, x1, y1 = geometry.upright(traces.boxes).T
    meet = (x0[:, None] <= x1) & (y0[:, None] <= y1) & (x0 <= x1[:, None]) & (y0 <= y1[:, None]) & traces.clear
    for place, row in enumerate(order.tolist()):
        longer = order[place + 1 :]
        for other in longer[meet[row, longer]].tolist():
            if _on_curve(traces, row, other, space_px):
                part[row] = True
                scores[other] = max(scores[other], scores[row])
                break
    return np.flatnonzero(~part).astype(np.int64), scores


def _on_curve(traces: Traces, row: int, other: int, space_px: float) -> bool:
    points, line = traces.curves[row][::2], traces.curves[other]
    return bool((_distances(points, line) <= ON_CURVE_SP * space_px).mean() >= ON_CURVE_SHARE)


def _distances(points: FloatArray, line: FloatArray) -> NDArray[np.float64]:
    """Return how far points (K, 2) are from a polyline (S, 2)."""
    start, step = line[:-1], np.diff(line, axis=0)
    along = ((points[:, None] - start) * step).sum(-1) / np.maximum((step**2).sum(-1), 1e-9)
    foot = start + np.clip(along, 0, 1)[..., None] * step
    distances: NDArray[np.float64] = np.linalg.norm(points[:, None] - foot, axis=-1).min(1)
    return distances
