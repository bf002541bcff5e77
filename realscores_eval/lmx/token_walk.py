"""Tokens to events, by the grammar of LMX: prefixes, then the note value that makes a note, then what describes it.

What no rule understands is left out: a model may write anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias

from realscores_eval.lmx.events import MEASURE_REST, TYPE_QL, Clef, Event, Key, Note, Part, Step, Time
from realscores_eval.lmx.unsaid import SIGN_ALTER, BeamRule, expected_stem
from realscores_eval.lmx.vocabulary import MARKS

_PITCH = re.compile(r"([A-G])(-?\d)")
_RATIO = re.compile(r"([1-9]\d{0,2})in([1-9]\d{0,2})")
_CLEF = re.compile(r"([A-Za-z]+)(\d?)")
_BEAM = re.compile(r"([1-8]):(.+)")
_NUMBER = re.compile(r"-?\d{1,4}")
_FRACTION = re.compile(r"-?\d{1,9}(/[1-9]\d{0,8})?")
_BEATS = re.compile(r"\d{1,3}(\+\d{1,3})*")
_BEAM_VALUES = {one.replace(" ", "-"): one for one in ("begin", "continue", "end", "forward hook", "backward hook")}
_PREFIXES = ("rest", "unpitched", "chord", "grace", "grace:slash", "cue", "print-object:no")
_TIES = ("stop", "start", "let-ring", "continue")
_MOST_STAVES = 32
_MOST_DOTS = 4


@dataclass
class _Draft:
    """A note whose tokens still come in: what waits for its rule, beside the fields that are taken as they are."""

    note: Note
    stem: str | None = None
    beams: list[str] = field(default_factory=list)
    levels: list[tuple[int, str]] = field(default_factory=list)
    no_beam: bool = False
    duration_ql: Fraction | None = None


@dataclass
class _Move:
    """A step in time that still waits for its value: +1 forward, -1 back."""

    direction: int
    by_ql: Fraction = Fraction(0)


_Item: TypeAlias = _Draft | _Move | Clef | Key | Time


class TokenWalk:
    """Reads tokens one by one.

    Attributes:
        parts: what was read. Notes have no alter, and measure rests no duration, unless a token said so.
    """

    def __init__(self) -> None:
        self.parts = [Part()]
        self._item: _Item | None = None
        self._waiting: set[str] = set()
        self._beams = BeamRule()
        self._forget()

    def _forget(self) -> None:
        self._voice, self._staff, self._stem = "1", 1, ""
        self._head: Note | None = None

    def finish(self) -> list[Part]:
        """Close the last item and return the parts."""
        self._close()
        for part in self.parts:
            part.settle_staves()
        return self.parts

    def read(self, token: str) -> None:
        """Take the next token."""
        family, _, value = token.partition(":")
        if token in ("part", "measure"):
            self._boundary(token)
        elif token in TYPE_QL or token == "rest:measure":
            self._value(MEASURE_REST if token == "rest:measure" else token)
        elif token in _PREFIXES or _PITCH.fullmatch(token):
            self._close()
            self._waiting.add(token)
        elif token in ("backup", "forward"):
            self._close()
            self._item = _Move(-1 if token == "backup" else 1)
        elif family == "voice":
            self._voice = value or self._voice
        elif family == "staves":
            self.parts[-1].staves = min(max(1, _number(value)), _MOST_STAVES)
        elif token == "time" or family == "clef" or token.startswith("key:fifths:"):
            self._sign(token, family, value)
        else:
            self._describe(token, family, value)

    def _boundary(self, token: str) -> None:
        self._close()
        self._waiting.clear()
        self._forget()
        if token == "measure":
            self.parts[-1].measures.append([])
        else:
            self.parts.append(Part())
            self._beams = BeamRule()

    def _close(self) -> None:
        """Put the last item among the events of its measure."""
        item, self._item = self._item, None
        if isinstance(item, _Draft):
            self._add(self._finished(item))
        elif isinstance(item, _Move):
            self._move(item)
        elif isinstance(item, Key) and item.fifths is None and not item.signs:
            self._add(replace(item, fifths=0))
        elif isinstance(item, Time) and not item.fractions:
            self._add(replace(item, symbol=""))
        elif item is not None:
            self._add(item)

    def _add(self, event: Event) -> None:
        measures = self.parts[-1].measures
        if not measures:
            measures.append([])
        measures[-1].append(event)

    def _move(self, move: _Move) -> None:
        """Add a step, or lengthen the one before: several values may say one step."""
        if not move.by_ql:
            return
        by_ql = move.direction * move.by_ql
        events = self.parts[-1].measures[-1] if self.parts[-1].measures else []
        if events and isinstance(events[-1], Step) and (events[-1].by_ql < 0) == (by_ql < 0):
            events[-1] = Step(events[-1].by_ql + by_ql)
        else:
            self._add(Step(by_ql))
        if by_ql < 0:
            self._forget()

    def _value(self, kind: str) -> None:
        """Make a note of what waits, or give the step its length."""
        if isinstance(self._item, _Move):
            self._item.by_ql = TYPE_QL.get(kind, Fraction(0))
            return
        waiting, self._waiting = self._waiting, set()
        pitch = next((match for one in sorted(waiting) if (match := _PITCH.fullmatch(one))), None)
        pitch = None if "rest" in waiting else pitch
        if "rest" not in waiting and (pitch is None or kind == MEASURE_REST):
            return  # a value of nothing, or a bar of one note
        self._close()
        note = Note(
            kind="rest" if not pitch else "unpitched" if "unpitched" in waiting else "pitch",
            step=pitch[1] if pitch else "",
            octave=int(pitch[2]) if pitch else 0,
            voice=self._voice,
            staff=self._staff,
            type=kind,
            grace="slash" if "grace:slash" in waiting else "grace" if "grace" in waiting else "",
            chord="chord" in waiting and self._head is not None,
            cue="cue" in waiting,
            hidden="print-object:no" in waiting,
        )
        self._item = _Draft(note)

    def _sign(self, token: str, family: str, value: str) -> None:
        """Begin a clef, key or meter, or say the octave of the clef that is being read."""
        if family == "clef" and value.startswith("octave:"):
            if isinstance(self._item, Clef):
                self._item = replace(self._item, octave_change=_number(value.removeprefix("octave:")))
            return
        self._close()
        hidden = "print-object:no" in self._waiting
        self._waiting.clear()
        if token == "time":
            self._item = Time((), hidden=hidden)
        elif family == "clef":
            match = _CLEF.fullmatch(value)
            self._item = Clef(match[1], match[2], hidden=hidden) if match else None
        else:
            fifths = value.removeprefix("fifths:")
            self._item = Key(None if fifths == "none" else _number(fifths), hidden=hidden)

    def _describe(self, token: str, family: str, value: str) -> None:
        """Say something of the last item."""
        item = self._item
        if family == "staff":
            self._on_staff(_number(value))
        elif isinstance(item, _Draft):
            self._describe_note(item, token, family, value)
        elif isinstance(item, _Move):
            if ratio := _RATIO.fullmatch(token):
                item.by_ql *= Fraction(int(ratio[2]), int(ratio[1]))
            elif family == "duration":
                item.by_ql = max(_fraction(value), Fraction(0))
        elif isinstance(item, Time):
            self._item = _meter(item, family, value)
        elif isinstance(item, Key) and family == "key":
            self._item = _key(item, value)

    def _on_staff(self, staff: int) -> None:
        if not 1 <= staff <= _MOST_STAVES:
            return
        if isinstance(self._item, Clef | Key | Time):
            self._item = replace(self._item, staff=staff)
            return
        self._staff = staff
        if isinstance(self._item, _Draft):
            self._item.note = replace(self._item.note, staff=staff)

    def _describe_note(self, draft: _Draft, token: str, family: str, value: str) -> None:
        if family == "stem":
            draft.stem = value
        elif family == "duration":
            draft.duration_ql = max(_fraction(value), Fraction(0))
        elif family == "beam" and value in _BEAM_VALUES:
            draft.beams.append(_BEAM_VALUES[value])
        elif family == "beam":
            level = _BEAM.fullmatch(value)
            draft.no_beam |= value == "absent"
            draft.levels += [(int(level[1]), _BEAM_VALUES[level[2]])] if level and level[2] in _BEAM_VALUES else []
        else:
            draft.note = _described(draft.note, token, family, value)

    def _finished(self, draft: _Draft) -> Note:
        """Apply the rules for stems, beams and durations."""
        note = draft.note
        if note.ratio is None and {"tremolo:start", "tremolo:stop"} & set(note.marks):
            note = replace(note, ratio=(2, 1))
        elif note.ratio == (1, 1):
            note = replace(note, ratio=None)
        stem = expected_stem(note, self._stem, self._head)
        if draft.stem in ("up", "down", "none", "double"):
            stem = self._stem = draft.stem
        elif draft.stem == "absent":
            stem = ""
        note = replace(note, stem=stem)
        beams = self._beams.expected(note, draft.beams)
        if draft.levels or draft.no_beam:
            beams = tuple(sorted(draft.levels))
        self._beams.settle(note, beams)
        duration_ql = note.written_ql if draft.duration_ql is None else draft.duration_ql
        note = replace(note, beams=beams, duration_ql=duration_ql)
        self._head = self._head if note.chord else note
        return note


def _described(note: Note, token: str, family: str, value: str) -> Note:
    """Return a note with what one token says of it."""
    if token == "dot":
        return replace(note, dots=min(note.dots + 1, _MOST_DOTS))
    if token in SIGN_ALTER:
        return replace(note, accidental=token)
    if family == "accidental" and value:
        return replace(note, accidental=value)
    if ratio := _RATIO.fullmatch(token):
        return replace(note, ratio=(int(ratio[1]), int(ratio[2])))
    if family == "tied" and value in _TIES:
        return replace(note, tied=tuple(one for one in _TIES if one in (*note.tied, value)))
    if family == "tuplet" and value in ("start", "stop"):
        return replace(note, tuplets=tuple(sorted((*note.tuplets, value), reverse=True)))
    if family == "alter" and note.kind == "pitch":
        return replace(note, alter=_fraction(value))
    if token in MARKS:
        marks = (*note.marks, token)
        return replace(note, marks=tuple(one for one in MARKS for _ in range(marks.count(one))))
    return note


def _meter(time: Time, family: str, value: str) -> Time:
    """Beats and beat types come in pairs, behind `time` only."""
    fractions = time.fractions
    if family == "beats" and _BEATS.fullmatch(value):
        return replace(time, fractions=(*fractions, (value, "4")))
    if family == "beat-type" and fractions and _number(value) > 0:
        return replace(time, fractions=(*fractions[:-1], (fractions[-1][0], value)))
    return replace(time, symbol=value) if family == "time" and value in ("common", "cut") else time


def _key(key: Key, value: str) -> Key:
    """One more sign of a signature that is no circle of fifths, or the alteration of the last one."""
    kind, _, what = value.partition(":")
    if kind == "step" and what in tuple("ABCDEFG"):
        return replace(key, signs=(*key.signs, (what, "0")))
    if kind == "alter" and key.signs and _FRACTION.fullmatch(what):
        return replace(key, signs=(*key.signs[:-1], (key.signs[-1][0], what)))
    return key


def _number(text: str) -> int:
    return int(text) if _NUMBER.fullmatch(text) else 0


def _fraction(text: str) -> Fraction:
    return Fraction(text) if _FRACTION.fullmatch(text) else Fraction(0)
