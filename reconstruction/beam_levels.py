"""Beams that were cut short: a beam has one level all along, so the deepest one seen at any of its stems holds."""

from __future__ import annotations

from collections import Counter

from reconstruction.links import Stem
from reconstruction.sheet import Glyph

#: Two levels of one group are at least this far apart; nearer ones are one beam that was found twice.
LEVEL_STEP_SP = 0.45
#: A beam that goes on this far beyond its last stem goes on to the next one; boxes jitter by half of that.
OVERHANG_SP = 0.7
#: A beam with one stem is a hook unless it is longer.
HOOK_SP = 1.7


def pass_levels_on(stems: list[Stem], space_px: float) -> None:
    """Count the outer beams that were lost at some stems of a group, as `Stem.lost_levels`.

    A detector finds the short inner pieces of a group well and cuts the long outer beam short. Where an inner piece is
    the second level at one stem and seems to be the first at the next, the first level was lost there. Stems of both
    directions under one beam count their levels from opposite sides and do not speak for each other.
    """
    for up in (True, False):
        same_way = [stem for stem in stems if stem.levels and stem.up == up]
        lines = _lines(same_way)
        depths = _depths(same_way, lines, space_px)
        for stem in same_way:
            depth = depths.get(lines[stem.levels[0][0].row], 0)
            stem.lost_levels = max(stem.lost_levels, depth)


def _lines(stems: list[Stem]) -> dict[int, int]:
    """Number the lines that beam segments make: those that meet at one level of a stem are one line; by row."""
    parent: dict[int, int] = {}

    def root(row: int) -> int:
        while parent.setdefault(row, row) != row:
            row = parent[row]
        return row

    for stem in stems:
        for level in stem.levels:
            for beam in level:
                parent[root(beam.row)] = root(level[0].row)
    return {row: root(row) for row in list(parent)}


def _depths(stems: list[Stem], lines: dict[int, int], space_px: float) -> dict[int, int]:
    """The deepest level of each line, 0 the outermost; lines that contradict themselves are left out."""
    depths: dict[int, int] = {}
    broken: set[int] = set()
    for stem in stems:
        heights = [sum(beam.y_at(stem.glyph.cx) for beam in level) / len(level) for level in stem.levels]
        shown = [lines[level[0].row] for level in stem.levels]
        broken.update(line for line, count in Counter(shown).items() if count > 1)
        for level, line in enumerate(shown):
            if level and abs(heights[level] - heights[level - 1]) < LEVEL_STEP_SP * space_px:
                broken.add(line)
                break
            depths[line] = max(depths.get(line, 0), level)
    return {line: depth for line, depth in depths.items() if line not in broken}


def reach_next_stems(stems: list[Stem], space_px: float) -> None:
    """Let beams that end in the air reach the next stem: a beam ends at a stem, or close beside it as a hook.

    The next stem must share another beam of the group, so that a box drawn too long joins no neighbouring group.
    """
    holders: dict[int, list[Stem]] = {}
    beams: dict[int, Glyph] = {}
    ordered = sorted((stem for stem in stems if stem.levels and stem.heads), key=lambda one: one.glyph.cx)
    for stem in ordered:
        for beam in stem.beams:
            holders.setdefault(beam.row, []).append(stem)
            beams[beam.row] = beam
    for row, beam in beams.items():
        mine = holders[row]
        most = (HOOK_SP if len(mine) == 1 else OVERHANG_SP) * space_px
        if mine[0].glyph.cx - beam.x0 > most:
            _reach(beam, mine[0], ordered[: ordered.index(mine[0])][::-1], space_px)
        if beam.x1 - mine[-1].glyph.cx > most:
            _reach(beam, mine[-1], ordered[ordered.index(mine[-1]) + 1 :], space_px)


def _reach(beam: Glyph, last: Stem, beyond: list[Stem], space_px: float) -> None:
    """Add the beam to the nearest of the stems `beyond` that is in the group of `last`."""
    shared = {one.row for one in last.beams} - {beam.row}
    for stem in beyond:
        if stem.up == last.up and shared & {one.row for one in stem.beams}:
            if beam not in stem.beams:
                _insert(stem, beam, space_px)
            return


def _insert(stem: Stem, beam: Glyph, space_px: float) -> None:
    at, sign = beam.y_at(stem.glyph.cx), (1 if stem.up else -1)
    heights = [sum(one.y_at(stem.glyph.cx) for one in level) / len(level) for level in stem.levels]
    near = min(range(len(heights)), key=lambda index: abs(heights[index] - at))
    if abs(heights[near] - at) < LEVEL_STEP_SP * space_px:
        stem.levels[near].append(beam)
    else:
        level = sum((height - at) * sign < 0 for height in heights)
        stem.levels.insert(level, [beam])
        if level == 0:
            stem.lost_levels = max(0, stem.lost_levels - 1)
