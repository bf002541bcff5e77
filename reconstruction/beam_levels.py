"""Beams that were cut short: a beam has one level all along, so the deepest one seen at any of its stems holds."""

from __future__ import annotations

from reconstruction.links import Stem

#: A lost outer beam leaves this much room at least between the next one and where it must have been.
LEVEL_STEP_SP = 0.45
#: Rounds of passing levels on; each round reaches the next stem of a group, longer groups are rare.
MOST_ROUNDS = 16


def pass_levels_on(stems: list[Stem], space_px: float) -> None:
    """Count the outer beams that were lost at some stems of a group, as `Stem.lost_levels`.

    A detector finds the short inner pieces of a group well and cuts the long outer beam short. Where an inner piece is
    the second level at one stem and seems to be the first at the next, the first level was lost there. Stems of both
    directions under one beam count their levels from opposite sides and do not speak for each other.
    """
    beamed = [stem for stem in stems if stem.levels]
    for up in (True, False):
        same_way = [stem for stem in beamed if stem.up == up]
        for _ in range(MOST_ROUNDS):
            depths = _depths(same_way, space_px)
            if not any([_deepen(stem, depths) for stem in same_way]):
                break


def _depths(stems: list[Stem], space_px: float) -> dict[int, int]:
    """The deepest level of each beam, by row, 0 the outermost."""
    depths: dict[int, int] = {}
    for stem in stems:
        previous = None
        for level, beams in enumerate(stem.levels, start=stem.lost_levels):
            at = sum(beam.y_at(stem.glyph.cx) for beam in beams) / len(beams)
            if previous is not None and abs(at - previous) < LEVEL_STEP_SP * space_px:
                break  # one beam found twice
            previous = at
            for beam in beams:
                depths[beam.row] = max(depths.get(beam.row, 0), level)
    return depths


def _deepen(stem: Stem, depths: dict[int, int]) -> bool:
    """Take over the level that the first beam of a stem has elsewhere; true where that is deeper."""
    depth = max(depths.get(beam.row, 0) for beam in stem.levels[0])
    if depth <= stem.lost_levels:
        return False
    stem.lost_levels = depth
    return True
