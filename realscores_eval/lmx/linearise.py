"""MusicXML to LMX: a walk through the parts in the order of the file, one token an element.

`linearise(text)` loses nothing that `events` holds. `linearise(text, published=True)` writes published tokens alone,
as a model learns them and as SER counts them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

from realscores_eval.lmx.events import MEASURE_REST, TYPE_QL, Clef, Event, Key, Note, Part, Step, Time
from realscores_eval.lmx.reader import read_parts
from realscores_eval.lmx.unsaid import SIGN_ALTER, AlterRule, BarRule, BeamRule, expected_stem, in_time, meter_after
from realscores_eval.lmx.vocabulary import MARKS
from realscores_eval.lmx.vocabulary import published as published_tokens


def linearise(text: str, *, published: bool = False) -> list[str]:
    """Return the tokens of a MusicXML text.

    Arguments:
        published: only published tokens, and `part` between parts, of which LMX knows one; what they cannot say is
            left out.

    Raises:
        FormatError: the text is not partwise MusicXML.
    """
    return tokens_of(read_parts(text), published=published)


def tokens_of(parts: Sequence[Part], *, published: bool = False) -> list[str]:
    """Return the tokens of parts, as `linearise` does."""
    bars = BarRule(parts)
    found: list[str] = []
    for number, part in enumerate(parts):
        found += ["part"] if number else []
        found += _PartWalk(part, bars, published).tokens()
    known = published_tokens() | {"part"}
    return [one for one in found if one in known] if published else found


class _PartWalk:
    """Writes one part; stems, staves and voices are said where they change within a voice of a measure."""

    def __init__(self, part: Part, bars: BarRule, published: bool) -> None:
        self._part, self._bars, self._published = part, bars, published
        self._many_staves = part.staves_used > 1
        self._beams, self._alters = BeamRule(), AlterRule()
        self._meter: Time | None = None

    def tokens(self) -> Iterator[str]:
        if self._part.staves > self._part.staves_used:
            yield f"staves:{self._part.staves}"
        for index, events in enumerate(self._part.measures):
            yield "measure"
            self._forget()
            self._meter = meter_after(events, self._meter)
            alters = self._untold_alters(events)
            for at, event in enumerate(events):
                yield from self._event(event, events, at, index, alters.get(at))

    def _forget(self) -> None:
        self._voice = self._stem = ""
        self._staff = 0
        self._head: Note | None = None

    def _event(self, event: Event, events: list[Event], at: int, index: int, alter: Fraction | None) -> Iterator[str]:
        match event:
            case Note():
                yield from self._note(event)
                expected_ql = event.written_ql
                if event.type == MEASURE_REST and not event.grace:
                    expected_ql = self._bars.expected(events, at, index, self._meter)
                if expected_ql != event.duration_ql:
                    yield f"duration:{event.duration_ql}"
                if alter is not None:
                    yield f"alter:{alter}"
            case Step():
                yield from step_tokens(event)
                if event.by_ql < 0:
                    self._forget()
            case _:
                yield from ["print-object:no"] * event.hidden
                yield from _sign_tokens(event)
                yield from [f"staff:{event.staff}"] * (self._many_staves and event.staff > 0)

    def _note(self, note: Note) -> Iterator[str]:
        yield from ["print-object:no"] * note.hidden
        yield from ["cue"] * note.cue
        yield from {"": [], "grace": ["grace"], "slash": ["grace", "grace:slash"]}[note.grace]
        yield from ["chord"] * note.chord
        yield from ["unpitched"] * (note.kind == "unpitched")
        yield "rest" if note.kind == "rest" else f"{note.step}{note.octave}"
        if note.voice != self._voice:
            yield f"voice:{note.voice}"
            self._voice = note.voice
        yield "rest:measure" if note.type == MEASURE_REST else note.type
        yield from self._ratio(note)
        yield from ["dot"] * note.dots
        if note.accidental:
            known = note.accidental in SIGN_ALTER
            yield note.accidental if known else f"accidental:{note.accidental.replace(' ', '-')}"
        yield from self._stem_token(note)
        if self._many_staves and note.staff != self._staff:
            yield f"staff:{note.staff}"
            self._staff = note.staff
        yield from self._beam_tokens(note)
        yield from (f"tied:{one}" for one in note.tied)
        yield from (f"tuplet:{one}" for one in note.tuplets)
        yield from (one for one in note.marks if one in MARKS)

    def _ratio(self, note: Note) -> list[str]:
        """Say the time modification; the 2 in 1 of a tremolo between two notes goes without saying."""
        actual, normal = note.ratio or (1, 1)
        tremolo = bool({"tremolo:start", "tremolo:stop"} & set(note.marks))
        if self._published:
            common = math.gcd(actual, normal)
            actual, normal = actual // common, normal // common
        said = (actual, normal) == (2, 1) if tremolo else note.ratio is None or (self._published and actual == normal)
        return [] if said else [f"{actual}in{normal}"]

    def _stem_token(self, note: Note) -> list[str]:
        expected = expected_stem(note, self._stem, self._head)
        self._head = self._head if note.chord else note
        if note.stem and note.stem != self._stem:
            self._stem = note.stem
            return [f"stem:{note.stem}"]
        return [] if note.stem == expected or self._published else [f"stem:{note.stem or 'absent'}"]

    def _beam_tokens(self, note: Note) -> list[str]:
        values = [value for _, value in note.beams if value != "continue"]
        expected = self._beams.expected(note, values)
        self._beams.settle(note, note.beams)
        if expected == note.beams or self._published:
            return [f"beam:{value.replace(' ', '-')}" for value in values]
        return [f"beam:{level}:{value.replace(' ', '-')}" for level, value in note.beams] or ["beam:absent"]

    def _untold_alters(self, events: list[Event]) -> dict[int, Fraction]:
        """Return the alterations, by index of the note, that key and accidentals do not give."""
        untold: dict[int, Fraction] = {}
        self._alters.barline()
        for _, at in in_time(events):
            event = events[at]
            if isinstance(event, Key):
                self._alters.key(event)
            elif isinstance(event, Note) and event.alter is not None:
                if event.alter != self._alters.expected(event):
                    untold[at] = event.alter
                self._alters.settle(event, event.alter)
        return untold


def step_tokens(step: Step) -> list[str]:
    """Return a step in time as note values, longest first; what is no sum of halves is said in a tuplet."""
    word = "backup" if step.by_ql < 0 else "forward"
    rest = abs(step.by_ql) % 1
    values = [(kind, "") for kind in _values(abs(step.by_ql) - rest)] + _tuplet_values(rest)
    if sum((_value_ql(*value) for value in values), start=Fraction(0)) != abs(step.by_ql):
        return [word, f"duration:{abs(step.by_ql)}"]
    return [token for kind, ratio in values for token in (word, kind, ratio) if token]


def _tuplet_values(length_ql: Fraction) -> list[tuple[str, str]]:
    odd = length_ql.denominator
    while odd % 2 == 0:
        odd //= 2
    normal = 1 << (odd.bit_length() - 1)
    ratio = f"{odd}in{normal}" if odd > 1 else ""
    return [(kind, ratio) for kind in _values(length_ql * odd / normal)]


def _value_ql(kind: str, ratio: str) -> Fraction:
    actual, _, normal = ratio.partition("in")
    return TYPE_QL[kind] * Fraction(int(normal), int(actual)) if ratio else TYPE_QL[kind]


def _values(length_ql: Fraction) -> list[str]:
    """Return the fewest values, longest first, that sum to at most a length."""
    found = []
    for kind, value_ql in TYPE_QL.items():
        count = length_ql // value_ql
        found += [kind] * int(count)
        length_ql -= count * value_ql
    return found


def _sign_tokens(sign: Clef | Key | Time) -> list[str]:
    match sign:
        case Clef():
            octave = [f"clef:octave:{sign.octave_change}"] if sign.octave_change else []
            return [f"clef:{sign.sign}{sign.line}", *octave]
        case Key(fifths=None):
            return [
                "key:fifths:none",
                *(word for step, alter in sign.signs for word in (f"key:step:{step}", f"key:alter:{alter}")),
            ]
        case Key():
            return [f"key:fifths:{sign.fifths}"]
        case Time(fractions=()):
            return ["time", "time:senza-misura"]
    symbol = [f"time:{sign.symbol}"] if sign.symbol else []
    return [
        "time",
        *symbol,
        *(word for beats, kind in sign.fractions for word in (f"beats:{beats}", f"beat-type:{kind}")),
    ]
