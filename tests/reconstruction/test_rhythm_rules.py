"""Hand-made pages to scores: rests, chords, voices, tuplets, tremolos and columns, by onset and duration."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from notation.score import Event, Score
from reconstruction.assemble import assemble
from reconstruction.chords import Chord
from reconstruction.tuplets import normal_of, other_normals

Maker = Any


def score_of(maker: Maker) -> Score:
    return assemble([maker.reading()]).score


def events(score: Score, part: int = 0, bar: int = 0) -> list[Event]:
    return score.parts[part].measures[bar].events


def times(score: Score, part: int = 0, bar: int = 0) -> list[tuple[Fraction, Fraction]]:
    """(onset, duration) of every note and rest of a bar."""
    return [(event.onset_ql, event.duration_ql) for event in events(score, part, bar)]


def steps(count: int, length: Fraction) -> list[tuple[Fraction, Fraction]]:
    return [(index * length, length) for index in range(count)]


@pytest.mark.parametrize(
    ("name", "dots", "duration"),
    [
        ("restHalf", 0, Fraction(2)),
        ("restQuarter", 0, Fraction(1)),
        ("restQuarter", 1, Fraction(3, 2)),
        ("rest8th", 0, Fraction(1, 2)),
        ("rest16th", 0, Fraction(1, 4)),
        ("rest32nd", 0, Fraction(1, 8)),
        ("rest64th", 0, Fraction(1, 16)),
    ],
)
def test_written_rests(page: type[Maker], name: str, dots: int, duration: Fraction) -> None:
    maker = page().clef().rest(150, name)
    for dot in range(dots):
        maker.sign("augmentationDot", 162 + 6 * dot, 1, 0, 0.4, 0.4)
    found = events(score_of(maker.note(220, 0)))
    assert found[0].is_rest
    assert [(event.onset_ql, event.duration_ql) for event in found] == [(0, duration), (duration, 1)]


def test_whole_rest_beside_notes_of_another_staff_fills_the_bar(page: type[Maker]) -> None:
    maker = page(2).left_edge().left_edge("brace").clef("G").clef("F", 1).time(3, 8).time(3, 8, staff=1)
    maker.beamed([150, 190, 230], 0).rest(190, "restWhole", 1, 1).barline(280).barline(280, 1)
    rest = next(event for event in events(score_of(maker)) if event.is_rest)
    assert (rest.onset_ql, rest.duration_ql, rest.measure_rest) == (0, Fraction(3, 2), True)


def test_heads_on_one_stem_are_a_chord(page: type[Maker]) -> None:
    maker = page().clef().time(1, 4).head(150, -4).head(150, -2).head(150, 0)
    maker.box("stem", 156, maker.y(0) - 7.5, 1.5, 55).barline(200)
    (event,) = events(score_of(maker))
    assert [note.pitch.step for note in event.notes] == ["B", "G", "E"]


def test_second_of_a_whole_chord_is_no_voice_of_its_own(page: type[Maker]) -> None:
    maker = page().clef().time(4, 4).head(150, 0, kind="Whole").head(167, 1, kind="Whole").barline(220)
    (event,) = events(score_of(maker))
    assert sorted(note.pitch.step for note in event.notes) == ["B", "C"]


def test_second_voice_enters_after_its_rest(page: type[Maker]) -> None:
    maker = page().clef().time(2, 4).note(150, 3, 2).rest(150, "restQuarter", position=-5)
    maker.note(220, -3, 4, up=False).barline(280)
    score = score_of(maker)
    assert sorted(times(score)) == [(0, 1), (0, 2), (1, 1)]
    assert {event.voice for event in events(score)} == {1, 2}


def test_staves_of_a_system_share_their_columns(page: type[Maker]) -> None:
    maker = page(2).left_edge().clef("G").clef("F", 1).time(2, 4).time(2, 4, staff=1)
    maker.note(150, 0, dots=1).note(240, 0, 8).note(150, 0, staff=1).note(210, 0, staff=1)
    score = score_of(maker.barline(290).barline(290, 1))
    assert times(score) == [(0, Fraction(3, 2)), (Fraction(3, 2), Fraction(1, 2))]
    assert times(score, part=1) == [(0, 1), (1, 1)]


def test_three_against_two(page: type[Maker]) -> None:
    maker = page(2).left_edge().left_edge("brace").clef("G").clef("F", 1).time(1, 4).time(1, 4, staff=1)
    maker.beamed([150, 190, 230], 0).sign("tuplet3", 196, 9.5, w=0.8, h=1.2).beamed([150, 210], 0, staff=1)
    found = [(event.staff, event.onset_ql) for event in events(score_of(maker.barline(280).barline(280, 1)))]
    thirds = [(1, Fraction(index, 3)) for index in range(3)]
    assert sorted(found) == [*thirds, (2, Fraction(0)), (2, Fraction(1, 2))]


def test_number_over_a_part_of_a_beam_counts_that_part(page: type[Maker]) -> None:
    maker = page().clef().time(1, 4).beamed([150, 190, 230, 270], 0)
    tip = maker.y(0) - 35
    maker.box("beam", 236, tip + 10, 81.5, 5).sign("tuplet3", 236, 9.5, w=0.8, h=1.2).barline(310)
    sixth = Fraction(1, 6)
    expected = [Fraction(1, 2), sixth, sixth, sixth]
    assert [event.duration_ql for event in events(score_of(maker))] == expected


@pytest.mark.parametrize(
    ("levels", "count", "beats", "beat_type", "normal"),
    [(1, 2, 3, 8, 3), (1, 4, 3, 8, 3), (2, 4, 3, 8, 6), (2, 7, 3, 8, 6), (2, 7, 1, 4, 4), (3, 7, 1, 4, 8)],
)
def test_number_stands_for_what_fills_the_beat(
    page: type[Maker], levels: int, count: int, beats: int, beat_type: int, normal: int
) -> None:
    xs = [150.0 + 30 * index for index in range(count)]
    maker = page().clef().time(beats, beat_type).beamed(xs, 0, levels)
    maker.sign(f"tuplet{count}", (xs[0] + xs[-1]) / 2 + 6, 9.5, w=0.8, h=1.2).barline(xs[-1] + 50)
    score = score_of(maker)
    tuplets = {(event.tuplet.actual, event.tuplet.normal) for event in events(score) if event.tuplet}
    assert tuplets == {(count, normal)}
    assert times(score) == steps(count, Fraction(normal, count) / 2**levels)
    assert "bar-length" not in {issue.code for issue in score.issues}


def test_other_ratios_never_repeat_the_usual_one() -> None:
    for actual in range(2, 16):
        others = other_normals(actual)
        assert normal_of(actual) not in others
        assert actual not in others
        assert all(Fraction(1, 2) < Fraction(n, actual) < 2 for n in others)


def test_meter_of_unmarked_triplets_follows_the_part_without_them(page: type[Maker]) -> None:
    """Twelve eighths against two halves are triplets in 4/4, not 12/8."""
    maker = page(2, width=1300).left_edge().clef("G").clef("F", 1)
    for bar in range(2):
        x0 = 150 + 560 * bar
        maker.note(x0, 0, 2, staff=1).note(x0 + 240, 0, 2, staff=1)
        for group in range(4):
            maker.beamed([x0 + 120 * group + 40 * index for index in range(3)], 0)
        maker.barline(x0 + 500).barline(x0 + 500, 1)
    score = score_of(maker)
    assert [bar.length_ql for bar in score.parts[0].measures] == [4, 4]
    assert times(score) == steps(12, Fraction(1, 3))
    assert {"meter-missing", "tuplet-guessed"} <= {issue.code for issue in score.issues}


def test_twelve_eighths_alone_stay_as_printed(page: type[Maker]) -> None:
    maker = page().clef()
    for group in range(4):
        maker.beamed([150 + 120 * group + 40 * index for index in range(3)], 0)
    assert times(score_of(maker.barline(640))) == steps(12, Fraction(1, 2))


def test_strokes_between_two_half_notes_halve_them(page: type[Maker]) -> None:
    maker = page().clef().time(2, 4).note(150, -3, 2).note(250, -3, 2).barline(300)
    maker.box("tremolo1", 206, maker.y(-3) - 28, 80, 6)
    score = score_of(maker)
    assert times(score) == [(0, 1), (1, 1)]
    assert [event.tremolo for event in events(score)] == [1, 1]


def test_strokes_on_a_stem_leave_its_value(page: type[Maker]) -> None:
    maker = page().clef().time(2, 4).note(150, -3, 2).barline(220)
    maker.box("tremolo3", 156, maker.y(-3) - 20, 14, 14)
    (event,) = events(score_of(maker))
    assert (event.duration_ql, event.tremolo) == (2, 3)


def test_slashed_grace_note_is_an_acciaccatura(page: type[Maker]) -> None:
    maker = page().clef().time(1, 4).note(135, 1, 8, small=True).note(170, 0).barline(220)
    maker.box("graceNoteSlash", 143, maker.y(1) - 22, 12, 10)
    assert [event.grace for event in events(score_of(maker))] == ["acciaccatura", None]


def test_small_notes_that_fill_a_bar_are_cues(page: type[Maker]) -> None:
    maker = page().clef().time(2, 4).note(150, 0, small=True).note(200, 0, small=True).barline(250)
    score = score_of(maker)
    assert times(score) == [(0, 1), (1, 1)]
    assert all(event.cue for event in events(score))


def test_sounding_length_counts_dots_tuplet_and_tremolo() -> None:
    assert Chord(0, 0.0, "quarter", 0.0, dots=1).duration_ql == Fraction(3, 2)
    assert Chord(0, 0.0, "quarter", 0.0, tuplet=(3, 2)).duration_ql == Fraction(2, 3)
    assert Chord(0, 0.0, "half", 0.0, tremolo_end="start").duration_ql == 1
