"""One `<measure>` of a MusicXML file, walked in document order with a time cursor, as the format defines it."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction

from lxml import etree

from notation.score import TYPE_QL
from realscores_eval.mark_reader import AT_EACH_NOTE, barline_marks, direction_marks, note_marks
from realscores_eval.printed_music import FULL_BAR, Head, Mark, Rest, Sign


class MeasureWalk:
    """The cursor over one measure; everything is read on construction.

    Attributes:
        divisions: of a quarter, in force behind the measure.
        heads, marks: (staff, head or mark at a note or rest), staves from 1.
        signs: clefs, keys and times, also those that change nothing, by tag and staff.
        bar_marks: marks of the whole bar.
    """

    def __init__(self, measure: etree._Element, divisions: Fraction, staff_count: int) -> None:
        self.divisions = divisions
        self.heads: list[tuple[int, Head]] = []
        self.marks: list[tuple[int, Mark]] = []
        self.bar_marks: list[Mark] = []
        self.signs: dict[tuple[str, int], list[Sign]] = defaultdict(list)
        self._rests: list[tuple[int, str, Rest, bool]] = []
        self._signs_in_voice: Counter[tuple[int, str]] = Counter()
        self._staff_count = staff_count
        self._cursor = Fraction(0)
        self._file_time = Fraction(0)
        self._exact_at = {Fraction(0): Fraction(0)}  # cursor by time as the file counts it, in rounded durations
        self._chord_onset = Fraction(0)
        self._chord_marks: set[Mark] = set()
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
        elif element.tag == "direction":
            self.bar_marks += direction_marks(element)
        elif element.tag == "barline":
            self.bar_marks += barline_marks(element)

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
            self._chord_marks = set()
            self._advance(rounded, duration)
        if element.get("print-object") != "no":
            self._visible(element, onset, duration)

    def _visible(self, element: etree._Element, onset: Fraction, duration: Fraction) -> None:
        staff = int(element.findtext("staff") or 1)
        voice = element.findtext("voice") or "1"
        self._signs_in_voice[staff, voice] += 1
        rest = element.find("rest")
        if rest is not None and rest.get("measure") == "yes":
            onset, duration = Fraction(0), FULL_BAR
        self._mark(element, staff, onset)
        if rest is None:
            self.heads.append((staff, _head(element, onset, duration)))
            return
        whole = onset == 0 and (element.findtext("type") or "whole") == "whole"
        self._rests.append((staff, voice, Rest(onset, duration), whole))

    def _mark(self, element: etree._Element, staff: int, onset: Fraction) -> None:
        """Collect the marks of a note; a file may write those of a chord at one of its notes or at each of them."""
        for mark in note_marks(element, onset):
            if mark not in self._chord_marks or mark.kind in AT_EACH_NOTE:
                self._chord_marks.add(mark)
                if mark.onset_ql is None:
                    self.bar_marks.append(mark)
                else:
                    self.marks.append((staff, mark))

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
