"""Clef, key and meter over time: what is in force on each staff in each bar, decided by all staves together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from notation.score import Clef, Key, Time
from reconstruction.key_vote import Header
from reconstruction.measures import Bar
from reconstruction.page import Page
from reconstruction.signs import ClefSign, StaffSigns
from reconstruction.systems import System

#: Signs stand after the barline that opens their bar; a sign over the line itself belongs to the bar after it.
EDGE_SP = 0.5

#: Share of the staves that must show a new key or meter when symbols were detected; single ones are misread letters,
#: digits and accidentals.
AGREED = 0.6

#: A meter whose digits are less sure than this is better taken from the lengths of the bars.
SURE_TIME = 0.55

#: A staff of a part: part index and number from 1.
StaffKey = tuple[int, int]


@dataclass(slots=True)
class BarSigns:
    """Signs that take effect within one bar."""

    time: Time | None = None
    keys: dict[int, int] = field(default_factory=dict)  # fifths by part
    clefs: dict[StaffKey, list[ClefSign]] = field(default_factory=dict)


def signs_of_bar(
    page: Page,
    system: System,
    bar: Bar,
    is_first: bool,
    is_last: bool,
    key_of: dict[int, StaffKey],
    opening: bool = False,
) -> BarSigns:
    """Gather the signs of a bar over the staves of its system; a new key or meter must stand on most of them.

    Where the piece begins, one staff that shows the meter is enough: `opening`.
    """
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
            sure = page.sheet.exact or time.score >= SURE_TIME
            if sure and low <= time.x < high and time.x < first_x:
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
    many = len(system.staves) * (0.5 if page.sheet.exact else AGREED)
    if times.total() >= (1 if opening else many):
        found.time = times.most_common(1)[0][0] if times else None
    signed = sum(any(low <= one.x < high for one in page.signs[row].keys) for row in system.staves)
    if is_first or signed >= many:
        found.keys = {part: _most(votes) for part, votes in keys.items()}
    return found


def _first_content(page: Page, row: int, bar: Bar) -> float:
    xs = [one.x for one in page.chords if one.staff == row and bar.x0 <= one.x < bar.x1]
    return min(xs) if xs else bar.x1


def courtesy_time(signs: list[StaffSigns], last_x: float) -> Time | None:
    """The meter printed after the last barline of a system, for the system after it."""
    votes = Counter(one.time for staff in signs for one in staff.times if one.x >= last_x)
    return votes.most_common(1)[0][0] if votes else None


def key_header(page: Page, system: System, bars: list[Bar], key_of: dict[int, StaffKey]) -> Header:
    """What the staves show at the head of a system, and the last change of key within it or after its last bar."""
    header = Header(exact=page.sheet.exact)
    last_x = bars[-1].x1 - EDGE_SP * page.sheet.space_px
    after: dict[int, list[int]] = {}
    for row in system.staves:
        part, _ = key_of[row]
        first_x = _first_content(page, row, bars[0])
        fifths = [one.fifths for one in page.signs[row].keys if one.x < min(bars[0].x1, first_x)]
        header.shown.setdefault(part, []).append(fifths[0] if fifths else 0)
        after.setdefault(part, []).extend(one.fifths for one in page.signs[row].keys if one.x >= last_x)
    for bar in bars[1:]:
        header.leaving |= signs_of_bar(page, system, bar, False, False, key_of).keys
    if 2 * sum(map(len, after.values())) >= len(system.staves):
        header.leaving |= {part: _most(Counter(shown)) for part, shown in after.items() if shown}
    return header


def _most(votes: Counter[int]) -> int:
    return max(votes, key=lambda one: (votes[one], abs(one)))


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
