"""Text around the music: titles, page and plate numbers, notices, words between systems; all labelled `text`."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from notation import boxes as geometry
from notation.boxes import FloatArray
from notation.page import LabelledPage
from scoreaug import fields
from scoreaug.augmentation import of_page
from scoreaug.fields import Field
from scoreaug.lettering import laid_over, phrase, printed
from scoreaug.page_scale import staff_space_px
from scoreaug.truth import with_symbols

#: White that a printer leaves round words.
_CLEARANCE_SP = 0.5
#: Paper above this level is free of ink.
_PAPER_LEVEL = 200
_TRIES = 12  # places looked at before a word is left out


@of_page
def text_around(page: LabelledPage, rng: np.random.Generator, strength: float) -> LabelledPage:
    """Print words where the page is free of ink, in margins for the most part, and label each line as `text`."""
    space = staff_space_px(page)
    levels = page.image.astype(np.float32)
    boxes: list[FloatArray] = []
    for _ in range(round(strength * rng.integers(2, 9))):
        ink = _line(space, rng)
        place = _free_place(levels, ink, space, rng)
        if place is not None:
            laid_over(levels, ink, *place, 1.0)
            boxes.append(_box(ink, *place))
    worn = replace(page, image=fields.grey(levels))
    return with_symbols(worn, boxes, ["text"] * len(boxes))


def _line(space_px: float, rng: np.random.Generator) -> Field:
    """Return one line of words or a number, half to two and a half staff spaces high, in one of many hands."""
    height = max(4.0, space_px * min(2.5, 0.6 * np.exp(rng.exponential(0.4))))
    text = (
        str(rng.integers(1, 10 ** int(rng.integers(1, 6))))
        if rng.random() < 0.3
        else phrase(rng, int(rng.integers(1, 6)))
    )
    text = text.upper() if rng.random() < 0.2 else text
    slant = rng.uniform(0.15, 0.35) if rng.random() < 0.35 else 0.0
    return printed(text, height, slant=slant, weight=rng.choice([0, 0, 0.03, 0.07]), stretch=rng.uniform(0.75, 1.2))


def _free_place(levels: Field, ink: Field, space_px: float, rng: np.random.Generator) -> tuple[int, int] | None:
    """Return left and top of a place free of ink, or None where none of a dozen is; margins are tried first."""
    height, width = levels.shape
    room_x, room_y = width - ink.shape[1], height - ink.shape[0]
    if room_x <= 0 or room_y <= 0:
        return None
    clear = round(_CLEARANCE_SP * space_px)
    for attempt in range(_TRIES):
        top = _margin(room_y, rng) if attempt < _TRIES // 2 else int(rng.integers(room_y))
        left = int(rng.integers(room_x))
        around = levels[
            max(0, top - clear) : top + ink.shape[0] + clear, max(0, left - clear) : left + ink.shape[1] + clear
        ]
        if around.min() >= _PAPER_LEVEL:
            return left, top
    return None


def _margin(room_px: int, rng: np.random.Generator) -> int:
    share = rng.uniform(0.01, 0.08)
    return int(room_px * (share if rng.random() < 0.5 else 1 - share))


def _box(ink: Field, left: int, top: int) -> FloatArray:
    x, y, width, height = cv2.boundingRect((ink > 0.5).astype(np.uint8))
    (box,) = geometry.from_upright([left + x, top + y, left + x + width, top + y + height])
    return np.asarray(box, np.float64)
