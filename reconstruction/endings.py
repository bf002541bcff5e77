"""Volta brackets to the endings of repeats, numbered over the systems and pages of a piece."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruction.measures import Bar
from reconstruction.page import Page
from reconstruction.sheet import Glyph

#: A bracket stands over a bar when they share more than this, staff spaces.
SHARED_SP = 3.0
#: An ending whose bracket was seen in part goes on for so many bars before the next ending.
MOST_UNSEEN = 2


def mark_endings(pages: Sequence[Page]) -> None:
    """Give the bars under volta brackets their numbers.

    The bars decide, not the printed figures: an ending after another is one more than it, an ending after a repeat sign
    that closes is the second, and every other one the first. A bracket at the head of a system whose last ending stays
    open, without a repeat sign, is the rest of that one.
    """
    bars = [bar for page in pages for line in page.bars for bar in line]
    rows = {id(bar): row for row, bar in enumerate(bars)}
    heads = {id(line[0]) for page in pages for line in page.bars if line}
    last, number = -len(bars) - MOST_UNSEEN, 0  # the last bar under a bracket, and the number of its ending
    for volta, under in _brackets(pages):
        first, end = rows[id(under[0])], rows[id(under[-1])]
        under[0].rows.append(volta.row)
        if first <= last:
            continue  # seen twice
        closed = first > 0 and _closes(bars[first - 1])
        follows = first - last <= 1 + (MOST_UNSEEN if closed else 0)
        if follows:
            bars[last].ending_stop = None
        if not follows or closed or id(under[0]) not in heads:
            if follows:
                bars[first - 1].ending_stop = str(number)
            number = number + 1 if follows else 1 + closed
            under[0].ending_start = str(number)
        under[-1].ending_stop = str(number)
        last = end


def _brackets(pages: Sequence[Page]) -> list[tuple[Glyph, list[Bar]]]:
    """Return every volta bracket with the bars under it, in the order of reading."""
    found = []
    for page in pages:
        shared = SHARED_SP * page.sheet.space_px
        for system, bars in zip(page.systems, page.bars, strict=True):
            for volta in sorted(page.sheet.named("volta"), key=lambda one: one.x0):
                under = [bar for bar in bars if min(bar.x1, volta.x1) - max(bar.x0, volta.x0) > shared]
                if under and page.sheet.staff_of(volta) in system.staves:
                    found.append((volta, under))
    return found


def _closes(bar: Bar) -> bool:
    return bar.right is not None and bar.right.dots_left
