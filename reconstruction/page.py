"""One page, from a reading to its systems, bars, signs and chords: all that does not depend on other pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from notation.page import Reading
from reconstruction.beam_levels import pass_levels_on, reach_next_stems
from reconstruction.chords import Chord, halve_tremolos, make_chords
from reconstruction.cleaning import leave_out_doubtful
from reconstruction.cues import boxed_graces
from reconstruction.heads import Head, read_heads
from reconstruction.links import Stem, link_beams, link_flags, link_stems, link_tremolos
from reconstruction.marks import link_accidentals, link_dots
from reconstruction.measures import Bar, find_bars
from reconstruction.sheet import Glyph, Sheet
from reconstruction.signs import StaffSigns, read_signs
from reconstruction.stray_keys import stray_accidentals
from reconstruction.systems import System, find_systems
from reconstruction.ties import Ties, link_ties
from reconstruction.tuplets import link_tuplets


@dataclass(slots=True)
class Page:
    """What one page shows. `bars[i]` belong to `systems[i]`; `signs[row]` to the staff of that row."""

    sheet: Sheet
    systems: list[System]
    bars: list[list[Bar]]
    signs: list[StaffSigns]
    heads: list[Head]
    stems: list[Stem]
    chords: list[Chord]
    accidentals: dict[int, Glyph]  # by the head's row
    dot_owners: dict[int, int]  # head or rest row by dot row
    ties: Ties
    graces: set[int] = field(default_factory=set)  # identities of chords that a grace sign stands on
    lost_digits: list[Glyph] = field(default_factory=list)


def read_page(reading: Reading, page: int) -> Page:
    """Run every stage that looks at one page only."""
    sheet = Sheet(reading, page)
    leave_out_doubtful(sheet)
    systems = find_systems(sheet)
    heads = read_heads(sheet)
    stems = link_stems(sheet, heads)
    link_beams(sheet, stems)
    if not sheet.exact:
        reach_next_stems(stems, sheet.space_px)
        pass_levels_on(stems, sheet.space_px)
    link_flags(sheet, stems)
    floating = link_tremolos(sheet, stems)
    chords = make_chords(sheet, heads, stems)
    halve_tremolos(sheet, chords, floating)
    dots = link_dots(sheet, chords)
    lost = link_tuplets(sheet, chords)
    bars = [find_bars(sheet, system) for system in systems]
    signs = [read_signs(sheet, staff) for staff in range(len(sheet.staves))]
    stray = stray_accidentals(sheet, systems, bars, signs, heads)
    return Page(
        sheet=sheet,
        systems=systems,
        bars=bars,
        signs=signs,
        heads=heads,
        stems=stems,
        chords=chords,
        accidentals=link_accidentals(sheet, heads, stray),
        dot_owners=dots,
        ties=link_ties(sheet, chords, _content_edges(systems, chords)),
        graces=boxed_graces(sheet, chords),
        lost_digits=lost,
    )


def _content_edges(systems: list[System], chords: list[Chord]) -> dict[int, tuple[float, float]]:
    edges = {}
    for system in systems:
        xs = [chord.x for chord in chords if chord.staff in system.staves]
        for staff in system.staves:
            edges[staff] = (min(xs), max(xs)) if xs else (system.x0_px, system.x1_px)
    return edges
