"""`Taste`: how often a piece uses what; one theme a piece, with the rest at a low everyday level."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random


@dataclass(frozen=True, slots=True)
class Taste:
    """Chances in [0, 1] a note (or a bar, a piece, where said) and the ranges of note values."""

    name: str = "everyday"
    shortest: Fraction = Fraction(1, 16)
    typical: Fraction = Fraction(1, 8)
    longest: Fraction = Fraction(1)
    meters: tuple[str, ...] = ()  # names of synth.composer.meter; empty: all
    parts: tuple[str, ...] = ()  # names of synth.composer.parts; empty: all
    merged_beats: float = 0.2
    rest: float = 0.1
    whole_bar_rest: float = 0.03  # a bar
    flagged: float = 0.2  # a bar that has flags and no beams
    tuplet: float = 0.03  # a beat
    bracket: float = 0.5  # a tuplet
    two_voices: float = 0.1  # a bar
    chord: float = 0.12
    seconds: float = 0.25  # of the chords
    wide_range: float = 0.2  # a leap into the ledger lines
    chromatic: float = 0.08
    double_accidentals: float = 0.15  # of the chromatic ones
    cautionary: float = 0.02
    tie: float = 0.05
    slur: float = 0.05
    long_slur: float = 0.2  # of the slurs
    grace: float = 0.03
    cue: float = 0.02  # a bar in cue size
    tremolo: float = 0.01
    articulation: float = 0.08
    ornament: float = 0.02
    arpeggio: float = 0.05  # of the chords
    glissando: float = 0.01
    fermata: float = 0.01
    breath: float = 0.01
    bowing: float = 0.01
    fingering: float = 0.02
    dynamic: float = 0.05
    hairpin: float = 0.03
    ottava: float = 0.01
    pedal: float = 0.01
    words: float = 0.01
    harmony: float = 0.01
    sign: float = 0.04  # segno, coda, rehearsal marks; a bar
    special_heads: float = 0.01  # a bar
    lyrics: float = 0.1  # a part
    clef_change: float = 0.03  # a bar
    odd_clefs: float = 0.2  # a staff
    key_change: float = 0.06  # a bar
    meter_change: float = 0.05  # a bar
    fancy_barline: float = 0.08  # a bar
    repeats: float = 0.5  # a piece
    multi_rests: float = 0.0  # a bar of a solo
    bar_repeats: float = 0.01  # a bar


_BREVES = ("4/2", "2/1", "8/4", "4/2")
_SHORT = ("2/8", "3/8", "2/4", "4/16", "6/16", "5/16")
_LONG = ("4/2", "3/2", "8/4", "2/1", "C|", "6/4")
_COMPOUND = ("6/8", "9/8", "12/8", "6/16", "9/16", "15/16")
_ODD = (
    "10/8",
    "10/16",
    "7/4",
    "7/8",
    "C",
    "C|",
    "15/16",
    "9/16",
    "3+2/8",
    "2+3/8",
    "5/4",
    "7/8",
    "3+3+2/8",
    "9/8",
    "6/4",
    "3+2/4",
)
_RARE = ("10/8", "10/8", "10/16", "C", "C", "C|", "C|", "C|", "7/8", "7/4", "9/8", "9/16", "5/8", "3+2/8")
_SINGLE = ("solo", "strings solo", "song line")

_EVERYDAY = Taste()
#: The themes, in the order in which seeds take them; a theme twice in the list counts twice.
THEMES: tuple[Taste, ...] = (
    _EVERYDAY,
    replace(
        _EVERYDAY,
        name="short flags",
        shortest=Fraction(1, 128),
        typical=Fraction(1, 32),
        flagged=0.9,
        rest=0.2,
        meters=_SHORT,
        merged_beats=0.02,
        wide_range=0.4,
        chord=0.03,
        longest=Fraction(1, 4),
        parts=_SINGLE,
    ),
    replace(
        _EVERYDAY,
        name="short beams",
        shortest=Fraction(1, 128),
        typical=Fraction(1, 32),
        flagged=0.1,
        rest=0.15,
        meters=_SHORT,
        merged_beats=0.02,
        longest=Fraction(1, 4),
    ),
    replace(
        _EVERYDAY,
        name="long values",
        shortest=Fraction(1, 4),
        typical=Fraction(1),
        longest=Fraction(2),
        rest=0.3,
        meters=_LONG,
        merged_beats=0.75,
        cue=0.4,
        whole_bar_rest=0.0,
        grace=0.05,
    ),
    replace(
        _EVERYDAY,
        name="breves",
        shortest=Fraction(1, 2),
        typical=Fraction(4),
        longest=Fraction(2),
        rest=0.4,
        meters=_BREVES,
        merged_beats=0.9,
        whole_bar_rest=0.0,
        parts=("choir", "quartet", "duo", "song line"),
    ),
    replace(
        _EVERYDAY,
        name="cue breves",
        shortest=Fraction(1, 2),
        typical=Fraction(4),
        longest=Fraction(2),
        cue=0.85,
        meters=_BREVES,
        merged_beats=0.9,
        whole_bar_rest=0.0,
        chord=0.35,
        parts=("choir", "quartet"),
    ),
    replace(_EVERYDAY, name="ornaments", ornament=0.4, grace=0.25, fermata=0.04, arpeggio=0.2),
    replace(_EVERYDAY, name="articulations", articulation=0.7, fermata=0.06, flagged=0.3, breath=0.05),
    replace(_EVERYDAY, name="tuplets", tuplet=0.7, meters=("2/4", "3/4", "C", "2/2"), merged_beats=0.05),
    replace(_EVERYDAY, name="compound tuplets", tuplet=0.6, meters=_COMPOUND, merged_beats=0.05),
    replace(
        _EVERYDAY, name="dotted tuplets", tuplet=0.7, meters=("6/8", "9/8", "12/8"), merged_beats=0.02, flagged=0.4
    ),
    replace(
        _EVERYDAY,
        name="keyboard",
        parts=("piano", "song", "organ", "two pianos"),
        fingering=0.35,
        pedal=0.12,
        ottava=0.08,
        chord=0.35,
        arpeggio=0.3,
        two_voices=0.35,
        dynamic=0.08,
        hairpin=0.06,
    ),
    replace(_EVERYDAY, name="clefs", odd_clefs=0.9, clef_change=0.45, parts=("duo", "trio", "quartet", "sextet")),
    replace(_EVERYDAY, name="meters", meters=_ODD, meter_change=0.7, typical=Fraction(1, 4)),
    replace(
        _EVERYDAY,
        name="rare meters",
        meters=_RARE,
        meter_change=0.8,
        typical=Fraction(1, 4),
        parts=("choir", "quartet", "piano", "duo"),
        bracket=0.8,
    ),
    replace(
        _EVERYDAY,
        name="rarest meters",
        meters=("10/8", "C|", "C", "3+2/8", "2+3/8", "10/16"),
        meter_change=0.9,
        typical=Fraction(1, 4),
        parts=("duo", "trio", "song line", "piano"),
    ),
    replace(_EVERYDAY, name="keys", key_change=0.5, chromatic=0.25, double_accidentals=0.5, cautionary=0.08),
    replace(
        _EVERYDAY,
        name="orchestra rests",
        multi_rests=0.8,
        parts=_SINGLE,
        bar_repeats=0.5,
        typical=Fraction(1, 4),
        cue=0.15,
        flagged=0.4,
    ),
    replace(
        _EVERYDAY,
        name="tremolos",
        tremolo=0.45,
        bowing=0.1,
        parts=("strings solo", "quartet", "duo", "trio"),
        typical=Fraction(1, 4),
        flagged=0.6,
    ),
    replace(_EVERYDAY, name="graces", grace=0.6, flagged=0.3, chromatic=0.35),
    replace(_EVERYDAY, name="voices", two_voices=0.9, chord=0.3, seconds=0.6, tie=0.2),
    replace(_EVERYDAY, name="arcs", tie=0.3, slur=0.35, long_slur=0.4, hairpin=0.15, chord=0.25, flagged=0.05),
    replace(_EVERYDAY, name="dynamics", dynamic=0.45, hairpin=0.25, words=0.05),
    replace(
        _EVERYDAY,
        name="signs",
        sign=0.9,
        fancy_barline=0.6,
        typical=Fraction(1, 4),
        parts=_SINGLE,
        repeats=1.0,
        breath=0.12,
        words=0.06,
        harmony=0.2,
    ),
    replace(
        _EVERYDAY,
        name="repeats",
        repeats=1.0,
        sign=0.7,
        fancy_barline=0.5,
        bar_repeats=0.5,
        parts=_SINGLE,
        typical=Fraction(1, 4),
    ),
    replace(
        _EVERYDAY,
        name="percussion",
        parts=("percussion", "percussion duo", "drum trio"),
        special_heads=0.6,
        articulation=0.2,
        flagged=0.4,
        chord=0.2,
    ),
    replace(
        _EVERYDAY,
        name="cue",
        cue=0.7,
        typical=Fraction(1, 4),
        longest=Fraction(2),
        flagged=0.6,
        chromatic=0.3,
        merged_beats=0.4,
        meters=("C", "4/2", "3/2", "2/2", "2/4", "8/4"),
    ),
    replace(
        _EVERYDAY,
        name="choir",
        lyrics=1.0,
        parts=("choir", "song line", "song", "sextet"),
        chord=0.02,
        flagged=0.7,
        breath=0.05,
        typical=Fraction(1, 4),
    ),
    replace(
        _EVERYDAY,
        name="modern",
        ottava=0.15,
        glissando=0.15,
        special_heads=0.3,
        pedal=0.08,
        fermata=0.05,
        breath=0.08,
        chromatic=0.3,
        double_accidentals=0.3,
        wide_range=0.5,
        sign=0.15,
    ),
    replace(
        _EVERYDAY,
        name="fiddle",
        parts=("strings solo", "duo", "quartet"),
        bowing=0.25,
        fingering=0.35,
        slur=0.15,
        grace=0.08,
    ),
    replace(
        _EVERYDAY,
        name="chromatic",
        chromatic=0.6,
        double_accidentals=0.35,
        cautionary=0.12,
        grace=0.35,
        chord=0.2,
        seconds=0.5,
    ),
)


def taste_of(seed: int, rng: Random) -> Taste:
    """Return the theme of a seed, with its beaming and range varied a little."""
    theme = THEMES[seed % len(THEMES)]
    return replace(
        theme, wide_range=min(1.0, theme.wide_range * rng.uniform(0.5, 1.8)), bracket=rng.choice((0.1, 0.5, 0.9))
    )
