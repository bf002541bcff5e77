"""Edit distance between ordered labelled trees after Zhang and Shasha (SIAM Journal on Computing 18, 1989)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Label = TypeVar("Label")


@dataclass
class Tree(Generic[Label]):
    """A node and what stands below it, in order."""

    label: Label
    children: list[Tree[Label]] = field(default_factory=list)

    def postorder(self) -> list[Tree[Label]]:
        """Return all nodes, each behind its children."""
        return [one for child in self.children for one in child.postorder()] + [self]


@dataclass(frozen=True)
class Costs(Generic[Label]):
    """What one edit costs: leaving a node out, putting one in, and giving a node another label."""

    remove: Callable[[Label], int]
    insert: Callable[[Label], int]
    change: Callable[[Label, Label], int]


def tree_distance(first: Tree[Label], second: Tree[Label], costs: Costs[Label]) -> int:
    """Return the least cost of edits that turn `first` into `second`; both keep order and ancestry."""
    return _Table(first, second, costs).fill()


class _Table(Generic[Label]):
    """Distances between all pairs of subtrees, filled pair of key roots by pair of key roots."""

    def __init__(self, first: Tree[Label], second: Tree[Label], costs: Costs[Label]) -> None:
        nodes, others = first.postorder(), second.postorder()
        self._left, self._other_left = leftmost(first), leftmost(second)
        self._remove = [costs.remove(node.label) for node in nodes]
        self._insert = [costs.insert(node.label) for node in others]
        self._change = [[costs.change(one.label, two.label) for two in others] for one in nodes]
        self._subtrees = [[0] * len(others) for _ in nodes]

    def fill(self) -> int:
        for root in key_roots(self._left):
            for other in key_roots(self._other_left):
                self._forests(root, other)
        return self._subtrees[-1][-1]

    def _forests(self, root: int, other: int) -> None:
        """Fill in the distances of the forests below two key roots; row and column 0 are the empty forest."""
        start, other_start = self._left[root], self._other_left[other]
        above = [0]
        for column in range(other_start, other + 1):
            above.append(above[-1] + self._insert[column])
        rows = [above]
        for node in range(start, root + 1):
            rows.append(self._row(node, rows, start, other_start, other))

    def _row(self, node: int, rows: list[list[int]], start: int, other_start: int, other: int) -> list[int]:
        above, remove, left = rows[-1], self._remove[node], self._left[node]
        row = [above[0] + remove]
        before = rows[left - start]
        subtrees, change = self._subtrees[node], self._change[node]
        for offset, column in enumerate(range(other_start, other + 1)):
            least = min(above[offset + 1] + remove, row[offset] + self._insert[column])
            if left == start and self._other_left[column] == other_start:
                least = min(least, above[offset] + change[column])
                subtrees[column] = least
            else:
                least = min(least, before[self._other_left[column] - other_start] + subtrees[column])
            row.append(least)
        return row


def leftmost(tree: Tree[Label]) -> list[int]:
    """Return, for every node in postorder, the postorder number of the leftmost leaf below it."""
    found: list[int] = []

    def walk(node: Tree[Label]) -> int:
        lefts = [walk(child) for child in node.children]
        found.append(lefts[0] if lefts else len(found))
        return found[-1]

    walk(tree)
    return found


def key_roots(left: Sequence[int]) -> list[int]:
    """Return the nodes that are the highest above their leftmost leaf, in postorder."""
    return sorted({leaf: node for node, leaf in enumerate(left)}.values())
