"""Hand-made bars: which notes a tuplet number or a tremolo belongs to, and what a page without a meter shows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from notation.score import Score
from reconstruction.assemble import assemble

Maker = Any
THIRD = Fraction(1, 3)


def score_of(maker: Maker) -> Score:
    return assemble([maker.reading()]).score


def times(maker: Maker) -> list[tuple[Fraction, Fraction]]:
    """(onset, duration) of every note and rest of the first bar, in order of onset."""
    return sorted((one.onset_ql, one.duration_ql) for one in score_of(maker).parts[0].measures[0].events)


def thirds(count: int) -> list[tuple[Fraction, Fraction]]:
    return [(index * THIRD, THIRD) for index in range(count)]


def number(maker: Maker, x: float, position: float) -> Maker:
    return maker.sign("tuplet3", x, position, w=0.8, h=1.2)


def test_number_at_a_beam_of_two_counts_the_rest_before_it(page: type[Maker]) -> None:
    maker = page().clef().time(1, 4).rest(150, "rest8th").beamed([190, 230], 0)
    assert times(number(maker, 205, 9.5).barline(280)) == thirds(3)


def test_number_at_the_heads_counts_the_beam_beyond(page: type[Maker]) -> None:
    maker = page().clef().time(1, 4).beamed([150, 190, 230], 0)
    assert times(number(maker, 190, -5).barline(280)) == thirds(3)


def test_number_over_flags_counts_them(page: type[Maker]) -> None:
    maker = page().clef().time(1, 4).note(150, 0, 8).note(190, 0, 8).note(230, 0, 8)
    assert times(number(maker, 192, 9.5).barline(280)) == thirds(3)


def test_bracket_over_two_voices_counts_the_one_that_makes_up_its_number(page: type[Maker]) -> None:
    maker = page().clef().time(1, 4).note(150, 4, 8).note(195, 4)
    maker.beamed([150, 180, 215, 250], -3, 2, up=False)
    maker.box("tupletBracket", 175, maker.y(14), 60, 8)
    found = times(number(maker, 175, 14).barline(280))
    quarter = Fraction(1, 4)
    assert found == sorted([(0, THIRD), (THIRD, 2 * THIRD), *((index * quarter, quarter) for index in range(4))])


def test_rests_before_beams_of_two_are_triplets_all_at_once(page: type[Maker]) -> None:
    maker = page(2).left_edge().left_edge("brace").clef("G").clef("F", 1).time(2, 4).time(2, 4, staff=1)
    for x in (150, 270):
        maker.rest(x, "rest8th").beamed([x + 40, x + 80], 0).note(x, 0, staff=1)
    found = score_of(maker.barline(400).barline(400, 1)).parts[0].measures[0].events
    assert sorted((one.onset_ql, one.duration_ql) for one in found if one.staff == 1) == thirds(6)


@pytest.mark.parametrize(("size", "meter"), [(3, ("6", 8)), (2, ("3", 4))])
def test_beams_tell_six_eighths_from_three_quarters(page: type[Maker], size: int, meter: tuple[str, int]) -> None:
    maker = page().clef()
    for bar in range(2):
        left = 120 + 340 * bar
        for start in range(0, 6, size):
            maker.beamed([left + 50 * (start + index) for index in range(size)], 0)
        maker.barline(left + 300)
    time = score_of(maker).parts[0].measures[0].time
    assert time is not None
    assert (time.beats, time.beat_type) == meter


@pytest.mark.parametrize(("kind", "length"), [("Whole", Fraction(4)), ("Half", Fraction(2)), ("Black", Fraction(1))])
def test_bars_that_touch_no_stem_halve_both_notes(page: type[Maker], kind: str, length: Fraction) -> None:
    maker = page().clef().time(4 if kind == "Whole" else 2 if kind == "Half" else 1, 4)
    for x in (150, 230):
        maker.head(x, 0, kind=kind)
        if kind != "Whole":
            maker.stem(x, 0)
    height = maker.y(0) - (30 if kind != "Whole" else 0)
    for level in range(2):
        maker.box("beam", 196 if kind != "Whole" else 190, height + 8 * level, 74 if kind != "Whole" else 50, 5)
    assert times(maker.barline(290)) == [(0, length / 2), (length / 2, length / 2)]
