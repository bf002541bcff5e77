"""`Speller`: heads to notes, with clef, key, accidentals, octave lines and ties in mind."""

from __future__ import annotations

from dataclasses import dataclass, field

from notation.score import Clef, Event, Note, SymbolRef
from reconstruction.chord_signs import fingering_of
from reconstruction.chords import Chord
from reconstruction.events import notehead_name
from reconstruction.heads import Head
from reconstruction.page_links import PageLinks
from reconstruction.pitch import Memory, accidental_of, octave_at
from reconstruction.sheet import Glyph
from reconstruction.timeline import StaffKey

#: A note this far before or behind an octave line still stands under it.
OTTAVA_SLACK_SP = 0.9


@dataclass(frozen=True, slots=True)
class Signature:
    """What holds for a part in a bar: its key, its number among the parts, and its clefs.

    Attributes:
        rows: the part's staff numbers, from 1, by page staff.
        clefs: clefs by page staff with the x from which they hold; the first holds from the start.
    """

    part: int
    rows: dict[int, int]
    fifths: int
    clefs: dict[int, list[tuple[float, Clef]]]


@dataclass(slots=True)
class Speller:
    """Spells bar after bar; remembers the accidentals that ties carry on."""

    _alters: dict[tuple[int, int], int] = field(default_factory=dict)  # sounding alter by page and head row
    #: Ties over the end of a system: alter by staff and staff position.
    _hanging: dict[tuple[StaffKey, int], int] = field(default_factory=dict)

    def spell(self, pairs: list[tuple[Chord, Event]], signature: Signature, links: PageLinks) -> None:
        """Add a note to its event for every head of one part in one bar; accidentals hold to the end of the bar."""
        memory = Memory()
        open_right = {head.glyph.row for _, head in links.page.ties.open_right}
        for chord, event in sorted(pairs, key=lambda one: (one[0].x, one[0].staff)):
            for head in chord.heads:
                if head.staff in signature.rows:
                    event.notes.append(self._note(chord, head, memory, signature, links, open_right))

    def _note(
        self, chord: Chord, head: Head, memory: Memory, signature: Signature, links: PageLinks, open_right: set[int]
    ) -> Note:
        page, row = links.page, head.glyph.row
        number = page.sheet.page
        sign = page.accidentals.get(row)
        accidental = accidental_of(sign)
        tied = self._alters.get((number, links.tie_from[row])) if row in links.tie_from else None
        key = ((signature.part, signature.rows[head.staff]), head.position)
        if row in links.open_left:
            tied = self._hanging.pop(key, None)
        octave = octave_at(links.octaves, head.staff, chord.x, OTTAVA_SLACK_SP * page.sheet.space_px)
        clef = _clef_at(signature.clefs[head.staff], chord.x)
        alter = accidental[1] if accidental else None
        pitch = memory.pitch(head.staff, head.position, clef, signature.fifths, alter, tied, octave)
        self._alters[number, row] = pitch.alter
        if row in open_right:
            self._hanging[key] = pitch.alter
        digits = links.fingerings.get(row, [])
        for digit in digits:
            links.graph.relate(row, "fingering", digit.row)
        return Note(
            pitch,
            accidental=accidental[0] if accidental else None,
            tie_start=row in links.tie_starts,
            tie_stop=row in links.tie_stops,
            fingerings=[fingering_of(digit, head.glyph) for digit in digits],
            notehead=notehead_name(head.glyph),
            confidence=head.glyph.score,
            symbols=[SymbolRef(number, one) for one in _rows(head, sign, digits)],
        )


def _rows(head: Head, sign: Glyph | None, digits: list[Glyph]) -> list[int]:
    return [head.glyph.row, *head.ledgers, *([sign.row] if sign is not None else []), *(one.row for one in digits)]


def _clef_at(changes: list[tuple[float, Clef]], x: float) -> Clef:
    current = Clef("G", 2)
    for start, clef in changes:
        if start <= x:
            current = clef
    return current
