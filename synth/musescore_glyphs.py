"""Which SMuFL glyph an outline on a MuseScore page is, by comparing it with a specimen sheet of the same font.

MuseScore draws glyphs as outlines without a name. So it is given one sheet that shows every glyph under its name, in a
colour that is its code point; what the sheet shows is what the pages show, whatever fonts this MuseScore carries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely

from notation.boxes import FloatArray
from synth.musescore_program import convert
from synth.musescore_svg import Leaf, page_leaves, sized
from synth.svg_geometry import flattened

#: Names of SMuFL by code point, of all glyphs that some class stands for.
GLYPHS: dict[int, str] = {
    0xE000: "brace", 0xE003: "bracketTop", 0xE004: "bracketBottom", 0xE044: "repeatDot", 0xE047: "segno",
    0xE04A: "segnoSerpent1", 0xE048: "coda", 0xE049: "codaSquare",
    0xE050: "gClef", 0xE051: "gClef15mb", 0xE052: "gClef8vb", 0xE053: "gClef8va", 0xE054: "gClef15ma",
    0xE05C: "cClef", 0xE05D: "cClef8vb", 0xE062: "fClef", 0xE063: "fClef15mb", 0xE064: "fClef8vb", 0xE065: "fClef8va",
    0xE066: "fClef15ma", 0xE069: "unpitchedPercussionClef1", 0xE06A: "unpitchedPercussionClef2",
    0xE07A: "gClefChange", 0xE07B: "cClefChange", 0xE07C: "fClefChange",
    **{0xE080 + digit: f"timeSig{digit}" for digit in range(10)},
    0xE08A: "timeSigCommon", 0xE08B: "timeSigCutCommon", 0xE08C: "timeSigPlus", 0xE08D: "timeSigPlusSmall",
    0xE0A0: "noteheadDoubleWhole", 0xE0A1: "noteheadDoubleWholeSquare", 0xE0A2: "noteheadWhole",
    0xE0A3: "noteheadHalf", 0xE0A4: "noteheadBlack",
    0xE0A6: "noteheadXDoubleWhole", 0xE0A7: "noteheadXWhole", 0xE0A8: "noteheadXHalf", 0xE0A9: "noteheadXBlack",
    0xE0AF: "noteheadPlusBlack", 0xE0B3: "noteheadCircleX",
    0xE0D7: "noteheadDiamondDoubleWhole", 0xE0D8: "noteheadDiamondWhole", 0xE0D9: "noteheadDiamondHalf",
    0xE0DB: "noteheadDiamondBlack", 0xE0DD: "noteheadDiamondWhite",
    0xE0F5: "noteheadParenthesisLeft", 0xE0F6: "noteheadParenthesisRight",
    0xE1E7: "augmentationDot", **{0xE220 + i: f"tremolo{i + 1}" for i in range(5)},
    **{0xE240 + 2 * i + down: f"flag{name}{'Down' if down else 'Up'}"
       for i, name in enumerate(("8th", "16th", "32nd", "64th", "128th", "256th")) for down in (0, 1)},
    0xE260: "accidentalFlat", 0xE261: "accidentalNatural", 0xE262: "accidentalSharp", 0xE263: "accidentalDoubleSharp",
    0xE264: "accidentalDoubleFlat", 0xE26A: "accidentalParensLeft", 0xE26B: "accidentalParensRight",
    0xE26C: "accidentalBracketLeft", 0xE26D: "accidentalBracketRight",
    **{0xE4A0 + 2 * i + below: f"artic{name}{'Below' if below else 'Above'}"
       for i, name in enumerate(("Accent", "Staccato", "Tenuto", "StaccatissimoWedge", "Staccatissimo",
                                 "StaccatissimoStroke", "Marcato", "MarcatoStaccato", "AccentStaccato",
                                 "TenutoStaccato", "TenutoAccent")) for below in (0, 1)},
    0xE4C0: "fermataAbove", 0xE4C1: "fermataBelow", 0xE4C4: "fermataShortAbove", 0xE4C5: "fermataShortBelow",
    0xE4C6: "fermataLongAbove", 0xE4C7: "fermataLongBelow", 0xE4C8: "fermataVeryLongAbove",
    0xE4C9: "fermataVeryLongBelow", 0xE4CE: "breathMarkComma", 0xE4CF: "breathMarkTick", 0xE4D0: "breathMarkUpbow",
    0xE4D1: "caesura", 0xE4D2: "caesuraThick", 0xE4D3: "caesuraShort", 0xE4D4: "caesuraCurved",
    0xE4E1: "restDoubleWhole", 0xE4E2: "restDoubleWhole",
    0xE4E3: "restWhole", 0xE4E4: "restHalf", 0xE4E5: "restQuarter", 0xE4E6: "rest8th", 0xE4E7: "rest16th",
    0xE4E8: "rest32nd", 0xE4E9: "rest64th", 0xE4EA: "rest128th", 0xE4F3: "restDoubleWholeLegerLine",
    0xE4F4: "restWholeLegerLine", 0xE4F5: "restHalfLegerLine",
    0xE500: "repeat1Bar", 0xE501: "repeat2Bars",
    0xE510: "ottava", 0xE511: "ottavaAlta", 0xE512: "ottavaBassa", 0xE514: "quindicesima",
    0xE515: "quindicesimaAlta", 0xE516: "quindicesimaBassa", 0xE51C: "ottavaBassaVb", 0xE51D: "quindicesimaBassaMb",
    **{0xE520 + i: f"dynamic{name}"
       for i, name in enumerate(("Piano", "Mezzo", "Forte", "Rinforzando", "Sforzando", "Z", "Niente"))},
    0xE566: "ornamentTrill", 0xE567: "ornamentTurn", 0xE568: "ornamentTurnInverted", 0xE569: "ornamentTurnSlash",
    0xE56C: "ornamentMordent", 0xE56D: "ornamentMordentInverted", 0xE56E: "ornamentTremblement",
    0xE610: "stringsDownBow", 0xE612: "stringsUpBow", 0xE614: "stringsHarmonic",
    0xE650: "keyboardPedalPed", 0xE655: "keyboardPedalUp",
    **{0xE880 + digit: f"tuplet{digit}" for digit in range(10)}, 0xE88A: "tupletColon",
    0xEA9D: "wiggleVibrato", 0xEAA4: "wiggleTrill", 0xEAA9: "wiggleArpeggiatoUp", 0xEAAD: "wiggleArpeggiatoUpArrow",
}  # fmt: skip
#: Code points of the text font's outlines are this much higher on the specimen sheet.
_TEXT = 0x100000
#: Outlines of one glyph differ by no more than this share of its size: MuseScore writes six digits.
_SLACK = 0.012
#: Points further than this share of its size from the plain clef's outline belong to the number at a clef.
_CLEF_SLACK = 0.008
#: A number is lower than this share of its clef: 0.43 at the lowest clef, where a clef of another font has 1.2.
_NUMBER_SHARE = 0.5
_SUBPATH = re.compile(r"M[^M]*")
_COMMAND = re.compile(r"[A-Za-z]")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_TEXT_FONTS = {"Emmentaler": "MScore Text", "Gonville": "Gootville Text"}
_SHEET_IN = 40
_SHEET = """<?xml version="1.0" encoding="UTF-8"?>
<museScore version="3.01"><Score><Division>480</Division><Style>
<pageWidth>{size}</pageWidth><pageHeight>{size}</pageHeight><pagePrintableWidth>{inner}</pagePrintableWidth>
<Spatium>1.76389</Spatium><musicalSymbolFont>{font}</musicalSymbolFont><musicalTextFont>{words}</musicalTextFont>
</Style><Part><Staff id="1"><StaffType group="pitched"><name>stdNormal</name></StaffType></Staff><Instrument/></Part>
<Staff id="1"><Measure><voice><TimeSig><sigN>4</sigN><sigD>4</sigD></TimeSig>{signs}
<Rest><durationType>measure</durationType><duration>4/4</duration></Rest></voice></Measure></Staff></Score></museScore>
"""


@dataclass(frozen=True, eq=False)
class Shape:
    """An outline as its drawing commands, its control points, float64 (K, 2), and its curves, in drawing units."""

    commands: tuple[str, ...]
    points: FloatArray
    curves: tuple[FloatArray, ...] = ()

    @property
    def hull(self) -> FloatArray:
        """The corners of the upright hull of the ink, float64 (2, 2)."""
        points = np.concatenate(self.curves)
        return np.stack([points.min(0), points.max(0)])


@dataclass(frozen=True, eq=False)
class Glyph:
    """A glyph found on a page.

    Attributes:
        codes: code points of all glyphs with this outline; a staccato dot and an augmentation dot have the same.
        size: its size against the full size of the font.
        contours: its curves, each float64 (J, 2), page px.
    """

    codes: tuple[int, ...]
    size: float
    contours: tuple[FloatArray, ...]

    @property
    def points(self) -> FloatArray:
        """All points of its curves, float64 (K, 2), page px."""
        return np.concatenate(self.contours)

    def code_in(self, codes: Iterable[int]) -> int | None:
        """Return the first of `codes` that this outline is."""
        return next((code for code in codes if code in self.codes), None)


def text_font(font: str) -> str:
    """Return the font that draws the signs within words beside a music font."""
    return _TEXT_FONTS.get(font, f"{font} Text")


class Specimens:
    """The outlines of one font."""

    def __init__(self, shapes: Iterable[tuple[int, Shape]]) -> None:
        self._shapes: dict[tuple[str, ...], list[tuple[int, Shape]]] = {}
        for code, shape in shapes:
            self._shapes.setdefault(shape.commands, []).append((code, shape))
        self._longest = max((len(commands) for commands in self._shapes), default=0)

    def glyphs(self, leaf: Leaf) -> list[Glyph | None]:
        """Return the glyphs that an outline is made of, one after the other; None stands for a curve of none."""
        pieces = _subpaths(leaf.data)
        if len(pieces) != len(leaf.contours):
            return [None]
        found: list[Glyph | None] = []
        at = 0
        while at < len(pieces):
            glyph = self._glyph(pieces[at : at + self._longest], leaf.contours[at : at + self._longest], leaf.scale)
            found.append(glyph)
            at += len(glyph.contours) if glyph is not None else 1
        return found

    def _glyph(self, pieces: Sequence[Shape], contours: tuple[FloatArray, ...], scale: float) -> Glyph | None:
        """Return the glyph of the most curves that begins here."""
        for count in range(len(pieces), 0, -1):
            commands = tuple(one for piece in pieces[:count] for one in piece.commands)
            if commands not in self._shapes:
                continue
            points = np.concatenate([piece.points for piece in pieces[:count]])
            sizes = {code: size for code, shape in self._shapes[commands] if (size := _size(shape.points, points))}
            if sizes:
                codes = tuple(sorted({code % _TEXT for code in sizes}))
                drawn = [size for code, size in sizes.items() if code < _TEXT]
                return Glyph(codes, scale * drawn[0] if drawn else 1.0, contours[:count])
        return None

    def split(self, glyph: Glyph, code: int, plain: int) -> tuple[FloatArray, FloatArray] | None:
        """Return the points of a clef and of the number at it, page px; None where the font draws the two apart.

        Both outlines stand at one origin on the sheet: what the plain clef's outline lacks is the number. A clef that
        another font lends is not the plain one with a number.
        """
        whole, clef = self._shape_of(code), self._shape_of(plain)
        if whole is None or clef is None:
            return None
        (x0, y0), (x1, y1) = whole.hull
        scale = (np.ptp(glyph.points, axis=0)) / [x1 - x0, y1 - y0]
        low = glyph.points.min(0)
        plain_curves = [(curve - whole.hull[0]) * scale + low for curve in clef.curves]
        lines = shapely.MultiLineString([np.vstack([curve, curve[:1]]) for curve in plain_curves])
        slack = _CLEF_SLACK * float(np.ptp(glyph.points, axis=0).max())
        own = glyph.points[shapely.distance(lines, shapely.points(glyph.points)) > slack]
        plain_points = np.concatenate(plain_curves)
        if not len(own) or np.ptp(own[:, 1]) > _NUMBER_SHARE * np.ptp(plain_points[:, 1]):
            return None
        return plain_points, own

    def codes(self) -> set[int]:
        """Return the code points of all glyphs."""
        return {code % _TEXT for shapes in self._shapes.values() for code, _ in shapes}

    def _shape_of(self, code: int) -> Shape | None:
        return next((shape for shapes in self._shapes.values() for one, shape in shapes if one == code), None)


def _size(specimen: FloatArray, points: FloatArray) -> float | None:
    """Return how many times as large as a specimen an outline is, None where it is another one."""
    first, second = specimen - specimen.mean(0), points - points.mean(0)
    size = float(np.sqrt((second**2).sum() / max(float((first**2).sum()), 1e-12)))
    extent = float(np.ptp(second, axis=0).max())
    return size if float(np.abs(second - size * first).max()) < _SLACK * extent else None


def _subpaths(data: str) -> list[Shape]:
    """Return the curves of path data; a curve of one point is none."""
    found = []
    for text in _SUBPATH.findall(data):
        numbers = np.array([float(n) for n in _NUMBER.findall(text)])
        if len(numbers) > 2 and len(numbers) % 2 == 0:
            found.append(Shape(("".join(_COMMAND.findall(text)),), numbers.reshape(-1, 2)))
    return found


@cache
def specimens(font: str) -> Specimens:
    """Return the outlines of one of MuseScore's music fonts and of its text font; raises as `convert` does."""
    signs = [_sign("Symbol", f"<name>{name}</name>", code) for code, name in GLYPHS.items()]
    signs += [
        _sign("StaffText", f"<text><sym>{name}</sym></text>", code + _TEXT) for code, name in GLYPHS.items()
    ]  # fmt: skip
    sheet = _SHEET.format(
        size=_SHEET_IN, inner=_SHEET_IN - 2, font=font, words=text_font(font), signs="".join(signs)
    )  # fmt: skip
    (svg,) = convert(sheet, ".mscx", [".svg"])[".svg"]
    leaves = page_leaves(sized(svg, 360 * _SHEET_IN, 360 * _SHEET_IN))
    return Specimens((leaf.number, _whole(leaf.data)) for leaf in leaves if leaf.number and not leaf.line)


def _sign(kind: str, content: str, number: int) -> str:
    return f"<{kind}>{colour(number)}{content}</{kind}>"


def colour(number: int) -> str:
    """Return MuseScore's element for a colour that is a number."""
    return f'<color r="{number >> 16}" g="{number >> 8 & 255}" b="{number & 255}" a="255"/>'


def _whole(data: str) -> Shape:
    pieces = _subpaths(data)
    commands = tuple(one for piece in pieces for one in piece.commands)
    return Shape(commands, np.concatenate([piece.points for piece in pieces]), flattened(data))
