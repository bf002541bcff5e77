"""Engraves MusicXML with MuseScore 3 into pages whose symbols are known.

MuseScore writes for each drawn thing what kind of element it is. Its own score file is rewritten first so that every
element has a colour of its own, a number; so each drawn note, rest, stem or sign tells which element it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np
from lxml import etree

from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.errors import FormatError
from notation.graph import NotationGraph
from notation.page import LabelledPage, Reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from synth import excerpt
from synth.musescore_check import check_drawn, check_music
from synth.musescore_glyphs import specimens
from synth.musescore_graces import grace_marks
from synth.musescore_graph import add_graph
from synth.musescore_labels import handlers
from synth.musescore_lines import finish_lines
from synth.musescore_marks import Labeller, Mark
from synth.musescore_program import convert
from synth.musescore_score import MuseScore
from synth.musescore_staves import StaffRows, System
from synth.musescore_style import music_font, style_element
from synth.musescore_svg import page_leaves, rasterise, sized
from synth.style import Style

_ORIENTED = frozenset(("beam", "slur", "tie", "tupletBracket", "glissando", "graceNoteSlash"))
#: MuseScore writes the positions of bars in tenths of the units of its drawings.
_POSITION_UNIT = 0.1


def engrave(
    musicxml: str, style: Style, piece: str = "", pages: Callable[[int], range] | None = None
) -> list[LabelledPage]:
    """Engrave MusicXML and return its pages with exact truth.

    Args:
        musicxml: partwise MusicXML.
        style: how to engrave it, as far as MuseScore has the same choices.
        piece: identifies the piece in the pages.
        pages: tells from the number of pages which ones are wanted, counted from 1; all of them if None.

    Raises:
        ConfigurationError: MuseScore is not installed.
        FormatError: MuseScore cannot read the music or changes it, or draws something that no class stands for.
    """
    music = MuseScore(convert(musicxml, ".musicxml", [".mscx"])[".mscx"][0])
    check_music(musicxml, music)
    sheet = style_element(style, multi_rests="<multiple-rest" in musicxml)
    made = convert(music.numbered(sheet), ".mscx", [".svg", ".mpos"])
    svgs = made[".svg"]
    systems = _systems(made[".mpos"][0], music.bars, len(svgs))
    wanted = range(1, len(svgs) + 1) if pages is None else pages(len(svgs))
    return [_page(svgs[number - 1], music, style, systems[number - 1], musicxml, piece, number) for number in wanted]


def _systems(mpos: str, lengths: Sequence[int], page_count: int) -> list[list[System]]:
    """Return the systems of each page in MuseScore's drawing units.

    Raises:
        FormatError: MuseScore lists other bars than it draws.
    """
    bars = list(etree.fromstring(mpos.encode()).iter("element"))
    if len(bars) != len(lengths):
        raise FormatError(f"MuseScore placed {len(bars)} bars of {len(lengths)}")
    firsts = np.concatenate([[0], np.cumsum(lengths)])
    pages: list[list[System]] = [[] for _ in range(page_count)]
    numbers = range(len(bars))
    for (page, y), run in groupby(numbers, key=lambda i: (int(str(bars[i].get("page"))), float(str(bars[i].get("y"))))):
        members = list(run)
        height = float(str(bars[members[0]].get("sy")))
        place = range(int(firsts[members[0]]), int(firsts[members[-1] + 1]))
        pages[page].append(System(y * _POSITION_UNIT, (y + height) * _POSITION_UNIT, place))
    return pages


def _page(
    svg: str, music: MuseScore, style: Style, drawn_systems: list[System], musicxml: str, piece: str, number: int
) -> LabelledPage:
    root = sized(svg, style.width_px, style.height_px)
    leaves = page_leaves(root)
    scale = style.height_px / float(str(root.get("viewBox")).split()[3])
    systems = [System(one.top_px * scale, one.bottom_px * scale, one.bars) for one in drawn_systems]
    staves = StaffRows(leaves, systems, style.staff_space_px)
    labeller = Labeller(staves, music, specimens(music_font(style)))
    marks = labeller.label(leaves, handlers())
    finish_lines(labeller)
    check_drawn(labeller, music)
    marks = [*_once(marks), *grace_marks(marks, music), *_staff_marks(staves)]
    symbols, order = _symbols(marks, style)
    marks = [marks[old] for old in order.tolist()]
    graph = NotationGraph(len(symbols))
    add_graph(graph, marks, music, staves)
    reading = Reading(symbols, tuple(row.staff for row in staves.rows))
    notes = {"engraver": "musescore", "font": music_font(style), "seed": str(style.seed)}
    if labeller.unknown:
        notes["unlabelled"] = " ".join(f"{name}={count}" for name, count in sorted(labeller.unknown.items()))
    return LabelledPage(rasterise(root), reading, graph, _score(musicxml, systems), piece, number, notes)


def _score(musicxml: str, systems: Sequence[System]) -> str | None:
    """Return the MusicXML of the bars of a page, None for a page without music."""
    if not systems:
        return None
    first, last = systems[0].bars[0], systems[-1].bars[-1]
    starts = [system.bars[0] for system in systems]
    return excerpt.measures(musicxml, first, last, system_starts=starts, print_meter=first == 0)


def _once(marks: Sequence[Mark]) -> list[Mark]:
    """Leave out marks of one class on the same ink: two voices in unison print one notehead, two elements draw it."""
    kept: dict[tuple[object, ...], Mark] = {}
    for mark in marks:
        hull = np.round([*mark.points.min(0), *mark.points.max(0)]).tolist()
        first = kept.setdefault((mark.name, *hull), mark)
        if first is not mark and mark.number:
            first.shared += (mark.number,)
    return list(kept.values())


def _staff_marks(staves: StaffRows) -> list[Mark]:
    return [Mark("staff", row.points, staff=index) for index, row in enumerate(staves.rows)]


def _symbols(marks: Sequence[Mark], style: Style) -> tuple[Symbols, IntArray]:
    rows = np.array([_box(mark) for mark in marks]).reshape(-1, 5)
    ids = [vocabulary().id_of(mark.name) for mark in marks]
    return Symbols.of(rows, ids, width_px=style.width_px, height_px=style.height_px)


def _box(mark: Mark) -> FloatArray:
    if mark.name in _ORIENTED:
        return geometry.min_area_box(mark.points)
    box: FloatArray = geometry.from_upright([*mark.points.min(0), *mark.points.max(0)])[0]
    return box
