"""`Score` to MusicXML 4.0 text through music21, explicit in everything and repaired in nothing.

music21 writes the rhythm, pitches, beams, ties, tuplets and the header with its own repairs switched off;
`musicxml_finish` then adds what its exporter cannot say (`docs/decisions/0003-musicxml-through-music21.md`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree

from music21 import defaults
from music21.musicxml.m21ToXml import ScoreExporter

from notation.score import Event, Measure, Part, Score
from reconstruction.music21_score import music21_score
from reconstruction.musicxml_finish import finish

_HEADER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)


def musicxml_text(score: Score) -> str:
    """Return `score` as MusicXML text; the same score gives the same text.

    Bars that do not add up are written as they are, gaps as `<forward>`. A meter that no reader accepts (a beat type
    that is not a power of two) is left out. A score without parts or bars becomes one bar of rest, because the format
    demands one. Notes carry ids: part, bar from 1, event and note from 1 in the order of the score ("P1-m2-e3-n1").
    """
    score = _with_a_bar(score)
    written, ids = music21_score(score)
    with _divisions(_common_divisions(score)):
        root = ScoreExporter(written, makeNotation=False).parse()
    finish(root, score, ids, _common_divisions(score))
    ElementTree.indent(root, " ")
    return _HEADER + ElementTree.tostring(root, encoding="unicode") + "\n"


def _with_a_bar(score: Score) -> Score:
    parts = [part for part in score.parts if part.measures]
    if len(parts) == len(score.parts) and parts:
        return score
    rest = Event(Fraction(0), Fraction(4), "whole", measure_rest=True)
    silence = Part("P1", measures=[Measure("1", Fraction(4), [rest])])
    return replace(score, parts=parts or [silence], groups=score.groups if len(parts) == len(score.parts) else [])


def _common_divisions(score: Score) -> int:
    """Return the least number of divisions of a quarter in which every time of the score is whole."""
    denominators = {1}
    for part in score.parts:
        for measure in part.measures:
            denominators |= {one.denominator for one in _times(measure)}
    return math.lcm(*denominators)


def _times(measure: Measure) -> Iterator[Fraction]:
    yield measure.length_ql
    for event in measure.events:
        yield event.onset_ql
        yield event.duration_ql
    yield from (onset for onset, _, _ in measure.clefs)
    yield from (direction.onset_ql for direction in measure.directions)


@contextmanager
def _divisions(count: int) -> Iterator[None]:
    """Set music21's divisions for one export: its fixed 10080 cannot hold 256th notes or 11 in the time of 8."""
    before = defaults.divisionsPerQuarter
    defaults.divisionsPerQuarter = count
    try:
        yield
    finally:
        defaults.divisionsPerQuarter = before
