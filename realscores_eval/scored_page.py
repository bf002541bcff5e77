"""`ScoredPage`: what stands on a page beside what a detector found there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from notation.boxes import FloatArray
from notation.page import GreyImage, LabelledPage, Reading
from notation.symbols import Symbols

Result = TypeVar("Result")


@dataclass(frozen=True)
class ScoredPage:
    """One page to be scored.

    Attributes:
        truth: the true symbols; their scores do not matter.
        found: the detections, in the same frame; `None` when the detector failed, which counts as a complete miss.
        name: for messages.
        failure: why the detector failed, empty when it did not.
        space_px: staff space of the page; only widened boxes need it.
    """

    truth: Symbols
    found: Symbols | None
    name: str = ""
    failure: str = ""
    space_px: float | None = None

    def widened(self, least_sp: float) -> ScoredPage:
        """Return the page with no side of a true or found box shorter than `least_sp` staff spaces.

        Raises:
            ValueError: the staff space of the page is not known.
        """
        if self.space_px is None:
            raise ValueError(f"expected the staff space of page {self.name!r}, which widening needs")
        least_px = least_sp * self.space_px
        found = None if self.found is None else _widened(self.found, least_px)
        return replace(self, truth=_widened(self.truth, least_px), found=found)


def scored_pages(read: Callable[[GreyImage], Reading], pages: Iterable[LabelledPage]) -> Iterator[ScoredPage]:
    """Run a detector over labelled pages; a page on which it raises is a complete miss, and says why."""
    for page in pages:
        name = page.reading.source or f"{page.piece} page {page.number}".strip()
        space_px = float(np.median([one.space_px for one in page.reading.staves])) if page.reading.staves else None
        found, failure = attempt(lambda page=page: read(page.image).symbols)  # type: ignore[misc]
        yield ScoredPage(page.reading.symbols, found, name, failure, space_px)


def attempt(work: Callable[[], Result]) -> tuple[Result | None, str]:
    """Return the result of `work` and "", or `None` and the cause in one line.

    Evaluation goes on whatever a detector raises: the failure stands in the result as a miss, with its cause.
    """
    try:
        return work(), ""
    except Exception as error:
        return None, f"{type(error).__name__}: {error}".partition("\n")[0]


def _widened(symbols: Symbols, least_px: float) -> Symbols:
    boxes: FloatArray = symbols.boxes.copy()
    boxes[:, 2:4] = np.maximum(boxes[:, 2:4], least_px)
    return replace(symbols, boxes=boxes)
