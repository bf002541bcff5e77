"""Bars that do not fit as printed: unmarked tuplets first, then signs that were lost or misread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from reconstruction.chords import Chord
from reconstruction.rhythm import GOOD, GREEDY, BarTask, Placement, solve, ticks

#: Price of an unmarked triplet: where the page marks triplets, and where it does not.
KNOWN_TRIPLET = 0.12
NEW_TRIPLET = 0.45
#: Longest run of trials a bar.
MOST_TRIALS = 40


@dataclass(frozen=True, slots=True)
class Guess:
    """Other durations for some chords, with a price."""

    chords: tuple[Chord, ...]
    tuplet: tuple[int, int]
    price: float


def repair(
    task: BarTask, placement: Placement, chords: Sequence[Chord], triplets_known: bool
) -> tuple[Placement, list[Chord], float]:
    """Try guesses, singly and together, while they make the bar cheaper.

    The accepted ones are written to the chords; returns the placement, the changed chords and what the guesses cost.
    """
    if placement.cost <= GOOD:
        return placement, [], 0.0
    guesses = list(_triplets(chords, KNOWN_TRIPLET if triplets_known else NEW_TRIPLET))
    best, accepted, trials = placement, _Accepted(task), 0
    for batch in _batches(guesses):
        trial = accepted.plus(batch)
        placed = trial.solve()
        trials += 1
        if placed.cost < best.cost - 1e-9:
            best, accepted = placed, trial
        if best.cost <= GOOD or trials >= MOST_TRIALS:
            break
    while best.cost > GOOD and trials < MOST_TRIALS:
        options = [accepted.plus([guess]) for guess in guesses if not accepted.holds(guess)]
        options += [accepted.minus(guess) for guess in accepted.guesses]
        placed_options = [(option.solve(), option) for option in options[: MOST_TRIALS - trials]]
        trials += len(options)
        if not placed_options:
            break
        placed, option = min(placed_options, key=lambda one: one[0].cost)
        if placed.cost >= best.cost - 1e-9:
            break
        best, accepted = placed, option
    return best, accepted.write(), sum(guess.price for guess in accepted.guesses)


@dataclass(frozen=True, slots=True)
class _Accepted:
    task: BarTask
    guesses: tuple[Guess, ...] = ()

    def plus(self, guesses: Sequence[Guess]) -> _Accepted:
        return _Accepted(self.task, (*self.guesses, *guesses))

    def minus(self, guess: Guess) -> _Accepted:
        return _Accepted(self.task, tuple(one for one in self.guesses if one is not guess))

    def holds(self, guess: Guess) -> bool:
        return any(set(map(id, guess.chords)) & set(map(id, one.chords)) for one in self.guesses)

    def solve(self) -> Placement:
        durations = dict(self.task.durations)
        for guess in self.guesses:
            for chord in guess.chords:
                durations[id(chord)] = ticks(chord.written_ql * guess.tuplet[1] / guess.tuplet[0])
        placed = solve(replace(self.task, durations=durations), GREEDY)
        placed.cost += sum(guess.price for guess in self.guesses)
        return placed

    def write(self) -> list[Chord]:
        for number, guess in enumerate(self.guesses):
            for chord in guess.chords:
                chord.tuplet = guess.tuplet
                chord.tuplet_id = -1 - number - 1000 * guess.chords[0].heads[0].glyph.row if guess.chords[0].heads else -1 - number
        return [chord for guess in self.guesses for chord in guess.chords]


def _triplets(chords: Sequence[Chord], price: float) -> Iterator[Guess]:
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
            yield Guess(tuple(whole), (3, 2), price)
        else:
            yield from _with_neighbour(whole, chords, price)
            yield from _inner_threes(whole, price)
    yield from _runs([one for one in chords if one.tuplet is None and one.group is None], price * 1.5)


def _is_three(length: Fraction) -> bool:
    third = length / 3
    return third > 0 and (third.numerator & (third.numerator - 1)) == 0 and (
        third.denominator & (third.denominator - 1)
    ) == 0


def _with_neighbour(members: list[Chord], chords: Sequence[Chord], price: float) -> Iterator[Guess]:
    """A beam of two with a rest or a single note before or after it."""
    staff = members[0].staff
    alone = sorted((c for c in chords if c.staff == staff and c.group is None and c.tuplet is None), key=lambda one: one.x)
    before = [one for one in alone if one.x < members[0].x][-1:]
    after = [one for one in alone if one.x > members[-1].x][:1]
    for whole in ([*before, *members], [*members, *after]):
        if len(whole) > len(members) and _is_three(sum((one.written_ql for one in whole), Fraction(0))):
            yield Guess(tuple(whole), (3, 2), price * 1.5)


def _inner_threes(members: list[Chord], price: float) -> Iterator[Guess]:
    """Three equal short notes beside others under one beam."""
    start = 0
    while start + 3 <= len(members):
        run = members[start : start + 3]
        if len({one.written_ql for one in run}) == 1 and run[0].written_ql < 1:
            yield Guess(tuple(run), (3, 2), price * 1.3)
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
                    yield Guess(tuple(run), (3, 2), price)


def _batches(guesses: Sequence[Guess]) -> Iterator[list[Guess]]:
    """All beam groups at once, all of one staff, all of one value: triplets come in runs."""
    beamed = [one for one in guesses if one.chords[0].group is not None and len(one.chords) >= 3]
    if len(beamed) > 1:
        yield _apart(beamed)
    for staff in sorted({one.chords[0].staff for one in beamed}):
        yield _apart([one for one in beamed if one.chords[0].staff == staff])


def _apart(guesses: Sequence[Guess]) -> list[Guess]:
    taken: set[int] = set()
    kept = []
    for guess in guesses:
        keys = {id(chord) for chord in guess.chords}
        if not keys & taken:
            kept.append(guess)
            taken |= keys
    return kept
