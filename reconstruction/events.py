"""Chords with a time to `notation.score.Event`: beams, tuplets, ties, articulations spelled out."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from notation.score import BeamMark, Event, SymbolRef, Tuplet
from reconstruction.chords import Chord
from reconstruction.links import Stem
from reconstruction.sheet import Glyph

ARTICULATIONS = {
    "articAccent": "accent",
    "articStaccato": "staccato",
    "articTenuto": "tenuto",
    "articStaccatissimo": "staccatissimo",
    "articMarcato": "strong-accent",
    "fermata": "fermata",
    "stringsDownBow": "down-bow",
    "stringsUpBow": "up-bow",
    "breathMark": "breath-mark",
    "caesura": "caesura",
}
ORNAMENTS = {
    "ornamentTrill": "trill-mark",
    "ornamentTurn": "turn",
    "ornamentTurnInverted": "inverted-turn",
    "ornamentMordent": "inverted-mordent",
    "ornamentMordentLower": "mordent",
}


#: A beam goes on beyond a stem when it reaches farther than this.
HOOK_SP = 0.6


def articulation(name: str) -> str | None:
    """MusicXML name of an articulation class, None for other classes."""
    return ARTICULATIONS.get(name.removesuffix("Above").removesuffix("Below"))


def beam_users(stems: list[Stem]) -> dict[int, list[Stem]]:
    """Stems of every beam by the beam's row, left to right."""
    users: dict[int, list[Stem]] = {}
    for stem in sorted((one for one in stems if one.heads), key=lambda one: one.glyph.cx):
        for beam in stem.beams:
            users.setdefault(beam.row, []).append(stem)
    return users


def beam_marks(stem: Stem, users: dict[int, list[Stem]], space_px: float) -> tuple[BeamMark, ...]:
    """One mark a level from the tip inwards; levels that were lost go the way of the first one found."""
    found = tuple(_beam_mark(stem, level, users, space_px) for level in stem.levels)
    return found[:1] * stem.lost_levels + found


def _beam_mark(stem: Stem, level: list[Glyph], users: dict[int, list[Stem]], space_px: float) -> BeamMark:
    x = stem.glyph.cx
    if all(len(users.get(beam.row, ())) < 2 for beam in level):
        return "forward hook" if level[0].cx >= x else "backward hook"
    to_left = any(one.x0 < x - HOOK_SP * space_px for one in level)
    to_right = any(one.x1 > x + HOOK_SP * space_px for one in level)
    if to_left and to_right:
        return "continue"
    return "begin" if to_right else "end"


def make_event(chord: Chord, page: int, onset_ql: Fraction, users: dict[int, list[Stem]], space_px: float) -> Event:
    """An event without notes, voice and staff."""
    event = Event(
        onset_ql=onset_ql,
        duration_ql=chord.duration_ql,
        type_name=chord.type_name,
        dots=chord.dots,
        x_px=chord.x,
        symbols=[SymbolRef(page, row) for row in _rows(chord)],
    )
    if chord.stem is not None:
        event.stem = "up" if chord.stem.up else "down"
        if chord.group is not None and chord.type_name not in ("half", "whole", "breve"):
            event.beams = beam_marks(chord.stem, users, space_px)
        if chord.stem.tremolo is not None and chord.tremolo_end is None:
            event.tremolo = int(chord.stem.tremolo.name.removeprefix("tremolo"))
    if chord.tremolo_end is not None:
        event.tremolo, event.tremolo_end = chord.strokes, chord.tremolo_end
    if chord.tuplet is not None:
        event.tuplet = Tuplet(*chord.tuplet)
    return event


def _rows(chord: Chord) -> list[int]:
    rows = [*chord.dot_rows, *chord.tuplet_rows, *chord.stroke_rows]
    if chord.rest is not None:
        rows.append(chord.rest.row)
    if chord.stem is not None:
        rows.append(chord.stem.glyph.row)
        rows += [beam.row for beam in chord.stem.beams]
        rows += [one.row for one in (chord.stem.flag, chord.stem.tremolo) if one is not None]
    return sorted(set(rows))


def mark_tuplets(events: list[tuple[Chord, Event]]) -> None:
    """Set start and stop of every tuplet among the events of one bar and part."""
    groups: dict[int, list[tuple[Chord, Event]]] = {}
    for chord, event in events:
        if chord.tuplet is not None and chord.tuplet_id is not None:
            groups.setdefault(chord.tuplet_id, []).append((chord, event))
    for members in groups.values():
        ordered = sorted(members, key=lambda one: (one[1].onset_ql, one[0].x))
        for index, (chord, event) in enumerate(ordered):
            marks: tuple[Literal["start", "stop"], ...] = ()
            if index == 0:
                marks += ("start",)
            if index == len(ordered) - 1:
                marks += ("stop",)
            if chord.tuplet is not None:
                event.tuplet = Tuplet(*chord.tuplet, marks=marks, bracket=chord.group is None)


def notehead_name(glyph: Glyph) -> str | None:
    """MusicXML notehead where it is not the normal one."""
    return {"noteheadX": "x", "noteheadDiamond": "diamond"}.get(glyph.name)


def add_mark(event: Event, name: str) -> bool:
    """Add an articulation, ornament or arpeggio by class name; false for classes that are none of these."""
    known = articulation(name)
    if known is not None:
        event.articulations.append(known)
    elif name in ORNAMENTS:
        event.ornaments.append(ORNAMENTS[name])
    elif name == "arpeggiato":
        event.arpeggiate = True
    else:
        return False
    return True
