"""Pitches: a wandering line within reach of the staff, chords on it, and the accidentals that must be printed."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from synth.composer.model import STEPS, Clef, Event, Pitch
from synth.composer.taste import Taste

_SHARPS = "FCGDAEB"
_ACCIDENTALS = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
#: Staff positions (0 = middle line) that a line stays within, and those that leaps reach.
_COMFORT, _REACH = 6, 11
_INTERVALS = (2, 2, 3, 4, 5, 7)


def key_alter(step: str, fifths: int) -> int:
    """Return what the key signature does to a step: -1, 0 or 1."""
    if fifths > 0:
        return int(step in _SHARPS[:fifths])
    return -int(step in _SHARPS[7 + fifths :]) if fifths else 0


class Line:
    """A melody that walks by step and now and then leaps; one for each voice of a staff."""

    def __init__(self, taste: Taste, rng: Random, centre: int = 0) -> None:
        self._taste, self._rng, self._centre = taste, rng, centre
        self._position = centre

    def next_position(self) -> int:
        """Return the next staff position, 0 on the middle line and +1 a step up."""
        if self._rng.random() < self._taste.wide_range * 0.15:
            self._position = self._centre + self._rng.randint(-_REACH, _REACH)
        else:
            self._position += self._rng.choice((-3, -2, -1, -1, 0, 1, 1, 2, 3))
        if abs(self._position - self._centre) > _COMFORT and self._rng.random() < 0.7:
            self._position -= 2 if self._position > self._centre else -2
        self._position = max(-_REACH, min(_REACH, self._position))
        return self._position


def give_pitches(event: Event, line: Line, clef: Clef, fifths: int, taste: Taste, rng: Random) -> None:
    """Set the pitches of a note or chord and of its grace notes."""
    for grace in event.graces:
        grace.pitches = [_pitch(clef.middle + line.next_position(), fifths, taste, rng)]
    if event.silent:
        return
    lowest = clef.middle + line.next_position()
    event.pitches = [_pitch(note, fifths, taste, rng) for note in _chord(lowest, event, taste, rng)]


def _chord(lowest: int, event: Event, taste: Taste, rng: Random) -> list[int]:
    notes = [lowest]
    if event.grace is None and rng.random() < taste.chord:
        for _ in range(rng.choice((1, 1, 2, 2, 3))):
            notes.append(notes[-1] + (1 if rng.random() < taste.seconds else rng.choice(_INTERVALS)))
    return [note for note in notes if note - lowest <= 10]


def _pitch(diatonic: int, fifths: int, taste: Taste, rng: Random) -> Pitch:
    alter = key_alter(STEPS[diatonic % 7], fifths)
    if rng.random() < taste.chromatic:
        double = rng.random() < taste.double_accidentals
        alter = rng.choice((-2, 2)) if double else rng.choice((-1, 0, 0, 1))
    return Pitch(diatonic, alter, cautionary=rng.random() < taste.cautionary)


def print_accidentals(voices: Iterable[list[Event]], fifths: int) -> None:
    """Set the printed accidentals of one bar of one staff, all voices in order of time."""
    memory: dict[int, int] = {}
    events = sorted((event for voice in voices for event in voice), key=lambda event: event.onset)
    for event in events:
        if event.unpitched:
            continue
        for grace in event.graces:
            _print(grace, memory, fifths)
        _print(event, memory, fifths)


def _print(event: Event, memory: dict[int, int], fifths: int) -> None:
    for pitch in event.pitches:
        known = memory.get(pitch.diatonic, key_alter(pitch.step, fifths))
        if pitch.tie_stop:
            pitch.cautionary = False
            continue
        if pitch.alter != known:
            pitch.cautionary = False
            pitch.accidental = _ACCIDENTALS[pitch.alter]
        elif pitch.cautionary:
            pitch.accidental = _ACCIDENTALS[pitch.alter]
        memory[pitch.diatonic] = pitch.alter
