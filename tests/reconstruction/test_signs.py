"""Hand-made pages to scores: clefs, keys, meters, accidentals and ties over bars, staves and systems."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from notation.score import Clef, Score
from reconstruction.assemble import assemble

Maker = Any


def score_of(*makers: Maker) -> Score:
    return assemble([maker.reading() for maker in makers]).score


def names(score: Score, part: int = 0, bar: int = 0) -> list[str]:
    """The pitches of one bar, by onset, then octave and letter."""
    signs = {1: "#", -1: "b", 0: "", 2: "##", -2: "bb"}
    found = [
        (event.onset_ql, note.pitch.octave, note.pitch.step, note.pitch.alter)
        for event in score.parts[part].measures[bar].events
        for note in event.notes
    ]
    return [f"{step}{signs[alter]}{octave}" for _, octave, step, alter in sorted(found)]


def codes(score: Score) -> set[str]:
    return {issue.code for issue in score.issues}


@pytest.mark.parametrize(
    ("name", "height", "size", "clef", "middle"),
    [
        ("clefG", -0.24, 7.0, Clef("G", 2), "B4"),
        ("clefG", -2.24, 7.0, Clef("G", 1), "D5"),
        ("clefF", 0.5, 3.6, Clef("F", 4), "D3"),
        ("clefF", -1.5, 3.6, Clef("F", 3), "F3"),
        ("clefF", 2.5, 3.6, Clef("F", 5), "B2"),
        ("clefCAlto", -4, 4.0, Clef("C", 1), "G4"),
        ("clefCAlto", -2, 4.0, Clef("C", 2), "E4"),
        ("clefCAlto", 0, 4.0, Clef("C", 3), "C4"),
        ("clefCTenor", 2, 4.0, Clef("C", 4), "A3"),
        ("clefCTenor", 4, 4.0, Clef("C", 5), "F3"),
    ],
)
def test_clef_names_the_middle_line(
    page: type[Maker], name: str, height: float, size: float, clef: Clef, middle: str
) -> None:
    score = score_of(page().sign(name, 70, height, w=2.6, h=size).note(150, 0).barline(200))
    assert score.parts[0].measures[0].clefs == [(Fraction(0), 1, clef)]
    assert names(score) == [middle]


@pytest.mark.parametrize(
    ("sign", "digit", "height", "change"),
    [("G", "clef8", -8.6, -1), ("G", "clef8", 8.2, 1), ("G", "clef15", -8.6, -2), ("F", "clef8", -4.6, -1)],
)
def test_little_digit_moves_the_clef_by_octaves(
    page: type[Maker], sign: str, digit: str, height: float, change: int
) -> None:
    score = score_of(page().clef(sign).sign(digit, 70, height, w=0.8, h=1.0).note(150, 0).barline(200))
    (_, _, clef) = score.parts[0].measures[0].clefs[0]
    assert (clef.sign, clef.octave_change) == (sign, change)
    assert names(score) == [f"{'B' if sign == 'G' else 'D'}{(4 if sign == 'G' else 3) + change}"]


def test_little_digit_nearer_to_the_staff_below_stays_with_its_clef(page: type[Maker]) -> None:
    maker = page(2).left_edge().clef("G").clef("F", 1)
    maker.box("clef8", 70, maker.y(4, 1) - 2.4 * 10, 8, 10)  # the G clef's tail ends above it
    maker.boxes[1] = (70.0, maker.boxes[1][1] + 20, 26.0, 110.0, 0.0)
    maker.note(150, 0).note(150, 0, staff=1).barline(200).barline(200, 1)
    score = score_of(maker)
    changes = [part.measures[0].clefs[0][2].octave_change for part in score.parts]
    assert changes == [-1, 0]


def test_little_digit_between_two_clefs_belongs_to_the_nearer_one(page: type[Maker]) -> None:
    maker = page(2).left_edge().clef("G").clef("F", 1)
    above, below = (maker.boxes[maker.names.index(name)] for name in ("clefG", "clefF"))
    top, bottom = above[1] + above[3] / 2 + 1, below[1] - below[3] / 2 - 5
    maker.box("clef8", 70, (top + bottom) / 2, 8, bottom - top)
    maker.note(150, 0).note(150, 0, staff=1).barline(200).barline(200, 1)
    changes = [part.measures[0].clefs[0][2].octave_change for part in score_of(maker).parts]
    assert changes == [-1, 0]


def test_clef_change_holds_on_the_next_system(page: type[Maker]) -> None:
    first = page().clef().time(2, 4).note(150, 0).sign("clefF", 185, 0.6, w=1.8, h=2.4).note(220, 0).barline(270)
    second = page().clef("F").note(150, 0).note(220, 0).barline(270)
    score = score_of(first, second)
    assert names(score, bar=1) == ["D3", "D3"]
    assert score.parts[0].measures[1].clefs == []


def test_key_change_after_a_double_barline(page: type[Maker]) -> None:
    maker = page().clef().time(1, 4).sign("keySharp", 95, 4, h=2.6).note(150, 4).barline(200).barline(206)
    maker.sign("keyNatural", 216, 4, h=2.6).sign("keyFlat", 232, 1, h=2.4).note(270, 0).note(320, 4, 4).barline(360)
    keys = [bar.key.fifths if bar.key else None for bar in score_of(maker).parts[0].measures]
    assert keys == [1, -1]


def test_key_holds_for_every_octave_of_its_step(page: type[Maker]) -> None:
    maker = page().clef().time(2, 4).sign("keySharp", 92, 4, h=2.6).note(150, 4).note(200, -3).barline(250)
    assert names(score_of(maker)) == ["F#5", "F#4"]


@pytest.mark.parametrize(
    ("name", "beats", "beat_type", "symbol"),
    [("timeSigCommon", "4", 4, "common"), ("timeSigCutCommon", "2", 2, "cut")],
)
def test_meter_signs(page: type[Maker], name: str, beats: str, beat_type: int, symbol: str) -> None:
    score = score_of(page().clef().sign(name, 110, 0, w=1.7, h=2).note(150, -1, 1).barline(200))
    time = score.parts[0].measures[0].time
    assert time is not None
    assert (time.beats, time.beat_type, time.symbol) == (beats, beat_type, symbol)


def test_added_meter(page: type[Maker]) -> None:
    maker = page().clef().sign("timeSig3", 108, 2, w=1.4).sign("timeSigPlus", 121, 2, w=1.0, h=1.0)
    maker.sign("timeSig2", 134, 2, w=1.4).sign("timeSig8", 121, -2, w=1.4)
    maker.beamed([170, 200, 230], 0).beamed([270, 300], 0).barline(340)
    time = score_of(maker).parts[0].measures[0].time
    assert time is not None
    assert (time.beats, time.beat_type) == ("3+2", 8)


def test_meter_change_and_its_announcement_at_the_line_end(page: type[Maker]) -> None:
    first = page(width=330).clef().time(2, 4).note(150, 0).note(200, 0).barline(250).time(3, 4, x=275)
    second = page().clef().time(3, 4).note(150, 0).note(200, 0).note(250, 0).barline(300)
    score = score_of(first, second)
    assert [bar.length_ql for bar in score.parts[0].measures] == [2, 3]
    assert "bar-length" not in codes(score)


def test_natural_cancels_and_the_barline_forgets(page: type[Maker]) -> None:
    maker = page().clef().time(3, 4).sign("accidentalSharp", 137, -2, h=2.8).note(150, -2)
    maker.sign("accidentalNatural", 187, -2, h=2.8).note(200, -2).note(250, -2).barline(290)
    maker.note(330, -2).note(370, -2).note(410, -2).barline(450)
    score = score_of(maker)
    assert names(score) == ["G#4", "G4", "G4"]
    assert names(score, bar=1) == ["G4", "G4", "G4"]


def test_accidental_counts_for_its_own_staff_only(page: type[Maker]) -> None:
    maker = page(2).left_edge().left_edge("brace").clef("G").clef("G", 1).time(2, 4).time(2, 4, staff=1)
    maker.sign("accidentalSharp", 137, -2, h=2.8).note(150, -2).note(200, -2)
    maker.note(150, -2, staff=1).note(200, -2, staff=1).barline(250).barline(250, 1)
    assert sorted(names(score_of(maker))) == ["G#4", "G#4", "G4", "G4"]


def test_stacked_accidentals_find_their_heads(page: type[Maker]) -> None:
    maker = page().clef().time(1, 4).sign("accidentalSharp", 137, 0, h=2.8).sign("accidentalFlat", 126, -3, h=2.4)
    maker.head(150, -4).head(150, 0).box("stem", 156, maker.y(0) - 7.5, 1.5, 55).barline(200)
    assert sorted(names(score_of(maker))) == ["B#4", "Eb4"]


def test_tie_over_the_end_of_a_system_carries_its_accidental(page: type[Maker]) -> None:
    first = page(width=300).clef().time(1, 4).sign("accidentalFlat", 137, 1, h=2.4).note(150, 0).barline(250)
    first.box("tie", 210, first.y(-1.6), 90, 5)
    second = page().clef().note(150, 0).barline(200).note(240, 0).barline(280)
    second.box("tie", 118, second.y(-1.6), 48, 5)
    score = score_of(first, second)
    assert [names(score, bar=bar) for bar in range(3)] == [["Bb4"], ["Bb4"], ["B4"]]
    assert score.parts[0].measures[0].events[0].notes[0].tie_start
    assert score.parts[0].measures[1].events[0].notes[0].tie_stop


def test_what_is_not_used_is_listed_by_class(page: type[Maker]) -> None:
    maker = page().clef().note(150, 0).barline(200).sign("accidentalSharp", 700, 20, h=2.8)
    maker.sign("timeSig9", 800, -16).sign("timeSig7", 850, 30)
    unused = [issue for issue in score_of(maker).issues if issue.code == "unused"]
    found = {maker.reading().symbols.names[ref.row] for issue in unused for ref in issue.symbols}
    assert "accidentalSharp" in found
    assert all(issue.message.endswith("found but not used") for issue in unused)
