"""Several readings of one page become one: a bar that does not add up is taken from a reading in which it does.

A page that is looked at twice, a little larger or by another network, is read with other faults. Where they lie, the
music tells: notes that were missed or misread leave their bar too short, too long or strangely spaced, and
`reconstruction.rhythm` has a price for that. So the bars of the first reading that are dear are looked up in the next
one, and where it has a cheaper bar between the same barlines, its symbols take their place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from notation import boxes as geometry
from notation.page import Reading
from notation.symbols import Symbols
from reconstruction.assemble import ReadBar, assemble

#: Bars dearer than this are in doubt.
DOUBTFUL = 0.5
#: The bar of another reading must be cheaper by this.
CLEARLY = 0.3
#: Bars are the same when their edges differ by no more, and when their outer staff lines do; staff spaces.
SAME_EDGE_SP = 1.5
#: What has its middle this near to the edge of a bar belongs to the barline and stays; so does what reaches this far
#: over the edge: slurs and hairpins are of several bars.
EDGE_SP, BEYOND_SP = 0.3, 1.0

#: Leaves out what is too faint to be music; faint symbols are kept for who counts them, but have no say.
Sure = Callable[[Reading], Reading]


@dataclass(frozen=True)
class _Judged:
    """A reading, and how well its bars add up."""

    reading: Reading
    bars: Sequence[ReadBar]

    @property
    def doubtful(self) -> list[ReadBar]:
        return [bar for bar in self.bars if bar.cost > DOUBTFUL]

    @property
    def cost(self) -> float:
        return sum(bar.cost for bar in self.bars)

    def like(self, bar: ReadBar) -> ReadBar | None:
        """Return the cheapest bar between the same edges."""
        found = [one for one in self.bars if _same(one, bar)]
        return min(found, key=lambda one: one.cost, default=None)


def reread(first: Reading, again: Iterable[Reading], sure: Sure = lambda reading: reading) -> Reading:
    """Return the first reading of a page, with bars of later ones where they add up better.

    Args:
        first: decides on staves, barlines and all bars that add up.
        again: further readings of the same page in the same frame, taken one after the other until no bar is in doubt.
        sure: leaves out symbols that shall not be read as music.
    """
    best = _judged(first, sure)
    further = iter(again)
    while best.doubtful and (other := next(further, None)) is not None:
        best = _mended(best, _judged(replace(other, staves=first.staves), sure), sure)
    return best.reading


def _judged(reading: Reading, sure: Sure) -> _Judged:
    return _Judged(reading, assemble([sure(reading)]).bars)


def _mended(best: _Judged, other: _Judged, sure: Sure) -> _Judged:
    """Take the bars from `other` that are cheaper there and stay so among their new neighbours."""
    pairs = [(bar, other.like(bar)) for bar in best.doubtful]
    wanted = [bar for bar, there in pairs if there is not None and there.cost < bar.cost - CLEARLY]
    tried = best
    while wanted:
        tried = _judged(_mixed(best, other, wanted), sure)
        kept = [bar for bar in wanted if (now := tried.like(bar)) is not None and now.cost < bar.cost]
        if len(kept) == len(wanted):
            break
        wanted, tried = kept, best
    return tried if tried.cost < best.cost else best


def _mixed(best: _Judged, other: _Judged, wanted: Sequence[ReadBar]) -> Reading:
    """Return the best reading with the symbols of some bars exchanged for those of another."""
    keep = np.ones(len(best.reading.symbols), dtype=bool)
    take = np.zeros(len(other.reading.symbols), dtype=bool)
    for bar in wanted:
        y0, y1 = _band_px(best.bars, bar)
        keep &= ~_within(best.reading.symbols, bar, y0, y1)
        take |= _within(other.reading.symbols, bar, y0, y1)
    parts = best.reading.symbols.select(keep), other.reading.symbols.select(take)
    return replace(best.reading, symbols=_joined(*parts))


def _joined(one: Symbols, other: Symbols) -> Symbols:
    boxes, ids, scores = (
        np.concatenate([getattr(part, column) for part in (one, other)]) for column in ("boxes", "class_ids", "scores")
    )
    return Symbols.of(boxes, ids, scores, width_px=one.width_px, height_px=one.height_px)[0]


def _within(symbols: Symbols, bar: ReadBar, y0: float, y1: float) -> NDArray[np.bool_]:
    """Tell which symbols stand inside a bar, between two heights."""
    x, y = symbols.boxes[:, 0], symbols.boxes[:, 1]
    hull = geometry.upright(symbols.boxes)
    edge, beyond = EDGE_SP * bar.space_px, BEYOND_SP * bar.space_px
    middle = (bar.x0_px + edge <= x) & (x < bar.x1_px - edge) & (y0 <= y) & (y < y1)
    return middle & (hull[:, 0] >= bar.x0_px - beyond) & (hull[:, 2] <= bar.x1_px + beyond)


def _band_px(bars: Sequence[ReadBar], bar: ReadBar) -> tuple[float, float]:
    """Return the heights between which symbols belong to the system of a bar: half way to its neighbours."""
    above = max((one.bottom_px for one in bars if one.bottom_px < bar.top_px), default=-np.inf)
    below = min((one.top_px for one in bars if one.top_px > bar.bottom_px), default=np.inf)
    return (above + bar.top_px) / 2, (bar.bottom_px + below) / 2


def _same(one: ReadBar, other: ReadBar) -> bool:
    ends = zip(
        (one.x0_px, one.x1_px, one.top_px, one.bottom_px),
        (other.x0_px, other.x1_px, other.top_px, other.bottom_px),
        strict=True,
    )
    return all(abs(a - b) < SAME_EDGE_SP * other.space_px for a, b in ends)
