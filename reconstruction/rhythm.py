"""Onsets and voices of one bar: a search over the columns of all staves of a system at once.

Columns have increasing onsets; every voice goes on where its last event ended, so the next column falls on the end of
some event that still sounds. The search places columns from left to right, keeps the cheapest few states, and pays for
what engravers avoid: gaps in a voice, voices that start late, beams that change voice, bars that do not fill.
Times are integer ticks (`TICKS` a quarter), fine enough for 512ths and tuplets up to 13.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from reconstruction.chords import Chord
from reconstruction.columns import Column

TICKS = 128 * 9 * 5 * 7 * 11 * 13

#: A voice that stops while another voice of its staff sounds: a hidden rest.
HIDDEN_REST = 1.2
#: A staff on which nothing sounds: never in complete music.
SILENT_STAFF = 2.6
#: A further voice of a staff at the start of a bar is normal, a later start is a hidden rest, a third voice is rare.
NEW_VOICE = 0.3
LATE_VOICE = 1.3
THIRD_VOICE = 0.8
#: A voice that turns its stems while another voice sounds on its staff.
TURNED_STEM = 0.35
#: A voice that changes its staff other than within a beam.
CHANGED_STAFF = 0.8
#: A beam that leaves its voice.
BROKEN_BEAM = 3.0
#: A bar that ends elsewhere than the meter says: by the meter's word alone, or with a reason (first bar, repeat).
WRONG_LENGTH = 2.2
SHORT_LENGTH = 0.9
#: The same per quarter that the bar is off, so that repairs see which way leads home.
OFF_LENGTH = 0.3
#: A voice that sounds longer than its bar.
OVERFLOW = 3.0
#: A column on a time at which nothing ends, per column.
FLOATING = 3.0
#: A column inside the shortest sounding note, where a voice comes in after a hidden rest; tried in hard bars only.
INSIDE = 0.5
#: Two neighbouring columns at one time: nothing within the jitter of detected boxes, then more with the gap.
SAME_TIME_FREE_SP = 0.8
SAME_TIME = 0.12
SAME_TIME_FAR = 0.9
SAME_TIME_REACH_SP = 2.2
#: Two columns as near as that at two times: three notes against four.
CLOSE_COLUMNS = 0.1
#: A longer step in time that takes less room than a shorter one, per pair of steps, and in all.
SPACING = 0.02
SPACING_MOST = 0.4

#: States kept: for a first look, for most bars, for hard ones.
GREEDY, NARROW, WIDE = 1, 6, 24
#: Bars up to this cost are taken as read: one hidden rest.
GOOD = 0.85


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice so far: where its last event ends, in ticks, and what it was."""

    part: int
    staff: int
    end: int
    direction: int
    group: int | None
    gapped: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """The bar up to one column: its time, the voices, what it cost, and how it was reached."""

    time: int
    voices: tuple[Voice, ...]
    cost: float
    link: State | None = None
    placed: tuple[tuple[Chord, int], ...] = ()  # chord, voice index


#: A column half placed: cost, voices, and the chords with their voices.
Partial: TypeAlias = tuple[float, tuple[Voice, ...], tuple[tuple[Chord, int], ...]]


@dataclass(slots=True)
class Placement:
    """The reading of one bar: onset and voice of every chord, the length, and what it cost."""

    cost: float
    length: int
    onsets: dict[int, int] = field(default_factory=dict)  # id(chord) -> ticks
    voices: dict[int, int] = field(default_factory=dict)  # id(chord) -> voice index within the bar
    homes: tuple[Voice, ...] = ()


@dataclass(frozen=True, slots=True)
class BarTask:
    """What the search needs to know of a bar. `part_of` maps a page staff to its part."""

    columns: tuple[Column, ...]
    part_of: dict[int, int]
    space_px: float
    length: int | None = None
    may_be_short: bool = False
    may_float: bool = False
    durations: dict[int, int] = field(default_factory=dict)  # id(chord) -> ticks


def ticks(length_ql: Fraction) -> int:
    """Quarter lengths to integer ticks."""
    return round(length_ql * TICKS)


def solve(task: BarTask, widest: int = NARROW, bound: float = float("inf")) -> Placement:
    """Return the cheapest placement found with up to `widest` states kept; never fails, an empty bar costs nothing.

    A search that cannot stay below `bound` stops early, with an infinite cost.
    """
    best = _search(task, GREEDY, bound)
    for width in (NARROW, WIDE):
        if best.cost <= 2 * NEW_VOICE or width > widest:
            break
        wider = _search(task, width)
        best = wider if wider.cost < best.cost else best
        if best.cost <= GOOD:
            break
    return best


def _search(task: BarTask, width: int, bound: float = float("inf")) -> Placement:
    states = [State(0, (), 0.0)]
    previous: Column | None = None
    for column in task.columns:
        grown = [after for state in states for after in _advance(task, state, column, previous)]
        states = _prune(grown, width)
        if states[0].cost >= bound:
            return Placement(float("inf"), task.length or 0)
        previous = column
    finals = [_finish(task, state) for state in states]
    return min(finals, key=lambda one: one.cost)


def _prune(states: list[State], width: int) -> list[State]:
    seen: dict[tuple[int, tuple[Voice, ...]], State] = {}
    for state in sorted(states, key=lambda one: one.cost):
        seen.setdefault((state.time, state.voices), state)
        if len(seen) == width:
            break
    return list(seen.values())


def _advance(task: BarTask, state: State, column: Column, previous: Column | None) -> list[State]:
    """All ways to place one column after a state."""
    if previous is None:
        return _place(task, state, column, 0, 0.0)
    gap = (column.x - previous.x) / task.space_px
    near = gap < SAME_TIME_FREE_SP
    close = CLOSE_COLUMNS if near else 0.0
    options = [(end, close) for end in sorted({one.end for one in state.voices if one.end > state.time})[:4]]
    if near or column.collides:
        options.append((state.time, SAME_TIME * gap))
    elif gap < SAME_TIME_REACH_SP:
        options.append((state.time, SAME_TIME_FAR + 0.5 * gap))
    if not options:
        options = [(state.time, FLOATING)]
    elif task.may_float:
        options += [(time, INSIDE) for time in _inside(state.time, options[0][0])]
    out: list[State] = []
    for time, cost in options:
        out += _place(task, state, column, time, cost)
    return out


def _inside(start: int, end: int) -> list[int]:
    """Times between two ends at which a voice may come in after a hidden rest."""
    step = end - start
    if step < TICKS // 4:
        return []
    shares = ((1, 2), (2, 3), (3, 4)) if step >= TICKS else ((1, 2), (2, 3))
    return [start + step * up // down for up, down in shares]


def _place(task: BarTask, state: State, column: Column, time: int, cost: float) -> list[State]:
    voices, gap_cost = _opened_gaps(state.voices, time)
    start: Partial = (state.cost + cost + gap_cost, voices, ())
    partial = [start]
    for chord in column.chords:
        offers = [
            (sofar + price, index, now, placed)
            for sofar, now, placed in partial
            for index, price in _choices(task, now, {taken for _, taken in placed}, chord, time)
        ]
        cheapest = sorted(offers, key=lambda one: one[0])[:3]
        partial = [
            (total, _with(task, now, index, chord, time), (*placed, (chord, index)))
            for total, index, now, placed in cheapest
        ]
    return [State(time, now, total, state, placed) for total, now, placed in partial[:2]]


def _opened_gaps(voices: tuple[Voice, ...], time: int) -> tuple[tuple[Voice, ...], float]:
    """Mark voices that ended before `time` as gapped, and what these gaps cost."""
    if all(one.end >= time or one.gapped for one in voices):
        return voices, 0.0
    cost, out = 0.0, []
    for one in voices:
        if one.end < time and not one.gapped:
            covered = any(other.staff == one.staff and other.end >= time for other in voices)
            cost += HIDDEN_REST if covered else SILENT_STAFF
            one = Voice(one.part, one.staff, one.end, one.direction, one.group, True)
        out.append(one)
    return tuple(out), cost


def _choices(
    task: BarTask, voices: tuple[Voice, ...], used: set[int], chord: Chord, time: int
) -> list[tuple[int, float]]:
    """Voices that can take the chord at `time` with their price; index len(voices) is a new voice."""
    part = task.part_of[chord.staff]
    group_open = chord.group is not None and any(one.group == chord.group for one in voices)
    choices = []
    on_staff = 0
    for index, voice in enumerate(voices):
        if voice.part != part:
            continue
        on_staff += voice.staff == chord.staff
        if voice.end <= time and index not in used:
            choices.append((index, _price(voices, voice, chord, time, group_open)))
    new = NEW_VOICE * (on_staff > 0) if time == 0 else LATE_VOICE
    new += THIRD_VOICE * max(0, on_staff - 1) + BROKEN_BEAM * group_open
    choices.append((len(voices), new))
    return choices


def _price(voices: tuple[Voice, ...], voice: Voice, chord: Chord, time: int, group_open: bool) -> float:
    same_group = chord.group is not None and voice.group == chord.group
    price = 0.2 if voice.end < time else 0.0
    if group_open and not same_group:
        price += BROKEN_BEAM
    if voice.staff != chord.staff and not same_group:
        price += CHANGED_STAFF
    if voice.direction and chord.direction and voice.direction != chord.direction and not same_group:
        shared = any(one is not voice and one.staff == voice.staff for one in voices)
        price += TURNED_STEM if shared else 0.0
    return price


def _with(task: BarTask, voices: tuple[Voice, ...], index: int, chord: Chord, time: int) -> tuple[Voice, ...]:
    end = time + task.durations[id(chord)]
    previous = voices[index] if index < len(voices) else None
    direction = chord.direction or (previous.direction if previous else 0)
    group = chord.group
    if chord.is_rest and previous is not None:
        group = previous.group  # a rest under a beam does not end its group
    voice = Voice(task.part_of[chord.staff], chord.staff, end, direction, group)
    return (*voices[:index], voice, *voices[index + 1 :])


def _finish(task: BarTask, state: State) -> Placement:
    ends = sorted({one.end for one in state.voices})
    lengths = {ends[-1] if ends else 0}
    if task.length is not None and (not ends or ends[-1] >= task.length):  # else nothing sounds to the end
        lengths.add(task.length)
    options = [(_end_cost(task, state, length), length) for length in sorted(lengths)]
    cost, length = min(options, key=lambda one: (one[0], one[1] != task.length))
    placement = Placement(state.cost + cost, length, homes=state.voices)
    times: list[int] = []
    link: State | None = state
    while link is not None:
        times.append(link.time)
        for chord, index in link.placed:
            placement.onsets[id(chord)] = link.time
            placement.voices[id(chord)] = index
        link = link.link
    placement.cost += _spacing_cost(task, times[::-1][1:])
    return placement


def _spacing_cost(task: BarTask, times: list[int]) -> float:
    """Price of steps in time that are longer than others yet take less room."""
    columns = task.columns
    steps = [
        (columns[i + 1].x - columns[i].x, times[i + 1] - times[i])
        for i in range(len(times) - 1)
        if times[i + 1] > times[i]
    ]
    wrong = sum(0.8 * dt > other_dt and dx * 1.05 < other_dx for dx, dt in steps for other_dx, other_dt in steps)
    return min(SPACING * wrong, SPACING_MOST)


def _end_cost(task: BarTask, state: State, length: int) -> float:
    cost = 0.0
    if task.length is not None and length != task.length:
        cost += SHORT_LENGTH if task.may_be_short and length < task.length else WRONG_LENGTH
        cost += OFF_LENGTH * min(abs(length - task.length) / TICKS, 3.0)
    for voice in state.voices:
        if voice.end > length:
            cost += OVERFLOW
    return cost + _opened_gaps(tuple(one for one in state.voices if one.end <= length), length)[1]


def bar_task(
    columns: Sequence[Column],
    part_of: dict[int, int],
    space_px: float,
    length: int | None,
    may_be_short: bool = False,
) -> BarTask:
    """Return the task with every chord's duration as printed; `length` in ticks."""
    durations = {id(chord): ticks(chord.duration_ql) for column in columns for chord in column.chords}
    return BarTask(tuple(columns), part_of, space_px, length, may_be_short, durations=durations)


def together(placements: Sequence[Placement]) -> Placement:
    """Join placements of single parts; the bar is as long as most of them say, the longest in doubt."""
    lengths = [one.length for one in placements]
    length = max(lengths, key=lambda one: (lengths.count(one), one))
    joined = Placement(sum(one.cost for one in placements), length)
    for one in placements:
        first = len(joined.homes)
        joined.onsets |= one.onsets
        joined.voices |= {key: first + index for key, index in one.voices.items()}
        joined.homes += one.homes
    return joined
