"""Columns of a bar: what stands at one x over all staves of a system sounds at one time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from reconstruction.chords import Chord

#: Centres nearer than this share a column. Engravers align to 0.2; three notes against four come as near as 0.5.
COLUMN_SP = 0.35
#: Two voices on one staff that collide stand side by side up to this far.
COLLISION_SP = 1.75
#: With accidentals between them, and where the first voice has a flag, they may stand this far apart.
ASIDE_SP = 3.0
#: The dot of the first voice pushes the second one out to here.
DOTTED_SP = 2.6


@dataclass(slots=True)
class Column:
    """Chords that start together; `x` is their mean, px."""

    x: float
    chords: list[Chord] = field(default_factory=list)
    collides: bool = False  # with the column before: may start with it, moved aside


def make_columns(chords: list[Chord], space_px: float) -> list[Column]:
    """Cluster the timed chords of a bar by x."""
    return _clustered(chords, space_px, _belongs)


def _clustered(chords: list[Chord], space_px: float, belongs: Callable[[Column, Chord, float], bool]) -> list[Column]:
    columns: list[Column] = []
    for chord in sorted(chords, key=lambda one: one.x):
        column = columns[-1] if columns else None
        if column is not None and belongs(column, chord, space_px):
            column.chords.append(chord)
            column.x = sum(one.x for one in column.chords) / len(column.chords)
        else:
            columns.append(Column(chord.x, [chord]))
    return columns


def split_columns(chords: list[Chord], space_px: float) -> list[Column]:
    """Cluster by x alone: chords that collide keep columns of their own, which say so.

    Crowded bars set notes that follow each other as near as notes that were moved aside.
    """
    columns = _clustered(chords, space_px, _aligned)
    for before, column in pairwise(columns):
        column.collides = any(_moved_aside(one, chord, space_px) for one in before.chords for chord in column.chords)
    return columns


def _aligned(column: Column, chord: Chord, space_px: float) -> bool:
    return not _under_one_beam(column, chord) and (chord.x - column.x) / space_px < COLUMN_SP


def _under_one_beam(column: Column, chord: Chord) -> bool:
    return any(one.group is not None and one.group == chord.group for one in column.chords)


def _moved_aside(first: Chord, second: Chord, space_px: float) -> bool:
    """Whether the second chord may start with the first: its accidentals make room for themselves."""
    return _collide(first, second) and (second.x - first.x - second.lead_px) / space_px < ASIDE_SP


def _belongs(column: Column, chord: Chord, space_px: float) -> bool:
    if _under_one_beam(column, chord):
        return False
    gap = (chord.x - column.x) / space_px
    return gap < COLUMN_SP or any(
        _collide(one, chord) and gap < (DOTTED_SP if one.dots else COLLISION_SP) for one in column.chords
    )


def _collide(first: Chord, second: Chord) -> bool:
    """Two voices of one staff with heads a second apart or crossing: one of them is moved aside."""
    if first.staff != second.staff or first.is_rest or second.is_rest:
        return False
    if first.direction == second.direction and first.direction != 0:
        return False
    gaps = [abs(a.position - b.position) for a in first.heads for b in second.heads]
    upper, lower = (first, second) if first.direction > second.direction else (second, first)
    crossed = min(h.position for h in upper.heads) <= max(h.position for h in lower.heads)
    return min(gaps) <= 1 or crossed
