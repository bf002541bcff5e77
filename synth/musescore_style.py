"""How a `Style` becomes MuseScore's own style sheet: page, staff size, fonts, spacing and line widths."""

from __future__ import annotations

from typing import Any

from lxml import etree

from synth.musescore_glyphs import text_font
from synth.style import Style

#: MuseScore's staff space in mm at its usual size; pages are made larger or smaller around it.
SPACE_MM = 1.76389
_MM_AN_INCH = 25.4
#: MuseScore 3.2 carries four music fonts; each of Verovio's has one that looks most like it.
MUSIC_FONTS = {
    "Leipzig": "Emmentaler", "Leland": "Emmentaler", "Bravura": "Bravura", "Gootville": "Gonville",
    "Petaluma": "MuseJazz",
}  # fmt: skip
_TEXT_FAMILIES = {"STIXGeneral": "FreeSerif", "DejaVu Sans": "FreeSans"}
_TEXT_STYLES = (
    "title", "subTitle", "composer", "lyricist", "lyricsOdd", "lyricsEven", "tempo", "metronome", "staff", "system",
    "expression", "longInstrument", "shortInstrument", "measureNumber", "rehearsalMark", "volta", "tuplet",
    "fingering", "header", "footer", "repeatLeft", "repeatRight", "hairpin", "glissando", "textLine", "partInstrument",
)  # fmt: skip
#: Our name of a length, and MuseScore's; both are given in shares of a staff space, Verovio's in half spaces.
_LENGTHS = {
    "staffLineWidth": "staffLineWidth", "stemWidth": "stemWidth", "barLineWidth": "barWidth",
    "thickBarlineThickness": "endBarWidth", "ledgerLineThickness": "ledgerLineWidth",
    "ledgerLineExtension": "ledgerLineLength", "hairpinThickness": "hairpinLineWidth",
    "slurMidpointThickness": "slurMidWidth", "slurEndpointThickness": "slurEndWidth",
    "tupletBracketThickness": "tupletBracketWidth", "octaveLineThickness": "ottavaLineWidth",
    "repeatEndingLineThickness": "voltaLineWidth", "pedalLineThickness": "pedalLineWidth",
    "bracketThickness": "bracketWidth", "hairpinSize": "hairpinHeight",
}  # fmt: skip
#: Verovio's spacing of notes and MuseScore's, between the usual values of both.
_USUAL_LINEAR, _USUAL_MEASURE_SPACING = 0.25, 1.2


def music_font(style: Style) -> str:
    """Return the name of MuseScore's music font for a style."""
    return MUSIC_FONTS.get(style.font, "Emmentaler")


def style_element(style: Style, *, multi_rests: bool) -> etree._Element:
    """Return the `<Style>` of a score; `multi_rests` joins bars of rest into one sign."""
    sheet = etree.Element("Style")
    font = music_font(style)
    values = _page(style) | _fonts(style) | _manners(style.options)
    values |= {"musicalSymbolFont": font, "musicalTextFont": text_font(font), "dynamicsFontFace": "FreeSerif"}
    values |= {"createMultiMeasureRests": int(multi_rests), "Spatium": SPACE_MM}
    for name, value in values.items():
        etree.SubElement(sheet, name).text = f"{value:.5g}" if isinstance(value, float) else str(value)
    return sheet


def _page(style: Style) -> dict[str, Any]:
    inch_a_px = SPACE_MM / style.staff_space_px / _MM_AN_INCH
    left, right, top, bottom = (side * inch_a_px for side in style.margin_px)
    width = style.width_px * inch_a_px
    sides = {f"page{side}{name}Margin": value for side in ("Even", "Odd")
             for name, value in (("Left", left), ("Top", top), ("Bottom", bottom))}  # fmt: skip
    return sides | {
        "pageWidth": width, "pageHeight": style.height_px * inch_a_px, "pagePrintableWidth": width - left - right,
        "pageTwosided": 0, "showFooter": 0,
    }  # fmt: skip


def _fonts(style: Style) -> dict[str, Any]:
    family = _TEXT_FAMILIES.get(style.text_family, style.text_family)
    return {f"{name}FontFace": family for name in _TEXT_STYLES}


def _manners(options: Any) -> dict[str, Any]:
    lengths = {theirs: float(options[ours]) / 2 for ours, theirs in _LENGTHS.items() if ours in options}
    found: dict[str, Any] = dict(lengths)
    if "graceFactor" in options:
        found["graceNoteMag"] = float(options["graceFactor"])
    if "spacingLinear" in options:
        found["measureSpacing"] = _USUAL_MEASURE_SPACING * float(options["spacingLinear"]) / _USUAL_LINEAR
    if "spacingStaff" in options:
        found |= {"staffDistance": options["spacingStaff"] * 0.55, "akkoladeDistance": options["spacingStaff"] * 0.55}
    if "spacingSystem" in options:
        found["minSystemDistance"] = 6.0 + float(options["spacingSystem"]) / 2
    if "lyricSize" in options:  # Verovio's lyrics are 4.5 half spaces high where MuseScore's are 11 pt
        size = 11.0 * float(options["lyricSize"]) / 4.5
        found |= {"lyricsOddFontSize": size, "lyricsEvenFontSize": size}
    if "mnumInterval" in options:
        every = int(options["mnumInterval"])
        found |= {"measureNumberSystem": int(every == 0), "measureNumberInterval": every or 5}
    found["showHeader"] = int(options.get("header", "auto") == "auto")
    return found
