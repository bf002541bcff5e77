"""Marks of a MuseScore page, and the labeller that collects them from the drawn leaves, element by element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from lxml import etree

from notation.boxes import FloatArray
from synth.musescore_glyphs import Glyph, Specimens
from synth.musescore_score import MuseScore
from synth.musescore_staves import StaffRows
from synth.musescore_svg import Leaf, joined

#: A glyph below this share of its staff's size is a small one; grace notes are drawn at 0.6 to 0.78.
_SMALL = 0.87


@dataclass(eq=False)
class Mark:
    """One symbol to be.

    Attributes:
        name: its class.
        points: float64 (K, 2), page px; their hull is the ink.
        number: the element that drew it, 0 if MuseScore does not tell.
        staff: row of its staff on the page.
        shared: numbers of further elements that drew the same ink, such as the second voice of a unison.
    """

    name: str
    points: FloatArray
    number: int = 0
    staff: int | None = None
    shared: tuple[int, ...] = ()

    @property
    def centre(self) -> FloatArray:
        """The middle of the upright hull, float64 (2,)."""
        middle: FloatArray = (self.points.min(0) + self.points.max(0)) / 2
        return middle


class Labeller:
    """Labels one page.

    Attributes:
        staves: the staves of the page.
        score: the music, with the elements by number.
        specimens: the outlines of the page's font.
        marks: what was found so far, in drawing order.
        heads: the marks of the noteheads of every chord.
        system_edges: the lines at the left edge, by system.
        octave_signs: signs of octave lines whose line is still to come.
        volta_pieces, bracket_pieces: what is put together when all of it is known.
        unknown: what no class stands for, counted by kind of element.
    """

    def __init__(self, staves: StaffRows, score: MuseScore, specimens: Specimens) -> None:
        self.staves = staves
        self.score = score
        self.specimens = specimens
        self.marks: list[Mark] = []
        self.heads: dict[etree._Element, list[Mark]] = {}
        self.system_edges: dict[int, list[Leaf]] = {}
        self.octave_signs: list[Leaf] = []
        self.volta_pieces: list[Leaf] = []
        self.bracket_pieces: list[Leaf] = []
        self.unknown: Counter[str] = Counter()

    def label(self, leaves: Iterable[Leaf], handlers: Mapping[str, Handler]) -> list[Mark]:
        """Label all leaves: those of one element, or of one kind without numbers, one after the other."""
        groups = list(_runs(leaves))
        for group in sorted(groups, key=lambda leaves: leaves[0].kind != "Note"):  # the others ask where the heads are
            handler = handlers.get(group[0].kind)
            if handler is None:
                self.miss(group)
            else:
                handler(self, group)
        return self.marks

    def add(self, name: str, leaves: Sequence[Leaf]) -> None:
        """Add one mark over all of `leaves`."""
        if leaves:
            self.put(name, joined(leaves), leaves[0].number)

    def each(self, name: str, leaves: Iterable[Leaf]) -> None:
        """Add one mark for each of `leaves`."""
        for leaf in leaves:
            self.add(name, [leaf])

    def put(self, name: str, points: FloatArray, number: int, *, staff: int | None = None) -> Mark:
        """Add one mark over `points`, page px; its staff is the given one, that of its element, or the nearest."""
        middle = (points.min(0) + points.max(0)) / 2
        where = next((row for row in (staff, self.staff_of(number)) if row is not None), self.staves.nearest(middle))
        mark = Mark(name, points, number, where)
        self.marks.append(mark)
        return mark

    def miss(self, leaves: Iterable[Leaf]) -> None:
        """Count leaves that stay without a label."""
        for leaf in leaves:
            self.unknown[f"{leaf.kind}:{'line' if leaf.line else 'outline'}"] += 1

    def glyphs(self, leaf: Leaf) -> list[Glyph | None]:
        """Return the glyphs that an outline is made of."""
        return self.specimens.glyphs(leaf)

    def named(self, leaves: Iterable[Leaf], name_of: Callable[[Leaf, Glyph], str | None]) -> None:
        """Add one mark for each glyph that `name_of` knows, and miss the others."""
        for leaf in leaves:
            for glyph in [None] if leaf.line else self.glyphs(leaf):
                name = None if glyph is None else name_of(leaf, glyph)
                if glyph is None or name is None:
                    self.miss([leaf])
                else:
                    self.put(name, glyph.points, leaf.number)

    def element(self, number: int, tag: str) -> etree._Element | None:
        """Return the element of a number, or the nearest one around it, whose tag is `tag`."""
        return self.score.within(number, tag)

    def staff_of(self, number: int) -> int | None:
        """Return the row of the staff on which the element of a number is drawn, None without a number."""
        place = self.score.place_of(number)
        return None if place is None else self.staves.row_of(*place)

    def lies_above(self, leaves: Sequence[Leaf]) -> bool:
        """Tell whether a sign lies above the heads of its chord, or above its staff where it has none."""
        middle = joined(leaves).mean(0)
        chord = self.element(leaves[0].number, "Chord")
        heads = [] if chord is None else self.heads.get(chord, [])
        if heads:
            return bool(middle[1] < np.mean([head.centre[1] for head in heads]))
        row = self.staves.nearest(middle)
        return row is None or bool(middle[1] < self.staves.rows[row].staff.ys_px[2].mean())

    def is_small(self, glyph: Glyph, staff: int | None) -> bool:
        """Tell whether a glyph is drawn below the size of its staff."""
        return glyph.size < _SMALL * (1.0 if staff is None else self.staves.size(staff))


Handler = Callable[[Labeller, list[Leaf]], None]


def _runs(leaves: Iterable[Leaf]) -> Iterator[list[Leaf]]:
    """Split the leaves where the kind or the number changes."""
    run: list[Leaf] = []
    for leaf in leaves:
        if run and (leaf.kind, leaf.number) != (run[-1].kind, run[-1].number):
            yield run
            run = []
        run.append(leaf)
    if run:
        yield run


def lines_of(leaves: Sequence[Leaf], gap_px: float) -> list[list[Leaf]]:
    """Return pieces of words that stand on one line near each other as one group each, in drawing order."""
    lines: list[list[Leaf]] = []
    for leaf in leaves:
        if lines and _goes_on(joined(lines[-1]), leaf.points, gap_px):
            lines[-1].append(leaf)
        else:
            lines.append([leaf])
    return lines


def _goes_on(line: FloatArray, points: FloatArray, gap_px: float) -> bool:
    (x0, y0), (x1, y1) = line.min(0), line.max(0)
    (left, top), (right, bottom) = points.min(0), points.max(0)
    shared = min(y1, bottom) - max(y0, top)
    return bool(shared > 0.3 * min(y1 - y0, bottom - top) and left < x1 + gap_px and right > x0 - gap_px)


def characters(contours: Sequence[FloatArray], count: int) -> list[FloatArray] | None:
    """Return the points of each of `count` characters of a word, by the gaps between them; None where they touch."""
    groups: list[FloatArray] = []
    for contour in sorted(contours, key=lambda one: float(one[:, 0].min())):
        if groups and contour[:, 0].min() < groups[-1][:, 0].max():
            groups[-1] = np.concatenate([groups[-1], contour])
        else:
            groups.append(contour)
    return groups if len(groups) == count else None
