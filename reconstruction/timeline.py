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
            keys.setdefault(part, Counter())[in_bar[-1].fifths] += 1
        elif is_first:
            keys.setdefault(part, Counter())[0] += 1
        clefs = [one for one in signs.clefs if low <= one.x < high]
        if clefs:
            found.clefs[key_of[row]] = clefs
    found.time = times.most_common(1)[0][0] if times else None
    found.keys = {part: max(votes, key=lambda one: (votes[one], abs(one))) for part, votes in keys.items()}
    return found


def _first_content(page: Page, row: int, bar: Bar) -> float:
    xs = [one.x for one in page.chords if one.staff == row and bar.x0 <= one.x < bar.x1]
    return min(xs) if xs else bar.x1


def courtesy_time(signs: list[StaffSigns], last_x: float) -> Time | None:
    """The meter printed after the last barline of a system, for the system after it."""
    votes = Counter(one.time for staff in signs for one in staff.times if one.x >= last_x)
    return votes.most_common(1)[0][0] if votes else None


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
