"""Bars to `Measure`s: voices numbered, pitches spelled, signs and marks put at their onsets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from notation.graph import NotationGraph
from notation.score import Clef, Direction, Event, Issue, Measure, Note, Score, SymbolRef, Time
from reconstruction.bar_rhythm import BarRhythm
from reconstruction.chords import Chord
from reconstruction.cues import grace_signs
from reconstruction.directions import Mark, read_marks
from reconstruction.events import add_mark, beam_users, make_event, mark_tuplets, notehead_name
from reconstruction.heads import Head
from reconstruction.issues import CODES, refs
from reconstruction.links import Stem
from reconstruction.marks import link_marks
from reconstruction.measures import Bar
from reconstruction.page import Page
from reconstruction.pitch import Memory, OctaveLine, accidental_of, octave_at, octave_lines
from reconstruction.sheet import Glyph
from reconstruction.systems import System
from reconstruction.ties import slur_ends
from reconstruction.timeline import BarSigns, StaffKey, Timeline

#: Bars dearer than this are issues: more than one hidden rest, or any note in a strange place.
UNSURE = 1.6
#: A clef this near before a column changes it and what follows.
OTTAVA_SLACK_SP = 0.9
#: Voices are numbered from 1 on the first staff, from 5 on the second.
VOICES_A_STAFF = 4


@dataclass(slots=True)
class PageLinks:
    """What the bars of one page look up."""

    page: Page
    graph: NotationGraph
    users: dict[int, list[Stem]] = field(default_factory=dict)
    octaves: list[OctaveLine] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    chord_marks: dict[int, list[Glyph]] = field(default_factory=dict)
    tie_from: dict[int, int] = field(default_factory=dict)  # right head row -> left head row
    tie_starts: set[int] = field(default_factory=set)
    tie_stops: set[int] = field(default_factory=set)
    open_left: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        page = self.page
        self.users = beam_users(page.stems)
        self.octaves = octave_lines(page.sheet)
        self.marks = read_marks(page.sheet, self.octaves)
        found: dict[int, list[Glyph]] = defaultdict(list)
        for chord, mark in link_marks(page.sheet, page.chords, "artic", "fermata", "strings", "ornament", "breathMark"):
            found[id(chord)].append(mark)
        self.chord_marks = found
        self.tie_from = {right.glyph.row: left.glyph.row for _, left, right in page.ties.pairs}
        self.tie_starts = {left.glyph.row for _, left, _ in page.ties.pairs}
        self.tie_starts |= {head.glyph.row for _, head in page.ties.open_right}
        self.open_left = {head.glyph.row for _, head in page.ties.open_left}
        self.tie_stops = set(self.tie_from) | self.open_left


@dataclass(frozen=True, slots=True)
class Place:
    """Where a bar stands: its page and system, and which part and staff number each page staff is."""

    page: Page
    system: System
    bar: Bar
    key_of: dict[int, StaffKey]
    new_system: bool
    is_opening: bool  # the first bar of the score


class MeasureBuilder:
    """Appends one measure a part for every bar; remembers what goes on over barlines and systems."""

    def __init__(self, score: Score, links: list[PageLinks]) -> None:
        self.score = score
        self.links = links
        self.used: list[set[int]] = [set() for _ in links]
        self._alters: list[dict[int, int]] = [{} for _ in links]  # sounding alter by head row, for ties
        self._hanging: dict[tuple[StaffKey, int], int] = {}  # ties over the end of a system: alter by staff and step
        self._events: dict[int, Event] = {}  # by identity of the chord

    def issue(self, code: str, message: str, page: int, measure: str | None = None, rows: Sequence[int] = ()) -> None:
        """Record something strange."""
        self.score.issues.append(Issue(code, message, page, measure, symbols=refs(page, list(rows))))

    def add_bar(
        self,
        place: Place,
        signs: BarSigns,
        rhythm: BarRhythm,
        timeline: Timeline,
        time: Time | None,
    ) -> None:
        """Append the bar to every part."""
        page, system, bar, key_of = place.page, place.system, place.bar, place.key_of
        new_system, is_opening = place.new_system, place.is_opening
        number = str(len(self.score.parts[0].measures) + 1)
        shown = {part for part, _ in key_of.values()}
        chords = [one for one in page.chords if id(one) in rhythm.onset_ql]
        for index, part in enumerate(self.score.parts):
            measure = _frame(number, bar, rhythm, page, system, new_system)
            measure.time = time
            measure.key = timeline.take_key(index, self._fifths(signs, index, timeline))
            if index in shown:
                mine = [one for one in chords if key_of[one.staff][0] == index]
                rows = {row: staff for row, (owner, staff) in key_of.items() if owner == index}
                self._fill(measure, index, rows, mine, page, signs, rhythm, timeline, is_opening, bar)
            else:
                _fill_hidden(measure, part.staves)
            part.measures.append(measure)
        self._mark_used(page, bar, signs)
        if is_opening and signs.time is not None and rhythm.length_ql < signs.time.length_ql:
            self._mark_pickup(page, number, rhythm)
        else:
            self._check(page, number, rhythm, timeline)

    def _fifths(self, signs: BarSigns, part: int, timeline: Timeline) -> int | None:
        if part in signs.keys:
            return signs.keys[part]
        return None if part in timeline.keys else 0

    def _fill(
        self,
        measure: Measure,
        part: int,
        rows: dict[int, int],
        chords: list[Chord],
        page: Page,
        signs: BarSigns,
        rhythm: BarRhythm,
        timeline: Timeline,
        is_opening: bool,
        bar: Bar,
    ) -> None:
        links = self.links[page.sheet.page]
        numbers = _voice_numbers(chords, rows, rhythm)
        changes = self._clef_changes(measure, part, rows, chords, signs, rhythm, timeline, is_opening, page, bar)
        pairs = []
        for chord in chords:
            onset = rhythm.onset_ql[id(chord)]
            event = make_event(chord, page.sheet.page, onset, links.users, page.sheet.space_px)
            event.staff = rows[chord.staff]
            event.voice = numbers[id(chord)]
            if chord in rhythm.measure_rests:
                event.measure_rest, event.type_name, event.duration_ql = True, "whole", rhythm.length_ql
            event.cue = chord.cue
            if chord.is_grace:
                event.grace = self._grace(links, chord)
            for mark in links.chord_marks.get(id(chord), ()):
                if add_mark(event, mark.name):
                    self._use(page.sheet.page, mark.row)
                    self._relate_mark(links, chord, mark)
            self._events[id(chord)] = event
            pairs.append((chord, event))
            self._use(page.sheet.page, *(ref.row for ref in event.symbols))
        self._spell(pairs, part, rows, changes, links, timeline)
        mark_tuplets(pairs)
        self._annotate(pairs, links, part, len(self.score.parts[0].measures))
        measure.events = [event for _, event in sorted(pairs, key=_score_order)]
        self._directions(measure, rows, pairs, links, rhythm, bar)

    def _grace(self, links: PageLinks, chord: Chord) -> Literal["acciaccatura", "appoggiatura"]:
        signs = grace_signs(links.page.sheet, chord)
        self._use(links.page.sheet.page, *(sign.row for sign in signs))
        slashed = any("Acciaccatura" in sign.name or sign.name == "graceNoteSlash" for sign in signs)
        return "acciaccatura" if slashed else "appoggiatura"

    def _relate_mark(self, links: PageLinks, chord: Chord, mark: Glyph) -> None:
        relation = "ornament" if mark.name.startswith("ornament") else "articulation"
        row = chord.heads[0].glyph.row if chord.heads else chord.rest.row if chord.rest else None
        if row is not None and not (relation == "ornament" and chord.is_rest):
            links.graph.relate(row, relation, mark.row)

    def _clef_changes(
        self,
        measure: Measure,
        part: int,
        rows: dict[int, int],
        chords: list[Chord],
        signs: BarSigns,
        rhythm: BarRhythm,
        timeline: Timeline,
        is_opening: bool,
        page: Page,
        bar: Bar,
    ) -> dict[int, list[tuple[float, Clef]]]:
        """Clefs of the bar by page staff with their x; the first entry holds from the start."""
        changes: dict[int, list[tuple[float, Clef]]] = {}
        for row, staff in rows.items():
            key = (part, staff)
            found = signs.clefs.get(key, [])
            self._use(page.sheet.page, *(symbol for sign in found for symbol in sign.rows))
            if key not in timeline.clefs and not found:
                default = Clef("F", 4) if staff == 2 else Clef("G", 2)
                timeline.take_clef(key, default)
                measure.clefs.append((Fraction(0), staff, default))
                self.issue("clef-missing", "no clef was found on a staff", page.sheet.page, measure.number)
            current = timeline.clefs.get(key)
            changes[row] = [(float("-inf"), current)] if current else []
            for sign in found:
                onset = _onset_after(sign.x, chords, rhythm)
                if timeline.take_clef(key, sign.clef) or (is_opening and onset == 0):
                    measure.clefs.append((onset, staff, sign.clef))
                x = float("-inf") if not changes[row] else sign.x
                changes[row].append((x, sign.clef))
        return changes

    def _spell(
        self,
        pairs: list[tuple[Chord, Event]],
        part: int,
        rows: dict[int, int],
        changes: dict[int, list[tuple[float, Clef]]],
        links: PageLinks,
        timeline: Timeline,
    ) -> None:
        memory = Memory()
        page = links.page
        slack = OTTAVA_SLACK_SP * page.sheet.space_px
        alters = self._alters[page.sheet.page]
        for chord, event in sorted(pairs, key=lambda one: (one[0].x, one[0].staff)):
            for head in chord.heads:
                if head.staff not in rows:
                    continue
                row = head.glyph.row
                clef = _clef_at(changes[head.staff], chord.x)
                sign = page.accidentals.get(row)
                accidental = accidental_of(sign)
                tied = alters.get(links.tie_from[row]) if row in links.tie_from else None
                key = ((part, rows[head.staff]), head.position)
                if row in links.open_left:
                    tied = self._hanging.pop(key, None)
                octave = octave_at(links.octaves, head.staff, chord.x, slack)
                fifths = timeline.keys.get(part, 0)
                pitch = memory.pitch(
                    head.staff, head.position, clef, fifths, accidental[1] if accidental else None, tied, octave
                )
                alters[row] = pitch.alter
                if row in {one.glyph.row for _, one in page.ties.open_right}:
                    self._hanging[key] = pitch.alter
                note = Note(
                    pitch,
                    accidental=accidental[0] if accidental else None,
                    tie_start=row in links.tie_starts,
                    tie_stop=row in links.tie_stops,
                    notehead=notehead_name(head.glyph),
                    confidence=head.glyph.score,
                )
                note.symbols = [SymbolRef(page.sheet.page, one) for one in _head_rows(head, sign)]
                self._use(page.sheet.page, *_head_rows(head, sign))
                event.notes.append(note)

    def _annotate(self, pairs: list[tuple[Chord, Event]], links: PageLinks, part: int, measure: int) -> None:
        system_of = {row: system.index for system in links.page.systems for row in system.staves}
        for chord, event in pairs:
            rows = [head.glyph.row for head in chord.heads] or ([chord.rest.row] if chord.rest else [])
            for row in rows:
                links.graph.nx.nodes[row].update(
                    system=system_of.get(chord.staff, 0),
                    measure=measure,
                    part=part,
                    voice=event.voice,
                    onset_ql=event.onset_ql,
                    duration_ql=event.duration_ql,
                )

    def _directions(
        self,
        measure: Measure,
        rows: dict[int, int],
        pairs: list[tuple[Chord, Event]],
        links: PageLinks,
        rhythm: BarRhythm,
        bar: Bar,
    ) -> None:
        for mark in links.marks:
            if mark.staff not in rows or not bar.x0 <= mark.x < bar.x1:
                continue
            onset = _onset_near(mark, pairs, rhythm, links.page.sheet.space_px)
            measure.directions.append(Direction(onset, rows[mark.staff], mark.kind, mark.placement))
            self._use(links.page.sheet.page, *mark.rows)
        measure.directions.sort(key=lambda one: (one.onset_ql, one.staff, one.kind))

    def finish(self) -> None:
        """Add what spans bars: slurs, and ties that lead nowhere."""
        for links in self.links:
            self._slurs(links)
            page = links.page
            ties = [*(arc for arc, _, _ in page.ties.pairs), *(arc for arc, _ in page.ties.open_left)]
            ties += [arc for arc, _ in page.ties.open_right]
            self._use(page.sheet.page, *(arc.row for arc in ties))
            frame = page.sheet.named("systemicBarline", "brace", "bracket", "staff")
            self._use(page.sheet.page, *(one.row for one in frame))

    def _slurs(self, links: PageLinks) -> None:
        busy: list[tuple[float, int]] = []
        by_staff: dict[int, list[Chord]] = defaultdict(list)
        for chord in links.page.chords:
            by_staff[chord.staff].append(chord)
        for slur in sorted(links.page.ties.slurs, key=lambda one: one.x0):
            staff = links.page.sheet.staff_of(slur)
            near = [one for row in (-1, 0, 1) if staff is not None for one in by_staff.get(staff + row, ())]
            first, last = slur_ends(links.page.sheet, slur, near)
            starts = self._events.get(id(first)) if first is not None else None
            stops = self._events.get(id(last)) if last is not None else None
            if starts is None or stops is None or first is last:
                continue
            busy = [one for one in busy if one[0] > slur.x0]
            number = next((n for n in range(1, 7) if all(n != taken for _, taken in busy)), None)
            if number is None:
                continue
            busy.append((slur.x1, number))
            starts.slur_starts.append(number)
            stops.slur_stops.append(number)
            self._use(links.page.sheet.page, slur.row)
            if slur.name == "slur" and first is not None and last is not None:
                for chord in (first, last):
                    links.graph.relate(chord.heads[0].glyph.row, "slur", slur.row)

    def _use(self, page: int, *rows: int) -> None:
        self.used[page].update(rows)

    def _mark_used(self, page: Page, bar: Bar, signs: BarSigns) -> None:
        for edge in (bar.left, bar.right):
            if edge is not None:
                self._use(page.sheet.page, *edge.rows)
        self._use(page.sheet.page, *bar.rows)
        for staff in page.signs:
            self._use(page.sheet.page, *(row for time in staff.times for row in time.rows))
            self._use(page.sheet.page, *(row for key in staff.keys for row in key.rows))

    def _mark_pickup(self, page: Page, number: str, rhythm: BarRhythm) -> None:
        """A short bar right after the first printed meter is a pick-up and complete as it is."""
        for part in self.score.parts:
            part.measures[-1].pickup = True
        self._report_guesses(page, number, rhythm)

    def _check(self, page: Page, number: str, rhythm: BarRhythm, timeline: Timeline) -> None:
        wanted = timeline.time.length_ql if timeline.time else None
        if wanted is not None and rhythm.length_ql != wanted:
            message = f"bar {number} lasts {rhythm.length_ql} quarters, the meter says {wanted}"
            self.issue("bar-length", message, page.sheet.page, number)
        elif rhythm.cost > UNSURE:
            message = f"bar {number} adds up only with hidden rests or moved notes"
            self.issue("bar-unsure", message, page.sheet.page, number)
        self._report_guesses(page, number, rhythm)

    def _report_guesses(self, page: Page, number: str, rhythm: BarRhythm) -> None:
        kinds: dict[str, list[int]] = {}
        for chord in rhythm.guessed:
            in_tuplet = chord.tuplet is not None and not chord.tuplet_marked
            code = "sign-dropped" if chord.dropped else "tuplet-guessed" if in_tuplet else "value-guessed"
            rows = [head.glyph.row for head in chord.heads] or ([chord.rest.row] if chord.rest else [])
            kinds.setdefault(code, []).extend(rows)
        for code, rows in kinds.items():
            self.issue(code, f"bar {number}: {CODES[code]}", page.sheet.page, number, rows)


def _head_rows(head: Head, sign: Glyph | None) -> list[int]:
    return [head.glyph.row, *head.ledgers, *([sign.row] if sign is not None else [])]


def _frame(number: str, bar: Bar, rhythm: BarRhythm, page: Page, system: System, new_system: bool) -> Measure:
    measure = Measure(number, rhythm.length_ql, page=page.sheet.page, system=system.index)
    measure.new_system = new_system
    measure.new_page = new_system and system.index == 0 and page.sheet.page > 0
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


def _voice_numbers(chords: list[Chord], rows: dict[int, int], rhythm: BarRhythm) -> dict[int, int]:
    """Number the voices of a part: by the staff they start on, the upper voice first."""
    members: dict[int, list[Chord]] = defaultdict(list)
    for chord in chords:
        if id(chord) in rhythm.voice:
            members[rhythm.voice[id(chord)]].append(chord)
    homes: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for voice, mine in members.items():
        first = min(mine, key=lambda one: (rhythm.onset_ql[id(one)], one.x))
        up = sum(one.direction for one in mine)
        homes[rows[first.staff]].append((-up, voice))
    number = {
        voice: 1 + VOICES_A_STAFF * (staff - 1) + rank
        for staff, ranked in homes.items()
        for rank, (_, voice) in enumerate(sorted(ranked))
    }
    found = {id(chord): number[rhythm.voice[id(chord)]] for chord in chords if id(chord) in rhythm.voice}
    taken = set(number.values())
    for rest in rhythm.measure_rests:
        if rest.staff in rows:
            voice = 1 + VOICES_A_STAFF * (rows[rest.staff] - 1)
            while voice in taken:
                voice += 1
            taken.add(voice)
            found[id(rest)] = voice
    for chord in chords:
        found.setdefault(id(chord), 1 + VOICES_A_STAFF * (rows[chord.staff] - 1))
    return found


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
    _, event = min(timed, key=lambda one: abs(one[0].x - mark.x))
    return event.onset_ql


def _clef_at(changes: list[tuple[float, Clef]], x: float) -> Clef:
    current = Clef("G", 2)
    for start, clef in changes:
        if start <= x:
            current = clef
    return current


def _score_order(pair: tuple[Chord, Event]) -> tuple[int, Fraction, bool, float]:
    chord, event = pair
    return event.voice, event.onset_ql, event.grace is None, chord.x
