"""Which staff of a system belongs to which part, across systems and pages, also where empty staves are hidden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reconstruction.systems import System

#: What a part of another width, and a part under another clef, cost in the alignment of two systems.
WIDTH_COST = 3.0
CLEF_COST = 1.0
#: A brace over more staves than this joins a family of players, not one player.
MOST_STAVES = 3


@dataclass(frozen=True, slots=True)
class Slot:
    """A part as one system shows it: its staves (page rows, top first) and the clef sign of each."""

    staves: tuple[int, ...]
    clefs: tuple[str, ...]
    braced: bool = False


def system_slots(system: System, braces: list[tuple[int, int]], clef_of: dict[int, str]) -> list[Slot]:
    """Cut a system into parts: braced staves are one part, every other staff is its own."""
    players = [span for span in braces if span[1] - span[0] < MOST_STAVES]
    inside = {index: span for span in players for index in range(span[0], span[1] + 1)}
    slots: list[Slot] = []
    index = 0
    while index < len(system.staves):
        last = inside[index][1] if index in inside else index
        staves = tuple(system.staves[index : last + 1])
        slots.append(Slot(staves, tuple(clef_of.get(row, "") for row in staves), len(staves) > 1))
        index = last + 1
    return slots


def agreed_braces(systems: Sequence[System]) -> dict[int, list[tuple[int, int]]]:
    """Braces by number of staves: what at least a third of the systems of that size shows, the others lost."""
    found: dict[int, list[tuple[int, int]]] = {}
    for size in {len(system.staves) for system in systems}:
        alike = [system for system in systems if len(system.staves) == size]
        votes = Counter(span for system in alike for span in system.braces)
        chosen: list[tuple[int, int]] = []
        for span, count in sorted(votes.items(), key=lambda one: (-one[1], one[0])):
            apart = all(span[1] < other[0] or other[1] < span[0] for other in chosen)
            if apart and count * 3 >= len(alike):
                chosen.append(span)
        found[size] = sorted(chosen)
    return found


def match_parts(layouts: Sequence[list[Slot]]) -> tuple[list[int], list[list[int]]]:
    """Return the widths of all parts, and for every layout the part of each of its slots.

    The fullest layout names the parts; every other one is aligned to it in order, at the least cost of width and clef.
    """
    if not layouts:
        return [], []
    fullest = max(layouts, key=lambda slots: (len(slots), sum(len(one.staves) for one in slots)))
    matched = [_align(slots, fullest) for slots in layouts]
    widths = [len(slot.staves) for slot in fullest]
    for slots, parts in zip(layouts, matched, strict=True):
        for slot, part in zip(slots, parts, strict=True):
            widths[part] = max(widths[part], len(slot.staves))
    return widths, matched


def _align(slots: list[Slot], reference: list[Slot]) -> list[int]:
    """Order-preserving assignment of `slots` (not more than `reference`) by dynamic programming."""
    count, size = len(slots), len(reference)
    best: list[list[tuple[float, tuple[int, ...]]]] = [[(0.0, ())] * (size + 1)]
    for i in range(1, count + 1):
        row: list[tuple[float, tuple[int, ...]]] = [(float("inf"), ())] * (size + 1)
        for j in range(i, size + 1):
            cost, path = best[i - 1][j - 1]
            take = (cost + _difference(slots[i - 1], reference[j - 1]), (*path, j - 1))
            row[j] = min(row[j - 1], take, key=lambda one: one[0])
        best.append(row)
    return list(best[count][size][1])


def _difference(first: Slot, second: Slot) -> float:
    clefs = sum(a != b for a, b in zip(first.clefs, second.clefs, strict=False) if a and b)
    return WIDTH_COST * abs(len(first.staves) - len(second.staves)) + CLEF_COST * clefs
