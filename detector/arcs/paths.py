"""Arcs followed step by step along their ink, from a place in their middle to both tips.

A walker stands on the ink and looks a little way ahead along arcs of a few curvatures; it takes a step along the one
that stays on ink longest. Other ink (heads, stems, staff lines) is crossed without seeing, for a bounded distance;
where there is paper ahead, or too much that is not seen, the arc has ended at the last ink.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.arcs.band import run_of
from detector.arcs.ink import INK, SILENT, WALL
from detector.arcs.worth import ArcMap
from notation.boxes import FloatArray

_Single = NDArray[np.float32]

#: A walker takes steps of so many staff spaces, twice as long after so many, and again: short arcs need the care, long
#: ones the speed.
STEP_SP, LONGER_AFTER = 0.25, (32, 64)
#: It looks ahead so far, so often.
AHEAD_SP, LOOKS = 1.75, 7
#: The turns that it may make at once, radian, and the curvatures that it may take, against its own, 1 / staff spaces.
_WAYS = np.array([(turn, bend) for turn in (-0.08, 0, 0.08) for bend in (-0.25, -0.1, -0.04, 0, 0.04, 0.1, 0.25)])
#: The same for its first step, when it knows its way only from a curve that fits by and large.
_FIRST_WAYS = np.array([(turn, bend) for turn in np.linspace(-0.4, 0.4, 9) for bend in np.linspace(-0.5, 0.5, 11)])
#: What a turn by 1 rad and a change of curvature by 1 cost, in staff spaces of ink.
WAY_COST = np.array([0.8, 0.5])
#: No arc bends more, 1 / staff spaces.
MOST_BEND = 1.0
#: What a look at other ink is worth, where ink is worth 1 and paper -1.
SILENT_WORTH = 0.1
#: A look is worth nothing so far from ink, and as little as paper twice as far away, staff spaces.
BLUR_SP = 0.12
#: Over other ink an arc goes on for so many staff spaces without being seen, over paper for so many.
MOST_SILENT_SP, MOST_PAPER_SP = 1.3, 0.5
#: Ink that is thicker than this across the arc is something else.
THICKEST_SP = 0.6
#: A walker moves so far to the middle of its ink in a step.
_CENTRE_SP = 0.08
#: Steps that the longest arc can take from its middle.
_MOST_STEPS = 180
#: Where a walker looks for the edges of its ink, staff spaces to either side; and near its foot, nearest first.
_ACROSS_STEP_SP = 0.1
_ACROSS_SP = np.arange(-8, 9, dtype=np.float32) * np.float32(_ACROSS_STEP_SP)
_FOOT = len(_ACROSS_SP) // 2
_NEAREST = _FOOT + np.array([0, -1, 1, -2, 2])


@dataclass
class _Walkers:
    """N walkers, float32 (N,) each: places in page pixels, headings in radian, curvatures in 1 / staff spaces, and the
    staff spaces since the last ink that lay on other ink and on paper."""

    x: _Single
    y: _Single
    heading: _Single
    bend: _Single
    silent: _Single
    paper: _Single

    @classmethod
    def at(cls, places: FloatArray, headings: FloatArray) -> _Walkers:
        zero = np.zeros(len(places), np.float32)
        x, y = places.astype(np.float32).T
        return cls(x, y, headings.astype(np.float32), zero, zero, zero)

    def take(self, rows: NDArray[np.bool_]) -> _Walkers:
        return _Walkers(*(part[rows] for part in (self.x, self.y, self.heading, self.bend, self.silent, self.paper)))


def follow(page: ArcMap, places: FloatArray, headings: FloatArray) -> list[FloatArray]:
    """Return the lines (K, 2), px, that ink follows both ways from `places` (N, 2), px, headed so (N,), radian.

    A line runs the way it is headed and ends at ink; it has one point where there is no ink at all.
    """
    count = len(places)
    both = np.concatenate([headings, headings + np.pi])
    walked = _walked(page, _Walkers.at(np.concatenate([places, places]), both))
    return [np.concatenate([back[:0:-1], ahead]) for ahead, back in zip(walked[:count], walked[count:], strict=True)]


def _walked(page: ArcMap, walkers: _Walkers) -> list[FloatArray]:
    count = len(walkers.x)
    track = np.zeros((_MOST_STEPS + 1, count, 2), np.float32)
    track[0] = np.stack([walkers.x, walkers.y], 1)
    last, alive = np.zeros(count, np.int64), np.arange(count)
    for step in range(1, _MOST_STEPS + 1):
        step_sp = STEP_SP * 2 ** sum(step > longer for longer in LONGER_AFTER)
        walkers = _stepped(page, walkers, _FIRST_WAYS if step == 1 else _WAYS, step_sp)
        seen = _centred(page, walkers, step_sp)
        track[step, alive] = np.stack([walkers.x, walkers.y], 1)
        last[alive[seen]] = step
        going = (walkers.silent <= MOST_SILENT_SP) & (walkers.paper <= MOST_PAPER_SP)
        walkers, alive = walkers.take(going), alive[going]
        if not len(alive):
            break
    return [track[: last[row] + 1, row].astype(np.float64) for row in range(count)]


def _stepped(page: ArcMap, walkers: _Walkers, ways: FloatArray, step_sp: float) -> _Walkers:
    """Return the walkers a step further on the best of their ways."""
    turns, bends = ways.T.astype(np.float32)
    heading = walkers.heading[:, None] + turns
    bend = np.clip(walkers.bend[:, None] + bends, -MOST_BEND, MOST_BEND)
    away = np.arange(1, LOOKS + 1, dtype=np.float32) * np.float32(AHEAD_SP / LOOKS)
    way = heading[..., None] + bend[..., None] * (away / 2)
    reach = away * np.float32(page.space_px)
    x, y = walkers.x[:, None, None] + np.cos(way) * reach, walkers.y[:, None, None] + np.sin(way) * reach
    worth = page.gains(x, y, BLUR_SP, SILENT_WORTH)
    # what lies behind paper does not count
    reached = np.minimum.accumulate(np.clip(1 + 2 * worth, 0, 1), -1)
    value = np.einsum("nkl,nkl->nk", reached, worth) * np.float32(AHEAD_SP / LOOKS)
    if ways is _WAYS:
        value -= (np.abs(ways) @ WAY_COST).astype(np.float32)
    best = value.argmax(1)
    rows = np.arange(len(best))
    heading, bend = heading[rows, best], bend[rows, best]
    middle, step_px = heading + bend * np.float32(step_sp / 2), np.float32(step_sp * page.space_px)
    x0, y0 = walkers.x + np.cos(middle) * step_px, walkers.y + np.sin(middle) * step_px
    return _Walkers(x0, y0, heading + bend * np.float32(step_sp), bend, walkers.silent, walkers.paper)


def _centred(page: ArcMap, walkers: _Walkers, step_sp: float) -> NDArray[np.bool_]:
    """Move walkers towards the middle of the ink under them; return (N,) which of them have an arc's ink there."""
    across_x, across_y = -np.sin(walkers.heading), np.cos(walkers.heading)
    off = _ACROSS_SP * np.float32(page.space_px)
    kinds = page.kinds(walkers.x[:, None] + across_x[:, None] * off, walkers.y[:, None] + across_y[:, None] * off)
    core = (kinds == INK)[:, _NEAREST]
    low, high = run_of(kinds == INK, _NEAREST[core.argmax(1)])
    thin = (high - low + 1) * _ACROSS_STEP_SP <= THICKEST_SP
    seen: NDArray[np.bool_] = core.any(1) & thin
    aside = np.clip(((low + high) / 2 - _FOOT) * _ACROSS_STEP_SP, -_CENTRE_SP, _CENTRE_SP) * seen * page.space_px
    walkers.x = (walkers.x + across_x * aside).astype(np.float32)
    walkers.y = (walkers.y + across_y * aside).astype(np.float32)
    other = (kinds[:, _FOOT - 1 : _FOOT + 2] >= SILENT).any(1) | (core.any(1) & ~thin)
    wall = kinds[:, _FOOT] == WALL
    walkers.silent = np.where(seen, 0, walkers.silent + step_sp * other + MOST_SILENT_SP * wall).astype(np.float32)
    walkers.paper = np.where(seen, 0, walkers.paper + step_sp * ~other).astype(np.float32)
    return seen
