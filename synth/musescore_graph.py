"""The true notation graph of a MuseScore page: relations and times from the score, ends of lines from the drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
from lxml import etree

from notation.boxes import FloatArray
from notation.graph import NotationGraph
from synth.musescore_curves import bow_edges
from synth.musescore_marks import Mark
from synth.musescore_score import Event, MuseScore
from synth.musescore_staves import StaffRows

Edge = tuple[Mark, str, Mark]
#: A beam belongs to a stem that it reaches within this share of a staff space.
_BEAM_REACH_SP = 0.25
#: A dot stands at most this far to the right of what it prolongs and this far above or below it, in staff spaces.
_DOT_REACH_SP = (6.0, 0.8)
#: A trill sign stands over its note within this, in staff spaces.
_TRILL_REACH_SP = 1.5
_BEAMED = ("eighth", "16th", "32nd", "64th", "128th", "256th", "512th")
#: Written values as `NotationGraph` has them: denominators.
_VALUES = {"whole": "1", "half": "2", "quarter": "4", "eighth": "8", "measure": ""}
_ARTICULATIONS = ("artic", "fermata", "strings")


def add_graph(graph: NotationGraph, marks: list[Mark], music: MuseScore, staves: StaffRows) -> None:
    """Add the nodes' attributes and all edges; the row of a mark in the page's `Symbols` is its place in `marks`."""
    rows = {mark: row for row, mark in enumerate(marks)}
    truth = PageTruth(marks, music, staves)
    for mark in marks:
        graph.nx.nodes[rows[mark]].update(truth.attributes(mark))
    for source, relation, target in truth.edges():
        graph.relate(rows[source], relation, rows[target])


class PageTruth:
    """The marks of a page, indexed by the elements that drew them."""

    def __init__(self, marks: list[Mark], music: MuseScore, staves: StaffRows) -> None:
        self.marks, self.music, self.staves = marks, music, staves
        self.events = {event.element: event for event in music.events}
        self.heads: dict[etree._Element, list[Mark]] = {}  # by chord; rests by themselves
        self.notes: dict[etree._Element, Mark] = {}
        self.stems: dict[etree._Element, Mark] = {}
        self._first_bar = min((bar for system in staves.systems for bar in system.bars), default=0)
        for mark in marks:
            self._index(mark)

    def _index(self, mark: Mark) -> None:
        for number in (mark.number, *mark.shared):
            owner = self.music.owner_of(number)
            if owner is None:
                continue
            if mark.name == "stem":
                self.stems[owner] = mark
            elif is_head(mark) or is_rest(mark):
                self.heads.setdefault(owner, []).append(mark)
                self.notes[self.music.elements[number]] = mark

    def event(self, mark: Mark) -> Event | None:
        """Return the event of the chord or rest that a mark is a part of."""
        owner = self.music.owner_of(mark.number)
        return None if owner is None else self.events.get(owner)

    def attributes(self, mark: Mark) -> dict[str, object]:
        """Return the node attributes of a mark."""
        found: dict[str, object] = {}
        if mark.staff is not None:
            found |= {"staff": mark.staff, "system": self.staves.rows[mark.staff].system}
        place = self.music.place_of(mark.number)
        if place is not None:
            found["measure"] = place[0] - self._first_bar
        event = self.event(mark)
        if event is not None and (is_head(mark) or is_rest(mark)):
            found |= {"voice": event.voice, "onset_ql": event.onset_ql, "part": event.part}
            kind = event.element.findtext("durationType", "")
            found["duration"] = _VALUES.get(kind, kind.rstrip("thnd"))
            if mark.staff is not None:
                found["position"] = self.staves.position(mark.staff, mark.centre)
        return found

    def edges(self) -> Iterator[Edge]:
        """Iterate over all relations."""
        yield from self._note_edges()
        yield from self._beam_edges()
        yield from self._dot_edges()
        yield from self._ledger_edges()
        yield from self._tuplet_edges()
        yield from self._barline_edges()
        yield from self._order_edges()
        yield from bow_edges(self.marks, self.music, self.heads, self.notes, self.staves)
        for mark in self.marks:
            yield from self._sign_edges(mark)

    def _note_edges(self) -> Iterator[Edge]:
        for mark in self.marks:
            owner = self.music.owner_of(mark.number)
            if owner is None:
                continue
            heads, stem = self.heads.get(owner, []), self.stems.get(owner)
            if mark.name == "stem":
                yield from ((head, "stem", mark) for head in heads)
            elif mark.name.startswith("flag") and stem is not None:
                yield stem, "flag", mark
            elif mark.name.startswith("accidental") and mark.name != "accidentalParenthesis":
                yield from ((head, "accidental", mark) for head in self._note_of(mark))
            elif mark.name.startswith("graceNote") and mark.name != "graceNoteSlash":
                yield from ((head, "grace", mark) for head in heads)
            elif mark.name.startswith("tremolo"):
                yield from ((one, "tremolo", mark) for one in ([stem] if stem is not None else heads))

    def _note_of(self, mark: Mark) -> list[Mark]:
        note = self.music.within(mark.number, "Note")
        return [self.notes[note]] if note is not None and note in self.notes else []

    def _beam_edges(self) -> Iterator[Edge]:
        beamed = [stem for owner, stem in self.stems.items() if owner.findtext("durationType") in _BEAMED]
        for beam in (mark for mark in self.marks if mark.name == "beam"):
            chord = self.music.within(beam.number, "Chord")
            if chord is not None:  # the strokes of a tremolo between two notes touch no stem
                pair = [chord, next(chord.itersiblings("Chord"), chord)]
                yield from ((self.stems[one], "beam", beam) for one in pair if one in self.stems)
            else:
                yield from ((stem, "beam", beam) for stem in beamed if self._touches(stem, beam))

    def _touches(self, stem: Mark, beam: Mark) -> bool:
        reach = _BEAM_REACH_SP * self.staves.space_px
        low, high = stem.points.min(0) - reach, stem.points.max(0) + reach
        left, right = _beam_ends(beam.points)
        x = float(stem.centre[0])
        share = (x - left[0]) / max(right[0] - left[0], 1e-9)
        y = float(left[1] + share * (right[1] - left[1]))
        beyond = reach / max(right[0] - left[0], 1e-9)
        return bool(-beyond <= share <= 1 + beyond and low[1] <= y <= high[1])

    def _dot_edges(self) -> Iterator[Edge]:
        reach_x, reach_y = (reach * self.staves.space_px for reach in _DOT_REACH_SP)
        dotted = [
            mark for owner, marks in self.heads.items() if owner.findtext("dots") is not None for mark in marks
        ]  # fmt: skip
        for dot in (mark for mark in self.marks if mark.name == "augmentationDot"):
            right = [one for one in dotted if 0 < dot.centre[0] - one.centre[0] < reach_x]
            near = [one for one in right if abs(dot.centre[1] - one.centre[1]) < (1 + is_rest(one)) * reach_y]
            if near:
                yield min(near, key=lambda one: _apart(one.centre, dot.centre)), "dot", dot

    def _ledger_edges(self) -> Iterator[Edge]:
        ledgers: dict[int, list[tuple[Mark, int]]] = {}
        for mark in self.marks:
            if mark.name == "ledgerLine" and mark.staff is not None:
                ledgers.setdefault(mark.staff, []).append((mark, self.staves.position(mark.staff, mark.centre)))
        for head in self.marks:
            if is_head(head) and head.staff is not None:
                position, x = self.staves.position(head.staff, head.centre), head.centre[0]
                for ledger, height in ledgers.get(head.staff, []):
                    between = 5 < height <= position if position > 0 else position <= height < -5
                    if between and ledger.points[:, 0].min() < x < ledger.points[:, 0].max():
                        yield head, "ledger", ledger

    def _tuplet_edges(self) -> Iterator[Edge]:
        signs: dict[etree._Element, list[Mark]] = {}
        for mark in self.marks:
            tuplet = self.music.within(mark.number, "Tuplet") if mark.name.startswith("tuplet") else None
            if tuplet is not None:
                signs.setdefault(tuplet, []).append(mark)
        for owner, heads in self.heads.items():
            event = self.events.get(owner)
            if event is not None and event.tuplet is not None and not event.grace:
                yield from ((head, "tuplet", sign) for sign in signs.get(event.tuplet, []) for head in heads)

    def _barline_edges(self) -> Iterator[Edge]:
        lines: dict[int | None, list[Mark]] = {}
        for mark in self.marks:
            if mark.name.startswith("barline"):
                lines.setdefault(mark.staff, []).append(mark)
        for dot in self.marks:
            if dot.name == "repeatDot" and lines.get(dot.staff):
                x = dot.centre[0]
                yield min(lines[dot.staff], key=lambda line: abs(float(line.centre[0] - x))), "dot-of-barline", dot

    def _order_edges(self) -> Iterator[Edge]:
        """Link every note or rest to the ones that follow in its voice and bar; grace notes stand outside."""
        voices: dict[tuple[int, int, etree._Element | None], list[Event]] = {}
        for event in self.music.events:
            if not event.grace and event.element in self.heads:
                voices.setdefault((event.measure, event.voice, event.element.getparent()), []).append(event)
        for events in voices.values():
            for before, after in pairwise(sorted(events, key=lambda event: event.order)):
                for one in self.heads[before.element]:
                    yield from ((one, "precedes", other) for other in self.heads[after.element])

    def _sign_edges(self, mark: Mark) -> Iterator[Edge]:
        if mark.name == "breathMark":
            yield from ((head, "articulation", mark) for head in self._beside(mark, before=True))
        elif mark.name.startswith("fermata"):
            yield from ((head, "articulation", mark) for head in self._beside(mark, before=False))
        elif mark.name.startswith(_ARTICULATIONS):
            yield from ((head, "articulation", mark) for head in self._of_chord(mark)[:1])
        elif mark.name == "arpeggiato":
            yield from ((head, "ornament", mark) for head in self._of_chord(mark))
        elif mark.name.startswith("ornament"):
            heads = self._of_chord(mark) if mark.number else self._below(mark)
            yield from ((head, "ornament", mark) for head in heads[:1] if is_head(head))
        elif mark.name.startswith("fingering"):
            yield from ((head, "fingering", mark) for head in self._note_of(mark))

    def _of_chord(self, mark: Mark) -> list[Mark]:
        """Return the heads of the chord that a sign stands in, the nearest first."""
        owner = self.music.owner_of(mark.number)
        heads = [] if owner is None else self.heads.get(owner, [])
        return sorted(heads, key=lambda head: abs(float(head.centre[1] - mark.centre[1])))

    def _below(self, mark: Mark) -> list[Mark]:
        """Return the heads of its staff that a trill sign stands over; trill lines do not say which note is theirs."""
        reach = _TRILL_REACH_SP * self.staves.space_px
        heads = [one for one in self.marks if is_head(one) and one.staff == mark.staff]
        near = [one for one in heads if abs(float(one.centre[0] - mark.centre[0])) < reach]
        return sorted(near, key=lambda head: _apart(head.centre, mark.centre))

    def _beside(self, mark: Mark, *, before: bool) -> list[Mark]:
        """Return the nearest head of the chord or rest that stands before or after a sign in its voice."""
        element = self.music.elements.get(mark.number)
        if element is None:
            return []
        around = next(element.itersiblings("Chord", "Rest", preceding=before), None)
        heads: Iterable[Mark] = [] if around is None else self.heads.get(around, [])
        return sorted(heads, key=lambda head: abs(float(head.centre[1] - mark.centre[1])))[:1]


def _beam_ends(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the middles of the left and the right edge of a beam."""
    right = points[:, 0] > points[:, 0].mean()
    return points[~right].mean(0), points[right].mean(0)


def _apart(first: FloatArray, second: FloatArray) -> float:
    return float(np.hypot(*(first - second)))


def is_head(mark: Mark) -> bool:
    """Tell whether a mark is a notehead."""
    return mark.name.startswith("notehead")


def is_rest(mark: Mark) -> bool:
    """Tell whether a mark is a rest of one bar or less."""
    return mark.name.startswith("rest") and mark.name not in ("restHBar", "restHNr")
