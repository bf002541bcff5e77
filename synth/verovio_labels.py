"""From the drawn groups of a Verovio page to labelled marks: which class of the vocabulary every piece of ink is.

Glyphs are told by their SMuFL code point and the group that draws them (an accidental before a note and one of a key
signature are the same glyph), lines by their group, numbers by their role.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from notation.boxes import FloatArray
from synth.svg_geometry import Group, Ink, apply
from synth.verovio_staves import StaffRows

#: A glyph below this fraction of its staff's size is a cue-size one; grace notes are drawn at 0.6 to 0.78.
_SMALL = 0.87

_HEADS = {
    0xE0A0: "noteheadDoubleWhole", 0xE0A1: "noteheadDoubleWhole", 0xE0A2: "noteheadWhole", 0xE0A3: "noteheadHalf",
    0xE0A4: "noteheadBlack",
}  # fmt: skip
_CROSS_HEADS = range(0xE0A6, 0xE0B9)  # noteheadX... and noteheadCircleX...
_DIAMOND_HEADS = (*range(0xE0D7, 0xE0E4), *range(0xE0B9, 0xE0BD))
_ACCIDENTALS = {
    0xE260: "Flat", 0xE261: "Natural", 0xE262: "Sharp", 0xE263: "DoubleSharp", 0xE264: "DoubleFlat",
    0xE26A: "Parenthesis", 0xE26B: "Parenthesis", 0xE26C: "Parenthesis", 0xE26D: "Parenthesis",
}  # fmt: skip
_WITH_SMALL = ("Flat", "Natural", "Sharp")
_RESTS = {
    0xE4E1: "restDoubleWhole", 0xE4E2: "restDoubleWhole", 0xE4E3: "restWhole", 0xE4E4: "restHalf",
    0xE4E5: "restQuarter", 0xE4E6: "rest8th", 0xE4E7: "rest16th", 0xE4E8: "rest32nd", 0xE4E9: "rest64th",
    0xE4EA: "rest128th", 0xE4F3: "restDoubleWhole", 0xE4F4: "restWhole", 0xE4F5: "restHalf", 0xE4E0: "restDoubleWhole",
}  # fmt: skip
_FLAGS = {0xE240 + 2 * i: f"flag{name}" for i, name in enumerate(("8th", "16th", "32nd", "64th", "128th"))}
_ARTICULATIONS = {
    0xE4A0: "Accent", 0xE4A2: "Staccato", 0xE4A4: "Tenuto", 0xE4A6: "Staccatissimo", 0xE4A8: "Staccatissimo",
    0xE4AA: "Staccatissimo", 0xE4AC: "Marcato", 0xE4AE: "Marcato",
}  # fmt: skip
#: One glyph that stands for two signs; the inner one is the nearer to the note: (inner, outer).
_DOUBLE_ARTICULATIONS = {0xE4B0: ("Staccato", "Accent"), 0xE4B2: ("Staccato", "Tenuto"), 0xE4B4: ("Tenuto", "Accent")}
_BOWS = {0xE610: "stringsDownBow", 0xE611: "stringsDownBow", 0xE612: "stringsUpBow", 0xE613: "stringsUpBow"}
_CLEFS = {
    **dict.fromkeys(range(0xE050, 0xE05C), "clefG"), **dict.fromkeys(range(0xE05C, 0xE062), "clefC"),
    **dict.fromkeys(range(0xE062, 0xE069), "clefF"), 0xE069: "clefUnpitchedPercussion",
    0xE06A: "clefUnpitchedPercussion", 0xE07A: "clefG", 0xE07B: "clefC", 0xE07C: "clefF",
}  # fmt: skip
#: Clef glyphs with a number of their own, which is a row of its own.
_NUMBERED_CLEFS = {
    0xE051: "clef15", 0xE052: "clef8", 0xE053: "clef8", 0xE054: "clef15", 0xE05D: "clef8",
    0xE063: "clef15", 0xE064: "clef8", 0xE065: "clef8", 0xE066: "clef15",
}  # fmt: skip
_PLAIN_CLEFS = {"clefG": 0xE050, "clefC": 0xE05C, "clefF": 0xE062}
_DYNAMICS = {0xE520: "P", 0xE521: "M", 0xE522: "F", 0xE523: "R", 0xE524: "S", 0xE525: "Z"}
_ORNAMENTS = {
    0xE566: "ornamentTrill", 0xE567: "ornamentTurn", 0xE568: "ornamentTurnInverted", 0xE569: "ornamentTurn",
    0xE56A: "ornamentTurn", 0xE56C: "ornamentMordent", 0xE56D: "ornamentMordentLower",
}  # fmt: skip
_TRILL_LINES = (*range(0xE59D, 0xE5B0), *range(0xEA93, 0xEAF0))
_TREMOLOS = {0xE220 + i: f"tremolo{i + 1}" for i in range(5)}
_TIME_SIGNS = {0xE08A: "timeSigCommon", 0xE08B: "timeSigCutCommon", 0xE08C: "timeSigPlus", 0xE08D: "timeSigPlus"}
_OCTAVE_SIGNS = range(0xE510, 0xE51F)
_FERMATAS_ABOVE = (0xE4C0, 0xE4C4, 0xE4C6, 0xE4C8, 0xE4CA, 0xE4CC)
_FERMATAS_BELOW = (0xE4C1, 0xE4C5, 0xE4C7, 0xE4C9, 0xE4CB, 0xE4CD)
_DOTS = (0xE044, 0xE1E7)


@dataclass(eq=False)
class Mark:
    """One symbol to be: its class, hull points in page px, the group that drew it, and its pieces of ink."""

    name: str
    points: FloatArray
    group: Group
    inks: tuple[Ink, ...]
    staff: int | None = None


class Labeller:
    """Labels one page.

    Attributes:
        staves: the staves of the page.
        heavy_px: line width above which a barline is a heavy one.
        plain_outline: gives the outline of a glyph of the page's font in font units, shape (K, 2), empty if missing.
        marks: what was found so far, in drawing order; text has no points yet.
        unknown: glyphs and lines that no class stands for, counted by group and code point.
    """

    def __init__(self, staves: StaffRows, heavy_px: float, plain_outline: Callable[[int], FloatArray]) -> None:
        self.staves = staves
        self.plain_outline = plain_outline
        self.heavy_px = heavy_px
        self.marks: list[Mark] = []
        self.unknown: Counter[str] = Counter()
        self._handlers = _handlers()

    def label(self, inks: Iterable[Ink]) -> list[Mark]:
        """Label all ink of the page, group by group."""
        by_group: dict[Group, list[Ink]] = {}
        for ink in inks:
            by_group.setdefault(ink.group, []).append(ink)
        for group, members in by_group.items():
            handler = self._handlers.get(group.kind)
            if handler is not None:
                handler(self, group, members)
            else:
                self.miss(group, members)
        return self.marks

    def add(self, name: str, inks: Sequence[Ink], staff: int | None = None) -> None:
        """Add one mark made of `inks`."""
        points = np.concatenate([ink.points for ink in inks])
        where = self.staves.of_group(inks[0].group) if staff is None else staff
        self.marks.append(Mark(name, points, inks[0].group, tuple(inks), where))

    def miss(self, group: Group, inks: Sequence[Ink]) -> None:
        """Count ink that stays without a label."""
        for ink in inks:
            self.unknown[f"{group.kind}:{ink.shape}:{ink.code:X}"] += 1

    def is_small(self, ink: Ink) -> bool:
        """Tell whether a glyph is drawn below the size of its staff."""
        staff = self.staves.of_group(ink.group)
        full = 4 * (self.staves.rows[staff].staff.space_px if staff is not None else self.staves.space_px)
        return ink.em_px < _SMALL * full


Handler = Callable[[Labeller, Group, list[Ink]], None]


def _handlers() -> dict[str, Handler]:
    lines: dict[str, Handler] = {
        "stem": _stem, "beam": _each("beam", "polygon"), "beamSpan": _each("beam", "polygon"),
        "ledgerLines": _each("ledgerLine", "path"), "slur": _each("slur", "path"), "phrase": _each("slur", "path"),
        "tie": _each("tie", "path"), "lv": _each("tie", "path"), "hairpin": _hairpin, "gliss": _whole("glissando"),
        "tupletBracket": _whole("tupletBracket"), "barLine": _barline, "system": _system_line, "grpSym": _group_symbol,
        "voltaBracket": _ending, "ending": _ending, "octave": _octave, "pedal": _pedal, "staff": _staff_lines,
    }  # fmt: skip
    glyphs: dict[str, Handler] = {
        "notehead": _notehead, "note": _note, "accid": _accidental, "keyAccid": _key_accidental, "dots": _dots,
        "flag": _flag, "artic": _articulation, "rest": _rest, "mRest": _rest, "multiRest": _multi_rest,
        "multiRestNum": _multi_rest, "mRptNum": _whole("text"),
        "clef": _clef, "meterSig": _meter, "dynam": _dynamics, "trill": _ornament, "turn": _ornament,
        "mordent": _ornament, "ornam": _ornament, "arpeg": _whole("arpeggiato"), "fermata": _fermata,
        "breath": _each("breathMark", "glyph"), "caesura": _each("caesura", "glyph"), "tupletNum": _tuplet_number,
        "bTrem": _tremolo, "fTrem": _tremolo, "mRpt": _whole("repeatMeasure"), "mRpt2": _whole("repeatMeasure"),
        "repeatMark": _repeat_mark, "meterSigGrp": _meter,
    }  # fmt: skip
    texts: dict[str, Handler] = dict.fromkeys(
        ("tempo", "dir", "harm", "reh", "label", "labelAbbr", "mNum", "pgHead", "pgFoot", "fb", "f", "rend", "sp"),
        _text("text"),
    )
    return lines | glyphs | texts | {"syl": _text("lyric"), "verse": _text("lyric"), "fing": _fingering}


def _staff_lines(page: Labeller, group: Group, inks: list[Ink]) -> None:
    """Count what else a staff group holds; its lines are labelled from `StaffRows`."""
    page.miss(group, [ink for ink in inks if ink.shape != "path"])


def _whole(name: str) -> Handler:
    def handler(page: Labeller, group: Group, inks: list[Ink]) -> None:
        page.add(name, inks)

    return handler


def _each(name: str, shape: str) -> Handler:
    def handler(page: Labeller, group: Group, inks: list[Ink]) -> None:
        for ink in inks:
            page.add(name, [ink]) if ink.shape == shape else page.miss(group, [ink])

    return handler


def _text(name: str) -> Handler:
    def handler(page: Labeller, group: Group, inks: list[Ink]) -> None:
        for ink in inks:
            if ink.shape == "text":
                page.add(name, [ink])

    return handler


def _stem(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if ink.shape == "glyph" and ink.code in _TREMOLOS:
            page.add(_TREMOLOS[ink.code], [ink])
        elif ink.shape == "glyph" and 0xE560 <= ink.code <= 0xE565:
            page.add("graceNoteSlash", [ink])
        elif ink.shape == "path":
            slanted = abs(ink.spine[0, 0] - ink.spine[-1, 0]) > 1
            page.add("graceNoteSlash" if slanted else "stem", [ink])
        else:
            page.miss(group, [ink])


def _notehead(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if ink.code in _HEADS:
            staff = page.staves.of_note(group)
            page.add(_HEADS[ink.code] + _line_or_space(page, ink, staff) + _small(page, ink), [ink], staff)
        elif ink.code in _CROSS_HEADS:
            page.add("noteheadX", [ink], page.staves.of_note(group))
        elif ink.code in _DIAMOND_HEADS:
            page.add("noteheadDiamond", [ink], page.staves.of_note(group))
        elif ink.code in _ACCIDENTALS or ink.code in (0xE0F5, 0xE0F6):
            page.add("accidentalParenthesis", [ink])
        else:
            page.miss(group, [ink])


def _line_or_space(page: Labeller, ink: Ink, staff: int | None) -> str:
    if staff is None:
        return "OnLine"
    x, y = (ink.points.min(0) + ink.points.max(0)) / 2
    position = float(page.staves.rows[staff].staff.position_at(x, y))
    return "OnLine" if round(position) % 2 == 0 else "InSpace"


def _small(page: Labeller, ink: Ink) -> str:
    return "Small" if page.is_small(ink) else ""


def _note(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if ink.code in _TREMOLOS:
            page.add(_TREMOLOS[ink.code], [ink])
        elif ink.shape == "ellipse":
            page.add("augmentationDot", [ink])
        else:
            page.miss(group, [ink])


def _accidental(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        kind = _ACCIDENTALS.get(ink.code)
        if kind is None:
            page.miss(group, [ink])
            continue
        page.add("accidental" + kind + (_small(page, ink) if kind in _WITH_SMALL else ""), [ink])


def _key_accidental(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        kind = _ACCIDENTALS.get(ink.code)
        page.add("key" + kind, [ink]) if kind in _WITH_SMALL else page.miss(group, [ink])


def _dots(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        page.add("augmentationDot", [ink])


def _flag(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        name = _FLAGS.get(ink.code & ~1)
        if name is None:
            page.miss(group, [ink])
            continue
        name += "Down" if ink.code & 1 else "Up"
        page.add(name + (_small(page, ink) if "8th" in name and "128" not in name else ""), [ink])


def _articulation(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        side = "Below" if ink.code & 1 else "Above"
        even = ink.code & ~1
        if ink.code in _BOWS:
            page.add(_BOWS[ink.code], [ink])
        elif even in _ARTICULATIONS:
            page.add(f"artic{_ARTICULATIONS[even]}{side}", [ink])
        elif even in _DOUBLE_ARTICULATIONS:
            _double_articulation(page, ink, *_DOUBLE_ARTICULATIONS[even], side)
        else:
            page.miss(group, [ink])


def _double_articulation(page: Labeller, ink: Ink, inner: str, outer: str, side: str) -> None:
    heights = [contour[:, 1].mean() for contour in ink.contours]
    middle = (min(heights) + max(heights)) / 2
    low = [c for c, y in zip(ink.contours, heights, strict=True) if y > middle]
    high = [c for c, y in zip(ink.contours, heights, strict=True) if y <= middle]
    inner_part, outer_part = (low, high) if side == "Above" else (high, low)
    for name, part in ((inner, inner_part), (outer, outer_part)):
        if part:
            points = np.concatenate(part)
            where = page.staves.of_group(ink.group)
            page.marks.append(Mark(f"artic{name}{side}", points, ink.group, (ink,), where))


def _rest(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if ink.code in _RESTS:
            page.add(_RESTS[ink.code], [ink], page.staves.of_note(group))
        elif ink.shape == "ellipse" or ink.code in _DOTS:
            page.add("augmentationDot", [ink])
        else:
            page.miss(group, [ink])


def _multi_rest(page: Labeller, group: Group, inks: list[Ink]) -> None:
    digits = [ink for ink in inks if 0xE080 <= ink.code <= 0xE089]
    bar = [ink for ink in inks if ink.shape != "glyph" or 0xE4EE <= ink.code <= 0xE4F2]
    for name, pieces in (("restHNr", digits), ("restHBar", bar)):
        if pieces:
            page.add(name, pieces)
    _rest(page, group, [ink for ink in inks if ink not in digits and ink not in bar])


def _clef(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        name = _CLEFS.get(ink.code)
        if name is None:
            page.miss(group, [ink])
            continue
        name = _c_clef_name(page, ink) if name == "clefC" else name
        if ink.code in _NUMBERED_CLEFS:
            _numbered_clef(page, ink, name, _NUMBERED_CLEFS[ink.code])
        else:
            page.add(name, [ink])


def _c_clef_name(page: Labeller, ink: Ink) -> str:
    staff = page.staves.of_group(ink.group)
    if staff is None:
        return "clefCAlto"
    x, y = (ink.points.min(0) + ink.points.max(0)) / 2
    return "clefCTenor" if float(page.staves.rows[staff].staff.position_at(x, y)) > 1 else "clefCAlto"


def _numbered_clef(page: Labeller, ink: Ink, clef: str, number: str) -> None:
    """Split a clef from the number that touches it: what stands out above or below the plain clef is the number."""
    plain = page.plain_outline(_PLAIN_CLEFS[clef[:5]])
    outline = apply(ink.matrix, plain) if len(plain) else ink.points
    top, bottom = outline[:, 1].min(), outline[:, 1].max()
    slack = 0.02 * (bottom - top)
    outside = ink.points[(ink.points[:, 1] < top - slack) | (ink.points[:, 1] > bottom + slack)]
    where = page.staves.of_group(ink.group)
    page.marks.append(Mark(clef, outline, ink.group, (ink,), where))
    if len(outside):
        page.marks.append(Mark(number, outside, ink.group, (ink,), where))


def _meter(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if 0xE080 <= ink.code <= 0xE089:
            page.add(f"timeSig{ink.code - 0xE080}", [ink])
        elif ink.code in _TIME_SIGNS:
            page.add(_TIME_SIGNS[ink.code], [ink])
        else:
            page.miss(group, [ink])


def _dynamics(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if ink.code in _DYNAMICS:
            page.add(f"dynamic{_DYNAMICS[ink.code]}", [ink])
        elif ink.shape == "text":
            page.add("text", [ink])
        else:
            page.miss(group, [ink])


def _ornament(page: Labeller, group: Group, inks: list[Ink]) -> None:
    signs = [ink for ink in inks if ink.code in _ORNAMENTS]
    line = [ink for ink in inks if ink.shape != "glyph" or ink.code in _TRILL_LINES]
    for ink in signs:
        page.add(_ORNAMENTS[ink.code], [ink])
    if line:
        page.add("trillExtension", line)
    above = [ink for ink in inks if ink.code in _ACCIDENTALS]
    _accidental(page, group, above)
    page.miss(group, [ink for ink in inks if ink not in (*signs, *line, *above)])


def _fermata(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if ink.code in _FERMATAS_ABOVE or ink.code in _FERMATAS_BELOW:
            page.add("fermataAbove" if ink.code in _FERMATAS_ABOVE else "fermataBelow", [ink])
        else:
            page.miss(group, [ink])


def _tuplet_number(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if 0xE881 <= ink.code <= 0xE889:
            page.add(f"tuplet{ink.code - 0xE880}", [ink])
        else:
            page.miss(group, [ink])


def _tremolo(page: Labeller, group: Group, inks: list[Ink]) -> None:
    strokes = [ink for ink in inks if ink.shape == "polygon"]
    if strokes:
        page.add(f"tremolo{min(len(strokes), 5)}", strokes)
    for ink in inks:
        if ink.code in _TREMOLOS:
            page.add(_TREMOLOS[ink.code], [ink])


def _repeat_mark(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if ink.code in (0xE047, 0xE048, 0xE049):
            page.add("coda" if ink.code >= 0xE048 else "segno", [ink])
        elif ink.shape == "text":
            page.add("text", [ink])


def _hairpin(page: Labeller, group: Group, inks: list[Ink]) -> None:
    lines = [ink for ink in inks if ink.shape in ("polyline", "path")]
    if not lines:
        page.miss(group, inks)
        return
    points = np.concatenate([ink.spine for ink in lines])
    left = points[points[:, 0] < points[:, 0].mean()]
    right = points[points[:, 0] >= points[:, 0].mean()]
    opens = np.ptp(right[:, 1]) > np.ptp(left[:, 1])
    page.add("dynamicCrescendoHairpin" if opens else "dynamicDiminuendoHairpin", lines)


def _octave(page: Labeller, group: Group, inks: list[Ink]) -> None:
    signs = [ink for ink in inks if ink.shape == "glyph"]
    lines = [ink for ink in inks if ink.shape not in ("glyph", "text")]
    if signs:
        fifteen = 0xE514 <= signs[0].code <= 0xE516 or signs[0].code == 0xE51D
        below = group.element.get("data-dis.place") == "below"
        page.add("quindicesima" if fifteen else "ottavaBassa" if below else "ottavaAlta", signs)
    if lines:
        page.add("ottavaBracket", lines)


def _pedal(page: Labeller, group: Group, inks: list[Ink]) -> None:
    lines = [ink for ink in inks if ink.shape in ("path", "polyline", "rect", "polygon")]
    if lines:
        page.add("pedalLine", lines)
    for ink in inks:
        if ink.shape == "glyph":
            page.add("keyboardPedalUp" if ink.code == 0xE655 else "keyboardPedalPed", [ink])


def _ending(page: Labeller, group: Group, inks: list[Ink]) -> None:
    page.add("volta", [*(ink for ink in inks if ink.shape != "text"), *(ink for ink in inks if ink.shape == "text")])


def _fingering(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if ink.shape == "text":
            word = "".join(ink.element.itertext()).strip()
            page.add(f"fingering{word}" if word in tuple("012345") else "text", [ink])
        elif 0xED10 <= ink.code <= 0xED15:
            page.add(f"fingering{ink.code - 0xED10}", [ink])
        else:
            page.miss(group, [ink])


def _system_line(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        page.add("systemicBarline", [ink])


def _group_symbol(page: Labeller, group: Group, inks: list[Ink]) -> None:
    curved = any(len(ink.spine) > 8 and ink.shape == "path" for ink in inks)
    brace = curved or any(ink.code == 0xE000 for ink in inks)
    page.add("brace" if brace else "bracket", inks)


def _barline(page: Labeller, group: Group, inks: list[Ink]) -> None:
    """Cut the vertical lines at every staff that they cross from top to bottom; dots are those of a repeat."""
    dots = [ink for ink in inks if ink.shape == "ellipse" or ink.code in _DOTS]
    if group.element.get("data-form", "") in ("dotted", "dbldotted"):
        _dotted_barline(page, dots)
    else:
        for ink in dots:
            page.add("repeatDot", [ink], page.staves.nearest(group, ink.points.mean(0)))
    lines = [ink for ink in inks if ink.shape not in ("ellipse", "glyph")]
    for x, pieces in _columns(lines):
        for row in page.staves.of_system(group):
            top, bottom = page.staves.extent(row)
            parts = [ink for ink in pieces if ink.points[:, 1].min() < bottom - 1 and ink.points[:, 1].max() > top + 1]
            covered = sum(_overlap(ink, top, bottom) for ink in parts)
            if covered > 0.3 * (bottom - top) and page.staves.has_measure(row, group):
                _add_barline(page, group, parts, x, row, top, bottom)


def _dotted_barline(page: Labeller, dots: list[Ink]) -> None:
    for _, pieces in _columns(dots):
        for row in page.staves.of_system(pieces[0].group):
            top, bottom = page.staves.extent(row)
            inside = [ink for ink in pieces if top <= ink.points[:, 1].mean() <= bottom]
            if inside:
                page.add("barlineDotted", inside, row)


def _add_barline(page: Labeller, group: Group, parts: list[Ink], x: float, row: int, top: float, bottom: float) -> None:
    half = max(ink.thickness_px for ink in parts) / 2
    points = np.array([[x - half, top], [x + half, top], [x + half, bottom], [x - half, bottom]])
    page.marks.append(Mark(_barline_kind(page, group, parts), points, group, tuple(parts), row))


def _barline_kind(page: Labeller, group: Group, parts: list[Ink]) -> str:
    dashed = group.element.get("data-form", "") in ("dashed", "dbldashed")
    if dashed or any(ink.element.get("stroke-dasharray") for ink in parts):
        return "barlineDashed"
    return "barlineHeavy" if max(ink.thickness_px for ink in parts) > page.heavy_px else "barlineSingle"


def _columns(lines: list[Ink]) -> list[tuple[float, list[Ink]]]:
    """Group vertical pieces by their x, to a tenth of a pixel."""
    columns: dict[float, list[Ink]] = {}
    for ink in lines:
        x = round(float(ink.points[:, 0].min() + ink.points[:, 0].max()) / 2, 1)
        columns.setdefault(x, []).append(ink)
    return list(columns.items())


def _overlap(ink: Ink, top: float, bottom: float) -> float:
    return max(0.0, min(bottom, float(ink.points[:, 1].max())) - max(top, float(ink.points[:, 1].min())))
