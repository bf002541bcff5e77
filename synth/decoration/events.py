"""The notes and chords of a MusicXML part as events, and where MusicXML wants what is added to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from lxml import etree

#: The steps that sharps alter, in the order of the signature; flats go the other way.
SHARP_ORDER = "FCGDAEB"
STEPS = "CDEFGAB"
#: What may follow `<notations>` in a note, by the schema.
_AFTER_NOTATIONS = ("lyric", "play", "listen")
#: The children of `<notations>` that hold signs of one kind.
Holder = Literal["articulations", "ornaments", "technical"]


@dataclass(eq=False)
class Event:
    """A note, chord or rest.

    Attributes:
        bar: number of its bar, from 0.
        notes: the `<note>` elements, the first and those that sound with it, in document order.
        staff, voice: as in the text; "1" where nothing is said.
        onset: from the start of the bar, in divisions.
        grace: whether it is a small note without length.
    """

    bar: int
    notes: list[etree._Element]
    staff: str
    voice: str
    onset: Fraction
    grace: bool

    @property
    def first(self) -> etree._Element:
        """The note that the others of a chord are added to."""
        return self.notes[0]

    @property
    def sounds(self) -> bool:
        """Whether this is neither a rest, nor hidden, nor a small note, nor in cue size."""
        note = self.first
        hidden = note.get("print-object") == "no" or note.find("rest") is not None or note.find("cue") is not None
        return not hidden and not self.grace and note.find("pitch") is not None

    @property
    def kind(self) -> str:
        """The written value, such as "quarter"; "" where the text has none."""
        return self.first.findtext("type") or ""

    def tied(self, side: Literal["start", "stop"]) -> bool:
        """Tell whether a tie starts or stops at one of the notes."""
        return any(tie.get("type") == side for note in self.notes for tie in note.findall("tie"))

    def has(self, path: str) -> bool:
        """Tell whether one of the notes holds an element."""
        return any(note.find(path) is not None for note in self.notes)


def events_of(part: etree._Element) -> list[Event]:
    """Return the events of a part in document order."""
    return [event for number, bar in enumerate(part.findall("measure")) for event in _bar_events(bar, number)]


def _bar_events(bar: etree._Element, number: int) -> Iterator[Event]:
    now = Fraction(0)
    last: Event | None = None
    for child in bar:
        length = Fraction(child.findtext("duration") or 0)
        if child.tag == "backup":
            now -= length
        elif child.tag == "forward":
            now += length
        elif child.tag == "note":
            if child.find("chord") is not None and last is not None:
                last.notes.append(child)
                continue
            grace = child.find("grace") is not None
            staff, voice = child.findtext("staff") or "1", child.findtext("voice") or "1"
            if last is not None:
                yield last
            last = Event(number, [child], staff, voice, now, grace)
            now += length
    if last is not None:
        yield last


def notations_of(note: etree._Element) -> etree._Element:
    """Return the `<notations>` of a note, made where they are missing."""
    notations = note.find("notations")
    if notations is None:
        notations = etree.Element("notations")
        after = next((i for i, child in enumerate(note) if child.tag in _AFTER_NOTATIONS), len(note))
        note.insert(after, notations)
    return notations


def signs(note: etree._Element, holder: Holder) -> etree._Element:
    """Return the element that holds signs of a kind, made where it is missing."""
    notations = notations_of(note)
    found = notations.find(holder)
    return etree.SubElement(notations, holder) if found is None else found


def height_of(note: etree._Element) -> int:
    """Return the height of a note in steps above C of octave 0."""
    return 7 * int(note.findtext("pitch/octave") or 4) + STEPS.index(note.findtext("pitch/step") or "C")


def runs(events: Sequence[Event], rate: float, length: float, rng: np.random.Generator) -> Iterator[list[Event]]:
    """Yield runs of neighbouring events, `length` long on average, that cover about the share `rate` of all."""
    at = 0
    while at < len(events):
        if rng.random() * length < rate:
            count = int(rng.geometric(1 / length))
            yield list(events[at : at + count])
            at += count
        else:
            at += 1


def key_alters(bar: etree._Element, before: dict[str, int]) -> dict[str, int]:
    """Return the alteration of each step under the key at the start of `bar`; `before` where it states none."""
    fifths = bar.findtext("attributes/key/fifths")
    if fifths is None:
        return before
    count = int(fifths)
    steps = SHARP_ORDER[:count] if count > 0 else SHARP_ORDER[::-1][:-count]
    return dict.fromkeys(steps, 1 if count > 0 else -1)


def insert_before(anchor: etree._Element, added: etree._Element) -> None:
    """Insert an element before `anchor`, and before the small notes that lead to it."""
    parent = anchor.getparent()
    if parent is None:
        return
    index = parent.index(anchor)
    while index > 0 and parent[index - 1].tag == "note" and parent[index - 1].find("grace") is not None:
        index -= 1
    parent.insert(index, added)


def direction(kind: etree._Element, placement: str, staff: str | None, offset: int = 0) -> etree._Element:
    """Return a `<direction>` around one element of a direction type."""
    made = etree.Element("direction", {"placement": placement} if placement else {})
    etree.SubElement(made, "direction-type").append(kind)
    if offset:
        etree.SubElement(made, "offset").text = str(offset)
    if staff is not None:
        etree.SubElement(made, "staff").text = staff
    return made
