"""The glyphs of a LilyPond font under their SMuFL code points, so that Verovio can draw with it.

Both kinds of font draw in 1000ths of four staff spaces and put clefs, noteheads, accidentals, flags and dynamics on
the same height. The rest is moved to where Bravura has it; what a font has no glyph for comes from the fallback.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import verovio
from fontTools.misc.transform import Transform  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont, TTLibError  # type: ignore[import-untyped]
from lxml import etree

from notation.errors import FormatError
from synth.smufl_archive import Drawing, check, drawn

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
#: Glyphs that keep their height.
_ON_THEIR_LINE = {
    "clefs.G": 0xE050, "clefs.C": 0xE05C, "clefs.F": 0xE062, "clefs.G_change": 0xE07A, "clefs.C_change": 0xE07B,
    "clefs.F_change": 0xE07C, "clefs.percussion": 0xE069, "noteheads.sM1": 0xE0A0, "noteheads.s0": 0xE0A2,
    "noteheads.s1": 0xE0A3, "noteheads.s2": 0xE0A4, "noteheads.s2cross": 0xE0A9,
    **{f"flags.u{3 + n}": 0xE240 + 2 * n for n in range(5)}, **{f"flags.d{3 + n}": 0xE241 + 2 * n for n in range(5)},
    "accidentals.flat": 0xE260, "accidentals.natural": 0xE261, "accidentals.sharp": 0xE262,
    "accidentals.doublesharp": 0xE263, "accidentals.flatflat": 0xE264, "accidentals.leftparen": 0xE26A,
    "accidentals.rightparen": 0xE26B, "p": 0xE520, "m": 0xE521, "f": 0xE522, "r": 0xE523, "s": 0xE524, "z": 0xE525,
}  # fmt: skip
#: Glyphs that are moved so that their middle lies where Bravura's does; some stand for two.
_BY_THEIR_MIDDLE: dict[str, tuple[int, ...]] = {
    **{name: (0xE080 + n,) for n, name in enumerate(_DIGITS)}, "timesig.C44": (0xE08A,), "timesig.C22": (0xE08B,),
    "plus": (0xE08C,), "dots.dot": (0xE1E7,), "rests.M1": (0xE4E2,), "rests.0": (0xE4E3,), "rests.1": (0xE4E4,),
    "rests.2": (0xE4E5,), **{f"rests.{3 + n}": (0xE4E6 + n,) for n in range(5)}, "scripts.sforzato": (0xE4A0, 0xE4A1),
    "scripts.staccato": (0xE4A2, 0xE4A3), "scripts.tenuto": (0xE4A4, 0xE4A5), "scripts.ustaccatissimo": (0xE4A6,),
    "scripts.dstaccatissimo": (0xE4A7,), "scripts.umarcato": (0xE4AC,), "scripts.dmarcato": (0xE4AD,),
    "scripts.ufermata": (0xE4C0,), "scripts.dfermata": (0xE4C1,), "scripts.trill": (0xE566,), "scripts.turn": (0xE567,),
    "scripts.reverseturn": (0xE568,), "scripts.prall": (0xE56C,), "scripts.mordent": (0xE56D,),
    "scripts.downbow": (0xE610,), "scripts.upbow": (0xE612,), "scripts.segno": (0xE047,), "scripts.coda": (0xE048,),
    "scripts.rcomma": (0xE4CE,), "pedal.Ped": (0xE650,), "pedal.*": (0xE655,),
}  # fmt: skip


@cache
def _bravura_boxes() -> dict[int, tuple[float, float]]:
    """Return the left side and the middle height of Bravura's glyphs, by code point."""
    root = etree.parse(str(Path(verovio.__file__).parent / "data" / "Bravura.xml")).getroot()
    return {
        int(str(glyph.get("c")), 16): (
            float(str(glyph.get("x"))),
            float(str(glyph.get("y"))) + float(str(glyph.get("h"))) / 2,
        )
        for glyph in root.iter("g")
    }


def read_lilypond_font(path: Path) -> dict[int, Drawing]:
    """Return the glyphs of a LilyPond font, such as `beethoven-20.otf`, by SMuFL code point.

    Raises:
        FormatError: the file is no font, or lacks signs that every page needs.
    """
    try:
        font = TTFont(path, lazy=True)
        glyphs = font.getGlyphSet()
        scale = 1000 / font["head"].unitsPerEm
        wanted = [(name, code, False) for name, code in _ON_THEIR_LINE.items()]
        wanted += [(name, code, True) for name, codes in _BY_THEIR_MIDDLE.items() for code in codes]
        found = {code: _placed(glyphs, name, code, scale, moved) for name, code, moved in wanted if name in glyphs}
    except (TTLibError, OSError, AssertionError, KeyError) as error:
        raise FormatError(f"no readable font ({error})") from error
    drawings = {code: drawing for code, drawing in found.items() if drawing is not None}
    check(drawings)
    return drawings


def _placed(glyphs: Any, name: str, code: int, scale: float, moved: bool) -> Drawing | None:
    first = drawn(glyphs, name, Transform(scale, 0, 0, scale, 0, 0))
    if first is None:
        return None
    left, middle = _bravura_boxes().get(code, (0.0, 0.0))
    x0, y0, _, y1 = first.box
    up = middle - (y0 + y1) / 2 if moved else 0.0
    return drawn(glyphs, name, Transform(scale, 0, 0, scale, left - x0, up))
