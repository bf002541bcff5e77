"""Readings of pages to a score: the one public entrance of this room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from notation.graph import NotationGraph
from notation.page import Reading
from notation.score import Issue, Part, Score, Time
from reconstruction.bar_rhythm import BarRhythm, part_tasks, read_bar
from reconstruction.chords import Chord, measure_leads
from reconstruction.cues import mark_cues
from reconstruction.endings import mark_endings
from reconstruction.graph_builder import build_graph
from reconstruction.issues import lost_links, parts_differ, unused_signs
from reconstruction.key_vote import settle_keys
from reconstruction.measure_builder import MeasureBuilder, Place
from reconstruction.measures import Bar
from reconstruction.meter import guess_time
from reconstruction.octave_clefs import HeadClef, settle_octaves
from reconstruction.page import Page, read_page
from reconstruction.page_links import PageLinks
from reconstruction.parts import Slot, agreed_braces, match_parts, system_slots
from reconstruction.rhythm import BarTask
from reconstruction.systems import System
from reconstruction.timeline import StaffKey, Timeline, courtesy_time, key_header, signs_of_bar
from reconstruction.tuplets import settle_normals

#: Bars of single parts that are looked at to guess the meter.
MOST_GUESS_BARS = 20


@dataclass(frozen=True, slots=True)
class ReadBar:
    """A bar of a system and how well it adds up: 0 where all does, see `reconstruction.rhythm` for the prices.

    Edges are barlines and the outer lines of the outer staves, in pixels of the page; `page` counts from 0.
    """

    page: int
    x0_px: float
    x1_px: float
    top_px: float
    bottom_px: float
    space_px: float
    cost: float


@dataclass(slots=True)
class Assembly:
    """What was read: the score, one graph a page over the rows of that page's symbols, and the bars of all systems."""

    score: Score
    graphs: list[NotationGraph] = field(default_factory=list)
    bars: list[ReadBar] = field(default_factory=list)


@dataclass(slots=True)
class _Line:
    """One system with the part and staff number of each of its page staves."""

    page: Page
    system: System
    bars: list[Bar]
    key_of: dict[int, StaffKey]
    keys: dict[int, int] = field(default_factory=dict)  # fifths by part at the head of the system


def assemble(readings: Sequence[Reading]) -> Assembly:
    """Join the pages of one piece, in order, to a score; strange music becomes `Score.issues`, nothing is raised."""
    pages = [read_page(reading, index) for index, reading in enumerate(readings)]
    for page in pages:
        measure_leads(page.chords, page.accidentals)
    mark_endings(pages)
    score = Score()
    lines = _lines(pages, score)
    graphs = [build_graph(page) for page in pages]
    builder = MeasureBuilder(score, [PageLinks(page, graph) for page, graph in zip(pages, graphs, strict=True)])
    bars = _read_lines(lines, builder)
    builder.finish()
    for page in pages:
        if not page.sheet.staves:
            score.issues.append(Issue("no-staves", "no staff was found on the page", page.sheet.page))
        score.issues += lost_links(page)
        score.issues += unused_signs(page, builder.used[page.sheet.page])
    return Assembly(score, graphs, bars)


def _lines(pages: list[Page], score: Score) -> list[_Line]:
    """All systems of all pages with their staves matched to parts; fills `score.parts` and `score.groups`."""
    pairs = ((page, system, bars) for page in pages for system, bars in zip(page.systems, page.bars, strict=True))
    found = [one for one in pairs if one[2]]
    systems = [system for _, system, _ in found]
    braces = agreed_braces(systems)
    layouts = [system_slots(system, braces[len(system.staves)], _clef_names(page, system)) for page, system, _ in found]
    widths, matched = match_parts(layouts)
    score.parts = [Part(f"P{index + 1}", staves=width) for index, width in enumerate(widths)]
    sizes = Counter(len(system.staves) for system in systems)
    lines = []
    for (page, system, bars), slots, parts in zip(found, layouts, matched, strict=True):
        lines.append(_Line(page, system, bars, _keys(slots, parts)))
        if len(system.staves) != sizes.most_common(1)[0][0]:
            score.issues.append(parts_differ(page.sheet.page, system, sizes))
    score.groups = _groups(lines, layouts, matched)
    return lines


def _clef_names(page: Page, system: System) -> dict[int, str]:
    return {row: page.signs[row].clefs[0].clef.sign for row in system.staves if page.signs[row].clefs}


def _keys(slots: list[Slot], parts: list[int]) -> dict[int, StaffKey]:
    return {
        row: (part, number)
        for slot, part in zip(slots, parts, strict=True)
        for number, row in enumerate(slot.staves, start=1)
    }


def _groups(lines: list[_Line], layouts: list[list[Slot]], matched: list[list[int]]) -> list[tuple[int, int, str]]:
    """Brackets, and braces over several parts, of the fullest system."""
    if not lines:
        return []
    fullest = max(lines, key=lambda line: len(line.key_of))
    groups = []
    for kind, spans in (("bracket", fullest.system.brackets), ("brace", fullest.system.braces)):
        for first, last in spans:
            staves = fullest.system.staves
            ends = fullest.key_of[staves[first]][0], fullest.key_of[staves[last]][0]
            if ends[0] < ends[1]:
                groups.append((*ends, kind))
    return groups


def _read_lines(lines: list[_Line], builder: MeasureBuilder) -> list[ReadBar]:
    """Read the bars in order, with clef, key and meter carried along."""
    read: list[ReadBar] = []
    timeline = Timeline()
    _settle_headers(lines)
    first_time = _opening_time(lines)
    index = 0
    courtesy: Time | None = None
    for line in lines:
        lasts = [bar.x1 for bar in line.bars[-1:]]
        for number, bar in enumerate(line.bars):
            is_first = number == 0
            is_last = bar is line.bars[-1]
            signs = signs_of_bar(line.page, line.system, bar, is_first, is_last, line.key_of, index == 0)
            if is_first:
                signs.keys = line.keys
            stated = signs.time or (courtesy if is_first else None) or (first_time if index == 0 else None)
            time = timeline.take_time(stated, stated=True)
            rhythm = _rhythm(line, bar, timeline.time, index == 0 or _after_break(bar), builder)
            if index == 0 and signs.time is None:
                builder.issue("meter-missing", "the meter was taken from the lengths of the bars", line.page.sheet.page)
            place = Place(line.page, line.system, bar, line.key_of, is_first, index == 0)
            builder.add_bar(place, signs, rhythm, timeline, time)
            read.append(_read_bar(line, bar, rhythm.cost))
            index += 1
        courtesy = courtesy_time([line.page.signs[row] for row in line.system.staves], lasts[0])
    return read


def _read_bar(line: _Line, bar: Bar, cost: float) -> ReadBar:
    sheet = line.page.sheet
    staves = [sheet.staves[row] for row in line.system.staves]
    top, bottom = (float(pick(staff.ys_px)) for pick, staff in ((np.min, staves[0]), (np.max, staves[-1])))
    return ReadBar(sheet.page, bar.x0, bar.x1, top, bottom, sheet.space_px, cost)


def _settle_headers(lines: list[_Line]) -> None:
    headers = [key_header(line.page, line.system, line.bars, line.key_of) for line in lines]
    for line, keys in zip(lines, settle_keys(headers), strict=True):
        line.keys = keys
    for key in sorted({key for line in lines for key in line.key_of.values()}):
        settle_octaves([head for line in lines for head in _head_clefs(line, key)])


def _head_clefs(line: _Line, key: StaffKey) -> list[HeadClef]:
    """The clef at the head of a staff; none where symbols are exact, or where the staff is not in the system."""
    sheet = line.page.sheet
    rows = [row for row, one in line.key_of.items() if one == key and line.page.signs[row].clefs]
    if sheet.exact or not rows:
        return []
    clefs = line.page.signs[rows[0]].clefs
    digits = [sheet.glyphs[row].score for row in clefs[0].rows[1:]]
    return [HeadClef(clefs[0], max(digits, default=0.0), len(clefs) == 1)]


def _after_break(bar: Bar) -> bool:
    """A bar beside a double, final or repeat barline may be split or a pick-up."""
    return any(edge is not None and edge.kinds != ("light",) for edge in (bar.left, bar.right))


def _chords_of(line: _Line, bar: Bar) -> list[Chord]:
    return [one for one in line.page.chords if one.staff in line.key_of and bar.x0 <= one.x < bar.x1]


def _rhythm(line: _Line, bar: Bar, time: Time | None, may_be_short: bool, builder: MeasureBuilder) -> BarRhythm:
    part_of = {row: part for row, (part, _) in line.key_of.items()}
    length = time.length_ql if time is not None else None
    known = any(chord.tuplet_marked for chord in line.page.chords)
    chords = _chords_of(line, bar)
    mark_cues(chords, line.page.graces, length)
    settle_normals(chords, time)
    return read_bar(chords, part_of, line.page.sheet.space_px, length, may_be_short, known)


def _opening_time(lines: list[_Line]) -> Time | None:
    """The meter of the first bar where none is printed: what the bars before the first printed one fit best."""
    found: list[tuple[BarTask, Sequence[Chord]]] = []
    for line in lines:
        part_of = {row: part for row, (part, _) in line.key_of.items()}
        for number, bar in enumerate(line.bars):
            is_last = bar is line.bars[-1]
            opening = line is lines[0] and number == 0
            signs = signs_of_bar(line.page, line.system, bar, number == 0, is_last, line.key_of, opening)
            if signs.time is not None or len(found) >= MOST_GUESS_BARS:
                return guess_time(found)
            chords = _chords_of(line, bar)
            mark_cues(chords, line.page.graces, None)
            found += part_tasks(chords, part_of, line.page.sheet.space_px, _after_break(bar))
    return guess_time(found)
