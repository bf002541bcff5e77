"""What an augmentation is, and the two ways to write one: a function that draws pixels, or one that draws a motion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import update_wrapper
from typing import TypeAlias

import numpy as np

from notation.page import GreyImage, LabelledPage
from scoreaug.motion import Motion, moved

#: (page, rng, strength) to the worn picture, of the size of the page's.
DrawPixels: TypeAlias = Callable[[LabelledPage, np.random.Generator, float], GreyImage]
#: (page, rng, strength) to a motion and the grey level of what it brings in from outside.
DrawMotion: TypeAlias = Callable[[LabelledPage, np.random.Generator, float], tuple[Motion, int]]
#: (page, rng, strength) to the worn page.
DrawPage: TypeAlias = Callable[[LabelledPage, np.random.Generator, float], LabelledPage]


class Augmentation:
    """One kind of wear: `augmentation(page, rng, strength=1.0)` returns a worn page and leaves the given one alone.

    Strength 0 returns the page as it is, 1 is usual, 2 is as bad as it gets. The same state of the generator gives the
    same page. `name` is the name of the function that draws it; `moves` tells whether boxes go elsewhere.
    """

    __name__: str

    def __init__(self, draw: Callable[..., object], wear: DrawPage, *, moves: bool) -> None:
        update_wrapper(self, draw)
        self.name: str = draw.__name__
        self.moves = moves
        self._wear = wear

    def __call__(self, page: LabelledPage, rng: np.random.Generator, strength: float = 1.0) -> LabelledPage:
        """Return the worn page."""
        return self._wear(page, rng, strength) if strength > 0 and page.image.size else page

    def __repr__(self) -> str:
        return f"<augmentation {self.name}>"


def of_pixels(draw: DrawPixels) -> Augmentation:
    """Make an augmentation of a function that returns the worn picture; nothing moves."""
    return Augmentation(draw, lambda page, rng, strength: replace(page, image=draw(page, rng, strength)), moves=False)


def of_motion(draw: DrawMotion) -> Augmentation:
    """Make an augmentation of a function that returns a motion; picture, boxes, staves, graph and masks go along."""

    def wear(page: LabelledPage, rng: np.random.Generator, strength: float) -> LabelledPage:
        motion, fill = draw(page, rng, strength)
        return moved(page, motion, fill)

    return Augmentation(draw, wear, moves=True)


def of_page(draw: DrawPage) -> Augmentation:
    """Make an augmentation of a function that changes the truth itself, such as one that prints further words."""
    return Augmentation(draw, draw, moves=False)
