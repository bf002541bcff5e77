"""Small notes before a note: acciaccaturas, appoggiaturas, and beamed runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from lxml import etree

from synth.decoration.events import STEPS, Event, height_of, key_alters, notations_of
from synth.decoration.rates import Rates

_SLUR_NUMBER = "6"
_SIGNS = {1: "sharp", -1: "flat", 0: "natural"}


def add_graces(part: etree._Element, events: Sequence[Event], rates: Rates, rng: np.random.Generator) -> None:
    """Add small notes before events; their pitches are those of the key, now and then altered.

    None lead to the first note of all: LilyPond would print the signatures of the other staves once more after them.
    """
    alters: dict[str, int] = {}
    bars = []
    for bar in part.findall("measure"):
        alters = key_alters(bar, alters)
        bars.append((bar, alters))
    before = {id(event.first) for event, last in zip(events[1:], events, strict=False) if last.grace}
    for event in events:
        begins = event.bar == 0 and event.onset == 0
        if event.sounds and not begins and not event.tied("stop") and id(event.first) not in before:
            _maybe(event, *bars[event.bar], rates, rng)


def _maybe(event: Event, bar: etree._Element, alters: dict[str, int], rates: Rates, rng: np.random.Generator) -> None:
    draw = rng.random()
    if draw < rates.acciaccatura:
        kind, slashed, count = "eighth", True, 1
    elif draw < rates.acciaccatura + rates.appoggiatura:
        kind, slashed, count = str(rng.choice(("eighth", "eighth", "16th", "quarter"))), False, 1
    elif draw < rates.acciaccatura + rates.appoggiatura + rates.grace_run:
        kind, slashed, count = str(rng.choice(("16th", "16th", "32nd", "eighth"))), False, int(rng.integers(2, 5))
    else:
        return
    _insert(event, bar, alters, (kind, slashed, count), rng)


def _insert(
    event: Event, bar: etree._Element, alters: dict[str, int], manner: tuple[str, bool, int], rng: np.random.Generator
) -> None:
    kind, slashed, count = manner
    target = event.first
    down = target.findtext("stem") == "up" and rng.random() < 0.35
    beams = {"16th": 2, "32nd": 3}.get(kind, 1) if count > 1 else 0
    start = height_of(target) + int(rng.choice((-3, -2, -1, 1, 2))) * (1 if count == 1 else -1)
    toward = 1 if start < height_of(target) else -1
    made = [_note(event, start + toward * n, alters, kind, slashed, "down" if down else "up") for n in range(count)]
    if any(_clashes(one, bar) for one in made):
        return
    for number, one in enumerate(made):
        for level in range(1, beams + 1):
            word = "begin" if number == 0 else "end" if number == count - 1 else "continue"
            etree.SubElement(one, "beam", {"number": str(level)}).text = word
        bar.insert(bar.index(target), one)
    if rng.random() < 0.5:
        _slur(made[0], target, "below" if not down else "above")
    if count == 1 and rng.random() < 0.2:
        _alter(made[0], int(rng.choice((1, -1, 0))))


def _note(event: Event, height: int, alters: dict[str, int], kind: str, slashed: bool, stem: str) -> etree._Element:
    step = STEPS[height % 7]
    note = etree.Element("note")
    etree.SubElement(note, "grace", {"slash": "yes"} if slashed else {})
    pitch = etree.SubElement(note, "pitch")
    etree.SubElement(pitch, "step").text = step
    if alters.get(step):
        etree.SubElement(pitch, "alter").text = str(alters[step])
    etree.SubElement(pitch, "octave").text = str(height // 7)
    etree.SubElement(note, "voice").text = event.voice
    etree.SubElement(note, "type").text = kind
    etree.SubElement(note, "stem").text = stem
    if event.first.find("staff") is not None:
        etree.SubElement(note, "staff").text = event.staff
    return note


def _clashes(note: etree._Element, bar: etree._Element) -> bool:
    """Tell whether a note of the bar has the same step and octave: its accidental might hold for the small note too."""
    where = (note.findtext("pitch/step"), note.findtext("pitch/octave"))
    return any((one.findtext("pitch/step"), one.findtext("pitch/octave")) == where for one in bar.iterchildren("note"))


def _alter(note: etree._Element, alter: int) -> None:
    """Give a note an accidental; no other note of its bar stands on its height, so none changes its sound."""
    pitch = note.find("pitch")
    kind = note.find("type")
    if pitch is None or kind is None:
        return
    for old in pitch.findall("alter"):
        pitch.remove(old)
    sign = etree.Element("alter")
    sign.text = str(alter)
    pitch.insert(1, sign)
    accidental = etree.Element("accidental")
    accidental.text = _SIGNS[alter]
    kind.addnext(accidental)


def _slur(first: etree._Element, last: etree._Element, placement: str) -> None:
    """Add a slur, with a number that the text hardly ever uses; none where it does."""
    if any(slur.get("number") == _SLUR_NUMBER for slur in last.iter("slur")):
        return
    etree.SubElement(
        notations_of(first), "slur", {"type": "start", "number": _SLUR_NUMBER, "placement": placement}
    )  # fmt: skip
    notations_of(last).insert(0, etree.Element("slur", {"type": "stop", "number": _SLUR_NUMBER}))
