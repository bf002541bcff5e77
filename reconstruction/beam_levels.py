"""Beams that were cut short: a beam has one level all along, so the deepest one seen at any of its stems holds."""

from __future__ import annotations

from collections import Counter

from reconstruction.links import Stem

#: Two levels of one group are at least this far apart; nearer ones are one beam that was found twice.
LEVEL_STEP_SP = 0.45


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
