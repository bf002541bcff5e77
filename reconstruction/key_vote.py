"""The keys at the heads of the systems of a piece, from what every staff shows: staves vote, and systems go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

#: A staff that shows another key than is meant, and the same for every sign that it is off; at most three count.
MISREAD = 0.6
MISREAD_SIGN = 0.2
MOST_SIGNS = 3
#: A key that changes between two systems; engravers announce it at the end of the line before.
UNANNOUNCED = 1.5
#: An announced key that does not come.
BROKEN_WORD = 0.5
#: Exact symbols are not outvoted by other systems.
EXACT = 20.0


@dataclass(slots=True)
class Header:
    """What the staves of one system show at its head; fifths by part, one entry a staff."""

    shown: dict[int, list[int]] = field(default_factory=dict)
    leaving: dict[int, int] = field(default_factory=dict)  # the last key shown within or after the system, by part
    exact: bool = False  # true symbols, not detected ones


def settle_keys(headers: Sequence[Header]) -> list[dict[int, int]]:
    """Decide the key of every part at the head of successive systems.

    Parts may be transposed, so each part keeps its usual distance to the others. Every staff votes, a change from one
    system to the next costs something unless it was announced: the cheapest sequence is taken (Viterbi).
    """
    offsets = _offsets(headers)
    states = sorted(
        {fifths - offsets[part] for header in headers for part, all_ in header.shown.items() for fifths in all_}
    )
    if not states:
        return [{} for _ in headers]
    best: dict[int, tuple[float, tuple[int, ...]]] = {}
    previous: Header | None = None
    for header in headers:
        best = {state: _step(best, previous, header, state, offsets) for state in states}
        previous = header
    _, path = min(best.values(), key=lambda one: one[0])
    return [{part: key + offsets[part] for part in header.shown} for header, key in zip(headers, path, strict=True)]


def _step(
    best: dict[int, tuple[float, tuple[int, ...]]],
    previous: Header | None,
    header: Header,
    state: int,
    offsets: dict[int, int],
) -> tuple[float, tuple[int, ...]]:
    seen = _misread(header, state, offsets)
    if previous is None:
        return seen, (state,)
    announced = {fifths - offsets.get(part, 0) for part, fifths in previous.leaving.items()}
    options = [
        (cost + seen + _change(before, state, announced), (*path, state)) for before, (cost, path) in best.items()
    ]
    return min(options, key=lambda one: one[0])


def _change(before: int, after: int, announced: set[int]) -> float:
    if announced:
        return 0.0 if after in announced else BROKEN_WORD if before == after else UNANNOUNCED + BROKEN_WORD
    return 0.0 if before == after else UNANNOUNCED


def _misread(header: Header, state: int, offsets: dict[int, int]) -> float:
    off = [abs(fifths - offsets[part] - state) for part, staves in header.shown.items() for fifths in staves]
    cost = sum(MISREAD + MISREAD_SIGN * min(one, MOST_SIGNS) for one in off if one)
    return cost * EXACT if header.exact else cost


def _offsets(headers: Sequence[Header]) -> dict[int, int]:
    """The usual distance of every part to the key that most staves of its system show."""
    offsets = {}
    for part in sorted({part for header in headers for part in header.shown}):
        votes = Counter(fifths - _middle(header) for header in headers for fifths in header.shown.get(part, ()))
        offsets[part] = max(votes, key=lambda one: (votes[one], -abs(one)))
    return offsets


def _middle(header: Header) -> int:
    votes = Counter(fifths for staves in header.shown.values() for fifths in staves)
    return max(votes, key=lambda one: (votes[one], abs(one)))
