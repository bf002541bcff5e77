"""A font file with the music signs that stand within words, such as the note of a metronome mark.

Verovio carries its fonts as outlines; the rasteriser wants a font file for characters in running text.
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import verovio
from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.pens.t2CharStringPen import T2CharStringPen  # type: ignore[import-untyped]
from fontTools.svgLib.path import parse_path  # type: ignore[import-untyped]
from lxml import etree

from notation.boxes import FloatArray
from synth.svg_geometry import flattened

#: What Verovio takes glyphs from that a font lacks.
FALLBACK_FONT = "Leipzig"
_UNITS_PER_EM = 1000
#: SMuFL: individual notes, metronome marks, accidentals, dynamics; and their Unicode cousins.
_WANTED = re.compile(r"^(E1[DEF].|ECA.|ECB.|E26.|E52.|E53.|266[DEF]|0020)$")


@cache
def music_font_file(font: str, folder: str = "") -> str:
    """Return the path of an OpenType file of one of Verovio's fonts; it lasts as long as this process.

    Args:
        font: name of the font.
        folder: where a font lies that Verovio does not carry, as `synth.smufl_archive` writes it.

    Raises:
        OSError: there is no such font, or no temporary file can be written.
    """
    data = Path(folder) if folder else _data()
    advances = dict(_advances(data / f"{font}.xml"))
    paths = {path.stem: path for path in sorted((data / font).glob("*.xml")) if _WANTED.match(path.stem)}
    builder = FontBuilder(_UNITS_PER_EM, isTTF=False)
    names = [".notdef", *(f"uni{code}" for code in paths)]
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({int(code, 16): f"uni{code}" for code in paths})
    widths = {".notdef": 500} | {f"uni{code}": advances.get(code, 500) for code in paths}
    strings = {".notdef": T2CharStringPen(500, None).getCharString()}
    strings |= {f"uni{code}": _char_string(path, widths[f"uni{code}"]) for code, path in paths.items()}
    builder.setupCFF(font, {"FullName": font}, strings, {})
    builder.setupHorizontalMetrics({name: (width, 0) for name, width in widths.items()})
    builder.setupHorizontalHeader(ascent=_UNITS_PER_EM, descent=-_UNITS_PER_EM)
    builder.setupNameTable({"familyName": font, "styleName": "Regular", "fullName": font, "psName": font})
    builder.setupOS2(sTypoAscender=_UNITS_PER_EM, usWinAscent=_UNITS_PER_EM, usWinDescent=_UNITS_PER_EM)
    builder.setupPost()
    target = _folder() / f"{font}.otf"
    builder.save(target)
    return str(target)


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="music-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def outline(font: str, folder: str, code: int, beside: int) -> tuple[FloatArray, ...]:
    """Return the contours of a glyph, each (K, 2), in font units, y up; none if missing.

    It comes from the font that draws the glyph `beside`: where a font of `folder` lacks that one, it is the fallback.
    """
    here = Path(folder) / font if folder else _data() / font
    home = here if (here / f"{beside:04X}.xml").exists() else _data() / FALLBACK_FONT
    path = home / f"{code:04X}.xml"
    if not path.exists():
        return ()
    drawn = etree.parse(str(path)).getroot().iter("{*}path")
    return tuple(contour for one in drawn for contour in flattened(one.get("d", "")))


def _data() -> Path:
    return Path(verovio.__file__).parent / "data"


def _advances(metrics: Path) -> Iterator[tuple[str, int]]:
    for glyph in etree.parse(str(metrics)).getroot().iter("g"):
        yield str(glyph.get("c")), round(float(glyph.get("h-a-x", 500)))


def _char_string(path: Path, width: int) -> object:
    pen = T2CharStringPen(width, None)
    for outline in etree.parse(str(path)).getroot().iter("{*}path"):
        parse_path(outline.get("d", ""), pen)
    return pen.getCharString()
