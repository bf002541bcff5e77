"""What stands between the rooms: `Reading`, a page as it was seen, and `LabelledPage`, a page with its truth."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from notation.graph import NotationGraph
from notation.page_turn import PageTurn
from notation.staff import Staff
from notation.symbols import Symbols

GreyImage = NDArray[np.uint8]  # (height, width), 0 = ink, 255 = paper


@dataclass(frozen=True)
class Reading:
    """The symbols and the traced staff lines of one page: all that reconstruction gets to see.

    Staff lines are traced in the picture, so they belong to the detector's side of the interface
    (`docs/decisions/0002-staff-lines-cross-the-interface.md`). `symbols` and `staves` share one frame, page pixels of
    the page as it stands upright; `turn` leads to the picture in the file where that one was turned.
    """

    symbols: Symbols
    staves: tuple[Staff, ...]
    source: str = ""  # file name of the page, for messages
    turn: PageTurn | None = None  # None: the file's frame is the upright one


@dataclass(frozen=True)
class LabelledPage:
    """A page with exact truth.

    Attributes:
        image: uint8 (height, width), grey.
        reading: true symbols and staff lines, in pixels of `image`.
        graph: relations between the rows of `reading.symbols`.
        musicxml: the music of exactly this page, or None.
        piece: identifies the piece; pages of one piece never stand on both sides of a split.
        number: page number within the piece, from 1.
    """

    image: GreyImage
    reading: Reading
    graph: NotationGraph
    musicxml: str | None = None
    piece: str = ""
    number: int = 1
    notes: dict[str, str] = field(default_factory=dict)  # free key-value remarks: engraver, font, seed
