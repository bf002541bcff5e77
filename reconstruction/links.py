"""Noteheads, stems, flags, beams, dots and accidentals to each other, by costs in staff spaces.

Every function takes the sheet and what was linked before, and returns plain row maps; nothing is decided twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from reconstruction.heads import Head
from reconstruction.sheet import Glyph, Sheet

#: A stem touches the side of its head to within this; the next head of a dense run is 1.2 away.
STEM_SIDE_SP = 0.5
#: A head's centre may lie outside the stem's ends by this.
STEM_END_SP = 0.7
#: Distance from the nearer end of the stem counts this much against its side distance: chords may sit in the middle.
STEM_END_WEIGHT = 0.1
#: A stem right of its head points up and left of it down; the other way is a displaced head of a chord.
STEM_WRONG_SIDE = 0.15
#: A stem without a head may borrow one whose centre is this near to one of its ends: two voices share a head.
SHARED_END_SP = 0.8
#: Beams reach a stem to within this sideways; half a stem's thickness and a detector's jitter.
BEAM_SIDE_SP = 0.4
#: The first beam lies within this of the tip of the stem, the next ones this far from each other.
BEAM_TIP_SP = 0.75
BEAM_STEP_SP = 1.1
#: Some engravers end inner stems at the innermost beam: beams may lie this far beyond the tip.
BEAM_BEYOND_SP = 4.0
#: Pieces of one beam that meet at a stem differ in height by less than this; levels are 0.7 apart.
BEAM_SAME_SP = 0.35
#: A beam that ends this far short of a stem still belongs to it when it points at the stem's very tip.
MENDED_SIDE_SP = 0.75
MENDED_TIP_SP = 0.45
#: With an inner beam that reaches the stem this deep, the outer one may end farther off, or be lost altogether.
LOST_SIDE_SP = 2.0
LOST_TIP_SP = (0.6, 1.5)
#: The beams of one group differ in angle by less than this, those of two groups that meet usually by more.
PARALLEL_RAD = 0.12
#: A flag starts at the stem's tip.
FLAG_SIDE_SP = 0.7
FLAG_TIP_SP = 1.2
#: Flags of many strokes go on over it; those of 128ths by three spaces.
FLAG_RISE_SP = 3.5


@dataclass(slots=True)
class Stem:
    """A stem with its heads; `tip` is the end without heads. y down, px."""

    glyph: Glyph
    heads: list[int] = field(default_factory=list)
    up: bool = True
    levels: list[list[Glyph]] = field(default_factory=list)  # beam segments by level, from the tip inwards
    lost_levels: int = 0  # outer beams that must be there and were not found
    root_px: float | None = None  # where the beams begin, when not at the tip
    flag: Glyph | None = None
    tremolo: Glyph | None = None

    @property
    def beams(self) -> list[Glyph]:
        """All beam segments at this stem; engravers may draw one level in several pieces that meet at a stem."""
        return [beam for level in self.levels for beam in level]

    @property
    def tip(self) -> float:
        """Height of the end where beams and flags are, px."""
        if self.root_px is not None:
            return self.root_px
        return self.glyph.y0 if self.up else self.glyph.y1


def link_stems(sheet: Sheet, heads: list[Head]) -> list[Stem]:
    """Give every head its stem and every stem its direction; stems that find no head are kept with none."""
    stems = [Stem(glyph) for glyph in sheet.named("stem")]
    needy = [index for index, head in enumerate(heads) if head.needs_stem]
    if stems and needy:
        cost = _stem_costs([heads[i].glyph for i in needy], [stem.glyph for stem in stems], sheet.space_px)
        for column, index in enumerate(needy):
            best = int(np.argmin(cost[column]))
            if np.isfinite(cost[column, best]):
                stems[best].heads.append(index)
        _share_heads(stems, heads, needy, cost, sheet.space_px)
        _part_twins(stems, heads, needy, cost, sheet.space_px)
    for stem in stems:
        stem.up = _points_up(stem, [heads[i].glyph for i in stem.heads])
    return stems


def _columns(glyphs: list[Glyph]) -> NDArray[np.float64]:
    return np.array([(one.x0, one.y0, one.x1, one.y1, one.cx, one.cy) for one in glyphs]).reshape(-1, 6).T


def _stem_costs(heads: list[Glyph], stems: list[Glyph], space: float) -> NDArray[np.float64]:
    """Cost of every (head, stem) in staff spaces, infinite where they cannot touch; shape (H, S)."""
    hx0, _, hx1, _, _, hy = (one[:, None] for one in _columns(heads))
    _, sy0, _, sy1, sx, _ = (one[None] for one in _columns(stems))
    left, right = np.abs(sx - hx0), np.abs(sx - hx1)
    side = np.minimum(left, right)
    to_top, to_bottom = np.abs(hy - sy0), np.abs(hy - sy1)
    end = np.minimum(to_top, to_bottom)
    outside = np.maximum(np.maximum(sy0 - hy, hy - sy1), 0)
    wrong = (right < left) != (to_bottom < to_top)
    cost = (side + STEM_END_WEIGHT * np.minimum(end, 3 * space) + outside) / space + STEM_WRONG_SIDE * wrong
    legal = (side < STEM_SIDE_SP * space) & (outside < STEM_END_SP * space)
    return np.where(legal, cost, np.inf)


def _share_heads(
    stems: list[Stem], heads: list[Head], needy: list[int], cost: NDArray[np.float64], space: float
) -> None:
    """Give stems without heads the head at their end: one that stands twice on the page, or is shared by two voices."""
    owner = {head: stem for stem in stems for head in stem.heads}
    for column, stem in enumerate(stems):
        if stem.heads:
            continue
        for line in np.argsort(cost[:, column], kind="stable").tolist():
            index, glyph = needy[line], heads[needy[line]].glyph
            end = min(abs(glyph.cy - stem.glyph.y0), abs(glyph.cy - stem.glyph.y1))
            if not np.isfinite(cost[line, column]):
                break
            if end > SHARED_END_SP * space:
                continue
            previous = owner.get(index)
            if previous is not None and _has_twin(previous, index, heads, space):
                previous.heads.remove(index)
            stem.heads.append(index)
            owner[index] = stem
            break


def _part_twins(
    stems: list[Stem], heads: list[Head], needy: list[int], cost: NDArray[np.float64], space: float
) -> None:
    """Two heads at one place belong to two voices: where another stem ends there, it takes one of them."""
    line_of = {index: line for line, index in enumerate(needy)}
    for stem in stems:
        for index in [one for one in stem.heads if _has_twin(stem, one, heads, space)][1:]:
            glyph = heads[index].glyph
            offers = [
                (float(cost[line_of[index], column]), column)
                for column, other in enumerate(stems)
                if other is not stem
                and np.isfinite(cost[line_of[index], column])
                and min(abs(glyph.cy - other.glyph.y0), abs(glyph.cy - other.glyph.y1)) < SHARED_END_SP * space
                and all(abs(heads[i].glyph.cy - glyph.cy) > 0.25 * space for i in other.heads)
            ]
            if offers:
                stem.heads.remove(index)
                stems[min(offers)[1]].heads.append(index)


def _has_twin(stem: Stem, index: int, heads: list[Head], space: float) -> bool:
    glyph = heads[index].glyph
    others = [heads[i].glyph for i in stem.heads if i != index]
    return any(abs(one.cx - glyph.cx) < 0.4 * space and abs(one.cy - glyph.cy) < 0.25 * space for one in others)


def _points_up(stem: Stem, heads: list[Glyph]) -> bool:
    if not heads:
        return True
    above = min(one.cy for one in heads) - stem.glyph.y0
    below = stem.glyph.y1 - max(one.cy for one in heads)
    return above >= below


def link_beams(sheet: Sheet, stems: list[Stem]) -> None:
    """Fill `Stem.levels` with the beams that cross the stem near its tip, from the tip inwards."""
    beams = sheet.named("beam")
    if not beams or not stems:
        return
    space = sheet.space_px
    x0, _, x1, _, _, _ = _columns(beams)
    for stem in stems:
        x = stem.glyph.cx
        near = np.flatnonzero((x0 - BEAM_SIDE_SP * space < x) & (x < x1 + BEAM_SIDE_SP * space)).tolist()
        crossing = [(beams[i].y_at(x), beams[i]) for i in near]
        low, high = stem.glyph.y0 - BEAM_BEYOND_SP * space, stem.glyph.y1 + BEAM_BEYOND_SP * space
        inside = [(y, beam) for y, beam in crossing if low < y < high]
        if not stem.heads and inside:
            stem.up = min(abs(y - stem.glyph.y0) for y, _ in inside) <= min(abs(y - stem.glyph.y1) for y, _ in inside)
        stem.levels = _chain(stem, inside, space)
        if not stem.levels:
            _mend(stem, inside, beams, space)


def _mend(stem: Stem, crossing: list[tuple[float, Glyph]], beams: list[Glyph], space: float) -> None:
    """Beams of a stem at whose tip none was found: detectors cut outer beams short, inner ones still reach the stem."""
    sign, x = (1 if stem.up else -1), stem.glyph.cx
    inner = [(y, one) for y, one in crossing if LOST_TIP_SP[0] < (y - stem.tip) * sign / space < LOST_TIP_SP[1]]
    reach = LOST_SIDE_SP if inner else MENDED_SIDE_SP
    near = [
        (max(one.x0 - x, x - one.x1), one.row, one)
        for one in beams
        if max(one.x0 - x, x - one.x1) < reach * space
        and abs(one.y_at(x) - stem.tip) < MENDED_TIP_SP * space
        and _same_side(one, [beam for _, beam in inner], x)
    ]
    if near:
        outer = min(near)[2]
        stem.levels = _chain(stem, [*crossing, (outer.y_at(x), outer)], space)
    elif inner:
        y, _ = min(inner, key=lambda one: abs(one[0] - stem.tip))
        whole = Stem(stem.glyph, up=stem.up, root_px=y)
        stem.levels, stem.lost_levels = _chain(whole, crossing, space), 1


def _same_side(outer: Glyph, inner: list[Glyph], x: float) -> bool:
    """An outer beam that ends short of the stem lies on a side where an inner one is; else it is the next group's."""
    return not inner or any((one.cx < x) == (outer.cx < x) for one in inner)


def _chain(stem: Stem, crossing: list[tuple[float, Glyph]], space: float) -> list[list[Glyph]]:
    """The levels around the tip, outermost first: from the level at the tip on, both ways, without a gap."""
    sign = 1 if stem.up else -1
    levels: list[tuple[float, list[Glyph]]] = []
    for at, _, beam in sorted(((y - stem.tip) * sign / space, beam.row, beam) for y, beam in crossing):
        if levels and at - levels[-1][0] < BEAM_SAME_SP:
            levels[-1][1].append(beam)
        else:
            levels.append((at, [beam]))
    first = min(range(len(levels)), key=lambda index: abs(levels[index][0]), default=0)
    if not levels or abs(levels[first][0]) > BEAM_TIP_SP:
        return []
    last = first
    while first > 0 and _goes_on(levels[first - 1], levels[first], BEAM_SIDE_SP * space):
        first -= 1
    while last + 1 < len(levels) and levels[last + 1][0] - levels[last][0] < BEAM_STEP_SP:
        last += 1
    return [beams for _, beams in levels[first : last + 1]]


def _goes_on(outer: tuple[float, list[Glyph]], inner: tuple[float, list[Glyph]], slack_px: float) -> bool:
    """An outer beam of a group reaches over the inner ones; one that does not belongs to another group."""
    left = min(one.x0 for one in outer[1]) < min(one.x0 for one in inner[1]) + slack_px
    right = max(one.x1 for one in outer[1]) > max(one.x1 for one in inner[1]) - slack_px
    return left and right and inner[0] - outer[0] < BEAM_STEP_SP and _parallel(outer[1], inner[1])


def _parallel(outer: list[Glyph], inner: list[Glyph]) -> bool:
    """Beams of one group are parallel; those of two groups that meet at a stem need not be."""
    return min(abs(a.angle_rad - b.angle_rad) for a in outer for b in inner) < PARALLEL_RAD


def link_flags(sheet: Sheet, stems: list[Stem]) -> None:
    """Give every flag to the stem at whose tip it starts."""
    space = sheet.space_px
    offers = []
    for flag in sheet.starting("flag"):
        up = "Up" in flag.name
        for index, stem in enumerate(stems):
            side = abs(flag.x0 - stem.glyph.cx)
            if side > FLAG_SIDE_SP * space:
                continue
            beyond = stem.glyph.y0 - flag.y0 if up else flag.y1 - stem.glyph.y1
            tip = max(0.0, -beyond, beyond - _rise_sp(flag) * space)
            if tip < FLAG_TIP_SP * space and (not stem.heads or stem.up == up):
                offers.append((side + tip, flag.row, index, flag))
    taken: set[int] = set()
    for _, row, index, flag in sorted(offers, key=lambda one: one[:3]):
        if row not in taken and stems[index].flag is None:
            stems[index].flag = flag
            taken.add(row)


def _rise_sp(flag: Glyph) -> float:
    """How far a flag of four strokes and more may rise over the tip of its stem, staff spaces."""
    return 0.0 if flag.name.startswith(("flag8th", "flag16th", "flag32nd")) else FLAG_RISE_SP


def link_tremolos(sheet: Sheet, stems: list[Stem]) -> list[Glyph]:
    """Give tremolo strokes to the stem that they cross; return those that cross none (between two notes)."""
    left = []
    for glyph in sheet.starting("tremolo"):
        crossed = [
            stem
            for stem in stems
            if glyph.x0 <= stem.glyph.cx <= glyph.x1 and stem.glyph.y0 < glyph.cy < stem.glyph.y1 and stem.heads
        ]
        if crossed:
            min(crossed, key=lambda stem: abs(stem.glyph.cx - glyph.cx)).tremolo = glyph
        else:
            left.append(glyph)
    return left
