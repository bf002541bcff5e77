"""Ties over the end of a line: two halves are printed, and one that was read is enough."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from notation.score import Measure, Note, Score


def join_broken_ties(score: Score) -> None:
    """Give every half of a tie at a line break its other half: the same line or space, right over the barline.

    A half that leads to no such note is taken away. Halves at the beginning and the end of the score stay.
    """
    for part in score.parts:
        for before, after in pairwise(part.measures):
            if after.new_system or after.new_page:
                _join(list(_ending(before)), list(_beginning(after)))


def _join(left: list[tuple[int, Note]], right: list[tuple[int, Note]]) -> None:
    for staff, note in left:
        if note.tie_start:
            _tie(note, _same(note, [other for row, other in right if row == staff]))
    for staff, note in right:
        if note.tie_stop:
            _tie(_same(note, [other for row, other in left if row == staff]), note)


def _tie(left: Note | None, right: Note | None) -> None:
    for note, other, end in ((left, right, "tie_start"), (right, left, "tie_stop")):
        if note is not None:
            setattr(note, end, other is not None)
    if left is not None and right is not None and right.accidental is None:
        right.pitch = replace(right.pitch, alter=left.pitch.alter)


def _same(note: Note, others: list[Note]) -> Note | None:
    """Return the note on the same line or space, one with half a tie first."""
    alike = [other for other in others if other.pitch.diatonic == note.pitch.diatonic]
    return max(alike, key=lambda other: (other.tie_start or other.tie_stop, -alike.index(other)), default=None)


def _ending(measure: Measure) -> Iterator[tuple[int, Note]]:
    """Iterate over the notes that sound up to the end of a bar, with their staves."""
    for event in measure.events:
        if event.grace is None and event.onset_ql + event.duration_ql >= measure.length_ql:
            yield from ((event.staff, note) for note in event.notes)


def _beginning(measure: Measure) -> Iterator[tuple[int, Note]]:
    for event in measure.events:
        if event.grace is None and event.onset_ql == 0:
            yield from ((event.staff, note) for note in event.notes)
