"""Volta brackets over hand-made bars: which ending each bar is, over systems and pages."""

from __future__ import annotations

from typing import Any

import pytest

from reconstruction.assemble import assemble

Maker = Any


def bars(maker: Maker, count: int, repeat_after: tuple[int, ...] = (), staff: int = 0) -> Maker:
    """Bars of 100 px from x = 100 on, a whole note in each; repeat signs close some of them."""
    if staff == 0:
        maker.clef()
    for bar in range(count):
        edge = 200 + 100 * bar
        maker.note(edge - 60, 0, value=1, staff=staff).barline(edge, staff)
        if bar in repeat_after:
            maker.sign("repeatDot", edge - 7, 1, staff, 0.4, 0.4).sign("repeatDot", edge - 7, -1, staff, 0.4, 0.4)
    return maker


def volta(maker: Maker, first: int, last: float, staff: int = 0) -> Maker:
    """A bracket from the left edge of a bar to the right edge of another."""
    x0, x1 = 104 + 100 * first, 196 + 100 * last
    return maker.box("volta", (x0 + x1) / 2, maker.y(8, staff), x1 - x0, 20)


def endings(*makers: Maker) -> list[tuple[str | None, str | None]]:
    score = assemble([maker.reading() for maker in makers]).score
    return [(bar.ending_start, bar.ending_stop) for bar in score.parts[0].measures]


def test_brackets_side_by_side_are_numbered(page: type[Maker]) -> None:
    maker = volta(volta(volta(bars(page(), 5, (1, 2)), 1, 1), 2, 2), 3, 4)
    assert endings(maker) == [(None, None), ("1", "1"), ("2", "2"), ("3", None), (None, "3")]


def test_an_ending_at_the_head_of_a_system_follows_that_before_it(page: type[Maker]) -> None:
    above = volta(bars(page(), 3, (2,)), 2, 2)
    below = volta(bars(page(), 2), 0, 0)
    assert endings(above, below) == [(None, None), (None, None), ("1", "1"), ("2", "2"), (None, None)]


def test_an_ending_goes_on_after_a_break(page: type[Maker]) -> None:
    above = volta(bars(page(), 3), 2, 2)
    below = volta(bars(page(), 2, (0,)), 0, 0)
    assert endings(above, below) == [(None, None), (None, None), ("1", None), (None, "1"), (None, None)]


def test_after_a_repeat_an_ending_is_the_second_even_if_the_first_was_not_seen(page: type[Maker]) -> None:
    assert endings(volta(bars(page(), 3, (1,)), 2, 2)) == [(None, None), (None, None), ("2", "2")]


def test_a_bracket_that_was_seen_in_part_reaches_to_the_next(page: type[Maker]) -> None:
    maker = volta(volta(bars(page(), 4, (2,)), 1, 1), 3, 3)
    assert endings(maker) == [(None, None), ("1", None), (None, "1"), ("2", "2")]


def test_a_bracket_that_was_seen_twice_counts_once(page: type[Maker]) -> None:
    maker = volta(volta(bars(page(), 3, (1,)), 1, 1), 1, 0.9)
    assert endings(maker) == [(None, None), ("1", "1"), (None, None)]


@pytest.mark.parametrize("first", [1, 3])
def test_a_bracket_far_from_any_other_is_the_first(page: type[Maker], first: int) -> None:
    found = endings(volta(volta(bars(page(), 7, (5,)), first, first), 5, 5))
    assert (found[first], found[5]) == (("1", "1"), ("1", "1"))
