"""From what the network saw of slurs and ties to whole ones: followed along their ink, joined, named and weighed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detector.arcs.follow import followed
from detector.arcs.ink import arc_ink
from detector.arcs.kinds import ArcEnds, kinds_named
from detector.arcs.parts import Arcs, joined, without_parts
from detector.arcs.tracing import ArcTracer
from detector.arcs.trust import trusted
from detector.arcs.unseen import unseen
from detector.arcs.worth import ArcMap
from detector.decode import Detections
from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.page import GreyImage
from notation.staff import Staff

#: Classes that are arcs.
ARCS = frozenset({"slur", "tie"})
#: Views of arcs are worth following from this score on; what is reported is decided by what was followed.
FAINT_SCORE = 0.05
#: An island of ink that overlaps the traced arc by so much is that arc, and its box is exact.
SAME_ARC = 0.5
#: An arc is reported from this trust on.
LEAST_TRUST = 0.25
#: The score of an arc that the network did not see at all.
UNSEEN_SCORE = 0.15
#: Heads are believed from this score on.
_SURE = 0.3
#: Symbols that other symbols stand on: arcs may lie in their boxes.
_GROUNDS = frozenset({"staff"})


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
    page = ArcMap.of(arc_ink(image, found.take(~is_arc), names, staves, space_px), space_px)
    is_head = np.array([name.startswith("notehead") for name in names], dtype=bool)[found.labels]
    heads = found.boxes[is_head & (found.scores >= _SURE)][:, :2]
    others = islands[~is_arc & ~np.array([name in _GROUNDS for name in names], dtype=bool)[found.labels]]
    arcs = _arcs(page, found.take(is_arc), islands[is_arc], names, heads, others)
    return Detections.join([whole.take(~is_arc), arcs])


def _arcs(
    page: ArcMap, views: Detections, islands: FloatArray, names: Sequence[str], heads: FloatArray, others: FloatArray
) -> Detections:
    slur, tie = (names.index(name) if name in names else -1 for name in ("slur", "tie"))
    tracer, is_tie = ArcTracer(page), views.labels == tie
    traces = followed(page, tracer.trace(views.boxes, is_tie), views.boxes, is_tie)
    arcs = joined(tracer, Arcs(views, traces, islands), page.space_px)
    labels = arcs.views.labels
    if slur >= 0 and tie >= 0:
        more = unseen(page, arcs.traces, others, heads)
        count = len(more.boxes)
        made = Arcs.made(more, np.full(count, slur), np.full(count, UNSEEN_SCORE))
        arcs = without_parts(arcs.with_more(made), page.space_px)
        labels = kinds_named(arcs.views.labels, ArcEnds.of(arcs.traces), heads, slur, tie, page.space_px)
    scores = trusted(arcs.views.scores, arcs.traces, heads, page.space_px)
    return Detections(_boxes(arcs), labels, scores).take(scores >= LEAST_TRUST)


def _boxes(arcs: Arcs) -> FloatArray:
    """Return the boxes (N, 5) of arcs: of the ink along their lines, or of the ink that stands alone in their place."""
    boxes = np.where(arcs.traces.clear[:, None], arcs.traces.boxes, arcs.islands)
    for row in np.flatnonzero((arcs.islands != arcs.views.boxes).any(1)).tolist():
        if geometry.iou(arcs.islands[row, None], boxes[row, None])[0, 0] >= SAME_ARC:
            boxes[row] = arcs.islands[row]
    return boxes
