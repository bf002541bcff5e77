"""Pages on their side, upside down or askew are turned before they are read; the reading knows the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from detect_score.pages import PageImage
from detector.orientation.upright import facing, turn_of, turned_upright
from notation.page import GreyImage, Reading
from notation.page_turn import PageTurn

Read = Callable[[GreyImage], Reading]


#: On an upright page nearly every staff opens with a clef; upside down the reader finds almost none.
LEAST_CLEFS_A_STAFF = 0.5
_CLEFS = ("clefG", "clefF", "clefCAlto", "clefCTenor", "clefUnpitchedPercussion")


def read_turned(page: PageImage, read: Read) -> tuple[PageImage, Reading]:
    """Read a page as it stands upright.

    Where the reader finds few clefs and the page was turned over, or its way up was in doubt, the opposite is read too,
    and the more clefs win.

    Returns:
        The page, in the file's frame, with a remark where it was turned, and the reading, in the upright frame, whose
        `turn` leads to the file's.
    """
    lies = facing(page.pixels)
    turn = turn_of(lies, page.pixels)
    reading = _read(page, turn, read)
    if lies and (turn.quarters or not lies.is_sure) and _clefs(reading) < LEAST_CLEFS_A_STAFF * len(reading.staves):
        opposite = _read(page, turn.opposite, read)
        reading = max(reading, opposite, key=_clefs)  # the first on a tie
    if reading.turn is None:
        return page, reading
    return replace(page, remarks=(*page.remarks, _remark(reading.turn))), reading


def _read(page: PageImage, turn: PageTurn, read: Read) -> Reading:
    if turn.is_none:
        return read(page.pixels)
    return replace(read(turned_upright(page.pixels, turn)), turn=turn)


def _clefs(reading: Reading) -> float:
    return float(reading.symbols.scores[reading.symbols.rows_of(*_CLEFS)].sum())


def _remark(turn: PageTurn) -> str:
    way = "clockwise" if turn.degrees > 0 else "anticlockwise"
    return f"turned {way} by {abs(turn.degrees):.{0 if turn.rest_rad == 0 else 1}f} degrees to be read"


def in_file_frame(reading: Reading) -> Reading:
    """Return a reading as other programs want it, its symbols in the file's frame; without staves where it was turned.

    Staff lines of a page on its side are no functions of x, as `Staff` has them; `detect-score`'s own JSON keeps them.
    """
    if reading.turn is None:
        return reading
    return Reading(reading.turn.symbols_to_file(reading.symbols), (), reading.source)
