"""Bars that do not fit as printed: unmarked tuplets first, then signs that were lost or misread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain

from notation.score import TYPE_QL
from reconstruction.chords import Chord
from reconstruction.columns import Column
from reconstruction.hooks import beside_hooks
from reconstruction.rhythm import GOOD, GREEDY, BarTask, Placement, solve, ticks
from reconstruction.tuplets import marked_tuplets, normal_of, other_normals

#: Price of an unmarked triplet, and of the first one of a bar on a page that marks none: triplets come in runs.
TRIPLET = 0.12
FIRST_TRIPLET = 0.33
#: The same where symbols were detected: a lost dot or flag is likelier.
UNSEEN_TRIPLET = 0.7
#: Price of a printed tuplet in another ratio than its number usually means (four in the time of six, seven of eight).
OTHER_RATIO = 0.2
#: Price of a dot that two voices in unison share, or that belongs to the other one; their heads stand this near.
SHARED_DOT = 0.1
UNISON_SP = 0.4
#: Price of a lost dot that a hook beside it speaks of.
HOOKED_DOT = 0.12
#: What a triplet that is not one beam group costs more: a lone note beside a beam, unbeamed notes.
LOOSE_TRIPLET = 0.3
#: Bars dearer than this may hold misread signs; true symbols stay below it but for strange voices.
DAMAGED = 1.4
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
#: Longest run of trials a bar.
MOST_TRIALS = 150

#: Triplets of a whole beam, of a beam and what stands before or after it, of three notes under a longer beam, of flags.
KINDS = ("beam", "before", "after", "inner", "run")

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
    kind: str = ""  # for triplets what they were made of: see `KINDS`

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


def _as_triplet(chords: Sequence[Chord], price: float, kind: str) -> Guess:
    return Guess(tuple(Change(one, one.type_name, one.dots, (3, 2)) for one in chords), price, kind)


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
    for batch in _batches(list(_triplets(chords, TRIPLET)), KINDS[:1]) if best > GOOD else ():
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
    triplets = list(_triplets(chords, TRIPLET))
    shared = list(_shared_dots(chords, task.space_px))
    hooked = list(_hooked_dots(chords)) if doubtful else []
    guesses = [*triplets, *_other_ratios(chords), *shared, *hooked]
    if placement.cost > DAMAGED and doubtful:  # exact symbols are never bent
        guesses += values(chords)
        if triplets_known:
            guesses += _mended_triplets(chords)
    kinds = KINDS[:1] if doubtful else KINDS
    for batch in chain([_apart(some) for some in (hooked, shared) if some], _batches(triplets, kinds)):
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


def _mended_triplets(chords: Sequence[Chord]) -> Iterator[Guess]:
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
            yield _as_triplet(whole, price, "beam")
        else:
            yield from _with_neighbour(whole, chords, price)
            yield from _inner_threes(whole, price)
    yield from _runs([one for one in chords if one.tuplet is None and one.group is None], price * 1.5 + LOOSE_TRIPLET)


def _other_ratios(chords: Sequence[Chord]) -> Iterator[Guess]:
    """Every printed tuplet with the other numbers of normal notes that its number can stand for."""
    for members in marked_tuplets(chords):
        actual, normal = members[0].tuplet or (1, 1)
        for other in sorted({normal_of(actual), *other_normals(actual)} - {normal}):
            changes = tuple(Change(one, one.type_name, one.dots, (actual, other)) for one in members)
            yield Guess(changes, OTHER_RATIO)


def _shared_dots(chords: Sequence[Chord], space_px: float) -> Iterator[Guess]:
    """Two voices in unison show one dot: it is meant for both of them, or for the one that it was not given to."""
    for dotted in (one for one in chords if one.dots and one.heads):
        for other in chords:
            near = other.staff == dotted.staff and abs(other.x - dotted.x) < UNISON_SP * space_px
            if not near or other.dots or not {h.position for h in other.heads} & {h.position for h in dotted.heads}:
                continue
            also = Change(other, other.type_name, dotted.dots, other.tuplet)
            yield Guess((also,), SHARED_DOT)
            yield Guess((also, Change(dotted, dotted.type_name, 0, dotted.tuplet)), 2 * SHARED_DOT)


def _hooked_dots(chords: Sequence[Chord]) -> Iterator[Guess]:
    """Dots that hooks speak of: detectors lose dots in dense dotted runs."""
    for chord in beside_hooks(chords):
        yield Guess((Change(chord, chord.type_name, 1, chord.tuplet),), HOOKED_DOT)


def _is_three(length: Fraction) -> bool:
    third = length / 3
    return (
        third > 0
        and (third.numerator & (third.numerator - 1)) == 0
        and (third.denominator & (third.denominator - 1)) == 0
    )


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


def _batches(guesses: Sequence[Guess], kinds: Sequence[str]) -> Iterator[list[Guess]]:
    """All beams of three, alone or with all others of one kind, over all staves and on each: triplets come in runs."""
    staves = sorted({guess.staff for guess in guesses})
    for kind in kinds:
        for chosen in [set(staves), *({staff} for staff in staves if len(staves) > 1)]:
            batch = _apart([one for one in guesses if one.kind in ("beam", kind) and one.staff in chosen])
            if any(one.kind == kind for one in batch):
                yield batch


def _apart(guesses: Sequence[Guess]) -> list[Guess]:
    taken: set[int] = set()
    kept = []
    for guess in guesses:
        keys = {id(chord) for chord in guess.chords}
        if not keys & taken:
            kept.append(guess)
            taken |= keys
    return kept
