"""Clef, key and meter over time: what is in force on each staff in each bar, decided by all staves together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from notation.score import Clef, Key, Time
from reconstruction.measures import Bar
from reconstruction.page import Page
from reconstruction.signs import ClefSign, StaffSigns
from reconstruction.systems import System

#: Signs stand after the barline that opens their bar; a sign over the line itself belongs to the bar after it.
EDGE_SP = 0.5

#: A detector loses or adds up to this many signs of a key signature; a real change for one system alone is rarer.
MISREAD_SIGNS = 2

#: A staff of a part: part index and number from 1.
StaffKey = tuple[int, int]


@dataclass(slots=True)
class BarSigns:
    """Signs that take effect within one bar."""

    time: Time | None = None
    keys: dict[int, int] = field(default_factory=dict)  # fifths by part
    clefs: dict[StaffKey, list[ClefSign]] = field(default_factory=dict)


def signs_of_bar(
    page: Page, system: System, bar: Bar, is_first: bool, is_last: bool, key_of: dict[int, StaffKey]
) -> BarSigns:
    """Gather the signs of a bar over the staves of its system."""
    slack = EDGE_SP * page.sheet.space_px
    low = float("-inf") if is_first else bar.x0 - slack
    high = bar.x1 if not is_last else bar.x1 + slack
    found = BarSigns()
    times: Counter[Time] = Counter()
    keys: dict[int, Counter[int]] = {}
    for row in system.staves:
        signs = page.signs[row]
        part, _ = key_of[row]
        first_x = _first_content(page, row, bar)
        for time in signs.times:
            if low <= time.x < high and time.x < first_x:
                times[time.time] += 1
        in_bar = [one for one in signs.keys if low <= one.x < high and one.x < first_x]
        if in_bar:
            shown = in_bar[0] if is_first else in_bar[-1]
            keys.setdefault(part, Counter())[shown.fifths] += 1
        elif is_first:
            keys.setdefault(part, Counter())[0] += 1
        clefs = [one for one in signs.clefs if low <= one.x < high]
        if clefs:
            found.clefs[key_of[row]] = clefs
    found.time = times.most_common(1)[0][0] if times else None
    signed = sum(any(low <= one.x < high for one in page.signs[row].keys) for row in system.staves)
    if is_first or 2 * signed >= len(system.staves):
        found.keys = {part: max(votes, key=lambda one: (votes[one], abs(one))) for part, votes in keys.items()}
    return found


def _first_content(page: Page, row: int, bar: Bar) -> float:
    xs = [one.x for one in page.chords if one.staff == row and bar.x0 <= one.x < bar.x1]
    return min(xs) if xs else bar.x1


def courtesy_time(signs: list[StaffSigns], last_x: float) -> Time | None:
    """The meter printed after the last barline of a system, for the system after it."""
    votes = Counter(one.time for staff in signs for one in staff.times if one.x >= last_x)
    return votes.most_common(1)[0][0] if votes else None


def settle_keys(headers: list[dict[int, int]]) -> list[dict[int, int]]:
    """Decide the keys at the heads of successive systems, by part, from what each of them shows.

    Parts may be transposed, so each part keeps its usual distance to the first one; within a system the parts vote, and
    a key that no other system nearby shows gives way to its neighbours when it is one sign off.
    """
    offsets: dict[int, int] = {}
    for part in {part for header in headers for part in header}:
        votes = Counter(header[part] - _middle(header) for header in headers if part in header)
        offsets[part] = max(votes, key=lambda one: (votes[one], -abs(one)))
    concert = []
    for header in headers:
        votes = Counter(fifths - offsets[part] for part, fifths in header.items())
        concert.append(max(votes, key=lambda one: (votes[one], abs(one))) if votes else 0)
    settled = [_by_neighbours(concert, index) for index in range(len(concert))]
    return [{part: settled[index] + offsets[part] for part in header} for index, header in enumerate(headers)]


def _middle(header: dict[int, int]) -> int:
    votes = Counter(header.values())
    return max(votes, key=lambda one: (votes[one], abs(one)))


def _by_neighbours(keys: list[int], index: int) -> int:
    """A key that stands alone among its neighbours, which agree, was misread."""
    own = keys[index]
    near = [keys[i] for i in range(max(0, index - 2), min(len(keys), index + 3)) if i != index]
    votes = Counter(near)
    if len(near) < 2 or own in votes:
        return own
    best, count = votes.most_common(1)[0]
    return best if count >= 2 and count * 3 >= 2 * len(near) and abs(best - own) <= MISREAD_SIGNS else own


@dataclass(slots=True)
class Timeline:
    """What is in force at the point reached so far."""

    time: Time | None = None
    keys: dict[int, int] = field(default_factory=dict)
    clefs: dict[StaffKey, Clef] = field(default_factory=dict)

    def take_time(self, time: Time | None, stated: bool) -> Time | None:
        """Put a meter in force; return it where the score must state it."""
        if time is None or (time == self.time and stated):
            return None
        changed = time != self.time
        self.time = time
        return time if changed or not stated else None

    def take_key(self, part: int, fifths: int | None) -> Key | None:
        """Put a key in force; return it where it is new to the part."""
        if fifths is None or self.keys.get(part) == fifths:
            return None
        self.keys[part] = fifths
        return Key(fifths)

    def take_clef(self, staff: StaffKey, clef: Clef) -> bool:
        """Put a clef in force; true where it is new to the staff."""
        changed = self.clefs.get(staff) != clef
        self.clefs[staff] = clef
        return changed
