"""What a detector is to everybody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from notation.page import GreyImage, Reading

Progress = Callable[[float], None]


class PageDetector(Protocol):
    """Anything that finds symbols and staff lines on a page.

    It may have an attribute `classes` with the names of all that it can report; comparisons are then fair to it. And an
    attribute `record`, a `detector.model_record.ModelRecord`, where its model lies in a file of another kind than ours.
    """

    def read(self, image: GreyImage, progress: Progress | None = None, source: str = "") -> Reading:
        """Return what stands on a page.

        Args:
            image: uint8 (height, width), grey, 0 = ink.
            progress: called with the share done, 0 to 1.
            source: file name of the page, kept in the reading.

        Returns:
            Symbols and staves in pixels of `image`; nothing where there is no staff.
        """
        ...
