"""Engraves MusicXML, MEI or kern with Verovio into pages whose every symbol is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import verovio

from notation.errors import FormatError
from notation.page import LabelledPage
from synth.mei import MeiScore
from synth.sources import is_musicxml
from synth.style import Style
from synth.verovio_page import DrawnPage, label_page
from synth.verovio_pages import page_scores

#: Attributes of the music that labels need beside the picture.
_ATTRIBUTES = [
    "staff@n", "multiRest@num", "note@staff", "chord@staff", "rest@staff", "note@grace", "chord@grace", "barLine@form",
    "octave@dis.place",
]  # fmt: skip


def engrave(
    text: str, style: Style, piece: str = "", pages: Callable[[int], range] | None = None
) -> list[LabelledPage]:
    """Engrave music and return its pages with exact truth.

    Args:
        text: MusicXML, MEI or kern.
        style: how to engrave it.
        piece: identifies the piece in the pages.
        pages: tells from the number of pages which ones are wanted, counted from 1; all of them if None.

    Raises:
        FormatError: Verovio cannot read the text, or it holds no music.
    """
    return [drawn.page for drawn in draw(text, style, piece, pages)]


def draw(text: str, style: Style, piece: str = "", pages: Callable[[int], range] | None = None) -> Iterator[DrawnPage]:
    """Engrave as `engrave` does and yield the pages together with their drawing, from which masks can be made."""
    toolkit = _loaded(text, style)
    count = toolkit.getPageCount()
    numbers = range(1, count + 1)
    svgs: dict[int, str] = {}
    scores: dict[int, str | None] = {}
    if is_musicxml(text):  # where a page begins is known when all pages before it are
        svgs = {number: toolkit.renderToSVG(number) for number in numbers}
        scores = dict(zip(numbers, page_scores(text, list(svgs.values())), strict=True))
    music = MeiScore(toolkit.getMEI())
    for number in numbers if pages is None else pages(count):
        svg = svgs.get(number) or toolkit.renderToSVG(number)
        yield label_page(svg, music, style, musicxml=scores.get(number), piece=piece, number=number)


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
        "xmlIdSeed": style.seed, "svgFormatRaw": True, "svgAdditionalAttribute": _ATTRIBUTES,
    }  # fmt: skip
    custom = {"fontAddCustom": [archive_of(style)], "font": style.font} if style.font_folder else {}
    return {"condense": "none"} | dict(style.options) | fixed | custom


def archive_of(style: Style) -> str:
    """Return the archive of a font that Verovio does not carry."""
    return str(Path(style.font_folder) / f"{style.font}.zip")
