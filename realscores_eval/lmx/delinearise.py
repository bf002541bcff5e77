"""LMX to MusicXML. Any sequence of words gives a score, nothing raises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from realscores_eval.lmx.events import MEASURE_REST, Key, Note, Part, Time
from realscores_eval.lmx.token_walk import TokenWalk
from realscores_eval.lmx.unsaid import AlterRule, BarRule, in_time, meter_after
from realscores_eval.lmx.writer import musicxml_of


def delinearise(tokens: Iterable[str] | str) -> str:
    """Return the MusicXML text of a token sequence, or of a text of tokens between blanks."""
    return musicxml_of(parts_of(tokens.split() if isinstance(tokens, str) else tokens))


def parts_of(tokens: Iterable[str]) -> list[Part]:
    """Return the parts that a token sequence describes, at least one."""
    walk = TokenWalk()
    for token in tokens:
        walk.read(token)
    return settle(walk.finish())


def settle(parts: list[Part]) -> list[Part]:
    """Fill in, in place, what follows from the rest: measure rests without a duration, notes without an alteration."""
    _settle_measure_rests(parts)
    for part in parts:
        _settle_alters(part)
    return parts


def _settle_measure_rests(parts: list[Part]) -> None:
    """Give measure rests of no stated duration the length of their bar."""
    bars = BarRule(parts)
    for part in parts:
        meter: Time | None = None
        for number, events in enumerate(part.measures):
            meter = meter_after(events, meter)
            for at, event in enumerate(events):
                if isinstance(event, Note) and event.type == MEASURE_REST and not event.duration_ql and not event.grace:
                    events[at] = replace(event, duration_ql=bars.expected(events, at, number, meter))


def _settle_alters(part: Part) -> None:
    """Give notes of no stated alteration the one that key and accidentals give."""
    rule = AlterRule()
    for events in part.measures:
        rule.barline()
        for _, at in in_time(events):
            event = events[at]
            if isinstance(event, Key):
                rule.key(event)
            elif isinstance(event, Note) and event.kind == "pitch":
                alter = rule.expected(event) if event.alter is None else event.alter
                rule.settle(event, alter)
                events[at] = replace(event, alter=alter)
