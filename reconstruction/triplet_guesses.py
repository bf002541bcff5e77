"""Triplets that are not printed as such: beams of three, runs of three, and batches of them, for they come in runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from reconstruction.chords import Chord
from reconstruction.guesses import WRONG_VALUE, Change, Guess

#: Price of an unmarked triplet.
TRIPLET = 0.12
#: What a triplet that is not one beam group costs more: a lone note beside a beam, unbeamed notes.
LOOSE_TRIPLET = 0.3
#: Triplets of a whole beam, of a beam and what stands before or after it, of three notes under a longer beam, of flags.
KINDS = ("beam", "before", "after", "inner", "run")


def triplets(chords: Sequence[Chord], price: float = TRIPLET) -> Iterator[Guess]:
    """Beam groups, and unbeamed runs, whose written length is three times a power of two."""
    groups: dict[int, list[Chord]] = {}
    for chord in chords:
        if chord.group is not None and chord.tuplet is None:
            groups.setdefault(chord.group, []).append(chord)
    for members in groups.values():
        low, high = min(one.x for one in members), max(one.x for one in members)
        inside = [c for c in chords if c.is_rest and low < c.x < high and c.staff == members[0].staff]
        whole = sorted([*members, *inside], key=lambda one: one.x)
        if _is_three(sum((one.written_ql for one in whole), Fraction(0))):
            yield _as_triplet(whole, price, "beam")
        else:
            yield from _with_neighbour(whole, chords, price)
            yield from _inner_threes(whole, price)
    yield from _runs([one for one in chords if one.tuplet is None and one.group is None], price * 1.5 + LOOSE_TRIPLET)


def _with_neighbour(members: list[Chord], chords: Sequence[Chord], price: float) -> Iterator[Guess]:
    """A beam of two with a rest or a single note before or after it."""
    staff = members[0].staff
    free = [one for one in chords if one.staff == staff and one.group is None and one.tuplet is None]
    alone = sorted(free, key=lambda one: one.x)
    before = [one for one in alone if one.x < members[0].x][-1:]
    after = [one for one in alone if one.x > members[-1].x][:1]
    for kind, whole in (("before", [*before, *members]), ("after", [*members, *after])):
        if len(whole) > len(members) and _is_three(sum((one.written_ql for one in whole), Fraction(0))):
            yield _as_triplet(whole, price * 1.5 + LOOSE_TRIPLET, kind)


def _inner_threes(members: list[Chord], price: float) -> Iterator[Guess]:
    """Three equal short notes beside others under one beam."""
    start = 0
    while start + 3 <= len(members):
        run = members[start : start + 3]
        if len({one.written_ql for one in run}) == 1 and run[0].written_ql < 1:
            yield _as_triplet(run, price * 1.3, "inner")
            start += 3
        else:
            start += 1


def _runs(chords: Sequence[Chord], price: float) -> Iterator[Guess]:
    """Unbeamed neighbours on one staff: three equal values, or a value and its half."""
    for staff in sorted({one.staff for one in chords}):
        mine = sorted((one for one in chords if one.staff == staff), key=lambda one: one.x)
        for size in (2, 3):
            for start in range(len(mine) - size + 1):
                run = mine[start : start + size]
                values = sorted(one.written_ql for one in run)
                equal = size == 3 and values[0] == values[-1] <= 1
                halves = size == 2 and values[1] == 2 * values[0] and values[1] <= 2
                if (equal or halves) and not all(one.is_rest for one in run):
                    yield _as_triplet(run, price, "run")


def mended_triplets(chords: Sequence[Chord]) -> Iterator[Guess]:
    """Three neighbours of one staff, two of a value at least, as a triplet whose beam was partly lost."""
    for staff in sorted({one.staff for one in chords}):
        mine = sorted((one for one in chords if one.staff == staff and one.tuplet is None), key=lambda one: one.x)
        for start in range(len(mine) - 2):
            run = mine[start : start + 3]
            names = [one.type_name for one in run]
            for name in sorted({one for one in names if one in ("eighth", "16th", "32nd")}):
                wrong = 3 - names.count(name)
                if 0 < wrong <= 2 and not any(one.is_rest for one in run):
                    changes = tuple(Change(one, name, 0, (3, 2)) for one in run)
                    yield Guess(changes, TRIPLET + WRONG_VALUE * wrong * 0.6)


def _as_triplet(chords: Sequence[Chord], price: float, kind: str) -> Guess:
    return Guess(tuple(Change(one, one.type_name, one.dots, (3, 2)) for one in chords), price, kind)


def _is_three(length: Fraction) -> bool:
    third = length / 3
    return (
        third > 0
        and (third.numerator & (third.numerator - 1)) == 0
        and (third.denominator & (third.denominator - 1)) == 0
    )


def batches(guesses: Sequence[Guess], kinds: Sequence[str]) -> Iterator[list[Guess]]:
    """All beams of three, alone or with all others of one kind, over all staves and on each: triplets come in runs."""
    staves = sorted({guess.staff for guess in guesses})
    for kind in kinds:
        for chosen in [set(staves), *({staff} for staff in staves if len(staves) > 1)]:
            batch = apart([one for one in guesses if one.kind in ("beam", kind) and one.staff in chosen])
            if any(one.kind == kind for one in batch):
                yield batch


def apart(guesses: Sequence[Guess]) -> list[Guess]:
    """Return the guesses that speak of chords of which no earlier one spoke."""
    taken: set[int] = set()
    kept = []
    for guess in guesses:
        keys = {id(chord) for chord in guess.chords}
        if not keys & taken:
            kept.append(guess)
            taken |= keys
    return kept
