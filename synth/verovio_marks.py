"""Marks of a Verovio page and the labeller that collects them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from notation.boxes import FloatArray
from synth.svg_geometry import Group, Ink
from synth.verovio_staves import StaffRows

#: A glyph below this fraction of its staff's size is a cue-size one; grace notes are drawn at 0.6 to 0.78.
_SMALL = 0.87


@dataclass(eq=False)
class Mark:
    """One symbol to be: its class, hull points in page px, the group that drew it, and its pieces of ink."""

    name: str
    points: FloatArray
    group: Group
    inks: tuple[Ink, ...]
    staff: int | None = None


class Labeller:
    """Labels one page.

    Attributes:
        staves: the staves of the page.
        heavy_px: line width above which a barline is a heavy one.
        plain_outline: gives the contours of a glyph in font units, each (K, 2), none if missing, from the font that
            drew a second glyph.
        marks: what was found so far, in drawing order; text has no points yet.
        unknown: glyphs and lines that no class stands for, counted by group and code point.
    """

    def __init__(
        self, staves: StaffRows, heavy_px: float, plain_outline: Callable[[int, int], Sequence[FloatArray]]
    ) -> None:
        self.staves = staves
        self.plain_outline = plain_outline
        self.heavy_px = heavy_px
        self.marks: list[Mark] = []
        self.unknown: Counter[str] = Counter()

    def label(self, inks: Iterable[Ink], handlers: Mapping[str, Handler]) -> list[Mark]:
        """Label all ink of the page, group by group, with the handler for each group's first class."""
        by_group: dict[Group, list[Ink]] = {}
        for ink in inks:
            by_group.setdefault(ink.group, []).append(ink)
        for group, members in by_group.items():
            handler = handlers.get(group.kind)
            if handler is not None:
                handler(self, group, members)
            else:
                self.miss(group, members)
        return self.marks

    def add(self, name: str, inks: Sequence[Ink], staff: int | None = None) -> None:
        """Add one mark made of `inks`."""
        points = np.concatenate([ink.points for ink in inks])
        where = self.staves.of_group(inks[0].group) if staff is None else staff
        self.marks.append(Mark(name, points, inks[0].group, tuple(inks), where))

    def miss(self, group: Group, inks: Sequence[Ink]) -> None:
        """Count ink that stays without a label."""
        for ink in inks:
            self.unknown[f"{group.kind}:{ink.shape}:{ink.code:X}"] += 1

    def is_small(self, ink: Ink) -> bool:
        """Tell whether a glyph is drawn below the size of its staff."""
        staff = self.staves.of_group(ink.group)
        full = 4 * (self.staves.rows[staff].staff.space_px if staff is not None else self.staves.space_px)
        return ink.em_px < _SMALL * full


Handler = Callable[[Labeller, Group, list[Ink]], None]
