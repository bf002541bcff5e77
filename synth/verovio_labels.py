"""From the drawn groups of a Verovio page to labelled marks: which class of the vocabulary every piece of ink is.

Glyphs are told by their SMuFL code point and the group that draws them (an accidental before a note and one of a key
signature are the same glyph), lines by their group, numbers by their role.
"""

from __future__ import annotations

import numpy as np
import shapely

from synth import verovio_lines
from synth.smufl_classes import (
    ACCIDENTALS,
    ARTICULATIONS,
    BOWS,
    CLEFS,
    CROSS_HEADS,
    DIAMOND_HEADS,
    DOTS,
    DOUBLE_ARTICULATIONS,
    DYNAMICS,
    FERMATAS_ABOVE,
    FERMATAS_BELOW,
    FLAGS,
    HEADS,
    NUMBERED_CLEFS,
    ORNAMENTS,
    PLAIN_CLEFS,
    RESTS,
    TIME_SIGNS,
    TREMOLOS,
    TRILL_LINES,
    WITH_SMALL,
)
from synth.svg_geometry import Group, Ink, apply, text_of
from synth.verovio_marks import Handler, Labeller, Mark

#: Outlines of two glyphs of one font that are nearer than this share of the em are the same curve.
_OUTLINE_SLACK = 0.012


def handlers() -> dict[str, Handler]:
    """Return what labels the ink of each kind of group."""
    lines: dict[str, Handler] = {
        "stem": _stem, "beam": verovio_lines.beams, "beamSpan": verovio_lines.beams, "fTrem": verovio_lines.beams,
        "ledgerLines": _each("ledgerLine", "path"), "gliss": _whole("glissando"),
        "slur": verovio_lines.arc("slur"), "phrase": verovio_lines.arc("slur"),
        "tie": verovio_lines.arc("tie"), "lv": verovio_lines.arc("tie"),
        "tupletBracket": _whole("tupletBracket"), "staff": _staff_lines, "oStaff": _staff_lines,
        "hairpin": verovio_lines.hairpin, "barLine": verovio_lines.barline, "system": verovio_lines.system_line,
        "grpSym": verovio_lines.group_symbol, "voltaBracket": verovio_lines.ending, "ending": verovio_lines.ending,
        "octave": verovio_lines.octave, "pedal": verovio_lines.pedal,
    }  # fmt: skip
    glyphs: dict[str, Handler] = {
        "notehead": _notehead, "note": _note, "accid": _accidental, "keyAccid": _key_accidental, "dots": _dots,
        "flag": _flag, "artic": _articulation, "rest": _rest, "mRest": _rest, "multiRest": _multi_rest,
        "multiRestNum": _multi_rest, "mRptNum": _whole("text"), "clef": _clef, "meterSig": _meter,
        "dynam": _dynamics, "trill": _ornament, "turn": _ornament, "mordent": _ornament, "ornam": _ornament,
        "arpeg": _whole("arpeggiato"), "fermata": _fermata,
        "breath": _each("breathMark", "glyph"), "caesura": _each("caesura", "glyph"), "tupletNum": _tuplet_number,
        "bTrem": _tremolo, "mRpt": _whole("repeatMeasure"), "mRpt2": _whole("repeatMeasure"),
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
        if ink.shape == "glyph" and ink.code in TREMOLOS:
            page.add(TREMOLOS[ink.code], [ink])
        elif ink.shape == "glyph" and 0xE560 <= ink.code <= 0xE565:
            page.add("graceNoteSlash", [ink])
        elif ink.shape == "path":
            slanted = abs(ink.spine[0, 0] - ink.spine[-1, 0]) > 1
            page.add("graceNoteSlash" if slanted else "stem", [ink])
        else:
            page.miss(group, [ink])


def _notehead(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if ink.code in HEADS:
            staff = page.staves.of_note(group)
            page.add(HEADS[ink.code] + _line_or_space(page, ink, staff) + _small(page, ink), [ink], staff)
        elif ink.code in CROSS_HEADS:
            page.add("noteheadX", [ink], page.staves.of_note(group))
        elif ink.code in DIAMOND_HEADS:
            page.add("noteheadDiamond", [ink], page.staves.of_note(group))
        elif ink.code in ACCIDENTALS or ink.code in (0xE0F5, 0xE0F6):
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
        if ink.code in TREMOLOS:
            page.add(TREMOLOS[ink.code], [ink])
        elif ink.shape == "ellipse":
            page.add("augmentationDot", [ink])
        else:
            page.miss(group, [ink])


def _accidental(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        kind = ACCIDENTALS.get(ink.code)
        if kind is None:
            page.miss(group, [ink])
            continue
        page.add("accidental" + kind + (_small(page, ink) if kind in WITH_SMALL else ""), [ink])


def _key_accidental(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        kind = ACCIDENTALS.get(ink.code)
        page.add("key" + kind, [ink]) if kind in WITH_SMALL else page.miss(group, [ink])


def _dots(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        page.add("augmentationDot", [ink])


def _flag(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        name = FLAGS.get(ink.code & ~1)
        if name is None:
            page.miss(group, [ink])
            continue
        name += "Down" if ink.code & 1 else "Up"
        page.add(name + (_small(page, ink) if "8th" in name and "128" not in name else ""), [ink])


def _articulation(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        side = "Below" if ink.code & 1 else "Above"
        even = ink.code & ~1
        if ink.code in BOWS:
            page.add(BOWS[ink.code], [ink])
        elif even in ARTICULATIONS:
            page.add(f"artic{ARTICULATIONS[even]}{side}", [ink])
        elif even in DOUBLE_ARTICULATIONS:
            _double_articulation(page, ink, *DOUBLE_ARTICULATIONS[even], side)
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
        if ink.code in RESTS:
            page.add(RESTS[ink.code], [ink], page.staves.of_note(group))
        elif ink.shape == "ellipse" or ink.code in DOTS:
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
        name = CLEFS.get(ink.code)
        if name is None:
            page.miss(group, [ink])
            continue
        name = _c_clef_name(page, ink) if name == "clefC" else name
        if ink.code in NUMBERED_CLEFS:
            _numbered_clef(page, ink, name, NUMBERED_CLEFS[ink.code])
        else:
            page.add(name, [ink])


def _c_clef_name(page: Labeller, ink: Ink) -> str:
    staff = page.staves.of_group(ink.group)
    if staff is None:
        return "clefCAlto"
    x, y = (ink.points.min(0) + ink.points.max(0)) / 2
    return "clefCTenor" if float(page.staves.rows[staff].staff.position_at(x, y)) > 1 else "clefCAlto"


def _numbered_clef(page: Labeller, ink: Ink, clef: str, number: str) -> None:
    """Split a clef from the number that touches it: what the plain clef's outline lacks is the number."""
    plain = [apply(ink.matrix, contour) for contour in page.plain_outline(PLAIN_CLEFS[clef[:5]], ink.code)]
    where = page.staves.of_group(ink.group)
    if not plain:
        page.add(clef, [ink])
        return
    lines = shapely.MultiLineString([np.vstack([contour, contour[:1]]) for contour in plain])
    own = ink.points[shapely.distance(lines, shapely.points(ink.points)) > _OUTLINE_SLACK * ink.em_px]
    page.marks.append(Mark(clef, np.concatenate(plain), ink.group, (ink,), where))
    if len(own):
        page.marks.append(Mark(number, own, ink.group, (ink,), where))


def _meter(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if 0xE080 <= ink.code <= 0xE089:
            page.add(f"timeSig{ink.code - 0xE080}", [ink])
        elif ink.code in TIME_SIGNS:
            page.add(TIME_SIGNS[ink.code], [ink])
        else:
            page.miss(group, [ink])


def _dynamics(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if ink.code in DYNAMICS:
            page.add(f"dynamic{DYNAMICS[ink.code]}", [ink])
        elif ink.shape == "text":
            page.add("text", [ink])
        else:
            page.miss(group, [ink])


def _ornament(page: Labeller, group: Group, inks: list[Ink]) -> None:
    signs = [ink for ink in inks if ink.code in ORNAMENTS]
    line = [ink for ink in inks if ink.shape != "glyph" or ink.code in TRILL_LINES]
    for ink in signs:
        page.add(ORNAMENTS[ink.code], [ink])
    if line:
        page.add("trillExtension", line)
    above = [ink for ink in inks if ink.code in ACCIDENTALS]
    _accidental(page, group, above)
    page.miss(group, [ink for ink in inks if ink not in (*signs, *line, *above)])


def _fermata(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if ink.code in FERMATAS_ABOVE or ink.code in FERMATAS_BELOW:
            page.add("fermataAbove" if ink.code in FERMATAS_ABOVE else "fermataBelow", [ink])
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
        if ink.code in TREMOLOS:
            page.add(TREMOLOS[ink.code], [ink])


def _repeat_mark(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if ink.code in (0xE047, 0xE048, 0xE049):
            page.add("coda" if ink.code >= 0xE048 else "segno", [ink])
        elif ink.shape == "text":
            page.add("text", [ink])


def _fingering(page: Labeller, group: Group, inks: list[Ink]) -> None:
    for ink in inks:
        if ink.shape == "text":
            word = text_of(ink.element)
            page.add(f"fingering{word}" if word in tuple("012345") else "text", [ink])
        elif 0xED10 <= ink.code <= 0xED15:
            page.add(f"fingering{ink.code - 0xED10}", [ink])
        else:
            page.miss(group, [ink])
