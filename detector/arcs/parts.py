"""Parts of arcs and whole ones: the network sees a long slur in parts, and part of a slur as a tie.

Views on one curve are one arc. Two neighbouring views are one arc too when a single curve fits the ink of both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.arcs.tracing import ArcTracer, Traces
from detector.decode import Detections
from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray

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


@dataclass(frozen=True)
class Arcs:
    """N arcs: what the network saw, what became of it, and float64 (N, 5), px, the views' boxes where what stands alone
    took the box of its ink."""

    views: Detections
    traces: Traces
    islands: FloatArray

    @classmethod
    def made(cls, traces: Traces, labels: IntArray, scores: FloatArray) -> Arcs:
        """Return arcs that were found in another way, labelled and scored (N,)."""
        return cls(Detections(traces.boxes, labels, scores), traces, traces.boxes)

    def take(self, rows: IntArray | NDArray[np.bool_]) -> Arcs:
        """Return some of the arcs, in the order of `rows`."""
        traces = self.traces
        some = Traces(traces.boxes[rows], traces.curves[rows], traces.clear[rows])
        return Arcs(self.views.take(rows), some, self.islands[rows])

    def with_more(self, more: Arcs) -> Arcs:
        """Return these arcs and others after them."""
        a, b = self.traces, more.traces
        boxes, curves = np.concatenate([a.boxes, b.boxes]), np.concatenate([a.curves, b.curves])
        traces = Traces(boxes, curves, np.concatenate([a.clear, b.clear]))
        return Arcs(Detections.join([self.views, more.views]), traces, np.concatenate([self.islands, more.islands]))


def joined(tracer: ArcTracer, arcs: Arcs, space_px: float) -> Arcs:
    """Return arcs without parts of arcs that are there as a whole, some of them newly joined."""
    for _ in range(_ROUNDS):
        arcs = without_parts(arcs, space_px)
        pairs = _neighbours(arcs.traces, space_px)
        if not pairs:
            return arcs
        arcs = arcs.with_more(_through_both(tracer, arcs, np.array(pairs)))
    return without_parts(arcs, space_px)


def without_parts(arcs: Arcs, space_px: float) -> Arcs:
    """Return the arcs that are no part of a longer one; an arc is as sure as its surest part."""
    traces, scores, part = arcs.traces, arcs.views.scores.copy(), np.zeros(len(arcs.views), dtype=bool)
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
    sure = Arcs(Detections(arcs.views.boxes, arcs.views.labels, scores), traces, arcs.islands)
    return sure.take(~part)


def _through_both(tracer: ArcTracer, arcs: Arcs, pairs: IntArray) -> Arcs:
    """Return the arcs that go through both of a pair (P, 2)."""
    first, second = pairs.T
    traces, scores = arcs.traces, arcs.views.scores
    around = np.stack([geometry.min_area_box(geometry.corners(traces.boxes[pair]).reshape(-1, 2)) for pair in pairs])
    made = tracer.trace(around, np.zeros(len(pairs), dtype=bool))
    good = made.clear & (_lengths(made) >= LEAST_TOGETHER * around[:, 2:4].max(1))
    part, rise = _rises(traces.curves), _rises(made.curves)
    good &= rise * np.sign(part[first]) >= RISES_MORE * np.abs(part[first])
    good &= rise * np.sign(part[second]) >= RISES_MORE * np.abs(part[second])
    longer = np.where(_lengths(traces)[first] >= _lengths(traces)[second], first, second)
    return Arcs.made(made, arcs.views.labels[longer], np.maximum(scores[first], scores[second])).take(good)


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
