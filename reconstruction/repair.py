"""Bars that do not fit as printed: unmarked tuplets first, then signs that were lost or misread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from reconstruction.chords import Chord
from reconstruction.columns import Column
from reconstruction.guesses import Guess, hooked_dots, other_ratios, shared_dots, values
from reconstruction.rhythm import GOOD, GREEDY, BarTask, Placement, solve
from reconstruction.triplet_guesses import KINDS, apart, batches, mended_triplets, triplets

#: Price of the first unmarked triplet of a bar on a page that marks none: triplets come in runs.
FIRST_TRIPLET = 0.33
#: The same where symbols were detected: a lost dot or flag is likelier.
UNSEEN_TRIPLET = 0.7
#: Bars dearer than this may hold misread signs; true symbols stay below it but for strange voices.
DAMAGED = 1.4
#: Longest run of trials a bar.
MOST_TRIALS = 150


def repair(
    readings: Sequence[tuple[BarTask, Placement]], chords: Sequence[Chord], triplets_known: bool
) -> tuple[Placement, list[Chord], float]:
    """Try guesses, singly and together, while they make the bar cheaper.

    `readings` are ways to see the bar with what each costs as printed; the one that ends cheapest counts. The accepted
    guesses are written to the chords; returns the placement, the changed chords and what the guesses cost.
    """
    best: tuple[Placement, _Accepted] | None = None
    for task, placement in readings:
        found = _repaired(task, placement, chords, triplets_known)
        if best is None or found[0].cost < best[0].cost - 1e-9:
            best = found
        if best[0].cost <= GOOD:
            break
    if best is None:
        return Placement(0.0, 0), [], 0.0
    return best[0], best[1].write(), best[1].price


def cost_with_triplets(task: BarTask, chords: Sequence[Chord]) -> float:
    """What the bar costs as printed, or with all its beams of three as triplets; nothing is written."""
    best = solve(task, GREEDY).cost
    for batch in batches(list(triplets(chords)), KINDS[:1]) if best > GOOD else ():
        best = min(best, _Accepted(task).plus(batch).solve().cost)
    return best


def _repaired(
    task: BarTask, placement: Placement, chords: Sequence[Chord], triplets_known: bool
) -> tuple[Placement, _Accepted]:
    doubtful = any(chord.score < 1 for chord in chords)
    first = 0.0 if triplets_known else UNSEEN_TRIPLET if doubtful else FIRST_TRIPLET
    best, accepted, trials = placement, _Accepted(task, first_price=first), 0
    if placement.cost <= GOOD:
        return best, accepted
    unmarked = list(triplets(chords))
    shared = list(shared_dots(chords, task.space_px))
    hooked = list(hooked_dots(chords)) if doubtful else []
    guesses = [*unmarked, *other_ratios(chords), *shared, *hooked]
    if placement.cost > DAMAGED and doubtful:  # exact symbols are never bent
        guesses += values(chords)
        if triplets_known:
            guesses += mended_triplets(chords)
    kinds = KINDS[:1] if doubtful else KINDS
    for batch in chain([apart(some) for some in (hooked, shared) if some], batches(unmarked, kinds)):
        more = [guess for guess in batch if not accepted.holds(guess)]
        for trial in (_Accepted(task, tuple(batch), first), accepted.plus(more))[: 1 + bool(accepted.guesses and more)]:
            placed = trial.solve(best.cost)
            trials += 1
            if placed.cost < best.cost - 1e-9:
                best, accepted = placed, trial
        if best.cost <= GOOD or trials >= MOST_TRIALS:
            break
    while best.cost > GOOD and trials < MOST_TRIALS:
        options = [accepted.without(guess).plus([guess]) for guess in guesses if guess not in accepted.guesses]
        options += [accepted.minus(guess) for guess in accepted.guesses]
        placed_options = [(option.solve(best.cost), option) for option in options[: MOST_TRIALS - trials]]
        trials += len(options)
        if not placed_options:
            break
        placed, option = min(placed_options, key=lambda one: one[0].cost)
        if placed.cost >= best.cost - 1e-9:
            break
        best, accepted = placed, option
    return best, accepted


@dataclass(frozen=True, slots=True)
class _Accepted:
    task: BarTask
    guesses: tuple[Guess, ...] = ()
    first_price: float = 0.0

    @property
    def price(self) -> float:
        """What the guesses cost together."""
        first = self.first_price if any(guess.makes_tuplet for guess in self.guesses) else 0.0
        return first + sum(guess.price for guess in self.guesses)

    def plus(self, guesses: Sequence[Guess]) -> _Accepted:
        return replace(self, guesses=(*self.guesses, *guesses))

    def minus(self, guess: Guess) -> _Accepted:
        return replace(self, guesses=tuple(one for one in self.guesses if one is not guess))

    def without(self, guess: Guess) -> _Accepted:
        """Leave out what speaks of the same chords."""
        mine = set(map(id, guess.chords))
        return replace(self, guesses=tuple(one for one in self.guesses if not mine & set(map(id, one.chords))))

    def holds(self, guess: Guess) -> bool:
        return any(set(map(id, guess.chords)) & set(map(id, one.chords)) for one in self.guesses)

    def solve(self, bound: float = float("inf")) -> Placement:
        durations = dict(self.task.durations)
        dropped: set[int] = set()
        for guess in self.guesses:
            for change in guess.changes:
                durations[id(change.chord)] = change.ticks
                if change.dropped:
                    dropped.add(id(change.chord))
        columns = self.task.columns
        if dropped:
            kept = [Column(c.x, [one for one in c.chords if id(one) not in dropped]) for c in columns]
            columns = tuple(column for column in kept if column.chords)
        placed = solve(replace(self.task, durations=durations, columns=columns), GREEDY, bound - self.price)
        placed.cost += self.price
        return placed

    def write(self) -> list[Chord]:
        for guess in self.guesses:
            for change in guess.changes:
                chord = change.chord
                if change.tuplet is not None and chord.tuplet is None:
                    chord.tuplet_id = -1 - min(_row(one) for one in guess.chords)
                chord.type_name, chord.dots, chord.tuplet = change.type_name, change.dots, change.tuplet
                chord.dropped = change.dropped
        return [chord for guess in self.guesses for chord in guess.chords]


def _row(chord: Chord) -> int:
    return chord.heads[0].glyph.row if chord.heads else chord.rest.row if chord.rest else 0
