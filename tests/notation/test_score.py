from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Literal

import pytest

from notation.score import TYPE_QL, Event, Note, Pitch, Score, Time


def test_the_empty_score() -> None:
    assert (Score().parts, Score().issues) == ([], [])


@pytest.mark.parametrize(
    ("step", "octave", "diatonic"), [("C", 0, 0), ("C", 4, 28), ("B", 4, 34), ("C", 5, 35), ("A", 0, 5)]
)
def test_diatonic_number(step: str, octave: int, diatonic: int) -> None:
    assert Pitch(step, alter=1, octave=octave).diatonic == diatonic


@pytest.mark.parametrize(
    ("beats", "beat_type", "symbol", "length"),
    [
        ("4", 4, "common", 4),
        ("2", 2, "cut", 4),
        ("6", 8, None, 3),
        ("3+2", 8, None, Fraction(5, 2)),
        ("1", 64, None, Fraction(1, 16)),
    ],
)
def test_length_of_a_bar(beats: str, beat_type: int, symbol: Literal["common", "cut"] | None, length: Fraction) -> None:
    assert Time(beats, beat_type, symbol).length_ql == length


def test_note_values_halve() -> None:
    values = list(TYPE_QL.values())
    assert all(shorter * 2 == longer for longer, shorter in pairwise(values))
    assert TYPE_QL["quarter"] == 1


def test_events_without_notes_are_rests() -> None:
    rest = Event(Fraction(0), Fraction(1), "quarter")
    assert rest.is_rest
    rest.notes.append(Note(Pitch("C", 0, 4)))
    assert not rest.is_rest
