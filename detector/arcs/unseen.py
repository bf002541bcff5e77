"""Arcs that the network did not see: ink that stands alone, as thin as an arc and bent like one, from head to head."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.arcs.follow import lines_through, rises
from detector.arcs.ink import INK
from detector.arcs.kinds import ArcEnds, heads_at_ends
from detector.arcs.tracing import Traces
from detector.arcs.worth import ArcMap
from notation import boxes as geometry
from notation.boxes import FloatArray

#: A piece of an arc is at least so long, and at most so thick on average, staff spaces.
LEAST_PIECE_SP, THICKEST_PIECE_SP = 0.8, 0.45
#: An arc that only ink speaks for is at least so long from left to right, staff spaces, and rises over so much of its
#: length: strokes of digits are upright, and ends of beams are straight.
LEAST_LENGTH_SP, LEAST_RISE_SHARE = 1.2, 0.06


def unseen(page: ArcMap, seen: Traces, others: FloatArray, heads: FloatArray) -> Traces:
    """Return arcs that nothing was seen of.

    Args:
        page: the page as arcs see it.
        seen: the arcs that are known.
        others: float64 (K, 5), px, boxes of the other symbols.
        heads: float64 (H, 2), px, middles of heads.
    """
    places, headings = _pieces(page, seen, others)
    traces = lines_through(page, places, headings)
    chord = traces.curves[:, -1] - traces.curves[:, 0]
    length = np.linalg.norm(chord, axis=1)
    bent = (np.abs(chord[:, 0]) >= LEAST_LENGTH_SP * page.space_px) & (
        rises(traces.curves) >= LEAST_RISE_SHARE * length
    )
    between = heads_at_ends(ArcEnds.of(traces), heads, page.space_px) == 2
    good = traces.clear & bent & between
    return Traces(traces.boxes[good], traces.curves[good], traces.clear[good])


def _pieces(page: ArcMap, seen: Traces, others: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a place (K, 2), px, on each piece of ink that may be of an arc, and its way there, (K,), radian."""
    free = (page.ink == INK).view(np.uint8)
    _hide(free, others)
    _hide(free, seen.boxes[seen.clear])
    _, marks, about, middles = cv2.connectedComponentsWithStats(free, connectivity=8)
    width, height, area = (
        about[:, k] / page.space_px for k in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA)
    )
    length = np.hypot(width, height)
    thin = (length >= LEAST_PIECE_SP) & (area / page.space_px <= THICKEST_PIECE_SP * length)
    places, headings = [], []
    for number in np.flatnonzero(thin[1:]) + 1:
        x, y, wide, high = about[number, :4]
        ys, xs = np.nonzero(marks[y : y + high, x : x + wide] == number)
        off = np.stack([xs + x + 0.5, ys + y + 0.5], 1) - middles[number]
        axis = np.linalg.eigh(off.T @ off)[1][:, 1]
        places.append(middles[number] + off[np.argmin(np.abs(off @ axis))])
        headings.append(np.arctan2(axis[1], axis[0]))
    return np.array(places).reshape(-1, 2), np.array(headings)


def _hide(free: NDArray[np.uint8], boxes: FloatArray) -> None:
    for corners in np.round(geometry.corners(boxes)).astype(np.int32):
        cv2.fillConvexPoly(free, corners, 0)
