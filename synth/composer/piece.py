"""A whole piece from a seed: plan, rhythm, pitches, marks, text."""

from __future__ import annotations

from copy import deepcopy
from fractions import Fraction
from random import Random

from synth.composer import marks, spans
from synth.composer.meter import METERS
from synth.composer.model import Bar, Clef, Event, PartPlan, Piece, StaffBar
from synth.composer.parts import ODD_CLEFS, pick_parts
from synth.composer.pitches import Line, give_pitches, print_accidentals
from synth.composer.plan import plan_bars
from synth.composer.rhythm import beam_bar, fill_bar
from synth.composer.taste import Taste, taste_of
from synth.composer.writer import clef_attributes, musicxml

#: Notes and rests of one piece, all staves together: one to two pages at common sizes.
_EVENTS = (120, 280)
_FEWEST_BARS, _MOST_BARS = 5, 40
#: Centres of the lines of one voice, and of the upper and the lower voice of two, in staff positions.
_ALONE, _UPPER, _LOWER = 0, 4, -4
_TITLES = ("Sonata", "Etude", "Lied", "Waltz", "Prelude", "March", "Romance", "Menuet", "Fantasia", "Aria")
_COMPOSERS = ("A. Nonymus", "J. Muster", "M. Exempel", "L. Roth", "C. Weide", "E. Hollander")


def compose(seed: int) -> str:
    """Return a random piece as MusicXML 4.0 text; the same seed gives the same text.

    Every bar of every voice adds up to its meter. Neighbouring seeds take turns in the themes of
    `synth.composer.taste.THEMES`.
    """
    rng = Random(f"composer {seed}")
    taste = taste_of(seed, rng)
    parts, groups = pick_parts(taste, rng)
    staff_count = sum(len(part.clefs) for part in parts)
    bars = plan_bars(_bar_count(staff_count, taste, rng), taste, staff_count == 1, rng)
    for part in parts:
        part.staves = [_staff(part, number, bars, taste, rng) for number in range(1, len(part.clefs) + 1)]
        _direct(part, bars, taste, rng)
    _sign_bars(parts[0], bars, taste, rng)
    title = f"{rng.choice(_TITLES)} {rng.randint(1, 99)}"
    return musicxml(Piece(title, rng.choice(_COMPOSERS), bars, parts, groups))


def _bar_count(staff_count: int, taste: Taste, rng: Random) -> int:
    lengths = [METERS[name].length for name in taste.meters or METERS]
    events_a_bar = max(1.0, float(sum(lengths) / len(lengths) / taste.typical))
    count = round(rng.randint(*_EVENTS) / events_a_bar / staff_count)
    return max(_FEWEST_BARS, min(_MOST_BARS, count))


def _staff(part: PartPlan, number: int, bars: list[Bar], taste: Taste, rng: Random) -> list[StaffBar]:
    clef = part.clefs[number - 1]
    lines = {centre: Line(taste, rng, centre) for centre in (_ALONE, _UPPER, _LOWER)}
    made: list[StaffBar] = []
    for i, bar in enumerate(bars):
        staff_bar = StaffBar([_resting(bar)] if bar.resting or bar.hidden else _voices(bar, taste, part, rng))
        changes = i > 0 and not part.percussion and not bar.hidden and rng.random() < taste.clef_change
        if changes:
            clef = _change_clef(staff_bar, clef, taste, rng)
        _sound(staff_bar, lines, clef, bar.fifths, part, taste, rng)
        made.append(staff_bar)
    _connect(made, number, bars, taste, rng)
    return made


def _resting(bar: Bar) -> list[Event]:
    return [Event(Fraction(0), bar.meter.length, Fraction(1), silent=True, whole_bar=True)]


def _voices(bar: Bar, taste: Taste, part: PartPlan, rng: Random) -> list[list[Event]]:
    count = 2 if not bar.repeats_last and rng.random() < taste.two_voices else 1
    voices = [fill_bar(bar.meter, taste, rng) for _ in range(count)]
    cue, flagged = rng.random() < taste.cue, rng.random() < taste.flagged
    for voice in voices:
        if not flagged:
            beam_bar(voice, bar.meter.groups)
        marks.special_heads(voice, taste, rng)
        if count == 1 and not part.percussion:
            marks.add_graces(voice, taste, rng)
        for event in voice:
            event.cue, event.unpitched = cue, part.percussion
    for voice, stem in zip(voices, ("up", "down"), strict=False):
        for event in voice if count == 2 else []:
            event.stem = stem
    return voices


def _change_clef(staff_bar: StaffBar, clef: Clef, taste: Taste, rng: Random) -> Clef:
    """Change the clef at the bar's start or, in one voice, in its middle; returns the clef that holds at the end."""
    new = rng.choice([one for one in ODD_CLEFS if one != clef])
    voice = staff_bar.voices[0]
    places = [event for event in voice[1:] if event.tuplet is None and not event.graces]
    if len(staff_bar.voices) == 1 and places and rng.random() < 0.6:
        rng.choice(places).before.append(clef_attributes(new))
    else:
        staff_bar.clef = new
    return new


def _sound(
    staff_bar: StaffBar, lines: dict[int, Line], clef: Clef, fifths: int, part: PartPlan, taste: Taste, rng: Random
) -> None:
    """Choose pitches, marks and accidentals of one bar. A bar whose clef changes within stays near both clefs."""
    centres = (_ALONE,) if len(staff_bar.voices) == 1 else (_UPPER, _LOWER)
    for voice, centre in zip(staff_bar.voices, centres, strict=True):
        for event in voice:
            give_pitches(event, lines[centre], clef, 0 if part.percussion else fifths, taste, rng)
        marks.add_marks(voice, taste, rng)


def _connect(staff: list[StaffBar], number: int, bars: list[Bar], taste: Taste, rng: Random) -> None:
    """Add what runs on over barlines in the first voice, then the accidentals."""
    for i, bar in enumerate(bars):
        if bar.repeats_last:
            staff[i].voices = _bare_copy(staff[i - 1])
    for events in _runs(staff, bars):
        if not events or not events[0].unpitched:
            spans.tie_notes(events, taste, rng)
        spans.add_slurs(events, number, taste, rng)
        marks.add_glissandi(events, number, taste, rng)
        spans.add_trill_lines(events, number, taste, rng)
    for staff_bar, bar in zip(staff, bars, strict=True):
        print_accidentals(staff_bar.voices, bar.fifths)


def _runs(staff: list[StaffBar], bars: list[Bar], one_voice: bool = False) -> list[list[Event]]:
    """Return the first voice cut at the bars that print no notes: multi-measure rests and bar repeats.

    With `one_voice` also at bars with a second voice: an octave line is written in the first one, and engravers then
    shift the whole second voice of its bars, also where it stands outside the line.
    """
    runs: list[list[Event]] = [[]]
    for staff_bar, bar in zip(staff, bars, strict=True):
        if bar.resting or bar.hidden or bar.repeats_last or (one_voice and len(staff_bar.voices) > 1):
            runs.append([])
        else:
            runs[-1] += staff_bar.voices[0]
    return runs


def _bare_copy(staff_bar: StaffBar) -> list[list[Event]]:
    voices = deepcopy(staff_bar.voices)
    for event in (event for voice in voices for event in voice):
        event.notations, event.before = {}, []
    return voices


def _direct(part: PartPlan, bars: list[Bar], taste: Taste, rng: Random) -> None:
    """Add directions and lyrics; a piano's dynamics stand under its upper staff and its pedal under the lower one."""
    for number, staff in enumerate(part.staves, start=1):
        for events in _runs(staff, bars):
            if number == 1:
                spans.add_dynamics(events, number, taste, rng, part.sung)
                spans.add_hairpins(events, number, taste, rng, part.sung)
                spans.add_words(events, number, taste, rng)
            if number == len(part.staves):
                spans.add_pedals(events, number, taste, rng)
            if number == 1 and part.sung:
                spans.add_lyrics(events, rng)
        for events in _runs(staff, bars, one_voice=True):
            if not part.percussion:
                spans.add_ottavas(events, number, taste, rng)


def _sign_bars(part: PartPlan, bars: list[Bar], taste: Taste, rng: Random) -> None:
    firsts = [staff_bar.voices[0][0] for staff_bar in part.staves[0]]
    firsts[0].before[:0] = spans.tempo(rng)
    for bar, event in list(zip(bars, firsts, strict=True))[1:]:
        if not bar.hidden and rng.random() < taste.sign:
            event.before.insert(0, spans.bar_sign(rng))
