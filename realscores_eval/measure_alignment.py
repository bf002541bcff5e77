"""Which bar of the result is which bar of the truth, and which staff is which: dynamic programming over what they hold.

Both alignments keep order and may leave bars or staves unpaired, so one missing or one split bar costs just itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from realscores_eval.printed_music import Bar, PrintedMusic, StaffBar

Pairs = list[tuple[int | None, int | None]]
IntMatrix = NDArray[np.int64]

#: A shared head counts this much at each of three levels; a shared rest and the mere pairing count 1, to settle ties.
_HEAD_WEIGHT = 64


@dataclass(frozen=True)
class Alignment:
    """(truth index, result index) for every bar and every staff; None stands where the other side has nothing."""

    bars: Pairs
    staves: Pairs


def align(truth: PrintedMusic, result: PrintedMusic) -> Alignment:
    """Pair bars by all that sounds in them, then staves within the paired bars, then bars again by paired staves."""
    if (len(result.bars), repr(result)) < (len(truth.bars), repr(truth)):
        swapped = _align(result, truth)
        return Alignment(_turned(swapped.bars), _turned(swapped.staves))
    return _align(truth, result)


def _align(first: PrintedMusic, second: PrintedMusic) -> Alignment:
    bars = best_pairs(_bar_likeness([bar.staves for bar in first.bars], [bar.staves for bar in second.bars]))
    staves = best_pairs(_staff_likeness(first, second, bars))
    paired = [(a, b) for a, b in staves if a is not None and b is not None]
    by_staff = sum(
        (_bar_likeness(_one_staff(first.bars, a), _one_staff(second.bars, b)) for a, b in paired),
        start=np.zeros((len(first.bars), len(second.bars)), dtype=np.int64),
    )
    return Alignment(best_pairs(by_staff), staves)


def best_pairs(likeness: IntMatrix) -> Pairs:
    """Return the order-keeping pairing of rows and columns with the greatest sum of (likeness + 1); int64 (A, B)."""
    rows, columns = likeness.shape
    best = np.zeros((rows + 1, columns + 1), dtype=np.int64)
    for row in range(rows):
        diagonal = best[row, :-1] + likeness[row] + 1
        best[row + 1, 1:] = np.maximum.accumulate(np.maximum(best[row, 1:], diagonal))
    return _traced(best, likeness)


def _traced(best: IntMatrix, likeness: IntMatrix) -> Pairs:
    pairs: Pairs = []
    row, column = likeness.shape
    while row and column:
        if best[row, column] == best[row - 1, column - 1] + likeness[row - 1, column - 1] + 1:
            row, column = row - 1, column - 1
            pairs.append((row, column))
        elif best[row, column] == best[row - 1, column]:
            row -= 1
            pairs.append((row, None))
        else:
            column -= 1
            pairs.append((None, column))
    pairs += [(index, None) for index in reversed(range(row))]
    pairs += [(None, index) for index in reversed(range(column))]
    return pairs[::-1]


def _turned(pairs: Pairs) -> Pairs:
    return [(b, a) for a, b in pairs]


def _one_staff(bars: Sequence[Bar], staff: int) -> list[list[StaffBar]]:
    return [[bar.staves[staff]] for bar in bars]


def _bar_likeness(first: Sequence[Sequence[StaffBar]], second: Sequence[Sequence[StaffBar]]) -> IntMatrix:
    """Return int64 (A, B): how much two bars share, weighted over the three note levels and the rests."""
    levels = (
        (_HEAD_WEIGHT, lambda bar: (head.pitch for staff in bar for head in staff.heads)),
        (_HEAD_WEIGHT, lambda bar: ((head.pitch, head.onset_ql) for staff in bar for head in staff.heads)),
        (_HEAD_WEIGHT, lambda bar: ((h.pitch, h.onset_ql, h.duration_ql) for staff in bar for h in staff.heads)),
        (1, lambda bar: (rest for staff in bar for rest in staff.rests)),
    )
    total = np.zeros((len(first), len(second)), dtype=np.int64)
    for weight, keys in levels:
        total += weight * shared([keys(bar) for bar in first], [keys(bar) for bar in second])
    return total


def shared(first: Sequence[Iterable[Hashable]], second: Sequence[Iterable[Hashable]]) -> IntMatrix:
    """Return int64 (A, B): the size of the multiset intersection of every two collections."""
    left, right = [Counter(one) for one in first], [Counter(one) for one in second]
    columns = {key: index for index, key in enumerate({key for one in right for key in one})}
    table = np.zeros((len(right), len(columns)), dtype=np.int64)  # (B, keys)
    for row, counts in enumerate(right):
        for key, count in counts.items():
            table[row, columns[key]] = count
    found = np.zeros((len(left), len(right)), dtype=np.int64)
    for row, counts in enumerate(left):
        known = [(columns[key], count) for key, count in counts.items() if key in columns]
        if known:
            index, amount = np.array(known).T
            found[row] = np.minimum(table[:, index], amount).sum(axis=1)
    return found


def _staff_likeness(first: PrintedMusic, second: PrintedMusic, bars: Pairs) -> IntMatrix:
    paired = [(a, b) for a, b in bars if a is not None and b is not None]
    total = np.zeros((first.staff_count, second.staff_count), dtype=np.int64)
    for a, b in paired:
        rows, columns = first.bars[a].staves, second.bars[b].staves
        total += _bar_likeness([[staff] for staff in rows], [[staff] for staff in columns])
    return total
