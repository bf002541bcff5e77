"""Strips of engraved pages with their LMX: whole pages are drawn, so neighbours, lyrics and slurs are there too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import verovio
from lxml import etree

from notation import boxes as geometry
from notation.errors import FormatError
from notation.graph import NotationGraph
from notation.page import LabelledPage, Reading
from notation.staff import LINE_COUNT, Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from realscores_eval.lmx.events import Part
from realscores_eval.lmx.linearise import tokens_of
from realscores_eval.lmx.reader import read_parts
from realscores_eval.staff_lmx.single_staff import lines_of, staffs_of
from realscores_eval.staff_lmx.staff_strip import staff_strip, strip_x
from realscores_eval.staff_lmx.strip_file import Strip
from realscores_eval.systems.mei_reader import mei_parts
from scoreaug.recipes import TRAINING, recipe
from synth import excerpt
from synth.rasteriser import Rasteriser
from synth.sources import is_musicxml
from synth.style import Style, random_style
from synth.verovio_engraver import options_of

_SVG = "{http://www.w3.org/2000/svg}"
#: Staff spaces of the drawn pages: those of scans at 100 to 150 dpi, all above the strip's own.
_SPACE_PX = (8.0, 11.5)
#: Share of the pages that a training recipe of ScoreAug wears.
WORN_SHARE = 0.4
#: Notes of an excerpt: one or two pages.
_NOTES = 500


@dataclass(frozen=True)
class _Row:
    """One staff of one system: its number in the score, its lines, where its measures begin and how many they are."""

    system: int
    number: int
    staff: Staff
    starts_px: tuple[float, ...]


def engraved_strips(
    text: str, rng: np.random.Generator, source: str = "", worn_share: float = WORN_SHARE
) -> Iterator[Strip]:
    """Engrave an excerpt of a piece in a random style and yield its staves.

    Args:
        text: MusicXML, MEI or kern.
        worn_share: share of the pages that a training recipe of ScoreAug wears.

    Raises:
        FormatError: Verovio cannot read the text, or measures cannot be told.
    """
    style = _style(rng)
    text = _random_excerpt(text, rng) if is_musicxml(text) else text
    toolkit = _loaded(text, style)
    svgs = [etree.fromstring(toolkit.renderToSVG(page).encode()) for page in range(1, toolkit.getPageCount() + 1)]
    parts = read_parts(text) if is_musicxml(text) else mei_parts(toolkit.getMEI())
    staffs = staffs_of(parts)
    systems = [_lengths(svg) for svg in svgs]
    lengths = [sum(bars) for page in systems for bars in page]
    if not staffs or sum(lengths) != len(staffs[0].measures):
        raise FormatError("measures of the drawing and of the score differ")
    lines = [lines_of(staff, lengths) for staff in staffs]
    pages = _chosen(len(svgs), rng) if not is_musicxml(text) else range(len(svgs))
    for at in pages:
        before = sum(len(page) for page in systems[:at])
        drawn = _drawn_page(svgs[at], style, len(lines))
        if drawn is not None:
            rows, page = drawn
            page = _worn(page, rng) if rng.random() < worn_share else page
            yield from _page_strips(page, rows, [one[before:] for one in lines], source)


def _page_strips(page: LabelledPage, rows: list[_Row], lines: list[list[Part]], source: str) -> Iterator[Strip]:
    """Iterate over the staves of a page; `lines` hold of each staff of the score the lines from this page on."""
    for index, row in enumerate(rows):
        line = lines[row.number - 1][row.system]
        staff = page.reading.staves[index]
        starts = sorted(_bar_columns(page, index))
        if len(starts) != len(line.measures) + 1:  # rests of several bars, and what was worn away
            continue
        bars = tuple(round(float(x), 1) for x in strip_x(staff, np.array(starts)))
        yield Strip(staff_strip(page.image, staff), bars, tuple(tokens_of([line])), source)


def _style(rng: np.random.Generator) -> Style:
    style = random_style(rng)
    style = style.scaled(float(rng.uniform(*_SPACE_PX)) / style.staff_space_px)
    options = dict(style.options) | {
        "spacingLinear": style.options["spacingLinear"] * float(rng.choice((0.6, 1.0, 1.4)))
    }
    return replace(style, options=MappingProxyType(options))


def _loaded(text: str, style: Style) -> Any:
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(options_of(style))
    toolkit.resetXmlIdSeed(style.seed)
    if not toolkit.loadData(text) or toolkit.getPageCount() < 1:
        raise FormatError("Verovio cannot read this text as music")
    return toolkit


def _random_excerpt(text: str, rng: np.random.Generator) -> str:
    counts = excerpt.note_counts(text)
    first = int(rng.integers(0, max(1, len(counts) - 8))) if rng.random() < 0.8 else 0
    last = excerpt.window(counts, first, _NOTES)
    return excerpt.measures(text, first, last, half_ties=True)


def _chosen(count: int, rng: np.random.Generator) -> list[int]:
    return sorted(rng.choice(count, size=min(4, count), replace=False).tolist())


def _lengths(svg: etree._Element) -> list[list[int]]:
    """Return the bars of each measure group of each system."""
    return [[_bars(measure) for measure in _groups(system, "measure")] for system in _groups(svg, "system")]


def _groups(root: etree._Element, kind: str) -> Iterator[etree._Element]:
    return (group for group in root.iter(f"{_SVG}g") if group.get("class", "").split()[:1] == [kind])


def _bars(measure: etree._Element) -> int:
    rest = next(_groups(measure, "multiRest"), None)
    return 1 if rest is None else int(rest.get("data-num", 1))


def _rows(svg: etree._Element, style: Style) -> Iterator[_Row]:
    """Iterate over the staves of a page; systems with octave lines are left out, where notes stand elsewhere."""
    scale = 1 / _units_per_px(svg, style)
    dx, dy = _margin(svg)
    for system, group in enumerate(_groups(svg, "system")):
        if next(_groups(group, "octave"), None) is not None:
            continue
        pieces: dict[int, list[tuple[float, float, list[float]]]] = {}
        for staff in _groups(group, "staff"):
            found = _line_piece(staff)
            if found is not None:
                pieces.setdefault(int(staff.get("data-n", 0)), []).append(found)
        for number, found_pieces in pieces.items():
            starts = sorted((x0 + dx) * scale for x0, _, _ in found_pieces)
            end = (max(x1 for _, x1, _ in found_pieces) + dx) * scale
            ys = [(y + dy) * scale for y in found_pieces[0][2]]
            traced = Staff.straight(starts[0], end, ys[0], (ys[-1] - ys[0]) / (LINE_COUNT - 1))
            yield _Row(system, number, traced, (*starts, end))


def _units_per_px(svg: etree._Element, style: Style) -> float:
    inner = next(one for one in svg.iter(f"{_SVG}svg") if one.get("class") == "definition-scale")
    return float(inner.get("viewBox", "").split()[2]) / style.width_px


def _margin(svg: etree._Element) -> tuple[float, float]:
    group = next(one for one in svg.iter(f"{_SVG}g") if one.get("class") == "page-margin")
    words = group.get("transform", "translate(0, 0)").removeprefix("translate(").rstrip(")").split(",")
    return float(words[0]), float(words[1])


def _line_piece(staff: etree._Element) -> tuple[float, float, list[float]] | None:
    """Return left end, right end and heights of the five lines that a staff group draws."""
    found = []
    for path in staff.iterchildren(f"{_SVG}path"):
        words = path.get("d", "").replace("M", " ").replace("L", " ").replace(",", " ").split()
        if len(words) == 4:
            found.append([float(word) for word in words])
    if len(found) != LINE_COUNT:
        return None
    return found[0][0], found[0][2], sorted(one[1] for one in found)


def _drawn_page(svg: etree._Element, style: Style, staves: int) -> tuple[list[_Row], LabelledPage] | None:
    """Return the staves of a page and the page in pixels; None where it has none.

    Where measures begin stands in the page as barlines, so that wear moves them along.
    """
    rows = [row for row in _rows(svg, style) if row.number <= staves]
    if not rows:
        return None
    rasteriser = Rasteriser(style.text_family, style.font, style.font_folder, style.text_files)
    for element in svg.iter(etree.Element):
        for attribute in ("color", "fill", "stroke"):
            if element.get(attribute, "none") not in ("none", "currentColor", "black"):
                element.set(attribute, "black")
    image = rasteriser.grey(etree.tostring(svg, encoding="unicode"))
    boxes = [_bar_box(x, row.staff) for row in rows for x in row.starts_px]
    ids = [vocabulary().id_of("barlineSingle")] * len(boxes)
    symbols, _ = Symbols.of(boxes, ids, width_px=image.shape[1], height_px=image.shape[0])
    reading = Reading(symbols, tuple(row.staff for row in rows))
    return rows, LabelledPage(image, reading, NotationGraph(len(symbols)))


def _bar_box(x_px: float, staff: Staff) -> Any:
    top, bottom = staff.ys_px[0, 0], staff.ys_px[-1, 0]
    return geometry.from_upright([x_px - 1, top, x_px + 1, bottom])[0]


def _worn(page: LabelledPage, rng: np.random.Generator) -> LabelledPage:
    wear = recipe(str(rng.choice(sorted(TRAINING))))
    return wear(page, rng, float(rng.uniform(0.3, 1.0)))


def _bar_columns(page: LabelledPage, index: int) -> list[float]:
    """Return where the measures of a staff begin and the last one ends, page px."""
    staff = page.reading.staves[index]
    centres = page.reading.symbols.boxes[:, :2]
    if not len(centres):
        return []
    near = np.abs(staff.position_at(centres[:, 0], centres[:, 1])) < 1.5
    return [float(x) for x in centres[near, 0]]
