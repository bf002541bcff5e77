"""One `<part>` of a MusicXML file, walked in document order with a time cursor, as the format defines it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from fractions import Fraction

from lxml import etree

from notation.score import TYPE_QL
from realscores_eval.printed_music import FULL_BAR, Head, Rest, Sign, StaffBar

#: Diatonic steps above C0 of the sign's own note: G4, F3, C4.
_SIGN_STEP = {"G": 32, "F": 24, "C": 28}
_MIDDLE_LINE = 3


class PartReader:
    """Reads every measure on construction.

    Attributes:
        staff_count: staves of the part.
        numbers: the measure numbers, as written.
        bars: for every measure a mapping from staff (from 1) to what it shows.

    Raises:
        ValueError, ZeroDivisionError: a number in the file cannot be read.
    """

    def __init__(self, part: etree._Element) -> None:
        self.numbers: list[str] = []
        self.bars: list[dict[int, StaffBar]] = []
        self._divisions = Fraction(1)
        self._in_force: dict[tuple[str, int], tuple[str, ...]] = {}
        self._held_over: dict[tuple[str, int], tuple[str, ...]] = {}
        self.staff_count = _staff_count(part)
        for measure in part.iterfind("measure"):
            self.numbers.append(measure.get("number", ""))
            self.bars.append(self._read(measure))

    def staves_of(self, index: int) -> list[StaffBar]:
        """Return the staves of measure `index`, top to bottom; empty ones where the part is shorter."""
        bar = self.bars[index] if index < len(self.bars) else {}
        return [bar.get(number, StaffBar()) for number in range(1, self.staff_count + 1)]

    def _read(self, measure: etree._Element) -> dict[int, StaffBar]:
        walk = _MeasureWalk(measure, self._divisions, self.staff_count)
        self._divisions = walk.divisions
        bar: dict[int, StaffBar] = defaultdict(StaffBar)
        for staff, head in walk.heads:
            bar[staff].heads.append(head)
        for staff, rest in walk.rests():
            bar[staff].rests.append(rest)
        for staff in range(1, self.staff_count + 1):
            self._read_signs(bar[staff], staff, walk)
        return dict(bar)

    def _read_signs(self, bar: StaffBar, staff: int, walk: _MeasureWalk) -> None:
        clef_before = self._in_force.get(("clef", staff))
        bar.clefs = self._changes("clef", staff, bar, walk)
        bar.keys = self._changes("key", staff, bar, walk)
        bar.meters = self._changes("time", staff, bar, walk)
        timeline = ([Sign(Fraction(-1), clef_before)] if clef_before else []) + bar.clefs
        bar.heads = [replace(head, position=_position(head, timeline)) for head in bar.heads]

    def _changes(self, tag: str, staff: int, bar: StaffBar, walk: _MeasureWalk) -> list[Sign]:
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


class _MeasureWalk:
    """The cursor over one measure: collects heads, rests and signs with their staves and onsets."""

    def __init__(self, measure: etree._Element, divisions: Fraction, staff_count: int) -> None:
        self.divisions = divisions
        self.heads: list[tuple[int, Head]] = []
        self.signs: dict[tuple[str, int], list[Sign]] = defaultdict(list)
        self._rests: list[tuple[int, str, Rest, bool]] = []
        self._signs_in_voice: Counter[tuple[int, str]] = Counter()
        self._staff_count = staff_count
        self._cursor = Fraction(0)
        self._file_time = Fraction(0)
        self._exact_at = {Fraction(0): Fraction(0)}  # cursor by time as the file counts it, in rounded durations
        self._chord_onset = Fraction(0)
        for element in measure:
            self._step(element)

    def rests(self) -> list[tuple[int, Rest]]:
        """Return (staff, rest); a measure rest has the duration `FULL_BAR`, however long the file says it is."""
        found = []
        for staff, voice, rest, whole in self._rests:
            alone = whole and self._signs_in_voice[staff, voice] == 1
            found.append((staff, Rest(Fraction(0), FULL_BAR) if alone else rest))
        return found

    def _step(self, element: etree._Element) -> None:
        if element.tag == "note":
            self._note(element)
        elif element.tag == "backup":
            self._file_time = max(self._file_time - self._duration(element), Fraction(0))
            self._cursor = self._exact_at.get(self._file_time, self._file_time)
        elif element.tag == "forward":
            self._advance(self._duration(element), self._duration(element))
        elif element.tag == "attributes":
            self._attributes(element)

    def _advance(self, file_ql: Fraction, exact_ql: Fraction) -> None:
        self._file_time += file_ql
        self._cursor = self._exact_at.setdefault(self._file_time, self._cursor + exact_ql)

    def _duration(self, element: etree._Element) -> Fraction:
        return Fraction(element.findtext("duration") or 0) / self.divisions

    def _note(self, element: etree._Element) -> None:
        rounded = Fraction(0) if element.find("grace") is not None else self._duration(element)
        duration = _unrounded(rounded, element, self.divisions)
        onset = self._chord_onset if element.find("chord") is not None else self._cursor
        if element.find("chord") is None:
            self._chord_onset = onset
            self._advance(rounded, duration)
        if element.get("print-object") != "no":
            self._visible(element, onset, duration)

    def _visible(self, element: etree._Element, onset: Fraction, duration: Fraction) -> None:
        staff = int(element.findtext("staff") or 1)
        voice = element.findtext("voice") or "1"
        self._signs_in_voice[staff, voice] += 1
        rest = element.find("rest")
        if rest is None:
            self.heads.append((staff, _head(element, onset, duration)))
            return
        if rest.get("measure") == "yes":
            onset, duration = Fraction(0), FULL_BAR
        whole = onset == 0 and (element.findtext("type") or "whole") == "whole"
        self._rests.append((staff, voice, Rest(onset, duration), whole))

    def _attributes(self, element: etree._Element) -> None:
        self.divisions = Fraction(element.findtext("divisions") or self.divisions)
        for tag, value_of in (("clef", _clef), ("key", _key), ("time", _meter)):
            for sign in element.iterfind(tag):
                number = sign.get("number", "1" if tag == "clef" else None)
                staves = [int(number)] if number else range(1, self._staff_count + 1)
                for staff in staves:
                    self.signs[tag, staff].append(Sign(self._cursor, value_of(sign)))


def _unrounded(duration: Fraction, element: etree._Element, divisions: Fraction) -> Fraction:
    """Return what note value, dots and tuplet say where a file's divisions cannot hold it (thirds in 256)."""
    kind, actual = element.findtext("type"), element.findtext("time-modification/actual-notes")
    if not duration or kind not in TYPE_QL or element.find("rest") is not None:
        return duration
    written = TYPE_QL[kind] * (2 - Fraction(1, 2 ** len(element.findall("dot"))))
    if actual:
        written *= Fraction(int(element.findtext("time-modification/normal-notes") or 1), int(actual))
    return written if abs(written - duration) < 1 / divisions else duration


def _staff_count(part: etree._Element) -> int:
    declared = [int(one.text or 1) for one in part.iterfind("measure/attributes/staves")]
    used = [int(one.text or 1) for one in part.iterfind("measure/note/staff")]
    return max([1, *declared, *used])


def _head(element: etree._Element, onset: Fraction, duration: Fraction) -> Head:
    ties = {one.get("type") for one in element.iterfind("tie")}
    ties |= {one.get("type") for one in element.iterfind("notations/tied")}
    prefix = "pitch/" if element.find("pitch") is not None else "unpitched/display-"
    return Head(
        onset_ql=onset,
        duration_ql=duration,
        step=element.findtext(prefix + "step") or "B",
        alter=Fraction(element.findtext("pitch/alter") or 0),
        octave=int(element.findtext(prefix + "octave") or 4),
        accidental=element.findtext("accidental") or "",
        tie_start="start" in ties,
        tie_stop="stop" in ties,
        kind=_kind(element),
    )


def _kind(element: etree._Element) -> str:
    if element.find("grace") is not None:
        return "grace"
    size = element.find("type")
    is_cue = element.find("cue") is not None or (size is not None and size.get("size") == "cue")
    return "cue" if is_cue else "normal"


def _clef(element: etree._Element) -> tuple[str, ...]:
    sign = element.findtext("sign") or "G"
    line = element.findtext("line") or {"G": "2", "F": "4", "C": "3"}.get(sign, "3")
    return sign, line, element.findtext("clef-octave-change") or "0"


def _key(element: etree._Element) -> tuple[str, ...]:
    if element.find("fifths") is not None:
        return (element.findtext("fifths") or "0",)
    return tuple(one.text or "" for one in element if one.tag in ("key-step", "key-alter"))


def _meter(element: etree._Element) -> tuple[str, ...]:
    return tuple((one.text or "").replace(" ", "") for one in element if one.tag in ("beats", "beat-type"))


def _position(head: Head, clefs: list[Sign]) -> int:
    """Return the staff position in steps above the middle line, above C0 under no clef; octave lines stay in it."""
    value = next((clef.value for clef in reversed(clefs) if clef.onset_ql <= head.onset_ql), None)
    if value is None or value[0] not in _SIGN_STEP:
        return head.diatonic
    middle = _SIGN_STEP[value[0]] + 2 * (_MIDDLE_LINE - int(value[1])) + 7 * int(value[2])
    return head.diatonic - middle
