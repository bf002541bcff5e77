"""What the composer writes down before it becomes MusicXML. Lengths are Fractions of a whole note."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal
from xml.etree.ElementTree import Element

#: Divisions of a quarter: 128ths and tuplets of 2 to 9 and 12 come out whole (32 x 5 x 7 x 9); below MusicXML's 16383.
DIVISIONS = 10080
STEPS = "CDEFGAB"
#: MusicXML names of the note values, from the longest; `Fraction` of a whole note.
TYPES: dict[Fraction, str] = {
    Fraction(2): "breve",
    Fraction(1): "whole",
    Fraction(1, 2): "half",
    Fraction(1, 4): "quarter",
    Fraction(1, 8): "eighth",
    Fraction(1, 16): "16th",
    Fraction(1, 32): "32nd",
    Fraction(1, 64): "64th",
    Fraction(1, 128): "128th",
}
#: Length of a note with 0, 1 and 2 dots, in its undotted value.
DOTTED = (Fraction(1), Fraction(3, 2), Fraction(7, 4))


def written(length: Fraction) -> tuple[Fraction, int] | None:
    """Return (undotted value, dots) of a length that one note can have, else None."""
    for dots, factor in enumerate(DOTTED):
        value = length / factor
        if value in TYPES and (dots == 0 or value / 2**dots in TYPES):
            return value, dots
    return None


@dataclass(slots=True)
class Pitch:
    """One notehead. `diatonic` counts the white keys, 7 an octave, middle C = 28."""

    diatonic: int
    alter: int = 0
    accidental: str | None = None  # as printed
    cautionary: bool = False
    tie_start: bool = False
    tie_stop: bool = False

    @property
    def step(self) -> str:
        """The letter C to B."""
        return STEPS[self.diatonic % 7]

    @property
    def octave(self) -> int:
        """The octave in scientific notation; middle C begins octave 4."""
        return self.diatonic // 7


@dataclass(frozen=True, slots=True)
class Tuplet:
    """`actual` notes of `value` in the time of `normal`; one object is shared by the notes of a tuplet."""

    actual: int
    normal: int
    value: Fraction
    bracket: bool
    number: bool


@dataclass(slots=True)
class Event:
    """A note, a chord (several pitches) or a rest (`silent`)."""

    onset: Fraction
    length: Fraction  # sounding, tuplet included; 0 for grace notes
    value: Fraction  # written, undotted
    dots: int = 0
    pitches: list[Pitch] = field(default_factory=list)
    silent: bool = False
    whole_bar: bool = False
    tuplet: Tuplet | None = None
    tuplet_edge: frozenset[str] = frozenset()  # of "start", "stop"
    beams: list[str] = field(default_factory=list)
    grace: Literal["slashed", "plain"] | None = None
    graces: list[Event] = field(default_factory=list)
    cue: bool = False
    notehead: str | None = None
    stem: str | None = None
    unpitched: bool = False
    notations: dict[str, list[Element]] = field(default_factory=dict)  # by parent: "", "ornaments", ...
    lyric: tuple[str, str] | None = None  # syllabic, text
    before: list[Element] = field(default_factory=list)  # directions, harmonies and clefs in front of it
    after: list[Element] = field(default_factory=list)

    def note(self, parent: str, element: Element) -> None:
        """Add a notation under `parent` ("" for the notations element itself)."""
        self.notations.setdefault(parent, []).append(element)


@dataclass(frozen=True, slots=True)
class Clef:
    """A MusicXML clef: sign, line from the bottom, octaves of the small digit."""

    sign: str
    line: int = 0
    octaves: int = 0

    @property
    def middle(self) -> int:
        """The diatonic number on the middle line."""
        if self.sign == "percussion":
            return 34
        reference = {"G": 32, "F": 24, "C": 28}[self.sign]
        return reference + 2 * (3 - self.line) + 7 * self.octaves


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature: MusicXML `beats`, `beat_type` and `symbol`, and the beamed groups of a bar."""

    beats: str
    beat_type: int
    groups: tuple[Fraction, ...]
    symbol: str | None = None

    @property
    def length(self) -> Fraction:
        """The length of a bar, of a whole note."""
        return sum(self.groups, Fraction(0))


@dataclass(slots=True)
class StaffBar:
    """One bar of one staff: one or two voices, and the clef that is new at its start."""

    voices: list[list[Event]]
    clef: Clef | None = None


@dataclass(slots=True)
class Bar:
    """What all parts share in one bar."""

    meter: Meter
    fifths: int
    new_meter: bool = False
    cancels: int | None = None  # the old fifths where the key changes
    right: str | None = None
    repeat_start: bool = False
    repeat_end: bool = False
    ending: str | None = None
    ending_ends: str | None = None  # "stop" or "discontinue"
    resting: int = 0  # length in bars of a multi-measure rest that starts here
    hidden: bool = False  # within a multi-measure rest
    repeats_last: bool = False  # a bar repeat sign


@dataclass(slots=True)
class PartPlan:
    """A player: names, starting clef of each staff, and the music once it is made."""

    name: str
    clefs: list[Clef]
    sung: bool = False
    percussion: bool = False
    staves: list[list[StaffBar]] = field(default_factory=list)


@dataclass(slots=True)
class Piece:
    """All that the writer needs."""

    title: str
    composer: str
    bars: list[Bar]
    parts: list[PartPlan]
    groups: list[tuple[int, int, str]]  # first part, last part, "bracket" | "brace" | "square"
