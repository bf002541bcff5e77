"""From the elements of a MuseScore page to labelled marks, by the kind of element and the glyphs of its outlines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from synth import smufl_classes as smufl
from synth.musescore_glyphs import Glyph
from synth.musescore_lines import line_handlers
from synth.musescore_marks import Handler, Labeller, characters, lines_of
from synth.musescore_score import words_of
from synth.musescore_svg import Leaf, joined

#: Words further apart than this on one line are printed apart, in staff spaces.
_WORD_GAP_SP = 1.5
_PARENTHESES = (0xE0F5, 0xE0F6, 0xE26A, 0xE26B, 0xE26C, 0xE26D)
_MARKERS = {0xE047: "segno", 0xE04A: "segno", 0xE048: "coda", 0xE049: "coda"}
_PEDALS = {0xE650: "keyboardPedalPed", 0xE655: "keyboardPedalUp"}
_TEXTS = (
    "Text", "StaffText", "SystemText", "Tempo", "Harmony", "RehearsalMark", "InstrumentName", "MeasureNumber", "Page",
    "InstrumentChange", "FiguredBass", "Sticking", "TextLineSegment",
)  # fmt: skip
_CURVES = {"SlurSegment": "slur", "TieSegment": "tie", "Beam": "beam", "Stem": "stem", "LedgerLine": "ledgerLine",
           "StemSlash": "graceNoteSlash", "NoteDot": "augmentationDot"}  # fmt: skip


def handlers() -> dict[str, Handler]:
    """Return what labels the leaves of each kind of element."""
    signs: dict[str, Handler] = {
        "Note": _notehead, "Rest": _rest, "Accidental": _accidental, "KeySig": _key, "TimeSig": _meter, "Clef": _clef,
        "Hook": _by_glyph(_flag_name), "Articulation": _articulation, "Fermata": _by_glyph(_fermata_name),
        "Breath": _by_glyph(_breath_name), "Dynamic": _dynamics, "Tuplet": _tuplet, "Fingering": _fingering,
        "Tremolo": _tremolo, "Symbol": _symbol, "Marker": _marker,
        "Jump": _words, "Lyrics": _lyric, "Arpeggio": _whole("arpeggiato"), "RepeatMeasure": _whole("repeatMeasure"),
        "StaffLines": _nothing, "LyricsLineSegment": _nothing,
    }  # fmt: skip
    curves = {kind: _each(name) for kind, name in _CURVES.items()}
    return signs | curves | dict.fromkeys(_TEXTS, _words) | line_handlers()


def _nothing(page: Labeller, leaves: list[Leaf]) -> None:
    """Staff lines are labelled apart; hyphens and extenders of lyrics are no symbols."""


def _whole(name: str) -> Handler:
    return lambda page, leaves: page.add(name, leaves)


def _each(name: str) -> Handler:
    return lambda page, leaves: page.each(name, leaves)


def _by_glyph(name_of: Callable[[Leaf, Glyph], str | None]) -> Handler:
    return lambda page, leaves: page.named(leaves, name_of)


def _table(names: dict[int, str], glyph: Glyph) -> str | None:
    code = glyph.code_in(names)
    return None if code is None else names[code]


def _notehead(page: Labeller, leaves: list[Leaf]) -> None:
    for leaf in leaves:
        glyphs = page.glyphs(leaf)
        glyph = glyphs[0]
        if len(glyphs) != 1 or glyph is None:
            page.miss([leaf])
            continue
        staff = page.staff_of(leaf.number)
        name = _head_name(page, glyph, staff)
        if name is None:
            page.miss([leaf])
            continue
        mark = page.put(name, glyph.points, leaf.number, staff=staff)
        chord = page.element(leaf.number, "Chord")
        if chord is not None:
            page.heads.setdefault(chord, []).append(mark)


def _head_name(page: Labeller, glyph: Glyph, staff: int | None) -> str | None:
    if glyph.code_in(smufl.CROSS_HEADS) is not None:
        return "noteheadX"
    if glyph.code_in(smufl.DIAMOND_HEADS) is not None:
        return "noteheadDiamond"
    form = _table(smufl.HEADS, glyph)
    if form is None or staff is None:
        return None
    middle = (glyph.points.min(0) + glyph.points.max(0)) / 2
    parity = "OnLine" if page.staves.position(staff, middle) % 2 == 0 else "InSpace"
    return form + parity + ("Small" if page.is_small(glyph, staff) else "")


def _rest(page: Labeller, leaves: list[Leaf]) -> None:
    """Label a rest by its glyph; whole and half rests are one outline, which the score tells apart."""
    if any(leaf.line for leaf in leaves) or page.score.is_multi_rest(leaves[0].number):
        _multi_rest(page, leaves)
        return
    page.named(leaves, lambda leaf, glyph: _rest_name(page, leaf, glyph))


def _rest_name(page: Labeller, leaf: Leaf, glyph: Glyph) -> str | None:
    names = {smufl.RESTS[code] for code in glyph.codes if code in smufl.RESTS}
    if names == {"restWhole", "restHalf"}:
        element = page.element(leaf.number, "Rest")
        half = element is not None and element.findtext("durationType") == "half"
        return "restHalf" if half else "restWhole"
    return next(iter(names), None) if len(names) == 1 else None


def _multi_rest(page: Labeller, leaves: list[Leaf]) -> None:
    digits: list[Leaf] = []
    bars: list[Leaf] = []
    for leaf in leaves:
        glyphs = [] if leaf.line else page.glyphs(leaf)
        numeric = bool(glyphs) and all(one is not None and one.code_in(range(0xE080, 0xE08A)) for one in glyphs)
        (digits if numeric else bars).append(leaf)
    page.add("restHNr", digits)
    page.add("restHBar", bars)


def _accidental(page: Labeller, leaves: list[Leaf]) -> None:
    page.named(leaves, lambda leaf, glyph: _accidental_name(page, leaf, glyph))


def _accidental_name(page: Labeller, leaf: Leaf, glyph: Glyph) -> str | None:
    if glyph.code_in(_PARENTHESES) is not None:
        return "accidentalParenthesis"
    kind = _table(smufl.ACCIDENTALS, glyph)
    small = kind in smufl.WITH_SMALL and page.is_small(glyph, page.staves.nearest(leaf.centre))
    return None if kind is None else f"accidental{kind}{'Small' if small else ''}"


def _symbol(page: Labeller, leaves: list[Leaf]) -> None:
    """Label signs that stand by themselves: pedals, parentheses, and the accidentals of ornaments."""
    page.named(leaves, lambda leaf, glyph: _table(_PEDALS, glyph) or _accidental_name(page, leaf, glyph))


def _key(page: Labeller, leaves: list[Leaf]) -> None:
    names = {code: f"key{kind}" for code, kind in smufl.ACCIDENTALS.items() if kind in smufl.WITH_SMALL}
    page.named(leaves, lambda _, glyph: _table(names, glyph))


def _meter(page: Labeller, leaves: list[Leaf]) -> None:
    names = {0xE080 + digit: f"timeSig{digit}" for digit in range(10)} | smufl.TIME_SIGNS
    page.named(leaves, lambda _, glyph: _table(names, glyph))


def _clef(page: Labeller, leaves: list[Leaf]) -> None:
    for leaf in leaves:
        for glyph in page.glyphs(leaf):
            code = None if glyph is None else glyph.code_in(smufl.CLEFS)
            if glyph is None or code is None:
                page.miss([leaf])
            else:
                _one_clef(page, leaf, glyph, code)


def _one_clef(page: Labeller, leaf: Leaf, glyph: Glyph, code: int) -> None:
    name = smufl.CLEFS[code]
    number = smufl.NUMBERED_CLEFS.get(code)
    parts = None if number is None else page.specimens.split(glyph, code, smufl.PLAIN_CLEFS[name[:5]])
    if number is not None and parts is None:
        page.miss([leaf])
        return
    clef, digit = parts if parts is not None else (glyph.points, None)
    if name == "clefC":
        staff = page.staves.nearest(leaf.centre)
        middle = (clef.min(0) + clef.max(0)) / 2
        high = staff is not None and page.staves.position(staff, middle) > 1
        name = "clefCTenor" if high else "clefCAlto"
    page.put(name, clef, leaf.number)
    if digit is not None and number is not None:
        page.put(number, digit, leaf.number)


def _flag_name(_: Leaf, glyph: Glyph) -> str | None:
    code = glyph.code_in(range(0xE240, 0xE24A))
    if code is None:
        return None
    name = smufl.FLAGS[code & ~1] + ("Down" if code & 1 else "Up")
    return name + ("Small" if glyph.size < 0.87 and name.startswith("flag8th") else "")


def _articulation(page: Labeller, leaves: list[Leaf]) -> None:
    above = page.lies_above(leaves)
    page.named(leaves, lambda _, glyph: _articulation_name(glyph, above))


def _articulation_name(glyph: Glyph, above: bool) -> str | None:
    plain = _table(smufl.BOWS, glyph) or _table(smufl.ORNAMENTS, glyph)
    if plain is not None:
        return plain
    side = "Above" if above else "Below"
    forms = {code + below: form for code, form in smufl.ARTICULATIONS.items() for below in (0, 1)}
    form = _table(forms, glyph)
    return None if form is None else f"artic{form}{side}"


def _fermata_name(_: Leaf, glyph: Glyph) -> str | None:
    if glyph.code_in(smufl.FERMATAS_ABOVE) is not None:
        return "fermataAbove"
    return "fermataBelow" if glyph.code_in(smufl.FERMATAS_BELOW) is not None else None


def _breath_name(_: Leaf, glyph: Glyph) -> str | None:
    if glyph.code_in(range(0xE4CE, 0xE4D1)) is not None:
        return "breathMark"
    return "caesura" if glyph.code_in(range(0xE4D1, 0xE4D5)) is not None else None


def _dynamics(page: Labeller, leaves: list[Leaf]) -> None:
    """Label dynamics letter by letter; what is no letter of dynamics in them is words."""
    words = []
    for leaf in leaves:
        glyphs = page.glyphs(leaf)
        names = [None if glyph is None else _table(smufl.DYNAMICS, glyph) for glyph in glyphs]
        if None in names:
            words.append(leaf)
            continue
        for glyph, name in zip(glyphs, names, strict=True):
            if glyph is not None:
                page.put(f"dynamic{name}", glyph.points, leaf.number)
    _words(page, words)


def _marker(page: Labeller, leaves: list[Leaf]) -> None:
    for leaf in leaves:
        glyphs = page.glyphs(leaf)
        name = None if len(glyphs) != 1 or glyphs[0] is None else _table(_MARKERS, glyphs[0])
        page.add(name or "text", [leaf])


def _words(page: Labeller, leaves: Sequence[Leaf]) -> None:
    for line in lines_of([leaf for leaf in leaves if not leaf.line], _WORD_GAP_SP * page.staves.space_px):
        page.add("text", line)


def _lyric(page: Labeller, leaves: list[Leaf]) -> None:
    page.add("lyric", leaves)


def _tuplet(page: Labeller, leaves: list[Leaf]) -> None:
    """Label the bracket of a tuplet, and its number digit by digit, as the score spells it."""
    page.add("tupletBracket", [leaf for leaf in leaves if leaf.line])
    for leaf in leaves:
        if leaf.line:
            continue
        element = page.element(leaf.number, "Number")
        text = "" if element is None else words_of(element)
        digits = characters(leaf.contours, len(text)) if text.isdigit() else None
        if digits is None or "0" in text:
            page.miss([leaf])
            continue
        for digit, points in zip(text, digits, strict=True):
            page.put(f"tuplet{digit}", points, leaf.number)


def _fingering(page: Labeller, leaves: list[Leaf]) -> None:
    element = page.element(leaves[0].number, "Fingering")
    text = "" if element is None else words_of(element)
    if text in tuple("012345"):
        page.add(f"fingering{text}", leaves)
    else:
        _words(page, leaves)


def _tremolo(page: Labeller, leaves: list[Leaf]) -> None:
    """Label the strokes on a stem as one; those between two notes are beams, one each."""
    element = page.element(leaves[0].number, "Tremolo")
    between = element is not None and element.findtext("subtype", "").startswith("c")
    strokes = [contour for leaf in leaves for contour in leaf.contours]
    if between:
        for stroke in strokes:
            page.put("beam", stroke, leaves[0].number)
    elif len(strokes) <= 5:
        page.put(f"tremolo{len(strokes)}", joined(leaves), leaves[0].number)
    else:
        page.miss(leaves)
