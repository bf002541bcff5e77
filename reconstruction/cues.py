"""Small notes: grace notes take no time, cue notes do; told apart by their values and by what the bar lacks."""

from __future__ import annotations

from fractions import Fraction

from reconstruction.chords import Chord
from reconstruction.sheet import Glyph, Sheet

#: A grace note's box or slash covers its head or stem to within this, px.
_COVER_PX = 3.0


def boxed_graces(sheet: Sheet, chords: list[Chord]) -> set[int]:
    """Identities of the small chords that a grace sign (boxed single grace note or its slash) stands on."""
    return {id(chord) for chord in chords if chord.small and grace_signs(sheet, chord)}


def grace_signs(sheet: Sheet, chord: Chord) -> list[Glyph]:
    """The grace signs over the heads or the stem of a chord."""
    glyphs = [head.glyph for head in chord.heads] + ([chord.stem.glyph] if chord.stem is not None else [])
    return [sign for sign in sheet.starting("graceNote") if any(_overlap(sign, one) for one in glyphs)]


def _overlap(sign: Glyph, glyph: Glyph) -> bool:
    in_x = sign.x0 - _COVER_PX < glyph.cx < sign.x1 + _COVER_PX
    return in_x and sign.y0 - _COVER_PX < glyph.y1 and glyph.y0 < sign.y1 + _COVER_PX


def mark_cues(chords: list[Chord], boxed: set[int], length_ql: Fraction | None) -> None:
    """Set `Chord.cue` for the small notes of one bar that take time, staff by staff."""
    for staff in {chord.staff for chord in chords}:
        mine = [chord for chord in chords if chord.staff == staff]
        small = [chord for chord in mine if chord.small and id(chord) not in boxed]
        if small and _are_cues(small, [chord for chord in mine if not chord.small], length_ql):
            for chord in small:
                chord.cue = True


def _are_cues(small: list[Chord], normal: list[Chord], length_ql: Fraction | None) -> bool:
    """Small notes are cues where nothing else stands, where they are long, or where they just fill the bar."""
    if not any(not chord.is_rest for chord in normal):
        whole_rest = any(chord.type_name == "whole" for chord in normal)
        return not whole_rest
    if any(chord.type_name in ("half", "whole", "breve") or chord.dots for chord in small):
        return True
    total = sum((chord.written_ql for chord in normal), Fraction(0))
    more = sum((chord.written_ql for chord in small), Fraction(0))
    return length_ql is not None and total < length_ql and total + more == length_ql
