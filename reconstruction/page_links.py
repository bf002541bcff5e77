"""`PageLinks`: what the bars of one page look up, gathered once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from notation.graph import NotationGraph
from reconstruction.chord_signs import link_arpeggios, link_fingerings
from reconstruction.directions import Mark, read_marks
from reconstruction.events import beam_users
from reconstruction.links import Stem
from reconstruction.marks import link_marks
from reconstruction.page import Page
from reconstruction.pitch import OctaveLine, octave_lines
from reconstruction.sheet import Glyph


@dataclass(slots=True)
class PageLinks:
    """What the bars of one page look up."""

    page: Page
    graph: NotationGraph
    users: dict[int, list[Stem]] = field(default_factory=dict)
    octaves: list[OctaveLine] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    chord_marks: dict[int, list[Glyph]] = field(default_factory=dict)
    fingerings: defaultdict[int, list[Glyph]] = field(default_factory=lambda: defaultdict(list))  # by head row
    tie_from: dict[int, int] = field(default_factory=dict)  # right head row -> left head row
    tie_starts: set[int] = field(default_factory=set)
    tie_stops: set[int] = field(default_factory=set)
    open_left: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        page = self.page
        self.users = beam_users(page.stems)
        self.octaves = octave_lines(page.sheet)
        self.marks = read_marks(page.sheet, self.octaves)
        found: dict[int, list[Glyph]] = defaultdict(list)
        for chord, mark in link_marks(page.sheet, page.chords, "artic", "fermata", "strings", "ornament", "breathMark"):
            found[id(chord)].append(mark)
        for chord, line in link_arpeggios(page.sheet, page.chords):
            found[id(chord)].append(line)
        self.chord_marks = found
        for head, digit in link_fingerings(page.sheet, page.chords):
            self.fingerings[head.glyph.row].append(digit)
        self.tie_from = {right.glyph.row: left.glyph.row for _, left, right in page.ties.pairs}
        self.tie_starts = {left.glyph.row for _, left, _ in page.ties.pairs}
        self.tie_starts |= {head.glyph.row for _, head in page.ties.open_right}
        self.open_left = {head.glyph.row for _, head in page.ties.open_left}
        self.tie_stops = set(self.tie_from) | self.open_left
