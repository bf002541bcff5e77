"""Which stems hang on which beams, once all are linked: beams that only cross or come near a stem leave it."""

from __future__ import annotations

from itertools import pairwise

from reconstruction.heads import Head
from reconstruction.links import Stem
from reconstruction.sheet import Glyph

#: Stems of one beam stand at least a head's width (1.2) apart; a stem nearer to another one belongs to another voice.
CROWDED_SP = 0.9
#: Stems nearer than this lie on each other: two voices that share a stem.
COMMON_STEM_SP = 0.2
#: A beam ends at a stem to within this.
BEAM_END_SP = 0.3
#: Beams reach their stems to within this, strokes stop short of it.
STROKE_GAP_SP = 0.25


def settle_beams(stems: list[Stem], heads: list[Head], space_px: float) -> set[int]:
    """Take from `Stem.levels` the beams of other notes; return the rows of the beams of black notes."""
    black = _free_halves(stems, heads, space_px)
    _free_large(stems, heads)
    _free_strokes(stems, space_px)
    _free_crowded(stems, heads, space_px)
    return black


def _is_half(stem: Stem, heads: list[Head]) -> bool:
    return bool(stem.heads) and all("Half" in heads[i].glyph.name for i in stem.heads)


def _free_large(stems: list[Stem], heads: list[Head]) -> None:
    """Take the beams that begin and end at small notes from the stems of normal ones that come near them."""
    owners = _owners(stems)
    for mine in owners.values():
        beam = mine[0][1]
        ends = [min(mine, key=lambda one: abs(one[0].glyph.cx - x))[0] for x in (beam.x0, beam.x1)]
        if ends[0] is not ends[1] and all(_is_small(stem, heads) for stem in ends):
            for stem, _ in mine:
                if not _is_small(stem, heads):
                    _keep_beams(stem, {one.row for one in stem.beams if one.row != beam.row})


def _free_strokes(stems: list[Stem], space_px: float) -> None:
    """Take from stems the bars that end short of both of them: strokes of a tremolo between two notes."""
    for mine in _owners(stems).values():
        beam = mine[0][1]
        gaps = [max(beam.x0 - stem.glyph.cx, stem.glyph.cx - beam.x1) for stem, _ in mine]
        if len(mine) <= 2 and min(gaps) > STROKE_GAP_SP * space_px:
            for stem, _ in mine:
                _keep_beams(stem, {one.row for one in stem.beams if one.row != beam.row})


def _owners(stems: list[Stem]) -> dict[int, list[tuple[Stem, Glyph]]]:
    """The stems with heads that every beam crosses, with the beam itself, by the beam's row."""
    owners: dict[int, list[tuple[Stem, Glyph]]] = {}
    for stem in stems:
        for beam in stem.beams if stem.heads else ():
            owners.setdefault(beam.row, []).append((stem, beam))
    return owners


def _free_crowded(stems: list[Stem], heads: list[Head], space_px: float) -> None:
    """Of two stems nearer than a head's width only one hangs on a beam, the one at its end; the other is a crossing."""
    for mine in _owners(stems).values():
        beam = mine[0][1]
        normal = sorted((stem for stem, _ in mine if not _is_small(stem, heads)), key=lambda one: one.glyph.cx)
        for left, right in pairwise(normal):
            gap_sp = (right.glyph.cx - left.glyph.cx) / space_px
            if left.up == right.up and COMMON_STEM_SP < gap_sp < CROWDED_SP:
                inner = max(left, right, key=lambda one: min(one.glyph.cx - beam.x0, beam.x1 - one.glyph.cx))
                _keep_beams(inner, {one.row for one in inner.beams if one.row != beam.row})


def _is_small(stem: Stem, heads: list[Head]) -> bool:
    return bool(stem.heads) and all(heads[i].small for i in stem.heads)


def _keep_beams(stem: Stem, rows: set[int]) -> None:
    levels = [[one for one in level if one.row in rows] for level in stem.levels]
    stem.levels = [level for level in levels if level]


def _free_halves(stems: list[Stem], heads: list[Head], space_px: float) -> set[int]:
    """Take from half notes the beams of black notes that cross their stems; beams of half notes only are tremolos.

    A beam that ends at the stem stays: there a short note shares the head of a half note. Returns the rows of the
    beams of black notes.
    """
    black = {beam.row for stem in stems if stem.heads and not _is_half(stem, heads) for beam in stem.beams}
    for stem in stems:
        if _is_half(stem, heads):
            x, reach = stem.glyph.cx, BEAM_END_SP * space_px
            ends = {one.row for one in stem.beams if min(abs(one.x0 - x), abs(one.x1 - x)) < reach}
            _keep_beams(stem, {one.row for one in stem.beams if one.row not in black or one.row in ends})
    return black
