"""One small drawn page: two staves, and symbols of every shape, each a label of its own in a mask."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from notation import boxes as geometry
from notation.graph import NotationGraph
from notation.page import LabelledPage, Reading
from notation.staff import Staff
from notation.symbols import Symbols
from notation.vocabulary import vocabulary
from scoreaug.motion import MaskedPage

WIDTH, HEIGHT, SPACE = 360, 480, 10.0
LINE_TOPS = (120, 300)
#: class, cx, cy, width, height, angle
SYMBOLS = (
    ("noteheadBlackOnLine", 100, 140, 13, 10, 0.0),
    ("stem", 150, 145, 3, 40, 0.0),
    ("beam", 205, 135, 60, 6, 0.2),
    ("noteheadHalfInSpace", 260, 125, 14, 11, -0.1),
    ("slur", 180, 220, 160, 12, 0.05),
    ("clefG", 50, 320, 26, 70, 0.0),
    ("restQuarter", 120, 320, 11, 28, 0.0),
    ("barlineSingle", 300, 320, 3, 40, 0.0),
    ("augmentationDot", 220, 330, 5, 5, 0.0),
)


def drawn_page() -> MaskedPage:
    """Return the page; the comment of every symbol is the label of its pixels in the mask."""
    image, mask = np.full((HEIGHT, WIDTH), 255, np.uint8), np.zeros((HEIGHT, WIDTH), np.uint8)
    for top in LINE_TOPS:
        for line in range(5):
            y = round(top + line * SPACE)
            image[y - 1 : y + 1, 30:330] = 0
    rows = np.array([one[1:] for one in SYMBOLS])
    for label, corners in enumerate(geometry.corners(rows), 1):
        outline = ((corners - 0.5) * 16).round().astype(np.int32)
        cv2.fillPoly(image, [outline], 0, cv2.LINE_AA, shift=4)
        y, x = np.indices((HEIGHT, WIDTH)) + 0.5
        mask[inside(rows[label - 1], x, y)] = label
    symbols, _ = Symbols.of(
        rows,
        [vocabulary().id_of(one[0]) for one in SYMBOLS],
        width_px=WIDTH,
        height_px=HEIGHT,
        comments=[str(label) for label in range(1, len(SYMBOLS) + 1)],
    )
    staves = tuple(Staff.straight(30, 330, top, SPACE) for top in LINE_TOPS)
    graph = NotationGraph(len(symbols))
    graph.relate(symbols.names.index("noteheadBlackOnLine"), "stem", symbols.names.index("stem"))
    return MaskedPage(image, Reading(symbols, staves), graph, masks=(mask,))


def inside(box: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Which points lie in a box."""
    cos, sin = np.cos(box[4]), np.sin(box[4])
    along, across = (x - box[0]) * cos + (y - box[1]) * sin, (y - box[1]) * cos - (x - box[0]) * sin
    found: np.ndarray = (np.abs(along) <= box[2] / 2) & (np.abs(across) <= box[3] / 2)
    return found


@pytest.fixture(scope="session")
def page() -> MaskedPage:
    """The drawn page; no augmentation may change it."""
    made = drawn_page()
    made.image.flags.writeable = made.masks[0].flags.writeable = False
    return made


@pytest.fixture(scope="session")
def empty_page() -> Callable[[int, int], LabelledPage]:
    """(height, width) to white paper without symbols and staves."""

    def empty(height: int, width: int) -> LabelledPage:
        reading = Reading(Symbols.empty(width, height), ())
        return LabelledPage(np.full((height, width), 255, np.uint8), reading, NotationGraph(0))

    return empty
