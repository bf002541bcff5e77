"""Pages as a detector gives them: signs lost, doubled, misread and unsure; what is printed must still be read."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notation.page import Reading
from notation.score import Score
from notation.staff import Staff
from reconstruction.assemble import assemble
from reconstruction.key_signs import fit_key
from reconstruction.key_vote import Header, settle_keys
from reconstruction.musicxml import musicxml_text

Maker = Any
SURE = 0.95


def detected(maker: Maker, doubtful: dict[int, float] | None = None) -> Reading:
    """The page with detector scores: `SURE`, or as `doubtful` says by the order in which the maker placed them."""
    reading = maker.reading()
    scores = np.full(len(maker.boxes), SURE)
    for index, score in (doubtful or {}).items():
        scores[index] = score
    boxes = [tuple(box) for box in np.array(maker.boxes)]
    rows = [next(i for i, box in enumerate(boxes) if np.allclose(box, row)) for row in reading.symbols.boxes]
    ordered = np.array([scores[i] for i in rows])
    return replace(reading, symbols=replace(reading.symbols, scores=ordered))


def score_of(maker: Maker, doubtful: dict[int, float] | None = None) -> Score:
    return assemble([detected(maker, doubtful)]).score


def durations(score: Score, bar: int = 0, staff: int = 1) -> list[Fraction]:
    events = score.parts[0].measures[bar].events
    return [event.duration_ql for event in sorted(events, key=lambda one: one.onset_ql) if event.staff == staff]


def piano(page: type[Maker]) -> Maker:
    """Two staves under one brace, four bars of four quarters a staff, 150 px a bar."""
    maker = page(2).left_edge().left_edge("brace")
    for staff, sign in enumerate("GF"):
        maker.clef(sign, staff).time(4, 4, staff=staff)
        for bar in range(4):
            for beat in range(4):
                maker.note(150 + 150 * bar + 32 * beat, 0, staff=staff)
            maker.barline(140 + 150 * (bar + 1), staff)
    return maker


def test_empty_page_of_detections(page: type[Maker]) -> None:
    assert score_of(page(0)).parts == []


def test_unsure_page_is_read_as_the_sure_one(page: type[Maker]) -> None:
    assert musicxml_text(score_of(piano(page))) == musicxml_text(assemble([piano(page).reading()]).score)


@pytest.mark.parametrize("score", [0.3, 0.9])
def test_false_barline_on_one_staff_is_no_barline(page: type[Maker], score: float) -> None:
    maker = piano(page)
    maker.barline(150 + 32, 0)  # a stem or a stroke, where the other staff has a note
    assert len(score_of(maker, {len(maker.boxes) - 1: score}).parts[0].measures) == 4


def test_dots_of_a_chord_are_no_dotted_barline(page: type[Maker]) -> None:
    maker = piano(page)
    maker.barline(150 + 48, 0, "barlineDotted")  # between notes: nothing on the other staff speaks against it
    assert len(score_of(maker, {len(maker.boxes) - 1: 0.9}).parts[0].measures) == 4
    maker.barline(150 + 48, 1, "barlineDotted")
    assert len(score_of(maker).parts[0].measures) == 5


@pytest.mark.parametrize(("width", "kept"), [(90, 0), (22, 1)])
def test_letter_of_a_word_is_no_dynamic(page: type[Maker], width: float, kept: int) -> None:
    maker = piano(page)
    height = (maker.y(-4, 0) + maker.y(4, 1)) / 2
    maker.box("text", 180 + width / 2, height, width, 24).box("dynamicF", 191, height, 18, 22)
    directions = score_of(maker).parts[0].measures[0].directions
    assert [one.kind for one in directions].count("f") == kept


def test_letter_over_the_staff_is_no_barline(page: type[Maker]) -> None:
    maker = piano(page)
    maker.box("barlineSingle", 206, maker.y(9), 2, 30)
    assert len(score_of(maker).parts[0].measures) == 4


def test_barline_lost_on_one_staff_is_read(page: type[Maker]) -> None:
    maker = piano(page)
    lost = maker.names.index("barlineSingle")
    del maker.names[lost], maker.boxes[lost]
    assert len(score_of(maker).parts[0].measures) == 4


@pytest.mark.parametrize(("left", "right", "sign"), [(0.6, 0.95, "F"), (0.95, 0.6, "G")])
def test_doubled_clef_is_the_surer_one(page: type[Maker], left: float, right: float, sign: str) -> None:
    maker = page(1).sign("clefG", 70, -0.24, 0, 2.6, 7.0).sign("clefF", 75, 0.5, 0, 2.7, 3.6).time(1, 4)
    maker.note(150, 0).barline(200)
    measure = score_of(maker, {0: left, 1: right}).parts[0].measures[0]
    assert [clef.sign for _, _, clef in measure.clefs] == [sign]


def test_percussion_clef_beside_a_clef_with_pitch_is_a_smudge(page: type[Maker]) -> None:
    maker = page(1).clef().time(2, 4).note(150, 0).sign("clefUnpitchedPercussion", 190, 0).note(240, 0).barline(300)
    measure = score_of(maker, {maker.names.index("clefUnpitchedPercussion"): 0.5}).parts[0].measures[0]
    assert [clef.sign for _, _, clef in measure.clefs] == ["G"]


def test_third_read_as_three_heads_has_two(page: type[Maker]) -> None:
    maker = page(1).clef().time(1, 4).head(150, 0).head(150, 2).stem(150, 0, length=4.5).head(150, 1).barline(200)
    doubtful = len(maker.names) - 2
    event = score_of(maker, {doubtful: 0.4}).parts[0].measures[0].events[0]
    assert [note.pitch.step for note in event.notes] in (["B", "D"], ["D", "B"])


def test_true_cluster_keeps_its_heads(page: type[Maker]) -> None:
    maker = page(1).clef().time(1, 4).head(150, 0).head(150, 2).stem(150, 0, length=4.5).head(150, 1).barline(200)
    assert len(assemble([maker.reading()]).score.parts[0].measures[0].events[0].notes) == 3


def sixteenths(maker: Maker, outer_to: float) -> Maker:
    """Four sixteenths: the outer beam in one piece up to x, the inner one in pieces from stem to stem."""
    xs = [150.0, 180.0, 210.0, 240.0]
    for x in xs:
        maker.head(x, 0).stem(x, 0)
    tip = maker.y(0) - 35
    maker.box("beam", (156 + outer_to) / 2, tip + 2.5, outer_to - 156, 5)
    for left, right in pairwise(xs):
        maker.box("beam", (left + right) / 2 + 6, tip + 10, right - left, 5)
    return maker


@pytest.mark.parametrize("outer_to", [247.0, 226.0, 219.0])
def test_outer_beam_cut_short_counts_for_the_whole_group(page: type[Maker], outer_to: float) -> None:
    maker = sixteenths(page(1).clef().time(1, 4), outer_to).barline(300)
    assert durations(score_of(maker)) == [Fraction(1, 4)] * 4


def test_inner_beam_that_ends_in_the_air_reaches_the_next_stem(page: type[Maker]) -> None:
    maker = page(1).clef().time(1, 4)
    for x in (150.0, 180.0, 210.0, 240.0):
        maker.head(x, 0).stem(x, 0)
    tip = maker.y(0) - 35
    maker.box("beam", 201, tip + 2.5, 91, 5).box("beam", 193, tip + 10, 75, 5).barline(300)
    assert durations(score_of(maker)) == [Fraction(1, 4)] * 4


def test_key_sign_before_a_note_is_its_accidental(page: type[Maker]) -> None:
    maker = piano(page).sign("keySharp", 150 + 32 - 14, 0)
    measure = score_of(maker).parts[0].measures[0]
    alters = [note.pitch.alter for event in measure.events if event.staff == 1 for note in event.notes]
    assert alters == [0, 1, 1, 1]
    assert [one.key.fifths for part in score_of(maker).parts for one in part.measures if one.key] == [0]


def test_meter_on_one_staff_within_a_system_is_a_misread_digit(page: type[Maker]) -> None:
    maker = piano(page).time(3, 4, x=294)
    assert [one.time.beats for one in score_of(maker).parts[0].measures if one.time] == ["4"]


FLATS = [6.0, 9.0, 5.0, 8.0, 4.0, 7.0, 3.0]  # B E A D G C F in steps above C
SHARPS = [3.0, 0.0, 4.0, 1.0, 5.0, 2.0, 6.0]


@pytest.mark.parametrize("count", range(1, 8))
@pytest.mark.parametrize(("heights", "sharps"), [(SHARPS, True), (FLATS, False)])
def test_key_signs_are_counted(heights: list[float], sharps: bool, count: int) -> None:
    assert fit_key(heights[:count], [1.0] * count, sharps) == (count if sharps else -count)


@pytest.mark.parametrize(
    ("heights", "count"),
    [
        ([6.1, 7.5, 9.2], 2),  # two flats read once more as one between them
        ([6.0, 5.1, 8.0], 4),  # the second one lost
        ([5.8, 9.3, 5.2, 6.9, 8.1], 4),
    ],
)
def test_key_with_a_sign_lost_or_doubled(heights: list[float], count: int) -> None:
    assert fit_key(heights, [0.95] * len(heights), False) == -count


@given(st.integers(1, 7), st.booleans(), st.lists(st.floats(-0.5, 0.5), min_size=7, max_size=7), st.integers(-3, 3))
@settings(max_examples=50)
def test_key_signs_may_jitter(count: int, sharps: bool, jitter: list[float], octave: int) -> None:
    heights = [one + off + 7 * octave for one, off in zip((SHARPS if sharps else FLATS)[:count], jitter, strict=False)]
    assert fit_key(heights, [1.0] * count, sharps) == (count if sharps else -count)


def heads_of(*systems: list[int]) -> list[Header]:
    return [Header({0: staves}) for staves in systems]


@pytest.mark.parametrize(
    ("headers", "keys"),
    [
        ([], []),
        (heads_of([-3, -3], [-3, -4], [-4, -3]), [-3, -3, -3]),
        (heads_of([2, 2], [2, 2], [0, 2], [2, 2]), [2, 2, 2, 2]),
        (heads_of([2, 2], [2, 2], [-1, -1], [-1, -1]), [2, 2, -1, -1]),
        ([Header({0: [1, 1]}, leaving={0: 4}), *heads_of([4, 3])], [1, 4]),
        ([Header({0: [1]}, exact=True), Header({0: [2]}, exact=True)], [1, 2]),
        ([Header({0: [0, 0], 1: [2]}), Header({0: [0, 0], 1: [3]}), Header({0: [0, 0], 1: [2]})], [0, 0, 0]),
    ],
)
def test_systems_vote_on_their_keys(headers: list[Header], keys: list[int]) -> None:
    assert [one[0] for one in settle_keys(headers)] == keys


def test_transposing_part_keeps_its_distance() -> None:
    headers = [Header({0: [0, 0], 1: [2]}), Header({0: [0, 0], 1: [3]}), Header({0: [0, 0], 1: [2]})]
    assert [one[1] for one in settle_keys(headers)] == [2, 2, 2]


def quartet(page: type[Maker], staves: int = 8, per_system: int = 4, lost: frozenset[int] = frozenset()) -> Maker:
    """Systems of equal size with four bars each; the left edges of the systems in `lost` end a staff early."""
    maker = page(staves)
    for first in range(0, staves, per_system):
        system = first // per_system
        last = first + per_system - 1
        maker.left_edge("systemicBarline", first, last - (system in lost))
        for staff in range(first, first + per_system):
            maker.clef("G", staff)
            for bar in range(4):
                maker.note(150 + 150 * bar, 0, 1, staff=staff).barline(250 + (150 + 5 * system) * bar, staff)
    return maker


@pytest.mark.parametrize("lost", [frozenset(), frozenset({0}), frozenset({1})])
def test_staff_cut_off_by_a_short_left_edge_joins_its_system(page: type[Maker], lost: frozenset[int]) -> None:
    score = score_of(quartet(page, lost=lost))
    assert [part.staves for part in score.parts] == [1] * 4
    assert [len(part.measures) for part in score.parts] == [8] * 4


def test_systems_of_one_staff_stay_apart(page: type[Maker]) -> None:
    maker = page(3)
    for staff in range(3):
        maker.clef("G", staff)
        for bar in range(4):
            maker.note(150 + 150 * bar, 0, 1, staff=staff).barline(250 + (150 + 5 * staff) * bar, staff)
    assert [len(part.measures) for part in score_of(maker).parts] == [12]


def test_lines_without_clef_and_barline_are_no_staff(page: type[Maker]) -> None:
    maker = page(3).left_edge("brace", 0, 2)
    for staff in range(2):
        maker.clef("G", staff).note(150, 0, staff=staff).barline(250, staff)
    assert [part.staves for part in score_of(maker).parts] == [2]


def test_brace_lost_on_one_system_is_agreed_with_the_others(page: type[Maker]) -> None:
    maker = page(4)
    for first in (0, 2):
        maker.left_edge("systemicBarline", first, first + 1)
        for staff in (first, first + 1):
            maker.clef("G", staff).note(150, 0, staff=staff).barline(250, staff)
    maker.left_edge("brace", 0, 1)
    assert [part.staves for part in score_of(maker).parts] == [2]


def test_misread_double_sharp_leaves_the_note(page: type[Maker]) -> None:
    maker = page(1).clef().time(1, 4).sign("accidentalDoubleSharp", 136, 0).note(150, 0).barline(250)
    event = score_of(maker, {maker.names.index("accidentalDoubleSharp"): 0.5}).parts[0].measures[0].events[0]
    assert [note.pitch.alter for note in event.notes] == [0]


def test_unsure_meter_gives_way_to_the_lengths_of_the_bars(page: type[Maker]) -> None:
    maker = page(1).clef().time(3, 4)
    for bar in range(4):
        maker.note(150 + 150 * bar, 0).note(200 + 150 * bar, 0).barline(280 + 150 * bar)
    unsure = {maker.names.index("timeSig3"): 0.4}
    assert [one.time.beats for one in score_of(maker, unsure).parts[0].measures if one.time] == ["2"]


@pytest.mark.parametrize("nearness", [1.0, 1.15, 1.25])
def test_ledger_lines_set_wide_count_as_lines(page: type[Maker], nearness: float) -> None:
    maker = page(1).clef("F")
    for line in (1, 2, 3):
        maker.sign("ledgerLine", 150, 4 + 2 * line * nearness, 0, 1.8, 0.15)
    maker.sign("noteheadBlackInSpace", 150, 4 + 2 * 2 * nearness + 1, 0, 1.2, 1.0)  # over the second line: position 9
    maker.sign("noteheadBlackOnLine", 180, 4 + 2 * nearness, 0, 1.2, 1.0)
    maker.sign("ledgerLine", 180, 4 + 2 * nearness, 0, 1.8, 0.15)
    notes = [note.pitch for event in score_of(maker).parts[0].measures[0].events for note in event.notes]
    assert [(one.step, one.octave) for one in notes] == [("F", 4), ("C", 4)]


def fingered(page: type[Maker], name: str) -> Maker:
    """Two bars of eighths in 2/4 with fingerings, and one digit over the middle of the first beam."""
    maker = page(1).clef().time(2, 4)
    for bar in range(2):
        maker.beamed([150.0 + 200 * bar + 30 * at for at in range(4)], 0)
        maker.barline(300 + 200 * bar)
        for at in range(4):
            maker.sign("fingering2", 150 + 200 * bar + 30 * at, 14, 0, 0.8, 1.2)
    return maker.sign(name, 201, 10, 0, 0.8, 1.2)


@pytest.mark.parametrize(("name", "score"), [("tuplet4", 0.9), ("tuplet5", 0.9), ("tuplet3", 0.3)])
def test_fingering_over_a_beam_makes_no_tuplet(page: type[Maker], name: str, score: float) -> None:
    maker = fingered(page, name)
    assert durations(score_of(maker, {len(maker.boxes) - 1: score})) == [Fraction(1, 2)] * 4


def test_sure_triplet_on_a_fingered_page_is_read(page: type[Maker]) -> None:
    maker = page(1).clef().time(1, 4).beamed([150.0, 180, 210], 0).sign("tuplet3", 186, 10, 0, 0.8, 1.2).barline(300)
    for x in (150, 180):
        maker.sign("fingering2", x, 14, 0, 0.8, 1.2)
    assert durations(score_of(maker)) == [Fraction(1, 3)] * 3


@pytest.mark.parametrize(("score", "with_line", "octave"), [(0.3, False, 4), (0.3, True, 5), (0.9, False, 5)])
def test_unsure_octave_sign_needs_its_line(page: type[Maker], score: float, with_line: bool, octave: int) -> None:
    maker = page(1).clef().note(150, 0).box("ottavaAlta", 150, 60, 20, 15)
    index = len(maker.boxes) - 1
    if with_line:
        maker.box("ottavaBracket", 210, 60, 90, 8)
    (event,) = score_of(maker, {index: score}).parts[0].measures[0].events
    assert event.notes[0].pitch.octave == octave


@pytest.mark.parametrize(("first_note", "octave"), [(250.0, 5), (120.0, 4)])
def test_a_dashed_line_without_a_sign_goes_on_from_the_system_above(
    page: type[Maker], first_note: float, octave: int
) -> None:
    """Behind notes it is that of a crescendo."""
    maker = page(1).clef().note(first_note, 0).note(300, 0).box("ottavaBracket", 280, 60, 100, 8).barline(400)
    events = score_of(maker).parts[0].measures[0].events
    assert events[-1].notes[0].pitch.octave == octave


@pytest.mark.parametrize(
    ("top_sp", "foot_sp", "line"),
    [(-3.4, 3.6, 2), (-1.6, 3.5, 2), (-3.4, 1.8, 2), (-2.4, 4.6, 1), (-1.2, 4.6, 1)],
)
def test_a_treble_clef_found_in_part_stands_on_its_line(
    page: type[Maker], top_sp: float, foot_sp: float, line: int
) -> None:
    maker = page(1)
    middle = maker.y(0)
    maker.box("clefG", 70, middle + 5 * (top_sp + foot_sp), 26, 10 * (foot_sp - top_sp)).note(150, 0)
    assert score_of(maker).parts[0].measures[0].clefs[0][2].line == line


def test_dots_lost_beside_hooks_are_put_back(page: type[Maker]) -> None:
    maker = page(1).clef().time(2, 4)
    for x in (150.0, 250.0):
        maker.beamed([x, x + 50], 0).box("beam", x + 51, maker.y(0) - 25, 10, 5)
    assert durations(score_of(maker.barline(340))) == [Fraction(3, 4), Fraction(1, 4)] * 2


def test_bar_on_which_all_parts_agree_keeps_its_length(page: type[Maker]) -> None:
    maker = page(4).left_edge()
    for staff in range(4):
        maker.clef("G", staff).time(4, 4, staff=staff)
        for bar, beats in enumerate((4, 4, 3, 4)):
            for beat in range(beats):
                maker.note(150 + 150 * bar + 32 * beat, 0, staff=staff)
            maker.barline(140 + 150 * (bar + 1), staff)
    assert [one.length_ql for one in score_of(maker).parts[0].measures] == [4, 4, 3, 4]


def test_heads_near_lines_that_are_no_staff_stay_with_their_own(page: type[Maker]) -> None:
    maker = page(2).left_edge("brace", 0, 1).clef().time(4, 4)
    maker.staves = (maker.staves[0], Staff.straight(50, 900, 150, 10.0))  # beams that were traced as lines
    for beat in range(4):
        maker.note(150 + 32 * beat, -7, up=False)
    (event, *_) = score_of(maker.barline(300)).parts[0].measures[0].events
    assert [(note.pitch.step, note.pitch.octave) for note in event.notes] == [("B", 3)]
