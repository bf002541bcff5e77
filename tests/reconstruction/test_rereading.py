"""Several readings of one page: bars that do not add up come from the reading in which they do, all others stay."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notation.page import Reading
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from reconstruction.assemble import assemble
from reconstruction.rereading import DOUBTFUL, reread

Maker = Any
BARS, BEATS = 4, 4


def printed(page: type[Maker], *, staves: int = 1, without: Collection[tuple[int, int]] = ()) -> Reading:
    """Four bars of four quarters, 150 px a bar, as a detector sees them without some notes, (bar, beat).

    Each staff is a system; barlines stand 40 px further right from one to the next.
    """
    maker = page(staves)
    for staff in range(staves):
        maker.clef(staff=staff).time(4, 4, staff=staff)
        for bar in range(BARS):
            for beat in range(BEATS):
                if (bar, beat) not in without:
                    maker.note(150 + 150 * bar + 32 * beat + 40 * staff, beat, staff=staff)
            maker.barline(140 + 150 * (bar + 1) + 40 * staff, staff)
    reading = maker.reading()
    return replace(reading, symbols=replace(reading.symbols, scores=np.full(len(reading.symbols), 0.9)))


def notes(reading: Reading) -> list[int]:
    """How many notes each bar has."""
    (part, *_) = assemble([reading]).score.parts
    return [sum(len(event.notes) for event in measure.events) for measure in part.measures]


def refused() -> Iterator[Reading]:
    pytest.fail("no further reading was needed")
    yield  # pragma: no cover


def test_every_bar_has_a_price(page: type[Maker]) -> None:
    bars = assemble([printed(page, without={(2, 1)})]).bars
    assert [bar.cost > DOUBTFUL for bar in bars] == [False, False, True, False]
    assert [bar.x1_px for bar in bars] == pytest.approx([290, 440, 590, 740], abs=2)
    assert {(bar.top_px, bar.bottom_px) for bar in bars} == {(100, 140)}


def test_the_bar_that_adds_up_is_taken(page: type[Maker]) -> None:
    first, second = printed(page, without={(1, 2)}), printed(page, without={(3, 0)})
    assert notes(first) == [4, 3, 4, 4]
    assert notes(reread(first, [second])) == [4, 4, 4, 4]


def test_nobody_looks_again_at_a_page_without_doubts(page: type[Maker]) -> None:
    whole = printed(page)
    assert reread(whole, refused()) is whole


def test_looks_go_on_until_no_bar_is_in_doubt(page: type[Maker]) -> None:
    looks = [printed(page, without=lost) for lost in ({(0, 1), (2, 2)}, {(2, 2)}, {(0, 1)})]
    further = iter([*looks[1:], printed(page)])
    assert notes(reread(looks[0], further)) == [4, 4, 4, 4]
    assert len(list(further)) == 1


def test_what_reaches_over_barlines_stays(page: type[Maker]) -> None:
    """A slur over two bars, its middle in either of them: it is neither lost nor doubled."""
    for first_x, second_x in ((430, 450), (450, 430)):
        first = _with_slur(printed(page, without={(2, 1)}), first_x)
        second = _with_slur(printed(page), second_x)
        mended = reread(first, [second])
        slurs = mended.symbols.boxes[mended.symbols.rows_of("slur")]
        assert notes(mended) == [4, 4, 4, 4]
        assert slurs[:, 0].tolist() == [first_x]


def test_what_both_misread_stays_as_it_was(page: type[Maker]) -> None:
    first, second = printed(page, without={(1, 2)}), printed(page, without={(1, 1)})
    assert reread(first, [second]) is first


def test_barlines_that_differ_are_no_bar_of_the_same_edges(page: type[Maker]) -> None:
    first, second = printed(page, without={(1, 2)}), printed(page)
    barline = int(second.symbols.rows_of("barlineSingle")[1])
    blind = replace(second, symbols=second.symbols.select(np.arange(len(second.symbols)) != barline))
    assert reread(first, [blind]) is first


def test_the_staff_below_keeps_its_own(page: type[Maker]) -> None:
    """The lower system's bar adds up, and is not exchanged with the upper one's."""
    first, second = printed(page, staves=2), printed(page, staves=2)
    upper = _without_head(first, x=214, y=first.staves[0].ys_px.mean())
    lower = _without_head(second, x=254, y=second.staves[1].ys_px.mean())
    assert notes(upper) != notes(first)
    assert notes(reread(upper, [lower])) == notes(first)


def test_faint_symbols_have_no_say_and_go_with_their_bar(page: type[Maker]) -> None:
    def sure(reading: Reading) -> Reading:
        return replace(reading, symbols=reading.symbols.select(reading.symbols.scores >= 0.5))

    first, second = printed(page), printed(page)
    column = np.abs(first.symbols.boxes[:, 0] - 214) < 12  # third note of the first bar
    faint = replace(first, symbols=replace(first.symbols, scores=np.where(column, 0.2, 0.9)))
    assert reread(faint, refused()) is faint
    mended = reread(faint, [second], sure)
    assert (mended.symbols.scores >= 0.5).all()
    assert len(mended.symbols) == len(first.symbols)


LOST = st.sets(st.tuples(st.integers(0, BARS - 1), st.integers(0, BEATS - 1)), max_size=3)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(looks=st.lists(LOST, min_size=1, max_size=3))
def test_bars_never_get_dearer(page: type[Maker], looks: Sequence[set[tuple[int, int]]]) -> None:
    readings = [printed(page, without=lost) for lost in looks]
    price = [sum(bar.cost for bar in assemble([one]).bars) for one in (readings[0], reread(readings[0], readings[1:]))]
    assert price[1] <= price[0]


def _with_slur(reading: Reading, x: float) -> Reading:
    symbols = reading.symbols
    more, _ = Symbols.of(
        [*symbols.boxes, (x, 70, 160, 20, 0)],
        [*symbols.class_ids, vocabulary().id_of("slur")],
        [*symbols.scores, 0.9],
        width_px=symbols.width_px,
        height_px=symbols.height_px,
    )
    return replace(reading, symbols=more)


def _without_head(reading: Reading, x: float, y: float) -> Reading:
    """Hide the note (head and stem) of one staff at a place."""
    symbols = reading.symbols
    near = (np.abs(symbols.boxes[:, 0] - x) < 12) & (np.abs(symbols.boxes[:, 1] - y) < 50)
    assert near.sum() == 2
    return replace(reading, symbols=symbols.select(~near))
