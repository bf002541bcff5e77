"""One page that Verovio drew: from its SVG to pixels, symbols, staves and graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from lxml import etree

from notation import boxes as geometry
from notation.boxes import FloatArray, IntArray
from notation.deepscores import format_comments
from notation.graph import NotationGraph
from notation.page import LabelledPage, Reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from synth.masks import InstanceMask, instance_mask
from synth.mei import MeiScore
from synth.music_font import outline
from synth.rasteriser import Rasteriser, line_boxes, text_lines
from synth.style import Style
from synth.svg_geometry import page_ink
from synth.verovio_graces import grace_marks
from synth.verovio_graph import add_graph
from synth.verovio_labels import handlers
from synth.verovio_marks import Labeller, Mark
from synth.verovio_staves import StaffRows

#: Classes whose ink is a slanted line or a bow: their box is the rectangle of least area, all others stand upright.
ORIENTED = frozenset(
    (
        "beam", "slur", "tie", "tupletBracket", "glissando",
        "graceNoteSlash",
    )
)  # fmt: skip
_COMPOSITE = ("graceNoteAcciaccatura", "graceNoteAppoggiatura")


@dataclass(frozen=True, eq=False)
class DrawnPage:
    """A labelled page, its drawing, and the marks in the order of the page's symbols."""

    page: LabelledPage
    root: etree._Element
    marks: tuple[Mark, ...]
    rasteriser: Rasteriser

    def instances(self) -> InstanceMask:
        """Return which symbol every pixel belongs to; composite boxes of grace notes own no pixel."""
        owners: dict[etree._Element, list[tuple[int, FloatArray]]] = {}
        hulls = geometry.upright(self.page.reading.symbols.boxes)
        for row, mark in enumerate(self.marks):
            for element in {ink.element for ink in mark.inks} if not mark.name.startswith(_COMPOSITE) else ():
                owners.setdefault(element, []).append((row, hulls[row]))
        return instance_mask(self.root, owners, self.rasteriser)


def label_page(
    svg: str, music: MeiScore, style: Style, *, musicxml: str | None = None, piece: str = "", number: int = 1
) -> DrawnPage:
    """Return the labelled page of one SVG of Verovio."""
    root = _dressed(_as_printed(etree.fromstring(svg.encode())), style.finger_look)
    rasteriser = Rasteriser(style.text_family, style.font, style.font_folder, style.text_files)
    inks = list(page_ink(root))
    staves = StaffRows(inks, style.staff_space_px)
    labeller = Labeller(staves, _heavy_px(style), partial(outline, style.font, style.font_folder))
    marks = labeller.label(inks, handlers())
    marks = [*_with_text(root, marks, rasteriser), *grace_marks(marks), *_staff_marks(staves)]
    image = rasteriser.grey(etree.tostring(root, encoding="unicode"))
    symbols, order = _symbols(marks, image.shape[1], image.shape[0])
    marks = [marks[old] for old in order.tolist()]
    graph = NotationGraph(len(symbols))
    add_graph(graph, marks, {mark: row for row, mark in enumerate(marks)}, music, staves)
    symbols = replace(symbols, comments=tuple(_comment(graph, row) for row in range(len(symbols))))
    reading = Reading(symbols, tuple(row.staff for row in staves.rows))
    notes = {"engraver": "verovio", "font": style.font, "seed": str(style.seed)}
    notes |= {"unlabelled": _remark(labeller.unknown)} if labeller.unknown else {}
    page = LabelledPage(image, reading, graph, musicxml, piece, number, notes)
    return DrawnPage(page, root, tuple(marks), rasteriser)


def _as_printed(root: etree._Element) -> etree._Element:
    """Remove what editors add on screens: warning signs of the kern reader, and colours."""
    for group in [one for one in root.iter("{*}g") if "problem" in one.get("class", "").split()]:
        parent = group.getparent()
        if parent is not None:
            parent.remove(group)
    for element in root.iter(etree.Element):
        for attribute in ("color", "fill", "stroke"):
            if element.get(attribute, "none") not in ("none", "currentColor", "black"):
                element.set(attribute, "black")
    return root


def _dressed(root: etree._Element, look: tuple[tuple[str, str], ...]) -> etree._Element:
    """Give fingering digits another look; their boxes are measured from the ink later."""
    digits = [one for one in root.iter("{*}g") if one.get("class", "").split()[:1] == ["fing"]] if look else []
    for text in (text for group in digits for text in group.iter("{*}text", "{*}tspan")):
        for name, value in look:
            text.set(name, value)
    return root


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
    return Symbols.of(np.array(rows).reshape(-1, 5), ids, width_px=width_px, height_px=height_px)


def _box(mark: Mark) -> FloatArray:
    if mark.name in ORIENTED:
        return geometry.min_area_box(mark.points)
    upright: FloatArray = geometry.from_upright([*mark.points.min(0), *mark.points.max(0)])[0]
    return upright


def _comment(graph: NotationGraph, row: int) -> str:
    """Return instance colour, duration, staff position and onset in the manner of DeepScoresV2."""
    found = graph.nx.nodes[row]
    pairs = {"instance": f"#{row + 1:06x}", "duration": found.get("duration"), "rel_position": found.get("position")}
    pairs["onset"] = found.get("onset_ql")
    return format_comments({key: value for key, value in pairs.items() if value not in (None, "")})


def _with_text(root: etree._Element, marks: list[Mark], rasteriser: Rasteriser) -> Iterator[Mark]:
    """Give marks of words their ink: one mark a printed line; marks with lines and words become one."""
    texts = [ink.element for mark in marks for ink in mark.inks if ink.shape == "text"]
    lines = dict(zip(texts, text_lines(texts), strict=True))
    flat = [line for text in texts for line in lines[text]]
    boxes = iter(line_boxes(root, flat, rasteriser))
    for mark in marks:
        if all(ink.shape != "text" for ink in mark.inks):
            yield mark
            continue
        found = [next(boxes) for ink in mark.inks if ink.shape == "text" for _ in lines[ink.element]]
        corners = [box.reshape(2, 2) for box in found if box is not None]
        if len(mark.points):
            yield Mark(mark.name, np.concatenate([mark.points, *corners]), mark.group, mark.inks, mark.staff)
        else:
            for points in corners:
                yield Mark(mark.name, points, mark.group, mark.inks, mark.staff)


def _staff_marks(staves: StaffRows) -> Iterator[Mark]:
    for index, row in enumerate(staves.rows):
        half = row.lines_px[:, 1] / 2
        top, bottom = (row.lines_px[:, 0] - half).min(), (row.lines_px[:, 0] + half).max()
        points = np.array([[row.staff.x0_px, top], [row.staff.x1_px, bottom]])
        yield Mark("staff", points, row.inks[0].group, tuple(row.inks), index)
