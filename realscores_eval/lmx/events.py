"""What a part holds in the order of its MusicXML file: notes, steps in time, clefs, keys and meters.

This is the middle ground of LMX: MusicXML is read into events, events become tokens, and both ways back. Times are
exact `Fraction` quarter lengths (`_ql`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

from notation import score

#: Written values by MusicXML type name, longest first.
TYPE_QL: dict[str, Fraction] = {
    "maxima": Fraction(32),
    "long": Fraction(16),
    **score.TYPE_QL,
    "512th": Fraction(1, 128),
    "1024th": Fraction(1, 256),
}
#: Values that are drawn without a stem.
STEMLESS = ("maxima", "long", "breve", "whole")
#: The type of a rest that fills its bar; MusicXML gives it none.
MEASURE_REST = "measure"


Kind: TypeAlias = Literal["pitch", "unpitched", "rest"]


@dataclass(frozen=True, slots=True)
class Note:
    """One `<note>`: a notehead or a rest.

    Attributes:
        kind: "pitch", "unpitched" (its step and octave are where it stands) or "rest".
        alter: semitones, `None` where the element states none.
        type: written value by its MusicXML name, or `MEASURE_REST`.
        ratio: (actual, normal) of the time modification.
        stem: as the element says, for a head of a chord as its first head says; "" where nothing is said.
        beams: (level, value) in the order of the levels, values as in MusicXML.
        tied: "stop" and "start", also where only the sound (`<tie>`) is stated; "let-ring", "continue".
        tuplets: "stop" or "start" of each bracket that ends or begins here.
        marks: other signs, by their tokens, in the order of `vocabulary.MARKS`.
        grace: "", "grace", or "slash".
        hidden: takes time and is not printed.
        duration_ql: sounding time; 0 for grace notes.
    """

    kind: Kind = "pitch"
    step: str = ""
    octave: int = 0
    alter: Fraction | None = None
    voice: str = "1"
    staff: int = 1
    type: str = "quarter"
    ratio: tuple[int, int] | None = None
    dots: int = 0
    accidental: str = ""
    stem: str = ""
    beams: tuple[tuple[int, str], ...] = ()
    tied: tuple[str, ...] = ()
    tuplets: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    grace: str = ""
    chord: bool = False
    cue: bool = False
    hidden: bool = False
    duration_ql: Fraction = Fraction(0)

    @property
    def written_ql(self) -> Fraction:
        """What value, dots and time modification say; 0 for grace notes and measure rests."""
        if self.grace or self.type == MEASURE_REST:
            return Fraction(0)
        return value_ql(self.type, self.dots, self.ratio)


@dataclass(frozen=True)
class Step:
    """`<backup>` (negative) or `<forward>` by a time that is not 0; neighbours in one direction are one step."""

    by_ql: Fraction


@dataclass(frozen=True)
class Clef:
    """Sign, line from the bottom ("" where none is stated) and octave change; `staff` is 0 where none is stated."""

    sign: str
    line: str
    octave_change: int = 0
    staff: int = 0
    hidden: bool = False


@dataclass(frozen=True)
class Key:
    """Fifths, or for other signatures the (step, alter) of each sign; `staff` 0 means all."""

    fifths: int | None = 0
    signs: tuple[tuple[str, str], ...] = ()
    staff: int = 0
    hidden: bool = False


@dataclass(frozen=True)
class Time:
    """(beats, beat type) once or more often, none for music without meter; `staff` 0 means all.

    `symbol` is "common", "cut" or "" for digits.
    """

    fractions: tuple[tuple[str, str], ...] = (("4", "4"),)
    symbol: str = ""
    staff: int = 0
    hidden: bool = False

    @property
    def bar_ql(self) -> Fraction | None:
        """How long a bar is, `None` where the digits do not say."""
        try:
            return sum((_beats(beats) * 4 / int(kind) for beats, kind in self.fractions), start=Fraction(0)) or None
        except (ValueError, ZeroDivisionError):
            return None


Event: TypeAlias = Note | Step | Clef | Key | Time


@dataclass
class Part:
    """One part: how many staves it declares, and the events of each measure."""

    staves: int = 1
    measures: list[list[Event]] = field(default_factory=list)

    @property
    def staves_used(self) -> int:
        """The lowest staff that anything is written on, at least 1."""
        numbers = (event.staff for measure in self.measures for event in measure if not isinstance(event, Step))
        return max([1, *numbers])

    def settle_staves(self) -> None:
        """Count the staves; on a single one, no sign needs to name it."""
        self.staves = max(self.staves, self.staves_used)
        if self.staves_used > 1:
            return
        for events in self.measures:
            for at, event in enumerate(events):
                if isinstance(event, Clef | Key | Time) and event.staff:
                    events[at] = replace(event, staff=0)


def _beats(text: str) -> Fraction:
    return sum((Fraction(int(one)) for one in text.split("+")), start=Fraction(0))


@lru_cache(maxsize=4096)
def value_ql(kind: str, dots: int = 0, ratio: tuple[int, int] | None = None) -> Fraction:
    """Return the length of a note value with dots and a time modification (actual, normal)."""
    plain = TYPE_QL[kind] * (2 - Fraction(1, 2**dots))
    return plain * Fraction(ratio[1], ratio[0]) if ratio else plain
