"""Turns a SMuFL font file into the archive that Verovio loads as a custom music font.

NAME.xml          box, advance and anchors of every glyph
NAME/CODE.xml     the outline of one glyph
NAME.zip          both, and an empty style sheet

Outlines are in units of a 1000th em, four staff spaces, y up; anchors in staff spaces (SMuFL 1.4, metadata files).
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import verovio
from fontTools.misc.transform import Transform  # type: ignore[import-untyped]
from fontTools.pens.boundsPen import BoundsPen  # type: ignore[import-untyped]
from fontTools.pens.svgPathPen import SVGPathPen  # type: ignore[import-untyped]
from fontTools.pens.transformPen import TransformPen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]
from lxml import etree

from notation.boxes import FloatArray
from notation.errors import FormatError
from synth.svg_geometry import flattened

_UNITS_PER_EM = 1000
_STAFF_SPACE = 250.0
#: A font without one of these draws no page: G and F clef, digits of a meter, three noteheads, flags, accidentals,
#: rests from whole to eighth.
_NEEDED = (
    0xE050, 0xE062, *range(0xE080, 0xE08A), 0xE0A2, 0xE0A3, 0xE0A4, 0xE240, 0xE241, 0xE260, 0xE261, 0xE262, 0xE4E3,
    0xE4E4, 0xE4E5, 0xE4E6,
)  # fmt: skip
_BLACK_HEAD = 0xE0A4
#: A black notehead is 1.18 (Bravura) to 1.37 (Petaluma) staff spaces wide and stands on its middle; in variants of the
#: fonts for running text it is at most 1.07 wide, or stands on its foot.
_HEAD_WIDTH_SP, _HEAD_MIDDLE_SP = 1.12, 0.2
_HEADS = (*range(0xE0A0, 0xE0A5), *range(0xE0A9, 0xE0AA), *range(0xE0CF, 0xE0E4))


@dataclass(frozen=True)
class Drawing:
    """A glyph: its path data, y up, in 1000ths of an em, box x0, y0, x1, y1 and advance in the same."""

    path: str
    box: tuple[float, float, float, float]
    advance: float

    def anchors(self) -> dict[str, tuple[float, float]]:
        """Return where stems meet a notehead, in staff spaces: at its outermost points."""
        points: FloatArray = np.concatenate(flattened(self.path))
        right, left = points[points[:, 0].argmax()], points[points[:, 0].argmin()]
        up, down = right / _STAFF_SPACE, left / _STAFF_SPACE
        return {"stemUpSE": (float(up[0]), float(up[1])), "stemDownNW": (float(down[0]), float(down[1]))}


@cache
def known_glyphs() -> dict[int, str]:
    """Return the SMuFL names of all glyphs that Verovio knows, by code point."""
    tree = etree.parse(str(Path(verovio.__file__).parent / "data" / "Bravura.xml"))
    return {int(str(glyph.get("c")), 16): str(glyph.get("n")) for glyph in tree.getroot().iter("g")}


def read_font(path: Path) -> dict[int, Drawing]:
    """Return the glyphs of a SMuFL font that Verovio knows, by code point.

    Raises:
        FormatError: the file is no font, lacks signs that every page needs, or is made for running text.
    """
    try:
        font = TTFont(path, lazy=True)
        codes = {code: name for code, name in font.getBestCmap().items() if code in known_glyphs()}
        drawings = dict(_drawings(font, codes))
    except (TTLibError, OSError, AssertionError, KeyError) as error:
        raise FormatError(f"no readable font ({error})") from error
    check(drawings)
    _check_size(drawings)
    return drawings


def check(drawings: Mapping[int, Drawing]) -> None:
    """Raise `FormatError` for a font with which no page of music can be drawn."""
    missing = [known_glyphs().get(code, hex(code)) for code in _NEEDED if code not in drawings]
    if missing:
        raise FormatError(f"lacks {len(missing)} of {len(_NEEDED)} needed signs, such as {missing[0]}")


def _check_size(drawings: Mapping[int, Drawing]) -> None:
    left, low, right, high = (side / _STAFF_SPACE for side in drawings[_BLACK_HEAD].box)
    if right - left < _HEAD_WIDTH_SP or abs(low + high) / 2 > _HEAD_MIDDLE_SP:
        raise FormatError("made for running text, by the size and place of its noteheads")


def _drawings(font: Any, codes: Mapping[int, str]) -> Iterator[tuple[int, Drawing]]:
    glyphs = font.getGlyphSet()
    scale = _UNITS_PER_EM / font["head"].unitsPerEm
    for code, name in codes.items():
        drawing = drawn(glyphs, name, Transform(scale, 0, 0, scale, 0, 0))
        if drawing is not None:
            yield code, drawing


def drawn(glyphs: Any, name: str, transform: Any) -> Drawing | None:
    """Return a glyph of a font's glyph set under a transform; None for one without ink."""
    path, bounds = SVGPathPen(glyphs, ntos=lambda value: f"{value:.1f}".removesuffix(".0")), BoundsPen(glyphs)
    for pen in (path, bounds):
        glyphs[name].draw(TransformPen(pen, transform))
    if bounds.bounds is None:
        return None
    return Drawing(path.getCommands(), bounds.bounds, glyphs[name].width * transform[0])


def write_archive(
    name: str, drawings: Mapping[int, Drawing], anchors: Mapping[str, Mapping[str, Any]], folder: Path
) -> None:
    """Write a font as files and archive into `folder`; raises `OSError` when that is impossible.

    Args:
        name: name of the font.
        drawings: its glyphs by code point.
        anchors: anchors by SMuFL names of glyph and anchor, each x and y in staff spaces; noteheads without any get
            them from their outlines.
        folder: where to write.
    """
    (folder / name).mkdir(parents=True, exist_ok=True)
    files = {f"{name}.xml": _metrics(name, drawings, anchors), f"{name}.css": ""}
    for code, drawing in drawings.items():
        files[f"{name}/{code:04X}.xml"] = (
            f'<g id="{code:04X}"><path transform="scale(1,-1)" d="{drawing.path}" /></g>'
        )  # fmt: skip
    for relative, text in files.items():
        (folder / relative).write_text(text, encoding="utf-8")
    with zipfile.ZipFile(folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for relative, text in files.items():
            archive.writestr(relative, text)


def _metrics(name: str, drawings: Mapping[int, Drawing], anchors: Mapping[str, Mapping[str, Any]]) -> str:
    root = etree.Element("bounding-boxes", {"font-family": name, "units-per-em": str(_UNITS_PER_EM)})
    for code, drawing in sorted(drawings.items()):
        x0, y0, x1, y1 = drawing.box
        numbers = {"x": x0, "y": y0, "w": x1 - x0, "h": y1 - y0, "h-a-x": drawing.advance}
        known = known_glyphs()[code]
        glyph = etree.SubElement(root, "g", {"c": f"{code:04X}", "n": known})
        for key, number in numbers.items():
            glyph.set(key, f"{number:.1f}")
        own = anchors.get(known, {})
        for kind, (x, y) in {**(drawing.anchors() if code in _HEADS else {}), **own}.items():
            etree.SubElement(glyph, "a", {"n": kind, "x": f"{x:.3f}", "y": f"{y:.3f}"})
    return str(etree.tostring(root, encoding="unicode", pretty_print=True))


def read_anchors(path: Path | None) -> dict[str, dict[str, Any]]:
    """Return the anchors of a SMuFL metadata file, nothing without one; raises `FormatError` for a damaged file."""
    if path is None:
        return {}
    try:
        found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")).get("glyphsWithAnchors", {})
    except (OSError, ValueError, AttributeError) as error:
        raise FormatError(f"{path}: no SMuFL metadata ({error})") from error
    wanted = ("stemUpSE", "stemDownNW", "stemUpNW", "stemDownSW", "cutOutNE", "cutOutNW", "cutOutSE", "cutOutSW")
    return {name: {key: one[key] for key in wanted if key in one} for name, one in found.items()}
