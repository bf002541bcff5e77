"""The rhythm of one bar over all its staves: whole-bar rests aside, columns, search, repairs where it does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from reconstruction.chords import Chord
from reconstruction.columns import make_columns, split_columns
from reconstruction.repair import repair
from reconstruction.rhythm import GOOD, TICKS, WIDE, BarTask, Placement, bar_task, solve, ticks, together

#: A whole rest this near to the middle of the bar's content, as share of its width, rests for the whole bar.
CENTRED = 0.2
#: Parts read each for itself pay this once: their columns disagree.
MISALIGNED = 1.0
#: Bars dearer than this are worth the widest search.
WIDE_FROM = 1.5


@dataclass(slots=True)
class BarRhythm:
    """Onsets in quarter lengths of everything in one bar; chords are keyed by identity."""

    length_ql: Fraction
    cost: float
    onset_ql: dict[int, Fraction] = field(default_factory=dict)
    voice: dict[int, int] = field(default_factory=dict)
    measure_rests: list[Chord] = field(default_factory=list)
    guessed: list[Chord] = field(default_factory=list)  # chords changed to make the bar fit
    filled: bool = False  # something other than whole-bar rests stands in the bar


def read_bar(
    chords: list[Chord],
    part_of: dict[int, int],
    space_px: float,
    length_ql: Fraction | None,
    may_be_short: bool,
    triplets_known: bool,
) -> BarRhythm:
    """Place the chords of one bar; `length_ql` is what the meter says, None where no meter is known."""
    timed = [chord for chord in chords if not chord.is_grace and not chord.dropped]
    resting = _measure_rests(timed, length_ql)
    timed = [chord for chord in timed if chord not in resting]
    length = ticks(length_ql) if length_ql is not None else None
    placement = Placement(0.0, length or ticks(Fraction(4)))
    guessed: list[Chord] = []
    if timed:
        task = bar_task(make_columns(timed, space_px), part_of, space_px, length, may_be_short)
        placement, guessed = _solve(task, timed, triplets_known)
    rhythm = BarRhythm(Fraction(placement.length, TICKS), placement.cost, measure_rests=resting, guessed=guessed)
    rhythm.onset_ql = {key: Fraction(at, TICKS) for key, at in placement.onsets.items()}
    rhythm.voice = placement.voices
    rhythm.filled = bool(timed)
    for rest in resting:
        rhythm.onset_ql[id(rest)] = Fraction(0)
    _place_graces(chords, rhythm)
    return rhythm


def part_tasks(
    chords: list[Chord], part_of: dict[int, int], space_px: float, may_be_short: bool
) -> list[tuple[BarTask, Sequence[Chord]]]:
    """The bar cut into its parts, without a length, whole-bar rests left out; parts that only rest are missing."""
    timed = [chord for chord in chords if not chord.is_grace and not chord.dropped]
    resting = _measure_rests(timed, None)
    timed = [chord for chord in timed if chord not in resting]
    tasks: list[tuple[BarTask, Sequence[Chord]]] = []
    for part in sorted({part_of[chord.staff] for chord in timed}):
        mine = [chord for chord in timed if part_of[chord.staff] == part]
        tasks.append((bar_task(make_columns(mine, space_px), part_of, space_px, None, may_be_short), mine))
    return tasks


def _solve(task: BarTask, timed: list[Chord], triplets_known: bool) -> tuple[Placement, list[Chord]]:
    """Solve all parts together; where that is dear, repair the parts that do not fit by themselves and try again."""
    task, joint = _readings(task, timed)[0]
    if joint.cost <= GOOD:
        return joint, []
    printed, before = joint, [(chord, chord.as_read) for chord in timed]
    parts = sorted({task.part_of[chord.staff] for chord in timed})
    alone, guessed, price = [], [], 0.0
    for part in parts:
        mine = [chord for chord in timed if task.part_of[chord.staff] == part]
        placed, changed, paid = repair(_readings(task, mine), mine, triplets_known)
        alone.append(placed)
        guessed += changed
        price += paid
    if guessed:
        timed = [chord for chord in timed if not chord.dropped]
        durations = {id(chord): ticks(chord.duration_ql) for chord in timed}
        task, joint = _readings(replace(task, durations=durations), timed)[0]
        joint.cost += price
    if joint.cost > WIDE_FROM:
        wide = solve(replace(task, may_float=True), WIDE)
        wide.cost += price
        joint = wide if wide.cost < joint.cost else joint
    apart = together(alone)
    apart.cost += MISALIGNED * (len(parts) > 1)
    best = apart if apart.cost < joint.cost else joint
    doubtful = any(chord.score < 1 for chord in timed)
    if doubtful and guessed and printed.cost < best.cost:  # the parts agree, what none knew by itself: a short bar
        for chord, reading in before:
            chord.as_read = reading
        return printed, []
    return best, guessed


def _readings(task: BarTask, chords: list[Chord]) -> list[tuple[BarTask, Placement]]:
    """Solve with colliding chords in one column, and where that does not fit each in its own; the cheaper first."""
    merged = replace(task, columns=tuple(make_columns(chords, task.space_px)))
    found = [(merged, solve(merged))]
    if found[0][1].cost > GOOD:
        split = replace(task, columns=tuple(split_columns(chords, task.space_px)))
        if any(column.collides for column in split.columns):
            found.append((split, solve(split)))
    return sorted(found, key=lambda one: one[1].cost)


def _measure_rests(timed: list[Chord], length_ql: Fraction | None) -> list[Chord]:
    """Whole rests that fill the bar: alone on their staff, or in the middle of it beside another voice."""
    xs = [chord.x for chord in timed]
    found = []
    for rest in timed:
        if rest.rest is None or rest.type_name not in ("whole", "breve") or rest.dots:
            continue
        alone = all(other is rest or other.staff != rest.staff for other in timed)
        middle = (min(xs) + max(xs)) / 2
        centred = abs(rest.x - middle) < CENTRED * (max(xs) - min(xs))
        if alone or (rest.type_name == "whole" and ((length_ql or 5) <= rest.written_ql or centred)):
            found.append(rest)
    return found


def _place_graces(chords: list[Chord], rhythm: BarRhythm) -> None:
    """Grace notes stand at the onset of the next note of their staff, at the end of the bar after the last one."""
    timed = [chord for chord in chords if id(chord) in rhythm.onset_ql and not chord.is_rest]
    for grace in (chord for chord in chords if chord.is_grace):
        after = [one for one in timed if one.staff == grace.staff and one.x > grace.x]
        before = [one for one in timed if one.staff == grace.staff and one.x <= grace.x]
        if after:
            first = min(after, key=lambda one: (one.x, one.direction != grace.direction))
            rhythm.onset_ql[id(grace)] = rhythm.onset_ql[id(first)]
            rhythm.voice[id(grace)] = rhythm.voice[id(first)]
        else:
            rhythm.onset_ql[id(grace)] = rhythm.length_ql
            last = max(before, key=lambda one: one.x, default=None)
            rhythm.voice[id(grace)] = rhythm.voice[id(last)] if last is not None else 0
