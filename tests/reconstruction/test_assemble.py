"""Hand-made pages to scores: pitch, onset and duration of every note, and nothing raised whatever the page holds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notation.graph import violations
from notation.page import Reading
from notation.score import Clef, Event, Score
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from reconstruction.assemble import assemble
from reconstruction.issues import CODES
from reconstruction.musicxml import musicxml_text

Maker = Any


def score_of(maker: Maker) -> Score:
    return assemble([maker.reading()]).score


def notes(score: Score, part: int = 0, bar: int = 0) -> list[tuple[str, Fraction, Fraction]]:
    """(pitch, onset, duration) of the notes of one bar, sorted by onset."""
    found = []
    for event in score.parts[part].measures[bar].events:
        for note in event.notes:
            sign = {1: "#", -1: "b", 0: "", 2: "x", -2: "bb"}[note.pitch.alter]
            found.append((f"{note.pitch.step}{sign}{note.pitch.octave}", event.onset_ql, event.duration_ql))
    return sorted(found, key=lambda one: (one[1], one[0]))


def test_no_page_gives_an_empty_score() -> None:
    assert assemble([]).score.parts == []


def test_empty_page_is_an_issue_not_an_error() -> None:
    result = assemble([Reading(Symbols.empty(100, 100), ())])
    assert [issue.code for issue in result.score.issues] == ["no-staves"]
    assert len(result.graphs) == 1
    assert "score-partwise" in musicxml_text(result.score)


def test_staff_without_symbols_gives_no_bars(page: Maker) -> None:
    assert score_of(page(2)).parts == []


@pytest.mark.parametrize("name", [one.name for one in vocabulary()])
def test_one_symbol_of_any_class_is_read(name: str) -> None:
    staves = (Staff.straight(10, 300, 100, 10), Staff.straight(10, 300, 220, 10))
    symbols, _ = Symbols.of([[100, 120, 12, 10, 0]], [vocabulary().id_of(name)], width_px=320, height_px=400)
    assert musicxml_text(assemble([Reading(symbols, staves)]).score)


def test_four_quarters_under_a_g_clef(page: Maker) -> None:
    maker = page().clef().time(4, 4)
    for index in range(4):
        maker.note(150 + 60 * index, index - 2)
    score = score_of(maker.barline(400))
    assert notes(score) == [(name, Fraction(i), Fraction(1)) for i, name in enumerate(["G4", "A4", "B4", "C5"])]
    assert score.parts[0].measures[0].clefs == [(Fraction(0), 1, Clef("G", 2))]
    assert not [issue for issue in score.issues if issue.code != "unused"]


@pytest.mark.parametrize(
    ("value", "dots", "duration"),
    [
        (1, 0, 4),
        (2, 0, 2),
        (4, 0, 1),
        (8, 0, Fraction(1, 2)),
        (16, 0, Fraction(1, 4)),
        (2, 1, 3),
        (4, 2, Fraction(7, 4)),
    ],
)
def test_written_values(page: Maker, value: int, dots: int, duration: Fraction) -> None:
    score = score_of(page().clef().note(150, -1, value, dots=dots))
    assert notes(score) == [("A4", Fraction(0), Fraction(duration))]


@pytest.mark.parametrize("levels", [1, 2, 3])
@pytest.mark.parametrize("up", [True, False])
def test_beams_halve_by_level(page: Maker, levels: int, up: bool) -> None:
    score = score_of(page().clef().beamed([150, 190, 230, 270], 0, levels, up))
    step = Fraction(1, 2**levels)
    assert notes(score) == [("B4", i * step, step) for i in range(4)]
    marks = [event.beams for event in score.parts[0].measures[0].events]
    assert marks == [("begin",) * levels, ("continue",) * levels, ("continue",) * levels, ("end",) * levels]


def test_accidental_holds_in_its_bar_and_octave_only(page: Maker) -> None:
    maker = page().clef().time(2, 4).sign("accidentalSharp", 138, -2, h=2.8)
    maker.note(150, -2).note(200, -2).barline(240).note(280, -2).note(330, 5)
    score = score_of(maker.barline(370))
    assert [one[0] for one in notes(score)] == ["G#4", "G#4"]
    assert [one[0] for one in notes(score, bar=1)] == ["G4", "G5"]


def test_tie_carries_the_accidental_over_the_barline(page: Maker) -> None:
    maker = page().clef().time(2, 4).sign("accidentalFlat", 137, 0 + 1, h=2.4).note(150, 0, 2).barline(200)
    maker.note(230, 0).note(280, 0).barline(320)
    maker.box("tie", 190, maker.y(-1.6), 66, 5)
    score = score_of(maker)
    assert [one[0] for one in notes(score)] == ["Bb4"]
    assert [one[0] for one in notes(score, bar=1)] == ["Bb4", "B4"]
    first, second = (bar.events[0].notes[0] for bar in score.parts[0].measures)
    assert first.tie_start and second.tie_stop


@pytest.mark.parametrize(("name", "fifths", "positions"), [("keySharp", 2, (4, 1)), ("keyFlat", -3, (0, 3, -1))])
def test_key_signature(page: Maker, name: str, fifths: int, positions: tuple[int, ...]) -> None:
    maker = page().clef()
    for index, position in enumerate(positions):
        maker.sign(name, 95 + 10 * index, position + (1 if name == "keyFlat" else 0), h=2.6)
    score = score_of(maker.note(180, 4).note(230, 0).barline(300))
    assert score.parts[0].measures[0].key is not None
    assert score.parts[0].measures[0].key.fifths == fifths
    assert [one[0] for one in notes(score)] == (["F#5", "B4"] if fifths > 0 else ["F5", "Bb4"])


def test_two_voices_share_a_column(page: Maker) -> None:
    maker = page().clef().time(2, 4).note(150, 3, 2).note(150, -3, 4, up=False).note(210, -2, 4, up=False).barline(280)
    score = score_of(maker)
    assert notes(score) == [("E5", 0, 2), ("F4", 0, 1), ("G4", 1, 1)]
    assert {event.voice for event in score.parts[0].measures[0].events} == {1, 2}


def test_whole_rest_fills_a_bar_of_any_meter(page: Maker) -> None:
    score = score_of(page().clef().time(3, 4).rest(200, "restWhole", position=1).barline(280))
    (event,) = score.parts[0].measures[0].events
    assert event.measure_rest
    assert event.duration_ql == 3


def grand_staff(page: Maker) -> Maker:
    return page(2).left_edge().left_edge("brace").clef("G").clef("F", 1)


def test_brace_makes_one_part_of_two_staves(page: Maker) -> None:
    maker = grand_staff(page).note(150, 0).note(150, 0, staff=1, up=False).barline(250).barline(250, 1)
    score = score_of(maker)
    assert [part.staves for part in score.parts] == [2]
    assert {(event.staff, event.notes[0].pitch.octave) for event in score.parts[0].measures[0].events} == {
        (1, 4),
        (2, 3),
    }


def test_staves_without_a_brace_are_parts(page: Maker) -> None:
    maker = page(2).left_edge().clef("G").clef("F", 1).note(150, 0).note(150, 0, staff=1).barline(250).barline(250, 1)
    assert [part.staves for part in score_of(maker).parts] == [1, 1]


def test_cross_staff_beam_stays_one_voice(page: Maker) -> None:
    maker = grand_staff(page).time(1, 4).time(1, 4, staff=1)
    beam_y = 170.0
    for x, position, staff in ((150, -1, 0), (200, 1, 1)):
        maker.head(x, position, staff)
        root = maker.y(position, staff)
        side = -6.0 if staff == 0 else 6.0
        maker.box("stem", x + side, (root + beam_y) / 2, 1.5, abs(root - beam_y))
    maker.box("beam", 175, beam_y, 62, 5).rest(160, "restWhole", 1, 1).barline(300).barline(300, 1)
    events = [one for one in score_of(maker).parts[0].measures[0].events if one.notes]
    assert [(one.staff, one.onset_ql) for one in events] == [(1, 0), (2, Fraction(1, 2))]
    assert len({one.voice for one in events}) == 1


def test_marked_triplet(page: Maker) -> None:
    maker = page().clef().time(1, 4).beamed([150, 190, 230], 0).sign("tuplet3", 196, 9.5, w=0.8, h=1.2).barline(280)
    events = score_of(maker).parts[0].measures[0].events
    assert [event.duration_ql for event in events] == [Fraction(1, 3)] * 3
    assert [event.tuplet.marks for event in events if event.tuplet] == [("start",), (), ("stop",)]


def test_unmarked_triplet_is_inferred_and_reported(page: Maker) -> None:
    maker = page().clef().time(2, 4).beamed([150, 190, 230], 0).beamed([280, 320, 360], 1).barline(400)
    score = score_of(maker)
    assert [one[2] for one in notes(score)] == [Fraction(1, 3)] * 6
    assert "tuplet-guessed" in {issue.code for issue in score.issues}


def test_grace_notes_take_no_time(page: Maker) -> None:
    maker = page().clef().time(1, 4).note(140, 1, 8, small=True).note(170, 0).barline(220)
    events = score_of(maker).parts[0].measures[0].events
    assert [(event.grace is not None, event.onset_ql, event.duration_ql) for event in events] == [
        (True, 0, 0),
        (False, 0, 1),
    ]


def test_pickup_bar_is_short_without_complaint_of_notes(page: Maker) -> None:
    maker = page().clef().time(3, 4).note(150, 0).barline(190)
    for index in range(3):
        maker.note(230 + 50 * index, 0)
    score = score_of(maker.barline(380))
    assert [bar.length_ql for bar in score.parts[0].measures] == [1, 3]
    assert [bar.pickup for bar in score.parts[0].measures] == [True, False]
    assert "bar-length" not in {issue.code for issue in score.issues}


def test_bar_that_does_not_add_up_is_an_issue(page: Maker) -> None:
    maker = page().clef().time(4, 4).note(150, 0, 1).barline(200)
    maker.note(240, 0).note(280, 0).barline(330).note(360, 0, 1).barline(420)
    score = score_of(maker)
    assert [issue.measure for issue in score.issues if issue.code == "bar-length"] == ["2"]
    assert notes(score, bar=1) == [("B4", 0, 1), ("B4", 1, 1)]


def test_missing_meter_is_taken_from_the_bars(page: Maker) -> None:
    maker = page().clef()
    for bar in range(3):
        for index in range(3):
            maker.note(150 + 150 * bar + 40 * index, 0)
        maker.barline(275 + 150 * bar)
    time = score_of(maker).parts[0].measures[0].time
    assert time is not None
    assert (time.beats, time.beat_type) == ("3", 4)


def test_missing_clef_is_reported(page: Maker) -> None:
    score = score_of(page().note(150, 0).barline(200))
    assert [one[0] for one in notes(score)] == ["B4"]
    assert "clef-missing" in {issue.code for issue in score.issues}


def test_clef_change_inside_a_bar(page: Maker) -> None:
    maker = page().clef().time(2, 4).note(150, 0).sign("clefF", 185, 0.6, w=1.8, h=2.4).note(220, 0).barline(270)
    score = score_of(maker)
    assert [one[0] for one in notes(score)] == ["B4", "D3"]
    assert score.parts[0].measures[0].clefs[1] == (Fraction(1), 1, Clef("F", 4))


def test_repeats_and_final_barline(page: Maker) -> None:
    maker = page().clef().time(1, 4).note(150, 0).barline(200).barline(206, name="barlineHeavy")
    maker.sign("repeatDot", 194, 1, w=0.4, h=0.4).sign("repeatDot", 194, -1, w=0.4, h=0.4)
    bar = score_of(maker).parts[0].measures[0]
    assert bar.repeat_end
    assert bar.barline_right == "light-heavy"


def test_octave_line_raises_what_stands_under_it(page: Maker) -> None:
    maker = page().clef().time(2, 4).note(150, 0).note(200, 0).barline(250)
    maker.box("ottavaAlta", 150, maker.y(10), 14, 10)
    assert [one[0] for one in notes(score_of(maker))] == ["B5", "B4"]


def test_hidden_staff_rests_and_parts_stay_matched(page: Maker) -> None:
    full = page(2).left_edge().clef("G").clef("F", 1).note(150, 0).note(150, 0, staff=1).barline(250).barline(250, 1)
    hidden = page(1).clef("F").note(150, 0).barline(250)
    score = assemble([full.reading(), hidden.reading()]).score
    assert [len(part.measures) for part in score.parts] == [2, 2]
    assert score.parts[0].measures[1].events[0].measure_rest
    assert notes(score, part=1, bar=1)[0][0] == "D3"


def test_every_note_names_its_symbols(page: Maker) -> None:
    maker = page().clef().sign("accidentalSharp", 138, 0, h=2.8).note(150, 0, 8)
    result = assemble([maker.reading()])
    names = maker.reading().symbols.names
    event: Event = result.score.parts[0].measures[0].events[0]
    assert sorted(names[ref.row] for ref in event.notes[0].symbols) == ["accidentalSharp", "noteheadBlackOnLine"]
    assert sorted(names[ref.row] for ref in event.symbols) == ["flag8thUp", "stem"]
    graph = result.graphs[0]
    assert {relation for _, relation, _ in graph.edges()} == {"stem", "flag", "accidental"}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(0, 120), staves=st.integers(0, 4))
def test_random_symbols_never_raise(seed: int, count: int, staves: int) -> None:
    rng = np.random.default_rng(seed)
    ids = rng.choice([one.id for one in vocabulary()], count)
    boxes = np.stack(
        [rng.uniform(0, 600, count), rng.uniform(0, 600, count), rng.uniform(0, 60, count), rng.uniform(0, 60, count)],
        1,
    )
    boxes = np.concatenate([boxes, rng.uniform(-0.3, 0.3, (count, 1))], 1)
    lines = tuple(Staff.straight(20, 580, 60 + 130 * row, 10) for row in range(staves))
    symbols, _ = Symbols.of(boxes, ids, rng.random(count), width_px=600, height_px=600)
    result = assemble([Reading(symbols, lines)])
    assert violations(result.graphs[0], symbols) == []
    assert {issue.code for issue in result.score.issues} <= set(CODES)
    assert len({len(part.measures) for part in result.score.parts}) <= 1
