"""What LMX leaves unsaid, and how it is told from what is said: stems, beams, alterations, lengths of bars.

Both directions use these rules. Linearising adds a token of ours wherever a rule would tell something else than the
file says, so that nothing is lost; delinearising applies the rules, and lets such tokens win.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from realscores_eval.lmx.events import MEASURE_REST, STEMLESS, TYPE_QL, Event, Key, Note, Part, Step, Time

_SHARPS = "FCGDAEB"
#: Alteration in semitones by the name of the printed sign.
SIGN_ALTER: dict[str, Fraction] = {
    "sharp": Fraction(1),
    "flat": Fraction(-1),
    "natural": Fraction(0),
    "double-sharp": Fraction(2),
    "sharp-sharp": Fraction(2),
    "flat-flat": Fraction(-2),
    "natural-sharp": Fraction(1),
    "natural-flat": Fraction(-1),
    "quarter-sharp": Fraction(1, 2),
    "quarter-flat": Fraction(-1, 2),
    "three-quarters-sharp": Fraction(3, 2),
    "three-quarters-flat": Fraction(-3, 2),
    "triple-sharp": Fraction(3),
    "triple-flat": Fraction(-3),
}
_FLAGS = {kind: max(0, rank - tuple(TYPE_QL).index("quarter")) for rank, kind in enumerate(TYPE_QL)}
#: Length of a bar where no meter was ever stated.
_DEFAULT_BAR_QL = Fraction(4)


def expected_stem(note: Note, in_force: str, head: Note | None) -> str:
    """Return the stem of a note that says none: its chord's, or the last one stated; none for rests and long values."""
    if note.chord and head is not None:
        return head.stem
    return "" if note.kind == "rest" or note.type in STEMLESS else in_force


class BeamRule:
    """Beams nest: an end closes the innermost beam, a begin opens one inside; grace notes have beams of their own."""

    def __init__(self) -> None:
        self._depth: dict[tuple[str, bool], int] = {}

    def expected(self, note: Note, values: Sequence[str]) -> tuple[tuple[int, str], ...]:
        """Return the beams of a note by level, given its begins, ends and hooks."""
        open_levels = self._depth.get(self._key(note), 0)
        if not values and (note.kind == "rest" or note.chord):
            return ()
        stays = open_levels - min(values.count("end"), open_levels)
        found = [(level, "continue") for level in range(1, min(stays, flag_count(note.type)) + 1)]
        found += [(level, "end") for level in range(stays + 1, open_levels + 1)]
        inner = sorted((one for one in values if one != "end"), key=lambda one: one != "begin")
        return (*found, *((open_levels + 1 + rank, one) for rank, one in enumerate(inner)))

    def settle(self, note: Note, beams: Sequence[tuple[int, str]]) -> None:
        """Take note of the beams that a note has after all."""
        if beams:
            self._depth[self._key(note)] = max(
                (level for level, one in beams if one in ("begin", "continue")), default=0
            )

    def _key(self, note: Note) -> tuple[str, bool]:
        return note.voice, bool(note.grace)


def flag_count(kind: str) -> int:
    """Return how many flags or beams a value has."""
    return _FLAGS.get(kind, 0)


class AlterRule:
    """Alterations follow the key, and the accidentals before on the same line of the bar; a tied note keeps its own."""

    def __init__(self) -> None:
        self._keys: dict[int, dict[str, Fraction]] = {}
        self._in_bar: dict[tuple[int, str, int], Fraction] = {}
        self._tied: dict[tuple[str, int], Fraction] = {}

    def barline(self) -> None:
        """Forget the accidentals of the bar."""
        self._in_bar.clear()

    def key(self, key: Key) -> None:
        """Put a signature in force, on one staff or on all."""
        if not key.staff:
            self._keys.clear()
        self._keys[key.staff] = key_alters(key)

    def expected(self, note: Note) -> Fraction:
        """Return the alteration that a note is read with."""
        if note.accidental in SIGN_ALTER:
            return SIGN_ALTER[note.accidental]
        if "stop" in note.tied and (note.step, note.octave) in self._tied:
            return self._tied[note.step, note.octave]
        in_key = self._keys.get(note.staff, self._keys.get(0, {}))
        return self._in_bar.get((note.staff, note.step, note.octave), in_key.get(note.step, Fraction(0)))

    def settle(self, note: Note, alter: Fraction) -> None:
        """Take note of the alteration that a note has after all."""
        if note.accidental:
            self._in_bar[note.staff, note.step, note.octave] = alter
        if "start" in note.tied:
            self._tied[note.step, note.octave] = alter
        elif "stop" in note.tied:
            self._tied.pop((note.step, note.octave), None)


def key_alters(key: Key) -> dict[str, Fraction]:
    """Return the alteration of each step that a signature alters."""
    if key.fifths is None:
        return {step: Fraction(alter) for step, alter in key.signs}
    count = min(abs(key.fifths), len(_SHARPS))
    return (
        dict.fromkeys(_SHARPS[:count], Fraction(1))
        if key.fifths > 0
        else dict.fromkeys(_SHARPS[::-1][:count], Fraction(-1))
    )


def in_time(events: Sequence[Event]) -> Iterator[tuple[Fraction, int]]:
    """Iterate over (onset, index) of the notes and keys of a measure as they are read: by time, grace notes first.

    A key stands before what it applies to; otherwise the order of the file holds.
    """
    timed = [(onset, _rank(events[index]), index) for index, onset in enumerate(onsets(events))]
    kept = (one for one in sorted(timed) if isinstance(events[one[2]], Note | Key))
    return ((onset, index) for onset, _, index in kept)


def onsets(events: Sequence[Event]) -> Iterator[Fraction]:
    """Iterate over the onset of each event in quarter lengths from the start of the measure."""
    cursor = chord = Fraction(0)
    for event in events:
        if isinstance(event, Note):
            chord = chord if event.chord else cursor
            yield chord
            cursor += Fraction(0) if event.chord else event.duration_ql
        else:
            yield cursor
            cursor = max(cursor + event.by_ql, Fraction(0)) if isinstance(event, Step) else cursor


def _rank(event: Event) -> int:
    return 0 if isinstance(event, Key) else 1 if isinstance(event, Note) and event.grace else 2


class BarRule:
    """A measure rest lasts as long as the next voice goes back, as the rest of its bar in any part, or as the meter."""

    def __init__(self, parts: Sequence[Part]) -> None:
        longest = max((len(part.measures) for part in parts), default=0)
        self._filled = [
            max((_filled_ql(part.measures[index]) for part in parts if index < len(part.measures)), default=Fraction(0))
            for index in range(longest)
        ]

    def expected(self, events: Sequence[Event], at: int, measure: int, meter: Time | None) -> Fraction:
        """Return the duration of the measure rest `events[at]` in a measure."""
        stated = meter.bar_ql if meter else None
        return _way_back(events, at) or self._filled[measure] or stated or _DEFAULT_BAR_QL


def meter_after(events: Iterable[Event], meter: Time | None) -> Time | None:
    """Return the meter in force in a measure that began under `meter`."""
    return next((event for event in events if isinstance(event, Time)), meter)


def _filled_ql(events: Sequence[Event]) -> Fraction:
    """Return how far a measure is filled by anything but measure rests whose length nothing tells."""
    cursor = furthest = Fraction(0)
    for index, event in enumerate(events):
        if isinstance(event, Step):
            cursor = max(cursor + event.by_ql, Fraction(0))
        elif isinstance(event, Note) and not event.chord:
            cursor += _way_back(events, index) if event.type == MEASURE_REST else event.duration_ql
        furthest = max(furthest, cursor)
    return furthest


def _way_back(events: Sequence[Event], at: int) -> Fraction:
    """Return by how much the file steps back right behind a rest, 0 where it does not."""
    after = events[at + 1] if at + 1 < len(events) else None
    return -after.by_ql if isinstance(after, Step) and after.by_ql < 0 else Fraction(0)
