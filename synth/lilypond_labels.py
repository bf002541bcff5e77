"""From LilyPond's graphical objects to labelled marks, by the object's name and the names of its glyphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from lxml import etree

from notation.boxes import FloatArray
from notation.staff import Staff
from synth.lilypond_svg import Leaf

#: A glyph below this fraction of the full size is a small one; LilyPond draws grace notes at 0.71.
_SMALL = 0.87
#: Barline strokes at least this wide are heavy, in staff spaces; LilyPond's are 0.19 and 0.6.
_HEAVY_SP = 0.4

_HEADS = {"sM1": "noteheadDoubleWhole", "sM1double": "noteheadDoubleWhole", "s0": "noteheadWhole",
          "s1": "noteheadHalf", "s2": "noteheadBlack"}  # fmt: skip
_ACCIDENTALS = {"sharp": "Sharp", "flat": "Flat", "natural": "Natural", "doublesharp": "DoubleSharp",
                "flatflat": "DoubleFlat"}  # fmt: skip
_RESTS = {"M1": "restDoubleWhole", "M1o": "restDoubleWhole", "0": "restWhole", "0o": "restWhole", "1": "restHalf",
          "1o": "restHalf", "2": "restQuarter", "2classical": "restQuarter", "2z": "restQuarter", "3": "rest8th",
          "4": "rest16th", "5": "rest32nd", "6": "rest64th", "7": "rest128th"}  # fmt: skip
_FLAGS = {"3": "8th", "4": "16th", "5": "32nd", "6": "64th", "7": "128th"}
_DIGITS = {name: digit for digit, name in enumerate(
    ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"))}  # fmt: skip
_SIDED = {"sforzato": "articAccent", "staccato": "articStaccato", "tenuto": "articTenuto",
          "staccatissimo": "articStaccatissimo", "marcato": "articMarcato", "fermata": "fermata",
          "shortfermata": "fermata", "longfermata": "fermata", "veryshortfermata": "fermata",
          "verylongfermata": "fermata"}  # fmt: skip
_SCRIPTS = {"downbow": "stringsDownBow", "upbow": "stringsUpBow", "trill": "ornamentTrill", "turn": "ornamentTurn",
            "reverseturn": "ornamentTurnInverted", "slashturn": "ornamentTurnInverted", "prall": "ornamentMordent",
            "mordent": "ornamentMordentLower", "segno": "segno", "varsegno": "segno", "coda": "coda",
            "varcoda": "coda", "rcomma": "breathMark", "rvarcomma": "breathMark", "raltcomma": "breathMark",
            "tickmark": "breathMark", "caesura.straight": "caesura", "caesura.curved": "caesura"}  # fmt: skip
_CURVES = {"Tie": "tie", "RepeatTie": "tie", "LaissezVibrerTie": "tie", "Slur": "slur", "PhrasingSlur": "slur"}
_WHOLE = {
    "Arpeggio": "arpeggiato", "Glissando": "glissando", "VoltaBracket": "volta", "TupletBracket": "tupletBracket",
    "SystemStartBar": "systemicBarline", "SystemStartBrace": "brace", "SystemStartBracket": "bracket",
    "SystemStartSquare": "bracket", "MultiMeasureRestNumber": "restHNr", "PercentRepeat": "repeatMeasure",
    "DoublePercentRepeat": "repeatMeasure", "LyricText": "lyric", "PianoPedalBracket": "pedalLine", "Stem": "stem",
    "StemStub": "stem",
}  # fmt: skip
#: Objects that print words, or words with notes and frames: one mark each.
TEXTS = (
    "BarNumber", "CenteredBarNumber", "ChordName", "CombineTextScript", "DynamicTextSpanner", "InstrumentName",
    "InstrumentSwitch", "JumpScript", "MetronomeMark", "MultiMeasureRestText", "RehearsalMark", "SectionLabel",
    "StanzaNumber", "TextMark", "TextScript", "TextSpanner", "BassFigure", "StringNumber", "StrokeFinger",
    "UnaCordaPedal", "PercentRepeatCounter",
)  # fmt: skip


@dataclass(eq=False)
class Mark:
    """One symbol to be: its class, hull points in page px, and the objects that drew it."""

    name: str
    points: FloatArray
    grob: etree._Element | None
    leaves: tuple[Leaf, ...] = ()


class Labeller:
    """Labels one page.

    Attributes:
        staves: the traced staves, top to bottom, and the number of the object that drew each.
        marks: what was found so far.
        unknown: what no class stands for, counted by object and glyph.
    """

    def __init__(self, staves: Sequence[Staff], numbers: Sequence[str]) -> None:
        self.staves = staves
        self._row_of = {number: row for row, number in enumerate(numbers)}
        self.marks: list[Mark] = []
        self.unknown: Counter[str] = Counter()

    def label(self, leaves: Iterable[Leaf]) -> list[Mark]:
        """Label all leaves of the page, object by object."""
        groups: dict[etree._Element | None, list[Leaf]] = {}
        for leaf in leaves:
            groups.setdefault(leaf.grob, []).append(leaf)
        for grob, members in groups.items():
            self._label(grob, members)
        return self.marks

    def _label(self, grob: etree._Element | None, leaves: list[Leaf]) -> None:
        kind = "" if grob is None else str(grob.get("class"))
        if kind in _HANDLERS:
            _HANDLERS[kind](self, leaves)
        elif kind in _CURVES:
            self.each(_CURVES[kind], leaves)
        elif kind in _WHOLE:
            self.add(_WHOLE[kind], leaves)
        elif kind in TEXTS:
            self.add("text", leaves)
        elif kind == "":
            self.each("text", [leaf for leaf in leaves if leaf.shape == "text"])
        else:
            self.miss(leaves)

    def add(self, name: str, leaves: Sequence[Leaf]) -> None:
        """Add one mark over all of `leaves`."""
        if leaves:
            points = np.concatenate([leaf.points for leaf in leaves])
            self.marks.append(Mark(name, points, leaves[0].grob, tuple(leaves)))

    def each(self, name: str, leaves: Iterable[Leaf]) -> None:
        """Add one mark for each of `leaves`."""
        for leaf in leaves:
            self.add(name, [leaf])

    def miss(self, leaves: Iterable[Leaf]) -> None:
        """Count leaves that stay without a label."""
        for leaf in leaves:
            kind = "" if leaf.grob is None else leaf.grob.get("class")
            self.unknown[f"{kind}:{leaf.shape}:{leaf.glyph or leaf.text}"] += 1

    def named(self, leaves: Iterable[Leaf], name_of: Callable[[Leaf], str | None]) -> None:
        """Add one mark for each leaf that `name_of` knows, and miss the others."""
        for leaf in leaves:
            name = name_of(leaf)
            if name is None:
                self.miss([leaf])
            else:
                self.add(name, [leaf])

    def staff_of(self, leaf: Leaf) -> Staff:
        """Return the staff that the leaf's object belongs to, or the nearest one."""
        row = self._row_of.get("" if leaf.grob is None else leaf.grob.get("data-staff", ""))
        if row is not None:
            return self.staves[row]
        x, y = (leaf.points.min(0) + leaf.points.max(0)) / 2
        return min(self.staves, key=lambda staff: abs(float(staff.lines_at(x)[2]) - y))

    def above(self, leaf: Leaf) -> bool:
        """Tell whether the leaf's object lies on the upper side of its note, by its direction or else its place."""
        direction = "" if leaf.grob is None else leaf.grob.get("data-direction", "")
        if direction in ("1", "-1"):
            return direction == "1"
        x, y = leaf.points.mean(0)
        return bool(y < float(self.staff_of(leaf).lines_at(x)[2]))


def _notehead(page: Labeller, leaves: list[Leaf]) -> None:
    page.named(leaves, lambda leaf: _head_name(page, leaf))


def _head_name(page: Labeller, leaf: Leaf) -> str | None:
    form = leaf.glyph.removeprefix("noteheads.")
    if "cross" in form:
        return "noteheadX"
    if "diamond" in form or "harmonic" in form:
        return "noteheadDiamond"
    if form not in _HEADS:
        return None
    x, y = (leaf.points.min(0) + leaf.points.max(0)) / 2
    position = round(float(page.staff_of(leaf).position_at(x, y)))
    small = "Small" if leaf.size < _SMALL else ""
    return f"{_HEADS[form]}{'OnLine' if position % 2 == 0 else 'InSpace'}{small}"


def _flag(page: Labeller, leaves: list[Leaf]) -> None:
    page.named(leaves, _flag_name)


def _flag_name(leaf: Leaf) -> str | None:
    form = leaf.glyph.removeprefix("flags.")
    if form in ("ugrace", "dgrace"):
        return "graceNoteSlash"
    value = _FLAGS.get(form[1:])
    if value is None:
        return None
    small = "Small" if leaf.size < _SMALL and value == "8th" else ""
    return f"flag{value}{'Up' if form[0] == 'u' else 'Down'}{small}"


def _accidental(page: Labeller, leaves: list[Leaf]) -> None:
    page.named(leaves, _accidental_name)


def _accidental_name(leaf: Leaf) -> str | None:
    form = leaf.glyph.removeprefix("accidentals.")
    if form in ("leftparen", "rightparen"):
        return "accidentalParenthesis"
    name = _ACCIDENTALS.get(form)
    small = "Small" if leaf.size < _SMALL and name in ("Sharp", "Flat", "Natural") else ""
    return None if name is None else f"accidental{name}{small}"


def _key(page: Labeller, leaves: list[Leaf]) -> None:
    names = {"accidentals.sharp": "keySharp", "accidentals.flat": "keyFlat", "accidentals.natural": "keyNatural"}
    page.named(leaves, lambda leaf: names.get(leaf.glyph))


def _meter(page: Labeller, leaves: list[Leaf]) -> None:
    page.named(leaves, _meter_name)


def _meter_name(leaf: Leaf) -> str | None:
    signs = {"timesig.C44": "timeSigCommon", "timesig.C22": "timeSigCutCommon", "plus": "timeSigPlus"}
    digit = _digit(leaf)
    return signs.get(leaf.glyph) if digit is None else f"timeSig{digit}"


def _digit(leaf: Leaf) -> int | None:
    """Return the digit that a glyph or a text of one character shows."""
    if leaf.shape == "text":
        return int(leaf.text) if leaf.text in list("0123456789") else None
    word = leaf.glyph.removesuffix(".alt").split(".")[-1]
    return _DIGITS.get(word)


def _clef(page: Labeller, leaves: list[Leaf]) -> None:
    page.named(leaves, lambda leaf: _clef_name(page, leaf))


def _clef_name(page: Labeller, leaf: Leaf) -> str | None:
    form = leaf.glyph.removeprefix("clefs.").removesuffix("_change")
    if form in ("C", "varC"):
        x, y = (leaf.points.min(0) + leaf.points.max(0)) / 2
        return "clefCTenor" if float(page.staff_of(leaf).position_at(x, y)) > 1 else "clefCAlto"
    percussion = "clefUnpitchedPercussion"
    return {"G": "clefG", "F": "clefF", "percussion": percussion, "varpercussion": percussion}.get(form)


def _clef_digit(page: Labeller, leaves: list[Leaf]) -> None:
    text = "".join(leaf.text or str(_digit(leaf)) for leaf in leaves)
    page.add("clef15" if "15" in text else "clef8", leaves) if text in ("8", "15") else page.miss(leaves)


def _rest(page: Labeller, leaves: list[Leaf]) -> None:
    page.named(leaves, lambda leaf: _RESTS.get(leaf.glyph.removeprefix("rests.")))


def _bar_rest(page: Labeller, leaves: list[Leaf]) -> None:
    _rest(page, [leaf for leaf in leaves if leaf.shape == "glyph"])
    page.add("restHBar", [leaf for leaf in leaves if leaf.shape != "glyph"])


def _barline(page: Labeller, leaves: list[Leaf]) -> None:
    """Label the strokes of one staff's barline; a dashed or dotted one is a single mark."""
    dots = [leaf for leaf in leaves if leaf.glyph == "dots.dot"]
    strokes = [leaf for leaf in leaves if leaf.glyph != "dots.dot"]
    form = "" if leaves[0].grob is None else leaves[0].grob.get("data-glyph", "")
    if form in ("!", ";"):
        page.add("barlineDashed" if form == "!" else "barlineDotted", leaves)
        return
    page.each("repeatDot", dots)
    for stroke in strokes:
        width = float(np.ptp(stroke.points[:, 0])) / page.staff_of(stroke).space_px
        page.add("barlineHeavy" if width >= _HEAVY_SP else "barlineSingle", [stroke])


def _script(page: Labeller, leaves: list[Leaf]) -> None:
    page.named(leaves, lambda leaf: _script_name(page, leaf))


def _script_name(page: Labeller, leaf: Leaf) -> str | None:
    form = leaf.glyph.removeprefix("scripts.")
    if form in _SCRIPTS:
        return _SCRIPTS[form]
    sided = _SIDED.get(form) or (_SIDED.get(form[1:]) if form[:1] in ("u", "d") else None)
    return None if sided is None else sided + ("Above" if page.above(leaf) else "Below")


def _dynamics(page: Labeller, leaves: list[Leaf]) -> None:
    page.named(leaves, lambda leaf: f"dynamic{leaf.glyph.upper()}" if leaf.glyph in list("pmfszr") else None)


def _hairpin(page: Labeller, leaves: list[Leaf]) -> None:
    falls = leaves[0].grob is not None and leaves[0].grob.get("data-grow") == "-1"
    page.add("dynamicDiminuendoHairpin" if falls else "dynamicCrescendoHairpin", leaves)


def _beam(page: Labeller, leaves: list[Leaf]) -> None:
    page.each("beam", leaves)


def _ledger(page: Labeller, leaves: list[Leaf]) -> None:
    page.each("ledgerLine", leaves)


def _dots(page: Labeller, leaves: list[Leaf]) -> None:
    page.each("augmentationDot", leaves)


def _tuplet_number(page: Labeller, leaves: list[Leaf]) -> None:
    page.named(leaves, lambda leaf: None if _digit(leaf) in (None, 0) else f"tuplet{_digit(leaf)}")


def _fingering(page: Labeller, leaves: list[Leaf]) -> None:
    page.named(leaves, lambda leaf: f"fingering{_digit(leaf)}" if _digit(leaf) in range(6) else None)


def _tremolo(page: Labeller, leaves: list[Leaf]) -> None:
    page.add(f"tremolo{len(leaves)}", leaves) if len(leaves) <= 5 else page.miss(leaves)


def _ottava(page: Labeller, leaves: list[Leaf]) -> None:
    signs = [leaf for leaf in leaves if leaf.shape in ("text", "glyph")]
    text = "".join(leaf.text or str(_digit(leaf)) for leaf in signs)
    eight = "ottavaAlta" if signs and page.above(signs[0]) else "ottavaBassa"
    page.add("quindicesima" if text.startswith("15") else eight, signs)
    page.add("ottavaBracket", [leaf for leaf in leaves if leaf.shape not in ("text", "glyph")])


def _pedal(page: Labeller, leaves: list[Leaf]) -> None:
    up = [leaf for leaf in leaves if leaf.glyph == "pedal.*"]
    page.each("keyboardPedalUp", up)
    page.add("keyboardPedalPed", [leaf for leaf in leaves if leaf.glyph != "pedal.*"])


def _trill_line(page: Labeller, leaves: list[Leaf]) -> None:
    sign = [leaf for leaf in leaves if leaf.glyph == "scripts.trill"]
    page.add("ornamentTrill", sign)
    page.add("trillExtension", [leaf for leaf in leaves if leaf.glyph != "scripts.trill"])


def _percent(page: Labeller, leaves: list[Leaf]) -> None:
    page.add("repeatMeasure", leaves)


def _nothing(page: Labeller, leaves: list[Leaf]) -> None:
    """Staff lines are labelled apart; the stretch of a barline between staves, hyphens and extenders are no symbols."""


_HANDLERS: dict[str, Callable[[Labeller, list[Leaf]], None]] = {
    "NoteHead": _notehead, "TrillPitchHead": _notehead, "Flag": _flag, "Accidental": _accidental,
    "AccidentalCautionary": _accidental, "AccidentalSuggestion": _accidental, "KeySignature": _key,
    "KeyCancellation": _key, "TimeSignature": _meter, "Clef": _clef, "CueClef": _clef, "CueEndClef": _clef,
    "ClefModifier": _clef_digit, "Rest": _rest, "MultiMeasureRest": _bar_rest, "BarLine": _barline,
    "Script": _script, "MultiMeasureRestScript": _script, "CaesuraScript": _script, "BreathingSign": _script,
    "SegnoMark": _script, "CodaMark": _script, "DynamicText": _dynamics, "Hairpin": _hairpin, "Beam": _beam,
    "LedgerLineSpanner": _ledger, "Dots": _dots, "TupletNumber": _tuplet_number, "Fingering": _fingering,
    "StemTremolo": _tremolo, "OttavaBracket": _ottava, "SustainPedal": _pedal, "TrillSpanner": _trill_line,
    "RepeatSlash": _percent, "StaffSymbol": _nothing, "SpanBar": _nothing, "LyricHyphen": _nothing,
    "LyricExtender": _nothing, "VowelTransition": _nothing,
}  # fmt: skip
#: Every object that is asked for its name when LilyPond draws.
GROBS = tuple(sorted({*_HANDLERS, *_CURVES, *_WHOLE, *TEXTS}))
