"""Bars to `Measure`s: pitches spelled, signs and marks put at their onsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from notation.score import Clef, Direction, Event, Issue, Measure, Score, Time
from reconstruction.bar_rhythm import BarRhythm
from reconstruction.broken_ties import join_broken_ties
from reconstruction.chords import Chord
from reconstruction.cues import grace_signs
from reconstruction.directions import Mark
from reconstruction.events import add_mark, make_event, mark_tuplets
from reconstruction.issues import CODES, refs
from reconstruction.measures import Bar
from reconstruction.page import Page
from reconstruction.page_links import PageLinks
from reconstruction.sheet import Glyph
from reconstruction.slurs import Slurs
from reconstruction.spelling import Signature, Speller
from reconstruction.systems import System
from reconstruction.timeline import BarSigns, StaffKey, Timeline
from reconstruction.voice_numbers import VOICES_A_STAFF, voice_numbers

#: Bars dearer than this are issues: more than one hidden rest, or any note in a strange place.
UNSURE = 1.6

#: A pedal is lifted at a note when the sign stands no further behind it, staff spaces.
LIFTED_SP = 1.5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bar stands: its page and system, and which part and staff number each page staff is."""

    page: Page
    system: System
    bar: Bar
    key_of: dict[int, StaffKey]
    new_system: bool
    is_opening: bool  # the first bar of the score

    @property
    def page_number(self) -> int:
        """Pages are counted from 0."""
        return self.page.sheet.page


@dataclass(frozen=True, slots=True)
class _Share:
    """One part's share of a bar: what its measure is made of. `rows` are its staff numbers by page staff."""

    part: int
    rows: dict[int, int]
    chords: list[Chord]
    place: Place
    signs: BarSigns
    rhythm: BarRhythm


class MeasureBuilder:
    """Appends one measure a part for every bar; remembers what goes on over barlines and systems."""

    def __init__(self, score: Score, links: list[PageLinks]) -> None:
        self.score = score
        self.links = links
        self.used: list[set[int]] = [set() for _ in links]
        self._speller = Speller()
        self._events: dict[int, tuple[int, Event]] = {}  # part and event by identity of the chord

    def issue(self, code: str, message: str, page: int, measure: str | None = None, rows: Sequence[int] = ()) -> None:
        """Record something strange."""
        self.score.issues.append(Issue(code, message, page, measure, symbols=refs(page, list(rows))))

    def add_bar(self, place: Place, signs: BarSigns, rhythm: BarRhythm, timeline: Timeline, time: Time | None) -> None:
        """Append the bar to every part."""
        number = str(len(self.score.parts[0].measures) + 1)
        shown = {part for part, _ in place.key_of.values()}
        chords = [one for one in place.page.chords if id(one) in rhythm.onset_ql]
        for index, part in enumerate(self.score.parts):
            measure = _frame(number, place, rhythm)
            measure.time = time
            measure.key = timeline.take_key(index, _fifths(signs, index, timeline))
            if index in shown:
                mine = [one for one in chords if place.key_of[one.staff][0] == index]
                rows = {row: staff for row, (owner, staff) in place.key_of.items() if owner == index}
                self._fill(measure, _Share(index, rows, mine, place, signs, rhythm), timeline)
            else:
                _fill_hidden(measure, part.staves)
            part.measures.append(measure)
        self._mark_used(place, signs)
        if place.is_opening and signs.time is not None and rhythm.length_ql < signs.time.length_ql:
            self._mark_pickup(place.page_number, number, rhythm)
        else:
            self._check(place.page_number, number, rhythm, timeline)

    def _fill(self, measure: Measure, share: _Share, timeline: Timeline) -> None:
        links = self.links[share.place.page_number]
        voices = voice_numbers(share.chords, share.rows, share.rhythm)
        clefs = self._clef_changes(measure, share, timeline)
        pairs = [(chord, self._event(chord, voices[id(chord)], share, links)) for chord in share.chords]
        fifths = timeline.keys.get(share.part, 0)
        self._speller.spell(pairs, Signature(share.part, share.rows, fifths, clefs), links)
        for _, event in pairs:
            self._use(share.place.page_number, *(ref.row for note in event.notes for ref in note.symbols))
        mark_tuplets(pairs)
        _annotate(pairs, links, share.part, len(self.score.parts[0].measures))
        measure.events = [event for _, event in sorted(pairs, key=_score_order)]
        self._directions(measure, share, pairs, links)

    def _event(self, chord: Chord, voice: int, share: _Share, links: PageLinks) -> Event:
        """Return the event of a chord, without its notes."""
        page, rhythm = links.page.sheet.page, share.rhythm
        event = make_event(chord, page, rhythm.onset_ql[id(chord)], links.users, links.page.sheet.space_px)
        event.staff, event.voice, event.cue = share.rows[chord.staff], voice, chord.cue
        if chord in rhythm.measure_rests:
            event.measure_rest, event.type_name, event.duration_ql = True, "whole", rhythm.length_ql
        if chord.is_grace:
            event.grace = self._grace(links, chord)
        for mark in links.chord_marks.get(id(chord), ()):
            if add_mark(event, mark.name):
                self._use(page, mark.row)
                _relate_mark(links, chord, mark)
        self._events[id(chord)] = share.part, event
        self._use(page, *(ref.row for ref in event.symbols))
        return event

    def _grace(self, links: PageLinks, chord: Chord) -> Literal["acciaccatura", "appoggiatura"]:
        signs = grace_signs(links.page.sheet, chord)
        self._use(links.page.sheet.page, *(sign.row for sign in signs))
        slashed = any("Acciaccatura" in sign.name or sign.name == "graceNoteSlash" for sign in signs)
        return "acciaccatura" if slashed else "appoggiatura"

    def _clef_changes(self, measure: Measure, share: _Share, timeline: Timeline) -> dict[int, list[tuple[float, Clef]]]:
        """Put the clefs of the bar into the measure; returns them by page staff, see `Signature`."""
        changes: dict[int, list[tuple[float, Clef]]] = {}
        page = share.place.page_number
        for row, staff in share.rows.items():
            key = (share.part, staff)
            found = share.signs.clefs.get(key, [])
            self._use(page, *(symbol for sign in found for symbol in sign.rows))
            if key not in timeline.clefs and not found:
                default = Clef("F", 4) if staff == 2 else Clef("G", 2)
                timeline.take_clef(key, default)
                measure.clefs.append((Fraction(0), staff, default))
                self.issue("clef-missing", "no clef was found on a staff", page, measure.number)
            current = timeline.clefs.get(key)
            changes[row] = [(float("-inf"), current)] if current else []
            for sign in found:
                onset = _onset_after(sign.x, share.chords, share.rhythm)
                if timeline.take_clef(key, sign.clef) or (share.place.is_opening and onset == 0):
                    measure.clefs.append((onset, staff, sign.clef))
                x = float("-inf") if not changes[row] else sign.x
                changes[row].append((x, sign.clef))
        return changes

    def _directions(self, measure: Measure, share: _Share, pairs: list[tuple[Chord, Event]], links: PageLinks) -> None:
        x0, x1 = _reach(links.page.bars, share.place.bar)
        for mark in links.marks:
            if mark.staff not in share.rows or not x0 <= mark.x < x1:
                continue
            onset = _onset_near(mark, pairs, share.rhythm, links.page.sheet.space_px)
            measure.directions.append(Direction(onset, share.rows[mark.staff], mark.kind, mark.placement))
            self._use(links.page.sheet.page, *mark.rows)
        measure.directions.sort(key=lambda one: (one.onset_ql, one.staff, one.kind))

    def finish(self) -> None:
        """Add what spans bars: slurs, and ties that lead nowhere."""
        for links in self.links:
            page = links.page
            ties = [*(arc for arc, _, _ in page.ties.pairs), *(arc for arc, _ in page.ties.open_left)]
            ties += [arc for arc, _ in page.ties.open_right]
            frame = page.sheet.named("systemicBarline", "brace", "bracket", "staff")
            self._use(page.sheet.page, *(one.row for one in (*ties, *frame)))

        for links, row in Slurs(self.links, self._events).write():
            self._use(links.page.sheet.page, row)
        join_broken_ties(self.score)

    def _use(self, page: int, *rows: int) -> None:
        self.used[page].update(rows)

    def _mark_used(self, place: Place, signs: BarSigns) -> None:
        for edge in (place.bar.left, place.bar.right):
            if edge is not None:
                self._use(place.page_number, *edge.rows)
        self._use(place.page_number, *place.bar.rows)
        for staff in place.page.signs:
            self._use(place.page_number, *(row for time in staff.times for row in time.rows))
            self._use(place.page_number, *(row for key in staff.keys for row in key.rows))

    def _mark_pickup(self, page: int, number: str, rhythm: BarRhythm) -> None:
        """A short bar right after the first printed meter is a pick-up and complete as it is."""
        for part in self.score.parts:
            part.measures[-1].pickup = True
        self._report_guesses(page, number, rhythm)

    def _check(self, page: int, number: str, rhythm: BarRhythm, timeline: Timeline) -> None:
        wanted = timeline.time.length_ql if timeline.time else None
        if wanted is not None and rhythm.length_ql != wanted:
            message = f"bar {number} lasts {rhythm.length_ql} quarters, the meter says {wanted}"
            self.issue("bar-length", message, page, number)
        elif rhythm.cost > UNSURE:
            message = f"bar {number} adds up only with hidden rests or moved notes"
            self.issue("bar-unsure", message, page, number)
        self._report_guesses(page, number, rhythm)

    def _report_guesses(self, page: int, number: str, rhythm: BarRhythm) -> None:
        kinds: dict[str, list[int]] = {}
        for chord in rhythm.guessed:
            in_tuplet = chord.tuplet is not None and not chord.tuplet_marked
            code = "sign-dropped" if chord.dropped else "tuplet-guessed" if in_tuplet else "value-guessed"
            kinds.setdefault(code, []).extend(_sign_rows(chord))
        for code, rows in kinds.items():
            self.issue(code, f"bar {number}: {CODES[code]}", page, number, rows)


def _reach(lines: list[list[Bar]], bar: Bar) -> tuple[float, float]:
    """Return from where to where signs beside the staves are of a bar: to the next, or to the edge of the page."""
    line = next(line for line in lines if any(one is bar for one in line))
    after = [one.x0 for one in line if one.x0 > bar.x0]
    return bar.x0, min(after, default=float("inf"))


def _sign_rows(chord: Chord) -> list[int]:
    """Return the rows of a chord's heads, or of its rest."""
    return [head.glyph.row for head in chord.heads] or ([chord.rest.row] if chord.rest else [])


def _relate_mark(links: PageLinks, chord: Chord, mark: Glyph) -> None:
    relation = "ornament" if mark.name.startswith(("ornament", "arpeggiato")) else "articulation"
    rows = _sign_rows(chord)
    if rows and not (relation == "ornament" and chord.is_rest):
        links.graph.relate(rows[0], relation, mark.row)


def _annotate(pairs: list[tuple[Chord, Event]], links: PageLinks, part: int, measure: int) -> None:
    """Write where and when the notes and rests of a bar are into the graph."""
    system_of = {row: system.index for system in links.page.systems for row in system.staves}
    for chord, event in pairs:
        for row in _sign_rows(chord):
            links.graph.nx.nodes[row].update(
                system=system_of.get(chord.staff, 0),
                measure=measure,
                part=part,
                voice=event.voice,
                onset_ql=event.onset_ql,
                duration_ql=event.duration_ql,
            )


def _fifths(signs: BarSigns, part: int, timeline: Timeline) -> int | None:
    if part in signs.keys:
        return signs.keys[part]
    return None if part in timeline.keys else 0


def _frame(number: str, place: Place, rhythm: BarRhythm) -> Measure:
    bar = place.bar
    measure = Measure(number, rhythm.length_ql, page=place.page_number, system=place.system.index)
    measure.new_system = place.new_system
    measure.new_page = place.new_system and place.system.index == 0 and place.page_number > 0
    if bar.left is not None:
        measure.repeat_start = bar.left.dots_right
        measure.barline_left = bar.left.opens
    if bar.right is not None:
        measure.repeat_end = bar.right.dots_left
        measure.barline_right = bar.right.closes
    measure.ending_start, measure.ending_stop = bar.ending_start, bar.ending_stop
    return measure


def _fill_hidden(measure: Measure, staves: int) -> None:
    """A part whose staves the system leaves out rests for the whole bar."""
    for staff in range(1, staves + 1):
        voice = 1 + VOICES_A_STAFF * (staff - 1)
        rest = Event(Fraction(0), measure.length_ql, "whole", staff=staff, voice=voice, measure_rest=True)
        measure.events.append(rest)


def _onset_after(x: float, chords: list[Chord], rhythm: BarRhythm) -> Fraction:
    """Onset of the first chord right of x, the end of the bar after the last."""
    after = [one for one in chords if one.x > x and one not in rhythm.measure_rests]
    before = [one for one in chords if one.x <= x and one not in rhythm.measure_rests]
    if not before:
        return Fraction(0)
    return min((rhythm.onset_ql[id(one)] for one in after), default=rhythm.length_ql)


def _onset_near(mark: Mark, pairs: list[tuple[Chord, Event]], rhythm: BarRhythm, space_px: float) -> Fraction:
    """The onset at or before x, for the end of a line the end of what sounds there."""
    timed = [(chord, event) for chord, event in pairs if not event.measure_rest and not chord.is_grace]
    if not timed:
        return Fraction(0)
    if mark.at_end:
        before = [event.onset_ql + event.duration_ql for chord, event in timed if chord.x <= mark.x + space_px]
        return min(max(before, default=Fraction(0)), rhythm.length_ql)
    chord, event = min(timed, key=lambda one: abs(one[0].x - mark.x))
    if mark.kind == "pedal-stop" and mark.x - chord.x > LIFTED_SP * space_px:  # behind the note: it still sounds
        after = [other.onset_ql for one, other in timed if one.x > mark.x]
        return min(after, default=min(event.onset_ql + event.duration_ql, rhythm.length_ql))
    return event.onset_ql


def _score_order(pair: tuple[Chord, Event]) -> tuple[int, Fraction, bool, float]:
    chord, event = pair
    return event.voice, event.onset_ql, event.grace is None, chord.x
