"""Tie or slur: a tie joins two heads of one height, and the network, which sees the arc alone, cannot always know.

A tie that joins heads of different height is a slur. Between equal heads the ends tell: those of a tie stand beside
the heads, those of a slur over or under them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.arcs.tracing import Traces
from notation.boxes import FloatArray, IntArray

#: A head this near to an end of an arc may be the one that it ends at: beyond the end, within, and above or below.
HEAD_BEYOND_SP, HEAD_WITHIN_SP, HEAD_ASIDE_SP = 1.8, 1.3, 2.2
#: With an accidental or a dot between, its head is as far away as this.
FAR_SP = 3.2
#: The heads of a chord lie within so much along the staff, those of the next one further on.
CHORD_SP = 1.3
#: Heads further apart in height are different pitches; neighbouring ones are half a staff space apart.
SAME_HEIGHT_SP = 0.27
#: An arc whose ends lie further apart in height is no tie, whatever heads are found. Of 15 arcs without heads that
#: were named tie and slant more, 12 were slurs.
LEVEL_SP = 0.4
#: An arc between equal heads whose ends both lie at least so far from the middles of the heads, along the staff, and
#: at most so far above or below, is a tie: 8 of 11 ties that the network called slurs, and 3 of 104 slurs.
BESIDE_SP, BESIDE_ASIDE_SP = 0.6, 1.5
#: So is one whose ends are no further than this above or below the heads: a slur keeps away.
CLOSE_SP = 0.9
#: One with an end this near to the middle of its head, and both ends this far above or below, is a slur.
OVER_SP, OVER_ASIDE_SP = 0.15, 1.0


@dataclass(frozen=True)
class ArcEnds:
    """Both ends of N arcs, float64 (N, 2), px, left one first."""

    left: FloatArray
    right: FloatArray

    @classmethod
    def of(cls, traces: Traces) -> ArcEnds:
        """Return where arcs end: at the ends of their lines, or of their boxes where they were not followed."""
        boxes = traces.boxes
        angle = boxes[:, 4] + np.where(boxes[:, 2] >= boxes[:, 3], 0, np.pi / 2)
        half = np.stack([np.cos(angle), np.sin(angle)], 1) * boxes[:, 2:4].max(1, initial=0)[:, None] / 2
        clear = traces.clear[:, None]
        a = np.where(clear, traces.curves[:, 0], boxes[:, :2] - half)
        b = np.where(clear, traces.curves[:, -1], boxes[:, :2] + half)
        swapped = (a[:, 0] > b[:, 0])[:, None]
        return cls(np.where(swapped, b, a), np.where(swapped, a, b))


@dataclass(frozen=True)
class _Heads:
    """Where the heads at the ends of an arc lie against them, float64 (K, 2), staff spaces: how far beyond the end
    along the staff, and how far below it."""

    left: FloatArray
    right: FloatArray

    @classmethod
    def at(cls, left: FloatArray, right: FloatArray, heads: FloatArray, space_px: float, beyond_sp: float) -> _Heads:
        within = min(HEAD_WITHIN_SP, abs(right[0] - left[0]) / space_px / 2)  # a head is at one end only
        return cls(
            *(
                _near((heads - end) / space_px * np.array([side, 1]), within, beyond_sp)
                for end, side in ((left, -1), (right, 1))
            )
        )


def _near(off: FloatArray, within_sp: float, beyond_sp: float) -> FloatArray:
    near = off[(off[:, 0] > -within_sp) & (off[:, 0] < beyond_sp) & (np.abs(off[:, 1]) < HEAD_ASIDE_SP)]
    # heads further on are those of the next notes
    chord: FloatArray = near[near[:, 0] <= max(0.0, near[:, 0].min(initial=HEAD_BEYOND_SP)) + CHORD_SP]
    return chord


def kinds_named(labels: IntArray, ends: ArcEnds, heads: FloatArray, slur: int, tie: int, space_px: float) -> IntArray:
    """Return the labels (N,) of arcs where the heads at their ends say that a tie is a slur, or a slur a tie.

    Args:
        labels: `slur` or `tie`.
        ends: where the arcs end.
        heads: float64 (H, 2), middles of the heads of the page, px.
        space_px: staff space.
    """
    out = labels.copy()
    for row in range(len(labels)):
        left, right = ends.left[row], ends.right[row]
        if labels[row] == tie and not _may_be_tie(left, right, heads, space_px):
            out[row] = slur
        elif labels[row] == slur and _must_be_tie(left, right, heads, space_px):
            out[row] = tie
    return out


def heads_at_ends(ends: ArcEnds, heads: FloatArray, space_px: float) -> IntArray:
    """Return at how many of their two ends arcs have a head, int64 (N,)."""
    near = [_Heads.at(*pair, heads, space_px, FAR_SP) for pair in zip(ends.left, ends.right, strict=True)]
    return np.array([(len(one.left) > 0) + (len(one.right) > 0) for one in near], np.int64)


def _may_be_tie(left: FloatArray, right: FloatArray, heads: FloatArray, space_px: float) -> bool:
    climb_sp = float(right[1] - left[1]) / space_px
    near = _Heads.at(left, right, heads, space_px, HEAD_BEYOND_SP)
    if not len(near.left) or not len(near.right):
        return abs(climb_sp) <= LEVEL_SP
    far = _Heads.at(left, right, heads, space_px, FAR_SP)
    equal = np.abs(far.right[None, :, 1] + climb_sp - far.left[:, None, 1]) <= SAME_HEIGHT_SP
    return bool(equal.any()) and not (abs(climb_sp) <= LEVEL_SP and _is_over(far, equal))


def _is_over(heads: _Heads, equal: NDArray[np.bool_]) -> bool:
    """Tell whether an arc stands over, or under, all equal heads that it may join."""
    i, j = np.nonzero(equal)
    over = np.minimum(np.abs(heads.left[i, 0]), np.abs(heads.right[j, 0])) <= OVER_SP
    aside = np.minimum(np.abs(heads.left[i, 1]), np.abs(heads.right[j, 1])) >= OVER_ASIDE_SP
    return bool((over & aside).all())


def _must_be_tie(left: FloatArray, right: FloatArray, heads: FloatArray, space_px: float) -> bool:
    climb_sp = float(right[1] - left[1]) / space_px
    if abs(climb_sp) > LEVEL_SP:
        return False
    near = _Heads.at(left, right, heads, space_px, FAR_SP)
    if not len(near.left) or not len(near.right):
        there = near.left if len(near.left) else near.right
        return bool(((there[:, 0] >= BESIDE_SP) & (np.abs(there[:, 1]) <= CLOSE_SP)).any())
    equal = np.abs(near.right[None, :, 1] + climb_sp - near.left[:, None, 1]) <= SAME_HEIGHT_SP
    i, j = np.nonzero(equal)
    aside_sp = np.maximum(np.abs(near.left[i, 1]), np.abs(near.right[j, 1]))
    if (aside_sp <= CLOSE_SP).any():
        return True
    beside = np.minimum(near.left[i, 0], near.right[j, 0]) >= BESIDE_SP
    aside = aside_sp <= BESIDE_ASIDE_SP
    over = np.minimum(np.abs(near.left[:, 0]).min(initial=9), np.abs(near.right[:, 0]).min(initial=9)) < BESIDE_SP
    return bool((beside & aside).any()) and not over
