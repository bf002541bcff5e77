"""Symbol error rate: edits between two sequences over the length of the true one; it can pass 1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EditTally:
    """Edits that turn a result into the truth, and what they are measured by; tallies add up over pages.

    Attributes:
        distance: cost of the edits.
        whole: what the cost is divided by; which it is depends on the metric.
        truth: elements of the truth.
        result: elements of the result. A metric that rewards silence shows here.
    """

    distance: float = 0
    whole: float = 0
    truth: int = 0
    result: int = 0

    def __add__(self, other: EditTally) -> EditTally:
        return EditTally(
            self.distance + other.distance,
            self.whole + other.whole,
            self.truth + other.truth,
            self.result + other.result,
        )

    @property
    def rate(self) -> float:
        """Cost over whole; with nothing to divide by, 0 for no edits and 1 for any."""
        return self.distance / self.whole if self.whole else float(self.distance > 0)


def symbol_error_rate(truth: Sequence[Hashable], result: Sequence[Hashable]) -> EditTally:
    """Count the insertions, deletions and replacements between two sequences."""
    return EditTally(levenshtein(truth, result), len(truth), len(truth), len(result))


def levenshtein(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """Return the edit distance, in len(second) steps over integers of len(first) bits.

    Each column of the table is kept as the two sets of rows where it rises and falls by 1 (Hyyrö, "A bit-vector
    algorithm for computing Levenshtein and Damerau edit distances", 2003).
    """
    if not first:
        return len(second)
    where: dict[Hashable, int] = defaultdict(int)
    for row, symbol in enumerate(first):
        where[symbol] |= 1 << row
    every, last = (1 << len(first)) - 1, 1 << (len(first) - 1)
    rises, falls, distance = every, 0, len(first)
    for symbol in second:
        equal = where.get(symbol, 0)
        diagonal = (((equal & rises) + rises) ^ rises) | equal | falls
        right_rises = falls | (every & ~(diagonal | rises))
        right_falls = diagonal & rises
        distance += bool(right_rises & last) - bool(right_falls & last)
        right_rises = (right_rises << 1) | 1
        rises = every & ((right_falls << 1) | ~(diagonal | right_rises))
        falls = every & right_rises & diagonal
    return distance
