"""Signs between the staves to directions: dynamics, hairpins, pedal, octave lines, segno and coda."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from reconstruction.pitch import OctaveLine
from reconstruction.sheet import Glyph, Sheet

#: Letters of one dynamic mark stand this near to each other.
LETTER_GAP_SP = 0.9
#: Dynamics that are written; other strings of letters are misread and not handed on.
_KNOWN = {
    *("p" * n for n in range(1, 7)), *("f" * n for n in range(1, 7)),
    "mp", "mf", "sf", "sfz", "sffz", "fz", "rf", "rfz", "fp", "sfp", "sfpp", "pf", "m", "s", "r", "z",
}  # fmt: skip
_SIGNS = {"segno": "segno", "coda": "coda", "keyboardPedalPed": "pedal-start", "keyboardPedalUp": "pedal-stop"}


@dataclass(frozen=True, slots=True)
class Mark:
    """A direction before it has an onset: page staff, x in px."""

    staff: int
    x: float
    kind: str
    placement: Literal["above", "below"]
    rows: tuple[int, ...]
    at_end: bool = False  # stands at the end of what sounds at x


def read_marks(sheet: Sheet, lines: list[OctaveLine]) -> list[Mark]:
    """Read all directions of a page; x is where they take effect."""
    marks = [*_dynamics(sheet), *_hairpins(sheet)]
    for name, kind in _SIGNS.items():
        for sign in sheet.named(name):
            staff = sheet.staff_of(sign)
            if staff is not None:
                marks.append(Mark(staff, sign.cx, kind, _side(sheet, staff, sign), (sign.row,)))
    for line in lines:
        kind = {1: "8va-start", -1: "8vb-start", 2: "15ma-start", -2: "15mb-start"}[line.octaves]
        side: Literal["above", "below"] = "above" if line.above else "below"
        marks.append(Mark(line.staff, line.x0 + 0.5 * sheet.space_px, kind, side, line.rows))
        marks.append(Mark(line.staff, line.x1, "ottava-stop", side, (), True))
    return marks


def _side(sheet: Sheet, staff: int, glyph: Glyph) -> Literal["above", "below"]:
    return "above" if sheet.position(staff, glyph) > 0 else "below"


def _dynamics(sheet: Sheet) -> list[Mark]:
    words: list[list[Glyph]] = []
    for letter in sheet.starting("dynamicP", "dynamicM", "dynamicF", "dynamicS", "dynamicZ", "dynamicR"):
        for word in words:
            last = word[-1]
            if abs(last.cy - letter.cy) < sheet.space_px and letter.x0 - last.x1 < LETTER_GAP_SP * sheet.space_px:
                word.append(letter)
                break
        else:
            words.append([letter])
    marks = []
    for word in words:
        text = "".join(one.name.removeprefix("dynamic").lower() for one in word)
        staff = sheet.staff_of(word[0])
        if text in _KNOWN and len(text) * (text in "msrz") != 1 and staff is not None:
            x = (word[0].x0 + word[-1].x1) / 2
            marks.append(Mark(staff, x, text, _side(sheet, staff, word[0]), tuple(one.row for one in word)))
    return marks


def _hairpins(sheet: Sheet) -> list[Mark]:
    marks = []
    for name, kind in (("dynamicCrescendoHairpin", "cresc-start"), ("dynamicDiminuendoHairpin", "dim-start")):
        for pin in sheet.named(name):
            staff = sheet.staff_of(pin)
            if staff is not None:
                side = _side(sheet, staff, pin)
                marks.append(Mark(staff, pin.x0 + 0.5 * sheet.space_px, kind, side, (pin.row,)))
                marks.append(Mark(staff, pin.x1, "wedge-stop", side, (), True))
    return marks
