"""`Score`: the music that was read, small and explicit; every note keeps the symbol rows that it was read from.

All times are `Fraction` quarter lengths (`_ql`). Onsets count from the start of the measure. Nothing here is repaired
silently: what does not add up stays as it was read and stands in `Score.issues`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

STEPS = "CDEFGAB"
#: Written note values in quarter lengths, by MusicXML type name.
TYPE_QL: dict[str, Fraction] = {
    "breve": Fraction(8),
    "whole": Fraction(4),
    "half": Fraction(2),
    "quarter": Fraction(1),
    "eighth": Fraction(1, 2),
    "16th": Fraction(1, 4),
    "32nd": Fraction(1, 8),
    "64th": Fraction(1, 16),
    "128th": Fraction(1, 32),
    "256th": Fraction(1, 64),
}

BeamMark = Literal["begin", "continue", "end", "forward hook", "backward hook"]


@dataclass(frozen=True, slots=True)
class SymbolRef:
    """A symbol of one page of the score: page index from 0, row of that page's `Symbols`."""

    page: int
    row: int


@dataclass(frozen=True, slots=True)
class Pitch:
    """A sounding pitch; `alter` in semitones, `octave` in scientific notation (middle C is C4)."""

    step: str
    alter: int
    octave: int

    @property
    def diatonic(self) -> int:
        """Steps above C0: C4 is 28."""
        return self.octave * 7 + STEPS.index(self.step)


@dataclass(frozen=True, slots=True)
class Clef:
    """MusicXML sign, line (from the bottom, 1) and octave change."""

    sign: Literal["G", "F", "C", "percussion"]
    line: int
    octave_change: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """A key signature; `fifths` > 0 sharps, < 0 flats."""

    fifths: int


@dataclass(frozen=True, slots=True)
class Time:
    """A meter. `beats` can be a sum such as "3+2"; `symbol` is "common", "cut" or None for digits."""

    beats: str
    beat_type: int
    symbol: Literal["common", "cut"] | None = None

    @property
    def length_ql(self) -> Fraction:
        """The length of one bar."""
        return Fraction(4, self.beat_type) * sum(int(part) for part in self.beats.split("+"))


@dataclass(frozen=True, slots=True)
class Fingering:
    """A finger printed at a note; `placement` None: beside the head."""

    finger: str
    placement: Literal["above", "below"] | None = None


@dataclass(slots=True)
class Note:
    """One notehead. `accidental` is the printed sign (MusicXML name) or None; the pitch already contains it."""

    pitch: Pitch
    accidental: str | None = None
    cautionary: bool = False
    tie_start: bool = False
    tie_stop: bool = False
    fingerings: list[Fingering] = field(default_factory=list)
    notehead: str | None = None  # MusicXML notehead name when not normal: "x", "diamond"
    symbols: list[SymbolRef] = field(default_factory=list)
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Tuplet:
    """`actual` notes in the time of `normal`; `marks` says whether the event starts or stops the bracket."""

    actual: int
    normal: int
    marks: tuple[Literal["start", "stop"], ...] = ()
    bracket: bool = False


@dataclass(slots=True)
class Event:
    """A chord (one note or more) or a rest (no note) of one voice.

    `duration_ql` is sounding time within the measure (0 for grace notes); `type_name`, `dots`, `tuplet` are as printed.
    `staff` counts within the part from 1, `voice` within the part's measure from 1.
    """

    onset_ql: Fraction
    duration_ql: Fraction
    type_name: str
    dots: int = 0
    notes: list[Note] = field(default_factory=list)
    staff: int = 1
    voice: int = 1
    stem: Literal["up", "down"] | None = None
    beams: tuple[BeamMark, ...] = ()
    tuplet: Tuplet | None = None
    grace: Literal["acciaccatura", "appoggiatura"] | None = None
    cue: bool = False
    measure_rest: bool = False
    articulations: list[str] = field(default_factory=list)  # MusicXML names: "staccato", "accent", "fermata", ...
    ornaments: list[str] = field(default_factory=list)  # MusicXML names: "trill-mark", "turn", ...
    tremolo: int = 0  # strokes
    tremolo_end: Literal["start", "stop"] | None = None  # of a tremolo between two notes
    arpeggiate: bool = False
    slur_starts: list[int] = field(default_factory=list)  # slur numbers, 1 to 6
    slur_stops: list[int] = field(default_factory=list)
    symbols: list[SymbolRef] = field(default_factory=list)  # stem, flag, beams, dots, rest sign
    x_px: float = 0.0

    @property
    def is_rest(self) -> bool:
        """Whether nothing sounds."""
        return not self.notes


@dataclass(frozen=True, slots=True)
class Direction:
    """A sign between the staves: dynamics ("p", "sfz"), "cresc-start", "dim-start", "wedge-stop", "pedal-start",
    "pedal-stop", "8va-start", "8vb-start", "ottava-stop", "segno", "coda", "words:TEXT"."""

    onset_ql: Fraction
    staff: int
    kind: str
    placement: Literal["above", "below"] = "below"


@dataclass(slots=True)
class Measure:
    """One bar of one part. `clefs` holds (onset_ql, staff, clef) for clefs that are printed or take effect here."""

    number: str
    length_ql: Fraction
    events: list[Event] = field(default_factory=list)
    clefs: list[tuple[Fraction, int, Clef]] = field(default_factory=list)
    key: Key | None = None  # where it changes, and in the first bar
    time: Time | None = None
    barline_left: str | None = None  # MusicXML bar styles: "regular", "light-light", "light-heavy", "heavy-light", ...
    barline_right: str | None = None
    repeat_start: bool = False
    repeat_end: bool = False
    ending_start: str | None = None  # "1", "2", "1,2"
    ending_stop: str | None = None
    directions: list[Direction] = field(default_factory=list)
    new_system: bool = False
    new_page: bool = False
    pickup: bool = False
    page: int = 0
    system: int = 0  # of the page, from 0


@dataclass(slots=True)
class Part:
    """A player: one staff, or several joined by a brace. All parts of a score have the same number of measures."""

    id: str
    name: str = ""
    staves: int = 1
    measures: list[Measure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Issue:
    """Something strange that a reader should look at. `code` is stable and documented in `docs/issues.md`."""

    code: str
    message: str
    page: int = 0
    measure: str | None = None
    part: str | None = None
    symbols: tuple[SymbolRef, ...] = ()


@dataclass(slots=True)
class Score:
    """The whole piece."""

    parts: list[Part] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    title: str = ""
    #: (first part index, last part index, "bracket" | "brace") for groups of parts joined at the left edge
    groups: list[tuple[int, int, str]] = field(default_factory=list)
