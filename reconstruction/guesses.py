"""What a bar that does not fit may have meant: changes of single chords, priced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from notation.score import TYPE_QL
from reconstruction.chords import Chord
from reconstruction.hooks import beside_hooks
from reconstruction.rhythm import ticks
from reconstruction.tuplets import marked_tuplets, normal_of, other_normals

#: Price of a printed tuplet in another ratio than its number usually means (four in the time of six, seven of eight).
OTHER_RATIO = 0.2
#: Price of a dot that two voices in unison share, or that belongs to the other one; their heads stand this near.
SHARED_DOT = 0.1
UNISON_SP = 0.4
#: Price of a lost dot that a hook beside it speaks of.
HOOKED_DOT = 0.12
#: Prices of a value one beam or flag off, of a dot too much or too few, more for rests, which are read well.
WRONG_VALUE = 0.9
WRONG_DOT = 0.8
WRONG_REST = 0.4
#: The same for all notes under one beam: whole beams are found more surely than flags and hooks.
WRONG_GROUP = 1.4
#: Unsure flags, beams and dots make these cheaper, down to this share.
LEAST_CERTAINTY = 0.4
#: A head is dirt: tried below this score and for heads without stem; the score counts for half.
DOUBTFUL = 0.6
DIRT = 0.5

_VALUES = ["whole", "half", "quarter", "eighth", "16th", "32nd", "64th"]


@dataclass(frozen=True, slots=True)
class Change:
    """One chord read otherwise; `dropped` takes it for dirt."""

    chord: Chord
    type_name: str
    dots: int
    tuplet: tuple[int, int] | None
    dropped: bool = False

    @property
    def ticks(self) -> int:
        """Duration in ticks as changed."""
        actual, normal = self.tuplet or (1, 1)
        return ticks(TYPE_QL[self.type_name] * (2 - Fraction(1, 2**self.dots)) * normal / actual)


@dataclass(frozen=True, slots=True)
class Guess:
    """Changes that belong together, with a price."""

    changes: tuple[Change, ...]
    price: float
    kind: str = ""  # for triplets what they were made of: see `triplet_guesses.KINDS`

    @property
    def chords(self) -> tuple[Chord, ...]:
        """The chords that change."""
        return tuple(change.chord for change in self.changes)

    @property
    def staff(self) -> int:
        """The page staff of the first chord."""
        return self.changes[0].chord.staff

    @property
    def makes_tuplet(self) -> bool:
        """Whether it takes notes for a tuplet that is not printed."""
        return any(change.tuplet is not None and change.chord.tuplet is None for change in self.changes)


def values(chords: Sequence[Chord]) -> Iterator[Guess]:
    """Lost or misread flags, beams and dots, and heads that are dirt."""
    groups: dict[int, list[Chord]] = {}
    for chord in chords:
        if chord.group is not None:
            groups.setdefault(chord.group, []).append(chord)
        yield from _values_of(chord)
    for members in groups.values():
        if len({one.type_name for one in members}) == 1 and len(members) > 1:
            for type_name in _neighbours(members[0].type_name):
                changes = tuple(Change(one, type_name, one.dots, one.tuplet) for one in members)
                yield Guess(changes, WRONG_GROUP)


def _values_of(chord: Chord) -> Iterator[Guess]:
    sure = WRONG_REST if chord.is_rest else 0.0
    for type_name in _neighbours(chord.type_name):
        yield Guess((Change(chord, type_name, chord.dots, chord.tuplet),), WRONG_VALUE * _certainty(chord) + sure)
    if chord.dots:
        price = WRONG_DOT * max(chord.dot_score, LEAST_CERTAINTY)
        yield Guess((Change(chord, chord.type_name, 0, chord.tuplet),), price + sure)
    else:
        yield Guess((Change(chord, chord.type_name, 1, chord.tuplet),), WRONG_DOT + sure)
    if chord.score < DOUBTFUL or (chord.heads and chord.stem is None and chord.heads[0].needs_stem):
        yield Guess((Change(chord, chord.type_name, chord.dots, chord.tuplet, True),), DIRT + 0.5 * chord.score)


def _certainty(chord: Chord) -> float:
    """How sure the flag or the beams of a chord are, as share of a price."""
    stem = chord.stem
    if stem is None:
        return 1.0
    levels = [max(beam.score for beam in level) for level in stem.levels]
    found = [stem.flag.score] if stem.flag is not None else levels
    return max(LEAST_CERTAINTY, min(found, default=1.0))


def _neighbours(type_name: str) -> list[str]:
    """The values that one beam or flag more or less, or a filled head, would make."""
    index = _VALUES.index(type_name) if type_name in _VALUES else -1
    return [] if index < 0 else [_VALUES[i] for i in (index - 1, index + 1) if 0 <= i < len(_VALUES)]


def other_ratios(chords: Sequence[Chord]) -> Iterator[Guess]:
    """Every printed tuplet with the other numbers of normal notes that its number can stand for."""
    for members in marked_tuplets(chords):
        actual, normal = members[0].tuplet or (1, 1)
        for other in sorted({normal_of(actual), *other_normals(actual)} - {normal}):
            changes = tuple(Change(one, one.type_name, one.dots, (actual, other)) for one in members)
            yield Guess(changes, OTHER_RATIO)


def shared_dots(chords: Sequence[Chord], space_px: float) -> Iterator[Guess]:
    """Two voices in unison show one dot: it is meant for both of them, or for the one that it was not given to."""
    for dotted in (one for one in chords if one.dots and one.heads):
        for other in chords:
            near = other.staff == dotted.staff and abs(other.x - dotted.x) < UNISON_SP * space_px
            if not near or other.dots or not {h.position for h in other.heads} & {h.position for h in dotted.heads}:
                continue
            also = Change(other, other.type_name, dotted.dots, other.tuplet)
            yield Guess((also,), SHARED_DOT)
            yield Guess((also, Change(dotted, dotted.type_name, 0, dotted.tuplet)), 2 * SHARED_DOT)


def hooked_dots(chords: Sequence[Chord]) -> Iterator[Guess]:
    """Dots that hooks speak of: detectors lose dots in dense dotted runs."""
    for chord in beside_hooks(chords):
        yield Guess((Change(chord, chord.type_name, 1, chord.tuplet),), HOOKED_DOT)
