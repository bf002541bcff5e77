"""The true notation graph of a Verovio page: relations from the drawing's own nesting, times from its MEI."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from notation.boxes import FloatArray
from notation.graph import NotationGraph
from synth.mei import Event, MeiScore
from synth.svg_geometry import Group
from synth.verovio_marks import Mark
from synth.verovio_staves import StaffRows

Edge = tuple[Mark, str, Mark]
#: A beam belongs to a stem whose x it reaches within this share of a staff space.
_BEAM_REACH_SP = 0.25


def add_graph(
    graph: NotationGraph, marks: list[Mark], rows: dict[Mark, int], score: MeiScore, staves: StaffRows
) -> None:
    """Add nodes' attributes and all edges; `rows` gives the row of each mark in the page's `Symbols`."""
    truth = _PageTruth(marks, score, staves)
    for mark in marks:
        graph.nx.nodes[rows[mark]].update(truth.attributes(mark))
    for source, relation, target in truth.edges():
        graph.relate(rows[source], relation, rows[target])


class _PageTruth:
    """The marks of a page, indexed by the groups and ids that drew them."""

    def __init__(self, marks: list[Mark], score: MeiScore, staves: StaffRows) -> None:
        self.marks, self.score, self.staves = marks, score, staves
        self.measures: dict[str, int] = {}
        self.heads: dict[str, list[Mark]] = {}  # by note id and by chord id, and rests by their own id
        self.stems: dict[Group, Mark] = {}
        for mark in marks:
            self._index(mark)

    def _index(self, mark: Mark) -> None:
        measure = mark.group.within("measure")
        if measure is not None:
            self.measures.setdefault(measure.id, len(self.measures))
        if mark.name == "stem":
            owner = _owner(mark.group)
            if owner is not None:
                self.stems[owner] = mark
        elif _is_head(mark) or _is_rest(mark):
            for kind in ("note", "chord", "rest", "mRest", "multiRest"):
                group = mark.group.within(kind)
                if group is not None:
                    self.heads.setdefault(group.id, []).append(mark)

    def attributes(self, mark: Mark) -> dict[str, object]:
        """Return the node attributes of a mark."""
        staff = mark.staff if mark.staff is not None else self._staff_by_music(mark)
        found: dict[str, object] = {} if staff is None else {"staff": staff, "system": self.staves.rows[staff].system}
        measure = mark.group.within("measure")
        if measure is not None:
            found["measure"] = self.measures[measure.id]
        event = self.event(mark)
        if event is not None and (_is_head(mark) or _is_rest(mark)):
            found |= {"voice": event.layer, "onset_ql": event.onset_ql, "duration": event.duration}
            found |= {"part": self.score.part_of_staff.get(event.staff, 0)}
            if staff is not None:
                found["position"] = self.position(mark, staff)
        return found

    def event(self, mark: Mark) -> Event | None:
        """Return the event of the note, chord or rest that drew a mark."""
        events = (self.score.events.get(group.id) for group in mark.group.lineage() if group.id)
        return next((event for event in events if event is not None), None)

    def position(self, mark: Mark, staff: int) -> int:
        """Return the staff position of a mark's centre, rounded."""
        x, y = _centre(mark)
        return round(float(self.staves.rows[staff].staff.position_at(x, y)))

    def _staff_by_music(self, mark: Mark) -> int | None:
        """Return the staff of a sign that hangs on the measure: as the score says, else that of its first note."""
        for group in mark.group.lineage():
            numbers = self.score.get(_music_id(group), "staff").split()
            if numbers and numbers[0].isdigit():
                wanted = int(numbers[0])
                return next((i for i in self.staves.of_system(group) if self.staves.rows[i].number == wanted), None)
            for end in (*self.ends(group, "startid"), *self.ends(group, "endid"), *self.ends(group, "plist")):
                if end.staff is not None and self.staves.rows[end.staff].system == self._system(group):
                    return end.staff
        return None

    def _system(self, group: Group) -> int | None:
        rows = self.staves.of_system(group)
        return self.staves.rows[rows[0]].system if rows else None

    def ends(self, group: Group, attribute: str) -> list[Mark]:
        """Return the heads or rests that an attribute of a sign refers to."""
        return [mark for one in self.score.references(_music_id(group), attribute) for mark in self.heads.get(one, [])]

    def edges(self) -> Iterator[Edge]:
        yield from self._note_edges()
        yield from self._beam_edges()
        yield from self._ledger_edges()
        yield from self._tuplet_edges()
        yield from self._barline_edges()
        yield from self._order_edges()
        for mark in self.marks:
            yield from self._sign_edges(mark)

    def _note_edges(self) -> Iterator[Edge]:
        for mark in self.marks:
            owner = _owner(mark.group)
            if owner is None:
                continue
            heads = self.heads.get(owner.id, [])
            stem = self.stems.get(owner)
            if _is_head(mark) and stem is not None:
                yield mark, "stem", stem
            elif mark.name.startswith("flag") and stem is not None:
                yield stem, "flag", mark
            elif mark.name.startswith("accidental") and mark.name != "accidentalParenthesis":
                yield from ((head, "accidental", mark) for head in self._of_note(mark)[:1])
            elif mark.name.startswith("graceNote") and mark.name != "graceNoteSlash":
                yield from ((head, "grace", mark) for head in heads)
        yield from self._dot_edges()

    def _of_note(self, mark: Mark) -> list[Mark]:
        """Return the head of the very note around a mark, or the heads of its chord or the rest."""
        for kind in ("note", "chord", "rest", "mRest"):
            group = mark.group.within(kind)
            if group is not None and self.heads.get(group.id):
                return self.heads[group.id]
        return []

    def _dot_edges(self) -> Iterator[Edge]:
        dots: dict[str, list[Mark]] = {}
        for mark in self.marks:
            owner = _owner(mark.group)
            if mark.name == "augmentationDot" and owner is not None:
                dots.setdefault(owner.id, []).append(mark)
        for owner_id, members in dots.items():
            heads = sorted(self.heads.get(owner_id, []), key=lambda head: float(_centre(head)[1]))
            for column in _columns(members):
                column.sort(key=lambda dot: float(_centre(dot)[1]))
                if len(column) == len(heads):
                    yield from ((head, "dot", dot) for head, dot in zip(heads, column, strict=True))
                elif heads:
                    yield from ((_nearest(heads, dot), "dot", dot) for dot in column)

    def _beam_edges(self) -> Iterator[Edge]:
        reach = _BEAM_REACH_SP * self.staves.space_px
        for mark in self.marks:
            if mark.name not in ("beam", "tremolo1", "tremolo2", "tremolo3", "tremolo4", "tremolo5"):
                continue
            relation = "beam" if mark.name == "beam" else "tremolo"
            low, high = mark.points[:, 0].min() - reach, mark.points[:, 0].max() + reach
            found = [stem for stem in self._stems_around(mark) if low <= _centre(stem)[0] <= high]
            if mark.group.kind == "fTrem":  # the bars between two notes need not touch their stems
                found = self._stems_around(mark)
            yield from ((stem, relation, mark) for stem in found)
            if relation == "tremolo" and not found:
                yield from ((head, relation, mark) for head in self._tremolo_heads(mark))

    def _stems_around(self, mark: Mark) -> list[Mark]:
        if mark.group.kind == "beamSpan":
            return [stem for stem in self.stems.values() if self._touches(stem, mark)]
        holder = mark.group.within("beam", "bTrem", "fTrem", "note", "chord")
        if mark.name != "beam" and mark.group.kind in ("stem", "note", "chord"):
            owner = _owner(mark.group)
            return [self.stems[owner]] if owner in self.stems else []
        if mark.name == "beam" and holder is not None and holder.kind == "beam":
            return [stem for stem in self.stems.values() if stem.group.within("beam") is holder]
        return [stem for stem in self.stems.values() if _encloses(holder, stem.group)]

    def _touches(self, stem: Mark, beam: Mark) -> bool:
        """Tell whether a stem ends in a beam that may join several voices, so that only the drawing can tell."""
        reach = _BEAM_REACH_SP * self.staves.space_px
        low, high = stem.points.min(0) - reach, stem.points.max(0) + reach
        left, right = beam.points[beam.points[:, 0].argmin()], beam.points[beam.points[:, 0].argmax()]
        x = float(_centre(stem)[0])
        share = (x - left[0]) / max(right[0] - left[0], 1e-9)
        y = float(_centre(beam)[1] + (share - 0.5) * (right[1] - left[1]))
        return bool(-0.01 <= share <= 1.01 and low[1] <= y <= high[1])

    def _tremolo_heads(self, mark: Mark) -> list[Mark]:
        holder = mark.group.within("bTrem", "note", "chord")
        return [head for head in self.marks if _is_head(head) and _encloses(holder, head.group)]

    def _ledger_edges(self) -> Iterator[Edge]:
        ledgers: dict[int, list[tuple[Mark, int]]] = {}
        for mark in self.marks:
            if mark.name == "ledgerLine" and mark.staff is not None:
                ledgers.setdefault(mark.staff, []).append((mark, self.position(mark, mark.staff)))
        for head in self.marks:
            if _is_head(head) and head.staff is not None:
                position, x = self.position(head, head.staff), _centre(head)[0]
                for ledger, height in ledgers.get(head.staff, []):
                    between = 5 < height <= position if position > 0 else position <= height < -5
                    if between and ledger.points[:, 0].min() < x < ledger.points[:, 0].max():
                        yield head, "ledger", ledger

    def _tuplet_edges(self) -> Iterator[Edge]:
        signs: dict[Group, list[Mark]] = {}
        for mark in self.marks:
            group = mark.group.within("tuplet")
            if mark.name.startswith("tuplet") and group is not None:
                signs.setdefault(group, []).append(mark)
        for mark in self.marks:
            if _is_head(mark) or _is_rest(mark):
                inner = mark.group.within("tuplet")
                if inner is not None and mark.group.within("graceGrp") is None:
                    yield from ((mark, "tuplet", sign) for sign in signs.get(inner, []))

    def _barline_edges(self) -> Iterator[Edge]:
        lines: dict[tuple[Group, int | None], list[Mark]] = {}
        for mark in self.marks:
            if mark.name.startswith("barline"):
                lines.setdefault((mark.group, mark.staff), []).append(mark)
        for dot in self.marks:
            near = lines.get((dot.group, dot.staff), [])
            if dot.name == "repeatDot" and near:
                x = _centre(dot)[0]
                yield min(near, key=lambda line: abs(float(_centre(line)[0] - x))), "dot-of-barline", dot

    def _order_edges(self) -> Iterator[Edge]:
        """Link every note or rest to the ones that follow in its voice and measure; grace notes stand outside."""
        voices: dict[tuple[str, int, int], dict[int, list[Mark]]] = {}
        for mark in self.marks:
            event = self.event(mark) if _is_head(mark) or _is_rest(mark) else None
            if event is not None and not _is_grace(mark):
                key = (event.measure, event.staff, event.layer)
                voices.setdefault(key, {}).setdefault(event.order, []).append(mark)
        for events in voices.values():
            order = sorted(events)
            for before, after in pairwise(order):
                yield from ((one, "precedes", other) for one in events[before] for other in events[after])

    def _sign_edges(self, mark: Mark) -> Iterator[Edge]:
        name = mark.name
        if name in ("tie", "slur"):
            yield from self._bow_edges(mark)
        elif name == "breathMark":
            yield from ((head, "articulation", mark) for head in self._before(mark))
        elif name.startswith(("artic", "fermata", "strings")):
            yield from ((head, "articulation", mark) for head in self._governors(mark)[:1])
        elif name == "arpeggiato":
            yield from ((head, "ornament", mark) for head in self._governors(mark))
        elif name.startswith("ornament") or name == "trillExtension":
            yield from ((head, "ornament", mark) for head in self._governors(mark)[:1] if _is_head(head))
        elif name.startswith("fingering"):
            yield from ((head, "fingering", mark) for head in self._governors(mark)[:1] if _is_head(head))

    def _governors(self, mark: Mark) -> list[Mark]:
        """Return the heads or rests that a sign belongs to, the nearest first."""
        found = self._of_note(mark) or [
            end for attribute in ("startid", "plist") for end in self.ends(mark.group, attribute)
        ]  # fmt: skip
        y = _centre(mark)[1]
        return sorted(found, key=lambda head: abs(float(_centre(head)[1] - y)))

    def _before(self, mark: Mark) -> list[Mark]:
        """Return the last head or rest to the left of a breath mark on its staff, which times it by the bar's beats."""
        staff = mark.staff if mark.staff is not None else self._staff_by_music(mark)
        x = float(_centre(mark)[0])
        measure = mark.group.within("measure")
        found = [
            one
            for one in self.marks
            if (_is_head(one) or _is_rest(one))
            and one.staff == staff
            and one.group.within("measure") is measure
            and _centre(one)[0] < x
        ]
        return sorted(found, key=lambda one: float(_centre(one)[0]))[-1:]

    def _bow_edges(self, mark: Mark) -> Iterator[Edge]:
        system = self._system(mark.group)
        for attribute in ("startid", "endid"):
            ends = [
                end
                for end in self.ends(mark.group, attribute)
                if end.staff is None or self.staves.rows[end.staff].system == system
            ]
            if ends:
                x = mark.points[:, 0].min() if attribute == "startid" else mark.points[:, 0].max()
                at = mark.points[np.argmin(np.abs(mark.points[:, 0] - x))]
                yield min(ends, key=lambda end: float(np.hypot(*(_centre(end) - at)))), mark.name, mark


def _encloses(holder: Group | None, group: Group) -> bool:
    return any(one is holder for one in group.lineage())


def _owner(group: Group) -> Group | None:
    """Return the chord around a group, or the note or rest where there is no chord."""
    return group.within("chord") or group.within("note", "rest", "mRest", "multiRest")


def _music_id(group: Group) -> str:
    """Return the id in the score; pieces of a sign that spans systems carry it as a class."""
    return group.id or next((one[3:] for one in group.classes if one.startswith("id-")), "")


def _is_head(mark: Mark) -> bool:
    return mark.name.startswith("notehead")


def _is_rest(mark: Mark) -> bool:
    return mark.name.startswith("rest") and mark.name not in ("restHBar", "restHNr")


def _is_grace(mark: Mark) -> bool:
    return any(group.element.get("data-grace") or group.kind == "graceGrp" for group in mark.group.lineage())


def _centre(mark: Mark) -> FloatArray:
    centre: FloatArray = (mark.points.min(0) + mark.points.max(0)) / 2
    return centre


def _nearest(heads: Iterable[Mark], dot: Mark) -> Mark:
    y = float(_centre(dot)[1])
    return min(heads, key=lambda head: abs(float(_centre(head)[1]) - y))


def _columns(dots: list[Mark]) -> Iterator[list[Mark]]:
    """Split the dots of a chord into columns, by x to half a dot's width."""
    columns: list[list[Mark]] = []
    for dot in sorted(dots, key=lambda one: float(_centre(one)[0])):
        width = float(np.ptp(dot.points[:, 0]))
        if columns and _centre(dot)[0] - _centre(columns[-1][0])[0] < width / 2:
            columns[-1].append(dot)
        else:
            columns.append([dot])
    yield from columns
