"""One `<part>` of a MusicXML file: its bars by staff, and the signatures that change something in them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

from lxml import etree

from realscores_eval.measure_walk import MeasureWalk
from realscores_eval.printed_music import Head, Mark, Sign, StaffBar

#: Diatonic steps above C0 of the sign's own note: G4, F3, C4.
_SIGN_STEP = {"G": 32, "F": 24, "C": 28}
_MIDDLE_LINE = 3


class PartReader:
    """Reads every measure on construction.

    Attributes:
        staff_count: staves of the part.
        numbers: the measure numbers, as written.
        bars: for every measure a mapping from staff (from 1) to what it shows.
        bar_marks: for every measure the marks of the whole bar.

    Raises:
        ValueError, ZeroDivisionError: a number in the file cannot be read.
    """

    def __init__(self, part: etree._Element) -> None:
        self.numbers: list[str] = []
        self.bars: list[dict[int, StaffBar]] = []
        self.bar_marks: list[list[Mark]] = []
        self._divisions = Fraction(1)
        self._in_force: dict[tuple[str, int], tuple[str, ...]] = {}
        self._held_over: dict[tuple[str, int], tuple[str, ...]] = {}
        self.staff_count = _staff_count(part)
        for measure in part.iterfind("measure"):
            self.numbers.append(measure.get("number", ""))
            walk = MeasureWalk(measure, self._divisions, self.staff_count)
            self._divisions = walk.divisions
            self.bars.append(self._read(walk))
            self.bar_marks.append(walk.bar_marks)

    def staves_of(self, index: int) -> list[StaffBar]:
        """Return the staves of measure `index`, top to bottom; empty ones where the part is shorter."""
        bar = self.bars[index] if index < len(self.bars) else {}
        return [bar.get(number, StaffBar()) for number in range(1, self.staff_count + 1)]

    def _read(self, walk: MeasureWalk) -> dict[int, StaffBar]:
        bar: dict[int, StaffBar] = defaultdict(StaffBar)
        for staff, head in walk.heads:
            bar[staff].heads.append(head)
        for staff, rest in walk.rests():
            bar[staff].rests.append(rest)
        for staff, mark in walk.marks:
            bar[staff].marks.append(mark)
        for staff in range(1, self.staff_count + 1):
            self._read_signs(bar[staff], staff, walk)
        return dict(bar)

    def _read_signs(self, bar: StaffBar, staff: int, walk: MeasureWalk) -> None:
        clef_before = self._in_force.get(("clef", staff))
        bar.clefs = self._changes("clef", staff, bar, walk)
        bar.keys = self._changes("key", staff, bar, walk)
        bar.meters = self._changes("time", staff, bar, walk)
        timeline = ([Sign(Fraction(-1), clef_before)] if clef_before else []) + bar.clefs
        bar.heads = [replace(head, position=_position(head, timeline)) for head in bar.heads]

    def _changes(self, tag: str, staff: int, bar: StaffBar, walk: MeasureWalk) -> list[Sign]:
        """Return the signs of one kind that change something in this bar.

        A sign takes effect at the next notehead of its staff: engravers and programs disagree on which side of a rest
        it stands. One behind the last notehead belongs to the next bar.
        """
        key = (tag, staff)
        onsets = sorted(head.onset_ql for head in bar.heads)
        held = self._held_over.pop(key, None)
        signs = ([Sign(Fraction(0), held)] if held else []) + [s for s in walk.signs.get(key, []) if s.value]
        effective: dict[Fraction, tuple[str, ...]] = {}
        for sign in signs:
            onset = next((one for one in onsets if one >= sign.onset_ql), None)
            if onset is None and sign.onset_ql > 0:
                self._held_over[key] = sign.value
            else:
                effective[onset if onset is not None else Fraction(0)] = sign.value
        changes = []
        for onset, value in sorted(effective.items()):
            if self._in_force.get(key, _SILENT.get(tag)) != value:
                changes.append(Sign(onset, value))
            self._in_force[key] = value
        return changes


#: A part that never states its key is in C major; clef and meter have no such default.
_SILENT: dict[str, tuple[str, ...]] = {"key": ("0",)}


def _staff_count(part: etree._Element) -> int:
    declared = [int(one.text or 1) for one in part.iterfind("measure/attributes/staves")]
    used = [int(one.text or 1) for one in part.iterfind("measure/note/staff")]
    return max([1, *declared, *used])


def _position(head: Head, clefs: list[Sign]) -> int:
    """Return the staff position in steps above the middle line, above C0 under no clef; octave lines stay in it."""
    value = next((clef.value for clef in reversed(clefs) if clef.onset_ql <= head.onset_ql), None)
    if value is None or value[0] not in _SIGN_STEP:
        return head.diatonic
    middle = _SIGN_STEP[value[0]] + 2 * (_MIDDLE_LINE - int(value[1])) + 7 * int(value[2])
    return head.diatonic - middle
