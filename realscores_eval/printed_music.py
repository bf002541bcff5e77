"""What a MusicXML file prints: noteheads, rests, signatures and marks by bar and staff, with `Fraction` times.

Every visible notehead counts by itself, tied or not. Invisible notes and rests (`print-object="no"`) take time and are
otherwise absent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

_STEPS = "CDEFGAB"
#: Duration of a rest that stands alone in its voice and fills the bar, whatever the bar's length.
FULL_BAR = Fraction(-1)

#: Kinds of marks at notes and rests, which belong to their staff and have an onset.
NOTE_MARKS = ("articulation", "fermata", "ornament", "tremolo", "arpeggio", "fingering", "slur end")
#: Kinds of marks that every part of a score repeats, and that are one thing in print.
BARLINE_MARKS = ("repeat", "ending", "barline")
#: Kinds of marks of the whole bar: between staves or beside notes, print leaves staff and onset open.
BAR_MARKS = ("dynamics", "hairpin end", "pedal", "octave line", *BARLINE_MARKS)


@dataclass(frozen=True, slots=True)
class Head:
    """One visible notehead; times in quarter lengths, `onset_ql` from the first visible sign of the bar.

    `position` is the staff position in steps above the middle line under the clef in force, above C0 if there is none.
    `kind` is "normal", "grace" or "cue".
    """

    onset_ql: Fraction
    duration_ql: Fraction
    step: str
    alter: Fraction
    octave: int
    accidental: str = ""
    tie_start: bool = False
    tie_stop: bool = False
    kind: str = "normal"
    position: int = 0

    @property
    def pitch(self) -> tuple[str, Fraction, int]:
        """Step, alter and octave."""
        return self.step, self.alter, self.octave

    @property
    def diatonic(self) -> int:
        """Steps above C0: C4 is 28."""
        return self.octave * 7 + _STEPS.index(self.step)


@dataclass(frozen=True, slots=True)
class Rest:
    """One visible rest; `duration_ql` is `FULL_BAR` for one that stands alone in its voice and fills the bar."""

    onset_ql: Fraction
    duration_ql: Fraction


@dataclass(frozen=True, slots=True)
class Sign:
    """A clef ("G", "2", "0"), key ("-3",) or meter ("3", "4") that takes effect at `onset_ql`."""

    onset_ql: Fraction
    value: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A printed sign beside heads, rests and signatures.

    Attributes:
        kind: one of `NOTE_MARKS` or `BAR_MARKS`.
        value: what tells marks of one kind apart: ("staccato",), ("single", "3") for a tremolo, ("down", "8").
        onset_ql: of the note or rest it is at, in quarter lengths as there; `None` for a mark of the whole bar.
    """

    kind: str
    value: tuple[str, ...] = ()
    onset_ql: Fraction | None = None


@dataclass(slots=True)
class StaffBar:
    """What one staff shows in one bar. Signatures that only repeat what is in force already are left out.

    Staves are equal, and bars are paired, by notes and signatures: `marks` (of `NOTE_MARKS`) take no part in either.
    """

    heads: list[Head] = field(default_factory=list)
    rests: list[Rest] = field(default_factory=list)
    clefs: list[Sign] = field(default_factory=list)
    keys: list[Sign] = field(default_factory=list)
    meters: list[Sign] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list, repr=False, compare=False)


@dataclass(slots=True)
class Bar:
    """One bar over all staves of the score, top to bottom; `marks` (of `BAR_MARKS`) belong to no staff."""

    number: str
    staves: list[StaffBar]
    marks: list[Mark] = field(default_factory=list, repr=False, compare=False)


@dataclass(slots=True)
class PrintedMusic:
    """A whole file: bars, each with `staff_count` staves."""

    staff_count: int
    bars: list[Bar]

    def heads(self) -> Iterator[Head]:
        """Iterate over all visible noteheads."""
        return (head for bar in self.bars for staff in bar.staves for head in staff.heads)
