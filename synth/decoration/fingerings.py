"""Fingerings at notes and chords."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from lxml import etree

from synth.decoration.events import Event, height_of, signs

#: In keyboard music the hands use 1 to 5, on strings 0 is the open one; either way a finger moves with the melody.
_MOST_CHANGE = 2


class Hand:
    """The fingers of one staff: which digits there are, on which side they stand, and which finger played last."""

    def __init__(self, staff: str, keyboard: bool, rng: np.random.Generator) -> None:
        self.digits = (1, 5) if keyboard else (0, 4)
        usual = "above" if staff == "1" else "below"
        other = {"above": "below", "below": "above"}[usual]
        self.side = usual if rng.random() < 0.75 else other
        self.wavering = float(rng.choice((0.0, 0.1, 0.5)))
        self.one_for_all = float(rng.choice((0.0, 0.3)))
        self._other = other if self.side == usual else usual
        self._finger = int(rng.integers(self.digits[0], self.digits[1] + 1))
        self._height = 0

    def finger(self, height: int, rng: np.random.Generator) -> int:
        """Return the finger for a note `height` steps up."""
        change = int(np.clip(height - self._height, -_MOST_CHANGE, _MOST_CHANGE))
        low, high = self.digits
        wanted = self._finger + change
        outside = not low <= wanted <= high or rng.random() < 0.15
        self._finger = int(rng.integers(low, high + 1)) if outside else wanted
        self._height = height
        return self._finger

    def place(self, rng: np.random.Generator) -> str:
        """Return above or below."""
        return self._other if rng.random() < self.wavering else self.side


def add_fingerings(events: Sequence[Event], rate: float, keyboard: bool, rng: np.random.Generator) -> None:
    """Add fingerings to about the share `rate` of the events of one part."""
    hands: dict[str, Hand] = {}
    for event in events:
        hand = hands.setdefault(event.staff, Hand(event.staff, keyboard, rng))
        if event.sounds and not event.tied("stop") and not event.has("notations/technical") and rng.random() < rate:
            _finger(event, hand, rng)


def _finger(event: Event, hand: Hand, rng: np.random.Generator) -> None:
    notes = sorted((note for note in event.notes if note.find("pitch") is not None), key=height_of)
    if len(notes) > 1 and rng.random() < hand.one_for_all:
        notes = notes[-1:]
    place = hand.place(rng)
    if len(notes) == 1:
        digits = [hand.finger(height_of(notes[0]), rng)]
    else:
        low, high = hand.digits
        count = min(len(notes), high - low + 1)
        digits = sorted(rng.choice(np.arange(low, high + 1), count, replace=False).tolist(), reverse=event.staff == "2")
    for note, digit in zip(notes, digits, strict=False):
        etree.SubElement(signs(note, "technical"), "fingering", {"placement": place}).text = str(digit)
