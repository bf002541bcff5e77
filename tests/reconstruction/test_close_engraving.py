"""Hand-made bars where notes stand close: voices moved aside, beams that meet, heads, dots and ledger lines shared."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from notation.score import Score
from reconstruction.assemble import assemble

Maker = Any
HALF, QUARTER = Fraction(1, 2), Fraction(1, 4)


def times(maker: Maker, part: int = 0) -> list[tuple[Fraction, Fraction]]:
    """(onset, duration) of every note and rest of the first bar, in order of onset."""
    score: Score = assemble([maker.reading()]).score
    return sorted((one.onset_ql, one.duration_ql) for one in score.parts[part].measures[0].events)


def test_crowded_notes_of_one_voice_follow_each_other(page: type[Maker]) -> None:
    maker = page().clef().time(2, 4).note(150, 0).beamed([166, 190], 1, up=False).barline(220)
    assert times(maker) == [(0, 1), (1, HALF), (Fraction(3, 2), HALF)]


def test_notes_of_two_voices_moved_aside_sound_together(page: type[Maker]) -> None:
    maker = page().clef().time(2, 4).note(150, 0, 2).note(163, -1, up=False).note(240, -1, up=False).barline(290)
    assert times(maker) == [(0, 1), (0, 2), (1, 1)]


def test_accidental_between_two_voices_makes_room_for_itself(page: type[Maker]) -> None:
    maker = page().clef().time(2, 4).note(150, 1, 8, up=False).note(185, 1).note(240, -3, 4, up=False)
    maker.sign("accidentalNatural", 172, 1, 0, 0.9, 2.6).note(280, 1).note(320, -3, 8, up=False).barline(350)
    assert times(maker) == [(0, HALF), (0, 1), (HALF, 1), (1, 1), (Fraction(3, 2), HALF)]


def test_beams_of_two_groups_that_meet_at_a_stem_stay_apart(page: type[Maker]) -> None:
    maker = page().clef().time(1, 4).beamed([150, 172, 194, 216], 5, 2, up=False)
    maker.head(150, -9).stem(150, -9, length=2.3).head(194, -9).stem(194, -9, length=3.3)
    maker.box("beam", 178, maker.y(0) + 19.5, 46, 5)
    maker.boxes[-1] = (*maker.boxes[-1][:4], -0.22)  # rises towards the level beams above it
    quarters = [(index * QUARTER, QUARTER) for index in range(4)]
    assert times(maker.barline(260)) == sorted([*quarters, (0, HALF), (HALF, HALF)])


def test_beam_of_small_notes_leaves_the_stem_beside_it(page: type[Maker]) -> None:
    maker = page().clef().time(2, 4).note(150, 0)
    for x in (180, 195, 210):
        maker.head(x, -3, small=True).stem(x, -3)
    tip = maker.y(-3) - 35
    maker.box("beam", 201, tip + 2, 31.5, 4).box("beam", 201, tip + 8, 31.5, 4)
    maker.head(226, 4).box("stem", 220, (maker.y(4) + tip) / 2, 1.5, tip - maker.y(4)).barline(270)
    assert [one for one in times(maker) if one[1]] == [(0, 1), (1, 1)]


def test_stem_of_another_voice_inside_a_beam_keeps_its_value(page: type[Maker]) -> None:
    maker = page().clef().time(2, 4).beamed([150, 190], 1, up=False).head(157, -1)
    tip = maker.y(1) + 35
    maker.box("stem", 151, (maker.y(-1) + tip) / 2, 1.5, tip - maker.y(-1)).note(240, 1).barline(290)
    assert times(maker) == [(0, HALF), (0, 1), (HALF, HALF), (1, 1)]


def test_half_head_at_the_end_of_a_beam_serves_an_eighth_too(page: type[Maker]) -> None:
    maker = page().clef().time(2, 4).head(150, 0, kind="Half").stem(150, 0).stem(150, 0, up=False)
    for x in (190, 230, 270):
        maker.head(x, 0).stem(x, 0)
    maker.box("beam", 216, maker.y(0) - 32.5, 121.5, 5).barline(310)
    assert times(maker) == [(0, HALF), (0, 2), (HALF, HALF), (1, HALF), (Fraction(3, 2), HALF)]


def test_one_dot_serves_two_voices_in_unison(page: type[Maker]) -> None:
    maker = page().clef().time(3, 8).head(150, -1).head(150, -1).stem(150, -1).stem(150, -1, up=False)
    maker.sign("augmentationDot", 164, -1, 0, 0.4, 0.4).head(190, 1).stem(190, 1, length=2.5).note(230, 1)
    tip = maker.y(-1) - 35
    maker.box("beam", 176, tip + 2.5, 41.5, 5).box("beam", 176, tip + 10, 41.5, 5).box("beam", 191, tip + 17.5, 11.5, 5)
    found = times(maker.barline(270))
    assert found == [(0, Fraction(3, 8)), (0, Fraction(3, 2)), (Fraction(3, 8), Fraction(1, 8)), (HALF, 1)]


@pytest.mark.parametrize("ledgers_from", [0, 1])
def test_ledger_lines_say_to_which_system_a_head_belongs(page: type[Maker], ledgers_from: int) -> None:
    maker = page(2).clef().clef("G", 1)
    maker.note(150, 0).note(150, 0, staff=1)
    y = maker.y(-10 if ledgers_from == 0 else 10, ledgers_from)
    lines = [(-2 * line if ledgers_from == 0 else 2 * line) for line in (3, 4, 5)]
    for position in lines:
        maker.sign("ledgerLine", 220, position, ledgers_from, 1.8, 0.15)
    maker.box("noteheadBlackOnLine", 220, y, 12, 10).box("stem", 226, y - 17, 1.5, 35)
    for staff in (0, 1):
        maker.barline(280, staff)
    found = assemble([maker.reading()]).score.parts[0].measures
    assert [len(bar.events) for bar in found] == ([2, 1] if ledgers_from == 0 else [1, 2])


@pytest.mark.parametrize("up", [True, False])
def test_flags_of_many_strokes_rise_over_their_stem(page: type[Maker], up: bool) -> None:
    maker = page().clef().time(1, 4).head(150, 0).stem(150, 0, up, length=3.0)
    side, sign = (6, -1) if up else (-6, 1)
    maker.box(f"flag128th{'Up' if up else 'Down'}", 150 + side + 5, maker.y(0) + sign * 40, 10, 40)
    assert times(maker.barline(200)) == [(0, Fraction(1, 32))]
