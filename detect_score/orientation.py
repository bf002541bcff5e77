"""Pages that lie on their side or upside down are turned before they are read."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from detect_score.pages import PageImage
from notation.page import GreyImage, Reading

Read = Callable[[GreyImage], Reading]

#: On an upright page nearly every staff opens with a clef; upside down the network finds almost none.
LEAST_CLEFS_A_STAFF = 0.5
_CLEFS = ("clefG", "clefF", "clefCAlto", "clefCTenor", "clefUnpitchedPercussion")


def read_turned(page: PageImage, read: Read) -> tuple[PageImage, Reading]:
    """Read a page, in other positions too where the first makes no sense; the most clefs win, upright on a tie.

    Sideways positions are tried only when no staff is found as the page lies. The page returned is the one that was
    read, with a remark when it was turned.
    """
    reading = read(page.pixels)
    if _clefs(reading) >= LEAST_CLEFS_A_STAFF * max(1, len(reading.staves)):
        return page, reading
    turns = (2,) if reading.staves else (1, 3)
    tried = [(page, reading)]
    for quarter_turns in turns:
        turned = turn(page, quarter_turns)
        tried.append((turned, read(turned.pixels)))
    return max(tried, key=lambda one: (_clefs(one[1]), len(one[1].staves) > 0))


def turn(page: PageImage, quarter_turns: int) -> PageImage:
    """Return the page turned clockwise by quarter circles, with a remark that says so."""
    pixels = np.ascontiguousarray(np.rot90(page.pixels, -quarter_turns))
    return PageImage(pixels, page.name, (*page.remarks, f"turned clockwise by {90 * quarter_turns} degrees"))


def _clefs(reading: Reading) -> float:
    return float(reading.symbols.scores[reading.symbols.rows_of(*_CLEFS)].sum())
