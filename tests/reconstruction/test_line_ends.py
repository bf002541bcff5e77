"""Slurs and ties that run over the end of a line: two halves on paper, one sign in the score."""

from __future__ import annotations

from typing import Any

import pytest

from notation.page import Reading
from notation.score import Event, Part
from reconstruction.assemble import assemble

Maker = Any


def lines(page: type[Maker], *, position: int = 0, sharp: bool = False) -> Maker:
    """Two lines of one staff, a bar of four quarters each; the last note of the first is as high as the next one."""
    maker = page(2)
    for staff in range(2):
        maker.clef(staff=staff).time(4, 4, staff=staff)
        for beat in range(4):
            x = 200 + 160 * beat + 50 * staff  # lines whose barlines agree would be one system
            maker.note(x, position if (staff, beat) in ((0, 3), (1, 0)) else 2, staff=staff)
        maker.barline(880 - 60 * staff, staff)
    if sharp:
        maker.sign("accidentalSharp", 660, position, 0, 1.0, 2.8)
    return maker


def arc(maker: Maker, name: str, x0: float, x1: float, position: float, staff: int) -> Maker:
    return maker.box(name, (x0 + x1) / 2, maker.y(position, staff), x1 - x0, 8)


def parts(*readings: Reading) -> list[Part]:
    return assemble(list(readings)).score.parts


def events(part: Part) -> list[Event]:
    return [event for measure in part.measures for event in sorted(measure.events, key=lambda one: one.onset_ql)]


def slurs(part: Part) -> list[tuple[list[int], list[int]]]:
    return [(event.slur_starts, event.slur_stops) for event in events(part)]


def unused(*readings: Reading) -> bool:
    return any(issue.code == "unused" for issue in assemble(list(readings)).score.issues)


NONE: tuple[list[int], list[int]] = ([], [])


class TestSlurs:
    def halves(self, page: type[Maker], *, first: bool = True, second: bool = True) -> Maker:
        maker = lines(page)
        if first:
            arc(maker, "slur", 520, 890, 8, 0)
        if second:
            arc(maker, "slur", 200, 415, 8, 1)
        return maker

    def test_two_halves_are_one_slur(self, page: type[Maker]) -> None:
        reading = self.halves(page).reading()
        (part,) = parts(reading)
        assert [measure.new_system for measure in part.measures] == [True, True]
        assert slurs(part) == [NONE, NONE, ([1], []), NONE, NONE, ([], [1]), NONE, NONE]
        assert not unused(reading)

    @pytest.mark.parametrize("first", [True, False])
    def test_half_a_slur_is_none(self, page: type[Maker], first: bool) -> None:
        reading = self.halves(page, first=first, second=not first).reading()
        (part,) = parts(reading)
        assert slurs(part) == [NONE] * 8
        assert unused(reading)

    def test_over_the_end_of_a_page(self, page: type[Maker]) -> None:
        before, after = lines(page), lines(page)
        arc(before, "slur", 730, 850, 8, 1)
        arc(after, "slur", 150, 205, 8, 0)
        (part,) = parts(before.reading(), after.reading())
        assert slurs(part)[7:9] == [([1], []), ([], [1])]

    def test_over_a_whole_line(self, page: type[Maker]) -> None:
        one, two = lines(page), lines(page)
        arc(one, "slur", 730, 850, 8, 1)
        arc(two, "slur", 150, 890, 8, 0)
        arc(two, "slur", 200, 255, 8, 1)
        (part,) = parts(one.reading(), two.reading())
        found = slurs(part)
        assert found[7] == ([1], [])
        assert found[12] == ([], [1])
        assert sum(len(starts) for starts, _ in found) == 1

    def test_slurs_that_sound_together_have_numbers_of_their_own(self, page: type[Maker]) -> None:
        maker = self.halves(page)
        arc(maker, "slur", 515, 690, -8, 0)
        (part,) = parts(maker.reading())
        numbers = [starts for starts, _ in slurs(part)]
        assert numbers[2] == [1, 2]

    def test_halves_meet_on_their_own_staff(self, page: type[Maker]) -> None:
        """Two lines for piano; of the right hand's slur both halves were read, of the left hand's only the second."""
        maker = page(4).left_edge("brace", 0, 1).left_edge("brace", 2, 3)
        for staff in range(4):
            maker.clef("GF"[staff % 2], staff).time(4, 4, staff=staff)
            for beat in range(4):
                maker.note(200 + 160 * beat + 50 * (staff // 2), 0, staff=staff)
            maker.barline(880 - 60 * (staff // 2), staff)
        arc(maker, "slur", 520, 890, 7, 0)
        arc(maker, "slur", 200, 415, 7, 2)
        arc(maker, "slur", 200, 575, -7, 3)
        (part,) = parts(maker.reading())
        ends = [(event.staff, event.onset_ql) for event in events(part) if event.slur_stops]
        assert ends == [(1, 1)]


class TestTies:
    def notes(self, maker: Maker) -> list[tuple[bool, bool, int]]:
        (part,) = parts(maker.reading())
        return [(note.tie_start, note.tie_stop, note.pitch.alter) for event in events(part) for note in event.notes]

    @pytest.mark.parametrize("halves", [(True, True), (True, False), (False, True)], ids=["both", "first", "second"])
    def test_one_half_is_enough(self, page: type[Maker], halves: tuple[bool, bool]) -> None:
        maker = lines(page, sharp=True)
        if halves[0]:
            arc(maker, "tie", 695, 880, 1, 0)
        if halves[1]:
            arc(maker, "tie", 180, 235, 1, 1)
        found = self.notes(maker)
        assert found[3:5] == [(True, False, 1), (False, True, 1)]
        assert not any(start or stop for start, stop, _ in found[:3] + found[5:])

    def test_a_half_that_leads_nowhere_is_taken_away(self, page: type[Maker]) -> None:
        maker = lines(page)
        arc(maker, "tie", 695, 880, 1, 0)
        moved = [
            (x, y + 20 if staff_two and name.startswith(("notehead", "stem")) and x < 300 else y, *rest)
            for name, (x, y, *rest) in zip(maker.names, maker.boxes, strict=True)
            for staff_two in [y > 180]
        ]
        maker.boxes = moved
        assert not any(start or stop for start, stop, _ in self.notes(maker))

    def test_at_the_ends_of_the_score_halves_stay(self, page: type[Maker]) -> None:
        maker = lines(page)
        arc(maker, "tie", 150, 185, 3, 0)
        arc(maker, "tie", 745, 830, 3, 1)
        found = self.notes(maker)
        assert found[0][:2] == (False, True)
        assert found[-1][:2] == (True, False)


class TestTiesOfChords:
    def chords(self, page: type[Maker]) -> Maker:
        """Two chords of four thirds, and four arcs between them as engravers set them: two above, two below."""
        maker = page().clef().time(2, 4)
        for x in (200, 300):
            for position in (-3, -1, 1, 3):
                maker.head(x, position)
            maker.stem(x, -3, length=6.5)
        for height in (4.8, 2.8, -2.8, -4.8):
            maker.box("tie", 250, maker.y(height), 84, 6)
        return maker.barline(400)

    def test_every_arc_finds_its_heads(self, page: type[Maker]) -> None:
        (part,) = parts(self.chords(page).reading())
        first, second = events(part)
        assert all(note.tie_start for note in first.notes)
        assert all(note.tie_stop for note in second.notes)

    def test_a_slur_between_tied_heads_is_a_tie(self, page: type[Maker]) -> None:
        maker = self.chords(page)
        maker.names[maker.names.index("tie")] = "slur"
        (part,) = parts(maker.reading())
        assert [len([note for note in event.notes if note.tie_start]) for event in events(part)] == [4, 0]
        assert slurs(part) == [NONE, NONE]

    def test_a_slur_between_chords_that_are_not_tied_stays(self, page: type[Maker]) -> None:
        maker = self.chords(page)
        for _ in range(3):
            at = maker.names.index("tie")
            del maker.names[at], maker.boxes[at]
        maker.names[maker.names.index("tie")] = "slur"
        (part,) = parts(maker.reading())
        assert not any(note.tie_start for event in events(part) for note in event.notes)
        assert slurs(part) == [([1], []), ([], [1])]
