"""How sure an arc is, when its ink and the heads at its ends are known too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.arcs.follow import rises
from detector.arcs.kinds import ArcEnds, heads_at_ends
from detector.arcs.tracing import Traces
from notation.boxes import FloatArray

#: What rises less over its chord than both, in staff spaces and as a share of its length, is a line: an extender, a
#: bracket, a hairpin.
LINE_RISE_SP, LINE_RISE_SHARE = 0.2, 0.04
#: The score of an arc is moved this share of the way to 1 when it was followed and has heads at so many of its ends,
#: 0, 1, 2. On engraved pages 56 of 85 faint views with heads at both ends are arcs, 19 of 198 without any.
LIFT = (0.0, 0.25, 0.5)
#: One that was not followed along ink, or that is a line, is believed so much less.
DIM_SHARE, LINE_SHARE = 0.6, 0.4


def trusted(scores: FloatArray, traces: Traces, heads: FloatArray, space_px: float) -> FloatArray:
    """Return scores (N,) of arcs by what is known about them.

    Args:
        scores: the network's.
        traces: what became of them.
        heads: float64 (H, 2), middles of the heads of the page, px.
        space_px: staff space.
    """
    lift = np.array(LIFT)[heads_at_ends(ArcEnds.of(traces), heads, space_px)]
    is_line = _is_line(traces.curves, space_px)
    lifted: FloatArray = scores + lift * (1 - scores)
    return np.where(traces.clear, np.where(is_line, LINE_SHARE * scores, lifted), DIM_SHARE * scores)


def _is_line(lines: FloatArray, space_px: float) -> NDArray[np.bool_]:
    rise = rises(lines)
    length = np.linalg.norm(lines[:, -1] - lines[:, 0], axis=1)
    flat: NDArray[np.bool_] = (rise < LINE_RISE_SP * space_px) & (rise < LINE_RISE_SHARE * length)
    return flat
