"""Arpeggios, fingerings and tremolos between notes: hand-made pages to MusicXML."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from notation.graph import NotationGraph
from reconstruction.assemble import assemble
from reconstruction.musicxml import musicxml_text

Maker = Any


def read(maker: Maker) -> tuple[ElementTree.Element, NotationGraph, set[str]]:
    assembly = assemble([maker.reading()])
    codes = {f"{issue.code} {issue.message}" for issue in assembly.score.issues if issue.code == "unused"}
    return ElementTree.fromstring(musicxml_text(assembly.score)), assembly.graphs[0], codes


def notes(root: ElementTree.Element) -> list[ElementTree.Element]:
    return [note for note in root.iter("note") if note.find("pitch") is not None]


def name(note: ElementTree.Element) -> str:
    return f"{note.findtext('pitch/step')}{note.findtext('pitch/octave')}"


def relations(graph: NotationGraph) -> list[str]:
    return [relation for *_, relation in graph.nx.edges(keys=True)]


def chord(maker: Maker, x: float, *positions: int, up: bool = True, staff: int = 0) -> Maker:
    for position in positions:
        maker.head(x, position, staff)
    root, tip = (min(positions), max(positions)) if up else (max(positions), min(positions))
    return maker.stem(x, root, up, staff, 3.5 + abs(tip - root) / 2)


class TestArpeggio:
    def test_a_wavy_line_arpeggiates_the_chord_after_it(self, page: type[Maker]) -> None:
        maker = chord(chord(page().clef(), 120, 0), 180, -2, 0, 2)
        maker.sign("arpeggiato", 165, 0, w=0.6, h=4).barline(260)
        root, graph, unused = read(maker)
        assert [name(one) for one in notes(root) if one.find("notations/arpeggiate") is not None] == ["D5", "B4", "G4"]
        assert "ornament" in relations(graph)
        assert not unused

    def test_accidentals_stand_between(self, page: type[Maker]) -> None:
        maker = chord(page().clef(), 200, -2, 2).sign("accidentalSharp", 180, 2, h=2.8)
        root, *_ = read(maker.sign("arpeggiato", 162, 0, w=0.6, h=4).barline(260))
        assert len(root.findall(".//arpeggiate")) == 2

    def test_a_line_over_two_staves_holds_both_chords(self, page: type[Maker]) -> None:
        maker = page(staves=2).left_edge().left_edge("brace").clef().clef("F", 1)
        chord(chord(maker, 180, 0, 2), 180, -2, 0, staff=1)
        middle = (maker.y(0, 0) + maker.y(0, 1)) / 2
        maker.box("arpeggiato", 165, middle, 6, 150).barline(260).barline(260, 1)
        root, *_ = read(maker)
        assert len(root.findall(".//arpeggiate")) == 4

    @pytest.mark.parametrize(("x", "position"), [(225, 0), (165, 14), (100, 0)])
    def test_a_line_elsewhere_holds_none(self, page: type[Maker], x: float, position: int) -> None:
        maker = chord(page().clef(), 180, -2, 0).sign("arpeggiato", x, position, w=0.6, h=4).barline(260)
        root, _, unused = read(maker)
        assert not root.findall(".//arpeggiate")
        assert unused == {"unused 1 arpeggiato found but not used"}


class TestFingering:
    def fingers(self, root: ElementTree.Element) -> dict[str, list[str]]:
        return {name(one): [digit.text or "" for digit in one.iter("fingering")] for one in notes(root)}

    def test_one_digit_a_note(self, page: type[Maker]) -> None:
        maker = chord(chord(page().clef(), 120, 0), 180, 1)
        maker.sign("fingering2", 121, 10).sign("fingering5", 180, -6).barline(260)
        root, graph, unused = read(maker)
        assert self.fingers(root) == {"B4": ["2"], "C5": ["5"]}
        assert relations(graph).count("fingering") == 2
        assert not unused

    def test_a_pile_goes_from_the_top_down(self, page: type[Maker]) -> None:
        maker = chord(page().clef(), 180, -2, 0, 2)
        for digit, position in ((5, 20), (3, 16), (1, 12)):
            maker.sign(f"fingering{digit}", 180, position)
        root, *_ = read(maker.barline(260))
        assert self.fingers(root) == {"G4": ["1"], "B4": ["3"], "D5": ["5"]}

    @pytest.mark.parametrize(("position", "of"), [(12, "D5"), (-9, "G4")])
    def test_a_single_digit_is_of_the_outer_head(self, page: type[Maker], position: int, of: str) -> None:
        root, *_ = read(chord(page().clef(), 180, -2, 2).sign("fingering4", 181, position).barline(260))
        assert {key: value for key, value in self.fingers(root).items() if value} == {of: ["4"]}

    @pytest.mark.parametrize(("x", "position", "placement"), [(181, 12, "above"), (181, -9, "below"), (165, -2, None)])
    def test_the_side_that_it_stands_on_is_written(
        self, page: type[Maker], x: float, position: int, placement: str | None
    ) -> None:
        root, *_ = read(chord(page().clef(), 180, -2, 2).sign("fingering4", x, position).barline(260))
        assert [one.get("placement") for one in root.iter("fingering")] == [placement]

    def test_a_second_digit_on_one_note_is_a_substitution(self, page: type[Maker]) -> None:
        maker = chord(page().clef(), 180, 0).sign("fingering4", 181, 14).sign("fingering5", 181, 10)
        root, *_ = read(maker.barline(260))
        assert self.fingers(root) == {"B4": ["4", "5"]}

    def test_a_digit_beside_a_head_is_of_that_head(self, page: type[Maker]) -> None:
        root, *_ = read(chord(page().clef(), 180, -2, 2).sign("fingering1", 165, -2).barline(260))
        assert self.fingers(root) == {"G4": ["1"], "D5": []}

    def test_a_digit_far_away_is_of_nobody(self, page: type[Maker]) -> None:
        root, _, unused = read(chord(page().clef(), 180, 0).sign("fingering1", 230, 8).barline(260))
        assert self.fingers(root) == {"B4": []}
        assert unused == {"unused 1 fingering1 found but not used"}


class TestTremoloBetweenNotes:
    def check(self, root: ElementTree.Element, kind: str, strokes: str, duration: int) -> None:
        pair = notes(root)
        marks = [one.find("notations/ornaments/tremolo") for one in pair]
        assert [(mark.get("type"), mark.text) for mark in marks if mark is not None] == [
            ("start", strokes),
            ("stop", strokes),
        ]
        divisions = int(root.findtext(".//divisions") or 0)
        for one in pair:
            assert one.findtext("type") == kind
            assert (one.findtext("time-modification/actual-notes"), one.findtext("time-modification/normal-notes")) == (
                "2",
                "1",
            )
            assert int(one.findtext("duration") or 0) == duration * divisions
            assert not one.findall("beam")

    def test_half_notes_under_beams(self, page: type[Maker]) -> None:
        maker = page().clef().time(2, 4)
        for x in (160, 240):
            maker.head(x, 0, kind="Half").stem(x, 0)
        for level in (0, 1):
            maker.box("beam", 206, maker.y(0) - 32.5 + 7.5 * level, 80, 5)
        self.check(read(maker.barline(300))[0], "half", "2", 1)

    def test_strokes_between_black_notes(self, page: type[Maker]) -> None:
        maker = page().clef().time(1, 4)
        for x in (160, 220):
            maker.head(x, 0).stem(x, 0)
        root, graph, unused = read(maker.sign("tremolo3", 196, 5, w=3.5, h=2).barline(300))
        divisions = int(root.findtext(".//divisions") or 0)
        assert [2 * int(one.findtext("duration") or 0) for one in notes(root)] == [divisions] * 2
        assert [one.text for one in root.iter("tremolo")] == ["3", "3"]
        assert relations(graph).count("tremolo") == 2
        assert not unused

    def test_strokes_between_whole_notes(self, page: type[Maker]) -> None:
        maker = page().clef().time(4, 4).note(160, 0, 1).note(240, 4, 1)
        self.check(read(maker.sign("tremolo2", 200, 2, w=4.5, h=1.6).barline(300))[0], "whole", "2", 2)

    def test_strokes_through_one_stem_are_no_pair(self, page: type[Maker]) -> None:
        maker = page().clef().time(2, 4)
        for x in (160, 240):
            maker.head(x, 0).stem(x, 0)
        root, *_ = read(maker.sign("tremolo2", 166, 4, w=1.2, h=1.2).barline(300))
        assert [(one.get("type"), one.text) for one in root.iter("tremolo")] == [("single", "2")]
        assert not root.findall(".//time-modification")


@pytest.mark.parametrize("x", [140, 303, 420])
def test_a_pedal_is_lifted_over_and_behind_barlines(page: type[Maker], x: float) -> None:
    """Between two lines of a repeat, and in the margin after the last bar."""
    maker = page().clef().note(120, 0, 1).barline(300).barline(307).note(340, 0, 1).barline(400)
    maker.sign("keyboardPedalPed", 118, -9).sign("keyboardPedalUp", x, -9)
    root, _, unused = read(maker)
    assert [one.get("type") for one in root.iter("pedal")] == ["start", "stop"]
    assert not unused
