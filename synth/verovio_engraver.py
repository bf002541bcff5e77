"""Engraves MusicXML, MEI or kern with Verovio into pages whose every symbol is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import verovio
from lxml import etree

from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.errors import FormatError
from notation.graph import NotationGraph
from notation.page import LabelledPage, Reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from synth.mei import MeiScore
from synth.rasteriser import line_boxes, rasterise, text_lines
from synth.sources import is_musicxml
from synth.style import Style
from synth.svg_geometry import page_ink
from synth.verovio_graces import grace_marks
from synth.verovio_graph import add_graph
from synth.verovio_labels import Labeller, Mark
from synth.verovio_pages import page_scores
from synth.verovio_staves import StaffRows

#: Classes whose ink is a slanted line or a bow: their box is the rectangle of least area, all others stand upright.
ORIENTED = frozenset(
    (
        "beam", "slur", "tie", "dynamicCrescendoHairpin", "dynamicDiminuendoHairpin", "tupletBracket", "glissando",
        "graceNoteSlash",
    )
)  # fmt: skip
#: Attributes of the music that labels need beside the picture.
_ATTRIBUTES = ["staff@n", "multiRest@num", "note@staff", "chord@staff", "rest@staff", "note@grace", "chord@grace", "barLine@form", "octave@dis.place"]


def engrave(text: str, style: Style, piece: str = "", pages: Callable[[int], range] | None = None) -> list[LabelledPage]:
    """Engrave music and return its pages with exact truth.

    Args:
        text: MusicXML, MEI or kern.
        style: how to engrave it.
        piece: identifies the piece in the pages.
        pages: tells from the number of pages which ones are wanted, counted from 1; all of them if None.

    Raises:
        FormatError: Verovio cannot read the text, or it holds no music.
    """
    toolkit = _loaded(text, style)
    svgs = [toolkit.renderToSVG(n + 1) for n in range(toolkit.getPageCount())]
    scores = page_scores(text, svgs) if is_musicxml(text) else [None] * len(svgs)
    wanted = range(1, len(svgs) + 1) if pages is None else pages(len(svgs))
    music = MeiScore(toolkit.getMEI())
    return [_page(svgs[n - 1], scores[n - 1], music, style, piece, n) for n in wanted]


def _loaded(text: str, style: Style) -> Any:
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions(options_of(style))
    toolkit.resetXmlIdSeed(style.seed)
    if not toolkit.loadData(text) or toolkit.getPageCount() < 1:
        raise FormatError("Verovio cannot read this text as music")
    return toolkit


def options_of(style: Style) -> dict[str, Any]:
    """Return the options of Verovio for a style: at scale 100 its unit, half a staff space, is a length in px."""
    left, right, top, bottom = style.margin_px
    fixed = {
        "scale": 100, "unit": style.staff_space_px / 2, "pageWidth": style.width_px, "pageHeight": style.height_px,
        "pageMarginLeft": left, "pageMarginRight": right, "pageMarginTop": top, "pageMarginBottom": bottom,
        "font": style.font, "footer": "none", "dynamSingleGlyphs": True, "smuflTextFont": "none",
        "xmlIdSeed": style.seed, "svgFormatRaw": True, "svgAdditionalAttribute": _ATTRIBUTES, "condense": "none",
    }  # fmt: skip
    return dict(style.options) | fixed


def _page(svg: str, musicxml: str | None, music: MeiScore, style: Style, piece: str, number: int) -> LabelledPage:
    root = etree.fromstring(svg.encode())
    inks = list(page_ink(root))
    staves = StaffRows(inks, style.staff_space_px)
    labeller = Labeller(staves, _heavy_px(style))
    marks = labeller.label(inks)
    marks = [*_with_text(root, marks, style), *grace_marks(marks), *_staff_marks(staves)]
    image = rasterise(svg, style.text_family)
    height, width = image.shape
    symbols, order = _symbols(marks, width, height)
    graph = NotationGraph(len(symbols))
    add_graph(graph, marks, {marks[old]: new for new, old in enumerate(order.tolist())}, music, staves)
    reading = Reading(symbols, tuple(row.staff for row in staves.rows))
    notes = {"engraver": "verovio", "font": style.font, "seed": str(style.seed)}
    notes |= {"unlabelled": _remark(labeller.unknown)} if labeller.unknown else {}
    return LabelledPage(image, reading, graph, musicxml, piece, number, notes)


def _remark(unknown: Counter[str]) -> str:
    return " ".join(f"{name}={count}" for name, count in sorted(unknown.items()))


def _heavy_px(style: Style) -> float:
    """Return the line width that tells a heavy barline from a thin one: half way between the two options."""
    thin = style.options.get("barLineWidth", 0.3)
    heavy = style.options.get("thickBarlineThickness", 1.0)
    return float(thin + heavy) / 2 * style.staff_space_px / 2


def _symbols(marks: list[Mark], width_px: int, height_px: int) -> tuple[Symbols, IntArray]:
    names = vocabulary()
    rows = [_box(mark) for mark in marks]
    ids = [names.id_of(mark.name) for mark in marks]
    symbols, order = Symbols.of(
        np.array(rows).reshape(-1, 5), ids, width_px=width_px, height_px=height_px,
        comments=[_comment(mark) for mark in marks],
    )  # fmt: skip
    return symbols, order


def _box(mark: Mark) -> FloatArray:
    if mark.name in ORIENTED:
        return geometry.min_area_box(mark.points)
    low, high = mark.points.min(0), mark.points.max(0)
    return geometry.from_upright([*low, *high])[0]


def _comment(mark: Mark) -> str:
    return "".join(f"{key}:{value};" for key, value in mark.notes.items())


def _with_text(root: etree._Element, marks: list[Mark], style: Style) -> Iterator[Mark]:
    """Give marks of words their ink: one mark a printed line; marks with lines and words become one."""
    texts = [ink.element for mark in marks for ink in mark.inks if ink.shape == "text"]
    lines = dict(zip(texts, text_lines(texts), strict=True))
    flat = [line for text in texts for line in lines[text]]
    boxes = iter(line_boxes(root, flat, style.text_family))
    for mark in marks:
        if all(ink.shape != "text" for ink in mark.inks):
            yield mark
            continue
        found = [next(boxes) for ink in mark.inks if ink.shape == "text" for _ in lines[ink.element]]
        corners = [box.reshape(2, 2) for box in found if box is not None]
        if len(mark.points):
            yield Mark(mark.name, np.concatenate([mark.points, *corners]), mark.group, mark.inks, mark.staff, mark.notes)
        else:
            for points in corners:
                yield Mark(mark.name, points, mark.group, mark.inks, mark.staff, mark.notes)


def _staff_marks(staves: StaffRows) -> Iterator[Mark]:
    for index, row in enumerate(staves.rows):
        half = row.lines_px[:, 1] / 2
        top, bottom = (row.lines_px[:, 0] - half).min(), (row.lines_px[:, 0] + half).max()
        points = np.array([[row.staff.x0_px, top], [row.staff.x1_px, bottom]])
        yield Mark("staff", points, row.inks[0].group, tuple(row.inks), index)

